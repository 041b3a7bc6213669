package evidence

import (
	"testing"
	"time"
)

func TestTimelineOver(t *testing.T) {
	at := func(day, hour int) time.Time { return time.Date(2026, 8, day, hour, 0, 0, 0, time.UTC) }
	yes, no := true, false
	l := Timeline{From: at(2, 0), To: at(20, 0), Turns: []Turn{{at(2, 0), &yes}, {at(5, 0), &no}, {at(8, 0), &yes}, {at(10, 0), nil}, {at(12, 0), &yes}, {at(13, 0), &yes}}}
	for _, c := range []struct {
		what     string
		from, to time.Time
		passed   bool
		known    bool
	}{
		{"within one verdict", at(3, 0), at(4, 0), true, true},
		{"a verdict from its turn to the next", at(5, 0), at(8, 0), false, true},
		{"the same verdict said twice", at(12, 0), at(20, 0), true, true},
		{"two verdicts", at(4, 0), at(6, 0), false, false},
		{"an hour of no verdict at the end", at(9, 0), at(10, 1), false, false},
		{"all of it no verdict", at(10, 0), at(11, 0), false, false},
		{"an hour before what is known", at(1, 23), at(3, 0), false, false},
		{"an hour behind what is known", at(14, 0), at(20, 1), false, false},
		{"no time at all", at(3, 0), at(3, 0), false, false},
	} {
		t.Run(c.what, func(t *testing.T) {
			if passed, known := l.Over(c.from, c.to); passed != c.passed || known != c.known {
				t.Errorf("Over gives %v, %v, not %v, %v", passed, known, c.passed, c.known)
			}
		})
	}
	late := Timeline{From: at(2, 0), To: at(20, 0), Turns: []Turn{{at(5, 0), &yes}}}
	if _, known := late.Over(at(3, 0), at(6, 0)); known {
		t.Error("the first verdict is stretched over the time before it")
	}
	if _, known := (Timeline{From: at(2, 0), To: at(20, 0)}).Over(at(3, 0), at(6, 0)); known {
		t.Error("no verdict at all is known")
	}
}
