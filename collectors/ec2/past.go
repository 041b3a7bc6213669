package ec2

import (
	"maps"
	"slices"
	"strings"

	"github.com/auditseal/auditseal/collectors/configitem"
)

// Past lists what configuration items tell of the kinds of this package.
//
// AWS::EC2::Instance carries what DescribeInstances answers, spelt with small letters, with the metadata options and every network interface.
// AWS::EC2::SecurityGroup carries the permissions both ways: ipv4Ranges and, with the same ranges as bare text, ipRanges, ipv6Ranges,
// prefixListIds and userIdGroupPairs; what a prefix list holds is in no item of the group. Both are by AWS's schema of the types
// (https://github.com/awslabs/aws-config-resource-schema). An item is one group and not its rules, so that the past of ec2.security_group_rule, and
// that of ec2.network_acl_rule, is not told.
func Past() []configitem.Reader {
	return []configitem.Reader{
		configitem.For("AWS::EC2::Instance", false, func(it *configitem.Item) string {
			return it.Amazon("ec2", it.Region, it.Account, "instance/"+it.ResourceID)
		}, pastInstance),
		configitem.For("AWS::EC2::SecurityGroup", false, func(it *configitem.Item) string {
			return it.Amazon("ec2", it.Region, it.Account, "security-group/"+it.ResourceID)
		}, pastGroup),
	}
}

func pastOptional(r *configitem.Reading, o configitem.Object, member, field string, to **string) {
	if v, ok := r.Text(o, member); ok {
		*to = &v
		r.Tell(field)
	}
}

func pastInstance(it *configitem.Item) (*Instance, []string, error) {
	var r configitem.Reading
	c := r.Configuration(it)
	i := &Instance{Platform: "other", Tags: it.Tags, SecurityGroups: []string{}}
	id, ok := r.Text(c, "instanceId")
	if !ok {
		// Without its id nothing says that this is an instance at all, and what EC2 leaves out says something only of one that is.
		r.Fail("the item of %q names no instance", it.ResourceID)
		return i, nil, r.Err
	}
	if id != it.ResourceID {
		r.Fail("the item of %q is of the instance %q", it.ResourceID, id)
	}
	i.InstanceID = id
	r.Tell("instance_id")
	if state, ok := r.Object(c, "state"); ok {
		if name, ok := r.Text(state, "name"); ok {
			i.State, i.Running, i.Live = name, name == "running", name != "shutting-down" && name != "terminated"
			r.Tell("state", "running", "live")
		}
	}
	if t, ok := r.Time(c, "launchTime"); ok {
		i.Launched = &t
		r.Tell("launched")
	}
	pastOptional(&r, c, "instanceType", "instance_type", &i.Type)
	pastOptional(&r, c, "imageId", "image", &i.Image)
	pastOptional(&r, c, "vpcId", "vpc", &i.VPC)
	pastOptional(&r, c, "subnetId", "subnet", &i.Subnet)
	pastOptional(&r, c, "instanceLifecycle", "lifecycle", &i.Lifecycle)
	pastOptional(&r, c, "platformDetails", "platform_details", &i.PlatformDetail)
	if v, ok := r.Text(c, "platform"); ok {
		i.Platform = strings.ToLower(v)
		r.Tell("platform")
	}
	if p, ok := r.Object(c, "iamInstanceProfile"); ok {
		pastOptional(&r, p, "arn", "instance_profile", &i.Profile)
	}
	if m, ok := r.Object(c, "metadataOptions"); ok {
		i.Metadata = &Metadata{}
		if v, ok := r.Text(m, "httpEndpoint"); ok {
			i.Metadata.Endpoint = v
			r.Tell("metadata.http_endpoint")
		}
		if v, ok := r.Text(m, "httpTokens"); ok {
			i.Metadata.Tokens = v
			r.Tell("metadata.http_tokens")
		}
		if n, ok := r.Int(m, "httpPutResponseHopLimit"); ok {
			i.Metadata.HopLimit = &n
			r.Tell("metadata.hop_limit")
		}
		pastOptional(&r, m, "state", "metadata.state", &i.Metadata.State)
	}
	i.pastNetwork(&r, c)
	if it.Tags != nil {
		r.Tell("tags")
	}
	return i, r.Told, r.Err
}

// pastNetwork reads addresses and groups, as network does: an address that is there is one, and that there is none takes every interface.
func (i *Instance) pastNetwork(r *configitem.Reading, c configitem.Object) {
	_, public := r.Text(c, "publicIpAddress")
	_, six := r.Text(c, "ipv6Address")
	interfaces, whole := r.Objects(c, "networkInterfaces")
	groups := map[string]bool{}
	grouped := whole
	add := func(o configitem.Object, member string) {
		all, ok := r.Objects(o, member)
		grouped = grouped && ok
		for _, g := range all {
			id, named := r.Text(g, "groupId")
			if grouped = grouped && named; named {
				groups[id] = true
			}
		}
	}
	add(c, "securityGroups")
	associated := func(o configitem.Object) bool {
		a, _ := r.Object(o, "association")
		_, ip := r.Text(a, "publicIp")
		_, carrier := r.Text(a, "carrierIp")
		return ip || carrier
	}
	allSix, allFour := whole, whole
	for _, n := range interfaces {
		add(n, "groups")
		public = public || associated(n)
		addresses, ok := r.Objects(n, "ipv6Addresses")
		six, allSix = six || len(addresses) > 0, allSix && ok
		private, ok := r.Objects(n, "privateIpAddresses")
		allFour = allFour && ok
		for _, a := range private {
			public = public || associated(a)
		}
	}
	if public || allFour {
		i.PublicIPv4 = &public
		r.Tell("public_ipv4")
	}
	if six { // addresses of a delegated prefix are not in the schema, so that there may be one all the same
		i.IPv6 = &six
		r.Tell("ipv6")
	}
	if grouped {
		i.SecurityGroups = slices.Sorted(maps.Keys(groups))
		if i.SecurityGroups == nil {
			i.SecurityGroups = []string{}
		}
		r.Tell("security_groups")
	}
}

func pastGroup(it *configitem.Item) (*Group, []string, error) {
	var r configitem.Reading
	c := r.Configuration(it)
	g := &Group{Tags: it.Tags}
	if id, ok := r.Text(c, "groupId"); ok {
		if id != it.ResourceID {
			r.Fail("the item of %q is of the group %q", it.ResourceID, id)
		}
		g.GroupID = id
		r.Tell("group_id")
	}
	if name, ok := r.Text(c, "groupName"); ok {
		g.Name, g.Default = name, name == "default"
		r.Tell("name", "default")
	}
	pastOptional(&r, c, "vpcId", "vpc", &g.VPC)
	pastOptional(&r, c, "ownerId", "owner", &g.Owner)
	inbound, open, known := pastRules(&r, c, "ipPermissions")
	if g.Inbound = inbound; inbound != nil {
		r.Tell("inbound_rules")
	}
	if open || known {
		g.Admin = &open
		r.Tell("admin_ports_open")
	}
	if g.Egress, _, _ = pastRules(&r, c, "ipPermissionsEgress"); g.Egress != nil {
		r.Tell("outbound_rules")
	}
	if it.Tags != nil {
		r.Tell("tags")
	}
	return g, r.Told, r.Err
}

// pastRules counts the rules of one direction, one for each source; nil where a list of sources is missing. It says whether one opens an admin
// port to everywhere, and whether it is known that none does.
func pastRules(r *configitem.Reading, c configitem.Object, member string) (count *int, open, known bool) {
	all, ok := r.Objects(c, member)
	if !ok {
		return nil, false, false
	}
	n, whole := 0, true
	known = true
	for _, p := range all {
		rule := &Rule{}
		protocol, said := r.Text(p, "ipProtocol")
		rule.Protocol, rule.HasPorts = protocolOf(protocol)
		if from, ok := r.Int(p, "fromPort"); ok {
			rule.From = &from
		}
		if to, ok := r.Int(p, "toPort"); ok {
			rule.To = &to
		}
		if rule.Protocol == "all" {
			rule.From, rule.To = ptr(0), ptr(65535)
		} else if rule.From != nil && rule.To != nil && (*rule.From < 0 || *rule.To < *rule.From) {
			rule.From, rule.To = nil, nil
		}
		before := n
		weigh := func(wide *bool) {
			n++
			rule.Everywhere = wide
			opens, sure := rule.opensAdmin()
			open, known = open || opens, known && sure && said
		}
		ranges, four := pastRanges(r, p)
		six, hasSix := r.Objects(p, "ipv6Ranges")
		for _, x := range six {
			v, _ := r.Text(x, "cidrIpv6")
			ranges = append(ranges, v)
		}
		for _, cidr := range ranges {
			wide, err := everywhere(cidr)
			if err != nil {
				r.Fail("%s holds %q, which is no range of addresses", member, cidr)
				return nil, false, false
			}
			weigh(&wide)
		}
		lists, hasLists := r.Objects(p, "prefixListIds")
		for range lists {
			weigh(nil) // what it holds is not in the item
		}
		pairs, hasPairs := r.Objects(p, "userIdGroupPairs")
		for range pairs {
			weigh(ptr(false))
		}
		if !four || !hasSix || !hasLists || !hasPairs || n == before {
			whole = false
		}
	}
	if !whole {
		return nil, open, false
	}
	return &n, open, known
}

// pastRanges reads the IPv4 ranges, which stand there as objects and, once more, as text: items from before the objects have the text alone. Where
// both stand there they say the same.
func pastRanges(r *configitem.Reading, p configitem.Object) ([]string, bool) {
	var out []string
	objects, ok := r.Objects(p, "ipv4Ranges")
	for _, x := range objects {
		v, _ := r.Text(x, "cidrIp")
		out = append(out, v)
	}
	texts, older := r.Texts(p, "ipRanges")
	if ok && older && !slices.Equal(slices.Sorted(slices.Values(out)), slices.Sorted(slices.Values(texts))) {
		r.Fail("ipv4Ranges and ipRanges contradict each other")
	}
	if !ok {
		out = texts
	}
	return out, ok || older
}
