package expr

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/evidence"
)

type rotation struct {
	Enabled bool       `json:"enabled" cel:"enabled" doc:"d"`
	Days    *int       `json:"days,omitempty" cel:"days" doc:"d"`
	Next    *time.Time `json:"next,omitempty" cel:"next" doc:"d"`
}

type zone struct {
	Name  string  `json:"name" cel:"name" doc:"d"`
	State *string `json:"state,omitempty" cel:"state" doc:"d"`
}

type state string

type thing struct {
	evidence.Meta
	State    state             `json:"state" cel:"state" doc:"d"`
	On       *bool             `json:"on,omitempty" cel:"on" doc:"d"`
	Limit    *int64            `json:"limit,omitempty" cel:"limit" doc:"d"`
	Count    int               `json:"count" cel:"count" doc:"d"`
	Ratio    float64           `json:"ratio" cel:"ratio" doc:"d"`
	Label    *string           `json:"label,omitempty" cel:"label" doc:"d"`
	Created  time.Time         `json:"created,omitzero" cel:"created" doc:"d"`
	Deleted  *time.Time        `json:"deleted,omitempty" cel:"deleted" doc:"d"`
	Rotation *rotation         `json:"rotation,omitempty" cel:"rotation" doc:"d"`
	Fixed    rotation          `json:"fixed" cel:"fixed" doc:"d"`
	Names    []string          `json:"names" cel:"names" doc:"d"`
	Optional *[]string         `json:"optional,omitempty" cel:"optional" doc:"d"`
	Zones    []zone            `json:"zones" cel:"zones" doc:"d"`
	Tags     map[string]string `json:"tags" cel:"tags" doc:"d"`
	Any      any               `json:"any,omitempty" cel:"any" doc:"d"`
}

func (*thing) Kind() string { return "x.thing" }

var (
	asOf   = time.Date(2026, 10, 2, 9, 0, 0, 0, time.UTC)
	moment = Moment{asOf, time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)}
)

func cage(t testing.TB) *Cage {
	t.Helper()
	k := evidence.KindOf[thing]("a thing")
	if err := evidence.CheckKind(k); err != nil {
		t.Fatal(err)
	}
	c, err := NewCage(k)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func compile(t testing.TB, c *Cage, src string) *Program {
	t.Helper()
	p, problems := c.Compile(src)
	for _, pr := range problems {
		t.Errorf("%s: %d:%d: %q: %s", src, pr.Line, pr.Column, pr.Value, pr.What)
	}
	if p == nil {
		t.FailNow()
	}
	return p
}

func ptr[T any](v T) *T { return &v }

func full() *thing {
	return &thing{
		Meta:  evidence.Meta{ID: "arn:x:1", Account: "012345678901", Region: "eu-west-1", Collected: asOf},
		State: "Enabled", On: ptr(true), Limit: ptr(int64(5)), Count: 2, Ratio: 0.5, Label: ptr("a"),
		Created: asOf.AddDate(0, -2, 0), Deleted: ptr(asOf.AddDate(0, -1, 0)),
		Rotation: &rotation{Enabled: true, Days: ptr(90), Next: ptr(asOf.AddDate(0, 1, 0))},
		Names:    []string{"a", "b"}, Optional: &[]string{"c"},
		Zones: []zone{{Name: "eu-west-1a", State: ptr("ACTIVE")}, {Name: "eu-west-1b"}},
		Tags:  map[string]string{"Owner": "x"},
	}
}

// empty has no optional field, and the zero value everywhere else.
func empty() *thing { return &thing{Meta: evidence.Meta{ID: "arn:x:2", Collected: asOf}} }

// present has every optional field, with the zero value in it: present and zero is not absent.
func present() *thing {
	return &thing{
		Meta: evidence.Meta{ID: "arn:x:3", Collected: asOf},
		On:   ptr(false), Limit: ptr(int64(0)), Label: ptr(""), Rotation: &rotation{Days: ptr(0)}, Optional: &[]string{},
	}
}

func TestEval(t *testing.T) {
	c := cage(t)
	for _, tc := range []struct {
		src  string
		rec  *thing
		want Answer
	}{
		// Values of every type.
		{`it.state == "Enabled"`, full(), True},
		{`it.id == "arn:x:1" && it.account == "012345678901" && it.region.startsWith("eu-")`, full(), True},
		{`it.on`, full(), True},
		{`it.limit == 5 && it.count == 2 && it.ratio < 0.6`, full(), True},
		{`it.created < as_of - duration("48h")`, full(), True},
		{`it.deleted > period_from && it.deleted < period_to`, full(), True},
		{`it.rotation.enabled && it.rotation.days <= 365`, full(), True},
		{`it.rotation.next > as_of`, full(), True},
		{`"a" in it.names && !("z" in it.names) && size(it.names) == 2`, full(), True},
		{`it.state in ["Enabled", "Disabled"]`, full(), True},
		{`it.zones[0].name == "eu-west-1a" && it.zones[0].state == "ACTIVE"`, full(), True},
		{`size(it.zones) >= 2`, full(), True},
		{`it.tags["Owner"] == "x" && it.tags.Owner == "x" && "Owner" in it.tags`, full(), True},
		{`it.names[0].matches("^[a-c]$")`, full(), True},
		{`it.optional[0] == "c"`, full(), True},

		// Absent: to read is an error, and an error is Undecided, whatever the zero value would have said.
		{`it.limit < 3`, empty(), Undecided},
		{`it.limit == 0`, empty(), Undecided},
		{`it.on == false`, empty(), Undecided},
		{`!it.on`, empty(), Undecided},
		{`it.label == ""`, empty(), Undecided},
		{`it.rotation.enabled`, empty(), Undecided},
		{`!it.rotation.enabled`, empty(), Undecided},
		{`it.rotation.days < 400`, empty(), Undecided},
		{`it.deleted < as_of`, empty(), Undecided},
		{`it.created < as_of`, empty(), Undecided}, // a time that was never set
		{`size(it.optional) == 0`, empty(), Undecided},
		{`it.tags["Owner"] != "x"`, empty(), Undecided},
		{`it.names[0] != "x"`, empty(), Undecided},
		{`it.zones[0].state != "DEGRADED"`, empty(), Undecided},
		{`it.zones[1].state != "DEGRADED"`, full(), Undecided},
		{`has(it.rotation.days)`, empty(), Undecided}, // has() asks for its last step only

		// has() asks.
		{`has(it.limit)`, empty(), False},
		{`has(it.limit) && it.limit < 3`, empty(), False},
		{`!has(it.limit) || it.limit < 3`, empty(), True},
		{`has(it.rotation) && it.rotation.enabled`, empty(), False},
		{`has(it.deleted)`, empty(), False},
		{`has(it.created)`, empty(), False},
		{`has(it.optional)`, empty(), False},
		{`has(it.limit)`, full(), True},
		{`has(it.rotation)`, full(), True},
		{`has(it.rotation.days)`, full(), True},
		{`has(it.zones[1].state)`, full(), False},
		{`has(it.tags.Owner)`, full(), True},
		{`has(it.tags.Team)`, full(), False},

		// Present and zero is present.
		{`has(it.limit) && has(it.on) && has(it.label) && has(it.rotation) && has(it.rotation.days) && has(it.optional)`, present(), True},
		{`it.limit < 3`, present(), True},
		{`!it.on`, present(), True},
		{`it.label == ""`, present(), True},
		{`!it.rotation.enabled`, present(), True},
		{`size(it.optional) == 0`, present(), True},
		// A field that is not optional is always there; empty is not absent.
		{`has(it.state) && has(it.count) && has(it.names) && has(it.tags) && has(it.zones) && has(it.fixed)`, empty(), True},
		{`it.state == "" && it.count == 0`, empty(), True},
		{`size(it.names) == 0 && size(it.tags) == 0 && size(it.zones) == 0`, empty(), True},
		{`!("a" in it.names) && !("a" in it.tags)`, empty(), True},
		{`it.fixed.enabled`, empty(), False},

		// What decides soundly beside an error decides.
		{`it.count == 7 && it.limit < 3`, empty(), False},
		{`it.limit < 3 && it.count == 7`, empty(), False},
		{`it.count == 0 || it.limit < 3`, empty(), True},
		{`it.limit < 3 || it.count == 0`, empty(), True},
		{`it.limit < 3 || it.count == 7`, empty(), Undecided},
	} {
		got := compile(t, c, tc.src).Eval(c.Subject(moment, tc.rec))
		if got.Answer != tc.want {
			t.Errorf("%s on %s: answer %d, want %d (%+v)", tc.src, tc.rec.ID, got.Answer, tc.want, got)
		}
		if got.Answer == Undecided && got.Fault == "" && len(got.Unknown) == 0 {
			t.Errorf("%s on %s: undecided, and nothing says why", tc.src, tc.rec.ID)
		}
	}
}

func TestFaultNamesTheField(t *testing.T) {
	c := cage(t)
	for src, want := range map[string]string{
		`it.limit < 3`:                   `field "limit" is absent, and the test does not say what that means`,
		`it.rotation.days < 3`:           `field "rotation" is absent, and the test does not say what that means`,
		`it.fixed.days < 3`:              `field "fixed.days" is absent, and the test does not say what that means`,
		`it.tags["Owner"] == "x"`:        `no such key: Owner`,
		`100 / it.count > 3`:             `division by zero`,
		`it.zones[0].state == "ACTIVE"`:  `index out of bounds: 0`,
		`timestamp(it.region) < as_of`:   `invalid RFC 3339 timestamp ""`,
		`it.count > 0 || it.limit < 100`: `field "limit" is absent, and the test does not say what that means`,
	} {
		v := compile(t, c, src).Eval(c.Subject(moment, empty()))
		if v.Answer != Undecided || v.Fault != want {
			t.Errorf("%s:\ngot  %+v\nwant %s", src, v, want)
		}
	}
}

func unknown(rec *thing, fields ...string) *thing {
	for i, f := range fields {
		rec.Unknown = append(rec.Unknown, evidence.Unknown{Field: f, Gap: fmt.Sprintf("G-%d", i), Code: "AccessDenied"})
	}
	return rec
}

func TestUnknown(t *testing.T) {
	c := cage(t)
	for _, tc := range []struct {
		src  string
		rec  *thing
		want Answer
		by   string // the unknown fields it hangs on
	}{
		{`it.on`, unknown(full(), "on"), Undecided, "on"},
		{`has(it.on)`, unknown(full(), "on"), Undecided, "on"},
		{`!has(it.on)`, unknown(empty(), "on"), Undecided, "on"},
		{`it.state == "Enabled"`, unknown(full(), "state"), Undecided, "state"},
		{`it.state in ["Enabled"]`, unknown(full(), "state"), Undecided, "state"},
		{`it.state.matches("^E")`, unknown(full(), "state"), Undecided, "state"},
		{`it.state == "Enabled"`, unknown(full(), "on"), True, ""},
		{`it.state == "Enabled" || it.on`, unknown(full(), "on"), True, ""},
		{`it.on || it.state == "Enabled"`, unknown(full(), "on"), True, ""},
		{`it.state != "Enabled" && it.on`, unknown(full(), "on"), False, ""},
		{`it.on && it.state != "Enabled"`, unknown(full(), "on"), False, ""},
		{`it.on && it.count == 2`, unknown(full(), "on", "count"), Undecided, "on count"},
		{`it.on ? it.count == 2 : it.count == 3`, unknown(full(), "on"), Undecided, "on"},
		// Below an unknown everything is unknown, and above it too.
		{`it.rotation.enabled`, unknown(full(), "rotation"), Undecided, "rotation"},
		{`has(it.rotation.days)`, unknown(full(), "rotation"), Undecided, "rotation"},
		{`has(it.rotation)`, unknown(full(), "rotation.days"), Undecided, "rotation.days"},
		{`it.rotation.enabled`, unknown(full(), "rotation.days"), True, ""},
		{`it.rotation.days < 400`, unknown(full(), "rotation.days", "rotation"), Undecided, "rotation.days rotation"},
		// Inside a list or map: the whole of it.
		{`size(it.names) == 2`, unknown(full(), "names"), Undecided, "names"},
		{`"a" in it.names`, unknown(full(), "names.0"), Undecided, "names.0"},
		{`it.names[1] == "b"`, unknown(full(), "names.0"), Undecided, "names.0"},
		{`it.zones[0].name == "eu-west-1a"`, unknown(full(), "zones.1.state"), Undecided, "zones.1.state"},
		{`size(it.zones) == 2`, unknown(full(), "zones.1.state"), Undecided, "zones.1.state"},
		{`it.tags["Owner"] == "x"`, unknown(full(), "tags.Team"), Undecided, "tags.Team"},
		{`it.tags.Owner == "x"`, unknown(full(), "tags"), Undecided, "tags"},
		{`"Owner" in it.tags`, unknown(full(), "tags"), Undecided, "tags"},
		{`it.tags[it.label] == "x"`, unknown(full(), "label"), Undecided, "label"},
		{`it.names[it.count] == "x"`, unknown(full(), "count"), Undecided, "count"},
		// Meta's fields are fields.
		{`it.region == "eu-west-1"`, unknown(full(), "region"), Undecided, "region"},
		// A name that is no field of the kind hides the whole record.
		{`it.state == "Enabled"`, unknown(full(), "statee"), Undecided, "statee"},
		{`it.state == "Enabled"`, unknown(full(), ""), Undecided, ""},
		{`it.state == "Enabled"`, unknown(full(), "evidence"), Undecided, "evidence"},
		{`it.state == "Enabled"`, unknown(full(), "on", "nonsense"), Undecided, "nonsense"},
		// Unknown and error: undecided, whichever is told.
		{`it.on && it.limit < 3`, unknown(empty(), "on"), Undecided, "on"},
	} {
		p := compile(t, c, tc.src)
		for range 8 { // cel-go looks through its patterns in map order
			v := p.Eval(c.Subject(moment, tc.rec))
			var by []string
			for _, u := range v.Unknown {
				by = append(by, u.Field)
				if u.Code != "AccessDenied" || !strings.HasPrefix(u.Gap, "G-") {
					t.Errorf("%s: the gap is lost: %+v", tc.src, u)
				}
			}
			if v.Answer != tc.want || strings.Join(by, " ") != tc.by {
				t.Errorf("%s with %v unknown: answer %d by %q, want %d by %q (%s)", tc.src, tc.rec.Unknown, v.Answer, by, tc.want, tc.by, v.Fault)
				break
			}
		}
	}
}

// Taking knowledge away never makes a decision: whatever is decided with fields unknown is decided the same with all known.
func TestUnknownNeverDecides(t *testing.T) {
	c := cage(t)
	exprs := []string{
		`it.on`, `!it.on`, `has(it.on)`, `!has(it.on)`, `it.on || it.count > 1`, `it.on && it.count > 1`, `has(it.limit) && it.limit < 9`,
		`!has(it.limit) || it.limit < 9`, `it.rotation.enabled && it.rotation.days <= 365`, `has(it.rotation) ? it.rotation.enabled : it.count == 0`,
		`size(it.names) == 0`, `!("a" in it.names)`, `it.state in ["Enabled", ""]`, `it.tags["Owner"] == "x" || !("Owner" in it.tags)`,
		`it.zones[0].name != it.zones[1].name`, `it.created < as_of && it.deleted < as_of`, `it.on == it.fixed.enabled`, `it.label + it.state == "aEnabled"`,
		`it.limit * 2 > it.count`, `string(it.count) == "2"`, `(it.on ? it.count : it.limit) > 1`, `it.region.contains("eu") || it.account == ""`,
	}
	fields := evidence.KindOf[thing]("a thing").Fields()
	for _, src := range exprs {
		p := compile(t, c, src)
		for _, rec := range []func() *thing{full, empty, present} {
			known := p.Eval(c.Subject(moment, rec()))
			for _, f := range fields {
				for _, g := range fields {
					v := p.Eval(c.Subject(moment, unknown(rec(), f.Name, g.Name)))
					if v.Answer != Undecided && v.Answer != known.Answer {
						t.Errorf("%s on %s: %d where all is known, %d where %s and %s are not", src, rec().ID, known.Answer, v.Answer, f.Name, g.Name)
					}
				}
			}
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	c := cage(t)
	for src, want := range map[string]string{
		`it.statee == "x"`:            `1:4 "statee": no such field in x.thing`,
		`it.rotation.enabeld`:         `1:13 "enabeld": no such field in rotation of x.thing`,
		`it.zones[0].nam == "a"`:      `1:13 "nam": no such field in zone of x.thing`,
		"it.on &&\n  it.of":           `2:6 "of": no such field in x.thing`,
		`itt.on`:                      `1:1 "itt": no such variable`,
		`it.state`:                    `1:4 "": gives a string where true or false is meant`,
		`it.count`:                    `1:4 "": gives a int where true or false is meant`,
		`it`:                          `1:1 "it": the record itself is neither true nor false; name a field of it`,
		`it.count == "2"`:             `1:10 "": found no matching overload for '_==_' applied to '(int, string)'`,
		`it.limit < 3.5`:              `1:10 "": found no matching overload for '_<_' applied to '(int, double)'`,
		`it.on == 1`:                  `1:7 "": found no matching overload for '_==_' applied to '(bool, int)'`,
		`it.rotation == null`:         `1:4 "": a whole structure cannot be compared; name a field of it`,
		`it.rotation == it.fixed`:     `1:4 "": a whole structure cannot be compared; name a field of it`,
		`it.zones[0] in it.zones`:     `1:9 "": a whole structure cannot be compared; name a field of it`,
		`it == it`:                    `1:1 "": a whole structure cannot be compared; name a field of it`,
		`[null, null] == [] && it.on`: `1:2 "null": nothing is ever null here; ask with has() whether a field is there`,
		`(it.on ? it.rotation : it.fixed).enabled`: `1:13 "": a whole structure cannot be compared; name a field of it`,
		`it.zones == it.zones`:                     `1:4 "": whole structures cannot be compared; name a field`,
		`dyn(it.limit) < 3`:                        `1:4 "dyn": no such function`,
		`type(it.limit) == int`:                    `1:5 "type": no such function`,
		`[it.limit, "a"][0] == 5`:                  `1:12 "": expected type 'int' but found 'string'`,
		`it.any == 1`:                              `1:4 "any": a test cannot read this field: its type is interface {}`,
		`it.Meta.account == "x"`:                   `1:4 "Meta": no such field in x.thing`,
		`size(it.unknown) == 0`:                    `1:9 "unknown": no such field in x.thing`,
		`size(it.evidence) == 0`:                   `1:9 "evidence": no such field in x.thing`,
		`size(it.Unknown) == 0`:                    `1:9 "Unknown": no such field in x.thing`,
		`it.names.all(n, n == "a")`:                `1:13 "all": there are no quantifiers`,
		`it.names.exists(n, true)`:                 `1:16 "exists": there are no quantifiers`,
		`it.names.filter(n, true).size() > 0`:      `1:16 "filter": there are no quantifiers`,
		`expr.thing{state: "x"}.state == it.state`: `1:11 "": only fields, values, lists and functions may be used`,
		`true`:                `1:1 "": reads no field of the record, so it says nothing about it`,
		`as_of > period_from`: `1:7 "": reads no field of the record, so it says nothing about it`,
		`it.created.getHours("Europe/Berlin") > 3`:     `1:20 "getHours": no such function`,
		`it.state.matches("[")`:                        `1:18 "": invalid matches argument`,
		`duration("3 days") < duration("4h") && it.on`: `1:10 "": invalid duration argument`,
		`it.on &&`:        `1:9 "": mismatched input '<EOF>'`,
		`it.on = true`:    `1:7 "": token recognition error at: '= '`,
		`it.on and it.on`: `1:7 "": mismatched input 'and'`,
		strings.Repeat("it.on && ", 500) + "it.on":          `1:1 "": expression code point size exceeds limit`,
		strings.Repeat("(", 100) + strings.Repeat(")", 100): `1:1 "": expression recursion limit exceeded: 64`,
	} {
		p, problems := c.Compile(src)
		if p != nil || len(problems) == 0 {
			t.Errorf("%s: compiles", src)
			continue
		}
		got := fmt.Sprintf("%d:%d %q: %s", problems[0].Line, problems[0].Column, problems[0].Value, problems[0].What)
		if !strings.HasPrefix(got, want) {
			t.Errorf("%.60s:\ngot  %s\nwant %s", src, got, want)
		}
	}
}

func TestCompileSaysEverything(t *testing.T) {
	_, problems := cage(t).Compile("it.statee == 'x' &&\nit.count == 'y' &&\nit.off")
	var got []string
	for _, p := range problems {
		got = append(got, fmt.Sprintf("%d:%d", p.Line, p.Column))
	}
	if want := []string{"1:4", "2:10", "3:4"}; !cmp.Equal(got, want) {
		t.Errorf("problems at %v, want %v: %+v", got, want, problems)
	}
}

func TestFields(t *testing.T) {
	c := cage(t)
	p := compile(t, c, `has(it.rotation) && it.rotation.enabled && it.rotation.days < 3 && it.tags["Owner"] == "x" && it.zones[0].state == "A" && it.names[it.count] == "y" && it.rotation.enabled && size(it.zones) > 0`)
	want := []string{"rotation.enabled", "rotation.days", `tags["Owner"]`, "zones[0].state", "names", "count"}
	if diff := cmp.Diff(want, p.Fields()); diff != "" {
		t.Error(diff)
	}
}

func TestValues(t *testing.T) {
	c := cage(t)
	p := compile(t, c, `it.on && it.limit < 3 && it.state == "" && it.label == "" && it.created < as_of && has(it.rotation) && it.fixed.days < 3 && it.tags["Owner"] == "x" && it.zones[0].name == "A" && "a" in it.names && it.ratio > 1.0 && it.region == "r"`)
	texts := func(rec *thing) map[string]string {
		out := map[string]string{}
		for _, v := range p.Values(c.Subject(moment, rec)) {
			out[v.Field] = v.Text
		}
		return out
	}
	if diff := cmp.Diff(map[string]string{"on": "true", "limit": "5", "state": "Enabled", "label": "a", "created": "2026-08-02T09:00:00Z", "rotation": "(present)",
		"fixed.days": "(absent)", `tags["Owner"]`: "x", "zones[0].name": "eu-west-1a", "names": `["a","b"]`, "ratio": "0.5", "region": "eu-west-1"}, texts(full())); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"on": "(unknown: AccessDenied)", "limit": "(absent)", "state": "(empty)", "label": "(absent)", "created": "(absent)", "rotation": "(absent)",
		"fixed.days": "(unknown: AccessDenied)", `tags["Owner"]`: "(absent)", "zones[0].name": "(unknown: AccessDenied)", "names": "(empty)", "ratio": "0", "region": "(empty)"},
		texts(unknown(empty(), "on", "fixed", "zones.3.name"))); diff != "" {
		t.Error(diff)
	}
}

func TestLongValue(t *testing.T) {
	c := cage(t)
	rec := full()
	rec.State = state(strings.Repeat("é", maxText+7))
	got := compile(t, c, `it.state == ""`).Values(c.Subject(moment, rec))[0].Text
	if want := strings.Repeat("é", maxText) + "… (7 characters more)"; got != want {
		t.Errorf("ends with %q", got[len(got)-40:])
	}
}

func TestCostLimit(t *testing.T) {
	c := cage(t)
	rec := full()
	for i := range 3000 {
		rec.Names = append(rec.Names, strings.Repeat("n", 400)+fmt.Sprint(i))
	}
	v := compile(t, c, `it.names[3000].matches("(n*)*x") || it.names[3000].contains(it.names[2999]) || it.names == it.names && `+strings.Repeat(`"z" in it.names || `, 200)+`it.on`).Eval(c.Subject(moment, rec))
	if v.Answer != True && !strings.Contains(v.Fault, "cost limit") {
		t.Errorf("neither an answer nor a fault: %+v", v)
	}
}

func TestKindWithoutName(t *testing.T) {
	k := evidence.Kind{Name: "x.y", Type: reflect.TypeFor[struct{ evidence.Meta }]()}
	if _, err := NewCage(k); err == nil || !strings.Contains(err.Error(), "without a name") {
		t.Errorf("got %v", err)
	}
}

// Whatever the text, Compile ends, and what compiles gives an answer.
func FuzzCompile(f *testing.F) {
	for _, s := range []string{`it.on && has(it.limit)`, `it.zones[0].name == "a"`, `it.tags["x"] in it.names`, `-it.count + 1 > 2 ? it.on : !it.on`, `[it.state][0] == ""`, `{"a": it}["a"].on`, `it.on[`, `has(has(it.on))`} {
		f.Add(s)
	}
	c := cage(f)
	recs := []*thing{full(), empty(), present(), unknown(full(), "on", "zones.0.name", "nonsense")}
	f.Fuzz(func(t *testing.T, src string) {
		p, problems := c.Compile(src)
		if (p == nil) != (len(problems) > 0) {
			t.Fatalf("%q: a program and problems, or neither", src)
		}
		if p == nil {
			return
		}
		for _, r := range recs {
			s := c.Subject(moment, r)
			if v := p.Eval(s); v.Answer == Undecided && v.Fault == "" && len(v.Unknown) == 0 {
				t.Errorf("%q: undecided, and nothing says why", src)
			}
			p.Values(s)
		}
	})
}

func BenchmarkEval(b *testing.B) {
	c := cage(b)
	where := compile(b, c, `it.state == "Enabled" && it.region.startsWith("eu-")`)
	expect := compile(b, c, `it.rotation.enabled && it.rotation.days <= 365`)
	rec := full()
	b.ReportAllocs()
	for b.Loop() {
		s := c.Subject(moment, rec)
		if where.Eval(s).Answer != True || expect.Eval(s).Answer != True {
			b.Fatal("not met")
		}
	}
}

func BenchmarkEvalUnknown(b *testing.B) {
	c := cage(b)
	expect := compile(b, c, `it.rotation.enabled && it.rotation.days <= 365`)
	rec := unknown(full(), "rotation")
	b.ReportAllocs()
	for b.Loop() {
		if expect.Eval(c.Subject(moment, rec)).Answer != Undecided {
			b.Fatal("decided")
		}
	}
}
