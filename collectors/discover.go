package collectors

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// memberKind is the population of an organization's accounts.
const memberKind = "organizations.account"

// StateReason begins the reason for leaving out an account that is not ACTIVE.
const StateReason = "its state in AWS Organizations is "

// A member is a record of that population.
type member interface {
	evidence.Record
	// Member gives the account's id, and its state in AWS's word: ACTIVE where it can be read.
	Member() (account, state string)
}

// Discover fills in the accounts of a scope that is an organization, from the list that AWS gives to Scope.Organization.Lister: those
// that are ACTIVE and not excluded. The others join Scope.Excluded with their state for a reason. What is asked is on the tape, and a
// Run that follows finds it there. A list that is not whole is an error: accounts that nobody knows of would be missing in silence.
func (r Run) Discover(ctx context.Context) (evidence.Scope, error) {
	sc := r.Scope
	lister := sc.Organization.Lister
	all := All()
	i := slices.IndexFunc(all, func(c Collector) bool { return makes(c, memberKind) })
	if i < 0 {
		return sc, fmt.Errorf("no collector lists the accounts of an organization")
	}
	r.Scope.Accounts = []string{lister}
	var members []member
	part := ""
	for _, c := range []Collector{all[0], all[i]} {
		t := &task{collector: c, account: lister, region: sc.Home, part: part}
		keep := func(rec evidence.Record) error {
			m, ok := rec.(member)
			if !ok || rec.Kind() != memberKind {
				return nil
			}
			if u := rec.Header().Unknown; slices.ContainsFunc(u, func(u evidence.Unknown) bool { return u.Field == "state" }) {
				id, _ := m.Member()
				return fmt.Errorf("AWS does not say in which state account %s is, so it can neither be read nor left out", id)
			}
			members = append(members, m)
			return nil
		}
		opened, err := r.openCell(ctx, t, keep)
		if err != nil {
			return sc, err
		}
		if t.blocked != nil {
			return sc, fmt.Errorf("the accounts of the organization can't be listed in account %s: %w", lister, t.blocked)
		}
		if err := c.Collect(ctx, opened); err != nil {
			return sc, err
		}
		if ctx.Err() != nil {
			return sc, ctx.Err()
		}
		_, gaps := opened.Close(nil)
		if err := opened.Broken(); err != nil {
			return sc, err
		}
		if why := opened.Refused(); why != nil {
			return sc, why
		}
		part = opened.Partition
		for _, g := range gaps {
			if slices.Contains(g.Kinds, memberKind) {
				return sc, fmt.Errorf("the accounts of the organization could not be listed whole in account %s: %s:%s: %s: %s", lister, g.Service, g.Operation, g.Code, g.Message)
			}
		}
	}
	sc.Accounts, sc.Excluded = choose(members, sc.Excluded)
	if len(members) == 0 {
		return sc, fmt.Errorf("account %s belongs to no organization, or lists no account of one", lister)
	}
	if !slices.Contains(sc.Accounts, lister) {
		return sc, fmt.Errorf("account %s lists the accounts of the organization, and is not among those to be read", lister)
	}
	return sc, nil
}

// choose sorts the members into those that are read and those that are not.
func choose(members []member, excluded []evidence.Exclusion) ([]string, []evidence.Exclusion) {
	var read []string
	out := slices.Clone(excluded)
	for _, m := range members {
		id, state := m.Member()
		switch {
		case slices.ContainsFunc(excluded, func(e evidence.Exclusion) bool { return e.Account == id }):
		case state == "ACTIVE":
			read = append(read, id)
		default:
			out = append(out, evidence.Exclusion{Account: id, Reason: StateReason + state})
		}
	}
	slices.Sort(read)
	slices.SortFunc(out, func(a, b evidence.Exclusion) int { return strings.Compare(a.Account, b.Account) })
	return slices.Compact(read), out
}

func makes(c Collector, kind string) bool {
	return slices.ContainsFunc(c.Kinds(), func(k evidence.Kind) bool { return k.Name == kind })
}

// openCell makes the cell of a task, with the session that speaks for it; where there is none, blocked says why.
func (r Run) openCell(ctx context.Context, t *task, emit func(evidence.Record) error) (*cell.Cell, error) {
	base := aws.Config{Region: t.region}
	if t.blocked == nil {
		var err error
		if base, err = r.session(ctx, t); err != nil {
			return nil, err
		}
	}
	var state func(*evidence.State) error
	if t.spool != nil {
		global := r.globalKinds()
		state = func(s *evidence.State) error { return t.spool.emitState(global, s) }
	}
	return cell.Open(cell.Opening{Readers: r.past(), EmitState: state, Account: t.account, Region: t.region, Partition: t.part, Scope: r.scopeOf(t.account), Planned: t.planned, Moments: t.moments, Allowance: t.allowance, Collector: t.collector.Name(),
		Operations: t.collector.Operations(), Kinds: t.collector.Kinds(), Tape: r.Tape, Base: base, Redact: r.Redact, Reducers: reducers(t.collector, r.Scope), Limits: r.Limits, Emit: emit}), nil
}
