//go:build unix

package pack_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/klauspost/compress/flate"
	"golang.org/x/text/unicode/norm"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/report/pack"
	"github.com/auditseal/auditseal/report/pack/deflate"
)

// A kind is one way to change a sealed pack: its files, which is tried on the folder and on a ZIP made of it as auditseal makes one, or the
// bytes of its ZIP.
type kind struct {
	name    string
	files   func(*base, *rand.Rand) change
	archive func(*base, *rand.Rand) []byte
}

// A change is what is done to files.
type change struct {
	set  map[string][]byte
	gone []string
	// special is done in a folder alone, to one path; mode is what a ZIP would say of it.
	special func(path string) error
	at      string
}

func (c change) names() []string {
	return append(slices.Sorted(maps.Keys(c.set)), append(slices.Clone(c.gone), c.at)...)
}

// nothing reports whether everything is as it was.
func (c change) nothing(b *base) bool {
	for name, content := range c.set {
		if was, ok := b.files[name]; !ok || !bytes.Equal(was, content) {
			return false
		}
	}
	return len(c.gone) == 0 && c.special == nil
}

func (c change) apply(dir string) error {
	for _, name := range c.gone {
		if err := os.Remove(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			return err
		}
	}
	for name, content := range c.set {
		if err := writeFile(dir, name, content); err != nil {
			return err
		}
	}
	if c.special != nil {
		return c.special(filepath.Join(dir, filepath.FromSlash(c.at)))
	}
	return nil
}

func (c change) undo(b *base, dir string) error {
	for _, name := range c.names() {
		if name == "" {
			continue
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.RemoveAll(path); err != nil {
			return err
		}
		// Folders that the change made.
		for up := filepath.Dir(path); up != dir && os.Remove(up) == nil; up = filepath.Dir(up) {
		}
		if was, ok := b.files[name]; ok {
			if err := writeFile(dir, name, was); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *base) pick(rnd *rand.Rand) string { return b.names[rnd.IntN(len(b.names))] }

// pickFull picks a file that is not empty.
func (b *base) pickFull(rnd *rand.Rand) string {
	for {
		if name := b.pick(rnd); len(b.files[name]) > 0 {
			return name
		}
	}
}

// edit is a kind that changes the bytes of one file, which is not empty.
func edit(name string, f func(*rand.Rand, []byte) []byte) kind {
	return kind{name: name, files: func(b *base, rnd *rand.Rand) change {
		file := b.pickFull(rnd)
		return change{set: map[string][]byte{file: f(rnd, bytes.Clone(b.files[file]))}}
	}}
}

func lines(b []byte) [][]byte { return bytes.SplitAfter(b, []byte("\n")) }

func noise(rnd *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rnd.Uint32())
	}
	return b
}

// invented are names that a file might be added under: some have a place in a pack, some are left behind by programs, some are hostile.
var invented = []string{"manual/more.txt", "seal/extra.sig", "seal/statement.tsr.old", "evidence/000011112222/eu-west-1/s3.jsonl", "evidence/999911112222/us-east-1/kms.jsonl",
	"records/kms.grant.jsonl", "history/kms.alias.jsonl", "frameworks/other.yaml", "inputs/more.csv", ".DS_Store", "manual/Thumbs.db", "notes.txt", "key.pem", "seal", "SHA256SUMS.asc", "evidence/readme.md",
	"oscal-assessment-results.json", "a/b/c/d/e/f.txt", ".auditseal", "manifest.json.bak", "seal.tmp/SHA256SUMS.sig", "auditseal-seal.tmp"}

// hostile are names that no pack may hold; all of them can stand in a ZIP.
var hostile = []string{"../evil.txt", "../../etc/cron.d/evil", "/etc/passwd", "manual/../../evil", "manual/..", "C:/evil.txt", "c:evil", `..\evil.txt`, `\\server\share\evil`, "//server/share/evil", "manual/evil.txt:stream",
	"manual/evil.txt::$DATA", "manual/nul", "COM1.txt", "manual/evil.", "manual/evil ", " manual/evil", "manual//evil", "./evil", "manual/e\x00vil", "manual/e\nvil", "manual/\u202etxt.exe", "manual/\u200bx", "manual/x\uFEFF", "manual/\xff\xfe",
	strings.Repeat("d/", 40) + "x", strings.Repeat("x", 300), "report.pdf/", "manual/report.pdf\u00a0\u200f", "~", "evidence"}

// kinds are all of them.
func kinds() []kind {
	one := func(file string, b []byte) change { return change{set: map[string][]byte{file: b}} }
	return []kind{
		edit("a bit flipped", func(rnd *rand.Rand, f []byte) []byte {
			f[rnd.IntN(len(f))] ^= 1 << rnd.IntN(8)
			return f
		}),
		edit("a byte overwritten", func(rnd *rand.Rand, f []byte) []byte {
			f[rnd.IntN(len(f))] = byte(rnd.Uint32())
			return f
		}),
		edit("a run overwritten", func(rnd *rand.Rand, f []byte) []byte {
			copy(f[rnd.IntN(len(f)):], noise(rnd, 1+rnd.IntN(200)))
			return f
		}),
		edit("bytes inserted", func(rnd *rand.Rand, f []byte) []byte {
			return slices.Insert(f, rnd.IntN(len(f)+1), noise(rnd, 1+rnd.IntN(40))...)
		}),
		edit("white space inserted", func(rnd *rand.Rand, f []byte) []byte {
			return slices.Insert(f, rnd.IntN(len(f)+1), " \n\t\r\x00"[rnd.IntN(5)])
		}),
		edit("bytes deleted", func(rnd *rand.Rand, f []byte) []byte {
			i := rnd.IntN(len(f))
			return slices.Delete(f, i, min(len(f), i+1+rnd.IntN(40)))
		}),
		edit("cut off", func(rnd *rand.Rand, f []byte) []byte { return f[:rnd.IntN(len(f))] }),
		edit("emptied", func(*rand.Rand, []byte) []byte { return nil }),
		edit("bytes appended", func(rnd *rand.Rand, f []byte) []byte {
			return append(f, [][]byte{{'\n'}, {0}, {' '}, []byte("{}\n"), noise(rnd, 50)}[rnd.IntN(5)]...)
		}),
		edit("a line taken away", func(rnd *rand.Rand, f []byte) []byte {
			l := lines(f)
			i := rnd.IntN(len(l))
			return bytes.Join(slices.Delete(l, i, i+1), nil)
		}),
		edit("a line twice", func(rnd *rand.Rand, f []byte) []byte {
			l := lines(f)
			return bytes.Join(slices.Insert(l, rnd.IntN(len(l)), l[rnd.IntN(len(l))]), nil)
		}),
		edit("two lines exchanged", func(rnd *rand.Rand, f []byte) []byte {
			l := lines(f)
			i, k := rnd.IntN(len(l)), rnd.IntN(len(l))
			l[i], l[k] = l[k], l[i]
			return bytes.Join(l, nil)
		}),
		edit("a digit changed", func(rnd *rand.Rand, f []byte) []byte {
			at := rnd.IntN(len(f))
			for i := range f {
				if c := &f[(at+i)%len(f)]; *c >= '0' && *c <= '9' {
					*c = '0' + byte(rnd.IntN(10))
					break
				}
			}
			return f
		}),
		edit("a word changed", func(rnd *rand.Rand, f []byte) []byte {
			for _, w := range rnd.Perm(4) {
				pair := [][2]string{{"exception", "met"}, {"Disabled", "Enabled"}, {"denied", "collected"}, {"false", "true"}}[w]
				if n := bytes.Count(f, []byte(pair[0])); n > 0 {
					return bytes.Replace(f, []byte(pair[0]), []byte(pair[1]), 1+rnd.IntN(n))
				}
			}
			return f
		}),
		edit("line ends of Windows", func(_ *rand.Rand, f []byte) []byte { return bytes.ReplaceAll(f, []byte("\n"), []byte("\r\n")) }),
		edit("a byte order mark", func(_ *rand.Rand, f []byte) []byte { return append([]byte("\uFEFF"), f...) }),
		{name: "a file taken away", files: func(b *base, rnd *rand.Rand) change { return change{gone: []string{b.pick(rnd)}} }},
		{name: "a file added", files: func(b *base, rnd *rand.Rand) change {
			name := invented[rnd.IntN(len(invented))]
			for name == "seal" { // that is a folder, and files cannot be in its place and below it
				name = invented[rnd.IntN(len(invented))]
			}
			return one(name, [][]byte{nil, []byte("{}\n"), noise(rnd, 100), b.files[b.pick(rnd)]}[rnd.IntN(4)])
		}},
		{name: "a file renamed", files: func(b *base, rnd *rand.Rand) change {
			name := b.pick(rnd)
			to := name + ".txt"
			if i := rnd.IntN(len(name)); rnd.IntN(2) == 0 && name[i] >= 'a' && name[i] < 'z' {
				to = name[:i] + string(name[i]+1) + name[i+1:]
			}
			return change{gone: []string{name}, set: map[string][]byte{to: b.files[name]}}
		}},
		{name: "a name in other case or form", files: func(b *base, rnd *rand.Rand) change {
			name := b.pick(rnd)
			to := norm.NFD.String(name)
			if to == name {
				i := strings.LastIndexByte(name, '/') + 1
				to = name[:i] + strings.ToUpper(name[i:])
			}
			if to == name {
				to = strings.ToLower(name)
			}
			return change{gone: []string{name}, set: map[string][]byte{to: b.files[name]}}
		}},
		{name: "a twin of a name", files: func(b *base, rnd *rand.Rand) change { // on macOS and Windows one of the two is lost
			name := b.pick(rnd)
			to := norm.NFD.String(name)
			if to == name {
				to = strings.ToUpper(name)
			}
			if to == name {
				to = strings.ToLower(name)
			}
			return change{set: map[string][]byte{to: b.files[name]}}
		}},
		{name: "two files exchanged", files: func(b *base, rnd *rand.Rand) change {
			x, y := b.pick(rnd), b.pick(rnd)
			return change{set: map[string][]byte{x: b.files[y], y: b.files[x]}}
		}},
		{name: "a copy in another file's place", files: func(b *base, rnd *rand.Rand) change { return one(b.pick(rnd), b.files[b.pick(rnd)]) }},
		{name: "a link", files: func(b *base, rnd *rand.Rand) change {
			name := b.pick(rnd)
			target := []string{"/etc/passwd", "/dev/zero", "../../x", b.names[0], "."}[rnd.IntN(5)]
			return change{gone: []string{name}, at: name, special: func(path string) error { return os.Symlink(target, path) }}
		}},
		{name: "a linked folder", files: func(b *base, rnd *rand.Rand) change {
			name := []string{"manual/more", "evidence/111111111111", "more"}[rnd.IntN(3)]
			return change{at: name, special: func(path string) error { return os.Symlink(os.TempDir(), path) }}
		}},
		{name: "a pipe", files: func(b *base, rnd *rand.Rand) change {
			name := b.pick(rnd)
			return change{gone: []string{name}, at: name, special: func(path string) error { return syscall.Mkfifo(path, 0o644) }}
		}},
		{name: "a folder in a file's place", files: func(b *base, rnd *rand.Rand) change {
			name := b.pick(rnd)
			return change{gone: []string{name}, at: name, special: func(path string) error { return os.Mkdir(path, 0o755) }}
		}},
		{name: "sealed again with something else", files: resealed},
		{name: "a digest forged in the manifest", files: func(b *base, rnd *rand.Rand) change {
			name := b.pickFull(rnd)
			for name == pack.ManifestPath || name == pack.SumsPath || strings.HasPrefix(name, pack.SealDir) {
				name = b.pickFull(rnd)
			}
			f := bytes.Clone(b.files[name])
			f[rnd.IntN(len(f))] ^= 1
			c := one(name, f)
			was, is := evidence.Sum(b.files[name]).String(), evidence.Sum(f).String()
			c.set[pack.ManifestPath] = bytes.ReplaceAll(b.files[pack.ManifestPath], []byte(was), []byte(is))
			sums := bytes.ReplaceAll(b.files[pack.SumsPath], []byte(was), []byte(is))
			c.set[pack.SumsPath] = bytes.ReplaceAll(sums, []byte(evidence.Sum(b.files[pack.ManifestPath]).String()), []byte(evidence.Sum(c.set[pack.ManifestPath]).String()))
			return c
		}},
		{name: "the seal taken away", files: func(b *base, rnd *rand.Rand) change {
			var c change
			for _, name := range b.names {
				if strings.HasPrefix(name, pack.SealDir) {
					c.gone = append(c.gone, name)
				}
			}
			if rnd.IntN(2) == 0 { // all but one
				i := rnd.IntN(len(c.gone))
				c.gone = slices.Delete(c.gone, i, i+1)
			}
			return c
		}},

		{name: "ZIP: a bit flipped", archive: func(b *base, rnd *rand.Rand) []byte {
			z := bytes.Clone(b.zip)
			z[rnd.IntN(len(z))] ^= 1 << rnd.IntN(8)
			return z
		}},
		{name: "ZIP: a bit of a header flipped", archive: func(b *base, rnd *rand.Rand) []byte {
			z := bytes.Clone(b.zip)
			at := headers(b)
			z[at[rnd.IntN(len(at))]] ^= 1 << rnd.IntN(8)
			return z
		}},
		{name: "ZIP: the end of compressed data", archive: func(b *base, rnd *rand.Rand) []byte {
			z := bytes.Clone(b.zip)
			e := b.entries[rnd.IntN(len(b.entries))]
			z[e.start+len(e.raw)-1-rnd.IntN(2)] ^= 1 << rnd.IntN(8)
			return z
		}},
		{name: "ZIP: bytes overwritten", archive: func(b *base, rnd *rand.Rand) []byte {
			z := bytes.Clone(b.zip)
			copy(z[rnd.IntN(len(z)):], noise(rnd, 1+rnd.IntN(64)))
			return z
		}},
		{name: "ZIP: a number in a header", archive: func(b *base, rnd *rand.Rand) []byte {
			z := bytes.Clone(b.zip)
			at := headers(b)
			i := min(at[rnd.IntN(len(at))], len(z)-8)
			v := []uint64{0, 1, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0xffffffffffffffff, rnd.Uint64()}[rnd.IntN(8)]
			switch rnd.IntN(3) {
			case 0:
				binary.LittleEndian.PutUint16(z[i:], uint16(v))
			case 1:
				binary.LittleEndian.PutUint32(z[i:], uint32(v))
			default:
				binary.LittleEndian.PutUint64(z[i:], v)
			}
			return z
		}},
		{name: "ZIP: cut off", archive: func(b *base, rnd *rand.Rand) []byte { return b.zip[:rnd.IntN(len(b.zip))] }},
		{name: "ZIP: bytes inserted", archive: func(b *base, rnd *rand.Rand) []byte {
			return slices.Insert(bytes.Clone(b.zip), rnd.IntN(len(b.zip)), noise(rnd, 1+rnd.IntN(50))...)
		}},
		{name: "ZIP: bytes deleted", archive: func(b *base, rnd *rand.Rand) []byte {
			i := rnd.IntN(len(b.zip))
			return slices.Delete(bytes.Clone(b.zip), i, min(len(b.zip), i+1+rnd.IntN(50)))
		}},
		{name: "ZIP: bytes before or behind", archive: func(b *base, rnd *rand.Rand) []byte {
			extra := [][]byte{[]byte("#!/bin/sh\n"), noise(rnd, 30), b.zip, {0}}[rnd.IntN(4)]
			if rnd.IntN(2) == 0 {
				return append(bytes.Clone(extra), b.zip...)
			}
			return append(bytes.Clone(b.zip), extra...)
		}},
		entries("ZIP: an entry twice", func(b *base, rnd *rand.Rand, all []entry) []entry {
			again := all[rnd.IntN(len(all))].clone()
			if rnd.IntN(2) == 0 {
				again.pack([]byte("something else"))
			}
			return slices.Insert(all, rnd.IntN(len(all)+1), again)
		}),
		entries("ZIP: entries in another order", func(_ *base, rnd *rand.Rand, all []entry) []entry {
			i, k := rnd.IntN(len(all)), rnd.IntN(len(all))
			all[i], all[k] = all[k], all[i]
			return all
		}),
		entries("ZIP: a hostile name", func(b *base, rnd *rand.Rand, all []entry) []entry {
			e := &all[rnd.IntN(len(all))]
			if rnd.IntN(2) == 0 { // added
				all = append(all, e.clone())
				e = &all[len(all)-1]
			}
			e.h.Name = hostile[rnd.IntN(len(hostile))]
			return all
		}),
		entries("ZIP: a link, device or folder", func(_ *base, rnd *rand.Rand, all []entry) []entry {
			mode := []fs.FileMode{fs.ModeSymlink | 0o777, fs.ModeDevice | 0o666, fs.ModeNamedPipe | 0o666, fs.ModeDir | 0o755, fs.ModeSocket, fs.ModeSetuid | 0o755, 0o777}[rnd.IntN(7)]
			all[rnd.IntN(len(all))].h.SetMode(mode)
			return all
		}),
		entries("ZIP: not compressed", func(b *base, rnd *rand.Rand, all []entry) []entry {
			e := &all[rnd.IntN(len(all))]
			for len(b.files[e.h.Name]) == 0 {
				e = &all[rnd.IntN(len(all))]
			}
			e.raw, e.h.Method = b.files[e.h.Name], zip.Store
			e.h.CompressedSize64, e.h.Extra = e.h.UncompressedSize64, nil
			return all
		}),
		entries("ZIP: compressed another way", func(b *base, rnd *rand.Rand, all []entry) []entry {
			e := &all[rnd.IntN(len(all))]
			var buf bytes.Buffer
			w, _ := flate.NewWriter(&buf, []int{0, 1, 9, flate.HuffmanOnly}[rnd.IntN(4)])
			w.Write(b.files[e.h.Name])
			w.Close()
			e.raw, e.h.CompressedSize64 = buf.Bytes(), uint64(buf.Len())
			return all
		}),
		entries("ZIP: a time, comment or extra field", func(_ *base, rnd *rand.Rand, all []entry) []entry {
			h := all[rnd.IntN(len(all))].h
			switch rnd.IntN(6) {
			case 0:
				//lint:ignore SA1019 the field of the header is what is changed
				h.ModifiedTime = uint16(1 + rnd.IntN(1<<15))
			case 1:
				//lint:ignore SA1019 the field of the header is what is changed
				h.ModifiedDate = uint16(rnd.IntN(1 << 16))
			case 2:
				h.Comment = "hello"
			case 3:
				h.Extra = append(bytes.Clone(h.Extra), 0x99, 0x99, 4, 0, 1, 2, 3, 4)
			case 4:
				h.Extra = nil
			default:
				h.Extra = append(bytes.Clone(h.Extra), 0x75, 0x70, 6, 0, 1, 0, 0, 0, 0, 'x')
			}
			return all
		}),
		entries("ZIP: an empty folder", func(_ *base, rnd *rand.Rand, all []entry) []entry {
			h := &zip.FileHeader{Name: []string{"manual/more/", "evidence/", "a/b/", "../"}[rnd.IntN(4)]}
			return slices.Insert(all, rnd.IntN(len(all)+1), entry{h: h})
		}),
		entries("ZIP: a bomb", func(b *base, rnd *rand.Rand, all []entry) []entry {
			size := uint64(300 << 20)
			e := entry{h: &zip.FileHeader{Name: "manual/bomb.txt", Method: zip.Deflate, CRC32: rnd.Uint32()}, raw: b.bomb}
			switch rnd.IntN(4) {
			case 0: // as it is
				e.h.UncompressedSize64 = size
			case 1: // it declares a size that would be let in
				e.h.UncompressedSize64 = 1 << 20
			case 2: // in a file's place
				e.h = all[rnd.IntN(len(all))].clone().h
				all = slices.DeleteFunc(all, func(o entry) bool { return o.h.Name == e.h.Name })
			default: // it declares what no disk holds
				e.h.UncompressedSize64 = 1 << 61
			}
			e.h.CompressedSize64 = uint64(len(e.raw))
			return append(all, e)
		}),
		{name: "ZIP: entries that overlap", archive: func(b *base, rnd *rand.Rand) []byte {
			z := bytes.Clone(b.zip)
			i, k := rnd.IntN(len(b.entries)), rnd.IntN(len(b.entries))
			binary.LittleEndian.PutUint32(z[b.entries[i].central+42:], uint32(b.entries[k].header+rnd.IntN(2)))
			return z
		}},
		{name: "ZIP: large sizes that are none", archive: func(b *base, rnd *rand.Rand) []byte {
			var large []byte
			for range 3 {
				large = binary.LittleEndian.AppendUint64(large, rnd.Uint64()>>rnd.IntN(64))
			}
			i := rnd.IntN(len(b.entries))
			all := slices.Clone(b.entries)
			all[i] = all[i].clone()
			all[i].h.Extra = append(binary.LittleEndian.AppendUint16([]byte{1, 0}, uint16(8*(1+rnd.IntN(3)))), large...)
			z := zipEntries(all)
			at := entriesOf(nil, z)[i]
			binary.LittleEndian.PutUint32(z[at.central+20+4*rnd.IntN(2):], 0xffffffff)
			return z
		}},
		{name: "ZIP: a descriptor that lies", archive: func(b *base, rnd *rand.Rand) []byte {
			z := bytes.Clone(b.zip)
			e := b.entries[rnd.IntN(len(b.entries))]
			z[e.header+6] |= 8
			if rnd.IntN(2) == 0 {
				z[e.central+8] |= 8
			}
			return z
		}},
	}
}

// resealed is what somebody without the key can do: change what people supplied, and seal it all again. The seal is left, or taken away.
func resealed(b *base, rnd *rand.Rand) change {
	dir, err := os.MkdirTemp("", "auditseal-resealed-*")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	c := change{set: map[string][]byte{}}
	for name, content := range b.files {
		if strings.HasPrefix(name, pack.SealDir) {
			if rnd.IntN(2) == 0 {
				c.gone = append(c.gone, name)
			}
			continue
		}
		if strings.HasPrefix(name, pack.ManualDir) {
			content = append(bytes.Clone(content), noise(rnd, 4)...)
			c.set[name] = content
		}
		if err := writeFile(dir, name, content); err != nil {
			panic(err)
		}
	}
	if _, err := pack.Seal(dir, pack.FixtureInfo(), pack.FixtureMasking()); err != nil {
		panic(err)
	}
	for _, name := range []string{pack.ManifestPath, pack.SumsPath} {
		if c.set[name], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
			panic(err)
		}
	}
	return c
}

// An entry is one of a ZIP, with its compressed bytes and where it stands.
type entry struct {
	h                      *zip.FileHeader
	raw                    []byte
	header, start, central int
}

func (e entry) clone() entry {
	h := *e.h
	h.Extra = bytes.Clone(h.Extra)
	e.h = &h
	return e
}

// pack puts a content into the entry as auditseal does.
func (e *entry) pack(content []byte) {
	e.raw = deflated(content)
	sum := sha256.Sum256(e.raw)
	e.h.CRC32, e.h.UncompressedSize64, e.h.CompressedSize64 = crc32.ChecksumIEEE(content), uint64(len(content)), uint64(len(e.raw))
	e.h.Extra = deflate.DigestExtra(sum[:])
}

func deflated(content []byte) []byte { return deflatedFrom(bytes.NewReader(content)) }

func deflatedFrom(r io.Reader) []byte {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, 6)
	if err == nil {
		_, err = io.Copy(w, r)
	}
	if err != nil {
		panic(err)
	}
	w.Close()
	return b.Bytes()
}

// zeros has no end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// entriesOf takes a ZIP apart.
func entriesOf(t testing.TB, z []byte) []entry {
	zr, err := zip.NewReader(bytes.NewReader(z), int64(len(z)))
	if err != nil && t != nil {
		t.Fatal(err)
	}
	if err != nil {
		panic(err)
	}
	var out []entry
	central := int(binary.LittleEndian.Uint32(z[len(z)-6:]))
	for _, f := range zr.File {
		off, err := f.DataOffset()
		if err != nil {
			panic(err)
		}
		start := int(off)
		h := f.FileHeader
		e := entry{h: &h, raw: z[start : start+int(f.CompressedSize64)], header: int(binary.LittleEndian.Uint32(z[central+42:])), start: start, central: central}
		central += 46 + len(f.Name) + int(binary.LittleEndian.Uint16(z[central+30:])) + len(f.Comment)
		out = append(out, e)
	}
	return out
}

// zipEntries puts one together, in the order that is given.
func zipEntries(all []entry) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range all {
		e = e.clone() // it is written to
		to, err := w.CreateRaw(e.h)
		if err != nil {
			panic(err)
		}
		if len(e.raw) > 0 && !strings.HasSuffix(e.h.Name, "/") {
			if _, err := to.Write(e.raw); err != nil {
				panic(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// entries is a kind that changes a ZIP's entries.
func entries(name string, f func(*base, *rand.Rand, []entry) []entry) kind {
	return kind{name: name, archive: func(b *base, rnd *rand.Rand) []byte {
		var all []entry
		for _, e := range b.entries {
			all = append(all, e.clone())
		}
		return zipEntries(f(b, rnd, all))
	}}
}

// rezip makes a ZIP of the changed files, in the form that auditseal gives it.
func (b *base) rezip(c change) []byte {
	var all []entry
	for _, e := range b.entries {
		if _, set := c.set[e.h.Name]; !set && !slices.Contains(c.gone, e.h.Name) {
			all = append(all, e)
		}
	}
	for name, content := range c.set {
		e := b.entries[0].clone()
		e.h.Name, e.h.Flags = name, 0
		for _, r := range []byte(name) {
			if r >= 0x80 {
				e.h.Flags = 1 << 11
			}
		}
		e.pack(content)
		all = append(all, e)
	}
	slices.SortFunc(all, func(x, y entry) int { return strings.Compare(x.h.Name, y.h.Name) })
	return zipEntries(all)
}

// headers are the places of a ZIP that are no compressed data.
func headers(b *base) []int {
	var out []int
	for _, e := range b.entries {
		for i := e.header; i < e.start; i++ {
			out = append(out, i)
		}
	}
	for i := b.entries[0].central; i < len(b.zip); i++ {
		out = append(out, i)
	}
	return out
}
