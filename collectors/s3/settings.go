package s3

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// without notes that an answer lacks what the fields are read from.
func (r *reader) without(b *bucketReader, md middleware.Metadata, op evidence.Operation, member string, fields ...string) {
	r.c.Half(md, op, "MissingMember", "AWS answered "+op.Name+" without "+member, &b.rec.Meta, fields)
}

func (r *reader) ownership(ctx context.Context, b *bucketReader) {
	out, err := b.s3.GetBucketOwnershipControls(ctx, &s3.GetBucketOwnershipControlsInput{Bucket: b.name, ExpectedBucketOwner: b.owner})
	if err != nil {
		if r.absent(&b.rec.Meta, err, "OwnershipControlsNotFoundError") {
			b.rec.ACLsDisabled = ptr(false)
			return
		}
		r.c.Unknown(&b.rec.Meta, err, "ownership", "acls_disabled")
		return
	}
	r.c.Read(&b.rec.Meta, out.ResultMetadata)
	rules := out.OwnershipControls.Rules
	if len(rules) != 1 || rules[0].ObjectOwnership == "" {
		r.without(b, out.ResultMetadata, getBucketOwnershipControls, "the one rule that it has", "ownership", "acls_disabled")
		return
	}
	b.rec.Ownership = cell.Text(rules[0].ObjectOwnership)
	b.rec.ACLsDisabled = ptr(rules[0].ObjectOwnership == types.ObjectOwnershipBucketOwnerEnforced)
}

func (r *reader) encryption(ctx context.Context, b *bucketReader) {
	out, err := b.s3.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: b.name, ExpectedBucketOwner: b.owner})
	if err != nil {
		if r.absent(&b.rec.Meta, err, "ServerSideEncryptionConfigurationNotFoundError") {
			b.rec.Encryption = &Encryption{Blocked: []string{}}
			return
		}
		r.c.Unknown(&b.rec.Meta, err, "encryption")
		return
	}
	r.c.Read(&b.rec.Meta, out.ResultMetadata)
	rules := out.ServerSideEncryptionConfiguration.Rules
	if len(rules) != 1 {
		r.without(b, out.ResultMetadata, getBucketEncryption, "the one rule that it has", "encryption")
		return
	}
	e := &Encryption{BucketKey: aws.ToBool(rules[0].BucketKeyEnabled), Blocked: []string{}}
	if t := rules[0].BlockedEncryptionTypes; t != nil {
		for _, v := range t.EncryptionType {
			e.Blocked = append(e.Blocked, string(v))
		}
	}
	b.rec.Encryption = e
	if d := rules[0].ApplyServerSideEncryptionByDefault; d != nil {
		e.Algorithm, e.KMSKey = string(d.SSEAlgorithm), d.KMSMasterKeyID
	}
	if e.Algorithm == "" {
		r.without(b, out.ResultMetadata, getBucketEncryption, "an algorithm", "encryption.algorithm", "encryption.kms_key")
	}
}

func (r *reader) versioning(ctx context.Context, b *bucketReader) {
	out, err := b.s3.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: b.name, ExpectedBucketOwner: b.owner})
	if err != nil {
		r.c.Unknown(&b.rec.Meta, err, "versioning")
		return
	}
	r.c.Read(&b.rec.Meta, out.ResultMetadata)
	b.rec.Versioning = &Versioning{Status: "Never", MFADelete: "Never"}
	if out.Status != "" {
		b.rec.Versioning.Status = string(out.Status)
	}
	if out.MFADelete != "" {
		b.rec.Versioning.MFADelete = string(out.MFADelete)
	}
}

func (r *reader) objectLock(ctx context.Context, b *bucketReader) {
	out, err := b.s3.GetObjectLockConfiguration(ctx, &s3.GetObjectLockConfigurationInput{Bucket: b.name, ExpectedBucketOwner: b.owner})
	if err != nil {
		if r.absent(&b.rec.Meta, err, "ObjectLockConfigurationNotFoundError") {
			b.rec.ObjectLock = &ObjectLock{}
			return
		}
		r.c.Unknown(&b.rec.Meta, err, "object_lock")
		return
	}
	r.c.Read(&b.rec.Meta, out.ResultMetadata)
	conf := out.ObjectLockConfiguration
	if conf.ObjectLockEnabled == "" {
		r.without(b, out.ResultMetadata, getObjectLockConfiguration, "ObjectLockEnabled", "object_lock")
		return
	}
	lock := &ObjectLock{Enabled: conf.ObjectLockEnabled == types.ObjectLockEnabledEnabled}
	b.rec.ObjectLock = lock
	if conf.Rule == nil || conf.Rule.DefaultRetention == nil {
		return
	}
	keep := conf.Rule.DefaultRetention
	lock.Mode = cell.Text(keep.Mode)
	if days := int(aws.ToInt32(keep.Days)) + 365*int(aws.ToInt32(keep.Years)); days > 0 { // AWS gives one of the two
		lock.RetentionDays = &days
	}
	if lock.Mode == nil {
		r.without(b, out.ResultMetadata, getObjectLockConfiguration, "the mode of the retention", "object_lock.mode")
	}
	if lock.RetentionDays == nil {
		r.without(b, out.ResultMetadata, getObjectLockConfiguration, "days or years", "object_lock.retention_days")
	}
}

func (r *reader) logging(ctx context.Context, b *bucketReader) {
	out, err := b.s3.GetBucketLogging(ctx, &s3.GetBucketLoggingInput{Bucket: b.name, ExpectedBucketOwner: b.owner})
	if err != nil {
		r.c.Unknown(&b.rec.Meta, err, "logging")
		return
	}
	r.c.Read(&b.rec.Meta, out.ResultMetadata)
	if out.LoggingEnabled == nil {
		b.rec.Logging = &Logging{}
		return
	}
	if aws.ToString(out.LoggingEnabled.TargetBucket) == "" {
		r.without(b, out.ResultMetadata, getBucketLogging, "the bucket that the logs go to", "logging")
		return
	}
	b.rec.Logging = &Logging{Enabled: true, Bucket: out.LoggingEnabled.TargetBucket, Prefix: cell.Text(aws.ToString(out.LoggingEnabled.TargetPrefix))}
}

func (r *reader) lifecycle(ctx context.Context, b *bucketReader) {
	out, err := b.s3.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: b.name, ExpectedBucketOwner: b.owner})
	if err != nil {
		if r.absent(&b.rec.Meta, err, "NoSuchLifecycleConfiguration") {
			b.rec.Lifecycle = &Lifecycle{}
			return
		}
		r.c.Unknown(&b.rec.Meta, err, "lifecycle")
		return
	}
	r.c.Read(&b.rec.Meta, out.ResultMetadata)
	l := &Lifecycle{Rules: len(out.Rules)}
	for _, rule := range out.Rules {
		switch rule.Status {
		case types.ExpirationStatusEnabled:
			l.Enabled++
		case "":
			r.without(b, out.ResultMetadata, getBucketLifecycle, "the status of a rule", "lifecycle")
			return
		}
	}
	b.rec.Lifecycle = l
}

func (r *reader) replication(ctx context.Context, b *bucketReader) {
	out, err := b.s3.GetBucketReplication(ctx, &s3.GetBucketReplicationInput{Bucket: b.name, ExpectedBucketOwner: b.owner})
	if err != nil {
		if r.absent(&b.rec.Meta, err, "ReplicationConfigurationNotFoundError") {
			b.rec.Replication = &Replication{Destinations: []string{}}
			return
		}
		r.c.Unknown(&b.rec.Meta, err, "replication")
		return
	}
	r.c.Read(&b.rec.Meta, out.ResultMetadata)
	rules := out.ReplicationConfiguration.Rules
	if len(rules) == 0 {
		r.without(b, out.ResultMetadata, getBucketReplication, "rules", "replication")
		return
	}
	p := &Replication{Rules: len(rules), Destinations: []string{}}
	for _, rule := range rules {
		if rule.Status == "" || rule.Destination == nil || aws.ToString(rule.Destination.Bucket) == "" {
			r.without(b, out.ResultMetadata, getBucketReplication, "the status or destination of a rule", "replication")
			return
		}
		if rule.Status == types.ReplicationRuleStatusEnabled {
			p.Enabled++
			p.Destinations = append(p.Destinations, *rule.Destination.Bucket)
		}
	}
	slices.Sort(p.Destinations)
	p.Destinations = slices.Compact(p.Destinations)
	b.rec.Replication = p
}

func (r *reader) tags(ctx context.Context, b *bucketReader) {
	out, err := b.s3.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: b.name, ExpectedBucketOwner: b.owner})
	if err != nil {
		if r.absent(&b.rec.Meta, err, "NoSuchTagSet") {
			b.rec.Tags = map[string]string{}
			return
		}
		r.c.Unknown(&b.rec.Meta, err, "tags")
		return
	}
	r.c.Read(&b.rec.Meta, out.ResultMetadata)
	b.rec.Tags = map[string]string{}
	for _, t := range out.TagSet {
		b.rec.Tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
}
