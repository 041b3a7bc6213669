package awsconfig

import (
	"errors"
	"strings"

	"github.com/auditseal/auditseal/collectors/configitem"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// A ResourceCompliance is what AWS Config's rules said of one resource at some time: AWS's own timeline of its verdicts. Items are written
// when a verdict changes, and only where AWS::Config::ResourceCompliance is recorded.
// https://docs.aws.amazon.com/config/latest/developerguide/view-compliance-history.html
type ResourceCompliance struct {
	evidence.Meta
	ResourceType string           `json:"resource_type" cel:"resource_type" doc:"The CloudFormation type of the resource that was evaluated."`
	ResourceID   string           `json:"resource_id" cel:"resource_id" doc:"Its id."`
	Compliance   string           `json:"compliance" cel:"compliance" doc:"COMPLIANT, NON_COMPLIANT, NOT_APPLICABLE or INSUFFICIENT_DATA over all rules."`
	Rules        []RuleVerdictNow `json:"rules" cel:"rules" doc:"What each rule said."`
}

// Kind is config.resource_compliance.
func (*ResourceCompliance) Kind() string { return evidence.Verdicts }

// A RuleVerdictNow is what one rule said at that time.
type RuleVerdictNow struct {
	Name       string `json:"name" cel:"name" doc:"The rule's name."`
	Compliance string `json:"compliance" cel:"compliance" doc:"COMPLIANT, NON_COMPLIANT, NOT_APPLICABLE or INSUFFICIENT_DATA."`
}

// Past reads AWS's own timeline. The id of its records is account/region/type/id of the resource that was evaluated.
func Past() []configitem.Reader {
	return []configitem.Reader{configitem.For(complianceType, false,
		func(it *configitem.Item) string {
			if !strings.Contains(it.ResourceID, "/") {
				return ""
			}
			return it.Account + "/" + it.Region + "/" + it.ResourceID
		},
		func(it *configitem.Item) (*ResourceCompliance, []string, error) {
			var x struct {
				ComplianceType, TargetResourceID, TargetResourceType string
				ConfigRuleList                                       []struct{ ConfigRuleName, ComplianceType string }
			}
			if ok, err := configitem.Decode(it.Configuration, &x); err != nil || !ok {
				return nil, nil, err
			}
			if x.ComplianceType == "" {
				return nil, nil, errors.New("complianceType is missing")
			}
			typ, id, _ := strings.Cut(it.ResourceID, "/")
			rec := &ResourceCompliance{ResourceType: typ, ResourceID: id, Compliance: x.ComplianceType, Rules: []RuleVerdictNow{}}
			for _, v := range x.ConfigRuleList {
				if v.ConfigRuleName == "" || v.ComplianceType == "" {
					return nil, nil, errors.New("configRuleList has a rule without its name or verdict")
				}
				rec.Rules = append(rec.Rules, RuleVerdictNow{Name: v.ConfigRuleName, Compliance: v.ComplianceType})
			}
			return rec, []string{"resource_type", "resource_id", "compliance", "rules"}, nil
		})}
}
