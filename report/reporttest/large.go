package reporttest

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/assess"
)

// Large writes a pack with n keys into dir, holding none of it in memory: two exchanges a key, a test that half of the keys do
// not meet, and a gap for every hundredth key.
func Large(dir string, n int) error {
	run := exampleRun()
	run.Scope.Accounts, run.Scope.Excluded, run.Scope.Regions = []string{production}, nil, []string{"eu-west-1"}
	run.Callers = run.Callers[1:2]
	p := &largePack{dir: dir, n: n, start: run.Scope.AsOf}
	a := assess.Assessment{Format: assess.Format, Tool: run.Tool.String(), Organization: run.Organization, Scope: run.Scope}
	last := p.date(n - 1)
	size, digest, err := p.records()
	if err != nil {
		return err
	}
	for _, k := range Kinds() {
		pop := assess.Population{Kind: k.Name, Doc: k.Doc, Complete: true, SHA256: evidence.Sum(nil)}
		if k.Name == "kms.key" {
			pop.Size, pop.SHA256, pop.Complete, pop.First, pop.Last = size, digest, false, p.date(0), last
			for i := 0; i < n; i += 100 {
				pop.Gaps = append(pop.Gaps, p.gap(i).ID)
			}
		} else if err := p.lines("records/"+k.Name+".jsonl", 0, nil); err != nil {
			return err
		}
		a.Populations = append(a.Populations, pop)
	}
	a.Frameworks = []assess.FrameworkResult{{ID: "large", Title: "A large one", Controls: []assess.ControlResult{{ID: "L-1", Title: "Every key rotates", Result: assess.Exception, Tests: []string{"kms-key-rotation"}}}}}
	unknown := (n + 99) / 100
	exceptions := 0
	for i := range n {
		if i%2 == 1 {
			exceptions++
		}
	}
	a.Tests = []assess.TestResult{{ID: "kms-key-rotation", Statement: "Every key rotates.", Population: "kms.key", Expect: "it.rotation.enabled", Require: "every", IfEmpty: assess.Incomplete, Over: "instant",
		Result: assess.Exception, Reason: fmt.Sprintf("%d of %d selected records do not meet the expectation.", exceptions, n), Size: n, Selected: n,
		MetCount: n - exceptions - unknown, ExceptionCount: exceptions, UnknownCount: unknown, First: p.date(0), Last: last}}
	if err := p.assessment(a); err != nil {
		return err
	}
	if err := p.lines("evidence/"+production+"/eu-west-1/kms.jsonl", 2*n, func(i int) any { return p.exchange(i) }); err != nil {
		return err
	}
	if err := p.lines("gaps.jsonl", 1+unknown, func(i int) any {
		if i == 0 {
			return evidence.LedgerLine{Cell: &evidence.LedgerCell{Account: production, Region: "eu-west-1", Collector: "kms", Service: "kms", Operation: "GetKeyRotationStatus", Outcome: evidence.Denied, Exchanges: n, Gaps: unknown, First: p.date(0), Last: last}}
		}
		g := p.gap((i - 1) * 100)
		return evidence.LedgerLine{Gap: &g}
	}); err != nil {
		return err
	}
	b, err := json.Marshal(run)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "run.json"), append(b, '\n'), 0o644)
}

type largePack struct {
	dir   string
	n     int
	start time.Time
}

func (p *largePack) date(i int) time.Time {
	return p.start.Add(time.Duration(i) * 200 * time.Millisecond)
}

func (p *largePack) exchange(i int) evidence.Exchange {
	arn := keyARN(production, "eu-west-1", i/2)
	x := evidence.Exchange{Account: production, Region: "eu-west-1", Collector: "kms", Service: "kms", Operation: "DescribeKey", Endpoint: "https://kms.eu-west-1.amazonaws.com", Attempts: 1, Status: 200,
		RequestID: requestID(i), Date: p.date(i / 2), Body: `{"KeyMetadata":{"Arn":"` + arn + `","KeyManager":"CUSTOMER","KeyState":"Enabled","KeySpec":"SYMMETRIC_DEFAULT","Origin":"AWS_KMS","MultiRegion":false,"Description":"a key of a large population"}}`}
	x.Request = evidence.Request{Method: "POST", Path: "/", Body: `{"KeyId":"` + arn + `"}`}
	if i%2 == 1 {
		x.Operation, x.Body = "GetKeyRotationStatus", `{"KeyRotationEnabled":true,"RotationPeriodInDays":365}`
		if i/2%100 == 0 {
			x.Status, x.Body = 400, `{"__type":"AccessDeniedException"}`
		}
	}
	x.Request.Digest = evidence.Sum([]byte(x.Operation + arn))
	x.ID = evidence.ExchangeID(x.Account, x.Region, x.Collector, x.Service, x.Operation, x.Request.Digest, 0)
	return x
}

func (p *largePack) gap(i int) evidence.Gap {
	x := p.exchange(2*i + 1)
	g := evidence.Gap{Account: x.Account, Region: x.Region, Collector: x.Collector, Service: x.Service, Operation: x.Operation, Outcome: evidence.Denied, Code: "AccessDeniedException",
		Status: x.Status, RequestID: x.RequestID, Evidence: x.ID, Date: x.Date, Resource: keyARN(production, "eu-west-1", i), Fields: []string{"rotation"}}
	g.Identify()
	return g
}

func (p *largePack) key(i int) *Key {
	k := &Key{ARN: keyARN(production, "eu-west-1", i), Manager: "CUSTOMER", State: "Enabled", Spec: "SYMMETRIC_DEFAULT", Origin: "AWS_KMS", Created: p.start, Aliases: []string{fmt.Sprintf("alias/app-%d", i)}, Tags: map[string]string{"owner": "platform"}}
	k.ID, k.Account, k.Region, k.Collected = k.ARN, production, "eu-west-1", p.date(i)
	k.Evidence = []string{p.exchange(2 * i).ID, p.exchange(2*i + 1).ID}
	k.Rotation.Enabled = i%2 == 0
	if i%100 == 0 {
		g := p.gap(i)
		k.Unknown = []evidence.Unknown{{Field: "rotation", Gap: g.ID, Code: g.Code}}
	}
	return k
}

func (p *largePack) finding(i int) assess.Finding {
	k := p.key(i)
	f := assess.Finding{Record: k.ID, Account: k.Account, Region: k.Region, Evidence: k.Evidence, Date: k.Collected, Fields: k.Unknown}
	if len(k.Unknown) == 0 {
		f.Values = []assess.Value{text("rotation.enabled", k.Rotation.Enabled)}
	}
	return f
}

func (p *largePack) records() (int, evidence.Digest, error) {
	err := p.lines("records/kms.key.jsonl", p.n, func(i int) any { return p.key(i) })
	if err != nil {
		return 0, evidence.Digest{}, err
	}
	f, err := os.Open(filepath.Join(p.dir, "records/kms.key.jsonl"))
	if err != nil {
		return 0, evidence.Digest{}, err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return p.n, evidence.Digest(h.Sum(nil)), err
}

// assessment writes the findings between the members of its one test, so that they are never all in memory.
func (p *largePack) assessment(a assess.Assessment) error {
	return p.file("assessment.json", func(w *bufio.Writer) error {
		b := encode(a)
		at := lastIndex(b, `}],"populations"`)
		if at < 0 {
			return fmt.Errorf("no place for the findings")
		}
		w.Write(b[:at])
		list := func(name string, first, step int) {
			fmt.Fprintf(w, `,"%s":[`, name)
			for i := first; i < p.n; i += step {
				if i > first {
					w.WriteByte(',')
				}
				w.Write(encode(p.finding(i)))
			}
			w.WriteByte(']')
		}
		list("exceptions", 1, 2)
		list("unknowns", 0, 100)
		_, err := w.Write(append(b[at:], '\n'))
		return err
	})
}

func lastIndex(b []byte, s string) int {
	for i := len(b) - len(s); i >= 0; i-- {
		if string(b[i:i+len(s)]) == s {
			return i
		}
	}
	return -1
}

func (p *largePack) lines(name string, n int, at func(int) any) error {
	return p.file(name, func(w *bufio.Writer) error {
		for i := range n {
			v := at(i)
			if x, ok := v.(evidence.Exchange); ok {
				open := encode(&x)
				open = open[:len(open)-len(`,"sha256":""}`)]
				fmt.Fprintf(w, "%s,\"sha256\":\"%s\"}\n", open, evidence.Sum(open))
				continue
			}
			w.Write(encode(v))
			w.WriteByte('\n')
		}
		return nil
	})
}

func (p *largePack) file(name string, write func(*bufio.Writer) error) error {
	path := filepath.Join(p.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	if err := write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}
