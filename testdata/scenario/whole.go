package scenario

import (
	"bytes"
	"io"
	"net/http"
)

// A Doer sends requests; aws.HTTPClient is one.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// Whole makes a client that reads the answer to its end before it gives it away. Use it around the SDK's client where a test
// talks to the server without a tape: the SDK closes the request's body as soon as Do returns, and over the loopback that
// can be before net/http has looked for the body's end, which breaks the connection in the midst of a large answer ("use
// of closed network connection"). A tape reads the whole answer anyway.
func Whole(d Doer) Doer { return whole{d} }

type whole struct{ Doer }

func (w whole) Do(r *http.Request) (*http.Response, error) {
	resp, err := w.Doer.Do(r)
	if err != nil {
		return resp, err
	}
	b, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	// What broke off breaks off for the reader too.
	var rest io.Reader = bytes.NewReader(b)
	if err != nil {
		rest = io.MultiReader(rest, broken{err})
	}
	resp.Body = io.NopCloser(rest)
	return resp, nil
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }
