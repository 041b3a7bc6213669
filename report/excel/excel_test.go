package excel

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/auditseal/auditseal/report"
	"github.com/auditseal/auditseal/report/reporttest"
)

func document(t testing.TB) *report.Document {
	t.Helper()
	d, err := report.Load(reporttest.Pack(), reporttest.Kinds())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func write(t testing.TB, d *report.Document, limit int) []byte {
	t.Helper()
	b, err := newBook(d, limit)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := b.write(&out); err != nil {
		t.Fatal(err)
	}
	// To look at it: AUDITSEAL_KEEP=/some/folder go test ./report/excel
	if dir := os.Getenv("AUDITSEAL_KEEP"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, t.Name()+".xlsx"), out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

func open(t testing.TB, b []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func rows(t testing.TB, f *excelize.File, sheet string) [][]string {
	t.Helper()
	r, err := f.GetRows(sheet, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// column gives the place of a title in a header row.
func columnAt(t testing.TB, header []string, title string) int {
	t.Helper()
	for i, h := range header {
		if h == title {
			return i
		}
	}
	t.Fatalf("no column %q in %q", title, header)
	return 0
}

func TestSameBytes(t *testing.T) {
	first := write(t, document(t), maxRows)
	for range 7 {
		if !bytes.Equal(write(t, document(t), maxRows), first) {
			t.Fatal("the same document gave other bytes")
		}
	}
}

func TestTestsOfControl(t *testing.T) {
	d := document(t)
	d.Frameworks = d.Frameworks[:1]
	f := open(t, write(t, d, maxRows))
	const sheet = "Tests of control"
	got := rows(t, f, sheet)
	want := []string{"Control ID", "Control", "Test ID", "Test performed", "Population", "Population size", "Sample", "Exceptions", "Result",
		"Evidence ID", "Auditor result", "Auditor initials", "Auditor reference", "Notes"}
	if diff := cmp.Diff(want, got[0]); diff != "" {
		t.Error(diff)
	}
	controls := 0
	for _, g := range d.Frameworks[0].Groups {
		controls += len(g.Controls)
	}
	if len(got)-1 < controls {
		t.Errorf("%d rows for %d controls", len(got)-1, controls)
	}
	for n, row := range got[1:] {
		for i := 10; i < len(row); i++ {
			if row[i] != "" {
				t.Errorf("row %d: the auditor's column %s holds %q", n+2, want[i], row[i])
			}
		}
		for i, locked := range map[string]bool{"A": true, "I": true, "K": false, "L": false, "M": false, "N": false} {
			id, err := f.GetCellStyle(sheet, fmt.Sprintf("%s%d", i, n+2))
			if err != nil {
				t.Fatal(err)
			}
			s, err := f.GetStyle(id)
			if err != nil {
				t.Fatal(err)
			}
			if (s.Protection == nil || s.Protection.Locked) != locked {
				t.Errorf("%s%d: locked is not %t", i, n+2, locked)
			}
		}
	}
	p, err := f.GetSheetProtection(sheet)
	if err != nil || p.Password != "" || !p.AutoFilter {
		t.Errorf("protection %+v, %v", p, err)
	}
	v, err := f.GetDataValidations(sheet)
	if err != nil || len(v) != 1 || v[0].Sqref != fmt.Sprintf("K2:K%d", len(got)) || v[0].ShowErrorMessage {
		t.Errorf("choices %+v, %v", v, err)
	}
}

func TestOneSheetAFramework(t *testing.T) {
	d := document(t)
	f := open(t, write(t, d, maxRows))
	for _, fw := range d.Frameworks {
		got := rows(t, f, "Tests - "+fw.ID)
		if got[1][0] != fw.Groups[0].Controls[0].ID {
			t.Errorf("%s begins with %q", fw.ID, got[1][0])
		}
	}
}

// Every list of the document is there whole, and every sheet looks as a working sheet should.
func TestSheets(t *testing.T) {
	d := document(t)
	f := open(t, write(t, d, maxRows))
	count := map[string]int{"Exceptions": 0, "Undecided": 0, "Accepted exceptions": len(d.Accepted), "Requests": len(d.Requests), "Gaps": d.Ledger.GapCount,
		"Ledger": d.Ledger.CellCount, "Populations": len(d.Populations), "Evidence index": d.Evidence.Count, "Test definitions": len(d.Tests)}
	for _, x := range d.Tests {
		count["Exceptions"] += x.Exceptions.Count
		count["Undecided"] += x.Unknowns.Count
	}
	for _, p := range d.Populations {
		count[p.Kind] = p.Size
	}
	for sheet, n := range count {
		if n == 0 {
			t.Errorf("the example has nothing for %s: the test shows nothing", sheet)
		}
		got := rows(t, f, sheet)
		if len(got)-1 != n {
			t.Errorf("%s has %d rows, want %d", sheet, len(got)-1, n)
		}
		last := letters(len(got[0])) + strconv.Itoa(n+1)
		if dim, err := f.GetSheetDimension(sheet); err != nil || dim != "A1:"+last {
			t.Errorf("%s: dimension %q, want A1:%s, %v", sheet, dim, last, err)
		}
		panes, err := f.GetPanes(sheet)
		if err != nil || !panes.Freeze || panes.YSplit != 1 {
			t.Errorf("%s: panes %+v, %v", sheet, panes, err)
		}
		layout, err := f.GetPageLayout(sheet)
		if err != nil || *layout.Orientation != "landscape" || *layout.FitToHeight != 0 {
			t.Errorf("%s: page %+v, %v", sheet, layout, err)
		}
		props, err := f.GetSheetProps(sheet)
		if err != nil || props.FitToPage == nil || !*props.FitToPage || props.TabColorRGB == nil {
			t.Errorf("%s: properties %+v, %v", sheet, props, err)
		}
	}
	filters, titles := 0, 0
	for _, n := range f.GetDefinedName() {
		switch n.Name {
		case "_xlnm._FilterDatabase":
			filters++
		case "_xlnm.Print_Titles":
			titles++
		}
	}
	if n := len(f.GetSheetList()) - 1; filters != n || titles != n {
		t.Errorf("%d filters and %d print titles on %d sheets", filters, titles, n)
	}
	p, err := f.GetDocProps()
	if at := d.Time.UTC().Format("2006-01-02T15:04:05Z"); err != nil || p.Created != at || p.Modified != at {
		t.Errorf("properties %+v, %v, want the evidence's time %s", p, err, at)
	}
}

// An exception leads to the index, the index to a line, and the line holds the exchange.
func TestExceptionsLeadToEvidence(t *testing.T) {
	pack := reporttest.Pack()
	for _, limit := range []int{maxRows, 20} {
		f := open(t, write(t, document(t), limit))
		n := 0
		for _, sheet := range f.GetSheetList() {
			if !strings.HasPrefix(sheet, "Exceptions") && !strings.HasPrefix(sheet, "Undecided") {
				continue
			}
			all := rows(t, f, sheet)
			at, where := columnAt(t, all[0], "Evidence ID"), columnAt(t, all[0], "Stands in")
			for i, row := range all[1:] {
				if row[at] == "–" && row[where] == "–" && sheet[0] == 'U' {
					continue // unknown time of which nothing was read
				}
				ok, target, err := f.GetCellHyperLink(sheet, letters(at+1)+strconv.Itoa(i+2))
				if err != nil || !ok {
					t.Fatalf("%s row %d leads nowhere: %v", sheet, i+2, err)
				}
				to, cell, _ := strings.Cut(target, "!")
				id, err := f.GetCellValue(strings.Trim(to, "'"), cell)
				if err != nil || id != row[at] {
					t.Errorf("%s row %d: %s leads to %s, which holds %q, %v", sheet, i+2, row[at], target, id, err)
				}
				var file string
				var line int
				if _, err := fmt.Sscanf(row[where], "%s line %d", &file, &line); err != nil {
					t.Fatal(err)
				}
				text, err := fs.ReadFile(pack, file)
				if err != nil {
					t.Fatal(err)
				}
				if got := strings.Split(string(text), "\n")[line-1]; !strings.HasPrefix(got, `{"id":"`+row[at]+`"`) {
					t.Errorf("%s does not hold %s", row[where], row[at])
				}
				n++
			}
		}
		if n == 0 {
			t.Error("the example has no exceptions: the test shows nothing")
		}
	}
}

// Tables too long for a sheet go on on the next, with nothing lost, doubled or out of order.
func TestSplit(t *testing.T) {
	d := document(t)
	whole := open(t, write(t, d, maxRows))
	const limit = 20
	parts := open(t, write(t, document(t), limit))
	list := map[string]bool{}
	for _, s := range parts.GetSheetList() {
		list[s] = true
	}
	for _, sheet := range []string{"Evidence index", "Exceptions", "kms.key", "config.rule_compliance", "Gaps"} {
		want := rows(t, whole, sheet)
		var got [][]string
		for i := 1; ; i++ {
			title := sheet
			if i > 1 {
				title = fmt.Sprintf("%s (%d)", sheet, i)
			}
			if !list[title] {
				break
			}
			part := rows(t, parts, title)
			if len(part) > limit {
				t.Errorf("%s has %d rows", title, len(part))
			}
			if diff := cmp.Diff(want[0], part[0]); diff != "" {
				t.Errorf("%s: %s", title, diff)
			}
			got = append(got, part[1:]...)
		}
		if diff := cmp.Diff(want[1:], got); diff != "" {
			t.Errorf("%s: %s", sheet, diff)
		}
	}
}

// What AWS sent stands as text: no formula, no number, no date, no control, nothing left out.
func TestHostileTextIsInert(t *testing.T) {
	b := write(t, document(t), maxRows)
	zr, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range zr.File {
		r, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		xml, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(xml, []byte("<f>")) || bytes.Contains(xml, []byte("<f ")) {
			t.Errorf("%s holds a formula", part.Name)
		}
		for _, c := range "\x1b\a\u202e\u200b\u200d\ufeff\t" {
			if bytes.ContainsRune(xml, c) {
				t.Errorf("%s holds %U", part.Name, c)
			}
		}
		if bytes.Contains(xml, []byte(`TargetMode="External"`)) {
			t.Errorf("%s leads outside", part.Name)
		}
	}
	f := open(t, b)
	all := rows(t, f, "kms.key")
	at := columnAt(t, all[0], "tags")
	var text strings.Builder
	for _, row := range all[1:] {
		if at < len(row) {
			text.WriteString(row[at] + "\n")
		}
	}
	for _, want := range []string{`"=HYPERLINK(`, "+cmd|' /C calc'!A0", "key 🔑 of 日本語 team", `"-1234.50"`, `"000123"`, `‹U+202E›`} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the tags do not hold %s", want)
		}
	}
	account := columnAt(t, all[0], "account")
	if got := all[1][account]; len(got) != 12 || got[0] != '0' {
		t.Errorf("the first account is %q", got)
	}
	kind, err := f.GetCellType("kms.key", letters(account+1)+"2")
	if err != nil || kind != excelize.CellTypeInlineString {
		t.Errorf("an account is %v, %v", kind, err)
	}
}

// A stream that ends early, goes on too long or breaks is an error, and never a shorter sheet.
func TestBrokenStreams(t *testing.T) {
	kms := func(d *report.Document) *report.Population {
		for i := range d.Populations {
			if d.Populations[i].Kind == "kms.key" {
				return &d.Populations[i]
			}
		}
		t.Fatal("no kms.key")
		return nil
	}
	for name, c := range map[string]struct {
		change func(*report.Document)
		want   string
	}{
		"too few": {func(d *report.Document) {
			d.Evidence.Count++
			d.Evidence.Files[len(d.Evidence.Files)-1].Exchanges++
		}, "rows came of the"},
		"too many": {func(d *report.Document) { kms(d).Size-- }, "more rows came than"},
		"broken": {func(d *report.Document) {
			p := kms(d)
			was := p.Rows
			p.Rows = func(yield func(*report.Row, error) bool) {
				n := 0
				for r, err := range was {
					if n++; n == 5 {
						yield(nil, errors.New("the disk is gone"))
						return
					}
					if !yield(r, err) {
						return
					}
				}
			}
		}, "the disk is gone"},
		"gaps too few": {func(d *report.Document) { d.Ledger.GapCount++ }, "rows came of the"},
	} {
		t.Run(name, func(t *testing.T) {
			d := document(t)
			c.change(d)
			err := Write(io.Discard, d)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

type fullDisk struct{ room int }

func (w *fullDisk) Write(p []byte) (int, error) {
	if w.room -= len(p); w.room < 0 {
		return 0, errors.New("no space left")
	}
	return len(p), nil
}

// The library forgets errors of its writer; we do not.
func TestFullDisk(t *testing.T) {
	for _, room := range []int{0, 1000, 30_000} {
		if err := Write(&fullDisk{room}, document(t)); err == nil || !strings.Contains(err.Error(), "no space left") {
			t.Errorf("room for %d bytes: %v", room, err)
		}
	}
}

// Another program sees the same cells, reading as a stream.
func TestOpenpyxl(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not here")
	}
	if exec.Command(python, "-c", "import openpyxl").Run() != nil {
		t.Skip("openpyxl is not here: pip install openpyxl")
	}
	b := write(t, document(t), maxRows)
	name := filepath.Join(t.TempDir(), "w.xlsx")
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(python, "-c", `
import openpyxl, sys, hashlib, datetime
wb = openpyxl.load_workbook(sys.argv[1], read_only=True)
for ws in wb:
    h, n, w = hashlib.sha256(), 0, 0
    for row in ws.iter_rows(values_only=True):
        n += 1
        w = max(w, len(row))
        for v in row:
            if isinstance(v, datetime.datetime): v = v.strftime("%Y-%m-%d %H:%M:%S")
            if v is not None and v != "": h.update((str(int(v)) if isinstance(v, bool) else str(v)).encode() + b"\0")
    print(ws.title, n, w, h.hexdigest(), sep="\t")
full = openpyxl.load_workbook(sys.argv[1])
assert full["Tests - soc2-2017"].protection.sheet
assert full["Exceptions"].freeze_panes == "B2"
`, name).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	f := open(t, b)
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(f.GetSheetList()) {
		t.Errorf("it sees %d sheets of %d", len(lines), len(f.GetSheetList()))
	}
	for _, line := range lines {
		var sheet, sum string
		var n, w int
		parts := strings.Split(line, "\t")
		sheet, sum = parts[0], parts[3]
		n, _ = strconv.Atoi(parts[1])
		w, _ = strconv.Atoi(parts[2])
		if sheet == "Read me" {
			continue
		}
		got := rows(t, f, sheet)
		readDates(t, got)
		if n != len(got) || w != len(got[0]) {
			t.Errorf("%s: it sees %d rows of %d cells, there are %d of %d", sheet, n, w, len(got), len(got[0]))
		}
		if want := digestRows(got); sum != want {
			t.Errorf("%s: it sees other cells", sheet)
		}
	}
}

// readDates writes the dates of Excel's as people read them.
func readDates(t *testing.T, all [][]string) {
	for i, title := range all[0] {
		if title != "From (UTC)" && title != "To (UTC)" {
			continue
		}
		for _, row := range all[1:] {
			if i >= len(row) || row[i] == "–" {
				continue
			}
			n, err := strconv.ParseFloat(row[i], 64)
			if err != nil {
				t.Fatal(err)
			}
			at, err := excelize.ExcelDateToTime(n, false)
			if err != nil {
				t.Fatal(err)
			}
			row[i] = at.Format("2006-01-02 15:04:05")
		}
	}
}
