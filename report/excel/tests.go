package excel

import (
	"fmt"
	"strings"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks"
	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/report"
)

// summary lists every control.
func (b *book) summary() *table {
	t := b.sheet("summary")
	t.wrap, t.frozen, t.colour = true, 0, b.looks.Accent
	for _, fw := range b.d.Frameworks {
		for _, g := range fw.Groups {
			t.rows += len(g.Controls)
		}
	}
	t.fill = func(f *filler) {
		for _, fw := range b.d.Frameworks {
			for _, g := range fw.Groups {
				for _, c := range g.Controls {
					if !f.next() {
						return
					}
					for _, col := range t.columns {
						b.summaryCell(f, col.Key, fw, g.Title, c)
					}
				}
			}
		}
	}
	return t
}

func (b *book) summaryCell(f *filler, key string, fw report.Framework, group string, c report.Control) {
	exceptions, undecided := 0, 0
	for _, t := range c.Tests {
		exceptions += t.Exception
		undecided += t.Unknown
	}
	switch key {
	case "framework":
		f.text(fw.ID)
	case "group":
		f.text(group)
	case "control":
		f.text(c.ID)
	case "title":
		f.text(c.Title)
	case "result":
		f.result(c.Result)
	case "coverage":
		f.text(string(frameworks.CoverageOf(len(c.Tests), c.Manual, c.Outside, c.Planned, c.NotApplicable)))
	case "tests":
		f.count(len(c.Tests))
	case "exceptions":
		f.count(exceptions)
	case "undecided":
		f.count(undecided)
	case "why":
		f.lines(b.why(c))
	case "security-hub":
		f.lines(c.SecurityHub)
	case "config-rules":
		f.lines(c.ConfigRules)
	default:
		f.unknownKey(key)
	}
}

// why says how a control's result came about: each test's word and reason, and what is not a test's to say.
func (b *book) why(c report.Control) []string {
	var out []string
	for _, t := range c.Tests {
		out = append(out, fmt.Sprintf("%s — %s: %s", t.ID, b.d.Words.Result(t.Result).Word, t.Reason))
	}
	if c.Manual != "" {
		out = append(out, "A person must supply: "+oneLine(c.Manual))
	}
	if c.Outside != "" {
		out = append(out, "Outside AWS: "+oneLine(c.Outside))
	}
	if c.Planned != "" {
		out = append(out, "No test yet: "+oneLine(c.Planned))
	}
	if c.NotApplicable != "" {
		out = append(out, "Not applicable: "+oneLine(c.NotApplicable))
	}
	return out
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// tests are the sheets that an auditor works in, one a framework: control ids of two frameworks mean different things.
func (b *book) tests() []*table {
	byID := map[string]*report.Test{}
	for i := range b.d.Tests {
		byID[b.d.Tests[i].ID] = &b.d.Tests[i]
	}
	var out []*table
	for _, fw := range b.d.Frameworks {
		t := b.sheet("tests")
		if len(b.d.Frameworks) > 1 {
			t.title = "Tests - " + fw.ID
		}
		t.about = fw.Title + ": " + t.about
		t.wrap, t.guarded, t.choices, t.colour = true, true, b.words.Auditor.Results, b.looks.Accent
		for _, key := range []string{"auditor-result", "auditor-initials", "auditor-reference", "notes"} {
			if at := t.at(key); at > 0 {
				t.open = append(t.open, at)
			}
		}
		for _, g := range fw.Groups {
			for _, c := range g.Controls {
				t.rows += max(1, len(c.Tests))
				if len(c.Tests) > 0 && (c.Manual != "" || c.Planned != "") {
					t.rows++
				}
			}
		}
		t.fill = func(f *filler) {
			for _, g := range fw.Groups {
				for _, c := range g.Controls {
					for _, ref := range c.Tests {
						b.testRow(f, c, byID[ref.ID])
					}
					if len(c.Tests) == 0 || c.Manual != "" || c.Planned != "" {
						b.testRow(f, c, nil)
					}
				}
			}
		}
		out = append(out, t)
	}
	return out
}

// testRow writes a test of a control; without a test, what stands in its place.
func (b *book) testRow(f *filler, c report.Control, t *report.Test) {
	if !f.next() {
		return
	}
	tested := t != nil && t.Population != ""
	for _, col := range f.t.columns {
		switch col.Key {
		case "control":
			f.text(c.ID)
		case "title":
			f.text(c.Title)
		case "test":
			if t == nil {
				f.none("no test")
				continue
			}
			f.text(t.ID)
		case "performed":
			f.lines(b.performed(c, t))
		case "population":
			if !tested {
				f.none("–")
				continue
			}
			f.text(t.Population)
		case "size":
			if !tested {
				f.none("–")
				continue
			}
			f.count(t.Size)
		case "sample":
			if !tested {
				f.none("–")
				continue
			}
			f.text(sample(t))
		case "exceptions":
			if !tested {
				f.none("–")
				continue
			}
			f.count(t.Exceptions.Count)
		case "result":
			if t == nil {
				f.result(lone(c))
				continue
			}
			f.result(t.Result)
		case "evidence":
			b.testEvidence(f, t)
		case "auditor-result", "auditor-initials", "auditor-reference", "notes":
			f.styled(b.styles.open, "")
		default:
			f.unknownKey(col.Key)
		}
	}
}

// lone is the result of what stands beside a control's tests.
func lone(c report.Control) assess.Result {
	if c.Manual == "" && c.Planned == "" {
		return c.Result
	}
	return assess.Manual
}

// performed says what was done, in the way in which an auditor's own table does.
func (b *book) performed(c report.Control, t *report.Test) []string {
	if t == nil {
		switch {
		case c.Manual != "":
			return []string{"A person must supply: " + oneLine(c.Manual)}
		case c.Outside != "":
			return []string{"Outside AWS: " + oneLine(c.Outside)}
		case c.Planned != "":
			return []string{"No test yet: " + oneLine(c.Planned)}
		}
		return []string{"Not applicable: " + oneLine(c.NotApplicable)}
	}
	out := []string{oneLine(t.Statement)}
	if t.Manual != "" {
		return append(out, "A person must supply: "+oneLine(t.Manual))
	}
	if t.Where != "" {
		out = append(out, "Selected: "+oneLine(t.Where))
	}
	out = append(out, "Expected: "+oneLine(t.Expect)+" ("+b.d.Words.Requires(t.Require)+")")
	if t.Over == "period" {
		tolerance := "no exception is tolerated"
		if t.Tolerance != "" {
			tolerance = "an exception of up to " + t.Tolerance + " is tolerated"
		}
		out = append(out, "Over the whole period; "+tolerance)
	}
	return out
}

func sample(t *report.Test) string {
	if p := t.Period; p != nil {
		out := fmt.Sprintf("None drawn: all %d resources of the period inspected, at every recorded moment", p.Resources)
		if t.Gaps.Count > 0 {
			out += fmt.Sprintf(". The population is not whole (gaps: %d)", t.Gaps.Count)
		}
		return out
	}
	out := fmt.Sprintf("None drawn: all %d selected of %d inspected", t.Selected+t.Undecided, t.Size)
	switch t.Selected + t.Undecided {
	case t.Size:
		out = fmt.Sprintf("None drawn: all %d inspected", t.Size)
	case 0:
		out = fmt.Sprintf("None drawn: none of %d selected", t.Size)
	}
	if t.Gaps.Count > 0 {
		out += fmt.Sprintf(". The population is not whole (gaps: %d)", t.Gaps.Count)
	}
	return out
}

// testEvidence leads from a test to its evidence: the ids of what is wrong, or the sheet whose column holds the ids of all.
func (b *book) testEvidence(f *filler, t *report.Test) {
	if t == nil || t.Population == "" {
		f.none("–")
		return
	}
	var list []string
	what := "exceptions"
	n := t.Exceptions.Count
	from := t.Exceptions.First
	if n == 0 {
		what, n, from = "undecided", t.Unknowns.Count, t.Unknowns.First
	}
	const few = 3
	for _, x := range from[:min(len(from), few)] {
		if len(x.Evidence) > 0 {
			list = append(list, x.Evidence[len(x.Evidence)-1])
		}
	}
	if n > few {
		list = append(list, fmt.Sprintf("and those of %d more on sheet %s", n-few, b.words.Sheets[what].Title))
	}
	if len(list) == 0 && t.Size == 0 {
		list = []string{"no record; see sheet " + b.words.Sheets["populations"].Title}
	}
	if len(list) == 0 {
		list = []string{fmt.Sprintf("column evidence of sheet %s", b.kindTitle(t.Population))}
	}
	f.lines(list)
	if n == 1 && len(list) == 1 {
		if at, ok := b.find(list[0]); ok {
			f.link(at.target)
		}
	}
}

// definitions lists each test once.
func (b *book) definitions() *table {
	t := b.sheet("definitions")
	t.rows, t.wrap, t.colour = len(b.d.Tests), true, b.looks.Accent
	t.fill = func(f *filler) {
		for i := range b.d.Tests {
			if !f.next() {
				return
			}
			for _, c := range t.columns {
				b.definitionCell(f, c.Key, &b.d.Tests[i])
			}
		}
	}
	return t
}

func (b *book) definitionCell(f *filler, key string, t *report.Test) {
	tested := t.Population != ""
	count := func(n int) {
		if tested {
			f.count(n)
		} else {
			f.none("–")
		}
	}
	switch key {
	case "test":
		f.text(t.ID)
	case "statement":
		f.prose(t.Statement)
	case "population":
		f.text(t.Population)
	case "where":
		if tested && t.Where == "" {
			f.none("every record")
			return
		}
		f.prose(t.Where)
	case "expect":
		f.prose(t.Expect)
	case "require":
		f.text(b.d.Words.Requires(t.Require))
	case "if-empty":
		if t.IfEmpty == "" {
			f.none("–")
			return
		}
		f.text(b.d.Words.Result(t.IfEmpty).Word)
	case "result":
		f.result(t.Result)
	case "reason":
		f.prose(t.Reason)
	case "size":
		count(t.Size)
	case "selected":
		count(t.Selected)
	case "not-selectable":
		count(t.Undecided)
	case "met":
		count(t.MetCount)
	case "exceptions":
		count(t.ExceptionCount)
	case "undecided":
		count(t.UnknownCount)
	case "others":
		count(t.OtherCount)
	case "gaps":
		count(t.Gaps.Count)
	case "over":
		f.text(orDash(t.Over))
	case "tolerance":
		switch {
		case t.Period == nil:
			f.none("–")
		case t.Tolerance == "":
			f.text("none")
		default:
			f.text(t.Tolerance)
		}
	case "resources", "created", "deleted", "exception-intervals", "tolerated", "unknown-intervals", "unknown-hours", "unknown-longest", "unknown-why", "disagreements":
		b.periodCell(f, key, t)
	case "first":
		f.date(t.First)
	case "last":
		f.date(t.Last)
	case "why":
		f.prose(t.Why)
	case "manual":
		f.prose(t.Manual)
	case "controls":
		f.lines(controlNames(t.Controls))
	case "security-hub":
		f.lines(b.opinionLines(t, evidence.OfSecurityHub))
	case "config-rules":
		f.lines(b.opinionLines(t, evidence.OfConfig))
	default:
		f.unknownKey(key)
	}
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// periodCell writes what only a test over the period counts.
func (b *book) periodCell(f *filler, key string, t *report.Test) {
	p := t.Period
	if p == nil {
		f.none("–")
		return
	}
	unknown := assess.UnknownTime{}
	var why []string
	for _, u := range p.Unknown {
		unknown.Intervals, unknown.Seconds, unknown.Longest = unknown.Intervals+u.Intervals, unknown.Seconds+u.Seconds, max(unknown.Longest, u.Longest)
		why = append(why, fmt.Sprintf("%s: intervals: %d. %s", u.Code, u.Intervals, b.d.Words.Cause(u.Code)))
	}
	seconds := func(n int64) { f.hours(time.Duration(n) * time.Second) }
	switch key {
	case "resources":
		f.count(p.Resources)
	case "created":
		f.count(p.Created)
	case "deleted":
		f.count(p.Deleted)
	case "exception-intervals":
		f.count(t.Exceptions.Count)
	case "tolerated":
		f.count(p.Tolerated)
	case "unknown-intervals":
		f.count(unknown.Intervals)
	case "unknown-hours":
		seconds(unknown.Seconds)
	case "unknown-longest":
		seconds(unknown.Longest)
	case "unknown-why":
		f.lines(why)
	case "disagreements":
		if p.Compared == 0 {
			f.none("not compared")
			return
		}
		f.text(fmt.Sprintf("%d, of %d resources compared", len(p.Disagreements), p.Compared))
	default:
		f.unknownKey(key)
	}
}

// opinionLines are AWS's own verdicts of one source, in short.
func (b *book) opinionLines(t *report.Test, source string) []string {
	var out []string
	for _, o := range t.Opinions {
		if o.Source == source {
			out = append(out, o.ID+": "+b.d.Words.Comparison(o.Comparison))
		}
	}
	return out
}

func controlNames(refs []report.ControlRef) []string {
	out := make([]string, len(refs))
	for i, r := range refs {
		out[i] = r.Framework + " " + r.Control
	}
	return out
}
