package pack

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/assess"
)

// benchTimeline is a timeline of n resources that were an exception for three days each.
func benchTimeline(b testing.TB, n int) []byte {
	id := exchangeOf(pastAccount, pastRegion, "ListKeys", "{}", "").ID
	cuts := []time.Time{fixturePeriod.From, time.Date(2026, 8, 11, 14, 2, 0, 0, time.UTC), time.Date(2026, 8, 14, 9, 30, 0, 0, time.UTC), fixturePeriod.To}
	var out bytes.Buffer
	for i := range n {
		for k, result := range []string{assess.IntervalMet, assess.IntervalException, assess.IntervalMet} {
			e := assess.TimelineEntry{Test: "kms-key-enabled-throughout", Population: "kms.key", Record: fmt.Sprintf("arn:aws:kms:eu-west-1:000011112222:key/%036d", i), Account: pastAccount, Region: pastRegion,
				Evidence: []string{id, id}, Interval: assess.Interval{From: cuts[k], To: cuts[k+1], Result: result, Source: evidence.FromAPI, Begins: assess.Edge{What: "captured by AWS Config"}, Ends: assess.Edge{What: "captured by AWS Config"}}}
			if k == 1 {
				e.Values = []assess.Value{{Field: "state", Value: "Disabled"}}
			}
			if k < 2 {
				e.Ends.Item = fmt.Sprintf("000011112222/eu-west-1/AWS::KMS::Key/%036d@%s", i, cuts[k+1].Format(time.RFC3339))
			}
			if k > 0 {
				e.Begins.Item = fmt.Sprintf("000011112222/eu-west-1/AWS::KMS::Key/%036d@%s", i, cuts[k].Format(time.RFC3339))
			}
			out.Write(jsonLine(b, e))
		}
	}
	return out.Bytes()
}

// BenchmarkTimeline checks a timeline of 300,000 lines, and digests the same bytes, in one run.
func BenchmarkTimeline(b *testing.B) {
	const resources = 100_000
	text := benchTimeline(b, resources)
	id, _ := parseID('E', []byte(exchangeOf(pastAccount, pastRegion, "ListKeys", "{}", "").ID))
	items, records := &fileResult{}, &fileResult{}
	for i := range resources {
		for _, at := range []string{"2026-08-11T14:02:00Z", "2026-08-14T09:30:00Z"} {
			items.ids = append(items.ids, digest64(fmt.Appendf(nil, "000011112222/eu-west-1/AWS::KMS::Key/%036d@%s", i, at)))
		}
		records.past = append(records.past, digest64(pastKey(nil, []byte(pastAccount), fmt.Appendf(nil, "arn:aws:kms:eu-west-1:000011112222:key/%036d", i))))
	}
	items.ids.sort()
	records.past.sort()
	b.Run("auditseal", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			v := &verifier{files: map[string]*fileResult{itemsPath: items, RecordsPath("kms.key"): records}}
			v.tape.ids = idSet{id}
			v.timeline.period = fixturePeriod
			r := &fileResult{path: TimelinePath}
			if err := v.checkTimelineFile(r, bytes.NewReader(text)); err != nil || r.lines != 3*resources || len(r.found) > 0 {
				b.Fatal(err, r.lines, r.found)
			}
		}
	})
	b.Run("sha256", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			sha256.Sum256(text)
		}
	})
}
