package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors/changes"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/testdata/scenario"
)

const rotationFramework = `framework: mine
title: A framework of one's own
version: "1"
source: nobody
tests:
  - id: rotation-all-along
    statement: Every enabled customer managed symmetric key made by KMS has automatic rotation on.
    population: kms.key
    where: it.manager == "CUSTOMER" && it.state == "Enabled" && it.spec == "SYMMETRIC_DEFAULT" && it.origin == "AWS_KMS"
    expect: it.rotation.enabled
    require: every
    if-empty: not-applicable
    over: period
    why: What is encrypted for years is not to hang on one key.
controls:
  - id: C-1
    title: Rotation
    tests: [rotation-all-along]
    security-hub: [KMS.4]
`

// rotationAudit writes an audit of the key that was without rotation for three days, with a test over the period.
func rotationAudit(t *testing.T, dir, more string) string {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "mine.yaml"), []byte(rotationFramework), 0o644); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "audit.yaml")
	text := fmt.Sprintf("organization: Example Corp\nperiod: 2026-Q3\nframeworks: [mine.yaml]\nscope:\n  accounts: [%q]\n  regions: [eu-west-1, us-east-1]\n  role: %s\n  external-id: %s\n%s",
		scenario.DemoPayments, scenario.DemoRole, scenario.DemoExternalID, more)
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

func changeRecords(t *testing.T, pack string) []*changes.Change {
	t.Helper()
	kind := evidence.KindOf[changes.Change]("")
	var out []*changes.Change
	err := assess.OpenRecords(os.DirFS(filepath.Join(pack, "records")), []evidence.Kind{kind}).Each(kind.Name, func(r evidence.Record) error {
		out = append(out, r.(*changes.Change))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Both edges of an exception say who made them, and a pack in which they do is derived again from its tape.
func TestWhoChangedItStandsAtTheEdges(t *testing.T) {
	s := scenario.Start(scenario.Config{Organization: scenario.Demo()})
	defer s.Close()
	dir := t.TempDir()
	out := filepath.Join(dir, "pack")
	if text, err := command(s, "run", "-c", rotationAudit(t, dir, ""), "--out", out, "--rate-share", "0").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if text, err := command(s, "verify", out+".zip", "--rederive").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	off := time.Date(2026, 8, 4, 14, 22, 0, 0, time.UTC)
	names := map[string]bool{}
	for _, c := range changeRecords(t, out) {
		if c.Status == nil || *c.Status != evidence.ChangeFound {
			t.Errorf("change %+v", c)
			continue
		}
		names[c.Events[0].Name] = true
		if c.Captured.Equal(off) && (c.Events[0].Principal != "arn:aws:sts::"+scenario.DemoPayments+":assumed-role/key-admin/dana.operator" || len(c.Events) != 1) {
			t.Errorf("events %+v", c.Events)
		}
	}
	if !names["DisableKeyRotation"] || !names["EnableKeyRotation"] {
		t.Errorf("found %v", names)
	}
	text, err := os.ReadFile(filepath.Join(out, "assessment.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"change":{"status":"found"`, `"name":"DisableKeyRotation"`, `"name":"EnableKeyRotation"`} {
		if !strings.Contains(strings.ReplaceAll(string(text), `": `, `":`), want) && !bytes.Contains(text, []byte(want)) {
			t.Errorf("the assessment does not hold %s", want)
		}
	}
	// What the calls were given is nobody's business, and no more is the key that signed them.
	tape, err := os.ReadFile(filepath.Join(out, "evidence", scenario.DemoPayments, "eu-west-1", "cloudtrail.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"not-for-the-record", "ASIA" + scenario.DemoPayments + "TEMP", "203.0.113.24"} {
		if bytes.Contains(tape, []byte(secret)) {
			t.Errorf("%s is written down", secret)
		}
	}
}

// An audit that allows no look-ups makes none, and one that allows a few makes no more and says of the rest that nobody asked.
func TestNoMoreIsLookedUpThanTheAuditAllows(t *testing.T) {
	s := scenario.Start(scenario.Config{Organization: scenario.Demo()})
	defer s.Close()
	for _, allowed := range []int{0, 1} {
		dir := t.TempDir()
		out := filepath.Join(dir, "pack")
		if text, err := command(s, "collect", "-c", rotationAudit(t, dir, fmt.Sprintf("changes: %d\n", allowed)), "--out", out, "--rate-share", "0").CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		n := 0
		tape, err := os.ReadFile(filepath.Join(out, "evidence", scenario.DemoPayments, "eu-west-1", "cloudtrail.jsonl"))
		if err == nil {
			n = bytes.Count(tape, []byte(`"operation":"LookupEvents"`))
		}
		if n != allowed {
			t.Errorf("%d look-ups, not %d", n, allowed)
		}
		if allowed == 0 {
			if _, err := os.Stat(filepath.Join(out, "records", "cloudtrail.change.jsonl")); err == nil {
				t.Error("there are changes that nobody asked for")
			}
			continue
		}
		for _, c := range changeRecords(t, out) {
			if *c.Status != evidence.ChangeNotAsked || c.Reason == nil || len(c.Events) > 0 {
				t.Errorf("change %+v", c)
			}
		}
	}
}
