// Package cell is what a collector is handed to work with: one collector, in one account and region.
//
// A collector reads AWS in the plain style of the SDK and turns every answer into records. For every error it says one of four
// things: Incomplete (a population is not whole), Unknown (fields of one record could not be read), NotEnabled (the service is
// off), or Known (the error is an answer: "there is no such policy"). An error about which a collector says nothing makes every
// population of that collector incomplete: no error can be dropped.
package cell

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/configitem"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// A Cell is one collector at work in one account and region. It is safe for concurrent use, but records must be emitted in an
// order that depends on AWS's answers alone: see Ordered.
type Cell struct {
	Account, Region string
	// Partition is aws, aws-us-gov, aws-cn …, from the caller's ARN; "aws" until the caller is known.
	Partition string
	Period    evidence.Period
	Scope     evidence.Scope
	// Planned are the regions that the audit reads of this account: the scope's, or all that are enabled in it where the scope names none.
	Planned []string
	// Moments are what a late collector is to look up here, and Allowance is how many calls it may make for that. Other collectors have none.
	Moments   []evidence.Moment
	Allowance int
	// Config makes the clients. They speak through the tape.
	Config aws.Config

	collector string
	kinds     []string
	emit      func(evidence.Record) error
	emitState func(*evidence.State) error
	readers   map[string][]configitem.Reader // by CloudFormation type

	mu        sync.Mutex
	ledger    map[string]*evidence.LedgerCell // by service:operation
	gaps      []evidence.Gap
	emitted   map[[12]byte]uint8     // how often each kind and id was emitted
	pending   map[string]*tape.Error // errors about which nothing was said yet, by exchange or by code
	refused   error
	broken    error
	endpoints map[[2]string]*evidence.EndpointUse
	regions   []string
	listed    bool
}

// An Opening is what a Cell is made from.
type Opening struct {
	Account, Region, Partition string
	Scope                      evidence.Scope
	// Planned are the regions that are read of the account. Empty means the scope's.
	Planned    []string
	Moments    []evidence.Moment
	Allowance  int
	Collector  string
	Operations []evidence.Operation
	Kinds      []evidence.Kind
	Tape       *tape.Tape
	Base       aws.Config
	Redact     tape.Redactor
	Limits     *tape.Limits
	// Reducers say what the tape keeps of answers that may be too large to be kept whole.
	Reducers map[string]tape.Reducer
	// Emit receives the records, one at a time.
	Emit func(evidence.Record) error
	// Readers read configuration items of the past; EmitState receives what they make, one at a time. Nil drops it.
	Readers   []configitem.Reader
	EmitState func(*evidence.State) error
}

// Open makes a Cell.
func Open(o Opening) *Cell {
	c := &Cell{Account: o.Account, Region: o.Region, Partition: cmp.Or(o.Partition, "aws"), Period: o.Scope.Period, Scope: o.Scope, Moments: o.Moments, Allowance: o.Allowance,
		collector: o.Collector, emit: o.Emit, ledger: map[string]*evidence.LedgerCell{}, pending: map[string]*tape.Error{}, emitted: map[[12]byte]uint8{}, endpoints: map[[2]string]*evidence.EndpointUse{}}
	if c.Planned = o.Planned; len(c.Planned) == 0 {
		c.Planned = o.Scope.Regions
	}
	c.emitState, c.readers = o.EmitState, map[string][]configitem.Reader{}
	for _, r := range o.Readers {
		c.readers[r.Type] = append(c.readers[r.Type], r)
	}
	for _, k := range o.Kinds {
		c.kinds = append(c.kinds, k.Name)
	}
	for _, op := range o.Operations {
		c.ledger[op.Service+":"+op.Name] = &evidence.LedgerCell{Account: o.Account, Region: o.Region, Collector: o.Collector,
			Service: op.Service, Operation: op.Name, Outcome: evidence.NotCalled}
	}
	c.Config = o.Tape.Config(o.Base, tape.Options{Account: o.Account, Region: o.Region, Collector: o.Collector, Operations: o.Operations,
		Redact: o.Redact, Reducers: o.Reducers, Limits: o.Limits, Observe: c.observe})
	return c
}

func (c *Cell) observe(op evidence.Operation, s tape.Stamp, err *tape.Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.ledger[op.Service+":"+op.Name]
	if s.Evidence != "" {
		c.use(op, s)
		l.Exchanges++
		if l.First.IsZero() || s.Date.Before(l.First) {
			l.First = s.Date
		}
		if s.Date.After(l.Last) {
			l.Last = s.Date
		}
	}
	if err != nil {
		c.pending[key(err)] = err
		return
	}
	switch {
	case s.Empty && l.Outcome == evidence.NotCalled:
		l.Outcome = evidence.Empty
	case !s.Empty && (l.Outcome == evidence.NotCalled || l.Outcome == evidence.Empty):
		l.Outcome = evidence.Collected
	}
}

// use needs the lock.
func (c *Cell) use(op evidence.Operation, s tape.Stamp) {
	if s.Endpoint == "" {
		return
	}
	k := [2]string{op.Service, s.Endpoint}
	u := c.endpoints[k]
	if u == nil {
		u = &evidence.EndpointUse{Service: op.Service, Endpoint: s.Endpoint, FIPS: s.FIPS, Evidence: s.Evidence}
		c.endpoints[k] = u
	}
	u.Exchanges++
	u.Evidence = min(u.Evidence, s.Evidence)
	if s.Date.After(u.Last) {
		u.Last = s.Date
	}
}

// Endpoints gives the endpoints that answered in this cell, in no order.
func (c *Cell) Endpoints() []evidence.EndpointUse {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []evidence.EndpointUse
	for _, u := range c.endpoints {
		out = append(out, *u)
	}
	return out
}

func key(e *tape.Error) string { return e.Evidence + "|" + e.Operation.Name + "|" + e.Code }

// Meta starts a record: its id, and where it was read. Read adds the exchanges.
func (c *Cell) Meta(id string) evidence.Meta {
	return evidence.Meta{ID: id, Account: c.Account, Region: c.Region, Evidence: []string{}}
}

// Read notes that the record was read from the answer with this ResultMetadata.
func (c *Cell) Read(m *evidence.Meta, md middleware.Metadata) {
	s := tape.StampOf(md)
	m.ReadFrom(s.Evidence, s.Date)
}

// Emit hands over a finished record.
func (c *Cell) Emit(r evidence.Record) error {
	h := r.Header()
	if h.ID == "" || len(h.Evidence) == 0 {
		return fmt.Errorf("collector %s: a %s without id or evidence (id %q)", c.collector, r.Kind(), h.ID)
	}
	sum := sha256.Sum256([]byte(r.Kind() + "\n" + h.ID))
	id := [12]byte(sum[:12])
	c.mu.Lock()
	c.emitted[id] = min(c.emitted[id]+1, 3) // as often as it comes, it is no first again
	n := c.emitted[id]
	c.mu.Unlock()
	if n > 1 {
		// The collector's own Once should have seen it. A population that holds a resource twice has a size that means nothing.
		if n == 2 {
			c.twice(tape.Stamp{Evidence: h.Evidence[0], Date: h.Collected}, h.ID, []string{r.Kind()})
		}
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.emit(r)
}

// Incomplete says that the populations cannot be whole, because of err.
func (c *Cell) Incomplete(err error, kinds ...string) evidence.Gap {
	return c.gap(err, "", nil, kinds, nil)
}

// HistoryUnread says that the past of the types cannot be whole here, because of err; the kinds are populations that are not whole either.
// As is the outcome where err does not tell it by itself: NotEnabled, or empty.
func (c *Cell) HistoryUnread(err error, as evidence.Outcome, types []string, kinds ...string) evidence.Gap {
	return c.gapOf(err, as, nil, kinds, nil, types)
}

// PastUnknown is Unknown for fields of a configuration item, which leave the past of its type unread as well.
func (c *Cell) PastUnknown(m *evidence.Meta, err error, fields, types []string, kinds ...string) evidence.Gap {
	return c.gapOf(err, "", m, kinds, fields, types)
}

// HistoryUnreadAt is HistoryUnread for the past of other accounts and regions than the cell's: places are account/region, or "*" for all.
func (c *Cell) HistoryUnreadAt(err error, places, types []string, kinds ...string) evidence.Gap {
	return c.gapOf(err, "", nil, kinds, nil, types, places...)
}

// NotEnabled says that err means the service is off here, so that the populations are not there to be read.
func (c *Cell) NotEnabled(err error, kinds ...string) evidence.Gap {
	off := evidence.NotEnabled
	return c.gap(err, off, nil, kinds, nil)
}

// NotAvailable says that err means the service does not exist in this region.
func (c *Cell) NotAvailable(err error, kinds ...string) evidence.Gap {
	return c.gap(err, evidence.NotAvailable, nil, kinds, nil)
}

// Unknown says that the fields of the record could not be read, because of err. Fields are in JSON spelling with dots; what lies
// below an unknown field is unknown too. The exchange that shows it becomes evidence of the record.
func (c *Cell) Unknown(m *evidence.Meta, err error, fields ...string) evidence.Gap {
	return c.gap(err, "", m, nil, fields)
}

// Known says that err is an answer and not a gap (no policy, ABAC off, rotation not possible). The exchange becomes evidence of
// the record; m may be nil.
func (c *Cell) Known(m *evidence.Meta, err error) {
	var e *tape.Error
	if !errors.As(err, &e) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.pending, key(e))
	if l := c.ledger[e.Operation.Service+":"+e.Operation.Name]; l != nil && (l.Outcome == evidence.NotCalled || l.Outcome == evidence.Empty) {
		l.Outcome = evidence.Collected
	}
	if m != nil {
		m.ReadFrom(e.Evidence, e.Date)
	}
}

// Half says that AWS's answer with this metadata left something out by its own account (UnprocessedIds, a value that is not in the
// documented form): the populations are not whole, or with a record, its fields are unknown. code is ours or AWS's.
func (c *Cell) Half(md middleware.Metadata, op evidence.Operation, code, message string, m *evidence.Meta, fields []string, kinds ...string) evidence.Gap {
	return c.gap(&tape.Error{Stamp: tape.StampOf(md), Operation: op, Outcome: evidence.CutShort, Code: code, Message: message, Status: 200}, "", m, kinds, fields)
}

// Skipped says that populations are left out by the scope: the answer with this metadata points to an account or region that the
// audit does not read. op is the operation that would have listed them and was not called.
func (c *Cell) Skipped(md middleware.Metadata, op evidence.Operation, code, message string, kinds ...string) evidence.Gap {
	return c.gap(&tape.Error{Stamp: tape.StampOf(md), Operation: op, Outcome: evidence.Skipped, Code: code, Message: message}, "", nil, kinds, nil)
}

// Absent says that AWS has no such thing in this partition, so that nothing was asked. code is ours: NotInPartition.
func (c *Cell) Absent(op evidence.Operation, code, why string, kinds ...string) evidence.Gap {
	return c.gap(&tape.Error{Operation: op, Outcome: evidence.NotAvailable, Code: code, Message: why}, "", nil, kinds, nil)
}

func (c *Cell) gap(err error, as evidence.Outcome, m *evidence.Meta, kinds, fields []string) evidence.Gap {
	return c.gapOf(err, as, m, kinds, fields, nil)
}

// gapOf is the one place where gaps are made.
func (c *Cell) gapOf(err error, as evidence.Outcome, m *evidence.Meta, kinds, fields, history []string, places ...string) evidence.Gap {
	g := evidence.Gap{Account: c.Account, Region: c.Region, Collector: c.collector, Outcome: evidence.Failed, Code: "Fault", Kinds: slices.Sorted(slices.Values(kinds)), Fields: fields,
		History: slices.Sorted(slices.Values(history)), Places: slices.Sorted(slices.Values(places))}
	var e *tape.Error
	if errors.As(err, &e) {
		g.Service, g.Operation, g.Outcome, g.Code, g.Message = e.Operation.Service, e.Operation.Name, e.Outcome, e.Code, e.Message
		g.Status, g.RequestID, g.Evidence, g.Date = e.Status, e.RequestID, e.Evidence, e.Date
	} else if err != nil {
		g.Message = err.Error()
		c.breakOff(err)
	}
	if as != "" {
		g.Outcome = as
	}
	if m != nil {
		g.Resource = m.ID
	}
	g.Identify()
	if m != nil {
		m.UnknownBy(g, fields...)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e != nil {
		delete(c.pending, key(e))
	}
	c.addGap(g)
	return g
}

// breakOff notes an error that is not AWS's doing: a full disk, a tape that was altered. No gap can stand for it.
func (c *Cell) breakOff(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken == nil {
		c.broken = err
	}
}

// Broken gives the first error that was not AWS's doing, or nil. The run cannot go on after one.
func (c *Cell) Broken() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.broken
}

// addGap needs the lock.
func (c *Cell) addGap(g evidence.Gap) {
	c.gaps = append(c.gaps, g)
	if l := c.ledger[g.Service+":"+g.Operation]; l != nil {
		l.Gaps++
		if worse(g.Outcome, l.Outcome) {
			l.Outcome = g.Outcome
		}
	}
}

// worse reports whether a stands after b in evidence.Outcomes, which lists them best first.
func worse(a, b evidence.Outcome) bool {
	all := evidence.Outcomes()
	return slices.Index(all, a) > slices.Index(all, b)
}

// Close ends the cell. Errors about which the collector said nothing, and a collector that broke off with failed, make all its
// populations incomplete.
func (c *Cell) Close(failed error) ([]evidence.LedgerCell, []evidence.Gap) {
	c.mu.Lock()
	left := make([]*tape.Error, 0, len(c.pending))
	for _, e := range c.pending {
		left = append(left, e)
	}
	c.mu.Unlock()
	slices.SortFunc(left, func(a, b *tape.Error) int { return cmp.Compare(key(a), key(b)) })
	for _, e := range left {
		c.Incomplete(e, c.kinds...)
	}
	if failed != nil {
		c.Incomplete(failed, c.kinds...)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	// Of the gaps that gave a cell its outcome the one with the smallest id tells the code, so that it is the same however they raced.
	told := map[*evidence.LedgerCell]string{}
	for _, g := range c.gaps {
		l := c.ledger[g.Service+":"+g.Operation]
		if l != nil && l.Outcome == g.Outcome && (told[l] == "" || g.ID < told[l]) {
			told[l], l.Code, l.RequestID = g.ID, g.Code, g.RequestID
		}
	}
	var cells []evidence.LedgerCell
	for _, l := range c.ledger {
		cells = append(cells, *l)
	}
	slices.SortFunc(cells, func(a, b evidence.LedgerCell) int {
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Operation, b.Operation))
	})
	return cells, c.gaps
}

// Refuse says that nothing more may be asked of this account, and why. Only the account collector calls it.
func (c *Cell) Refuse(why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refused = why
}

// Refused gives the reason of Refuse, or nil.
func (c *Cell) Refused() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refused
}

// SetRegions tells which regions the account can use. Only the account collector calls it, when its list is whole.
func (c *Cell) SetRegions(names []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.regions, c.listed = names, true
}

// Regions gives the account's usable regions, and whether they are known.
func (c *Cell) Regions() (names []string, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.regions, c.listed
}

// InScope reports whether the audit reads the region.
func (c *Cell) InScope(region string) bool {
	return len(c.Scope.Regions) == 0 || slices.Contains(c.Scope.Regions, region)
}

// Blocked ends a cell that could not be worked on at all: every operation takes the outcome of why and tells it in a gap, and
// every population of the collector is incomplete.
func (c *Cell) Blocked(why *tape.Error) ([]evidence.LedgerCell, []evidence.Gap) {
	for _, l := range c.ledger {
		g := evidence.Gap{Account: c.Account, Region: c.Region, Collector: c.collector, Service: l.Service, Operation: l.Operation, Outcome: why.Outcome,
			Code: why.Code, Message: "not asked, because of " + why.Operation.Action + ": " + why.Message, Evidence: why.Evidence, Date: why.Date,
			Kinds: slices.Sorted(slices.Values(c.kinds))}
		g.Identify()
		c.gaps = append(c.gaps, g)
		l.Outcome, l.Gaps = why.Outcome, 1
	}
	return c.Close(nil)
}
