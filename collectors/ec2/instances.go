package ec2

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/tape"
)

// instances emits every instance, and counts them where the list is whole. It asks for the instances that AWS services run as well:
// an account can hide them from a plain list.
func (r *reader) instances(ctx context.Context) error {
	// A partition that does not know of hidden instances yet does not know the parameter either, and hides none.
	broken, err := r.listInstances(ctx, aws.Bool(true))
	if err == nil && tape.Code(broken) == "UnknownParameter" {
		r.c.Known(&r.region.Meta, broken)
		broken, err = r.listInstances(ctx, nil)
	}
	if broken != nil {
		r.region.Meta.UnknownBy(r.c.Incomplete(broken, instanceKind), "instances")
	}
	return err
}

// listInstances follows the list. broken is why it ends early.
func (r *reader) listInstances(ctx context.Context, hidden *bool) (broken, err error) {
	seen, whole := r.c.Once(instanceKind), true
	p := ec2.NewDescribeInstancesPaginator(r.ec2, &ec2.DescribeInstancesInput{MaxResults: aws.Int32(pageSize), IncludeManagedResources: hidden})
	err = cell.Pages(ctx, p, func(e error) { broken = e }, func(page *ec2.DescribeInstancesOutput) error {
		r.c.Read(&r.region.Meta, page.ResultMetadata)
		odd := ""
		for _, reservation := range page.Reservations {
			if reservation.Instances == nil {
				odd = "a reservation without its instances"
			}
			for _, x := range reservation.Instances {
				id := aws.ToString(x.InstanceId)
				if id == "" {
					odd = "an instance without its id"
					continue
				}
				if !seen.First(id, page.ResultMetadata) {
					odd = "an instance that it had listed before"
					continue
				}
				if err := r.c.Emit(r.instance(x, page.ResultMetadata)); err != nil {
					return err
				}
			}
		}
		if odd != "" {
			whole = false
			r.c.Half(page.ResultMetadata, describeInstances, "UnreliableList", "AWS listed "+odd, &r.region.Meta, []string{"instances"}, instanceKind)
		}
		return nil
	})
	if broken == nil && whole && err == nil {
		r.region.Instances = ptr(seen.Len())
	}
	return broken, err
}

func (r *reader) instance(x types.Instance, md middleware.Metadata) *Instance {
	id := *x.InstanceId
	i := &Instance{Meta: r.c.Meta(r.arn(r.c.Account, "instance/"+id)), InstanceID: id, Launched: cell.UTC(x.LaunchTime), Type: cell.Text(x.InstanceType), Image: x.ImageId,
		Platform: "other", PlatformDetail: x.PlatformDetails, Lifecycle: cell.Text(x.InstanceLifecycle), VPC: x.VpcId, Subnet: x.SubnetId, Tags: tagsOf(x.Tags)}
	r.c.Read(&i.Meta, md)
	lacks := func(what string, fields ...string) {
		r.without(&i.Meta, md, describeInstances, what+" of an instance", fields...)
	}
	if x.Platform != "" {
		i.Platform = strings.ToLower(string(x.Platform)) // the SDK spells it Windows, the service windows
	}
	if p := x.IamInstanceProfile; p != nil {
		i.Profile = p.Arn
	}
	if o := x.Operator; o != nil && aws.ToBool(o.Managed) {
		i.Operator = cell.Text(aws.ToString(o.Principal))
		if i.Operator == nil {
			lacks("the operator", "operator")
		}
	}
	if x.State == nil || x.State.Name == "" {
		lacks("the state", "state", "running", "live")
	} else {
		i.State = string(x.State.Name)
		i.Running = x.State.Name == types.InstanceStateNameRunning
		i.Live = x.State.Name != types.InstanceStateNameShuttingDown && x.State.Name != types.InstanceStateNameTerminated
	}
	if m := x.MetadataOptions; m == nil || m.HttpTokens == "" || m.HttpEndpoint == "" {
		lacks("the metadata options", "metadata")
	} else {
		i.Metadata = &Metadata{Endpoint: string(m.HttpEndpoint), Tokens: string(m.HttpTokens), HopLimit: number(m.HttpPutResponseHopLimit), State: cell.Text(m.State)}
	}
	r.network(i, x, lacks)
	return i
}

// network reads addresses and groups. EC2 gives them of the instance, which speaks of its first interface, and of each interface; a
// public address is one wherever it stands. An instance that is gone has neither.
func (r *reader) network(i *Instance, x types.Instance, lacks func(string, ...string)) {
	public, six := aws.ToString(x.PublicIpAddress) != "", aws.ToString(x.Ipv6Address) != ""
	groups := map[string]bool{}
	add := func(all []types.GroupIdentifier) {
		for _, g := range all {
			groups[aws.ToString(g.GroupId)] = true
		}
	}
	add(x.SecurityGroups)
	associated := func(a *types.InstanceNetworkInterfaceAssociation) bool {
		return a != nil && (aws.ToString(a.PublicIp) != "" || aws.ToString(a.CarrierIp) != "")
	}
	for _, n := range x.NetworkInterfaces {
		add(n.Groups)
		public = public || associated(n.Association)
		six = six || len(n.Ipv6Addresses) > 0 || len(n.Ipv6Prefixes) > 0
		for _, a := range n.PrivateIpAddresses {
			public = public || associated(a.Association)
		}
	}
	delete(groups, "")
	i.SecurityGroups = []string{}
	for g := range groups {
		i.SecurityGroups = append(i.SecurityGroups, g)
	}
	slices.Sort(i.SecurityGroups)
	if x.NetworkInterfaces != nil {
		i.PublicIPv4, i.IPv6 = &public, &six
		return
	}
	// Without its interfaces an address that was seen is one, and one that was not may be there. Groups are not told whole either.
	fields := []string{"security_groups"}
	i.SecurityGroups = nil
	if i.PublicIPv4 = yes(public); !public {
		fields = append(fields, "public_ipv4")
	}
	if i.IPv6 = yes(six); !six {
		fields = append(fields, "ipv6")
	}
	lacks("the network interfaces", fields...)
}

func yes(b bool) *bool {
	if !b {
		return nil
	}
	return &b
}
