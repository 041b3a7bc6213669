package s3

import (
	"context"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
)

// asked are the fields of a bucket that are read from the bucket itself.
var asked = []string{"public_access_block", "effective", "policy_public", "policy", "tls_only", "log_sources", "acl", "ownership", "acls_disabled", "encryption",
	"versioning", "object_lock", "logging", "lifecycle", "replication", "tags"}

// buckets reads every bucket.
func (r *reader) buckets(ctx context.Context) error {
	var broken error
	if err := cell.Ordered(ctx, r.listed(ctx, &broken), r.bucket, func(b *Bucket) error { return r.c.Emit(b) }); err != nil {
		return err
	}
	if broken != nil {
		r.c.Incomplete(broken, "s3.bucket")
	}
	return nil
}

// listedBucket is one entry of ListBuckets and the page it stood on.
type listedBucket struct {
	types.Bucket
	page middleware.Metadata
}

// listed gives the buckets as they are listed; broken is set where the list is not whole. Only a list that is asked for in pages
// tells the regions.
func (r *reader) listed(ctx context.Context, broken *error) iter.Seq[listedBucket] {
	return func(yield func(listedBucket) bool) {
		seen := r.c.Once("s3.bucket")
		p := s3.NewListBucketsPaginator(r.in(r.c.Region), &s3.ListBucketsInput{MaxBuckets: aws.Int32(10000)})
		for p.HasMorePages() {
			page, err := p.NextPage(ctx)
			if err != nil {
				*broken = err
				return
			}
			nameless := false
			for _, b := range page.Buckets {
				if aws.ToString(b.Name) == "" {
					nameless = true
					continue
				}
				if seen.First(*b.Name, page.ResultMetadata) && !yield(listedBucket{b, page.ResultMetadata}) {
					return
				}
			}
			if nameless {
				r.c.Half(page.ResultMetadata, listBuckets, "MissingMember", "a bucket was listed without its name", nil, nil, "s3.bucket")
			}
		}
	}
}

// bucketReader is one bucket being read.
type bucketReader struct {
	rec         *Bucket
	s3          *s3.Client
	name, owner *string
}

// bucket asks everything about one bucket, in its own region.
func (r *reader) bucket(ctx context.Context, l listedBucket) *Bucket {
	id := aws.ToString(l.BucketArn)
	if id == "" {
		id = "arn:" + r.c.Partition + ":s3:::" + *l.Name
	}
	rec := &Bucket{Meta: r.c.Meta(id), Name: *l.Name, Created: cell.UTC(l.CreationDate)}
	r.c.Read(&rec.Meta, l.page)
	region := aws.ToString(l.BucketRegion)
	if region == "" {
		r.c.Half(l.page, listBuckets, "MissingMember", "the bucket was listed without its region, so it is not known whom to ask about it", &rec.Meta, append([]string{"in_scope"}, asked...))
		return rec
	}
	rec.Region = region
	if rec.InScope = r.c.InScope(region); !rec.InScope {
		return rec
	}
	// The owner guards against a bucket of that name that is somebody else's by now.
	b := &bucketReader{rec: rec, s3: r.in(region), name: l.Name, owner: &r.c.Account}
	own := r.bucketBlock(ctx, b)
	rec.Effective = effective(&rec.Meta, own, r.account)
	r.policies(ctx, b)
	r.ownership(ctx, b)
	r.encryption(ctx, b)
	r.versioning(ctx, b)
	r.objectLock(ctx, b)
	r.logging(ctx, b)
	r.lifecycle(ctx, b)
	r.replication(ctx, b)
	r.tags(ctx, b)
	return rec
}
