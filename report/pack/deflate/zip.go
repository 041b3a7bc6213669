package deflate

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"io"
	"math"
	"unicode/utf8"
)

// zipDate is 1 January 1980, the first day a ZIP can tell: entries have no times of their own.
const zipDate = 1<<5 | 1

// A Zip writes an archive: entries one after the other, deflated on several cores, with fixed times and modes, so that the same
// entries give the same bytes on any machine. Sizes stand in front of each entry's data, as strict readers want them, so an
// entry waits in a spool until it is whole. Memory does not grow with the archive but for its directory.
type Zip struct {
	// Check, if it is set, may refuse an entry once its sizes are known.
	Check func(name string, s Sum) error
	// Digests adds the SHA-256 of its compressed bytes to each entry, in an extra field (DigestExtra).
	Digests bool

	w     *Writer
	sink  *zipSink
	names chan string // of the entries that are on their way to the sink
	err   error
}

// NewZip starts an archive. tmp is where the spool's file stands, if it needs one: the system's temporary folder if empty.
func NewZip(w io.Writer, tmp string, workers int) *Zip {
	z := &Zip{names: make(chan string, 1<<10)}
	z.sink = &zipSink{zip: z, w: zip.NewWriter(w), spool: NewSpool(tmp), hash: sha256.New()}
	z.w = NewWriter(z.sink, workers)
	return z
}

// Create ends the entry before it and begins another. The writer is good until the next Create.
func (z *Zip) Create(name string) (io.Writer, error) {
	if z.err == nil {
		z.err = z.w.Next()
	}
	if z.err != nil {
		return nil, z.err
	}
	z.names <- name
	return z.w, nil
}

// Close ends the archive. It reports the first error of all, those of earlier writes included.
func (z *Zip) Close() error {
	err := z.w.Close()
	if err == nil {
		err = z.sink.w.Close()
	}
	return errors.Join(err, z.sink.spool.Close())
}

// DigestField is the id of the extra field that holds the SHA-256 of an entry's compressed bytes: "AS". Readers pass over ids that they
// do not know.
const DigestField = 'A' | 'S'<<8

// DigestExtra is that field; without a digest there is none.
func DigestExtra(digest []byte) []byte {
	if len(digest) == 0 {
		return nil
	}
	b := binary.LittleEndian.AppendUint16(nil, DigestField)
	return append(binary.LittleEndian.AppendUint16(b, uint16(len(digest))), digest...)
}

type zipSink struct {
	zip   *Zip
	w     *zip.Writer
	spool *Spool
	hash  hash.Hash // of the entry's compressed bytes
}

func (s *zipSink) Write(p []byte) (int, error) {
	if s.zip.Digests {
		s.hash.Write(p)
	}
	return s.spool.Write(p)
}

func (s *zipSink) End(sum Sum) error {
	name := <-s.zip.names
	if s.zip.Check != nil {
		if err := s.zip.Check(name, sum); err != nil {
			return err
		}
	}
	//lint:ignore SA1019 Modified adds an extra field of seconds since 1970, which a fixed date has no use for
	h := &zip.FileHeader{Name: name, Method: zip.Deflate, ModifiedDate: zipDate, CRC32: sum.CRC32,
		UncompressedSize64: uint64(sum.Size), CompressedSize64: uint64(sum.Compressed), ReaderVersion: 20}
	h.SetMode(0o644)
	if s.zip.Digests {
		h.Extra = DigestExtra(s.hash.Sum(nil))
		s.hash.Reset()
	}
	for i := range len(name) {
		if name[i] >= utf8.RuneSelf {
			h.Flags |= 1 << 11 // the name is UTF-8
			break
		}
	}
	// archive/zip writes no large-size field into the header of a raw entry; with a descriptor behind the data it need not. Excel
	// wants the version in that header to be the one in the directory.
	if sum.Size >= math.MaxUint32 || sum.Compressed >= math.MaxUint32 {
		h.Flags |= 1 << 3
		h.ReaderVersion = 45
	}
	w, err := s.w.CreateRaw(h)
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, s.spool.Section(0, sum.Compressed)); err != nil {
		return err
	}
	return s.spool.Reset()
}
