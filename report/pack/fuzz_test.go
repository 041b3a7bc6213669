package pack

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// Whatever the bytes, Open gives an error or a file system of safe names that gives no more than it declares.
func FuzzOpen(f *testing.F) {
	dir := newFixture(f, 2).seal(f)
	out := filepath.Join(f.TempDir(), "p.zip")
	if err := Zip(dir, out); err != nil {
		f.Fatal(err)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(makeZip(f, named("a.txt"), named("b/"), named("b/c")))
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := openZip(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		for _, name := range p.Names() {
			if !fs.ValidPath(name) || checkPath(name) != nil {
				t.Fatalf("name %q was let in", name)
			}
			f, err := p.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			n, err := io.Copy(io.Discard, f)
			if n > p.sizes[name] || err == nil && n != p.sizes[name] {
				t.Fatalf("%s gave %d of %d bytes, %v", name, n, p.sizes[name], err)
			}
			f.Close()
		}
	})
}

// Whatever stands in one file, Verify ends, and what it calls good is what was sealed.
func FuzzVerify(f *testing.F) {
	dir := newPast(f).seal(f)
	good, err := Open(dir)
	if err != nil {
		f.Fatal(err)
	}
	defer good.Close()
	files := map[string][]byte{}
	for _, name := range good.Names() {
		b, err := fs.ReadFile(good, name)
		if err != nil {
			f.Fatal(err)
		}
		files[name] = b
		f.Add(name, b)
	}
	f.Fuzz(func(t *testing.T, name string, b []byte) {
		was, ok := files[name]
		if !ok {
			return
		}
		v := Verify(packOf(files, name, b), func(c Check) {
			if c.Name == "" || c.Detail == "" {
				t.Errorf("a check without a word: %+v", c)
			}
		})
		if (v.Failed == 0) != bytes.Equal(was, b) {
			t.Errorf("%s: %d failed", name, v.Failed)
		}
	})
}

// packOf is a pack in memory, with one file replaced.
func packOf(files map[string][]byte, name string, b []byte) *Pack {
	mem := fstest.MapFS{}
	sizes := map[string]int64{}
	for n, content := range files {
		if n == name {
			content = b
		}
		mem[n] = &fstest.MapFile{Data: content}
		sizes[n] = int64(len(content))
	}
	p := &Pack{open: func(n string) (io.ReadCloser, error) { return mem.Open(n) }}
	p.index(sizes)
	return p
}

// The scanner takes what encoding/json writes, and nothing that encoding/json would not read.
func FuzzScanner(f *testing.F) {
	for _, s := range []string{`{"a":[1,-2.5e+3,"x\u00e9\\\"",true,false,null,{}],"b":{"c":""}}`, `{"a":1,"a":2}`, `"é😀"`, "\"\xff\"", `[[[[]]]]`, `{"a" :1}`, "1\n", `"\ud800"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s := newScanner(&slowReader{b})
		defer s.free()
		err := s.value(0)
		if err == nil && s.more() {
			err = errNotJSON
		}
		checkScanned(t, b, err)
	})
}

// slowReader gives one byte at a time, so that every token meets the end of the buffer.
type slowReader struct{ b []byte }

func (r *slowReader) Read(p []byte) (int, error) {
	if len(r.b) == 0 {
		return 0, io.EOF
	}
	p[0], r.b = r.b[0], r.b[1:]
	return 1, nil
}
