package awsconfig

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// answers are what AWS says of a region without anything in it; a test says more.
func answers(t *testing.T, own map[string]string) *celltest.Result {
	t.Helper()
	url := celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		if body, ok := own[q.Operation]; ok {
			return celltest.Answer{Body: body}
		}
		for _, op := range (Collector{}).Operations() {
			if op.Name == q.Operation {
				member := op.Member
				if strings.HasPrefix(op.Name, "Get") && op.Name != "GetComplianceDetailsByConfigRule" || op.Name == "ListDiscoveredResources" {
					member = strings.ToLower(member[:1]) + member[1:]
				}
				return celltest.Answer{Body: `{"` + member + `":[]}`}
			}
		}
		return celltest.Answer{}
	})
	return celltest.Run(t, Collector{}, celltest.Options{URL: url})
}

func TestAnEmptyRegion(t *testing.T) {
	r := answers(t, nil)
	if n := len(r.Records); n != 2 { // the region, and the default retention
		t.Errorf("%d records", n)
	}
	g := celltest.Of[Region](r)[0]
	if g.HasRecorder || g.HasDeliveryChannel || *g.RecordedThroughout || g.RetentionDays != 2557 {
		t.Errorf("region %+v", g)
	}
}

const recorder = `{"ConfigurationRecorders":[{"name":"default","roleARN":"arn:aws:iam::111122223333:role/config","recordingMode":{"recordingFrequency":"CONTINUOUS","recordingModeOverrides":[]},
	"recordingGroup":{"allSupported":true,"includeGlobalResourceTypes":true,"resourceTypes":[],"recordingStrategy":{"useOnly":"ALL_SUPPORTED_RESOURCE_TYPES"}}}]}`

// What AWS leaves out of a whole answer is unknown or absent, and never a good value.
func TestWhatAWSLeavesOut(t *testing.T) {
	r := answers(t, map[string]string{
		"DescribeConfigurationRecorders":     `{"ConfigurationRecorders":[{"name":"default"}]}`,
		"DescribeDeliveryChannels":           `{"DeliveryChannels":[{"name":"default","s3BucketName":"b"}]}`,
		"DescribeConfigRules":                `{"ConfigRules":[{"ConfigRuleName":"a","ConfigRuleArn":"arn:a","Source":{"Owner":"AWS"},"ConfigRuleState":"ACTIVE"},{"ConfigRuleName":"b","ConfigRuleArn":"arn:b","Source":{"Owner":"AWS"},"ConfigRuleState":"ACTIVE","RuleEvaluationVisibility":"INTERNAL"}]}`,
		"DescribeConfigRuleEvaluationStatus": `{"ConfigRulesEvaluationStatus":[{"ConfigRuleName":"a","FirstEvaluationStarted":true}]}`,
		"DescribeComplianceByConfigRule":     `{"ComplianceByConfigRules":[{"ConfigRuleName":"b","Compliance":{"ComplianceType":"COMPLIANT_ENOUGH"}}]}`,
		"GetComplianceDetailsByConfigRule":   `{"EvaluationResults":[{"ComplianceType":"COMPLIANT"}]}`,
		"DescribeConformancePacks":           `{"ConformancePackDetails":[{"ConformancePackName":"p","ConformancePackArn":"arn:p","ConformancePackId":"p"}]}`,
		"DescribeConformancePackStatus":      `{"ConformancePackStatusDetails":[]}`,
		"DescribeConformancePackCompliance":  `{"ConformancePackName":"p","ConformancePackRuleComplianceList":[{"ConfigRuleName":"a","ComplianceType":"MOSTLY"}]}`,
		"DescribeRetentionConfigurations":    `{"RetentionConfigurations":[{"Name":"default"}]}`,
	})
	rec := celltest.Of[Recorder](r)[0]
	if rec.Group != nil || rec.Frequency != nil || rec.Continuous != nil {
		t.Errorf("recorder %+v", rec)
	}
	for _, want := range []struct {
		record evidence.Record
		field  string
		code   string
	}{
		{rec, "recording", "MissingStatus"}, {celltest.Of[Region](r)[0], "recording", "MissingStatus"}, {celltest.Of[Region](r)[0], "history_delivery", "MissingStatus"},
		{celltest.Of[Region](r)[0], "retention_days", "MissingDays"},
		{celltest.Of[DeliveryChannel](r)[0], "history.status", "MissingStatus"}, {celltest.One[Rule](t, r, "arn:b"), "evaluation", "MissingStatus"},
		{celltest.One[RuleCompliance](t, r, "arn:a"), "compliant", "MissingCompliance"}, {celltest.Of[ConformancePack](r)[0], "state", "MissingStatus"},
	} {
		if got := celltest.Unknown(want.record, want.field); got != want.code {
			t.Errorf("%s %s: %s is unknown by %q, want %q", want.record.Kind(), want.record.Header().ID, want.field, got, want.code)
		}
	}
	if c := celltest.One[RuleCompliance](t, r, "arn:b"); c.Compliant != nil || *c.Compliance != "COMPLIANT_ENOUGH" {
		t.Errorf("a word that AWS does not document passes: %+v", c)
	}
	if p := celltest.Of[ConformancePack](r)[0]; p.WithoutData != 1 || celltest.Of[ConformancePackRule](r)[0].Compliant != nil {
		t.Errorf("pack %+v", p)
	}
	if len(celltest.Of[RuleEvaluation](r)) != 0 || len(r.GapsOf("GetComplianceDetailsByConfigRule")) != 1 {
		t.Errorf("an evaluation of no resource: %+v", r.Gaps)
	}
	if len(celltest.Of[Retention](r)) != 0 {
		t.Error("a retention without days was made up")
	}
	for _, c := range r.Cells {
		if c.Operation == "GetComplianceDetailsByConfigRule" && c.Exchanges != 1 {
			t.Error("AWS tells no evaluations of a rule whose visibility is INTERNAL, and was asked for them")
		}
	}
}

func TestAConfigurationItemWithoutATime(t *testing.T) {
	url := celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		switch q.Operation {
		case "DescribeConfigurationRecorders":
			return celltest.Answer{Body: recorder}
		case "DescribeConfigurationRecorderStatus":
			return celltest.Answer{Body: `{"ConfigurationRecordersStatus":[{"name":"default","recording":true,"lastStatus":"SUCCESS","lastStartTime":1700000000.5}]}`}
		case "ListDiscoveredResources":
			if !strings.Contains(q.Body, "AWS::KMS::Key") {
				return celltest.Answer{Body: `{"resourceIdentifiers":[]}`}
			}
			return celltest.Answer{Body: `{"resourceIdentifiers":[{"resourceType":"AWS::KMS::Key","resourceId":"k"},{"resourceType":"AWS::KMS::Key"}]}`}
		case "GetResourceConfigHistory":
			if strings.Contains(q.Body, "earlierTime") {
				return celltest.Answer{Body: `{"configurationItems":[]}`}
			}
			return celltest.Answer{Body: `{"configurationItems":[{"configurationItemStatus":"ResourceNotRecorded","resourceType":"AWS::KMS::Key","resourceId":"k","configuration":null}]}`}
		case "GetDiscoveredResourceCounts":
			return celltest.Answer{Body: `{"resourceCounts":[]}`}
		}
		for _, op := range (Collector{}).Operations() {
			if op.Name == q.Operation {
				return celltest.Answer{Body: `{"` + op.Member + `":[]}`}
			}
		}
		return celltest.Answer{}
	})
	scope := quarter("AWS::KMS::Key")
	r := celltest.Run(t, Collector{}, celltest.Options{URL: url, Scope: scope})
	x := celltest.Of[ConfigurationItem](r)[0]
	if x.Captured != nil || x.Configuration != nil || x.Status != "ResourceNotRecorded" || celltest.Unknown(x, "captured") != "MissingCaptureTime" {
		t.Errorf("item %+v", x)
	}
	if g := r.GapsOf("GetResourceConfigHistory"); len(g) != 1 || g[0].Kinds[0] != "config.configuration_item" {
		t.Errorf("gaps %+v", g)
	}
	if g := r.GapsOf("ListDiscoveredResources"); len(g) != 1 || g[0].Code != "MissingMember" {
		t.Errorf("a resource without its id: gaps %+v", g)
	}
	if s := celltest.Of[Region](r)[0]; *s.RecorderStatus != "SUCCESS" || !*s.RecordedThroughout {
		t.Errorf("AWS also writes a status in capitals: %+v", s)
	}
}

// What AWS must have and does not tell is a gap: a pack has rules, an aggregator has sources, and a schedule has a last delivery.
func TestListsThatCannotBeEmpty(t *testing.T) {
	r := answers(t, map[string]string{
		"DescribeConformancePacks":                     `{"ConformancePackDetails":[{"ConformancePackName":"p","ConformancePackArn":"arn:p","ConformancePackId":"p"}]}`,
		"DescribeConformancePackStatus":                `{"ConformancePackStatusDetails":[{"ConformancePackName":"p","ConformancePackArn":"arn:p","ConformancePackState":"CREATE_FAILED"}]}`,
		"DescribeConformancePackCompliance":            `{"ConformancePackName":"p","ConformancePackRuleComplianceList":[]}`,
		"DescribeConfigurationAggregators":             `{"ConfigurationAggregators":[{"ConfigurationAggregatorName":"a","ConfigurationAggregatorArn":"arn:a"}]}`,
		"DescribeConfigurationAggregatorSourcesStatus": `{"AggregatedSourceStatusList":[]}`,
		"DescribeDeliveryChannels":                     `{"DeliveryChannels":[{"name":"default","s3BucketName":"b","configSnapshotDeliveryProperties":{"deliveryFrequency":"One_Hour"}}]}`,
		"DescribeDeliveryChannelStatus":                `{"DeliveryChannelsStatus":[{"name":"default","configHistoryDeliveryInfo":{"lastStatus":"SUCCESS"},"configStreamDeliveryInfo":{"lastStatus":"SUCCESS"},"configSnapshotDeliveryInfo":{}}]}`,
	})
	for op, kind := range map[string]string{"DescribeConformancePackCompliance": "config.conformance_pack_rule", "DescribeConfigurationAggregatorSourcesStatus": "config.aggregator_source"} {
		if g := r.GapsOf(op); len(g) != 1 || !slices.Equal(g[0].Kinds, []string{kind}) {
			t.Errorf("%s: gaps %+v", op, g)
		}
	}
	if p := celltest.Of[ConformancePack](r)[0]; celltest.Unknown(p, "rules") != "NoRules" {
		t.Errorf("%+v", p)
	}
	if a := celltest.Of[Aggregator](r)[0]; celltest.Unknown(a, "sources") != "NoSources" {
		t.Errorf("%+v", a)
	}
	if g, ch := celltest.Of[Region](r)[0], celltest.Of[DeliveryChannel](r)[0]; celltest.Unknown(g, "snapshot_delivery") != "MissingStatus" || celltest.Unknown(ch, "snapshot.status") != "MissingStatus" {
		t.Errorf("%+v, %+v", g, ch)
	}
}

func TestThroughout(t *testing.T) {
	p := evidence.Period{From: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)}
	at := func(months int) *time.Time { return ptr(p.From.AddDate(0, months, 0)) }
	for _, c := range []struct {
		name        string
		recording   bool
		start, stop *time.Time
		want        *bool
	}{
		{"on since long before", true, at(-5), nil, ptr(true)},
		{"on since the period began", true, at(0), nil, ptr(true)},
		{"stopped once, long before", true, at(-5), at(-6), ptr(true)},
		{"first started in the period", true, at(1), nil, ptr(false)},
		{"a hole in the period", true, at(2), at(1), ptr(false)},
		{"a hole that began before the period", true, at(1), at(-1), ptr(false)},
		{"a hole over the whole period", true, at(4), at(-1), ptr(false)},
		{"first started after the period", true, at(4), nil, ptr(false)},
		{"a hole behind the period hides what was before", true, at(5), at(4), nil},
		{"on, and AWS tells no start", true, nil, nil, nil},
		{"on, and yet stopped since it was started", true, at(-5), at(1), nil},
		{"off since before the period", false, at(-5), at(-1), ptr(false)},
		{"off since the period", false, at(-5), at(1), ptr(false)},
		{"off since after the period", false, at(-5), at(4), ptr(true)},
		{"started in the period and off since after it", false, at(1), at(4), ptr(false)},
		{"started and stopped after the period", false, at(4), at(5), nil},
		{"never started", false, nil, nil, ptr(false)},
		{"off, and AWS tells no stop", false, at(-5), nil, nil},
	} {
		got := throughout(c.recording, c.start, c.stop, p)
		if (got == nil) != (c.want == nil) || got != nil && *got != *c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
