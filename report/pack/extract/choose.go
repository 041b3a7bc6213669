package extract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/report/pack"
	"github.com/auditseal/auditseal/report/pack/tree"
)

// A choice says which pieces of a pack belong to some controls: what is said of them and of their tests, the populations and their past,
// the gaps, the exchanges that all of these name, and of the ledger what tells whether those calls were made everywhere. Run.json goes with every
// choice, and so do the framework files in which one of the tests or frameworks stands.
type choice struct {
	p     *pack.Pack
	paths []string

	controls   map[string]bool // framework/control
	frameworks map[string]bool
	tests      map[string]bool
	kinds      map[string]bool // populations of the tests
	past       map[string]bool // those of tests over the period
	items      map[string]bool // configuration items that states were read from
	ids        map[string]bool // evidence and gap ids
	calls      map[string]bool // collector and operation of the exchanges
}

// choose reads what a choice needs. It fails where a control is none of the pack's.
func choose(p *pack.Pack, paths, asked []string) (*choice, error) {
	c := &choice{p: p, paths: paths}
	for _, m := range []*map[string]bool{&c.controls, &c.frameworks, &c.tests, &c.kinds, &c.past, &c.items, &c.ids, &c.calls} {
		*m = map[string]bool{}
	}
	if err := c.readControls(asked); err != nil {
		return nil, err
	}
	// The order matters: each step names what the next ones look for.
	for _, step := range []func(string) bool{
		func(path string) bool { return path == pack.AssessmentPath },
		func(path string) bool { return pack.Role(path) == "history" },
		func(path string) bool { return pack.Role(path) == "records" || path == pack.TimelinePath },
		func(path string) bool { return path == pack.GapsPath },
		func(path string) bool { return pack.Role(path) == "evidence" },
	} {
		for _, path := range paths[1:] {
			if !step(path) {
				continue
			}
			belongs := c.chooser(path)
			err := c.pieces(path, func(piece []byte) error {
				if belongs(piece) {
					c.note(path, piece)
				}
				return nil
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}

func (c *choice) pieces(path string, each func([]byte) error) error {
	f, err := c.p.Open(path)
	if err != nil {
		return err
	}
	if err := errors.Join(tree.Pieces(path, f, each), f.Close()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// readControls finds the controls, their tests and the tests' populations.
func (c *choice) readControls(asked []string) error {
	f, err := c.p.Open(pack.AssessmentPath)
	if err != nil {
		return err
	}
	a, err := assess.Decode(io.LimitReader(f, tree.MaxPiece))
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	found := map[string]bool{}
	var all []string
	for _, fw := range a.Frameworks {
		for _, ctl := range fw.Controls {
			name := fw.ID + "/" + ctl.ID
			all = append(all, name)
			for _, want := range asked {
				if want != ctl.ID && want != name {
					continue
				}
				found[want] = true
				c.controls[name], c.frameworks[fw.ID] = true, true
				for _, t := range ctl.Tests {
					c.tests[t] = true
				}
			}
		}
	}
	for _, want := range asked {
		if !found[want] {
			return &ControlError{Control: want, All: all}
		}
	}
	for _, t := range a.Tests {
		if !c.tests[t.ID] || t.Population == "" {
			continue
		}
		c.kinds[t.Population] = true
		if t.Over == "period" {
			c.past[t.Population] = true
		}
	}
	return nil
}

// A ControlError is a control that is none of the pack's. All are those that are.
type ControlError struct {
	Control string
	All     []string
}

func (e *ControlError) Error() string {
	return fmt.Sprintf("there is no control %q in the pack", e.Control)
}

// chooser says which pieces of a file belong to the choice. It is asked piece by piece, in order.
func (c *choice) chooser(path string) func(piece []byte) bool {
	none := func([]byte) bool { return false }
	switch role := pack.Role(path); {
	case role == "run":
		return func([]byte) bool { return true }
	case role == "framework":
		return c.framework
	case role == "assessment":
		return c.assessment()
	case role == "records":
		kind := strings.TrimSuffix(strings.TrimPrefix(path, pack.RecordsDir), ".jsonl")
		switch {
		case c.kinds[kind]:
			return func([]byte) bool { return true }
		case kind == "config.configuration_item" && len(c.items) > 0:
			return func(piece []byte) bool { return c.items[member(piece).ID] }
		}
	case role == "history":
		if c.past[strings.TrimSuffix(strings.TrimPrefix(path, pack.HistoryDir), ".jsonl")] {
			return func([]byte) bool { return true }
		}
	case role == "timeline":
		return func(piece []byte) bool { return c.tests[member(piece).Test] }
	case role == "gaps":
		return func(piece []byte) bool {
			m := member(piece)
			return m.Gap.ID != "" && c.ids[m.Gap.ID] || m.Cell.Operation != "" && c.calls[m.Cell.Collector+"\n"+m.Cell.Operation]
		}
	case role == "evidence":
		return func(piece []byte) bool { return c.ids[evidenceID(piece)] }
	}
	return none
}

// whole reports whether a file that has no pieces says something by that: a population of the choice is empty.
func (c *choice) whole(path string) bool {
	kind, ok := strings.CutPrefix(path, pack.RecordsDir)
	return ok && c.kinds[strings.TrimSuffix(kind, ".jsonl")]
}

// members are those by which pieces are told apart.
type members struct {
	ID         string `json:"id"`
	Test       string `json:"test"`
	Item       string `json:"item"`
	Collector  string `json:"collector"`
	Operation  string `json:"operation"`
	Kind       string `json:"kind"`
	Population string `json:"population"`
	Gap        struct {
		ID string `json:"id"`
	} `json:"gap"`
	Cell struct {
		Collector string `json:"collector"`
		Operation string `json:"operation"`
	} `json:"cell"`
}

// evidenceID is the id that every line of the tape begins with.
func evidenceID(piece []byte) string {
	const begin = `{"id":"`
	if len(piece) < len(begin)+18 || string(piece[:len(begin)]) != begin {
		return ""
	}
	return string(piece[len(begin) : len(begin)+18])
}

// member reads them from the object that a piece begins with. What is none has none.
func member(piece []byte) members {
	var m struct{ members }
	// Records have members of the same names with other types; what could be read is enough.
	_ = json.NewDecoder(bytes.NewReader(piece)).Decode(&m)
	return m.members
}

// assessment tells the pieces of assessment.json apart by the section that they stand in.
func (c *choice) assessment() func([]byte) bool {
	section, framework := "", ""
	return func(piece []byte) bool {
		if name, list := bytes.CutSuffix(piece, []byte(":[\n")); list && piece[0] == '"' {
			section = strings.Trim(string(name), `"`)
			return false
		}
		if piece[0] == ']' {
			section = ""
			return false
		}
		switch section {
		case "frameworks":
			if bytes.HasSuffix(piece, []byte(`"controls":[`)) {
				var head struct {
					ID string `json:"id"`
				}
				_ = json.Unmarshal(append(slices.Clone(piece), "]}"...), &head)
				framework = head.ID
				return c.frameworks[framework]
			}
			return c.controls[framework+"/"+member(piece).ID]
		case "tests":
			return c.tests[member(piece).ID]
		case "populations":
			return c.kinds[member(piece).Kind]
		}
		return false
	}
}

// framework reports whether a framework or a test of the choice is defined in a file.
func (c *choice) framework(piece []byte) bool {
	for l := range bytes.Lines(piece) {
		key, v, ok := strings.Cut(strings.TrimLeft(string(l), " -"), ":")
		v = strings.Trim(strings.TrimSpace(v), `"'`)
		if ok && (key == "id" && c.tests[v] || key == "framework" && c.frameworks[v]) {
			return true
		}
	}
	return false
}

// note takes from a chosen piece what others are chosen by.
func (c *choice) note(path string, piece []byte) {
	if m := member(piece); pack.Role(path) == "evidence" {
		c.calls[m.Collector+"\n"+m.Operation] = true
	} else if m.Item != "" {
		c.items[m.Item] = true
	}
	if pack.Role(path) == "evidence" {
		return // an answer may speak of anything
	}
	// Ids of evidence and gaps are told by their form: they stand in lists and members of many names.
	for i := 0; i+18 <= len(piece); i++ {
		if (piece[i] == 'E' || piece[i] == 'G') && piece[i+1] == '-' && i > 0 && piece[i-1] == '"' && i+18 < len(piece) && piece[i+18] == '"' && isHex(piece[i+2:i+18]) {
			c.ids[string(piece[i:i+18])] = true
		}
	}
}

func isHex(b []byte) bool {
	for _, c := range b {
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f') {
			return false
		}
	}
	return true
}
