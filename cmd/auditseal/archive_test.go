package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/auditseal/auditseal/report/archive/archivetest"
	"github.com/auditseal/auditseal/report/pack"
	"github.com/auditseal/auditseal/testdata/scenario"
)

const archiveBlock = "archive:\n  to: s3://evidence/audits\n  owner: \"999988887777\"\n  region: eu-west-1\n  mode: compliance\n  retain: 7y\n"

// An archiving world is an organization to read, and a bucket to keep packs of it in.
type archiving struct {
	t   *testing.T
	org *scenario.Server
	s3  *archivetest.S3
	dir string
}

// run runs auditseal, wants an exit code and texts in what it says, and gives what is on stdout.
func (w *archiving) run(code int, says []string, args ...string) string {
	w.t.Helper()
	cmd := command(w.org, args...)
	cmd.Dir = w.dir
	cmd.Env = append(cmd.Env, "AWS_ENDPOINT_URL_S3="+w.s3.URL)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		if _, ok := err.(*exec.ExitError); !ok {
			w.t.Fatal(err)
		}
	}
	if got := cmd.ProcessState.ExitCode(); got != code {
		w.t.Errorf("%q: exit code %d, not %d\n%s%s", args, got, code, out, errs.String())
	}
	for _, s := range says {
		if !strings.Contains(string(out)+errs.String(), s) {
			w.t.Errorf("%q does not say %q:\n%s%s", args, s, out, errs.String())
		}
	}
	return string(out)
}

// audit writes an audit.yaml over a month, with an archive.
func (w *archiving) audit(month string) string {
	w.t.Helper()
	name := auditFor(w.t, w.t.TempDir(), `"`+scenario.DemoManagement+`"`, "eu-west-1")
	raw, err := os.ReadFile(name)
	if err == nil {
		err = os.WriteFile(name, []byte(strings.Replace(string(raw), "2026-09", month, 1)+archiveBlock), 0o644)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return name
}

func (w *archiving) manifest(dir string) *pack.Manifest {
	w.t.Helper()
	m, err := manifestOf(os.DirFS(filepath.Join(w.dir, dir)))
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

func (w *archiving) asked() int { return w.org.Count("", "") }

// A run looks at the archive before it collects, archives what it made, and goes on where it stopped.
func TestRunArchives(t *testing.T) {
	if testing.Short() {
		t.Skip("ten runs of the command")
	}
	w := &archiving{t: t, org: scenario.Start(scenario.Config{Organization: scenario.Demo(), Spread: 7 * time.Minute, Settled: true}), s3: archivetest.Start("evidence", "999988887777", "eu-west-1", time.Now), dir: t.TempDir()}
	defer w.org.Close()
	defer w.s3.Close()
	september, october := w.audit("2026-09"), w.audit("2026-10")
	run := func(code int, says []string, audit, out string, more ...string) string {
		t.Helper()
		return w.run(code, says, append([]string{"run", "-c", audit, "--out", out, "--rate-share", "0"}, more...)...)
	}

	// A bucket that will not take a pack is known before anything is read.
	w.s3.Set(func(s *archivetest.S3) { s.Lock = false })
	run(1, []string{"s3://evidence has Object Lock off", "nothing was written"}, september, "september")
	w.s3.Set(func(s *archivetest.S3) { s.Lock = true })
	w.s3.Fail(func(op string, n int) *archivetest.Fault {
		if op == "CreateMultipartUpload" {
			return &archivetest.Fault{Status: 403, Code: "AccessDenied", Message: "no policy allows the s3:PutObjectRetention action"}
		}
		return nil
	})
	run(1, []string{"s3:PutObject is refused", "s3:PutObjectRetention"}, september, "september")
	w.s3.Fail(nil)
	if _, err := os.Stat(filepath.Join(w.dir, "september")); err == nil || w.asked() != 0 {
		t.Errorf("%d calls were made, %v", w.asked(), err)
	}

	out := run(0, nil, september, "september", "--json")
	var r sealed
	if err := json.Unmarshal([]byte(out), &r); err != nil || r.Archive == nil || r.Archive.Key != "audits/2026-09.zip" || r.Archive.Mode != "COMPLIANCE" || r.Archive.Was || r.Archive.Receipt != "2026-09.receipt.json" {
		t.Fatalf("%s: %v", out, err)
	}
	if m := w.manifest("september"); !m.Previous.IsZero() {
		t.Errorf("the first names %s as the one before it", m.Previous)
	}
	asked := w.asked()
	run(0, []string{"archived   already: s3://evidence/audits/2026-09.zip", "nothing is collected", r.Manifest}, september, "elsewhere")
	out = run(0, nil, september, "elsewhere", "--json")
	var again sealed
	if err := json.Unmarshal([]byte(out), &again); err != nil || !again.OK || !again.Archive.Was || again.Manifest != r.Manifest || again.Archive.VersionID != r.Archive.VersionID {
		t.Errorf("%s: %v", out, err)
	}
	if w.asked() != asked {
		t.Errorf("%d calls were made for a period that is archived", w.asked()-asked)
	}

	// The second is cut off when it is sent. The same command goes on, and reads nothing again.
	w.s3.Fail(func(op string, n int) *archivetest.Fault {
		if op == "PutObject" {
			return &archivetest.Fault{Drop: true}
		}
		return nil
	})
	run(1, []string{"chain      after the pack of 2026-09, whose manifest has the SHA-256 " + r.Manifest, "goes on where it stopped"}, october, "october")
	if len(w.s3.Versions("audits/2026-10.zip")) != 0 {
		t.Error("it was stored")
	}
	asked = w.asked()
	w.s3.Fail(nil)
	run(2, []string{"is a sealed pack of", "choose another folder"}, w.audit("2026-08"), "october")
	run(0, []string{"going on with october.zip, which is sealed already", "archived   s3://evidence/audits/2026-10.zip"}, october, "october")
	if w.asked() != asked {
		t.Errorf("%d calls were made again", w.asked()-asked)
	}
	if m := w.manifest("october"); m.Previous.String() != r.Manifest {
		t.Errorf("the second names %s as the one before it", m.Previous)
	}
	w.run(0, []string{"2 packs, from 2026-09", "each names the one before it", "deep       2026-10  all of it was read"}, "custody", "-c", october, "--deep")
	w.run(0, []string{"proved       archived"}, "verify", "s3://evidence/audits/2026-10.zip", "--owner", "999988887777")
	w.run(0, []string{`"s3:PutObjectRetention"`, `"AuditsealNeverOverwrite"`}, "policy", "-c", october, "--archive")

	// What stands under the key and is no pack of ours.
	w.s3.Put(archivetest.Version{Key: "audits/2026-11.zip", Body: []byte("x")})
	asked = w.asked()
	run(4, []string{"audits/2026-11.zip has no receipt, and is no pack: it: not a ZIP", "nothing was collected"}, w.audit("2026-11"), "november")
	if w.asked() != asked {
		t.Errorf("%d calls were made for it", w.asked()-asked)
	}
	w.s3.Remove("audits/2026-11.zip", w.s3.Versions("audits/2026-11.zip")[0].ID)

	// A run is stopped between pack and receipt, and its disk is gone with it. Another finishes what is there.
	november := w.audit("2026-11")
	packs := w.s3.Count("PutObject")
	w.s3.Fail(func(op string, n int) *archivetest.Fault {
		if op == "PutObject" && n > packs {
			return &archivetest.Fault{Drop: true}
		}
		return nil
	})
	run(1, []string{"audits/2026-11.receipt.json", "goes on where it stopped"}, november, "november")
	w.s3.Fail(nil)
	for _, name := range []string{"november", "november.zip"} {
		if err := os.RemoveAll(filepath.Join(w.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	asked = w.asked()
	other := w.audit("2026-11")
	if err := os.WriteFile(other, []byte("# another\n"+strings.TrimSpace(readFile(t, other))+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	run(4, []string{"has no receipt, and is a pack of another audit.yaml"}, other, "december")
	run(0, []string{"going on with s3://evidence/audits/2026-11.zip, which is there and has no receipt", "archived   s3://evidence/audits/2026-11.zip"}, november, "again")
	if w.asked() != asked || len(w.s3.Versions("audits/2026-11.zip")) != 1 || len(w.s3.Versions("audits/2026-11.receipt.json")) != 1 {
		t.Errorf("%d calls were made again", w.asked()-asked)
	}
	w.run(0, []string{"3 packs, from 2026-09"}, "custody", "-c", november)
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
