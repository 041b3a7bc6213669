// Package frameworks reads mappings: which tests show a control, written in YAML beside this file and in users' own files.
//
// A test is a statement in words and the same in CEL, over one population; controls of many frameworks refer to it. What is
// loaded has been checked whole: every key is known, every id unique, every reference resolved, every expression compiled
// against the Go type of its population. A slip is an error with file, line and column, never a test that passes quietly.
//
// The package decides nothing about evidence (frameworks/assess does), reads no file of its own accord and knows no
// collector: the kinds of record are given to it. The bytes of each file that is used are kept, because a pack carries
// them exactly as used and loads from its own folder in the same way.
package frameworks

import (
	"bytes"
	"embed"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/expr"
	"github.com/auditseal/auditseal/frameworks/strict"
)

//go:embed *.yaml tests/*.yaml
var shipped embed.FS

// Folder is where mappings stand, in this repository and in a pack; paths of files and in errors begin with it.
const Folder = "frameworks"

// A Set is everything that one audit is judged by.
type Set struct {
	// Frameworks are in the order in which they were asked for.
	Frameworks []*Framework
	// Tests are those that a control refers to, sorted by id.
	Tests []*Test
	// Files are the files that were used, sorted by path.
	Files []File

	cages map[string]*expr.Cage
}

// Cage gives the cage that the tests of a kind were compiled in; nil where no test is about the kind.
func (s *Set) Cage(kind string) *expr.Cage { return s.cages[kind] }

// Test gives a test by id; nil where no control refers to such a one.
func (s *Set) Test(id string) *Test {
	i, ok := slices.BinarySearchFunc(s.Tests, id, func(t *Test, id string) int { return strings.Compare(t.ID, id) })
	if !ok {
		return nil
	}
	return s.Tests[i]
}

// A File is a mapping file exactly as used.
type File struct {
	// Path is where the file stands in a pack: frameworks/<id>.yaml or frameworks/tests/<name>.yaml.
	Path string
	Data []byte
}

// A Framework is a list of controls.
type Framework struct {
	ID      string
	Title   string
	Version string
	// Source is the publication that the control ids come from; empty for ids of our or the user's own.
	Source string
	// Groups are the headings in order; empty where the framework has none.
	Groups   []string
	Controls []*Control
}

// A Control is what an auditor asks for. At least one of Tests, Manual, NotApplicable, Outside and Planned is
// set; NotApplicable and Outside alone.
type Control struct {
	ID    string
	Title string
	Group string
	// Tests are ids, in the order of the file.
	Tests []string
	// Manual is what a person must supply, and what it must show.
	Manual string
	// NotApplicable is the reason for there being nothing to show.
	NotApplicable string
	// Planned says what is missing until a later release tests the control.
	Planned string
	// Outside says where to look for a control that AWS's configuration can show nothing of: in what people do and write. Alone.
	Outside string
	// Points are the points of focus of the control, in the order of the file; nil where the publication has none.
	Points []Point
	// SecurityHub and ConfigRules are the AWS control ids and managed rules that speak of the same control.
	SecurityHub []string
	ConfigRules []string
}

// A Point is one point of focus: what an auditor considers, though it is no requirement of its own.
type Point struct {
	ID string
	// Text is in our words.
	Text string
	// Tests are among the control's tests, and show something of it; often none.
	Tests []string
}

// Coverage says how much of a control evidence from AWS can show.
type Coverage string

// The coverages, from all to nothing.
const (
	Tested        Coverage = "tested"
	TestedInPart  Coverage = "tested in part"
	ByHand        Coverage = "manual"
	OutsideAWS    Coverage = "outside AWS"
	NotTestedYet  Coverage = "not tested yet"
	NotApplicable Coverage = "not applicable"
)

// Coverage says how the control is covered.
func (c *Control) Coverage() Coverage {
	return CoverageOf(len(c.Tests), c.Manual, c.Outside, c.Planned, c.NotApplicable)
}

// CoverageOf is Coverage for whoever has a control's parts.
func CoverageOf(tests int, manual, outside, planned, notApplicable string) Coverage {
	switch {
	case notApplicable != "":
		return NotApplicable
	case outside != "":
		return OutsideAWS
	case tests > 0 && manual == "" && planned == "":
		return Tested
	case tests > 0:
		return TestedInPart
	case manual != "":
		return ByHand
	}
	return NotTestedYet
}

// What a test may require of the records that it selects.
const (
	Every      = "every"
	AtLeastOne = "at-least-one"
	None       = "none"
)

// When a test looks. Instant tests look at the moment of the audit. Tests over the period look at every moment of the audit's period, and need a
// population with a past (evidence.Past).
const (
	Instant = "instant"
	Period  = "period"
)

// A Test is a statement that can be shown by records, or, where Manual is set, only by a person.
type Test struct {
	ID        string
	Statement string
	// Manual is what a person must supply, and what it must show. Where it is set the fields below, but for Why, are empty.
	Manual string
	// Population is the kind that the test is about.
	Population string
	// Where selects records and Expect is what is expected of them, in CEL. An empty Where selects all.
	Where, Expect string
	// Require is Every, AtLeastOne or None.
	Require string
	// IfEmpty is the result where the whole population was read and no record is selected: exception, incomplete, manual or
	// not-applicable, and for tests over the period not-tested as well. It is never met.
	IfEmpty string
	// Over is Instant or Period.
	Over string
	// Tolerance is, for a test over the period, how long an exception may last and the test be met: whole seconds. Zero, and for instant
	// tests, is no time at all. ToleranceText is as the file writes it, empty where it does not.
	Tolerance     time.Duration
	ToleranceText string
	// Why is a note on why the test shows what it says. Often empty.
	Why string
	// SecurityHub and ConfigRules are the AWS controls and managed rules that ask the same: second opinions. Several controls may ask it
	// together, each a part of it. The rules behind the Security Hub controls are among ConfigRules, from AWS's own list, but for rules
	// that ask whatever their parameters say.
	SecurityHub []string
	ConfigRules []string

	where, expect *expr.Program
}

// Select says whether a record is one that the test is about.
func (t *Test) Select(s *expr.Subject) expr.Verdict {
	if t.where == nil {
		return expr.Verdict{Answer: expr.True}
	}
	return t.where.Eval(s)
}

// Meets says whether a selected record is as expected.
func (t *Test) Meets(s *expr.Subject) expr.Verdict { return t.expect.Eval(s) }

// Values gives the fields that the test reads, with their values in a record: those of Expect first.
func (t *Test) Values(s *expr.Subject) []expr.Value {
	out := t.expect.Values(s)
	if t.where == nil {
		return out
	}
	for _, v := range t.where.Values(s) {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// Shipped lists the ids of the frameworks that ship, sorted.
func Shipped() []string {
	names, err := fs.Glob(shipped, "*.yaml")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	var out []string
	for _, n := range names {
		out = append(out, strings.TrimSuffix(n, path.Ext(n)))
	}
	slices.Sort(out)
	return out
}

// Altered lists the files of the set that stand where one that ships stands, and are not that one.
func (s *Set) Altered() []string {
	var out []string
	for _, f := range s.Files {
		data, err := fs.ReadFile(shipped, strings.TrimPrefix(f.Path, Folder+"/"))
		if err == nil && !bytes.Equal(data, f.Data) {
			out = append(out, f.Path)
		}
	}
	return out
}

// Options are what loading depends on.
type Options struct {
	// Kinds are the populations that tests may be about.
	Kinds []evidence.Kind
	// Pasts are the kinds of which AWS Config tells the past: those that tests over the period may be about.
	Pasts []evidence.Past
	// Read reads a user's file. Nil means that only what ships can be loaded.
	Read func(name string) ([]byte, error)
}

// Load loads frameworks by id (of those that ship) or by path (a user's file, ending in .yaml or .yml), in this order.
// All faults of all files are reported together, as strict.Errors.
func Load(refs []string, o Options) (*Set, error) {
	l := newLoader(shipped, o)
	l.tests()
	ids := Shipped()
	for _, ref := range refs {
		switch ext := path.Ext(ref); {
		case ext != ".yaml" && ext != ".yml":
			if !slices.Contains(ids, ref) {
				l.Add(strict.Pos{File: "frameworks"}, "framework", ref, "no such framework ships",
					strict.DidYouMean(ref, ids)+"; a file of your own is given by a path that ends in .yaml")
				continue
			}
			l.shippedFramework(ref)
		case o.Read == nil:
			l.Add(strict.Pos{File: ref}, "", "", "files of your own cannot be read here", "")
		default:
			data, err := o.Read(ref)
			if err != nil {
				l.Add(strict.Pos{File: ref}, "", "", err.Error(), "frameworks are given by id or by path, relative to audit.yaml")
				continue
			}
			l.framework(ref, data, func(id strict.Text) {
				if slices.Contains(ids, id.Value) {
					l.Add(id.At, "framework", id.Value, "this is the id of a framework that ships", "choose another id for yours")
				}
			})
		}
	}
	return l.set(false)
}

// LoadPack loads frameworks by id from the folder "frameworks" of a pack, to derive its results again. Nil ids mean all that
// are there, in the order of their names.
func LoadPack(folder fs.FS, ids []string, kinds []evidence.Kind, pasts ...evidence.Past) (*Set, error) {
	l := newLoader(folder, Options{Kinds: kinds, Pasts: pasts})
	l.tests()
	if ids == nil {
		names, err := fs.Glob(folder, "*.yaml")
		if err != nil {
			return nil, err
		}
		for _, n := range names {
			ids = append(ids, strings.TrimSuffix(n, ".yaml"))
		}
	}
	for _, id := range ids {
		l.shippedFramework(id)
	}
	return l.set(false)
}

// Lint checks everything that ships: all tests compile, all frameworks load, and every test is used by some control.
func Lint(kinds []evidence.Kind, pasts ...evidence.Past) error {
	l := newLoader(shipped, Options{Kinds: kinds, Pasts: pasts})
	l.tests()
	for _, id := range Shipped() {
		l.shippedFramework(id)
	}
	_, err := l.set(true)
	return err
}
