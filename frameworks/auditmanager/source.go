package auditmanager

import (
	"regexp"
	"strings"

	"github.com/auditseal/auditseal/frameworks"
)

var (
	hubForm        = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*\.[0-9]+$`)
	identifierForm = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)
)

// A sourced is what became of one source of evidence.
type sourced struct {
	// label is its type, keyword and name, for lists.
	label string
	// hub and rule are the AWS control or managed rule, where the source is one that AWS's lists have.
	hub, rule string
	match     *match
	// reason says why there is no match, want what a person must supply instead.
	reason, want string
}

// source looks for the tests that stand for a source.
func (t *translation) source(s source) sourced {
	kind, keyword, name := t.text(s.Type, 60), t.text(s.Keyword.Value, 200), t.text(s.Name, 300)
	x := sourced{label: strings.TrimSpace(kind + " " + keyword)}
	if x.label == "" {
		x.label = "a source without a type"
	}
	what := keyword
	if what == "" {
		what = name
	}
	if name != "" && name != keyword {
		x.label += " (" + name + ")"
	}
	switch kind {
	case "AWS_Security_Hub":
		if hubForm.MatchString(keyword) && frameworks.HubControlKnown(keyword) {
			x.hub = keyword
			x.match = t.opts.Index.hub[keyword]
			x.reason = "no test that ships asks what this control of Security Hub asks"
		} else {
			x.reason = "it is no control of Security Hub in AWS's list as this release has it"
		}
		x.want = "What Security Hub found for " + quoted(what) + " in the period."
	case "AWS_Config":
		x.want = "What the AWS Config rule " + quoted(what) + " found in the period."
		switch rule := frameworks.RuleOfIdentifier(keyword); {
		case strings.HasPrefix(keyword, "Custom_"):
			x.reason = "the rule is the customer's own or a service's, and no test that ships knows it"
		case !identifierForm.MatchString(keyword) || rule == "":
			x.reason = "it is no managed rule in AWS's list as this release has it"
		default:
			x.rule = rule
			x.match = t.opts.Index.rules[rule]
			x.reason = "no test that ships asks what the managed rule " + rule + " asks"
		}
	case "AWS_API_Call":
		x.reason, x.want = "no test that ships stands for the answer of one API call", "What the API call "+quoted(what)+" answers, with its date."
	case "AWS_Cloudtrail":
		x.reason, x.want = "no test that ships looks for single events of CloudTrail", "The events "+quoted(what)+" that CloudTrail logged in the period, or a note that there are none."
	case "MANUAL":
		x.reason, x.want = "a person supplies it", "A file or a statement"
		switch t.text(s.Keyword.Input, 60) {
		case "UPLOAD_FILE":
			x.want = "A file"
		case "INPUT_TEXT":
			x.want = "A statement"
		}
		if what != "" {
			x.want += " for " + quoted(what)
		}
		x.want += "."
	case "Core_Control", "Common_Control":
		x.reason, x.want = "AWS chooses the sources behind it, and the framework does not tell them", "What shows the "+strings.ToLower(strings.ReplaceAll(kind, "_", " "))+" "+quoted(what)+"."
	default:
		x.reason, x.want = "this type of source is not known", "What the source "+quoted(what)+" shows."
	}
	if about := t.text(s.Description, maxText); about != "" && x.match == nil {
		x.want += " " + about
	}
	return x
}

// quoted puts a name into quotes; one that is not there is "without a name".
func quoted(s string) string {
	if s == "" {
		return "without a name"
	}
	return `"` + strings.ReplaceAll(s, `"`, "'") + `"`
}
