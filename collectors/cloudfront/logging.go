package cloudfront

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go/middleware"
)

// legacy reads standard logging (legacy).
func (r *reader) legacy(d *Distribution, l *types.LoggingConfig, md middleware.Metadata) {
	switch {
	case l == nil || l.Enabled == nil:
		r.without(&d.Meta, md, getDistributionConfig, "whether Logging is enabled", "logging.legacy", "logging.bucket", "logging.prefix")
	case !*l.Enabled:
		d.Logging.Legacy = l.Enabled
	case aws.ToString(l.Bucket) == "":
		r.without(&d.Meta, md, getDistributionConfig, "the bucket that the logs go to", "logging.legacy", "logging.bucket", "logging.prefix")
	default:
		d.Logging.Legacy, d.Logging.Bucket, d.Logging.Prefix = l.Enabled, l.Bucket, text(l.Prefix)
	}
}

// realtime are the real-time log configurations of the account.
type realtime struct {
	list
	rate map[string]int64 // percent of requests, by ARN
}

// readRealtime follows the list by its markers; the SDK has no paginator for it.
func (r *reader) readRealtime(ctx context.Context) {
	t := &r.realtime
	t.rate = map[string]int64{}
	in := &cloudfront.ListRealtimeLogConfigsInput{MaxItems: aws.Int32(pageSize)}
	for {
		page, err := r.cf.ListRealtimeLogConfigs(ctx, in)
		if err != nil {
			t.lack = r.failed(err)
			return
		}
		l, md := page.RealtimeLogConfigs, page.ResultMetadata
		t.pages = append(t.pages, md)
		for _, c := range l.Items {
			if aws.ToString(c.ARN) == "" || c.SamplingRate == nil {
				t.not(r.half(md, listRealtimeLogConfigs, "MissingMember", "a real-time log configuration was listed without its ARN or SamplingRate"))
				continue
			}
			t.rate[*c.ARN] = *c.SamplingRate
		}
		next := aws.ToString(l.NextMarker)
		if l.IsTruncated == nil || *l.IsTruncated && next == "" {
			t.not(r.half(md, listRealtimeLogConfigs, "MissingMember", "AWS answered ListRealtimeLogConfigs without saying whether or where it goes on"))
		}
		if next == "" {
			return
		}
		in.Marker = &next
	}
}

// realtimeConfigs are the real-time log configurations that some behavior has, sorted.
func realtimeConfigs(c *types.DistributionConfig) []string {
	var out []string
	if c.DefaultCacheBehavior != nil {
		out = append(out, aws.ToString(c.DefaultCacheBehavior.RealtimeLogConfigArn))
	}
	if c.CacheBehaviors != nil {
		for _, b := range c.CacheBehaviors.Items {
			out = append(out, aws.ToString(b.RealtimeLogConfigArn))
		}
	}
	out = slices.DeleteFunc(out, func(arn string) bool { return arn == "" })
	slices.Sort(out)
	return slices.Compact(out)
}

// realtimeOf reads which behaviors have real-time logs, and how many of the requests those tell.
func (r *reader) realtimeOf(d *Distribution, c *types.DistributionConfig, md middleware.Metadata) {
	if c.DefaultCacheBehavior == nil || c.CacheBehaviors == nil || !whole(c.CacheBehaviors.Quantity, len(c.CacheBehaviors.Items)) {
		r.without(&d.Meta, md, getDistributionConfig, "the whole list of cache behaviors", "logging.realtime", "logging.realtime_configs")
		return
	}
	used := realtimeConfigs(c)
	every := aws.ToString(c.DefaultCacheBehavior.RealtimeLogConfigArn) != ""
	for _, b := range c.CacheBehaviors.Items {
		every = every && aws.ToString(b.RealtimeLogConfigArn) != ""
	}
	if len(used) == 0 {
		d.Logging.Realtime, d.Logging.RealtimeConfigs = &every, []string{}
		return
	}
	t := &r.realtime
	t.readFrom(r.c, &d.Meta)
	if t.lack != nil {
		t.lack.unknown(&d.Meta, "logging.realtime", "logging.realtime_configs")
		return
	}
	configs := []string{}
	for _, arn := range used {
		rate, there := t.rate[arn]
		if !there {
			r.c.Half(t.pages[len(t.pages)-1], listRealtimeLogConfigs, "Contradiction", "a cache behavior names a real-time log configuration that is not listed", &d.Meta, []string{"logging.realtime", "logging.realtime_configs"})
			return
		}
		every = every && rate == 100
		configs = append(configs, fmt.Sprintf("%s=%d", arn, rate))
	}
	d.Logging.Realtime, d.Logging.RealtimeConfigs = &every, configs
}

// deliveries are the access logs that CloudWatch Logs delivers for CloudFront.
type deliveries struct {
	list
	to map[string][]string // destinations, by the ARN of the distribution
}

// accessLogs is the log type of a distribution's requests; others are of TLS connections.
const accessLogs = "ACCESS_LOGS"

// logPage is the most that CloudWatch Logs gives in a page.
const logPage = 50

// readDeliveries reads the sources and then what is delivered from them. They are of all services; those of distributions are kept.
func (r *reader) readDeliveries(ctx context.Context) {
	l := &r.deliveries
	l.to = map[string][]string{}
	of := map[string][]string{} // distributions, by the name of the source
	for p := cloudwatchlogs.NewDescribeDeliverySourcesPaginator(r.cwl, &cloudwatchlogs.DescribeDeliverySourcesInput{Limit: aws.Int32(logPage)}); p.HasMorePages(); {
		page, err := p.NextPage(ctx)
		if err != nil {
			l.lack = r.failed(err) // without the sources, what is delivered says nothing, and is not asked for
			return
		}
		l.pages = append(l.pages, page.ResultMetadata)
		for _, s := range page.DeliverySources {
			lacks := aws.ToString(s.Name) == "" || aws.ToString(s.LogType) == "" || len(s.ResourceArns) == 0
			switch {
			case lacks || s.Status != "" && s.Status != logtypes.DeliverySourceStatusActive && s.Status != logtypes.DeliverySourceStatusInactive:
				l.not(r.half(page.ResultMetadata, describeDeliverySources, "MissingMember", "a delivery source was listed without its name, log type or resource, or with a status that is not documented"))
			case *s.LogType == accessLogs && s.Status != logtypes.DeliverySourceStatusInactive:
				of[*s.Name] = append(of[*s.Name], s.ResourceArns...)
			}
		}
	}
	for p := cloudwatchlogs.NewDescribeDeliveriesPaginator(r.cwl, &cloudwatchlogs.DescribeDeliveriesInput{Limit: aws.Int32(logPage)}); p.HasMorePages(); {
		page, err := p.NextPage(ctx)
		if err != nil {
			l.lack = r.failed(err)
			return
		}
		l.pages = append(l.pages, page.ResultMetadata)
		for _, e := range page.Deliveries {
			if aws.ToString(e.DeliverySourceName) == "" || aws.ToString(e.DeliveryDestinationArn) == "" || e.DeliveryDestinationType == "" {
				l.not(r.half(page.ResultMetadata, describeDeliveries, "MissingMember", "a delivery was listed without its source, destination or type"))
				continue
			}
			switch e.DeliveryDestinationType {
			case logtypes.DeliveryDestinationTypeS3, logtypes.DeliveryDestinationTypeCwl, logtypes.DeliveryDestinationTypeFh:
				for _, arn := range of[*e.DeliverySourceName] {
					l.to[arn] = append(l.to[arn], string(e.DeliveryDestinationType)+" "+*e.DeliveryDestinationArn)
				}
			}
		}
	}
}

// v2 reads standard logging (v2).
func (r *reader) v2(d *Distribution) {
	l := &r.deliveries
	l.readFrom(r.c, &d.Meta)
	if l.lack != nil {
		l.lack.unknown(&d.Meta, "logging.v2", "logging.v2_destinations")
		return
	}
	to := sorted(l.to[d.ID])
	d.Logging.V2Destinations = slices.Compact(to)
	d.Logging.V2 = aws.Bool(len(to) > 0)
}
