package scenario

import (
	"strings"
	"time"
)

func ec2Service() service {
	lists := []string{"DescribeInstances", "DescribeNetworkAcls", "DescribeSecurityGroups", "GetManagedPrefixListEntries"}
	settings := []string{"GetEbsEncryptionByDefault", "GetImageBlockPublicAccessState", "GetInstanceMetadataDefaults", "GetSnapshotBlockPublicAccessState"}
	s := service{name: "ec2", protocol: ec2Query, namespace: "http://ec2.amazonaws.com/doc/2016-11-15/",
		operations: stored(paging{limit: "MaxResults", token: "NextToken", standard: 1000, most: 1000, badToken: "InvalidNextToken", badLimit: "InvalidParameterValue"},
			ec2Untouched(), append(lists, settings...)...),
		tokens: map[string]string{"*": "nextToken"},
		rates:  map[string]Rate{"*": {20, 100, "", false}},
	}
	for _, op := range settings {
		s.tokens[op] = ""
	}
	return s
}

// ec2Untouched is what a region answers that nobody ever set up: nothing is blocked, nothing is preferred, nothing runs.
func ec2Untouched() Answers {
	a := ec2Settings("false", "unblocked", "unblocked")
	a["DescribeInstances"] = Answer{List: "reservationSet"}
	a["DescribeNetworkAcls"] = Answer{List: "networkAclSet"}
	a["DescribeSecurityGroups"] = Answer{List: "securityGroupInfo"}
	a["GetInstanceMetadataDefaults"] = Answer{XML: []X{E("accountLevel")}}
	a["GetManagedPrefixListEntries"] = Answer{Fail: &Failure{Status: 400, Code: "InvalidPrefixListID.NotFound", Message: "The prefix list ID does not exist"}}
	return a
}

func ec2Settings(encrypted, snapshots, images string) Answers {
	return Answers{
		"GetEbsEncryptionByDefault":         {XML: []X{E("ebsEncryptionByDefault", encrypted)}},
		"GetSnapshotBlockPublicAccessState": {XML: []X{E("state", snapshots), E("managedBy", "account")}},
		"GetImageBlockPublicAccessState":    {XML: []X{E("imageBlockPublicAccessState", images), E("managedBy", "account")}},
	}
}

// A machine is an EC2 instance; SSM tells of it too where it is managed. Zero fields take what most machines have.
type machine struct {
	id, name string
	// state is running where empty.
	state    string
	windows  bool
	launched time.Time
	// public is a public IPv4 address, six an IPv6 address.
	public, six string
	// tokens is required where empty.
	tokens string
	// groups are security groups; empty means one that is made for the machine's name.
	groups   []string
	operator string
	tags     []Tag
	// node is what SSM knows of it, nil where it does not manage it.
	node *node
}

func ec2Tags(tags []Tag) X {
	var items [][]X
	for _, t := range tags {
		items = append(items, []X{E("key", t.Key), E("value", t.Value)})
	}
	return List("tagSet", "item", items...)
}

// instance is the machine as EC2 describes it.
func (m machine) instance(account, region string) X {
	state := m.state
	if state == "" {
		state = "running"
	}
	code := map[string]string{"pending": "0", "running": "16", "shutting-down": "32", "terminated": "48", "stopping": "64", "stopped": "80"}[state]
	gone := state == "terminated"
	in := []X{E("instanceId", m.id), E("imageId", "ami-"+hexID(17, "image", region)), E("instanceState", E("code", code), E("name", state)), E("privateDnsName"), E("dnsName"),
		E("keyName", "jane.doe-2023"), E("amiLaunchIndex", "0"), E("productCodes"), E("instanceType", "m7i.large"), E("launchTime", iso(m.launched)),
		E("placement", E("availabilityZone", region+"a"), E("groupName"), E("tenancy", "default")), E("monitoring", E("state", "disabled")), E("architecture", "x86_64"),
		E("rootDeviceType", "ebs"), E("rootDeviceName", "/dev/xvda"), E("blockDeviceMapping"), E("virtualizationType", "hvm"), E("clientToken", uuid("client", m.id)),
		ec2Tags(append([]Tag{{"Name", m.name}}, m.tags...)), E("hypervisor", "xen"), E("ebsOptimized", "true"), E("enaSupport", "true")}
	if m.windows {
		in = append(in, E("platform", "windows"), E("platformDetails", "Windows"), E("usageOperation", "RunInstances:0002"))
	} else {
		in = append(in, E("platformDetails", "Linux/UNIX"), E("usageOperation", "RunInstances"))
	}
	groups := X{Name: "groupSet"}
	for _, g := range m.groups {
		groups.In = append(groups.In, E("item", E("groupId", g), E("groupName", "sg-of-"+m.name)))
	}
	cards := X{Name: "networkInterfaceSet"}
	if gone {
		groups.In = nil
	} else {
		in = append(in, E("vpcId", "vpc-"+hexID(17, "vpc", account, region)), E("subnetId", "subnet-"+hexID(17, "subnet", account, region)), E("privateIpAddress", "10.20.0.17"),
			E("iamInstanceProfile", E("arn", "arn:aws:iam::"+account+":instance-profile/app"), E("id", "AIPA"+strings.ToUpper(hexID(17, "profile", account)))))
		card := E("item", E("networkInterfaceId", "eni-"+hexID(17, "card", m.id)), E("status", "in-use"), groups, E("privateIpAddress", "10.20.0.17"))
		addresses := E("item", E("privateIpAddress", "10.20.0.17"), E("primary", "true"))
		if m.public != "" {
			// Only the interface tells of an address that is not its first.
			addresses.In = append(addresses.In, E("association", E("publicIp", m.public), E("ipOwnerId", "amazon")))
		}
		card.In = append(card.In, E("privateIpAddressesSet", addresses))
		six := X{Name: "ipv6AddressesSet"}
		if m.six != "" {
			six.In = append(six.In, E("item", E("ipv6Address", m.six)))
		}
		cards.In = append(cards.In, E("item", append(card.In, six)))
	}
	tokens := m.tokens
	if tokens == "" {
		tokens = "required"
	}
	in = append(in, cards, groups, E("metadataOptions", E("state", map[bool]string{true: "pending", false: "applied"}[gone]), E("httpTokens", tokens), E("httpPutResponseHopLimit", "2"),
		E("httpEndpoint", "enabled"), E("httpProtocolIpv6", "disabled"), E("instanceMetadataTags", "disabled")))
	if m.operator != "" {
		in = append(in, E("operator", E("managed", "true"), E("principal", m.operator), E("hiddenByDefault", "true")))
	}
	return E("item", E("reservationId", "r-"+hexID(17, "reservation", m.id)), E("ownerId", account), E("groupSet"), E("instancesSet", E("item", in)))
}

// A sgRule is a permission of a security group: what is in peers says what it is by its form.
type sgRule struct {
	protocol string
	// ports is "22" or "3000-3010", empty for protocols without.
	ports string
	peers []string
}

func (r sgRule) permission(account string) X {
	x := E("item", E("ipProtocol", r.protocol))
	if r.ports != "" {
		from, to, ok := strings.Cut(r.ports, "-")
		if !ok || from == "" { // "-1" is every type of ICMP
			from, to = r.ports, r.ports
		}
		x.In = append(x.In, E("fromPort", from), E("toPort", to))
	}
	var groups, four, six, lists []X
	for _, p := range r.peers {
		switch {
		case strings.HasPrefix(p, "sg-"):
			groups = append(groups, E("item", E("userId", account), E("groupId", p)))
		case strings.HasPrefix(p, "pl-"):
			lists = append(lists, E("item", E("prefixListId", p)))
		case strings.Contains(p, ":"):
			six = append(six, E("item", E("cidrIpv6", p)))
		default:
			four = append(four, E("item", E("cidrIp", p), E("description", "for "+p)))
		}
	}
	x.In = append(x.In, E("groups", groups), E("ipRanges", four), E("ipv6Ranges", six), E("prefixListIds", lists))
	return x
}

// securityGroup is a group as EC2 describes it.
func securityGroup(account, region, name string, in, out []sgRule, tags ...Tag) X {
	id := "sg-" + hexID(17, "group", account, region, name)
	permissions := func(element string, rules []sgRule) X {
		x := X{Name: element}
		for _, r := range rules {
			x.In = append(x.In, r.permission(account))
		}
		return x
	}
	return E("item", E("ownerId", account), E("groupId", id), E("groupName", name), E("groupDescription", "the "+name+" group"), E("vpcId", "vpc-"+hexID(17, "vpc", account, region)),
		permissions("ipPermissions", in), permissions("ipPermissionsEgress", out), ec2Tags(tags), E("securityGroupArn", "arn:aws:ec2:"+region+":"+account+":security-group/"+id))
}

var everywhereOut = []sgRule{{protocol: "-1", peers: []string{"0.0.0.0/0"}}}

// An aclEntry is an entry of a network ACL: its number, its protocol by number, its ports ("22" or "1-9") and its range.
type aclEntry struct {
	number             string
	out                bool
	action, proto, net string
	ports              string
}

// networkACL is a network ACL as EC2 describes it, with AWS's own last entries.
func networkACL(account, region, name string, standard bool, entries ...aclEntry) X {
	id := "acl-" + hexID(17, "acl", account, region, name)
	set := X{Name: "entrySet"}
	for _, e := range append(entries, aclEntry{number: "32767", action: "deny", proto: "-1", net: "0.0.0.0/0"}, aclEntry{number: "32767", out: true, action: "deny", proto: "-1", net: "0.0.0.0/0"}) {
		x := E("item", E("ruleNumber", e.number), E("protocol", e.proto), E("ruleAction", e.action), E("egress", map[bool]string{true: "true", false: "false"}[e.out]))
		if strings.Contains(e.net, ":") {
			x.In = append(x.In, E("ipv6CidrBlock", e.net))
		} else {
			x.In = append(x.In, E("cidrBlock", e.net))
		}
		if e.ports != "" {
			from, to, ok := strings.Cut(e.ports, "-")
			if !ok {
				to = from
			}
			x.In = append(x.In, E("portRange", E("from", from), E("to", to)))
		}
		set.In = append(set.In, x)
	}
	return E("item", E("networkAclId", id), E("vpcId", "vpc-"+hexID(17, "vpc", account, region)), E("default", map[bool]string{true: "true", false: "false"}[standard]), set,
		E("associationSet", E("item", E("networkAclAssociationId", "aclassoc-"+hexID(17, "acl", id)), E("networkAclId", id), E("subnetId", "subnet-"+hexID(17, "subnet", account, region)))),
		E("tagSet"), E("ownerId", account))
}
