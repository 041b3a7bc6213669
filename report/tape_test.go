package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// Stepping over a line's members finds the same names and values as decoding it does.
func FuzzMembers(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":1}`, `{"a":"x\\\"y","b":{"c":["}",{"d":"]"}]},"e":null}`, `{"a":true,"a":false}`, `{"a":"\\"}`, `{"":[],"b":-1.5e+7}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var compact bytes.Buffer
		var want map[string]json.RawMessage
		if json.Unmarshal(b, &want) != nil || want == nil || json.Compact(&compact, b) != nil {
			_ = members(b, func(string, []byte) error { return nil }) // whatever it is, no panic and an end
			return
		}
		got := map[string]string{}
		err := members(compact.Bytes(), func(name string, raw []byte) error {
			var decoded string
			if err := json.Unmarshal([]byte(`"`+name+`"`), &decoded); err != nil {
				return err
			}
			got[decoded] = string(raw)
			return nil
		})
		if len(want) == 0 {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", compact.Bytes(), err)
		}
		for name, raw := range want {
			if got[name] != string(raw) {
				t.Fatalf("%s: member %q is %s, want %s", compact.Bytes(), name, got[name], raw)
			}
		}
	})
}

func sealed(open string) []byte {
	return []byte(open + `,"sha256":"` + evidence.Sum([]byte(open)).String() + `"}`)
}

func TestIndexLine(t *testing.T) {
	const good = `{"id":"E-1","account":"012345678901","region":"eu-west-1","collector":"kms","service":"kms","operation":"ListKeys","sequence":0,"request":{"method":"POST","path":"/","body":"{\"a\":\"}\"}","sha256":""},` +
		`"endpoint":"https://kms.eu-west-1.amazonaws.com","fips":false,"attempts":2,"status":0,"date":"2026-10-02T06:00:07Z","clock":"local","body":"a \"quoted\" {body} ,\"sha256\":\"x","redactions":[{"pointer":"/a","rule":"secret"},{"pointer":"/b","rule":"secret"}],` +
		`"failure":{"code":"Timeout","message":"no \u001b answer"}`
	x, err := indexLine(sealed(good))
	if err != nil {
		t.Fatal(err)
	}
	if x.ID != "E-1" || x.Account != "012345678901" || x.Failure != "Timeout" || x.Redactions != 2 || x.Attempts != 2 || x.Clock != "local" || x.Date.Second() != 7 {
		t.Errorf("%+v", x)
	}
	for name, line := range map[string][]byte{
		"altered":         bytes.Replace(sealed(good), []byte("ListKeys"), []byte("listKeys"), 1),
		"unknown member":  sealed(strings.Replace(good, `"attempts"`, `"attemps"`, 1)),
		"member twice":    sealed(strings.Replace(good, `"attempts":2`, `"status":200`, 1)),
		"no digest":       []byte(good + "}"),
		"no id":           sealed(strings.Replace(good, `"id":"E-1"`, `"id":""`, 1)),
		"not a date":      sealed(strings.Replace(good, "2026-10-02T", "2026-13-02T", 1)),
		"status a string": sealed(strings.Replace(good, `"status":0`, `"status":"0"`, 1)),
		"empty":           nil,
		"not an object":   sealed(`["a"`),
	} {
		if _, err := indexLine(line); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// A line may be longer than any buffer: a body of megabytes is one line.
func TestLongLines(t *testing.T) {
	dir := t.TempDir()
	long := strings.Repeat("x", 3<<20)
	if err := os.WriteFile(dir+"/a.jsonl", []byte("1\n"+long+"\n3\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var got []string
	for l, err := range lines(os.DirFS(dir), "a.jsonl", nil) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(l.number, " ", len(l.text)))
	}
	if want := fmt.Sprint([]string{"1 1", fmt.Sprint("2 ", len(long)), "3 1"}); fmt.Sprint(got) != want {
		t.Errorf("%v, want %v", got, want)
	}
}
