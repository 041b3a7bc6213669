package tests_test

import (
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors/macie"
)

func TestMacieResults(t *testing.T) {
	// on is a standalone account with nothing amiss, changed by the functions.
	on := func(change ...func(*macie.Account)) *macie.Account {
		a := &macie.Account{Status: "enabled", Missing: []string{}, Session: ptr("ENABLED"), Role: ptr("standalone"), Discovery: &macie.Discovery{Status: "ENABLED"},
			Export: &macie.Export{Bucket: "b", KMSKey: "k"}, PublishPolicy: ptr(true), PublishSensitive: ptr(true), Jobs: ptr(0)}
		for _, c := range change {
			c(a)
		}
		return a
	}
	session := func(s string) func(*macie.Account) { return func(a *macie.Account) { a.Session = &s } }
	discovery := func(s string) func(*macie.Account) { return func(a *macie.Account) { a.Discovery.Status = s } }
	autoEnable := func(s string) func(*macie.Account) {
		return func(a *macie.Account) { a.Role, a.Discovery.AutoEnable = ptr("administrator"), &s }
	}
	unexported := func(a *macie.Account) { a.Export = nil }
	member := func(a *macie.Account) {
		a.Role, a.Administrator, a.Relationship = ptr("member"), ptr("999988887777"), ptr("Enabled")
	}
	relationship := func(s *string) func(*macie.Account) { return func(a *macie.Account) { a.Relationship = s } }
	jobs := func(n int) func(*macie.Account) { return func(a *macie.Account) { a.Jobs = &n } }
	off := func() *macie.Account { return &macie.Account{Status: "not-enabled", Missing: []string{}} }
	job := func(status string, last *string) *macie.Job { return &macie.Job{Status: status, LastRun: last} }
	// buckets are counts that Macie made so many hours before the audit.
	buckets := func(s macie.Statistics, hours int) *macie.Statistics {
		s.Updated = ptr(asOf.Add(-time.Duration(hours) * time.Hour))
		return &s
	}
	try(t, []trial{
		{"macie-enabled",
			records{on()},
			records{off(), on(session("PAUSED")), on(session("ENABLED_SOMEHOW"))},
			records{unread(&macie.Account{}, "session", "status"), unread(on(), "session")}},
		{"macie-automated-discovery",
			records{on()},
			records{on(discovery("DISABLED")), on(discovery("SOMETIMES")), on(discovery("")), on(session("PAUSED")), off()},
			records{unread(on(), "automated_discovery"), unread(on(), "session"), unread(&macie.Account{}, "session", "automated_discovery")}},
		{"macie-results-exported",
			records{on(), on(member, unexported), on(member), on(member, jobs(2)), off()},
			records{on(unexported), on(unexported, autoEnable("ALL")), on(member, unexported, jobs(1)), on(member, unexported, relationship(ptr("Invited"))), on(member, unexported, relationship(ptr("Resigned")))},
			records{on(member, unexported, relationship(nil)), unread(on(member, unexported), "relationship"), unread(on(unexported), "results_export"), unread(on(unexported), "role"), unread(on(member, unexported), "jobs"), unread(&macie.Account{}, "session"), on(unexported, func(a *macie.Account) { a.Role = nil })}},
		{"macie-findings-published",
			records{on(), off()},
			records{on(func(a *macie.Account) { a.PublishPolicy = ptr(false) }), on(func(a *macie.Account) { a.PublishSensitive = ptr(false) })},
			records{unread(on(), "publish_policy_findings"), unread(on(), "publish_classification_findings"), on(func(a *macie.Account) { a.PublishSensitive = nil })}},
		{"macie-no-public-buckets",
			records{buckets(macie.Statistics{Buckets: 3, SharedOutside: 1}, 47), buckets(macie.Statistics{}, -1)},
			records{buckets(macie.Statistics{Public: 1}, 1), buckets(macie.Statistics{PublicUnknown: 1}, 1), buckets(macie.Statistics{Buckets: 3}, 49)},
			records{unread(buckets(macie.Statistics{}, 1), "public"), unread(buckets(macie.Statistics{}, 1), "public_unknown"), &macie.Statistics{}}},
		{"macie-no-unencrypted-buckets",
			records{buckets(macie.Statistics{Buckets: 3}, 47)},
			records{buckets(macie.Statistics{Unencrypted: 1}, 1), buckets(macie.Statistics{EncryptionUnknown: 1}, 1), buckets(macie.Statistics{Buckets: 3}, 49)},
			records{unread(buckets(macie.Statistics{}, 1), "unencrypted"), unread(buckets(macie.Statistics{}, 1), "encryption_unknown"), &macie.Statistics{Buckets: 3}}},
		{"macie-jobs-run",
			records{job("IDLE", ptr("NONE")), job("COMPLETE", ptr("NONE")), job("RUNNING", ptr("NONE")), job("CANCELLED", ptr("ERROR"))},
			records{job("IDLE", ptr("ERROR")), job("PAUSED", ptr("NONE")), job("USER_PAUSED", nil), job("DREAMING", ptr("NONE")), job("COMPLETE", ptr("SOME"))},
			records{job("RUNNING", nil), unread(job("", ptr("NONE")), "status"), unread(job("IDLE", ptr("NONE")), "last_run_errors")}},
		{"macie-no-suppressed-findings",
			records{&macie.Filter{Action: "NOOP"}},
			records{&macie.Filter{Action: "ARCHIVE"}, &macie.Filter{Action: "HIDE"}},
			records{unread(&macie.Filter{}, "action")}},
		{"macie-auto-enable",
			records{&macie.Organization{AutoEnable: true, LimitReached: ptr(false)}},
			records{&macie.Organization{LimitReached: ptr(false)}, &macie.Organization{AutoEnable: true, LimitReached: ptr(true)}},
			records{&macie.Organization{AutoEnable: true}, unread(&macie.Organization{AutoEnable: true, LimitReached: ptr(false)}, "auto_enable")}},
		{"macie-discovery-auto-enable",
			records{&macie.Organization{Discovery: ptr("ALL")}, &macie.Organization{Discovery: ptr("NEW")}},
			records{&macie.Organization{Discovery: ptr("NONE")}, &macie.Organization{Discovery: ptr("SOME")}},
			records{&macie.Organization{}, unread(&macie.Organization{Discovery: ptr("ALL")}, "discovery_auto_enable")}},
		{"macie-members-enabled",
			records{&macie.Member{Relationship: "Enabled"}},
			records{&macie.Member{Relationship: "Paused"}, &macie.Member{Relationship: "Invited"}, &macie.Member{Relationship: "Somehow"}},
			records{unread(&macie.Member{}, "relationship")}},
	})
}
