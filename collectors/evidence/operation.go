package evidence

// A Reach says how often a collector works: once in each region of an account, or once in each account.
type Reach string

const (
	// EveryRegion is for regional services: one cell for each account and region.
	EveryRegion Reach = "every-region"
	// EveryAccount is for services with one answer an account, whichever region is asked.
	EveryAccount Reach = "every-account"
	// WholeScope is for derivers that look at all accounts together. No collector has it.
	WholeScope Reach = "whole-scope"
)

// An Operation is an AWS API operation that a collector declares it will call. What is not declared is
// refused before it leaves the machine; this list is also where the least-privilege policy comes from.
type Operation struct {
	// Service is the short name used in paths and records: "kms", "config", "sso".
	Service string `json:"service"`
	// API is the service's id in the AWS SDK for Go: "KMS", "Config Service", "SSO Admin".
	API string `json:"api"`
	// Name is the operation's name as AWS spells it: "ListKeys".
	Name string `json:"operation"`
	// Action is the IAM action that allows it: "kms:ListKeys".
	Action string `json:"action"`
	// Also are further IAM actions that AWS asks for, of other services that the answer speaks of. Where one is not granted the operation
	// is denied for these.
	Also []string `json:"also,omitempty"`
	// Through are IAM actions of other services that this one carries out with the caller's rights. They are granted for what comes through it
	// alone, and for nothing that the caller does itself.
	Through []string `json:"through,omitempty"`
	// Member is the output field, in the SDK's spelling, without which a successful answer is not whole: "Keys".
	// A 200 without it is a gap. Empty only where AWS itself leaves everything out when there is nothing to say; MayLack says so.
	Member string `json:"member,omitempty"`
	// MayLack explains why Member is empty. One of the two is always set.
	MayLack string `json:"may_lack,omitempty"`
	// Root is the root element of an XML answer that may hold nothing inside, which is how AWS says "off" or "never". An answer
	// without that element is a gap: the SDK cannot tell the two. It goes with MayLack.
	Root string `json:"root,omitempty"`
	// Nothing says that an empty JSON object is an answer, AWS's own word for "there is none". It goes with MayLack.
	Nothing bool `json:"nothing,omitempty"`
	// Rate is AWS's published steady rate in requests a second for one account and region; 0 where AWS publishes none
	// (a cautious rate of our own is used then).
	Rate float64 `json:"rate,omitempty"`
	// Burst is AWS's published burst; 0 means Rate rounded up.
	Burst int `json:"burst,omitempty"`
	// Pool names a bucket that several operations share. Empty means the operation has its own.
	Pool string `json:"pool,omitempty"`
	// Organization says that Pool is counted over the whole organization and not per account and region.
	Organization bool `json:"organization,omitempty"`
	// RateSource is the AWS page that publishes Rate. Empty where Rate is 0.
	RateSource string `json:"rate_source,omitempty"`
	// Pace is our own rate, in requests a second, where AWS publishes none; 0 means 5.
	Pace float64 `json:"pace,omitempty"`
	// Each is the kind for every record of which the operation is asked once ("kms.key"); empty means once in a cell. Lists is the
	// kind whose records the answers list, and Page how many of them one call holds at most: where Lists is empty, how many of Each are
	// asked about in one call, 0 being one. Weekly says that it is asked once more for each seven days of the period. From these, and
	// from how many records there are, plan tells the number of calls.
	Each   string `json:"each,omitempty"`
	Lists  string `json:"lists,omitempty"`
	Page   int    `json:"page,omitempty"`
	Weekly bool   `json:"weekly,omitempty"`
	// Times is how often it is asked of each, with other parameters; 0 is once.
	Times int `json:"times,omitempty"`
	// Price is what AWS charges for a million calls, in US dollars, and PriceSource the page that says so; 0 is free.
	Price       float64 `json:"price,omitempty"`
	PriceSource string  `json:"price_source,omitempty"`
	// Poll says that the same request may be asked again for a newer answer. Without it a request that repeats in one cell
	// is a repeated page token, and ends the read as a gap.
	Poll bool `json:"poll,omitempty"`
	// Headers are response headers that are kept beside those that every answer needs, in net/http's spelling: what S3 tells of an object
	// stands nowhere else.
	Headers []string `json:"headers,omitempty"`
	// Secrets are member names whose values are never written down, at any depth of the answer.
	Secrets []string `json:"secrets,omitempty"`
	// Nested says that strings of the answer may hold JSON, whose members are redacted like all others, at any depth of strings too.
	Nested bool `json:"nested,omitempty"`
	// Identity are member names that name people; they are redacted when audit.yaml asks for the set "identity".
	Identity []string `json:"identity,omitempty"`
	// Embedded names members that are JSON in a string, of which no more than some leaves is ever written down, by their paths with dots; the
	// rest may hold secrets. Leaves whose last step is among Identity are redacted with it.
	Embedded map[string][]string `json:"embedded,omitempty"`
	// Plain are values of Identity's members that name nobody, and so are never redacted with them: PASSED, FAILED.
	Plain []string `json:"plain,omitempty"`
}

// Calls is how many calls the operation takes in one cell that has so many records of each kind, over a period of so many days: as
// many as there can be, for whether some of them are needed only the answers before them tell.
func (op Operation) Calls(records func(kind string) int, days int) int {
	pages := func(n, of int) int { return (n + max(of, 1) - 1) / max(of, 1) }
	n := 1
	switch {
	case op.Each != "" && op.Lists == "":
		n = pages(records(op.Each), op.Page)
	case op.Each != "":
		n = records(op.Each)
		if op.Page > 0 {
			n += records(op.Lists) / op.Page // what does not fit into the first page of each
		}
	case op.Lists != "" && op.Page > 0:
		n = max(1, pages(records(op.Lists), op.Page))
	}
	n *= max(op.Times, 1)
	if op.Weekly {
		n *= 1 + pages(days, 7)
	}
	return n
}
