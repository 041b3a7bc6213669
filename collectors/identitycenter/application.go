package identitycenter

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"github.com/auditseal/auditseal/collectors/cell"
)

// applications emits the applications of an instance.
func (r reader) applications(ctx context.Context, instance string) error {
	type listed struct {
		types.Application
		page *ssoadmin.ListApplicationsOutput
	}
	var stopped error
	seen := r.Once("identitycenter.application")
	all := func(yield func(listed) bool) {
		p := ssoadmin.NewListApplicationsPaginator(r.sso, &ssoadmin.ListApplicationsInput{InstanceArn: &instance, MaxResults: aws.Int32(100)})
		for p.HasMorePages() {
			page, err := p.NextPage(ctx)
			if err != nil {
				stopped = err
				return
			}
			for _, x := range page.Applications {
				if aws.ToString(x.ApplicationArn) == "" {
					r.Half(page.ResultMetadata, operation("ListApplications"), "MissingMember", "an application came without its ApplicationArn", nil, nil, "identitycenter.application")
					continue
				}
				if !seen.First(*x.ApplicationArn, page.ResultMetadata) {
					continue
				}
				if !yield(listed{x, page}) {
					return
				}
			}
		}
	}
	work := func(ctx context.Context, l listed) *Application {
		a := &Application{Meta: r.Meta(*l.ApplicationArn), Instance: instance, Name: text(l.Name), Description: text(l.Description), OwnerAccount: text(l.ApplicationAccount),
			Provider: text(l.ApplicationProviderArn), Status: string(l.Status), Created: cell.UTC(l.CreatedDate)}
		r.Read(&a.Meta, l.page.ResultMetadata)
		a.AccountAccessManager = accountAccess(aws.ToString(l.ApplicationProviderArn)) || accountAccess(aws.ToString(l.Name))
		if l.PortalOptions != nil {
			a.Visibility = cell.Text(l.PortalOptions.Visibility)
		}
		if a.Status == "" {
			r.Half(l.page.ResultMetadata, operation("ListApplications"), "MissingMember", "the application came without its Status", &a.Meta, []string{"status"})
		}
		r.assignmentRequired(ctx, a)
		r.applicationAssignments(ctx, a)
		return a
	}
	if err := cell.Ordered(ctx, all, work, func(a *Application) error { return r.Emit(a) }); err != nil {
		return err
	}
	if stopped != nil {
		r.Incomplete(stopped, "identitycenter.application")
	}
	return nil
}

// accountAccess reports whether an application's provider or name looks like that of IAM's account access manager. AWS publishes
// no ARN of that provider, so this goes by the service's name; that it finds none is no proof that there is none.
func accountAccess(s string) bool {
	flat := strings.NewReplacer("-", "", " ", "", "_", "").Replace(strings.ToLower(s))
	return slices.ContainsFunc([]string{"accountaccess", "applicationprovider/aam"}, func(part string) bool { return strings.Contains(flat, part) })
}

func (r reader) assignmentRequired(ctx context.Context, a *Application) {
	out, err := r.sso.GetApplicationAssignmentConfiguration(ctx, &ssoadmin.GetApplicationAssignmentConfigurationInput{ApplicationArn: &a.ID})
	if err != nil {
		r.Unknown(&a.Meta, err, "assignment_required")
		return
	}
	r.Read(&a.Meta, out.ResultMetadata)
	a.AssignmentRequired = out.AssignmentRequired
}

func (r reader) applicationAssignments(ctx context.Context, a *Application) {
	seen := r.Once("identitycenter.application")
	p := ssoadmin.NewListApplicationAssignmentsPaginator(r.sso, &ssoadmin.ListApplicationAssignmentsInput{ApplicationArn: &a.ID, MaxResults: aws.Int32(100)})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			r.Unknown(&a.Meta, err, "assignments")
			return
		}
		r.Read(&a.Meta, page.ResultMetadata)
		for _, x := range page.ApplicationAssignments {
			seen.First(string(x.PrincipalType)+"/"+aws.ToString(x.PrincipalId), page.ResultMetadata)
		}
	}
	a.Assignments = seen.Len()
}

// issuers emits the trusted token issuers of an instance.
func (r reader) issuers(ctx context.Context, instance string) error {
	seen := r.Once("identitycenter.trusted_token_issuer")
	p := ssoadmin.NewListTrustedTokenIssuersPaginator(r.sso, &ssoadmin.ListTrustedTokenIssuersInput{InstanceArn: &instance, MaxResults: aws.Int32(100)})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			r.Incomplete(err, "identitycenter.trusted_token_issuer")
			return nil
		}
		for _, x := range page.TrustedTokenIssuers {
			if aws.ToString(x.TrustedTokenIssuerArn) == "" {
				r.Half(page.ResultMetadata, operation("ListTrustedTokenIssuers"), "MissingMember", "a trusted token issuer came without its ARN", nil, nil, "identitycenter.trusted_token_issuer")
				continue
			}
			if !seen.First(*x.TrustedTokenIssuerArn, page.ResultMetadata) {
				continue
			}
			t := &TrustedTokenIssuer{Meta: r.Meta(*x.TrustedTokenIssuerArn), Instance: instance, Name: text(x.Name), Type: string(x.TrustedTokenIssuerType)}
			r.Read(&t.Meta, page.ResultMetadata)
			r.issuer(ctx, t)
			if err := r.Emit(t); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r reader) issuer(ctx context.Context, t *TrustedTokenIssuer) {
	fields := []string{"issuer_url", "claim_path", "attribute_path", "jwks_retrieval"}
	out, err := r.sso.DescribeTrustedTokenIssuer(ctx, &ssoadmin.DescribeTrustedTokenIssuerInput{TrustedTokenIssuerArn: &t.ID})
	if err != nil {
		r.Unknown(&t.Meta, err, fields...)
		return
	}
	r.Read(&t.Meta, out.ResultMetadata)
	oidc, ok := out.TrustedTokenIssuerConfiguration.(*types.TrustedTokenIssuerConfigurationMemberOidcJwtConfiguration)
	if !ok {
		r.Half(out.ResultMetadata, operation("DescribeTrustedTokenIssuer"), "UnknownMember", "the issuer's configuration is missing or of a form that AWS did not document", &t.Meta, fields)
		return
	}
	t.IssuerURL, t.ClaimPath, t.AttributePath = text(oidc.Value.IssuerUrl), text(oidc.Value.ClaimAttributePath), text(oidc.Value.IdentityStoreAttributePath)
	t.JWKSRetrieval = cell.Text(oidc.Value.JwksRetrievalOption)
}
