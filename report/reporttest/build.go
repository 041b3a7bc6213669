package reporttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strings"
	"testing/fstest"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/report"
)

// A builder gathers a pack's files. Its clock moves on a second an exchange.
type builder struct {
	run     report.Run
	now     time.Time
	files   map[string]*bytes.Buffer
	seq     map[string]int
	cells   map[evidence.LedgerCell]*evidence.LedgerCell
	gaps    []evidence.Gap
	records map[string][]evidence.Record
	a       assess.Assessment
}

func newBuilder(run report.Run) *builder {
	return &builder{run: run, now: run.Scope.AsOf, files: map[string]*bytes.Buffer{}, seq: map[string]int{},
		cells: map[evidence.LedgerCell]*evidence.LedgerCell{}, records: map[string][]evidence.Record{},
		a: assess.Assessment{Format: assess.Format, Tool: run.Tool.String(), Organization: run.Organization, Scope: run.Scope}}
}

func (b *builder) file(name string) *bytes.Buffer {
	if b.files[name] == nil {
		b.files[name] = &bytes.Buffer{}
	}
	return b.files[name]
}

// A question is one exchange to put on the tape.
type question struct {
	account, region, collector, service, operation string
	request, body                                  string
	status                                         int
	outcome                                        evidence.Outcome
	failure                                        *evidence.Failure
	redacted                                       int
}

// ask records an exchange and counts it in its cell.
func (b *builder) ask(q question) evidence.Exchange {
	b.now = b.now.Add(time.Second)
	digest := evidence.Sum([]byte(q.operation + q.request))
	key := q.account + q.region + q.collector + q.operation + q.request
	x := evidence.Exchange{
		ID:      evidence.ExchangeID(q.account, q.region, q.collector, q.service, q.operation, digest, b.seq[key]),
		Account: q.account, Region: q.region, Collector: q.collector, Service: q.service, Operation: q.operation, Sequence: b.seq[key],
		Request:  evidence.Request{Method: "POST", Path: "/", Body: q.request, Digest: digest},
		Endpoint: "https://" + q.service + "." + q.region + ".amazonaws.com", Attempts: 1, Status: q.status,
		RequestID: requestID(q.account, q.region, q.operation, len(b.seq)+b.seq[key]), Date: b.now, Body: q.body, Failure: q.failure,
	}
	for i := range q.redacted {
		x.Redactions = append(x.Redactions, evidence.Redaction{Pointer: fmt.Sprintf("/Users/%d/UserName", i), Rule: "identity"})
	}
	if q.failure != nil {
		x.Status, x.RequestID, x.Clock = 0, "", "local"
	}
	b.seq[key]++
	b.line(b.file("evidence/"+q.account+"/"+q.region+"/"+q.service+".jsonl"), &x)
	c := b.cell(q.account, q.region, q.collector, q.service, q.operation, q.outcome)
	c.Exchanges++
	if c.First.IsZero() {
		c.First = x.Date
	}
	c.Last = x.Date
	return x
}

// line writes an exchange with the digest of its own bytes, as package tape does.
func (b *builder) line(w *bytes.Buffer, x *evidence.Exchange) {
	open, ok := bytes.CutSuffix(encode(x), []byte(`,"sha256":""}`))
	if !ok {
		panic("the digest is not the last member")
	}
	x.SHA256 = evidence.Sum(open)
	fmt.Fprintf(w, "%s,\"sha256\":\"%s\"}\n", open, x.SHA256)
}

func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func requestID(parts ...any) string {
	h := evidence.Sum(fmt.Append(nil, parts...)).String()
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-8" + h[17:20] + "-" + h[20:32]
}

// cell finds or plans a cell. An outcome that is a gap stays.
func (b *builder) cell(account, region, collector, service, operation string, outcome evidence.Outcome) *evidence.LedgerCell {
	k := evidence.LedgerCell{Account: account, Region: region, Collector: collector, Service: service, Operation: operation}
	c := b.cells[k]
	if c == nil {
		n := k
		c = &n
		b.cells[k] = c
	}
	if c.Outcome == "" || !c.Outcome.IsGap() {
		c.Outcome = outcome
	}
	return c
}

// gap makes a gap of an exchange.
func (b *builder) gap(x evidence.Exchange, outcome evidence.Outcome, code, message string, kinds []string, resource string, fields []string) evidence.Gap {
	g := evidence.Gap{Account: x.Account, Region: x.Region, Collector: x.Collector, Service: x.Service, Operation: x.Operation,
		Outcome: outcome, Code: code, Message: message, Status: x.Status, RequestID: x.RequestID, Evidence: x.ID, Date: x.Date,
		Kinds: kinds, Resource: resource, Fields: fields}
	g.Identify()
	b.gaps = append(b.gaps, g)
	b.cell(x.Account, x.Region, x.Collector, x.Service, x.Operation, outcome).Gaps++
	return g
}

func (b *builder) add(r evidence.Record) { b.records[r.Kind()] = append(b.records[r.Kind()], r) }

// A verdict is what a test's closure says of one record.
type verdict struct {
	selected, met bool
	undecided     bool // where itself was unknown
	unknown       []evidence.Unknown
	fault         string
	values        []assess.Value
	accepted      *assess.Acceptance
}

// test runs a closure over a population and adds the result.
func (b *builder) test(t assess.TestResult, judge func(evidence.Record) verdict) {
	for _, r := range b.records[t.Population] {
		m := r.Header()
		t.Size++
		if t.First.IsZero() || m.Collected.Before(t.First) {
			t.First = m.Collected
		}
		if m.Collected.After(t.Last) {
			t.Last = m.Collected
		}
		v := judge(r)
		f := assess.Finding{Record: m.ID, Account: m.Account, Region: m.Region, Values: v.values, Fields: v.unknown, Fault: v.fault,
			Evidence: m.Evidence, Date: m.Collected, Accepted: v.accepted}
		switch {
		case v.undecided:
			t.Undecided++
			t.UnknownCount++
			t.Unknowns = append(t.Unknowns, f)
		case !v.selected:
		case len(v.unknown) > 0 || v.fault != "":
			t.Selected++
			t.UnknownCount++
			t.Unknowns = append(t.Unknowns, f)
		case v.met:
			t.Selected++
			t.MetCount++
		default:
			t.Selected++
			t.ExceptionCount++
			t.Exceptions = append(t.Exceptions, f)
		}
	}
	for _, g := range b.gaps {
		if slices.Contains(g.Kinds, t.Population) {
			t.Gaps = append(t.Gaps, g.ID)
		}
	}
	switch {
	case t.ExceptionCount > 0:
		t.Result = assess.Exception
		t.Reason = fmt.Sprintf("%d of %d selected records do not meet the expectation", t.ExceptionCount, t.Selected)
		if n := t.UnknownCount; n > 0 {
			t.Reason += fmt.Sprintf("; %d more could not be decided", n)
		}
		t.Reason += "."
	case t.UnknownCount > 0:
		t.Result = assess.Incomplete
		t.Reason = fmt.Sprintf("%d of %d records could not be decided, because fields that decide were not read.", t.UnknownCount, t.Selected+t.Undecided)
	case len(t.Gaps) > 0:
		t.Result = assess.Incomplete
		t.Reason = fmt.Sprintf("No exception is among the %d records selected, but gaps (%d) leave the population not whole.", t.Selected, len(t.Gaps))
	case t.Selected == 0:
		t.Result = t.IfEmpty
		t.Reason = fmt.Sprintf("None of the %d records is selected, and the mapping then says: %s.", t.Size, t.IfEmpty)
	default:
		t.Result = assess.Met
		t.Reason = fmt.Sprintf("All %d selected records meet the expectation, and the population is whole.", t.Selected)
	}
	b.a.Tests = append(b.a.Tests, t)
}

// framework adds a framework whose controls take the worst of their tests.
func (b *builder) framework(f assess.FrameworkResult) {
	for i := range f.Controls {
		c := &f.Controls[i]
		var all []assess.Result
		for _, id := range c.Tests {
			n := slices.IndexFunc(b.a.Tests, func(t assess.TestResult) bool { return t.ID == id })
			all = append(all, b.a.Tests[n].Result)
		}
		if c.Manual != "" || c.Planned != "" {
			all = append(all, assess.Manual)
		}
		if c.NotApplicable != "" {
			all = append(all, assess.NotApplicable)
		}
		for _, r := range assess.Results() {
			if slices.Contains(all, r) {
				c.Result = r
				break
			}
		}
	}
	b.a.Frameworks = append(b.a.Frameworks, f)
}

// pack writes what was gathered.
func (b *builder) pack(kinds []evidence.Kind) fs.FS {
	for _, k := range kinds {
		w := b.file("records/" + k.Name + ".jsonl")
		p := assess.Population{Kind: k.Name, Doc: k.Doc, Complete: true}
		for _, r := range b.records[k.Name] {
			w.Write(encode(r))
			w.WriteByte('\n')
			at := r.Header().Collected
			p.Size++
			if p.First.IsZero() || at.Before(p.First) {
				p.First = at
			}
			if at.After(p.Last) {
				p.Last = at
			}
		}
		for _, g := range b.gaps {
			if slices.Contains(g.Kinds, k.Name) || slices.ContainsFunc(b.records[k.Name], func(r evidence.Record) bool { return r.Header().ID == g.Resource }) {
				p.Complete = false
				p.Gaps = append(p.Gaps, g.ID)
			}
		}
		p.SHA256 = evidence.Sum(w.Bytes())
		if k.Name == "kms.key" && b.files["timeline.jsonl"] != nil {
			p.Period = &assess.PopulationPeriod{Resources: 6, Created: 1, Deleted: 1}
		}
		b.a.Populations = append(b.a.Populations, p)
	}
	sort.Slice(b.a.Tests, func(i, j int) bool { return b.a.Tests[i].ID < b.a.Tests[j].ID })
	ledger := b.file("gaps.jsonl")
	var cells []evidence.LedgerCell
	for _, c := range b.cells {
		cells = append(cells, *c)
	}
	sort.Slice(cells, func(i, j int) bool {
		x, y := cells[i], cells[j]
		return strings.Join([]string{x.Account, x.Region, x.Collector, x.Operation}, "/") < strings.Join([]string{y.Account, y.Region, y.Collector, y.Operation}, "/")
	})
	for _, c := range cells {
		ledger.Write(append(encode(evidence.LedgerLine{Cell: &c}), '\n'))
	}
	sort.SliceStable(b.gaps, func(i, j int) bool {
		x, y := b.gaps[i], b.gaps[j]
		return strings.Join([]string{x.Account, x.Region, x.Collector, x.Operation}, "/") < strings.Join([]string{y.Account, y.Region, y.Collector, y.Operation}, "/")
	})
	for _, g := range b.gaps {
		ledger.Write(append(encode(evidence.LedgerLine{Gap: &g}), '\n'))
	}
	b.json("assessment.json", b.a)
	b.json("run.json", b.run)
	out := fstest.MapFS{}
	for name, w := range b.files {
		out[path.Clean(name)] = &fstest.MapFile{Data: w.Bytes(), Mode: 0o644}
	}
	return out
}

func (b *builder) json(name string, v any) {
	var w bytes.Buffer
	if err := json.Indent(&w, encode(v), "", "  "); err != nil {
		panic(err)
	}
	w.WriteByte('\n')
	b.files[name] = &w
}
