package pack

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// makeZip writes an archive by hand.
func makeZip(t testing.TB, entries ...zip.FileHeader) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, h := range entries {
		f, err := w.CreateHeader(&h)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(h.Name, "/") {
			if _, err := io.WriteString(f, "hello"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func named(name string) zip.FileHeader { return zip.FileHeader{Name: name, Method: zip.Store} }

func withMode(name string, m fs.FileMode) zip.FileHeader {
	h := named(name)
	h.SetMode(m)
	return h
}

func openBytes(b []byte) (*Pack, error) { return openZip(bytes.NewReader(b), int64(len(b))) }

func TestOpenRefusesHostileArchives(t *testing.T) {
	good := makeZip(t, named("a.txt"), named("b/c.txt"))
	if _, err := openBytes(good); err != nil {
		t.Fatal(err)
	}
	// patch changes both headers of the first entry.
	patch := func(local, central int, v uint16) []byte {
		b := bytes.Clone(good)
		binary.LittleEndian.PutUint16(b[local:], v)
		binary.LittleEndian.PutUint16(b[bytes.Index(b, []byte("PK\x01\x02"))+central:], v)
		return b
	}
	end := func(at int, v uint32) []byte {
		b := bytes.Clone(good)
		binary.LittleEndian.PutUint32(b[len(b)-endLen+at:], v)
		return b
	}
	central := bytes.Index(good, []byte("PK\x01\x02"))
	second := central + bytes.Index(good[central+4:], []byte("PK\x01\x02")) + 4
	overlap := bytes.Clone(good)
	binary.LittleEndian.PutUint32(overlap[second+42:], 0)
	extra := named("a.txt")
	extra.Extra = []byte{0x75, 0x70, 6, 0, 1, 0, 0, 0, 0, 'x'}
	comment := named("a.txt")
	comment.Comment = "hello"
	gap := append(append(bytes.Clone(good[:central]), 'x'), good[central:]...)
	binary.LittleEndian.PutUint32(gap[len(gap)-6:], uint32(central+1))

	for _, c := range []struct {
		name    string
		archive []byte
		want    string
	}{
		{"nothing", nil, "not a ZIP"},
		{"not a ZIP", bytes.Repeat([]byte("x"), 1000), "not a ZIP"},
		{"cut off", good[:len(good)-30], "not a ZIP archive, or one that was cut off"},
		{"bytes in front", append([]byte("#!/bin/sh\n"), good...), "before the archive"},
		{"bytes behind", append(bytes.Clone(good), "xyz"...), "does not end where its directory says"},
		{"bytes before the directory", gap, "belong to no entry"},
		{"outside", makeZip(t, named("../a.txt")), `"../a.txt" leads outside`},
		{"outside below", makeZip(t, named("a/../../b")), `leads outside`},
		{"absolute", makeZip(t, named("/etc/passwd")), `"/etc/passwd" is absolute`},
		{"drive", makeZip(t, named("C:/x")), `"C:/x" has ':'`},
		{"backslash", makeZip(t, named(`a\b`)), "backslash"},
		{"device", makeZip(t, named("manual/NUL.txt")), "is a device"},
		{"device with a superscript", makeZip(t, named("com¹")), "is a device"},
		{"dot at the end", makeZip(t, named("a./b")), "ends with a dot"},
		{"space at the end", makeZip(t, named("a ")), "a space"},
		{"empty part", makeZip(t, named("a//b")), "empty part"},
		{"line end", makeZip(t, named("a\nb")), "control character"},
		{"right to left", makeZip(t, named("a\u202efdp.exe")), "control character"},
		{"not UTF-8", makeZip(t, named("a\xff")), "not UTF-8"},
		{"not marked as UTF-8", makeZip(t, zip.FileHeader{Name: "é", NonUTF8: true}), "not marked as UTF-8"},
		{"long", makeZip(t, named(strings.Repeat("a", 300))), "longer than"},
		{"twice", makeZip(t, named("a.txt"), named("a.txt")), `"a.txt" is there twice`},
		{"case", makeZip(t, named("a.txt"), named("A.TXT")), "differ in case or Unicode form only"},
		{"case of a folder", makeZip(t, named("a/x"), named("A/y")), "differ in case or Unicode form only"},
		{"case beyond ASCII", makeZip(t, named("straße"), named("STRAẞE")), "differ in case or Unicode form only"},
		{"file and folder", makeZip(t, named("a"), named("a/b")), "a file and a folder"},
		{"link", makeZip(t, withMode("a.txt", fs.ModeSymlink|0o777)), "symbolic link"},
		{"pipe", makeZip(t, withMode("a.txt", fs.ModeNamedPipe|0o666)), "device or pipe"},
		{"device file", makeZip(t, withMode("a.txt", fs.ModeDevice|0o666)), "device or pipe"},
		{"encrypted", patch(6, 8, flagEncrypted|flagDescriptor), `"a.txt": the entry is encrypted`},
		{"another method", patch(8, 10, 12), "compressed by method 12"},
		{"another name in front", bytes.Replace(good, []byte("a.txt"), []byte("z.txt"), 1), `another name, "z.txt"`},
		{"a second name", makeZip(t, extra), "second name"},
		{"a comment", makeZip(t, comment), "comment"},
		{"overlap", overlap, "overlaps"},
		{"many entries", end(8, 0x7fff7fff), "declares 32767 entries"},
		{"a larger directory", end(12, 1<<30), "declares"},
		{"a directory elsewhere", end(16, 1<<30), "more bytes than the archive has"},
		{"several parts", end(4, 1), "one part of several"},
		{"large record missing", end(16, 0xffffffff), "large-archive record"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := openBytes(c.archive)
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

// An entry gives what it declares or an error, never more.
func TestEntriesGiveWhatTheyDeclare(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.CreateRaw(&zip.FileHeader{Name: "a", Method: zip.Deflate, UncompressedSize64: 5, CompressedSize64: 12, CRC32: 0x3610a686})
	if err != nil {
		t.Fatal(err)
	}
	hello := []byte{0, 5, 0, 0xfa, 0xff, 'h', 'e', 'l', 'l', 'o', 3, 0} // stored block, then an empty last one
	f.Write(hello)
	w.Close()
	good := b.Bytes()
	for _, c := range []struct {
		name   string
		change func([]byte)
		want   string
	}{
		{"good", func([]byte) {}, ""},
		{"declares less", func(b []byte) { size(b, 4) }, "more than the 4 bytes"},
		{"declares more", func(b []byte) { size(b, 6) }, "ends after 5 of the 6"},
		{"another checksum", func(b []byte) { b[14]++; b[bytes.Index(b, []byte("PK\x01\x02"))+16]++ }, "checksum"},
		{"damaged", func(b []byte) { b[31] = 7 }, "damaged"},
		{"hidden bytes", func(b []byte) { copy(b[31:], []byte{1, 5, 0, 0xfa, 0xff, 'h', 'e', 'l', 'l', 'o', 'x', 'y'}) }, "behind its compressed data"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := bytes.Clone(good)
			c.change(b)
			p, err := openBytes(b)
			if err != nil {
				t.Fatal(err)
			}
			got, err := fs.ReadFile(p, "a")
			if c.want == "" && (err != nil || string(got) != "hello") {
				t.Errorf("%q, %v", got, err)
			}
			if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%v, want %q", err, c.want)
			}
			if len(got) > 6 {
				t.Errorf("%d bytes came", len(got))
			}
		})
	}
}

func size(b []byte, n uint32) {
	binary.LittleEndian.PutUint32(b[22:], n)
	binary.LittleEndian.PutUint32(b[bytes.Index(b, []byte("PK\x01\x02"))+24:], n)
}

func TestOpenRefusesBombs(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.CreateRaw(&zip.FileHeader{Name: "a.txt", Method: zip.Deflate, UncompressedSize64: bombSize * 2, CompressedSize64: 1000})
	if err != nil {
		t.Fatal(err)
	}
	f.Write(make([]byte, 1000))
	w.Close()
	if _, err := openBytes(b.Bytes()); err == nil || !strings.Contains(err.Error(), `"a.txt": the entry unpacks to`) {
		t.Errorf("a bomb was taken: %v", err)
	}
}

func TestOpenRefusesHostileFolders(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has neither such links nor such names")
	}
	for _, c := range []struct {
		name string
		make func(dir string) error
		want string
	}{
		{"link", func(d string) error { return os.Symlink("/etc/passwd", filepath.Join(d, "link")) }, `"link" is a symbolic link`},
		{"linked folder", func(d string) error { return os.Symlink(os.TempDir(), filepath.Join(d, "evidence")) }, `"evidence" is a symbolic link`},
		{"case", func(d string) error {
			return errors.Join(os.WriteFile(filepath.Join(d, "a"), nil, 0o644), os.WriteFile(filepath.Join(d, "A"), nil, 0o644))
		}, "differ in case or Unicode form only"},
		{"device", func(d string) error { return os.WriteFile(filepath.Join(d, "aux.txt"), nil, 0o644) }, "is a device"},
		{"backslash", func(d string) error { return os.WriteFile(filepath.Join(d, `a\b`), nil, 0o644) }, "backslash"},
		{"control", func(d string) error { return os.WriteFile(filepath.Join(d, "a\x1b[31m"), nil, 0o644) }, "control character"},
		{"empty folder with a bad name", func(d string) error { return os.Mkdir(filepath.Join(d, "x."), 0o755) }, "dot"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := c.make(dir); err != nil {
				t.Skip(err)
			}
			if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a pack that is not there: %v", err)
	}
}

// Folder and ZIP are the same file system.
func TestPackIsAFileSystem(t *testing.T) {
	f := newFixture(t, 3)
	dir := f.seal(t)
	out := filepath.Join(t.TempDir(), "pack.zip")
	if err := Zip(dir, out); err != nil {
		t.Fatal(err)
	}
	var names [][]string
	for _, path := range []string{dir, out} {
		p, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if err := fstest.TestFS(p, p.Names()...); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		names = append(names, p.Names())
		for name, want := range f {
			if got, err := fs.ReadFile(p, name); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: %s differs: %v", path, name, err)
			}
		}
	}
	if d := cmp.Diff(names[0], names[1]); d != "" {
		t.Error(d)
	}
}

// What stock tools make of the folder can be read as well, if it has the files at its top.
func TestOpenForeignArchive(t *testing.T) {
	dir := newFixture(t, 3).seal(t)
	out := filepath.Join(t.TempDir(), "foreign.zip")
	var cmd *exec.Cmd
	if python, err := exec.LookPath("python3"); err == nil {
		cmd = exec.Command(python, "-c", "import shutil,sys; shutil.make_archive(sys.argv[1][:-4],'zip',sys.argv[2])", out, dir)
	} else {
		t.Skip("python3 is not here to make an archive")
	}
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	if checks, v := verifyPath(t, out); v.Failed != 0 {
		t.Error(format(checks))
	}
}
