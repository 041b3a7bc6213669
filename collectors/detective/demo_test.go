package detective

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/testdata/scenario"
)

const (
	ireland  = "eu-west-1"
	virginia = "us-east-1"
)

// demo collects one account of the demo organization in one region.
func demo(t *testing.T, account, region string, faults ...*scenario.Fault) *celltest.Result {
	t.Helper()
	s := scenario.Start(scenario.Config{Organization: scenario.Demo(), Faults: faults})
	t.Cleanup(s.Close)
	o := celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(account), Account: account, Region: region}
	o.Scope.AsOf, o.Scope.Accounts = scenario.Now, []string{scenario.DemoLogArchive, scenario.DemoManagement, scenario.DemoPayments, scenario.DemoData}
	o.Scope.Period = evidence.Period{From: scenario.QuarterFrom, To: scenario.QuarterTo}
	return celltest.Run(t, Collector{}, o)
}

func ptr[T any](v T) *T { return &v }

func at(y, m, d, h int) *time.Time { return ptr(time.Date(y, time.Month(m), d, h, 0, 0, 0, time.UTC)) }

var meta = cmpopts.IgnoreFields(evidence.Meta{}, "Collected", "Evidence")

func TestAnAdministratorIsReadWhole(t *testing.T) {
	r := demo(t, scenario.DemoLogArchive, ireland)
	if len(r.Gaps) > 0 || r.Outcome(t, "ListInvitations") != evidence.NotCalled {
		t.Fatalf("gaps %v", r.Gaps)
	}
	here := func(id string) evidence.Meta { return evidence.Meta{ID: id, Account: "012345678901", Region: ireland} }
	g := celltest.Of[Graph](r)[0]
	sources := map[string]string{"DETECTIVE_CORE": "STARTED", "EKS_AUDIT": "STARTED", "ASFF_SECURITYHUB_FINDING": "STARTED"}
	if d := cmp.Diff([]*Graph{{Meta: here(g.ID), Created: at(2024, 2, 20, 11), Sources: sources, Core: ptr("STARTED"), AutoEnable: true}}, celltest.Of[Graph](r), meta); d != "" || len(g.Evidence) != 3 {
		t.Error(d, g.Evidence)
	}
	if d := cmp.Diff([]*Account{{Meta: here("012345678901/eu-west-1/detective"), Status: "enabled", Missing: []string{}, Contributes: true, Administrator: true, Graphs: []string{g.ID}}}, celltest.Of[Account](r), meta); d != "" {
		t.Error(d)
	}
	members := celltest.Of[Member](r)
	if len(members) != 213 {
		t.Fatalf("%d members", len(members))
	}
	want := []*Member{
		{Meta: here(g.ID + "/member/111122223333"), Graph: g.ID, Member: "111122223333", InScope: true, Status: "ENABLED", Type: ptr("ORGANIZATION"), Sources: map[string]string{"DETECTIVE_CORE": "STARTED", "EKS_AUDIT": "STARTED"}, Updated: at(2026, 3, 2, 6)},
		{Meta: here(g.ID + "/member/777788889999"), Graph: g.ID, Member: "777788889999", InScope: true, Status: "ACCEPTED_BUT_DISABLED", DisabledReason: ptr("VOLUME_TOO_HIGH"), Type: ptr("ORGANIZATION"), Sources: map[string]string{}, Updated: at(2026, 3, 2, 6)},
	}
	if d := cmp.Diff(want, []*Member{members[0], members[2]}, meta); d != "" {
		t.Error(d)
	}
	if members[212].InScope || members[212].Member != "600000000209" {
		t.Errorf("%+v", members[212])
	}
}

func TestAMemberSeesTheGraphItIsIn(t *testing.T) {
	r := demo(t, scenario.DemoPayments, ireland)
	m := celltest.Of[Membership](r)[0]
	here := func(id string) evidence.Meta {
		return evidence.Meta{ID: id, Account: scenario.DemoPayments, Region: ireland}
	}
	want := []*Membership{{Meta: here(scenario.DemoPayments + "/" + m.Graph), Graph: m.Graph, Administrator: ptr("012345678901"), Status: "ENABLED", Type: ptr("ORGANIZATION"),
		Sources: map[string]string{"DETECTIVE_CORE": "STARTED", "EKS_AUDIT": "STARTED"}, Updated: at(2026, 3, 2, 6)}}
	if d := cmp.Diff(want, celltest.Of[Membership](r), meta); d != "" || len(r.Gaps) > 0 {
		t.Error(d, r.Gaps)
	}
	account := []*Account{{Meta: here(scenario.DemoPayments + "/eu-west-1/detective"), Status: "enabled", Missing: []string{}, Contributes: true, Graphs: []string{m.Graph}}}
	if d := cmp.Diff(account, celltest.Of[Account](r), meta); d != "" {
		t.Error(d)
	}
}

func TestWhatIsNotEnabled(t *testing.T) {
	for _, c := range []struct {
		account, region, status string
		missing                 []string
		gaps                    int
	}{
		{scenario.DemoData, ireland, "partly-enabled", []string{"membership:ACCEPTED_BUT_DISABLED"}, 0},
		{scenario.DemoLogArchive, virginia, "partly-enabled", []string{"DETECTIVE_CORE", "EKS_AUDIT"}, 0},
		{scenario.DemoData, virginia, "not-enabled", []string{}, 1}, // an invitation that nobody took up
		{scenario.DemoManagement, virginia, "not-enabled", []string{}, 1},
	} {
		r := demo(t, c.account, c.region)
		a := celltest.Of[Account](r)[0]
		if d := cmp.Diff(c.missing, a.Missing); d != "" || a.Status != c.status || a.Contributes || len(a.Unknown) > 0 {
			t.Errorf("%s %s: %+v %s", c.account, c.region, a, d)
		}
		if len(r.Gaps) != c.gaps || c.gaps == 1 && (r.Gaps[0].Outcome != evidence.NotEnabled || cmp.Diff([]string{graphKind, memberKind}, r.Gaps[0].Kinds) != "") {
			t.Errorf("%s %s: gaps %+v", c.account, c.region, r.Gaps)
		}
	}
}

func TestARefusalIsNoAnswer(t *testing.T) {
	for _, c := range []struct {
		op, account, field, code string
		kinds                    []string
	}{
		{"ListGraphs", scenario.DemoPayments, "status", "AccessDeniedException", []string{graphKind, memberKind, membershipKind}},
		{"ListInvitations", scenario.DemoPayments, "status", "AccessDeniedException", []string{membershipKind}},
		{"ListDatasourcePackages", scenario.DemoLogArchive, "contributes", "AccessDeniedException", nil},
		{"ListMembers", scenario.DemoLogArchive, "status", "", []string{memberKind}},
		{"DescribeOrganizationConfiguration", scenario.DemoLogArchive, "status", "", nil},
	} {
		r := demo(t, c.account, ireland, &scenario.Fault{Service: "detective", Operation: c.op, Kind: scenario.Denied})
		a := celltest.Of[Account](r)[0]
		if got := celltest.Unknown(a, c.field); got != c.code {
			t.Errorf("%s: %s is unknown by %q", c.op, c.field, got)
		}
		for _, k := range c.kinds {
			if !slices.ContainsFunc(r.GapsOf(c.op), func(g evidence.Gap) bool { return slices.Contains(g.Kinds, k) }) {
				t.Errorf("%s: %s is whole", c.op, k)
			}
		}
		if len(r.GapsOf(c.op)) == 0 {
			t.Errorf("%s leaves no gap", c.op)
		}
	}
	r := demo(t, scenario.DemoLogArchive, ireland, &scenario.Fault{Service: "detective", Operation: "DescribeOrganizationConfiguration", Kind: scenario.Denied})
	if g := celltest.Of[Graph](r)[0]; celltest.Unknown(g, "auto_enable") != "AccessDeniedException" || celltest.Unknown(g, "core") != "" {
		t.Errorf("%+v", g)
	}
}
