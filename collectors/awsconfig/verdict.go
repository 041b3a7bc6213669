package awsconfig

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// A Rule is a Config rule.
type Rule struct {
	evidence.Meta
	Name            string      `json:"name" cel:"name" doc:"The rule's name."`
	RuleID          *string     `json:"rule_id,omitempty" cel:"rule_id" doc:"AWS's id of the rule."`
	State           string      `json:"state" cel:"state" doc:"ACTIVE, EVALUATING, DELETING or DELETING_RESULTS."`
	Owner           string      `json:"owner" cel:"owner" doc:"AWS for managed rules, CUSTOM_LAMBDA or CUSTOM_POLICY."`
	Identifier      *string     `json:"identifier,omitempty" cel:"identifier" doc:"The managed rule's identifier, or the ARN of the Lambda function. Absent for rules written as a policy."`
	Description     *string     `json:"description,omitempty" cel:"description" doc:"The rule's description. Absent where it has none."`
	CreatedBy       *string     `json:"created_by,omitempty" cel:"created_by" doc:"The AWS service that made the rule. Absent for a customer's own."`
	FromSecurityHub bool        `json:"from_security_hub" cel:"from_security_hub" doc:"Whether Security Hub made the rule for one of its controls; its results then appear in Security Hub too."`
	InputParameters *string     `json:"input_parameters,omitempty" cel:"input_parameters" doc:"The rule's parameters as JSON text. Absent where it has none."`
	Types           []string    `json:"types" cel:"types" doc:"The resource types that set the rule off. Empty means that its scope names none."`
	Frequency       *string     `json:"frequency,omitempty" cel:"frequency" doc:"How often a periodic rule runs. Absent where AWS names none: periodic rules then run every 24 hours."`
	Modes           []string    `json:"modes" cel:"modes" doc:"DETECTIVE (resources that exist), PROACTIVE (before they are made). Empty means DETECTIVE."`
	Visibility      *string     `json:"visibility,omitempty" cel:"visibility" doc:"INTERNAL where AWS does not tell the rule's evaluations, else EXTERNAL. Absent where AWS does not say."`
	Evaluation      *Evaluation `json:"evaluation,omitempty" cel:"evaluation" doc:"When the rule ran and how it ended."`
}

// Kind is config.rule.
func (*Rule) Kind() string { return "config.rule" }

// An Evaluation is when a rule ran.
type Evaluation struct {
	Started           bool       `json:"started" cel:"started" doc:"Whether AWS Config has evaluated resources against the rule at least once."`
	FirstActivated    *time.Time `json:"first_activated,omitempty" cel:"first_activated" doc:"When the rule was first activated. Absent where AWS does not say."`
	LastDeactivated   *time.Time `json:"last_deactivated,omitempty" cel:"last_deactivated" doc:"When the rule was last turned off. Absent where it never was."`
	LastSuccess       *time.Time `json:"last_success,omitempty" cel:"last_success" doc:"When an evaluation last succeeded. Absent where none ever did."`
	LastFailure       *time.Time `json:"last_failure,omitempty" cel:"last_failure" doc:"When an evaluation last failed. Absent where none ever did."`
	LastInvoked       *time.Time `json:"last_invoked,omitempty" cel:"last_invoked" doc:"When the rule was last invoked with success. Absent where it never was."`
	LastInvokeFailure *time.Time `json:"last_invoke_failure,omitempty" cel:"last_invoke_failure" doc:"When invoking the rule last failed. Absent where it never did."`
	LastErrorCode     *string    `json:"last_error_code,omitempty" cel:"last_error_code" doc:"The error code of the last failure. Absent where there was none."`
	LastErrorMessage  *string    `json:"last_error_message,omitempty" cel:"last_error_message" doc:"AWS's words about the last failure. Absent where there was none."`
}

// A RuleCompliance is a rule's result over all its resources.
type RuleCompliance struct {
	evidence.Meta
	Rule            string  `json:"rule" cel:"rule" doc:"The rule's name."`
	Identifier      *string `json:"identifier,omitempty" cel:"identifier" doc:"The managed rule's identifier. Absent for rules that are not AWS's."`
	FromSecurityHub bool    `json:"from_security_hub" cel:"from_security_hub" doc:"Whether Security Hub made the rule."`
	Compliance      *string `json:"compliance,omitempty" cel:"compliance" doc:"COMPLIANT, NON_COMPLIANT or INSUFFICIENT_DATA, as AWS Config rolls it up. INSUFFICIENT_DATA means not evaluated: the rule never ran, could not tell its results, or applies to no resource."`
	Compliant       *bool   `json:"compliant,omitempty" cel:"compliant" doc:"True for COMPLIANT, false for NON_COMPLIANT. Absent for INSUFFICIENT_DATA and for any word that AWS does not document: the rule was not evaluated."`
	Contributors    *int    `json:"contributors,omitempty" cel:"contributors" doc:"How many resources make the rule NON_COMPLIANT. Absent where AWS gives no number."`
	CapExceeded     bool    `json:"cap_exceeded" cel:"cap_exceeded" doc:"Whether there are more contributors than AWS counts (100); the population config.rule_evaluation has all of them."`
}

// Kind is config.rule_compliance.
func (*RuleCompliance) Kind() string { return "config.rule_compliance" }

// Opinion is AWS Config's verdict.
func (r *RuleCompliance) Opinion() evidence.Opinion {
	o := evidence.Opinion{Source: evidence.OfConfig, Name: r.Rule, Passed: r.Compliant}
	if r.Identifier != nil {
		o.ID = *r.Identifier
	}
	return o
}

// A RuleEvaluation is a rule's result for one resource.
type RuleEvaluation struct {
	evidence.Meta
	Rule            string     `json:"rule" cel:"rule" doc:"The rule's name."`
	FromSecurityHub bool       `json:"from_security_hub" cel:"from_security_hub" doc:"Whether Security Hub made the rule."`
	ResourceType    string     `json:"resource_type" cel:"resource_type" doc:"The CloudFormation type of the resource."`
	ResourceID      string     `json:"resource_id" cel:"resource_id" doc:"The resource's id."`
	Compliance      string     `json:"compliance" cel:"compliance" doc:"COMPLIANT, NON_COMPLIANT, NOT_APPLICABLE or INSUFFICIENT_DATA."`
	Compliant       *bool      `json:"compliant,omitempty" cel:"compliant" doc:"True for COMPLIANT, false for NON_COMPLIANT. Absent for everything else: the resource was not evaluated."`
	Annotation      *string    `json:"annotation,omitempty" cel:"annotation" doc:"What the rule says about the resource. Absent where it says nothing."`
	Mode            *string    `json:"mode,omitempty" cel:"mode" doc:"DETECTIVE or PROACTIVE. Absent where AWS does not say."`
	Invoked         *time.Time `json:"invoked,omitempty" cel:"invoked" doc:"When the rule was invoked. Absent where AWS does not say."`
	Recorded        *time.Time `json:"recorded,omitempty" cel:"recorded" doc:"When the result was recorded. Absent where AWS does not say."`
	Effective       *time.Time `json:"effective,omitempty" cel:"effective" doc:"The time of the configuration that was evaluated. Absent where AWS does not say."`
}

// Kind is config.rule_evaluation.
func (*RuleEvaluation) Kind() string { return "config.rule_evaluation" }

// A ConformancePack is a set of rules that were deployed together.
type ConformancePack struct {
	evidence.Meta
	Name            string            `json:"name" cel:"name" doc:"The pack's name."`
	CreatedBy       *string           `json:"created_by,omitempty" cel:"created_by" doc:"The AWS service that made the pack. Absent for a customer's own."`
	Parameters      map[string]string `json:"parameters" cel:"parameters" doc:"The pack's parameters by name."`
	State           *string           `json:"state,omitempty" cel:"state" doc:"CREATE_COMPLETE, CREATE_IN_PROGRESS, CREATE_FAILED, DELETE_IN_PROGRESS or DELETE_FAILED."`
	StateReason     *string           `json:"state_reason,omitempty" cel:"state_reason" doc:"Why deployment failed. Absent where it did not."`
	UpdateRequested *time.Time        `json:"update_requested,omitempty" cel:"update_requested" doc:"When the pack was last deployed or changed. Absent where AWS does not say."`
	UpdateCompleted *time.Time        `json:"update_completed,omitempty" cel:"update_completed" doc:"When that was done. Absent where it is not yet."`
	Rules           int               `json:"rules" cel:"rules" doc:"How many rules AWS lists for the pack."`
	Compliant       int               `json:"compliant" cel:"compliant" doc:"How many of them are COMPLIANT."`
	NonCompliant    int               `json:"non_compliant" cel:"non_compliant" doc:"How many of them are NON_COMPLIANT."`
	WithoutData     int               `json:"without_data" cel:"without_data" doc:"How many of them are neither: INSUFFICIENT_DATA, or a word that AWS does not document. AWS's own summary of a pack does not show these."`
}

// Kind is config.conformance_pack.
func (*ConformancePack) Kind() string { return "config.conformance_pack" }

// A ConformancePackRule is a rule of a conformance pack.
type ConformancePackRule struct {
	evidence.Meta
	Pack       string   `json:"pack" cel:"pack" doc:"The pack's name."`
	Rule       string   `json:"rule" cel:"rule" doc:"The rule's name."`
	Compliance string   `json:"compliance" cel:"compliance" doc:"COMPLIANT, NON_COMPLIANT or INSUFFICIENT_DATA."`
	Compliant  *bool    `json:"compliant,omitempty" cel:"compliant" doc:"True for COMPLIANT, false for NON_COMPLIANT. Absent for everything else: the rule was not evaluated."`
	Controls   []string `json:"controls" cel:"controls" doc:"The controls that the pack assigns to the rule. Empty where it assigns none."`
}

// Kind is config.conformance_pack_rule.
func (*ConformancePackRule) Kind() string { return "config.conformance_pack_rule" }
