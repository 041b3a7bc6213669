// Package s3 reads how S3 is configured: the public access block of the account, every bucket with its settings, and the access
// points.
//
// Buckets are listed once an account, and each is asked in its own region. A bucket in a region that the audit does not read is a
// record that says so, and nothing else is asked of it. What AWS answers with a 404 of its own name (no policy, no public access
// block) is an answer; a refusal leaves exactly that bucket's fields unknown.
//
// It does not read directory buckets (S3 Express One Zone), table buckets and vector buckets: they are not among the buckets that AWS
// lists here, and they always block public access. It never reads an object.
package s3

import (
	"context"
	"net/url"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	endpoints "github.com/aws/smithy-go/endpoints"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// Collector reads S3.
type Collector struct{}

func (Collector) Name() string { return "s3" }
func (Collector) Doc() string {
	return "S3 buckets with their public access block, policy, ACL, encryption, versioning, Object Lock and logging; access points; the account's public access block."
}
func (Collector) Reach() evidence.Reach { return evidence.EveryAccount }

// pace is our own: AWS publishes no rate for reading the configuration of buckets, and says that S3 as a whole takes thousands of
// requests a second. At 25 a second for each operation an account with AWS's default quota of 10,000 buckets takes seven minutes.
const pace = 25

// bucketRead is an operation that is asked once for each bucket.
func bucketRead(name, action, member string) evidence.Operation {
	return evidence.Operation{Service: "s3", API: s3.ServiceID, Name: name, Action: "s3:" + action, Member: member, Pace: pace, Each: "s3.bucket",
		Price: 0.4, PriceSource: prices}
}

// prices is where AWS says what it charges for a million requests: 5 dollars for lists and 40 cents for others, in most regions.
const prices = "https://aws.amazon.com/s3/pricing/"

func control(name, action, member string) evidence.Operation {
	return evidence.Operation{Service: "s3-control", API: s3control.ServiceID, Name: name, Action: "s3:" + action, Member: member}
}

var (
	getAccessPoint                        = each(control("GetAccessPoint", "GetAccessPoint", "Name"), "s3.access_point")
	getAccessPointPolicyStatus            = each(control("GetAccessPointPolicyStatus", "GetAccessPointPolicyStatus", "PolicyStatus"), "s3.access_point")
	getMultiRegionAccessPointPolicyStatus = each(control("GetMultiRegionAccessPointPolicyStatus", "GetMultiRegionAccessPointPolicyStatus", "Established"), "s3.multi_region_access_point")
	getAccountPublicAccessBlock           = control("GetPublicAccessBlock", "GetAccountPublicAccessBlock", "PublicAccessBlockConfiguration")
	listAccessPoints                      = lists(control("ListAccessPoints", "ListAccessPoints", "AccessPointList"), "s3.access_point", 1000)
	listMultiRegionAccessPoints           = lists(control("ListMultiRegionAccessPoints", "ListMultiRegionAccessPoints", "AccessPoints"), "s3.multi_region_access_point", 0)

	getBucketACL               = named(bucketRead("GetBucketAcl", "GetBucketAcl", "Grants"))
	getBucketEncryption        = bucketRead("GetBucketEncryption", "GetEncryptionConfiguration", "ServerSideEncryptionConfiguration")
	getBucketLifecycle         = bucketRead("GetBucketLifecycleConfiguration", "GetLifecycleConfiguration", "Rules")
	getBucketLogging           = silent(bucketRead("GetBucketLogging", "GetBucketLogging", ""), "BucketLoggingStatus", "a root element with nothing inside says that logging is off")
	getBucketOwnershipControls = bucketRead("GetBucketOwnershipControls", "GetBucketOwnershipControls", "OwnershipControls")
	getBucketPolicy            = passwords(bucketRead("GetBucketPolicy", "GetBucketPolicy", "Policy"))
	getBucketPolicyStatus      = bucketRead("GetBucketPolicyStatus", "GetBucketPolicyStatus", "PolicyStatus")
	getBucketReplication       = bucketRead("GetBucketReplication", "GetReplicationConfiguration", "ReplicationConfiguration")
	getBucketTagging           = bucketRead("GetBucketTagging", "GetBucketTagging", "TagSet")
	getBucketVersioning        = silent(bucketRead("GetBucketVersioning", "GetBucketVersioning", ""), "VersioningConfiguration", "a root element with nothing inside says that versioning was never enabled")
	getObjectLockConfiguration = bucketRead("GetObjectLockConfiguration", "GetBucketObjectLockConfiguration", "ObjectLockConfiguration")
	getPublicAccessBlock       = bucketRead("GetPublicAccessBlock", "GetBucketPublicAccessBlock", "PublicAccessBlockConfiguration")
	listBuckets                = named(lists(evidence.Operation{Service: "s3", API: s3.ServiceID, Name: "ListBuckets", Action: "s3:ListAllMyBuckets", Member: "Buckets", Price: 5, PriceSource: prices}, "s3.bucket", 10000))
)

// named marks an answer that names the owner, and in ACLs whoever has a grant; where AWS still does, that is part of a mail address.
func named(op evidence.Operation) evidence.Operation {
	op.Identity = []string{"DisplayName", "EmailAddress"}
	return op
}

// passwords marks a policy. The keys of its conditions are its members, and of two of them the values often are secrets: a bucket that serves
// a website knows CloudFront by the Referer or User-Agent it sends. IAM takes every spelling, and these are the usual ones.
func passwords(op evidence.Operation) evidence.Operation {
	op.Secrets = []string{"aws:Referer", "aws:referer", "AWS:Referer", "aws:UserAgent", "aws:userAgent", "aws:useragent", "aws:Useragent", "AWS:UserAgent"}
	return op
}

// secretConditions are the same two keys; a policy that comes in a configuration item is redacted here, for it comes as text.
var secretConditions = []string{"aws:Referer", "aws:UserAgent"}

func each(op evidence.Operation, kind string) evidence.Operation {
	op.Each = kind
	return op
}

func lists(op evidence.Operation, kind string, page int) evidence.Operation {
	op.Lists, op.Page = kind, page
	return op
}

func silent(op evidence.Operation, root, why string) evidence.Operation {
	op.Root, op.MayLack = root, why
	return op
}

func (Collector) Operations() []evidence.Operation {
	return []evidence.Operation{
		getAccessPoint, getAccessPointPolicyStatus, getMultiRegionAccessPointPolicyStatus, getAccountPublicAccessBlock, listAccessPoints, listMultiRegionAccessPoints,
		getBucketACL, getBucketEncryption, getBucketLifecycle, getBucketLogging, getBucketOwnershipControls, getBucketPolicy, getBucketPolicyStatus,
		getBucketReplication, getBucketTagging, getBucketVersioning, getObjectLockConfiguration, getPublicAccessBlock, listBuckets,
	}
}

func (Collector) Kinds() []evidence.Kind {
	return []evidence.Kind{
		evidence.KindOf[AccessPoint]("The access points in the regions in scope, those to FSx volumes included; those of directory buckets are not listed."),
		evidence.KindOf[Account]("One record an account: what S3 blocks for all of it."),
		evidence.KindOf[Bucket]("Every general purpose bucket of the account, in whichever region. Directory, table and vector buckets are not listed."),
		evidence.KindOf[MultiRegionAccessPoint]("The Multi-Region Access Points of the account."),
	}
}

// Collect reads the account's block, which each bucket's effective block needs, then the buckets, then the access points.
func (Collector) Collect(ctx context.Context, c *cell.Cell) error {
	r := &reader{c: c, clients: map[string]*s3.Client{}}
	for _, read := range []func(context.Context) error{r.accountBlock, r.buckets, r.accessPoints, r.multiRegionAccessPoints} {
		if err := read(ctx); err != nil {
			return err
		}
	}
	return nil
}

// reader is one cell at work.
type reader struct {
	c *cell.Cell
	// account is what the account blocks, with why the rest of it is not known.
	account level

	mu      sync.Mutex
	clients map[string]*s3.Client // by region
}

// in gives the client that asks a region.
func (r *reader) in(region string) *s3.Client {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.clients[region] == nil {
		r.clients[region] = s3.NewFromConfig(r.c.Config, func(o *s3.Options) {
			o.Region = region
			// Sessions are for directory buckets, and would be a call that nobody declared.
			o.DisableS3ExpressSessionAuth = ptr(true)
			// An endpoint of one's own has no names below it.
			o.UsePathStyle = o.BaseEndpoint != nil
		})
	}
	return r.clients[region]
}

// control gives the client of S3 Control that asks a region.
func (r *reader) control(region string) *s3control.Client {
	return s3control.NewFromConfig(r.c.Config, func(o *s3control.Options) {
		o.Region = region
		if o.BaseEndpoint != nil {
			o.EndpointResolverV2 = own{*o.BaseEndpoint}
			o.APIOptions = append(o.APIOptions, withoutPrefix)
		}
	})
}

// own is an endpoint of one's own, which has no account ids as names below it: the SDK's own rules, and then each operation, would put
// one there.
type own struct{ base string }

func (e own) ResolveEndpoint(context.Context, s3control.EndpointParameters) (endpoints.Endpoint, error) {
	u, err := url.Parse(e.base)
	if err != nil {
		return endpoints.Endpoint{}, err
	}
	return endpoints.Endpoint{URI: *u}, nil
}

func withoutPrefix(s *middleware.Stack) error {
	return s.Initialize.Add(middleware.InitializeMiddlewareFunc("AuditsealWithoutPrefix",
		func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
		}), middleware.Before)
}

func ptr[T any](v T) *T { return &v }
