package ssm

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
	"github.com/auditseal/auditseal/testdata/scenario"
)

func options(s *scenario.Server, account, region string) celltest.Options {
	o := celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(account), Account: account, Region: region}
	o.Scope.AsOf, o.Scope.Period = scenario.Now, evidence.Period{From: scenario.QuarterFrom, To: scenario.QuarterTo}
	return o
}

// demo collects one account and region of the demo organization.
func demo(t *testing.T, account, region string, faults ...*scenario.Fault) *celltest.Result {
	t.Helper()
	s := scenario.Start(scenario.Config{Organization: scenario.Demo(), Faults: faults})
	t.Cleanup(s.Close)
	return celltest.Run(t, Collector{}, options(s, account, region))
}

var meta = cmpopts.IgnoreFields(evidence.Meta{}, "Collected", "Evidence")

func moment(year, month, day, hour, minute int) *time.Time {
	return ptr(time.Date(year, time.Month(month), day, hour, minute, 0, 0, time.UTC))
}

// where finds the only record of a type that the function picks.
func where[T any](t *testing.T, r *celltest.Result, pick func(*T) bool) *T {
	t.Helper()
	all := celltest.Of[T](r)
	n := slices.IndexFunc(all, pick)
	if n < 0 || slices.IndexFunc(all[n+1:], pick) >= 0 {
		t.Fatalf("not one of %d records of %T is meant", len(all), *new(T))
	}
	return all[n]
}

func TestManagedInstancesAreReadWhole(t *testing.T) {
	r := demo(t, scenario.DemoPayments, "eu-west-1")
	all := celltest.Of[Instance](r)
	if len(all) != 8 || len(r.Gaps) != 1 {
		t.Fatalf("%d instances, gaps %v", len(all), r.Gaps)
	}
	windows := where(t, r, func(i *Instance) bool { return i.Patch != nil && i.Patch.Group != nil })
	want := &Instance{Meta: evidence.Meta{ID: "arn:aws:ec2:eu-west-1:444455556666:instance/" + windows.InstanceID, Account: "444455556666", Region: "eu-west-1"}, InstanceID: windows.InstanceID,
		ResourceType: "EC2Instance", ComputerName: ptr("ip-10-20-0-17.eu-west-1.compute.internal"), PlatformType: ptr("Windows"), Platform: ptr("Microsoft Windows Server 2022 Datacenter"), Version: ptr("10.0.20348"),
		PingStatus: "Online", LastPing: moment(2026, 10, 2, 5, 57), AgentVersion: ptr("3.3.3572.0"), AgentLatest: ptr(true), Associations: ptr("Success"), LastRun: moment(2026, 10, 2, 5, 34), LastSuccess: moment(2026, 10, 2, 5, 34),
		Scanned: ptr(true), Patch: &Patch{Operation: "Install", Started: moment(2026, 10, 1, 9, 56), Ended: moment(2026, 10, 1, 10, 0), Baseline: ptr("pb-0aaaaaaaaaaaaaa01"), Group: ptr("windows-monthly"), Snapshot: windows.Patch.Snapshot,
			RebootOption: ptr("RebootIfNeeded"), Installed: ptr(118), InstalledOther: ptr(31), PendingReboot: ptr(0), Rejected: ptr(0), Missing: ptr(0), Failed: ptr(0), NotApplicable: ptr(1204),
			CriticalNoncompl: ptr(0), SecurityNoncompl: ptr(0), OtherNoncompl: ptr(0), AvailableSecurity: ptr(0), UnreportedNotApplic: ptr(0)}}
	if d := cmp.Diff(want, windows, meta); d != "" {
		t.Error(d)
	}
	if len(windows.Evidence) != 2 || *windows.Patch.Snapshot == "" {
		t.Errorf("it was read from %v", windows.Evidence)
	}
	// Managed and never scanned is something that is said, from the answer that does not name it.
	never := where(t, r, func(i *Instance) bool { return i.Scanned != nil && !*i.Scanned })
	if never.Patch != nil || len(never.Unknown) > 0 || len(never.Evidence) != 2 {
		t.Errorf("%+v", never)
	}
	// A scan is not an installation.
	if stale := where(t, r, func(i *Instance) bool { return i.Patch != nil && i.Patch.Ended.Equal(*moment(2026, 7, 12, 3, 0)) }); stale.Patch.Operation != "Scan" || stale.Patch.Group != nil {
		t.Errorf("%+v", stale.Patch)
	}
	laptop := where(t, r, func(i *Instance) bool { return deref(i.ComputerName) == "JANE-DOE-LAPTOP" })
	if !strings.HasPrefix(laptop.ID, "arn:aws:ssm:eu-west-1:444455556666:managed-instance/mi-") || laptop.ResourceType != "ManagedInstance" || laptop.PingStatus != "ConnectionLost" || *laptop.AgentLatest ||
		!laptop.Registered.Equal(*moment(2024, 9, 2, 0, 0)) || *laptop.Patch.Missing != 12 || *laptop.Patch.SecurityNoncompl != 9 || *laptop.Patch.CriticalNoncompl != 3 || !laptop.Patch.OverrideList {
		t.Errorf("%+v %+v", laptop, laptop.Patch)
	}
	// A count that AWS leaves out is not none. Whether AWS counts available updates depends on the system, and so its lack says nothing.
	if celltest.Unknown(laptop, "patch.installed_rejected") != "MissingMember" || laptop.Patch.Rejected != nil || laptop.Patch.AvailableSecurity != nil || celltest.Unknown(laptop, "patch.available_security_updates") != "" {
		t.Errorf("%+v", laptop.Unknown)
	}
	failed := where(t, r, func(i *Instance) bool { return deref(i.Associations) == "Failed" })
	if failed.LastSuccess != nil || failed.LastRun == nil {
		t.Errorf("%+v", failed)
	}
	if region := celltest.One[Region](t, r, "/ssm"); *region.Instances != 8 || *region.PublicSharing != "Disable" {
		t.Errorf("%+v", region)
	}
}

// More instances than a page holds are asked about page by page.
func TestPagesOfInstances(t *testing.T) {
	s := scenario.Start(scenario.Config{Organization: scenario.Demo()})
	defer s.Close()
	r := celltest.Run(t, Collector{}, options(s, scenario.DemoPayments, "us-east-1"))
	if n := len(celltest.Of[Instance](r)); n != 52 || s.Count("ssm", "DescribeInstanceInformation") != 2 || s.Count("ssm", "DescribeInstancePatchStates") != 2 || len(r.Gaps) > 0 {
		t.Errorf("%d instances, gaps %v", n, r.Gaps)
	}
	for _, i := range celltest.Of[Instance](r) {
		if i.Scanned == nil || !*i.Scanned {
			t.Errorf("%s was scanned, and reads %+v", i.ID, i)
		}
	}
}

func TestBaselines(t *testing.T) {
	r := demo(t, scenario.DemoPayments, "eu-west-1")
	windows := celltest.One[Baseline](t, r, "pb-0aaaaaaaaaaaaaa01")
	want := &Baseline{Meta: evidence.Meta{ID: "arn:aws:ssm:eu-west-1:444455556666:patchbaseline/pb-0aaaaaaaaaaaaaa01", Account: "444455556666", Region: "eu-west-1"}, BaselineID: "pb-0aaaaaaaaaaaaaa01",
		Name: ptr("windows-monthly"), OS: ptr("WINDOWS"), Own: true, Default: ptr(false), PatchGroups: []string{"windows-monthly"}, Instances: ptr(1), InUse: ptr(true), Created: moment(2024, 3, 5, 0, 0),
		Modified: moment(2026, 4, 5, 0, 0), Rules: ptr(1), SecurityRules: ptr(1), GlobalFilters: ptr(0), Approved: []string{}, RejectedPatches: []string{"KB5001330"}, RejectedAction: ptr("ALLOW_AS_DEPENDENCY"),
		AvailableSecurity: ptr("NON_COMPLIANT"), Sources: ptr(0)}
	if d := cmp.Diff(want, windows, meta); d != "" {
		t.Error(d)
	}
	rule := celltest.One[Rule](t, r, "pb-0aaaaaaaaaaaaaa01/rule/1")
	wantRule := &Rule{Meta: evidence.Meta{ID: windows.ID + "/rule/1", Account: "444455556666", Region: "eu-west-1"}, Baseline: windows.BaselineID, OS: ptr("WINDOWS"), InUse: ptr(true), Position: 1, AfterDays: ptr(45),
		ComplianceLevel: ptr("CRITICAL"), NonSecurity: ptr(false), Classifications: []string{"SecurityUpdates", "CriticalUpdates"}, Severities: []string{"Critical"}, Products: []string{}, OtherFilters: []string{}, CriticalSecurity: ptr(true)}
	if d := cmp.Diff(wantRule, rule, meta); d != "" {
		t.Error(d)
	}
	// The account's own is read whether or not it is used.
	frozen, until := celltest.One[Baseline](t, r, "pb-0aaaaaaaaaaaaaa02"), celltest.One[Rule](t, r, "pb-0aaaaaaaaaaaaaa02/rule/1")
	if *frozen.InUse || *frozen.Instances != 0 || *frozen.Sources != 1 || frozen.Approved[0] != "kernel.x86_64" || *until.Until != "2026-01-31" || until.AfterDays != nil || len(until.Unknown) > 0 || *until.InUse {
		t.Errorf("%+v %+v", frozen, until)
	}
	// AWS's own are asked about where machines use them, and only then.
	used, idle := celltest.One[Baseline](t, r, "pb-05c9c9bf778d4c4d0"), celltest.One[Baseline](t, r, "pb-0cbb3a633de00f07c")
	if used.Own || !*used.Default || !*used.InUse || *used.Instances != 4 || *used.Rules != 2 || *used.SecurityRules != 1 {
		t.Errorf("%+v", used)
	}
	if idle.Own || *idle.InUse || idle.Rules != nil || idle.Approved != nil || len(idle.Unknown) > 0 || *idle.Instances != 0 || len(idle.PatchGroups) != 0 || idle.PatchGroups == nil {
		t.Errorf("%+v", idle)
	}
	if first := celltest.One[Rule](t, r, "pb-05c9c9bf778d4c4d0/rule/1"); *first.AfterDays != 7 || !*first.CriticalSecurity || first.Baseline != used.BaselineID || used.ID != "444455556666/"+used.BaselineID {
		t.Errorf("%+v", first)
	}
	if second := celltest.One[Rule](t, r, "pb-05c9c9bf778d4c4d0/rule/2"); *second.CriticalSecurity {
		t.Errorf("%+v", second)
	}
	// Ubuntu's patches are approved at once, and that is no gap.
	if ubuntu := celltest.One[Rule](t, r, "pb-0c7e89f711c3095f4/rule/1"); ubuntu.AfterDays != nil || ubuntu.Until != nil || len(ubuntu.Unknown) > 0 || ubuntu.OtherFilters[0] != "PRIORITY" || !*ubuntu.CriticalSecurity {
		t.Errorf("%+v", ubuntu)
	}
	if g := celltest.One[Group](t, r, "windows-monthly"); g.Baseline != "pb-0aaaaaaaaaaaaaa01" || *g.OS != "WINDOWS" {
		t.Errorf("%+v", g)
	}
	system := celltest.One[OS](t, r, "/patching/WINDOWS")
	wantOS := &OS{Meta: system.Meta, Name: "WINDOWS", Baselines: 2, Defaults: ptr(1), Default: ptr("arn:aws:ssm:eu-west-1:733109147000:patchbaseline/pb-09ca3fb51f0412ec3"), Own: ptr(false)}
	if d := cmp.Diff(wantOS, system); d != "" {
		t.Error(d)
	}
	other := demo(t, scenario.DemoData, "us-east-1")
	if b := celltest.One[Baseline](t, other, "pb-0aaaaaaaaaaaaaa03"); !*b.Default || *b.SecurityRules != 0 || *b.Rules != 1 || *b.Instances != 2 {
		t.Errorf("%+v", b)
	}
	if s := celltest.One[OS](t, other, "/patching/AMAZON_LINUX_2023"); !*s.Own || *s.Defaults != 1 {
		t.Errorf("%+v", s)
	}
}

func TestMaintenanceWindows(t *testing.T) {
	r := demo(t, scenario.DemoPayments, "eu-west-1")
	w := where(t, r, func(w *Window) bool { return *w.Name == "weekly-patching" })
	want := &Window{Meta: evidence.Meta{ID: "arn:aws:ssm:eu-west-1:444455556666:maintenancewindow/" + w.WindowID, Account: "444455556666", Region: "eu-west-1"}, WindowID: w.WindowID, Name: ptr("weekly-patching"), Enabled: ptr(true),
		Schedule: ptr("cron(0 2 ? * SUN *)"), Timezone: ptr("Europe/Dublin"), Hours: ptr(4), Next: ptr("2026-10-04T02:00Z"), Targets: ptr(1), Tasks: ptr(1), Targeted: ptr(1), NeedTargets: ptr(1), Documents: []string{"AWS-RunPatchBaseline"}, Patches: ptr(true),
		Executions: ptr(13), LastStatus: ptr("TIMED_OUT"), LastStart: moment(2026, 9, 27, 1, 0)}
	if d := cmp.Diff(want, w, meta); d != "" {
		t.Error(d)
	}
	last := where(t, r, func(e *Execution) bool { return e.Status == "TIMED_OUT" })
	wantRun := &Execution{Meta: last.Meta, WindowID: w.WindowID, Window: ptr("weekly-patching"), Enabled: ptr(true), Status: "TIMED_OUT", Details: ptr("One or more tasks in the window execution timed out"),
		Started: moment(2026, 9, 27, 1, 0), Ended: moment(2026, 9, 27, 1, 37)}
	if d := cmp.Diff(wantRun, last); d != "" {
		t.Error(d)
	}
	if off := where(t, r, func(w *Window) bool { return *w.Name == "emergency" }); *off.Enabled || *off.Targets != 0 || *off.Tasks != 0 || *off.Patches || *off.LastStatus != "CANCELLED" || off.Next != nil {
		t.Errorf("%+v", off)
	}
	// A run that has not ended is one, and not the last that has.
	if empty := where(t, r, func(w *Window) bool { return *w.Name == "empty-window" }); *empty.Executions != 1 || empty.LastStatus != nil || empty.LastStart != nil || empty.Documents == nil {
		t.Errorf("%+v", empty)
	}
	if n := len(celltest.Of[Execution](r)); n != 15 {
		t.Errorf("%d runs", n)
	}
}

func TestCompliance(t *testing.T) {
	r := demo(t, scenario.DemoPayments, "eu-west-1")
	laptop := where(t, r, func(i *Instance) bool { return deref(i.ComputerName) == "JANE-DOE-LAPTOP" })
	c := where(t, r, func(c *Compliance) bool { return c.Resource == laptop.InstanceID && c.Type == "Patch" })
	want := &Compliance{Meta: evidence.Meta{ID: laptop.ID + "/compliance/Patch", Account: "444455556666", Region: "eu-west-1"}, Resource: laptop.InstanceID, ResourceType: ptr("ManagedInstance"), Type: "Patch",
		Status: "NON_COMPLIANT", Severity: ptr("CRITICAL"), Reported: moment(2026, 6, 1, 0, 0), Execution: c.Execution, Compliant: ptr(149), NonCompliant: ptr(12)}
	if d := cmp.Diff(want, c, meta); d != "" {
		t.Error(d)
	}
	sum := celltest.One[Summary](t, r, "/compliance/Association")
	if *sum.Compliant != 7 || *sum.NonCompliant != 1 {
		t.Errorf("%+v", sum)
	}
	// The two sources agree.
	n := 0
	for _, c := range celltest.Of[Compliance](r) {
		if c.Type == "Association" && c.Status == "NON_COMPLIANT" {
			n++
		}
	}
	if n != *sum.NonCompliant {
		t.Errorf("%d do not comply, where AWS counts %d", n, *sum.NonCompliant)
	}
}

func tapeOf(t *testing.T, r *celltest.Result) string {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(r.Tape, "*", "*", "*.jsonl"))
	all := ""
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all += string(b)
	}
	return all
}

// What a task is handed and how a repository is reached is never written down; who a machine belongs to is not where audit.yaml says so.
func TestSecretsAndNames(t *testing.T) {
	s := scenario.Start(scenario.Config{Organization: scenario.Demo()})
	defer s.Close()
	o := options(s, scenario.DemoPayments, "eu-west-1")
	plain := tapeOf(t, celltest.Run(t, Collector{}, o))
	o.Redact = tape.Redactor{Identity: true}
	redacted := tapeOf(t, celltest.Run(t, Collector{}, o))
	for _, secret := range []string{"hunter2", "s3cret-repo-pass", "5ec7e7"} {
		if strings.Contains(plain, secret) || strings.Contains(redacted, secret) {
			t.Errorf("the tape holds %s", secret)
		}
	}
	for _, name := range []string{"JANE-DOE-LAPTOP", "office-print", "10.20.0.17", "jane.doe"} {
		if !strings.Contains(plain, name) || strings.Contains(redacted, name) {
			t.Errorf("%s is not there plain, or is there redacted", name)
		}
	}
}
