package scenario

import (
	"fmt"
	"time"
)

// Pages are shorter than asked for, so that lists have more than one.
var networkFirewallPages = paging{token: "NextToken", standard: 2, badToken: "InvalidRequestException"}

func networkFirewallService() service {
	return service{name: "network-firewall", protocol: awsJSON, target: "NetworkFirewall_20201112", version: "1.0", message: func(*query, *Failure) string { return "Message" },
		tokens: map[string]string{"ListFirewalls": "NextToken"},
		operations: stored(networkFirewallPages, Answers{"ListFirewalls": {List: "Firewalls"}, "*": {Fail: noFirewall}},
			"DescribeFirewall", "DescribeFirewallPolicy", "DescribeLoggingConfiguration", "DescribeRuleGroup", "ListFirewalls"),
	}
}

var noFirewall = &Failure{Status: 400, Code: "ResourceNotFoundException", Message: "The resource was not found."}

// A NetworkFirewall is a firewall, and NetworkPolicy what it does with packets, both in the form of the wire beside names and ARNs.
type NetworkFirewall struct {
	Name, Policy string
	Zones        []string
	Firewall     M
	// Status replaces members of the firewall's status.
	Status M
	Logs   []any
}

// A NetworkPolicy is a firewall policy.
type NetworkPolicy struct {
	Name               string
	Stateless, Managed []string
	Policy, Response   M
}

// A StatelessGroup is a rule group with that many rules.
type StatelessGroup struct {
	Name  string
	Rules int
}

// NetworkFirewalls declares the firewalls of a region, their policies and stateless rule groups.
func (r *Region) NetworkFirewalls(account string, firewalls []NetworkFirewall, policies []NetworkPolicy, groups []StatelessGroup) {
	arn := func(kind, name string) string {
		return fmt.Sprintf("arn:aws:network-firewall:%s:%s:%s/%s", r.Name, account, kind, name)
	}
	token := func(name string) string { return uuid("network-firewall", account, r.Name, name) }
	with := func(m, more M) M {
		for k, v := range more {
			if m[k] = v; v == nil {
				delete(m, k)
			}
		}
		return m
	}
	list := []any{}
	described, logs, policy, group := map[string]Answer{}, map[string]Answer{}, map[string]Answer{}, map[string]Answer{}
	for _, f := range firewalls {
		a := arn("firewall", f.Name)
		list = append(list, M{"FirewallName": f.Name, "FirewallArn": a})
		subnets, states := []any{}, M{}
		for _, z := range f.Zones {
			subnet := "subnet-" + hexID(17, f.Name, z)
			subnets = append(subnets, M{"SubnetId": subnet, "IPAddressType": "IPV4"})
			states[z] = M{"Attachment": M{"SubnetId": subnet, "EndpointId": "vpce-" + hexID(17, f.Name, z), "Status": "READY"},
				"Config": M{f.Policy: M{"SyncStatus": "IN_SYNC", "UpdateToken": token(f.Policy)}}}
		}
		described[a] = Answer{Body: M{"UpdateToken": token(f.Name),
			"Firewall": with(M{"FirewallName": f.Name, "FirewallArn": a, "FirewallId": uuid("firewall", a), "FirewallPolicyArn": arn("firewall-policy", f.Policy), "VpcId": "vpc-" + hexID(17, "inspection", account, r.Name),
				"SubnetMappings": subnets, "DeleteProtection": true, "SubnetChangeProtection": true, "FirewallPolicyChangeProtection": true, "EncryptionConfiguration": M{"Type": "AWS_OWNED_KMS_KEY", "KeyId": "AWS_OWNED_KMS_KEY"}}, f.Firewall),
			"FirewallStatus": with(M{"Status": "READY", "ConfigurationSyncStateSummary": "IN_SYNC", "SyncStates": states}, f.Status)}}
		logs[a] = Answer{Body: M{"FirewallArn": a, "LoggingConfiguration": M{"LogDestinationConfigs": append([]any{}, f.Logs...)}}}
	}
	for _, p := range policies {
		a := arn("firewall-policy", p.Name)
		stateless, stateful := []any{}, []any{}
		for i, g := range p.Stateless {
			stateless = append(stateless, M{"ResourceArn": arn("stateless-rulegroup", g), "Priority": i + 1})
		}
		for i, g := range p.Managed {
			stateful = append(stateful, M{"ResourceArn": fmt.Sprintf("arn:aws:network-firewall:%s:aws-managed:stateful-rulegroup/%s", r.Name, g), "Priority": i + 1})
		}
		policy[a] = Answer{Body: M{"UpdateToken": token(p.Name),
			"FirewallPolicyResponse": with(M{"FirewallPolicyName": p.Name, "FirewallPolicyArn": a, "FirewallPolicyId": uuid("firewall-policy", a), "FirewallPolicyStatus": "ACTIVE",
				"ConsumedStatelessRuleCapacity": 10 * len(p.Stateless), "ConsumedStatefulRuleCapacity": 1000 * len(p.Managed), "NumberOfAssociations": 1,
				"EncryptionConfiguration": M{"Type": "AWS_OWNED_KMS_KEY", "KeyId": "AWS_OWNED_KMS_KEY"}, "LastModifiedTime": epoch(day(2026, 3, 4))}, p.Response),
			"FirewallPolicy": with(M{"StatelessDefaultActions": []any{"aws:forward_to_sfe"}, "StatelessFragmentDefaultActions": []any{"aws:forward_to_sfe"}, "StatelessRuleGroupReferences": stateless,
				"StatefulRuleGroupReferences": stateful, "StatefulDefaultActions": []any{"aws:drop_established", "aws:alert_established"},
				"StatefulEngineOptions": M{"RuleOrder": "STRICT_ORDER", "StreamExceptionPolicy": "DROP"}}, p.Policy)}}
	}
	for _, g := range groups {
		a := arn("stateless-rulegroup", g.Name)
		rules := []any{}
		for i := range g.Rules {
			rules = append(rules, M{"Priority": i + 1, "RuleDefinition": M{"Actions": []any{"aws:drop"}, "MatchAttributes": M{
				"Sources": lists(M{"AddressDefinition": fmt.Sprintf("192.0.2.%d/32", i)}), "Destinations": lists(M{"AddressDefinition": "0.0.0.0/0"}), "Protocols": []any{6}}}})
		}
		group[a] = Answer{Body: M{"UpdateToken": token(g.Name), "RuleGroup": M{"RulesSource": M{"StatelessRulesAndCustomActions": M{"StatelessRules": rules}}},
			"RuleGroupResponse": M{"RuleGroupName": g.Name, "RuleGroupArn": a, "RuleGroupId": uuid("rulegroup", a), "Type": "STATELESS", "Capacity": 100, "ConsumedCapacity": g.Rules, "RuleGroupStatus": "ACTIVE", "NumberOfAssociations": 1}}}
	}
	r.Store("network-firewall", Answers{"ListFirewalls": {List: "Firewalls", Items: list},
		"DescribeFirewall": {By: []string{"FirewallArn"}, Each: described, Missing: noFirewall}, "DescribeLoggingConfiguration": {By: []string{"FirewallArn"}, Each: logs, Missing: noFirewall},
		"DescribeFirewallPolicy": {By: []string{"FirewallPolicyArn"}, Each: policy, Missing: noFirewall}, "DescribeRuleGroup": {By: []string{"RuleGroupArn"}, Each: group, Missing: noFirewall}})
}

func firewallLog(kind, to, name string) M {
	d := M{"S3": M{"bucketName": name, "prefix": "network-firewall"}, "CloudWatchLogs": M{"logGroup": name}, "KinesisDataFirehose": M{"deliveryStream": name}}[to]
	return M{"LogType": kind, "LogDestinationType": to, "LogDestination": d}
}

// demoNetworkFirewall declares what Example Corp has of it.
func demoNetworkFirewall(o *Organization) {
	key := "arn:aws:kms:eu-west-1:444455556666:key/" + uuid("demo", DemoPayments, ireland, "card-vault-db")
	o.In(DemoPayments, ireland).NetworkFirewalls(DemoPayments, []NetworkFirewall{
		{Name: "egress", Policy: "egress", Zones: []string{"eu-west-1a", "eu-west-1b", "eu-west-1c"}, Firewall: M{"Description": "All traffic to the internet", "Tags": tags([]Tag{{"owner", "payments"}, {"note", "=1+1@SUM"}}, "Key", "Value"),
			"EncryptionConfiguration": M{"Type": "CUSTOMER_KMS", "KeyId": key}},
			Logs: lists(firewallLog("ALERT", "S3", "example-corp-firewall-444455556666"), firewallLog("FLOW", "CloudWatchLogs", "/network-firewall/egress/flow"), firewallLog("TLS", "KinesisDataFirehose", "firewall-tls"))},
		// One zone, no logs, and anyone can delete it; what no rule matches passes.
		{Name: "partner-link", Policy: "partner-link", Zones: []string{"eu-west-1a"}, Firewall: M{"DeleteProtection": false, "SubnetChangeProtection": false, "FirewallPolicyChangeProtection": false, "EncryptionConfiguration": nil}},
		// Of a transit gateway; one zone is not ready, and shares the egress policy.
		{Name: "transit", Policy: "egress", Zones: []string{"eu-west-1a", "eu-west-1b"}, Firewall: M{"SubnetMappings": []any{}, "TransitGatewayId": "tgw-0a1b2c3d4e5f60718", "TransitGatewayOwnerAccountId": DemoManagement, "AvailabilityZoneChangeProtection": true},
			Status: M{"Status": "PROVISIONING", "ConfigurationSyncStateSummary": "PENDING", "SyncStates": M{"eu-west-1a": M{"Attachment": M{"Status": "READY", "EndpointId": "vpce-0a1b2c3d4e5f60718"}},
				"eu-west-1b": M{"Attachment": M{"Status": "CREATING"}}}},
			Logs: lists(firewallLog("FLOW", "S3", "example-corp-firewall-444455556666"))},
	}, []NetworkPolicy{
		{Name: "egress", Stateless: []string{"bogons"}, Managed: []string{"ThreatSignaturesBotnetStrictOrder", "AbusedLegitMalwareDomainsStrictOrder"},
			Policy: M{"TLSInspectionConfigurationArn": "arn:aws:network-firewall:eu-west-1:444455556666:tls-configuration/egress"}},
		{Name: "partner-link", Stateless: []string{"placeholder"}, Policy: M{"StatelessDefaultActions": []any{"aws:pass"}, "StatelessFragmentDefaultActions": []any{"aws:pass", "count"},
			"StatelessCustomActions": lists(M{"ActionName": "count", "ActionDefinition": M{"PublishMetricAction": M{"Dimensions": lists(M{"Value": "fragments"})}}}),
			"StatefulDefaultActions": nil, "StatefulEngineOptions": nil}, Response: M{"EncryptionConfiguration": nil}},
	}, []StatelessGroup{{"bogons", 12}, {"placeholder", 0}})
	o.In(DemoData, virginia).NetworkFirewalls(DemoData, []NetworkFirewall{{Name: "lake", Policy: "lake", Zones: []string{"us-east-1a", "us-east-1b"}, Logs: lists(firewallLog("ALERT", "CloudWatchLogs", "/network-firewall/lake/alert"))}},
		[]NetworkPolicy{{Name: "lake", Managed: []string{"ThreatSignaturesMalwareStrictOrder"}, Response: M{"LastModifiedTime": epoch(Now.Add(-time.Hour))}}}, nil)
}

// largeNetworkFirewall declares what each account of a large organization has of it: a firewall where traffic leaves.
func largeNetworkFirewall(o *Organization) {
	for _, a := range o.Accounts[:min(1, len(o.Accounts))] {
		for _, r := range a.Regions {
			r.NetworkFirewalls(a.ID, []NetworkFirewall{{Name: "egress", Policy: "egress", Zones: []string{r.Name + "a", r.Name + "b"}, Logs: lists(firewallLog("ALERT", "S3", "example-group-firewall"))}},
				[]NetworkPolicy{{Name: "egress", Stateless: []string{"bogons"}}}, []StatelessGroup{{"bogons", 1}})
		}
	}
}
