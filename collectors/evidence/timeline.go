package evidence

import "time"

// A Timeline is what AWS itself says of one of its controls or rules on some resources over time. It is shown beside what we replayed, and
// decides nothing.
type Timeline struct {
	// Source, ID and Name are those of an Opinion: the control, or the rule.
	Source string
	ID     string
	Name   string
	// Resources are the ids of the resources that were checked, as AWS writes them there: ARNs, or AWS Config's resource ids. Usually one.
	Resources []string
	// From and To bound the time that the timeline tells of, half open. Outside of it nothing is known: no verdict may be stretched over it.
	From time.Time
	To   time.Time
	// Turns are in order of time, the first at From where anything is known from there on. Each holds until the next, the last until To.
	Turns []Turn
}

// A Turn is a moment from which on AWS's verdict was another.
type Turn struct {
	At time.Time
	// Passed is nil where AWS says neither, or does not say what: the check lacked information, the finding was archived, a value is missing.
	Passed *bool
}

// Over gives the verdict over the whole of [from, to): known only where the timeline covers all of that span and says one thing in it.
func (t Timeline) Over(from, to time.Time) (passed, known bool) {
	if from.Before(t.From) || to.After(t.To) || !from.Before(to) {
		return false, false
	}
	var said *bool
	for i, turn := range t.Turns {
		if !turn.At.Before(to) {
			break
		}
		if i+1 < len(t.Turns) && !t.Turns[i+1].At.After(from) {
			continue // over before the span begins
		}
		if said == nil && turn.At.After(from) || turn.Passed == nil || said != nil && *said != *turn.Passed {
			return false, false
		}
		said = turn.Passed
	}
	if said == nil {
		return false, false
	}
	return *said, true
}

// A Chronicle is a record that carries AWS's own timeline.
type Chronicle interface {
	Record
	Timeline() Timeline
}
