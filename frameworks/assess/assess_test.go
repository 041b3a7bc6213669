package assess

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks"
	"github.com/auditseal/auditseal/frameworks/audit"
)

// lock is the kind of these tests.
type lock struct {
	evidence.Meta
	State  string `json:"state" cel:"state" doc:"The state."`
	Bolts  *int   `json:"bolts,omitempty" cel:"bolts" doc:"How many bolts."`
	Closed bool   `json:"closed" cel:"closed" doc:"Whether it is closed."`
}

func (*lock) Kind() string { return "door.lock" }

// hinge is a kind without tests.
type hinge struct{ evidence.Meta }

func (*hinge) Kind() string { return "door.hinge" }

func kinds() []evidence.Kind {
	return []evidence.Kind{evidence.KindOf[lock]("A lock."), evidence.KindOf[hinge]("A hinge.")}
}

var (
	asOf  = time.Date(2026, 10, 2, 9, 0, 0, 0, time.UTC)
	scope = evidence.Scope{Accounts: []string{"111122223333"}, Excluded: []evidence.Exclusion{{Account: "999988887777", Reason: "closed"}},
		Regions: []string{"eu-west-1"}, Period: evidence.Period{From: asOf.AddDate(0, -3, 0), To: asOf.AddDate(0, 0, -1)}, AsOf: asOf}
)

// testYAML writes one test; where may be empty.
func testYAML(id, where, expect, require, ifEmpty string) string {
	s := fmt.Sprintf("  - id: %s\n    statement: s\n    population: door.lock\n    expect: '%s'\n    require: %s\n    if-empty: %s\n", id, expect, require, ifEmpty)
	if where != "" {
		s += fmt.Sprintf("    where: '%s'\n", where)
	}
	return s
}

// load gives a set with one control for each test, named after it.
func load(t testing.TB, tests ...string) *frameworks.Set {
	t.Helper()
	var controls strings.Builder
	for _, x := range tests {
		id := strings.Fields(strings.SplitN(x, "id: ", 2)[1])[0]
		fmt.Fprintf(&controls, "  - id: C-%s\n    title: t\n    tests: [%s]\n", id, id)
	}
	return loadFramework(t, "framework: doors\ntitle: Doors\ncontrols:\n"+controls.String(), "tests:\n"+strings.Join(tests, ""))
}

func loadFramework(t testing.TB, framework, tests string) *frameworks.Set {
	t.Helper()
	s, err := frameworks.LoadPack(mapFS(framework, tests), nil, kinds())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mapFS(framework, tests string) fs.FS {
	return fstest.MapFS{"doors.yaml": {Data: []byte(framework)}, "tests/door.yaml": {Data: []byte(tests)}}
}

func meta(id string, unknown ...string) evidence.Meta {
	m := evidence.Meta{ID: id, Account: "111122223333", Region: "eu-west-1", Collected: asOf, Evidence: []string{"E-" + id}}
	for _, f := range unknown {
		m.Unknown = append(m.Unknown, evidence.Unknown{Field: f, Gap: "G-" + f, Code: "AccessDenied"})
	}
	return m
}

func closed(id string, unknown ...string) *lock {
	return &lock{Meta: meta(id, unknown...), State: "Fitted", Closed: true}
}

func open(id string, unknown ...string) *lock {
	return &lock{Meta: meta(id, unknown...), State: "Fitted"}
}

func removed(id string, unknown ...string) *lock {
	return &lock{Meta: meta(id, unknown...), State: "Removed"}
}

func gap(kinds ...string) evidence.LedgerLine {
	g := evidence.Gap{Account: "111122223333", Region: "eu-west-1", Collector: "door", Service: "door", Operation: "ListLocks", Outcome: evidence.Denied, Code: "AccessDenied", Kinds: kinds}
	g.Identify()
	return evidence.LedgerLine{Gap: &g}
}

// ledger is a ledger with these lines, and the cell that every account has.
func ledger(lines ...evidence.LedgerLine) []evidence.LedgerLine {
	cell := evidence.LedgerCell{Account: "111122223333", Region: "eu-west-1", Collector: "door", Service: "door", Operation: "ListLocks", Outcome: evidence.Collected}
	return append([]evidence.LedgerLine{{Cell: &cell}}, lines...)
}

func input(set *frameworks.Set, locks ...*lock) Input {
	return Input{Tool: "auditseal 0", Organization: "Example Corp", Scope: scope, Set: set, Kinds: kinds(), Ledger: ledger(), Records: func(kind string, each func(evidence.Record) error) error {
		if kind != "door.lock" {
			return nil
		}
		for _, l := range locks {
			c := *l
			c.Unknown = append([]evidence.Unknown(nil), l.Unknown...)
			if err := each(&c); err != nil {
				return err
			}
		}
		return nil
	}}
}

func run(t testing.TB, in Input) *Assessment {
	t.Helper()
	a, err := Run(in)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

const (
	every      = frameworks.Every
	atLeastOne = frameworks.AtLeastOne
	none       = frameworks.None
)

// TestResults is the table of the rules: what was read, and what it shows.
func TestResults(t *testing.T) {
	denied := gap("door.lock")
	for _, c := range []struct {
		name    string
		require string
		ifEmpty string
		locks   []*lock
		ledger  []evidence.LedgerLine
		want    Result
		counts  [6]int // size, selected, undecided, met, exceptions, unknown
		reason  string
	}{
		{"every, all closed", every, "not-applicable", []*lock{closed("a"), closed("b")}, nil, Met, [6]int{2, 2, 0, 2, 0, 0}, "All of 2 selected records meet it."},
		{"every, one record", every, "not-applicable", []*lock{closed("a"), removed("b")}, nil, Met, [6]int{2, 1, 0, 1, 0, 0}, "The one selected record meets it."},
		{"every, one open", every, "not-applicable", []*lock{closed("a"), open("b"), closed("c")}, nil, Exception, [6]int{3, 3, 0, 2, 1, 0}, "1 does not meet it of 3 selected records."},
		{"every, one unknown", every, "not-applicable", []*lock{closed("a"), closed("b", "closed")}, nil, Incomplete, [6]int{2, 2, 0, 1, 0, 1}, "1 meets it of 2 selected records, but not everything that decides was read. 1 record could not be decided."},
		{"every, open and unknown", every, "not-applicable", []*lock{open("a"), closed("b", "closed")}, nil, Exception, [6]int{2, 2, 0, 0, 1, 1}, "1 does not meet it of 2 selected records. 1 record could not be decided."},
		{"every, where unknown", every, "not-applicable", []*lock{closed("a"), closed("b", "state")}, nil, Incomplete, [6]int{2, 1, 1, 1, 0, 1}, "1 meets it of 1 selected record, but not everything that decides was read. 1 record could not be decided."},
		{"every, all of where unknown", every, "not-applicable", []*lock{removed("a", "state"), removed("b", "state")}, nil, Incomplete, [6]int{2, 0, 2, 0, 0, 2}, "0 meet it of 0 selected records, but not everything that decides was read. 2 records could not be decided."},
		{"every, gap", every, "not-applicable", []*lock{closed("a"), closed("b")}, []evidence.LedgerLine{denied}, Incomplete, [6]int{2, 2, 0, 2, 0, 0}, "2 meet it of 2 selected records, but not everything that decides was read. The population is not whole: 1 gap."},
		{"every, gap and open", every, "not-applicable", []*lock{open("a"), closed("b")}, []evidence.LedgerLine{denied}, Exception, [6]int{2, 2, 0, 1, 1, 0}, "1 does not meet it of 2 selected records. The population is not whole: 1 gap."},
		{"every, gap and nothing", every, "not-applicable", nil, []evidence.LedgerLine{denied}, Incomplete, [6]int{}, "0 meet it of 0 selected records, but not everything that decides was read. The population is not whole: 1 gap."},
		{"every, gap of another kind", every, "not-applicable", []*lock{closed("a")}, []evidence.LedgerLine{gap("door.hinge")}, Met, [6]int{1, 1, 0, 1, 0, 0}, "The one selected record meets it."},
		{"every, nothing", every, "not-applicable", nil, nil, NotApplicable, [6]int{}, "The population was read whole and has no records; the test calls that not applicable."},
		{"every, nothing selected", every, "exception", []*lock{removed("a")}, nil, Exception, [6]int{1, 0, 0, 0, 0, 0}, "The population was read whole and none of its 1 record is selected; the test calls that an exception."},
		{"every, nothing, incomplete", every, "incomplete", nil, nil, Incomplete, [6]int{}, "The population was read whole and has no records; the test calls that incomplete."},
		{"every, nothing, manual", every, "manual", nil, nil, Manual, [6]int{}, "The population was read whole and has no records; the test calls that a matter for a person."},

		{"none, all open", none, "not-applicable", []*lock{open("a"), open("b")}, nil, Met, [6]int{2, 2, 0, 2, 0, 0}, "All of 2 selected records meet it."},
		{"none, one closed", none, "not-applicable", []*lock{open("a"), closed("b")}, nil, Exception, [6]int{2, 2, 0, 1, 1, 0}, "1 does not meet it of 2 selected records."},
		{"none, one unknown", none, "not-applicable", []*lock{open("a"), open("b", "closed")}, nil, Incomplete, [6]int{2, 2, 0, 1, 0, 1}, "1 meets it of 2 selected records, but not everything that decides was read. 1 record could not be decided."},
		{"none, gap", none, "not-applicable", []*lock{open("a")}, []evidence.LedgerLine{denied}, Incomplete, [6]int{1, 1, 0, 1, 0, 0}, "1 meets it of 1 selected record, but not everything that decides was read. The population is not whole: 1 gap."},
		{"none, nothing", none, "not-applicable", nil, nil, NotApplicable, [6]int{}, "The population was read whole and has no records; the test calls that not applicable."},

		{"one, one closed", atLeastOne, "exception", []*lock{open("a"), closed("b"), open("c")}, nil, Met, [6]int{3, 3, 0, 1, 0, 0}, "1 meets it of 3 selected records; one is enough."},
		{"one, closed beside a gap", atLeastOne, "exception", []*lock{closed("b")}, []evidence.LedgerLine{denied}, Met, [6]int{1, 1, 0, 1, 0, 0}, "1 meets it of 1 selected record; one is enough. The population is not whole: 1 gap."},
		{"one, closed beside an unknown", atLeastOne, "exception", []*lock{closed("a", "closed"), closed("b")}, nil, Met, [6]int{2, 2, 0, 1, 0, 1}, "1 meets it of 2 selected records; one is enough. 1 record could not be decided."},
		{"one, all open", atLeastOne, "not-applicable", []*lock{open("a"), open("b")}, nil, Exception, [6]int{2, 2, 0, 0, 2, 0}, "None of 2 selected records meets it, and at least one must."},
		{"one, open and a gap", atLeastOne, "not-applicable", []*lock{open("a")}, []evidence.LedgerLine{denied}, Incomplete, [6]int{1, 1, 0, 0, 0, 0}, "No record is shown to meet it, but not everything that could be was read: 1 selected record. The population is not whole: 1 gap."},
		{"one, open and unknown", atLeastOne, "not-applicable", []*lock{open("a"), open("b", "closed")}, nil, Incomplete, [6]int{2, 2, 0, 0, 0, 1}, "No record is shown to meet it, but not everything that could be was read: 2 selected records. 1 record could not be decided."},
		{"one, nothing", atLeastOne, "exception", nil, nil, Exception, [6]int{}, "The population was read whole and has no records; the test calls that an exception."},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := input(load(t, testYAML("x", `it.state == "Fitted"`, `it.closed`, c.require, c.ifEmpty)), c.locks...)
			in.Ledger = ledger(c.ledger...)
			a := run(t, in)
			r := a.Tests[0]
			counts := [6]int{r.Size, r.Selected, r.Undecided, r.MetCount, r.ExceptionCount, r.UnknownCount}
			if r.Result != c.want || counts != c.counts || r.Reason != c.reason {
				t.Errorf("got  %s %v %q\nwant %s %v %q", r.Result, counts, r.Reason, c.want, c.counts, c.reason)
			}
			if a.Frameworks[0].Controls[0].Result != c.want {
				t.Errorf("the control is %s", a.Frameworks[0].Controls[0].Result)
			}
		})
	}
}

func TestFinding(t *testing.T) {
	in := input(load(t, testYAML("x", `it.state == "Fitted"`, `it.closed && it.bolts >= 2`, every, "exception")), open("a"), closed("b"), closed("c", "bolts"))
	r := run(t, in).Tests[0]
	if diff := cmp.Diff([]Finding{{Record: "a", Account: "111122223333", Region: "eu-west-1", Evidence: []string{"E-a"}, Date: asOf,
		Values: []Value{{"closed", "false"}, {"bolts", "(absent)"}, {"state", "Fitted"}}}}, r.Exceptions); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Finding{
		{Record: "b", Account: "111122223333", Region: "eu-west-1", Evidence: []string{"E-b"}, Date: asOf,
			Values: []Value{{"closed", "true"}, {"bolts", "(absent)"}, {"state", "Fitted"}}, Fault: `field "bolts" is absent, and the test does not say what that means`},
		{Record: "c", Account: "111122223333", Region: "eu-west-1", Evidence: []string{"E-c"}, Date: asOf,
			Values: []Value{{"closed", "true"}, {"bolts", "(unknown: AccessDenied)"}, {"state", "Fitted"}}, Fields: []evidence.Unknown{{Field: "bolts", Gap: "G-bolts", Code: "AccessDenied"}}},
	}, r.Unknowns); diff != "" {
		t.Error(diff)
	}
	if r.First != asOf || r.Last != asOf || r.Size != 3 {
		t.Errorf("read %s to %s, %d records", r.First, r.Last, r.Size)
	}
}

// A field that only the ledger knows to be unknown is unknown.
func TestLedgerHidesFields(t *testing.T) {
	in := input(load(t, testYAML("x", "", `it.closed`, every, "exception")), closed("a"), closed("b"))
	g := evidence.Gap{ID: "G-1", Account: "111122223333", Region: "eu-west-1", Outcome: evidence.Throttled, Code: "Throttling", Resource: "b", Fields: []string{"closed", "colour"}}
	in.Ledger = ledger(evidence.LedgerLine{Gap: &g})
	r := run(t, in).Tests[0]
	if r.Result != Incomplete || len(r.Unknowns) != 1 || r.Unknowns[0].Record != "b" || !cmp.Equal(r.Unknowns[0].Fields, []evidence.Unknown{{Field: "closed", Gap: "G-1", Code: "Throttling"}}) {
		t.Errorf("got %+v", r)
	}
	g.Region = "us-east-1" // another record of the same name
	if r := run(t, in).Tests[0]; r.Result != Met {
		t.Errorf("a gap elsewhere: %+v", r)
	}
}

func TestExcludedAccountsLeaveNoGap(t *testing.T) {
	in := input(load(t, testYAML("x", "", `it.closed`, every, "exception")), closed("a"))
	line := gap("door.lock")
	line.Gap.Account = "999988887777"
	in.Ledger = ledger(line)
	if r := run(t, in).Tests[0]; r.Result != Met {
		t.Errorf("left out with a reason, and yet %+v", r)
	}
	line.Gap.Account = "" // a gap that says nothing of where it is counts
	if r := run(t, in).Tests[0]; r.Result != Incomplete {
		t.Errorf("a gap without an account: %+v", r)
	}
}

func TestKindThatNobodyRead(t *testing.T) {
	in := input(load(t, testYAML("x", "", `it.closed`, every, "not-applicable")))
	in.Kinds = in.Kinds[1:]
	if r := run(t, in).Tests[0]; r.Result != Incomplete || r.Reason != "No collector read door.lock in this run." {
		t.Errorf("got %+v", r)
	}
}

func TestControls(t *testing.T) {
	set := loadFramework(t, `framework: doors
title: Doors
controls:
  - {id: worst, title: t, tests: [met, bad, na]}
  - {id: met, title: t, tests: [met, na]}
  - {id: na, title: t, tests: [na]}
  - {id: stated, title: t, not-applicable: there are none}
  - {id: person, title: t, manual: a photograph}
  - {id: both, title: t, manual: a photograph, tests: [met]}
  - {id: both-bad, title: t, manual: a photograph, tests: [bad]}
  - {id: asked, title: t, tests: [asked, met]}
  - {id: later, title: t, planned: the hinges}
  - {id: later-too, title: t, planned: the hinges, tests: [met]}
`, "tests:\n"+testYAML("met", "", "it.closed || it.state != \"\"", every, "exception")+testYAML("bad", "", "it.closed", every, "exception")+
		testYAML("na", `it.state == "x"`, "it.closed", every, "not-applicable")+"  - id: asked\n    statement: s\n    manual: a photograph\n")
	want := map[string]Result{"worst": Exception, "met": Met, "na": NotApplicable, "stated": NotApplicable, "person": Manual, "both": Manual,
		"both-bad": Exception, "asked": Manual, "later": Manual, "later-too": Manual}
	a := run(t, input(set, open("a")))
	for _, c := range a.Frameworks[0].Controls {
		if c.Result != want[c.ID] {
			t.Errorf("control %s is %s, want %s", c.ID, c.Result, want[c.ID])
		}
	}
	if r := a.Tests[0]; r.ID != "asked" || r.Result != Manual || r.Manual != "a photograph" || r.Reason == "" {
		t.Errorf("the manual test: %+v", r)
	}
}

func TestWorst(t *testing.T) {
	if w, err := Worst(Met, NotApplicable, Manual); w != Manual || err != nil {
		t.Errorf("got %q, %v", w, err)
	}
	for _, bad := range [][]Result{{}, {""}, {Met, ""}, {"pass"}} {
		if w, err := Worst(bad...); err == nil {
			t.Errorf("the worst of %q is %q", bad, w)
		}
	}
}

func TestAccepted(t *testing.T) {
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	in := input(load(t, testYAML("x", "", `it.closed`, every, "exception"), testYAML("y", "", `it.closed`, atLeastOne, "exception")), open("a"), open("b"), open("c"), closed("d", "closed"))
	in.Accepted = []audit.Exception{
		{ID: "EX-1", Test: "x", Record: "a", Owner: "o", Approver: "p", Reason: "r", Expires: day(2026, 10, 2)}, // its last day
		{ID: "EX-2", Test: "x", Record: "b", Owner: "o", Approver: "p", Reason: "r", Expires: day(2026, 10, 1)},
		{ID: "EX-3", Test: "x", Record: "z", Owner: "o", Approver: "p", Reason: "r", Expires: day(2027, 1, 1)},
		{ID: "EX-4", Test: "nothing", Record: "a", Owner: "o", Approver: "p", Reason: "r", Expires: day(2027, 1, 1)},
		{ID: "EX-5", Test: "x", Record: "d", Owner: "o", Approver: "p", Reason: "r", Expires: day(2027, 1, 1)}, // unknown, no exception
		{ID: "EX-6", Test: "y", Record: "a", Owner: "o", Approver: "p", Reason: "r", Expires: day(2027, 1, 1)}, // not decided for lack of d
	}
	a := run(t, in)
	var got []string
	for _, s := range a.Accepted {
		got = append(got, s.ID+" "+s.Status)
	}
	if diff := cmp.Diff([]string{"EX-1 applied", "EX-2 expired", "EX-3 orphaned", "EX-4 orphaned", "EX-5 orphaned", "EX-6 orphaned"}, got); diff != "" {
		t.Error(diff)
	}
	x := a.Tests[0]
	if x.Result != Exception || x.ExceptionCount != 3 {
		t.Errorf("acceptance changed the result: %s, %d", x.Result, x.ExceptionCount)
	}
	if f := x.Exceptions[0].Accepted; f == nil || f.ID != "EX-1" || f.Expired || f.Expires != "2026-10-02" || f.Approver != "p" {
		t.Errorf("a is accepted by %+v", f)
	}
	if f := x.Exceptions[1].Accepted; f == nil || !f.Expired {
		t.Errorf("b is accepted by %+v", f)
	}
	if f := x.Exceptions[2].Accepted; f != nil {
		t.Errorf("c is accepted by %+v", f)
	}
}

// All exceptions accepted is still an exception.
func TestAcceptedNeverMet(t *testing.T) {
	for _, require := range []string{every, atLeastOne} {
		in := input(load(t, testYAML("x", "", `it.closed`, require, "exception")), open("a"))
		in.Accepted = []audit.Exception{{ID: "EX-1", Test: "x", Record: "a", Expires: asOf}}
		a := run(t, in)
		if a.Tests[0].Result != Exception || a.Tests[0].Exceptions[0].Accepted == nil || a.Accepted[0].Status != StatusApplied {
			t.Errorf("%s: got %+v", require, a.Tests[0])
		}
	}
}

func TestPopulations(t *testing.T) {
	in := input(load(t, testYAML("x", "", `it.closed`, every, "exception")), closed("a"))
	in.Ledger = ledger(gap("door.hinge"), gap("door.hinge"))
	in.Digest = func(kind string) evidence.Digest { return evidence.Sum([]byte(kind)) }
	a := run(t, in)
	want := []Population{
		{Kind: "door.hinge", Doc: "A hinge.", SHA256: evidence.Sum([]byte("door.hinge")), Gaps: []string{in.Ledger[1].Gap.ID}},
		{Kind: "door.lock", Doc: "A lock.", Size: 1, SHA256: evidence.Sum([]byte("door.lock")), Complete: true, First: asOf, Last: asOf},
	}
	if diff := cmp.Diff(want, a.Populations); diff != "" {
		t.Error(diff)
	}
}

func TestRunRefuses(t *testing.T) {
	set := load(t, testYAML("x", "", `it.closed`, every, "exception"))
	for name, change := range map[string]func(*Input){
		"no accounts":            func(in *Input) { in.Scope.Accounts = nil },
		"no moment":              func(in *Input) { in.Scope.AsOf = time.Time{} },
		"no period":              func(in *Input) { in.Scope.Period = evidence.Period{} },
		"no records":             func(in *Input) { in.Records = nil },
		"no set":                 func(in *Input) { in.Set = nil },
		"a kind twice":           func(in *Input) { in.Kinds = append(in.Kinds, in.Kinds[0]) },
		"a cell without outcome": func(in *Input) { in.Ledger = ledger(evidence.LedgerLine{Cell: &evidence.LedgerCell{}}) },
		"a cell that nothing explains": func(in *Input) {
			in.Ledger = ledger(evidence.LedgerLine{Cell: &evidence.LedgerCell{Account: "111122223333", Region: "us-east-1", Collector: "door", Outcome: evidence.Denied}}, gap("door.lock"))
		},
		"an account read and left out": func(in *Input) {
			in.Scope.Excluded = []evidence.Exclusion{{Account: in.Scope.Accounts[0], Reason: "closed"}}
		},
		"an account that nobody worked on": func(in *Input) { in.Scope.Accounts = append([]string{"000000000001"}, in.Scope.Accounts...) },
		"no ledger":                        func(in *Input) { in.Ledger = nil },
		"an empty line":                    func(in *Input) { in.Ledger = ledger(evidence.LedgerLine{}) },
		"a gap that is none": func(in *Input) {
			in.Ledger = ledger(evidence.LedgerLine{Gap: &evidence.Gap{ID: "G-1", Outcome: evidence.Collected}})
		},
		"a gap without outcome": func(in *Input) { in.Ledger = ledger(evidence.LedgerLine{Gap: &evidence.Gap{ID: "G-1"}}) },
		"a record without id": func(in *Input) {
			in.Records = func(_ string, each func(evidence.Record) error) error { return each(&lock{}) }
		},
		"a record of another kind": func(in *Input) {
			in.Records = func(_ string, each func(evidence.Record) error) error { return each(&hinge{Meta: meta("a")}) }
		},
		"a broken source": func(in *Input) {
			in.Records = func(string, func(evidence.Record) error) error { return fs.ErrNotExist }
		},
	} {
		in := input(set, closed("a"))
		change(&in)
		if a, err := Run(in); err == nil || a != nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestLessEvidenceIsNeverBetter takes evidence away in every way there is and looks whether a test comes to be met by it:
// a field unknown, a gap in the population, a population that nobody read, no records at all.
func TestLessEvidenceIsNeverBetter(t *testing.T) {
	var tests []string
	type named struct{ where, expect string }
	exprs := []named{
		{"", `it.closed`}, {"", `!it.closed`}, {`it.state == "Fitted"`, `it.closed`}, {`it.state != "Removed"`, `it.closed || it.state == "Removed"`},
		{`has(it.bolts)`, `it.bolts >= 2`}, {`!has(it.bolts)`, `it.closed`}, {"", `!has(it.bolts) || it.bolts >= 2`}, {"", `has(it.bolts) && it.bolts >= 2 && it.closed`},
		{`it.closed`, `it.bolts > 1`}, {`it.id != "a"`, `it.region == "eu-west-1"`}, {`!(it.closed && it.bolts > 1)`, `it.state.startsWith("F")`},
	}
	for i, e := range exprs {
		for _, require := range []string{every, atLeastOne, none} {
			for _, empty := range []string{"exception", "incomplete", "manual", "not-applicable"} {
				tests = append(tests, testYAML(fmt.Sprintf("t-%d-%s-%s", i, require, empty), e.where, e.expect, require, empty))
			}
		}
	}
	set := load(t, tests...)
	two, one := 2, 1
	pool := func(i int) *lock {
		id := string(rune('a' + i))
		switch i % 6 {
		case 0:
			return &lock{Meta: meta(id), State: "Fitted", Closed: true, Bolts: &two}
		case 1:
			return &lock{Meta: meta(id), State: "Fitted", Closed: true}
		case 2:
			return &lock{Meta: meta(id), State: "Fitted", Bolts: &one}
		case 3:
			return &lock{Meta: meta(id), State: "Removed"}
		case 4:
			return &lock{Meta: meta(id), State: "Removed", Closed: true, Bolts: &one}
		}
		return &lock{Meta: meta(id), State: "", Bolts: &two}
	}
	results := func(in Input) map[string]Result {
		out := map[string]Result{}
		for _, r := range run(t, in).Tests {
			out[r.ID] = r.Result
		}
		return out
	}
	fields := []string{"state", "closed", "bolts", "id", "account", "region", "collected", "", "nonsense", "closed.deeper"}
	met := 0
	for members := 0; members < 1<<6; members++ {
		var locks []*lock
		for i := range 6 {
			if members&(1<<i) != 0 {
				locks = append(locks, pool(i))
			}
		}
		before := results(input(set, locks...))
		for _, r := range before {
			if r == Met {
				met++
			}
		}
		compare := func(how string, in Input) {
			for id, r := range results(in) {
				if r == Met && before[id] != Met {
					t.Errorf("population %06b: %s makes %s met; it was %s", members, how, id, before[id])
				}
			}
		}
		for i := range locks {
			for _, f := range fields {
				less := append([]*lock(nil), locks...)
				c := *locks[i]
				c.Unknown = []evidence.Unknown{{Field: f, Gap: "G-1", Code: "AccessDenied"}}
				less[i] = &c
				compare("field "+f+" of "+c.ID+" unknown", input(set, less...))
			}
		}
		in := input(set, locks...)
		in.Ledger = ledger(gap("door.lock"))
		for id, r := range results(in) {
			if r == Met && (before[id] != Met || !strings.Contains(id, atLeastOne)) || r == NotApplicable {
				t.Errorf("population %06b: with a gap %s is %s; it was %s", members, id, r, before[id])
			}
		}
		in = input(set, locks...)
		in.Kinds = in.Kinds[1:]
		for id, r := range results(in) {
			if r != Incomplete {
				t.Errorf("population %06b: unread, %s is %s", members, id, r)
			}
		}
		for id, r := range results(input(set)) {
			if r == Met {
				t.Errorf("no records, and %s is met", id)
			}
		}
	}
	if met == 0 {
		t.Error("nothing was ever met: this test shows nothing")
	}
}

func BenchmarkRun(b *testing.B) {
	var tests []string
	for i := range 8 {
		tests = append(tests, testYAML(fmt.Sprintf("t-%d", i), `it.state == "Fitted"`, `it.closed && (!has(it.bolts) || it.bolts >= 2)`, every, "exception"))
	}
	set := load(b, tests...)
	const n = 10_000
	rec := closed("a")
	in := input(set)
	in.Records = func(kind string, each func(evidence.Record) error) error {
		if kind != "door.lock" {
			return nil
		}
		for range n {
			if err := each(rec); err != nil {
				return err
			}
		}
		return nil
	}
	b.ReportAllocs()
	for b.Loop() {
		if a := run(b, in); a.Tests[0].Result != Met {
			b.Fatal(a.Tests[0].Reason)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n/16, "ns/evaluation")
}
