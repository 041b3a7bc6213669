// Package evidence holds the words that every other part of auditseal speaks: exchanges with AWS, the
// records read from them, the gaps where nothing could be read, and the scope and period of an audit.
//
// It is a leaf. It imports the standard library only, knows no AWS SDK, reads no clock, no environment
// and no network, and judges nothing: whether a record meets a test is decided in frameworks/assess.
//
// Three clocks never meet here. A fact's Effective time says when it held, an exchange's Date says when AWS
// answered, and the seal's time is not known to this package at all.
package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// A Digest is a SHA-256. Its text form is 64 lower-case hexadecimal digits, as sha256sum prints them.
// The zero Digest is no digest: IsZero reports it, and it marshals to the empty string.
type Digest [sha256.Size]byte

// Sum digests b.
func Sum(b []byte) Digest { return sha256.Sum256(b) }

// ParseDigest reads the text form. The empty string is the zero Digest.
func ParseDigest(s string) (Digest, error) {
	var d Digest
	if s == "" {
		return d, nil
	}
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(d) {
		return d, fmt.Errorf("%q is not a SHA-256 in hexadecimal", s)
	}
	copy(d[:], b)
	return d, nil
}

// IsZero reports whether d was never set.
func (d Digest) IsZero() bool { return d == Digest{} }

// String is the text form.
func (d Digest) String() string {
	if d.IsZero() {
		return ""
	}
	return hex.EncodeToString(d[:])
}

// MarshalText writes the text form.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the text form.
func (d *Digest) UnmarshalText(b []byte) error {
	p, err := ParseDigest(string(b))
	*d = p
	return err
}
