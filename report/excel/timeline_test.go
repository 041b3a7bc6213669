package excel

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/report"
)

// Each interval is a row, with dates that Excel computes with and ids that it leaves alone.
func TestTimelineSheet(t *testing.T) {
	d := document(t)
	f := open(t, write(t, d, maxRows))
	all := rows(t, f, "Timeline")
	if len(all)-1 != d.Timeline.Count {
		t.Fatalf("%d rows for %d intervals", len(all)-1, d.Timeline.Count)
	}
	at := func(title string) int { return columnAt(t, all[0], title) }
	n, tolerated, theirs := 0, 0, 0
	for e, err := range d.Timeline.All {
		if err != nil {
			t.Fatal(err)
		}
		n++
		row := all[n]
		for title, want := range map[string]time.Time{"From (UTC)": e.From, "To (UTC)": e.To} {
			v, err := strconv.ParseFloat(row[at(title)], 64)
			if err != nil {
				t.Fatalf("row %d: %s is %q, no date", n+1, title, row[at(title)])
			}
			got, err := excelize.ExcelDateToTime(v, false)
			if err != nil || !got.Equal(want) {
				t.Errorf("row %d: %s is %s, want %s, %v", n+1, title, got, want, err)
			}
			shown, err := f.GetCellValue("Timeline", letters(at(title)+1)+strconv.Itoa(n+1))
			if err != nil || shown != want.Format("2006-01-02 15:04:05") {
				t.Errorf("row %d: %s reads %q, %v", n+1, title, shown, err)
			}
		}
		if h, err := strconv.ParseFloat(row[at("Hours")], 64); err != nil || h != e.To.Sub(e.From).Hours() {
			t.Errorf("row %d: %q hours, want %v", n+1, row[at("Hours")], e.To.Sub(e.From).Hours())
		}
		for title, want := range map[string]string{"Test ID": e.Test, "Account": e.Account, "Result": d.Words.Interval(e.Result).Word, "Evidence IDs": strings.Join(e.Evidence, " ")} {
			if want == "" {
				want = "–"
			}
			if row[at(title)] != want {
				t.Errorf("row %d: %s is %q, want %q", n+1, title, row[at(title)], want)
			}
		}
		if e.Begins.Item != "" && row[at("Begins with item")] != e.Begins.Item || e.Ends.Item != "" && row[at("Ends with item")] != e.Ends.Item {
			t.Errorf("row %d: the items are %q and %q", n+1, row[at("Begins with item")], row[at("Ends with item")])
		}
		if row[at("Tolerated")] == "yes" {
			tolerated++
		}
		if strings.HasPrefix(row[at("According to")], "AWS: config-rule ") {
			theirs++
		}
	}
	if tolerated != 1 || theirs != 3 {
		t.Errorf("%d tolerated rows and %d of AWS's", tolerated, theirs)
	}
	if kind, err := f.GetCellType("Timeline", letters(at("Account")+1)+"2"); err != nil || kind != excelize.CellTypeInlineString {
		t.Errorf("an account is %v, %v", kind, err)
	}
	if filters := definedFor(f, "Timeline"); filters["_xlnm._FilterDatabase"] != fmt.Sprintf("'Timeline'!$A$1:$%s$%d", letters(len(all[0])), len(all)) && filters["_xlnm._FilterDatabase"] != fmt.Sprintf("Timeline!$A$1:$%s$%d", letters(len(all[0])), len(all)) {
		t.Errorf("the filter is over %q", filters["_xlnm._FilterDatabase"])
	}
}

func definedFor(f *excelize.File, sheet string) map[string]string {
	out := map[string]string{}
	for _, n := range f.GetDefinedName() {
		if n.Scope == sheet {
			out[n.Name] = n.RefersTo
		}
	}
	return out
}

// The calendar has a row a test and a column a day, each result with its mark and a fill of its own.
func TestCalendar(t *testing.T) {
	d := document(t)
	f := open(t, write(t, d, maxRows))
	all := rows(t, f, "Calendar")
	over := d.OverPeriod()
	if len(all)-1 != len(over) || len(over) != 2 {
		t.Fatalf("%d rows for %d tests", len(all)-1, len(over))
	}
	fills := map[string]string{}
	for i, x := range over {
		if all[i+1][0] != x.ID {
			t.Errorf("row %d is %q, want %q", i+2, all[i+1][0], x.ID)
		}
		for _, s := range x.Strip {
			at := columnAt(t, all[0], s.Day.Date)
			if got, want := all[i+1][at], d.Words.Interval(s.Worst).Mark; got != want {
				t.Errorf("%s on %s is %q, want %q", x.ID, s.Day.Date, got, want)
			}
			id, err := f.GetCellStyle("Calendar", letters(at+1)+strconv.Itoa(i+2))
			if err != nil {
				t.Fatal(err)
			}
			st, err := f.GetStyle(id)
			if err != nil {
				t.Fatal(err)
			}
			fills[s.Worst] = fmt.Sprint(st.Fill.Pattern, st.Fill.Color)
		}
	}
	seen := map[string]string{}
	for name, fill := range fills {
		if other, twice := seen[fill]; twice {
			t.Errorf("%s and %s have the same fill %s", name, other, fill)
		}
		seen[fill] = name
	}
	if len(fills) != 5 {
		t.Errorf("the fixture shows %d of the results of days: the test shows little", len(fills))
	}
}

// A workbook without tests over the period has neither sheet.
func TestNoPeriod(t *testing.T) {
	d := document(t)
	for i := range d.Tests {
		d.Tests[i].Period, d.Tests[i].Strip = nil, nil
	}
	d.Timeline = report.Timeline{}
	for _, s := range open(t, write(t, d, maxRows)).GetSheetList() {
		if s == "Timeline" || s == "Calendar" {
			t.Errorf("there is a sheet %s", s)
		}
	}
}

// Intervals too many for a sheet go on on the next; a timeline that ends early or breaks is an error.
func TestTimelineStreams(t *testing.T) {
	d := document(t)
	const limit = 20
	f := open(t, write(t, d, limit))
	n := 0
	for _, s := range f.GetSheetList() {
		if strings.HasPrefix(s, "Timeline") {
			got := len(rows(t, f, s)) - 1
			if got >= limit {
				t.Errorf("%s has %d rows", s, got)
			}
			n += got
		}
	}
	if n != d.Timeline.Count {
		t.Errorf("%d rows for %d intervals", n, d.Timeline.Count)
	}
	d.Timeline.Count++
	if err := Write(io.Discard, d); err == nil || !strings.Contains(err.Error(), "rows came of the") {
		t.Errorf("a timeline too short: %v", err)
	}
	d = document(t)
	d.Tests[0].Strip = nil
	for i := range d.Tests {
		if x := &d.Tests[i]; x.ID == "kms-external-key-store-throughout" {
			x.Strip = x.Strip[1:]
		}
	}
	if err := Write(io.Discard, d); err == nil || !strings.Contains(err.Error(), "other days") {
		t.Errorf("days that differ: %v", err)
	}
}

// Moments keep their fractions as far as Excel's numbers do, and what Excel has no date for is text.
func TestMoment(t *testing.T) {
	d := document(t)
	b, err := newBook(d, maxRows)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []time.Time{time.Date(2026, 8, 11, 14, 2, 3, 456e6, time.UTC), time.Date(1900, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2028, 2, 29, 23, 59, 59, 999e6, time.UTC)} {
		f := &filler{b: b, t: &table{}}
		f.moment(at)
		_, rest, _ := strings.Cut(string(f.buf), "<v>")
		number, _, _ := strings.Cut(rest, "</v>")
		v, err := strconv.ParseFloat(number, 64)
		if err != nil {
			t.Fatalf("%s is %s", at, f.buf)
		}
		// The library's own reader rounds to seconds.
		if got := time.UnixMilli(int64(math.Round((v - 25569) * 86400e3))); !got.Equal(at) {
			t.Errorf("%s reads back as %s", at, got.UTC())
		}
	}
	for _, at := range []time.Time{time.Date(1899, 12, 31, 0, 0, 0, 0, time.UTC), {}} {
		f := &filler{b: b, t: &table{columns: []column{{Width: 10}}}}
		f.moment(at)
		if !strings.Contains(string(f.buf), `t="inlineStr"`) {
			t.Errorf("%s is %s", at, f.buf)
		}
	}
}

// A population tells how many resources there were in the period.
func TestPopulationOverThePeriod(t *testing.T) {
	all := rows(t, open(t, write(t, document(t), maxRows)), "Populations")
	at := columnAt(t, all[0], "Resources in the period")
	for _, row := range all[1:] {
		want := []string{"–", "–", "–"}
		if row[0] == "kms.key" {
			want = []string{"6", "1", "1"}
		}
		if got := row[at : at+3]; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", row[0], got, want)
		}
	}
}

// A test's definition tells what it counted over the period.
func TestPeriodColumns(t *testing.T) {
	d := document(t)
	all := rows(t, open(t, write(t, d, maxRows)), "Test definitions")
	at := func(title string) int { return columnAt(t, all[0], title) }
	for _, row := range all[1:] {
		switch row[0] {
		case "kms-key-rotation-throughout":
			for title, want := range map[string]string{"Over": "period", "Tolerance": "24h", "Resources in the period": "6", "Created in it": "1", "Deleted in it": "1", "Exception intervals": "2", "Tolerated intervals": "1",
				"Unknown intervals": "7", "Disagreements with AWS's own timelines": "2, of 1 resources compared"} {
				if row[at(title)] != want {
					t.Errorf("%s is %q, want %q", title, row[at(title)], want)
				}
			}
		case "kms-key-rotation":
			for _, title := range []string{"Tolerance", "Resources in the period", "Unknown intervals"} {
				if row[at(title)] != "–" {
					t.Errorf("%s of a test at an instant is %q", title, row[at(title)])
				}
			}
		}
	}
	for i := range d.Tests {
		if x := &d.Tests[i]; x.Period != nil {
			x.Result = assess.NotTested
		}
	}
	all = rows(t, open(t, write(t, d, maxRows)), "Test definitions")
	n := 0
	for _, row := range all[1:] {
		if row[columnAt(t, all[0], "Result")] == "Not tested" {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d tests read as not tested", n)
	}
}
