package waf

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
)

const (
	arn      = "arn:aws:wafv2:us-gov-west-1:111122223333:regional/webacl/w/1"
	groupARN = "arn:aws:wafv2:us-gov-west-1:111122223333:regional/rulegroup/g/2"
	ruleSet  = `{"ManagedRuleGroupStatement":{"VendorName":"AWS","Name":"Common"}}`
	managed  = `{"Name":"m","Priority":1,"Statement":` + ruleSet + `,"OverrideAction":{"None":{}}}`
	own      = `{"Name":"r","Priority":2,"Statement":{"RateBasedStatement":{"Limit":100,"AggregateKeyType":"IP"}},"Action":{"Block":{}}}`
)

// usual are the answers about a region with one web ACL, which has a managed rule group and a rule, and one rule group. Nothing is wrong with them.
var usual = map[string]string{
	"ListWebACLs":               `{"WebACLs":[{"Name":"w","Id":"1","ARN":"` + arn + `","LockToken":"t"}]}`,
	"GetWebACL":                 `{"WebACL":{"Name":"w","Id":"1","ARN":"` + arn + `","DefaultAction":{"Allow":{}},"Rules":[` + managed + `,` + own + `],"VisibilityConfig":{"SampledRequestsEnabled":true,"CloudWatchMetricsEnabled":true,"MetricName":"w"},"Capacity":700}}`,
	"ListRuleGroups":            `{"RuleGroups":[{"Name":"g","Id":"2","ARN":"` + groupARN + `","LockToken":"t"}]}`,
	"GetRuleGroup":              `{"RuleGroup":{"Name":"g","Id":"2","ARN":"` + groupARN + `","Rules":[` + own + `],"VisibilityConfig":{"SampledRequestsEnabled":true,"CloudWatchMetricsEnabled":true,"MetricName":"g"},"Capacity":10}}`,
	"ListLoggingConfigurations": `{"LoggingConfigurations":[{"ResourceArn":"` + arn + `","LogDestinationConfigs":["arn:log"],"LoggingFilter":{"DefaultBehavior":"KEEP","Filters":[{"Behavior":"DROP","Requirement":"MEETS_ALL","Conditions":[]}]}}]}`,
	"ListResourcesForWebACL":    `{"ResourceArns":["arn:resource"]}`,
}

// answers collects with the usual answers, of which some are others, where there are web ACLs of one scope only.
func answers(t *testing.T, odd map[string]celltest.Answer) *celltest.Result {
	t.Helper()
	url := celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		if a, there := odd[q.Operation]; there {
			return a
		}
		return celltest.Answer{Body: usual[q.Operation]}
	})
	return celltest.Run(t, Collector{}, celltest.Options{URL: url, Partition: "aws-us-gov", Region: "us-gov-west-1"})
}

// changed gives the usual answer with something in it replaced.
func changed(t *testing.T, op, from, to string) map[string]celltest.Answer {
	t.Helper()
	if !strings.Contains(usual[op], from) {
		t.Fatalf("the usual answer to %s has no %s", op, from)
	}
	return map[string]celltest.Answer{op: {Body: strings.Replace(usual[op], from, to, 1)}}
}

func TestTheUsualAnswersLeaveNoGap(t *testing.T) {
	r := answers(t, nil)
	w := celltest.One[WebACL](t, r, arn)
	if len(r.Gaps) > 0 || len(r.Records) != 5 || w.ManagedByFirewallManager != nil || *w.FirewallManagerGroups != 0 || *w.Logging.Telemetry.Keeps != true || w.Logging.Customer.FiltersDrop != 1 || cmp.Diff([]string{"m", "r"}, w.Enforcing) != "" {
		t.Errorf("%d records, gaps %v, %+v", len(r.Records), r.Gaps, w)
	}
}

// Each answer that lacks what decides leaves exactly that unknown.
func TestHalfAnswers(t *testing.T) {
	for _, c := range []struct{ op, from, to, unknown, code string }{
		{"GetWebACL", `"DefaultAction":{"Allow":{}},`, ``, "default_action", "MissingMember"},
		{"GetWebACL", `{"Allow":{}}`, `{}`, "default_action", "MissingMember"},
		{"GetWebACL", `{"Allow":{}}`, `{"Redirect":{}}`, "default_action", "MissingMember"},
		{"GetWebACL", `{"Allow":{}}`, `{"Allow":{},"Block":{}}`, "default_action", "MissingMember"},
		{"GetWebACL", `"Rules":[` + managed + `,` + own + `],`, ``, "rules", "MissingMember"},
		{"GetWebACL", `"Rules":[` + managed + `,` + own + `],`, ``, "enforcing", "MissingMember"},
		{"GetWebACL", `"Rules":[` + managed + `,` + own + `]`, `"Rules":null`, "counting", "MissingMember"},
		{"GetWebACL", `"CloudWatchMetricsEnabled":true,`, ``, "metrics", "MissingMember"},
		{"GetWebACL", `"SampledRequestsEnabled":true,`, ``, "sampled", "MissingMember"},
		{"GetWebACL", `"VisibilityConfig"`, `"Visibility"`, "metrics", "MissingMember"},
		{"GetWebACL", `,"OverrideAction":{"None":{}}`, ``, "override", "MissingMember"},
		{"GetWebACL", `,"OverrideAction":{"None":{}}`, ``, "counting", "UnknownRule"},
		{"GetWebACL", `,"OverrideAction":{"None":{}}`, `,"OverrideAction":{}`, "enforcing", "UnknownRule"},
		{"GetWebACL", `,"OverrideAction":{"None":{}}`, `,"OverrideAction":{"None":{},"Count":{}}`, "counting", "UnknownRule"},
		{"GetWebACL", `,"OverrideAction":{"None":{}}`, `,"Action":{"Block":{}}`, "enforcing", "UnknownRule"},
		{"GetWebACL", `,"Action":{"Block":{}}`, ``, "action", "MissingMember"},
		{"GetWebACL", `,"Action":{"Block":{}}`, `,"Action":{"Monetize":{}}`, "enforcing", "UnknownRule"},
		{"GetWebACL", `,"Action":{"Block":{}}`, `,"Action":{"Block":{},"Allow":{}}`, "enforcing", "UnknownRule"},
		{"GetWebACL", `,"Action":{"Block":{}}`, `,"OverrideAction":{"None":{}}`, "enforcing", "UnknownRule"},
		{"GetWebACL", `"Statement":` + ruleSet + `,`, ``, "statement", "MissingMember"},
		{"GetWebACL", `"Statement":` + ruleSet + `,`, ``, "rule_groups", "UnknownRule"},
		{"GetWebACL", ruleSet, `{"OracleStatement":{}}`, "statement", "MissingMember"},
		{"GetWebACL", `"VendorName":"AWS",`, ``, "rule_group", "MissingMember"},
		{"GetWebACL", `"Name":"Common"`, `"RuleActionOverrides":[{"Name":"X","ActionToUse":{}}],"Name":"Common"`, "overridden", "MissingMember"},
		{"GetWebACL", `"Limit":100,`, ``, "rate_limit", "MissingMember"},
		{"GetWebACL", `"Priority":1,`, ``, "priority", "MissingMember"},
		{"GetWebACL", `{"Name":"m",`, `{`, "enforcing", "UnknownRule"},
		{"GetWebACL", `"Capacity":700`, `"PreProcessFirewallManagerRuleGroups":[{"Name":"f","Priority":0,"OverrideAction":{"None":{}},"FirewallManagerStatement":{}}]`, "rule_groups", "UnknownRule"},
		{"GetRuleGroup", `"Rules":[` + own + `],`, ``, "rules", "MissingMember"},
		{"GetRuleGroup", `"CloudWatchMetricsEnabled":true,`, ``, "metrics", "MissingMember"},
		{"GetRuleGroup", `"CloudWatchMetricsEnabled":true,`, `"CloudWatchMetricsEnabled":null,`, "metrics", "MissingMember"},
		{"GetRuleGroup", `,"Action":{"Block":{}}`, ``, "action", "MissingMember"},
		{"ListLoggingConfigurations", `"ResourceArn":"` + arn + `",`, ``, "logging.customer.enabled", "MissingMember"},
		{"ListLoggingConfigurations", `["arn:log"]`, `[]`, "logging.security_lake", "MissingMember"},
		{"ListLoggingConfigurations", `"LogDestinationConfigs":["arn:log"],`, ``, "logging.telemetry", "MissingMember"},
		{"ListLoggingConfigurations", `"DefaultBehavior":"KEEP",`, ``, "logging.customer.keeps", "MissingMember"},
		{"ListLoggingConfigurations", `"KEEP"`, `"SHRED"`, "logging.customer.filter_default", "MissingMember"},
		{"ListLoggingConfigurations", `"Behavior":"DROP"`, `"Behavior":"SHRED"`, "logging.customer.keeps", "MissingMember"},
	} {
		r := answers(t, changed(t, c.op, c.from, c.to))
		found := false
		for _, rec := range r.Records {
			found = found || celltest.Unknown(rec, c.unknown) == c.code
		}
		if !found || len(celltest.Of[WebACL](r)) != 1 || len(celltest.Of[RuleGroup](r)) != 1 {
			t.Errorf("%s with %q for %q: %s is not unknown by %s; %d records, gaps %v", c.op, c.to, c.from, c.unknown, c.code, len(r.Records), r.Gaps)
		}
	}
}

func TestListsThatAreNotWhole(t *testing.T) {
	for _, c := range []struct {
		op, from, to, code string
		kinds              []string
	}{
		{"ListWebACLs", `"Id":"1",`, ``, "MissingMember", []string{ruleKind, webACLKind}},
		{"ListWebACLs", `"Name":"w",`, ``, "MissingMember", []string{ruleKind, webACLKind}},
		{"ListWebACLs", `"ARN":"` + arn + `",`, ``, "MissingMember", []string{ruleKind, webACLKind}},
		{"ListWebACLs", `[{`, `[{"Name":"w","Id":"1","ARN":"` + arn + `"},{`, "SaidTwice", []string{ruleKind, webACLKind}},
		{"ListWebACLs", `"LockToken":"t"}]`, `"LockToken":"t"}],"NextMarker":"again"`, "SaidTwice", []string{ruleKind, webACLKind}},
		{"ListRuleGroups", `"Id":"2",`, ``, "MissingMember", []string{ruleKind, ruleGroupKind}},
		{"ListRuleGroups", `"LockToken":"t"}]`, `"LockToken":"t"}],"NextMarker":"again"`, "RepeatedRequest", []string{ruleKind, ruleGroupKind}},
		{"GetWebACL", `"Rules":[` + managed + `,` + own + `],`, ``, "MissingMember", []string{ruleKind}},
		{"GetWebACL", `{"Name":"m",`, `{`, "MissingMember", []string{ruleKind}},
		{"GetWebACL", `{"Name":"m",`, `{"Name":"r",`, "SaidTwice", []string{ruleKind}},
		{"GetRuleGroup", `"Rules":[` + own + `],`, ``, "MissingMember", []string{ruleKind}},
	} {
		r := answers(t, changed(t, c.op, c.from, c.to))
		found := false
		for _, g := range r.Gaps {
			found = found || g.Code == c.code && cmp.Diff(c.kinds, g.Kinds) == ""
		}
		if !found {
			t.Errorf("%s with %q for %q: no gap %s of %v in %v", c.op, c.to, c.from, c.code, c.kinds, r.Gaps)
		}
	}
}

// The last page is the one without a marker, and every page is asked for.
func TestPages(t *testing.T) {
	last := celltest.Fail(400, "AccessDeniedException", "no")
	for name, c := range map[string]struct {
		second celltest.Answer
		n      int
		whole  bool
	}{
		"two pages":    {celltest.Answer{Body: `{"WebACLs":[{"Name":"w2","Id":"2","ARN":"arn:w2"}]}`}, 2, true},
		"nothing more": {celltest.Answer{Body: `{"WebACLs":[]}`}, 1, true},
		"denied":       {last, 1, false},
		"not a page":   {celltest.Answer{Body: `{}`}, 1, false},
	} {
		url := celltest.Serve(t, func(q celltest.Request) celltest.Answer {
			switch {
			case q.Operation == "ListWebACLs" && strings.Contains(q.Body, `"NextMarker":"m"`):
				return c.second
			case q.Operation == "ListWebACLs":
				return celltest.Answer{Body: strings.TrimSuffix(usual["ListWebACLs"], "}") + `,"NextMarker":"m"}`}
			}
			return celltest.Answer{Body: usual[q.Operation]}
		})
		r := celltest.Run(t, Collector{}, celltest.Options{URL: url, Partition: "aws-us-gov", Region: "us-gov-west-1"})
		if n := len(celltest.Of[WebACL](r)); n != c.n || (len(r.Gaps) == 0) != c.whole {
			t.Errorf("%s: %d web ACLs, gaps %v", name, n, r.Gaps)
		}
	}
}

// Logging that is configured and keeps nothing is told from logging that keeps something.
func TestFiltersOfLogs(t *testing.T) {
	const filter = `"LoggingFilter":{"DefaultBehavior":"KEEP","Filters":[{"Behavior":"DROP","Requirement":"MEETS_ALL","Conditions":[]}]}`
	for to, keeps := range map[string]bool{
		filter:                 true,
		`"LogType":"WAF_LOGS"`: true,
		`"LoggingFilter":{"DefaultBehavior":"DROP","Filters":[{"Behavior":"KEEP"}]}`:                     true,
		`"LoggingFilter":{"DefaultBehavior":"DROP","Filters":[{"Behavior":"DROP"}]}`:                     false,
		`"LoggingFilter":{"DefaultBehavior":"DROP","Filters":[]}`:                                        false,
		`"LoggingFilter":{"DefaultBehavior":"DROP","Filters":[{"Behavior":"DROP"},{"Behavior":"KEEP"}]}`: true,
	} {
		r := answers(t, changed(t, "ListLoggingConfigurations", filter, to))
		if l := celltest.One[WebACL](t, r, arn).Logging.Customer; !*l.Enabled || *l.Keeps != keeps || len(r.Gaps) > 0 {
			t.Errorf("%s: %+v, gaps %v", to, l, r.Gaps)
		}
	}
	// Another web ACL's configuration is not this one's.
	r := answers(t, changed(t, "ListLoggingConfigurations", arn, arn+"2"))
	if l := celltest.One[WebACL](t, r, arn).Logging; *l.Customer.Enabled || *l.Customer.Keeps || *l.Telemetry.Enabled {
		t.Errorf("%+v", l)
	}
	// What is redacted is named as AWS names it.
	r = answers(t, changed(t, "ListLoggingConfigurations", filter, `"RedactedFields":[{"UriPath":{}},{"SingleQueryArgument":{"Name":"token"}},{"Soul":{}}]`))
	if l := celltest.One[WebACL](t, r, arn).Logging.Customer; cmp.Diff([]string{"UriPath", "SingleQueryArgument token", "a part that is not documented"}, l.Redacted) != "" {
		t.Errorf("%v", l.Redacted)
	}
}

// A web ACL that was deleted after it was listed is unknown, and not without rules.
func TestAWebACLThatIsGone(t *testing.T) {
	r := answers(t, map[string]celltest.Answer{"GetWebACL": celltest.Fail(400, "WAFNonexistentItemException", "gone"), "ListResourcesForWebACL": celltest.Fail(400, "WAFNonexistentItemException", "gone")})
	w := celltest.One[WebACL](t, r, arn)
	for _, f := range append([]string{"associations.appsync"}, ofGet...) {
		if celltest.Unknown(w, f) != "WAFNonexistentItemException" {
			t.Errorf("%s is not unknown", f)
		}
	}
	if w.Rules != nil || w.Enforcing != nil || len(celltest.Of[Rule](r)) != 1 {
		t.Errorf("%+v", w)
	}
	// AWS says that a web ACL has no logging with an error only to those who ask for one; a list without it says the same.
	if len(r.GapsOf("ListLoggingConfigurations")) > 0 {
		t.Errorf("gaps %v", r.Gaps)
	}
}

// Actions that stop a request and those that do not; a group whose rules only count stops nothing.
func TestWhatStopsARequest(t *testing.T) {
	for action, stops := range map[string]bool{"Block": true, "Captcha": true, "Challenge": true, "Allow": false, "Count": false} {
		r := answers(t, changed(t, "GetWebACL", `"Action":{"Block":{}}`, `"Action":{"`+action+`":{}}`))
		w := celltest.One[WebACL](t, r, arn)
		if got := cmp.Diff([]string{"m", "r"}, w.Enforcing) == ""; got != stops || len(r.Gaps) > 0 {
			t.Errorf("%s: %v, gaps %v", action, w.Enforcing, r.Gaps)
		}
	}
	r := answers(t, changed(t, "GetWebACL", `"None"`, `"Count"`))
	if w := celltest.One[WebACL](t, r, arn); cmp.Diff([]string{"r"}, w.Enforcing) != "" || cmp.Diff([]string{"AWS/Common"}, w.Counting) != "" || len(r.Gaps) > 0 {
		t.Errorf("%+v", w)
	}
	r = answers(t, changed(t, "GetWebACL", `"Name":"Common"`, `"Version":"Version_1.4","ExcludedRules":[{"Name":"B"}],"RuleActionOverrides":[{"Name":"A","ActionToUse":{"Allow":{}}}],"Name":"Common"`))
	if x := celltest.One[Rule](t, r, arn+"/own-rule/m"); cmp.Diff([]string{"A=allow", "B=count"}, x.Overridden) != "" || *x.Version != "Version_1.4" {
		t.Errorf("%+v", x)
	}
	if got := r.Outcome(t, "GetWebACL"); got != evidence.Collected {
		t.Error(got)
	}
}

// A regular expression may be no more than the secret that a header is compared with.
func TestRegularExpressionsAreNotWrittenDown(t *testing.T) {
	const secret = `{"Name":"from-cloudfront-only","Priority":9,"Statement":{"NotStatement":{"Statement":{"RegexMatchStatement":{"RegexString":"^correct-horse$","FieldToMatch":{"SingleHeader":{"Name":"x-origin-verify"}}}}}},"Action":{"Block":{}}}`
	odd := map[string]celltest.Answer{}
	for _, op := range []string{"GetWebACL", "GetRuleGroup"} {
		odd[op] = celltest.Answer{Body: strings.Replace(usual[op], `"Rules":[`, `"Rules":[`+secret+`,`, 1)}
	}
	r := answers(t, odd)
	if n := len(celltest.Of[Rule](r)); n != 5 || len(r.Gaps) > 0 {
		t.Errorf("%d rules, gaps %v", n, r.Gaps)
	}
	filepath.WalkDir(r.Tape, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if strings.Contains(string(b), "correct-horse") {
			t.Errorf("%s holds what the rule looks for", path)
		}
		return err
	})
}
