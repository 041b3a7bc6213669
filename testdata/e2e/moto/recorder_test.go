package moto

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"

	"github.com/auditseal/auditseal/collectors/awsconfig"
)

// checkRecorder compares the one recorder, and asks that its absence is a row everywhere else.
func checkRecorder(t *testing.T, s *server, pack string) {
	c := configservice.NewFromConfig(s.as(t, caller, "eu-west-1"))
	recorders, err := c.DescribeConfigurationRecorders(t.Context(), &configservice.DescribeConfigurationRecordersInput{})
	must(t, err)
	status, err := c.DescribeConfigurationRecorderStatus(t.Context(), &configservice.DescribeConfigurationRecorderStatusInput{})
	must(t, err)
	held, is := recorders.ConfigurationRecorders[0], status.ConfigurationRecordersStatus[0]
	all := records[awsconfig.Recorder](t, pack, "config.recorder")
	if len(all) != 1 {
		t.Fatalf("%d recorders, want 1", len(all))
	}
	r := all[0]
	if r.Account+"/"+r.Region != recorder || r.Name != *held.Name || aws.ToString(r.Role) != *held.RoleARN || r.Recording != is.Recording || len(r.Unknown) > 0 || r.Group == nil ||
		r.Group.AllSupported != held.RecordingGroup.AllSupported || !r.Group.AllTypes || !r.Group.GlobalTypes {
		t.Errorf("recorder %+v, group %+v, moto has %+v", r, r.Group, held)
	}
	for _, x := range records[awsconfig.Region](t, pack, "config.region") {
		if at := x.Account + "/" + x.Region; x.HasRecorder != (at == recorder) || x.Recording != (at == recorder) || x.HasDeliveryChannel != (at == recorder) {
			t.Errorf("%s: %+v", at, x)
		}
	}
	rules, err := c.DescribeConfigRules(t.Context(), &configservice.DescribeConfigRulesInput{})
	must(t, err)
	recorded := records[awsconfig.Rule](t, pack, "config.rule")
	if len(rules.ConfigRules) != 1 || len(recorded) != 1 || recorded[0].ID != *rules.ConfigRules[0].ConfigRuleArn || recorded[0].Name != *rules.ConfigRules[0].ConfigRuleName {
		t.Errorf("rules %+v, moto has %+v", recorded, rules.ConfigRules)
	}
}
