package scenario

import (
	"fmt"
	"time"
)

// The week without a recorder in payments, Virginia.
var (
	recorderStopped = day(2026, 8, 10).Add(9*time.Hour + 12*time.Minute)
	recorderStarted = day(2026, 8, 17).Add(14*time.Hour + 40*time.Minute)
)

func demoConfig(o *Organization) {
	for _, a := range o.Accounts {
		for _, r := range a.Regions {
			r.Resources = discoveredHere()
			r.Rules = demoRules(a, r)
			r.RetentionDays = 2557
		}
	}
	o.In(DemoPayments, virginia).Recorder.Off = []Span{{recorderStopped, recorderStarted}}
	o.In(DemoLogArchive, virginia).Recorder.Off = []Span{{day(2026, 6, 18).Add(7 * time.Hour), time.Time{}}}
	o.In(DemoData, ireland).Recorder.Frequency = "DAILY"
	o.In(DemoData, virginia).RetentionDays = 0
	o.In(DemoManagement, virginia).Recorder.DailyTypes = []string{"AWS::EC2::Volume"}
	logs := o.In(DemoLogArchive, ireland)
	// Verdicts over time are not recorded here either.
	logs.Recorder.Excluded = []string{complianceType, "AWS::EC2::NetworkInterface"}
	delivery := o.In(DemoData, virginia).Delivery
	delivery.Last, delivery.Failure, delivery.FailureMessage = day(2026, 9, 25), "AccessDenied", "The delivery bucket's policy does not allow AWS Config to write."

	// The pack in payments shows nothing red, and one of its rules never had data.
	pay := o.In(DemoPayments, ireland)
	suffix := "-conformance-pack-9xq2kd7ab"
	pay.Rules = append(pay.Rules,
		Rule{Name: "kms-key-policy-no-public-access" + suffix, Owner: "AWS", Identifier: "KMS_KEY_POLICY_NO_PUBLIC_ACCESS", Types: []string{"AWS::KMS::Key"}, CreatedBy: "config-conforms.amazonaws.com",
			Activated: day(2025, 11, 3), Evaluated: Now.Add(-5 * time.Hour), Results: keyResults(pay, func(Key) string { return "COMPLIANT" })},
		Rule{Name: "s3-default-encryption-kms" + suffix, Owner: "AWS", Identifier: "S3_DEFAULT_ENCRYPTION_KMS", Types: []string{"AWS::S3::Bucket"}, CreatedBy: "config-conforms.amazonaws.com",
			Activated: day(2025, 11, 3), Evaluated: Now.Add(-5 * time.Hour), Results: bucketResults(o.account(DemoPayments), pay, compliantBucket)},
		Rule{Name: "secretsmanager-using-cmk" + suffix, Owner: "AWS", Identifier: "SECRETSMANAGER_USING_CMK", Types: []string{"AWS::SecretsManager::Secret"}, CreatedBy: "config-conforms.amazonaws.com"})
	pay.Packs = []ConformancePack{{Name: "example-encryption-and-keys", ID: "conformance-pack-9xq2kd7ab", Requested: day(2025, 11, 3), Completed: day(2025, 11, 3).Add(6 * time.Minute),
		Rules:    []string{"kms-key-policy-no-public-access" + suffix, "s3-default-encryption-kms" + suffix, "secretsmanager-using-cmk" + suffix},
		Controls: map[string][]string{"secretsmanager-using-cmk" + suffix: {"SC-28"}}, Parameters: []Tag{{"S3DefaultEncryptionKmsParamKmsKeyArns", "*"}}}}
	o.In(DemoData, ireland).Packs = []ConformancePack{{Name: "example-data-lake-baseline", State: "CREATE_FAILED", Reason: "The template names a rule that does not exist in this Region.", Requested: day(2026, 9, 15)}}

	sources := []AggregatorSource{{ID: o.ID, Type: "ORGANIZATION", Status: "SUCCEEDED", Updated: Now.Add(-time.Hour)}}
	for _, a := range o.Accounts {
		for _, r := range a.Regions {
			s := AggregatorSource{ID: a.ID, Type: "ACCOUNT", Region: r.Name, Status: "SUCCEEDED", Updated: Now.Add(-time.Hour)}
			if a.ID == DemoLogArchive && r.Name == virginia {
				s.Status, s.Updated, s.Failure, s.FailureMessage = "OUTDATED", day(2026, 6, 18).Add(7*time.Hour), "ResourceNotFoundException", "The configuration recorder is stopped."
			}
			sources = append(sources, s)
		}
	}
	o.In(DemoManagement, ireland).Aggregators = []Aggregator{{Name: "example-organization", Role: "arn:aws:iam::" + DemoManagement + ":role/aws-service-role/organizations.config.amazonaws.com/AWSServiceRoleForConfigMultiAccountSetup",
		Created: day(2023, 5, 9), Updated: day(2024, 1, 12), Sources: sources}}
}

// bucketsOf are the names of an account's buckets in a region.
func bucketsOf(a *Account, region string) []string {
	var out []string
	if a.S3 == nil {
		return nil
	}
	for _, b := range a.S3.Buckets {
		if b.Region == region && !b.Gone {
			out = append(out, b.Name)
		}
	}
	return out
}

// discoveredHere is what no other service here tells of.
func discoveredHere() []Resource {
	return []Resource{{Type: "AWS::EC2::Volume", Count: 14}, {Type: "AWS::Lambda::Function", Count: 109}}
}

const rotationRule = "cmk-backing-key-rotation-enabled"

func keyResults(r *Region, judge func(Key) string) []Result {
	var out []Result
	for _, k := range r.Keys {
		if kind := judge(k); kind != "" && !k.Gone && !k.Undiscovered && k.manager() == "CUSTOMER" {
			out = append(out, Result{Type: "AWS::KMS::Key", ID: k.ID, Compliance: kind, Recorded: Now.Add(-5 * time.Hour)})
		}
	}
	return out
}

// bucketResults are a rule's results on the buckets here.
func bucketResults(a *Account, r *Region, judge func(*Bucket) string) []Result {
	var out []Result
	for i := range a.S3.Buckets {
		if b := &a.S3.Buckets[i]; b.Region == r.Name && !b.Gone {
			out = append(out, Result{Type: bucketType, ID: b.Name, Compliance: judge(b), Recorded: Now.Add(-6 * time.Hour)})
		}
	}
	return out
}

func compliantBucket(*Bucket) string { return "COMPLIANT" }

func demoRules(a *Account, r *Region) []Rule {
	since, last := day(2023, 5, 12), Now.Add(-5*time.Hour)
	rules := []Rule{
		{Name: rotationRule, Owner: "AWS", Identifier: "CMK_BACKING_KEY_ROTATION_ENABLED", Frequency: "TwentyFour_Hours", Activated: since, Evaluated: last,
			Description: "Checks that automatic rotation is enabled for each customer managed symmetric key.",
			Results: keyResults(r, func(k Key) string {
				switch {
				case !k.rotates() || k.State != "":
					return "NOT_APPLICABLE"
				case k.Rotation.Enabled:
					return "COMPLIANT"
				}
				return "NON_COMPLIANT"
			})},
		{Name: "kms-cmk-not-scheduled-for-deletion", Owner: "AWS", Identifier: "KMS_CMK_NOT_SCHEDULED_FOR_DELETION", Types: []string{"AWS::KMS::Key"}, Frequency: "TwentyFour_Hours", Activated: since, Evaluated: last,
			Results: keyResults(r, func(k Key) string {
				if k.State == "PendingDeletion" {
					return "NON_COMPLIANT"
				}
				return "COMPLIANT"
			})},
		{Name: blockRule, Owner: "AWS", Identifier: "S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED", Types: []string{"AWS::S3::Bucket"}, Activated: since, Evaluated: last,
			Results: bucketResults(a, r, func(b *Bucket) string { return compliantIf(b.Block != nil && *b.Block == *allBlocked()) })},
		{Name: "securityhub-kms-cmk-not-scheduled-for-deletion-" + hexID(8, a.ID, r.Name), Owner: "AWS", Identifier: "KMS_CMK_NOT_SCHEDULED_FOR_DELETION", CreatedBy: "securityhub.amazonaws.com",
			Activated: since.AddDate(0, 1, 0), Evaluated: last, Results: keyResults(r, func(Key) string { return "COMPLIANT" })},
	}
	if r.Name == virginia {
		rules = append(rules, Rule{Name: "acm-certificate-expiration-check", Owner: "AWS", Identifier: "ACM_CERTIFICATE_EXPIRATION_CHECK", Parameters: `{"daysToExpiration":"45"}`, Frequency: "TwentyFour_Hours", Types: []string{"AWS::ACM::Certificate"}})
	}
	if a.ID == DemoData {
		bad := bucketResults(a, r, compliantBucket)
		for i := range bad {
			if i == 2 {
				bad[i].Compliance, bad[i].Annotation = "NON_COMPLIANT", "The bucket has no owner tag that the directory knows; +1 attempt."
			}
		}
		rules = append(rules, Rule{Name: "example-bucket-owner-known", Owner: "CUSTOM_LAMBDA", Identifier: fmt.Sprintf("arn:aws:lambda:%s:%s:function:config-bucket-owner", r.Name, a.ID),
			Types: []string{"AWS::S3::Bucket"}, Activated: day(2025, 3, 3), Evaluated: day(2026, 9, 2), Failed: Now.Add(-8 * time.Hour), Failure: "AccessDenied",
			FailureMessage: "The AWS Lambda function could not put its evaluations.", Results: bad})
	}
	return rules
}
