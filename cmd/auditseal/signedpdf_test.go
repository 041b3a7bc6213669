package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/auditseal/auditseal/report"
	"github.com/auditseal/auditseal/report/pack"
	"github.com/auditseal/auditseal/report/pdf/increment"
	"github.com/auditseal/auditseal/report/seal"
	"github.com/auditseal/auditseal/report/seal/pdfsign"
	"github.com/auditseal/auditseal/report/seal/sealtest"
	"github.com/auditseal/auditseal/testdata/demo"
)

// madePack is the demo's folder before it is sealed.
func madePack(t *testing.T, a *app) (string, *report.Run) {
	t.Helper()
	dir := t.TempDir()
	files, err := demo.Files()
	if err != nil {
		t.Fatal(err)
	}
	c := &cobra.Command{}
	c.SetContext(context.Background())
	if err := errors.Join(copyTree(files, ".", dir), a.replay(c, dir)); err != nil {
		t.Fatal(err)
	}
	if _, err := a.assessPack(dir); err != nil {
		t.Fatal(err)
	}
	if err := a.reportPack(dir); err != nil {
		t.Fatal(err)
	}
	run, err := report.ReadRun(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	return dir, run
}

func TestSignedReport(t *testing.T) {
	var said bytes.Buffer
	at := time.Date(2026, 10, 3, 7, 0, 0, 0, time.UTC)
	a := &app{out: io.Discard, err: &said, now: func() time.Time { return at }, random: rand.Reader}
	ctx := context.Background()
	dir, run := madePack(t, a)
	key := func() crypto.Signer {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	mine, other := key(), key()
	tsa, err := sealtest.Start(rand.Reader, a.now)
	if err != nil {
		t.Fatal(err)
	}
	defer tsa.Close()
	authority := &seal.Authority{URLs: []string{tsa.URL}, Roots: tsa.Root.Pool(), Now: a.now, Random: rand.Reader, Attempts: 1}
	get := func() []byte {
		t.Helper()
		b, err := os.ReadFile(filepath.Join(dir, pack.ReportPath))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	put := func(b []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, pack.ReportPath), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	by := func(k crypto.Signer, au *seal.Authority) *sealingKey {
		t.Helper()
		p, err := seal.NewPublicKey(k.Public())
		if err != nil {
			t.Fatal(err)
		}
		return &sealingKey{signer: k, public: p, authority: au}
	}
	sign := func(k *sealingKey) []byte {
		t.Helper()
		if err := a.signReport(ctx, dir, run, k); err != nil {
			t.Fatal(err)
		}
		return get()
	}
	derived := get()

	// Signed once however often it is sealed, and taken off where it does not hold any more.
	first := sign(by(mine, authority))
	info, err := pdfsign.Verify(first, pdfsign.Check{Roots: authority.Roots})
	if err != nil || !bytes.Equal(info.Original, derived) || info.Token == nil || info.Name != "Example Corp" || info.Reason != "Evidence of AWS configuration, 2026-Q3, 2026-07-01 to 2026-09-30" || !info.At.Equal(at) {
		t.Fatalf("%+v, %v", info, err)
	}
	at = at.Add(time.Minute)
	if asked := tsa.Asked(); !bytes.Equal(sign(by(mine, authority)), first) || tsa.Asked() != asked {
		t.Error("sealing again signs again")
	}
	for name, again := range map[string][]byte{"by another key": sign(by(other, authority)), "without a timestamp": sign(by(mine, nil)), "with one": sign(by(mine, authority))} {
		if info, err := pdfsign.Verify(again, pdfsign.Check{}); err != nil || !bytes.Equal(info.Original, derived) || bytes.Equal(again, first) {
			t.Errorf("%s: %+v, %v", name, info, err)
		}
	}
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	if !bytes.Equal(sign(by(ed, nil)), derived) || !strings.Contains(said.String(), "report.pdf bears no signature of its own: PDF readers do not check signatures by a key of Ed25519") {
		t.Errorf("with an Ed25519 key: %s", said.String())
	}
	sign(by(mine, nil))
	if !bytes.Equal(sign(nil), derived) {
		t.Error("without a key the signature stays")
	}

	// What does not serve leaves the file as it was, with the next step.
	var e *exitError
	tsa.Misbehave(sealtest.ServerError, 0)
	if err := a.signReport(ctx, dir, run, by(mine, authority)); !errors.As(err, &e) || e.code != exitUnfinished || !strings.Contains(e.hint, "--without-timestamp") {
		t.Errorf("without an answer: %v", err)
	}
	if !bytes.Equal(get(), derived) {
		t.Error("a failure changed the file")
	}

	// rederive takes the signature for what it is, and nothing else.
	found := func(pdf []byte) (wrong []string) {
		t.Helper()
		put(pdf)
		tmp := t.TempDir()
		if err := os.WriteFile(filepath.Join(tmp, pack.ReportPath), derived, 0o644); err != nil {
			t.Fatal(err)
		}
		err := asSigned(os.DirFS(dir), tmp, run, func(_ string, _ int, format string, args ...any) { wrong = append(wrong, format) })
		if err = errors.Join(err, pack.Compare(os.DirFS(dir), os.DirFS(tmp), []string{pack.ReportPath}, func(d pack.Difference) { wrong = append(wrong, d.Detail) })); err != nil {
			t.Fatal(err)
		}
		return wrong
	}
	own, err := pdfsign.SelfSigned(mine, run.Organization, at)
	if err != nil {
		t.Fatal(err)
	}
	o := pdfsign.Options{Signer: mine, Chain: []*x509.Certificate{own}, At: at}
	o.Name, o.Reason = signatureWords(run)
	signedBy := func(base []byte, o pdfsign.Options) []byte {
		t.Helper()
		out, err := pdfsign.Sign(ctx, base, o)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	annotated := func(base []byte) []byte {
		t.Helper()
		f, err := increment.Read(base)
		if err != nil {
			t.Fatal(err)
		}
		u := f.Update()
		n := u.New()
		u.Set(n, "<</Type /Annot /Subtype /FreeText /Rect [50 700 300 800] /Contents (all controls met)>>\n")
		return append(bytes.Clone(base), u.Bytes()...)
	}
	good, worded := signedBy(derived, o), o
	worded.Reason = "Audited and found in order"
	for name, c := range map[string]struct {
		pdf []byte
		ok  bool
	}{
		"unsigned":                         {derived, true},
		"signed":                           {good, true},
		"signed, with a timestamp":         {first, true},
		"an annotation, then signed":       {signedBy(annotated(derived), o), false},
		"signed, then an annotation":       {annotated(good), false},
		"only annotated":                   {annotated(derived), false},
		"signed with words of its own":     {signedBy(derived, worded), false},
		"another report, signed":           {signedBy(bytes.Replace(derived, []byte("/Lang (en)"), []byte("/Lang (fr)"), 1), o), false},
		"signed, its last line taken away": {good[:len(good)-1], false},
	} {
		if wrong := found(c.pdf); (len(wrong) == 0) != c.ok {
			t.Errorf("%s: %q", name, wrong)
		}
	}

	// And the whole of it once.
	put(good)
	mask, err := a.masking(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pack.Seal(dir, pack.Info{Tool: run.Tool.String(), Organization: run.Organization, Period: run.Scope.Period}, mask); err != nil {
		t.Fatal(err)
	}
	p, err := pack.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	n, err := a.rederive(ctx, p, func(c pack.Check) {
		if !c.OK {
			t.Errorf("%+v", c)
		}
	})
	if err != nil || n != 0 {
		t.Errorf("%d places differ, %v", n, err)
	}
}
