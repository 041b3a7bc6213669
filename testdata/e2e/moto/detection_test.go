package moto

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsguardduty "github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/aws-sdk-go-v2/service/inspector2"
	inspectortypes "github.com/aws/aws-sdk-go-v2/service/inspector2/types"
	"github.com/aws/aws-sdk-go-v2/service/macie2"
	awsshield "github.com/aws/aws-sdk-go-v2/service/shield"

	"github.com/auditseal/auditseal/collectors/guardduty"
	"github.com/auditseal/auditseal/collectors/inspector"
	"github.com/auditseal/auditseal/collectors/macie"
	"github.com/auditseal/auditseal/collectors/shield"
)

// text is absent where AWS says nothing.
func text[S ~string](v S) *string {
	if v == "" {
		return nil
	}
	return ptr(string(v))
}

func utc(v *time.Time) *time.Time {
	if v == nil {
		return nil
	}
	return ptr(v.UTC())
}

func checkGuardDuty(t *testing.T, s *server, pack string) {
	var held []*guardduty.Account
	for _, account := range accounts {
		for _, region := range regions {
			held = append(held, detectorOf(t, s, account, region))
		}
	}
	agree(t, held, records[guardduty.Account](t, pack, "guardduty.account"))
	for _, kind := range []string{"guardduty.filter", "guardduty.finding", "guardduty.member", "guardduty.organization", "guardduty.publishing_destination"} {
		// moto lists none of them, and says so by a page that is no answer.
		if got := records[map[string]any](t, pack, kind); len(got) != 0 {
			t.Errorf("%s: %d records of what moto does not list", kind, len(got))
		}
	}
}

// detectorOf asks moto itself.
func detectorOf(t *testing.T, s *server, account, region string) *guardduty.Account {
	t.Helper()
	c, ctx := awsguardduty.NewFromConfig(s.as(t, account, region)), t.Context()
	id := account + "/" + region + "/guardduty"
	list, err := c.ListDetectors(ctx, &awsguardduty.ListDetectorsInput{})
	must(t, err)
	if len(list.DetectorIds) == 0 {
		return &guardduty.Account{Meta: meta(account, region, id), Status: "not-enabled", Missing: []string{}}
	}
	d, err := c.GetDetector(ctx, &awsguardduty.GetDetectorInput{DetectorId: &list.DetectorIds[0]})
	must(t, err)
	day := func(v *string) *time.Time {
		at, err := time.Parse(time.RFC3339, *v)
		must(t, err)
		return utc(&at)
	}
	a := &guardduty.Account{Meta: meta(account, region, id, "exporting"), Missing: []string{}, Detector: &guardduty.Detector{ID: list.DetectorIds[0], Status: string(d.Status), Frequency: text(d.FindingPublishingFrequency),
		Created: day(d.CreatedAt), Updated: day(d.UpdatedAt), Features: []guardduty.Feature{}, Tags: d.Tags}}
	for _, f := range d.Features {
		a.Detector.Features = append(a.Detector.Features, guardduty.Feature{Name: string(f.Name), Status: string(f.Status), Updated: utc(f.UpdatedAt)})
		for _, x := range f.AdditionalConfiguration {
			a.Detector.Features = append(a.Detector.Features, guardduty.Feature{Name: string(f.Name) + "/" + string(x.Name), Status: string(x.Status), Updated: utc(x.UpdatedAt)})
		}
	}
	for _, f := range a.Detector.Features {
		if f.Status != "ENABLED" {
			a.Missing = append(a.Missing, f.Name)
		}
	}
	slices.Sort(a.Missing)
	switch account {
	case caller:
		a.Status, a.Protection = "partly-enabled", &guardduty.Protection{S3DataEvents: ptr("ENABLED"), EBSMalwareProtection: ptr("DISABLED"), RuntimeMonitoring: ptr("ENABLED"), EC2Agent: ptr("DISABLED")}
	case zero:
		a.Status, a.Protection = "enabled", &guardduty.Protection{S3DataEvents: ptr("ENABLED")}
	case third:
		// A detector lists its features at AWS even when it is suspended; moto has none where none was asked for.
		a.Status, a.Detector.Features, a.Missing = "not-enabled", nil, []string{}
		a.Meta = meta(account, region, id, "detector.features", "exporting", "missing", "protection")
	}
	who, err := c.GetAdministratorAccount(ctx, &awsguardduty.GetAdministratorAccountInput{DetectorId: &list.DetectorIds[0]})
	must(t, err)
	if who.Administrator != nil {
		a.Role, a.Administrator, a.Relationship = ptr("member"), who.Administrator.AccountId, who.Administrator.RelationshipStatus
	} else {
		// Whether it is an administrator or on its own is asked of operations that moto does not have.
		a.Meta = meta(account, region, id, append(unknownOf(a.Meta), "role")...)
	}
	return a
}

func checkMacie(t *testing.T, s *server, pack string) {
	var held []*macie.Account
	var members []*macie.Member
	for _, account := range accounts {
		for _, region := range regions {
			c, ctx := macie2.NewFromConfig(s.as(t, account, region)), t.Context()
			// moto has nothing of automated discovery, without which the status is open, and of the rest.
			unread := []string{"automated_discovery", "jobs", "missing", "publish_classification_findings", "publish_policy_findings", "results_export"}
			a := &macie.Account{}
			held = append(held, a)
			session, err := c.GetMacieSession(ctx, &macie2.GetMacieSessionInput{})
			switch {
			case err == nil:
				a.Session, a.PublishingFrequency, a.ServiceRole = text(session.Status), text(session.FindingPublishingFrequency), session.ServiceRole
				a.Created, a.Updated = utc(session.CreatedAt), utc(session.UpdatedAt)
			case code(err) == "ResourceNotFoundException":
				// AWS says AccessDeniedException, "Macie is not enabled", of an account without Macie; what moto says is not taken for that.
				unread = append(unread, "session", "finding_publishing_frequency", "service_role", "created", "updated")
			default:
				t.Fatal(err)
			}
			if aws.ToString(a.Session) == "PAUSED" {
				a.Status = "partly-enabled" // whatever automated discovery does
			} else {
				unread = append(unread, "status")
			}
			who, err := c.GetAdministratorAccount(ctx, &macie2.GetAdministratorAccountInput{})
			must(t, err)
			list, err := c.ListMembers(ctx, &macie2.ListMembersInput{})
			must(t, err)
			for _, m := range list.Members {
				members = append(members, &macie.Member{Meta: meta(account, region, *m.Arn), Member: *m.AccountId, Relationship: string(m.RelationshipStatus), Administrator: m.AdministratorAccountId, Updated: utc(m.UpdatedAt)})
			}
			switch {
			case who.Administrator != nil:
				a.Role, a.Administrator, a.Relationship = ptr("member"), who.Administrator.AccountId, text(who.Administrator.RelationshipStatus)
			case len(list.Members) > 0:
				a.Role = ptr("administrator")
			default:
				// moto answers without an administrator where AWS says that there is none, with a 404.
				unread = append(unread, "role", "administrator", "relationship")
			}
			a.Meta = meta(account, region, account+"/"+region+"/macie", unread...)
		}
	}
	agree(t, held, records[macie.Account](t, pack, "macie.account"))
	agree(t, members, records[macie.Member](t, pack, "macie.member"))
}

func checkInspector(t *testing.T, s *server, pack string) {
	var held []*inspector.Account
	var filters []*inspector.Filter
	for _, account := range accounts {
		for _, region := range regions {
			c, ctx := inspector2.NewFromConfig(s.as(t, account, region)), t.Context()
			// moto has nothing of what Inspector is set to, counts and covers, and does not say who administers it.
			unread := []string{"covered_resources", "delegated_admin", "delegated_admin_status", "ec2_scan_mode", "ecr_rescan", "findings", "role"}
			a := &inspector.Account{}
			held = append(held, a)
			is, err := c.BatchGetAccountStatus(ctx, &inspector2.BatchGetAccountStatusInput{AccountIds: []string{account}})
			must(t, err)
			for _, x := range is.Accounts {
				scan := func(v *inspectortypes.State) *inspector.ScanType {
					return &inspector.ScanType{Status: string(v.Status), ErrorCode: text(v.ErrorCode), Message: v.ErrorMessage}
				}
				a.State, a.ErrorCode = string(x.State.Status), text(x.State.ErrorCode)
				a.EC2, a.ECR, a.Lambda, a.LambdaCode = scan(x.ResourceState.Ec2), scan(x.ResourceState.Ecr), scan(x.ResourceState.Lambda), scan(x.ResourceState.LambdaCode)
			}
			list, err := c.ListFilters(ctx, &inspector2.ListFiltersInput{Action: inspectortypes.FilterActionSuppress})
			must(t, err)
			for _, f := range list.Filters {
				filters = append(filters, &inspector.Filter{Meta: meta(account, region, *f.Arn), Name: f.Name, Action: string(f.Action), Reason: f.Reason, Description: f.Description, Owner: f.OwnerId,
					Created: utc(f.CreatedAt), Updated: utc(f.UpdatedAt), Tags: f.Tags})
			}
			switch account + "/" + region {
			case caller + "/eu-west-1":
				a.Status, a.Missing, unread = "enabled", []string{}, append(unread, "ec2_deep_inspection")
			case zero + "/eu-west-1":
				a.Status, a.Missing = "partly-enabled", []string{"ec2", "lambda", "lambda_code"}
			case third + "/eu-west-1":
				a.Status, a.Missing, unread = "not-enabled", []string{}, nil
			default:
				// moto says nothing of an account that never turned Inspector on or off. AWS answers DISABLED for it.
				unread = append(unread, "status", "missing", "state", "error_code", "ec2", "ecr", "lambda", "lambda_code", "code_repository", "ec2_deep_inspection")
			}
			a.Meta = meta(account, region, account+"/"+region+"/inspector", unread...)
		}
	}
	agree(t, held, records[inspector.Account](t, pack, "inspector.account"))
	agree(t, filters, records[inspector.Filter](t, pack, "inspector.filter"))
	at := func(seconds int64, half bool) *time.Time {
		v := time.Unix(seconds, 0).UTC()
		if half {
			v = v.Add(500 * time.Millisecond)
		}
		return &v
	}
	// The findings are as seedDetection gave them to moto: asking again would take another question's answer.
	agree(t, []*inspector.Finding{
		{Meta: meta(caller, "eu-west-1", "arn:aws:inspector2:eu-west-1:"+caller+":finding/a1"), Title: aws.String("CVE-2026-12345 - openssl"), Type: "PACKAGE_VULNERABILITY", Severity: "CRITICAL", Status: "ACTIVE",
			FirstObserved: at(1780000000, true), LastObserved: at(1785000000, false), Vulnerability: aws.String("CVE-2026-12345"), Fix: aws.String("YES"), Exploit: aws.String("NO"), Score: aws.Float64(9.8),
			Resources: []string{"i-0a1b2c3d4e5f60718", "arn:aws:ecr:eu-west-1:" + caller + ":repository/web/sha256:aa"}, ResourceTypes: []string{"AWS_EC2_INSTANCE", "AWS_ECR_CONTAINER_IMAGE"}},
		{Meta: meta(caller, "eu-west-1", "arn:aws:inspector2:eu-west-1:"+caller+":finding/b2"), Type: "NETWORK_REACHABILITY", Severity: "CRITICAL", Status: "ACTIVE", FirstObserved: at(1781000000, false),
			Resources: []string{"i-0a1b2c3d4e5f60719"}, ResourceTypes: []string{"AWS_EC2_INSTANCE"}},
	}, records[inspector.Finding](t, pack, "inspector.finding"))
}

func checkShield(t *testing.T, s *server, pack string) {
	var protections []*shield.Protection
	types := map[string]string{"site": "CLOUDFRONT_DISTRIBUTION", "zone": "ROUTE_53_HOSTED_ZONE", "address": "ELASTIC_IP_ALLOCATION", "front": "APPLICATION_LOAD_BALANCER"}
	for _, account := range accounts {
		list, err := awsshield.NewFromConfig(s.as(t, account, "us-east-1")).ListProtections(t.Context(), &awsshield.ListProtectionsInput{})
		must(t, err)
		for _, p := range list.Protections {
			// moto leaves HealthCheckIds out where there are none. AWS documents the member as optional, and not what its absence means.
			protections = append(protections, &shield.Protection{Meta: meta(account, "us-east-1", *p.ProtectionArn, "health_checks"), Protection: *p.Id, Name: p.Name, Resource: *p.ResourceArn, ResourceType: types[*p.Name]})
		}
	}
	agree(t, protections, records[shield.Protection](t, pack, "shield.protection"))
}
