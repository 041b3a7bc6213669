package pdfsign

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	_ "crypto/sha256" // the digests of crypto.Hash
	_ "crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// A KeyError says that a key cannot sign a PDF, though it may sign everything else.
type KeyError struct {
	// Algorithm is the key's, in words: "Ed25519".
	Algorithm string
}

func (e *KeyError) Error() string {
	return "PDF readers do not check signatures by a key of " + e.Algorithm + "; they check ECDSA with P-256, P-384 or P-521, and RSA of 2048 to 8192 bits"
}

// Supports reports whether a key can sign a PDF. The error is a *KeyError.
func Supports(key crypto.PublicKey) error {
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		switch k.Curve {
		case elliptic.P256(), elliptic.P384(), elliptic.P521():
			return nil
		}
		if k.Curve == nil {
			return &KeyError{"ECDSA without a curve"}
		}
		return &KeyError{"ECDSA with " + k.Params().Name}
	case *rsa.PublicKey:
		if n := k.N.BitLen(); n < 2048 || n > 8192 {
			return &KeyError{fmt.Sprintf("RSA with %d bits", n)}
		}
		return nil
	case ed25519.PublicKey:
		return &KeyError{"Ed25519"}
	}
	return &KeyError{fmt.Sprintf("the type %T", key)}
}

// hashOf is the digest that goes with a key: as strong as the curve, and SHA-256 with RSA. AWS KMS signs with these pairs too.
func hashOf(key crypto.PublicKey) crypto.Hash {
	if k, ok := key.(*ecdsa.PublicKey); ok {
		switch k.Curve {
		case elliptic.P384():
			return crypto.SHA384
		case elliptic.P521():
			return crypto.SHA512
		}
	}
	return crypto.SHA256
}

// maxSignature is the length of the longest signature that a key makes, in bytes.
func maxSignature(key crypto.PublicKey) int {
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		return 2*((k.Curve.Params().BitSize+7)/8+3) + 4
	case *rsa.PublicKey:
		return k.Size()
	}
	return 0
}

func sameKey(a, b crypto.PublicKey) bool {
	k, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.Equal(b)
}

// Purposes of a certificate's extended key usage that go with signing a document.
var purposes = []string{
	"2.5.29.37.0",             // any
	"1.3.6.1.5.5.7.3.4",       // e-mail protection
	"1.3.6.1.5.5.7.3.3",       // code signing, which Acrobat takes too
	"1.3.6.1.5.5.7.3.36",      // document signing (RFC 9336)
	"1.3.6.1.4.1.311.10.3.12", // document signing, Microsoft's
	"1.2.840.113583.1.1.5",    // authentic documents, Adobe's
}

var oidExtendedKeyUsage = asn1.ObjectIdentifier{2, 5, 29, 37}

// CheckChain reports whether a certificate and those that lead to its root serve for a signature by a key at a time. Errors say what to do.
func CheckChain(chain []*x509.Certificate, key crypto.PublicKey, at time.Time) error {
	if len(chain) == 0 || chain[0] == nil {
		return errors.New("no certificate given for the key")
	}
	if len(chain) > maxChain {
		return fmt.Errorf("%d certificates given; at most %d: leave out those that do not lead from the signer's to its root", len(chain), maxChain)
	}
	leaf := chain[0]
	if !sameKey(leaf.PublicKey, key) {
		for _, c := range chain[1:] {
			if sameKey(c.PublicKey, key) {
				return fmt.Errorf("the key's certificate, of %q, is not the first: put it first, then those that lead to its root", c.Subject)
			}
		}
		return fmt.Errorf("the first certificate, of %q, is not the key's: give the one that was issued for this key", leaf.Subject)
	}
	if at.Before(leaf.NotBefore) || at.After(leaf.NotAfter) {
		return fmt.Errorf("the certificate of %q is valid from %s to %s, not at %s: renew it, or correct the clock", leaf.Subject,
			leaf.NotBefore.UTC().Format(time.RFC3339), leaf.NotAfter.UTC().Format(time.RFC3339), at.UTC().Format(time.RFC3339))
	}
	if leaf.KeyUsage != 0 && leaf.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) == 0 {
		return fmt.Errorf("the certificate of %q is not for signatures: its key usage has neither digitalSignature nor nonRepudiation; ask for one that has", leaf.Subject)
	}
	if err := checkPurpose(leaf); err != nil {
		return err
	}
	for i, c := range chain {
		switch {
		case i+1 < len(chain):
			if !bytes.Equal(c.RawIssuer, chain[i+1].RawSubject) {
				return fmt.Errorf("the certificate of %q was issued by %q, and the next is of %q: put them in order from the signer's to the root", c.Subject, c.Issuer, chain[i+1].Subject)
			}
			if err := c.CheckSignatureFrom(chain[i+1]); err != nil {
				return fmt.Errorf("the certificate of %q was not signed by that of %q: %w", c.Subject, chain[i+1].Subject, err)
			}
		case bytes.Equal(c.RawIssuer, c.RawSubject):
			if err := c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature); err != nil {
				return fmt.Errorf("the certificate of %q is not signed by itself as it says: %w", c.Subject, err)
			}
		}
	}
	return nil
}

// checkPurpose refuses a certificate that is for other things alone, as for a server's TLS: readers would not take its signatures.
func checkPurpose(leaf *x509.Certificate) error {
	for _, e := range leaf.Extensions {
		if !e.Id.Equal(oidExtendedKeyUsage) {
			continue
		}
		var uses []asn1.ObjectIdentifier
		if rest, err := asn1.Unmarshal(e.Value, &uses); err != nil || len(rest) > 0 {
			return fmt.Errorf("the certificate of %q has an extended key usage that cannot be read", leaf.Subject)
		}
		if !slices.ContainsFunc(uses, func(o asn1.ObjectIdentifier) bool { return slices.Contains(purposes, o.String()) }) {
			return fmt.Errorf("the certificate of %q is not for documents: its extended key usage allows %v; ask for one with e-mail protection or document signing, or without that extension", leaf.Subject, uses)
		}
	}
	return nil
}

// The life of a certificate that a key signs for itself.
const (
	selfSignedYears = 10
	// skew is how far the clock of a timestamp authority may be behind ours.
	skew = time.Hour
	// maxOrganization is the longest name of an organization in a certificate, in characters (RFC 5280, ub-organization-name).
	maxOrganization = 64
)

// SelfSigned makes a certificate for a key that has none, signed by the key itself: CN=auditseal, O=organization where there is one, valid for ten years
// from at, and from an hour before it, for the authority's clock may be behind. Readers trust it only once they are told to. Its serial number is made
// of the key and the time.
func SelfSigned(signer crypto.Signer, organization string, at time.Time) (*x509.Certificate, error) {
	if err := Supports(signer.Public()); err != nil {
		return nil, err
	}
	at = at.UTC().Truncate(time.Second)
	spki, err := x509.MarshalPKIXPublicKey(signer.Public())
	if err != nil {
		return nil, err
	}
	serial := sha256.Sum256(append(spki, at.Format(time.RFC3339)...))
	serial[0] = serial[0]&0x7f | 0x40 // positive, and as long as it looks
	algorithm := x509.SHA256WithRSA
	if k, ok := signer.Public().(*ecdsa.PublicKey); ok {
		algorithm = map[crypto.Hash]x509.SignatureAlgorithm{crypto.SHA256: x509.ECDSAWithSHA256, crypto.SHA384: x509.ECDSAWithSHA384, crypto.SHA512: x509.ECDSAWithSHA512}[hashOf(k)]
	}
	id := sha256.Sum256(spki)
	if r := []rune(strings.ToValidUTF8(organization, "\ufffd")); len(r) > maxOrganization {
		organization = string(r[:maxOrganization])
	}
	template := &x509.Certificate{
		SerialNumber:          new(big.Int).SetBytes(serial[:16]),
		Subject:               pkix.Name{CommonName: "auditseal", Organization: []string{organization}},
		NotBefore:             at.Add(-skew),
		NotAfter:              at.AddDate(selfSignedYears, 0, 0),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
		BasicConstraintsValid: true,
		SubjectKeyId:          id[:20],
		SignatureAlgorithm:    algorithm,
	}
	if organization == "" {
		template.Subject.Organization = nil
	}
	der, err := x509.CreateCertificate(nil, template, template, signer.Public(), signer)
	if err != nil {
		return nil, fmt.Errorf("a certificate for the key: %w", err)
	}
	return x509.ParseCertificate(der)
}
