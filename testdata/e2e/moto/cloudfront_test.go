package moto

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awscloudfront "github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/auditseal/auditseal/collectors/cloudfront"
)

// headerSecret is what an origin knows CloudFront by.
const headerSecret = "header-secret-0123456789"

// seedCloudFront makes a distribution with everything and one with nothing in the caller's account.
func seedCloudFront(t *testing.T, s *server) {
	t.Helper()
	cfg, ctx := s.as(t, caller, "us-east-1"), t.Context()
	c := awscloudfront.NewFromConfig(cfg)
	control, err := c.CreateOriginAccessControl(ctx, &awscloudfront.CreateOriginAccessControlInput{OriginAccessControlConfig: &cftypes.OriginAccessControlConfig{Name: aws.String("bucket"), OriginAccessControlOriginType: cftypes.OriginAccessControlOriginTypesS3,
		SigningBehavior: cftypes.OriginAccessControlSigningBehaviorsAlways, SigningProtocol: cftypes.OriginAccessControlSigningProtocolsSigv4}})
	must(t, err)
	custom := func(id, domain string, policy cftypes.OriginProtocolPolicy, protocols ...cftypes.SslProtocol) cftypes.Origin {
		return cftypes.Origin{Id: &id, DomainName: &domain, CustomHeaders: &cftypes.CustomHeaders{Quantity: aws.Int32(0)},
			CustomOriginConfig: &cftypes.CustomOriginConfig{HTTPPort: aws.Int32(80), HTTPSPort: aws.Int32(443), OriginProtocolPolicy: policy, OriginSslProtocols: &cftypes.OriginSslProtocols{Quantity: aws.Int32(int32(len(protocols))), Items: protocols}}}
	}
	api := custom("api", "api.example.com", cftypes.OriginProtocolPolicyHttpsOnly, cftypes.SslProtocolTLSv12)
	api.CustomHeaders = &cftypes.CustomHeaders{Quantity: aws.Int32(1), Items: []cftypes.OriginCustomHeader{{HeaderName: aws.String("X-Origin"), HeaderValue: aws.String(headerSecret)}}}
	bucket := cftypes.Origin{Id: aws.String("files"), DomainName: aws.String("example-corp-files.s3.eu-west-1.amazonaws.com"), OriginAccessControlId: control.OriginAccessControl.Id, CustomHeaders: &cftypes.CustomHeaders{Quantity: aws.Int32(0)},
		S3OriginConfig: &cftypes.S3OriginConfig{OriginAccessIdentity: aws.String("")}}
	site, err := c.CreateDistribution(ctx, &awscloudfront.CreateDistributionInput{DistributionConfig: &cftypes.DistributionConfig{CallerReference: aws.String("site"), Comment: aws.String("=1+1"), Enabled: aws.Bool(true), DefaultRootObject: aws.String("index.html"),
		HttpVersion: cftypes.HttpVersionHttp2and3, Aliases: &cftypes.Aliases{Quantity: aws.Int32(2), Items: []string{"www.example.com", "example.com"}}, WebACLId: aws.String("arn:aws:wafv2:us-east-1:" + caller + ":global/webacl/front/0a1b2c3d"),
		Origins:              &cftypes.Origins{Quantity: aws.Int32(2), Items: []cftypes.Origin{api, bucket}},
		DefaultCacheBehavior: &cftypes.DefaultCacheBehavior{TargetOriginId: aws.String("files"), ViewerProtocolPolicy: cftypes.ViewerProtocolPolicyRedirectToHttps},
		CacheBehaviors: &cftypes.CacheBehaviors{Quantity: aws.Int32(2), Items: []cftypes.CacheBehavior{{PathPattern: aws.String("/api/*"), TargetOriginId: aws.String("api"), ViewerProtocolPolicy: cftypes.ViewerProtocolPolicyHttpsOnly},
			{PathPattern: aws.String("/old/*"), TargetOriginId: aws.String("api"), ViewerProtocolPolicy: cftypes.ViewerProtocolPolicyAllowAll}}},
		ViewerCertificate: &cftypes.ViewerCertificate{CloudFrontDefaultCertificate: aws.Bool(false), ACMCertificateArn: aws.String("arn:aws:acm:us-east-1:" + caller + ":certificate/0a1b2c3d"), MinimumProtocolVersion: cftypes.MinimumProtocolVersionTLSv122021, SSLSupportMethod: cftypes.SSLSupportMethodSniOnly},
		Logging:           &cftypes.LoggingConfig{Enabled: aws.Bool(true), IncludeCookies: aws.Bool(false), Bucket: aws.String("example-corp-logs.s3.amazonaws.com"), Prefix: aws.String("cf/")},
		Restrictions:      &cftypes.Restrictions{GeoRestriction: &cftypes.GeoRestriction{RestrictionType: cftypes.GeoRestrictionTypeWhitelist, Quantity: aws.Int32(2), Items: []string{"DE", "AT"}}}}})
	must(t, err)
	_, err = c.CreateDistribution(ctx, &awscloudfront.CreateDistributionInput{DistributionConfig: &cftypes.DistributionConfig{CallerReference: aws.String("plain"), Comment: aws.String(""), Enabled: aws.Bool(false),
		Origins:              &cftypes.Origins{Quantity: aws.Int32(1), Items: []cftypes.Origin{custom("web", "web.example.com", cftypes.OriginProtocolPolicyMatchViewer, cftypes.SslProtocolTLSv1, cftypes.SslProtocolTLSv12)}},
		DefaultCacheBehavior: &cftypes.DefaultCacheBehavior{TargetOriginId: aws.String("web"), ViewerProtocolPolicy: cftypes.ViewerProtocolPolicyAllowAll}}})
	must(t, err)

	logs := cloudwatchlogs.NewFromConfig(cfg)
	_, err = logs.PutDeliverySource(ctx, &cloudwatchlogs.PutDeliverySourceInput{Name: aws.String("site"), LogType: aws.String("ACCESS_LOGS"), ResourceArn: site.Distribution.ARN})
	must(t, err)
	to, err := logs.PutDeliveryDestination(ctx, &cloudwatchlogs.PutDeliveryDestinationInput{Name: aws.String("lake"), DeliveryDestinationConfiguration: &logtypes.DeliveryDestinationConfiguration{DestinationResourceArn: aws.String("arn:aws:s3:::" + bucketName(caller, "logs"))}})
	must(t, err)
	_, err = logs.CreateDelivery(ctx, &cloudwatchlogs.CreateDeliveryInput{DeliverySourceName: aws.String("site"), DeliveryDestinationArn: to.DeliveryDestination.Arn})
	must(t, err)
}

func checkCloudFront(t *testing.T, s *server, pack string) {
	c, ctx := awscloudfront.NewFromConfig(s.as(t, caller, "us-east-1")), t.Context()
	var distributions []*cloudfront.Distribution
	var origins []*cloudfront.Origin
	list, err := c.ListDistributions(ctx, &awscloudfront.ListDistributionsInput{})
	must(t, err)
	for _, l := range list.DistributionList.Items {
		got, err := c.GetDistribution(ctx, &awscloudfront.GetDistributionInput{Id: l.Id})
		must(t, err)
		d, own := distributionOf(got.Distribution)
		distributions, origins = append(distributions, d), append(origins, own...)
	}
	agree(t, distributions, records[cloudfront.Distribution](t, pack, "cloudfront.distribution"))
	agree(t, origins, records[cloudfront.Origin](t, pack, "cloudfront.origin"))
}

// distributionOf takes from the whole answer of GetDistribution what auditseal reads from the list and from the configuration.
func distributionOf(x *cftypes.Distribution) (*cloudfront.Distribution, []*cloudfront.Origin) {
	k := x.DistributionConfig
	site := *k.CallerReference == "site"
	// moto leaves Staging out of its list, and takes an origin's bucket configuration and access control but does not give them back.
	unread := []string{"staging"}
	if site {
		unread = append(unread, "s3_origins")
	}
	d := &cloudfront.Distribution{Meta: meta(caller, "us-east-1", *x.ARN, unread...), DistributionID: *x.Id, Domain: x.DomainName, Status: ptr("Deployed"), Modified: utc(x.LastModifiedTime), Comment: text(aws.ToString(k.Comment)), Enabled: k.Enabled,
		ConnectionMode: text(k.ConnectionMode), Aliases: append([]string{}, k.Aliases.Items...), ViewerProtocolPolicy: text(k.DefaultCacheBehavior.ViewerProtocolPolicy), Behaviors: ptr(1 + len(k.CacheBehaviors.Items)), PlainHTTPBehaviors: []string{"Default (*)=allow-all"},
		WebACL: text(aws.ToString(k.WebACLId)), WebACLKind: ptr("none"), DefaultRootObject: k.DefaultRootObject, Origins: ptr(len(k.Origins.Items)), S3Origins: []string{}, FailoverGroups: ptr(0),
		GeoRestriction: text(k.Restrictions.GeoRestriction.RestrictionType), GeoLocations: append([]string{}, k.Restrictions.GeoRestriction.Items...), HTTPVersion: text(k.HttpVersion)}
	slices.Sort(d.Aliases)
	slices.Sort(d.GeoLocations)
	v := k.ViewerCertificate
	//lint:ignore SA1019 the record has it, for AWS still answers with it
	d.Certificate = cloudfront.Certificate{Default: v.CloudFrontDefaultCertificate, Source: text(v.CertificateSource), ARN: text(aws.ToString(v.ACMCertificateArn)), MinimumProtocol: ptr("TLSv1"), Configured: text(v.MinimumProtocolVersion), SSLSupport: text(v.SSLSupportMethod)}
	d.Logging = cloudfront.Logging{Legacy: k.Logging.Enabled, Bucket: text(aws.ToString(k.Logging.Bucket)), Prefix: text(aws.ToString(k.Logging.Prefix)), V2: ptr(site), V2Destinations: []string{}, Realtime: ptr(false), RealtimeConfigs: []string{}}
	if site {
		d.WebACLKind, d.Certificate.MinimumProtocol, d.PlainHTTPBehaviors = ptr("wafv2"), ptr("TLSv1.2_2021"), []string{"/old/*=allow-all"}
		d.Logging.V2Destinations = []string{"S3 arn:aws:logs:us-east-1:" + caller + ":delivery-destination:lake"}
	}
	var out []*cloudfront.Origin
	for _, o := range k.Origins.Items {
		r := &cloudfront.Origin{Meta: meta(caller, "us-east-1", *x.ARN+"/origin/"+*o.Id), Distribution: *x.ARN, OriginID: *o.Id, Domain: o.DomainName, FunctionURL: ptr(false), BucketDomain: ptr(*o.Id == "files"), AccessControl: text(aws.ToString(o.OriginAccessControlId)), SSLProtocols: []string{},
			OldProtocols: []string{}, ViewersPlain: ptr(true), CustomHeaders: ptr(len(o.CustomHeaders.Items)), Type: ptr("custom")}
		if o.CustomOriginConfig != nil {
			r.ProtocolPolicy = text(o.CustomOriginConfig.OriginProtocolPolicy)
			for _, p := range o.CustomOriginConfig.OriginSslProtocols.Items {
				r.SSLProtocols = append(r.SSLProtocols, string(p))
			}
			slices.Sort(r.SSLProtocols)
		}
		switch *o.Id {
		case "files":
			r.Meta, r.Type = meta(caller, "us-east-1", r.ID, "type"), nil
		case "web":
			r.OldProtocols = []string{"TLSv1"}
		}
		out = append(out, r)
	}
	return d, out
}
