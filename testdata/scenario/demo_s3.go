package scenario

import (
	"fmt"
	"strings"
	"time"
)

// tlsStatement denies everyone everything without TLS.
func tlsStatement(bucket string) string {
	return fmt.Sprintf(`{"Sid":"TLSOnly","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::%[1]s","arn:aws:s3:::%[1]s/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}`, bucket)
}

func deliverStatement(bucket, service, account string) string {
	return fmt.Sprintf(`{"Sid":"Deliver","Effect":"Allow","Principal":{"Service":"%s"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::%s/*","Condition":{"StringEquals":{"aws:SourceAccount":"%s"}}}`, service, bucket, account)
}

func policyOf(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

// allBlocked blocks everything.
func allBlocked() *PublicBlock { return &PublicBlock{true, true, true, true} }

// demoS3 declares what Example Corp has of it.
func demoS3(o *Organization) {
	made := day(2023, 2, 6).Add(8*time.Hour + 30*time.Minute)
	for _, a := range o.Accounts {
		a.S3 = &S3{Block: allBlocked()}
		sound := func(name, region string) Bucket {
			b := Bucket{Name: "example-corp-" + name + "-" + a.ID, Region: region, Created: made, Block: allBlocked(), Algorithm: "aws:kms", BucketKey: true, Versioning: "Enabled",
				LogTo: "example-corp-access-logs-" + a.ID, Expire: []int{730}, Tags: []Tag{{"owner", "platform-engineering"}, {"data-classification", "confidential"}}}
			b.KMSKey = "arn:aws:kms:" + region + ":" + a.ID + ":key/" + uuid("demo", a.ID, region, name)
			b.LogPrefix = b.Name + "/"
			b.Policy = policyOf(tlsStatement(b.Name))
			return b
		}
		// The buckets that access logs go to can only use keys of S3's own, and do not log themselves.
		logs := func(region string) Bucket {
			b := Bucket{Name: "example-corp-access-logs-" + a.ID, Region: region, Created: made, Block: allBlocked(), Versioning: "Enabled", Expire: []int{400, -30}}
			if region != ireland {
				b.Name = "example-corp-access-logs-" + region + "-" + a.ID
			}
			b.Policy = policyOf(deliverStatement(b.Name, "logging.s3.amazonaws.com", a.ID), tlsStatement(b.Name))
			return b
		}
		add := func(b Bucket, change ...func(*Bucket)) {
			for _, c := range change {
				c(&b)
			}
			a.S3.Buckets = append(a.S3.Buckets, b)
		}
		add(logs(ireland))
		add(logs(virginia))
		switch a.ID {
		case DemoManagement:
			add(sound("billing-exports", virginia))
			add(sound("stacksets", ireland))
			// In a region that the audit does not read.
			add(sound("disaster-recovery", "us-west-2"), func(b *Bucket) { b.Block, b.Policy, b.Versioning = nil, "", "" })
		case DemoLogArchive:
			deliver := func(service string) func(*Bucket) {
				return func(b *Bucket) {
					b.Policy = policyOf(deliverStatement(b.Name, service, DemoManagement), tlsStatement(b.Name))
				}
			}
			add(sound("cloudtrail", ireland), deliver("cloudtrail.amazonaws.com"), func(b *Bucket) {
				b.Lock, b.MFADelete, b.Replicas = &BucketLock{Mode: "COMPLIANCE", Years: 7}, "Enabled", []string{"example-corp-cloudtrail-copy-" + a.ID}
			})
			add(sound("cloudtrail-copy", virginia), func(b *Bucket) { b.Lock = &BucketLock{Mode: "COMPLIANCE", Years: 7} })
			add(sound("config", ireland), deliver("config.amazonaws.com"), func(b *Bucket) { b.Lock = &BucketLock{Mode: "GOVERNANCE", Days: 400} })
			// Flow logs can be deleted: no lock.
			add(sound("vpc-flow-logs", virginia), deliver("delivery.logs.amazonaws.com"), func(b *Bucket) { b.Refused = []string{"SSE-C"} })
			// Lock without a default retention keeps nothing.
			add(sound("athena-results", ireland), func(b *Bucket) { b.Lock = &BucketLock{} })
		case DemoPayments:
			// The account blocks ACLs only; policies are left to each bucket.
			a.S3.Block = &PublicBlock{ACLs: true, Ignore: true}
			add(sound("receipts", ireland), func(b *Bucket) {
				b.Tags = []Tag{{"owner", "payments"}, {"note", "=1+1@SUM"}, {"path", "../../etc/passwd"}, {"phone", "+44 20 7946 0000"}, {"numeric", "0012345"}, {"formula", "-2+3"}}
			})
			add(sound("card-vault-exports", ireland), func(b *Bucket) { b.Denied = []string{"GetBucketPolicyStatus"} })
			// No policy at all, so no TLS either, and a block of its own that is off.
			add(sound("chargeback-inbox", ireland), func(b *Bucket) { b.Policy, b.Block = "", &PublicBlock{} })
			// TLS is demanded of the objects but not of the bucket.
			add(sound("settlements", virginia), func(b *Bucket) {
				b.Policy = policyOf(strings.Replace(tlsStatement(b.Name), `"arn:aws:s3:::`+b.Name+`",`, "", 1))
				b.Versioning, b.LogTo, b.Tags = "Suspended", "", nil
			})
			a.S3.AccessPoints = []AccessPoint{
				{Name: "receipts-etl", Region: ireland, Bucket: "example-corp-receipts-" + a.ID, VPC: "vpc-0a1b2c3d4e5f60718", Created: made, Block: *allBlocked(), Policy: true},
				{Name: "settlement-readers", Region: virginia, Bucket: "example-corp-settlements-" + a.ID, Created: made, Block: *allBlocked()},
			}
			a.S3.MultiRegion = []MultiRegionAccessPoint{{Name: "ledger-everywhere", Alias: "m1x2example3p4.mrap", Created: made, Block: *allBlocked(),
				Buckets: []Bucket{{Name: "example-corp-receipts-" + a.ID, Region: ireland}, {Name: "example-corp-settlements-" + a.ID, Region: virginia}}}}
		case DemoData:
			// Nothing is blocked for the account.
			a.S3.Block = nil
			add(sound("lake-curated", ireland))
			// Meant to be public, and is: by policy.
			add(sound("open-datasets", ireland), func(b *Bucket) {
				b.Block, b.Public, b.Algorithm, b.KMSKey, b.BucketKey = &PublicBlock{ACLs: true, Ignore: true}, true, "", "", false
				b.Policy = policyOf(`{"Sid":"Readers","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::`+b.Name+`/*"}`, tlsStatement(b.Name))
			})
			// Public by its ACL, since before ACLs could be disabled.
			add(sound("legacy-downloads", virginia), func(b *Bucket) {
				b.Block, b.Policy, b.Ownership, b.Versioning, b.Algorithm, b.KMSKey, b.BucketKey, b.Created = nil, "", "none", "", "", "", false, day(2017, 3, 14)
				b.Grants = []BucketGrant{{Group: "global/AllUsers", Permission: "READ"}, {Group: "global/AuthenticatedUsers", Permission: "READ_ACP"}, {User: canonical(DemoPayments), Permission: "READ"}}
				b.LogTo, b.Expire, b.Tags = "", nil, nil
			})
			// The same grant, but the bucket ignores it.
			add(sound("feature-store", virginia), func(b *Bucket) {
				b.Ownership, b.Grants = "BucketOwnerPreferred", []BucketGrant{{Group: "global/AllUsers", Permission: "READ"}, {Group: "s3/LogDelivery", Permission: "WRITE"}}
			})
			a.S3.AccessPoints = []AccessPoint{{Name: "open-datasets-public", Region: ireland, Bucket: "example-corp-open-datasets-" + a.ID, Created: made,
				Block: PublicBlock{ACLs: true, Ignore: true}, Policy: true, Public: true}}
		}
	}
}

// largeS3 declares what each account of a large organization has of it.
func largeS3(o *Organization) {
	for _, a := range o.Accounts {
		a.S3 = &S3{Block: allBlocked()}
		for _, r := range a.Regions {
			name := "example-group-data-" + r.Name + "-" + a.ID
			a.S3.Buckets = append(a.S3.Buckets, Bucket{Name: name, Region: r.Name, Created: o.AsOf.AddDate(-2, 0, 0), Block: allBlocked(), Policy: policyOf(tlsStatement(name)), Versioning: "Enabled"})
		}
	}
}
