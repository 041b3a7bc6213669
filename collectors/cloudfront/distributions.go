package cloudfront

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
)

// distributions reads every distribution with its origins.
func (r *reader) distributions(ctx context.Context) error {
	var broken error
	var halved bool
	if err := cell.Ordered(ctx, r.listed(ctx, &broken, &halved), r.ask, r.emit); err != nil {
		return err
	}
	if broken != nil {
		r.c.Incomplete(broken, distributionKind, originKind)
	}
	r.maybeTenants = r.maybeTenants || halved || broken != nil
	return nil
}

// listed is one entry of ListDistributions and the page it stood on.
type listed struct {
	types.DistributionSummary
	page middleware.Metadata
}

// listed gives the distributions as they are listed; broken is set where the list ends early, and halved where a page of it is not whole.
func (r *reader) listed(ctx context.Context, broken *error, halved *bool) iter.Seq[listed] {
	return func(yield func(listed) bool) {
		seen := r.c.Once(distributionKind, originKind)
		half := func(md middleware.Metadata, code, message string) {
			r.c.Half(md, listDistributions, code, message, nil, nil, distributionKind, originKind)
			*halved = true
		}
		var count tally
		for p := cloudfront.NewListDistributionsPaginator(r.cf, &cloudfront.ListDistributionsInput{MaxItems: aws.Int32(pageSize)}); p.HasMorePages(); {
			page, err := p.NextPage(ctx)
			if err != nil {
				*broken = err
				return
			}
			l, md := page.DistributionList, page.ResultMetadata
			if why := count.page(md, l.Quantity, len(l.Items), l.IsTruncated, l.NextMarker); why != "" {
				half(md, "MissingMember", "AWS answered ListDistributions without "+why)
			}
			for _, d := range l.Items {
				if aws.ToString(d.Id) == "" || aws.ToString(d.ARN) == "" {
					half(md, "MissingMember", "a distribution was listed without its id or ARN")
					continue
				}
				if seen.First(*d.ARN, md) && !yield(listed{d, md}) {
					return
				}
			}
		}
		count.end(half)
	}
}

// A tally compares the numbers that pages carry with what they hold. AWS documents the number as that of all distributions of the
// account and fills in that of the page: either will do.
type tally struct {
	total int
	odd   []oddPage
}

type oddPage struct {
	quantity, n int
	md          middleware.Metadata
}

// page takes a page and says what it lacks to be told from half a page, "" where nothing.
func (t *tally) page(md middleware.Metadata, quantity *int32, n int, truncated *bool, next *string) string {
	t.total += n
	switch {
	case quantity == nil:
		return "Quantity, so that it is not known how many there are"
	case truncated == nil:
		return "IsTruncated, so that it is not known whether there are more"
	case *truncated && aws.ToString(next) == "":
		return "NextMarker, though it says that there are more"
	case int(*quantity) != n:
		t.odd = append(t.odd, oddPage{int(*quantity), n, md})
	}
	return ""
}

// end tells of pages whose number is neither that of the page nor that of the whole list.
func (t *tally) end(half func(md middleware.Metadata, code, message string)) {
	for _, p := range t.odd {
		if p.quantity != t.total {
			half(p.md, "WrongQuantity", fmt.Sprintf("AWS says that there are %d and lists %d", p.quantity, p.n))
		}
	}
}

// answered is one distribution as it was listed, and its configuration or why there is none.
type answered struct {
	listed
	config *cloudfront.GetDistributionConfigOutput
	failed error
}

// ask asks for a distribution's configuration, and for the lists that it is the first to need.
func (r *reader) ask(ctx context.Context, l listed) answered {
	a := answered{listed: l}
	a.config, a.failed = r.cf.GetDistributionConfig(ctx, &cloudfront.GetDistributionConfigInput{Id: l.Id})
	r.deliveriesOnce.Do(func() { r.readDeliveries(ctx) })
	if a.failed == nil && len(realtimeConfigs(a.config.DistributionConfig)) > 0 {
		r.realtimeOnce.Do(func() { r.readRealtime(ctx) })
	}
	if l.Origins != nil && slices.ContainsFunc(l.Origins.Items, func(o types.Origin) bool { return aws.ToString(o.OriginAccessControlId) != "" }) {
		r.controlsOnce.Do(func() { r.readControls(ctx) })
	}
	return a
}

// emit makes the records of one distribution. It comes in the order of the list.
func (r *reader) emit(a answered) error {
	d := &Distribution{Meta: r.meta(*a.ARN), DistributionID: *a.Id, Domain: text(a.DomainName), Status: text(a.Status), Modified: cell.UTC(a.LastModifiedTime), Comment: text(a.Comment),
		Enabled: a.Enabled, Staging: a.Staging, ConnectionMode: cell.Text(a.ConnectionMode), HTTPVersion: cell.Text(a.HttpVersion)}
	r.c.Read(&d.Meta, a.page)
	if d.ConnectionMode == nil || *d.ConnectionMode != string(types.ConnectionModeDirect) {
		r.maybeTenants = true
	}
	lacks := func(lacking bool, what string, fields ...string) bool {
		if lacking {
			r.without(&d.Meta, a.page, listDistributions, what, fields...)
		}
		return lacking
	}
	lacks(a.Enabled == nil, "Enabled", "enabled")
	lacks(a.Staging == nil, "Staging", "staging")
	lacks(a.HttpVersion == "", "HttpVersion", "http_version")
	if !lacks(a.Aliases == nil || !whole(a.Aliases.Quantity, len(a.Aliases.Items)), "the whole list of Aliases", "aliases") {
		d.Aliases = sorted(a.Aliases.Items)
	}
	if !lacks(a.WebACLId == nil, "WebACLId", "web_acl", "web_acl_kind") {
		acl := webACLOf(*a.WebACLId)
		d.WebACL, d.WebACLKind = acl.name, &acl.kind
		acl.page = a.page
		r.acls[*a.Id] = acl
	}
	if !lacks(a.OriginGroups == nil || !whole(a.OriginGroups.Quantity, len(a.OriginGroups.Items)), "the whole list of OriginGroups", "failover_groups") {
		r.failover(d, a)
	}
	r.restriction(d, a)
	r.behaviors(d, a)
	r.certificate(d, a)
	r.config(d, a)
	r.v2(d)
	origins := r.origins(d, a)
	if err := r.c.Emit(d); err != nil {
		return err
	}
	for _, o := range origins {
		if err := r.c.Emit(o); err != nil {
			return err
		}
	}
	return nil
}

// failover counts the origin groups that have something to fail over to.
func (r *reader) failover(d *Distribution, a answered) {
	n := 0
	for _, g := range a.OriginGroups.Items {
		if g.Members == nil || !whole(g.Members.Quantity, len(g.Members.Items)) {
			r.without(&d.Meta, a.page, listDistributions, "the whole list of an origin group's members", "failover_groups")
			return
		}
		if len(g.Members.Items) > 1 {
			n++
		}
	}
	d.FailoverGroups = &n
}

func (r *reader) restriction(d *Distribution, a answered) {
	if a.Restrictions == nil || a.Restrictions.GeoRestriction == nil || a.Restrictions.GeoRestriction.RestrictionType == "" {
		r.without(&d.Meta, a.page, listDistributions, "GeoRestriction", "geo_restriction", "geo_locations")
		return
	}
	g := a.Restrictions.GeoRestriction
	d.GeoRestriction = cell.Text(g.RestrictionType)
	if !whole(g.Quantity, len(g.Items)) {
		r.without(&d.Meta, a.page, listDistributions, "the whole list of countries", "geo_locations")
		return
	}
	d.GeoLocations = sorted(g.Items)
}

// secure are the viewer protocol policies under which no viewer is served over plain HTTP.
var secure = []types.ViewerProtocolPolicy{types.ViewerProtocolPolicyHttpsOnly, types.ViewerProtocolPolicyRedirectToHttps}

// defaultBehavior is what stands for the pattern of the default cache behavior.
const defaultBehavior = "Default (*)"

// notePlain notes a cache behavior under which viewers are served over plain HTTP.
func notePlain(plain []string, pattern string, p types.ViewerProtocolPolicy) []string {
	if slices.Contains(secure, p) {
		return plain
	}
	return append(plain, pattern+"="+string(p))
}

// behaviors reads what the cache behaviors ask of viewers.
func (r *reader) behaviors(d *Distribution, a answered) {
	if a.DefaultCacheBehavior == nil || a.DefaultCacheBehavior.ViewerProtocolPolicy == "" {
		r.without(&d.Meta, a.page, listDistributions, "the ViewerProtocolPolicy of DefaultCacheBehavior", "viewer_protocol_policy", "plain_http_behaviors")
	} else {
		d.ViewerProtocolPolicy = cell.Text(a.DefaultCacheBehavior.ViewerProtocolPolicy)
	}
	if a.CacheBehaviors == nil || !whole(a.CacheBehaviors.Quantity, len(a.CacheBehaviors.Items)) {
		r.without(&d.Meta, a.page, listDistributions, "the whole list of CacheBehaviors", "behaviors", "plain_http_behaviors")
		return
	}
	n := 1 + len(a.CacheBehaviors.Items)
	d.Behaviors = &n
	plain := []string{}
	note := func(pattern string, p types.ViewerProtocolPolicy) { plain = notePlain(plain, pattern, p) }
	if d.ViewerProtocolPolicy != nil {
		note(defaultBehavior, a.DefaultCacheBehavior.ViewerProtocolPolicy)
	}
	for _, b := range a.CacheBehaviors.Items {
		if b.ViewerProtocolPolicy == "" {
			r.without(&d.Meta, a.page, listDistributions, "the ViewerProtocolPolicy of a cache behavior", "plain_http_behaviors")
			return
		}
		note(aws.ToString(b.PathPattern), b.ViewerProtocolPolicy)
	}
	if d.ViewerProtocolPolicy != nil {
		d.PlainHTTPBehaviors = plain
	}
}

// certificate reads the viewer certificate. AWS says that the default one lets viewers use TLSv1 whatever is configured.
func (r *reader) certificate(d *Distribution, a answered) {
	v := a.ViewerCertificate
	if v == nil {
		r.without(&d.Meta, a.page, listDistributions, "ViewerCertificate", "certificate")
		return
	}
	arn := text(v.ACMCertificateArn)
	if arn == nil {
		arn = text(v.IAMCertificateId)
	}
	//lint:ignore SA1019 AWS still answers with it, and it says which of three certificates it is
	d.Certificate = Certificate{Default: v.CloudFrontDefaultCertificate, Source: cell.Text(v.CertificateSource), ARN: arn, Configured: cell.Text(v.MinimumProtocolVersion), SSLSupport: cell.Text(v.SSLSupportMethod)}
	c := &d.Certificate
	if c.Default == nil && arn != nil {
		c.Default = aws.Bool(false) // a certificate is one of three, and it is one of the other two
	}
	lacks := func(what string, fields ...string) { r.without(&d.Meta, a.page, listDistributions, what, fields...) }
	switch {
	case c.Default == nil:
		lacks("any certificate in ViewerCertificate", "certificate")
	case *c.Default:
		c.MinimumProtocol = aws.String(string(types.MinimumProtocolVersionTLSv1))
	default:
		c.MinimumProtocol = c.Configured
		if arn == nil {
			lacks("the certificate in ViewerCertificate", "certificate.default", "certificate.arn")
		}
		if c.Configured == nil {
			lacks("MinimumProtocolVersion", "certificate.minimum_protocol", "certificate.configured")
		}
		if c.SSLSupport == nil {
			lacks("SSLSupportMethod", "certificate.ssl_support")
		}
	}
}

// onlyInConfig are the fields that are read from a distribution's configuration and from nothing else.
var onlyInConfig = []string{"default_root_object", "logging.legacy", "logging.bucket", "logging.prefix", "logging.realtime", "logging.realtime_configs"}

// config reads what stands in the configuration alone.
func (r *reader) config(d *Distribution, a answered) {
	if a.failed != nil {
		r.c.Unknown(&d.Meta, a.failed, onlyInConfig...)
		return
	}
	md := a.config.ResultMetadata
	r.c.Read(&d.Meta, md)
	c := a.config.DistributionConfig
	if d.DefaultRootObject = c.DefaultRootObject; d.DefaultRootObject == nil {
		r.without(&d.Meta, md, getDistributionConfig, "DefaultRootObject", "default_root_object")
	}
	r.legacy(d, c.Logging, md)
	r.realtimeOf(d, c, md)
}

// A webACL is what stands in front of a distribution or a tenant.
type webACL struct {
	name *string
	kind string
	// page is where a distribution was listed with it.
	page middleware.Metadata
}

// webACLOf tells the ARN of a web ACL from the id of a Classic one, and both from none.
func webACLOf(id string) webACL {
	parts := strings.SplitN(id, ":", 6)
	switch {
	case id == "":
		return webACL{kind: "none"}
	case len(parts) == 6 && parts[0] == "arn" && parts[2] == "wafv2" && strings.HasPrefix(parts[5], "global/webacl/"):
		return webACL{name: &id, kind: "wafv2"}
	case len(parts) == 1 && strings.Trim(strings.ToLower(id), "0123456789abcdef-") == "":
		return webACL{name: &id, kind: "classic"}
	}
	return webACL{name: &id, kind: "other"}
}

// text takes an optional text: what is empty is absent.
func text(s *string) *string {
	if aws.ToString(s) == "" {
		return nil
	}
	return s
}

func sorted(in []string) []string {
	out := cell.List(in)
	slices.Sort(out)
	return out
}
