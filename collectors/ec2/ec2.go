// Package ec2 reads Amazon EC2: every instance, the settings that hold for a whole region, and security groups and network ACLs with their
// rules.
//
// It owns the list of instances. What compares another service's list with it (ssm.coverage) derives from these records and does not
// ask again. It does not read volumes, images, snapshots, user data, keys or anything on a machine.
package ec2

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// Collector reads EC2 in one account and region.
type Collector struct{}

func (Collector) Name() string { return "ec2" }
func (Collector) Doc() string {
	return "EC2 instances; what a region does by default about encryption, public sharing and instance metadata; security groups and network ACLs with their rules."
}
func (Collector) Reach() evidence.Reach { return evidence.EveryRegion }

const (
	regionKind   = "ec2.region"
	instanceKind = "ec2.instance"
	entryKind    = "ec2.network_acl_rule"
	groupKind    = "ec2.security_group"
	ruleKind     = "ec2.security_group_rule"
)

func (Collector) Kinds() []evidence.Kind {
	return []evidence.Kind{
		evidence.KindOf[Instance]("Every EC2 instance of the account and region in every state, those that AWS services run for the account included. One that was terminated is listed for about an hour longer."),
		evidence.KindOf[Entry]("Every entry of every network ACL of the region."),
		evidence.KindOf[Region]("One record for each account and region: what EC2 does there by default."),
		evidence.KindOf[Group]("Every security group of the region, the default group of each VPC included."),
		evidence.KindOf[Rule]("Every rule of every security group, one for each source or destination."),
	}
}

// operation is one of EC2's reads. AWS counts each by itself; those that list are asked in pages, which has the larger bucket.
func operation(name, member string) evidence.Operation {
	return evidence.Operation{Service: "ec2", API: ec2.ServiceID, Name: name, Action: "ec2:" + name, Member: member, Rate: 20, Burst: 100,
		RateSource: "https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html"}
}

func lists(op evidence.Operation, kind string, page int) evidence.Operation {
	op.Lists, op.Page = kind, page
	return op
}

var (
	describeInstances           = named(lists(operation("DescribeInstances", "Reservations"), instanceKind, pageSize))
	describeNetworkACLs         = lists(operation("DescribeNetworkAcls", "NetworkAcls"), entryKind, pageSize)
	describeSecurityGroups      = lists(operation("DescribeSecurityGroups", "SecurityGroups"), groupKind, pageSize)
	getEbsEncryptionByDefault   = operation("GetEbsEncryptionByDefault", "EbsEncryptionByDefault")
	getImageBlockPublicAccess   = operation("GetImageBlockPublicAccessState", "ImageBlockPublicAccessState")
	getInstanceMetadataDefaults = operation("GetInstanceMetadataDefaults", "AccountLevel")
	getManagedPrefixListEntries = operation("GetManagedPrefixListEntries", "Entries")
	getSnapshotBlock            = looked(operation("GetSnapshotBlockPublicAccessState", ""), "State is a plain text in the SDK: whether it is empty is looked at where it is read")
)

// pageSize is the most that a page of instances or groups holds.
const pageSize = 1000

// named marks the name of the key pair, which often is a person's.
func named(op evidence.Operation) evidence.Operation {
	op.Identity = []string{"keyName"}
	return op
}

func looked(op evidence.Operation, why string) evidence.Operation {
	op.MayLack = why
	return op
}

func (Collector) Operations() []evidence.Operation {
	return []evidence.Operation{describeInstances, describeNetworkACLs, describeSecurityGroups, getEbsEncryptionByDefault, getImageBlockPublicAccess,
		getInstanceMetadataDefaults, getManagedPrefixListEntries, getSnapshotBlock}
}

// reader is one cell at work.
type reader struct {
	c      *cell.Cell
	ec2    *ec2.Client
	region *Region
	// lists are the prefix lists that rules have named so far, by id.
	lists map[string]prefixList
}

// Collect reads the instances, then the settings, then security groups and network ACLs.
func (Collector) Collect(ctx context.Context, c *cell.Cell) error {
	r := &reader{c: c, ec2: ec2.NewFromConfig(c.Config), region: &Region{Meta: c.Meta(c.Account + "/" + c.Region + "/ec2")}, lists: map[string]prefixList{}}
	if err := r.instances(ctx); err != nil {
		return err
	}
	if err := r.settings(ctx); err != nil {
		return err
	}
	if err := r.groups(ctx); err != nil {
		return err
	}
	return r.acls(ctx)
}

// arn makes the ARN of a thing of EC2's.
func (r *reader) arn(owner, rest string) string {
	return "arn:" + r.c.Partition + ":ec2:" + r.c.Region + ":" + owner + ":" + rest
}

// without notes that AWS left out what the fields are read from.
func (r *reader) without(m *evidence.Meta, md middleware.Metadata, op evidence.Operation, what string, fields ...string) {
	r.c.Half(md, op, "MissingMember", "AWS answered "+op.Name+" without "+what, m, fields)
}

// tagsOf reads tags. AWS leaves the element out where there are none.
func tagsOf(tags []types.Tag) map[string]string {
	out := map[string]string{}
	for _, t := range tags {
		out[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return out
}

func number(n *int32) *int {
	if n == nil {
		return nil
	}
	i := int(*n)
	return &i
}

func ptr[T any](v T) *T { return &v }
