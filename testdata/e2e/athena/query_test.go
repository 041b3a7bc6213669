package athena

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/athena"
	"github.com/auditseal/auditseal/collectors/evidence"
)

type object = map[string]any

const (
	first = "012345678901"
	other = "444455556666"
)

var period = evidence.Period{From: day(7, 1), To: day(10, 1)}

func day(m time.Month, d int) time.Time { return time.Date(2026, m, d, 0, 0, 0, 0, time.UTC) }

// A bucket is the folder that stands for one, and what a plain reading of its files gives.
type bucket struct {
	t    *testing.T
	dir  string
	n    int
	want []string
}

// item makes one as AWS Config writes it to S3.
func item(account, region, typ, id string, at time.Time, state int, status, owner string) object {
	it := object{"configurationItemVersion": "1.3", "configurationItemCaptureTime": at.Format("2006-01-02T15:04:05.000Z"), "configurationStateId": state, "awsAccountId": account, "configurationItemStatus": status,
		"resourceType": typ, "resourceId": id, "resourceName": id, "ARN": "arn:aws:x:::" + id, "awsRegion": region, "availabilityZone": "Not Applicable", "configurationStateMd5Hash": "", "resourceCreationTime": "2024-01-01T00:00:00.000Z",
		"relatedEvents": []any{}, "relationships": []any{}, "tags": object{"Owner": owner},
		"configuration":              object{"name": id, "keyId": "K", "MixedCase": object{"Inner": []any{"a", nil, true}}, "quote": "it's \"so\" \u2028 \\"},
		"supplementaryConfiguration": object{"BucketPolicy": object{"policyText": nil}, "Policy": `{"Version":"2012-10-17"}`, "KeyRotationStatus": true, "Nothing": nil}}
	if status == "ResourceDeleted" {
		it["configuration"], it["supplementaryConfiguration"] = nil, object{}
		delete(it, "resourceName")
	}
	return it
}

// put writes a file as AWS Config delivers it.
func (b *bucket) put(account, region, day, kind string, items ...any) string {
	b.t.Helper()
	b.n++
	text, err := json.Marshal(object{"fileVersion": "1.0", "requestId": "r", "configurationItems": items})
	if err != nil {
		b.t.Fatal(err)
	}
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	w.Write(text)
	w.Close()
	key := fmt.Sprintf("deliveries/o-x/AWSLogs/%s/Config/%s/%s/%s/%s_Config_%s_%s_AWS::S3::Bucket_%04d.json.gz", account, region, day, kind, account, region, kind, b.n)
	write(b.t, filepath.Join(b.dir, key), zipped.Bytes())
	return "local:///" + key
}

// expect says that an item comes, from which file and with how many histories that hold it.
func (b *bucket) expect(account, region string, it object, path string, copies int) {
	b.want = append(b.want, strings.Join([]string{account, region, it["resourceType"].(string), it["resourceId"].(string), fmt.Sprint(it["configurationItemCaptureTime"]), fmt.Sprint(it["configurationStateId"]),
		fmt.Sprint(it["configurationItemStatus"]), owner(it), path, fmt.Sprint(copies)}, " "))
}

func owner(it object) string { return fmt.Sprintf(`{"Owner":"%s"}`, it["tags"].(object)["Owner"]) }

func query() athena.Query {
	return athena.Query{Database: "config", Table: "history", Accounts: []string{first, other}, Regions: []string{"eu-west-1", "us-east-1"}, Types: []string{"AWS::S3::Bucket", "AWS::KMS::Key"}, Period: period, AsOf: day(10, 9), Lookback: 35}
}

// Both queries, as they are sent, give what a plain reading of the files gives.
func TestQueriesAgainstTrino(t *testing.T) {
	dir := t.TempDir()
	b := &bucket{t: t, dir: dir}
	const eu, us, s3, kms = "eu-west-1", "us-east-1", "AWS::S3::Bucket", "AWS::KMS::Key"

	// In force at the beginning: the last before it, whether a history or a snapshot tells it; the one before that does not come.
	old := item(first, eu, s3, "a", day(6, 1).Add(time.Hour), 1, "OK", "old")
	b.put(first, eu, "2026/6/1", "ConfigHistory", old, item(first, eu, "AWS::EC2::Volume", "v", day(6, 1), 1, "OK", "no"))
	last := item(first, eu, s3, "a", day(6, 9).Add(time.Hour), 2, "OK", "last")
	b.put(first, eu, "2026/6/9", "ConfigHistory", last)
	path := b.put(first, eu, "2026/6/30", "ConfigSnapshot", last) // of several files the first by name is told, and here that is this one
	b.expect(first, eu, last, path, 1)
	still := item(first, eu, kms, "k", day(1, 2), 9, "ResourceDiscovered", "snapshot only")
	path = b.put(first, eu, "2026/6/29", "ConfigSnapshot", still, item(first, eu, "AWS::EC2::Volume", "v", day(6, 1), 1, "OK", "no"))
	b.expect(first, eu, still, path, 0)
	// Of one moment before it: both come, for they contradict one another or are ordered by their state.
	for state := range 2 {
		twin := item(first, eu, s3, "twin", day(6, 20), state, "OK", fmt.Sprint("twin", state))
		b.expect(first, eu, twin, b.put(first, eu, "2026/6/20", "ConfigHistory", twin), 1)
	}
	// In the period: at its first moment, in several files, at its last, delivered after it. At its end, and later: not.
	for i, at := range []time.Time{day(7, 1), day(8, 15).Add(123 * time.Millisecond), day(10, 1).Add(-time.Millisecond)} {
		it := item(first, eu, s3, "a", at, 10+i, "OK", fmt.Sprint("in", i))
		path := b.put(first, eu, at.Add(6*time.Hour).Format("2006/1/2"), "ConfigHistory", it)
		b.put(first, eu, at.AddDate(0, 0, 1).Format("2006/1/2"), "ConfigHistory", it)
		b.expect(first, eu, it, path, 2)
	}
	b.put(first, eu, "2026/10/1", "ConfigHistory", item(first, eu, s3, "a", day(10, 1), 20, "OK", "after"))
	gone := item(other, us, s3, "b", day(9, 9), 5, "ResourceDeleted", "gone")
	b.expect(other, us, gone, b.put(other, us, "2026/9/10", "ConfigHistory", gone), 1)
	// AWS's own timelines of the types, and of no others.
	verdict := item(other, us, "AWS::Config::ResourceCompliance", s3+"/b", day(9, 9), 6, "OK", "verdict")
	b.expect(other, us, verdict, b.put(other, us, "2026/9/10", "ConfigHistory", verdict, item(other, us, "AWS::Config::ResourceCompliance", "AWS::EC2::Volume/v", day(9, 9), 6, "OK", "no")), 1)
	// The same resource in another region is another.
	elsewhere := item(first, us, s3, "a", day(6, 25), 3, "OK", "elsewhere")
	b.expect(first, us, elsewhere, b.put(first, us, "2026/6/25", "ConfigHistory", elsewhere), 1)
	// What was not asked about: another account, another region, days before the lookback, other folders.
	b.put("999999999999", eu, "2026/8/1", "ConfigHistory", item("999999999999", eu, s3, "a", day(8, 1), 1, "OK", "no"))
	b.put(first, "sa-east-1", "2026/8/1", "ConfigHistory", item(first, "sa-east-1", s3, "a", day(8, 1), 1, "OK", "no"))
	b.put(other, eu, "2026/5/20", "ConfigHistory", item(other, eu, s3, "long-ago", day(5, 20), 1, "OK", "no"))
	b.put(other, us, "2026/8/1", "OversizedChangeNotification", item(other, us, s3, "b", day(8, 1), 1, "OK", "no"))

	d := &evidence.Delivery{Bucket: "deliveries", Prefix: "o-x", Account: first, Region: eu, Athena: &evidence.Athena{Database: "config", Table: "history"}}
	define(t, dir, athena.TableOf(d).Definition())
	e := start(t, dir)

	rows := e.table(t, query().Items())
	var got []string
	for _, r := range rows {
		got = append(got, strings.Join([]string{r["account"], r["region"], r["resource_type"], r["resource_id"], r["captured"], r["state_id"], r["status"], r["tags"], r["path"], r["copies"]}, " "))
		if r["total"] != fmt.Sprint(len(rows)) {
			t.Errorf("a row says that there are %s, of %d", r["total"], len(rows))
		}
		form(t, r)
	}
	if !slices.IsSortedFunc(rows, func(a, b map[string]string) int {
		return cmp.Or(strings.Compare(a["account"], b["account"]), strings.Compare(a["region"], b["region"]), strings.Compare(a["resource_type"], b["resource_type"]), strings.Compare(a["resource_id"], b["resource_id"]), strings.Compare(a["captured"], b["captured"]))
	}) {
		t.Error("the rows are in no order")
	}
	slices.Sort(got)
	slices.Sort(b.want)
	if diff := gocmp.Diff(b.want, got); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}

	var counted []string
	for _, r := range e.table(t, query().Counts()) {
		counted = append(counted, strings.Join([]string{r["account"], r["region"], r["files"], r["items"], r["in_period"], r["without_items"], r["days"], r["total"]}, " "))
	}
	if diff := gocmp.Diff([]string{"012345678901 eu-west-1 7 7 6 0 5 2", "444455556666 us-east-1 2 3 2 0 1 2"}, counted); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}

	// Items that say not what they are, or when, come: what is dropped would leave no trace.
	b.put(other, eu, "2026/8/1", "ConfigHistory", object{"resourceId": "typeless"}, object{"resourceType": s3, "resourceId": "timeless"}, object{"resourceType": s3, "resourceId": "odd", "configurationItemCaptureTime": "yesterday"}, nil)
	q := query()
	q.Accounts, q.Regions = []string{other}, []string{eu}
	var odd []string
	for _, r := range e.table(t, q.Items()) {
		odd = append(odd, r["resource_type"]+"/"+r["resource_id"]+"/"+r["captured"])
	}
	if diff := gocmp.Diff([]string{"AWS::S3::Bucket/odd/yesterday", "AWS::S3::Bucket/timeless/", "/typeless/", "//"}, odd); diff != "" {
		t.Errorf("odd items (-want +got):\n%s", diff)
	}
	// A file that is no JSON, and one without a list of items.
	write(t, filepath.Join(dir, "deliveries/o-x/AWSLogs", other, "Config", eu, "2026/8/2/ConfigHistory/none.json"), []byte(`{"fileVersion":"1.0"}`))
	if c := e.table(t, q.Counts()); len(c) != 1 || c[0]["without_items"] != "1" || c[0]["in_period"] != "4" {
		t.Errorf("a file without items: %v", c)
	}
	broken := filepath.Join(dir, "deliveries/o-x/AWSLogs", other, "Config", eu, "2026/8/3/ConfigHistory/broken.json")
	write(t, broken, []byte(`{"configurationItems":[{"resourceType":`))
	for _, sql := range []string{q.Items(), q.Counts()} {
		if a := e.ask(t, sql); a.Error == "" {
			t.Errorf("a file that is no JSON fails no query: %v", a.Rows)
		}
	}
	if err := os.Remove(broken); err != nil {
		t.Fatal(err)
	}
	// Text that would end a quote ends none.
	q.Types = append(q.Types, `'); DROP TABLE history; --`, `"`)
	e.table(t, q.Items())
	e.table(t, q.Counts())
}

// table runs a query that must end well; NULL is the empty text.
func (e *engine) table(t *testing.T, sql string) []map[string]string {
	t.Helper()
	a := e.ask(t, sql)
	if a.Error != "" {
		t.Fatalf("%s\n%s", a.Error, sql)
	}
	var out []map[string]string
	for _, r := range a.Rows {
		m := map[string]string{}
		for i, c := range a.Columns {
			if r[i] != nil {
				m[c] = *r[i]
			}
		}
		out = append(out, m)
	}
	return out
}

// form looks at the columns that hold JSON: member names keep their case, text stays text, and nothing is lost.
func form(t *testing.T, r map[string]string) {
	t.Helper()
	same := func(column, want string) {
		var a, b any
		if r[column] == "" && want == "" {
			return
		}
		if json.Unmarshal([]byte(r[column]), &a) != nil || json.Unmarshal([]byte(want), &b) != nil || !gocmp.Equal(a, b) {
			t.Errorf("%s of %s is %s, want %s", column, r["resource_id"], r[column], want)
		}
	}
	if r["status"] == "ResourceDeleted" {
		if _, there := r["configuration"]; there || r["resource_name"] != "" {
			t.Errorf("a deleted resource has a configuration: %v", r)
		}
		return
	}
	same("configuration", `{"name":"`+strings.TrimSpace(r["resource_id"])+`","keyId":"K","MixedCase":{"Inner":["a",null,true]},"quote":"it's \"so\" \u2028 \\"}`)
	var parts map[string]*string
	if err := json.Unmarshal([]byte(r["supplementary"]), &parts); err != nil {
		t.Fatal(err)
	}
	if v := parts["Policy"]; v == nil || *v != `{"Version":"2012-10-17"}` {
		t.Errorf("a part that is text: %v", v)
	}
	if v := parts["KeyRotationStatus"]; v == nil || *v != "true" {
		t.Errorf("a part that is true: %v", v)
	}
	if v := parts["BucketPolicy"]; v == nil || *v != `{"policyText":null}` {
		t.Errorf("a part that is an object: %v", v)
	}
	if v, there := parts["Nothing"]; !there || v != nil {
		t.Errorf("a part that is null: %v, %v", v, there)
	}
	if r["arn"] != "arn:aws:x:::"+r["resource_id"] || r["created"] != "2024-01-01T00:00:00.000Z" || r["version"] != "1.3" || r["item_account"] != r["account"] || r["item_region"] != r["region"] {
		t.Errorf("the item %v", r)
	}
}
