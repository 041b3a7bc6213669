package cloudfront

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// A Distribution is a CloudFront distribution, enabled or not.
type Distribution struct {
	evidence.Meta
	DistributionID       string      `json:"distribution_id" cel:"distribution_id" doc:"The distribution's id."`
	Domain               *string     `json:"domain,omitempty" cel:"domain" doc:"The domain name that CloudFront gave it; absent where AWS did not say."`
	Status               *string     `json:"status,omitempty" cel:"status" doc:"Deployed, or InProgress while a change is on its way to the edge; absent where AWS did not say."`
	Modified             *time.Time  `json:"modified,omitempty" cel:"modified" doc:"When its configuration was last changed; absent where AWS did not say."`
	Comment              *string     `json:"comment,omitempty" cel:"comment" doc:"What its owner wrote about it; absent where nothing."`
	Enabled              *bool       `json:"enabled,omitempty" cel:"enabled" doc:"Whether it accepts requests."`
	Staging              *bool       `json:"staging,omitempty" cel:"staging" doc:"Whether it is the staging distribution of another one, which a part of the requests is sent to."`
	ConnectionMode       *string     `json:"connection_mode,omitempty" cel:"connection_mode" doc:"direct for a standard distribution, tenant-only for a multi-tenant one; absent where AWS did not say."`
	Aliases              []string    `json:"aliases" cel:"aliases" doc:"The domain names of its owner's that it answers to, sorted."`
	ViewerProtocolPolicy *string     `json:"viewer_protocol_policy,omitempty" cel:"viewer_protocol_policy" doc:"What the default cache behavior asks of viewers: https-only, redirect-to-https or allow-all."`
	Behaviors            *int        `json:"behaviors,omitempty" cel:"behaviors" doc:"The number of cache behaviors, the default one included."`
	PlainHTTPBehaviors   []string    `json:"plain_http_behaviors" cel:"plain_http_behaviors" doc:"The cache behaviors whose viewer protocol policy is neither https-only nor redirect-to-https, as PATTERN=policy in their order; Default (*) is the default one. None means that no viewer is served over plain HTTP."`
	Certificate          Certificate `json:"certificate" cel:"certificate" doc:"How connections of viewers are encrypted."`
	WebACL               *string     `json:"web_acl,omitempty" cel:"web_acl" doc:"The web ACL in front of it: an ARN for AWS WAF, a bare id for AWS WAF Classic; absent where there is none."`
	WebACLKind           *string     `json:"web_acl_kind,omitempty" cel:"web_acl_kind" doc:"wafv2, classic, or none; other where AWS named something that is neither the ARN of a web ACL nor an id."`
	Logging              Logging     `json:"logging" cel:"logging" doc:"Where requests are logged to. Each of the three ways stands alone."`
	DefaultRootObject    *string     `json:"default_root_object,omitempty" cel:"default_root_object" doc:"The object that is served for the root URL; empty where there is none."`
	Origins              *int        `json:"origins,omitempty" cel:"origins" doc:"The number of origins; each is a record of cloudfront.origin."`
	S3Origins            []string    `json:"s3_origins" cel:"s3_origins" doc:"The ids of the origins that are S3 buckets, sorted, those given as custom origins by a bucket's domain name (bucket_domain) among them. Website endpoints of buckets are not."`
	FailoverGroups       *int        `json:"failover_groups,omitempty" cel:"failover_groups" doc:"The number of origin groups with at least two origins, which fail over from one to the other."`
	GeoRestriction       *string     `json:"geo_restriction,omitempty" cel:"geo_restriction" doc:"whitelist where only viewers in the listed countries are served, blacklist where those are not, none where it does not matter."`
	GeoLocations         []string    `json:"geo_locations" cel:"geo_locations" doc:"The countries of that list as ISO 3166-1 alpha-2 codes, sorted."`
	HTTPVersion          *string     `json:"http_version,omitempty" cel:"http_version" doc:"The newest version of HTTP that viewers can use, as AWS writes it in the list, which may be in capitals: http1.1, http2, http3 or http2and3."`
}

// Kind is cloudfront.distribution.
func (*Distribution) Kind() string { return distributionKind }

// Certificate is the certificate and the security policy that viewers meet.
type Certificate struct {
	Default         *bool   `json:"default,omitempty" cel:"default" doc:"Whether the certificate is CloudFront's own, for *.cloudfront.net; false where the owner brought one."`
	Source          *string `json:"source,omitempty" cel:"source" doc:"cloudfront, acm or iam: where the certificate is kept."`
	ARN             *string `json:"arn,omitempty" cel:"arn" doc:"The ARN of the certificate in ACM, or its id in IAM; absent for the default certificate."`
	MinimumProtocol *string `json:"minimum_protocol,omitempty" cel:"minimum_protocol" doc:"The security policy that is in effect, which is the oldest protocol and the ciphers that viewers may use: TLSv1.2_2021, TLSv1.3_2025 … With the default certificate it is TLSv1, whatever is configured."`
	Configured      *string `json:"configured,omitempty" cel:"configured" doc:"The security policy as it is configured; absent where AWS did not say."`
	SSLSupport      *string `json:"ssl_support,omitempty" cel:"ssl_support" doc:"How HTTPS requests are told apart: sni-only, or vip and static-ip for addresses of one's own; absent where AWS did not say, which it may with the default certificate."`
}

// Logging is the three ways in which a distribution logs its requests.
type Logging struct {
	Legacy          *bool    `json:"legacy,omitempty" cel:"legacy" doc:"Whether standard logging (legacy) is on, which is part of the distribution's configuration."`
	Bucket          *string  `json:"bucket,omitempty" cel:"bucket" doc:"The domain name of the bucket that legacy logs go to; absent where it is off."`
	Prefix          *string  `json:"prefix,omitempty" cel:"prefix" doc:"What the names of the legacy log objects begin with; absent where it is empty or legacy logging is off."`
	V2              *bool    `json:"v2,omitempty" cel:"v2" doc:"Whether standard logging (v2) is on: CloudWatch Logs knows the distribution as an active source of ACCESS_LOGS and delivers from it to S3, CloudWatch Logs or Firehose."`
	V2Destinations  []string `json:"v2_destinations" cel:"v2_destinations" doc:"The delivery destinations of those logs, as TYPE ARN, sorted; types are S3, CWL (CloudWatch Logs) and FH (Firehose)."`
	Realtime        *bool    `json:"realtime,omitempty" cel:"realtime" doc:"Whether real-time logs tell every request: each cache behavior has a configuration of them that samples 100 percent."`
	RealtimeConfigs []string `json:"realtime_configs" cel:"realtime_configs" doc:"The real-time log configurations that some cache behavior has, with the percentage of requests that each logs, as ARN=100, sorted."`
}

// An Origin is where a distribution gets what it serves.
type Origin struct {
	evidence.Meta
	Distribution    string   `json:"distribution" cel:"distribution" doc:"The ARN of the distribution."`
	OriginID        string   `json:"origin_id" cel:"origin_id" doc:"The origin's id, which is unique in its distribution."`
	Domain          *string  `json:"domain,omitempty" cel:"domain" doc:"The domain name that CloudFront asks."`
	Type            *string  `json:"type,omitempty" cel:"type" doc:"s3 for a bucket; custom for any other server, website endpoints of buckets included; vpc for one in a private subnet, whose protocols stand in a VPC origin that is not read."`
	FunctionURL     *bool    `json:"function_url,omitempty" cel:"function_url" doc:"Whether the domain name is that of a Lambda function URL."`
	BucketDomain    *bool    `json:"bucket_domain,omitempty" cel:"bucket_domain" doc:"Whether the domain name is that of an S3 bucket's REST API, whatever the type. A website endpoint, an access point and S3's own name for several regions are something else."`
	AccessControl   *string  `json:"access_control,omitempty" cel:"access_control" doc:"The id of its origin access control; absent where it has none."`
	SigningBehavior *string  `json:"signing_behavior,omitempty" cel:"signing_behavior" doc:"always where every request to the origin is signed by the origin access control; no-override or never; absent where it has none."`
	Identity        *string  `json:"identity,omitempty" cel:"identity" doc:"The legacy origin access identity of an S3 origin; absent where it has none."`
	ProtocolPolicy  *string  `json:"protocol_policy,omitempty" cel:"protocol_policy" doc:"How CloudFront connects to a custom origin: https-only, http-only, or match-viewer, which is as the viewer connected. Absent for other origins."`
	SSLProtocols    []string `json:"ssl_protocols" cel:"ssl_protocols" doc:"The protocols that CloudFront may use with a custom origin over HTTPS, sorted; empty for other origins."`
	OldProtocols    []string `json:"old_protocols" cel:"old_protocols" doc:"Those among them that are deprecated: SSLv3, TLSv1 and TLSv1.1."`
	ViewersPlain    *bool    `json:"viewers_plain_http,omitempty" cel:"viewers_plain_http" doc:"Whether some cache behavior of the distribution serves viewers over plain HTTP; match-viewer then is plain HTTP too."`
	CustomHeaders   *int     `json:"custom_headers,omitempty" cel:"custom_headers" doc:"The number of headers that CloudFront adds to requests. Their values often are secrets and are never written down."`
}

// Kind is cloudfront.origin.
func (*Origin) Kind() string { return originKind }

// A Tenant is a distribution tenant: one of many sites that share a multi-tenant distribution.
type Tenant struct {
	evidence.Meta
	Name           *string  `json:"name,omitempty" cel:"name" doc:"The tenant's name; absent where AWS did not say."`
	DistributionID *string  `json:"distribution_id,omitempty" cel:"distribution_id" doc:"The id of the multi-tenant distribution."`
	Enabled        *bool    `json:"enabled,omitempty" cel:"enabled" doc:"Whether it accepts requests."`
	Domains        []string `json:"domains" cel:"domains" doc:"The domain names that it answers to, sorted."`
	Certificate    *string  `json:"certificate,omitempty" cel:"certificate" doc:"The ARN of a certificate of its own; absent where it uses the distribution's."`
	WebACLFrom     *string  `json:"web_acl_from,omitempty" cel:"web_acl_from" doc:"tenant where it has a web ACL of its own, disabled where it does without the distribution's, distribution where it uses that."`
	WebACL         *string  `json:"web_acl,omitempty" cel:"web_acl" doc:"The web ACL that is in effect: an ARN; absent where there is none."`
	WebACLKind     *string  `json:"web_acl_kind,omitempty" cel:"web_acl_kind" doc:"What that is, as for a distribution: wafv2, classic, none or other."`
}

// Kind is cloudfront.distribution_tenant.
func (*Tenant) Kind() string { return tenantKind }
