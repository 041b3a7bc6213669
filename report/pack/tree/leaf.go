package tree

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"hash"
)

// SecretSize is the length of the secret that all salts come from, in bytes.
const SecretSize = 32

// A Secret is what all salts come from. Whoever has it can compute all of them.
type Secret [SecretSize]byte

// A Salt makes a commitment say nothing about what was committed to.
type Salt [32]byte

// PathPiece is the number that stands for a file's path in salts; WholeLeaf the one that stands for the leaf itself.
const (
	PathPiece = 1<<64 - 1
	WholeLeaf = 1<<32 - 1
)

// Salt gives the salt of one value of one piece.
func (s *Secret) Salt(file uint32, piece uint64, value uint32) Salt {
	var b [SecretSize + 16]byte
	copy(b[:], s[:])
	binary.BigEndian.PutUint32(b[SecretSize:], file)
	binary.BigEndian.PutUint64(b[SecretSize+4:], piece)
	binary.BigEndian.PutUint32(b[SecretSize+12:], value)
	return sha256.Sum256(b[:])
}

// Commit is the commitment to a value.
func Commit(salt Salt, value []byte) Hash {
	if len(value) <= 128 {
		b := make([]byte, 0, 1+32+128)
		b = append(append(append(b, 2), salt[:]...), value...)
		return sha256.Sum256(b)
	}
	h := sha256.New()
	h.Write([]byte{2})
	h.Write(salt[:])
	h.Write(value)
	var out Hash
	h.Sum(out[:0])
	return out
}

// A Piece is a text with the values that can be hidden taken out of it.
type Piece struct {
	// Text is the text, with Mark and a number of four bytes for each value.
	Text []byte
	// Values are the distinct values, in the order of their numbers.
	Values [][]byte
	// Classes say, by number, what each value is.
	Classes []Class
}

// Mark begins a placeholder. It stands in no UTF-8 text.
const Mark = 0xFF

// markLen is the length of a placeholder.
const markLen = 5

// A Hasher computes leaves. It is used again for one piece after the other, and by one goroutine at a time.
type Hasher struct {
	finder *Finder
	secret *Secret
	h      hash.Hash
	spans  []Span
	piece  Piece
	head   []byte
	number map[string]uint32
	out    Hash
}

// NewHasher makes a hasher for a pack.
func NewHasher(f *Finder, secret *Secret) *Hasher {
	return &Hasher{finder: f, secret: secret, h: sha256.New(), number: map[string]uint32{}}
}

// Split takes the values out of a piece. What it gives is good until the next call, and shares the piece's memory.
func (h *Hasher) Split(text []byte) *Piece {
	h.spans = h.finder.Find(text, h.spans[:0])
	p := &h.piece
	p.Text, p.Values, p.Classes = p.Text[:0], p.Values[:0], p.Classes[:0]
	if len(h.spans) > few {
		clear(h.number)
	}
	at := 0
	for _, s := range h.spans {
		value := text[s.From:s.To]
		k := h.index(value)
		if k < 0 {
			k = len(p.Values)
			p.Values, p.Classes = append(p.Values, value), append(p.Classes, 0)
			if len(h.spans) > few {
				h.number[string(value)] = uint32(k)
			}
		}
		p.Classes[k] |= s.Class
		p.Text = append(p.Text, text[at:s.From]...)
		p.Text = binary.BigEndian.AppendUint32(append(p.Text, Mark), uint32(k))
		at = s.To
	}
	p.Text = append(p.Text, text[at:]...)
	return p
}

// few is the number of values up to which looking through them is faster than a map.
const few = 16

func (h *Hasher) index(value []byte) int {
	if len(h.spans) > few {
		if k, ok := h.number[string(value)]; ok {
			return int(k)
		}
		return -1
	}
	for k, v := range h.piece.Values {
		if bytes.Equal(v, value) {
			return k
		}
	}
	return -1
}

// Leaf is the hash of a piece.
func (h *Hasher) Leaf(file uint32, piece uint64, text []byte) Hash {
	p := h.Split(text)
	h.head = h.data(h.head[:0], file, piece, p)
	return h.sum(h.head, p.Text)
}

// File is the hash of a file in the upper tree.
func (h *Hasher) File(file uint32, path string, count uint64, root Hash) Hash {
	p := h.Split([]byte(path))
	h.head = h.data(h.head[:0], file, PathPiece, p)
	return h.sum(h.head, p.Text, FileTail(count, root))
}

// FileTail is what follows the path in the leaf of a file.
func FileTail(count uint64, root Hash) []byte {
	return append(binary.BigEndian.AppendUint64(nil, count), root[:]...)
}

// data appends what stands before the text in a leaf.
func (h *Hasher) data(b []byte, file uint32, piece uint64, p *Piece) []byte {
	salt := h.secret.Salt(file, piece, WholeLeaf)
	b = append(b, salt[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(p.Values)))
	for k, v := range p.Values {
		c := Commit(h.secret.Salt(file, piece, uint32(k)), v)
		b = append(b, c[:]...)
	}
	return b
}

func (h *Hasher) sum(parts ...[]byte) Hash {
	h.h.Reset()
	h.h.Write([]byte{0})
	for _, p := range parts {
		h.h.Write(p)
	}
	h.h.Sum(h.out[:0])
	return h.out
}

// DataOf is the leaf's data as a reader of an extract makes it: from the salt, the commitments and the text.
func DataOf(salt Salt, commitments []Hash, text []byte) []byte {
	b := append([]byte(nil), salt[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(commitments)))
	for _, c := range commitments {
		b = append(b, c[:]...)
	}
	return append(b, text...)
}
