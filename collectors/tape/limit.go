package tape

import (
	"cmp"
	"context"
	"math"
	"sync"

	"golang.org/x/time/rate"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// unpublished is the rate, in requests a second, for operations whose limit AWS does not publish.
const unpublished = 5

// Limits holds the token buckets that all workers share. AWS counts its limits over every caller of an account, so only a
// share of each published rate is used.
type Limits struct {
	// Share of the published rate, 0 < Share <= 1. Zero means no limit at all, for benchmarks on a server of one's own.
	Share float64
	// Shards is how many processes ask at once, each in accounts of its own. Rates that AWS counts over the whole organization are divided
	// by it. 0 is one.
	Shards int

	// gate holds a place for each exchange that is open at once; those that wait for their turn hold none.
	gate chan struct{}

	mu      sync.Mutex
	buckets map[bucket]*rate.Limiter
}

// open is how many exchanges are open at once. Each may hold an answer of some megabytes, and a socket.
const open = 64

type bucket struct{ account, region, service, name string }

// NewLimits makes limits that use share of each published rate.
func NewLimits(share float64) *Limits {
	return &Limits{Share: share, gate: make(chan struct{}, open), buckets: map[bucket]*rate.Limiter{}}
}

// enter blocks until there is a place for one more open exchange; the function that it gives frees the place.
func (l *Limits) enter(ctx context.Context) (leave func(), err error) {
	if l == nil || l.gate == nil {
		return func() {}, nil
	}
	select {
	case l.gate <- struct{}{}:
		return func() { <-l.gate }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// wait blocks until the operation may be asked in the account and region.
func (l *Limits) wait(ctx context.Context, account, region string, op evidence.Operation) error {
	if l == nil || l.Share <= 0 {
		return nil
	}
	return l.bucket(account, region, op).Wait(ctx)
}

func (l *Limits) bucket(account, region string, op evidence.Operation) *rate.Limiter {
	b := bucket{account, region, op.Service, op.Name}
	if op.Pool != "" {
		b = bucket{account, region, "", op.Pool}
		if op.Organization {
			b = bucket{name: op.Pool}
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	lim := l.buckets[b]
	if lim == nil {
		share := l.Share
		if op.Organization {
			share /= float64(max(l.Shards, 1))
		}
		lim = rate.NewLimiter(rate.Limit(Rate(op, share)), burst(op, share))
		l.buckets[b] = lim
	}
	return lim
}

// Rate is the rate that is used of an operation at the given share, in requests a second.
func Rate(op evidence.Operation, share float64) float64 {
	if op.Rate == 0 {
		return cmp.Or(op.Pace, unpublished)
	}
	return op.Rate * share
}

func burst(op evidence.Operation, share float64) int {
	n := float64(op.Burst)
	if n == 0 {
		n = Rate(op, 1)
	}
	return max(1, int(math.Floor(n*share)))
}
