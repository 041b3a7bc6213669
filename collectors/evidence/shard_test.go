package evidence_test

import (
	"fmt"
	"math/rand"
	"slices"
	"testing"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// Shards that were collected by one release are merged by another: an account never moves. The numbers are those of
// int(hashlib.sha256(account).hexdigest(), 16) % n + 1 in Python.
func TestAnAccountNeverMoves(t *testing.T) {
	for account, want := range map[string][]int{
		"012345678901": {1, 1, 2, 1, 2, 5, 7, 5},
		"111122223333": {1, 1, 2, 3, 5, 5, 7, 3},
		"444455556666": {1, 2, 2, 2, 5, 2, 3, 6},
		"777788889999": {1, 2, 2, 2, 4, 2, 2, 2},
	} {
		for i, w := range want {
			if got := evidence.ShardOf(account, i+1); got != w {
				t.Errorf("account %s of %d shards is in %d, want %d", account, i+1, got, w)
			}
		}
	}
}

// Every account is in one shard, whatever the others are, and shards are about as large as each other.
func TestShardsPartitionTheAccounts(t *testing.T) {
	random := rand.New(rand.NewSource(3))
	for range 200 {
		n := 1 + random.Intn(40)
		var all []string
		for range random.Intn(400) {
			all = append(all, fmt.Sprintf("%012d", random.Int63n(1e12)))
		}
		slices.Sort(all)
		all = slices.Compact(all)
		var union []string
		for i := 1; i <= n; i++ {
			s := evidence.Shard{Index: i, Of: n}
			held := s.Accounts(all)
			for _, a := range held {
				if !s.Holds(a) || evidence.ShardOf(a, n) != i {
					t.Fatalf("%s and account %s", s, a)
				}
			}
			if len(held) > 3*len(all)/n+20 {
				t.Errorf("%s holds %d of %d accounts", s, len(held), len(all))
			}
			union = append(union, held...)
		}
		slices.Sort(union)
		if !slices.Equal(union, all) {
			t.Fatalf("%d shards hold %d of %d accounts", n, len(union), len(all))
		}
	}
}

func TestParseShard(t *testing.T) {
	for text, want := range map[string]evidence.Shard{"1/1": {Index: 1, Of: 1}, "4/12": {Index: 4, Of: 12}, "10000/10000": {Index: 10000, Of: 10000}} {
		if got, err := evidence.ParseShard(text); err != nil || got != want {
			t.Errorf("%s: %v %v", text, got, err)
		}
	}
	for _, text := range []string{"", "/", "1", "0/4", "5/4", "-1/4", "1/0", "01/4", "+1/4", " 1/4", "1/4/4", "1/10001", "1/99999999999999999999", "a/b"} {
		if s, err := evidence.ParseShard(text); err == nil {
			t.Errorf("%q is %s", text, s)
		}
	}
	if got := (evidence.Shard{Index: 3, Of: 12}).Folder(); got != "03-of-12" {
		t.Error(got)
	}
}
