package pack

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"sort"
	"strings"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// An Info says what a pack is of. Seal writes it into the manifest and the README.
type Info struct {
	// Tool is the program and its version: "auditseal 0.1.0".
	Tool string `json:"tool"`
	// Organization is the audited one, as audit.yaml names it.
	Organization string `json:"organization"`
	// Period is what the audit is about.
	Period evidence.Period `json:"period"`
	// CreatedBy is who made the pack: the AWS caller. Empty where it is not known.
	CreatedBy string `json:"created_by,omitempty"`
	// Created is when the pack was made, by the clock of the machine that made it. It is zero in a pack that must come out
	// the same each time, and never stands for when a fact held or when the pack was sealed.
	Created time.Time `json:"created,omitzero"`
	// Previous is the identity of the pack before this one in the same archive: the chain of custody. It is zero in the first pack, and in
	// one that is not archived.
	Previous evidence.Digest `json:"previous,omitzero"`
	// Signing says how the pack is going to be signed, so that README.txt can tell how to check it. Nil: it will not be. It is not part of
	// the manifest, and nobody relies on it: what was signed stands below seal/.
	Signing *Signing `json:"-"`
}

// A Signing is what README.txt tells of a signature. The values are those that package seal writes into its statement.
type Signing struct {
	// KeyID is the SHA-256 of the public key.
	KeyID evidence.Digest
	// Algorithm is the key's: ecdsa-p256-sha256, ed25519, …
	Algorithm string
	// KMS is the key's ARN; empty where AWS KMS does not hold it.
	KMS string
	// Without is why there will be no timestamp; empty where there will be one.
	Without string
}

// Hash is the name by which openssl knows the algorithm's digest; empty for Ed25519, which has none.
func (s *Signing) Hash() string {
	if i := strings.LastIndex(s.Algorithm, "-sha"); i >= 0 {
		return s.Algorithm[i+1:]
	}
	return ""
}

// Reason is Without on one line.
func (s *Signing) Reason() string { return oneLine(s.Without) }

// A Manifest is manifest.json: every file of the pack with its digest. The SHA-256 of its bytes is the pack's identity.
type Manifest struct {
	Format int `json:"format"`
	Info
	// Tree is the Merkle tree over what the pack holds; nil in packs of releases that made none. See package tree.
	Tree *Tree `json:"tree,omitempty"`
	// Files are sorted by path, byte by byte.
	Files []File `json:"files"`
}

// A Tree is a Merkle tree's size and root.
type Tree struct {
	// Size counts the leaves of the upper tree: the head and each covered file.
	Size uint64 `json:"size"`
	// Root is its root.
	Root evidence.Digest `json:"root"`
}

// A File is one file of the pack.
type File struct {
	Path string `json:"path"`
	// Size is in bytes.
	Size   int64           `json:"size"`
	SHA256 evidence.Digest `json:"sha256"`
	// Role is the word of Role(Path).
	Role string `json:"role"`
}

// Encode writes the one form that a manifest has: indented, a line for each file, a newline at the end. HTML characters are
// not escaped.
func (m *Manifest) Encode(w io.Writer) error {
	bw := bufio.NewWriter(w)
	var b bytes.Buffer
	line := func(v any) ([]byte, error) {
		b.Reset()
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		err := e.Encode(v)
		return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
	}
	info, err := line(m.Info)
	if err != nil {
		return err
	}
	// The members of Info stand one a line beside "format" and "files".
	var head bytes.Buffer
	if err := json.Indent(&head, info, "", "  "); err != nil {
		return err
	}
	members := bytes.TrimSuffix(bytes.TrimPrefix(head.Bytes(), []byte("{\n")), []byte("\n}"))
	fmt.Fprintf(bw, "{\n  \"format\": %d,\n%s,\n", m.Format, members)
	if m.Tree != nil {
		t, err := line(m.Tree)
		if err != nil {
			return err
		}
		fmt.Fprintf(bw, "  \"tree\": %s,\n", t)
	}
	bw.WriteString("  \"files\": [")
	for i, f := range m.Files {
		if i > 0 {
			bw.WriteByte(',')
		}
		p, err := line(f)
		if err != nil {
			return err
		}
		bw.WriteString("\n    ")
		bw.Write(p)
	}
	bw.WriteString("\n  ]\n}\n")
	return bw.Flush()
}

// ParseManifest reads a manifest strictly: the format must be known, and the bytes must be exactly those that Encode
// writes, so that nothing can stand in it that a reader does not see. It says what is wrong as a list, since one fault often
// explains another; with a manifest of another format it says that only.
func ParseManifest(b []byte) (*Manifest, []error) {
	var version struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(b, &version); err != nil {
		return nil, []error{fmt.Errorf("not JSON: %w", err)}
	}
	if version.Format != Format {
		return nil, []error{&FormatError{Format: version.Format}}
	}
	m := new(Manifest)
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(m); err != nil {
		return nil, []error{err}
	}
	var errs []error
	var again bytes.Buffer
	if err := m.Encode(&again); err != nil {
		errs = append(errs, err)
	} else if !bytes.Equal(again.Bytes(), b) {
		errs = append(errs, fmt.Errorf("line %d is not as auditseal writes it", firstDifference(again.Bytes(), b)))
	}
	if m.Tree != nil && (m.Tree.Size == 0 || m.Tree.Root.IsZero()) {
		errs = append(errs, fmt.Errorf("the tree has no size or no root"))
	}
	names := newNameSet()
	for i, f := range m.Files {
		if err := checkPath(f.Path); err != nil {
			errs = append(errs, err)
			continue
		}
		if err := names.add(f.Path); err != nil {
			errs = append(errs, err)
		}
		switch {
		case i > 0 && f.Path < m.Files[i-1].Path:
			errs = append(errs, fmt.Errorf("%q stands after %q: the files are not sorted", f.Path, m.Files[i-1].Path))
		case f.Path == ManifestPath || f.Path == SumsPath || isSeal(f.Path):
			errs = append(errs, fmt.Errorf("%q cannot be listed", f.Path))
		case f.Role == "" || f.Role != Role(f.Path):
			errs = append(errs, fmt.Errorf("%q has the role %q, not %q", f.Path, f.Role, Role(f.Path)))
		case f.Size < 0 || f.SHA256.IsZero():
			errs = append(errs, fmt.Errorf("%q has no size or no digest", f.Path))
		}
	}
	return m, errs
}

// A FormatError is a pack of a format that this release does not know.
type FormatError struct{ Format int }

func (e *FormatError) Error() string {
	if e.Format > Format {
		return fmt.Sprintf("format %d is newer than this release knows (%d): verify it with a later auditseal", e.Format, Format)
	}
	return fmt.Sprintf("format %d is none that any release wrote", e.Format)
}

// sums is the content of SHA256SUMS: the manifest's files and the manifest itself, sorted, as sha256sum writes them.
func (m *Manifest) sums(identity evidence.Digest) []byte {
	files := append([]File{{Path: ManifestPath, SHA256: identity}}, m.Files...)
	sort.Slice(files, func(i, j int) bool { return files[i].Path < files[j].Path })
	var b bytes.Buffer
	for _, f := range files {
		fmt.Fprintf(&b, "%s  %s\n", f.SHA256, f.Path)
	}
	return b.Bytes()
}

// firstDifference is the line, from 1, where two texts begin to differ.
func firstDifference(a, b []byte) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return 1 + bytes.Count(a[:n], []byte("\n"))
}
