package pdf

import (
	"fmt"
	"strings"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/report"
)

func (b *book) scope() {
	d, s := b.doc, b.s
	sc := d.Run.Scope
	b.section(s, "Scope and method")
	fact := func(name string, c cell) { b.fact(s, name, c, left, 42, textWidth); b.gap(0.5) }
	fact("Organization", t(d.Run.Organization))
	fact("Period", t(d.PeriodText()+" (UTC)"))
	fact("As of", t(report.Instant(sc.AsOf)+", when collection began"))
	if len(sc.Regions) > 0 {
		fact("Regions", t(strings.Join(sc.Regions, ", ")))
	} else {
		fact("Regions", t("every region enabled in each account, as AWS lists them"))
	}
	if sc.Home != "" {
		fact("Home region", t(sc.Home+", asked where a service has one answer an account"))
	}
	if len(sc.History) > 0 {
		fact("History", t(strings.Join(sc.History, ", ")+", from AWS Config over the period"))
	} else {
		fact("History", t("none was read: records are of the moment"))
	}
	if d.Run.Role != "" {
		fact("Role", t(d.Run.Role+", assumed in each account"))
	} else {
		fact("Role", t("none: the caller's own credentials"))
	}
	fact("Collectors", t(strings.Join(d.Run.Collectors, ", ")))
	fips := "not asked for"
	if d.Run.FIPSEndpoints {
		fips = "asked for"
	}
	fact("FIPS endpoints", t(fmt.Sprintf("%s; %s of %s were answered by one", fips, number(d.Evidence.FIPS), counted(d.Evidence.Count, "exchange", "exchanges"))))
	redact := "secrets only"
	if len(d.Run.Redact) > 0 {
		redact = "secrets; " + strings.Join(d.Run.Redact, ", ")
	}
	fact("Redaction", t(fmt.Sprintf("%s (%s taken out)", redact, counted(d.Evidence.Redactions, "value", "values"))))
	b.accounts()
	b.populations()
	b.part(s, "Three clocks", 24)
	for _, c := range d.Words.Clocks {
		b.fact(s, c.Title, t(c.Text), left, 26, textWidth)
		b.gap(1)
	}
	b.part(s, "How the evidence came about", 24)
	for _, m := range d.Words.Method {
		b.bullet(m, s.body, left, textWidth)
		b.gap(0.8)
	}
	b.part(s, "How to check it", 24)
	for _, m := range d.Words.Check {
		b.bullet(m, s.body, left, textWidth)
		b.gap(0.8)
	}
}

// accounts lists who asked in each account.
func (b *book) accounts() {
	d, s := b.doc, b.s
	b.part(s, "Accounts and callers", 24)
	callers := map[string]report.Caller{}
	for _, c := range d.Run.Callers {
		callers[c.Account] = c
	}
	tb := b.table(s, column{title: "Account", width: 30, style: s.cellMono}, column{title: "Caller, as sts:GetCallerIdentity answered", width: textWidth - 30, style: s.cellMono})
	for _, a := range d.Run.Scope.Accounts {
		c, ok := callers[a]
		switch {
		case ok && c.ARN != "":
			who := cell{{text: c.ARN}}
			if c.UserID != "" {
				who = append(who, para{text: "user id " + c.UserID, style: s.tag})
			}
			tb.row(t(a), who)
		case ok:
			tb.row(t(a), cell{{text: "(unknown: " + c.Failure + ")", style: s.cell}})
		default:
			tb.row(t(a), cell{{text: "(unknown: the identity was not read)", style: s.cell}})
		}
	}
	tb.end(2)
	if len(d.Run.Scope.Excluded) == 0 {
		return
	}
	b.part(s, "Accounts left out", 16)
	tb = b.table(s, column{title: "Account", width: 30, style: s.cellMono}, column{title: "Reason", width: textWidth - 30, style: s.cell})
	for _, x := range d.Run.Scope.Excluded {
		tb.row(t(x.Account), t(x.Reason))
	}
	tb.end(2)
}

// populations says of each population where it came from, how large it is, and whether all of it was read.
func (b *book) populations() {
	d, s := b.doc, b.s
	b.part(s, "Populations", 40)
	tb := b.table(s, column{title: "Population", width: 98, style: s.cell}, column{title: "Records", width: 20, style: s.cellBold, right: true}, column{title: "Whole", width: 22, style: s.cellBold},
		column{title: "First and last answer", width: textWidth - 140, style: s.cell})
	for _, p := range d.Populations {
		whole := cell{{text: "Yes", mark: "●", colour: &b.looks.Met.Color}}
		if !p.Complete {
			whole = cell{{text: "No", mark: "◐", colour: &b.looks.Incomplete.Color}, {text: counted(p.Gaps.Count, "gap", "gaps"), style: s.tag}}
		}
		doc := cell{{text: p.Kind, style: s.cellBold}, {text: p.Doc, style: s.tag}}
		if x := p.Period; x != nil {
			doc = append(doc, para{text: fmt.Sprintf("%s at some moment of the period, as AWS Config tells; %s created and %s deleted in it", counted(x.Resources, "resource", "resources"), number(x.Created), number(x.Deleted)), style: s.cell})
		}
		tb.row(append(doc, para{text: p.SHA256.String(), style: s.monoSmall.in(&b.looks.Muted.Color)}),
			t(number(p.Size)), whole, cell{{text: report.Instant(p.First)}, {text: report.Instant(p.Last)}})
	}
	tb.end(1)
	b.text("The digest is the SHA-256 of records/<population>.jsonl.", s.small, left, textWidth)
	b.part(s, "Calls", 30)
	b.text("Every operation that was planned, with the accounts and regions it was planned in, AWS's answers, and the gaps they left. Its parameters stand with each exchange in the evidence.", s.small, left, textWidth)
	b.gap(1)
	tb = b.table(s, column{title: "Service", width: 22, style: s.cell}, column{title: "Operation", width: 77, style: s.cell}, column{title: "Planned", width: 15, style: s.cell, right: true},
		column{title: "Answers", width: 16, style: s.cell, right: true}, column{title: "Gaps", width: 11, style: s.cell, right: true}, column{title: "First and last answer", width: textWidth - 141, style: s.cell})
	for _, c := range d.Ledger.Calls {
		tb.row(t(c.Service), t(c.Operation), t(number(c.Cells)), t(number(c.Exchanges)), t(number(c.Gaps)), cell{{text: report.Instant(c.First)}, {text: report.Instant(c.Last)}})
	}
	tb.end(2)
}

// outcome is an outcome's mark and word.
func (b *book) outcome(o evidence.Outcome) cell {
	w := b.doc.Words.Outcome(o)
	c := &b.looks.Ink.Color
	if o.IsGap() {
		c = &b.looks.Incomplete.Color
	}
	return cell{{text: w.Word, mark: w.Mark, colour: c}}
}
