// Package networkfirewall reads AWS Network Firewall: the firewalls of a region with their logs, the policies that they use, and the
// stateless rule groups of those.
//
// A policy or rule group that no firewall uses filters nothing and is not read, nor are the rules of stateful groups, which may be
// AWS's own or a partner's. It does not read proxies, nor the endpoints that other VPCs have of a firewall.
package networkfirewall

import (
	"context"
	"iter"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// Collector reads Network Firewall in one account and region.
type Collector struct{}

func (Collector) Name() string { return "networkfirewall" }
func (Collector) Doc() string {
	return "Network Firewall: firewalls with their state, protection and logs, the policies that they use, and stateless rule groups."
}
func (Collector) Reach() evidence.Reach { return evidence.EveryRegion }

const (
	firewallKind = "networkfirewall.firewall"
	policyKind   = "networkfirewall.policy"
	groupKind    = "networkfirewall.stateless_rule_group"
)

func operation(name, member, each string) evidence.Operation {
	return evidence.Operation{Service: "network-firewall", API: networkfirewall.ServiceID, Name: name, Action: "network-firewall:" + name, Member: member, Each: each}
}

func lists(op evidence.Operation, kind string) evidence.Operation {
	op.Lists, op.Page = kind, 100
	return op
}

// AWS publishes no rates.
var (
	describeFirewall             = operation("DescribeFirewall", "Firewall", firewallKind)
	describeFirewallPolicy       = operation("DescribeFirewallPolicy", "FirewallPolicyResponse", policyKind)
	describeLoggingConfiguration = operation("DescribeLoggingConfiguration", "LoggingConfiguration", firewallKind)
	describeRuleGroup            = operation("DescribeRuleGroup", "RuleGroupResponse", groupKind)
	listFirewalls                = lists(operation("ListFirewalls", "Firewalls", ""), firewallKind)
)

func (Collector) Operations() []evidence.Operation {
	return []evidence.Operation{describeFirewall, describeFirewallPolicy, describeLoggingConfiguration, describeRuleGroup, listFirewalls}
}

func (Collector) Kinds() []evidence.Kind {
	return []evidence.Kind{
		evidence.KindOf[Firewall]("The firewalls of the account."),
		evidence.KindOf[Policy]("The policies that those firewalls use, another account's among them."),
		evidence.KindOf[Group]("The stateless rule groups that those policies use."),
	}
}

// Collect reads the firewalls, then what they use.
func (Collector) Collect(ctx context.Context, c *cell.Cell) error {
	r := &reader{c: c, api: networkfirewall.NewFromConfig(c.Config)}
	for _, read := range []func(context.Context) error{r.firewalls, r.policies, r.groups} {
		if err := read(ctx); err != nil {
			return err
		}
	}
	return nil
}

// reader is one cell at work.
type reader struct {
	c   *cell.Cell
	api *networkfirewall.Client
	// usedPolicies and usedGroups are what was read of is using, in the order in which it was met.
	usedPolicies, usedGroups uses
}

// uses tells what is used by whom. Where not everyone could be asked what they use, partial says why.
type uses struct {
	order   []*use
	by      map[string]*use
	partial *evidence.Gap
}

// leave notes that some users are not known; the first reason is enough.
func (u *uses) leave(g *evidence.Gap) {
	if u.partial == nil {
		u.partial = g
	}
}

// A use is something that others use: who they are, and the answers that show it.
type use struct {
	arn   string
	users []string
	shown []tape.Stamp
}

func (u *uses) add(arn, user string, shown tape.Stamp) {
	if u.by == nil {
		u.by = map[string]*use{}
	}
	x := u.by[arn]
	if x == nil {
		x = &use{arn: arn}
		u.by[arn], u.order = x, append(u.order, x)
	}
	if !slices.Contains(x.users, user) {
		x.users, x.shown = append(x.users, user), append(x.shown, shown)
	}
}

// meta starts the record of what is used, read from the answers that show it. The field is for its users.
func (r *reader) meta(all *uses, u *use, field string) (m evidence.Meta, users []string) {
	m = r.c.Meta(u.arn)
	for _, s := range u.shown {
		m.ReadFrom(s.Evidence, s.Date)
	}
	if all.partial != nil {
		m.UnknownBy(*all.partial, field)
		return m, nil
	}
	return m, slices.Sorted(slices.Values(u.users))
}

// lacks notes that an answer lacks what a field is read from.
func (r *reader) lacks(m *evidence.Meta, md middleware.Metadata, op evidence.Operation, member string, fields ...string) {
	r.c.Half(md, op, "MissingMember", "AWS answered "+op.Name+" without "+member, m, fields)
}

// listedFirewall is one entry of ListFirewalls and the page it stood on.
type listedFirewall struct {
	types.FirewallMetadata
	page middleware.Metadata
}

// listed gives the firewalls as they are listed; partial is set where the list is not whole.
func (r *reader) listed(ctx context.Context, partial **evidence.Gap) iter.Seq[listedFirewall] {
	return func(yield func(listedFirewall) bool) {
		kinds := []string{firewallKind, policyKind, groupKind}
		seen := r.c.Once(kinds...)
		p := networkfirewall.NewListFirewallsPaginator(r.api, &networkfirewall.ListFirewallsInput{MaxResults: aws.Int32(100)})
		for p.HasMorePages() {
			page, err := p.NextPage(ctx)
			if err != nil {
				g := r.c.Incomplete(err, kinds...)
				*partial = &g
				return
			}
			nameless := false
			for _, f := range page.Firewalls {
				if aws.ToString(f.FirewallArn) == "" {
					nameless = true
					continue
				}
				if seen.First(*f.FirewallArn, page.ResultMetadata) && !yield(listedFirewall{f, page.ResultMetadata}) {
					return
				}
			}
			if nameless {
				g := r.c.Half(page.ResultMetadata, listFirewalls, "MissingMember", "a firewall was listed without its ARN", nil, nil, kinds...)
				*partial = &g
			}
		}
	}
}

// tags makes a map of tags.
func tags(in []types.Tag) map[string]string {
	out := map[string]string{}
	for _, t := range in {
		out[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return out
}

// encryption gives whose key encrypts, and the key.
func encryption(e *types.EncryptionConfiguration) (kind, key *string) {
	if e == nil {
		return nil, nil
	}
	return cell.Text(e.Type), e.KeyId
}
