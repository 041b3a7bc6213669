package moto

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	waftypes "github.com/aws/aws-sdk-go-v2/service/wafv2/types"

	"github.com/auditseal/auditseal/collectors/waf"
)

// seedWAF makes a web ACL of everything in the caller's us-east-1, with a rule group of its own; an empty one for CloudFront; and one
// that only counts in zero's eu-west-1.
func seedWAF(t *testing.T, s *server) {
	t.Helper()
	ctx := t.Context()
	see := func(name string, on bool) *waftypes.VisibilityConfig {
		return &waftypes.VisibilityConfig{MetricName: &name, CloudWatchMetricsEnabled: on, SampledRequestsEnabled: !on}
	}
	geo := &waftypes.Statement{GeoMatchStatement: &waftypes.GeoMatchStatement{CountryCodes: []waftypes.CountryCode{"AQ"}}}
	block := &waftypes.RuleAction{Block: &waftypes.BlockAction{}}
	c := wafv2.NewFromConfig(s.as(t, caller, "us-east-1"))
	group, err := c.CreateRuleGroup(ctx, &wafv2.CreateRuleGroupInput{Name: aws.String("corp"), Scope: waftypes.ScopeRegional, Capacity: aws.Int64(50), Description: aws.String("=1+1"), VisibilityConfig: see("corp", true),
		Rules: []waftypes.Rule{{Name: aws.String("penguins"), Priority: 3, Statement: geo, Action: &waftypes.RuleAction{Captcha: &waftypes.CaptchaAction{}}, VisibilityConfig: see("penguins", true)}}})
	must(t, err)
	managed := func(name string, count bool, exclude ...string) waftypes.Rule {
		m := &waftypes.ManagedRuleGroupStatement{VendorName: aws.String("AWS"), Name: &name, Version: aws.String("Version_1.4")}
		for _, e := range exclude {
			m.RuleActionOverrides = append(m.RuleActionOverrides, waftypes.RuleActionOverride{Name: &e, ActionToUse: &waftypes.RuleAction{Count: &waftypes.CountAction{}}})
		}
		r := waftypes.Rule{Name: aws.String("AWS-" + name), Statement: &waftypes.Statement{ManagedRuleGroupStatement: m}, OverrideAction: &waftypes.OverrideAction{None: &waftypes.NoneAction{}}, VisibilityConfig: see(name, true)}
		if count {
			r.OverrideAction = &waftypes.OverrideAction{Count: &waftypes.CountAction{}}
		}
		return r
	}
	rules := []waftypes.Rule{managed("AWSManagedRulesCommonRuleSet", false, "SizeRestrictions_BODY", "NoUserAgent_HEADER"), managed("AWSManagedRulesSQLiRuleSet", true),
		{Name: aws.String("flood"), Statement: &waftypes.Statement{RateBasedStatement: &waftypes.RateBasedStatement{Limit: aws.Int64(2000), AggregateKeyType: waftypes.RateBasedStatementAggregateKeyTypeIp}}, Action: block, VisibilityConfig: see("flood", true)},
		{Name: aws.String("corp"), Statement: &waftypes.Statement{RuleGroupReferenceStatement: &waftypes.RuleGroupReferenceStatement{ARN: group.Summary.ARN}}, OverrideAction: &waftypes.OverrideAction{None: &waftypes.NoneAction{}}, VisibilityConfig: see("corp", true)},
		{Name: aws.String("look"), Statement: &waftypes.Statement{NotStatement: &waftypes.NotStatement{Statement: geo}}, Action: &waftypes.RuleAction{Count: &waftypes.CountAction{}}, VisibilityConfig: see("look", false)}}
	for i := range rules {
		rules[i].Priority = int32(i)
	}
	site, err := c.CreateWebACL(ctx, &wafv2.CreateWebACLInput{Name: aws.String("site"), Scope: waftypes.ScopeRegional, Description: aws.String("the shop"), DefaultAction: &waftypes.DefaultAction{Block: &waftypes.BlockAction{}}, VisibilityConfig: see("site", true), Rules: rules})
	must(t, err)
	_, err = c.PutLoggingConfiguration(ctx, &wafv2.PutLoggingConfigurationInput{LoggingConfiguration: &waftypes.LoggingConfiguration{ResourceArn: site.Summary.ARN, LogDestinationConfigs: []string{"arn:aws:s3:::aws-waf-logs-example-corp"},
		RedactedFields: []waftypes.FieldToMatch{{SingleHeader: &waftypes.SingleHeader{Name: aws.String("authorization")}}, {QueryString: &waftypes.QueryString{}}},
		LoggingFilter: &waftypes.LoggingFilter{DefaultBehavior: waftypes.FilterBehaviorDrop, Filters: []waftypes.Filter{{Behavior: waftypes.FilterBehaviorKeep, Requirement: waftypes.FilterRequirementMeetsAny,
			Conditions: []waftypes.Condition{{ActionCondition: &waftypes.ActionCondition{Action: waftypes.ActionValueBlock}}}}}}}})
	must(t, err)
	_, err = c.CreateWebACL(ctx, &wafv2.CreateWebACLInput{Name: aws.String("front"), Scope: waftypes.ScopeCloudfront, DefaultAction: &waftypes.DefaultAction{Allow: &waftypes.AllowAction{}}, VisibilityConfig: see("front", false)})
	must(t, err)
	_, err = wafv2.NewFromConfig(s.as(t, zero, "eu-west-1")).CreateWebACL(ctx, &wafv2.CreateWebACLInput{Name: aws.String("watch"), Scope: waftypes.ScopeRegional, DefaultAction: &waftypes.DefaultAction{Allow: &waftypes.AllowAction{}},
		VisibilityConfig: see("watch", true), Rules: []waftypes.Rule{managed("AWSManagedRulesSQLiRuleSet", true)}})
	must(t, err)
}

func checkWAF(t *testing.T, s *server, pack string) {
	var acls []*waf.WebACL
	var groups []*waf.RuleGroup
	var rules []*waf.Rule
	for _, account := range accounts {
		for _, region := range regions {
			for _, scope := range []waftypes.Scope{waftypes.ScopeRegional, waftypes.ScopeCloudfront} {
				if scope == waftypes.ScopeCloudfront && region != "us-east-1" {
					continue
				}
				c, ctx := wafv2.NewFromConfig(s.as(t, account, region)), t.Context()
				list, err := c.ListWebACLs(ctx, &wafv2.ListWebACLsInput{Scope: scope})
				must(t, err)
				for _, l := range list.WebACLs {
					d, err := c.GetWebACL(ctx, &wafv2.GetWebACLInput{Name: l.Name, Id: l.Id, Scope: scope})
					must(t, err)
					logs, err := c.ListLoggingConfigurations(ctx, &wafv2.ListLoggingConfigurationsInput{Scope: scope})
					must(t, err)
					acls = append(acls, webACL(account, region, scope, d.WebACL, logs.LoggingConfigurations))
					rules = append(rules, rulesOf(account, region, "web-acl", *l.ARN, d.WebACL.Rules)...)
				}
				own, err := c.ListRuleGroups(ctx, &wafv2.ListRuleGroupsInput{Scope: scope})
				must(t, err)
				for _, l := range own.RuleGroups {
					d, err := c.GetRuleGroup(ctx, &wafv2.GetRuleGroupInput{Name: l.Name, Id: l.Id, Scope: scope})
					must(t, err)
					g := d.RuleGroup
					groups = append(groups, &waf.RuleGroup{Meta: meta(account, region, *l.ARN), Name: *g.Name, Scope: string(scope), Description: text(aws.ToString(g.Description)), Rules: ptr(len(g.Rules)), Capacity: ptr(int(*g.Capacity)),
						LabelNamespace: g.LabelNamespace, Metrics: &g.VisibilityConfig.CloudWatchMetricsEnabled, Sampled: &g.VisibilityConfig.SampledRequestsEnabled})
					rules = append(rules, rulesOf(account, region, "rule-group", *l.ARN, g.Rules)...)
				}
			}
		}
	}
	agree(t, acls, records[waf.WebACL](t, pack, "waf.web_acl"))
	agree(t, groups, records[waf.RuleGroup](t, pack, "waf.rule_group"))
	agree(t, rules, records[waf.Rule](t, pack, "waf.rule"))
}

// groupOf names the rule group that a rule stands for, and the rules of it that are overridden.
func groupOf(r waftypes.Rule) (name string, version *string, overridden []string) {
	switch {
	case r.Statement.ManagedRuleGroupStatement != nil:
		m := r.Statement.ManagedRuleGroupStatement
		for _, o := range m.RuleActionOverrides {
			overridden = append(overridden, *o.Name+"=count")
		}
		slices.Sort(overridden)
		return *m.VendorName + "/" + *m.Name, m.Version, overridden
	case r.Statement.RuleGroupReferenceStatement != nil:
		return *r.Statement.RuleGroupReferenceStatement.ARN, nil, nil
	}
	return "", nil, nil
}

func webACL(account, region string, scope waftypes.Scope, d *waftypes.WebACL, logs []waftypes.LoggingConfiguration) *waf.WebACL {
	// moto lists no resources.
	unread := []string{"associations.amplify"}
	if scope == waftypes.ScopeRegional {
		unread = []string{"associations.api_gateway", "associations.app_runner_service", "associations.application_load_balancer", "associations.appsync", "associations.cognito_user_pool", "associations.verified_access_instance"}
	}
	w := &waf.WebACL{Meta: meta(account, region, *d.ARN, unread...), Name: *d.Name, Scope: string(scope), Description: text(aws.ToString(d.Description)), DefaultAction: ptr("allow"), Rules: ptr(len(d.Rules)), FirewallManagerGroups: ptr(0),
		Enforcing: []string{}, RuleGroups: []string{}, Counting: []string{}, Overridden: []string{}, RateBased: []string{}, Capacity: ptr(int(d.Capacity)), LabelNamespace: d.LabelNamespace,
		Metrics: &d.VisibilityConfig.CloudWatchMetricsEnabled, Sampled: &d.VisibilityConfig.SampledRequestsEnabled}
	if d.DefaultAction.Block != nil {
		w.DefaultAction = ptr("block")
	}
	for _, r := range d.Rules {
		group, _, overridden := groupOf(r)
		if group != "" {
			w.RuleGroups = append(w.RuleGroups, group)
		}
		for _, o := range overridden {
			w.Overridden = append(w.Overridden, group+"/"+o)
		}
		switch {
		case r.OverrideAction != nil && r.OverrideAction.Count != nil:
			w.Counting = append(w.Counting, group)
		case r.OverrideAction != nil, r.Action.Block != nil:
			w.Enforcing = append(w.Enforcing, *r.Name)
		}
		if r.Statement.RateBasedStatement != nil {
			w.RateBased = append(w.RateBased, *r.Name)
		}
	}
	slices.Sort(w.Enforcing)
	slices.Sort(w.RuleGroups)
	slices.Sort(w.Overridden)
	none := waf.LogConfig{Enabled: ptr(false), Keeps: ptr(false), Destinations: []string{}, Redacted: []string{}}
	w.Logging = waf.Logging{Customer: none, SecurityLake: none, Telemetry: none}
	for _, l := range logs {
		if *l.ResourceArn == *d.ARN {
			w.Logging.Customer = waf.LogConfig{Enabled: ptr(true), Keeps: ptr(true), Destinations: l.LogDestinationConfigs, FilterDefault: text(l.LoggingFilter.DefaultBehavior), FiltersKeep: 1, Redacted: []string{"SingleHeader authorization", "QueryString"}}
			// moto does not tell the scopes of logging configurations apart, and lists one under each.
			w.Logging.SecurityLake, w.Logging.Telemetry = w.Logging.Customer, w.Logging.Customer
		}
	}
	return w
}

func rulesOf(account, region, kind, owner string, in []waftypes.Rule) (out []*waf.Rule) {
	statements := map[string]string{"flood": "RateBasedStatement", "corp": "RuleGroupReferenceStatement", "look": "NotStatement", "penguins": "GeoMatchStatement"}
	actions := map[string]string{"flood": "block", "look": "count", "penguins": "captcha"}
	for _, r := range in {
		x := &waf.Rule{Meta: meta(account, region, owner+"/own-rule/"+*r.Name), Owner: owner, OwnerKind: kind, Name: *r.Name, Position: "own", Priority: ptr(int(r.Priority)), Action: text(actions[*r.Name]), Overridden: []string{}}
		var group string
		group, x.Version, _ = groupOf(r)
		_, _, overridden := groupOf(r)
		x.RuleGroup, x.Overridden = text(group), append(x.Overridden, overridden...)
		if strings.HasPrefix(*r.Name, "AWS-") {
			x.Statement = ptr("ManagedRuleGroupStatement")
		} else {
			x.Statement = text(statements[*r.Name])
		}
		if r.OverrideAction != nil {
			x.Override = ptr("none")
			if r.OverrideAction.Count != nil {
				x.Override = ptr("count")
			}
		}
		if b := r.Statement.RateBasedStatement; b != nil {
			x.RateLimit = ptr(int(*b.Limit))
		}
		out = append(out, x)
	}
	return out
}
