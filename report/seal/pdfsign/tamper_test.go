package pdfsign

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/auditseal/auditseal/report/pdf/increment"
	"github.com/auditseal/auditseal/report/seal"
)

// found fails where a changed PDF passes, or passes for one that was never signed.
func found(t *testing.T, name string, pdf []byte, c Check) {
	t.Helper()
	_, err := Verify(pdf, c)
	if err == nil {
		t.Errorf("%s: not found", name)
	}
	if errors.Is(err, ErrUnsigned) {
		t.Errorf("%s: passes for unsigned", name)
	}
}

func TestEveryByteCounts(t *testing.T) {
	tsa := office(t)
	for name, stamp := range map[string]func(context.Context, []byte) (*seal.Token, error){"without timestamp": nil, "with timestamp": tsa.Stamp} {
		h := issued(t, "P-256")
		out := signed(t, h, func(o *Options) { o.Stamp = stamp })
		c := Check{Key: public(t, h.key), Roots: tsa.Roots}
		zeros := bytes.Index(out, bytes.Repeat([]byte("0"), 300))
		padding := zeros + bytes.IndexByte(out[zeros:], '>')
		n := 0
		for i := range out {
			if i > zeros+300 && i < padding-300 && i%97 != 0 {
				continue // one zero is like another
			}
			if testing.Short() && i%7 != 0 || stamp != nil && i%4 != 0 {
				continue
			}
			changed := bytes.Clone(out)
			changed[i] ^= []byte{0x01, 0x20}[i/4%2]
			if _, err := Verify(changed, c); err == nil {
				t.Errorf("%s: byte %d (%q) as %q is not found", name, i, out[i], changed[i])
			}
			n++
		}
		for _, cut := range []int{1, 2, 6, 100, len(out) / 2} {
			found(t, fmt.Sprintf("%s, %d bytes cut off", name, cut), out[:len(out)-cut], c)
		}
		found(t, name+", one more", append(bytes.Clone(out), '\n'), c)
		found(t, name+", one before", append([]byte{'\n'}, out...), c)
		t.Logf("%s: %d changes of %d bytes, each found", name, n, len(out))
	}
}

// What somebody appends who has no key, or who has it and signs anew: a page replaced, an annotation, an action, fields, another signature.
func TestRevisionsThatHideSomething(t *testing.T) {
	h := selfSigned(t, "P-256")
	out := signed(t, h, nil)
	c := Check{Key: public(t, h.key)}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	changes := map[string]func(f *increment.File, u *increment.Update){
		"nothing at all": func(f *increment.File, u *increment.Update) {},
		"a page's annotation": func(f *increment.File, u *increment.Update) {
			n := u.New()
			u.Set(n, "<</Type /Annot /Subtype /FreeText /Rect [50 700 300 800] /Contents (all controls met)>>\n")
			must(u.Extend(5, fmt.Sprintf("/Annots [%d 0 R]\n", n)))
		},
		"a page's content": func(f *increment.File, u *increment.Update) {
			u.Set(6, "<</Length 44>>\nstream\nBT /F1 14 Tf 100 700 Td (all met) Tj ET\nendstream\n")
		},
		"an action": func(f *increment.File, u *increment.Update) {
			must(u.Extend(f.Root, "/OpenAction <</S /JavaScript /JS (app.alert\\(1\\))>>\n"))
		},
		"another form": func(f *increment.File, u *increment.Update) {
			n := u.New()
			u.Set(n, "<</FT /Sig /T (second) /Type /Annot /Subtype /Widget /Rect [0 0 0 0]>>\n")
			must(u.Extend(f.Root, fmt.Sprintf("/AcroForm <</Fields [14 0 R %d 0 R] /SigFlags 3>>\n", n)))
		},
	}
	for name, change := range changes {
		found(t, "after the signature: "+name, appended(t, out, change), c)
		if name == "nothing at all" {
			continue
		}
		// Signed again by the key's own holder, with the change in the same revision as the signature.
		found(t, "with the signature: "+name, signAnyhow(t, plain(t), h, change), c)
	}
	// Signed as it should be, over a report that was changed before: the signature is good, and Original is not the report.
	before := appended(t, plain(t), changes["a page's annotation"])
	o := Options{Signer: h.key, Chain: h.chain, At: sealedAt}
	resigned, err := Sign(context.Background(), before, o)
	must(err)
	info, err := Verify(resigned, c)
	must(err)
	if bytes.Equal(info.Original, plain(t)) || !bytes.Equal(info.Original, before) {
		t.Error("a changed report passes for the one before")
	}
	// A form or a signature of somebody else's is never signed over.
	for _, name := range []string{"another form", "an action"} {
		if _, err := Sign(context.Background(), appended(t, plain(t), changes[name]), o); err == nil {
			t.Errorf("%s: signed over", name)
		}
	}
}

// signAnyhow signs a revision that is not in the one form: what the dictionary appends and more, all of it covered by a good signature.
func signAnyhow(t *testing.T, pdf []byte, h holder, change func(f *increment.File, u *increment.Update)) []byte {
	t.Helper()
	d := dictionary{name: "Example Corp", at: sealedAt, chain: (&cms{chain: h.chain}).sum(), contents: make([]byte, 4096)}
	text, err := d.text()
	if err != nil {
		t.Fatal(err)
	}
	f, err := increment.Read(pdf)
	if err != nil {
		t.Fatal(err)
	}
	u := f.Update()
	signature, field := u.New(), u.New()
	u.Set(signature, text)
	u.Set(field, fmt.Sprintf("<<\n/Type /Annot\n/Subtype /Widget\n/FT /Sig\n/T (auditseal)\n/V %d 0 R\n/P 3 0 R\n/Rect [0 0 0 0]\n/F 132\n>>\n", signature))
	if err := errors.Join(annotate(u, f, 3, field), u.Extend(f.Root, fmt.Sprintf("/Version /1.7\n/Extensions <</ESIC <</BaseVersion /1.7 /ExtensionLevel 2>>>>\n/AcroForm <</Fields [%d 0 R] /SigFlags 3>>\n", field))); err != nil {
		t.Fatal(err)
	}
	change(f, u)
	r := &revisionBytes{bytes: u.Bytes(signature), room: len(d.contents)}
	r.contents = bytes.Index(r.bytes, []byte("/Contents <0")) + len("/Contents ")
	after := len(pdf) + r.contents + 2*r.room + 2
	covered := fmt.Sprintf("/ByteRange [0 %d %d %d]", len(pdf)+r.contents, after, len(pdf)+len(r.bytes)-after)
	copy(r.bytes[bytes.Index(r.bytes, []byte(rangeBlank)):], covered+strings.Repeat(" ", len(rangeBlank)-len(covered)))
	form := &cms{leaf: h.chain[0], chain: h.chain}
	digest := r.digest(pdf, hashOf(h.key.Public()))
	if form.signature, err = seal.Sign(nil, h.key, form.attributes(digest)); err != nil {
		t.Fatal(err)
	}
	hex.Encode(r.bytes[r.contents+1:], form.encode(digest))
	return append(bytes.Clone(pdf), r.bytes...)
}

// Without more than the signature, what signAnyhow makes is what Sign makes: the test above fails for the right reason.
func TestSignAnyhowIsGoodOtherwise(t *testing.T) {
	h := selfSigned(t, "P-256")
	out := signAnyhow(t, plain(t), h, func(*increment.File, *increment.Update) {})
	if _, err := Verify(out, Check{Key: public(t, h.key)}); err != nil {
		t.Error(err)
	}
	name := filepath.Join(t.TempDir(), "signed.pdf")
	out = signAnyhow(t, plain(t), h, func(f *increment.File, u *increment.Update) {
		u.Set(6, "<</Length 44>>\nstream\nBT /F1 14 Tf 100 700 Td (all met) Tj ET\nendstream\n")
	})
	if err := os.WriteFile(name, out, 0o644); err != nil {
		t.Fatal(err)
	}
	// A reader takes it for good: it is the form alone that tells.
	if text := run(t, "pdfsig", "-nocert", name); !strings.Contains(text, "Signature is Valid") || !strings.Contains(text, "Total document signed") {
		t.Errorf("%s", text)
	}
}

// The room for the signature is the one part that it does not cover. Nothing may be changed there either.
func TestOneEncoding(t *testing.T) {
	tsa := office(t)
	h := issued(t, "P-256")
	out := signed(t, h, func(o *Options) { o.Stamp = tsa.Stamp })
	_, _, d, err := split(out)
	if err != nil {
		t.Fatal(err)
	}
	form, err := parseCMS(d.contents)
	if err != nil {
		t.Fatal(err)
	}
	digest := (&revisionBytes{bytes: out[len(plain(t)):], contents: d.offset, room: len(d.contents)}).digest(plain(t), hashOf(h.key.Public()))
	der := form.encode(digest)
	with := func(contents []byte) []byte {
		changed := bytes.Clone(out)
		room := changed[len(plain(t))+d.offset+1:][:2*len(d.contents)]
		copy(room, bytes.Repeat([]byte("0"), len(room)))
		hex.Encode(room, contents)
		return changed
	}
	c := Check{Key: public(t, h.key), Roots: tsa.Roots}
	if info, err := Verify(with(der), c); err != nil || info.Token == nil {
		t.Fatal(err)
	}
	// Anybody can take the timestamp away, and Info says so.
	bare := *form
	bare.token = nil
	if info, err := Verify(with(bare.encode(digest)), c); err != nil || info.Token != nil {
		t.Errorf("without its timestamp: %+v, %v", info, err)
	}
	rest := form.chain
	for name, contents := range map[string]func() []byte{
		"something behind it": func() []byte { return append(bytes.Clone(der), 1) },
		"a second copy":       func() []byte { return append(bytes.Clone(der), der...) },
		"another certificate": func() []byte {
			f := *form
			f.chain = append(append(f.chain[:0:0], rest...), selfSigned(t, "P-384").chain[0])
			return f.encode(digest)
		},
		"a certificate twice": func() []byte {
			f := *form
			f.chain = append(append(f.chain[:0:0], rest...), rest[0])
			return f.encode(digest)
		},
		"no certificate": func() []byte {
			f := *form
			f.chain = nil
			return f.encode(digest)
		},
		"another certificate of the key": func() []byte {
			f := *form
			f.leaf = selfSigned(t, "P-256").chain[0]
			f.chain = []*x509.Certificate{f.leaf}
			return f.encode(digest)
		},
		"another token": func() []byte {
			f := *form
			tok, err := tsa.Stamp(context.Background(), []byte("something else"))
			if err != nil {
				t.Fatal(err)
			}
			f.token = tok.DER
			return f.encode(digest)
		},
		"two tokens": func() []byte {
			f := *form
			f.token = append(bytes.Clone(f.token), f.token...)
			return f.encode(digest)
		},
		"the token of another attribute": func() []byte {
			return bytes.Replace(der, oid(oidToken), oid(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 15}), 1)
		},
		"the other s": func() []byte {
			f := *form
			f.signature = highS(t, f.signature)
			return f.encode(digest)
		},
		"lengths in the long form": func() []byte {
			long := append([]byte{tagSequence, 0x83, 0}, der[2:]...)
			return long
		},
		"two signers": func() []byte {
			one := tlv(tagSet, signerOf(t, der))
			return reencode(t, der, one, tlv(tagSet, signerOf(t, der), signerOf(t, der)))
		},
		"no signers":  func() []byte { return reencode(t, der, tlv(tagSet, signerOf(t, der)), tlv(tagSet)) },
		"empty":       func() []byte { return nil },
		"only a head": func() []byte { return der[:4] },
	} {
		found(t, name, with(contents()), c)
	}
}

// signerOf is the last element of a signature: its SignerInfo.
func signerOf(t *testing.T, der []byte) []byte {
	t.Helper()
	var outer, data, infos asn1.RawValue
	var parts []asn1.RawValue
	for _, step := range []func() error{
		func() error { _, err := asn1.Unmarshal(der, &parts); return err },
		func() error { outer = parts[1]; _, err := asn1.Unmarshal(outer.Bytes, &data); return err },
		func() error { _, err := asn1.Unmarshal(data.FullBytes, &parts); return err },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	infos = parts[len(parts)-1]
	return infos.Bytes
}

// reencode replaces the signers and mends the lengths around them.
func reencode(t *testing.T, der, old, signers []byte) []byte {
	t.Helper()
	if !bytes.HasSuffix(der, old) {
		t.Fatal("the signers do not stand last")
	}
	var parts []asn1.RawValue
	if _, err := asn1.Unmarshal(der, &parts); err != nil {
		t.Fatal(err)
	}
	var data asn1.RawValue
	if _, err := asn1.Unmarshal(parts[1].Bytes, &data); err != nil {
		t.Fatal(err)
	}
	return tlv(tagSequence, oid(oidSignedData), tlv(tagContext0, tlv(tagSequence, bytes.TrimSuffix(data.Bytes, old), signers)))
}

// A signature's form must not cost more than its size, whatever it is.
func FuzzVerify(f *testing.F) {
	h := holder{"P-256", key(f, "P-256"), nil}
	cert, err := SelfSigned(h.key, "Example Corp", sealedAt)
	if err != nil {
		f.Fatal(err)
	}
	h.chain = append(h.chain, cert)
	out := signed(f, h, nil)
	f.Add(out)
	f.Add(plain(f))
	f.Add(out[:len(out)-7])
	f.Add(appended(f, out, func(*increment.File, *increment.Update) {}))
	pub := public(f, h.key)
	f.Fuzz(func(t *testing.T, b []byte) {
		original, revision, err := Split(b)
		if err == nil && len(original)+len(revision) != len(b) {
			t.Fatal("split loses bytes")
		}
		info, verr := Verify(b, Check{Key: pub})
		if verr == nil && (err != nil || !bytes.Equal(b, out)) {
			t.Fatalf("%+v: a file that was never signed verifies", info)
		}
	})
}

func BenchmarkSign(b *testing.B) {
	for _, name := range []string{"P-256", "RSA-2048", "RSA-4096"} {
		h := selfSigned(b, name)
		for _, mb := range []int{0, 16} {
			pdf := large(b, mb<<20)
			o := Options{Signer: h.key, Chain: h.chain, Name: "Example Corp", At: sealedAt}
			b.Run(fmt.Sprintf("%s/%dMiB", name, mb), func(b *testing.B) {
				b.SetBytes(int64(len(pdf)))
				for b.Loop() {
					if _, err := Sign(context.Background(), pdf, o); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// large is the plain PDF with an object of so many bytes in a revision of its own.
func large(t testing.TB, size int) []byte {
	if size == 0 {
		return plain(t)
	}
	return appended(t, plain(t), func(f *increment.File, u *increment.Update) {
		u.Set(u.New(), fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream\n", size, strings.Repeat("0 0 m\n", size/6)))
	})
}

// A report of a thousand pages must not make the reader of its tables slow.
func TestLargeTables(t *testing.T) {
	pdf := appended(t, plain(t), func(f *increment.File, u *increment.Update) {
		for range 100_000 {
			u.Set(u.New(), "<<>>\n")
		}
	})
	h := selfSigned(t, "P-256")
	began := time.Now()
	out, err := Sign(context.Background(), pdf, Options{Signer: h.key, Chain: h.chain, At: sealedAt})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(out, Check{}); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("100,000 objects take %s", took)
	}
}
