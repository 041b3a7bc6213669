package athena

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// A Table is the external table over the bucket that AWS Config delivers to. auditseal writes to nobody's catalog: it prints the
// definition, a person runs it in Athena once, and each run asks whether the table is still that one.
type Table struct {
	Database, Name string
	// Location is where the accounts' folders are: s3://bucket/prefix/AWSLogs/.
	Location string
}

// TableOf is the table that the scope's history is read through.
func TableOf(d *evidence.Delivery) Table {
	location := "s3://" + d.Bucket + "/"
	if d.Prefix != "" {
		location += d.Prefix + "/"
	}
	return Table{Database: d.Athena.Database, Name: d.Athena.Table, Location: location + "AWSLogs/"}
}

// A column is a member of a file, as AWS Config spells it: the catalog knows lower case only.
type column struct{ member, hive string }

// itemColumns are the members of a configuration item that are read. configuration is kept as text, and so are the values of
// supplementaryConfiguration: what is in them differs by resource type.
var itemColumns = []column{
	{"configurationItemVersion", "string"},
	{"configurationItemCaptureTime", "string"},
	{"configurationItemDeliveryTime", "string"},
	{"recordingFrequency", "string"},
	{"configurationStateId", "string"},
	{"awsAccountId", "string"},
	{"awsRegion", "string"},
	{"configurationItemStatus", "string"},
	{"resourceType", "string"},
	{"resourceId", "string"},
	{"resourceName", "string"},
	{"ARN", "string"},
	{"resourceCreationTime", "string"},
	{"configuration", "string"},
	{"supplementaryConfiguration", "map<string,string>"},
	{"tags", "map<string,string>"},
}

// columns are the members of a file.
var columns = []column{{"fileVersion", "string"}, {"configSnapshotId", "string"}, {"configurationItems", itemsType()}}

func itemsType() string {
	var parts []string
	for _, c := range itemColumns {
		parts = append(parts, strings.ToLower(c.member)+":"+c.hive)
	}
	return "array<struct<" + strings.Join(parts, ",") + ">>"
}

// partitions are the folders: AWSLogs/<account>/Config/<region>/<year>/<month>/<day>/<kind>/. Each query names the accounts and regions
// that it reads, so that the table never needs to be told of a new one.
var partitions = []string{"account", "region", "dt", "kind"}

// The kinds of files that are read. OversizedChangeNotification/ holds notifications, whose items are in the history too.
const (
	historyFiles  = "ConfigHistory"
	snapshotFiles = "ConfigSnapshot"
)

const (
	serde        = "org.openx.data.jsonserde.JsonSerDe"
	inputFormat  = "org.apache.hadoop.mapred.TextInputFormat"
	outputFormat = "org.apache.hadoop.hive.ql.io.IgnoreKeyTextOutputFormat"
)

// serdeProperties say how the JSON is read. Where case made no difference, the member names inside configuration would come in lower
// case too; with it, each column has to be told its member. A file that is no JSON fails the query: skipped, it would leave no trace.
func serdeProperties() map[string]string {
	out := map[string]string{"case.insensitive": "false", "ignore.malformed.json": "false"}
	for _, c := range slices.Concat(columns, itemColumns) {
		if name := strings.ToLower(c.member); name != c.member {
			out["mapping."+name] = c.member
		}
	}
	return out
}

// tableProperties say where the folders are, without a list of them in the catalog. AWS Config writes months and days without zeros.
func (t Table) tableProperties() map[string]string {
	return map[string]string{
		"projection.enabled":          "true",
		"projection.account.type":     "injected",
		"projection.region.type":      "injected",
		"projection.dt.type":          "date",
		"projection.dt.format":        "yyyy/M/d",
		"projection.dt.range":         "2014/11/1,NOW",
		"projection.dt.interval":      "1",
		"projection.dt.interval.unit": "DAYS",
		"projection.kind.type":        "enum",
		"projection.kind.values":      historyFiles + "," + snapshotFiles,
		"storage.location.template":   t.Location + "${account}/Config/${region}/${dt}/${kind}/",
	}
}

// Definition is the statement that makes the table.
func (t Table) Definition() string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE EXTERNAL TABLE %s.%s (\n", backquoted(t.Database), backquoted(t.Name))
	for i, c := range columns {
		end := ",\n"
		if i == len(columns)-1 {
			end = "\n"
		}
		fmt.Fprintf(&b, "  %s %s%s", backquoted(strings.ToLower(c.member)), c.hive, end)
	}
	b.WriteString(")\nPARTITIONED BY (")
	for i, p := range partitions {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(backquoted(p) + " string")
	}
	fmt.Fprintf(&b, ")\nROW FORMAT SERDE '%s'\nWITH SERDEPROPERTIES (\n%s)\n", serde, properties(serdeProperties()))
	fmt.Fprintf(&b, "STORED AS INPUTFORMAT '%s'\nOUTPUTFORMAT '%s'\n", inputFormat, outputFormat)
	fmt.Fprintf(&b, "LOCATION %s\nTBLPROPERTIES (\n%s)", quoted(t.Location), properties(t.tableProperties()))
	return b.String()
}

func properties(of map[string]string) string {
	var lines []string
	for _, k := range slices.Sorted(maps.Keys(of)) {
		lines = append(lines, "  "+quoted(k)+" = "+quoted(of[k]))
	}
	return strings.Join(lines, ",\n") + "\n"
}

func backquoted(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// A described table is what the catalog says of one, in Athena's words.
type described struct {
	columns, partitions []column
	parameters          map[string]string
}

// differs says where a table is another one than the definition makes, "" where it is that one. What the definition does not name
// (when it was made, by whom) makes no difference, but for properties of its own kinds: a projection or mapping more is another table.
func (t Table) differs(d described) string {
	want := map[string]string{"location": strings.TrimSuffix(t.Location, "/"), "inputformat": inputFormat, "outputformat": outputFormat, "serde.serialization.lib": serde}
	for k, v := range serdeProperties() {
		want["serde.param."+k] = v
	}
	maps.Copy(want, t.tableProperties())
	got := maps.Clone(d.parameters)
	if l, ok := got["location"]; ok {
		got["location"] = strings.TrimSuffix(l, "/")
	}
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if v, ok := got[k]; !ok {
			return fmt.Sprintf("it has no %s; it should be %q", k, want[k])
		} else if v != want[k] {
			return fmt.Sprintf("its %s is %q; it should be %q", k, v, want[k])
		}
	}
	for _, k := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[k]; ok || k == "serde.param.serialization.format" {
			continue
		}
		for _, own := range []string{"projection.", "storage.location", "serde.param.", "skip."} {
			if strings.HasPrefix(k, own) {
				return fmt.Sprintf("it has a %s of %q, which the definition has not", k, got[k])
			}
		}
	}
	var parts []column
	for _, p := range partitions {
		parts = append(parts, column{p, "string"})
	}
	if why := sameColumns("column", lower(columns), d.columns); why != "" {
		return why
	}
	return sameColumns("partition", parts, d.partitions)
}

func lower(in []column) []column {
	var out []column
	for _, c := range in {
		out = append(out, column{strings.ToLower(c.member), c.hive})
	}
	return out
}

func sameColumns(what string, want, got []column) string {
	for i, w := range want {
		if i >= len(got) {
			return fmt.Sprintf("it has no %s %s", what, w.member)
		}
		if got[i].member != w.member || strings.ReplaceAll(got[i].hive, " ", "") != w.hive {
			return fmt.Sprintf("its %s %d is %s %s; it should be %s %s", what, i+1, got[i].member, got[i].hive, w.member, w.hive)
		}
	}
	if len(got) > len(want) {
		return fmt.Sprintf("it has a %s %s, which the definition has not", what, got[len(want)].member)
	}
	return ""
}
