package moto

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsssm "github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/auditseal/auditseal/collectors/ssm"
)

// seedSSM makes patch baselines and maintenance windows in the caller's eu-west-1. AWS's own baselines are not in moto, nor is anything
// that runs on a machine.
func seedSSM(t *testing.T, s *server) {
	t.Helper()
	c, ctx := awsssm.NewFromConfig(s.as(t, caller, "eu-west-1")), t.Context()
	for name, os := range map[string]ssmtypes.OperatingSystem{"linux": ssmtypes.OperatingSystemAmazonLinux2023, "linux-strict": ssmtypes.OperatingSystemAmazonLinux2023, "desktops": ssmtypes.OperatingSystemWindows} {
		_, err := c.CreatePatchBaseline(ctx, &awsssm.CreatePatchBaselineInput{Name: &name, OperatingSystem: os, Description: aws.String("=1+1"), RejectedPatches: []string{"KB1"}, RejectedPatchesAction: ssmtypes.PatchActionBlock,
			ApprovalRules: &ssmtypes.PatchRuleGroup{PatchRules: []ssmtypes.PatchRule{{ApproveAfterDays: aws.Int32(7), PatchFilterGroup: &ssmtypes.PatchFilterGroup{PatchFilters: []ssmtypes.PatchFilter{{Key: ssmtypes.PatchFilterKeyClassification, Values: []string{"Security"}}}}}}}})
		must(t, err)
	}
	window := func(name, zone string) *string {
		in := &awsssm.CreateMaintenanceWindowInput{Name: &name, Schedule: aws.String("cron(0 2 ? * SUN *)"), Duration: aws.Int32(3), Cutoff: 1}
		if zone != "" {
			in.ScheduleTimezone, in.StartDate, in.EndDate = &zone, aws.String("2026-01-01T00:00:00+01:00"), aws.String("2027-01-01T00:00:00+01:00")
		}
		out, err := c.CreateMaintenanceWindow(ctx, in)
		must(t, err)
		return out.WindowId
	}
	window("idle", "")
	patching := window("patching", "Europe/Vienna")
	target, err := c.RegisterTargetWithMaintenanceWindow(ctx, &awsssm.RegisterTargetWithMaintenanceWindowInput{WindowId: patching, ResourceType: ssmtypes.MaintenanceWindowResourceTypeInstance,
		Targets: []ssmtypes.Target{{Key: aws.String("tag:patch"), Values: []string{"yes"}}}, OwnerInformation: aws.String("somebody")})
	must(t, err)
	for _, document := range []string{"AWS-RunPatchBaseline", "arn:aws:lambda:eu-west-1:" + caller + ":function:tell"} {
		in := &awsssm.RegisterTaskWithMaintenanceWindowInput{WindowId: patching, TaskArn: &document, TaskType: ssmtypes.MaintenanceWindowTaskTypeLambda, Priority: aws.Int32(1)}
		if document == "AWS-RunPatchBaseline" {
			in.TaskType, in.Targets = ssmtypes.MaintenanceWindowTaskTypeRunCommand, []ssmtypes.Target{{Key: aws.String("WindowTargetIds"), Values: []string{*target.WindowTargetId}}}
		}
		_, err = c.RegisterTaskWithMaintenanceWindow(ctx, in)
		must(t, err)
	}
}

func checkSSM(t *testing.T, s *server, pack string) {
	var all []*ssm.Region
	var baselines []*ssm.Baseline
	var systems []*ssm.OS
	var windows []*ssm.Window
	for _, account := range accounts {
		for _, region := range regions {
			c, ctx := awsssm.NewFromConfig(s.as(t, account, region)), t.Context()
			all = append(all, &ssm.Region{Meta: meta(account, region, account+"/"+region+"/ssm", "document_public_sharing", "managed_instances")})
			own, err := c.DescribePatchBaselines(ctx, &awsssm.DescribePatchBaselinesInput{})
			must(t, err)
			for _, l := range own.BaselineIdentities {
				id := "arn:aws:ssm:" + region + ":" + account + ":patchbaseline/" + *l.BaselineId
				// Who uses it, and what it says, moto does not tell.
				baselines = append(baselines, &ssm.Baseline{Meta: meta(account, region, id, "approved_patches", "available_security_status", "created", "global_filters", "in_use", "instances", "modified", "patch_groups", "rejected_action",
					"rejected_patches", "rules", "security_rules", "sources"), BaselineID: *l.BaselineId, Name: l.BaselineName, OS: text(l.OperatingSystem), Own: true, Default: &l.DefaultBaseline})
				i := slices.IndexFunc(systems, func(o *ssm.OS) bool {
					return o.Account == account && o.Region == region && o.Name == string(l.OperatingSystem)
				})
				if i < 0 {
					i = len(systems)
					systems = append(systems, &ssm.OS{Meta: meta(account, region, account+"/"+region+"/patching/"+string(l.OperatingSystem)), Name: string(l.OperatingSystem), Defaults: ptr(0)})
				}
				systems[i].Baselines++
			}
			list, err := c.DescribeMaintenanceWindows(ctx, &awsssm.DescribeMaintenanceWindowsInput{})
			must(t, err)
			for _, l := range list.WindowIdentities {
				windows = append(windows, windowOf(t, c, account, region, l))
			}
		}
	}
	agree(t, all, records[ssm.Region](t, pack, "ssm.region"))
	agree(t, baselines, records[ssm.Baseline](t, pack, "ssm.patch_baseline"))
	agree(t, systems, records[ssm.OS](t, pack, "ssm.operating_system"))
	agree(t, windows, records[ssm.Window](t, pack, "ssm.maintenance_window"))
}

// windowOf asks moto itself, which knows nothing of runs.
func windowOf(t *testing.T, c *awsssm.Client, account, region string, l ssmtypes.MaintenanceWindowIdentity) *ssm.Window {
	t.Helper()
	ctx := t.Context()
	d, err := c.GetMaintenanceWindow(ctx, &awsssm.GetMaintenanceWindowInput{WindowId: l.WindowId})
	must(t, err)
	w := &ssm.Window{Meta: meta(account, region, "arn:aws:ssm:"+region+":"+account+":maintenancewindow/"+*l.WindowId, "executions", "last_start", "last_status"), WindowID: *l.WindowId, Name: d.Name, Enabled: &d.Enabled, Schedule: d.Schedule,
		Timezone: d.ScheduleTimezone, Hours: ptr(int(*d.Duration)), Starts: d.StartDate, Ends: d.EndDate, Next: d.NextExecutionTime, Documents: []string{}, Patches: ptr(*d.Name == "patching"), Targeted: ptr(0)}
	targets, err := c.DescribeMaintenanceWindowTargets(ctx, &awsssm.DescribeMaintenanceWindowTargetsInput{WindowId: l.WindowId})
	must(t, err)
	tasks, err := c.DescribeMaintenanceWindowTasks(ctx, &awsssm.DescribeMaintenanceWindowTasksInput{WindowId: l.WindowId})
	must(t, err)
	w.Targets, w.Tasks = ptr(len(targets.Targets)), ptr(len(tasks.Tasks))
	for _, x := range tasks.Tasks {
		w.Documents = append(w.Documents, *x.TaskArn)
		if len(x.Targets) > 0 {
			*w.Targeted++
		}
	}
	if len(tasks.Tasks) == 0 {
		w.NeedTargets = ptr(0)
	} else {
		// moto calls the type of a task TaskType, which is its name where one is registered; AWS's model of MaintenanceWindowTask has Type.
		w.Unknown = append(w.Unknown, meta("", "", "", "tasks_needing_targets").Unknown...)
	}
	slices.Sort(w.Documents)
	return w
}
