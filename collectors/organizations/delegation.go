package organizations

import (
	"cmp"
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/policy"
	"github.com/auditseal/auditseal/collectors/tape"
)

// administrators reads the delegated administrators and what each of them administers.
func (r *reader) administrators(ctx context.Context) error {
	var all []*DelegatedAdministrator
	seen := r.c.Once(administratorKind)
	p := organizations.NewListDelegatedAdministratorsPaginator(r.api, &organizations.ListDelegatedAdministratorsInput{MaxResults: aws.Int32(pageSize)})
	err := cell.Pages(ctx, p, func(err error) { r.c.Incomplete(err, administratorKind) }, func(page *organizations.ListDelegatedAdministratorsOutput) error {
		for _, x := range page.DelegatedAdministrators {
			if aws.ToString(x.Id) == "" {
				r.half(page.ResultMetadata, listAdministrators, "MissingMember", "a delegated administrator was listed without its account", nil, nil, administratorKind)
				continue
			}
			if seen.First(*x.Id, page.ResultMetadata) {
				all = append(all, r.administrator(x, page.ResultMetadata))
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return cell.Ordered(ctx, slices.Values(all), r.services, func(a *DelegatedAdministrator) error { return r.c.Emit(a) })
}

func (r *reader) administrator(x types.DelegatedAdministrator, md middleware.Metadata) *DelegatedAdministrator {
	a := &DelegatedAdministrator{Meta: r.meta(cmp.Or(aws.ToString(x.Arn), r.arn("account/"+*r.org.Id+"/"+*x.Id))), AccountID: *x.Id, Name: cell.Text(aws.ToString(x.Name)),
		State: cmp.Or(string(x.State), string(x.Status)), Since: cell.UTC(x.DelegationEnabledDate), InScope: r.in(*x.Id)}
	r.c.Read(&a.Meta, md)
	if a.State == "" {
		r.half(md, listAdministrators, "MissingMember", "the delegated administrator was listed without State or Status", &a.Meta, []string{"state"})
	}
	return a
}

// services reads what an administrator administers.
func (r *reader) services(ctx context.Context, a *DelegatedAdministrator) *DelegatedAdministrator {
	fields := []string{"services"}
	whole := true
	services := []string{}
	p := organizations.NewListDelegatedServicesForAccountPaginator(r.api, &organizations.ListDelegatedServicesForAccountInput{AccountId: &a.AccountID, MaxResults: aws.Int32(pageSize)})
	cell.Pages(ctx, p, func(err error) {
		whole = false
		r.c.Unknown(&a.Meta, err, fields...)
	}, func(page *organizations.ListDelegatedServicesForAccountOutput) error {
		r.c.Read(&a.Meta, page.ResultMetadata)
		for _, x := range page.DelegatedServices {
			switch name := aws.ToString(x.ServicePrincipal); {
			case name == "":
				whole = false
				r.half(page.ResultMetadata, listAdministeredServices, "MissingMember", "a service of the delegated administrator was listed without its name", &a.Meta, fields)
			case slices.Contains(services, name):
				whole = false
				r.half(page.ResultMetadata, listAdministeredServices, "SaidTwice", "AWS listed "+name+" more than once: the list may lack what changed while it was read", &a.Meta, fields)
			default:
				services = append(services, name)
			}
		}
		return nil
	})
	if slices.Sort(services); whole {
		a.Services = services
	}
	return a
}

// trustedServices reads which AWS services may act in the whole organization.
func (r *reader) trustedServices(ctx context.Context) error {
	seen := r.c.Once(serviceKind)
	p := organizations.NewListAWSServiceAccessForOrganizationPaginator(r.api, &organizations.ListAWSServiceAccessForOrganizationInput{MaxResults: aws.Int32(pageSize)})
	return cell.Pages(ctx, p, func(err error) { r.c.Incomplete(err, serviceKind) }, func(page *organizations.ListAWSServiceAccessForOrganizationOutput) error {
		for _, x := range page.EnabledServicePrincipals {
			name := aws.ToString(x.ServicePrincipal)
			if name == "" {
				r.half(page.ResultMetadata, listServiceAccess, "MissingMember", "a trusted service was listed without its name", nil, nil, serviceKind)
				continue
			}
			if !seen.First(name, page.ResultMetadata) {
				continue
			}
			s := &TrustedService{Meta: r.meta(*r.org.Id + "/" + name), Service: name, Enabled: cell.UTC(x.DateEnabled)}
			r.c.Read(&s.Meta, page.ResultMetadata)
			if err := r.c.Emit(s); err != nil {
				return err
			}
		}
		return nil
	})
}

// resourcePolicy reads the policy by which the management account delegates. What can't be read as a policy is not taken for one.
func (r *reader) resourcePolicy(ctx context.Context, o *Organization) error {
	out, err := r.api.DescribeResourcePolicy(ctx, &organizations.DescribeResourcePolicyInput{})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case tape.Code(err) == "ResourcePolicyNotFoundException":
		r.c.Known(&o.Meta, err)
		return nil
	case err != nil:
		r.c.Unknown(&o.Meta, err, "resource_policy")
		return nil
	}
	r.c.Read(&o.Meta, out.ResultMetadata)
	text := aws.ToString(out.ResourcePolicy.Content)
	statements, err := policy.Parse(text)
	var who policy.Admitted
	if err == nil {
		who, err = policy.Admits(statements, o.ManagementAccount)
	}
	if err != nil {
		r.half(out.ResultMetadata, describeResourcePolicy, "UnreadablePolicy", "the organization's resource policy can't be read as a policy: "+err.Error(), &o.Meta, []string{"resource_policy"})
		return nil
	}
	o.ResourcePolicy = &ResourcePolicy{Text: text, Statements: len(statements), Everyone: who.Public, Principals: who.Principals, Accounts: who.OtherAccounts}
	if s := out.ResourcePolicy.ResourcePolicySummary; s != nil {
		o.ResourcePolicy.ARN = cell.Text(aws.ToString(s.Arn))
	}
	return nil
}
