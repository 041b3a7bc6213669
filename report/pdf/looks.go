package pdf

import (
	"bytes"
	"fmt"

	"github.com/johnfercher/maroto/v2/pkg/props"
	"gopkg.in/yaml.v3"

	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/templates"
)

// A colour is "#rrggbb" in looks.yaml.
type colour struct{ props.Color }

func (c *colour) UnmarshalYAML(n *yaml.Node) error {
	var r, g, b int
	if len(n.Value) != 7 {
		return fmt.Errorf("line %d: %q is not a colour: write #rrggbb", n.Line, n.Value)
	}
	if _, err := fmt.Sscanf(n.Value, "#%02x%02x%02x", &r, &g, &b); err != nil {
		return fmt.Errorf("line %d: %q is not a colour: write #rrggbb", n.Line, n.Value)
	}
	c.Color = props.Color{Red: r, Green: g, Blue: b}
	return nil
}

// looks are templates/report/looks.yaml.
type looks struct {
	Brand         string `yaml:"brand"`
	Ink           colour `yaml:"ink"`
	Muted         colour `yaml:"muted"`
	Line          colour `yaml:"line"`
	Panel         colour `yaml:"panel"`
	Accent        colour `yaml:"accent"`
	Paper         colour `yaml:"paper"`
	Exception     colour `yaml:"exception"`
	Incomplete    colour `yaml:"incomplete"`
	Manual        colour `yaml:"manual"`
	NotTested     colour `yaml:"not-tested"`
	Met           colour `yaml:"met"`
	NotApplicable colour `yaml:"not-applicable"`
}

func loadLooks() (*looks, error) {
	const name = "report/looks.yaml"
	b, err := templates.FS.ReadFile(name)
	if err != nil {
		return nil, err
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	var l looks
	if err := d.Decode(&l); err != nil {
		return nil, fmt.Errorf("templates/%s: %w", name, err)
	}
	return &l, nil
}

// result is the colour of a result; one that is none is shown as the worst.
func (l *looks) result(r assess.Result) *props.Color {
	switch r {
	case assess.Incomplete:
		return &l.Incomplete.Color
	case assess.Manual:
		return &l.Manual.Color
	case assess.NotTested:
		return &l.NotTested.Color
	case assess.Met:
		return &l.Met.Color
	case assess.NotApplicable:
		return &l.NotApplicable.Color
	}
	return &l.Exception.Color
}
