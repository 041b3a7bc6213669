package tests_test

import (
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors/ssm"
	"github.com/auditseal/auditseal/frameworks/assess"
)

// ssmAgo is a time before the moment of the audit.
func ssmAgo(d time.Duration) *time.Time { return ptr(asOf.Add(-d)) }

// ssmMachine is a running EC2 instance that is managed and was patched yesterday, changed by the functions.
func ssmMachine(change ...func(*ssm.Machine)) *ssm.Machine {
	m := &ssm.Machine{InEC2: ptr(true), Managed: ptr(true), State: ptr("running"), Running: ptr(true), PingStatus: ptr("Online"), LastPing: ssmAgo(3 * time.Minute), Latest: ptr(true), Scanned: ptr(true),
		Operation: ptr("Install"), Patched: ssmAgo(24 * time.Hour)}
	for _, c := range change {
		c(m)
	}
	return m
}

func ssmUnmanaged(m *ssm.Machine) {
	m.Managed, m.PingStatus, m.LastPing, m.Latest, m.Scanned, m.Operation, m.Patched = ptr(false), nil, nil, nil, nil, nil, nil
}
func ssmStopped(m *ssm.Machine) {
	m.State, m.Running, m.PingStatus = ptr("stopped"), ptr(false), ptr("ConnectionLost")
}
func ssmLaunched(d time.Duration) func(*ssm.Machine) {
	return func(m *ssm.Machine) { m.Launched = ssmAgo(d) }
}
func ssmHybrid(m *ssm.Machine)    { m.InEC2, m.State = ptr(false), nil }
func ssmOperated(m *ssm.Machine)  { m.Operator = ptr("eks.amazonaws.com") }
func ssmUnscanned(m *ssm.Machine) { m.Scanned, m.Operation, m.Patched = ptr(false), nil, nil }
func ssmPing(status string, d time.Duration) func(*ssm.Machine) {
	return func(m *ssm.Machine) { m.PingStatus, m.LastPing = &status, ssmAgo(d) }
}
func ssmPatched(operation string, d time.Duration) func(*ssm.Machine) {
	return func(m *ssm.Machine) { m.Operation, m.Patched = &operation, ssmAgo(d) }
}

// ssmNode is a managed instance that was scanned and lacks nothing.
func ssmNode(change ...func(*ssm.Patch)) *ssm.Instance {
	p := &ssm.Patch{Operation: "Install", Missing: ptr(0), Failed: ptr(0), PendingReboot: ptr(0), Rejected: ptr(0), CriticalNoncompl: ptr(0), SecurityNoncompl: ptr(0), OtherNoncompl: ptr(0)}
	for _, c := range change {
		c(p)
	}
	return &ssm.Instance{Scanned: ptr(true), Patch: p}
}

// ssmNeverScanned has no patch state; another test finds it.
func ssmNeverScanned() *ssm.Instance { return &ssm.Instance{Scanned: ptr(false)} }

// ssmPatchUnread is an instance whose patch state was refused.
func ssmPatchUnread() *ssm.Instance { return unread(&ssm.Instance{}, "scanned", "patch") }

func ssmApproval(os string, days *int, until *string, change ...func(*ssm.Rule)) *ssm.Rule {
	r := &ssm.Rule{OS: &os, InUse: ptr(true), AfterDays: days, Until: until, CriticalSecurity: ptr(true)}
	for _, c := range change {
		c(r)
	}
	return r
}

// ssmWindow is an enabled maintenance window with a task and a target that ran and succeeded.
func ssmWindow(change ...func(*ssm.Window)) *ssm.Window {
	w := &ssm.Window{Enabled: ptr(true), Targets: ptr(1), Tasks: ptr(1), Targeted: ptr(1), NeedTargets: ptr(1), Patches: ptr(true), Executions: ptr(13), LastStatus: ptr("SUCCESS"), LastStart: ssmAgo(72 * time.Hour)}
	for _, c := range change {
		c(w)
	}
	return w
}

func ssmOff(w *ssm.Window) {
	w.Enabled, w.Tasks, w.Targets, w.Targeted, w.Executions, w.LastStatus = ptr(false), ptr(0), ptr(0), ptr(0), ptr(0), nil
}

func TestSSMResults(t *testing.T) {
	count := func(field func(*ssm.Patch) **int, n *int) *ssm.Instance {
		return ssmNode(func(p *ssm.Patch) { *field(p) = n })
	}
	missing := func(p *ssm.Patch) **int { return &p.Missing }
	failed := func(p *ssm.Patch) **int { return &p.Failed }
	pending := func(p *ssm.Patch) **int { return &p.PendingReboot }
	rejected := func(p *ssm.Patch) **int { return &p.Rejected }
	critical := func(p *ssm.Patch) **int { return &p.CriticalNoncompl }
	security := func(p *ssm.Patch) **int { return &p.SecurityNoncompl }
	comply := func(kind, status string) *ssm.Compliance { return &ssm.Compliance{Type: kind, Status: status} }
	baseline := func(use *bool, rules *int) *ssm.Baseline { return &ssm.Baseline{InUse: use, SecurityRules: rules} }
	defaults := func(n *int) *ssm.OS { return &ssm.OS{Defaults: n} }
	run := func(status string) *ssm.Execution { return &ssm.Execution{Status: status} }
	sharing := func(s *string) *ssm.Region { return &ssm.Region{PublicSharing: s} }
	notCritical := func(r *ssm.Rule) { r.CriticalSecurity = ptr(false) }
	idle := func(r *ssm.Rule) { r.InUse = ptr(false) }
	set := func(f func(*ssm.Window)) *ssm.Window { return ssmWindow(f) }
	const day = 24 * time.Hour
	try(t, []trial{
		{"ssm-instances-managed",
			records{ssmMachine(), ssmMachine(ssmUnmanaged, ssmStopped), ssmMachine(ssmUnmanaged, ssmOperated), ssmMachine(ssmHybrid), ssmMachine(ssmUnmanaged, ssmLaunched(time.Hour))},
			records{ssmMachine(ssmUnmanaged), ssmMachine(ssmUnmanaged, ssmLaunched(time.Hour+time.Second))},
			records{unread(ssmMachine(ssmUnmanaged, func(m *ssm.Machine) { m.Managed = nil }), "managed"), ssmMachine(ssmUnmanaged, func(m *ssm.Machine) { m.Managed = nil }),
				unread(ssmMachine(ssmUnmanaged), "running"), unread(ssmMachine(ssmUnmanaged), "operator"), unread(ssmMachine(func(m *ssm.Machine) { m.InEC2 = nil }), "in_ec2"), ssmMachine(func(m *ssm.Machine) { m.InEC2 = nil })}},
		{"ssm-agent-online",
			records{ssmMachine(), ssmMachine(ssmUnmanaged), ssmMachine(ssmStopped), ssmMachine(ssmHybrid), ssmMachine(ssmPing("Online", day)), ssmMachine(ssmPing("Online", -10*time.Minute))},
			records{ssmMachine(ssmPing("ConnectionLost", time.Minute)), ssmMachine(ssmPing("Inactive", time.Minute)), ssmMachine(ssmPing("Somehow", time.Minute)), ssmMachine(ssmPing("Online", day+time.Second)), ssmMachine(ssmHybrid, ssmPing("ConnectionLost", day)),
				ssmMachine(ssmPing("Online", -11*time.Minute)), ssmMachine(ssmPing("", time.Minute))},
			records{unread(ssmMachine(), "ping_status"), unread(ssmMachine(func(m *ssm.Machine) { m.LastPing = nil }), "last_ping"), ssmMachine(func(m *ssm.Machine) { m.PingStatus = nil }),
				unread(ssmMachine(ssmStopped), "running"), unread(ssmMachine(ssmPing("ConnectionLost", day)), "managed"), ssmMachine(func(m *ssm.Machine) { m.Running = nil })}},
		{"ssm-patches-scanned",
			records{ssmMachine(), ssmMachine(ssmPatched("Scan", 7*day)), ssmMachine(ssmUnmanaged), ssmMachine(ssmStopped, ssmUnscanned), ssmMachine(ssmHybrid), ssmMachine(ssmPatched("Scan", -10*time.Minute)), ssmMachine(ssmUnscanned, ssmLaunched(time.Hour))},
			records{ssmMachine(ssmUnscanned), ssmMachine(ssmUnscanned, ssmLaunched(day)), ssmMachine(ssmPatched("Scan", 7*day+time.Second)), ssmMachine(ssmPatched("Install", 90*day)), ssmMachine(ssmPatched("Somehow", day)), ssmMachine(ssmPatched("Scan", -11*time.Minute)), ssmMachine(ssmHybrid, ssmUnscanned)},
			records{unread(ssmMachine(ssmUnscanned, func(m *ssm.Machine) { m.Scanned = nil }), "scanned", "patch_operation", "patch_ended"), ssmMachine(func(m *ssm.Machine) { m.Scanned = nil }),
				unread(ssmMachine(func(m *ssm.Machine) { m.Patched = nil }), "patch_ended"), ssmMachine(func(m *ssm.Machine) { m.Patched = nil }), unread(ssmMachine(), "patch_operation")}},
		{"ssm-no-missing-patches",
			records{ssmNode(), ssmNeverScanned(), count(pending, ptr(2))},
			records{count(missing, ptr(1)), count(failed, ptr(1)), unread(count(missing, ptr(1)), "patch.failed"), count(missing, ptr(-1))},
			records{unread(count(missing, nil), "patch.missing"), unread(count(failed, nil), "patch.failed"), count(missing, nil), ssmPatchUnread()}},
		{"ssm-no-critical-patches-open",
			records{ssmNode(), ssmNeverScanned(), ssmNode(func(p *ssm.Patch) { p.OtherNoncompl = ptr(3) })},
			records{count(critical, ptr(1)), count(security, ptr(1))},
			records{unread(count(critical, nil), "patch.critical_non_compliant"), unread(count(security, nil), "patch.security_non_compliant"), count(security, nil), ssmPatchUnread()}},
		{"ssm-no-reboot-pending",
			records{ssmNode(), ssmNeverScanned()},
			records{count(pending, ptr(1))},
			records{unread(count(pending, nil), "patch.installed_pending_reboot"), count(pending, nil), ssmPatchUnread()}},
		{"ssm-no-rejected-patches",
			records{ssmNode(), ssmNeverScanned()},
			records{count(rejected, ptr(1))},
			records{unread(count(rejected, nil), "patch.installed_rejected"), count(rejected, nil), ssmPatchUnread()}},
		{"ssm-patch-compliance",
			records{comply("Patch", "COMPLIANT"), comply("Association", "NON_COMPLIANT"), comply("Custom:x", "NON_COMPLIANT")},
			records{comply("Patch", "NON_COMPLIANT"), comply("Patch", "SOMEHOW"), comply("Patch", "")},
			records{unread(comply("Patch", ""), "status")}},
		{"ssm-association-compliance",
			records{comply("Association", "COMPLIANT"), comply("Patch", "NON_COMPLIANT")},
			records{comply("Association", "NON_COMPLIANT"), comply("Association", "")},
			records{unread(comply("Association", ""), "status")}},
		{"ssm-baseline-approves-security",
			records{baseline(ptr(true), ptr(1)), baseline(ptr(false), ptr(0)), baseline(ptr(false), nil)},
			records{baseline(ptr(true), ptr(0))},
			records{unread(baseline(ptr(true), nil), "security_rules"), baseline(ptr(true), nil), unread(baseline(nil, ptr(0)), "in_use"), baseline(nil, ptr(0))}},
		{"ssm-baseline-approves-promptly",
			records{ssmApproval("WINDOWS", ptr(7), nil), ssmApproval("WINDOWS", ptr(14), nil), ssmApproval("WINDOWS", ptr(0), nil), ssmApproval("UBUNTU", nil, nil), ssmApproval("WINDOWS", ptr(90), nil, notCritical), ssmApproval("WINDOWS", ptr(90), nil, idle)},
			records{ssmApproval("WINDOWS", ptr(15), nil), ssmApproval("AMAZON_LINUX_2", nil, ptr("2026-01-31")), ssmApproval("UBUNTU", nil, ptr("2026-01-31")), ssmApproval("UBUNTU", ptr(30), nil), ssmApproval("WINDOWS", ptr(-1), nil),
				ssmApproval("WINDOWS", nil, nil)},
			records{unread(ssmApproval("WINDOWS", nil, nil), "approve_after_days", "approve_until"), unread(ssmApproval("WINDOWS", ptr(90), nil), "in_use"), unread(ssmApproval("WINDOWS", ptr(90), nil), "critical_security"),
				unread(ssmApproval("", nil, nil), "operating_system")}},
		{"ssm-default-baseline",
			records{defaults(ptr(1))},
			records{defaults(ptr(0)), defaults(ptr(2))},
			records{unread(defaults(nil), "defaults"), defaults(nil)}},
		{"ssm-maintenance-window-complete",
			records{ssmWindow(), ssmWindow(ssmOff), set(func(w *ssm.Window) { w.Targets, w.Targeted, w.NeedTargets = ptr(0), ptr(0), ptr(0) }), set(func(w *ssm.Window) { w.Targets = ptr(0) }), set(func(w *ssm.Window) { w.Targeted = ptr(0) }), unread(set(func(w *ssm.Window) { w.Targets = nil }), "targets")},
			records{set(func(w *ssm.Window) { w.Tasks, w.Targeted = ptr(0), ptr(0) }), set(func(w *ssm.Window) { w.Tasks, w.Targeted, w.NeedTargets = ptr(0), ptr(0), ptr(0) }), set(func(w *ssm.Window) { w.Targets, w.Targeted = ptr(0), ptr(0) })},
			records{unread(set(func(w *ssm.Window) { w.Tasks, w.Targeted = nil, nil }), "tasks", "targeted_tasks"), unread(set(func(w *ssm.Window) { w.Targets, w.Targeted = nil, ptr(0) }), "targets"),
				unread(set(func(w *ssm.Window) { w.Targets, w.Targeted, w.NeedTargets = ptr(0), ptr(0), nil }), "tasks_needing_targets"), set(func(w *ssm.Window) { w.Targets, w.Targeted, w.NeedTargets = ptr(0), ptr(0), nil }),
				unread(set(func(w *ssm.Window) { ssmOff(w); w.Enabled = nil }), "enabled"), set(func(w *ssm.Window) { w.Tasks = nil })}},
		{"ssm-maintenance-window-ran",
			records{ssmWindow(), ssmWindow(ssmOff)},
			records{set(func(w *ssm.Window) { w.Executions, w.LastStatus = ptr(0), nil }), set(func(w *ssm.Window) { w.LastStatus = nil }), set(func(w *ssm.Window) { w.LastStatus = ptr("FAILED") }),
				set(func(w *ssm.Window) { w.LastStatus = ptr("SKIPPED_OVERLAPPING") }), set(func(w *ssm.Window) { w.LastStatus = ptr("SOMEHOW") })},
			records{unread(set(func(w *ssm.Window) { w.Executions, w.LastStatus = nil, nil }), "executions", "last_status"), unread(set(func(w *ssm.Window) { w.LastStatus = nil }), "last_status"),
				unread(set(func(w *ssm.Window) { ssmOff(w); w.Enabled = nil }), "enabled")}},
		{"ssm-maintenance-window-runs-succeeded",
			records{run("SUCCESS"), run("IN_PROGRESS"), run("PENDING"), run("CANCELLING")},
			records{run("FAILED"), run("TIMED_OUT"), run("CANCELLED"), run("SKIPPED_OVERLAPPING"), run("SOMEHOW"), run("")},
			records{unread(run(""), "status")}},
		{"ssm-documents-not-public",
			records{sharing(ptr("Disable"))},
			records{sharing(ptr("Enable")), sharing(ptr("disable")), sharing(ptr(""))},
			records{unread(sharing(nil), "document_public_sharing"), sharing(nil)}},
	})
}

// A machine that SSM does not manage says nothing about patching, and one that does not run nothing about its agent.
func TestSSMOtherRecordsDecideNothing(t *testing.T) {
	for _, id := range []string{"ssm-agent-online", "ssm-patches-scanned"} {
		want(t, perform(t, id, nil, ssmMachine(ssmUnmanaged), ssmMachine(ssmStopped)), assess.NotApplicable)
	}
	want(t, perform(t, "ssm-no-missing-patches", nil, ssmNeverScanned()), assess.NotApplicable)
	want(t, perform(t, "ssm-instances-managed", nil, ssmMachine(ssmHybrid)), assess.NotApplicable)
}
