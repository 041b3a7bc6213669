package pdf

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/johnfercher/maroto/v2/pkg/core"
	"github.com/johnfercher/maroto/v2/pkg/core/entity"
	"github.com/johnfercher/maroto/v2/pkg/props"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/report"
)

// A shape is what a cell of a strip is made of: its rectangles in grey, and its text.
type shape struct {
	core.Provider
	parts []string
}

func (s *shape) AddLine(c *entity.Cell, p *props.Line) {
	grey := (299*p.Color.Red + 587*p.Color.Green + 114*p.Color.Blue) / 1000 / 32
	s.parts = append(s.parts, fmt.Sprintf("%.2f %.2f %.2f %.2f %.2f %d", c.X, c.Y, c.Width, c.Height, p.Thickness, grey))
}

func (s *shape) AddText(text string, _ *entity.Cell, _ *props.Text) { s.parts = append(s.parts, text) }

// Each result looks another way than every other in grey, in a cell as wide as a day and in one as narrow as on the summary; in the narrow
// one no letter helps.
func TestDaysDifferInGrey(t *testing.T) {
	l, err := loadLooks()
	if err != nil {
		t.Fatal(err)
	}
	fs, err := loadFaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []float64{dayWide - dayGap, 1} {
		seen := map[string]string{}
		for _, name := range append(report.DayResults(), "no such result") {
			s := &shape{}
			p := &painter{provider: s, looks: l, faces: fs}
			p.day(name, 10, 10, w, dayHigh)
			look := strings.Join(s.parts, "\n")
			if other, twice := seen[look]; twice || look == "" {
				t.Errorf("%s looks like %q in a cell of %.1f mm", name, other, w)
			}
			seen[look] = name
		}
	}
}

// yearOf makes the fixture's test over the period one of 366 days.
func yearOf(d *report.Document) {
	for i := range d.Tests {
		x := &d.Tests[i]
		if x.Period == nil {
			continue
		}
		x.Strip = nil
		for at := time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() == 2028; at = at.AddDate(0, 0, 1) {
			worst := report.DayMet
			if n := at.YearDay(); n%41 < 3 {
				worst = report.DayResults()[n/41%6]
			}
			x.Strip = append(x.Strip, report.StripDay{Date: at, Worst: worst, Day: assess.Day{Date: at.Format(time.DateOnly)}})
		}
	}
}

// A year wraps by month, and every month is there.
func TestYear(t *testing.T) {
	d := fixture(t)
	yearOf(d)
	if *out != "" {
		writeOut(t, strings.TrimSuffix(*out, ".pdf")+"-year.pdf", render(t, d))
	}
	all := canvasOf(t, d).text()
	for m := time.January; m <= time.December; m++ {
		if want := m.String()[:3] + " 2028"; strings.Count(all, want) != 2 {
			t.Errorf("%s stands %d times, once a test", want, strings.Count(all, want))
		}
	}
	if want := "A cell is a stretch of 7 days"; !strings.Contains(all, want) {
		t.Errorf("the summary does not say %q", want)
	}
}

// The summary has two pages with tests over the period too, however many there are.
func TestSummaryStaysTwoPages(t *testing.T) {
	d := fixture(t)
	for i := range 40 {
		for _, x := range d.Tests {
			if x.Period != nil {
				x.ID = fmt.Sprintf("%s-%d", x.ID, i)
				d.Tests = append(d.Tests, x)
				break
			}
		}
	}
	for i := range d.Populations { // and however many populations are not whole, in however many places
		p := &d.Populations[i]
		p.Complete = false
		for len(p.Gaps.First) < 3 {
			p.Gaps.First = append(p.Gaps.First, evidence.Gap{Outcome: evidence.NotEnabled, Account: "111122223333", Region: fmt.Sprintf("ap-southeast-%d", len(p.Gaps.First)+1)})
		}
	}
	for len(d.Ledger.Codes) < 12 {
		d.Ledger.Codes = append(d.Ledger.Codes, d.Ledger.Codes[0])
	}
	d.Populations = append(d.Populations, append(d.Populations, d.Populations...)...)
	b, err := newBook(d)
	if err != nil {
		t.Fatal(err)
	}
	b.summary()
	if n := len(b.sheets); n != 2 {
		t.Errorf("%d pages", n)
	}
	if all := draw(b).text(); !strings.Contains(all, "4 of 42 tests over the period shown, worst first.") {
		t.Error("the summary does not say how many tests over the period there are")
	}
}

// A test over the period tells its edges, who made them, its unknown time by cause, and both sides of a disagreement.
func TestPeriodIsTold(t *testing.T) {
	d := fixture(t)
	all := canvasOf(t, d).text()
	squashed := squash(all)
	for _, x := range d.Tests {
		if x.Period == nil {
			continue
		}
		for _, f := range append(x.Exceptions.First, x.Unknowns.First...) {
			i := f.Interval
			for _, want := range []string{f.Record, report.Instant(i.From), report.Instant(i.To), report.Span(i.To.Sub(i.From)), i.Code} {
				if !strings.Contains(squashed, squash(want)) {
					t.Errorf("%s: %q is on no page", x.ID, want)
				}
			}
		}
		for _, f := range x.Exceptions.First {
			for _, e := range []assess.Edge{f.Interval.Begins, f.Interval.Ends} {
				want := []string{e.Item, e.What}
				if e.Change != nil {
					want = append(want, d.Words.Change(e.Change.Status))
					for _, ev := range e.Change.Events {
						want = append(want, ev.ID, ev.Principal, ev.Name, report.Instant(ev.Time))
					}
				}
				for _, w := range want {
					if !strings.Contains(squashed, squash(w)) {
						t.Errorf("%s: %q of an edge is on no page", x.ID, w)
					}
				}
			}
		}
		for _, u := range x.Period.Unknown {
			if !strings.Contains(squashed, squash(d.Words.Cause(u.Code))) {
				t.Errorf("%s: nobody says why time is unknown: %s", x.ID, u.Code)
			}
		}
	}
	for _, want := range []string{"2 disagreements with AWS's own timelines", "6 resources at some moment of the period, as AWS Config tells; 1 created and 1 deleted in it", "24h: an exception that lasted no longer", "tolerated", "92 days: 13 with an exception, 11 more with unknown time", "1 created and 1 deleted in it"} {
		if !strings.Contains(all, want) {
			t.Errorf("no page says %q", want)
		}
	}
	if regexp.MustCompile(`\d\s*%`).MatchString(all) {
		t.Error("a page gives a percentage")
	}
}

// "No occurrences in the period" stands in the words that auditors use.
func TestNotTested(t *testing.T) {
	d := fixture(t)
	for i := range d.Tests {
		if x := &d.Tests[i]; x.ID == "kms-external-key-store-throughout" {
			x.Result = assess.NotTested
		}
	}
	if all := canvasOf(t, d).text(); !strings.Contains(all, "No occurrences in the period; operating effectiveness not tested.") {
		t.Error("no page says so")
	}
}

// Hostile words in what periods carry stay inside the page.
func TestHostilePeriod(t *testing.T) {
	d := fixture(t)
	h := "=1+1 \x1b[31m\u202e 🔑 " + strings.Repeat("W", 300)
	for i := range d.Tests {
		x := &d.Tests[i]
		if x.Period == nil {
			continue
		}
		x.Tolerance = h
		for _, list := range [][]assess.Finding{x.Exceptions.First, x.Unknowns.First} {
			for j := range list {
				f := &list[j]
				f.Record, f.Account, f.Fields, f.Fault = h, h, []evidence.Unknown{{Field: h, Code: h}}, h
				f.Interval.Code, f.Interval.Reason, f.Interval.Source = h, h, h
				f.Interval.Begins = assess.Edge{Item: h, What: h, Change: &assess.Change{Status: h, Events: []assess.ChangeEvent{{ID: h, Name: h, Principal: h}, {}}, Evidence: []string{h}}}
			}
		}
		for j := range x.Period.Unknown {
			x.Period.Unknown[j].Code, x.Period.Unknown[j].Reason = h, h
		}
		for j := range x.Period.Disagreements {
			g := &x.Period.Disagreements[j]
			g.Record, g.Region, g.Source, g.ID, g.Ours, g.Theirs = h, h, h, h, h, h
		}
	}
	render(t, d)
	for _, l := range canvasOf(t, d).lines {
		if end := l.x + l.width; l.x < 0 || end > pageWidth-10 || l.y < 5 || l.y > pageHeight-5 {
			t.Errorf("page %d: %.60q stands at %.1f to %.1f, %.1f", l.page, l.text, l.x, end, l.y)
		}
	}
}

func writeOut(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
}
