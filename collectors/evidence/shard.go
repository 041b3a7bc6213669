package evidence

import (
	"crypto/sha256"
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// MaxShards is into how many shards a scope may be divided: as many as an AWS Batch array job has children at most.
const MaxShards = 10000

// A Shard is the part of a scope's accounts that one process collects: shard Index of Of, counted from 1. Which account is in which shard
// hangs on the account's id and on Of alone, so that an account that joins an organization moves no other.
type Shard struct {
	Index int `json:"index"`
	Of    int `json:"of"`
}

// ParseShard reads I/N: 1/4 is the first of four.
func ParseShard(text string) (Shard, error) {
	i, n, ok := strings.Cut(text, "/")
	var s Shard
	var e1, e2 error
	s.Index, e1 = strconv.Atoi(i)
	s.Of, e2 = strconv.Atoi(n)
	if !ok || e1 != nil || e2 != nil || s.Check() != nil || s.flag() != text {
		return Shard{}, fmt.Errorf("%q is not a shard: write I/N, I counted from 1 and N up to %d, such as 1/4 and 4/4", text, MaxShards)
	}
	return s, nil
}

// Check reports what makes it no shard.
func (s Shard) Check() error {
	if s.Of < 1 || s.Of > MaxShards || s.Index < 1 || s.Index > s.Of {
		return fmt.Errorf("shard %d of %d: N is from 1 to %d, and I from 1 to N", s.Index, s.Of, MaxShards)
	}
	return nil
}

func (s Shard) flag() string { return fmt.Sprintf("%d/%d", s.Index, s.Of) }

// String is the form for people: shard 1 of 4.
func (s Shard) String() string { return fmt.Sprintf("shard %d of %d", s.Index, s.Of) }

// Folder is the name of the shard's folder: 01-of-12. Names sort by index.
func (s Shard) Folder() string {
	n := strconv.Itoa(s.Of)
	return fmt.Sprintf("%0*d-of-%s", len(n), s.Index, n)
}

// Holds reports whether the account is in the shard.
func (s Shard) Holds(account string) bool { return ShardOf(account, s.Of) == s.Index }

// Accounts gives those of all that the shard holds, in their order.
func (s Shard) Accounts(all []string) []string {
	out := []string{}
	for _, a := range all {
		if s.Holds(a) {
			out = append(out, a)
		}
	}
	return out
}

// ShardOf is the shard of an account where there are n: the SHA-256 of its id, as a number, modulo n, plus 1.
func ShardOf(account string, n int) int {
	h := sha256.Sum256([]byte(account))
	return int(new(big.Int).Mod(new(big.Int).SetBytes(h[:]), big.NewInt(int64(n))).Int64()) + 1
}
