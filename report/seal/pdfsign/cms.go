package pdfsign

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// Object identifiers of RFC 5652, 5035, 3161, 5754 and 5753.
var (
	oidData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidCertificateV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidToken         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}
	oidRSA           = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}

	digestOIDs = map[crypto.Hash]asn1.ObjectIdentifier{
		crypto.SHA256: {2, 16, 840, 1, 101, 3, 4, 2, 1},
		crypto.SHA384: {2, 16, 840, 1, 101, 3, 4, 2, 2},
		crypto.SHA512: {2, 16, 840, 1, 101, 3, 4, 2, 3},
	}
	ecdsaOIDs = map[crypto.Hash]asn1.ObjectIdentifier{
		crypto.SHA256: {1, 2, 840, 10045, 4, 3, 2},
		crypto.SHA384: {1, 2, 840, 10045, 4, 3, 3},
		crypto.SHA512: {1, 2, 840, 10045, 4, 3, 4},
	}
)

// Tags of DER.
const (
	tagInteger     = 0x02
	tagOctetString = 0x04
	tagSequence    = 0x30
	tagSet         = 0x31
	tagContext0    = 0xa0
	tagContext1    = 0xa1
)

// A cms is a SignedData with one signer and no content (RFC 5652, 5).
type cms struct {
	leaf      *x509.Certificate
	chain     []*x509.Certificate // leaf first
	signature []byte
	token     []byte // nil: none
	signed    []byte // the signed attributes as read, as a SET
}

// encode writes the one DER encoding there is for a digest of the content.
func (c *cms) encode(digest []byte) []byte {
	hash := hashOf(c.leaf.PublicKey)
	// Digest algorithms have no parameters (RFC 5754, 2). RSA is named without a digest, which every reader must know (RFC 3370, 3.2).
	digestAlgorithm := tlv(tagSequence, oid(digestOIDs[hash]))
	algorithm := tlv(tagSequence, oid(ecdsaOIDs[hash]))
	if _, ok := c.leaf.PublicKey.(*rsa.PublicKey); ok {
		algorithm = tlv(tagSequence, oid(oidRSA), []byte{asn1.TagNull, 0})
	}
	var certificates [][]byte
	for _, cert := range c.chain {
		certificates = append(certificates, cert.Raw)
	}
	attributes := c.attributes(digest)
	attributes[0] = tagContext0 // IMPLICIT, but signed as the SET that it is (RFC 5652, 5.4)
	info := [][]byte{
		integer(1),
		tlv(tagSequence, c.leaf.RawIssuer, tlv(tagInteger, twos(c.leaf.SerialNumber))),
		digestAlgorithm, attributes, algorithm, tlv(tagOctetString, c.signature),
	}
	if len(c.token) > 0 {
		info = append(info, tlv(tagContext1, tlv(tagSequence, oid(oidToken), tlv(tagSet, c.token))))
	}
	data := tlv(tagSequence,
		integer(1),
		tlv(tagSet, digestAlgorithm),
		tlv(tagSequence, oid(oidData)),
		tlv(tagContext0, sorted(certificates)...),
		tlv(tagSet, tlv(tagSequence, info...)))
	return tlv(tagSequence, oid(oidSignedData), tlv(tagContext0, data))
}

// sum is the SHA-256 of the certificates, in the order of the encoding.
func (c *cms) sum() (out [sha256.Size]byte) {
	var all [][]byte
	for _, cert := range c.chain {
		all = append(all, cert.Raw)
	}
	return sha256.Sum256(bytes.Join(sorted(all), nil))
}

// attributes are the signed ones, as a SET.
func (c *cms) attributes(digest []byte) []byte {
	attribute := func(name asn1.ObjectIdentifier, value []byte) []byte {
		return tlv(tagSequence, oid(name), tlv(tagSet, value))
	}
	// ESSCertIDv2 without its default, SHA-256, and without the issuer, which the signer's identifier names (RFC 5035, 4).
	sum := sha256.Sum256(c.leaf.Raw)
	certificate := tlv(tagSequence, tlv(tagSequence, tlv(tagSequence, tlv(tagOctetString, sum[:]))))
	return tlv(tagSet, sorted([][]byte{
		attribute(oidContentType, oid(oidData)),
		attribute(oidMessageDigest, tlv(tagOctetString, digest)),
		attribute(oidCertificateV2, certificate),
	})...)
}

// parseCMS reads a signature with whatever stands behind it. It reads no more than it takes to encode it again: the caller does that, and compares.
func parseCMS(contents []byte) (*cms, error) {
	var outer struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue
	}
	var data struct {
		Version                                     int
		Digests, Content, Certificates, SignerInfos asn1.RawValue
	}
	var signer struct {
		Version                           int
		ID, Digest, Attributes, Algorithm asn1.RawValue
		Signature                         []byte
		Unsigned                          asn1.RawValue `asn1:"optional"`
	}
	unreadable := func(what string, err error) error {
		return fmt.Errorf("the signature cannot be read: %s: %w", what, err)
	}
	if _, err := asn1.Unmarshal(contents, &outer); err != nil {
		return nil, unreadable("CMS", err)
	}
	if !outer.Type.Equal(oidSignedData) {
		return nil, fmt.Errorf("the signature is of the type %s, not SignedData", outer.Type)
	}
	if _, err := asn1.Unmarshal(outer.Content.Bytes, &data); err != nil {
		return nil, unreadable("SignedData", err)
	}
	rest, err := asn1.Unmarshal(data.SignerInfos.Bytes, &signer)
	if err != nil {
		return nil, unreadable("SignerInfo", err)
	}
	if len(rest) > 0 {
		return nil, errors.New("the signature has more than one signer")
	}
	certificates, err := x509.ParseCertificates(data.Certificates.Bytes)
	if err != nil {
		return nil, unreadable("its certificates", err)
	}
	if len(certificates) > maxChain {
		return nil, fmt.Errorf("the signature brings %d certificates; at most %d", len(certificates), maxChain)
	}
	c := &cms{signature: signer.Signature, signed: slices.Clone(signer.Attributes.FullBytes)}
	for _, cert := range certificates {
		if bytes.Equal(signer.ID.FullBytes, tlv(tagSequence, cert.RawIssuer, tlv(tagInteger, twos(cert.SerialNumber)))) && c.leaf == nil {
			c.leaf = cert
		}
	}
	if c.leaf == nil {
		return nil, errors.New("the signature does not bring its signer's certificate")
	}
	if err := Supports(c.leaf.PublicKey); err != nil {
		return nil, err
	}
	if c.chain, err = inOrder(c.leaf, certificates); err != nil {
		return nil, err
	}
	if len(c.signed) > 0 {
		c.signed[0] = tagSet
	}
	if len(signer.Unsigned.FullBytes) > 0 {
		var attribute struct {
			Type   asn1.ObjectIdentifier
			Values asn1.RawValue
		}
		if _, err := asn1.Unmarshal(signer.Unsigned.Bytes, &attribute); err != nil {
			return nil, unreadable("its unsigned attributes", err)
		}
		if c.token = attribute.Values.Bytes; len(c.token) == 0 {
			return nil, errors.New("the signature has an unsigned attribute without a value")
		}
	}
	return c, nil
}

// inOrder puts certificates in order from the signer's on. One that does not belong is an error.
func inOrder(leaf *x509.Certificate, all []*x509.Certificate) ([]*x509.Certificate, error) {
	chain := []*x509.Certificate{leaf}
	left := slices.Clone(all)
	left = slices.Delete(left, slices.Index(left, leaf), slices.Index(left, leaf)+1)
	for cert := leaf; len(left) > 0; {
		next := slices.IndexFunc(left, func(c *x509.Certificate) bool { return bytes.Equal(c.RawSubject, cert.RawIssuer) })
		if next < 0 {
			return nil, fmt.Errorf("the signature brings a certificate that does not lead from its signer's to a root: %s", left[0].Subject)
		}
		cert = left[next]
		chain = append(chain, cert)
		left = slices.Delete(left, next, next+1)
	}
	return chain, nil
}

// tlv writes an element of DER: a tag, the length of its parts, and those.
func tlv(tag byte, parts ...[]byte) []byte {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	out := append(make([]byte, 0, n+6), tag)
	switch {
	case n < 0x80:
		out = append(out, byte(n))
	default:
		length := big.NewInt(int64(n)).Bytes()
		out = append(append(out, 0x80|byte(len(length))), length...)
	}
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// sorted puts the members of a SET OF in DER's order (X.690, 11.6).
func sorted(members [][]byte) [][]byte {
	slices.SortFunc(members, bytes.Compare)
	return members
}

func integer(n int) []byte { return tlv(tagInteger, twos(big.NewInt(int64(n)))) }

// twos is a whole number's content in DER.
func twos(n *big.Int) []byte {
	der, err := asn1.Marshal(n)
	if err != nil {
		return nil
	}
	var raw asn1.RawValue
	if _, err := asn1.Unmarshal(der, &raw); err != nil {
		return nil
	}
	return raw.Bytes
}

func oid(o asn1.ObjectIdentifier) []byte {
	der, err := asn1.Marshal(o)
	if err != nil { // those above are all well-formed
		return nil
	}
	return der
}
