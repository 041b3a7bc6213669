package pack

import (
	"archive/zip"
	"bytes"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/assess"
)

func TestVerifyGoodPack(t *testing.T) {
	dir := newFixture(t, 10).seal(t)
	out := filepath.Join(t.TempDir(), "pack.zip")
	if err := Zip(dir, out); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, out} {
		checks, v := verifyPath(t, path)
		if v.Failed != 0 || len(bad(checks)) != 0 {
			t.Errorf("%s: %d failed\n%s", path, v.Failed, format(checks))
		}
		var names []string
		for _, c := range checks {
			names = append(names, c.Name)
			if c.Detail == "" {
				t.Errorf("%s says nothing", c.Name)
			}
		}
		want := Checks()
		if path == dir {
			want = slices.DeleteFunc(want, func(name string) bool { return name == CheckZip })
		}
		if !slices.Equal(names, want) {
			t.Errorf("checks came as %s", names)
		}
		b, err := os.ReadFile(filepath.Join(dir, ManifestPath))
		if err != nil || v.Identity != evidence.Sum(b) || v.Manifest.Organization != "Example Corp" {
			t.Errorf("identity %s, manifest %+v, %v", v.Identity, v.Manifest, err)
		}
	}
}

func TestVerifyLeavesSealAlone(t *testing.T) {
	dir := newFixture(t, 3).seal(t)
	if err := os.MkdirAll(filepath.Join(dir, "seal"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "seal", "manifest.sig"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if checks, v := verifyPath(t, dir); v.Failed != 0 {
		t.Error(format(checks))
	}
	if _, err := Seal(dir, fixtureInfo, fixtureMasking); err == nil || !strings.Contains(err.Error(), "signed already") {
		t.Errorf("sealing a signed pack: %v", err)
	}
}

// Every byte of every file counts: whichever is flipped, a check names the file.
func TestEveryByteCounts(t *testing.T) {
	dir := newPast(t).seal(t)
	p, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := p.Names()
	p.Close()
	rnd := rand.New(rand.NewSource(1))
	rounds := 25
	if testing.Short() {
		rounds = 4
	}
	for _, name := range names {
		path := filepath.Join(dir, filepath.FromSlash(name))
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for round := range min(rounds, len(whole)) {
			b := bytes.Clone(whole)
			at := rnd.Intn(len(b))
			b[at] ^= 1 << rnd.Intn(8)
			if err := os.WriteFile(path, b, 0o644); err != nil {
				t.Fatal(err)
			}
			expectNamed(t, dir, name, fmt.Sprintf("byte %d of the folder's %s", at, name))
			if round < 3 {
				out := filepath.Join(t.TempDir(), "p.zip")
				if err := Zip(dir, out); err != nil {
					t.Fatal(err)
				}
				expectNamed(t, out, name, fmt.Sprintf("byte %d of the ZIP's %s", at, name))
			}
		}
		if err := os.WriteFile(path, whole, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if checks, v := verifyPath(t, dir); v.Failed != 0 {
		t.Errorf("restored:\n%s", format(checks))
	}
}

func expectNamed(t *testing.T, pack, name, what string) {
	t.Helper()
	checks, v := verifyPath(t, pack)
	for _, c := range bad(checks) {
		if c.Path == name {
			return
		}
	}
	t.Errorf("%s: no failed check names it (%d failed)\n%s", what, v.Failed, format(checks))
}

// Every bit of the archive counts, those too that no reader looks at: times, versions, the padding inside compressed data.
func TestEveryBitOfTheArchiveCounts(t *testing.T) {
	dir := newFixture(t, 3).seal(t)
	if err := os.MkdirAll(filepath.Join(dir, "seal"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "seal", "x.sig"), []byte("signed signed signed"), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "p.zip")
	if err := Zip(dir, out); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if checks, v := verifyPath(t, out); v.Failed != 0 {
		t.Fatal(format(checks))
	}
	step := 23
	if testing.Short() {
		step = 131
	}
	var bits []int
	for at := 0; at < 8*len(whole); at += step {
		bits = append(bits, at)
	}
	zr, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range zr.File { // where compressed data end there are bits that mean nothing
		start, err := f.DataOffset()
		if err != nil {
			t.Fatal(err)
		}
		for bit := range 16 {
			bits = append(bits, 8*int(start+int64(f.CompressedSize64)-2)+bit)
		}
	}
	b := bytes.Clone(whole)
	for _, at := range bits {
		b[at/8] ^= 1 << (at % 8)
		if p, err := openBytes(b); err == nil {
			if v := Verify(p, func(Check) {}); v.Failed == 0 {
				t.Errorf("bit %d of byte %d of %d changes nothing that verify sees", at%8, at/8, len(whole))
			}
		}
		b[at/8] = whole[at/8]
	}
}

// What an attacker changes and then digests again must still contradict something.
func TestVerifyFindsContradictions(t *testing.T) {
	tape := EvidencePath("000011112222", "eu-west-1", "kms")
	edit := func(name, old, new string) func(*testing.T, fixture) {
		return func(t *testing.T, f fixture) {
			t.Helper()
			if !bytes.Contains(f[name], []byte(old)) {
				t.Fatalf("%s has no %s", name, old)
			}
			f[name] = bytes.Replace(f[name], []byte(old), []byte(new), 1)
		}
	}
	results := func(change func(*assess.Assessment)) func(*testing.T, fixture) {
		return func(t *testing.T, f fixture) {
			a := f.assessment(t)
			change(&a)
			f.setAssessment(t, a)
		}
	}
	for _, c := range []struct {
		name   string
		change func(*testing.T, fixture)
		check  string
		path   string
		line   int
		detail string
	}{
		{"a body", edit(tape, `{\"Keys\":`, `{\"Kex\":`), CheckEvidence, tape, 1, "was altered"},
		{"a region", edit(tape, `"region":"eu-west-1"`, `"region":"eu-west-2"`), CheckEvidence, tape, 1, "was altered"},
		{"a line twice", func(t *testing.T, f fixture) {
			first, _, _ := bytes.Cut(f[tape], []byte("\n"))
			f[tape] = append(f[tape], append(first, '\n')...)
		}, CheckEvidence, tape, 12, "stands already at " + tape + ":1"},
		{"a line cut off", func(t *testing.T, f fixture) { f[tape] = f[tape][:len(f[tape])-1] }, CheckEvidence, tape, 11, "no newline"},
		{"a line gone", func(t *testing.T, f fixture) {
			_, rest, _ := bytes.Cut(f[tape], []byte("\n"))
			f[tape] = rest
		}, CheckRecords, RecordsPath("kms.key"), 1, "not on the tape"},
		{"a line gone, by the ledger", func(t *testing.T, f fixture) {
			_, rest, _ := bytes.Cut(f[tape], []byte("\n"))
			f[tape] = rest
		}, CheckLedger, GapsPath, 3, `"ListKeys" counts 1 exchanges; the tape has 0`},
		{"a line re-digested in another place", func(t *testing.T, f fixture) {
			ex := exchangeOf("000011112222", "eu-west-1", "ListKeys", "{}", "{}")
			ex.Sequence = 4
			f[tape] = append(f[tape], tapeLineOf(t, ex)...)
		}, CheckEvidence, tape, 12, "not the id of its own question"},
		{"a line in the wrong file", func(t *testing.T, f fixture) {
			f[tape] = append(f[tape], tapeLineOf(t, exchangeOf("444455556666", "eu-west-1", "ListKeys", "{}", "{}"))...)
		}, CheckEvidence, tape, 12, "wrong file"},
		{"a member twice", func(t *testing.T, f fixture) {
			line := tapeLineOf(t, exchangeOf("000011112222", "eu-west-1", "ListKeys", "{}", "{}"))
			_, rest, _ := bytes.Cut(f[tape], []byte("\n"))
			line = bytes.Replace(line, []byte(`,"attempts":`), []byte(`,"status":200,"attempts":`), 1)
			i := bytes.LastIndex(line, []byte(sealKey))
			f[tape] = append(fmt.Appendf(nil, "%s%s%s\"}\n", line[:i], sealKey, evidence.Sum(line[:i])), rest...)
		}, CheckEvidence, tape, 1, "stands twice"},
		{"a cell without an outcome", edit(GapsPath, `"outcome":"not-called"`, `"outcome":""`), CheckLedger, GapsPath, 2, "no outcome"},
		{"a cell gone", func(t *testing.T, f fixture) {
			_, rest, _ := bytes.Cut(f[GapsPath], []byte("\n"))
			f[GapsPath] = rest
		}, CheckLedger, GapsPath, 0, "not planned"},
		{"a gap gone", func(t *testing.T, f fixture) {
			i := bytes.LastIndexByte(f[GapsPath][:len(f[GapsPath])-1], '\n')
			f[GapsPath] = f[GapsPath][:i+1]
		}, CheckLedger, GapsPath, 4, "0 gaps are listed"},
		{"a gap gone, by the records", func(t *testing.T, f fixture) {
			i := bytes.LastIndexByte(f[GapsPath][:len(f[GapsPath])-1], '\n')
			f[GapsPath] = f[GapsPath][:i+1]
		}, CheckRecords, RecordsPath("kms.key"), 12, "not in gaps.jsonl"},
		{"a gap's reason", edit(GapsPath, `"code":"AccessDeniedException"`, `"code":"NotFoundException"`), CheckLedger, GapsPath, 7, "not the id of what it says"},
		{"a gap made an answer", edit(GapsPath, `"outcome":"denied","code"`, `"outcome":"collected","code"`), CheckLedger, GapsPath, 7, "which is none"},
		{"an unknown word in the ledger", edit(GapsPath, `"exchanges":10`, `"exchanges":10,"Exchanges":10`), CheckLedger, GapsPath, 1, "Exchanges"},
		{"a record gone", func(t *testing.T, f fixture) {
			_, rest, _ := bytes.Cut(f[RecordsPath("kms.key")], []byte("\n"))
			f[RecordsPath("kms.key")] = rest
		}, CheckConsistent, RecordsPath("kms.key"), 0, "has 19 records"},
		{"a record changed", edit(RecordsPath("kms.key"), `"state":"Disabled"`, `"state":"Enabled"`), CheckConsistent, RecordsPath("kms.key"), 0, "has the SHA-256"},
		{"a record with two evidences", edit(RecordsPath("kms.key"), `"state":`, `"Evidence":[],"state":`), CheckRecords, RecordsPath("kms.key"), 1, "Evidence"},
		{"a population hidden", func(t *testing.T, f fixture) { delete(f, RecordsPath("kms.alias")) }, CheckConsistent, RecordsPath("kms.alias"), 0, "is missing"},
		{"a population added", func(t *testing.T, f fixture) { f[RecordsPath("kms.grant")] = nil }, CheckConsistent, RecordsPath("kms.grant"), 0, "does not know"},
		{"a control made met", results(func(a *assess.Assessment) { a.Frameworks[0].Controls[0].Result = assess.Met }), CheckResults, AssessmentPath, 0, `the worst of its tests is "exception"`},
		{"a control outside AWS made met", results(func(a *assess.Assessment) { a.Frameworks[0].Controls[3].Result = assess.Met }), CheckResults, AssessmentPath, 0, `the worst of its tests is "manual"`},
		{"a control that nothing shows", results(func(a *assess.Assessment) { a.Frameworks[0].Controls[3].Outside = "" }), CheckResults, AssessmentPath, 0, "nor where to look"},
		{"a test made met", results(func(a *assess.Assessment) { a.Tests[0].Result = assess.Met }), CheckResults, AssessmentPath, 0, `make it "exception"`},
		{"no result", results(func(a *assess.Assessment) { a.Tests[0].Result = "" }), CheckResults, AssessmentPath, 0, "which is none"},
		{"a manual test made met", results(func(a *assess.Assessment) { a.Tests[1].Result = assess.Met }), CheckResults, AssessmentPath, 0, "only a person"},
		{"an exception dropped", results(func(a *assess.Assessment) { a.Tests[0].Exceptions = a.Tests[0].Exceptions[1:] }), CheckResults, AssessmentPath, 0, "counts 2 exceptions and lists 1"},
		{"an exception dropped and uncounted", results(func(a *assess.Assessment) {
			a.Tests[0].Exceptions = a.Tests[0].Exceptions[1:]
			a.Tests[0].ExceptionCount--
		}), CheckResults, AssessmentPath, 0, "are not the 20 selected"},
		{"records deselected", results(func(a *assess.Assessment) { a.Tests[0].Size = 18 }), CheckResults, AssessmentPath, 0, "its population has 20"},
		{"an exception of nothing", results(func(a *assess.Assessment) { a.Tests[0].Exceptions[0].Record = "arn:x" }), CheckResults, AssessmentPath, 0, "is in no population"},
		{"evidence invented", results(func(a *assess.Assessment) {
			a.Tests[0].Exceptions[0].Evidence = []string{"E-0123456789abcdef"}
		}), CheckResults, AssessmentPath, 0, "not on the tape"},
		{"a gap invented", results(func(a *assess.Assessment) { a.Tests[0].Gaps = []string{"G-0123456789abcdef"} }), CheckResults, AssessmentPath, 0, "not in gaps.jsonl"},
		{"undecided without a reason", results(func(a *assess.Assessment) { a.Tests[0].Unknowns[0].Fields = nil }), CheckResults, AssessmentPath, 0, "without a reason"},
		{"a test not there", results(func(a *assess.Assessment) { a.Frameworks[0].Controls[1].Tests = []string{"other"} }), CheckResults, AssessmentPath, 0, `its test "other"`},
		{"a control without anything", results(func(a *assess.Assessment) { a.Frameworks[0].Controls[2].NotApplicable = "" }), CheckResults, AssessmentPath, 0, "it has no test"},
		{"whole with gaps", results(func(a *assess.Assessment) { a.Populations[1].Complete = false }), CheckConsistent, AssessmentPath, 0, "called complete"},
		{"another scope", results(func(a *assess.Assessment) { a.Scope.Accounts = a.Scope.Accounts[:1] }), CheckConsistent, AssessmentPath, 0, "another scope"},
		{"another organization", results(func(a *assess.Assessment) { a.Organization = "Other Corp" }), CheckConsistent, AssessmentPath, 0, "Other Corp"},
		{"another period in the run", edit(RunPath, "2026-07-01", "2026-06-01"), CheckConsistent, ManifestPath, 0, "is about"},
		{"a result twice", edit(AssessmentPath, `"result": "exception"`, `"result": "met", "result": "exception"`), CheckResults, AssessmentPath, 0, "stands twice"},
		{"a result in capitals", edit(AssessmentPath, `"result": "exception"`, `"result": "exception", "Result": "met"`), CheckResults, AssessmentPath, 0, `"Result"`},
		{"more behind the assessment", func(t *testing.T, f fixture) { f[AssessmentPath] = append(f[AssessmentPath], "{}"...) }, CheckResults, AssessmentPath, 0, "more follows"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t, 10)
			c.change(t, f)
			checks, _ := verifyPath(t, f.seal(t))
			for _, got := range bad(checks) {
				if got.Name == c.check && got.Path == c.path && got.Line == c.line && strings.Contains(got.Detail, c.detail) {
					return
				}
			}
			t.Errorf("no %s fails at %s:%d with %q\n%s", c.check, c.path, c.line, c.detail, format(checks))
		})
	}
}

func TestVerifyMissingAndAdded(t *testing.T) {
	dir := newPast(t).seal(t)
	for _, name := range []string{ManifestPath, SumsPath, ReadmePath, AuditPath, GapsPath, AssessmentPath, RunPath, FrameworksDir + "demo.yaml", ReportPath, HistoryPath("kms.key"), TimelinePath, EvidencePath("000011112222", "eu-west-1", "kms")} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		expectNamed(t, dir, name, name+" taken away")
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{".DS_Store", "manual/more.txt", "history/kms.alias.jsonl", "evidence/000011112222/eu-west-1/s3.jsonl"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		expectNamed(t, dir, name, name+" added")
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

func TestVerifyLaterFormat(t *testing.T) {
	dir := newFixture(t, 3).seal(t)
	path := filepath.Join(dir, ManifestPath)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b = bytes.Replace(b, []byte(`"format": 1`), []byte(`"format": 2`), 1)
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	checks, _ := verifyPath(t, dir)
	for _, c := range checks {
		if c.OK {
			t.Errorf("%s is OK in a format that is not known", c.Name)
		}
	}
	if !strings.Contains(checks[0].Detail, "later auditseal") {
		t.Errorf("it says %q", checks[0].Detail)
	}
}

func TestVerifyReportsFewPlaces(t *testing.T) {
	f := newFixture(t, 200)
	f[RecordsPath("kms.key")] = bytes.ReplaceAll(f[RecordsPath("kms.key")], []byte(`"evidence":["E-`), []byte(`"evidence":["E-f`))
	checks, v := verifyPath(t, f.seal(t))
	n := 0
	for _, c := range bad(checks) {
		if c.Name == CheckRecords {
			n++
		}
	}
	if n != maxPlaces+1 || v.Failed < 400 {
		t.Errorf("%d places of %d were reported, want %d", n, v.Failed, maxPlaces+1)
	}
}

// A line may be longer than any buffer, and costs no memory for it.
func TestVerifyLongLine(t *testing.T) {
	f := newFixture(t, 3)
	name := EvidencePath("000011112222", "eu-west-1", "kms")
	_, rest, _ := bytes.Cut(f[name], []byte("\n"))
	long := tapeLineOf(t, exchangeOf("000011112222", "eu-west-1", "ListKeys", "{}", strings.Repeat(`{"é\n"}`, 8<<20/8)))
	f[name] = append(long, rest...)
	dir := f.seal(t)
	if checks, v := verifyPath(t, dir); v.Failed != 0 {
		t.Fatal(format(checks))
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	verifyPath(t, dir)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 6<<20 {
		t.Errorf("a line of %d bytes took %d bytes of memory", len(long), n)
	}
	f[name] = bytes.Replace(f[name], []byte("é"), []byte("e"), 1)
	checks, _ := verifyPath(t, f.seal(t))
	if c := bad(checks); len(c) == 0 || c[0].Path != name || c[0].Line != 1 {
		t.Error(format(checks))
	}
}

func TestExchangeIDAgrees(t *testing.T) {
	ex := exchangeOf("000011112222", "eu-west-1", "ListKeys", "{}", "{}")
	for _, n := range []int{0, 7, 12345} {
		ex.Sequence = n
		ex.ID = evidence.ExchangeID(ex.Account, ex.Region, ex.Collector, ex.Service, ex.Operation, ex.Request.Digest, n)
		var l tapeLine
		if _, err := l.read(newScanner(bytes.NewReader(tapeLineOf(t, ex)))); err != nil {
			t.Errorf("sequence %d: %v", n, err)
		}
	}
}
