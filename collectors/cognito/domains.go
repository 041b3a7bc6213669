package cognito

import (
	"context"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/auditseal/auditseal/collectors/cell"
)

// poolDomain is a domain that a pool was described with.
type poolDomain struct {
	pool   *pool
	name   string
	custom bool
}

// domains reads the domains of every user pool.
func (r *reader) domains(ctx context.Context) error {
	return cell.Ordered(ctx, r.knownDomains(), r.domain, func(d *Domain) error { return r.c.Emit(d) })
}

func (r *reader) knownDomains() iter.Seq[poolDomain] {
	return func(yield func(poolDomain) bool) {
		for _, p := range r.pools {
			if p.undescribed != nil {
				r.c.Incomplete(p.undescribed, domainKind)
			}
			for _, d := range []poolDomain{{p, p.domain, false}, {p, p.custom, true}} {
				if d.name != "" && !yield(d) {
					return
				}
			}
		}
	}
}

// domain describes one domain. About one that is not there Cognito answers with a description of nothing.
func (r *reader) domain(ctx context.Context, d poolDomain) *Domain {
	rec := &Domain{Meta: r.c.Meta(d.pool.arn + "/domain/" + d.name), Pool: d.pool.arn, Domain: d.name, Custom: d.custom}
	rec.ReadFrom(d.pool.described.Evidence, d.pool.described.Date)
	fields := []string{"status", "certificate", "cloudfront", "managed_login_version", "version"}
	out, err := r.idp.DescribeUserPoolDomain(ctx, &cognitoidentityprovider.DescribeUserPoolDomainInput{Domain: &d.name})
	if err != nil {
		r.c.Unknown(&rec.Meta, err, fields...)
		return rec
	}
	r.c.Read(&rec.Meta, out.ResultMetadata)
	x := out.DomainDescription
	if aws.ToString(x.Domain) != d.name {
		r.lacks(&rec.Meta, out.ResultMetadata, describeUserPoolDomain, "the domain that was asked for", fields...)
		return rec
	}
	rec.Status, rec.Distribution, rec.LoginVersion, rec.Version = string(x.Status), x.CloudFrontDistribution, integer(x.ManagedLoginVersion), x.Version
	if rec.Status == "" {
		r.lacks(&rec.Meta, out.ResultMetadata, describeUserPoolDomain, "Status", "status")
	}
	if x.CustomDomainConfig != nil {
		rec.Certificate = x.CustomDomainConfig.CertificateArn
	}
	return rec
}
