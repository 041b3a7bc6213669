package main

import (
	"bytes"
	"context"
	crand "crypto/rand"
	"fmt"
	"io"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/auditseal/auditseal/collectors"
	"github.com/auditseal/auditseal/frameworks"
	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/testdata/scenario"
)

// command is the real main in a process of its own, asking the server.
func command(s *scenario.Server, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "AUDITSEAL_TEST_AS_MAIN=1", "AWS_ENDPOINT_URL="+s.URL, "AWS_ACCESS_KEY_ID="+scenario.AccessKey(scenario.DemoManagement),
		"AWS_SECRET_ACCESS_KEY=x", "AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull)
	return cmd
}

func auditFor(t *testing.T, dir, accounts, regions string) string {
	t.Helper()
	name := filepath.Join(dir, "audit.yaml")
	text := fmt.Sprintf("organization: Example Corp\nperiod: 2026-09\nframeworks: [aws-security-focus-areas]\nscope:\n  accounts: [%s]\n  regions: [%s]\n  role: %s\n  external-id: %s\nhistory: []\n",
		accounts, regions, scenario.DemoRole, scenario.DemoExternalID)
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// A collect of a whole organization that is killed fifty times, at random moments, and then left to end gives what one that was never
// killed gives.
func TestKilledCollectResumes(t *testing.T) {
	s := scenario.Start(scenario.Config{Organization: scenario.Demo(), Spread: 7 * time.Minute, Latency: time.Millisecond, Settled: true})
	defer s.Close()
	dir := t.TempDir()
	audit := filepath.Join(dir, "audit.yaml")
	text := "organization: Example Corp\nperiod: 2026-09\nframeworks: [aws-security-focus-areas, soc2-2017]\nscope:\n  organization: true\n  exclude: [\"999988887777\", \"222233334444\"]\n  regions: [eu-west-1, us-east-1]\n" +
		"  role: " + scenario.DemoRole + "\n  external-id: " + scenario.DemoExternalID + "\nhistory: []\n"
	if err := os.WriteFile(audit, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	collect := func(out string) *exec.Cmd {
		return command(s, "collect", "-c", audit, "--out", out, "--rate-share", "0")
	}
	whole, broken := filepath.Join(dir, "whole"), filepath.Join(dir, "broken")
	if out, err := collect(whole).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	random := rand.New(rand.NewSource(1))
	kills := 0
	const want = 50
	longest := 500 // milliseconds
	for tries := 0; kills < want && tries < 2*want; tries++ {
		cmd := collect(broken)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(20+random.Intn(longest)) * time.Millisecond)
		cmd.Process.Kill()
		if cmd.Wait() != nil {
			kills++
			continue
		}
		// It came to its end: begin again, and kill sooner.
		if err := os.RemoveAll(broken); err != nil {
			t.Fatal(err)
		}
		longest = max(20, longest*2/3)
	}
	if kills < want {
		t.Fatalf("killed only %d times before the end", kills)
	}
	t.Logf("killed %d times, the last time with %d exchanges on the tape of %d", kills, exchanges(t, broken), exchanges(t, whole))
	if out, err := collect(broken).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	// The pack that comes of it is as sound as any other.
	for _, step := range [][]string{{"assess", broken}, {"report", broken}, {"seal", broken}, {"verify", broken + ".zip", "--rederive"}} {
		if out, err := command(s, step...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", step[0], err, out)
		}
	}
	names, err := filepath.Glob(filepath.Join(whole, "records", "*.jsonl"))
	if err != nil || len(names) == 0 {
		t.Fatal(err, names)
	}
	for _, name := range append(names, filepath.Join(whole, "gaps.jsonl")) {
		rel, _ := filepath.Rel(whole, name)
		a, _ := os.ReadFile(name)
		b, err := os.ReadFile(filepath.Join(broken, rel))
		if err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs after %d kills: %v", rel, kills, err)
		}
	}
}

// exchanges counts the lines of a tape.
func exchanges(t *testing.T, pack string) int {
	t.Helper()
	n := 0
	err := filepath.WalkDir(filepath.Join(pack, "evidence"), func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		n += bytes.Count(b, []byte{'\n'})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// assessed runs a live audit of one account and region, and gives its assessment.
func assessed(t *testing.T, s *scenario.Server, account, region string) *assess.Assessment {
	t.Helper()
	dir := t.TempDir()
	out := filepath.Join(dir, "pack")
	cmd := command(s, "run", "-c", auditFor(t, dir, `"`+account+`"`, region), "--out", out, "--rate-share", "0")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	f, err := os.Open(filepath.Join(out, "assessment.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	as, err := assess.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return as
}

func testNamed(t *testing.T, as *assess.Assessment, id string) assess.TestResult {
	t.Helper()
	i := slices.IndexFunc(as.Tests, func(r assess.TestResult) bool { return r.ID == id })
	if i < 0 {
		t.Fatalf("there is no test %s", id)
	}
	return as.Tests[i]
}

// A denied kms:GetKeyRotationStatus makes the rotation test incomplete for exactly the keys that it decides, names the field and the
// error code, and passes nothing.
func TestDeniedRotationStatusIsIncomplete(t *testing.T) {
	where := [2]string{scenario.DemoPayments, "eu-west-1"}
	whole := scenario.Start(scenario.Config{Organization: scenario.Demo()})
	defer whole.Close()
	before := testNamed(t, assessed(t, whole, where[0], where[1]), "kms-key-rotation")
	denied := scenario.Start(scenario.Config{Organization: scenario.Demo(), Faults: []*scenario.Fault{{Service: "kms", Operation: "GetKeyRotationStatus", Kind: scenario.Denied}}})
	defer denied.Close()
	as := assessed(t, denied, where[0], where[1])
	after := testNamed(t, as, "kms-key-rotation")
	if before.Selected == 0 || before.UnknownCount != 0 {
		t.Fatalf("without the denial %d keys are selected and %d undecided: nothing is tested", before.Selected, before.UnknownCount)
	}
	if after.Result != assess.Incomplete || after.MetCount != 0 || after.ExceptionCount != 0 || after.UnknownCount != before.Selected {
		t.Errorf("result %s: %d met, %d exceptions, %d undecided of %d", after.Result, after.MetCount, after.ExceptionCount, after.UnknownCount, before.Selected)
	}
	for _, u := range after.Unknowns {
		if len(u.Fields) == 0 || !strings.HasPrefix(u.Fields[0].Field, "rotation") || u.Fields[0].Code != "AccessDeniedException" || u.Fields[0].Gap == "" {
			t.Errorf("%s: %+v", u.Record, u.Fields)
		}
	}
	for _, id := range []string{"kms-no-key-pending-deletion", "kms-policy-not-public"} {
		if r := testNamed(t, as, id); r.UnknownCount != 0 {
			t.Errorf("%s does not read the rotation, and has %d undecided", id, r.UnknownCount)
		}
	}
}

// A role that is refused in one account leaves nothing of that account passing.
func TestNoSessionPassesNothing(t *testing.T) {
	org := scenario.Demo()
	for _, a := range org.Accounts {
		a.DenyAssumeRole = true
	}
	s := scenario.Start(scenario.Config{Organization: org})
	defer s.Close()
	as := assessed(t, s, scenario.DemoPayments, "eu-west-1")
	for _, p := range as.Populations {
		if p.Complete {
			t.Errorf("%s counts as whole, although nothing was read", p.Kind)
		}
	}
	for _, r := range as.Tests {
		if r.Result != assess.Incomplete && r.Result != assess.Manual {
			t.Errorf("%s is %s, although nothing was read", r.ID, r.Result)
		}
	}
}

func TestWhatShipsIsInOrder(t *testing.T) {
	if err := frameworks.Lint(collectors.Kinds(), collectors.Pasts()...); err != nil {
		t.Error(err)
	}
}

// With --json, stdout is one object, whatever happens.
func TestInterruptIsItsOwnExitCode(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	a := &app{out: &out, err: io.Discard, now: time.Now, random: crand.Reader}
	if code := a.main(ctx, []string{"demo", "--out", filepath.Join(t.TempDir(), "p"), "--json"}); code != exitInterrupt {
		t.Errorf("exit code %d: %s", code, out.String())
	}
}

// Every command says what it does, how to call it, and what its exit codes mean.
func TestEveryCommandHasHelp(t *testing.T) {
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Short == "" || c.Example == "" || !strings.Contains(c.Long, "Exit codes:") {
			t.Errorf("%s: help without a sentence, an example or the exit codes", c.CommandPath())
		}
		for _, sub := range c.Commands() {
			if sub.Name() != "help" && sub.Name() != "completion" {
				walk(sub)
			}
		}
	}
	walk((&app{}).root())
}

func TestErrorsAreInert(t *testing.T) {
	if got := inert("a\x1b[31mred\nb"); strings.ContainsRune(got, 0x1b) || !strings.Contains(got, "\n") {
		t.Errorf("%q", got)
	}
}

// actionOf is the action that each declared operation needs: what a server that enforces policies has to know.
func actionOf(service, operation string) string {
	for _, c := range collectors.All() {
		for _, op := range c.Operations() {
			if op.Service == service && op.Name == operation && op.Action != "sts:GetCallerIdentity" {
				return op.Action
			}
		}
	}
	return ""
}

// Each role is assumed with a session policy that names actions one by one, AWS's limit of its length is kept, and nothing that is
// asked lies outside it: a server that denies whatever the session's policy leaves out denies nothing.
func TestSessionsAllowNoMoreThanTheAudit(t *testing.T) {
	asked := func(action func(string, string) string) (*assess.Assessment, func(service, operation string) int) {
		s := scenario.Start(scenario.Config{Organization: scenario.Demo(), Action: action})
		defer s.Close()
		all := strings.Join([]string{scenario.DemoLogArchive, scenario.DemoManagement, scenario.DemoPayments, scenario.DemoData}, `", "`)
		return assessed(t, s, all, "eu-west-1, us-east-1"), s.Count
	}
	free, _ := asked(nil)
	bound, count := asked(actionOf)
	for i, p := range bound.Populations {
		if p.Size != free.Populations[i].Size || len(p.Gaps) != len(free.Populations[i].Gaps) {
			t.Errorf("%s: %d records and %d gaps within the session policy, %d and %d without", p.Kind, p.Size, len(p.Gaps), free.Populations[i].Size, len(free.Populations[i].Gaps))
		}
	}
	if n := count("sts", "AssumeRole"); n < 8 || n > 40 {
		t.Errorf("%d sessions for four accounts", n)
	}
	// The server does enforce it: an action that no policy names is refused.
	_, count = asked(func(service, operation string) string {
		if service == "kms" && operation == "ListKeys" {
			return "kms:Decrypt"
		}
		return actionOf(service, operation)
	})
	if count("kms", "ListKeys") == 0 || count("kms", "DescribeKey") != 0 {
		t.Errorf("ListKeys was asked %d times and DescribeKey %d, though ListKeys lies outside every policy", count("kms", "ListKeys"), count("kms", "DescribeKey"))
	}
	policies, err := sessionPolicies(collectors.All())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range collectors.All() {
		if p := policies[c.Name()]; p == "" || len(p) > maxSessionPolicy {
			t.Errorf("%s: a session policy of %d characters", c.Name(), len(p))
		}
	}
}
