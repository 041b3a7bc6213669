package pdf

import (
	"fmt"
	"strings"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/report"
)

// tests shows each test as it was run, so that someone else can run it again.
func (b *book) tests() {
	b.section(b.s, "Tests")
	b.text("Each test states what it looked at, how, and what it found. Expressions are in CEL, the Common Expression Language; it is the record. Every record of the population was tested.", b.s.muted, left, textWidth)
	for _, t := range b.doc.Tests {
		b.test(t)
	}
}

func (b *book) test(t report.Test) {
	s := b.s
	b.gap(5)
	b.need(70)
	b.mark(2, t.ID)
	word, col := b.doc.Words.Result(t.Result), b.looks.result(t.Result)
	// A long id is wrapped beside the result, which stands on its first line.
	for i, l := range s.h2.face.wrap(t.ID, s.h2.size, textWidth-52) {
		i, l := i, l
		b.put(drawn{7, func(p *painter, y float64) {
			if i == 0 {
				p.rect(left, y, textWidth, 0.5, col)
				w := s.strong.face.measure(word.Word, 10)
				p.put(word.Word, *s.strong.in(col).sized(10), right-w, y+5.6)
				p.mark(word.Mark, 10, col, right-w-5.2, y+5.6)
			}
			p.put(l, *s.h2, left, y+5.6)
		}})
	}
	b.gap(0.6)
	b.text(t.Statement, s.lead, left, textWidth)
	b.gap(1.5)
	b.testMethod(t)
	switch {
	case t.Period != nil:
		b.periodCounts(t)
	case t.Manual == "":
		b.testCounts(t)
	}
	b.gap(1)
	b.text(t.Reason, s.strong, left, textWidth)
	if t.Result == assess.NotTested {
		b.text(word.Meaning, s.body, left, textWidth)
	}
	if t.Period != nil {
		b.strip(t)
		b.periodFindings(t)
	} else {
		b.findings(t)
	}
	b.testGaps(t)
	b.auditorBox()
}

func (b *book) testMethod(t report.Test) {
	s, w := b.s, b.doc.Words
	fact := func(name string, c cell) { b.fact(s, name, c, left, 30, textWidth); b.gap(0.3) }
	var controls []string
	for _, c := range t.Controls {
		controls = append(controls, c.Framework+" "+c.Control)
	}
	if len(controls) == 0 {
		controls = []string{"none refers to it"}
	}
	fact("Controls", cell{{text: strings.Join(controls, "; "), style: s.body.sized(8.2)}})
	if t.Why != "" {
		fact("Why", cell{{text: t.Why, style: s.body.sized(8.2)}})
	}
	if t.Manual != "" {
		fact("To be supplied", cell{{text: t.Manual, style: s.body.sized(8.2)}})
		return
	}
	pop := find(b.doc.Populations, t.Population)
	whole := "whole"
	if !pop.Complete {
		whole = "not whole"
	}
	size := fmt.Sprintf("%s; %s, %s", t.Population, counted(t.Size, "record", "records"), whole)
	if p := t.Period; p != nil {
		size = fmt.Sprintf("%s; %s at some moment of the period, %s created and %s deleted in it; %s", t.Population, counted(p.Resources, "resource", "resources"), number(p.Created), number(p.Deleted), whole)
	}
	if !t.First.IsZero() {
		size += fmt.Sprintf("; answered %s to %s", report.Instant(t.First), report.Instant(t.Last))
	}
	fact("Population", cell{{text: size, style: s.body.sized(8.2)}})
	where := t.Where
	if where == "" {
		fact("Selected", cell{{text: "every record", style: s.body.sized(8.2)}})
	} else {
		fact("Selected where", expression(where, s.mono))
	}
	fact("Expected", expression(t.Expect, s.mono))
	fact("Required", cell{{text: fmt.Sprintf("%s: %s (%s)", t.Require, w.Requires(t.Require), t.Over), style: s.body.sized(8.2)}})
	if t.Period != nil {
		fact("Tolerance", cell{{text: toleranceText(t), style: s.body.sized(8.2)}})
	}
	if len(t.Opinions) > 0 {
		fact("AWS's own view", b.opinions(t))
	}
	fact("If none", cell{{text: w.IfEmpty + " " + w.Result(t.IfEmpty).Word + ".", style: s.body.sized(8.2)}})
}

// opinions are what AWS's own controls and rules say, one a line. Those that disagree are marked.
func (b *book) opinions(t report.Test) cell {
	var out cell
	for _, o := range t.Opinions {
		p := para{text: fmt.Sprintf("%s %s: %s", b.doc.Words.Source(o.Source), o.ID, b.doc.Words.Comparison(o.Comparison)), style: b.s.body.sized(8.2)}
		if o.Passed+o.Failed > 0 {
			p.text += fmt.Sprintf(" (%s passed, %s failed, %s not evaluated", number(o.Passed), number(o.Failed), number(o.Unevaluated))
			if !o.Whole {
				p.text += "; not all of them were read"
			}
			p.text += ")"
		}
		if o.Comparison == assess.Disagrees {
			p.mark, p.colour, p.style = "≠", &b.looks.Exception.Color, b.s.strong.sized(8.2)
		}
		out = append(out, p)
	}
	return out
}

// expression keeps the lines that the mapping's author broke it into.
func expression(text string, st *style) cell {
	var c cell
	for line := range strings.Lines(text) {
		c = append(c, para{text: strings.TrimRight(line, "\n"), style: st})
	}
	return c
}

func find(list []report.Population, kind string) report.Population {
	for _, p := range list {
		if p.Kind == kind {
			return p
		}
	}
	return report.Population{}
}

// testCounts draws how the population splits: what was read, what was chosen, and what became of it.
func (b *book) testCounts(t report.Test) {
	s, l := b.s, b.looks
	w := b.doc.Words
	figures := []figure{
		{t.Size, "", "read", s.strong}, {t.Selected, "", "selected", s.strong}, {t.Undecided, "", "selection unknown", s.strong},
		{t.MetCount, w.Result(assess.Met).Mark, "met", s.strong.in(&l.Met.Color)},
		{t.ExceptionCount, w.Result(assess.Exception).Mark, "exceptions", s.strong.in(&l.Exception.Color)},
		{t.UnknownCount, w.Result(assess.Incomplete).Mark, "undecided", s.strong.in(&l.Incomplete.Color)},
	}
	if t.OtherCount > 0 {
		figures = append(figures, figure{t.OtherCount, "", "others, no exceptions", s.strong})
	}
	b.figuresBox(figures)
}

// A figure is a number of testCounts.
type figure struct {
	n          int
	mark, word string
	style      *style
}

// figuresBox draws figures side by side.
func (b *book) figuresBox(figures []figure) {
	s, l := b.s, b.looks
	const high = 11.0
	b.gap(1)
	b.put(drawn{high, func(p *painter, y float64) {
		p.rect(left, y, textWidth, high, &l.Panel.Color)
		each := textWidth / float64(len(figures))
		for i, f := range figures {
			x := left + float64(i)*each + 3
			if i > 0 {
				p.rect(left+float64(i)*each, y+2, hair, high-4, &l.Line.Color)
			}
			st := f.style.sized(11)
			if f.n == 0 {
				st = st.in(&l.Muted.Color)
			}
			at := x
			if f.mark != "" {
				p.mark(f.mark, 9, st.colour, x, y+5.2)
				at += 4.4
			}
			p.put(number(f.n), *st, at, y+5.2)
			p.put(f.word, *s.tag, x, y+9)
		}
	}})
	b.gap(1)
}

func (b *book) findings(t report.Test) {
	if t.Exceptions.Count > 0 {
		title := counted(t.Exceptions.Count, "exception", "exceptions")
		if n := t.Exceptions.Accepted; n > 0 {
			title += fmt.Sprintf(", %s accepted", number(n))
		}
		if n := t.Exceptions.Expired; n > 0 {
			title += fmt.Sprintf(", %s accepted once and expired", number(n))
		}
		b.findingTable(title, t.Exceptions, "Exceptions")
	}
	if t.Unknowns.Count > 0 {
		b.findingTable(counted(t.Unknowns.Count, "undecided record", "undecided records"), t.Unknowns, "Undecided")
	}
}

// wideValue is the number of lines above which a record's values leave their column and take the whole width.
const wideValue = 14

func (b *book) findingTable(title string, list report.Findings, sheet string) {
	s := b.s
	b.gap(2.5)
	b.need(24)
	b.text(title, s.h3, left, textWidth)
	b.gap(0.6)
	tb := b.table(s, column{title: "Record", width: 60, style: s.cellMono}, column{title: "Where", width: 26, style: s.cellMono},
		column{title: "Values that were read", width: 52, style: s.cellMono}, column{title: "Evidence", width: textWidth - 138, style: s.cellMono})
	for _, f := range list.First {
		var values cell
		for _, v := range f.Values {
			values = append(values, para{text: v.Field + " = " + v.Value})
		}
		for _, u := range f.Fields {
			values = append(values, para{text: u.Field + " is unknown: " + u.Code + ", " + u.Gap, style: s.cellMono.in(&b.looks.Incomplete.Color)})
		}
		if f.Fault != "" {
			values = append(values, para{text: f.Fault, style: s.cell.in(&b.looks.Incomplete.Color)})
		}
		var notes []note
		if len(tb.lay(values, 2)) > wideValue {
			notes = append(notes, note{s.cellMono, values})
			values = cell{{text: "below, over the whole width", style: s.tag}}
		}
		if a := f.Accepted; a != nil {
			notes = append(notes, b.acceptance(*a))
		}
		var ev cell
		for _, id := range f.Evidence {
			ev = append(ev, para{text: id})
		}
		ev = append(ev, para{text: report.Instant(f.Date), style: s.tag})
		tb.rowWith(notes, t(f.Record), cell{{text: f.Account}, {text: f.Region}}, values, ev)
	}
	tb.end(1)
	if more := capped(len(list.First), list.Count, sheet); more != "" {
		b.text(more, s.smallBold, left, textWidth)
	}
}

func (b *book) acceptance(a assess.Acceptance) note {
	s := b.s
	head := para{text: "Accepted exception " + a.ID + ", through " + a.Expires, style: s.cellBold, mark: "◇", colour: &b.looks.Accent.Color}
	if a.Expired {
		head = para{text: "Acceptance " + a.ID + " EXPIRED on " + a.Expires, style: s.cellBold.in(&b.looks.Exception.Color), mark: "✕", colour: &b.looks.Exception.Color}
		if !b.faces.mono.has('✕') {
			head.mark = "×"
		}
	}
	return note{s.cell, cell{head, {text: "Owner: " + a.Owner + ". Approver: " + a.Approver + ". Reason: " + a.Reason, style: s.cell}}}
}

func (b *book) testGaps(t report.Test) {
	if t.Gaps.Count == 0 {
		return
	}
	s := b.s
	b.gap(2.5)
	b.need(24)
	b.text(counted(t.Gaps.Count, "gap leaves", "gaps leave")+" the population not whole", s.h3, left, textWidth)
	b.gap(0.6)
	b.gapTable(t.Gaps.First)
	if more := capped(len(t.Gaps.First), t.Gaps.Count, "Gaps"); more != "" {
		b.text(more, s.smallBold, left, textWidth)
	}
}

func (b *book) gapTable(list []evidence.Gap) {
	s := b.s
	tb := b.table(s, column{title: "Outcome", width: 27, style: s.cellBold}, column{title: "Where", width: 27, style: s.cellMono}, column{title: "Operation, code and AWS's words", width: 76, style: s.cell},
		column{title: "Gap, evidence and request", width: textWidth - 130, style: s.cellMono})
	for _, g := range list {
		what := cell{{text: g.Collector + " " + g.Operation, style: s.cellBold}}
		code := g.Code
		if g.Status != 0 {
			code += fmt.Sprintf(" (HTTP %d)", g.Status)
		}
		what = append(what, para{text: code, style: s.cellMono})
		if g.Message != "" {
			what = append(what, para{text: g.Message, style: s.tag})
		}
		if g.Resource != "" {
			what = append(what, para{text: g.Resource, style: s.cellMono}, para{text: "fields: " + strings.Join(g.Fields, ", "), style: s.tag})
		}
		if len(g.Kinds) > 0 {
			what = append(what, para{text: "populations: " + strings.Join(g.Kinds, ", "), style: s.tag})
		}
		ids := cell{{text: g.ID}}
		if g.Evidence != "" {
			ids = append(ids, para{text: g.Evidence})
		} else {
			ids = append(ids, para{text: "nothing was sent", style: s.tag})
		}
		if g.RequestID != "" {
			ids = append(ids, para{text: g.RequestID, style: s.monoSmall.in(&b.looks.Muted.Color)})
		}
		if !g.Date.IsZero() {
			ids = append(ids, para{text: report.Instant(g.Date), style: s.tag})
		}
		tb.row(b.outcome(g.Outcome), cell{{text: g.Account}, {text: g.Region}}, what, ids)
	}
	tb.end(1)
}

// auditorBox leaves room for what is the auditor's to write.
func (b *book) auditorBox() {
	const high = 15.0
	s, l := b.s, b.looks
	b.gap(3)
	b.put(drawn{high, func(p *painter, y float64) {
		p.frame(left, y, textWidth, high, &l.Line.Color)
		x := left
		for _, f := range []struct {
			name string
			w    float64
		}{{"Auditor's conclusion", 92}, {"Reference", 32}, {"Initials", 22}, {"Date", 28}} {
			if x > left {
				p.rect(x, y, hair, high, &l.Line.Color)
			}
			p.put(f.name, *s.tag, x+2, y+4)
			x += f.w
		}
	}})
	b.gap(3)
}
