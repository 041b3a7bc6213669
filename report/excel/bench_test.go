package excel

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/report"
)

const benchColumns = 20

// benchRow fills a row of what populations hold: ARNs, ids, states, dates, whole numbers and truth values.
func benchRow(n int, cells []report.Cell) {
	for i := range cells {
		var v any
		switch i % 6 {
		case 0:
			v = "arn:aws:kms:eu-west-1:" + strconv.Itoa(100000000000+n*7919+i) + ":key/1234abcd-12ab-34cd-56ef-" + strconv.Itoa(100000000000+n*31)
		case 1:
			v = "0" + strconv.Itoa(10000000000+n)
		case 2:
			v = "Enabled"
		case 3:
			v = time.Unix(1_790_000_000+int64(n*i), 0).UTC()
		case 4:
			v = int64(n * i)
		default:
			v = n%2 == 0
		}
		cells[i] = report.Cell{State: report.Present, Value: v}
	}
}

func benchDocument(b testing.TB, n int) *report.Document {
	d := cells(b)
	p := &d.Populations[0]
	p.Columns, p.Size = nil, n
	for i := range benchColumns {
		p.Columns = append(p.Columns, evidence.Field{Name: fmt.Sprintf("field_%d", i), Type: "string"})
	}
	p.Rows = func(yield func(*report.Row, error) bool) {
		row := report.Row{Cells: make([]report.Cell, benchColumns)}
		for i := range n {
			row.Line = i + 1
			benchRow(i, row.Cells)
			if !yield(&row, nil) {
				return
			}
		}
	}
	return d
}

// stock writes the same rows as the library does by itself.
func stock(d *report.Document, w io.Writer) error {
	f := excelize.NewFile()
	defer f.Close()
	sw, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	n := 0
	values := make([]any, benchColumns)
	for r, err := range d.Populations[0].Rows {
		if err != nil {
			return err
		}
		n++
		for i, c := range r.Cells {
			values[i] = c.Value
			if t, ok := c.Value.(time.Time); ok {
				values[i] = instant(t)
			}
		}
		if err := sw.SetRow("A"+strconv.Itoa(n), values); err != nil {
			return err
		}
	}
	if err := sw.Flush(); err != nil {
		return err
	}
	return f.Write(w)
}

// benchTimeline makes a document of n intervals, and nothing else of that size.
func benchTimeline(b testing.TB, n int) *report.Document {
	d := document(b)
	from := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	d.Timeline = report.Timeline{Count: n, All: func(yield func(assess.TimelineEntry, error) bool) {
		for i := range n {
			arn := "arn:aws:kms:eu-west-1:" + strconv.Itoa(100000000000+i/4) + ":key/1234abcd-12ab-34cd-56ef-" + strconv.Itoa(100000000000+i/4*31)
			e := assess.TimelineEntry{Test: "kms-key-rotation-throughout", Population: "kms.key", Record: arn, Account: strconv.Itoa(100000000000 + i/4), Region: "eu-west-1",
				Values: []assess.Value{{Field: "rotation.enabled", Value: "false"}}, Evidence: []string{"E-0123456789abcdef", "E-fedcba9876543210"},
				Interval: assess.Interval{From: from.AddDate(0, 0, i%4*23).Add(time.Duration(i%4096) * time.Second), To: from.AddDate(0, 0, i%4*23+23), Result: assess.IntervalResults()[i%3], Source: evidence.FromAPI,
					Begins: assess.Edge{What: "captured by AWS Config", Item: arn + "@2026-07-01T00:00:00Z/1700000000000"}, Ends: assess.Edge{What: "captured by AWS Config", Item: arn + "@2026-07-24T00:00:00Z/1700000000001"}}}
			if !yield(e, nil) {
				return
			}
		}
	}}
	return d
}

// stockTimeline writes the same lines as the library does by itself.
func stockTimeline(d *report.Document, w io.Writer) error {
	f := excelize.NewFile()
	defer f.Close()
	sw, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	n := 0
	for e, err := range d.Timeline.All {
		if err != nil {
			return err
		}
		n++
		if err := sw.SetRow("A"+strconv.Itoa(n), []any{e.Record, e.Account, e.Region, e.Test, e.From, e.To, e.To.Sub(e.From).Hours(), e.Result, "–", "auditseal, replayed", "–", "–", "rotation.enabled = false",
			e.Source, e.Begins.What, e.Begins.Item, "–", e.Ends.What, e.Ends.Item, "–", strings.Join(e.Evidence, " ")}); err != nil {
			return err
		}
	}
	if err := sw.Flush(); err != nil {
		return err
	}
	return f.Write(w)
}

// peak runs work and gives the most memory that the program had from the system's heap meanwhile, in MiB.
func peak(work func()) float64 {
	runtime.GC()
	stop, most := make(chan struct{}), make(chan uint64)
	go func() {
		var m runtime.MemStats
		var top uint64
		for {
			runtime.ReadMemStats(&m)
			top = max(top, m.HeapInuse+m.StackInuse)
			select {
			case <-stop:
				most <- top
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	work()
	close(stop)
	return float64(<-most) / (1 << 20)
}

// BenchmarkWorkbook writes AUDITSEAL_BENCH_ROWS (100,000) rows of 20 columns, ours and the library's own writer in one run. The goal
// is 0.75 of its time (0.6 at 1,000,000) and at most 120 MiB.
func BenchmarkWorkbook(b *testing.B) {
	d := benchDocument(b, benchRows(b))
	sideBySide(b, func(w io.Writer) error { return Write(w, d) }, func(w io.Writer) error { return stock(d, w) })
}

// BenchmarkTimeline does the same with as many intervals of tests over the period, of 21 columns.
func BenchmarkTimeline(b *testing.B) {
	d := benchTimeline(b, benchRows(b))
	sideBySide(b, func(w io.Writer) error { return Write(w, d) }, func(w io.Writer) error { return stockTimeline(d, w) })
}

// benchRows is AUDITSEAL_BENCH_ROWS, or 100,000.
func benchRows(b *testing.B) int {
	n := 100_000
	if s := os.Getenv("AUDITSEAL_BENCH_ROWS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	return n
}

func sideBySide(b *testing.B, ours, theirs func(io.Writer) error) {
	for _, c := range []struct {
		name string
		work func(io.Writer) error
	}{{"auditseal", ours}, {"excelize", theirs}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				f, err := os.Create(filepath.Join(b.TempDir(), "w.xlsx"))
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(peak(func() { err = c.work(f) }), "peak-MiB")
				if err != nil {
					b.Fatal(err)
				}
				st, err := f.Stat()
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(st.Size())/(1<<20), "file-MiB")
				f.Close()
			}
		})
	}
}

// Memory does not grow with the rows.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 200,000 rows")
	}
	for name, make := range map[string]func(testing.TB, int) *report.Document{"a population": benchDocument, "a timeline": benchTimeline} {
		t.Run(name, func(t *testing.T) {
			of := func(n int) float64 {
				return peak(func() {
					if err := Write(io.Discard, make(t, n)); err != nil {
						t.Error(err)
					}
				})
			}
			small, large := of(20_000), of(200_000)
			if large > 100 || large > small+40 {
				t.Errorf("%.0f MiB for 200,000 rows, %.0f for 20,000", large, small)
			}
			t.Logf("%.0f MiB for 200,000 rows, %.0f for 20,000", large, small)
		})
	}
}
