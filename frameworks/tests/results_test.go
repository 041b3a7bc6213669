// Package tests_test performs the tests of this folder on records made by hand: each must be able to show all of met, exception
// and incomplete.
package tests_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors"
	"github.com/auditseal/auditseal/collectors/account"
	"github.com/auditseal/auditseal/collectors/cloudhsm"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/fips"
	"github.com/auditseal/auditseal/collectors/kms"
	"github.com/auditseal/auditseal/frameworks"
	"github.com/auditseal/auditseal/frameworks/assess"
)

var asOf = time.Date(2026, 10, 1, 6, 0, 0, 0, time.UTC)

func kinds() []evidence.Kind { return collectors.Kinds() }

// sets are the tests that were loaded, each in a framework of its own.
var sets sync.Map

func loaded(id string) (*frameworks.Set, error) {
	if s, ok := sets.Load(id); ok {
		return s.(*frameworks.Set), nil
	}
	s, err := frameworks.Load([]string{"own.yaml"}, frameworks.Options{Kinds: kinds(), Pasts: collectors.Pasts(), Read: func(string) ([]byte, error) {
		return []byte("framework: own\ntitle: Own\ncontrols:\n  - id: A\n    title: a\n    tests: [" + id + "]\n"), nil
	}})
	if err == nil {
		sets.Store(id, s)
	}
	return s, err
}

// perform runs one test over the records, with gaps in the ledger.
func perform(t *testing.T, id string, gaps []evidence.Gap, records ...evidence.Record) assess.TestResult {
	t.Helper()
	set, err := loaded(id)
	if err != nil {
		t.Fatal(err)
	}
	ledger := []evidence.LedgerLine{{Cell: &evidence.LedgerCell{Account: "111122223333", Region: "eu-west-1", Outcome: evidence.Collected}}}
	for i, r := range records {
		h := r.Header()
		h.ID, h.Account, h.Region, h.Evidence, h.Collected = string(rune('a'+i)), "111122223333", "eu-west-1", []string{"E-0000000000000001"}, asOf
		for _, u := range h.Unknown {
			gaps = append(gaps, evidence.Gap{ID: u.Gap, Account: h.Account, Region: h.Region, Outcome: evidence.Denied, Code: u.Code, Resource: h.ID, Fields: []string{u.Field}})
		}
	}
	for i := range gaps {
		ledger = append(ledger, evidence.LedgerLine{Gap: &gaps[i]})
	}
	a, err := assess.Run(assess.Input{Tool: "test", Scope: evidence.Scope{Accounts: []string{"111122223333"},
		Period: evidence.Period{From: asOf.AddDate(0, -3, 0), To: asOf}, AsOf: asOf}, Set: set, Kinds: kinds(), Ledger: ledger,
		Records: func(kind string, each func(evidence.Record) error) error {
			for _, r := range records {
				if r.Kind() == kind {
					if err := each(r); err != nil {
						return err
					}
				}
			}
			return nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	return a.Tests[0]
}

// unread marks fields unknown.
func unread[R evidence.Record](r R, fields ...string) R {
	for _, f := range fields {
		r.Header().Unknown = append(r.Header().Unknown, evidence.Unknown{Field: f, Gap: "G-" + strings.Repeat("0", 16), Code: "AccessDeniedException"})
	}
	return r
}

func ptr[T any](v T) *T { return &v }

func days(n int) *time.Time { return ptr(asOf.Add(time.Duration(n) * 24 * time.Hour)) }

// key is an enabled customer managed symmetric key that rotates, changed by the functions.
func key(change ...func(*kms.Key)) *kms.Key {
	k := &kms.Key{Manager: "CUSTOMER", State: "Enabled", Enabled: true, Origin: "AWS_KMS", Spec: "SYMMETRIC_DEFAULT",
		Rotation: &kms.Rotation{Enabled: true, PeriodDays: ptr(365)}, Policy: &kms.Policy{Parsed: true}}
	for _, c := range change {
		c(k)
	}
	return k
}

func state(s string) func(*kms.Key) {
	return func(k *kms.Key) { k.State, k.Enabled = s, s == "Enabled" }
}

func imported(model *string, to *time.Time) func(*kms.Key) {
	return func(k *kms.Key) { k.Origin, k.ExpirationModel, k.ValidTo, k.Rotation = "EXTERNAL", model, to, nil }
}

// cluster is one with nothing amiss.
func cluster(change ...func(*cloudhsm.Cluster)) *cloudhsm.Cluster {
	c := &cloudhsm.Cluster{State: "ACTIVE", HSMType: "hsm2m.medium", HSMTypes: []string{"hsm2m.medium"}, Mode: ptr("FIPS"), ActiveHSMs: 2,
		Zones: []string{"eu-west-1a", "eu-west-1b"}, BackupRetentionDays: ptr(90), LatestBackup: days(-1)}
	for _, f := range change {
		f(c)
	}
	return c
}

func TestResults(t *testing.T) {
	try(t, []trial{
		{"account-identity-matches",
			records{&account.Caller{Answered: "111122223333", Matches: true}},
			records{&account.Caller{Answered: "444455556666"}, &account.Caller{Answered: "444455556666", Matches: true}},
			records{unread(&account.Caller{Answered: "111122223333"}, "matches")}},
		{"account-regions-known",
			records{&account.Region{Status: "ENABLED"}, &account.Region{Status: "ENABLED_BY_DEFAULT"}, &account.Region{Status: "DISABLED"}},
			records{&account.Region{Status: "ENABLING"}, &account.Region{Status: "ENABLED_SOMEHOW"}, &account.Region{}},
			records{unread(&account.Region{}, "status")}},
		{"kms-key-rotation",
			records{key(), key(func(k *kms.Key) { k.Rotation.PeriodDays = ptr(90) }),
				// Not selected: rotation is not theirs to have.
				key(func(k *kms.Key) { k.Spec, k.Rotation = "RSA_2048", nil }), key(imported(nil, nil)), key(state("PendingDeletion"), func(k *kms.Key) { k.Rotation.Enabled = false }),
				key(func(k *kms.Key) { k.Manager, k.Rotation = "AWS", nil })},
			records{key(func(k *kms.Key) { k.Rotation = &kms.Rotation{} }), key(func(k *kms.Key) { k.Rotation.PeriodDays = ptr(366) })},
			records{unread(key(func(k *kms.Key) { k.Rotation = nil }), "rotation"), key(func(k *kms.Key) { k.Rotation = nil }), key(func(k *kms.Key) { k.Rotation.PeriodDays = nil }),
				unread(key(func(k *kms.Key) { k.Spec = "" }), "spec")}},
		{"kms-no-key-pending-deletion",
			records{key(), key(state("Disabled")), key(state("PendingDeletion"), func(k *kms.Key) { k.Manager = "AWS" })},
			records{key(state("PendingDeletion")), key(state("PendingReplicaDeletion")), key(state("Vanishing")), key(state(""))},
			records{unread(key(state("")), "state"), unread(key(), "manager")}},
		{"kms-policy-not-public",
			records{key()},
			records{key(func(k *kms.Key) { k.Policy.Public = true })},
			records{unread(key(func(k *kms.Key) { k.Policy = nil }), "policy"), unread(key(func(k *kms.Key) { k.Policy.Parsed = false }), "policy.public"), key(func(k *kms.Key) { k.Policy = nil })}},
		{"kms-no-wildcard-grantee",
			records{&kms.Grant{}},
			records{&kms.Grant{Wildcard: true}},
			records{unread(&kms.Grant{}, "wildcard")}},
		{"kms-imported-material-not-expiring",
			records{key(imported(ptr("KEY_MATERIAL_DOES_NOT_EXPIRE"), nil)), key(imported(ptr("KEY_MATERIAL_EXPIRES"), days(31))), key(imported(nil, nil), state("PendingDeletion"))},
			records{key(imported(ptr("KEY_MATERIAL_EXPIRES"), days(30))), key(imported(ptr("KEY_MATERIAL_EXPIRES"), days(-1))), key(imported(nil, nil), state("PendingImport")),
				key(imported(ptr("KEY_MATERIAL_MAY_EXPIRE"), nil))},
			records{key(imported(ptr("KEY_MATERIAL_EXPIRES"), nil)), unread(key(imported(nil, nil)), "expiration_model"), unread(key(), "origin")}},
		{"kms-key-store-connected",
			records{&kms.KeyStore{ConnectionState: "CONNECTED"}},
			records{&kms.KeyStore{ConnectionState: "DISCONNECTED"}, &kms.KeyStore{ConnectionState: "FAILED"}, &kms.KeyStore{ConnectionState: "CONNECTED_MAYBE"}, &kms.KeyStore{}},
			records{unread(&kms.KeyStore{}, "connection_state")}},
		{"kms-customer-keys-enabled",
			records{key(), key(state("PendingDeletion"))},
			records{key(state("Disabled")), key(state("PendingImport")), key(state("Unavailable")), key(state("EnabledSomehow"))},
			records{unread(key(), "enabled"), unread(key(), "state")}},

		{"cloudhsm-cluster-active",
			records{cluster(), cluster(func(c *cloudhsm.Cluster) { c.State = "DELETED" })},
			records{cluster(func(c *cloudhsm.Cluster) { c.State = "DEGRADED" }), cluster(func(c *cloudhsm.Cluster) { c.State = "UNINITIALIZED" }), cluster(func(c *cloudhsm.Cluster) { c.State = "ACTIVE_SOMEHOW" })},
			records{unread(cluster(), "state")}},
		{"cloudhsm-fips-mode",
			records{cluster()},
			records{cluster(func(c *cloudhsm.Cluster) { c.Mode = ptr("NON_FIPS") })},
			records{cluster(func(c *cloudhsm.Cluster) { c.Mode = nil }), unread(cluster(func(c *cloudhsm.Cluster) { c.Mode = nil }), "mode")}},
		{"cloudhsm-current-hardware",
			records{cluster(), cluster(func(c *cloudhsm.Cluster) { c.HSMTypes = []string{} })},
			records{cluster(func(c *cloudhsm.Cluster) { c.HSMType = "hsm1.medium" }), cluster(func(c *cloudhsm.Cluster) { c.HSMTypes = []string{"hsm1.medium", "hsm2m.medium"} }),
				cluster(func(c *cloudhsm.Cluster) { c.HSMType = "hsm3.large" })},
			records{unread(cluster(), "hsm_types"), unread(cluster(), "hsm_type")}},
		{"cloudhsm-two-zones",
			records{cluster()},
			records{cluster(func(c *cloudhsm.Cluster) { c.Zones = c.Zones[:1] }), cluster(func(c *cloudhsm.Cluster) { c.ActiveHSMs = 1 })},
			records{unread(cluster(), "active_hsms"), unread(cluster(), "zones")}},
		{"cloudhsm-backup-fresh",
			records{cluster()},
			records{cluster(func(c *cloudhsm.Cluster) { c.LatestBackup = days(-2) }), cluster(func(c *cloudhsm.Cluster) { c.LatestBackup = nil })},
			records{unread(cluster(func(c *cloudhsm.Cluster) { c.LatestBackup = nil }), "latest_backup")}},
		{"cloudhsm-backup-retention",
			records{cluster()},
			records{cluster(func(c *cloudhsm.Cluster) { c.BackupRetentionDays = nil }), cluster(func(c *cloudhsm.Cluster) { c.BackupRetentionDays = ptr(6) }), cluster(func(c *cloudhsm.Cluster) { c.BackupRetentionDays = ptr(380) })},
			records{unread(cluster(func(c *cloudhsm.Cluster) { c.BackupRetentionDays = nil }), "backup_retention_days")}},

		{"fips-key-module-validated",
			records{&fips.KeyStatus{Shown: ptr(true)}},
			records{&fips.KeyStatus{Shown: ptr(false)}},
			records{&fips.KeyStatus{Status: fips.Confirm}, unread(&fips.KeyStatus{}, "shown")}},
		{"fips-cluster-module-validated",
			records{&fips.ClusterStatus{State: "ACTIVE", Shown: ptr(true)}, &fips.ClusterStatus{State: "DELETED", Shown: ptr(false)}},
			records{&fips.ClusterStatus{State: "ACTIVE", Shown: ptr(false)}},
			records{&fips.ClusterStatus{State: "ACTIVE", Status: fips.Confirm}, unread(&fips.ClusterStatus{State: "ACTIVE"}, "shown")}},
		{"fips-no-certificate-past-sunset",
			records{&fips.Certificate{PastSunset: ptr(false)}},
			records{&fips.Certificate{PastSunset: ptr(true)}},
			records{&fips.Certificate{}}},
		{"fips-endpoints-used",
			records{&fips.Endpoint{Service: "kms", FIPS: true}, &fips.Endpoint{Service: "cloudhsm"}},
			records{&fips.Endpoint{Service: "kms"}, &fips.Endpoint{Service: "sts"}},
			nil},
	})
}

func want(t *testing.T, r assess.TestResult, result assess.Result) {
	t.Helper()
	if r.Result != result {
		t.Errorf("%s: result %q, want %q: %s\nexceptions %+v\nunknowns %+v", r.ID, r.Result, result, r.Reason, r.Exceptions, r.Unknowns)
	}
}

// A denied GetKeyRotationStatus is named with field and code, for exactly the key that was asked.
func TestADeniedRotationIsNamed(t *testing.T) {
	r := perform(t, "kms-key-rotation", nil, key(), unread(key(func(k *kms.Key) { k.Rotation = nil }), "rotation"), key())
	if r.MetCount != 2 || r.UnknownCount != 1 || len(r.Unknowns) != 1 {
		t.Fatalf("%d met, %d unknown: %+v", r.MetCount, r.UnknownCount, r.Unknowns)
	}
	u := r.Unknowns[0]
	if u.Record != "b" || len(u.Fields) != 1 || u.Fields[0].Field != "rotation" || u.Fields[0].Code != "AccessDeniedException" {
		t.Errorf("the unknown is %+v", u)
	}
}
