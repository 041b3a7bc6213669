package shield

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/shield"
	"github.com/aws/aws-sdk-go-v2/service/shield/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
)

// protections emits the protected resources and counts them.
func (r *reader) protections(ctx context.Context) error {
	seen := r.c.Once(protectionKind)
	whole := true
	p := shield.NewListProtectionsPaginator(r.api, &shield.ListProtectionsInput{MaxResults: aws.Int32(page)})
	failed := func(err error) {
		if whole {
			r.rec.UnknownBy(r.fail(err, protectionKind), "protections")
		} else {
			r.fail(err, protectionKind)
		}
		whole = false
	}
	err := cell.Pages(ctx, p, failed, func(out *shield.ListProtectionsOutput) error {
		r.c.Read(&r.rec.Meta, out.ResultMetadata)
		for _, x := range out.Protections {
			id := aws.ToString(x.Id)
			if id == "" {
				if whole {
					r.rec.UnknownBy(r.c.Half(out.ResultMetadata, listProtections, "MissingMember", "a protection was listed without its id", nil, nil, protectionKind), "protections")
				}
				whole = false
				continue
			}
			if !seen.First(id, out.ResultMetadata) {
				continue
			}
			if err := r.c.Emit(r.protection(id, x, out.ResultMetadata)); err != nil {
				return err
			}
		}
		return nil
	})
	if whole {
		r.rec.Protections = new(seen.Len())
	}
	return err
}

func (r *reader) protection(id string, x types.Protection, md middleware.Metadata) *Protection {
	rec := &Protection{Meta: r.meta(aws.ToString(x.ProtectionArn)), Protection: id, Name: cell.Text(aws.ToString(x.Name)), Resource: aws.ToString(x.ResourceArn), ResourceType: resourceType(aws.ToString(x.ResourceArn))}
	if rec.ID == "" {
		rec.ID = r.arn("protection/" + id)
	}
	r.c.Read(&rec.Meta, md)
	if rec.Resource == "" {
		rec.ResourceType = ""
		r.lacks(md, listProtections, "the resource of a protection", &rec.Meta, "resource", "resource_type")
	}
	if x.HealthCheckIds == nil {
		r.lacks(md, listProtections, "the health checks of a protection", &rec.Meta, "health_checks")
	} else {
		rec.HealthChecks = cell.List(x.HealthCheckIds)
	}
	c := x.ApplicationLayerAutomaticResponseConfiguration
	if c == nil {
		return rec
	}
	rec.AutomaticResponse = cell.Text(c.Status)
	if c.Status == "" {
		r.lacks(md, listProtections, "the status of the automatic response of a protection", &rec.Meta, "automatic_response")
	}
	switch {
	case c.Action == nil || (c.Action.Block == nil) == (c.Action.Count == nil): // AWS gives exactly one of the two
		r.lacks(md, listProtections, "the action of the automatic response of a protection", &rec.Meta, "automatic_action")
	case c.Action.Block != nil:
		rec.AutomaticAction = new("BLOCK")
	default:
		rec.AutomaticAction = new("COUNT")
	}
	return rec
}

// resourceType tells from the ARN what a protection is for: AWS does not say it.
func resourceType(s string) string {
	a, err := arn.Parse(s)
	if err != nil {
		return "OTHER"
	}
	for _, t := range []struct {
		service, resource string
		is                types.ProtectedResourceType
	}{
		{"cloudfront", "distribution/", types.ProtectedResourceTypeCloudfrontDistribution},
		{"route53", "hostedzone/", types.ProtectedResourceTypeRoute53HostedZone},
		{"ec2", "eip-allocation/", types.ProtectedResourceTypeElasticIpAllocation},
		{"elasticloadbalancing", "loadbalancer/app/", types.ProtectedResourceTypeApplicationLoadBalancer},
		{"globalaccelerator", "accelerator/", types.ProtectedResourceTypeGlobalAccelerator},
	} {
		if a.Service == t.service && strings.HasPrefix(a.Resource, t.resource) {
			return string(t.is)
		}
	}
	// A classic load balancer has its bare name behind the word; network and gateway load balancers have their kind there.
	if name, ok := strings.CutPrefix(a.Resource, "loadbalancer/"); ok && a.Service == "elasticloadbalancing" && !strings.Contains(name, "/") {
		return string(types.ProtectedResourceTypeClassicLoadBalancer)
	}
	return "OTHER"
}

// arn makes the ARN of a thing of Shield, which is of no region.
func (r *reader) arn(rest string) string {
	return "arn:" + r.c.Partition + ":shield::" + r.c.Account + ":" + rest
}

// groups emits the protection groups.
func (r *reader) groups(ctx context.Context) error {
	seen := r.c.Once(groupKind)
	p := shield.NewListProtectionGroupsPaginator(r.api, &shield.ListProtectionGroupsInput{MaxResults: aws.Int32(page)})
	return cell.Pages(ctx, p, func(err error) { r.fail(err, groupKind) }, func(out *shield.ListProtectionGroupsOutput) error {
		for _, x := range out.ProtectionGroups {
			id := aws.ToString(x.ProtectionGroupId)
			if id == "" {
				r.c.Half(out.ResultMetadata, listGroups, "MissingMember", "a protection group was listed without its id", nil, nil, groupKind)
				continue
			}
			if !seen.First(id, out.ResultMetadata) {
				continue
			}
			g := &Group{Meta: r.meta(aws.ToString(x.ProtectionGroupArn)), Group: id, Pattern: string(x.Pattern), Aggregation: string(x.Aggregation), ResourceType: cell.Text(x.ResourceType)}
			if g.ID == "" {
				g.ID = r.arn("protection-group/" + id)
			}
			r.c.Read(&g.Meta, out.ResultMetadata)
			if x.Members != nil {
				g.Members = cell.List(x.Members)
			} else {
				r.lacks(out.ResultMetadata, listGroups, "the members of a group", &g.Meta, "members")
			}
			for _, f := range [][2]string{{"pattern", g.Pattern}, {"aggregation", g.Aggregation}} {
				if f[1] == "" {
					r.lacks(out.ResultMetadata, listGroups, "what "+f[0]+" is read from", &g.Meta, f[0])
				}
			}
			if err := r.c.Emit(g); err != nil {
				return err
			}
		}
		return nil
	})
}
