package assess

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks"
	"github.com/auditseal/auditseal/frameworks/assess/timeline"
	"github.com/auditseal/auditseal/frameworks/expr"
)

// pastsOf are the types that tell the past of a kind, in the order of their names.
func (r *runner) pastsOf(kind string) []evidence.Past {
	var out []evidence.Past
	for _, p := range r.in.Pasts {
		if p.Kind == kind {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b evidence.Past) int { return strings.Compare(a.Type, b.Type) })
	return out
}

// A history is the past of one kind while it is replayed.
type history struct {
	r     *runner
	kind  evidence.Kind
	pasts []evidence.Past
	tests []*performance // over the period
	cage  *expr.Cage
	asked bool // some type's history was read
	seen  map[uint64]struct{}
	count PopulationPeriod
}

// replay performs the tests over the period on a kind's past. Nil where there is none.
func (r *runner) replay(kind evidence.Kind) (*history, error) {
	h := &history{r: r, kind: kind, pasts: r.pastsOf(kind.Name), tests: r.overPeriod[kind.Name], cage: r.in.Set.Cage(kind.Name), seen: map[uint64]struct{}{}}
	if len(h.pasts) == 0 {
		if len(h.tests) > 0 {
			return nil, fmt.Errorf("test %q: AWS Config tells no past of %s, so it cannot be tested over the period", h.tests[0].ID, kind.Name)
		}
		return nil, nil
	}
	for _, p := range h.pasts {
		h.asked = h.asked || slices.Contains(r.in.Scope.History, p.Type)
	}
	if !h.asked && len(h.tests) == 0 {
		return nil, nil
	}
	if err := r.tell(); err != nil {
		return nil, err
	}
	if err := h.places(); err != nil {
		return nil, err
	}
	if !h.asked {
		return h, nil
	}
	if r.in.History == nil {
		return nil, fmt.Errorf("%s: the scope reads its history, and none is given", kind.Name)
	}
	g := grouper{h: h}
	if err := r.in.History(kind.Name, g.state); err != nil {
		return nil, err
	}
	return h, g.end()
}

// A grouper puts the states of a resource together, which stand together in the file.
type grouper struct {
	h      *history
	states []*evidence.State
	key    [3]string
}

func (g *grouper) state(s *evidence.State) error {
	n := slices.IndexFunc(g.h.pasts, func(p evidence.Past) bool { return p.Type == s.ResourceType })
	switch {
	case s.Kind != g.h.kind.Name:
		return fmt.Errorf("a state of %q among those of %q", s.Kind, g.h.kind.Name)
	case n < 0:
		return fmt.Errorf("a state of the type %q, which tells nothing of %s", s.ResourceType, s.Kind)
	case s.Resource == "" || s.Account == "" || s.Captured.IsZero():
		return errors.New("a state without its resource, account or moment")
	case s.Record != nil && s.Record.Kind() != s.Kind:
		return fmt.Errorf("a state of %q with a record of %q", s.Kind, s.Record.Kind())
	}
	region := s.Region
	if g.h.pasts[n].Placeless() {
		region = ""
	}
	key := [3]string{s.Account, region, strconv.QuoteToASCII(s.Resource)}
	if len(g.states) > 0 && key != g.key {
		if slices.Compare(key[:], g.key[:]) < 0 {
			// A resource that came twice would be counted twice, and each time look as if the other half were missing.
			return fmt.Errorf("the states of %q stand behind those of %s: they are not in order", s.Resource, g.key[2])
		}
		if err := g.end(); err != nil {
			return err
		}
	}
	if len(g.states) > 0 && g.states[0].ResourceType != s.ResourceType {
		return fmt.Errorf("%q is a %s and a %s", s.Resource, g.states[0].ResourceType, s.ResourceType)
	}
	g.key = key
	g.states = append(g.states, s)
	return nil
}

func (g *grouper) end() error {
	states := g.states
	g.states = g.states[:0]
	if len(states) == 0 || !slices.Contains(g.h.r.in.Scope.Accounts, states[0].Account) {
		return nil // files in one bucket tell of accounts that are none of this audit's
	}
	return g.h.resource(states)
}

// resource performs the tests on the states of one resource.
func (h *history) resource(states []*evidence.State) error {
	s := states[0]
	past := h.pasts[slices.IndexFunc(h.pasts, func(p evidence.Past) bool { return p.Type == s.ResourceType })]
	at := place{s.Account, s.Region}
	if past.Placeless() {
		at.region = global
	}
	steps := timeline.Arrange(states)
	cover := h.r.cover(past, at)
	there := h.r.question(shortest).Intervals(steps, func(int) timeline.Verdict { return timeline.Verdict{Result: timeline.Met} }, cover.Cover, past.Dated(), cover.unread)
	made, gone := h.tally(there)
	if len(there) == 0 {
		return nil // gone before the period; should it be there now, nothing tells since when
	}
	h.seen[resourceKey(s.Account, s.Resource)] = struct{}{}
	subjects := make([]*expr.Subject, len(steps))
	subject := func(i int) *expr.Subject {
		if subjects[i] == nil {
			subjects[i] = h.cage.Subject(h.r.past, steps[i].State.Record)
		}
		return subjects[i]
	}
	for _, p := range h.tests {
		x := line{p: p, record: s.Resource, at: at, steps: steps, subject: subject, cover: cover}
		list := h.r.question(p.test.Tolerance).Intervals(steps, func(i int) timeline.Verdict { return p.verdict(subject(i)) }, cover.Cover, past.Dated(), cover.unread)
		if err := p.replay.take(x, list, made, gone); err != nil {
			return err
		}
		if err := p.replay.compare(x, s, list); err != nil {
			return err
		}
	}
	return nil
}

// tally counts a resource that was there, and says whether it was made or deleted in the period.
func (h *history) tally(list []timeline.Interval) (made, gone bool) {
	if !thereAtAll(list) {
		return false, false
	}
	h.count.Resources++
	for i, x := range list {
		switch {
		case x.Result != timeline.Absent || i+1 == len(list):
		case x.Code == timeline.NotCreated:
			made = made || list[i+1].Code != evidence.NotYet
		default:
			made = made || list[i+1].Begins.Step >= 0 || list[i+1].Begins.What == timeline.Made
		}
		gone = gone || i > 0 && x.Result == timeline.Absent && x.Code == timeline.Deleted
	}
	if made {
		h.count.Created++
	}
	if gone {
		h.count.Deleted++
	}
	return made, gone
}

func thereAtAll(list []timeline.Interval) bool {
	return slices.ContainsFunc(list, func(x timeline.Interval) bool { return x.Result != timeline.Absent })
}

// places tells each test of the time of which nobody can say which resources there were.
func (h *history) places() error {
	var all []place
	covers := map[place]*coverage{}
	// A test that tolerates a day does not mind daily recording.
	coarse, fine := map[place][][]timeline.Interval{}, map[place][][]timeline.Interval{}
	for _, past := range h.pasts {
		for _, at := range h.r.places(past) {
			if !slices.Contains(all, at) {
				all = append(all, at)
			}
			c, code := h.r.cover(past, at), ""
			switch {
			case !slices.Contains(h.r.in.Scope.History, past.Type):
				code = evidence.HistoryNotAsked
			case c.unread:
				code = evidence.HistoryUnread
			}
			covers[at] = c
			coarse[at] = append(coarse[at], h.r.question(shortest).Unknown(c.Cover, code))
			fine[at] = append(fine[at], h.r.question(0).Unknown(c.Cover, code))
		}
	}
	slices.SortFunc(all, func(a, b place) int {
		return slices.Compare([]string{a.account, a.region}, []string{b.account, b.region})
	})
	for _, p := range h.tests {
		lists := fine
		if p.test.Tolerance >= 24*time.Hour {
			lists = coarse
		}
		for _, at := range all {
			list := h.r.question(p.test.Tolerance).Merge(lists[at]...)
			if len(list) == 0 {
				continue
			}
			if err := p.replay.take(line{p: p, at: at, cover: covers[at]}, list, false, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// unseen tells the tests of a record of which AWS Config has no item. It is there now, so that it may have been there all the time.
func (h *history) unseen(rec evidence.Record) error {
	m := rec.Header()
	if !h.asked {
		return nil // the whole population is unknown as it is
	}
	if _, ok := h.seen[resourceKey(m.Account, m.ID)]; ok {
		return nil
	}
	h.seen[resourceKey(m.Account, m.ID)] = struct{}{}
	past := h.pasts[0]
	at := place{m.Account, m.Region}
	switch {
	case past.Placeless():
		at.region = global
	case past.Home:
		at.region = h.r.home(m.Account)
	}
	cover := h.r.cover(past, at)
	never := false
	if u, ok := rec.(evidence.Unrecorded); ok {
		never = u.NeverRecorded()
	}
	born := time.Time{}
	if b, ok := rec.(evidence.Born); ok && !slices.ContainsFunc(m.Unknown, func(u evidence.Unknown) bool { return u.Field == "created" }) {
		born = b.Born()
	}
	made := born.After(h.r.in.Scope.Period.From) && born.Before(h.r.in.Scope.Period.To)
	counted := false
	for _, p := range h.tests {
		s := h.cage.Subject(h.r.past, rec)
		if never && p.test.Select(s).Answer == expr.False {
			continue // nothing that AWS Config does not record is missing from it
		}
		list := h.r.question(p.test.Tolerance).Intervals(nil, nil, cover.Cover, past.Dated(), cover.unread)
		list = timeline.Since(list, born)
		counted = counted || thereAtAll(list)
		if err := p.replay.take(line{p: p, record: m.ID, at: at, cover: cover, evidence: m.Evidence, date: m.Collected}, list, made, false); err != nil {
			return err
		}
	}
	if counted || len(h.tests) == 0 && !never && born.Before(h.r.in.Scope.Period.To) {
		h.count.Resources++
		if made {
			h.count.Created++
		}
	}
	return nil
}

func resourceKey(account, resource string) uint64 {
	sum := sha256.Sum256([]byte(account + "\n" + resource))
	return binary.BigEndian.Uint64(sum[:])
}

// verdict is what the test says of a state.
func (p *performance) verdict(s *expr.Subject) timeline.Verdict {
	v := p.test.Select(s)
	switch v.Answer {
	case expr.False:
		return timeline.Verdict{Result: timeline.NotSelected, Code: "NotSelected", Reason: "the test was not about it"}
	case expr.True:
		v = p.test.Meets(s)
	}
	switch {
	case v.Answer == expr.Undecided:
		return undecided(v)
	case (v.Answer == expr.True) == (p.Require != frameworks.None):
		return timeline.Verdict{Result: timeline.Met}
	case p.Require == frameworks.AtLeastOne:
		return timeline.Verdict{Result: timeline.Other}
	}
	return timeline.Verdict{Result: timeline.Exception}
}

// undecided says what a state hangs on.
func undecided(v expr.Verdict) timeline.Verdict {
	if len(v.Unknown) == 0 {
		return timeline.Verdict{Result: timeline.Unknown, Code: evidence.Undecided, Reason: v.Fault}
	}
	code := v.Unknown[0].Code
	var fields []string
	for _, u := range v.Unknown {
		if u.Code == code {
			fields = append(fields, u.Field)
		}
	}
	list := strings.Join(fields, ", ")
	switch {
	case code == evidence.NotInItem:
		return timeline.Verdict{Result: timeline.Unknown, Code: code, Reason: "AWS Config's item does not carry " + list}
	case code == "":
		return timeline.Verdict{Result: timeline.Unknown, Code: evidence.ItemUnreadable, Reason: list + " could not be read"}
	}
	return timeline.Verdict{Result: timeline.Unknown, Code: code, Reason: list + " could not be read: " + code}
}
