// Package cloudfront reads CloudFront distributions: what they ask of viewers, where they get what they serve, which web ACL stands in
// front of them, and where they log.
//
// It asks once an account, in the region that answers for the whole partition, whether or not the audit reads that region. What the list
// of distributions says is taken from there; logging and the default root object stand in each distribution's configuration alone, and are
// unknown where that could not be read. Standard logging (v2) is no part of CloudFront's configuration: it is a delivery of CloudWatch
// Logs, in the same region.
//
// CloudFront's lists carry a number beside their elements. A list whose number is another than that of its elements is not whole.
//
// It does not read VPC origins (and so not how CloudFront connects to them), functions, cache and response headers policies, key groups or
// tags, and never an object. It does not tell which load balancers and APIs face the internet without CloudFront or a web ACL: they are not
// among the services read so far.
package cloudfront

import (
	"context"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// Collector reads CloudFront.
type Collector struct{}

func (Collector) Name() string { return "cloudfront" }
func (Collector) Doc() string {
	return "CloudFront distributions with their viewer protocols, certificates, web ACLs, logging and origins; distribution tenants."
}
func (Collector) Reach() evidence.Reach { return evidence.EveryAccount }

const (
	distributionKind = "cloudfront.distribution"
	originKind       = "cloudfront.origin"
	tenantKind       = "cloudfront.distribution_tenant"
)

// pageSize is the most that CloudFront gives in a page.
const pageSize = 100

func op(name, member string) evidence.Operation {
	return evidence.Operation{Service: "cloudfront", API: cloudfront.ServiceID, Name: name, Action: "cloudfront:" + name, Member: member}
}

func logs(name, member string) evidence.Operation {
	return evidence.Operation{Service: "logs", API: cloudwatchlogs.ServiceID, Name: name, Action: "logs:" + name, Member: member}
}

// secret marks an answer that holds the headers which CloudFront adds for an origin: by them origins know that it is CloudFront who asks.
func secret(op evidence.Operation) evidence.Operation {
	op.Secrets = []string{"HeaderValue"}
	return op
}

func lists(op evidence.Operation, kind string, page int) evidence.Operation {
	op.Lists, op.Page = kind, page
	return op
}

func each(op evidence.Operation, kind string) evidence.Operation {
	op.Each = kind
	return op
}

var (
	getDistributionConfig    = each(secret(op("GetDistributionConfig", "DistributionConfig")), distributionKind)
	listDistributionTenants  = lists(op("ListDistributionTenants", "DistributionTenantList"), tenantKind, pageSize)
	listDistributions        = lists(secret(op("ListDistributions", "DistributionList")), distributionKind, pageSize)
	listOriginAccessControls = op("ListOriginAccessControls", "OriginAccessControlList")
	listRealtimeLogConfigs   = op("ListRealtimeLogConfigs", "RealtimeLogConfigs")
	describeDeliveries       = logs("DescribeDeliveries", "Deliveries")
	describeDeliverySources  = logs("DescribeDeliverySources", "DeliverySources")
)

func (Collector) Operations() []evidence.Operation {
	return []evidence.Operation{getDistributionConfig, listDistributionTenants, listDistributions, listOriginAccessControls, listRealtimeLogConfigs, describeDeliveries, describeDeliverySources}
}

func (Collector) Kinds() []evidence.Kind {
	return []evidence.Kind{
		evidence.KindOf[Distribution]("Every CloudFront distribution of the account, enabled or not, multi-tenant and staging ones included."),
		evidence.KindOf[Tenant]("The tenants of the account's multi-tenant distributions."),
		evidence.KindOf[Origin]("Every origin of every distribution."),
	}
}

// Collect reads the distributions, and then their tenants where there may be any.
func (Collector) Collect(ctx context.Context, c *cell.Cell) error {
	if c.Partition != "aws" && c.Partition != "aws-cn" {
		c.Absent(listDistributions, "NotInPartition", "AWS has CloudFront in the partitions aws and aws-cn only", distributionKind, originKind, tenantKind)
		return nil
	}
	r := &reader{c: c, region: evidence.GlobalRegion(c.Partition), acls: map[string]webACL{}}
	r.cf = cloudfront.NewFromConfig(c.Config, func(o *cloudfront.Options) { o.Region = r.region })
	r.cwl = cloudwatchlogs.NewFromConfig(c.Config, func(o *cloudwatchlogs.Options) { o.Region = r.region })
	if err := r.distributions(ctx); err != nil {
		return err
	}
	if !r.maybeTenants {
		return nil
	}
	return r.tenants(ctx)
}

// reader is one cell at work.
type reader struct {
	c      *cell.Cell
	region string
	cf     *cloudfront.Client
	cwl    *cloudwatchlogs.Client

	// What distributions share is read when the first of them needs it.
	controlsOnce, realtimeOnce, deliveriesOnce sync.Once
	controls                                   controls
	realtime                                   realtime
	deliveries                                 deliveries

	// acls are the web ACLs of the distributions, by id.
	acls map[string]webACL
	// maybeTenants is set unless every distribution says that it is a standard one.
	maybeTenants bool
}

// meta starts a record of the region that answers for all.
func (r *reader) meta(id string) evidence.Meta {
	m := r.c.Meta(id)
	m.Region = r.region
	return m
}

// without notes that an answer lacks what fields of the record are read from.
func (r *reader) without(m *evidence.Meta, md middleware.Metadata, op evidence.Operation, what string, fields ...string) {
	r.c.Half(md, op, "MissingMember", "AWS answered "+op.Name+" without "+what, m, fields)
}

// whole reports whether a list is as long as AWS says it is.
func whole(quantity *int32, n int) bool { return quantity != nil && int(*quantity) == n }

// A lack is why a list that many records are read from is not whole. The first record that needs the list makes the gap, and the others
// share it, so records must come in their order.
type lack struct {
	tell func(m *evidence.Meta, fields []string) evidence.Gap
	gap  *evidence.Gap
}

func (l *lack) unknown(m *evidence.Meta, fields ...string) {
	if l.gap == nil {
		g := l.tell(m, fields)
		l.gap = &g
		return
	}
	m.UnknownBy(*l.gap, fields...)
}

// failed is a lack because of an error.
func (r *reader) failed(err error) *lack {
	return &lack{tell: func(m *evidence.Meta, fields []string) evidence.Gap { return r.c.Unknown(m, err, fields...) }}
}

// half is a lack because of an answer that is not whole.
func (r *reader) half(md middleware.Metadata, op evidence.Operation, code, message string) *lack {
	return &lack{tell: func(m *evidence.Meta, fields []string) evidence.Gap {
		return r.c.Half(md, op, code, message, m, fields)
	}}
}

// A list is what was read of a list that many records are read from: its pages, and why it is not whole.
type list struct {
	pages []middleware.Metadata
	lack  *lack
}

// readFrom notes that a record was read from the list.
func (l *list) readFrom(c *cell.Cell, m *evidence.Meta) {
	for _, md := range l.pages {
		c.Read(m, md)
	}
}

// not notes why the list is not whole. The first reason stands.
func (l *list) not(why *lack) {
	if l.lack == nil {
		l.lack = why
	}
}
