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
