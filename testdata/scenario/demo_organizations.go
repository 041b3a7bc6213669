package scenario

// The parts of Example Corp's organization. Three of its accounts exist in the organization only: one that audit.yaml excludes, one
// that nobody thought of, and one that was suspended.
const (
	demoRoot       = "r-ex4m"
	demoSecurity   = "ou-ex4m-5ecur1ty"
	demoWorkloads  = "ou-ex4m-w0rk1oad"
	demoProduction = "ou-ex4m-pr0duct1"
	demoDataUnit   = "ou-ex4m-data0001"
	demoSandbox    = "ou-ex4m-5andb0x0"
	demoSuspended  = "ou-ex4m-5u5pende"
	demoEmpty      = "ou-ex4m-empty000"

	DemoExcluded  = "999988887777"
	DemoForgotten = "222233334444"
	DemoClosed    = "333344445555"
)

// demoOrganizations declares Example Corp's organization. What is wrong there: an active account is neither read nor excluded, and
// administers a service for all of them; a suspended one is nowhere explained; the accounts of the sandbox and the suspended one are
// under no SCP but AWS's own.
func demoOrganizations(o *Organization) {
	d := declaredOrganization{org: o.ID, management: o.Management, email: "aws", root: demoRoot,
		types: []Tag{{"SERVICE_CONTROL_POLICY", "ENABLED"}, {"RESOURCE_CONTROL_POLICY", "ENABLED"}, {"TAG_POLICY", "ENABLED"}, {"BACKUP_POLICY", "ENABLED"},
			{"DECLARATIVE_POLICY_EC2", "ENABLED"}, {"SECURITYHUB_POLICY", "PENDING_ENABLE"}},
		units: []declaredUnit{
			{demoSecurity, "Security", demoRoot}, {demoWorkloads, "Workloads", demoRoot}, {demoSandbox, "Sandbox", demoRoot}, {demoSuspended, "Suspended", demoRoot}, {demoEmpty, "Future use", demoRoot},
			{demoProduction, "Production", demoWorkloads}, {demoDataUnit, "Data \u202egnp.exe\x1b[31m", demoWorkloads},
		},
		accounts: []declaredMember{
			{id: DemoManagement, name: "example-management", state: "ACTIVE", parent: demoRoot, joined: "INVITED", at: day(2022, 10, 4)},
			{id: DemoLogArchive, name: "example-log-archive", state: "ACTIVE", parent: demoSecurity, joined: "CREATED", at: day(2022, 10, 5)},
			{id: DemoPayments, name: "example-payments-prod", state: "ACTIVE", parent: demoProduction, joined: "CREATED", at: day(2022, 11, 1)},
			{id: DemoData, name: "example-data-platform", state: "ACTIVE", parent: demoDataUnit, joined: "INVITED", at: day(2023, 3, 20)},
			{id: DemoExcluded, name: "example-training", state: "ACTIVE", parent: demoSandbox, joined: "CREATED", at: day(2024, 6, 3)},
			{id: DemoForgotten, name: `=cmd|'/C calc'!A1`, state: "ACTIVE", parent: demoSandbox, joined: "CREATED", at: day(2026, 7, 21)},
			{id: DemoClosed, name: "example-legacy-billing", state: "SUSPENDED", parent: demoSuspended, joined: "INVITED", at: day(2022, 10, 19), pathless: true},
		},
		admins: []declaredAdmin{
			{DemoLogArchive, day(2023, 5, 8), []declaredService{{"config.amazonaws.com", day(2023, 5, 8)}, {"config-multiaccountsetup.amazonaws.com", day(2023, 5, 8)},
				{"securityhub.amazonaws.com", day(2023, 5, 9)}, {"guardduty.amazonaws.com", day(2023, 5, 9)}, {"access-analyzer.amazonaws.com", day(2024, 2, 1)}}},
			{DemoForgotten, day(2026, 7, 22), []declaredService{{"account.amazonaws.com", day(2026, 7, 22)}}},
		},
		services: []declaredService{{"access-analyzer.amazonaws.com", day(2024, 2, 1)}, {"account.amazonaws.com", day(2023, 2, 1)}, {"cloudtrail.amazonaws.com", day(2022, 10, 6)},
			{"config.amazonaws.com", day(2023, 5, 8)}, {"guardduty.amazonaws.com", day(2023, 5, 9)}, {"securityhub.amazonaws.com", day(2023, 5, 9)}, {"sso.amazonaws.com", day(2023, 2, 20)}},
		delegation: `{"Version":"2012-10-17","Statement":[{"Sid":"BackupPolicies","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + DemoLogArchive +
			`:root"},"Action":["organizations:CreatePolicy","organizations:UpdatePolicy"],"Resource":"*","Condition":{"StringLikeIfExists":{"organizations:PolicyType":"BACKUP_POLICY"}}}]}`,
	}
	all := d.everything()
	d.policies = []declaredPolicy{
		{id: "p-FullAWSAccess", name: "FullAWSAccess", description: "Allows access to every operation", kind: "SERVICE_CONTROL_POLICY", content: allowAll, aws: true, targets: all},
		{id: "p-1eave0rgan", name: "deny-leaving", description: "No account leaves the organization or stops its trail", kind: "SERVICE_CONTROL_POLICY",
			content: denying("organizations:LeaveOrganization", "cloudtrail:StopLogging", "cloudtrail:DeleteTrail"), targets: []string{demoSecurity, demoWorkloads}},
		{id: "p-eur0pe0n1y", name: "europe-only", description: "</td><script>alert(1)</script>", kind: "SERVICE_CONTROL_POLICY",
			content: `{"Version":"2012-10-17","Statement":[{"Sid":"Regions","Effect":"Deny","NotAction":["iam:*","organizations:*","sts:*","support:*"],"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-west-1","us-east-1"]}}}]}`,
			targets: []string{demoProduction}},
		{id: "p-keep0keys0", name: "keep-card-keys", description: "Keys of the card vault are not deleted", kind: "SERVICE_CONTROL_POLICY", content: denying("kms:ScheduleKeyDeletion", "kms:DisableKey"), targets: []string{DemoPayments}},
		{id: "p-draft00001", name: "draft-2024", description: "Attached to nothing", kind: "SERVICE_CONTROL_POLICY", content: denying("ec2:RunInstances")},
		{id: "p-RCPFullAWSAccess", name: "RCPFullAWSAccess", description: "Allow all access", kind: "RESOURCE_CONTROL_POLICY", aws: true, targets: all,
			content: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`},
		{id: "p-0wn0rgan01", name: "own-organization-only", description: "Data is for the organization's own principals", kind: "RESOURCE_CONTROL_POLICY", targets: []string{demoWorkloads},
			content: `{"Version":"2012-10-17","Statement":[{"Sid":"OwnOrganization","Effect":"Deny","Principal":"*","Action":["s3:*","kms:*"],"Resource":"*","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"` + d.org + `"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}}]}`},
		{id: "p-tags000001", name: "cost-centre", description: "Tags for cost", kind: "TAG_POLICY", content: tagPolicy, targets: []string{demoRoot}},
		{id: "p-backup0001", name: "daily-backups", description: "Production is backed up every day", kind: "BACKUP_POLICY", content: demoBackupPolicy, targets: []string{demoProduction}},
		{id: "p-dec1ar0001", name: "ec2-baseline", description: "No public snapshots, IMDSv2", kind: "DECLARATIVE_POLICY_EC2", content: demoDeclarativePolicy, targets: []string{demoRoot}},
	}
	for _, a := range o.Accounts {
		inEffect := map[string]Answer{"TAG_POLICY": effectively(tagPolicy), "DECLARATIVE_POLICY_EC2": effectively(demoDeclarativePolicy)}
		if a.ID == DemoPayments {
			inEffect["BACKUP_POLICY"] = effectively(demoBackupPolicy)
		}
		a.Store("organizations", Answers{"DescribeEffectivePolicy": {Each: inEffect}})
		if a.ID == o.Management {
			a.Store("organizations", d.answers())
		}
	}
	demoContacts(o)
}

const demoBackupPolicy = `{"plans":{"daily":{"regions":{"@@assign":["eu-west-1"]},"rules":{"daily":{"schedule_expression":{"@@assign":"cron(0 3 ? * * *)"},"target_backup_vault_name":{"@@assign":"central"},"lifecycle":{"delete_after_days":{"@@assign":"35"}}}},"selections":{"tags":{"all":{"iam_role_arn":{"@@assign":"arn:aws:iam::$account:role/backup"},"tag_key":{"@@assign":"backup"},"tag_value":{"@@assign":["daily"]}}}}}}}`

const demoDeclarativePolicy = `{"ec2_attributes":{"image_block_public_access":{"state":{"@@assign":"block_new_sharing"}},"snapshot_block_public_access":{"state":{"@@assign":"block_all_sharing"}},"instance_metadata_defaults":{"http_tokens":{"@@assign":"required"}}}}`
