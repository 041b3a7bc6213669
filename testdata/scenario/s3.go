package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// S3 is what an account has there.
type S3 struct {
	// Block is nil where the account has no public access block.
	Block *PublicBlock
	// BlockHistory is what it was before, oldest first, the present one included where there is a history. Empty means as it is, ever since.
	BlockHistory []BlockChange
	Buckets      []Bucket
	AccessPoints []AccessPoint
	MultiRegion  []MultiRegionAccessPoint
}

// A BlockChange is what an account blocked from a moment on; nil is nothing.
type BlockChange struct {
	At    time.Time
	Block *PublicBlock
}

// A PublicBlock is a public access block.
type PublicBlock struct{ ACLs, Ignore, Policy, Restrict bool }

// A Bucket is one of an account's buckets; it may stand in a region that the account's declaration does not hold.
type Bucket struct {
	Name, Region string
	Created      time.Time
	Block        *PublicBlock
	// Policy is empty where there is none; Public is AWS's verdict on it.
	Policy string
	Public bool
	// Grants are beside the owner's own.
	Grants []BucketGrant
	// Ownership is BucketOwnerEnforced where empty, and "none" where there are no controls.
	Ownership string
	// Algorithm is AES256 where empty.
	Algorithm, KMSKey string
	BucketKey         bool
	Refused           []string
	// Versioning and MFADelete are empty where they were never set.
	Versioning, MFADelete string
	Lock                  *BucketLock
	LogTo, LogPrefix      string
	// Expire are the days of a lifecycle rule, a negative number for one that is disabled.
	Expire   []int
	Replicas []string
	Tags     []Tag
	// Denied are operations that the bucket's policy keeps the audit role from.
	Denied []string
	// History is what AWS Config saw of it, oldest first. Empty means the bucket as it stands, since it was created.
	History []BucketChange
	// Gone says that it no longer exists: S3 does not know it, Config's history does.
	Gone bool
}

// A BucketGrant is a grant of an ACL: a group by the end of its URI, or a canonical user's id.
type BucketGrant struct{ Group, User, Permission string }

// A BucketLock is Object Lock with a default retention, if it has a mode.
type BucketLock struct {
	Mode        string
	Days, Years int
}

func s3Service() service {
	list := map[string]handler{"ListBuckets": listBuckets, "GetBucketPolicy": bucketPolicy, "ListObjectsV2": listObjects, "GetObject": getObject}
	for op, of := range map[string]func(*query, *Bucket) (any, *Failure){
		"GetPublicAccessBlock": bucketBlock, "GetBucketPolicyStatus": bucketPolicyStatus, "GetBucketAcl": bucketACL, "GetBucketOwnershipControls": bucketOwnership,
		"GetBucketEncryption": bucketEncryption, "GetBucketVersioning": bucketVersioning, "GetObjectLockConfiguration": bucketLock, "GetBucketLogging": bucketLogging,
		"GetBucketLifecycleConfiguration": bucketLifecycle, "GetBucketReplication": bucketReplication, "GetBucketTagging": bucketTagging,
	} {
		list[op] = func(q *query) (any, *Failure) {
			b, f := q.wantBucket()
			if f != nil {
				return nil, f
			}
			return of(q, b)
		}
	}
	return service{name: "s3", protocol: restXML, namespace: "http://s3.amazonaws.com/doc/2006-03-01/", tokens: map[string]string{"ListBuckets": "ContinuationToken", "ListObjectsV2": "NextContinuationToken"},
		operations: list, denied: s3Denied,
		routes: map[string]string{
			"GET /": "ListBuckets", "GET /{Bucket}?publicAccessBlock": "GetPublicAccessBlock", "GET /{Bucket}?policyStatus": "GetBucketPolicyStatus",
			"GET /{Bucket}?policy": "GetBucketPolicy", "GET /{Bucket}?acl": "GetBucketAcl", "GET /{Bucket}?ownershipControls": "GetBucketOwnershipControls",
			"GET /{Bucket}?encryption": "GetBucketEncryption", "GET /{Bucket}?versioning": "GetBucketVersioning", "GET /{Bucket}?object-lock": "GetObjectLockConfiguration",
			"GET /{Bucket}?logging": "GetBucketLogging", "GET /{Bucket}?lifecycle": "GetBucketLifecycleConfiguration", "GET /{Bucket}?replication": "GetBucketReplication",
			"GET /{Bucket}?tagging": "GetBucketTagging", "GET /{Bucket}?list-type": "ListObjectsV2", "GET /{Bucket}/{Key+}": "GetObject",
		},
	}
}

func s3Denied(q *query) *Failure {
	resource := "arn:aws:s3:" + q.Region + ":" + q.Account + ":*"
	if b := q.str("Bucket"); b != "" {
		resource = "arn:aws:s3:::" + b
	}
	return &Failure{Status: 403, Code: "AccessDenied", Message: fmt.Sprintf(`User: %s is not authorized to perform: s3:%s on resource: "%s" because no identity-based policy allows the s3:%[2]s action`,
		q.caller(), q.Operation, resource)}
}

// s3 is what the calling account has, never nil.
func (q *query) s3() *S3 {
	if a := q.account(); a != nil && a.S3 != nil {
		return a.S3
	}
	return &S3{}
}

func gone(code, message string) *Failure { return &Failure{Status: 404, Code: code, Message: message} }

// wantBucket finds the request's bucket, asked in its own region by or for its owner.
func (q *query) wantBucket() (*Bucket, *Failure) {
	name := q.str("Bucket")
	for _, a := range q.s.cfg.Organization.Accounts {
		if a.S3 == nil {
			continue
		}
		for i := range a.S3.Buckets {
			b := &a.S3.Buckets[i]
			switch owner := q.RequestHeader.Get("X-Amz-Expected-Bucket-Owner"); {
			case b.Name != name || b.Gone:
				continue
			case a.ID != q.Account, owner != "" && owner != a.ID:
				return nil, &Failure{Status: 403, Code: "AccessDenied", Message: "Access Denied"}
			case b.Region != q.Region:
				return nil, &Failure{Status: 301, Code: "PermanentRedirect", Message: "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
					More: []X{E("Endpoint", b.Name+".s3."+b.Region+".amazonaws.com"), E("Bucket", b.Name)}}
			case slices.Contains(b.Denied, q.Operation):
				f := s3Denied(q)
				f.Message = strings.Replace(f.Message, "because no identity-based policy allows the s3:"+q.Operation+" action", "with an explicit deny in a resource-based policy", 1)
				return nil, f
			}
			return b, nil
		}
	}
	return nil, &Failure{Status: 404, Code: "NoSuchBucket", Message: "The specified bucket does not exist", More: []X{E("BucketName", name)}}
}

// canonical is the account's canonical user id.
func canonical(account string) string { return hexID(64, "canonical", account) }

var bucketPages = paging{limit: "max-buckets", token: "continuation-token", standard: 10000, most: 10000, badToken: "InvalidArgument", badLimit: "InvalidArgument"}

func listBuckets(q *query) (any, *Failure) {
	all := slices.DeleteFunc(slices.Clone(q.s3().Buckets), func(b Bucket) bool { return b.Gone })
	if r := q.str("bucket-region"); r != "" {
		all = slices.DeleteFunc(all, func(b Bucket) bool { return b.Region != r })
	}
	slices.SortFunc(all, func(a, b Bucket) int { return cmp.Compare(a.Name, b.Name) })
	from, to, next, f := q.page(bucketPages, len(all))
	if f != nil {
		return nil, f
	}
	paged := q.Query.Has("max-buckets") || q.Query.Has("continuation-token")
	list := E("Buckets")
	for _, b := range all[from:to] {
		x := E("Bucket", E("Name", b.Name), E("CreationDate", iso(b.Created)))
		if paged {
			x.In = append(x.In, E("BucketRegion", b.Region), E("BucketArn", "arn:aws:s3:::"+b.Name))
		}
		list.In = append(list.In, x)
	}
	return E("ListAllMyBucketsResult", E("Owner", E("ID", canonical(q.Account))), list, Text("ContinuationToken", next)), nil
}

func blockXML(name string, p PublicBlock) X {
	return E(name, E("BlockPublicAcls", fmt.Sprint(p.ACLs)), E("IgnorePublicAcls", fmt.Sprint(p.Ignore)), E("BlockPublicPolicy", fmt.Sprint(p.Policy)), E("RestrictPublicBuckets", fmt.Sprint(p.Restrict)))
}

func bucketBlock(_ *query, b *Bucket) (any, *Failure) {
	if b.Block == nil {
		return nil, gone("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found")
	}
	return blockXML("PublicAccessBlockConfiguration", *b.Block), nil
}

func bucketPolicy(q *query) (any, *Failure) {
	b, f := q.wantBucket()
	if f != nil {
		return nil, f
	}
	if b.Policy == "" {
		return nil, gone("NoSuchBucketPolicy", "The bucket policy does not exist")
	}
	return Raw(b.Policy), nil
}

func bucketPolicyStatus(_ *query, b *Bucket) (any, *Failure) {
	if b.Policy == "" {
		return nil, gone("NoSuchBucketPolicy", "The bucket policy does not exist")
	}
	return E("PolicyStatus", E("IsPublic", fmt.Sprint(b.Public))), nil
}

func bucketACL(q *query, b *Bucket) (any, *Failure) {
	list := E("AccessControlList")
	for _, g := range append([]BucketGrant{{User: canonical(q.Account), Permission: "FULL_CONTROL"}}, b.Grants...) {
		const xsi = `Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type=`
		who := E(xsi+`"CanonicalUser"`, E("ID", g.User))
		if g.Group != "" {
			who = E(xsi+`"Group"`, E("URI", "http://acs.amazonaws.com/groups/"+g.Group))
		}
		list.In = append(list.In, E("Grant", who, E("Permission", g.Permission)))
	}
	return E("AccessControlPolicy", E("Owner", E("ID", canonical(q.Account))), list), nil
}

func bucketOwnership(_ *query, b *Bucket) (any, *Failure) {
	if b.Ownership == "none" {
		return nil, gone("OwnershipControlsNotFoundError", "The bucket ownership controls were not found")
	}
	return E("OwnershipControls", E("Rule", E("ObjectOwnership", cmp.Or(b.Ownership, "BucketOwnerEnforced")))), nil
}

func bucketEncryption(_ *query, b *Bucket) (any, *Failure) {
	rule := E("Rule", E("ApplyServerSideEncryptionByDefault", E("SSEAlgorithm", cmp.Or(b.Algorithm, "AES256")), Text("KMSMasterKeyID", b.KMSKey)), E("BucketKeyEnabled", fmt.Sprint(b.BucketKey)))
	if len(b.Refused) > 0 {
		x := E("BlockedEncryptionTypes")
		for _, t := range b.Refused {
			x.In = append(x.In, E("EncryptionType", t))
		}
		rule.In = append(rule.In, x)
	}
	return E("ServerSideEncryptionConfiguration", rule), nil
}

func bucketVersioning(_ *query, b *Bucket) (any, *Failure) {
	return E("VersioningConfiguration", Text("Status", b.Versioning), Text("MfaDelete", b.MFADelete)), nil
}

func bucketLock(_ *query, b *Bucket) (any, *Failure) {
	if b.Lock == nil {
		return nil, gone("ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket")
	}
	x := E("ObjectLockConfiguration", E("ObjectLockEnabled", "Enabled"))
	if b.Lock.Mode != "" {
		keep := E("DefaultRetention", E("Mode", b.Lock.Mode))
		if b.Lock.Years > 0 {
			keep.In = append(keep.In, E("Years", fmt.Sprint(b.Lock.Years)))
		} else {
			keep.In = append(keep.In, E("Days", fmt.Sprint(b.Lock.Days)))
		}
		x.In = append(x.In, E("Rule", keep))
	}
	return x, nil
}

func bucketLogging(_ *query, b *Bucket) (any, *Failure) {
	if b.LogTo == "" {
		return E("BucketLoggingStatus"), nil
	}
	return E("BucketLoggingStatus", E("LoggingEnabled", E("TargetBucket", b.LogTo), E("TargetPrefix", b.LogPrefix))), nil
}

func enabled(yes bool) string {
	if yes {
		return "Enabled"
	}
	return "Disabled"
}

func bucketLifecycle(_ *query, b *Bucket) (any, *Failure) {
	if len(b.Expire) == 0 {
		return nil, gone("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist")
	}
	x := E("LifecycleConfiguration")
	for i, days := range b.Expire {
		x.In = append(x.In, E("Rule", E("ID", fmt.Sprintf("expire-%d", i+1)), E("Filter", E("Prefix")), E("Status", enabled(days > 0)), E("Expiration", E("Days", fmt.Sprint(max(days, -days))))))
	}
	return x, nil
}

func bucketReplication(q *query, b *Bucket) (any, *Failure) {
	if len(b.Replicas) == 0 {
		return nil, gone("ReplicationConfigurationNotFoundError", "The replication configuration was not found")
	}
	x := E("ReplicationConfiguration", E("Role", "arn:aws:iam::"+q.Account+":role/s3-replication"))
	for i, to := range b.Replicas {
		x.In = append(x.In, E("Rule", E("ID", fmt.Sprintf("copy-%d", i+1)), E("Priority", fmt.Sprint(i)), E("Status", "Enabled"), E("DeleteMarkerReplication", E("Status", "Disabled")),
			E("Filter", E("Prefix")), E("Destination", E("Bucket", "arn:aws:s3:::"+to))))
	}
	return x, nil
}

func bucketTagging(_ *query, b *Bucket) (any, *Failure) {
	if len(b.Tags) == 0 {
		return nil, gone("NoSuchTagSet", "The TagSet does not exist")
	}
	set := E("TagSet")
	for _, t := range b.Tags {
		set.In = append(set.In, E("Tag", E("Key", t.Key), E("Value", t.Value)))
	}
	return E("Tagging", set), nil
}
