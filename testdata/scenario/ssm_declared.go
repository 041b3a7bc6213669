package scenario

import (
	"slices"
	"time"
)

// A node is a machine as SSM knows it. Zero fields: an agent that is online and current, on Amazon Linux 2023, patched twenty hours ago.
type node struct {
	// ping is Online where empty; os is AMAZON_LINUX_2023, or WINDOWS on a machine with Windows.
	ping, os, group, computer string
	oldAgent                  bool
	// never says that no patch operation ever ran.
	never bool
	// scanned is the end of the last operation, which then was a scan.
	scanned time.Time
	// The counts of its patch state.
	missing, failed, pendingReboot, rejected, critical, security, other int
	// override is the address of a list of patches that took the baseline's place.
	override string
	// lacks names members that the patch state does not have.
	lacks []string
	// association is the status of its associations, COMPLIANT where empty.
	association string
}

func (m machine) hybrid() bool { return m.id[:3] == "mi-" }

func (m machine) os() string {
	switch {
	case m.node.os != "":
		return m.node.os
	case m.windows:
		return "WINDOWS"
	}
	return "AMAZON_LINUX_2023"
}

func or(v, otherwise string) string {
	if v == "" {
		return otherwise
	}
	return v
}

// information is the machine as SSM describes it.
func (m machine) information() M {
	n := m.node
	platform := map[string][3]string{"WINDOWS": {"Windows", "Microsoft Windows Server 2022 Datacenter", "10.0.20348"}, "AMAZON_LINUX_2023": {"Linux", "Amazon Linux", "2023"},
		"UBUNTU": {"Linux", "Ubuntu", "22.04"}}[m.os()]
	seen := Now.Add(-3 * time.Minute)
	if n.ping != "" {
		seen = Now.AddDate(0, 0, -9)
	}
	out := M{"InstanceId": m.id, "PingStatus": or(n.ping, "Online"), "LastPingDateTime": epoch(seen), "AgentVersion": "3.3.3572.0", "IsLatestVersion": !n.oldAgent,
		"PlatformType": platform[0], "PlatformName": platform[1], "PlatformVersion": platform[2], "ResourceType": "EC2Instance", "IPAddress": "10.20.0.17",
		"ComputerName": or(n.computer, "ip-10-20-0-17.eu-west-1.compute.internal"), "SourceId": m.id, "SourceType": "AWS::EC2::Instance", "AssociationStatus": "Success",
		"LastAssociationExecutionDate": epoch(Now.Add(-26 * time.Minute)), "LastSuccessfulAssociationExecutionDate": epoch(Now.Add(-26 * time.Minute)),
		"AssociationOverview": M{"DetailedStatus": "Success", "InstanceAssociationStatusAggregatedCount": M{"Success": 2}}}
	if n.oldAgent {
		out["AgentVersion"] = "3.1.1732.0"
	}
	if n.association == "NON_COMPLIANT" {
		out["AssociationStatus"] = "Failed"
		out["AssociationOverview"] = M{"DetailedStatus": "Failed", "InstanceAssociationStatusAggregatedCount": M{"Success": 1, "Failed": 1}}
		delete(out, "LastSuccessfulAssociationExecutionDate")
	}
	if m.hybrid() {
		out["ResourceType"], out["SourceType"], out["Name"] = "ManagedInstance", "AWS::SSM::ManagedInstance", m.name
		out["ActivationId"], out["IamRole"], out["RegistrationDate"] = uuid("activation", m.id), "service-role/AmazonEC2RunCommandRoleForManagedInstances", epoch(m.launched)
	}
	return out
}

// patchState is what the last patch operation left, nil where there was none.
func (m machine) patchState(region string) M {
	n := m.node
	if n.never {
		return nil
	}
	end, operation := Now.Add(-20*time.Hour), "Install"
	if !n.scanned.IsZero() {
		end, operation = n.scanned, "Scan"
	}
	out := M{"InstanceId": m.id, "PatchGroup": n.group, "BaselineId": baselineFor(region, m.os(), n.group), "SnapshotId": uuid("snapshot", m.id), "Operation": operation,
		"OperationStartTime": epoch(end.Add(-4 * time.Minute)), "OperationEndTime": epoch(end), "RebootOption": "RebootIfNeeded",
		"InstalledCount": 118, "InstalledOtherCount": 31, "InstalledPendingRebootCount": n.pendingReboot, "InstalledRejectedCount": n.rejected, "MissingCount": n.missing, "FailedCount": n.failed,
		"NotApplicableCount": 1204, "UnreportedNotApplicableCount": 0, "CriticalNonCompliantCount": n.critical, "SecurityNonCompliantCount": n.security, "OtherNonCompliantCount": n.other}
	if m.os() == "WINDOWS" {
		out["AvailableSecurityUpdateCount"] = 0
	}
	put(out, "InstallOverrideList", n.override)
	for _, l := range n.lacks {
		delete(out, l)
	}
	return out
}

// compliance is how far the machine complies with one type of rule.
func (m machine) compliance(kind string) M {
	status, good, bad, severity, at := "COMPLIANT", 149, 0, "UNSPECIFIED", Now.Add(-20*time.Hour)
	n := m.node
	switch kind {
	case "Patch":
		bad = n.missing + n.failed + n.pendingReboot + n.rejected
		if !n.scanned.IsZero() {
			at = n.scanned
		}
	case "Association":
		good, at = 2, Now.Add(-26*time.Minute)
		if n.association == "NON_COMPLIANT" {
			good, bad = 1, 1
		}
	}
	worst := M{"CriticalCount": n.critical, "HighCount": 0, "MediumCount": 0, "LowCount": 0, "InformationalCount": 0, "UnspecifiedCount": bad - min(bad, n.critical)}
	if bad > 0 {
		status = "NON_COMPLIANT"
		if n.critical > 0 && kind == "Patch" {
			severity = "CRITICAL"
		} else {
			worst["CriticalCount"], worst["UnspecifiedCount"] = 0, bad
		}
	} else {
		worst["CriticalCount"] = 0
	}
	return M{"ComplianceType": kind, "ResourceType": "ManagedInstance", "ResourceId": m.id, "Status": status, "OverallSeverity": severity,
		"ExecutionSummary":    M{"ExecutionTime": epoch(at), "ExecutionId": uuid("command", kind, m.id), "ExecutionType": "Command"},
		"CompliantSummary":    M{"CompliantCount": good, "SeveritySummary": M{"CriticalCount": 0, "HighCount": 0, "MediumCount": 0, "LowCount": 0, "InformationalCount": 0, "UnspecifiedCount": good}},
		"NonCompliantSummary": M{"NonCompliantCount": bad, "SeveritySummary": worst}}
}

// awsBaselines are the default baselines that AWS provides, of the systems that Example Corp has and of two that it has not.
var awsBaselines = [][3]string{
	{"AMAZON_LINUX_2", "AWS-AmazonLinux2DefaultPatchBaseline", "pb-0be8c61cde3be63f3"},
	{"AMAZON_LINUX_2023", "AWS-AmazonLinux2023DefaultPatchBaseline", "pb-05c9c9bf778d4c4d0"},
	{"REDHAT_ENTERPRISE_LINUX", "AWS-RedHatDefaultPatchBaseline", "pb-0cbb3a633de00f07c"},
	{"UBUNTU", "AWS-UbuntuDefaultPatchBaseline", "pb-0c7e89f711c3095f4"},
	{"WINDOWS", "AWS-DefaultPatchBaseline", "pb-09ca3fb51f0412ec3"},
}

// A baseline is one of an account's own.
type baseline struct {
	id, name, os, group string
	standard            bool
	rules               []M
	approved, rejected  []string
	sources             []any
}

// baselineFor is the baseline that patches a system in a group.
func baselineFor(region, os, group string) string {
	if group == "windows-monthly" {
		return "pb-0aaaaaaaaaaaaaa01"
	}
	for _, b := range awsBaselines {
		if b[0] == os {
			return awsBaseline(region, b[2])
		}
	}
	return ""
}

func awsBaseline(region, id string) string {
	return "arn:aws:ssm:" + region + ":733109147000:patchbaseline/" + id
}

func patchFilter(key string, values ...any) M { return M{"Key": key, "Values": values} }

// approval is an approval rule; days below zero leave them out.
func approval(days int, level string, filters ...any) M {
	r := M{"PatchFilterGroup": M{"PatchFilters": filters}, "ComplianceLevel": level, "EnableNonSecurity": false}
	if days >= 0 {
		r["ApproveAfterDays"] = days
	}
	return r
}

// baselines puts AWS's baselines and the account's own into the answers.
func baselines(a Answers, region string, own []baseline) {
	var list, groups []any
	each := map[string]Answer{}
	declare := func(id, name, os string, rules []M, more M) {
		body := M{"BaselineId": id, "Name": name, "OperatingSystem": os, "GlobalFilters": M{"PatchFilters": []any{}}, "ApprovalRules": M{"PatchRules": lists(rules...)},
			"ApprovedPatches": []any{}, "ApprovedPatchesComplianceLevel": "UNSPECIFIED", "ApprovedPatchesEnableNonSecurity": false, "RejectedPatches": []any{},
			"RejectedPatchesAction": "ALLOW_AS_DEPENDENCY", "PatchGroups": []any{}, "Description": name + ".", "Sources": []any{}, "CreatedDate": epoch(day(2024, 3, 5)), "ModifiedDate": epoch(day(2026, 4, 5))}
		for k, v := range more {
			body[k] = v
		}
		each[id] = Answer{Body: body}
	}
	for _, b := range awsBaselines {
		standard := !slices.ContainsFunc(own, func(o baseline) bool { return o.os == b[0] && o.standard })
		id := awsBaseline(region, b[2])
		list = append(list, M{"BaselineId": id, "BaselineName": b[1], "OperatingSystem": b[0], "BaselineDescription": "Default Patch Baseline Provided by AWS.", "DefaultBaseline": standard})
		rules := []M{approval(7, "UNSPECIFIED", patchFilter("CLASSIFICATION", "Security"), patchFilter("SEVERITY", "Critical", "Important")), approval(7, "UNSPECIFIED", patchFilter("CLASSIFICATION", "Bugfix"))}
		switch b[0] {
		case "WINDOWS":
			rules = []M{approval(7, "UNSPECIFIED", patchFilter("CLASSIFICATION", "CriticalUpdates", "SecurityUpdates"), patchFilter("MSRC_SEVERITY", "Critical", "Important"))}
		case "UBUNTU":
			rules = []M{approval(-1, "UNSPECIFIED", patchFilter("PRIORITY", "Required", "Important", "Standard", "Optional", "Extra"))}
		}
		declare(id, b[1], b[0], rules, nil)
	}
	for _, b := range own {
		list = append(list, M{"BaselineId": b.id, "BaselineName": b.name, "OperatingSystem": b.os, "BaselineDescription": "ours", "DefaultBaseline": b.standard})
		more := M{"ApprovedPatches": anys(b.approved), "RejectedPatches": anys(b.rejected), "Sources": append([]any{}, b.sources...)}
		if b.group != "" {
			more["PatchGroups"] = []any{b.group}
			groups = append(groups, M{"PatchGroup": b.group, "BaselineIdentity": M{"BaselineId": b.id, "BaselineName": b.name, "OperatingSystem": b.os, "DefaultBaseline": b.standard}})
		}
		if b.os == "WINDOWS" {
			more["AvailableSecurityUpdatesComplianceStatus"] = "NON_COMPLIANT"
		}
		declare(b.id, b.name, b.os, b.rules, more)
	}
	a["DescribePatchBaselines"] = Answer{List: "BaselineIdentities", Items: list}
	a["DescribePatchGroups"] = Answer{List: "Mappings", Items: groups}
	a["GetPatchBaseline"] = Answer{By: []string{"BaselineId"}, Each: each, Missing: &Failure{Status: 400, Code: "DoesNotExistException", Message: "Patch Baseline does not exist.", Member: "Message"}}
}

func anys(in []string) []any {
	out := []any{}
	for _, s := range in {
		out = append(out, s)
	}
	return out
}

func publicSharing(value string) Answer {
	const id = "/ssm/documents/console/public-sharing-permission"
	body := M{"SettingId": id, "SettingValue": value, "ARN": "arn:aws:ssm:eu-west-1:111122223333:servicesetting" + id, "Status": "Default", "LastModifiedUser": "System", "LastModifiedDate": epoch(day(2024, 5, 6))}
	if value == "Disable" {
		body["Status"], body["LastModifiedUser"] = "Customized", "arn:aws:sts::111122223333:assumed-role/platform/jane.doe"
	}
	return Answer{By: []string{"SettingId"}, Each: map[string]Answer{id: {Body: M{"ServiceSetting": body}}}}
}

// A maintenance is a maintenance window.
type maintenance struct {
	name, schedule string
	off            bool
	targets, tasks []any
	runs           []windowRun
}

type windowRun struct {
	started         time.Time
	status, details string
}

func (r windowRun) execution(id string) M {
	out := M{"WindowId": id, "WindowExecutionId": uuid("run", id, r.started.String()), "Status": r.status, "StartTime": epoch(r.started)}
	put(out, "StatusDetails", r.details)
	if r.status != "IN_PROGRESS" {
		out["EndTime"] = epoch(r.started.Add(37 * time.Minute))
	}
	return out
}

func windowID(account, region, name string) string {
	return "mw-" + hexID(17, "window", account, region, name)
}

// patchTask is the task that patches, and its target the machines with a tag.
func patchTask(id, region, operation string) (target, task M) {
	target = M{"WindowId": id, "WindowTargetId": uuid("target", id), "ResourceType": "INSTANCE", "Name": "tagged", "Targets": []any{M{"Key": "tag:PatchGroup", "Values": []any{"*"}}}}
	task = M{"WindowId": id, "WindowTaskId": uuid("task", id), "TaskArn": "AWS-RunPatchBaseline", "Type": "RUN_COMMAND", "Priority": 1, "MaxConcurrency": "10%", "MaxErrors": "5%", "Name": "patch",
		"Targets": []any{M{"Key": "WindowTargetIds", "Values": []any{target["WindowTargetId"]}}}, "ServiceRoleArn": "arn:aws:iam::111122223333:role/maintenance",
		"TaskParameters": M{"Operation": M{"Values": []any{operation}}, "Password": M{"Values": []any{"hunter2-" + region}}}}
	return target, task
}

func (w maintenance) store(a Answers, account, region string) {
	id := windowID(account, region, w.name)
	identity := M{"WindowId": id, "Name": w.name, "Description": "=SUM(A1:A9)", "Enabled": !w.off, "Duration": 4, "Cutoff": 1, "Schedule": w.schedule, "ScheduleTimezone": "Europe/Dublin"}
	if !w.off {
		identity["NextExecutionTime"] = "2026-10-04T02:00Z"
	}
	add := func(op, list string, items ...any) {
		x := a[op]
		x.List = list
		x.Items = append(x.Items, items...)
		a[op] = x
	}
	per := func(op, list string, items []any) {
		x := a[op]
		if x.Each == nil {
			x = Answer{By: []string{"WindowId"}, Each: map[string]Answer{}, Missing: &Failure{Status: 400, Code: "DoesNotExistException", Message: "Maintenance window " + id + " does not exist", Member: "Message"}}
		}
		x.Each[id] = Answer{List: list, Items: items}
		a[op] = x
	}
	add("DescribeMaintenanceWindows", "WindowIdentities", identity)
	per("DescribeMaintenanceWindowTargets", "Targets", w.targets)
	per("DescribeMaintenanceWindowTasks", "Tasks", w.tasks)
	var runs []any
	for _, r := range w.runs {
		runs = append(runs, r)
	}
	per("DescribeMaintenanceWindowExecutions", "WindowExecutions", runs)
}

// ssmAnswers are what SSM answers about machines.
func ssmAnswers(region string, machines []machine, own ...baseline) Answers {
	a := Answers{}
	var nodes, states, items []any
	counts := map[string][2]int{}
	for _, m := range machines {
		if m.node == nil {
			continue
		}
		nodes = append(nodes, m.information())
		if s := m.patchState(region); s != nil {
			states = append(states, s)
		}
		for _, kind := range []string{"Association", "Patch"} {
			if kind == "Patch" && m.node.never {
				continue
			}
			x := m.compliance(kind)
			items = append(items, x)
			n := counts[kind]
			if x["Status"] == "COMPLIANT" {
				n[0]++
			} else {
				n[1]++
			}
			counts[kind] = n
		}
	}
	var sums []any
	for _, kind := range []string{"Association", "Patch"} {
		if n, ok := counts[kind]; ok {
			sums = append(sums, M{"ComplianceType": kind, "CompliantSummary": M{"CompliantCount": n[0]}, "NonCompliantSummary": M{"NonCompliantCount": n[1]}})
		}
	}
	a["DescribeInstanceInformation"] = Answer{List: "InstanceInformationList", Items: nodes}
	a["DescribeInstancePatchStates"] = Answer{List: "InstancePatchStates", Items: states}
	a["ListResourceComplianceSummaries"] = Answer{List: "ResourceComplianceSummaryItems", Items: items}
	a["ListComplianceSummaries"] = Answer{List: "ComplianceSummaryItems", Items: sums}
	baselines(a, region, own)
	a["GetServiceSetting"] = publicSharing("Disable")
	return a
}

// weekly are a window's runs on the Sundays of the quarter, the last of which ended with status.
func weekly(status, details string) []windowRun {
	var out []windowRun
	for at := day(2026, 7, 5).Add(time.Hour); at.Before(QuarterTo); at = at.AddDate(0, 0, 7) {
		out = append([]windowRun{{at, "SUCCESS", ""}}, out...)
	}
	out[0].status, out[0].details = status, details
	return out
}
