package seal_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/auditseal/auditseal/report/seal"
	"github.com/auditseal/auditseal/report/seal/sealtest"
)

// opensslTSA is an authority that somebody else wrote: openssl ts -reply, with a key and a digest of its own and an intermediate certificate.
func opensslTSA(t *testing.T, key crypto.Signer, digest, certID string) (url string, root *sealtest.CA) {
	t.Helper()
	bin := openssl(t)
	dir := t.TempDir()
	put := func(name string, b []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	root, err := sealtest.NewCA(rand.Reader, time.Now(), "Other Root")
	if err != nil {
		t.Fatal(err)
	}
	middle, err := root.Under("Other CA")
	if err != nil {
		t.Fatal(err)
	}
	usage, err := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := middle.Issue(key.Public(), &x509.Certificate{Subject: pkix.Name{CommonName: "Other Authority"}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: usage}}})
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	put("tsa.key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	put("tsa.crt", sealtest.PEM(leaf))
	// The root is sent along, as some authorities do.
	put("chain.crt", sealtest.PEM(middle.Certificate, root.Certificate))
	put("serial", []byte("01"))
	put("ts.cnf", fmt.Appendf(nil, `[tsa]
default_tsa = t
[t]
serial = serial
crypto_device = builtin
signer_digest = %s
default_policy = %s
digests = sha256, sha384, sha512
accuracy = secs:1, millisecs:500
ordering = yes
tsa_name = yes
ess_cert_id_chain = yes
ess_cert_id_alg = %s
`, digest, sealtest.Policy, certID))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q, _ := io.ReadAll(r.Body)
		put("q", q)
		c := exec.Command(bin, "ts", "-reply", "-config", "ts.cnf", "-queryfile", "q", "-signer", "tsa.crt", "-inkey", "tsa.key", "-chain", "chain.crt", "-out", "r")
		c.Dir = dir
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
		b, _ := os.ReadFile(filepath.Join(dir, "r"))
		w.Header().Set("Content-Type", "application/timestamp-reply")
		w.Write(b)
	}))
	t.Cleanup(s.Close)
	return s.URL, root
}

// Tokens of another implementation are taken, whatever its key and digest; each bit of them counts; and it takes what is kept of them.
func TestOtherAuthority(t *testing.T) {
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	e, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name           string
		key            crypto.Signer
		digest, certID string
	}{{"rsa, sha256", r, "sha256", "sha256"}, {"rsa, sha512, older certificate id", r, "sha512", "sha1"}, {"ecdsa, sha384", e, "sha384", "sha384"}} {
		t.Run(c.name, func(t *testing.T) {
			url, root := opensslTSA(t, c.key, c.digest, c.certID)
			a := &seal.Authority{URLs: []string{url}, Roots: root.Pool(), Now: time.Now, Random: rand.Reader}
			tok, err := a.Stamp(context.Background(), data)
			if err != nil {
				t.Fatal(err)
			}
			if tok.Accuracy != 1500*time.Millisecond || tok.Authority != "CN=Other Authority" || tok.Root != "CN=Other Root" || bytes.Contains(tok.Response, root.Certificate.Raw) {
				t.Errorf("%+v", tok)
			}
			dir := t.TempDir()
			for name, b := range map[string][]byte{"data": data, "tsr": tok.Response, "ca.pem": root.PEM()} {
				if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command(openssl(t), "ts", "-verify", "-data", "data", "-in", "tsr", "-CAfile", "ca.pem")
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
			// One bit of each byte; TestTokenBits changes all.
			for at := range tok.Response {
				i := at*8 + at%8
				b := bytes.Clone(tok.Response)
				b[i/8] ^= 1 << (i % 8)
				if _, err := seal.VerifyToken(b, data, root.Pool()); err == nil {
					t.Errorf("bit %d of byte %d (of %d) may be anything", i%8, i/8, len(b))
				}
			}
		})
	}
}
