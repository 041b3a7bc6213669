package tape

import "bytes"

// A search looks for any of some words in long texts, in one pass that skips most of them: the way of Wu and Manber with blocks of two bytes.
type search struct {
	words [][]byte
	short int // length of the shortest word: so much of each is looked at
	shift [1 << 16]uint8
}

// searchFrom is how long a text must be for the table to be worth its making.
const searchFrom = 1 << 17

// newSearch makes a search; nil where a word is too short for blocks.
func newSearch(words [][]byte) *search {
	s := &search{words: words, short: 1 << 7}
	for _, w := range words {
		s.short = min(s.short, len(w))
	}
	if len(words) == 0 || s.short < 3 {
		return nil
	}
	for i := range s.shift {
		s.shift[i] = uint8(s.short - 1)
	}
	for _, w := range words {
		for j := 1; j < s.short; j++ {
			block := int(w[j-1])<<8 | int(w[j])
			s.shift[block] = min(s.shift[block], uint8(s.short-1-j))
		}
	}
	return s
}

// in reports whether one of the words stands in the text.
func (s *search) in(text []byte) bool {
	for i := s.short - 1; i < len(text); {
		step := int(s.shift[int(text[i-1])<<8|int(text[i])])
		if step > 0 {
			i += step
			continue
		}
		at := text[i-s.short+1:]
		for _, w := range s.words {
			if bytes.HasPrefix(at, w) {
				return true
			}
		}
		i++
	}
	return false
}
