package main

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/auditseal/auditseal/report"
	"github.com/auditseal/auditseal/report/pack"
	"github.com/auditseal/auditseal/report/seal"
	"github.com/auditseal/auditseal/report/seal/pdfsign"
)

// signatureWords are what PDF readers show beside the signature: they follow from run.json alone.
func signatureWords(run *report.Run) (name, reason string) {
	d := &report.Document{Run: *run}
	return pdfsign.Clip(run.Organization), pdfsign.Clip("Evidence of AWS configuration, " + d.PeriodText())
}

// signReport signs report.pdf in place, in one step. One that is signed already, as after a sealing that was stopped, keeps its signature where
// that is what would be made now; otherwise it is taken off first. Without a signer there is no signature afterwards, and by a key that
// no PDF reader knows neither: that is said. An empty chain means that the key makes a certificate for itself.
func (a *app) signReport(ctx context.Context, dir string, run *report.Run, signer crypto.Signer, chain []*x509.Certificate, authority *seal.Authority) error {
	name := filepath.Join(dir, pack.ReportPath)
	pdf, err := pdfsign.ReadReport(os.DirFS(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return &exitError{code: exitUnfinished, err: err, hint: "make it with: auditseal report " + dir}
	}
	if err != nil {
		return err
	}
	original, _, err := pdfsign.Split(pdf)
	signed := err == nil
	if errors.Is(err, pdfsign.ErrUnsigned) {
		original, err = pdf, nil
	}
	if err != nil {
		return &exitError{code: exitUnfinished, err: err, hint: "report.pdf is not as it was made: make it again with auditseal report " + dir}
	}
	write := func(b []byte) error {
		return fill(name, func(w io.Writer) error { _, err := w.Write(b); return err })
	}
	able := error(nil)
	if signer != nil {
		able = pdfsign.Supports(signer.Public())
	}
	if signer == nil || able != nil {
		if able != nil {
			a.say("unsigned   report.pdf bears no signature of its own: %v", able)
		}
		if signed {
			return write(original)
		}
		return nil
	}
	o := pdfsign.Options{Signer: signer, Chain: chain, At: a.now().UTC()}
	o.Name, o.Reason = signatureWords(run)
	if authority != nil {
		o.Stamp = authority.Stamp
	}
	if signed && standing(pdf, o, authority) {
		return nil
	}
	if len(o.Chain) == 0 {
		own, err := pdfsign.SelfSigned(signer, run.Organization, o.At)
		if err != nil {
			return err
		}
		o.Chain = []*x509.Certificate{own}
	}
	if err := pdfsign.CheckChain(o.Chain, signer.Public(), o.At); err != nil {
		return usage("give the key's certificate in PEM, followed by those that lead to its root, or leave certificate out", "seal: certificate: %w", err)
	}
	out, err := pdfsign.Sign(ctx, original, o)
	var none *seal.TimestampError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &none):
		return &exitError{code: exitUnfinished, err: err, hint: "nothing else is missing: seal it again with auditseal seal " + dir + ", or do without by --without-timestamp REASON"}
	case err != nil:
		return err
	}
	return write(out)
}

// standing reports whether a signature is one that would be made now: by the same key and certificates, with the same words, and with a timestamp
// if one is asked for.
func standing(pdf []byte, o pdfsign.Options, authority *seal.Authority) bool {
	key, err := seal.NewPublicKey(o.Signer.Public())
	if err != nil {
		return false
	}
	c := pdfsign.Check{Key: key}
	if authority != nil {
		c.Roots = authority.Roots
	}
	info, err := pdfsign.Verify(pdf, c)
	if err != nil || info.Name != o.Name || info.Reason != o.Reason || info.Location != "" || (info.Token != nil) != (authority != nil) {
		return false
	}
	if len(o.Chain) == 0 {
		return len(info.Chain) == 1 && info.Chain[0].CheckSignature(info.Chain[0].SignatureAlgorithm, info.Chain[0].RawTBSCertificate, info.Chain[0].Signature) == nil
	}
	if len(info.Chain) != len(o.Chain) {
		return false
	}
	for i := range o.Chain {
		if !info.Chain[i].Equal(o.Chain[i]) {
			return false
		}
	}
	return true
}

// asSigned puts the signature of the pack's report.pdf behind the one that was derived again in dir: the two must then be the same byte for
// byte. What the signature is, is checked here, except whose.
func asSigned(p fs.FS, dir string, run *report.Run, fail func(path string, line int, format string, args ...any)) error {
	pdf, err := pdfsign.ReadReport(p)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	info, err := pdfsign.Verify(pdf, pdfsign.Check{})
	switch {
	case errors.Is(err, pdfsign.ErrUnsigned):
		return nil
	case err != nil:
		fail(pack.ReportPath, 0, "%v", err)
		return nil
	}
	if name, reason := signatureWords(run); info.Name != name || info.Reason != reason || info.Location != "" {
		fail(pack.ReportPath, 0, "its signature says %q, %q, %q; this version writes %q, %q and no place", info.Name, info.Reason, info.Location, name, reason)
	}
	f, err := os.OpenFile(filepath.Join(dir, pack.ReportPath), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(pdf[len(info.Original):])
	return errors.Join(err, f.Close())
}
