package s3

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// A Block is the public access block of one level: an account, a bucket or an access point.
type Block struct {
	Configured            bool `json:"configured" cel:"configured" doc:"Whether there is such a setting; where there is none, nothing is blocked at this level."`
	BlockPublicACLs       bool `json:"block_public_acls" cel:"block_public_acls" doc:"Whether new public ACLs are refused."`
	IgnorePublicACLs      bool `json:"ignore_public_acls" cel:"ignore_public_acls" doc:"Whether public ACLs, old and new, have no effect."`
	BlockPublicPolicy     bool `json:"block_public_policy" cel:"block_public_policy" doc:"Whether new public policies are refused."`
	RestrictPublicBuckets bool `json:"restrict_public_buckets" cel:"restrict_public_buckets" doc:"Whether a public policy, old or new, admits AWS services and users of the account only."`
}

func (b *Block) set(configured bool, on [4]bool) {
	*b = Block{configured, on[0], on[1], on[2], on[3]}
}

// Effective is what at least one level blocks.
type Effective struct {
	BlockPublicACLs       bool `json:"block_public_acls" cel:"block_public_acls" doc:"Whether new public ACLs are refused, at whichever level. Unknown only where no level that was read refuses them and another was not read; so are the other three."`
	IgnorePublicACLs      bool `json:"ignore_public_acls" cel:"ignore_public_acls" doc:"Whether public ACLs have no effect, at whichever level."`
	BlockPublicPolicy     bool `json:"block_public_policy" cel:"block_public_policy" doc:"Whether new public policies are refused, at whichever level."`
	RestrictPublicBuckets bool `json:"restrict_public_buckets" cel:"restrict_public_buckets" doc:"Whether a public policy admits AWS services and users of the account only, at whichever level."`
}

// An Account is what S3 blocks for all of an account.
type Account struct {
	evidence.Meta
	Block *Block `json:"public_access_block,omitempty" cel:"public_access_block" doc:"The account's public access block as it is in effect. Where an S3 policy of AWS Organizations sets it, AWS answers with what the policy sets, and does not say that it comes from there."`
}

// Kind is s3.account.
func (*Account) Kind() string { return "s3.account" }

// A Bucket is a general purpose bucket. Everything below in_scope is absent where the bucket's region is not in scope.
type Bucket struct {
	evidence.Meta
	Name         string            `json:"name" cel:"name" doc:"The bucket's name. The record's region is the bucket's own."`
	Created      *time.Time        `json:"created,omitempty" cel:"created" doc:"When the bucket was made, or its settings were last changed where AWS counts that; absent where AWS did not say."`
	InScope      bool              `json:"in_scope" cel:"in_scope" doc:"Whether the audit reads the bucket's region. Where it does not, nothing more was asked and the fields below are absent."`
	Block        *Block            `json:"public_access_block,omitempty" cel:"public_access_block" doc:"The bucket's own public access block."`
	Effective    *Effective        `json:"effective,omitempty" cel:"effective" doc:"What the account's block and the bucket's own block together."`
	PolicyPublic *bool             `json:"policy_public,omitempty" cel:"policy_public" doc:"Whether AWS judges the bucket policy public. It weighs the policy alone, and neither ACLs nor the public access block. False where there is no policy."`
	Policy       *Policy           `json:"policy,omitempty" cel:"policy" doc:"The bucket policy; absent where there is none."`
	TLSOnly      *bool             `json:"tls_only,omitempty" cel:"tls_only" doc:"Whether the policy denies everyone every action on the bucket and on its objects where aws:SecureTransport is false, and on no further condition. False where there is no policy."`
	LogSources   []string          `json:"log_sources" cel:"log_sources" doc:"The AWS services that policy or ACL let deliver logs to the bucket (CloudFront, CloudTrail, Config, CloudWatch Logs and its deliveries, GuardDuty, Elastic Load Balancing, S3 itself), as cloudtrail.amazonaws.com, sorted. Elastic Load Balancing and CloudFront are also told by the accounts that AWS documents for them."`
	ACL          *ACL              `json:"acl,omitempty" cel:"acl" doc:"The bucket's access control list."`
	Ownership    *string           `json:"ownership,omitempty" cel:"ownership" doc:"BucketOwnerEnforced, BucketOwnerPreferred or ObjectWriter; absent where the bucket has no ownership controls, which means ObjectWriter."`
	ACLsDisabled *bool             `json:"acls_disabled,omitempty" cel:"acls_disabled" doc:"Whether ACLs have no effect, because ownership is BucketOwnerEnforced."`
	Encryption   *Encryption       `json:"encryption,omitempty" cel:"encryption" doc:"The default encryption of new objects."`
	Versioning   *Versioning       `json:"versioning,omitempty" cel:"versioning" doc:"Whether old versions of objects are kept."`
	ObjectLock   *ObjectLock       `json:"object_lock,omitempty" cel:"object_lock" doc:"Whether versions of objects are kept from deletion."`
	Logging      *Logging          `json:"logging,omitempty" cel:"logging" doc:"Server access logging."`
	Lifecycle    *Lifecycle        `json:"lifecycle,omitempty" cel:"lifecycle" doc:"Lifecycle rules."`
	Replication  *Replication      `json:"replication,omitempty" cel:"replication" doc:"Replication to other buckets."`
	Tags         map[string]string `json:"tags" cel:"tags" doc:"The bucket's tags."`
}

// Kind is s3.bucket.
func (*Bucket) Kind() string { return "s3.bucket" }

// A Policy is a bucket policy.
type Policy struct {
	Text          string   `json:"text" cel:"text" doc:"The policy document as AWS gave it, but for the values of conditions on aws:Referer and aws:UserAgent, which often are secrets and are never written down."`
	Statements    int      `json:"statements" cel:"statements" doc:"The number of statements."`
	Everyone      bool     `json:"everyone" cel:"everyone" doc:"Whether an Allow statement admits everyone (Principal *, or NotPrincipal) without a condition that names accounts, organizations, principals, source resources or VPCs. It is our own reading of the document; policy_public is AWS's. A condition on addresses alone restricts nobody here; Deny statements are not weighed."`
	Principals    []string `json:"principals" cel:"principals" doc:"Whom Allow statements name, as TYPE:value, sorted; * is everyone."`
	OtherAccounts []string `json:"other_accounts" cel:"other_accounts" doc:"The accounts other than the bucket's own that Allow statements name as principals or in the conditions on everyone, sorted."`
}

// An ACL is a bucket's access control list.
type ACL struct {
	Grants        int      `json:"grants" cel:"grants" doc:"The number of grants."`
	Public        bool     `json:"public" cel:"public" doc:"Whether a grant is to everyone or to every AWS user. ignore_public_acls, or ACLs that are disabled, take its effect away."`
	PublicGrants  []string `json:"public_grants" cel:"public_grants" doc:"The grants to everyone and to every AWS user, as AllUsers READ, sorted."`
	OtherGrantees int      `json:"other_grantees" cel:"other_grantees" doc:"The number of grants to canonical users other than the bucket's owner."`
}

// Encryption is a bucket's default encryption.
type Encryption struct {
	Algorithm string   `json:"algorithm" cel:"algorithm" doc:"AES256, aws:kms or aws:kms:dsse (aws:fsx and aws:backup for buckets of those services); empty where AWS says that there is no default encryption."`
	KMSKey    *string  `json:"kms_key,omitempty" cel:"kms_key" doc:"The KMS key as it was named: an ARN, an id or an alias. Absent for AES256, and where KMS's own key for S3 is used."`
	BucketKey bool     `json:"bucket_key" cel:"bucket_key" doc:"Whether S3 uses a bucket key to ask KMS less often."`
	Blocked   []string `json:"blocked" cel:"blocked" doc:"Encryption types that writers may not use: SSE-C, or NONE where none is refused."`
}

// Versioning is whether old versions of objects are kept.
type Versioning struct {
	Status    string `json:"status" cel:"status" doc:"Enabled, Suspended, or Never where versioning was never enabled."`
	MFADelete string `json:"mfa_delete" cel:"mfa_delete" doc:"Enabled or Disabled; Never where it was never set."`
}

// ObjectLock is whether versions of objects are kept from deletion.
type ObjectLock struct {
	Enabled       bool    `json:"enabled" cel:"enabled" doc:"Whether the bucket has Object Lock."`
	Mode          *string `json:"mode,omitempty" cel:"mode" doc:"The mode of the default retention: COMPLIANCE, which nobody can lift, or GOVERNANCE. Absent where there is no default retention."`
	RetentionDays *int    `json:"retention_days,omitempty" cel:"retention_days" doc:"The default retention in days, a year counted as 365; absent where there is none."`
}

// Logging is server access logging.
type Logging struct {
	Enabled bool    `json:"enabled" cel:"enabled" doc:"Whether requests are logged."`
	Bucket  *string `json:"bucket,omitempty" cel:"bucket" doc:"The bucket that the logs go to; absent where logging is off."`
	Prefix  *string `json:"prefix,omitempty" cel:"prefix" doc:"What the names of the log objects begin with; absent where it is empty or logging is off."`
}

// Lifecycle counts a bucket's lifecycle rules.
type Lifecycle struct {
	Rules   int `json:"rules" cel:"rules" doc:"The number of lifecycle rules."`
	Enabled int `json:"enabled" cel:"enabled" doc:"How many of them are enabled."`
}

// Replication is where a bucket's objects are copied to.
type Replication struct {
	Rules        int      `json:"rules" cel:"rules" doc:"The number of replication rules."`
	Enabled      int      `json:"enabled" cel:"enabled" doc:"How many of them are enabled."`
	Destinations []string `json:"destinations" cel:"destinations" doc:"The ARNs of the buckets that enabled rules copy to, sorted."`
}

// An AccessPoint is a named endpoint of a bucket or an FSx volume with a policy of its own.
type AccessPoint struct {
	evidence.Meta
	Name          string     `json:"name" cel:"name" doc:"The access point's name."`
	Bucket        *string    `json:"bucket,omitempty" cel:"bucket" doc:"The bucket behind it; absent where there is none."`
	BucketAccount *string    `json:"bucket_account,omitempty" cel:"bucket_account" doc:"The account that owns the bucket; absent where AWS did not say."`
	SourceType    *string    `json:"source_type,omitempty" cel:"source_type" doc:"What kind of source is behind it, where AWS says so."`
	Network       string     `json:"network" cel:"network" doc:"Internet, or VPC where it admits requests from one VPC only."`
	VPC           *string    `json:"vpc,omitempty" cel:"vpc" doc:"That VPC; absent for Internet."`
	Alias         *string    `json:"alias,omitempty" cel:"alias" doc:"The name that stands for it where a bucket's name is asked for."`
	Created       *time.Time `json:"created,omitempty" cel:"created" doc:"When it was made; absent where AWS did not say."`
	Block         *Block     `json:"public_access_block,omitempty" cel:"public_access_block" doc:"The access point's own public access block, which cannot be changed after it was made."`
	Effective     *Effective `json:"effective,omitempty" cel:"effective" doc:"What the account's block and the access point's own block together. The bucket's own comes on top."`
	PolicyPublic  *bool      `json:"policy_public,omitempty" cel:"policy_public" doc:"Whether AWS judges the access point's policy public; false where there is no policy."`
}

// Kind is s3.access_point.
func (*AccessPoint) Kind() string { return "s3.access_point" }

// A MultiRegionAccessPoint is one endpoint for buckets in several regions.
type MultiRegionAccessPoint struct {
	evidence.Meta
	Name         string     `json:"name" cel:"name" doc:"The access point's name."`
	Alias        string     `json:"alias" cel:"alias" doc:"AWS's name for it, which is part of its ARN and its host name."`
	Status       string     `json:"status" cel:"status" doc:"READY, or CREATING, DELETING, INCONSISTENT_ACROSS_REGIONS, PARTIALLY_CREATED, PARTIALLY_DELETED."`
	Created      *time.Time `json:"created,omitempty" cel:"created" doc:"When it was made; absent where AWS did not say."`
	Buckets      []string   `json:"buckets" cel:"buckets" doc:"The buckets behind it, as region/name, sorted."`
	Block        *Block     `json:"public_access_block,omitempty" cel:"public_access_block" doc:"Its own public access block, which cannot be changed after it was made."`
	Effective    *Effective `json:"effective,omitempty" cel:"effective" doc:"What the account's block and its own block together. Those of its buckets come on top."`
	PolicyPublic *bool      `json:"policy_public,omitempty" cel:"policy_public" doc:"Whether AWS judges its policy, as it is in effect, public; false where there is no policy."`
}

// Kind is s3.multi_region_access_point.
func (*MultiRegionAccessPoint) Kind() string { return "s3.multi_region_access_point" }
