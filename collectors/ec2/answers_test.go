package ec2

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// instance is one with nothing missing.
const instance = `<instanceId>i-1</instanceId><instanceState><code>16</code><name>running</name></instanceState><networkInterfaceSet/><metadataOptions><httpTokens>required</httpTokens><httpEndpoint>enabled</httpEndpoint></metadataOptions>`

const sources = "<groups/><ipRanges><item><cidrIp>0.0.0.0/0</cidrIp></item></ipRanges><ipv6Ranges/><prefixListIds/>"

func reservation(in string) string {
	return "<reservationSet><item><instancesSet><item>" + in + "</item></instancesSet></item></reservationSet>"
}

func group(in string) string {
	return "<securityGroupInfo><item><groupId>sg-1</groupId><groupName>web</groupName><ownerId>111122223333</ownerId>" + in + "</item></securityGroupInfo>"
}

func inbound(permission string) string {
	return group("<ipPermissions><item>" + permission + "</item></ipPermissions><ipPermissionsEgress/>")
}

const entry = "<item><ruleNumber>100</ruleNumber><protocol>6</protocol><ruleAction>allow</ruleAction><egress>false</egress><cidrBlock>0.0.0.0/0</cidrBlock><portRange><from>22</from><to>22</to></portRange></item>"

func acl(entries string) string {
	return "<networkAclSet><item><networkAclId>acl-1</networkAclId><default>true</default><associationSet/><entrySet>" + entries + "</entrySet></item></networkAclSet>"
}

// usual are the answers of a region with one instance, one group and one network ACL with one rule each, by operation, without their root.
var usual = map[string]string{
	"DescribeInstances":                 reservation(instance),
	"DescribeSecurityGroups":            inbound("<ipProtocol>tcp</ipProtocol><fromPort>22</fromPort><toPort>22</toPort>" + sources),
	"DescribeNetworkAcls":               acl(entry),
	"GetEbsEncryptionByDefault":         "<ebsEncryptionByDefault>true</ebsEncryptionByDefault>",
	"GetSnapshotBlockPublicAccessState": "<state>block-all-sharing</state>",
	"GetImageBlockPublicAccessState":    "<imageBlockPublicAccessState>block-new-sharing</imageBlockPublicAccessState>",
	"GetInstanceMetadataDefaults":       "<accountLevel/>",
}

func whole(op, in string) celltest.Answer {
	return celltest.Answer{Body: `<?xml version="1.0" encoding="UTF-8"?>` + "\n<" + op + `Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId>` + in + "</" + op + "Response>"}
}

func refuse(code string) celltest.Answer {
	return celltest.Answer{Status: 400, Body: "<Response><Errors><Error><Code>" + code + "</Code><Message>no</Message></Error></Errors><RequestID>r</RequestID></Response>"}
}

// answers collects with the usual answers, of which some are others. A key is an operation, with the page's token or the prefix list behind it.
func answers(t *testing.T, odd map[string]any) *celltest.Result {
	t.Helper()
	return celltest.Run(t, Collector{}, celltest.Options{URL: celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		form, _ := url.ParseQuery(q.Body)
		op := form.Get("Action")
		for _, key := range []string{op + " " + form.Get("NextToken"), op + " " + form.Get("PrefixListId"), op + " hidden=" + form.Get("IncludeManagedResources"), op} {
			switch a := odd[strings.TrimSpace(key)].(type) {
			case celltest.Answer:
				return a
			case string:
				return whole(op, a)
			}
		}
		if usual[op] == "" {
			return celltest.Answer{}
		}
		return whole(op, usual[op])
	})})
}

func TestTheUsualAnswersLeaveNoGap(t *testing.T) {
	r := answers(t, nil)
	if len(r.Gaps) > 0 || len(r.Records) != 5 {
		t.Errorf("%d records, gaps %v", len(r.Records), r.Gaps)
	}
	i := celltest.One[Instance](t, r, "instance/i-1")
	if i.Launched != nil || i.Operator != nil || len(i.Tags) != 0 || i.Tags == nil || *i.PublicIPv4 || i.Metadata.HopLimit != nil {
		t.Errorf("%+v", i)
	}
}

// Each answer that lacks what decides leaves exactly those fields unknown, in whichever way it lacks it.
func TestHalfAnswers(t *testing.T) {
	drop := func(s, part string) string {
		if !strings.Contains(s, part) {
			t.Fatalf("%q is not in %q", part, s)
		}
		return strings.Replace(s, part, "", 1)
	}
	tcp := "<ipProtocol>tcp</ipProtocol>"
	ports := "<fromPort>22</fromPort><toPort>22</toPort>"
	for _, c := range []struct {
		op      string
		answer  any
		unknown string
		code    string
	}{
		{"GetEbsEncryptionByDefault", "", "ebs_encryption_by_default", "MissingMember"},
		{"GetEbsEncryptionByDefault", "<encryption>true</encryption>", "ebs_encryption_by_default", "MissingMember"},
		{"GetEbsEncryptionByDefault", "<ebsEncryptionByDefault>perhaps</ebsEncryptionByDefault>", "ebs_encryption_by_default", "UnreadableAnswer"},
		{"GetSnapshotBlockPublicAccessState", celltest.Answer{Body: " "}, "snapshot_block_public_access", "NotAnAnswer"},
		{"GetSnapshotBlockPublicAccessState", "<state/>", "snapshot_block_public_access", "MissingMember"},
		{"GetSnapshotBlockPublicAccessState", "<managedBy>account</managedBy>", "snapshot_block_managed_by", "MissingMember"},
		{"GetSnapshotBlockPublicAccessState", celltest.Answer{Body: "<html><body/></html>"}, "snapshot_block_public_access", "MissingMember"},
		{"GetSnapshotBlockPublicAccessState", refuse("UnauthorizedOperation"), "snapshot_block_public_access", "UnauthorizedOperation"},
		{"GetImageBlockPublicAccessState", "<imageBlockPublicAccessState/>", "image_block_public_access", "MissingMember"},
		{"GetImageBlockPublicAccessState", "", "image_block_public_access", "MissingMember"},
		{"GetInstanceMetadataDefaults", "", "metadata_defaults", "MissingMember"},
		{"GetInstanceMetadataDefaults", refuse("InvalidAction"), "metadata_defaults", "InvalidAction"},
		{"DescribeInstances", reservation(drop(instance, "<instanceState><code>16</code><name>running</name></instanceState>")), "running", "MissingMember"},
		{"DescribeInstances", reservation(drop(instance, "<name>running</name>")), "state", "MissingMember"},
		{"DescribeInstances", reservation(drop(instance, "<httpTokens>required</httpTokens>")), "metadata", "MissingMember"},
		{"DescribeInstances", reservation(drop(instance, "<httpEndpoint>enabled</httpEndpoint>")), "metadata", "MissingMember"},
		{"DescribeInstances", reservation(drop(instance, "<networkInterfaceSet/>")), "public_ipv4", "MissingMember"},
		{"DescribeInstances", reservation(drop(instance, "<networkInterfaceSet/>")), "security_groups", "MissingMember"},
		{"DescribeInstances", reservation(instance + "<operator><managed>true</managed></operator>"), "operator", "MissingMember"},
		{"DescribeSecurityGroups", strings.Replace(group("<ipPermissions/><ipPermissionsEgress/>"), "<groupName>web</groupName>", "", 1), "default", "MissingMember"},
		{"DescribeSecurityGroups", group("<ipPermissions/>"), "outbound_rules", "MissingMember"},
		{"DescribeSecurityGroups", group("<ipPermissionsEgress/>"), "inbound_rules", "MissingMember"},
		{"DescribeSecurityGroups", inbound(tcp + ports + drop(sources, "<ipv6Ranges/>")), "inbound_rules", "MissingMember"},
		{"DescribeSecurityGroups", inbound(tcp + ports + drop(sources, "<item><cidrIp>0.0.0.0/0</cidrIp></item>")), "inbound_rules", "MissingMember"},
		{"DescribeSecurityGroups", inbound(tcp + ports + drop(sources, "<cidrIp>0.0.0.0/0</cidrIp>")), "inbound_rules", "MissingMember"},
		{"DescribeSecurityGroups", inbound(tcp + ports + strings.Replace(sources, "</item>", "</item><item><cidrIp>0.0.0.0/0</cidrIp></item>", 1)), "inbound_rules", "MissingMember"},
		{"DescribeSecurityGroups", inbound(ports + sources), "protocol", "MissingMember"},
		{"DescribeSecurityGroups", inbound(tcp + sources), "from_port", "MissingMember"},
		{"DescribeSecurityGroups", inbound(tcp + "<fromPort>-1</fromPort><toPort>-1</toPort>" + sources), "to_port", "MissingMember"},
		{"DescribeSecurityGroups", inbound(tcp + "<fromPort>90</fromPort><toPort>20</toPort>" + sources), "from_port", "MissingMember"},
		{"DescribeSecurityGroups", inbound(tcp + ports + strings.Replace(sources, "0.0.0.0/0", "everywhere", 1)), "everywhere", "UnreadableRange"},
		{"DescribeNetworkAcls", acl(drop(entry, "<protocol>6</protocol>")), "has_ports", "MissingMember"},
		{"DescribeNetworkAcls", acl(drop(entry, "<ruleAction>allow</ruleAction>")), "action", "MissingMember"},
		{"DescribeNetworkAcls", acl(drop(entry, "<from>22</from>")), "from_port", "MissingMember"},
		{"DescribeNetworkAcls", acl(drop(entry, "<portRange><from>22</from><to>22</to></portRange>")), "to_port", "MissingMember"},
		{"DescribeNetworkAcls", acl(drop(entry, "<cidrBlock>0.0.0.0/0</cidrBlock>")), "everywhere", "UnreadableRange"},
		{"DescribeNetworkAcls", drop(acl(entry), "<associationSet/>"), "subnets", "MissingMember"},
		{"DescribeNetworkAcls", drop(acl(entry), "<default>true</default>"), "default", "MissingMember"},
	} {
		r := answers(t, map[string]any{c.op: c.answer})
		found := false
		for _, rec := range r.Records {
			found = found || celltest.Unknown(rec, c.unknown) == c.code
		}
		if !found {
			t.Errorf("%s answered with %v: %s is not unknown by %s; gaps %v", c.op, c.answer, c.unknown, c.code, r.Gaps)
		}
	}
}

// What is missing from the rules of a group may be a rule.
func TestRulesThatAreNotWhole(t *testing.T) {
	r := answers(t, map[string]any{"DescribeSecurityGroups": group("<ipPermissionsEgress/>")})
	if len(r.Gaps) != 1 || len(r.Gaps[0].Kinds) != 1 || r.Gaps[0].Kinds[0] != ruleKind || celltest.One[Group](t, r, "sg-1").Inbound != nil {
		t.Errorf("gaps %v", r.Gaps)
	}
}

func TestListsThatAreNotWhole(t *testing.T) {
	two := strings.Replace(reservation(instance), "</instancesSet>", "<item>"+strings.Replace(instance, "i-1", "i-2", 1)+"</item></instancesSet>", 1)
	for name, c := range map[string]struct {
		odd       map[string]any
		instances int
		code      string
	}{
		"an instance without its id": {map[string]any{"DescribeInstances": reservation("<imageId>ami-1</imageId>")}, 0, "UnreliableList"},
		"no instances in it":         {map[string]any{"DescribeInstances": "<reservationSet><item><reservationId>r-1</reservationId></item></reservationSet>"}, 0, "UnreliableList"},
		"pages that overlap":         {map[string]any{"DescribeInstances": two + "<nextToken>n</nextToken>", "DescribeInstances n": reservation(instance)}, 2, "UnreliableList"},
		"no second page":             {map[string]any{"DescribeInstances": two + "<nextToken>n</nextToken>", "DescribeInstances n": refuse("RequestLimitExceeded")}, 2, "RequestLimitExceeded"},
		"a second page of nothing":   {map[string]any{"DescribeInstances": two + "<nextToken>n</nextToken>", "DescribeInstances n": ""}, 2, "MissingMember"},
		"a token that repeats":       {map[string]any{"DescribeInstances": two + "<nextToken>n</nextToken>", "DescribeInstances n": "<reservationSet/><nextToken>n</nextToken>"}, 2, "RepeatedRequest"},
	} {
		r := answers(t, c.odd)
		region := celltest.One[Region](t, r, "/ec2")
		if len(celltest.Of[Instance](r)) != c.instances || region.Instances != nil || celltest.Unknown(region, "instances") != c.code {
			t.Errorf("%s: %d instances, counted %v, gaps %v", name, len(celltest.Of[Instance](r)), region.Instances, r.Gaps)
		}
		for _, g := range r.Gaps {
			if len(g.Kinds) != 1 || g.Kinds[0] != instanceKind {
				t.Errorf("%s: %+v", name, g)
			}
		}
	}
	good := answers(t, map[string]any{"DescribeInstances": two + "<nextToken>n</nextToken>", "DescribeInstances n": "<reservationSet/>"})
	if region := celltest.One[Region](t, good, "/ec2"); *region.Instances != 2 || len(good.Gaps) > 0 {
		t.Errorf("counted %d, gaps %v", *region.Instances, good.Gaps)
	}
	nameless := answers(t, map[string]any{"DescribeSecurityGroups": "<securityGroupInfo><item><groupName>web</groupName></item></securityGroupInfo>"})
	if len(nameless.Gaps) != 1 || len(nameless.Gaps[0].Kinds) != 2 {
		t.Errorf("gaps %v", nameless.Gaps)
	}
	for _, half := range []string{strings.Replace(acl(entry), "<networkAclId>acl-1</networkAclId>", "", 1), acl(strings.Replace(entry, "<egress>false</egress>", "", 1)), acl(strings.Replace(entry, "<ruleNumber>100</ruleNumber>", "", 1)),
		strings.Replace(acl(""), "<entrySet></entrySet>", "", 1)} {
		r := answers(t, map[string]any{"DescribeNetworkAcls": half})
		if len(r.Gaps) != 1 || len(r.Gaps[0].Kinds) != 1 || r.Gaps[0].Kinds[0] != entryKind || len(celltest.Of[Entry](r)) != 0 {
			t.Errorf("%s: gaps %v", half, r.Gaps)
		}
	}
	twice := inbound("<ipProtocol>-1</ipProtocol>" + sources)
	again := answers(t, map[string]any{"DescribeSecurityGroups": twice + "<nextToken>n</nextToken>", "DescribeSecurityGroups n": twice})
	if len(again.Gaps) != 1 || again.Gaps[0].Code != "SaidTwice" || len(celltest.Of[Rule](again)) != 1 {
		t.Errorf("gaps %v", again.Gaps)
	}
}

// Instances that AWS services run may be hidden from a plain list. Where the parameter that shows them is not known, none are.
func TestHiddenInstancesAreAskedFor(t *testing.T) {
	r := answers(t, map[string]any{"DescribeInstances hidden=true": refuse("UnknownParameter")})
	if len(r.Gaps) > 0 || len(celltest.Of[Instance](r)) != 1 || *celltest.One[Region](t, r, "/ec2").Instances != 1 {
		t.Errorf("gaps %v", r.Gaps)
	}
	r = answers(t, map[string]any{"DescribeInstances hidden=true": refuse("UnauthorizedOperation")})
	if len(r.Gaps) != 1 || r.Gaps[0].Outcome != evidence.Denied || len(celltest.Of[Instance](r)) > 0 {
		t.Errorf("gaps %v", r.Gaps)
	}
}

// An address is one wherever EC2 tells of it.
func TestPublicAddresses(t *testing.T) {
	association := "<association><publicIp>203.0.113.9</publicIp></association>"
	for _, c := range []struct {
		in        string
		four, six bool
	}{
		{"<ipAddress>203.0.113.9</ipAddress>", true, false},
		{"<networkInterfaceSet><item>" + association + "</item></networkInterfaceSet>", true, false},
		{"<networkInterfaceSet><item/><item><privateIpAddressesSet><item/><item>" + association + "</item></privateIpAddressesSet></item></networkInterfaceSet>", true, false},
		{"<networkInterfaceSet><item><association><carrierIp>203.0.113.9</carrierIp></association></item></networkInterfaceSet>", true, false},
		{"<networkInterfaceSet><item><ipv6AddressesSet><item><ipv6Address>2001:db8::1</ipv6Address></item></ipv6AddressesSet></item></networkInterfaceSet>", false, true},
		{"<ipv6Address>2001:db8::1</ipv6Address>", false, true},
	} {
		in := instance
		if strings.Contains(c.in, "networkInterfaceSet") {
			in = strings.Replace(in, "<networkInterfaceSet/>", "", 1)
		}
		i := celltest.One[Instance](t, answers(t, map[string]any{"DescribeInstances": reservation(in + c.in)}), "i-1")
		if *i.PublicIPv4 != c.four || *i.IPv6 != c.six {
			t.Errorf("%s: public %v, IPv6 %v", c.in, *i.PublicIPv4, *i.IPv6)
		}
	}
	// Without the interfaces an address that is there is one, and others may be.
	i := celltest.One[Instance](t, answers(t, map[string]any{"DescribeInstances": reservation(strings.Replace(instance, "<networkInterfaceSet/>", "<ipAddress>203.0.113.9</ipAddress>", 1))}), "i-1")
	if !*i.PublicIPv4 || celltest.Unknown(i, "public_ipv4") != "" || celltest.Unknown(i, "ipv6") == "" {
		t.Errorf("%+v", i)
	}
}

func TestProtocols(t *testing.T) {
	for wire, want := range map[string]struct {
		name  string
		ports bool
	}{"-1": {"all", true}, "tcp": {"tcp", true}, "6": {"tcp", true}, "udp": {"udp", true}, "17": {"udp", true}, "icmp": {"icmp", false}, "1": {"icmp", false}, "58": {"icmpv6", false}, "47": {"47", false},
		"047": {"47", false}, "quic": {"quic", true}, "256": {"256", true}} {
		if name, ports := protocolOf(wire); name != want.name || ports != want.ports {
			t.Errorf("%q is read as %q, %v", wire, name, ports)
		}
	}
	// A protocol nobody documented, without ports: whether it is about a port is not known.
	r := answers(t, map[string]any{"DescribeSecurityGroups": inbound("<ipProtocol>quic</ipProtocol>" + sources)})
	if x := celltest.One[Rule](t, r, "quic"); !x.HasPorts || x.From != nil || celltest.Unknown(x, "from_port") != "MissingMember" {
		t.Errorf("%+v", x)
	}
}

func TestEverywhere(t *testing.T) {
	for cidr, want := range map[string]bool{"0.0.0.0/0": true, "::/0": true, "0.0.0.0/1": true, "128.0.0.0/1": true, "10.0.0.0/7": true, "10.0.0.0/8": false, "203.0.113.0/24": false, "2000::/3": true, "2600::/12": true,
		"2a00::/12": true, "2001:db8::/32": false, "fc00::/7": false, "fd00::/8": false, "fe80::/10": false, "ff00::/8": false, "8000::/1": true} {
		if got, err := everywhere(cidr); err != nil || got != want {
			t.Errorf("%s: %v %v", cidr, got, err)
		}
	}
	for _, bad := range []string{"", "0.0.0.0", "0.0.0.0/33", "0.0.0.0/00", "::/129", "sg-1", "0.0.0.0/0 "} {
		if got, err := everywhere(bad); err == nil {
			t.Errorf("%q is read as %v", bad, got)
		}
	}
}

func TestPrefixLists(t *testing.T) {
	rule := func(list string) string {
		return "<item><ipProtocol>tcp</ipProtocol><fromPort>22</fromPort><toPort>22</toPort><groups/><ipRanges/><ipv6Ranges/><prefixListIds><item><prefixListId>" + list + "</prefixListId></item></prefixListIds></item>"
	}
	// Two groups name one list; it is asked for once.
	two := "<securityGroupInfo>"
	for i := range 2 {
		two += fmt.Sprintf("<item><groupId>sg-%d</groupId><groupName>g</groupName><ipPermissions>%s</ipPermissions><ipPermissionsEgress>%s</ipPermissionsEgress></item>", i, rule("pl-1"), rule("pl-2"))
	}
	two += "</securityGroupInfo>"
	listed := func(cidr string) string { return "<entrySet><item><cidr>" + cidr + "</cidr></item></entrySet>" }
	for name, c := range map[string]struct {
		odd  map[string]any
		want bool
		code string
	}{
		"narrow":                     {map[string]any{"GetManagedPrefixListEntries pl-1": listed("203.0.113.0/24")}, false, ""},
		"of nothing":                 {map[string]any{"GetManagedPrefixListEntries pl-1": "<entrySet/>"}, false, ""},
		"everywhere":                 {map[string]any{"GetManagedPrefixListEntries pl-1": listed("::/0")}, true, ""},
		"everywhere on its 2nd page": {map[string]any{"GetManagedPrefixListEntries pl-1": listed("203.0.113.0/24") + "<nextToken>n</nextToken>", "GetManagedPrefixListEntries n": listed("0.0.0.0/0")}, true, ""},
		"without its 2nd page":       {map[string]any{"GetManagedPrefixListEntries pl-1": listed("203.0.113.0/24") + "<nextToken>n</nextToken>", "GetManagedPrefixListEntries n": refuse("InvalidNextToken")}, false, "InvalidNextToken"},
		"denied":                     {map[string]any{"GetManagedPrefixListEntries pl-1": refuse("UnauthorizedOperation")}, false, "UnauthorizedOperation"},
		"not there":                  {map[string]any{"GetManagedPrefixListEntries pl-1": refuse("InvalidPrefixListID.NotFound")}, false, "InvalidPrefixListID.NotFound"},
		"unreadable":                 {map[string]any{"GetManagedPrefixListEntries pl-1": listed("the office")}, false, "UnreadableRange"},
		"without entries":            {map[string]any{"GetManagedPrefixListEntries pl-1": ""}, false, "MissingMember"},
	} {
		c.odd["DescribeSecurityGroups"] = two
		r := answers(t, c.odd)
		for _, x := range celltest.Of[Rule](r) {
			switch {
			case x.Direction == "outbound":
				if x.Everywhere != nil || len(x.Unknown) > 0 {
					t.Errorf("%s: %+v", name, x)
				}
			case c.code != "":
				if x.Everywhere != nil || celltest.Unknown(x, "everywhere") != c.code {
					t.Errorf("%s: %+v", name, x)
				}
			case x.Everywhere == nil || *x.Everywhere != c.want:
				t.Errorf("%s: %+v", name, x)
			}
		}
		if (len(r.Gaps) == 1) != (c.code != "") || len(celltest.Of[Rule](r)) != 4 {
			t.Errorf("%s: gaps %v", name, r.Gaps)
		}
	}
}

// A group that another account shares has that account in its ARN, and is one of this account's all the same; a rule may name a group of another account.
func TestSharedGroups(t *testing.T) {
	r := answers(t, map[string]any{"DescribeSecurityGroups": strings.Replace(inbound("<ipProtocol>tcp</ipProtocol><fromPort>1</fromPort><toPort>2</toPort><groups><item><userId>444455556666</userId><groupId>sg-2</groupId></item></groups><ipRanges/><ipv6Ranges/><prefixListIds/>"),
		"111122223333", "777788889999", 1)})
	if g := celltest.One[Group](t, r, "111122223333/arn:aws:ec2:eu-west-1:777788889999:security-group/sg-1"); *g.Owner != "777788889999" || *g.Inbound != 1 {
		t.Errorf("%+v", g)
	}
	if x := celltest.One[Rule](t, r, "inbound"); x.Peer != "444455556666/sg-2" {
		t.Errorf("%+v", x)
	}
}
