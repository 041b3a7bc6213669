// Package pdfsign signs a report, and checks that signature offline.
//
// # The form
//
// A signature is one incremental update (ISO 32000-1, 7.5.6) behind the PDF, which stays byte for byte what it was. It adds a
// signature dictionary, an invisible field for it on the first page, and the entries of the catalog that name the field; nothing else.
// Every byte of it but the signature's own follows from the PDF before, the certificates and Options.Name, Reason, Location and At, so that
// Split can make it again and compare: nobody, not even who holds the key, can put a page, an annotation or a script into it unseen.
//
// # The signature
//
// It is a PAdES baseline signature, level B-B, or B-T with a timestamp (ETSI EN 319 142-1): /SubFilter /ETSI.CAdES.detached, CMS
// (RFC 5652) with the signed attributes content-type, message-digest and signing-certificate-v2 (RFC 5035), no signing-time, and a token of
// RFC 3161 over the signature's value as the unsigned attribute id-aa-timeStampToken (RFC 3161, appendix A). Acrobat calls this
// form "CAdES-Equivalent" among its signing formats; poppler's pdfsig and pyHanko check it. It is taken over the older
// adbe.pkcs7.detached because it binds the signer's certificate, and because the only time in it that anyone should believe is the
// timestamp's.
//
// The CMS is encoded here and in no library: those for Go write the clock into every signature, ignore what they cannot parse, and
// leave freedom in the encoding. Here a signature has one encoding, and Verify accepts no other.
package pdfsign

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/auditseal/auditseal/report/seal"
)

// ErrUnsigned is returned for a PDF that bears no signature at all.
var ErrUnsigned = errors.New("the PDF bears no signature")

const (
	// tokenRoom is left for a timestamp token whose size is not known yet. Most have 3 to 8 kB.
	tokenRoom = 16 << 10
	// maxContents is the largest signature that is written or read, in bytes.
	maxContents = 128 << 10
	// roomStep is what the room for a signature is rounded up to.
	roomStep = 512
	// maxChain is how many certificates a signature may bring along.
	maxChain = 8
)

// Options say how to sign.
type Options struct {
	// Signer holds the key: ECDSA with P-256, P-384 or P-521, or RSA of 2048 to 8192 bits. Others give a *KeyError.
	// It is called without a source of random numbers: a key of crypto/ecdsa signs deterministically then (RFC 6979).
	Signer crypto.Signer
	// Chain is the signer's certificate, followed by those that lead to its root, each signed by the next. The root may be left out.
	Chain []*x509.Certificate
	// Name, Reason and Location are shown by readers beside the signature. Empty ones are left out.
	Name, Reason, Location string
	// At is the time of signing that the signer claims, to the second; nothing proves it but a timestamp.
	At time.Time
	// Stamp has the signature's value timestamped, as seal.Authority does. Nil means no timestamp. It is called a second time, over another
	// signature, where the first token is larger than usual. Its error comes back as a *seal.TimestampError.
	Stamp func(ctx context.Context, signature []byte) (*seal.Token, error)
}

// Sign appends a signature to a PDF as report/pdf writes it. What it returns has been verified.
// A PDF that is signed already is an error: Split gives the one before.
func Sign(ctx context.Context, pdf []byte, o Options) ([]byte, error) {
	if o.Signer == nil {
		return nil, errors.New("pdfsign: no key given")
	}
	key := o.Signer.Public()
	if err := Supports(key); err != nil {
		return nil, err
	}
	if err := CheckChain(o.Chain, key, o.At); err != nil {
		return nil, err
	}
	if _, _, err := Split(pdf); !errors.Is(err, ErrUnsigned) {
		if err == nil {
			err = errors.New("the PDF is signed already")
		}
		return nil, fmt.Errorf("pdfsign: %w", err)
	}
	room := 0
	if o.Stamp != nil {
		room = tokenRoom
	}
	for last := false; ; last = true {
		signed, need, err := sign(ctx, pdf, o, room)
		if need > room && !last && need < maxContents {
			room = need
			continue
		}
		if err != nil {
			return nil, err
		}
		public, err := seal.NewPublicKey(key)
		if err != nil {
			return nil, err
		}
		info, err := Verify(signed, Check{Key: public})
		if err != nil {
			return nil, fmt.Errorf("pdfsign: what was just signed does not verify: %w", err)
		}
		if len(info.Original) != len(pdf) || (info.Token != nil) != (o.Stamp != nil) {
			return nil, errors.New("pdfsign: what was just signed does not hold what it was made of")
		}
		return signed, nil
	}
}

// sign signs with room for a token of so many bytes. With an error it gives the room that the token would need, where that is why.
func sign(ctx context.Context, pdf []byte, o Options, room int) (signed []byte, need int, err error) {
	key := o.Signer.Public()
	form := &cms{leaf: o.Chain[0], chain: o.Chain, signature: make([]byte, maxSignature(key)), token: make([]byte, room)}
	size := len(form.encode(make([]byte, hashOf(key).Size())))
	d := dictionary{name: o.Name, reason: o.Reason, location: o.Location, at: o.At.UTC().Truncate(time.Second), chain: form.sum()}
	d.contents = make([]byte, (size+roomStep-1)/roomStep*roomStep)
	if len(d.contents) > maxContents {
		return nil, 0, fmt.Errorf("pdfsign: the signature would have %d bytes with its certificates and timestamp; at most %d", size, maxContents)
	}
	rev, err := d.revision(pdf)
	if err != nil {
		return nil, 0, err
	}
	digest := rev.digest(pdf, hashOf(key))
	if form.signature, err = seal.Sign(nil, o.Signer, form.attributes(digest)); err != nil {
		return nil, 0, fmt.Errorf("pdfsign: the key did not sign: %w", err)
	}
	form.token = nil
	if o.Stamp != nil {
		t, err := o.Stamp(ctx, form.signature)
		if err != nil {
			return nil, 0, &seal.TimestampError{Err: err}
		}
		form.token = t.DER
	}
	der := form.encode(digest)
	if len(der) > len(d.contents) {
		return nil, len(form.token) + roomStep, fmt.Errorf("pdfsign: the signature has %d bytes with its certificates and timestamp, and there is room for %d", len(der), len(d.contents))
	}
	hex.Encode(rev.bytes[rev.contents+1:], der)
	return append(append(make([]byte, 0, len(pdf)+len(rev.bytes)), pdf...), rev.bytes...), 0, nil
}

// Split takes a signed PDF apart: the PDF before it was signed, and what signing appended. It checks that what was appended is exactly what
// Sign appends to the PDF before, but not the signature itself: that is Verify's. ErrUnsigned means that there is none. Both
// parts are parts of pdf.
func Split(pdf []byte) (original, revision []byte, err error) {
	original, revision, _, err = split(pdf)
	return original, revision, err
}

// A Check says what a signature must satisfy besides its form.
type Check struct {
	// Key is the public key that must have signed. Nil means any, which proves nothing about who did.
	Key *seal.PublicKey
	// Roots are what the certificate of a timestamp authority must lead to. Nil means that a timestamp proves nothing: it is checked as far as
	// that goes without knowing whom to trust.
	Roots *x509.CertPool
}

// Info is what a checked signature says.
type Info struct {
	// Original is the PDF before it was signed: a part of the bytes given.
	Original []byte
	// Key is the one that signed. It is the signer's own word: compare it with one from elsewhere.
	Key *seal.PublicKey
	// Chain is the signer's certificate and those that came with it, in order. Nothing here trusts them.
	Chain []*x509.Certificate
	// Name, Reason and Location are the signer's words; empty where left out.
	Name, Reason, Location string
	// At is the time of signing that the signer claims.
	At time.Time
	// Token is the timestamp over the signature's value; nil where there is none. Its Root is empty where no roots were given to check it.
	Token *seal.Token
}

// Verify checks a PDF's one signature: that it covers the whole file, has exactly the form that Sign gives it, and was made by the
// key of its certificate, which was valid at the time: the timestamp's where it leads to a root given, the claimed one otherwise. It
// needs no network, no clock and nothing that draws PDFs. ErrUnsigned means that there is no signature.
func Verify(pdf []byte, c Check) (*Info, error) {
	original, revision, d, err := split(pdf)
	if err != nil {
		return nil, err
	}
	rev := &revisionBytes{bytes: revision, contents: d.offset, room: len(d.contents)}
	form, err := parseCMS(d.contents)
	if err != nil {
		return nil, err
	}
	key, err := seal.NewPublicKey(form.leaf.PublicKey)
	if err != nil {
		return nil, err
	}
	digest := rev.digest(original, hashOf(key.Key))
	if !bytes.Equal(form.signed, form.attributes(digest)) {
		return nil, errors.New("the file is not the one that was signed: it was changed afterwards")
	}
	der := form.encode(digest)
	if len(der) > len(d.contents) || !bytes.Equal(d.contents[:len(der)], der) {
		return nil, errors.New("the signature is not encoded as auditseal encodes it")
	}
	for _, b := range d.contents[len(der):] {
		if b != 0 {
			return nil, errors.New("something stands behind the signature in the room left for it")
		}
	}
	if form.sum() != d.chain {
		return nil, errors.New("the certificates are not those that it was signed with")
	}
	if err := key.Verify(form.signed, form.signature); err != nil {
		return nil, err
	}
	if c.Key != nil && c.Key.ID != key.ID {
		return nil, fmt.Errorf("it was signed by the key %s, not by the one given, %s", key.ID, c.Key.ID)
	}
	info := &Info{Original: original, Key: key, Chain: form.chain, Name: d.name, Reason: d.reason, Location: d.location, At: d.at}
	at := info.At
	if form.token != nil {
		if info.Token, err = seal.VerifyTokenDER(form.token, form.signature, c.Roots); err != nil {
			return nil, fmt.Errorf("its timestamp: %w", err)
		}
		if c.Roots != nil {
			at = info.Token.Time
		}
	}
	if err := CheckChain(info.Chain, key.Key, at); err != nil {
		return nil, err
	}
	return info, nil
}

// digest is over every byte of the signed PDF but the signature, its angle brackets included.
func (r *revisionBytes) digest(original []byte, hash crypto.Hash) []byte {
	h := hash.New()
	for _, part := range [][]byte{original, r.bytes[:r.contents], r.bytes[r.contents+2*r.room+2:]} {
		_, _ = io.Copy(h, bytes.NewReader(part))
	}
	return h.Sum(nil)
}
