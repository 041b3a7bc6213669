// Package demo holds the recording of a fictional organization that `auditseal demo` derives its pack from: audit.yaml, accepted
// exceptions, supplied manual evidence, run.json and the tape, as `auditseal collect` left them. Nothing derived is in it.
//
// It was made by the scenario server, whose every answer was checked against AWS's own API models. Make it again with
//
//	cd testdata/e2e && go run ./record
package demo

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"io/fs"
)

//go:embed recording.zip
var recording []byte

// Files are the recording's files.
func Files() (fs.FS, error) {
	return zip.NewReader(bytes.NewReader(recording), int64(len(recording)))
}
