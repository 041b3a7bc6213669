package tape

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/klauspost/compress/gzip"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// maxUnpacked bounds what a packed answer may unpack to. AWS Config's history files stay far below it.
const maxUnpacked = 512 << 20

// packed reports whether an answer is gzip that holds JSON in which something may have to go.
func packed(op evidence.Operation, body []byte) bool {
	return op.Nested && len(body) > 2 && body[0] == 0x1f && body[1] == 0x8b
}

// unpacked redacts what stands in a gzip file. A file in which nothing had to go stays as AWS sent it. One that was changed is packed again, and
// the exchange says which object it was; its checksums are looked at here, because the SDK sees the changed one. What cannot be unpacked
// stays as it is where it came whole: nobody can read a secret in it either.
func (c *client) unpacked(ex *evidence.Exchange, op evidence.Operation, resp *http.Response, body []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return body, nil
	}
	plain, err := io.ReadAll(io.LimitReader(z, maxUnpacked+1))
	if len(plain) > maxUnpacked {
		ex.Failure = &evidence.Failure{Code: "TooLarge", Message: fmt.Sprintf("the answer unpacks to more than %d MiB", maxUnpacked>>20)}
		return nil, nil
	}
	broken := err != nil // cut off, or wrong by its own checksum: what came before may hold a secret
	clean, taken, err := c.Redact.apply(op, plain)
	if err != nil || len(taken) == 0 {
		return body, err
	}
	if ex.Reduced == nil {
		sums := sumsOf(resp.Header)
		for _, w := range sums.writers() {
			w.Write(body)
		}
		if wrong := sums.wrong(); wrong != "" {
			ex.Failure = &evidence.Failure{Code: "ChecksumMismatch", Message: "the " + wrong + " of the body is not the one that came with it"}
			return nil, nil
		}
		ex.Reduced = &evidence.Reduced{SHA256: evidence.Sum(body), Size: int64(len(body)), VersionID: resp.Header.Get("X-Amz-Version-Id")}
		dropSums(resp.Header)
		for name := range ex.Header {
			if sumHeader(name) {
				delete(ex.Header, name)
			}
		}
	}
	ex.Redactions = taken
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err = w.Write(clean)
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, err
	}
	if broken {
		return out.Bytes()[:out.Len()-8], nil // as broken as it was
	}
	return out.Bytes(), nil
}
