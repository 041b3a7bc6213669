package excel

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/report"
)

// A filler writes the rows of a table, over as many sheets as they need. Its methods remember the first error.
type filler struct {
	b    *book
	t    *table
	open func(part int) (io.Writer, error)

	w         io.Writer
	part, n   int // the sheet being written, and the rows of the table so far
	row, col  int // on the sheet, from 1; row 0 is before the first
	buf       []byte
	refs      []string
	links     []link
	inRow     bool
	head      int // where the row begins in buf
	lineCount int // of its tallest cell
	err       error
	wholeFile string // holds what is cut in this row
	scratch   []byte
}

// A link leads from a cell to a cell of another sheet.
type link struct{ cell, target string }

const fillBuffer = 64 << 10

func newFiller(b *book, t *table, open func(int) (io.Writer, error)) *filler {
	f := &filler{b: b, t: t, open: open, part: -1, buf: make([]byte, 0, fillBuffer+8<<10), wholeFile: "assessment.json"}
	for i := range t.columns {
		f.refs = append(f.refs, letters(i+1))
	}
	return f
}

func (f *filler) flush() {
	if f.err == nil && f.w != nil {
		_, f.err = f.w.Write(f.buf)
	}
	f.buf = f.buf[:0]
}

// next starts a row of data, and reports whether going on makes sense.
func (f *filler) next() bool {
	if f.err != nil {
		return false
	}
	if f.part < 0 || f.n == f.t.parts[f.part].from+f.t.parts[f.part].rows {
		f.nextPart()
	}
	f.n++
	f.start()
	return f.err == nil
}

func (f *filler) start() {
	f.endRow()
	if len(f.buf) >= fillBuffer {
		f.flush()
	}
	f.row++
	f.col = 0
	f.inRow, f.head, f.lineCount = true, len(f.buf), 1
}

// endRow puts the row's element around its cells.
func (f *filler) endRow() {
	if !f.inRow {
		return
	}
	f.inRow = false
	open := strconv.AppendInt(append(f.scratch[:0], `<row r="`...), int64(f.row), 10)
	open = append(open, '"')
	// Excel and LibreOffice do not measure broken lines when they open a file. A height that is not called custom is only where
	// they begin: it follows when somebody types into the row.
	if f.lineCount > 1 {
		open = append(open, ` ht="`...)
		h := min(rowPad+rowLine*float64(f.lineCount), rowMax)
		if f.t.free {
			h = rowPad + coverLine*float64(f.lineCount)
		}
		open = strconv.AppendFloat(open, min(h, 400), 'f', -1, 64)
		open = append(open, '"')
	}
	open = append(open, '>')
	f.scratch = open
	f.buf = slices.Insert(f.buf, f.head, open...)
	f.buf = append(f.buf, "</row>"...)
}

// Heights of rows in points, for text of nine points.
const (
	rowLine   = 12.5
	coverLine = 14 // its text has ten
	rowPad    = 2.5
	rowMax    = 120
)

// measure counts the lines that text takes in the current column.
func (f *filler) measure(s string, style int) {
	if f.col > len(f.t.columns) || !f.t.wrap && f.row > 1 && !f.t.free {
		return
	}
	if st := &f.b.styles; style == st.title || style == st.heading || style == st.muted || style == st.link {
		return
	}
	// Widths are in digits of eleven points; letters of nine are narrower, but words break early.
	room := int(f.t.columns[f.col-1].Width * 1.15)
	n := 0
	for line := range strings.SplitSeq(s, "\n") {
		n += 1 + max(0, utf8.RuneCountInString(line)-1)/max(room, 1)
	}
	f.lineCount = max(f.lineCount, n)
}

// nextPart ends the sheet and starts the next with its header row.
func (f *filler) nextPart() {
	f.endPart()
	if f.part++; f.part >= len(f.t.parts) {
		f.fail(fmt.Errorf("sheet %q: more rows came than the %d that were counted", f.t.title, f.t.rows))
		return
	}
	w, err := f.open(f.part)
	if err != nil {
		f.fail(err)
		return
	}
	f.w, f.row = w, 0
	f.buf = append(f.buf, f.t.parts[f.part].head...)
	f.buf = append(f.buf, "<sheetData>"...)
	if !f.t.free {
		f.start()
		for _, c := range f.t.columns {
			if c.turned {
				f.styled(f.b.styles.turned, c.Title)
				continue
			}
			f.styled(f.b.styles.header, c.Title)
		}
	}
}

// endPart writes what follows the rows.
func (f *filler) endPart() {
	if f.part < 0 || f.part >= len(f.t.parts) {
		return
	}
	f.endRow()
	p := &f.t.parts[f.part]
	f.buf = append(f.buf, "</sheetData>"...)
	f.buf = append(f.buf, p.middle...)
	if len(f.links) > 0 {
		f.buf = append(f.buf, "<hyperlinks>"...)
		for _, l := range f.links {
			f.buf = append(f.buf, `<hyperlink ref="`...)
			f.buf = append(f.buf, l.cell...)
			f.buf = append(f.buf, `" location="`...)
			f.buf = appendAttr(f.buf, l.target)
			f.buf = append(f.buf, `"/>`...)
			if len(f.buf) >= fillBuffer {
				f.flush()
			}
		}
		f.buf = append(f.buf, "</hyperlinks>"...)
		f.links = f.links[:0]
	}
	f.buf = append(f.buf, p.tail...)
	f.flush()
}

// finish ends the table. A table with fewer rows than were counted is an error: a stream that broke is never a shorter list.
func (f *filler) finish() error {
	for f.err == nil && f.part < len(f.t.parts)-1 && f.n == f.t.rows {
		f.nextPart() // only the first can be left: that of a table without rows
	}
	f.endPart()
	if f.err == nil && f.n != f.t.rows && !f.t.free {
		f.err = fmt.Errorf("sheet %q: %d rows came of the %d that were counted", f.t.title, f.n, f.t.rows)
	}
	return f.err
}

func (f *filler) fail(err error) {
	if f.err == nil {
		f.err = err
	}
}

// ref names the current cell after moving on to it.
func (f *filler) cellRef() {
	f.col++
	f.buf = append(f.buf, `<c r="`...)
	if f.col <= len(f.refs) {
		f.buf = append(f.buf, f.refs[f.col-1]...)
	} else {
		f.buf = append(f.buf, letters(f.col)...)
	}
	f.buf = strconv.AppendInt(f.buf, int64(f.row), 10)
	f.buf = append(f.buf, '"')
}

func (f *filler) attrs(style int, kind string) {
	f.cellRef()
	f.buf = append(f.buf, ` s="`...)
	f.buf = strconv.AppendInt(f.buf, int64(style), 10)
	f.buf = append(f.buf, '"')
	if kind != "" {
		f.buf = append(f.buf, ` t="`...)
		f.buf = append(f.buf, kind...)
		f.buf = append(f.buf, '"')
	}
}

// styled writes text that was made fit before. Empty text is an empty cell with its style.
func (f *filler) styled(style int, s string) {
	if s == "" {
		f.attrs(style, "")
		f.buf = append(f.buf, "/>"...)
		return
	}
	f.attrs(style, "inlineStr")
	f.measure(s, style)
	f.buf = append(f.buf, "><is><t"...)
	if spaced(s) {
		f.buf = append(f.buf, ` xml:space="preserve"`...)
	}
	f.buf = append(f.buf, '>')
	f.buf = appendText(f.buf, fit(s, f.wholeFile))
	f.buf = append(f.buf, "</t></is></c>"...)
}

// base is the style of text in the table. Text wraps in the others too: rows of one line then show its beginning, and none
// of it runs over the next cells. A table that is flat has no empty cells that text could run over.
func (f *filler) base() int {
	if f.t.flat {
		return f.b.styles.flat
	}
	return f.b.styles.wrapped
}

// text writes a line of text from outside.
func (f *filler) text(s string) { f.styled(f.base(), plain(s)) }

// prose writes text of several lines.
func (f *filler) prose(s string) { f.styled(f.base(), prose(s)) }

// lines writes a list, one a line.
func (f *filler) lines(list []string) { f.styled(f.base(), lines(list)) }

// none writes words for something that is not there.
func (f *filler) none(s string) { f.styled(f.b.styles.muted, s) }

// count writes a number of things.
func (f *filler) count(n int) {
	f.attrs(f.b.styles.count, "")
	f.value(strconv.AppendInt(nil, int64(n), 10))
}

func (f *filler) value(v []byte) {
	f.buf = append(f.buf, "><v>"...)
	f.buf = append(f.buf, v...)
	f.buf = append(f.buf, "</v></c>"...)
}

func (f *filler) boolean(v bool) {
	f.attrs(f.base(), "b")
	if v {
		f.value([]byte{'1'})
		return
	}
	f.value([]byte{'0'})
}

// date writes a moment in UTC as text, with its fraction of a second where it has one.
func (f *filler) date(t time.Time) {
	if t.IsZero() {
		f.none("–")
		return
	}
	f.styled(f.base(), instant(t))
}

func instant(t time.Time) string {
	if t = t.UTC(); t.Nanosecond() == 0 {
		return report.Instant(t)
	}
	return t.Format("2006-01-02 15:04:05.999999999Z")
}

// maxExact is the largest whole number that Excel keeps.
const maxExact = 1 << 53

// cell writes a field of a record.
func (f *filler) cell(c report.Cell) {
	st := &f.b.styles
	switch c.State {
	case report.Present:
	case report.Unknown:
		f.styled(st.unknown, plain(c.Text()))
		return
	default:
		f.styled(st.muted, plain(c.Text()))
		return
	}
	switch v := c.Value.(type) {
	case bool:
		f.boolean(v)
	case int64:
		if v > maxExact || v < -maxExact {
			f.styled(f.base(), strconv.FormatInt(v, 10))
			return
		}
		f.attrs(st.integer, "")
		f.value(strconv.AppendInt(nil, v, 10))
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			f.styled(f.base(), strconv.FormatFloat(v, 'g', -1, 64))
			return
		}
		f.attrs(st.float, "")
		f.value(strconv.AppendFloat(nil, v, 'g', -1, 64))
	case time.Time:
		f.date(v)
	case string:
		if v == "" {
			f.styled(st.muted, c.Text())
			return
		}
		f.text(v)
	default:
		f.fail(fmt.Errorf("sheet %q: a cell holds a %T", f.t.title, v))
	}
}

// link makes the cell just written lead to another, as long as the sheet may have more links. The text stands there either way.
func (f *filler) link(target string) {
	if target != "" && len(f.links) < maxLinks {
		f.links = append(f.links, link{letters(f.col) + strconv.Itoa(f.row), target})
	}
}

// evidenceID writes an evidence id that leads to its line in the index.
func (f *filler) evidenceID(id string) {
	if id == "" {
		f.none("–")
		return
	}
	at, ok := f.b.find(id)
	if !ok {
		f.text(id)
		return
	}
	f.styled(f.b.styles.link, plain(id))
	f.link(at.target)
}

// appendAttr appends s as the value of an XML attribute.
func appendAttr(b []byte, s string) []byte {
	for i := range len(s) {
		switch s[i] {
		case '&':
			b = append(b, "&amp;"...)
		case '<':
			b = append(b, "&lt;"...)
		case '"':
			b = append(b, "&quot;"...)
		default:
			b = append(b, s[i])
		}
	}
	return b
}

var errUnknownKey = errors.New("the code knows no such column")

// unknownKey is what every sheet says to a column of the template that it cannot fill.
func (f *filler) unknownKey(key string) {
	f.fail(fmt.Errorf("templates/workbook/workbook.yaml: sheet %q, column %q: %w", f.t.title, key, errUnknownKey))
}

// result writes a result in its word and colour.
func (f *filler) result(r resultOf) {
	f.styled(f.b.styles.results[r], f.b.d.Words.Result(r).Word)
}

// gapOutcome writes an outcome in its word.
func (f *filler) outcome(o evidence.Outcome) {
	style := f.base()
	if o.IsGap() {
		style = f.b.styles.unknown
	}
	f.styled(style, f.b.d.Words.Outcome(o).Word)
}
