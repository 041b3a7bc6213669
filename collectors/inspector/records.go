package inspector

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// An Account is Inspector in one account and region, whether or not it is on. Where it is off, only the states are told.
type Account struct {
	evidence.Meta
	Status           string          `json:"status" cel:"status" doc:"enabled where Inspector is on with every scan type that AWS names; partly-enabled where something of it is not, which missing names; not-enabled where AWS answers DISABLED for the account and every scan type. Scans of EC2, ECR and Lambda must be named, those of code only where AWS does."`
	Missing          []string        `json:"missing" cel:"missing" doc:"What AWS does not call ENABLED where the status is partly-enabled: account, ec2, ecr, lambda, lambda_code, code_repository. Empty for every other status."`
	State            string          `json:"state" cel:"state" doc:"AWS's own status of the account: ENABLING, ENABLED, DISABLING, DISABLED, SUSPENDING or SUSPENDED."`
	ErrorCode        *string         `json:"error_code,omitempty" cel:"error_code" doc:"AWS's code beside that status: ALREADY_ENABLED, ENABLE_IN_PROGRESS, BLOCKED_BY_ORGANIZATION_POLICY … Absent where AWS gives none."`
	EC2              *ScanType       `json:"ec2,omitempty" cel:"ec2" doc:"Scans of EC2 instances."`
	ECR              *ScanType       `json:"ecr,omitempty" cel:"ecr" doc:"Scans of container images in ECR."`
	Lambda           *ScanType       `json:"lambda,omitempty" cel:"lambda" doc:"Standard scans of Lambda functions: their packages."`
	LambdaCode       *ScanType       `json:"lambda_code,omitempty" cel:"lambda_code" doc:"Code scans of Lambda functions: the customer's own code. Absent where AWS does not name them, as where it does not offer them in the region."`
	CodeRepository   *ScanType       `json:"code_repository,omitempty" cel:"code_repository" doc:"Scans of code repositories. Absent where AWS does not name them, as where it does not offer them in the region."`
	EC2ScanMode      *ScanMode       `json:"ec2_scan_mode,omitempty" cel:"ec2_scan_mode" doc:"How instances are scanned. Absent where AWS does not say."`
	ECRRescan        *Rescan         `json:"ecr_rescan,omitempty" cel:"ecr_rescan" doc:"For how long images are scanned again."`
	DeepInspection   *DeepInspection `json:"ec2_deep_inspection,omitempty" cel:"ec2_deep_inspection" doc:"Deep inspection of instances: packages of programming languages. Absent where EC2 is not scanned."`
	Role             *string         `json:"role,omitempty" cel:"role" doc:"administrator where this account is Inspector's delegated administrator, member where another one is, standalone where AWS answers that there is none."`
	DelegatedAdmin   *string         `json:"delegated_admin,omitempty" cel:"delegated_admin" doc:"The organization's delegated administrator of Inspector, 12 digits. Absent where there is none."`
	AdminRelation    *string         `json:"delegated_admin_status,omitempty" cel:"delegated_admin_status" doc:"The status of that administrator: ENABLED, or another word of AWS's. Absent where AWS gives none."`
	Findings         *Counts         `json:"findings,omitempty" cel:"findings" doc:"Findings by severity, as AWS counts them for the account in this region. Absent where it lists no count, as where there are no findings."`
	CoveredResources *int            `json:"covered_resources,omitempty" cel:"covered_resources" doc:"How many entries inspector.coverage has here."`
}

// Kind is inspector.account.
func (*Account) Kind() string { return "inspector.account" }

// A ScanType is one of the things that Inspector scans.
type ScanType struct {
	Status    string  `json:"status" cel:"status" doc:"ENABLING, ENABLED, DISABLING, DISABLED, SUSPENDING or SUSPENDED."`
	ErrorCode *string `json:"error_code,omitempty" cel:"error_code" doc:"AWS's code beside that status, BLOCKED_BY_ORGANIZATION_POLICY for one. Absent where AWS gives none."`
	Message   *string `json:"error_message,omitempty" cel:"error_message" doc:"AWS's words beside that status. Absent where AWS gives none."`
}

// ScanMode is how instances are scanned.
type ScanMode struct {
	Mode   string  `json:"mode" cel:"mode" doc:"EC2_SSM_AGENT_BASED (by the Systems Manager agent alone) or EC2_HYBRID (instances without the agent by snapshots of their volumes)."`
	Status *string `json:"status,omitempty" cel:"status" doc:"SUCCESS, or PENDING while the mode is being changed. Absent where AWS does not say."`
}

// Rescan is for how long an image goes on being scanned.
type Rescan struct {
	Duration     string  `json:"duration" cel:"duration" doc:"For how long after it was pushed: LIFETIME, DAYS_14, DAYS_30, DAYS_60, DAYS_90 or DAYS_180."`
	PullDuration *string `json:"pull_duration,omitempty" cel:"pull_duration" doc:"For how long after it was last pulled or in use: DAYS_14, DAYS_30, DAYS_60, DAYS_90 or DAYS_180. Absent where AWS does not say."`
	PullMode     *string `json:"pull_mode,omitempty" cel:"pull_mode" doc:"What that counts from: LAST_PULL_DATE or LAST_IN_USE_AT. Absent where AWS does not say."`
	Status       *string `json:"status,omitempty" cel:"status" doc:"SUCCESS, PENDING or FAILED: what became of the last change. Absent where AWS does not say."`
}

// DeepInspection is the search for packages of programming languages on instances.
type DeepInspection struct {
	Status   string   `json:"status" cel:"status" doc:"ACTIVATED, DEACTIVATED, PENDING or FAILED."`
	Error    *string  `json:"error_message,omitempty" cel:"error_message" doc:"Why the configuration could not be read, in AWS's words. Absent where it could."`
	Paths    []string `json:"package_paths" cel:"package_paths" doc:"The account's own paths that are searched beside AWS's. Empty where AWS names none."`
	OrgPaths []string `json:"organization_package_paths" cel:"organization_package_paths" doc:"The organization's paths that are searched beside AWS's. Empty where AWS names none."`
}

// Counts are findings by severity.
type Counts struct {
	All      int `json:"all" cel:"all" doc:"Findings of every severity."`
	Critical int `json:"critical" cel:"critical" doc:"Critical findings."`
	High     int `json:"high" cel:"high" doc:"High findings."`
	Medium   int `json:"medium" cel:"medium" doc:"Medium findings."`
}

// A Coverage is a resource and one type of scan that covers it.
type Coverage struct {
	evidence.Meta
	Resource      string            `json:"resource" cel:"resource" doc:"The resource's id, as AWS names it here: the ARN of a repository or function, the id of an instance."`
	ResourceType  string            `json:"resource_type" cel:"resource_type" doc:"AWS_EC2_INSTANCE, AWS_ECR_REPOSITORY, AWS_LAMBDA_FUNCTION or CODE_REPOSITORY. Images are not listed one by one."`
	ScanType      string            `json:"scan_type" cel:"scan_type" doc:"PACKAGE, NETWORK or CODE."`
	Status        string            `json:"scan_status" cel:"scan_status" doc:"ACTIVE or INACTIVE."`
	Reason        string            `json:"reason" cel:"reason" doc:"Why the status is so, in AWS's word: SUCCESSFUL, UNMANAGED_EC2_INSTANCE, NO_INVENTORY, STALE_INVENTORY, UNSUPPORTED_OS, EC2_INSTANCE_STOPPED, EXCLUDED_BY_TAG …"`
	ScanMode      *string           `json:"scan_mode,omitempty" cel:"scan_mode" doc:"EC2_SSM_AGENT_BASED or EC2_AGENTLESS. Absent for what is no instance, and where AWS does not say."`
	LastScanned   *time.Time        `json:"last_scanned,omitempty" cel:"last_scanned" doc:"When it was last checked for vulnerabilities. Absent where it never was, or AWS does not say."`
	Name          *string           `json:"name,omitempty" cel:"name" doc:"The name of a repository or function. Absent where AWS does not say."`
	Platform      *string           `json:"platform,omitempty" cel:"platform" doc:"LINUX, WINDOWS, MACOS or UNKNOWN. Absent for what is no instance, and where AWS does not say."`
	AMI           *string           `json:"ami,omitempty" cel:"ami" doc:"The image that an instance was launched from. Absent for what is no instance, and where AWS does not say."`
	Runtime       *string           `json:"runtime,omitempty" cel:"runtime" doc:"A function's runtime. Absent for what is no function, and where AWS does not say."`
	ScanFrequency *string           `json:"scan_frequency,omitempty" cel:"scan_frequency" doc:"CONTINUOUS_SCAN, SCAN_ON_PUSH or MANUAL. Absent for what is no ECR repository, and where AWS does not say."`
	Tags          map[string]string `json:"tags" cel:"tags" doc:"The tags that Inspector knows of an instance or function. Empty where it names none."`
}

// Kind is inspector.coverage.
func (*Coverage) Kind() string { return "inspector.coverage" }

// A Finding is an active critical finding.
type Finding struct {
	evidence.Meta
	Title         *string    `json:"title,omitempty" cel:"title" doc:"AWS's title. Absent where it has none."`
	Type          string     `json:"type" cel:"type" doc:"PACKAGE_VULNERABILITY, NETWORK_REACHABILITY or CODE_VULNERABILITY."`
	Severity      string     `json:"severity" cel:"severity" doc:"CRITICAL: others are not asked for."`
	Status        string     `json:"finding_status" cel:"finding_status" doc:"ACTIVE: those that are suppressed or closed are not asked for."`
	FirstObserved *time.Time `json:"first_observed,omitempty" cel:"first_observed" doc:"When Inspector first saw it."`
	LastObserved  *time.Time `json:"last_observed,omitempty" cel:"last_observed" doc:"When Inspector last saw it. Absent where AWS does not say."`
	Vulnerability *string    `json:"vulnerability,omitempty" cel:"vulnerability" doc:"The vulnerability's id: CVE-2026-12345. Absent where the finding is of no package."`
	Fix           *string    `json:"fix_available,omitempty" cel:"fix_available" doc:"YES, NO or PARTIAL. Absent where AWS does not say."`
	Exploit       *string    `json:"exploit_available,omitempty" cel:"exploit_available" doc:"YES or NO. Absent where AWS does not say."`
	Score         *float64   `json:"inspector_score,omitempty" cel:"inspector_score" doc:"Inspector's score, 0 to 10. Absent where it gives none."`
	Resources     []string   `json:"resources" cel:"resources" doc:"The ids of the resources that it concerns."`
	ResourceTypes []string   `json:"resource_types" cel:"resource_types" doc:"Their types, in the same order: AWS_EC2_INSTANCE, AWS_ECR_CONTAINER_IMAGE, AWS_LAMBDA_FUNCTION …"`
}

// Kind is inspector.finding.
func (*Finding) Kind() string { return "inspector.finding" }

// A Filter is a suppression rule: findings that match are suppressed.
type Filter struct {
	evidence.Meta
	Name        *string           `json:"name,omitempty" cel:"name" doc:"The rule's name. Absent where AWS does not say."`
	Action      string            `json:"action" cel:"action" doc:"SUPPRESS: filters that are for looking only are not asked for."`
	Reason      *string           `json:"reason,omitempty" cel:"reason" doc:"Why findings are suppressed, as somebody wrote down. Absent where nobody did."`
	Description *string           `json:"description,omitempty" cel:"description" doc:"What somebody wrote about it. Absent where nobody did."`
	Owner       *string           `json:"owner,omitempty" cel:"owner" doc:"The account or organization that made it. Absent where AWS does not say."`
	Created     *time.Time        `json:"created,omitempty" cel:"created" doc:"When it was made. Absent where AWS does not say."`
	Updated     *time.Time        `json:"updated,omitempty" cel:"updated" doc:"When it was last changed. Absent where AWS does not say."`
	Tags        map[string]string `json:"tags" cel:"tags" doc:"The rule's tags."`
}

// Kind is inspector.filter.
func (*Filter) Kind() string { return "inspector.filter" }

// An Organization is which scans are turned on by themselves in accounts that join the organization.
type Organization struct {
	evidence.Meta
	EC2            bool  `json:"auto_enable_ec2" cel:"auto_enable_ec2" doc:"Whether scans of EC2 instances are."`
	ECR            bool  `json:"auto_enable_ecr" cel:"auto_enable_ecr" doc:"Whether scans of ECR are."`
	Lambda         *bool `json:"auto_enable_lambda,omitempty" cel:"auto_enable_lambda" doc:"Whether standard scans of Lambda functions are. Absent where AWS does not say."`
	LambdaCode     *bool `json:"auto_enable_lambda_code,omitempty" cel:"auto_enable_lambda_code" doc:"Whether code scans of Lambda functions are. Absent where AWS does not say."`
	CodeRepository *bool `json:"auto_enable_code_repository,omitempty" cel:"auto_enable_code_repository" doc:"Whether scans of code repositories are. Absent where AWS does not say."`
	LimitReached   *bool `json:"max_account_limit_reached,omitempty" cel:"max_account_limit_reached" doc:"Whether there are as many member accounts as Inspector allows, so that no more can be added. Absent where AWS does not say."`
}

// Kind is inspector.organization.
func (*Organization) Kind() string { return "inspector.organization" }

// A Member is an account of the organization, as the delegated administrator sees it.
type Member struct {
	evidence.Meta
	Member        string     `json:"member" cel:"member" doc:"The other account, 12 digits."`
	Relationship  string     `json:"relationship" cel:"relationship" doc:"ENABLED where it is administered from here; otherwise CREATED, INVITED, DISABLED, REMOVED, RESIGNED, DELETED, REGION_DISABLED, ACCOUNT_SUSPENDED …"`
	Administrator *string    `json:"administrator,omitempty" cel:"administrator" doc:"The account that AWS names as its administrator. Absent where it names none."`
	Updated       *time.Time `json:"updated,omitempty" cel:"updated" doc:"When the relationship last changed. Absent where AWS does not say."`
}

// Kind is inspector.member.
func (*Member) Kind() string { return "inspector.member" }
