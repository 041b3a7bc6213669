package extract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/report/pack"
)

var (
	period   = evidence.Period{From: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)}
	accounts = []string{"000011112222", "111122223333"}
	people   = []string{"Alice Example", "alice@example.com", "jane.doe", "Øystein Ås", "aws+000011112222@example.com"}
)

// aRun makes the files of a small run at random: two services, some records and gaps, and four controls.
func aRun(t testing.TB, r *rand.Rand) map[string][]byte {
	t.Helper()
	files := map[string][]byte{
		pack.AuditPath: []byte("organization: Example Corp\n# jane.doe asked for 000011112222\n"), pack.RunPath: []byte("{\n  \"accounts\": [\"000011112222\", \"111122223333\"]\n}\n"),
		pack.FrameworksDir + "fw.yaml":      []byte("framework: fw\ncontrols:\n  - id: A-0\n    tests: [t0]\n"),
		pack.FrameworksDir + "other.yaml":   []byte("framework: other\n"),
		pack.FrameworksDir + "tests/a.yaml": []byte("tests:\n  - id: t0\n    statement: keys turn\n"),
		pack.RecordsPath("b.none"):          {}, pack.ReportPath: []byte("%PDF-1.7 000011112222\n"), pack.ManualDir + "jane.txt": []byte("x"),
	}
	add := func(path string, v any) {
		b, err := encode(v)
		if err != nil {
			t.Fatal(err)
		}
		files[path] = append(files[path], b...)
	}
	a := &assess.Assessment{Format: assess.Format, Tool: "auditseal 0.1.0", Organization: "Example Corp", Scope: evidence.Scope{Accounts: accounts, Regions: []string{"eu-west-1"}, Period: period}}
	fw := assess.FrameworkResult{ID: "fw", Title: "A framework"}
	kinds := []string{"a.thing", "a.user", "b.none", "b.item"}
	var ids []string
	n := 0
	for k, kind := range kinds {
		service := kind[:1]
		var found []assess.Finding
		size := 0
		for range r.IntN(6) {
			if kind == "b.none" {
				break
			}
			account := accounts[r.IntN(2)]
			who := people[r.IntN(len(people))]
			n++
			digest := evidence.Sum(fmt.Append(nil, n))
			id := evidence.ExchangeID(account, "eu-west-1", service, service, "Get", digest, 0)
			ids = append(ids, id)
			body := fmt.Sprintf(`{"n":%q,"arn":"arn:aws:iam::%s:user/x","page":"%s"}`, who, account, strings.Repeat("y", r.IntN(40)))
			if r.IntN(6) == 0 {
				body = fmt.Sprintf(`{"report":%q}`, "dXNlcixhcm4KYWxpY2VAZXhhbXBsZS5jb20sYXJuOmF3czppYW06OjAwMDAxMTExMjIyMjp1c2VyL3gK") // a report with an account in base64
			}
			add(pack.EvidencePath(account, "eu-west-1", service), evidence.Exchange{ID: id, Account: account, Region: "eu-west-1", Collector: service, Service: service, Operation: "Get",
				Request: evidence.Request{Method: "GET", Path: "/" + who, Digest: digest}, Attempts: 1, Status: 200, Date: period.To, Body: body, SHA256: evidence.Sum(fmt.Append(nil, body))})
			add(pack.RecordsPath(kind), map[string]any{"id": "arn:aws:" + kind + ":" + account + ":" + fmt.Sprint(n), "account": account, "owner": who, "evidence": []string{id}})
			found = append(found, assess.Finding{Record: fmt.Sprint(n), Account: account, Region: "eu-west-1", Evidence: []string{id}, Date: period.To})
			size++
		}
		test := assess.TestResult{ID: fmt.Sprintf("t%d", k), Statement: "it is so", Population: kind, Expect: "it.x", Require: "every", IfEmpty: assess.NotApplicable, Over: "instant",
			Result: assess.NotApplicable, Reason: "nothing", Size: size, Selected: size, ExceptionCount: size, Exceptions: found}
		if size > 0 {
			test.Result = assess.Exception
		}
		a.Tests = append(a.Tests, test)
		a.Populations = append(a.Populations, assess.Population{Kind: kind, Size: size, Complete: true})
		fw.Controls = append(fw.Controls, assess.ControlResult{ID: fmt.Sprintf("A-%d", k), Title: "A control of " + people[k], Result: test.Result, Tests: []string{test.ID}})
		for _, account := range accounts {
			add(pack.GapsPath, map[string]any{"cell": map[string]any{"account": account, "collector": service, "operation": "Get", "exchanges": size}})
		}
	}
	if len(ids) > 0 {
		add(pack.GapsPath, map[string]any{"gap": map[string]any{"id": "G-0123456789abcdef", "account": accounts[0], "evidence": ids[0]}})
	}
	for _, path := range []string{"a.thing", "a.user", "b.item"} {
		if files[pack.RecordsPath(path)] == nil {
			files[pack.RecordsPath(path)] = []byte{}
		}
	}
	a.Frameworks = []assess.FrameworkResult{fw}
	var b bytes.Buffer
	if err := assess.Encode(&b, a); err != nil {
		t.Fatal(err)
	}
	files[pack.AssessmentPath] = b.Bytes()
	return files
}

// seal writes a run and seals it.
func seal(t testing.TB, files map[string][]byte, r *rand.Rand) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "pack")
	for name, b := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	salt := make([]byte, 32)
	for i := range salt {
		salt[i] = byte(r.Uint32())
	}
	info := pack.Info{Tool: "auditseal 0.1.0", Organization: "Example Corp", Period: period, CreatedBy: "arn:aws:sts::000011112222:assumed-role/Audit/jane.doe"}
	if _, err := pack.Seal(dir, info, pack.Masking{Salt: salt, Identities: people}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func open(t testing.TB, name string) *pack.Pack {
	t.Helper()
	p, err := pack.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// made makes an extract, as a folder.
func made(t testing.TB, p *pack.Pack, o Options) (string, *Summary) {
	t.Helper()
	o.Tool = "auditseal 0.1.0"
	dir := filepath.Join(t.TempDir(), "extract")
	s, err := Make(p, dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return dir, s
}

// failures verifies an extract and lists what was found wrong.
func failures(p *pack.Pack) []string {
	var out []string
	Verify(p, func(c pack.Check) {
		if !c.OK {
			out = append(out, c.Name+": "+c.Path+": "+c.Detail)
		}
	})
	return out
}

// contents are the files of a folder.
func contents(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		out[filepath.ToSlash(rel)], err = os.ReadFile(name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func linesOf(t testing.TB, b []byte) []line {
	t.Helper()
	var out []line
	for l := range bytes.Lines(b) {
		var x line
		if err := json.Unmarshal(l, &x); err != nil {
			t.Fatal(err)
		}
		out = append(out, x)
	}
	return out
}
