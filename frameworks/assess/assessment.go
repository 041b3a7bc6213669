package assess

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks"
)

// Format is the version of assessment.json. A reader refuses one it does not know.
const Format = 1

// A Result is the outcome of a test or a control. The zero Result is none: it is never valid, and never success.
type Result string

const (
	// Exception: evidence shows otherwise.
	Exception Result = "exception"
	// Incomplete: evidence that decides is missing.
	Incomplete Result = "incomplete"
	// Manual: a person must supply the evidence.
	Manual Result = "manual"
	// NotTested: there were no occurrences in the period, so that operating effectiveness was not tested. Of tests over the period only.
	NotTested Result = "not-tested"
	// Met: shown over the whole population, and, by a test over the period, all the time.
	Met Result = "met"
	// NotApplicable: the mapping says so, and why.
	NotApplicable Result = "not-applicable"
)

// Results lists the results, worst first. A control takes the worst of its tests.
func Results() []Result {
	return []Result{Exception, Incomplete, Manual, NotTested, Met, NotApplicable}
}

// An Assessment is every result of one run: the content of assessment.json. It holds no conclusion.
type Assessment struct {
	Format       int            `json:"format"`
	Tool         string         `json:"tool"` // "auditseal 0.1.0"
	Organization string         `json:"organization"`
	Scope        evidence.Scope `json:"scope"`
	// Frameworks are in the order of audit.yaml.
	Frameworks []FrameworkResult `json:"frameworks"`
	// Tests are sorted by id; a test that several controls refer to stands here once.
	Tests []TestResult `json:"tests"`
	// Populations are sorted by kind; every kind of every collector that ran stands here, tested or not.
	Populations []Population `json:"populations"`
	// Accepted lists every entry of the exceptions file with what became of it.
	Accepted []AcceptedStatus `json:"accepted,omitempty"`
}

// A FrameworkResult is a framework with the results of its controls.
type FrameworkResult struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Version string `json:"version,omitempty"`
	// Source names the publication that the control identifiers come from, empty for a framework of the user's own.
	Source   string          `json:"source,omitempty"`
	Controls []ControlResult `json:"controls"`
}

// A ControlResult is a control with the worst result of its tests.
type ControlResult struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	// Group is the heading the control stands under, empty where the framework has none.
	Group  string `json:"group,omitempty"`
	Result Result `json:"result"`
	// Tests are test ids in the framework's order; TestResult has their results.
	Tests []string `json:"tests,omitempty"`
	// Manual is what a person must supply, and what it must show. Empty where the tests cover the control.
	Manual string `json:"manual,omitempty"`
	// NotApplicable is the mapping's own reason, where it says so.
	NotApplicable string `json:"not_applicable,omitempty"`
	// Planned is set for a control that carries no test yet, and says what is missing. Its result is manual.
	Planned string `json:"planned,omitempty"`
	// Outside is set for a control that AWS's configuration can show nothing of, and says where to look. Its result is manual.
	Outside string `json:"outside,omitempty"`
	// Points are the points of focus, where the publication has any.
	Points []Point `json:"points,omitempty"`
	// SecurityHub and ConfigRules are the AWS control ids and rule names that speak of the same control.
	SecurityHub []string `json:"security_hub,omitempty"`
	ConfigRules []string `json:"config_rules,omitempty"`
}

// A Point is one point of focus, with the control's tests that show something of it.
type Point struct {
	ID    string   `json:"id"`
	Text  string   `json:"text"`
	Tests []string `json:"tests,omitempty"`
}

// Coverage says how much of the control evidence from AWS can show.
func (c *ControlResult) Coverage() frameworks.Coverage {
	return frameworks.CoverageOf(len(c.Tests), c.Manual, c.Outside, c.Planned, c.NotApplicable)
}

// A SecondOpinion is what AWS itself says where one of its controls or rules asks the same as a test. It never changes a result.
type SecondOpinion struct {
	// Source is security-hub or config; ID the control or the rule's name.
	Source string `json:"source"`
	ID     string `json:"id"`
	// Passed, Failed and Unevaluated count the accounts and regions (for config: rules in them) by AWS's verdict.
	Passed      int `json:"passed"`
	Failed      int `json:"failed"`
	Unevaluated int `json:"unevaluated"`
	// Whole is false where not all of AWS's verdicts were read.
	Whole bool `json:"whole"`
	// Comparison is agrees, disagrees, no-answer (AWS evaluated it nowhere) or not-compared (the test itself has no result that
	// says how things are, or the exception may lie where AWS did not look, or another of its controls did).
	Comparison string `json:"comparison"`
	// Failing are the records of the verdicts that failed.
	Failing []string `json:"failing,omitempty"`
}

// How a second opinion compares.
const (
	Agrees      = "agrees"
	Disagrees   = "disagrees"
	NoAnswer    = "no-answer"
	NotCompared = "not-compared"
)

// A TestResult is a test as it was run, with everything needed to perform it again.
type TestResult struct {
	ID         string `json:"id"`
	Statement  string `json:"statement"`
	Population string `json:"population,omitempty"` // kind; empty for a manual test
	Where      string `json:"where,omitempty"`      // CEL; empty selects all
	Expect     string `json:"expect,omitempty"`     // CEL
	Require    string `json:"require,omitempty"`    // every, at-least-one, none
	IfEmpty    Result `json:"if_empty,omitempty"`
	Over       string `json:"over,omitempty"` // instant or period
	// Tolerance is, for a test over the period, the longest exception that still meets it, as the mapping writes it: "24h". Empty is none.
	Tolerance string `json:"tolerance,omitempty"`
	// Period is what a test over the period found in it. Nil for all others.
	Period *PeriodResult `json:"period,omitempty"`
	// Manual is what a person must supply, for a test that no API can perform.
	Manual string `json:"manual,omitempty"`
	// Why is the mapping's note on why the test shows the control.
	Why    string `json:"why,omitempty"`
	Result Result `json:"result"`
	// Reason says in a sentence how the result came about; always set.
	Reason string `json:"reason"`
	// Size is the population's records read; Selected those that where chose; Undecided those for which where itself was unknown.
	Size      int `json:"size"`
	Selected  int `json:"selected"`
	Undecided int `json:"undecided"`
	// MetCount, ExceptionCount, UnknownCount and OtherCount split Selected plus Undecided: they add up. Met are the records that
	// are as the test requires: under none, those that do not meet Expect.
	MetCount       int `json:"met_count"`
	ExceptionCount int `json:"exception_count"`
	UnknownCount   int `json:"unknown_count"`
	// OtherCount is for at-least-one: selected records that do not meet it and are no exceptions, because another one does or
	// because it is not known whether one does. 0 for every and none.
	OtherCount int `json:"other_count,omitempty"`
	// Exceptions and Unknowns list each one, in population order.
	Exceptions []Finding `json:"exceptions,omitempty"`
	Unknowns   []Finding `json:"unknowns,omitempty"`
	// Gaps are the ids of gaps that leave the population itself not whole.
	Gaps []string `json:"gaps,omitempty"`
	// Opinions are what AWS itself says where it asks the same, in the order of the mapping.
	Opinions []SecondOpinion `json:"opinions,omitempty"`
	// First and Last are AWS's dates of the first and last answer behind the population; zero where empty.
	First time.Time `json:"first,omitzero"`
	Last  time.Time `json:"last,omitzero"`
}

// A Finding is one record that did not meet a test, or could not be decided.
type Finding struct {
	Record  string `json:"record"` // the record's id
	Account string `json:"account"`
	Region  string `json:"region"`
	// Values are the fields that the expressions read, in JSON spelling, with their values as text: what the auditor compares.
	Values []Value `json:"values,omitempty"`
	// Fields are the unknown fields that decided, with the gap behind each; for unknowns only.
	Fields []evidence.Unknown `json:"fields,omitempty"`
	// Fault is set where an expression could not be evaluated on this record (an absent field read without has()).
	Fault string `json:"fault,omitempty"`
	// Interval is when it was so, for a test over the period: one finding an interval. Nil for all others.
	Interval *Interval `json:"interval,omitempty"`
	Evidence []string  `json:"evidence"`
	Date     time.Time `json:"date"`
	// Accepted is set where an accepted exception covers this one. It never changes the result.
	Accepted *Acceptance `json:"accepted,omitempty"`
}

// A Value is a field that an expression read.
type Value struct {
	Field string `json:"field"`
	Value string `json:"value"`
}

// An Acceptance is an accepted exception, as someone decided and someone else approved it.
type Acceptance struct {
	ID       string `json:"id"`
	Owner    string `json:"owner"`
	Approver string `json:"approver"`
	Reason   string `json:"reason"`
	Expires  string `json:"expires"` // a date, 2026-12-31; accepted through that day, UTC
	Expired  bool   `json:"expired"`
}

// An AcceptedStatus is an entry of the exceptions file and what became of it.
type AcceptedStatus struct {
	Acceptance
	Test   string `json:"test"`
	Record string `json:"record"`
	// Status is applied, expired (it covers a present exception but has run out) or orphaned (no such exception is there).
	Status string `json:"status"`
}

// A Population says how many records of a kind were read, and whether all of them were.
type Population struct {
	Kind string `json:"kind"`
	Doc  string `json:"doc"`
	Size int    `json:"size"`
	// SHA256 is the digest of records/<kind>.jsonl.
	SHA256 evidence.Digest `json:"sha256"`
	// Complete is false where any gap touches the population; Gaps lists them.
	Complete bool `json:"complete"`
	// Period counts the resources over the period, where the history of the kind was read. Nil where it was not.
	Period *PopulationPeriod `json:"period,omitempty"`
	Gaps   []string          `json:"gaps,omitempty"`
	First  time.Time         `json:"first,omitzero"`
	Last   time.Time         `json:"last,omitzero"`
}
