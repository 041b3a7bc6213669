package organizations

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

const (
	scp = types.PolicyTypeServiceControlPolicy
	rcp = types.PolicyTypeResourceControlPolicy
)

// unlimited are AWS's own policies that allow everything.
var unlimited = []string{"p-FullAWSAccess", "p-RCPFullAWSAccess"}

// policies is what SCPs and RCPs are attached to.
type policies struct {
	attached map[types.PolicyType]map[string][]attachment // by target
	// unread is why some policy or attachment of the type is not known.
	unread map[types.PolicyType]*evidence.Gap
}

// An attachment is a policy on a target, and the answer that shows it.
type attachment struct {
	policy string
	stamp  tape.Stamp
}

// blame notes why attachments of a type are not all known.
func (r *reader) blame(t types.PolicyType, g *evidence.Gap) {
	if g != nil && r.policies.unread[t] == nil {
		r.policies.unread[t] = g
	}
}

// A summary is a policy as it was listed.
type summary struct {
	types.PolicySummary
	kind types.PolicyType
	page middleware.Metadata
}

// allPolicies reads the policies of every type that is enabled in a root.
func (r *reader) allPolicies(ctx context.Context) error {
	r.policies = policies{map[types.PolicyType]map[string][]attachment{scp: {}, rcp: {}}, map[types.PolicyType]*evidence.Gap{}}
	enabled := map[types.PolicyType]bool{}
	for _, t := range r.tree.roots {
		maps.Copy(enabled, t.enabled)
	}
	var all []summary
	seen := map[string]bool{}
	for _, t := range slices.Sorted(maps.Keys(enabled)) {
		if err := r.listPolicies(ctx, t, seen, func(s summary) { all = append(all, s) }); err != nil {
			return err
		}
	}
	type read struct {
		kind    types.PolicyType
		rec     *Policy
		targets []string
		stamps  []tape.Stamp
		unread  *evidence.Gap
	}
	return cell.Ordered(ctx, slices.Values(all), func(ctx context.Context, s summary) read {
		out := read{kind: s.kind, rec: r.policy(ctx, s)}
		out.targets, out.stamps, out.unread = r.targets(ctx, out.rec)
		return out
	}, func(p read) error {
		if on := r.policies.attached[p.kind]; on != nil {
			for i, target := range p.targets {
				on[target] = append(on[target], attachment{p.rec.PolicyID, p.stamps[i]})
			}
		}
		r.blame(p.kind, p.unread)
		return r.c.Emit(p.rec)
	})
}

func (r *reader) listPolicies(ctx context.Context, t types.PolicyType, seen map[string]bool, use func(summary)) error {
	p := organizations.NewListPoliciesPaginator(r.api, &organizations.ListPoliciesInput{Filter: t, MaxResults: aws.Int32(pageSize)})
	return cell.Pages(ctx, p, func(err error) {
		g := r.c.Incomplete(err, policyKind)
		r.blame(t, &g)
	}, func(page *organizations.ListPoliciesOutput) error {
		for _, x := range page.Policies {
			switch id := aws.ToString(x.Id); {
			case id == "" || x.Type != t:
				r.blame(t, r.half(page.ResultMetadata, listPolicies, "MissingMember", "a policy was listed without its id, or not as a "+string(t), nil, nil, policyKind))
			case seen[id]:
				r.blame(t, r.half(page.ResultMetadata, listPolicies, "SaidTwice", "AWS listed "+id+" more than once: it counts once, and the list may lack what moved while it was read", nil, nil, policyKind))
			default:
				seen[id] = true
				use(summary{x, t, page.ResultMetadata})
			}
		}
		return nil
	})
}

// policy reads the text of a policy.
func (r *reader) policy(ctx context.Context, s summary) *Policy {
	p := &Policy{Meta: r.meta(cmp.Or(aws.ToString(s.Arn), r.arn("policy/"+*r.org.Id+"/"+strings.ToLower(string(s.kind))+"/"+*s.Id))), PolicyID: *s.Id, Name: cell.Text(aws.ToString(s.Name)),
		Description: cell.Text(aws.ToString(s.Description)), Type: string(s.kind), AWSManaged: s.AwsManaged}
	r.c.Read(&p.Meta, s.page)
	out, err := r.api.DescribePolicy(ctx, &organizations.DescribePolicyInput{PolicyId: s.Id})
	if err != nil {
		r.c.Unknown(&p.Meta, err, "content")
		return p
	}
	r.c.Read(&p.Meta, out.ResultMetadata)
	p.Content = cell.Text(aws.ToString(out.Policy.Content))
	about := out.Policy.PolicySummary
	if p.Content == nil || about != nil && aws.ToString(about.Id) != *s.Id {
		p.Content = nil
		r.half(out.ResultMetadata, describePolicy, "MissingMember", "AWS described the policy without its content, or another policy", &p.Meta, []string{"content"})
	}
	return p
}

// targets reads what the policy is attached to: the ids, and the answers that show them.
func (r *reader) targets(ctx context.Context, p *Policy) (ids []string, stamps []tape.Stamp, unread *evidence.Gap) {
	p.Targets = []string{}
	fail := func(g *evidence.Gap) {
		if unread == nil {
			unread = g
		}
	}
	fields := []string{"targets"}
	pages := organizations.NewListTargetsForPolicyPaginator(r.api, &organizations.ListTargetsForPolicyInput{PolicyId: &p.PolicyID, MaxResults: aws.Int32(pageSize)})
	cell.Pages(ctx, pages, func(err error) {
		g := r.c.Unknown(&p.Meta, err, fields...)
		fail(&g)
	}, func(page *organizations.ListTargetsForPolicyOutput) error {
		r.c.Read(&p.Meta, page.ResultMetadata)
		for _, x := range page.Targets {
			id := aws.ToString(x.TargetId)
			switch {
			case id == "" || x.Type == "":
				fail(r.half(page.ResultMetadata, listTargets, "MissingMember", "a target of the policy was listed without its id or type", &p.Meta, fields))
			case slices.Contains(ids, id):
				fail(r.half(page.ResultMetadata, listTargets, "SaidTwice", "AWS listed the target "+id+" more than once: the list may lack what changed while it was read", &p.Meta, fields))
			default:
				ids, stamps = append(ids, id), append(stamps, tape.StampOf(page.ResultMetadata))
				p.Targets = append(p.Targets, string(x.Type)+"/"+id)
			}
		}
		return nil
	})
	if slices.Sort(p.Targets); unread != nil {
		p.Targets = nil
	}
	return ids, stamps, unread
}

// guard fills in which SCPs and RCPs lie over what stands at the end of the path, whose first id is a root.
func (r *reader) guard(m *evidence.Meta, path []string, management bool, scps, rcps **Guardrails) {
	if r.tree.roots[path[0]] == nil {
		r.noRoot(m, path[0])
		return
	}
	*scps = r.guardrails(m, "service_control_policies", scp, path, management)
	*rcps = r.guardrails(m, "resource_control_policies", rcp, path, management)
}

// noRoot says that a path begins at a root that was not listed, so that it is not known what is enabled there.
func (r *reader) noRoot(m *evidence.Meta, root string) {
	fields := []string{"service_control_policies", "resource_control_policies"}
	if why := r.tree.rootsUnread; why != nil {
		m.UnknownBy(*why, fields...)
		return
	}
	r.half(r.tree.page, listRoots, "Contradiction", "the path begins at "+root+", which AWS does not list as a root", m, fields)
}

func (r *reader) guardrails(m *evidence.Meta, field string, t types.PolicyType, path []string, management bool) *Guardrails {
	top := r.tree.roots[path[0]]
	if top.unread != nil {
		m.UnknownBy(*top.unread, field)
		return nil
	}
	m.ReadFrom(top.stamp.Evidence, top.stamp.Date)
	g := &Guardrails{Applies: top.enabled[t] && !management, Policies: []string{}}
	if !top.enabled[t] {
		return g
	}
	if why := r.policies.unread[t]; why != nil {
		m.UnknownBy(*why, field)
		return nil
	}
	for _, id := range path {
		here := r.policies.attached[t][id]
		level := make([]string, 0, len(here))
		for _, a := range here {
			m.ReadFrom(a.stamp.Evidence, a.stamp.Date)
			if !slices.Contains(g.Policies, a.policy) {
				level = append(level, a.policy)
			}
		}
		slices.Sort(level)
		g.Policies = append(g.Policies, level...)
	}
	g.Limited = g.Applies && slices.ContainsFunc(g.Policies, func(p string) bool { return !slices.Contains(unlimited, p) })
	return g
}
