package extract

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/report/pack"
	"github.com/auditseal/auditseal/report/pack/tree"
)

// Whatever is asked for, the extract verifies, every text that is not hidden is that of the pack, nothing that is to be hidden stands anywhere,
// and each hidden value can be disclosed.
func TestAnyExtract(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 7))
		files := aRun(t, r)
		dir := seal(t, files, r)
		p := open(t, dir)
		var controls, sets []string
		for k := range 4 {
			if r.IntN(2) == 0 || k == 3 && controls == nil {
				controls = append(controls, []string{"", "fw/"}[r.IntN(2)]+fmt.Sprintf("A-%d", k))
			}
		}
		for _, s := range []string{"account", "identity", "id"} {
			if r.IntN(2) == 0 {
				sets = append(sets, s)
			}
		}
		mask, err := ParseMask(sets)
		if err != nil {
			t.Fatal(err)
		}
		out, s := made(t, p, Options{Controls: controls, Mask: mask})
		x := open(t, out)
		if bad := failures(x); bad != nil {
			t.Fatalf("seed %d, %v %v: %q", seed, controls, sets, bad)
		}
		// Only what stands in base64 may be withheld: all else can be hidden where it stands.
		if n := s.Withheld[leakCoded]; n != 0 && mask == 0 || len(s.Withheld) > min(n, 1) {
			t.Fatalf("seed %d, %v: withheld: %v", seed, sets, s.Withheld)
		}
		got := contents(t, out)
		if again, _ := made(t, p, Options{Controls: controls, Mask: mask}); !maps.EqualFunc(got, contents(t, again), bytes.Equal) {
			t.Fatalf("seed %d: the same extract comes out different", seed)
		}
		all := joined(got)
		for _, secret := range []struct {
			class tree.Class
			words []string
		}{{tree.Account, accounts}, {tree.Identity, people}} {
			for _, w := range secret.words {
				if mask&secret.class != 0 && stands(all, w) {
					t.Fatalf("seed %d, %v: %q stands in the extract", seed, sets, w)
				}
			}
		}
		if bytes.Contains(all, contents(t, dir)[pack.SaltPath]) || bytes.Contains(all, []byte(hex.EncodeToString(contents(t, dir)[pack.SaltPath]))) {
			t.Fatalf("seed %d: the secret stands in the extract", seed)
		}
		checkTexts(t, p, x, got, s)
	}
}

func joined(files map[string][]byte) []byte {
	var b []byte
	for _, name := range slices.Sorted(maps.Keys(files)) {
		b = append(append(b, files[name]...), '\n')
	}
	return b
}

// stands looks for a word in the forms that people know of, by other means than the package's own.
func stands(all []byte, w string) bool {
	low := strings.ToLower(string(all))
	forms := []string{w, strings.ReplaceAll(w, "@", "%40"), strings.ReplaceAll(w, " ", "+"), strings.ReplaceAll(w, " ", "%20"), fmt.Sprintf("%+q", w)[1 : len(fmt.Sprintf("%+q", w))-1], hex.EncodeToString([]byte(w))}
	for _, f := range forms {
		if strings.Contains(low, strings.ToLower(f)) {
			return true
		}
	}
	for shift := range 3 {
		b := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\x00", shift) + w))
		if inner := b[(shift*4+2)/3 : len(b)/4*4-4]; len(inner) > 8 && bytes.Contains(all, []byte(inner)) {
			return true
		}
	}
	return false
}

// checkTexts holds each disclosed text against the pack's, and discloses every hidden value of it.
func checkTexts(t *testing.T, p, x *pack.Pack, got map[string][]byte, s *Summary) {
	t.Helper()
	g, err := p.Grove()
	if err != nil {
		t.Fatal(err)
	}
	file, tried := uint32(0), 0
	for _, l := range linesOf(t, got[LeavesPath]) {
		if l.File != nil {
			file = *l.File
		}
		want, err := textOf(p, g, file, l.Piece)
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range l.Value {
			if v.Hidden == "" {
				continue
			}
			split := tree.NewHasher(g.Finder, g.Secret).Split(want)
			l.Value[k] = value{Value: string(split.Values[k])}
			if tried++; tried > 12 {
				continue
			}
			d, err := Disclose(p, x, file, l.Piece, k+1)
			if err != nil {
				t.Fatal(err)
			}
			if d.Value != string(split.Values[k]) {
				t.Fatalf("%q is disclosed as %q", split.Values[k], d.Value)
			}
			b, err := d.Encode()
			if err != nil {
				t.Fatal(err)
			}
			if d, err = ParseDisclosure(b); err != nil {
				t.Fatal(err)
			}
			if shown, err := CheckDisclosure(x, d); err != nil || !strings.Contains(shown, printable(d.Value)) {
				t.Fatalf("%q: %v", shown, err)
			}
			for what, change := range map[string]func(*Disclosure){
				"another value":  func(d *Disclosure) { d.Value += "x" },
				"another salt":   func(d *Disclosure) { d.Salt[3] ^= 1 },
				"another number": func(d *Disclosure) { d.Number = len(l.Value) + 1 },
				"another root":   func(d *Disclosure) { d.Root[0] ^= 1 },
				"another file":   func(d *Disclosure) { d.File += 1000 },
			} {
				other := *d
				if change(&other); true {
					if _, err := CheckDisclosure(x, &other); err == nil {
						t.Fatalf("%s is taken", what)
					}
				}
			}
		}
		if l.readable() != string(want) {
			t.Fatalf("file %d: %q is not the pack's %q", file, l.readable(), want)
		}
	}
	if s.Masked > 0 && tried == 0 {
		t.Fatal("nothing was disclosed")
	}
}

func TestWhatBelongsToAControl(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 7))
	files := aRun(t, r)
	p := open(t, seal(t, files, r))
	out, s := made(t, p, Options{Controls: []string{"A-0"}})
	got := string(joined(contents(t, out)))
	for _, want := range []string{"A control of Alice Example", `"id":"t0"`, "keys turn", "framework: fw", "records/a.thing.jsonl"} {
		if !strings.Contains(strings.ReplaceAll(got, `\"`, `"`), want) {
			t.Errorf("%q is missing", want)
		}
	}
	for _, not := range []string{"A control of jane.doe", `"id":"t2"`, "framework: other", "a.user", "PDF", "jane.txt", "salt.txt"} {
		if strings.Contains(strings.ReplaceAll(got, `\"`, `"`), not) {
			t.Errorf("%q does not belong there", not)
		}
	}
	records := bytes.Count(files[pack.RecordsPath("a.thing")], []byte("\n"))
	if n := strings.Count(got, `"operation\":\"Get\",\"sequence`); n != records || records == 0 {
		t.Errorf("%d exchanges of %d records", n, records)
	}
	if s.Controls[0] != "fw/A-0" || len(s.Withheld) != 0 {
		t.Errorf("summary %+v", s)
	}
	v := Verify(open(t, out), func(pack.Check) {})
	if !slices.Contains(v.Whole, "records/a.thing.jsonl") || slices.Contains(v.Whole, "gaps.jsonl") {
		t.Errorf("whole: %q", v.Whole)
	}
	// A population that is empty is shown to be.
	out, _ = made(t, p, Options{Controls: []string{"A-2"}})
	if v := Verify(open(t, out), func(pack.Check) {}); !slices.Contains(v.Whole, "records/b.none.jsonl") {
		t.Errorf("whole: %q", v.Whole)
	}
	if _, err := Make(p, filepath.Join(t.TempDir(), "x"), Options{Controls: []string{"A-9"}}); err == nil || !strings.Contains(err.Error(), `"A-9"`) {
		t.Errorf("an unknown control: %v", err)
	}
}

func TestAChangedPackGivesNoExtract(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 7))
	for _, name := range []string{pack.AuditPath, pack.RecordsPath("a.thing"), pack.GapsPath, pack.SaltPath, pack.MaskablePath, pack.FrameworksDir + "other.yaml"} {
		dir := seal(t, aRun(t, r), r)
		file := filepath.Join(dir, filepath.FromSlash(name))
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) == 0 {
			continue
		}
		b[len(b)/2] ^= 1
		if err := os.WriteFile(file, b, 0o644); err != nil {
			t.Fatal(err)
		}
		_, err = Make(open(t, dir), filepath.Join(t.TempDir(), "x"), Options{Controls: []string{"A-0"}})
		var changed *RootError
		if err == nil || name != pack.MaskablePath && !errors.As(err, &changed) {
			t.Errorf("%s was changed, and an extract was made, or: %v", name, err)
		}
	}
}

// A flipped bit is found, whichever it is. Only what is not part of any file's bytes could escape.
func TestEveryBitCounts(t *testing.T) {
	r := rand.New(rand.NewPCG(23, 7))
	dir := seal(t, aRun(t, r), r)
	out, _ := made(t, open(t, dir), Options{Controls: []string{"A-0", "A-2"}, Mask: tree.Account | tree.ID})
	files := contents(t, out)
	step := 1
	if testing.Short() {
		step = 17
	}
	// SHA256SUMS finds all of them. A forger makes it anew, so each file is flipped with the sums made anew too: then the tree, or the
	// forms that follow from it, must find it, or the statement or root that the verifier has.
	root := func(p *pack.Pack) string {
		v := Verify(p, func(pack.Check) {})
		if v.Failed > 0 {
			return ""
		}
		return v.Summary.Tree.Root.String()
	}
	good := root(open(t, out))
	n := 0
	for name, b := range files {
		if len(b) > 6000 && name != LeavesPath {
			b = b[:6000]
		}
		for i := 0; i < len(b)*8; i += step * (1 + len(b)/400) {
			changed := bytes.Clone(files[name])
			changed[i/8] ^= 1 << (i % 8)
			if err := os.WriteFile(filepath.Join(out, filepath.FromSlash(name)), changed, 0o644); err != nil {
				t.Fatal(err)
			}
			p := open(t, out)
			n++
			if got := root(p); got != "" {
				t.Fatalf("%s: bit %d changed, and it verifies", name, i)
			}
			if name != SumsPath {
				sums, err := sumsOf(p)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(out, SumsPath), sums, 0o644); err != nil {
					t.Fatal(err)
				}
				q := open(t, out)
				if got := root(q); got == good && !unbound(changed, files[name]) {
					t.Fatalf("%s: bit %d changed and digested again, and it leads to the same root", name, i)
				}
				if err := os.WriteFile(filepath.Join(out, SumsPath), files[SumsPath], 0o644); err != nil {
					t.Fatal(err)
				}
				q.Close()
			}
			p.Close()
		}
		if err := os.WriteFile(filepath.Join(out, filepath.FromSlash(name)), files[name], 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if n < 1000 {
		t.Errorf("only %d bits were tried", n)
	}
}

// unbound reports whether the change is one in what extract.json says by its maker's word alone: README.txt would have to follow it.
func unbound(_, _ []byte) bool { return false }

// With accounts hidden, no digest in the extract can be made from the account and what else the extract shows: a guess cannot be confirmed.
func TestAGuessCannotBeConfirmed(t *testing.T) {
	r := rand.New(rand.NewPCG(35, 7))
	files := aRun(t, r)
	dir := seal(t, files, r)
	p := open(t, dir)
	mask, err := ParseMask([]string{"account"})
	if err != nil {
		t.Fatal(err)
	}
	out, _ := made(t, p, Options{Controls: []string{"A-0", "A-1", "A-3"}, Mask: mask})
	got := contents(t, out)
	all := joined(got)
	// All digests of the extract, whole and as ids are cut from them.
	digests := map[string]bool{}
	for i := 0; i+64 <= len(all); i++ {
		if isHex(all[i : i+64]) {
			digests[string(all[i:i+64])] = true
		}
	}
	if len(digests) < 80 {
		t.Fatalf("only %d digests", len(digests))
	}
	tried := 0
	check := func(guess []byte) {
		for _, sum := range [][]byte{sum256(guess), sum256(append([]byte{0}, guess...)), sum256(append([]byte{2}, guess...)), sum1(guess), sumMD5(guess), sum256(sum256(guess))} {
			tried++
			h := hex.EncodeToString(sum)
			if digests[h] || len(h) >= 16 && bytes.Contains(all, []byte("E-"+h[:16])) {
				t.Fatalf("the guess %.80q is confirmed by %s", guess, h)
			}
		}
	}
	salts := [][]byte{nil}
	var known []string
	for _, l := range linesOf(t, got[LeavesPath]) {
		salts = append(salts, l.Salt[:])
		known = append(known, string(l.Text), l.readable())
		for _, v := range l.Value {
			if v.Hidden == "" {
				salts = append(salts, v.Salt[:])
			}
		}
	}
	for _, account := range accounts {
		check([]byte(account))
		for _, salt := range salts {
			check(append(bytes.Clone(salt), account...))
			m := hmac.New(sha256.New, salt)
			m.Write([]byte(account))
			if digests[hex.EncodeToString(m.Sum(nil))] {
				t.Fatal("the guess is confirmed by an HMAC")
			}
		}
		for _, k := range known {
			for i := range 6 {
				check([]byte(strings.ReplaceAll(k, fmt.Sprintf("[account %d]", i+1), account)))
			}
		}
	}
	// What the pack itself holds of the hidden: its files, lines, ids and requests, all of which follow from a guess of the accounts.
	for name, b := range contents(t, dir) {
		if name == pack.SaltPath || name == pack.ManifestPath || name == pack.SumsPath {
			continue
		}
		check(b)
		check([]byte(name))
		for l := range bytes.Lines(b) {
			check(l)
			check(bytes.TrimSuffix(l, []byte("\n")))
		}
	}
	for name, b := range files {
		if !strings.HasPrefix(name, pack.EvidenceDir) {
			continue
		}
		for l := range bytes.Lines(b) {
			if id := evidenceID(l); bytes.Contains(all, []byte(id)) {
				t.Fatalf("the evidence id %s stands in the extract", id)
			}
		}
	}
	if tried < 5000 {
		t.Errorf("only %d guesses", tried)
	}
}

func sum256(b []byte) []byte { s := sha256.Sum256(b); return s[:] }
func sum1(b []byte) []byte   { s := sha1.Sum(b); return s[:] }
func sumMD5(b []byte) []byte { s := md5.Sum(b); return s[:] }

func TestLeaks(t *testing.T) {
	f := tree.NewFinder(people)
	l := newLeaks(tree.Account|tree.Identity|tree.ID, f, people)
	l.accounts["000011112222"] = true
	b64 := base64.StdEncoding.EncodeToString
	for text, want := range map[string]string{
		"nothing at all, [account 1]":                                     "",
		"n000011112222000":                                                leakPlain,
		"xalice@example.comx":                                             leakPlain,
		`\u0061lice\u0040example.com`:                                     leakCoded,
		`\\\"0000\\u00311112222`:                                          leakCoded,
		"%30%30%30%30%31%31%31%31%32%32%32%32":                            leakCoded,
		"%2561lice%2540example%252Ecom":                                   leakCoded,
		"alice&#64;example.com":                                           leakCoded,
		"x" + b64([]byte("the user alice@example.com of it")):             leakCoded,
		b64([]byte(b64([]byte("account 000011112222 it is")))):            leakCoded,
		base64.URLEncoding.EncodeToString([]byte("??>>000011112222>>??")): leakCoded,
		"H4sIAAAAAAAA/0vMyUxOVXBIrUjMLchJBQB0J2p0EgAAAAAAAAAAAAAA":        leakPacked,
		`{"body":"x","encoding":"base64"}`:                                leakPacked,
	} {
		if got := l.find([]byte(text)); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if why := newLeaks(0, f, people).find([]byte("alice@example.com")); why != "" {
		t.Errorf("nothing is to be hidden, and yet: %s", why)
	}
}

// Changes that a forger makes, with everything digested again.
func TestForgeries(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 7))
	dir := seal(t, aRun(t, r), r)
	mask, _ := ParseMask([]string{"account"})
	out, _ := made(t, open(t, dir), Options{Controls: []string{"A-0", "A-1", "A-3"}, Mask: mask})
	files := contents(t, out)
	lines := strings.SplitAfter(string(files[LeavesPath]), "\n")
	lines = lines[:len(lines)-1]
	pieces := func() (at []int) {
		for i, l := range lines {
			if strings.HasPrefix(l, `{"piece"`) {
				at = append(at, i)
			}
		}
		return at
	}()
	for what, change := range map[string]func() []string{
		"a line less":  func() []string { return slices.Delete(slices.Clone(lines), pieces[2], pieces[2]+1) },
		"a line twice": func() []string { return slices.Insert(slices.Clone(lines), pieces[2], lines[pieces[2]]) },
		"lines in disorder": func() []string {
			l := slices.Clone(lines)
			l[pieces[1]], l[pieces[2]] = l[pieces[2]], l[pieces[1]]
			return l
		},
		"trailing data": func() []string { return append(slices.Clone(lines), "{}\n") },
		"a blank line":  func() []string { return append(slices.Clone(lines), "\n") },
		"cut off": func() []string {
			l := slices.Clone(lines)
			l[len(l)-1] = strings.TrimSuffix(l[len(l)-1], "\n")
			return l
		},
		"an unknown member": func() []string { l := slices.Clone(lines); l[3] = strings.Replace(l[3], "{", `{"x":1,`, 1); return l },
		"a member twice": func() []string {
			l := slices.Clone(lines)
			l[3] = strings.Replace(l[3], `"salt":`, `"salt":"","salt":`, 1)
			return l
		},
		"a member in capitals": func() []string {
			l := slices.Clone(lines)
			l[3] = strings.Replace(l[3], `"salt":`, `"Salt":`, 1)
			return l
		},
		"nothing": func() []string { return nil },
		"a deep line": func() []string {
			return append(slices.Clone(lines), `{"piece":1,"salt":"","text":`+strings.Repeat("[", 100000)+"\n")
		},
		"a number too large": func() []string {
			l := slices.Clone(lines)
			l[pieces[0]] = strings.Replace(l[pieces[0]], `"text":[`, `"text":[99999999999,`, 1)
			return l
		},
		"a text in two": func() []string {
			l := slices.Clone(lines)
			l[pieces[0]] = strings.Replace(l[pieces[0]], `"text":["`, `"text":["","`, 1)
			return l
		},
		"swapped values": func() []string {
			l := slices.Clone(lines)
			for i, s := range l {
				x := linesOf(t, []byte(s))[0]
				if len(x.Value) > 1 && x.Value[0].Hidden != "" {
					x.Value[0], x.Value[1] = x.Value[1], x.Value[0]
					b, err := encode(&x)
					if err != nil {
						t.Fatal(err)
					}
					l[i] = string(b)
					return l
				}
			}
			t.Fatal("no line has two values")
			return nil
		},
		"an account claimed": func() []string {
			l := slices.Clone(lines)
			for i, s := range l {
				x := linesOf(t, []byte(s))[0]
				if len(x.Value) > 0 && x.Value[0].Hidden != "" {
					x.Value[0] = value{Salt: evidence.Digest{1}, Value: "999988887777"}
					b, err := encode(&x)
					if err != nil {
						t.Fatal(err)
					}
					l[i] = string(b)
					return l
				}
			}
			return nil
		},
	} {
		if err := os.WriteFile(filepath.Join(out, LeavesPath), []byte(strings.Join(change(), "")), 0o644); err != nil {
			t.Fatal(err)
		}
		p := open(t, out)
		sums, err := sumsOf(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(out, SumsPath), sums, 0o644); err != nil {
			t.Fatal(err)
		}
		if bad := failures(open(t, out)); bad == nil {
			t.Errorf("%s: it verifies", what)
		} else if strings.HasPrefix(bad[0], CheckFiles) {
			t.Errorf("%s: %s", what, bad[0])
		}
	}
}

// What stands beside the leaves counts too: the numbers in extract.json, and files that are none of an extract's.
func TestStrangers(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 7))
	dir := seal(t, aRun(t, r), r)
	out, s := made(t, open(t, dir), Options{Controls: []string{"A-0"}})
	leaves := contents(t, out)[LeavesPath]
	for i := range 4 {
		other := *s
		*[]*int{&other.Files, &other.Pieces, &other.Values, &other.Masked}[i]++
		x := newReader(bytes.NewReader(leaves), &other)
		x.view = func(string) (io.WriteCloser, error) { return nopCloser{io.Discard}, nil }
		if err := x.run(); err == nil || !strings.Contains(err.Error(), "counts") {
			t.Errorf("number %d is wrong: %v", i, err)
		}
	}
	for _, name := range []string{"salt", "manifest.json", "seal/key.jsonl", "readable/99999.txt", "seal/statement.tsr", "other"} {
		file := filepath.Join(out, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
		sums, err := sumsOf(open(t, out))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(out, SumsPath), sums, 0o644); err != nil {
			t.Fatal(err)
		}
		if bad := failures(open(t, out)); bad == nil {
			t.Errorf("%s: it verifies", name)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	r := rand.New(rand.NewPCG(41, 7))
	dir := seal(f, aRun(f, r), r)
	mask, _ := ParseMask([]string{"account"})
	out, s := made(f, open(f, dir), Options{Controls: []string{"A-2"}, Mask: mask})
	files := contents(f, out)
	f.Add(files[LeavesPath], files[SummaryPath])
	f.Fuzz(func(t *testing.T, leaves, summary []byte) {
		sum, err := parseSummary(summary)
		if err != nil {
			sum = s
		}
		x := newReader(bytes.NewReader(leaves), sum)
		x.view = func(string) (io.WriteCloser, error) { return nopCloser{io.Discard}, nil }
		if err := x.run(); err == nil && sum.Tree.Root == s.Tree.Root && sum.Tree.Size == s.Tree.Size {
			// What verifies leads to the root, so each of its texts is the pack's.
			for l := range bytes.Lines(leaves) {
				if !bytes.Contains(files[LeavesPath], l) {
					t.Fatalf("%q is not the pack's and verifies", l)
				}
			}
		}
		_ = readme(sum, x.head, x.index)
	})
}
