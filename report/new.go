package report

import (
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/assess"
)

// An Input is what a Document is made from. Each stream is ranged over once by New, and again by the renderers.
type Input struct {
	Run        Run
	Assessment assess.Assessment
	// Assessed is the SHA-256 of assessment.json.
	Assessed evidence.Digest
	// Findings gives a test's exceptions and undecided records. nil takes them from Assessment; Load gives them where they are too
	// many to hold, and then Assessment has none.
	Findings func(test string) (exceptions, unknowns Findings)
	// Kinds describe the populations of the assessment; more than those does no harm.
	Kinds []evidence.Kind
	// Records yields the records of a kind in the order of records/<kind>.jsonl.
	Records func(k evidence.Kind) iter.Seq2[evidence.Record, error]
	// Timeline yields the lines of timeline.jsonl. Nil where there is none.
	Timeline iter.Seq2[assess.TimelineEntry, error]
	// Ledger yields the lines of gaps.jsonl.
	Ledger iter.Seq2[evidence.LedgerLine, error]
	// Exchanges yields the tape's index, files sorted by path, and FileDigest the SHA-256 of a whole file.
	Exchanges  iter.Seq2[Exchange, error]
	FileDigest func(path string) (evidence.Digest, error)
	// Supplied are the files under manual/. What they answer is matched here.
	Supplied []Supplied
}

// New makes a Document. It fails where its inputs contradict each other: a report is never made of two different runs.
func New(in Input) (*Document, error) {
	words, err := LoadWords()
	if err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	d := &Document{
		ID:       "AS-" + in.Assessed.String()[:16],
		Assessed: in.Assessed,
		Run:      in.Run,
		Words:    words,
		Accepted: in.Assessment.Accepted,
	}
	if err := d.addTests(in); err != nil {
		return nil, err
	}
	d.Timeline = timelineOf(in.Timeline, d.Tests)
	if err := d.addFrameworks(in.Assessment.Frameworks); err != nil {
		return nil, err
	}
	if err := d.addPopulations(in); err != nil {
		return nil, err
	}
	if err := d.addLedger(in.Ledger); err != nil {
		return nil, err
	}
	if err := d.addEvidence(in); err != nil {
		return nil, err
	}
	d.addRequests()
	d.addSupplied(in.Supplied)
	d.addLimits()
	return d, nil
}

func (in Input) check() error {
	a := in.Assessment
	if err := in.Run.Check(); err != nil {
		return fmt.Errorf("run.json: %w", err)
	}
	if in.Assessed.IsZero() {
		return fmt.Errorf("assessment.json: no digest given")
	}
	if a.Format != assess.Format {
		return fmt.Errorf("assessment.json: format %d is not one this build knows (%d); use the release that made the pack", a.Format, assess.Format)
	}
	if a.Organization != in.Run.Organization {
		return fmt.Errorf("assessment.json is of organization %q, run.json of %q: they are of different runs", a.Organization, in.Run.Organization)
	}
	as, err1 := json.Marshal(a.Scope)
	rs, err2 := json.Marshal(in.Run.Scope)
	if err1 != nil || err2 != nil || string(as) != string(rs) {
		return fmt.Errorf("assessment.json and run.json have different scopes: they are of different runs")
	}
	return nil
}

func checkResult(what, id string, r assess.Result) error {
	if !slices.Contains(assess.Results(), r) {
		return fmt.Errorf("assessment.json: %s %q has the result %q, which is none", what, id, string(r))
	}
	return nil
}

func (d *Document) addTests(in Input) error {
	seen := map[string]bool{}
	for _, t := range in.Assessment.Tests {
		if err := checkResult("test", t.ID, t.Result); err != nil {
			return err
		}
		if seen[t.ID] {
			return fmt.Errorf("assessment.json: test %q stands twice", t.ID)
		}
		seen[t.ID] = true
		out := Test{TestResult: t, Gaps: Gaps{Count: len(t.Gaps), IDs: t.Gaps}}
		if in.Findings != nil {
			out.Exceptions, out.Unknowns = in.Findings(t.ID)
		} else {
			out.Exceptions, out.Unknowns = findingsOf(t.Exceptions), findingsOf(t.Unknowns)
		}
		if t.Period == nil && (out.Exceptions.Count != t.ExceptionCount || out.Unknowns.Count != t.UnknownCount) {
			return fmt.Errorf("assessment.json: test %q counts %d exceptions and %d undecided, but lists %d and %d",
				t.ID, t.ExceptionCount, t.UnknownCount, out.Exceptions.Count, out.Unknowns.Count)
		}
		if err := out.addPeriod(); err != nil {
			return err
		}
		if t.Selected+t.Undecided != t.MetCount+t.ExceptionCount+t.UnknownCount+t.OtherCount {
			return fmt.Errorf("assessment.json: test %q: %d selected and %d undecided are not the %d met, %d exceptions, %d unknown and %d others",
				t.ID, t.Selected, t.Undecided, t.MetCount, t.ExceptionCount, t.UnknownCount, t.OtherCount)
		}
		out.TestResult.Exceptions, out.TestResult.Unknowns, out.TestResult.Gaps = nil, nil, nil
		d.Tests = append(d.Tests, out)
	}
	d.TestCounts = count(d.Tests, func(t Test) assess.Result { return t.Result })
	return nil
}

func findingsOf(list []assess.Finding) Findings {
	f := Findings{Count: len(list), First: list[:min(len(list), Shown)], All: func(yield func(assess.Finding, error) bool) {
		for _, x := range list {
			if !yield(x, nil) {
				return
			}
		}
	}}
	for _, x := range list {
		f.tally(x)
	}
	return f
}

func (f *Findings) tally(x assess.Finding) {
	if x.Accepted == nil {
		return
	}
	if x.Accepted.Expired {
		f.Expired++
	} else {
		f.Accepted++
	}
}

func count[T any](list []T, result func(T) assess.Result) []Count {
	out := make([]Count, 0, 5)
	for _, r := range assess.Results() {
		n := 0
		for _, x := range list {
			if result(x) == r {
				n++
			}
		}
		out = append(out, Count{r, n})
	}
	return out
}

func (d *Document) addFrameworks(list []assess.FrameworkResult) error {
	at := map[string]int{}
	for i, t := range d.Tests {
		at[t.ID] = i
	}
	var all []assess.ControlResult
	for _, f := range list {
		out := Framework{ID: f.ID, Title: f.Title, Version: f.Version, Source: f.Source}
		for _, c := range f.Controls {
			if err := checkResult("control", c.ID, c.Result); err != nil {
				return err
			}
			control := Control{ControlResult: c}
			control.ControlResult.Tests = nil
			for _, id := range c.Tests {
				i, ok := at[id]
				if !ok {
					return fmt.Errorf("assessment.json: control %q of %q refers to test %q, which is not there", c.ID, f.ID, id)
				}
				t := &d.Tests[i]
				t.Controls = append(t.Controls, ControlRef{f.ID, c.ID, c.Title})
				control.Tests = append(control.Tests, TestRef{ID: t.ID, Statement: t.Statement, Result: t.Result, Reason: t.Reason,
					Population: t.Population, Size: t.Size, Selected: t.Selected,
					Met: t.MetCount, Exception: t.ExceptionCount, Unknown: t.UnknownCount, Gaps: t.Gaps.Count})
			}
			out.add(control)
		}
		out.Counts = count(f.Controls, func(c assess.ControlResult) assess.Result { return c.Result })
		all = append(all, f.Controls...)
		d.Frameworks = append(d.Frameworks, out)
	}
	for _, r := range assess.Results() {
		if r == assess.Met || r == assess.NotApplicable {
			continue
		}
		for _, f := range d.Frameworks {
			for _, g := range f.Groups {
				for _, c := range g.Controls {
					if c.Result == r {
						d.Open = append(d.Open, OpenControl{f.ID, c})
					}
				}
			}
		}
	}
	d.ControlCounts = count(all, func(c assess.ControlResult) assess.Result { return c.Result })
	return nil
}

// add puts a control under its heading. Headings stand in the order of their first control.
func (f *Framework) add(c Control) {
	for i := range f.Groups {
		if f.Groups[i].Title == c.Group {
			f.Groups[i].Controls = append(f.Groups[i].Controls, c)
			return
		}
	}
	f.Groups = append(f.Groups, Group{Title: c.Group, Controls: []Control{c}})
}

func (d *Document) addPopulations(in Input) error {
	kinds := map[string]evidence.Kind{}
	for _, k := range in.Kinds {
		kinds[k.Name] = k
	}
	there := map[string]bool{}
	for _, p := range in.Assessment.Populations {
		k, ok := kinds[p.Kind]
		if !ok {
			return fmt.Errorf("assessment.json: population %q is not a kind of this build; use the release that made the pack (%s)", p.Kind, in.Run.Tool)
		}
		lay, err := layoutOf(k)
		if err != nil {
			return err
		}
		there[p.Kind] = true
		out := Population{Population: p, File: "records/" + p.Kind + ".jsonl", Columns: lay.columns,
			Gaps: Gaps{Count: len(p.Gaps), IDs: p.Gaps}, Rows: rows(in.Records(k), lay, p)}
		out.Population.Gaps = nil
		d.Populations = append(d.Populations, out)
	}
	for _, t := range d.Tests {
		if t.Population != "" && !there[t.Population] {
			return fmt.Errorf("assessment.json: test %q has the population %q, which is not listed", t.ID, t.Population)
		}
	}
	return nil
}

// rows lays out a population's records, and fails at the end where they are not as many as the assessment counted.
func rows(records iter.Seq2[evidence.Record, error], lay layout, p assess.Population) iter.Seq2[*Row, error] {
	return func(yield func(*Row, error) bool) {
		var row Row
		for r, err := range records {
			if err != nil {
				yield(nil, err)
				return
			}
			row.Line++
			row.Cells = lay.fill(r, row.Cells)
			if !yield(&row, nil) {
				return
			}
		}
		if row.Line != p.Size {
			yield(nil, fmt.Errorf("records/%s.jsonl has %d records, assessment.json counts %d", p.Kind, row.Line, p.Size))
		}
	}
}

// addRequests lists what people must supply: manual tests once each, then the controls that ask for something themselves.
func (d *Document) addRequests() {
	add := func(r Request) {
		for i := range d.Requests {
			if d.Requests[i].ID == r.ID {
				for _, c := range r.Controls {
					if !slices.Contains(d.Requests[i].Controls, c) {
						d.Requests[i].Controls = append(d.Requests[i].Controls, c)
					}
				}
				return
			}
		}
		d.Requests = append(d.Requests, r)
	}
	tests := map[string]Test{}
	for _, t := range d.Tests {
		tests[t.ID] = t
	}
	for _, f := range d.Frameworks {
		for _, g := range f.Groups {
			for _, c := range g.Controls {
				ref := ControlRef{f.ID, c.ID, c.Title}
				for _, tr := range c.Tests {
					if t := tests[tr.ID]; t.Manual != "" {
						add(Request{ID: "R-" + t.ID, Controls: []ControlRef{ref}, Test: t.ID, Item: t.Statement, Description: t.Manual})
					}
				}
				if c.Manual != "" {
					add(Request{ID: "R-" + f.ID + "-" + c.ID, Controls: []ControlRef{ref}, Item: c.Title, Description: c.Manual})
				}
				if c.Outside != "" {
					add(Request{ID: "R-" + f.ID + "-" + c.ID, Controls: []ControlRef{ref}, Item: c.Title, Description: c.Outside})
				}
				if c.Planned != "" {
					add(Request{ID: "R-" + f.ID + "-" + c.ID, Controls: []ControlRef{ref}, Item: c.Title, Description: c.Planned, Planned: true})
				}
			}
		}
	}
}

// addSupplied matches files to requests by the names their supplier gave: a request's id with or without "R-".
func (d *Document) addSupplied(list []Supplied) {
	end := d.Run.Scope.Period.To.UTC().Format(time.DateOnly)
	for _, s := range list {
		s.Expired = s.Expires != "" && s.Expires < end
		for _, name := range s.Answers {
			known := false
			for i := range d.Requests {
				if d.Requests[i].ID == name || d.Requests[i].ID == "R-"+name {
					d.Requests[i].Supplied = append(d.Requests[i].Supplied, s.File)
					known = true
				}
			}
			if !known {
				s.Unknown = append(s.Unknown, name)
			}
		}
		d.Supplied = append(d.Supplied, s)
	}
	sort.Slice(d.Supplied, func(i, j int) bool { return d.Supplied[i].File < d.Supplied[j].File })
}

// addLimits puts the limits of this run behind the standing ones. A sentence is added only where its count is not zero.
func (d *Document) addLimits() {
	d.Limits = append(d.Limits, d.Words.Limits...)
	unnamed := 0
	for _, c := range d.Run.Callers {
		if c.ARN == "" {
			unnamed++
		}
	}
	over := 0
	for _, t := range d.Tests {
		if t.Period != nil {
			over++
		}
	}
	counts := map[string]int{
		"period": over,
		"gaps":   d.Ledger.GapCount, "excluded": len(d.Run.Scope.Excluded), "redactions": d.Evidence.Redactions,
		"local-clock": d.Evidence.LocalClock, "callers": unnamed, "missing": len(d.Evidence.Missing),
		"shards": len(d.Run.Shards),
	}
	if d.Run.Resumed {
		counts["resumed"] = 1
	}
	r := strings.NewReplacer("{unread}", strconv.Itoa(d.Ledger.Unread), "{cells}", strconv.Itoa(d.Ledger.CellCount),
		"{exchanges}", strconv.Itoa(d.Evidence.Count))
	for _, l := range d.Words.RunLimits {
		if n := counts[l.When]; n > 0 {
			d.Limits = append(d.Limits, Limit{l.Title, strings.ReplaceAll(r.Replace(l.Text), "{n}", strconv.Itoa(n))})
		}
	}
}
