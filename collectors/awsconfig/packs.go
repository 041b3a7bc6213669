package awsconfig

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// packs reads the conformance packs, their deployment, and the result of each of their rules. An account has fifty packs at most.
func (r *reader) packs(ctx context.Context) error {
	var all []*ConformancePack
	seen := r.c.Once("config.conformance_pack", "config.conformance_pack_rule")
	p := configservice.NewDescribeConformancePacksPaginator(r.api, &configservice.DescribeConformancePacksInput{Limit: 20})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			r.unread(err, []string{"config.conformance_pack", "config.conformance_pack_rule"}, "conformance_packs")
			break
		}
		r.c.Read(&r.region.Meta, page.ResultMetadata)
		for _, x := range page.ConformancePackDetails {
			name := aws.ToString(x.ConformancePackName)
			if !seen.First(name, page.ResultMetadata) {
				continue
			}
			id := aws.ToString(x.ConformancePackArn)
			if id == "" {
				id = r.c.Account + "/" + r.c.Region + "/" + name
			}
			pack := &ConformancePack{Meta: r.c.Meta(id), Name: name, CreatedBy: x.CreatedBy, Parameters: map[string]string{}}
			for _, v := range x.ConformancePackInputParameters {
				pack.Parameters[aws.ToString(v.ParameterName)] = aws.ToString(v.ParameterValue)
			}
			r.c.Read(&pack.Meta, page.ResultMetadata)
			all = append(all, pack)
		}
	}
	r.region.ConformancePacks = len(all)
	if len(all) == 0 {
		return nil
	}
	r.packStatus(ctx, all)
	for _, pack := range all {
		if err := r.packRules(ctx, pack); err != nil {
			return err
		}
		if err := r.c.Emit(pack); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) packStatus(ctx context.Context, all []*ConformancePack) {
	fields := []string{"state", "state_reason", "update_requested", "update_completed"}
	var gap *evidence.Gap
	p := configservice.NewDescribeConformancePackStatusPaginator(r.api, &configservice.DescribeConformancePackStatusInput{Limit: 20})
	var page *configservice.DescribeConformancePackStatusOutput
	for p.HasMorePages() {
		next, err := p.NextPage(ctx)
		if err != nil {
			g := r.c.Unknown(nil, err, fields...)
			gap = &g
			break
		}
		page = next
		for _, x := range page.ConformancePackStatusDetails {
			for _, pack := range all {
				if pack.Name == aws.ToString(x.ConformancePackName) {
					pack.State, pack.StateReason = cell.Text(x.ConformancePackState), x.ConformancePackStatusReason
					pack.UpdateRequested, pack.UpdateCompleted = cell.UTC(x.LastUpdateRequestedTime), cell.UTC(x.LastUpdateCompletedTime)
					r.c.Read(&pack.Meta, page.ResultMetadata)
				}
			}
		}
	}
	for _, pack := range all {
		switch {
		case pack.State != nil:
		case gap != nil:
			pack.Meta.UnknownBy(*gap, fields...)
		default:
			r.half(page.ResultMetadata, "DescribeConformancePackStatus", "MissingStatus", "AWS told no status of the conformance pack "+pack.Name, &pack.Meta, fields)
		}
	}
}

// packRules emits the rules of a pack and counts them on the pack's record.
func (r *reader) packRules(ctx context.Context, pack *ConformancePack) error {
	seen := r.c.Once("config.conformance_pack_rule")
	var last middleware.Metadata
	p := configservice.NewDescribeConformancePackCompliancePaginator(r.api, &configservice.DescribeConformancePackComplianceInput{ConformancePackName: &pack.Name, Limit: 1000})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			g := r.c.Incomplete(err, "config.conformance_pack_rule")
			pack.Meta.UnknownBy(g, "rules", "compliant", "non_compliant", "without_data")
			return nil
		}
		last = page.ResultMetadata
		r.c.Read(&pack.Meta, last)
		for _, x := range page.ConformancePackRuleComplianceList {
			if aws.ToString(x.ConfigRuleName) == "" {
				r.half(last, "DescribeConformancePackCompliance", "MissingMember", "a rule of the conformance pack "+pack.Name+" came without its name", nil, nil, "config.conformance_pack_rule")
				continue
			}
			if !seen.First(aws.ToString(x.ConfigRuleName), page.ResultMetadata) {
				continue
			}
			rule := &ConformancePackRule{Meta: r.c.Meta(pack.ID + "/" + aws.ToString(x.ConfigRuleName)), Pack: pack.Name, Rule: aws.ToString(x.ConfigRuleName),
				Compliance: string(x.ComplianceType), Compliant: compliant(x.ComplianceType), Controls: append([]string{}, x.Controls...)}
			r.c.Read(&rule.Meta, page.ResultMetadata)
			pack.Rules++
			switch x.ComplianceType {
			case types.ConformancePackComplianceTypeCompliant:
				pack.Compliant++
			case types.ConformancePackComplianceTypeNonCompliant:
				pack.NonCompliant++
			default:
				pack.WithoutData++
			}
			if err := r.c.Emit(rule); err != nil {
				return err
			}
		}
	}
	if pack.Rules == 0 {
		// A pack is made of rules: one without any is not deployed, or not in full.
		g := r.half(last, "DescribeConformancePackCompliance", "NoRules", "AWS lists no rules for the conformance pack "+pack.Name, nil, nil, "config.conformance_pack_rule")
		pack.Meta.UnknownBy(g, "rules", "compliant", "non_compliant", "without_data")
	}
	return nil
}
