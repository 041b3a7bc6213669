package configdelivery

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
)

// A folder is what was delivered for a place on one day.
type folder struct {
	day time.Time
	// files are those that may be read; any says that something was delivered, read or not.
	files []delivered
	any   bool
	errs  []error
}

// list lists a prefix to its end; each is called for every object, prefixes for every common prefix. The first error ends it.
func (r *reader) list(ctx context.Context, prefix, delimiter string, object func(key string, size int64, modified *time.Time, md middleware.Metadata), folder func(string)) error {
	in := &s3.ListObjectsV2Input{Bucket: &r.c.Scope.Delivery.Bucket, Prefix: &prefix, MaxKeys: aws.Int32(1000)}
	if delimiter != "" {
		in.Delimiter = &delimiter
	}
	last := ""
	for {
		out, err := r.api.ListObjectsV2(ctx, in)
		if err != nil {
			return err
		}
		md := out.ResultMetadata
		switch n := len(out.Contents) + len(out.CommonPrefixes); {
		case out.IsTruncated == nil:
			return half(md, listObjects, "MissingMember", "S3 says not whether the list of %q ends there", prefix)
		case out.KeyCount != nil && int(*out.KeyCount) != n:
			return half(md, listObjects, "HalfPage", "S3 counts %d keys in a page of %q that has %d", *out.KeyCount, prefix, n)
		case aws.ToString(out.Prefix) != prefix && out.Prefix != nil:
			return half(md, listObjects, "AnotherList", "S3 was asked for the keys of %q, and answers with those of %q", prefix, *out.Prefix)
		}
		for _, x := range out.Contents {
			key := aws.ToString(x.Key)
			switch {
			case !strings.HasPrefix(key, prefix):
				return half(md, listObjects, "AnotherList", "S3 was asked for the keys of %q, and names %q", prefix, key)
			case key <= last && last != "":
				return half(md, listObjects, "Unordered", "S3 lists keys in their order, each once, and names %q behind %q", key, last)
			case x.Size == nil:
				return half(md, listObjects, "MissingMember", "S3 tells not the size of %q", key)
			}
			last = key
			object(key, *x.Size, x.LastModified, md)
		}
		for _, x := range out.CommonPrefixes {
			folder(aws.ToString(x.Prefix))
		}
		if !*out.IsTruncated {
			return nil
		}
		if aws.ToString(out.NextContinuationToken) == "" {
			return half(md, listObjects, "MissingMember", "S3 says that the list of %q goes on, and not where", prefix)
		}
		in.ContinuationToken = out.NextContinuationToken
	}
}

// listed finds the regions for which something was delivered of an account.
func (r *reader) listed(ctx context.Context, account string) ([]string, error) {
	root := r.root(account, "")
	var out []string
	err := r.list(ctx, root, "/", func(string, int64, *time.Time, middleware.Metadata) {}, func(p string) {
		if region := strings.TrimSuffix(strings.TrimPrefix(p, root), "/"); region != global && !slices.Contains(out, region) {
			out = append(out, region)
		}
	})
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		// Which regions there are is not known, so that no place of the account is.
		r.fail(err, account+"/*")
	}
	return out, nil
}

// day lists what was delivered for a place on a day.
func (r *reader) day(ctx context.Context, account, region string, day time.Time) folder {
	f := folder{day: day}
	prefix := r.root(account, region) + dayOf(day)
	err := r.list(ctx, prefix, "", func(key string, size int64, modified *time.Time, md middleware.Metadata) {
		f.any = true
		d := delivered{key: key, size: size, modified: cell.UTC(modified), listed: md}
		switch wanted, err := r.parse(account, region, strings.TrimPrefix(key, prefix), &d); {
		case err != nil:
			if len(f.errs) == 0 { // one such key is enough for a day
				f.errs = append(f.errs, half(md, listObjects, "UnknownKey", "%v", err))
			}
		case wanted:
			f.files = append(f.files, d)
		}
	}, nil)
	if err != nil {
		f.errs = append(f.errs, err)
	}
	return f
}

// days lists the days from one to another, both included, in their order.
func (r *reader) days(ctx context.Context, account, region string, from, to time.Time, each func(folder)) error {
	seq := func(yield func(time.Time) bool) {
		for d := from; !d.After(to); d = d.AddDate(0, 0, 1) {
			if !yield(d) {
				return
			}
		}
	}
	return cell.Ordered(ctx, seq, func(ctx context.Context, d time.Time) folder { return r.day(ctx, account, region, d) }, func(f folder) error {
		for _, err := range f.errs {
			r.fail(err, account+"/"+region)
		}
		each(f)
		return nil
	})
}

func midnight(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// place reads what was delivered for one account and region.
func (r *reader) place(ctx context.Context, account, region string) error {
	var all []folder
	// Back from the period's first day to the last snapshot before it.
	from, first := r.c.Period.From.UTC(), midnight(r.c.Period.From)
	var start time.Time
	for n := 0; n <= lookBack && start.IsZero(); n++ {
		if region == global && n > 3 {
			break // there are no snapshots of it
		}
		if err := r.days(ctx, account, region, first.AddDate(0, 0, -n), first.AddDate(0, 0, -n), func(f folder) {
			all = append(all, f)
			for _, d := range f.files {
				if d.sort == snapshot && !d.at.After(from) && d.at.After(start) {
					start = d.at
				}
			}
		}); err != nil {
			return err
		}
	}
	slices.Reverse(all)
	last := midnight(r.c.Period.To.Add(-time.Nanosecond)).AddDate(0, 0, lookOn)
	if now := midnight(r.c.Scope.AsOf); now.Before(last) {
		last = now
	}
	if err := r.days(ctx, account, region, first.AddDate(0, 0, 1), last, func(f folder) { all = append(all, f) }); err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(f folder) bool { return len(f.errs) > 0 }) {
		return nil // all of the place's past is unread already, and which snapshots count is not known
	}
	return r.read(ctx, account, region, all, start)
}
