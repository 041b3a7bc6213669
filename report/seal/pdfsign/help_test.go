package pdfsign

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/auditseal/auditseal/report/pdf/increment"
	"github.com/auditseal/auditseal/report/seal"
	"github.com/auditseal/auditseal/report/seal/sealtest"
)

var sealedAt = time.Date(2026, 10, 2, 6, 6, 44, 0, time.UTC)

// plain is a PDF as report/pdf writes it: drawn by gofpdf, with an outline in a second revision. It has two pages.
func plain(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "plain.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A holder is a key with its certificates.
type holder struct {
	name  string
	key   crypto.Signer
	chain []*x509.Certificate
}

var keys sync.Map

// key gives one key a name: making RSA keys takes long.
func key(t testing.TB, name string) crypto.Signer {
	t.Helper()
	if k, ok := keys.Load(name); ok {
		return k.(crypto.Signer)
	}
	var k crypto.Signer
	var err error
	switch name {
	case "P-256", "other", "root", "middle":
		k, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "P-384":
		k, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "P-521":
		k, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	default:
		var bits int
		if _, err := fmt.Sscanf(name, "RSA-%d", &bits); err != nil {
			t.Fatal(name)
		}
		k, err = rsa.GenerateKey(rand.Reader, bits)
	}
	if err != nil {
		t.Fatal(err)
	}
	keys.Store(name, k)
	return k
}

var algorithms = []string{"P-256", "P-384", "P-521", "RSA-2048", "RSA-3072", "RSA-4096"}

func selfSigned(t testing.TB, name string) holder {
	t.Helper()
	k := key(t, name)
	c, err := SelfSigned(k, "Example Corp", sealedAt)
	if err != nil {
		t.Fatal(err)
	}
	return holder{name, k, []*x509.Certificate{c}}
}

// issue makes a certificate for a key, signed by another's.
func issue(t testing.TB, k crypto.Signer, name string, parent *x509.Certificate, by crypto.Signer, change func(*x509.Certificate)) *x509.Certificate {
	t.Helper()
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 100))
	c := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name, Organization: []string{"Example Corp"}},
		NotBefore: sealedAt.AddDate(-1, 0, 0), NotAfter: sealedAt.AddDate(5, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment, BasicConstraintsValid: true,
	}
	if change != nil {
		change(c)
	}
	if parent == nil {
		parent = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, k.Public(), by)
	if err != nil {
		t.Fatal(err)
	}
	out, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func authority(c *x509.Certificate) {
	c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
}

// issued is a key whose certificate leads over one between to a root, which is the last.
func issued(t testing.TB, name string) holder {
	t.Helper()
	root := issue(t, key(t, "root"), "Test Root", nil, key(t, "root"), authority)
	middle := issue(t, key(t, "middle"), "Test Issuing CA", root, key(t, "root"), authority)
	return holder{name, key(t, name), []*x509.Certificate{issue(t, key(t, name), "Example Corp Audit", middle, key(t, "middle"), nil), middle, root}}
}

// office is a timestamp authority and how it is asked, its clock a few seconds after the signing.
func office(t testing.TB) *seal.Authority {
	t.Helper()
	a, _ := officeOf(t)
	return a
}

func officeOf(t testing.TB) (*seal.Authority, *sealtest.TSA) {
	t.Helper()
	now := func() time.Time { return sealedAt.Add(3 * time.Second) }
	tsa, err := sealtest.Start(rand.Reader, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tsa.Close)
	return &seal.Authority{URLs: []string{tsa.URL}, Roots: tsa.Root.Pool(), Now: now, Random: rand.Reader}, tsa
}

// appended is an update by somebody else, whose table is right.
func appended(t testing.TB, pdf []byte, change func(f *increment.File, u *increment.Update)) []byte {
	t.Helper()
	f, err := increment.Read(pdf)
	if err != nil {
		t.Fatal(err)
	}
	u := f.Update()
	change(f, u)
	return append(bytes.Clone(pdf), u.Bytes()...)
}
