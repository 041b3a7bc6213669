package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// An Outcome says what became of a planned call. The zero Outcome is not one: a cell without an outcome is a fault.
type Outcome string

const (
	// Collected: every page was read.
	Collected Outcome = "collected"
	// Empty: AWS answered in full, and there is nothing there.
	Empty Outcome = "empty"
	// NotCalled: nothing in this cell called for the operation (no key store, so no cluster to ask about).
	NotCalled Outcome = "not-called"
	// Denied: AWS refused the caller.
	Denied Outcome = "denied"
	// NotEnabled: the service is off in this account and region.
	NotEnabled Outcome = "not-enabled"
	// NotAvailable: the service or region does not exist for this account.
	NotAvailable Outcome = "not-available"
	// Throttled: AWS went on refusing for its rate limit until the attempts were used up.
	Throttled Outcome = "throttled"
	// CutShort: an answer came but was not whole: truncated, without its list, a repeated page token, not JSON.
	CutShort Outcome = "cut-short"
	// Failed: any other error, or no answer.
	Failed Outcome = "failed"
	// Skipped: left out by scope.
	Skipped Outcome = "skipped"
)

// Outcomes lists every outcome, best first.
func Outcomes() []Outcome {
	return []Outcome{Collected, Empty, NotCalled, Skipped, NotAvailable, NotEnabled, Throttled, CutShort, Failed, Denied}
}

// IsGap reports whether o leaves something unread.
func (o Outcome) IsGap() bool {
	switch o {
	case Collected, Empty, NotCalled:
		return false
	}
	return true
}

// A Gap is evidence that something was not read, and why. It touches populations (Kinds: their lists are not whole in this
// account and region) or single fields of one record (Resource and Fields), or both.
type Gap struct {
	// ID is "G-" and 16 hexadecimal digits, the same whenever the same evidence is derived.
	ID        string  `json:"id"`
	Account   string  `json:"account"`
	Region    string  `json:"region"`
	Collector string  `json:"collector"`
	Service   string  `json:"service"`
	Operation string  `json:"operation"`
	Outcome   Outcome `json:"outcome"`
	// Code is AWS's error code, or ours where AWS gave none.
	Code string `json:"code"`
	// Message is AWS's own text (hostile: show it as text only).
	Message string `json:"message,omitempty"`
	// Status is the HTTP status, 0 where no answer came.
	Status int `json:"status,omitempty"`
	// RequestID is AWS's request id, empty where there is none.
	RequestID string `json:"request_id,omitempty"`
	// Evidence is the exchange that shows it, empty where nothing was sent.
	Evidence string `json:"evidence,omitempty"`
	// Date is the exchange's date; zero where there is no exchange.
	Date time.Time `json:"date,omitzero"`
	// Kinds are the populations that are not whole because of it.
	Kinds []string `json:"kinds,omitempty"`
	// History are the CloudFormation types whose past in this account and region is not whole because of it. A gap that touches
	// config.configuration_item and names none leaves every type's past unread.
	History []string `json:"history,omitempty"`
	// Places are the accounts and regions whose past it is, as account/region, where it is not that of the gap's own: files in one bucket
	// tell the past of many. "*" is all of them, and account/* all of an account.
	Places []string `json:"places,omitempty"`
	// Resource is the record whose Fields are unknown because of it.
	Resource string `json:"resource,omitempty"`
	// Fields are the unknown fields of Resource, in JSON spelling with dots.
	Fields []string `json:"fields,omitempty"`
}

// Identify sets the ID from everything that tells this gap from another.
func (g *Gap) Identify() {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n", g.Account, g.Region, g.Collector, g.Service, g.Operation,
		g.Outcome, g.Code, g.Evidence, strings.Join(g.Kinds, ","), g.Resource, strings.Join(g.Fields, ","))
	if len(g.History)+len(g.Places) > 0 {
		fmt.Fprintf(h, "%s\n%s\n", strings.Join(g.History, ","), strings.Join(g.Places, ","))
	}
	g.ID = "G-" + hex.EncodeToString(h.Sum(nil)[:8])
}

// A LedgerCell is one planned piece of work, an operation of a collector in an account and region, and what became of it.
type LedgerCell struct {
	Account   string  `json:"account"`
	Region    string  `json:"region"`
	Collector string  `json:"collector"`
	Service   string  `json:"service"`
	Operation string  `json:"operation"`
	Outcome   Outcome `json:"outcome"`
	// Exchanges counts the exchanges on the tape; Gaps those that left something unread.
	Exchanges int `json:"exchanges"`
	Gaps      int `json:"gaps"`
	// Code and RequestID are those of the gap that gave the cell its outcome; empty where that is no gap, and where AWS gave no id.
	Code      string `json:"code,omitempty"`
	RequestID string `json:"request_id,omitempty"`
	// First and Last are AWS's dates of the first and last answer; zero where there was none.
	First time.Time `json:"first,omitzero"`
	Last  time.Time `json:"last,omitzero"`
}

// A LedgerLine is one line of gaps.jsonl: a cell, or a gap.
type LedgerLine struct {
	Cell *LedgerCell `json:"cell,omitempty"`
	Gap  *Gap        `json:"gap,omitempty"`
}

// pastOfAll are the populations of what reads the past of every account in one of them. A gap that leaves one of them not whole and names
// neither types nor places, such as that of an account that could not be entered, leaves all of the past unread.
var pastOfAll = []string{"config.athena_query", "config.delivered_file"}

// OfPast reports whether the gap leaves the past of a CloudFormation type unread in an account and region. account and region are those of
// the resource; a region of "" is any. What AWS Config no longer keeps is no such gap: the time that it leaves unknown is told by the days that
// items are kept for. Nor is what was not asked of AWS Config's API because another source tells it.
func (g *Gap) OfPast(resourceType, account, region string) bool {
	if g.Code == RetentionTooShort || g.Code == ReadElsewhere {
		return false
	}
	if len(g.History)+len(g.Places) == 0 && slices.ContainsFunc(g.Kinds, func(k string) bool { return slices.Contains(pastOfAll, k) }) {
		return true
	}
	if len(g.History) > 0 && !slices.Contains(g.History, resourceType) || len(g.History) == 0 && !slices.Contains(g.Kinds, "config.configuration_item") {
		return false
	}
	if len(g.Places) == 0 {
		return g.Account == account && (region == "" || g.Region == region)
	}
	return slices.ContainsFunc(g.Places, func(p string) bool {
		a, r, _ := strings.Cut(p, "/")
		return p == "*" || a == account && (region == "" || r == region || r == "*")
	})
}
