package main

import (
	"fmt"
	"math/rand"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/report"
	"github.com/auditseal/auditseal/testdata/scenario"
)

// Shards that are killed at random moments and started again are merged into what one process makes.
func TestKilledShardsAreMerged(t *testing.T) {
	s := scenario.Start(scenario.Config{Organization: scenario.Demo(), Spread: 7 * time.Minute, Latency: time.Millisecond, Settled: true})
	defer s.Close()
	asks(t, s)
	dir := t.TempDir()
	audit, whole, parts, merged := few(t, dir), filepath.Join(dir, "whole"), filepath.Join(dir, "shards"), filepath.Join(dir, "merged")
	done(t, "collect", "-c", audit, "--out", whole, "--rate-share", "0")
	random := rand.New(rand.NewSource(2))
	const n = 2
	for i := 1; i <= n; i++ {
		args := []string{"collect", "-c", audit, "--shard", fmt.Sprintf("%d/%d", i, n), "--out", parts, "--rate-share", "0"}
		folder := filepath.Join(parts, evidence.Shard{Index: i, Of: n}.Folder())
		kills, longest := 0, 400 // milliseconds
		for tries := 0; kills < 6 && tries < 40; tries++ {
			cmd := command(s, args...)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Duration(50+random.Intn(longest)) * time.Millisecond)
			cmd.Process.Kill()
			if cmd.Wait() == nil { // it came to its end: begin again, and kill sooner
				if err := os.RemoveAll(folder); err != nil {
					t.Fatal(err)
				}
				longest = max(20, longest*2/3)
				continue
			}
			kills++
			if _, err := os.Stat(filepath.Join(folder, runFile)); err == nil {
				// One that was killed after its end, and before the process ended, is a whole shard: then the other one is missing.
				if code, out := here(t, "merge", folder, "--out", merged); code != exitUnfinished || !strings.Contains(out, "has not ended") && !strings.Contains(out, "1 of 2 shards are missing") {
					t.Fatalf("half a shard: exit code %d\n%s", code, out)
				}
			}
		}
		if kills < 6 {
			t.Fatalf("shard %d was killed %d times", i, kills)
		}
		if out, err := command(s, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	done(t, "merge", parts, "--out", merged)
	s.Reset()
	done(t, "collect", "-c", audit, "--out", merged, "--rate-share", "0")
	if got := asked(s); got != 0 {
		t.Errorf("after the merge AWS was asked %d times more: %v", got, s.Operations())
	}
	sameFiles(t, "one process and killed shards", evidenceOf(t, whole), evidenceOf(t, merged))
	for _, step := range [][]string{{"assess", merged}, {"report", merged}, {"seal", merged}, {"verify", merged + ".zip", "--rederive"}} {
		done(t, step...)
	}
}

// at is a server for the demo organization at that moment.
func at(t *testing.T, address string, now time.Time) *scenario.Server {
	t.Helper()
	o := scenario.Demo()
	o.AsOf = now
	s := scenario.StartAt(scenario.Config{Organization: o, Spread: 7 * time.Minute, Settled: true}, address)
	t.Cleanup(s.Close)
	return s
}

// In a period that has not ended yet, what is asked hangs on the moment at which it is asked. Shards begin at moments of their own, each is
// gone on with as of its own, and all are assessed as of the first.
func TestShardsOfDifferentHours(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	dir := t.TempDir()
	audit, parts, merged := shardAudit(t, dir, "", "aws-security-focus-areas"), filepath.Join(dir, "shards"), filepath.Join(dir, "merged")
	began := time.Date(2026, 9, 15, 8, 0, 0, 0, time.UTC)
	later := began.Add(5 * time.Hour)
	for i, now := range []time.Time{later, began} { // the second is the first to begin
		s := at(t, address, now)
		asks(t, s)
		done(t, "collect", "-c", audit, "--shard", fmt.Sprintf("%d/2", i+1), "--out", parts, "--rate-share", "0")
		s.Close()
	}
	done(t, "merge", parts, "--out", merged)
	run, err := report.ReadRun(os.DirFS(merged))
	if err != nil {
		t.Fatal(err)
	}
	if !run.Scope.AsOf.Equal(began) || len(run.Shards) != 2 || !run.Shards[0].AsOf.Equal(later) || !run.Shards[1].AsOf.Equal(began) {
		t.Fatalf("as of %s, shards %+v", run.Scope.AsOf, run.Shards)
	}
	s := at(t, address, later.Add(20*time.Hour))
	asks(t, s)
	done(t, "run", "-c", audit, "--out", merged, "--rate-share", "0")
	if got := asked(s); got == 0 || got != s.Count("cloudtrail", "LookupEvents") {
		t.Errorf("after the merge AWS was asked %d times: %v", got, s.Operations())
	}
	s.Close()
	if out := done(t, "verify", merged+".zip", "--rederive"); !strings.Contains(out, "ok     rederived ") {
		t.Errorf("not derived again:\n%s", out)
	}
	// The moments are held against the tape.
	forged := filepath.Join(dir, "forged")
	if err := copyTree(os.DirFS(merged), ".", forged); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, with, want string }{
		{`"as_of": "2026-09-15T13:00:00Z"`, `"as_of": "2026-09-12T13:00:00Z"`, "scope.as_of is 2026-09-15T08:00:00Z, and the first of its shards began at 2026-09-12"},
		{`"as_of": "2026-09-15T13:00:00Z"`, `"as_of": "2026-09-17T13:00:00Z"`, "as_of of shard 1 is 2026-09-17T13:00:00Z, and AWS's first answer on the tape is of 2026-09-15T13:00:00Z"},
	} {
		again := filepath.Join(t.TempDir(), "again")
		for _, name := range []string{auditFile, runFile, "inputs", "frameworks", evidenceDir} {
			if err := copyTree(os.DirFS(merged), name, filepath.Join(again, name)); err != nil {
				if err := copyFile(os.DirFS(merged), name, filepath.Join(again, name)); err != nil {
					t.Fatal(err)
				}
			}
		}
		edit(t, filepath.Join(again, runFile), c.old, c.with)
		a := &app{out: os.Stderr, err: os.Stderr, json: true, now: time.Now}
		if _, err := a.derivePack(t.Context(), again); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.with, err)
		}
	}
}

// What is asked once for all accounts is asked in one shard: the files that AWS Config delivered to one bucket.
func TestTheBucketIsReadInOneShard(t *testing.T) {
	o := scenario.Demo()
	const bucket = "example-corp-config-" + scenario.DemoLogArchive
	o.DeliverTo(bucket, "org/o-exa1mp1ec0")
	s := scenario.Start(scenario.Config{Organization: o, Spread: 7 * time.Minute, Settled: true})
	defer s.Close()
	asks(t, s)
	dir := t.TempDir()
	audit := shardAudit(t, dir, "history: [AWS::KMS::Key]\nhistory-from:\n  bucket: s3://"+bucket+"/org/o-exa1mp1ec0\n  account: \""+scenario.DemoLogArchive+"\"\n  region: "+scenario.DeliveryRegion+"\n", "fips-cryptography")
	whole, parts, merged := filepath.Join(dir, "whole"), filepath.Join(dir, "shards"), filepath.Join(dir, "merged")
	done(t, "collect", "-c", audit, "--out", whole, "--rate-share", "0")
	objects := s.Count("s3", "GetObject")
	if objects == 0 {
		t.Fatalf("no file was read: %v", s.Operations())
	}
	for i := 1; i <= 2; i++ {
		s.Reset()
		done(t, "collect", "-c", audit, "--shard", fmt.Sprintf("%d/2", i), "--out", parts, "--rate-share", "0")
		want := 0
		if (evidence.Shard{Index: i, Of: 2}).Holds(scenario.DemoLogArchive) {
			want = objects
		}
		if got := s.Count("s3", "GetObject"); got != want {
			t.Errorf("shard %d read %d files, want %d", i, got, want)
		}
	}
	done(t, "merge", parts, "--out", merged)
	s.Reset()
	done(t, "collect", "-c", audit, "--out", merged, "--rate-share", "0")
	if got := asked(s) - s.Count("cloudtrail", "LookupEvents"); got != 0 || s.Count("cloudtrail", "LookupEvents") == 0 {
		t.Errorf("after the merge AWS was asked %d times more: %v", got, s.Operations())
	}
	sameFiles(t, "one process and shards", evidenceOf(t, whole), evidenceOf(t, merged))
	found := 0
	for _, c := range changeRecords(t, merged) {
		if *c.Status == evidence.ChangeFound {
			found++
		}
	}
	if found == 0 {
		t.Error("nobody is found who made an exception that the files tell of")
	}
	for _, step := range [][]string{{"assess", merged}, {"report", merged}, {"seal", merged}, {"verify", merged + ".zip", "--rederive"}} {
		done(t, step...)
	}
}
