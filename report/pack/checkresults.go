package pack

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/assess"
)

// maxValue is the largest part of assessment.json that is held at once, in bytes: a finding, a test without its findings.
const maxValue = 32 << 20

// maxValues bounds how many values it may have: a value of three bytes may take two hundred of memory.
const maxValues = 1 << 19

// maxAccepted bounds the accepted exceptions: people write each of them.
const maxAccepted = 1 << 16

// checkAssessment checks assessment.json against itself and everything else. It streams the findings: there may be as
// many as records.
func (v *verifier) checkAssessment() {
	f, err := v.p.Open(AssessmentPath)
	if err != nil {
		return // checkParts said so
	}
	defer f.Close()
	c := &resultsCheck{v: v, tests: map[string]*testSeen{}, populations: map[string]assess.Population{}, budget: &budget{r: f}}
	if err := c.walk(c.budget); err != nil {
		v.fail(CheckResults, AssessmentPath, 0, "cannot be read to its end: %s", err)
	}
	c.finish()
}

type resultsCheck struct {
	v           *verifier
	a           assess.Assessment // without its findings
	tests       map[string]*testSeen
	populations map[string]assess.Population
	findings    int
	wrong       int // findings and tests
	key         []byte
	budget      *budget
}

// A budget is a reader that fails where a single value goes on for too long: json.Decoder holds a value before anybody can ask its size.
type budget struct {
	r    io.Reader
	left int
}

// renew is called between values.
func (b *budget) renew() { b.left = 2 * maxValue }

func (b *budget) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= n; b.left < 0 {
		return 0, fmt.Errorf("a value is larger than %d bytes", maxValue)
	}
	return n, err
}

// A testSeen is a test without its findings, which were only counted.
type testSeen struct {
	assess.TestResult
	exceptions, unknowns int
	// intervals are those of the findings, for a test over the period.
	intervals []uint64
}

func (c *resultsCheck) fail(format string, a ...any) {
	c.v.fail(CheckResults, AssessmentPath, 0, format, a...)
}

// walk reads the file member by member. That no name stands twice was checked before.
func (c *resultsCheck) walk(r io.Reader) error {
	c.budget.renew()
	accepted := 0
	d := json.NewDecoder(r)
	rest, err := members(d, map[string]func() error{
		"tests": func() error {
			return elements(d, func() error { return c.test(d) })
		},
		"accepted": func() error {
			return elements(d, func() error {
				c.budget.renew()
				if accepted++; accepted > maxAccepted {
					return fmt.Errorf("more than %d exceptions are accepted", maxAccepted)
				}
				var a assess.AcceptedStatus
				return strict(d, &a)
			})
		},
	})
	if err != nil {
		return err
	}
	return decodeRest(rest, &c.a)
}

func (c *resultsCheck) test(d *json.Decoder) error {
	c.budget.renew()
	t := new(testSeen)
	// The findings may stand before the members that say which test it is.
	var late []func()
	list := func(n *int, unknown bool) func() error {
		return func() error {
			return elements(d, func() error {
				c.budget.renew()
				var f assess.Finding
				if err := strict(d, &f); err != nil {
					return err
				}
				*n++
				if c.findings++; c.wrong > maxWrong {
					return errors.New("too much of it is wrong")
				}
				if f.Interval != nil {
					t.intervals = append(t.intervals, intervalKey(f.Record, f.Account, f.Region, f.Interval))
				}
				what := c.finding(f, unknown)
				if what == "" {
					return nil
				}
				if c.wrong++; len(late) <= maxPlaces {
					late = append(late, func() { c.fail("test %q, record %.120q: %s", t.ID, f.Record, what) })
				}
				return nil
			})
		}
	}
	rest, err := members(d, map[string]func() error{"exceptions": list(&t.exceptions, false), "unknowns": list(&t.unknowns, true)})
	if err == nil {
		err = decodeRest(rest, &t.TestResult)
	}
	if err != nil {
		return err
	}
	for _, f := range late {
		f()
	}
	if _, twice := c.tests[t.ID]; twice || t.ID == "" {
		if c.wrong++; c.wrong > maxWrong {
			return errors.New("too much of it is wrong")
		}
		c.fail("test %q stands twice or has no id", t.ID)
	}
	c.tests[t.ID] = t
	return nil
}

// finding says what is wrong with a finding by itself; nothing is the empty string.
func (c *resultsCheck) finding(f assess.Finding, unknown bool) string {
	past := f.Interval != nil
	// Where the recorder was off, or nobody knows whether it was on, there may be nothing that was read; and of a population as a whole
	// the resources' own lines tell.
	if f.Record == "" || len(f.Evidence) == 0 && !(past && (unknown || f.Account == assess.Whole)) {
		return "names no record or no evidence"
	}
	for _, id := range f.Evidence {
		if !c.v.hasEvidence([]byte(id)) {
			return fmt.Sprintf("points to %.40q, which is not on the tape", id)
		}
	}
	for _, u := range f.Fields {
		if !c.v.hasGap([]byte(u.Gap)) && !(past && c.v.explained(u.Gap, u.Code)) {
			return fmt.Sprintf("field %.80q is unknown for the gap %.40q, which is not in %s", u.Field, u.Gap, GapsPath)
		}
	}
	if past {
		return c.pastFinding(&f, unknown)
	}
	if unknown && len(f.Fields) == 0 && f.Fault == "" {
		return "is undecided without a reason"
	}
	c.key = recordKey(c.key, []byte(f.Account), []byte(f.Region), []byte(f.Record))
	known := false
	for _, name := range c.v.p.under(RecordsDir) {
		known = known || c.v.files[name].records.has(digest64(c.key))
	}
	if !known {
		return "is in no population"
	}
	return ""
}

// finish checks what can be told when all was read.
func (c *resultsCheck) finish() {
	v := c.v
	if c.a.Format != assess.Format {
		c.fail("has format %d; this release knows %d", c.a.Format, assess.Format)
	}
	c.checkPopulations()
	c.checkPast()
	for _, id := range sortedTests(c.tests) {
		c.checkTest(c.tests[id])
	}
	controls := c.checkControls()
	c.checkScope()
	v.good[CheckResults] = fmt.Sprintf("%d findings of %d tests and %d controls follow from what they count", c.findings, len(c.tests), controls)
	v.good[CheckConsistent] = fmt.Sprintf("%d populations are as their files, and scope and organization as in %s", len(c.a.Populations), RunPath)
}

func (c *resultsCheck) checkPopulations() {
	v := c.v
	wrong := func(path, format string, a ...any) { v.fail(CheckConsistent, path, 0, format, a...) }
	for _, p := range c.a.Populations {
		path := RecordsPath(p.Kind)
		if _, twice := c.populations[p.Kind]; twice {
			wrong(AssessmentPath, "the population %q stands twice", p.Kind)
		}
		c.populations[p.Kind] = p
		r := v.files[path]
		switch {
		case r == nil:
			wrong(path, "is missing; %s has a population of %d records", AssessmentPath, p.Size)
		case r.lines != p.Size:
			wrong(path, "has %d records; %s counts %d", r.lines, AssessmentPath, p.Size)
		case r.digest != p.SHA256:
			wrong(path, "has the SHA-256 %s; %s says %s", r.digest, AssessmentPath, p.SHA256)
		}
		if p.Complete != (len(p.Gaps) == 0) {
			wrong(AssessmentPath, "the population %q is called complete: %t, and has %d gaps", p.Kind, p.Complete, len(p.Gaps))
		}
		for _, g := range p.Gaps {
			if !v.hasGap([]byte(g)) {
				wrong(AssessmentPath, "the population %q names the gap %.40q, which is not in %s", p.Kind, g, GapsPath)
			}
		}
	}
	for _, path := range v.p.under(RecordsDir) {
		m := recordsForm.FindStringSubmatch(path)
		if m == nil {
			continue
		}
		if _, ok := c.populations[m[1]]; !ok {
			wrong(path, "is a population that %s does not know", AssessmentPath)
		}
	}
}

// checkScope holds assessment.json, run.json and the manifest against one another.
func (c *resultsCheck) checkScope() {
	v := c.v
	wrong := func(path, format string, a ...any) { v.fail(CheckConsistent, path, 0, format, a...) }
	var run struct {
		Organization string         `json:"organization"`
		Scope        evidence.Scope `json:"scope"`
	}
	b, err := readSmall(v.p, RunPath, maxValue)
	if errors.Is(err, fs.ErrNotExist) {
		return // checkParts said so
	}
	if err != nil {
		wrong(RunPath, "cannot be read: %s", err)
		return
	}
	if err := decodeFew(b, &run); err != nil {
		wrong(RunPath, "cannot be read: %s", err)
		return
	}
	if c.a.Organization != run.Organization {
		wrong(AssessmentPath, "is of the organization %q; %s of %q", c.a.Organization, RunPath, run.Organization)
	}
	one, err1 := json.Marshal(c.a.Scope)
	two, err2 := json.Marshal(run.Scope)
	if errors.Join(err1, err2) != nil || !bytes.Equal(one, two) {
		wrong(AssessmentPath, "has another scope than %s", RunPath)
	}
	if v.m == nil {
		return
	}
	if v.m.Organization != run.Organization {
		wrong(ManifestPath, "is of the organization %q; %s of %q", v.m.Organization, RunPath, run.Organization)
	}
	if !v.m.Period.From.Equal(run.Scope.Period.From) || !v.m.Period.To.Equal(run.Scope.Period.To) {
		wrong(ManifestPath, "is about %s; %s about %s", v.m.Period, RunPath, run.Scope.Period)
	}
}

// strict decodes the next value, which must not have members that its type lacks.
func strict(d *json.Decoder, to any) error {
	var raw json.RawMessage
	if err := d.Decode(&raw); err != nil {
		return err
	}
	if len(raw) > maxValue {
		return fmt.Errorf("a value is larger than %d bytes", maxValue)
	}
	return decodeRest(raw, to)
}

func decodeRest(b []byte, to any) error {
	if err := few(b); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode(to)
}

// decodeFew decodes a whole file, of which not every member is asked for.
func decodeFew(b []byte, to any) error {
	if err := few(b); err != nil {
		return err
	}
	return json.Unmarshal(b, to)
}

// few says whether there are too many values in some JSON to hold them.
func few(b []byte) error {
	if bytes.Count(b, []byte{','})+bytes.Count(b, []byte{'{'}) > maxValues {
		return fmt.Errorf("more than %d values stand together", maxValues)
	}
	return nil
}

// members reads an object. Members with a function are read by it; the others are given back as an object of their own.
func members(d *json.Decoder, each map[string]func() error) ([]byte, error) {
	if err := delim(d, '{'); err != nil {
		return nil, err
	}
	rest := []byte{'{'}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, ok := t.(string)
		if !ok {
			return nil, errors.New("an object has a member without a name")
		}
		if read := each[name]; read != nil {
			if err := read(); err != nil {
				return nil, err
			}
			continue
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, err
		}
		if len(rest)+len(raw) > maxValue {
			return nil, fmt.Errorf("%q is larger than %d bytes", name, maxValue)
		}
		key, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		if len(rest) > 1 {
			rest = append(rest, ',')
		}
		rest = append(append(append(rest, key...), ':'), raw...)
	}
	return append(rest, '}'), delim(d, '}')
}

// elements reads an array, or null.
func elements(d *json.Decoder, each func() error) error {
	t, err := d.Token()
	if err != nil || t == nil {
		return err
	}
	if t != json.Delim('[') {
		return errors.New("a list is not an array")
	}
	for d.More() {
		if err := each(); err != nil {
			return err
		}
	}
	return delim(d, ']')
}

func delim(d *json.Decoder, want json.Delim) error {
	t, err := d.Token()
	if err == nil && t != want {
		err = fmt.Errorf("%v stands where %v should", t, want)
	}
	return err
}

func sortedTests(m map[string]*testSeen) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
