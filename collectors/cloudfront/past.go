package cloudfront

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/auditseal/auditseal/collectors/configitem"
)

// Past lists what configuration items tell of the kinds of this package.
//
// AWS::CloudFront::Distribution carries what GetDistribution answers, spelt with small letters (https://github.com/awslabs/aws-config-resource-schema):
// lists as {"quantity": …, "items": …}, and an empty webACLId where there is no web ACL. It does not carry standard logging (v2), which CloudWatch
// Logs keeps, nor, by that schema, real-time logs, so that whether a distribution logs at all is told only where legacy logging is on. The values of
// the headers that CloudFront adds for origins stand in items; they are not read.
func Past() []configitem.Reader {
	r := configitem.For("AWS::CloudFront::Distribution", false, distributionID, pastDistribution)
	r.Home = true // https://docs.aws.amazon.com/config/latest/developerguide/resource-config-reference.html
	return []configitem.Reader{r}
}

func distributionID(it *configitem.Item) string {
	return it.Amazon("cloudfront", "", it.Account, "distribution/"+it.ResourceID)
}

func pastDistribution(it *configitem.Item) (*Distribution, []string, error) {
	var r configitem.Reading
	c := r.Configuration(it)
	d := &Distribution{}
	if id, ok := r.Text(c, "id"); ok {
		if id != it.ResourceID {
			r.Fail("the item of %q is of the distribution %q", it.ResourceID, id)
		}
		d.DistributionID = id
		r.Tell("distribution_id")
	}
	pastOptional(&r, c, "domainName", "domain", &d.Domain)
	pastOptional(&r, c, "status", "status", &d.Status)
	if t, ok := r.Time(c, "lastModifiedTime"); ok {
		d.Modified = &t
		r.Tell("modified")
	}
	conf, ok := r.Object(c, "distributionConfig")
	if !ok {
		return d, r.Told, r.Err
	}
	pastOptional(&r, conf, "comment", "comment", &d.Comment)
	pastOptional(&r, conf, "httpVersion", "http_version", &d.HTTPVersion)
	for _, f := range []struct {
		member, field string
		to            **bool
	}{{"enabled", "enabled", &d.Enabled}, {"staging", "staging", &d.Staging}} {
		if v, ok := r.Bool(conf, f.member); ok {
			*f.to = &v
			r.Tell(f.field)
		}
	}
	if v, ok := r.Said(conf, "defaultRootObject"); ok {
		d.DefaultRootObject = &v
		r.Tell("default_root_object")
	}
	if list, ok := pastItems(&r, conf, "aliases", r.Texts); ok {
		d.Aliases = sorted(list)
		r.Tell("aliases")
	}
	if id, ok := r.Said(conf, "webACLId"); ok {
		acl := webACLOf(id)
		d.WebACL, d.WebACLKind = acl.name, &acl.kind
		r.Tell("web_acl", "web_acl_kind")
	}
	d.pastBehaviors(&r, conf)
	d.pastCertificate(&r, conf)
	d.pastLogging(&r, conf)
	d.pastOrigins(&r, conf)
	d.pastRestriction(&r, conf)
	return d, r.Told, r.Err
}

func pastOptional(r *configitem.Reading, o configitem.Object, member, field string, to **string) {
	if v, ok := r.Text(o, member); ok {
		*to = &v
		r.Tell(field)
	}
}

// pastItems reads a list with its quantity. Without one, or with another number of items, it is not known to be whole; a quantity of 0 with no
// items at all is a list of none.
func pastItems[T any](r *configitem.Reading, o configitem.Object, member string, read func(configitem.Object, string) ([]T, bool)) ([]T, bool) {
	l, ok := r.Object(o, member)
	if !ok {
		return nil, false
	}
	n, counted := r.Int(l, "quantity")
	items, _ := read(l, "items")
	return items, counted && n == len(items)
}

func (d *Distribution) pastBehaviors(r *configitem.Reading, conf configitem.Object) {
	var plain []string
	first, ok := r.Object(conf, "defaultCacheBehavior")
	policy, said := r.Text(first, "viewerProtocolPolicy")
	whole := ok && said
	if whole {
		d.ViewerProtocolPolicy = &policy
		r.Tell("viewer_protocol_policy")
		plain = notePlain([]string{}, defaultBehavior, types.ViewerProtocolPolicy(policy))
	}
	others, ok := pastItems(r, conf, "cacheBehaviors", r.Objects)
	if !ok {
		return
	}
	n := 1 + len(others)
	d.Behaviors = &n
	r.Tell("behaviors")
	for _, b := range others {
		p, said := r.Text(b, "viewerProtocolPolicy")
		pattern, named := r.Text(b, "pathPattern")
		whole = whole && said && named
		plain = notePlain(plain, pattern, types.ViewerProtocolPolicy(p))
	}
	if whole {
		d.PlainHTTPBehaviors = plain
		r.Tell("plain_http_behaviors")
	}
}

// pastCertificate reads the viewer certificate, as certificate does.
func (d *Distribution) pastCertificate(r *configitem.Reading, conf configitem.Object) {
	v, ok := r.Object(conf, "viewerCertificate")
	if !ok {
		return
	}
	c := &d.Certificate
	pastOptional(r, v, "certificateSource", "certificate.source", &c.Source)
	pastOptional(r, v, "minimumProtocolVersion", "certificate.configured", &c.Configured)
	pastOptional(r, v, "sslSupportMethod", "certificate.ssl_support", &c.SSLSupport)
	acm, isACM := r.Text(v, "acmCertificateArn")
	if isACM {
		c.ARN = &acm
	} else if id, ok := r.Text(v, "iamCertificateId"); ok {
		c.ARN = &id
	}
	if c.ARN != nil {
		r.Tell("certificate.arn")
	}
	own, said := r.Bool(v, "cloudFrontDefaultCertificate")
	if said && own && c.ARN != nil {
		r.Fail("the viewer certificate is CloudFront's own and another one")
		return
	}
	switch {
	case said && own:
		tls := string(types.MinimumProtocolVersionTLSv1)
		c.Default, c.MinimumProtocol = &own, &tls
		r.Tell("certificate.default", "certificate.minimum_protocol")
	case c.ARN != nil:
		no := false
		c.Default, c.MinimumProtocol = &no, c.Configured
		r.Tell("certificate.default")
		if c.Configured != nil {
			r.Tell("certificate.minimum_protocol")
		}
	}
}

func (d *Distribution) pastLogging(r *configitem.Reading, conf configitem.Object) {
	l, ok := r.Object(conf, "logging")
	if !ok {
		return
	}
	on, said := r.Bool(l, "enabled")
	bucket, named := r.Text(l, "bucket")
	switch {
	case !said:
	case !on:
		d.Logging.Legacy = &on
		r.Tell("logging.legacy")
	case named:
		d.Logging.Legacy, d.Logging.Bucket = &on, &bucket
		r.Tell("logging.legacy", "logging.bucket")
		pastOptional(r, l, "prefix", "logging.prefix", &d.Logging.Prefix)
	}
}

func (d *Distribution) pastOrigins(r *configitem.Reading, conf configitem.Object) {
	if groups, ok := pastItems(r, conf, "originGroups", r.Objects); ok {
		n, whole := 0, true
		for _, g := range groups {
			members, ok := pastItems(r, g, "members", r.Objects)
			whole = whole && ok
			if len(members) > 1 {
				n++
			}
		}
		if whole {
			d.FailoverGroups = &n
			r.Tell("failover_groups")
		}
	}
	origins, ok := pastItems(r, conf, "origins", r.Objects)
	if !ok {
		return
	}
	n := len(origins)
	d.Origins = &n
	r.Tell("origins")
	buckets := []string{}
	for _, o := range origins {
		id, named := r.Text(o, "id")
		domain, asked := r.Text(o, "domainName")
		_, isS3 := r.Object(o, "s3OriginConfig")
		_, isCustom := r.Object(o, "customOriginConfig")
		if !named || !asked || isS3 == isCustom { // one of both, unless it is a VPC origin, of which the schema does not know
			return
		}
		if isS3 || bucketDomain.MatchString(domain) {
			buckets = append(buckets, id)
		}
	}
	slices.Sort(buckets)
	d.S3Origins = buckets
	r.Tell("s3_origins")
}

func (d *Distribution) pastRestriction(r *configitem.Reading, conf configitem.Object) {
	restrictions, _ := r.Object(conf, "restrictions")
	g, ok := r.Object(restrictions, "geoRestriction")
	if !ok {
		return
	}
	if kind, ok := r.Text(g, "restrictionType"); ok {
		kind = strings.ToLower(kind)
		d.GeoRestriction = &kind
		r.Tell("geo_restriction")
	}
	if list, ok := pastItems(r, restrictions, "geoRestriction", r.Texts); ok {
		d.GeoLocations = sorted(list)
		r.Tell("geo_locations")
	}
}
