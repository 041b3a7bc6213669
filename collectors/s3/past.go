package s3

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/auditseal/auditseal/collectors/configitem"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/policy"
)

// Past lists what configuration items tell of the kinds of this package.
//
// AWS::S3::AccountPublicAccessBlock carries the four settings, in every region alike. While an account has no such setting it has no item: that
// there is none is told by a deletion only, after which the account blocks nothing.
//
// AWS::S3::Bucket carries its name and when it was made; all else is in the supplementary configuration: PublicAccessBlockConfiguration,
// BucketPolicy, AccessControlList, ServerSideEncryptionConfiguration, BucketVersioningConfiguration, BucketLoggingConfiguration,
// ObjectLockConfiguration, BucketLifecycleConfiguration, BucketReplicationConfiguration. A part that an item has not got is unknown: no
// page says that a bucket without it has no such setting, and a recorder that was refused leaves it out as well. AWS's word for none is a part
// whose members are null ({"policyText":null}) and, for versioning, the status Off; that is told. Ownership controls, AWS's own verdict on the
// policy, and what the account blocks are in no item.
//
// The names are those of AWS's schema of the types (https://github.com/awslabs/aws-config-resource-schema); policies and access control lists,
// which it leaves out, are as in the items of the AWS Config developer guide.
func Past() []configitem.Reader {
	block := configitem.For("AWS::S3::AccountPublicAccessBlock", false, accountID, pastAccount)
	block.Everywhere = true
	block.Unset = func(*configitem.Item) (evidence.Record, []string) {
		return &Account{Block: &Block{}}, []string{"public_access_block"}
	}
	return []configitem.Reader{
		block,
		configitem.For("AWS::S3::Bucket", false, bucketID, pastBucket),
	}
}

func accountID(it *configitem.Item) string {
	if it.Account == "" {
		return ""
	}
	return it.Account + "/s3"
}

// NeverRecorded reports whether the bucket is in a region that the audit does not read: its items are there, and a bucket stays in its region.
func (b *Bucket) NeverRecorded() bool { return !b.InScope }

// bucketID is the bucket's ARN, made from its name where the item gives none, as of the buckets that are listed.
func bucketID(it *configitem.Item) string { return it.Amazon("s3", "", "", it.ResourceID) }

func pastAccount(it *configitem.Item) (*Account, []string, error) {
	var r configitem.Reading
	a := &Account{}
	pastBlock(&r, r.Configuration(it), &a.Block)
	return a, r.Told, r.Err
}

// pastBlock reads the four settings. One that is not there is unknown, as in the answers of the API: AWS writes all four.
func pastBlock(r *configitem.Reading, o configitem.Object, to **Block) (on [4]bool) {
	told := 0
	for i, m := range blockMembers {
		v, ok := r.Bool(o, m)
		if on[i] = v; ok {
			r.Tell("public_access_block." + blockFields[i])
			told++
		}
	}
	if told == 0 {
		return on
	}
	*to = &Block{}
	(*to).set(true, on)
	r.Tell("public_access_block.configured")
	return on
}

func pastBucket(it *configitem.Item) (*Bucket, []string, error) {
	var r configitem.Reading
	c := r.Configuration(it)
	// The recorder that writes the item is of the bucket's own region.
	b := &Bucket{InScope: true, Tags: it.Tags, LogSources: []string{}}
	b.ID = bucketID(it)
	r.Tell("in_scope")
	if name, ok := r.Text(c, "name"); ok {
		if name != it.ResourceID {
			r.Fail("the item of %q is of the bucket %q", it.ResourceID, name)
		}
		b.Name = name
		r.Tell("name")
	}
	if t, ok := r.Time(c, "creationDate"); ok {
		b.Created = &t
		r.Tell("created")
	}
	if it.Tags != nil {
		r.Tell("tags")
	}
	if o, ok := r.Supplementary(it, "PublicAccessBlockConfiguration"); ok {
		own := pastBlock(&r, o, &b.Block)
		b.Effective = &Effective{own[0], own[1], own[2], own[3]}
		for i, on := range own {
			if on { // what the account blocks is not in the item, and could only add to it
				r.Tell("effective." + blockFields[i])
			}
		}
	}
	b.pastPolicies(&r, it)
	b.pastEncryption(&r, it)
	b.pastVersioning(&r, it)
	b.pastObjectLock(&r, it)
	b.pastLogging(&r, it)
	b.pastLifecycle(&r, it)
	b.pastReplication(&r, it)
	return b, r.Told, r.Err
}

// pastPolicies reads policy and ACL. Whoever delivers logs is told by both together.
func (b *Bucket) pastPolicies(r *configitem.Reading, it *configitem.Item) {
	sources, both := map[string]bool{}, 0
	if o, ok := r.Supplementary(it, "BucketPolicy"); ok {
		text, some := r.Document(o, "policyText")
		switch {
		case some:
			text = policy.Without(text, secretConditions)
			if err := b.document(text, it.Account, sources); err != nil {
				r.Fail("supplementaryConfiguration.BucketPolicy can't be read as a policy: %w", err)
			}
			r.Tell("policy", "tls_only")
			both++
		case o.Null("policyText"): // AWS's word for a bucket without a policy
			b.TLSOnly = ptr(false)
			r.Tell("policy", "tls_only")
			both++
		}
	}
	if b.pastACL(r, it, sources) {
		both++
	}
	if both == 2 {
		b.LogSources = policy.Sorted(sources)
		r.Tell("log_sources")
	}
}

// permissions are S3's, by the names that items give them.
var permissions = map[string]types.Permission{"FullControl": types.PermissionFullControl, "Read": types.PermissionRead, "ReadAcp": types.PermissionReadAcp,
	"Write": types.PermissionWrite, "WriteAcp": types.PermissionWriteAcp}

// grantees are the groups, by the names that items give them.
var grantees = map[string]string{"AllUsers": allUsers, "AuthenticatedUsers": everyUser, "LogDelivery": logDelivery}

// pastACL reads the access control list, and reports whether all of it was understood. A grantee is a group by name, or an object with the
// canonical user's id.
func (b *Bucket) pastACL(r *configitem.Reading, it *configitem.Item, sources map[string]bool) bool {
	o, ok := r.Supplementary(it, "AccessControlList")
	if !ok {
		return false
	}
	list, ok := r.Objects(o, "grantList")
	owner, owned := r.Object(o, "owner")
	id, named := r.Text(owner, "id")
	if !ok || !owned || !named {
		return false
	}
	a := &ACL{Grants: len(list), PublicGrants: []string{}}
	for _, g := range list {
		name, _ := r.Text(g, "permission")
		var user, uri string
		if v := g.Get("grantee"); len(v) > 0 && v[0] == '"' {
			group, _ := r.Text(g, "grantee")
			uri = grantees[group]
		} else if grantee, ok := r.Object(g, "grantee"); ok {
			user, _ = r.Text(grantee, "id")
		}
		p := permissions[name]
		if p == "" || !a.grant(uri, user, id, p, sources) {
			return false // to whom it is, or what it lets them do, is not documented: it may be everyone
		}
	}
	a.sort()
	b.ACL = a
	r.Tell("acl")
	return true
}

func (b *Bucket) pastEncryption(r *configitem.Reading, it *configitem.Item) {
	o, ok := r.Supplementary(it, "ServerSideEncryptionConfiguration")
	if !ok {
		return
	}
	rules, ok := r.Objects(o, "rules")
	if !ok || len(rules) != 1 {
		return
	}
	b.Encryption = &Encryption{Blocked: []string{}}
	if d, ok := r.Object(rules[0], "applyServerSideEncryptionByDefault"); ok {
		if v, ok := r.Text(d, "sseAlgorithm"); ok {
			b.Encryption.Algorithm = v
			r.Tell("encryption.algorithm")
		}
		if v, ok := r.Text(d, "kmsMasterKeyID"); ok {
			b.Encryption.KMSKey = &v
			r.Tell("encryption.kms_key")
		}
	}
	if v, ok := r.Bool(rules[0], "bucketKeyEnabled"); ok {
		b.Encryption.BucketKey = v
		r.Tell("encryption.bucket_key")
	}
}

// pastVersioning reads versioning. Off is AWS's word in items for a bucket that never had it.
func (b *Bucket) pastVersioning(r *configitem.Reading, it *configitem.Item) {
	o, ok := r.Supplementary(it, "BucketVersioningConfiguration")
	if !ok {
		return
	}
	b.Versioning = &Versioning{}
	switch v, _ := r.Text(o, "status"); v {
	case "Enabled", "Suspended":
		b.Versioning.Status = v
		r.Tell("versioning.status")
	case "Off":
		b.Versioning.Status = "Never"
		r.Tell("versioning.status")
	}
	switch string(o.Get("isMfaDeleteEnabled")) {
	case "true":
		b.Versioning.MFADelete = "Enabled"
		r.Tell("versioning.mfa_delete")
	case "false":
		b.Versioning.MFADelete = "Disabled"
		r.Tell("versioning.mfa_delete")
	}
}

func (b *Bucket) pastObjectLock(r *configitem.Reading, it *configitem.Item) {
	o, ok := r.Supplementary(it, "ObjectLockConfiguration")
	if !ok {
		return
	}
	v, ok := r.Text(o, "objectLockEnabled")
	if !ok {
		return
	}
	b.ObjectLock = &ObjectLock{Enabled: v == string(types.ObjectLockEnabledEnabled)}
	r.Tell("object_lock.enabled")
	rule, _ := r.Object(o, "rule")
	keep, ok := r.Object(rule, "defaultRetention")
	if !ok {
		return
	}
	if mode, ok := r.Text(keep, "mode"); ok {
		b.ObjectLock.Mode = &mode
		r.Tell("object_lock.mode")
	}
	days, _ := r.Int(keep, "days")
	years, _ := r.Int(keep, "years")
	if days += 365 * years; days > 0 {
		b.ObjectLock.RetentionDays = &days
		r.Tell("object_lock.retention_days")
	}
}

func (b *Bucket) pastLogging(r *configitem.Reading, it *configitem.Item) {
	o, ok := r.Supplementary(it, "BucketLoggingConfiguration")
	if !ok {
		return
	}
	target, ok := r.Text(o, "destinationBucketName")
	switch {
	case ok:
		b.Logging = &Logging{Enabled: true, Bucket: &target}
		r.Tell("logging.enabled", "logging.bucket")
		if prefix, ok := r.Text(o, "logFilePrefix"); ok {
			b.Logging.Prefix = &prefix
			r.Tell("logging.prefix")
		}
	case o.Null("destinationBucketName"): // AWS's word for a bucket that logs nothing
		b.Logging = &Logging{}
		r.Tell("logging.enabled")
	}
}

func (b *Bucket) pastLifecycle(r *configitem.Reading, it *configitem.Item) {
	o, ok := r.Supplementary(it, "BucketLifecycleConfiguration")
	if !ok {
		return
	}
	rules, ok := r.Objects(o, "rules")
	if !ok {
		return
	}
	l := &Lifecycle{Rules: len(rules)}
	for _, rule := range rules {
		switch v, _ := r.Text(rule, "status"); v {
		case string(types.ExpirationStatusEnabled):
			l.Enabled++
		case string(types.ExpirationStatusDisabled):
		default:
			return
		}
	}
	b.Lifecycle = l
	r.Tell("lifecycle")
}

// pastReplication reads the rules, which items give by their ids, as an object.
func (b *Bucket) pastReplication(r *configitem.Reading, it *configitem.Item) {
	o, ok := r.Supplementary(it, "BucketReplicationConfiguration")
	if !ok {
		return
	}
	if v := o.Get("rules"); len(v) == 0 || v[0] != '{' {
		return
	}
	rules, ok := r.Object(o, "rules")
	if !ok || rules.Len() == 0 { // there is no such configuration without a rule
		return
	}
	p := &Replication{Rules: rules.Len(), Destinations: []string{}}
	for _, v := range rules.Values() {
		rule, ok, err := configitem.Members(v)
		if !ok || err != nil {
			return
		}
		destination, _ := r.Object(rule, "destinationConfig")
		bucket, _ := r.Text(destination, "bucketARN")
		switch status, _ := r.Text(rule, "status"); {
		case status == "Disabled":
		case status == "Enabled" && strings.HasPrefix(bucket, "arn:"):
			p.Enabled++
			p.Destinations = append(p.Destinations, bucket)
		default:
			return
		}
	}
	slices.Sort(p.Destinations)
	p.Destinations = slices.Compact(p.Destinations)
	b.Replication = p
	r.Tell("replication")
}
