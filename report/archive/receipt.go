package archive

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/audit"
)

// ReceiptFormat is the version of the form of receipts. A reader refuses another.
const ReceiptFormat = 1

// maxReceipt is how long a receipt may be, in bytes.
const maxReceipt = 64 << 10

// A Receipt is what was read back of a pack after it was put into the archive. It stands beside the pack in the bucket, locked like it, and
// beside the ZIP on disk.
type Receipt struct {
	Format int `json:"format"`
	// Tool is the program that put it there, and its version.
	Tool         string          `json:"tool"`
	Organization string          `json:"organization"`
	Period       evidence.Period `json:"period"`
	Bucket       string          `json:"bucket"`
	Key          string          `json:"key"`
	VersionID    string          `json:"version_id"`
	// Owner is the account that owns the bucket, as S3 confirmed with every call.
	Owner string `json:"owner"`
	// Size is that of the ZIP, in bytes, and SHA256 its digest, as it was read back.
	Size   int64           `json:"size"`
	SHA256 evidence.Digest `json:"sha256"`
	// Manifest is the pack's identity: the SHA-256 of its manifest.json.
	Manifest evidence.Digest `json:"manifest_sha256"`
	// Previous is the identity of the pack archived before this one, as the manifest says it too. Zero in the first.
	Previous evidence.Digest `json:"previous,omitzero"`
	// Retention is what S3 answered for the version.
	Retention Retention `json:"retention"`
	// KMSKey is the key that S3 encrypted with, as it answered. Empty means none of AWS KMS.
	KMSKey string `json:"kms_key,omitempty"`
	// Archived is S3's date of the last of these answers.
	Archived time.Time `json:"archived"`
}

// A Retention is how long, and how firmly, a version is locked.
type Retention struct {
	// Mode is COMPLIANCE or GOVERNANCE.
	Mode  string    `json:"mode"`
	Until time.Time `json:"until"`
}

// Encode gives the one form that a receipt has.
func (r *Receipt) Encode() []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	e.Encode(r) // of such a value it cannot fail
	return b.Bytes()
}

// ParseReceipt reads a receipt strictly: the format must be known, everything must be there, and the bytes must be those that Encode writes.
func ParseReceipt(b []byte) (*Receipt, error) {
	if len(b) > maxReceipt {
		return nil, fmt.Errorf("it has %d bytes, and no receipt has more than %d", len(b), maxReceipt)
	}
	var version struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(b, &version); err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if version.Format > ReceiptFormat {
		return nil, fmt.Errorf("format %d is newer than this release knows (%d): use a later auditseal", version.Format, ReceiptFormat)
	}
	r := new(Receipt)
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(r); err != nil {
		return nil, err
	}
	if !bytes.Equal(r.Encode(), b) {
		return nil, errors.New("it is not as auditseal writes it")
	}
	lacks := func(what string) error { return fmt.Errorf("%s is missing or wrong", what) }
	switch {
	case r.Format != ReceiptFormat:
		return nil, lacks("format")
	case strings.TrimSpace(r.Organization) == "":
		return nil, lacks("organization")
	case !r.Period.From.Before(r.Period.To):
		return nil, lacks("period")
	case r.Bucket == "":
		return nil, lacks("bucket")
	case r.Key != Period(r.Period)+PackSuffix && !strings.HasSuffix(r.Key, "/"+Period(r.Period)+PackSuffix):
		return nil, lacks("key")
	case r.VersionID == "":
		return nil, lacks("version_id")
	case r.Size <= 0:
		return nil, lacks("size")
	case r.SHA256.IsZero():
		return nil, lacks("sha256")
	case r.Manifest.IsZero() || r.Manifest == r.Previous:
		return nil, lacks("manifest_sha256")
	case r.Retention.Mode != audit.Compliance && r.Retention.Mode != audit.Governance:
		return nil, lacks("retention.mode")
	case r.Retention.Until.IsZero():
		return nil, lacks("retention.until")
	case r.Archived.IsZero():
		return nil, lacks("archived")
	}
	return r, nil
}

// sameAs reports whether two receipts are of the same object. What may differ is who wrote them and when, and a retention that somebody extended.
func (r *Receipt) sameAs(o *Receipt) bool {
	a, b := *r, *o
	for _, x := range []*Receipt{&a, &b} {
		x.Tool, x.Archived, x.Retention, x.KMSKey, x.Owner = "", time.Time{}, Retention{}, "", ""
	}
	return a.Period.From.Equal(b.Period.From) && a.Period.To.Equal(b.Period.To) && func() bool { a.Period, b.Period = evidence.Period{}, evidence.Period{}; return a == b }()
}
