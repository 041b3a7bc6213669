package moto

import (
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsec2 "github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/auditseal/auditseal/collectors/ec2"
)

// seedEC2 makes a VPC with rules of every sort and instances in the caller's eu-west-1, and turns encryption on there. The others have
// the default VPC that moto gives every region.
func seedEC2(t *testing.T, s *server) {
	t.Helper()
	c, ctx := awsec2.NewFromConfig(s.as(t, caller, "eu-west-1")), t.Context()
	_, err := c.EnableEbsEncryptionByDefault(ctx, &awsec2.EnableEbsEncryptionByDefaultInput{})
	must(t, err)
	vpc, err := c.CreateVpc(ctx, &awsec2.CreateVpcInput{CidrBlock: aws.String("10.1.0.0/16")})
	must(t, err)
	subnet, err := c.CreateSubnet(ctx, &awsec2.CreateSubnetInput{VpcId: vpc.Vpc.VpcId, CidrBlock: aws.String("10.1.1.0/24")})
	must(t, err)
	group := func(name string) *string {
		out, err := c.CreateSecurityGroup(ctx, &awsec2.CreateSecurityGroupInput{GroupName: &name, Description: aws.String("=1+1"), VpcId: vpc.Vpc.VpcId,
			TagSpecifications: []ec2types.TagSpecification{{ResourceType: ec2types.ResourceTypeSecurityGroup, Tags: []ec2types.Tag{{Key: aws.String("owner"), Value: aws.String("=" + name)}}}}})
		must(t, err)
		return out.GroupId
	}
	web, inside := group("web"), group("inside")
	lists := map[bool]*string{}
	for _, wide := range []bool{true, false} {
		cidr := "198.51.100.0/24"
		if wide {
			cidr = "0.0.0.0/0"
		}
		out, err := c.CreateManagedPrefixList(ctx, &awsec2.CreateManagedPrefixListInput{PrefixListName: aws.String(fmt.Sprint("wide-", wide)), AddressFamily: aws.String("IPv4"), MaxEntries: aws.Int32(5),
			Entries: []ec2types.AddPrefixListEntry{{Cidr: &cidr}}})
		must(t, err)
		lists[wide] = out.PrefixList.PrefixListId
	}
	rule := func(protocol string, from, to int32) ec2types.IpPermission {
		p := ec2types.IpPermission{IpProtocol: &protocol}
		if protocol != "-1" {
			p.FromPort, p.ToPort = &from, &to
		}
		return p
	}
	four := func(p ec2types.IpPermission, cidrs ...string) ec2types.IpPermission {
		for _, v := range cidrs {
			p.IpRanges = append(p.IpRanges, ec2types.IpRange{CidrIp: &v, Description: aws.String("to " + v)})
		}
		return p
	}
	ssh, any, ping, list, from := four(rule("tcp", 22, 22), "0.0.0.0/0", "203.0.113.7/32"), four(rule("-1", 0, 0), "0.0.0.0/1"), four(rule("icmp", 8, -1), "10.0.0.0/8"), rule("udp", 53, 60), rule("tcp", 5432, 5432)
	ssh.Ipv6Ranges = []ec2types.Ipv6Range{{CidrIpv6: aws.String("::/0")}}
	list.PrefixListIds = []ec2types.PrefixListId{{PrefixListId: lists[true]}, {PrefixListId: lists[false]}}
	from.UserIdGroupPairs = []ec2types.UserIdGroupPair{{GroupId: web}}
	_, err = c.AuthorizeSecurityGroupIngress(ctx, &awsec2.AuthorizeSecurityGroupIngressInput{GroupId: web, IpPermissions: []ec2types.IpPermission{ssh, any, ping, list}})
	must(t, err)
	_, err = c.AuthorizeSecurityGroupIngress(ctx, &awsec2.AuthorizeSecurityGroupIngressInput{GroupId: inside, IpPermissions: []ec2types.IpPermission{from}})
	must(t, err)
	acl, err := c.CreateNetworkAcl(ctx, &awsec2.CreateNetworkAclInput{VpcId: vpc.Vpc.VpcId})
	must(t, err)
	for _, e := range []awsec2.CreateNetworkAclEntryInput{
		{RuleNumber: aws.Int32(100), Egress: aws.Bool(false), Protocol: aws.String("6"), PortRange: &ec2types.PortRange{From: aws.Int32(3389), To: aws.Int32(3389)}, RuleAction: ec2types.RuleActionAllow, CidrBlock: aws.String("0.0.0.0/0")},
		{RuleNumber: aws.Int32(110), Egress: aws.Bool(false), Protocol: aws.String("17"), PortRange: &ec2types.PortRange{From: aws.Int32(1), To: aws.Int32(1024)}, RuleAction: ec2types.RuleActionDeny, Ipv6CidrBlock: aws.String("::/0")},
		{RuleNumber: aws.Int32(100), Egress: aws.Bool(true), Protocol: aws.String("-1"), RuleAction: ec2types.RuleActionAllow, CidrBlock: aws.String("10.0.0.0/8")}} {
		e.NetworkAclId = acl.NetworkAcl.NetworkAclId
		_, err = c.CreateNetworkAclEntry(ctx, &e)
		must(t, err)
	}
	found, err := c.DescribeNetworkAcls(ctx, &awsec2.DescribeNetworkAclsInput{Filters: []ec2types.Filter{{Name: aws.String("association.subnet-id"), Values: []string{*subnet.Subnet.SubnetId}}}})
	must(t, err)
	i := slices.IndexFunc(found.NetworkAcls[0].Associations, func(a ec2types.NetworkAclAssociation) bool { return *a.SubnetId == *subnet.Subnet.SubnetId })
	_, err = c.ReplaceNetworkAclAssociation(ctx, &awsec2.ReplaceNetworkAclAssociationInput{AssociationId: found.NetworkAcls[0].Associations[i].NetworkAclAssociationId, NetworkAclId: acl.NetworkAcl.NetworkAclId})
	must(t, err)
	run := func(name string, more func(*awsec2.RunInstancesInput)) *string {
		in := &awsec2.RunInstancesInput{ImageId: aws.String("ami-12c6146b"), MinCount: aws.Int32(1), MaxCount: aws.Int32(1), InstanceType: ec2types.InstanceTypeT3Micro, SubnetId: subnet.Subnet.SubnetId, SecurityGroupIds: []string{*web, *inside},
			TagSpecifications: []ec2types.TagSpecification{{ResourceType: ec2types.ResourceTypeInstance, Tags: []ec2types.Tag{{Key: aws.String("Name"), Value: &name}}}}}
		if more != nil {
			more(in)
		}
		out, err := c.RunInstances(ctx, in)
		must(t, err)
		return out.Instances[0].InstanceId
	}
	run("shop", func(in *awsec2.RunInstancesInput) {
		in.IamInstanceProfile = &ec2types.IamInstanceProfileSpecification{Name: aws.String("machine")}
		in.MetadataOptions = &ec2types.InstanceMetadataOptionsRequest{HttpTokens: ec2types.HttpTokensStateRequired, HttpEndpoint: ec2types.InstanceMetadataEndpointStateEnabled, HttpPutResponseHopLimit: aws.Int32(1)}
	})
	stopped, gone := run("stopped", nil), run("gone", nil)
	_, err = c.StopInstances(ctx, &awsec2.StopInstancesInput{InstanceIds: []string{*stopped}})
	must(t, err)
	_, err = c.TerminateInstances(ctx, &awsec2.TerminateInstancesInput{InstanceIds: []string{*gone}})
	must(t, err)
}

func checkEC2(t *testing.T, s *server, pack string) {
	var all []*ec2.Region
	var groups []*ec2.Group
	var rules []*ec2.Rule
	var entries []*ec2.Entry
	var instances []*ec2.Instance
	for _, account := range accounts {
		for _, region := range regions {
			c, ctx := awsec2.NewFromConfig(s.as(t, account, region)), t.Context()
			encrypted, err := c.GetEbsEncryptionByDefault(ctx, &awsec2.GetEbsEncryptionByDefaultInput{})
			must(t, err)
			some := instancesOf(t, c, account, region)
			instances = append(instances, some...)
			all = append(all, &ec2.Region{Meta: meta(account, region, account+"/"+region+"/ec2", "image_block_managed_by", "image_block_public_access", "metadata_defaults", "snapshot_block_managed_by", "snapshot_block_public_access"),
				Instances: ptr(len(some)), EncryptionByDefault: encrypted.EbsEncryptionByDefault})
			g, r := groupsOf(t, c, account, region)
			groups, rules = append(groups, g...), append(rules, r...)
			entries = append(entries, entriesOf(t, c, account, region)...)
		}
	}
	agree(t, all, records[ec2.Region](t, pack, "ec2.region"))
	agree(t, groups, records[ec2.Group](t, pack, "ec2.security_group"))
	agree(t, rules, records[ec2.Rule](t, pack, "ec2.security_group_rule"))
	agree(t, entries, records[ec2.Entry](t, pack, "ec2.network_acl_rule"))
	agree(t, instances, records[ec2.Instance](t, pack, "ec2.instance"))
}

// wide are the ranges of what was seeded, and of moto's default VPCs, that are everywhere.
var wide = []string{"0.0.0.0/0", "::/0", "0.0.0.0/1"}

func protocol(v string) (name string, ports bool) {
	name = map[string]string{"-1": "all", "6": "tcp", "17": "udp"}[v]
	if name == "" {
		name = v
	}
	return name, name != "icmp"
}

func ports(name string, from, to *int32) (first, last *int) {
	switch {
	case name == "all":
		return ptr(0), ptr(65535)
	case name == "icmp" || from == nil:
		return nil, nil
	}
	return ptr(int(*from)), ptr(int(*to))
}

func ec2Tags(in []ec2types.Tag) map[string]string {
	out := map[string]string{}
	for _, x := range in {
		out[*x.Key] = *x.Value
	}
	return out
}

// groupsOf asks moto for the rules one by one, and not as auditseal does by group.
func groupsOf(t *testing.T, c *awsec2.Client, account, region string) (groups []*ec2.Group, rules []*ec2.Rule) {
	t.Helper()
	list, err := c.DescribeSecurityGroups(t.Context(), &awsec2.DescribeSecurityGroupsInput{})
	must(t, err)
	for _, l := range list.SecurityGroups {
		arn := "arn:aws:ec2:" + region + ":" + account + ":security-group/" + *l.GroupId
		g := &ec2.Group{Meta: meta(account, region, arn), GroupID: *l.GroupId, Name: *l.GroupName, Default: *l.GroupName == "default", VPC: l.VpcId, Owner: l.OwnerId, Inbound: ptr(0), Admin: ptr(false), Egress: ptr(0), Tags: ec2Tags(l.Tags)}
		groups = append(groups, g)
		one, err := c.DescribeSecurityGroupRules(t.Context(), &awsec2.DescribeSecurityGroupRulesInput{Filters: []ec2types.Filter{{Name: aws.String("group-id"), Values: []string{*l.GroupId}}}})
		must(t, err)
		for _, x := range one.SecurityGroupRules {
			r := &ec2.Rule{GroupID: *l.GroupId, GroupName: *l.GroupName, Direction: "inbound", Everywhere: ptr(false), Description: text(aws.ToString(x.Description))}
			count := g.Inbound
			if *x.IsEgress {
				r.Direction, count = "outbound", g.Egress
			}
			*count++
			r.Protocol, r.HasPorts = protocol(*x.IpProtocol)
			r.From, r.To = ports(r.Protocol, x.FromPort, x.ToPort)
			switch {
			case x.CidrIpv4 != nil:
				r.PeerType, r.Peer = "ipv4", *x.CidrIpv4
				r.Everywhere = ptr(slices.Contains(wide, r.Peer))
			case x.CidrIpv6 != nil:
				r.PeerType, r.Peer = "ipv6", *x.CidrIpv6
				r.Everywhere = ptr(slices.Contains(wide, r.Peer))
			case x.PrefixListId != nil:
				r.PeerType, r.Peer = "prefix-list", *x.PrefixListId
				in, err := c.GetManagedPrefixListEntries(t.Context(), &awsec2.GetManagedPrefixListEntriesInput{PrefixListId: x.PrefixListId})
				must(t, err)
				r.Everywhere = ptr(slices.Contains(wide, *in.Entries[0].Cidr))
			case x.ReferencedGroupInfo != nil:
				r.PeerType, r.Peer = "security-group", *x.ReferencedGroupInfo.GroupId
			}
			at := func(p *int32) string {
				if p == nil || r.Protocol == "all" { // by group, no ports are told for all protocols
					return ""
				}
				return fmt.Sprint(*p)
			}
			r.Meta = meta(account, region, arn+"/"+r.Direction+"/"+r.Protocol+"-"+at(x.FromPort)+"-"+at(x.ToPort)+"/"+r.Peer)
			rules = append(rules, r)
			covers := func(port int32) bool {
				return r.Protocol == "all" || (r.Protocol == "tcp" || r.Protocol == "udp") && (x.FromPort == nil || *x.FromPort == -1 || *x.FromPort <= port && port <= aws.ToInt32(x.ToPort))
			}
			if r.Direction == "inbound" && *r.Everywhere && (covers(22) || covers(3389)) {
				*g.Admin = true
			}
		}
	}
	return groups, rules
}

func entriesOf(t *testing.T, c *awsec2.Client, account, region string) (out []*ec2.Entry) {
	t.Helper()
	list, err := c.DescribeNetworkAcls(t.Context(), &awsec2.DescribeNetworkAclsInput{})
	must(t, err)
	for _, l := range list.NetworkAcls {
		for _, x := range l.Entries {
			e := &ec2.Entry{ACL: *l.NetworkAclId, VPC: l.VpcId, Default: l.IsDefault, Subnets: ptr(len(l.Associations)), Direction: "inbound", Number: int(*x.RuleNumber), Action: string(x.RuleAction), Range: aws.ToString(x.CidrBlock) + aws.ToString(x.Ipv6CidrBlock)}
			if *x.Egress {
				e.Direction = "outbound"
			}
			e.Protocol, e.HasPorts = protocol(*x.Protocol)
			if x.PortRange == nil {
				x.PortRange = &ec2types.PortRange{}
			}
			e.From, e.To = ports(e.Protocol, x.PortRange.From, x.PortRange.To)
			e.Everywhere = ptr(slices.Contains(wide, e.Range))
			e.Meta = meta(account, region, "arn:aws:ec2:"+region+":"+account+":network-acl/"+e.ACL+"/"+e.Direction+"/"+fmt.Sprint(e.Number))
			out = append(out, e)
		}
	}
	return out
}

func instancesOf(t *testing.T, c *awsec2.Client, account, region string) (out []*ec2.Instance) {
	t.Helper()
	list, err := c.DescribeInstances(t.Context(), &awsec2.DescribeInstancesInput{})
	must(t, err)
	for _, r := range list.Reservations {
		for _, x := range r.Instances {
			i := &ec2.Instance{Meta: meta(account, region, "arn:aws:ec2:"+region+":"+account+":instance/"+*x.InstanceId), InstanceID: *x.InstanceId, State: string(x.State.Name), Running: x.State.Name == "running",
				Live: x.State.Name != "terminated", Launched: utc(x.LaunchTime), Type: text(x.InstanceType), Image: x.ImageId, Platform: "other", PlatformDetail: x.PlatformDetails, Lifecycle: text(x.InstanceLifecycle), VPC: x.VpcId, Subnet: x.SubnetId,
				PublicIPv4: ptr(x.PublicIpAddress != nil), IPv6: ptr(false), SecurityGroups: []string{}, Tags: ec2Tags(x.Tags)}
			if x.Platform != "" { // moto's image is one of Windows
				i.Platform = "windows"
			}
			if x.IamInstanceProfile != nil {
				i.Profile = x.IamInstanceProfile.Arn
			}
			for _, g := range x.SecurityGroups {
				i.SecurityGroups = append(i.SecurityGroups, *g.GroupId)
			}
			slices.Sort(i.SecurityGroups)
			if m := x.MetadataOptions; m != nil {
				i.Metadata = &ec2.Metadata{Endpoint: string(m.HttpEndpoint), Tokens: string(m.HttpTokens), State: text(m.State)}
				if m.HttpPutResponseHopLimit != nil {
					i.Metadata.HopLimit = ptr(int(*m.HttpPutResponseHopLimit))
				}
			}
			out = append(out, i)
		}
	}
	return out
}
