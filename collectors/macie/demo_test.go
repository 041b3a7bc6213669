package macie

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
	"github.com/auditseal/auditseal/testdata/scenario"
)

const (
	ireland  = "eu-west-1"
	virginia = "us-east-1"
)

// demo collects one account of the demo organization in one region.
func demo(t *testing.T, account, region string, faults ...*scenario.Fault) *celltest.Result {
	t.Helper()
	s := scenario.Start(scenario.Config{Organization: scenario.Demo(), Faults: faults})
	t.Cleanup(s.Close)
	return celltest.Run(t, Collector{}, celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(account), Account: account, Region: region,
		Scope: evidence.Scope{Accounts: []string{scenario.DemoLogArchive, scenario.DemoManagement, scenario.DemoPayments, scenario.DemoData}}})
}

func the(t *testing.T, r *celltest.Result) *Account { return celltest.One[Account](t, r, "/macie") }

var (
	meta  = cmpopts.IgnoreFields(evidence.Meta{}, "Collected", "Evidence")
	since = time.Date(2024, 3, 4, 9, 0, 0, 0, time.UTC)
)

func at(account, region, id string) evidence.Meta {
	return evidence.Meta{ID: id, Account: account, Region: region}
}

func TestTheAdministratorIsReadWhole(t *testing.T) {
	r := demo(t, scenario.DemoManagement, ireland)
	if len(r.Gaps) > 0 {
		t.Fatalf("gaps %v", r.Gaps)
	}
	const id = scenario.DemoManagement
	arn := func(rest string) string { return "arn:aws:macie2:eu-west-1:" + id + ":" + rest }
	rec := the(t, r)
	want := &Account{Meta: at(id, ireland, id+"/eu-west-1/macie"), Status: "enabled", Missing: []string{}, Session: new("ENABLED"), PublishingFrequency: new("SIX_HOURS"),
		ServiceRole: new("arn:aws:iam::" + id + ":role/aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie"), Created: &since, Updated: new(since.Add(time.Hour)),
		Role: new("administrator"), Discovery: &Discovery{Status: "ENABLED", AutoEnable: new("ALL"), FirstEnabled: &since, Updated: new(since.AddDate(0, 2, 0))},
		Export:        &Export{Bucket: "example-corp-macie-results-012345678901", Prefix: new("macie/"), KMSKey: rec.Export.KMSKey},
		PublishPolicy: new(true), PublishSensitive: new(true), Jobs: new(4)}
	if d := cmp.Diff(want, rec, meta); d != "" {
		t.Error(d)
	}
	// Session, administrator, discovery of the organization and of the account, export, publication, and two pages of jobs.
	if len(rec.Evidence) != 8 || rec.Export.KMSKey == "" {
		t.Errorf("read from %d exchanges", len(rec.Evidence))
	}
	known := func(member, relationship string) *Member {
		return &Member{Meta: at(id, ireland, arn("member/"+member)), Member: member, Relationship: relationship, Administrator: new(id), Updated: new(since.AddDate(0, 1, 0))}
	}
	if d := cmp.Diff([]*Member{known("012345678901", "Enabled"), known("444455556666", "Enabled"), known("777788889999", "Resigned"), known("555566667777", "Invited")}, celltest.Of[Member](r), meta); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]*Organization{{Meta: at(id, ireland, id+"/eu-west-1/macie/organization"), AutoEnable: true, LimitReached: new(false), Discovery: rec.Discovery.AutoEnable}}, celltest.Of[Organization](r), meta); d != "" {
		t.Error(d)
	}
	jobs := celltest.Of[Job](r)
	job := func(n int, j Job) *Job {
		j.Meta, j.Job = at(id, ireland, arn("classification-job/"+jobs[n].Job)), jobs[n].Job
		return &j
	}
	if d := cmp.Diff([]*Job{
		job(0, Job{Name: new("confidential-weekly"), Type: "SCHEDULED", Status: "IDLE", LastRun: new("NONE"), Created: &since, ByCriteria: true}),
		job(1, Job{Name: new("=cmd|' /C calc'!A0"), Type: "ONE_TIME", Status: "COMPLETE", LastRun: new("ERROR"), Created: new(since.AddDate(0, 3, 0)), Buckets: 2}),
		job(2, Job{Name: new("lake-monthly"), Type: "SCHEDULED", Status: "USER_PAUSED", LastRun: new("NONE"), Created: new(since.AddDate(1, 0, 0)), Buckets: 1, PausedSince: new(scenario.Now.AddDate(0, 0, -12))}),
		job(3, Job{Name: new("first-look"), Type: "ONE_TIME", Status: "CANCELLED", Created: &since, Buckets: 1}),
	}, jobs, meta); d != "" {
		t.Error(d)
	}
	filters := celltest.Of[Filter](r)
	filter := func(n int, name, action string, tags map[string]string) *Filter {
		return &Filter{Meta: at(id, ireland, arn("findings-filter/"+filters[n].Filter)), Filter: filters[n].Filter, Name: &name, Action: action, Tags: tags}
	}
	if d := cmp.Diff([]*Filter{
		filter(0, "open-datasets-are-public", "ARCHIVE", map[string]string{"approved-by": "ciso", "note": "<script>alert(1)</script>"}),
		filter(1, "high-severity", "NOOP", map[string]string{}), filter(2, "payments", "NOOP", map[string]string{}), filter(3, "test-card-numbers", "ARCHIVE", map[string]string{}),
	}, filters, meta); d != "" {
		t.Error(d)
	}
	lists := celltest.Of[AllowList](r)
	if d := cmp.Diff(&AllowList{Meta: at(id, ireland, lists[0].ID), Name: new("test-cards"), Description: new("Card numbers that the schemes publish for tests"), Created: &since, Updated: new(since.AddDate(0, 5, 0))}, lists[0], meta); d != "" || len(lists) != 4 || lists[1].Description != nil {
		t.Error(d, len(lists), lists[1])
	}
	if d := cmp.Diff([]*Statistics{{Meta: at(id, ireland, id+"/eu-west-1/macie/buckets"), Buckets: 6, SharedInside: 1, UnencryptedUploads: 6, Objects: new(7224), ClassifiableObjects: new(5418),
		Updated: new(scenario.Now.Add(-5 * time.Hour))}}, celltest.Of[Statistics](r), meta); d != "" {
		t.Error(d)
	}
}

// An account's status is one of four, and which decides what else was asked.
func TestEveryStatus(t *testing.T) {
	for _, c := range []struct {
		account, region, status string
		missing                 []string
		role, relationship      string
	}{
		{scenario.DemoManagement, virginia, "enabled", []string{}, "administrator", ""},
		{scenario.DemoLogArchive, ireland, "enabled", []string{}, "member", "Enabled"},
		{scenario.DemoPayments, virginia, "partly-enabled", []string{"activities", "automated-discovery"}, "member", "Enabled"},
		{scenario.DemoData, ireland, "partly-enabled", []string{"automated-discovery"}, "standalone", ""},
	} {
		r := demo(t, c.account, c.region)
		a := the(t, r)
		if a.Status != c.status || !cmp.Equal(a.Missing, c.missing) || a.Role == nil || *a.Role != c.role || (a.Relationship != nil) != (c.relationship != "") || (a.Administrator != nil) != (c.role == "member") {
			t.Errorf("%s %s: %+v", c.account, c.region, a)
		}
		if len(r.Gaps) > 0 {
			t.Errorf("%s %s: gaps %v", c.account, c.region, r.Gaps)
		}
		// Nobody but an administrator is asked for the organization, and no member for the configuration of discovery.
		asked := func(op string) bool { return r.Outcome(t, op) != evidence.NotCalled }
		if asked("DescribeOrganizationConfiguration") != (c.role == "administrator") || asked("ListAutomatedDiscoveryAccounts") != (c.role != "standalone") ||
			asked("GetAutomatedDiscoveryConfiguration") == (c.role == "member") || asked("ListMembers") == (c.role == "member") {
			t.Errorf("%s %s asked %v", c.account, c.region, r.Cells)
		}
	}
}

func TestNotEnabledIsARecordAndNotADenial(t *testing.T) {
	r := demo(t, scenario.DemoData, virginia)
	if d := cmp.Diff([]*Account{{Meta: at(scenario.DemoData, virginia, scenario.DemoData+"/us-east-1/macie"), Status: "not-enabled", Missing: []string{}}}, celltest.Of[Account](r), meta); d != "" || len(r.Records) != 1 {
		t.Errorf("%d records %s", len(r.Records), d)
	}
	if len(r.Gaps) != 1 || r.Gaps[0].Outcome != evidence.NotEnabled || !cmp.Equal(r.Gaps[0].Kinds, []string{"macie.allow_list", "macie.bucket_statistics", "macie.classification_job", "macie.findings_filter"}) {
		t.Errorf("gaps %v", r.Gaps)
	}
	if len(the(t, r).Evidence) != 1 || r.Outcome(t, "ListMembers") != evidence.NotCalled {
		t.Errorf("%v", r.Cells)
	}

	r = demo(t, scenario.DemoLogArchive, ireland, &scenario.Fault{Operation: "GetMacieSession", Kind: scenario.Denied})
	a := the(t, r)
	for _, f := range []string{"status", "missing", "session", "created"} {
		if celltest.Unknown(a, f) != "AccessDeniedException" {
			t.Errorf("denied: %s is unknown by %q", f, celltest.Unknown(a, f))
		}
	}
	if a.Status != "" || a.Session != nil || *a.Role != "member" || a.Discovery.Status != "ENABLED" || len(r.Gaps) != 1 || len(celltest.Of[Statistics](r)) != 1 {
		t.Errorf("denied: %+v; gaps %v", a, r.Gaps)
	}
}

// What IAM says may hold the words, but does not begin with them.
func TestADenialThatQuotesTheWords(t *testing.T) {
	r := demo(t, scenario.DemoLogArchive, ireland, &scenario.Fault{Operation: "GetMacieSession", Kind: scenario.Code, CodeText: "AccessDeniedException", Status: 403,
		Message: "User: arn:aws:iam::012345678901:user/x is not authorized to perform: macie2:GetMacieSession on resource: Macie is not enabled"})
	if a := the(t, r); celltest.Unknown(a, "status") != "AccessDeniedException" || a.Status != "" {
		t.Errorf("%+v", a)
	}
	r = demo(t, scenario.DemoLogArchive, ireland, &scenario.Fault{Operation: "GetMacieSession", Kind: scenario.Code, CodeText: "ResourceNotFoundException", Status: 404, Message: "Macie is not enabled"})
	if a := the(t, r); celltest.Unknown(a, "status") != "ResourceNotFoundException" {
		t.Errorf("%+v", a)
	}
	// One that AWS gave with another status is the same answer.
	r = demo(t, scenario.DemoLogArchive, ireland, &scenario.Fault{Operation: "GetMacieSession", Kind: scenario.Code, CodeText: "AccessDeniedException", Status: 401, Message: "Macie is not enabled"})
	if a := the(t, r); a.Status != "not-enabled" {
		t.Errorf("%+v", a)
	}
}

// Macie that is turned off while it is read leaves no population without a gap.
func TestTurnedOffInTheMiddle(t *testing.T) {
	for op, kind := range map[string]string{"GetBucketStatistics": "macie.bucket_statistics", "ListClassificationJobs": "macie.classification_job", "ListFindingsFilters": "macie.findings_filter", "ListAllowLists": "macie.allow_list",
		"ListMembers": "macie.member", "DescribeOrganizationConfiguration": "macie.organization"} {
		r := demo(t, scenario.DemoManagement, ireland, &scenario.Fault{Operation: op, Kind: scenario.Code, CodeText: "AccessDeniedException", Status: 403, Message: "Macie is not enabled."})
		g := r.GapsOf(op)
		if len(g) != 1 || g[0].Outcome != evidence.NotEnabled || g[0].Kinds[0] != kind {
			t.Errorf("%s: gaps %v", op, r.Gaps)
		}
	}
}

// A member that was invited has a mail address, which leaves the answer where that is asked for.
func TestMailAddressesAreIdentity(t *testing.T) {
	s := scenario.Start(scenario.Config{Organization: scenario.Demo()})
	defer s.Close()
	for _, redact := range []bool{false, true} {
		r := celltest.Run(t, Collector{}, celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(scenario.DemoManagement), Account: scenario.DemoManagement, Redact: tape.Redactor{Identity: redact}})
		held := false
		if err := filepath.WalkDir(r.Tape, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			held = held || bytes.Contains(b, []byte("aws-acquired@example.com"))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if held == redact || len(celltest.Of[Member](r)) != 4 {
			t.Errorf("redact %v: the tape holds the address: %v", redact, held)
		}
	}
}
