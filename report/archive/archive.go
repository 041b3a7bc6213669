// Package archive keeps sealed packs in Amazon S3 under Object Lock, and tells what became of them.
//
// # Keys
//
// Below the prefix that audit.yaml names, a pack is PREFIX/<period>.zip and its receipt PREFIX/<period>.receipt.json. The key depends on the
// period alone: the same pack again is the same object, and another pack for the period is an error.
//
// # What is refused
//
// Nothing is written to a bucket whose versioning or Object Lock is off or cannot be read, that is in another region, or that another
// account owns; every call names the expected owner. Every object is written only where nothing stands under its key (If-None-Match), with
// its SHA-256, mode and date, and is called archived only after it was read back whole, and its retention and encryption were read back too.
// A call that fails, or whose answer never came, leads to a look at what is there: never to a guess.
//
// # The chain
//
// Each pack's manifest names the identity (the SHA-256 of the manifest) of the pack that was archived before it, and its receipt says the same.
// The chain is in the order of archiving, not of periods: a late audit of an older quarter comes after a newer one. The pack that no receipt
// names is the newest. Before a pack is written its predecessor must still be the newest. Two that are written in the same moments both
// pass that: then the chain forks, Put says so, and so does Custody for ever. Nothing is lost by it, but nothing later vouches for one of the two.
//
// # What it cannot know
//
// Object Lock is AWS's word. Whoever may bypass governance mode can remove a pack and its receipt; the pack after it then names one that
// is missing. Nothing names the newest: whoever keeps its identity elsewhere can tell. In compliance mode nobody can remove either before the date.
package archive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/audit"
)

// What follows the period's name in the keys.
const (
	PackSuffix    = ".zip"
	ReceiptSuffix = ".receipt.json"
)

// An Archive is a bucket, a prefix in it, and how packs are to be kept there. For reading alone Mode, Years, Days and KMSKey are left empty.
type Archive struct {
	audit.Archive
	// S3 asks in the bucket's region. Its calls are tried again by its retryer.
	S3 *s3.Client
	// Now is asked where S3's answer carries no date.
	Now func() time.Time
	// Say speaks to people about what is going on. It may be nil.
	Say func(format string, args ...any)
	// Single is the largest file that is sent in one piece, in bytes; 0 is S3's own limit of 5 GiB. Part is the size of a piece of a larger
	// one; 0 is 64 MiB, or as much more as leaves 10,000 of them.
	Single, Part int64
}

// Client gives the client that an archive needs. What is read is digested here; S3's own checksum of it is not computed besides.
func Client(cfg aws.Config, region string) *s3.Client {
	return s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.Region = region
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		// An endpoint of one's own has no host name for each bucket.
		o.UsePathStyle = o.BaseEndpoint != nil
	})
}

func (a *Archive) say(format string, args ...any) {
	if a.Say != nil {
		a.Say(format, args...)
	}
}

// Period is the name that a period has in keys: 2026-Q3, 2026-07, 2026, or its first and last day: 2026-07-01_2026-08-15.
func Period(p evidence.Period) string {
	const day = "2006-01-02"
	return cmp.Or(p.Name(), p.From.UTC().Format(day)+"_"+p.To.Add(-1).UTC().Format(day))
}

// PackKey and ReceiptKey are the keys of a period.
func (a *Archive) PackKey(p evidence.Period) string    { return a.key(Period(p) + PackSuffix) }
func (a *Archive) ReceiptKey(p evidence.Period) string { return a.key(Period(p) + ReceiptSuffix) }

func (a *Archive) key(name string) string { return strings.TrimPrefix(path.Join(a.Prefix, name), "/") }

// URL is an object of the bucket as people write it.
func (a *Archive) URL(key string) string { return "s3://" + a.Bucket + "/" + key }

// ParseURL divides s3://bucket/key?versionId=… into its parts. The key may be empty, or a prefix; version is empty where none is named.
func ParseURL(s string) (bucket, key, version string, err error) {
	rest, ok := strings.CutPrefix(s, "s3://")
	rest, query, asked := strings.Cut(rest, "?")
	bucket, key, _ = strings.Cut(rest, "/")
	if asked {
		version, ok = strings.CutPrefix(query, "versionId=")
		ok = ok && version != "" && strings.HasPrefix(s, "s3://")
	}
	if !ok || bucket == "" {
		return "", "", "", fmt.Errorf("%q is not s3://bucket/key or s3://bucket/key?versionId=…", s)
	}
	return bucket, key, version, nil
}

// owner goes with every call.
func (a *Archive) owner() *string {
	if a.Owner == "" {
		return nil
	}
	return aws.String(a.Owner)
}

// date is S3's own date of an answer.
func (a *Archive) date(m middleware.Metadata) time.Time {
	at, ok := awsmiddleware.GetServerTime(m)
	if !ok || at.IsZero() {
		at = a.Now()
	}
	return at.UTC().Truncate(time.Second)
}

// term is the least date that something put at a moment must be retained until.
func (a *Archive) term(at time.Time) time.Time { return at.UTC().AddDate(a.Years, 0, a.Days) }

// until is the date that is asked for at a moment: the least one, and at least a day more, to a whole day. An upload of hours is then not
// retained for less than was asked, and one that is gone on with asks for the same.
func (a *Archive) until(at time.Time) time.Time {
	return a.term(at).Truncate(24*time.Hour).AddDate(0, 0, 2)
}

// Check says whether the bucket may be written to: it is there, in the region and of the owner that audit.yaml names, keeps versions, and
// has Object Lock on. It gives S3's date.
func (a *Archive) Check(ctx context.Context) (time.Time, error) {
	head, err := a.S3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &a.Bucket, ExpectedBucketOwner: a.owner()})
	if err != nil {
		return time.Time{}, a.fault(ctx, "s3:ListBucket", "", err)
	}
	if in := aws.ToString(head.BucketRegion); in != "" && in != a.Region {
		return time.Time{}, &Error{Reason: fmt.Sprintf("s3://%s is in %s, and audit.yaml says %s", a.Bucket, in, a.Region), Hint: "write archive.region: " + in + ", if that is where packs are to be kept"}
	}
	versioning, err := a.S3.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &a.Bucket, ExpectedBucketOwner: a.owner()})
	if err != nil {
		return time.Time{}, a.fault(ctx, "s3:GetBucketVersioning", "", err)
	}
	if versioning.Status != "Enabled" {
		return time.Time{}, &Error{Reason: fmt.Sprintf("s3://%s keeps no versions (versioning is %s): what is put there could be overwritten", a.Bucket, cmp.Or(strings.ToLower(string(versioning.Status)), "off")),
			Hint: lockHint}
	}
	lock, err := a.S3.GetObjectLockConfiguration(ctx, &s3.GetObjectLockConfigurationInput{Bucket: &a.Bucket, ExpectedBucketOwner: a.owner()})
	if code(err) == "ObjectLockConfigurationNotFoundError" {
		return time.Time{}, &Error{Reason: fmt.Sprintf("s3://%s has Object Lock off: what is put there could be deleted", a.Bucket), Hint: lockHint}
	}
	if err != nil {
		return time.Time{}, a.fault(ctx, "s3:GetBucketObjectLockConfiguration", "", err)
	}
	if c := lock.ObjectLockConfiguration; c == nil || c.ObjectLockEnabled != "Enabled" {
		return time.Time{}, &Error{Reason: fmt.Sprintf("s3://%s does not say that its Object Lock is on: what is put there could be deleted", a.Bucket), Hint: lockHint}
	}
	return a.date(lock.ResultMetadata), nil
}

const lockHint = "turn versioning and Object Lock on for the bucket, or name one that has them; nothing was written"

// Probe asks S3 whether a pack of the period may be written, without writing one: it begins an upload in parts with the same lock and key, and
// gives it up. So a role that lacks a right is known before a quarter is collected.
func (a *Archive) Probe(ctx context.Context, p evidence.Period) error {
	at, err := a.Check(ctx)
	if err != nil {
		return err
	}
	o := a.object(a.PackKey(p), at)
	id, err := a.begin(ctx, o)
	if err != nil {
		return err
	}
	return a.abort(ctx, o.key, id)
}

// Locate asks S3 which region the bucket is in. Whichever region is asked, and whether or not it allows the question, it answers with that.
func (a *Archive) Locate(ctx context.Context) (string, error) {
	const header = "X-Amz-Bucket-Region"
	out, err := a.S3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &a.Bucket, ExpectedBucketOwner: a.owner()})
	if err == nil && aws.ToString(out.BucketRegion) != "" {
		return *out.BucketRegion, nil
	}
	var answer *smithyhttp.ResponseError
	if errors.As(err, &answer) && answer.Response != nil && answer.Response.Header.Get(header) != "" && answer.HTTPStatusCode() != http.StatusNotFound {
		return answer.Response.Header.Get(header), nil
	}
	// S3 always says; servers that are none of AWS's need not.
	if s := status(err); err == nil || s == http.StatusBadRequest || s == http.StatusMovedPermanently {
		return "", &Error{Reason: fmt.Sprintf("s3://%s: the server does not say which region the bucket is in", a.Bucket), Hint: "give it with --region"}
	}
	return "", a.fault(ctx, "s3:ListBucket", "", err)
}
