package pdf

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/johnfercher/maroto/v2"
	marototext "github.com/johnfercher/maroto/v2/pkg/components/text"
	"github.com/johnfercher/maroto/v2/pkg/config"
	"github.com/johnfercher/maroto/v2/pkg/props"
	"github.com/phpdave11/gofpdf"

	"github.com/auditseal/auditseal/report"
	"github.com/auditseal/auditseal/report/reporttest"
	"github.com/auditseal/auditseal/report/text"
)

const benchRows = 10_000

// benchCells is a row of six cells that wrap, the same for each way of drawing them. They wrap at spaces only, where maroto can too.
func benchCells(i int) [6]string {
	return [6]string{
		fmt.Sprintf("The key %08d of the account 111122223333 rotates", i), "111122223333 eu-west-1",
		"Every customer managed key rotates once a year", fmt.Sprintf("E-%016x", i), "2026-10-02 06:00:07Z", "rotation is enabled",
	}
}

var benchWidths = [6]float64{44, 26, 34, 30, 20, 20}

// BenchmarkRows draws the same 10,000 rows of six wrapped cells in three ways, with the same font and size:
//
//	go test ./report/pdf -bench Rows -benchtime 5x -run '^$'
//
// The goal is at most 1.0 of plain maroto's time, at most 2.2 of raw gofpdf's, and at most 12 kB of memory a row.
func BenchmarkRows(b *testing.B) {
	fs, err := loadFaces()
	if err != nil {
		b.Fatal(err)
	}
	for _, way := range []struct {
		name string
		draw func(*faces) (int, error)
	}{{"auditseal", drawOurs}, {"maroto", drawMaroto}, {"gofpdf", drawGofpdf}} {
		b.Run(way.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				n, err := way.draw(fs)
				if err != nil || n == 0 {
					b.Fatal(n, err)
				}
			}
			b.ReportMetric(float64(heldBy(b, way.draw, fs))/benchRows/1000, "kB/row")
		})
	}
}

// heldBy is the heap's growth over one drawing, at its largest, as the collector saw it.
func heldBy(b *testing.B, draw func(*faces) (int, error), fs *faces) uint64 {
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	stop, peak := make(chan struct{}), make(chan uint64)
	go func() {
		most := uint64(0)
		for {
			select {
			case <-stop:
				peak <- most
				return
			case <-time.After(2 * time.Millisecond):
				runtime.ReadMemStats(&now)
				most = max(most, now.HeapInuse)
			}
		}
	}()
	if _, err := draw(fs); err != nil {
		b.Fatal(err)
	}
	close(stop)
	if most := <-peak; most > before.HeapInuse {
		return most - before.HeapInuse
	}
	return 0
}

func drawOurs(fs *faces) (int, error) {
	l, err := loadLooks()
	if err != nil {
		return 0, err
	}
	bk := &book{flow: &flow{looks: l, faces: fs}, doc: &report.Document{Time: time.Unix(0, 0)}, s: newStyles(fs, l)}
	bk.flow.edges = func(p *painter, n, total int) { p.put(pageOf(n, total), *bk.s.tag, left, 289) }
	bk.page()
	var columns []column
	for i, w := range benchWidths {
		columns = append(columns, column{title: fmt.Sprint("Column ", i+1), width: w, style: bk.s.cell})
	}
	tb := bk.table(bk.s, columns...)
	for i := range benchRows {
		c := benchCells(i)
		tb.row(t(c[0]), t(c[1]), t(c[2]), t(c[3]), t(c[4]), t(c[5]))
	}
	out, err := bk.render()
	return len(out), err
}

func drawMaroto(fs *faces) (int, error) {
	cfg := config.NewBuilder().WithDimensions(pageWidth, pageHeight).WithLeftMargin(left).WithRightMargin(left).WithTopMargin(top).WithBottomMargin(18).
		WithCompression(true).WithCustomFonts(fs.custom()).WithMaxGridSize(174).WithPageNumber(props.PageNumber{Pattern: "page {current} of {total}", Family: "sans", Size: 7}).
		WithDefaultFont(&props.Font{Family: "sans", Size: 7.8}).Build()
	m := maroto.New(cfg)
	// As much room between lines and around them as ours have, so that the pages are as many.
	style := props.Text{Family: "sans", Size: 7.8, Top: padY, Bottom: padY, Left: padX, Right: padX, VerticalPadding: 3.6 - 7.8*mmPerPoint}
	for i := range benchRows {
		c := benchCells(i)
		m.AddAutoRow(
			marototext.NewCol(int(benchWidths[0]), c[0], style), marototext.NewCol(int(benchWidths[1]), c[1], style), marototext.NewCol(int(benchWidths[2]), c[2], style),
			marototext.NewCol(int(benchWidths[3]), c[3], style), marototext.NewCol(int(benchWidths[4]), c[4], style), marototext.NewCol(int(benchWidths[5]), c[5], style))
	}
	d, err := m.Generate()
	if err != nil {
		return 0, err
	}
	return len(d.GetBytes()), nil
}

func drawGofpdf(fs *faces) (int, error) {
	pdf := gofpdf.New("P", "mm", "A4", "")
	pdf.SetCompression(true)
	pdf.AddUTF8FontFromBytes("sans", "", fs.sans.bytes)
	pdf.SetMargins(left, top, left)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetFont("sans", "", 7.8)
	pdf.AddPage()
	y := top
	for i := range benchRows {
		var lines [6][]string
		n := 1
		for j, c := range benchCells(i) {
			lines[j] = text.Wrap(c, units(benchWidths[j]-2*padX, 7.8), fs.sans.width)
			n = max(n, len(lines[j]))
		}
		h := float64(n)*3.6 + 2*padY
		if y+h > bottom {
			pdf.AddPage()
			y = top
		}
		x := left
		for j := range lines {
			for k, l := range lines[j] {
				pdf.Text(x+padX, y+padY+float64(k+1)*3.6-1, l)
			}
			x += benchWidths[j]
		}
		pdf.Line(left, y+h, right, y+h)
		y += h
	}
	var b bytes.Buffer
	err := pdf.Output(&b)
	return b.Len(), err
}

// BenchmarkLarge makes the whole report of a pack with 100,000 keys, half of them exceptions, and tells the most memory that the
// process held. The goal is 400 MB; it does not grow with the population.
//
//	go test ./report/pdf -bench Large -benchtime 1x -run '^$'
func BenchmarkLarge(b *testing.B) {
	dir := b.TempDir()
	if err := reporttest.Large(dir, 100_000); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		d, err := report.Load(os.DirFS(dir), reporttest.Kinds())
		if err != nil {
			b.Fatal(err)
		}
		if err := Write(io.Discard, d); err != nil {
			b.Fatal(err)
		}
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("the process's peak is read from /proc/self/status, which is not here")
	}
	for line := range strings.Lines(string(status)) {
		var kb float64
		if _, err := fmt.Sscanf(line, "VmHWM: %f kB", &kb); err == nil {
			b.ReportMetric(kb/1000, "peak-MB")
		}
	}
}
