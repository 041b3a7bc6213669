package frameworks

import (
	_ "embed"
	"strings"
)

// The tables are AWS's, as read on the day that each of them names in its first line.
var (
	//go:embed facts/security-hub-controls.csv
	hubControls string
	//go:embed facts/config-managed-rules.csv
	managedRules string
)

// column finds the line of a table whose first field is key, and gives its nth field.
func column(table, key string, n int) (string, bool) {
	for line := range strings.Lines(table) {
		if fields := strings.Split(strings.TrimSuffix(line, "\n"), ","); fields[0] == key && len(fields) > n {
			return fields[n], true
		}
	}
	return "", false
}

// ConfigRuleOf is the Config rule behind a Security Hub control; empty where there is none or the control is not in AWS's list.
func ConfigRuleOf(control string) string {
	rule, _ := column(hubControls, control, 2)
	return rule
}

// parametric are managed rules that ask whatever their parameters say. One stands behind several Security Hub controls, or under the
// same identifier in rules of the customer's own that ask something else, so that its verdict is not the control's.
var parametric = []string{
	"iam-password-policy", "iam-policy-blacklisted-check", "iam-policy-in-use", "iam-user-unused-credentials-check", "restricted-common-ports",
	"vpc-endpoint-enabled", "vpc-sg-open-only-to-authorized-ports", "vpc-sg-port-restriction-check",
}

// RuleIdentifier is the identifier of a managed rule by its name. It is not the name in capitals: restricted-ssh is
// INCOMING_SSH_DISABLED. Empty where the list does not have the rule.
func RuleIdentifier(rule string) string {
	id, _ := column(managedRules, rule, 1)
	return id
}

// RuleOfIdentifier is the name of the managed rule with that identifier; empty where AWS's lists as they are here have none. A rule that
// is newer than the list of identifiers is found by its name in capitals, as most are called.
func RuleOfIdentifier(identifier string) string {
	if identifier == "" || strings.Trim(identifier, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
		return ""
	}
	for line := range strings.Lines(managedRules) {
		if rule, id, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ","); ok && id == identifier {
			return rule
		}
	}
	rule := strings.ReplaceAll(strings.ToLower(identifier), "_", "-")
	if RuleIdentifier(rule) == "" && ConfigRuleKnown(rule) {
		return rule
	}
	return ""
}

// HubControlKnown reports whether AWS's list has the Security Hub control.
func HubControlKnown(control string) bool {
	_, ok := column(hubControls, control, 0)
	return ok
}

// ConfigRuleKnown reports whether one of AWS's lists has the Config rule's name.
func ConfigRuleKnown(rule string) bool {
	if RuleIdentifier(rule) != "" {
		return true
	}
	return strings.Contains(hubControls, ","+rule+",")
}
