package tests_test

import (
	"testing"

	"github.com/auditseal/auditseal/collectors/fms"
)

func TestFirewallManagerResults(t *testing.T) {
	account := func(status string) *fms.Account { return &fms.Account{Status: status} }
	policy := func(status string, remediation bool) *fms.Policy {
		return &fms.Policy{Status: status, Remediation: remediation}
	}
	compliance := func(status string, issues ...string) *fms.Compliance {
		return &fms.Compliance{Compliance: status, Issues: issues}
	}
	try(t, []trial{
		{"fms-policy-in-force",
			records{policy("ACTIVE", true), policy("ACTIVE", false)},
			records{policy("OUT_OF_ADMIN_SCOPE", true), policy("", true), policy("ACTIVE_ISH", true)},
			records{unread(policy("ACTIVE", true), "status")}},
		{"fms-policy-remediation",
			records{policy("ACTIVE", true), policy("OUT_OF_ADMIN_SCOPE", false)},
			records{policy("ACTIVE", false), policy("SOMEHOW", false)},
			records{unread(policy("ACTIVE", true), "remediation"), unread(policy("OUT_OF_ADMIN_SCOPE", false), "status")}},
		{"fms-policy-compliant",
			records{compliance("COMPLIANT")},
			records{compliance("NON_COMPLIANT"), compliance("COMPLIANT", "AWSCONFIG off"), compliance(""), compliance("COMPLIANT_ISH"), unread(compliance("", "AWSCONFIG off"), "compliance")},
			records{unread(compliance(""), "compliance", "violators"), unread(compliance("COMPLIANT"), "issues")}},
	})
	// One that administers is enough, whatever the others are; where none does it matters whether that is known.
	want(t, perform(t, "fms-administrator", nil, account("enabled"), account("not-enabled")), "met")
	want(t, perform(t, "fms-administrator", nil, account("not-enabled"), account("partly-enabled"), account("somehow")), "exception")
	want(t, perform(t, "fms-administrator", nil, account("not-enabled"), unread(account(""), "status")), "incomplete")
	want(t, perform(t, "fms-administrator", nil), "incomplete")
}
