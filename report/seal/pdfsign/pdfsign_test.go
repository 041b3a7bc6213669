package pdfsign

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/digitorus/timestamp"

	"github.com/auditseal/auditseal/report/seal"
)

// signed signs the plain PDF.
func signed(t testing.TB, h holder, change func(*Options)) []byte {
	t.Helper()
	o := Options{Signer: h.key, Chain: h.chain, Name: "Example Corp", Reason: "Evidence of AWS configuration, 2026-Q3", At: sealedAt}
	if change != nil {
		change(&o)
	}
	out, err := Sign(context.Background(), plain(t), o)
	if err != nil {
		t.Fatalf("%s: %v", h.name, err)
	}
	return out
}

func public(t testing.TB, k crypto.Signer) *seal.PublicKey {
	t.Helper()
	p, err := seal.NewPublicKey(k.Public())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestEveryKindOfKey(t *testing.T) {
	tsa := office(t)
	for _, name := range algorithms {
		for _, h := range []holder{selfSigned(t, name), issued(t, name)} {
			for _, stamp := range []func(context.Context, []byte) (*seal.Token, error){nil, tsa.Stamp} {
				out := signed(t, h, func(o *Options) { o.Stamp = stamp })
				original, revision, err := Split(out)
				if err != nil || !bytes.Equal(original, plain(t)) || len(original)+len(revision) != len(out) {
					t.Fatalf("%s: split gives %d and %d of %d bytes, %v", name, len(original), len(revision), len(out), err)
				}
				info, err := Verify(out, Check{Key: public(t, h.key), Roots: tsa.Roots})
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if info.Name != "Example Corp" || info.Reason != "Evidence of AWS configuration, 2026-Q3" || info.Location != "" || !info.At.Equal(sealedAt) ||
					len(info.Chain) != len(h.chain) || !info.Chain[0].Equal(h.chain[0]) || info.Key.ID != public(t, h.key).ID || !bytes.Equal(info.Original, plain(t)) {
					t.Errorf("%s: %+v", name, info)
				}
				if stamp == nil && info.Token != nil || stamp != nil && (info.Token == nil || info.Token.Root != "CN=Test Timestamp Root" || !info.Token.Time.Equal(sealedAt.Add(3*time.Second))) {
					t.Errorf("%s: the timestamp is %+v", name, info.Token)
				}
				if _, err := Verify(out, Check{Key: public(t, key(t, "other"))}); err == nil || !strings.Contains(err.Error(), "not by the one given") {
					t.Errorf("%s: another key's: %v", name, err)
				}
			}
		}
	}
}

func TestSameInputsSameBytes(t *testing.T) {
	for _, name := range []string{"P-256", "P-384", "P-521", "RSA-2048"} {
		if h := selfSigned(t, name); !bytes.Equal(signed(t, h, nil), signed(t, selfSigned(t, name), nil)) {
			t.Errorf("%s: signing twice gives other bytes", name)
		}
	}
}

// A timestamp of another authority is no timestamp, and one over another signature neither.
func TestTimestampIsChecked(t *testing.T) {
	tsa, other := office(t), office(t)
	h := selfSigned(t, "P-256")
	out := signed(t, h, func(o *Options) { o.Stamp = tsa.Stamp })
	if _, err := Verify(out, Check{Roots: other.Roots}); err == nil || !strings.Contains(err.Error(), "its timestamp: ") {
		t.Errorf("another authority's: %v", err)
	}
	_, err := Sign(context.Background(), plain(t), Options{Signer: h.key, Chain: h.chain, At: sealedAt, Stamp: func(ctx context.Context, signature []byte) (*seal.Token, error) {
		return tsa.Stamp(ctx, append(signature, 0))
	}})
	if err == nil || !strings.Contains(err.Error(), "message imprint differs") {
		t.Errorf("over something else: %v", err)
	}
	failed := errors.New("no answer")
	_, err = Sign(context.Background(), plain(t), Options{Signer: h.key, Chain: h.chain, At: sealedAt, Stamp: func(context.Context, []byte) (*seal.Token, error) { return nil, failed }})
	if !errors.Is(err, failed) {
		t.Errorf("without an answer: %v", err)
	}
	// The certificate counts at the authority's time, not at the claimed one.
	short := holder{"P-256", key(t, "P-256"), []*x509.Certificate{issue(t, key(t, "P-256"), "Short", nil, key(t, "P-256"), func(c *x509.Certificate) { c.NotAfter = sealedAt.Add(time.Second) })}}
	out = signed(t, short, func(o *Options) { o.Stamp = tsa.Stamp })
	if _, err := Verify(out, Check{}); err != nil {
		t.Errorf("at the claimed time: %v", err)
	}
	if _, err := Verify(out, Check{Roots: tsa.Roots}); err == nil || !strings.Contains(err.Error(), "is valid from") {
		t.Errorf("at the authority's time: %v", err)
	}
}

// bulky is an authority whose certificate has an extension of so many bytes.
func bulky(t *testing.T, size int) (*seal.Authority, *int) {
	t.Helper()
	k, asked := key(t, "other"), new(int)
	purpose, _ := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
	value, _ := asn1.Marshal(bytes.Repeat([]byte{7}, size))
	cert := issue(t, k, "Bulky", nil, k, func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: oidExtendedKeyUsage, Critical: true, Value: purpose}, {Id: asn1.ObjectIdentifier{1, 2, 3, 4, 2}, Value: value}}
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked++
		body, _ := io.ReadAll(r.Body)
		req, err := timestamp.ParseRequest(body)
		if err != nil {
			t.Error(err)
			return
		}
		ts := timestamp.Timestamp{HashAlgorithm: req.HashAlgorithm, HashedMessage: req.HashedMessage, Time: sealedAt, Nonce: req.Nonce, SerialNumber: big.NewInt(7),
			Policy: asn1.ObjectIdentifier{1, 2, 3, 4, 1}, AddTSACertificate: true}
		b, err := ts.CreateResponseWithOpts(cert, k, crypto.SHA256)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/timestamp-reply")
		_, _ = w.Write(b)
	}))
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	return &seal.Authority{URLs: []string{server.URL}, Roots: roots, Now: func() time.Time { return sealedAt }, Random: rand.Reader}, asked
}

func TestRoomForTheToken(t *testing.T) {
	h := issued(t, "RSA-4096")
	for _, c := range []struct{ size, asked int }{{100, 1}, {14 << 10, 1}, {17 << 10, 2}, {60 << 10, 2}} {
		tsa, asked := bulky(t, c.size)
		out := signed(t, h, func(o *Options) { o.Stamp = tsa.Stamp })
		if info, err := Verify(out, Check{Roots: tsa.Roots}); err != nil || info.Token == nil || len(info.Token.DER) < c.size {
			t.Errorf("%d bytes: %+v, %v", c.size, info, err)
		}
		if *asked != c.asked {
			t.Errorf("%d bytes: the authority was asked %d times, want %d", c.size, *asked, c.asked)
		}
	}
	tsa, _ := bulky(t, maxContents)
	_, err := Sign(context.Background(), plain(t), Options{Signer: h.key, Chain: h.chain, At: sealedAt, Stamp: tsa.Stamp})
	if err == nil || !strings.Contains(err.Error(), "there is room for") {
		t.Errorf("larger than any: %v", err)
	}
}

func TestKeysThatCannotSignAPDF(t *testing.T) {
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	p224, _ := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	for want, k := range map[string]crypto.PublicKey{"Ed25519": ed.Public(), "ECDSA with P-224": p224.Public(), "RSA with 1024 bits": &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 1023), E: 65537}, "the type string": "key"} {
		var e *KeyError
		if err := Supports(k); !errors.As(err, &e) || e.Algorithm != want {
			t.Errorf("%s: %v", want, err)
		}
	}
	var e *KeyError
	if _, err := Sign(context.Background(), plain(t), Options{Signer: ed, At: sealedAt}); !errors.As(err, &e) {
		t.Errorf("sign: %v", err)
	}
	if _, err := SelfSigned(ed, "Example Corp", sealedAt); !errors.As(err, &e) {
		t.Errorf("certificate: %v", err)
	}
}

// A kms signs as AWS KMS does: it takes a digest of its key's own hash, knows no random reader, and may refuse.
type kms struct {
	crypto.Signer
	asked int
	wrong bool
	err   error
}

func (k *kms) Sign(_ io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	k.asked++
	if k.err != nil {
		return nil, k.err
	}
	if o.HashFunc() != hashOf(k.Public()) || len(digest) != o.HashFunc().Size() {
		return nil, fmt.Errorf("KMS does not sign a digest of %d bytes with this key", len(digest))
	}
	if k.wrong {
		digest[0] ^= 1
	}
	return k.Signer.Sign(rand.Reader, digest, o)
}

func TestKeyElsewhere(t *testing.T) {
	for _, name := range algorithms {
		k := &kms{Signer: key(t, name)}
		cert, err := SelfSigned(k, "Example Corp", sealedAt)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out := signed(t, holder{name, k, []*x509.Certificate{cert}}, nil)
		if _, err := Verify(out, Check{Key: public(t, k)}); err != nil || k.asked != 2 {
			t.Errorf("%s: asked %d times, %v", name, k.asked, err)
		}
		o := Options{Signer: k, Chain: []*x509.Certificate{cert}, At: sealedAt}
		k.err = errors.New("AccessDeniedException")
		if _, err := Sign(context.Background(), plain(t), o); !errors.Is(err, k.err) {
			t.Errorf("%s, refused: %v", name, err)
		}
		k.err, k.wrong = nil, true
		if _, err := Sign(context.Background(), plain(t), o); err == nil {
			t.Errorf("%s: a wrong signature went through", name)
		}
	}
}

func TestChainsThatDoNotServe(t *testing.T) {
	k := key(t, "P-256")
	good := issued(t, "P-256").chain
	strangers := issued(t, "P-384").chain
	one := func(change func(*x509.Certificate)) []*x509.Certificate {
		return []*x509.Certificate{issue(t, k, "One", nil, k, change)}
	}
	usage := func(oids ...asn1.ObjectIdentifier) func(*x509.Certificate) {
		return func(c *x509.Certificate) {
			value, _ := asn1.Marshal(oids)
			c.ExtraExtensions = []pkix.Extension{{Id: oidExtendedKeyUsage, Value: value}}
		}
	}
	notCA := issue(t, key(t, "root"), "Test Issuing CA", nil, key(t, "root"), nil)
	raw := bytes.Clone(one(nil)[0].Raw)
	raw[len(raw)-1] ^= 1
	forged, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	under := issue(t, k, "Under", notCA, key(t, "root"), nil)
	for name, c := range map[string]struct {
		chain []*x509.Certificate
		want  string
	}{
		"none":             {nil, "no certificate given"},
		"nil":              {[]*x509.Certificate{nil}, "no certificate given"},
		"another key":      {strangers, "is not the key's: give the one that was issued for this key"},
		"not first":        {[]*x509.Certificate{good[1], good[0], good[2]}, "is not the first: put it first"},
		"out of order":     {[]*x509.Certificate{good[0], good[2], good[1]}, "put them in order"},
		"link missing":     {[]*x509.Certificate{good[0], good[2]}, "put them in order"},
		"too many":         {append([]*x509.Certificate{good[0]}, append(append(good[1:], good...), good...)...), "at most 8"},
		"not a CA":         {[]*x509.Certificate{under, notCA}, "was not signed by that of"},
		"not its own":      {[]*x509.Certificate{forged}, "is not signed by itself as it says"},
		"expired":          {one(func(c *x509.Certificate) { c.NotAfter = sealedAt.Add(-time.Second) }), "renew it, or correct the clock"},
		"not yet":          {one(func(c *x509.Certificate) { c.NotBefore = sealedAt.Add(time.Second) }), "renew it, or correct the clock"},
		"for encryption":   {one(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }), "neither digitalSignature nor nonRepudiation"},
		"for servers":      {one(usage(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 1})), "is not for documents"},
		"for servers+mail": {one(usage(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 1}, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 4})), ""},
		"for documents":    {one(usage(asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 36})), ""},
		"any usage":        {one(func(c *x509.Certificate) { c.KeyUsage = 0 }), ""},
		"root left out":    {good[:2], ""},
		"alone":            {good[:1], ""},
		"whole":            {good, ""},
	} {
		_, err := Sign(context.Background(), plain(t), Options{Signer: k, Chain: c.chain, At: sealedAt})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
	}
}

func TestSelfSignedCertificate(t *testing.T) {
	c := selfSigned(t, "P-256").chain[0]
	if c.Subject.String() != "CN=auditseal,O=Example Corp" || !c.NotAfter.Equal(sealedAt.AddDate(10, 0, 0)) || !c.NotBefore.Equal(sealedAt.Add(-time.Hour)) ||
		c.IsCA || c.SerialNumber.Sign() <= 0 || c.SerialNumber.BitLen() != 127 {
		t.Errorf("%v from %s to %s, CA %t, %v", c.Subject, c.NotBefore, c.NotAfter, c.IsCA, c.SerialNumber)
	}
	roots := x509.NewCertPool()
	roots.AddCert(c)
	if _, err := c.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: sealedAt, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err != nil {
		t.Error(err)
	}
	long, err := SelfSigned(key(t, "P-256"), strings.Repeat("日", 100), sealedAt)
	if err != nil || long.Subject.Organization[0] != strings.Repeat("日", 64) {
		t.Errorf("a long name: %v, %v", long, err)
	}
	later, err := SelfSigned(key(t, "P-256"), "Example Corp", sealedAt.Add(time.Second))
	if err != nil || later.SerialNumber.Cmp(c.SerialNumber) == 0 {
		t.Errorf("two certificates of one key have one serial number: %v", err)
	}
}

func TestWhatIsNotSigned(t *testing.T) {
	h := selfSigned(t, "P-256")
	if _, _, err := Split(plain(t)); !errors.Is(err, ErrUnsigned) {
		t.Errorf("unsigned: %v", err)
	}
	if _, err := Verify(plain(t), Check{}); !errors.Is(err, ErrUnsigned) {
		t.Errorf("unsigned: %v", err)
	}
	out := signed(t, h, nil)
	o := Options{Signer: h.key, Chain: h.chain, At: sealedAt}
	if _, err := Sign(context.Background(), out, o); err == nil || !strings.Contains(err.Error(), "signed already") {
		t.Errorf("twice: %v", err)
	}
	for _, b := range [][]byte{nil, []byte("%PDF-1.3\n"), plain(t)[:len(plain(t))-1], plain(t)[:1000], append(bytes.Clone(plain(t)), '\n')} {
		if _, err := Sign(context.Background(), b, o); err == nil {
			t.Errorf("%d bytes that are no PDF of ours are signed", len(b))
		}
	}
	for name, change := range map[string]func(*Options){
		"year":  func(o *Options) { o.At = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"long":  func(o *Options) { o.Name = strings.Repeat("x", maxText+1) },
		"UTF-8": func(o *Options) { o.Reason = "\xff" },
		"key":   func(o *Options) { o.Signer = nil },
	} {
		c := o
		change(&c)
		if _, err := Sign(context.Background(), plain(t), c); err == nil {
			t.Errorf("%s: signed", name)
		}
	}
}

// Whatever stands in the words, it reads the same again and cannot leave its place.
func TestWords(t *testing.T) {
	h := selfSigned(t, "P-256")
	for _, s := range []string{"", ")>> endobj\n%%EOF\n", "日本 Ω é 😀", "a\x00b\r\n", strings.Repeat("x", maxText), "\ufffd", "/ByteRange [0 1 2 3]"} {
		out := signed(t, h, func(o *Options) { o.Name, o.Reason, o.Location = s, s, s })
		if info, err := Verify(out, Check{}); err != nil || info.Name != s || info.Reason != s || info.Location != s {
			t.Errorf("%q: %+v, %v", s, info, err)
		}
	}
}

func TestClip(t *testing.T) {
	for in, want := range map[string]int{"": 0, "Example Corp": 12, strings.Repeat("日", 500): 1023, strings.Repeat("x", 5000): 1024, "a\xff": 4} {
		if got := Clip(in); len(got) != want || !strings.HasPrefix(strings.ToValidUTF8(in, "\ufffd"), got) {
			t.Errorf("%.20q has %d bytes, want %d", in, len(got), want)
		}
	}
}

// What the first release signed verifies with every later one. The files are never made again.
func TestWhatWasSignedBefore(t *testing.T) {
	read := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join("testdata", "first", name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, name := range []string{"P-256", "RSA-2048"} {
		pub, err := seal.ParsePublic(read(name + ".pub.pem"))
		if err != nil {
			t.Fatal(err)
		}
		roots, err := seal.ParseRoots(read("tsa-ca.pem"))
		if err != nil {
			t.Fatal(err)
		}
		info, err := Verify(read(name+".pdf"), Check{Key: pub, Roots: roots})
		if err != nil || !bytes.Equal(info.Original, plain(t)) || info.Token == nil || !info.Token.Time.Equal(sealedAt.Add(3*time.Second)) || info.Name != "Example Corp" {
			t.Errorf("%s: %+v, %v", name, info, err)
		}
	}
}
