package moto

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	controltypes "github.com/aws/aws-sdk-go-v2/service/s3control/types"
	"github.com/aws/smithy-go"

	"errors"

	"github.com/auditseal/auditseal/collectors/s3"
)

// code gives AWS's error code, empty for no error.
func code(err error) string {
	var e smithy.APIError
	if errors.As(err, &e) {
		return e.ErrorCode()
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// gives reports whether the answer is there, and fails on any error but the one that says there is none.
func gives(t *testing.T, err error, none string) bool {
	t.Helper()
	if err != nil && code(err) != none {
		t.Fatalf("moto: %v, want an answer or %s", err, none)
	}
	return err == nil
}

func checkS3(t *testing.T, s *server, pack string) {
	var accountsHeld []*s3.Account
	var buckets []*s3.Bucket
	for _, account := range accounts {
		held := &s3.Account{Meta: meta(account, regions[0], account+"/s3"), Block: &s3.Block{}}
		out, err := s.controlOf(t, account, "us-east-1").GetPublicAccessBlock(t.Context(), &s3control.GetPublicAccessBlockInput{AccountId: &account})
		if gives(t, err, "NoSuchPublicAccessBlockConfiguration") {
			held.Block = controlBlock(out.PublicAccessBlockConfiguration)
		}
		accountsHeld = append(accountsHeld, held)
		buckets = append(buckets, bucketsOf(t, s, account, held.Block)...)
	}
	agree(t, accountsHeld, records[s3.Account](t, pack, "s3.account"))
	agree(t, buckets, records[s3.Bucket](t, pack, "s3.bucket"))
	if len(buckets) != 6*len(accounts) {
		t.Errorf("moto holds %d buckets", len(buckets))
	}
	points, multi := accessPointsOf(t, s, accountsHeld[2].Block)
	agree(t, points, records[s3.AccessPoint](t, pack, "s3.access_point"))
	agree(t, multi, records[s3.MultiRegionAccessPoint](t, pack, "s3.multi_region_access_point"))
}

func controlBlock(p *controltypes.PublicAccessBlockConfiguration) *s3.Block {
	return &s3.Block{Configured: true, BlockPublicACLs: *p.BlockPublicAcls, IgnorePublicACLs: *p.IgnorePublicAcls, BlockPublicPolicy: *p.BlockPublicPolicy, RestrictPublicBuckets: *p.RestrictPublicBuckets}
}

// either is what one of two levels blocks.
func either(a, b *s3.Block) *s3.Effective {
	return &s3.Effective{BlockPublicACLs: a.BlockPublicACLs || b.BlockPublicACLs, IgnorePublicACLs: a.IgnorePublicACLs || b.IgnorePublicACLs,
		BlockPublicPolicy: a.BlockPublicPolicy || b.BlockPublicPolicy, RestrictPublicBuckets: a.RestrictPublicBuckets || b.RestrictPublicBuckets}
}

// bucketsOf asks moto itself. What AWS does not say and we conclude is written down here as it follows from what was seeded.
func bucketsOf(t *testing.T, s *server, account string, above *s3.Block) []*s3.Bucket {
	t.Helper()
	ctx := t.Context()
	list, err := s.s3Of(t, account, "us-east-1").ListBuckets(ctx, &awss3.ListBucketsInput{MaxBuckets: aws.Int32(1000)})
	must(t, err)
	var out []*s3.Bucket
	for _, l := range list.Buckets {
		where, err := s.s3Of(t, account, "us-east-1").GetBucketLocation(ctx, &awss3.GetBucketLocationInput{Bucket: l.Name})
		must(t, err)
		region := string(where.LocationConstraint)
		if region == "" {
			region = "us-east-1"
		}
		b := &s3.Bucket{Meta: meta(account, region, "arn:aws:s3:::"+*l.Name), Name: *l.Name, Created: ptr(l.CreationDate.UTC()), InScope: slices.Contains(regions, region)}
		out = append(out, b)
		if !b.InScope {
			continue
		}
		c := s.s3Of(t, account, region)
		what := (*l.Name)[strings.LastIndex(*l.Name, "-")+1:]
		b.Block = &s3.Block{}
		block, err := c.GetPublicAccessBlock(ctx, &awss3.GetPublicAccessBlockInput{Bucket: l.Name})
		if gives(t, err, "NoSuchPublicAccessBlockConfiguration") {
			p := block.PublicAccessBlockConfiguration
			b.Block = &s3.Block{Configured: true, BlockPublicACLs: *p.BlockPublicAcls, IgnorePublicACLs: *p.IgnorePublicAcls, BlockPublicPolicy: *p.BlockPublicPolicy, RestrictPublicBuckets: *p.RestrictPublicBuckets}
		}
		b.Effective = either(b.Block, above)
		b.PolicyPublic, b.TLSOnly, b.LogSources = ptr(false), ptr(what == "locked"), []string{}
		verdict, err := c.GetBucketPolicyStatus(ctx, &awss3.GetBucketPolicyStatusInput{Bucket: l.Name})
		if gives(t, err, "NoSuchBucketPolicy") {
			b.PolicyPublic = verdict.PolicyStatus.IsPublic
		}
		policy, err := c.GetBucketPolicy(ctx, &awss3.GetBucketPolicyInput{Bucket: l.Name})
		if gives(t, err, "NoSuchBucketPolicy") {
			b.Policy = map[string]*s3.Policy{
				"locked": {Statements: 3, Principals: []string{"AWS:arn:aws:iam::999988887777:root", "Service:cloudtrail.amazonaws.com"}, OtherAccounts: []string{"999988887777"}},
				"open":   {Statements: 1, Everyone: true, Principals: []string{"*"}, OtherAccounts: []string{}},
				"old":    {Statements: 1, Principals: []string{"AWS:arn:aws:iam::" + account + ":root"}, OtherAccounts: []string{}},
			}[what]
			b.Policy.Text = *policy.Policy
		}
		acl, err := c.GetBucketAcl(ctx, &awss3.GetBucketAclInput{Bucket: l.Name})
		must(t, err)
		b.ACL = &s3.ACL{Grants: len(acl.Grants), PublicGrants: []string{}}
		if what == "open" {
			b.ACL.Public, b.ACL.PublicGrants, b.ACL.OtherGrantees = true, []string{"AllUsers READ", "AuthenticatedUsers WRITE"}, 1
		}
		switch what {
		case "locked":
			b.LogSources = []string{"cloudtrail.amazonaws.com"}
		case "logs":
			b.LogSources = []string{"logging.s3.amazonaws.com"}
		}
		settingsOf(t, c, l.Name, b)
	}
	return out
}

// settingsOf asks moto for what is a setting of its own.
func settingsOf(t *testing.T, c *awss3.Client, name *string, b *s3.Bucket) {
	t.Helper()
	ctx := t.Context()
	b.ACLsDisabled = ptr(false)
	ownership, err := c.GetBucketOwnershipControls(ctx, &awss3.GetBucketOwnershipControlsInput{Bucket: name})
	if gives(t, err, "OwnershipControlsNotFoundError") {
		v := string(ownership.OwnershipControls.Rules[0].ObjectOwnership)
		b.Ownership, b.ACLsDisabled = &v, ptr(v == "BucketOwnerEnforced")
	}
	b.Encryption = &s3.Encryption{Blocked: []string{}}
	encryption, err := c.GetBucketEncryption(ctx, &awss3.GetBucketEncryptionInput{Bucket: name})
	if gives(t, err, "ServerSideEncryptionConfigurationNotFoundError") {
		rule := encryption.ServerSideEncryptionConfiguration.Rules[0]
		b.Encryption.Algorithm, b.Encryption.KMSKey = string(rule.ApplyServerSideEncryptionByDefault.SSEAlgorithm), rule.ApplyServerSideEncryptionByDefault.KMSMasterKeyID
		b.Encryption.BucketKey = aws.ToBool(rule.BucketKeyEnabled)
	}
	b.Versioning = &s3.Versioning{Status: "Never", MFADelete: "Never"}
	versioning, err := c.GetBucketVersioning(ctx, &awss3.GetBucketVersioningInput{Bucket: name})
	must(t, err)
	if versioning.Status != "" {
		b.Versioning.Status = string(versioning.Status)
	}
	b.ObjectLock = &s3.ObjectLock{}
	lock, err := c.GetObjectLockConfiguration(ctx, &awss3.GetObjectLockConfigurationInput{Bucket: name})
	if gives(t, err, "ObjectLockConfigurationNotFoundError") {
		b.ObjectLock.Enabled = lock.ObjectLockConfiguration.ObjectLockEnabled == "Enabled"
		if rule := lock.ObjectLockConfiguration.Rule; rule != nil {
			b.ObjectLock.Mode, b.ObjectLock.RetentionDays = ptr(string(rule.DefaultRetention.Mode)), ptr(int(*rule.DefaultRetention.Years)*365)
		}
	}
	b.Logging = &s3.Logging{}
	logging, err := c.GetBucketLogging(ctx, &awss3.GetBucketLoggingInput{Bucket: name})
	must(t, err)
	if l := logging.LoggingEnabled; l != nil {
		b.Logging = &s3.Logging{Enabled: true, Bucket: l.TargetBucket, Prefix: l.TargetPrefix}
	}
	b.Lifecycle = &s3.Lifecycle{}
	lifecycle, err := c.GetBucketLifecycleConfiguration(ctx, &awss3.GetBucketLifecycleConfigurationInput{Bucket: name})
	if gives(t, err, "NoSuchLifecycleConfiguration") {
		b.Lifecycle.Rules = len(lifecycle.Rules)
		for _, r := range lifecycle.Rules {
			if r.Status == "Enabled" {
				b.Lifecycle.Enabled++
			}
		}
	}
	b.Replication = &s3.Replication{Destinations: []string{}}
	replication, err := c.GetBucketReplication(ctx, &awss3.GetBucketReplicationInput{Bucket: name})
	if gives(t, err, "ReplicationConfigurationNotFoundError") {
		b.Replication.Rules = len(replication.ReplicationConfiguration.Rules)
		for _, r := range replication.ReplicationConfiguration.Rules {
			if r.Status == "Enabled" {
				b.Replication.Enabled++
				b.Replication.Destinations = append(b.Replication.Destinations, *r.Destination.Bucket)
			}
		}
	}
	b.Tags = map[string]string{}
	tags, err := c.GetBucketTagging(ctx, &awss3.GetBucketTaggingInput{Bucket: name})
	if gives(t, err, "NoSuchTagSet") {
		for _, x := range tags.TagSet {
			b.Tags[*x.Key] = aws.ToString(x.Value) // moto leaves an empty one out
		}
	}
}

// accessPointsOf asks moto itself.
func accessPointsOf(t *testing.T, s *server, above *s3.Block) (points []*s3.AccessPoint, multi []*s3.MultiRegionAccessPoint) {
	t.Helper()
	c, ctx, account := s.controlOf(t, caller, "us-east-1"), t.Context(), aws.String(caller)
	list, err := c.ListAccessPoints(ctx, &s3control.ListAccessPointsInput{AccountId: account})
	must(t, err)
	for _, l := range list.AccessPointList {
		d, err := c.GetAccessPoint(ctx, &s3control.GetAccessPointInput{AccountId: account, Name: l.Name})
		must(t, err)
		// moto has no regions here: it lists an access point in each, under one ARN. The first that was asked stands in the record.
		p := &s3.AccessPoint{Meta: meta(caller, regions[0], *l.AccessPointArn), Name: *l.Name, Bucket: l.Bucket, BucketAccount: l.BucketAccountId, Network: string(l.NetworkOrigin), Alias: l.Alias,
			Created: ptr(d.CreationDate.UTC()), Block: controlBlock(d.PublicAccessBlockConfiguration), PolicyPublic: ptr(false)}
		if l.VpcConfiguration != nil {
			p.VPC = l.VpcConfiguration.VpcId
		}
		p.Effective = either(p.Block, above)
		verdict, err := c.GetAccessPointPolicyStatus(ctx, &s3control.GetAccessPointPolicyStatusInput{AccountId: account, Name: l.Name})
		if gives(t, err, "NoSuchAccessPointPolicy") {
			p.PolicyPublic = &verdict.PolicyStatus.IsPublic
		}
		points = append(points, p)
	}
	far := s.controlOf(t, caller, "us-west-2")
	all, err := far.ListMultiRegionAccessPoints(ctx, &s3control.ListMultiRegionAccessPointsInput{AccountId: account})
	must(t, err)
	for _, l := range all.AccessPoints {
		m := &s3.MultiRegionAccessPoint{Meta: meta(caller, "us-west-2", "arn:aws:s3::"+caller+":accesspoint/"+*l.Alias), Name: *l.Name, Alias: *l.Alias, Status: string(l.Status), Created: ptr(l.CreatedAt.UTC()),
			Block: controlBlock(l.PublicAccessBlock), Buckets: []string{}}
		for _, r := range l.Regions {
			m.Buckets = append(m.Buckets, *r.Region+"/"+*r.Bucket)
		}
		slices.Sort(m.Buckets)
		m.Effective = either(m.Block, above)
		verdict, err := far.GetMultiRegionAccessPointPolicyStatus(ctx, &s3control.GetMultiRegionAccessPointPolicyStatusInput{AccountId: account, Name: l.Name})
		must(t, err)
		m.PolicyPublic = &verdict.Established.IsPublic
		multi = append(multi, m)
	}
	return points, multi
}
