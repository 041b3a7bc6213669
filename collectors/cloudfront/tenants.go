package cloudfront

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
)

// tenants reads the tenants of multi-tenant distributions.
func (r *reader) tenants(ctx context.Context) error {
	seen := r.c.Once(tenantKind)
	p := cloudfront.NewListDistributionTenantsPaginator(r.cf, &cloudfront.ListDistributionTenantsInput{MaxItems: aws.Int32(pageSize)})
	return cell.Pages(ctx, p, func(err error) { r.c.Incomplete(err, tenantKind) }, func(page *cloudfront.ListDistributionTenantsOutput) error {
		for _, t := range page.DistributionTenantList {
			if aws.ToString(t.Arn) == "" {
				r.c.Half(page.ResultMetadata, listDistributionTenants, "MissingMember", "a distribution tenant was listed without its ARN", nil, nil, tenantKind)
				continue
			}
			if !seen.First(*t.Arn, page.ResultMetadata) {
				continue
			}
			if err := r.c.Emit(r.tenant(t, page.ResultMetadata)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *reader) tenant(t types.DistributionTenantSummary, md middleware.Metadata) *Tenant {
	rec := &Tenant{Meta: r.meta(*t.Arn), Name: text(t.Name), DistributionID: text(t.DistributionId), Enabled: t.Enabled}
	r.c.Read(&rec.Meta, md)
	lacks := func(what string, fields ...string) {
		r.without(&rec.Meta, md, listDistributionTenants, what, fields...)
	}
	if rec.Enabled == nil {
		lacks("Enabled", "enabled")
	}
	if rec.DistributionID == nil {
		lacks("DistributionId", "distribution_id")
	}
	if t.Domains == nil {
		lacks("Domains", "domains")
	} else {
		var domains []string
		for _, d := range t.Domains {
			domains = append(domains, aws.ToString(d.Domain))
		}
		rec.Domains = sorted(domains)
	}
	var own *types.WebAclCustomization
	if c := t.Customizations; c != nil {
		own = c.WebAcl
		if c.Certificate != nil {
			rec.Certificate = text(c.Certificate.Arn)
		}
	}
	fields := []string{"web_acl", "web_acl_kind"}
	var acl webACL
	switch {
	case own == nil:
		rec.WebACLFrom = aws.String("distribution")
		shared, known := r.acls[aws.ToString(t.DistributionId)]
		if !known {
			r.c.Half(md, listDistributionTenants, "Contradiction", "the tenant uses the web ACL of a distribution of which no web ACL could be read", &rec.Meta, fields)
			return rec
		}
		r.c.Read(&rec.Meta, shared.page)
		acl = shared
	case own.Action == types.CustomizationActionTypeDisable:
		rec.WebACLFrom = aws.String("disabled")
		acl = webACLOf("")
	case own.Action == types.CustomizationActionTypeOverride && aws.ToString(own.Arn) != "":
		rec.WebACLFrom = aws.String("tenant")
		acl = webACLOf(*own.Arn)
	default:
		lacks("what it does with the web ACL in a way that is documented", append(fields, "web_acl_from")...)
		return rec
	}
	rec.WebACL, rec.WebACLKind = acl.name, &acl.kind
	return rec
}
