package waf

import "github.com/auditseal/auditseal/collectors/evidence"

// A WebACL is a web ACL of AWS WAF (WAFv2).
type WebACL struct {
	evidence.Meta
	Name                     string       `json:"name" cel:"name" doc:"The web ACL's name."`
	Scope                    string       `json:"scope" cel:"scope" doc:"REGIONAL for load balancers, APIs and other resources of the region; CLOUDFRONT for distributions and Amplify apps, whichever region they serve."`
	Description              *string      `json:"description,omitempty" cel:"description" doc:"What its owner wrote about it; absent where nothing."`
	DefaultAction            *string      `json:"default_action,omitempty" cel:"default_action" doc:"What becomes of a request that no rule decides: allow or block."`
	Rules                    *int         `json:"rules,omitempty" cel:"rules" doc:"The number of its own rules; a rule group in it is one."`
	FirewallManagerGroups    *int         `json:"firewall_manager_groups,omitempty" cel:"firewall_manager_groups" doc:"The number of rule groups that Firewall Manager puts before and behind its own rules."`
	Enforcing                []string     `json:"enforcing" cel:"enforcing" doc:"The names of the rules that can stop a request, sorted: those with the action block, captcha or challenge, and rule groups whose actions are not overridden as a whole. Which of the rules in a group are overridden is not weighed here."`
	RuleGroups               []string     `json:"rule_groups" cel:"rule_groups" doc:"The rule groups that it uses, sorted: VENDOR/NAME for managed ones, ARNs for others."`
	Counting                 []string     `json:"counting" cel:"counting" doc:"Those among them that only count, because their override action is count, sorted."`
	Overridden               []string     `json:"overridden" cel:"overridden" doc:"The single rules of rule groups whose action is overridden, as GROUP/RULE=action, sorted. Excluded rules are among them, as count."`
	RateBased                []string     `json:"rate_based" cel:"rate_based" doc:"The names of its own rules that limit the rate of requests, sorted."`
	Capacity                 *int         `json:"capacity,omitempty" cel:"capacity" doc:"The web ACL capacity units that it uses; absent where AWS did not say."`
	LabelNamespace           *string      `json:"label_namespace,omitempty" cel:"label_namespace" doc:"What the labels of its rules begin with; absent where AWS did not say."`
	ManagedByFirewallManager *bool        `json:"managed_by_firewall_manager,omitempty" cel:"managed_by_firewall_manager" doc:"Whether Firewall Manager manages it; absent where AWS did not say."`
	Metrics                  *bool        `json:"metrics,omitempty" cel:"metrics" doc:"Whether it sends metrics to CloudWatch."`
	Sampled                  *bool        `json:"sampled,omitempty" cel:"sampled" doc:"Whether AWS WAF keeps a sample of the requests that match its rules."`
	Logging                  Logging      `json:"logging" cel:"logging" doc:"Where requests are logged to, by who owns the configuration."`
	Associations             Associations `json:"associations" cel:"associations" doc:"The resources that it protects, by AWS's resource types. The distributions of CloudFront are not among them: each cloudfront.distribution names its web ACL."`
}

// Kind is waf.web_acl.
func (*WebACL) Kind() string { return webACLKind }

// Logging is the logging configurations of a web ACL by their scope.
type Logging struct {
	Customer     LogConfig `json:"customer" cel:"customer" doc:"The customer's own configuration (CUSTOMER)."`
	SecurityLake LogConfig `json:"security_lake" cel:"security_lake" doc:"The one that Amazon Security Lake manages (SECURITY_LAKE)."`
	Telemetry    LogConfig `json:"telemetry" cel:"telemetry" doc:"The one that a telemetry rule of CloudWatch manages (CLOUDWATCH_TELEMETRY_RULE_MANAGED)."`
}

// LogConfig is one logging configuration.
type LogConfig struct {
	Enabled       *bool    `json:"enabled,omitempty" cel:"enabled" doc:"Whether there is such a configuration, with a destination."`
	Destinations  []string `json:"destinations" cel:"destinations" doc:"The ARNs that logs go to: a Firehose stream, a log group or a bucket."`
	Keeps         *bool    `json:"keeps,omitempty" cel:"keeps" doc:"Whether any request can reach the log: there is no filter, or the filter keeps what it does not name, or it keeps something. False where there is no configuration."`
	FilterDefault *string  `json:"filter_default,omitempty" cel:"filter_default" doc:"What becomes of the log of a request that no filter names: KEEP or DROP; absent where there is no filter, and all is kept."`
	FiltersKeep   int      `json:"filters_keep" cel:"filters_keep" doc:"The number of filters that keep what they name."`
	FiltersDrop   int      `json:"filters_drop" cel:"filters_drop" doc:"The number of filters that drop what they name."`
	Redacted      []string `json:"redacted" cel:"redacted" doc:"The parts of a request that are taken out of the log, as AWS names them, with the name of a header or argument: SingleHeader authorization, QueryString."`
}

// Associations are the resources that a web ACL protects. A type that web ACLs of its scope cannot protect is not asked about, and absent.
type Associations struct {
	APIGateway              []string `json:"api_gateway" cel:"api_gateway" doc:"The ARNs of the stages of REST APIs (API_GATEWAY), sorted. Null where the scope is CLOUDFRONT; so are the others but amplify."`
	ApplicationLoadBalancer []string `json:"application_load_balancer" cel:"application_load_balancer" doc:"The ARNs of the load balancers (APPLICATION_LOAD_BALANCER), sorted."`
	AppRunnerService        []string `json:"app_runner_service" cel:"app_runner_service" doc:"The ARNs of the App Runner services (APP_RUNNER_SERVICE), sorted."`
	Appsync                 []string `json:"appsync" cel:"appsync" doc:"The ARNs of the GraphQL APIs (APPSYNC), sorted."`
	CognitoUserPool         []string `json:"cognito_user_pool" cel:"cognito_user_pool" doc:"The ARNs of the user pools (COGNITO_USER_POOL), sorted."`
	VerifiedAccessInstance  []string `json:"verified_access_instance" cel:"verified_access_instance" doc:"The ARNs of the Verified Access instances (VERIFIED_ACCESS_INSTANCE), sorted."`
	Amplify                 []string `json:"amplify" cel:"amplify" doc:"The ARNs of the Amplify apps (AMPLIFY), sorted. Null where the scope is REGIONAL."`
}

// A Rule is a rule of a web ACL or of a rule group of the account.
type Rule struct {
	evidence.Meta
	Owner      string   `json:"owner" cel:"owner" doc:"The ARN of the web ACL or rule group."`
	OwnerKind  string   `json:"owner_kind" cel:"owner_kind" doc:"web-acl or rule-group."`
	Name       string   `json:"name" cel:"name" doc:"The rule's name, which is unique in its owner."`
	Position   string   `json:"position" cel:"position" doc:"own for the owner's rules; first and last for rule groups that Firewall Manager puts before and behind those of a web ACL."`
	Priority   *int     `json:"priority,omitempty" cel:"priority" doc:"Where it stands among the rules of its position, lowest first."`
	Action     *string  `json:"action,omitempty" cel:"action" doc:"What becomes of a request that matches: allow, block, count, captcha or challenge. Absent for a rule group, whose rules have actions of their own."`
	Override   *string  `json:"override,omitempty" cel:"override" doc:"For a rule group: none where its rules act, count where they only count. Absent for other rules."`
	Statement  *string  `json:"statement,omitempty" cel:"statement" doc:"What it looks for, by AWS's name: ManagedRuleGroupStatement, RateBasedStatement, GeoMatchStatement …"`
	RuleGroup  *string  `json:"rule_group,omitempty" cel:"rule_group" doc:"The rule group that it stands for: VENDOR/NAME for a managed one, an ARN for another; absent for other rules."`
	Version    *string  `json:"version,omitempty" cel:"version" doc:"The version that a managed rule group is held at; absent where it follows the vendor's default."`
	RateLimit  *int     `json:"rate_limit,omitempty" cel:"rate_limit" doc:"The number of requests that a rate-based rule allows in its window; absent for other rules."`
	Overridden []string `json:"overridden" cel:"overridden" doc:"The rules of the group whose action is overridden, as RULE=action, sorted; empty for other rules."`
}

// Kind is waf.rule.
func (*Rule) Kind() string { return ruleKind }

// A RuleGroup is a rule group of the account's own. Managed ones belong to their vendors and are not listed.
type RuleGroup struct {
	evidence.Meta
	Name           string  `json:"name" cel:"name" doc:"The rule group's name."`
	Scope          string  `json:"scope" cel:"scope" doc:"REGIONAL or CLOUDFRONT, as for a web ACL."`
	Description    *string `json:"description,omitempty" cel:"description" doc:"What its owner wrote about it; absent where nothing."`
	Rules          *int    `json:"rules,omitempty" cel:"rules" doc:"The number of its rules."`
	Capacity       *int    `json:"capacity,omitempty" cel:"capacity" doc:"The web ACL capacity units that are set aside for it; absent where AWS did not say."`
	LabelNamespace *string `json:"label_namespace,omitempty" cel:"label_namespace" doc:"What the labels of its rules begin with; absent where AWS did not say."`
	Metrics        *bool   `json:"metrics,omitempty" cel:"metrics" doc:"Whether it sends metrics to CloudWatch."`
	Sampled        *bool   `json:"sampled,omitempty" cel:"sampled" doc:"Whether AWS WAF keeps a sample of the requests that match its rules."`
}

// Kind is waf.rule_group.
func (*RuleGroup) Kind() string { return ruleGroupKind }
