package scenario

import "time"

// demoPast declares what was otherwise in the quarter. Most of what Example Corp has was the same on every day of it; keys have their histories
// in demo_kms.go, and what the recorders missed stands in demo_config.go.
func demoPast(o *Organization) {
	at := func(m, d, hour, minute int) time.Time {
		return day(2026, m, d).Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
	}
	between := func(r *Region, kind, id string, from, to time.Time, set func(*State)) {
		r.Changes = append(r.Changes, Change{Type: kind, ID: id, At: from, Set: set}, Change{Type: kind, ID: id, At: to})
	}
	open := func(b *Bucket) { b.Block = &PublicBlock{} }

	// Somebody opened the receipts to look into a partner's errors, and closed them after three days.
	o.Bucket(DemoPayments, "receipts").History = []BucketChange{{At: at(8, 12, 9, 0), Set: open}, {At: at(8, 15, 9, 0)}}
	// A deployment that was rolled back twenty minutes later.
	o.Bucket(DemoManagement, "billing-exports").History = []BucketChange{{At: at(9, 3, 10, 0), Set: func(b *Bucket) { b.Block = &PublicBlock{ACLs: true, Ignore: true} }}, {At: at(9, 3, 10, 20)}}
	// Made in the quarter; deleted in it; deleted and made again under the same name.
	o.Bucket(DemoLogArchive, "athena-results").Created = at(8, 5, 10, 15)
	scratch := *o.Bucket(DemoPayments, "receipts")
	scratch.Name, scratch.Created, scratch.Gone, scratch.Tags = "example-corp-settlement-scratch-"+DemoPayments, day(2025, 3, 10).Add(15*time.Hour), true, nil
	scratch.Policy, scratch.LogPrefix = policyOf(tlsStatement(scratch.Name)), scratch.Name+"/"
	scratch.History = []BucketChange{{At: scratch.Created}, {At: at(9, 8, 12, 0), Deleted: true}}
	pay := o.account(DemoPayments)
	pay.S3.Buckets = append(pay.S3.Buckets, scratch)
	again := o.Bucket(DemoManagement, "stacksets")
	first := again.Created
	again.Created = at(7, 21, 16, 30)
	again.History = []BucketChange{{At: first, Set: func(b *Bucket) { b.Created = first }}, {At: at(7, 21, 10, 0), Deleted: true}, {At: again.Created}}

	// The supporters of an incident were administrators for two days.
	management, payments := o.In(DemoManagement, virginia), o.In(DemoPayments, ireland)
	between(management, "AWS::IAM::Role", roleID(DemoManagement, "incident-support"), at(9, 14, 10, 0), at(9, 16, 10, 0), func(s *State) { attach(s, awsPolicy("AdministratorAccess")) })
	// So was one of those who break the glass, by a policy of their own instead of the group's.
	between(management, "AWS::IAM::User", iamID("AIDA", DemoManagement, "break-glass-2"), at(9, 14, 10, 5), at(9, 16, 9, 30), func(s *State) { attach(s, awsPolicy("AdministratorAccess")) })
	// The organization's trail wrote no digests for five hours. That a trail was switched off is in no item.
	between(management, "AWS::CloudTrail::Trail", "example-org-trail", at(7, 28, 8, 0), at(7, 28, 13, 0), func(s *State) { s.Configuration["logFileValidationEnabled"] = false })
	// SSH to the application was open to everyone for five days.
	between(payments, "AWS::EC2::SecurityGroup", "sg-"+hexID(17, "group", DemoPayments, ireland, "app"), at(7, 6, 8, 0), at(7, 11, 8, 0), func(s *State) { openTo(s, 22, "0.0.0.0/0") })
	// Patches of the ledger came ten days late.
	between(payments, patchType, nodeType+"/i-"+hexID(17, "machine", DemoPayments, ireland, "ledger-1"), at(8, 20, 6, 0), at(8, 30, 6, 0), func(s *State) { lackPatches(s, "Critical", 3) })
	// The shop let viewers in over TLS 1.0 until its own change of July.
	edge := o.In(DemoPayments, virginia)
	between(edge, "AWS::CloudFront::Distribution", "E1SHOPEXAMPLE", edge.Recorder.Started, demoShopChanged, func(s *State) {
		s.Configuration["lastModifiedTime"] = iso(day(2024, 11, 6).Add(9 * time.Hour))
		s.Configuration["distributionConfig"].(M)["viewerCertificate"].(M)["minimumProtocolVersion"] = "TLSv1_2016"
	})

	// For four days AWS Config's verdict was another than its own items bear out.
	between(management, complianceType, bucketType+"/example-corp-access-logs-"+virginia+"-"+DemoManagement, at(8, 20, 5, 0), at(8, 24, 5, 0), func(s *State) { judged(s, "NON_COMPLIANT") })
}

// demoShopChanged is when the distributions of payments were changed last.
var demoShopChanged = day(2026, 7, 20).Add(13*time.Hour + 20*time.Minute)

// Bucket finds a bucket of Example Corp by what its name is about; it panics where there is none.
func (o *Organization) Bucket(account, about string) *Bucket {
	a := o.account(account)
	for i := range a.S3.Buckets {
		if a.S3.Buckets[i].Name == "example-corp-"+about+"-"+account {
			return &a.S3.Buckets[i]
		}
	}
	panic("scenario: no bucket about " + about + " in " + account)
}

// attach attaches a managed policy to a principal's item.
func attach(s *State, arn string) {
	s.Configuration["attachedManagedPolicies"] = append(s.Configuration["attachedManagedPolicies"].([]any), M{"policyName": arn[len(awsPolicy("")):], "policyArn": arn})
}

// judged makes AWS Config's verdict on a resource another one.
func judged(s *State, verdict string) {
	s.Configuration["complianceType"] = verdict
	for _, r := range s.Configuration["configRuleList"].([]any) {
		r.(M)["complianceType"] = verdict
	}
}
