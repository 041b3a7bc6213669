package main

import (
	"bytes"
	crand "crypto/rand"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
	"github.com/auditseal/auditseal/report"
	"github.com/auditseal/auditseal/testdata/scenario"
)

// asks lets the commands of this process ask the server.
func asks(t testing.TB, s *scenario.Server) {
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": s.URL, "AWS_ACCESS_KEY_ID": scenario.AccessKey(scenario.DemoManagement), "AWS_SECRET_ACCESS_KEY": "x",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull} {
		t.Setenv(name, value)
	}
}

// here runs a command line in this process, and gives its exit code and all that it said.
func here(t testing.TB, args ...string) (int, string) {
	var out bytes.Buffer
	a := &app{out: &out, err: &out, now: time.Now, random: crand.Reader}
	return a.main(t.Context(), args), out.String()
}

// done runs a command line that has to come to a good end.
func done(t testing.TB, args ...string) string {
	t.Helper()
	code, out := here(t, args...)
	if code != exitDone {
		t.Fatalf("auditseal %s: exit code %d\n%s", strings.Join(args, " "), code, out)
	}
	return out
}

// shardAudit writes an audit of the demo organization over a quarter.
func shardAudit(t testing.TB, dir, more, frameworks string) string {
	t.Helper()
	name := filepath.Join(dir, "audit.yaml")
	text := "organization: Example Corp\nperiod: 2026-Q3\nframeworks: [" + frameworks + "]\nscope:\n  organization: true\n  exclude: [\"999988887777\", \"222233334444\"]\n" +
		"  regions: [eu-west-1, us-east-1]\n  role: " + scenario.DemoRole + "\n  external-id: " + scenario.DemoExternalID + "\n" + more
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// shards collects all shards of an audit into a folder, in a random order.
func shards(t testing.TB, audit, out string, n int, random *rand.Rand) {
	t.Helper()
	for _, i := range random.Perm(n) {
		done(t, "collect", "-c", audit, "--shard", fmt.Sprintf("%d/%d", i+1, n), "--out", out, "--rate-share", "0")
	}
}

// contents are the files of a folder by name.
func contents(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		out[filepath.ToSlash(rel)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// sameFiles compares two folders byte for byte.
func sameFiles(t testing.TB, what string, a, b map[string]string) {
	t.Helper()
	for name := range a {
		if _, ok := b[name]; !ok {
			t.Errorf("%s: %s stands on one side only", what, name)
		} else if a[name] != b[name] {
			t.Errorf("%s: %s differs:\n%s", what, name, firstDifference(a[name], b[name]))
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			t.Errorf("%s: %s stands on one side only", what, name)
		}
	}
}

func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return fmt.Sprintf("line %d\n%.600s\n%.600s", i+1, x[i], y[i])
		}
	}
	return fmt.Sprintf("%d and %d lines", len(x), len(y))
}

// exchange is a line of the tape with the request's nested JSON in canonical order: the SDK writes maps as they come.
func exchange(t testing.TB, line string) string {
	t.Helper()
	ex, err := tape.Decode([]byte(line))
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if json.Unmarshal([]byte(ex.Request.Body), &v) == nil {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		ex.Request.Body = string(b)
	}
	b, err := tape.Encode(ex)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// evidenceOf is what a pack makes of AWS's answers: everything but run.json, which tells of the shards, and what shows it or where on the tape
// an exchange stands. The lines of the tape are sorted: which answer came first is a race.
func evidenceOf(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := contents(t, dir)
	for name, data := range out {
		switch {
		case strings.HasPrefix(name, "evidence/"):
			var lines []string
			for line := range strings.Lines(data) {
				lines = append(lines, exchange(t, line))
			}
			slices.Sort(lines)
			out[name] = strings.Join(lines, "")
		case slices.Contains([]string{runFile, "report.pdf", "workbook.xlsx", "manifest.json", "SHA256SUMS", "README.txt", "salt"}, name) || strings.HasPrefix(name, "seal/"):
			delete(out, name)
		}
	}
	return out
}

// collected are the files of a pack that stand there before it is assessed.
func collected(pack map[string]string) map[string]string {
	out := map[string]string{}
	for name, data := range pack {
		if name != "assessment.json" && name != "timeline.jsonl" && name != "maskable.jsonl" && !strings.HasPrefix(name, "oscal") {
			out[name] = data
		}
	}
	return out
}

// asked counts the server's requests but for those to STS, which opens sessions with it.
func asked(s *scenario.Server) int { return s.Count("", "") - s.Count("sts", "") }

// taped counts the attempts on the tapes of a folder, but for those to STS.
func taped(t testing.TB, dir string) int {
	t.Helper()
	n := 0
	for name, data := range contents(t, dir) {
		if strings.HasPrefix(name, "evidence/") || strings.HasPrefix(name, "listing/") {
			for line := range strings.Lines(data) {
				ex, err := tape.Decode([]byte(line))
				if err != nil {
					t.Fatal(err)
				}
				if ex.Service != "sts" {
					n += ex.Attempts
				}
			}
		}
	}
	return n
}

// However many shards an organization is collected in, what comes of it is what one process makes: the same tape, records, gaps and results,
// and nothing was asked twice.
func TestShardsMergedAreOneRun(t *testing.T) {
	s := scenario.Start(scenario.Config{Organization: scenario.Demo(), Spread: 7 * time.Minute, Settled: true})
	defer s.Close()
	asks(t, s)
	dir := t.TempDir()
	audit := shardAudit(t, dir, "", "aws-security-focus-areas, soc2-2017")
	whole := filepath.Join(dir, "whole")
	done(t, "run", "-c", audit, "--out", whole, "--rate-share", "0")
	want := evidenceOf(t, whole)
	if !strings.Contains(want["evidence/"+scenario.DemoPayments+"/eu-west-1/cloudtrail.jsonl"], "LookupEvents") {
		t.Fatal("nobody asked who changed what: the second phase is not in this test")
	}
	base := taped(t, whole)
	random := rand.New(rand.NewSource(5))
	counts := []int{2, 1, 5, 7}
	if testing.Short() {
		counts = counts[:1]
	}
	for _, n := range counts {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			dir := t.TempDir()
			parts, merged, again := filepath.Join(dir, "shards"), filepath.Join(dir, "merged"), filepath.Join(dir, "again")
			s.Reset()
			shards(t, audit, parts, n, random)
			before := contents(t, parts)
			var folders []string
			kept := 0
			for i := range n {
				shard := evidence.Shard{Index: i + 1, Of: n}
				folders = append(folders, filepath.Join(parts, shard.Folder()))
				kept += taped(t, folders[i])
				if _, err := os.Stat(filepath.Join(folders[i], listingDir)); (err == nil) == shard.Holds(scenario.DemoManagement) {
					t.Errorf("%s: the list is kept in the wrong place: %v", shard, err)
				}
				for name := range contents(t, filepath.Join(folders[i], evidenceDir)) {
					if account, _, _ := strings.Cut(name, "/"); !shard.Holds(account) {
						t.Errorf("%s holds %s", shard, name)
					}
				}
			}
			if got := asked(s); got != kept {
				t.Errorf("AWS was asked %d times, and %d exchanges are on the tapes of the shards", got, kept)
			}
			done(t, "merge", parts, "--out", merged)
			random.Shuffle(n, func(i, j int) { folders[i], folders[j] = folders[j], folders[i] })
			done(t, slices.Concat([]string{"merge"}, folders, []string{"--out", again})...)
			sameFiles(t, "two merges", contents(t, merged), contents(t, again))
			sameFiles(t, "the shards, before and after", before, contents(t, parts))
			late := base - taped(t, merged)
			s.Reset()
			if n == counts[0] {
				done(t, "run", "-c", audit, "--out", merged, "--rate-share", "0")
				sameFiles(t, "one process and shards", want, evidenceOf(t, merged))
				if out := done(t, "verify", merged+".zip", "--rederive"); !strings.Contains(out, "ok     rederived ") {
					t.Errorf("not derived again:\n%s", out)
				}
			} else {
				done(t, "collect", "-c", audit, "--out", merged, "--rate-share", "0")
				sameFiles(t, "one process and shards", collected(want), evidenceOf(t, merged))
			}
			if got := asked(s); got != late || got != s.Count("cloudtrail", "LookupEvents") || got == 0 {
				t.Errorf("after the merge AWS was asked %d times, %d of them who changed what: %v", got, s.Count("cloudtrail", "LookupEvents"), s.Operations())
			}
			run, err := report.ReadRun(os.DirFS(merged))
			if err != nil {
				t.Fatal(err)
			}
			if len(run.Shards) != n || run.Resumed || run.Shard != nil {
				t.Errorf("run.json: %+v", run)
			}
		})
	}
}
