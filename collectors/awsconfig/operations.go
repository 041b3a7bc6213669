package awsconfig

import (
	"github.com/aws/aws-sdk-go-v2/service/configservice"

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
	} {
		out = append(out, evidence.Operation{Service: "config", API: configservice.ServiceID, Name: o[0], Action: "config:" + o[0], Member: o[1]})
	}
	return out
}

func operationNamed(name string) evidence.Operation {
	for _, o := range (Collector{}).Operations() {
		if o.Name == name {
			return o
		}
	}
	return evidence.Operation{Service: "config", Name: name, Action: "config:" + name}
}
