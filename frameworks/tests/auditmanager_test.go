package tests_test

import (
	"testing"

	"github.com/auditseal/auditseal/collectors/auditmanager"
	"github.com/auditseal/auditseal/frameworks/assess"
)

func TestAuditManagerResults(t *testing.T) {
	account := func(status, deregistration *string) *auditmanager.Account {
		return &auditmanager.Account{Status: status, Missing: []string{}, Deregistration: deregistration}
	}
	on, off := ptr("enabled"), ptr("not-enabled")
	try(t, []trial{
		{"auditmanager-evidence-survives",
			records{account(on, ptr("DEFAULT")), account(off, nil), account(ptr("partly-enabled"), nil)},
			records{account(on, ptr("ALL")), account(on, ptr("SOMEHOW")), account(on, ptr(""))},
			records{unread(account(on, nil), "deregistration"), account(on, nil), unread(account(nil, ptr("DEFAULT")), "status"), account(nil, ptr("ALL"))}},
	})
	// Where it is off everywhere there is nothing to lose.
	want(t, perform(t, "auditmanager-evidence-survives", nil, account(off, nil)), assess.NotApplicable)
}
