package excel

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/report"
)

// digestRows digests the cells that are not empty, as the script of TestOpenpyxl does.
func digestRows(all [][]string) string {
	h := sha256.New()
	for _, row := range all {
		for _, v := range row {
			if v != "" {
				h.Write([]byte(v + "\x00"))
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

func TestAppendText(t *testing.T) {
	for in, want := range map[string]string{
		"a<b>&c\"'":       "a&lt;b&gt;&amp;c\"'",
		"_x000D_":         "_x005F_x000D_",
		"__x0041__x0042_": "__x005F_x0041__x005F_x0042_",
		"_x00_":           "_x00_",
		"_xzzzz_":         "_xzzzz_",
		"_x005F_x000D_":   "_x005F_x005F_x005F_x000D_",
		"":                "",
	} {
		if got := string(appendText(nil, in)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestFit(t *testing.T) {
	short := strings.Repeat("é", maxText)
	if fit(short, "x") != short {
		t.Error("text that Excel takes was cut")
	}
	for _, s := range []string{strings.Repeat("é", maxText+1), strings.Repeat("🔑", maxText/2+1), strings.Repeat("a", 100_000)} {
		got := fit(s, "records/kms.key.jsonl line 7")
		if n := units(got); n > maxText || n < maxText-2 {
			t.Errorf("%d units are left, room for %d", n, maxText)
		}
		if !strings.HasSuffix(got, "whole in records/kms.key.jsonl line 7]") {
			t.Errorf("it ends with %q", got[len(got)-60:])
		}
	}
}

func TestLines(t *testing.T) {
	if got := lines([]string{"a\x1b", "b\nc"}); got != "a‹U+001B›\nb‹U+000A›c" {
		t.Errorf("%q", got)
	}
	got := lines(make([]string, 1000))
	if strings.Count(got, "\n") != maxLines-1 || !strings.HasSuffix(got, "and 801 more") {
		t.Errorf("%d lines, ending in %q", strings.Count(got, "\n")+1, got[len(got)-20:])
	}
}

func TestSheetTitle(t *testing.T) {
	used := map[string]bool{}
	for _, c := range []struct{ in, suffix, want string }{
		{"kms.key", "", "kms.key"},
		{"KMS.key", "", "KMS.key~2"},
		{"kms.key", " (2)", "kms.key (2)"},
		{"a/b[c]:d", "", "a-b-c--d"},
		{"'quoted'", "", "quoted"},
		{"History", "", "History-"},
		{strings.Repeat("x", 40), "", strings.Repeat("x", 31)},
		{strings.Repeat("x", 40), " (12)", strings.Repeat("x", 26) + " (12)"},
		{strings.Repeat("x", 50), "", strings.Repeat("x", 29) + "~2"},
		{strings.Repeat("🔑", 20), "", strings.Repeat("🔑", 15)},
		{"", "", "-"},
	} {
		got := sheetTitle(c.in, c.suffix, used)
		if got != c.want {
			t.Errorf("%q%s: %q, want %q", c.in, c.suffix, got, c.want)
		}
		if err := checkTitle(got); err != nil {
			t.Errorf("%q: %v", got, err)
		}
	}
}

func checkTitle(s string) error {
	f := excelize.NewFile()
	defer f.Close()
	_, err := f.NewSheet(s)
	return err
}

func TestSortDefaults(t *testing.T) {
	const in = `<Types xmlns="x"><Override PartName="/a"></Override><Default Extension="xml" ContentType="c"></Default><Default Extension="png" ContentType="p"/><Override PartName="/b"></Override></Types>`
	const want = `<Types xmlns="x"><Override PartName="/a"></Override><Default Extension="png" ContentType="p"/><Default Extension="xml" ContentType="c"></Default><Override PartName="/b"></Override></Types>`
	if got := string(sortDefaults([]byte(in))); got != want {
		t.Error(got)
	}
	if got := string(sortDefaults([]byte("<Types></Types>"))); got != "<Types></Types>" {
		t.Error(got)
	}
}

func TestLetters(t *testing.T) {
	for n, want := range map[int]string{1: "A", 26: "Z", 27: "AA", 702: "ZZ", 703: "AAA", 16384: "XFD"} {
		if got := letters(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

// cells is a document whose one population has one column and these cells.
func cells(t testing.TB, list ...report.Cell) *report.Document {
	t.Helper()
	w, err := report.LoadWords()
	if err != nil {
		t.Fatal(err)
	}
	d := &report.Document{Words: w, ID: "AS-0", Time: time.Date(2026, 10, 2, 6, 0, 0, 0, time.UTC)}
	d.Run.Organization = "Example Corp"
	empty := func(yield func(evidence.Gap, error) bool) {}
	d.Ledger.Gaps = empty
	d.Ledger.Cells = func(yield func(evidence.LedgerCell, error) bool) {}
	d.Evidence.All = func(yield func(report.Exchange, error) bool) {}
	d.Populations = []report.Population{{
		Population: assess.Population{Kind: "a.b", Size: len(list)}, File: "records/a.b.jsonl", Columns: []evidence.Field{{Name: "v", Type: "string"}},
		Rows: func(yield func(*report.Row, error) bool) {
			for i, c := range list {
				if !yield(&report.Row{Line: i + 1, Cells: []report.Cell{c}}, nil) {
					return
				}
			}
		},
	}}
	return d
}

// Each kind of value comes back as what it is, and what it is not it does not become.
func TestValues(t *testing.T) {
	present := func(v any) report.Cell { return report.Cell{State: report.Present, Value: v} }
	cases := []struct {
		cell report.Cell
		want string
		kind excelize.CellType
	}{
		{present("=1+1"), "=1+1", excelize.CellTypeInlineString},
		{present("@SUM(A1)"), "@SUM(A1)", excelize.CellTypeInlineString},
		{present("1.10"), "1.10", excelize.CellTypeInlineString},
		{present("0123"), "0123", excelize.CellTypeInlineString},
		{present("2026-10-02"), "2026-10-02", excelize.CellTypeInlineString},
		{present("TRUE"), "TRUE", excelize.CellTypeInlineString},
		{present("_x000D_"), "_x000D_", excelize.CellTypeInlineString},
		{present(" spaced "), " spaced ", excelize.CellTypeInlineString},
		{present("<b>&amp;</b>"), "<b>&amp;</b>", excelize.CellTypeInlineString},
		{present("\x00\ufffe\x1b]0;x\a"), "‹U+0000 U+FFFE U+001B›]0;x‹U+0007›", excelize.CellTypeInlineString},
		{present("bad \xff byte"), "bad ‹xFF› byte", excelize.CellTypeInlineString},
		{present(""), "(empty)", excelize.CellTypeInlineString},
		{present(int64(42)), "42", excelize.CellTypeUnset},
		{present(int64(math.MaxInt64)), "9223372036854775807", excelize.CellTypeInlineString},
		{present(0.1), "0.1", excelize.CellTypeUnset},
		{present(math.Inf(1)), "+Inf", excelize.CellTypeInlineString},
		{present(true), "1", excelize.CellTypeBool},
		{present(time.Date(2026, 10, 2, 6, 0, 7, 0, time.UTC)), "2026-10-02 06:00:07Z", excelize.CellTypeInlineString},
		{present(time.Date(2026, 10, 2, 6, 0, 7, 5e8, time.UTC)), "2026-10-02 06:00:07.5Z", excelize.CellTypeInlineString},
		{present(time.Time{}), "–", excelize.CellTypeInlineString},
		{report.Cell{State: report.Absent}, "(absent)", excelize.CellTypeInlineString},
		{report.Cell{State: report.Unknown, Code: "AccessDenied", Gap: "G-1"}, "(unknown: AccessDenied, G-1)", excelize.CellTypeInlineString},
	}
	var list []report.Cell
	for _, c := range cases {
		list = append(list, c.cell)
	}
	f := open(t, write(t, cells(t, list...), maxRows))
	got := rows(t, f, "a.b")
	for i, c := range cases {
		kind, err := f.GetCellType("a.b", "A"+string(appendInt(i+2)))
		if err != nil {
			t.Fatal(err)
		}
		if got[i+1][0] != c.want || kind != c.kind {
			t.Errorf("%v: %q of type %v, want %q of type %v", c.cell.Value, got[i+1][0], kind, c.want, c.kind)
		}
	}
}

func appendInt(n int) []byte {
	var b []byte
	for ; n > 0; n /= 10 {
		b = append([]byte{byte('0' + n%10)}, b...)
	}
	return b
}

// A text too long for a cell is cut and says where it stands whole.
func TestLongTextSaysWhere(t *testing.T) {
	d := cells(t, report.Cell{State: report.Present, Value: "short"}, report.Cell{State: report.Present, Value: strings.Repeat("long ", 20_000)})
	got := rows(t, open(t, write(t, d, maxRows)), "a.b")
	if !strings.HasSuffix(got[2][0], "[cut: 100000 characters; whole in records/a.b.jsonl line 2]") || units(got[2][0]) > maxText {
		t.Errorf("%d units, ending in %q", units(got[2][0]), got[2][0][len(got[2][0])-80:])
	}
}

// A workbook of nothing is still one.
func TestEmpty(t *testing.T) {
	b := write(t, cells(t), maxRows)
	if got := rows(t, open(t, b), "a.b"); len(got) != 1 {
		t.Errorf("%d rows", len(got))
	}
	if bytes.Contains(b, []byte("dataValidation")) {
		t.Error("choices for no row")
	}
}

// Every column of the template can be filled: the example reaches every sheet.
func TestUnknownColumn(t *testing.T) {
	b, err := newBook(document(t), maxRows)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range b.tables[1:] {
		if len(table.columns) == 0 {
			t.Errorf("%s has no columns", table.title)
		}
	}
	b.tables[1].columns = append([]column{{Key: "score", Title: "Score", Width: 9}}, b.tables[1].columns...)
	if err := b.write(&bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), `column "score"`) {
		t.Errorf("a column that nobody knows: %v", err)
	}
}
