package cloudfront

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
)

const prolog = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

func fail(status int, code string) celltest.Answer {
	return celltest.Answer{Status: status, Body: prolog + "<ErrorResponse><Error><Type>Sender</Type><Code>" + code + "</Code><Message>no</Message></Error><RequestId>r</RequestId></ErrorResponse>"}
}

const (
	arn       = "arn:aws:cloudfront::111122223333:distribution/E1"
	acl       = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/edge/1"
	behaviors = "<DefaultCacheBehavior><TargetOriginId>o</TargetOriginId><ViewerProtocolPolicy>https-only</ViewerProtocolPolicy><RealtimeLogConfigArn>rt</RealtimeLogConfigArn></DefaultCacheBehavior>" +
		"<CacheBehaviors><Quantity>1</Quantity><Items><CacheBehavior><PathPattern>/a</PathPattern><ViewerProtocolPolicy>redirect-to-https</ViewerProtocolPolicy><RealtimeLogConfigArn>rt</RealtimeLogConfigArn></CacheBehavior></Items></CacheBehaviors>"
	summary = "<DistributionSummary><Id>E1</Id><ARN>" + arn + "</ARN><Aliases><Quantity>0</Quantity></Aliases>" +
		"<Origins><Quantity>3</Quantity><Items>" +
		"<Origin><Id>b</Id><DomainName>b.s3.amazonaws.com</DomainName><CustomHeaders><Quantity>0</Quantity></CustomHeaders><S3OriginConfig><OriginAccessIdentity/></S3OriginConfig><OriginAccessControlId>oac</OriginAccessControlId></Origin>" +
		"<Origin><Id>c</Id><DomainName>c.example.com</DomainName><CustomHeaders><Quantity>0</Quantity></CustomHeaders><CustomOriginConfig><OriginProtocolPolicy>https-only</OriginProtocolPolicy><OriginSslProtocols><Quantity>1</Quantity><Items><SslProtocol>TLSv1.2</SslProtocol></Items></OriginSslProtocols></CustomOriginConfig></Origin>" +
		"<Origin><Id>v</Id><DomainName>v.internal</DomainName><CustomHeaders><Quantity>0</Quantity></CustomHeaders><VpcOriginConfig><VpcOriginId>vo</VpcOriginId></VpcOriginConfig></Origin>" +
		"</Items></Origins><OriginGroups><Quantity>0</Quantity></OriginGroups>" + behaviors +
		"<Enabled>true</Enabled><ViewerCertificate><CloudFrontDefaultCertificate>false</CloudFrontDefaultCertificate><ACMCertificateArn>arn:acm</ACMCertificateArn><SSLSupportMethod>sni-only</SSLSupportMethod><MinimumProtocolVersion>TLSv1.2_2021</MinimumProtocolVersion><CertificateSource>acm</CertificateSource></ViewerCertificate>" +
		"<Restrictions><GeoRestriction><RestrictionType>none</RestrictionType><Quantity>0</Quantity></GeoRestriction></Restrictions><WebACLId>" + acl + "</WebACLId><HttpVersion>http2</HttpVersion><Staging>false</Staging><ConnectionMode>tenant-only</ConnectionMode></DistributionSummary>"
	distributionList = "<DistributionList><Marker/><MaxItems>100</MaxItems><IsTruncated>false</IsTruncated><Quantity>1</Quantity><Items>" + summary + "</Items></DistributionList>"
	config           = "<DistributionConfig><DefaultRootObject>index.html</DefaultRootObject>" + behaviors + "<Logging><Enabled>true</Enabled><IncludeCookies>false</IncludeCookies><Bucket>logs.s3.amazonaws.com</Bucket><Prefix/></Logging></DistributionConfig>"
	controlList      = "<OriginAccessControlList><Marker/><MaxItems>100</MaxItems><IsTruncated>false</IsTruncated><Quantity>1</Quantity><Items><OriginAccessControlSummary><Id>oac</Id><SigningBehavior>always</SigningBehavior></OriginAccessControlSummary></Items></OriginAccessControlList>"
	realtimeList     = "<RealtimeLogConfigs><MaxItems>100</MaxItems><Items><member><ARN>rt</ARN><SamplingRate>100</SamplingRate></member></Items><IsTruncated>false</IsTruncated><Marker/></RealtimeLogConfigs>"
	tenantList       = "<ListDistributionTenantsResult><DistributionTenantList><DistributionTenantSummary><Arn>arn:tenant</Arn><DistributionId>E1</DistributionId><Enabled>true</Enabled><Domains><member><Domain>t.example.com</Domain></member></Domains></DistributionTenantSummary></DistributionTenantList></ListDistributionTenantsResult>"
	sources          = `{"deliverySources":[{"name":"s","resourceArns":["` + arn + `"],"service":"cloudfront","logType":"ACCESS_LOGS","status":"ACTIVE"}]}`
	delivered        = `{"deliveries":[{"deliverySourceName":"s","deliveryDestinationArn":"arn:d","deliveryDestinationType":"S3"}]}`
)

// usual are the answers about an account with one multi-tenant distribution, with three origins and one tenant. Nothing is wrong with them.
var usual = map[string]string{
	"GET /2020-05-31/distribution": distributionList, "GET /2020-05-31/distribution/E1/config": config, "GET /2020-05-31/origin-access-control": controlList,
	"GET /2020-05-31/realtime-log-config": realtimeList, "POST /2020-05-31/distribution-tenants": tenantList, "DescribeDeliverySources": sources, "DescribeDeliveries": delivered,
}

// short names for the operations of usual.
var short = map[string]string{"list": "GET /2020-05-31/distribution", "config": "GET /2020-05-31/distribution/E1/config", "controls": "GET /2020-05-31/origin-access-control",
	"realtime": "GET /2020-05-31/realtime-log-config", "tenants": "POST /2020-05-31/distribution-tenants", "sources": "DescribeDeliverySources", "deliveries": "DescribeDeliveries"}

// answers collects with the usual answers, of which some are others.
func answers(t *testing.T, o celltest.Options, odd map[string]celltest.Answer) *celltest.Result {
	t.Helper()
	o.URL = celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		for name, op := range short {
			if a, there := odd[name]; there && op == q.Operation {
				return a
			}
		}
		body := usual[q.Operation]
		if strings.HasPrefix(body, "<") {
			body = prolog + body
		}
		return celltest.Answer{Body: body}
	})
	return celltest.Run(t, Collector{}, o)
}

// changed gives the usual answer with something in it replaced.
func changed(t *testing.T, name, from, to string) celltest.Answer {
	t.Helper()
	body := usual[short[name]]
	if !strings.Contains(body, from) {
		t.Fatalf("the usual answer to %s has no %s", name, from)
	}
	return celltest.Answer{Body: strings.Replace(body, from, to, 1)}
}

func TestTheUsualAnswersLeaveNoGap(t *testing.T) {
	r := answers(t, celltest.Options{}, nil)
	d := celltest.One[Distribution](t, r, arn)
	if len(r.Gaps) > 0 || len(r.Records) != 5 || !*d.Logging.Legacy || !*d.Logging.V2 || !*d.Logging.Realtime || *d.Logging.Bucket != "logs.s3.amazonaws.com" || d.Logging.Prefix != nil || *celltest.One[Tenant](t, r, "").WebACL != acl {
		t.Errorf("%d records, gaps %v, %+v", len(r.Records), r.Gaps, d)
	}
	if o := celltest.One[Origin](t, r, "/v"); *o.Type != "vpc" || o.ProtocolPolicy != nil || o.SSLProtocols == nil {
		t.Errorf("%+v", o)
	}
}

// Each answer that lacks what decides leaves exactly that unknown.
func TestHalfAnswers(t *testing.T) {
	for _, c := range []struct {
		answer, from, to string
		unknown, code    string
	}{
		{"list", "<Enabled>true</Enabled>", "", "enabled", "MissingMember"},
		{"list", "<Staging>false</Staging>", "", "staging", "MissingMember"},
		{"list", "<HttpVersion>http2</HttpVersion>", "", "http_version", "MissingMember"},
		{"list", "<Aliases><Quantity>0</Quantity></Aliases>", "", "aliases", "MissingMember"},
		{"list", "<Aliases><Quantity>0</Quantity></Aliases>", "<Aliases><Quantity>1</Quantity></Aliases>", "aliases", "MissingMember"},
		{"list", "<Aliases><Quantity>0</Quantity></Aliases>", "<Aliases/>", "aliases", "MissingMember"},
		{"list", "<WebACLId>" + acl + "</WebACLId>", "", "web_acl_kind", "MissingMember"},
		{"list", "<OriginGroups><Quantity>0</Quantity></OriginGroups>", "", "failover_groups", "MissingMember"},
		{"list", "<OriginGroups><Quantity>0</Quantity></OriginGroups>", "<OriginGroups><Quantity>2</Quantity></OriginGroups>", "failover_groups", "MissingMember"},
		{"list", "<OriginGroups><Quantity>0</Quantity></OriginGroups>", "<OriginGroups><Quantity>1</Quantity><Items><OriginGroup><Id>g</Id></OriginGroup></Items></OriginGroups>", "failover_groups", "MissingMember"},
		{"list", "<GeoRestriction><RestrictionType>none</RestrictionType><Quantity>0</Quantity></GeoRestriction>", "", "geo_restriction", "MissingMember"},
		{"list", "<RestrictionType>none</RestrictionType><Quantity>0</Quantity>", "<RestrictionType>whitelist</RestrictionType><Quantity>3</Quantity><Items><Location>IE</Location></Items>", "geo_locations", "MissingMember"},
		{"list", "<ViewerProtocolPolicy>https-only</ViewerProtocolPolicy>", "", "viewer_protocol_policy", "MissingMember"},
		{"list", "<ViewerProtocolPolicy>https-only</ViewerProtocolPolicy>", "", "plain_http_behaviors", "MissingMember"},
		{"list", "<ViewerProtocolPolicy>https-only</ViewerProtocolPolicy>", "", "viewers_plain_http", "MissingMember"},
		{"list", "<ViewerProtocolPolicy>redirect-to-https</ViewerProtocolPolicy>", "", "plain_http_behaviors", "MissingMember"},
		{"list", "<CacheBehaviors><Quantity>1</Quantity>", "<CacheBehaviors><Quantity>2</Quantity>", "plain_http_behaviors", "MissingMember"},
		{"list", "<CacheBehaviors><Quantity>1</Quantity>", "<CacheBehaviors>", "behaviors", "MissingMember"},
		{"list", "<CacheBehaviors><Quantity>1</Quantity>", "<CacheBehaviors>", "viewers_plain_http", "MissingMember"},
		{"list", "<CloudFrontDefaultCertificate>false</CloudFrontDefaultCertificate><ACMCertificateArn>arn:acm</ACMCertificateArn>", "", "certificate.default", "MissingMember"},
		{"list", "<CloudFrontDefaultCertificate>false</CloudFrontDefaultCertificate><ACMCertificateArn>arn:acm</ACMCertificateArn>", "", "certificate.minimum_protocol", "MissingMember"},
		{"list", "<ACMCertificateArn>arn:acm</ACMCertificateArn>", "", "certificate.default", "MissingMember"},
		{"list", "<MinimumProtocolVersion>TLSv1.2_2021</MinimumProtocolVersion>", "", "certificate.minimum_protocol", "MissingMember"},
		{"list", "<SSLSupportMethod>sni-only</SSLSupportMethod>", "", "certificate.ssl_support", "MissingMember"},
		{"list", "<Origins><Quantity>3</Quantity>", "<Origins><Quantity>4</Quantity>", "s3_origins", "MissingMember"},
		{"list", "<Origins><Quantity>3</Quantity>", "<Origins>", "origins", "MissingMember"},
		{"list", "<S3OriginConfig><OriginAccessIdentity/></S3OriginConfig>", "", "type", "MissingMember"},
		{"list", "<S3OriginConfig><OriginAccessIdentity/></S3OriginConfig>", "", "s3_origins", "MissingMember"},
		{"list", "<S3OriginConfig><OriginAccessIdentity/></S3OriginConfig>", "<S3OriginConfig/><CustomOriginConfig/>", "type", "MissingMember"},
		{"list", "<DomainName>b.s3.amazonaws.com</DomainName>", "", "function_url", "MissingMember"},
		{"list", "<CustomHeaders><Quantity>0</Quantity></CustomHeaders>", "<CustomHeaders><Quantity>1</Quantity></CustomHeaders>", "custom_headers", "MissingMember"},
		{"list", "<OriginProtocolPolicy>https-only</OriginProtocolPolicy>", "", "protocol_policy", "MissingMember"},
		{"list", "<SslProtocol>TLSv1.2</SslProtocol>", "", "ssl_protocols", "MissingMember"},
		{"list", "<OriginSslProtocols><Quantity>1</Quantity>", "<OriginSslProtocols><Quantity>2</Quantity>", "old_protocols", "MissingMember"},
		{"list", "<OriginAccessControlId>oac</OriginAccessControlId>", "<OriginAccessControlId>another</OriginAccessControlId>", "signing_behavior", "Contradiction"},
		{"config", "<DefaultRootObject>index.html</DefaultRootObject>", "", "default_root_object", "MissingMember"},
		{"config", "<Logging><Enabled>true</Enabled>", "<Logging>", "logging.legacy", "MissingMember"},
		{"config", "<Bucket>logs.s3.amazonaws.com</Bucket>", "<Bucket/>", "logging.legacy", "MissingMember"},
		{"config", "<CacheBehaviors><Quantity>1</Quantity>", "<CacheBehaviors><Quantity>2</Quantity>", "logging.realtime", "MissingMember"},
		{"config", "<RealtimeLogConfigArn>rt</RealtimeLogConfigArn>", "<RealtimeLogConfigArn>rt2</RealtimeLogConfigArn>", "logging.realtime", "Contradiction"},
		{"controls", "<SigningBehavior>always</SigningBehavior>", "", "signing_behavior", "MissingMember"},
		{"controls", "<Quantity>1</Quantity>", "<Quantity>2</Quantity>", "signing_behavior", "WrongQuantity"},
		{"controls", "<Quantity>1</Quantity>", "", "signing_behavior", "MissingMember"},
		{"controls", "<IsTruncated>false</IsTruncated>", "", "signing_behavior", "MissingMember"},
		{"controls", "<IsTruncated>false</IsTruncated>", "<IsTruncated>true</IsTruncated>", "signing_behavior", "MissingMember"},
		{"realtime", "<SamplingRate>100</SamplingRate>", "", "logging.realtime", "MissingMember"},
		{"realtime", "<IsTruncated>false</IsTruncated>", "", "logging.realtime", "MissingMember"},
		{"realtime", "<IsTruncated>false</IsTruncated>", "<IsTruncated>true</IsTruncated>", "logging.realtime_configs", "MissingMember"},
		{"sources", `"name":"s",`, ``, "logging.v2", "MissingMember"},
		{"sources", `"ACCESS_LOGS"`, `""`, "logging.v2", "MissingMember"},
		{"sources", `["` + arn + `"]`, `[]`, "logging.v2", "MissingMember"},
		{"sources", `"ACTIVE"`, `"DRAINING"`, "logging.v2", "MissingMember"},
		{"deliveries", `"deliverySourceName":"s",`, ``, "logging.v2", "MissingMember"},
		{"deliveries", `,"deliveryDestinationType":"S3"`, ``, "logging.v2_destinations", "MissingMember"},
		{"tenants", "<Enabled>true</Enabled>", "", "enabled", "MissingMember"},
		{"tenants", "<DistributionId>E1</DistributionId>", "", "distribution_id", "MissingMember"},
		{"tenants", "<DistributionId>E1</DistributionId>", "<DistributionId>E2</DistributionId>", "web_acl_kind", "Contradiction"},
		{"tenants", "<Enabled>true</Enabled>", "<Enabled>true</Enabled><Customizations><WebAcl><Action>allow</Action></WebAcl></Customizations>", "web_acl_kind", "MissingMember"},
		{"tenants", "<Enabled>true</Enabled>", "<Enabled>true</Enabled><Customizations><WebAcl><Action>override</Action></WebAcl></Customizations>", "web_acl", "MissingMember"},
	} {
		r := answers(t, celltest.Options{}, map[string]celltest.Answer{c.answer: changed(t, c.answer, c.from, c.to)})
		found := false
		for _, rec := range r.Records {
			found = found || celltest.Unknown(rec, c.unknown) == c.code
		}
		if !found || len(r.Records) != 5 {
			t.Errorf("%s with %q for %q: %s is not unknown by %s; %d records, gaps %v", c.answer, c.to, c.from, c.unknown, c.code, len(r.Records), r.Gaps)
		}
	}
}

// A list that tells of more or less than it holds is not whole, and what stands on it without a name is not left out in silence.
func TestListsThatAreNotWhole(t *testing.T) {
	for _, c := range []struct {
		answer, from, to, code, kind string
	}{
		{"list", "<Quantity>1</Quantity><Items><DistributionSummary>", "<Quantity>2</Quantity><Items><DistributionSummary>", "WrongQuantity", distributionKind},
		{"list", "<Quantity>1</Quantity><Items><DistributionSummary>", "<Quantity>0</Quantity><Items><DistributionSummary>", "WrongQuantity", originKind},
		{"list", "<Quantity>1</Quantity><Items><DistributionSummary>", "<Items><DistributionSummary>", "MissingMember", distributionKind},
		{"list", "<IsTruncated>false</IsTruncated>", "<IsTruncated>true</IsTruncated>", "MissingMember", distributionKind},
		{"list", "<IsTruncated>false</IsTruncated>", "", "MissingMember", originKind},
		{"list", "<Id>E1</Id>", "", "MissingMember", distributionKind},
		{"list", "<ARN>" + arn + "</ARN>", "", "MissingMember", originKind},
		{"list", summary, "", "WrongQuantity", distributionKind},
		{"list", "<Items>" + summary + "</Items>", "", "WrongQuantity", originKind},
		{"list", "<Quantity>1</Quantity><Items>" + summary, "<Quantity>2</Quantity><Items>" + summary + summary, "SaidTwice", distributionKind},
		{"list", "<Origins><Quantity>3</Quantity>", "<Origins><Quantity>4</Quantity>", "MissingMember", originKind},
		{"list", "<Id>b</Id>", "", "MissingMember", originKind},
		{"list", "<Id>b</Id>", "<Id>c</Id>", "SaidTwice", originKind},
		{"tenants", "<Arn>arn:tenant</Arn>", "", "MissingMember", tenantKind},
		{"tenants", "<DistributionTenantList>", "<Elsewhere>", "UnreadableAnswer", tenantKind},
	} {
		r := answers(t, celltest.Options{}, map[string]celltest.Answer{c.answer: changed(t, c.answer, c.from, c.to)})
		found := false
		for _, g := range r.Gaps {
			found = found || g.Code == c.code && strings.Contains(strings.Join(g.Kinds, " "), c.kind)
		}
		if !found {
			t.Errorf("%s with %q for %q: no gap %s of %s in %v", c.answer, c.to, c.from, c.code, c.kind, r.Gaps)
		}
	}
}

// page is a page of distributions by their ids.
func page(quantity int, next string, ids ...string) celltest.Answer {
	b := fmt.Sprintf("<DistributionList><Marker/><MaxItems>100</MaxItems><IsTruncated>%v</IsTruncated><Quantity>%d</Quantity><Items>", next != "", quantity)
	for _, id := range ids {
		b += strings.ReplaceAll(summary, "E1<", id+"<")
	}
	b += "</Items>"
	if next != "" {
		b += "<NextMarker>" + next + "</NextMarker>"
	}
	return celltest.Answer{Body: b + "</DistributionList>"}
}

// AWS documents Quantity as the number of all distributions and fills in that of the page: both are whole, anything else is not.
func TestPages(t *testing.T) {
	for name, c := range map[string]struct {
		first, second celltest.Answer
		gaps          int
	}{
		"numbers of pages":         {page(2, "m", "E1", "E2"), page(1, "", "E3"), 0},
		"numbers of all":           {page(3, "m", "E1", "E2"), page(3, "", "E3"), 0},
		"another number":           {page(2, "m", "E1", "E2"), page(4, "", "E3"), 1},
		"a second page denied":     {page(2, "m", "E1", "E2"), fail(403, "AccessDenied"), 1},
		"a page that overlaps":     {page(2, "m", "E1", "E2"), page(2, "", "E2", "E3"), 1},
		"a marker that repeats":    {page(2, "m", "E1", "E2"), page(1, "m", "E3"), 1},
		"a second page of nothing": {page(2, "m", "E1", "E2"), celltest.Answer{Body: "<DistributionList/>"}, 1},
	} {
		url := celltest.Serve(t, func(q celltest.Request) celltest.Answer {
			switch {
			case q.Operation == short["list"] && strings.Contains(q.Query, "Marker=m"):
				return c.second
			case q.Operation == short["list"]:
				return c.first
			case strings.HasSuffix(q.Operation, "/config"):
				return celltest.Answer{Body: config}
			}
			return celltest.Answer{Body: usual[q.Operation]}
		})
		r := celltest.Run(t, Collector{}, celltest.Options{URL: url})
		n := len(celltest.Of[Distribution](r))
		if len(r.Gaps) != c.gaps || n < 2 || n > 3 || c.gaps == 1 && strings.Join(r.Gaps[0].Kinds, " ") != distributionKind+" "+originKind {
			t.Errorf("%s: %d distributions, gaps %v", name, n, r.Gaps)
		}
	}
}

func TestPagesOfRealtimeLogs(t *testing.T) {
	first := "<RealtimeLogConfigs><MaxItems>100</MaxItems><IsTruncated>true</IsTruncated><Marker/><NextMarker>m</NextMarker></RealtimeLogConfigs>"
	for second, known := range map[string]bool{realtimeList: true, first: false, "<RealtimeLogConfigs/>": false} {
		url := celltest.Serve(t, func(q celltest.Request) celltest.Answer {
			if q.Operation == short["realtime"] && strings.Contains(q.Query, "Marker=m") {
				return celltest.Answer{Body: second}
			} else if q.Operation == short["realtime"] {
				return celltest.Answer{Body: first}
			}
			return celltest.Answer{Body: usual[q.Operation]}
		})
		r := celltest.Run(t, Collector{}, celltest.Options{URL: url})
		if d := celltest.One[Distribution](t, r, arn); (d.Logging.Realtime != nil) != known || known == (celltest.Unknown(d, "logging.realtime") != "") {
			t.Errorf("%s: %+v", second, d.Logging)
		}
	}
}

// What AWS answers that nobody documented is told as it is, and is not taken for anything good.
func TestValuesThatNobodyDocumented(t *testing.T) {
	for from, to := range map[string]string{
		"<ViewerProtocolPolicy>https-only</ViewerProtocolPolicy>":        "<ViewerProtocolPolicy>maybe-https</ViewerProtocolPolicy>",
		"<ViewerProtocolPolicy>redirect-to-https</ViewerProtocolPolicy>": "<ViewerProtocolPolicy>HTTPS-ONLY</ViewerProtocolPolicy>",
	} {
		r := answers(t, celltest.Options{}, map[string]celltest.Answer{"list": changed(t, "list", from, to)})
		if d := celltest.One[Distribution](t, r, arn); len(d.PlainHTTPBehaviors) != 1 || !*celltest.One[Origin](t, r, "/c").ViewersPlain {
			t.Errorf("%s: %+v", to, d.PlainHTTPBehaviors)
		}
	}
	for id, kind := range map[string]string{"": "none", acl: "wafv2", "a1b2c3d4-5678-90ab-cdef-ef1234567890": "classic", "arn:aws:waf::111122223333:webacl/1": "other", "null": "other",
		"arn:aws:wafv2:us-east-1:111122223333:regional/webacl/x/1": "other", "arn:aws:wafv2:us-east-1:111122223333:global/rulegroup/x/1": "other"} {
		if got := webACLOf(id); got.kind != kind || (got.name == nil) != (id == "") {
			t.Errorf("%q is taken for %s", id, got.kind)
		}
	}
	for from, to := range map[string]string{`"ACCESS_LOGS"`: `"CONNECTION_LOGS"`, `"ACTIVE"`: `"INACTIVE"`, arn: arn + "2"} {
		r := answers(t, celltest.Options{}, map[string]celltest.Answer{"sources": changed(t, "sources", from, to)})
		if d := celltest.One[Distribution](t, r, arn); d.Logging.V2 == nil || *d.Logging.V2 {
			t.Errorf("%s: %+v", to, d.Logging)
		}
	}
	for from, to := range map[string]string{`"S3"`: `"XRAY"`, `"deliverySourceName":"s"`: `"deliverySourceName":"another"`} {
		r := answers(t, celltest.Options{}, map[string]celltest.Answer{"deliveries": changed(t, "deliveries", from, to)})
		if d := celltest.One[Distribution](t, r, arn); d.Logging.V2 == nil || *d.Logging.V2 {
			t.Errorf("%s: %+v", to, d.Logging)
		}
	}
	for rate, all := range map[string]bool{"100": true, "99": false, "1": false, "101": false} {
		r := answers(t, celltest.Options{}, map[string]celltest.Answer{"realtime": changed(t, "realtime", "<SamplingRate>100<", "<SamplingRate>"+rate+"<")})
		if d := celltest.One[Distribution](t, r, arn); *d.Logging.Realtime != all {
			t.Errorf("a sampling rate of %s: %+v", rate, d.Logging)
		}
	}
	// One behavior without real-time logs is enough.
	r := answers(t, celltest.Options{}, map[string]celltest.Answer{"config": changed(t, "config", "</ViewerProtocolPolicy><RealtimeLogConfigArn>rt</RealtimeLogConfigArn></CacheBehavior>", "</ViewerProtocolPolicy></CacheBehavior>")})
	if d := celltest.One[Distribution](t, r, arn); *d.Logging.Realtime || len(d.Logging.RealtimeConfigs) != 1 {
		t.Errorf("%+v", d.Logging)
	}
	// A number that is none ends the page.
	r = answers(t, celltest.Options{}, map[string]celltest.Answer{"list": changed(t, "list", "<Enabled>true</Enabled>", "<Enabled>perhaps</Enabled>")})
	if g := r.GapsOf("ListDistributions"); len(g) != 1 || g[0].Code != "UnreadableAnswer" || len(celltest.Of[Distribution](r)) > 0 {
		t.Errorf("gaps %v", r.Gaps)
	}
}

// The default certificate lets viewers use TLSv1 whatever is configured; where AWS only names the other certificate, it is that one.
func TestCertificates(t *testing.T) {
	const own = "<CloudFrontDefaultCertificate>false</CloudFrontDefaultCertificate><ACMCertificateArn>arn:acm</ACMCertificateArn>"
	for to, want := range map[string]Certificate{
		"<CloudFrontDefaultCertificate>true</CloudFrontDefaultCertificate>": {Default: ptr(true), MinimumProtocol: ptr("TLSv1")},
		"<IAMCertificateId>ASCAEXAMPLE</IAMCertificateId>":                  {Default: ptr(false), MinimumProtocol: ptr("TLSv1.2_2021"), ARN: ptr("ASCAEXAMPLE")},
		"<ACMCertificateArn>arn:acm</ACMCertificateArn>":                    {Default: ptr(false), MinimumProtocol: ptr("TLSv1.2_2021"), ARN: ptr("arn:acm")},
	} {
		r := answers(t, celltest.Options{}, map[string]celltest.Answer{"list": changed(t, "list", own, to)})
		c := celltest.One[Distribution](t, r, arn).Certificate
		if len(r.Gaps) > 0 || *c.Default != *want.Default || *c.MinimumProtocol != *want.MinimumProtocol || (c.ARN == nil) != (want.ARN == nil) || c.ARN != nil && *c.ARN != *want.ARN {
			t.Errorf("%s: %+v, gaps %v", to, c, r.Gaps)
		}
	}
}

// A distribution that is gone when it is asked for is unknown and not unlogged.
func TestADistributionThatIsGone(t *testing.T) {
	r := answers(t, celltest.Options{}, map[string]celltest.Answer{"config": fail(404, "NoSuchDistribution")})
	if d := celltest.One[Distribution](t, r, arn); celltest.Unknown(d, "logging.legacy") != "NoSuchDistribution" || d.Logging.Legacy != nil || len(r.Gaps) != 1 {
		t.Errorf("%+v, gaps %v", d, r.Gaps)
	}
}

func TestPartitions(t *testing.T) {
	r := answers(t, celltest.Options{Partition: "aws-us-gov", Region: "us-gov-west-1"}, nil)
	if len(r.Gaps) != 1 || r.Gaps[0].Outcome != evidence.NotAvailable || r.Gaps[0].Code != "NotInPartition" || len(r.Gaps[0].Kinds) != 3 || r.Gaps[0].Evidence != "" || len(r.Records) > 0 {
		t.Errorf("gaps %v", r.Gaps)
	}
	var mu sync.Mutex
	regions := map[string]bool{}
	url := celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		mu.Lock()
		defer mu.Unlock()
		regions[q.Region] = true
		return celltest.Answer{Body: usual[q.Operation]}
	})
	r = celltest.Run(t, Collector{}, celltest.Options{URL: url, Partition: "aws-cn", Region: "cn-north-1"})
	if d := celltest.One[Distribution](t, r, arn); d.Region != "cn-northwest-1" || !regions["cn-northwest-1"] || len(regions) != 1 || len(r.Gaps) > 0 {
		t.Errorf("region %s, asked in %v, gaps %v", d.Region, regions, r.Gaps)
	}
}

// A bucket may be given as a custom origin, which CloudFront asks without a signature.
func TestBucketsAsCustomOrigins(t *testing.T) {
	for domain, want := range map[string]bool{
		"b.s3.amazonaws.com": true, "b.s3.eu-west-1.amazonaws.com": true, "a.b.S3-eu-west-1.amazonaws.com": true, "s3.us-gov-west-1.amazonaws.com": true, "b.s3.dualstack.eu-west-1.amazonaws.com": true,
		"b.s3.cn-north-1.amazonaws.com.cn": true, "b.s3-external-1.amazonaws.com": true,
		"b.s3-website-eu-west-1.amazonaws.com": false, "b.s3-website.eu-central-1.amazonaws.com": false, "b.s3.s3-website.eu-central-1.amazonaws.com": false, "m.accesspoint.s3-global.amazonaws.com": false,
		"ap-111122223333.s3-accesspoint.eu-west-1.amazonaws.com": false, "s3-proxy-1.eu-west-1.elb.amazonaws.com": false, "s3.eu-west-1.elb.amazonaws.com": false, "b.s3.amazonaws.com.example.com": false, "xs3.amazonaws.com": false,
		"c.example.com": false,
	} {
		r := answers(t, celltest.Options{}, map[string]celltest.Answer{"list": changed(t, "list", "c.example.com", domain)})
		ids := strings.Join(celltest.One[Distribution](t, r, arn).S3Origins, " ")
		if got := *celltest.One[Origin](t, r, "/c").BucketDomain; got != want || (ids == "b c") != want || len(r.Gaps) > 0 {
			t.Errorf("%s: %v, S3 origins %s, gaps %v", domain, got, ids, r.Gaps)
		}
	}
	r := answers(t, celltest.Options{}, map[string]celltest.Answer{"list": changed(t, "list", "<DomainName>c.example.com</DomainName>", "")})
	if d, o := celltest.One[Distribution](t, r, arn), celltest.One[Origin](t, r, "/c"); celltest.Unknown(d, "s3_origins") == "" || celltest.Unknown(o, "bucket_domain") == "" {
		t.Errorf("%v, %v", d.Unknown, o.Unknown)
	}
}
