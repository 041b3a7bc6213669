package athena

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

func testQuery() Query {
	return Query{Database: "config", Table: "history", Accounts: []string{"012345678901", home}, Regions: []string{"eu-west-1", "us-east-1"}, Types: []string{"AWS::KMS::Key", "AWS::S3::Bucket"},
		Period: testScope().Period, AsOf: day(2026, 10, 2).Add(7 * time.Hour), Lookback: 2}
}

// The texts are what a person reads in Athena's history and runs again: a change to one is a change to what was asked.
func TestTexts(t *testing.T) {
	for name, got := range map[string]string{"items.sql": testQuery().Items(), "counts.sql": testQuery().Counts(), "table.sql": TableOf(testScope().Delivery).Definition()} {
		file := "testdata/" + name
		if *update {
			if err := os.WriteFile(file, []byte(got+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got+"\n" != string(want) {
			t.Errorf("%s differs; -update writes it anew. It is now\n%s", file, got)
		}
	}
}

// No value ends its quotes: with the quoted texts taken out, a query reads the same whatever the values.
func TestHostileValues(t *testing.T) {
	bare := func(sql string) string {
		var b strings.Builder
		for rest := sql; rest != ""; {
			i := strings.IndexAny(rest, `'"`)
			if i < 0 {
				b.WriteString(rest)
				break
			}
			b.WriteString(rest[:i] + "?")
			q := rest[i]
			rest = rest[i+1:]
			for {
				end := strings.IndexByte(rest, q)
				if end < 0 {
					t.Fatalf("a quote without end in %s", sql)
				}
				rest = rest[end+1:]
				if rest == "" || rest[0] != q {
					break
				}
				rest = rest[1:]
			}
		}
		return b.String()
	}
	good := testQuery()
	for _, v := range []string{`'`, `''`, `'); DROP TABLE history; --`, `\'`, `"`, `" UNION SELECT 1 --`, "a\nb", "\x00", "‘", `/* `, `${account}`, `?`} {
		q := testQuery()
		q.Types[1], q.Accounts[1], q.Regions[0], q.Database, q.Table = v, v, v, v, v
		for _, pair := range [][2]string{{q.Items(), good.Items()}, {q.Counts(), good.Counts()}} {
			if a, b := bare(pair[0]), bare(pair[1]); a != b {
				t.Errorf("%q changes the query:\n%s", v, pair[0])
			}
			if err := onlyReads(pair[0]); err != nil {
				t.Errorf("%q: %v", v, err)
			}
		}
	}
}

func TestSplit(t *testing.T) {
	q := testQuery()
	q.Accounts = nil
	for i := range 2500 {
		q.Accounts = append(q.Accounts, fmt.Sprintf("%012d", i))
	}
	for name, c := range map[string]struct {
		change func(*Query)
		parts  int
	}{
		"as many accounts as Athena lets a query name": {func(q *Query) { q.Regions, q.Period.To = q.Regions[:1], q.Period.From.AddDate(0, 0, 5) }, 3},
		"as many folders as are listed in one go":      {func(q *Query) {}, 5},
		"one account": {func(q *Query) { q.Accounts = q.Accounts[:1] }, 1},
		"seven years of seventeen regions": {func(q *Query) {
			q.Lookback, q.Accounts = 2557, q.Accounts[:5]
			q.Regions = strings.Fields("a b c d e f g h i j k l m n o p q")
		}, 3},
	} {
		q := q
		q.Accounts, q.Regions = slices.Clone(q.Accounts), slices.Clone(q.Regions)
		c.change(&q)
		parts, err := q.Split()
		if err != nil || len(parts) != c.parts {
			t.Errorf("%s: %d parts, want %d: %v", name, len(parts), c.parts, err)
		}
		var got []string
		for _, p := range parts {
			got = append(got, p.Accounts...)
			if n := max(len(p.Items()), len(p.Counts())); n > maxText || len(p.Accounts) > maxInjected {
				t.Errorf("%s: %d bytes, %d accounts", name, n, len(p.Accounts))
			}
		}
		if !slices.Equal(got, q.Accounts) {
			t.Errorf("%s: the parts are not the whole", name)
		}
	}
	long := q
	for i := range 9000 {
		long.Types = append(long.Types, fmt.Sprintf("AWS::Service::Type%d", i))
	}
	if _, err := long.Split(); err == nil {
		t.Error("a text that is too long is no error")
	}
	for _, f := range []func(*Query){func(q *Query) { q.Accounts = nil }, func(q *Query) { q.Regions = nil }, func(q *Query) { q.Types = nil }} {
		none := q
		f(&none)
		if _, err := none.Split(); err == nil {
			t.Error("a query about nothing is no error")
		}
	}
}

// Months and days have no zeros; the days after the period's end are those that there are.
func TestDays(t *testing.T) {
	q := testQuery()
	h := q.historyDays()
	if h[0] != "2026/6/29" || h[len(h)-1] != "2026/10/2" || len(h) != 2+92+2 || h[33] != "2026/8/1" {
		t.Errorf("%d days, %q", len(h), h)
	}
	q.AsOf = day(2027, 1, 1)
	if h := q.historyDays(); h[len(h)-1] != "2026/10/4" {
		t.Errorf("the last day is %s", h[len(h)-1])
	}
	if s := q.snapshots(); strings.Join(s, " ") != "2026/6/28 2026/6/29 2026/6/30 2026/7/1" {
		t.Errorf("snapshots of %q", s)
	}
}
