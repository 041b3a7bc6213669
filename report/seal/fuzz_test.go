package seal_test

import (
	"bytes"
	"context"
	"maps"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/auditseal/auditseal/report/pack"
	"github.com/auditseal/auditseal/report/seal"
)

// Whatever stands below seal/, verifying ends, and takes nothing but what was sealed.
func FuzzVerify(f *testing.F) {
	tsa, a := startTSA(f)
	k := keys(f)["ecdsa-p256-sha256"]
	dir := closed(f)
	in := input(k, a)
	in.KMS, in.Exchanges = kmsInput(f, k)
	if _, err := seal.Write(context.Background(), dir, in); err != nil {
		f.Fatal(err)
	}
	files, o := load(f, dir), seal.Options{Keys: []*seal.PublicKey{publicOf(f, k)}, Roots: tsa.Root.Pool()}
	env, tok, told := files[seal.StatementPath].Data, files[seal.TokenPath].Data, files[seal.KeyPath].Data
	f.Add(env, tok, told)
	f.Add(env[:len(env)/2], tok[:len(tok)/2], told[:len(told)/2])
	f.Add([]byte("{}\n"), []byte{0x30, 0x80, 0, 0}, []byte("\n"))
	f.Add(env, append([]byte{0x30, 0x82, 0xff, 0xff}, bytes.Repeat([]byte{0x30, 0x80}, 1<<14)...), told)
	f.Fuzz(func(t *testing.T, e, k, x []byte) {
		files := maps.Clone(files)
		for name, b := range map[string][]byte{seal.StatementPath: e, seal.TokenPath: k, seal.KeyPath: x} {
			files[name] = &fstest.MapFile{Data: b}
		}
		began := time.Now()
		v, _ := verify(files, o)
		same := bytes.Equal(e, env) && bytes.Equal(k, tok) && bytes.Equal(x, told)
		if (v.Failed == 0) != same {
			t.Errorf("%d faults found", v.Failed)
		}
		if d := time.Since(began); d > 5*time.Second {
			t.Errorf("it took %s", d)
		}
		seal.VerifyStatement(e, k, seal.Options{}, func(pack.Check) {})
	})
}

// A token that nests without end is refused before anything follows it.
func TestDeepToken(t *testing.T) {
	deep := []byte{5, 0}
	for len(deep) < 20<<10 {
		n := len(deep)
		deep = append([]byte{0x30, 0x82, byte(n >> 8), byte(n)}, deep...)
		if n < 256 {
			deep = append([]byte{0x30, 0x81, byte(n)}, deep[4:]...)
		}
		if n < 128 {
			deep = append([]byte{0x30, byte(n)}, deep[3:]...)
		}
	}
	n := len(deep) + 5
	answer := append([]byte{0x30, 0x82, byte(n >> 8), byte(n), 0x30, 3, 2, 1, 0}, deep...)
	began := time.Now()
	if _, err := seal.VerifyToken(answer, data, nil); err == nil || !strings.Contains(err.Error(), "not DER as a timestamp has it") || time.Since(began) > time.Second {
		t.Errorf("%v after %s", err, time.Since(began))
	}
}
