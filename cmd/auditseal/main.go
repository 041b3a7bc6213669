// Command auditseal produces compliance evidence for AWS: it reads AWS, tests what it read against framework mappings, and writes
// a sealed evidence pack that anyone can check and derive again without access to AWS.
//
// This package is wiring. It alone owns the clock, the environment, credentials, the terminal and the exit codes; a file a verb.
//
// # Exit codes
//
// They are the same whatever the output format: 0 done · 1 could not finish · 2 wrong usage or configuration · 3 finished, and
// with --strict some result is an exception or incomplete · 4 verification failed · 130 interrupted. An unknown code is a failure.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/auditseal/auditseal/report/text"
)

const (
	exitDone       = 0
	exitUnfinished = 1
	exitUsage      = 2
	exitFindings   = 3
	exitBroken     = 4
	exitInterrupt  = 130
)

const exitText = `

Exit codes:
  0  done
  1  could not finish
  2  wrong usage or configuration
  3  finished, and with --strict some result is an exception or incomplete
  4  verification failed
  130  interrupted; the same command goes on where it stopped
`

// An exitError is an error with an exit code and, where there is one, the next step.
type exitError struct {
	code int
	err  error
	hint string
	said bool // the result on stdout says it already
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

func usage(hint, format string, args ...any) error {
	return &exitError{code: exitUsage, err: fmt.Errorf(format, args...), hint: hint}
}

// An app is what a verb works with: where it speaks, the clock, and chance.
type app struct {
	out, err io.Writer
	json     bool
	now      func() time.Time
	random   io.Reader
	// live is the terminal that progress is drawn on, nil where stderr is none.
	live *os.File
	// ending is what is told of how a verb ended, nil for verbs that tell nothing.
	ending *ending
}

// say speaks to people, on stderr.
func (a *app) say(format string, args ...any) {
	if !a.json {
		fmt.Fprintf(a.err, format+"\n", args...)
	}
}

// print puts the result on stdout: v as JSON with --json, else text.
func (a *app) print(v any, text string) error {
	if !a.json {
		_, err := io.WriteString(a.out, text)
		return err
	}
	enc := json.NewEncoder(a.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// memory is what the Go runtime is to stay within, in bytes.
const memory = 208 << 20

// garbage is how much may be left lying, in percent of what is in use.
const garbage = 200

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// Garbage is collected earlier rather than letting memory grow past this; what is really in use may. GOMEMLIMIT says otherwise.
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memory)
	}
	// Below that, memory is cheaper than time. GOGC says otherwise.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	a := &app{out: os.Stdout, err: os.Stderr, now: time.Now, random: rand.Reader}
	if term.IsTerminal(int(os.Stderr.Fd())) {
		a.live = os.Stderr
	}
	ended := make(chan int, 1)
	go func() { ended <- a.main(ctx, os.Args[1:]) }()
	os.Exit(a.await(ctx, stop, ended, patience))
}

// patience is how long a command that was told to stop may take over it. Asking AWS stops at once; the tests, the PDF and the seal do not, and
// whoever sent the signal kills the process in the end, when nobody could be told any more. Containers are given thirty seconds or more.
const patience = 10 * time.Second

// await gives the exit code of a command. One that does not stop in time is left where it is: that is no worse than a killed process, after which
// the same command goes on. A second signal ends the process at once.
func (a *app) await(ctx context.Context, stop func(), ended <-chan int, patience time.Duration) int {
	defer stop()
	select {
	case code := <-ended:
		return code
	case <-ctx.Done():
	}
	stop()
	select {
	case code := <-ended:
		return code
	case <-time.After(patience):
	}
	code, hint, err := outcome(ctx, ctx.Err())
	a.sayError(code, err, hint)
	a.end(code, err, hint)
	return code
}

// main runs a command line and gives the exit code. A verb that tells how it ended does so here, whatever happened.
func (a *app) main(ctx context.Context, args []string) (code int) {
	defer func() {
		if broke := recover(); broke != nil {
			// Go's own exit code for this is 2, which says that the configuration is wrong, and schedulers then try no more.
			fmt.Fprintf(a.err, "panic: %v\n\n%s", broke, debug.Stack())
			err, hint := fmt.Errorf("auditseal broke: %v", broke), "this is a fault of auditseal; please report it with what stands on stderr"
			code = exitUnfinished
			a.sayError(code, err, hint)
			a.end(code, err, hint)
		}
	}()
	root := a.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if a.ending == nil && err != nil {
		a.beganNever(args)
	}
	code, hint, err := outcome(ctx, err)
	if err != nil {
		a.sayError(code, err, hint)
	}
	a.end(code, err, hint)
	return code
}

// outcome is the exit code of an error, the next step, and how it is said.
func outcome(ctx context.Context, err error) (code int, hint string, said error) {
	var e *exitError
	switch {
	case err == nil:
		return exitDone, "", nil
	case errors.As(err, &e):
		return e.code, e.hint, err
	case ctx.Err() != nil:
		return exitInterrupt, "run the same command again: it goes on where it stopped", errors.New("interrupted")
	case strings.HasPrefix(err.Error(), "unknown command"), strings.HasPrefix(err.Error(), "unknown flag"), strings.HasPrefix(err.Error(), "unknown shorthand"),
		strings.HasPrefix(err.Error(), "accepts "), strings.HasPrefix(err.Error(), "requires "), strings.HasPrefix(err.Error(), "flag needs"),
		strings.HasPrefix(err.Error(), "invalid argument"), strings.HasPrefix(err.Error(), "required flag"):
		return exitUsage, "see auditseal --help, or auditseal COMMAND --help", err
	}
	return exitUnfinished, "", err
}

// sayError says what went wrong, unless the result on stdout says it already.
func (a *app) sayError(code int, err error, hint string) {
	var e *exitError
	if a.json && errors.As(err, &e) && e.said {
		return
	}
	if a.json {
		json.NewEncoder(a.out).Encode(map[string]any{"ok": false, "exit_code": code, "error": err.Error(), "hint": hint})
		return
	}
	fmt.Fprintf(a.err, "auditseal: %s\n", inert(err.Error()))
	if hint != "" {
		fmt.Fprintf(a.err, "auditseal: hint: %s\n", hint)
	}
}

// inert makes every character of a text visible that a terminal would obey: errors quote AWS and files.
func inert(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = text.Plain(l)
	}
	return strings.Join(lines, "\n")
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "auditseal",
		Short: "Compliance evidence for AWS, sealed so that anyone can check and derive it again",
		Long: `auditseal reads AWS (read-only), tests what it read against framework mappings written in YAML, and writes
an evidence pack: a PDF report, an Excel workbook, the raw evidence, and a seal that anyone can check offline.

  auditseal demo                      the whole job on a recording of a fictional organization, offline
  auditseal init                      write a commented audit.yaml
  auditseal doctor                    credentials, roles, regions, services and clock, checked before an audit
  auditseal plan                      every call that would be made, the time it takes, and what it costs
  auditseal keygen                    the key that signs packs
  auditseal run                       collect, assess, report, seal
  auditseal verify PACK --rederive    check a pack, and derive everything in it again
  auditseal schedule --for …          what starts it every quarter: CloudFormation, Kubernetes, systemd
  auditseal extract PACK              hand over the evidence of some controls only, with values hidden

What a call that failed would have shown is never guessed: it is a gap, and the report says so.` + exitText,
		Example: `  auditseal demo --out demo-pack
  auditseal run -c audit.yaml --out packs/2026-Q3
  auditseal verify packs/2026-Q3.zip --rederive`,
		SilenceUsage: true, SilenceErrors: true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.PersistentFlags().BoolVar(&a.json, "json", false, "one JSON object on stdout, for success and failure alike")
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return &exitError{code: exitUsage, err: err, hint: "see " + c.CommandPath() + " --help"}
	})
	root.AddCommand(a.demo(), a.init(), a.doctor(), a.plan(), a.run(), a.collect(), a.merge(), a.assess(), a.report(), a.seal(), a.archive(), a.custody(), a.verify(), a.extract(), a.disclose(), a.policy(), a.schedule(),
		a.frameworks(), a.collectors(), a.keygen(), a.version())
	return root
}

// exactly wants one argument, and says what it is where there is none or more.
func exactly(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usage("see "+c.CommandPath()+" --help", "%s takes %s, and was given %s", c.Name(), what, count(len(args), "argument"))
		}
		return nil
	}
}

// family is what a command does that only holds others: it shows them, and refuses a name that is none of them.
func family(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage("see "+c.CommandPath()+" --help", "unknown command %q for %q", args[0], c.CommandPath())
	}
	return c.Help()
}

// count is a number with its noun.
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// quiet keeps the exit code of err where the JSON object that says everything is already on stdout: there is only ever one.
func (a *app) quiet(err error) error {
	var e *exitError
	if a.json && errors.As(err, &e) {
		e.said = true
	}
	return err
}
