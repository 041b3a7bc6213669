package collectors

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// A Late collector works when all others have and what they read is on disk: on the moments that somebody else finds in it (Run.Moments).
type Late interface {
	Collector
	Late()
}

func isLate(c Collector) bool { _, ok := c.(Late); return ok }

// prompt gives the tasks that need not wait for others, and those that do.
func prompt(all []*task) (now, later []*task) {
	for _, t := range all {
		if isLate(t.collector) {
			later = append(later, t)
		} else {
			now = append(now, t)
		}
	}
	return now, later
}

// late is the second phase: it works on the late tasks, and writes what they read, what follows from that they asked, and the ledger of
// all. They are worked on one after the other, so that which moments get the look-ups that the scope allows hangs on no race.
func (r Run) late(ctx context.Context, all, later []*task, spools string) error {
	var moments []evidence.Moment
	if r.Moments != nil {
		var err error
		if moments, err = r.Moments(); err != nil {
			return err
		}
	}
	slices.SortStableFunc(later, inOrder)
	if err := share(moments, later); err != nil {
		return err
	}
	left := r.Scope.Changes
	for i, t := range later {
		t.spool, t.allowance = newSpool(filepath.Join(spools, fmt.Sprintf("l%06d", i))), left
		if len(t.moments) == 0 && t.blocked == nil {
			r.idle(t)
		} else if _, err := r.work(ctx, t); err != nil {
			return err
		}
		for _, c := range t.ledger {
			if c.Collector == t.collector.Name() {
				left = max(0, left-c.Exchanges)
			}
		}
		r.tell(t, len(all)+i+1, len(all)+len(later))
	}
	all = slices.Concat(all, later)
	slices.SortStableFunc(all, inOrder)
	for _, c := range r.Collectors {
		if isLate(c) {
			if err := r.writeCollected(c, all); err != nil {
				return err
			}
		}
	}
	if len(moments) > 0 {
		// What was asked late, at which endpoints, is what derivers look at too.
		for _, t := range all {
			t.forget()
		}
		again := filepath.Join(spools, "again")
		if err := os.MkdirAll(again, 0o755); err != nil {
			return err
		}
		derived, err := r.derive(all, again)
		if err != nil {
			return err
		}
		if err := r.writeDerived(derived); err != nil {
			return err
		}
	}
	return r.writeLedger(all)
}

// inOrder is the order in which records and the ledger are written.
func inOrder(a, b *task) int {
	return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(a.region, b.region), cmp.Compare(a.order, b.order))
}

// share hands the moments to the tasks of their account and region, each once, in the order of resource and time.
func share(moments []evidence.Moment, later []*task) error {
	moments = slices.Clone(moments)
	slices.SortStableFunc(moments, func(a, b evidence.Moment) int {
		return cmp.Or(cmp.Compare(a.Resource, b.Resource), a.At.Compare(b.At), cmp.Compare(a.Item, b.Item))
	})
	type place struct{ account, region, item string }
	seen := map[place]bool{}
	for _, m := range moments {
		if m.Item == "" || len(m.Evidence) == 0 || m.At.IsZero() || m.Collected.IsZero() {
			return fmt.Errorf("a moment of %s in account %s, %s, without its configuration item, evidence or time: this is a fault of auditseal", m.Resource, m.Account, m.Region)
		}
		if p := (place{m.Account, m.Region, m.Item}); seen[p] {
			continue
		} else {
			seen[p] = true
		}
		found := false
		for _, t := range later {
			if t.account == m.Account && t.region == m.Region {
				t.moments, found = append(t.moments, m), true
			}
		}
		if !found {
			return fmt.Errorf("a moment of %s in account %s, %s, which is not planned: this is a fault of auditseal", m.Resource, m.Account, m.Region)
		}
	}
	return nil
}

// idle ends a cell that has nothing to do, for which no session is opened.
func (r Run) idle(t *task) {
	c := cell.Open(cell.Opening{Account: t.account, Region: t.region, Partition: t.part, Scope: r.scopeOf(t.account), Planned: t.planned, Collector: t.collector.Name(),
		Operations: t.collector.Operations(), Kinds: t.collector.Kinds(), Tape: r.Tape, Base: aws.Config{Region: t.region}, Redact: r.Redact, Limits: r.Limits, Emit: t.spool.emit})
	t.ledger, t.gaps = c.Close(nil)
}

// remember keeps what the collectors told before derivers are given gaps of theirs; forget goes back to it.
func (t *task) remember() { t.own, t.counted = slices.Clone(t.gaps), slices.Clone(t.ledger) }

func (t *task) forget() {
	if t.counted != nil {
		t.gaps, t.ledger = slices.Clone(t.own), slices.Clone(t.counted)
	}
}
