package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/auditseal/auditseal/collectors/evidence"
)

func periodFlag(c *cobra.Command, period *string) {
	c.Flags().StringVar(period, "period", "", "the period in place of audit.yaml's: last-quarter, last-month, last-year, or as there (2026-Q4); the pack's audit.yaml then says it")
}

// namedPeriod is the period that a word means at a moment: the last whole one in UTC, or the one that is named. A schedule never changes, and
// a pack must say which period it is of.
func namedPeriod(word string, now time.Time) (string, error) {
	now = now.UTC()
	y, m, _ := now.Date()
	switch word {
	case "last-year":
		return fmt.Sprintf("%04d", y-1), nil
	case "last-month":
		return time.Date(y, m-1, 1, 0, 0, 0, 0, time.UTC).Format("2006-01"), nil
	case "last-quarter":
		before := time.Date(y, m-(m-1)%3-1, 1, 0, 0, 0, 0, time.UTC)
		return fmt.Sprintf("%04d-Q%d", before.Year(), (int(before.Month())+2)/3), nil
	}
	p, err := evidence.ParsePeriod(word)
	if err != nil || p.Name() != word {
		return "", usage("write last-quarter, last-month, last-year, 2026-Q3, 2026-07 or 2026", "--period %q is not a quarter, month or year", word)
	}
	return word, nil
}
