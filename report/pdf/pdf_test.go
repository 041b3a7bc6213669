package pdf

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/report"
	"github.com/auditseal/auditseal/report/reporttest"
	"github.com/auditseal/auditseal/report/text"
)

var out = flag.String("out", "", "write the fixture's report to this file, to look at")

func fixture(t testing.TB) *report.Document {
	t.Helper()
	d, err := report.Load(os.DirFS("../testdata/pack"), reporttest.Kinds())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func render(t testing.TB, d *report.Document) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFixture(t *testing.T) {
	b := render(t, fixture(t))
	if *out != "" {
		if err := os.WriteFile(*out, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// Core fonts would lose letters; images would make the bytes differ from run to run.
	for _, never := range []string{"/Type1", "/Subtype /Image", "/Encrypt"} {
		if bytes.Contains(b, []byte(never)) {
			t.Errorf("the PDF holds %s", never)
		}
	}
	if n := bytes.Count(b, []byte("/FontFile2")); n == 0 {
		t.Error("no font is embedded")
	}
}

// gofpdf writes the time of day, and maps in their order, unless it is kept from both.
func TestSameBytesAcrossAClockTick(t *testing.T) {
	first := render(t, fixture(t))
	time.Sleep(1100 * time.Millisecond)
	if second := render(t, fixture(t)); !bytes.Equal(first, second) {
		t.Fatal("the same document gives other bytes a second later")
	}
}

// The settings that make that so are those of the whole process: two reports at once must not get each other's dates.
func TestTwoAtOnce(t *testing.T) {
	docs := []*report.Document{fixture(t), fixture(t)}
	docs[1].Time = docs[1].Time.Add(-24 * time.Hour)
	want := [][]byte{render(t, docs[0]), render(t, docs[1])}
	if bytes.Equal(want[0], want[1]) {
		t.Fatal("the date of the evidence is not in the file")
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			var b bytes.Buffer
			if err := Write(&b, docs[i%2]); err != nil || !bytes.Equal(b.Bytes(), want[i%2]) {
				t.Errorf("report %d differs when others are made at the same time (%v)", i, err)
			}
		}()
	}
	wg.Wait()
}

// squash takes the spaces out: where lines break is the layout's to say.
func squash(s string) string { return strings.Join(strings.Fields(s), "") }

// Everything that the document holds in memory stands on some page, whole.
func TestNothingIsLost(t *testing.T) {
	d := fixture(t)
	all := squash(canvasOf(t, d).text())
	f, err := loadFaces()
	if err != nil {
		t.Fatal(err)
	}
	want := func(what, s string) {
		t.Helper()
		if s := squash(text.Visible(s, f.sans.has)); !strings.Contains(all, s) {
			t.Errorf("%s is not on the pages: %.120q", what, s)
		}
	}
	findings := func(test string, list []assess.Finding) {
		for _, x := range list {
			want(test, x.Record)
			for _, v := range x.Values {
				if len(v.Value) < 2000 { // longer ones run over pages; TestTallCell holds those
					want(test, v.Field+" = "+v.Value)
				}
			}
			for _, u := range x.Fields {
				want(test, u.Field+" is unknown: "+u.Code+", "+u.Gap)
			}
			for _, id := range x.Evidence {
				want(test, id)
			}
			if a := x.Accepted; a != nil {
				want(test, a.ID)
				want(test, "Owner: "+a.Owner+". Approver: "+a.Approver+". Reason: "+a.Reason)
			}
		}
	}
	want("id", d.ID)
	want("digest", d.Assessed.String())
	for _, x := range d.Tests {
		for _, s := range []string{x.ID, x.Statement, x.Where, x.Expect, x.Manual, x.Why, x.Reason} {
			want(x.ID, s)
		}
		findings(x.ID, x.Exceptions.First)
		findings(x.ID, x.Unknowns.First)
	}
	for _, fr := range d.Frameworks {
		want("framework", fr.Title)
		for _, g := range fr.Groups {
			want("group", g.Title)
			for _, c := range g.Controls {
				for _, s := range []string{c.ID, c.Title, c.Manual, c.NotApplicable, c.Planned, strings.Join(c.SecurityHub, ", "), strings.Join(c.ConfigRules, ", ")} {
					want(c.ID, s)
				}
			}
		}
	}
	for _, g := range d.Ledger.First {
		for _, s := range []string{g.ID, g.Code, g.Message, g.RequestID, g.Evidence, g.Resource} {
			want(g.ID, s)
		}
	}
	for _, r := range d.Requests {
		want(r.ID, r.ID)
		want(r.ID, r.Description)
	}
	for _, x := range d.Supplied {
		for _, s := range []string{x.File, x.SHA256.String(), x.Owner, x.Note, x.Effective, x.Expires} {
			want(x.File, s)
		}
	}
	for _, a := range d.Accepted {
		want(a.ID, a.Reason)
		want(a.ID, a.Record)
	}
	for _, l := range d.Limits {
		want("limit", l.Title)
		want("limit", l.Text)
	}
	for _, x := range d.Evidence.Files {
		want("file", x.Path)
		want("file", x.SHA256.String())
	}
	for _, x := range d.Evidence.Cited {
		want("cited", fmt.Sprintf("%s%s line %d", x.ID, x.File, x.Line))
	}
	for _, p := range d.Populations {
		want(p.Kind, p.SHA256.String())
		want(p.Kind, p.Doc) // their fields stand in the workbook
	}
	for _, c := range d.Run.Callers {
		want("caller", c.ARN)
		want("caller", c.Failure)
	}
	for _, x := range d.Run.Scope.Excluded {
		want("excluded", x.Account+x.Reason)
	}
}

// Every line of every page stands inside the page, and every table's line inside its column.
func TestNothingRunsOver(t *testing.T) {
	d := fixture(t)
	worsen(d)
	c := canvasOf(t, d)
	for _, l := range c.lines {
		end := l.x + l.width
		if l.x < 0 || end > pageWidth-10 || l.y < 5 || l.y > pageHeight-5 {
			t.Errorf("page %d: %.60q stands at %.1f to %.1f, %.1f", l.page, l.text, l.x, end, l.y)
		}
	}
	b, err := compose(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range b.sheets {
		y := 0.0
		for _, r := range s.rows {
			if r.y+r.row.height() > bottom+1e-6 {
				t.Errorf("page %d: a row stands from %.2f to %.2f", s.number, r.y, r.y+r.row.height())
			}
			tr, ok := r.row.(*tableRow)
			if !ok {
				continue
			}
			if r.y < y-1e-6 {
				t.Errorf("page %d: a row stands at %.2f, the one above ends at %.2f", s.number, r.y, y)
			}
			y = r.y + r.row.height()
			for i, cell := range tr.cells {
				for _, l := range cell {
					if w := l.style.face.measure(l.text, l.style.size) + l.indent + 2*padX; w > tr.table.columns[i].width+0.05 {
						t.Errorf("page %d: %.60q is %.1f mm wide, its column %.1f", s.number, l.text, w, tr.table.columns[i].width)
					}
				}
			}
		}
	}
}

// worsen puts hostile and overlong text wherever a document can carry text from outside.
func worsen(d *report.Document) {
	h := strings.Join(reporttest.Hostile()[:9], " ") + " bad \xff\xfe utf-8 " + strings.Repeat("W", 400)
	d.Run.Organization = "Ex\u202eample 🏦 " + strings.Repeat("Corporation ", 12)
	d.Run.Role, d.Run.Redact, d.Run.PeriodName = h, []string{h}, h
	d.Run.Callers[0].ARN, d.Run.Callers[1].UserID, d.Run.Callers[3].Failure = h, h, h
	d.Run.Scope.Excluded[0].Reason = h
	for i := range d.Frameworks {
		f := &d.Frameworks[i]
		f.Title, f.Version, f.Source = h, h, h
		for j := range f.Groups {
			f.Groups[j].Title = h
			for k := range f.Groups[j].Controls {
				c := &f.Groups[j].Controls[k]
				c.ID, c.Title, c.Manual, c.SecurityHub = h, h, h, []string{h, h}
			}
		}
	}
	for i := range d.Tests {
		t := &d.Tests[i]
		t.ID, t.Statement, t.Where, t.Expect, t.Why, t.Reason = h, h, h, h, h, h
		for j := range t.Exceptions.First {
			x := &t.Exceptions.First[j]
			x.Record, x.Region = h, h
			x.Values = append(x.Values, assess.Value{Field: h, Value: h})
			if x.Accepted != nil {
				a := *x.Accepted
				a.Owner, a.Reason, a.ID = h, h, h
				x.Accepted = &a
			}
		}
	}
	for i := range d.Ledger.First {
		g := &d.Ledger.First[i]
		g.Message, g.Code, g.RequestID, g.Resource = h, h, h, h
	}
	for i := range d.Ledger.Codes {
		d.Ledger.Codes[i].Code = h
	}
	for i := range d.Supplied {
		d.Supplied[i].File, d.Supplied[i].Owner, d.Supplied[i].Note = h, h, h
	}
	for i := range d.Evidence.Cited {
		d.Evidence.Cited[i].File, d.Evidence.Cited[i].RequestID = h, h
	}
	d.Evidence.Missing = []string{h}
}

// What would crash the writer or vanish is written down instead.
func TestHostileTextEverywhere(t *testing.T) {
	d := fixture(t)
	worsen(d)
	pdf := render(t, d)
	all := squash(canvasOf(t, d).text())
	for _, want := range []string{"‹U+202E›", "‹U+1F511›", "‹U+65E5U+672CU+8A9E›", "‹xFFxFE›", "‹U+001B›[31mred", "‹U+200B›", strings.Repeat("W", 30)} {
		if !strings.Contains(all, want) {
			t.Errorf("%s is not on the pages", want)
		}
	}
	if bytes.Contains(pdf, []byte(" Tj ET")) {
		t.Error("the pages are not compressed")
	}
}

// A list without a bound says how much of it is shown, and where the rest stands.
func TestCapsSaySo(t *testing.T) {
	d := fixture(t)
	for i := range d.Tests {
		if x := &d.Tests[i]; x.ID == "kms-key-owner-tag" {
			x.Exceptions.Count, x.ExceptionCount = 5000, 5000
			x.Gaps.Count = 2600
		}
	}
	d.Ledger.GapCount = 100000
	all := canvasOf(t, d).text()
	for _, want := range []string{"25 of 5,000 shown; all are in the workbook, sheet Exceptions.", "1 of 2,600 shown; all are in the workbook, sheet Gaps.", "7 of 100,000 shown; all are in the workbook, sheet Gaps."} {
		if !strings.Contains(all, want) {
			t.Errorf("no page says %q", want)
		}
	}
}

// No page gives a percentage, and every result is told by a word and a shape of its own.
func TestNoScore(t *testing.T) {
	d := fixture(t)
	c := canvasOf(t, d)
	if m := regexp.MustCompile(`\d\s*%`).FindString(c.text()); m != "" {
		t.Errorf("a page says %q", m)
	}
	shapes := map[string]bool{}
	for _, r := range d.Words.Results {
		if shapes[r.Mark] || !strings.Contains(c.text(), r.Mark) || !strings.Contains(c.text(), r.Word) {
			t.Errorf("%s: mark %q and word %q must both be drawn, and be no other's", r.Result, r.Mark, r.Word)
		}
		shapes[r.Mark] = true
	}
	b, err := compose(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range append(marksOf(d), "◇", "×", "•", "…") {
		for _, r := range m {
			if !b.faces.mono.has(r) {
				t.Errorf("the mono font has no %q", m)
			}
		}
	}
}

func marksOf(d *report.Document) []string {
	var out []string
	for _, r := range d.Words.Results {
		out = append(out, r.Mark)
	}
	for _, o := range d.Words.Outcomes {
		out = append(out, o.Mark)
	}
	return out
}

// A document with nothing in it is still a report that says so.
func TestEmptyDocument(t *testing.T) {
	words, err := report.LoadWords()
	if err != nil {
		t.Fatal(err)
	}
	d := &report.Document{ID: "AS-0", Words: words, Time: time.Date(2026, 10, 2, 0, 0, 0, 0, time.UTC),
		Run: report.Run{Organization: "Example Corp", Tool: report.Tool{Name: "auditseal", Version: "0.1.0"}, Scope: evidence.Scope{Period: evidence.Period{From: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)}}}}
	render(t, d)
	all := canvasOf(t, d).text()
	for _, want := range []string{"nothing: the tape is empty", "Nothing was planned.", "Nothing is asked of people."} {
		if !strings.Contains(all, want) {
			t.Errorf("no page says %q", want)
		}
	}
	if strings.Contains(all, "every planned call was read in full") {
		t.Error("a ledger without a call is called complete")
	}
}

// A second opinion where it is installed: other people's readers open the file and find the text.
func TestPdftotext(t *testing.T) {
	bin, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext is not installed; the drawn lines are tested without it")
	}
	name := filepath.Join(t.TempDir(), "report.pdf")
	d := fixture(t)
	if err := os.WriteFile(name, render(t, d), 0o644); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd := exec.Command(bin, "-raw", name, "-")
	cmd.Stderr = &stderr
	b, err := cmd.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("pdftotext: %v: %s", err, stderr.String())
	}
	all := squash(string(b))
	for _, l := range canvasOf(t, d).lines {
		if s := squash(l.text); !strings.Contains(all, s) {
			t.Errorf("page %d: %q can't be read out again", l.page, l.text)
		}
	}
}
