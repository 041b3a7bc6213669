package timeline

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// A Step is a moment at which AWS Config captured a state of a resource, with everything that was read of it.
type Step struct {
	// State is the one that holds from the moment on. Where items contradict one another it is one of them, and says nothing.
	State *evidence.State
	// Contradicted says that what was read of the moment is not one thing.
	Contradicted bool
	// Created is when the resource was made; zero where AWS does not say, or says several things.
	Created time.Time
	// Daily says that it is the last state of a day.
	Daily bool
	// Sources are where it was read, sorted; Evidence the exchanges.
	Sources  []string
	Evidence []string
}

// Captured is the moment.
func (s *Step) Captured() time.Time { return s.State.Captured }

// Deleted reports whether the resource was gone, for certain.
func (s *Step) Deleted() bool { return !s.Contradicted && s.State.Fault == "" && s.State.Deleted() }

// Verdict is what the step says whatever the test. It reports true where a test may be asked: the state has a record.
func (s *Step) Verdict() (Verdict, bool) {
	st := s.State
	switch {
	case s.Contradicted:
		return unknown(evidence.ItemsContradict), false
	case st.Fault != "":
		return Verdict{Unknown, evidence.ItemUnreadable, st.Fault}, false
	case st.Deleted():
		return Verdict{Absent, Deleted, "it was deleted"}, false
	case st.Status == evidence.StatusNotRecorded:
		return unknown(evidence.NotRecorded), false
	case st.Status != evidence.StatusOK && st.Status != evidence.StatusDiscovered && !st.EndsItems():
		return Verdict{Unknown, evidence.ItemUnreadable, "AWS Config's status " + st.Status + " is not one that AWS documents"}, false
	case st.Record == nil:
		return Verdict{Unknown, evidence.ItemUnreadable, "the item has no configuration"}, false
	}
	return Verdict{}, true
}

// Arrange puts the states of one resource into steps, whatever their order and however often each was read. The states are not changed.
func Arrange(states []*evidence.State) []Step {
	sorted := slices.Clone(states)
	slices.SortFunc(sorted, func(a, b *evidence.State) int {
		return cmp.Or(a.Captured.Compare(b.Captured), compareIDs(a.StateID, b.StateID), strings.Compare(a.StateID, b.StateID), slices.Compare(a.SHA256[:], b.SHA256[:]),
			cmp.Compare(a.Region, b.Region), cmp.Compare(rank(a.Source), rank(b.Source)), strings.Compare(a.Source, b.Source), strings.Compare(a.Item, b.Item))
	})
	var out []Step
	for len(sorted) > 0 {
		n := 1
		for n < len(sorted) && sorted[n].Captured.Equal(sorted[0].Captured) {
			n++
		}
		out = append(out, stepOf(sorted[:n]))
		sorted = sorted[n:]
	}
	return out
}

// rank puts what AWS Config's own API told before what was read from files.
func rank(source string) int {
	switch source {
	case evidence.FromAPI:
		return 0
	case evidence.FromDelivery:
		return 1
	case evidence.FromAthena:
		return 2
	}
	return 3
}

// stepOf makes one step of the states of one moment. Those with the same id and digest are one state, read several times. Those with different
// ids are states that followed one another within the moment: the last holds, if one source has all of them and AWS's ids put them in order.
func stepOf(states []*evidence.State) Step {
	last := states[len(states)-1]
	for _, s := range states { // the first reading of the last state
		if s.StateID == last.StateID && s.SHA256 == last.SHA256 {
			last = s
			break
		}
	}
	step := Step{State: last}
	var whole []string // the sources that have every state so far
	for i, s := range states {
		if !slices.Contains(step.Sources, s.Source) {
			step.Sources = append(step.Sources, s.Source)
		}
		for _, e := range s.Evidence {
			if !slices.Contains(step.Evidence, e) {
				step.Evidence = append(step.Evidence, e)
			}
		}
		step.Daily = step.Daily || s.Daily
		made := time.Time{}
		if s.Created != nil {
			made = *s.Created
		}
		if i == 0 {
			step.Created = made
		} else if !step.Created.Equal(made) {
			step.Created = time.Time{}
		}
	}
	slices.Sort(step.Sources)
	slices.Sort(step.Evidence)
	for i := 0; i < len(states); {
		n := i + 1
		for n < len(states) && states[n].StateID == states[i].StateID {
			step.Contradicted = step.Contradicted || states[n].SHA256 != states[i].SHA256
			n++
		}
		var has []string
		for _, s := range states[i:n] {
			has = append(has, s.Source)
		}
		if i == 0 {
			whole = has
		} else {
			whole = slices.DeleteFunc(whole, func(s string) bool { return !slices.Contains(has, s) })
			if states[i].SHA256 != states[0].SHA256 && (len(whole) == 0 || compareIDs(states[i-1].StateID, states[i].StateID) >= 0) {
				step.Contradicted = true
			}
		}
		i = n
	}
	return step
}

// compareIDs compares AWS's state ids, which are numbers. Those that are none are in no order: 0.
func compareIDs(a, b string) int {
	number := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
	if !number(a) || !number(b) {
		return 0
	}
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}
