package moto

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

const auditYAML = `organization: Example Corp
period: 2026-Q3
frameworks: [aws-security-focus-areas, fips-cryptography, everything.yaml]
scope:
  accounts: ["123456789012", "012345678901", "111122223333"]
  regions: [eu-west-1, us-east-1]
  role: ` + role + `
  external-id: ` + externalID + `
`

// TestRun is one run over three accounts, looked at from every side, and a strict one over one of them.
func TestRun(t *testing.T) {
	bare := start(t)
	s := bare.mended(t)
	bin := build(t)
	clock := time.Now()
	lap := func(what string) {
		t.Logf("%s: %.1fs", what, time.Since(clock).Seconds())
		clock = time.Now()
	}
	seed(t, s)
	lap("seeding")
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "audit.yaml"), []byte(auditYAML), 0o644))
	must(t, os.WriteFile(filepath.Join(dir, "everything.yaml"), []byte(everything(t)), 0o644))
	pack := filepath.Join(dir, "pack")
	code, stdout, stderr := auditseal(t, bin, dir, s.url, "run", "-c", "audit.yaml", "--out", pack, "--rate-share", "0")
	if code != 0 {
		t.Fatalf("run: exit code %d\n%s%s", code, stdout, stderr)
	}
	lap("run")
	t.Run("keys", func(t *testing.T) { checkKeys(t, s, pack) })
	t.Run("identity center", func(t *testing.T) { checkIdentityCenter(t, s, pack) })
	t.Run("recorder", func(t *testing.T) { checkRecorder(t, s, pack) })
	t.Run("s3", func(t *testing.T) { checkS3(t, s, pack) })
	t.Run("guardduty", func(t *testing.T) { checkGuardDuty(t, s, pack) })
	t.Run("macie", func(t *testing.T) { checkMacie(t, s, pack) })
	t.Run("inspector", func(t *testing.T) { checkInspector(t, s, pack) })
	t.Run("shield", func(t *testing.T) { checkShield(t, s, pack) })
	t.Run("organization", func(t *testing.T) { checkOrganization(t, s, pack, accounts) })
	t.Run("iam", func(t *testing.T) { checkIAM(t, s, pack) })
	t.Run("trails", func(t *testing.T) { checkTrails(t, s, pack) })
	t.Run("waf", func(t *testing.T) { checkWAF(t, s, pack) })
	t.Run("ec2", func(t *testing.T) { checkEC2(t, s, pack) })
	t.Run("ssm", func(t *testing.T) { checkSSM(t, s, pack) })
	t.Run("cognito", func(t *testing.T) { checkCognito(t, s, pack) })
	t.Run("cloudfront", func(t *testing.T) { checkCloudFront(t, s, pack) })
	t.Run("network firewall", func(t *testing.T) { checkNetworkFirewall(t, s, pack) })
	t.Run("security hub", func(t *testing.T) { checkHub(t, s, pack) })
	t.Run("contacts", func(t *testing.T) { checkContacts(t, s, pack) })
	t.Run("reconciled", func(t *testing.T) { checkReconciled(t, s, pack) })
	t.Run("secrets", func(t *testing.T) { checkSecrets(t, s, pack) })
	t.Run("gaps", func(t *testing.T) { checkGaps(t, pack) })
	t.Run("results", func(t *testing.T) { checkResults(t, pack) })
	lap("comparing")
	t.Run("verify", func(t *testing.T) {
		// Nothing of AWS's environment is there now: what follows follows from the pack alone.
		for _, p := range []string{pack, pack + ".zip"} {
			code, stdout, stderr := auditseal(t, bin, dir, "", "verify", p, "--rederive")
			if code != 0 {
				t.Errorf("verify %s --rederive: exit code %d\n%s%s", filepath.Base(p), code, stdout, stderr)
			}
		}
	})
	lap("verifying")
	t.Run("discovered", func(t *testing.T) { checkDiscovered(t, s, bin, dir) })
	t.Run("strict", func(t *testing.T) {
		// This one speaks to moto as it is. With gaps all over, a strict run that ends well would be a lie.
		small := strings.NewReplacer(`"123456789012", "012345678901", `, "", "eu-west-1, ", "").Replace(auditYAML)
		must(t, os.WriteFile(filepath.Join(dir, "small.yaml"), []byte(small), 0o644))
		code, stdout, stderr := auditseal(t, bin, dir, bare.url, "run", "-c", "small.yaml", "--out", filepath.Join(dir, "strict"), "--strict")
		if code != 3 {
			t.Errorf("run --strict: exit code %d, want 3\n%s%s", code, stdout, stderr)
		}
	})
}

// checkGaps compares the ledger with what moto is known to lack. Both ways: what is not a gap was read, what is no longer lacking
// in a newer moto fails here until the list says so.
func checkGaps(t *testing.T, pack string) {
	cells, gaps := ledger(t, pack)
	want := map[string]string{}
	for _, u := range unread {
		for _, account := range accounts {
			for i, region := range regions {
				place := account + "/" + region
				if (u.once && i > 0) || (u.only != "" && !slices.Contains(strings.Fields(u.only), place)) || slices.Contains(strings.Fields(u.not), place) {
					continue
				}
				note(want, place+" "+u.operation, string(u.outcome)+" "+u.code)
			}
		}
	}
	got := map[string]string{}
	touched := map[string]bool{}
	for _, g := range gaps {
		where := g.Account + "/" + g.Region + " " + g.Service + ":" + g.Operation
		note(got, where, string(g.Outcome)+" "+g.Code)
		touched[where] = true
		if len(g.Kinds) == 0 && len(g.Fields) == 0 {
			t.Errorf("%s: the gap touches neither a population nor a field", where)
		}
	}
	for _, where := range sorted(want, got) {
		if want[where] != got[where] {
			t.Errorf("%s: gaps are %q, want %q", where, got[where], want[where])
		}
	}
	planned := map[string]bool{}
	for _, c := range cells {
		where := c.Account + "/" + c.Region + " " + c.Service + ":" + c.Operation
		planned[where] = true
		if c.Outcome.IsGap() != touched[where] {
			t.Errorf("%s: the ledger's cell says %q, and gaps for it: %v", where, c.Outcome, touched[where])
		}
		if (c.Outcome == evidence.Collected || c.Outcome == evidence.Empty) && c.Exchanges == 0 {
			t.Errorf("%s: %q without an exchange", where, c.Outcome)
		}
	}
	for where := range want {
		if !planned[where] {
			t.Errorf("%s: expected as a gap, but the ledger has no such cell", where)
		}
	}
	if t.Failed() {
		count := map[string]int{}
		for where, what := range got {
			_, op, _ := strings.Cut(where, " ")
			count[op+" "+what]++
		}
		var lines []string
		for k, n := range count {
			lines = append(lines, fmt.Sprintf("%s: %d", k, n))
		}
		slices.Sort(lines)
		t.Log("gaps by operation:\n" + strings.Join(lines, "\n"))
	}
}

// note adds what became of an operation to what else became of it there.
func note(all map[string]string, where, what string) {
	var have []string
	if all[where] != "" {
		have = strings.Split(all[where], " and ")
	}
	if !slices.Contains(have, what) {
		have = append(have, what)
	}
	slices.Sort(have)
	all[where] = strings.Join(have, " and ")
}

func sorted[V any](maps ...map[string]V) []string {
	all := map[string]bool{}
	for _, m := range maps {
		for k := range m {
			all[k] = true
		}
	}
	var out []string
	for k := range all {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// by sorts what has no order of its own.
func by[T any](in []T, key func(T) string) []T {
	out := slices.Clone(in)
	slices.SortFunc(out, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
	return out
}
