package awsconfig

import (
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

// About is the resource that was evaluated.
func (r *ResourceCompliance) About() (resourceType, resourceID string) {
	return r.ResourceType, r.ResourceID
}

// Opinions are the rules' verdicts. A rule that applied to nothing, or had too little data, has none.
func (r *ResourceCompliance) Opinions() []evidence.Opinion {
	var out []evidence.Opinion
	for _, v := range r.Rules {
		out = append(out, evidence.Opinion{Source: evidence.OfConfig, Name: v.Name, Passed: compliant(v.Compliance)})
	}
	return out
}

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
			var r configitem.Reading
			c := r.Configuration(it)
			typ, id, _ := strings.Cut(it.ResourceID, "/")
			rec := &ResourceCompliance{ResourceType: typ, ResourceID: id, Rules: []RuleVerdictNow{}}
			r.Tell("resource_type", "resource_id")
			verdict, ok := r.Text(c, "complianceType")
			if !ok {
				r.Fail("complianceType is missing")
			}
			rec.Compliance = verdict
			r.Tell("compliance")
			for _, t := range []struct{ member, is string }{{"targetResourceType", typ}, {"targetResourceId", id}} {
				if v, ok := r.Text(c, t.member); ok && v != t.is {
					r.Fail("the verdict on %s is on %q", it.ResourceID, v)
				}
			}
			rules, ok := r.Objects(c, "configRuleList")
			for _, v := range rules {
				name, named := r.Text(v, "configRuleName")
				said, judged := r.Text(v, "complianceType")
				if !named || !judged {
					r.Fail("configRuleList has a rule without its name or verdict")
				}
				rec.Rules = append(rec.Rules, RuleVerdictNow{Name: name, Compliance: said})
			}
			if ok {
				r.Tell("rules")
			}
			return rec, r.Told, r.Err
		})}
}
