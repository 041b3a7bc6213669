package athena

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
)

// in gives a member of an answer, at the path.
func in(o object, path ...string) object {
	for _, p := range path {
		o = o[p].(object)
	}
	return o
}

// set makes a change that sets a member; nil takes it away.
func set(value any, path ...string) func(object) object {
	return func(o object) object {
		at := in(o, path[:len(path)-1]...)
		if value == nil {
			delete(at, path[len(path)-1])
		} else {
			at[path[len(path)-1]] = value
		}
		return o
	}
}

// Whatever does not come whole leaves the past unread: the code, and whose. "both" are the accounts that were asked about.
func TestNoFaultReadsAsAHistory(t *testing.T) {
	type change = func(*fake)
	answer := func(key string, c func(object) object) change { return func(f *fake) { f.change[key] = c } }
	refuse := func(key string, status int, code string) change {
		return func(f *fake) { f.fail[key] = celltest.Fail(status, code, "because") }
	}
	// cell changes a column of the second item, which is of the account home and in the period.
	cell := func(column, value string) change {
		return func(f *fake) {
			if value == "NULL" {
				delete(f.rows["items"][0][1], column)
			} else {
				f.rows["items"][0][1][column] = value
			}
		}
	}
	counted := func(column, value string) change {
		return func(f *fake) { f.rows["counts"][0][1][column] = value }
	}
	execution := func(path ...string) []string { return append([]string{"QueryExecution"}, path...) }
	rows := func(c func([]any) []any) func(object) object {
		return func(o object) object {
			at := in(o, "ResultSet")
			at["Rows"] = c(at["Rows"].([]any))
			return o
		}
	}
	for name, c := range map[string]struct {
		change       change
		code, places string
		states       int
	}{
		"the table: denied":                     {refuse("GetTableMetadata", 400, "AccessDeniedException"), "AccessDeniedException", "*", 0},
		"the table: not there":                  {refuse("GetTableMetadata", 400, "MetadataException"), "MetadataException", "*", 0},
		"the table: elsewhere":                  {answer("GetTableMetadata", set("s3://another/AWSLogs", "TableMetadata", "Parameters", "location")), "OtherTable", "*", 0},
		"the table: fewer days":                 {answer("GetTableMetadata", set("2026/8/1,NOW", "TableMetadata", "Parameters", "projection.dt.range")), "OtherTable", "*", 0},
		"the table: padded days":                {answer("GetTableMetadata", set("yyyy/MM/dd", "TableMetadata", "Parameters", "projection.dt.format")), "OtherTable", "*", 0},
		"the table: skips what is no JSON":      {answer("GetTableMetadata", set("true", "TableMetadata", "Parameters", "serde.param.ignore.malformed.json")), "OtherTable", "*", 0},
		"the table: a mapping more":             {answer("GetTableMetadata", set("tags", "TableMetadata", "Parameters", "serde.param.mapping.configuration")), "OtherTable", "*", 0},
		"the table: no parameters":              {answer("GetTableMetadata", set(nil, "TableMetadata", "Parameters")), "OtherTable", "*", 0},
		"the table: no columns":                 {answer("GetTableMetadata", set(nil, "TableMetadata", "Columns")), "OtherTable", "*", 0},
		"the table: no partitions":              {answer("GetTableMetadata", set([]any{}, "TableMetadata", "PartitionKeys")), "OtherTable", "*", 0},
		"the table: nothing":                    {answer("GetTableMetadata", func(object) object { return object{} }), "MissingMember", "*", 0},
		"start: denied":                         {refuse("StartQueryExecution", 400, "AccessDeniedException"), "AccessDeniedException", "*", 0},
		"start: the workgroup has no place":     {refuse("StartQueryExecution", 400, "InvalidRequestException"), "InvalidRequestException", "*", 0},
		"start: too many":                       {refuse("StartQueryExecution items", 400, "TooManyRequestsException"), "TooManyRequestsException", "*", 0},
		"start: no id":                          {answer("StartQueryExecution items", set(nil, "QueryExecutionId")), "MissingMember", "*", 0},
		"the end: denied":                       {refuse("GetQueryExecution items", 400, "AccessDeniedException"), "AccessDeniedException", "*", 0},
		"the end: nothing":                      {answer("GetQueryExecution", func(object) object { return object{} }), "MissingMember", "*", 0},
		"the end: no state":                     {answer("GetQueryExecution items", set(nil, execution("Status", "State")...)), "MissingMember", "*", 0},
		"the end: no status":                    {answer("GetQueryExecution items", set(nil, execution("Status")...)), "MissingMember", "*", 0},
		"the end: a state nobody documented":    {answer("GetQueryExecution items", set("PAUSED", execution("Status", "State")...)), "UnknownValue", "*", 0},
		"the end: failed":                       {answer("GetQueryExecution items", set("FAILED", execution("Status", "State")...)), "QueryFailed", "*", 0},
		"the end: cancelled":                    {answer("GetQueryExecution counts", set("CANCELLED", execution("Status", "State")...)), "QueryCancelled", "*", 0},
		"the end: never":                        {func(f *fake) { f.running = 1 << 20 }, "QueryNotEnded", "*", 0},
		"the end: of another query":             {answer("GetQueryExecution items", set("SELECT 1", execution("Query")...)), "OtherQuery", "*", 0},
		"the end: with another id":              {answer("GetQueryExecution items", set("other", execution("QueryExecutionId")...)), "OtherQuery", "*", 0},
		"the end: in another workgroup":         {answer("GetQueryExecution items", set("primary", execution("WorkGroup")...)), "OtherQuery", "*", 0},
		"the end: in another database":          {answer("GetQueryExecution items", set("default", execution("QueryExecutionContext", "Database")...)), "OtherQuery", "*", 0},
		"the end: an earlier answer":            {answer("GetQueryExecution items", set(object{"ReusedPreviousResult": true}, execution("Statistics", "ResultReuseInformation")...)), "OtherQuery", "*", 0},
		"results: denied":                       {refuse("GetQueryResults items", 400, "AccessDeniedException"), "AccessDeniedException", "*", 0},
		"results: the second page":              {refuse("GetQueryResults items page-1", 400, "InvalidRequestException"), "InvalidRequestException", "*", 2},
		"results: no set":                       {answer("GetQueryResults items", func(object) object { return object{} }), "MissingMember", "*", 0},
		"results: no rows":                      {answer("GetQueryResults items", set(nil, "ResultSet", "Rows")), "MissingMember", "*", 0},
		"results: the second page without rows": {answer("GetQueryResults items page-1", set(nil, "ResultSet", "Rows")), "MissingMember", "*", 2},
		"results: cut after a page":             {answer("GetQueryResults items", set(nil, "NextToken")), "RowsMissing", "*", 2},
		"results: a row less":                   {answer("GetQueryResults items page-1", rows(func(r []any) []any { return r[1:] })), "RowsMissing", "*", 2},
		"results: a row more":                   {answer("GetQueryResults items page-1", rows(func(r []any) []any { return append(r, r[0]) })), "RowsMissing", "*", 3},
		"results: without names":                {answer("GetQueryResults items", rows(func(r []any) []any { return r[1:] })), "OtherColumns", "*", 0},
		"results: an empty first page":          {answer("GetQueryResults items", rows(func([]any) []any { return []any{} })), "OtherColumns", "*", 0},
		"results: no columns told":              {answer("GetQueryResults items", set(nil, "ResultSet", "ResultSetMetadata")), "OtherColumns", "*", 0},
		"results: a row cut short": {answer("GetQueryResults items page-1", rows(func(r []any) []any {
			d := r[0].(object)
			d["Data"] = d["Data"].([]any)[:5]
			return r
		})), "HalfRow", "*", 2},
		"results: totals that differ": {cell("total", "9"), "OtherTotal", "*", 1},
		"results: no total": {func(f *fake) {
			f.rows["items"] = [][]map[string]string{{bucketItem(home, "a", "2026-08-02T10:00:00.000Z", "2")}}
			delete(f.rows["items"][0][0], "total")
		}, "RowsMissing", "*", 1},
		"results: no rows, counted":    {func(f *fake) { f.rows["items"] = [][]map[string]string{{}} }, "ItemsMissing", "111122223333/eu-west-1", 0},
		"counts: no rows":              {func(f *fake) { f.rows["counts"] = [][]map[string]string{{}} }, "NotDelivered", "111122223333/eu-west-1 444455556666/eu-west-1", 3},
		"counts: one is not there":     {func(f *fake) { f.rows["counts"][0] = f.rows["counts"][0][:1]; f.rows["counts"][0][0]["total"] = "1" }, "NotDelivered", "444455556666/eu-west-1", 3},
		"counts: no files":             {counted("files", "0"), "NotDelivered", "444455556666/eu-west-1", 3},
		"counts: more than came":       {counted("in_period", "2"), "ItemsMissing", "444455556666/eu-west-1", 3},
		"counts: files without items":  {counted("without_items", "1"), "FileWithoutItems", "444455556666/eu-west-1", 3},
		"counts: no number":            {counted("files", "many"), "UnknownValue", "*", 0},
		"counts: less than none":       {counted("in_period", "-1"), "UnknownValue", "*", 0},
		"counts: NULL":                 {func(f *fake) { delete(f.rows["counts"][0][1], "in_period") }, "UnknownValue", "*", 0},
		"counts: twice":                {counted("account", home), "SaidTwice", "*", 0},
		"counts: of another account":   {counted("account", "999999999999"), "OtherPlace", "*", 0},
		"item: of another account":     {cell("account", "999999999999"), "OtherPlace", "*", 1},
		"item: of another region":      {cell("region", "us-east-1"), "OtherPlace", "*", 1},
		"item: no copies":              {cell("copies", "NULL"), "UnknownValue", "*", 1},
		"item: says another account":   {cell("item_account", other), "OtherAccount", "111122223333/eu-west-1", 2},
		"item: says no account":        {cell("item_account", "NULL"), "OtherAccount", "111122223333/eu-west-1", 2},
		"item: in another folder":      {cell("path", "s3://deliveries/org/AWSLogs/444455556666/Config/eu-west-1/2026/8/2/ConfigHistory/f.json.gz"), "OtherPlace", "111122223333/eu-west-1", 2},
		"item: no moment":              {cell("captured", "NULL"), "ItemOfNothing", "111122223333/eu-west-1", 2},
		"item: a moment that is none":  {cell("captured", "yesterday"), "UnreadableItem", "111122223333/eu-west-1", 2},
		"item: after the period":       {cell("captured", "2026-10-01T00:00:00.000Z"), "OtherPeriod", "111122223333/eu-west-1", 2},
		"item: no resource":            {cell("resource_id", "NULL"), "ItemOfNothing", "111122223333/eu-west-1", 2},
		"item: no status":              {cell("status", "NULL"), "ItemOfNothing", "111122223333/eu-west-1", 2},
		"item: no type":                {cell("resource_type", "NULL"), "ItemOfNothing", "111122223333/eu-west-1", 2},
		"item: a type not asked for":   {cell("resource_type", "AWS::KMS::Key"), "ItemOfNothing", "111122223333/eu-west-1", 2},
		"item: parts that are no JSON": {cell("supplementary", "{"), "UnreadableItem", "111122223333/eu-west-1", 2},
		"item: tags that are no JSON":  {cell("tags", `["a"]`), "UnreadableItem", "111122223333/eu-west-1", 2},
		"item: a tag that is NULL":     {cell("tags", `{"a":null}`), "UnreadableItem", "111122223333/eu-west-1", 2},
		"item: made at no time":        {cell("created", "long ago"), "UnreadableItem", "111122223333/eu-west-1", 2},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			c.change(f)
			r := collect(t, f, testScope())
			found := false
			for _, g := range r.Gaps {
				if len(g.History) == 0 {
					continue
				}
				if !slices.Contains(g.History, "AWS::S3::Bucket") || len(g.Kinds) != 1 || g.Kinds[0] != queryKind {
					t.Errorf("a gap of %q in %q", g.History, g.Kinds)
				}
				found = found || g.Code == c.code && strings.Join(g.Places, " ") == c.places
			}
			if !found || len(r.States) != c.states {
				t.Errorf("%d states, want %d, and no gap %s of %s among %+v", len(r.States), c.states, c.code, c.places, r.Gaps)
			}
			// Nobody's past may be read where it is not whole.
			for _, a := range []string{home, other} {
				want := c.places == "*" || strings.Contains(c.places, a)
				got := false
				for _, g := range r.Gaps {
					got = got || g.OfPast("AWS::S3::Bucket", a, "eu-west-1")
				}
				if want && !got {
					t.Errorf("the past of %s reads as whole", a)
				}
			}
		})
	}
}

// What is no fault: columns that are NULL because the item lacks them, more items than were counted, no configuration.
func TestWhatAnItemMayLack(t *testing.T) {
	f := newFake()
	for _, column := range []string{"resource_name", "arn", "created", "configuration", "supplementary", "tags", "version", "delivered", "frequency"} {
		delete(f.rows["items"][0][1], column)
	}
	f.rows["items"][0][1]["status"] = "ResourceDeleted"
	f.rows["items"][0][1]["copies"] = "7"
	r := collect(t, f, testScope())
	if len(r.Gaps) > 0 || len(r.States) != 3 {
		t.Fatalf("%d states, %+v", len(r.States), r.Gaps)
	}
	if s := r.States[1]; !s.Deleted() || s.Record != nil || s.Created != nil || s.Daily {
		t.Errorf("the deleted %+v", s)
	}
	f = newFake()
	f.rows["items"][0][1]["configuration"], f.rows["items"][0][1]["frequency"] = "null", "DAILY"
	if s := collect(t, f, testScope()).States[1]; !s.Daily {
		t.Errorf("the daily %+v", s)
	}
	// One item that comes twice is one state; one that contradicts the other is a second.
	f = newFake()
	twin := bucketItem(other, "b", "2026-08-03T10:00:00.000Z", "3")
	twin["delivered"] = "2026-08-04T00:00:00.000Z"
	f.rows["items"][1] = append(f.rows["items"][1], twin)
	for _, p := range f.rows["items"] {
		for _, w := range p {
			w["total"] = "4"
		}
	}
	if r := collect(t, f, testScope()); len(r.States) != 3 || len(r.Gaps) > 0 {
		t.Errorf("an item told twice: %d states, %+v", len(r.States), r.Gaps)
	}
	twin["configuration"] = `{"name":"c"}`
	if r := collect(t, f, testScope()); len(r.States) != 4 || r.States[2].SHA256 == r.States[3].SHA256 {
		t.Errorf("an item that contradicts another: %d states", len(r.States))
	}
	// AWS's own timelines decide nothing: one that can't be read leaves no other type unread.
	f = newFake()
	f.rows["items"][1][0]["resource_type"], f.rows["items"][1][0]["resource_id"], f.rows["items"][1][0]["item_account"] = complianceType, "AWS::S3::Bucket/b", home
	f.rows["counts"][0][1]["in_period"] = "1"
	if r := collect(t, f, testScope()); len(r.States) != 2 || len(r.Gaps) > 0 {
		t.Errorf("a timeline of another account: %d states, %+v", len(r.States), r.Gaps)
	}
}

// Within a day of the period's end not everything is delivered.
func TestTooEarly(t *testing.T) {
	for asOf, want := range map[time.Time]int{day(2026, 9, 20): 1, day(2026, 10, 2).Add(-time.Second): 1, day(2026, 10, 2): 0} {
		sc := testScope()
		sc.AsOf = asOf
		r := collect(t, newFake(), sc)
		if len(r.Gaps) != want || want > 0 && (r.Gaps[0].Code != "NotDeliveredYet" || !r.Gaps[0].OfPast("AWS::S3::Bucket", other, "eu-west-1")) {
			t.Errorf("as of %s: %+v", asOf, r.Gaps)
		}
	}
}

// A gap of some of the accounts names them.
func TestManyAccounts(t *testing.T) {
	sc := testScope()
	sc.Accounts = nil
	for i := range 1500 {
		sc.Accounts = append(sc.Accounts, fmt.Sprintf("%012d", i))
	}
	sc.Accounts[3] = home
	f := newFake()
	f.rows["counts"], f.rows["items"] = [][]map[string]string{{}}, [][]map[string]string{{}}
	f.fail["StartQueryExecution"] = celltest.Fail(400, "AccessDeniedException", "no")
	r := collect(t, f, sc)
	seen := map[string]bool{}
	for _, g := range r.Gaps {
		for _, p := range g.Places {
			if seen[p] {
				t.Errorf("%s twice", p)
			}
			seen[p] = true
		}
	}
	if len(seen) != 1500 || seen["*"] {
		t.Errorf("%d places", len(seen))
	}
}
