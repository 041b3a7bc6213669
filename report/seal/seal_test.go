package seal_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/report/pack"
	"github.com/auditseal/auditseal/report/seal"
	"github.com/auditseal/auditseal/report/seal/sealtest"
)

const keyARN = "arn:aws:kms:eu-west-1:111122223333:key/0f0f0f0f-1111-2222-3333-444455556666"

func quarter() evidence.Period {
	return evidence.Period{From: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)}
}

// closed makes a folder that is ready to be sealed.
func closed(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"assessment.json", "run.json", "audit.yaml", "gaps.jsonl", "frameworks/f.yaml"} {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte("{}\n"), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	p := quarter()
	if _, err := pack.Seal(dir, pack.Info{Tool: "auditseal 0.1.0", Organization: `Ex<ample> "Corp"`, Period: p, Previous: evidence.Sum([]byte("the one before"))}, pack.Masking{Salt: make([]byte, 32)}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// keys makes one of each kind.
func keys(t testing.TB) map[string]crypto.Signer {
	t.Helper()
	out := map[string]crypto.Signer{}
	for name, c := range map[string]elliptic.Curve{"ecdsa-p256-sha256": elliptic.P256(), "ecdsa-p384-sha384": elliptic.P384(), "ecdsa-p521-sha512": elliptic.P521()} {
		k, err := ecdsa.GenerateKey(c, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = k
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	out["ed25519"], out["rsa-2048-pkcs1v15-sha256"] = ed, r
	return out
}

func publicOf(t testing.TB, k crypto.Signer) *seal.PublicKey {
	t.Helper()
	p, err := seal.NewPublicKey(k.Public())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// kmsInput is what a key in KMS adds.
func kmsInput(t testing.TB, k crypto.Signer) (*seal.KMSKey, []byte) {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(k.Public())
	if err != nil {
		t.Fatal(err)
	}
	var lines []byte
	for op, body := range map[string]string{
		"DescribeKey":  `{"KeyMetadata":{"Arn":"` + keyARN + `","KeySpec":"ECC_NIST_P256","Origin":"AWS_KMS"}}`,
		"GetPublicKey": `{"KeyId":"` + keyARN + `","PublicKey":"` + base64.StdEncoding.EncodeToString(der) + `"}`,
	} {
		var b bytes.Buffer
		if err := json.NewEncoder(&b).Encode(evidence.Exchange{ID: "E-0", Service: "kms", Operation: op, Status: 200, Body: body}); err != nil {
			t.Fatal(err)
		}
		open := bytes.TrimSuffix(b.Bytes(), []byte(`,"sha256":""}`+"\n"))
		lines = fmt.Appendf(lines, "%s,\"sha256\":\"%s\"}\n", open, evidence.Sum(open))
	}
	return &seal.KMSKey{ARN: keyARN, Spec: "ECC_NIST_P256", Origin: "AWS_KMS", FIPS: seal.FIPS{Status: "validated", Algorithm: "reported", Certificate: "4884", Note: "as read"}}, lines
}

func input(k crypto.Signer, a *seal.Authority) seal.Input {
	return seal.Input{Tool: "auditseal 0.1.0", Key: k, Authority: a, Random: rand.Reader}
}

// load reads a folder into memory.
func load(t testing.TB, dir string) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(filepath.Join(dir, name))
		out[name] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// verify gives the verdict and what failed, as text.
func verify(fsys fs.FS, o seal.Options) (seal.Verdict, string) {
	var wrong []string
	v := seal.Verify(fsys, o, func(c pack.Check) {
		if !c.OK {
			wrong = append(wrong, c.Name+" "+c.Path+": "+c.Detail)
		}
	})
	return v, strings.Join(wrong, "\n")
}

func TestWriteAndVerify(t *testing.T) {
	tsa, a := startTSA(t)
	other := publicOf(t, keys(t)["ecdsa-p256-sha256"])
	for name, k := range keys(t) {
		dir := closed(t)
		v, err := seal.Write(context.Background(), dir, input(k, a))
		if err != nil {
			t.Fatal(name, err)
		}
		if v.Signed.Outcome != seal.Proved || v.Timed.Outcome != seal.Proved || v.Key.Algorithm != name || v.Statement.Predicate.Organization != `Ex<ample> "Corp"` {
			t.Errorf("%s: %+v", name, v)
		}
		// A second time keeps what is there, and asks nobody.
		asked, before := tsa.Asked(), load(t, dir)
		if _, err := seal.Write(context.Background(), dir, input(k, a)); err != nil || tsa.Asked() != asked {
			t.Errorf("%s: again: %v", name, err)
		}
		for f, b := range load(t, dir) {
			if !bytes.Equal(b.Data, before[f].Data) {
				t.Errorf("%s: %s changed", name, f)
			}
		}
		// Another key does not take it over.
		if _, err := seal.Write(context.Background(), dir, input(keys(t)[name], a)); err == nil || !strings.Contains(err.Error(), "it has a seal already") {
			t.Errorf("%s: by another key: %v", name, err)
		}
		files := load(t, dir)
		for _, x := range []struct {
			o             seal.Options
			signed, timed string
			wrong         string
		}{
			{seal.Options{}, seal.NotChecked, seal.NotChecked, ""},
			{seal.Options{Keys: []*seal.PublicKey{other, publicOf(t, k)}}, seal.Proved, seal.NotChecked, ""},
			{seal.Options{Roots: tsa.Root.Pool()}, seal.NotChecked, seal.Proved, ""},
			{seal.Options{Keys: []*seal.PublicKey{other}}, seal.Failed, seal.NotChecked, "which is none of those given"},
		} {
			v, wrong := verify(files, x.o)
			if v.Signed.Outcome != x.signed || v.Timed.Outcome != x.timed || (wrong == "") != (x.wrong == "") || !strings.Contains(wrong, x.wrong) || (v.Failed > 0) != (x.wrong != "") {
				t.Errorf("%s: %+v, %s", name, v, wrong)
			}
		}
	}
}

func TestWriteWithoutTimestamp(t *testing.T) {
	tsa, _ := startTSA(t)
	k, dir := keys(t)["ed25519"], closed(t)
	in := input(k, nil)
	if _, err := seal.Write(context.Background(), dir, in); err == nil || !strings.Contains(err.Error(), "the reason for having none") {
		t.Fatal(err)
	}
	in.Without = "no authority is reachable from here"
	v, err := seal.Write(context.Background(), dir, in)
	if err != nil || v.Timed.Outcome != seal.NotThere || !strings.Contains(v.Timed.Detail, in.Without) {
		t.Fatalf("%+v %v", v, err)
	}
	if v, wrong := verify(load(t, dir), seal.Options{Roots: tsa.Root.Pool()}); v.Failed == 0 || !strings.Contains(wrong, "the pack has no timestamp") {
		t.Errorf("%s", wrong)
	}
}

// A failure leaves nothing behind, and sealing again goes on.
func TestWriteFailsWhole(t *testing.T) {
	tsa, a := startTSA(t)
	tsa.Misbehave(sealtest.Rejection, 1)
	k, dir := keys(t)["ecdsa-p256-sha256"], closed(t)
	before := load(t, dir)
	_, err := seal.Write(context.Background(), dir, input(k, a))
	var none *seal.TimestampError
	if !errors.As(err, &none) {
		t.Fatal(err)
	}
	if after := load(t, dir); len(after) != len(before) {
		t.Errorf("%d files, then %d", len(before), len(after))
	}
	// What a killed process leaves is cleared away.
	if err := errors.Join(os.MkdirAll(filepath.Join(dir, ".seal.tmp"), 0o755), os.WriteFile(filepath.Join(dir, ".seal.tmp", "SHA256SUMS.sig"), []byte("half"), 0o644)); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Write(context.Background(), dir, input(k, a)); err != nil {
		t.Fatal(err)
	}
	if after := load(t, dir); len(after) != len(before)+3 {
		t.Errorf("%d files, then %d", len(before), len(after))
	}
}

func TestVerifyUnsigned(t *testing.T) {
	tsa, _ := startTSA(t)
	files := load(t, closed(t))
	if v, wrong := verify(files, seal.Options{}); v.Failed != 0 || v.Signed.Outcome != seal.NotThere || v.Timed.Outcome != seal.NotThere {
		t.Errorf("%+v %s", v, wrong)
	}
	v, wrong := verify(files, seal.Options{Keys: []*seal.PublicKey{publicOf(t, keys(t)["ed25519"])}, Roots: tsa.Root.Pool()})
	if v.Failed != 2 || !strings.Contains(wrong, "the pack is not signed, and a key was given") || !strings.Contains(wrong, "has no timestamp, and an authority's root was given") {
		t.Errorf("%+v %s", v, wrong)
	}
}

// Every bit of every file below seal/ counts, and so does every file.
func TestEveryBit(t *testing.T) {
	tsa, a := startTSA(t)
	for _, name := range []string{"ecdsa-p256-sha256", "ecdsa-p384-sha384", "ed25519", "rsa-2048-pkcs1v15-sha256"} {
		t.Run(name, func(t *testing.T) {
			k := keys(t)[name]
			dir, in := closed(t), input(k, a)
			if strings.HasPrefix(name, "ecdsa-p256") {
				in.KMS, in.Exchanges = kmsInput(t, k)
			}
			if _, err := seal.Write(context.Background(), dir, in); err != nil {
				t.Fatal(err)
			}
			files, o := load(t, dir), seal.Options{Keys: []*seal.PublicKey{publicOf(t, k)}, Roots: tsa.Root.Pool()}
			if v, wrong := verify(files, o); v.Failed > 0 {
				t.Fatal(wrong)
			}
			for f, was := range files {
				// The token is the authority's, and the same whatever the key: it is changed with the first one.
				if !strings.HasPrefix(f, pack.SealDir) || f == seal.TokenPath && in.KMS == nil {
					continue
				}
				changed := func(what string, b []byte) {
					files[f] = &fstest.MapFile{Data: b}
					if b == nil {
						delete(files, f)
					}
					v, wrong := verify(files, o)
					if v.Failed == 0 || wrong == "" || v.Signed.Outcome == seal.Proved && v.Timed.Outcome == seal.Proved {
						t.Errorf("%s: %s: goes unnoticed", f, what)
					}
				}
				for i := range len(was.Data) * 8 {
					b := bytes.Clone(was.Data)
					b[i/8] ^= 1 << (i % 8)
					changed(fmt.Sprintf("bit %d of byte %d", i%8, i/8), b)
				}
				for _, tail := range []string{"\x00", "\n", " ", "x"} {
					changed(fmt.Sprintf("%q after it", tail), append(bytes.Clone(was.Data), tail...))
					changed(fmt.Sprintf("%q before it", tail), append([]byte(tail), was.Data...))
				}
				changed("cut", was.Data[:len(was.Data)-1])
				changed("empty", []byte{})
				changed("taken away", nil)
				files[f] = was
			}
			for _, f := range []string{"seal/more", "seal/key.pem", "seal/sub/SHA256SUMS.sig", "seal/SHA256SUMS.SIG"} {
				files[f] = &fstest.MapFile{Data: []byte("x")}
				if v, _ := verify(files, o); v.Failed == 0 {
					t.Errorf("%s goes unnoticed", f)
				}
				delete(files, f)
			}
		})
	}
}

// The files that are signed, and other forms of what is signed.
func TestOtherForms(t *testing.T) {
	tsa, a := startTSA(t)
	k := keys(t)["ecdsa-p256-sha256"]
	dir := closed(t)
	if _, err := seal.Write(context.Background(), dir, input(k, a)); err != nil {
		t.Fatal(err)
	}
	files, o := load(t, dir), seal.Options{Keys: []*seal.PublicKey{publicOf(t, k)}, Roots: tsa.Root.Pool()}
	st := string(files[seal.StatementPath].Data)
	for name, edit := range map[string]func(string) string{
		"blanks":       func(s string) string { return strings.Replace(s, `","`, `", "`, 1) },
		"member":       func(s string) string { return strings.Replace(s, `{`, `{"more":1,`, 1) },
		"twice":        func(s string) string { return strings.Replace(s, `"signatures"`, `"signatures":[],"signatures"`, 1) },
		"case":         func(s string) string { return strings.Replace(s, `"payload"`, `"Payload"`, 1) },
		"no signature": func(s string) string { return s[:strings.Index(s, `"signatures"`)] + `"signatures":[]}` + "\n" },
		"urlencoding":  func(s string) string { return strings.NewReplacer("+", "-").Replace(s) },
	} {
		b := edit(st)
		if b == st {
			if name == "urlencoding" {
				continue // this payload has none
			}
			t.Fatal(name, "changes nothing")
		}
		files[seal.StatementPath] = &fstest.MapFile{Data: []byte(b)}
		if v, _ := verify(files, o); v.Failed == 0 {
			t.Errorf("%s goes unnoticed", name)
		}
	}
	files[seal.StatementPath] = &fstest.MapFile{Data: []byte(st)}
	for _, name := range []string{pack.ManifestPath, pack.SumsPath} {
		was := files[name]
		files[name] = &fstest.MapFile{Data: append(bytes.Clone(was.Data), '\n')}
		if _, wrong := verify(files, o); !strings.Contains(wrong, "the statement that was signed says") {
			t.Errorf("%s: %s", name, wrong)
		}
		files[name] = was
	}
}

// Base64 whose last bits count for nothing is another form of the same.
func TestBase64Bits(t *testing.T) {
	k, tried := keys(t)["ecdsa-p256-sha256"], 0
	for i := range 6 {
		dir, in := closed(t), input(k, nil)
		in.Without, in.Tool = "a test", "auditseal"+strings.Repeat("x", i)
		if _, err := seal.Write(context.Background(), dir, in); err != nil {
			t.Fatal(err)
		}
		files, o := load(t, dir), seal.Options{Keys: []*seal.PublicKey{publicOf(t, k)}}
		was := files[seal.StatementPath].Data
		for at := 1; at < len(was); at++ {
			if was[at] != '=' || was[at-1] == '=' {
				continue
			}
			tried++
			b := bytes.Clone(was)
			b[at-1]++ // the next in the alphabet: the last bits of this digit are not used
			files[seal.StatementPath] = &fstest.MapFile{Data: b}
			if v, _ := verify(files, o); v.Failed == 0 {
				t.Errorf("%c in place of %c goes unnoticed", b[at-1], was[at-1])
			}
		}
	}
	if tried == 0 {
		t.Error("nothing was tried")
	}
}

// A highSigner gives the larger of the two values of s, as a KMS may.
type highSigner struct{ *ecdsa.PrivateKey }

func (h highSigner) Sign(random io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	sig, err := h.PrivateKey.Sign(random, digest, o)
	return otherS(h.PrivateKey, sig), err
}

// otherS gives the same signature with n-s, the larger one.
func otherS(k *ecdsa.PrivateKey, sig []byte) []byte {
	var v struct{ R, S *big.Int }
	asn1.Unmarshal(sig, &v)
	n := k.Params().N
	if v.S.Cmp(new(big.Int).Rsh(n, 1)) <= 0 {
		v.S.Sub(n, v.S)
	}
	out, _ := asn1.Marshal(v)
	return out
}

// A signature has one form.
func TestSignatureForms(t *testing.T) {
	k := keys(t)["ecdsa-p256-sha256"].(*ecdsa.PrivateKey)
	p := publicOf(t, k)
	for range 8 {
		sig, err := seal.Sign(rand.Reader, highSigner{k}, data)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Verify(data, sig); err != nil {
			t.Error(err)
		}
		high := otherS(k, sig)
		if d := sha256.Sum256(data); !ecdsa.VerifyASN1(&k.PublicKey, d[:], high) {
			t.Fatal("the other form is no signature")
		}
		if p.Verify(data, high) == nil || p.Verify(data, append(bytes.Clone(sig), 0)) == nil {
			t.Error("another form is taken")
		}
	}
}

// What KMS told must be about the key that signed.
func TestKMSExchanges(t *testing.T) {
	k, other := keys(t)["ecdsa-p256-sha256"], keys(t)["ecdsa-p256-sha256"]
	in := input(k, nil)
	in.Without = "a test"
	in.KMS, in.Exchanges = kmsInput(t, other)
	if _, err := seal.Write(context.Background(), closed(t), in); err == nil || !strings.Contains(err.Error(), "KMS gave another public key") {
		t.Error(err)
	}
	in.KMS, in.Exchanges = kmsInput(t, k)
	in.KMS.Spec = "RSA_2048"
	if _, err := seal.Write(context.Background(), closed(t), in); err == nil || !strings.Contains(err.Error(), "another spec") {
		t.Error(err)
	}
}

func TestVerifyStatementAlone(t *testing.T) {
	tsa, a := startTSA(t)
	k := keys(t)["ed25519"]
	dir := closed(t)
	if _, err := seal.Write(context.Background(), dir, input(k, a)); err != nil {
		t.Fatal(err)
	}
	files, o := load(t, dir), seal.Options{Keys: []*seal.PublicKey{publicOf(t, k)}, Roots: tsa.Root.Pool()}
	env, tok := files[seal.StatementPath].Data, files[seal.TokenPath].Data
	quiet := func(pack.Check) {}
	v := seal.VerifyStatement(env, tok, o, quiet)
	if v.Failed > 0 || v.Signed.Outcome != seal.Proved || v.Timed.Outcome != seal.Proved || v.Statement.Manifest() != evidence.Sum(files[pack.ManifestPath].Data) {
		t.Errorf("%+v", v)
	}
	if v := seal.VerifyStatement(env, nil, o, quiet); v.Failed == 0 {
		t.Error("a missing token goes unnoticed")
	}
	if v := seal.VerifyStatement(env[1:], tok, o, quiet); v.Failed == 0 || v.Signed.Outcome != seal.Failed {
		t.Error("half an envelope goes unnoticed")
	}
}

// openssl takes the detached signature of each kind of key.
func TestOpensslTakesTheSignature(t *testing.T) {
	bin := openssl(t)
	for name, k := range keys(t) {
		dir, in := closed(t), input(k, nil)
		in.Without = "a test"
		if _, err := seal.Write(context.Background(), dir, in); err != nil {
			t.Fatal(err)
		}
		p, err := publicOf(t, k).PEM()
		if err != nil {
			t.Fatal(err)
		}
		keyFile := filepath.Join(t.TempDir(), "key.pub.pem")
		if err := os.WriteFile(keyFile, p, 0o644); err != nil {
			t.Fatal(err)
		}
		hash := name[strings.LastIndex(name, "-")+1:]
		args := []string{"dgst", "-" + hash, "-verify", keyFile, "-signature", "seal/SHA256SUMS.sig", "SHA256SUMS"}
		if name == "ed25519" {
			args = []string{"pkeyutl", "-verify", "-pubin", "-inkey", keyFile, "-rawin", "-in", "SHA256SUMS", "-sigfile", "seal/SHA256SUMS.sig"}
		}
		run := func() ([]byte, error) {
			c := exec.Command(bin, args...)
			c.Dir = dir
			return c.CombinedOutput()
		}
		if out, err := run(); err != nil {
			t.Errorf("%s: %v: %s", name, err, out)
		}
		f, err := os.OpenFile(filepath.Join(dir, "SHA256SUMS"), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		f.WriteString("x")
		f.Close()
		if out, err := run(); err == nil {
			t.Errorf("%s: taken over another SHA256SUMS: %s", name, out)
		}
	}
}

func TestLoadPrivate(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, b []byte, mode os.FileMode) string {
		name = filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(name, b, mode), os.Chmod(name, mode)); err != nil {
			t.Fatal(err)
		}
		return name
	}
	all := keys(t)
	p8 := func(k any) []byte {
		der, err := x509.MarshalPKCS8PrivateKey(k)
		if err != nil {
			t.Fatal(err)
		}
		return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	}
	for name, k := range all {
		got, err := seal.LoadPrivate(file(name, p8(k), 0o600))
		if err != nil || publicOf(t, got).ID != publicOf(t, k).ID {
			t.Errorf("%s: %v", name, err)
		}
	}
	good := p8(all["ed25519"])
	sec1, _ := x509.MarshalECPrivateKey(all["ecdsa-p384-sha384"].(*ecdsa.PrivateKey))
	ec := append(pem.EncodeToMemory(&pem.Block{Type: "EC PARAMETERS", Bytes: []byte{6, 0}}), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: sec1})...)
	if _, err := seal.LoadPrivate(file("sec1", ec, 0o600)); err != nil {
		t.Error(err)
	}
	weak, _ := rsa.GenerateKey(rand.Reader, 1024)
	p224, _ := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	pub, _ := publicOf(t, all["ed25519"]).PEM()
	for name, x := range map[string]struct {
		b    []byte
		mode os.FileMode
		want string
	}{
		"others":    {good, 0o604, "run chmod 600 "},
		"group":     {good, 0o640, "run chmod 600 "},
		"encrypted": {pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte{1}}), 0o600, "is encrypted"},
		"old":       {pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED"}, Bytes: []byte{1}}), 0o600, "is encrypted"},
		"weak":      {p8(weak), 0o600, "1024 bits"},
		"p224":      {p8(p224), 0o600, "P-224"},
		"public":    {pub, 0o600, "not a private key"},
		"two":       {append(bytes.Clone(good), good...), 0o600, "follows after"},
		"text":      {[]byte("hello"), 0o600, "no private key in PEM"},
		"broken":    {pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte{1}}), 0o600, "cannot be read"},
	} {
		if _, err := seal.LoadPrivate(file(name, x.b, x.mode)); err == nil || !strings.Contains(err.Error(), x.want) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, b := range map[string][]byte{"it is a private key": good, "no PEM": []byte("x"), "more follows": append(bytes.Clone(pub), pub...)} {
		if _, err := seal.ParsePublic(b); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ca, _ := sealtest.NewCA(rand.Reader, time.Now(), "CA")
	if p, err := seal.ParsePublic(ca.PEM()); err != nil || p.ID != publicOf(t, ca.Key).ID {
		t.Error(err)
	}
	if _, err := seal.ParseRoots(pub); err == nil {
		t.Error("a key is taken for a root")
	}
}

// Signing and timestamping a pack, beside what the network takes: the authority is on this machine.
func BenchmarkWrite(b *testing.B) {
	_, a := startTSA(b)
	all := keys(b)
	for _, name := range []string{"ecdsa-p256-sha256", "ecdsa-p384-sha384", "ed25519", "rsa-2048-pkcs1v15-sha256"} {
		k := all[name]
		b.Run(name, func(b *testing.B) {
			dir := closed(b)
			for b.Loop() {
				if err := os.RemoveAll(filepath.Join(dir, "seal")); err != nil {
					b.Fatal(err)
				}
				if _, err := seal.Write(context.Background(), dir, input(k, a)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
