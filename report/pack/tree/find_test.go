package tree

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

var identities = []string{"Alice Example", "alice@example.com", "+49 170 1234567", "Data", "jane.doe", "Åse Ødegård", `Bo "B" <x> & y`, "aws+000011112222@example.com", "é", "Q",
	"arn:aws:sts::000011112222:assumed-role/Admin/jane.doe"}

func TestWhatCanBeHidden(t *testing.T) {
	f := NewFinder(identities)
	hex64 := strings.Repeat("0123456789abcdef", 4)
	for text, want := range map[string][]string{
		`{"account":"000011112222","n":1000011112222}`:                                 {"account 000011112222"},
		`arn:aws:iam::000011112222:user/jane.doe`:                                      {"account 000011112222", "identity jane.doe"},
		`logs-000011112222-eu, x000011112222y`:                                         {"account 000011112222", "account 000011112222"},
		`00001111222 0000111122223`:                                                    nil,
		`["E-0123456789abcdef","G-0123456789abcdef"]`:                                  {"id E-0123456789abcdef", "id G-0123456789abcdef"},
		`E-0123456789abcdef0 E-0123456789ABCDEF F-0123456789abcdef E-0123456789abcdeg`: nil,
		hex64 + " " + hex64 + "0":                                                      {"id " + hex64},
		`\n` + hex64:                                                                   {"id " + hex64},
		`"etag":"0123456789abcdef0123456789abcdef"`:                                    {"id 0123456789abcdef0123456789abcdef"},
		`AKIAIOSFODNN7EXAMPLE AIDACKCEVSQ6C2EXAMPLE AKIAIOSFODNN7EXAMPL akiaiosfodnn7example XKIAIOSFODNN7EXAMPLE`: {"id AKIAIOSFODNN7EXAMPLE", "id AIDACKCEVSQ6C2EXAMPLE"},
		`ALICE@Example.com wrote to alice example`:              {"identity ALICE@Example.com", "identity alice example"},
		`malice@example.com alice@example.comx`:                 nil,
		`\nalice@example.com,x\tAlice Example`:                  {"identity alice@example.com", "identity Alice Example"},
		`q=user%3Aalice%40example.com&n=Alice+Example`:          {"identity alice%40example.com", "identity Alice+Example"},
		`Data data DATA Database`:                               {"identity Data"},
		`Q q`:                                                   nil,
		`{\"n\":\"Bo \\\"B\\\" <x> & y\"}`:                      {`identity Bo \\\"B\\\" <x> & y`},
		`<n>Bo "B" &lt;x&gt; &amp; y</n>`:                       {`identity Bo "B" &lt;x&gt; &amp; y`},
		`{"n":"Bo \"B\" \u003cx\u003e \u0026 y"}`:               {`identity Bo \"B\" \u003cx\u003e \u0026 y`},
		`"\u00c5se \u00d8deg\u00e5rd" Åse Ødegård`:              {`identity u00c5se \u00d8deg\u00e5rd`, "identity Åse Ødegård"},
		`tel:+49 170 1234567.`:                                  {"identity 49 170 1234567"},
		`aws+000011112222@example.com`:                          {"account+identity aws+000011112222@example.com"},
		`arn:aws:sts::000011112222:assumed-role/Admin/jane.doe`: {"account+identity arn:aws:sts::000011112222:assumed-role/Admin/jane.doe"},
		"\xff000011112222":                                      {"account+id+identity+opaque \xff000011112222"},
	} {
		var got []string
		for _, s := range f.Find([]byte(text), nil) {
			var names []string
			for c, n := range map[Class]string{Account: "account", ID: "id", Identity: "identity", Opaque: "opaque"} {
				if s.Class&c != 0 {
					names = append(names, n)
				}
			}
			slices.SortFunc(names, func(a, b string) int { return len(a) - len(b) })
			name := strings.Join(names, "+")
			name = strings.ReplaceAll(name, "id+opaque+account+identity", "account+id+identity+opaque")
			name = strings.ReplaceAll(name, "id+account+identity", "account+id+identity")
			got = append(got, name+" "+text[s.From:s.To])
		}
		for i, g := range got {
			if strings.HasPrefix(g, "id+") && strings.Contains(g, "opaque") {
				got[i] = "account+id+identity+opaque" + g[strings.IndexByte(g, ' '):]
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n got %q\nwant %q", text, got, want)
		}
	}
}

// whole puts a piece together again.
func whole(p *Piece) []byte {
	var out []byte
	for i := 0; i < len(p.Text); i++ {
		if p.Text[i] == Mark {
			out = append(out, p.Values[binary.BigEndian.Uint32(p.Text[i+1:])]...)
			i += markLen - 1
			continue
		}
		out = append(out, p.Text[i])
	}
	return out
}

var words = append([]string{"000011112222", "999988887777", "E-0123456789abcdef", "E-", "-", " ", `\`, `\n`, `\u00e9`, "%", "%40", "x", "0", "12", "é", "\x00", `"`, "abcdef", "AKIAIOSFODNN7EXAMPLE",
	strings.Repeat("ab", 32), strings.Repeat("1", 32), "\xff", "\xff\x00\x00\x00\x00"}, identities...)

func TestSplittingLosesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	h := NewHasher(NewFinder(identities), new(Secret))
	for range 50000 {
		var text []byte
		for range r.IntN(30) {
			text = append(text, words[r.IntN(len(words))]...)
		}
		p := h.Split(text)
		if !bytes.Equal(whole(p), text) {
			t.Fatalf("%q comes back as %q", text, whole(p))
		}
		for k, v := range p.Values {
			if len(v) == 0 || p.Classes[k] == 0 {
				t.Fatalf("%q: value %d is %q of class %d", text, k, v, p.Classes[k])
			}
			for _, w := range p.Values[:k] {
				if bytes.Equal(v, w) {
					t.Fatalf("%q: the value %q has two numbers", text, v)
				}
			}
		}
	}
}

// findPlainly is find a byte at a time, as it is easiest to read.
func findPlainly(f *Finder, text []byte, out []Span, names bool) []Span {
	n := len(text)
	done := 0 // the end of the last span
	for i := 0; i < n; {
		if kinds[text[i]]&word == 0 {
			i++
			continue
		}
		from := i
		for i < n && kinds[text[i]]&word != 0 {
			i++
		}
		// A word stands from here up to i.
		if from < done {
			from = done
		}
		if from >= i {
			continue
		}
		first := len(out)
		if i-from >= 12 {
			out = lexical(text, from, i, out)
		}
		if i-from == 16 && from-2 >= done && text[from-1] == '-' && (text[from-2] == 'E' || text[from-2] == 'G') && all(text[from:i], lower) {
			out = append(out[:first], Span{from - 2, i, ID})
		}
		if names && (from == 0 || kinds[text[from-1]]&word == 0) {
			if s, ok := f.name(text, from); ok {
				out = f.place(text, out, first, s)
			}
		}
		if len(out) > first {
			done = out[len(out)-1].To
			if done > i {
				i = done
			}
		}
	}
	return out
}

func TestFindIsFindPlainly(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	f := NewFinder(identities)
	for range 200000 {
		var text []byte
		for range r.IntN(40) {
			switch w := words[r.IntN(len(words))]; r.IntN(4) {
			case 0:
				text = append(text, w[:r.IntN(len(w)+1)]...)
			case 1:
				text = append(text, "0123456789ab"[r.IntN(12):]...)
			default:
				text = append(text, w...)
			}
		}
		names := r.IntN(4) > 0
		if got, want := f.find(text, nil, names), findPlainly(f, text, nil, names); !slices.Equal(got, want) {
			t.Fatalf("%q:\n got %v\nwant %v", text, got, want)
		}
	}
}

// BenchmarkFind looks for what can be hidden in a line of a tape, beside a byte at a time.
func BenchmarkFind(b *testing.B) {
	line := []byte(`{"id":"E-0123456789abcdef","account":"000011112222","region":"eu-west-1","collector":"kms","service":"kms","operation":"DescribeKey","sequence":0,"request":{"method":"POST","path":"/","body":"{\"KeyId\":\"1a2b3c4d-1a2b-1a2b-1a2b-1a2b3c4d5e6f\"}","sha256":"` + strings.Repeat("0123456789abcdef", 4) + `"},"endpoint":"https://kms.eu-west-1.amazonaws.com","fips":false,"attempts":1,"status":200,"date":"2026-10-02T08:00:00Z","body":"{\"KeyMetadata\":{\"AWSAccountId\":\"000011112222\",\"Arn\":\"arn:aws:kms:eu-west-1:000011112222:key/1a2b3c4d-1a2b-1a2b-1a2b-1a2b3c4d5e6f\",\"CreationDate\":1700000000.123,\"CustomerMasterKeySpec\":\"SYMMETRIC_DEFAULT\",\"Description\":\"payments of the shop\",\"Enabled\":true,\"EncryptionAlgorithms\":[\"SYMMETRIC_DEFAULT\"],\"KeyManager\":\"CUSTOMER\",\"KeyState\":\"Enabled\",\"KeyUsage\":\"ENCRYPT_DECRYPT\"}}"}`)
	f := NewFinder(identities)
	for _, x := range []struct {
		name string
		find func([]byte, []Span, bool) []Span
	}{{"words", f.find}, {"bytes", func(t []byte, o []Span, n bool) []Span { return findPlainly(f, t, o, n) }}} {
		b.Run(x.name, func(b *testing.B) {
			b.SetBytes(int64(len(line)))
			var out []Span
			for b.Loop() {
				out = x.find(line, out[:0], true)
			}
		})
	}
}

func FuzzSplit(f *testing.F) {
	for _, w := range words {
		f.Add([]byte(w + w))
	}
	h := NewHasher(NewFinder(identities), new(Secret))
	f.Fuzz(func(t *testing.T, text []byte) {
		if p := h.Split(text); !bytes.Equal(whole(p), text) {
			t.Fatalf("%q comes back as %q", text, whole(p))
		}
	})
}

func TestPiecesMakeUpTheFile(t *testing.T) {
	a := "{\n\"format\":1,\n\"frameworks\":[\n" +
		`{"id":"f","controls":[{"id":"1","points":[{"id":"p"}],"t":"}]\"{"},{"id":"2"}]},` + "\n" + `{"id":"g","controls":[]}` + "\n],\n\"tests\":[\n" + `{"id":"t","exceptions":[{"record":"r"}]}` + "\n]\n}\n"
	want := []string{"{\n", "\"format\":1,\n", "\"frameworks\":[\n", `{"id":"f","controls":[`, `{"id":"1","points":[{"id":"p"}],"t":"}]\"{"},`, `{"id":"2"}]},` + "\n", `{"id":"g","controls":[]}` + "\n",
		"],\n", "\"tests\":[\n", `{"id":"t","exceptions":[{"record":"r"}]}` + "\n", "]\n", "}\n"}
	var got []string
	if err := Pieces("assessment.json", strings.NewReader(a), func(p []byte) error { got = append(got, string(p)); return nil }); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	long := strings.Repeat("x", 300<<10)
	for path, text := range map[string]string{"gaps.jsonl": "a\n\n" + long + "\nend", "run.json": "{\n}\n", "records/k.jsonl": "", "audit.yaml": ""} {
		var b strings.Builder
		n := 0
		if err := Pieces(path, strings.NewReader(text), func(p []byte) error { b.Write(p); n++; return nil }); err != nil || b.String() != text {
			t.Errorf("%s: %v", path, err)
		}
		if path == "gaps.jsonl" && n != 4 {
			t.Errorf("%s: %d pieces", path, n)
		}
	}
	for path, want := range map[string]bool{"evidence/0/r/s.jsonl": true, "manifest.json": false, "salt": false, "maskable.jsonl": false, "manual/x.jsonl": false, "frameworks/a/b.yaml": true, "report.pdf": false} {
		if Covered(path) != want {
			t.Errorf("Covered(%q) is %t", path, !want)
		}
	}
}

// A vector is a small pack's tree, checked by another implementation too: testdata/root.py, which was written from the package comment.
type vector struct {
	Secret     string            `json:"secret"`
	Identities []string          `json:"identities"`
	Head       string            `json:"head"`
	Files      map[string]string `json:"files"`
	Root       string            `json:"root"`
}

func TestVector(t *testing.T) {
	b, err := os.ReadFile("testdata/vector.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vector
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for p := range v.Files {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	h := NewHasher(NewFinder(v.Identities), (*Secret)([]byte(v.Secret)))
	var top Builder
	top.Add(h.Leaf(0, 0, []byte(v.Head)), false)
	for i, p := range paths {
		var b Builder
		if err := Pieces(p, strings.NewReader(v.Files[p]), func(piece []byte) error {
			b.Add(h.Leaf(uint32(i+1), b.Size(), piece), false)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		root, _ := b.Root()
		top.Add(h.File(uint32(i+1), p, b.Size(), root), false)
	}
	root, _ := top.Root()
	if got := fmt.Sprintf("%x", root); got != v.Root {
		t.Errorf("the root is %s, and testdata/vector.json has %s: packs of other releases would not verify", got, v.Root)
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 for the other implementation")
	}
	out, err := exec.Command(python, "testdata/root.py", "testdata/vector.json").CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != v.Root {
		t.Errorf("testdata/root.py says %s (%v)", out, err)
	}
}

func BenchmarkLeaf(b *testing.B) {
	line := []byte(`{"id":"E-0123456789abcdef","account":"000011112222","region":"eu-west-1","collector":"kms","service":"kms","operation":"DescribeKey","sequence":0,"request":{"method":"POST","path":"/","body":"{\"KeyId\":\"0c2200f8-ad74-4745-b790-ddd9ac2d1244\"}","sha256":"` + strings.Repeat("0123456789abcdef", 4) + `"},"endpoint":"https://kms.eu-west-1.amazonaws.com","fips":false,"attempts":1,"status":200,"date":"2026-10-02T06:00:00Z","body":"{\"KeyMetadata\":{\"AWSAccountId\":\"000011112222\",\"Arn\":\"arn:aws:kms:eu-west-1:000011112222:key/0c2200f8\",\"Description\":\"Payments and the rest of it, as the owner describes it\"}}","sha256":"` + strings.Repeat("fedcba9876543210", 4) + `"}` + "\n")
	h := NewHasher(NewFinder(identities), new(Secret))
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		h.Leaf(1, 2, line)
	}
}
