package pdf

import (
	"fmt"
	"strings"
	"time"

	"github.com/johnfercher/maroto/v2/pkg/props"

	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/report"
)

// A strip shows a test over the period as a calendar: a row a month, a cell a day. Cells are drawn with rectangles alone, and each result
// has a look of its own that grey paper keeps: solid with a cross, ruled, half filled, light, an empty frame, a dot.
const (
	stripLabel = 17.0
	dayWide    = (textWidth - stripLabel) / 31
	dayHigh    = 4.2
	dayGap     = 0.45
	tickHigh   = 1.0
)

// day draws one cell of a strip within a box.
func (p *painter) day(worst string, x, y, w, h float64) {
	l := p.looks
	switch worst {
	case report.DayException:
		p.rect(x, y, w, h, &l.Exception.Color)
		if size := 8.5; w > 3 {
			p.put("×", style{face: p.faces.mono, size: size, colour: &l.Paper.Color}, x+w/2-p.faces.mono.measure("×", size)/2, y+h/2+0.32*size*mmPerPoint)
		}
	case report.DayUnknown:
		p.frame(x, y, w, h, &l.Incomplete.Color)
		const lines = 4
		each := h / (2*lines + 1)
		for i := range lines {
			p.rect(x, y+each*float64(2*i+1), w, each, &l.Incomplete.Color)
		}
	case report.DayTolerated:
		p.rect(x, y+h/2, w, h/2, &l.Exception.Color)
		p.frame(x, y, w, h, &l.Exception.Color)
	case report.DayMet:
		p.rect(x, y, w, h, tint(&l.Met.Color, &l.Paper.Color))
	case report.DayNotSelected:
		c := &l.Muted.Color
		if w < 2 {
			c = &l.Line.Color // a hundred dark frames side by side would be the loudest thing on the page
		}
		p.frame(x, y, w, h, c)
	case report.DayAbsent:
		const dot = 0.55
		p.rect(x+w/2-dot/2, y+h/2-dot/2, dot, dot, &l.Muted.Color)
	default: // none that is known; it must not read as any
		p.frame(x, y, w, h, &l.Exception.Color)
		p.put("!", style{face: p.faces.mono, size: 8, colour: &l.Exception.Color}, x+w/3, y+h*0.8)
	}
}

// tint is a colour on paper, thinned.
func tint(c, paper *props.Color) *props.Color {
	mix := func(a, b int) int { return (a*28 + b*72) / 100 }
	return &props.Color{Red: mix(c.Red, paper.Red), Green: mix(c.Green, paper.Green), Blue: mix(c.Blue, paper.Blue)}
}

// strip draws a test's days.
func (b *book) strip(x report.Test) {
	s, l := b.s, b.looks
	b.gap(1.5)
	months := 1
	for i, d := range x.Strip {
		if i > 0 && d.Date.Day() == 1 {
			months++
		}
	}
	// A year is not broken; what is longer breaks between months.
	b.need(24 + float64(min(months, 13))*(tickHigh+dayHigh+dayGap))
	b.text("The period, day by day", s.h3, left, textWidth)
	b.gap(0.4)
	b.put(drawn{3.2, func(p *painter, y float64) {
		for n := 1; n <= 31; n++ {
			if n == 1 || n%5 == 0 {
				label := number(n)
				p.put(label, *s.tag.sized(6), left+stripLabel+(float64(n)-0.5)*dayWide-dayGap/2-s.tag.face.measure(label, 6)/2, y+2.4)
			}
		}
	}})
	for days := x.Strip; len(days) > 0; {
		n := 1
		for n < len(days) && days[n].Date.Day() != 1 {
			n++
		}
		month := days[:n]
		days = days[n:]
		b.put(drawn{tickHigh + dayHigh + dayGap, func(p *painter, y float64) {
			p.put(month[0].Date.Format("Jan 2006"), *s.tag, left, y+tickHigh+3.1)
			for _, d := range month {
				x := left + stripLabel + float64(d.Date.Day()-1)*dayWide
				if d.Date.Weekday() == time.Monday {
					p.rect(x-dayGap/2-hair, y, hair*2, tickHigh+dayHigh, &l.Muted.Color)
				}
				p.day(d.Worst, x, y+tickHigh, dayWide-dayGap, dayHigh)
			}
		}})
	}
	b.gap(1.2)
	b.legend(x.Strip)
	b.text("A cell is a day in UTC and shows the worst that any resource was on it. A line in front of a cell marks a Monday. "+b.daysText(x)+".", s.small, left, textWidth)
	b.gap(0.5)
}

// daysText counts the days that somebody has to look at.
func (b *book) daysText(x report.Test) string {
	return fmt.Sprintf("%s: %s with an exception, %s more with unknown time", counted(len(x.Strip), "day", "days"), number(x.ExceptionDays), number(x.UnknownDays))
}

// legend explains the looks that a strip has.
func (b *book) legend(days []report.StripDay) {
	s := b.s
	there := map[string]bool{}
	for _, d := range days {
		there[d.Worst] = true
	}
	b.put(drawn{4.6, func(p *painter, y float64) {
		x := left + stripLabel
		for _, name := range report.DayResults() {
			if !there[name] {
				continue
			}
			word := b.doc.Words.Interval(name).Word
			p.day(name, x, y, dayWide-dayGap, dayHigh-0.6)
			p.put(word, *s.tag, x+dayWide+0.6, y+2.7)
			x += dayWide + s.tag.face.measure(word, s.tag.size) + 5
		}
	}})
}

// periodCounts are the figures of a test over the period: resources, and intervals of them.
func (b *book) periodCounts(x report.Test) {
	s, l, w, p := b.s, b.looks, b.doc.Words, x.Period
	unknown := 0
	for _, u := range p.Unknown {
		unknown += u.Intervals
	}
	b.figuresBox([]figure{
		{p.Resources, "", "resources", s.strong}, {p.Created, "", "created in it", s.strong}, {p.Deleted, "", "deleted in it", s.strong}, {p.Selected, "", "selected", s.strong},
		{x.Exceptions.Count, w.Result(assess.Exception).Mark, "exceptions", s.strong.in(&l.Exception.Color)},
		{p.Tolerated, "", "tolerated", s.strong},
		{unknown, w.Result(assess.Incomplete).Mark, "unknown", s.strong.in(&l.Incomplete.Color)},
	})
}

// toleranceText says how long an exception may last.
func toleranceText(x report.Test) string {
	if x.Tolerance == "" {
		return "none: an exception of any length counts"
	}
	return x.Tolerance + ": an exception that lasted no longer is shown and meets the test"
}

// periodFindings lists the exceptions with their edges, then what is unknown, then where AWS's own timelines differ.
func (b *book) periodFindings(x report.Test) {
	if x.Exceptions.Count > 0 {
		b.exceptionIntervals(x)
	}
	if len(x.Period.Unknown) > 0 {
		b.unknownTime(x)
	}
	if x.Unknowns.Count > 0 {
		b.unknownIntervals(x)
	}
	b.disagreements(x)
}

func (b *book) exceptionIntervals(x report.Test) {
	s := b.s
	title := counted(x.Exceptions.Count, "exception", "exceptions")
	if n := x.Exceptions.Accepted; n > 0 {
		title += fmt.Sprintf(", %s accepted", number(n))
	}
	if n := x.Exceptions.Expired; n > 0 {
		title += fmt.Sprintf(", %s accepted once and expired", number(n))
	}
	b.subhead(title)
	tb := b.table(s, column{title: "Resource", width: 64, style: s.cellMono}, column{title: "From, to (UTC)", width: 35, style: s.cellMono}, column{title: "Lasted", width: 27, style: s.cellBold},
		column{title: "Source and evidence", width: textWidth - 126, style: s.cellMono})
	for _, f := range x.Exceptions.First {
		i := f.Interval
		if i == nil {
			continue
		}
		source := cell{{text: i.Source, style: s.tag}}
		for _, id := range f.Evidence {
			source = append(source, para{text: id})
		}
		notes := []note{{s.cellMono, append(b.edge("Begins", i.Begins), b.edge("Ends", i.Ends)...)}}
		if len(f.Values) > 0 {
			var values cell
			for _, v := range f.Values {
				values = append(values, para{text: v.Field + " = " + v.Value})
			}
			notes = append(notes, note{s.cellMono, values})
		}
		if f.Accepted != nil {
			notes = append(notes, b.acceptance(*f.Accepted))
		}
		tb.rowWith(notes, cell{{text: f.Record}, {text: f.Account + " " + f.Region, style: s.tag}}, b.span(i), t(report.Span(i.To.Sub(i.From))), source)
	}
	tb.end(1)
	if more := capped(len(x.Exceptions.First), x.Exceptions.Count, "Timeline"); more != "" {
		b.text(more, s.smallBold, left, textWidth)
	}
}

func (b *book) span(i *assess.Interval) cell {
	return cell{{text: report.Instant(i.From)}, {text: report.Instant(i.To)}}
}

// edge says where an interval begins or ends, and who made it so.
func (b *book) edge(name string, e assess.Edge) cell {
	s := b.s
	out := cell{{text: name + ": " + e.What, style: s.cellBold}}
	if e.Item != "" { // a line of its own: it is long, and searched for
		out[0].text += ", item"
		out = append(out, para{text: e.Item})
	}
	c := e.Change
	if c == nil {
		return out
	}
	out = append(out, para{text: b.doc.Words.Change(c.Status), style: s.cell})
	for _, x := range c.Events {
		by := x.Principal
		if by == "" {
			by = "(nobody is named)"
		}
		out = append(out, para{text: fmt.Sprintf("%s by %s, %s, event %s", x.Name, by, report.Instant(x.Time), x.ID)})
	}
	if len(c.Evidence) > 0 {
		out = append(out, para{text: "asked: " + strings.Join(c.Evidence, ", "), style: s.tag})
	}
	return out
}

// subhead begins a list below a test.
func (b *book) subhead(title string) {
	b.gap(2.5)
	b.need(24)
	b.text(title, b.s.h3, left, textWidth)
	b.gap(0.6)
}

func (b *book) unknownTime(x report.Test) {
	s := b.s
	b.subhead("Unknown time by its cause")
	tb := b.table(s, column{title: "Cause", width: 97, style: s.cell}, column{title: "Intervals", width: 17, style: s.cell, right: true},
		column{title: "Together, over all resources", width: 32, style: s.cell, right: true}, column{title: "Longest", width: textWidth - 146, style: s.cell, right: true})
	for _, u := range x.Period.Unknown {
		cause := cell{{text: b.doc.Words.Cause(u.Code)}, {text: u.Code, style: s.tag}}
		if cause[0].text == u.Code { // none that we have words for
			cause[0].text = u.Reason
		}
		tb.row(cause, t(number(u.Intervals)), t(report.Span(time.Duration(u.Seconds)*time.Second)), t(report.Span(time.Duration(u.Longest)*time.Second)))
	}
	tb.end(1)
}

func (b *book) unknownIntervals(x report.Test) {
	s := b.s
	b.subhead(counted(x.Unknowns.Count, "unknown interval", "unknown intervals"))
	tb := b.table(s, column{title: "Resource", width: 64, style: s.cellMono}, column{title: "From, to (UTC)", width: 35, style: s.cellMono}, column{title: "Lasted", width: 27, style: s.cell},
		column{title: "Why, and evidence", width: textWidth - 126, style: s.cell})
	for _, f := range x.Unknowns.First {
		i := f.Interval
		if i == nil {
			continue
		}
		why := cell{{text: i.Code, style: s.cell.in(&b.looks.Incomplete.Color)}}
		if i.Reason != "" {
			why = append(why, para{text: i.Reason, style: s.tag})
		}
		for _, u := range f.Fields {
			why = append(why, para{text: strings.TrimSuffix(u.Field+" is unknown: "+u.Code+", "+u.Gap, ", "), style: s.cellMono})
		}
		if f.Fault != "" {
			why = append(why, para{text: f.Fault, style: s.tag})
		}
		why = append(why, para{text: strings.Join(f.Evidence, ", "), style: s.cellMono})
		tb.row(cell{{text: f.Record}, {text: f.Account + " " + f.Region, style: s.tag}}, b.span(i), t(report.Span(i.To.Sub(i.From))), why)
	}
	tb.end(1)
	if more := capped(len(x.Unknowns.First), x.Unknowns.Count, "Timeline"); more != "" {
		b.text(more, s.smallBold, left, textWidth)
	}
}

// disagreements shows both sides where AWS's own timeline says otherwise.
func (b *book) disagreements(x report.Test) {
	s, w, p := b.s, b.doc.Words, x.Period
	if p.Compared == 0 {
		return
	}
	if len(p.Disagreements) == 0 {
		b.gap(2)
		b.text(fmt.Sprintf("AWS's own timelines of %s were compared, and say nothing else.", counted(p.Compared, "resource", "resources")), s.body, left, textWidth)
		return
	}
	b.subhead(fmt.Sprintf("%s with AWS's own timelines, of %s compared", counted(len(p.Disagreements), "disagreement", "disagreements"), counted(p.Compared, "resource", "resources")))
	tb := b.table(s, column{title: "Resource", width: 64, style: s.cellMono}, column{title: "From, to (UTC)", width: 35, style: s.cellMono}, column{title: "This test", width: 27, style: s.cellBold},
		column{title: "AWS says", width: textWidth - 126, style: s.cellBold})
	for _, d := range p.Disagreements[:min(len(p.Disagreements), report.Shown)] {
		theirs := cell{{text: w.Interval(d.Theirs).Word}, {text: w.Source(d.Source) + " " + d.ID, style: s.tag}}
		for _, id := range d.Evidence {
			theirs = append(theirs, para{text: id, style: s.cellMono})
		}
		tb.row(cell{{text: d.Record}, {text: d.Account + " " + d.Region, style: s.tag}}, cell{{text: report.Instant(d.From)}, {text: report.Instant(d.To)}}, t(w.Interval(d.Ours).Word), theirs)
	}
	tb.end(1)
	if more := capped(min(len(p.Disagreements), report.Shown), len(p.Disagreements), "Timeline"); more != "" {
		b.text(more, s.smallBold, left, textWidth)
	}
}

// mostStrips is how many tests over the period the summary shows.
const mostStrips = 4

// periodSummary shows the worst tests over the period in a line each, for whoever reads two pages.
func (b *book) periodSummary() {
	list := b.doc.OverPeriod()
	if len(list) == 0 {
		return
	}
	s := b.s
	b.part(s, "Tests over the period", 24)
	const label, high = 62.0, 3.4
	for _, x := range list[:min(len(list), mostStrips)] {
		cells, _ := report.Condense(x.Strip, 100)
		word, col := b.doc.Words.Result(x.Result), b.looks.result(x.Result)
		b.put(drawn{high + 3.2, func(p *painter, y float64) {
			p.mark(word.Mark, 7.5, col, left, y+2.7)
			p.put(clip(x.ID, *s.tag, label-8), *s.tag.in(&b.looks.Ink.Color), left+4.4, y+2.7)
			each := (textWidth - label) / float64(len(cells))
			gap := min(0.3, each/5)
			for i, d := range cells {
				p.day(d.Worst, left+label+float64(i)*each, y, each-gap, high)
			}
		}})
	}
	_, days := report.Condense(list[0].Strip, 100)
	cell := "day"
	if days > 1 {
		cell = fmt.Sprintf("stretch of %d days", days)
	}
	var all []report.StripDay
	for _, x := range list[:min(len(list), mostStrips)] {
		all = append(all, x.Strip...)
	}
	b.legend(all)
	b.text(fmt.Sprintf("A cell is a %s, and shows the worst that any resource was. %s of %s over the period shown, worst first.", cell, number(min(len(list), mostStrips)), counted(len(list), "test", "tests")), s.small, left, textWidth)
}
