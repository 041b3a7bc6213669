package scenario

import "time"

// Small organizations for tests about time: one account with one region and one bucket, whose own public access block was off for exactly three
// days in the middle of the quarter. The functions say what else there is to each.
const (
	FixtureAccount = "111122223333"
	FixtureRegion  = ireland
	FixtureBucket  = "example-fixture-" + FixtureAccount
)

// The block was off from FixtureOff to FixtureOn.
var (
	FixtureOff = day(2026, 8, 11).Add(9 * time.Hour)
	FixtureOn  = FixtureOff.AddDate(0, 0, 3)
)

// FixtureBlockOff has AWS Config's verdicts beside its items.
func FixtureBlockOff() *Organization {
	made := day(2025, 2, 3).Add(10 * time.Hour)
	b := Bucket{Name: FixtureBucket, Region: ireland, Created: made, Block: allBlocked(), Versioning: "Enabled", Policy: policyOf(tlsStatement(FixtureBucket)),
		History: []BucketChange{{At: FixtureOff, Set: func(b *Bucket) { b.Block = &PublicBlock{} }}, {At: FixtureOn}}}
	r := &Region{Name: ireland, Recorder: &Recorder{Started: day(2024, 5, 6).Add(8 * time.Hour), Global: true}, Delivery: &Delivery{Bucket: "example-fixture-config", Last: Now.Add(-2 * time.Hour)}, RetentionDays: 2557,
		Rules: []Rule{{Name: blockRule, Owner: "AWS", Identifier: "S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED", Types: []string{bucketType}, Activated: day(2024, 5, 7), Evaluated: Now.Add(-5 * time.Hour),
			Results: []Result{{Type: bucketType, ID: FixtureBucket, Compliance: "COMPLIANT", Recorded: Now.Add(-6 * time.Hour)}}}}}
	return &Organization{Name: "Example Fixture", ID: "o-exf1xture0", Management: FixtureAccount, AsOf: Now,
		Accounts: []*Account{{ID: FixtureAccount, Name: "example-fixture", Regions: []*Region{r}, S3: &S3{Buckets: []Bucket{b}}}}}
}

// fixture changes the region and the bucket of FixtureBlockOff.
func fixture(change func(*Region, *Bucket)) *Organization {
	o := FixtureBlockOff()
	change(o.Accounts[0].Regions[0], &o.Accounts[0].S3.Buckets[0])
	return o
}

// FixtureUnjudged has a recorder that does not record AWS Config's verdicts.
func FixtureUnjudged() *Organization {
	return fixture(func(r *Region, _ *Bucket) { r.Recorder.Excluded = []string{complianceType} })
}

// FixtureStoppedApart has a recorder that was off for a week in September, long after the block was on again.
func FixtureStoppedApart() *Organization { return fixtureStopped(day(2026, 9, 7).Add(6 * time.Hour)) }

// FixtureStoppedWithin has a recorder that was off for a week which began a day after the block was switched off: that it was on again was seen
// when the recorder was.
func FixtureStoppedWithin() *Organization { return fixtureStopped(FixtureOff.AddDate(0, 0, 1)) }

// FixtureStoppedAround has a recorder that was off for a week, from two days before the block was switched off to two days after it was on again.
// It saw nothing of it.
func FixtureStoppedAround() *Organization { return fixtureStopped(FixtureOff.AddDate(0, 0, -2)) }

func fixtureStopped(from time.Time) *Organization {
	return fixture(func(r *Region, _ *Bucket) { r.Recorder.Off = []Span{{from, from.AddDate(0, 0, 7)}} })
}

// FixtureDaily has a recorder that records once a day.
func FixtureDaily() *Organization {
	return fixture(func(r *Region, _ *Bucket) { r.Recorder.Frequency = "DAILY" })
}

// FixtureExcluded has a recorder that records no buckets.
func FixtureExcluded() *Organization {
	return fixture(func(r *Region, _ *Bucket) { r.Recorder.Excluded = []string{bucketType} })
}

// FixtureRetention keeps items for thirty days.
func FixtureRetention() *Organization {
	return fixture(func(r *Region, _ *Bucket) { r.RetentionDays = 30 })
}

// FixtureMade has a bucket that was made ten days before its block was switched off.
func FixtureMade() *Organization {
	return fixture(func(_ *Region, b *Bucket) { b.Created = FixtureOff.AddDate(0, 0, -10) })
}

// FixtureDeleted has a bucket that was deleted ten days after its block was on again.
func FixtureDeleted() *Organization {
	return fixture(func(_ *Region, b *Bucket) {
		b.Gone, b.History = true, append(b.History, BucketChange{At: FixtureOn.AddDate(0, 0, 10), Deleted: true})
	})
}

// FixtureNotRecorded has a bucket of which AWS Config did not record the configuration in the three days: it saw that it was there.
func FixtureNotRecorded() *Organization {
	return fixture(func(_ *Region, b *Bucket) { b.History[0] = BucketChange{At: FixtureOff, Status: "ResourceNotRecorded"} })
}
