package athena

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// polls is how often a query is asked about at most: an hour at the tape's pace. Athena itself gives a query half an hour, and some more
// where it has to wait for others.
const polls = 720

// A row is one of an answer; nil is NULL.
type row []*string

// text is a cell that has a value; the empty text where it is NULL.
func (w row) text(names []string, name string) string {
	return aws.ToString(w[slices.Index(names, name)])
}

// query asks one query, and hands each row of the whole answer to use. It reports whether the answer was whole; where it was not, the gap is
// there already. The rows before it ended stand.
func (r *reader) query(ctx context.Context, q Query, purpose, sql string, names, places []string, use func(row, middleware.Metadata) error) (bool, error) {
	if err := onlyReads(sql); err != nil {
		return false, fmt.Errorf("athena: %w", err)
	}
	started, err := r.api.StartQueryExecution(ctx, &athena.StartQueryExecutionInput{QueryString: &sql, WorkGroup: &r.at.Workgroup, ClientRequestToken: aws.String(r.token(sql)),
		QueryExecutionContext: &types.QueryExecutionContext{Catalog: &r.at.Catalog, Database: &r.at.Database}})
	if err != nil {
		r.unread(err, places...)
		return false, ctx.Err()
	}
	id := aws.ToString(started.QueryExecutionId)
	x := &Execution{Meta: r.c.Meta(r.c.Account + "/" + r.at.Region + "/" + id), QueryID: id, Purpose: purpose, SQL: sql, SQLSHA256: evidence.Sum([]byte(sql)).String(), Workgroup: r.at.Workgroup,
		Catalog: r.at.Catalog, Database: r.at.Database, Table: r.at.Table, Accounts: q.Accounts, Regions: q.Regions}
	r.c.Read(&x.Meta, r.described)
	r.c.Read(&x.Meta, started.ResultMetadata)
	ended := r.wait(ctx, x, places)
	whole := ended && r.results(ctx, x, names, places, use)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err := r.c.Broken(); err != nil {
		return false, err
	}
	return whole, r.c.Emit(x)
}

// token is what makes Athena start a query once, however often it is told: a run that goes on after a break asks with the same. A later
// audit, as of another moment, does not.
func (r *reader) token(sql string) string {
	h := sha256.New()
	for _, s := range []string{"auditseal", r.c.Account, r.at.Region, r.at.Workgroup, r.at.Catalog, r.at.Database, r.c.Period.String(), r.c.Scope.AsOf.UTC().Format("2006-01-02T15:04:05.000000000Z"), sql} {
		fmt.Fprintf(h, "%d %s\n", len(s), s)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// ending are the fields that the end of a query tells.
var ending = []string{"state", "reason", "submitted", "completed", "engine", "scanned_bytes", "output_location", "rows"}

// lost says that the end of a query is not known, so that the past of places is unread.
func (r *reader) lost(x *Execution, err error, places []string, fields ...string) bool {
	r.c.Unknown(&x.Meta, err, fields...)
	r.unread(err, places...)
	return false
}

// wait asks about a query until it has ended, and reports whether it ended well.
func (r *reader) wait(ctx context.Context, x *Execution, places []string) bool {
	for n := 1; ; n++ {
		out, err := r.api.GetQueryExecution(ctx, &athena.GetQueryExecutionInput{QueryExecutionId: &x.QueryID})
		if err != nil {
			return r.lost(x, err, places, ending...)
		}
		md, q := out.ResultMetadata, out.QueryExecution
		if q.Status == nil || q.Status.State == "" {
			r.c.Read(&x.Meta, md)
			return r.lost(x, cutShort(md, getExecution, "MissingMember", "AWS does not say what became of the query "+x.QueryID), places, ending...)
		}
		x.State = string(q.Status.State)
		switch q.Status.State {
		case types.QueryExecutionStateQueued, types.QueryExecutionStateRunning:
			if n < polls && ctx.Err() == nil {
				continue
			}
			r.c.Read(&x.Meta, md)
			x.Submitted, x.Reason = cell.UTC(q.Status.SubmissionDateTime), q.Status.StateChangeReason
			return r.lost(x, cutShort(md, getExecution, "QueryNotEnded", fmt.Sprintf("the query %s was still %s when it was asked about for the %dth time", x.QueryID, x.State, n)), places, "scanned_bytes", "rows")
		}
		r.c.Read(&x.Meta, md)
		return r.ended(x, q, md, places)
	}
}

// ended takes over what AWS tells of a query that has ended, and reports whether it is ours and ended well.
func (r *reader) ended(x *Execution, q *types.QueryExecution, md middleware.Metadata, places []string) bool {
	x.Reason, x.Submitted, x.Completed = q.Status.StateChangeReason, cell.UTC(q.Status.SubmissionDateTime), cell.UTC(q.Status.CompletionDateTime)
	if q.EngineVersion != nil {
		x.Engine = q.EngineVersion.EffectiveEngineVersion
	}
	if q.ResultConfiguration != nil {
		x.OutputLocation = q.ResultConfiguration.OutputLocation
	}
	if q.Statistics != nil {
		x.ScannedBytes = q.Statistics.DataScannedInBytes
	}
	if q.Status.State != types.QueryExecutionStateSucceeded {
		code := map[types.QueryExecutionState]string{types.QueryExecutionStateFailed: "QueryFailed", types.QueryExecutionStateCancelled: "QueryCancelled"}[q.Status.State]
		if code == "" {
			code = "UnknownValue"
		}
		return r.lost(x, cutShort(md, getExecution, code, fmt.Sprintf("the query %s is %s: %s", x.QueryID, x.State, aws.ToString(x.Reason))), places, "scanned_bytes", "rows")
	}
	other := func(what string) bool {
		return r.lost(x, cutShort(md, getExecution, "OtherQuery", fmt.Sprintf("what AWS tells of the query %s is not of the one that was sent: %s", x.QueryID, what)), places, ending...)
	}
	switch {
	case aws.ToString(q.QueryExecutionId) != x.QueryID:
		return other("its id is " + aws.ToString(q.QueryExecutionId))
	case !slices.Equal(strings.Fields(aws.ToString(q.Query)), strings.Fields(x.SQL)):
		return other("its text is another")
	case q.WorkGroup != nil && *q.WorkGroup != r.at.Workgroup:
		return other("its workgroup is " + *q.WorkGroup)
	case q.QueryExecutionContext == nil || aws.ToString(q.QueryExecutionContext.Database) != r.at.Database:
		return other("its database is another")
	case q.Statistics != nil && q.Statistics.ResultReuseInformation != nil && q.Statistics.ResultReuseInformation.ReusedPreviousResult:
		return other("its answer is that of an earlier query")
	}
	if x.ScannedBytes == nil {
		r.c.Unknown(&x.Meta, cutShort(md, getExecution, "MissingMember", "AWS does not say how many bytes the query "+x.QueryID+" scanned"), "scanned_bytes")
	}
	return true
}

// results reads the answer of a query that ended well. Its first page begins with the names of the columns, and its last column says on
// each row how many there are.
func (r *reader) results(ctx context.Context, x *Execution, names, places []string, use func(row, middleware.Metadata) error) bool {
	p := athena.NewGetQueryResultsPaginator(r.api, &athena.GetQueryResultsInput{QueryExecutionId: &x.QueryID, MaxResults: aws.Int32(pageRows)})
	rows, total, first := 0, "0", true
	var last middleware.Metadata
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			return r.lost(x, err, places, "rows")
		}
		md := page.ResultMetadata
		r.c.Read(&x.Meta, md)
		bad := func(code, message string) bool {
			return r.lost(x, cutShort(md, getResults, code, "the answer of the query "+x.QueryID+" "+message), places, "rows")
		}
		if page.ResultSet.Rows == nil {
			return bad("MissingMember", "has a page without its rows")
		}
		in := page.ResultSet.Rows
		if first {
			if why := header(page.ResultSet, names); why != "" {
				return bad("OtherColumns", why)
			}
			in, first = in[1:], false
		}
		for _, one := range in {
			if len(one.Data) != len(names) {
				return bad("HalfRow", fmt.Sprintf("has a row of %d columns, where %d were asked for", len(one.Data), len(names)))
			}
			w := make(row, len(names))
			for i, d := range one.Data {
				w[i] = d.VarCharValue
			}
			if of := w.text(names, "total"); rows > 0 && of != total {
				return bad("OtherTotal", fmt.Sprintf("says of one row that there are %q and of another %q", total, of))
			} else {
				total = of
			}
			rows++
			if err := use(w, md); err != nil {
				var odd *tape.Error
				if !errors.As(err, &odd) {
					return r.lost(x, err, places, "rows") // not AWS's doing: the run cannot go on
				}
				return r.lost(x, odd, places, "rows")
			}
		}
		last = md
	}
	if total != fmt.Sprint(rows) {
		return r.lost(x, cutShort(last, getResults, "RowsMissing", fmt.Sprintf("the answer of the query %s says that it has %q rows, and has %d", x.QueryID, total, rows)), places, "rows")
	}
	x.Rows = &rows
	return true
}

// header says what is wrong with the first page's names, "" where nothing is.
func header(s *types.ResultSet, names []string) string {
	var told []string
	if s.ResultSetMetadata != nil {
		for _, c := range s.ResultSetMetadata.ColumnInfo {
			told = append(told, aws.ToString(c.Name))
		}
	}
	if !slices.Equal(told, names) {
		return fmt.Sprintf("has the columns %q, where %q were asked for", told, names)
	}
	if len(s.Rows) == 0 {
		return "does not begin with the names of its columns"
	}
	var head []string
	for _, d := range s.Rows[0].Data {
		head = append(head, aws.ToString(d.VarCharValue))
	}
	if !slices.Equal(head, names) {
		return fmt.Sprintf("does not begin with the names of its columns: its first row is %q", head)
	}
	return ""
}
