package evidence

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// A Period is the half-open interval [From, To) in UTC that an audit is about.
type Period struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

var (
	quarterForm = regexp.MustCompile(`^(\d{4})-Q([1-4])$`)
	monthForm   = regexp.MustCompile(`^(\d{4})-(\d{2})$`)
	yearForm    = regexp.MustCompile(`^(\d{4})$`)
)

// ParsePeriod reads 2026-Q3, 2026-07 or 2026.
func ParsePeriod(s string) (Period, error) {
	at := func(y, m string, months int) (Period, error) {
		year, _ := strconv.Atoi(y)
		month, _ := strconv.Atoi(m)
		if month < 1 || month > 12 {
			return Period{}, fmt.Errorf("period %q: there is no month %q", s, m)
		}
		from := time.Date(year, time.Month(month), 1, 0, 0, 0, 0, time.UTC)
		return Period{from, from.AddDate(0, months, 0)}, nil
	}
	if m := quarterForm.FindStringSubmatch(s); m != nil {
		q, _ := strconv.Atoi(m[2])
		return at(m[1], strconv.Itoa(q*3-2), 3)
	}
	if m := monthForm.FindStringSubmatch(s); m != nil {
		return at(m[1], m[2], 1)
	}
	if m := yearForm.FindStringSubmatch(s); m != nil {
		return at(m[1], "1", 12)
	}
	return Period{}, fmt.Errorf("period %q is not a quarter (2026-Q3), a month (2026-07) or a year (2026)", s)
}

// Contains reports whether t lies in the period; its end does not.
func (p Period) Contains(t time.Time) bool { return !t.Before(p.From) && t.Before(p.To) }

// IsZero reports whether the period was never set.
func (p Period) IsZero() bool { return p.From.IsZero() && p.To.IsZero() }

func (p Period) String() string {
	return p.From.UTC().Format(time.RFC3339) + " to " + p.To.UTC().Format(time.RFC3339)
}

// A Scope is what an audit reads: which accounts and regions, over which period, as of when.
type Scope struct {
	// Accounts are sorted, 12 digits each.
	Accounts []string `json:"accounts"`
	// Organization is set where the accounts are those of an AWS organization; nil where audit.yaml lists them.
	Organization *Organization `json:"organization,omitempty"`
	// Excluded accounts are named in the report with the reason.
	Excluded []Exclusion `json:"excluded,omitempty"`
	// Regions are sorted. Empty means every region that is enabled in the account, as AWS lists them.
	Regions []string `json:"regions"`
	// Home is the region that is asked where a service has one answer an account.
	Home   string `json:"home"`
	Period Period `json:"period"`
	// History names the CloudFormation types whose configuration history is read from AWS Config for the period. Empty reads none.
	History []string `json:"history,omitempty"`
	// Delivery is where that history is read: the bucket that AWS Config delivers to. Nil where AWS Config's API is asked.
	Delivery *Delivery `json:"history_from,omitempty"`
	// HistoryControls are the Security Hub controls that tests over the period name, sorted: the history of their findings is read. Empty
	// reads none.
	HistoryControls []string `json:"history_controls,omitempty"`
	// Changes is how often CloudTrail may be asked who changed what, over all accounts and regions. 0 asks nothing.
	Changes int `json:"changes,omitempty"`
	// AsOf is the moment that instant tests and dated tables are read at: when collection began.
	AsOf time.Time `json:"as_of"`
}

// A Delivery is the bucket that AWS Config delivers configuration history and snapshots to.
type Delivery struct {
	Bucket string `json:"bucket"`
	// Prefix is what stands before AWSLogs/ in the keys, without the slash between. Empty where nothing does.
	Prefix string `json:"prefix,omitempty"`
	// Account is the account whose role reads the bucket. It need not be the bucket's owner.
	Account string `json:"account"`
	// Region is the region that the bucket is in.
	Region string `json:"region"`
	// Athena is the table over the bucket that is asked in place of reading its files. Nil where the files are read.
	Athena *Athena `json:"athena,omitempty"`
}

// An Athena is a table of Amazon Athena over the bucket that AWS Config delivers to.
type Athena struct {
	// Workgroup is whose settings say where answers are written, and how much a query may scan.
	Workgroup string `json:"workgroup"`
	// Catalog is the data catalog: AwsDataCatalog unless audit.yaml names another.
	Catalog  string `json:"catalog"`
	Database string `json:"database"`
	Table    string `json:"table"`
	// Region is where Athena is asked.
	Region string `json:"region"`
	// Lookback is how many days before the period files are looked through for the state that was in force when it began.
	Lookback int `json:"lookback_days"`
}

// An Organization is where the list of accounts was read.
type Organization struct {
	// Lister is the account that AWS Organizations was asked in: the management account or a delegated administrator.
	Lister string `json:"lister"`
}

// An Exclusion is an account that was left out on purpose.
type Exclusion struct {
	Account string `json:"account"`
	Reason  string `json:"reason"`
}

// Name is the short form that ParsePeriod reads, or "" where the period is no quarter, month or year.
func (p Period) Name() string {
	y, m := p.From.Year(), int(p.From.Month())
	for _, name := range []string{fmt.Sprintf("%04d", y), fmt.Sprintf("%04d-Q%d", y, (m+2)/3), fmt.Sprintf("%04d-%02d", y, m)} {
		if q, err := ParsePeriod(name); err == nil && q.From.Equal(p.From) && q.To.Equal(p.To) {
			return name
		}
	}
	return ""
}
