package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// lock keeps a pack's folder to this process until release is called or the process ends, however it ends: two processes in one folder would
// mix their tapes. It is a lock of the operating system on a hidden file beside the folder, since a pack holds no other files. A file that
// a killed process left means nothing by itself.
func (a *app) lock(dir string) (release func(), err error) {
	zip := zipOf(dir)
	name := filepath.Join(filepath.Dir(zip), "."+strings.TrimSuffix(filepath.Base(zip), ".zip")+".lock")
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return nil, usage("choose another folder with --out", "%w", err)
	}
	for {
		l := flock.New(name, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o644))
		got, err := l.TryLock()
		switch {
		case errors.Is(err, fs.ErrPermission):
			return nil, usage("choose a folder that you may write to with --out", "%s: %w", name, err)
		case err != nil:
			return nil, fmt.Errorf("%s cannot be locked, so that a second run could not be told from this one: %w", name, err)
		case !got:
			who, _ := os.ReadFile(name)
			first, _, _ := strings.Cut(string(who), "\n")
			return nil, &exitError{code: exitUnfinished, err: fmt.Errorf("%s is being worked on by %s", dir, cmp.Or(inert(first), "another process")),
				hint: "wait until it has ended; then the same command goes on where it stopped, or finds everything done"}
		}
		// Whoever held it may have taken the file away between our opening it and its lock: then others lock another file.
		held, herr := l.Stat()
		there, terr := os.Stat(name)
		if herr != nil || terr != nil || !os.SameFile(held, there) {
			_ = l.Close()
			continue
		}
		// The words are for whoever comes second. Where they cannot be written the lock holds all the same.
		_ = os.WriteFile(name, fmt.Appendf(nil, "process %d since %s\n", os.Getpid(), a.now().UTC().Format(time.RFC3339)), 0o644)
		return func() {
			_ = os.Remove(name)
			_ = l.Close()
		}, nil
	}
}
