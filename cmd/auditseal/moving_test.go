package main

import (
	"testing"
	"time"
)

func TestNamedPeriod(t *testing.T) {
	at := func(s string) time.Time {
		d, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, x := range []struct{ word, now, want string }{
		{"last-quarter", "2026-10-01T00:00:00Z", "2026-Q3"},
		{"last-quarter", "2026-09-30T23:59:59Z", "2026-Q2"},
		{"last-quarter", "2026-01-01T00:30:00+01:00", "2025-Q3"}, // still December in UTC
		{"last-quarter", "2026-03-31T12:00:00Z", "2025-Q4"},
		{"last-month", "2026-01-31T12:00:00Z", "2025-12"},
		{"last-month", "2026-03-31T12:00:00Z", "2026-02"},
		{"last-year", "2026-12-31T23:59:59Z", "2025"},
		{"2026-Q4", "2020-01-01T00:00:00Z", "2026-Q4"},
		{"2026", "2020-01-01T00:00:00Z", "2026"},
	} {
		if got, err := namedPeriod(x.word, at(x.now)); err != nil || got != x.want {
			t.Errorf("%s at %s: %q, %v; want %s", x.word, x.now, got, err, x.want)
		}
	}
	for _, bad := range []string{"", "this-quarter", "2026-Q5", "2026-7", "last quarter"} {
		if got, err := namedPeriod(bad, at("2026-01-01T00:00:00Z")); err == nil {
			t.Errorf("%q gave %q", bad, got)
		}
	}
}
