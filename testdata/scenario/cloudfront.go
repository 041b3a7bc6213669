package scenario

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"strings"
	"time"
)

func cloudFrontService() service {
	ops := stored(paging{}, Answers{"GetDistributionConfig": {Fail: noSuchDistribution}}, "GetDistributionConfig")
	ops["ListDistributions"] = cloudFrontList(true)
	ops["ListOriginAccessControls"] = cloudFrontList(true)
	ops["ListRealtimeLogConfigs"] = cloudFrontList(false)
	ops["ListDistributionTenants"] = distributionTenants
	return service{name: "cloudfront", protocol: restXML, global: true, namespace: "http://cloudfront.amazonaws.com/doc/2020-05-31/", operations: ops,
		routes: map[string]string{
			"GET /2020-05-31/distribution": "ListDistributions", "GET /2020-05-31/distribution/{Id}/config": "GetDistributionConfig",
			"GET /2020-05-31/origin-access-control": "ListOriginAccessControls", "GET /2020-05-31/realtime-log-config": "ListRealtimeLogConfigs",
			"POST /2020-05-31/distribution-tenants": "ListDistributionTenants",
		},
		root: map[string]string{"ListDistributions": "DistributionList", "GetDistributionConfig": "DistributionConfig", "ListOriginAccessControls": "OriginAccessControlList",
			"ListRealtimeLogConfigs": "RealtimeLogConfigs"},
		tokens:    map[string]string{"*": "NextMarker", "GetDistributionConfig": ""},
		throttled: func(*query) *Failure { return &Failure{Status: 400, Code: "Throttling", Message: "Rate exceeded"} },
	}
}

var noSuchDistribution = gone("NoSuchDistribution", "The specified distribution does not exist.")

var cloudFrontPages = paging{limit: "MaxItems", token: "Marker", standard: 100, most: 100, badToken: "InvalidArgument", badLimit: "InvalidArgument"}

// cloudFrontItems are the elements of a list that the account declares.
func (q *query) cloudFrontItems() []any {
	if a := q.account(); a != nil {
		return a.Stored["cloudfront"][q.Operation].Items
	}
	return nil
}

// cloudFrontList answers with a page as most of CloudFront's lists are: with its bounds, and with a number of elements, or without.
func cloudFrontList(quantity bool) handler {
	return func(q *query) (any, *Failure) {
		items := q.cloudFrontItems()
		from, to, next, f := q.page(cloudFrontPages, len(items))
		if f != nil {
			return nil, f
		}
		out := []X{E("Marker", q.str("Marker"))}
		out = append(out, Text("NextMarker", next)...)
		out = append(out, E("MaxItems", "100"), E("IsTruncated", fmt.Sprint(next != "")))
		if quantity {
			out = append(out, E("Quantity", fmt.Sprint(to-from)))
		}
		if from < to {
			list := X{Name: "Items"}
			for _, i := range items[from:to] {
				list.In = append(list.In, i.(X))
			}
			out = append(out, list)
		}
		return out, nil
	}
}

// distributionTenants takes its parameters from an XML body.
func distributionTenants(q *query) (any, *Failure) {
	var in struct {
		Marker   string
		MaxItems int
	}
	if err := xml.Unmarshal(q.RequestBody, &in); err != nil {
		return nil, q.invalid("InvalidArgument", "The argument is invalid.")
	}
	q.in = M{"Marker": in.Marker}
	if in.MaxItems > 0 {
		q.in["MaxItems"] = float64(in.MaxItems)
	}
	items := q.cloudFrontItems()
	from, to, next, f := q.page(cloudFrontPages, len(items))
	if f != nil {
		return nil, f
	}
	list := X{Name: "DistributionTenantList"}
	for _, i := range items[from:to] {
		list.In = append(list.In, i.(X))
	}
	return append(Text("NextMarker", next), list), nil
}

// A Distribution is a CloudFront distribution. Zero fields are the good choice, or none.
type Distribution struct {
	ID, Comment string
	Aliases     []string
	// Certificate is the ARN in ACM; empty means CloudFront's own.
	Certificate string
	// Policy is TLSv1.2_2021 where empty, Support sni-only.
	Policy, Support string
	// Viewers is redirect-to-https where empty. Behaviors are further ones, as PATTERN=policy.
	Viewers   string
	Behaviors []string
	WebACL    string
	Root      string
	// LogTo is the bucket of legacy logging.
	LogTo string
	// Realtime is the configuration of real-time logs of every behavior.
	Realtime string
	Origins  []CloudFrontOrigin
	Failover bool
	// Only are the countries that are served.
	Only     []string
	Mode     string
	Disabled bool
	Staging  bool
}

// A CloudFrontOrigin is an S3 bucket, or a server with a protocol policy.
type CloudFrontOrigin struct {
	ID, Domain, Control, Identity string
	// Policy is empty for a bucket, Protocols is TLSv1.2 where empty.
	Policy    string
	Protocols []string
	// Header is the value of a header by which the origin knows CloudFront.
	Header string
}

// cloudFrontCount makes a list of CloudFront's: a number, and the items where there are any.
func cloudFrontCount(name, item string, items ...[]X) X {
	x := E(name, E("Quantity", fmt.Sprint(len(items))))
	if len(items) > 0 {
		x.In = append(x.In, List("Items", item, items...))
	}
	return x
}

// cloudFrontWords makes such a list of words.
func cloudFrontWords(name, item string, all ...string) X {
	x := cloudFrontCount(name, item)
	x.In[0].Text = fmt.Sprint(len(all))
	if len(all) > 0 {
		list := E("Items")
		for _, w := range all {
			list.In = append(list.In, E(item, w))
		}
		x.In = append(x.In, list)
	}
	return x
}

func (o CloudFrontOrigin) members() []X {
	headers := cloudFrontCount("CustomHeaders", "OriginCustomHeader")
	if o.Header != "" {
		headers = cloudFrontCount("CustomHeaders", "OriginCustomHeader", []X{E("HeaderName", "X-Origin-Verify"), E("HeaderValue", o.Header)})
	}
	out := []X{E("Id", o.ID), E("DomainName", o.Domain), E("OriginPath"), headers}
	if o.Policy == "" {
		out = append(out, E("S3OriginConfig", E("OriginAccessIdentity", o.Identity)))
	} else {
		protocols := o.Protocols
		if len(protocols) == 0 {
			protocols = []string{"TLSv1.2"}
		}
		out = append(out, E("CustomOriginConfig", E("HTTPPort", "80"), E("HTTPSPort", "443"), E("OriginProtocolPolicy", o.Policy),
			cloudFrontWords("OriginSslProtocols", "SslProtocol", protocols...), E("OriginReadTimeout", "30"), E("OriginKeepaliveTimeout", "5")))
	}
	return append(out, E("ConnectionAttempts", "3"), E("ConnectionTimeout", "10"), E("OriginShield", E("Enabled", "false")), E("OriginAccessControlId", o.Control))
}

func (d Distribution) behavior(viewers string) []X {
	none := cloudFrontWords("TrustedSigners", "AwsAccountNumber")
	none.In = append([]X{E("Enabled", "false")}, none.In...)
	groups := X{Name: "TrustedKeyGroups", In: none.In}
	methods := cloudFrontWords("AllowedMethods", "Method", "HEAD", "GET")
	methods.In = append(methods.In, cloudFrontWords("CachedMethods", "Method", "HEAD", "GET"))
	out := []X{E("TargetOriginId", d.Origins[0].ID), none, groups, E("ViewerProtocolPolicy", viewers), methods, E("SmoothStreaming", "false"), E("Compress", "true"),
		cloudFrontCount("LambdaFunctionAssociations", "LambdaFunctionAssociation"), cloudFrontCount("FunctionAssociations", "FunctionAssociation"), E("FieldLevelEncryptionId"),
		E("CachePolicyId", "658327ea-f89d-4fab-a63d-7e88639e58f6")}
	return append(out, Text("RealtimeLogConfigArn", d.Realtime)...)
}

// shared are the members that a distribution's entry in the list and its configuration have in common.
func (d Distribution) shared() []X {
	var origins, behaviors [][]X
	for _, o := range d.Origins {
		origins = append(origins, o.members())
	}
	for _, b := range d.Behaviors {
		pattern, policy, _ := strings.Cut(b, "=")
		behaviors = append(behaviors, append([]X{E("PathPattern", pattern)}, d.behavior(policy)...))
	}
	groups := cloudFrontCount("OriginGroups", "OriginGroup")
	if d.Failover {
		members := cloudFrontCount("Members", "OriginGroupMember", []X{E("OriginId", d.Origins[0].ID)}, []X{E("OriginId", d.Origins[1].ID)})
		groups = cloudFrontCount("OriginGroups", "OriginGroup", []X{E("Id", "failover"), E("FailoverCriteria", cloudFrontWords("StatusCodes", "StatusCode", "500", "502")), members})
	}
	certificate := E("ViewerCertificate", E("CloudFrontDefaultCertificate", "true"), E("SSLSupportMethod", "vip"), E("MinimumProtocolVersion", "TLSv1"), E("CertificateSource", "cloudfront"))
	if d.Certificate != "" {
		certificate = E("ViewerCertificate", E("CloudFrontDefaultCertificate", "false"), E("ACMCertificateArn", d.Certificate), E("SSLSupportMethod", cmp.Or(d.Support, "sni-only")),
			E("MinimumProtocolVersion", cmp.Or(d.Policy, "TLSv1.2_2021")), E("Certificate", d.Certificate), E("CertificateSource", "acm"))
	}
	geo := cloudFrontWords("GeoRestriction", "Location", d.Only...)
	kind := "none"
	if len(d.Only) > 0 {
		kind = "whitelist"
	}
	geo.In = append([]X{E("RestrictionType", kind)}, geo.In...)
	return []X{cloudFrontWords("Aliases", "CNAME", d.Aliases...), cloudFrontCount("Origins", "Origin", origins...), groups, E("DefaultCacheBehavior", d.behavior(cmp.Or(d.Viewers, "redirect-to-https"))),
		cloudFrontCount("CacheBehaviors", "CacheBehavior", behaviors...), cloudFrontCount("CustomErrorResponses", "CustomErrorResponse"), E("Comment", d.Comment), E("PriceClass", "PriceClass_100"),
		E("Enabled", fmt.Sprint(!d.Disabled)), certificate, E("Restrictions", geo), E("WebACLId", d.WebACL), E("HttpVersion", "http2and3"), E("IsIPV6Enabled", "true"),
		E("Staging", fmt.Sprint(d.Staging)), E("ConnectionMode", cmp.Or(d.Mode, "direct"))}
}

// DistributionARN is the ARN of an account's distribution.
func DistributionARN(account, id string) string {
	return "arn:aws:cloudfront::" + account + ":distribution/" + id
}

// distributions declares an account's distributions.
func (a *Account) distributions(changed time.Time, all ...Distribution) {
	configs := Answer{By: []string{"Id"}, Each: map[string]Answer{}, Missing: noSuchDistribution}
	var items []any
	for _, d := range all {
		members := append([]X{E("Id", d.ID), E("ARN", DistributionARN(a.ID, d.ID)), E("Status", "Deployed"), E("LastModifiedTime", iso(changed)),
			E("DomainName", strings.ToLower(d.ID)+".cloudfront.net")}, d.shared()...)
		items = append(items, E("DistributionSummary", members))
		logging := E("Logging", E("Enabled", fmt.Sprint(d.LogTo != "")), E("IncludeCookies", "false"), E("Bucket", d.LogTo), E("Prefix", map[bool]string{true: "edge/"}[d.LogTo != ""]))
		configs.Each[d.ID] = Answer{XML: append([]X{E("CallerReference", "example-"+d.ID), E("DefaultRootObject", d.Root), logging, E("ContinuousDeploymentPolicyId")}, d.shared()...)}
	}
	a.Store("cloudfront", Answers{"ListDistributions": {Items: items}, "GetDistributionConfig": configs})
}

// NthDistribution is the id of a distribution that ManyDistributions declares.
func NthDistribution(n int) string { return fmt.Sprintf("EMANY%06d", n) }

// ManyDistributions gives an account that many distributions instead of what it has.
func (o *Organization) ManyDistributions(account string, n int) {
	for _, a := range o.Accounts {
		if a.ID != account {
			continue
		}
		var all []Distribution
		for i := range n {
			all = append(all, Distribution{ID: NthDistribution(i), Origins: []CloudFrontOrigin{{ID: "server", Domain: "origin.example.com", Policy: "https-only"}}})
		}
		a.distributions(o.AsOf, all...)
	}
}

// originControl is an origin access control as the list has it.
func originControl(id, name, kind, signing string) X {
	return E("OriginAccessControlSummary", E("Id", id), E("Description"), E("Name", name), E("SigningProtocol", "sigv4"), E("SigningBehavior", signing), E("OriginAccessControlOriginType", kind))
}

// realtimeARN is the ARN of a configuration of real-time logs.
func realtimeARN(account, name string) string {
	return "arn:aws:cloudfront::" + account + ":realtime-log-config/" + name
}

func realtimeConfig(account, name, percent string) X {
	stream := E("KinesisStreamConfig", E("RoleARN", "arn:aws:iam::"+account+":role/cloudfront-realtime"), E("StreamARN", "arn:aws:kinesis:us-east-1:"+account+":stream/edge"))
	return E("member", E("ARN", realtimeARN(account, name)), E("Name", name), E("SamplingRate", percent), E("EndPoints", E("member", E("StreamType", "Kinesis"), stream)),
		E("Fields", E("Field", "timestamp"), E("Field", "c-ip"), E("Field", "sc-status")))
}

// demoCloudFront declares what Example Corp has of it.
func demoCloudFront(o *Organization) {
	changed := day(2026, 5, 18).Add(13*time.Hour + 20*time.Minute)
	for _, a := range o.Accounts {
		certificate := "arn:aws:acm:us-east-1:" + a.ID + ":certificate/" + uuid("demo", a.ID, "edge")
		switch a.ID {
		case DemoPayments:
			a.distributions(demoShopChanged,
				// Nothing is wrong with the shop.
				Distribution{ID: "E1SHOPEXAMPLE", Comment: "Shop", Aliases: []string{"www.shop.example.com", "shop.example.com"}, Certificate: certificate, WebACL: globalACL(a.ID, "edge-shop"), Root: "index.html", Failover: true,
					Behaviors: []string{"/api/*=https-only"},
					Origins: []CloudFrontOrigin{{ID: "assets", Domain: "example-corp-assets.s3.eu-west-1.amazonaws.com", Control: "E2OACALWAYS"},
						{ID: "assets-copy", Domain: "example-corp-assets-copy.s3.us-east-1.amazonaws.com", Control: "E2OACALWAYS"},
						{ID: "api", Domain: "origin.shop.example.com", Policy: "https-only", Header: "correct-horse-battery-staple"}}},
				// One behavior of the partners' API is open, and its security policy is an old one.
				Distribution{ID: "E2PARTNERAPI", Comment: "Partner API", Aliases: []string{"partners.example.com"}, Certificate: certificate, Policy: "TLSv1.2_2019", WebACL: globalACL(a.ID, "edge-partners"),
					Behaviors: []string{"/status=allow-all"}, LogTo: "example-corp-edge-logs.s3.amazonaws.com", Realtime: realtimeARN(a.ID, "every-request"),
					Origins: []CloudFrontOrigin{{ID: "partners", Domain: "partners.internal.example.com", Policy: "match-viewer", Protocols: []string{"TLSv1.1", "TLSv1.2"}}}},
				// Its legacy logs are off, and its real-time logs tell one request in twenty.
				Distribution{ID: "E3CHECKOUT", Comment: "Checkout", Certificate: certificate, Policy: "TLSv1.3_2025", Viewers: "https-only", WebACL: globalACL(a.ID, "edge-shop"), Realtime: realtimeARN(a.ID, "sample"), Only: []string{"IE", "GB", "DE"},
					Origins: []CloudFrontOrigin{{ID: "pay", Domain: "abcdefghij.lambda-url.eu-west-1.on.aws", Policy: "https-only", Control: "E2OACLAMBDA"}}},
			)
			a.Store("cloudfront", Answers{
				"ListOriginAccessControls": {Items: []any{originControl("E2OACALWAYS", "assets", "s3", "always"), originControl("E2OACLAMBDA", "pay", "lambda", "always")}},
				"ListRealtimeLogConfigs":   {Items: []any{realtimeConfig(a.ID, "every-request", "100"), realtimeConfig(a.ID, "sample", "5")}},
			})
		case DemoData:
			a.distributions(changed,
				// From before anyone asked: plain HTTP, CloudFront's own certificate, no web ACL, no logs, a legacy identity.
				Distribution{ID: "E4DOWNLOADS", Comment: "=HYPERLINK(\"https://example.net\",\"downloads\")\u202e", Viewers: "allow-all",
					Origins: []CloudFrontOrigin{{ID: "downloads", Domain: "example-corp-legacy-downloads.s3.amazonaws.com", Identity: "origin-access-identity/cloudfront/E1LEGACYOAI"}}},
				Distribution{ID: "E5DATASETS", Comment: "Open data sets", Aliases: []string{"data.example.com"}, Certificate: certificate, Support: "vip", Policy: "TLSv1_2016", WebACL: uuid("demo", "classic"), Root: "index.html",
					Origins: []CloudFrontOrigin{{ID: "datasets", Domain: "example-corp-open-datasets.s3.eu-west-1.amazonaws.com", Control: "E3OACNOOVERRIDE"},
						{ID: "archive", Domain: "archive.example.com", Policy: "http-only", Protocols: []string{"SSLv3", "TLSv1"}},
						{ID: "query", Domain: "klmnopqrst.lambda-url.us-east-1.on.aws", Policy: "https-only"}}},
				Distribution{ID: "E6OLDSITE", Comment: "To be deleted", Disabled: true, Staging: true, Origins: []CloudFrontOrigin{{ID: "bucket", Domain: "example-corp-old-site.s3.amazonaws.com"}}},
			)
			a.Store("cloudfront", Answers{"ListOriginAccessControls": {Items: []any{originControl("E3OACNOOVERRIDE", "datasets", "s3", "no-override")}}})
		case DemoManagement:
			// One distribution for many sites, each with domains of its own.
			a.distributions(changed, Distribution{ID: "E7SITES", Comment: "Sites of subsidiaries", Certificate: certificate, WebACL: globalACL(a.ID, "edge-sites"), Root: "index.html", Mode: "tenant-only",
				Origins: []CloudFrontOrigin{{ID: "sites", Domain: "example-corp-sites.s3.eu-west-1.amazonaws.com", Control: "E4OACSITES"}}})
			tenant := func(id, name string, more ...X) X {
				x := E("DistributionTenantSummary", E("Id", id), E("DistributionId", "E7SITES"), E("Name", name), E("Arn", "arn:aws:cloudfront::"+a.ID+":distribution-tenant/"+id),
					E("Domains", E("member", E("Domain", name+".example.com"), E("Status", "active"))), E("ConnectionGroupId", "cg_2whexample"))
				if len(more) > 0 {
					x.In = append(x.In, E("Customizations", more))
				}
				x.In = append(x.In, E("CreatedTime", iso(changed)), E("LastModifiedTime", iso(changed)), E("ETag", "E23ZP02F085DFQ"), E("Enabled", "true"), E("Status", "Deployed"))
				return x
			}
			a.Store("cloudfront", Answers{
				"ListOriginAccessControls": {Items: []any{originControl("E4OACSITES", "sites", "s3", "always")}},
				"ListDistributionTenants": {Items: []any{
					tenant("dt_2yexampleone", "north"),
					tenant("dt_2yexampletwo", "south", E("WebAcl", E("Action", "override"), E("Arn", globalACL(a.ID, "edge-sites-strict"))), E("Certificate", E("Arn", certificate))),
					tenant("dt_2yexamplethree", "west", E("WebAcl", E("Action", "disable"))),
				}},
			})
		}
	}
}

// largeCloudFront declares what each account of a large organization has of it.
func largeCloudFront(o *Organization) {
	for i, a := range o.Accounts {
		id := fmt.Sprintf("E%012d", i)
		a.distributions(o.AsOf.AddDate(-1, 0, 0), Distribution{ID: id, Certificate: "arn:aws:acm:us-east-1:" + a.ID + ":certificate/" + uuid("large", a.ID), WebACL: globalACL(a.ID, "edge"), Root: "index.html",
			Origins: []CloudFrontOrigin{{ID: "bucket", Domain: "example-group-site.s3.amazonaws.com", Control: "E0OAC"}}})
		a.Store("cloudfront", Answers{"ListOriginAccessControls": {Items: []any{originControl("E0OAC", "site", "s3", "always")}}})
	}
}
