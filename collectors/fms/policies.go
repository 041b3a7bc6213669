package fms

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/fms"
	"github.com/aws/aws-sdk-go-v2/service/fms/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// policyAnswer is a policy with how accounts comply with it.
type policyAnswer struct {
	rec        *Policy
	compliance []*Compliance
}

func (r *reader) emit(a policyAnswer) error {
	for _, c := range a.compliance {
		if err := r.c.Emit(c); err != nil {
			return err
		}
	}
	return r.c.Emit(a.rec)
}

// policyWire is what the SDK reads as false where AWS leaves it out.
type policyWire struct {
	Policy struct{ RemediationEnabled, DeleteUnusedFMManagedResources, ExcludeResourceTags *bool }
}

// policyFields are the fields of a policy that GetPolicy tells.
var policyFields = []string{"description", "remediation", "delete_unused", "resource_types", "resource_sets", "resource_tags", "exclude_tagged", "include_accounts",
	"include_units", "exclude_accounts", "exclude_units", "settings"}

// policy reads one policy and its compliance.
func (r *reader) policy(ctx context.Context, l listed) policyAnswer {
	arn := aws.ToString(l.PolicyArn)
	if arn == "" {
		arn = "arn:" + r.c.Partition + ":fms:" + r.c.Region + ":" + r.c.Account + ":policy/" + *l.PolicyId
	}
	rec := &Policy{Meta: r.c.Meta(arn), PolicyID: *l.PolicyId, Name: aws.ToString(l.PolicyName), Type: string(l.SecurityServiceType), Status: string(l.PolicyStatus)}
	r.c.Read(&rec.Meta, l.page)
	for _, f := range []struct{ field, member, value string }{{"name", "PolicyName", rec.Name}, {"type", "SecurityServiceType", rec.Type}, {"status", "PolicyStatus", rec.Status}} {
		if f.value == "" {
			r.lacks(&rec.Meta, l.page, listPolicies, f.member, f.field)
		}
	}
	r.settings(ctx, rec)
	return policyAnswer{rec, r.compliance(ctx, rec)}
}

// lacks notes that an answer lacks what a field is read from.
func (r *reader) lacks(m *evidence.Meta, md middleware.Metadata, op evidence.Operation, member string, fields ...string) {
	r.c.Half(md, op, "MissingMember", "AWS answered "+op.Name+" without "+member, m, fields)
}

func (r *reader) settings(ctx context.Context, rec *Policy) {
	var wire policyWire
	out, err := r.api.GetPolicy(ctx, &fms.GetPolicyInput{PolicyId: &rec.PolicyID}, func(o *fms.Options) { o.APIOptions = append(o.APIOptions, cell.Peek(&wire)) })
	if err != nil {
		r.c.Unknown(&rec.Meta, err, policyFields...)
		return
	}
	md, p := out.ResultMetadata, out.Policy
	r.c.Read(&rec.Meta, md)
	if id := aws.ToString(p.PolicyId); id != rec.PolicyID {
		r.lacks(&rec.Meta, md, getPolicy, "the policy that was asked for", policyFields...)
		return
	}
	for _, b := range []struct {
		member, field string
		from          *bool
		to            *bool
	}{
		{"RemediationEnabled", "remediation", wire.Policy.RemediationEnabled, &rec.Remediation},
		{"DeleteUnusedFMManagedResources", "delete_unused", wire.Policy.DeleteUnusedFMManagedResources, &rec.Cleanup},
		{"ExcludeResourceTags", "exclude_tagged", wire.Policy.ExcludeResourceTags, &rec.ExcludeTagged},
	} {
		if b.from != nil {
			*b.to = *b.from
		} else {
			r.lacks(&rec.Meta, md, getPolicy, b.member, b.field)
		}
	}
	rec.Description = cell.Text(aws.ToString(p.PolicyDescription))
	rec.ResourceTypes, rec.ResourceSets, rec.ResourceTags = resourceTypes(p), cell.List(p.ResourceSetIds), []string{}
	for _, t := range p.ResourceTags {
		rec.ResourceTags = append(rec.ResourceTags, aws.ToString(t.Key)+"="+aws.ToString(t.Value))
	}
	const account, unit = string(types.CustomerPolicyScopeIdTypeAccount), string(types.CustomerPolicyScopeIdTypeOrgUnit)
	rec.Accounts, rec.Units = cell.List(p.IncludeMap[account]), cell.List(p.IncludeMap[unit])
	rec.NotAccounts, rec.NotUnits = cell.List(p.ExcludeMap[account]), cell.List(p.ExcludeMap[unit])
	if d := p.SecurityServicePolicyData; d != nil {
		rec.Settings = d.ManagedServiceData
	}
}

// resourceTypes are the types of a policy. Where there are several, ResourceType says only that there is a list.
func resourceTypes(p *types.Policy) []string {
	out := cell.List(p.ResourceTypeList)
	if t := aws.ToString(p.ResourceType); t != "" && t != "ResourceTypeList" {
		out = append(out, t)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// complianceWire is what the SDK reads as false and 0 where AWS leaves it out.
type complianceWire struct {
	PolicyComplianceStatusList []struct {
		EvaluationResults []evaluation
	}
}

type evaluation struct {
	ComplianceStatus        string
	ViolatorCount           *int
	EvaluationLimitExceeded *bool
}

// compliance reads how accounts comply with one policy.
func (r *reader) compliance(ctx context.Context, rec *Policy) []*Compliance {
	var out []*Compliance
	var wire complianceWire
	seen := r.c.Once(complianceKind)
	p := fms.NewListComplianceStatusPaginator(r.api, &fms.ListComplianceStatusInput{PolicyId: &rec.PolicyID, MaxResults: aws.Int32(100)})
	whole := true
	for p.HasMorePages() {
		page, err := p.NextPage(ctx, func(o *fms.Options) { o.APIOptions = append(o.APIOptions, cell.Peek(&wire)) })
		if err != nil {
			whole = false
			rec.UnknownBy(r.c.Incomplete(err, complianceKind), "accounts_evaluated")
			break
		}
		md := page.ResultMetadata
		r.c.Read(&rec.Meta, md)
		for i, s := range page.PolicyComplianceStatusList {
			member := aws.ToString(s.MemberAccount)
			if member == "" {
				whole = false
				rec.UnknownBy(r.c.Half(md, listComplianceStatus, "MissingMember", "compliance was listed without its account", nil, nil, complianceKind), "accounts_evaluated")
				continue
			}
			if !seen.First(member, md) {
				continue
			}
			c := &Compliance{Meta: r.c.Meta(rec.ID + "/" + member), Policy: rec.ID, PolicyName: rec.Name, Member: member, Issues: issues(s.IssueInfoMap), Updated: cell.UTC(s.LastUpdated)}
			r.c.Read(&c.Meta, md)
			if s.IssueInfoMap == nil { // AWS writes an empty one where there are none
				c.Issues = nil
				r.lacks(&c.Meta, md, listComplianceStatus, "IssueInfoMap", "issues")
			}
			var results []evaluation
			if i < len(wire.PolicyComplianceStatusList) {
				results = wire.PolicyComplianceStatusList[i].EvaluationResults
			}
			r.evaluate(c, results, md)
			out = append(out, c)
		}
	}
	if n := len(out); whole {
		rec.Evaluated = &n
	}
	return out
}

func issues(m map[string]string) []string {
	out := []string{}
	for service, words := range m {
		out = append(out, strings.TrimSpace(service+" "+words))
	}
	slices.Sort(out)
	return out
}

// evaluate joins the evaluations of an account. Something that does not comply stays so, however the rest ended; that everything
// complies is said only where every evaluation was made to its end and says so.
func (r *reader) evaluate(c *Compliance, results []evaluation, md middleware.Metadata) {
	half := func(code, message string, fields ...string) {
		r.c.Half(md, listComplianceStatus, code, message, &c.Meta, fields)
	}
	if len(results) == 0 {
		half("NotEvaluated", "AWS tells of no evaluation of account "+c.Member, "compliance", "violators", "evaluation_limit_exceeded")
		return
	}
	compliant, against, counted, limited := true, false, true, true
	for _, e := range results {
		against = against || e.ComplianceStatus == string(types.PolicyComplianceStatusTypeNonCompliant)
		compliant = compliant && e.ComplianceStatus == string(types.PolicyComplianceStatusTypeCompliant)
		if e.ViolatorCount == nil {
			counted = false
		} else {
			c.Violators += *e.ViolatorCount
		}
		if e.EvaluationLimitExceeded == nil {
			limited = false
		} else {
			c.LimitExceeded = c.LimitExceeded || *e.EvaluationLimitExceeded
		}
	}
	if !limited && !c.LimitExceeded {
		half("MissingMember", "AWS answered ListComplianceStatus without EvaluationLimitExceeded", "evaluation_limit_exceeded")
	}
	whole := counted && limited && !c.LimitExceeded
	switch {
	case against && whole:
		c.Compliance = string(types.PolicyComplianceStatusTypeNonCompliant)
	case against:
		c.Compliance, c.Violators = string(types.PolicyComplianceStatusTypeNonCompliant), 0
		half("EvaluationLimitExceeded", "the resources of account "+c.Member+" that do not comply were not counted to the end", "violators")
	case !compliant:
		half("UndocumentedValue", "AWS answered ListComplianceStatus with a ComplianceStatus that its documentation does not have, or without it", "compliance", "violators")
	case !whole:
		half("EvaluationLimitExceeded", "the evaluation of account "+c.Member+" broke off, so that not everything is known to comply", "compliance", "violators")
	case c.Violators != 0:
		half("Contradiction", "AWS says that account "+c.Member+" complies, and that some of its resources do not", "compliance", "violators")
	default:
		c.Compliance = string(types.PolicyComplianceStatusTypeCompliant)
	}
}
