package pdf

import "github.com/johnfercher/maroto/v2/pkg/props"

// styles are the styles of the report.
type styles struct {
	title, subtitle, h1, h2, h3         *style
	body, lead, small, smallBold        *style
	strong, muted, mono, monoSmall      *style
	head, cell, cellBold, cellMono, tag *style
	figure                              *style
}

func newStyles(f *faces, l *looks) *styles {
	ink, muted, accent := &l.Ink.Color, &l.Muted.Color, &l.Accent.Color
	at := func(fc *face, size, lead float64, c *props.Color) *style { return &style{fc, size, c, lead} }
	return &styles{
		title:     at(f.bold, 27, 12, ink),
		subtitle:  at(f.sans, 13, 6.4, muted),
		h1:        at(f.bold, 17, 8, accent),
		h2:        at(f.bold, 12, 6, ink),
		h3:        at(f.bold, 9, 4.6, accent),
		body:      at(f.sans, 9, 4.5, ink),
		lead:      at(f.sans, 10.5, 5.2, ink),
		small:     at(f.sans, 7.5, 3.6, muted),
		smallBold: at(f.bold, 7.5, 3.6, ink),
		strong:    at(f.bold, 9, 4.5, ink),
		muted:     at(f.sans, 9, 4.5, muted),
		mono:      at(f.mono, 7.8, 4, ink),
		monoSmall: at(f.mono, 6.6, 3.2, ink),
		head:      at(f.bold, 7.2, 3.4, muted),
		cell:      at(f.sans, 7.8, 3.6, ink),
		cellBold:  at(f.bold, 7.8, 3.6, ink),
		cellMono:  at(f.mono, 6.8, 3.3, ink),
		tag:       at(f.sans, 7, 3.3, muted),
		figure:    at(f.bold, 22, 9, ink),
	}
}

// in is the style in another colour.
func (s style) in(c *props.Color) *style { s.colour = c; return &s }

// A drawn row draws itself by a function.
type drawn struct {
	h  float64
	fn func(p *painter, y float64)
}

func (d drawn) height() float64            { return d.h }
func (d drawn) draw(p *painter, y float64) { d.fn(p, y) }

// A lineRow is one line of text.
type lineRow struct {
	text  string
	style *style
	x     float64
}

func (l lineRow) height() float64 { return l.style.lead }
func (l lineRow) draw(p *painter, y float64) {
	p.put(l.text, *l.style, l.x, y+0.72*l.style.lead)
}

// text sets a paragraph, line by line.
func (f *flow) text(s string, st *style, x, w float64) {
	lines := st.face.wrap(s, st.size, w)
	// No single line of a paragraph is left on a page.
	f.need(st.lead * float64(min(2, len(lines))))
	for i, l := range lines {
		if len(lines) > 3 && i == len(lines)-2 {
			f.need(2 * st.lead)
		}
		f.put(lineRow{l, st, x})
	}
}

// bullet sets a paragraph behind a dot.
func (f *flow) bullet(s string, st *style, x, w float64) {
	lines := st.face.wrap(s, st.size, w-4)
	f.need(st.lead * float64(min(2, len(lines))))
	for i, l := range lines {
		if i == 0 {
			dot := *st.in(&f.looks.Accent.Color)
			f.put(drawn{st.lead, func(p *painter, y float64) {
				p.put("•", dot, x, y+0.72*st.lead)
				p.put(l, *st, x+4, y+0.72*st.lead)
			}})
			continue
		}
		f.put(lineRow{l, st, x + 4})
	}
}

// section begins a section on a new page.
func (f *flow) section(s *styles, title string) {
	f.page()
	f.y += 2
	f.sectionHead(s, title)
}

// shortSection begins a section below the one before, where a good part of the page is left.
func (f *flow) shortSection(s *styles, title string) {
	if f.room() < 75 {
		f.section(s, title)
		return
	}
	f.gap(12)
	f.sectionHead(s, title)
}

func (f *flow) sectionHead(s *styles, title string) {
	f.mark(1, title)
	f.text(title, s.h1, left, textWidth)
	f.put(drawn{1.2, func(p *painter, y float64) { p.rect(left, y+0.6, 14, 0.7, &p.looks.Accent.Color) }})
	f.gap(5)
}

// part begins a part of a section, kept with at least keep mm of what follows.
func (f *flow) part(s *styles, title string, keep float64) {
	f.gap(4)
	f.need(s.h2.lead + keep)
	f.mark(2, title)
	f.text(title, s.h2, left, textWidth)
	f.gap(1.2)
}

// fact sets a name and a value side by side.
func (f *flow) fact(s *styles, name string, value cell, x, nameWidth, w float64) {
	tb := &table{flow: f, columns: []column{{width: w - nameWidth, style: s.body}}}
	lines := tb.lay(value, 0)
	// The name stands beside the first line, on its baseline.
	for i, l := range lines {
		i, l := i, l
		f.put(drawn{max(l.style.lead, 4.2), func(p *painter, y float64) {
			base := y + 3.1
			if i == 0 {
				p.put(name, *s.muted.sized(8.2), x, base)
			}
			if l.mark != "" {
				p.mark(l.mark, l.style.size, l.colour, x+nameWidth, base)
			}
			p.put(l.text, *l.style, x+nameWidth+l.indent, base)
		}})
	}
}

// sized is the style in another size.
func (s style) sized(points float64) *style { s.size = points; return &s }
