package report_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/report"
	"github.com/auditseal/auditseal/report/reporttest"
)

func load(t *testing.T) *report.Document {
	t.Helper()
	d, err := report.Load(os.DirFS("testdata/pack"), reporttest.Kinds())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func find[T any](t *testing.T, list []T, ok func(T) bool) T {
	t.Helper()
	for _, x := range list {
		if ok(x) {
			return x
		}
	}
	t.Fatal("not there")
	panic("unreachable")
}

func TestLoadCounts(t *testing.T) {
	d := load(t)
	test := find(t, d.Tests, func(x report.Test) bool { return x.ID == "kms-key-owner-tag" })
	if test.Exceptions.Count <= report.Shown || len(test.Exceptions.First) != report.Shown {
		t.Fatalf("%d exceptions, %d held: the fixture must have more than %d", test.Exceptions.Count, len(test.Exceptions.First), report.Shown)
	}
	for range 2 { // a stream can be ranged over again
		n := 0
		for f, err := range test.Exceptions.All {
			if err != nil {
				t.Fatal(err)
			}
			if n < report.Shown && cmp.Diff(f, test.Exceptions.First[n]) != "" {
				t.Fatalf("exception %d of the stream is not the one held", n)
			}
			n++
		}
		if n != test.Exceptions.Count {
			t.Fatalf("the stream yields %d exceptions of %d", n, test.Exceptions.Count)
		}
	}
	rotation := find(t, d.Tests, func(x report.Test) bool { return x.ID == "kms-key-rotation" })
	if rotation.Exceptions.Accepted != 1 || rotation.Exceptions.Expired != 1 || rotation.Result != assess.Exception {
		t.Errorf("accepted %d, expired %d, result %s: want 1, 1 and exception", rotation.Exceptions.Accepted, rotation.Exceptions.Expired, rotation.Result)
	}
	if got, want := len(rotation.Controls), 2; got != want {
		t.Errorf("kms-key-rotation stands under %d controls, want %d", got, want)
	}
	seen := map[assess.Result]bool{}
	for _, c := range d.ControlCounts {
		seen[c.Result] = c.N > 0
	}
	for _, r := range assess.Results() {
		if !seen[r] && r != assess.NotTested { // that one is of tests over the period alone, and the fixture is of a moment
			t.Errorf("no control of the fixture is %s", r)
		}
	}
	n := 0
	for x, err := range d.Evidence.All {
		if err != nil {
			t.Fatal(err)
		}
		if x.File == "" || x.Line == 0 || x.SHA256.IsZero() {
			t.Fatalf("an exchange without a place: %+v", x)
		}
		n++
	}
	if n != d.Evidence.Count || n == 0 || len(d.Evidence.Missing) != 0 {
		t.Errorf("%d exchanges, %d counted, missing %v", n, d.Evidence.Count, d.Evidence.Missing)
	}
	sum := 0
	for _, f := range d.Evidence.Files {
		sum += f.Exchanges
		b, err := os.ReadFile("testdata/pack/" + f.Path)
		if err != nil || evidence.Sum(b) != f.SHA256 {
			t.Errorf("%s: the digest is not the file's (%v)", f.Path, err)
		}
	}
	if sum != n {
		t.Errorf("the files have %d exchanges, the index %d", sum, n)
	}
}

// Absent, empty, unknown and zero never read the same.
func TestCellStates(t *testing.T) {
	d := load(t)
	keys := find(t, d.Populations, func(p report.Population) bool { return p.Kind == "kms.key" })
	at := map[string]int{}
	for i, c := range keys.Columns {
		at[c.Name] = i
	}
	texts := map[string]map[string]bool{"rotation.enabled": {}, "rotation.period_days": {}, "deletion": {}, "aliases": {}, "tags": {}}
	n := 0
	for row, err := range keys.Rows {
		if err != nil {
			t.Fatal(err)
		}
		n++
		for name, seen := range texts {
			c := row.Cells[at[name]]
			seen[strings.Split(c.Text(), ":")[0]] = true
			if (c.Value == nil) != (c.State != report.Present) || (c.Gap != "") != (c.State == report.Unknown) {
				t.Fatalf("%s: %+v", name, c)
			}
		}
	}
	if n != keys.Size || keys.Complete || keys.Gaps.Count != 3 {
		t.Errorf("%d rows of %d, complete %v, %d gaps; want the list's gap and two of fields", n, keys.Size, keys.Complete, keys.Gaps.Count)
	}
	for name, want := range map[string][]string{"rotation.enabled": {"true", "false", "(unknown"}, "rotation.period_days": {"365", "(absent)", "(unknown"},
		"deletion": {"(absent)"}, "tags": {"{}"}} {
		for _, w := range want {
			if !texts[name][w] {
				t.Errorf("no row has %s %q: %v", name, w, texts[name])
			}
		}
	}
}

func TestLedger(t *testing.T) {
	l := load(t).Ledger
	worst := map[string]evidence.Outcome{}
	for _, p := range l.Places {
		for i, o := range p.Worst {
			worst[p.Account+"/"+p.Region+"/"+l.Collectors[i]] = o
		}
	}
	for at, want := range map[string]evidence.Outcome{
		"222233334444/us-east-1/kms": evidence.Denied, "222233334444/eu-west-1/kms": evidence.Collected, "222233334444/eu-west-1/securityhub": evidence.NotEnabled,
		"333344445555/us-east-1/config": evidence.CutShort, "333344445555/us-east-1/cloudhsm": evidence.Throttled, "111122223333/us-east-1/kms": evidence.Denied,
		"111122223333/eu-west-1/cloudhsm": evidence.Collected, "012345678901/us-east-1/identitycenter": evidence.Skipped, "111122223333/eu-west-1/identitycenter": "",
	} {
		if worst[at] != want {
			t.Errorf("%s is %q, want %q", at, worst[at], want)
		}
	}
	gaps, cells := 0, 0
	for _, err := range l.Gaps {
		if err != nil {
			t.Fatal(err)
		}
		gaps++
	}
	for _, err := range l.Cells {
		if err != nil {
			t.Fatal(err)
		}
		cells++
	}
	if gaps != l.GapCount || cells != l.CellCount || gaps == 0 {
		t.Errorf("%d gaps of %d, %d cells of %d", gaps, l.GapCount, cells, l.CellCount)
	}
}

// A gap under a cell that calls itself collected still shows in the matrix: the worse of the two is believed.
func TestGapOutweighsItsCell(t *testing.T) {
	m := copyPack(t)
	const cell = `{"cell":{"account":"111122223333","region":"us-east-1","collector":"kms","service":"kms","operation":"GetKeyRotationStatus","outcome":"`
	s := string(m["gaps.jsonl"].Data)
	if !strings.Contains(s, cell+`denied"`) {
		t.Fatal("the fixture has no such cell")
	}
	m["gaps.jsonl"].Data = []byte(strings.Replace(s, cell+`denied"`, cell+`collected"`, 1))
	d, err := report.Load(m, reporttest.Kinds())
	if err != nil {
		t.Fatal(err)
	}
	p := find(t, d.Ledger.Places, func(p report.Place) bool { return p.Account == "111122223333" && p.Region == "us-east-1" })
	for i, c := range d.Ledger.Collectors {
		if c == "kms" && p.Worst[i] != evidence.Denied {
			t.Errorf("the matrix says %q over two denied calls", p.Worst[i])
		}
	}
}

func TestRequests(t *testing.T) {
	d := load(t)
	var got []string
	for _, r := range d.Requests {
		got = append(got, r.ID+" "+strings.Join(r.Supplied, ","))
	}
	want := []string{"R-fips-cryptography-FC-7 ", "R-fips-cryptography-FC-9 manual/key-ceremony-2025.txt", "R-identity-center-mfa manual/identity-center-mfa.txt", "R-soc2-2017-CC6.3 "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if s := d.Supplied; len(s) != 2 || s[0].Expired || !s[1].Expired {
		t.Errorf("supplied: %+v; only the second expired before the period ended", s)
	}
}

// A ZIP's files can't seek: the streams read up to their place, and yield the same.
func TestLoadZIP(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if err := w.AddFS(os.DirFS("testdata/pack")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	folder := load(t)
	zipped, err := report.Load(r, reporttest.Kinds())
	if err != nil {
		t.Fatal(err)
	}
	everything := func(d *report.Document) (out []string) {
		fail := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, x := range d.Tests {
			for _, list := range []report.Findings{x.Exceptions, x.Unknowns} {
				for f, err := range list.All {
					fail(err)
					out = append(out, fmt.Sprintf("%s %+v", x.ID, f.Values), f.Record)
				}
			}
		}
		for _, p := range d.Populations {
			for row, err := range p.Rows {
				fail(err)
				for _, c := range row.Cells {
					out = append(out, c.Text())
				}
			}
		}
		for x, err := range d.Evidence.All {
			fail(err)
			out = append(out, fmt.Sprint(x))
		}
		for g, err := range d.Ledger.Gaps {
			fail(err)
			out = append(out, fmt.Sprint(g))
		}
		return out
	}
	if diff := cmp.Diff(everything(folder), everything(zipped)); diff != "" {
		t.Error(diff)
	}
}

// copyPack copies the fixture into memory, to break it.
func copyPack(t *testing.T) fstest.MapFS {
	t.Helper()
	m := fstest.MapFS{}
	err := fs.WalkDir(os.DirFS("testdata/pack"), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile("testdata/pack/" + name)
		m[name] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Whatever is missing, cut or contradictory is an error that names its place, and never a smaller report.
func TestLoadRefuses(t *testing.T) {
	edit := func(name, old, new string) func(fstest.MapFS) {
		return func(m fstest.MapFS) {
			s := string(m[name].Data)
			if !strings.Contains(s, old) {
				panic(name + " has no " + old)
			}
			m[name].Data = []byte(strings.Replace(s, old, new, 1))
		}
	}
	cut := func(name string, n int) func(fstest.MapFS) {
		return func(m fstest.MapFS) { m[name].Data = m[name].Data[:len(m[name].Data)-n] }
	}
	const tape = "evidence/111122223333/eu-west-1/kms.jsonl"
	for _, c := range []struct {
		name   string
		damage func(fstest.MapFS)
		want   string
	}{
		{"unknown member", edit("assessment.json", `"organization":`, `"organisation":`), "assessment.json:"},
		{"unknown member of a finding", edit("assessment.json", `"record":`, `"recrod":`), `unknown field "recrod"`},
		{"misspelt tests", edit("assessment.json", `"tests": [`+"\n    {", `"Tests": [`+"\n    {"), "misspelt"},
		{"misspelt exceptions", edit("assessment.json", `"exceptions": [`, `"Exceptions": [`), "misspelt"},
		{"no result", edit("assessment.json", `"result": "met"`, `"result": ""`), "which is none"},
		{"unknown format", edit("assessment.json", `"format": 1`, `"format": 2`), "format 2"},
		{"unknown run format", edit("run.json", `"format": 1`, `"format": 7`), "format 7"},
		{"another run", edit("run.json", `"as_of": "2026-10-02`, `"as_of": "2026-10-03`), "different runs"},
		{"fewer exceptions than counted", edit("assessment.json", `"exception_count": 4`, `"exception_count": 3`), "counts"},
		{"cut assessment", cut("assessment.json", 40), "assessment.json:"},
		{"more behind the assessment", func(m fstest.MapFS) { m["assessment.json"].Data = append(m["assessment.json"].Data, "{}"...) }, "more follows"},
		{"a lost record", func(m fstest.MapFS) {
			b := m["records/kms.key.jsonl"].Data
			m["records/kms.key.jsonl"].Data = b[strings.IndexByte(string(b), '\n')+1:]
		}, "records/kms.key.jsonl has"},
		{"an altered record", edit("records/kms.key.jsonl", `"state":"Enabled"`, `"state":"Disabled"`), "SHA-256"},
		{"no records file", func(m fstest.MapFS) { delete(m, "records/cloudhsm.cluster.jsonl") }, "cloudhsm.cluster"},
		{"cut record", cut("records/kms.key.jsonl", 1), "cut off"},
		{"no ledger", func(m fstest.MapFS) { delete(m, "gaps.jsonl") }, "gaps.jsonl"},
		{"cut ledger", cut("gaps.jsonl", 5), "cut off"},
		{"a lost gap", func(m fstest.MapFS) {
			b := string(m["gaps.jsonl"].Data)
			m["gaps.jsonl"].Data = []byte(b[:strings.LastIndexByte(b[:len(b)-1], '\n')+1])
		}, "gaps are not there"},
		{"an outcome that is none", edit("gaps.jsonl", `"outcome":"denied"`, `"outcome":"fine"`), "fine"},
		{"a gap that is none", func(m fstest.MapFS) {
			m["gaps.jsonl"].Data = []byte(strings.Replace(string(m["gaps.jsonl"].Data), `"operation":"ListKeys","outcome":"denied","code"`, `"operation":"ListKeys","outcome":"collected","code"`, 1))
		}, "not one of a gap"},
		{"altered evidence", edit(tape, "KeyMetadata", "keyMetadata"), tape + ":2: the line's bytes have"},
		{"cut evidence", cut(tape, 1), "cut off"},
		{"no evidence", func(m fstest.MapFS) {
			for name := range m {
				if strings.HasPrefix(name, "evidence/") {
					delete(m, name)
				}
			}
		}, "evidence"},
		{"manual entry without file", func(m fstest.MapFS) { delete(m, "manual/key-ceremony-2025.txt") }, "which is not there"},
		{"misspelt manual entry", edit("manual/manual.yaml", "owner:", "ownr:"), "manual/manual.yaml"},
		{"stray file on the tape", func(m fstest.MapFS) { m["evidence/notes.txt"] = &fstest.MapFile{Data: []byte("x")} }, "not a file of the tape"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := copyPack(t)
			c.damage(m)
			_, err := report.Load(m, reporttest.Kinds())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestLoadRefusesAnUnknownKind(t *testing.T) {
	_, err := report.Load(os.DirFS("testdata/pack"), reporttest.Kinds()[:6])
	if err == nil || !strings.Contains(err.Error(), "securityhub.hub") {
		t.Errorf("error %v, want one that names securityhub.hub", err)
	}
}

// A stream that breaks after Load says so to whoever ranges over it.
func TestBrokenStream(t *testing.T) {
	m := copyPack(t)
	d, err := report.Load(m, reporttest.Kinds())
	if err != nil {
		t.Fatal(err)
	}
	b := m["records/kms.key.jsonl"].Data
	m["records/kms.key.jsonl"].Data = b[:strings.LastIndexByte(string(b[:len(b)-1]), '\n')+1]
	keys := find(t, d.Populations, func(p report.Population) bool { return p.Kind == "kms.key" })
	var last error
	for _, err := range keys.Rows {
		last = err
	}
	if last == nil {
		t.Error("a population that lost its last record after Load ends without an error")
	}
	m["evidence/111122223333/eu-west-1/kms.jsonl"].Data = []byte("{}\n")
	last = nil
	for _, err := range d.Evidence.All {
		last = errors.Join(last, err)
	}
	if last == nil {
		t.Error("a tape that was altered after Load ends without an error")
	}
}
