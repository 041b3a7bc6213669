package ssm

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
)

// compliance emits what each resource complies with.
func (r *reader) compliance(ctx context.Context) error {
	seen := r.c.Once(complianceKind)
	p := ssm.NewListResourceComplianceSummariesPaginator(r.ssm, &ssm.ListResourceComplianceSummariesInput{MaxResults: aws.Int32(50)})
	return cell.Pages(ctx, p, func(err error) { r.c.Incomplete(err, complianceKind) }, func(page *ssm.ListResourceComplianceSummariesOutput) error {
		md := page.ResultMetadata
		raw, nameless := elements(md, "ResourceComplianceSummaryItems"), false
		for n, x := range page.ResourceComplianceSummaryItems {
			if deref(x.ResourceId) == "" || deref(x.ComplianceType) == "" {
				nameless = true
				continue
			}
			c := r.resource(x, at(raw, n), md)
			if !seen.First(c.ID, md) {
				continue
			}
			if err := r.c.Emit(c); err != nil {
				return err
			}
		}
		if nameless {
			r.c.Half(md, listResourceComplianceSummaries, "MissingMember", "a summary was listed without its resource or type", nil, nil, complianceKind)
		}
		return nil
	})
}

func (r *reader) resource(x types.ResourceComplianceSummaryItem, raw object, md middleware.Metadata) *Compliance {
	c := &Compliance{Resource: *x.ResourceId, ResourceType: cell.Text(deref(x.ResourceType)), Type: *x.ComplianceType, Status: string(x.Status), Severity: cell.Text(x.OverallSeverity)}
	id := r.nodeARN(c.Resource)
	if kind := deref(c.ResourceType); kind != "ManagedInstance" {
		id = c.Resource + "/" + kind
	}
	id += "/compliance/" + c.Type
	if e := x.ExecutionSummary; e != nil {
		c.Reported, c.Execution = cell.UTC(e.ExecutionTime), cell.Text(deref(e.ExecutionId))
	}
	// A node has one summary of its patches, whichever execution found them: by its id the summaries of former days are the same record's past.
	if c.Execution != nil && !(c.Type == "Patch" && deref(c.ResourceType) == "ManagedInstance") {
		id += "/" + *c.Execution
	}
	c.Meta = r.c.Meta(id)
	r.c.Read(&c.Meta, md)
	lacks := func(what, field string) {
		r.without(&c.Meta, md, listResourceComplianceSummaries, what+" of a resource", field)
	}
	if c.Status == "" {
		lacks("the status", "status")
	}
	if c.Reported == nil {
		lacks("the time", "reported")
	}
	if s := x.CompliantSummary; s != nil {
		c.Compliant = raw.count(s.CompliantCount, "CompliantSummary", "CompliantCount")
	}
	if c.Compliant == nil {
		lacks("the number of complying items", "compliant")
	}
	if s := x.NonCompliantSummary; s != nil {
		c.NonCompliant = raw.count(s.NonCompliantCount, "NonCompliantSummary", "NonCompliantCount")
	}
	if c.NonCompliant == nil {
		lacks("the number of items that do not comply", "non_compliant")
	}
	return c
}

// summaries emits AWS's own counts.
func (r *reader) summaries(ctx context.Context) error {
	seen := r.c.Once(summaryKind)
	p := ssm.NewListComplianceSummariesPaginator(r.ssm, &ssm.ListComplianceSummariesInput{MaxResults: aws.Int32(50)})
	return cell.Pages(ctx, p, func(err error) { r.c.Incomplete(err, summaryKind) }, func(page *ssm.ListComplianceSummariesOutput) error {
		md := page.ResultMetadata
		raw, nameless := elements(md, "ComplianceSummaryItems"), false
		for n, x := range page.ComplianceSummaryItems {
			kind := deref(x.ComplianceType)
			if kind == "" {
				nameless = true
				continue
			}
			if !seen.First(kind, md) {
				continue
			}
			s := &Summary{Meta: r.c.Meta(r.c.Account + "/" + r.c.Region + "/compliance/" + kind), Type: kind}
			r.c.Read(&s.Meta, md)
			if c := x.CompliantSummary; c != nil {
				s.Compliant = at(raw, n).count(c.CompliantCount, "CompliantSummary", "CompliantCount")
			}
			if c := x.NonCompliantSummary; c != nil {
				s.NonCompliant = at(raw, n).count(c.NonCompliantCount, "NonCompliantSummary", "NonCompliantCount")
			}
			if s.Compliant == nil {
				r.without(&s.Meta, md, listComplianceSummaries, "the number of complying resources", "compliant")
			}
			if s.NonCompliant == nil {
				r.without(&s.Meta, md, listComplianceSummaries, "the number of resources that do not comply", "non_compliant")
			}
			if err := r.c.Emit(s); err != nil {
				return err
			}
		}
		if nameless {
			r.c.Half(md, listComplianceSummaries, "MissingMember", "a summary was listed without its type", nil, nil, summaryKind)
		}
		return nil
	})
}
