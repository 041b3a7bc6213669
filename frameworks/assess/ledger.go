package assess

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// ReadLedger reads gaps.jsonl. It refuses a ledger without a single cell: nothing that was collected leaves none, and without
// its ledger every population would look whole. Errors name file and line.
func ReadLedger(r io.Reader) ([]evidence.LedgerLine, error) {
	const name = "gaps.jsonl"
	in := bufio.NewReaderSize(r, 1<<16)
	var out []evidence.LedgerLine
	for n := 1; ; n++ {
		line, err := readLine(in)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
		var l evidence.LedgerLine
		d := json.NewDecoder(bytes.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&l); err != nil {
			if errors.Is(err, io.EOF) {
				err = errors.New("the line is empty")
			}
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
		if d.InputOffset() != int64(len(line)) {
			return nil, fmt.Errorf("%s:%d: something stands behind the line's object", name, n)
		}
		if (l.Cell == nil) == (l.Gap == nil) {
			return nil, fmt.Errorf("%s:%d: neither a cell nor a gap, or both", name, n)
		}
		out = append(out, l)
	}
	if !slices.ContainsFunc(out, func(l evidence.LedgerLine) bool { return l.Cell != nil }) {
		return nil, fmt.Errorf("%s: there is not one cell in it, so it does not say what was read", name)
	}
	return out, nil
}

// checkLedger refuses a ledger that says nothing of an outcome, or of what an outcome leaves unread: a cell that is a gap has
// at least one gap of its collector, account and region, which names the populations or fields.
func checkLedger(lines []evidence.LedgerLine) error {
	type place struct{ account, region, collector string }
	explained := map[place]bool{}
	for i, line := range lines {
		g := line.Gap
		switch {
		case (line.Cell == nil) == (g == nil):
			return fmt.Errorf("ledger line %d: neither a cell nor a gap, or both", i+1)
		case g != nil && (g.ID == "" || !slices.Contains(evidence.Outcomes(), g.Outcome) || !g.Outcome.IsGap()):
			return fmt.Errorf("ledger line %d: gap %q of %s has the outcome %q, which is no gap's", i+1, g.ID, g.Operation, g.Outcome)
		case g != nil:
			explained[place{g.Account, g.Region, g.Collector}] = true
		}
	}
	for i, line := range lines {
		c := line.Cell
		switch {
		case c == nil:
		case !slices.Contains(evidence.Outcomes(), c.Outcome):
			return fmt.Errorf("ledger line %d: %s of %s in %s %s has the outcome %q, which is none", i+1, c.Operation, c.Collector, c.Account, c.Region, c.Outcome)
		case c.Outcome.IsGap() && !explained[place{c.Account, c.Region, c.Collector}]:
			return fmt.Errorf("ledger line %d: %s of %s in %s %s is %s, and no gap says what that leaves unread", i+1, c.Operation, c.Collector, c.Account, c.Region, c.Outcome)
		}
	}
	return nil
}
