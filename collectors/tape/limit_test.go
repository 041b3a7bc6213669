package tape

import (
	"testing"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// Shards that ask at once share what AWS counts over the whole organization. What it counts in an account is one shard's alone.
func TestShardsShareTheRatesOfTheOrganization(t *testing.T) {
	whole := evidence.Operation{Service: "sso", Name: "ListInstances", Rate: 20, Pool: "sso", Organization: true}
	account := evidence.Operation{Service: "kms", Name: "ListKeys", Rate: 500}
	for shards, want := range map[int]float64{0: 10, 1: 10, 4: 2.5, 1000: 0.01} {
		l := NewLimits(0.5)
		l.Shards = shards
		b := l.bucket("111122223333", "eu-west-1", whole)
		if got := float64(b.Limit()); got != want || b.Burst() < 1 || b.Burst() > max(1, int(want)) {
			t.Errorf("%d shards: %v a second, %d at once, want %v", shards, got, b.Burst(), want)
		}
		if got := float64(l.bucket("111122223333", "eu-west-1", account).Limit()); got != 250 {
			t.Errorf("%d shards: %v a second in an account, want 250", shards, got)
		}
	}
}
