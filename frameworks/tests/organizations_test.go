package tests_test

import (
	"testing"

	"github.com/auditseal/auditseal/collectors/account"
	"github.com/auditseal/auditseal/collectors/organizations"
	"github.com/auditseal/auditseal/frameworks/assess"
)

// member is an active account that is read, and limited by an SCP, changed by the functions.
func member(change ...func(*organizations.Account)) *organizations.Account {
	a := &organizations.Account{State: "ACTIVE", InScope: true, Path: []string{"r-1"}, SCP: &organizations.Guardrails{Applies: true, Limited: true}, RCP: &organizations.Guardrails{}}
	for _, c := range change {
		c(a)
	}
	return a
}

// unreadBecause is an account that the audit does not read.
func unreadBecause(state string, why, reason *string) *organizations.Account {
	return member(func(a *organizations.Account) {
		a.State, a.InScope, a.NotRead, a.ExclusionReason = state, false, why, reason
	})
}

func under(applies, limited bool) func(*organizations.Account) {
	return func(a *organizations.Account) {
		a.SCP = &organizations.Guardrails{Applies: applies, Limited: limited}
	}
}

func inState(state string) func(*organizations.Account) {
	return func(a *organizations.Account) { a.State = state }
}

func TestOrganizationsResults(t *testing.T) {
	belongs := func(status string, organization *string) *organizations.Membership {
		return &organizations.Membership{Status: status, Organization: organization}
	}
	org := func(features string, missing ...string) *organizations.Organization {
		return &organizations.Organization{FeatureSet: features, ScopeNotListed: append([]string{}, missing...)}
	}
	delegates := func(everyone bool) *organizations.Organization {
		o := org("ALL")
		o.ResourcePolicy = &organizations.ResourcePolicy{Everyone: everyone}
		return o
	}
	root := func(types ...string) *organizations.Root {
		return &organizations.Root{EnabledPolicyTypes: append([]string{}, types...)}
	}
	admin := func(state string, read bool) *organizations.DelegatedAdministrator {
		return &organizations.DelegatedAdministrator{State: state, InScope: read}
	}
	person := func(kind string, present bool, mail, phone *string) *account.AlternateContact {
		return &account.AlternateContact{Type: kind, Present: present, Email: mail, Phone: phone}
	}
	management := func(a *organizations.Account) { a.Management = true }
	excluded, notNamed, notActive, because := ptr("excluded"), ptr("not-named"), ptr("not-active"), ptr("closed in May")
	scps := "SERVICE_CONTROL_POLICY"
	try(t, []trial{
		{"organizations-account-belongs",
			records{belongs("enabled", ptr("o-1")), belongs("partly-enabled", ptr("o-1"))},
			records{belongs("not-enabled", nil), belongs("enabled-somehow", ptr("o-1")), belongs("enabled", nil)},
			records{unread(belongs("", nil), "status", "organization"), unread(belongs("enabled", nil), "organization")}},
		{"organizations-lists-every-account",
			records{org("ALL")},
			records{org("ALL", "777788889999")},
			records{unread(org("ALL"), "scope_not_listed")}},
		{"organizations-all-features",
			records{org("ALL")},
			records{org("CONSOLIDATED_BILLING"), org("MOST"), org("")},
			records{unread(org("ALL"), "feature_set")}},
		{"organizations-active-account-read",
			records{member(), unreadBecause("ACTIVE", excluded, because), unreadBecause("SUSPENDED", notActive, nil), unreadBecause("CLOSED", notActive, nil),
				unreadBecause("PENDING_CLOSURE", notActive, nil), unreadBecause("PENDING_ACTIVATION", notActive, nil)},
			records{unreadBecause("ACTIVE", notNamed, nil), unreadBecause("ACTIVE", excluded, nil), unreadBecause("ACTIVE", nil, nil), unreadBecause("ACTIVE", notNamed, because),
				unreadBecause("AWAKE", notActive, nil)},
			records{unread(unreadBecause("", nil, nil), "state", "not_read"), unread(unreadBecause("SUSPENDED", notActive, nil), "state"),
				unread(unreadBecause("ACTIVE", nil, because), "not_read")}},
		{"organizations-inactive-account-explained",
			records{member(inState("SUSPENDED")), unreadBecause("SUSPENDED", excluded, because), unreadBecause("ACTIVE", notNamed, nil)},
			records{unreadBecause("SUSPENDED", notActive, nil), unreadBecause("CLOSED", excluded, nil), unreadBecause("PENDING_CLOSURE", notActive, nil),
				unreadBecause("PENDING_ACTIVATION", notActive, nil), unreadBecause("AWAKE", notActive, nil)},
			records{unread(unreadBecause("", nil, nil), "state", "not_read")}},
		{"organizations-scp-enabled",
			records{root(scps, "TAG_POLICY")},
			records{root(), root("TAG_POLICY"), root("SERVICE_CONTROL_POLICY PENDING_ENABLE")},
			records{unread(root(scps), "enabled_policy_types")}},
		{"organizations-rcp-enabled",
			records{root("RESOURCE_CONTROL_POLICY")},
			records{root(scps)},
			records{unread(root("RESOURCE_CONTROL_POLICY"), "enabled_policy_types")}},
		{"organizations-member-limited",
			records{member(), member(management, under(false, false)), member(inState("SUSPENDED"), under(true, false)), member(inState("PENDING_CLOSURE"), under(true, false)),
				member(inState("CLOSED"), under(true, false)), unread(member(management), "service_control_policies")},
			records{member(under(true, false)), member(under(false, false)), member(under(false, true)), member(inState("PENDING_ACTIVATION"), under(true, false)), member(inState("AWAKE"), under(true, false)),
				member(under(true, false), func(a *organizations.Account) { a.InScope, a.NotRead = false, excluded })},
			records{unread(member(func(a *organizations.Account) { a.SCP = nil }), "service_control_policies"), unread(member(), "service_control_policies.limited"),
				unread(member(under(true, false)), "state"), member(func(a *organizations.Account) { a.SCP = nil })}},
		{"organizations-delegated-administrator-read",
			records{admin("ACTIVE", true)},
			records{admin("ACTIVE", false), admin("SUSPENDED", true), admin("AWAKE", true)},
			records{unread(admin("", true), "state")}},
		{"organizations-resource-policy-names-somebody",
			records{org("ALL"), delegates(false)},
			records{delegates(true)},
			records{unread(org("ALL"), "resource_policy"), unread(delegates(false), "resource_policy")}},
		{"account-security-contact",
			records{person("SECURITY", true, ptr("a@example.com"), ptr("1")), person("BILLING", false, nil, nil)},
			records{person("SECURITY", false, nil, nil), person("SECURITY", true, nil, ptr("1")), person("SECURITY", true, ptr("a@example.com"), nil)},
			records{unread(person("SECURITY", false, nil, nil), "present", "email", "phone"), unread(person("SECURITY", true, nil, ptr("1")), "email")}},
		{"account-alternate-contacts",
			records{person("SECURITY", true, nil, nil), person("BILLING", true, nil, nil)},
			records{person("BILLING", false, nil, nil), person("SECURITY", false, nil, nil)},
			records{unread(person("OPERATIONS", true, nil, nil), "present")}},
	})
}

// What only a person can tell stays open until one does.
func TestOrganizationsReviewsAreManual(t *testing.T) {
	for _, id := range []string{"organizations-delegation-reviewed", "organizations-trusted-services-reviewed", "organizations-guardrails-reviewed"} {
		want(t, perform(t, id, nil), assess.Manual)
	}
}
