// Package athena reads the past of resources from what AWS Config has delivered, through a table of Amazon Athena over the bucket: for
// organizations whose files are too many for one machine. It works in the account that audit.yaml names under history-from, where that
// names a table; nothing is asked of Athena anywhere else.
//
// Of all that auditseal calls, starting a query is the one operation that is more than a read: it costs money by what it scans, and Athena
// writes the answer to where the workgroup says. It is only ever sent a SELECT, and changes nothing in the table or the bucket.
//
// A query that gives no rows proves nothing by itself. The table has to be the one that auditseal prints, the files of each account and
// region are counted by a query of their own, and what that one counts in the period has to come in the other. Whatever does not come whole
// leaves the past of the accounts and regions that were asked about unread.
package athena

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// Collector asks Athena in the one account that the scope names for it.
type Collector struct{}

func (Collector) Name() string { return "athena" }
func (Collector) Doc() string {
	return "Amazon Athena over what AWS Config has delivered: the past of the resources of the types in scope, where history-from names a table."
}
func (Collector) Reach() evidence.Reach { return evidence.EveryAccount }

// In reports whether the account is the one that the history is read in.
func (Collector) In(sc evidence.Scope, account string) bool {
	return sc.Delivery != nil && sc.Delivery.Athena != nil && sc.Delivery.Account == account
}

const queryKind = "config.athena_query"

func (Collector) Kinds() []evidence.Kind {
	return []evidence.Kind{evidence.KindOf[Execution]("The queries that were asked of Amazon Athena for the configuration history, each with its text, what became of it and what it scanned.")}
}

// What AWS publishes: https://docs.aws.amazon.com/athena/latest/ug/service-limits.html
const limits = "https://docs.aws.amazon.com/athena/latest/ug/service-limits.html"

var (
	// Whether a query has ended is asked every five seconds, not at AWS's rate: each answer holds the query's whole text.
	getExecution = evidence.Operation{Service: "athena", API: athena.ServiceID, Name: "GetQueryExecution", Action: "athena:GetQueryExecution", Member: "QueryExecution", Pace: 0.2, Poll: true,
		Each: queryKind, Times: 6}
	getResults = evidence.Operation{Service: "athena", API: athena.ServiceID, Name: "GetQueryResults", Action: "athena:GetQueryResults", Member: "ResultSet", Rate: 100, Burst: 200, RateSource: limits,
		Each: queryKind, Through: []string{"s3:GetObject"}}
	getTable = evidence.Operation{Service: "athena", API: athena.ServiceID, Name: "GetTableMetadata", Action: "athena:GetTableMetadata", Member: "TableMetadata",
		Also: []string{"glue:GetDatabase", "glue:GetTable"}}
	// Athena reads the catalog and the bucket, and writes the answer, with the rights of whoever starts the query.
	startQuery = evidence.Operation{Service: "athena", API: athena.ServiceID, Name: "StartQueryExecution", Action: "athena:StartQueryExecution", Member: "QueryExecutionId", Rate: 20, Burst: 80, RateSource: limits,
		Each: queryKind, Also: []string{"glue:GetDatabase", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable"},
		Through: []string{"s3:AbortMultipartUpload", "s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:ListMultipartUploadParts", "s3:PutObject"}}
)

const pageRows = 1000

// Operations are four. StartQueryExecution is the one that does more than read.
func (Collector) Operations() []evidence.Operation {
	return []evidence.Operation{getExecution, getResults, getTable, startQuery}
}

// recorderType is the recorder's own history, which tells when it was stopped.
const recorderType = "AWS::Config::ConfigurationRecorder"

// wanted are the types whose items are asked for.
func wanted(sc evidence.Scope) []string {
	out := slices.Clone(sc.History)
	if !slices.Contains(out, recorderType) {
		out = append(out, recorderType)
	}
	slices.Sort(out)
	return out
}

// A reader is the collector at work.
type reader struct {
	c     *cell.Cell
	api   *athena.Client
	at    *evidence.Athena
	table Table
	// types are those whose items are asked for.
	types []string
	// described is the answer that told the table.
	described middleware.Metadata
}

// Collect asks how many files there are and then for the items, for some accounts at a time.
func (Collector) Collect(ctx context.Context, c *cell.Cell) error {
	if !(Collector{}).In(c.Scope, c.Account) || len(c.Scope.History) == 0 {
		return nil
	}
	d := c.Scope.Delivery
	r := &reader{c: c, at: d.Athena, table: TableOf(d), types: wanted(c.Scope), api: athena.NewFromConfig(c.Config, func(o *athena.Options) { o.Region = d.Athena.Region })}
	all := Query{Database: d.Athena.Database, Table: d.Athena.Table, Accounts: c.Scope.Accounts, Regions: c.Scope.Regions, Types: r.types, Period: c.Period, AsOf: c.Scope.AsOf, Lookback: d.Athena.Lookback}
	if until := c.Period.To.Add(24 * time.Hour); c.Scope.AsOf.Before(until) {
		r.unread(&tape.Error{Operation: startQuery, Outcome: evidence.Skipped, Code: "NotDeliveredYet", Message: fmt.Sprintf("AWS Config delivers up to a day after it recorded, and the audit is as of %s: read the history from %s on, or by the API",
			c.Scope.AsOf.Format(time.RFC3339), until.Format(time.RFC3339))}, "*")
	}
	parts, err := all.Split()
	if err != nil {
		r.unread(&tape.Error{Operation: startQuery, Outcome: evidence.Failed, Code: "NoQuery", Message: err.Error()}, "*")
		return nil
	}
	if !r.sameTable(ctx) {
		return ctx.Err()
	}
	for _, q := range parts {
		places := []string{"*"}
		if len(parts) > 1 {
			places = q.places()
		}
		if err := r.ask(ctx, q, places); err != nil {
			return err
		}
	}
	return nil
}

// places are the accounts and regions that the query is about.
func (q Query) places() []string {
	var out []string
	for _, a := range q.Accounts {
		for _, r := range q.Regions {
			out = append(out, a+"/"+r)
		}
	}
	return out
}

// unread says that the past of places is not whole, and nor are the queries.
func (r *reader) unread(err error, places ...string) {
	r.unreadTypes(err, r.types, places...)
}

func (r *reader) unreadTypes(err error, types []string, places ...string) {
	r.c.HistoryUnreadAt(err, places, types, queryKind)
}

// cutShort makes the error for a whole answer that is not what was asked for.
func cutShort(md middleware.Metadata, op evidence.Operation, code, message string) *tape.Error {
	return &tape.Error{Stamp: tape.StampOf(md), Operation: op, Outcome: evidence.CutShort, Code: code, Message: message, Status: 200}
}

// sameTable asks what the table is. Through another one than the definition makes, files could be missing without a trace: nothing is asked
// of it then.
func (r *reader) sameTable(ctx context.Context) bool {
	out, err := r.api.GetTableMetadata(ctx, &athena.GetTableMetadataInput{CatalogName: &r.at.Catalog, DatabaseName: &r.at.Database, TableName: &r.at.Table, WorkGroup: &r.at.Workgroup})
	if err != nil {
		r.unread(err, "*")
		return false
	}
	t := out.TableMetadata
	got := described{parameters: t.Parameters}
	for _, c := range t.Columns {
		got.columns = append(got.columns, column{aws.ToString(c.Name), aws.ToString(c.Type)})
	}
	for _, c := range t.PartitionKeys {
		got.partitions = append(got.partitions, column{aws.ToString(c.Name), aws.ToString(c.Type)})
	}
	if why := r.table.differs(got); why != "" {
		r.unread(cutShort(out.ResultMetadata, getTable, "OtherTable", fmt.Sprintf("the table %s.%s is not the one that auditseal prints: %s", r.at.Database, r.at.Table, why)), "*")
		return false
	}
	r.described = out.ResultMetadata
	return true
}

// ask asks the two questions about some of the accounts.
func (r *reader) ask(ctx context.Context, q Query, places []string) error {
	t := &tally{r: r, q: q, counted: map[place]*counts{}}
	n, err := r.query(ctx, q, "counts", q.Counts(), countsAnswer, places, t.count)
	if err != nil || !n {
		return err
	}
	t.undelivered()
	n, err = r.query(ctx, q, "items", q.Items(), itemsAnswer, places, t.item)
	if err != nil || !n {
		return err
	}
	t.compare()
	return nil
}

// A place is an account and region.
type place struct{ account, region string }

func (p place) String() string { return p.account + "/" + p.region }

// sortedPlaces are the places in order, as gaps name them.
func sortedPlaces(in []place) []string {
	var out []string
	for _, p := range in {
		out = append(out, p.String())
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// someOf names the first few.
func someOf(in []string) string {
	if len(in) > 3 {
		return strings.Join(in[:3], ", ") + fmt.Sprintf(" and %d more", len(in)-3)
	}
	return strings.Join(in, ", ")
}
