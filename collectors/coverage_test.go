package collectors_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/auditseal/auditseal/collectors"
	"github.com/auditseal/auditseal/collectors/account"
	"github.com/auditseal/auditseal/collectors/ec2"
	"github.com/auditseal/auditseal/collectors/ssm"
	"github.com/auditseal/auditseal/collectors/tape"
	"github.com/auditseal/auditseal/testdata/scenario"
)

// What is derived from two lists follows the same rule as what is read: where one of them is not whole, the machines' fields are
// unknown that depend on it, and the population is not whole.
func TestCoverageUnderEveryFault(t *testing.T) {
	sc := scope(scenario.DemoPayments)
	sc.Regions = []string{"eu-west-1"}
	derive := func(t *testing.T, faults ...*scenario.Fault) (machines map[string]record, gaps map[string]bool, incomplete bool) {
		s := scenario.Start(scenario.Config{Organization: scenario.Demo(), Faults: faults})
		defer s.Close()
		dir := t.TempDir()
		tp, err := tape.Create(filepath.Join(dir, "evidence"))
		if err != nil {
			t.Fatal(err)
		}
		err = collectors.Run{Scope: sc, Tape: tp, Dir: dir, Collectors: []collectors.Collector{account.Collector{}, ec2.Collector{}, ssm.Collector{}}, Derivers: []collectors.Deriver{ssm.Coverage{}},
			Session: func(_ context.Context, account, _ string) (aws.Config, error) {
				cfg := live(s, account)
				for _, f := range faults {
					cfg.HTTPClient = awshttp.NewBuildableClient().WithTimeout(wait(f))
				}
				return cfg, nil
			}}.Do(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := tp.Close(); err != nil {
			t.Fatal(err)
		}
		files := derived(t, dir)
		_, all := ledger(t, files["gaps.jsonl"])
		gaps = map[string]bool{}
		for _, g := range all {
			gaps[g.ID] = true
			for _, k := range g.Kinds {
				incomplete = incomplete || k == "ssm.coverage"
			}
		}
		return records(t, files["ssm.coverage.jsonl"]), gaps, incomplete
	}
	whole, _, broken := derive(t)
	if len(whole) != 11 || broken {
		t.Fatalf("%d machines, incomplete %v", len(whole), broken)
	}
	for _, op := range []string{"DescribeInstances", "DescribeInstanceInformation", "DescribeInstancePatchStates"} {
		for _, f := range faults() {
			f.Operation = op
			t.Run(op+"/"+name(f), func(t *testing.T) {
				got, gaps, incomplete := derive(t, &f)
				if felt(&f) && op != "DescribeInstancePatchStates" && !incomplete {
					t.Error("no gap says that ssm.coverage is not whole")
				}
				for id, w := range whole {
					g, there := got[id]
					if !there {
						if !incomplete {
							t.Errorf("%s is gone", id)
						}
						continue
					}
					for _, u := range g.unknown {
						if !gaps[u.Gap] {
							t.Errorf("%s: %s is unknown by %s, which is not in the ledger", id, u.Field, u.Gap)
						}
					}
					for field := range union(w.fields, g.fields) {
						if w.fields[field] != g.fields[field] && !covered(field, g.unknown) {
							t.Errorf("%s: %s was %s and reads %s, but is not unknown", id, field, w.fields[field], g.fields[field])
						}
					}
				}
				for id := range got {
					if _, there := whole[id]; !there {
						t.Errorf("%s appeared", id)
					}
				}
			})
		}
	}
}
