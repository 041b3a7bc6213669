package collectors

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"golang.org/x/sync/errgroup"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/configitem"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// A Run collects a scope: live, from a tape, or partly each when it resumes.
type Run struct {
	Scope evidence.Scope
	// Shard limits the run to the scope's accounts that it holds; nil reads all. A shard ends before what needs all accounts: nothing is
	// derived, no history is written, and late collectors do not work.
	Shard *evidence.Shard
	// Begun tells when collection began in an account, where shards began at moments of their own. Nil is Scope.AsOf.
	Begun func(account string) time.Time
	Tape  *tape.Tape
	// Session gives the configuration that speaks for an account on behalf of a collector, with no more rights than that one needs.
	// It is called for every cell, and not at all when the tape is only read.
	Session func(ctx context.Context, account, collector string) (aws.Config, error)
	Redact  tape.Redactor
	Limits  *tape.Limits
	// Inputs are dated tables by file name, for derivers.
	Inputs map[string][]byte
	// Dir receives records/<kind>.jsonl, history/<kind>.jsonl and gaps.jsonl.
	Dir string
	// Collectors and Derivers are All() and Derivers() unless a test says otherwise.
	Collectors []Collector
	Derivers   []Deriver
	// Readers read configuration items of the past, of the types in Scope.History. Nil is Past().
	Readers []configitem.Reader
	// Moments are found in what was read, once it is on disk: late collectors work on them. Nil finds none.
	Moments func() ([]evidence.Moment, error)
	// Progress is told of each cell that ends. It may be nil. Calls come one at a time.
	Progress func(Progress)
}

// Progress says how far a run has come.
type Progress struct {
	Account, Region, Collector string
	Done, Planned              int
	Gaps                       int
}

// parallel is how many cells work at once. Most of them wait, for an answer or for their turn: AWS's rates are kept by tape.Limits,
// account by account, so the more accounts are in hand, the closer a run comes to the time that the rates themselves take.
const parallel = 256

// A task is a planned cell.
type task struct {
	collector       Collector
	order           int
	account, region string
	// blocked is set where the cell cannot be worked on: no credentials, wrong account, region not enabled.
	blocked *tape.Error
	// session says that blocked is the refusal of a session to this very cell, which it tells of.
	session bool
	part    string
	// planned are the regions that are read of the account.
	planned []string
	// moments and allowance are what a late collector works on.
	moments   []evidence.Moment
	allowance int

	spool     *spool
	ledger    []evidence.LedgerCell
	gaps      []evidence.Gap
	endpoints []evidence.EndpointUse
	// own and counted are the gaps and the ledger before derivers were given gaps.
	own     []evidence.Gap
	counted []evidence.LedgerCell
}

// Do collects, and writes the records and the ledger.
func (r Run) Do(ctx context.Context) (err error) {
	if r.Collectors == nil {
		r.Collectors, r.Derivers = All(), Derivers()
	}
	// A process that was killed left its spool behind; the folder is nobody else's.
	spools := filepath.Join(r.Dir, "spool")
	if err := os.RemoveAll(spools); err != nil {
		return err
	}
	if err := os.MkdirAll(spools, 0o755); err != nil {
		return err
	}
	defer os.RemoveAll(spools)

	firsts, rest, err := r.accounts(ctx, spools)
	if err != nil {
		return err
	}
	rest, later := prompt(rest)
	if r.Shard != nil {
		later = nil
	}
	all := append(slices.Clone(firsts), rest...)
	var mu sync.Mutex
	done := len(firsts)
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	// Rates that AWS counts once for the whole organization make the longest queue there is: it is joined first.
	first := slices.Clone(rest)
	slices.SortStableFunc(first, func(a, b *task) int { return cmp.Compare(b.queue(), a.queue()) })
	for i, t := range first {
		t.spool = newSpool(filepath.Join(spools, fmt.Sprintf("c%06d", i)))
		g.Go(func() error {
			if _, err := r.work(gctx, t); err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			done++
			r.tell(t, done, len(all)+len(later))
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	slices.SortStableFunc(all, inOrder)
	if r.Shard != nil {
		return errors.Join(r.writeRecords(all), r.writeLedger(all))
	}
	for _, t := range all {
		t.remember()
	}
	derived, err := r.derive(all, spools)
	if err != nil {
		return err
	}
	if err := errors.Join(r.writeRecords(all), r.writeDerived(derived)); err != nil {
		return err
	}
	if err := r.writeHistory(all, spools); err != nil {
		return err
	}
	if err := r.writeLedger(all); err != nil || len(later) == 0 {
		return err
	}
	return r.late(ctx, all, later, spools)
}

// queue is 1 for a cell that asks at a rate that is counted over the whole organization.
func (t *task) queue() int {
	if slices.ContainsFunc(t.collector.Operations(), func(op evidence.Operation) bool { return op.Organization }) {
		return 1
	}
	return 0
}

func (r Run) tell(t *task, done, planned int) {
	if r.Progress != nil {
		r.Progress(Progress{Account: t.account, Region: t.region, Collector: t.collector.Name(), Done: done, Planned: planned, Gaps: len(t.gaps)})
	}
}

// accounts opens each account, runs the first collector there, and plans the rest from what it learned.
func (r Run) accounts(ctx context.Context, spools string) (firsts, rest []*task, err error) {
	accounts := r.Scope.Accounts
	if r.Shard != nil {
		accounts = r.Shard.Accounts(accounts)
	}
	firsts = make([]*task, len(accounts))
	plans := make([][]*task, len(accounts))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	for i, account := range accounts {
		g.Go(func() error {
			t := &task{collector: r.Collectors[0], account: account, region: r.Scope.Home, spool: newSpool(filepath.Join(spools, fmt.Sprintf("a%06d", i)))}
			firsts[i] = t
			c, err := r.work(gctx, t)
			if err != nil {
				return err
			}
			plans[i] = r.plan(t, c)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, nil, err
	}
	for _, p := range plans {
		rest = append(rest, p...)
	}
	for i, t := range firsts {
		r.tell(t, i+1, len(firsts)+len(rest))
	}
	return firsts, rest, nil
}

// scopeOf is the scope as a cell of the account sees it: as of the moment that collection began there, on which hangs what is asked.
func (r Run) scopeOf(account string) evidence.Scope {
	sc := r.Scope
	if r.Begun != nil {
		sc.AsOf = r.Begun(account)
	}
	return sc
}

// session finds the configuration that speaks for the cell, or why there is none.
func (r Run) session(ctx context.Context, t *task) (aws.Config, error) {
	name := t.collector.Name()
	if r.Tape.Replaying() {
		no, err := r.Tape.Session(t.account, t.region, name)
		t.blocked, t.session = no, no != nil
		return aws.Config{Region: t.region}, err
	}
	cfg, err := r.Session(ctx, t.account, name)
	if ctx.Err() != nil {
		return cfg, ctx.Err()
	}
	if err != nil {
		t.blocked, err = r.Tape.NoSession(t.account, t.region, name, err)
		t.session = true
	}
	return cfg, err
}

// plan lists the cells of one account, once its own cell has ended. c is nil where the account could not be opened.
func (r Run) plan(first *task, c *cell.Cell) []*task {
	blocked, part := first.blocked, "aws"
	regions, usable, known := r.Scope.Regions, []string(nil), false
	if c != nil {
		part = c.Partition
		usable, known = c.Regions()
		if why := c.Refused(); why != nil {
			blocked = refusal(why)
		}
	}
	if len(regions) == 0 {
		regions = usable
		if !known && blocked == nil {
			blocked = &tape.Error{Outcome: evidence.Failed, Code: "RegionsUnknown", Operation: listRegions,
				Message: "the account's regions could not be listed, and the scope asks for all of them; name the regions in audit.yaml"}
		}
		if len(regions) == 0 {
			regions = []string{r.Scope.Home}
		}
	}
	var out []*task
	for order, col := range r.Collectors[1:] {
		if !In(col, r.Scope, first.account) {
			continue
		}
		t := task{collector: col, order: order + 1, account: first.account, part: part, planned: regions}
		if col.Reach() == evidence.EveryAccount {
			t.region, t.blocked = r.Scope.Home, blocked
			out = append(out, &t)
			continue
		}
		for _, region := range regions {
			u := t
			u.region, u.blocked = region, blocked
			if blocked == nil && known && !slices.Contains(usable, region) {
				u.blocked = &tape.Error{Outcome: evidence.NotAvailable, Code: "RegionNotEnabled", Operation: listRegions,
					Message: "the region is not enabled in this account; what an account left behind there before it disabled the region cannot be read"}
			}
			out = append(out, &u)
		}
	}
	return out
}

var listRegions = evidence.Operation{Service: "account", Name: "ListRegions", Action: "account:ListRegions"}

func refusal(why error) *tape.Error {
	var e *tape.Error
	if errors.As(why, &e) {
		return e
	}
	return &tape.Error{Outcome: evidence.Failed, Code: "WrongAccount", Message: why.Error(),
		Operation: evidence.Operation{Service: "sts", Name: "GetCallerIdentity", Action: "sts:GetCallerIdentity"}}
}

// work runs one cell.
func (r Run) work(ctx context.Context, t *task) (*cell.Cell, error) {
	c, err := r.openCell(ctx, t, t.spool.emit)
	if err != nil {
		return nil, err
	}
	if t.blocked != nil {
		t.ledger, t.gaps = c.Blocked(t.blocked)
		if t.session {
			t.addSession()
		}
		return nil, nil
	}
	err = t.collector.Collect(ctx, c)
	if ctx.Err() != nil {
		return nil, errors.Join(ctx.Err(), t.spool.close())
	}
	t.ledger, t.gaps = c.Close(nil)
	t.endpoints = c.Endpoints()
	if err == nil {
		err = c.Broken()
	}
	if err != nil {
		err = fmt.Errorf("%s in account %s, %s: %w", t.collector.Name(), t.account, t.region, err)
	}
	return c, errors.Join(err, t.spool.close())
}

// addSession adds the failed session itself to the ledger. A session that could be had leaves no exchange: its answer is credentials.
func (t *task) addSession() {
	e := t.blocked
	g := evidence.Gap{Account: t.account, Region: t.region, Collector: tape.SessionOf(t.collector.Name()), Service: e.Operation.Service, Operation: e.Operation.Name,
		Outcome: e.Outcome, Code: e.Code, Message: e.Message, Evidence: e.Evidence, Date: e.Date}
	for _, k := range t.collector.Kinds() {
		g.Kinds = append(g.Kinds, k.Name)
	}
	slices.Sort(g.Kinds)
	g.Identify()
	t.gaps = append(t.gaps, g)
	t.ledger = append(t.ledger, evidence.LedgerCell{Account: t.account, Region: t.region, Collector: g.Collector, Service: g.Service,
		Operation: g.Operation, Outcome: g.Outcome, Code: g.Code, Exchanges: 1, Gaps: 1, First: e.Date, Last: e.Date})
}

// derive runs the derivers over each account and region, and carries gaps over to what was derived.
func (r Run) derive(all []*task, spools string) (map[string][]*spool, error) {
	out := map[string][]*spool{}
	kinds := map[string]evidence.Kind{}
	for _, c := range r.Collectors {
		for _, k := range c.Kinds() {
			kinds[k.Name] = k
		}
	}
	// What derivers look at are the collectors' gaps, not those that other derivers were given.
	gaps := make([][]evidence.Gap, len(all))
	for i, t := range all {
		gaps[i] = slices.Clone(t.gaps)
		slices.SortFunc(gaps[i], func(a, b evidence.Gap) int { return cmp.Compare(a.ID, b.ID) })
	}
	for _, d := range r.Derivers {
		for _, t := range all {
			t.carry(d)
		}
		for from := 0; from < len(all); {
			to := from
			for to < len(all) && together(d.Reach(), all[from], all[to]) {
				to++
			}
			here := all[from:to]
			s := newSpool(filepath.Join(spools, fmt.Sprintf("d%06d-%s", from, d.Name())))
			on := derivation(r, here, kinds)
			for _, g := range gaps[from:to] {
				on.Gaps = append(on.Gaps, g...)
			}
			switch d.Reach() {
			case evidence.EveryAccount:
				on.Region = r.Scope.Home
			case evidence.WholeScope:
				on.Account, on.Region = "", ""
			}
			err := d.Derive(on, s.emit)
			if err = errors.Join(err, s.close()); err != nil {
				return nil, fmt.Errorf("%s in account %s, %s: %w", d.Name(), here[0].account, on.Region, err)
			}
			out[d.Name()] = append(out[d.Name()], s)
			from = to
		}
	}
	return out, nil
}

// together reports whether a deriver looks at both tasks at once.
func together(reach evidence.Reach, a, b *task) bool {
	switch reach {
	case evidence.WholeScope:
		return true
	case evidence.EveryAccount:
		return a.account == b.account
	}
	return a.account == b.account && a.region == b.region
}

// carry adds, for each gap in what the deriver reads, a gap in what it makes.
func (t *task) carry(d Deriver) {
	for _, g := range slices.Clone(t.gaps) {
		// A cell that could not be worked on at all left nothing to derive from, whatever the deriver reads. No deriver waits for a late one.
		if (t.blocked == nil || isLate(t.collector)) && !touches(g, d.Needs()) && !(unsent(g) && touches(g, d.Uses())) {
			continue
		}
		g.Kinds, g.Resource, g.Fields = nil, "", nil
		for _, k := range d.Kinds() {
			g.Kinds = append(g.Kinds, k.Name)
		}
		slices.Sort(g.Kinds)
		g.Identify()
		if slices.ContainsFunc(t.gaps, func(have evidence.Gap) bool { return have.ID == g.ID }) {
			continue
		}
		t.gaps = append(t.gaps, g)
		for i := range t.ledger {
			if l := &t.ledger[i]; l.Service == g.Service && l.Operation == g.Operation {
				l.Gaps++
			}
		}
	}
}

func touches(g evidence.Gap, kinds []string) bool {
	return slices.ContainsFunc(kinds, func(k string) bool { return slices.Contains(g.Kinds, k) })
}

// unsent reports whether the gap is of a question that never left the machine: a deriver that looks at it itself has no exchange to show it
// by, and makes no record of it. What AWS does not have, and what the scope leaves out, is no such question.
func unsent(g evidence.Gap) bool {
	switch g.Outcome {
	case evidence.NotAvailable, evidence.NotEnabled, evidence.Skipped:
		return false
	}
	return g.Evidence == ""
}

func derivation(r Run, here []*task, kinds map[string]evidence.Kind) evidence.Derivation {
	d := evidence.Derivation{Account: here[0].account, Region: here[0].region, Partition: cmp.Or(here[len(here)-1].part, "aws"), Scope: r.Scope, Inputs: r.Inputs}
	d.Records = func(kind string, each func(evidence.Record) error) error {
		k, ok := kinds[kind]
		if !ok {
			return fmt.Errorf("no collector emits %q", kind)
		}
		for _, t := range here {
			if err := t.spool.records(k, each); err != nil {
				return err
			}
		}
		return nil
	}
	d.Has = func(kind string) bool { _, ok := kinds[kind]; return ok }
	byEndpoint := map[[2]string]evidence.EndpointUse{}
	for _, t := range here {
		for _, u := range t.endpoints {
			key := [2]string{u.Service, u.Endpoint}
			if have, ok := byEndpoint[key]; ok {
				u.Exchanges += have.Exchanges
				u.Evidence = min(u.Evidence, have.Evidence)
				if have.Last.After(u.Last) {
					u.Last = have.Last
				}
			}
			byEndpoint[key] = u
		}
	}
	for _, u := range byEndpoint {
		d.Endpoints = append(d.Endpoints, u)
	}
	slices.SortFunc(d.Endpoints, func(a, b evidence.EndpointUse) int {
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Endpoint, b.Endpoint))
	})
	return d
}

// writeRecords writes one file a kind, in the order of account, region and collector. Late collectors have none yet.
func (r Run) writeRecords(all []*task) error {
	for _, c := range r.Collectors {
		if isLate(c) {
			continue
		}
		if err := r.writeCollected(c, all); err != nil {
			return err
		}
	}
	return nil
}

func (r Run) writeCollected(c Collector, all []*task) error {
	var from []*spool
	for _, t := range all {
		if t.collector.Name() == c.Name() {
			from = append(from, t.spool)
		}
	}
	return r.writeKinds(c.Kinds(), from)
}

func (r Run) writeDerived(derived map[string][]*spool) error {
	for _, d := range r.Derivers {
		if err := r.writeKinds(d.Kinds(), derived[d.Name()]); err != nil {
			return err
		}
	}
	return nil
}

func (r Run) writeKinds(kinds []evidence.Kind, from []*spool) error {
	dir := filepath.Join(r.Dir, "records")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, k := range kinds {
		err := writeFile(filepath.Join(dir, k.Name+".jsonl"), func(w *bufio.Writer) error {
			for _, s := range from {
				if err := s.copyTo(w, k.Name); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// writeLedger writes gaps.jsonl: first every cell, then every gap.
func (r Run) writeLedger(all []*task) error {
	return writeFile(filepath.Join(r.Dir, "gaps.jsonl"), func(w *bufio.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		for _, t := range all {
			for _, c := range t.ledger {
				if err := enc.Encode(evidence.LedgerLine{Cell: &c}); err != nil {
					return err
				}
			}
		}
		for _, t := range all {
			slices.SortStableFunc(t.gaps, func(a, b evidence.Gap) int {
				return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Operation, b.Operation), cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.ID, b.ID))
			})
			for _, g := range t.gaps {
				if err := enc.Encode(evidence.LedgerLine{Gap: &g}); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func writeFile(name string, fill func(*bufio.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<16)
	return errors.Join(fill(w), w.Flush(), f.Close())
}
