package configdelivery

import (
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"

	"github.com/auditseal/auditseal/collectors/configitem"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// Reducers says what the tape keeps of snapshots, which hold every resource of a region and may have hundreds of megabytes: the items of the
// types in scope, with the members that are read of them, as a file of the same form.
func (Collector) Reducers(sc evidence.Scope) map[string]tape.Reducer {
	if sc.Delivery == nil {
		return nil
	}
	types := wanted(sc)
	return map[string]tape.Reducer{getObject.Name: {Most: mostKept,
		Wants: func(r evidence.Request) bool { return strings.Contains(r.Path, "/ConfigSnapshot/") },
		Reduce: func(body io.Reader, to io.Writer) (items, kept int, err error) {
			z := gzip.NewWriter(to)
			items, kept, err = reduce(body, z, types)
			return items, kept, errors.Join(err, z.Close())
		}}}
}

func reduce(body io.Reader, to io.Writer, types []string) (items, kept int, err error) {
	if _, err := io.WriteString(to, `{"fileVersion":"1.0","configurationItems":[`); err != nil {
		return 0, 0, err
	}
	var line []byte
	for in := configitem.Open("the snapshot", body); ; {
		raw, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return items, kept, err
		}
		items++
		if !slices.Contains(types, raw.Type) {
			continue
		}
		if line = line[:0]; kept > 0 {
			line = append(line, ',', '\n')
		}
		kept++
		if _, err := to.Write(raw.AppendRead(line)); err != nil {
			return items, kept, err
		}
	}
	_, err = io.WriteString(to, "]}")
	return items, kept, err
}
