package moto

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	controltypes "github.com/aws/aws-sdk-go-v2/service/s3control/types"
)

// away is a region that the audit does not read.
const away = "ap-southeast-2"

// s3Of speaks to S3 in an account and region.
func (s *server) s3Of(t *testing.T, account, region string) *awss3.Client {
	t.Helper()
	return awss3.NewFromConfig(s.as(t, account, region), func(o *awss3.Options) { o.UsePathStyle = true })
}

// controlOf speaks to S3 Control under AWS's own host names, which have the account in them, and dials moto whatever the name.
func (s *server) controlOf(t *testing.T, account, region string) *s3control.Client {
	t.Helper()
	cfg := s.as(t, account, region)
	cfg.BaseEndpoint = aws.String("http://s3-control." + region + ".amazonaws.com")
	cfg.HTTPClient = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", strings.TrimPrefix(s.url, "http://"))
	}}}
	return s3control.NewFromConfig(cfg)
}

// bucketPolicies are the policies of the seeded buckets; BUCKET and ACCOUNT stand for what differs.
var bucketPolicies = map[string]string{
	"locked": `{"Version":"2012-10-17","Statement":[
		{"Sid":"TLS","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::BUCKET","arn:aws:s3:::BUCKET/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}},
		{"Sid":"Trail","Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::BUCKET/AWSLogs/*"},
		{"Sid":"Auditor","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999988887777:root"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::BUCKET/*"}]}`,
	"open": `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::BUCKET/*"}}`,
	"old":  `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::ACCOUNT:root"},"Action":"s3:ListBucket","Resource":"arn:aws:s3:::BUCKET"}]}`,
}

func bucketName(account, what string) string { return "example-corp-" + account + "-" + what }

// blocks are the public access blocks of accounts and buckets: ACLs refused, ACLs ignored, policies refused, policies restricted.
var blocks = map[string][4]bool{third: {true, true, true, true}, caller: {true, false, true, false}, "locked": {true, true, true, true}, "old": {false, true, false, true}}

// seedS3 makes in every account a bucket of every sort: locked, open, logs, old, bare, and one in a region that is not read. third
// blocks everything, the caller half of it, zero has no block. The caller has access points.
func seedS3(t *testing.T, s *server, account string) {
	t.Helper()
	ctx := t.Context()
	name := func(what string) *string { return aws.String(bucketName(account, what)) }
	clients := map[string]*awss3.Client{}
	for what, region := range map[string]string{"locked": "eu-west-1", "open": "us-east-1", "logs": "eu-west-1", "old": "eu-west-1", "bare": "us-east-1", "away": away} {
		c := s.s3Of(t, account, region)
		clients[what] = c
		in := &awss3.CreateBucketInput{Bucket: name(what)}
		if what == "locked" {
			in.ObjectLockEnabledForBucket = aws.Bool(true)
		}
		if region != "us-east-1" {
			in.CreateBucketConfiguration = &s3types.CreateBucketConfiguration{LocationConstraint: s3types.BucketLocationConstraint(region)}
		}
		_, err := c.CreateBucket(ctx, in)
		must(t, err)
		if text := bucketPolicies[what]; text != "" {
			text = strings.NewReplacer("BUCKET", *name(what), "ACCOUNT", account).Replace(text)
			_, err = c.PutBucketPolicy(ctx, &awss3.PutBucketPolicyInput{Bucket: name(what), Policy: &text})
			must(t, err)
		}
		if b, there := blocks[what]; there {
			_, err = c.PutPublicAccessBlock(ctx, &awss3.PutPublicAccessBlockInput{Bucket: name(what), PublicAccessBlockConfiguration: &s3types.PublicAccessBlockConfiguration{
				BlockPublicAcls: &b[0], IgnorePublicAcls: &b[1], BlockPublicPolicy: &b[2], RestrictPublicBuckets: &b[3]}})
			must(t, err)
		}
	}
	seedLocked(t, clients["locked"], name("locked"), name("logs"))

	c := clients["old"]
	_, err := c.PutBucketVersioning(ctx, &awss3.PutBucketVersioningInput{Bucket: name("old"), VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusSuspended}})
	must(t, err)
	_, err = c.PutBucketEncryption(ctx, &awss3.PutBucketEncryptionInput{Bucket: name("old"), ServerSideEncryptionConfiguration: &s3types.ServerSideEncryptionConfiguration{Rules: []s3types.ServerSideEncryptionRule{
		{ApplyServerSideEncryptionByDefault: &s3types.ServerSideEncryptionByDefault{SSEAlgorithm: s3types.ServerSideEncryptionAes256}}}}})
	must(t, err)
	_, err = c.PutBucketOwnershipControls(ctx, &awss3.PutBucketOwnershipControlsInput{Bucket: name("old"), OwnershipControls: &s3types.OwnershipControls{Rules: []s3types.OwnershipControlsRule{
		{ObjectOwnership: s3types.ObjectOwnershipBucketOwnerPreferred}}}})
	must(t, err)

	c = clients["open"]
	grantTo(t, c, name("open"), everybody{"http://acs.amazonaws.com/groups/global/AllUsers", s3types.PermissionRead},
		everybody{"http://acs.amazonaws.com/groups/global/AuthenticatedUsers", s3types.PermissionWrite}, everybody{"", s3types.PermissionRead})

	if b, there := blocks[account]; there {
		_, err = s.controlOf(t, account, "us-east-1").PutPublicAccessBlock(ctx, &s3control.PutPublicAccessBlockInput{AccountId: &account, PublicAccessBlockConfiguration: &controltypes.PublicAccessBlockConfiguration{
			BlockPublicAcls: &b[0], IgnorePublicAcls: &b[1], BlockPublicPolicy: &b[2], RestrictPublicBuckets: &b[3]}})
		must(t, err)
	}
}

// An everybody is a grant to a group, or to one canonical user where there is none.
type everybody struct {
	group      string
	permission s3types.Permission
}

// grantTo sets a bucket's ACL grant by grant: of a canned ACL that gives two permissions to one group moto shows the first.
func grantTo(t *testing.T, c *awss3.Client, bucket *string, to ...everybody) {
	t.Helper()
	owner := &s3types.Owner{ID: aws.String("75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a")} // moto has this one in every account
	grants := []s3types.Grant{{Grantee: &s3types.Grantee{Type: s3types.TypeCanonicalUser, ID: owner.ID}, Permission: s3types.PermissionFullControl}}
	for _, e := range to {
		g := s3types.Grant{Grantee: &s3types.Grantee{Type: s3types.TypeGroup, URI: &e.group}, Permission: e.permission}
		if e.group == "" {
			g.Grantee = &s3types.Grantee{Type: s3types.TypeCanonicalUser, ID: aws.String("aaaabbbbccccddddaaaabbbbccccddddaaaabbbbccccddddaaaabbbbccccdddd")}
		}
		grants = append(grants, g)
	}
	_, err := c.PutBucketAcl(t.Context(), &awss3.PutBucketAclInput{Bucket: bucket, AccessControlPolicy: &s3types.AccessControlPolicy{Owner: owner, Grants: grants}})
	must(t, err)
}

// seedLocked gives a bucket everything that a bucket can have.
func seedLocked(t *testing.T, c *awss3.Client, bucket, logs *string) {
	t.Helper()
	ctx := t.Context()
	_, err := c.PutObjectLockConfiguration(ctx, &awss3.PutObjectLockConfigurationInput{Bucket: bucket, ObjectLockConfiguration: &s3types.ObjectLockConfiguration{ObjectLockEnabled: s3types.ObjectLockEnabledEnabled,
		Rule: &s3types.ObjectLockRule{DefaultRetention: &s3types.DefaultRetention{Mode: s3types.ObjectLockRetentionModeCompliance, Years: aws.Int32(7)}}}})
	must(t, err)
	_, err = c.PutBucketVersioning(ctx, &awss3.PutBucketVersioningInput{Bucket: bucket, VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusEnabled}})
	must(t, err)
	_, err = c.PutBucketEncryption(ctx, &awss3.PutBucketEncryptionInput{Bucket: bucket, ServerSideEncryptionConfiguration: &s3types.ServerSideEncryptionConfiguration{Rules: []s3types.ServerSideEncryptionRule{
		{BucketKeyEnabled: aws.Bool(true), ApplyServerSideEncryptionByDefault: &s3types.ServerSideEncryptionByDefault{SSEAlgorithm: s3types.ServerSideEncryptionAwsKms, KMSMasterKeyID: aws.String("alias/ledger")}}}}})
	must(t, err)
	_, err = c.PutBucketOwnershipControls(ctx, &awss3.PutBucketOwnershipControlsInput{Bucket: bucket, OwnershipControls: &s3types.OwnershipControls{Rules: []s3types.OwnershipControlsRule{
		{ObjectOwnership: s3types.ObjectOwnershipBucketOwnerEnforced}}}})
	must(t, err)
	// The target has to let S3 write before moto takes it, as AWS does.
	grantTo(t, c, logs, everybody{"http://acs.amazonaws.com/groups/s3/LogDelivery", s3types.PermissionWrite}, everybody{"http://acs.amazonaws.com/groups/s3/LogDelivery", s3types.PermissionReadAcp})
	_, err = c.PutBucketLogging(ctx, &awss3.PutBucketLoggingInput{Bucket: bucket, BucketLoggingStatus: &s3types.BucketLoggingStatus{LoggingEnabled: &s3types.LoggingEnabled{TargetBucket: logs, TargetPrefix: aws.String("access/")}}})
	must(t, err)
	_, err = c.PutBucketLifecycleConfiguration(ctx, &awss3.PutBucketLifecycleConfigurationInput{Bucket: bucket, LifecycleConfiguration: &s3types.BucketLifecycleConfiguration{Rules: []s3types.LifecycleRule{
		{ID: aws.String("on"), Status: s3types.ExpirationStatusEnabled, Filter: &s3types.LifecycleRuleFilter{Prefix: aws.String("")}, Expiration: &s3types.LifecycleExpiration{Days: aws.Int32(3650)}},
		{ID: aws.String("off"), Status: s3types.ExpirationStatusDisabled, Filter: &s3types.LifecycleRuleFilter{Prefix: aws.String("tmp/")}, Expiration: &s3types.LifecycleExpiration{Days: aws.Int32(1)}}}}})
	must(t, err)
	_, err = c.PutBucketReplication(ctx, &awss3.PutBucketReplicationInput{Bucket: bucket, ReplicationConfiguration: &s3types.ReplicationConfiguration{Role: aws.String("arn:aws:iam::999988887777:role/replicate"), Rules: []s3types.ReplicationRule{
		{ID: aws.String("copy"), Priority: aws.Int32(1), Status: s3types.ReplicationRuleStatusEnabled, Filter: &s3types.ReplicationRuleFilter{Prefix: aws.String("")}, DeleteMarkerReplication: &s3types.DeleteMarkerReplication{Status: s3types.DeleteMarkerReplicationStatusDisabled}, Destination: &s3types.Destination{Bucket: aws.String("arn:aws:s3:::example-corp-copies")}},
		{ID: aws.String("later"), Priority: aws.Int32(2), Status: s3types.ReplicationRuleStatusDisabled, Filter: &s3types.ReplicationRuleFilter{Prefix: aws.String("x")}, DeleteMarkerReplication: &s3types.DeleteMarkerReplication{Status: s3types.DeleteMarkerReplicationStatusDisabled}, Destination: &s3types.Destination{Bucket: aws.String("arn:aws:s3:::example-corp-later")}}}}})
	must(t, err)
	_, err = c.PutBucketTagging(ctx, &awss3.PutBucketTaggingInput{Bucket: bucket, Tagging: &s3types.Tagging{TagSet: []s3types.Tag{{Key: aws.String("owner"), Value: aws.String("=1+1")}, {Key: aws.String("<b>"), Value: aws.String("")}}}})
	must(t, err)
}

// seedAccessPoints makes one for everyone with an open policy, one for a VPC, and one over two regions.
func seedAccessPoints(t *testing.T, s *server) {
	t.Helper()
	c, ctx := s.controlOf(t, caller, "us-east-1"), t.Context()
	no := &controltypes.PublicAccessBlockConfiguration{BlockPublicAcls: aws.Bool(false), IgnorePublicAcls: aws.Bool(false), BlockPublicPolicy: aws.Bool(false), RestrictPublicBuckets: aws.Bool(false)}
	_, err := c.CreateAccessPoint(ctx, &s3control.CreateAccessPointInput{AccountId: aws.String(caller), Name: aws.String("partners"), Bucket: aws.String(bucketName(caller, "open")), PublicAccessBlockConfiguration: no})
	must(t, err)
	_, err = c.PutAccessPointPolicy(ctx, &s3control.PutAccessPointPolicyInput{AccountId: aws.String(caller), Name: aws.String("partners"),
		Policy: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}]}`)})
	must(t, err)
	_, err = c.CreateAccessPoint(ctx, &s3control.CreateAccessPointInput{AccountId: aws.String(caller), Name: aws.String("inside"), Bucket: aws.String(bucketName(caller, "bare")),
		VpcConfiguration: &controltypes.VpcConfiguration{VpcId: aws.String("vpc-0a1b2c3d")}})
	must(t, err)
	far := s.controlOf(t, caller, "us-west-2")
	_, err = far.CreateMultiRegionAccessPoint(ctx, &s3control.CreateMultiRegionAccessPointInput{AccountId: aws.String(caller), Details: &controltypes.CreateMultiRegionAccessPointInput{Name: aws.String("worldwide"), PublicAccessBlock: no,
		Regions: []controltypes.Region{{Bucket: aws.String(bucketName(caller, "bare"))}, {Bucket: aws.String(bucketName(caller, "locked"))}}}})
	must(t, err)
	_, err = far.PutMultiRegionAccessPointPolicy(ctx, &s3control.PutMultiRegionAccessPointPolicyInput{AccountId: aws.String(caller), Details: &controltypes.PutMultiRegionAccessPointPolicyInput{Name: aws.String("worldwide"),
		Policy: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}]}`)}})
	must(t, err)
}
