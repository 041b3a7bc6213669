package pack

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// checkScanned holds the scanner's word against encoding/json.
func checkScanned(t *testing.T, b []byte, err error) {
	t.Helper()
	if err == nil && (!json.Valid(b) || !utf8.Valid(b)) {
		t.Errorf("%q was taken and is not JSON", b)
	}
	var v any
	if json.Unmarshal(b, &v) != nil || err == nil {
		return
	}
	var again bytes.Buffer
	e := json.NewEncoder(&again)
	e.SetEscapeHTML(false)
	if e.Encode(v) == nil && bytes.Equal(bytes.TrimSuffix(again.Bytes(), []byte("\n")), b) && !strings.Contains(err.Error(), "nested") && !strings.Contains(err.Error(), "longer") {
		t.Errorf("%q is as encoding/json writes it and was refused: %v", b, err)
	}
}

func TestScannerRefuses(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":1,"a":2}`:                  "stands twice",
		`{"a":1,"\u0061":2}`:             "stands twice",
		`{"a":{"b":1,"b":1}}`:            "stands twice",
		`{"a": 1}`:                       "not the JSON",
		`{"a":01}`:                       "not the JSON",
		`{"a":"\x"}`:                     "not the JSON",
		`{"a":"\u12g4"}`:                 "not the JSON",
		"{\"a\":\"\xc3\"}":               "not UTF-8",
		"{\"a\":\"\xed\xa0\x80\"}":       "not UTF-8",
		"{\"a\":\"\x01\"}":               "not the JSON",
		`{"a":"x`:                        "ends in the middle",
		`{"a":nul}`:                      "not the JSON",
		`{"a":1}}`:                       "not the JSON",
		strings.Repeat("[", maxDepth+10): "nested deeper",
		``:                               "ends in the middle",
	} {
		s := newScanner(strings.NewReader(in))
		err := s.value(0)
		if err == nil && s.more() {
			err = errNotJSON
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", in, err, want)
		}
		s.free()
	}
}

// An object of many names is read in little time and still knows a name that stands twice.
func TestScannerManyNames(t *testing.T) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i := range 50_000 {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"k` + strings.Repeat("x", i%7) + strings.ToLower(string(rune('a'+i%26))) + strings.Repeat("9", i%11) + `-` + json.Number(strings.Repeat("1", i%3)).String() + itoa(i) + `":0`)
	}
	whole := b.String()
	for tail, want := range map[string]bool{"}": true, `,"k-0":0,"k-0":0}`: false} {
		s := newScanner(strings.NewReader(whole + tail))
		if err := s.value(0); (err == nil) != want {
			t.Errorf("%s: %v", tail, err)
		}
		s.free()
	}
}

func itoa(i int) string { b, _ := json.Marshal(i); return string(b) }
