package awsconfig

import (
	"github.com/aws/aws-sdk-go-v2/service/configservice"

	"github.com/auditseal/auditseal/collectors/configitem"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// Operations are all reads of AWS Config. AWS publishes no rates for them.
func (Collector) Operations() []evidence.Operation {
	var out []evidence.Operation
	for _, o := range [][2]string{
		{"DescribeComplianceByConfigRule", "ComplianceByConfigRules"},
		{"DescribeConfigRuleEvaluationStatus", "ConfigRulesEvaluationStatus"},
		{"DescribeConfigRules", "ConfigRules"},
		{"DescribeConfigurationAggregatorSourcesStatus", "AggregatedSourceStatusList"},
		{"DescribeConfigurationAggregators", "ConfigurationAggregators"},
		{"DescribeConfigurationRecorderStatus", "ConfigurationRecordersStatus"},
		{"DescribeConfigurationRecorders", "ConfigurationRecorders"},
		{"DescribeConformancePackCompliance", "ConformancePackRuleComplianceList"},
		{"DescribeConformancePackStatus", "ConformancePackStatusDetails"},
		{"DescribeConformancePacks", "ConformancePackDetails"},
		{"DescribeDeliveryChannelStatus", "DeliveryChannelsStatus"},
		{"DescribeDeliveryChannels", "DeliveryChannels"},
		{"DescribeRetentionConfigurations", "RetentionConfigurations"},
		{"GetComplianceDetailsByConfigRule", "EvaluationResults"},
		{"GetDiscoveredResourceCounts", "ResourceCounts"},
		{"GetResourceConfigHistory", "ConfigurationItems"},
		{"ListDiscoveredResources", "ResourceIdentifiers"},
		{"SelectResourceConfig", "Results"},
	} {
		op := evidence.Operation{Service: "config", API: configservice.ServiceID, Name: o[0], Action: "config:" + o[0], Member: o[1]}
		op.Each, op.Lists, op.Page = many[o[0]].each, many[o[0]].lists, many[o[0]].page
		op.Weekly = o[0] == "GetResourceConfigHistory"
		if o[0] == "GetResourceConfigHistory" || o[0] == "SelectResourceConfig" {
			op = configitem.Redacted(op)
		}
		out = append(out, op)
	}
	return out
}

// many are the operations that are asked more than once in a cell. The history of a resource is asked for once to find what was in force
// at the period's beginning, and once for each window of seven days.
var many = map[string]struct {
	each, lists string
	page        int
}{
	"DescribeComplianceByConfigRule":               {each: "config.rule", page: namesAtOnce},
	"DescribeConfigRuleEvaluationStatus":           {each: "config.rule", page: namesAtOnce},
	"DescribeConfigRules":                          {lists: "config.rule", page: 25},
	"DescribeConfigurationAggregatorSourcesStatus": {each: "config.aggregator", lists: "config.aggregator_source", page: 100},
	"DescribeConfigurationAggregators":             {lists: "config.aggregator", page: 100},
	"DescribeConformancePackCompliance":            {each: "config.conformance_pack", lists: "config.conformance_pack_rule", page: 1000},
	"DescribeConformancePackStatus":                {lists: "config.conformance_pack", page: 20},
	"DescribeConformancePacks":                     {lists: "config.conformance_pack", page: 20},
	"GetComplianceDetailsByConfigRule":             {each: "config.rule", lists: "config.rule_evaluation", page: 100},
	"GetDiscoveredResourceCounts":                  {lists: "config.discovered_count", page: 100},
	"GetResourceConfigHistory":                     {each: "config.discovered_resource"},
	"ListDiscoveredResources":                      {lists: "config.discovered_resource", page: 100},
}

func operationNamed(name string) evidence.Operation {
	for _, o := range (Collector{}).Operations() {
		if o.Name == name {
			return o
		}
	}
	return evidence.Operation{Service: "config", Name: name, Action: "config:" + name}
}
