package audit

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/auditseal/auditseal/frameworks/strict"
)

// An Exception is an exception that someone accepted and someone else approved, for one test and one record. It never
// changes a result: it is shown beside the exception, and reported when it has expired or covers none.
type Exception struct {
	ID       string
	Test     string
	Record   string
	Owner    string
	Approver string
	Reason   string
	// Expires is the last day on which it counts, midnight UTC.
	Expires time.Time
}

// Expired reports whether its last day is over at the given moment.
func (e Exception) Expired(at time.Time) bool { return !at.Before(e.Expires.AddDate(0, 0, 1)) }

type exceptionsFile struct {
	At         strict.Pos
	Exceptions []exceptionForm `yaml:"exceptions,required"`
}

type exceptionForm struct {
	At       strict.Pos
	ID       strict.Text `yaml:"id,required"`
	Test     strict.Text `yaml:"test,required"`
	Record   strict.Text `yaml:"record,required"`
	Owner    strict.Text `yaml:"owner,required"`
	Approver strict.Text `yaml:"approver,required"`
	Reason   strict.Text `yaml:"reason,required"`
	Expires  strict.Text `yaml:"expires,required,raw"`
}

var exceptionID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// LoadExceptions reads an exceptions file; name is how it is called in faults. Whether its tests and records are there is
// for the assessment to say: an entry without its exception is reported as orphaned.
func LoadExceptions(name string, data []byte) ([]Exception, error) {
	var f exceptionsFile
	var r strict.Report
	r.Join(name, strict.Decode(name, data, &f))
	ids, pairs := map[string]int{}, map[[2]string]int{}
	var out []Exception
	for _, e := range f.Exceptions {
		x := Exception{ID: e.ID.Value, Test: e.Test.Value, Record: e.Record.Value, Owner: e.Owner.Value, Approver: e.Approver.Value, Reason: e.Reason.Value}
		if !e.ID.IsZero() && !exceptionID.MatchString(x.ID) {
			r.Add(e.ID.At, "exception", x.ID, "not an id", "use letters, digits and . _ - between them")
		}
		if line, ok := ids[x.ID]; ok && !e.ID.IsZero() {
			r.Add(e.ID.At, "exception", x.ID, fmt.Sprintf("given twice, first on line %d", line), "give each an id of its own")
		} else {
			ids[x.ID] = e.ID.At.Line
		}
		pair := [2]string{x.Test, x.Record}
		if line, ok := pairs[pair]; ok && !e.Test.IsZero() && !e.Record.IsZero() {
			r.Add(e.Record.At, "record", x.Record, fmt.Sprintf("accepted for this test already, on line %d", line), "keep one")
		} else {
			pairs[pair] = e.Record.At.Line
		}
		if strings.ContainsAny(x.Record, "*?") {
			r.Add(e.Record.At, "record", x.Record, "a pattern, and each record is accepted by itself", "give the record's id as the report shows it")
		}
		if !e.Owner.IsZero() && strings.EqualFold(strings.Join(strings.Fields(x.Owner), " "), strings.Join(strings.Fields(x.Approver), " ")) {
			r.Add(e.Approver.At, "approver", x.Approver, "the owner approves it", "someone else must")
		}
		if !e.Expires.IsZero() {
			d, err := time.Parse(time.DateOnly, e.Expires.Value)
			if err != nil {
				r.Add(e.Expires.At, "expires", e.Expires.Value, "not a date", "write the last day on which it counts: 2026-12-31")
			}
			x.Expires = d
		}
		out = append(out, x)
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return out, nil
}
