// Command record makes testdata/demo/recording.zip again: it starts the scenario server with the fictional organization, checks
// every answer against AWS's own API models, and lets the real `auditseal collect` ask it.
//
//	cd testdata/e2e && go run ./record
//
// The same sources give the same bytes: dates come from the scenario's clock, and lines are put in one order.
package main

import (
	"archive/zip"
	"bytes"
	"cmp"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
	"github.com/auditseal/auditseal/testdata/e2e/models"
	"github.com/auditseal/auditseal/testdata/scenario"
)

// host stands in the recording where AWS's endpoint would: it says plainly that this is not AWS.
const host = "http://scenario.example.com"

func main() {
	if err := record("../demo"); err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1)
	}
}

func record(demo string) error {
	checker, err := models.Open()
	if err != nil {
		return err
	}
	org := scenario.Demo()
	s := scenario.Start(scenario.Config{Organization: org, Check: checker.Check, Spread: spread})
	defer s.Close()
	tmp, err := os.MkdirTemp("", "auditseal-record-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	out := filepath.Join(tmp, "pack")
	cmd := exec.Command("go", "run", "./cmd/auditseal", "collect", "-c", "testdata/demo/input/audit.yaml", "--out", out, "--rate-share", "0")
	cmd.Dir = filepath.Join(demo, "..", "..")
	cmd.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+host, "HTTP_PROXY="+s.URL, "http_proxy="+s.URL, "NO_PROXY=", "no_proxy=", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_ACCESS_KEY_ID="+scenario.AccessKey(org.Management), "AWS_SECRET_ACCESS_KEY=secret", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return err
	}
	if v := s.Violations(); len(v) > 0 {
		return fmt.Errorf("%d answers do not agree with AWS's models: %w", len(v), errors.Join(v...))
	}
	zipped, err := pack(os.DirFS(out))
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "recording.zip: %d bytes\n", len(zipped))
	return os.WriteFile(filepath.Join(demo, "recording.zip"), zipped, 0o644)
}

// pack zips what collecting started from and what AWS answered, and nothing that was derived.
func pack(files fs.FS) ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	w.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { return flate.NewWriter(out, flate.BestCompression) })
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name == "records" || name == "history" {
				return fs.SkipDir
			}
			return nil
		}
		if name == "gaps.jsonl" {
			return nil
		}
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		if filepath.Ext(name) == ".jsonl" {
			if body, err = inOrder(body); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		f, err := w.Create(name)
		if err != nil {
			return err
		}
		_, err = f.Write(body)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// inOrder sorts the lines of a tape's file by what does not depend on which answer came first.
func inOrder(file []byte) ([]byte, error) {
	type line struct {
		raw []byte
		ex  *evidence.Exchange
	}
	var lines []line
	for raw := range bytes.Lines(file) {
		ex, err := tape.Decode(raw)
		if err != nil {
			return nil, err
		}
		lines = append(lines, line{raw, ex})
	}
	slices.SortFunc(lines, func(a, b line) int {
		return cmp.Or(a.ex.Date.Compare(b.ex.Date), cmp.Compare(a.ex.Operation, b.ex.Operation), cmp.Compare(a.ex.ID, b.ex.ID))
	})
	var out bytes.Buffer
	for _, l := range lines {
		out.Write(l.raw)
	}
	return out.Bytes(), nil
}

// spread is how long the fictional collection took.
const spread = 7 * time.Minute
