package pdf

import (
	"fmt"
	"strings"

	"github.com/auditseal/auditseal/report"
)

// controls lists the results of each framework, control by control.
func (b *book) controls() {
	d, s := b.doc, b.s
	b.section(s, "Results by control")
	b.text("The last column is the auditor's. It is empty on purpose.", s.muted, left, textWidth)
	for _, f := range d.Frameworks {
		b.part(s, f.Title, 40)
		line := f.ID
		if f.Version != "" {
			line += ", version " + f.Version
		}
		if f.Source != "" {
			line += ". Control identifiers from " + f.Source
		}
		b.text(line+".", s.small, left, textWidth)
		b.gap(1.5)
		for _, g := range f.Groups {
			if g.Title != "" {
				b.gap(1.5)
				b.need(26)
				b.text(g.Title, s.h3, left, textWidth)
				b.gap(0.8)
			}
			tb := b.table(s, column{title: "Control", width: 17, style: s.cellBold}, column{title: "Title and mapping", width: 53, style: s.cell}, column{title: "Result", width: 30, style: s.cellBold},
				column{title: "Tests", width: 50, style: s.cell}, column{title: "Auditor", width: textWidth - 150, style: s.cell})
			for _, c := range g.Controls {
				tb.row(t(c.ID), b.controlTitle(c), b.result(c.Result), b.controlTests(c), nil)
			}
			tb.end(2)
		}
		b.gap(2)
	}
}

func (b *book) controlTitle(c report.Control) cell {
	s := b.s
	out := cell{{text: c.Title}}
	add := func(prefix, text string) {
		if text != "" {
			out = append(out, para{text: prefix + text, style: s.tag})
		}
	}
	add("Security Hub: ", strings.Join(c.SecurityHub, ", "))
	add("Config rules: ", strings.Join(c.ConfigRules, ", "))
	add("Not applicable: ", c.NotApplicable)
	add("Outside AWS: ", c.Outside)
	add("No test yet: ", c.Planned)
	add("A person must supply: ", c.Manual)
	return out
}

func (b *book) controlTests(c report.Control) cell {
	var out cell
	for _, t := range c.Tests {
		out = append(out, para{text: t.ID, mark: b.doc.Words.Result(t.Result).Mark, colour: b.looks.result(t.Result)})
		if t.Population != "" {
			out = append(out, para{text: fmt.Sprintf("%s met, %s, %s undecided", number(t.Met), counted(t.Exception, "exception", "exceptions"), number(t.Unknown)), style: b.s.tag})
			if t.Gaps > 0 {
				out = append(out, para{text: fmt.Sprintf("population not whole: %s", counted(t.Gaps, "gap", "gaps")), style: b.s.tag})
			}
		}
	}
	if len(out) == 0 {
		out = cell{{text: "none", style: b.s.tag}}
	}
	return out
}
