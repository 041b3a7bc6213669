package moto

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsguardduty "github.com/aws/aws-sdk-go-v2/service/guardduty"
	gdtypes "github.com/aws/aws-sdk-go-v2/service/guardduty/types"
	"github.com/aws/aws-sdk-go-v2/service/inspector2"
	inspectortypes "github.com/aws/aws-sdk-go-v2/service/inspector2/types"
	"github.com/aws/aws-sdk-go-v2/service/macie2"
	macietypes "github.com/aws/aws-sdk-go-v2/service/macie2/types"
	awsshield "github.com/aws/aws-sdk-go-v2/service/shield"
	shieldtypes "github.com/aws/aws-sdk-go-v2/service/shield/types"
)

// seedDetection turns on what looks for threats: GuardDuty in the caller's eu-west-1 with some of its protections, in zero's with an
// administrator, suspended in third's us-east-1; Macie, which moto has on everywhere, is off in third's us-east-1, paused in zero's,
// and administered from the caller in zero's eu-west-1; Inspector is on in the caller's eu-west-1, half on in zero's; third has Shield
// Advanced.
func seedDetection(t *testing.T, s *server) {
	t.Helper()
	ctx := t.Context()
	guard := awsguardduty.NewFromConfig(s.as(t, caller, "eu-west-1"))
	made, err := guard.CreateDetector(ctx, &awsguardduty.CreateDetectorInput{Enable: aws.Bool(true), FindingPublishingFrequency: gdtypes.FindingPublishingFrequencyFifteenMinutes, Tags: map[string]string{"owner": "security"},
		Features: []gdtypes.DetectorFeatureConfiguration{{Name: gdtypes.DetectorFeatureS3DataEvents, Status: gdtypes.FeatureStatusEnabled}, {Name: gdtypes.DetectorFeatureEbsMalwareProtection, Status: gdtypes.FeatureStatusDisabled},
			{Name: gdtypes.DetectorFeatureRuntimeMonitoring, Status: gdtypes.FeatureStatusEnabled, AdditionalConfiguration: []gdtypes.DetectorAdditionalConfiguration{{Name: gdtypes.FeatureAdditionalConfigurationEc2AgentManagement, Status: gdtypes.FeatureStatusDisabled}}}}})
	must(t, err)
	_, err = guard.CreateFilter(ctx, &awsguardduty.CreateFilterInput{DetectorId: made.DetectorId, Name: aws.String("quiet"), Action: gdtypes.FilterActionArchive,
		FindingCriteria: &gdtypes.FindingCriteria{Criterion: map[string]gdtypes.Condition{"type": {Equals: []string{"Recon:EC2/Portscan"}}}}})
	must(t, err)
	guard = awsguardduty.NewFromConfig(s.as(t, zero, "eu-west-1"))
	_, err = guard.CreateDetector(ctx, &awsguardduty.CreateDetectorInput{Enable: aws.Bool(true), Features: []gdtypes.DetectorFeatureConfiguration{{Name: gdtypes.DetectorFeatureS3DataEvents, Status: gdtypes.FeatureStatusEnabled}}})
	must(t, err)
	_, err = guard.EnableOrganizationAdminAccount(ctx, &awsguardduty.EnableOrganizationAdminAccountInput{AdminAccountId: aws.String(third)})
	must(t, err)
	_, err = awsguardduty.NewFromConfig(s.as(t, third, "us-east-1")).CreateDetector(ctx, &awsguardduty.CreateDetectorInput{Enable: aws.Bool(false)})
	must(t, err)

	admin, member := macie2.NewFromConfig(s.as(t, caller, "eu-west-1")), macie2.NewFromConfig(s.as(t, zero, "eu-west-1"))
	_, err = admin.CreateInvitations(ctx, &macie2.CreateInvitationsInput{AccountIds: []string{zero}})
	must(t, err)
	invited, err := admin.ListInvitations(ctx, &macie2.ListInvitationsInput{})
	must(t, err)
	_, err = member.AcceptInvitation(ctx, &macie2.AcceptInvitationInput{AdministratorAccountId: aws.String(caller), InvitationId: invited.Invitations[0].InvitationId})
	must(t, err)
	_, err = macie2.NewFromConfig(s.as(t, zero, "us-east-1")).EnableMacie(ctx, &macie2.EnableMacieInput{FindingPublishingFrequency: macietypes.FindingPublishingFrequencySixHours, Status: macietypes.MacieStatusPaused})
	must(t, err)
	_, err = macie2.NewFromConfig(s.as(t, third, "us-east-1")).DisableMacie(ctx, &macie2.DisableMacieInput{})
	must(t, err)

	inspect := inspector2.NewFromConfig(s.as(t, caller, "eu-west-1"))
	_, err = inspect.Enable(ctx, &inspector2.EnableInput{AccountIds: []string{caller}, ResourceTypes: []inspectortypes.ResourceScanType{"EC2", "ECR", "LAMBDA", "LAMBDA_CODE"}})
	must(t, err)
	for _, f := range []inspector2.CreateFilterInput{
		{Name: aws.String("known"), Action: inspectortypes.FilterActionSuppress, Reason: aws.String("accepted"), Description: aws.String("until the next release"), Tags: map[string]string{"owner": "platform"}},
		{Name: aws.String("looking"), Action: inspectortypes.FilterActionNone}} {
		f.FilterCriteria = &inspectortypes.FilterCriteria{VulnerabilityId: []inspectortypes.StringFilter{{Comparison: inspectortypes.StringComparisonEquals, Value: aws.String("CVE-2026-0001")}}}
		_, err = inspect.CreateFilter(ctx, &f)
		must(t, err)
	}
	_, err = inspector2.NewFromConfig(s.as(t, zero, "eu-west-1")).Enable(ctx, &inspector2.EnableInput{AccountIds: []string{zero}, ResourceTypes: []inspectortypes.ResourceScanType{"ECR"}})
	must(t, err)
	off := inspector2.NewFromConfig(s.as(t, third, "eu-west-1"))
	_, err = off.Disable(ctx, &inspector2.DisableInput{AccountIds: []string{third}, ResourceTypes: []inspectortypes.ResourceScanType{"EC2"}})
	must(t, err)
	// moto finds nothing by itself: it gives the next list that it was told to give, once for each question, and again to whoever asks the same.
	answer, err := http.Post(s.url+"/moto-api/static/inspector2/findings-results", "application/json", bytes.NewReader([]byte(findings)))
	must(t, err)
	answer.Body.Close()
	if answer.StatusCode != http.StatusCreated {
		t.Fatalf("moto takes no findings: %s", answer.Status)
	}

	sh := awsshield.NewFromConfig(s.as(t, third, "us-east-1"))
	_, err = sh.CreateSubscription(ctx, &awsshield.CreateSubscriptionInput{})
	must(t, err)
	for name, of := range map[string]string{"site": "arn:aws:cloudfront::" + third + ":distribution/E2EXAMPLE", "zone": "arn:aws:route53:::hostedzone/Z2EXAMPLE",
		"address": "arn:aws:ec2:us-east-1:" + third + ":eip-allocation/eipalloc-0a1b2c3d", "front": "arn:aws:elasticloadbalancing:us-east-1:" + third + ":loadbalancer/app/front/0a1b2c3d"} {
		_, err = sh.CreateProtection(ctx, &awsshield.CreateProtectionInput{Name: aws.String(name), ResourceArn: &of, Tags: []shieldtypes.Tag{{Key: aws.String("owner"), Value: aws.String("edge")}}})
		must(t, err)
	}
}

// findings are two that Inspector has in the caller's eu-west-1, in AWS's wire form: one of a package, one of the network.
const findings = `{"account_id":"` + caller + `","region":"eu-west-1","results":[[
	{"findingArn":"arn:aws:inspector2:eu-west-1:` + caller + `:finding/a1","awsAccountId":"` + caller + `","type":"PACKAGE_VULNERABILITY","description":"x","title":"CVE-2026-12345 - openssl","severity":"CRITICAL","status":"ACTIVE",
	 "firstObservedAt":1780000000.5,"lastObservedAt":1785000000,"fixAvailable":"YES","exploitAvailable":"NO","inspectorScore":9.8,"remediation":{"recommendation":{"text":"update"}},
	 "packageVulnerabilityDetails":{"source":"NVD","vulnerabilityId":"CVE-2026-12345"},
	 "resources":[{"id":"i-0a1b2c3d4e5f60718","type":"AWS_EC2_INSTANCE","partition":"aws","region":"eu-west-1"},{"id":"arn:aws:ecr:eu-west-1:` + caller + `:repository/web/sha256:aa","type":"AWS_ECR_CONTAINER_IMAGE"}]},
	{"findingArn":"arn:aws:inspector2:eu-west-1:` + caller + `:finding/b2","awsAccountId":"` + caller + `","type":"NETWORK_REACHABILITY","description":"x","severity":"CRITICAL","status":"ACTIVE","firstObservedAt":1781000000,
	 "remediation":{"recommendation":{"text":"close"}},"resources":[{"id":"i-0a1b2c3d4e5f60719","type":"AWS_EC2_INSTANCE"}]}]]}`
