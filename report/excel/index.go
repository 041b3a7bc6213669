package excel

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strconv"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// An index finds evidence ids. It keeps sixteen bytes an exchange; where the exchange stands follows from its number.
type index struct {
	entries []indexEntry
	// firsts are the numbers of each file's first exchange.
	firsts []int
}

type indexEntry struct {
	id uint64
	n  int // its place on the tape, from 0
}

func (x *index) add(id string, n int) error {
	v, err := strconv.ParseUint(id[min(2, len(id)):], 16, 64)
	if err != nil {
		return fmt.Errorf("%q is not an evidence id", id)
	}
	x.entries = append(x.entries, indexEntry{v, n})
	return nil
}

func (x *index) sort() {
	slices.SortFunc(x.entries, func(a, b indexEntry) int { return cmp.Compare(a.id, b.id) })
}

// A place is where an evidence id stands: in the pack, and in this workbook.
type place struct {
	file   string
	line   int
	target string
}

func (p place) String() string { return fmt.Sprintf("%s line %d", p.file, p.line) }

// find says where an evidence id stands. It works once the evidence index was written.
func (b *book) find(id string) (place, bool) {
	if len(id) != 18 {
		return place{}, false
	}
	v, err := strconv.ParseUint(id[2:], 16, 64)
	if err != nil {
		return place{}, false
	}
	x := b.index.entries
	i, ok := slices.BinarySearchFunc(x, v, func(e indexEntry, v uint64) int { return cmp.Compare(e.id, v) })
	if !ok {
		return place{}, false
	}
	n := x[i].n
	file := sort.SearchInts(b.index.firsts, n+1) - 1
	t := b.tables[len(b.tables)-1]
	p := t.parts[n/(b.limit-1)]
	return place{file: b.d.Evidence.Files[file].Path, line: n - b.index.firsts[file] + 1,
		target: fmt.Sprintf("%s!A%d", quoteTitle(p.title), n-p.from+2)}, true
}

// evidence is the index of the tape.
func (b *book) evidence() *table {
	t := b.sheet("evidence")
	t.rows, t.colour = b.d.Evidence.Count, b.looks.Muted
	n := 0
	for _, file := range b.d.Evidence.Files {
		b.index.firsts = append(b.index.firsts, n)
		n += file.Exchanges
	}
	t.fill = func(f *filler) {
		for x, err := range b.d.Evidence.All {
			if err != nil {
				f.fail(err)
				return
			}
			if err := b.index.add(x.ID, f.n); err != nil {
				f.fail(err)
				return
			}
			if !f.next() {
				return
			}
			for _, c := range t.columns {
				switch c.Key {
				case "id":
					f.text(x.ID)
				case "file":
					f.text(x.File)
				case "line":
					f.count(x.Line)
				case "account":
					f.text(x.Account)
				case "region":
					f.text(x.Region)
				case "collector":
					f.text(x.Collector)
				case "service":
					f.text(x.Service)
				case "operation":
					f.text(x.Operation)
				case "date":
					f.date(x.Date)
				case "clock":
					f.text(cmp.Or(x.Clock, "AWS"))
				case "status":
					f.count(x.Status)
				case "failure":
					f.text(x.Failure)
				case "attempts":
					f.count(x.Attempts)
				case "request-id":
					f.text(x.RequestID)
				case "endpoint":
					f.text(x.Endpoint)
				case "fips":
					f.boolean(x.FIPS)
				case "redactions":
					f.count(x.Redactions)
				case "sha256":
					f.text(x.SHA256.String())
				default:
					f.unknownKey(c.Key)
				}
			}
			if at, ok := b.number(f.n - 1); !ok || at.file != x.File || at.line != x.Line {
				f.fail(fmt.Errorf("%s:%d: the tape's lines are not counted as the index counts them", x.File, x.Line))
			}
		}
		b.index.sort()
	}
	return t
}

// number says where the nth exchange stands.
func (b *book) number(n int) (place, bool) {
	file := sort.SearchInts(b.index.firsts, n+1) - 1
	if file < 0 || file >= len(b.d.Evidence.Files) {
		return place{}, false
	}
	return place{file: b.d.Evidence.Files[file].Path, line: n - b.index.firsts[file] + 1}, true
}

// gaps lists the gaps of the ledger.
func (b *book) gaps() *table {
	t := b.sheet("gaps")
	t.rows, t.wrap, t.colour = b.d.Ledger.GapCount, true, b.looks.Incomplete
	t.fill = func(f *filler) {
		f.wholeFile = "gaps.jsonl"
		for g, err := range b.d.Ledger.Gaps {
			if err != nil {
				f.fail(err)
				return
			}
			if !f.next() {
				return
			}
			for _, c := range t.columns {
				b.gapCell(f, c.Key, g)
			}
		}
	}
	return t
}

func (b *book) gapCell(f *filler, key string, g evidence.Gap) {
	switch key {
	case "id":
		f.text(g.ID)
	case "account":
		f.text(g.Account)
	case "region":
		f.text(g.Region)
	case "collector":
		f.text(g.Collector)
	case "service":
		f.text(g.Service)
	case "operation":
		f.text(g.Operation)
	case "outcome":
		f.outcome(g.Outcome)
	case "code":
		f.text(g.Code)
	case "message":
		f.text(g.Message)
	case "status":
		if g.Status == 0 {
			f.none("no answer")
			return
		}
		f.count(g.Status)
	case "kinds":
		f.lines(g.Kinds)
	case "resource":
		f.text(g.Resource)
	case "fields":
		f.lines(g.Fields)
	case "date":
		f.date(g.Date)
	case "request-id":
		f.text(g.RequestID)
	case "evidence":
		f.evidenceID(g.Evidence)
	default:
		f.unknownKey(key)
	}
}

// ledger lists every planned cell.
func (b *book) ledger() *table {
	t := b.sheet("ledger")
	t.rows, t.colour = b.d.Ledger.CellCount, b.looks.Incomplete
	t.fill = func(f *filler) {
		for c, err := range b.d.Ledger.Cells {
			if err != nil {
				f.fail(err)
				return
			}
			if !f.next() {
				return
			}
			for _, col := range t.columns {
				switch col.Key {
				case "account":
					f.text(c.Account)
				case "region":
					f.text(c.Region)
				case "collector":
					f.text(c.Collector)
				case "service":
					f.text(c.Service)
				case "operation":
					f.text(c.Operation)
				case "outcome":
					f.outcome(c.Outcome)
				case "code":
					f.text(c.Code)
				case "request-id":
					f.text(c.RequestID)
				case "exchanges":
					f.count(c.Exchanges)
				case "gaps":
					f.count(c.Gaps)
				case "first":
					f.date(c.First)
				case "last":
					f.date(c.Last)
				default:
					f.unknownKey(col.Key)
				}
			}
		}
	}
	return t
}
