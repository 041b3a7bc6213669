package networkfirewall

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// policies reads every policy that a firewall uses.
func (r *reader) policies(ctx context.Context) error {
	r.usedGroups.partial = r.usedPolicies.partial
	return cell.Ordered(ctx, slices.Values(r.usedPolicies.order), r.policy, func(p policyAnswer) error {
		if p.gap != nil {
			r.usedGroups.leave(p.gap)
		}
		for _, arn := range p.rec.StatelessGroups {
			r.usedGroups.add(arn, p.rec.ID, p.stamp)
		}
		return r.c.Emit(p.rec)
	})
}

// policyAnswer is a policy and the answer that describes it, or why its rule groups are not known.
type policyAnswer struct {
	rec   *Policy
	stamp tape.Stamp
	gap   *evidence.Gap
}

// policyFields are the fields of a policy that DescribeFirewallPolicy tells.
var policyFields = []string{"name", "status", "stateless_groups", "stateful_groups", "overridden_groups", "full_packet_actions", "fragment_actions", "stateful_actions", "rule_order",
	"stream_exception", "tls_inspection", "modified", "encryption", "kms_key", "tags"}

// policy describes one policy. One that is not there although a firewall uses it is no answer: the firewall does something.
func (r *reader) policy(ctx context.Context, u *use) policyAnswer {
	rec := &Policy{}
	rec.Meta, rec.Firewalls = r.meta(&r.usedPolicies, u, "firewalls")
	out, err := r.api.DescribeFirewallPolicy(ctx, &networkfirewall.DescribeFirewallPolicyInput{FirewallPolicyArn: &u.arn})
	if err != nil {
		r.c.Unknown(&rec.Meta, err, policyFields...)
		g := r.c.Incomplete(err, groupKind) // those that it uses
		return policyAnswer{rec: rec, gap: &g}
	}
	return policyAnswer{rec, tape.StampOf(out.ResultMetadata), r.describe(rec, out)}
}

// describe reads what the policy is like, and gives the gap where not all of its stateless rule groups are known.
func (r *reader) describe(rec *Policy, out *networkfirewall.DescribeFirewallPolicyOutput) (unused *evidence.Gap) {
	md, x, p := out.ResultMetadata, out.FirewallPolicyResponse, out.FirewallPolicy
	r.c.Read(&rec.Meta, md)
	lacks := func(member string, fields ...string) {
		r.lacks(&rec.Meta, md, describeFirewallPolicy, member, fields...)
	}
	if aws.ToString(x.FirewallPolicyArn) != rec.ID || p == nil {
		g := r.c.Half(md, describeFirewallPolicy, "MissingMember", "AWS answered DescribeFirewallPolicy without the policy that was asked for", &rec.Meta, policyFields, groupKind)
		return &g
	}
	rec.Name, rec.Status, rec.Modified, rec.Tags = aws.ToString(x.FirewallPolicyName), string(x.FirewallPolicyStatus), cell.UTC(x.LastModifiedTime), tags(x.Tags)
	rec.Encryption, rec.Key = encryption(x.EncryptionConfiguration)
	if rec.Name == "" {
		lacks("FirewallPolicyName", "name")
	}
	if rec.Status == "" {
		lacks("FirewallPolicyStatus", "status")
	}
	r.actions(rec, p, md)
	rec.StatelessGroups, rec.StatefulGroups, rec.Overridden = []string{}, []string{}, []string{}
	for _, g := range p.StatelessRuleGroupReferences {
		if aws.ToString(g.ResourceArn) == "" {
			g := r.c.Half(md, describeFirewallPolicy, "MissingMember", "AWS named a stateless rule group without its ARN", &rec.Meta, []string{"stateless_groups"}, groupKind)
			unused = &g
			continue
		}
		rec.StatelessGroups = append(rec.StatelessGroups, *g.ResourceArn)
	}
	for _, g := range p.StatefulRuleGroupReferences {
		if aws.ToString(g.ResourceArn) == "" {
			lacks("the ARN of a stateful rule group", "stateful_groups", "overridden_groups")
			continue
		}
		rec.StatefulGroups = append(rec.StatefulGroups, *g.ResourceArn)
		if g.Override != nil && g.Override.Action != "" {
			rec.Overridden = append(rec.Overridden, *g.ResourceArn)
		}
	}
	for _, l := range [][]string{rec.StatelessGroups, rec.StatefulGroups, rec.Overridden} {
		slices.Sort(l)
	}
	rec.TLSInspection = cell.Text(aws.ToString(p.TLSInspectionConfigurationArn))
	return unused
}

// actions reads what happens to packets that no rule matches. The stateless engine always has such an action.
func (r *reader) actions(rec *Policy, p *types.FirewallPolicy, md middleware.Metadata) {
	rec.FullActions, rec.FragmentActions, rec.StatefulActions = p.StatelessDefaultActions, p.StatelessFragmentDefaultActions, cell.List(p.StatefulDefaultActions)
	if len(rec.FullActions) == 0 {
		r.lacks(&rec.Meta, md, describeFirewallPolicy, "StatelessDefaultActions", "full_packet_actions")
	}
	if len(rec.FragmentActions) == 0 {
		r.lacks(&rec.Meta, md, describeFirewallPolicy, "StatelessFragmentDefaultActions", "fragment_actions")
	}
	rec.RuleOrder = string(types.RuleOrderDefaultActionOrder)
	if o := p.StatefulEngineOptions; o != nil {
		if o.RuleOrder != "" {
			rec.RuleOrder = string(o.RuleOrder)
		}
		rec.StreamException = cell.Text(o.StreamExceptionPolicy)
	}
}

// groups reads every stateless rule group that a policy uses.
func (r *reader) groups(ctx context.Context) error {
	return cell.Ordered(ctx, slices.Values(r.usedGroups.order), r.group, func(g *Group) error { return r.c.Emit(g) })
}

// group counts the rules of one stateless rule group.
func (r *reader) group(ctx context.Context, u *use) *Group {
	rec := &Group{}
	rec.Meta, rec.Policies = r.meta(&r.usedGroups, u, "policies")
	fields := []string{"name", "status", "rules", "capacity"}
	out, err := r.api.DescribeRuleGroup(ctx, &networkfirewall.DescribeRuleGroupInput{RuleGroupArn: &u.arn})
	if err != nil {
		r.c.Unknown(&rec.Meta, err, fields...)
		return rec
	}
	md, x := out.ResultMetadata, out.RuleGroupResponse
	r.c.Read(&rec.Meta, md)
	if aws.ToString(x.RuleGroupArn) != rec.ID {
		r.lacks(&rec.Meta, md, describeRuleGroup, "the rule group that was asked for", fields...)
		return rec
	}
	rec.Name, rec.Status = aws.ToString(x.RuleGroupName), string(x.RuleGroupStatus)
	if x.Capacity != nil {
		n := int(*x.Capacity)
		rec.Capacity = &n
	}
	if rec.Name == "" {
		r.lacks(&rec.Meta, md, describeRuleGroup, "RuleGroupName", "name")
	}
	if rec.Status == "" {
		r.lacks(&rec.Meta, md, describeRuleGroup, "RuleGroupStatus", "status")
	}
	g := out.RuleGroup
	if g == nil || g.RulesSource == nil || g.RulesSource.StatelessRulesAndCustomActions == nil || g.RulesSource.StatelessRulesAndCustomActions.StatelessRules == nil {
		r.lacks(&rec.Meta, md, describeRuleGroup, "StatelessRules", "rules")
		return rec
	}
	rec.Rules = len(g.RulesSource.StatelessRulesAndCustomActions.StatelessRules)
	return rec
}
