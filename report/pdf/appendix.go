package pdf

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/report"
)

// manual lists what people must supply, and what they did.
func (b *book) manual() {
	d, s := b.doc, b.s
	b.section(s, "Evidence that people supply")
	b.part(s, "Requests", 24)
	if len(d.Requests) == 0 {
		b.text("Nothing is asked of people.", s.body, left, textWidth)
	} else {
		tb := b.table(s, column{title: "Request", width: 40, style: s.cellBold}, column{title: "Item, and what it must show", width: 74, style: s.cell},
			column{title: "Controls", width: 30, style: s.cell}, column{title: "File supplied", width: textWidth - 144, style: s.cell})
		for _, r := range d.Requests {
			var refs cell
			for _, c := range r.Controls {
				refs = append(refs, para{text: c.Framework + " " + c.Control})
			}
			what := cell{{text: r.Item, style: s.cellBold}, {text: r.Description}}
			if r.Planned {
				what[1].text = "No test yet: " + r.Description
				what = append(what, para{text: "A later release of auditseal will read this from AWS.", style: s.tag})
			}
			files := cell{{text: "none", mark: "□", colour: &b.looks.Manual.Color}}
			if len(r.Supplied) > 0 {
				files = nil
				for _, f := range r.Supplied {
					files = append(files, para{text: strings.TrimPrefix(f, "manual/")})
				}
			}
			tb.row(t(r.ID), what, refs, files)
		}
		tb.end(2)
	}
	b.part(s, "Files supplied", 24)
	if len(d.Supplied) == 0 {
		b.text("No file was supplied.", s.body, left, textWidth)
		return
	}
	b.text("Kept and hashed as they were handed over. Nothing in them was read or tested; whether they answer a request is the auditor's to say.", s.muted, left, textWidth)
	b.gap(1.5)
	tb := b.table(s, column{title: "File", width: 62, style: s.cellBold}, column{title: "Answers", width: 44, style: s.cell}, column{title: "Owner", width: 34, style: s.cell}, column{title: "Effective and expiry", width: textWidth - 140, style: s.cell})
	for _, f := range d.Supplied {
		file := cell{{text: f.File}, {text: counted(int(f.Size), "byte", "bytes"), style: s.tag}}
		if f.Note != "" {
			file = append(file, para{text: f.Note, style: s.tag})
		}
		answers := cell{{text: orNone(strings.Join(f.Answers, ", "), "not said")}}
		if len(f.Unknown) > 0 {
			answers = append(answers, para{text: "nothing asked for " + strings.Join(f.Unknown, ", "), style: s.cellBold.in(&b.looks.Exception.Color)})
		}
		dates := cell{{text: orNone(f.Effective, "no effective date")}, {text: "expires " + orNone(f.Expires, "never said")}}
		if f.Expired {
			dates = append(dates, para{text: "Expired within the period", style: s.cellBold.in(&b.looks.Exception.Color), mark: "▲", colour: &b.looks.Exception.Color})
		}
		tb.rowWith([]note{{s.tag, cell{{text: "SHA-256 " + f.SHA256.String(), style: s.monoSmall.in(&b.looks.Muted.Color)}}}}, file, answers, t(orNone(f.Owner, "nobody is named")), dates)
	}
	tb.end(2)
}

func orNone(s, none string) string {
	if s == "" {
		return none
	}
	return s
}

// accepted lists every entry of the exceptions file.
func (b *book) accepted() {
	d, s := b.doc, b.s
	b.shortSection(s, "Accepted exceptions")
	if len(d.Accepted) == 0 {
		b.text("No exceptions file was given, or it is empty.", s.body, left, textWidth)
		return
	}
	b.text("An accepted exception is somebody's decision to live with one. It is shown beside the exception and changes no result.", s.muted, left, textWidth)
	b.gap(2)
	tb := b.table(s, column{title: "Status", width: 27, style: s.cellBold}, column{title: "Entry", width: 30, style: s.cellBold}, column{title: "Test and record", width: 69, style: s.cell},
		column{title: "Owner and approver", width: textWidth - 126, style: s.cell})
	for _, a := range d.Accepted {
		status := cell{{text: a.Status, mark: "?", colour: &b.looks.Exception.Color}}
		switch a.Status {
		case "applied":
			status = cell{{text: "Applied", mark: "◇", colour: &b.looks.Accent.Color}}
		case "expired":
			status = cell{{text: "Expired", mark: "×", colour: &b.looks.Exception.Color, style: s.cellBold.in(&b.looks.Exception.Color)}}
		case "orphaned":
			status = cell{{text: "Orphaned", mark: "○", colour: &b.looks.Incomplete.Color, style: s.cellBold.in(&b.looks.Incomplete.Color)}, {text: "no such exception is there", style: s.tag}}
		}
		tb.rowWith([]note{{s.cell, cell{{text: "Reason: " + a.Reason, style: s.cell}}}}, status, cell{{text: a.ID}, {text: "through " + a.Expires, style: s.tag}},
			cell{{text: a.Test, style: s.cellBold}, {text: a.Record, style: s.cellMono}}, cell{{text: a.Owner}, {text: a.Approver}})
	}
	tb.end(2)
}

// mostPlaces is how many rows of the ledger's matrix are shown.
const mostPlaces = 1000

// gaps shows the ledger: what was planned, what became of it, and each gap.
func (b *book) gaps() {
	d, s := b.doc, b.s
	b.section(s, "Gaps and the ledger of calls")
	b.text("Each planned call ended in one of these outcomes. Those marked with a letter left something unread.", s.muted, left, textWidth)
	b.gap(2)
	tb := b.table(s, column{title: "Outcome", width: 34, style: s.cellBold}, column{title: "What it says", width: textWidth - 54, style: s.cell}, column{title: "Calls", width: 20, style: s.cellBold, right: true})
	for _, o := range d.Ledger.Outcomes {
		tb.row(b.outcome(o.Outcome), t(d.Words.Outcome(o.Outcome).Meaning), t(number(o.N)))
	}
	tb.end(2)
	b.matrix()
	b.part(s, "Gaps", 30)
	if d.Ledger.GapCount == 0 {
		b.text(b.noGaps(), s.body, left, textWidth)
		return
	}
	b.gapTable(d.Ledger.First)
	if more := capped(len(d.Ledger.First), d.Ledger.GapCount, "Gaps"); more != "" {
		b.text(more, s.smallBold, left, textWidth)
	}
}

// matrix shows the worst outcome of each collector in each account and region.
func (b *book) matrix() {
	d, s := b.doc, b.s
	b.part(s, "Worst outcome by account, region and collector", 30)
	if len(d.Ledger.Places) == 0 {
		b.text("Nothing was planned.", s.body, left, textWidth)
		return
	}
	b.text("Each column is a collector; its letter stands in the list below. A mark alone stands for the worst outcome there, as the table above explains; an empty place was not planned.", s.muted, left, textWidth)
	b.gap(1.5)
	var legend []string
	for i, c := range d.Ledger.Collectors {
		legend = append(legend, letter(i)+"="+c)
	}
	b.text(strings.Join(legend, "   "), s.small, left, textWidth)
	b.gap(2)
	// As many columns as fit side by side; more collectors stand in a second table below.
	const fixed, most = 47.0, 26
	for from := 0; from < len(d.Ledger.Collectors); from += most {
		to := min(from+most, len(d.Ledger.Collectors))
		cols := []column{{title: "Account", width: 22, style: s.cellMono}, {title: "Region", width: 25, style: s.cellMono}}
		w := min((textWidth-fixed)/float64(to-from), 9)
		for i := range d.Ledger.Collectors[from:to] {
			cols = append(cols, column{title: letter(from + i), width: w, style: s.cell})
		}
		tb := b.table(s, cols...)
		last := ""
		for i, p := range d.Ledger.Places {
			if i == mostPlaces {
				break
			}
			account := cell{{text: p.Account}}
			if p.Account == last {
				account = cell{{text: p.Account, style: s.cellMono.in(&b.looks.Muted.Color)}}
			}
			last = p.Account
			cells := []cell{account, t(p.Region)}
			for _, o := range p.Worst[from:to] {
				cells = append(cells, b.place(o))
			}
			tb.row(cells...)
		}
		tb.end(2)
	}
	if more := capped(mostPlaces, len(d.Ledger.Places), "Ledger"); more != "" {
		b.text(more, s.smallBold, left, textWidth)
	}
}

// letter names the ith column: A to Z, then a to z.
func letter(i int) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	if i < len(letters) {
		return letters[i : i+1]
	}
	return strconv.Itoa(i + 1)
}

// place is an outcome's mark alone.
func (b *book) place(o evidence.Outcome) cell {
	if o == "" {
		return nil
	}
	w := b.doc.Words.Outcome(o)
	col := &b.looks.Muted.Color
	if o.IsGap() {
		col = &b.looks.Incomplete.Color
	}
	return cell{{mark: w.Mark, colour: col}}
}

func (b *book) limits() {
	s := b.s
	b.shortSection(s, "Limits: what this pack can't prove")
	for _, l := range b.doc.Limits {
		b.need(12)
		b.text(l.Title, s.strong, left, textWidth)
		b.text(l.Text, s.body, left, textWidth)
		b.gap(2.4)
	}
}

// mostFiles is how many files of the tape are shown.
const mostFiles = 1000

// evidence shows where the answers stand.
func (b *book) evidence() {
	d, s := b.doc, b.s
	b.section(s, "Evidence index")
	b.text(fmt.Sprintf("%s in %s. Each line of a file holds one exchange: the request, AWS's answer as it came, and the line's own SHA-256.",
		counted(d.Evidence.Count, "exchange", "exchanges"), counted(len(d.Evidence.Files), "file", "files")), s.muted, left, textWidth)
	b.part(s, "Files", 30)
	tb := b.table(s, column{title: "File, and its SHA-256", width: 112, style: s.cellMono}, column{title: "Exchanges", width: 20, style: s.cell, right: true}, column{title: "First and last answer", width: textWidth - 132, style: s.cell})
	for i, f := range d.Evidence.Files {
		if i == mostFiles {
			break
		}
		tb.row(cell{{text: f.Path}, {text: f.SHA256.String(), style: s.monoSmall.in(&b.looks.Muted.Color)}}, t(number(f.Exchanges)), cell{{text: report.Instant(f.First)}, {text: report.Instant(f.Last)}})
	}
	tb.end(1)
	if more := capped(mostFiles, len(d.Evidence.Files), "Evidence index"); more != "" {
		b.text(more, s.smallBold, left, textWidth)
	}
	b.cited()
	b.part(s, "Endpoints that answered", 20)
	b.text(orNone(strings.Join(d.Evidence.Endpoints, ", "), "none"), s.mono, left, textWidth)
}

// cited leads from the evidence ids on these pages to a file and a line.
func (b *book) cited() {
	d, s := b.doc, b.s
	if n := len(d.Evidence.Missing); n > 0 {
		b.part(s, "Evidence ids that stand on no line of the tape", 20)
		b.text(strings.Join(d.Evidence.Missing, ", "), s.mono.in(&b.looks.Exception.Color), left, textWidth)
	}
	b.part(s, "Exchanges named in this report", 30)
	if len(d.Evidence.Cited) == 0 {
		b.text("None is named.", s.body, left, textWidth)
		return
	}
	tb := b.table(s, column{title: "Evidence", width: 29, style: s.cellMono}, column{title: "File and line", width: 76, style: s.cellMono}, column{title: "Operation", width: 35, style: s.cell},
		column{title: "Answered", width: textWidth - 140, style: s.cell})
	muted := &b.looks.Muted.Color
	for _, x := range d.Evidence.Cited {
		tb.row(t(x.ID), cell{{text: fmt.Sprintf("%s line %d", x.File, x.Line)}, {text: orNone(x.RequestID, "no request id"), style: s.monoSmall.in(muted)}},
			cell{{text: x.Operation}, {text: status(x), style: s.tag}}, cell{{text: report.Instant(x.Date)}, {text: clock(x), style: s.tag}})
	}
	tb.end(1)
	b.text("The workbook, sheet Evidence index, has every exchange.", s.small, left, textWidth)
}

func status(x report.Exchange) string {
	if x.Failure != "" {
		return "no whole answer: " + x.Failure
	}
	return fmt.Sprintf("HTTP %d", x.Status)
}

func clock(x report.Exchange) string {
	if x.Clock == "local" {
		return "this machine's clock"
	}
	return ""
}

// schema says what each kind of record is. Their fields are many; the workbook explains each.
func (b *book) schema() {
	d, s := b.doc, b.s
	b.section(s, "Kinds of record")
	b.text("One record a line, in records/<kind>.jsonl. The workbook's sheet Fields says what each field means, its type, and whether it may be absent.", s.muted, left, textWidth)
	b.gap(2)
	tb := b.table(s, column{title: "Kind", width: 52, style: s.cellMono}, column{title: "What one record is", width: textWidth - 88, style: s.cell},
		column{title: "Fields", width: 16, style: s.cell, right: true}, column{title: "Records", width: 20, style: s.cell, right: true})
	for _, p := range d.Populations {
		tb.row(t(p.Kind), t(p.Doc), t(number(len(p.Columns))), t(number(p.Size)))
	}
	tb.end(2)
}
