package excel

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/auditseal/auditseal/collectors/evidence"
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
	n := 100_000
	if s := os.Getenv("AUDITSEAL_BENCH_ROWS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	d := benchDocument(b, n)
	for _, c := range []struct {
		name string
		work func(io.Writer) error
	}{{"auditseal", func(w io.Writer) error { return Write(w, d) }}, {"excelize", func(w io.Writer) error { return stock(d, w) }}} {
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
	small := peak(func() {
		if err := Write(io.Discard, benchDocument(t, 20_000)); err != nil {
			t.Error(err)
		}
	})
	large := peak(func() {
		if err := Write(io.Discard, benchDocument(t, 200_000)); err != nil {
			t.Error(err)
		}
	})
	if large > 100 || large > small+40 {
		t.Errorf("%.0f MiB for 200,000 rows, %.0f for 20,000", large, small)
	}
	t.Logf("%.0f MiB for 200,000 rows, %.0f for 20,000", large, small)
}
