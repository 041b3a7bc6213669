package collectors_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/auditseal/auditseal/collectors"
	"github.com/auditseal/auditseal/collectors/account"
	"github.com/auditseal/auditseal/collectors/cloudtrail"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
	"github.com/auditseal/auditseal/testdata/scenario"
)

// trailCoverage derives the coverage of accounts of the demo organization. shut are those to which no session could be had.
func trailCoverage(t *testing.T, accounts, shut []string, faults ...*scenario.Fault) (regions map[string]record, gaps []evidence.Gap) {
	t.Helper()
	s := scenario.Start(scenario.Config{Organization: scenario.Demo(), Faults: faults})
	defer s.Close()
	dir := t.TempDir()
	tp, err := tape.Create(filepath.Join(dir, "evidence"))
	if err != nil {
		t.Fatal(err)
	}
	err = collectors.Run{Scope: scope(accounts...), Tape: tp, Dir: dir, Collectors: []collectors.Collector{account.Collector{}, cloudtrail.Collector{}}, Derivers: []collectors.Deriver{cloudtrail.Coverages{}},
		Session: func(_ context.Context, account, _ string) (aws.Config, error) {
			for _, a := range shut {
				if a == account {
					return aws.Config{}, errors.New("no credentials")
				}
			}
			cfg := live(s, account)
			for _, f := range faults {
				cfg.HTTPClient = awshttp.NewBuildableClient().WithTimeout(wait(f))
			}
			return cfg, nil
		}}.Do(t.Context())
	if err = errors.Join(err, tp.Close()); err != nil {
		t.Fatal(err)
	}
	files := derived(t, dir)
	_, gaps = ledger(t, files["gaps.jsonl"])
	return records(t, files["cloudtrail.coverage.jsonl"]), gaps
}

// incompleteIn are the accounts in which a gap says that a kind is not whole.
func incompleteIn(gaps []evidence.Gap, kind string) map[string]bool {
	out := map[string]bool{}
	for _, g := range gaps {
		for _, k := range g.Kinds {
			out[g.Account] = out[g.Account] || k == kind
		}
	}
	return out
}

// The owner of the organization's trail tells what it logs in every account. Whatever it was not told is unknown in all of them.
func TestTrailCoverageUnderEveryFaultOfTheOwner(t *testing.T) {
	accounts := []string{scenario.DemoLogArchive, scenario.DemoManagement, scenario.DemoPayments}
	whole, gaps := trailCoverage(t, accounts, nil)
	for id, c := range whole {
		if c.fields["status"] != `"enabled"` || c.fields["multi_region"] != "true" || len(c.unknown) > 0 {
			t.Errorf("%s: %v, unknown %v", id, c.fields, c.unknown)
		}
	}
	for _, kind := range []string{"cloudtrail.coverage", "cloudtrail.trail"} {
		for a, not := range incompleteIn(gaps, kind) {
			if not {
				t.Errorf("%s of %s is not whole", kind, a)
			}
		}
	}
	if len(whole) != 6 {
		t.Fatalf("%d regions", len(whole))
	}
	for _, op := range []string{"DescribeTrails", "GetTrailStatus", "GetEventSelectors", "GetInsightSelectors"} {
		for i, f := range faults() {
			if testing.Short() && i%5 != 0 {
				continue
			}
			f.Service, f.Operation, f.Account = "cloudtrail", op, scenario.DemoManagement
			t.Run(op+"/"+name(f), func(t *testing.T) {
				t.Parallel()
				got, gaps := trailCoverage(t, accounts, nil, &f)
				ids, incomplete := map[string]bool{}, incompleteIn(gaps, "cloudtrail.coverage")
				for _, g := range gaps {
					ids[g.ID] = true
				}
				for id, w := range whole {
					g, there := got[id]
					if !there {
						if !incomplete[strings.SplitN(id, "/", 2)[0]] {
							t.Errorf("%s is gone", id)
						}
						continue
					}
					for _, u := range g.unknown {
						if !ids[u.Gap] {
							t.Errorf("%s: %s is unknown by %s, which is not in the ledger", id, u.Field, u.Gap)
						}
					}
					for field := range union(w.fields, g.fields) {
						if w.fields[field] != g.fields[field] && !covered(field, g.unknown) {
							t.Errorf("%s: %s was %s and reads %s, but is not unknown", id, field, w.fields[field], g.fields[field])
						}
					}
					if felt(&f) && len(g.unknown) == 0 {
						t.Errorf("%s is known: %v", id, g.fields)
					}
				}
			})
		}
	}
}

// An owner that could not be opened, and one that the audit does not read, leave their members' coverage unknown.
func TestTrailCoverageWithoutTheOwner(t *testing.T) {
	for name, c := range map[string]struct {
		accounts, shut []string
		code           string
	}{
		"no session":       {[]string{scenario.DemoLogArchive, scenario.DemoManagement}, []string{scenario.DemoManagement}, ""},
		"not in the scope": {[]string{scenario.DemoLogArchive}, nil, "CloudTrailARNInvalidException"},
	} {
		got, gaps := trailCoverage(t, c.accounts, c.shut)
		if len(got) != 2 {
			t.Fatalf("%s: %d regions", name, len(got))
		}
		of := map[string]string{}
		for _, g := range gaps {
			of[g.ID] = g.Account
		}
		for id, r := range got {
			for _, field := range []string{"status", "missing", "multi_region", "s3_data_events", "insights"} {
				if !covered(field, r.unknown) {
					t.Errorf("%s: %s of %s is known", name, field, id)
				}
			}
			for _, u := range r.unknown {
				if c.code != "" && u.Code != c.code || c.code == "" && of[u.Gap] != scenario.DemoManagement || of[u.Gap] == "" {
					t.Errorf("%s: %+v of account %q", name, u, of[u.Gap])
				}
			}
		}
		for _, kind := range []string{"cloudtrail.coverage", "cloudtrail.trail"} {
			for _, a := range c.shut {
				if !incompleteIn(gaps, kind)[a] {
					t.Errorf("%s: %s of %s reads whole", name, kind, a)
				}
			}
		}
	}
}
