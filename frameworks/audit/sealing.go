package audit

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/auditseal/auditseal/frameworks/strict"
)

// A Seal says who signs the pack, and who says when.
type Seal struct {
	// Key is the path of a private key in PEM, or the ARN of an asymmetric KMS key.
	Key string
	// Certificate is the path of the key's X.509 certificate in PEM, followed by those that lead to its root. Empty means that a
	// certificate signed by the key itself is made for the PDF.
	Certificate string
	// TSA are the addresses of RFC 3161 timestamp authorities: the first that answers rightly is taken. Empty means no timestamp.
	TSA []string
	// TSARoots is the path of the roots in PEM that an authority's certificate must lead to. Empty means the system's own.
	TSARoots string
	// TSAPolicy is the policy, an object identifier, that the authority must have followed. Empty means any.
	TSAPolicy string
}

// KMS reports whether the key is kept in AWS KMS.
func (s *Seal) KMS() bool { return strings.HasPrefix(s.Key, "arn:") }

// The modes of S3 Object Lock, as AWS spells them.
const (
	Governance = "GOVERNANCE"
	Compliance = "COMPLIANCE"
)

// An Archive says where sealed packs are kept, and how long nobody can alter them.
type Archive struct {
	Bucket string
	// Prefix is what keys begin with, without a slash at either end. It may be empty.
	Prefix string
	// Owner is the account that must own the bucket.
	Owner string
	// Region is where the bucket is.
	Region string
	// Mode is Governance or Compliance.
	Mode string
	// Years and Days are how long the pack is retained, counted from the upload. One of them is 0.
	Years, Days int
	// KMSKey is the ARN of the key that S3 encrypts with. Empty means the bucket's own setting.
	KMSKey string
	// Role is the ARN of the role that writes. Empty means the caller's own credentials.
	Role string
	// ExternalID goes with Role; empty means none.
	ExternalID string
}

type sealForm struct {
	At          strict.Pos
	Key         strict.Text `yaml:"key,required"`
	Certificate strict.Text `yaml:"certificate"`
	TSA         textOrList  `yaml:"tsa"`
	TSARoots    strict.Text `yaml:"tsa-ca"`
	TSAPolicy   strict.Text `yaml:"tsa-policy,raw"`
}

type archiveForm struct {
	At         strict.Pos
	To         strict.Text `yaml:"to,required"`
	Owner      strict.Text `yaml:"owner,required"`
	Region     strict.Text `yaml:"region,required"`
	Mode       strict.Text `yaml:"mode,required"`
	Retain     strict.Text `yaml:"retain,required"`
	KMSKey     strict.Text `yaml:"kms-key"`
	Role       strict.Text `yaml:"role"`
	ExternalID strict.Text `yaml:"external-id"`
}

// textOrList is written as one word, or as a list of them.
type textOrList struct{ list []strict.Text }

func (t *textOrList) DecodeStrict(d *strict.Decoder, n *yaml.Node, subject string) {
	if n.Kind == yaml.ScalarNode {
		t.list = []strict.Text{d.Text(n, subject)}
		return
	}
	strict.Into(d, n, &t.list, subject)
}

var (
	kmsKeyForm = regexp.MustCompile(`^arn:aws[a-z-]*:kms:([a-z0-9-]+):[0-9]{12}:key/[A-Za-z0-9-]+$`)
	kmsForm    = regexp.MustCompile(`^arn:aws[a-z-]*:kms:`)
	oidForm    = regexp.MustCompile(`^[0-2](\.(0|[1-9][0-9]*))+$`)
	retainForm = regexp.MustCompile(`^([1-9][0-9]{0,4})([dy])$`)
	prefixForm = regexp.MustCompile(`^[A-Za-z0-9!_.*'()-]+(/[A-Za-z0-9!_.*'()-]+)*$`)
	roleARN    = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$`)
)

// S3 retains a version for at most a hundred years.
const (
	maxRetainYears = 100
	maxRetainDays  = 36500
)

func (l *loader) seal(f *sealForm) {
	if f == nil {
		return
	}
	s := &Seal{Key: f.Key.Value, TSAPolicy: f.TSAPolicy.Value}
	switch {
	case kmsKeyForm.MatchString(s.Key):
	case kmsForm.MatchString(s.Key):
		l.Add(f.Key.At, "key", s.Key, "not the ARN of a KMS key", "give the key's own ARN, not an alias's: arn:aws:kms:eu-west-1:111122223333:key/…; an alias may name another key tomorrow")
	default:
		l.path(f.Key, "key")
	}
	s.Certificate = l.path(f.Certificate, "certificate")
	s.TSARoots = l.path(f.TSARoots, "tsa-ca")
	s.TSA = l.once(f.TSA.list, "tsa")
	for _, t := range f.TSA.list {
		if u, err := url.Parse(t.Value); !t.IsZero() && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil) {
			l.Add(t.At, "tsa", t.Value, "not the address of a timestamp authority", "write it as https://host/path")
		}
	}
	if s.TSAPolicy != "" && !oidForm.MatchString(s.TSAPolicy) {
		l.Add(f.TSAPolicy.At, "tsa-policy", s.TSAPolicy, "not an object identifier", "write it as the authority publishes it: 1.3.6.1.4.1.…")
	}
	if len(s.TSA) == 0 && (s.TSARoots != "" || s.TSAPolicy != "") {
		l.Add(f.At, "seal", "", "says how to check a timestamp, and names no authority to ask for one", "add the key tsa")
	}
	l.Config.Seal = s
}

func (l *loader) archive(f *archiveForm) {
	if f == nil {
		return
	}
	a := &Archive{Owner: f.Owner.Value, Region: f.Region.Value, KMSKey: f.KMSKey.Value, Role: f.Role.Value, ExternalID: f.ExternalID.Value}
	if !f.To.IsZero() {
		rest, ok := strings.CutPrefix(f.To.Value, "s3://")
		a.Bucket, a.Prefix, _ = strings.Cut(rest, "/")
		a.Prefix = strings.TrimSuffix(a.Prefix, "/")
		switch {
		case !ok || !bucketForm.MatchString(a.Bucket):
			l.Add(f.To.At, "to", f.To.Value, "not a bucket", "write it as s3://bucket/prefix")
		case a.Prefix != "" && (!prefixForm.MatchString(a.Prefix) || slices.ContainsFunc(strings.Split(a.Prefix, "/"), func(p string) bool { return p == "." || p == ".." }) || len(a.Prefix) > 512):
			l.Add(f.To.At, "to", f.To.Value, "its prefix has characters that keys had better not have", "use letters, digits and !-_.*'() in parts between single slashes")
		}
	}
	l.account(f.Owner, "owner")
	if !f.Region.IsZero() && !regionForm.MatchString(a.Region) {
		l.Add(f.Region.At, "region", a.Region, "not the name of a region", "write it as eu-west-1: the region that the bucket is in")
	}
	switch f.Mode.Value {
	case "":
	case "compliance":
		a.Mode = Compliance
	case "governance":
		a.Mode = Governance
	default:
		l.Add(f.Mode.At, "mode", f.Mode.Value, "not a mode of Object Lock", "write compliance (nobody can shorten it) or governance (whom the bucket's owner allows can)")
	}
	if !f.Retain.IsZero() {
		m := retainForm.FindStringSubmatch(f.Retain.Value)
		n, most := 0, maxRetainDays
		if m != nil {
			n, _ = strconv.Atoi(m[1])
			if m[2] == "y" {
				most, a.Years = maxRetainYears, n
			} else {
				a.Days = n
			}
		}
		if n == 0 || n > most {
			l.Add(f.Retain.At, "retain", f.Retain.Value, "not a time from 1d to 100y", "write it in years or days: 7y, 90d")
		}
	}
	if m := kmsKeyForm.FindStringSubmatch(a.KMSKey); !f.KMSKey.IsZero() && (m == nil || a.Region != "" && m[1] != a.Region) {
		l.Add(f.KMSKey.At, "kms-key", a.KMSKey, "not the ARN of a KMS key in the bucket's region", "give the key's own ARN; S3 resolves an alias in the account that asks")
	}
	switch {
	case !f.Role.IsZero() && !roleARN.MatchString(a.Role):
		l.Add(f.Role.At, "role", a.Role, "not the ARN of a role", "write it as arn:aws:iam::111122223333:role/AuditsealArchive: it may be in an account that is not audited")
	case a.ExternalID != "" && !externalForm.MatchString(a.ExternalID):
		l.Add(f.ExternalID.At, "external-id", "", "not an external id", "use 2 to 1000 letters, digits and _+=,.@:/-")
	case a.ExternalID != "" && a.Role == "":
		l.Add(f.ExternalID.At, "external-id", "", "there is no role to go with it", "add the key role")
	}
	l.Config.Archive = a
}
