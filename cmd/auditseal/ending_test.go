package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

// A command that does not stop in time is told of as interrupted, once.
func TestDeafCommandIsTold(t *testing.T) {
	file := filepath.Join(t.TempDir(), "summary.json")
	a := &app{out: &bytes.Buffer{}, err: &bytes.Buffer{}, now: time.Now}
	if err := a.begin(&cobra.Command{Use: "run"}, &ending{file: file}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	code := a.await(ctx, stop, make(chan int), time.Millisecond)
	a.end(exitDone, nil, "") // what was left to itself ends after all
	b, err := os.ReadFile(file)
	var got summary
	if err == nil {
		err = json.Unmarshal(b, &got)
	}
	if err != nil || code != exitInterrupt || got.ExitCode != exitInterrupt || got.OK || got.Error != "interrupted" {
		t.Errorf("exit code %d, %s, %v", code, b, err)
	}
}

// A run that breaks is told of, and its exit code is not Go's 2: that would be wrong configuration, which schedulers do not try again.
func TestBrokenRunIsTold(t *testing.T) {
	dir := t.TempDir()
	file, config := filepath.Join(dir, "summary.json"), filepath.Join(dir, "audit.yaml")
	if err := os.WriteFile(config, []byte("organization: A\nperiod: 2026-Q3\nframeworks: [fips-cryptography]\nscope: {accounts: [\"111122223333\"], regions: [eu-west-1]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	asked := 0
	var errs bytes.Buffer
	a := &app{out: &bytes.Buffer{}, err: &errs, now: func() time.Time {
		if asked++; asked == 2 {
			panic("the clock stood still")
		}
		return time.Now()
	}}
	code := a.main(context.Background(), []string{"run", "-c", config, "--period", "last-quarter", "--summary", file})
	b, err := os.ReadFile(file)
	var got summary
	if err == nil {
		err = json.Unmarshal(b, &got)
	}
	if err != nil || code != exitUnfinished || got.ExitCode != exitUnfinished || got.OK || got.Error != "auditseal broke: the clock stood still" || !strings.Contains(errs.String(), "ending_test.go") {
		t.Errorf("exit code %d, %s, %v: %s", code, b, err, errs.String())
	}
}
