package pack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/assess"
)

var (
	fixturePeriod = evidence.Period{From: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)}
	fixtureInfo   = Info{Tool: "auditseal 0.1.0", Organization: "Example Corp", Period: fixturePeriod, CreatedBy: "arn:aws:sts::111122223333:assumed-role/Audit/x"}
	// A secret that is published is none; tests need the same bytes each time.
	fixtureMasking = Masking{Salt: []byte("0123456789abcdef0123456789abcdef"), Identities: []string{"Alice Example", "alice@example.com"}}
	fixtureDate    = time.Date(2026, 10, 2, 6, 0, 0, 0, time.UTC)
)

func jsonLine(t testing.TB, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// tapeLineOf writes an exchange as package tape does.
func tapeLineOf(t testing.TB, ex evidence.Exchange) []byte {
	t.Helper()
	ex.SHA256 = evidence.Digest{}
	open, ok := bytes.CutSuffix(jsonLine(t, ex), []byte(`,"sha256":""}`+"\n"))
	if !ok {
		t.Fatal("an exchange does not end with its digest")
	}
	return fmt.Appendf(nil, "%s,\"sha256\":\"%s\"}\n", open, evidence.Sum(open))
}

func exchangeOf(account, region, operation, request, body string) evidence.Exchange {
	d := evidence.Sum([]byte(request))
	return evidence.Exchange{
		ID:      evidence.ExchangeID(account, region, "kms", "kms", operation, d, 0),
		Account: account, Region: region, Collector: "kms", Service: "kms", Operation: operation,
		Request:  evidence.Request{Method: "POST", Path: "/", Body: request, Digest: d},
		Endpoint: "https://kms." + region + ".amazonaws.com", Attempts: 1, Status: 200, RequestID: "r-1", Date: fixtureDate,
		Header: map[string]string{"Content-Type": "application/x-amz-json-1.1"}, Body: body,
	}
}

type fixtureRecord struct {
	evidence.Meta
	State string            `json:"state"`
	Tags  map[string]string `json:"tags"`
}

// A fixture is the files of a run, by path, before they are sealed.
type fixture map[string][]byte

// newFixture makes a run of two accounts with n keys each: one key of each is disabled, and one could not be read.
func newFixture(t testing.TB, n int) fixture {
	t.Helper()
	f := fixture{
		AuditPath:                        []byte("organization: Example Corp\nperiod: 2026-Q3\n"),
		FrameworksDir + "demo.yaml":      []byte("framework: demo\n"),
		FrameworksDir + "tests/kms.yaml": []byte("tests: []\n"),
		InputsDir + "exceptions.yaml":    []byte("[]\n"),
		ManualDir + "Prüfung 1.txt":      []byte("supplied by a person\n"),
		ReportPath:                       []byte("%PDF-1.3\n\x00\x01\x02\n"),
		RecordsPath("kms.alias"):         {},
	}
	scope := evidence.Scope{Accounts: []string{"000011112222", "111122223333"}, Regions: []string{"eu-west-1"}, Period: fixturePeriod, AsOf: fixtureDate}
	f[RunPath] = jsonLine(t, map[string]any{"format": 1, "organization": "Example Corp", "scope": scope})

	var records, cells, gapLines []byte
	test := assess.TestResult{ID: "kms-key-enabled", Statement: "Keys are enabled.", Population: "kms.key", Expect: `it.state == "Enabled"`,
		Require: "every", IfEmpty: assess.NotApplicable, Over: "instant", Result: assess.Exception, Reason: "2 keys are disabled.", First: fixtureDate, Last: fixtureDate}
	for _, account := range scope.Accounts {
		region := "eu-west-1"
		var tape []byte
		list := exchangeOf(account, region, "ListKeys", "{}", `{"Keys":["a","b"],"Text":"<&> \u2028 \"é😀\\"}`)
		tape = append(tape, tapeLineOf(t, list)...)
		denied := evidence.Gap{}
		for i := range n {
			key := fmt.Sprintf("arn:aws:kms:%s:%s:key/%d", region, account, i)
			ex := exchangeOf(account, region, "DescribeKey", `{"KeyId":"`+key+`"}`, `{"KeyMetadata":{"KeyId":"`+key+`"}}`)
			r := fixtureRecord{Meta: evidence.Meta{ID: key, Account: account, Region: region, Collected: fixtureDate, Evidence: []string{list.ID, ex.ID}},
				State: "Enabled", Tags: map[string]string{"Team": "a", "team": "b"}}
			finding := assess.Finding{Record: key, Account: account, Region: region, Evidence: r.Evidence, Date: fixtureDate}
			switch i {
			case 0:
				r.State = "Disabled"
				finding.Values = []assess.Value{{Field: "state", Value: "Disabled"}}
				test.Exceptions = append(test.Exceptions, finding)
			case 1:
				ex.Status, ex.Body = 400, `{"__type":"AccessDeniedException"}`
				denied = evidence.Gap{Account: account, Region: region, Collector: "kms", Service: "kms", Operation: "DescribeKey", Outcome: evidence.Denied,
					Code: "AccessDeniedException", Message: "no", Status: 400, Evidence: ex.ID, Date: fixtureDate, Resource: key, Fields: []string{"state"}}
				denied.Identify()
				r.State = ""
				r.Unknown = []evidence.Unknown{{Field: "state", Gap: denied.ID, Code: denied.Code}}
				finding.Fields = r.Unknown
				test.Unknowns = append(test.Unknowns, finding)
			}
			tape = append(tape, tapeLineOf(t, ex)...)
			records = append(records, jsonLine(t, r)...)
		}
		f[EvidencePath(account, region, "kms")] = tape
		for _, c := range []evidence.LedgerCell{
			{Operation: "DescribeKey", Outcome: evidence.Denied, Exchanges: n, Gaps: 1},
			{Operation: "ListAliases", Outcome: evidence.NotCalled},
			{Operation: "ListKeys", Outcome: evidence.Collected, Exchanges: 1},
		} {
			c.Account, c.Region, c.Collector, c.Service = account, region, "kms", "kms"
			cells = append(cells, jsonLine(t, evidence.LedgerLine{Cell: &c})...)
		}
		gapLines = append(gapLines, jsonLine(t, evidence.LedgerLine{Gap: &denied})...)
	}
	f[GapsPath] = append(cells, gapLines...)
	f[RecordsPath("kms.key")] = records
	test.Size, test.Selected, test.MetCount, test.ExceptionCount, test.UnknownCount = 2*n, 2*n, 2*n-4, 2, 2
	manual := assess.TestResult{ID: "mfa", Statement: "People use MFA.", Manual: "A screenshot.", Result: assess.Manual, Reason: "A person must supply it."}
	f.setAssessment(t, assess.Assessment{
		Format: assess.Format, Tool: "auditseal 0.1.0", Organization: "Example Corp", Scope: scope,
		Frameworks: []assess.FrameworkResult{{ID: "demo", Title: "Demo", Controls: []assess.ControlResult{
			{ID: "1.10", Title: "Keys", Result: assess.Exception, Tests: []string{"kms-key-enabled", "mfa"}},
			{ID: "1.2", Title: "People", Result: assess.Manual, Tests: []string{"mfa"}},
			{ID: "1.3", Title: "Trains", Result: assess.NotApplicable, NotApplicable: "There are no trains."},
			{ID: "1.4", Title: "The board", Result: assess.Manual, Outside: "Its minutes."},
		}}},
		Tests: []assess.TestResult{test, manual},
		Populations: []assess.Population{
			{Kind: "kms.alias", Doc: "An alias.", SHA256: evidence.Sum(nil), Complete: true},
			{Kind: "kms.key", Doc: "A key.", Size: 2 * n, SHA256: evidence.Sum(records), Complete: true, First: fixtureDate, Last: fixtureDate},
		},
	})
	return f
}

func (f fixture) assessment(t testing.TB) assess.Assessment {
	t.Helper()
	var a assess.Assessment
	if err := json.Unmarshal(f[AssessmentPath], &a); err != nil {
		t.Fatal(err)
	}
	return a
}

func (f fixture) setAssessment(t testing.TB, a assess.Assessment) {
	t.Helper()
	b, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	f[AssessmentPath] = append(b, '\n')
}

// write puts the files into a new folder.
func (f fixture) write(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range f {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// seal writes the files, all digests fresh, and seals them.
func (f fixture) seal(t testing.TB) string {
	t.Helper()
	dir := f.write(t)
	if _, err := Seal(dir, fixtureInfo, fixtureMasking); err != nil {
		t.Fatal(err)
	}
	return dir
}

func verifyPath(t testing.TB, path string) ([]Check, Verdict) {
	t.Helper()
	p, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var out []Check
	v := Verify(p, func(c Check) { out = append(out, c) })
	return out, v
}

func bad(checks []Check) []Check {
	var out []Check
	for _, c := range checks {
		if !c.OK {
			out = append(out, c)
		}
	}
	return out
}

func format(checks []Check) string {
	var b strings.Builder
	for _, c := range checks {
		fmt.Fprintf(&b, "%t %s %s:%d %s\n", c.OK, c.Name, c.Path, c.Line, c.Detail)
	}
	return b.String()
}
