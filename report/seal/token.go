package seal

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/digitorus/pkcs7"
	"github.com/digitorus/timestamp"
)

// A Token is an RFC 3161 timestamp that was checked.
type Token struct {
	// Time is the authority's: when it saw the data.
	Time time.Time
	// Accuracy is how far from it the truth may be, as the authority says; 0 where it does not say.
	Accuracy time.Duration
	// Policy is the object identifier of the policy that the authority followed.
	Policy string
	// Serial is the token's number at the authority.
	Serial *big.Int
	// Authority is the subject of the certificate that signed.
	Authority string
	// Root is the subject of the certificate that it leads to; empty where no roots were given.
	Root string

	// Response is the answer with the token in it (TimeStampResp), DER holds the token alone (a CMS ContentInfo): what goes into a PDF. What
	// the authority did not sign has one form in both: see canonical.
	Response, DER []byte

	nonce        *big.Int
	certificates []*x509.Certificate
}

var (
	oidTSTInfo              = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidSigningCertificate   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12}
	oidSigningCertificateV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidExtendedKeyUsage     = asn1.ObjectIdentifier{2, 5, 29, 37}
)

// The statuses of an answer (RFC 3161, PKIStatus).
const (
	granted         = 0
	grantedWithMods = 1
)

// A timeStampResp is the answer of an authority.
type timeStampResp struct {
	Status struct {
		Status   int
		Text     []string       `asn1:"optional,utf8"`
		FailInfo asn1.BitString `asn1:"optional"`
	}
	Token asn1.RawValue `asn1:"optional"`
}

// tokenOf takes the token out of an answer that grants one.
func tokenOf(answer []byte) ([]byte, error) {
	var r timeStampResp
	rest, err := asn1.Unmarshal(answer, &r)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the answer is not a timestamp response in DER (%d bytes): %w", len(answer), err)
	case len(rest) > 0:
		return nil, fmt.Errorf("%d bytes follow after the timestamp response", len(rest))
	case r.Status.Status == grantedWithMods:
		return nil, errors.New("the authority changed what was asked of it (status 1, granted with modifications)")
	case r.Status.Status != granted:
		_, err := timestamp.ParseResponse(answer) // it words statuses and failures
		return nil, fmt.Errorf("the authority refused: status %d, %.300q", r.Status.Status, fmt.Sprint(err))
	case len(r.Token.FullBytes) == 0:
		return nil, errors.New("the authority granted a timestamp and sent none")
	}
	return r.Token.FullBytes, nil
}

// The parts of a token as it is written again (RFC 5652, SignedData).
type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content signedData `asn1:"explicit,tag:0"`
}

type signedData struct {
	Version int
	Digests []pkix.AlgorithmIdentifier `asn1:"set"`
	Content struct {
		Type    asn1.ObjectIdentifier
		Content []byte `asn1:"explicit,tag:0"`
	}
	Certificates asn1.RawValue
	Signers      []signerInfo `asn1:"set"`
}

type signerInfo struct {
	Version int
	Signer  struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	Digest     pkix.AlgorithmIdentifier
	Attributes asn1.RawValue
	Algorithm  pkix.AlgorithmIdentifier
	Signature  []byte
}

// canonical writes a token again from what the authority signed, and gives it the one form that a seal holds: SignedData of version 3 with one
// signer, known by issuer and serial number; the algorithms without parameters, but NULL for RSA; the certificates in the order of SET OF in
// DER; no revocation lists, no unsigned attributes; an ECDSA signature with the smaller s. None of that is signed, so that otherwise it
// could be changed without anyone noticing.
func canonical(p7 *pkcs7.PKCS7, signer *x509.Certificate, certs []*x509.Certificate) ([]byte, error) {
	s := p7.Signers[0]
	if len(s.AuthenticatedAttributes) == 0 {
		return nil, errors.New("the token has no signed attributes, which RFC 3161 requires")
	}
	attrs, err := asn1.Marshal(struct {
		A any `asn1:"set,tag:0"`
	}{s.AuthenticatedAttributes})
	if err != nil {
		return nil, err
	}
	var wrap asn1.RawValue
	if _, err := asn1.Unmarshal(attrs, &wrap); err != nil {
		return nil, err
	}
	digest := s.DigestAlgorithm.Algorithm
	alg, sig, err := algorithmOf(signer, digest, s.EncryptedDigest)
	if err != nil {
		return nil, err
	}
	var raw [][]byte
	for _, c := range certs {
		raw = append(raw, c.Raw)
	}
	slices.SortFunc(raw, bytes.Compare)
	out := contentInfo{Type: pkcs7.OIDSignedData, Content: signedData{Version: 3, Digests: []pkix.AlgorithmIdentifier{{Algorithm: digest}},
		Certificates: asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: bytes.Join(raw, nil)}}}
	out.Content.Content.Type, out.Content.Content.Content = oidTSTInfo, p7.Content
	si := signerInfo{Version: 1, Digest: pkix.AlgorithmIdentifier{Algorithm: digest}, Attributes: asn1.RawValue{FullBytes: wrap.Bytes}, Algorithm: alg, Signature: sig}
	si.Signer.Issuer, si.Signer.Serial = asn1.RawValue{FullBytes: signer.RawIssuer}, signer.SerialNumber
	out.Content.Signers = []signerInfo{si}
	return asn1.Marshal(out)
}

// algorithmOf names the signature's algorithm in the one form that it has, and gives the signature in its own.
func algorithmOf(signer *x509.Certificate, digest asn1.ObjectIdentifier, sig []byte) (pkix.AlgorithmIdentifier, []byte, error) {
	var id pkix.AlgorithmIdentifier
	hash, ok := digests()[digest.String()]
	if !ok {
		return id, nil, fmt.Errorf("the token is hashed with the algorithm %s: SHA-256, SHA-384 and SHA-512 are taken", digest)
	}
	switch k := signer.PublicKey.(type) {
	case *rsa.PublicKey:
		id.Algorithm, id.Parameters = pkcs7.OIDEncryptionAlgorithmRSA, asn1.NullRawValue
	case *ecdsa.PublicKey:
		id.Algorithm = map[crypto.Hash]asn1.ObjectIdentifier{crypto.SHA256: pkcs7.OIDDigestAlgorithmECDSASHA256, crypto.SHA384: pkcs7.OIDDigestAlgorithmECDSASHA384,
			crypto.SHA512: pkcs7.OIDDigestAlgorithmECDSASHA512}[hash]
		low, err := lowS(k.Curve, sig)
		if err != nil {
			return id, nil, errors.New("the token's " + err.Error()[len("the "):])
		}
		sig = low
	case ed25519.PublicKey:
		id.Algorithm = pkcs7.OIDEncryptionAlgorithmEDDSA25519
	default:
		return id, nil, fmt.Errorf("the authority's key is of the type %T", signer.PublicKey)
	}
	return id, sig, nil
}

// digests are the hash functions that are taken, by object identifier.
func digests() map[string]crypto.Hash {
	return map[string]crypto.Hash{pkcs7.OIDDigestAlgorithmSHA256.String(): crypto.SHA256, pkcs7.OIDDigestAlgorithmSHA384.String(): crypto.SHA384,
		pkcs7.OIDDigestAlgorithmSHA512.String(): crypto.SHA512}
}

// An essCertID names the signer's certificate inside the signature (RFC 2634, RFC 5035); the hash is SHA-1 in the older form.
type essCertID struct {
	Hash   []byte
	Issuer asn1.RawValue `asn1:"optional"`
}

type essCertIDv2 struct {
	Algorithm pkix.AlgorithmIdentifier `asn1:"optional"`
	Hash      []byte
	Issuer    asn1.RawValue `asn1:"optional"`
}

// named checks that the signature itself names the certificate, so that another for the same key cannot stand in.
func named(p7 *pkcs7.PKCS7, signer *x509.Certificate) error {
	var v2 struct {
		Certs    []essCertIDv2
		Policies asn1.RawValue `asn1:"optional"`
	}
	if err := p7.UnmarshalSignedAttribute(oidSigningCertificateV2, &v2); err == nil && len(v2.Certs) > 0 {
		var sum []byte
		switch id := v2.Certs[0].Algorithm.Algorithm; {
		case len(id) == 0 || id.Equal(pkcs7.OIDDigestAlgorithmSHA256):
			s := sha256.Sum256(signer.Raw)
			sum = s[:]
		case id.Equal(pkcs7.OIDDigestAlgorithmSHA384):
			s := sha512.Sum384(signer.Raw)
			sum = s[:]
		case id.Equal(pkcs7.OIDDigestAlgorithmSHA512):
			s := sha512.Sum512(signer.Raw)
			sum = s[:]
		}
		if !bytes.Equal(sum, v2.Certs[0].Hash) {
			return errors.New("the token names another certificate than the one that signed it")
		}
		return nil
	}
	var v1 struct {
		Certs    []essCertID
		Policies asn1.RawValue `asn1:"optional"`
	}
	if err := p7.UnmarshalSignedAttribute(oidSigningCertificate, &v1); err != nil || len(v1.Certs) == 0 {
		return errors.New("the token does not name the certificate that signed it (signing-certificate attribute)")
	}
	if sum := sha1.Sum(signer.Raw); !bytes.Equal(sum[:], v1.Certs[0].Hash) {
		return errors.New("the token names another certificate than the one that signed it")
	}
	return nil
}

// purpose checks that a certificate is for timestamps and nothing else (RFC 3161, section 2.3).
func purpose(c *x509.Certificate) error {
	critical := false
	for _, e := range c.Extensions {
		if e.Id.Equal(oidExtendedKeyUsage) {
			critical = e.Critical
		}
	}
	switch {
	case !slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageTimeStamping):
		return fmt.Errorf("the certificate of %q is not for timestamps: its extended key usage is not timeStamping", c.Subject)
	case len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) != 1:
		return fmt.Errorf("the certificate of %q is for other things than timestamps too", c.Subject)
	case !critical:
		return fmt.Errorf("the certificate of %q does not mark its extended key usage as critical", c.Subject)
	case c.KeyUsage&^(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) != 0:
		return fmt.Errorf("the certificate of %q has a key usage beside signatures", c.Subject)
	}
	return nil
}

// maxDepth is how deep values may stand in one another. A token's certificates reach about fifteen.
const maxDepth = 40

// shallow reports whether DER is nested no deeper than that. The library follows any nesting, and copies at every level.
func shallow(der []byte, depth int) bool {
	for len(der) > 0 {
		var v asn1.RawValue
		rest, err := asn1.Unmarshal(der, &v)
		if err != nil || depth == 0 || v.IsCompound && !shallow(v.Bytes, depth-1) {
			return false
		}
		der = rest
	}
	return true
}

// readToken checks a token (a CMS ContentInfo in DER) over data: its signature, its imprint and the certificate's purpose, and with roots
// that the certificate led to one of them at the token's time. It gives the token in its one form; exact says that der has that form.
func readToken(der, data []byte, roots *x509.CertPool) (t *Token, exact bool, err error) {
	if len(der) > maxAnswer || !shallow(der, maxDepth) {
		return nil, false, errors.New("the token cannot be read: it is not DER as a timestamp has it")
	}
	p7, err := pkcs7.Parse(der)
	if err != nil {
		return nil, false, fmt.Errorf("the token cannot be read: %w", err)
	}
	if n := len(p7.Signers); n != 1 {
		return nil, false, fmt.Errorf("the token has %d signers, not one", n)
	}
	signer := p7.GetOnlySigner()
	if signer == nil {
		return nil, false, errors.New("the token does not hold the certificate that signed it")
	}
	whole, err := canonical(p7, signer, p7.Certificates)
	if err != nil {
		return nil, false, err
	}
	// What is checked is what is kept.
	if p7, err = pkcs7.Parse(whole); err != nil {
		return nil, false, fmt.Errorf("the token cannot be read: %w", err)
	}
	ts, err := timestamp.Parse(whole) // checks the signature too
	if err != nil {
		return nil, false, fmt.Errorf("the token is not good: %w", err)
	}
	var kind asn1.ObjectIdentifier
	if err := p7.UnmarshalSignedAttribute(pkcs7.OIDAttributeContentType, &kind); err != nil || !kind.Equal(oidTSTInfo) {
		return nil, false, errors.New("what the authority signed is not a timestamp (content type)")
	}
	if h := ts.HashAlgorithm; h != crypto.SHA256 && h != crypto.SHA384 && h != crypto.SHA512 {
		return nil, false, errors.New("the token's imprint is not of SHA-256, SHA-384 or SHA-512")
	}
	sum := ts.HashAlgorithm.New()
	sum.Write(data)
	if !bytes.Equal(sum.Sum(nil), ts.HashedMessage) {
		return nil, false, errors.New("the token is over something else: its message imprint differs")
	}
	if err := errors.Join(named(p7, signer), purpose(signer)); err != nil {
		return nil, false, err
	}
	t = &Token{Time: ts.Time.UTC(), Accuracy: ts.Accuracy, Policy: ts.Policy.String(), Serial: ts.SerialNumber, Authority: signer.Subject.String(), nonce: ts.Nonce}
	t.DER, t.certificates = whole, p7.Certificates
	if roots != nil {
		if err := t.lead(p7, signer, roots); err != nil {
			return nil, false, err
		}
	}
	if t.Response, err = asn1.Marshal(struct{ Status, Token asn1.RawValue }{asn1.RawValue{FullBytes: []byte{0x30, 3, 2, 1, granted}}, asn1.RawValue{FullBytes: t.DER}}); err != nil {
		return nil, false, err
	}
	return t, bytes.Equal(t.DER, der), nil
}

// lead checks that the signer leads to a root, and takes the certificates out that are not on the way, and the root itself.
func (t *Token) lead(p7 *pkcs7.PKCS7, signer *x509.Certificate, roots *x509.CertPool) error {
	between := x509.NewCertPool()
	for _, c := range p7.Certificates {
		between.AddCert(c)
	}
	chains, err := signer.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: t.Time, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}})
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &unknown):
		return fmt.Errorf("the certificate of %q, issued by %q, leads to none of the roots given", signer.Subject, signer.Issuer)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Errorf("the certificate of %q was not valid at the token's time, %s (%s)", invalid.Cert.Subject, t.Time.Format(time.RFC3339), invalid.Detail)
	case err != nil:
		return fmt.Errorf("the certificate of %q is not good: %w", signer.Subject, err)
	}
	// The way with the most of the token's own certificates; of several such the first, in an order of bytes that does not change.
	best, most := chains[0], -1
	for _, c := range chains {
		n := 0
		for _, x := range c {
			if slices.ContainsFunc(p7.Certificates, x.Equal) {
				n++
			}
		}
		if n > most || n == most && chainKey(c) < chainKey(best) {
			best, most = c, n
		}
	}
	root := best[len(best)-1]
	t.Root = root.Subject.String()
	var kept []*x509.Certificate
	for _, c := range p7.Certificates {
		if slices.ContainsFunc(best, c.Equal) && !(c.Equal(root) && !c.Equal(signer)) && !slices.ContainsFunc(kept, c.Equal) {
			kept = append(kept, c)
		}
	}
	t.certificates = kept
	t.DER, err = canonical(p7, signer, kept)
	return err
}

func chainKey(c []*x509.Certificate) string {
	var b strings.Builder
	for _, x := range c {
		b.Write(x.Raw)
	}
	return b.String()
}

// VerifyToken checks an RFC 3161 answer as Stamp gives it, over data. Without roots it is not known who signed, and only what can be checked
// without them is. Whatever stands in the answer otherwise than Stamp writes it is refused.
func VerifyToken(response, data []byte, roots *x509.CertPool) (*Token, error) {
	der, err := tokenOf(response)
	if err != nil {
		return nil, err
	}
	t, exact, err := readToken(der, data, roots)
	if err != nil {
		return nil, err
	}
	if !exact || !bytes.Equal(t.Response, response) {
		return nil, errors.New("the answer does not stand as auditseal writes it: something in it was changed, or a certificate in it leads to no root")
	}
	return t, nil
}

// VerifyTokenDER checks a token alone over data, as VerifyToken does: a CMS ContentInfo in DER, as it stands in a PDF.
func VerifyTokenDER(der, data []byte, roots *x509.CertPool) (*Token, error) {
	t, exact, err := readToken(der, data, roots)
	if err != nil {
		return nil, err
	}
	if !exact {
		return nil, errors.New("the token does not stand as auditseal writes it: something in it was changed, or a certificate in it leads to no root")
	}
	return t, nil
}
