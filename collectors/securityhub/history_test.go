package securityhub

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
	"github.com/auditseal/auditseal/testdata/scenario"
)

// Rotation was off for three days in August, and the daily check saw it some hours later.
func TestFindingHistoryOfTheDemo(t *testing.T) {
	o := scenario.Demo()
	r := readHistory(t, o, scenario.DemoPayments, ireland, []string{"EC2.7", "KMS.4", "S3.1"}, tape.Redactor{})
	if len(r.Gaps) > 0 {
		t.Fatalf("gaps %+v", r.Gaps)
	}
	key := o.In(scenario.DemoPayments, ireland).Key("example/ledger-db").ID
	var ledger *FindingTimeline
	timelines := map[string]int{}
	for _, x := range celltest.Of[FindingTimeline](r) {
		timelines[x.Control]++
		if x.Control == "KMS.4" && strings.HasSuffix(x.Resources[0], key) {
			ledger = x
		}
		if x.Control == "S3.1" && x.Entries > 100 {
			timelines["long"]++
		}
	}
	findings := map[string]int{}
	for _, f := range celltest.Of[Finding](r) {
		findings[*f.Control]++
	}
	if timelines["KMS.4"] != findings["KMS.4"] || timelines["S3.1"] != findings["S3.1"] || timelines["EC2.7"] != 1 || timelines["KMS.3"] != 0 || timelines["long"] != 1 {
		t.Errorf("timelines %v of findings %v", timelines, findings)
	}
	off, on := time.Date(2026, 8, 4, 21, 22, 0, 0, time.UTC), time.Date(2026, 8, 7, 16, 3, 0, 0, time.UTC)
	since := scenario.Now.AddDate(0, 0, -90)
	yes, no := true, false
	want := evidence.Timeline{Source: "security-hub", ID: "KMS.4", Resources: ledger.Resources, From: since, To: *ledger.KnownUntil,
		Turns: []evidence.Turn{{At: since, Passed: &yes}, {At: off, Passed: &no}, {At: on, Passed: &yes}}}
	if d := cmp.Diff(want, ledger.Timeline()); d != "" {
		t.Error(d)
	}
	if *ledger.CoversPeriod || ledger.Entries != 4 || ledger.Compliance != "PASSED" {
		t.Errorf("timeline %+v", ledger)
	}
	var seen []string
	for _, c := range celltest.Of[FindingChange](r) {
		if c.Finding == ledger.ID {
			seen = append(seen, c.Updated.Format("01-02 15:04 ")+*c.Field+" "+*c.Old+" "+*c.New+" "+*c.Source)
		}
		if c.Control == "EC2.7" && (*c.Field != "Workflow.Status" || *c.Source != "BATCH_UPDATE_FINDINGS" || !strings.HasSuffix(*c.By, ":role/security-lead")) {
			t.Errorf("change %+v", c)
		}
	}
	if d := cmp.Diff([]string{"08-07 16:03 Workflow.Status NEW RESOLVED BATCH_IMPORT_FINDINGS", "08-07 16:03 Compliance.Status FAILED PASSED BATCH_IMPORT_FINDINGS",
		"08-04 21:22 Workflow.Status RESOLVED NEW BATCH_IMPORT_FINDINGS", "08-04 21:22 Compliance.Status PASSED FAILED BATCH_IMPORT_FINDINGS"}, seen); d != "" {
		t.Error(d)
	}
}

// Nobody asks where no test over the period names a control, and the populations do not read as empty then.
func TestNoHistoryIsAskedForNoControl(t *testing.T) {
	r := readHistory(t, scenario.Demo(), scenario.DemoPayments, ireland, nil, tape.Redactor{})
	g := r.GapsOf("GetFindingHistory")
	if len(g) != 1 || g[0].Outcome != evidence.Skipped || !cmp.Equal(g[0].Kinds, []string{"securityhub.finding_change", "securityhub.finding_timeline"}) {
		t.Errorf("gaps %+v", g)
	}
	for _, c := range r.Cells {
		if c.Operation == "GetFindingHistory" && (c.Outcome != evidence.Skipped || c.Exchanges != 0) {
			t.Errorf("cell %+v", c)
		}
	}
}

// What a note says, and who wrote it, stands in a history as the value of a field.
func TestPeopleInHistoriesAreRedacted(t *testing.T) {
	r := readHistory(t, scenario.Demo(), scenario.DemoPayments, ireland, []string{"EC2.7", "KMS.4"}, tape.Redactor{Identity: true})
	for _, c := range celltest.Of[FindingChange](r) {
		if *c.By != "REDACTED" || *c.Old == "REDACTED" || *c.New == "REDACTED" {
			t.Errorf("change %+v, by %s, from %s to %s", c, *c.By, *c.Old, *c.New)
		}
	}
	files, err := filepath.Glob(filepath.Join(r.Tape, "*", "*", "securityhub.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, who := range []string{"pat.example@example.com", "role/security-lead"} {
			if strings.Contains(string(b), who) {
				t.Errorf("%s is written down in %s", who, f)
			}
		}
	}
}

func TestVerdictsOfAHistory(t *testing.T) {
	entry := func(at string, updates ...string) string {
		return `{"FindingIdentifier":{"Id":"a","ProductArn":"p"},"UpdateTime":"2026-` + at + `T00:00:00.000Z","FindingCreated":false,"UpdateSource":{"Type":"BATCH_IMPORT_FINDINGS","Identity":"i"},"Updates":[` +
			strings.Join(updates, ",") + `]}`
	}
	status := func(field, old, now string) string {
		s := `{"UpdatedField":"` + field + `"`
		if old != "" {
			s += `,"OldValue":"` + old + `"`
		}
		if now != "" {
			s += `,"NewValue":"` + now + `"`
		}
		return s + "}"
	}
	compliance := func(old, now string) string { return status("Compliance.Status", old, now) }
	const old, fresh = `"CreatedAt":"2026-01-01T00:00:00Z"`, `"CreatedAt":"2026-08-01T00:00:00Z"`
	const failed = `"Compliance":{"Status":"FAILED","SecurityControlId":"KMS.4"}`
	for _, c := range []struct {
		what, history string
		finding       []string
		want          string
	}{
		{"nothing changed", "", []string{old}, "07-03 PASSED"},
		{"made in the period", "", []string{fresh}, "08-01 PASSED"},
		{"failed for a while", entry("08-09", compliance("FAILED", "PASSED")) + "," + entry("08-04", compliance("PASSED", "FAILED")), []string{old}, "07-03 PASSED, 08-04 FAILED, 08-09 PASSED"},
		{"a change before what is kept", entry("07-01", compliance("PASSED", "FAILED")), []string{old, failed}, "07-03 FAILED"},
		{"other words", entry("08-04", compliance("WARNING", "NOT_AVAILABLE")) + "," + entry("08-05", compliance("NOT_AVAILABLE", "PASSED")), []string{old},
			"07-03 WARNING, 08-04 NOT_AVAILABLE, 08-05 PASSED"},
		{"a word that nobody documents", entry("08-04", compliance("SPLENDID", "PASSED")), []string{old}, "07-03 SPLENDID, 08-04 PASSED"},
		{"a value that is left out", entry("08-04", compliance("PASSED", "")) + "," + entry("08-05", compliance("FAILED", "PASSED")), []string{old}, "07-03 PASSED, 08-04 ?, 08-05 PASSED"},
		{"no value before", entry("08-04", compliance("", "PASSED")), []string{old}, "07-03 ?, 08-04 PASSED"},
		{"a change that is missing", entry("08-04", compliance("PASSED", "FAILED")) + "," + entry("08-06", compliance("NOT_AVAILABLE", "PASSED")), []string{old}, "07-03 PASSED, 08-04 ?, 08-06 PASSED"},
		{"the last change is not what the finding says", entry("08-04", compliance("FAILED", "WARNING")), []string{old}, "07-03 FAILED, 08-04 ?"},
		{"two changes of one moment", entry("08-04", compliance("PASSED", "FAILED"), compliance("FAILED", "PASSED")), []string{old}, "07-03 ?"},
		{"archived for a while", entry("08-04", status("RecordState", "ACTIVE", "ARCHIVED")) + "," + entry("08-06", status("RecordState", "ARCHIVED", "ACTIVE")), []string{old},
			"07-03 PASSED, 08-04 ?, 08-06 PASSED"},
		{"suppressed, which is no verdict", entry("08-04", status("Workflow.Status", "NEW", "SUPPRESSED")), []string{old, failed}, "07-03 FAILED"},
		{"all of Compliance at once", entry("08-04", status("Compliance", "{}", "{}")), []string{old}, "07-03 ?"},
		{"not updated since", "", []string{old, `"UpdatedAt":"2026-08-20T00:00:00Z"`}, "07-03 PASSED until 08-20"},
		{"no time of making", "", nil, ""},
		{"no time of making but in the history", strings.Replace(entry("08-02"), `"FindingCreated":false`, `"FindingCreated":"true"`, 1), nil, "08-02 PASSED"},
		{"no time of an update", "", []string{old, `"UpdatedAt":"yesterday"`}, ""},
		{"updated before it was made", "", []string{fresh, `"UpdatedAt":"2026-07-20T00:00:00Z"`}, ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			r := (&hub{findings: finding("a", c.finding...), history: []string{"KMS.4"}, own: map[string]string{"POST /findingHistory/get": `{"Records":[` + c.history + `]}`}}).run(t)
			x := celltest.One[FindingTimeline](t, r, "a")
			var got []string
			for _, v := range x.Verdicts {
				word := "?"
				if v.Compliance != nil {
					word = *v.Compliance
				}
				if (v.Passed != nil) != (word == "PASSED" || word == "FAILED") || v.Passed != nil && *v.Passed != (word == "PASSED") {
					t.Errorf("%s passed: %v", word, v.Passed)
				}
				got = append(got, v.At.Format("01-02 ")+word)
			}
			text := strings.Join(got, ", ")
			if x.KnownUntil != nil && x.KnownUntil.Format("01-02") < "09-30" {
				text += " until " + x.KnownUntil.Format("01-02")
			}
			if twice := c.what == "two changes of one moment"; text != c.want || len(r.Gaps) > 0 != twice {
				t.Errorf("%q, not %q; gaps %+v", text, c.want, r.Gaps)
			}
			if (x.KnownSince == nil) != (c.want == "") || (x.CoversPeriod == nil) != (c.want == "") || x.CoversPeriod != nil && *x.CoversPeriod {
				t.Errorf("timeline %+v", x)
			}
			if l := x.Timeline(); len(l.Turns) != len(x.Verdicts) || c.want == "" && !l.To.IsZero() {
				t.Errorf("as a timeline %+v", l)
			}
		})
	}
}

// A history that cannot be read, or that leaves out what tells one change from another, shows no verdict at any time.
func TestAHistoryThatIsNotWholeShowsNothing(t *testing.T) {
	good := `{"UpdateTime":"2026-08-04T00:00:00.000Z","Updates":[{"UpdatedField":"Compliance.Status","OldValue":"FAILED","NewValue":"PASSED"}]}`
	for what, body := range map[string]string{
		"no list":           `{}`,
		"no time":           `{"Records":[` + good + `,{"Updates":[]}]}`,
		"no field":          `{"Records":[` + good + `,{"UpdateTime":"2026-08-05T00:00:00.000Z","Updates":[{"NewValue":"FAILED"}]}]}`,
		"another's entry":   `{"Records":[` + good + `,{"FindingIdentifier":{"Id":"b","ProductArn":"p"},"UpdateTime":"2026-08-05T00:00:00.000Z","Updates":[]}]}`,
		"a time in no form": `{"Records":[{"UpdateTime":"soon","Updates":[]}]}`,
		"half a page":       `{"Records":[` + good,
		"a repeated token":  `{"Records":[` + good + `],"NextToken":"again"}`,
	} {
		t.Run(what, func(t *testing.T) {
			r := (&hub{findings: finding("a", `"CreatedAt":"2026-01-01T00:00:00Z"`), history: []string{"KMS.4"}, own: map[string]string{"POST /findingHistory/get": body}}).run(t)
			x := celltest.One[FindingTimeline](t, r, "a")
			for _, f := range []string{"covers_period", "entries", "known_since", "known_until", "verdicts"} {
				if celltest.Unknown(x, f) == "" {
					t.Errorf("%s is not unknown", f)
				}
			}
			if l := x.Timeline(); len(l.Turns) > 0 || !l.From.IsZero() || !l.To.IsZero() || x.Entries != 0 {
				t.Errorf("timeline %+v", l)
			}
			whole := true
			for _, g := range r.GapsOf("GetFindingHistory") {
				for _, k := range g.Kinds {
					whole = whole && k != "securityhub.finding_change"
				}
			}
			if whole {
				t.Errorf("the changes read as whole: %+v", r.Gaps)
			}
		})
	}
}
