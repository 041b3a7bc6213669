package ec2

import (
	"context"
	"net/netip"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// groups emits every security group, and behind each its rules.
func (r *reader) groups(ctx context.Context) error {
	seen := r.c.Once(groupKind, ruleKind)
	p := ec2.NewDescribeSecurityGroupsPaginator(r.ec2, &ec2.DescribeSecurityGroupsInput{MaxResults: aws.Int32(pageSize)})
	return cell.Pages(ctx, p, func(err error) { r.c.Incomplete(err, groupKind, ruleKind) }, func(page *ec2.DescribeSecurityGroupsOutput) error {
		md, nameless := page.ResultMetadata, false
		for _, x := range page.SecurityGroups {
			id := aws.ToString(x.GroupId)
			if id == "" {
				nameless = true
				continue
			}
			if !seen.First(id, md) {
				continue
			}
			if err := r.group(ctx, x, md); err != nil {
				return err
			}
		}
		if nameless {
			r.c.Half(md, describeSecurityGroups, "MissingMember", "a security group was listed without its id", nil, nil, groupKind, ruleKind)
		}
		return nil
	})
}

func (r *reader) group(ctx context.Context, x types.SecurityGroup, md middleware.Metadata) error {
	owner := aws.ToString(x.OwnerId)
	if owner == "" {
		owner = r.c.Account
	}
	arn := aws.ToString(x.SecurityGroupArn)
	if arn == "" {
		arn = r.arn(owner, "security-group/"+*x.GroupId)
	}
	if owner != r.c.Account {
		// A shared group is listed in its owner's account too.
		arn = r.c.Account + "/" + arn
	}
	g := &Group{Meta: r.c.Meta(arn), GroupID: *x.GroupId, Name: aws.ToString(x.GroupName), VPC: x.VpcId, Owner: cell.Text(aws.ToString(x.OwnerId)), Tags: tagsOf(x.Tags)}
	r.c.Read(&g.Meta, md)
	if g.Name == "" {
		r.without(&g.Meta, md, describeSecurityGroups, "the name of a group", "name", "default")
	} else {
		g.Default = g.Name == "default"
	}
	inbound := r.rules(g, "inbound", "inbound_rules", x.IpPermissions, md)
	outbound := r.rules(g, "outbound", "outbound_rules", x.IpPermissionsEgress, md)
	for _, rule := range inbound {
		if rule.PeerType == prefixListPeer {
			r.readPrefixList(ctx, rule)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	r.admin(g, inbound)
	if err := r.c.Emit(g); err != nil {
		return err
	}
	for _, rule := range append(inbound, outbound...) {
		if err := r.c.Emit(rule); err != nil {
			return err
		}
	}
	return nil
}

// admin says whether the rules open a port that machines are administered by. What is unknown of the rules is unknown of that.
func (r *reader) admin(g *Group, inbound []*Rule) {
	open := false
	var why []evidence.Unknown
	for _, u := range g.Unknown {
		if u.Field == "inbound_rules" { // the rules are not whole
			why = append(why, u)
		}
	}
	for _, rule := range inbound {
		opens, known := rule.opensAdmin()
		if open = open || opens; known {
			continue
		}
		for _, u := range rule.Unknown {
			switch u.Field {
			case "everywhere", "protocol", "has_ports", "from_port", "to_port":
				why = append(why, u)
			}
		}
	}
	if open || len(why) == 0 {
		g.Admin = &open
		return
	}
	for _, u := range why {
		u.Field = "admin_ports_open"
		if !slices.Contains(g.Unknown, u) {
			g.Unknown = append(g.Unknown, u)
		}
	}
}

// adminPorts are those of SSH and of the Remote Desktop Protocol.
var adminPorts = []int{22, 3389}

// opensAdmin reports whether the rule opens one of them to everywhere, and whether that is known.
func (rule *Rule) opensAdmin() (opens, known bool) {
	if rule.Protocol == "" {
		return false, false
	}
	if !rule.HasPorts || rule.Everywhere != nil && !*rule.Everywhere {
		return false, true
	}
	if rule.From == nil || rule.To == nil {
		return false, false
	}
	takes := slices.ContainsFunc(adminPorts, func(p int) bool { return *rule.From <= p && p <= *rule.To })
	if rule.Everywhere == nil {
		return false, !takes
	}
	return takes, true
}

const prefixListPeer = "prefix-list"

// rules takes the permissions of one direction apart: one rule for each source or destination. Where a part of one is missing, the
// number of rules is not known, and the rules are not whole.
func (r *reader) rules(g *Group, direction, field string, all []types.IpPermission, md middleware.Metadata) []*Rule {
	if all == nil {
		r.c.Half(md, describeSecurityGroups, "MissingMember", "AWS answered DescribeSecurityGroups without the "+direction+" rules of a group", &g.Meta, []string{field}, ruleKind)
		return nil
	}
	var out []*Rule
	ids := map[string]bool{}
	lacks := ""
	for _, p := range all {
		if p.IpRanges == nil || p.Ipv6Ranges == nil || p.PrefixListIds == nil || p.UserIdGroupPairs == nil {
			lacks = "one of the lists of sources"
		}
		before := len(out)
		add := func(peerType, peer string, description *string) {
			if peer == "" {
				lacks = "what one of its sources is"
				return
			}
			rule := r.rule(g, direction, p, peerType, peer, md)
			rule.Description = cell.Text(aws.ToString(description))
			if ids[rule.ID] { // AWS refuses a rule that a group has already
				lacks = "a difference between two rules"
				return
			}
			ids[rule.ID] = true
			out = append(out, rule)
		}
		for _, x := range p.IpRanges {
			add("ipv4", aws.ToString(x.CidrIp), x.Description)
		}
		for _, x := range p.Ipv6Ranges {
			add("ipv6", aws.ToString(x.CidrIpv6), x.Description)
		}
		for _, x := range p.PrefixListIds {
			add(prefixListPeer, aws.ToString(x.PrefixListId), x.Description)
		}
		for _, x := range p.UserIdGroupPairs {
			peer := aws.ToString(x.GroupId)
			if peer == "" {
				peer = aws.ToString(x.GroupName)
			}
			if owner := aws.ToString(x.UserId); peer != "" && owner != "" && owner != r.c.Account {
				peer = owner + "/" + peer
			}
			add("security-group", peer, x.Description)
		}
		if len(out) == before && lacks == "" {
			lacks = "a source of a rule"
		}
	}
	if lacks != "" {
		r.c.Half(md, describeSecurityGroups, "MissingMember", "AWS listed the "+direction+" rules of a group without "+lacks, &g.Meta, []string{field}, ruleKind)
		return out
	}
	n := len(out)
	if direction == "inbound" {
		g.Inbound = &n
	} else {
		g.Egress = &n
	}
	return out
}

func (r *reader) rule(g *Group, direction string, p types.IpPermission, peerType, peer string, md middleware.Metadata) *Rule {
	protocol, hasPorts := protocolOf(aws.ToString(p.IpProtocol))
	rule := &Rule{GroupID: g.GroupID, GroupName: g.Name, Direction: direction, Protocol: protocol, HasPorts: hasPorts, PeerType: peerType, Peer: peer}
	wire := "-" + between(p.FromPort) + "-" + between(p.ToPort)
	rule.Meta = r.c.Meta(g.ID + "/" + direction + "/" + protocol + wire + "/" + peer)
	r.c.Read(&rule.Meta, md)
	lacks := func(what string, fields ...string) {
		r.without(&rule.Meta, md, describeSecurityGroups, what+" of a rule", fields...)
	}
	if g.Name == "" {
		lacks("the name of the group", "group_name")
	}
	rule.From, rule.To = r.ports(protocol, hasPorts, p.FromPort, p.ToPort, lacks)
	switch peerType {
	case "ipv4", "ipv6":
		rule.Everywhere = r.wide(&rule.Meta, md, describeSecurityGroups, peer)
	case "security-group":
		rule.Everywhere = ptr(false)
	}
	return rule
}

func between(port *int32) string {
	if port == nil {
		return ""
	}
	return strconv.Itoa(int(*port))
}

// protocolOf names a protocol, and says whether a rule with it is about ports. A rule for any protocol but TCP, UDP and ICMP admits all
// of it, whatever ports it gives.
func protocolOf(s string) (name string, hasPorts bool) {
	switch s {
	case "-1", "all":
		return "all", true
	case "tcp", "6":
		return "tcp", true
	case "udp", "17":
		return "udp", true
	case "icmp", "1":
		return "icmp", false
	case "icmpv6", "58":
		return "icmpv6", false
	}
	if n, err := strconv.ParseUint(s, 10, 8); err == nil {
		return strconv.FormatUint(n, 10), false
	}
	return s, true
}

// everywhere reports whether a range of addresses is, or comes to, the whole internet. No private range is as wide.
func everywhere(cidr string) (bool, error) {
	p, err := netip.ParsePrefix(cidr)
	if err != nil {
		return false, err
	}
	if p.Addr().Is4() {
		return p.Bits() < 8, nil
	}
	a := p.Masked().Addr()
	return p.Bits() <= 12 && !a.IsPrivate() && !a.IsLinkLocalUnicast() && !a.IsMulticast(), nil
}

// A prefixList is whether a prefix list holds a range that is everywhere, or why that is not known.
type prefixList struct {
	everywhere bool
	evidence   []middleware.Metadata
	unknown    *evidence.Gap
}

// readPrefixList says of a rule whether its prefix list admits everywhere. A list is asked for once, however many rules name it.
func (r *reader) readPrefixList(ctx context.Context, rule *Rule) {
	l, asked := r.lists[rule.Peer]
	if !asked {
		l = r.prefixList(ctx, rule)
		r.lists[rule.Peer] = l
	} else if l.unknown != nil {
		rule.Meta.UnknownBy(*l.unknown, "everywhere")
	}
	for _, md := range l.evidence {
		r.c.Read(&rule.Meta, md)
	}
	if l.unknown == nil {
		rule.Everywhere = &l.everywhere
	}
}

// prefixList reads the entries of the list that a rule names. What fails is told of that rule.
func (r *reader) prefixList(ctx context.Context, rule *Rule) (l prefixList) {
	lacks := func(g evidence.Gap) { l.unknown = &g }
	p := ec2.NewGetManagedPrefixListEntriesPaginator(r.ec2, &ec2.GetManagedPrefixListEntriesInput{PrefixListId: &rule.Peer, MaxResults: aws.Int32(100)})
	for p.HasMorePages() && l.unknown == nil {
		page, err := p.NextPage(ctx)
		if err != nil {
			lacks(r.c.Unknown(&rule.Meta, err, "everywhere"))
			break
		}
		l.evidence = append(l.evidence, page.ResultMetadata)
		for _, e := range page.Entries {
			wide, err := everywhere(aws.ToString(e.Cidr))
			if err != nil {
				lacks(r.c.Half(page.ResultMetadata, getManagedPrefixListEntries, "UnreadableRange", "a prefix list has an entry that cannot be read", &rule.Meta, []string{"everywhere"}))
				break
			}
			l.everywhere = l.everywhere || wide
		}
	}
	return l
}
