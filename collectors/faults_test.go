package collectors_test

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/auditseal/auditseal/collectors"
	"github.com/auditseal/auditseal/collectors/account"
	"github.com/auditseal/auditseal/collectors/athena"
	"github.com/auditseal/auditseal/collectors/configdelivery"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
	"github.com/auditseal/auditseal/testdata/scenario"
)

// scope is the demo organization's, over eight days, which is two windows of history, so that each run stays short.
func scope(accounts ...string) evidence.Scope {
	return evidence.Scope{Accounts: accounts, Regions: []string{"eu-west-1", "us-east-1"}, Home: "us-east-1", History: []string{"AWS::KMS::Key"}, HistoryControls: []string{"EC2.7", "KMS.4", "S3.1"}, Changes: 50,
		Period: evidence.Period{From: scenario.QuarterTo.AddDate(0, 0, -8), To: scenario.QuarterTo}, AsOf: scenario.Now}
}

// queried is the scope whose history is read through Example Corp's table of Athena.
func queried(accounts ...string) evidence.Scope {
	sc, table := scope(accounts...), scenario.Demo().Table
	sc.Delivery = &evidence.Delivery{Bucket: "example-corp-config-" + scenario.DemoLogArchive, Account: table.Account, Region: table.Region,
		Athena: &evidence.Athena{Workgroup: table.Workgroup, Catalog: "AwsDataCatalog", Database: table.Database, Table: table.Name, Region: table.Region, Lookback: 35}}
	return sc
}

// collect runs the collectors against the server and gives the folder of records, ledger and tape.
func collect(t *testing.T, s *scenario.Server, sc evidence.Scope, only []collectors.Collector) string {
	t.Helper()
	return collectWithin(t, 5*time.Second, s, sc, only)
}

// collectWithin waits no longer than that for an answer.
func collectWithin(t *testing.T, patience time.Duration, s *scenario.Server, sc evidence.Scope, only []collectors.Collector) string {
	t.Helper()
	dir := t.TempDir()
	tp, err := tape.Create(filepath.Join(dir, "evidence"))
	if err != nil {
		t.Fatal(err)
	}
	run(t, dir, tp, sc, only, func(_ context.Context, account, _ string) (aws.Config, error) {
		cfg := live(s, account)
		cfg.HTTPClient = awshttp.NewBuildableClient().WithTimeout(patience)
		return cfg, nil
	})
	if err := tp.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// patience is how long an answer is waited for where a fault makes it come later than that.
const patience = 300 * time.Millisecond

// TestMain lets more tests run side by side than there are processors: most of the time they wait.
func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		flag.Set("test.parallel", "12")
	}
	os.Exit(m.Run())
}

// live speaks for an account to the server, and tries twice.
func live(s *scenario.Server, account string) aws.Config {
	return aws.Config{BaseEndpoint: aws.String(s.URL), HTTPClient: awshttp.NewBuildableClient().WithTimeout(5 * time.Second),
		Credentials: credentials.NewStaticCredentialsProvider(scenario.AccessKey(account), "secret", ""),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.MaxAttempts, o.Backoff = 2, retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
			})
		}}
}

func run(t *testing.T, dir string, tp *tape.Tape, sc evidence.Scope, only []collectors.Collector, session func(context.Context, string, string) (aws.Config, error)) {
	t.Helper()
	r := collectors.Run{Scope: sc, Tape: tp, Dir: dir, Session: session, Collectors: only, Moments: func() ([]evidence.Moment, error) { return moments(t, dir, sc), nil }}
	if only != nil {
		r.Derivers = nil
	}
	if err := r.Do(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// moments are changes of keys of the demo organization's, as an assessment would find them in what was read by then.
func moments(t *testing.T, dir string, sc evidence.Scope) []evidence.Moment {
	t.Helper()
	// The ledger is on disk, and so are records, before anyone looks for moments.
	if _, err := os.Stat(filepath.Join(dir, "gaps.jsonl")); err != nil {
		t.Error(err)
	}
	var out []evidence.Moment
	for _, a := range sc.Accounts {
		for _, r := range sc.Regions {
			for _, org := range scenario.Demo().Accounts {
				for _, region := range org.Regions {
					if org.ID != a || region.Name != r {
						continue
					}
					for _, k := range region.Keys {
						arn := "arn:aws:kms:" + r + ":" + a + ":key/" + k.ID
						for i, c := range k.History {
							if i > 0 {
								out = append(out, evidence.Moment{Account: a, Region: r, ResourceType: "AWS::KMS::Key", ResourceID: k.ID, ARN: arn, Resource: arn, Item: arn + "@" + c.At.Format(time.RFC3339),
									At: c.At, Since: k.History[i-1].At, Evidence: []string{"E-0000000000000000"}, Collected: sc.AsOf})
							}
						}
					}
				}
			}
		}
	}
	return out
}

// derived is everything that a run made of the tape, by file name.
func derived(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	names, _ := filepath.Glob(filepath.Join(dir, "records", "*.jsonl"))
	for _, n := range append(names, filepath.Join(dir, "gaps.jsonl")) {
		b, err := os.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(n)] = string(b)
	}
	return out
}

// replayed derives everything again from the tape alone.
func replayed(t *testing.T, dir string, sc evidence.Scope, only []collectors.Collector) map[string]string {
	t.Helper()
	tp, err := tape.Open(os.DirFS(filepath.Join(dir, "evidence")))
	if err != nil {
		t.Fatal(err)
	}
	again := t.TempDir()
	run(t, again, tp, sc, only, nil)
	return derived(t, again)
}

func compare(t *testing.T, want, got map[string]string) {
	t.Helper()
	for name, w := range want {
		if g := got[name]; g != w {
			a, b := strings.Split(w, "\n"), strings.Split(g, "\n")
			for i := range a {
				if i >= len(b) || a[i] != b[i] {
					other := "nothing"
					if i < len(b) {
						other = b[i]
					}
					t.Errorf("%s:%d: live\n%s\nreplayed\n%s", name, i+1, a[i], other)
					break
				}
			}
		}
	}
}

func TestReplayDerivesTheSame(t *testing.T) {
	s := scenario.Start(scenario.Config{Organization: scenario.Demo()})
	defer s.Close()
	sc := scope()
	for _, a := range scenario.Demo().Accounts {
		sc.Accounts = append(sc.Accounts, a.ID)
	}
	slices.Sort(sc.Accounts)
	dir := collect(t, s, sc, nil)
	compare(t, derived(t, dir), replayed(t, dir, sc, nil))
}

// ledger reads gaps.jsonl.
func ledger(t *testing.T, text string) (cells []evidence.LedgerCell, gaps []evidence.Gap) {
	t.Helper()
	sc := bufio.NewScanner(strings.NewReader(text))
	sc.Buffer(nil, 1<<24)
	for sc.Scan() {
		var l evidence.LedgerLine
		if err := json.Unmarshal(sc.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		if l.Cell != nil {
			cells = append(cells, *l.Cell)
		} else {
			gaps = append(gaps, *l.Gap)
		}
	}
	return cells, gaps
}

// flat is a record as leaf values by path, without what says where it was read.
func flat(t *testing.T, line string) (id string, fields map[string]string, unknown []evidence.Unknown) {
	t.Helper()
	var m map[string]any
	dec := json.NewDecoder(strings.NewReader(line))
	dec.UseNumber()
	if err := dec.Decode(&m); err != nil {
		t.Fatal(err)
	}
	var meta evidence.Meta
	json.Unmarshal([]byte(line), &meta)
	for _, k := range []string{"evidence", "collected", "unknown"} {
		delete(m, k)
	}
	fields = map[string]string{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		if sub, ok := v.(map[string]any); ok && len(sub) > 0 {
			for k, x := range sub {
				walk(path+"."+k, x)
			}
			return
		}
		b, _ := json.Marshal(v)
		fields[strings.TrimPrefix(path, ".")] = string(b)
	}
	walk("", m)
	return meta.ID, fields, meta.Unknown
}

type record struct {
	fields  map[string]string
	unknown []evidence.Unknown
}

func records(t *testing.T, text string) map[string]record {
	t.Helper()
	out := map[string]record{}
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if line == "" {
			continue
		}
		id, f, u := flat(t, line)
		if _, twice := out[id]; twice {
			t.Errorf("the id %q stands twice in one population", id)
		}
		out[id] = record{f, u}
	}
	return out
}

// faults are the ways in which every operation is broken, one at a time.
func faults() []scenario.Fault {
	return []scenario.Fault{
		{Kind: scenario.Denied},
		{Kind: scenario.Denied, Continued: true},
		{Kind: scenario.Throttled},
		{Kind: scenario.ServerError},
		{Kind: scenario.HTMLPage},
		{Kind: scenario.HTMLPage, Status: 200},
		{Kind: scenario.Reset},
		{Kind: scenario.Reset, Continued: true},
		{Kind: scenario.Truncated},
		{Kind: scenario.HalfJSON},
		{Kind: scenario.EmptyObject},
		{Kind: scenario.EmptyObject, Continued: true},
		{Kind: scenario.EmptyBody},
		{Kind: scenario.RepeatedToken},
		{Kind: scenario.Expired, From: 1},
		{Kind: scenario.Slow, Delay: 3 * patience},
		{Kind: scenario.Code, CodeText: "ExpiredTokenException", Message: "The security token included in the request is expired", Status: 400},
	}
}

// This is the rule that the project exists for: whatever AWS does not answer in full is a gap that covers everything that differs
// from the full answer. It holds for every operation of every collector, or the test names the operation.
func TestEveryFaultOfEveryOperationIsAGap(t *testing.T) {
	whole := scenario.Start(scenario.Config{Organization: delivering()})
	t.Cleanup(whole.Close) // and not deferred: the subtests run in parallel, after this function
	all := scope()
	for _, a := range scenario.Demo().Accounts {
		all.Accounts = append(all.Accounts, a.ID)
	}
	slices.Sort(all.Accounts)
	cells, _ := ledger(t, derived(t, collect(t, whole, all, nil))["gaps.jsonl"])
	files, _ := ledger(t, derived(t, collect(t, whole, someDelivered(), []collectors.Collector{account.Collector{}, configdelivery.Collector{}}))["gaps.jsonl"])
	cells = append(cells, files...)
	queries, _ := ledger(t, derived(t, collect(t, whole, queried(all.Accounts...), []collectors.Collector{collectors.All()[0], athena.Collector{}}))["gaps.jsonl"])
	cells = append(cells, queries...)

	for _, col := range collectors.All() {
		for _, op := range col.Operations() {
			t.Run(op.Action, func(t *testing.T) {
				t.Parallel()
				// The cell with the most answers that all came whole has the most to lose.
				best := evidence.LedgerCell{}
				for _, c := range cells {
					if c.Collector == col.Name() && c.Service == op.Service && c.Operation == op.Name && (c.Outcome == evidence.Collected || c.Outcome == evidence.Empty) && c.Exchanges > best.Exchanges {
						best = c
					}
				}
				if best.Exchanges == 0 {
					t.Fatalf("the demo organization never has %s answer %s in full, so nothing is known about its faults", op.Service, op.Name)
				}
				sc := scope(best.Account)
				sc.Regions = []string{best.Region}
				sc.Home = best.Region
				if col.Name() == (configdelivery.Collector{}).Name() {
					sc = someDelivered()
				}
				if col.Name() == (athena.Collector{}).Name() {
					sc.Delivery = queried().Delivery
				}
				only := []collectors.Collector{collectors.All()[0]}
				if col.Name() != only[0].Name() {
					only = append(only, col)
				}
				base := derived(t, collect(t, whole, sc, only))
				for i, f := range faults() {
					if testing.Short() && i%5 != 0 {
						continue // under the race detector the SDK takes its time
					}
					if f.Kind == scenario.EmptyObject && (op.Root != "" || op.Nothing) {
						continue // a root element with nothing inside, or an empty object, is AWS's own word for off or none
					}
					t.Run(name(f), func(t *testing.T) { breakOperation(t, op, f, sc, only, base) })
				}
			})
		}
	}
}

func name(f scenario.Fault) string {
	n := string(f.Kind)
	if f.Continued {
		n += "-in-the-middle"
	}
	if f.Status > 0 {
		n += fmt.Sprintf("-%d", f.Status)
	}
	return n
}

func breakOperation(t *testing.T, op evidence.Operation, f scenario.Fault, sc evidence.Scope, only []collectors.Collector, base map[string]string) {
	f.Service, f.Operation = op.Service, op.Name
	s := scenario.Start(scenario.Config{Organization: delivering(), Faults: []*scenario.Fault{&f}})
	defer s.Close()
	dir := collectWithin(t, wait(&f), s, sc, only)
	got := derived(t, dir)
	compare(t, got, replayed(t, dir, sc, only))

	_, gaps := ledger(t, got["gaps.jsonl"])
	_, before := ledger(t, base["gaps.jsonl"])
	incomplete := map[string]bool{}
	ids, old, fresh := map[string]bool{}, map[string]bool{}, 0
	for _, g := range before {
		old[g.ID] = true
	}
	for _, g := range gaps {
		ids[g.ID] = true
		if !old[g.ID] {
			fresh++
		}
		if g.Code == "" || !g.Outcome.IsGap() {
			t.Errorf("a gap without code or outcome: %+v", g)
		}
		if len(g.Kinds) == 0 && len(g.Fields) == 0 {
			t.Errorf("a gap that touches nothing: %+v", g)
		}
		for _, k := range g.Kinds {
			incomplete[k] = true
		}
	}
	changed := false
	for file, text := range base {
		kind := strings.TrimSuffix(file, ".jsonl")
		if kind == "gaps" || text == got[file] {
			continue
		}
		was, is := records(t, text), records(t, got[file])
		for id, w := range was {
			g, there := is[id]
			if !there {
				changed = true
				if !incomplete[kind] {
					t.Errorf("%s %q is gone, and no gap says that %s is not whole", kind, id, kind)
				}
				continue
			}
			for _, u := range g.unknown {
				if !ids[u.Gap] {
					t.Errorf("%s %q: the unknown field %s names gap %s, which is not in the ledger", kind, id, u.Field, u.Gap)
				}
			}
			for field := range union(w.fields, g.fields) {
				if w.fields[field] != g.fields[field] {
					changed = true
					if !covered(field, g.unknown) {
						t.Errorf("%s %q: %s was %s and now reads %s, but is not unknown", kind, id, field, w.fields[field], g.fields[field])
					}
				}
			}
		}
		for id := range is {
			if _, there := was[id]; !there {
				t.Errorf("%s %q appeared because %s failed", kind, id, op.Action)
			}
		}
	}
	if changed && fresh == 0 {
		t.Errorf("records changed, and no gap says why")
	}
	if felt(&f) && fresh == 0 {
		t.Errorf("%s of %s left no gap", f.Kind, op.Action)
	}
}

// felt reports whether a fault must leave a gap: a list of one page has no middle to break, and credentials that expire after one call
// break nothing that is asked once.
func felt(f *scenario.Fault) bool {
	return !f.Continued && f.Kind != scenario.RepeatedToken && f.Kind != scenario.Expired
}

// wait is how long an answer is waited for under a fault.
func wait(f *scenario.Fault) time.Duration {
	if f.Kind == scenario.Slow {
		return patience
	}
	return 5 * time.Second
}

func union(a, b map[string]string) map[string]bool {
	out := map[string]bool{}
	for k := range a {
		out[k] = true
	}
	for k := range b {
		out[k] = true
	}
	return out
}

func covered(field string, unknown []evidence.Unknown) bool {
	for _, u := range unknown {
		if field == u.Field || strings.HasPrefix(field, u.Field+".") || strings.HasPrefix(u.Field, field+".") {
			return true
		}
	}
	return false
}

func TestKindsAreDocumented(t *testing.T) {
	seen := map[string]string{}
	for _, k := range collectors.Kinds() {
		if err := evidence.CheckKind(k); err != nil {
			t.Error(err)
		}
		if seen[k.Name] != "" {
			t.Errorf("kind %s is there twice", k.Name)
		}
		seen[k.Name] = k.Doc
	}
}

func TestOperationsAreDeclaredWhole(t *testing.T) {
	for _, c := range collectors.All() {
		ops := c.Operations()
		for i, op := range ops {
			where := c.Name() + " " + op.Name
			if op.Service == "" || op.API == "" || op.Action == "" {
				t.Errorf("%s: without service, API or action", where)
			}
			if (op.Member == "") == (op.MayLack == "") {
				t.Errorf("%s: needs Member, or MayLack to say why there is none", where)
			}
			if op.Nothing && op.MayLack == "" {
				t.Errorf("%s: an empty object is an answer, but MayLack does not say why", where)
			}
			if op.Rate > 0 && op.RateSource == "" {
				t.Errorf("%s: a rate without the page that publishes it", where)
			}
			if i > 0 && ops[i-1].Service+ops[i-1].Name >= op.Service+op.Name {
				t.Errorf("%s: operations are not sorted by service and name", where)
			}
			if verb := op.Name; !readOnly(verb) {
				t.Errorf("%s: the name does not say that it only reads", where)
			}
		}
	}
}

// LookupEvents looks events up in CloudTrail's event history, and changes nothing.
const looksUp = "LookupEvents"

// GenerateCredentialReport makes a report about the account's credentials, which AWS keeps for four hours and nobody can use for
// anything else. There is no other way to the report, and it changes nothing in the account.
const makesAReport = "GenerateCredentialReport"

// StartQueryExecution is the one operation that is more than a read: Athena charges for what a query scans, and writes its answer to where
// the workgroup says. It is called only in the account that history-from names, and only where that names a table of Athena; that
// collectors/athena sends nothing but a SELECT is a test there.
const startsAQuery = "StartQueryExecution"

func readOnly(name string) bool {
	if name == makesAReport || name == looksUp || name == startsAQuery {
		return true
	}
	for _, p := range []string{"Get", "List", "Describe", "BatchGet", "Select"} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}
