package pack

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// What is written on a tape and what verify knows of it are one list, in one order.
func TestMembersOfATapesLine(t *testing.T) {
	for _, c := range []struct {
		of   reflect.Type
		have []string
	}{{reflect.TypeFor[evidence.Exchange](), tapeMembers}, {reflect.TypeFor[evidence.Request](), requestMembers}} {
		var want []string
		for i := range c.of.NumField() {
			name, _, _ := strings.Cut(c.of.Field(i).Tag.Get("json"), ",")
			want = append(want, name)
		}
		// The line's own digest is looked for by itself.
		if c.of == reflect.TypeFor[evidence.Exchange]() {
			want = slices.DeleteFunc(want, func(s string) bool { return s == "sha256" })
		}
		if !slices.Equal(want, c.have) {
			t.Errorf("%s: written %q, known to verify %q", c.of, want, c.have)
		}
	}
}
