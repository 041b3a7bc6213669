package waf

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"

	"github.com/auditseal/auditseal/collectors/cell"
)

// ruleGroups reads the account's rule groups of the scope.
func (r *reader) ruleGroups(ctx context.Context) error {
	var broken error
	list := r.listing(listRuleGroups, "a rule group", &broken, func(marker *string) ([]found, *string, error) {
		page, err := r.waf.ListRuleGroups(ctx, &wafv2.ListRuleGroupsInput{Scope: r.scope, Limit: aws.Int32(pageSize), NextMarker: marker})
		if err != nil {
			return nil, nil, err
		}
		var out []found
		for _, e := range page.RuleGroups {
			out = append(out, found{e.ARN, e.Id, e.Name, e.Description, page.ResultMetadata})
		}
		return out, page.NextMarker, nil
	}, ruleGroupKind, ruleKind)
	if err := cell.Ordered(ctx, list, r.ruleGroup, r.emit); err != nil {
		return err
	}
	if broken != nil {
		r.c.Incomplete(broken, ruleGroupKind, ruleKind)
	}
	return nil
}

// ruleGroup asks for one rule group with its rules.
func (r *reader) ruleGroup(ctx context.Context, f found) read {
	g := &RuleGroup{Meta: r.meta(*f.arn), Name: *f.name, Scope: string(r.scope), Description: text(f.description)}
	r.c.Read(&g.Meta, f.page)
	var raw wire
	out, err := r.waf.GetRuleGroup(ctx, &wafv2.GetRuleGroupInput{Name: f.name, Id: f.id, Scope: r.scope}, lookInto(&raw))
	if err != nil {
		r.c.Unknown(&g.Meta, err, "rules", "capacity", "label_namespace", "metrics", "sampled")
		r.c.Incomplete(err, ruleKind)
		return read{g, nil}
	}
	md := out.ResultMetadata
	r.c.Read(&g.Meta, md)
	g.LabelNamespace, g.Capacity = text(out.RuleGroup.LabelNamespace), raw.RuleGroup.Capacity
	g.Metrics, g.Sampled = r.visibility(&g.Meta, raw.RuleGroup.VisibilityConfig, md, getRuleGroup)
	if out.RuleGroup.Rules == nil {
		r.without(&g.Meta, md, getRuleGroup, "Rules", "rules")
		r.c.Half(md, getRuleGroup, "MissingMember", "AWS answered GetRuleGroup without Rules", nil, nil, ruleKind)
		return read{g, nil}
	}
	s := r.set(&g.Meta, "rule-group", md, getRuleGroup)
	s.own(out.RuleGroup.Rules, raw.RuleGroup.Rules)
	g.Rules = ptr(len(out.RuleGroup.Rules))
	return read{g, s.rules}
}
