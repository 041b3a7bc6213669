package pack

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

// A Pack is an opened pack, folder or ZIP, as a read-only file system. Its names were all checked when it was opened: each is
// relative, stays inside and is safe to unpack anywhere. Its contents were not checked; Verify does that.
//
// Files of a folder can be read at any place (io.ReaderAt); those of a ZIP from their beginning only.
type Pack struct {
	path  string
	names []string         // files, sorted
	sizes map[string]int64 // by name
	dirs  map[string][]fs.DirEntry
	open  func(name string) (io.ReadCloser, error)
	close func() error
	wrap  *zipWrap // the archive around it; nil where there is none
}

// Open opens a pack. It fails, naming the entry, on whatever no pack of ours holds: names that lead outside or fall on one
// another, links and devices, encrypted or overlapping entries, bytes that belong to no entry, entries that unpack to
// hundreds of times their size. Nothing is ever unpacked to disk.
func Open(name string) (*Pack, error) {
	st, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if st.IsDir() {
		return openFolder(name)
	}
	if !st.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: neither a folder nor a file", name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	p, err := openZip(f, st.Size())
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	p.path, p.close = name, f.Close
	return p, nil
}

// Path is what Open was given.
func (p *Pack) Path() string { return p.path }

// Names lists the files, sorted byte by byte.
func (p *Pack) Names() []string { return p.names }

// Close closes the pack.
func (p *Pack) Close() error {
	if p.close == nil {
		return nil
	}
	return p.close()
}

func openFolder(dir string) (*Pack, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	files, err := walk(root)
	if err != nil {
		root.Close()
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	p := &Pack{path: dir, close: root.Close, open: func(name string) (io.ReadCloser, error) {
		f, err := root.Open(filepath.FromSlash(name))
		if err != nil {
			return nil, err
		}
		st, err := f.Stat()
		if err == nil && !st.Mode().IsRegular() {
			err = fmt.Errorf("%s: not a regular file", name)
		}
		if err != nil {
			f.Close()
			return nil, err
		}
		return f, nil
	}}
	p.index(files)
	return p, nil
}

// walk lists the regular files below root with their sizes, and fails on everything else but folders.
func walk(root *os.Root) (map[string]int64, error) {
	files := map[string]int64{}
	names := newNameSet()
	err := fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		if err := checkPath(name); err != nil {
			return err
		}
		switch t := d.Type(); {
		case t.IsDir():
			return names.dir(name)
		case t&fs.ModeSymlink != 0:
			return fmt.Errorf("name %q is a symbolic link", name)
		case !t.IsRegular():
			return fmt.Errorf("name %q is neither a file nor a folder", name)
		}
		if err := names.add(name); err != nil {
			return err
		}
		if len(files) >= maxFiles {
			return fmt.Errorf("more than %d files", maxFiles)
		}
		st, err := d.Info()
		if err != nil {
			return err
		}
		files[name] = st.Size()
		return nil
	})
	return files, err
}

// index fills names, sizes and dirs.
func (p *Pack) index(files map[string]int64) {
	p.sizes = files
	p.dirs = map[string][]fs.DirEntry{".": nil}
	for name := range files {
		p.names = append(p.names, name)
	}
	sort.Strings(p.names)
	var folder func(string)
	folder = func(d string) {
		if _, known := p.dirs[d]; known {
			return
		}
		p.dirs[d] = nil
		up := path.Dir(d)
		folder(up)
		p.dirs[up] = append(p.dirs[up], info{path.Base(d), 0, fs.ModeDir})
	}
	for _, name := range p.names {
		d := path.Dir(name)
		folder(d)
		p.dirs[d] = append(p.dirs[d], info{path.Base(name), files[name], 0})
	}
	for _, list := range p.dirs {
		sort.Slice(list, func(i, j int) bool { return list[i].Name() < list[j].Name() })
	}
}

// info describes a file or folder of a pack. Times are of no meaning in a pack and are not given.
type info struct {
	name string
	size int64
	mode fs.FileMode
}

func (i info) Name() string               { return i.name }
func (i info) Size() int64                { return i.size }
func (i info) IsDir() bool                { return i.mode.IsDir() }
func (i info) Type() fs.FileMode          { return i.mode.Type() }
func (i info) ModTime() time.Time         { return time.Time{} }
func (i info) Sys() any                   { return nil }
func (i info) Info() (fs.FileInfo, error) { return i, nil }
func (i info) Mode() fs.FileMode {
	if i.IsDir() {
		return i.mode | 0o555
	}
	return 0o444
}

// Open opens a file or folder of the pack.
func (p *Pack) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if list, ok := p.dirs[name]; ok {
		return &dirFile{info: info{path.Base(name), 0, fs.ModeDir}, list: list}, nil
	}
	size, ok := p.sizes[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	r, err := p.open(name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	f := packFile{ReadCloser: r, info: info{path.Base(name), size, 0}}
	if at, ok := r.(io.ReaderAt); ok {
		return packFileAt{f, at}, nil
	}
	return f, nil
}

type packFile struct {
	io.ReadCloser
	info info
}

func (f packFile) Stat() (fs.FileInfo, error) { return f.info, nil }

type packFileAt struct {
	packFile
	io.ReaderAt
}

type dirFile struct {
	info info
	list []fs.DirEntry
}

func (d *dirFile) Stat() (fs.FileInfo, error) { return d.info, nil }
func (d *dirFile) Close() error               { return nil }
func (d *dirFile) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.info.name, Err: errors.New("is a folder")}
}

func (d *dirFile) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 || n > len(d.list) {
		if n > 0 && len(d.list) == 0 {
			return nil, io.EOF
		}
		n = len(d.list)
	}
	out := d.list[:n:n]
	d.list = d.list[n:]
	return out, nil
}

// under lists the files whose path begins with dir, which ends in a slash.
func (p *Pack) under(dir string) []string {
	i := sort.SearchStrings(p.names, dir)
	j := i
	for j < len(p.names) && strings.HasPrefix(p.names[j], dir) {
		j++
	}
	return p.names[i:j]
}
