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

// Rates are the rates AWS publishes for the operations modelled here, by "service:Operation" or "service:*". Where AWS
// publishes none there is no limit.
var Rates = map[string]Rate{
	"kms:ListKeys": {500, 500, "", false}, "kms:DescribeKey": {2000, 2000, "", false},
	"kms:GetKeyRotationStatus": {1000, 1000, "", false}, "kms:ListKeyRotations": {100, 100, "", false},
	"kms:GetKeyPolicy": {1000, 1000, "", false}, "kms:ListGrants": {100, 100, "", false},
	"kms:ListAliases": {500, 500, "", false}, "kms:ListResourceTags": {2000, 2000, "", false},
	"kms:DescribeCustomKeyStores": {5, 5, "", false},
	"securityhub:GetFindings":     {3, 6, "", false}, "securityhub:*": {10, 30, "", false},
	"sso:*": {20, 20, "sso", true}, "identitystore:*": {20, 20, "identitystore", true},
}

type bucket struct {
	tokens float64
	last   time.Time
}

// take takes a token from the operation's bucket and reports whether there was one.
func (s *Server) take(q *query) bool {
	r, ok := Rates[q.Service+":"+q.Operation]
	if !ok {
		if r, ok = Rates[q.Service+":*"]; !ok {
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
