package waf

import (
	"context"
	"iter"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/aws/aws-sdk-go-v2/service/wafv2/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// found is an entry of a list and the page it stood on.
type found struct {
	arn, id, name, description *string
	page                       middleware.Metadata
}

// listing gives the entries of a list once each; broken is set where the list is not whole. kinds are the populations that are not whole then.
func (r *reader) listing(op evidence.Operation, what string, broken *error, get func(marker *string) ([]found, *string, error), kinds ...string) iter.Seq[found] {
	return func(yield func(found) bool) {
		seen := r.c.Once(kinds...)
		more := true
		*broken = pages(func(marker *string) (*string, error) {
			entries, next, err := get(marker)
			if err != nil {
				return nil, err
			}
			for _, e := range entries {
				if aws.ToString(e.arn) == "" || aws.ToString(e.id) == "" || aws.ToString(e.name) == "" {
					r.c.Half(e.page, op, "MissingMember", what+" was listed without its ARN, id or name", nil, nil, kinds...)
					continue
				}
				if more && seen.First(*e.arn, e.page) {
					more = yield(e)
				}
			}
			if !more {
				return nil, nil
			}
			return next, nil
		})
	}
}

// webACLs reads the web ACLs of the scope.
func (r *reader) webACLs(ctx context.Context) error {
	var broken error
	list := r.listing(listWebACLs, "a web ACL", &broken, func(marker *string) ([]found, *string, error) {
		page, err := r.waf.ListWebACLs(ctx, &wafv2.ListWebACLsInput{Scope: r.scope, Limit: aws.Int32(pageSize), NextMarker: marker})
		if err != nil {
			return nil, nil, err
		}
		var out []found
		for _, e := range page.WebACLs {
			out = append(out, found{e.ARN, e.Id, e.Name, e.Description, page.ResultMetadata})
		}
		return out, page.NextMarker, nil
	}, webACLKind, ruleKind)
	first := func(yield func(found) bool) {
		for e := range list {
			if r.logs == nil {
				r.readLogs(ctx)
			}
			if !yield(e) {
				return
			}
		}
	}
	if err := cell.Ordered(ctx, first, r.webACL, r.emit); err != nil {
		return err
	}
	if broken != nil {
		r.c.Incomplete(broken, webACLKind, ruleKind)
	}
	return nil
}

// read is a record with the rules that came with it.
type read struct {
	record evidence.Record
	rules  []*Rule
}

func (r *reader) emit(x read) error {
	if err := r.c.Emit(x.record); err != nil {
		return err
	}
	for _, rule := range x.rules {
		if err := r.c.Emit(rule); err != nil {
			return err
		}
	}
	return nil
}

// ofRules are the fields of a web ACL that its rules tell.
var ofRules = []string{"rules", "enforcing", "rule_groups", "counting", "overridden", "rate_based"}

// ofGet are those that GetWebACL tells.
var ofGet = append([]string{"default_action", "firewall_manager_groups", "capacity", "label_namespace", "managed_by_firewall_manager", "metrics", "sampled"}, ofRules...)

// webACL asks everything about one web ACL.
func (r *reader) webACL(ctx context.Context, f found) read {
	w := &WebACL{Meta: r.meta(*f.arn), Name: *f.name, Scope: string(r.scope), Description: text(f.description)}
	r.c.Read(&w.Meta, f.page)
	rules := r.rulesOf(ctx, w, f)
	r.logging(w)
	r.associations(ctx, w)
	return read{w, rules}
}

// rulesOf reads what GetWebACL tells.
func (r *reader) rulesOf(ctx context.Context, w *WebACL, f found) []*Rule {
	var raw wire
	out, err := r.waf.GetWebACL(ctx, &wafv2.GetWebACLInput{Name: f.name, Id: f.id, Scope: r.scope}, lookInto(&raw))
	if err != nil {
		r.c.Unknown(&w.Meta, err, ofGet...)
		r.c.Incomplete(err, ruleKind)
		return nil
	}
	r.c.Read(&w.Meta, out.ResultMetadata)
	acl, md, said := out.WebACL, out.ResultMetadata, raw.WebACL
	w.LabelNamespace, w.Capacity, w.ManagedByFirewallManager = text(acl.LabelNamespace), said.Capacity, said.ManagedByFirewallManager
	switch a := acl.DefaultAction; {
	case a != nil && a.Allow != nil && a.Block == nil:
		w.DefaultAction = ptr("allow")
	case a != nil && a.Block != nil && a.Allow == nil:
		w.DefaultAction = ptr("block")
	default:
		r.without(&w.Meta, md, getWebACL, "one default action", "default_action")
	}
	w.Metrics, w.Sampled = r.visibility(&w.Meta, said.VisibilityConfig, md, getWebACL)
	if acl.Rules == nil {
		r.without(&w.Meta, md, getWebACL, "Rules", ofRules...)
		r.c.Half(md, getWebACL, "MissingMember", "AWS answered GetWebACL without Rules", nil, nil, ruleKind)
		return nil
	}
	s := r.set(&w.Meta, "web-acl", md, getWebACL)
	s.managers(acl.PreProcessFirewallManagerRuleGroups, said.PreProcessFirewallManagerRuleGroups, "first")
	s.own(acl.Rules, said.Rules)
	s.managers(acl.PostProcessFirewallManagerRuleGroups, said.PostProcessFirewallManagerRuleGroups, "last")
	w.Rules, w.FirewallManagerGroups = ptr(len(acl.Rules)), ptr(len(acl.PreProcessFirewallManagerRuleGroups)+len(acl.PostProcessFirewallManagerRuleGroups))
	w.Enforcing, w.RuleGroups, w.Counting, w.Overridden, w.RateBased = sorted(s.enforcing), slices.Compact(sorted(s.groups)), slices.Compact(sorted(s.counting)), sorted(s.overridden), sorted(s.rateBased)
	if s.half {
		r.c.Half(md, getWebACL, "UnknownRule", "a rule has no action, or one that is not documented", &w.Meta, []string{"enforcing", "rule_groups", "counting", "overridden", "rate_based"})
	}
	return s.rules
}

// associations asks for the resources of each type that the web ACL can protect.
func (r *reader) associations(ctx context.Context, w *WebACL) {
	a := &w.Associations
	for _, t := range []struct {
		of    types.Scope
		kind  types.ResourceType
		field string
		to    *[]string
	}{
		{types.ScopeRegional, types.ResourceTypeApiGateway, "api_gateway", &a.APIGateway},
		{types.ScopeRegional, types.ResourceTypeApplicationLoadBalancer, "application_load_balancer", &a.ApplicationLoadBalancer},
		{types.ScopeRegional, types.ResourceTypeAppRunnerService, "app_runner_service", &a.AppRunnerService},
		{types.ScopeRegional, types.ResourceTypeAppsync, "appsync", &a.Appsync},
		{types.ScopeRegional, types.ResourceTypeCognitioUserPool, "cognito_user_pool", &a.CognitoUserPool},
		{types.ScopeRegional, types.ResourceTypeVerifiedAccessInstance, "verified_access_instance", &a.VerifiedAccessInstance},
		{types.ScopeCloudfront, types.ResourceTypeAmplify, "amplify", &a.Amplify},
	} {
		if t.of != r.scope {
			continue
		}
		out, err := r.waf.ListResourcesForWebACL(ctx, &wafv2.ListResourcesForWebACLInput{WebACLArn: &w.ID, ResourceType: t.kind})
		if err != nil {
			r.c.Unknown(&w.Meta, err, "associations."+t.field)
			continue
		}
		r.c.Read(&w.Meta, out.ResultMetadata)
		*t.to = sorted(out.ResourceArns)
	}
}
