package waf

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/testdata/scenario"
)

// demo collects one region of an account of the demo organization, which is read in Ireland and Virginia.
func demo(t *testing.T, account, region string, faults ...*scenario.Fault) *celltest.Result {
	t.Helper()
	s := scenario.Start(scenario.Config{Organization: scenario.Demo(), Faults: faults})
	t.Cleanup(s.Close)
	return celltest.Run(t, Collector{}, options(s, account, region, "eu-west-1", "us-east-1"))
}

func options(s *scenario.Server, account, region string, planned ...string) celltest.Options {
	o := celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(account), Account: account, Region: region}
	o.Scope.Regions, o.Scope.AsOf = planned, scenario.Now
	o.Scope.Period = evidence.Period{From: scenario.QuarterFrom, To: scenario.QuarterTo}
	return o
}

var ignored = cmpopts.IgnoreFields(evidence.Meta{}, "Collected", "Evidence")

func none() LogConfig {
	return LogConfig{Enabled: ptr(false), Keeps: ptr(false), Destinations: []string{}, Redacted: []string{}}
}

func TestAWebACLIsReadWhole(t *testing.T) {
	r := demo(t, scenario.DemoPayments, "eu-west-1")
	if len(r.Gaps) > 0 {
		t.Fatalf("gaps %v", r.Gaps)
	}
	w := celltest.One[WebACL](t, r, "/webacl/payments-api/")
	meta := func(id string) evidence.Meta {
		return evidence.Meta{ID: id, Account: "444455556666", Region: "eu-west-1"}
	}
	group := celltest.One[RuleGroup](t, r, "/rulegroup/partners/")
	want := &WebACL{Meta: meta(w.ID), Name: "payments-api", Scope: "REGIONAL", Description: ptr("Protects payments-api"), DefaultAction: ptr("allow"), Rules: ptr(5), FirewallManagerGroups: ptr(1),
		Enforcing:  []string{"bad-inputs", "baseline", "common", "from-cloudfront-only", "partners", "rate-limit"},
		RuleGroups: []string{"AWS/AWSManagedRulesAmazonIpReputationList", "AWS/AWSManagedRulesCommonRuleSet", "AWS/AWSManagedRulesKnownBadInputsRuleSet", group.ID},
		Counting:   []string{}, Overridden: []string{"AWS/AWSManagedRulesCommonRuleSet/SizeRestrictions_BODY=count"}, RateBased: []string{"rate-limit"}, Capacity: ptr(250),
		LabelNamespace: ptr("awswaf:444455556666:webacl:payments-api:"), ManagedByFirewallManager: ptr(true), Metrics: ptr(true), Sampled: ptr(true),
		Logging: Logging{Customer: LogConfig{Enabled: ptr(true), Destinations: []string{"arn:aws:firehose:eu-west-1:444455556666:deliverystream/aws-waf-logs-edge"}, Keeps: ptr(true), FilterDefault: ptr("DROP"),
			FiltersKeep: 1, Redacted: []string{"SingleHeader authorization", "QueryString"}}, SecurityLake: none(), Telemetry: none()},
		Associations: Associations{APIGateway: []string{"arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages/beta", "arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages/prod"},
			ApplicationLoadBalancer: []string{"arn:aws:elasticloadbalancing:eu-west-1:444455556666:loadbalancer/app/payments/0a1b2c3d4e5f6071"}, AppRunnerService: []string{}, Appsync: []string{},
			CognitoUserPool: []string{"arn:aws:cognito-idp:eu-west-1:444455556666:userpool/eu-west-1_EXAMPLE"}, VerifiedAccessInstance: []string{}}}
	if diff := cmp.Diff(want, w, ignored); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(&RuleGroup{Meta: meta(group.ID), Name: "partners", Scope: "REGIONAL", Description: ptr("Addresses of partners"), Rules: ptr(2), Capacity: ptr(100),
		LabelNamespace: ptr("awswaf:444455556666:rulegroup:partners:"), Metrics: ptr(true), Sampled: ptr(true)}, group, ignored); diff != "" {
		t.Error(diff)
	}
	rule := func(owner, kind, position, name string, priority int, change func(*Rule)) *Rule {
		x := &Rule{Meta: meta(owner + "/" + position + "-rule/" + name), Owner: owner, OwnerKind: kind, Name: name, Position: position, Priority: &priority, Overridden: []string{}}
		change(x)
		return x
	}
	does := func(action, statement string, limit *int) func(*Rule) {
		return func(x *Rule) { x.Action, x.Statement, x.RateLimit = &action, &statement, limit }
	}
	stands := func(statement, group string, overridden ...string) func(*Rule) {
		return func(x *Rule) {
			x.Override, x.Statement, x.RuleGroup, x.Overridden = ptr("none"), &statement, &group, append([]string{}, overridden...)
		}
	}
	rules := []*Rule{
		rule(w.ID, "web-acl", "first", "baseline", 0, stands("ManagedRuleGroupStatement", "AWS/AWSManagedRulesAmazonIpReputationList")),
		rule(w.ID, "web-acl", "own", "rate-limit", 0, does("block", "RateBasedStatement", ptr(2000))),
		rule(w.ID, "web-acl", "own", "common", 1, stands("ManagedRuleGroupStatement", "AWS/AWSManagedRulesCommonRuleSet", "SizeRestrictions_BODY=count")),
		rule(w.ID, "web-acl", "own", "bad-inputs", 2, stands("ManagedRuleGroupStatement", "AWS/AWSManagedRulesKnownBadInputsRuleSet")),
		rule(w.ID, "web-acl", "own", "from-cloudfront-only", 3, does("block", "NotStatement", nil)),
		rule(w.ID, "web-acl", "own", "partners", 4, stands("RuleGroupReferenceStatement", group.ID)),
		rule(group.ID, "rule-group", "own", "known", 0, does("allow", "IPSetReferenceStatement", nil)),
		rule(group.ID, "rule-group", "own", "puzzle", 1, does("captcha", "RateBasedStatement", ptr(500))),
	}
	if diff := cmp.Diff(rules, celltest.Of[Rule](r), ignored); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsWrongAtExampleCorp(t *testing.T) {
	r := demo(t, scenario.DemoData, "eu-west-1")
	w := celltest.One[WebACL](t, r, "lake-portal")
	if *w.DefaultAction != "allow" || *w.Rules != 0 || *w.FirewallManagerGroups != 0 || len(w.Enforcing) > 0 || w.Enforcing == nil || *w.Logging.Customer.Enabled || *w.Description != "=1+1@SUM" {
		t.Errorf("%+v", w)
	}
	if g := celltest.One[RuleGroup](t, r, "unused"); *g.Rules != 0 || *g.Metrics || *g.Sampled {
		t.Errorf("%+v", g)
	}
	r = demo(t, scenario.DemoData, "us-east-1")
	w = celltest.One[WebACL](t, r, "notebooks")
	if *w.DefaultAction != "block" || len(w.Enforcing) > 0 || *w.Rules != 2 || w.RateBased[0] != "watch" {
		t.Errorf("%+v", w)
	}
	r = demo(t, scenario.DemoPayments, "us-east-1")
	w = celltest.One[WebACL](t, r, "payments-web")
	if *w.Logging.Customer.Enabled || !*w.Logging.SecurityLake.Enabled || w.Logging.SecurityLake.Destinations[0] != "arn:aws:s3:::aws-waf-logs-security-lake-example" {
		t.Errorf("%+v", w.Logging)
	}
	w = celltest.One[WebACL](t, r, "edge-partners")
	if cmp.Diff([]string{"AWS/AWSManagedRulesCommonRuleSet"}, w.Counting) != "" || w.Overridden[0] != "AWS/AWSManagedRulesCommonRuleSet/NoUserAgent_HEADER=count" || cmp.Diff([]string{"only-partners"}, w.Enforcing) != "" {
		t.Errorf("%+v", w)
	}
}

// The scope CLOUDFRONT is read once an account, in Virginia, in whichever region the audit works.
func TestTheScopeOfCloudFrontIsReadOnce(t *testing.T) {
	for _, c := range []struct {
		planned []string
		asks    string // the region whose cell asks
	}{
		{[]string{"eu-west-1", "us-east-1"}, "us-east-1"},
		{[]string{"eu-west-1"}, "eu-west-1"},
	} {
		for _, region := range c.planned {
			var mu sync.Mutex
			asked := map[string]int{}
			s := scenario.Start(scenario.Config{Organization: scenario.Demo(), Check: func(q *scenario.Call) error {
				mu.Lock()
				defer mu.Unlock()
				if strings.Contains(string(q.RequestBody), "CLOUDFRONT") || strings.Contains(string(q.RequestBody), ":global/") {
					asked[q.Region]++
				}
				return nil
			}})
			r := celltest.Run(t, Collector{}, options(s, scenario.DemoPayments, region, c.planned...))
			s.Close()
			var global []*WebACL
			for _, w := range celltest.Of[WebACL](r) {
				if w.Scope == "CLOUDFRONT" {
					global = append(global, w)
				}
			}
			if region != c.asks && (len(global) > 0 || len(asked) > 0) || region == c.asks && (len(global) != 2 || len(asked) != 1 || asked["us-east-1"] == 0) {
				t.Errorf("planned %v, in %s: %d web ACLs of CloudFront, asked in %v", c.planned, region, len(global), asked)
			}
			for _, w := range global {
				a := w.Associations
				if w.Region != "us-east-1" || !strings.Contains(w.ID, ":global/") || a.Amplify == nil || a.APIGateway != nil || a.ApplicationLoadBalancer != nil {
					t.Errorf("%+v", w)
				}
			}
			if len(r.Gaps) > 0 {
				t.Errorf("gaps %v", r.Gaps)
			}
		}
	}
	for _, c := range []struct {
		planned []string
		want    string
	}{
		{[]string{"eu-west-1", "af-south-1", "us-east-1"}, "us-east-1"}, {[]string{"me-south-1", "eu-west-1", "eu-central-1", "af-south-1"}, "eu-central-1"}, {[]string{"me-south-1", "af-south-1"}, "af-south-1"}, {nil, "own"},
	} {
		if got := asksForCloudFront(c.planned, "own"); got != c.want {
			t.Errorf("of %v %s asks, want %s", c.planned, got, c.want)
		}
	}
}

// Other partitions have no such scope: nothing is asked, and nothing is missing.
func TestOtherPartitionsHaveRegionalWebACLsOnly(t *testing.T) {
	for partition, region := range map[string]string{"aws-us-gov": "us-gov-west-1", "aws-cn": "cn-northwest-1"} {
		url := celltest.Serve(t, func(q celltest.Request) celltest.Answer {
			if strings.Contains(q.Body, "CLOUDFRONT") {
				t.Errorf("%s: asked for %s", partition, q.Body)
			}
			return celltest.Answer{Body: usual[q.Operation]}
		})
		if r := celltest.Run(t, Collector{}, celltest.Options{URL: url, Partition: partition, Region: region}); len(r.Gaps) > 0 || len(celltest.Of[WebACL](r)) != 1 {
			t.Errorf("%s: gaps %v", partition, r.Gaps)
		}
	}
}

// What a rule compares a header with may be what an origin knows CloudFront by.
func TestSearchStringsAreNotWrittenDown(t *testing.T) {
	r := demo(t, scenario.DemoPayments, "eu-west-1")
	found := 0
	filepath.WalkDir(r.Tape, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if strings.Contains(string(b), "Y29ycmVjdC1ob3JzZS") {
			t.Errorf("%s holds what the rule looks for", path)
		}
		found += strings.Count(string(b), "SearchString")
		return err
	})
	if found == 0 {
		t.Error("no rule on the tape looks for a string")
	}
}

func TestDenials(t *testing.T) {
	for _, c := range []struct {
		op      string
		fields  []string
		kinds   []string
		records int // of web ACLs
	}{
		{"GetWebACL", ofGet, []string{ruleKind}, 1},
		{"ListResourcesForWebACL", []string{"associations.appsync", "associations.application_load_balancer"}, nil, 1},
		{"ListLoggingConfigurations", []string{"logging.customer", "logging.security_lake", "logging.telemetry"}, nil, 1},
		{"GetRuleGroup", nil, []string{ruleKind}, 1},
		{"ListWebACLs", nil, []string{ruleKind, webACLKind}, 0},
		{"ListRuleGroups", nil, []string{ruleKind, ruleGroupKind}, 1},
	} {
		r := demo(t, scenario.DemoPayments, "eu-west-1", &scenario.Fault{Operation: c.op, Kind: scenario.Denied})
		all := celltest.Of[WebACL](r)
		if len(all) != c.records {
			t.Fatalf("%s: %d web ACLs", c.op, len(all))
		}
		for _, w := range all {
			for _, f := range c.fields {
				if celltest.Unknown(w, f) != "AccessDeniedException" {
					t.Errorf("%s: %s is not unknown", c.op, f)
				}
			}
			if c.fields == nil && len(w.Unknown) > 0 {
				t.Errorf("%s: %v", c.op, w.Unknown)
			}
		}
		var kinds []string
		for _, g := range r.GapsOf(c.op) {
			kinds = append(kinds, g.Kinds...)
		}
		if diff := cmp.Diff(c.kinds, kinds); diff != "" || len(r.GapsOf(c.op)) == 0 || len(r.Gaps) != len(r.GapsOf(c.op)) {
			t.Errorf("%s: %s, gaps %v", c.op, diff, r.Gaps)
		}
	}
	r := demo(t, scenario.DemoPayments, "eu-west-1", &scenario.Fault{Operation: "ListResourcesForWebACL", Kind: scenario.Denied, Body: "APP_RUNNER_SERVICE"})
	if w := celltest.One[WebACL](t, r, "payments-api"); celltest.Unknown(w, "associations.app_runner_service") == "" || len(w.Unknown) != 1 || len(w.Associations.APIGateway) != 2 || w.Associations.AppRunnerService != nil {
		t.Errorf("one type of seven denied: %+v", w)
	}
	r = demo(t, scenario.DemoPayments, "eu-west-1", &scenario.Fault{Operation: "ListLoggingConfigurations", Kind: scenario.Denied, Body: "SECURITY_LAKE"})
	if w := celltest.One[WebACL](t, r, "payments-api"); celltest.Unknown(w, "logging.security_lake.enabled") == "" || len(w.Unknown) != 1 || !*w.Logging.Customer.Enabled || w.Logging.SecurityLake.Enabled != nil {
		t.Errorf("one owner of three denied: %+v", w)
	}
}

func TestManyWebACLs(t *testing.T) {
	o := scenario.Demo()
	const n = 230
	o.ManyWebACLs(scenario.DemoPayments, "eu-west-1", n)
	s := scenario.Start(scenario.Config{Organization: o})
	defer s.Close()
	r := celltest.Run(t, Collector{}, options(s, scenario.DemoPayments, "eu-west-1", "eu-west-1", "us-east-1"))
	all := celltest.Of[WebACL](r)
	// Three pages, and the empty one behind the marker of the last.
	if len(all) != n || len(r.Gaps) > 0 || s.Count("wafv2", "ListWebACLs") != 4 || s.Count("wafv2", "GetWebACL") != n || s.Count("wafv2", "ListResourcesForWebACL") != 6*n || s.Count("wafv2", "ListLoggingConfigurations") != 5 {
		t.Fatalf("%d web ACLs, %d logging calls, gaps %v", len(all), s.Count("wafv2", "ListLoggingConfigurations"), r.Gaps)
	}
	for i, w := range all {
		if w.Name != scenario.NthWebACL(i) || !*w.Logging.Customer.Enabled {
			t.Fatalf("web ACL %d is %s", i, w.Name)
		}
	}
}
