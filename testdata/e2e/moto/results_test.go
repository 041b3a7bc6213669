package moto

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// outcomes are the results that follow from what was seeded and from what moto lacks.
var outcomes = map[string]string{
	"account-identity-matches":                        "met",
	"account-regions-known":                           "incomplete", // ListRegions
	"config-recorder-on":                              "exception",  // one of six
	"identity-center-admin-bounded":                   "incomplete", // Admin has long sessions, and moto does not tell its boundary
	"identity-center-applications-require-assignment": "incomplete", // ListApplications
	"identity-center-encryption":                      "incomplete", // DescribeInstance
	"identity-center-mfa":                             "manual",
	"identity-center-no-direct-user-assignment":       "exception",  // Audit is given to users
	"identity-center-no-disabled-user-assigned":       "exception",  // one of them is gone
	"identity-center-present":                         "incomplete", // DescribeInstance tells an organization instance from one of a single account
	"identity-center-session-duration":                "exception",  // Admin has 12 hours
	"kms-key-rotation":                                "exception",
	"kms-no-key-pending-deletion":                     "exception",
	"kms-policy-not-public":                           "exception",
}

// exceptions are how many records do not meet a test, counted by hand from what was seeded; 0 is a test that is met, and -1 one that
// is not decided.
var exceptions = map[string]int{
	"account-security-contact": 2, // the caller has one

	"cloudfront-own-certificate": 1, // plain
	"cloudfront-viewers-https":   2, // plain altogether, site in /old/*

	"cloudtrail-log-file-validation":      3, // all but main
	"cloudtrail-logging":                  2, // stopped and unsaid
	"cloudtrail-management-events-logged": 4, // every region but the caller's
	"cloudtrail-multi-region":             4,
	"cloudtrail-s3-data-events":           4,

	"cognito-client-callback-tls":      1, // http://shop.example.com
	"cognito-identity-pool-no-guests":  1,
	"cognito-mfa-required":             1, // bare
	"cognito-client-no-implicit-grant": 0,

	"ec2-acl-no-admin-port-open":        1, // that of 3389; the default ACL of every VPC lets everything through, and does not count
	"ec2-default-security-group-closed": 7,
	"ec2-ebs-encryption-by-default":     5,
	"ec2-imdsv2-required":               1, // stopped; gone is no machine any more
	"ec2-no-admin-port-open":            3, // 22 by IPv4 and IPv6, and all ports for half of the internet

	"guardduty-enabled": 4, // three places without a detector, one where it is suspended

	"iam-password-characters":            3, // nobody requires small letters
	"iam-password-length":                2, // the caller's is 14
	"iam-policy-no-full-access":          3, // all
	"iam-policy-no-allow-all-but":        3, // buckets
	"iam-population-complete":            0,
	"iam-role-external-accounts-guarded": 3, // Unguarded
	"iam-role-oidc-limited":              3, // AnyPipeline
	"iam-role-trust-not-public":          3, // Everybody
	"iam-root-no-access-keys":            0,
	"iam-server-certificate-valid":       1, // moto has every certificate expired in 2012
	"iam-support-access":                 0,
	"iam-user-mfa":                       2, // alice, but in the caller's account
	"iam-user-no-access-keys":            3, // alice
	"iam-user-not-administrator":         6, // alice by her group, carol by herself
	"iam-user-policies-by-group":         9, // bob, carol, dave

	"inspector-no-old-critical-finding": 2,

	"macie-members-enabled": 0,

	"organizations-account-belongs":                2, // moto's organization has accounts of its own only
	"organizations-active-account-read":            2, // shop and trial
	"organizations-all-features":                   0,
	"organizations-delegated-administrator-read":   1, // shop
	"organizations-inactive-account-explained":     19,
	"organizations-lists-every-account":            1,
	"organizations-member-limited":                 1, // trial
	"organizations-rcp-enabled":                    1,
	"organizations-scp-enabled":                    0,
	"organizations-resource-policy-names-somebody": -1,

	"s3-access-point-not-public":              1,  // partners
	"s3-account-block-public-access":          2,  // all but third
	"s3-bucket-acls-disabled":                 12, // all but locked
	"s3-bucket-block-public-access":           7,  // zero's four but locked; the caller's three, old blocking the half that the account does not
	"s3-bucket-encrypted":                     9,  // moto leaves new buckets without encryption, as AWS did before 2023
	"s3-bucket-kms":                           9,  // old, open and bare
	"s3-bucket-logging":                       9,
	"s3-bucket-mfa-delete":                    0,  // locked cannot lose a version
	"s3-bucket-not-public":                    2,  // open, but in third
	"s3-bucket-tls-only":                      12, // all but locked
	"s3-bucket-versioning":                    12,
	"s3-log-archive-object-lock":              3, // logs
	"s3-multi-region-access-point-not-public": 1,

	"securityhub-enabled": 5,

	"ssm-maintenance-window-complete": 1, // idle

	"waf-group-rules-not-overridden": 1, // site
	"waf-rule-groups-not-counting":   2, // site and watch
	"waf-web-acl-can-block":          2, // front and watch
	"waf-web-acl-not-empty":          1, // front
}

// checkResults asks for these results, and of all others that none came out well over something that was not read.
func checkResults(t *testing.T, pack string) {
	raw, err := os.ReadFile(filepath.Join(pack, "assessment.json"))
	must(t, err)
	// Only what is looked at: an auditor's own reader would not share our types either.
	var a struct {
		Scope evidence.Scope `json:"scope"`
		Tests []struct {
			ID, Population, Require, Result string
			Unknown                         int `json:"unknown_count"`
			Exceptions                      int `json:"exception_count"`
		} `json:"tests"`
		Populations []struct {
			Kind     string
			Complete bool
		} `json:"populations"`
	}
	must(t, json.Unmarshal(raw, &a))
	_, gaps := ledger(t, pack)
	touched := map[string]bool{}
	for _, g := range gaps {
		for _, k := range g.Kinds {
			touched[k] = true
		}
	}
	got := map[string]string{}
	for _, r := range a.Tests {
		if _, listed := outcomes[r.ID]; listed {
			got[r.ID] = r.Result
		}
		good := r.Result == "met" || r.Result == "not-applicable"
		if good && r.Require != "at-least-one" && (touched[r.Population] || r.Unknown > 0 || r.Exceptions > 0) {
			t.Errorf("%s is %s over %s: read in full: %v, unknown %d, exceptions %d", r.ID, r.Result, r.Population, !touched[r.Population], r.Unknown, r.Exceptions)
		}
	}
	counted := map[string]int{}
	for _, r := range a.Tests {
		if _, listed := exceptions[r.ID]; !listed {
			continue
		}
		switch r.Result {
		case "met", "exception":
			counted[r.ID] = r.Exceptions
		default:
			counted[r.ID] = -1
		}
	}
	if d := cmp.Diff(exceptions, counted); d != "" {
		t.Errorf("exceptions (-want +got):\n%s", d)
	}
	if d := cmp.Diff(outcomes, got); d != "" {
		t.Errorf("results (-want +got):\n%s", d)
	}
	for _, p := range a.Populations {
		if p.Complete == touched[p.Kind] {
			t.Errorf("population %s: complete %v, touched by gaps %v", p.Kind, p.Complete, touched[p.Kind])
		}
	}
	if !slices.Equal(a.Scope.Accounts, accounts) {
		t.Errorf("accounts %q, want %q", a.Scope.Accounts, accounts)
	}
}
