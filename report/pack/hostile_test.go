package pack

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/flate"
)

// bombOf is a pack's ZIP with one file's place taken by a text many times over.
func bombOf(t *testing.T, files map[string][]byte, name, head, text, tail string, size int) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	put := func(name string, method uint16, raw []byte, n uint64, crc uint32) {
		f, err := w.CreateRaw(&zip.FileHeader{Name: name, Method: method, UncompressedSize64: n, CompressedSize64: uint64(len(raw)), CRC32: crc, Flags: utf8Flag(name)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(raw); err != nil {
			t.Fatal(err)
		}
	}
	for n, b := range files {
		if n != name {
			put(n, zip.Store, b, uint64(len(b)), crcOf(bytes.NewReader(b)))
		}
	}
	var b bytes.Buffer
	fw, err := flate.NewWriter(&b, 6)
	if err != nil {
		t.Fatal(err)
	}
	content := func() io.Reader {
		return io.MultiReader(strings.NewReader(head), io.LimitReader(&again{text: []byte(text)}, int64(size/len(text)*len(text))), strings.NewReader(tail))
	}
	n, err := io.Copy(fw, content())
	if err != nil {
		t.Fatal(err)
	}
	fw.Close()
	put(name, zip.Deflate, b.Bytes(), uint64(n), crcOf(content()))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func utf8Flag(name string) uint16 {
	if isASCII(name) {
		return 0
	}
	return flagUTF8
}

// again is one text for ever.
type again struct {
	text []byte
	at   int
}

func (a *again) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		k := copy(p[n:], a.text[a.at:])
		n += k
		a.at = (a.at + k) % len(a.text)
	}
	return n, nil
}

func crcOf(r io.Reader) uint32 {
	h := crc32.NewIEEE()
	if _, err := io.Copy(h, r); err != nil {
		panic(err)
	}
	return h.Sum32()
}

// allocated runs f and gives how many bytes it took from the heap, garbage included: never less than what it held at once.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// A few hundred kilobytes that unpack to a hundred megabytes are read through, and cost no memory to speak of.
func TestBombsCostNoMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("unpacks gigabytes")
	}
	dir := newPast(t).seal(t)
	p, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	files := map[string][]byte{}
	for _, name := range p.Names() {
		if files[name], err = fs.ReadFile(p, name); err != nil {
			t.Fatal(err)
		}
	}
	const size = 100 << 20
	tape, records, history := EvidencePath("000011112222", "eu-west-1", "kms"), RecordsPath("kms.key"), HistoryPath("kms.key")
	line := func(name string) string { return string(bytes.SplitAfter(files[name], []byte("\n"))[0]) }
	member := strings.Repeat(`{"path":"a","size":1,"sha256":"`+strings.Repeat("0", 64)+`","role":"input"},`, 1)
	for _, c := range []struct{ name, file, head, text, tail, check string }{
		{"files in the manifest", ManifestPath, `{"format":1,"files":[`, member, `{}]}`, CheckManifest},
		{"lines of sums", SumsPath, "", strings.Repeat("0", 64) + "  a\n", "", CheckSums},
		{"empty lines on the tape", tape, "", "\n", "", CheckEvidence},
		{"empty objects on the tape", tape, "", "{}\n", "", CheckEvidence},
		{"one line of the tape", tape, "", line(tape), "", CheckEvidence},
		{"one line without an end", tape, "", "a", "", CheckEvidence},
		{"names on a line of the tape", tape, `{"id":"E-0000000000000001","header":{`, `"a":"b",`, "", CheckEvidence},
		{"empty records", records, "", "{}\n", "", CheckRecords},
		{"records of nothing", records, "", `{"id":"a","account":"b","region":"c"}` + "\n", "", CheckRecords},
		{"one record", records, "", line(records), "", CheckConsistent},
		{"one long record", records, `{"id":"`, "a", "", CheckRecords},
		{"lists in a record", records, "", "[", "", CheckRecords},
		{"empty states", history, "", "{}\n", "", CheckHistory},
		{"one state", history, "", line(history), "", CheckFiles},
		{"empty intervals", TimelinePath, "", "{}\n", "", CheckTimeline},
		{"one interval", TimelinePath, "", line(TimelinePath), "", CheckTimeline},
		{"empty cells", GapsPath, "", `{"cell":{}}` + "\n", "", CheckLedger},
		{"empty gaps", GapsPath, "", `{"gap":{}}` + "\n", "", CheckLedger},
		{"one long gap", GapsPath, `{"gap":{"message":"`, "a", "", CheckLedger},
		{"empty populations", AssessmentPath, `{"populations":[{}`, ",{}", `]}`, CheckResults},
		{"empty tests", AssessmentPath, `{"tests":[{}`, ",{}", `]}`, CheckResults},
		{"empty findings", AssessmentPath, `{"tests":[{"id":"a","exceptions":[{}`, ",{}", `]}]}`, CheckResults},
		{"a finding of much evidence", AssessmentPath, `{"tests":[{"id":"a","exceptions":[{"evidence":[""`, `,""`, `]}]}]}`, CheckResults},
		{"empty accepted exceptions", AssessmentPath, `{"accepted":[{}`, ",{}", `]}`, CheckResults},
		{"a long name", AssessmentPath, `{"organization":"`, "a", `"}`, CheckResults},
		{"lists in lists", AssessmentPath, "", "[", "", CheckResults},
		{"accounts of the run", RunPath, `{"organization":"x","scope":{"accounts":[""`, `,""`, `]}}`, CheckConsistent},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := bombOf(t, files, c.file, c.head, c.text, c.tail, size)
			if len(b) > 4<<20 {
				t.Fatalf("the archive has %d bytes: that is no bomb", len(b))
			}
			found := map[string]bool{}
			n := allocated(func() {
				p, err := openBytes(b)
				if err != nil {
					t.Fatal(err)
				}
				Verify(p, func(k Check) { found[k.Name] = found[k.Name] || !k.OK })
			})
			t.Logf("%d bytes of archive, %d MiB taken", len(b), n>>20)
			if n > 300<<20 {
				t.Errorf("%d MiB were taken from the heap", n>>20)
			}
			if !found[c.check] {
				t.Errorf("the check %q found nothing", c.check)
			}
		})
	}
}

// What an archive makes Open remember stays in proportion to its size.
func TestOpenCostsLittleMemory(t *testing.T) {
	plain := func(names ...string) []byte {
		var all []zip.FileHeader
		for _, n := range names {
			all = append(all, named(n))
		}
		return makeZip(t, all...)
	}
	var flat, deep, far []string
	for i := range 20_000 {
		flat = append(flat, fmt.Sprintf("manual/%d", i))
		deep = append(deep, strings.Repeat("d/", maxParts-2)+fmt.Sprintf("%d/x", i))
		far = append(far, fmt.Sprintf("%d/", i)+strings.Repeat("d/", maxParts-2)+"x")
	}
	for name, names := range map[string][]string{"flat": flat, "one deep folder": deep, "many deep folders": far} {
		b := plain(names...)
		n := allocated(func() {
			if _, err := openBytes(b); err != nil {
				t.Error(err)
			}
		})
		t.Logf("%s: %d bytes, %d MiB taken, %d times as much", name, len(b), n>>20, int(n)/len(b))
		if n > 100*uint64(len(b)) {
			t.Errorf("%s: an archive of %d bytes took %d from the heap", name, len(b), n)
		}
	}
	// What is declared and not there is not made room for.
	b := plain("a.txt")
	for _, c := range []struct {
		at int
		v  uint64
		n  int
	}{{8, 0xffff_ffff, 4}, {10, 0xffff, 2}, {12, 0xffff_fffe, 4}, {16, 0xffff_fffe, 4}} {
		z := bytes.Clone(b)
		copy(z[len(z)-endLen+c.at:], binary.LittleEndian.AppendUint64(nil, c.v)[:c.n])
		if n := allocated(func() {
			if _, err := openBytes(z); err == nil {
				t.Errorf("%d at %d of the end record was taken", c.v, c.at)
			}
		}); n > 1<<20 {
			t.Errorf("%d at %d of the end record took %d bytes", c.v, c.at, n)
		}
	}
}

// Archives that other people are known to have made against readers of archives.
func TestOpenRefusesKnownAttacks(t *testing.T) {
	zeros := func(n int) ([]byte, uint32) {
		var b bytes.Buffer
		w, err := flate.NewWriter(&b, 9)
		if err != nil {
			t.Fatal(err)
		}
		content := make([]byte, n)
		w.Write(content)
		w.Close()
		return b.Bytes(), crc32.ChecksumIEEE(content)
	}
	raw, sum := zeros(1 << 20)
	kernel := zip.FileHeader{Method: zip.Deflate, UncompressedSize64: 1 << 20, CompressedSize64: uint64(len(raw)), CRC32: sum}
	write := func(n int) []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for i := range n {
			h := kernel
			h.Name = fmt.Sprintf("manual/%04d", i)
			f, err := w.CreateRaw(&h)
			if err != nil {
				t.Fatal(err)
			}
			f.Write(raw)
		}
		w.Close()
		return b.Bytes()
	}
	// Each directory entry points to the one kernel at the archive's beginning.
	shared := write(300)
	central := bytes.Index(shared, []byte("PK\x01\x02"))
	quoted := bytes.Clone(shared)
	for at := central; bytes.HasPrefix(quoted[at:], []byte("PK\x01\x02")); at += entryLen + len("manual/0000") {
		binary.LittleEndian.PutUint32(quoted[at+42:], 0)
	}
	large := func(extra ...uint64) []byte {
		h := named("a.txt")
		body := []byte{}
		for _, v := range extra {
			body = binary.LittleEndian.AppendUint64(body, v)
		}
		h.Extra = append(binary.LittleEndian.AppendUint16([]byte{1, 0}, uint16(len(body))), body...)
		b := makeZip(t, h)
		i := bytes.Index(b, []byte("PK\x01\x02"))
		binary.LittleEndian.PutUint32(b[i+20:], 0xffffffff)
		binary.LittleEndian.PutUint32(b[i+24:], 0xffffffff)
		return b
	}
	for _, c := range []struct {
		name string
		b    []byte
		want string
	}{
		{"many small bombs", write(300), "the archive unpacks to"},
		{"entries that share their data", quoted, "the archive unpacks to"},
		{"an archive in an archive's place", append(bytes.Clone(shared), shared...), "before the archive or after"},
		{"two directories", append(bytes.Clone(shared[:len(shared)-endLen]), shared[central:]...), "before the archive or after"},
		{"large sizes of 2^63", large(1<<63, 1<<63), "impossible sizes"},
		{"large sizes that wrap", large(1<<64-1, 1<<64-1), "impossible sizes"},
		{"large sizes cut off", large(5), "damaged large-size field"},
		{"large sizes beyond the archive", large(1<<40, 1<<40), "the archive unpacks to"},
		{"UNC", makeZip(t, named(`\\server\share\x`)), "backslash"},
		{"UNC with slashes", makeZip(t, named("//server/share/x")), "absolute"},
		{"stream of NTFS", makeZip(t, named("manual/a.txt:b")), "Windows does not allow"},
		{"two forms of an accent", makeZip(t, named("manual/Pr\u00fcfung"), named("manual/Pru\u0308fung")), "case or Unicode form"},
		{"two forms in other case", makeZip(t, named("manual/Pr\u00dcfung"), named("manual/pru\u0308fung")), "case or Unicode form"},
		{"a folder in two forms", makeZip(t, named("Pr\u00fcfung/a"), named("Pru\u0308fung/b")), "case or Unicode form"},
		{"the sign of Ångström", makeZip(t, named("\u212b"), named("\u00e5")), "case or Unicode form"},
		{"deep", makeZip(t, named(strings.Repeat("d/", maxParts)+"x")), "more than 32 parts"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := allocated(func() {
				if _, err := openBytes(c.b); err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("error %v, want one with %q", err, c.want)
				}
			})
			if n > 2<<20 {
				t.Errorf("refusing it took %d bytes", n)
			}
		})
	}
}
