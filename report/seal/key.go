package seal

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"strings"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// minRSA is the smallest RSA modulus that is used, in bits (NIST SP 800-131A).
const minRSA = 2048

// maxPEM is the largest file of keys or certificates that is read, in bytes.
const maxPEM = 1 << 20

// A PublicKey checks signatures.
type PublicKey struct {
	Key crypto.PublicKey
	// ID is the SHA-256 of the key's SubjectPublicKeyInfo in DER: what "openssl pkey -pubin -in KEY -outform DER | openssl dgst -sha256" prints.
	ID evidence.Digest
	// Algorithm is how it signs: ecdsa-p256-sha256, ecdsa-p384-sha384, ecdsa-p521-sha512, ed25519, or rsa-N-pkcs1v15-sha256 with N the
	// modulus's length in bits.
	Algorithm string

	hash crypto.Hash // 0 for Ed25519, which takes the message itself
}

// NewPublicKey takes a public key of a kind that seals: ECDSA on P-256, P-384 or P-521, Ed25519, or RSA of at least 2048 bits.
func NewPublicKey(pub crypto.PublicKey) (*PublicKey, error) {
	p := &PublicKey{Key: pub}
	switch k := pub.(type) {
	case *ecdsa.PublicKey:
		switch k.Curve {
		case elliptic.P256():
			p.Algorithm, p.hash = "ecdsa-p256-sha256", crypto.SHA256
		case elliptic.P384():
			p.Algorithm, p.hash = "ecdsa-p384-sha384", crypto.SHA384
		case elliptic.P521():
			p.Algorithm, p.hash = "ecdsa-p521-sha512", crypto.SHA512
		default:
			return nil, fmt.Errorf("an ECDSA key on the curve %s: use P-256, P-384 or P-521", k.Curve.Params().Name)
		}
	case ed25519.PublicKey:
		p.Algorithm = "ed25519"
	case *rsa.PublicKey:
		if k.N.BitLen() < minRSA {
			return nil, fmt.Errorf("an RSA key of %d bits: use at least %d", k.N.BitLen(), minRSA)
		}
		p.Algorithm, p.hash = fmt.Sprintf("rsa-%d-pkcs1v15-sha256", k.N.BitLen()), crypto.SHA256
	default:
		return nil, fmt.Errorf("a key of the type %T: use ECDSA (P-256, P-384, P-521), Ed25519, or RSA", pub)
	}
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return nil, err
	}
	p.ID = evidence.Sum(der)
	return p, nil
}

// ParsePublic reads a public key, or an X.509 certificate for its key, from PEM. A private key is refused: it is not to be handed round.
// Of several certificates the first is taken.
func ParsePublic(b []byte) (*PublicKey, error) {
	block, rest := pem.Decode(b)
	switch {
	case block == nil:
		return nil, errors.New("there is no PEM in it: give a public key (-----BEGIN PUBLIC KEY-----) or a certificate (-----BEGIN CERTIFICATE-----)")
	case strings.Contains(block.Type, "PRIVATE KEY"):
		return nil, errors.New("it is a private key: give the public one, which is not secret (openssl pkey -in KEY -pubout)")
	case block.Type == "CERTIFICATE":
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("the certificate cannot be read: %w", err)
		}
		return NewPublicKey(c.PublicKey)
	case block.Type != "PUBLIC KEY":
		return nil, fmt.Errorf("it is a %q: give a public key (-----BEGIN PUBLIC KEY-----) or a certificate", block.Type)
	case len(bytes.TrimSpace(rest)) > 0:
		return nil, errors.New("more follows after the public key: give each key in a file of its own")
	}
	pub, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("the public key cannot be read: %w", err)
	}
	return NewPublicKey(pub)
}

// PEM is the key in the form that openssl reads.
func (p *PublicKey) PEM() ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(p.Key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}

// ParsePrivate reads a private key from PEM that is not encrypted: PKCS#8, SEC 1 (EC PRIVATE KEY) or PKCS#1 (RSA PRIVATE KEY).
func ParsePrivate(b []byte) (crypto.Signer, error) {
	var block *pem.Block
	for rest := b; ; {
		block, rest = pem.Decode(rest)
		switch {
		case block == nil:
			return nil, errors.New("there is no private key in PEM in it")
		case block.Type == "EC PARAMETERS": // openssl ecparam writes them before the key
			continue
		}
		if next, _ := pem.Decode(rest); next != nil {
			return nil, fmt.Errorf("a %q follows after the private key: keep the key in a file of its own", next.Type)
		}
		break
	}
	var key any
	var err error
	switch {
	case block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED"):
		return nil, errors.New("the private key is encrypted, and a run on schedule has nobody to type the passphrase: use a KMS key, or decrypt it with: openssl pkcs8 -topk8 -nocrypt -in KEY -out NEWKEY (umask 077)")
	case block.Type == "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case block.Type == "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case block.Type == "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	default:
		return nil, fmt.Errorf("it is a %q, not a private key", block.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("the private key cannot be read: %w", err)
	}
	s, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a key of the type %T cannot sign: use ECDSA (P-256, P-384, P-521), Ed25519, or RSA", key)
	}
	if _, err := NewPublicKey(s.Public()); err != nil {
		return nil, err
	}
	return s, nil
}

// LoadPrivate reads a private key from a file that nobody else can read.
func LoadPrivate(name string) (crypto.Signer, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a file", name)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxPEM+1))
	if err == nil && len(b) > maxPEM {
		err = fmt.Errorf("larger than %d bytes", maxPEM)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	s, err := ParsePrivate(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	// What is no private key has a fault of its own, and may be read by anybody.
	if err := secret(st); err != nil {
		return nil, fmt.Errorf("%s: %w: run chmod 600 %s, and make a new key if it may have been read", name, err, name)
	}
	return s, nil
}

// ParseRoots reads certificates from PEM, which are trusted for timestamps.
func ParseRoots(b []byte) (*x509.CertPool, error) {
	pool, n := x509.NewCertPool(), 0
	for rest := b; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("it holds a %q: give certificates only (-----BEGIN CERTIFICATE-----)", block.Type)
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d cannot be read: %w", n+1, err)
		}
		pool.AddCert(c)
		n++
	}
	if n == 0 {
		return nil, errors.New("there is no certificate in PEM in it: give the authority's root (-----BEGIN CERTIFICATE-----)")
	}
	return pool, nil
}

// Sign signs data in the one form that Verify takes: DER with the smaller of the two values of s for ECDSA (hashed with SHA-256, SHA-384 or
// SHA-512 by curve), PKCS #1 v1.5 with SHA-256 for RSA, the raw 64 bytes for Ed25519. The signature is checked before it is given.
func Sign(random io.Reader, key crypto.Signer, data []byte) ([]byte, error) {
	p, err := NewPublicKey(key.Public())
	if err != nil {
		return nil, err
	}
	message := data
	if p.hash != 0 {
		h := p.hash.New()
		h.Write(data)
		message = h.Sum(nil)
	}
	sig, err := key.Sign(random, message, p.hash)
	if err != nil {
		return nil, err
	}
	if ec, ok := p.Key.(*ecdsa.PublicKey); ok {
		if sig, err = lowS(ec.Curve, sig); err != nil {
			return nil, err
		}
	}
	if err := p.Verify(data, sig); err != nil {
		return nil, fmt.Errorf("the signature just made is not good: %w", err)
	}
	return sig, nil
}

// Verify checks a signature as Sign makes it. Other signatures that mean the same are refused: a seal has one form.
func (p *PublicKey) Verify(data, sig []byte) error {
	message := data
	if p.hash != 0 {
		h := p.hash.New()
		h.Write(data)
		message = h.Sum(nil)
	}
	good := false
	switch k := p.Key.(type) {
	case *ecdsa.PublicKey:
		low, err := lowS(k.Curve, sig)
		if err != nil {
			return err
		}
		if !bytes.Equal(low, sig) {
			return errors.New("the signature is not in the form that auditseal writes")
		}
		good = ecdsa.VerifyASN1(k, message, sig)
	case ed25519.PublicKey:
		good = ed25519.Verify(k, message, sig)
	case *rsa.PublicKey:
		good = rsa.VerifyPKCS1v15(k, p.hash, message, sig) == nil
	}
	if !good {
		return fmt.Errorf("the signature is not that of the key %s", p.ID)
	}
	return nil
}

type ecdsaSignature struct{ R, S *big.Int }

// lowS gives an ECDSA signature the smaller of its two equivalent forms, in DER.
func lowS(curve elliptic.Curve, sig []byte) ([]byte, error) {
	var v ecdsaSignature
	rest, err := asn1.Unmarshal(sig, &v)
	n := curve.Params().N
	if err != nil || len(rest) > 0 || v.R.Sign() <= 0 || v.S.Sign() <= 0 || v.R.Cmp(n) >= 0 || v.S.Cmp(n) >= 0 {
		return nil, errors.New("the signature is not one of ECDSA in DER")
	}
	if half := new(big.Int).Rsh(n, 1); v.S.Cmp(half) > 0 {
		v.S.Sub(n, v.S)
	}
	return asn1.Marshal(v)
}
