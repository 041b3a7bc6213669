package tests_test

import (
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors/awsconfig"
	"github.com/auditseal/auditseal/collectors/securityhub"
)

// region is one in which nothing is amiss, changed by the functions.
func region(change ...func(*awsconfig.Region)) *awsconfig.Region {
	r := &awsconfig.Region{HasRecorder: true, Recording: true, RecorderStatus: ptr("Success"), RecordedThroughout: ptr(true), HasDeliveryChannel: true,
		HistoryDelivery: ptr("Success"), StreamDelivery: ptr("Not_Applicable"), RetentionDays: 2557}
	for _, c := range change {
		c(r)
	}
	return r
}

func recorded(status *string) *awsconfig.Region {
	return region(func(r *awsconfig.Region) { r.RecorderStatus = status })
}

func throughout(was *bool) *awsconfig.Region {
	return region(func(r *awsconfig.Region) { r.RecordedThroughout = was })
}

func delivered(history, stream, snapshot *string) *awsconfig.Region {
	return region(func(r *awsconfig.Region) {
		r.HistoryDelivery, r.StreamDelivery, r.SnapshotDelivery = history, stream, snapshot
	})
}

// nothing is a region where AWS Config was never set up.
func nothing() *awsconfig.Region { return &awsconfig.Region{RecordedThroughout: ptr(false)} }

// rule is one that ran, with the times of its last success and failure in days from the audit.
func rule(success, failure *time.Time, change ...func(*awsconfig.Rule)) *awsconfig.Rule {
	r := &awsconfig.Rule{State: "ACTIVE", Modes: []string{"DETECTIVE"}, Evaluation: &awsconfig.Evaluation{Started: success != nil, LastSuccess: success, LastFailure: failure}}
	for _, c := range change {
		c(r)
	}
	return r
}

// invoked is a rule whose evaluation succeeded long ago, with the times of the last invocation that did and did not succeed.
func invoked(success, failure *time.Time) *awsconfig.Rule {
	return rule(days(-90), nil, func(r *awsconfig.Rule) { r.Evaluation.LastInvoked, r.Evaluation.LastInvokeFailure = success, failure })
}

func verdict(word string) (*string, *bool) {
	switch word {
	case "COMPLIANT":
		return &word, ptr(true)
	case "NON_COMPLIANT":
		return &word, ptr(false)
	}
	return &word, nil
}

func result(word string) *awsconfig.RuleCompliance {
	c, ok := verdict(word)
	return &awsconfig.RuleCompliance{Compliance: c, Compliant: ok}
}

func fromSecurityHub(word string) *awsconfig.RuleCompliance {
	r := result(word)
	r.FromSecurityHub = true
	return r
}

func packRule(word string) *awsconfig.ConformancePackRule {
	c, ok := verdict(word)
	return &awsconfig.ConformancePackRule{Compliance: *c, Compliant: ok}
}

// control is one that is enabled and AVAILABLE, with the status.
func control(severity, status string, change ...func(*securityhub.Control)) *securityhub.Control {
	c := &securityhub.Control{Severity: severity, Availability: "AVAILABLE", Enablement: ptr("ENABLED"), Status: &status}
	switch status {
	case "passed":
		c.Passed = ptr(true)
	case "failed":
		c.Passed = ptr(false)
	case "":
		c.Status = nil
	}
	for _, f := range change {
		f(c)
	}
	return c
}

func switchedOff(c *securityhub.Control) {
	c.Enablement, c.Status, c.Passed = ptr("DISABLED"), ptr("disabled"), nil
}
func notInRegion(c *securityhub.Control)    { c.Availability = "UNAVAILABLE" }
func noEnablement(c *securityhub.Control)   { c.Enablement = nil }
func oddEnablement(c *securityhub.Control)  { c.Enablement = ptr("ENABLED_SOMEHOW") }
func unexplained(c *securityhub.Control)    { c.Unjustified = []string{"a"} }
func disabledInOne(c *securityhub.Control)  { c.DisabledStandards = []string{"a"} }
func disabledInBoth(c *securityhub.Control) { c.DisabledStandards = []string{"a", "b"} }

func TestConfigAndSecurityHubResults(t *testing.T) {
	try(t, []trial{
		{"config-recorder-on",
			records{region(), recorded(ptr("SUCCESS")), recorded(ptr("Pending"))},
			records{nothing(), recorded(ptr("Failure")), recorded(ptr("NotApplicable")), recorded(ptr("SuccessMostly")), region(func(r *awsconfig.Region) { r.Recording = false })},
			records{recorded(nil), unread(nothing(), "has_recorder", "recording", "recorder_status"), unread(recorded(nil), "recorder_status"), unread(region(), "recording")}},
		{"config-recorder-all-types",
			records{&awsconfig.Recorder{Group: &awsconfig.Group{AllTypes: true}}},
			records{&awsconfig.Recorder{Group: &awsconfig.Group{}}},
			records{&awsconfig.Recorder{}, unread(&awsconfig.Recorder{}, "group")}},
		{"config-recorder-continuous",
			records{&awsconfig.Recorder{Continuous: ptr(true)}},
			records{&awsconfig.Recorder{Continuous: ptr(false)}},
			records{&awsconfig.Recorder{}}},
		{"config-delivery-healthy",
			records{region(), delivered(ptr("SUCCESS"), ptr("SUCCESS"), ptr("SUCCESS")), delivered(ptr("Success"), ptr("Success"), ptr("Not_Applicable"))},
			records{nothing(), delivered(ptr("Failure"), ptr("Success"), nil), delivered(ptr("Success"), ptr("Failure"), nil), delivered(ptr("Success"), ptr("Success"), ptr("Failure")),
				delivered(ptr("Not_Applicable"), ptr("Success"), nil), delivered(ptr("Successful"), ptr("Success"), nil)},
			records{delivered(nil, ptr("Success"), nil), delivered(ptr("Success"), nil, nil), unread(region(), "history_delivery", "snapshot_delivery", "stream_delivery"), unread(region(), "snapshot_delivery"),
				unread(nothing(), "has_delivery_channel", "history_delivery")}},
		{"config-retention-covers-period",
			records{&awsconfig.Retention{HasRecorder: true, Days: 2557, KeptSince: asOf.AddDate(-7, 0, 0)}, &awsconfig.Retention{HasRecorder: true, KeptSince: asOf.AddDate(0, -3, 0)}},
			records{&awsconfig.Retention{HasRecorder: true, Days: 30, KeptSince: asOf.AddDate(0, 0, -30)}, &awsconfig.Retention{Days: 2557, KeptSince: asOf.AddDate(-7, 0, 0)}},
			records{&awsconfig.Retention{HasRecorder: true}, unread(&awsconfig.Retention{KeptSince: asOf.AddDate(-7, 0, 0)}, "has_recorder")}},
		{"config-rules-evaluated",
			records{rule(days(-1), nil), rule(days(-1), days(-2)), invoked(days(-1), days(-2)), rule(nil, nil, func(r *awsconfig.Rule) { r.Modes = []string{"PROACTIVE"} }), rule(nil, nil, func(r *awsconfig.Rule) { r.State = "DELETING" })},
			records{invoked(days(-2), days(-1)), invoked(nil, days(-1)), rule(nil, nil), rule(nil, days(-1)), rule(days(-2), days(-1)), rule(days(-1), days(-1)), rule(nil, nil, func(r *awsconfig.Rule) { r.Modes = []string{} }),
				rule(nil, nil, func(r *awsconfig.Rule) { r.State = "" })},
			records{unread(&awsconfig.Rule{State: "ACTIVE"}, "evaluation"), &awsconfig.Rule{State: "ACTIVE"}}},
		{"config-rules-compliant",
			records{result("COMPLIANT"), fromSecurityHub("NON_COMPLIANT")},
			records{result("NON_COMPLIANT")},
			records{result("INSUFFICIENT_DATA"), result("COMPLIANT_ENOUGH"), unread(&awsconfig.RuleCompliance{}, "compliance", "compliant")}},
		{"config-conformance-pack-rules-compliant",
			records{packRule("COMPLIANT")},
			records{packRule("NON_COMPLIANT")},
			records{packRule("INSUFFICIENT_DATA"), packRule("")}},
		{"config-conformance-pack-rules-have-data",
			records{packRule("COMPLIANT"), packRule("NON_COMPLIANT")},
			records{packRule("INSUFFICIENT_DATA"), packRule("SOMEWHAT")},
			records{unread(packRule("COMPLIANT"), "compliance")}},
		{"config-aggregator-sources-current",
			records{&awsconfig.AggregatorSource{Status: ptr("SUCCEEDED")}},
			records{&awsconfig.AggregatorSource{Status: ptr("OUTDATED")}, &awsconfig.AggregatorSource{Status: ptr("FAILED")}, &awsconfig.AggregatorSource{Status: ptr("SUCCEEDING")}},
			records{&awsconfig.AggregatorSource{}}},
		{"config-history-recorded",
			records{region()},
			records{nothing(), throughout(ptr(false))},
			records{throughout(nil), unread(throughout(nil), "recorded_throughout")}},

		{"securityhub-enabled",
			records{&securityhub.Hub{Enabled: true}},
			records{&securityhub.Hub{}},
			records{unread(&securityhub.Hub{}, "enabled")}},
		{"securityhub-standards-ready",
			records{&securityhub.Standard{Status: "READY"}},
			records{&securityhub.Standard{Status: "INCOMPLETE"}, &securityhub.Standard{Status: "PENDING"}, &securityhub.Standard{Status: "READY_SOON"}, &securityhub.Standard{}},
			records{unread(&securityhub.Standard{}, "status")}},
		{"securityhub-controls-passed",
			records{control("LOW", "passed"), control("LOW", "", switchedOff), control("LOW", "no-data", notInRegion)},
			records{control("LOW", "failed"), control("CRITICAL", "failed")},
			records{control("LOW", "no-data"), control("LOW", "unknown"), unread(control("LOW", ""), "status", "passed"), unread(control("LOW", "", noEnablement), "enablement", "status", "passed"),
				control("LOW", "", noEnablement), control("LOW", "unknown", oddEnablement)}},
		{"securityhub-no-critical-failed",
			records{control("CRITICAL", "passed"), control("HIGH", "failed"), control("CRITICAL", "", switchedOff)},
			records{control("CRITICAL", "failed")},
			records{control("CRITICAL", "no-data"), control("CRITICAL", "unknown"), unread(control("CRITICAL", ""), "status", "passed")}},
		{"securityhub-disabled-controls-justified",
			records{control("LOW", "passed"), control("LOW", "passed", disabledInBoth)},
			records{control("LOW", "passed", disabledInOne, unexplained), control("LOW", "passed", disabledInBoth, unexplained)},
			records{unread(control("LOW", "passed"), "associations", "disabled_standards", "unjustified_standards")}},
	})
}
