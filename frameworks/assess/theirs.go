package assess

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks"
	"github.com/auditseal/auditseal/frameworks/assess/timeline"
)

// Whose timeline a line is of, in Disagreement.Source and at the beginning of TimelineEntry.Opinion.
const (
	OfConfigRule  = "config-rule"
	OfSecurityHub = "security-hub"
)

// Lag is how long AWS's verdict may follow a change. Periodic rules run every 24 hours at most, and Security Hub's periodic checks do so
// "within 24 hours after the most recent run"; a difference that is over sooner says nothing.
// https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-standards-schedule.html
const Lag = 24 * time.Hour

// complianceType is the type of the items that tell what AWS Config's rules said.
const complianceType = "AWS::Config::ResourceCompliance"

// theirs is what AWS itself said of resources over time, of the controls and rules that the tests over the period name. It decides nothing.
type theirs struct {
	r *runner
	// rules says which managed rule a rule of an account and region is, by its name.
	rules map[ruleKey]string
	// wanted are the tests that name a control, a managed rule's identifier or a rule's name, by it.
	controls, identifiers, names map[string][]string
	told                         map[toldKey][]*said
}

type ruleKey struct {
	place
	name string
}

// toldKey is a resource as AWS names it: by ARN, or by its own id in an account. The account is empty for an ARN, which says it.
type toldKey struct{ account, resource string }

// said is what one control or rule said of a resource.
type said struct {
	source, id string
	tests      []string
	spans      []saidSpan
	evidence   []string
}

// A saidSpan is a time in which AWS said one thing. What lies between them is not known.
type saidSpan struct {
	from, to time.Time
	passed   bool
}

func newTheirs(r *runner) *theirs {
	t := &theirs{r: r, rules: map[ruleKey]string{}, controls: map[string][]string{}, identifiers: map[string][]string{}, names: map[string][]string{}, told: map[toldKey][]*said{}}
	for _, x := range r.in.Set.Tests {
		if x.Over != frameworks.Period || x.Require == frameworks.AtLeastOne {
			continue // of one that must be met at each moment no verdict on a single resource says anything
		}
		for _, id := range x.SecurityHub {
			t.controls[id] = append(t.controls[id], x.ID)
		}
		for _, name := range x.ConfigRules {
			if id := frameworks.RuleIdentifier(name); id != "" {
				t.identifiers[id] = append(t.identifiers[id], x.ID)
			} else {
				t.names[name] = append(t.names[name], x.ID)
			}
		}
	}
	return t
}

// hear takes in one record.
func (t *theirs) hear(rec evidence.Record) {
	h := rec.Header()
	switch x := rec.(type) {
	case evidence.Witness:
		if o := x.Opinion(); o.Source == evidence.OfConfig {
			t.rules[ruleKey{place{h.Account, h.Region}, o.Name}] = o.ID
		}
	case evidence.Chronicle:
		l := x.Timeline()
		var tests []string
		if l.Source == evidence.OfSecurityHub {
			tests = t.controls[l.ID]
		}
		if len(tests) == 0 {
			return
		}
		s := &said{source: OfSecurityHub, id: l.ID, tests: tests, evidence: h.Evidence}
		for i, turn := range l.Turns {
			to := l.To
			if i+1 < len(l.Turns) {
				to = l.Turns[i+1].At
			}
			from := turn.At
			if from.Before(l.From) {
				from = l.From
			}
			if to.After(l.To) {
				to = l.To
			}
			if turn.Passed != nil && from.Before(to) {
				s.spans = append(s.spans, saidSpan{from, to, *turn.Passed})
			}
		}
		for _, resource := range l.Resources {
			t.add(h.Account, resource, s)
		}
	}
}

func (t *theirs) add(account, resource string, s *said) {
	key := toldKey{account, resource}
	if strings.HasPrefix(resource, "arn:") {
		key.account = ""
	}
	t.told[key] = append(t.told[key], s)
}

// testsOf are the tests that name a Config rule.
func (t *theirs) testsOf(at place, name string) []string {
	var out []string
	for _, list := range [][]string{t.identifiers[t.rules[ruleKey{at, name}]], t.names[plainName(name)]} {
		for _, id := range list {
			if !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	return out
}

// read reads what AWS Config's rules said, where it was recorded.
func (t *theirs) read() error {
	n := slices.IndexFunc(t.r.in.Pasts, func(p evidence.Past) bool { return p.Type == complianceType })
	if n < 0 || t.r.in.History == nil || len(t.r.in.Scope.History) == 0 || len(t.identifiers)+len(t.names) == 0 {
		return nil
	}
	past := t.r.in.Pasts[n]
	var states []*evidence.State
	flush := func() {
		if len(states) > 0 {
			t.verdicts(past, states)
		}
		states = nil
	}
	err := t.r.in.History(past.Kind, func(s *evidence.State) error {
		if len(states) > 0 && (states[0].Account != s.Account || states[0].Region != s.Region || states[0].Resource != s.Resource) {
			flush()
		}
		states = append(states, s)
		return nil
	})
	flush()
	return err
}

// verdicts makes each rule's timeline of one resource. It holds by the rules that any state does: a verdict is not stretched over time in which
// nothing was recorded.
func (t *theirs) verdicts(past evidence.Past, states []*evidence.State) {
	at := place{states[0].Account, states[0].Region}
	steps := timeline.Arrange(states)
	opinions := make([]map[string]*bool, len(steps))
	var rules []string
	kind, id := "", ""
	for i := range steps {
		if _, clear := steps[i].Verdict(); !clear {
			continue
		}
		x, ok := steps[i].State.Record.(evidence.Ruled)
		if !ok {
			continue
		}
		kind, id = x.About()
		opinions[i] = map[string]*bool{}
		for _, o := range x.Opinions() {
			opinions[i][o.Name] = o.Passed
			if !slices.Contains(rules, o.Name) && len(t.testsOf(at, o.Name)) > 0 {
				rules = append(rules, o.Name)
			}
		}
	}
	if kind == "" || id == "" || len(rules) == 0 {
		return
	}
	cover := t.r.cover(past, at)
	slices.Sort(rules)
	for _, rule := range rules {
		s := &said{source: OfConfigRule, id: rule, tests: t.testsOf(at, rule)}
		judge := func(i int) timeline.Verdict {
			switch passed := opinions[i][rule]; {
			case passed == nil:
				return timeline.Verdict{Result: timeline.Unknown, Code: noVerdict}
			case *passed:
				return timeline.Verdict{Result: timeline.Met}
			}
			return timeline.Verdict{Result: timeline.Exception}
		}
		// Verdicts follow a change by a day as it is, so that the last one of a day is enough.
		for _, x := range t.r.question(Lag).Intervals(steps, judge, cover.Cover, false, cover.unread) {
			if x.Result != timeline.Met && x.Result != timeline.Exception {
				continue
			}
			s.spans = append(s.spans, saidSpan{x.From, x.To, x.Result == timeline.Met})
			for _, id := range steps[x.First].Evidence {
				if !slices.Contains(s.evidence, id) {
					s.evidence = append(s.evidence, id)
				}
			}
		}
		if len(s.spans) > 0 {
			t.add(at.account, kind+"/"+id, s)
		}
	}
}

const noVerdict = "NoVerdict"

// of gives what AWS said of a resource for a test, each control or rule once, in order.
func (t *theirs) of(test string, account string, s *evidence.State) []*said {
	var all []*said
	for _, key := range []toldKey{{"", s.Resource}, {account, s.Resource}, {account, s.ResourceID}, {account, s.ResourceType + "/" + s.ResourceID}} {
		for _, x := range t.told[key] {
			if slices.Contains(x.tests, test) && !slices.Contains(all, x) {
				all = append(all, x)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *said) int {
		return cmp.Or(strings.Compare(a.source, b.source), strings.Compare(a.id, b.id))
	})
	var out []*said
	for _, x := range all {
		if n := len(out); n > 0 && out[n-1].source == x.source && out[n-1].id == x.id {
			out[n-1] = both(out[n-1], x) // one control in two standards, or in two regions
			continue
		}
		out = append(out, x)
	}
	return out
}

// both is what two findings of one control say together: what one says and the other does not deny.
func both(a, b *said) *said {
	out := &said{source: a.source, id: a.id, tests: a.tests, evidence: slices.Compact(slices.Sorted(slices.Values(slices.Concat(a.evidence, b.evidence))))}
	var cuts []time.Time
	for _, s := range slices.Concat(a.spans, b.spans) {
		cuts = append(cuts, s.from, s.to)
	}
	slices.SortFunc(cuts, time.Time.Compare)
	cuts = slices.CompactFunc(cuts, time.Time.Equal)
	for i := 0; i+1 < len(cuts); i++ {
		one, knownOne := a.at(cuts[i])
		two, knownTwo := b.at(cuts[i])
		if !knownOne && !knownTwo || knownOne && knownTwo && one != two {
			continue
		}
		passed := knownOne && one || !knownOne && two
		if n := len(out.spans); n > 0 && out.spans[n-1].passed == passed && out.spans[n-1].to.Equal(cuts[i]) {
			out.spans[n-1].to = cuts[i+1]
			continue
		}
		out.spans = append(out.spans, saidSpan{cuts[i], cuts[i+1], passed})
	}
	return out
}

// at is what was said at a moment.
func (s *said) at(t time.Time) (passed, known bool) {
	for _, x := range s.spans {
		if !t.Before(x.from) && t.Before(x.to) {
			return x.passed, true
		}
	}
	return false, false
}

// compare writes AWS's own timelines beside ours, and notes where the two differ for longer than AWS's verdicts may lag behind.
func (x *replayed) compare(l line, s *evidence.State, ours []timeline.Interval) error {
	all := x.r.theirs.of(x.p.ID, l.at.account, s)
	compared := false
	for _, a := range all {
		for _, e := range x.opinion(l, a) {
			if err := x.emit(e); err != nil {
				return err
			}
		}
		var d *Disagreement
		end := func() {
			if d != nil && d.To.Sub(d.From) > max(Lag, x.p.test.Tolerance) {
				x.result.Disagreements = append(x.result.Disagreements, *d)
			}
			d = nil
		}
		for _, part := range x.parts(ours, all) {
			theirs, known := a.at(part.From)
			if !known || part.Result != timeline.Met && part.Result != timeline.Exception {
				end()
				continue
			}
			compared = true
			if theirs == (part.Result == timeline.Met) || theirs && !x.allPass(all, a.source, part.From) {
				// They agree; or each control asks a part of what the test does, and another one may have failed.
				end()
				continue
			}
			if d != nil && d.Ours == part.Result && d.To.Equal(part.From) {
				d.To = part.To
				continue
			}
			end()
			d = &Disagreement{Record: l.record, Account: l.at.account, Region: l.at.region, Source: a.source, ID: a.id, From: part.From.UTC(), To: part.To.UTC(), Ours: part.Result,
				Theirs: resultOf(theirs), Evidence: a.evidence}
		}
		end()
	}
	if compared {
		x.result.Compared++
	}
	return nil
}

// parts cuts our intervals where any of theirs begins or ends.
func (x *replayed) parts(ours []timeline.Interval, all []*said) []timeline.Interval {
	var cuts []time.Time
	for _, a := range all {
		for _, s := range a.spans {
			cuts = append(cuts, s.from, s.to)
		}
	}
	slices.SortFunc(cuts, time.Time.Compare)
	cuts = slices.CompactFunc(cuts, time.Time.Equal)
	var out []timeline.Interval
	for _, o := range ours {
		for _, c := range cuts {
			if c.After(o.From) && c.Before(o.To) {
				part := o
				part.To = c
				out = append(out, part)
				o.From = c
			}
		}
		out = append(out, o)
	}
	return out
}

// allPass reports whether everything that the test names of a source is known at a moment and passes.
func (x *replayed) allPass(all []*said, source string, at time.Time) bool {
	named := len(x.p.test.ConfigRules)
	if source == OfSecurityHub {
		named = len(x.p.test.SecurityHub)
	}
	n := 0
	for _, a := range all {
		if a.source != source {
			continue
		}
		if passed, known := a.at(at); !passed || !known {
			return false
		}
		n++
	}
	return n >= named
}

func resultOf(passed bool) string {
	if passed {
		return IntervalMet
	}
	return IntervalException
}

// opinion makes the lines of AWS's own timeline, which make up the period like ours.
func (x *replayed) opinion(l line, a *said) []TimelineEntry {
	from, to := x.result.From, x.result.To
	var out []TimelineEntry
	at, what := from, "the period begins"
	add := func(until time.Time, result string) {
		if until.After(to) {
			until = to
		}
		if !until.After(at) {
			return
		}
		e := TimelineEntry{Test: x.p.ID, Population: x.p.Population, Record: l.record, Account: l.at.account, Region: l.at.region, Opinion: a.source + " " + a.id, Evidence: []string{},
			Interval: Interval{From: at.UTC(), To: until.UTC(), Result: result, Begins: Edge{What: what}, Source: a.source}}
		e.Ends.What = "AWS said otherwise, or nothing"
		if result == IntervalUnknown {
			e.Code, e.Reason = noVerdict, "AWS told no verdict of that time"
		} else {
			e.Evidence = append(e.Evidence, a.evidence...)
		}
		at, what = until, "AWS said otherwise, or nothing"
		out = append(out, e)
	}
	for _, s := range a.spans {
		add(s.from, IntervalUnknown)
		if s.to.After(at) && s.from.Before(to) {
			add(s.to, resultOf(s.passed))
		}
	}
	add(to, IntervalUnknown)
	if len(out) > 0 {
		out[len(out)-1].Ends.What = "the period ends"
	}
	return out
}
