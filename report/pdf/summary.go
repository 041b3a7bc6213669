package pdf

import (
	"fmt"
	"strings"

	"github.com/johnfercher/maroto/v2/pkg/props"

	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/report"
)

// summary is the two pages for whoever reads two pages: results, and what is missing from them.
func (b *book) summary() {
	d, s := b.doc, b.s
	b.section(s, "Summary of results")
	b.text(fmt.Sprintf("%s were run on %s of records read from AWS between %s and %s.",
		counted(len(d.Tests), "test", "tests"), counted(len(d.Populations), "population", "populations"), report.Instant(d.First), report.Instant(d.Last)), s.lead, left, textWidth)
	b.gap(4)
	b.frameworkTable()
	b.periodSummary()
	b.openControls()
	b.section(s, "What is missing, accepted or asked for")
	b.figures()
	b.codes(10)
	b.brokenPopulations()
	b.acceptedCounts()
}

func (b *book) frameworkTable() {
	d, s := b.doc, b.s
	cols := []column{{title: "Framework", width: 34, style: s.cellBold}, {title: "Controls", width: 14, style: s.cell, right: true}}
	for _, r := range d.Words.Results {
		cols = append(cols, column{title: r.Word, width: 21, style: s.cell, right: true})
	}
	tb := b.table(s, cols...)
	for _, f := range d.Frameworks {
		total := 0
		cells := []cell{{{text: f.Title}, {text: f.ID + "  " + f.Version, style: s.tag}}, nil}
		for _, c := range f.Counts {
			total += c.N
			cells = append(cells, t(number(c.N)))
		}
		cells[1] = t(number(total))
		tb.row(cells...)
		b.bar(f.Counts, total)
	}
	tb.end(1)
	b.text("A framework's bar has one part for each result, in the order of the columns, marked "+marks(d)+".", s.small, left, textWidth)
}

func marks(d *report.Document) string {
	var out []string
	for _, r := range d.Words.Results {
		out = append(out, strings.ToLower(r.Word))
	}
	return strings.Join(out, ", ")
}

// bar draws the results of one framework side by side. Each part carries its mark and number where they fit, so that it reads
// without colour.
func (b *book) bar(counts []report.Count, total int) {
	const high = 5.4
	words, s := b.doc.Words, b.s
	b.put(drawn{high + 2.4, func(p *painter, y float64) {
		y += 1
		x, w := left, textWidth
		if total == 0 {
			return
		}
		const cut = 0.5
		for _, c := range counts {
			if c.N == 0 {
				continue
			}
			part := w * float64(c.N) / float64(total)
			p.rect(x, y, part-cut, high, b.looks.result(c.Result))
			label := number(c.N)
			paper := &b.looks.Paper.Color
			if part > 10+s.smallBold.face.measure(label, 8) {
				p.mark(words.Result(c.Result).Mark, 8, paper, x+2, y+3.8)
				p.put(label, *s.smallBold.in(paper).sized(8), x+6.4, y+3.8)
			}
			x += part
		}
	}})
}

// openControls lists the controls with an exception or without a result, as many as fit on the page: whoever reads two pages
// reads these two. All of them stand under Results by control.
func (b *book) openControls() {
	d, s := b.doc, b.s
	b.part(s, "Controls with an exception or without a result", 30)
	tb := b.table(s, column{title: "Result", width: 29, style: s.cellBold}, column{title: "Control", width: 92, style: s.cell}, column{title: "Framework", width: 36, style: s.tag},
		column{title: "Tests", width: textWidth - 157, style: s.cell})
	asked, listed, unlisted := 0, 0, 0
	for _, o := range d.Open {
		c := o.Control
		if c.Result == assess.Manual {
			asked++
			continue
		}
		if unlisted > 0 || b.room() < 22 {
			unlisted++
			continue
		}
		same := 0
		for _, t := range c.Tests {
			if t.Result == c.Result {
				same++
			}
		}
		tb.row(b.result(c.Result), cell{{text: c.ID + "  " + c.Title}}, t(o.Framework), t(fmt.Sprintf("%d of %d", same, len(c.Tests))))
		listed++
	}
	if listed == 0 {
		b.text("There is none.", s.body, left, textWidth)
	}
	b.gap(1)
	var more []string
	if listed > 0 {
		more = append(more, "Tests tells how many of the control's tests came to that result.")
	}
	if unlisted > 0 {
		more = append(more, fmt.Sprintf("%s of %s shown.", number(listed), number(listed+unlisted)))
	}
	if asked > 0 {
		more = append(more, fmt.Sprintf("%s for evidence that people supply.", counted(asked, "control more waits", "controls more wait")))
	}
	b.text(strings.Join(append(more, "Every control stands under Results by control."), " "), s.small, left, textWidth)
}

// figures are the numbers of the ledger.
func (b *book) figures() {
	d, s := b.doc, b.s
	whole := 0
	for _, p := range d.Populations {
		if p.Complete {
			whole++
		}
	}
	boxes := []struct {
		n      int
		of     string
		words  string
		colour *props.Color
	}{
		{d.Ledger.CellCount, "", "calls planned, one a collector's operation in an account and region", &b.looks.Ink.Color},
		{d.Ledger.Unread, "", "of them left something unread", b.alarm(d.Ledger.Unread)},
		{d.Ledger.GapCount, "", "gaps recorded", b.alarm(d.Ledger.GapCount)},
		{len(d.Populations) - whole, "", fmt.Sprintf("of %s not whole", counted(len(d.Populations), "population", "populations")), b.alarm(len(d.Populations) - whole)},
	}
	const gap, high = 3.0, 22.0
	w := (textWidth - gap*3) / 4
	b.put(drawn{high, func(p *painter, y float64) {
		for i, x := range boxes {
			at := left + float64(i)*(w+gap)
			p.rect(at, y, w, high, &b.looks.Panel.Color)
			p.rect(at, y, 1.1, high, x.colour)
			p.put(number(x.n), *s.figure.in(x.colour).sized(18), at+4, y+9.2)
			for n, l := range s.tag.face.wrap(x.words, s.tag.size, w-6) {
				p.put(l, *s.tag, at+4, y+13.6+float64(n)*s.tag.lead)
			}
		}
	}})
	b.gap(3)
}

func (b *book) alarm(n int) *props.Color {
	if n > 0 {
		return &b.looks.Incomplete.Color
	}
	return &b.looks.Ink.Color
}

// codes lists the most frequent gaps by what was asked and what AWS said.
func (b *book) codes(most int) {
	d, s := b.doc, b.s
	b.part(s, "Gaps by cause", 20)
	if len(d.Ledger.Codes) == 0 {
		b.text(b.noGaps(), s.body, left, textWidth)
		return
	}
	tb := b.table(s, column{title: "Outcome", width: 30, style: s.cellBold}, column{title: "Collector and operation", width: 62, style: s.cell},
		column{title: "Code", width: 48, style: s.cellMono}, column{title: "Gaps", width: 15, style: s.cell, right: true}, column{title: "Accounts", width: 19, style: s.cell, right: true})
	for i, c := range d.Ledger.Codes {
		if i == most {
			break
		}
		tb.row(b.outcome(c.Outcome), t(c.Collector+" "+c.Operation), t(c.Code), t(number(c.N)), t(number(c.Accounts)))
	}
	tb.end(1)
	if more := capped(most, len(d.Ledger.Codes), "Gaps"); more != "" {
		b.text(more, s.small, left, textWidth)
	}
}

// noGaps says so, and never of a run that asked nothing.
func (b *book) noGaps() string {
	if b.doc.Ledger.CellCount == 0 {
		return "Nothing was planned, so nothing was read."
	}
	return "There is none: every planned call was read in full."
}

func (b *book) brokenPopulations() {
	d, s := b.doc, b.s
	b.part(s, "Populations that are not whole", 20)
	// The summary has two pages, however many there are: what follows needs some room.
	const most, places, below = 12, 2, 62.0
	var tb *table
	broken, shown := 0, 0
	for _, p := range d.Populations {
		if p.Complete {
			continue
		}
		if broken++; broken > shown+1 || shown == most || shown > 0 && b.room() < below {
			continue
		}
		shown++
		if tb == nil {
			tb = b.table(s, column{title: "Population", width: 50, style: s.cellBold}, column{title: "Records read", width: 24, style: s.cell, right: true},
				column{title: "Gaps", width: 15, style: s.cell, right: true}, column{title: "Where", width: textWidth - 89, style: s.cell})
		}
		var where []string
		for _, g := range p.Gaps.First {
			where = append(where, b.doc.Words.Outcome(g.Outcome).Word+" "+g.Account+" "+g.Region)
		}
		where = unique(where)
		list := strings.Join(where[:min(places, len(where))], "; ")
		if p.Gaps.Count > len(p.Gaps.First) || len(where) > places {
			list += "; and more"
		}
		tb.row(t(p.Kind), t(number(p.Size)), t(number(p.Gaps.Count)), t(list))
	}
	if tb == nil {
		b.text("There is none.", s.body, left, textWidth)
		return
	}
	tb.end(1)
	if broken > shown {
		b.text(fmt.Sprintf("%s of %s shown; the others stand under Populations, and their gaps under Gaps.", number(shown), number(broken)), s.small, left, textWidth)
	}
}

func unique(list []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, x := range list {
		if !seen[x] {
			seen[x] = true
			out = append(out, x)
		}
	}
	return out
}

func (b *book) acceptedCounts() {
	d, s := b.doc, b.s
	b.part(s, "Accepted exceptions and requests", 16)
	n := map[string]int{}
	for _, a := range d.Accepted {
		n[a.Status]++
	}
	b.bullet(fmt.Sprintf("%s on file: %s applied, %s expired, %s without an exception to accept. None of them changes a result.",
		counted(len(d.Accepted), "accepted exception is", "accepted exceptions are"), number(n["applied"]), number(n["expired"]), number(n["orphaned"])), s.body, left, textWidth)
	open := 0
	for _, r := range d.Requests {
		if len(r.Supplied) == 0 {
			open++
		}
	}
	b.bullet(fmt.Sprintf("%s to people; no file was supplied for %s.", counted(len(d.Requests), "request goes", "requests go"), number(open)), s.body, left, textWidth)
	b.bullet(counted(len(d.Limits), "limit of this evidence is", "limits of this evidence are")+" listed under Limits.", s.body, left, textWidth)
}
