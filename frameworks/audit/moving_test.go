package audit

import (
	"strings"
	"testing"
)

func TestWithPeriod(t *testing.T) {
	for _, written := range []string{"period: 2026-Q3", `period:   "2026-Q3"   # the quarter`, "period: '2026-Q3'", "\"period\" : 2026-Q3\r", "period: !!str 2026-Q3"} {
		before := strings.Replace(least, "period: 2026-Q3", written, 1)
		got, err := WithPeriod("audit.yaml", []byte(before), "2026-11")
		if strings.Contains(written, "!!str") {
			// A tag stands before the value; whatever is made of it must be right or refused.
			if err == nil && string(got) != strings.Replace(before, "2026-Q3", "2026-11", 1) {
				t.Errorf("%s: got %q", written, got)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", written, err)
			continue
		}
		if want := strings.Replace(before, "2026-Q3", "2026-11", 1); string(got) != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
	// Characters of several bytes before it do not lead astray.
	odd := "{organization: Bücher — Ä, period: 2026-Q3, frameworks: [fips-cryptography], scope: {accounts: [\"111122223333\"], regions: all}}\n"
	if got, err := WithPeriod("a", []byte(odd), "2027"); err != nil || string(got) != strings.Replace(odd, "2026-Q3", "2027", 1) {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := WithPeriod("audit.yaml", []byte(strings.Replace(least, "period: 2026-Q3", "from: 2026-07-01\nto: 2026-08-01", 1)), "2026-11"); err == nil || !strings.Contains(err.Error(), "has from and to") {
		t.Errorf("got %v", err)
	}
	if got, err := WithPeriod("audit.yaml", []byte(least), "2026-Q3"); err != nil || string(got) != least {
		t.Errorf("the same period changed the file: %v", err)
	}
}
