package ssm

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/ec2"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/testdata/scenario"
)

// derive runs Coverage over records.
func derive(t *testing.T, records ...evidence.Record) []*Machine {
	t.Helper()
	var out []*Machine
	d := evidence.Derivation{Account: "444455556666", Region: "eu-west-1", Records: func(kind string, each func(evidence.Record) error) error {
		for _, r := range records {
			if r.Kind() == kind {
				if err := each(r); err != nil {
					return err
				}
			}
		}
		return nil
	}}
	err := (Coverage{}).Derive(d, func(r evidence.Record) error {
		out = append(out, r.(*Machine))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	fields := (Coverage{}).Kinds()[0].Fields()
	for _, m := range out {
		if len(m.Evidence) == 0 || m.ID == "" || m.Account == "" || m.Collected.IsZero() {
			t.Errorf("a record of nowhere: %+v", m)
		}
		for _, u := range m.Unknown {
			if u.Gap == "" || u.Code == "" || !slices.ContainsFunc(fields, func(f evidence.Field) bool { return f.Name == u.Field }) {
				t.Errorf("%+v is no unknown", u)
			}
		}
	}
	return out
}

// covered collects EC2 and Systems Manager of the demo's payments account and derives.
func covered(t *testing.T, faults ...*scenario.Fault) map[string]*Machine {
	t.Helper()
	s := scenario.Start(scenario.Config{Organization: scenario.Demo(), Faults: faults})
	defer s.Close()
	o := options(s, scenario.DemoPayments, "eu-west-1")
	machines, nodes := celltest.Run(t, ec2.Collector{}, o), celltest.Run(t, Collector{}, o)
	names := map[string]string{}
	for _, i := range celltest.Of[ec2.Instance](machines) {
		names[i.InstanceID] = i.Tags["Name"]
	}
	for _, i := range celltest.Of[Instance](nodes) {
		if i.ResourceType == "ManagedInstance" {
			names[i.InstanceID] = *i.ComputerName
		}
	}
	out := map[string]*Machine{}
	for _, m := range derive(t, append(machines.Records, nodes.Records...)...) {
		name := names[m.InstanceID]
		if name == "" {
			name = m.InstanceID
		}
		out[name] = m
	}
	return out
}

func TestCoverage(t *testing.T) {
	got := covered(t)
	if len(got) != 11 {
		t.Errorf("%d machines", len(got))
	}
	vault := got["card-vault-1"]
	want := &Machine{Meta: evidence.Meta{ID: "arn:aws:ec2:eu-west-1:444455556666:instance/" + vault.InstanceID, Account: "444455556666", Region: "eu-west-1"}, InstanceID: vault.InstanceID, InEC2: ptr(true), Managed: ptr(true),
		State: ptr("running"), Running: ptr(true), Launched: moment(2025, 11, 4, 7, 30), Platform: ptr("Amazon Linux"), PingStatus: ptr("Online"), LastPing: moment(2026, 10, 2, 5, 57), Latest: ptr(true), Scanned: ptr(true), Operation: ptr("Install"), Patched: moment(2026, 10, 1, 10, 0)}
	if d := cmp.Diff(want, vault, meta); d != "" {
		t.Error(d)
	}
	bastion := got["bastion"]
	want = &Machine{Meta: bastion.Meta, InstanceID: bastion.InstanceID, InEC2: ptr(true), Managed: ptr(false), State: ptr("running"), Running: ptr(true), Launched: moment(2025, 11, 4, 7, 30)}
	if d := cmp.Diff(want, bastion); d != "" || len(bastion.Evidence) != 2 {
		t.Errorf("%s, read from %v", d, bastion.Evidence)
	}
	office := got["office-print.example.com"]
	if *office.InEC2 || !*office.Managed || !*office.Running || office.State != nil || *office.Platform != "Ubuntu" || len(office.Evidence) != 3 {
		t.Errorf("%+v", office)
	}
	if never := got["receipts-etl"]; *never.Scanned || never.Operation != nil || never.Patched != nil || !*never.Managed {
		t.Errorf("%+v", never)
	}
	if old := got["old-batch"]; *old.Running || *old.State != "stopped" || *old.PingStatus != "ConnectionLost" {
		t.Errorf("%+v", old)
	}
	if eks := got["eks-auto-node"]; *eks.Operator != "eks.amazonaws.com" || *eks.Managed {
		t.Errorf("%+v", eks)
	}
}

// What a list does not have is only known of a whole list. Nothing may read false because the other side was not read.
func TestCoverageOfListsThatAreNotWhole(t *testing.T) {
	for _, kind := range []scenario.FaultKind{scenario.Denied, scenario.ServerError, scenario.Truncated, scenario.EmptyObject, scenario.Reset} {
		got := covered(t, &scenario.Fault{Operation: "DescribeInstanceInformation", Kind: kind})
		if len(got) != 9 {
			t.Errorf("%s: %d machines", kind, len(got))
		}
		for name, m := range got {
			for _, f := range []string{"managed", "ping_status", "scanned", "patch_ended"} {
				if celltest.Unknown(m, f) == "" {
					t.Errorf("%s: %s of %s is not unknown", kind, f, name)
				}
			}
			if m.Managed != nil || m.Scanned != nil || m.Running == nil || celltest.Unknown(m, "running") != "" {
				t.Errorf("%s: %s reads %+v", kind, name, m)
			}
		}
		got = covered(t, &scenario.Fault{Operation: "DescribeInstances", Kind: kind})
		if len(got) != 8 {
			t.Errorf("%s: %d machines", kind, len(got))
		}
		for name, m := range got {
			if m.InEC2 != nil || celltest.Unknown(m, "in_ec2") == "" || !*m.Managed {
				t.Errorf("%s: %s reads %+v", kind, name, m)
			}
			if ours := name[:2] == "i-"; ours != (m.Running == nil) || ours != (celltest.Unknown(m, "running") != "") {
				t.Errorf("%s: %s reads running %v, unknown %+v", kind, name, m.Running, m.Unknown)
			}
		}
	}
	// Patch states that were not read leave open whether there are any.
	for name, m := range covered(t, &scenario.Fault{Operation: "DescribeInstancePatchStates", Kind: scenario.Denied}) {
		if *m.Managed && (m.Scanned != nil || celltest.Unknown(m, "scanned") == "" || celltest.Unknown(m, "patch_operation") == "" || celltest.Unknown(m, "patch_ended") == "") {
			t.Errorf("%s reads %+v", name, m)
		}
	}
}

// Without the record that says whether a list is whole, nothing is said of what it lacks.
func TestCoverageWithoutTheRegions(t *testing.T) {
	here := evidence.Meta{ID: "arn:aws:ec2:eu-west-1:444455556666:instance/i-1", Account: "444455556666", Region: "eu-west-1", Evidence: []string{"E-1"}, Collected: scenario.Now}
	machine := &ec2.Instance{Meta: here, InstanceID: "i-1", State: "running", Running: true}
	node := &Instance{Meta: here, InstanceID: "i-1", PingStatus: "Online"}
	if m := derive(t, machine)[0]; m.Managed != nil || !*m.InEC2 {
		t.Errorf("%+v", m)
	}
	if m := derive(t, node)[0]; m.InEC2 != nil || m.Running != nil || !*m.Managed {
		t.Errorf("%+v", m)
	}
	// An instance that EC2 has forgotten does not run; one that both know of is one record.
	region := &ec2.Region{Meta: here, Instances: ptr(0)}
	if m := derive(t, node, region)[0]; *m.InEC2 || *m.Running {
		t.Errorf("%+v", m)
	}
	if all := derive(t, machine, node); len(all) != 1 || !*all[0].Managed || !*all[0].InEC2 {
		t.Errorf("%+v", all)
	}
	if all := derive(t); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}

// Each field that is unknown of an instance is unknown of the machine.
func TestCoverageCarriesUnknowns(t *testing.T) {
	unknown := func(fields ...string) evidence.Meta {
		m := evidence.Meta{ID: "x", Account: "444455556666", Region: "eu-west-1", Evidence: []string{"E-1"}, Collected: scenario.Now}
		for _, f := range fields {
			m.Unknown = append(m.Unknown, evidence.Unknown{Field: f, Gap: "G-1", Code: "MissingMember"})
		}
		return m
	}
	for from, to := range map[string]string{"state": "state", "running": "running", "operator": "operator"} {
		if m := derive(t, &ec2.Instance{Meta: unknown(from), InstanceID: "i-1"})[0]; celltest.Unknown(m, to) == "" {
			t.Errorf("%s: %+v", from, m)
		}
	}
	for from, to := range map[string]string{"ping_status": "ping_status", "last_ping": "last_ping", "agent_latest": "agent_latest", "scanned": "scanned", "patch": "patch_ended", "patch.operation": "patch_operation", "patch.ended": "patch_ended"} {
		if m := derive(t, &Instance{Meta: unknown(from), InstanceID: "i-1", Patch: &Patch{}})[0]; celltest.Unknown(m, to) == "" {
			t.Errorf("%s: %+v", from, m)
		}
	}
}

// A record reads the same after it was written and read back, as the run does between collecting and deriving.
func TestRecordsSurviveTheSpool(t *testing.T) {
	for _, x := range demo(t, scenario.DemoPayments, "eu-west-1").Records {
		b, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		n := slices.IndexFunc(Collector{}.Kinds(), func(k evidence.Kind) bool { return k.Name == x.Kind() })
		back := Collector{}.Kinds()[n].New()
		if err := json.Unmarshal(b, back); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(x, back); d != "" {
			t.Errorf("%s %s: %s", x.Kind(), x.Header().ID, d)
		}
	}
}
