package networkfirewall

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/testdata/scenario"
)

func demo(t *testing.T, account, region string) *celltest.Result {
	t.Helper()
	s := scenario.Start(scenario.Config{Organization: scenario.Demo()})
	t.Cleanup(s.Close)
	r := celltest.Run(t, Collector{}, celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(account), Account: account, Region: region})
	if len(r.Gaps) > 0 {
		t.Fatalf("gaps %v", r.Gaps)
	}
	return r
}

func ptr[T any](v T) *T { return &v }

const paymentsARN = "arn:aws:network-firewall:eu-west-1:444455556666:"

var meta = cmpopts.IgnoreFields(evidence.Meta{}, "Collected", "Evidence")

func head(id string) evidence.Meta {
	return evidence.Meta{ID: paymentsARN + id, Account: "444455556666", Region: "eu-west-1"}
}

func TestAFirewallIsReadWhole(t *testing.T) {
	r := demo(t, scenario.DemoPayments, "eu-west-1")
	got := celltest.One[Firewall](t, r, "firewall/egress")
	zones := []string{"eu-west-1a", "eu-west-1b", "eu-west-1c"}
	want := &Firewall{Meta: head("firewall/egress"), Name: "egress", Description: ptr("All traffic to the internet"), Status: "READY", Sync: "IN_SYNC", Policy: paymentsARN + "firewall-policy/egress", VPC: got.VPC,
		Subnets: got.Subnets, Zones: zones, ReadyZones: zones, DeleteProtection: true, SubnetProtection: true, PolicyProtection: true, Encryption: ptr("CUSTOMER_KMS"), Key: got.Key,
		Logs: []string{"ALERT S3 bucketName=example-corp-firewall-444455556666 prefix=network-firewall", "FLOW CloudWatchLogs logGroup=/network-firewall/egress/flow",
			"TLS KinesisDataFirehose deliveryStream=firewall-tls"}, LogsAlerts: true, LogsFlows: true, LogsTLS: true, Tags: map[string]string{"owner": "payments", "note": "=1+1@SUM"}}
	if d := cmp.Diff(want, got, meta); d != "" || len(got.Subnets) != 3 || !slices.IsSorted(got.Subnets) || !strings.HasPrefix(*got.Key, "arn:aws:kms:") || !strings.HasPrefix(*got.VPC, "vpc-") || len(got.Evidence) != 3 {
		t.Errorf("%s subnets %q", d, got.Subnets)
	}
	if f := celltest.One[Firewall](t, r, "firewall/partner-link"); f.DeleteProtection || f.SubnetProtection || f.PolicyProtection || len(f.Zones) != 1 || f.Logs == nil || len(f.Logs) != 0 || f.LogsAlerts || f.LogsFlows || f.Encryption != nil || f.Tags == nil {
		t.Errorf("%+v", f)
	}
	f := celltest.One[Firewall](t, r, "firewall/transit")
	if d := cmp.Diff([]string{"eu-west-1a"}, f.ReadyZones); d != "" || len(f.Zones) != 2 || *f.TransitGateway != "tgw-0a1b2c3d4e5f60718" || !*f.ZoneProtection || f.Status != "PROVISIONING" || f.Sync != "PENDING" || f.LogsAlerts || !f.LogsFlows || len(f.Subnets) != 0 {
		t.Errorf("%s %+v", d, f)
	}
}

func TestPoliciesAndGroups(t *testing.T) {
	r := demo(t, scenario.DemoPayments, "eu-west-1")
	changed := time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)
	managed := "arn:aws:network-firewall:eu-west-1:aws-managed:stateful-rulegroup/"
	want := &Policy{Meta: head("firewall-policy/egress"), Name: "egress", Status: "ACTIVE", Firewalls: []string{paymentsARN + "firewall/egress", paymentsARN + "firewall/transit"},
		StatelessGroups: []string{paymentsARN + "stateless-rulegroup/bogons"}, StatefulGroups: []string{managed + "AbusedLegitMalwareDomainsStrictOrder", managed + "ThreatSignaturesBotnetStrictOrder"}, Overridden: []string{},
		FullActions: []string{"aws:forward_to_sfe"}, FragmentActions: []string{"aws:forward_to_sfe"}, StatefulActions: []string{"aws:drop_established", "aws:alert_established"}, RuleOrder: "STRICT_ORDER",
		StreamException: ptr("DROP"), TLSInspection: ptr(paymentsARN + "tls-configuration/egress"), Modified: &changed, Encryption: ptr("AWS_OWNED_KMS_KEY"), Key: ptr("AWS_OWNED_KMS_KEY"), Tags: map[string]string{}}
	got := celltest.One[Policy](t, r, "firewall-policy/egress")
	// Two firewalls use it, and it is asked for once.
	if d := cmp.Diff(want, got, meta); d != "" || len(got.Evidence) != 3 || len(celltest.Of[Policy](r)) != 2 {
		t.Error(d)
	}
	p := celltest.One[Policy](t, r, "firewall-policy/partner-link")
	if d := cmp.Diff([]string{"aws:pass", "count"}, p.FragmentActions); d != "" || p.FullActions[0] != "aws:pass" || p.RuleOrder != "DEFAULT_ACTION_ORDER" || p.StatefulActions == nil || len(p.StatefulActions) != 0 || p.StreamException != nil || len(p.StatefulGroups) != 0 || p.TLSInspection != nil {
		t.Errorf("%s %+v", d, p)
	}
	wantGroup := &Group{Meta: head("stateless-rulegroup/bogons"), Name: "bogons", Status: "ACTIVE", Policies: []string{paymentsARN + "firewall-policy/egress"}, Rules: 12, Capacity: ptr(100)}
	if d := cmp.Diff(wantGroup, celltest.One[Group](t, r, "bogons"), meta); d != "" {
		t.Error(d)
	}
	if g := celltest.One[Group](t, r, "placeholder"); g.Rules != 0 || len(g.Unknown) > 0 {
		t.Errorf("%+v", g)
	}
	if r := demo(t, scenario.DemoManagement, "us-east-1"); len(r.Records) != 0 || r.Outcome(t, "ListFirewalls") != evidence.Empty {
		t.Errorf("%d records where there is no firewall", len(r.Records))
	}
}

// usual are the answers of a region with one firewall, its policy and a stateless rule group.
var usual = map[string]string{
	"ListFirewalls": `{"Firewalls":[{"FirewallName":"f","FirewallArn":"arn:f"}]}`,
	"DescribeFirewall": `{"Firewall":{"FirewallArn":"arn:f","FirewallPolicyArn":"arn:p","SubnetMappings":[{"SubnetId":"s"}],"DeleteProtection":true,"SubnetChangeProtection":true,"FirewallPolicyChangeProtection":true},` +
		`"FirewallStatus":{"Status":"READY","ConfigurationSyncStateSummary":"IN_SYNC","SyncStates":{"b":{"Attachment":{"Status":"READY"}},"a":{"Attachment":{"Status":"READY"}}}}}`,
	"DescribeLoggingConfiguration": `{"FirewallArn":"arn:f","LoggingConfiguration":{"LogDestinationConfigs":[]}}`,
	"DescribeFirewallPolicy": `{"FirewallPolicyResponse":{"FirewallPolicyArn":"arn:p","FirewallPolicyName":"p","FirewallPolicyStatus":"ACTIVE"},` +
		`"FirewallPolicy":{"StatelessDefaultActions":["aws:drop"],"StatelessFragmentDefaultActions":["aws:pass"],"StatelessRuleGroupReferences":[{"ResourceArn":"arn:g","Priority":1}],` +
		`"StatefulRuleGroupReferences":[{"ResourceArn":"arn:z"},{"ResourceArn":"arn:y","Override":{"Action":"DROP_TO_ALERT"}}]}}`,
	"DescribeRuleGroup": `{"RuleGroupResponse":{"RuleGroupArn":"arn:g","RuleGroupName":"g","RuleGroupStatus":"ACTIVE"},"RuleGroup":{"RulesSource":{"StatelessRulesAndCustomActions":{"StatelessRules":[]}}}}`,
}

func answers(t *testing.T, odd map[string]celltest.Answer) *celltest.Result {
	t.Helper()
	return celltest.Run(t, Collector{}, celltest.Options{URL: celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		key := q.Operation
		if strings.Contains(q.Body, "NextToken") {
			key += " next"
		}
		for _, k := range []string{key + " " + arnIn(q.Body), key} {
			if a, ok := odd[k]; ok {
				return a
			}
		}
		return celltest.Answer{Body: usual[key]}
	})})
}

// arnIn gives the ARN that a request names.
func arnIn(body string) string {
	_, arn, _ := strings.Cut(body, `Arn":"`)
	arn, _, _ = strings.Cut(arn, `"`)
	return arn
}

func body(s string) celltest.Answer { return celltest.Answer{Body: s} }

func fail(code string) celltest.Answer { return celltest.Fail(400, code, "no") }

func unknown(r *celltest.Result) string {
	out := []string{}
	for _, x := range r.Records {
		for _, u := range x.Header().Unknown {
			out = append(out, strings.TrimPrefix(x.Kind(), "networkfirewall.")+":"+u.Field)
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func fields(kind string, names ...string) string {
	out := []string{}
	for _, n := range names {
		out = append(out, kind+":"+n)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func TestTheUsualAnswersLeaveNoGap(t *testing.T) {
	r := answers(t, nil)
	if len(r.Gaps) > 0 || len(r.Records) != 3 {
		t.Fatalf("%d records, gaps %v", len(r.Records), r.Gaps)
	}
	if f := celltest.One[Firewall](t, r, "arn:f"); !slices.Equal(f.ReadyZones, []string{"a", "b"}) {
		t.Errorf("%+v", f)
	}
	if p := celltest.One[Policy](t, r, "arn:p"); !slices.Equal(p.StatefulGroups, []string{"arn:y", "arn:z"}) || !slices.Equal(p.Overridden, []string{"arn:y"}) || p.RuleOrder != "DEFAULT_ACTION_ORDER" {
		t.Errorf("%+v", p)
	}
}

func TestWhatAnAnswerLacksIsUnknown(t *testing.T) {
	for _, c := range []struct {
		key, old, new string
		want          string
		records       int
	}{
		{"ListFirewalls", `"FirewallName":"f",`, ``, "firewall:name", 3},
		{"DescribeFirewall", `"DeleteProtection":true,`, ``, "firewall:delete_protection", 3},
		{"DescribeFirewall", `"SubnetChangeProtection":true,`, ``, "firewall:subnet_change_protection", 3},
		{"DescribeFirewall", `,"FirewallPolicyChangeProtection":true`, ``, "firewall:policy_change_protection", 3},
		{"DescribeFirewall", `"FirewallPolicyChangeProtection":true`, `"FirewallPolicyChangeProtection":null`, "firewall:policy_change_protection", 3},
		{"DescribeFirewall", `"FirewallPolicyArn":"arn:p",`, ``, "firewall:policy", 1},
		{"DescribeFirewall", `"FirewallStatus"`, `"OtherStatus"`, fields("firewall", "status", "sync", "zones", "ready_zones"), 3},
		{"DescribeFirewall", `"FirewallStatus":{"Status":"READY",`, `"FirewallStatus":{`, "firewall:status", 3},
		{"DescribeFirewall", `"ConfigurationSyncStateSummary":"IN_SYNC",`, ``, "firewall:sync", 3},
		{"DescribeFirewall", `"SyncStates"`, `"OtherStates"`, fields("firewall", "zones", "ready_zones"), 3},
		{"DescribeFirewall", `"arn:f"`, `"arn:other"`, fields("firewall", described...), 1},
		{"DescribeLoggingConfiguration", `"LogDestinationConfigs":[]`, ``, fields("firewall", "logs", "logs_alerts", "logs_flows", "logs_tls"), 3},
		{"DescribeLoggingConfiguration", `"LoggingConfiguration"`, `"Other"`, fields("firewall", "logs", "logs_alerts", "logs_flows", "logs_tls"), 3},
		{"DescribeLoggingConfiguration", `[]`, `[{"LogType":"ALERT","LogDestinationType":"S3","LogDestination":{"bucketName":"b"}},{"LogType":"FLOW","LogDestinationType":"S3"}]`, fields("firewall", "logs", "logs_alerts", "logs_flows", "logs_tls"), 3},
		{"DescribeLoggingConfiguration", `[]`, `[{"LogDestinationType":"S3","LogDestination":{"bucketName":"b"}}]`, fields("firewall", "logs", "logs_alerts", "logs_flows", "logs_tls"), 3},
		{"DescribeFirewallPolicy", `"FirewallPolicyName":"p",`, ``, "policy:name", 3},
		{"DescribeFirewallPolicy", `,"FirewallPolicyStatus":"ACTIVE"`, ``, "policy:status", 3},
		{"DescribeFirewallPolicy", `"StatelessDefaultActions":["aws:drop"],`, ``, "policy:full_packet_actions", 3},
		{"DescribeFirewallPolicy", `["aws:pass"]`, `[]`, "policy:fragment_actions", 3},
		{"DescribeFirewallPolicy", `{"ResourceArn":"arn:z"}`, `{}`, fields("policy", "overridden_groups", "stateful_groups"), 3},
		{"DescribeFirewallPolicy", `"ResourceArn":"arn:g",`, ``, "policy:stateless_groups", 2},
		{"DescribeFirewallPolicy", `"FirewallPolicy":{`, `"Other":{`, fields("policy", policyFields...), 2},
		{"DescribeFirewallPolicy", `"FirewallPolicyArn":"arn:p",`, ``, fields("policy", policyFields...), 2},
		{"DescribeRuleGroup", `"RuleGroupName":"g",`, ``, "stateless_rule_group:name", 3},
		{"DescribeRuleGroup", `,"RuleGroupStatus":"ACTIVE"`, ``, "stateless_rule_group:status", 3},
		{"DescribeRuleGroup", `"StatelessRules":[]`, ``, "stateless_rule_group:rules", 3},
		{"DescribeRuleGroup", `"RuleGroup":{`, `"Other":{`, "stateless_rule_group:rules", 3},
		{"DescribeRuleGroup", `"arn:g"`, `"arn:h"`, fields("stateless_rule_group", "name", "status", "rules", "capacity"), 3},
	} {
		if strings.Count(usual[c.key], c.old) != 1 {
			t.Fatalf("%s has %q %d times", c.key, c.old, strings.Count(usual[c.key], c.old))
		}
		r := answers(t, map[string]celltest.Answer{c.key: body(strings.Replace(usual[c.key], c.old, c.new, 1))})
		if unknown(r) != c.want || len(r.Gaps) != 1 || len(r.Records) != c.records {
			t.Errorf("%s without %s: unknown %s, want %s; %d records, gaps %v", c.key, c.old, unknown(r), c.want, len(r.Records), r.Gaps)
		}
		// What is used by something unread may be more than was seen.
		if c.records < 3 && !slices.Contains(r.Gaps[0].Kinds, groupKind) {
			t.Errorf("%s without %s: the rule groups pass for whole", c.key, c.old)
		}
	}
}

// AWS says of READY alone that the endpoint is available to handle traffic.
func TestZonesThatAreReady(t *testing.T) {
	for _, state := range []string{`{"Status":"SCALING"}`, `{"Status":"CREATING"}`, `{"Status":"ERROR"}`, `{"Status":"SOMEHOW"}`, `{}`, `null`} {
		r := answers(t, map[string]celltest.Answer{"DescribeFirewall": body(strings.Replace(usual["DescribeFirewall"], `"a":{"Attachment":{"Status":"READY"}}`, `"a":{"Attachment":`+state+`}`, 1))})
		if f := celltest.One[Firewall](t, r, "arn:f"); !slices.Equal(f.Zones, []string{"a", "b"}) || !slices.Equal(f.ReadyZones, []string{"b"}) {
			t.Errorf("%s: of %q ready %q", state, f.Zones, f.ReadyZones)
		}
	}
}

// An override that nobody documented is an override.
func TestOverrides(t *testing.T) {
	for action, want := range map[string]int{"DROP_TO_ALERT": 1, "DROP_TO_SOMETHING": 1, "": 0} {
		r := answers(t, map[string]celltest.Answer{"DescribeFirewallPolicy": body(strings.Replace(usual["DescribeFirewallPolicy"], "DROP_TO_ALERT", action, 1))})
		if p := celltest.One[Policy](t, r, "arn:p"); len(p.Overridden) != want {
			t.Errorf("%q: %q", action, p.Overridden)
		}
	}
}

func TestWhatIsNotThere(t *testing.T) {
	if r := answers(t, map[string]celltest.Answer{"DescribeFirewall": fail(gone)}); len(r.Gaps) > 0 || len(r.Records) != 0 {
		t.Errorf("a firewall that is gone: %d records, gaps %v", len(r.Records), r.Gaps)
	}
	// A firewall uses it, so it is not gone.
	for key, kind := range map[string]string{"DescribeFirewallPolicy": "policy", "DescribeRuleGroup": "stateless_rule_group"} {
		r := answers(t, map[string]celltest.Answer{key: fail(gone)})
		if !strings.Contains(unknown(r), kind+":status") || len(r.Gaps) == 0 {
			t.Errorf("%s: unknown %s, gaps %v", key, unknown(r), r.Gaps)
		}
	}
	if r := answers(t, map[string]celltest.Answer{"DescribeLoggingConfiguration": fail(gone)}); !strings.Contains(unknown(r), "firewall:logs_alerts") {
		t.Errorf("unknown %s", unknown(r))
	}
}

// Two firewalls with one policy, of which one cannot be described: who uses the policy is not known, and there may be others.
func TestWhoUsesWhatIsNotKnown(t *testing.T) {
	two := body(`{"Firewalls":[{"FirewallName":"f","FirewallArn":"arn:f"},{"FirewallName":"e","FirewallArn":"arn:e"}]}`)
	r := answers(t, map[string]celltest.Answer{"ListFirewalls": two, "DescribeFirewall arn:e": fail("AccessDeniedException")})
	p, g := celltest.One[Policy](t, r, "arn:p"), celltest.One[Group](t, r, "arn:g")
	if celltest.Unknown(p, "firewalls") != "AccessDeniedException" || p.Firewalls != nil || celltest.Unknown(g, "policies") != "AccessDeniedException" || celltest.Unknown(p, "status") != "" {
		t.Errorf("%+v %+v", p, g)
	}
	if !slices.ContainsFunc(r.Gaps, func(g evidence.Gap) bool { return slices.Equal(g.Kinds, []string{policyKind, groupKind}) }) {
		t.Errorf("gaps %v", r.Gaps)
	}
}

func TestTheListOfFirewalls(t *testing.T) {
	const entry = `{"FirewallName":"f","FirewallArn":"arn:f"}`
	first := body(`{"Firewalls":[` + entry + `],"NextToken":"n"}`)
	for code, odd := range map[string]map[string]celltest.Answer{
		"AccessDeniedException": {"ListFirewalls": fail("AccessDeniedException")},
		"MissingMember":         {"ListFirewalls": body(`{}`)},
		"MissingMember ":        {"ListFirewalls": body(`{"Firewalls":[` + entry + `,{"FirewallName":"e"}]}`)},
		"SaidTwice":             {"ListFirewalls": first, "ListFirewalls next": body(`{"Firewalls":[` + entry + `]}`)},
		"RepeatedRequest":       {"ListFirewalls": first, "ListFirewalls next": first},
		"InternalServerError":   {"ListFirewalls": first, "ListFirewalls next": fail("InternalServerError")},
		"MissingMember  ":       {"ListFirewalls": first, "ListFirewalls next": body(`{}`)},
	} {
		r := answers(t, odd)
		if !slices.ContainsFunc(r.Gaps, func(g evidence.Gap) bool {
			return g.Code == strings.TrimSpace(code) && slices.Equal(g.Kinds, []string{firewallKind, policyKind, groupKind})
		}) {
			t.Errorf("%s: gaps %v", code, r.Gaps)
		}
		want := 3
		if len(odd) == 1 && code != "MissingMember " {
			want = 0
		}
		if len(r.Records) != want {
			t.Errorf("%s: %d records", code, len(r.Records))
		}
	}
}

// Firewalls come out in AWS's order, and what many use is asked for once.
func TestManyFirewalls(t *testing.T) {
	const n = 150
	var all []scenario.NetworkFirewall
	for i := range n {
		all = append(all, scenario.NetworkFirewall{Name: fmt.Sprintf("many-%05d", i), Policy: "one", Zones: []string{"eu-west-1a"}})
	}
	o := scenario.Demo()
	o.In(scenario.DemoPayments, "eu-west-1").NetworkFirewalls(scenario.DemoPayments, all, []scenario.NetworkPolicy{{Name: "one"}}, nil)
	s := scenario.Start(scenario.Config{Organization: o})
	defer s.Close()
	r := celltest.Run(t, Collector{}, celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(scenario.DemoPayments), Account: scenario.DemoPayments})
	firewalls := celltest.Of[Firewall](r)
	if len(firewalls) != n || len(r.Gaps) > 0 || s.Count("network-firewall", "DescribeFirewallPolicy") != 1 || s.Count("network-firewall", "DescribeFirewall") != n {
		t.Fatalf("%d firewalls, gaps %v", len(firewalls), r.Gaps)
	}
	for i, f := range firewalls {
		if f.Name != fmt.Sprintf("many-%05d", i) {
			t.Fatalf("firewall %d is %s", i, f.Name)
		}
	}
	if p := celltest.One[Policy](t, r, "/one"); len(p.Firewalls) != n {
		t.Errorf("%d firewalls use it", len(p.Firewalls))
	}
}
