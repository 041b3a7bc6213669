package assess

import (
	"fmt"
	"strings"
	"time"

	"github.com/auditseal/auditseal/frameworks"
)

// decideOver holds the rules for a test over the period. As at a moment, it is met only where nothing before it applied.
func (p *performance) decideOver() {
	r := p.Period
	switch {
	case len(p.Exceptions) > 0 && p.Require == frameworks.AtLeastOne:
		p.Result, p.Reason = Exception, fmt.Sprintf("%s met it, and at every moment at least one must: %s.", noneDuring(len(p.Exceptions)), p.chosen())
	case len(p.Exceptions) > 0:
		p.Result, p.Reason = Exception, fmt.Sprintf("%s it all the time, of %s: %s.", didNotMeet(p.ExceptionCount), p.chosen(), intervals(len(p.Exceptions), "exception"))
	case len(p.Gaps) > 0 || len(p.Unknowns) > 0:
		p.Result, p.Reason = Incomplete, "No exception is shown, but not everything that decides is known of the whole period."
	case p.Selected == 0 && len(r.Unknown) > 0:
		p.Result, p.Reason = Incomplete, "No resource is known to have been selected at any moment, and some may have been in time of which nothing is known."
	case p.Selected == 0 && p.IfEmpty == NotTested:
		p.Result, p.Reason = NotTested, "No occurrences in the period; operating effectiveness not tested."
	case p.Selected == 0:
		p.Result, p.Reason = p.IfEmpty, fmt.Sprintf("The whole period is known, and nothing was selected at any moment of it; the test calls that %s.", words(p.IfEmpty))
	case p.Require == frameworks.AtLeastOne && p.MetCount > 0:
		p.Result, p.Reason = Met, fmt.Sprintf("At every moment of the period at least one of %s met it.", p.chosen())
	case p.MetCount == p.Selected && p.Require != frameworks.AtLeastOne:
		p.Result, p.Reason = Met, fmt.Sprintf("All of %s met it all the time.", p.chosen())
		if p.Selected == 1 {
			p.Reason = "The one selected resource met it all the time."
		}
	default:
		// A population that needs one resource and never had one, within the tolerance; or counts that do not add up. Neither is success.
		p.Result, p.Reason = Incomplete, fmt.Sprintf("%s; none is shown to have met it.", p.chosen())
	}
}

// limitsOver adds what is known to be missing, and what the tolerance covers.
func (p *performance) limitsOver() string {
	var b strings.Builder
	r := p.Period
	if n := len(p.Unknowns); n > 0 {
		fmt.Fprintf(&b, " %s: %s.", intervals(n, "unknown interval"), causes(r.Unknown))
	}
	if n := len(p.Gaps); n == 1 {
		b.WriteString(" The population is not whole: 1 gap.")
	} else if n > 1 {
		fmt.Fprintf(&b, " The population is not whole: %d gaps.", n)
	}
	if r.Tolerated > 0 {
		fmt.Fprintf(&b, " %s no longer than the tolerance of %s.", lasted(r.Tolerated), p.Tolerance)
	}
	if c := p.replay.covered; c > 0 {
		fmt.Fprintf(&b, " Some of it is unknown for at most %s at a time, which the tolerance of %s covers.", lengthOf(c), p.Tolerance)
	}
	return b.String()
}

func (p *performance) chosen() string {
	if p.Selected == 1 {
		return "1 selected resource"
	}
	return fmt.Sprintf("%d selected resources", p.Selected)
}

func didNotMeet(n int) string {
	if n == 1 {
		return "1 did not meet"
	}
	return fmt.Sprintf("%d did not meet", n)
}

func noneDuring(n int) string {
	if n == 1 {
		return "In 1 interval none"
	}
	return fmt.Sprintf("In %d intervals none", n)
}

func intervals(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func lasted(n int) string {
	if n == 1 {
		return "1 exception lasted"
	}
	return fmt.Sprintf("%d exceptions lasted", n)
}

// causes lists the causes of unknown time, most intervals first; at most three.
func causes(list []UnknownTime) string {
	var out []string
	for i, u := range list {
		if i == 3 {
			out = append(out, "and others")
			break
		}
		out = append(out, u.Reason)
	}
	return strings.Join(out, "; ")
}

// lengthOf writes a length of time for people: 3 d 4 h, 20 min.
func lengthOf(d time.Duration) string {
	if d < time.Second {
		return "less than a second"
	}
	parts := []struct {
		unit time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"}}
	var out []string
	for _, p := range parts {
		if n := d / p.unit; n > 0 {
			out = append(out, fmt.Sprintf("%d %s", n, p.name))
			d -= n * p.unit
		}
	}
	return strings.Join(out, " ")
}
