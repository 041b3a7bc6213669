package pdf

import (
	"github.com/johnfercher/maroto/v2/pkg/props"

	"github.com/auditseal/auditseal/report/text"
)

// A column of a table.
type column struct {
	title string
	width float64 // mm, padding included
	style *style
	// right sets numbers flush right.
	right bool
}

// A para is a piece of a cell that begins on a line of its own. mark is a glyph of the mono font in front of it.
type para struct {
	text   string
	style  *style // nil is the column's
	mark   string
	colour *props.Color // of the mark
}

// A cell is its paragraphs.
type cell []para

// t makes a plain cell.
func t(s string) cell { return cell{{text: s}} }

// A lineOf is one line of a laid out cell.
type lineOf struct {
	text   string
	style  *style
	mark   string
	colour *props.Color
	indent float64
}

const (
	padX     = 1.4
	padY     = 1.1
	markWide = 4.4
)

// A table places rows under a heading that is repeated on every page.
type table struct {
	flow    *flow
	columns []column
	x       float64
	head    *tableRow
	started bool
}

func (f *flow) table(s *styles, columns ...column) *table {
	tb := &table{flow: f, columns: columns, x: left}
	head := &tableRow{table: tb, head: true}
	for i, c := range columns {
		head.cells = append(head.cells, tb.lay(cell{{text: c.title, style: s.head}}, i))
	}
	head.measure()
	tb.head = head
	return tb
}

// lay breaks a cell of column i into lines.
func (tb *table) lay(c cell, i int) []lineOf {
	var out []lineOf
	for _, p := range c {
		if p.text == "" && p.mark == "" && len(c) > 1 {
			continue
		}
		st, indent := p.style, 0.0
		if st == nil {
			st = tb.columns[i].style
		}
		if p.mark != "" {
			indent = markWide
		}
		out = appendLines(out, p, st, tb.columns[i].width-2*padX-indent, indent)
	}
	return out
}

func appendLines(out []lineOf, p para, st *style, width, indent float64) []lineOf {
	// Most cells are one short line; they cost one entry and no list of strings.
	var few [4]string
	lines := text.AppendWrap(few[:0], text.Visible(p.text, st.face.has), units(width, st.size), st.face.width)
	if out == nil {
		out = make([]lineOf, 0, len(lines))
	}
	for n, l := range lines {
		x := lineOf{text: l, style: st, indent: indent}
		if n == 0 {
			x.mark, x.colour = p.mark, p.colour
		}
		out = append(out, x)
	}
	return out
}

// row adds a row. A row that is tall is broken over pages; its parts but the first say "(continued)".
func (tb *table) row(cells ...cell) { tb.rowWith(nil, cells...) }

// A note is a cell over all columns below a row, kept with it.
type note struct {
	style *style
	cell  cell
}

func (tb *table) rowWith(notes []note, cells ...cell) {
	r := &tableRow{table: tb, cells: make([][]lineOf, len(cells))}
	for i, c := range cells {
		r.cells[i] = tb.lay(c, i)
	}
	r.measure()
	if len(notes) == 0 {
		tb.place(r)
		return
	}
	rows, sum := []*tableRow{r}, r.h
	for _, n := range notes {
		wide := &table{flow: tb.flow, x: tb.x, head: tb.head, columns: []column{{width: tb.wide(), style: n.style}}}
		var lines []lineOf
		for _, p := range n.cell {
			st := p.style
			if st == nil {
				st = n.style
			}
			indent := noteIndent
			if p.mark != "" {
				indent += markWide
			}
			lines = appendLines(lines, p, st, wide.columns[0].width-2*padX-indent, indent)
		}
		x := &tableRow{table: wide, cells: [][]lineOf{lines}, tail: true}
		x.measure()
		x.h -= padY
		rows[len(rows)-1].open = true
		rows, sum = append(rows, x), sum+x.h
	}
	if tb.started && sum > tb.flow.room() && sum <= bottom-top-tb.head.h {
		tb.flow.page()
		tb.flow.put(tb.head)
	}
	for _, x := range rows {
		tb.place(x)
	}
}

// noteIndent sets a note off from the row above it.
const noteIndent = 3.0

func (tb *table) wide() float64 {
	w := 0.0
	for _, c := range tb.columns {
		w += c.width
	}
	return w
}

// tall is the height beyond which a row is broken where a page ends, rather than moved to the next.
const tall = 48.0

func (tb *table) place(r *tableRow) {
	f := tb.flow
	if !tb.started {
		f.need(tb.head.h + min(r.h, tall))
		f.put(tb.head)
		tb.started = true
	}
	whole := bottom - top - tb.head.h
	for r != nil {
		switch room := f.room(); {
		case r.h <= room+1e-6:
			f.put(r)
			return
		case r.h <= tall || room < tall/2:
			f.page()
			f.put(tb.head)
			if r.h <= whole {
				f.put(r)
				return
			}
			fallthrough
		default:
			first, rest := r.split(f.room())
			f.put(first)
			f.page()
			f.put(tb.head)
			r = rest
		}
	}
}

// end leaves room behind the table.
func (tb *table) end(gap float64) { tb.flow.gap(gap) }

// A tableRow is a laid out row.
type tableRow struct {
	table *table
	cells [][]lineOf
	h     float64
	head  bool
	// tail belongs to the row above, which is open: no rule lies between them.
	tail, open bool
}

func (r *tableRow) measure() {
	r.h = 0
	for _, c := range r.cells {
		h := 0.0
		for _, l := range c {
			h += l.style.lead
		}
		r.h = max(r.h, h)
	}
	r.h += 2 * padY
}

// split cuts the row where each cell fills h. Something is always taken, so that it ends.
func (r *tableRow) split(h float64) (first, rest *tableRow) {
	a, b := *r, *r
	a.cells, b.cells = make([][]lineOf, len(r.cells)), make([][]lineOf, len(r.cells))
	for i, c := range r.cells {
		used, n := 2*padY, 0
		for n < len(c) && used+c[n].style.lead <= h {
			used += c[n].style.lead
			n++
		}
		if n == 0 && len(c) > 0 {
			n = 1
		}
		a.cells[i], b.cells[i] = c[:n], c[n:]
	}
	// The rest says what it is, in its first cell, above whatever that has left.
	st := r.table.head.cells[0][0].style.sized(6.2)
	if len(b.cells[0]) == 0 || b.cells[0][0].text != continued {
		b.cells[0] = append([]lineOf{{text: continued, style: st}}, b.cells[0]...)
	}
	a.open, b.tail = false, false
	a.measure()
	b.measure()
	return &a, &b
}

const continued = "(continued)"

func (r *tableRow) height() float64 { return r.h }

func (r *tableRow) draw(p *painter, y float64) {
	tb := r.table
	w := tb.wide()
	rule := func(c *props.Color) { p.rect(tb.x, y+r.h-hair, w, hair, c) }
	switch {
	case r.head:
		p.rect(tb.x, y, w, r.h, &p.looks.Panel.Color)
		rule(&p.looks.Muted.Color)
	default:
		if !r.open {
			rule(&p.looks.Line.Color)
		}
	}
	x := tb.x
	for i, c := range r.cells {
		at := y + padY
		if r.tail { // closer to the row it belongs to
			at -= padY
		}
		for _, l := range c {
			at += l.style.lead
			base := at - 0.28*l.style.lead
			if l.mark != "" {
				p.mark(l.mark, l.style.size, l.colour, x+padX+l.indent-markWide, base)
			}
			if tb.columns[i].right {
				p.putRight(l.text, *l.style, x+tb.columns[i].width-padX, base)
			} else {
				p.put(l.text, *l.style, x+padX+l.indent, base)
			}
		}
		x += tb.columns[i].width
	}
}
