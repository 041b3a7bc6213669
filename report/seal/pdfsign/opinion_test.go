package pdfsign

import (
	"bytes"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/digitorus/pkcs7"
)

// run runs another program for a second opinion. Where it is not installed the test is skipped, but not in CI.
func run(t *testing.T, program string, args ...string) string {
	t.Helper()
	bin, err := exec.LookPath(program)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is not installed", program)
		}
		t.Skipf("%s is not installed", program)
	}
	out, err := exec.Command(bin, args...).CombinedOutput()
	if err != nil {
		t.Errorf("%s %s: %v", program, strings.Join(args, " "), err)
	}
	return string(out)
}

func write(t *testing.T, name string, b []byte) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

func toPEM(certs ...*x509.Certificate) []byte {
	var out []byte
	for _, c := range certs {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return out
}

// What poppler, qpdf, openssl and another library say of a signature by every kind of key.
func TestSecondOpinions(t *testing.T) {
	tsa, server := officeOf(t)
	hashes := map[string]string{"P-384": "SHA-384", "P-521": "SHA-512"}
	for _, name := range algorithms {
		t.Run(name, func(t *testing.T) {
			h := issued(t, name)
			out := signed(t, h, func(o *Options) { o.Stamp = tsa.Stamp })
			file := write(t, "signed.pdf", out)
			hash := hashes[name]
			if hash == "" {
				hash = "SHA-256"
			}

			_, _, d, err := split(out)
			if err != nil {
				t.Fatal(err)
			}
			form, err := parseCMS(d.contents)
			if err != nil {
				t.Fatal(err)
			}
			at := len(plain(t)) + d.offset
			covered := append(bytes.Clone(out[:at]), out[at+2*len(d.contents)+2:]...)
			digest := (&revisionBytes{bytes: out[len(plain(t)):], contents: d.offset, room: len(d.contents)}).digest(plain(t), hashOf(h.key.Public()))
			der := form.encode(digest)
			p7, err := pkcs7.Parse(der)
			if err != nil {
				t.Fatal(err)
			}
			p7.Content = covered
			roots := x509.NewCertPool()
			roots.AddCert(h.chain[2])
			if err := p7.VerifyWithChainAtTime(roots, sealedAt); err != nil {
				t.Errorf("pkcs7: %v", err)
			}
			var when any
			if err := p7.UnmarshalSignedAttribute(pkcs7.OIDAttributeSigningTime, &when); err == nil {
				t.Error("it has the attribute signing-time, which PAdES forbids")
			}

			t.Run("openssl", func(t *testing.T) {
				content, signature, root := write(t, "content", covered), write(t, "cms.der", der), write(t, "root.pem", toPEM(h.chain[2]))
				text := run(t, "openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", signature, "-content", content, "-CAfile", root, "-attime", "1791000000", "-purpose", "any", "-out", os.DevNull)
				if !strings.Contains(text, "successful") {
					t.Errorf("cms: %s", text)
				}
				value, token, ca := write(t, "value", form.signature), write(t, "token.der", form.token), write(t, "tsa.pem", server.Root.PEM())
				text = run(t, "openssl", "ts", "-verify", "-token_in", "-in", token, "-data", value, "-CAfile", ca, "-attime", "1791000000")
				if !strings.Contains(text, "Verification: OK") {
					t.Errorf("ts: %s", text)
				}
			})
			t.Run("pdfsig", func(t *testing.T) {
				text := run(t, "pdfsig", "-nocert", file)
				for _, want := range []string{"Signature is Valid", "Total document signed", "Signature Type: ETSI.CAdES.detached", "Signing Hash Algorithm: " + hash, "Example Corp Audit"} {
					if !strings.Contains(text, want) {
						t.Errorf("pdfsig does not say %q:\n%s", want, text)
					}
				}
				if strings.Count(text, "Signature #") != 1 {
					t.Errorf("not one signature:\n%s", text)
				}
			})
			t.Run("qpdf", func(t *testing.T) {
				if text := run(t, "qpdf", "--check", file); !strings.Contains(text, "No syntax or stream encoding errors found") || strings.Contains(text, "WARNING") {
					t.Errorf("qpdf: %s", text)
				}
			})
		})
	}
}

// A reader that is told to trust the root, as NSS does for pdfsig, trusts the certificate.
func TestTrusted(t *testing.T) {
	db := t.TempDir()
	run(t, "certutil", "-N", "-d", "sql:"+db, "--empty-password")
	h := issued(t, "P-256")
	run(t, "certutil", "-A", "-d", "sql:"+db, "-n", "root", "-t", "C,C,C", "-i", write(t, "root.pem", toPEM(h.chain[2])))
	// pdfsig judges the certificate at the time that the signature claims.
	text := run(t, "pdfsig", "-nssdir", "sql:"+db, write(t, "signed.pdf", signed(t, h, nil)))
	for _, want := range []string{"Signature is Valid", "Total document signed", "Certificate is Trusted"} {
		if !strings.Contains(text, want) {
			t.Errorf("pdfsig does not say %q:\n%s", want, text)
		}
	}
}

// Pages, text and outline are those of the PDF before.
func TestNothingElseChanges(t *testing.T) {
	before, after := write(t, "plain.pdf", plain(t)), write(t, "signed.pdf", signed(t, selfSigned(t, "P-256"), nil))
	if a, b := run(t, "pdftotext", "-layout", before, "-"), run(t, "pdftotext", "-layout", after, "-"); a != b || !strings.Contains(a, "The second page") {
		t.Errorf("text before:\n%s\nafter:\n%s", a, b)
	}
	if a, b := run(t, "pdfinfo", before), run(t, "pdfinfo", after); !strings.Contains(a, "Pages:           2") || !strings.Contains(b, "Pages:           2") {
		t.Errorf("before:\n%s\nafter:\n%s", a, b)
	}
	if a, b := run(t, "qpdf", "--json", "--json-key=outlines", before), run(t, "qpdf", "--json", "--json-key=outlines", after); a != b || !strings.Contains(a, `"title": "Second"`) {
		t.Errorf("outline before:\n%s\nafter:\n%s", a, b)
	}
}

// highS is the other of the two signatures of ECDSA that mean the same.
func highS(t *testing.T, sig []byte) []byte {
	t.Helper()
	var v struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(sig, &v); err != nil {
		t.Fatal(err)
	}
	v.S.Sub(elliptic.P256().Params().N, v.S)
	out, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
