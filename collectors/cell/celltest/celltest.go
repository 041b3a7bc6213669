// Package celltest runs one collector in one account and region against a server of the test's own, and then once more from the
// tape alone. It fails the test where the two differ by a byte, and where a record breaks a rule that holds for every collector.
// It is for tests only, and knows no service.
package celltest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/configitem"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// A Collector is what a test needs of collectors.Collector, which can't be imported from below.
type Collector interface {
	Name() string
	Operations() []evidence.Operation
	Kinds() []evidence.Kind
	Collect(ctx context.Context, c *cell.Cell) error
}

// Options say whom to ask. Only URL is needed.
type Options struct {
	// URL is the server's address, as httptest and scenario.Start give it.
	URL string
	// AccessKey goes into the signature; a scenario server tells accounts apart by it. Empty is any key.
	AccessKey string
	// Account is 111122223333 where empty, Region eu-west-1, Partition aws.
	Account, Region, Partition string
	// Scope is the third quarter of 2026, as of 2026-10-01, where its AsOf is zero.
	Scope  evidence.Scope
	Redact tape.Redactor
	// Readers read configuration items of the past.
	Readers []configitem.Reader
	// Moments and Allowance are what a late collector is handed.
	Moments   []evidence.Moment
	Allowance int
	// Retryer is how the SDK retries; nil asks once.
	Retryer func() aws.Retryer
}

// A Result is what a collector made of the answers.
type Result struct {
	// Records are in the order of emission, Cells by service and operation, Gaps by id.
	Records []evidence.Record
	// States are what Readers made of configuration items, in the order of emission.
	States    []*evidence.State
	Cells     []evidence.LedgerCell
	Gaps      []evidence.Gap
	Endpoints []evidence.EndpointUse
	// Refused is why nothing more may be asked of the account, nil where it may.
	Refused error
	// Regions are those to be read of an account, nil where they are not known.
	Regions []string
	// Tape is the folder of the recording.
	Tape string
}

// Run collects, replays, and compares.
func Run(t testing.TB, col Collector, o Options) *Result {
	t.Helper()
	dir := t.TempDir()
	rec, err := tape.Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	live := collect(t, col, o, rec)
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	live.Tape = dir
	played := Replay(t, col, o, dir)
	if a, b := live.text(t), played.text(t); !bytes.Equal(a, b) {
		t.Fatalf("%s: the replay differs from the recording\nlive:\n%s\nreplayed:\n%s", col.Name(), a, b)
	}
	check(t, col, live)
	return live
}

// Replay collects from the tape in dir alone. Nothing is dialed.
func Replay(t testing.TB, col Collector, o Options, dir string) *Result {
	t.Helper()
	tp, err := tape.Open(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer tp.Close()
	o.URL = "http://replay.invalid"
	r := collect(t, col, o, tp)
	r.Tape = dir
	return r
}

func collect(t testing.TB, col Collector, o Options, tp *tape.Tape) *Result {
	t.Helper()
	if o.Scope.AsOf.IsZero() {
		o.Scope.AsOf = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
		o.Scope.Period, _ = evidence.ParsePeriod("2026-Q3")
	}
	out := &Result{}
	var reducers map[string]tape.Reducer
	if x, ok := col.(interface {
		Reducers(evidence.Scope) map[string]tape.Reducer
	}); ok {
		reducers = x.Reducers(o.Scope)
	}
	c := cell.Open(cell.Opening{
		Readers: o.Readers, EmitState: func(s *evidence.State) error { out.States = append(out.States, s); return nil }, Reducers: reducers,
		Account: cmp.Or(o.Account, "111122223333"), Region: cmp.Or(o.Region, "eu-west-1"), Partition: o.Partition, Scope: o.Scope, Planned: planned(o), Moments: o.Moments, Allowance: o.Allowance,
		Collector: col.Name(), Operations: col.Operations(), Kinds: col.Kinds(), Tape: tp, Base: Base(o), Redact: o.Redact,
		Emit: func(r evidence.Record) error { out.Records = append(out.Records, r); return nil },
	})
	failed := col.Collect(t.Context(), c)
	if failed != nil {
		t.Errorf("%s: Collect: %v", col.Name(), failed)
	}
	out.Cells, out.Gaps = c.Close(failed)
	slices.SortFunc(out.Gaps, func(a, b evidence.Gap) int { return cmp.Compare(a.ID, b.ID) })
	out.Endpoints = c.Endpoints()
	slices.SortFunc(out.Endpoints, func(a, b evidence.EndpointUse) int {
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Endpoint, b.Endpoint))
	})
	out.Refused = c.Refused()
	out.Regions, _ = c.Regions()
	return out
}

// planned are the scope's regions, or the cell's own where it names none.
func planned(o Options) []string {
	if len(o.Scope.Regions) > 0 {
		return o.Scope.Regions
	}
	return []string{cmp.Or(o.Region, "eu-west-1")}
}

// Base is the SDK configuration that Run gives a cell.
func Base(o Options) aws.Config {
	cfg := aws.Config{
		Region:       cmp.Or(o.Region, "eu-west-1"),
		BaseEndpoint: aws.String(o.URL),
		Credentials:  credentials.NewStaticCredentialsProvider(cmp.Or(o.AccessKey, "AKIDEXAMPLE"), "secret", ""),
		HTTPClient:   awshttp.NewBuildableClient(),
		Retryer:      o.Retryer,
	}
	if o.Retryer == nil {
		cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	}
	return cfg
}

// text is the whole result as lines of JSON.
func (r *Result) text(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	put := func(v any) {
		if err := enc.Encode(v); err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range r.Records {
		put(map[string]any{x.Kind(): x})
	}
	for _, x := range r.States {
		put(x)
	}
	for _, x := range r.Cells {
		put(x)
	}
	for _, x := range r.Gaps {
		put(x)
	}
	return b.Bytes()
}

// check holds the rules of every collector.
func check(t testing.TB, col Collector, r *Result) {
	t.Helper()
	fields := map[string][]string{}
	for _, k := range col.Kinds() {
		if err := evidence.CheckKind(k); err != nil {
			t.Error(err)
		}
		fields[k.Name] = []string{}
		for _, f := range k.Fields() {
			fields[k.Name] = append(fields[k.Name], f.Name)
		}
	}
	gaps := map[string]bool{}
	for _, g := range r.Gaps {
		gaps[g.ID] = true
		if !g.Outcome.IsGap() {
			t.Errorf("gap %s of %s has outcome %q", g.ID, g.Operation, g.Outcome)
		}
		for _, k := range g.Kinds {
			if fields[k] == nil {
				t.Errorf("gap %s names the kind %q, which %s does not emit", g.ID, k, col.Name())
			}
		}
	}
	seen := map[string]bool{}
	for _, x := range r.Records {
		h := x.Header()
		at := x.Kind() + " " + h.ID
		if fields[x.Kind()] == nil {
			t.Errorf("%s: the kind is not in Kinds()", at)
		}
		if seen[at] {
			t.Errorf("%s: emitted twice", at)
		}
		seen[at] = true
		if h.Collected.IsZero() {
			t.Errorf("%s: it was collected at no time: Read or note its answers", at)
		}
		for _, u := range h.Unknown {
			if !gaps[u.Gap] {
				t.Errorf("%s: %s is unknown by %s, which is no gap of this cell", at, u.Field, u.Gap)
			}
			if !slices.ContainsFunc(fields[x.Kind()], func(f string) bool { return f == u.Field || strings.HasPrefix(f, u.Field+".") }) {
				t.Errorf("%s: the unknown field %q is no field of the kind", at, u.Field)
			}
		}
	}
}

// Of gives the records of one type, in order.
func Of[T any](r *Result) []*T {
	var out []*T
	for _, x := range r.Records {
		if v, ok := x.(any).(*T); ok {
			out = append(out, v)
		}
	}
	return out
}

// One gives the only record of type T whose id contains id, and fails the test where there is not exactly one.
func One[T any](t testing.TB, r *Result, id string) *T {
	t.Helper()
	var found []*T
	for _, x := range r.Records {
		if v, ok := x.(any).(*T); ok && strings.Contains(x.Header().ID, id) {
			found = append(found, v)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d records of %T have %q in their id, want 1", len(found), *new(T), id)
	}
	return found[0]
}

// Unknown gives the code by which the field, or what stands above it, is unknown, and "" where it is known.
func Unknown(r evidence.Record, field string) string {
	for _, u := range r.Header().Unknown {
		if u.Field == field || strings.HasPrefix(field, u.Field+".") {
			return u.Code
		}
	}
	return ""
}

// GapsOf gives the gaps of one operation.
func (r *Result) GapsOf(operation string) []evidence.Gap {
	var out []evidence.Gap
	for _, g := range r.Gaps {
		if g.Operation == operation {
			out = append(out, g)
		}
	}
	return out
}

// Outcome gives the ledger's outcome of one operation, and fails the test where there is no such cell.
func (r *Result) Outcome(t testing.TB, operation string) evidence.Outcome {
	t.Helper()
	for _, c := range r.Cells {
		if c.Operation == operation {
			return c.Outcome
		}
	}
	t.Fatalf("no ledger cell for %s", operation)
	return ""
}
