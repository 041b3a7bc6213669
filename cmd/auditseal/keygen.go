package main

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/auditseal/auditseal/report/seal"
	"github.com/auditseal/auditseal/report/seal/pdfsign"
)

// generated is the result of keygen. A path that is absent was not written.
type generated struct {
	OK        bool   `json:"ok"`
	KeyID     string `json:"key_id"`
	Algorithm string `json:"algorithm"`
	Private   string `json:"private_key,omitempty"`
	KMS       string `json:"kms_key,omitempty"`
	Public    string `json:"public_key"`
	// Certificate is signed by the key itself. Request is for an authority to make one of.
	Certificate string `json:"certificate,omitempty"`
	Request     string `json:"certificate_request,omitempty"`
}

func (a *app) keygen() *cobra.Command {
	var out, kind, organization, kmsARN string
	var csr bool
	c := &cobra.Command{
		Use:   "keygen [--out keys/audit] [--type ecdsa-p256|ecdsa-p384|ed25519] [--organization NAME]",
		Short: "Make the key that signs packs, with safe permissions",
		Long: `Make a private key that signs packs, and what others need to check them:

  keys/audit.pem       the private key; only you can read it. Nobody else ever needs it
  keys/audit.pub.pem   the public key, for those who verify packs: give it to them by another way than the packs
  keys/audit.crt.pem   a certificate that the key signed itself, for the signature in report.pdf

With --csr a certificate request (keys/audit.csr.pem) is written in place of the certificate, for an authority of yours or a
public one. With --kms-key the key stays in AWS KMS, and only public key and certificate (or request) are written.

Nothing is ever overwritten. Ed25519 keys sign packs, and not the PDF: its readers do not check such signatures.` + exitText,
		Example: `  auditseal keygen --organization "Example Corp"
  auditseal keygen --out keys/kms --kms-key arn:aws:kms:eu-west-1:111122223333:key/…
  auditseal keygen --csr --type ecdsa-p384`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if out == "" || strings.HasSuffix(out, "/") || strings.HasSuffix(out, ".pem") {
				return usage("write it without an ending: keys/audit", "--out %q is not the beginning of files' names", out)
			}
			if kmsARN != "" && c.Flags().Changed("type") {
				return usage("leave --type away", "--type is for a key that is made here; the one in KMS has its own")
			}
			if kmsARN != "" && !strings.HasPrefix(kmsARN, "arn:") {
				return usage("write it as arn:aws:kms:eu-west-1:111122223333:key/…", "--kms-key %q is not the ARN of a key", kmsARN)
			}
			g, err := a.generate(c.Context(), out, kind, organization, kmsARN, csr)
			if err != nil {
				return err
			}
			a.sayGenerated(g)
			return a.print(g, g.Public+" "+g.KeyID+"\n")
		},
	}
	c.Flags().StringVar(&out, "out", "keys/audit", "what the files' names begin with")
	c.Flags().StringVar(&kind, "type", "ecdsa-p256", "the kind of key: ecdsa-p256, ecdsa-p384 or ed25519")
	c.Flags().StringVar(&organization, "organization", "", "whose key it is, for the certificate")
	c.Flags().StringVar(&kmsARN, "kms-key", "", "the ARN of an asymmetric key in AWS KMS, in place of a new one")
	c.Flags().BoolVar(&csr, "csr", false, "write a certificate request in place of a certificate")
	return c
}

func (a *app) generate(ctx context.Context, out, kind, organization, kmsARN string, csr bool) (*generated, error) {
	g := &generated{OK: true, KMS: kmsARN, Public: out + ".pub.pem"}
	names := []string{g.Public, out + ".crt.pem", out + ".csr.pem"}
	if kmsARN == "" {
		g.Private = out + ".pem"
		names = append(names, g.Private)
	}
	for _, n := range names {
		if _, err := os.Lstat(n); err == nil {
			return nil, usage("choose another name with --out", "%s is there already, and nothing is overwritten: packs signed by a key need it for as long as they are kept", n)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, usage("choose another name with --out", "%w", err)
		}
	}
	signer, err := a.newKey(ctx, kind, kmsARN)
	if err != nil {
		return nil, err
	}
	public, err := seal.NewPublicKey(signer.Public())
	if err != nil {
		return nil, err
	}
	g.KeyID, g.Algorithm = public.ID.String(), public.Algorithm
	// Everything is made before anything is written, so that a refusal of KMS leaves no half.
	files := map[string][]byte{}
	if files[g.Public], err = public.PEM(); err != nil {
		return nil, err
	}
	inPDF := pdfsign.Supports(public.Key) == nil
	switch {
	case csr:
		g.Request = out + ".csr.pem"
		subject := pkix.Name{CommonName: "auditseal"}
		if organization != "" {
			subject.Organization = []string{organization}
		}
		der, err := x509.CreateCertificateRequest(a.random, &x509.CertificateRequest{Subject: subject}, signer)
		if err != nil {
			return nil, err
		}
		files[g.Request] = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})
	case inPDF:
		g.Certificate = out + ".crt.pem"
		cert, err := pdfsign.SelfSigned(signer, organization, a.now())
		if err != nil {
			return nil, err
		}
		files[g.Certificate] = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o700); err != nil {
		return nil, err
	}
	if g.Private != "" {
		der, err := x509.MarshalPKCS8PrivateKey(signer)
		if err != nil {
			return nil, err
		}
		if err := writeNew(g.Private, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
			return nil, err
		}
		// As it will be read.
		if again, err := seal.LoadPrivate(g.Private); err != nil {
			return nil, err
		} else if p, err := seal.NewPublicKey(again.Public()); err != nil || p.ID != public.ID {
			return nil, fmt.Errorf("%s does not hold the key that was made", g.Private)
		}
	}
	for _, name := range []string{g.Public, g.Certificate, g.Request} {
		if name != "" {
			if err := writeNew(name, files[name], 0o644); err != nil {
				return nil, err
			}
		}
	}
	return g, nil
}

// newKey makes a key, or opens the one in KMS.
func (a *app) newKey(ctx context.Context, kind, kmsARN string) (crypto.Signer, error) {
	if kmsARN != "" {
		var k sealingKey
		err := k.openKMS(ctx, kmsARN, false, nil)
		return k.signer, err
	}
	switch kind {
	case "ecdsa-p256":
		return ecdsa.GenerateKey(elliptic.P256(), a.random)
	case "ecdsa-p384":
		return ecdsa.GenerateKey(elliptic.P384(), a.random)
	case "ed25519":
		_, k, err := ed25519.GenerateKey(a.random)
		return k, err
	}
	return nil, usage("use ecdsa-p256, ecdsa-p384 or ed25519", "--type %q is no kind of key that is made here", kind)
}

// writeNew writes a file that must not be there yet, with exactly these permissions.
func writeNew(name string, b []byte, mode os.FileMode) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
}

// sayGenerated tells what to do with the files, and what to give to whom.
func (a *app) sayGenerated(g *generated) {
	a.say("key id       %s (%s)", g.KeyID, g.Algorithm)
	if g.Private != "" {
		a.say("private key  %s: keep it to yourself, and keep a copy where nobody else can read it", g.Private)
	}
	a.say("public key   %s: give it, or the key id, to those who verify packs, by another way than the packs: in person, on your", g.Public)
	a.say("             website, in the engagement letter; they check with: auditseal verify PACK --key %s", filepath.Base(g.Public))
	key, cert := g.Private, g.Certificate
	if g.KMS != "" {
		key = g.KMS
	}
	switch {
	case g.Request != "":
		cert = strings.TrimSuffix(g.Request, ".csr.pem") + ".crt.pem"
		a.say("request      %s: have a certificate made of it, put that and those that lead to its root into %s", g.Request, cert)
	case cert != "":
		a.say("certificate  %s: give it to those who read report.pdf: readers say who signed once they are told to trust it", cert)
	default:
		a.say("             report.pdf stays unsigned: its readers do not check signatures by such a key")
	}
	a.say("")
	a.say("audit.yaml   seal:")
	a.say("               key: %s", key)
	if cert != "" {
		a.say("               certificate: %s", cert)
	}
}
