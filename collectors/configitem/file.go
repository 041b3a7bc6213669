package configitem

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/klauspost/compress/gzip"
)

// MaxItem is the most bytes that one item of a file may have. AWS's largest are some megabytes; one beyond this would have to be held whole.
const MaxItem = 64 << 20

// A File reads the items of a file that AWS Config delivered, one after another, with no more memory than one of them takes: a
// configuration history or snapshot, {"fileVersion":…,"configurationItems":[…]}, or a change notification, {"configurationItem":{…}}. It may
// be gzip, of one member or several, or plain.
//
// Next gives io.EOF only where the file was whole: its JSON closed, the items were there, nothing stood behind it and gzip's own checksum
// held. What was given before another error is of a file that is not whole.
type File struct {
	name  string
	d     *jsontext.Decoder
	in    *allowance
	state int
	n     int
	most  int
	err   error
	// member is what the items stand in, as the file spells it.
	member string
}

const (
	before = iota // nothing was read
	inside        // in the list of items
	single        // before the one item of a notification
	behind        // the items were read
	atEnd
)

// A Raw is an item as it stands in a file.
type Raw struct {
	// Number counts the items of the file, from 1; Offset is where it ends, in bytes of the JSON.
	Number int
	Offset int64
	// Type is its resourceType, empty where it has none.
	Type string
	// JSON is the item, an object of valid JSON in which no name comes twice. It is overwritten by the next call of Next.
	JSON []byte
}

// An allowance counts down what may be read until the next item.
type allowance struct {
	r    io.Reader
	left int
}

var errTooLong = errors.New("too long")

func (a *allowance) Read(p []byte) (int, error) {
	if a.left <= 0 {
		return 0, errTooLong
	}
	n, err := a.r.Read(p[:min(len(p), a.left)])
	a.left -= n
	return n, err
}

// Open begins to read a file. name stands in every error.
func Open(name string, r io.Reader) *File { return open(name, r, MaxItem) }

func open(name string, r io.Reader, most int) *File {
	f := &File{name: name, most: most}
	b := bufio.NewReaderSize(r, 64<<10)
	head, err := b.Peek(2)
	var plain io.Reader = b
	switch {
	case len(head) == 2 && head[0] == 0x1f && head[1] == 0x8b:
		z, err := gzip.NewReader(b)
		if err != nil {
			f.err = fmt.Errorf("%s: not gzip after its first two bytes: %w", name, err)
			return f
		}
		plain = z
	case len(head) == 0 && errors.Is(err, io.EOF):
		f.err = fmt.Errorf("%s: the file is empty", name)
		return f
	}
	f.in = &allowance{r: plain, left: most}
	f.d = jsontext.NewDecoder(f.in)
	return f
}

// fault words an error, with its place. The first one stays.
func (f *File) fault(err error) error {
	what := ""
	switch {
	case err == nil:
		what = "not JSON"
	case errors.Is(err, errTooLong):
		what = fmt.Sprintf("longer than the %d bytes that one item may have", f.most)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		what = "the file is cut off"
	case errors.Is(err, gzip.ErrChecksum):
		what = "gzip's checksum does not hold: the file was damaged"
	case errors.Is(err, gzip.ErrHeader):
		what = "something that is not gzip stands behind the gzip"
	default:
		what = err.Error()
		var se *jsontext.SyntacticError
		if errors.As(err, &se) && se.Err != nil {
			what = "not JSON: " + se.Err.Error()
			if se.JSONPointer != "" {
				what += fmt.Sprintf(" at %q", string(se.JSONPointer))
			}
		}
	}
	f.err = fmt.Errorf("%s: item %d, byte %d: %s", f.name, f.n+1, f.d.InputOffset(), what)
	return f.err
}

// Next gives the next item, or io.EOF.
func (f *File) Next() (Raw, error) {
	if f.err != nil {
		return Raw{}, f.err
	}
	if f.state == before {
		if t, err := f.d.ReadToken(); err != nil {
			return Raw{}, f.fault(err)
		} else if t.Kind() != '{' {
			return Raw{}, f.fault(errors.New("not an object, where AWS writes {\"configurationItems\":[…]}"))
		}
		if err := f.seek(); err != nil {
			return Raw{}, err
		}
	}
	for {
		switch f.state {
		case inside:
			f.in.left = f.most // each item has its own
			if f.d.PeekKind() == ']' {
				if _, err := f.d.ReadToken(); err != nil {
					return Raw{}, f.fault(err)
				}
				f.state = behind
				continue
			}
			return f.item()
		case single:
			f.in.left, f.state = f.most, behind
			return f.item()
		case behind:
			if err := f.seek(); err != nil {
				return Raw{}, err
			}
		default:
			f.err = io.EOF
			return Raw{}, f.err
		}
	}
}

// item reads one item, whose first byte is next.
func (f *File) item() (Raw, error) {
	v, err := f.d.ReadValue()
	if err != nil {
		return Raw{}, f.fault(err)
	}
	if v.Kind() != '{' {
		return Raw{}, f.fault(fmt.Errorf("the item is %s, and an item is an object", kindName(v.Kind())))
	}
	if len(v) > f.most {
		return Raw{}, f.fault(errTooLong)
	}
	f.n++
	return Raw{Number: f.n, Offset: f.d.InputOffset(), Type: typeOf(v), JSON: v}, nil
}

// seek reads the members of the file until its items begin, or its end.
func (f *File) seek() error {
	for {
		f.in.left = max(f.in.left, f.most)
		t, err := f.d.ReadToken()
		if err != nil {
			return f.fault(err)
		}
		if t.Kind() == '}' {
			return f.close()
		}
		name := t.String()
		switch {
		case strings.EqualFold(name, "configurationItems"), strings.EqualFold(name, "configurationItem"):
			if f.member != "" {
				return f.fault(fmt.Errorf("%s stands beside %s, and one of them holds the items", name, f.member))
			}
			f.member = name
			list := strings.HasSuffix(strings.ToLower(name), "s")
			switch k := f.d.PeekKind(); {
			case list && k == '[':
				if _, err := f.d.ReadToken(); err != nil {
					return f.fault(err)
				}
				f.state = inside
				return nil
			case !list && k == '{':
				f.state = single
				return nil
			case k == 0:
				_, err := f.d.ReadToken()
				return f.fault(err)
			default:
				return f.fault(fmt.Errorf("%s is %s", name, kindName(k)))
			}
		default:
			if err := f.d.SkipValue(); err != nil {
				return f.fault(err)
			}
		}
	}
}

// close reads what stands behind the JSON: nothing, up to the end of the gzip.
func (f *File) close() error {
	if f.member == "" {
		return f.fault(errors.New("there are no configurationItems in it"))
	}
	switch _, err := f.d.ReadToken(); {
	case err == nil:
		return f.fault(errors.New("more stands behind the JSON"))
	case !errors.Is(err, io.EOF):
		return f.fault(err)
	}
	f.state = atEnd
	return nil
}

func kindName(k jsontext.Kind) string {
	switch k {
	case 'n':
		return "null"
	case 't', 'f':
		return "true or false"
	case '"':
		return "a string"
	case '0':
		return "a number"
	case '[':
		return "a list"
	}
	return "an object"
}
