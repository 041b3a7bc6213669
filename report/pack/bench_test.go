package pack

import (
	"archive/zip"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"testing"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// benchPack makes a folder with about AUDITSEAL_BENCH_MB (64) MiB of evidence in it: answers of about a kilobyte, which deflate to
// a sixth or so, as real ones do.
func benchPack(b *testing.B) (string, int64) {
	b.Helper()
	mb := 64
	if s := os.Getenv("AUDITSEAL_BENCH_MB"); s != "" {
		var err error
		if mb, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	f := newFixture(b, 3)
	dir := f.write(b)
	rnd := rand.New(rand.NewSource(1))
	var total int64
	const files = 64
	for i := range files {
		account := fmt.Sprintf("%012d", i+5)
		name := filepath.Join(dir, filepath.FromSlash(EvidencePath(account, "eu-west-1", "kms")))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			b.Fatal(err)
		}
		w, err := os.Create(name)
		if err != nil {
			b.Fatal(err)
		}
		var n int64
		for k := 0; n < int64(mb)<<20/files; k++ {
			key := fmt.Sprintf("%08x-%04x-%04x-%012x", rnd.Uint32(), rnd.Intn(1<<16), rnd.Intn(1<<16), rnd.Int63n(1<<48))
			body := fmt.Sprintf(`{"KeyMetadata":{"AWSAccountId":"%s","Arn":"arn:aws:kms:eu-west-1:%s:key/%s","CreationDate":%d.%03d,"CustomerMasterKeySpec":"SYMMETRIC_DEFAULT","Description":"%s","Enabled":true,"EncryptionAlgorithms":["SYMMETRIC_DEFAULT"],"KeyId":"%s","KeyManager":"CUSTOMER","KeySpec":"SYMMETRIC_DEFAULT","KeyState":"Enabled","KeyUsage":"ENCRYPT_DECRYPT","MultiRegion":%t,"Origin":"AWS_KMS"}}`,
				account, account, key, 1700000000+rnd.Intn(1e7), rnd.Intn(1000), []string{"", "orders", "payments of the shop", "data lake"}[rnd.Intn(4)], key, rnd.Intn(2) == 0)
			m, err := w.Write(tapeLineOf(b, exchangeOf(account, "eu-west-1", "DescribeKey", `{"KeyId":"`+key+`"}`, body)))
			if err != nil {
				b.Fatal(err)
			}
			n += int64(m)
		}
		total += n
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := Seal(dir, fixtureInfo, fixtureMasking); err != nil {
		b.Fatal(err)
	}
	return dir, total
}

// BenchmarkPack digests and zips a folder, ours and archive/zip side by side. The goal is 0.55 of its time at 1 GB.
func BenchmarkPack(b *testing.B) {
	dir, size := benchPack(b)
	b.Run("auditseal", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			if _, err := Seal(dir, fixtureInfo, fixtureMasking); err != nil {
				b.Fatal(err)
			}
			if err := Zip(dir, filepath.Join(b.TempDir(), "p.zip")); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("archive-zip", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			if err := plainZip(dir, filepath.Join(b.TempDir(), "p.zip")); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func plainZip(dir, out string) error {
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	defer f.Close()
	w := zip.NewWriter(f)
	var names []string
	err = filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			names = append(names, p)
		}
		return err
	})
	if err != nil {
		return err
	}
	sort.Strings(names)
	for _, name := range names {
		in, err := os.Open(name)
		if err != nil {
			return err
		}
		e, err := w.Create(name[len(dir)+1:])
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.MultiWriter(e, sha256.New()), in); err != nil {
			return err
		}
		in.Close()
	}
	return w.Close()
}

// BenchmarkVerify verifies a folder, beside reading and digesting its files on one core and nothing else. The goal is 0.6 of that
// speed for a folder.
func BenchmarkVerify(b *testing.B) {
	dir, size := benchPack(b)
	out := filepath.Join(b.TempDir(), "p.zip")
	if err := Zip(dir, out); err != nil {
		b.Fatal(err)
	}
	for _, path := range []string{dir, out} {
		b.Run(map[bool]string{true: "folder", false: "zip"}[path == dir], func(b *testing.B) {
			b.SetBytes(size)
			for b.Loop() {
				p, err := Open(path)
				if err != nil {
					b.Fatal(err)
				}
				Verify(p, func(Check) {})
				p.Close()
			}
		})
	}
	b.Run("sha256", func(b *testing.B) {
		p, err := Open(dir)
		if err != nil {
			b.Fatal(err)
		}
		defer p.Close()
		b.SetBytes(size)
		buf := make([]byte, 256<<10)
		for b.Loop() {
			for _, name := range p.Names() {
				f, err := p.Open(name)
				if err != nil {
					b.Fatal(err)
				}
				h := sha256.New()
				if _, err := io.CopyBuffer(h, struct{ io.Reader }{f}, buf); err != nil {
					b.Fatal(err)
				}
				f.Close()
				_ = evidence.Digest(h.Sum(nil))
			}
		}
	})
}
