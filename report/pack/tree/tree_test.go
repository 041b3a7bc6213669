package tree

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// The reference tree of the Certificate Transparency project, which RFC 6962 implementations share.
func TestRFC6962(t *testing.T) {
	leaves := []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"}
	roots := []string{
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	}
	var b Builder
	for n := 0; ; n++ {
		if root, _ := b.Root(); hex.EncodeToString(root[:]) != roots[n] {
			t.Errorf("%d leaves: root %x, want %s", n, root, roots[n])
		}
		if n == len(leaves) {
			return
		}
		data, err := hex.DecodeString(leaves[n])
		if err != nil {
			t.Fatal(err)
		}
		b.Add(LeafHash(data), false)
	}
}

// plainRoot is section 2.1 of the RFC, as it is written there.
func plainRoot(d []Hash) Hash {
	switch len(d) {
	case 0:
		return Empty()
	case 1:
		return d[0]
	}
	k := 1
	for k*2 < len(d) {
		k *= 2
	}
	return nodeHash(plainRoot(d[:k]), plainRoot(d[k:]))
}

func disclosing(list []Disclosed) func() (Disclosed, bool, error) {
	return func() (d Disclosed, ok bool, err error) {
		if len(list) == 0 {
			return d, false, nil
		}
		d, list = list[0], list[1:]
		return d, true, nil
	}
}

func TestAnyLeavesLeadToTheRoot(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		n := 1 + r.IntN(70)
		var b Builder
		var all []Hash
		var some []Disclosed
		for i := range n {
			h := LeafHash(fmt.Append(nil, i))
			d := r.IntN(4) == 0 || i == n/2
			all = append(all, h)
			b.Add(h, d)
			if d {
				some = append(some, Disclosed{uint64(i), h})
			}
		}
		want := plainRoot(all)
		root, proof := b.Root()
		if root != want {
			t.Fatalf("%d leaves: the builder differs from the RFC", n)
		}
		got, err := Root(uint64(n), disclosing(some), proof)
		if err != nil || got != want {
			t.Fatalf("%d leaves, %d disclosed: %x, %v", n, len(some), got, err)
		}
		wrong := func(what string, n uint64, list []Disclosed, proof []Hash) {
			t.Helper()
			if got, err := Root(n, disclosing(list), proof); err == nil && got == want {
				t.Fatalf("%d leaves: %s leads to the root too", n, what)
			}
		}
		wrong("a longer proof", uint64(n), some, append(slices.Clone(proof), Hash{}))
		if len(proof) > 0 {
			wrong("a shorter proof", uint64(n), some, proof[1:])
			k := r.IntN(len(proof))
			other := slices.Clone(proof)
			other[k][r.IntN(32)] ^= 1 << r.IntN(8)
			wrong("another proof", uint64(n), some, other)
			if len(proof) > 1 {
				slices.Reverse(other)
				wrong("a proof in another order", uint64(n), some, other)
			}
		}
		k := r.IntN(len(some))
		wrong("a leaf twice", uint64(n), slices.Insert(slices.Clone(some), k, some[k]), proof)
		moved := slices.Clone(some)
		moved[k].Index++
		wrong("a leaf at another place", uint64(n), moved, proof)
		if len(some) > 1 {
			turned := slices.Clone(some)
			slices.Reverse(turned)
			wrong("leaves in another order", uint64(n), turned, proof)
			wrong("a leaf less", uint64(n), slices.Delete(slices.Clone(some), k, k+1), proof)
		}
	}
	if _, err := Root(5, disclosing(nil), []Hash{{}}); err == nil {
		t.Error("a proof of nothing is no proof")
	}
	if _, err := Root(1<<63, disclosing([]Disclosed{{1 << 62, Hash{}}}), nil); err == nil {
		t.Error("a huge tree without a proof")
	}
}
