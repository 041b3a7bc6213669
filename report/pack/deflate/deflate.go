// Package deflate compresses streams to DEFLATE on several cores, one stream after the other, in bounded memory.
//
// Each stream is cut into blocks of BlockSize bytes that are compressed independently and joined again in order, so the
// bytes depend on the input alone: never on the number of workers or on timing. What comes out is one ordinary DEFLATE
// stream that every ZIP reader knows. The price is about one part in a hundred in size.
//
// It is used for the pack's ZIP and for the workbook, which is a ZIP too.
package deflate

import (
	"hash/crc32"
	"io"
	"sync"

	"github.com/klauspost/compress/flate"
)

// BlockSize is how much is compressed at a time. It is part of the output's bytes: changing it changes every pack.
const BlockSize = 1 << 20

// Level is the compression level. It is part of the output's bytes too. Of evidence 3 makes some 7 % more than 6, in two thirds of the time.
const Level = 3

// A Sum describes a whole stream.
type Sum struct {
	// CRC32 is the IEEE checksum of the uncompressed bytes.
	CRC32 uint32
	// Size and Compressed are in bytes.
	Size, Compressed int64
}

// A Sink takes the compressed streams. Its methods are called in order, from one goroutine.
type Sink interface {
	// Write takes the next bytes of the current stream. The slice is the sink's only until it returns.
	io.Writer
	// End finishes the current stream.
	End(Sum) error
}

// A Writer compresses what is written to it. Next ends a stream and begins another; Close ends the last.
type Writer struct {
	sink Sink
	free chan *block // blocks that nobody uses; its capacity bounds the memory
	jobs chan *block
	line chan *block // the same blocks, in the order of the input
	done chan struct{}

	cur   *block
	crc   uint32
	size  int64
	begun bool

	mu  sync.Mutex
	err error
}

type block struct {
	in    []byte
	out   sliceWriter
	last  bool
	sum   Sum // of the stream; set on its last block
	err   error
	ready chan struct{}
}

type sliceWriter struct{ b []byte }

func (w *sliceWriter) Write(p []byte) (int, error) {
	w.b = append(w.b, p...)
	return len(p), nil
}

// NewWriter starts workers that compress for sink. Close must be called to end them.
func NewWriter(sink Sink, workers int) *Writer {
	n := 2*workers + 2
	w := &Writer{sink: sink, free: make(chan *block, n), jobs: make(chan *block, n), line: make(chan *block, n), done: make(chan struct{})}
	for range n {
		w.free <- &block{in: make([]byte, 0, BlockSize), ready: make(chan struct{}, 1)}
	}
	for range workers {
		go w.work()
	}
	go w.collect()
	return w
}

func (w *Writer) work() {
	fw, err := flate.NewWriter(io.Discard, Level)
	for b := range w.jobs {
		b.out.b, b.err = b.out.b[:0], err
		if b.err == nil {
			fw.Reset(&b.out)
			_, b.err = fw.Write(b.in)
		}
		if b.err == nil && b.last {
			b.err = fw.Close()
		} else if b.err == nil {
			b.err = fw.Flush()
		}
		b.ready <- struct{}{}
	}
}

// collect hands finished blocks to the sink in the order of the input. After an error it only drains.
func (w *Writer) collect() {
	defer close(w.done)
	var written int64
	for b := range w.line {
		<-b.ready
		err := b.err
		if err == nil && w.failed() == nil {
			_, err = w.sink.Write(b.out.b)
			written += int64(len(b.out.b))
			if err == nil && b.last {
				b.sum.Compressed = written
				err = w.sink.End(b.sum)
				written = 0
			}
		}
		if err != nil {
			w.fail(err)
		}
		b.in, b.last = b.in[:0], false
		w.free <- b
	}
}

func (w *Writer) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = err
	}
}

func (w *Writer) failed() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Next ends the stream before it, if there is one, and begins another. A stream may be empty.
func (w *Writer) Next() error {
	w.end()
	w.begun = true
	return w.failed()
}

// Write adds to the current stream.
func (w *Writer) Write(p []byte) (int, error) {
	n := len(p)
	w.crc = crc32.Update(w.crc, crc32.IEEETable, p)
	w.size += int64(n)
	for len(p) > 0 {
		if w.cur == nil {
			w.cur = <-w.free
		}
		// A full block is sent only when more follows, so that the last block is never empty unless the stream is.
		if len(w.cur.in) == BlockSize {
			w.send()
			continue
		}
		k := min(len(p), BlockSize-len(w.cur.in))
		w.cur.in = append(w.cur.in, p[:k]...)
		p = p[k:]
	}
	return n, w.failed()
}

func (w *Writer) send() {
	w.jobs <- w.cur
	w.line <- w.cur
	w.cur = nil
}

func (w *Writer) end() {
	if !w.begun {
		return
	}
	if w.cur == nil {
		w.cur = <-w.free
	}
	w.cur.last, w.cur.sum = true, Sum{CRC32: w.crc, Size: w.size}
	w.send()
	w.crc, w.size, w.begun = 0, 0, false
}

// Close ends the last stream, waits for the sink and ends the workers. It reports the first error of all.
func (w *Writer) Close() error {
	w.end()
	close(w.jobs)
	close(w.line)
	<-w.done
	return w.failed()
}
