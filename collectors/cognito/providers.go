package cognito

import (
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/tape"
)

// listedProvider is one entry of ListIdentityProviders and the page it stood on.
type listedProvider struct {
	types.ProviderDescription
	pool *pool
	page middleware.Metadata
}

// providers reads the identity providers of every user pool.
func (r *reader) providers(ctx context.Context) error {
	return cell.Ordered(ctx, r.listedProviders(ctx), r.provider, func(p *Provider) error {
		if p == nil {
			return nil
		}
		return r.c.Emit(p)
	})
}

func (r *reader) listedProviders(ctx context.Context) iter.Seq[listedProvider] {
	return func(yield func(listedProvider) bool) {
		for _, p := range r.pools {
			seen := r.c.Once(providerKind)
			pages := cognitoidentityprovider.NewListIdentityProvidersPaginator(r.idp, &cognitoidentityprovider.ListIdentityProvidersInput{UserPoolId: &p.id, MaxResults: aws.Int32(60)})
			for pages.HasMorePages() {
				page, err := pages.NextPage(ctx)
				if err != nil {
					r.c.Incomplete(err, providerKind)
					break
				}
				nameless := false
				for _, d := range page.Providers {
					if aws.ToString(d.ProviderName) == "" {
						nameless = true
						continue
					}
					if seen.First(*d.ProviderName, page.ResultMetadata) && !yield(listedProvider{d, p, page.ResultMetadata}) {
						return
					}
				}
				if nameless {
					r.c.Half(page.ResultMetadata, listIdentityProviders, "MissingMember", "an identity provider was listed without its name", nil, nil, providerKind)
				}
			}
		}
	}
}

// provider describes one identity provider; nil where it is gone. Only the names of its settings are kept.
func (r *reader) provider(ctx context.Context, l listedProvider) *Provider {
	rec := &Provider{Meta: r.c.Meta(l.pool.arn + "/provider/" + *l.ProviderName), Pool: l.pool.arn, Name: *l.ProviderName, Type: string(l.ProviderType),
		Created: cell.UTC(l.CreationDate), Modified: cell.UTC(l.LastModifiedDate)}
	r.c.Read(&rec.Meta, l.page)
	if rec.Type == "" {
		r.lacks(&rec.Meta, l.page, listIdentityProviders, "ProviderType", "type")
	}
	fields := []string{"details", "attributes", "identifiers"}
	out, err := r.idp.DescribeIdentityProvider(ctx, &cognitoidentityprovider.DescribeIdentityProviderInput{UserPoolId: &l.pool.id, ProviderName: l.ProviderName})
	switch {
	case err == nil:
		r.c.Read(&rec.Meta, out.ResultMetadata)
		if aws.ToString(out.IdentityProvider.ProviderName) != rec.Name {
			r.lacks(&rec.Meta, out.ResultMetadata, describeIdentityProvider, "the provider that was asked for", fields...)
			return rec
		}
		if out.IdentityProvider.ProviderDetails == nil {
			r.lacks(&rec.Meta, out.ResultMetadata, describeIdentityProvider, "ProviderDetails", "details")
		} else {
			rec.Details = cell.List(slices.Sorted(maps.Keys(out.IdentityProvider.ProviderDetails)))
		}
		rec.Attributes, rec.Identifiers = map[string]string{}, cell.List(out.IdentityProvider.IdpIdentifiers)
		maps.Copy(rec.Attributes, out.IdentityProvider.AttributeMapping)
	case tape.Code(err) == gone:
		r.c.Known(nil, err)
		return nil
	default:
		r.c.Unknown(&rec.Meta, err, fields...)
	}
	return rec
}
