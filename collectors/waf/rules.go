package waf

import (
	"reflect"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/aws/aws-sdk-go-v2/service/wafv2/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// wire is what the SDK's types cannot tell from zero and false: whether AWS said it.
type wire struct{ WebACL, RuleGroup wireRules }

type wireRules struct {
	Capacity                                                                         *int
	ManagedByFirewallManager                                                         *bool
	VisibilityConfig                                                                 wireVisibility
	Rules, PreProcessFirewallManagerRuleGroups, PostProcessFirewallManagerRuleGroups []wireRule
}

type wireVisibility struct{ CloudWatchMetricsEnabled, SampledRequestsEnabled *bool }

type wireRule struct{ Priority *int }

// priority gives the priority of the rule at that place, nil where AWS did not say.
func priority(rules []wireRule, i int) *int {
	if i >= len(rules) {
		return nil
	}
	return rules[i].Priority
}

// lookInto reads the answer beside the SDK. An answer that is not JSON is the SDK's to refuse.
func lookInto(to *wire) func(*wafv2.Options) {
	return func(o *wafv2.Options) { o.APIOptions = append(o.APIOptions, cell.Peek(to)) }
}

// visibility takes what AWS said of metrics and samples.
func (r *reader) visibility(m *evidence.Meta, v wireVisibility, md middleware.Metadata, op evidence.Operation) (metrics, sampled *bool) {
	if v.CloudWatchMetricsEnabled == nil {
		r.without(m, md, op, "CloudWatchMetricsEnabled", "metrics")
	}
	if v.SampledRequestsEnabled == nil {
		r.without(m, md, op, "SampledRequestsEnabled", "sampled")
	}
	return v.CloudWatchMetricsEnabled, v.SampledRequestsEnabled
}

// A set is the rules of one web ACL or rule group, and what they come to.
type set struct {
	r     *reader
	owner *evidence.Meta
	kind  string
	md    middleware.Metadata
	op    evidence.Operation

	rules                                              []*Rule
	enforcing, groups, counting, overridden, rateBased []string
	// half is set where a rule could not be read.
	half bool
}

func (r *reader) set(owner *evidence.Meta, kind string, md middleware.Metadata, op evidence.Operation) *set {
	return &set{r: r, owner: owner, kind: kind, md: md, op: op}
}

// add starts the record of a rule, nil where it has no name.
func (s *set) add(name *string, position string, priority *int) *Rule {
	if aws.ToString(name) == "" {
		s.half = true
		s.r.c.Half(s.md, s.op, "MissingMember", "AWS answered "+s.op.Name+" with a rule without a name", nil, nil, ruleKind)
		return nil
	}
	rule := &Rule{Meta: s.r.meta(s.owner.ID + "/" + position + "-rule/" + *name), Owner: s.owner.ID, OwnerKind: s.kind, Name: *name, Position: position, Priority: priority, Overridden: []string{}}
	s.r.c.Read(&rule.Meta, s.md)
	if priority == nil {
		s.r.without(&rule.Meta, s.md, s.op, "a rule's priority", "priority")
	}
	s.rules = append(s.rules, rule)
	return rule
}

// own takes the owner's rules.
func (s *set) own(rules []types.Rule, said []wireRule) {
	for i, e := range rules {
		rule := s.add(e.Name, "own", priority(said, i))
		if rule == nil {
			continue
		}
		statement, known := chosen(e.Statement)
		if !known {
			s.half = true
			s.r.without(&rule.Meta, s.md, s.op, "a statement that is documented", "statement", "rule_group", "version", "rate_limit", "overridden")
		} else {
			rule.Statement = &statement
			if b := e.Statement.RateBasedStatement; b != nil {
				s.rateBased = append(s.rateBased, rule.Name)
				s.limit(rule, b)
			}
			s.group(rule, e.Statement.ManagedRuleGroupStatement, e.Statement.RuleGroupReferenceStatement)
		}
		s.acts(rule, e.Action, e.OverrideAction)
	}
}

// managers takes the rule groups of Firewall Manager.
func (s *set) managers(groups []types.FirewallManagerRuleGroup, said []wireRule, position string) {
	for i, e := range groups {
		rule := s.add(e.Name, position, priority(said, i))
		if rule == nil {
			continue
		}
		statement, known := chosen(e.FirewallManagerStatement)
		if !known {
			s.half = true
			s.r.without(&rule.Meta, s.md, s.op, "a statement that is documented", "statement", "rule_group", "version", "overridden")
		} else {
			rule.Statement = &statement
			s.group(rule, e.FirewallManagerStatement.ManagedRuleGroupStatement, e.FirewallManagerStatement.RuleGroupReferenceStatement)
		}
		s.acts(rule, nil, e.OverrideAction)
	}
}

func (s *set) limit(rule *Rule, b *types.RateBasedStatement) {
	if b.Limit == nil {
		s.r.without(&rule.Meta, s.md, s.op, "the limit of a rate-based rule", "rate_limit")
		return
	}
	rule.RateLimit = ptr(int(*b.Limit))
}

// group takes the rule group that a rule stands for, if it does.
func (s *set) group(rule *Rule, managed *types.ManagedRuleGroupStatement, own *types.RuleGroupReferenceStatement) {
	var name string
	var excluded []types.ExcludedRule
	var overrides []types.RuleActionOverride
	switch {
	case managed != nil:
		name, rule.Version, excluded, overrides = aws.ToString(managed.VendorName)+"/"+aws.ToString(managed.Name), text(managed.Version), managed.ExcludedRules, managed.RuleActionOverrides
	case own != nil:
		name, excluded, overrides = aws.ToString(own.ARN), own.ExcludedRules, own.RuleActionOverrides
	default:
		return
	}
	if name == "" || strings.HasPrefix(name, "/") || strings.HasSuffix(name, "/") {
		s.half = true
		s.r.without(&rule.Meta, s.md, s.op, "the name of a rule group", "rule_group")
	} else {
		rule.RuleGroup = &name
		s.groups = append(s.groups, name)
	}
	for _, e := range excluded {
		rule.Overridden = append(rule.Overridden, aws.ToString(e.Name)+"=count")
	}
	for _, o := range overrides {
		action, known := chosen(o.ActionToUse)
		if !known {
			s.half = true
			s.r.without(&rule.Meta, s.md, s.op, "the action that a rule is overridden with", "overridden")
		}
		rule.Overridden = append(rule.Overridden, aws.ToString(o.Name)+"="+strings.ToLower(action))
	}
	slices.Sort(rule.Overridden)
	for _, o := range rule.Overridden {
		s.overridden = append(s.overridden, name+"/"+o)
	}
}

// stops are the actions that keep a request from what it asks for.
var stops = []string{"block", "captcha", "challenge"}

// acts takes what a rule does: one that stands for a rule group has an override, every other has an action.
func (s *set) acts(rule *Rule, action *types.RuleAction, override *types.OverrideAction) {
	isGroup := rule.Statement != nil && (*rule.Statement == "ManagedRuleGroupStatement" || *rule.Statement == "RuleGroupReferenceStatement") || rule.Position != "own"
	did, acted := chosen(action)
	did = strings.ToLower(did)
	instead, overrode := chosen(override)
	instead = strings.ToLower(instead)
	switch {
	case isGroup && overrode && action == nil:
		rule.Override = &instead
		if instead == "none" {
			s.enforcing = append(s.enforcing, rule.Name)
		} else if rule.RuleGroup != nil {
			s.counting = append(s.counting, *rule.RuleGroup)
		}
	case !isGroup && acted && override == nil:
		rule.Action = &did
		if slices.Contains(stops, did) {
			s.enforcing = append(s.enforcing, rule.Name)
		}
	default:
		s.half = true
		s.r.without(&rule.Meta, s.md, s.op, "an action that is documented", "action", "override")
	}
}

// chosen gives the name of the one member that is set of a structure of which one is; known is false where none is, or more than one:
// AWS may have members that the SDK does not know.
func chosen[T any](of *T) (name string, known bool) {
	if of == nil {
		return "", false
	}
	n := 0
	for v, i := reflect.ValueOf(of).Elem(), 0; i < v.NumField(); i++ {
		if f := v.Field(i); f.Kind() == reflect.Pointer && !f.IsNil() {
			name, n = v.Type().Field(i).Name, n+1
		}
	}
	return name, n == 1
}
