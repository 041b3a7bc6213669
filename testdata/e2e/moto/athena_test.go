package moto

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors"
	"github.com/auditseal/auditseal/collectors/athena"
	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/testdata/scenario"
)

// The history through Athena: moto starts the queries, lets them run and gives the answers that it was told to give. It has no
// GetTableMetadata, which is answered by the scenario server's table; without that nothing is asked.
func TestAthena(t *testing.T) {
	s := start(t)
	moto, err := url.Parse(s.url)
	must(t, err)
	demo := scenario.Start(scenario.Config{Organization: scenario.Demo()})
	defer demo.Close()
	tables, err := url.Parse(demo.URL)
	must(t, err)
	toMoto, toTables := httputil.NewSingleHostReverseProxy(moto), httputil.NewSingleHostReverseProxy(tables)
	asked, table := map[string]int{}, true
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, op, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		asked[op]++
		if op == "GetTableMetadata" && table {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "AKIDEXAMPLE", scenario.AccessKey(scenario.DemoLogArchive), 1))
			toTables.ServeHTTP(w, r)
			return
		}
		toMoto.ServeHTTP(w, r)
	}))
	defer front.Close()

	x := scenario.Demo().Table
	bucket := strings.Split(strings.TrimPrefix(x.Location, "s3://"), "/")[0]
	sc := evidence.Scope{Accounts: []string{caller}, Regions: []string{x.Region}, Home: x.Region, History: []string{"AWS::S3::Bucket"}, AsOf: scenario.Now, Period: evidence.Period{From: scenario.QuarterFrom, To: scenario.QuarterTo},
		Delivery: &evidence.Delivery{Bucket: bucket, Account: caller, Region: x.Region, Athena: &evidence.Athena{Workgroup: "primary", Catalog: "AwsDataCatalog", Database: x.Database, Table: x.Name, Region: x.Region, Lookback: 35}}}
	o := celltest.Options{URL: front.URL, Account: caller, Region: x.Region, Scope: sc, Readers: collectors.Past()}

	tell := func(answers ...[]map[string]string) {
		t.Helper()
		var results []any
		for _, rows := range answers {
			names := order(slices.Collect(maps.Keys(rows[0])))
			var info, told []any
			var head []any
			for _, n := range names {
				info = append(info, map[string]any{"CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": n, "Label": n, "Type": "varchar", "Precision": 1, "Scale": 0, "Nullable": "UNKNOWN", "CaseSensitive": true})
				head = append(head, map[string]string{"VarCharValue": n})
			}
			told = append(told, map[string]any{"Data": head})
			for _, r := range rows {
				var data []any
				for _, n := range names {
					data = append(data, map[string]string{"VarCharValue": r[n]})
				}
				told = append(told, map[string]any{"Data": data})
			}
			results = append(results, map[string]any{"rows": told, "column_info": info})
		}
		b, err := json.Marshal(map[string]any{"account_id": caller, "region": x.Region, "results": results})
		must(t, err)
		resp, err := http.Post(s.url+"/moto-api/static/athena/query-results", "application/json", bytes.NewReader(b))
		must(t, err)
		said, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != http.StatusCreated {
			t.Fatalf("moto takes no answers: %s %s", resp.Status, said)
		}
	}
	counts := map[string]string{"account": caller, "region": x.Region, "files": "3", "items": "9", "without_items": "0", "in_period": "1", "days": "2", "total": "1"}
	item := map[string]string{"account": caller, "region": x.Region, "version": "1.3", "captured": "2026-08-02T10:00:00.000Z", "delivered": "", "frequency": "CONTINUOUS", "state_id": "1", "item_account": caller,
		"item_region": x.Region, "status": "OK", "resource_type": "AWS::S3::Bucket", "resource_id": "a", "resource_name": "a", "arn": "arn:aws:s3:::a", "created": "2024-01-01T00:00:00.000Z", "configuration": `{"name":"a"}`,
		"supplementary": `{"PublicAccessBlockConfiguration":"{\"blockPublicAcls\":true}"}`, "tags": "{}", "path": x.Location + caller + "/Config/" + x.Region + "/2026/8/2/ConfigHistory/f.json.gz", "copies": "1", "total": "1"}
	tell([]map[string]string{counts}, []map[string]string{item})
	r := celltest.Run(t, athena.Collector{}, o)
	if len(r.Gaps) > 0 || len(r.States) != 1 || r.States[0].Resource != "arn:aws:s3:::a" || r.States[0].Source != evidence.FromAthena {
		t.Errorf("%d states, gaps %+v", len(r.States), r.Gaps)
	}
	q := celltest.Of[athena.Execution](r)
	if len(q) != 2 || q[1].State != "SUCCEEDED" || *q[1].Rows != 1 || *q[1].ScannedBytes != 0 || q[1].QueryID == q[0].QueryID || time.Since(*q[1].Submitted) > time.Hour {
		t.Errorf("the queries %+v", q)
	}
	if asked["StartQueryExecution"] != 2 || asked["GetQueryExecution"] < 2 || asked["GetQueryResults"] != 2 || len(asked) != 4 {
		t.Errorf("asked %v", asked)
	}

	// A query that moto has no answer for is one without even a header: no history.
	unread := func(g evidence.Gap) bool { return g.OfPast("AWS::S3::Bucket", caller, x.Region) }
	if r := celltest.Run(t, athena.Collector{}, o); len(r.States) > 0 || !slices.ContainsFunc(r.Gaps, unread) {
		t.Errorf("an answer of nothing: %d states, %+v", len(r.States), r.Gaps)
	}
	// A workgroup that there is not.
	none := o
	none.Scope.Delivery = &evidence.Delivery{Bucket: bucket, Account: caller, Region: x.Region, Athena: &evidence.Athena{Workgroup: x.Workgroup, Catalog: "AwsDataCatalog", Database: x.Database, Table: x.Name, Region: x.Region, Lookback: 35}}
	if r := celltest.Run(t, athena.Collector{}, none); len(r.States) > 0 || len(r.Gaps) != 1 || r.Gaps[0].Operation != "StartQueryExecution" {
		t.Errorf("no workgroup: %+v", r.Gaps)
	}
	// moto's own word about the table is that it cannot tell: nothing is started then.
	table = false
	before := asked["StartQueryExecution"]
	if r := celltest.Run(t, athena.Collector{}, o); len(r.States) > 0 || !slices.ContainsFunc(r.Gaps, unread) || asked["StartQueryExecution"] != before {
		t.Errorf("no table: %d states, %+v", len(r.States), r.Gaps)
	}
}

// order puts the names as the queries ask for them.
func order(names []string) []string {
	in := []string{"account", "region", "files", "items", "without_items", "in_period", "days", "version", "captured", "delivered", "frequency", "state_id", "item_account", "item_region", "status", "resource_type", "resource_id",
		"resource_name", "arn", "created", "configuration", "supplementary", "tags", "path", "copies", "total"}
	var out []string
	for _, n := range in {
		if slices.Contains(names, n) {
			out = append(out, n)
		}
	}
	if len(out) != len(names) {
		panic(fmt.Sprint(names))
	}
	return out
}
