package scenario

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
)

func wafService() service {
	ops := map[string]handler{}
	for _, op := range []string{"GetRuleGroup", "GetWebACL", "ListLoggingConfigurations", "ListResourcesForWebACL", "ListRuleGroups", "ListWebACLs"} {
		ops[op] = webFirewall
	}
	return service{name: "wafv2", protocol: awsJSON, target: "AWSWAF_20190729", global: true, operations: ops,
		tokens: map[string]string{"*": "NextMarker", "GetRuleGroup": "", "GetWebACL": "", "ListResourcesForWebACL": ""},
		rates:  map[string]Rate{"ListResourcesForWebACL": {1, 1, "", false}, "*": {5, 5, "", false}},
		message: func(_ *query, f *Failure) string {
			if strings.HasPrefix(f.Code, "WAF") {
				return "Message"
			}
			return "message"
		},
	}
}

var (
	wafPages = paging{limit: "Limit", token: "NextMarker", standard: 100, most: 100, badToken: "WAFInvalidParameterException", badLimit: "WAFInvalidParameterException"}
	wafGone  = &Failure{Status: 400, Code: "WAFNonexistentItemException", Message: "AWS WAF couldn’t perform the operation because your resource doesn’t exist."}
	wafOff   = Answers{"GetRuleGroup": {Fail: wafGone}, "GetWebACL": {Fail: wafGone}, "ListResourcesForWebACL": {Fail: wafGone}, "ListLoggingConfigurations": {List: "LoggingConfigurations"},
		"ListRuleGroups": {List: "RuleGroups"}, "ListWebACLs": {List: "WebACLs"}}
)

// webFirewall answers for the region, or in one region for CloudFront, whose web ACLs are the account's.
func webFirewall(q *query) (any, *Failure) {
	stored := map[string]Answers{}
	switch global := q.str("Scope") == "CLOUDFRONT" || strings.Contains(q.str("WebACLArn"), ":global/"); {
	case global && q.Region != virginia:
		return nil, q.invalid("WAFInvalidParameterException", "Error reason: The scope is not valid., field: SCOPE_VALUE, parameter: CLOUDFRONT")
	case global && q.account() != nil:
		stored = q.account().Stored
	case !global && q.place != nil:
		stored = q.place.region.Stored
	}
	a, ok := stored["wafv2"][q.Operation]
	if !ok {
		a = wafOff[q.Operation]
	}
	out, f := a.answer(q, wafPages)
	// Where AWS lists something it gives a marker, on the last page too: what follows is a page of nothing.
	if m, ok := out.(M); ok && (q.Operation == "ListWebACLs" || q.Operation == "ListRuleGroups") {
		if n := len(m[a.List].([]any)); n > 0 && m["NextMarker"] == nil {
			m["NextMarker"] = q.token(int64(len(a.Items)))
		}
	}
	return out, f
}

// A WebACL is a web ACL of one scope. It allows where no rule decides, unless Block is set.
type WebACL struct {
	Name, Description string
	Block             bool
	Rules             []M
	// First are the rule groups that Firewall Manager puts before the others.
	First []M
	// LogTo are the destinations of the customer's own logging; Lake is the one of Security Lake.
	LogTo, Lake string
	Filter      M
	// Resources are ARNs by resource type.
	Resources map[string][]string
}

// A FirewallRuleGroup is a rule group of the customer's own.
type FirewallRuleGroup struct {
	Name    string
	Rules   []M
	Silent  bool // publishes no metrics
	Comment string
}

var wafResourceTypes = []string{"AMPLIFY", "API_GATEWAY", "APPLICATION_LOAD_BALANCER", "APPSYNC", "APP_RUNNER_SERVICE", "COGNITO_USER_POOL", "VERIFIED_ACCESS_INSTANCE"}

// wafARN is the ARN of a web ACL or rule group; an empty region is that of CloudFront.
func wafARN(account, region, kind, name string) string {
	scope := "regional"
	if region == "" {
		region, scope = virginia, "global"
	}
	return fmt.Sprintf("arn:aws:wafv2:%s:%s:%s/%s/%s/%s", region, account, scope, kind, name, uuid("waf", account, region, scope, kind, name))
}

func globalACL(account, name string) string { return wafARN(account, "", "webacl", name) }

func wafVisibility(metric string, on bool) M {
	return M{"SampledRequestsEnabled": on, "CloudWatchMetricsEnabled": on, "MetricName": metric}
}

// webFirewallAnswers declares the web ACLs and rule groups of one scope, which is CloudFront's where region is empty.
func webFirewallAnswers(account, region string, acls []WebACL, groups []FirewallRuleGroup) Answers {
	summary := func(name, arn, description string) M {
		id := arn[strings.LastIndex(arn, "/")+1:]
		m := M{"Name": name, "Id": id, "LockToken": uuid("lock", arn), "ARN": arn}
		put(m, "Description", description)
		return m
	}
	out := Answers{}
	list, get := Answer{List: "WebACLs"}, Answer{By: []string{"Id"}, Each: map[string]Answer{}, Missing: wafGone}
	own, lake := Answer{List: "LoggingConfigurations"}, Answer{List: "LoggingConfigurations"}
	resources := Answer{By: []string{"WebACLArn", "ResourceType"}, Each: map[string]Answer{}, Missing: wafGone}
	for _, w := range acls {
		arn := wafARN(account, region, "webacl", w.Name)
		s := summary(w.Name, arn, w.Description)
		list.Items = append(list.Items, s)
		action := M{"Allow": M{}}
		if w.Block {
			action = M{"Block": M{}}
		}
		acl := M{"Name": w.Name, "Id": s["Id"], "ARN": arn, "DefaultAction": action, "Rules": wafRules(w.Rules), "VisibilityConfig": wafVisibility(w.Name, true),
			"Capacity": 50 * len(w.Rules), "ManagedByFirewallManager": len(w.First) > 0, "LabelNamespace": "awswaf:" + account + ":webacl:" + w.Name + ":"}
		put(acl, "Description", w.Description)
		if len(w.First) > 0 {
			acl["PreProcessFirewallManagerRuleGroups"], acl["PostProcessFirewallManagerRuleGroups"] = wafRules(w.First), []any{}
		}
		get.Each[s["Id"].(string)] = Answer{Body: M{"WebACL": acl, "LockToken": s["LockToken"]}}
		if w.LogTo != "" {
			c := M{"ResourceArn": arn, "LogDestinationConfigs": []any{w.LogTo}, "RedactedFields": []any{M{"SingleHeader": M{"Name": "authorization"}}, M{"QueryString": M{}}},
				"ManagedByFirewallManager": len(w.First) > 0, "LogType": "WAF_LOGS", "LogScope": "CUSTOMER"}
			if w.Filter != nil {
				c["LoggingFilter"] = w.Filter
			}
			own.Items = append(own.Items, c)
		}
		if w.Lake != "" {
			lake.Items = append(lake.Items, M{"ResourceArn": arn, "LogDestinationConfigs": []any{w.Lake}, "ManagedByFirewallManager": false, "LogType": "WAF_LOGS", "LogScope": "SECURITY_LAKE"})
		}
		for _, t := range wafResourceTypes {
			arns := []any{}
			for _, r := range w.Resources[t] {
				arns = append(arns, r)
			}
			resources.Each[arn+" "+t] = Answer{Body: M{"ResourceArns": arns}}
		}
	}
	out["ListWebACLs"], out["GetWebACL"], out["ListResourcesForWebACL"] = list, get, resources
	out["ListLoggingConfigurations"] = Answer{By: []string{"LogScope"}, Each: map[string]Answer{"": own, "CUSTOMER": own, "SECURITY_LAKE": lake, "CLOUDWATCH_TELEMETRY_RULE_MANAGED": {List: "LoggingConfigurations"}}}

	list, get = Answer{List: "RuleGroups"}, Answer{By: []string{"Id"}, Each: map[string]Answer{}, Missing: wafGone}
	for _, g := range groups {
		arn := wafARN(account, region, "rulegroup", g.Name)
		s := summary(g.Name, arn, g.Comment)
		list.Items = append(list.Items, s)
		get.Each[s["Id"].(string)] = Answer{Body: M{"LockToken": s["LockToken"], "RuleGroup": M{"Name": g.Name, "Id": s["Id"], "ARN": arn, "Capacity": 100, "Rules": wafRules(g.Rules),
			"VisibilityConfig": wafVisibility(g.Name, !g.Silent), "LabelNamespace": "awswaf:" + account + ":rulegroup:" + g.Name + ":"}}}
	}
	out["ListRuleGroups"], out["GetRuleGroup"] = list, get
	return out
}

func wafRules(rules []M) []any {
	out := []any{}
	for _, r := range rules {
		out = append(out, r)
	}
	return out
}

// wafRule is a rule with an action: Block, Allow, Count …
func wafRule(priority int, name, action string, statement M) M {
	return M{"Name": name, "Priority": priority, "Statement": statement, "Action": M{action: M{}}, "VisibilityConfig": wafVisibility(name, true)}
}

// wafGroup is a rule that stands for a rule group: override is None or Count.
func wafGroup(priority int, name, override string, statement M) M {
	return M{"Name": name, "Priority": priority, "Statement": statement, "OverrideAction": M{override: M{}}, "VisibilityConfig": wafVisibility(name, true)}
}

// wafManaged is a rule group of AWS's. What is in counting is overridden to count.
func wafManaged(name string, counting ...string) M {
	m := M{"VendorName": "AWS", "Name": name}
	var overrides []any
	for _, c := range counting {
		overrides = append(overrides, M{"Name": c, "ActionToUse": M{"Count": M{}}})
	}
	if len(overrides) > 0 {
		m["RuleActionOverrides"] = overrides
	}
	return M{"ManagedRuleGroupStatement": m}
}

func wafRate(n int) M {
	return M{"RateBasedStatement": M{"Limit": n, "EvaluationWindowSec": 300, "AggregateKeyType": "IP"}}
}

// wafVerified looks for the header by which an origin knows CloudFront.
func wafVerified(value string) M {
	return M{"NotStatement": M{"Statement": M{"ByteMatchStatement": M{"SearchString": base64.StdEncoding.EncodeToString([]byte(value)), "FieldToMatch": M{"SingleHeader": M{"Name": "x-origin-verify"}},
		"TextTransformations": []any{M{"Priority": 0, "Type": "NONE"}}, "PositionalConstraint": "EXACTLY"}}}}
}

// wafOnlyBlocked keeps the log of what was blocked.
func wafOnlyBlocked() M {
	return M{"DefaultBehavior": "DROP", "Filters": []any{M{"Behavior": "KEEP", "Requirement": "MEETS_ANY", "Conditions": []any{M{"ActionCondition": M{"Action": "BLOCK"}}}}}}
}

// demoWaf declares what Example Corp has of it.
func demoWaf(o *Organization) {
	firehose := func(account, region string) string {
		return "arn:aws:firehose:" + region + ":" + account + ":deliverystream/aws-waf-logs-edge"
	}
	sound := func(account, region, name string) WebACL {
		return WebACL{Name: name, Description: "Protects " + name, LogTo: firehose(account, cmp.Or(region, virginia)),
			Rules: []M{wafRule(0, "rate-limit", "Block", wafRate(2000)), wafGroup(1, "common", "None", wafManaged("AWSManagedRulesCommonRuleSet")), wafGroup(2, "bad-inputs", "None", wafManaged("AWSManagedRulesKnownBadInputsRuleSet"))}}
	}
	for _, a := range o.Accounts {
		switch a.ID {
		case DemoPayments:
			partners := sound(a.ID, "", "edge-partners")
			// The managed rules only count, and one of them is excluded the old way.
			excluded := M{"ManagedRuleGroupStatement": M{"VendorName": "AWS", "Name": "AWSManagedRulesCommonRuleSet", "ExcludedRules": []any{M{"Name": "NoUserAgent_HEADER"}}}}
			partners.Rules = []M{wafGroup(0, "common", "Count", excluded), wafRule(1, "only-partners", "Block", M{"NotStatement": M{"Statement": M{"GeoMatchStatement": M{"CountryCodes": []any{"IE", "GB"}}}}})}
			shop := sound(a.ID, "", "edge-shop")
			shop.Resources = map[string][]string{"AMPLIFY": {"arn:aws:amplify:us-east-1:" + a.ID + ":apps/d2shopexample"}}
			a.Store("wafv2", webFirewallAnswers(a.ID, "", []WebACL{shop, partners}, nil))

			api := sound(a.ID, ireland, "payments-api")
			api.First = []M{{"Name": "baseline", "Priority": 0, "FirewallManagerStatement": wafManaged("AWSManagedRulesAmazonIpReputationList"), "OverrideAction": M{"None": M{}}, "VisibilityConfig": wafVisibility("baseline", true)}}
			api.Rules = append(api.Rules, wafRule(3, "from-cloudfront-only", "Block", wafVerified("correct-horse-battery-staple")),
				wafGroup(4, "partners", "None", M{"RuleGroupReferenceStatement": M{"ARN": wafARN(a.ID, ireland, "rulegroup", "partners")}}))
			api.Rules[1] = wafGroup(1, "common", "None", wafManaged("AWSManagedRulesCommonRuleSet", "SizeRestrictions_BODY"))
			api.Filter = wafOnlyBlocked()
			api.Resources = map[string][]string{
				"APPLICATION_LOAD_BALANCER": {"arn:aws:elasticloadbalancing:eu-west-1:" + a.ID + ":loadbalancer/app/payments/0a1b2c3d4e5f6071"},
				"API_GATEWAY":               {"arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages/prod", "arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages/beta"},
				"COGNITO_USER_POOL":         {"arn:aws:cognito-idp:eu-west-1:" + a.ID + ":userpool/eu-west-1_EXAMPLE"},
			}
			o.In(a.ID, ireland).Store("wafv2", webFirewallAnswers(a.ID, ireland, []WebACL{api},
				[]FirewallRuleGroup{{Name: "partners", Comment: "Addresses of partners", Rules: []M{wafRule(0, "known", "Allow", M{"IPSetReferenceStatement": M{"ARN": "arn:aws:wafv2:eu-west-1:" + a.ID + ":regional/ipset/partners/" + uuid("ipset")}}), wafRule(1, "puzzle", "Captcha", wafRate(500))}}}))
			// Its logs go to Security Lake alone.
			web := sound(a.ID, virginia, "payments-web")
			web.LogTo, web.Lake = "", "arn:aws:s3:::aws-waf-logs-security-lake-example"
			o.In(a.ID, virginia).Store("wafv2", webFirewallAnswers(a.ID, virginia, []WebACL{web}, nil))
		case DemoData:
			// Allows everything, logs nothing; its rule group holds nothing either.
			o.In(a.ID, ireland).Store("wafv2", webFirewallAnswers(a.ID, ireland, []WebACL{{Name: "lake-portal", Description: "=1+1@SUM"}},
				[]FirewallRuleGroup{{Name: "unused", Silent: true, Rules: nil}}))
			// Blocks what it does not know, and counts what it does.
			strict := WebACL{Name: "notebooks", Block: true, LogTo: "arn:aws:logs:us-east-1:" + a.ID + ":log-group:aws-waf-logs-notebooks", Rules: []M{wafRule(0, "office", "Allow", M{"GeoMatchStatement": M{"CountryCodes": []any{"IE"}}}),
				wafRule(1, "watch", "Count", wafRate(100))}}
			o.In(a.ID, virginia).Store("wafv2", webFirewallAnswers(a.ID, virginia, []WebACL{strict}, nil))
		case DemoManagement:
			a.Store("wafv2", webFirewallAnswers(a.ID, "", []WebACL{sound(a.ID, "", "edge-sites"), sound(a.ID, "", "edge-sites-strict")},
				[]FirewallRuleGroup{{Name: "subsidiaries", Comment: "Shared by sites", Rules: []M{wafRule(0, "slow-down", "Challenge", wafRate(300))}}}))
		}
	}
}

// NthWebACL is the name of a web ACL that ManyWebACLs declares.
func NthWebACL(n int) string { return fmt.Sprintf("many-%05d", n) }

// ManyWebACLs gives a region that many web ACLs instead of what it has.
func (o *Organization) ManyWebACLs(account, region string, n int) {
	var all []WebACL
	for i := range n {
		all = append(all, WebACL{Name: NthWebACL(i), LogTo: "arn:aws:logs:" + region + ":" + account + ":log-group:aws-waf-logs-many", Rules: []M{wafRule(0, "limit", "Block", wafRate(1000))}})
	}
	o.In(account, region).Store("wafv2", webFirewallAnswers(account, region, all, nil))
}

// largeWaf declares what each account of a large organization has of it.
func largeWaf(o *Organization) {
	rules := []M{wafGroup(0, "common", "None", wafManaged("AWSManagedRulesCommonRuleSet"))}
	for _, a := range o.Accounts {
		log := "arn:aws:logs:us-east-1:" + o.Management + ":log-group:aws-waf-logs-edge"
		a.Store("wafv2", webFirewallAnswers(a.ID, "", []WebACL{{Name: "edge", LogTo: log, Rules: slices.Clip(rules)}}, nil))
	}
}
