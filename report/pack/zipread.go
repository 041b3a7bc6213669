package pack

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"
	"math"
	"sort"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/klauspost/compress/flate"

	"github.com/auditseal/auditseal/report/pack/deflate"
)

// The ZIP is read by a parser of our own, stricter than archive/zip: two programs must never see two different packs in
// one file. Every byte belongs to exactly one entry or to the directory, each local header repeats what the directory says,
// and an entry gives exactly the bytes that it declares.

const (
	endLen     = 22
	end64Len   = 56
	locLen     = 20
	entryLen   = 46
	localLen   = 30
	endSig     = 0x06054b50
	end64Sig   = 0x06064b50
	locSig     = 0x07064b50
	entrySig   = 0x02014b50
	localSig   = 0x04034b50
	maxDirSize = 512 << 20

	flagEncrypted  = 1 << 0
	flagDescriptor = 1 << 3
	flagStrong     = 1 << 6
	flagUTF8       = 1 << 11
	flagMasked     = 1 << 13
)

type zipEntry struct {
	name             string
	flags, method    uint16
	crc              uint32
	size, compressed int64
	header, data     int64 // offsets in the file
	folder           bool
	// digest is the SHA-256 of the compressed bytes, where the headers carry one.
	digest []byte
	form   zipForm
}

func openZip(r io.ReaderAt, size int64) (*Pack, error) {
	entries, wrap, err := readDirectory(r, size)
	if err != nil {
		return nil, err
	}
	names := newNameSet()
	files := map[string]int64{}
	byName := make(map[string]*zipEntry, len(entries))
	for i := range entries {
		e := &entries[i]
		if e.folder {
			if err := names.dir(e.name); err != nil {
				return nil, err
			}
			continue
		}
		if err := names.add(e.name); err != nil {
			return nil, err
		}
		files[e.name] = e.size
		byName[e.name] = e
	}
	p := &Pack{wrap: wrap, open: func(name string) (io.ReadCloser, error) { return byName[name].open(r), nil }}
	p.index(files)
	return p, nil
}

// readDirectory finds and reads the directory at the end of the archive, and checks every local header against it.
func readDirectory(r io.ReaderAt, size int64) ([]zipEntry, *zipWrap, error) {
	count, start, dirSize, err := readEnd(r, size)
	if err != nil {
		return nil, nil, err
	}
	br := bufio.NewReaderSize(io.NewSectionReader(r, start, dirSize), 1<<16)
	entries := make([]zipEntry, 0, count)
	wrap := &zipWrap{}
	if wrap.wrong, err = checkEnd(r, size, start, dirSize, count); err != nil {
		return nil, nil, err
	}
	var used, unpacked int64
	for i := range count {
		e, n, err := readEntry(br)
		if err != nil {
			return nil, nil, fmt.Errorf("directory entry %d: %w", i+1, err)
		}
		if i > 0 && (e.name <= entries[i-1].name || e.header <= entries[i-1].header) {
			wrap.wrong = "the entries are not in the order in which auditseal writes them"
		}
		used += n
		unpacked += e.size
		entries = append(entries, e)
	}
	if unpacked > bombSize && unpacked/bombRatio > start {
		return nil, nil, fmt.Errorf("the archive unpacks to %d times its size; if you trust it, unpack it yourself and verify the folder", unpacked/max(start, 1))
	}
	if used != dirSize {
		return nil, nil, fmt.Errorf("the directory holds %d bytes that belong to no entry", dirSize-used)
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i].header < entries[j].header })
	var at int64
	for i := range entries {
		e := &entries[i]
		if i == 0 && e.header != 0 {
			return nil, nil, fmt.Errorf("%d bytes stand before the first entry %q", e.header, e.name)
		}
		if e.header < at {
			return nil, nil, fmt.Errorf("entry %q overlaps the one before it", e.name)
		}
		if e.header > at {
			return nil, nil, fmt.Errorf("%d bytes before entry %q belong to no entry", e.header-at, e.name)
		}
		if at, err = readLocal(r, e, start); err != nil {
			return nil, nil, fmt.Errorf("entry %q: %w", e.name, err)
		}
		wrap.add(e)
		// A data descriptor follows in archives that were written in one go. It repeats what the directory says.
		if e.flags&flagDescriptor != 0 {
			next := start
			if i+1 < len(entries) {
				next = entries[i+1].header
			}
			if next < at {
				return nil, nil, fmt.Errorf("entry %q overlaps the one after it", e.name)
			}
			if err := checkDescriptor(r, e, at, next-at); err != nil {
				return nil, nil, fmt.Errorf("entry %q: %w", e.name, err)
			}
			at = next
		}
	}
	if at != start {
		return nil, nil, fmt.Errorf("%d bytes before the directory belong to no entry", start-at)
	}
	return entries, wrap, nil
}

// readEnd reads the end record and says how many entries there are and where the directory stands.
func readEnd(r io.ReaderAt, size int64) (count int, start, dirSize int64, err error) {
	fail := func(format string, a ...any) (int, int64, int64, error) { return 0, 0, 0, fmt.Errorf(format, a...) }
	if size < endLen {
		return fail("not a ZIP archive: only %d bytes", size)
	}
	var b [endLen]byte
	if _, err := r.ReadAt(b[:], size-endLen); err != nil {
		return 0, 0, 0, err
	}
	le := binary.LittleEndian
	if le.Uint32(b[:]) != endSig || le.Uint16(b[20:]) != 0 {
		tail := make([]byte, min(size, endLen+math.MaxUint16))
		if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil {
			return 0, 0, 0, err
		}
		if bytes.Contains(tail, []byte{'P', 'K', 5, 6}) {
			return fail("the archive does not end where its directory says: a comment or other bytes follow")
		}
		return fail("not a ZIP archive, or one that was cut off: there is no directory at its end")
	}
	if le.Uint16(b[4:]) != 0 || le.Uint16(b[6:]) != 0 {
		return fail("the archive is one part of several")
	}
	n, onDisk := uint64(le.Uint16(b[10:])), uint64(le.Uint16(b[8:]))
	length, offset := uint64(le.Uint32(b[12:])), uint64(le.Uint32(b[16:]))
	end := size - endLen
	if n == math.MaxUint16 || length == math.MaxUint32 || offset == math.MaxUint32 {
		if end < locLen+end64Len {
			return fail("the large-archive record is missing")
		}
		var l [locLen]byte
		if _, err := r.ReadAt(l[:], end-locLen); err != nil {
			return 0, 0, 0, err
		}
		at := end - locLen - end64Len
		if le.Uint32(l[:]) != locSig || le.Uint64(l[8:]) != uint64(at) || le.Uint32(l[4:]) != 0 || le.Uint32(l[16:]) != 1 {
			return fail("the large-archive record is not where it should be")
		}
		var z [end64Len]byte
		if _, err := r.ReadAt(z[:], at); err != nil {
			return 0, 0, 0, err
		}
		if le.Uint32(z[:]) != end64Sig || le.Uint64(z[4:]) != end64Len-12 || le.Uint32(z[16:]) != 0 || le.Uint32(z[20:]) != 0 {
			return fail("the large-archive record is damaged")
		}
		onDisk, n, length, offset = le.Uint64(z[24:]), le.Uint64(z[32:]), le.Uint64(z[40:]), le.Uint64(z[48:])
		end = at
	}
	switch {
	case n != onDisk:
		return fail("the archive is one part of several")
	case n > maxFiles:
		return fail("the archive declares %d entries; a pack has at most %d", n, maxFiles)
	case length > maxDirSize || n*entryLen > length:
		return fail("the directory declares %d entries in %d bytes", n, length)
	case offset > uint64(end) || offset+length > uint64(end):
		return fail("the directory declares more bytes than the archive has")
	case offset+length < uint64(end):
		return fail("%d bytes stand before the archive or after its directory", uint64(end)-offset-length)
	}
	return int(n), int64(offset), int64(length), nil
}

// readEntry reads one entry of the directory and says how many bytes it took.
func readEntry(r io.Reader) (zipEntry, int64, error) {
	var b [entryLen]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return zipEntry{}, 0, fmt.Errorf("cut off: %w", err)
	}
	le := binary.LittleEndian
	if le.Uint32(b[:]) != entrySig {
		return zipEntry{}, 0, fmt.Errorf("no entry stands here")
	}
	nameLen, extraLen, commentLen := int(le.Uint16(b[28:])), int(le.Uint16(b[30:])), int(le.Uint16(b[32:]))
	rest := make([]byte, nameLen+extraLen+commentLen)
	if _, err := io.ReadFull(r, rest); err != nil {
		return zipEntry{}, 0, fmt.Errorf("cut off: %w", err)
	}
	raw := rest[:nameLen]
	name := string(raw)
	size, compressed, header := uint64(le.Uint32(b[24:])), uint64(le.Uint32(b[20:])), uint64(le.Uint32(b[42:]))
	e := zipEntry{name: strings.TrimSuffix(name, "/"), folder: strings.HasSuffix(name, "/"),
		flags: le.Uint16(b[8:]), method: le.Uint16(b[10:]), crc: le.Uint32(b[16:])}
	fail := func(format string, a ...any) (zipEntry, int64, error) {
		return e, 0, fmt.Errorf("%q: %w", name, fmt.Errorf(format, a...))
	}
	digest, err := readExtra(rest[nameLen:nameLen+extraLen], &size, &compressed, &header)
	if err != nil {
		return fail("%w", err)
	}
	e.digest = digest
	e.size, e.compressed, e.header = int64(size), int64(compressed), int64(header)
	mode := fs.FileMode(0)
	if b[5] == 3 || b[5] == 19 { // Unix and macOS keep the mode in the upper half
		mode = unixType(le.Uint32(b[38:]) >> 16)
	}
	switch {
	case e.flags&(flagEncrypted|flagStrong|flagMasked) != 0:
		return fail("the entry is encrypted")
	case e.method != 0 && e.method != 8:
		return fail("the entry is compressed by method %d; a pack uses deflate or none", e.method)
	case le.Uint16(b[34:]) != 0:
		return fail("the archive is one part of several")
	case commentLen != 0:
		return fail("the entry has a comment")
	case mode == fs.ModeSymlink:
		return fail("the entry is a symbolic link")
	case mode != 0 && mode != fs.ModeDir:
		return fail("the entry is a device or pipe")
	case size > math.MaxInt64/4 || compressed > math.MaxInt64/4 || header > math.MaxInt64/4:
		return fail("the entry declares impossible sizes")
	case e.method == 0 && size != compressed:
		return fail("the entry is not compressed, but declares two sizes, %d and %d", size, compressed)
	case e.folder && size != 0:
		return fail("the entry is a folder and holds %d bytes", size)
	case mode == fs.ModeDir && !e.folder:
		return fail("the entry is a folder without a slash")
	case size > bombSize && size/bombRatio > compressed:
		return fail("the entry unpacks to %d times its size; if you trust it, unpack it yourself and verify the folder", size/max(compressed, 1))
	}
	if !utf8.ValidString(name) {
		return fail("the name is not UTF-8")
	}
	if !isASCII(name) && e.flags&flagUTF8 == 0 {
		return fail("the name is not marked as UTF-8")
	}
	if err := checkPath(e.name); err != nil {
		return e, 0, err
	}
	if bytes.Equal(append(b[:], rest...), e.centralHeader()) {
		e.form = formPlain
		if e.digest != nil {
			e.form = formOurs
		}
	}
	return e, int64(entryLen + len(rest)), nil
}

func unixType(mode uint32) fs.FileMode {
	switch mode & 0o170000 {
	case 0, 0o100000:
		return 0
	case 0o040000:
		return fs.ModeDir
	case 0o120000:
		return fs.ModeSymlink
	}
	return fs.ModeIrregular
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// readExtra takes the sizes of large entries and the digest from the extra fields, and refuses a second name.
func readExtra(b []byte, size, compressed, header *uint64) (digest []byte, err error) {
	le := binary.LittleEndian
	large := false
	for len(b) > 0 {
		if len(b) < 4 || len(b) < 4+int(le.Uint16(b[2:])) {
			return nil, fmt.Errorf("damaged extra field")
		}
		id, body := le.Uint16(b), b[4:4+int(le.Uint16(b[2:]))]
		b = b[4+len(body):]
		switch id {
		case 0x7075:
			return nil, fmt.Errorf("the entry has a second name")
		case deflate.DigestField:
			if digest != nil || len(body) != sha256.Size {
				return nil, fmt.Errorf("damaged digest field")
			}
			digest = bytes.Clone(body)
		case 1:
			if large {
				return nil, fmt.Errorf("the entry has two large-size fields")
			}
			large = true
			for _, v := range []*uint64{size, compressed, header} {
				if v == nil || *v != math.MaxUint32 {
					continue
				}
				if len(body) < 8 {
					return nil, fmt.Errorf("damaged large-size field")
				}
				*v, body = le.Uint64(body), body[8:]
			}
		}
	}
	return digest, nil
}

// readLocal checks the header in front of the entry's data, and says where the data end.
func readLocal(r io.ReaderAt, e *zipEntry, limit int64) (int64, error) {
	var b [localLen]byte
	if e.header+localLen > limit {
		return 0, fmt.Errorf("its header lies outside the archive")
	}
	if _, err := r.ReadAt(b[:], e.header); err != nil {
		return 0, err
	}
	le := binary.LittleEndian
	if le.Uint32(b[:]) != localSig {
		return 0, fmt.Errorf("no header stands where the directory says")
	}
	rest := make([]byte, int(le.Uint16(b[26:]))+int(le.Uint16(b[28:])))
	if _, err := r.ReadAt(rest, e.header+localLen); err != nil {
		return 0, fmt.Errorf("its header is cut off")
	}
	name := string(rest[:le.Uint16(b[26:])])
	if strings.TrimSuffix(name, "/") != e.name || strings.HasSuffix(name, "/") != e.folder {
		return 0, fmt.Errorf("its header has another name, %q", name)
	}
	size, compressed := uint64(le.Uint32(b[22:])), uint64(le.Uint32(b[18:]))
	digest, err := readExtra(rest[len(name):], &size, &compressed, nil)
	if err != nil {
		return 0, err
	}
	if e.form != formForeign && !bytes.Equal(append(b[:], rest...), e.localHeader()) {
		e.form = formForeign
	}
	e.data = e.header + localLen + int64(len(rest))
	descriptor := e.flags&flagDescriptor != 0
	switch {
	case le.Uint16(b[6:]) != e.flags || le.Uint16(b[8:]) != e.method || !bytes.Equal(digest, e.digest):
		return 0, fmt.Errorf("its header differs from the directory")
	case !descriptor && (le.Uint32(b[14:]) != e.crc || size != uint64(e.size) || compressed != uint64(e.compressed)):
		return 0, fmt.Errorf("its header has another size or checksum than the directory")
	case e.data+e.compressed > limit:
		return 0, fmt.Errorf("its data lie outside the archive")
	}
	return e.data + e.compressed, nil
}

// checkDescriptor checks the n bytes after an entry's data.
func checkDescriptor(r io.ReaderAt, e *zipEntry, at, n int64) error {
	if n < 12 || n > 24 {
		return fmt.Errorf("%d bytes after it belong to no entry", n)
	}
	b := make([]byte, n)
	if _, err := r.ReadAt(b, at); err != nil {
		return err
	}
	le := binary.LittleEndian
	if n == 16 || n == 24 {
		if le.Uint32(b) != 0x08074b50 {
			return fmt.Errorf("its descriptor is damaged")
		}
		b = b[4:]
	}
	var compressed, size uint64
	switch len(b) {
	case 12:
		compressed, size = uint64(le.Uint32(b[4:])), uint64(le.Uint32(b[8:]))
	case 20:
		compressed, size = le.Uint64(b[4:]), le.Uint64(b[12:])
	default:
		return fmt.Errorf("%d bytes after it belong to no entry", n)
	}
	if le.Uint32(b) != e.crc || compressed != uint64(e.compressed) || size != uint64(e.size) {
		return fmt.Errorf("its descriptor differs from the directory")
	}
	return nil
}

var inflaters = sync.Pool{New: func() any { return flate.NewReader(nil) }}

// open reads the entry. The reader fails at the end unless exactly the declared bytes came.
func (e *zipEntry) open(r io.ReaderAt) io.ReadCloser {
	er := &entryReader{e: e, crc: crc32.NewIEEE()}
	raw := io.Reader(io.NewSectionReader(r, e.data, e.compressed))
	if e.digest != nil {
		er.raw = &hashReader{r: raw, h: sha256.New()}
		raw = er.raw
	}
	section := bufio.NewReaderSize(raw, 1<<16)
	er.section = section
	if e.method == 0 {
		er.r = section
		return er
	}
	f := inflaters.Get().(io.ReadCloser)
	// Reset of a reader of ours cannot fail; the interface says it might.
	_ = f.(flate.Resetter).Reset(section, nil)
	er.r, er.inflater = f, f
	return er
}

type entryReader struct {
	e        *zipEntry
	r        io.Reader
	section  *bufio.Reader
	raw      *hashReader // of the compressed bytes; nil where no digest is declared
	inflater io.ReadCloser
	crc      hash.Hash32
	n        int64
	err      error
}

func (r *entryReader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	n, err := r.r.Read(p)
	r.n += int64(n)
	r.crc.Write(p[:n])
	switch {
	case r.n > r.e.size:
		// Declared sizes bound everything above; what comes after is never handed on.
		n -= int(r.n - r.e.size)
		err = fmt.Errorf("entry %q gives more than the %d bytes it declares", r.e.name, r.e.size)
	case err == io.EOF && r.n < r.e.size:
		err = fmt.Errorf("entry %q ends after %d of the %d bytes it declares", r.e.name, r.n, r.e.size)
	case err == io.EOF && r.crc.Sum32() != r.e.crc:
		err = fmt.Errorf("entry %q has the checksum %08x, not the declared %08x", r.e.name, r.crc.Sum32(), r.e.crc)
	case err == io.EOF:
		if _, more := r.section.ReadByte(); more != io.EOF {
			err = fmt.Errorf("entry %q holds bytes behind its compressed data", r.e.name)
		} else if r.raw != nil && !bytes.Equal(r.raw.h.Sum(nil), r.e.digest) {
			err = fmt.Errorf("entry %q: its compressed bytes were altered: they have another SHA-256 than its header says", r.e.name)
		}
	case err != nil:
		err = fmt.Errorf("entry %q: damaged after %d bytes: %w", r.e.name, r.n, err)
	}
	r.err = err
	return n, err
}

func (r *entryReader) Close() error {
	if r.inflater != nil {
		inflaters.Put(r.inflater)
		r.inflater = nil
		r.r = nil
	}
	if r.err == nil {
		r.err = fs.ErrClosed
	}
	return nil
}
