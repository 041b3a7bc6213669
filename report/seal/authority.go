package seal

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/digitorus/timestamp"
)

// Limits of asking an authority.
const (
	// maxAnswer is the largest answer that is read, in bytes. Real ones have less than 20,000.
	maxAnswer = 256 << 10
	// maxApart is how far the authority's clock and this machine's may be apart.
	maxApart = 10 * time.Minute
)

// An Authority asks RFC 3161 timestamp authorities.
type Authority struct {
	// URLs are asked in this order; the first right answer is taken.
	URLs []string
	// Roots are what an authority's certificate must lead to. Stamp refuses to ask without them.
	Roots *x509.CertPool
	// Policy is the object identifier that is asked for and must be answered; empty means the authority's own.
	Policy string
	// Now is the clock that the token's time is held against. It must be set.
	Now func() time.Time
	// Random gives nonces. It must be set.
	Random io.Reader
	// Transport carries the requests; nil means http.DefaultTransport.
	Transport http.RoundTripper
	// Timeout bounds each attempt, the answer included; 0 means 15 seconds.
	Timeout time.Duration
	// Attempts is how often each authority is asked where it answers with a server's fault or not at all; 0 means 3.
	Attempts int
	// Pause is how long to wait before the second attempt, twice as long before each one after; 0 means half a second.
	Pause time.Duration
}

// Stamp has the SHA-256 of data timestamped, and gives the token checked: nonce, imprint, policy, signature, the certificate's purpose, and the
// way to a root at the token's time. Where no authority answers rightly the error says of each what it did.
func (a *Authority) Stamp(ctx context.Context, data []byte) (*Token, error) {
	if a.Roots == nil || len(a.URLs) == 0 || a.Now == nil || a.Random == nil {
		return nil, errors.New("timestamp: authorities, roots, a clock and randomness are needed")
	}
	var policy asn1.ObjectIdentifier
	for part := range strings.SplitSeq(a.Policy, ".") {
		if a.Policy == "" {
			break
		}
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil, fmt.Errorf("timestamp: the policy %q is not an object identifier", a.Policy)
		}
		policy = append(policy, n)
	}
	sum := sha256.Sum256(data)
	var wrong []error
	for _, u := range a.URLs {
		t, err := a.ask(ctx, u, policy, sum[:], data)
		if err == nil {
			return t, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		wrong = append(wrong, fmt.Errorf("timestamp authority %s: %w", u, err))
	}
	return nil, errors.Join(wrong...)
}

// StampToken is Stamp for those who want the bare token (a CMS ContentInfo in DER), as a PDF does.
func (a *Authority) StampToken(ctx context.Context, data []byte) ([]byte, error) {
	t, err := a.Stamp(ctx, data)
	if err != nil {
		return nil, err
	}
	return t.DER, nil
}

// again is an error after which the same authority may be asked once more.
type again struct{ error }

func (e again) Unwrap() error { return e.error }

func (a *Authority) ask(ctx context.Context, u string, policy asn1.ObjectIdentifier, sum, data []byte) (*Token, error) {
	var random [8]byte
	if _, err := io.ReadFull(a.Random, random[:]); err != nil {
		return nil, err
	}
	// Some authorities keep a nonce in 64 bits with a sign.
	nonce := new(big.Int).SetBytes(random[:])
	nonce.Rsh(nonce, 1)
	req, err := (&timestamp.Request{HashAlgorithm: crypto.SHA256, HashedMessage: sum, Certificates: true, TSAPolicyOID: policy, Nonce: nonce}).Marshal()
	if err != nil {
		return nil, err
	}
	attempts, pause := max(a.Attempts, 0), a.Pause
	if attempts == 0 {
		attempts = 3
	}
	if pause == 0 {
		pause = time.Second / 2
	}
	var answer []byte
	for i := 1; ; i++ {
		answer, err = a.post(ctx, u, req)
		var more again
		if !errors.As(err, &more) {
			break
		}
		if i == attempts {
			if i > 1 {
				err = fmt.Errorf("%w (asked %d times)", err, i)
			}
			break
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
		pause *= 2
	}
	if err != nil {
		return nil, err
	}
	der, err := tokenOf(answer)
	if err != nil {
		return nil, err
	}
	t, _, err := readToken(der, data, a.Roots)
	switch {
	case err != nil:
		return nil, err
	case t.nonce == nil || t.nonce.Cmp(nonce) != 0:
		return nil, errors.New("the token answers another request: its nonce differs")
	case a.Policy != "" && t.Policy != a.Policy:
		return nil, fmt.Errorf("the token follows the policy %s, not %s as asked", t.Policy, a.Policy)
	}
	if apart := a.Now().Sub(t.Time); apart > maxApart || apart < -maxApart {
		return nil, fmt.Errorf("the token's time is %s, and by this machine's clock it is %s: set the clock, or ask another authority", t.Time.Format(time.RFC3339), a.Now().UTC().Format(time.RFC3339))
	}
	// As a verifier will see it.
	if _, err := VerifyToken(t.Response, data, a.Roots); err != nil {
		return nil, fmt.Errorf("the token would not verify later: %w", err)
	}
	return t, nil
}

// post sends a request and gives the body of a right answer.
func (a *Authority) post(ctx context.Context, u string, body []byte) ([]byte, error) {
	timeout := a.Timeout
	if timeout == 0 {
		timeout = 15 * time.Second
	}
	inner, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(inner, http.MethodPost, u, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/timestamp-query")
	req.Header.Set("Accept", "application/timestamp-reply")
	req.Header.Set("User-Agent", "auditseal")
	c := http.Client{Transport: a.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Do(req)
	if err != nil {
		return nil, unreached(ctx, inner, timeout, err)
	}
	defer resp.Body.Close()
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	switch {
	case resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests:
		return nil, again{fmt.Errorf("it answered %s", statusText(resp))}
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		return nil, fmt.Errorf("it answered %s and points to %.200q: a timestamp is taken from the address in audit.yaml alone; write that one there if it is right", statusText(resp), resp.Header.Get("Location"))
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("it answered %s", statusText(resp))
	case kind != "application/timestamp-reply":
		return nil, fmt.Errorf("it answered with the content type %.100q, not application/timestamp-reply: is this the address of a timestamp authority?", resp.Header.Get("Content-Type"))
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil && inner.Err() == nil:
		return nil, again{fmt.Errorf("its answer broke off after %d bytes: %w", len(answer), err)}
	case err != nil:
		return nil, unreached(ctx, inner, timeout, err)
	case len(answer) > maxAnswer:
		return nil, fmt.Errorf("its answer is larger than %d bytes, and no timestamp is", maxAnswer)
	}
	return answer, nil
}

// unreached words an attempt that gave no answer.
func unreached(ctx, inner context.Context, timeout time.Duration, err error) error {
	var ue *url.Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case inner.Err() != nil:
		return again{fmt.Errorf("it did not answer within %s", timeout)}
	case errors.As(err, &ue):
		return again{fmt.Errorf("it cannot be reached: %w", ue.Err)}
	}
	return again{fmt.Errorf("it cannot be reached: %w", err)}
}

func statusText(r *http.Response) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", r.StatusCode, http.StatusText(r.StatusCode)))
}
