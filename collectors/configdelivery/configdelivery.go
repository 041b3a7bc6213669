// Package configdelivery reads the history of resources from the files that AWS Config delivers to a bucket: for whoever has more
// resources than AWS Config's API can be asked about. It works in the one account whose role reads the bucket, and reads there the past of
// all accounts and regions in scope.
//
// Of each account and region it reads every configuration history file of the types in scope that was delivered from the last
// configuration snapshot before the period until two days after it, that snapshot, and one at the period's end. The first snapshot tells what
// was in force when the period began. The last one is a second source: what is in force there and stands in no history file was not
// delivered, and that is a gap.
//
// What it cannot see: a state that came and went while nothing was delivered. Where snapshots are delivered every day it says on which days
// nothing was; where they are not, only AWS Config's own word for the last delivery tells (config.delivery_channel).
package configdelivery

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/configitem"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// Collector reads the files.
type Collector struct{}

func (Collector) Name() string { return "configdelivery" }
func (Collector) Doc() string {
	return "The configuration history of all accounts, from the files that AWS Config delivers to S3."
}
func (Collector) Reach() evidence.Reach { return evidence.EveryAccount }

// In reports whether the account is the one whose role reads the bucket, and its files are what is read.
func (Collector) In(sc evidence.Scope, account string) bool {
	return sc.Delivery != nil && sc.Delivery.Athena == nil && sc.Delivery.Account == account && len(sc.History) > 0
}

const fileKind = "config.delivered_file"

func (Collector) Kinds() []evidence.Kind {
	return []evidence.Kind{evidence.KindOf[DeliveredFile]("The files that AWS Config delivered to S3 and that the history was read from, so that each can be fetched again.")}
}

// https://aws.amazon.com/s3/pricing/ in most regions, and S3's own rates of thousands of requests a second for each prefix, of which this
// takes little: https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html
const (
	prices = "https://aws.amazon.com/s3/pricing/"
	pace   = 100
)

var (
	getObject = configitem.Redacted(evidence.Operation{Service: "s3", API: s3.ServiceID, Name: "GetObject", Action: "s3:GetObject", Also: []string{"kms:Decrypt"}, Member: "Body", Pace: pace, Each: fileKind,
		Price: 0.4, PriceSource: prices, Headers: []string{"Content-Length", "Last-Modified", "Etag", "X-Amz-Version-Id", "X-Amz-Checksum-Type", "X-Amz-Checksum-Crc32", "X-Amz-Checksum-Crc32c",
			"X-Amz-Checksum-Crc64nvme", "X-Amz-Checksum-Sha1", "X-Amz-Checksum-Sha256", "X-Amz-Mp-Parts-Count", "X-Amz-Server-Side-Encryption", "X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id"}})
	listObjects = evidence.Operation{Service: "s3", API: s3.ServiceID, Name: "ListObjectsV2", Action: "s3:ListBucket", Root: "ListBucketResult",
		MayLack: "a folder of a day on which nothing was delivered has no keys; how many there are is held against KeyCount", Pace: pace, Price: 5, PriceSource: prices}
)

func (Collector) Operations() []evidence.Operation {
	return []evidence.Operation{getObject, listObjects}
}

// lookBack is how many days before the period a snapshot is looked for, and lookOn how many days behind it files are read: what is recorded
// DAILY is delivered within a day, other changes within some hours.
const (
	lookBack = 31
	lookOn   = 2
)

// recorderType is the recorder's own history, which tells when it was stopped.
const recorderType = "AWS::Config::ConfigurationRecorder"

// complianceType is AWS's own verdicts over time. They decide nothing, so that what is missing of them leaves nothing else unread.
const complianceType = "AWS::Config::ResourceCompliance"

// wanted are the types whose files are read.
func wanted(sc evidence.Scope) []string {
	out := slices.Clone(sc.History)
	for _, t := range []string{complianceType, recorderType} {
		if !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	slices.Sort(out)
	return out
}

// A reader is the collector at work.
type reader struct {
	c     *cell.Cell
	api   *s3.Client
	types []string
	// failures are what could not be read. They are told at the end: whether a file tells of one place or of many, all files show.
	failures []failure
	// mixed says that some file held the items of another account or region than its name says.
	mixed bool
	// empty are places for which nothing was ever delivered, and told those that the files of another told of.
	empty []string
	told  map[string]bool
}

type failure struct {
	err   error
	place string
	types []string
}

func (r *reader) fail(err error, place string, types ...string) {
	if len(types) == 0 {
		types = r.types
	}
	r.failures = append(r.failures, failure{err, place, types})
}

// Collect reads place by place, so that no more than one place's keys are held.
func (Collector) Collect(ctx context.Context, c *cell.Cell) error {
	d := c.Scope.Delivery
	r := &reader{c: c, types: wanted(c.Scope), told: map[string]bool{}, api: s3.NewFromConfig(c.Config, func(o *s3.Options) {
		o.Region, o.UsePathStyle = d.Region, o.BaseEndpoint != nil
	})}
	if until := c.Period.To.Add(24 * time.Hour); c.Scope.AsOf.Before(until) {
		r.fail(&tape.Error{Operation: listObjects, Outcome: evidence.Skipped, Code: "NotDeliveredYet", Message: fmt.Sprintf("AWS Config delivers up to a day after it recorded, and the audit is as of %s: read the history from %s on, or by the API",
			c.Scope.AsOf.Format(time.RFC3339), until.Format(time.RFC3339))}, "*")
	}
	for _, account := range c.Scope.Accounts {
		regions, err := r.regions(ctx, account)
		if err != nil {
			return err
		}
		for _, region := range regions {
			if err := r.place(ctx, account, region); err != nil {
				return err
			}
		}
	}
	r.tell()
	return ctx.Err()
}

// tell tells what could not be read. Where files hold the items of several places, one that could not be read may have held any.
func (r *reader) tell() {
	r.empty = slices.DeleteFunc(r.empty, func(place string) bool { return r.told[place] })
	if len(r.empty) > 0 {
		r.failures = append(r.failures, failure{&tape.Error{Operation: listObjects, Outcome: evidence.NotAvailable, Code: "NotDelivered",
			Message: fmt.Sprintf("nothing that AWS Config delivered in the period lies in the bucket for %d of the accounts and regions in scope", len(r.empty))}, "", r.types})
	}
	for _, f := range r.failures {
		places := []string{f.place}
		switch {
		case f.place == "":
			places = r.empty
		case r.mixed:
			places = []string{"*"}
		}
		r.c.HistoryUnreadAt(f.err, places, f.types, fileKind)
	}
}

// regions are those whose files are read of an account: the scope's, or those that the bucket has. Global types may lie under "global".
func (r *reader) regions(ctx context.Context, account string) ([]string, error) {
	out := slices.Clone(r.c.Scope.Regions)
	if len(out) == 0 {
		var err error
		if out, err = r.listed(ctx, account); err != nil {
			return nil, err
		}
		for _, region := range r.c.Planned {
			if !slices.Contains(out, region) {
				out = append(out, region) // where nothing was delivered: said so
			}
		}
	}
	if slices.ContainsFunc(r.types, r.c.Global) && !slices.Contains(out, global) {
		out = append(out, global)
	}
	slices.Sort(out)
	return out, nil
}

const global = "global"

// half makes the error for an answer that is not whole.
func half(md middleware.Metadata, op evidence.Operation, code, format string, args ...any) *tape.Error {
	return &tape.Error{Stamp: tape.StampOf(md), Operation: op, Outcome: evidence.CutShort, Code: code, Message: fmt.Sprintf(format, args...), Status: 200}
}
