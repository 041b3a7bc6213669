package assess

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/audit"
)

func sample(t testing.TB) *Assessment {
	t.Helper()
	in := input(load(t, testYAML("x", `it.state == "Fitted"`, `it.closed && it.bolts >= 2`, every, "exception"), testYAML("y", "", `it.closed`, atLeastOne, "exception")),
		open("a<b>&\u2028"), closed("b"), closed("c", "bolts"))
	in.Ledger = ledger(gap("door.lock"))
	in.Accepted = []audit.Exception{{ID: "EX-1", Test: "x", Record: "b", Owner: "o", Approver: "p", Reason: "r", Expires: asOf}}
	return run(t, in)
}

func TestEncode(t *testing.T) {
	a := sample(t)
	var first, second bytes.Buffer
	for _, w := range []*bytes.Buffer{&first, &second} {
		if err := Encode(w, a); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two encodings differ")
	}
	if !json.Valid(first.Bytes()) || strings.Contains(first.String(), `\u003c`) {
		t.Errorf("not JSON as meant:\n%s", first.String())
	}
	back, err := Decode(bytes.NewReader(first.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a, back); diff != "" {
		t.Error(diff)
	}
	var third bytes.Buffer
	if err := Encode(&third, back); err != nil || !bytes.Equal(first.Bytes(), third.Bytes()) {
		t.Errorf("decoded and encoded again it differs (%v)", err)
	}
	// The same members in the same order as encoding/json would give.
	whole, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, first.Bytes()); err != nil {
		t.Fatal(err)
	}
	var x, y any
	json.Unmarshal(whole, &x)
	json.Unmarshal(compact.Bytes(), &y)
	if diff := cmp.Diff(x, y); diff != "" {
		t.Error(diff)
	}
}

func TestEncodeStopsAtAnError(t *testing.T) {
	if err := Encode(full{}, sample(t)); err == nil {
		t.Error("a full disk is no error")
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, bytes.ErrTooLarge }

// Whatever a hand may have changed in it, an assessment that no run could give is refused.
func TestDecodeRefuses(t *testing.T) {
	var b bytes.Buffer
	if err := Encode(&b, sample(t)); err != nil {
		t.Fatal(err)
	}
	good := b.String()
	for _, c := range []struct{ name, old, new, want string }{
		{"a later format", `"format":1`, `"format":2`, "format 2 of assessments is not known here, only 1; use a later release"},
		{"no format", `"format":1,`, ``, "not an assessment: it has no format"},
		{"an unknown member", `"tool":`, `"tools":`, "unknown field"},
		{"no result", `"result":"exception","reason"`, `"result":"","reason"`, `"" is not a result`},
		{"a result of its own", `"result":"exception","reason"`, `"result":"pass","reason"`, `"pass" is not a result`},
		{"made met", `"result":"exception","reason"`, `"result":"met","reason"`, "met, and nothing meets it"},
		{"counts", `"met_count":0`, `"met_count":1`, "are not"},
		{"a control made better", `"id":"C-x","title":"t","result":"exception"`, `"id":"C-x","title":"t","result":"met"`, `control "C-x" is "met", and the worst of its tests is "exception"`},
		{"whole in spite of gaps", `"complete":false`, `"complete":true`, "complete is true with 1 gaps"},
		{"a status", `"status":"orphaned"`, `"status":"fine"`, `"fine" is not a status`},
		{"behind the end", "]\n}\n", "]\n}\n{}", "after top-level value"},
		{"cut off", "]\n}\n", "]\n", "not an assessment"},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := strings.Replace(good, c.old, c.new, 1)
			if src == good {
				t.Fatalf("nothing was changed in:\n%s", good)
			}
			a, err := Decode(strings.NewReader(src))
			if err == nil || a != nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestEncodeRefuses(t *testing.T) {
	for name, change := range map[string]func(*Assessment){
		"the zero result":      func(a *Assessment) { a.Tests[0].Result = "" },
		"the zero control":     func(a *Assessment) { a.Frameworks[0].Controls[0].Result = "" },
		"no format":            func(a *Assessment) { a.Format = 0 },
		"no reason":            func(a *Assessment) { a.Tests[0].Reason = "" },
		"a test twice":         func(a *Assessment) { a.Tests = append(a.Tests, a.Tests[0]) },
		"a control without it": func(a *Assessment) { a.Frameworks[0].Controls[0].Tests = nil },
		"empty is met":         func(a *Assessment) { a.Tests[0].IfEmpty = Met },
		"a finding is lost":    func(a *Assessment) { a.Tests[0].Exceptions = nil },
	} {
		a := sample(t)
		change(a)
		if err := Encode(new(bytes.Buffer), a); err == nil {
			t.Errorf("%s: encoded", name)
		}
	}
}

func TestRecords(t *testing.T) {
	long := strings.Repeat("x", 3<<20)
	content := `{"id":"a","account":"1","region":"r","collected":"2026-10-02T09:00:00Z","evidence":["E-1"],"state":"Open","bolts":2,"closed":false}` + "\n" +
		`{"id":"b","account":"1","region":"r","collected":"2026-10-02T09:00:00Z","evidence":[],"state":"` + long + `","closed":true}` + "\n"
	r := OpenRecords(fstest.MapFS{"door.lock.jsonl": {Data: []byte(content)}, "door.hinge.jsonl": {}}, kinds())
	var got []*lock
	if err := r.Each("door.lock", func(rec evidence.Record) error { got = append(got, rec.(*lock)); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].ID != "a" || *got[0].Bolts != 2 || got[1].State != long || got[1].Bolts != nil {
		t.Errorf("read %d records", len(got))
	}
	if r.Digest("door.lock") != evidence.Sum([]byte(content)) {
		t.Error("the digest is not the file's")
	}
	if err := r.Each("door.hinge", func(evidence.Record) error { t.Error("a record"); return nil }); err != nil || r.Digest("door.hinge") != evidence.Sum(nil) {
		t.Errorf("an empty population: %v", err)
	}
}

func TestRecordsRefuse(t *testing.T) {
	good := `{"id":"a","account":"1","region":"r","collected":"2026-10-02T09:00:00Z","evidence":[],"state":"Open","closed":false}`
	for _, c := range []struct{ name, content, want string }{
		{"unknown member", good + "\n" + strings.Replace(good, "state", "stat", 1) + "\n", `records/door.lock.jsonl:2: json: unknown field "stat"`},
		{"cut off", good, `records/door.lock.jsonl:1: the last line has no end: the file was cut off`},
		{"half a line", good + "\n" + good[:40] + "\n", `records/door.lock.jsonl:2: unexpected EOF`},
		{"empty line", good + "\n\n", `records/door.lock.jsonl:2: the line is empty`},
		{"two on a line", good + good + "\n", `records/door.lock.jsonl:1: something stands behind the record`},
		{"no id", strings.Replace(good, `"a"`, `""`, 1) + "\n", `records/door.lock.jsonl:1: the record has no id`},
		{"null", "null\n", `records/door.lock.jsonl:1: the record has no id`},
		{"wrong type", strings.Replace(good, `false`, `"no"`, 1) + "\n", `records/door.lock.jsonl:1: json: cannot unmarshal`},
	} {
		r := OpenRecords(fstest.MapFS{"door.lock.jsonl": {Data: []byte(c.content)}}, kinds())
		err := r.Each("door.lock", func(evidence.Record) error { return nil })
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
		if !r.Digest("door.lock").IsZero() {
			t.Errorf("%s: a digest of a file that was not read to its end", c.name)
		}
	}
	r := OpenRecords(fstest.MapFS{}, kinds())
	if err := r.Each("door.lock", nil); err == nil || err.Error() != "records/door.lock.jsonl: file does not exist" {
		t.Errorf("a population without its file: %v", err)
	}
	if err := r.Each("door.bell", nil); err == nil {
		t.Error("a kind that is not known")
	}
}

// The whole way from files: records, frameworks, ledger, to an assessment that reads back.
func TestFromFiles(t *testing.T) {
	in := input(load(t, testYAML("x", "", `it.closed`, every, "exception")))
	content := `{"id":"a","account":"111122223333","region":"eu-west-1","collected":"2026-10-02T09:00:00Z","evidence":["E-1"],"state":"Fitted","closed":true}` + "\n"
	rs := OpenRecords(fstest.MapFS{"door.lock.jsonl": {Data: []byte(content)}, "door.hinge.jsonl": {}}, kinds())
	in.Records, in.Digest = rs.Each, rs.Digest
	a := run(t, in)
	if a.Tests[0].Result != Met || a.Populations[1].SHA256 != evidence.Sum([]byte(content)) {
		t.Errorf("got %+v", a)
	}
}

func FuzzDecode(f *testing.F) {
	var b bytes.Buffer
	if err := Encode(&b, sample(f)); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte(`{"format":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := Decode(bytes.NewReader(data))
		if err != nil {
			return
		}
		for _, r := range a.Tests {
			if _, err := Worst(r.Result); err != nil {
				t.Errorf("a result that is none: %q", r.Result)
			}
		}
		if err := Encode(new(bytes.Buffer), a); err != nil {
			t.Errorf("decodes, and does not encode: %v", err)
		}
	})
}
