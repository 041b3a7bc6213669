package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/audit"
)

// Names of the objects' own metadata.
const (
	metaSHA256   = "auditseal-sha256"          // of the whole object: S3's own checksum of one sent in parts is that of the parts' checksums
	metaManifest = "auditseal-manifest-sha256" // the pack's identity
)

// single is the most that S3 takes in one piece.
const single = 5 << 30

// A File is a sealed pack's ZIP, with what its manifest says.
type File struct {
	// Path is the ZIP. While it is sent in parts, PATH.upload.json beside it says which.
	Path         string
	Tool         string
	Organization string
	Period       evidence.Period
	// Manifest is the pack's identity, and Previous what it names as the one before it.
	Manifest, Previous evidence.Digest
}

// A Result is what Put did.
type Result struct {
	*Receipt
	// ReceiptKey is where the receipt is, in the bucket.
	ReceiptKey string
	// Was is set where the same pack was archived already.
	Was bool
	// Forks names the packs that nothing after them names, but for the newest. It is empty in a whole chain.
	Forks []string
}

// An object is what is to be put under a key.
type object struct {
	key, kind, manifest string
	size                int64
	sha                 evidence.Digest
	until               time.Time
	body                io.ReaderAt
}

func (a *Archive) object(key string, at time.Time) *object {
	return &object{key: key, kind: "application/zip", until: a.until(at)}
}

func (o *object) meta() map[string]string {
	m := map[string]string{metaSHA256: o.sha.String()}
	if o.manifest != "" {
		m[metaManifest] = o.manifest
	}
	return m
}

// Put archives a pack, and reads all of it back. The same pack again gives the same receipt; another pack for the period is an error. Where
// it was stopped, or the connection was cut, the same call goes on.
func (a *Archive) Put(ctx context.Context, f File) (*Result, error) {
	at, err := a.Check(ctx)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(f.Path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	o := a.object(a.PackKey(f.Period), at)
	o.body, o.manifest = file, f.Manifest.String()
	h := sha256.New()
	if o.size, err = io.Copy(h, file); err != nil {
		return nil, err
	}
	o.sha = evidence.Digest(h.Sum(nil))

	inv, err := a.list(ctx)
	if err != nil {
		return nil, err
	}
	s, err := a.standing(ctx, inv, f.Organization, f.Period)
	if err != nil {
		return nil, err
	}
	was := s.Receipt != nil
	found, there, err := a.alone(inv, o.key)
	if err != nil {
		return nil, err
	}
	switch {
	case was && s.Receipt.Manifest != f.Manifest:
		return nil, a.another(o, s.Receipt.SHA256)
	case was && !there:
		return nil, &Error{Broken: true, Reason: fmt.Sprintf("%s is gone, and its receipt is there: the pack was deleted after it was archived on %s", a.URL(o.key), day(s.Receipt.Archived)),
			Hint: "see what else is wrong with: auditseal custody " + a.URL(a.Prefix)}
	case !there && f.Previous != s.Previous:
		return nil, a.notNext(f, s)
	case !there:
		a.say("archiving  %s, %d bytes, %s until %s", a.URL(o.key), o.size, a.Mode, day(o.until))
		if found, err = a.upload(ctx, o, f.Path); err != nil {
			return nil, err
		}
	default:
		if err := a.same(ctx, o, found); err != nil {
			return nil, err
		}
	}
	back, err := a.readBack(ctx, o, found)
	if err != nil {
		return nil, err
	}
	r := &Receipt{Format: ReceiptFormat, Tool: f.Tool, Organization: f.Organization, Period: f.Period, Bucket: a.Bucket, Key: o.key, VersionID: back.id, Owner: a.Owner,
		Size: o.size, SHA256: o.sha, Manifest: f.Manifest, Previous: f.Previous, Retention: back.retention, KMSKey: back.kms, Archived: back.at}
	if r, err = a.putReceipt(ctx, r, inv, at); err != nil {
		return nil, err
	}
	// Somebody else may have archived another period meanwhile.
	if s, err = a.Standing(ctx, f.Organization, f.Period); err != nil {
		return nil, err
	}
	return &Result{Receipt: r, ReceiptKey: a.ReceiptKey(f.Period), Was: was, Forks: s.Forks}, nil
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02") }

// alone gives the one version of a key. More than one, or a delete marker over it, was not put there by Put.
func (a *Archive) alone(inv *inventory, key string) (version, bool, error) {
	list := inv.keys[key]
	first, there := inv.first(key)
	switch {
	case !there: // a marker over nothing hides nothing
		return version{}, false, nil
	case list[0].marker:
		return first, true, &Error{Broken: true, Reason: fmt.Sprintf("%s was deleted on %s: a delete marker stands over it, and what it hides (version %s) is still there", a.URL(key), day(list[0].at), first.id),
			Hint: fmt.Sprintf("find out who did it; this takes the marker away, and nothing else: aws s3api delete-object --bucket %s --key %s --version-id %s", a.Bucket, key, list[0].id)}
	case list[0].id != first.id:
		return first, true, &Error{Broken: true, Reason: fmt.Sprintf("%s has %d versions: what stands on top was put over the first one on %s", a.URL(key), inv.count(key), day(list[0].at)),
			Hint: "see what is wrong with: auditseal custody " + a.URL(a.Prefix)}
	}
	return first, true, nil
}

func (a *Archive) another(o *object, there evidence.Digest) error {
	return &Error{Reason: fmt.Sprintf("%s is there already, and is another one: its SHA-256 is %s, that of this file %s; nothing was overwritten", a.URL(o.key), there, o.sha),
		Hint: "what is archived stays; give this pack a prefix of its own in archive.to if both are to be kept"}
}

func (a *Archive) notNext(f File, s *Standing) error {
	name := func(d evidence.Digest) string {
		if d.IsZero() {
			return "none"
		}
		return d.String()
	}
	in := s.PreviousPeriod
	if in == "" {
		in = "the archive is empty"
	}
	return &Error{Reason: fmt.Sprintf("%s: its manifest names as the pack archived before it: %s; the archive's newest is: %s (%s)", f.Path, name(f.Previous), name(s.Previous), in),
		Hint: "it was sealed before that one was archived, or without archive: in audit.yaml; take manifest.json, SHA256SUMS, seal/ and the ZIP away, and run auditseal seal and auditseal archive again"}
}

// upload puts an object where nothing stands, and gives its version. It ends in an error wherever something else stands there.
func (a *Archive) upload(ctx context.Context, o *object, path string) (version, error) {
	most := a.Single
	if most == 0 {
		most = single
	}
	if o.size > most && path != "" {
		return a.inParts(ctx, o, path)
	}
	id, err := a.putOnce(ctx, o)
	if err == nil {
		return version{id: id, size: o.size}, nil
	}
	return a.settle(ctx, "s3:PutObject", o, err)
}

// putOnce sends an object in one piece. The SDK tries again whatever may be tried again.
func (a *Archive) putOnce(ctx context.Context, o *object) (string, error) {
	in := &s3.PutObjectInput{Bucket: &a.Bucket, Key: &o.key, ExpectedBucketOwner: a.owner(), Body: io.NewSectionReader(o.body, 0, o.size), ContentLength: &o.size, ContentType: &o.kind,
		ChecksumSHA256: aws.String(base64.StdEncoding.EncodeToString(o.sha[:])), IfNoneMatch: aws.String("*"), Metadata: o.meta(),
		ObjectLockMode: types.ObjectLockMode(a.Mode), ObjectLockRetainUntilDate: &o.until}
	if a.KMSKey != "" {
		in.ServerSideEncryption, in.SSEKMSKeyId, in.BucketKeyEnabled = types.ServerSideEncryptionAwsKms, &a.KMSKey, aws.Bool(true)
	}
	out, err := a.S3.PutObject(ctx, in, conflictsAgain, signed(o.sha))
	if err != nil {
		return "", err
	}
	return aws.ToString(out.VersionId), nil
}

// conflictsAgain also tries again what collided with another write: S3 says that it should be.
func conflictsAgain(o *s3.Options) {
	o.Retryer = retry.AddWithErrorCodes(o.Retryer, "ConditionalRequestConflict")
}

// signed signs a body's digest that is known already, so that the body is not read once more for it.
func signed(sha evidence.Digest) func(*s3.Options) {
	return func(o *s3.Options) {
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("auditseal.payload", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
				middleware.InitializeOutput, middleware.Metadata, error) {
				return next.HandleInitialize(v4.SetPayloadHash(ctx, sha.String()), in)
			}), middleware.After)
		})
	}
}

// settle finds out what became of a write that failed. S3 may have stored it all the same (its answer was lost, and trying again met the
// object itself), or somebody else was first: with the same content, which is as good, or with another.
func (a *Archive) settle(ctx context.Context, action string, o *object, failed error) (version, error) {
	if ctx.Err() != nil {
		return version{}, ctx.Err()
	}
	if isRefused(failed) && !isTaken(failed) && code(failed) != "NoSuchUpload" {
		return version{}, a.refused(ctx, action, o, failed)
	}
	inv, err := a.list(ctx)
	if err != nil {
		return version{}, &Error{Reason: fmt.Sprintf("%s: sending it failed, and whether it is there could not be read: %v; %v", a.URL(o.key), a.fault(ctx, action, o.key, failed), err),
			Hint: "run the same command again: it looks again, and goes on", Err: failed}
	}
	v, there, err := a.alone(inv, o.key)
	if err != nil {
		return version{}, err
	}
	if !there {
		e := a.fault(ctx, action, o.key, failed)
		if isTaken(failed) {
			e = &Error{Reason: fmt.Sprintf("%s: S3 says that something is there (%s), and lists nothing", a.URL(o.key), code(failed)), Hint: "run the same command again", Err: failed}
		}
		return version{}, e
	}
	return v, a.same(ctx, o, v)
}

func (a *Archive) refused(ctx context.Context, action string, o *object, failed error) error {
	switch code(failed) {
	case "BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch":
		return &Error{Reason: fmt.Sprintf("%s: other bytes than those of the file reached S3 (%s), and were not stored", a.URL(o.key), code(failed)),
			Hint: "something writes to the file, or the network changes what it carries; run the same command again when that is over", Err: failed}
	}
	return a.fault(ctx, action, o.key, failed)
}

// same holds the version that stands under the key against the object.
func (a *Archive) same(ctx context.Context, o *object, v version) error {
	there := evidence.Digest{}
	out, err := a.S3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &a.Bucket, Key: &o.key, VersionId: nonEmpty(v.id), ExpectedBucketOwner: a.owner(), ChecksumMode: types.ChecksumModeEnabled})
	if err != nil {
		return a.fault(ctx, "s3:GetObjectVersion", o.key, err)
	}
	if b, err := base64.StdEncoding.DecodeString(aws.ToString(out.ChecksumSHA256)); err == nil && len(b) == len(there) && out.ChecksumType != types.ChecksumTypeComposite {
		there = evidence.Digest(b)
	} else {
		// S3 does not know the whole object's SHA-256, and the metadata says what whoever put it there said: it is read.
		h := sha256.New()
		if _, err := a.stream(ctx, o.key, v.id, h); err != nil {
			return err
		}
		there = evidence.Digest(h.Sum(nil))
	}
	if there != o.sha {
		return a.another(o, there)
	}
	return nil
}

func nonEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// A back is what was read back of an object.
type back struct {
	id        string
	retention Retention
	kms       string
	at        time.Time
}

// readBack reads an object whole, and what S3 says of its lock and encryption, and holds all of it against what was asked for.
func (a *Archive) readBack(ctx context.Context, o *object, v version) (*back, error) {
	h := sha256.New()
	got, err := a.stream(ctx, o.key, v.id, h)
	if err != nil {
		return nil, err
	}
	b := &back{id: got.id, kms: got.kms}
	if sum := evidence.Digest(h.Sum(nil)); sum != o.sha || got.size != o.size {
		return nil, &Error{Broken: true, Reason: fmt.Sprintf("%s, version %s: read back, its SHA-256 is %s and not %s: it is not archived", a.URL(o.key), b.id, sum, o.sha), Hint: "do not rely on this bucket; keep the ZIP"}
	}
	if b.id == "" || b.id == "null" {
		return nil, &Error{Broken: true, Reason: fmt.Sprintf("%s: S3 gave it no version: it is not archived", a.URL(o.key)), Hint: lockHint}
	}
	if b.retention, b.at, err = a.retention(ctx, o.key, b.id); err != nil {
		return nil, err
	}
	// What stood there already must be retained for as long from when it was put; what was put now, until the date asked for.
	least := o.until
	if !v.at.IsZero() {
		least = a.term(v.at)
	}
	if err := a.strongEnough(o.key, b, least); err != nil {
		return nil, err
	}
	if a.KMSKey != "" && b.kms != a.KMSKey {
		with := "no key of AWS KMS"
		if b.kms != "" {
			with = b.kms
		}
		return nil, &Error{Broken: true, Reason: fmt.Sprintf("%s, version %s: it is encrypted with %s, and audit.yaml asks for %s", a.URL(o.key), b.id, with, a.KMSKey),
			Hint: "it is locked as it is; correct archive.kms-key to what it is, or archive to another prefix"}
	}
	return b, nil
}

// retention reads how a version is locked. The zero one means that it is not.
func (a *Archive) retention(ctx context.Context, key, id string) (Retention, time.Time, error) {
	out, err := a.S3.GetObjectRetention(ctx, &s3.GetObjectRetentionInput{Bucket: &a.Bucket, Key: &key, VersionId: &id, ExpectedBucketOwner: a.owner()})
	if code(err) == "NoSuchObjectLockConfiguration" {
		return Retention{}, time.Time{}, nil
	}
	if err != nil {
		return Retention{}, time.Time{}, a.fault(ctx, "s3:GetObjectRetention", key, err)
	}
	if out.Retention == nil {
		return Retention{}, a.date(out.ResultMetadata), nil
	}
	return Retention{string(out.Retention.Mode), aws.ToTime(out.Retention.RetainUntilDate).UTC()}, a.date(out.ResultMetadata), nil
}

func weaker(mode, than string) bool { return mode != than && mode != audit.Compliance }

func (a *Archive) strongEnough(key string, b *back, least time.Time) error {
	r := b.retention
	is := ""
	switch {
	case r.Mode == "" || r.Until.IsZero():
		is = "it is not locked"
	case weaker(r.Mode, a.Mode):
		is = "it is locked in " + r.Mode + " mode"
	case r.Until.Before(least):
		is = "it is retained until " + r.Until.Format(time.RFC3339)
	default:
		return nil
	}
	raise := least
	if r.Until.After(raise) {
		raise = r.Until
	}
	return &Error{Broken: true, Reason: fmt.Sprintf("%s, version %s: %s, and audit.yaml asks for %s until %s at least: it is not archived", a.URL(key), b.id, is, a.Mode, least.Format(time.RFC3339)),
		Hint: fmt.Sprintf(`lock it, and run the same command again: aws s3api put-object-retention --bucket %s --key %s --version-id %s --retention Mode=%s,RetainUntilDate=%s`, a.Bucket, key, b.id, a.Mode, raise.Format(time.RFC3339))}
}

// putReceipt archives the receipt like the pack, and gives the one that stands there.
func (a *Archive) putReceipt(ctx context.Context, r *Receipt, inv *inventory, at time.Time) (*Receipt, error) {
	b := r.Encode()
	o := a.object(a.ReceiptKey(r.Period), at)
	o.kind, o.manifest, o.size, o.sha, o.body = "application/json", r.Manifest.String(), int64(len(b)), evidence.Sum(b), bytes.NewReader(b)
	v, there, err := a.alone(inv, o.key)
	if err != nil {
		return nil, err
	}
	if !there {
		id, err := a.putOnce(ctx, o)
		if err != nil {
			// What stands there now may be a receipt that says the same of another moment: it is compared below.
			if v, err = a.settleReceipt(ctx, o, err); err != nil {
				return nil, err
			}
		} else {
			v = version{id: id, size: o.size}
		}
	}
	stands, err := a.readReceipt(ctx, o.key, v)
	if err != nil {
		if _, ok := err.(*Error); ok || ctx.Err() != nil {
			return nil, err
		}
		return nil, &Error{Broken: true, Reason: fmt.Sprintf("%s is no receipt: %v", a.URL(o.key), err), Hint: "see what else is wrong with: auditseal custody " + a.URL(a.Prefix)}
	}
	if !stands.sameAs(r) {
		return nil, &Error{Broken: true, Reason: fmt.Sprintf("%s is the receipt of something else: version %s with SHA-256 %s, where the pack is version %s with SHA-256 %s", a.URL(o.key), stands.VersionID, stands.SHA256, r.VersionID, r.SHA256),
			Hint: "see what else is wrong with: auditseal custody " + a.URL(a.Prefix)}
	}
	o.sha = evidence.Sum(stands.Encode())
	o.size = int64(len(stands.Encode()))
	if _, err := a.readBack(ctx, o, v); err != nil {
		return nil, err
	}
	return stands, nil
}

// settleReceipt is settle where the content may differ in when it was written.
func (a *Archive) settleReceipt(ctx context.Context, o *object, failed error) (version, error) {
	if ctx.Err() != nil {
		return version{}, ctx.Err()
	}
	if isRefused(failed) && !isTaken(failed) {
		return version{}, a.refused(ctx, "s3:PutObject", o, failed)
	}
	inv, err := a.list(ctx)
	if err != nil {
		return version{}, err
	}
	v, there, err := a.alone(inv, o.key)
	if err == nil && !there {
		err = a.fault(ctx, "s3:PutObject", o.key, failed)
	}
	return v, err
}
