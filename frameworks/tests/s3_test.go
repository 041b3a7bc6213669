package tests_test

import (
	"testing"

	"github.com/auditseal/auditseal/collectors/s3"
	"github.com/auditseal/auditseal/frameworks/assess"
)

// sound is a bucket with nothing amiss, changed by the functions.
func sound(change ...func(*s3.Bucket)) *s3.Bucket {
	b := &s3.Bucket{InScope: true, Effective: &s3.Effective{BlockPublicACLs: true, IgnorePublicACLs: true, BlockPublicPolicy: true, RestrictPublicBuckets: true},
		PolicyPublic: ptr(false), TLSOnly: ptr(true), LogSources: []string{}, ACL: &s3.ACL{PublicGrants: []string{}}, ACLsDisabled: ptr(true),
		Encryption: &s3.Encryption{Algorithm: "aws:kms"}, Versioning: &s3.Versioning{Status: "Enabled", MFADelete: "Never"}, ObjectLock: &s3.ObjectLock{}, Logging: &s3.Logging{Enabled: true}}
	for _, c := range change {
		c(b)
	}
	return b
}

// open is a bucket that nothing blocks.
func open(change ...func(*s3.Bucket)) *s3.Bucket {
	return sound(append([]func(*s3.Bucket){func(b *s3.Bucket) { b.Effective, b.ACLsDisabled = &s3.Effective{}, ptr(false) }}, change...)...)
}

// elsewhere is a bucket in a region that is not in scope: it must not decide anything.
func elsewhere() *s3.Bucket { return &s3.Bucket{} }

func blocked(acls, ignore, policy, restrict bool) *s3.Block {
	return &s3.Block{Configured: true, BlockPublicACLs: acls, IgnorePublicACLs: ignore, BlockPublicPolicy: policy, RestrictPublicBuckets: restrict}
}

func encryptedBy(algorithm string) func(*s3.Bucket) {
	return func(b *s3.Bucket) { b.Encryption.Algorithm = algorithm }
}

func logsOf(service string) func(*s3.Bucket) {
	return func(b *s3.Bucket) { b.LogSources = []string{service} }
}

func locked(mode *string, days *int) func(*s3.Bucket) {
	return func(b *s3.Bucket) {
		b.LogSources, b.ObjectLock = []string{"cloudtrail.amazonaws.com"}, &s3.ObjectLock{Enabled: true, Mode: mode, RetentionDays: days}
	}
}

func TestS3Results(t *testing.T) {
	public := func(b *s3.Bucket) { b.PolicyPublic = ptr(true) }
	publicACL := func(b *s3.Bucket) { b.ACL.Public = true }
	accessLogs, trail := logsOf("logging.s3.amazonaws.com"), logsOf("cloudtrail.amazonaws.com")
	status := func(s string) func(*s3.Bucket) { return func(b *s3.Bucket) { b.Versioning.Status = s } }
	mfa := func(s string) func(*s3.Bucket) { return func(b *s3.Bucket) { b.Versioning.MFADelete = s } }
	point := func(public, restricted bool) *s3.AccessPoint {
		return &s3.AccessPoint{PolicyPublic: &public, Effective: &s3.Effective{RestrictPublicBuckets: restricted}}
	}
	many := func(public, restricted bool) *s3.MultiRegionAccessPoint {
		return &s3.MultiRegionAccessPoint{PolicyPublic: &public, Effective: &s3.Effective{RestrictPublicBuckets: restricted}}
	}
	try(t, []trial{
		{"s3-account-block-public-access",
			records{&s3.Account{Block: blocked(true, true, true, true)}},
			records{&s3.Account{Block: &s3.Block{}}, &s3.Account{Block: blocked(false, true, true, true)}, &s3.Account{Block: blocked(true, false, true, true)},
				&s3.Account{Block: blocked(true, true, false, true)}, &s3.Account{Block: blocked(true, true, true, false)}},
			records{unread(&s3.Account{}, "public_access_block"), unread(&s3.Account{Block: blocked(true, true, true, false)}, "public_access_block.restrict_public_buckets"), &s3.Account{}}},
		{"s3-bucket-block-public-access",
			records{sound(), elsewhere()},
			records{open(), sound(func(b *s3.Bucket) { b.Effective.BlockPublicACLs = false }), sound(func(b *s3.Bucket) { b.Effective.IgnorePublicACLs = false }),
				sound(func(b *s3.Bucket) { b.Effective.BlockPublicPolicy = false }), sound(func(b *s3.Bucket) { b.Effective.RestrictPublicBuckets = false })},
			records{unread(open(), "effective"), unread(sound(), "effective.ignore_public_acls"), unread(elsewhere(), "in_scope", "effective")}},
		{"s3-bucket-not-public",
			records{sound(), elsewhere(), open(), sound(public), sound(publicACL), sound(public, publicACL),
				unread(sound(), "policy_public"), unread(sound(), "acl", "acls_disabled"), // blocked, so whatever it says is of no effect
				open(publicACL, func(b *s3.Bucket) { b.ACLsDisabled = ptr(true) }), open(publicACL, func(b *s3.Bucket) { b.Effective.IgnorePublicACLs = true }),
				open(public, func(b *s3.Bucket) { b.Effective.RestrictPublicBuckets = true })},
			records{open(public), open(publicACL), open(public, func(b *s3.Bucket) { b.Effective.BlockPublicPolicy = true }), open(publicACL, func(b *s3.Bucket) { b.Effective.BlockPublicACLs = true }),
				unread(open(publicACL), "policy_public")},
			records{unread(open(), "policy_public"), unread(open(), "acl"), unread(open(), "acl.public"), unread(open(publicACL), "acls_disabled"),
				unread(open(public), "effective.restrict_public_buckets")}},
		{"s3-bucket-acls-disabled",
			records{sound(), elsewhere()},
			records{open()},
			records{unread(open(), "acls_disabled"), sound(func(b *s3.Bucket) { b.ACLsDisabled = nil })}},
		{"s3-bucket-encrypted",
			records{sound(), sound(encryptedBy("AES256")), sound(encryptedBy("aws:kms:dsse")), elsewhere()},
			records{sound(encryptedBy("")), sound(encryptedBy("aws:somehow"))},
			records{unread(sound(), "encryption"), sound(func(b *s3.Bucket) { b.Encryption = nil })}},
		{"s3-bucket-kms",
			records{sound(), sound(encryptedBy("aws:kms:dsse")), sound(encryptedBy("AES256"), accessLogs), elsewhere()},
			records{sound(encryptedBy("AES256")), sound(encryptedBy("AES256"), trail), sound(encryptedBy("aws:somehow"))},
			records{unread(sound(), "encryption.algorithm"), unread(sound(encryptedBy("AES256")), "log_sources")}},
		{"s3-bucket-tls-only",
			records{sound(), elsewhere()},
			records{sound(func(b *s3.Bucket) { b.TLSOnly = ptr(false) })},
			records{unread(sound(func(b *s3.Bucket) { b.TLSOnly = nil }), "policy", "tls_only"), sound(func(b *s3.Bucket) { b.TLSOnly = nil })}},
		{"s3-bucket-versioning",
			records{sound(), elsewhere()},
			records{sound(status("Suspended")), sound(status("Never")), sound(status("EnabledSomehow"))},
			records{unread(sound(), "versioning")}},
		{"s3-bucket-mfa-delete",
			records{sound(trail, mfa("Enabled")), sound(), sound(trail, status("Never")), sound(locked(ptr("GOVERNANCE"), ptr(400))), elsewhere()},
			records{sound(trail), sound(trail, mfa("Disabled")), sound(locked(nil, nil)), sound(locked(ptr("SOMEHOW"), ptr(400)))},
			records{unread(sound(trail), "versioning"), unread(sound(), "log_sources"), unread(sound(trail), "object_lock")}},
		{"s3-bucket-logging",
			records{sound(), sound(accessLogs, func(b *s3.Bucket) { b.Logging.Enabled = false }), elsewhere()},
			records{sound(func(b *s3.Bucket) { b.Logging.Enabled = false }), sound(trail, func(b *s3.Bucket) { b.Logging.Enabled = false })},
			records{unread(sound(), "logging"), unread(sound(func(b *s3.Bucket) { b.Logging.Enabled = false }), "log_sources")}},
		{"s3-log-archive-object-lock",
			records{sound(locked(ptr("COMPLIANCE"), ptr(2555))), sound(locked(ptr("GOVERNANCE"), ptr(365))), sound(), elsewhere()},
			records{sound(trail), sound(accessLogs), sound(locked(nil, nil)), sound(locked(ptr("COMPLIANCE"), ptr(364))), sound(locked(ptr("COMPLIANCE"), nil)), sound(locked(ptr("SOMEHOW"), ptr(400)))},
			records{unread(sound(trail), "object_lock"), unread(sound(), "log_sources"), unread(sound(locked(ptr("COMPLIANCE"), nil)), "object_lock.retention_days"),
				unread(sound(locked(nil, ptr(400))), "object_lock.mode")}},
		{"s3-access-point-not-public",
			records{point(false, false), point(true, true), unread(point(false, true), "policy_public")},
			records{point(true, false)},
			records{unread(point(false, false), "policy_public"), unread(point(true, false), "effective.restrict_public_buckets"), &s3.AccessPoint{}}},
		{"s3-multi-region-access-point-not-public",
			records{many(false, false), many(true, true)},
			records{many(true, false)},
			records{unread(many(false, false), "policy_public"), unread(many(true, false), "effective")}},
	})
}

// What is asked of buckets in scope says nothing where there is none.
func TestABucketElsewhereDecidesNothing(t *testing.T) {
	for _, id := range []string{"s3-bucket-block-public-access", "s3-bucket-not-public", "s3-bucket-encrypted", "s3-bucket-versioning", "s3-log-archive-object-lock"} {
		want(t, perform(t, id, nil, elsewhere()), assess.NotApplicable)
	}
}
