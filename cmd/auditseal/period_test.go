package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/testdata/scenario"
)

// What a quarter was like, from AWS's answers to the result, as a run derives it: a bucket's own public access block was off for three days.
func TestTheQuarterOfOneBucket(t *testing.T) {
	off, on := scenario.FixtureOff, scenario.FixtureOn
	day := func(at time.Time, days int) time.Time { return at.AddDate(0, 0, days) }
	september := time.Date(2026, 9, 7, 6, 0, 0, 0, time.UTC) // when the recorder of StoppedApart stops
	type part struct {
		result   string
		code     string
		from, to time.Time
	}
	from, to := scenario.QuarterFrom, scenario.QuarterTo
	exception := part{"exception", "", off, on}
	for _, c := range []struct {
		name   string
		o      *scenario.Organization
		result assess.Result
		// parts are the findings: exceptions and unknown intervals of the bucket.
		parts []part
	}{
		{"as it was", scenario.FixtureBlockOff(), assess.Exception, []part{exception}},
		{"AWS Config's verdicts unrecorded", scenario.FixtureUnjudged(), assess.Exception, []part{exception}},
		{"the recorder stopped for a week", scenario.FixtureStoppedApart(), assess.Exception,
			[]part{exception, {"unknown", "RecorderStopped", september, day(september, 7)}, {"unknown", "RecorderStopped", day(september, 7), day(september, 8)}}},
		// It was seen to be on again by the first item after the recorder was, and not a moment sooner.
		{"stopped while it was off", scenario.FixtureStoppedWithin(), assess.Exception,
			[]part{{"exception", "", off, day(off, 1)}, {"unknown", "RecorderStopped", day(off, 1), day(off, 8)}, {"unknown", "RecorderStopped", day(off, 8), day(off, 8).Add(90 * time.Second)}}},
		{"stopped around it", scenario.FixtureStoppedAround(), assess.Incomplete,
			[]part{{"unknown", "RecorderStopped", day(off, -2), day(off, 5)}, {"unknown", "RecorderStopped", day(off, 5), day(off, 5).Add(90 * time.Second)}}},
		{"type not recorded", scenario.FixtureExcluded(), assess.Incomplete, []part{{"unknown", "TypeNotRecorded", from, to}}},
		{"made in the quarter", scenario.FixtureMade(), assess.Exception, []part{exception}},
		{"deleted in the quarter", scenario.FixtureDeleted(), assess.Exception, []part{exception}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			as := assessmentOf(t, c.o)
			x := as.Tests[0]
			if x.Result != c.result {
				t.Errorf("%s: %s", x.Result, x.Reason)
			}
			var got, want []string
			for _, f := range append(x.Exceptions, x.Unknowns...) {
				if f.Record == "arn:aws:s3:::"+scenario.FixtureBucket {
					got = append(got, fmt.Sprint(f.Interval.Result, " ", f.Interval.Code, " ", f.Interval.From.Format(time.RFC3339), " ", f.Interval.To.Format(time.RFC3339)))
					whole := f.Interval.To.Equal(on)
					if f.Interval.Result == "exception" && (!strings.Contains(f.Interval.Begins.Item, scenario.FixtureBucket) || strings.Contains(f.Interval.Ends.Item, scenario.FixtureBucket) != whole) {
						t.Errorf("edges %+v %+v", f.Interval.Begins, f.Interval.Ends)
					}
				}
			}
			for _, p := range c.parts {
				want = append(want, fmt.Sprint(p.result, " ", p.code, " ", p.from.UTC().Format(time.RFC3339), " ", p.to.UTC().Format(time.RFC3339)))
			}
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

// assessmentOf runs collect and assess over a small organization, with one test.
func assessmentOf(t *testing.T, o *scenario.Organization) *assess.Assessment {
	t.Helper()
	s := scenario.Start(scenario.Config{Organization: o, Settled: true})
	t.Cleanup(s.Close)
	dir := t.TempDir()
	for name, text := range map[string]string{
		"audit.yaml": "organization: Example Fixture\nperiod: 2026-Q3\nframeworks: [own.yaml]\nscope:\n  accounts: [\"" + scenario.FixtureAccount + "\"]\n  regions: [" + scenario.FixtureRegion + "]\n",
		"own.yaml":   "framework: own\ntitle: Own\ncontrols:\n  - id: \"1\"\n    title: Buckets block public access\n    tests: [s3-bucket-own-block-throughout]\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	pack := filepath.Join(dir, "pack")
	for _, args := range [][]string{{"collect", "-c", filepath.Join(dir, "audit.yaml"), "--out", pack, "--rate-share", "0"}, {"assess", pack}} {
		cmd := command(s, args...)
		cmd.Env = append(cmd.Env, "AWS_ACCESS_KEY_ID="+scenario.AccessKey(scenario.FixtureAccount))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	f, err := os.Open(filepath.Join(pack, "assessment.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	as, err := assess.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return as
}
