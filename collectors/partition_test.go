package collectors_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/testdata/scenario"
)

// In another partition nothing is asked outside of it, each global service is asked where the partition has it, and what the partition
// does not have is a gap.
func TestPartitions(t *testing.T) {
	for _, p := range []struct {
		name, prefix string
		regions      []string
	}{
		{"aws-us-gov", "us-gov-", []string{"us-gov-east-1", "us-gov-west-1"}},
		{"aws-cn", "cn-", []string{"cn-north-1", "cn-northwest-1"}},
	} {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			org := scenario.Demo()
			org.Partition = p.name
			for _, a := range org.Accounts {
				for i, r := range a.Regions {
					r.Name = p.regions[i]
				}
			}
			var mu sync.Mutex
			asked := map[string][]string{} // regions by service
			s := scenario.Start(scenario.Config{Organization: org, Check: func(c *scenario.Call) error {
				mu.Lock()
				defer mu.Unlock()
				if !slices.Contains(asked[c.Service], c.Region) {
					asked[c.Service] = append(asked[c.Service], c.Region)
				}
				return nil
			}})
			defer s.Close()
			sc := scope(scenario.DemoPayments)
			sc.Regions, sc.Home = p.regions, p.regions[0]
			dir := collect(t, s, sc, nil)
			for service, regions := range asked {
				if service == "cloudtrail" {
					continue // a trail is asked about where AWS says that it is at home, and that is declared for the partition aws
				}
				for _, r := range regions {
					if !strings.HasPrefix(r, p.prefix) {
						t.Errorf("%s was asked in %s", service, r)
					}
				}
			}
			for _, service := range []string{"iam", "organizations"} {
				if r := asked[service]; len(r) > 0 && !slices.Equal(r, []string{evidence.GlobalRegion(p.name)}) {
					t.Errorf("%s was asked in %q", service, r)
				}
			}
			if len(cellsOf(t, derived(t, dir)["gaps.jsonl"])) != len(planned(sc)) {
				t.Error("cells are missing")
			}
			_, gaps := ledger(t, derived(t, dir)["gaps.jsonl"])
			for _, g := range gaps {
				if g.Code == "ScenarioViolation" {
					t.Errorf("%s %s: %s", g.Service, g.Operation, g.Message)
				}
			}
			compare(t, derived(t, dir), replayed(t, dir, sc, nil))
		})
	}
}
