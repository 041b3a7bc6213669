package scenario

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Table is an external table of Athena over the bucket that AWS Config delivers to. It answers from what the recorders of the whole
// organization wrote down.
type Table struct {
	// Account and Region are where Athena has it.
	Account, Region, Workgroup, Database, Name string
	// Location is where the accounts' folders are: "s3://bucket/AWSLogs/".
	Location string
}

func athenaService() service {
	return service{name: "athena", protocol: awsJSON, target: "AmazonAthena", message: func(*query, *Failure) string { return "Message" },
		tokens:     map[string]string{"GetQueryResults": "NextToken", "*": ""},
		operations: map[string]handler{"GetTableMetadata": tableMetadata, "StartQueryExecution": startQuery, "GetQueryExecution": queryExecution, "GetQueryResults": queryResults},
		rates:      map[string]Rate{"StartQueryExecution": {20, 80, "", false}, "GetQueryExecution": {100, 200, "", false}, "GetQueryResults": {100, 200, "", false}},
	}
}

// table is that of the place, nil where it has none.
func (q *query) table() *Table {
	if t := q.place.org.Table; t != nil && t.Account == q.Account && t.Region == q.Region {
		return t
	}
	return nil
}

// tableItems is the type of the column that holds the items.
const tableItems = "array<struct<configurationitemversion:string,configurationitemcapturetime:string,configurationitemdeliverytime:string,recordingfrequency:string,configurationstateid:string," +
	"awsaccountid:string,awsregion:string,configurationitemstatus:string,resourcetype:string,resourceid:string,resourcename:string,arn:string,resourcecreationtime:string," +
	"configuration:string,supplementaryconfiguration:map<string,string>,tags:map<string,string>>>"

func tableMetadata(q *query) (any, *Failure) {
	t := q.table()
	if t == nil || q.str("DatabaseName") != t.Database || q.str("TableName") != t.Name {
		return nil, q.invalid("MetadataException", "EntityNotFoundException: Entity Not Found (Service: AWSGlue; Status Code: 400; Error Code: EntityNotFoundException)")
	}
	params := M{"EXTERNAL": "TRUE", "location": strings.TrimSuffix(t.Location, "/"), "inputformat": "org.apache.hadoop.mapred.TextInputFormat",
		"outputformat": "org.apache.hadoop.hive.ql.io.IgnoreKeyTextOutputFormat", "serde.serialization.lib": "org.openx.data.jsonserde.JsonSerDe", "serde.param.serialization.format": "1",
		"serde.param.case.insensitive": "false", "serde.param.ignore.malformed.json": "false", "transient_lastDdlTime": "1767950000",
		"projection.enabled": "true", "projection.account.type": "injected", "projection.region.type": "injected", "projection.dt.type": "date", "projection.dt.format": "yyyy/M/d",
		"projection.dt.range": "2014/11/1,NOW", "projection.dt.interval": "1", "projection.dt.interval.unit": "DAYS", "projection.kind.type": "enum",
		"projection.kind.values": "ConfigHistory,ConfigSnapshot", "storage.location.template": t.Location + "${account}/Config/${region}/${dt}/${kind}/"}
	for _, m := range []string{"fileVersion", "configSnapshotId", "configurationItems", "configurationItemVersion", "configurationItemCaptureTime", "configurationItemDeliveryTime", "recordingFrequency",
		"configurationStateId", "awsAccountId", "awsRegion", "configurationItemStatus", "resourceType", "resourceId", "resourceName", "ARN", "resourceCreationTime", "supplementaryConfiguration"} {
		params["serde.param.mapping."+strings.ToLower(m)] = m
	}
	column := func(name, kind string) any { return M{"Name": name, "Type": kind} }
	return M{"TableMetadata": M{"Name": t.Name, "CreateTime": epoch(day(2026, 1, 9)), "TableType": "EXTERNAL_TABLE", "Parameters": params,
		"Columns":       []any{column("fileversion", "string"), column("configsnapshotid", "string"), column("configurationitems", tableItems)},
		"PartitionKeys": []any{column("account", "string"), column("region", "string"), column("dt", "string"), column("kind", "string")}}}, nil
}

// startQuery starts nothing: the answer follows from the text. The same token gives the same id.
func startQuery(q *query) (any, *Failure) {
	sql := q.str("QueryString")
	t := q.table()
	if t == nil || q.str("WorkGroup") != t.Workgroup {
		return nil, q.invalid("InvalidRequestException", "WorkGroup is not found.")
	}
	if !strings.HasPrefix(sql, "SELECT ") && !strings.HasPrefix(sql, "WITH ") || strings.Contains(sql, ";") {
		return nil, q.invalid("InvalidRequestException", "scenario: not one query: "+sql)
	}
	id := uuid("query", q.Account, q.Region, q.str("ClientRequestToken"), sql)
	q.s.mu.Lock()
	defer q.s.mu.Unlock()
	if q.s.queries == nil {
		q.s.queries = map[string]string{}
	}
	q.s.queries[id] = sql
	return M{"QueryExecutionId": id}, nil
}

// started is the text of a query.
func (q *query) started() (string, *Failure) {
	q.s.mu.Lock()
	defer q.s.mu.Unlock()
	sql, ok := q.s.queries[q.str("QueryExecutionId")]
	if !ok || q.table() == nil {
		return "", q.invalid("InvalidRequestException", "QueryExecution "+q.str("QueryExecutionId")+" was not found")
	}
	return sql, nil
}

func queryExecution(q *query) (any, *Failure) {
	sql, f := q.started()
	if f != nil {
		return nil, f
	}
	t, id := q.table(), q.str("QueryExecutionId")
	now := q.place.org.AsOf
	return M{"QueryExecution": M{"QueryExecutionId": id, "Query": sql, "StatementType": "DML", "WorkGroup": t.Workgroup, "EngineVersion": M{"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"},
		"QueryExecutionContext": M{"Catalog": "awsdatacatalog", "Database": t.Database}, "ResultConfiguration": M{"OutputLocation": "s3://example-corp-athena-results-" + t.Account + "/" + id + ".csv"},
		"Status":     M{"State": "SUCCEEDED", "SubmissionDateTime": epoch(now.Add(2 * time.Second)), "CompletionDateTime": epoch(now.Add(14 * time.Second))},
		"Statistics": M{"DataScannedInBytes": len(sql) * 1024, "EngineExecutionTimeInMillis": 11200, "TotalExecutionTimeInMillis": 12000, "QueryQueueTimeInMillis": 150}}}, nil
}

// The parts of a query that its answer follows from.
var (
	namedIn   = regexp.MustCompile(`\b(account|region|i\.resourcetype) IN \(([^)]*)\)`)
	inQuotes  = regexp.MustCompile(`'([^']*)'`)
	theMoment = regexp.MustCompile(`>= from_iso8601_timestamp\('([^']+)'\).*?< from_iso8601_timestamp\('([^']+)'\)`)
	lastNames = regexp.MustCompile(`(?m)^SELECT (account, region, version, .*), count\(\*\) OVER \(\) AS total$`)
)

type asked struct {
	in       map[string][]string
	from, to time.Time
}

func readQuery(sql string) (asked, bool) {
	a := asked{in: map[string][]string{}}
	for _, m := range namedIn.FindAllStringSubmatch(sql, -1) {
		if a.in[m[1]] == nil {
			for _, v := range inQuotes.FindAllStringSubmatch(m[2], -1) {
				a.in[m[1]] = append(a.in[m[1]], v[1])
			}
		}
	}
	m := theMoment.FindStringSubmatch(sql)
	if m == nil {
		return a, false
	}
	var e, f error
	a.from, e = time.Parse(time.RFC3339, m[1])
	a.to, f = time.Parse(time.RFC3339, m[2])
	return a, e == nil && f == nil
}

// files hands each item of the types that the recorders wrote down to f, and says how many history files there are in the period.
func (q *query) files(a asked, f func(p *place, it item)) map[*place]int {
	out := map[*place]int{}
	for _, account := range a.in["account"] {
		for _, region := range a.in["region"] {
			p := q.s.places[account][region]
			if p == nil || p.region.Recorder == nil {
				continue
			}
			out[p] = int(a.to.Sub(a.from).Hours()) / 6
			for _, kind := range append(slices.Clone(a.in["i.resourcetype"]), "AWS::Config::ResourceCompliance") {
				n, at := p.resourcesOf(kind)
				for i := range n {
					id := at(i).id
					if kind == "AWS::Config::ResourceCompliance" && !slices.Contains(a.in["i.resourcetype"], strings.Split(id, "/")[0]) {
						continue
					}
					for _, it := range p.items(kind, id) {
						f(p, it)
					}
				}
			}
		}
	}
	return out
}

func queryResults(q *query) (any, *Failure) {
	sql, f := q.started()
	if f != nil {
		return nil, f
	}
	a, ok := readQuery(sql)
	if !ok {
		return nil, q.invalid("InvalidRequestException", "scenario: the only queries are those of collectors/athena")
	}
	names, rows := q.itemRows(sql, a)
	if strings.Contains(sql, "without_items") {
		names, rows = q.countRows(a)
	}
	total := strconv.Itoa(len(rows))
	rows = append([]map[string]string{{}}, rows...)
	for _, n := range names {
		rows[0][n] = n
	}
	from, to, next, f := q.page(paging{limit: "MaxResults", token: "NextToken", standard: 1000, most: 1000, badToken: "InvalidRequestException", badLimit: "InvalidRequestException"}, len(rows))
	if f != nil {
		return nil, f
	}
	var info []any
	for _, n := range names {
		info = append(info, M{"CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": n, "Label": n, "Type": "varchar", "Precision": 2147483647, "Scale": 0, "Nullable": "UNKNOWN", "CaseSensitive": true})
	}
	page := []any{}
	for i, r := range rows[from:to] {
		if from+i > 0 {
			r["total"] = total
		}
		var data []any
		for _, n := range names {
			d := M{}
			if v, there := r[n]; there {
				d["VarCharValue"] = v
			}
			data = append(data, d)
		}
		page = append(page, M{"Data": data})
	}
	out := M{"UpdateCount": 0, "ResultSet": M{"Rows": page, "ResultSetMetadata": M{"ColumnInfo": info}}}
	put(out, "NextToken", next)
	return out, nil
}

func (q *query) countRows(a asked) ([]string, []map[string]string) {
	items := map[*place]int{}
	files := q.files(a, func(p *place, it item) {
		if !it.at.Before(a.from) && it.at.Before(a.to) {
			items[p]++
		}
	})
	var rows []map[string]string
	for p, n := range files {
		rows = append(rows, map[string]string{"account": p.account.ID, "region": p.region.Name, "files": strconv.Itoa(n), "items": strconv.Itoa(items[p] + 3*n), "without_items": "0", "in_period": strconv.Itoa(items[p]), "days": strconv.Itoa(n / 4)})
	}
	slices.SortFunc(rows, func(a, b map[string]string) int {
		return cmp.Or(strings.Compare(a["account"], b["account"]), strings.Compare(a["region"], b["region"]))
	})
	return []string{"account", "region", "files", "items", "without_items", "in_period", "days", "total"}, rows
}

func (q *query) itemRows(sql string, a asked) ([]string, []map[string]string) {
	m := lastNames.FindStringSubmatch(sql)
	if m == nil {
		return nil, nil
	}
	names := append(strings.Split(m[1], ", "), "total")
	type found struct {
		at  time.Time
		row map[string]string
	}
	before := map[string]found{}
	var all []found
	q.files(a, func(p *place, it item) {
		f := found{it.at, q.itemRow(p, it)}
		switch key := p.account.ID + "/" + p.region.Name + "/" + f.row["resource_type"] + "/" + f.row["resource_id"]; {
		case it.at.Before(a.from):
			before[key] = f
		case it.at.Before(a.to):
			all = append(all, f)
		}
	})
	for _, f := range before {
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b found) int {
		for _, n := range []string{"account", "region", "resource_type", "resource_id"} {
			if c := strings.Compare(a.row[n], b.row[n]); c != 0 {
				return c
			}
		}
		return cmp.Or(a.at.Compare(b.at), strings.Compare(a.row["state_id"], b.row["state_id"]))
	})
	var rows []map[string]string
	for _, f := range all {
		rows = append(rows, f.row)
	}
	return names, rows
}

// itemRow spells an item as the query does. An item comes in the file of six hours later.
func (q *query) itemRow(p *place, it item) map[string]string {
	text := func(name string) string { s, _ := it.body[name].(string); return s }
	out := map[string]string{"account": p.account.ID, "region": p.region.Name, "item_account": p.account.ID, "captured": iso(it.at), "copies": "1"}
	for name, member := range map[string]string{"version": "version", "frequency": "recordingFrequency", "state_id": "configurationStateId", "item_region": "awsRegion", "status": "configurationItemStatus",
		"resource_type": "resourceType", "resource_id": "resourceId", "resource_name": "resourceName", "arn": "arn", "configuration": "configuration"} {
		if s := text(member); s != "" {
			out[name] = s
		}
	}
	for name, member := range map[string]string{"created": "resourceCreationTime", "delivered": "configurationItemDeliveryTime"} {
		if s, err := strconv.ParseFloat(fmt.Sprint(it.body[member]), 64); err == nil {
			out[name] = iso(time.UnixMilli(int64(s * 1000)))
		}
	}
	out["supplementary"], out["tags"] = string(marshal(it.body["supplementaryConfiguration"])), string(marshal(it.body["tags"]))
	at := it.at.Add(6 * time.Hour)
	file := fmt.Sprintf("%s_Config_%s_ConfigHistory_%s_%s_1.json.gz", p.account.ID, p.region.Name, text("resourceType"), at.Format("20060102T150405Z"))
	out["path"] = q.table().Location + p.account.ID + "/Config/" + p.region.Name + "/" + at.Format("2006/1/2") + "/ConfigHistory/" + file
	return out
}

func demoAthena(o *Organization) {
	o.Table = &Table{Account: DemoLogArchive, Region: ireland, Workgroup: "audit", Database: "aws_config", Name: "deliveries", Location: "s3://example-corp-config-" + DemoLogArchive + "/AWSLogs/"}
}
