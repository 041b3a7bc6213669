package moto

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshub "github.com/aws/aws-sdk-go-v2/service/securityhub"
	hubtypes "github.com/aws/aws-sdk-go-v2/service/securityhub/types"

	"github.com/auditseal/auditseal/collectors/securityhub"
)

// seedHub turns Security Hub on in third's us-east-1 and puts findings into it, for more than two pages: 230 of controls, and one each of what
// auditseal does not ask for. moto does not read filters, and gives them all the same.
func seedHub(t *testing.T, s *server) {
	t.Helper()
	c, ctx := awshub.NewFromConfig(s.as(t, third, "us-east-1")), t.Context()
	_, err := c.EnableSecurityHub(ctx, &awshub.EnableSecurityHubInput{})
	must(t, err)
	now := time.Now().UTC()
	finding := func(n int) hubtypes.AwsSecurityFinding {
		at := now.Add(-time.Hour)
		if n%10 == 9 {
			at = now.Add(-72 * time.Hour) // too old to show anything of the present
		}
		word := at.Format(time.RFC3339)
		f := hubtypes.AwsSecurityFinding{SchemaVersion: aws.String("2018-10-08"), Id: ptr(fmt.Sprintf("arn:aws:securityhub:us-east-1:%s:security-control/S3.%d/finding/%d", third, 1+n%3, n)), ProductArn: aws.String("arn:aws:securityhub:us-east-1::product/aws/securityhub"),
			GeneratorId: ptr(fmt.Sprintf("security-control/S3.%d", 1+n%3)), AwsAccountId: aws.String(third), Region: aws.String("us-east-1"), Title: aws.String("=1+1"), Description: aws.String("x"), CreatedAt: &word, UpdatedAt: &word, FirstObservedAt: &word, LastObservedAt: &word,
			Severity: &hubtypes.Severity{Label: hubtypes.SeverityLabelHigh, Original: aws.String("HIGH")}, RecordState: hubtypes.RecordStateActive, Workflow: &hubtypes.Workflow{Status: hubtypes.WorkflowStatusNew},
			Compliance: &hubtypes.Compliance{Status: []hubtypes.ComplianceStatus{hubtypes.ComplianceStatusPassed, hubtypes.ComplianceStatusFailed, hubtypes.ComplianceStatusWarning, hubtypes.ComplianceStatusNotAvailable}[n%4], SecurityControlId: ptr(fmt.Sprintf("S3.%d", 1+n%3)),
				AssociatedStandards: []hubtypes.AssociatedStandard{{StandardsId: aws.String("standards/aws-foundational-security-best-practices/v/1.0.0")}}, StatusReasons: []hubtypes.StatusReason{{ReasonCode: aws.String("CONFIG_EVALUATIONS_EMPTY")}}},
			Resources: []hubtypes.Resource{{Type: aws.String("AwsS3Bucket"), Id: ptr(fmt.Sprintf("arn:aws:s3:::bucket-%d", n))}}}
		if n%20 == 7 {
			f.Workflow.Status, f.Note = hubtypes.WorkflowStatusSuppressed, &hubtypes.Note{Text: aws.String("accepted"), UpdatedBy: aws.String("somebody"), UpdatedAt: &word}
		}
		return f
	}
	var all []hubtypes.AwsSecurityFinding
	for n := range 230 {
		all = append(all, finding(n))
	}
	for n, change := range []func(*hubtypes.AwsSecurityFinding){
		func(f *hubtypes.AwsSecurityFinding) { f.RecordState = hubtypes.RecordStateArchived },
		func(f *hubtypes.AwsSecurityFinding) {
			f.ProductArn = aws.String("arn:aws:securityhub:us-east-1::product/aws/guardduty")
		},
		func(f *hubtypes.AwsSecurityFinding) { f.AwsAccountId = aws.String(zero) },
		func(f *hubtypes.AwsSecurityFinding) { f.Region = aws.String("eu-west-1") },
		func(f *hubtypes.AwsSecurityFinding) { f.Compliance = nil },
	} {
		f := finding(1000 + n)
		change(&f)
		all = append(all, f)
	}
	for len(all) > 0 {
		n := min(100, len(all)) // the most that AWS takes
		out, err := c.BatchImportFindings(ctx, &awshub.BatchImportFindingsInput{Findings: all[:n]})
		must(t, err)
		if *out.FailedCount != 0 {
			t.Fatalf("moto refused findings: %+v", out.FailedFindings)
		}
		all = all[n:]
	}
}

func checkHub(t *testing.T, s *server, pack string) {
	c, ctx := awshub.NewFromConfig(s.as(t, third, "us-east-1")), t.Context()
	day := func(v *string) *time.Time {
		at, err := time.Parse(time.RFC3339, *v)
		must(t, err)
		return utc(&at)
	}
	var held []*securityhub.Finding
	p := awshub.NewGetFindingsPaginator(c, &awshub.GetFindingsInput{MaxResults: aws.Int32(100)})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		must(t, err)
		for _, x := range page.Findings {
			if *x.AwsAccountId != third || *x.Region != "us-east-1" || !strings.HasSuffix(*x.ProductArn, "/securityhub") || x.RecordState != hubtypes.RecordStateActive || x.Compliance == nil {
				continue
			}
			f := &securityhub.Finding{Meta: meta(third, "us-east-1", *x.Id), Control: x.Compliance.SecurityControlId, Generator: *x.GeneratorId, Consolidated: true, Standards: []string{*x.Compliance.AssociatedStandards[0].StandardsId}, Title: *x.Title,
				Compliance: string(x.Compliance.Status), Reasons: []string{*x.Compliance.StatusReasons[0].ReasonCode}, Severity: text(x.Severity.Label), SeverityOriginal: x.Severity.Original, Resources: []string{*x.Resources[0].Id}, ResourceTypes: []string{*x.Resources[0].Type},
				Workflow: text(x.Workflow.Status), Suppressed: x.Workflow.Status == hubtypes.WorkflowStatusSuppressed, Stale: ptr(time.Since(*day(x.UpdatedAt)) > 48*time.Hour), FirstObserved: day(x.FirstObservedAt), LastObserved: day(x.LastObservedAt), Created: day(x.CreatedAt), Updated: day(x.UpdatedAt)}
			if n := x.Note; n != nil {
				f.Note = &securityhub.Note{Text: *n.Text, UpdatedBy: n.UpdatedBy, Updated: day(n.UpdatedAt)}
			}
			held = append(held, f)
		}
	}
	if len(held) != 230 {
		t.Errorf("moto holds %d findings of controls, want the 230 that were seeded", len(held))
	}
	agree(t, held, records[securityhub.Finding](t, pack, "securityhub.finding"))

	var hubs []*securityhub.Hub
	for _, account := range accounts {
		for _, region := range regions {
			h := &securityhub.Hub{Meta: meta(account, region, "arn:aws:securityhub:"+region+":"+account+":hub/default")}
			hubs = append(hubs, h)
			d, err := awshub.NewFromConfig(s.as(t, account, region)).DescribeHub(ctx, &awshub.DescribeHubInput{})
			if !gives(t, err, "InvalidAccessException") {
				continue
			}
			// Without the standards it is not known which controls are in force, and so of which findings nobody asks.
			h.Meta = meta(account, region, *d.HubArn, "findings.unlisted", "findings.unmapped", "standards")
			h.Enabled, h.ControlFindingGenerator, h.AutoEnableControls, h.Subscribed = true, text(d.ControlFindingGenerator), d.AutoEnableControls, day(d.SubscribedAt)
			h.Findings = &securityhub.Reading{Control: 230, Suppressed: 12, Stale: 23, WithoutCompliance: 1, Unlisted: 230, Elsewhere: 2, Other: 2}
		}
	}
	agree(t, hubs, records[securityhub.Hub](t, pack, "securityhub.hub"))
}
