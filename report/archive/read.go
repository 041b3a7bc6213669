package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// goOn is how often reading goes on after a cut without a byte more.
const goOn = 5

// got is what S3 said of an object that was read.
type got struct {
	id   string
	size int64
	kms  string
	at   time.Time // LastModified
	date time.Time
}

// stream reads one version whole into w. Where the connection is cut it goes on at the same byte of the same version. An empty version is
// whatever stands under the key.
func (a *Archive) stream(ctx context.Context, key, id string, w io.Writer) (*got, error) {
	var g *got
	var read int64
	for tries := 0; ; {
		in := &s3.GetObjectInput{Bucket: &a.Bucket, Key: &key, VersionId: nonEmpty(id), ExpectedBucketOwner: a.owner()}
		if read > 0 {
			in.Range = aws.String(fmt.Sprintf("bytes=%d-", read))
		}
		out, err := a.S3.GetObject(ctx, in)
		if err != nil {
			return nil, a.fault(ctx, "s3:GetObjectVersion", key, err)
		}
		if g == nil {
			g = &got{id: aws.ToString(out.VersionId), size: aws.ToInt64(out.ContentLength), at: aws.ToTime(out.LastModified).UTC(), date: a.date(out.ResultMetadata)}
			if out.ServerSideEncryption == types.ServerSideEncryptionAwsKms || out.ServerSideEncryption == types.ServerSideEncryptionAwsKmsDsse {
				g.kms = aws.ToString(out.SSEKMSKeyId)
			}
			id = g.id
		} else if want := fmt.Sprintf("bytes %d-%d/%d", read, g.size-1, g.size); aws.ToString(out.ContentRange) != want || aws.ToString(out.VersionId) != id {
			out.Body.Close()
			return nil, &Error{Reason: fmt.Sprintf("%s: reading on at byte %d, S3 gave %q of version %s", a.URL(key), read, aws.ToString(out.ContentRange), aws.ToString(out.VersionId)), Hint: "run the same command again"}
		}
		f := &failing{w: w}
		n, err := io.Copy(f, io.LimitReader(out.Body, g.size-read+1))
		out.Body.Close()
		read += n
		switch {
		case f.err != nil:
			return nil, f.err
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case read == g.size && err == nil:
			return g, nil
		case read > g.size:
			return nil, &Error{Reason: fmt.Sprintf("%s: S3 gave more than the %d bytes that it announced", a.URL(key), g.size)}
		}
		if n > 0 {
			tries = 0
		}
		if tries++; tries > goOn || read == g.size {
			if err == nil {
				err = io.ErrUnexpectedEOF
			}
			return nil, &Error{Reason: fmt.Sprintf("%s: reading it was cut off at byte %d of %d: %v", a.URL(key), read, g.size, err), Hint: "check the network, and run the same command again", Err: err}
		}
	}
}

// failing keeps apart what failed: writing here, or reading from S3.
type failing struct {
	w   io.Writer
	err error
}

func (f *failing) Write(b []byte) (int, error) {
	n, err := f.w.Write(b)
	f.err = err
	return n, err
}

// A Copy is one version of an object, fetched.
type Copy struct {
	Key, VersionID string
	Size           int64
	// Retention is zero where the version is not locked.
	Retention Retention
	// KMSKey is the key of AWS KMS that it is encrypted with, empty where it is none.
	KMSKey string
	// Put is when S3 took it, and At when it answered.
	Put, At time.Time
	// Latest is the version that stands on top, empty where that is a delete marker. Where it is not VersionID, something was put over it.
	Latest string
}

// Fetch reads one version of an object into a writer, and what S3 says of its lock. An empty version is whatever stands on top.
func (a *Archive) Fetch(ctx context.Context, key, id string, to io.Writer) (*Copy, error) {
	g, err := a.stream(ctx, key, id, to)
	if err != nil {
		return nil, err
	}
	c := &Copy{Key: key, VersionID: g.id, Size: g.size, KMSKey: g.kms, Put: g.at, At: g.date}
	if c.Retention, _, err = a.retention(ctx, key, g.id); err != nil {
		// A bucket without Object Lock has no retentions to tell of.
		if status(errors.Unwrap(err)) != 400 && code(errors.Unwrap(err)) != "ObjectLockConfigurationNotFoundError" {
			return nil, err
		}
		c.Retention = Retention{}
	}
	top, err := a.S3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &a.Bucket, Key: &key, ExpectedBucketOwner: a.owner()})
	switch {
	case err == nil:
		c.Latest = aws.ToString(top.VersionId)
	case !isAbsent(err):
		return nil, a.fault(ctx, "s3:GetObject", key, err)
	}
	return c, nil
}

// blockSize is how much ranged reads fetch at once.
const blockSize = 256 << 10

// A ranged reads places of one version, a block at a time, and keeps the last few.
type ranged struct {
	ctx  context.Context
	a    *Archive
	key  string
	id   string
	size int64

	blocks [4]struct {
		n    int64 // 1 + number, 0 where unused
		data []byte
	}
	next int
}

func (r *ranged) ReadAt(p []byte, off int64) (int, error) {
	done := 0
	for done < len(p) {
		if off >= r.size {
			return done, io.EOF
		}
		data, err := r.block(off / blockSize)
		if err != nil {
			return done, err
		}
		n := copy(p[done:], data[off%blockSize:])
		done, off = done+n, off+int64(n)
	}
	return done, nil
}

func (r *ranged) block(n int64) ([]byte, error) {
	for _, b := range r.blocks {
		if b.n == n+1 {
			return b.data, nil
		}
	}
	from, to := n*blockSize, min((n+1)*blockSize, r.size)
	in := &s3.GetObjectInput{Bucket: &r.a.Bucket, Key: &r.key, VersionId: &r.id, ExpectedBucketOwner: r.a.owner(), Range: aws.String(fmt.Sprintf("bytes=%d-%d", from, to-1))}
	var failed error
	for range goOn {
		out, err := r.a.S3.GetObject(r.ctx, in)
		if err != nil {
			return nil, r.a.fault(r.ctx, "s3:GetObjectVersion", r.key, err)
		}
		data := make([]byte, to-from)
		_, failed = io.ReadFull(out.Body, data)
		out.Body.Close()
		if failed == nil {
			b := &r.blocks[r.next]
			r.next = (r.next + 1) % len(r.blocks)
			b.n, b.data = n+1, data
			return data, nil
		}
		if r.ctx.Err() != nil {
			return nil, r.ctx.Err()
		}
	}
	return nil, &Error{Reason: fmt.Sprintf("%s: reading it was cut off: %v", r.a.URL(r.key), failed), Hint: "check the network, and run the same command again", Err: failed}
}
