package main

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/auditseal/auditseal/frameworks/audit"
	"github.com/auditseal/auditseal/report/pack"
	"github.com/auditseal/auditseal/report/seal"
	"github.com/auditseal/auditseal/report/seal/pdfsign"
)

// sealFlags are what the command line says of sealing. They stand above audit.yaml.
type sealFlags struct {
	key, certificate, tsaCA string
	tsa                     []string
	without                 string
}

func (f *sealFlags) withoutFlag(c *cobra.Command) {
	c.Flags().StringVar(&f.without, "without-timestamp", "", "seal without a timestamp, for this reason; it is written into what is signed")
}

func (f *sealFlags) all(c *cobra.Command) {
	c.Flags().StringVar(&f.key, "key", "", "the private key that signs (PEM), or the ARN of a KMS key, in place of audit.yaml's; auditseal keygen makes one")
	c.Flags().StringVar(&f.certificate, "certificate", "", "its certificate (PEM), in place of audit.yaml's")
	c.Flags().StringArrayVar(&f.tsa, "tsa", nil, "the address of a timestamp authority (RFC 3161), in place of audit.yaml's; may be given several times")
	c.Flags().StringVar(&f.tsaCA, "tsa-ca", "", "the authority's root (PEM), in place of audit.yaml's")
	f.withoutFlag(c)
}

// A sealing says how a pack is to be sealed, from audit.yaml and the command line. A nil one leaves it unsigned.
type sealing struct {
	audit.Seal
	without string
	fips    bool // FIPS endpoints
}

// sealing reads what audit.yaml and the flags say. Paths in audit.yaml are relative to base, its folder; those of flags to where we stand.
func (f *sealFlags) sealing(cfg *audit.Config, base string) (*sealing, error) {
	s := &sealing{without: f.without}
	if cfg != nil {
		s.fips = cfg.FIPSEndpoints
	}
	if cfg != nil && cfg.Seal != nil {
		s.Seal = *cfg.Seal
		for _, p := range []*string{&s.Key, &s.Certificate, &s.TSARoots} {
			if *p != "" && !filepath.IsAbs(*p) && !(p == &s.Key && s.KMS()) {
				*p = filepath.Join(base, *p)
			}
		}
	}
	if f.key != "" {
		s.Key, s.Certificate = f.key, ""
	}
	if f.certificate != "" {
		s.Certificate = f.certificate
	}
	if len(f.tsa) > 0 {
		s.TSA, s.TSAPolicy, s.TSARoots = f.tsa, "", ""
	}
	if f.tsaCA != "" {
		s.TSARoots = f.tsaCA
	}
	switch {
	case s.Key == "" && (f.without != "" || len(f.tsa) > 0 || f.tsaCA != "" || f.certificate != ""):
		return nil, usage("name the key in audit.yaml (seal), or with --key", "no key signs this pack, so there is nothing to timestamp")
	case s.Key == "":
		return nil, nil
	case len(s.TSA) == 0 && s.TSARoots != "":
		return nil, usage("name the authority with --tsa", "--tsa-ca says how to check a timestamp, and no authority is named")
	case s.without == "" && len(s.TSA) == 0:
		s.without = "no timestamp authority was named"
	}
	return s, nil
}

// A sealingKey is an opened key with all that sealing needs besides.
type sealingKey struct {
	signer    crypto.Signer
	public    *seal.PublicKey
	authority *seal.Authority // nil without a timestamp
	without   string
	// chain is the key's certificate, followed by those that lead to its root; empty where audit.yaml names none.
	chain []*x509.Certificate
	// kms and exchanges are what AWS KMS told of it.
	kms       *seal.KMSKey
	exchanges []byte
}

// openKey opens the key, and reads the certificates and roots, so that a fault in them is known before anything is sealed. certificates is the
// audit's table of FIPS certificates. With no sealing there is no key, and no error.
func (a *app) openKey(ctx context.Context, s *sealing, certificates []byte) (*sealingKey, error) {
	if s == nil {
		return nil, nil
	}
	k := &sealingKey{without: s.without}
	var err error
	if s.KMS() {
		err = k.openKMS(ctx, s.Key, s.fips, certificates)
	} else if k.signer, err = seal.LoadPrivate(s.Key); err != nil {
		err = usage("give the private key; auditseal keygen makes one", "seal: key: %w", err)
	}
	if err != nil {
		return nil, err
	}
	if k.public, err = seal.NewPublicKey(k.signer.Public()); err != nil {
		return nil, usage("make another with: auditseal keygen", "seal: key: %s: %w", s.Key, err)
	}
	if s.Certificate != "" {
		if k.chain, err = readCertificates(s.Certificate); err != nil {
			return nil, usage("give the key's certificate in PEM, followed by those that lead to its root", "seal: certificate: %s: %w", s.Certificate, err)
		}
		if err := pdfsign.CheckChain(k.chain, k.public.Key, a.now()); err != nil {
			return nil, usage("give the key's certificate in PEM, followed by those that lead to its root", "seal: certificate: %s: %w", s.Certificate, err)
		}
	}
	if s.without != "" {
		return k, nil
	}
	k.authority = &seal.Authority{URLs: s.TSA, Policy: s.TSAPolicy, Now: a.now, Random: a.random}
	if s.TSARoots == "" {
		if k.authority.Roots, err = x509.SystemCertPool(); err != nil {
			return nil, usage("name the authority's root with tsa-ca", "the system's own roots cannot be read: %w", err)
		}
	} else if k.authority.Roots, err = readRoots(s.TSARoots); err != nil {
		return nil, usage("give the authority's root in PEM", "seal: tsa-ca: %w", err)
	}
	return k, nil
}

func readRoots(name string) (*x509.CertPool, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	pool, err := seal.ParseRoots(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return pool, nil
}

func readCertificates(name string) ([]*x509.Certificate, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var out []*x509.Certificate
	for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("it holds a %q, not a certificate", block.Type)
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		return nil, errors.New("there is no certificate in it")
	}
	return out, nil
}

// signing is what README.txt is told of it.
func (k *sealingKey) signing() *pack.Signing {
	if k == nil {
		return nil
	}
	s := &pack.Signing{KeyID: k.public.ID, Algorithm: k.public.Algorithm, Without: k.without}
	if k.kms != nil {
		s.KMS = k.kms.ARN
	}
	return s
}

// writeSeal writes seal/ into a closed folder.
func (k *sealingKey) writeSeal(ctx context.Context, dir, tool string, random io.Reader) (seal.Verdict, error) {
	v, err := seal.Write(ctx, dir, seal.Input{Tool: tool, Key: k.signer, KMS: k.kms, Exchanges: k.exchanges, Authority: k.authority, Without: k.without, Random: random})
	if ctx.Err() == nil {
		err = untimed(err, dir)
	}
	return v, err
}

// untimed gives the next step with an error that says why there is no timestamp.
func untimed(err error, dir string) error {
	var none *seal.TimestampError
	if errors.As(err, &none) {
		return &exitError{code: exitUnfinished, err: err, hint: "nothing else is missing: seal it again with auditseal seal " + dir + ", or do without by --without-timestamp REASON"}
	}
	return err
}

// sealing checks that the key opens and signs, and that an authority gives a timestamp: a text of no meaning is signed and stamped, and
// thrown away.
func (d *doctor) sealing(ctx context.Context, a *app) error {
	var f sealFlags
	how, err := f.sealing(d.j.audit, d.j.dir)
	if err != nil || how == nil {
		return err
	}
	no := func(check string, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		hint := "see auditseal seal --help"
		var e *exitError
		if errors.As(err, &e) {
			hint = e.hint
		}
		d.say(false, check, hint, "%v", err)
		return nil
	}
	k, err := a.openKey(ctx, how, d.j.certificates)
	if err != nil {
		return no("seal", err)
	}
	sig, err := seal.Sign(a.random, k.signer, []byte("auditseal doctor"))
	if err != nil {
		return no("seal", err)
	}
	d.say(true, "seal", "", "the key %s (%s) signs", k.public.ID, k.public.Algorithm)
	if k.authority == nil {
		d.say(true, "timestamp", "", "none: %s", k.without)
		return nil
	}
	t, err := k.authority.Stamp(ctx, sig)
	if err != nil {
		return no("timestamp", &exitError{err: err, hint: "check tsa, tsa-ca and tsa-policy; a run would stop before its ZIP, and auditseal seal go on from there"})
	}
	d.say(true, "timestamp", "", "%s by %q, which leads to %q", t.Time.Format("2006-01-02T15:04:05Z"), t.Authority, t.Root)
	return nil
}
