package scenario

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A place is one region of one account with the indexes that answering needs. Bulk keys are not in them: they are made
// from their number whenever they are asked for.
type place struct {
	org     *Organization
	account *Account
	region  *Region
	// live are the positions in region.Keys of the keys that exist; byID finds them, gone ones too.
	live []int
	byID map[string]int
}

func newPlace(o *Organization, a *Account, r *Region) *place {
	p := &place{org: o, account: a, region: r, byID: map[string]int{}}
	for i := range r.Keys {
		if r.Keys[i].ID == "" {
			r.Keys[i].ID = uuid("key", a.ID, r.Name, fmt.Sprint(i))
		}
		p.byID[r.Keys[i].ID] = i
		if !r.Keys[i].Gone {
			p.live = append(p.live, i)
		}
	}
	return p
}

func (p *place) keyARN(id string) string {
	return fmt.Sprintf("arn:aws:kms:%s:%s:key/%s", p.region.Name, p.account.ID, id)
}

// keys is the number of keys that KMS lists.
func (p *place) keys() int { return len(p.live) + p.region.BulkKeys }

// keyID is the id of the nth key without making the key.
func (p *place) keyID(n int) string {
	if n < len(p.live) {
		return p.region.Keys[p.live[n]].ID
	}
	return p.bulkID(n - len(p.live))
}

// bulkID carries the key's number in its last twelve digits, so that a key is found without an index.
func (p *place) bulkID(i int) string {
	h := sha256.Sum256(fmt.Appendf(nil, "%s/%s/%d", p.account.ID, p.region.Name, i))
	return fmt.Sprintf("%x-%x-4%03x-8%03x-%012x", h[0:4], h[4:6], uint16(h[6])<<4|uint16(h[7]&15), uint16(h[8])<<4|uint16(h[9]&15), i)
}

// key finds a key that exists by id or ARN.
func (p *place) key(id string) (Key, bool) {
	id = strings.TrimPrefix(id, p.keyARN(""))
	if i, ok := p.byID[id]; ok {
		return p.region.Keys[i], !p.region.Keys[i].Gone
	}
	if len(id) != 36 {
		return Key{}, false
	}
	i, err := strconv.ParseInt(id[24:], 16, 64)
	if err != nil || i >= int64(p.region.BulkKeys) || p.bulkID(int(i)) != id {
		return Key{}, false
	}
	return p.bulkKey(int(i)), true
}

// bulkKey is the ith key of a large region: mostly rotated, every 10th not, every 25th disabled, every 50th RSA, every
// 100th pending deletion.
func (p *place) bulkKey(i int) Key {
	made := p.org.AsOf.AddDate(-2, 0, -(i % 300)).Truncate(24 * time.Hour)
	k := Key{ID: p.bulkID(i), Created: made, Description: fmt.Sprintf("order data, partition %05d", i),
		Rotation: Rotation{Enabled: true, Days: 365, Next: made.AddDate(3, 0, 0)},
		Tags:     []Tag{{"team", "orders"}, {"partition", fmt.Sprint(i)}}}
	switch {
	case i%100 == 99:
		k.State, k.Deletion, k.Rotation = "PendingDeletion", p.org.AsOf.AddDate(0, 0, 20), Rotation{}
	case i%50 == 49:
		k.Spec, k.Usage, k.Rotation = "RSA_2048", "SIGN_VERIFY", Rotation{}
	case i%25 == 24:
		k.State = "Disabled"
	case i%10 == 9:
		k.Rotation = Rotation{}
	}
	return k
}
