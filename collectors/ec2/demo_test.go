package ec2

import (
	"os"
	"path/filepath"
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

// demo collects one account and region of the demo organization.
func demo(t *testing.T, account, region string, faults ...*scenario.Fault) *celltest.Result {
	t.Helper()
	s := scenario.Start(scenario.Config{Organization: scenario.Demo(), Faults: faults})
	t.Cleanup(s.Close)
	return celltest.Run(t, Collector{}, celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(account), Account: account, Region: region})
}

// called finds an instance by its tag Name.
func called(t *testing.T, r *celltest.Result, name string) *Instance {
	t.Helper()
	for _, i := range celltest.Of[Instance](r) {
		if i.Tags["Name"] == name {
			return i
		}
	}
	t.Fatalf("there is no instance %s", name)
	return nil
}

// rulesOf gives the rules of a group in one direction, by their own name.
func rulesOf(r *celltest.Result, group, direction string) map[string]*Rule {
	out := map[string]*Rule{}
	for _, x := range celltest.Of[Rule](r) {
		if x.GroupName == group && x.Direction == direction {
			out[x.ID[strings.Index(x.ID, direction)+len(direction)+1:]] = x
		}
	}
	return out
}

var meta = cmpopts.IgnoreFields(evidence.Meta{}, "Collected", "Evidence")

func TestInstancesAreReadWhole(t *testing.T) {
	r := demo(t, scenario.DemoPayments, "eu-west-1")
	if len(r.Gaps) > 0 || len(celltest.Of[Instance](r)) != 9 {
		t.Fatalf("%d instances, gaps %v", len(celltest.Of[Instance](r)), r.Gaps)
	}
	b := called(t, r, "bastion")
	launched := time.Date(2025, 11, 4, 7, 30, 0, 0, time.UTC)
	want := &Instance{Meta: evidence.Meta{ID: "arn:aws:ec2:eu-west-1:444455556666:instance/" + b.InstanceID, Account: "444455556666", Region: "eu-west-1"}, InstanceID: b.InstanceID, State: "running", Running: true, Live: true,
		Launched: &launched, Type: ptr("m7i.large"), Image: b.Image, Platform: "other", PlatformDetail: ptr("Linux/UNIX"), VPC: b.VPC, Subnet: b.Subnet, Profile: ptr("arn:aws:iam::444455556666:instance-profile/app"),
		PublicIPv4: ptr(true), IPv6: ptr(false), SecurityGroups: b.SecurityGroups, Metadata: &Metadata{Endpoint: "enabled", Tokens: "optional", HopLimit: ptr(2), State: ptr("applied")}, Tags: map[string]string{"Name": "bastion"}}
	if d := cmp.Diff(want, b, meta); d != "" {
		t.Error(d)
	}
	if len(b.SecurityGroups) != 1 || *b.Image == "" || *b.VPC == "" || *b.Subnet == "" || len(b.Evidence) != 1 {
		t.Errorf("%+v", b)
	}
	gone := called(t, r, "replaced")
	if gone.State != "terminated" || gone.Live || gone.Running || *gone.PublicIPv4 || gone.VPC != nil || gone.Profile != nil || len(gone.SecurityGroups) != 0 || gone.SecurityGroups == nil || len(gone.Unknown) > 0 {
		t.Errorf("a terminated instance reads %+v", gone)
	}
	if old := called(t, r, "old-batch"); old.State != "stopped" || old.Running || !old.Live {
		t.Errorf("a stopped instance reads %+v", old)
	}
	if windows := called(t, r, "ledger-1"); windows.Platform != "windows" || *windows.PlatformDetail != "Windows" {
		t.Errorf("%+v", windows)
	}
	if eks := called(t, r, "eks-auto-node"); *eks.Operator != "eks.amazonaws.com" || called(t, r, "card-vault-1").Operator != nil {
		t.Errorf("%+v", eks)
	}
	if d := cmp.Diff(map[string]string{"Name": "receipts-etl", "owner": "payments", `=HYPERLINK("x")`: "\u202egnp.exe"}, called(t, r, "receipts-etl").Tags); d != "" {
		t.Error(d)
	}
	if six := called(t, demo(t, scenario.DemoData, "us-east-1"), "notebook-1"); !*six.IPv6 || *six.PublicIPv4 {
		t.Errorf("%+v", six)
	}
}

func TestTheRegionsSettings(t *testing.T) {
	r := demo(t, scenario.DemoPayments, "eu-west-1")
	got := celltest.One[Region](t, r, "/ec2")
	want := &Region{Meta: evidence.Meta{ID: "444455556666/eu-west-1/ec2", Account: "444455556666", Region: "eu-west-1"}, Instances: ptr(9), EncryptionByDefault: ptr(true),
		SnapshotBlock: ptr("block-all-sharing"), SnapshotBlockBy: ptr("account"), ImageBlock: ptr("block-new-sharing"), ImageBlockBy: ptr("account"),
		MetadataDefaults: &MetadataDefaults{Tokens: ptr("required"), TokensEnforced: ptr("enabled"), HopLimit: ptr(2), ManagedBy: ptr("declarative-policy")}}
	if d := cmp.Diff(want, got, meta); d != "" {
		t.Error(d)
	}
	if len(got.Evidence) != 5 {
		t.Errorf("it was read from %v", got.Evidence)
	}
	none := celltest.One[Region](t, demo(t, scenario.DemoData, "us-east-1"), "/ec2")
	if *none.EncryptionByDefault || *none.SnapshotBlock != "block-new-sharing" || *none.ImageBlock != "unblocked" || *none.MetadataDefaults != (MetadataDefaults{}) || len(none.Unknown) > 0 {
		t.Errorf("a region without preferences reads %+v", none)
	}
	// Nothing runs there, and that is an answer.
	if empty := celltest.One[Region](t, demo(t, scenario.DemoLogArchive, "us-east-1"), "/ec2"); *empty.Instances != 0 {
		t.Errorf("%+v", empty)
	}
}

func TestSecurityGroups(t *testing.T) {
	r := demo(t, scenario.DemoPayments, "eu-west-1")
	groups := celltest.Of[Group](r)
	if len(groups) != 4 || len(r.Gaps) > 0 {
		t.Fatalf("%d groups, gaps %v", len(groups), r.Gaps)
	}
	bastion := groups[3]
	want := &Group{Meta: evidence.Meta{ID: "arn:aws:ec2:eu-west-1:444455556666:security-group/" + bastion.GroupID, Account: "444455556666", Region: "eu-west-1"}, GroupID: bastion.GroupID, Name: "bastion",
		VPC: bastion.VPC, Owner: ptr("444455556666"), Inbound: ptr(3), Admin: ptr(true), Egress: ptr(1), Tags: map[string]string{"owner": "platform-engineering"}}
	if d := cmp.Diff(want, bastion, meta); d != "" {
		t.Error(d)
	}
	if d := groups[0]; !d.Default || *d.Inbound != 0 || *d.Egress != 0 {
		t.Errorf("the default group reads %+v", d)
	}
	ssh := rulesOf(r, "bastion", "inbound")["tcp-22-22/203.0.113.0/24"]
	wantRule := &Rule{Meta: evidence.Meta{ID: bastion.ID + "/inbound/tcp-22-22/203.0.113.0/24", Account: "444455556666", Region: "eu-west-1"}, GroupID: bastion.GroupID, GroupName: "bastion", Direction: "inbound",
		Protocol: "tcp", HasPorts: true, From: ptr(22), To: ptr(22), PeerType: "ipv4", Peer: "203.0.113.0/24", Everywhere: ptr(false), Description: ptr("for 203.0.113.0/24")}
	if d := cmp.Diff(wantRule, ssh, meta); d != "" {
		t.Error(d)
	}
	// The office's list holds everywhere by now; AWS's own does not. Both are read from the list's entries too.
	office, edge := rulesOf(r, "bastion", "inbound")["tcp-22-22/pl-0a11ce0ff1ce00001"], rulesOf(r, "bastion", "inbound")["tcp-443-443/pl-4fa04621"]
	if !*office.Everywhere || *edge.Everywhere || len(office.Evidence) != 2 || office.PeerType != "prefix-list" {
		t.Errorf("prefix lists read %+v and %+v", office, edge)
	}
	if out := rulesOf(r, "bastion", "outbound")["all--/0.0.0.0/0"]; out == nil || *out.From != 0 || *out.To != 65535 || !*out.Everywhere || out.Protocol != "all" {
		t.Errorf("the outbound rule reads %+v", out)
	}
	web := rulesOf(r, "web", "inbound")
	if len(web) != 3 || !*web["tcp-443-443/0.0.0.0/0"].Everywhere || !*web["tcp-443-443/::/0"].Everywhere || web["icmp--1--1/10.0.0.0/8"].HasPorts || web["icmp--1--1/10.0.0.0/8"].From != nil {
		t.Errorf("%+v", web)
	}
	if app := rulesOf(r, "app", "inbound"); len(app) != 1 {
		t.Errorf("%+v", app)
	} else {
		for _, x := range app {
			if x.PeerType != "security-group" || *x.Everywhere || !strings.HasPrefix(x.Peer, "sg-") {
				t.Errorf("%+v", x)
			}
		}
	}
	half := rulesOf(demo(t, scenario.DemoData, "us-east-1"), "half-the-world", "inbound")
	if !*half["tcp-3389-3389/0.0.0.0/1"].Everywhere || !*half["tcp-3389-3389/128.0.0.0/1"].Everywhere || half["50--/0.0.0.0/0"].HasPorts || half["50--/0.0.0.0/0"].Protocol != "50" {
		t.Errorf("%+v", half)
	}
}

func TestNetworkACLs(t *testing.T) {
	r := demo(t, scenario.DemoPayments, "eu-west-1")
	if n := len(celltest.Of[Entry](r)); n != 6 {
		t.Fatalf("%d entries", n)
	}
	got := celltest.One[Entry](t, r, "/inbound/110")
	want := &Entry{Meta: got.Meta, ACL: got.ACL, VPC: got.VPC, Default: ptr(false), Subnets: ptr(1), Direction: "inbound", Number: 110, Action: "allow", Protocol: "tcp", HasPorts: true, From: ptr(22), To: ptr(22),
		Range: "10.0.0.0/8", Everywhere: ptr(false)}
	if d := cmp.Diff(want, got); d != "" || got.ID != "arn:aws:ec2:eu-west-1:444455556666:network-acl/"+got.ACL+"/inbound/110" {
		t.Errorf("%s is %s", got.ID, d)
	}
	if six := celltest.One[Entry](t, r, "/inbound/120"); six.Range != "::/0" || !*six.Everywhere {
		t.Errorf("%+v", six)
	}
	open := celltest.One[Entry](t, demo(t, scenario.DemoData, "us-east-1"), "/inbound/100")
	if !*open.Default || open.Protocol != "all" || *open.From != 0 || *open.To != 65535 || !*open.Everywhere {
		t.Errorf("%+v", open)
	}
}

// Each list asks for itself, each prefix list once.
func TestNothingIsAskedTwice(t *testing.T) {
	s := scenario.Start(scenario.Config{Organization: scenario.Demo()})
	defer s.Close()
	celltest.Run(t, Collector{}, celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(scenario.DemoPayments), Account: scenario.DemoPayments})
	if s.Count("ec2", "GetManagedPrefixListEntries") != 2 || s.Count("ec2", "") != 9 {
		t.Errorf("%d calls, %d of them for prefix lists", s.Count("ec2", ""), s.Count("ec2", "GetManagedPrefixListEntries"))
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

// A key pair goes by the name of whoever made it.
func TestKeyNamesAreRedacted(t *testing.T) {
	s := scenario.Start(scenario.Config{Organization: scenario.Demo()})
	defer s.Close()
	r := celltest.Run(t, Collector{}, celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(scenario.DemoPayments), Account: scenario.DemoPayments, Redact: tape.Redactor{Identity: true}})
	if got := tapeOf(t, r); strings.Contains(got, "jane.doe") || !strings.Contains(got, "REDACTED") {
		t.Error("the tape names the key pair")
	}
}

func TestARefusalLeavesExactlyItsFieldsUnknown(t *testing.T) {
	for op, fields := range map[string][]string{
		"GetEbsEncryptionByDefault":         {"ebs_encryption_by_default"},
		"GetSnapshotBlockPublicAccessState": {"snapshot_block_public_access", "snapshot_block_managed_by"},
		"GetImageBlockPublicAccessState":    {"image_block_public_access", "image_block_managed_by"},
		"GetInstanceMetadataDefaults":       {"metadata_defaults"},
		"DescribeInstances":                 {"instances"},
	} {
		r := demo(t, scenario.DemoPayments, "eu-west-1", &scenario.Fault{Operation: op, Kind: scenario.Denied})
		got := celltest.One[Region](t, r, "/ec2")
		if len(got.Unknown) != len(fields) {
			t.Errorf("%s: %+v", op, got.Unknown)
		}
		for _, f := range fields {
			if celltest.Unknown(got, f) != "UnauthorizedOperation" {
				t.Errorf("%s: %s is unknown by %q", op, f, celltest.Unknown(got, f))
			}
		}
	}
	r := demo(t, scenario.DemoPayments, "eu-west-1", &scenario.Fault{Operation: "GetManagedPrefixListEntries", Kind: scenario.Denied})
	if got := rulesOf(r, "bastion", "inbound")["tcp-22-22/pl-0a11ce0ff1ce00001"]; got.Everywhere != nil || celltest.Unknown(got, "everywhere") != "UnauthorizedOperation" {
		t.Errorf("%+v", got)
	}
}
