// Package sealtest is a timestamp authority (RFC 3161) for tests, with certificates of its own, that can be told to misbehave in one way
// each. It is no authority to be relied on.
package sealtest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/digitorus/timestamp"
)

// Policy is the policy that the authority follows, unless told otherwise.
const Policy = "1.3.6.1.4.1.13762.3"

// A CA issues certificates.
type CA struct {
	Certificate *x509.Certificate
	Key         crypto.Signer
	random      io.Reader
	now         time.Time
	serial      int64
}

// NewCA makes a root that is valid for ten years around now.
func NewCA(random io.Reader, now time.Time, name string) (*CA, error) {
	c := &CA{random: random, now: now}
	key, err := ecdsa.GenerateKey(elliptic.P256(), random)
	if err != nil {
		return nil, err
	}
	c.Key = key
	c.Certificate, err = c.issue(nil, key.Public(), &x509.Certificate{Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return c, err
}

// Under makes a CA below this one.
func (c *CA) Under(name string) (*CA, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), c.random)
	if err != nil {
		return nil, err
	}
	cert, err := c.Issue(key.Public(), &x509.Certificate{Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return &CA{Certificate: cert, Key: key, random: c.random, now: c.now, serial: 100}, err
}

// Issue signs a certificate for a key. Serial number and validity are filled in where they are left out.
func (c *CA) Issue(pub crypto.PublicKey, form *x509.Certificate) (*x509.Certificate, error) {
	return c.issue(c.Certificate, pub, form)
}

func (c *CA) issue(parent *x509.Certificate, pub crypto.PublicKey, form *x509.Certificate) (*x509.Certificate, error) {
	c.serial++
	if form.SerialNumber == nil {
		form.SerialNumber = big.NewInt(c.serial)
	}
	if form.NotBefore.IsZero() {
		form.NotBefore = c.now.AddDate(-5, 0, 0)
	}
	if form.NotAfter.IsZero() {
		form.NotAfter = c.now.AddDate(5, 0, 0)
	}
	if parent == nil {
		parent = form
	}
	der, err := x509.CreateCertificate(c.random, form, parent, pub, c.Key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// Pool holds the certificate alone.
func (c *CA) Pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(c.Certificate)
	return p
}

// PEM is the certificate as a file.
func (c *CA) PEM() []byte { return PEM(c.Certificate) }

// PEM writes certificates as a file.
func PEM(certs ...*x509.Certificate) []byte {
	var out []byte
	for _, c := range certs {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return out
}

// A Fault is one way to misbehave. The zero value is none.
type Fault string

// The faults.
const (
	WrongNonce       Fault = "wrong nonce"
	NoNonce          Fault = "no nonce"
	WrongImprint     Fault = "wrong imprint"
	WrongPolicy      Fault = "wrong policy"
	WrongTime        Fault = "wrong time"               // a year ago
	ExpiredCert      Fault = "expired certificate"      // since an hour
	WrongUsage       Fault = "wrong extended key usage" // code signing
	SharedUsage      Fault = "extended key usage not alone"
	UncriticalUsage  Fault = "extended key usage not critical"
	OtherRoot        Fault = "certificate of another root"
	NoCertificate    Fault = "no certificate"
	NamesAnother     Fault = "names another certificate of its key than it holds"
	StrayCertificate Fault = "a certificate that leads nowhere"
	BadSignature     Fault = "bad signature"
	Rejection        Fault = "rejection"
	Modified         Fault = "granted with modifications"
	Hang             Fault = "hang"
	Huge             Fault = "huge"
	Garbage          Fault = "garbage"
	Trailing         Fault = "trailing bytes"
	CutOff           Fault = "cut off"
	Redirect         Fault = "redirect"
	PlainText        Fault = "content type"
	NotFound         Fault = "not found"
	ServerError      Fault = "server error"
	Empty            Fault = "empty"
)

// Faults lists all that make an answer wrong. StrayCertificate is not among them: what leads nowhere is left out of the seal.
func Faults() []Fault {
	return []Fault{WrongNonce, NoNonce, WrongImprint, WrongPolicy, WrongTime, ExpiredCert, WrongUsage, SharedUsage, UncriticalUsage, OtherRoot, NoCertificate, NamesAnother,
		BadSignature, Rejection, Modified, Hang, Huge, Garbage, Trailing, CutOff, Redirect, PlainText, NotFound, ServerError, Empty}
}

// A TSA is a timestamp authority on a port of this machine.
type TSA struct {
	URL string
	// Root is what its certificate leads to, by way of another.
	Root *CA

	server *httptest.Server
	middle *CA
	other  *CA
	now    func() time.Time
	random io.Reader
	done   chan struct{}

	mu     sync.Mutex
	fault  Fault
	asked  int
	faulty int
}

// Start starts an authority whose clock is now.
func Start(random io.Reader, now func() time.Time) (*TSA, error) {
	t := &TSA{now: now, random: random, done: make(chan struct{})}
	var err error
	if t.Root, err = NewCA(random, now(), "Test Timestamp Root"); err != nil {
		return nil, err
	}
	if t.middle, err = t.Root.Under("Test Timestamp CA"); err != nil {
		return nil, err
	}
	if t.other, err = NewCA(random, now(), "Another Root"); err != nil {
		return nil, err
	}
	t.server = httptest.NewServer(t)
	t.URL = t.server.URL + "/tsr"
	return t, nil
}

// Close stops it, answers that hang included.
func (t *TSA) Close() {
	close(t.done)
	t.server.Close()
}

// Misbehave sets the fault from now on; times is how often, 0 means always.
func (t *TSA) Misbehave(f Fault, times int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fault, t.faulty = f, times
}

// Asked is how many requests came.
func (t *TSA) Asked() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.asked
}

func (t *TSA) next() Fault {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.asked++
	f := t.fault
	if t.faulty > 0 {
		if t.faulty--; t.faulty == 0 {
			t.fault = ""
		}
	}
	return f
}

func (t *TSA) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<16))
	if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/timestamp-query" {
		http.Error(w, "not a timestamp query", http.StatusBadRequest)
		return
	}
	f := t.next()
	reply := func(b []byte) {
		w.Header().Set("Content-Type", "application/timestamp-reply")
		w.Write(b)
	}
	switch f {
	case Hang:
		select {
		case <-t.done:
		case <-r.Context().Done():
		}
		return
	case Huge:
		w.Header().Set("Content-Type", "application/timestamp-reply")
		for range 1 << 10 {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return
			}
		}
		return
	case Garbage:
		reply([]byte("this is no timestamp"))
		return
	case Empty:
		reply(nil)
		return
	case Redirect:
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		return
	case NotFound:
		http.NotFound(w, r)
		return
	case ServerError:
		http.Error(w, "try later", http.StatusServiceUnavailable)
		return
	case Rejection:
		b, _ := timestamp.CreateErrorResponse(timestamp.Rejection, timestamp.UnacceptedPolicy)
		reply(b)
		return
	}
	b, err := t.answer(body, f)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	switch f {
	case PlainText:
		w.Header().Set("Content-Type", "text/html")
		w.Write(b)
	case CutOff:
		w.Header().Set("Content-Length", fmt.Sprint(len(b)))
		reply(b[:len(b)/2])
	case Trailing:
		reply(append(b, 0))
	case BadSignature:
		b[len(b)-1] ^= 1
		reply(b)
	case Modified:
		reply(withStatus(b, 1))
	case StrayCertificate:
		reply(WithCertificate(b, t.other.Certificate))
	default:
		reply(b)
	}
}

// answer makes the response to a request.
func (t *TSA) answer(body []byte, f Fault) ([]byte, error) {
	req, err := timestamp.ParseRequest(body)
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), t.random)
	if err != nil {
		return nil, err
	}
	// It outlives those above it: the library that makes tokens writes this machine's time into them besides, whatever t.now says.
	form := &x509.Certificate{Subject: pkix.Name{CommonName: "Test Timestamp Authority"}, KeyUsage: x509.KeyUsageDigitalSignature, NotAfter: t.now().AddDate(20, 0, 0)}
	usage := func(critical bool, ids ...asn1.ObjectIdentifier) {
		b, _ := asn1.Marshal(ids)
		form.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: critical, Value: b}}
	}
	stamping, code := asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 8}, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 3}
	usage(true, stamping)
	issuer, parents := t.middle, []*x509.Certificate{t.middle.Certificate}
	switch f {
	case WrongUsage:
		usage(true, code)
	case SharedUsage:
		usage(true, stamping, code)
	case UncriticalUsage:
		usage(false, stamping)
	case ExpiredCert:
		form.NotAfter = t.now().Add(-time.Hour)
	case OtherRoot:
		issuer, parents = t.other, []*x509.Certificate{t.other.Certificate}
	}
	cert, err := issuer.Issue(key.Public(), form)
	if err != nil {
		return nil, err
	}
	ts := &timestamp.Timestamp{HashAlgorithm: req.HashAlgorithm, HashedMessage: append([]byte(nil), req.HashedMessage...), Time: t.now().UTC().Truncate(time.Second),
		Accuracy: time.Second, Nonce: req.Nonce, Policy: oid(Policy), AddTSACertificate: req.Certificates && f != NoCertificate, Certificates: parents}
	if req.TSAPolicyOID != nil {
		ts.Policy = req.TSAPolicyOID
	}
	switch f {
	case WrongNonce:
		ts.Nonce = new(big.Int).Add(req.Nonce, big.NewInt(1))
	case NoNonce:
		ts.Nonce = nil
	case WrongImprint:
		ts.HashedMessage[0] ^= 1
	case WrongPolicy:
		ts.Policy = oid("1.2.3.4")
	case WrongTime:
		ts.Time = ts.Time.AddDate(-1, 0, 0)
	}
	b, err := ts.CreateResponseWithOpts(cert, key, crypto.SHA256)
	if err != nil || f != NamesAnother {
		return b, err
	}
	twin := *form
	twin.Subject.CommonName = "Another Authority"
	other, err := issuer.Issue(key.Public(), &twin) // the same issuer, serial number and key
	if err != nil {
		return nil, err
	}
	return inCertificates(b, func(all []byte) []byte { return bytes.Replace(all, cert.Raw, other.Raw, 1) }), nil
}

func oid(s string) asn1.ObjectIdentifier {
	var out asn1.ObjectIdentifier
	for part := range strings.SplitSeq(s, ".") {
		n := 0
		fmt.Sscan(part, &n)
		out = append(out, n)
	}
	return out
}

// withStatus gives a response another status.
func withStatus(response []byte, status int) []byte {
	var r struct{ Status, Token asn1.RawValue }
	if _, err := asn1.Unmarshal(response, &r); err != nil {
		return response
	}
	r.Status = asn1.RawValue{FullBytes: []byte{0x30, 3, 2, 1, byte(status)}}
	b, err := asn1.Marshal(r)
	if err != nil {
		return response
	}
	return b
}

// WithCertificate puts another certificate into a response's token, which no signature covers.
func WithCertificate(response []byte, c *x509.Certificate) []byte {
	return inCertificates(response, func(all []byte) []byte { return append(append([]byte(nil), all...), c.Raw...) })
}

// inCertificates changes the certificates in a response's token.
func inCertificates(response []byte, change func([]byte) []byte) []byte {
	type contentInfo struct {
		Type    asn1.ObjectIdentifier
		Content []asn1.RawValue `asn1:"explicit,tag:0"`
	}
	var r struct {
		Status asn1.RawValue
		Token  contentInfo
	}
	if _, err := asn1.Unmarshal(response, &r); err != nil {
		return response
	}
	for i, part := range r.Token.Content {
		if part.Class == asn1.ClassContextSpecific && part.Tag == 0 {
			part.FullBytes, part.Bytes = nil, change(part.Bytes)
			r.Token.Content[i] = part
		}
	}
	b, err := asn1.Marshal(r)
	if err != nil {
		return response
	}
	return b
}
