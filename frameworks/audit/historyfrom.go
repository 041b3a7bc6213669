package audit

import (
	"regexp"
	"slices"
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
	l.Delivery = d
}
