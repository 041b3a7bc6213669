package pack

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/auditseal/auditseal/report/pack/deflate"
)

// An archive of ours has one form, so that no bit of it can change unseen, not even one that no reader looks at: a time, a version, the
// padding inside compressed data. The headers are built again from what they say and compared, and each carries the SHA-256 of its
// entry's compressed bytes. Other programs' archives of the same files are read too; the check "zip" says which it is.

// A zipForm says whose form an entry has.
type zipForm int

const (
	formForeign zipForm = iota // another program's
	formPlain                  // auditseal's before entries carried digests
	formOurs
)

// A zipWrap is what is known of the archive around a pack.
type zipWrap struct {
	forms [3]int // entries by form
	// first is the first entry of each form; wrong says what else is not as auditseal writes it.
	first [3]string
	wrong string
}

// claimed is the form that the archive claims to have: the best of any entry.
func (w *zipWrap) claimed() zipForm {
	for f := formOurs; f > formForeign; f-- {
		if w.forms[f] > 0 {
			return f
		}
	}
	return formForeign
}

func (w *zipWrap) add(e *zipEntry) {
	if w.forms[e.form]++; w.forms[e.form] == 1 {
		w.first[e.form] = e.name
	}
}

const (
	zipUnix    = 3 << 8         // made by: Unix, no version
	zipVersion = 20             // needed: deflate
	zipLarge   = 45             // needed: sizes of 64 bits
	zipDate    = 1<<5 | 1       // 1 January 1980
	zipMode    = 0o100644 << 16 // a regular file
)

func (e *zipEntry) large() bool { return e.size >= math.MaxUint32 || e.compressed >= math.MaxUint32 }

// common are the members that both headers have, from the version needed to the modification date.
func (e *zipEntry) common(b []byte) []byte {
	version, flags := uint16(zipVersion), uint16(0)
	if e.large() {
		version, flags = zipLarge, flagDescriptor
	}
	if !isASCII(e.name) {
		flags |= flagUTF8
	}
	for _, v := range []uint16{version, flags, 8, 0, zipDate} {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	return b
}

func (e *zipEntry) localHeader() []byte {
	le := binary.LittleEndian
	b := e.common(le.AppendUint32(nil, localSig))
	if e.large() { // a descriptor behind the data has them
		b = append(b, make([]byte, 12)...)
	} else {
		b = le.AppendUint32(le.AppendUint32(le.AppendUint32(b, e.crc), uint32(e.compressed)), uint32(e.size))
	}
	extra := deflate.DigestExtra(e.digest)
	b = le.AppendUint16(le.AppendUint16(b, uint16(len(e.name))), uint16(len(extra)))
	return append(append(b, e.name...), extra...)
}

func (e *zipEntry) centralHeader() []byte {
	le := binary.LittleEndian
	b := e.common(le.AppendUint16(le.AppendUint32(nil, entrySig), zipUnix))
	b = le.AppendUint32(b, e.crc)
	extra := deflate.DigestExtra(e.digest)
	if e.large() || e.header >= math.MaxUint32 {
		b = le.AppendUint32(le.AppendUint32(b, math.MaxUint32), math.MaxUint32)
		extra = le.AppendUint16(le.AppendUint16(extra, 1), 24)
		for _, v := range []int64{e.size, e.compressed, e.header} {
			extra = le.AppendUint64(extra, uint64(v))
		}
	} else {
		b = le.AppendUint32(le.AppendUint32(b, uint32(e.compressed)), uint32(e.size))
	}
	b = le.AppendUint16(le.AppendUint16(b, uint16(len(e.name))), uint16(len(extra)))
	b = append(b, make([]byte, 6)...) // no comment, the first disk, no internal attributes
	b = le.AppendUint32(le.AppendUint32(b, zipMode), uint32(min(e.header, math.MaxUint32)))
	return append(append(b, e.name...), extra...)
}

// checkEnd says what is not as auditseal writes it at the end of an archive, or in the order of its entries.
func checkEnd(r io.ReaderAt, size, start, dirSize int64, count int) (string, error) {
	le := binary.LittleEndian
	var b []byte
	records, length, offset := uint64(count), uint64(dirSize), uint64(start)
	if records >= math.MaxUint16 || length >= math.MaxUint32 || offset >= math.MaxUint32 {
		b = le.AppendUint64(le.AppendUint32(b, end64Sig), end64Len-12)
		b = le.AppendUint16(le.AppendUint16(b, zipLarge), zipLarge)
		b = append(b, make([]byte, 8)...)
		for _, v := range []uint64{records, records, length, offset} {
			b = le.AppendUint64(b, v)
		}
		b = le.AppendUint32(le.AppendUint32(b, locSig), 0)
		b = le.AppendUint32(le.AppendUint64(b, offset+length), 1)
		records, length, offset = math.MaxUint16, math.MaxUint32, math.MaxUint32
	}
	b = le.AppendUint32(le.AppendUint32(b, endSig), 0)
	b = le.AppendUint16(le.AppendUint16(b, uint16(records)), uint16(records))
	b = le.AppendUint16(le.AppendUint32(le.AppendUint32(b, uint32(length)), uint32(offset)), 0)
	got := make([]byte, size-start-dirSize)
	if _, err := r.ReadAt(got, start+dirSize); err != nil {
		return "", err
	}
	if !bytes.Equal(got, b) {
		return "the record at the end of the archive is not as auditseal writes it", nil
	}
	return "", nil
}

// CheckWrapping checks the ZIP that a pack, or an extract of one, was opened from: every line of CheckZip, none where it was a folder. What is in
// the entries is not read.
func (p *Pack) CheckWrapping() []Check {
	w := p.wrap
	if w == nil {
		return nil
	}
	var out []Check
	form := w.claimed()
	for other := range form { // lesser forms beside it; of another program's archive there is none
		if n := w.forms[other]; n > 0 {
			out = append(out, Check{Name: CheckZip, Path: w.first[other],
				Detail: fmt.Sprintf("the headers of this entry are not as auditseal writes them (%d of %d are not): the archive was altered", n, n+w.forms[form])})
		}
	}
	if form != formForeign && w.wrong != "" {
		out = append(out, Check{Name: CheckZip, Detail: w.wrong + ": the archive was altered"})
	}
	if len(out) > 0 {
		return out
	}
	good := "another program made this archive of the files: they are checked, its wrapping says nothing"
	switch form {
	case formOurs:
		good = fmt.Sprintf("%d entries stand as auditseal writes them, every bit of the archive", w.forms[form])
	case formPlain:
		good = fmt.Sprintf("%d entries stand as auditseal wrote them before they carried digests of their compressed bytes", w.forms[form])
	}
	return []Check{{Name: CheckZip, OK: true, Detail: good}}
}

// checkZip checks the wrapping of a pack that was opened from a ZIP.
func (v *verifier) checkZip() {
	for _, c := range v.p.CheckWrapping() {
		if c.OK {
			v.good[CheckZip] = c.Detail
		} else {
			v.fail(CheckZip, c.Path, 0, "%s", c.Detail)
		}
	}
	if v.p.wrap == nil {
		return
	}
	// The signatures are checked by package seal, and there may be no key to check them with: what is compressed is checked here.
	for _, name := range v.p.under(SealDir) {
		f, err := v.p.Open(name)
		if err == nil {
			_, err = io.Copy(io.Discard, f)
			f.Close()
		}
		if err != nil {
			v.fail(CheckZip, name, 0, "cannot be read: %s", err)
		}
	}
}
