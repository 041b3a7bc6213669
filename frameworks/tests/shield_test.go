package tests_test

import (
	"testing"

	"github.com/auditseal/auditseal/collectors/shield"
	"github.com/auditseal/auditseal/frameworks/assess"
)

func TestShieldResults(t *testing.T) {
	// subscribed is an account with nothing amiss, changed by the functions.
	subscribed := func(change ...func(*shield.Account)) *shield.Account {
		a := &shield.Account{Status: "enabled", State: "ACTIVE", AutoRenew: ptr("ENABLED"), ProactiveEngagement: ptr("ENABLED"), End: days(400), ResponseTeam: &shield.ResponseTeam{Role: ptr("r"), LogBuckets: []string{}},
			Contacts: &shield.Contacts{Total: 2, WithPhone: 1}, Protections: ptr(3)}
		for _, c := range change {
			c(a)
		}
		return a
	}
	standard := func() *shield.Account { return &shield.Account{Status: "not-enabled", State: "INACTIVE"} }
	untold := func() *shield.Account {
		return unread(&shield.Account{}, "status", "state", "auto_renew", "proactive_engagement", "response_team", "emergency_contacts", "protections")
	}
	renew := func(s *string) func(*shield.Account) { return func(a *shield.Account) { a.AutoRenew = s } }
	engaged := func(s *string) func(*shield.Account) {
		return func(a *shield.Account) { a.ProactiveEngagement = s }
	}
	protects := func(n *int) func(*shield.Account) { return func(a *shield.Account) { a.Protections = n } }
	protection := func(kind string, response, action *string, checks ...string) *shield.Protection {
		return &shield.Protection{ResourceType: kind, AutomaticResponse: response, AutomaticAction: action, HealthChecks: append([]string{}, checks...)}
	}
	const balancer, distribution, address = "APPLICATION_LOAD_BALANCER", "CLOUDFRONT_DISTRIBUTION", "ELASTIC_IP_ALLOCATION"
	on, off, block, count := ptr("ENABLED"), ptr("DISABLED"), ptr("BLOCK"), ptr("COUNT")
	try(t, []trial{
		{"shield-auto-renew",
			records{subscribed(), standard()},
			records{subscribed(renew(off)), subscribed(renew(ptr("SOMETIMES"))), subscribed(func(a *shield.Account) { a.End = days(-1) })},
			records{subscribed(renew(nil)), subscribed(func(a *shield.Account) { a.End = nil }), untold(), unread(subscribed(), "auto_renew"), unread(subscribed(), "end")}},
		{"shield-protects-resources",
			records{subscribed(), standard()},
			records{subscribed(protects(ptr(0)))},
			records{subscribed(protects(nil)), untold(), unread(subscribed(), "protections")}},
		{"shield-response-team-access",
			records{subscribed(), standard()},
			records{subscribed(func(a *shield.Account) { a.ResponseTeam.Role = nil })},
			records{untold(), unread(subscribed(), "response_team"), unread(subscribed(func(a *shield.Account) { a.ResponseTeam = nil }), "response_team")}},
		{"shield-proactive-engagement",
			records{subscribed(), standard()},
			records{subscribed(engaged(off)), subscribed(engaged(ptr("PENDING"))), subscribed(engaged(nil)), subscribed(engaged(ptr("SOMEHOW")))},
			records{untold(), unread(subscribed(engaged(nil)), "proactive_engagement")}},
		{"shield-emergency-contacts",
			records{subscribed(), standard()},
			records{subscribed(func(a *shield.Account) { a.Contacts = &shield.Contacts{} }), subscribed(func(a *shield.Account) { a.Contacts = &shield.Contacts{Total: 3} })},
			records{untold(), unread(subscribed(), "emergency_contacts"), subscribed(func(a *shield.Account) { a.Contacts = nil })}},
		{"shield-health-checks",
			records{protection(address, nil, nil, "h")},
			records{protection(address, nil, nil), protection(balancer, on, block)},
			records{unread(protection(address, nil, nil), "health_checks")}},
		{"shield-automatic-response",
			records{protection(balancer, on, block), protection(distribution, on, block), protection(address, nil, nil), protection("OTHER", nil, nil)},
			records{protection(balancer, nil, nil), protection(distribution, off, block), protection(balancer, on, count), protection(balancer, on, ptr("SOMEHOW")), protection(balancer, ptr("SOMEHOW"), block)},
			records{protection(balancer, on, nil), unread(protection(balancer, nil, nil), "automatic_response"), unread(protection("", on, count), "resource_type"), unread(protection(balancer, on, block), "automatic_action")}},
	})
}

// Where nobody is subscribed nothing is asked of subscriptions; the plan is a person's to show in any case.
func TestShieldStandardDecidesNothing(t *testing.T) {
	none := &shield.Account{Status: "not-enabled", State: "INACTIVE"}
	for _, id := range []string{"shield-auto-renew", "shield-protects-resources", "shield-response-team-access", "shield-proactive-engagement", "shield-emergency-contacts", "shield-health-checks", "shield-automatic-response"} {
		want(t, perform(t, id, nil, none), assess.NotApplicable)
	}
	want(t, perform(t, "shield-flood-plan", nil, none), assess.Manual)
}
