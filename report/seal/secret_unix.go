//go:build unix

package seal

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// secret refuses a private key that others can read or write, by the rule of ssh: a group is let be where the file is somebody else's, as when
// an orchestrator mounts it for the process's group.
func secret(st fs.FileInfo) error {
	open := st.Mode().Perm() & 0o007
	if s, ok := st.Sys().(*syscall.Stat_t); ok && int(s.Uid) == os.Getuid() {
		open |= st.Mode().Perm() & 0o070
	}
	if open != 0 {
		return errors.New("the private key can be read or written by others (" + st.Mode().Perm().String() + ")")
	}
	return nil
}
