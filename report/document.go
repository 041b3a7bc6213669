// Package report holds the Document: everything that the PDF and the workbook show, worked out once. The renderers below it
// (report/pdf, report/excel) choose fonts and columns and compute nothing, so the two can't disagree.
//
// A Document is made from files only: Load reads a pack's folder, New takes the same things already in memory. Nothing here
// reads a clock, an environment or a network, judges a record, or writes an auditor's conclusion.
//
// Whatever grows with the audited organization is a stream, read from its file each time it is ranged over: records, findings,
// gaps, ledger cells, exchanges. A stream yields (value, nil) any number of times; an error is yielded last, with a zero value,
// and a renderer that meets one must stop and fail: a stream that broke is never a shorter list. What is held in memory beside
// the streams is counted, and capped at Shown a list.
package report

import (
	"iter"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/assess"
)

// Shown is how many members of an unbounded list a Document holds in memory, and so the most that the PDF shows of one.
// The workbook ranges over the streams and shows all.
const Shown = 25

// A Document is the view that every renderer shows.
type Document struct {
	// ID names the pack: "AS-" and the first 16 digits of the SHA-256 of assessment.json.
	ID string
	// Assessed is the SHA-256 of assessment.json, which a reader can print with sha256sum.
	Assessed evidence.Digest
	// Run is run.json: tool, organization, scope, callers.
	Run Run
	// Time is the newest answer of AWS in the evidence, or the scope's as-of where there is none. Renderers use it where a format
	// asks for a creation date: no output knows when it was made.
	Time time.Time
	// First and Last are AWS's dates of the first and last exchange; zero where there is none.
	First, Last time.Time
	// Words are the fixed words: results, outcomes, narrative.
	Words Words

	Frameworks []Framework
	// Controls and Tests count results over all frameworks, one entry a result, worst first, zeros included.
	ControlCounts []Count
	TestCounts    []Count
	// Open are the controls that are neither met nor not applicable, worst first, then in the frameworks' order.
	Open []OpenControl
	// Tests are sorted by id.
	Tests []Test
	// Populations are sorted by kind.
	Populations []Population
	// Timeline is what tests over the period found.
	Timeline Timeline
	Ledger   Ledger
	Evidence Evidence
	// Accepted is every entry of the exceptions file and what became of it.
	Accepted []assess.AcceptedStatus
	// Requests are what a person must supply, one an item, in the frameworks' order.
	Requests []Request
	// Supplied are the files under manual/, sorted by name.
	Supplied []Supplied
	// Limits are what the pack can't prove: the standing ones first, then those of this run.
	Limits []Limit
}

// A Count is how many controls or tests came to a result.
type Count struct {
	Result assess.Result
	N      int
}

// An OpenControl is a control that someone has to look at.
type OpenControl struct {
	Framework string
	Control   Control
}

// A Framework is one framework with its controls under their headings.
type Framework struct {
	ID, Title, Version, Source string
	// Counts counts controls, one entry a result, worst first, zeros included.
	Counts []Count
	// Groups are the framework's headings in its order. One with an empty Title holds the controls without a heading.
	Groups []Group
}

// A Group is a heading of a framework and the controls below it.
type Group struct {
	Title    string
	Controls []Control
}

// A Control is a control with its tests.
type Control struct {
	assess.ControlResult
	// Tests are the control's tests in the framework's order. It stands in front of the ids of ControlResult.
	Tests []TestRef
}

// A TestRef points from a control to a test.
type TestRef struct {
	ID        string
	Statement string
	Result    assess.Result
	Reason    string
	// Population is the kind; empty for a manual test. The counts are those of the test.
	Population                              string
	Size, Selected, Met, Exception, Unknown int
	// Gaps is how many leave the population itself not whole.
	Gaps int
}

// A ControlRef points from a test to a control.
type ControlRef struct {
	Framework, Control, Title string
}

// A Test is a test as it was run.
type Test struct {
	// TestResult's own lists of exceptions, unknowns and gaps are empty here: the fields below stand in front of them.
	assess.TestResult
	// Controls are those that refer to the test, in the order of the frameworks.
	Controls []ControlRef
	// Exceptions and Unknowns are the records that did not meet the test, and those that could not be decided.
	Exceptions Findings
	Unknowns   Findings
	// Gaps leave the population itself not whole.
	Gaps Gaps
	// Strip tells each day of a test over the period, which TestResult's Period describes; empty for every other test. Exceptions and
	// Unknowns of such a test are intervals, each with its own Interval.
	Strip []StripDay
	// ExceptionDays and UnknownDays count the days of the strip whose worst is that.
	ExceptionDays, UnknownDays int
}

// Findings are a test's exceptions or undecided records in population order.
type Findings struct {
	// Count is how many there are, as the assessment says; First are the first Shown of them.
	Count int
	First []assess.Finding
	// Accepted and Expired count those that an accepted exception covers: in force, and run out. Neither changes a result.
	Accepted, Expired int
	// All yields every one.
	All iter.Seq2[assess.Finding, error]
}

// Gaps are the gaps that touch a test or a population.
type Gaps struct {
	// Count is how many there are; First are the first Shown of them in the order of the assessment.
	Count int
	First []evidence.Gap
	// IDs are all of them.
	IDs []string
}

// A Population is every record of a kind.
type Population struct {
	// Population's own list of gap ids is empty here; Gaps stands in front of it.
	assess.Population
	// File is the records' file in the pack: records/kms.key.jsonl.
	File string
	// Columns are the kind's fields in the order of the schema; a Row has one Cell for each.
	Columns []evidence.Field
	// Calls are the operations of the service or collector that the kind is named by, summed over accounts and regions. Empty for
	// records that are derived from other records.
	Calls []Call
	Gaps  Gaps
	// Rows yields the records in the order of the file. The Row is used again: keep nothing of it after the next turn.
	Rows iter.Seq2[*Row, error]
}

// A Call is an operation of a service, summed over accounts and regions.
type Call struct {
	Collector, Service, Operation string
	// Cells counts the accounts and regions where it was planned, Exchanges the answers, Gaps what was left unread.
	Cells, Exchanges, Gaps int
	// Worst is the worst outcome.
	Worst       evidence.Outcome
	First, Last time.Time
}

// A Row is one record laid out in a population's columns.
type Row struct {
	// Line is the line in the records' file, from 1.
	Line  int
	Cells []Cell
}

// A Ledger says what was planned and what became of it.
type Ledger struct {
	// Cells and Gaps count the lines of gaps.jsonl.
	CellCount, GapCount int
	// Unread counts the cells whose outcome is a gap.
	Unread int
	// Outcomes counts cells by outcome, best first, as evidence.Outcomes lists them, zeros included.
	Outcomes []OutcomeCount
	// Collectors are the matrix's columns, sorted; Places its rows, sorted by account and region.
	Collectors []string
	Places     []Place
	// Calls are all operations, summed over accounts and regions, sorted by service and operation.
	Calls []Call
	// Codes counts gaps by collector, operation, outcome and code, most first.
	Codes []CodeCount
	// First are the first Shown gaps.
	First []evidence.Gap
	// Cells and Gaps yield every cell and gap in the ledger's order.
	Cells iter.Seq2[evidence.LedgerCell, error]
	Gaps  iter.Seq2[evidence.Gap, error]
}

// An OutcomeCount is how many cells came to an outcome.
type OutcomeCount struct {
	Outcome evidence.Outcome
	N       int
}

// A Place is an account and region: a row of the ledger's matrix.
type Place struct {
	Account, Region string
	// Worst has one entry a collector, as Ledger.Collectors lists them; empty where the collector had nothing planned here.
	Worst []evidence.Outcome
	// Gaps counts the gaps here, Exchanges the exchanges.
	Gaps, Exchanges int
}

// A CodeCount is how many gaps share collector, operation, outcome and code.
type CodeCount struct {
	Collector, Operation string
	Outcome              evidence.Outcome
	Code                 string
	N                    int
	// Accounts counts the different accounts among them.
	Accounts int
}

// Evidence is the index of the tape.
type Evidence struct {
	// Count counts the exchanges, Redactions the values taken out of them at capture.
	Count, Redactions int
	// LocalClock counts the exchanges whose date is the collecting machine's and not AWS's.
	LocalClock int
	// FIPS counts the exchanges that one of AWS's FIPS endpoints answered.
	FIPS int
	// Files are the tape's files, sorted by path.
	Files []File
	// Endpoints are the endpoints that answered, sorted.
	Endpoints []string
	// All yields every exchange in the order of the files.
	All iter.Seq2[Exchange, error]
	// Cited are the exchanges that the findings and gaps held in this Document point to, sorted by id. An id that stands on no
	// line of the tape is not here; Missing lists it.
	Cited   []Exchange
	Missing []string
}

// A File is a file of the tape.
type File struct {
	Path        string
	Account     string
	Region      string
	Service     string
	Exchanges   int
	First, Last time.Time
	// SHA256 is the digest of the whole file, as in SHA256SUMS.
	SHA256 evidence.Digest
}

// An Exchange is one line of the evidence index: where it stands, and what it was.
type Exchange struct {
	ID string
	// File and Line say where it stands; lines count from 1.
	File                                string
	Line                                int
	Account, Region, Collector, Service string
	Operation                           string
	Date                                time.Time
	// Clock is "local" where Date is not AWS's.
	Clock string
	// Status is 0 where no answer came; Failure then has the code.
	Status    int
	Failure   string
	RequestID string
	Endpoint  string
	FIPS      bool
	Attempts  int
	// Redactions counts the values taken out at capture.
	Redactions int
	SHA256     evidence.Digest
}

// A Request is one thing that a person must supply: a line of the auditor's request list.
type Request struct {
	// ID is "R-" and the test, or the framework and the control: the same in every run.
	ID string
	// Controls are those that need it.
	Controls []ControlRef
	// Test is the manual test, empty where the control itself asks.
	Test string
	// Item is the test's statement or the control's title; Description what must be supplied and what it must show.
	Item, Description string
	// Planned says that a later release of auditseal will read this from AWS.
	Planned bool
	// Supplied are the names of the files that say they answer it. Whether they do is the auditor's to say.
	Supplied []string
}

// A Supplied is a file that a person put under manual/.
type Supplied struct {
	// File is the path in the pack: manual/mfa-settings.png.
	File   string
	Size   int64
	SHA256 evidence.Digest
	// Answers are the ids of the requests it answers, as its supplier says; Unknown those among them that nothing asked for.
	Answers []string
	Unknown []string
	// Owner is a role or a person; empty where nobody is named. The dates are days, 2026-12-31, empty where none is given.
	Owner, Effective, Expires, Note string
	// Expired says that Expires lies before the end of the period.
	Expired bool
}

// A Limit is something that the pack can't prove.
type Limit struct {
	Title, Text string
}
