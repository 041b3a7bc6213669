package assess

import (
	"fmt"
	"slices"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// checkLedger refuses a ledger that leaves something unsaid, for silence would read as wholeness. Every account in scope has a
// cell: one without was never worked on. Every cell has an outcome. A cell that is a gap has at least one gap of its collector,
// account and region, which names the populations or fields that it leaves unread.
func checkLedger(lines []evidence.LedgerLine, scope evidence.Scope) error {
	type place struct{ account, region, collector string }
	explained, worked := map[place]bool{}, map[string]bool{}
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
			continue
		case !slices.Contains(evidence.Outcomes(), c.Outcome):
			return fmt.Errorf("ledger line %d: %s of %s in %s %s has the outcome %q, which is none", i+1, c.Operation, c.Collector, c.Account, c.Region, c.Outcome)
		case c.Outcome.IsGap() && !explained[place{c.Account, c.Region, c.Collector}]:
			return fmt.Errorf("ledger line %d: %s of %s in %s %s is %s, and no gap says what that leaves unread", i+1, c.Operation, c.Collector, c.Account, c.Region, c.Outcome)
		}
		worked[c.Account] = true
	}
	for _, a := range scope.Accounts {
		if !worked[a] {
			return fmt.Errorf("account %q is in scope, and the ledger does not say that anything was asked of it", a)
		}
	}
	return nil
}
