package awsconfig

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/testdata/scenario"
)

const (
	ireland  = "eu-west-1"
	virginia = "us-east-1"
)

func ptr[T any](v T) *T { return &v }

func quarter(history ...string) evidence.Scope {
	return evidence.Scope{Period: evidence.Period{From: scenario.QuarterFrom, To: scenario.QuarterTo}, AsOf: scenario.Now, History: history}
}

// read collects one account and region of an organization.
func read(t *testing.T, o *scenario.Organization, account, region string, scope evidence.Scope, faults ...*scenario.Fault) *celltest.Result {
	t.Helper()
	s := scenario.Start(scenario.Config{Organization: o, Faults: faults})
	t.Cleanup(s.Close)
	return celltest.Run(t, Collector{}, celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(account), Account: account, Region: region, Scope: scope})
}

func demo(t *testing.T, account, region string, faults ...*scenario.Fault) *celltest.Result {
	t.Helper()
	return read(t, scenario.Demo(), account, region, quarter(), faults...)
}

// only fails the test where there are other gaps than the note that no history was asked for.
func only(t *testing.T, r *celltest.Result) {
	t.Helper()
	for _, g := range r.Gaps {
		if g.Code != "NoTypesInScope" {
			t.Errorf("gap %+v", g)
		}
	}
}

func TestARegionInOrder(t *testing.T) {
	r := demo(t, scenario.DemoManagement, ireland)
	only(t, r)
	g := celltest.One[Region](t, r, scenario.DemoManagement+"/"+ireland)
	if !g.HasRecorder || !g.Recording || *g.RecorderStatus != "Success" || !*g.RecordedThroughout || !g.HasDeliveryChannel || *g.HistoryDelivery != "Success" ||
		*g.StreamDelivery != "Success" || g.RetentionDays != 2557 || g.Rules != 4 || g.ConformancePacks != 0 || g.Aggregators != 1 {
		t.Errorf("region %+v", g)
	}
	rec := celltest.Of[Recorder](r)[0]
	if !rec.Group.AllTypes || !rec.Group.AllSupported || rec.Group.GlobalTypes || *rec.Frequency != "CONTINUOUS" || !*rec.Continuous || rec.StartedInPeriod || rec.StoppedInPeriod {
		t.Errorf("recorder %+v, group %+v", rec, rec.Group)
	}
	if len(rec.Evidence) != 2 {
		t.Errorf("the recorder was read from %d answers, want description and status", len(rec.Evidence))
	}
	ret := celltest.Of[Retention](r)[0]
	if ret.Default || ret.Days != 2557 || !ret.KeptSince.Equal(scenario.Now.AddDate(0, 0, -2557)) {
		t.Errorf("retention %+v", ret)
	}
}

func TestTheWeekWithoutARecorderShows(t *testing.T) {
	r := demo(t, scenario.DemoPayments, virginia)
	rec := celltest.Of[Recorder](r)[0]
	if !rec.Recording || !rec.StartedInPeriod || !rec.StoppedInPeriod || *rec.RecordedThroughout {
		t.Errorf("recorder %+v", rec)
	}
	if g := celltest.Of[Region](r)[0]; *g.RecordedThroughout || !g.Recording {
		t.Errorf("region %+v", g)
	}
}

func TestARecorderThatIsOff(t *testing.T) {
	r := demo(t, scenario.DemoLogArchive, virginia)
	g, rec := celltest.Of[Region](r)[0], celltest.Of[Recorder](r)[0]
	if !g.HasRecorder || g.Recording || *g.RecordedThroughout || rec.Recording || rec.StoppedInPeriod {
		t.Errorf("region %+v, recorder %+v", g, rec)
	}
}

func TestExclusionsAndOverrides(t *testing.T) {
	logs := celltest.Of[Recorder](demo(t, scenario.DemoLogArchive, ireland))[0]
	if logs.Group.AllTypes || *logs.Group.Strategy != "EXCLUSION_BY_RESOURCE_TYPES" || !cmp.Equal(logs.Group.ExcludedTypes, []string{"AWS::Config::ResourceCompliance", "AWS::EC2::NetworkInterface"}) {
		t.Errorf("group %+v", logs.Group)
	}
	override := celltest.Of[Recorder](demo(t, scenario.DemoManagement, virginia))[0]
	if *override.Frequency != "CONTINUOUS" || *override.Continuous || override.Overrides[0].Types[0] != "AWS::EC2::Volume" || !override.Group.GlobalTypes {
		t.Errorf("a type that is recorded daily leaves the recorder continuous: %+v", override)
	}
	daily := celltest.Of[Recorder](demo(t, scenario.DemoData, ireland))[0]
	if *daily.Frequency != "DAILY" || *daily.Continuous {
		t.Errorf("recorder %+v", daily)
	}
	o := scenario.Demo()
	o.In(scenario.DemoData, ireland).Recorder.Types = []string{"AWS::KMS::Key"}
	few := celltest.Of[Recorder](read(t, o, scenario.DemoData, ireland, quarter()))[0]
	if few.Group.AllTypes || few.Group.AllSupported || !cmp.Equal(few.Group.Types, []string{"AWS::KMS::Key"}) {
		t.Errorf("group %+v", few.Group)
	}
}

func TestAFailedDeliveryAndTheDefaultRetention(t *testing.T) {
	r := demo(t, scenario.DemoData, virginia)
	ch := celltest.Of[DeliveryChannel](r)[0]
	if *ch.History.Status != "Failure" || *ch.History.ErrorCode != "AccessDenied" || *ch.Snapshot.Status != "Success" || *ch.SnapshotFrequency != "TwentyFour_Hours" {
		t.Errorf("channel %+v, history %+v", ch, ch.History)
	}
	if g := celltest.Of[Region](r)[0]; *g.HistoryDelivery != "Failure" || !g.HasDeliveryChannel {
		t.Errorf("region %+v", g)
	}
	if ret := celltest.Of[Retention](r)[0]; !ret.Default || ret.Days != 2557 || ret.Name != nil {
		t.Errorf("no retention configuration means the default of 2557 days, got %+v", ret)
	}
}

// No recorder is a record, not an empty population, and what cannot be had without one is "not enabled".
func TestNoRecorderAtAll(t *testing.T) {
	o := scenario.Demo()
	o.In(scenario.DemoData, ireland).Recorder, o.In(scenario.DemoData, ireland).Delivery = nil, nil
	r := read(t, o, scenario.DemoData, ireland, quarter("AWS::KMS::Key"))
	g := celltest.Of[Region](r)[0]
	if g.HasRecorder || g.Recording || g.RecordedThroughout == nil || *g.RecordedThroughout || g.HasDeliveryChannel || len(g.Unknown) > 0 {
		t.Errorf("region %+v", g)
	}
	if ret := celltest.Of[Retention](r)[0]; ret.HasRecorder || len(ret.Unknown) > 0 {
		t.Errorf("retention %+v", ret)
	}
	if n := len(celltest.Of[Recorder](r)) + len(celltest.Of[DiscoveredCount](r)) + len(celltest.Of[ConfigurationItem](r)); n != 0 {
		t.Errorf("%d records of what cannot be there", n)
	}
	for operation, kind := range map[string]string{"GetDiscoveredResourceCounts": "config.discovered_count", "ListDiscoveredResources": "config.configuration_item"} {
		gaps := r.GapsOf(operation)
		if len(gaps) != 1 || gaps[0].Outcome != evidence.NotEnabled || gaps[0].Kinds[0] != kind {
			t.Errorf("%s: gaps %+v", operation, gaps)
		}
	}
	if got := r.Outcome(t, "DescribeConfigurationRecorderStatus"); got != evidence.NotCalled {
		t.Errorf("the status of no recorder: %q", got)
	}
}

// An empty list of counts is no count while nothing is recorded.
func TestCountsWhileTheRecorderIsOff(t *testing.T) {
	o := scenario.Demo()
	where := o.In(scenario.DemoLogArchive, virginia)
	where.Resources, where.Keys = nil, nil
	for i := range where.Rules {
		where.Rules[i].Results = nil
	}
	r := read(t, o, scenario.DemoLogArchive, virginia, quarter())
	if gaps := r.GapsOf("GetDiscoveredResourceCounts"); len(gaps) != 1 || gaps[0].Outcome != evidence.NotEnabled || gaps[0].Code != "RecorderOff" {
		t.Errorf("gaps %+v", gaps)
	}
}

// The pack shows nothing red. One of its rules never had data, and that must not look like compliance.
func TestAPackWithARuleWithoutData(t *testing.T) {
	r := demo(t, scenario.DemoPayments, ireland)
	p := celltest.Of[ConformancePack](r)[0]
	if p.Rules != 3 || p.Compliant != 2 || p.NonCompliant != 0 || p.WithoutData != 1 || *p.State != "CREATE_COMPLETE" {
		t.Errorf("pack %+v", p)
	}
	rule := celltest.One[ConformancePackRule](t, r, "secretsmanager-using-cmk")
	if rule.Compliance != "INSUFFICIENT_DATA" || rule.Compliant != nil || !cmp.Equal(rule.Controls, []string{"SC-28"}) {
		t.Errorf("rule %+v", rule)
	}
	var whole *RuleCompliance
	for _, c := range celltest.Of[RuleCompliance](r) {
		if strings.HasPrefix(c.Rule, "secretsmanager-using-cmk") {
			whole = c
		}
	}
	if *whole.Compliance != "INSUFFICIENT_DATA" || whole.Compliant != nil {
		t.Errorf("compliance %+v", whole)
	}
	if failed := celltest.Of[ConformancePack](demo(t, scenario.DemoData, ireland))[0]; *failed.State != "CREATE_FAILED" || failed.StateReason == nil || failed.Rules != 0 {
		t.Errorf("pack %+v", failed)
	}
}

func TestRules(t *testing.T) {
	r := demo(t, scenario.DemoData, virginia)
	byName := map[string]*Rule{}
	for _, rule := range celltest.Of[Rule](r) {
		name := rule.Name
		if rule.FromSecurityHub {
			name = "from security hub"
		}
		byName[name] = rule
	}
	never := byName["acm-certificate-expiration-check"]
	if never.Evaluation.Started || never.Evaluation.LastSuccess != nil || *never.InputParameters != `{"daysToExpiration":"45"}` {
		t.Errorf("a rule that never ran: %+v", never.Evaluation)
	}
	own := byName["example-bucket-owner-known"]
	if own.Owner != "CUSTOM_LAMBDA" || !own.Evaluation.LastFailure.After(*own.Evaluation.LastSuccess) || *own.Evaluation.LastErrorCode != "AccessDenied" {
		t.Errorf("a rule whose function fails: %+v", own.Evaluation)
	}
	if byName["from security hub"] == nil || byName["cmk-backing-key-rotation-enabled"].FromSecurityHub {
		t.Errorf("Security Hub's rules are told apart by who made them: %v", byName)
	}
	compliance := map[string]*RuleCompliance{}
	for _, c := range celltest.Of[RuleCompliance](r) {
		compliance[c.Rule] = c
	}
	if len(compliance) != len(byName) {
		t.Errorf("%d rules, %d results", len(byName), len(compliance))
	}
	if c := compliance["example-bucket-owner-known"]; *c.Compliant || *c.Contributors != 1 || c.CapExceeded {
		t.Errorf("compliance %+v", c)
	}
	if c := compliance["acm-certificate-expiration-check"]; c.Compliant != nil || *c.Compliance != "INSUFFICIENT_DATA" {
		t.Errorf("compliance %+v", c)
	}
	words := map[string]int{}
	for _, e := range celltest.Of[RuleEvaluation](r) {
		words[e.Compliance]++
		if (e.Compliant == nil) != (e.Compliance != "COMPLIANT" && e.Compliance != "NON_COMPLIANT") {
			t.Errorf("evaluation %+v", e)
		}
	}
	if words["NOT_APPLICABLE"] == 0 || words["NON_COMPLIANT"] == 0 || words["COMPLIANT"] == 0 {
		t.Errorf("evaluations by result: %v", words)
	}
}

func TestAggregatorSources(t *testing.T) {
	r := demo(t, scenario.DemoManagement, ireland)
	a := celltest.Of[Aggregator](r)[0]
	if !a.Organization || !a.AllRegions || a.Sources != 9 || len(a.Accounts) != 0 {
		t.Errorf("aggregator %+v", a)
	}
	s := celltest.One[AggregatorSource](t, r, scenario.DemoLogArchive+"/"+virginia)
	if *s.Status != "OUTDATED" || s.Source != scenario.DemoLogArchive || *s.ErrorCode != "ResourceNotFoundException" {
		t.Errorf("source %+v", s)
	}
}

// Many contributors are counted by AWS up to a cap, and say so.
func TestTheCapOfContributors(t *testing.T) {
	o := scenario.Demo()
	where := o.In(scenario.DemoManagement, ireland)
	where.Rules = where.Rules[:1]
	where.Rules[0].Results = nil
	for i := range 250 {
		where.Rules[0].Results = append(where.Rules[0].Results, scenario.Result{Type: "AWS::EC2::Volume", ID: "vol-" + strings.Repeat("0", 3) + string(rune('a'+i%26)) + strings.Repeat("x", i/26),
			Compliance: "NON_COMPLIANT", Recorded: scenario.Now.Add(-time.Hour)})
	}
	r := read(t, o, scenario.DemoManagement, ireland, quarter())
	c := celltest.Of[RuleCompliance](r)[0]
	if *c.Contributors != 100 || !c.CapExceeded {
		t.Errorf("compliance %+v", c)
	}
	if n := len(celltest.Of[RuleEvaluation](r)); n != 250 {
		t.Errorf("%d evaluations, want all 250 over three pages", n)
	}
}

func TestDeniedDetailsLeaveFieldsUnknown(t *testing.T) {
	denied := func(operation string) *scenario.Fault {
		return &scenario.Fault{Service: "config", Operation: operation, Kind: scenario.Denied}
	}
	r := demo(t, scenario.DemoPayments, ireland, denied("DescribeConfigurationRecorderStatus"), denied("DescribeComplianceByConfigRule"), denied("DescribeConfigRuleEvaluationStatus"),
		denied("DescribeConformancePackCompliance"), denied("DescribeDeliveryChannelStatus"))
	for record, fields := range map[evidence.Record][]string{
		celltest.Of[Region](r)[0]:          {"recording", "recorder_status", "recorded_throughout", "history_delivery", "stream_delivery"},
		celltest.Of[Recorder](r)[0]:        {"recording", "status", "recorded_throughout", "stopped_in_period"},
		celltest.Of[DeliveryChannel](r)[0]: {"history.status"},
		celltest.Of[Rule](r)[0]:            {"evaluation.last_success"},
		celltest.Of[RuleCompliance](r)[0]:  {"compliance", "compliant"},
		celltest.Of[ConformancePack](r)[0]: {"rules", "without_data"},
	} {
		for _, f := range fields {
			if celltest.Unknown(record, f) != "AccessDeniedException" {
				t.Errorf("%s: %s is not unknown: %+v", record.Kind(), f, record.Header().Unknown)
			}
		}
	}
	if g := celltest.Of[Region](r)[0]; !g.HasRecorder || celltest.Unknown(g, "has_recorder") != "" {
		t.Errorf("that there is a recorder was read: %+v", g)
	}
	if gaps := r.GapsOf("DescribeConformancePackCompliance"); len(gaps) != 1 || gaps[0].Kinds[0] != "config.conformance_pack_rule" {
		t.Errorf("gaps %+v", gaps)
	}
	// One denied answer about a batch of rules is one gap, not one for each rule.
	if gaps := r.GapsOf("DescribeComplianceByConfigRule"); len(gaps) != 1 {
		t.Errorf("%d gaps", len(gaps))
	}
}

func TestADeniedRecorderIsNotNoRecorder(t *testing.T) {
	r := demo(t, scenario.DemoPayments, ireland, &scenario.Fault{Operation: "DescribeConfigurationRecorders", Kind: scenario.Denied})
	g := celltest.Of[Region](r)[0]
	for _, f := range []string{"has_recorder", "recording", "recorder_status", "recorded_throughout"} {
		if celltest.Unknown(g, f) != "AccessDeniedException" {
			t.Errorf("%s is not unknown", f)
		}
	}
	if ret := celltest.Of[Retention](r)[0]; celltest.Unknown(ret, "has_recorder") != "AccessDeniedException" {
		t.Errorf("retention %+v", ret)
	}
	if gaps := r.GapsOf("DescribeConfigurationRecorders"); gaps[0].Outcome != evidence.Denied || gaps[0].Kinds[0] != "config.recorder" {
		t.Errorf("gaps %+v", gaps)
	}
}

func TestEverythingDenied(t *testing.T) {
	r := read(t, scenario.Demo(), scenario.DemoPayments, ireland, quarter("AWS::KMS::Key"), &scenario.Fault{Service: "config", Kind: scenario.Denied})
	whole := map[string]bool{}
	for _, k := range (Collector{}).Kinds() {
		whole[k.Name] = k.Name != "config.region"
	}
	for _, g := range r.Gaps {
		for _, k := range g.Kinds {
			delete(whole, k)
		}
	}
	for k, still := range whole {
		if still {
			t.Errorf("nothing says that %s is not whole", k)
		}
	}
	g := celltest.Of[Region](r)[0]
	for _, f := range []string{"has_recorder", "has_delivery_channel", "retention_days", "rules", "conformance_packs", "aggregators"} {
		if celltest.Unknown(g, f) == "" {
			t.Errorf("%s of the region is not unknown", f)
		}
	}
}
