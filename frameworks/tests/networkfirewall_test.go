package tests_test

import (
	"testing"

	"github.com/auditseal/auditseal/collectors/networkfirewall"
)

// firewall is a firewall with nothing amiss, changed by the functions.
func firewall(change ...func(*networkfirewall.Firewall)) *networkfirewall.Firewall {
	f := &networkfirewall.Firewall{Status: "READY", Sync: "IN_SYNC", Zones: []string{"a", "b"}, ReadyZones: []string{"a", "b"}, DeleteProtection: true, SubnetProtection: true, PolicyProtection: true,
		LogsAlerts: true, LogsFlows: true}
	for _, c := range change {
		c(f)
	}
	return f
}

func firewallPolicy(change ...func(*networkfirewall.Policy)) *networkfirewall.Policy {
	p := &networkfirewall.Policy{StatelessGroups: []string{}, StatefulGroups: []string{"g"}, Overridden: []string{}, FullActions: []string{"aws:forward_to_sfe"}, FragmentActions: []string{"aws:drop"},
		StatefulActions: []string{"aws:drop_established"}, RuleOrder: "STRICT_ORDER"}
	for _, c := range change {
		c(p)
	}
	return p
}

func TestNetworkFirewallResults(t *testing.T) {
	ready := func(zones ...string) *networkfirewall.Firewall {
		return firewall(func(f *networkfirewall.Firewall) { f.ReadyZones = zones })
	}
	state := func(status, sync string) *networkfirewall.Firewall {
		return firewall(func(f *networkfirewall.Firewall) { f.Status, f.Sync = status, sync })
	}
	logs := func(alerts, flows bool) *networkfirewall.Firewall {
		return firewall(func(f *networkfirewall.Firewall) { f.LogsAlerts, f.LogsFlows = alerts, flows })
	}
	transit := func(protected *bool) *networkfirewall.Firewall {
		return firewall(func(f *networkfirewall.Firewall) {
			f.TransitGateway, f.ZoneProtection, f.SubnetProtection = ptr("tgw"), protected, false
		})
	}
	full := func(actions ...string) *networkfirewall.Policy {
		return firewallPolicy(func(p *networkfirewall.Policy) { p.FullActions = actions })
	}
	fragments := func(actions ...string) *networkfirewall.Policy {
		return firewallPolicy(func(p *networkfirewall.Policy) { p.FragmentActions = actions })
	}
	stateful := func(order string, actions ...string) *networkfirewall.Policy {
		return firewallPolicy(func(p *networkfirewall.Policy) { p.RuleOrder, p.StatefulActions = order, actions })
	}
	group := func(rules int) *networkfirewall.Group { return &networkfirewall.Group{Rules: rules} }
	try(t, []trial{
		{"networkfirewall-multi-az",
			records{firewall(), ready("a", "b", "c")},
			records{ready("a"), ready()},
			records{unread(ready(), "zones", "ready_zones")}},
		{"networkfirewall-in-sync",
			records{firewall()},
			records{state("PROVISIONING", "IN_SYNC"), state("READY", "PENDING"), state("READY", "CAPACITY_CONSTRAINED"), state("READY_ISH", "IN_SYNC"), state("", "")},
			records{unread(firewall(), "status"), unread(firewall(), "sync")}},
		{"networkfirewall-logging",
			records{firewall(), logs(true, false), logs(false, true)},
			records{logs(false, false)},
			records{unread(logs(false, false), "logs", "logs_alerts", "logs_flows", "logs_tls")}},
		{"networkfirewall-alert-logs",
			records{firewall(), logs(true, false)},
			records{logs(false, true)},
			records{unread(firewall(), "logs_alerts")}},
		{"networkfirewall-delete-protection",
			records{firewall()},
			records{firewall(func(f *networkfirewall.Firewall) { f.DeleteProtection = false })},
			records{unread(firewall(), "delete_protection")}},
		{"networkfirewall-subnet-change-protection",
			records{firewall(), transit(ptr(true))},
			records{firewall(func(f *networkfirewall.Firewall) { f.SubnetProtection = false }), transit(ptr(false)), transit(nil)},
			records{unread(firewall(), "subnet_change_protection"), unread(firewall(func(f *networkfirewall.Firewall) { f.SubnetProtection = true }), "transit_gateway"), unread(transit(nil), "zone_change_protection")}},
		{"networkfirewall-policy-change-protection",
			records{firewall()},
			records{firewall(func(f *networkfirewall.Firewall) { f.PolicyProtection = false })},
			records{unread(firewall(), "policy_change_protection")}},
		{"networkfirewall-policy-has-rules",
			records{firewallPolicy(), firewallPolicy(func(p *networkfirewall.Policy) { p.StatelessGroups, p.StatefulGroups = []string{"g"}, []string{} })},
			records{firewallPolicy(func(p *networkfirewall.Policy) { p.StatefulGroups = []string{} })},
			records{unread(firewallPolicy(func(p *networkfirewall.Policy) { p.StatefulGroups = nil }), "stateful_groups", "stateless_groups")}},
		{"networkfirewall-default-action-full",
			records{full("aws:forward_to_sfe"), full("aws:drop", "count")},
			records{full("aws:pass"), full("aws:pass", "aws:drop"), full("count"), full("aws:dropped")},
			records{unread(full("aws:drop"), "full_packet_actions")}},
		{"networkfirewall-default-action-fragments",
			records{fragments("aws:forward_to_sfe"), fragments("aws:drop", "count")},
			records{fragments("aws:pass"), fragments("aws:pass", "aws:drop"), fragments("count"), fragments("aws:dropped")},
			records{unread(fragments("aws:drop"), "fragment_actions")}},
		{"networkfirewall-stateful-default-drop",
			records{stateful("STRICT_ORDER", "aws:drop_strict"), stateful("STRICT_ORDER", "aws:alert_established", "aws:drop_established"), full("aws:drop")},
			records{stateful("DEFAULT_ACTION_ORDER", "aws:drop_strict"), stateful("STRICT_ORDER"), stateful("STRICT_ORDER", "aws:alert_strict"), stateful("SOME_ORDER", "aws:drop_strict")},
			records{unread(stateful("STRICT_ORDER", "aws:drop_strict"), "stateful_actions"), unread(stateful("STRICT_ORDER", "aws:drop_strict"), "rule_order"), unread(full("aws:drop"), "full_packet_actions")}},
		{"networkfirewall-stateful-groups-drop",
			records{firewallPolicy()},
			records{firewallPolicy(func(p *networkfirewall.Policy) { p.Overridden = []string{"g"} })},
			records{unread(firewallPolicy(), "overridden_groups")}},
		{"networkfirewall-stateless-rule-group-not-empty",
			records{group(1)},
			records{group(0)},
			records{unread(group(0), "rules"), unread(group(3), "rules")}},
	})
}
