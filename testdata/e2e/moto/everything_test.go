package moto

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// testID is where a test that ships begins.
var testID = regexp.MustCompile(`(?m)^  - id: (\S+)`)

// everything is a framework of one control that asks for every test that ships, or for those of some files, so that every collector
// is at work whatever the frameworks that ship refer to.
func everything(t *testing.T, only ...string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "frameworks", "tests", "*.yaml"))
	must(t, err)
	if len(only) > 0 {
		files = slices.DeleteFunc(files, func(f string) bool { return !slices.Contains(only, filepath.Base(f)) })
	}
	var ids []string
	for _, f := range files {
		raw, err := os.ReadFile(f)
		must(t, err)
		for _, m := range testID.FindAllStringSubmatch(string(raw), -1) {
			ids = append(ids, m[1])
		}
	}
	slices.Sort(ids)
	if len(ids) < 80 && len(only) == 0 || len(ids) == 0 {
		t.Fatalf("found %d tests in frameworks/tests: their form has changed", len(ids))
	}
	return fmt.Sprintf("framework: everything\ntitle: Every test that ships\nversion: \"1\"\ncontrols:\n  - id: ALL\n    title: Every test that ships\n    tests: [%s]\n", strings.Join(ids, ", "))
}
