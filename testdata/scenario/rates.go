package scenario

import "time"

// A Rate is a published limit: PerSecond steadily, Burst at once.
type Rate struct {
	PerSecond float64
	Burst     float64
	// Pool is shared by the operations that name it; Organization counts it once for all accounts.
	Pool         string
	Organization bool
}

type bucket struct {
	tokens float64
	last   time.Time
}

// take takes a token from the operation's bucket and reports whether there was one.
func (s *Server) take(q *query) bool {
	r, ok := q.service.rates[q.Operation]
	if !ok {
		if r, ok = q.service.rates["*"]; !ok {
			return true
		}
	}
	key := q.Service + ":" + q.Operation
	if r.Pool != "" {
		key = r.Pool
	}
	if !r.Organization {
		key = q.Account + "/" + q.Region + "/" + key
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	b := s.buckets[key]
	if b == nil {
		b = &bucket{tokens: r.Burst, last: now}
		s.buckets[key] = b
	}
	b.tokens = min(r.Burst, b.tokens+now.Sub(b.last).Seconds()*r.PerSecond)
	b.last = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
