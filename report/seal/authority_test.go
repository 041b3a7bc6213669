package seal_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/auditseal/auditseal/report/seal"
	"github.com/auditseal/auditseal/report/seal/sealtest"
)

func startTSA(t testing.TB) (*sealtest.TSA, *seal.Authority) {
	t.Helper()
	tsa, err := sealtest.Start(rand.Reader, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tsa.Close)
	return tsa, &seal.Authority{URLs: []string{tsa.URL}, Roots: tsa.Root.Pool(), Policy: sealtest.Policy, Now: time.Now, Random: rand.Reader, Timeout: 500 * time.Millisecond, Pause: time.Millisecond}
}

var data = []byte("what is timestamped")

func TestStamp(t *testing.T) {
	tsa, a := startTSA(t)
	tok, err := a.Stamp(context.Background(), data)
	if err != nil {
		t.Fatal(err)
	}
	if d := time.Since(tok.Time); d < -time.Second || d > 5*time.Second {
		t.Errorf("the token's time is %s", tok.Time)
	}
	if tok.Policy != sealtest.Policy || tok.Accuracy != time.Second || tok.Authority != "CN=Test Timestamp Authority" || tok.Root != "CN=Test Timestamp Root" {
		t.Errorf("token %+v", tok)
	}
	for _, roots := range []bool{true, false} {
		pool := tsa.Root.Pool()
		if !roots {
			pool = nil
		}
		again, err := seal.VerifyToken(tok.Response, data, pool)
		if err != nil || !again.Time.Equal(tok.Time) {
			t.Fatalf("%v, %v", again, err)
		}
	}
	if _, err := seal.VerifyToken(tok.Response, append([]byte("x"), data...), tsa.Root.Pool()); err == nil || !strings.Contains(err.Error(), "over something else") {
		t.Errorf("over other data: %v", err)
	}
	other, _ := sealtest.NewCA(rand.Reader, time.Now(), "Other")
	if _, err := seal.VerifyToken(tok.Response, data, other.Pool()); err == nil || !strings.Contains(err.Error(), "none of the roots") {
		t.Errorf("with another root: %v", err)
	}
}

// Each way in which an authority may misbehave ends in a message of its own.
func TestStampRefuses(t *testing.T) {
	tsa, a := startTSA(t)
	want := map[sealtest.Fault]string{
		sealtest.WrongNonce: "its nonce differs", sealtest.NoNonce: "its nonce differs", sealtest.WrongImprint: "message imprint differs", sealtest.WrongPolicy: "follows the policy 1.2.3.4, not " + sealtest.Policy,
		sealtest.WrongTime: "set the clock, or ask another", sealtest.ExpiredCert: "outside of certificate validity", sealtest.WrongUsage: "is not for timestamps",
		sealtest.SharedUsage: "for other things than timestamps too", sealtest.UncriticalUsage: "does not mark its extended key usage as critical", sealtest.OtherRoot: "leads to none of the roots",
		sealtest.NamesAnother: "names another certificate than the one that signed it", sealtest.NoCertificate: "does not hold the certificate", sealtest.BadSignature: "verification failure", sealtest.Rejection: "the authority refused: status 2", sealtest.Modified: "changed what was asked",
		sealtest.Hang: "did not answer within 500ms (asked 3 times)", sealtest.Huge: "larger than 262144 bytes", sealtest.Garbage: "not a timestamp response in DER", sealtest.Trailing: "1 bytes follow",
		sealtest.CutOff: "broke off", sealtest.Redirect: `points to "/elsewhere"`, sealtest.PlainText: `content type "text/html"`, sealtest.NotFound: "it answered 404 Not Found",
		sealtest.ServerError: "503 Service Unavailable (asked 3 times)", sealtest.Empty: "not a timestamp response in DER (0 bytes)",
	}
	seen := map[string]sealtest.Fault{}
	for _, f := range sealtest.Faults() {
		tsa.Misbehave(f, 0)
		tok, err := a.Stamp(context.Background(), data)
		if err == nil || tok != nil {
			t.Errorf("%s: %v", f, tok)
			continue
		}
		if !strings.Contains(err.Error(), want[f]) || want[f] == "" {
			t.Errorf("%s: %v", f, err)
		}
		if !strings.Contains(err.Error(), tsa.URL) {
			t.Errorf("%s: which authority? %v", f, err)
		}
		if old, ok := seen[err.Error()]; ok && f != sealtest.NoNonce {
			t.Errorf("%s and %s are told alike: %v", old, f, err)
		}
		seen[err.Error()] = f
	}
}

// The way to the root counts as it was at the token's time: a token outlives the certificates above it, and is not made after them.
func TestChainAtTheTokensTime(t *testing.T) {
	at := time.Now().AddDate(-6, 0, 0)
	tsa, err := sealtest.Start(rand.Reader, func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tsa.Close)
	a := &seal.Authority{URLs: []string{tsa.URL}, Roots: tsa.Root.Pool(), Now: func() time.Time { return at }, Random: rand.Reader}
	tok, err := a.Stamp(context.Background(), data)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seal.VerifyToken(tok.Response, data, tsa.Root.Pool()); err != nil || !time.Now().After(tsa.Root.Certificate.NotAfter) {
		t.Error(err)
	}
	at = time.Now()
	if _, err := a.Stamp(context.Background(), data); err == nil || !strings.Contains(err.Error(), "was not valid at the token's time") {
		t.Error(err)
	}
}

// A certificate that leads nowhere is no part of the seal.
func TestStampLeavesOutStrayCertificates(t *testing.T) {
	tsa, a := startTSA(t)
	tsa.Misbehave(sealtest.StrayCertificate, 0)
	tok, err := a.Stamp(context.Background(), data)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(tok.Response, []byte("Another Root")) {
		t.Error("it is in the seal")
	}
	other, _ := sealtest.NewCA(rand.Reader, time.Now(), "Another Root")
	more := sealtest.WithCertificate(tok.Response, other.Certificate)
	if !bytes.Contains(more, other.Certificate.Raw) {
		t.Fatal("the test puts nothing in")
	}
	if _, err := seal.VerifyToken(more, data, tsa.Root.Pool()); err == nil {
		t.Error("one that was put in later goes unnoticed")
	}
}

func TestStampAsksAgainAndAsksAnother(t *testing.T) {
	tsa, a := startTSA(t)
	for _, f := range []sealtest.Fault{sealtest.ServerError, sealtest.CutOff, sealtest.Hang} {
		before := tsa.Asked()
		tsa.Misbehave(f, 1)
		if _, err := a.Stamp(context.Background(), data); err != nil || tsa.Asked() != before+2 {
			t.Errorf("%s: asked %d times: %v", f, tsa.Asked()-before, err)
		}
	}
	// What was answered wrongly is not asked for again.
	before := tsa.Asked()
	tsa.Misbehave(sealtest.WrongNonce, 1)
	if _, err := a.Stamp(context.Background(), data); err == nil || tsa.Asked() != before+1 {
		t.Errorf("asked %d times: %v", tsa.Asked()-before, err)
	}
	// The next authority is asked, and where none answers rightly each is named.
	bad, _ := startTSA(t)
	bad.Misbehave(sealtest.Rejection, 0)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + l.Addr().String() + "/tsr"
	l.Close()
	a.URLs = []string{closed, bad.URL, tsa.URL}
	if _, err := a.Stamp(context.Background(), data); err != nil {
		t.Error(err)
	}
	a.URLs = a.URLs[:2]
	_, err = a.Stamp(context.Background(), data)
	for _, part := range []string{closed, "cannot be reached", bad.URL, "the authority refused"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v does not say %q", err, part)
		}
	}
}

func TestStampStopsWhenInterrupted(t *testing.T) {
	tsa, a := startTSA(t)
	tsa.Misbehave(sealtest.Hang, 0)
	a.Timeout = time.Minute
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := a.Stamp(ctx, data); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// Every bit of a token counts.
func TestTokenBits(t *testing.T) {
	tsa, a := startTSA(t)
	tok, err := a.Stamp(context.Background(), data)
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(tok.Response) * 8 {
		b := bytes.Clone(tok.Response)
		b[i/8] ^= 1 << (i % 8)
		if _, err := seal.VerifyToken(b, data, tsa.Root.Pool()); err == nil {
			t.Errorf("bit %d of byte %d (of %d) may be anything", i%8, i/8, len(b))
		}
	}
	if _, err := seal.VerifyToken(append(bytes.Clone(tok.Response), 0), data, tsa.Root.Pool()); err == nil {
		t.Error("bytes may follow")
	}
}

// openssl gives the path of the program, and skips the test where there is none.
func openssl(t testing.TB) string {
	t.Helper()
	p, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("openssl is not installed, and CI must have it")
		}
		t.Skip("openssl is not installed: its second opinion is not asked")
	}
	return p
}

func TestOpensslTakesTheToken(t *testing.T) {
	bin := openssl(t)
	tsa, a := startTSA(t)
	tok, err := a.Stamp(context.Background(), data)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, b := range map[string][]byte{"data": data, "tsr": tok.Response, "ca.pem": tsa.Root.PEM()} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	verify := func() (string, error) {
		c := exec.Command(bin, "ts", "-verify", "-data", "data", "-in", "tsr", "-CAfile", "ca.pem")
		c.Dir = dir
		out, err := c.CombinedOutput()
		return string(out), err
	}
	if out, err := verify(); err != nil || !strings.Contains(out, "Verification: OK") {
		t.Errorf("%v: %s", err, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "data"), []byte("something else"), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := verify(); err == nil {
		t.Errorf("taken over other data: %s", out)
	}
}
