// Package waf reads AWS WAF (WAFv2): web ACLs with their rules, logging and the resources they protect, and the account's rule groups.
//
// Web ACLs are of two scopes. Those of the scope REGIONAL are asked for in every region. Those of the scope CLOUDFRONT are the account's,
// and are asked for once, in us-east-1, whether or not the audit reads that region; only the partition aws has them.
//
// What rules look for is not written down: the strings that requests are compared with, and the headers that are added to them, are often
// secrets that an origin knows CloudFront by.
//
// Which distributions a web ACL of the scope CLOUDFRONT protects is told by cloudfront.distribution, and not asked again.
//
// It does not read AWS WAF Classic, whose web ACLs, rules and logs have an API of their own, nor IP sets, pattern sets, API keys and the
// rules inside managed rule groups. It does not tell which load balancers and APIs face the internet without a web ACL: it sees those that
// have one, and the services that list the others are not among those read so far.
package waf

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/aws/aws-sdk-go-v2/service/wafv2/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// Collector reads AWS WAF in one account and region, and what is the account's in one of its regions.
type Collector struct{}

func (Collector) Name() string { return "waf" }
func (Collector) Doc() string {
	return "AWS WAF web ACLs with their rules, logging and protected resources, for regional resources and for CloudFront; rule groups. AWS WAF Classic is not read."
}
func (Collector) Reach() evidence.Reach { return evidence.EveryRegion }

const (
	ruleKind      = "waf.rule"
	ruleGroupKind = "waf.rule_group"
	webACLKind    = "waf.web_acl"
	rateSource    = "https://docs.aws.amazon.com/waf/latest/developerguide/limits.html"
	// pageSize is the most that AWS WAF gives in a page.
	pageSize = 100
)

func op(name, member string) evidence.Operation {
	return evidence.Operation{Service: "wafv2", API: wafv2.ServiceID, Name: name, Action: "wafv2:" + name, Member: member, Rate: 5, RateSource: rateSource}
}

// each is asked of every record of a kind.
func each(op evidence.Operation, kind string, secrets ...string) evidence.Operation {
	op.Each, op.Secrets = kind, secrets
	return op
}

func lists(op evidence.Operation, kind string) evidence.Operation {
	op.Lists, op.Page = kind, pageSize
	return op
}

// slow is what AWS answers once a second.
func slow(op evidence.Operation) evidence.Operation {
	op.Rate = 1
	return op
}

// ofEachType is asked once for each type of resource, and needs what the services of some of them allow.
// https://docs.aws.amazon.com/waf/latest/developerguide/security_iam_service-with-iam.html
func ofEachType(op evidence.Operation) evidence.Operation {
	op.Times = 6
	op.Also = []string{"amplify:ListResourcesForWebACL", "apprunner:ListAssociatedServicesForWebAcl", "cognito-idp:ListResourcesForWebACL", "ec2:DescribeVerifiedAccessInstanceWebAclAssociations"}
	return op
}

var (
	// A regular expression may be no more than a secret; Value is that of a header which is added to requests or answers.
	getRuleGroup              = each(op("GetRuleGroup", "RuleGroup"), ruleGroupKind, "SearchString", "RegexString", "Value")
	getWebACL                 = each(op("GetWebACL", "WebACL"), webACLKind, "SearchString", "RegexString", "Value")
	listLoggingConfigurations = op("ListLoggingConfigurations", "LoggingConfigurations")
	listResourcesForWebACL    = ofEachType(slow(each(op("ListResourcesForWebACL", "ResourceArns"), webACLKind)))
	listRuleGroups            = lists(op("ListRuleGroups", "RuleGroups"), ruleGroupKind)
	listWebACLs               = lists(op("ListWebACLs", "WebACLs"), webACLKind)
)

func (Collector) Operations() []evidence.Operation {
	return []evidence.Operation{getRuleGroup, getWebACL, listLoggingConfigurations, listResourcesForWebACL, listRuleGroups, listWebACLs}
}

func (Collector) Kinds() []evidence.Kind {
	return []evidence.Kind{
		evidence.KindOf[Rule]("Every rule of every web ACL and rule group of the account, rule groups of Firewall Manager in web ACLs included; the rules inside managed rule groups are not listed."),
		evidence.KindOf[RuleGroup]("The account's own rule groups, of both scopes."),
		evidence.KindOf[WebACL]("The web ACLs of AWS WAF (WAFv2), of both scopes; those of AWS WAF Classic are not listed."),
	}
}

// Collect reads the scope REGIONAL, and in one of the account's regions the scope CLOUDFRONT too.
func (Collector) Collect(ctx context.Context, c *cell.Cell) error {
	scopes := []types.Scope{types.ScopeRegional}
	if c.Partition == "aws" && c.Region == asksForCloudFront(c.Planned, c.Region) {
		scopes = append(scopes, types.ScopeCloudfront)
	}
	for _, scope := range scopes {
		r := &reader{c: c, scope: scope, region: c.Region}
		if scope == types.ScopeCloudfront {
			r.region = evidence.GlobalRegion(c.Partition)
		}
		r.waf = wafv2.NewFromConfig(c.Config, func(o *wafv2.Options) { o.Region = r.region })
		if err := r.webACLs(ctx); err != nil {
			return err
		}
		if err := r.ruleGroups(ctx); err != nil {
			return err
		}
	}
	return nil
}

// everywhere are the regions that every account of the partition aws has, and none can switch off.
var everywhere = []string{"ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1", "eu-north-1",
	"eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2"}

// asksForCloudFront tells in which of the account's regions the scope CLOUDFRONT is asked for: us-east-1 where the audit reads it, or else
// the first region that every account has, or else the first. A region that the account has not got is not worked on, and that leaves every
// population of this collector with a gap: what was not asked for there can't be taken for nothing.
func asksForCloudFront(planned []string, own string) string {
	home := evidence.GlobalRegion("aws")
	sure := slices.DeleteFunc(slices.Clone(planned), func(r string) bool { return !slices.Contains(everywhere, r) })
	switch {
	case slices.Contains(planned, home):
		return home
	case len(sure) > 0:
		return slices.Min(sure)
	case len(planned) > 0:
		return slices.Min(planned)
	}
	return own
}

// reader reads one scope.
type reader struct {
	c      *cell.Cell
	waf    *wafv2.Client
	scope  types.Scope
	region string
	// logs are the logging configurations of the scope, read when there is a web ACL.
	logs []logScope
}

// meta starts a record of the region that was asked.
func (r *reader) meta(id string) evidence.Meta {
	m := r.c.Meta(id)
	m.Region = r.region
	return m
}

// without notes that an answer lacks what fields of the record are read from.
func (r *reader) without(m *evidence.Meta, md middleware.Metadata, op evidence.Operation, what string, fields ...string) {
	r.c.Half(md, op, "MissingMember", "AWS answered "+op.Name+" without "+what, m, fields)
}

// pages follows a list by its markers, for which the SDK has no paginators. get asks for the page behind a marker, uses it, and gives the
// next marker. The error is that of the first page that can't be had. AWS gives a marker on the last page too; behind it is a page of nothing.
func pages(get func(marker *string) (next *string, err error)) error {
	for marker := (*string)(nil); ; {
		next, err := get(marker)
		if err != nil || aws.ToString(next) == "" {
			return err
		}
		marker = next
	}
}

// text takes an optional text: what is empty is absent.
func text(s *string) *string {
	if aws.ToString(s) == "" {
		return nil
	}
	return s
}

func sorted(in []string) []string {
	out := append([]string{}, in...)
	slices.Sort(out)
	return out
}

func ptr[T any](v T) *T { return &v }
