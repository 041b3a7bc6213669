package assess

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Encode writes the assessment as JSON: the same assessment gives the same bytes, with each test, framework and population
// on a line of its own. It never holds more than one of them, and refuses an assessment that Decode would refuse.
func Encode(w io.Writer, a *Assessment) error {
	if err := a.check(); err != nil {
		return err
	}
	e := &encoder{w: bufio.NewWriter(w)}
	e.raw("{\n")
	e.member("format", a.Format, true)
	e.member("tool", a.Tool, false)
	e.member("organization", a.Organization, false)
	e.member("scope", a.Scope, false)
	list(e, "frameworks", a.Frameworks)
	list(e, "tests", a.Tests)
	list(e, "populations", a.Populations)
	if len(a.Accepted) > 0 {
		list(e, "accepted", a.Accepted)
	}
	e.raw("\n}\n")
	if e.err != nil {
		return e.err
	}
	return e.w.Flush()
}

type encoder struct {
	w   *bufio.Writer
	err error
}

func (e *encoder) raw(s string) {
	if e.err == nil {
		_, e.err = e.w.WriteString(s)
	}
}

func (e *encoder) value(v any) {
	if e.err != nil {
		return
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if e.err = enc.Encode(v); e.err == nil {
		_, e.err = e.w.Write(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
	}
}

func (e *encoder) member(name string, v any, first bool) {
	if !first {
		e.raw(",\n")
	}
	e.raw(`"` + name + `":`)
	e.value(v)
}

func list[T any](e *encoder, name string, items []T) {
	e.raw(",\n\"" + name + "\":[")
	for i := range items {
		if i > 0 {
			e.raw(",")
		}
		e.raw("\n")
		e.value(items[i])
	}
	e.raw("\n]")
}

// Decode reads an assessment. It refuses a format it does not know, members it does not know, and results that are none.
func Decode(r io.Reader) (*Assessment, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	var head struct {
		Format *int `json:"format"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("not an assessment: %w", err)
	}
	switch {
	case head.Format == nil:
		return nil, errors.New("not an assessment: it has no format")
	case *head.Format != Format:
		return nil, fmt.Errorf("format %d of assessments is not known here, only %d; use a later release", *head.Format, Format)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var a Assessment
	if err := d.Decode(&a); err != nil {
		return nil, fmt.Errorf("assessment: %w", err)
	}
	if err := a.check(); err != nil {
		return nil, err
	}
	return &a, nil
}

// check refuses what no run may give: results that are none, counts that do not add up, success without evidence, controls
// that differ from their tests.
func (a *Assessment) check() error {
	if a.Format != Format {
		return fmt.Errorf("assessment: format %d is not %d", a.Format, Format)
	}
	results := map[string]Result{}
	for i := range a.Tests {
		t := &a.Tests[i]
		if err := t.check(); err != nil {
			return fmt.Errorf("assessment: test %q: %w", t.ID, err)
		}
		if _, ok := results[t.ID]; ok {
			return fmt.Errorf("assessment: test %q stands there twice", t.ID)
		}
		results[t.ID] = t.Result
	}
	for _, fw := range a.Frameworks {
		for _, c := range fw.Controls {
			worst, err := rollUp(c.Tests, c.Manual != "" || c.Planned != "" || c.Outside != "", c.NotApplicable != "", results)
			if err != nil {
				return fmt.Errorf("assessment: %s: control %q: %w", fw.ID, c.ID, err)
			}
			if c.Result != worst {
				return fmt.Errorf("assessment: %s: control %q is %q, and the worst of its tests is %q", fw.ID, c.ID, c.Result, worst)
			}
		}
	}
	for _, p := range a.Populations {
		if p.Complete != (len(p.Gaps) == 0) {
			return fmt.Errorf("assessment: population %q: complete is %t with %d gaps", p.Kind, p.Complete, len(p.Gaps))
		}
	}
	for _, s := range a.Accepted {
		if !slices.Contains([]string{StatusApplied, StatusExpired, StatusOrphaned}, s.Status) {
			return fmt.Errorf("assessment: accepted exception %q: %q is not a status", s.ID, s.Status)
		}
	}
	return nil
}

func (t *TestResult) check() error {
	switch {
	case !slices.Contains(Results(), t.Result):
		return fmt.Errorf("%q is not a result", string(t.Result))
	case t.Reason == "":
		return errors.New("no reason")
	case t.MetCount+t.ExceptionCount+t.UnknownCount+t.OtherCount != t.Selected+t.Undecided:
		return fmt.Errorf("%d met, %d exceptions, %d unknown and %d others are not %d selected and %d undecided",
			t.MetCount, t.ExceptionCount, t.UnknownCount, t.OtherCount, t.Selected, t.Undecided)
	case t.Result == NotTested && t.Over != "period" || t.IfEmpty == NotTested && t.Over != "period":
		return errors.New("not tested, and not over the period")
	case t.Period != nil:
		return t.checkPeriod()
	case t.Over == "period" && t.Population != "" && t.Result != Incomplete:
		return errors.New("over the period, and nothing is told of it")
	case len(t.Exceptions) != t.ExceptionCount || len(t.Unknowns) != t.UnknownCount:
		return fmt.Errorf("%d exceptions and %d unknowns are listed of %d and %d", len(t.Exceptions), len(t.Unknowns), t.ExceptionCount, t.UnknownCount)
	case t.Result == Met && t.MetCount == 0:
		return errors.New("met, and nothing meets it")
	case t.Result == Met && t.Require != "at-least-one" && (t.ExceptionCount+t.UnknownCount+t.OtherCount+len(t.Gaps) > 0):
		return errors.New("met, and yet there are exceptions, unknowns or gaps")
	case t.Result == NotApplicable && (t.Selected+t.Undecided+len(t.Gaps) > 0):
		return errors.New("not applicable, and yet there are selected records or gaps")
	case (t.Manual != "") != (t.Population == ""):
		return errors.New("neither a manual test nor one about a population, or both")
	case t.IfEmpty == Met:
		return errors.New("an empty population is never met")
	}
	return nil
}

// checkPeriod refuses what no test over the period may give. Its findings are intervals, and its counts are resources: each of them counts
// once, by the worst that it was.
func (t *TestResult) checkPeriod() error {
	p := t.Period
	one := t.Require == "at-least-one"
	switch {
	case t.Over != "period" || t.Population == "":
		return errors.New("it has a period, and is not over one")
	case !p.From.Before(p.To):
		return errors.New("its period does not end behind its beginning")
	case p.Selected != t.Selected || p.Selected > p.Resources || p.Created > p.Resources || p.Deleted > p.Resources:
		return fmt.Errorf("%d selected, %d in the period, of %d resources, %d created and %d deleted", t.Selected, p.Selected, p.Resources, p.Created, p.Deleted)
	case t.IfEmpty == Met:
		return errors.New("an empty population is never met")
	case !one && (t.ExceptionCount > len(t.Exceptions) || (t.ExceptionCount == 0) != (len(t.Exceptions) == 0) || t.UnknownCount > len(t.Unknowns)):
		return fmt.Errorf("%d exceptions and %d unknown intervals are listed of %d and %d resources", len(t.Exceptions), len(t.Unknowns), t.ExceptionCount, t.UnknownCount)
	}
	want := time.Duration(0)
	if t.Tolerance != "" {
		var err error
		if want, err = time.ParseDuration(t.Tolerance); err != nil || want <= 0 {
			return fmt.Errorf("the tolerance %q is none", t.Tolerance)
		}
	}
	for _, list := range [][]Finding{t.Exceptions, t.Unknowns} {
		for _, f := range list {
			switch i := f.Interval; {
			case i == nil:
				return fmt.Errorf("the finding %q has no interval", f.Record)
			case i.From.Before(p.From) || i.To.After(p.To) || !i.From.Before(i.To):
				return fmt.Errorf("the finding %q lies outside the period", f.Record)
			case i.Result == IntervalException && i.To.Sub(i.From) <= want:
				return fmt.Errorf("the exception %q lasted no longer than the tolerance", f.Record)
			}
		}
	}
	return p.check(t)
}

// check holds the days against the result: each of them counts every resource that was there once.
func (p *PeriodResult) check(t *TestResult) error {
	exceptions, tolerated := false, false
	for i, d := range p.Days {
		date := p.From.UTC().Truncate(day).Add(time.Duration(i) * day)
		switch {
		case d.Date != date.Format(time.DateOnly) || !date.Before(p.To):
			return fmt.Errorf("day %d is %q", i+1, d.Date)
		case min(d.Met, d.Exception, d.Unknown, d.NotSelected, d.Tolerated) < 0 || d.Tolerated > d.Exception:
			return fmt.Errorf("%s counts what cannot be", d.Date)
		}
		exceptions, tolerated = exceptions || d.Exception > d.Tolerated, tolerated || d.Tolerated > 0
	}
	if n := len(p.Days); n == 0 || p.From.UTC().Truncate(day).Add(time.Duration(n)*day).Before(p.To) {
		return fmt.Errorf("%d days do not make up the period", n)
	}
	if exceptions != (len(t.Exceptions) > 0) || tolerated && p.Tolerated == 0 {
		return fmt.Errorf("the days have exceptions: %t, and %d are listed", exceptions, len(t.Exceptions))
	}
	if want := t.overPeriod(); t.Result != want {
		return fmt.Errorf("it is %q, and what was found makes it %q", t.Result, want)
	}
	return nil
}

// overPeriod is the result that the findings and counts of a test over the period make.
func (t *TestResult) overPeriod() Result {
	switch {
	case len(t.Exceptions) > 0:
		return Exception
	case len(t.Unknowns) > 0 || len(t.Gaps) > 0:
		return Incomplete
	case t.Selected == 0 && len(t.Period.Unknown) > 0:
		return Incomplete
	case t.Selected == 0:
		return t.IfEmpty
	case t.MetCount > 0:
		return Met
	}
	return Incomplete
}
