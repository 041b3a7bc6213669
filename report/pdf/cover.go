package pdf

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/report"
)

func pageOf(n, total int) string { return fmt.Sprintf("page %d of %d", n, total) }

// counted writes a number with its noun, "1 gap" or "2,500 gaps".
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + many
}

// number writes thousands with commas.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// capped says how much of a list is shown, and where the rest stands. It is empty where all of it is.
func capped(shown, total int, sheet string) string {
	if shown >= total {
		return ""
	}
	return fmt.Sprintf("%s of %s shown; all are in the workbook, sheet %s.", number(shown), number(total), sheet)
}

func (b *book) cover() {
	d, s := b.doc, b.s
	b.page()
	b.current().bare = true
	accent, muted := &b.looks.Accent.Color, &b.looks.Muted.Color
	b.y = 0
	b.put(drawn{34, func(p *painter, y float64) {
		p.rect(0, 0, pageWidth, 5, accent)
		p.put(b.looks.Brand, *s.strong.in(accent).sized(11), left, 19)
		p.putRight("Pack "+d.ID, *s.mono.in(muted), right, 19)
	}})
	b.y = 52
	b.text(d.Words.Title, s.title, left, textWidth)
	b.text(d.Words.Subtitle, s.subtitle, left, textWidth)
	b.gap(12)
	b.text(d.Run.Organization, s.figure.sized(19), left, textWidth)
	b.text(d.PeriodText(), s.subtitle.in(&b.looks.Ink.Color), left, textWidth)
	b.gap(7)
	b.coverFacts()
	b.gap(8)
	b.coverCounts()
	b.gap(7)
	b.coverNature()
}

func (b *book) coverFacts() {
	d, s := b.doc, b.s
	fact := func(name string, c cell) { b.fact(s, name, c, left, 34, textWidth); b.gap(1.1) }
	b.put(drawn{3, func(p *painter, y float64) { p.rule(left, y, textWidth, &b.looks.Line.Color) }})
	sc := d.Run.Scope
	accounts := counted(len(sc.Accounts), "account", "accounts")
	if n := len(sc.Excluded); n > 0 {
		accounts += fmt.Sprintf(", %s more left out by the scope", number(n))
	}
	regions := "every region enabled in each account"
	if len(sc.Regions) > 0 {
		regions = strings.Join(sc.Regions, ", ")
	}
	if d.First.IsZero() {
		fact("Collected", t("nothing: the tape is empty"))
	} else {
		fact("Collected", t(report.Instant(d.First)+" to "+report.Instant(d.Last)+", by AWS's clock"))
	}
	fact("Scope", t(accounts+"; "+regions))
	fact("Frameworks", frameworkNames(d))
	fact("Made by", t(d.Run.Tool.String()+" ("+d.Run.Tool.Go+")"))
	fact("Results", cell{{text: "SHA-256 of assessment.json", style: s.body}, {text: d.Assessed.String(), style: s.mono}})
	fact("Manifest", cell{{text: "SHA-256 of manifest.json, as it was told to you another way than with this file:", style: s.body}})
	b.put(drawn{6.5, func(p *painter, y float64) { p.rule(left+34, y+5, textWidth-34, &b.looks.Muted.Color) }})
}

func frameworkNames(d *report.Document) cell {
	var names cell
	for _, f := range d.Frameworks {
		n := f.Title
		if f.Version != "" {
			n += ", " + f.Version
		}
		names = append(names, para{text: n})
	}
	if len(names) == 0 {
		return t("none")
	}
	return names
}

// coverCounts shows how many controls came to each result: a mark, a number and a word, which read alike in black and white.
func (b *book) coverCounts() {
	d, s := b.doc, b.s
	b.text("Controls by result", s.h3, left, textWidth)
	b.gap(1.5)
	b.counts(d.ControlCounts)
	total := 0
	for _, c := range d.ControlCounts {
		total += c.N
	}
	b.gap(1.5)
	b.text(fmt.Sprintf("%s in %s. No score is made of them.", counted(total, "control", "controls"), counted(len(d.Frameworks), "framework", "frameworks")), s.small, left, textWidth)
}

// counts draws one box a result.
func (b *book) counts(list []report.Count) {
	const gap, high = 3.0, 21.0
	w := (textWidth - gap*float64(len(list)-1)) / float64(len(list))
	b.put(drawn{high, func(p *painter, y float64) {
		for i, c := range list {
			x := left + float64(i)*(w+gap)
			word, col := b.doc.Words.Result(c.Result), b.looks.result(c.Result)
			p.rect(x, y, w, high, &b.looks.Panel.Color)
			p.rect(x, y, w, 1.1, col)
			p.mark(word.Mark, 15, col, x+3, y+11)
			p.putRight(number(c.N), *b.s.figure.sized(20), x+w-3, y+11.2)
			p.put(word.Word, *b.s.smallBold.sized(8), x+3, y+17.4)
		}
	}})
}

func (b *book) coverNature() {
	d, s := b.doc, b.s
	const gap = 8.0
	w := (textWidth - gap) / 2
	body := s.body.sized(8)
	high := func(list []string) float64 {
		h := s.h3.lead + 1
		for _, l := range list {
			h += float64(len(body.face.wrap(l, body.size, w-4)))*body.lead + 0.8
		}
		return h
	}
	// Both columns stand on one page.
	b.need(max(high(d.Words.Is), high(d.Words.IsNot)))
	y := b.y
	column := func(title string, list []string, x float64) float64 {
		b.y = y
		b.text(title, s.h3, x, w)
		b.gap(1)
		for _, l := range list {
			b.bullet(l, body, x, w)
			b.gap(0.8)
		}
		return b.y
	}
	end := column("What this is", d.Words.Is, left)
	b.y = max(end, column("What this is not", d.Words.IsNot, left+w+gap))
}

// contents lists the sections, whose pages are not known yet, and explains the marks.
func (b *book) contents() {
	s, d := b.s, b.doc
	b.page()
	b.toc = b.current()
	b.y += 2
	b.text("Contents", s.h1, left, textWidth)
	b.put(drawn{1.2, func(p *painter, y float64) { p.rect(left, y+0.6, 14, 0.7, &p.looks.Accent.Color) }})
	b.gap(4)
	b.y += tocLines * tocLead
	b.gap(8)
	b.text("How results are marked", s.h2, left, textWidth)
	b.gap(1.5)
	tb := b.table(s, column{title: "Result", width: 38, style: s.cellBold}, column{title: "What it says", width: textWidth - 38, style: s.cell})
	for _, r := range d.Words.Results {
		tb.row(b.result(r.Result), t(r.Meaning))
	}
	tb.end(2)
	b.text("A control takes the worst result of its tests, in this order. An accepted exception is shown beside the exception and changes no result.", s.small, left, textWidth)
	b.gap(6)
	b.text("How values are written", s.h2, left, textWidth)
	b.gap(1.5)
	for _, l := range d.Words.Values {
		b.bullet(l, s.body.sized(8), left, textWidth)
		b.gap(0.6)
	}
}

const (
	tocLines = 11
	tocLead  = 6.2
)

// placeContents fills in the contents once every page is known.
func (b *book) placeContents() {
	y := top + 2 + b.s.h1.lead + 1.2 + 4
	n := 0
	for _, m := range b.marks {
		if m.level != 1 || n == tocLines {
			continue
		}
		n++
		m, at := m, y
		b.toc.rows = append(b.toc.rows, placed{drawn{tocLead, func(p *painter, y float64) {
			p.put(m.title, *b.s.lead, left, y+4.2)
			p.putRight(strconv.Itoa(m.page), *b.s.lead, right, y+4.2)
			p.rule(left, y+tocLead-0.4, textWidth, &b.looks.Line.Color)
		}}, at})
		b.links = append(b.links, link{page: b.toc.number, x: left, y: at, w: textWidth, h: tocLead, to: m.page, toY: m.y})
		y += tocLead
	}
}

// result is a result's mark and word.
func (b *book) result(r assess.Result) cell {
	w := b.doc.Words.Result(r)
	return cell{{text: w.Word, style: b.s.cellBold.in(b.looks.result(r)), mark: w.Mark, colour: b.looks.result(r)}}
}
