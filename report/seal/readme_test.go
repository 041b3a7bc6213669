package seal_test

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/report/pack"
	"github.com/auditseal/auditseal/report/reporttest"
	"github.com/auditseal/auditseal/report/seal"
)

// signed makes a pack with contents, signed as a run signs it.
func signed(t *testing.T, k crypto.Signer, a *seal.Authority, without string, kms bool) (dir string, id evidence.Digest) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "pack")
	if err := os.CopyFS(dir, reporttest.Pack()); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string]string{pack.AuditPath: "organization: Example Corp\n", "frameworks/own.yaml": "framework: own\n"} {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(b), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	sealWith(t, dir, k, a, without, kms, &id)
	return dir, id
}

func sealWith(t *testing.T, dir string, k crypto.Signer, a *seal.Authority, without string, kms bool, id *evidence.Digest) {
	t.Helper()
	p, in := publicOf(t, k), input(k, a)
	in.Without = without
	info := pack.Info{Tool: "auditseal 0.1.0", Organization: "Example Corp", Period: quarter(), Signing: &pack.Signing{KeyID: p.ID, Algorithm: p.Algorithm, Without: without}}
	if kms {
		in.KMS, in.Exchanges = kmsInput(t, k)
		info.Signing.KMS = in.KMS.ARN
	}
	var err error
	if *id, err = pack.Seal(dir, info, pack.Masking{Salt: make([]byte, 32)}); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Write(context.Background(), dir, in); err != nil {
		t.Fatal(err)
	}
}

// recipe takes the commands for Linux out of README.txt as printed. A line that ends with a pipe goes on with the next.
func recipe(t *testing.T, readme []byte) []string {
	t.Helper()
	_, rest, ok := strings.Cut(string(readme), "\nLinux and macOS, in this folder")
	part, _, ok2 := strings.Cut(rest, "\nWindows, in PowerShell")
	if !ok || !ok2 {
		t.Fatal("README.txt has no part for Linux")
	}
	var out []string
	open := false
	for line := range strings.Lines(part) {
		command, ok := strings.CutPrefix(line, "       ")
		if !ok {
			continue
		}
		if open {
			out[len(out)-1] += command
		} else {
			out = append(out, command)
		}
		open = strings.HasSuffix(strings.TrimSpace(command), "|")
	}
	return out
}

// said is what each command of the recipe printed; failed says which ended with an error.
func perform(t *testing.T, dir string, commands []string) (said []string, failed map[int]bool) {
	t.Helper()
	failed = map[int]bool{}
	for i, c := range commands {
		cmd := exec.Command("sh", "-c", c)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		said, failed[i] = append(said, string(out)), err != nil
	}
	return said, failed
}

// The recipe in README.txt, run as printed: it takes a good pack, and each step finds what it is there to find.
func TestRecipe(t *testing.T) {
	openssl(t)
	tsa, a := startTSA(t)
	_, b := startTSA(t) // a stranger
	for name, k := range keys(t) {
		t.Run(name, func(t *testing.T) {
			for _, without := range []string{"", "no authority can be reached"} {
				authority := a
				if without != "" {
					authority = nil
				}
				dir, id := signed(t, k, authority, without, name == "ecdsa-p256-sha256")
				readme, err := os.ReadFile(filepath.Join(dir, pack.ReadmePath))
				if err != nil {
					t.Fatal(err)
				}
				commands := recipe(t, readme)
				want := 9
				if without != "" {
					want = 7
					if !bytes.Contains(readme, []byte("\n  \""+without+"\"\n")) || bytes.Contains(readme, []byte("openssl ts")) {
						t.Error("README.txt does not say that there is no timestamp, and why")
					}
				}
				if len(commands) != want {
					t.Fatalf("%d commands: %q", len(commands), commands)
				}
				if !bytes.Contains(readme, []byte("what AWS KMS told of the key, "+keyARN)) == (name == "ecdsa-p256-sha256") {
					t.Error("README.txt is wrong about KMS")
				}
				public, err := publicOf(t, k).PEM()
				if err != nil {
					t.Fatal(err)
				}
				beside := filepath.Dir(dir)
				put := func(name string, b []byte) {
					if err := os.WriteFile(filepath.Join(beside, name), b, 0o644); err != nil {
						t.Fatal(err)
					}
				}
				put("audit.pub.pem", public)
				put("tsa-ca.pem", tsa.Root.PEM())

				said, failed := perform(t, dir, commands)
				expect := []string{id.String(), "assessment.json: OK", "", "", publicOf(t, k).ID.String(), "erified", "seal/SHA256SUMS.sig: OK", "Verification: OK", "Time stamp: "}
				for i, s := range said {
					if failed[i] || !strings.Contains(s, expect[i]) {
						t.Errorf("%s: %s", commands[i], s)
					}
				}
				if said[2] != said[3] {
					t.Errorf("%s files, %s lines", said[2], said[3])
				}

				// Each forgery is found by its step.
				forged := func(what string, forge func(dir string), steps ...int) {
					t.Helper()
					copied := filepath.Join(beside, "copy")
					if err := errors.Join(os.RemoveAll(copied), os.CopyFS(copied, os.DirFS(dir))); err != nil {
						t.Fatal(err)
					}
					forge(copied)
					_, failed := perform(t, copied, commands)
					for _, s := range steps {
						if s < len(commands) && !failed[s] {
							t.Errorf("%s: goes unnoticed by %s", what, commands[s])
						}
					}
				}
				write := func(name string, b []byte) {
					if err := os.WriteFile(name, b, 0o644); err != nil {
						t.Fatal(err)
					}
				}
				forged("a changed file", func(d string) { write(filepath.Join(d, "assessment.json"), []byte("{}")) }, 1)
				forged("a changed file, and every digest made again", func(d string) {
					write(filepath.Join(d, "assessment.json"), []byte("{}"))
					kept := load(t, filepath.Join(d, "seal"))
					if err := os.RemoveAll(filepath.Join(d, "seal")); err != nil {
						t.Fatal(err)
					}
					if _, err := pack.Seal(d, pack.Info{Tool: "x", Organization: "x", Period: quarter()}, pack.Masking{Salt: make([]byte, 32)}); err != nil {
						t.Fatal(err)
					}
					if err := os.CopyFS(filepath.Join(d, "seal"), kept); err != nil {
						t.Fatal(err)
					}
				}, 5, 6)
				forged("sealed again by another key and authority", func(d string) {
					if err := os.RemoveAll(filepath.Join(d, "seal")); err != nil {
						t.Fatal(err)
					}
					other := authority
					if other != nil {
						other = b
					}
					var id evidence.Digest
					sealWith(t, d, keys(t)[name], other, without, false, &id)
				}, 5, 7)
				forged("an empty statement", func(d string) { write(filepath.Join(d, "seal", "statement.dsse.json"), []byte("{}\n")) }, 6, 7)
				put("audit.pub.pem", mustPEM(t, keys(t)[name]))
				if _, failed := perform(t, dir, commands); !failed[5] {
					t.Error("another key is taken")
				}
			}
		})
	}
}

func mustPEM(t *testing.T, k crypto.Signer) []byte {
	t.Helper()
	b, err := publicOf(t, k).PEM()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What a pack that is not signed says of itself.
func TestReadmeUnsigned(t *testing.T) {
	b, err := fs.ReadFile(os.DirFS(closed(t)), pack.ReadmePath)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"(There is no seal/: this pack is not signed.)", "nothing in it shows who made it, or when"} {
		if !bytes.Contains(b, []byte(part)) {
			t.Errorf("README.txt does not say %q", part)
		}
	}
	for _, part := range []string{"audit.pub.pem", "openssl ts", "seal/statement"} {
		if bytes.Contains(b, []byte(part)) {
			t.Errorf("README.txt says %q", part)
		}
	}
}
