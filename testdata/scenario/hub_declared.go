package scenario

import "time"

// A Hub is Security Hub in one region of one account.
type Hub struct {
	Subscribed time.Time
	AutoEnable bool
	// Generator is SECURITY_CONTROL (one finding a check) or STANDARD_CONTROL (one a check and standard).
	Generator string
	Standards []Standard
	Controls  []Control
	Findings  []Finding
	// BulkFindings is a number of further findings of KMS.4, made by index when asked for: every tenth has FAILED.
	BulkFindings int
}

// A Standard is an enabled standard.
type Standard struct {
	// Name is the last part of its subscription: "aws-foundational-security-best-practices/v/1.0.0".
	Name string
	// Status is READY where empty; Reason is set for INCOMPLETE and FAILED.
	Status, Reason string
	// Updatable is StandardsControlsUpdatable, READY_FOR_UPDATES where empty.
	Updatable string
}

// A Control is a security control as this region knows it.
type Control struct {
	ID, Title, Description, Severity string
	// Availability is AVAILABLE where empty.
	Availability string
	// Status is ENABLED where empty.
	Status string
	// Reason is LastUpdateReason.
	Reason string
	// Updating says that UpdateStatus is UPDATING.
	Updating bool
	// Standards tie the control to standards by name.
	Standards []Association
	// Parameter is the name of an integer parameter, Default its default and Custom a custom value; all empty for none.
	Parameter       string
	Default, Custom int
}

// An Association is a control in a standard.
type Association struct {
	Standard     string
	Disabled     bool
	Reason       string
	Requirements []string
	Updated      time.Time
}

// A Finding is a finding of Security Hub itself or, with Product set, of another product.
type Finding struct {
	// Control is the security control; empty for a finding that is not control evidence.
	Control string
	// Standard is set for the form that is told per standard.
	Standard string
	// Standards are the associated standards.
	Standards []string
	// Status is Compliance.Status. Empty means the finding has no Compliance object at all.
	Status string
	// Reasons are status reason codes.
	Reasons []string
	// Requirements are the related requirements.
	Requirements                      []string
	Title, Description                string
	Severity                          string
	Workflow, Record                  string
	First, Last, Created, Updated     time.Time
	ResourceType, ResourceID, Product string
	// More are further resources as type and id.
	More []Tag
	// Tags are the first resource's tags.
	Tags []Tag
	// Note and NoteBy explain a suppression.
	Note, NoteBy string
	NoteAt       time.Time
	// Original is Severity.Original.
	Original string
	// Parameter is a control parameter with its values.
	Parameter string
	Values    []string
	// History are the changes that AWS tells of, oldest first, the making of the finding not among them.
	History []FindingUpdate
}
