package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/auditseal/auditseal/collectors"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
	"github.com/auditseal/auditseal/report/pack"
	"github.com/auditseal/auditseal/report/pack/tree"
)

// demoSalt is the secret of the demo's tree. It is published here so that the demo comes out the same each time, and so hides nothing.
const demoSalt = "auditseal demo: a published salt"

// masking is what lets extracts of the pack in a folder hide values: a new secret, and who is named on the tape.
func (a *app) masking(dir string) (pack.Masking, error) {
	salt := make([]byte, tree.SecretSize)
	if _, err := io.ReadFull(a.random, salt); err != nil {
		return pack.Masking{}, err
	}
	var ops []evidence.Operation
	for _, c := range collectors.All() {
		ops = append(ops, c.Operations()...)
	}
	who, err := tape.People(os.DirFS(filepath.Join(dir, evidenceDir)), ops)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // nothing was asked
	}
	// Our own sessions name nobody: hiding the word would take it out of half of the texts.
	who = slices.DeleteFunc(who, func(s string) bool { return s == ownSession || strings.HasSuffix(s, "/"+ownSession) })
	return pack.Masking{Salt: salt, Identities: who}, err
}
