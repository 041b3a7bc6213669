//go:build unix

package pack_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/auditseal/auditseal/report/pack"
	"github.com/auditseal/auditseal/report/seal"
	"github.com/auditseal/auditseal/report/seal/sealtest"
)

// singleChanges is how many changes TestSingleChanges makes.
const singleChanges = 10_000

// A base is the pack that is changed, signed and timestamped, and what its verifier has.
type base struct {
	dir     string
	files   map[string][]byte
	names   []string // of files, sorted
	zip     []byte
	entries []entry
	bomb    []byte // deflated
	options seal.Options
}

func newBase(t testing.TB) *base {
	t.Helper()
	dir := pack.SealedFixture(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tsa, err := sealtest.Start(crand.Reader, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer tsa.Close()
	a := &seal.Authority{URLs: []string{tsa.URL}, Roots: tsa.Root.Pool(), Now: time.Now, Random: crand.Reader}
	if _, err := seal.Write(context.Background(), dir, seal.Input{Tool: pack.FixtureInfo().Tool, Key: key, Authority: a, Random: crand.Reader}); err != nil {
		t.Fatal(err)
	}
	public, err := seal.NewPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	b := &base{dir: dir, files: map[string][]byte{}, options: seal.Options{Keys: []*seal.PublicKey{public}, Roots: tsa.Root.Pool()}}
	p, err := pack.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	b.names = p.Names()
	for _, name := range b.names {
		if b.files[name], err = fs.ReadFile(p, name); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(t.TempDir(), "p.zip")
	if err := pack.Zip(dir, out); err != nil {
		t.Fatal(err)
	}
	if b.zip, err = os.ReadFile(out); err != nil {
		t.Fatal(err)
	}
	b.entries = entriesOf(t, b.zip)
	b.bomb = deflatedFrom(io.LimitReader(zeros{}, 300<<20))
	return b
}

// found says how a change was found: "refused", or the first check that failed; nothing where it was not.
func (b *base) found(p *pack.Pack, err error) (string, string) {
	if err != nil {
		return "refused", err.Error()
	}
	defer p.Close()
	var first pack.Check
	each := func(c pack.Check) {
		if !c.OK && first.Name == "" {
			first = c
		}
	}
	v := pack.Verify(p, each)
	s := seal.Verify(p, b.options, each)
	if v.Failed+s.Failed == 0 {
		return "", ""
	}
	return first.Name, first.Path + ": " + first.Detail
}

// Every single change to a sealed pack is found, whatever it is: 10,000 of them, on the folder and on its ZIP. AUDITSEAL_SEED sets another seed,
// and AUDITSEAL_CHANGE makes one change alone.
func TestSingleChanges(t *testing.T) {
	seed, one := uint64(5), -1
	for name, set := range map[string]func(uint64){"AUDITSEAL_SEED": func(n uint64) { seed = n }, "AUDITSEAL_CHANGE": func(n uint64) { one = int(n) }} {
		if s := os.Getenv(name); s != "" {
			n, err := strconv.ParseUint(s, 10, 62)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			set(n)
		}
	}
	t.Logf("AUDITSEAL_SEED=%d", seed)
	b := newBase(t)
	for _, path := range []string{b.dir, ""} {
		open := func() (*pack.Pack, error) { return pack.Open(path) }
		if path == "" {
			open = func() (*pack.Pack, error) { return pack.OpenBytes(b.zip) }
		}
		if how, what := b.found(open()); how != "" {
			t.Fatalf("the pack as it was made: %s: %s", how, what)
		}
	}
	total := singleChanges
	if testing.Short() {
		total /= 20
	}
	all := kinds()
	type tally struct {
		made int
		how  map[string]int
		say  string // what was said of one
	}
	tallies := make([]tally, len(all))
	for i := range tallies {
		tallies[i].how = map[string]int{}
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	jobs := make(chan int)
	// What other tests of this process left is none of ours.
	runtime.GC()
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	most := uint64(0)
	for range min(2, runtime.GOMAXPROCS(0)) {
		dir := b.copy(t)
		wg.Go(func() {
			for i := range jobs {
				k := i % len(all)
				how, say := b.try(t, dir, all[k], rand.New(rand.NewPCG(seed, uint64(i))))
				if how == "" {
					t.Errorf("AUDITSEAL_SEED=%d AUDITSEAL_CHANGE=%d: %s: %s and nothing said so", seed, i, all[k].name, say)
				}
				mu.Lock()
				metrics.Read(heap)
				most = max(most, heap[0].Value.Uint64())
				tallies[k].made++
				tallies[k].how[how]++
				tallies[k].say = say
				mu.Unlock()
			}
		})
	}
	if one >= 0 {
		jobs <- one
	} else {
		for i := range total {
			jobs <- i
		}
	}
	close(jobs)
	wg.Wait()
	if limit := uint64(160 << 20); most > limit {
		t.Errorf("the heap grew to %d bytes, above %d", most, limit)
	}
	made := 0
	for i, k := range all {
		var how []string
		for h, n := range tallies[i].how {
			how = append(how, fmt.Sprintf("%s %d", cmp.Or(h, "NOT FOUND"), n))
		}
		slices.Sort(how)
		made += tallies[i].made
		t.Logf("%-34s %4d  %s\n\t\t%.200s", k.name, tallies[i].made, strings.Join(how, ", "), tallies[i].say)
		if one < 0 && tallies[i].made < total/len(all) {
			t.Errorf("%s was made %d times", k.name, tallies[i].made)
		}
	}
	t.Logf("%d changes of %d kinds; the heap had at most %d MiB", made, len(all), most>>20)
}

// copy writes the files to a folder of one worker's own.
func (b *base) copy(t testing.TB) string {
	dir := t.TempDir()
	for name, content := range b.files {
		if err := writeFile(dir, name, content); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func writeFile(dir, name string, content []byte) error {
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}

// try makes one change, and says how it was found, and what was said or done.
func (b *base) try(t testing.TB, dir string, k kind, rnd *rand.Rand) (how, say string) {
	defer func() {
		if r := recover(); r != nil {
			how, say = "", fmt.Sprintf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	if k.archive != nil {
		changed := k.archive(b, rnd)
		for n := 0; bytes.Equal(changed, b.zip); n++ {
			if n > 1000 {
				return "", "no change came about"
			}
			changed = k.archive(b, rnd)
		}
		how, said := b.found(pack.OpenBytes(changed))
		return how, cmp.Or(said, "an archive was changed")
	}
	c := k.files(b, rnd)
	for n := 0; c.nothing(b); n++ {
		if n > 1000 {
			return "", "no change came about"
		}
		c = k.files(b, rnd)
	}
	done := "changed " + strings.Join(c.names(), ", ")
	if c.special == nil && rnd.IntN(2) == 0 {
		how, said := b.found(pack.OpenBytes(b.rezip(c)))
		return how, cmp.Or(said, done+" in the ZIP")
	}
	defer func() {
		if err := c.undo(b, dir); err != nil {
			t.Error(err)
		}
	}()
	if err := c.apply(dir); err != nil {
		t.Error(err)
	}
	p, err := pack.Open(dir)
	how, said := b.found(p, err)
	return how, cmp.Or(said, done+" in the folder")
}
