package tests_test

import (
	"testing"

	"github.com/auditseal/auditseal/collectors/ec2"
	"github.com/auditseal/auditseal/frameworks/assess"
)

// ec2Box is a running instance with nothing amiss, changed by the functions.
func ec2Box(change ...func(*ec2.Instance)) *ec2.Instance {
	i := &ec2.Instance{State: "running", Running: true, Live: true, Platform: "other", PublicIPv4: ptr(false), IPv6: ptr(false), Metadata: &ec2.Metadata{Endpoint: "enabled", Tokens: "required"}}
	for _, c := range change {
		c(i)
	}
	return i
}

// ec2Buried is an instance that was terminated: it must not decide anything.
func ec2Buried() *ec2.Instance {
	return ec2Box(func(i *ec2.Instance) {
		i.State, i.Running, i.Live, i.PublicIPv4, i.Metadata.Tokens = "terminated", false, false, ptr(true), "optional"
	})
}

// ec2Rule is an inbound rule for a range of ports that admits everywhere, changed by the functions.
func ec2Rule(protocol string, from, to int, change ...func(*ec2.Rule)) *ec2.Rule {
	r := &ec2.Rule{Direction: "inbound", Protocol: protocol, HasPorts: true, From: &from, To: &to, PeerType: "ipv4", Peer: "0.0.0.0/0", Everywhere: ptr(true)}
	for _, c := range change {
		c(r)
	}
	return r
}

func ec2Outbound(r *ec2.Rule) { r.Direction = "outbound" }
func ec2Narrow(r *ec2.Rule)   { r.Peer, r.Everywhere = "203.0.113.0/24", ptr(false) }
func ec2Portless(r *ec2.Rule) { r.HasPorts, r.From, r.To = false, nil, nil }
func ec2NoPorts(r *ec2.Rule)  { r.From, r.To = nil, nil }
func ec2Unsure(r *ec2.Rule)   { r.Everywhere = nil }

// ec2Entry is an inbound entry of a network ACL that is about everywhere.
func ec2Entry(action string, from, to int, change ...func(*ec2.Entry)) *ec2.Entry {
	e := &ec2.Entry{Subnets: ptr(1), Default: ptr(false), Direction: "inbound", Number: 100, Action: action, Protocol: "tcp", HasPorts: true, From: &from, To: &to, Range: "0.0.0.0/0", Everywhere: ptr(true)}
	for _, c := range change {
		c(e)
	}
	return e
}

func TestEC2Results(t *testing.T) {
	defaults := func(tokens *string) *ec2.Region {
		return &ec2.Region{MetadataDefaults: &ec2.MetadataDefaults{Tokens: tokens}}
	}
	snapshots := func(s string) *ec2.Region { return &ec2.Region{SnapshotBlock: &s} }
	images := func(s string) *ec2.Region { return &ec2.Region{ImageBlock: &s} }
	tokens := func(s string) func(*ec2.Instance) { return func(i *ec2.Instance) { i.Metadata.Tokens = s } }
	endpoint := func(s string) func(*ec2.Instance) { return func(i *ec2.Instance) { i.Metadata.Endpoint = s } }
	group := func(isDefault bool, in, out *int) *ec2.Group {
		return &ec2.Group{Default: isDefault, Inbound: in, Egress: out}
	}
	// What none of the tests about open ports minds, and what leaves each of them open.
	harmless := records{ec2Rule("tcp", 443, 443), ec2Rule("tcp", 22, 22, ec2Narrow), ec2Rule("all", 0, 65535, ec2Narrow), ec2Rule("all", 0, 65535, ec2Outbound), ec2Rule("icmp", 0, 0, ec2Portless), ec2Rule("50", 0, 0, ec2Portless),
		unread(ec2Rule("tcp", 443, 443, ec2Unsure), "everywhere"), unread(ec2Rule("tcp", 0, 0, ec2Narrow, ec2NoPorts), "from_port", "to_port")}
	open := records{unread(ec2Rule("tcp", 22, 22, ec2Unsure), "everywhere"), ec2Rule("tcp", 22, 22, ec2Unsure), unread(ec2Rule("tcp", 0, 0, ec2NoPorts), "from_port", "to_port"), ec2Rule("tcp", 0, 0, ec2NoPorts),
		unread(ec2Rule("", 0, 0, ec2NoPorts), "protocol", "has_ports", "from_port", "to_port"), unread(ec2Rule("tcp", 22, 22), "direction")}
	var risky records
	for _, port := range []int{20, 21, 22, 23, 25, 110, 135, 143, 445, 1433, 1434, 3000, 3306, 3389, 4333, 5000, 5432, 5500, 5601, 8080, 8088, 8888, 9200, 9300} {
		risky = append(risky, ec2Rule("tcp", port, port), ec2Rule("tcp", port-1, port+1), ec2Rule("udp", port, port))
	}
	try(t, []trial{
		{"ec2-ebs-encryption-by-default",
			records{&ec2.Region{EncryptionByDefault: ptr(true)}},
			records{&ec2.Region{EncryptionByDefault: ptr(false)}},
			records{unread(&ec2.Region{}, "ebs_encryption_by_default"), &ec2.Region{}}},
		{"ec2-snapshots-not-public",
			records{snapshots("block-all-sharing")},
			records{snapshots("block-new-sharing"), snapshots("unblocked"), snapshots("block-some-sharing"), snapshots("")},
			records{unread(&ec2.Region{}, "snapshot_block_public_access"), &ec2.Region{}}},
		{"ec2-images-not-shared-publicly",
			records{images("block-new-sharing")},
			records{images("unblocked"), images("block-all-sharing"), images("")},
			records{unread(&ec2.Region{}, "image_block_public_access"), &ec2.Region{}}},
		{"ec2-imdsv2-default",
			records{defaults(ptr("required"))},
			records{defaults(ptr("optional")), defaults(nil), defaults(ptr("required-somehow"))},
			records{unread(&ec2.Region{}, "metadata_defaults"), &ec2.Region{}}},
		{"ec2-imdsv2-required",
			records{ec2Box(), ec2Box(tokens("optional"), endpoint("disabled")), ec2Buried()},
			records{ec2Box(tokens("optional")), ec2Box(tokens("somehow")), ec2Box(tokens("optional"), endpoint("somehow"))},
			records{unread(ec2Box(func(i *ec2.Instance) { i.Metadata = nil }), "metadata"), ec2Box(func(i *ec2.Instance) { i.Metadata = nil }), unread(ec2Box(tokens("optional")), "live")}},
		{"ec2-no-public-ipv4",
			records{ec2Box(), ec2Box(func(i *ec2.Instance) { i.IPv6 = ptr(true) }), ec2Buried()},
			records{ec2Box(func(i *ec2.Instance) { i.PublicIPv4 = ptr(true) }), ec2Box(func(i *ec2.Instance) { i.State, i.Running, i.PublicIPv4 = "stopped", false, ptr(true) })},
			records{unread(ec2Box(func(i *ec2.Instance) { i.PublicIPv4 = nil }), "public_ipv4"), ec2Box(func(i *ec2.Instance) { i.PublicIPv4 = nil })}},
		{"ec2-default-security-group-closed",
			records{group(true, ptr(0), ptr(0)), group(false, ptr(9), ptr(1))},
			records{group(true, ptr(1), ptr(0)), group(true, ptr(0), ptr(1)), unread(group(true, ptr(2), nil), "outbound_rules")},
			records{unread(group(true, nil, ptr(0)), "inbound_rules"), group(true, ptr(0), nil), unread(group(false, ptr(1), ptr(1)), "default")}},
		{"ec2-no-admin-port-open",
			append(records{ec2Rule("tcp", 23, 3388), ec2Rule("tcp", 1, 21), ec2Rule("tcp", 3390, 65535)}, harmless...),
			records{ec2Rule("tcp", 22, 22), ec2Rule("tcp", 3389, 3389), ec2Rule("udp", 3389, 3389), ec2Rule("all", 0, 65535), ec2Rule("tcp", 0, 65535), ec2Rule("tcp", 20, 30), ec2Rule("tcp", 3000, 4000), ec2Rule("quic", 22, 22),
				ec2Rule("tcp", 22, 22, func(r *ec2.Rule) { r.PeerType, r.Peer = "prefix-list", "pl-1" }), ec2Rule("tcp", 22, 22, func(r *ec2.Rule) { r.PeerType, r.Peer = "ipv6", "::/0" })},
			open},
		{"ec2-acl-no-admin-port-open",
			records{ec2Entry("allow", 443, 443), ec2Entry("allow", 0, 65535, func(e *ec2.Entry) { e.Default = ptr(true) }), ec2Entry("deny", 22, 22), ec2Entry("deny", 0, 65535), ec2Entry("allow", 0, 65535, func(e *ec2.Entry) { e.Direction = "outbound" }), ec2Entry("allow", 0, 65535, func(e *ec2.Entry) { e.Subnets = ptr(0) }),
				ec2Entry("allow", 22, 22, func(e *ec2.Entry) { e.Everywhere = ptr(false) }), ec2Entry("allow", 0, 0, func(e *ec2.Entry) { e.HasPorts, e.From, e.To = false, nil, nil }),
				unread(ec2Entry("allow", 443, 443, func(e *ec2.Entry) { e.Everywhere = nil }), "everywhere")},
			records{ec2Entry("allow", 22, 22), ec2Entry("allow", 3389, 3389), ec2Entry("allow", 0, 65535), ec2Entry("allow", 20, 25), ec2Entry("somehow", 22, 22), ec2Entry("", 3000, 4000)},
			records{unread(ec2Entry("", 22, 22), "action"), unread(ec2Entry("allow", 22, 22, func(e *ec2.Entry) { e.Everywhere = nil }), "everywhere"), unread(ec2Entry("allow", 22, 22, func(e *ec2.Entry) { e.Subnets = nil }), "subnets"),
				ec2Entry("allow", 0, 0, func(e *ec2.Entry) { e.From, e.To = nil, nil }), unread(ec2Entry("allow", 22, 22, func(e *ec2.Entry) { e.Default = nil }), "default"), ec2Entry("allow", 22, 22, func(e *ec2.Entry) { e.Default = nil })}},
		{"ec2-no-high-risk-port-open",
			append(records{ec2Rule("tcp", 80, 80), ec2Rule("tcp", 24, 24), ec2Rule("tcp", 26, 109), ec2Rule("tcp", 1435, 2999), ec2Rule("tcp", 9301, 65535), ec2Rule("tcp", 8889, 9199), ec2Rule("tcp", 0, 19)}, harmless...),
			append(records{ec2Rule("all", 0, 65535)}, risky...),
			open},
		{"ec2-only-web-ports-open",
			append(records{ec2Rule("tcp", 80, 80)}, harmless...),
			records{ec2Rule("tcp", 80, 443), ec2Rule("udp", 443, 443), ec2Rule("tcp", 8443, 8443), ec2Rule("all", 0, 65535), ec2Rule("tcp", 442, 443), ec2Rule("tcp", 443, 444), ec2Rule("tcp", 79, 80), ec2Rule("tcp", 80, 81), ec2Rule("quic", 443, 443)},
			open[:4]},
	})
}

// Rules that let out say nothing about what comes in, and machines that are gone nothing about those that are there.
func TestEC2OtherRecordsDecideNothing(t *testing.T) {
	for _, id := range []string{"ec2-no-admin-port-open", "ec2-no-high-risk-port-open", "ec2-only-web-ports-open"} {
		want(t, perform(t, id, nil, ec2Rule("all", 0, 65535, ec2Outbound)), assess.NotApplicable)
	}
	want(t, perform(t, "ec2-imdsv2-required", nil, ec2Buried()), assess.NotApplicable)
	want(t, perform(t, "ec2-default-security-group-closed", nil, &ec2.Group{Inbound: ptr(1), Egress: ptr(1)}), assess.NotApplicable)
}
