package athena

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// An engine is a Trino of this test's own.
type engine struct {
	in  io.Writer
	out *bufio.Reader
}

// start runs Trino over a folder until the test ends.
func start(t *testing.T, dir string) *engine {
	t.Helper()
	home, java := os.Getenv("AUDITSEAL_TRINO"), os.Getenv("AUDITSEAL_TRINO_JAVA")
	if home == "" || java == "" {
		missing(t, "AUDITSEAL_TRINO and AUDITSEAL_TRINO_JAVA are not set: the folder with Trino's jars, as testdata/e2e/athena/pom.xml names them, and a Java that runs it")
	}
	source, err := filepath.Abs("Engine.java")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), java, "-Xmx1g", "--add-modules", "jdk.incubator.vector", "--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED",
		"--add-opens=java.base/java.nio=ALL-UNNAMED", "-cp", filepath.Join(home, "*"), source, dir)
	var said bytes.Buffer
	cmd.Stderr = &said
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		missing(t, fmt.Sprintf("AUDITSEAL_TRINO_JAVA=%s does not run: %v", java, err))
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Process.Kill()
		cmd.Wait() // it was killed, so its error says nothing
	})
	e := &engine{in, bufio.NewReaderSize(out, 1<<20)}
	if line, err := e.out.ReadString('\n'); err != nil || line != "ready\n" {
		in.Close()
		cmd.Wait()
		t.Fatalf("Trino ended before it was ready: %q, %v\n%s", line, err, tail(said.String()))
	}
	return e
}

func tail(s string) string {
	if len(s) > 6000 {
		return s[len(s)-6000:]
	}
	return s
}

// missing skips, or fails where nothing may be skipped.
func missing(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// An answer is what a query gives; nil is NULL.
type answer struct {
	Columns []string
	Rows    [][]*string
	Error   string
}

// ask runs a query.
func (e *engine) ask(t *testing.T, sql string) answer {
	t.Helper()
	line, err := json.Marshal(map[string]string{"sql": sql})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.in.Write(append(line, '\n')); err != nil {
		t.Fatal(err)
	}
	said, err := e.out.ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var a answer
	if err := json.Unmarshal(said, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

// The parts of a definition as auditseal prints it.
var (
	named     = regexp.MustCompile("^CREATE EXTERNAL TABLE `([^`]+)`\\.`([^`]+)` \\(\n((?s:.*?))\n\\)\nPARTITIONED BY \\((.*)\\)\n")
	columned  = regexp.MustCompile("`([^`]+)` ([^`]*[^`, \n])")
	property  = regexp.MustCompile(`'((?:[^']|'')*)' = '((?:[^']|'')*)'`)
	serde     = regexp.MustCompile(`(?s)ROW FORMAT SERDE 'org\.openx\.data\.jsonserde\.JsonSerDe'\nWITH SERDEPROPERTIES \((.*?)\n\)\n`)
	located   = regexp.MustCompile(`\nLOCATION '([^']+)'\n`)
	tabled    = regexp.MustCompile(`(?s)\nTBLPROPERTIES \((.*)\n\)$`)
	inFolders = strings.NewReplacer("s3://", "local:///")
)

// define puts the table of a definition into the catalog's folder, as Trino keeps it.
func define(t *testing.T, dir, definition string) {
	t.Helper()
	head, props, at, table := named.FindStringSubmatch(definition), serde.FindStringSubmatch(definition), located.FindStringSubmatch(definition), tabled.FindStringSubmatch(definition)
	if head == nil || props == nil || at == nil || table == nil {
		t.Fatalf("a definition that cannot be taken apart:\n%s", definition)
	}
	type column struct {
		Name       string            `json:"name"`
		Type       string            `json:"type"`
		Properties map[string]string `json:"properties"`
	}
	columns := func(text string) []column {
		var out []column
		for _, m := range columned.FindAllStringSubmatch(text, -1) {
			out = append(out, column{m[1], m[2], map[string]string{}})
		}
		return out
	}
	properties := func(text string) map[string]string {
		out := map[string]string{}
		for _, m := range property.FindAllStringSubmatch(text, -1) {
			out[strings.ReplaceAll(m[1], "''", "'")] = inFolders.Replace(strings.ReplaceAll(m[2], "''", "'"))
		}
		return out
	}
	parameters := properties(table[1])
	parameters["EXTERNAL"] = "TRUE"
	write(t, filepath.Join(dir, "metastore", "."+head[1]+".trinoSchema"), marshal(t, map[string]any{"writerVersion": "testversion", "ownerName": "user", "ownerType": "USER", "parameters": map[string]string{}}))
	write(t, filepath.Join(dir, "metastore", head[1], head[2], ".trinoSchema"), marshal(t, map[string]any{"writerVersion": "testversion", "owner": "user", "tableType": "EXTERNAL_TABLE",
		"dataColumns": columns(head[3]), "partitionColumns": columns(head[4]), "parameters": parameters, "storageFormat": "OPENX_JSON", "serdeParameters": properties(props[1]),
		"externalLocation": inFolders.Replace(at[1]), "columnStatistics": map[string]string{}}))
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
}
