package main

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/auditseal/auditseal/testdata/scenario"
)

// throughout runs an audit of the quarter over a small organization, and gives what it says of the bucket's own block: a line an interval, with
// the moments, the result and the reason. verdicts are those of AWS Config.
func throughout(t *testing.T, o *scenario.Organization) (replayed, verdicts []string) {
	t.Helper()
	s := scenario.Start(scenario.Config{Organization: o})
	defer s.Close()
	dir := t.TempDir()
	audit, out := filepath.Join(dir, "audit.yaml"), filepath.Join(dir, "pack")
	text := "organization: Example Fixture\nperiod: 2026-Q3\nframeworks: [soc2-2017]\nscope:\n  accounts: [\"" + scenario.FixtureAccount + "\"]\n  regions: [" + scenario.FixtureRegion + "]\n  role: Reader\n"
	if err := os.WriteFile(audit, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"collect", "-c", audit, "--out", out, "--rate-share", "0"}, {"assess", out}} {
		if text, err := command(s, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	}
	f, err := os.Open(filepath.Join(out, "timeline.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for sc := bufio.NewScanner(f); sc.Scan(); {
		var e struct {
			Test, Record, Source, Result, Code string
			From, To                           time.Time
		}
		if err := json.Unmarshal(sc.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		if e.Test != "s3-bucket-own-block-throughout" || e.Record == "" { // time in which the place may have had buckets that nobody saw is not the bucket's
			continue
		}
		if !strings.HasSuffix(e.Record, scenario.FixtureBucket) {
			t.Errorf("a record %s", e.Record)
		}
		const at = "01-02 15:04:05"
		line := strings.TrimSpace(e.From.Format(at) + " to " + e.To.Format(at) + " " + e.Result + " " + e.Code)
		if e.Source == "config-rule" {
			verdicts = append(verdicts, line)
		} else {
			replayed = append(replayed, line)
		}
	}
	slices.Sort(replayed)
	slices.Sort(verdicts)
	return replayed, verdicts
}

// Three days without a block are one exception of three days, whatever else there is; time that the recorder did not see is unknown, and never met.
func TestThreeDaysAreOneException(t *testing.T) {
	whole := []string{"07-01 00:00:00 to 08-11 09:00:00 met", "08-11 09:00:00 to 08-14 09:00:00 exception", "08-14 09:00:00 to 10-01 00:00:00 met"}
	judged := []string{"07-01 00:00:00 to 08-11 09:04:00 met", "08-11 09:04:00 to 08-14 09:04:00 exception", "08-14 09:04:00 to 10-01 00:00:00 met"}
	for _, c := range []struct {
		name               string
		org                *scenario.Organization
		replayed, verdicts []string
	}{
		{"verdicts recorded", scenario.FixtureBlockOff(), whole, judged},
		{"no verdicts", scenario.FixtureUnjudged(), whole, nil},
		{"stopped apart", scenario.FixtureStoppedApart(),
			[]string{whole[0], whole[1], "08-14 09:00:00 to 09-07 06:00:00 met", "09-07 06:00:00 to 09-14 06:00:00 unknown RecorderStopped",
				// Nothing had changed while it was off, so that no item says so: it is a day until that means something.
				"09-14 06:00:00 to 09-15 06:00:00 unknown RecorderStopped", "09-15 06:00:00 to 10-01 00:00:00 met"},
			[]string{judged[0], judged[1], "08-14 09:04:00 to 09-07 06:00:00 met", "09-07 06:00:00 to 09-15 06:00:00 unknown NoVerdict", "09-15 06:00:00 to 10-01 00:00:00 met"}},
		{"stopped within", scenario.FixtureStoppedWithin(),
			[]string{whole[0], "08-11 09:00:00 to 08-12 09:00:00 exception", "08-12 09:00:00 to 08-19 09:00:00 unknown RecorderStopped", "08-19 09:00:00 to 08-19 09:01:30 unknown RecorderStopped", "08-19 09:01:30 to 10-01 00:00:00 met"},
			[]string{judged[0], "08-11 09:04:00 to 08-12 09:00:00 exception", "08-12 09:00:00 to 08-19 09:01:30 unknown NoVerdict", "08-19 09:01:30 to 10-01 00:00:00 met"}},
		{"stopped around", scenario.FixtureStoppedAround(),
			[]string{"07-01 00:00:00 to 08-09 09:00:00 met", "08-09 09:00:00 to 08-16 09:00:00 unknown RecorderStopped", "08-16 09:00:00 to 08-16 09:01:30 unknown RecorderStopped", "08-16 09:01:30 to 10-01 00:00:00 met"},
			[]string{"07-01 00:00:00 to 08-09 09:00:00 met", "08-09 09:00:00 to 08-16 09:01:30 unknown NoVerdict", "08-16 09:01:30 to 10-01 00:00:00 met"}},
		{"daily", scenario.FixtureDaily(),
			[]string{"07-01 00:00:00 to 08-11 23:59:59 unknown DailyRecording", "08-11 23:59:59 to 08-14 23:59:59 exception", "08-14 23:59:59 to 10-01 00:00:00 unknown DailyRecording"},
			[]string{"07-01 00:00:00 to 08-10 23:59:59 met", "08-10 23:59:59 to 08-11 23:59:59 unknown NoVerdict", "08-11 23:59:59 to 08-14 23:59:59 exception", "08-14 23:59:59 to 10-01 00:00:00 met"}},
		{"excluded", scenario.FixtureExcluded(), []string{"07-01 00:00:00 to 10-01 00:00:00 unknown TypeNotRecorded"}, nil},
		{"retention", scenario.FixtureRetention(), []string{"07-01 00:00:00 to 09-02 06:00:00 unknown RetentionTooShort", "09-02 06:00:00 to 10-01 00:00:00 unknown NoItemBefore"}, nil},
		{"made", scenario.FixtureMade(), []string{"07-01 00:00:00 to 08-01 09:00:00 absent NotCreated", "08-01 09:00:00 to 08-11 09:00:00 met", whole[1], whole[2]},
			[]string{"07-01 00:00:00 to 08-01 09:04:00 unknown NoVerdict", "08-01 09:04:00 to 08-11 09:04:00 met", judged[1], judged[2]}},
		{"deleted", scenario.FixtureDeleted(), []string{whole[0], whole[1], "08-14 09:00:00 to 08-24 09:00:00 met", "08-24 09:00:00 to 10-01 00:00:00 absent Deleted"},
			[]string{judged[0], judged[1], "08-14 09:04:00 to 08-24 09:04:00 met", "08-24 09:04:00 to 10-01 00:00:00 unknown NoVerdict"}},
		{"not recorded", scenario.FixtureNotRecorded(), []string{whole[0], "08-11 09:00:00 to 08-14 09:00:00 unknown ResourceNotRecorded", whole[2]}, []string{"07-01 00:00:00 to 10-01 00:00:00 met"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			replayed, verdicts := throughout(t, c.org)
			if !slices.Equal(replayed, c.replayed) {
				t.Errorf("replayed %q\nwant %q", replayed, c.replayed)
			}
			if !slices.Equal(verdicts, c.verdicts) {
				t.Errorf("verdicts %q\nwant %q", verdicts, c.verdicts)
			}
		})
	}
}
