package frameworks

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/expr"
	"github.com/auditseal/auditseal/frameworks/strict"
)

// lock is a kind for these tests.
type lock struct {
	evidence.Meta
	State string `json:"state" cel:"state" doc:"The state."`
	Bolts *int   `json:"bolts,omitempty" cel:"bolts" doc:"How many bolts."`

	Opened time.Time `json:"opened" cel:"opened" doc:"When it was last opened."`
}

func (*lock) Kind() string { return "door.lock" }

func kinds() []evidence.Kind { return []evidence.Kind{evidence.KindOf[lock]("A lock.")} }

const (
	doorTests = `tests:
  - id: lock-closed
    statement: Every lock is closed.
    population: door.lock
    where: it.state != "Removed"
    expect: it.state == "Closed"
    require: every
    if-empty: not-applicable
    over: instant
    why: An open door keeps nobody out.
  - id: lock-has-bolts
    statement: At least one lock has two bolts.
    population: door.lock
    expect: has(it.bolts) && it.bolts >= 2
    require: at-least-one
    if-empty: exception
  - id: lock-keys
    statement: Keys are kept in a safe.
    manual: A photograph of the safe, and who has its combination.
`
	doorFramework = `framework: doors
title: Doors
version: "1.10"
source: Example Corp house rules
groups: [Locks]
controls:
  - id: "1.10"
    title: Doors are locked
    group: Locks
    tests: [lock-closed, lock-keys]
    security-hub: [KMS.4]
    config-rules: [cmk-backing-key-rotation-enabled]
  - id: "1.2"
    title: Doors are strong
    planned: the collector of hinges
  - id: D-3
    title: Windows
    not-applicable: the house has none
  - id: D-4
    title: Guards
    manual: the roster
    tests: [lock-has-bolts]
`
)

func folder(files map[string]string) fs.FS {
	out := fstest.MapFS{}
	for name, data := range files {
		out[name] = &fstest.MapFile{Data: []byte(data)}
	}
	return out
}

func TestLoadPack(t *testing.T) {
	s, err := LoadPack(folder(map[string]string{"doors.yaml": doorFramework, "tests/door.yaml": doorTests, "tests/unused.yaml": strings.ReplaceAll(doorTests, "lock-", "other-")}), nil, kinds())
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, x := range s.Tests {
		ids = append(ids, x.ID)
	}
	if diff := cmp.Diff([]string{"lock-closed", "lock-has-bolts", "lock-keys"}, ids); diff != "" {
		t.Error(diff)
	}
	fw := s.Frameworks[0]
	if fw.ID != "doors" || fw.Version != "1.10" || fw.Source != "Example Corp house rules" || len(fw.Controls) != 4 {
		t.Errorf("framework %+v", fw)
	}
	want := &Control{ID: "1.10", Title: "Doors are locked", Group: "Locks", Tests: []string{"lock-closed", "lock-keys"}, SecurityHub: []string{"KMS.4"}, ConfigRules: []string{"cmk-backing-key-rotation-enabled"}}
	if diff := cmp.Diff(want, fw.Controls[0]); diff != "" {
		t.Error(diff)
	}
	if x := s.Test("lock-closed"); x.Require != Every || x.IfEmpty != "not-applicable" || x.Over != Instant || x.Why == "" || x.Statement == "" {
		t.Errorf("test %+v", x)
	}
	if x := s.Test("lock-has-bolts"); x.Over != Instant {
		t.Errorf("over is %q", x.Over)
	}
	if s.Test("nothing") != nil || s.Cage("door.lock") == nil || s.Cage("nothing") != nil {
		t.Error("a test or cage that is not there, or the reverse")
	}
}

// What a set says of its files is what a pack carries; from there it loads as the same set.
func TestPackRoundTrip(t *testing.T) {
	own := "framework: own\ntitle: Own\ncontrols:\n  - id: O-1\n    title: t\n    tests: [own-closed]\ntests:\n" + strings.ReplaceAll(strings.TrimPrefix(doorTests[:strings.Index(doorTests, "  - id: lock-has")], "tests:\n"), "lock-closed", "own-closed")
	first, err := Load([]string{"sub/own.yaml"}, Options{Kinds: kinds(), Read: func(name string) ([]byte, error) {
		if name != "sub/own.yaml" {
			return nil, os.ErrNotExist
		}
		return []byte(own), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if len(first.Files) != 1 || first.Files[0].Path != "frameworks/own.yaml" || string(first.Files[0].Data) != own {
		t.Fatalf("files %v", first.Files)
	}
	pack := fstest.MapFS{}
	for _, f := range first.Files {
		pack[f.Path] = &fstest.MapFile{Data: f.Data}
	}
	sub, err := fs.Sub(pack, Folder)
	if err != nil {
		t.Fatal(err)
	}
	second, err := LoadPack(sub, []string{"own"}, kinds())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first.Frameworks, second.Frameworks); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(first.Files, second.Files); diff != "" {
		t.Error(diff)
	}
	if len(second.Tests) != 1 || second.Tests[0].Expect != first.Tests[0].Expect {
		t.Errorf("tests %v", second.Tests)
	}
}

func TestFilesAreThoseUsed(t *testing.T) {
	s, err := LoadPack(folder(map[string]string{"doors.yaml": doorFramework, "tests/door.yaml": doorTests, "tests/other.yaml": strings.ReplaceAll(doorTests, "lock-", "other-")}), []string{"doors"}, kinds())
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, f := range s.Files {
		paths = append(paths, f.Path)
	}
	if diff := cmp.Diff([]string{"frameworks/doors.yaml", "frameworks/tests/door.yaml"}, paths); diff != "" {
		t.Error(diff)
	}
}

// Each row changes one thing in the tests or the framework; what is said must be among the faults.
func TestFaults(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"unknown key", "    require: every", "    requires: every", `frameworks/tests/door.yaml:7:5: key "requires": unknown in tests; did you mean "require"?`},
		{"no if-empty", "    if-empty: not-applicable\n", "", `frameworks/tests/door.yaml:2:5: test "lock-closed": has no if-empty; say what it means that there are no such records: exception, incomplete, manual, not-applicable`},
		{"met if empty", "if-empty: not-applicable", "if-empty: met", `frameworks/tests/door.yaml:8:15: if-empty "met": that nothing is there shows nothing; one of exception, incomplete, manual, not-applicable`},
		{"require", "require: every", "require: all", `frameworks/tests/door.yaml:7:14: require "all": not a word for it; known: at-least-one, every, none`},
		{"no expect", "    expect: it.state == \"Closed\"\n", "", `frameworks/tests/door.yaml:2:5: test "lock-closed": has no expect; add the key expect`},
		{"over something", "over: instant", "over: quarter", `frameworks/tests/door.yaml:9:11: over "quarter": not a word for it; known: instant, period`},
		{"not tested at an instant", "if-empty: not-applicable", "if-empty: not-tested", `frameworks/tests/door.yaml:8:15: if-empty "not-tested": belongs to tests over the period: it says that there were no occurrences in it; one of exception, incomplete, manual, not-applicable`},
		{"tolerance", "over: instant", "tolerance: 72h", `frameworks/tests/door.yaml:9:16: tolerance "72h": belongs to tests over the period; add over: period, or take it out`},
		{"tolerance that is none", "over: instant", "over: period\n    tolerance: 3 days", `frameworks/tests/door.yaml:10:16: tolerance "3 days": not a length of time; write hours, minutes and seconds: 72h, 1h30m`},
		{"no tolerance at all", "over: instant", "over: period\n    tolerance: 0s", `frameworks/tests/door.yaml:10:16: tolerance "0s": is no time at all; take it out: without it no exception is tolerated`},
		{"tolerance below zero", "over: instant", "over: period\n    tolerance: -2h", `frameworks/tests/door.yaml:10:16: tolerance "-2h": is no time at all; take it out: without it no exception is tolerated`},
		{"fine tolerance", "over: instant", "over: period\n    tolerance: 1500ms", `frameworks/tests/door.yaml:10:16: tolerance "1500ms": not in whole seconds; AWS Config tells time no finer than that; round it`},
		{"period and no if-empty", "    if-empty: not-applicable\n    over: instant", "    over: period", `frameworks/tests/door.yaml:2:5: test "lock-closed": has no if-empty; say what it means that there are no such records: exception, incomplete, manual, not-applicable, not-tested`},
		{"a moment over the period", `it.state != "Removed"`, "it.state != \"Removed\" && it.opened < as_of\n    over: period", `frameworks/tests/door.yaml:5:49: where "as_of": is a moment, and the test is about every moment of the period; use period_from and period_to, or over: instant`},
		{"when AWS was asked over the period", `it.state == "Closed"`, "it.collected < period_to\n    over: period", `frameworks/tests/door.yaml:6:13: expect "collected": is when AWS was asked, not when the state held; use over: instant`},
		{"manual over the period", "    manual: A photo", "    over: period\n    manual: A photo", `frameworks/tests/door.yaml:19:11: over "period": a manual test has none; take it out, or take manual out`},
		{"population", "population: door.lock", "population: door.lokc", `frameworks/tests/door.yaml:4:17: population "door.lokc": no such population; did you mean "door.lock"?`},
		{"field", `it.state == "Closed"`, `it.stat == "Closed"`, `frameworks/tests/door.yaml:6:16: expect "stat": no such field in door.lock; did you mean "state"?`},
		{"field in quotes", `expect: it.state == "Closed"`, `expect: "it.state == \"Closed\" && it.bolt > 2"`, `frameworks/tests/door.yaml:6:43: expect "bolt": no such field in door.lock; did you mean "bolts"?`},
		{"field in a block", `    expect: it.state == "Closed"`, "    expect: |\n      it.state == \"Closed\" &&\n      it.bolt > 2", `frameworks/tests/door.yaml:8:10: expect "bolt": no such field in door.lock; did you mean "bolts"?`},
		{"type", `it.state == "Closed"`, `it.state == 1`, `frameworks/tests/door.yaml:6:22: expect: found no matching overload for '_==_' applied to '(string, int)'`},
		{"no bool", `it.state == "Closed"`, `it.state`, `frameworks/tests/door.yaml:6:16: expect: gives a string where true or false is meant`},
		{"constant", `it.state == "Closed"`, `true`, `frameworks/tests/door.yaml:6:13: expect: reads no field of the record, so it says nothing about it`},
		{"syntax", `it.state == "Closed"`, `it.state = "Closed"`, `frameworks/tests/door.yaml:6:22: expect: token recognition error at: '= '`},
		{"where", `it.state != "Removed"`, `itt.state != "Removed"`, `frameworks/tests/door.yaml:5:12: where "itt": no such variable; did you mean "it"?`},
		{"manual and more", "    manual: A photo", "    expect: it.state == \"x\"\n    manual: A photo", `frameworks/tests/door.yaml:19:13: expect "it.state == \"x\"": a manual test has none; take it out, or take manual out`},
		{"test twice", "id: lock-has-bolts", "id: lock-closed", `frameworks/tests/door.yaml:11:9: test "lock-closed": given twice, first at frameworks/tests/door.yaml:2:9; choose another id`},
		{"test id", "id: lock-keys", "id: Lock_Keys", `frameworks/tests/door.yaml:17:9: test "Lock_Keys": not an id; use at most 80 small letters, digits and single hyphens`},

		{"unknown test", "[lock-closed, lock-keys]", "[lock-close, lock-keys]", `frameworks/doors.yaml:10:13: test "lock-close": no such test; did you mean "lock-closed"?`},
		{"test named twice", "[lock-closed, lock-keys]", "[lock-keys, lock-keys]", `frameworks/doors.yaml:10:24: test "lock-keys": given twice; keep one`},
		{"control id as a number", `id: "1.10"`, `id: 1.10`, `frameworks/doors.yaml:7:9: id "1.10": read as a number, and ids are strings; quote it: "1.10"`},
		{"version as a number", `version: "1.10"`, `version: 1.10`, `frameworks/doors.yaml:3:10: version "1.10": read as a number, and ids are strings; quote it: "1.10"`},
		{"control twice", `id: "1.2"`, `id: "1.10"`, `frameworks/doors.yaml:13:9: control "1.10": given twice, first on line 7; give each control once`},
		{"nothing shows it", "    planned: the collector of hinges\n", "", `frameworks/doors.yaml:13:5: control "1.2": nothing shows it; give it tests, manual, not-applicable, outside or planned`},
		{"empty tests", "    planned: the collector of hinges\n", "    tests: []\n", `frameworks/doors.yaml:13:5: control "1.2": nothing shows it; give it tests, manual, not-applicable, outside or planned`},
		{"not applicable and tested", "    not-applicable: the house has none", "    not-applicable: the house has none\n    tests: [lock-keys]", `frameworks/doors.yaml:18:21: control "D-3": not applicable, and yet tests, manual or planned stand beside it; keep not-applicable alone or take it out`},
		{"group", "group: Locks", "group: Lokcs", `frameworks/doors.yaml:9:12: group "Lokcs": not among the framework's groups; did you mean "Locks"?`},
		{"security hub", "[KMS.4]", "[KMS4]", `frameworks/doors.yaml:11:20: security-hub "KMS4": not written as AWS writes it`},
		{"config rule", "[cmk-backing-key-rotation-enabled]", "[CMK_BACKING]", `frameworks/doors.yaml:12:20: config-rules "CMK_BACKING": not written as AWS writes it`},
		{"file name", "framework: doors", "framework: door", `frameworks/doors.yaml:1:12: framework "door": differs from the file's name; name the file door.yaml`},
		{"own test that nobody uses", "controls:\n", "tests:\n  - id: own-one\n    statement: s\n    manual: m\ncontrols:\n", `frameworks/doors.yaml:7:9: test "own-one": no control refers to it; name it in a control's tests or take it out`},
	} {
		t.Run(c.name, func(t *testing.T) {
			tests, framework := strings.Replace(doorTests, c.old, c.new, 1), doorFramework
			if tests == doorTests {
				framework = strings.Replace(doorFramework, c.old, c.new, 1)
			}
			if strings.Contains(c.new, "\n    over: period") && !strings.Contains(c.old, "over") {
				tests = strings.Replace(tests, "    over: instant\n", "", 1) // one is enough
			}
			if tests == doorTests && framework == doorFramework {
				t.Fatal("nothing was changed")
			}
			s, err := LoadPack(folder(map[string]string{"doors.yaml": framework, "tests/door.yaml": tests}), []string{"doors"}, kinds(), evidence.Past{Kind: "door.lock", Type: "Door::Lock"})
			if err == nil || s != nil {
				t.Fatalf("set %v, error %v", s, err)
			}
			if !slices.Contains(strings.Split(err.Error(), "\n"), c.want) {
				t.Errorf("got:\n%v\nwant:\n%s", err, c.want)
			}
		})
	}
}

// Faults of several files, and several of one file, come together.
func TestAllFaultsTogether(t *testing.T) {
	tests := strings.Replace(strings.Replace(doorTests, `it.state != "Removed"`, `it.stte != "Removed"`, 1), "it.bolts >= 2", "it.bolts >= 'x'", 1)
	framework := strings.Replace(doorFramework, "lock-keys]", "lock-kyes]", 1)
	_, err := LoadPack(folder(map[string]string{"doors.yaml": framework, "tests/door.yaml": tests}), nil, kinds())
	var errs strict.Errors
	if !errors.As(err, &errs) || len(errs) != 3 {
		t.Fatalf("got %v", err)
	}
}

func TestLoadRefs(t *testing.T) {
	read := func(string) ([]byte, error) { return []byte(doorFramework), nil }
	for _, c := range []struct {
		refs []string
		read func(string) ([]byte, error)
		want string
	}{
		{[]string{"fips-cryptographie"}, nil, `frameworks: framework "fips-cryptographie": no such framework ships; did you mean "fips-cryptography"?; a file of your own is given by a path that ends in .yaml`},
		{[]string{"own.yaml"}, nil, `own.yaml: files of your own cannot be read here`},
		{[]string{"own.yaml"}, func(string) ([]byte, error) { return nil, errors.New("no such file") }, `own.yaml: no such file; frameworks are given by id or by path, relative to audit.yaml`},
		{[]string{"a.yaml", "b.yaml"}, read, `b.yaml:1:12: framework "doors": loaded twice, first from a.yaml:1:12; name it once`},
		{[]string{"a.yml"}, func(string) ([]byte, error) {
			return []byte(strings.Replace(doorFramework, "doors", "fips-cryptography", 1)), nil
		},
			`a.yml:1:12: framework "fips-cryptography": this is the id of a framework that ships; choose another id for yours`},
	} {
		_, err := Load(c.refs, Options{Kinds: kinds(), Read: c.read})
		if err == nil || !slices.Contains(strings.Split(err.Error(), "\n"), c.want) {
			t.Errorf("%v: got:\n%v\nwant:\n%s", c.refs, err, c.want)
		}
	}
	if _, err := LoadPack(folder(nil), []string{"doors"}, kinds()); err == nil || err.Error() != `frameworks/doors.yaml: framework "doors": there is no such file` {
		t.Errorf("got %v", err)
	}
}

func TestPerform(t *testing.T) {
	s, err := LoadPack(folder(map[string]string{"doors.yaml": doorFramework, "tests/door.yaml": doorTests}), nil, kinds())
	if err != nil {
		t.Fatal(err)
	}
	at := expr.Moment{AsOf: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)}
	sub := s.Cage("door.lock").Subject(at, &lock{Meta: evidence.Meta{ID: "a"}, State: "Open"})
	closed, bolts := s.Test("lock-closed"), s.Test("lock-has-bolts")
	if closed.Select(sub).Answer != expr.True || closed.Meets(sub).Answer != expr.False || bolts.Select(sub).Answer != expr.True || bolts.Meets(sub).Answer != expr.False {
		t.Error("wrong answers")
	}
	if diff := cmp.Diff([]expr.Value{{Field: "state", Text: "Open"}}, closed.Values(sub)); diff != "" {
		t.Error(diff)
	}
}

// The shipped frameworks name tests that exist, use every one of them, and AWS identifiers that AWS's lists have. That the tests
// themselves load is checked where the collectors' kinds are known.
func TestShipped(t *testing.T) {
	if want := []string{"aws-security-focus-areas", "fips-cryptography", "soc2-2017"}; !slices.Equal(Shipped(), want) {
		t.Errorf("ships %v, want %v", Shipped(), want)
	}
	l := newLoader(shipped, Options{})
	l.tests()
	for _, id := range Shipped() {
		l.shippedFramework(id)
	}
	if err := l.Err(); err != nil {
		t.Fatal(err)
	}
	exist := func(what string, hub, rules []string) {
		for _, id := range hub {
			if !HubControlKnown(id) {
				t.Errorf("%s: Security Hub has no control %q", what, id)
			}
		}
		for _, id := range rules {
			if !ConfigRuleKnown(id) {
				t.Errorf("%s: AWS Config has no managed rule %q", what, id)
			}
		}
	}
	used := map[string]bool{}
	for _, fw := range l.frameworks {
		for _, c := range fw.framework.Controls {
			if c.Group == "" {
				t.Errorf("%s: control %s has no group", fw.framework.ID, c.ID)
			}
			if c.Planned != "" && fw.framework.ID != "fips-cryptography" {
				t.Errorf("%s: control %s: still waits for %s", fw.framework.ID, c.ID, c.Planned)
			}
			for _, id := range c.Tests {
				used[id] = true
			}
			exist(fw.framework.ID+": control "+c.ID, c.SecurityHub, c.ConfigRules)
		}
	}
	for _, id := range l.order {
		exist("test "+id, l.found[id].test.SecurityHub, l.found[id].test.ConfigRules)
		if !used[id] {
			t.Errorf("no shipped framework uses the test %q", id)
		}
	}
}

// The rule behind a Security Hub control comes from AWS's list, and its identifier is not its name in capitals.
func TestFacts(t *testing.T) {
	if r := ConfigRuleOf("KMS.4"); r != "cmk-backing-key-rotation-enabled" {
		t.Errorf("KMS.4: %q", r)
	}
	if id := RuleIdentifier("restricted-ssh"); id != "INCOMING_SSH_DISABLED" {
		t.Errorf("restricted-ssh: %q", id)
	}
	if ConfigRuleOf("KMS.400") != "" || RuleIdentifier("nothing-of-the-kind") != "" || HubControlKnown("KMS.") || ConfigRuleKnown("nothing-of-the-kind") {
		t.Error("something is known that AWS's lists do not have")
	}
	for id, rule := range map[string]string{"INCOMING_SSH_DISABLED": "restricted-ssh", "MULTI_REGION_CLOUD_TRAIL_ENABLED": "multi-region-cloudtrail-enabled", "RESTRICTED_SSH": "",
		"CLOUDTRAIL_ALL_READ_S3_DATA_EVENT_CHECK": "cloudtrail-all-read-s3-data-event-check", "identifier": "", "": "", "restricted-ssh": "", "HIGH": "", "NOTHING_OF_THE_KIND": ""} {
		if got := RuleOfIdentifier(id); got != rule {
			t.Errorf("%s is the identifier of %q, not %q", id, got, rule)
		}
	}
}

// The rule behind a control is a second opinion with it, but not one that asks whatever its parameters say.
func TestRuleBehindControl(t *testing.T) {
	for _, c := range []struct{ keys, want string }{
		{"security-hub: [KMS.4]", "cmk-backing-key-rotation-enabled"},
		{"security-hub: [KMS.4]\n    config-rules: [cmk-backing-key-rotation-enabled]", "cmk-backing-key-rotation-enabled"},
		{"security-hub: [Config.1]", ""},
		{"security-hub: [IAM.15, IAM.22, EC2.53]", ""},
		{"security-hub: [IAM.15]\n    config-rules: [iam-password-policy]", "iam-password-policy"},
	} {
		tests := strings.Replace(doorTests, "    require: every\n", "    require: every\n    "+c.keys+"\n", 1)
		if tests == doorTests {
			t.Fatal("nothing was changed")
		}
		s, err := LoadPack(folder(map[string]string{"doors.yaml": doorFramework, "tests/door.yaml": tests}), nil, kinds())
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(s.Test("lock-closed").ConfigRules, " "); got != c.want {
			t.Errorf("%s: %q, want %q", c.keys, got, c.want)
		}
	}
	for _, rule := range parametric {
		if !ConfigRuleKnown(rule) {
			t.Errorf("AWS Config has no managed rule %q", rule)
		}
	}
}

// Whatever the bytes of a user's file, Load ends; what loads has tests that can be performed.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(doorFramework))
	f.Add([]byte("framework: own\ntitle: t\ncontrols: [{id: a, title: b, tests: [lock-x]}]\n" + strings.ReplaceAll(doorTests, "lock-", "own-")))
	f.Add([]byte("framework: own\ntitle: t\ncontrols:\n- id: a\n  title: b\n  tests: [c]\ntests:\n- id: c\n  statement: s\n  population: door.lock\n  expect: >-\n    it.bolts in [1, 2] &&\n    has(it.state)\n  require: none\n  if-empty: manual\n"))
	pack := folder(map[string]string{"tests/door.yaml": doorTests})
	f.Fuzz(func(t *testing.T, data []byte) {
		l := newLoader(pack, Options{Kinds: kinds()})
		l.tests()
		l.framework("own.yaml", data, func(strict.Text) {})
		s, err := l.set(false)
		if err != nil {
			for _, e := range err.(strict.Errors) {
				if e.At.File == "" || e.What == "" {
					t.Errorf("a fault without file or words: %#v", e)
				}
			}
			return
		}
		for _, x := range s.Tests {
			if x.Manual != "" {
				continue
			}
			sub := s.Cage(x.Population).Subject(expr.Moment{}, &lock{})
			x.Select(sub)
			x.Meets(sub)
			x.Values(sub)
		}
	})
}

// A test over the period needs a population with a past, and may leave open whether anything occurred in it.
func TestOverThePeriod(t *testing.T) {
	tests := strings.Replace(doorTests, "    if-empty: not-applicable\n    over: instant", "    if-empty: not-tested\n    over: period\n    tolerance: 1h30m", 1)
	files := folder(map[string]string{"doors.yaml": doorFramework, "tests/door.yaml": tests})
	s, err := LoadPack(files, nil, kinds(), evidence.Past{Kind: "door.lock", Type: "Door::Lock"})
	if err != nil {
		t.Fatal(err)
	}
	if x := s.Test("lock-closed"); x.Over != Period || x.Tolerance != 90*time.Minute || x.ToleranceText != "1h30m" || x.IfEmpty != "not-tested" {
		t.Errorf("test %+v", x)
	}
	for want, pasts := range map[string][]evidence.Past{
		`frameworks/tests/door.yaml:4:17: population "door.lock": AWS Config tells no past of it, so it cannot be tested over the period; no kind has one here; use over: instant`: nil,
		// A past of a kind that no collector reads is no kind to choose.
		`frameworks/tests/door.yaml:4:17: population "door.lock": AWS Config tells no past of it, so it cannot be tested over the period; no kind has one here; use over: instant `: {{Kind: "door.hinge", Type: "Door::Hinge"}},
	} {
		if _, err := LoadPack(files, nil, kinds(), pasts...); err == nil || err.Error() != strings.TrimSpace(want) {
			t.Errorf("%v: got %v, want %s", pasts, err, want)
		}
	}
}
