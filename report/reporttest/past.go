package reporttest

import (
	"strings"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks/assess"
)

// past adds two tests over the period: one that finds every kind of interval, and one without an occurrence.
func (b *builder) past() {
	p := &pastBuilder{builder: b, period: b.run.Scope.Period}
	q := question{account: production, region: "eu-west-1", collector: "config", service: "config", operation: "GetResourceConfigHistory", request: `{"resourceType":"AWS::KMS::Key"}`, status: 200,
		outcome: evidence.Collected, body: `{"configurationItems":["…"]}`}
	p.asked = b.ask(q)
	q.collector, q.service, q.operation, q.request, q.body = "cloudtrail", "cloudtrail", "LookupEvents", `{"MaxResults":50}`, `{"Events":["…"]}`
	p.looked = b.ask(q)
	p.rotation()
	p.externalStore()
}

type pastBuilder struct {
	*builder
	period        evidence.Period
	asked, looked evidence.Exchange
}

// item records that AWS Config captured a key at a moment, and gives the item's id.
func (p *pastBuilder) item(key int, at string, status string) string {
	arn := keyARN(production, "eu-west-1", key)
	_, id, _ := strings.Cut(arn, "key/")
	captured, err := time.Parse(time.RFC3339, at)
	if err != nil {
		panic(err)
	}
	it := &Item{ResourceType: "AWS::KMS::Key", ResourceID: id, Status: status, Captured: captured}
	it.ID, it.Account, it.Region, it.Collected = production+"/eu-west-1/AWS::KMS::Key/"+id+"@"+at, production, "eu-west-1", p.asked.Date
	it.Evidence = []string{p.asked.ID}
	p.add(it)
	s := evidence.State{Kind: "kms.key", Resource: arn, Account: production, Region: "eu-west-1", ResourceType: it.ResourceType, ResourceID: id, Captured: captured, Status: status,
		Source: evidence.FromAPI, Item: it.ID, Evidence: it.Evidence, SHA256: evidence.Sum([]byte(it.ID))}
	if !s.Deleted() {
		k := &Key{ARN: arn, Manager: "CUSTOMER", State: "Enabled", Spec: "SYMMETRIC_DEFAULT", Origin: "AWS_KMS", Aliases: []string{}, Tags: map[string]string{}}
		k.ID, k.Account, k.Region, k.Collected, k.Evidence = arn, production, "eu-west-1", captured, it.Evidence
		k.Unknown = []evidence.Unknown{{Field: "aliases", Code: evidence.NotInItem}}
		s.Record = k
	}
	w := p.file("history/kms.key.jsonl")
	w.Write(append(encode(s), '\n'))
	return it.ID
}

func (p *pastBuilder) head(test string, key int, opinion string) assess.TimelineEntry {
	return assess.TimelineEntry{Test: test, Population: "kms.key", Record: keyARN(production, "eu-west-1", key), Account: production, Region: "eu-west-1", Opinion: opinion,
		Interval: assess.Interval{Source: evidence.FromAPI}, Values: []assess.Value{{Field: "rotation.enabled", Value: "false"}, {Field: "state", Value: "Enabled"}}, Evidence: []string{p.asked.ID}}
}

// before is a moment that lies before the period.
const before = "2026-05-04T08:00:00Z"

func (p *pastBuilder) rotation() {
	const id = "kms-key-rotation-throughout"
	const met, exception, unknown, absent, other = assess.IntervalMet, assess.IntervalException, assess.IntervalUnknown, assess.IntervalAbsent, assess.IntervalNotSelected
	var lines []assess.TimelineEntry
	life := func(key int, opinion string, spells ...Spell) {
		if opinion == "" && spells[0].Result != absent {
			p.item(key, before, evidence.StatusOK)
		}
		for i := range spells {
			if i > 0 && opinion == "" && spells[i].Code != evidence.RecorderStopped && spells[i-1].Code != evidence.RecorderStopped {
				status := evidence.StatusOK
				if spells[i].Result == absent {
					status = evidence.StatusDeleted
				}
				spells[i].Item = p.item(key, spells[i-1].Until, status)
			}
		}
		lines = append(lines, Life(p.period, p.head(id, key, opinion), spells...)...)
	}
	const off, on = "2026-07-20T06:15:00Z", "2026-07-27T05:40:00Z"
	stopped := Spell{Until: on, Result: unknown, Code: evidence.RecorderStopped}
	changed := &assess.Change{Status: "found", Evidence: []string{p.looked.ID}, Events: []assess.ChangeEvent{
		{ID: "0f6c1c52-5c3e-4a41-9a1e-3f5f0f3f0001", Name: "DisableKeyRotation", Time: time.Date(2026, 8, 11, 13, 58, 7, 0, time.UTC), Principal: "arn:aws:sts::111122223333:assumed-role/Deploy/ci-4711", Source: "kms.amazonaws.com"}}}
	back := &assess.Change{Status: "none", Evidence: []string{p.looked.ID}}
	life(1, "", Spell{Until: off, Result: met}, stopped, Spell{Result: met})
	life(2, "", Spell{Until: off, Result: met}, stopped, Spell{Until: "2026-08-11T14:02:00Z", Result: met}, Spell{Until: "2026-08-14T09:30:00Z", Result: exception, Change: changed}, Spell{Result: met, Change: back})
	life(2, "config-rule cmk-backing-key-rotation-enabled", Spell{Until: "2026-08-12T02:00:00Z", Result: met}, Spell{Until: "2026-08-15T02:00:00Z", Result: exception}, Spell{Result: met})
	life(4, "", Spell{Until: off, Result: met}, stopped, Spell{Until: "2026-09-03T01:00:00Z", Result: met}, Spell{Until: "2026-09-03T06:20:00Z", Result: exception}, Spell{Result: met})
	life(5, "", Spell{Until: "2026-07-06T10:00:00Z", Result: absent, Code: "NotMadeYet"}, Spell{Until: off, Result: met}, stopped, Spell{Until: "2026-09-10T17:00:00Z", Result: met}, Spell{Result: absent, Code: "Deleted"})
	life(7, "", Spell{Until: off, Result: other, Code: "NotSelected"}, stopped, Spell{Until: "2026-09-01T12:00:00Z", Result: other, Code: "NotSelected"}, Spell{Result: met})
	life(8, "", Spell{Until: off, Result: met}, stopped, Spell{Until: "2026-09-22T19:45:00Z", Result: met}, Spell{Result: exception, Change: &assess.Change{Status: "not-asked"}})
	place := assess.TimelineEntry{Test: id, Population: "kms.key", Account: logs, Region: "us-east-1", Evidence: []string{}}
	// Of a place there are unknown intervals alone.
	lines = append(lines, Life(p.period, place, Spell{Until: "2026-07-04T00:00:00Z", Result: unknown, Code: evidence.RecorderUntold}, Spell{Result: absent})[0])

	result := PeriodOf(p.period, 24*time.Hour, lines)
	result.Disagreements = []assess.Disagreement{{Record: keyARN(production, "eu-west-1", 2), Account: production, Region: "eu-west-1", Source: "config-rule", ID: "cmk-backing-key-rotation-enabled",
		From: time.Date(2026, 8, 11, 14, 2, 0, 0, time.UTC), To: time.Date(2026, 8, 12, 2, 0, 0, 0, time.UTC), Ours: exception, Theirs: met, Evidence: []string{p.asked.ID}},
		{Record: keyARN(production, "eu-west-1", 2), Account: production, Region: "eu-west-1", Source: "config-rule", ID: "cmk-backing-key-rotation-enabled",
			From: time.Date(2026, 8, 14, 9, 30, 0, 0, time.UTC), To: time.Date(2026, 8, 15, 2, 0, 0, 0, time.UTC), Ours: met, Theirs: exception, Evidence: []string{p.asked.ID}}}
	t := assess.TestResult{ID: id, Statement: "Every enabled customer managed symmetric key made by KMS rotated at every moment of the period.", Population: "kms.key",
		Where: `it.manager == "CUSTOMER" && it.state == "Enabled"`, Expect: "it.rotation.enabled", Require: "every", IfEmpty: assess.NotApplicable, Over: "period", Tolerance: "24h", Period: result,
		Why: "A setting that was off for a week in mid-quarter is off at no snapshot of the quarter's end.", Result: assess.Exception,
		Reason: "2 of 6 selected resources did not meet it for longer than 24h; 1 shorter exception is tolerated; 7 days of unknown time lie in 6 resources."}
	t.Exceptions, t.Unknowns = Findings(lines, p.asked.Date)
	Count(&t, lines)
	t.Size = len(p.records["kms.key"])
	p.over(t, lines)
}

func (p *pastBuilder) externalStore() {
	const id = "kms-external-key-store-throughout"
	var lines []assess.TimelineEntry
	for _, key := range []int{1, 2} {
		lines = append(lines, Life(p.period, p.head(id, key, ""), Spell{Result: assess.IntervalNotSelected, Code: "NotSelected"})...)
	}
	r := PeriodOf(p.period, 0, lines)
	p.over(assess.TestResult{ID: id, Statement: "Keys in an external key store were reachable at every moment of the period.", Population: "kms.key", Where: `it.origin == "EXTERNAL_KEY_STORE"`,
		Expect: `it.state == "Enabled"`, Require: "every", IfEmpty: assess.NotApplicable, Over: "period", Period: r, Size: len(p.records["kms.key"]), Result: assess.NotApplicable,
		Reason: "No occurrences in the period: none of 2 resources was selected at any moment."}, lines)
}

// over adds a test over the period and its lines. Tests come in the order of their ids.
func (p *pastBuilder) over(t assess.TestResult, lines []assess.TimelineEntry) {
	p.a.Tests = append(p.a.Tests, t)
	w := p.file("timeline.jsonl")
	was := append([]byte(nil), w.Bytes()...)
	w.Reset()
	for _, e := range lines {
		w.Write(append(encode(e), '\n'))
	}
	w.Write(was) // the one that is added later has the smaller id
}
