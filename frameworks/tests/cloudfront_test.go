package tests_test

import (
	"testing"

	"github.com/auditseal/auditseal/collectors/cloudfront"
	"github.com/auditseal/auditseal/frameworks/assess"
)

// distribution is one with nothing amiss, changed by the functions.
func distribution(change ...func(*cloudfront.Distribution)) *cloudfront.Distribution {
	d := &cloudfront.Distribution{Enabled: ptr(true), ConnectionMode: ptr("direct"), ViewerProtocolPolicy: ptr("redirect-to-https"), PlainHTTPBehaviors: []string{}, WebACLKind: ptr("wafv2"),
		Certificate: cloudfront.Certificate{Default: ptr(false), MinimumProtocol: ptr("TLSv1.2_2021"), SSLSupport: ptr("sni-only")},
		Logging:     cloudfront.Logging{Legacy: ptr(false), V2: ptr(true), Realtime: ptr(false)}, DefaultRootObject: ptr("index.html"), S3Origins: []string{"assets"}, FailoverGroups: ptr(1)}
	for _, c := range change {
		c(d)
	}
	return d
}

// bucket is an S3 origin, and server a custom one, with nothing amiss.
func bucketOrigin(change ...func(*cloudfront.Origin)) *cloudfront.Origin {
	o := &cloudfront.Origin{Type: ptr("s3"), FunctionURL: ptr(false), BucketDomain: ptr(true), AccessControl: ptr("E1"), SigningBehavior: ptr("always"), SSLProtocols: []string{}, OldProtocols: []string{}, ViewersPlain: ptr(false)}
	for _, c := range change {
		c(o)
	}
	return o
}

func serverOrigin(change ...func(*cloudfront.Origin)) *cloudfront.Origin {
	return bucketOrigin(append([]func(*cloudfront.Origin){func(o *cloudfront.Origin) {
		o.Type, o.BucketDomain, o.AccessControl, o.SigningBehavior, o.ProtocolPolicy, o.SSLProtocols = ptr("custom"), ptr(false), nil, nil, ptr("https-only"), []string{"TLSv1.2"}
	}}, change...)...)
}

func TestCloudFrontResults(t *testing.T) {
	type dist = func(*cloudfront.Distribution)
	type origin = func(*cloudfront.Origin)
	viewers := func(policy string, plain ...string) dist {
		return func(d *cloudfront.Distribution) {
			d.ViewerProtocolPolicy, d.PlainHTTPBehaviors = &policy, append([]string{}, plain...)
		}
	}
	disabled := dist(func(d *cloudfront.Distribution) { d.Enabled = ptr(false) })
	policy := func(s string) dist {
		return func(d *cloudfront.Distribution) { d.Certificate.MinimumProtocol = &s }
	}
	byDefault := dist(func(d *cloudfront.Distribution) {
		d.Certificate = cloudfront.Certificate{Default: ptr(true), MinimumProtocol: ptr("TLSv1"), SSLSupport: ptr("vip")}
	})
	mode := func(s *string) dist { return func(d *cloudfront.Distribution) { d.ConnectionMode = s } }
	support := func(s string) dist { return func(d *cloudfront.Distribution) { d.Certificate.SSLSupport = &s } }
	behind := func(kind string) dist { return func(d *cloudfront.Distribution) { d.WebACLKind = &kind } }
	logs := func(legacy, v2, realtime bool) dist {
		return func(d *cloudfront.Distribution) {
			d.Logging = cloudfront.Logging{Legacy: &legacy, V2: &v2, Realtime: &realtime}
		}
	}
	root := func(s string, origins ...string) dist {
		return func(d *cloudfront.Distribution) { d.DefaultRootObject, d.S3Origins = &s, origins }
	}
	groups := func(n int) dist { return func(d *cloudfront.Distribution) { d.FailoverGroups = &n } }
	signs := func(s string) origin { return func(o *cloudfront.Origin) { o.SigningBehavior = &s } }
	unsigned := origin(func(o *cloudfront.Origin) { o.AccessControl, o.SigningBehavior = nil, nil })
	identity := origin(func(o *cloudfront.Origin) {
		o.AccessControl, o.SigningBehavior, o.Identity = nil, nil, ptr("origin-access-identity/cloudfront/E")
	})
	function := origin(func(o *cloudfront.Origin) { o.FunctionURL = ptr(true) })
	connects := func(policy string, plain bool) origin {
		return func(o *cloudfront.Origin) { o.ProtocolPolicy, o.ViewersPlain = &policy, &plain }
	}
	speaks := func(protocols ...string) origin {
		return func(o *cloudfront.Origin) { o.SSLProtocols = append([]string{}, protocols...) }
	}
	vpc := origin(func(o *cloudfront.Origin) { o.Type = ptr("vpc") })
	tenant := func(kind string) *cloudfront.Tenant { return &cloudfront.Tenant{WebACLKind: &kind} }

	try(t, []trial{
		{"cloudfront-viewers-https",
			records{distribution(), distribution(viewers("https-only"))},
			records{distribution(viewers("allow-all", "Default (*)=allow-all")), distribution(viewers("https-only", "/a=allow-all")), distribution(viewers("sometimes")), distribution(viewers("allow-all", "x"), disabled),
				unread(distribution(viewers("allow-all")), "plain_http_behaviors")},
			records{unread(distribution(), "plain_http_behaviors"), unread(distribution(), "viewer_protocol_policy"), distribution(func(d *cloudfront.Distribution) { d.ViewerProtocolPolicy = nil })}},
		{"cloudfront-viewer-tls",
			records{distribution(), distribution(policy("TLSv1.2_2025")), distribution(policy("TLSv1.3_2025"))},
			records{distribution(policy("TLSv1.2_2019")), distribution(policy("TLSv1.2_2018")), distribution(policy("TLSv1.1_2016")), distribution(policy("TLSv1")), distribution(policy("SSLv3")), distribution(byDefault), distribution(policy("TLSv1.2_2099"))},
			records{unread(distribution(), "certificate"), unread(distribution(), "certificate.minimum_protocol"), distribution(func(d *cloudfront.Distribution) { d.Certificate.MinimumProtocol = nil })}},
		{"cloudfront-own-certificate",
			records{distribution(), distribution(mode(nil)), distribution(byDefault, mode(ptr("tenant-only")))},
			records{distribution(byDefault), distribution(byDefault, mode(nil)), distribution(byDefault, mode(ptr("somehow")))},
			records{unread(distribution(), "certificate"), unread(distribution(byDefault), "certificate.default"), distribution(func(d *cloudfront.Distribution) { d.Certificate.Default = nil })}},
		{"cloudfront-sni",
			records{distribution(), distribution(byDefault)},
			records{distribution(support("vip")), distribution(support("static-ip")), distribution(support("somehow"))},
			records{unread(distribution(), "certificate"), unread(distribution(), "certificate.ssl_support"), distribution(func(d *cloudfront.Distribution) { d.Certificate.SSLSupport = nil })}},
		{"cloudfront-web-acl",
			records{distribution()},
			records{distribution(behind("none")), distribution(behind("classic")), distribution(behind("other")), distribution(behind("none"), disabled)},
			records{unread(distribution(), "web_acl_kind"), distribution(func(d *cloudfront.Distribution) { d.WebACLKind = nil })}},
		{"cloudfront-tenant-web-acl",
			records{tenant("wafv2")},
			records{tenant("none"), tenant("classic"), tenant("other")},
			records{unread(tenant("wafv2"), "web_acl_kind"), &cloudfront.Tenant{}}},
		{"cloudfront-logging",
			records{distribution(), distribution(logs(true, false, false)), distribution(logs(false, false, true)), unread(distribution(logs(false, true, false)), "logging.legacy", "logging.realtime"), unread(distribution(logs(true, false, false)), "logging.v2")},
			records{distribution(logs(false, false, false))},
			records{unread(distribution(logs(false, false, false)), "logging.legacy"), unread(distribution(logs(false, false, false)), "logging.v2"), unread(distribution(logs(false, false, false)), "logging.realtime"),
				distribution(func(d *cloudfront.Distribution) { d.Logging = cloudfront.Logging{} })}},
		{"cloudfront-default-root-object",
			records{distribution(), distribution(root("", []string{}...))},
			records{distribution(root("", "assets"))},
			records{unread(distribution(), "default_root_object"), unread(distribution(root("", []string{}...)), "s3_origins"), distribution(func(d *cloudfront.Distribution) { d.DefaultRootObject = nil })}},
		{"cloudfront-origin-failover",
			records{distribution(), distribution(groups(3))},
			records{distribution(groups(0))},
			records{unread(distribution(), "failover_groups"), distribution(func(d *cloudfront.Distribution) { d.FailoverGroups = nil })}},
		{"cloudfront-s3-origin-access-control",
			records{bucketOrigin(), serverOrigin(), bucketOrigin(vpc, unsigned)},
			records{bucketOrigin(unsigned), bucketOrigin(identity), bucketOrigin(signs("never")), bucketOrigin(signs("no-override")), bucketOrigin(signs("somehow")), serverOrigin(func(o *cloudfront.Origin) { o.BucketDomain = ptr(true) })},
			records{unread(bucketOrigin(), "signing_behavior"), unread(serverOrigin(), "bucket_domain"), unread(bucketOrigin(unsigned), "type"), bucketOrigin(func(o *cloudfront.Origin) { o.Type = nil })}},
		{"cloudfront-function-url-access-control",
			records{serverOrigin(function, signs("always")), serverOrigin()},
			records{serverOrigin(function), serverOrigin(function, signs("never")), serverOrigin(function, signs("no-override"))},
			records{unread(serverOrigin(function), "signing_behavior"), unread(serverOrigin(), "function_url")}},
		{"cloudfront-custom-origin-tls",
			records{serverOrigin(), serverOrigin(connects("match-viewer", false)), bucketOrigin(), bucketOrigin(vpc), serverOrigin(connects("https-only", true))},
			records{serverOrigin(connects("http-only", false)), serverOrigin(connects("match-viewer", true)), serverOrigin(connects("somehow", false))},
			records{unread(serverOrigin(), "protocol_policy"), unread(serverOrigin(connects("match-viewer", false)), "viewers_plain_http"), unread(bucketOrigin(connects("http-only", false)), "type")}},
		{"cloudfront-custom-origin-protocols",
			records{serverOrigin(), serverOrigin(connects("http-only", false), speaks("SSLv3")), bucketOrigin(), serverOrigin(connects("match-viewer", false))},
			records{serverOrigin(speaks("TLSv1.1", "TLSv1.2")), serverOrigin(speaks("SSLv3")), serverOrigin(speaks()), serverOrigin(speaks("TLSv9")), serverOrigin(connects("match-viewer", true), speaks("TLSv1"))},
			records{unread(serverOrigin(), "ssl_protocols"), unread(serverOrigin(speaks("SSLv3")), "protocol_policy"), unread(serverOrigin(speaks("SSLv3")), "type")}},
	})
}

// Where there is nothing that a test is about, it says so.
func TestCloudFrontNotApplicable(t *testing.T) {
	want(t, perform(t, "cloudfront-s3-origin-access-control", nil, serverOrigin()), assess.NotApplicable)
	want(t, perform(t, "cloudfront-function-url-access-control", nil, serverOrigin()), assess.NotApplicable)
	want(t, perform(t, "cloudfront-custom-origin-tls", nil, bucketOrigin()), assess.NotApplicable)
}
