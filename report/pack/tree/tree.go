// Package tree is the Merkle tree over what a pack holds: a part of the pack can be handed over, with some of its values hidden, and still be
// held against the one root that was signed. This comment is the description of its format, version 1.
//
// The tree does not say that anything is true or that nothing was left out: it says that a text stood in the pack, at its place, when the
// root was made. Nothing here reads files, the clock or the environment.
//
// # Hashing
//
// All trees are those of RFC 6962, section 2.1, over SHA-256: a leaf is SHA-256(0x00 || data), a node SHA-256(0x01 || left || right), the tree of
// nothing SHA-256(""). There are two levels. Each covered file has a tree over its pieces. The tree whose root stands in the manifest has
// the head as its leaf 0, and then a leaf for each covered file, sorted by path. Its size counts these leaves.
//
// # Pieces
//
// Covered are the files ending in .jsonl below evidence/, records/ and history/, timeline.jsonl and gaps.jsonl, whose pieces are their lines;
// assessment.json, whose pieces are its lines too, and those of its frameworks are cut once more before each control; and run.json,
// audit.yaml and frameworks/**.yaml, which are one piece each. A piece has its newline; the pieces of a file, one after the other, are
// the file. The head is one piece: the pack's tool, organization, period and maker as compact JSON.
//
// # Values that can be hidden
//
// Before a piece is hashed, the values in it that somebody may wish to hide are taken out. Which these are follows from the piece's bytes
// and the pack's list of identities (maskable.jsonl) alone. They are found from left to right; where two begin at the same byte the longer
// one counts, and none begins inside another:
//
//	account    a run of exactly 12 ASCII digits
//	id         what is a digest over accounts or names, or holds one, so that it could be guessed: a run of 32, 40, 64, 96 or 128
//	           hexadecimal digits; E- or G- and a run of exactly 16 letters and digits, all of them lower-case hexadecimal digits; a run
//	           of 20 or 21 capital letters and digits that begins with the four letters of an AWS unique id (AKIA, ASIA, AIDA, AROA, AGPA, AIPA,
//	           ANPA, ANVA, APKA, ABIA, ACCA, ASCA): the number of the account can be read from an access key id
//	identity   an identity of the list, in any spelling of Spellings, with no letter or digit before or behind it. One of ASCII letters alone
//	           stands in its own case, all others in any ASCII case
//
// A run is as long as it can be. All that is beyond ASCII counts as a letter. No letter stands before it
// either where a JSON escape (\n, or \u and four digits) or an escape of a URL (% and two digits) does.
// A piece that is not UTF-8 is one value as a whole.
//
// # Leaves
//
// The distinct values of a piece are numbered from 0 in the order in which they first stand in it. The data of its leaf is
//
//	salt[32] || n[4] || commitment[32] of value 0 … n-1 || text
//
// where text is the piece with each value replaced by 0xFF and its number in 4 bytes; 0xFF stands in no UTF-8 text. Numbers are
// big-endian. A commitment is SHA-256(0x02 || salt[32] || value). The leaf of a file in the upper tree is
//
//	data of its path, made like that of a piece || count of its pieces[8] || root of its tree[32]
//
// A salt is SHA-256(secret[32] || file[4] || piece[8] || value[4]), where file is the leaf's number in the upper tree, piece the number of
// the piece in its file from 0, or 2^64-1 for the path, and value the number of the value, or 2^32-1 for the leaf itself. All inputs have one
// length, so no salt follows from another. The secret stands in the pack's file "salt" and in no extract. Who has the whole pack can
// therefore compute every salt, and who has an extract knows those of what was disclosed to them.
package tree

import (
	"crypto/sha256"
	"errors"
	"math/bits"
)

// A Hash is a node of a tree.
type Hash [sha256.Size]byte

// Empty is the tree of nothing.
func Empty() Hash { return sha256.Sum256(nil) }

// LeafHash hashes the data of a leaf.
func LeafHash(data ...[]byte) Hash {
	h := sha256.New()
	h.Write([]byte{0})
	for _, d := range data {
		h.Write(d)
	}
	var out Hash
	h.Sum(out[:0])
	return out
}

func nodeHash(l, r Hash) Hash {
	var b [1 + 2*sha256.Size]byte
	b[0] = 1
	copy(b[1:], l[:])
	copy(b[1+sha256.Size:], r[:])
	return sha256.Sum256(b[:])
}

// A subtree is a root over some leaves side by side. Where one of them is disclosed, proof holds what a reader needs beside the disclosed
// leaves: the roots of the largest subtrees that hold none, from left to right.
type subtree struct {
	hash      Hash
	disclosed bool
	proof     []Hash
}

// join hangs two neighbours under one node.
func join(l, r subtree) subtree {
	out := subtree{hash: nodeHash(l.hash, r.hash), disclosed: l.disclosed || r.disclosed}
	if !out.disclosed {
		return out
	}
	for _, s := range []subtree{l, r} {
		if s.disclosed {
			out.proof = append(out.proof, s.proof...)
		} else {
			out.proof = append(out.proof, s.hash)
		}
	}
	return out
}

// A Builder makes a tree from its leaves, one after the other. Its memory grows with the logarithm of their number, and with the proof.
type Builder struct {
	n     uint64
	stack []subtree // of the complete subtrees, one for each bit that is set in n, the largest first
}

// Add adds the next leaf.
func (b *Builder) Add(leaf Hash, disclosed bool) {
	s := subtree{hash: leaf, disclosed: disclosed}
	for range bits.TrailingZeros64(^b.n) {
		s = join(b.stack[len(b.stack)-1], s)
		b.stack = b.stack[:len(b.stack)-1]
	}
	b.stack = append(b.stack, s)
	b.n++
}

// Size counts the leaves.
func (b *Builder) Size() uint64 { return b.n }

// Root gives the root, and the proof of the disclosed leaves. Where none is disclosed the proof is empty: the root says all.
func (b *Builder) Root() (root Hash, proof []Hash) {
	if b.n == 0 {
		return Empty(), nil
	}
	s := b.stack[len(b.stack)-1]
	for i := len(b.stack) - 2; i >= 0; i-- {
		s = join(b.stack[i], s)
	}
	return s.hash, s.proof
}

// A Disclosed is a leaf that a reader has, by its number.
type Disclosed struct {
	Index uint64
	Hash  Hash
}

// Root computes the root of a tree of n leaves from the disclosed ones, which next gives in the order of their numbers and which end with
// ok false, and the proof. It fails unless each number is there once, in order and below n, and the proof is used up exactly. At least one
// leaf must be disclosed. A proof does not show n: two sizes may give one root. That of the upper tree is signed with its root, and the leaf of a
// file holds that of the file's.
func Root(n uint64, next func() (leaf Disclosed, ok bool, err error), proof []Hash) (Hash, error) {
	r := rebuild{next: next, proof: proof}
	if err := r.advance(); err != nil {
		return Hash{}, err
	}
	if !r.more {
		return Hash{}, errors.New("no leaf is disclosed")
	}
	root, err := r.root(0, n)
	switch {
	case err != nil:
		return Hash{}, err
	case r.more:
		return Hash{}, errors.New("a leaf stands twice, out of order, or behind the last one of its tree")
	case len(r.proof) > 0:
		return Hash{}, errors.New("the proof is longer than the tree needs")
	}
	return root, nil
}

type rebuild struct {
	next  func() (Disclosed, bool, error)
	leaf  Disclosed
	more  bool
	proof []Hash
}

func (r *rebuild) advance() (err error) {
	r.leaf, r.more, err = r.next()
	return err
}

// root is that of the leaves from lo up to hi. It goes no deeper than 64, for a subtree without a disclosed leaf is taken from the proof.
func (r *rebuild) root(lo, hi uint64) (Hash, error) {
	if !r.more || r.leaf.Index < lo || r.leaf.Index >= hi {
		if len(r.proof) == 0 {
			return Hash{}, errors.New("the proof is shorter than the tree needs")
		}
		h := r.proof[0]
		r.proof = r.proof[1:]
		return h, nil
	}
	if hi-lo == 1 {
		h := r.leaf.Hash
		return h, r.advance()
	}
	half := uint64(1) << (bits.Len64(hi-lo-1) - 1)
	l, err := r.root(lo, lo+half)
	if err != nil {
		return Hash{}, err
	}
	right, err := r.root(lo+half, hi)
	if err != nil {
		return Hash{}, err
	}
	return nodeHash(l, right), nil
}
