package audit

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/strict"
)

// historyFromForm says where the history of the types is read: absent, AWS Config's API is asked.
type historyFromForm struct {
	At      strict.Pos
	Bucket  strict.Text `yaml:"bucket,required"`
	Account strict.Text `yaml:"account,required"`
	Region  strict.Text `yaml:"region,required"`
	Athena  *athenaForm `yaml:"athena"`
}

// athenaForm names the table over the bucket that is asked in place of reading its files.
type athenaForm struct {
	At        strict.Pos
	Workgroup strict.Text `yaml:"workgroup,required"`
	Database  strict.Text `yaml:"database,required"`
	Table     strict.Text `yaml:"table,required"`
	Catalog   strict.Text `yaml:"catalog"`
	Region    strict.Text `yaml:"region"`
	Lookback  strict.Text `yaml:"lookback"`
}

var bucketForm = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// historyFrom checks where the history is read. What stands before AWSLogs/ in the keys is the prefix, whoever put it there: the delivery
// channel, or an organization's trail of folders.
func (l *loader) historyFrom(f *historyFromForm) {
	if f == nil {
		return
	}
	d := &evidence.Delivery{Account: f.Account.Value, Region: f.Region.Value}
	if !f.Bucket.IsZero() {
		rest, ok := strings.CutPrefix(f.Bucket.Value, "s3://")
		d.Bucket, d.Prefix, _ = strings.Cut(rest, "/")
		d.Prefix = strings.TrimSuffix(d.Prefix, "/")
		switch {
		case !ok || !bucketForm.MatchString(d.Bucket):
			l.Add(f.Bucket.At, "bucket", f.Bucket.Value, "not a bucket", "write it as s3://bucket, or s3://bucket/prefix with what stands before AWSLogs/ in the keys")
		case strings.HasPrefix(d.Prefix, "/") || strings.Contains(d.Prefix, "//") || slices.Contains(strings.Split(d.Prefix, "/"), "AWSLogs"):
			l.Add(f.Bucket.At, "bucket", f.Bucket.Value, "its prefix is not what stands before AWSLogs/ in the keys", "leave AWSLogs/ and what follows it out, and write each slash once")
		}
	}
	if l.account(f.Account, "account") {
		switch excluded := slices.ContainsFunc(l.Excluded, func(x evidence.Exclusion) bool { return x.Account == d.Account }); {
		case excluded:
			l.Add(f.Account.At, "account", d.Account, "excluded, and its role reads the bucket", "take it out of scope.exclude")
		case !l.WholeOrganization && len(l.Accounts) > 0 && !slices.Contains(l.Accounts, d.Account):
			l.Add(f.Account.At, "account", d.Account, "not an account that is read, and its role reads the bucket", "list it in scope.accounts")
		}
	}
	if !f.Region.IsZero() && !regionForm.MatchString(d.Region) {
		l.Add(f.Region.At, "region", d.Region, "not the name of a region", "write it as eu-west-1: the region that the bucket is in")
	}
	if len(l.History) == 0 && !l.HistoryOfTests && l.Len() == 0 {
		l.Add(f.At, "history-from", "", "no history is read", "name the types under history, or take this out")
	}
	d.Athena = l.athena(f.Athena, d.Region)
	l.Delivery = d
}

// What AWS's catalog and Athena take as names, in the spelling that needs no quotes.
var (
	nameForm      = regexp.MustCompile(`^[a-z0-9_]{1,128}$`)
	catalogForm   = regexp.MustCompile(`^[A-Za-z0-9_@-]{1,256}$`)
	workgroupForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)
	lookbackForm  = regexp.MustCompile(`^([1-9][0-9]{0,3})d$`)
)

// defaultLookback and maxLookback are in days. AWS Config keeps nothing longer than 2,557.
const (
	defaultLookback = 35
	maxLookback     = 2557
)

// athena checks where the table is. Each query names the regions that it reads, so that they have to be known.
func (l *loader) athena(f *athenaForm, region string) *evidence.Athena {
	if f == nil {
		return nil
	}
	a := &evidence.Athena{Workgroup: f.Workgroup.Value, Catalog: cmp.Or(f.Catalog.Value, "AwsDataCatalog"), Database: f.Database.Value, Table: f.Table.Value, Region: cmp.Or(f.Region.Value, region), Lookback: defaultLookback}
	for _, x := range []struct {
		key  string
		of   strict.Text
		form *regexp.Regexp
	}{{"workgroup", f.Workgroup, workgroupForm}, {"database", f.Database, nameForm}, {"table", f.Table, nameForm}, {"catalog", f.Catalog, catalogForm}, {"region", f.Region, regionForm}} {
		if !x.of.IsZero() && !x.form.MatchString(x.of.Value) {
			l.Add(x.of.At, x.key, x.of.Value, "not a name that Athena takes without quotes", "write it as Athena lists it")
		}
	}
	if !f.Lookback.IsZero() {
		m := lookbackForm.FindStringSubmatch(f.Lookback.Value)
		n := 0
		if m != nil {
			n, _ = strconv.Atoi(m[1])
		}
		if a.Lookback = n; n == 0 || n > maxLookback {
			l.Add(f.Lookback.At, "lookback", f.Lookback.Value, "not a number of days from 1d to 2557d", "write it as 35d: how long before the period files are looked through for the state that was in force when it began")
		}
	}
	if len(l.Regions) == 0 && l.Len() == 0 {
		l.Add(f.At, "athena", "", "the regions are not named, and each query names those that it reads", "name them under scope.regions")
	}
	return a
}
