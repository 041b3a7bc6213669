package tests_test

import (
	"testing"

	"github.com/auditseal/auditseal/collectors/waf"
	"github.com/auditseal/auditseal/frameworks/assess"
)

// webACL is a web ACL with nothing amiss, changed by the functions.
func webACL(change ...func(*waf.WebACL)) *waf.WebACL {
	w := &waf.WebACL{DefaultAction: ptr("allow"), Rules: ptr(2), FirewallManagerGroups: ptr(0), Enforcing: []string{"common", "limit"}, RuleGroups: []string{"AWS/Common"}, Counting: []string{}, Overridden: []string{},
		Metrics: ptr(true), Logging: waf.Logging{Customer: wafLogs(true, true), SecurityLake: wafLogs(false, false), Telemetry: wafLogs(false, false)}}
	for _, c := range change {
		c(w)
	}
	return w
}

func wafLogs(enabled, keeps bool) waf.LogConfig {
	return waf.LogConfig{Enabled: &enabled, Keeps: &keeps}
}

func TestWAFResults(t *testing.T) {
	type change = func(*waf.WebACL)
	rules := func(own, manager int) change {
		return func(w *waf.WebACL) { w.Rules, w.FirewallManagerGroups = &own, &manager }
	}
	stops := func(action string, names ...string) change {
		return func(w *waf.WebACL) { w.DefaultAction, w.Enforcing = &action, append([]string{}, names...) }
	}
	groups := func(names ...string) change {
		return func(w *waf.WebACL) { w.RuleGroups = append([]string{}, names...) }
	}
	counts := change(func(w *waf.WebACL) { w.Counting = w.RuleGroups })
	overridden := change(func(w *waf.WebACL) { w.Overridden = []string{"AWS/Common/Size=count"} })
	logged := func(customer, lake, telemetry waf.LogConfig) change {
		return func(w *waf.WebACL) {
			w.Logging = waf.Logging{Customer: customer, SecurityLake: lake, Telemetry: telemetry}
		}
	}
	off, on := wafLogs(false, false), wafLogs(true, true)
	silent := change(func(w *waf.WebACL) { w.Metrics = ptr(false) })
	group := func(rules int, metrics bool) *waf.RuleGroup { return &waf.RuleGroup{Rules: &rules, Metrics: &metrics} }

	try(t, []trial{
		{"waf-web-acl-not-empty",
			records{webACL(), webACL(rules(0, 1)), webACL(rules(3, 0))},
			records{webACL(rules(0, 0))},
			records{unread(webACL(rules(0, 0)), "rules"), unread(webACL(rules(0, 0)), "firewall_manager_groups"), unread(webACL(), "rules", "firewall_manager_groups"), &waf.WebACL{}}},
		{"waf-web-acl-can-block",
			records{webACL(), webACL(stops("block")), webACL(stops("block", "x")), unread(webACL(stops("block")), "enforcing")},
			records{webACL(stops("allow")), webACL(stops("somehow")), webACL(stops("somehow", "x"))},
			records{unread(webACL(), "enforcing"), unread(webACL(), "default_action"), unread(webACL(stops("allow")), "default_action", "enforcing"), &waf.WebACL{}}},
		{"waf-rule-groups-not-counting",
			records{webACL(), webACL(groups())},
			records{webACL(counts)},
			records{unread(webACL(), "counting"), unread(webACL(groups()), "rule_groups")}},
		{"waf-group-rules-not-overridden",
			records{webACL(), webACL(groups())},
			records{webACL(overridden)},
			records{unread(webACL(), "overridden"), unread(webACL(groups()), "rule_groups")}},
		{"waf-web-acl-logging",
			records{webACL(), webACL(logged(off, on, off)), webACL(logged(off, off, on)), unread(webACL(logged(on, off, off)), "logging.security_lake", "logging.telemetry"), unread(webACL(logged(off, on, off)), "logging.customer")},
			records{webACL(logged(off, off, off)), webACL(logged(wafLogs(true, false), off, off)), webACL(logged(off, wafLogs(true, false), wafLogs(true, false)))},
			records{unread(webACL(logged(off, off, off)), "logging.customer"), unread(webACL(logged(off, off, off)), "logging.security_lake"), unread(webACL(logged(off, off, off)), "logging.telemetry"),
				unread(webACL(), "logging.customer.keeps"), unread(webACL(), "logging"), &waf.WebACL{}}},
		{"waf-web-acl-metrics",
			records{webACL()},
			records{webACL(silent)},
			records{unread(webACL(), "metrics"), &waf.WebACL{}}},
		{"waf-rule-group-not-empty",
			records{group(1, true), group(9, false)},
			records{group(0, true)},
			records{unread(group(1, true), "rules"), &waf.RuleGroup{}}},
		{"waf-rule-group-metrics",
			records{group(1, true)},
			records{group(1, false)},
			records{unread(group(1, true), "metrics"), &waf.RuleGroup{}}},
	})
}

// A web ACL without rule groups has none that could count.
func TestWAFNotApplicable(t *testing.T) {
	want(t, perform(t, "waf-rule-groups-not-counting", nil, webACL(func(w *waf.WebACL) { w.RuleGroups = []string{} })), assess.NotApplicable)
}
