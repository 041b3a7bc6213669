package ssm

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// A Region is what Systems Manager holds for one account and region.
type Region struct {
	evidence.Meta
	Instances     *int    `json:"managed_instances,omitempty" cel:"managed_instances" doc:"How many managed instances Systems Manager listed; unknown where the list is not whole."`
	PublicSharing *string `json:"document_public_sharing,omitempty" cel:"document_public_sharing" doc:"Whether documents can be shared with everyone: Disable where that is blocked, or Enable."`
}

// Kind is ssm.region.
func (*Region) Kind() string { return "ssm.region" }

// An Instance is a managed node: an EC2 instance, or a machine elsewhere, on which the SSM Agent has registered.
type Instance struct {
	evidence.Meta
	InstanceID   string     `json:"instance_id" cel:"instance_id" doc:"The node's id: i- for EC2 instances, mi- for machines elsewhere."`
	ResourceType string     `json:"resource_type" cel:"resource_type" doc:"EC2Instance or ManagedInstance."`
	ComputerName *string    `json:"computer_name,omitempty" cel:"computer_name" doc:"The machine's host name; absent where AWS did not say. It is redacted with the set identity, because laptops are called after people."`
	PlatformType *string    `json:"platform_type,omitempty" cel:"platform_type" doc:"Windows, Linux or MacOS; absent where AWS did not say."`
	Platform     *string    `json:"platform,omitempty" cel:"platform" doc:"The operating system's name; absent where AWS did not say."`
	Version      *string    `json:"platform_version,omitempty" cel:"platform_version" doc:"The operating system's version; absent where AWS did not say."`
	PingStatus   string     `json:"ping_status" cel:"ping_status" doc:"Online, ConnectionLost, or Inactive, which AWS no longer uses. A machine that is switched off is ConnectionLost."`
	LastPing     *time.Time `json:"last_ping,omitempty" cel:"last_ping" doc:"When the agent last reported."`
	AgentVersion *string    `json:"agent_version,omitempty" cel:"agent_version" doc:"The version of the SSM Agent; absent where AWS did not say."`
	AgentLatest  *bool      `json:"agent_latest,omitempty" cel:"agent_latest" doc:"Whether that is the latest version. AWS says so of Linux, and does not vouch for it on Windows."`
	Registered   *time.Time `json:"registered,omitempty" cel:"registered" doc:"When a machine outside EC2 was registered; absent for EC2 instances."`
	Associations *string    `json:"association_status,omitempty" cel:"association_status" doc:"The status of its State Manager associations together; absent where it has none."`
	LastRun      *time.Time `json:"last_association_run,omitempty" cel:"last_association_run" doc:"When an association last ran; absent where none did."`
	LastSuccess  *time.Time `json:"last_association_success,omitempty" cel:"last_association_success" doc:"When one last ran with success; absent where none did."`
	Scanned      *bool      `json:"scanned,omitempty" cel:"scanned" doc:"Whether a patch operation ever reported from it. False is no patch state at all: what is missing there is not known to anybody."`
	Patch        *Patch     `json:"patch,omitempty" cel:"patch" doc:"What the last patch operation left; absent where none ever reported."`
}

// Kind is ssm.managed_instance.
func (*Instance) Kind() string { return "ssm.managed_instance" }

// A Patch is what the last patch operation on a node left behind. A count is unknown where AWS's answer has none.
type Patch struct {
	Operation           string     `json:"operation" cel:"operation" doc:"Scan, which only looks, or Install."`
	Started             *time.Time `json:"started,omitempty" cel:"started" doc:"When the operation began."`
	Ended               *time.Time `json:"ended,omitempty" cel:"ended" doc:"When it ended. Patches released since then are not in the counts."`
	Baseline            *string    `json:"baseline,omitempty" cel:"baseline" doc:"The patch baseline that was used."`
	Group               *string    `json:"group,omitempty" cel:"group" doc:"The node's patch group; absent where it is in none."`
	Snapshot            *string    `json:"snapshot,omitempty" cel:"snapshot" doc:"The snapshot of the baseline that was used; absent where AWS did not say."`
	OverrideList        bool       `json:"override_list" cel:"override_list" doc:"Whether a list of patches took the baseline's place. The list's address is never written down: it may carry credentials."`
	RebootOption        *string    `json:"reboot_option,omitempty" cel:"reboot_option" doc:"RebootIfNeeded or NoReboot; absent where AWS did not say, as of scans."`
	LastNoReboot        *time.Time `json:"last_no_reboot_install,omitempty" cel:"last_no_reboot_install" doc:"When patches were last installed with NoReboot; absent where they never were."`
	Installed           *int       `json:"installed,omitempty" cel:"installed" doc:"Patches of the baseline that are installed."`
	InstalledOther      *int       `json:"installed_other,omitempty" cel:"installed_other" doc:"Patches that are installed and not in the baseline."`
	PendingReboot       *int       `json:"installed_pending_reboot,omitempty" cel:"installed_pending_reboot" doc:"Patches that were installed since the last reboot, and may need one to take effect."`
	Rejected            *int       `json:"installed_rejected,omitempty" cel:"installed_rejected" doc:"Patches that are installed although the baseline rejects them."`
	Missing             *int       `json:"missing,omitempty" cel:"missing" doc:"Patches that the baseline approves, that apply, and that are not installed."`
	Failed              *int       `json:"failed,omitempty" cel:"failed" doc:"Patches that the last operation tried to install and could not."`
	NotApplicable       *int       `json:"not_applicable,omitempty" cel:"not_applicable" doc:"Patches of the baseline that do not apply."`
	CriticalNoncompl    *int       `json:"critical_non_compliant,omitempty" cel:"critical_non_compliant" doc:"Patches that the baseline calls critical for compliance and that are missing, failed, rejected or waiting for a reboot."`
	SecurityNoncompl    *int       `json:"security_non_compliant,omitempty" cel:"security_non_compliant" doc:"The same of patches that an advisory calls security patches."`
	OtherNoncompl       *int       `json:"other_non_compliant,omitempty" cel:"other_non_compliant" doc:"The same of all others."`
	AvailableSecurity   *int       `json:"available_security_updates,omitempty" cel:"available_security_updates" doc:"Security updates that are released and that the baseline does not approve yet; AWS counts them on Windows only, and it is absent elsewhere."`
	UnreportedNotApplic *int       `json:"unreported_not_applicable,omitempty" cel:"unreported_not_applicable" doc:"Patches that do not apply, beyond what not_applicable counts; absent where AWS did not say."`
}

// A Baseline is a patch baseline: AWS's own, or one of the account.
type Baseline struct {
	evidence.Meta
	BaselineID        string     `json:"baseline_id" cel:"baseline_id" doc:"The baseline's id; AWS's own are named by their ARN."`
	Name              *string    `json:"name,omitempty" cel:"name" doc:"The baseline's name; absent where AWS did not say."`
	OS                *string    `json:"operating_system,omitempty" cel:"operating_system" doc:"The operating system it is for, as AMAZON_LINUX_2023 or WINDOWS."`
	Own               bool       `json:"own" cel:"own" doc:"Whether the account made it. AWS provides the others."`
	Default           *bool      `json:"default,omitempty" cel:"default" doc:"Whether it patches the machines of its operating system that are in no patch group of another."`
	PatchGroups       []string   `json:"patch_groups" cel:"patch_groups" doc:"The patch groups that are registered with it, sorted."`
	Instances         *int       `json:"instances,omitempty" cel:"instances" doc:"How many managed instances name it in their last patch operation."`
	InUse             *bool      `json:"in_use,omitempty" cel:"in_use" doc:"Whether a managed instance names it or a patch group is registered with it. What follows is asked of those in use and of the account's own, and is absent of others."`
	Created           *time.Time `json:"created,omitempty" cel:"created" doc:"When it was made."`
	Modified          *time.Time `json:"modified,omitempty" cel:"modified" doc:"When it was last changed."`
	Rules             *int       `json:"rules,omitempty" cel:"rules" doc:"The number of its approval rules."`
	SecurityRules     *int       `json:"security_rules,omitempty" cel:"security_rules" doc:"How many of them let critical security patches through: see critical_security of ssm.patch_rule."`
	GlobalFilters     *int       `json:"global_filters,omitempty" cel:"global_filters" doc:"The number of filters that stand before all its rules."`
	Approved          []string   `json:"approved_patches" cel:"approved_patches" doc:"The patches that are approved by name."`
	RejectedPatches   []string   `json:"rejected_patches" cel:"rejected_patches" doc:"The patches that are rejected by name."`
	RejectedAction    *string    `json:"rejected_action,omitempty" cel:"rejected_action" doc:"ALLOW_AS_DEPENDENCY or BLOCK."`
	AvailableSecurity *string    `json:"available_security_status,omitempty" cel:"available_security_status" doc:"How a Windows machine counts for which security updates are released but not approved: COMPLIANT or NON_COMPLIANT. Absent where AWS did not say."`
	Sources           *int       `json:"sources,omitempty" cel:"sources" doc:"The number of repositories of its own that it names."`
}

// Kind is ssm.patch_baseline.
func (*Baseline) Kind() string { return "ssm.patch_baseline" }

// A Rule is an approval rule of a patch baseline.
type Rule struct {
	evidence.Meta
	Baseline         string   `json:"baseline" cel:"baseline" doc:"The id of the baseline, as in ssm.patch_baseline."`
	OS               *string  `json:"operating_system,omitempty" cel:"operating_system" doc:"The baseline's operating system."`
	InUse            *bool    `json:"in_use,omitempty" cel:"in_use" doc:"Whether the baseline is in use, as in ssm.patch_baseline."`
	Position         int      `json:"position" cel:"position" doc:"The rule's place among the baseline's rules, from 1."`
	AfterDays        *int     `json:"approve_after_days,omitempty" cel:"approve_after_days" doc:"How many days after its release a patch is approved. Absent where the rule has a date instead, and for Debian, Raspberry Pi OS and Ubuntu, which know no waiting: their patches are approved at once."`
	Until            *string  `json:"approve_until,omitempty" cel:"approve_until" doc:"The day up to which released patches are approved, as 2026-01-31; what is released later never is. Absent where the rule counts days."`
	ComplianceLevel  *string  `json:"compliance_level,omitempty" cel:"compliance_level" doc:"How grave a missing patch of the rule counts: CRITICAL, HIGH, MEDIUM, LOW, INFORMATIONAL or UNSPECIFIED."`
	NonSecurity      *bool    `json:"non_security,omitempty" cel:"non_security" doc:"Whether it lets patches through that are not about security; absent where AWS did not say."`
	Classifications  []string `json:"classifications" cel:"classifications" doc:"The classifications that it lets through, * being all; empty where it has no such filter and lets all through."`
	Severities       []string `json:"severities" cel:"severities" doc:"The same of severities."`
	Products         []string `json:"products" cel:"products" doc:"The same of products."`
	OtherFilters     []string `json:"other_filters" cel:"other_filters" doc:"The keys of its further filters, sorted."`
	CriticalSecurity *bool    `json:"critical_security,omitempty" cel:"critical_security" doc:"Whether security patches of critical severity pass, by classification (no such filter, or *, Security or SecurityUpdates; what Windows has under CriticalUpdates is not about security) and by severity (none, or * or Critical), through the rule's own filters and those of the baseline. Filters on products and on anything else are not weighed."`
}

// Kind is ssm.patch_rule.
func (*Rule) Kind() string { return "ssm.patch_rule" }

// A Group is a patch group that is registered with a baseline.
type Group struct {
	evidence.Meta
	Name     string  `json:"name" cel:"name" doc:"The patch group."`
	Baseline string  `json:"baseline" cel:"baseline" doc:"The id of its baseline."`
	OS       *string `json:"operating_system,omitempty" cel:"operating_system" doc:"The baseline's operating system; absent where AWS did not say."`
}

// Kind is ssm.patch_group.
func (*Group) Kind() string { return "ssm.patch_group" }

// An OS is an operating system that there are baselines for.
type OS struct {
	evidence.Meta
	Name      string  `json:"name" cel:"name" doc:"The operating system, as AMAZON_LINUX_2023 or WINDOWS."`
	Baselines int     `json:"baselines" cel:"baselines" doc:"How many baselines there are for it."`
	Defaults  *int    `json:"defaults,omitempty" cel:"defaults" doc:"How many of them are its default: one, where all is in order."`
	Default   *string `json:"default_baseline,omitempty" cel:"default_baseline" doc:"The id of its default baseline; absent where there is none."`
	Own       *bool   `json:"default_own,omitempty" cel:"default_own" doc:"Whether that is one of the account's own; absent where there is none."`
}

// Kind is ssm.operating_system.
func (*OS) Kind() string { return "ssm.operating_system" }

// A Window is a maintenance window.
type Window struct {
	evidence.Meta
	WindowID    string     `json:"window_id" cel:"window_id" doc:"The window's id."`
	Name        *string    `json:"name,omitempty" cel:"name" doc:"The window's name; absent where AWS did not say."`
	Enabled     *bool      `json:"enabled,omitempty" cel:"enabled" doc:"Whether it runs."`
	Schedule    *string    `json:"schedule,omitempty" cel:"schedule" doc:"When it runs, as a cron or rate expression."`
	Timezone    *string    `json:"timezone,omitempty" cel:"timezone" doc:"The time zone of the schedule; absent where AWS did not say, which is UTC."`
	Hours       *int       `json:"duration_hours,omitempty" cel:"duration_hours" doc:"How long it lasts."`
	Starts      *string    `json:"start_date,omitempty" cel:"start_date" doc:"When it becomes active, as it was written; absent where it is active at once."`
	Ends        *string    `json:"end_date,omitempty" cel:"end_date" doc:"When it becomes inactive, as it was written; absent where it does not."`
	Next        *string    `json:"next_execution,omitempty" cel:"next_execution" doc:"When it will run next, as AWS writes it; absent where it will not."`
	Targets     *int       `json:"targets,omitempty" cel:"targets" doc:"The number of registered targets."`
	Tasks       *int       `json:"tasks,omitempty" cel:"tasks" doc:"The number of its tasks."`
	Targeted    *int       `json:"targeted_tasks,omitempty" cel:"targeted_tasks" doc:"How many of its tasks name targets, registered ones or others. Tasks that run no command need none."`
	NeedTargets *int       `json:"tasks_needing_targets,omitempty" cel:"tasks_needing_targets" doc:"How many of its tasks AWS runs on targets alone: those of type RUN_COMMAND, and of any type but AUTOMATION, LAMBDA and STEP_FUNCTIONS, for which targets are optional."`
	Documents   []string   `json:"task_documents" cel:"task_documents" doc:"What its tasks run: the names or ARNs of documents, functions and state machines, sorted."`
	Patches     *bool      `json:"patches,omitempty" cel:"patches" doc:"Whether a task runs AWS-RunPatchBaseline, AWS-RunPatchBaselineWithHooks or AWS-RunPatchBaselineAssociation."`
	Executions  *int       `json:"executions,omitempty" cel:"executions" doc:"How often it ran since the period began, as far back as AWS remembers."`
	LastStatus  *string    `json:"last_status,omitempty" cel:"last_status" doc:"How the latest of these that has ended did: SUCCESS, FAILED, TIMED_OUT, CANCELLED or SKIPPED_OVERLAPPING; absent where none has."`
	LastStart   *time.Time `json:"last_start,omitempty" cel:"last_start" doc:"When that began; absent where none has ended."`
}

// Kind is ssm.maintenance_window.
func (*Window) Kind() string { return "ssm.maintenance_window" }

// An Execution is one run of a maintenance window.
type Execution struct {
	evidence.Meta
	WindowID string     `json:"window_id" cel:"window_id" doc:"The window."`
	Window   *string    `json:"window_name,omitempty" cel:"window_name" doc:"The window's name; absent where AWS did not say."`
	Enabled  *bool      `json:"window_enabled,omitempty" cel:"window_enabled" doc:"Whether the window is enabled now."`
	Status   string     `json:"status" cel:"status" doc:"SUCCESS, FAILED, TIMED_OUT, CANCELLED, SKIPPED_OVERLAPPING, or PENDING, IN_PROGRESS and CANCELLING of one that has not ended."`
	Details  *string    `json:"status_details,omitempty" cel:"status_details" doc:"AWS's words on the status; absent where there are none."`
	Started  *time.Time `json:"started,omitempty" cel:"started" doc:"When it began."`
	Ended    *time.Time `json:"ended,omitempty" cel:"ended" doc:"When it ended; absent where it has not, or AWS did not say."`
}

// Kind is ssm.maintenance_window_execution.
func (*Execution) Kind() string { return "ssm.maintenance_window_execution" }

// A Compliance is how far one resource complies with rules of one type.
type Compliance struct {
	evidence.Meta
	Resource     string     `json:"resource" cel:"resource" doc:"The id of the resource, mostly a managed instance's."`
	ResourceType *string    `json:"resource_type,omitempty" cel:"resource_type" doc:"ManagedInstance, or another type that somebody reported; absent where AWS did not say."`
	Type         string     `json:"compliance_type" cel:"compliance_type" doc:"Patch, Association, or Custom: and a name."`
	Status       string     `json:"status" cel:"status" doc:"COMPLIANT or NON_COMPLIANT."`
	Severity     *string    `json:"severity,omitempty" cel:"severity" doc:"The gravest severity among what does not comply: CRITICAL, HIGH, MEDIUM, LOW, INFORMATIONAL or UNSPECIFIED; absent where AWS did not say."`
	Reported     *time.Time `json:"reported,omitempty" cel:"reported" doc:"When that was found. For associations, when it was reported and not when they ran."`
	Execution    *string    `json:"execution,omitempty" cel:"execution" doc:"What found it, as a command's id; absent where AWS did not say."`
	Compliant    *int       `json:"compliant,omitempty" cel:"compliant" doc:"How many items comply."`
	NonCompliant *int       `json:"non_compliant,omitempty" cel:"non_compliant" doc:"How many do not."`
}

// Kind is ssm.compliance.
func (*Compliance) Kind() string { return "ssm.compliance" }

// A Summary counts the resources that comply with rules of one type, by AWS's own count.
type Summary struct {
	evidence.Meta
	Type         string `json:"compliance_type" cel:"compliance_type" doc:"Patch, Association, or Custom: and a name."`
	Compliant    *int   `json:"compliant,omitempty" cel:"compliant" doc:"How many resources comply."`
	NonCompliant *int   `json:"non_compliant,omitempty" cel:"non_compliant" doc:"How many do not."`
}

// Kind is ssm.compliance_summary.
func (*Summary) Kind() string { return "ssm.compliance_summary" }
