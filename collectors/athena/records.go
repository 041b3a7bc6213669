package athena

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// An Execution is a query that was asked.
type Execution struct {
	evidence.Meta
	QueryID        string     `json:"query_id" cel:"query_id" doc:"Athena's id of the query execution: it finds the query in Athena's history, which keeps it for 45 days."`
	Purpose        string     `json:"purpose" cel:"purpose" doc:"What was asked: counts (how many files and items there are of each account and region) or items (the configuration items themselves)."`
	Accounts       []string   `json:"accounts" cel:"accounts" doc:"The accounts that the query is about."`
	Regions        []string   `json:"regions" cel:"regions" doc:"The regions that the query is about."`
	SQL            string     `json:"sql" cel:"sql" doc:"The text of the query as it was sent."`
	SQLSHA256      string     `json:"sql_sha256" cel:"sql_sha256" doc:"The SHA-256 of the text."`
	Workgroup      string     `json:"workgroup" cel:"workgroup" doc:"The workgroup whose settings held for the query."`
	Catalog        string     `json:"catalog" cel:"catalog" doc:"The data catalog."`
	Database       string     `json:"database" cel:"database" doc:"The database of the table."`
	Table          string     `json:"table" cel:"table" doc:"The table over the bucket."`
	State          string     `json:"state" cel:"state" doc:"What became of the query: SUCCEEDED, FAILED or CANCELLED; QUEUED or RUNNING where it had not ended when it was last asked about."`
	Reason         *string    `json:"reason,omitempty" cel:"reason" doc:"AWS's words about the state. Absent where there are none."`
	Submitted      *time.Time `json:"submitted,omitempty" cel:"submitted" doc:"When Athena took the query. Absent where AWS does not say."`
	Completed      *time.Time `json:"completed,omitempty" cel:"completed" doc:"When the query ended. Absent where it has not."`
	Engine         *string    `json:"engine,omitempty" cel:"engine" doc:"The version of the engine that ran the query. Absent where AWS does not say."`
	ScannedBytes   *int64     `json:"scanned_bytes,omitempty" cel:"scanned_bytes" doc:"How many bytes the query read from S3, by which Athena charges. Absent where the query did not end well."`
	OutputLocation *string    `json:"output_location,omitempty" cel:"output_location" doc:"Where Athena wrote the answer. Absent where the workgroup keeps answers itself."`
	Rows           *int       `json:"rows,omitempty" cel:"rows" doc:"How many rows the answer has, its header not counted. Absent where the query did not end well."`
}

// Kind is config.athena_query.
func (*Execution) Kind() string { return queryKind }
