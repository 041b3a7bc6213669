// Package auditmanager turns a custom framework of AWS Audit Manager into a framework file of ours.
//
// It is pure: bytes come in, as the AWS CLI prints them, and a YAML file goes out, with a list of everything that could not be taken over
// and why. It reads no file, knows no AWS SDK, and claims no more than it knows: a source that no shipped test asks about becomes a
// demand on a person and not a test, and no control is left out.
package auditmanager

import (
	"fmt"
	"slices"
	"strings"

	"github.com/auditseal/auditseal/frameworks"
	"github.com/auditseal/auditseal/frameworks/strict"
)

// A File is a file that was read, by the name that errors call it.
type File struct {
	Name string
	Data []byte
}

// Options are what a translation depends on.
type Options struct {
	// ID is the framework's id in our file; empty makes one of the framework's name.
	ID string
	// Taken are ids that it may not have: those of the frameworks that ship.
	Taken []string
	// Index finds the tests. Nil finds none.
	Index *Index
}

// A Result is a framework file, and what became of each source of evidence.
type Result struct {
	ID       string `json:"framework"`
	Title    string `json:"title"`
	Controls int    `json:"controls"`
	// Mapped are the sources that tests stand for, in the order of the framework.
	Mapped []Mapped `json:"mapped"`
	// Unmapped are all others, each with the reason.
	Unmapped []Unmapped `json:"unmapped"`
	// Notes say what was changed on the way: ids, texts that were cut.
	Notes []string `json:"notes"`
	YAML  []byte   `json:"-"`
}

// A Mapped is a source that tests of ours stand for.
type Mapped struct {
	Control string `json:"control"`
	// Source is the source's type and keyword: "AWS_Config CMK_BACKING_KEY_ROTATION_ENABLED".
	Source string   `json:"source"`
	Tests  []string `json:"tests"`
	// By says what ties them: "test" where a test names the same AWS check, or the control of ours that names it and nothing else.
	By string `json:"by"`
}

// An Unmapped is a source, or a control without one, that no test stands for.
type Unmapped struct {
	Control string `json:"control"`
	// Source is the source's type, keyword and name; empty where the control has none.
	Source string `json:"source,omitempty"`
	Reason string `json:"reason"`
}

// Translate reads a framework, as `aws auditmanager get-assessment-framework` prints it, and further controls, as get-control does, and
// makes a framework file of them. Errors name the file and where in it the fault lies.
func Translate(framework File, controls []File, o Options) (*Result, error) {
	fw, err := readFramework(framework)
	if err != nil {
		return nil, err
	}
	if o.Index == nil {
		o.Index = &Index{}
	}
	t := &translation{opts: o, used: map[string]bool{}, Result: &Result{Mapped: []Mapped{}, Unmapped: []Unmapped{}, Notes: []string{}}}
	if err := t.join(fw, controls); err != nil {
		return nil, err
	}
	t.Title = t.text(fw.Name, maxTitle)
	if t.Title == "" {
		t.Title = "Framework of AWS Audit Manager"
	}
	t.frameworkID()
	made := t.controls(fw)
	t.Controls = len(made)
	t.YAML = write(t.Result, fw, made, true)
	if len(t.YAML) > strict.MaxBytes {
		t.note("the file would be too long with what the controls say of themselves: it is left out")
		t.YAML = write(t.Result, fw, made, false)
	}
	if len(t.YAML) > strict.MaxBytes {
		return nil, fmt.Errorf("%s: the framework has %d controls, and its file would be longer than the %d bytes that are read of one; split it", framework.Name, t.Controls, strict.MaxBytes)
	}
	return t.Result, nil
}

// A translation is one framework on its way.
type translation struct {
	opts Options
	*Result
	used map[string]bool // ids of controls
}

func (t *translation) note(format string, args ...any) {
	if n := fmt.Sprintf(format, args...); !slices.Contains(t.Notes, n) {
		t.Notes = append(t.Notes, n)
	}
}

const (
	maxTitle       = 300
	maxGroup       = 200
	maxText        = 1200
	maxFrameworkID = 80
	maxControlID   = 40
)

// frameworkID chooses the id of the file: small letters, digits and single hyphens.
func (t *translation) frameworkID() {
	id := t.opts.ID
	if id == "" {
		id = slug(t.Title)
	}
	for n := 1; slices.Contains(t.opts.Taken, id); n++ {
		was, suffix := id, "-imported"
		if n > 1 {
			suffix = fmt.Sprintf("-%d", n)
		}
		id = strings.Trim(id[:min(len(id), maxFrameworkID-len(suffix))], "-") + suffix
		t.note("the id %q is that of a framework that ships: the file's is %q", was, id)
	}
	t.ID = id
}

// slug makes an id of a text.
func slug(text string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(text) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= maxFrameworkID-8 {
			break
		}
	}
	id := strings.Trim(b.String(), "-")
	if id == "" || id[0] < 'a' {
		id = strings.Trim("audit-manager-"+id, "-")
	}
	return strings.Trim(id[:min(len(id), maxFrameworkID)], "-")
}

// A made is a control of our file.
type made struct {
	id, title, group string
	// about is what the control says of itself, for a comment.
	about       string
	tests       []string
	securityHub []string
	configRules []string
	manual      string
	// unmapped are its lines in the list of what could not be taken over; via says which control of ours lent its tests for what.
	unmapped, via []string
}

// controls makes every control of the framework, in its order.
func (t *translation) controls(fw *framework) []*made {
	var out []*made
	// An id that several controls would have is nobody's.
	wanted := map[string]int{}
	for _, s := range fw.ControlSets {
		for _, c := range s.Controls {
			wanted[ownID(clean(c.Name))]++
		}
	}
	for i, s := range fw.ControlSets {
		group := t.text(s.Name, maxGroup)
		if group == "" {
			group = fmt.Sprintf("Control set %d", i+1)
		}
		for _, c := range s.Controls {
			m := &made{group: group, title: t.text(c.Name, maxTitle), about: t.text(c.Description, maxText)}
			m.id = t.controlID(c, m.title, wanted)
			if rest, ok := strings.CutPrefix(m.title, m.id); ok {
				if rest = strings.TrimLeft(rest, ".:,;- "); rest != "" {
					m.title = rest
				}
			}
			if m.title == "" {
				m.title = "Control " + m.id
			}
			t.sources(c, m)
			out = append(out, m)
		}
	}
	return out
}

// sources attaches tests where some stand for a source, and says what a person must supply for the rest.
func (t *translation) sources(c *control, m *made) {
	var wants []string
	left := func(source, reason, want string) {
		t.Unmapped = append(t.Unmapped, Unmapped{Control: m.id, Source: source, Reason: reason})
		line := reason
		if source != "" {
			line = source + ": " + reason
		}
		m.unmapped = append(m.unmapped, line)
		wants = append(wants, want)
	}
	for _, s := range c.Sources {
		x := t.source(s)
		if x.hub != "" && !slices.Contains(m.securityHub, x.hub) {
			m.securityHub = append(m.securityHub, x.hub)
		}
		if x.rule != "" && !slices.Contains(m.configRules, x.rule) {
			m.configRules = append(m.configRules, x.rule)
		}
		if x.match == nil {
			left(x.label, x.reason, x.want)
			continue
		}
		if x.match.by != byTest {
			m.via = append(m.via, x.label+": the tests of "+x.match.by)
		}
		t.Mapped = append(t.Mapped, Mapped{Control: m.id, Source: x.label, Tests: x.match.tests, By: x.match.by})
		for _, id := range x.match.tests {
			if !slices.Contains(m.tests, id) {
				m.tests = append(m.tests, id)
			}
		}
	}
	if len(c.Sources) == 0 {
		left("", "the files do not say where its evidence comes from; give the control as get-control prints it", "What shows that this control is met.")
	}
	if len(wants) == 0 {
		return
	}
	m.manual = strings.Join(wants, " ")
	if testing := t.text(c.Testing, maxText); testing != "" {
		m.manual += " How it is tested: " + testing
	}
	m.manual = cut(m.manual, 4*maxText)
}

// An Index finds the tests that stand for a check of AWS.
type Index struct {
	hub, rules map[string]*match
}

// A match is what stands for one check of AWS.
type match struct {
	tests []string
	by    string
}

// NewIndex reads the tests and controls of loaded frameworks. A test that names an AWS control or rule asks the same. A control that names
// exactly one, waits for nothing and wants nothing by hand stands for it with all its tests; one that names several says nothing of each.
func NewIndex(s *frameworks.Set) *Index {
	x := &Index{hub: map[string]*match{}, rules: map[string]*match{}}
	put := func(in map[string]*match, key, by string, tests ...string) {
		m := in[key]
		if m == nil {
			m = &match{by: by}
			in[key] = m
		}
		if by != m.by && m.by == byTest {
			return // what a test says of itself goes before what a control says of it
		}
		for _, t := range tests {
			if !slices.Contains(m.tests, t) {
				m.tests = append(m.tests, t)
			}
		}
	}
	for _, t := range s.Tests {
		for _, id := range t.SecurityHub {
			put(x.hub, id, byTest, t.ID)
		}
		for _, rule := range t.ConfigRules {
			put(x.rules, rule, byTest, t.ID)
		}
	}
	for _, f := range s.Frameworks {
		for _, c := range f.Controls {
			if len(c.Tests) == 0 || c.Manual != "" || c.Planned != "" || len(c.SecurityHub) > 1 {
				continue
			}
			if len(c.ConfigRules) > 1 || len(c.SecurityHub) == 1 && len(c.ConfigRules) == 1 && !behind(c.ConfigRules[0], c.SecurityHub[0]) {
				continue
			}
			by := f.ID + " " + c.ID
			for _, id := range c.SecurityHub {
				put(x.hub, id, by, c.Tests...)
				if rule := frameworks.ConfigRuleOf(id); rule != "" && !slices.Contains(c.ConfigRules, rule) {
					put(x.rules, rule, by, c.Tests...)
				}
			}
			for _, rule := range c.ConfigRules {
				put(x.rules, rule, by, c.Tests...)
			}
		}
	}
	return x
}

// behind reports whether the rule is the one behind the Security Hub control; the rules that Security Hub makes of managed ones have a
// number behind their name.
func behind(rule, hub string) bool {
	have, numbered := strings.CutPrefix(frameworks.ConfigRuleOf(hub), rule)
	return numbered && (have == "" || have[0] == '-' && strings.Trim(have[1:], "0123456789") == "")
}

const byTest = "test"
