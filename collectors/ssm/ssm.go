// Package ssm reads AWS Systems Manager as far as patching goes: managed instances with what their last patch operation left, patch
// baselines and their rules, maintenance windows and their runs, and compliance.
//
// Systems Manager tells only of machines on which its agent has registered, and of patching only where it ran: a machine that was never
// scanned has no patch state, and is said to have none. Which EC2 instances it does not manage at all follows from EC2's own list, by
// Coverage. A count that AWS's answer lacks is unknown and not zero, although the SDK reads it so.
//
// It never reads parameters, sessions, commands or inventory.
package ssm

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// Collector reads Systems Manager in one account and region.
type Collector struct{}

func (Collector) Name() string { return "ssm" }
func (Collector) Doc() string {
	return "Systems Manager: managed instances with their patch state, patch baselines and approval rules, maintenance windows and their runs, compliance."
}
func (Collector) Reach() evidence.Reach { return evidence.EveryRegion }

const (
	regionKind     = "ssm.region"
	instanceKind   = "ssm.managed_instance"
	baselineKind   = "ssm.patch_baseline"
	ruleKind       = "ssm.patch_rule"
	groupKind      = "ssm.patch_group"
	osKind         = "ssm.operating_system"
	windowKind     = "ssm.maintenance_window"
	executionKind  = "ssm.maintenance_window_execution"
	complianceKind = "ssm.compliance"
	summaryKind    = "ssm.compliance_summary"
)

func (Collector) Kinds() []evidence.Kind {
	return []evidence.Kind{
		evidence.KindOf[Compliance]("What Systems Manager holds of each resource and type of compliance: patches, associations, and whatever else was reported."),
		evidence.KindOf[Summary]("Systems Manager's own count of complying resources, one record for each type: a second source for ssm.compliance."),
		evidence.KindOf[Window]("The maintenance windows of the region."),
		evidence.KindOf[Execution]("The runs of every maintenance window since the period began."),
		evidence.KindOf[Instance]("The managed instances: EC2 instances and machines elsewhere on which the agent has registered. Systems Manager leaves out instances that were terminated."),
		evidence.KindOf[OS]("The operating systems that there are patch baselines for."),
		evidence.KindOf[Baseline]("The patch baselines: those that AWS provides and the account's own."),
		evidence.KindOf[Group]("The patch groups that are registered with a baseline. Machines of no registered group are patched by the default baseline."),
		evidence.KindOf[Rule]("The approval rules of the baselines that are in use and of the account's own."),
		evidence.KindOf[Region]("One record for each account and region."),
	}
}

// operation is one of SSM's reads. AWS publishes no rate for any of these.
func operation(name, member string) evidence.Operation {
	return evidence.Operation{Service: "ssm", API: ssm.ServiceID, Name: name, Action: "ssm:" + name, Member: member}
}

func lists(op evidence.Operation, kind string, page int) evidence.Operation {
	op.Lists, op.Page = kind, page
	return op
}

func each(op evidence.Operation, kind string) evidence.Operation {
	op.Each = kind
	return op
}

func names(op evidence.Operation, members ...string) evidence.Operation {
	op.Identity = members
	return op
}

func hides(op evidence.Operation, members ...string) evidence.Operation {
	op.Secrets = members
	return op
}

var (
	// A node's host name and address may be those of somebody's laptop, and so may the name that it was registered with.
	describeInstanceInformation = names(lists(operation("DescribeInstanceInformation", "InstanceInformationList"), instanceKind, 50), "ComputerName", "IPAddress", "Name")
	// The override list is an address that may be signed. The operation takes fifty instances.
	describeInstancePatchStates = hides(lists(operation("DescribeInstancePatchStates", "InstancePatchStates"), instanceKind, 50), "InstallOverrideList")
	describeExecutions          = each(operation("DescribeMaintenanceWindowExecutions", "WindowExecutions"), windowKind)
	describeTargets             = names(each(operation("DescribeMaintenanceWindowTargets", "Targets"), windowKind), "OwnerInformation")
	// What a task is handed may hold anything.
	describeTasks          = hides(each(operation("DescribeMaintenanceWindowTasks", "Tasks"), windowKind), "TaskParameters")
	describeWindows        = lists(operation("DescribeMaintenanceWindows", "WindowIdentities"), windowKind, 100)
	describePatchBaselines = lists(operation("DescribePatchBaselines", "BaselineIdentities"), baselineKind, 100)
	describePatchGroups    = lists(operation("DescribePatchGroups", "Mappings"), groupKind, 100)
	// The configuration of a repository may hold its password.
	getPatchBaseline                = hides(each(operation("GetPatchBaseline", "BaselineId"), baselineKind), "Configuration")
	getServiceSetting               = names(operation("GetServiceSetting", "ServiceSetting"), "LastModifiedUser")
	listComplianceSummaries         = lists(operation("ListComplianceSummaries", "ComplianceSummaryItems"), summaryKind, 50)
	listResourceComplianceSummaries = lists(operation("ListResourceComplianceSummaries", "ResourceComplianceSummaryItems"), complianceKind, 50)
)

func (Collector) Operations() []evidence.Operation {
	return []evidence.Operation{describeInstanceInformation, describeInstancePatchStates, describeExecutions, describeTargets, describeTasks, describeWindows,
		describePatchBaselines, describePatchGroups, getPatchBaseline, getServiceSetting, listComplianceSummaries, listResourceComplianceSummaries}
}

// reader is one cell at work.
type reader struct {
	c      *cell.Cell
	ssm    *ssm.Client
	region *Region
	// uses counts the managed instances by the baseline of their last patch operation; noUses is why the counts are not whole.
	uses   map[string]int
	noUses *evidence.Gap
	// groups are the patch groups by the id of their baseline; noGroups is why they are not whole.
	groups   map[string][]string
	noGroups *evidence.Gap
}

// Collect reads the instances and patch groups first: they tell which baselines are in use.
func (Collector) Collect(ctx context.Context, c *cell.Cell) error {
	r := &reader{c: c, ssm: ssm.NewFromConfig(c.Config, keepBody), region: &Region{Meta: c.Meta(c.Account + "/" + c.Region + "/ssm")}, uses: map[string]int{}, groups: map[string][]string{}}
	for _, read := range []func(context.Context) error{r.instances, r.patchGroups, r.baselines, r.windows, r.compliance, r.summaries, r.settings} {
		if err := read(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) arn(rest string) string {
	return "arn:" + r.c.Partition + ":ssm:" + r.c.Region + ":" + r.c.Account + ":" + rest
}

// nodeARN is that of a managed instance. One of EC2's goes by EC2's own name for it, so that both services tell of one thing.
func (r *reader) nodeARN(id string) string {
	if strings.HasPrefix(id, "i-") {
		return "arn:" + r.c.Partition + ":ec2:" + r.c.Region + ":" + r.c.Account + ":instance/" + id
	}
	return r.arn("managed-instance/" + id)
}

// without notes that AWS left out what the fields of a record are read from.
func (r *reader) without(m *evidence.Meta, md middleware.Metadata, op evidence.Operation, what string, fields ...string) evidence.Gap {
	return r.c.Half(md, op, "MissingMember", "AWS answered "+op.Name+" without "+what, m, fields)
}

// settings reads whether documents can be public, and emits the record of the region.
func (r *reader) settings(ctx context.Context) error {
	m := &r.region.Meta
	out, err := r.ssm.GetServiceSetting(ctx, &ssm.GetServiceSettingInput{SettingId: ptr("/ssm/documents/console/public-sharing-permission")})
	switch {
	case err != nil:
		r.c.Unknown(m, err, "document_public_sharing")
	case cell.Text(deref(out.ServiceSetting.SettingValue)) == nil:
		r.without(m, out.ResultMetadata, getServiceSetting, "a value of the setting", "document_public_sharing")
	default:
		r.c.Read(m, out.ResultMetadata)
		r.region.PublicSharing = out.ServiceSetting.SettingValue
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if len(m.Evidence) == 0 {
		// Nothing was answered at all, as on a tape that breaks off.
		r.c.Incomplete(err, regionKind)
		return nil
	}
	return r.c.Emit(r.region)
}

func ptr[T any](v T) *T { return &v }

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
