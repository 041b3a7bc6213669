package frameworks

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/expr"
	"github.com/auditseal/auditseal/frameworks/strict"
)

// The files as written.
type (
	testsFile struct {
		Tests []testForm `yaml:"tests,required"`
	}
	frameworkFile struct {
		At        strict.Pos
		Framework strict.Text   `yaml:"framework,required"`
		Title     strict.Text   `yaml:"title,required"`
		Version   strict.Text   `yaml:"version"`
		Source    strict.Text   `yaml:"source"`
		Groups    []strict.Text `yaml:"groups"`
		Controls  []controlForm `yaml:"controls,required"`
		Tests     []testForm    `yaml:"tests"`
	}
	controlForm struct {
		At            strict.Pos
		ID            strict.Text   `yaml:"id,required"`
		Title         strict.Text   `yaml:"title,required"`
		Group         strict.Text   `yaml:"group"`
		Tests         []strict.Text `yaml:"tests"`
		SecurityHub   []strict.Text `yaml:"security-hub"`
		ConfigRules   []strict.Text `yaml:"config-rules"`
		Manual        strict.Text   `yaml:"manual"`
		NotApplicable strict.Text   `yaml:"not-applicable"`
		Planned       strict.Text   `yaml:"planned"`
		Outside       strict.Text   `yaml:"outside"`
		Points        []pointForm   `yaml:"points"`
	}
	pointForm struct {
		At    strict.Pos
		ID    strict.Text   `yaml:"id,required"`
		Text  strict.Text   `yaml:"text,required"`
		Tests []strict.Text `yaml:"tests"`
	}
	testForm struct {
		At         strict.Pos
		ID         strict.Text `yaml:"id,required"`
		Statement  strict.Text `yaml:"statement,required"`
		Population strict.Text `yaml:"population"`
		Where      strict.Text `yaml:"where,raw"`
		Expect     strict.Text `yaml:"expect,raw"`
		Require    strict.Text `yaml:"require"`
		IfEmpty    strict.Text `yaml:"if-empty"`
		Over       strict.Text `yaml:"over"`
		Tolerance  strict.Text `yaml:"tolerance"`
		Manual     strict.Text `yaml:"manual"`
		Why        strict.Text `yaml:"why"`

		SecurityHub []strict.Text `yaml:"security-hub"`
		ConfigRules []strict.Text `yaml:"config-rules"`
	}
)

// loader collects files, and then everything that is wrong with them.
type loader struct {
	strict.Report
	folder fs.FS
	kinds  map[string]evidence.Kind
	names  []string // of kinds
	pasts  []string // of kinds that have a past, sorted

	found      map[string]*foundTest
	order      []string // of ids in found, as they were met
	frameworks []*foundFramework
	cages      map[string]*expr.Cage
}

type foundTest struct {
	form testForm
	file *file
	test *Test
	used bool
	bad  bool
}

type foundFramework struct {
	form      frameworkFile
	framework *Framework
	file      *file
}

type file struct {
	File
	used bool
}

func newLoader(folder fs.FS, o Options) *loader {
	l := &loader{folder: folder, kinds: map[string]evidence.Kind{}, found: map[string]*foundTest{}, cages: map[string]*expr.Cage{}}
	for _, k := range o.Kinds {
		l.kinds[k.Name] = k
		l.names = append(l.names, k.Name)
	}
	for _, p := range o.Pasts {
		if _, ok := l.kinds[p.Kind]; ok && !slices.Contains(l.pasts, p.Kind) {
			l.pasts = append(l.pasts, p.Kind)
		}
	}
	slices.Sort(l.pasts)
	return l
}

// tests reads every file of tests in the folder.
func (l *loader) tests() {
	names, err := fs.Glob(l.folder, "tests/*.yaml")
	if err != nil {
		l.Join(Folder, err)
	}
	slices.Sort(names)
	for _, name := range names {
		full := path.Join(Folder, name)
		data, err := fs.ReadFile(l.folder, name)
		if err != nil {
			l.Join(full, err)
			continue
		}
		var form testsFile
		l.Join(full, strict.Decode(full, data, &form))
		f := &file{File: File{Path: full, Data: data}}
		for _, t := range form.Tests {
			l.test(t, f)
		}
	}
}

// shippedFramework reads a framework of the folder by its id, which is its file's name.
func (l *loader) shippedFramework(id string) {
	name := path.Join(Folder, id+".yaml")
	data, err := fs.ReadFile(l.folder, id+".yaml")
	if errors.Is(err, fs.ErrNotExist) {
		l.Add(strict.Pos{File: name}, "framework", id, "there is no such file", "")
		return
	} else if err != nil {
		l.Join(name, err)
		return
	}
	l.framework(name, data, func(written strict.Text) {
		if written.Value != id {
			l.Add(written.At, "framework", written.Value, "differs from the file's name", "name the file "+written.Value+".yaml")
		}
	})
}

var (
	idForm   = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	ctlForm  = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._():/ -]{0,38}[A-Za-z0-9)])?$`)
	hubForm  = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*\.[0-9]+$`)
	ruleForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
)

const maxID = 80

func (l *loader) id(subject string, t strict.Text) bool {
	if !t.IsZero() && (!idForm.MatchString(t.Value) || len(t.Value) > maxID) {
		l.Add(t.At, subject, t.Value, "not an id", fmt.Sprintf("use at most %d small letters, digits and single hyphens", maxID))
		return false
	}
	return !t.IsZero()
}

// framework reads a framework's file. check is given its id.
func (l *loader) framework(name string, data []byte, check func(strict.Text)) {
	var form frameworkFile
	l.Join(name, strict.Decode(name, data, &form))
	if !l.id("framework", form.Framework) {
		return
	}
	check(form.Framework)
	id := form.Framework.Value
	for _, other := range l.frameworks {
		if other.framework.ID == id {
			l.Add(form.Framework.At, "framework", id, "loaded twice, first from "+other.form.Framework.At.String(), "name it once")
			return
		}
	}
	f := &file{File: File{Path: path.Join(Folder, id+".yaml"), Data: data}, used: true}
	fw := &Framework{ID: id, Title: form.Title.Value, Version: form.Version.Value, Source: form.Source.Value, Groups: l.list(form.Groups, "group", nil)}
	seen := map[string]strict.Pos{}
	for _, c := range form.Controls {
		fw.Controls = append(fw.Controls, l.control(c, fw, seen))
	}
	if len(form.Controls) == 0 && form.At.Line > 0 {
		l.Add(form.At, "framework", id, "has no controls", "")
	}
	l.frameworks = append(l.frameworks, &foundFramework{form, fw, f})
	for _, t := range form.Tests {
		l.test(t, f)
	}
}

// list takes over a list of words, each of them once and, where a form is given, of that form.
func (l *loader) list(in []strict.Text, subject string, form *regexp.Regexp) []string {
	var out []string
	for _, t := range in {
		switch {
		case t.IsZero():
		case form != nil && !form.MatchString(t.Value):
			l.Add(t.At, subject, t.Value, "not written as AWS writes it", "")
		case slices.Contains(out, t.Value):
			l.Add(t.At, subject, t.Value, "given twice", "keep one")
		default:
			out = append(out, t.Value)
		}
	}
	return out
}

func (l *loader) control(c controlForm, fw *Framework, seen map[string]strict.Pos) *Control {
	if !c.ID.IsZero() {
		if !ctlForm.MatchString(c.ID.Value) {
			l.Add(c.ID.At, "control", c.ID.Value, "not an id", "use at most 40 letters, digits and . _ ( ) : / - between them")
		}
		if first, ok := seen[c.ID.Value]; ok {
			l.Add(c.ID.At, "control", c.ID.Value, fmt.Sprintf("given twice, first on line %d", first.Line), "give each control once")
		}
		seen[c.ID.Value] = c.ID.At
	}
	if !c.Group.IsZero() && len(fw.Groups) > 0 && !slices.Contains(fw.Groups, c.Group.Value) {
		l.Add(c.Group.At, "group", c.Group.Value, "not among the framework's groups", strict.DidYouMean(c.Group.Value, fw.Groups))
	}
	out := &Control{
		ID: c.ID.Value, Title: c.Title.Value, Group: c.Group.Value,
		Tests: l.list(c.Tests, "test", nil), SecurityHub: l.list(c.SecurityHub, "security-hub", hubForm), ConfigRules: l.list(c.ConfigRules, "config-rules", ruleForm),
		Manual: c.Manual.Value, NotApplicable: c.NotApplicable.Value, Planned: c.Planned.Value, Outside: c.Outside.Value,
	}
	l.points(c, out)
	others := len(c.Tests) > 0 || out.Manual != "" || out.Planned != ""
	switch {
	case out.NotApplicable != "" && others:
		l.Add(c.NotApplicable.At, "control", out.ID, "not applicable, and yet tests, manual or planned stand beside it", "keep not-applicable alone or take it out")
	case out.Outside != "" && (others || out.NotApplicable != ""):
		l.Add(c.Outside.At, "control", out.ID, "outside AWS, and yet tests, manual, planned or not-applicable stand beside it", "keep outside alone or take it out")
	case out.NotApplicable == "" && out.Outside == "" && !others:
		l.Add(c.At, "control", out.ID, "nothing shows it", "give it tests, manual, not-applicable, outside or planned")
	}
	return out
}

// points takes over a control's points of focus.
func (l *loader) points(c controlForm, out *Control) {
	for _, p := range c.Points {
		point := Point{ID: p.ID.Value, Text: p.Text.Value, Tests: l.list(p.Tests, "test", nil)}
		for _, t := range p.Tests {
			if !t.IsZero() && !slices.Contains(out.Tests, t.Value) {
				l.Add(t.At, "test", t.Value, "is not among the control's tests", "add it to the tests of "+out.ID)
			}
		}
		if slices.ContainsFunc(out.Points, func(o Point) bool { return o.ID == point.ID }) && point.ID != "" {
			l.Add(p.ID.At, "point", point.ID, "given twice", "give each point once")
		}
		out.Points = append(out.Points, point)
	}
}

// second gives the AWS controls and rules that ask the same as a test: those that it names, and the rules behind the controls, but for
// rules that ask whatever their parameters say.
func (l *loader) second(t testForm, out *Test) {
	out.SecurityHub, out.ConfigRules = l.list(t.SecurityHub, "security-hub", hubForm), l.list(t.ConfigRules, "config-rules", ruleForm)
	for _, c := range out.SecurityHub {
		if rule := ConfigRuleOf(c); rule != "" && !slices.Contains(parametric, rule) && !slices.Contains(out.ConfigRules, rule) {
			out.ConfigRules = append(out.ConfigRules, rule)
		}
	}
}

// test takes over a test's form, and checks all of it but its expressions.
func (l *loader) test(t testForm, f *file) {
	if !l.id("test", t.ID) {
		return
	}
	if first, ok := l.found[t.ID.Value]; ok {
		l.Add(t.ID.At, "test", t.ID.Value, "given twice, first at "+first.form.ID.At.String(), "choose another id")
		return
	}
	before := l.Len()
	out := &Test{
		ID: t.ID.Value, Statement: t.Statement.Value, Manual: t.Manual.Value, Population: t.Population.Value,
		Where: t.Where.Value, Expect: t.Expect.Value, Require: t.Require.Value, IfEmpty: t.IfEmpty.Value, Over: t.Over.Value, Why: t.Why.Value,
	}
	l.second(t, out)
	keys := []struct {
		name     string
		text     strict.Text
		required bool
	}{
		{"population", t.Population, true}, {"where", t.Where, false}, {"expect", t.Expect, true},
		{"require", t.Require, true}, {"if-empty", t.IfEmpty, true}, {"over", t.Over, false}, {"tolerance", t.Tolerance, false},
	}
	for _, k := range keys {
		switch {
		case !t.Manual.IsZero() && !k.text.IsZero():
			l.Add(k.text.At, k.name, k.text.Value, "a manual test has none", "take it out, or take manual out")
		case t.Manual.IsZero() && k.required && k.text.IsZero():
			next := "add the key " + k.name
			if k.name == "if-empty" {
				next = "say what it means that there are no such records: " + strings.Join(emptyWords(t.Over.Value == Period), ", ")
			}
			l.Add(t.At, "test", t.ID.Value, "has no "+k.name, next)
		}
	}
	if t.Manual.IsZero() {
		l.word(t.Require, "require", Every, AtLeastOne, None)
		l.word(t.IfEmpty, "if-empty", emptyWords(out.Over == Period)...)
		l.word(t.Over, "over", Instant, Period)
		l.tolerance(t, out)
		if out.Over == "" {
			out.Over = Instant
		}
	}
	l.found[out.ID] = &foundTest{form: t, file: f, test: out, bad: l.Len() > before}
	l.order = append(l.order, out.ID)
}

// emptyWords are the results that an empty population may have.
func emptyWords(period bool) []string {
	out := []string{"exception", "incomplete", "manual", "not-applicable"}
	if period {
		out = append(out, "not-tested")
	}
	return out
}

// tolerance takes over how long an exception may last.
func (l *loader) tolerance(t testForm, out *Test) {
	if t.Tolerance.IsZero() {
		return
	}
	text := t.Tolerance.Value
	d, err := time.ParseDuration(text)
	switch {
	case out.Over != Period:
		l.Add(t.Tolerance.At, "tolerance", text, "belongs to tests over the period", "add over: period, or take it out")
	case err != nil:
		l.Add(t.Tolerance.At, "tolerance", text, "not a length of time", "write hours, minutes and seconds: 72h, 1h30m")
	case d <= 0:
		l.Add(t.Tolerance.At, "tolerance", text, "is no time at all", "take it out: without it no exception is tolerated")
	case d%time.Second != 0:
		l.Add(t.Tolerance.At, "tolerance", text, "not in whole seconds", "AWS Config tells time no finer than that; round it")
	default:
		out.Tolerance, out.ToleranceText = d, text
	}
}

func (l *loader) word(t strict.Text, subject string, known ...string) {
	if t.IsZero() || slices.Contains(known, t.Value) {
		return
	}
	switch {
	case subject == "if-empty" && t.Value == "met":
		l.Add(t.At, subject, t.Value, "that nothing is there shows nothing", "one of "+strings.Join(known, ", "))
		return
	case subject == "if-empty" && t.Value == "not-tested":
		l.Add(t.At, subject, t.Value, "belongs to tests over the period: it says that there were no occurrences in it", "one of "+strings.Join(known, ", "))
		return
	}
	l.Add(t.At, subject, t.Value, "not a word for it", strict.DidYouMean(t.Value, known))
}

// set resolves references, compiles the tests that are used (or all) and gives the whole, or every fault.
func (l *loader) set(all bool) (*Set, error) {
	known := slices.Sorted(slices.Values(l.order))
	for _, fw := range l.frameworks {
		for _, c := range fw.form.Controls {
			for _, ref := range c.Tests {
				if ref.IsZero() {
					continue
				}
				if t := l.found[ref.Value]; t != nil {
					t.used, t.file.used = true, true
				} else {
					l.Add(ref.At, "test", ref.Value, "no such test", strict.DidYouMean(ref.Value, known))
				}
			}
		}
	}
	s := &Set{cages: l.cages}
	files := map[string]*file{}
	for _, id := range l.order {
		t := l.found[id]
		own := slices.ContainsFunc(l.frameworks, func(fw *foundFramework) bool { return fw.file == t.file })
		if !t.used && (own || all) {
			l.Add(t.form.ID.At, "test", id, "no control refers to it", "name it in a control's tests or take it out")
		}
		if t.used || own || all {
			l.compile(t)
		}
		if t.used {
			s.Tests = append(s.Tests, t.test)
			files[t.file.Path] = t.file
		}
	}
	for _, fw := range l.frameworks {
		s.Frameworks = append(s.Frameworks, fw.framework)
		files[fw.file.Path] = fw.file
	}
	if err := l.Err(); err != nil {
		return nil, err
	}
	for _, f := range files {
		s.Files = append(s.Files, f.File)
	}
	slices.SortFunc(s.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	slices.SortFunc(s.Tests, func(a, b *Test) int { return strings.Compare(a.ID, b.ID) })
	return s, nil
}

// compile compiles a test's expressions in the cage of its population.
func (l *loader) compile(t *foundTest) {
	if t.form.Population.IsZero() || !t.form.Manual.IsZero() {
		return
	}
	kind, ok := l.kinds[t.test.Population]
	if !ok {
		l.Add(t.form.Population.At, "population", t.test.Population, "no such population", strict.DidYouMean(t.test.Population, l.names))
		return
	}
	if t.test.Over == Period && !slices.Contains(l.pasts, kind.Name) {
		next := "no kind has one here; use over: instant"
		if len(l.pasts) > 0 {
			next = "use over: instant, or one of " + strings.Join(l.pasts, ", ")
		}
		l.Add(t.form.Population.At, "population", kind.Name, "AWS Config tells no past of it, so it cannot be tested over the period", next)
	}
	cage := l.cages[kind.Name]
	if cage == nil {
		var err error
		if cage, err = expr.NewCage(kind); err != nil {
			l.Add(t.form.Population.At, "population", kind.Name, err.Error(), "")
			return
		}
		l.cages[kind.Name] = cage
	}
	if !t.form.Where.IsZero() {
		t.test.where = l.program(cage, "where", t.form.Where, t.test.Over)
	}
	if !t.form.Expect.IsZero() {
		t.test.expect = l.program(cage, "expect", t.form.Expect, t.test.Over)
	}
}

func (l *loader) program(cage *expr.Cage, subject string, text strict.Text, over string) *expr.Program {
	p, problems := cage.Compile(text.Value)
	if p != nil && over == Period {
		// A state of the past holds for as long as it lasts. The moment of the audit, and that at which AWS was asked, are not in it.
		if at := p.AsOf(); at != nil {
			l.Add(text.Place(at.Line, at.Column), subject, at.Value, "is a moment, and the test is about every moment of the period", "use period_from and period_to, or over: instant")
		}
		if slices.Contains(p.Fields(), "collected") {
			l.Add(text.At, subject, "collected", "is when AWS was asked, not when the state held", "use over: instant")
		}
	}
	for _, pr := range problems {
		next := ""
		if pr.Known != nil {
			next = strict.DidYouMean(pr.Value, pr.Known)
		}
		l.Add(text.Place(pr.Line, pr.Column), subject, pr.Value, pr.What, next)
	}
	return p
}
