package assess

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/assess/timeline"
)

// What a resource was over an interval, as a test over the period sees it. The first three are the answers of a test; the others say that
// there was nothing to ask.
const (
	// IntervalMet: the test was met all the time.
	IntervalMet = timeline.Met
	// IntervalException: evidence shows otherwise.
	IntervalException = timeline.Exception
	// IntervalUnknown: what decides was not recorded, or not read. Code says why.
	IntervalUnknown = timeline.Unknown
	// IntervalOther: of a test that one resource must meet at each moment: this one did not, which is no exception as long as another did.
	IntervalOther = timeline.Other
	// IntervalNotSelected: the test was not about the resource then.
	IntervalNotSelected = timeline.NotSelected
	// IntervalAbsent: the resource was not there: not made yet, or deleted.
	IntervalAbsent = timeline.Absent
)

// Whole is the account and region of the lines about a population as a whole, which a test has that one resource must meet at each moment.
const Whole = "all"

// IntervalResults lists them in the order in which a day is told: a day with an exception and unknown time is an exception.
func IntervalResults() []string {
	return []string{IntervalException, IntervalUnknown, IntervalMet, IntervalOther, IntervalNotSelected, IntervalAbsent}
}

// A PeriodResult is what a test over the period found in it.
type PeriodResult struct {
	// From and To are the audit's period, half open.
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// Resources counts those that were there, or may have been, at some moment of the period; Created and Deleted those of them that are
	// known to have been made or deleted in it.
	Resources int `json:"resources"`
	Created   int `json:"created"`
	Deleted   int `json:"deleted"`
	// Selected counts those that the test is known to have been about at some moment; Tolerated the exceptions that lasted no longer than the tolerance, which
	// are among the intervals of timeline.jsonl and not among the findings.
	Selected  int `json:"selected"`
	Tolerated int `json:"tolerated"`
	// Intervals counts the test's lines in timeline.jsonl.
	Intervals int `json:"intervals"`
	// Days tells each day of the period, in UTC.
	Days []Day `json:"days"`
	// Unknown tells the unknown time by its cause, most intervals first.
	Unknown []UnknownTime `json:"unknown,omitempty"`
	// Disagreements are where AWS's own timeline says otherwise than the replay; Compared counts the resources that could be compared.
	Disagreements []Disagreement `json:"disagreements,omitempty"`
	Compared      int            `json:"compared"`
}

// A Day counts resources by what they were on one day. A resource counts once, with the first of IntervalResults that it was on that day.
// A place in which nothing tells which resources there were counts as one that is unknown. Of a test that one resource must meet at each moment
// the days are those of the population as a whole, which counts as one.
type Day struct {
	Date        string `json:"date"` // 2026-07-01
	Met         int    `json:"met"`
	Exception   int    `json:"exception"`
	Unknown     int    `json:"unknown"`
	NotSelected int    `json:"not_selected"`
	// Tolerated counts those, among Exception, whose exceptions on that day all lasted no longer than the tolerance.
	Tolerated int `json:"tolerated,omitempty"`
}

// UnknownTime is how much time one cause made unknown.
type UnknownTime struct {
	// Code is one of evidence.RecorderStopped and its fellows; Reason says it in words.
	Code   string `json:"code"`
	Reason string `json:"reason"`
	// Intervals counts them; Seconds adds them up over all resources, and Longest is the longest of them, in seconds.
	Intervals int   `json:"intervals"`
	Seconds   int64 `json:"seconds"`
	Longest   int64 `json:"longest"`
}

// An Interval is a half-open span of time in which a resource was one thing for a test.
type Interval struct {
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Result string    `json:"result"`
	// Code and Reason say why an interval is unknown, absent or not selected. Code is empty for met and exception.
	Code   string `json:"code,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Begins and Ends are its edges.
	Begins Edge `json:"begins"`
	Ends   Edge `json:"ends"`
	// Source is where the states were read: evidence.FromAPI …; for AWS's own timelines "config-rule" or "security-hub".
	Source string `json:"source,omitempty"`
}

// An Edge is where an interval begins or ends.
type Edge struct {
	// Item is the configuration item that made the edge: the id of its config.configuration_item record. Empty where the edge is that of the
	// period, of the recorder's time, or of what is known.
	Item string `json:"item,omitempty"`
	// What says in words what the edge is: "the period begins", "the recorder was stopped", "captured by AWS Config".
	What string `json:"what"`
	// Change is who made the change, as far as it was looked up. Nil where nothing was to be looked up.
	Change *Change `json:"change,omitempty"`
}

// A Change is what CloudTrail tells of who changed a resource about a moment.
type Change = evidence.Change

// A ChangeEvent is one management event of CloudTrail.
type ChangeEvent = evidence.ChangeEvent

// A Disagreement is a span in which AWS's own timeline and the replayed states differ.
type Disagreement struct {
	Record  string `json:"record"`
	Account string `json:"account"`
	Region  string `json:"region"`
	// Source is "config-rule" or "security-hub"; ID the rule's name or the control.
	Source string    `json:"source"`
	ID     string    `json:"id"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Ours   string    `json:"ours"`
	Theirs string    `json:"theirs"`
	// Evidence are the exchanges behind AWS's own.
	Evidence []string `json:"evidence"`
}

// A TimelineEntry is a line of timeline.jsonl: one interval of one resource and test. Those of one resource and test, of one source, stand
// together, in order, and make up the period; those of an account and region as a whole are its unknown intervals alone. Kinds come in the
// order of their names; of each, first the accounts and regions as a whole, by test; then the resources in the order of history/<kind>.jsonl,
// each with its tests in the order of their ids, and behind each test what AWS itself said of it; then the records of which AWS Config has no item; then the population as a whole, by test.
type TimelineEntry struct {
	Test       string `json:"test"`
	Population string `json:"population"`
	// Record is the resource's id; empty for a line about an account and region as a whole, where nothing tells which resources there were, and
	// for one about the population as a whole, whose Account and Region are Whole. Region is "global" for resources that belong to no region.
	Record  string `json:"record"`
	Account string `json:"account"`
	Region  string `json:"region"`
	// Opinion is empty for what we replayed; else whose timeline it is: "config-rule NAME", "security-hub KMS.4".
	Opinion string `json:"opinion,omitempty"`
	Interval
	// Tolerated says of an exception that it lasted no longer than the tolerance.
	Tolerated bool `json:"tolerated,omitempty"`
	// Values are the fields that decided, for exceptions.
	Values   []Value  `json:"values,omitempty"`
	Evidence []string `json:"evidence"`
}

// About names what the line is about, as findings do: the resource, or the account and region.
func (e *TimelineEntry) About() string {
	switch {
	case e.Record != "":
		return e.Record
	case e.Account == Whole:
		return "the population as a whole"
	}
	return e.Account + "/" + e.Region
}

// A PopulationPeriod counts the resources of a population over the period, as AWS Config's history tells of them.
type PopulationPeriod struct {
	// Resources counts those that were there, or may have been, at some moment of the period; Created and Deleted those of them that are
	// known to have been made or deleted in it.
	Resources int `json:"resources"`
	Created   int `json:"created"`
	Deleted   int `json:"deleted"`
}
