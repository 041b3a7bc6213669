package tape

import (
	"bytes"
	"math/rand"
	"testing"
)

// A search finds what looking for each word finds.
func TestSearch(t *testing.T) {
	random := rand.New(rand.NewSource(7))
	letters := []byte("abcA\"\\u:")
	text := func(n int) []byte {
		out := make([]byte, n)
		for i := range out {
			out[i] = letters[random.Intn(len(letters))]
		}
		return out
	}
	found := 0
	for range 20000 {
		var words [][]byte
		for range 1 + random.Intn(4) {
			words = append(words, text(3+random.Intn(2)))
		}
		body := text(random.Intn(300))
		want := false
		for _, w := range words {
			want = want || bytes.Contains(body, w)
		}
		if want {
			found++
		}
		if got := newSearch(words).in(body); got != want {
			t.Fatalf("%q in %q: %t", words, body, got)
		}
	}
	if found < 1000 || found > 19000 {
		t.Errorf("%d of 20000 had a word in them: this tests nothing", found)
	}
	if newSearch([][]byte{[]byte("ab"), []byte("long")}) != nil || newSearch(nil) != nil {
		t.Error("words that are too short for the search are not refused")
	}
}
