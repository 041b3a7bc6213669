package archive

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"golang.org/x/sync/errgroup"

	"github.com/auditseal/auditseal/collectors/evidence"
)

const (
	maxParts = 10_000
	partSize = 64 << 20
	// atOnce is how many parts are sent at once, and again how often an upload is begun from the start.
	atOnce = 4
	again  = 3
)

// An uploading is an upload in parts that was begun. It stands beside the ZIP, so that the same command goes on with it: an upload that is
// not written down there is not ours, and is left alone.
type uploading struct {
	Bucket   string          `json:"bucket"`
	Key      string          `json:"key"`
	UploadID string          `json:"upload_id"`
	SHA256   evidence.Digest `json:"sha256"`
	Part     int64           `json:"part_size"`
	// The lock and the key that it was begun with.
	Mode   string    `json:"mode"`
	Until  time.Time `json:"until"`
	KMSKey string    `json:"kms_key,omitempty"`
}

func (a *Archive) partSize(size int64) int64 {
	if a.Part > 0 {
		return a.Part
	}
	const mib = 1 << 20
	return max(partSize, (size/maxParts/mib+1)*mib)
}

// begin starts an upload in parts.
func (a *Archive) begin(ctx context.Context, o *object) (string, error) {
	in := &s3.CreateMultipartUploadInput{Bucket: &a.Bucket, Key: &o.key, ExpectedBucketOwner: a.owner(), ContentType: &o.kind, Metadata: o.meta(),
		ChecksumAlgorithm: types.ChecksumAlgorithmSha256, ChecksumType: types.ChecksumTypeComposite,
		ObjectLockMode: types.ObjectLockMode(a.Mode), ObjectLockRetainUntilDate: &o.until}
	if a.KMSKey != "" {
		in.ServerSideEncryption, in.SSEKMSKeyId, in.BucketKeyEnabled = types.ServerSideEncryptionAwsKms, &a.KMSKey, aws.Bool(true)
	}
	out, err := a.S3.CreateMultipartUpload(ctx, in)
	if err != nil {
		return "", a.fault(ctx, "s3:PutObject", o.key, err)
	}
	return aws.ToString(out.UploadId), nil
}

func (a *Archive) abort(ctx context.Context, key, id string) error {
	_, err := a.S3.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &a.Bucket, Key: &key, UploadId: &id, ExpectedBucketOwner: a.owner()})
	if err != nil && code(err) != "NoSuchUpload" {
		return a.fault(ctx, "s3:AbortMultipartUpload", key, err)
	}
	return nil
}

// inParts sends a large file in parts. Parts that an earlier try sent are kept if S3 has them with the same checksums.
func (a *Archive) inParts(ctx context.Context, o *object, path string) (version, error) {
	state := path + ".upload.json"
	for n := 1; ; n++ {
		up, err := a.resume(ctx, o, state)
		if err != nil {
			return version{}, err
		}
		id, err := a.sendParts(ctx, o, up)
		if err == nil {
			return version{id: id, size: o.size}, os.Remove(state)
		}
		var e *Error
		if errors.As(err, &e) || ctx.Err() != nil { // said already: the parts that are there stay for the next try
			return version{}, err
		}
		// S3 has the object already, or no longer has the upload or one of its parts, or asks for the upload once more.
		v, serr := a.settle(ctx, "s3:PutObject", o, err)
		gone := isConflict(err) || code(err) == "NoSuchUpload" || code(err) == "InvalidPart"
		if serr == nil || gone || isTaken(err) {
			if aerr := a.abort(ctx, o.key, up.UploadID); aerr != nil && serr == nil {
				return version{}, aerr
			}
			if rerr := os.Remove(state); rerr != nil {
				return version{}, rerr
			}
		}
		if serr == nil || !gone || n == again {
			return v, serr
		}
		// It is begun again only where nothing stands under the key: settle looked.
		if e, ok := serr.(*Error); !ok || e.Broken || e.Err != err {
			return v, serr
		}
		a.say("S3 asks for the upload once more (%s)", code(err))
	}
}

// resume takes up the upload that is written down beside the file, or begins one and writes it down. One of ours that will not do, since its
// lock is another or would end too early, is given up.
func (a *Archive) resume(ctx context.Context, o *object, state string) (*uploading, error) {
	raw, err := os.ReadFile(state)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	want := uploading{Bucket: a.Bucket, Key: o.key, SHA256: o.sha, Part: a.partSize(o.size), Mode: a.Mode, Until: o.until, KMSKey: a.KMSKey}
	var have uploading
	if err == nil && json.Unmarshal(raw, &have) == nil && have.Bucket == a.Bucket && have.Key == o.key && have.UploadID != "" {
		same := have
		same.UploadID, same.Until = "", want.Until
		// The date was set when it was begun, from which S3 counts as well. The object is ready later.
		if same == want && !have.Until.Before(want.Until.AddDate(0, 0, -1)) {
			a.say("going on with the upload that was begun")
			o.until = have.Until
			return &have, nil
		}
		if err := a.abort(ctx, o.key, have.UploadID); err != nil {
			return nil, err
		}
	}
	if want.UploadID, err = a.begin(ctx, o); err != nil {
		return nil, err
	}
	b, err := json.Marshal(want)
	if err != nil {
		return nil, err
	}
	return &want, os.WriteFile(state, append(b, '\n'), 0o644)
}

// sendParts sends the parts that S3 has not, and puts them together. What it gives is the version; a plain error is S3's answer to the last step,
// or that it does not know the upload.
func (a *Archive) sendParts(ctx context.Context, o *object, up *uploading) (string, error) {
	have, err := a.parts(ctx, o.key, up.UploadID)
	if err != nil {
		return "", err
	}
	count := (o.size + up.Part - 1) / up.Part
	done := make([]types.CompletedPart, count)
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	kept := 0
	for i := range count {
		n, from := int32(i+1), i*up.Part
		size := min(up.Part, o.size-from)
		sum, err := digestOf(io.NewSectionReader(o.body, from, size))
		if err != nil {
			return "", errors.Join(err, g.Wait())
		}
		if gctx.Err() != nil {
			break
		}
		text := base64.StdEncoding.EncodeToString(sum[:])
		if p, ok := have[n]; ok && aws.ToInt64(p.Size) == size && aws.ToString(p.ChecksumSHA256) == text {
			done[i] = types.CompletedPart{PartNumber: &n, ETag: p.ETag, ChecksumSHA256: &text}
			kept++
			continue
		}
		g.Go(func() error {
			out, err := a.S3.UploadPart(gctx, &s3.UploadPartInput{Bucket: &a.Bucket, Key: &o.key, UploadId: &up.UploadID, PartNumber: &n, ExpectedBucketOwner: a.owner(),
				Body: io.NewSectionReader(o.body, from, size), ContentLength: &size, ChecksumSHA256: &text}, signed(sum))
			switch {
			case code(err) == "NoSuchUpload":
				return err
			case err != nil && isRefused(err):
				return a.refused(ctx, "s3:PutObject", o, err)
			case err != nil:
				return a.fault(ctx, "s3:PutObject", o.key, err)
			}
			done[i] = types.CompletedPart{PartNumber: &n, ETag: out.ETag, ChecksumSHA256: &text}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return "", err
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if kept > 0 {
		a.say("%d of %d parts were there already", kept, count)
	}
	out, err := a.S3.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{Bucket: &a.Bucket, Key: &o.key, UploadId: &up.UploadID, ExpectedBucketOwner: a.owner(),
		IfNoneMatch: aws.String("*"), MpuObjectSize: &o.size, MultipartUpload: &types.CompletedMultipartUpload{Parts: done}})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.VersionId), nil
}

func digestOf(r io.Reader) (evidence.Digest, error) {
	h := sha256.New()
	_, err := io.Copy(h, r)
	return evidence.Digest(h.Sum(nil)), err
}

// parts lists what S3 has of an upload.
func (a *Archive) parts(ctx context.Context, key, id string) (map[int32]types.Part, error) {
	have := map[int32]types.Part{}
	in := &s3.ListPartsInput{Bucket: &a.Bucket, Key: &key, UploadId: &id, ExpectedBucketOwner: a.owner()}
	var markers []string
	for {
		out, err := a.S3.ListParts(ctx, in)
		if code(err) == "NoSuchUpload" {
			return nil, err
		}
		if err != nil {
			return nil, a.fault(ctx, "s3:ListMultipartUploadParts", key, err)
		}
		for _, p := range out.Parts {
			have[aws.ToInt32(p.PartNumber)] = p
		}
		if !aws.ToBool(out.IsTruncated) {
			return have, nil
		}
		next := aws.ToString(out.NextPartNumberMarker)
		if next == "" || slices.Contains(markers, next) {
			return nil, &Error{Reason: fmt.Sprintf("%s: s3:ListMultipartUploadParts: the list of parts never ends", a.URL(key))}
		}
		markers, in.PartNumberMarker = append(markers, next), &next
	}
}
