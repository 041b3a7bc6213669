package pack

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/auditseal/auditseal/collectors/evidence"
)

func TestSealTwiceGivesTheSame(t *testing.T) {
	dir := newFixture(t, 5).write(t)
	one, err := Seal(dir, fixtureInfo, fixtureMasking)
	if err != nil {
		t.Fatal(err)
	}
	m1, _ := os.ReadFile(filepath.Join(dir, ManifestPath))
	two, err := Seal(dir, fixtureInfo, fixtureMasking)
	if err != nil {
		t.Fatal(err)
	}
	m2, _ := os.ReadFile(filepath.Join(dir, ManifestPath))
	if one != two || !bytes.Equal(m1, m2) || one != evidence.Sum(m1) {
		t.Errorf("%s and %s", one, two)
	}
	if bytes.Contains(m1, []byte("created\"")) {
		t.Error("a manifest without a clock names a time")
	}
}

func TestSealRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(fixture)
		info   Info
		want   string
	}{
		{"a file without a place", func(f fixture) { f["notes.txt"] = nil }, fixtureInfo, `"notes.txt" has no place`},
		{"evidence of no account", func(f fixture) { f["evidence/1/eu-west-1/kms.jsonl"] = nil }, fixtureInfo, "has no place"},
		{"no assessment", func(f fixture) { delete(f, AssessmentPath) }, fixtureInfo, "assessment.json is missing"},
		{"no frameworks", func(f fixture) { delete(f, FrameworksDir+"demo.yaml"); delete(f, FrameworksDir+"tests/kms.yaml") }, fixtureInfo, "no framework"},
		{"a name that Windows refuses", func(f fixture) { f[ManualDir+"a?.txt"] = nil }, fixtureInfo, "Windows"},
		{"no tool", func(fixture) {}, Info{Organization: "x", Period: fixturePeriod}, "no tool"},
		{"no organization", func(fixture) {}, Info{Tool: "x", Period: fixturePeriod}, "no organization"},
		{"no period", func(fixture) {}, Info{Tool: "x", Organization: "x"}, "period"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t, 3)
			c.change(f)
			dir := f.write(t)
			if _, err := Seal(dir, c.info, fixtureMasking); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
			if _, err := os.Stat(filepath.Join(dir, ManifestPath)); err == nil {
				t.Error("a manifest was written all the same")
			}
		})
	}
}

func TestReadmeShowsHostileNamesAsText(t *testing.T) {
	info := fixtureInfo
	info.Organization = "Evil\nSHA-256 OK\x1b[2J \u202eproC"
	b, err := readme(info)
	if err != nil {
		t.Fatal(err)
	}
	if first, _, _ := strings.Cut(string(b), "\n"); !strings.Contains(first, "SHA-256 OK") || strings.ContainsAny(first, "\x1b\u202e") {
		t.Errorf("the README begins %q", first)
	}
}

// The README's recipe, run as it stands there.
func TestReadmeRecipe(t *testing.T) {
	for _, tool := range []string{"sh", "sha256sum", "openssl", "find", "wc", "sed", "grep"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not here", tool)
		}
	}
	dir := newFixture(t, 15).seal(t)
	if err := os.MkdirAll(filepath.Join(dir, "seal"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "seal", "x.sig"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, ReadmePath))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.SplitSeq(string(text), "\n") {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "openssl ") || strings.HasPrefix(line, "sha256sum ") || strings.HasPrefix(line, "find ") || strings.HasPrefix(line, "wc ") || strings.HasPrefix(line, "sed ") {
			lines = append(lines, strings.ReplaceAll(line, "FILE", EvidencePath("000011112222", "eu-west-1", "kms")))
		}
	}
	if len(lines) != 6 {
		t.Fatalf("the README has %d commands: %q", len(lines), lines)
	}
	run := func(line string) string {
		t.Helper()
		cmd := exec.Command("sh", "-c", line)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "LC_ALL=C")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v: %s", line, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	_, v := verifyPath(t, dir)
	if out := run(lines[0]); !strings.HasSuffix(out, v.Identity.String()) {
		t.Errorf("%s: %s, want %s", lines[0], out, v.Identity)
	}
	if out := run(lines[1]); strings.Count(out, ": OK") != len(v.Manifest.Files)+1 {
		t.Errorf("%s: %s", lines[1], out)
	}
	if a, b := run(lines[2]), run(lines[3]); strings.TrimSpace(a) != strings.TrimSpace(b) {
		t.Errorf("%s files, %s lines", a, b)
	}
	a, b := run(lines[4]), run(lines[5])
	if b = strings.TrimSuffix(b, `"}`); len(b) != 64 || !strings.HasSuffix(a, b) {
		t.Errorf("the line's digest is %s, and it says %s", a, b)
	}
}

func TestZipIsTheSameTwice(t *testing.T) {
	dir := newFixture(t, 50).seal(t)
	var first []byte
	for i, procs := range []int{1, 2, 4} {
		old := runtime.GOMAXPROCS(procs)
		out := filepath.Join(t.TempDir(), "p.zip")
		err := Zip(dir, out)
		runtime.GOMAXPROCS(old)
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = b
		} else if !bytes.Equal(b, first) {
			t.Errorf("the archive differs on %d processors", procs)
		}
		// Touching the files changes nothing.
		if err := os.Chmod(filepath.Join(dir, ManifestPath), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	zr, err := zip.NewReader(bytes.NewReader(first), int64(len(first)))
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range zr.File {
		if i > 0 && f.Name <= zr.File[i-1].Name {
			t.Errorf("%s stands after %s", f.Name, zr.File[i-1].Name)
		}
		if f.Mode() != 0o644 || f.Modified.Year() != 1980 {
			t.Errorf("%s has mode %s and time %s", f.Name, f.Mode(), f.Modified)
		}
	}
}

func TestZipLeavesNothingHalf(t *testing.T) {
	dir := newFixture(t, 3).write(t)
	where := t.TempDir()
	if err := Zip(dir, filepath.Join(where, "p.zip")); err == nil || !strings.Contains(err.Error(), "seal the folder first") {
		t.Errorf("an unsealed folder: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, ManifestPath), nil, 0o000); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link")); err == nil {
		if err := Zip(dir, filepath.Join(where, "p.zip")); err == nil || !strings.Contains(err.Error(), "symbolic link") {
			t.Errorf("a link: %v", err)
		}
	}
	if left, _ := os.ReadDir(where); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// Stock tools unpack the same files.
func TestStockToolsUnpack(t *testing.T) {
	f := newFixture(t, 20)
	dir := f.seal(t)
	out := filepath.Join(t.TempDir(), "p.zip")
	if err := Zip(dir, out); err != nil {
		t.Fatal(err)
	}
	unpackers := map[string][]string{
		"unzip":   {"-q", out, "-d"},
		"python3": {"-c", "import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; z.extractall(sys.argv[2])", out},
	}
	for _, tool := range []string{"unzip", "python3"} {
		t.Run(tool, func(t *testing.T) {
			if _, err := exec.LookPath(tool); err != nil {
				t.Skipf("%s is not here", tool)
			}
			to := filepath.Join(t.TempDir(), "out")
			cmd := exec.Command(tool, append(unpackers[tool], to)...)
			cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
			if b, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, b)
			}
			if checks, v := verifyPath(t, to); v.Failed != 0 {
				t.Error(format(checks))
			}
		})
	}
}

// More entries than the small form of a ZIP can count.
func TestZipManyFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 66,000 files")
	}
	f := newFixture(t, 3)
	for i := range 66_000 {
		f[fmt.Sprintf("%s%d/%d.txt", ManualDir, i%100, i)] = []byte{'x'}
	}
	dir := f.seal(t)
	out := filepath.Join(t.TempDir(), "p.zip")
	if err := Zip(dir, out); err != nil {
		t.Fatal(err)
	}
	if checks, v := verifyPath(t, out); v.Failed != 0 {
		t.Error(format(bad(checks)))
	}
	for tool, args := range map[string][]string{"unzip": {"-tq", out}, "python3": {"-c", "import sys,zipfile; assert len(zipfile.ZipFile(sys.argv[1]).namelist())>66000", out}} {
		if _, err := exec.LookPath(tool); err != nil {
			continue
		}
		if b, err := exec.Command(tool, args...).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", tool, err, b)
		}
	}
}

// A file of more than 4 GiB.
func TestZipLargeFile(t *testing.T) {
	if os.Getenv("AUDITSEAL_LARGE_TESTS") == "" {
		t.Skip("AUDITSEAL_LARGE_TESTS is not set: this writes 9 GB")
	}
	dir := newFixture(t, 3).write(t)
	w, err := os.Create(filepath.Join(dir, "manual", "large.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	// Half of it compresses to nothing; the other half not at all, which keeps it clear of a bomb.
	block := make([]byte, 1<<20)
	for i := range 4200 {
		if i%2 == 0 {
			for j := range block {
				block[j] = byte((i*2654435761 + j*j*40503 + j) >> 7)
			}
		} else {
			clear(block)
		}
		if _, err := w.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Seal(dir, fixtureInfo, fixtureMasking); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "p.zip")
	if err := Zip(dir, out); err != nil {
		t.Fatal(err)
	}
	if checks, v := verifyPath(t, out); v.Failed != 0 {
		t.Error(format(bad(checks)))
	}
	for tool, args := range map[string][]string{"unzip": {"-tq", out}, "python3": {"-c", "import sys,zipfile; assert zipfile.ZipFile(sys.argv[1]).testzip() is None", out}} {
		if _, err := exec.LookPath(tool); err != nil {
			continue
		}
		if b, err := exec.Command(tool, args...).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", tool, err, b)
		}
	}
}
