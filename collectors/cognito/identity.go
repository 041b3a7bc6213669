package cognito

import (
	"context"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentity/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/tape"
)

// listedIdentityPool is one entry of ListIdentityPools and the page it stood on.
type listedIdentityPool struct {
	types.IdentityPoolShortDescription
	page middleware.Metadata
}

// identityPools reads every identity pool.
func (r *reader) identityPools(ctx context.Context) error {
	return cell.Ordered(ctx, r.listedIdentityPools(ctx), r.identityPool, func(p *IdentityPool) error {
		if p == nil {
			return nil
		}
		return r.c.Emit(p)
	})
}

func (r *reader) listedIdentityPools(ctx context.Context) iter.Seq[listedIdentityPool] {
	return func(yield func(listedIdentityPool) bool) {
		seen := r.c.Once(identityPoolKind)
		pages := cognitoidentity.NewListIdentityPoolsPaginator(r.identity, &cognitoidentity.ListIdentityPoolsInput{MaxResults: aws.Int32(60)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				r.c.Incomplete(err, identityPoolKind)
				return
			}
			nameless := false
			for _, p := range page.IdentityPools {
				if aws.ToString(p.IdentityPoolId) == "" {
					nameless = true
					continue
				}
				if seen.First(*p.IdentityPoolId, page.ResultMetadata) && !yield(listedIdentityPool{p, page.ResultMetadata}) {
					return
				}
			}
			if nameless {
				r.c.Half(page.ResultMetadata, listIdentityPools, "MissingMember", "an identity pool was listed without its id", nil, nil, identityPoolKind)
			}
		}
	}
}

// identityPoolFields are the fields that DescribeIdentityPool tells.
var identityPoolFields = []string{"allow_unauthenticated", "allow_classic_flow", "user_pools", "server_side_token_check", "saml_providers", "oidc_providers",
	"login_providers", "developer_provider", "tags"}

// identityPool asks for one identity pool and its roles; nil where it is gone.
func (r *reader) identityPool(ctx context.Context, l listedIdentityPool) *IdentityPool {
	id := *l.IdentityPoolId
	rec := &IdentityPool{Meta: r.c.Meta("arn:" + r.c.Partition + ":cognito-identity:" + r.c.Region + ":" + r.c.Account + ":identitypool/" + id), PoolID: id, Name: aws.ToString(l.IdentityPoolName)}
	r.c.Read(&rec.Meta, l.page)
	if rec.Name == "" {
		r.lacks(&rec.Meta, l.page, listIdentityPools, "the identity pool's name", "name")
	}
	// The SDK reads this one as false where AWS leaves it out, which would be "nobody gets in".
	var wire struct{ AllowUnauthenticatedIdentities *bool }
	out, err := r.identity.DescribeIdentityPool(ctx, &cognitoidentity.DescribeIdentityPoolInput{IdentityPoolId: &id},
		func(o *cognitoidentity.Options) { o.APIOptions = append(o.APIOptions, cell.Peek(&wire)) })
	switch {
	case err == nil:
		r.c.Read(&rec.Meta, out.ResultMetadata)
		r.identityPoolSettings(rec, out, wire.AllowUnauthenticatedIdentities)
	case tape.Code(err) == gone:
		r.c.Known(nil, err)
		return nil
	default:
		r.c.Unknown(&rec.Meta, err, identityPoolFields...)
	}
	r.roles(ctx, rec)
	return rec
}

func (r *reader) identityPoolSettings(rec *IdentityPool, out *cognitoidentity.DescribeIdentityPoolOutput, unauthenticated *bool) {
	lacks := func(member string, fields ...string) {
		r.lacks(&rec.Meta, out.ResultMetadata, describeIdentityPool, member, fields...)
	}
	if aws.ToString(out.IdentityPoolId) != rec.PoolID {
		lacks("the identity pool that was asked for", identityPoolFields...)
		return
	}
	if unauthenticated != nil {
		rec.Unauthenticated = *unauthenticated
	} else {
		lacks("AllowUnauthenticatedIdentities", "allow_unauthenticated")
	}
	if out.AllowClassicFlow != nil {
		rec.ClassicFlow = *out.AllowClassicFlow
	} else {
		lacks("AllowClassicFlow", "allow_classic_flow")
	}
	rec.UserPools = []string{}
	checked, silent := true, false
	for _, p := range out.CognitoIdentityProviders {
		rec.UserPools = append(rec.UserPools, aws.ToString(p.ProviderName)+" "+aws.ToString(p.ClientId))
		if p.ServerSideTokenCheck == nil {
			silent = true
		} else {
			checked = checked && *p.ServerSideTokenCheck
		}
	}
	slices.Sort(rec.UserPools)
	switch {
	case len(rec.UserPools) == 0:
	case checked && silent:
		lacks("ServerSideTokenCheck of a user pool", "server_side_token_check")
	default:
		rec.ServerSideCheck = &checked
	}
	rec.SAMLProviders, rec.OIDCProviders = cell.List(out.SamlProviderARNs), cell.List(out.OpenIdConnectProviderARNs)
	rec.LoginProviders = cell.List(slices.Sorted(maps.Keys(out.SupportedLoginProviders)))
	rec.DeveloperProvider, rec.Tags = out.DeveloperProviderName, map[string]string{}
	maps.Copy(rec.Tags, out.IdentityPoolTags)
}

// roles reads which roles users get. A pool need not have any.
func (r *reader) roles(ctx context.Context, rec *IdentityPool) {
	fields := []string{"authenticated_role", "unauthenticated_role", "role_mappings", "mapped_roles"}
	out, err := r.identity.GetIdentityPoolRoles(ctx, &cognitoidentity.GetIdentityPoolRolesInput{IdentityPoolId: &rec.PoolID})
	if err != nil {
		r.c.Unknown(&rec.Meta, err, fields...)
		return
	}
	r.c.Read(&rec.Meta, out.ResultMetadata)
	if aws.ToString(out.IdentityPoolId) != rec.PoolID {
		r.lacks(&rec.Meta, out.ResultMetadata, getIdentityPoolRoles, "the identity pool that was asked for", fields...)
		return
	}
	rec.AuthenticatedRole, rec.UnauthenticatedRole = cell.Text(out.Roles["authenticated"]), cell.Text(out.Roles["unauthenticated"])
	rec.RoleMappings, rec.MappedRoles = []string{}, []string{}
	for _, provider := range slices.Sorted(maps.Keys(out.RoleMappings)) {
		m := out.RoleMappings[provider]
		rec.RoleMappings = append(rec.RoleMappings, strings.TrimSpace(provider+" "+string(m.Type)+" "+string(m.AmbiguousRoleResolution)))
		if m.RulesConfiguration == nil {
			continue
		}
		for _, rule := range m.RulesConfiguration.Rules {
			rec.MappedRoles = append(rec.MappedRoles, aws.ToString(rule.RoleARN))
		}
	}
	slices.Sort(rec.MappedRoles)
	rec.MappedRoles = slices.Compact(rec.MappedRoles)
}
