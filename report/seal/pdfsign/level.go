package pdfsign

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"time"

	"github.com/auditseal/auditseal/report/pack"
	"github.com/auditseal/auditseal/report/seal"
)

// CheckReport is the name of the check that VerifyReport makes: report.pdf bears a signature of the one form, by a key that the
// verifier gave, or none. The name is part of the pack's format.
const CheckReport = "report"

// maxReport is the largest report that is read, in bytes: some hundred thousand pages.
const maxReport = 1 << 30

// VerifyReport checks the signature inside a pack's report.pdf, and calls each with what it found. The level says in plain words what came of
// it; failed counts what was found wrong. A report without a signature is wrong where the verifier gave a key that could have signed it.
func VerifyReport(fsys fs.FS, o seal.Options, each func(pack.Check)) (level seal.Level, failed int) {
	level.Level = CheckReport
	fail := func(format string, a ...any) {
		failed++
		level.Outcome, level.Detail = seal.Failed, "the signature inside report.pdf is not good: handed on alone, nothing shows who made it"
		if len(o.Keys) > 0 {
			level.Detail = "report.pdf bears no good signature by a key that was given: handed on alone, nothing shows who made it"
		}
		each(pack.Check{Name: CheckReport, Path: pack.ReportPath, Detail: fmt.Sprintf(format, a...)})
	}
	pdf, err := ReadReport(fsys)
	if errors.Is(err, fs.ErrNotExist) { // whether there must be one is for the manifest to say
		level.Outcome, level.Detail = seal.NotThere, "there is no report.pdf"
		return level, failed
	}
	if err != nil {
		fail("cannot be read: %s", err)
		return level, failed
	}
	info, err := Verify(pdf, Check{Roots: o.Roots})
	if errors.Is(err, ErrUnsigned) {
		able := slices.ContainsFunc(o.Keys, func(k *seal.PublicKey) bool { return Supports(k.Key) == nil })
		if able {
			fail("bears no signature, and a key was given that signs PDFs too: it was taken off, or never put there")
			return level, failed
		}
		level.Outcome, level.Detail = seal.NotThere, "report.pdf bears no signature of its own: it counts only as a file of this pack"
		for _, k := range o.Keys {
			level.Detail = fmt.Sprintf("report.pdf bears no signature of its own, and can have none by this key (%s): %s; it counts only as a file of this pack", k.Algorithm, Supports(k.Key))
		}
		return level, failed
	}
	if err != nil {
		fail("%s", err)
		return level, failed
	}
	when := "without a timestamp"
	switch t := info.Token; {
	case t != nil && o.Roots != nil:
		when = fmt.Sprintf("before %s by the clock of %q", t.Time.Format(time.RFC3339), t.Authority)
	case t != nil:
		when = fmt.Sprintf("with a timestamp that says %s by %q (not checked: give --tsa-ca)", t.Time.Format(time.RFC3339), t.Authority)
	}
	if len(o.Keys) == 0 {
		level.Outcome = seal.NotChecked
		level.Detail = fmt.Sprintf("report.pdf says that the key %s (%s) signed it, %s: give --key with that public key, which you have from somebody you trust and not from this pack", info.Key.ID, info.Key.Algorithm, when)
		return level, failed
	}
	if !slices.ContainsFunc(o.Keys, func(k *seal.PublicKey) bool { return k.ID == info.Key.ID }) {
		fail("was signed by the key %s, which is none of those given", info.Key.ID)
		return level, failed
	}
	each(pack.Check{Name: CheckReport, OK: true, Path: pack.ReportPath, Detail: fmt.Sprintf("signed by the key %s, %s; the signature covers the whole file, and nothing else was appended", info.Key.ID, when)})
	level.Outcome = seal.Proved
	level.Detail = fmt.Sprintf("whoever holds the private key %s signed exactly this report.pdf, %s; it says so of itself too, when handed on alone", info.Key.ID, when)
	return level, failed
}

// ReadReport reads a pack's report.pdf whole.
func ReadReport(fsys fs.FS) ([]byte, error) {
	f, err := fsys.Open(pack.ReportPath)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxReport+1))
	if err == nil && len(b) > maxReport {
		err = fmt.Errorf("larger than %d bytes", maxReport)
	}
	return b, err
}
