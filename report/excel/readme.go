package excel

import (
	"fmt"
	"strings"

	"github.com/auditseal/auditseal/report"
)

// readme is the cover: what the workbook is, what was read, and how to read it.
func (b *book) readme() *table {
	w := b.words.Readme
	t := &table{title: w.Title, free: true, colour: b.looks.Accent, columns: []column{{Width: 32}, {Width: 108}, {Width: 10}}}
	t.fill = func(f *filler) {
		d := b.d
		fill := strings.NewReplacer("{organization}", d.Run.Organization, "{period}", d.PeriodText(), "{tool}", d.Run.Tool.String(), "{id}", d.ID)
		say := func(style int, s string) {
			if f.next() {
				f.styled(style, plain(s))
			}
		}
		gap := func() { f.next() }
		pair := func(label, s string) {
			if f.next() {
				f.styled(b.styles.label, plain(label))
				f.styled(b.styles.body, prose(s))
			}
		}
		say(b.styles.title, fill.Replace(w.Heading))
		gap()
		for _, s := range w.Lines {
			pair("", fill.Replace(s))
		}
		gap()
		say(b.styles.heading, w.Facts)
		for _, fact := range b.facts() {
			pair(fact.Title, fact.Text)
		}
		gap()
		say(b.styles.heading, w.Sheets)
		if f.next() {
			for _, s := range w.SheetColumns {
				f.styled(b.styles.header, s)
			}
		}
		for _, t := range b.tables[1:] {
			for _, p := range t.parts {
				if !f.next() {
					return
				}
				f.styled(b.styles.link, p.title)
				f.link(quoteTitle(p.title) + "!A1")
				f.styled(b.styles.wrapped, prose(t.about))
				f.count(p.rows)
			}
		}
		for _, section := range []struct {
			title string
			list  []report.Limit
		}{{w.How, notes(append(append([]string(nil), w.Notes...), d.Words.Values...))}, {w.Clocks, d.Words.Clocks}, {w.Limits, d.Limits}} {
			gap()
			say(b.styles.heading, section.title)
			for _, l := range section.list {
				pair(l.Title, l.Text)
			}
		}
	}
	return t
}

func notes(list []string) []report.Limit {
	out := make([]report.Limit, len(list))
	for i, s := range list {
		title, text, ok := strings.Cut(s, " — ")
		if !ok {
			title, text = "", s
		}
		out[i] = report.Limit{Title: title, Text: text}
	}
	return out
}

// facts are the scope of the run.
func (b *book) facts() []report.Limit {
	d := b.d
	scope := d.Run.Scope
	regions := strings.Join(scope.Regions, ", ")
	if regions == "" {
		regions = "all that are enabled in each account"
	}
	excluded := make([]string, len(scope.Excluded))
	for i, x := range scope.Excluded {
		excluded[i] = x.Account + ": " + x.Reason
	}
	if len(excluded) == 0 {
		excluded = []string{"none"}
	}
	callers := make([]string, 0, len(d.Run.Callers))
	for _, c := range d.Run.Callers {
		who := c.ARN
		if who == "" {
			who = "not known (" + c.Failure + ")"
		}
		callers = append(callers, c.Account+": "+who)
	}
	if len(callers) > 20 {
		callers = append(callers[:20:20], fmt.Sprintf("and %d more, in run.json", len(callers)-20))
	}
	return []report.Limit{
		{Title: "Organization", Text: d.Run.Organization},
		{Title: "Period", Text: report.Instant(scope.Period.From) + " to " + report.Instant(scope.Period.To) + " (its end not included)"},
		{Title: "As of", Text: report.Instant(scope.AsOf)},
		{Title: "First and last answer of AWS", Text: report.Instant(d.First) + " and " + report.Instant(d.Last)},
		{Title: "Accounts", Text: fmt.Sprintf("%d: %s", len(scope.Accounts), strings.Join(scope.Accounts, ", "))},
		{Title: "Accounts left out", Text: strings.Join(excluded, "\n")},
		{Title: "Regions", Text: regions},
		{Title: "Asked as", Text: strings.Join(callers, "\n")},
		{Title: "Exchanges with AWS", Text: fmt.Sprintf("%d, in %d files", d.Evidence.Count, len(d.Evidence.Files))},
		{Title: "Planned, and left unread", Text: fmt.Sprintf("%d operations were planned over all accounts and regions; %d of them left something unread", d.Ledger.CellCount, d.Ledger.Unread)},
		{Title: "SHA-256 of assessment.json", Text: d.Assessed.String()},
	}
}
