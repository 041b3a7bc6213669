// Package assess decides what evidence shows: it runs tests over records, rolls results up to controls, and writes the
// assessment down. It is pure: no network, clock, environment, randomness or map order; the same records, gaps and mappings
// give the same bytes.
//
// What it may never do is turn missing evidence into success. A population with a gap is at best incomplete. A record whose
// deciding field is unknown, or on which an expression fails, is undecided. An empty population has the result that the
// mapping gives for it, which is never met, and only where the population is whole. A result that is none of Results is
// refused when written and when read.
package assess

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks"
	"github.com/auditseal/auditseal/frameworks/audit"
	"github.com/auditseal/auditseal/frameworks/expr"
)

// An Input is everything that an assessment is derived from.
type Input struct {
	// Tool is the program's name and version: "auditseal 0.1.0".
	Tool         string
	Organization string
	Scope        evidence.Scope
	// Set is the tests and frameworks, loaded and compiled.
	Set *frameworks.Set
	// Kinds are the populations of every collector that ran. A test about any other is incomplete.
	Kinds []evidence.Kind
	// Records streams a kind's records to each, in the order of its file. It is called once for each of Kinds.
	Records func(kind string, each func(evidence.Record) error) error
	// Digest gives the digest of a kind's file once its records were streamed. Nil leaves the digests out.
	Digest func(kind string) evidence.Digest
	// Pasts are the kinds of which AWS Config tells the past.
	Pasts []evidence.Past
	// History streams the states of a kind to each, in the order of history/<kind>.jsonl. It is called for each kind of which some type is
	// in the scope's History, twice for those of types that belong to no region. Nil where there is no history.
	History func(kind string, each func(*evidence.State) error) error
	// Timeline takes the lines of timeline.jsonl, in its order. Nil drops them.
	Timeline func(TimelineEntry) error
	// Ledger is the content of gaps.jsonl.
	Ledger []evidence.LedgerLine
	// Accepted are the entries of the exceptions file.
	Accepted []audit.Exception
}

// Run performs every test of the input. An error means that no assessment could be made; it is never a result.
func Run(in Input) (*Assessment, error) {
	r := runner{in: in, byKind: map[string][]*performance{}, overPeriod: map[string][]*performance{}, recordings: newRecordings(), dates: dates{map[string]time.Time{}}, gaps: map[string][]string{}, fields: map[string][]evidence.Gap{}}
	if err := r.ledger(); err != nil {
		return nil, err
	}
	if err := r.plan(); err != nil {
		return nil, err
	}
	for turn := range 3 {
		if turn == 1 {
			if err := r.theirs.read(); err != nil {
				return nil, err
			}
		}
		for _, k := range r.kinds {
			if turnOf(k) != turn {
				continue
			}
			if err := r.population(k); err != nil {
				return nil, err
			}
		}
	}
	slices.SortFunc(r.out.Populations, func(a, b Population) int { return strings.Compare(a.Kind, b.Kind) })
	for _, p := range r.performances {
		r.dates.set(p)
		p.conclude()
		p.Opinions = r.opinions.of(p.ID, p.Result, p.replay != nil, r.whole)
		r.out.Tests = append(r.out.Tests, p.TestResult)
	}
	r.accepted()
	if err := r.controls(); err != nil {
		return nil, err
	}
	if err := r.out.check(); err != nil {
		return nil, err
	}
	return &r.out, nil
}

type runner struct {
	in     Input
	out    Assessment
	moment expr.Moment
	past   expr.Moment     // of states of the past: there is no moment of the audit
	kinds  []evidence.Kind // sorted by name

	performances []*performance // sorted by test id
	byKind       map[string][]*performance
	overPeriod   map[string][]*performance
	recordings   *recordings
	dates        dates
	theirs       *theirs
	pastGaps     []*evidence.Gap           // those that may leave the past unread
	gaps         map[string][]string       // ids of the gaps of each kind
	fields       map[string][]evidence.Gap // gaps that name fields, by resource
	accepts      []*acceptance
	opinions     *opinions
}

// A performance is a test while it is being performed.
type performance struct {
	TestResult
	test    *frameworks.Test
	read    bool // the population's collector ran
	accepts []*acceptance
	// failing are, for at-least-one, the selected records that do not meet it, as long as none does.
	failing []Finding
	// replay is what a test over the period found; nil for all others.
	replay *replayed
	// exceptionItems and unknownItems are the configuration items behind its findings, one each; empty where there is none.
	exceptionItems, unknownItems []string
}

type acceptance struct {
	audit.Exception
	expired, met bool // met: it covers an exception that is there
}

// ledger notes which gaps touch what. Gaps of accounts that were left out on purpose touch nothing; every other one does,
// whatever its outcome.
func (r *runner) ledger() error {
	if err := checkLedger(r.in.Ledger, r.in.Scope); err != nil {
		return err
	}
	seen := map[[2]string]bool{}
	for _, line := range r.in.Ledger {
		g := line.Gap
		if g == nil || slices.ContainsFunc(r.in.Scope.Excluded, func(e evidence.Exclusion) bool { return e.Account == g.Account }) {
			continue
		}
		if ofPast(g) {
			r.pastGaps = append(r.pastGaps, g)
		}
		for _, k := range g.Kinds {
			if key := [2]string{k, g.ID}; !seen[key] {
				seen[key] = true
				r.gaps[k] = append(r.gaps[k], g.ID)
			}
		}
		if g.Resource != "" && len(g.Fields) > 0 {
			r.fields[g.Resource] = append(r.fields[g.Resource], *g)
		}
	}
	return nil
}

func (r *runner) plan() error {
	s := r.in.Scope
	switch {
	case r.in.Set == nil || r.in.Records == nil:
		return errors.New("assess: no frameworks or no records given")
	case len(s.Accounts) == 0:
		return errors.New("scope: no accounts, so there is nothing that could be shown")
	case s.AsOf.IsZero() || s.Period.IsZero():
		return errors.New("scope: no moment or no period to assess at")
	case !s.Period.From.Before(s.Period.To):
		return fmt.Errorf("scope: the period %s does not end behind its beginning", s.Period)
	}
	// The gaps of an account that is left out touch nothing: one that is read as well would read whole for that.
	for _, e := range s.Excluded {
		if slices.Contains(s.Accounts, e.Account) {
			return fmt.Errorf("scope: account %q is to be read and left out at once", e.Account)
		}
	}
	r.moment = expr.Moment{AsOf: s.AsOf, From: s.Period.From, To: s.Period.To}
	r.past = expr.Moment{AsOf: s.Period.To, From: s.Period.From, To: s.Period.To}
	r.out = Assessment{Format: Format, Tool: r.in.Tool, Organization: r.in.Organization, Scope: s}
	r.kinds = slices.Clone(r.in.Kinds)
	slices.SortFunc(r.kinds, func(a, b evidence.Kind) int { return strings.Compare(a.Name, b.Name) })
	for i := range r.kinds {
		if i > 0 && r.kinds[i].Name == r.kinds[i-1].Name {
			return fmt.Errorf("kind %q: given twice", r.kinds[i].Name)
		}
	}
	for _, a := range r.in.Accepted {
		r.accepts = append(r.accepts, &acceptance{Exception: a, expired: a.Expired(s.AsOf)})
	}
	r.opinions = newOpinions(r.in.Set.Tests)
	r.theirs = newTheirs(r)
	for _, t := range r.in.Set.Tests {
		p := &performance{test: t, TestResult: TestResult{
			ID: t.ID, Statement: t.Statement, Population: t.Population, Where: t.Where, Expect: t.Expect, Require: t.Require,
			IfEmpty: Result(t.IfEmpty), Over: t.Over, Tolerance: t.ToleranceText, Manual: t.Manual, Why: t.Why,
		}}
		for _, a := range r.accepts {
			if a.Test == t.ID {
				p.accepts = append(p.accepts, a)
			}
		}
		r.performances = append(r.performances, p)
		if t.Manual == "" {
			tests := r.byKind
			if t.Over == frameworks.Period {
				tests, p.replay = r.overPeriod, newReplayed(r, p)
			}
			tests[t.Population] = append(tests[t.Population], p)
			p.Gaps = r.gaps[t.Population]
		}
	}
	return nil
}

// population streams a kind's records once, past all tests on it.
func (r *runner) population(kind evidence.Kind) error {
	pop := Population{Kind: kind.Name, Doc: kind.Doc, Gaps: r.gaps[kind.Name], Complete: len(r.gaps[kind.Name]) == 0}
	tests := r.byKind[kind.Name]
	cage := r.in.Set.Cage(kind.Name)
	past, err := r.replay(kind)
	if err != nil {
		return err
	}
	err = r.in.Records(kind.Name, func(rec evidence.Record) error {
		h := rec.Header()
		if rec.Kind() != kind.Name || h.ID == "" {
			return fmt.Errorf("record %d of %s: kind %q, id %q: not one of the population", pop.Size+1, kind.Name, rec.Kind(), h.ID)
		}
		pop.Size++
		pop.First, pop.Last = span(pop.First, pop.Last, h.Collected)
		r.opinions.hear(rec)
		r.recordings.hear(rec)
		r.theirs.hear(rec)
		r.dates.hear(rec)
		if past != nil {
			if err := past.unseen(rec); err != nil {
				return err
			}
		}
		if len(tests) == 0 {
			return nil
		}
		r.unread(cage, h)
		s := cage.Subject(r.moment, rec)
		for _, p := range tests {
			p.record(s, h)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, p := range tests {
		p.read, p.Size, p.First, p.Last = true, pop.Size, pop.First, pop.Last
	}
	for _, p := range r.overPeriod[kind.Name] {
		p.read, p.Size, p.First, p.Last = true, pop.Size, pop.First, pop.Last
		if err := p.replay.finish(); err != nil {
			return err
		}
	}
	pop.Period = past.populationPeriod()
	if r.in.Digest != nil {
		pop.SHA256 = r.in.Digest(kind.Name)
	}
	r.out.Populations = append(r.out.Populations, pop)
	return nil
}

// verdicts are the kinds whose records carry each source's verdicts.
var verdicts = map[string]string{evidence.OfSecurityHub: "securityhub.control", evidence.OfConfig: "config.rule_compliance"}

// whole reports whether all verdicts of a source were read.
func (r *runner) whole(source string) bool {
	read := slices.ContainsFunc(r.out.Populations, func(p Population) bool { return p.Kind == verdicts[source] })
	return read && len(r.gaps[verdicts[source]]) == 0
}

// unread adds the unknown fields that only the ledger knows of. A collector notes them in the record as well; should the
// two differ, the field is unknown.
func (r *runner) unread(cage *expr.Cage, h *evidence.Meta) {
	for _, g := range r.fields[h.ID] {
		if g.Account != h.Account || g.Region != h.Region {
			continue
		}
		for _, f := range g.Fields {
			known := func(u evidence.Unknown) bool { return u.Field == f }
			if cage.HasField(f) && !slices.ContainsFunc(h.Unknown, known) {
				h.Unknown = append(h.Unknown, evidence.Unknown{Field: f, Gap: g.ID, Code: g.Code})
			}
		}
	}
}

func span(first, last, t time.Time) (time.Time, time.Time) {
	if t.IsZero() {
		return first, last
	}
	if first.IsZero() || t.Before(first) {
		first = t
	}
	if t.After(last) {
		last = t
	}
	return first, last
}

// record performs the test on one record.
func (p *performance) record(s *expr.Subject, h *evidence.Meta) {
	chosen := p.test.Select(s)
	switch chosen.Answer {
	case expr.False:
		return
	case expr.True:
		p.Selected++
	default:
		p.Undecided++
		p.unknown(s, h, chosen)
		return
	}
	verdict := p.test.Meets(s)
	meets := verdict.Answer == expr.True
	switch {
	case verdict.Answer == expr.Undecided:
		p.unknown(s, h, verdict)
	case p.Require == frameworks.AtLeastOne && !meets:
		p.OtherCount++
		if p.MetCount == 0 {
			p.failing = append(p.failing, p.finding(s, h))
		}
	case meets == (p.Require == frameworks.None):
		p.except(p.finding(s, h))
	default:
		p.MetCount++
		p.failing = nil
	}
}

func (p *performance) finding(s *expr.Subject, h *evidence.Meta) Finding {
	f := Finding{Record: h.ID, Account: h.Account, Region: h.Region, Evidence: slices.Clone(h.Evidence), Date: h.Collected}
	for _, v := range p.test.Values(s) {
		f.Values = append(f.Values, Value{Field: v.Field, Value: v.Text})
	}
	return f
}

func (p *performance) unknown(s *expr.Subject, h *evidence.Meta, v expr.Verdict) {
	f := p.finding(s, h)
	f.Fields, f.Fault = v.Unknown, v.Fault
	p.UnknownCount++
	p.Unknowns = append(p.Unknowns, f)
}

func (p *performance) except(f Finding) {
	p.ExceptionCount++
	for _, a := range p.accepts {
		if a.Record == f.Record {
			a.met = true
			f.Accepted = a.acceptance()
			break
		}
	}
	p.Exceptions = append(p.Exceptions, f)
}

func (a *acceptance) acceptance() *Acceptance {
	return &Acceptance{ID: a.ID, Owner: a.Owner, Approver: a.Approver, Reason: a.Reason, Expires: a.Expires.Format(time.DateOnly), Expired: a.expired}
}

// accepted says what became of each entry of the exceptions file.
func (r *runner) accepted() {
	for _, a := range r.accepts {
		s := AcceptedStatus{Acceptance: *a.acceptance(), Test: a.Test, Record: a.Record, Status: StatusOrphaned}
		switch {
		case a.met && a.expired:
			s.Status = StatusExpired
		case a.met:
			s.Status = StatusApplied
		}
		r.out.Accepted = append(r.out.Accepted, s)
	}
}
