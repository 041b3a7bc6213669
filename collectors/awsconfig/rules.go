package awsconfig

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// namesAtOnce is how many rules AWS takes by name in one call.
const namesAtOnce = 25

// A listed rule is one with the page that it was listed on.
type listed struct {
	*Rule
	page middleware.Metadata
}

// rules reads the rules, then by name when they ran and what they found. The list is held: a region has a thousand rules at most, and
// its page token would not outlive the reading of every rule's evaluations.
func (r *reader) rules(ctx context.Context) error {
	var all []listed
	seen := r.c.Once("config.rule", "config.rule_compliance", "config.rule_evaluation")
	p := configservice.NewDescribeConfigRulesPaginator(r.api, &configservice.DescribeConfigRulesInput{})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			r.unread(err, []string{"config.rule", "config.rule_compliance", "config.rule_evaluation"}, "rules")
			break
		}
		r.c.Read(&r.region.Meta, page.ResultMetadata)
		for _, x := range page.ConfigRules {
			if aws.ToString(x.ConfigRuleName) == "" {
				r.half(page.ResultMetadata, "DescribeConfigRules", "MissingMember", "AWS listed a rule without its name", &r.region.Meta, []string{"rules"},
					"config.rule", "config.rule_compliance", "config.rule_evaluation")
				continue
			}
			if !seen.First(*x.ConfigRuleName, page.ResultMetadata) {
				continue
			}
			rule := r.ruleOf(x)
			r.c.Read(&rule.Meta, page.ResultMetadata)
			all = append(all, listed{rule, page.ResultMetadata})
		}
	}
	r.region.Rules = len(all)
	for some := range slices.Chunk(all, namesAtOnce) {
		if err := r.describe(ctx, some); err != nil {
			return err
		}
	}
	for _, rule := range all {
		if aws.ToString(rule.Visibility) == string(types.RuleEvaluationVisibilityInternal) {
			continue // AWS tells no evaluations of these
		}
		if err := r.evaluations(ctx, rule.Rule); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) ruleOf(x types.ConfigRule) *Rule {
	name := aws.ToString(x.ConfigRuleName)
	id := aws.ToString(x.ConfigRuleArn)
	if id == "" {
		id = r.c.Account + "/" + r.c.Region + "/" + name
	}
	rule := &Rule{Meta: r.c.Meta(id), Name: name, RuleID: x.ConfigRuleId, State: string(x.ConfigRuleState), Description: x.Description, CreatedBy: x.CreatedBy,
		InputParameters: x.InputParameters, Types: []string{}, Frequency: cell.Text(x.MaximumExecutionFrequency), Modes: []string{}, Visibility: cell.Text(x.RuleEvaluationVisibility)}
	rule.FromSecurityHub = strings.HasPrefix(aws.ToString(x.CreatedBy), "securityhub.") || strings.HasPrefix(name, "securityhub-") && x.CreatedBy != nil
	if x.Source != nil {
		rule.Owner, rule.Identifier = string(x.Source.Owner), x.Source.SourceIdentifier
		for _, d := range x.Source.SourceDetails {
			if rule.Frequency == nil {
				rule.Frequency = cell.Text(d.MaximumExecutionFrequency)
			}
		}
	}
	if x.Scope != nil {
		rule.Types = append(rule.Types, x.Scope.ComplianceResourceTypes...)
	}
	for _, m := range x.EvaluationModes {
		rule.Modes = append(rule.Modes, string(m.Mode))
	}
	return rule
}

// describe emits up to 25 rules with when they ran and what they found over all. AWS is asked for them by name, because without names
// it tells of its managed rules only.
func (r *reader) describe(ctx context.Context, some []listed) error {
	var names []string
	for _, rule := range some {
		names = append(names, rule.Name)
	}
	r.evaluationStatus(ctx, names, some)
	for _, rule := range some {
		if err := r.c.Emit(rule.Rule); err != nil {
			return err
		}
	}
	return r.compliance(ctx, names, some)
}

func (r *reader) evaluationStatus(ctx context.Context, names []string, some []listed) {
	var gap *evidence.Gap
	p := configservice.NewDescribeConfigRuleEvaluationStatusPaginator(r.api, &configservice.DescribeConfigRuleEvaluationStatusInput{ConfigRuleNames: names})
	var page *configservice.DescribeConfigRuleEvaluationStatusOutput
	for p.HasMorePages() {
		next, err := p.NextPage(ctx)
		if err != nil {
			g := r.c.Unknown(nil, err, "evaluation")
			gap = &g
			break
		}
		page = next
		for _, x := range page.ConfigRulesEvaluationStatus {
			i := slices.IndexFunc(some, func(rule listed) bool { return rule.Name == aws.ToString(x.ConfigRuleName) })
			if i < 0 {
				continue
			}
			some[i].Evaluation = &Evaluation{Started: x.FirstEvaluationStarted, FirstActivated: cell.UTC(x.FirstActivatedTime), LastDeactivated: cell.UTC(x.LastDeactivatedTime),
				LastSuccess: cell.UTC(x.LastSuccessfulEvaluationTime), LastFailure: cell.UTC(x.LastFailedEvaluationTime), LastInvoked: cell.UTC(x.LastSuccessfulInvocationTime),
				LastInvokeFailure: cell.UTC(x.LastFailedInvocationTime), LastErrorCode: x.LastErrorCode, LastErrorMessage: x.LastErrorMessage}
			r.c.Read(&some[i].Meta, page.ResultMetadata)
		}
	}
	for _, rule := range some {
		switch {
		case rule.Evaluation != nil:
		case gap != nil:
			rule.Meta.UnknownBy(*gap, "evaluation")
		default:
			r.half(page.ResultMetadata, "DescribeConfigRuleEvaluationStatus", "MissingStatus", "AWS did not tell when the rule "+rule.Name+" ran", &rule.Meta, []string{"evaluation"})
		}
	}
}

// compliance emits one config.rule_compliance a rule, also for rules that AWS's answer leaves out.
func (r *reader) compliance(ctx context.Context, names []string, some []listed) error {
	out := make([]*RuleCompliance, len(some))
	for i, rule := range some {
		out[i] = &RuleCompliance{Meta: r.c.Meta(rule.ID), Rule: rule.Name, FromSecurityHub: rule.FromSecurityHub}
		if rule.Owner == "AWS" {
			out[i].Identifier = rule.Identifier
		}
		r.c.Read(&out[i].Meta, rule.page)
	}
	fields := []string{"compliance", "compliant", "contributors", "cap_exceeded"}
	var gap *evidence.Gap
	p := configservice.NewDescribeComplianceByConfigRulePaginator(r.api, &configservice.DescribeComplianceByConfigRuleInput{ConfigRuleNames: names})
	var page *configservice.DescribeComplianceByConfigRuleOutput
	for p.HasMorePages() {
		next, err := p.NextPage(ctx)
		if err != nil {
			g := r.c.Unknown(nil, err, fields...)
			gap = &g
			break
		}
		page = next
		for _, x := range page.ComplianceByConfigRules {
			i := slices.IndexFunc(some, func(rule listed) bool { return rule.Name == aws.ToString(x.ConfigRuleName) })
			if i < 0 || x.Compliance == nil || x.Compliance.ComplianceType == "" {
				continue
			}
			rc := out[i]
			rc.Compliance, rc.Compliant = cell.Text(x.Compliance.ComplianceType), compliant(x.Compliance.ComplianceType)
			if n := x.Compliance.ComplianceContributorCount; n != nil {
				count := int(n.CappedCount)
				rc.Contributors, rc.CapExceeded = &count, n.CapExceeded
			}
			r.c.Read(&rc.Meta, page.ResultMetadata)
		}
	}
	for _, rc := range out {
		switch {
		case rc.Compliance != nil:
		case gap != nil:
			rc.Meta.UnknownBy(*gap, fields...)
		default:
			r.half(page.ResultMetadata, "DescribeComplianceByConfigRule", "MissingCompliance", "AWS told no result of the rule "+rc.Rule, &rc.Meta, fields)
		}
		if err := r.c.Emit(rc); err != nil {
			return err
		}
	}
	return nil
}

// compliant tells a verdict from everything that is none.
func compliant[S ~string](c S) *bool {
	switch string(c) {
	case string(types.ComplianceTypeCompliant):
		return aws.Bool(true)
	case string(types.ComplianceTypeNonCompliant):
		return aws.Bool(false)
	}
	return nil
}

// evaluations streams what a rule found on each resource.
func (r *reader) evaluations(ctx context.Context, rule *Rule) error {
	seen := r.c.Once("config.rule_evaluation")
	p := configservice.NewGetComplianceDetailsByConfigRulePaginator(r.api, &configservice.GetComplianceDetailsByConfigRuleInput{ConfigRuleName: &rule.Name, Limit: 100})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			r.c.Incomplete(err, "config.rule_evaluation")
			return nil
		}
		for _, x := range page.EvaluationResults {
			e := &RuleEvaluation{Rule: rule.Name, FromSecurityHub: rule.FromSecurityHub, Compliance: string(x.ComplianceType), Compliant: compliant(x.ComplianceType),
				Annotation: x.Annotation, Invoked: cell.UTC(x.ConfigRuleInvokedTime), Recorded: cell.UTC(x.ResultRecordedTime)}
			id := rule.ID
			if i := x.EvaluationResultIdentifier; i != nil {
				e.Effective = cell.UTC(i.OrderingTimestamp)
				if q := i.EvaluationResultQualifier; q != nil {
					e.ResourceType, e.ResourceID, e.Mode = aws.ToString(q.ResourceType), aws.ToString(q.ResourceId), cell.Text(q.EvaluationMode)
				}
				id += "/" + e.ResourceType + "/" + e.ResourceID
				if e.Mode != nil && *e.Mode != string(types.EvaluationModeDetective) {
					id += "/" + *e.Mode
				}
				if i.ResourceEvaluationId != nil { // a proactive evaluation, of which there may be several
					id += "/" + *i.ResourceEvaluationId
				}
			}
			e.Meta = r.c.Meta(id)
			r.c.Read(&e.Meta, page.ResultMetadata)
			if e.ResourceID == "" || e.Compliance == "" {
				r.half(page.ResultMetadata, "GetComplianceDetailsByConfigRule", "MissingMember", "a result of the rule "+rule.Name+" names no resource or no result",
					nil, nil, "config.rule_evaluation")
				continue
			}
			if !seen.First(e.ID, page.ResultMetadata) {
				continue
			}
			if err := r.c.Emit(e); err != nil {
				return err
			}
		}
	}
	return nil
}
