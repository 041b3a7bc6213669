package ec2

import (
	"context"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// acls emits every entry of every network ACL.
func (r *reader) acls(ctx context.Context) error {
	seen := r.c.Once(entryKind)
	p := ec2.NewDescribeNetworkAclsPaginator(r.ec2, &ec2.DescribeNetworkAclsInput{MaxResults: aws.Int32(pageSize)})
	return cell.Pages(ctx, p, func(err error) { r.c.Incomplete(err, entryKind) }, func(page *ec2.DescribeNetworkAclsOutput) error {
		md, odd := page.ResultMetadata, ""
		for _, acl := range page.NetworkAcls {
			id := aws.ToString(acl.NetworkAclId)
			if id == "" || acl.Entries == nil {
				odd = "a network ACL without its id or entries"
				continue
			}
			if !seen.First(id, md) {
				continue
			}
			for _, x := range acl.Entries {
				if x.Egress == nil || x.RuleNumber == nil {
					odd = "an entry of a network ACL without its direction or number"
					continue
				}
				if err := r.c.Emit(r.entry(id, acl, x, md)); err != nil {
					return err
				}
			}
		}
		if odd != "" {
			r.c.Half(md, describeNetworkACLs, "MissingMember", "AWS listed "+odd, nil, nil, entryKind)
		}
		return nil
	})
}

func (r *reader) entry(id string, acl types.NetworkAcl, x types.NetworkAclEntry, md middleware.Metadata) *Entry {
	direction := "inbound"
	if *x.Egress {
		direction = "outbound"
	}
	protocol, hasPorts := protocolOf(aws.ToString(x.Protocol))
	e := &Entry{ACL: id, VPC: acl.VpcId, Default: acl.IsDefault, Direction: direction, Number: int(*x.RuleNumber), Action: string(x.RuleAction), Protocol: protocol, HasPorts: hasPorts}
	e.Meta = r.c.Meta(r.arn(r.c.Account, "network-acl/"+id) + "/" + direction + "/" + strconv.Itoa(e.Number))
	r.c.Read(&e.Meta, md)
	lacks := func(what string, fields ...string) {
		r.without(&e.Meta, md, describeNetworkACLs, what+" of an entry", fields...)
	}
	if acl.Associations == nil {
		lacks("the subnets", "subnets")
	} else {
		e.Subnets = ptr(len(acl.Associations))
	}
	if acl.IsDefault == nil {
		lacks("whether the ACL is the default", "default")
	}
	if e.Action == "" {
		lacks("the action", "action")
	}
	var from, to *int32
	if x.PortRange != nil {
		from, to = x.PortRange.From, x.PortRange.To
	}
	e.From, e.To = r.ports(protocol, hasPorts, from, to, lacks)
	if e.Range = aws.ToString(x.CidrBlock); e.Range == "" {
		e.Range = aws.ToString(x.Ipv6CidrBlock)
	}
	e.Everywhere = r.wide(&e.Meta, md, describeNetworkACLs, e.Range)
	return e
}

// ports reads the ports of a rule: all of them for any protocol, none for a protocol without.
func (r *reader) ports(protocol string, hasPorts bool, from, to *int32, lacks func(string, ...string)) (first, last *int) {
	switch {
	case protocol == "":
		lacks("the protocol", "protocol", "has_ports", "from_port", "to_port")
	case protocol == "all":
		return ptr(0), ptr(65535)
	case !hasPorts:
	case from == nil || to == nil || *from < 0 || *to < *from:
		lacks("a range of ports", "from_port", "to_port")
	default:
		return number(from), number(to)
	}
	return nil, nil
}

// wide says whether a range of addresses is everywhere; nil where it can't be read, and the field everywhere is unknown.
func (r *reader) wide(m *evidence.Meta, md middleware.Metadata, op evidence.Operation, cidr string) *bool {
	wide, err := everywhere(cidr)
	if err != nil {
		r.c.Half(md, op, "UnreadableRange", "a rule is about a range of addresses that cannot be read", m, []string{"everywhere"})
		return nil
	}
	return &wide
}
