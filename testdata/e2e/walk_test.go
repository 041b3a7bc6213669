package e2e

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/auditmanager"
	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	configtypes "github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	hubtypes "github.com/aws/aws-sdk-go-v2/service/securityhub/types"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/auditseal/auditseal/collectors"
	"github.com/auditseal/auditseal/collectors/athena"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
	"github.com/auditseal/auditseal/testdata/scenario"
)

func sdk(s *scenario.Server, o *scenario.Organization) aws.Config {
	return aws.Config{BaseEndpoint: aws.String(s.URL), Region: o.Accounts[0].Regions[0].Name, RetryMaxAttempts: 1,
		HTTPClient:  scenario.Whole(awshttp.NewBuildableClient().WithTimeout(30 * time.Second)),
		Credentials: credentials.NewStaticCredentialsProvider(scenario.AccessKey(o.Management), "scenario", "")}
}

// walker asks every operation of every region and follows every list to its end. Errors that AWS declares are part of the
// scenario; the checker has seen their form. Anything that is not an API error ends the test.
type walker struct {
	t   *testing.T
	ctx context.Context
}

func (w walker) api(err error) {
	w.t.Helper()
	var api smithy.APIError
	if err != nil && !errors.As(err, &api) {
		w.t.Errorf("no API error: %v", err)
	}
	if api != nil && api.ErrorCode() == "ScenarioViolation" {
		w.t.Errorf("%s", api.ErrorMessage())
	}
}

// each follows a paginator and hands out its pages.
func each[O, P any](w walker, p interface {
	HasMorePages() bool
	NextPage(context.Context, ...func(*P)) (*O, error)
}, use func(*O)) {
	w.t.Helper()
	for pages := 0; p.HasMorePages(); pages++ {
		out, err := p.NextPage(w.ctx)
		w.api(err)
		if err != nil {
			return
		}
		if pages > 500 {
			w.t.Fatal("500 pages and no end")
		}
		use(out)
	}
}

func ask[I, O, P any](w walker, call func(context.Context, I, ...func(*P)) (*O, error), in I) *O {
	w.t.Helper()
	out, err := call(w.ctx, in)
	w.api(err)
	if err != nil {
		return new(O)
	}
	return out
}

func walk(t *testing.T, s *scenario.Server, o *scenario.Organization) {
	w := walker{t, context.Background()}
	cfg := sdk(s, o)
	for _, a := range o.Accounts {
		c := cfg.Copy()
		c.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), "arn:aws:iam::"+a.ID+":role/"+o.Role, func(p *stscreds.AssumeRoleOptions) {
			p.ExternalID, p.RoleSessionName = aws.String(o.ExternalID), "auditseal"
		}))
		if id := ask(w, sts.NewFromConfig(c).GetCallerIdentity, &sts.GetCallerIdentityInput{}); aws.ToString(id.Account) != a.ID {
			t.Errorf("account %s answers as %s", a.ID, aws.ToString(id.Account))
		}
		each(w, account.NewListRegionsPaginator(account.NewFromConfig(c), &account.ListRegionsInput{}), func(*account.ListRegionsOutput) {})
		for _, r := range a.Regions {
			c.Region = r.Name
			w.kms(kms.NewFromConfig(c))
			w.hsm(cloudhsmv2.NewFromConfig(c))
			w.config(configservice.NewFromConfig(c))
			w.hub(securityhub.NewFromConfig(c))
			w.sso(ssoadmin.NewFromConfig(c), identitystore.NewFromConfig(c))
			w.auditManager(auditmanager.NewFromConfig(c))
		}
	}
	w.delivery(s3.NewFromConfig(cfg, func(so *s3.Options) { so.Region, so.UsePathStyle = scenario.DeliveryRegion, true }), o)
	collect(t, s, o)
}

// delivery lists what AWS Config delivered for the first account in pages, and its folders, and reads an object.
func (w walker) delivery(c *s3.Client, o *scenario.Organization) {
	for _, r := range o.Accounts[0].Regions {
		d := r.Delivery
		if d == nil {
			continue
		}
		each(w, s3.NewListObjectsV2Paginator(c, &s3.ListObjectsV2Input{Bucket: &d.Bucket, Prefix: aws.String(d.Prefix + "/AWSLogs/"), Delimiter: aws.String("/")}), func(*s3.ListObjectsV2Output) {})
		read := false
		each(w, s3.NewListObjectsV2Paginator(c, &s3.ListObjectsV2Input{Bucket: &d.Bucket, MaxKeys: aws.Int32(50)}), func(page *s3.ListObjectsV2Output) {
			for _, x := range page.Contents {
				if read {
					break
				}
				read = true
				if out := ask(w, c.GetObject, &s3.GetObjectInput{Bucket: &d.Bucket, Key: x.Key}); out.Body != nil {
					if _, err := io.Copy(io.Discard, out.Body); err != nil {
						w.t.Error(err)
					}
				}
			}
		})
		ask(w, c.GetObject, &s3.GetObjectInput{Bucket: &d.Bucket, Key: aws.String("no/such/key")})
	}
}

// collect lets the collectors ask: what they ask is what the product asks, of services that the walk above does not know too.
func collect(t *testing.T, s *scenario.Server, o *scenario.Organization) {
	t.Helper()
	dir := t.TempDir()
	tp, err := tape.Create(filepath.Join(dir, "evidence"))
	if err != nil {
		t.Fatal(err)
	}
	sc := evidence.Scope{Home: "us-east-1", HistoryControls: []string{"EC2.7", "KMS.4", "S3.1"}, Changes: 50, Period: evidence.Period{From: scenario.QuarterFrom, To: scenario.QuarterTo}, AsOf: o.AsOf}
	for _, a := range o.Accounts {
		sc.Accounts = append(sc.Accounts, a.ID)
		for _, r := range a.Regions {
			if !slices.Contains(sc.Regions, r.Name) {
				sc.Regions = append(sc.Regions, r.Name)
			}
		}
	}
	slices.Sort(sc.Accounts)
	slices.Sort(sc.Regions)
	if !slices.Contains(sc.Regions, sc.Home) {
		sc.Home = sc.Regions[0]
	}
	run := collectors.Run{Scope: sc, Tape: tp, Dir: dir, Moments: func() ([]evidence.Moment, error) { return keyChanges(o), nil }, Session: func(_ context.Context, account, _ string) (aws.Config, error) {
		return aws.Config{BaseEndpoint: aws.String(s.URL), RetryMaxAttempts: 1, HTTPClient: awshttp.NewBuildableClient().WithTimeout(30 * time.Second),
			Credentials: credentials.NewStaticCredentialsProvider(scenario.AccessKey(account), "scenario", "")}, nil
	}}
	if err := run.Do(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := tp.Close(); err != nil {
		t.Fatal(err)
	}
	if x := o.Table; x != nil && slices.Contains(sc.Accounts, x.Account) {
		queries(t, run, x)
	}
}

// queries asks Athena for the history, which is another scope than the one that asks AWS Config.
func queries(t *testing.T, run collectors.Run, x *scenario.Table) {
	t.Helper()
	bucket, _, _ := strings.Cut(strings.TrimPrefix(x.Location, "s3://"), "/")
	run.Scope.History = []string{"AWS::KMS::Key", "AWS::S3::Bucket"}
	run.Scope.Delivery = &evidence.Delivery{Bucket: bucket, Account: x.Account, Region: x.Region,
		Athena: &evidence.Athena{Workgroup: x.Workgroup, Catalog: "AwsDataCatalog", Database: x.Database, Table: x.Name, Region: x.Region, Lookback: 35}}
	run.Collectors, run.Dir = []collectors.Collector{collectors.All()[0], athena.Collector{}}, t.TempDir()
	tp, err := tape.Create(filepath.Join(run.Dir, "evidence"))
	if err != nil {
		t.Fatal(err)
	}
	run.Tape = tp
	if err := run.Do(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := tp.Close(); err != nil {
		t.Fatal(err)
	}
}

// keyChanges are moments about which late collectors ask.
func keyChanges(o *scenario.Organization) []evidence.Moment {
	var out []evidence.Moment
	for _, a := range o.Accounts {
		for _, r := range a.Regions {
			for _, k := range r.Keys {
				for i, c := range k.History {
					if i > 0 {
						out = append(out, evidence.Moment{Account: a.ID, Region: r.Name, ResourceType: "AWS::KMS::Key", ResourceID: k.ID, Resource: k.ID, Item: k.ID + "@" + c.At.Format(time.RFC3339),
							At: c.At, Evidence: []string{"E-0000000000000000"}, Collected: o.AsOf})
					}
				}
			}
		}
	}
	return out
}

func (w walker) kms(c *kms.Client) {
	each(w, kms.NewListAliasesPaginator(c, &kms.ListAliasesInput{}), func(*kms.ListAliasesOutput) {})
	each(w, kms.NewDescribeCustomKeyStoresPaginator(c, &kms.DescribeCustomKeyStoresInput{}), func(*kms.DescribeCustomKeyStoresOutput) {})
	each(w, kms.NewListKeysPaginator(c, &kms.ListKeysInput{Limit: aws.Int32(7)}), func(page *kms.ListKeysOutput) {
		for _, k := range page.Keys {
			ask(w, c.DescribeKey, &kms.DescribeKeyInput{KeyId: k.KeyId})
			ask(w, c.GetKeyRotationStatus, &kms.GetKeyRotationStatusInput{KeyId: k.KeyArn})
			ask(w, c.GetKeyPolicy, &kms.GetKeyPolicyInput{KeyId: k.KeyId})
			each(w, kms.NewListKeyRotationsPaginator(c, &kms.ListKeyRotationsInput{KeyId: k.KeyId, IncludeKeyMaterial: kmstypes.IncludeKeyMaterialAllKeyMaterial}), func(*kms.ListKeyRotationsOutput) {})
			each(w, kms.NewListGrantsPaginator(c, &kms.ListGrantsInput{KeyId: k.KeyId}), func(*kms.ListGrantsOutput) {})
			each(w, kms.NewListResourceTagsPaginator(c, &kms.ListResourceTagsInput{KeyId: k.KeyId}), func(*kms.ListResourceTagsOutput) {})
		}
	})
}

func (w walker) hsm(c *cloudhsmv2.Client) {
	each(w, cloudhsmv2.NewDescribeClustersPaginator(c, &cloudhsmv2.DescribeClustersInput{}), func(page *cloudhsmv2.DescribeClustersOutput) {
		for _, k := range page.Clusters {
			each(w, cloudhsmv2.NewListTagsPaginator(c, &cloudhsmv2.ListTagsInput{ResourceId: k.ClusterId}), func(*cloudhsmv2.ListTagsOutput) {})
			each(w, cloudhsmv2.NewDescribeBackupsPaginator(c, &cloudhsmv2.DescribeBackupsInput{Filters: map[string][]string{"clusterIds": {*k.ClusterId}}, MaxResults: aws.Int32(2)}), func(*cloudhsmv2.DescribeBackupsOutput) {})
		}
	})
}

func (w walker) config(c *configservice.Client) {
	ask(w, c.DescribeConfigurationRecorders, &configservice.DescribeConfigurationRecordersInput{})
	ask(w, c.DescribeConfigurationRecorderStatus, &configservice.DescribeConfigurationRecorderStatusInput{})
	ask(w, c.DescribeDeliveryChannels, &configservice.DescribeDeliveryChannelsInput{})
	ask(w, c.DescribeDeliveryChannelStatus, &configservice.DescribeDeliveryChannelStatusInput{})
	each(w, configservice.NewDescribeRetentionConfigurationsPaginator(c, &configservice.DescribeRetentionConfigurationsInput{}), func(*configservice.DescribeRetentionConfigurationsOutput) {})
	each(w, configservice.NewDescribeConfigRulesPaginator(c, &configservice.DescribeConfigRulesInput{}), func(page *configservice.DescribeConfigRulesOutput) {
		for _, r := range page.ConfigRules {
			each(w, configservice.NewGetComplianceDetailsByConfigRulePaginator(c, &configservice.GetComplianceDetailsByConfigRuleInput{ConfigRuleName: r.ConfigRuleName, Limit: 3}), func(*configservice.GetComplianceDetailsByConfigRuleOutput) {})
		}
	})
	each(w, configservice.NewDescribeConfigRuleEvaluationStatusPaginator(c, &configservice.DescribeConfigRuleEvaluationStatusInput{Limit: 2}), func(*configservice.DescribeConfigRuleEvaluationStatusOutput) {})
	each(w, configservice.NewDescribeComplianceByConfigRulePaginator(c, &configservice.DescribeComplianceByConfigRuleInput{}), func(*configservice.DescribeComplianceByConfigRuleOutput) {})
	each(w, configservice.NewDescribeConformancePacksPaginator(c, &configservice.DescribeConformancePacksInput{}), func(page *configservice.DescribeConformancePacksOutput) {
		for _, p := range page.ConformancePackDetails {
			each(w, configservice.NewDescribeConformancePackCompliancePaginator(c, &configservice.DescribeConformancePackComplianceInput{ConformancePackName: p.ConformancePackName}), func(*configservice.DescribeConformancePackComplianceOutput) {})
		}
	})
	each(w, configservice.NewDescribeConformancePackStatusPaginator(c, &configservice.DescribeConformancePackStatusInput{}), func(*configservice.DescribeConformancePackStatusOutput) {})
	each(w, configservice.NewDescribeConfigurationAggregatorsPaginator(c, &configservice.DescribeConfigurationAggregatorsInput{}), func(page *configservice.DescribeConfigurationAggregatorsOutput) {
		for _, a := range page.ConfigurationAggregators {
			each(w, configservice.NewDescribeConfigurationAggregatorSourcesStatusPaginator(c, &configservice.DescribeConfigurationAggregatorSourcesStatusInput{ConfigurationAggregatorName: a.ConfigurationAggregatorName}), func(*configservice.DescribeConfigurationAggregatorSourcesStatusOutput) {})
		}
	})
	each(w, configservice.NewSelectResourceConfigPaginator(c, &configservice.SelectResourceConfigInput{Expression: aws.String("SELECT resourceId WHERE resourceType = 'AWS::Config::ConfigurationRecorder'")}),
		func(*configservice.SelectResourceConfigOutput) {})
	each(w, configservice.NewGetDiscoveredResourceCountsPaginator(c, &configservice.GetDiscoveredResourceCountsInput{}), func(page *configservice.GetDiscoveredResourceCountsOutput) {
		for _, n := range page.ResourceCounts {
			if n.ResourceType == "AWS::Lambda::Function" {
				continue // One counted type is enough.
			}
			each(w, configservice.NewListDiscoveredResourcesPaginator(c, &configservice.ListDiscoveredResourcesInput{ResourceType: n.ResourceType, IncludeDeletedResources: true}), func(page *configservice.ListDiscoveredResourcesOutput) {
				for _, r := range page.ResourceIdentifiers {
					each(w, configservice.NewGetResourceConfigHistoryPaginator(c, &configservice.GetResourceConfigHistoryInput{ResourceType: r.ResourceType, ResourceId: r.ResourceId,
						EarlierTime: &scenario.QuarterFrom, LaterTime: &scenario.QuarterTo, ChronologicalOrder: configtypes.ChronologicalOrderForward}), func(*configservice.GetResourceConfigHistoryOutput) {})
					ask(w, c.GetResourceConfigHistory, &configservice.GetResourceConfigHistoryInput{ResourceType: r.ResourceType, ResourceId: r.ResourceId, LaterTime: &scenario.QuarterFrom, Limit: 1})
				}
			})
		}
	})
}

func (w walker) hub(c *securityhub.Client) {
	ask(w, c.DescribeHub, &securityhub.DescribeHubInput{})
	each(w, securityhub.NewGetEnabledStandardsPaginator(c, &securityhub.GetEnabledStandardsInput{}), func(*securityhub.GetEnabledStandardsOutput) {})
	ids := []string{"Nothing.1"}
	var pairs []hubtypes.StandardsControlAssociationId
	each(w, securityhub.NewListSecurityControlDefinitionsPaginator(c, &securityhub.ListSecurityControlDefinitionsInput{MaxResults: aws.Int32(5)}), func(page *securityhub.ListSecurityControlDefinitionsOutput) {
		for _, d := range page.SecurityControlDefinitions {
			ids = append(ids, *d.SecurityControlId)
			each(w, securityhub.NewListStandardsControlAssociationsPaginator(c, &securityhub.ListStandardsControlAssociationsInput{SecurityControlId: d.SecurityControlId}), func(page *securityhub.ListStandardsControlAssociationsOutput) {
				for _, a := range page.StandardsControlAssociationSummaries {
					pairs = append(pairs, hubtypes.StandardsControlAssociationId{SecurityControlId: a.SecurityControlId, StandardsArn: a.StandardsArn})
				}
			})
		}
	})
	ask(w, c.BatchGetSecurityControls, &securityhub.BatchGetSecurityControlsInput{SecurityControlIds: ids})
	if len(pairs) > 0 {
		pairs = append(pairs, hubtypes.StandardsControlAssociationId{SecurityControlId: aws.String("Nothing.1"), StandardsArn: pairs[0].StandardsArn})
		ask(w, c.BatchGetStandardsControlAssociations, &securityhub.BatchGetStandardsControlAssociationsInput{StandardsControlAssociationIds: pairs})
	}
	each(w, securityhub.NewGetFindingsPaginator(c, &securityhub.GetFindingsInput{MaxResults: aws.Int32(10)}), func(*securityhub.GetFindingsOutput) {})
}

func (w walker) sso(c *ssoadmin.Client, store *identitystore.Client) {
	each(w, ssoadmin.NewListInstancesPaginator(c, &ssoadmin.ListInstancesInput{}), func(page *ssoadmin.ListInstancesOutput) {
		for _, i := range page.Instances {
			w.instance(c, i.InstanceArn)
			w.store(store, i.IdentityStoreId)
		}
	})
}

// auditManager asks what `auditseal frameworks import` asks.
func (w walker) auditManager(c *auditmanager.Client) {
	out := ask(w, c.GetAssessmentFramework, &auditmanager.GetAssessmentFrameworkInput{FrameworkId: &scenario.DemoFramework})
	if out.Framework == nil {
		return
	}
	for _, s := range out.Framework.ControlSets {
		for _, x := range s.Controls {
			ask(w, c.GetControl, &auditmanager.GetControlInput{ControlId: x.Id})
		}
	}
}

func (w walker) instance(c *ssoadmin.Client, arn *string) {
	ask(w, c.DescribeInstance, &ssoadmin.DescribeInstanceInput{InstanceArn: arn})
	ask(w, c.DescribeInstanceAccessControlAttributeConfiguration, &ssoadmin.DescribeInstanceAccessControlAttributeConfigurationInput{InstanceArn: arn})
	each(w, ssoadmin.NewListPermissionSetsPaginator(c, &ssoadmin.ListPermissionSetsInput{InstanceArn: arn}), func(page *ssoadmin.ListPermissionSetsOutput) {
		for _, p := range page.PermissionSets {
			ask(w, c.DescribePermissionSet, &ssoadmin.DescribePermissionSetInput{InstanceArn: arn, PermissionSetArn: &p})
			ask(w, c.GetInlinePolicyForPermissionSet, &ssoadmin.GetInlinePolicyForPermissionSetInput{InstanceArn: arn, PermissionSetArn: &p})
			ask(w, c.GetPermissionsBoundaryForPermissionSet, &ssoadmin.GetPermissionsBoundaryForPermissionSetInput{InstanceArn: arn, PermissionSetArn: &p})
			each(w, ssoadmin.NewListManagedPoliciesInPermissionSetPaginator(c, &ssoadmin.ListManagedPoliciesInPermissionSetInput{InstanceArn: arn, PermissionSetArn: &p}), func(*ssoadmin.ListManagedPoliciesInPermissionSetOutput) {})
			each(w, ssoadmin.NewListCustomerManagedPolicyReferencesInPermissionSetPaginator(c, &ssoadmin.ListCustomerManagedPolicyReferencesInPermissionSetInput{InstanceArn: arn, PermissionSetArn: &p}), func(*ssoadmin.ListCustomerManagedPolicyReferencesInPermissionSetOutput) {})
			each(w, ssoadmin.NewListTagsForResourcePaginator(c, &ssoadmin.ListTagsForResourceInput{InstanceArn: arn, ResourceArn: &p}), func(*ssoadmin.ListTagsForResourceOutput) {})
			for _, status := range append(ssotypes.ProvisioningStatus("").Values(), "") {
				each(w, ssoadmin.NewListAccountsForProvisionedPermissionSetPaginator(c, &ssoadmin.ListAccountsForProvisionedPermissionSetInput{InstanceArn: arn, PermissionSetArn: &p, ProvisioningStatus: status}), func(page *ssoadmin.ListAccountsForProvisionedPermissionSetOutput) {
					for _, a := range page.AccountIds {
						each(w, ssoadmin.NewListAccountAssignmentsPaginator(c, &ssoadmin.ListAccountAssignmentsInput{InstanceArn: arn, PermissionSetArn: &p, AccountId: &a}), func(*ssoadmin.ListAccountAssignmentsOutput) {})
					}
				})
			}
		}
	})
	each(w, ssoadmin.NewListApplicationsPaginator(c, &ssoadmin.ListApplicationsInput{InstanceArn: arn}), func(page *ssoadmin.ListApplicationsOutput) {
		for _, a := range page.Applications {
			ask(w, c.DescribeApplication, &ssoadmin.DescribeApplicationInput{ApplicationArn: a.ApplicationArn})
			ask(w, c.GetApplicationAssignmentConfiguration, &ssoadmin.GetApplicationAssignmentConfigurationInput{ApplicationArn: a.ApplicationArn})
			each(w, ssoadmin.NewListApplicationAssignmentsPaginator(c, &ssoadmin.ListApplicationAssignmentsInput{ApplicationArn: a.ApplicationArn}), func(*ssoadmin.ListApplicationAssignmentsOutput) {})
			each(w, ssoadmin.NewListTagsForResourcePaginator(c, &ssoadmin.ListTagsForResourceInput{ResourceArn: a.ApplicationArn}), func(*ssoadmin.ListTagsForResourceOutput) {})
		}
	})
	each(w, ssoadmin.NewListTrustedTokenIssuersPaginator(c, &ssoadmin.ListTrustedTokenIssuersInput{InstanceArn: arn}), func(page *ssoadmin.ListTrustedTokenIssuersOutput) {
		for _, i := range page.TrustedTokenIssuers {
			ask(w, c.DescribeTrustedTokenIssuer, &ssoadmin.DescribeTrustedTokenIssuerInput{TrustedTokenIssuerArn: i.TrustedTokenIssuerArn})
		}
	})
}

func (w walker) store(c *identitystore.Client, id *string) {
	ask(w, c.DescribeIdentityStore, &identitystore.DescribeIdentityStoreInput{IdentityStoreId: id})
	each(w, identitystore.NewListUsersPaginator(c, &identitystore.ListUsersInput{IdentityStoreId: id, MaxResults: aws.Int32(5)}), func(*identitystore.ListUsersOutput) {})
	each(w, identitystore.NewListGroupsPaginator(c, &identitystore.ListGroupsInput{IdentityStoreId: id}), func(page *identitystore.ListGroupsOutput) {
		for _, g := range page.Groups {
			each(w, identitystore.NewListGroupMembershipsPaginator(c, &identitystore.ListGroupMembershipsInput{IdentityStoreId: id, GroupId: g.GroupId}), func(*identitystore.ListGroupMembershipsOutput) {})
		}
	})
}

func kmsClient(s *scenario.Server, o *scenario.Organization, account, region string) *kms.Client {
	c := sdk(s, o)
	c.Region, c.Credentials = region, credentials.NewStaticCredentialsProvider(scenario.AccessKey(account), "scenario", "")
	return kms.NewFromConfig(c)
}
