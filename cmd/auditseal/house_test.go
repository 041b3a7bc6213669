package main

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/auditseal/auditseal/"

// A listed package, as `go list` prints it.
type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func list(t *testing.T) map[string]listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", "./...")
	cmd.Dir = filepath.Join("..", "..")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	all := map[string]listed{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimPrefix(p.ImportPath, module)] = p
	}
}

// Imports run one way: cmd → everything; report → frameworks/assess → frameworks → collectors/evidence; collectors → evidence.
func TestImportsRunOneWay(t *testing.T) {
	const evidence, aws = module + "collectors/evidence", "github.com/aws/"
	for name, p := range list(t) {
		area, _, _ := strings.Cut(name, "/")
		ours := func(dep string) string {
			rest, ok := strings.CutPrefix(dep, module)
			if !ok {
				return ""
			}
			a, _, _ := strings.Cut(rest, "/")
			return a
		}
		for _, dep := range p.Imports {
			std := !strings.Contains(strings.SplitN(dep, "/", 2)[0], ".")
			bad := false
			switch {
			case name == "collectors/evidence":
				bad = !std
			case area == "collectors":
				bad = slices.Contains([]string{"cmd", "frameworks", "report"}, ours(dep)) || name != "collectors" && dep == module+"collectors"
			case area == "frameworks":
				bad = strings.HasPrefix(dep, aws) || slices.Contains([]string{"cmd", "report"}, ours(dep)) || ours(dep) == "collectors" && dep != evidence
				if !strings.HasPrefix(name, "frameworks/assess") {
					bad = bad || dep == module+"frameworks/assess"
				}
			case area == "report":
				bad = ours(dep) == "cmd" || ours(dep) == "collectors" && dep != evidence || strings.HasPrefix(dep, aws) && name != "report/archive"
			}
			if bad {
				t.Errorf("%s must not import %s", name, dep)
			}
		}
	}
}

// Checking a pack must not need what made it: a verifier is trusted the more, the less there is of it.
func TestVerifyNeedsNoRenderers(t *testing.T) {
	all := list(t)
	for _, checker := range []string{"report/pack", "report/seal/pdfsign"} {
		if len(all[checker].Deps) == 0 {
			t.Errorf("%s is not there", checker)
		}
		for _, dep := range all[checker].Deps {
			for _, never := range []string{"github.com/aws/", "excelize", "maroto", "gofpdf"} {
				if strings.Contains(dep, never) {
					t.Errorf("%s depends on %s", checker, dep)
				}
			}
		}
	}
}

// Right of the tape there is no clock, environment or chance; and nowhere is there a registry that fills itself.
func TestPurity(t *testing.T) {
	never := map[string][]string{"time": {"Now", "Since", "Until"}, "os": {"Getenv", "LookupEnv", "Environ", "Hostname"}, "rand": nil}
	for _, root := range []string{"frameworks", "report", "collectors", "cmd"} {
		pure := root == "frameworks" || root == "report"
		err := filepath.WalkDir(filepath.Join("..", "..", root), func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
				return err
			}
			set := token.NewFileSet()
			f, err := parser.ParseFile(set, name, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.FuncDecl:
					if n.Name.Name == "init" && n.Recv == nil {
						t.Errorf("%s: init() registers something behind the reader's back", set.Position(n.Pos()))
					}
				case *ast.SelectorExpr:
					x, ok := n.X.(*ast.Ident)
					if !ok || !pure && !slices.Contains([]string{"rand"}, x.Name) {
						return true
					}
					// The one source of chance: main hands it on, as it does the clock.
					if root == "cmd" && x.Name == "rand" && n.Sel.Name == "Reader" && filepath.Base(name) == "main.go" {
						return true
					}
					if words, ok := never[x.Name]; ok && x.Obj == nil && (words == nil || slices.Contains(words, n.Sel.Name)) {
						t.Errorf("%s: %s.%s right of the tape", set.Position(n.Pos()), x.Name, n.Sel.Name)
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// The top level is closed.
func TestTopLevelIsClosed(t *testing.T) {
	cmd := exec.Command("git", "ls-tree", "--name-only", "HEAD")
	cmd.Dir = filepath.Join("..", "..")
	out, err := cmd.Output()
	if err != nil {
		t.Skip("not a git checkout")
	}
	allowed := []string{"cmd", "collectors", "frameworks", "report", "templates", "testdata", "go.mod", "go.sum", "README.md", "LICENSE"}
	for _, name := range strings.Fields(string(out)) {
		if !strings.HasPrefix(name, ".") && !slices.Contains(allowed, name) {
			t.Errorf("%s does not belong at the top level", name)
		}
	}
}
