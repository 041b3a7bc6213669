package pack

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// maxLedgerLine is the longest line of gaps.jsonl, in bytes.
const maxLedgerLine = 4 << 20

// checkLedgerFile checks gaps.jsonl: cells first, then gaps.
func (v *verifier) checkLedgerFile(r *fileResult, in io.Reader) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxLedgerLine)
	lines.Split(wholeLines)
	strict := newScanner(nil)
	defer strict.free()
	strict.lower = true
	gaps := map[uint64]int{} // by cell
	type cell struct{ line, gaps int32 }
	cells := map[uint64]cell{}
	gapsBegan := false
	for !r.hopeless() && lines.Scan() {
		r.lines++
		var l evidence.LedgerLine
		if err := decodeLine(strict, lines.Bytes(), &l); err != nil {
			r.fail(CheckLedger, r.path, r.lines, "%s", err)
			continue
		}
		switch {
		case l.Cell != nil && l.Gap == nil:
			c := l.Cell
			key := cellKey(c.Account, c.Region, c.Collector, c.Service, c.Operation)
			if gapsBegan {
				r.fail(CheckLedger, r.path, r.lines, "a cell stands after the gaps")
			}
			if _, twice := cells[key]; twice {
				r.fail(CheckLedger, r.path, r.lines, "the cell %s stands twice", cellName(c))
			}
			cells[key] = cell{int32(r.lines), int32(c.Gaps)}
			if !slices.Contains(evidence.Outcomes(), c.Outcome) {
				r.fail(CheckLedger, r.path, r.lines, "the cell %s has no outcome: %q", cellName(c), string(c.Outcome))
			}
			if n := int(v.tape.calls[key].n); n != c.Exchanges {
				r.fail(CheckLedger, r.path, r.lines, "the cell %s counts %d exchanges; the tape has %d", cellName(c), c.Exchanges, n)
			}
			if c.Outcome == evidence.Collected && c.Exchanges == 0 || c.Outcome == evidence.NotCalled && c.Exchanges > 0 {
				r.fail(CheckLedger, r.path, r.lines, "the cell %s is %q with %d exchanges", cellName(c), string(c.Outcome), c.Exchanges)
			}
		case l.Gap != nil && l.Cell == nil:
			gapsBegan = true
			g := *l.Gap
			id, ok := parseID('G', []byte(g.ID))
			if g.Identify(); !ok || g.ID != l.Gap.ID {
				r.fail(CheckLedger, r.path, r.lines, "the gap %.40q is not the id of what it says, which would be %s", l.Gap.ID, g.ID)
			}
			v.gaps = append(v.gaps, id)
			if !slices.Contains(evidence.Outcomes(), g.Outcome) || !g.Outcome.IsGap() {
				r.fail(CheckLedger, r.path, r.lines, "the gap %s has the outcome %q, which is none", g.ID, string(g.Outcome))
			}
			if g.Evidence != "" && !v.hasEvidence([]byte(g.Evidence)) {
				r.fail(CheckLedger, r.path, r.lines, "the gap %s points to %.40q, which is not on the tape", g.ID, g.Evidence)
			}
			gaps[cellKey(g.Account, g.Region, g.Collector, g.Service, g.Operation)]++
		default:
			r.fail(CheckLedger, r.path, r.lines, "is neither a cell nor a gap")
		}
	}
	if err := lines.Err(); err != nil && !errors.Is(err, errCut) && !errors.Is(err, bufio.ErrTooLong) {
		return err
	} else if err != nil {
		r.fail(CheckLedger, r.path, r.lines+1, "%s", err)
	}
	v.gaps.sort()
	// Maps have no order; what is reported has. It is put into words only where it will be reported.
	var miscounted [][3]int32 // line, what it counts, what is listed
	for key, c := range cells {
		if n := gaps[key]; n != int(c.gaps) {
			miscounted = append(miscounted, [3]int32{c.line, c.gaps, int32(n)})
		}
	}
	var unplanned []tapeCalls
	for key, t := range v.tape.calls {
		if _, ok := cells[key]; !ok {
			unplanned = append(unplanned, t)
		}
	}
	slices.SortFunc(unplanned, func(a, b tapeCalls) int { return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.n, b.n)) })
	for _, t := range unplanned {
		r.fail(CheckLedger, r.path, 0, "%d exchanges of %s belong to a cell that was not planned", t.n, v.tape.names[t.file])
	}
	slices.SortFunc(miscounted, func(a, b [3]int32) int { return cmp.Compare(a[0], b[0]) })
	for _, m := range miscounted {
		r.fail(CheckLedger, r.path, int(m[0]), "the cell counts %d gaps; %d gaps are listed for it", m[1], m[2])
	}
	v.good[CheckLedger] = fmt.Sprintf("%d planned cells have an outcome; %d gaps are explained", len(cells), len(v.gaps))
	return nil
}

func cellName(c *evidence.LedgerCell) string {
	return fmt.Sprintf("%.20q %.30q %.30q %.60q", c.Account, c.Region, c.Collector, c.Operation)
}

var errCut = errors.New("the last line has no newline: the file was cut off")

// wholeLines splits at newlines, and fails on a last line without one.
func wholeLines(b []byte, atEOF bool) (int, []byte, error) {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return i + 1, b[:i], nil
	}
	if atEOF && len(b) > 0 {
		return 0, nil, errCut
	}
	return 0, nil, nil
}

// decodeLine reads a compact JSON value in which no name stands twice and none is unknown.
func decodeLine(s *scanner, b []byte, to any) error {
	s.reset(bytes.NewReader(b))
	if err := s.value(0); err != nil {
		return err
	}
	if s.more() {
		return errNotJSON
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode(to)
}

// hasEvidence reports whether an evidence id stands on the tape.
func (v *verifier) hasEvidence(id []byte) bool {
	n, ok := parseID('E', id)
	return ok && v.tape.ids.has(n)
}

// hasGap reports whether a gap id stands in the ledger.
func (v *verifier) hasGap(id []byte) bool {
	n, ok := parseID('G', id)
	return ok && v.gaps.has(n)
}
