package main

import (
	"bytes"
	crand "crypto/rand"
	"math/rand"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/auditseal/auditseal/report/seal/sealtest"
	"github.com/auditseal/auditseal/testdata/scenario"
)

// A run that is signed and timestamped, and is killed at random moments, collecting, assessing, reporting, sealing or zipping, ends as one that
// was never killed, and then finds everything done.
func TestKilledRunEndsTheSame(t *testing.T) {
	if testing.Short() {
		t.Skip("a run for each of many kills: not with -short")
	}
	s := scenario.Start(scenario.Config{Organization: scenario.Demo(), Spread: 7 * time.Minute, Latency: time.Millisecond, Settled: true})
	defer s.Close()
	tsa, err := sealtest.Start(crand.Reader, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer tsa.Close()
	dir := t.TempDir()
	if out, err := command(s, "keygen", "--out", filepath.Join(dir, "audit")).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ca := filepath.Join(dir, "tsa.pem")
	if err := os.WriteFile(ca, tsa.Root.PEM(), 0o644); err != nil {
		t.Fatal(err)
	}
	audit := filepath.Join(dir, "audit.yaml")
	text := "organization: Example Corp\nperiod: 2026-09\nframeworks: [fips-cryptography]\nscope:\n  accounts: [\"111122223333\"]\n  regions: [eu-west-1]\n" +
		"  role: " + scenario.DemoRole + "\n  external-id: " + scenario.DemoExternalID + "\nhistory: []\nseal: {key: audit.pem, certificate: audit.crt.pem, tsa: \"" + tsa.URL + "\", tsa-ca: tsa.pem}\n"
	if err := os.WriteFile(audit, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	run := func(out string) []string { return []string{"run", "-c", audit, "--out", out, "--rate-share", "0"} }
	whole, broken := filepath.Join(dir, "whole"), filepath.Join(dir, "broken")
	began := time.Now()
	if out, err := command(s, run(whole)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	took := time.Since(began)

	seed := time.Now().UnixNano()
	random := rand.New(rand.NewSource(seed))
	after := map[string]int{} // how far it had come when it was killed
	for range 20 {
		cmd := command(s, run(broken)...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(random.Int63n(int64(took) * 11 / 10)))
		cmd.Process.Kill()
		done := cmd.Wait() == nil
		stage := "nothing"
		for _, x := range []struct{ stage, file string }{{"begun", runFile}, {"collected", "gaps.jsonl"}, {"assessed", "assessment.json"}, {"reported", "workbook.xlsx"}, {"closed", "manifest.json"}, {"signed", "seal/statement.dsse.json"}} {
			if _, err := os.Stat(filepath.Join(broken, x.file)); err == nil {
				stage = x.stage
			}
		}
		if _, err := os.Stat(broken + ".zip"); err == nil {
			stage = "done"
		}
		after[stage]++
		// One that is done, or is done but for the last step, is begun anew now and then: each stage is to be killed in.
		if done || stage == "done" {
			os.RemoveAll(broken)
			os.Remove(broken + ".zip")
		}
	}
	t.Logf("seed %d; an undisturbed run took %s; killed after: %v", seed, took.Round(time.Millisecond), after)
	if len(after) < 2 {
		t.Errorf("killed at too few stages: %v", after)
	}
	var lines [2][]byte
	for i := range lines {
		var said bytes.Buffer
		cmd := command(s, run(broken)...)
		cmd.Stderr = &said
		if lines[i], err = cmd.Output(); err != nil {
			t.Fatalf("%v\n%s", err, said.String())
		}
	}
	if !bytes.Equal(lines[0], lines[1]) {
		t.Errorf("started again after it was done: %q and %q", lines[0], lines[1])
	}
	if out, err := command(s, "verify", broken+".zip", "--rederive", "--key", filepath.Join(dir, "audit.pub.pem"), "--tsa-ca", ca).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
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
			t.Errorf("%s differs: %v", rel, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
