package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/auditseal/auditseal/report"
	"github.com/auditseal/auditseal/report/pack"
	"github.com/auditseal/auditseal/report/seal/pdfsign"
)

// signatureWords are what PDF readers show beside the signature: they follow from run.json alone.
func signatureWords(run *report.Run) (name, reason string) {
	d := &report.Document{Run: *run}
	return pdfsign.Clip(run.Organization), pdfsign.Clip("Evidence of AWS configuration, " + d.PeriodText())
}

// signReport signs report.pdf in place, in one step. One that is signed already, as after a sealing that was stopped, keeps its signature where
// that is what would be made now; otherwise it is taken off first. Without a key there is no signature afterwards, and by a key that
// no PDF reader knows neither: that is said. Without a certificate the key makes one for itself.
func (a *app) signReport(ctx context.Context, dir string, run *report.Run, key *sealingKey) error {
	pdf, err := pdfsign.ReadReport(os.DirFS(dir))
	if errors.Is(err, fs.ErrNotExist) { // whether there must be one is not for the seal to say
		return nil
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
		return &exitError{code: exitUnfinished, err: fmt.Errorf("%s: %w", pack.ReportPath, err), hint: "make it again with: auditseal report " + dir}
	}
	write := func(b []byte) error {
		return fill(filepath.Join(dir, pack.ReportPath), func(w io.Writer) error { _, err := w.Write(b); return err })
	}
	var unable error
	if key != nil {
		if unable = pdfsign.Supports(key.public.Key); unable != nil {
			a.say("unsigned   report.pdf bears no signature of its own: %v", unable)
		}
	}
	if key == nil || unable != nil {
		if signed {
			return write(original)
		}
		return nil
	}
	o := pdfsign.Options{Signer: key.signer, Chain: key.chain, At: a.now().UTC()}
	o.Name, o.Reason = signatureWords(run)
	if key.authority != nil {
		o.Stamp = key.authority.Stamp
	}
	if signed && standing(pdf, o, key) {
		return nil
	}
	if len(o.Chain) == 0 {
		own, err := pdfsign.SelfSigned(key.signer, run.Organization, o.At)
		if err != nil {
			return err
		}
		o.Chain = []*x509.Certificate{own}
	}
	out, err := pdfsign.Sign(ctx, original, o)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return untimed(err, dir)
	}
	a.say("signed     report.pdf, in itself")
	return write(out)
}

// standing reports whether a signature is one that would be made now: by the same key and certificates, with the same words, and with a timestamp
// if one is asked for.
func standing(pdf []byte, o pdfsign.Options, key *sealingKey) bool {
	c := pdfsign.Check{Key: key.public}
	if key.authority != nil {
		c.Roots = key.authority.Roots
	}
	info, err := pdfsign.Verify(pdf, c)
	if err != nil || info.Name != o.Name || info.Reason != o.Reason || info.Location != "" || (info.Token != nil) != (key.authority != nil) {
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
