package deflate

import (
	"bytes"
	stdflate "compress/flate"
	"errors"
	"hash/crc32"
	"io"
	"math/rand"
	"testing"
)

type collectSink struct {
	cur     []byte
	streams [][]byte
	sums    []Sum
}

func (c *collectSink) Write(p []byte) (int, error) { c.cur = append(c.cur, p...); return len(p), nil }
func (c *collectSink) End(s Sum) error {
	c.streams, c.sums, c.cur = append(c.streams, c.cur), append(c.sums, s), nil
	return nil
}

func inputs() [][]byte {
	rnd := rand.New(rand.NewSource(1))
	var out [][]byte
	for _, n := range []int{0, 1, 100, BlockSize - 1, BlockSize, BlockSize + 1, 3*BlockSize + 77, 0, 5} {
		b := make([]byte, n)
		for i := range b {
			b[i] = "abcdef {}\":,"[rnd.Intn(12)]
		}
		out = append(out, b)
	}
	return out
}

func compress(t *testing.T, in [][]byte, workers, chunk int) *collectSink {
	t.Helper()
	sink := &collectSink{}
	w := NewWriter(sink, workers)
	for _, b := range in {
		if err := w.Next(); err != nil {
			t.Fatal(err)
		}
		for len(b) > 0 {
			n := min(chunk, len(b))
			if _, err := w.Write(b[:n]); err != nil {
				t.Fatal(err)
			}
			b = b[n:]
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return sink
}

func TestStreamsComeBack(t *testing.T) {
	in := inputs()
	sink := compress(t, in, 2, 1<<15)
	if len(sink.streams) != len(in) {
		t.Fatalf("%d streams came out of %d", len(sink.streams), len(in))
	}
	for i, s := range sink.streams {
		got, err := io.ReadAll(stdflate.NewReader(bytes.NewReader(s)))
		if err != nil || !bytes.Equal(got, in[i]) {
			t.Errorf("stream %d: %d bytes back of %d: %v", i, len(got), len(in[i]), err)
		}
		want := Sum{CRC32: crc32.ChecksumIEEE(in[i]), Size: int64(len(in[i])), Compressed: int64(len(s))}
		if sink.sums[i] != want {
			t.Errorf("stream %d: sum %+v, want %+v", i, sink.sums[i], want)
		}
	}
}

func TestBytesDependOnInputAlone(t *testing.T) {
	in := inputs()
	want := compress(t, in, 1, 1<<20)
	for _, workers := range []int{2, 3, 8} {
		got := compress(t, in, workers, 777)
		for i := range in {
			if !bytes.Equal(got.streams[i], want.streams[i]) {
				t.Errorf("stream %d differs with %d workers", i, workers)
			}
		}
	}
}

type brokenSink struct{ after int }

func (b *brokenSink) Write(p []byte) (int, error) {
	if b.after--; b.after < 0 {
		return 0, errors.New("disk full")
	}
	return len(p), nil
}
func (b *brokenSink) End(Sum) error { return nil }

func TestSinkErrorIsReported(t *testing.T) {
	w := NewWriter(&brokenSink{after: 2}, 2)
	for range 40 {
		_ = w.Next()
		_, _ = w.Write(make([]byte, BlockSize))
	}
	if err := w.Close(); err == nil || err.Error() != "disk full" {
		t.Errorf("Close: %v, want the sink's error", err)
	}
}

func TestSpool(t *testing.T) {
	s := NewSpool(t.TempDir())
	defer s.Close()
	for round := range 2 {
		var want []byte
		rnd := rand.New(rand.NewSource(int64(round)))
		for len(want) < 3*spoolMemory {
			p := make([]byte, rnd.Intn(300_000))
			rnd.Read(p)
			if _, err := s.Write(p); err != nil {
				t.Fatal(err)
			}
			want = append(want, p...)
		}
		if s.Size() != int64(len(want)) {
			t.Fatalf("size %d, want %d", s.Size(), len(want))
		}
		for range 50 {
			off := rnd.Intn(len(want))
			n := rnd.Intn(len(want) - off)
			got, err := io.ReadAll(s.Section(int64(off), int64(n)))
			if err != nil || !bytes.Equal(got, want[off:off+n]) {
				t.Fatalf("section %d+%d differs: %v", off, n, err)
			}
		}
		if err := s.Reset(); err != nil {
			t.Fatal(err)
		}
	}
}
