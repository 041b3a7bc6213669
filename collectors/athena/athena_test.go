package athena

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/s3"
)

const (
	home  = "111122223333"
	other = "444455556666"
)

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

func testScope() evidence.Scope {
	return evidence.Scope{Accounts: []string{home, other}, Regions: []string{"eu-west-1"}, Home: "eu-west-1", History: []string{"AWS::S3::Bucket"}, AsOf: day(2026, 10, 9),
		Period: evidence.Period{From: day(2026, 7, 1), To: day(2026, 10, 1)}, Delivery: &evidence.Delivery{Bucket: "deliveries", Prefix: "org", Account: home, Region: "eu-west-1",
			Athena: &evidence.Athena{Workgroup: "audit", Catalog: "AwsDataCatalog", Database: "config", Table: "history", Region: "eu-central-1", Lookback: 35}}}
}

type object = map[string]any

// A fake is an Athena that answers as it is told.
type fake struct {
	table object
	// rows are the answers by purpose, each a list of pages without the header.
	rows map[string][][]map[string]string
	// change alters an answer: operation and purpose to its body.
	change map[string]func(object) object
	// fail answers an operation, or an operation and purpose, with an error.
	fail map[string]celltest.Answer
	// asked counts the polls of each query; started are the texts that came.
	asked   map[string]int
	started []string
	tokens  []string
	running int
}

func column1(name, hive string) object { return object{"Name": name, "Type": hive} }

func goodTable() object {
	t := TableOf(testScope().Delivery)
	params := object{"EXTERNAL": "TRUE", "location": strings.TrimSuffix(t.Location, "/"), "inputformat": inputFormat, "outputformat": outputFormat, "serde.serialization.lib": serde,
		"serde.param.serialization.format": "1", "transient_lastDdlTime": "1790000000"}
	for k, v := range serdeProperties() {
		params["serde.param."+k] = v
	}
	for k, v := range t.tableProperties() {
		params[k] = v
	}
	var cols, parts []any
	for _, c := range columns {
		cols = append(cols, column1(strings.ToLower(c.member), c.hive))
	}
	for _, p := range partitions {
		parts = append(parts, column1(p, "string"))
	}
	return object{"TableMetadata": object{"Name": "history", "TableType": "EXTERNAL_TABLE", "Columns": cols, "PartitionKeys": parts, "Parameters": params}}
}

func bucketItem(account, id, captured, state string) map[string]string {
	return map[string]string{"account": account, "region": "eu-west-1", "version": "1.3", "captured": captured, "state_id": state, "item_account": account, "item_region": "eu-west-1", "status": "OK",
		"resource_type": "AWS::S3::Bucket", "resource_id": id, "resource_name": id, "arn": "arn:aws:s3:::" + id, "created": "2024-01-01T00:00:00.000Z", "configuration": `{"name":"` + id + `"}`,
		"supplementary": `{"PublicAccessBlockConfiguration":"{\"blockPublicAcls\":true,\"ignorePublicAcls\":true,\"blockPublicPolicy\":true,\"restrictPublicBuckets\":true}"}`, "tags": `{"owner":"x"}`,
		"path": "s3://deliveries/org/AWSLogs/" + account + "/Config/eu-west-1/2026/8/2/ConfigHistory/f.json.gz", "copies": "1", "total": "3"}
}

func count(account, files, inPeriod string) map[string]string {
	return map[string]string{"account": account, "region": "eu-west-1", "files": files, "items": "40", "without_items": "0", "in_period": inPeriod, "days": "30", "total": "2"}
}

func newFake() *fake {
	return &fake{table: goodTable(), running: 1, asked: map[string]int{}, change: map[string]func(object) object{}, fail: map[string]celltest.Answer{}, rows: map[string][][]map[string]string{
		"counts": {{count(home, "12", "1"), count(other, "9", "1")}},
		"items": {{bucketItem(home, "a", "2026-05-30T10:00:00.000Z", "1"), bucketItem(home, "a", "2026-08-02T10:00:00.000Z", "2")},
			{bucketItem(other, "b", "2026-08-03T10:00:00.000Z", "3")}},
	}}
}

func resultPage(names []string, rows []map[string]string, head bool, token string) object {
	var info, out []any
	for _, n := range names {
		info = append(info, object{"Name": n, "Type": "varchar"})
	}
	cells := func(get func(string) (string, bool)) object {
		var data []any
		for _, n := range names {
			if v, ok := get(n); ok {
				data = append(data, object{"VarCharValue": v})
			} else {
				data = append(data, object{})
			}
		}
		return object{"Data": data}
	}
	if head {
		out = append(out, cells(func(n string) (string, bool) { return n, true }))
	}
	for _, r := range rows {
		out = append(out, cells(func(n string) (string, bool) { v, ok := r[n]; return v, ok }))
	}
	if out == nil {
		out = []any{}
	}
	p := object{"ResultSet": object{"Rows": out, "ResultSetMetadata": object{"ColumnInfo": info}}, "UpdateCount": 0}
	if token != "" {
		p["NextToken"] = token
	}
	return p
}

func (f *fake) answer(q celltest.Request) celltest.Answer {
	var in struct{ QueryString, QueryExecutionId, NextToken, ClientRequestToken string }
	json.Unmarshal([]byte(q.Body), &in)
	purpose := in.QueryExecutionId
	if q.Operation == "StartQueryExecution" {
		purpose = "items"
		if strings.Contains(in.QueryString, "without_items") {
			purpose = "counts"
		}
	}
	for _, k := range []string{q.Operation, q.Operation + " " + purpose, q.Operation + " " + purpose + " " + in.NextToken} {
		if a, ok := f.fail[k]; ok {
			return a
		}
	}
	var out object
	switch q.Operation {
	case "GetTableMetadata":
		out = f.table
	case "StartQueryExecution":
		f.started, f.tokens = append(f.started, in.QueryString), append(f.tokens, in.ClientRequestToken)
		out = object{"QueryExecutionId": purpose}
	case "GetQueryExecution":
		f.asked[purpose]++
		status := object{"State": "RUNNING", "SubmissionDateTime": 1790841600.5}
		if f.asked[purpose] > f.running {
			status = object{"State": "SUCCEEDED", "SubmissionDateTime": 1790841600.5, "CompletionDateTime": 1790841660}
		}
		sql := f.started[slices.IndexFunc(f.started, func(s string) bool { return strings.Contains(s, "without_items") == (purpose == "counts") })]
		out = object{"QueryExecution": object{"QueryExecutionId": purpose, "Query": sql, "StatementType": "DML", "Status": status, "WorkGroup": "audit", "EngineVersion": object{"EffectiveEngineVersion": "Athena engine version 3"},
			"QueryExecutionContext": object{"Catalog": "awsdatacatalog", "Database": "config"}, "ResultConfiguration": object{"OutputLocation": "s3://answers/" + purpose + ".csv"}, "Statistics": object{"DataScannedInBytes": 1234567}}}
	case "GetQueryResults":
		pages, names := f.rows[purpose], itemsAnswer
		if purpose == "counts" {
			names = countsAnswer
		}
		n := 0
		fmt.Sscanf(in.NextToken, "page-%d", &n)
		token := ""
		if n+1 < len(pages) {
			token = fmt.Sprintf("page-%d", n+1)
		}
		out = resultPage(names, pages[n], n == 0, token)
		if in.NextToken != "" {
			purpose += " " + in.NextToken
		}
	}
	for _, k := range []string{q.Operation, q.Operation + " " + purpose} {
		if change := f.change[k]; change != nil {
			// Each answer is changed alone: what the fake holds stays.
			b, _ := json.Marshal(out)
			out = nil
			json.Unmarshal(b, &out)
			out = change(out)
		}
	}
	b, _ := json.Marshal(out)
	return celltest.Answer{Body: string(b)}
}

func collect(t *testing.T, f *fake, sc evidence.Scope) *celltest.Result {
	t.Helper()
	return celltest.Run(t, Collector{}, celltest.Options{URL: celltest.Serve(t, f.answer), Account: home, Region: "eu-west-1", Scope: sc, Readers: s3.Past()})
}

func TestTheWhole(t *testing.T) {
	f := newFake()
	r := collect(t, f, testScope())
	if len(r.Gaps) > 0 {
		t.Errorf("gaps: %+v", r.Gaps)
	}
	var got []string
	for _, s := range r.States {
		if s.Source != evidence.FromAthena || s.Fault != "" || s.Record == nil || len(s.Evidence) != 1 {
			t.Errorf("a state %+v", s)
		}
		got = append(got, s.Account+" "+s.Region+" "+s.Resource+" "+s.Captured.Format(time.RFC3339)+" "+s.Item)
	}
	want := []string{
		"111122223333 eu-west-1 arn:aws:s3:::a 2026-05-30T10:00:00Z 111122223333/eu-west-1/AWS::S3::Bucket/a@2026-05-30T10:00:00.000Z/1",
		"111122223333 eu-west-1 arn:aws:s3:::a 2026-08-02T10:00:00Z 111122223333/eu-west-1/AWS::S3::Bucket/a@2026-08-02T10:00:00.000Z/2",
		"444455556666 eu-west-1 arn:aws:s3:::b 2026-08-03T10:00:00Z 444455556666/eu-west-1/AWS::S3::Bucket/b@2026-08-03T10:00:00.000Z/3",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	q := celltest.Of[Execution](r)
	if len(q) != 2 {
		t.Fatalf("%d queries", len(q))
	}
	x := q[1]
	if x.ID != home+"/eu-central-1/items" || x.Purpose != "items" || x.State != "SUCCEEDED" || *x.Rows != 3 || *x.ScannedBytes != 1234567 || *x.Engine != "Athena engine version 3" || *x.OutputLocation != "s3://answers/items.csv" ||
		!x.Submitted.Equal(time.UnixMilli(1790841600500)) || !x.Completed.Equal(time.Unix(1790841660, 0)) || x.SQL != f.started[1] || x.SQLSHA256 != evidence.Sum([]byte(x.SQL)).String() || x.Reason != nil ||
		!slices.Equal(x.Accounts, []string{home, other}) || x.Workgroup != "audit" || len(x.Evidence) != 5 || len(x.Unknown) > 0 {
		t.Errorf("the query %+v", x)
	}
	if *q[0].Rows != 2 || q[0].Purpose != "counts" {
		t.Errorf("the counts %+v", q[0])
	}
}

// Elsewhere, and where audit.yaml names no table, nothing is asked at all: the server would fail the test.
func TestNothingIsAskedElsewhere(t *testing.T) {
	none, nothing := testScope(), testScope()
	none.Delivery.Athena = nil
	nothing.History = nil
	noDelivery := testScope()
	noDelivery.Delivery = nil
	for name, c := range map[string]struct {
		account string
		sc      evidence.Scope
	}{"another account": {other, testScope()}, "no table": {home, none}, "no history": {home, nothing}, "no bucket": {home, noDelivery}} {
		r := celltest.Run(t, Collector{}, celltest.Options{URL: celltest.Serve(t, func(celltest.Request) celltest.Answer { return celltest.Answer{} }), Account: c.account, Scope: c.sc, Readers: s3.Past()})
		if len(r.Gaps)+len(r.Records)+len(r.States) > 0 {
			t.Errorf("%s: %+v", name, r)
		}
	}
	for account, want := range map[string]bool{home: true, other: false} {
		if (Collector{}).In(testScope(), account) != want {
			t.Errorf("in %s: %v", account, !want)
		}
	}
	if (Collector{}).In(none, home) || (Collector{}).In(noDelivery, home) {
		t.Error("it works where no table is named")
	}
}

// What is sent is one query, and the same one again has the same token; a later audit's has not.
func TestOnlyQueriesAreSent(t *testing.T) {
	f := newFake()
	collect(t, f, testScope())
	for _, sql := range f.started {
		if err := onlyReads(sql); err != nil {
			t.Error(err)
		}
	}
	g := newFake()
	collect(t, g, testScope())
	later := testScope()
	later.AsOf = later.AsOf.Add(time.Second)
	h := newFake()
	collect(t, h, later)
	if !slices.Equal(f.tokens, g.tokens) || f.tokens[0] == f.tokens[1] || len(f.tokens[0]) < 32 || len(f.tokens[0]) > 128 || slices.Contains(h.tokens, f.tokens[0]) {
		t.Errorf("tokens %q, %q, %q", f.tokens, g.tokens, h.tokens)
	}
	for sql, want := range map[string]bool{
		"SELECT 1": true, "WITH a AS (SELECT 1) SELECT * FROM a": true, "SELECT ';' AS \"a;b\", 'it''s'": true,
		"INSERT INTO a SELECT 1": false, "CREATE TABLE a AS SELECT 1": false, "UNLOAD (SELECT 1) TO 's3://x'": false, "DROP TABLE a": false, "SELECT 1; DROP TABLE a": false, "select 1": false,
		"SELECT 'a": false, "": false, " SELECT 1": false, "SELECTED": false, "EXECUTE x": false, "SELECT 'it''s'; DROP TABLE a": false,
	} {
		if err := onlyReads(sql); (err == nil) != want {
			t.Errorf("%q: %v", sql, err)
		}
	}
}
