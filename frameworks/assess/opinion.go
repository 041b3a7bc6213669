package assess

import (
	"slices"
	"strings"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks"
)

// opinions gathers AWS's own verdicts while the records stream by.
type opinions struct {
	// What each verdict is an opinion on: by Security Hub control, by managed rule's identifier, by rule's name.
	controls, identifiers, names map[string][]*SecondOpinion
	byTest                       map[string][]*SecondOpinion
}

func newOpinions(tests []*frameworks.Test) *opinions {
	o := &opinions{controls: map[string][]*SecondOpinion{}, identifiers: map[string][]*SecondOpinion{}, names: map[string][]*SecondOpinion{},
		byTest: map[string][]*SecondOpinion{}}
	for _, t := range tests {
		for _, id := range t.SecurityHub {
			s := &SecondOpinion{Source: evidence.OfSecurityHub, ID: id}
			o.byTest[t.ID] = append(o.byTest[t.ID], s)
			o.controls[id] = append(o.controls[id], s)
		}
		for _, name := range t.ConfigRules {
			s := &SecondOpinion{Source: evidence.OfConfig, ID: name}
			o.byTest[t.ID] = append(o.byTest[t.ID], s)
			// A name is the customer's to choose, an identifier is not: where AWS's list has the rule, its identifier tells.
			if id := frameworks.RuleIdentifier(name); id != "" {
				o.identifiers[id] = append(o.identifiers[id], s)
			} else {
				o.names[name] = append(o.names[name], s)
			}
		}
	}
	return o
}

// hear takes in one record.
func (o *opinions) hear(rec evidence.Record) {
	w, ok := rec.(evidence.Witness)
	if !ok {
		return
	}
	v := w.Opinion()
	about := o.controls[v.ID]
	if v.Source == evidence.OfConfig {
		about = slices.Concat(o.identifiers[v.ID], o.names[plainName(v.Name)])
	}
	for _, s := range about {
		switch {
		case v.Passed == nil:
			s.Unevaluated++
		case *v.Passed:
			s.Passed++
		default:
			s.Failed++
			s.Failing = append(s.Failing, rec.Header().ID)
		}
	}
}

// plainName is the name that AWS documents of a rule that Security Hub made: securityhub-<name>-<some letters and digits>.
func plainName(name string) string {
	rest, ok := strings.CutPrefix(name, "securityhub-")
	if !ok {
		return name
	}
	if i := strings.LastIndexByte(rest, '-'); i > 0 {
		return rest[:i]
	}
	return rest
}

// of gives the opinions on a test with how they compare. whole says of a source whether all of its verdicts were read.
// over says that the test is over the period: AWS's verdict of now then agrees or disagrees with nothing, and theirs.go compares its past.
func (o *opinions) of(test string, result Result, over bool, whole func(source string) bool) []SecondOpinion {
	var out []SecondOpinion
	open := map[string]bool{} // sources of which not every control or rule passed
	for _, s := range o.byTest[test] {
		open[s.Source] = open[s.Source] || s.Failed > 0 || s.Passed == 0 || s.Unevaluated > 0
	}
	for _, s := range o.byTest[test] {
		s.Whole = whole(s.Source)
		slices.Sort(s.Failing)
		s.Comparison = compare(result, *s)
		if s.Comparison == Disagrees && result == Exception && open[s.Source] {
			// Each may ask a part of what the test asks, and the exception be about the part of another.
			s.Comparison = NotCompared
		}
		if over && s.Comparison != NoAnswer {
			s.Comparison = NotCompared
		}
		out = append(out, *s)
	}
	return out
}

func compare(result Result, s SecondOpinion) string {
	switch {
	case s.Passed+s.Failed == 0:
		return NoAnswer
	case result != Met && result != Exception:
		return NotCompared
	case result == Met && s.Failed > 0:
		return Disagrees
	case result == Met || s.Failed > 0:
		return Agrees
	case !s.Whole || s.Unevaluated > 0:
		// What AWS did not evaluate may be what the exception is about.
		return NotCompared
	}
	return Disagrees
}
