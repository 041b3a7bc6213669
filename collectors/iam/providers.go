package iam

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/policy"
)

// trusters gives the roles that trust a provider. Where some role may be missing, or its trust policy was not read, the fields are unknown.
func (r *reader) trusters(m *evidence.Meta, provider string, fields ...string) (roles, unlimited []string) {
	for _, g := range compact(r.rolesBroken) {
		m.UnknownBy(g, fields...)
	}
	if t := r.trusting[provider]; t != nil {
		for _, page := range t.pages {
			r.c.Read(m, page)
		}
		return policy.Sorted(t.roles), policy.Sorted(t.unlimited)
	}
	return []string{}, []string{}
}

// each asks about every provider of a list, and hands the answers to done in its order.
func (r *reader) each(ctx context.Context, kind string, list middleware.Metadata, op evidence.Operation, arns []*string, ask func(context.Context, *string) answer, done func(answer) error) error {
	seen := r.c.Once(kind)
	var once []*string
	for _, arn := range arns {
		if aws.ToString(arn) == "" {
			r.incomplete(without(list, op, "the ARN of a provider"), kind)
		} else if seen.First(*arn, list) {
			once = append(once, arn)
		}
	}
	return cell.Ordered(ctx, slices.Values(once), ask, done)
}

// An answer is about one provider.
type answer struct {
	arn  string
	saml *iam.GetSAMLProviderOutput
	oidc *iam.GetOpenIDConnectProviderOutput
	err  error
}

// samlProviders reads each SAML provider and the certificates in its metadata.
func (r *reader) samlProviders(ctx context.Context) error {
	const kind = "iam.saml_provider"
	list, err := r.iam.ListSAMLProviders(ctx, &iam.ListSAMLProvidersInput{})
	if err != nil {
		r.c.Incomplete(err, kind)
		return nil
	}
	var arns []*string
	for _, x := range list.SAMLProviderList {
		arns = append(arns, x.Arn)
	}
	ask := func(ctx context.Context, arn *string) answer {
		out, err := r.iam.GetSAMLProvider(ctx, &iam.GetSAMLProviderInput{SAMLProviderArn: arn})
		return answer{arn: *arn, saml: out, err: err}
	}
	return r.each(ctx, kind, list.ResultMetadata, listSAMLProviders, arns, ask, func(a answer) error { return r.samlProvider(a, list.ResultMetadata) })
}

func (r *reader) samlProvider(a answer, list middleware.Metadata) error {
	s := &SAMLProvider{Meta: r.meta(a.arn), Name: a.arn[strings.LastIndexByte(a.arn, '/')+1:]}
	m := &s.Meta
	r.c.Read(m, list)
	s.Roles, _ = r.trusters(m, a.arn, "roles")
	if a.err != nil {
		r.c.Unknown(m, a.err, "created", "valid_until", "certificates", "earliest_expiry", "latest_expiry", "assertion_encryption", "tags")
		return r.c.Emit(s)
	}
	out, md := a.saml, a.saml.ResultMetadata
	r.c.Read(m, md)
	s.Created, s.ValidUntil, s.AssertionEncryption, s.Tags = cell.UTC(out.CreateDate), cell.UTC(out.ValidUntil), cell.Text(out.AssertionEncryptionMode), tags(out.Tags)
	ends, err := signingCertificates(*out.SAMLMetadataDocument)
	if err != nil {
		r.unknown(m, odd(md, getSAMLProvider, "UnreadableMetadata", "the metadata of "+a.arn+" can't be read: "+err.Error()), "certificates", "earliest_expiry", "latest_expiry")
		return r.c.Emit(s)
	}
	first, last := slices.MinFunc(ends, time.Time.Compare), slices.MaxFunc(ends, time.Time.Compare)
	s.Certificates, s.EarliestExpiry, s.LatestExpiry = len(ends), &first, &last
	return r.c.Emit(s)
}

// oidcProviders reads each OIDC provider.
func (r *reader) oidcProviders(ctx context.Context) error {
	const kind = "iam.oidc_provider"
	list, err := r.iam.ListOpenIDConnectProviders(ctx, &iam.ListOpenIDConnectProvidersInput{})
	if err != nil {
		r.c.Incomplete(err, kind)
		return nil
	}
	var arns []*string
	for _, x := range list.OpenIDConnectProviderList {
		arns = append(arns, x.Arn)
	}
	ask := func(ctx context.Context, arn *string) answer {
		out, err := r.iam.GetOpenIDConnectProvider(ctx, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn})
		return answer{arn: *arn, oidc: out, err: err}
	}
	return r.each(ctx, kind, list.ResultMetadata, listOIDCProviders, arns, ask, func(a answer) error { return r.oidcProvider(a, list.ResultMetadata) })
}

func (r *reader) oidcProvider(a answer, list middleware.Metadata) error {
	o := &OIDCProvider{Meta: r.meta(a.arn)}
	m := &o.Meta
	r.c.Read(m, list)
	o.Roles, o.UnlimitedRoles = r.trusters(m, a.arn, "roles", "unlimited_roles")
	if a.err != nil {
		r.c.Unknown(m, a.err, "url", "created", "client_ids", "thumbprints", "tags")
		return r.c.Emit(o)
	}
	out, md := a.oidc, a.oidc.ResultMetadata
	r.c.Read(m, md)
	o.URL, o.Created, o.Tags = aws.ToString(out.Url), cell.UTC(out.CreateDate), tags(out.Tags)
	o.ClientIDs = cell.List(out.ClientIDList)
	slices.Sort(o.ClientIDs)
	if out.ThumbprintList != nil {
		o.Thumbprints = cell.List(out.ThumbprintList)
		slices.Sort(o.Thumbprints)
	}
	r.need(m, md, getOIDCProvider, needed{o.URL == "", "url"}, needed{out.ClientIDList == nil, "client_ids"})
	return r.c.Emit(o)
}
