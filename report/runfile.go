package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"iter"
	"os"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// RunFile is where run.json stands in a pack.
const RunFile = "run.json"

// WriteRun writes run.json, whole or not at all: an interrupted run is known by it.
func WriteRun(name string, r *Run) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r); err != nil {
		return err
	}
	if err := os.WriteFile(name+".tmp", b.Bytes(), 0o644); err != nil {
		return err
	}
	return os.Rename(name+".tmp", name)
}

// ReadRun reads run.json of a pack strictly.
func ReadRun(pack fs.FS) (*Run, error) {
	var r Run
	if err := readStrict(pack, RunFile, &r); err != nil {
		return nil, err
	}
	if err := r.Check(); err != nil {
		return nil, fmt.Errorf("%s: %w", RunFile, err)
	}
	return &r, nil
}

// LedgerLines reads gaps.jsonl of a pack, strictly. An error is yielded last.
func LedgerLines(pack fs.FS) iter.Seq2[evidence.LedgerLine, error] { return ledgerLines(pack) }
