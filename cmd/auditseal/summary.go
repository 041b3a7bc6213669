package main

import (
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/spf13/cobra"
)

// A summary is how a run ended, in one line of JSON: the same members whether it went well or not. It serves alarms, and people who read
// no log. It holds no secrets and no evidence.
type summary struct {
	// OK says that the exit code is 0.
	OK bool `json:"ok"`
	// ExitCode is the process's: see auditseal run --help.
	ExitCode int    `json:"exit_code"`
	Command  string `json:"command"`
	Version  string `json:"version"`
	// Organization and Period are as audit.yaml names them; the period is empty where it has from and to. Both are empty where it could not
	// be read.
	Organization string `json:"organization"`
	Period       string `json:"period"`
	// Started is by this machine's clock, and Seconds how long it took by it.
	Started time.Time `json:"started"`
	Seconds float64   `json:"seconds"`
	// Exchanges, Calls and Gaps count what AWS answered, what was planned to be asked, and what was not read. Absence: nothing was collected by
	// this process.
	Exchanges *int `json:"exchanges,omitempty"`
	Calls     *int `json:"planned_calls,omitempty"`
	Gaps      *int `json:"gaps,omitempty"`
	// Pack tells of the sealed pack. Absence: none was sealed.
	Pack *sealed `json:"pack,omitempty"`
	// Already is set where an earlier run had done it all. Nobody is told of that: a schedule starts a run every day so that one that failed is
	// tried again, and the days after the one that did it are not news.
	Already bool `json:"already,omitempty"`
	// Error says why it ended with another code than 0, and Hint what to do. Absence: nothing went wrong.
	Error string `json:"error,omitempty"`
	Hint  string `json:"hint,omitempty"`
}

// subject is the summary in at most a hundred characters of ASCII, as SNS wants a subject.
func (s *summary) subject() string {
	how := "done"
	if !s.OK {
		how = fmt.Sprintf("ended with exit code %d", s.ExitCode)
	}
	text := fmt.Sprintf("auditseal %s %s %s", s.Command, s.Period, how)
	out := make([]byte, 0, 100)
	for _, r := range text {
		if r < ' ' || r > '~' {
			r = '?'
		}
		if out = append(out, byte(r)); len(out) == 100 {
			break
		}
	}
	return string(out)
}

// An ending is what a run does when it ends, however it ends.
type ending struct {
	summary
	file   string // where the summary is written too; - is stdout, and empty is nowhere
	to     []listener
	notify []string

	// A run that does not stop in time is told of while it still works, and only once.
	mu   sync.Mutex
	told bool
}

func (e *ending) flags(c *cobra.Command) {
	notifyFlag(c, &e.notify)
	c.Flags().StringVar(&e.file, "summary", "", "write how the run ended to this file too, as one line of JSON; - is stdout")
}

// begin is called by a verb that tells how it ended, before it does anything else.
func (a *app) begin(c *cobra.Command, e *ending) error {
	e.Command, e.Version, e.Started = c.Name(), tool().Version, a.now().UTC().Truncate(time.Second)
	to, err := listeners(e.notify)
	e.to = to
	a.ending = e
	return err
}

// beganNever is for a command line that was not understood: no flag of it was read, and those who are told by the environment still are.
func (a *app) beganNever(args []string) {
	if len(args) == 0 || args[0] != "run" && args[0] != "collect" {
		return
	}
	e := &ending{summary: summary{Command: args[0], Version: tool().Version, Started: a.now().UTC().Truncate(time.Second)}}
	e.to, _ = listeners(nil)
	a.ending = e
}

// audited says which audit is run.
func (a *app) audited(j *job) {
	if a.ending != nil {
		a.ending.mu.Lock()
		defer a.ending.mu.Unlock()
		a.ending.Organization, a.ending.Period = j.audit.Organization, j.audit.Period.Name()
	}
}

// counted keeps what was collected for the summary.
func (a *app) counted(cells, exchanges, gaps int) {
	if a.ending != nil {
		a.ending.mu.Lock()
		defer a.ending.mu.Unlock()
		a.ending.Calls, a.ending.Exchanges, a.ending.Gaps = &cells, &exchanges, &gaps
	}
}

// packed keeps what was sealed for the summary.
func (a *app) packed(s *sealed) {
	if a.ending != nil {
		a.ending.mu.Lock()
		defer a.ending.mu.Unlock()
		a.ending.Pack = s
	}
}

// already keeps for the summary that there was nothing left to do.
func (a *app) already() {
	if a.ending != nil {
		a.ending.mu.Lock()
		defer a.ending.mu.Unlock()
		a.ending.Already = true
	}
}

// end writes the summary, and tells whoever is to be told, once.
func (a *app) end(code int, err error, hint string) {
	e := a.ending
	if e == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.told {
		return
	}
	e.told = true
	e.OK, e.ExitCode, e.Hint = code == exitDone, code, hint
	if err != nil {
		e.Error = err.Error()
	}
	e.Seconds = a.now().Sub(e.Started).Round(time.Millisecond).Seconds()
	line, err := json.Marshal(e.summary)
	if err == nil {
		line = append(line, '\n')
		switch e.file {
		case "":
		case "-":
			if !a.json {
				_, err = a.out.Write(line)
			}
		default:
			err = os.WriteFile(e.file, line, 0o644)
		}
	}
	if err != nil {
		fmt.Fprintf(a.err, "auditseal: the summary was not written: %v\n", err)
	}
	if e.Already && e.OK {
		return
	}
	a.tell(e.to, &e.summary)
}
