package seal

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/report/pack"
)

// An Input is what Write seals with.
type Input struct {
	// Tool is the program that seals, and its version.
	Tool string
	// Key signs.
	Key crypto.Signer
	// KMS and Exchanges are there where AWS KMS holds the key: what it told, and the exchanges as evidence lines.
	KMS       *KMSKey
	Exchanges []byte
	// Authority gives the timestamp. Where it is nil, Without is the reason.
	Authority *Authority
	Without   string
	// Random is what signatures are made with.
	Random io.Reader
}

func (in *Input) check() error {
	switch {
	case in.Key == nil || in.Tool == "" || in.Random == nil:
		return errors.New("seal: a key, the tool's name and randomness are needed")
	case (in.Authority == nil) == (in.Without == ""):
		return errors.New("seal: either an authority for the timestamp is needed, or the reason for having none")
	case (in.KMS == nil) != (len(in.Exchanges) == 0):
		return errors.New("seal: what KMS told and the exchanges belong together")
	}
	return nil
}

// Write writes seal/ into a folder that pack.Seal closed, and gives what Verify says of it: it is there whole and checked, or not at all. A
// seal that is there already is kept if it is good by the same key, so that it can be called again after any failure; if it is not,
// that is an error. Nothing that the pack lists is read but the manifest and SHA256SUMS: that they tell the truth is for pack.Verify.
func Write(ctx context.Context, dir string, in Input) (Verdict, error) {
	if err := in.check(); err != nil {
		return Verdict{}, err
	}
	public, err := NewPublicKey(in.Key.Public())
	if err != nil {
		return Verdict{}, err
	}
	o := Options{Keys: []*PublicKey{public}}
	if in.Authority != nil {
		o.Roots = in.Authority.Roots
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Verdict{}, err
	}
	defer root.Close()
	if err := root.RemoveAll(pack.SealTemp); err != nil {
		return Verdict{}, err
	}
	if there, err := list(root.FS()); err != nil || len(there) > 0 {
		if err != nil {
			return Verdict{}, err
		}
		v, err := verified(root.FS(), o)
		if err != nil {
			return v, fmt.Errorf("%s: it has a seal already, and that is not one by this key and these authorities: %w", dir, err)
		}
		return v, nil
	}
	files, err := made(ctx, root.FS(), public, &in)
	if err != nil {
		return Verdict{}, err
	}
	// What is kept is what was checked: the files are read back before they get their name, and after.
	if err := root.Mkdir(pack.SealTemp, 0o755); err != nil {
		return Verdict{}, err
	}
	for name, b := range files {
		if err := write(root, path.Join(pack.SealTemp, path.Base(name)), b); err != nil {
			return Verdict{}, errors.Join(err, root.RemoveAll(pack.SealTemp))
		}
	}
	if v, err := verified(renamed{root.FS()}, o); err != nil {
		return v, errors.Join(fmt.Errorf("%s: the seal just made is not good: %w", dir, err), root.RemoveAll(pack.SealTemp))
	}
	if err := root.Remove(path.Clean(pack.SealDir)); err != nil && !errors.Is(err, fs.ErrNotExist) { // an empty folder
		return Verdict{}, err
	}
	if err := root.Rename(pack.SealTemp, path.Clean(pack.SealDir)); err != nil {
		return Verdict{}, err
	}
	return verified(root.FS(), o)
}

// made makes the files of a seal.
func made(ctx context.Context, fsys fs.FS, public *PublicKey, in *Input) (map[string][]byte, error) {
	manifest, err := readFile(fsys, pack.ManifestPath)
	if err != nil {
		return nil, err
	}
	sums, err := readFile(fsys, pack.SumsPath)
	if err != nil {
		return nil, err
	}
	if !bytes.Contains(sums, fmt.Appendf(nil, "%s  %s\n", evidence.Sum(manifest), pack.ManifestPath)) {
		return nil, fmt.Errorf("%s does not list %s as it is: close the folder again", pack.SumsPath, pack.ManifestPath)
	}
	about, err := readAbout(manifest)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", pack.ManifestPath, err)
	}
	files := map[string][]byte{}
	if files[SignaturePath], err = Sign(in.Random, in.Key, sums); err != nil {
		return nil, fmt.Errorf("signing %s: %w", pack.SumsPath, err)
	}
	if in.KMS != nil {
		files[KeyPath] = in.Exchanges
	}
	st := &Statement{Type: StatementType, PredicateType: PredicateType, Predicate: Predicate{Tool: in.Tool, Organization: about.Organization, Period: about.Period,
		Tree: about.Tree, Previous: about.Previous, Key: SigningKey{ID: public.ID, Algorithm: public.Algorithm, KMS: in.KMS}, Timestamp: Asked{Without: in.Without}}}
	if in.Authority != nil {
		st.Predicate.Timestamp.Authorities = in.Authority.URLs
	}
	list := func(name string, b []byte) {
		s := Subject{Name: name}
		s.Digest.SHA256 = evidence.Sum(b)
		st.Subject = append(st.Subject, s)
	}
	list(pack.ManifestPath, manifest)
	list(pack.SumsPath, sums)
	for name, b := range files {
		list(name, b)
	}
	slices.SortFunc(st.Subject, func(a, b Subject) int { return strings.Compare(a.Name, b.Name) })
	if files[StatementPath], err = signStatement(ctx, in.Random, in.Key, st); err != nil {
		return nil, fmt.Errorf("signing the statement: %w", err)
	}
	if in.Authority == nil {
		return files, nil
	}
	t, err := in.Authority.Stamp(ctx, files[StatementPath])
	if err != nil {
		return nil, &TimestampError{err}
	}
	files[TokenPath] = t.Response
	return files, nil
}

// A TimestampError says why no authority gave a timestamp. Nothing was written; sealing can be tried again.
type TimestampError struct{ Err error }

func (e *TimestampError) Error() string { return "no timestamp could be had: " + e.Err.Error() }
func (e *TimestampError) Unwrap() error { return e.Err }

// verified is Verify with an error for what it finds.
func verified(fsys fs.FS, o Options) (Verdict, error) {
	var wrong []error
	v := Verify(fsys, o, func(c pack.Check) {
		if !c.OK {
			wrong = append(wrong, fmt.Errorf("%s: %s", c.Path, c.Detail))
		}
	})
	return v, errors.Join(wrong...)
}

// renamed shows the files of pack.SealTemp under the name that they will have.
type renamed struct{ fs.FS }

func (r renamed) Open(name string) (fs.File, error) {
	if name+"/" == pack.SealDir {
		name = pack.SealTemp
	} else if rest, ok := strings.CutPrefix(name, pack.SealDir); ok {
		name = path.Join(pack.SealTemp, rest)
	}
	return r.FS.Open(name)
}

func write(root *os.Root, name string, b []byte) error {
	f, err := root.OpenFile(filepath.FromSlash(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close())
}
