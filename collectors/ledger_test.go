package collectors_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/auditseal/auditseal/collectors"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
	"github.com/auditseal/auditseal/testdata/scenario"
)

// cellsOf counts the ledger's cells by account, region, collector, service and operation, without those of sessions.
func cellsOf(t *testing.T, text string) map[[5]string]int {
	t.Helper()
	out := map[[5]string]int{}
	cells, gaps := ledger(t, text)
	explained := map[[5]string]bool{}
	for _, g := range gaps {
		explained[[5]string{g.Account, g.Region, g.Collector, g.Service, g.Operation}] = true
	}
	for _, c := range cells {
		k := [5]string{c.Account, c.Region, c.Collector, c.Service, c.Operation}
		if c.Outcome.IsGap() && (c.Code == "" || !explained[k]) {
			t.Errorf("%v is %s with code %q, and explained by a gap: %v", k, c.Outcome, c.Code, explained[k])
		}
		if !c.Outcome.IsGap() && c.Code != "" {
			t.Errorf("%v is %s with code %s", k, c.Outcome, c.Code)
		}
		if c.Operation != "AssumeRole" {
			out[k]++
		}
	}
	return out
}

// planned are the cells that a scope asks for: every operation of every collector in every account, and for regional ones region.
func planned(sc evidence.Scope) map[[5]string]bool {
	out := map[[5]string]bool{}
	for i, c := range collectors.All() {
		where := sc.Regions
		if i == 0 || c.Reach() == evidence.EveryAccount {
			where = []string{sc.Home}
		}
		for _, op := range c.Operations() {
			for _, a := range sc.Accounts {
				if !collectors.In(c, sc, a) {
					continue
				}
				for _, r := range where {
					out[[5]string{a, r, c.Name(), op.Service, op.Name}] = true
				}
			}
		}
	}
	return out
}

// Each planned cell stands in the ledger once, whatever became of it: read, empty, in a region that is not enabled, in an account where
// no session could be had, in one where another account answers.
func TestNoCellIsMissing(t *testing.T) {
	org := scenario.Demo()
	s := scenario.Start(scenario.Config{Organization: org})
	defer s.Close()
	sc := scope(scenario.DemoLogArchive, scenario.DemoManagement, scenario.DemoPayments, "999999999999")
	sc.Regions = []string{"af-south-1", "eu-west-1"}
	dir := t.TempDir()
	tp, err := tape.Create(filepath.Join(dir, "evidence"))
	if err != nil {
		t.Fatal(err)
	}
	run(t, dir, tp, sc, nil, func(_ context.Context, account, collector string) (aws.Config, error) {
		switch {
		case account == scenario.DemoLogArchive && collector == collectors.All()[0].Name():
			return aws.Config{}, errors.New("no credentials") // none for the account at all
		case account == scenario.DemoPayments && collector == "kms":
			return aws.Config{}, errors.New("no credentials") // none for one collector
		}
		if account == "999999999999" {
			account = scenario.DemoData // and then another answers
		}
		return live(s, account), nil
	})
	if err := tp.Close(); err != nil {
		t.Fatal(err)
	}
	got, want := cellsOf(t, derived(t, dir)["gaps.jsonl"]), planned(sc)
	for k := range want {
		if got[k] != 1 {
			t.Errorf("%v stands %d times in the ledger", k, got[k])
		}
	}
	for k := range got {
		if !want[k] {
			t.Errorf("%v was not planned", k)
		}
	}
	compare(t, derived(t, dir), replayed(t, dir, sc, nil))
}
