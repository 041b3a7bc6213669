package cloudfront

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// controls are the origin access controls of the account.
type controls struct {
	list
	signing map[string]types.OriginAccessControlSigningBehaviors // by id
}

func (r *reader) readControls(ctx context.Context) {
	c := &r.controls
	c.signing = map[string]types.OriginAccessControlSigningBehaviors{}
	half := func(md middleware.Metadata, code, message string) {
		c.not(r.half(md, listOriginAccessControls, code, message))
	}
	var count tally
	for p := cloudfront.NewListOriginAccessControlsPaginator(r.cf, &cloudfront.ListOriginAccessControlsInput{MaxItems: aws.Int32(pageSize)}); p.HasMorePages(); {
		page, err := p.NextPage(ctx)
		if err != nil {
			c.lack = r.failed(err)
			return
		}
		l, md := page.OriginAccessControlList, page.ResultMetadata
		c.pages = append(c.pages, md)
		if why := count.page(md, l.Quantity, len(l.Items), l.IsTruncated, l.NextMarker); why != "" {
			half(md, "MissingMember", "AWS answered ListOriginAccessControls without "+why)
		}
		for _, e := range l.Items {
			if aws.ToString(e.Id) == "" || e.SigningBehavior == "" {
				half(md, "MissingMember", "an origin access control was listed without its id or SigningBehavior")
				continue
			}
			c.signing[*e.Id] = e.SigningBehavior
		}
	}
	count.end(half)
}

// origins makes the records of a distribution's origins, and notes on the distribution what they are.
func (r *reader) origins(d *Distribution, a answered) []*Origin {
	if a.Origins == nil || !whole(a.Origins.Quantity, len(a.Origins.Items)) {
		r.without(&d.Meta, a.page, listDistributions, "the whole list of Origins", "origins", "s3_origins")
		r.c.Half(a.page, listDistributions, "MissingMember", "a distribution was listed without the whole list of its origins", nil, nil, originKind)
		if a.Origins == nil {
			return nil
		}
	} else {
		n := len(a.Origins.Items)
		d.Origins, d.S3Origins = &n, []string{}
	}
	var out []*Origin
	for _, o := range a.Origins.Items {
		id := aws.ToString(o.Id)
		if id == "" {
			r.without(&d.Meta, a.page, listDistributions, "the id of an origin", "s3_origins")
			r.c.Half(a.page, listDistributions, "MissingMember", "an origin was listed without its id", nil, nil, originKind)
			continue
		}
		rec := r.origin(d, a, o)
		out = append(out, rec)
		switch {
		case rec.Type == nil:
			r.without(&d.Meta, a.page, listDistributions, "the kind of an origin", "s3_origins")
		case *rec.Type == "custom" && rec.BucketDomain == nil:
			r.without(&d.Meta, a.page, listDistributions, "the DomainName of an origin", "s3_origins")
		case d.S3Origins != nil && (*rec.Type == "s3" || *rec.Type == "custom" && *rec.BucketDomain):
			d.S3Origins = append(d.S3Origins, id)
		}
	}
	slices.Sort(d.S3Origins)
	return out
}

// bucketDomain are the names of S3's REST API, with the bucket before them or in the path: b.s3.amazonaws.com,
// b.s3.dualstack.eu-west-1.amazonaws.com, and the older b.s3-eu-west-1.amazonaws.com.
var bucketDomain = regexp.MustCompile(`(?i)(^|\.)s3([.-](dualstack\.|external-1|[a-z]{2,4}(-[a-z]+)+-[0-9])+)?\.amazonaws\.(com|com\.cn|eu)\.?$`)

// old are the protocols that are deprecated. AWS has no name for a newer one than TLSv1.2 here.
var old = []types.SslProtocol{types.SslProtocolSSLv3, types.SslProtocolTLSv1, types.SslProtocolTLSv11}

func (r *reader) origin(d *Distribution, a answered, o types.Origin) *Origin {
	rec := &Origin{Meta: r.meta(d.ID + "/origin/" + *o.Id), Distribution: d.ID, OriginID: *o.Id, Domain: text(o.DomainName), AccessControl: text(o.OriginAccessControlId), SSLProtocols: []string{}, OldProtocols: []string{}}
	r.c.Read(&rec.Meta, a.page)
	lacks := func(what string, fields ...string) { r.without(&rec.Meta, a.page, listDistributions, what, fields...) }
	if rec.Domain == nil {
		lacks("the DomainName of an origin", "domain", "function_url", "bucket_domain")
	} else {
		rec.BucketDomain = aws.Bool(bucketDomain.MatchString(*rec.Domain))
		rec.FunctionURL = aws.Bool(strings.Contains(strings.ToLower(*rec.Domain), ".lambda-url."))
	}
	if h := o.CustomHeaders; h == nil || !whole(h.Quantity, len(h.Items)) {
		lacks("the whole list of CustomHeaders", "custom_headers")
	} else {
		n := len(h.Items)
		rec.CustomHeaders = &n
	}
	r.plain(rec, d)
	var kinds []string
	if o.S3OriginConfig != nil {
		kinds = append(kinds, "s3")
		rec.Identity = text(o.S3OriginConfig.OriginAccessIdentity)
	}
	if o.CustomOriginConfig != nil {
		kinds = append(kinds, "custom")
	}
	if o.VpcOriginConfig != nil {
		kinds = append(kinds, "vpc")
	}
	if len(kinds) == 1 {
		rec.Type = &kinds[0]
	} else {
		lacks("exactly one of S3OriginConfig, CustomOriginConfig and VpcOriginConfig", "type")
	}
	if c := o.CustomOriginConfig; c != nil {
		if rec.ProtocolPolicy = cell.Text(c.OriginProtocolPolicy); rec.ProtocolPolicy == nil {
			lacks("OriginProtocolPolicy", "protocol_policy")
		}
		if p := c.OriginSslProtocols; p == nil || len(p.Items) == 0 || !whole(p.Quantity, len(p.Items)) {
			rec.SSLProtocols, rec.OldProtocols = nil, nil
			lacks("the whole list of OriginSslProtocols", "ssl_protocols", "old_protocols")
		} else {
			rec.SSLProtocols = sorted(cell.List(p.Items))
			rec.OldProtocols = sorted(cell.List(slices.DeleteFunc(slices.Clone(p.Items), func(s types.SslProtocol) bool { return !slices.Contains(old, s) })))
		}
	}
	if rec.AccessControl != nil {
		r.signing(rec)
	}
	return rec
}

// plain takes over whether viewers of the distribution are served over plain HTTP, or why that is not known.
func (r *reader) plain(rec *Origin, d *Distribution) {
	if d.PlainHTTPBehaviors != nil {
		rec.ViewersPlain = aws.Bool(len(d.PlainHTTPBehaviors) > 0)
		return
	}
	for _, u := range d.Unknown {
		if u.Field == "plain_http_behaviors" {
			rec.Unknown = append(rec.Unknown, evidence.Unknown{Field: "viewers_plain_http", Gap: u.Gap, Code: u.Code})
			return
		}
	}
}

// signing finds how the origin access control signs.
func (r *reader) signing(rec *Origin) {
	c := &r.controls
	c.readFrom(r.c, &rec.Meta)
	if c.lack != nil {
		c.lack.unknown(&rec.Meta, "signing_behavior")
		return
	}
	behavior, there := c.signing[*rec.AccessControl]
	if !there {
		r.c.Half(c.pages[len(c.pages)-1], listOriginAccessControls, "Contradiction", "the origin names an origin access control that is not listed", &rec.Meta, []string{"signing_behavior"})
		return
	}
	rec.SigningBehavior = cell.Text(behavior)
}
