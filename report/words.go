package report

import (
	"bytes"
	"fmt"
	"io"

	"gopkg.in/yaml.v3"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/templates"
)

// Words are the fixed words of a report, from templates/report/words.yaml. They speak of what was tested and found, never of
// what an auditor should conclude.
type Words struct {
	Title    string `yaml:"title"`
	Subtitle string `yaml:"subtitle"`
	// Is and IsNot say on the cover what the pack is and what it is not.
	Is    []string `yaml:"is"`
	IsNot []string `yaml:"is-not"`
	// Results are in the order of assess.Results, Outcomes in that of evidence.Outcomes.
	Results  []ResultWord  `yaml:"results"`
	Outcomes []OutcomeWord `yaml:"outcomes"`
	// Clocks explains the three clocks, Method how the evidence came about, Check how to check it.
	Clocks []Limit  `yaml:"clocks"`
	Method []string `yaml:"method"`
	Check  []string `yaml:"check"`
	// Values says how values are written: absent, unknown, what can't be shown.
	Values []string `yaml:"values"`
	// Require says in words what each value of a test's require asks.
	Require []NamedWord `yaml:"require"`
	// Comparisons say how AWS's own verdict compares with a test, Sources whose verdict it is.
	Comparisons []NamedWord `yaml:"comparisons"`
	Sources     []NamedWord `yaml:"sources"`
	// Intervals are what a test over the period finds, in the order of IntervalNames; Causes why time is unknown, by code; Changes what became
	// of asking who made a change.
	Intervals []IntervalWord `yaml:"intervals"`
	Causes    []NamedWord    `yaml:"causes"`
	Changes   []NamedWord    `yaml:"changes"`
	// IfEmpty introduces a test's result for an empty selection.
	IfEmpty string `yaml:"if-empty"`
	// Limits always hold; RunLimits where what they speak of happened.
	Limits    []Limit    `yaml:"limits"`
	RunLimits []RunLimit `yaml:"run-limits"`
}

// A ResultWord is how a result is written: in a word, and in a shape that reads in black and white.
type ResultWord struct {
	Result  assess.Result `yaml:"result"`
	Word    string        `yaml:"word"`
	Mark    string        `yaml:"mark"`
	Meaning string        `yaml:"meaning"`
}

// An OutcomeWord is how an outcome is written.
type OutcomeWord struct {
	Outcome evidence.Outcome `yaml:"outcome"`
	Word    string           `yaml:"word"`
	Mark    string           `yaml:"mark"`
	Meaning string           `yaml:"meaning"`
}

// An IntervalWord is how a day or an interval of a test over the period is written.
type IntervalWord struct {
	// Name is one of IntervalNames.
	Name    string `yaml:"name"`
	Word    string `yaml:"word"`
	Mark    string `yaml:"mark"`
	Meaning string `yaml:"meaning"`
}

// A RunLimit is a limit of one run. Text may hold {n}, the count of what When names, and {unread}, {cells} and {exchanges}.
type RunLimit struct {
	// When is period (n tests are over the period), gaps, excluded, redactions, local-clock, callers, missing, resumed or shards (n shards were merged).
	When  string `yaml:"when"`
	Title string `yaml:"title"`
	Text  string `yaml:"text"`
}

// A NamedWord is a sentence for a name.
type NamedWord struct {
	Name string `yaml:"name"`
	Text string `yaml:"text"`
}

// Result finds the words of r. A result without words reads as itself: it is never shown as another.
func (w Words) Result(r assess.Result) ResultWord {
	for _, x := range w.Results {
		if x.Result == r {
			return x
		}
	}
	return ResultWord{Result: r, Word: fmt.Sprintf("(no such result: %q)", string(r)), Mark: "?"}
}

// Outcome finds the words of o, as Result does.
func (w Words) Outcome(o evidence.Outcome) OutcomeWord {
	for _, x := range w.Outcomes {
		if x.Outcome == o {
			return x
		}
	}
	return OutcomeWord{Outcome: o, Word: fmt.Sprintf("(no such outcome: %q)", string(o)), Mark: "?"}
}

// Requires finds the sentence for a test's require.
func (w Words) Requires(name string) string { return named(w.Require, name) }

// Comparison finds the words for how a second opinion compares, Source those for whose it is.
func (w Words) Comparison(name string) string { return named(w.Comparisons, name) }
func (w Words) Source(name string) string     { return named(w.Sources, name) }

// Interval finds the words of a result of an interval or a day, as Result does.
func (w Words) Interval(name string) IntervalWord {
	for _, x := range w.Intervals {
		if x.Name == name {
			return x
		}
	}
	return IntervalWord{Name: name, Word: fmt.Sprintf("(no such result: %q)", name), Mark: "?"}
}

// Cause finds the sentence for why time is unknown; Change that for what became of asking who made a change.
func (w Words) Cause(code string) string    { return named(w.Causes, code) }
func (w Words) Change(status string) string { return named(w.Changes, status) }

func named(list []NamedWord, name string) string {
	for _, x := range list {
		if x.Name == name {
			return x.Text
		}
	}
	return name
}

// LoadWords reads the embedded words and checks that every result and outcome has its own word and mark.
func LoadWords() (Words, error) {
	const name = "report/words.yaml"
	var w Words
	b, err := templates.FS.ReadFile(name)
	if err != nil {
		return w, err
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&w); err != nil {
		return w, fmt.Errorf("templates/%s: %w", name, err)
	}
	if err := d.Decode(new(any)); err != io.EOF {
		return w, fmt.Errorf("templates/%s: more than one document", name)
	}
	if err := w.check(); err != nil {
		return w, fmt.Errorf("templates/%s: %w", name, err)
	}
	return w, nil
}

func (w Words) check() error {
	want := assess.Results()
	if len(w.Results) != len(want) {
		return fmt.Errorf("%d results have words, there are %d", len(w.Results), len(want))
	}
	seen := map[string]bool{}
	for i, r := range w.Results {
		if r.Result != want[i] {
			return fmt.Errorf("result %d is %q, want %q: the order is that of assess.Results", i+1, r.Result, want[i])
		}
		if r.Word == "" || r.Mark == "" || r.Meaning == "" || seen[r.Word] || seen[r.Mark] {
			return fmt.Errorf("result %q needs a word, a mark and a meaning that no other result has", r.Result)
		}
		seen[r.Word], seen[r.Mark] = true, true
	}
	days := IntervalNames()
	if len(w.Intervals) != len(days) {
		return fmt.Errorf("%d results of intervals have words, there are %d", len(w.Intervals), len(days))
	}
	seen = map[string]bool{}
	for i, x := range w.Intervals {
		if x.Name != days[i] {
			return fmt.Errorf("result %d of intervals is %q, want %q: the order is that of IntervalNames", i+1, x.Name, days[i])
		}
		if x.Word == "" || x.Mark == "" || x.Meaning == "" || seen[x.Word] || seen[x.Mark] {
			return fmt.Errorf("the interval's result %q needs a word, a mark and a meaning that no other has", x.Name)
		}
		seen[x.Word], seen[x.Mark] = true, true
	}
	outcomes := evidence.Outcomes()
	if len(w.Outcomes) != len(outcomes) {
		return fmt.Errorf("%d outcomes have words, there are %d", len(w.Outcomes), len(outcomes))
	}
	for _, c := range []string{assess.Agrees, assess.Disagrees, assess.NoAnswer, assess.NotCompared} {
		if w.Comparison(c) == c {
			return fmt.Errorf("the comparison %q has no words", c)
		}
	}
	seen = map[string]bool{}
	for i, o := range w.Outcomes {
		if o.Outcome != outcomes[i] {
			return fmt.Errorf("outcome %d is %q, want %q: the order is that of evidence.Outcomes", i+1, o.Outcome, outcomes[i])
		}
		if o.Word == "" || o.Mark == "" || o.Meaning == "" || seen[o.Word] || seen[o.Mark] {
			return fmt.Errorf("outcome %q needs a word, a mark and a meaning that no other outcome has", o.Outcome)
		}
		seen[o.Word], seen[o.Mark] = true, true
	}
	return nil
}
