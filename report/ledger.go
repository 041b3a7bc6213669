package report

import (
	"fmt"
	"iter"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// addLedger reads the ledger once: the matrix, the counts, the first gaps, and those gaps that tests and populations show.
func (d *Document) addLedger(lines iter.Seq2[evidence.LedgerLine, error]) error {
	l := &d.Ledger
	l.Cells, l.Gaps = cellsOf(lines), gapsOf(lines)
	build := newLedgerBuild()
	wanted := d.wantedGaps()
	for line, err := range lines {
		switch {
		case err != nil:
			return err
		case line.Cell != nil && line.Gap != nil || line.Cell == nil && line.Gap == nil:
			return fmt.Errorf("gaps.jsonl: line %d is not one cell or one gap", l.CellCount+l.GapCount+1)
		case line.Cell != nil:
			l.CellCount++
			if err := build.cell(*line.Cell); err != nil {
				return err
			}
		default:
			l.GapCount++
			if !line.Gap.Outcome.IsGap() || !slices.Contains(evidence.Outcomes(), line.Gap.Outcome) {
				return fmt.Errorf("gaps.jsonl: gap %s has the outcome %q, which is not one of a gap", line.Gap.ID, string(line.Gap.Outcome))
			}
			build.gap(*line.Gap)
			if len(l.First) < Shown {
				l.First = append(l.First, *line.Gap)
			}
			if w, ok := wanted[line.Gap.ID]; ok {
				w.found, w.gap = true, *line.Gap
			}
		}
	}
	build.finish(l)
	l.Calls = build.calls(func(callKey) bool { return true })
	if err := d.placeGaps(wanted); err != nil {
		return err
	}
	for i := range d.Populations {
		// A kind is named by the service or by the collector that reads it.
		service, _, _ := strings.Cut(d.Populations[i].Kind, ".")
		d.Populations[i].Calls = build.calls(func(k callKey) bool { return k.service == service || k.collector == service })
	}
	return nil
}

func cellsOf(lines iter.Seq2[evidence.LedgerLine, error]) iter.Seq2[evidence.LedgerCell, error] {
	return func(yield func(evidence.LedgerCell, error) bool) {
		for l, err := range lines {
			if err != nil {
				yield(evidence.LedgerCell{}, err)
				return
			}
			if l.Cell != nil && !yield(*l.Cell, nil) {
				return
			}
		}
	}
}

func gapsOf(lines iter.Seq2[evidence.LedgerLine, error]) iter.Seq2[evidence.Gap, error] {
	return func(yield func(evidence.Gap, error) bool) {
		for l, err := range lines {
			if err != nil {
				yield(evidence.Gap{}, err)
				return
			}
			if l.Gap != nil && !yield(*l.Gap, nil) {
				return
			}
		}
	}
}

// A wantedGap is a gap that a test or population names. Only those that are shown keep the gap itself.
type wantedGap struct {
	by    string
	found bool
	gap   evidence.Gap
}

func (d *Document) wantedGaps() map[string]*wantedGap {
	wanted := map[string]*wantedGap{}
	want := func(by string, ids []string) {
		for _, id := range ids {
			if wanted[id] == nil {
				wanted[id] = &wantedGap{by: by}
			}
		}
	}
	for _, t := range d.Tests {
		want("test "+t.ID, t.Gaps.IDs)
		for _, f := range t.Unknowns.First {
			for _, u := range f.Fields {
				if u.Gap != "" { // a field that configuration items do not carry is no gap
					want("test "+t.ID, []string{u.Gap})
				}
			}
		}
	}
	for _, p := range d.Populations {
		want("population "+p.Kind, p.Gaps.IDs)
	}
	return wanted
}

func (d *Document) placeGaps(wanted map[string]*wantedGap) error {
	var missing []string
	for id, w := range wanted {
		if !w.found {
			missing = append(missing, fmt.Sprintf("%s, named by %s", id, w.by))
		}
	}
	if len(missing) > 0 {
		sort.Strings(missing)
		return fmt.Errorf("gaps.jsonl: %d gaps are not there: %s", len(missing), strings.Join(missing[:min(3, len(missing))], "; "))
	}
	place := func(g *Gaps) {
		for _, id := range g.IDs[:min(len(g.IDs), Shown)] {
			g.First = append(g.First, wanted[id].gap)
		}
	}
	for i := range d.Tests {
		place(&d.Tests[i].Gaps)
	}
	for i := range d.Populations {
		place(&d.Populations[i].Gaps)
	}
	return nil
}

type placeKey struct{ account, region string }

type callKey struct{ collector, service, operation string }

type codeKey struct {
	collector, operation string
	outcome              evidence.Outcome
	code                 string
}

// A ledgerBuild gathers in maps what finish sorts into slices.
type ledgerBuild struct {
	rank     map[evidence.Outcome]int
	outcomes map[evidence.Outcome]int
	matrix   map[placeKey]map[string]evidence.Outcome
	places   map[placeKey]*Place
	callsBy  map[callKey]*Call
	codes    map[codeKey]map[string]int
}

func newLedgerBuild() *ledgerBuild {
	b := &ledgerBuild{rank: map[evidence.Outcome]int{}, outcomes: map[evidence.Outcome]int{},
		matrix: map[placeKey]map[string]evidence.Outcome{}, places: map[placeKey]*Place{},
		callsBy: map[callKey]*Call{}, codes: map[codeKey]map[string]int{}}
	for i, o := range evidence.Outcomes() {
		b.rank[o] = i
	}
	// What was read tells more of a place than what was not called for there.
	b.rank[evidence.NotCalled], b.rank[evidence.Empty] = -2, -1
	return b
}

func (b *ledgerBuild) worse(x, y evidence.Outcome) evidence.Outcome {
	if x == "" || b.rank[y] > b.rank[x] {
		return y
	}
	return x
}

func (b *ledgerBuild) place(account, region string) *Place {
	k := placeKey{account, region}
	if b.places[k] == nil {
		b.places[k] = &Place{Account: account, Region: region}
		b.matrix[k] = map[string]evidence.Outcome{}
	}
	return b.places[k]
}

func (b *ledgerBuild) cell(c evidence.LedgerCell) error {
	if _, ok := b.rank[c.Outcome]; !ok {
		return fmt.Errorf("gaps.jsonl: %s %s %s %s has the outcome %q, which is none", c.Account, c.Region, c.Collector, c.Operation, string(c.Outcome))
	}
	b.outcomes[c.Outcome]++
	b.place(c.Account, c.Region).Exchanges += c.Exchanges
	m := b.matrix[placeKey{c.Account, c.Region}]
	m[c.Collector] = b.worse(m[c.Collector], c.Outcome)
	k := callKey{c.Collector, c.Service, c.Operation}
	call := b.callsBy[k]
	if call == nil {
		call = &Call{Collector: c.Collector, Service: c.Service, Operation: c.Operation}
		b.callsBy[k] = call
	}
	call.Cells++
	call.Exchanges += c.Exchanges
	call.Gaps += c.Gaps
	call.Worst = b.worse(call.Worst, c.Outcome)
	call.First, call.Last = earlier(call.First, c.First), later(call.Last, c.Last)
	return nil
}

// earlier and later pass over zero times.
func earlier(first, t time.Time) time.Time {
	if first.IsZero() || !t.IsZero() && t.Before(first) {
		return t
	}
	return first
}

func later(last, t time.Time) time.Time {
	if t.After(last) {
		return t
	}
	return last
}

func (b *ledgerBuild) gap(g evidence.Gap) {
	b.place(g.Account, g.Region).Gaps++
	k := codeKey{g.Collector, g.Operation, g.Outcome, g.Code}
	if b.codes[k] == nil {
		b.codes[k] = map[string]int{}
	}
	b.codes[k][g.Account]++
	// A gap may be worse than its cell says; the matrix shows the worse of the two.
	m := b.matrix[placeKey{g.Account, g.Region}]
	m[g.Collector] = b.worse(m[g.Collector], g.Outcome)
}

func (b *ledgerBuild) finish(l *Ledger) {
	for _, o := range evidence.Outcomes() {
		l.Outcomes = append(l.Outcomes, OutcomeCount{o, b.outcomes[o]})
		if o.IsGap() {
			l.Unread += b.outcomes[o]
		}
	}
	collectors := map[string]bool{}
	for _, m := range b.matrix {
		for c := range m {
			collectors[c] = true
		}
	}
	for c := range collectors {
		l.Collectors = append(l.Collectors, c)
	}
	sort.Strings(l.Collectors)
	for k, p := range b.places {
		for _, c := range l.Collectors {
			p.Worst = append(p.Worst, b.matrix[k][c])
		}
		l.Places = append(l.Places, *p)
	}
	sort.Slice(l.Places, func(i, j int) bool {
		x, y := l.Places[i], l.Places[j]
		if x.Account != y.Account {
			return x.Account < y.Account
		}
		return x.Region < y.Region
	})
	for k, accounts := range b.codes {
		n := 0
		for _, c := range accounts {
			n += c
		}
		l.Codes = append(l.Codes, CodeCount{Collector: k.collector, Operation: k.operation, Outcome: k.outcome, Code: k.code, N: n, Accounts: len(accounts)})
	}
	sort.Slice(l.Codes, func(i, j int) bool {
		x, y := l.Codes[i], l.Codes[j]
		switch {
		case x.N != y.N:
			return x.N > y.N
		case x.Collector != y.Collector:
			return x.Collector < y.Collector
		case x.Operation != y.Operation:
			return x.Operation < y.Operation
		case x.Outcome != y.Outcome:
			return x.Outcome < y.Outcome
		}
		return x.Code < y.Code
	})
}

// calls lists the operations that which chooses.
func (b *ledgerBuild) calls(which func(callKey) bool) []Call {
	var out []Call
	for k, c := range b.callsBy {
		if which(k) {
			out = append(out, *c)
		}
	}
	sort.Slice(out, func(i, j int) bool {
		x, y := out[i], out[j]
		if x.Service != y.Service {
			return x.Service < y.Service
		}
		if x.Operation != y.Operation {
			return x.Operation < y.Operation
		}
		return x.Collector < y.Collector
	})
	return out
}
