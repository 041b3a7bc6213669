// Package pdf renders a report.Document as a PDF. It computes nothing: what it shows, and in which words, stands in the Document.
//
// Every string goes through text.Visible before it is measured, so that nothing AWS sent is dropped, drawn as an empty box, turned
// around or allowed to crash the writer. Lists without a bound show their first members and say how many there are and where the
// rest stands; a text is never cut. Fonts are embedded, and no image is used: both are needed for the same bytes every time.
package pdf

import (
	"io"
	"runtime/debug"
	"sync"
	"time"

	"github.com/johnfercher/maroto/v2"
	"github.com/johnfercher/maroto/v2/pkg/config"
	"github.com/johnfercher/maroto/v2/pkg/core"
	"github.com/johnfercher/maroto/v2/pkg/props"
	"github.com/phpdave11/gofpdf"

	"github.com/auditseal/auditseal/report"
	"github.com/auditseal/auditseal/report/text"
)

// Write writes the report. The same Document gives the same bytes.
func Write(w io.Writer, d *report.Document) error {
	b, err := compose(d)
	if err != nil {
		return err
	}
	pdf, err := b.render()
	if err != nil {
		return err
	}
	if pdf, err = outlined(pdf, b.marks, b.links); err != nil {
		return err
	}
	_, err = w.Write(pdf)
	return err
}

// compose places every section on its pages.
func compose(d *report.Document) (*book, error) {
	b, err := newBook(d)
	if err != nil {
		return nil, err
	}
	for _, section := range []func(){
		b.cover, b.contents, b.summary, b.scope, b.controls, b.tests, b.manual, b.accepted, b.gaps, b.limits, b.evidence, b.schema,
	} {
		section()
	}
	b.placeContents()
	return b, nil
}

// A book is a report being made.
type book struct {
	*flow
	doc *report.Document
	s   *styles
	// toc is the sheet that lists the contents; its lines are placed once the pages are known.
	toc   *sheet
	links []link
}

func newBook(d *report.Document) (*book, error) {
	l, err := loadLooks()
	if err != nil {
		return nil, err
	}
	fs, err := loadFaces()
	if err != nil {
		return nil, err
	}
	b := &book{flow: &flow{looks: l, faces: fs}, doc: d, s: newStyles(fs, l)}
	b.flow.edges = b.edges
	return b, nil
}

// edges draws a page's header and footer.
func (b *book) edges(p *painter, number, total int) {
	d, small := b.doc, *b.s.tag
	fit := func(s string, mm float64) string { return clip(s, small, mm) }
	p.put(fit(d.Run.Organization+"  ·  "+d.Words.Title, 110), small, left, 14.5)
	p.putRight(fit(d.PeriodText(), 60), small, right, 14.5)
	p.rule(left, 17, textWidth, &b.looks.Line.Color)
	p.rule(left, 285, textWidth, &b.looks.Line.Color)
	p.put(b.looks.Brand+"  ·  pack "+d.ID, small, left, 289.2)
	p.putRight(pageOf(number, total), small, right, 289.2)
}

// clip shortens a header, which repeats on every page what the cover shows whole.
func clip(s string, st style, mm float64) string {
	s = text.Visible(s, st.face.has)
	if st.face.measure(s, st.size) <= mm {
		return s
	}
	lines := text.Wrap(s, units(mm, st.size)-st.face.width('…'), st.face.width)
	return lines[0] + "…"
}

// one lets one report be drawn at a time: drawing needs settings of the whole process.
var one sync.Mutex

// process sets what drawing needs and returns what puts it back. gofpdf sorts its dictionaries and takes its dates from
// package-wide settings. And it holds every page until the end, in buffers that hold no pointers: collecting garbage earlier
// costs little and saves a fifth of the memory.
func process(at time.Time) (restore func()) {
	one.Lock()
	gofpdf.SetDefaultCatalogSort(true)
	gofpdf.SetDefaultCreationDate(at)
	gofpdf.SetDefaultModificationDate(at)
	percent := debug.SetGCPercent(70)
	return func() {
		debug.SetGCPercent(percent)
		gofpdf.SetDefaultCatalogSort(false)
		gofpdf.SetDefaultCreationDate(time.Time{})
		gofpdf.SetDefaultModificationDate(time.Time{})
		one.Unlock()
	}
}

// begin makes the maroto document.
func begin(title, subject, author string, at time.Time, fs *faces) core.Maroto {
	cfg := config.NewBuilder().
		WithDimensions(pageWidth, pageHeight).
		WithLeftMargin(0).WithRightMargin(0).WithTopMargin(0).WithBottomMargin(0).
		WithCompression(true).
		WithSequentialMode().
		WithCustomFonts(fs.custom()).
		WithDefaultFont(&props.Font{Family: fs.sans.family, Style: fs.sans.style, Size: 9}).
		WithTitle(title, true).WithSubject(subject, true).WithAuthor(author, true).WithCreator("auditseal", true).
		WithCreationDate(at).
		Build()
	return maroto.New(cfg)
}

// render draws every sheet.
func (b *book) render() ([]byte, error) {
	d := b.doc
	defer process(d.Time)()
	// Metadata is UTF-16 and any character of the first plane will do.
	meta := func(s string) string { return text.Visible(s, func(rune) bool { return true }) }
	m := begin(meta(d.Words.Title+", "+d.Run.Organization), meta(d.PeriodText()), meta(d.Run.Tool.String()), d.Time, b.faces)
	for _, s := range b.sheets {
		m.AddRows(s)
	}
	out, err := m.Generate()
	if err != nil {
		return nil, err
	}
	return out.GetBytes(), nil
}
