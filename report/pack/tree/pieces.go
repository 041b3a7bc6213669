package tree

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// MaxPiece is the longest piece, in bytes.
const MaxPiece = 512 << 20

// Covered reports whether the tree is over a file of the pack.
func Covered(path string) bool {
	dir, _, _ := strings.Cut(path, "/")
	switch dir {
	case "evidence", "records", "history":
		return strings.HasSuffix(path, ".jsonl")
	case "frameworks":
		return strings.HasSuffix(path, ".yaml")
	case "timeline.jsonl", "gaps.jsonl", "assessment.json", "run.json", "audit.yaml":
		return true
	}
	return false
}

// Pieces reads a covered file and calls each with its pieces, in order. A piece is good until the next.
func Pieces(path string, r io.Reader, each func(piece []byte) error) error {
	switch {
	case strings.HasSuffix(path, ".jsonl"):
		return lines(r, each)
	case path == "assessment.json":
		return assessmentPieces(r, each)
	}
	b, err := io.ReadAll(io.LimitReader(r, MaxPiece+1))
	if err != nil {
		return err
	}
	if len(b) > MaxPiece {
		return tooLong()
	}
	return each(b)
}

func tooLong() error { return fmt.Errorf("a line or text is longer than %d bytes", MaxPiece) }

// lines calls each with every line, its newline included. The last one may lack it.
func lines(r io.Reader, each func([]byte) error) error {
	br := bufio.NewReaderSize(r, 256<<10)
	var long []byte
	for {
		part, err := br.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			if len(long)+len(part) > MaxPiece {
				return tooLong()
			}
			long = append(long, part...)
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		line := part
		if len(long) > 0 {
			if len(long)+len(part) > MaxPiece {
				return tooLong()
			}
			long = append(long, part...)
			line = long
		}
		if len(line) > 0 {
			if err := each(line); err != nil {
				return err
			}
		}
		if cap(long) > 4<<20 {
			long = nil
		}
		long = long[:0]
		if err != nil {
			return nil
		}
	}
}

// assessmentPieces cuts the lines of frameworks before each control: what is said of one control can be handed over without the others.
func assessmentPieces(r io.Reader, each func([]byte) error) error {
	frameworks := false
	return lines(r, func(line []byte) error {
		switch {
		case bytes.HasPrefix(line, []byte(`"frameworks":[`)):
			frameworks = true
		case bytes.HasPrefix(line, []byte("]")):
			frameworks = false
		case frameworks:
			from := 0
			for _, at := range controls(line) {
				if at > from {
					if err := each(line[from:at]); err != nil {
						return err
					}
					from = at
				}
			}
			line = line[from:]
		}
		return each(line)
	})
}

// controls gives where the objects begin that stand in a list in the line's own object.
func controls(line []byte) []int {
	var out []int
	depth := 0
	inString := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if c == '{' && depth == 2 {
				out = append(out, i)
			}
			depth++
		case c == '}' || c == ']':
			depth--
		}
	}
	return out
}
