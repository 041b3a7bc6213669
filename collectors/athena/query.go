package athena

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// What Athena takes. https://docs.aws.amazon.com/athena/latest/ug/service-limits.html
// https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
const (
	// maxText is how many bytes a query's text may have.
	maxText = 262_144
	// maxInjected is how many values a query may name of a column that it has to name the values of.
	maxInjected = 1000
	// maxFolders is our own: Athena lists each folder of a query in S3 before it begins, and has half an hour for all.
	maxFolders = 100_000
)

// How far files are looked for, in days.
const (
	// late is how long after the period's end what was captured in it may be delivered: files come every six hours, and what is recorded
	// DAILY a day later.
	late = 3
	// snapshotDays is how long before the period's beginning a snapshot is looked for. Those that are scheduled come each day at least.
	snapshotDays = 3
)

// complianceType is the type of AWS's own timelines.
const complianceType = "AWS::Config::ResourceCompliance"

// A Query is what is asked of the table.
type Query struct {
	Database, Table string
	// Accounts and Regions are whose recorders' files are read; Types are whose items.
	Accounts, Regions, Types []string
	Period                   evidence.Period
	// AsOf is when the audit began: there are no files of later days.
	AsOf time.Time
	// Lookback is how many days before the period items are looked for, for the one in force when it began.
	Lookback int
}

// Split divides the query into as few as Athena takes, each for some of the accounts. Every account is in one of them, in order.
func (q Query) Split() ([]Query, error) {
	if len(q.Accounts) == 0 || len(q.Regions) == 0 || len(q.Types) == 0 {
		return nil, errors.New("there is nothing to ask: no account, no region or no type is named")
	}
	if len(q.Regions) > maxInjected {
		return nil, fmt.Errorf("%d regions are more than the %d that a query may name", len(q.Regions), maxInjected)
	}
	perAccount := len(q.Regions) * (len(q.historyDays()) + len(q.snapshots()))
	most := min(maxInjected, max(1, maxFolders/max(1, perAccount)))
	var out []Query
	for part := range slices.Chunk(q.Accounts, most) {
		p := q
		p.Accounts = part
		if n := max(len(p.Items()), len(p.Counts())); n > maxText {
			return nil, fmt.Errorf("the query has %d bytes and Athena takes %d: name fewer types or days", n, maxText)
		}
		out = append(out, p)
	}
	return out, nil
}

// historyDays are the days whose history files may tell of the period or of what was in force at its beginning.
func (q Query) historyDays() []string {
	return days(q.Period.From.AddDate(0, 0, -q.Lookback), q.end())
}

// snapshots are the days on which a snapshot may have been taken that tells what was in force at the beginning.
func (q Query) snapshots() []string {
	return days(q.Period.From.AddDate(0, 0, -snapshotDays), q.Period.From)
}

// end is the last day that has files.
func (q Query) end() time.Time {
	end := q.Period.To.AddDate(0, 0, late)
	if q.AsOf.Before(end) {
		return q.AsOf
	}
	return end
}

// days are those from one moment's to another's, both with it, as AWS Config writes them.
func days(from, to time.Time) []string {
	var out []string
	for d := from.UTC().Truncate(24 * time.Hour); !d.After(to.UTC()); d = d.AddDate(0, 0, 1) {
		out = append(out, d.Format("2006/1/2"))
	}
	return out
}

// itemNames are the columns of an answer that stand for a member of an item, in the order of itemColumns.
var itemNames = []string{"version", "captured", "delivered", "frequency", "state_id", "item_account", "item_region", "status", "resource_type", "resource_id",
	"resource_name", "arn", "created", "configuration", "supplementary", "tags"}

// itemsAnswer are the columns of the answer to Items.
var itemsAnswer = slices.Concat([]string{"account", "region"}, itemNames, []string{"path", "copies", "total"})

// Items asks for the items of the types: every one captured in the period, and of each resource the last one before. An item that is in
// several files comes once, with how many histories hold it. One that says not when it was captured, or of what, comes too: it is a gap, not
// nothing. Two that were captured at one moment and differ both come. The last column says how many rows there are in all.
func (q Query) Items() string {
	from, to := moment(q.Period.From), moment(q.Period.To)
	// An element that is an array and not a row unnests to one column in every dialect.
	var told []string
	for i, c := range itemColumns {
		value := "one[1]." + strings.ToLower(c.member)
		if strings.HasPrefix(c.hive, "map") {
			value = "json_format(CAST(" + value + " AS JSON))"
		}
		told = append(told, value+" AS "+itemNames[i])
	}
	names := "account, region, " + strings.Join(itemNames, ", ")
	var b strings.Builder
	b.WriteString("WITH files AS (\n")
	for i, f := range []struct {
		kind string
		days []string
	}{{historyFiles, q.historyDays()}, {snapshotFiles, q.snapshots()}} {
		if i > 0 {
			b.WriteString("  UNION ALL\n")
		}
		fmt.Fprintf(&b, "  SELECT account, region, kind, \"$path\" AS path, filter(configurationitems, i -> %s) AS items\n  FROM %s\n  WHERE %s\n", q.asked(), q.from(), q.where(f.kind, f.days))
	}
	fmt.Fprintf(&b, `), items AS (
  SELECT files.account, files.region, files.kind, files.path, %s
  FROM files CROSS JOIN UNNEST(transform(files.items, i -> ARRAY[i])) AS each_item (one)
), different AS (
  SELECT %s, min(path) AS path, count_if(kind = 'ConfigHistory') AS copies, try(from_iso8601_timestamp(captured)) AS moment
  FROM items
  GROUP BY %s
), ranked AS (
  SELECT *, rank() OVER (PARTITION BY account, region, resource_type, resource_id, moment < %s ORDER BY moment DESC) AS place
  FROM different
)
SELECT %s, path, copies, count(*) OVER () AS total
FROM ranked
WHERE moment IS NULL OR moment >= %s AND moment < %s OR moment < %s AND place = 1
ORDER BY %s`, strings.Join(told, ", "), names, names, from, names, from, to, from, orderBy())
	return b.String()
}

func orderBy() string {
	order := []string{"account", "region", "resource_type", "resource_id", "moment", "state_id"}
	for _, n := range itemNames {
		if !slices.Contains(order, n) {
			order = append(order, n)
		}
	}
	return strings.Join(order, ", ")
}

// countsAnswer are the columns of the answer to Counts.
var countsAnswer = []string{"account", "region", "files", "items", "without_items", "in_period", "days", "total"}

// Counts asks how many history files there are of each account and region from the period's beginning on, and how many items are in
// them, of the types and captured in the period among them: an account and region without a file is not one without changes, and what is
// counted has to come.
func (q Query) Counts() string {
	at := "try(from_iso8601_timestamp(i.configurationitemcapturetime))"
	return fmt.Sprintf(`SELECT account, region, count(DISTINCT "$path") AS files, coalesce(sum(cardinality(configurationitems)), 0) AS items, count_if(configurationitems IS NULL) AS without_items, coalesce(sum(cardinality(filter(configurationitems, i -> (%s) AND (%s IS NULL OR %s >= %s AND %s < %s)))), 0) AS in_period, count(DISTINCT dt) AS days, count(*) OVER () AS total
FROM %s
WHERE %s
GROUP BY account, region
ORDER BY account, region`, q.asked(), at, at, moment(q.Period.From), at, moment(q.Period.To), q.from(), q.where(historyFiles, days(q.Period.From, q.end())))
}

// asked chooses items: those of the types, AWS's own timelines of them, and those that say not what they are of.
func (q Query) asked() string {
	types := list(q.Types)
	return fmt.Sprintf("i.resourcetype IS NULL OR i.resourcetype IN (%s) OR i.resourcetype = %s AND split_part(i.resourceid, '/', 1) IN (%s)", types, quoted(complianceType), types)
}

func (q Query) where(kind string, days []string) string {
	return fmt.Sprintf("kind = %s AND account IN (%s) AND region IN (%s) AND dt IN (%s)", quoted(kind), list(q.Accounts), list(q.Regions), list(days))
}

func (q Query) from() string { return doubled(q.Database) + "." + doubled(q.Table) }

func moment(t time.Time) string {
	return "from_iso8601_timestamp(" + quoted(t.UTC().Format("2006-01-02T15:04:05.000Z")) + ")"
}

func list(values []string) string {
	var out []string
	for _, v := range values {
		out = append(out, quoted(v))
	}
	return strings.Join(out, ", ")
}

// quoted makes a text of SQL. A quote within is doubled; nothing else has a meaning there.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func doubled(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// onlyReads refuses what is not one query: whatever is sent to Athena passes here.
func onlyReads(sql string) error {
	word, _, _ := strings.Cut(sql, " ")
	if word != "SELECT" && word != "WITH" {
		return fmt.Errorf("a statement that begins with %q is not a query, and is not sent", word)
	}
	rest := sql
	for rest != "" {
		i := strings.IndexAny(rest, `'";`)
		if i < 0 {
			return nil
		}
		if rest[i] == ';' {
			return errors.New("two statements in one are not sent")
		}
		end := strings.IndexByte(rest[i+1:], rest[i]) // a doubled quote ends one text and begins the next
		if end < 0 {
			return errors.New("a query whose quote has no end is not sent")
		}
		rest = rest[i+1+end+1:]
	}
	return nil
}
