package collectors

import (
	"slices"
	"strings"

	"github.com/auditseal/auditseal/collectors/configitem"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/kms"
	"github.com/auditseal/auditseal/collectors/s3"
)

// Past lists the readers of configuration items, by type: from these the past of a kind is told. A type has one reader, and a kind may be told
// by several types.
func Past() []configitem.Reader {
	var out []configitem.Reader
	for _, readers := range [][]configitem.Reader{
		kms.Past(),
		s3.Past(),
	} {
		out = append(out, readers...)
	}
	slices.SortFunc(out, func(a, b configitem.Reader) int { return strings.Compare(a.Type, b.Type) })
	return out
}

// Pasts lists the kinds whose past is told, and by which types.
func Pasts() []evidence.Past {
	var out []evidence.Past
	for _, r := range Past() {
		out = append(out, r.Past)
	}
	return out
}
