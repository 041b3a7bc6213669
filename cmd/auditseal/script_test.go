package main

import (
	"crypto/rand"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/auditseal/auditseal/collectors/tape"
	"github.com/auditseal/auditseal/report/seal/sealtest"
	"github.com/auditseal/auditseal/testdata/scenario"
)

var update = flag.Bool("update", false, "rewrite the transcripts' expected output")

func TestMain(m *testing.M) {
	if os.Getenv("AUDITSEAL_TEST_AS_MAIN") != "" {
		main()
	}
	testscript.Main(m, map[string]func(){"auditseal": main})
}

// The transcripts run the real main in a process of its own: exit codes and stderr are the genuine ones. A server with the demo's
// organization stands at $AWS_ENDPOINT_URL for those that ask AWS, a timestamp authority at $TSA_URL with its root in tsa-ca.pem.
func TestScripts(t *testing.T) {
	s := scenario.Start(scenario.Config{Organization: scenario.Demo(), Spread: 7 * 60 * 1e9, Settled: true})
	t.Cleanup(s.Close)
	tsa, err := sealtest.Start(rand.Reader, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tsa.Close)
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"), UpdateScripts: *update, RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			for name, value := range map[string]string{
				"AWS_ENDPOINT_URL": s.URL, "AWS_ACCESS_KEY_ID": scenario.AccessKey(scenario.DemoManagement), "AWS_SECRET_ACCESS_KEY": "x",
				"AWS_EC2_METADATA_DISABLED": "true", "TSA_URL": tsa.URL, "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
			} {
				e.Setenv(name, value)
			}
			return os.WriteFile(filepath.Join(e.WorkDir, "tsa-ca.pem"), tsa.Root.PEM(), 0o644)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"replace": replaceIn, "reline": reline, "jsonfield": jsonField},
	})
}

// replaceIn replaces the first occurrence of a text in a file, in place: replace FILE OLD NEW.
func replaceIn(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: replace FILE OLD NEW")
	}
	name := ts.MkAbs(args[0])
	raw, err := os.ReadFile(name)
	ts.Check(err)
	if !strings.Contains(string(raw), args[1]) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(name, []byte(strings.Replace(string(raw), args[1], args[2], 1)), 0o644))
}

// reline is what a forger does: it replaces a text in the body of a tape's line, and gives the line a right digest again.
func reline(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: reline FILE OLD NEW")
	}
	name := ts.MkAbs(args[0])
	raw, err := os.ReadFile(name)
	ts.Check(err)
	done := false
	var out []byte
	for line := range strings.Lines(string(raw)) {
		ex, err := tape.Decode([]byte(line))
		ts.Check(err)
		if !done && strings.Contains(ex.Body, args[1]) {
			ex.Body, done = strings.Replace(ex.Body, args[1], args[2], 1), true
		}
		b, err := tape.Encode(ex)
		ts.Check(err)
		out = append(out, b...)
	}
	if !done {
		ts.Fatalf("no body in %s holds %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(name, out, 0o644))
}

// jsonField checks that stdout is one JSON object whose member reads as given: jsonfield NAME VALUE.
func jsonField(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: jsonfield NAME VALUE")
	}
	var m map[string]json.RawMessage
	dec := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	ts.Check(dec.Decode(&m))
	if dec.More() {
		ts.Fatalf("stdout holds more than one JSON object")
	}
	if got := string(m[args[0]]); (got == args[1]) == neg {
		ts.Fatalf("%s is %s", args[0], got)
	}
}
