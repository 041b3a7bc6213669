package tape_test

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// lineOf is a line as a collector leaves it on the tape.
func lineOf(t testing.TB, account, region, service string, n int) []byte {
	t.Helper()
	r := evidence.Request{Method: "POST", Path: "/", Body: fmt.Sprint(n), Digest: evidence.Sum([]byte(fmt.Sprint(n)))}
	ex := &evidence.Exchange{Account: account, Region: region, Collector: service, Service: service, Operation: "ListKeys", Request: r, Status: 200, Attempts: 1, Body: "{}"}
	ex.ID = evidence.ExchangeID(account, region, service, service, ex.Operation, r.Digest, 0)
	b, err := tape.Encode(ex)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func smallTape(t testing.TB) fstest.MapFS {
	files := fstest.MapFS{}
	for _, name := range []string{"111122223333/eu-west-1/kms", "111122223333/eu-west-1/config", "444455556666/us-east-1/kms"} {
		part := strings.Split(name, "/")
		var data []byte
		for n := range 3 {
			data = append(data, lineOf(t, part[0], part[1], part[2], n)...)
		}
		files[name+".jsonl"] = &fstest.MapFile{Data: data}
	}
	return files
}

// The digest of a tape is one that stock tools make too, and a copy is a copy.
func TestSumIsWhatStockToolsSay(t *testing.T) {
	files, to := smallTape(t), t.TempDir()
	s, accounts, err := tape.Sum(files, to)
	if err != nil || s.Files != 3 || s.Exchanges != 9 || strings.Join(accounts, " ") != "111122223333 444455556666" {
		t.Fatalf("%+v %v %v", s, accounts, err)
	}
	out, err := exec.Command("sh", "-c", `cd "$0" && find . -name '*.jsonl' | sed 's|^\./||' | LC_ALL=C sort | xargs sha256sum | sha256sum`, to).Output()
	if err != nil {
		t.Skip("no sha256sum here")
	}
	if got := strings.Fields(string(out))[0]; got != s.SHA256.String() {
		t.Errorf("sha256sum says %s, Sum says %s", got, s.SHA256)
	}
	for name, f := range files {
		got, err := os.ReadFile(filepath.Join(to, name))
		if err != nil || string(got) != string(f.Data) {
			t.Errorf("%s is not copied: %v", name, err)
		}
	}
	// What is there already is never written over.
	if _, _, err := tape.Sum(files, to); err == nil {
		t.Error("a file was written over")
	}
	if s, accounts, err := tape.Sum(fstest.MapFS{}, ""); err != nil || s.Files != 0 || len(accounts) > 0 || s.SHA256 != evidence.Sum(nil) {
		t.Errorf("an empty tape: %+v %v %v", s, accounts, err)
	}
}

func TestSumRefuses(t *testing.T) {
	const name = "111122223333/eu-west-1/kms.jsonl"
	for what, spoil := range map[string]func(fstest.MapFS){
		"is no file of a tape":  func(m fstest.MapFS) { m["111122223333/eu-west-1/deep/kms.jsonl"] = m[name] },
		"\"kms.jsonl\" is no":   func(m fstest.MapFS) { m["kms.jsonl"] = m[name] },
		"\"11112222333/eu-":     func(m fstest.MapFS) { m["11112222333/eu-west-1/kms.jsonl"] = m[name] },
		"EU-WEST-1":             func(m fstest.MapFS) { m["111122223333/EU-WEST-1/kms.jsonl"] = m[name] },
		"is a link or a device": func(m fstest.MapFS) { m["111122223333/eu-west-1/s3.jsonl"] = &fstest.MapFile{Mode: os.ModeNamedPipe} },
		"belongs in":            func(m fstest.MapFS) { m["444455556666/eu-west-1/kms.jsonl"] = m[name] },
		"it was altered":        func(m fstest.MapFS) { m[name].Data[12] ^= 1 },
		"the line is cut off":   func(m fstest.MapFS) { m[name].Data = m[name].Data[:len(m[name].Data)-1] },
		"stands twice": func(m fstest.MapFS) {
			m[name].Data = append(m[name].Data, lineOf(t, "111122223333", "eu-west-1", "kms", 1)...)
		},
		"the file is empty":       func(m fstest.MapFS) { m[name].Data = nil },
		"what it was asked makes": func(m fstest.MapFS) { m[name].Data = otherID(t, m[name].Data) },
	} {
		files := smallTape(t)
		spoil(files)
		if _, _, err := tape.Sum(files, t.TempDir()); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%q: %v", what, err)
		}
	}
}

// otherID gives the first line another evidence id, with a right digest.
func otherID(t *testing.T, data []byte) []byte {
	line, rest, _ := strings.Cut(string(data), "\n")
	ex, err := tape.Decode([]byte(line))
	if err != nil {
		t.Fatal(err)
	}
	ex.ID = "E-0123456789abcdef"
	b, err := tape.Encode(ex)
	if err != nil {
		t.Fatal(err)
	}
	return append(b, rest...)
}

// Whatever stands in a file of a tape, it is copied whole or refused.
func FuzzSum(f *testing.F) {
	line := lineOf(f, "111122223333", "eu-west-1", "kms", 1)
	f.Add("111122223333/eu-west-1/kms.jsonl", line)
	f.Add("111122223333/eu-west-1/kms.jsonl", append(line, lineOf(f, "111122223333", "eu-west-1", "kms", 2)...))
	f.Add("111122223333/eu-west-1/kms.jsonl", line[:len(line)-1])
	f.Add("../kms.jsonl", line)
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		if !fs.ValidPath(name) {
			return // no file system has such a file
		}
		files, to := fstest.MapFS{name: &fstest.MapFile{Data: data}}, t.TempDir()
		s, accounts, err := tape.Sum(files, to)
		if err != nil || s.Files == 0 {
			return
		}
		got, err := os.ReadFile(filepath.Join(to, name))
		if err != nil || string(got) != string(data) {
			t.Errorf("%q was summed and not copied: %v", name, err)
		}
		if s.Files != 1 || s.Exchanges != strings.Count(string(data), "\n") || s.Bytes != int64(len(data)) || len(accounts) != 1 {
			t.Errorf("%+v %v of %d bytes", s, accounts, len(data))
		}
	})
}
