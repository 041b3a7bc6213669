package tape

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"
	"net/http"
	"strings"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// A Reducer says what is kept of answers that may be too large to be kept whole: objects in S3. It must depend on what it reads alone.
type Reducer struct {
	// Wants chooses the requests whose answer is reduced; others are kept whole.
	Wants func(evidence.Request) bool
	// Reduce reads an answer as a stream, to its end, and writes what is kept in its place. It counts the items that it read and those that
	// it kept. An error says that the answer is not what it should be: it is then kept in no form, and the call has failed.
	Reduce func(body io.Reader, to io.Writer) (items, kept int, err error)
	// Most bounds what is kept, whole or reduced, in bytes.
	Most int64
}

// A bound buffer takes no more than it may.
type bound struct {
	b    bytes.Buffer // not embedded: its own ReadFrom and WriteString know no bound
	most int64
}

var errTooLarge = errors.New("larger than what is kept of an answer")

func (b *bound) Write(p []byte) (int, error) {
	if int64(b.b.Len()+len(p)) > b.most {
		return 0, errTooLarge
	}
	return b.b.Write(p)
}

// take reads the body of a successful answer: whole, or reduced as r says. A Failure says that it could not be.
func (r Reducer) take(req evidence.Request, resp *http.Response) ([]byte, *evidence.Reduced, *evidence.Failure) {
	kept := &bound{most: r.Most}
	tooLarge := &evidence.Failure{Code: "TooLarge", Message: fmt.Sprintf("more than %d MiB would have to be kept of the answer", r.Most>>20)}
	if !r.Wants(req) {
		if resp.ContentLength > r.Most {
			return nil, nil, tooLarge
		}
		_, err := io.Copy(kept, resp.Body)
		switch {
		case errors.Is(err, errTooLarge):
			return nil, nil, tooLarge
		case err != nil:
			return nil, nil, broken(err, int64(kept.b.Len()), resp.StatusCode)
		}
		return kept.b.Bytes(), nil, nil
	}
	digest := sha256.New()
	sums := sumsOf(resp.Header)
	in := &counter{r: resp.Body, to: append([]io.Writer{digest}, sums.writers()...)}
	items, n, err := r.Reduce(in, kept)
	if _, more := io.Copy(io.Discard, in); in.err == nil && more != nil {
		in.err = more
	}
	switch {
	case in.err != nil: // whatever the reader made of it, the answer broke off
		return nil, nil, broken(in.err, in.n, resp.StatusCode)
	case sums.wrong() != "":
		return nil, nil, &evidence.Failure{Code: "ChecksumMismatch", Message: "the " + sums.wrong() + " of the body is not the one that came with it"}
	case errors.Is(err, errTooLarge):
		return nil, nil, tooLarge
	case err != nil:
		return nil, nil, &evidence.Failure{Code: "UnreadableObject", Message: err.Error()}
	}
	out := &evidence.Reduced{SHA256: evidence.Digest(digest.Sum(nil)), Size: in.n, VersionID: resp.Header.Get("X-Amz-Version-Id"), Items: items, Kept: n}
	dropSums(resp.Header)
	return kept.b.Bytes(), out, nil
}

// dropSums drops what speaks of the whole body, which is not what the SDK gets to read.
func dropSums(h http.Header) {
	for name := range h {
		if sumHeader(name) {
			h.Del(name)
		}
	}
}

func sumHeader(name string) bool {
	return name == "Content-Length" || name == "Content-Encoding" || name == "Content-Md5" || strings.HasPrefix(name, "X-Amz-Checksum-")
}

// broken words a body that ended early.
func broken(err error, n int64, status int) *evidence.Failure {
	f := failure(err)
	if f.Code != "Timeout" {
		f = &evidence.Failure{Code: "TruncatedBody", Message: fmt.Sprintf("the body broke off after %d bytes of an answer with status %d", n, status)}
	}
	return f
}

// A counter counts what is read, and shows it to others.
type counter struct {
	r   io.Reader
	to  []io.Writer
	n   int64
	err error // but io.EOF
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	for _, w := range c.to {
		w.Write(p[:n]) // hashes, which never fail
	}
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}

// sums are the checksums that S3 sent with an object, and what the body has.
type sums []sum

type sum struct {
	name, want string
	hash.Hash
}

var nvme = crc64.MakeTable(0x9a6c9329ac4bc9b5)

// sumsOf finds the checksums of the whole object. One that is composed of those of its parts cannot be told from the body; the SDK passes
// over it too.
func sumsOf(h http.Header) sums {
	var out sums
	for _, s := range []struct {
		name string
		make func() hash.Hash
	}{
		{"CRC32", func() hash.Hash { return crc32.NewIEEE() }},
		{"CRC32C", func() hash.Hash { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) }},
		{"CRC64NVME", func() hash.Hash { return crc64.New(nvme) }},
		{"SHA1", sha1.New},
		{"SHA256", sha256.New},
	} {
		if v := h.Get("X-Amz-Checksum-" + s.name); v != "" && !strings.Contains(v, "-") && h.Get("X-Amz-Checksum-Type") != "COMPOSITE" {
			out = append(out, sum{s.name, v, s.make()})
		}
	}
	return out
}

func (s sums) writers() []io.Writer {
	var out []io.Writer
	for _, x := range s {
		out = append(out, x)
	}
	return out
}

// wrong names the first that does not hold.
func (s sums) wrong() string {
	for _, x := range s {
		if base64.StdEncoding.EncodeToString(x.Sum(nil)) != x.want {
			return x.name
		}
	}
	return ""
}
