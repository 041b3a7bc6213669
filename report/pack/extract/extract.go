// Package extract hands over a part of a sealed pack: the evidence of some controls, with some values hidden where that is asked, in such a
// form that it can still be held against the root of the pack's tree (package tree). This comment is the description of the format, version 1.
//
// It makes no result, reads no clock and no environment, and asks no network.
//
// # What an extract shows, and what not
//
// Shown, where it verifies: each text in it stood, at its place, in the pack whose root it is; a hidden value was fixed when the pack was
// sealed and can be disclosed later (Disclosure); a file of which all pieces are there is there whole. Not shown: that nothing that matters
// was left out of the extract; that the pack's results follow from its evidence, for nothing can be derived again from a part; that AWS
// told the truth. The labels of hidden values ("account") are the word of whoever made the extract, until the value is disclosed.
//
// # Files
//
//	README.txt               what this is and how to check it; made from extract.json
//	extract.json             a Summary
//	leaves.jsonl             the disclosed pieces
//	readable/NNNNN.txt       the same to be read, for each file that pieces are of, by its number in the tree
//	seal/statement.dsse.json, seal/statement.tsr    of a signed pack: the statement that the root stands in, and its timestamp
//	SHA256SUMS               of all files but itself
//
// There are no other files. manifest.json is not among them: it lists digests of all files and paths with account ids, from which hidden
// values could be guessed. All files have one form, and Verify makes them again from leaves.jsonl and extract.json. An extract is a folder,
// or the same folder as one ZIP with the rules of package pack.
//
// # leaves.jsonl
//
// One compact JSON object a line. A line with "file" opens a file of the tree: its number, the number of its pieces ("count"), and a "proof":
// the roots of the largest subtrees of its tree without a disclosed piece, from left to right; "text" is its path. Lines with "piece" follow: a
// piece by its number from 0, in order. File 0 is the head: it has neither count nor pieces, and "text" is the head itself. A file with count 0 is
// empty. The proof of the upper tree, made the same way, stands in extract.json.
//
// "text" is a list of strings and of numbers; a number stands for a value of "values". Such a value is {"salt","value"} where it is disclosed, or
// {"hidden","commitment"}, with "hidden" the sets that it is of, where it is not. "salt" beside "text" is the leaf's. From these the leaf's data
// is put together as package tree says.
//
// # What hides
//
// A mask is a set of account, identity and id. With any of them id is hidden as well: evidence ids and digests are made from account
// numbers and names, and whoever may guess those could compute them. A hidden value carries a number within its text alone ("[account 1]"):
// the same number in two texts says nothing, so that equality is not shown beyond what the texts themselves show. Pieces of one file are of one
// account and region where the file is of the tape. The numbers of files follow the order of their paths, so that hidden accounts are shown in their order.
//
// A text in which a value that is to be hidden stands in a form in which it was not fixed (in base64, escaped or spelt otherwise than tree.Spellings
// lists, an account within a longer number, an address within a longer word, next to packed data) is withheld as a whole, and counted. Not
// found is an identity that is one word where it is part of a longer one ("Lead" in "Leadership"), and whatever names a person without
// standing in the pack's list of identities.
package extract

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/report/pack"
	"github.com/auditseal/auditseal/report/pack/tree"
)

// Format is the version of the extract's format. A reader refuses one it does not know.
const Format = 1

// The files of an extract.
const (
	ReadmePath    = "README.txt"
	SummaryPath   = "extract.json"
	LeavesPath    = "leaves.jsonl"
	ReadableDir   = "readable/"
	SumsPath      = "SHA256SUMS"
	StatementPath = "seal/statement.dsse.json"
	TokenPath     = "seal/statement.tsr"
)

// Limits. A piece whose line would be longer is withheld.
const (
	maxLine    = 64 << 20
	maxSummary = 64 << 20
	maxSeal    = 4 << 20
	maxMarks   = 4 << 20 // values in one text
)

// A Summary is extract.json.
type Summary struct {
	Format int `json:"extract"`
	// Tool made the extract.
	Tool string `json:"tool"`
	// Manifest is the identity of the pack that it is from.
	Manifest evidence.Digest `json:"manifest_sha256"`
	// Tree is that of the pack: what everything here is held against.
	Tree pack.Tree `json:"tree"`
	// Controls are those whose evidence was asked for, as framework/control.
	Controls []string `json:"controls"`
	// Hidden are the sets of values that are hidden, sorted. Empty: nothing is hidden.
	Hidden []string `json:"hidden"`
	// Files, Pieces and Values count what is disclosed in leaves.jsonl, and Masked the values that are hidden in it.
	Files  int `json:"files"`
	Pieces int `json:"pieces"`
	Values int `json:"values"`
	Masked int `json:"masked"`
	// Withheld counts, by reason, the pieces that belong to the controls and are left out.
	Withheld map[string]int `json:"withheld"`
	// Statement says why the seal's statement is not here; empty where it is.
	Statement string `json:"without_statement,omitempty"`
	// Proof is that of the upper tree.
	Proof []evidence.Digest `json:"proof"`
}

// classes are the sets by name.
var classes = []struct {
	name  string
	class tree.Class
}{{"account", tree.Account}, {"id", tree.ID}, {"identity", tree.Identity}}

// ParseMask reads names of sets. "id" is added where any other is there.
func ParseMask(names []string) (tree.Class, error) {
	var m tree.Class
	for _, n := range names {
		i := slices.IndexFunc(classes, func(c struct {
			name  string
			class tree.Class
		}) bool {
			return c.name == n
		})
		if i < 0 {
			return 0, fmt.Errorf("%q is no set of values that can be hidden: there are account, identity and id", n)
		}
		m |= classes[i].class
	}
	if m != 0 {
		m |= tree.ID
	}
	return m, nil
}

func maskNames(m tree.Class) []string {
	out := []string{}
	for _, c := range classes {
		if m&c.class != 0 {
			out = append(out, c.name)
		}
	}
	return out
}

// A line is one line of leaves.jsonl.
type line struct {
	File  *uint32           `json:"file,omitempty"`
	Piece *uint64           `json:"piece,omitempty"`
	Count *uint64           `json:"count,omitempty"`
	Proof []evidence.Digest `json:"proof,omitempty"`
	Salt  evidence.Digest   `json:"salt"`
	Text  text              `json:"text"`
	Value []value           `json:"values,omitempty"`
}

// A value is one that could be hidden.
type value struct {
	Salt evidence.Digest `json:"salt,omitzero"`
	// Value is set where it is disclosed. No value is empty.
	Value string `json:"value,omitempty"`
	// Hidden names what it is, where it is hidden.
	Hidden     string          `json:"hidden,omitempty"`
	Commitment evidence.Digest `json:"commitment,omitzero"`
}

func (v *value) commitment() (tree.Hash, error) {
	disclosed := v.Value != "" && !v.Salt.IsZero()
	hidden := v.Hidden != "" && !v.Commitment.IsZero()
	switch {
	case disclosed && v.Hidden == "" && v.Commitment.IsZero():
		return tree.Commit(tree.Salt(v.Salt), []byte(v.Value)), nil
	case hidden && v.Value == "" && v.Salt.IsZero():
		for _, n := range strings.Split(v.Hidden, "+") {
			if _, err := ParseMask([]string{n}); err != nil {
				return tree.Hash{}, err
			}
		}
		return tree.Hash(v.Commitment), nil
	}
	return tree.Hash{}, errors.New("a value is neither disclosed nor hidden, or both")
}

// A text is the text of a leaf with its marks. As JSON it is a list of strings and numbers.
type text []byte

// MarshalJSON writes the list.
func (t text) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	b.WriteByte('[')
	for at := 0; at < len(t); {
		if at > 0 {
			b.WriteByte(',')
		}
		if t[at] == tree.Mark {
			fmt.Fprintf(&b, "%d", binary.BigEndian.Uint32(t[at+1:]))
			at += 5
			continue
		}
		end := bytes.IndexByte(t[at:], tree.Mark)
		if end < 0 {
			end = len(t) - at
		}
		if err := e.Encode(string(t[at : at+end])); err != nil {
			return nil, err
		}
		b.Truncate(b.Len() - 1)
		at += end
	}
	b.WriteByte(']')
	return b.Bytes(), nil
}

// UnmarshalJSON reads the list. Strings that follow on one another are not in the one form, and fail where the line is written again.
func (t *text) UnmarshalJSON(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if tok, err := d.Token(); err != nil || tok != json.Delim('[') {
		return errors.New(`"text" is not a list`)
	}
	out := make(text, 0, len(b))
	marks := 0
	for d.More() {
		tok, err := d.Token()
		if err != nil {
			return err
		}
		switch tok := tok.(type) {
		case string:
			out = append(out, tok...)
		case json.Number:
			n, err := tok.Int64()
			if err != nil || n < 0 || n >= maxMarks {
				return fmt.Errorf("%s numbers no value", tok)
			}
			if marks++; marks > maxMarks {
				return fmt.Errorf("a text has more than %d values", maxMarks)
			}
			out = binary.BigEndian.AppendUint32(append(out, tree.Mark), uint32(n))
		default:
			return errors.New(`"text" holds something else than strings and numbers`)
		}
	}
	*t = out
	return nil
}

// fill calls put with the literal parts and the numbers of the values, in order.
func (t text) fill(literal func([]byte), number func(uint32)) {
	for at := 0; at < len(t); {
		if t[at] == tree.Mark {
			number(binary.BigEndian.Uint32(t[at+1:]))
			at += 5
			continue
		}
		end := bytes.IndexByte(t[at:], tree.Mark)
		if end < 0 {
			end = len(t) - at
		}
		literal(t[at : at+end])
		at += end
	}
}

// commitments checks that values and marks belong together, and gives the commitments.
func (l *line) commitments() ([]tree.Hash, error) {
	used := make([]bool, len(l.Value))
	var err error
	l.Text.fill(func([]byte) {}, func(k uint32) {
		if int64(k) >= int64(len(used)) {
			err = fmt.Errorf("the text names value %d of %d", k, len(used))
			return
		}
		used[k] = true
	})
	if err != nil {
		return nil, err
	}
	out := make([]tree.Hash, len(l.Value))
	for k := range l.Value {
		if !used[k] {
			return nil, fmt.Errorf("value %d stands nowhere in the text", k)
		}
		if out[k], err = l.Value[k].commitment(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// readable is the text as it is read: hidden values as [account 1], by their number in the text from 1.
func (l *line) readable() string {
	var b strings.Builder
	l.Text.fill(func(p []byte) { b.Write(p) }, func(k uint32) {
		if v := l.Value[k]; v.Hidden == "" {
			b.WriteString(v.Value)
		} else {
			fmt.Fprintf(&b, "[%s %d]", v.Hidden, k+1)
		}
	})
	return b.String()
}

// encode writes the one form that a value has: compact JSON in the order of the fields, HTML characters not escaped, and a newline.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

// decode reads a value strictly: no unknown member, nothing after it, and exactly the bytes that encode writes.
func decode(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	again, err := encode(v)
	if err == nil && !bytes.Equal(again, b) {
		err = errors.New("it does not stand as auditseal writes it")
	}
	return err
}

// newLine makes the line of a piece or a path from what was split, hiding what the mask says.
func newLine(p *tree.Piece, secret *tree.Secret, file uint32, piece uint64, mask tree.Class) (*line, bool) {
	l := &line{Salt: evidence.Digest(secret.Salt(file, piece, tree.WholeLeaf)), Text: bytes.Clone(p.Text)}
	for k, v := range p.Values {
		salt := secret.Salt(file, piece, uint32(k))
		if hide := p.Classes[k] & mask; hide != 0 {
			l.Value = append(l.Value, value{Hidden: strings.Join(maskNames(hide), "+"), Commitment: evidence.Digest(tree.Commit(salt, v))})
			continue
		}
		if !utf8.Valid(v) {
			return nil, false
		}
		l.Value = append(l.Value, value{Salt: evidence.Digest(salt), Value: string(v)})
	}
	return l, true
}
