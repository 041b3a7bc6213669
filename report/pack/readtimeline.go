package pack

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/auditseal/auditseal/frameworks/assess"
)

// A timelineReader reads lines of timeline.jsonl as strictly as encoding/json with unknown names forbidden, and a name that stands twice as
// well, at several times its speed: a timeline may have a line for each resource, test and change. Values that are nobody's to check are
// walked and not kept, and what is said on every second line is kept once.
type timelineReader struct {
	v *verifier
	s *scanner
	// known are strings that were seen already.
	known map[string]string
	// cited counts the evidence of the line; wrong takes what is wrong with it.
	cited int
	wrong func(format string, a ...any)
}

// maxKnown bounds what is kept: resources and items are too many to be.
const maxKnown = 4096

// text takes a string.
func (r *timelineReader) text(to *string) error {
	if err := r.s.string(true); err != nil {
		return err
	}
	if known, ok := r.known[string(r.s.str)]; ok {
		*to = known
		return nil
	}
	*to = string(r.s.str)
	if len(r.known) < maxKnown && len(*to) < 200 {
		r.known[*to] = *to
	}
	return nil
}

// fresh takes a string that will hardly come again.
func (r *timelineReader) fresh(to *string) error {
	if err := r.s.string(true); err != nil {
		return err
	}
	if string(r.s.str) != *to {
		*to = string(r.s.str)
	}
	return nil
}

func (r *timelineReader) moment(to *time.Time) error {
	if err := r.s.string(true); err != nil {
		return err
	}
	t, err := parseMoment(r.s.str)
	*to = t
	return err
}

// parseMoment reads a moment as it is written: RFC 3339 in UTC. Moments on whole seconds, which nearly all are, go the short way.
func parseMoment(b []byte) (time.Time, error) {
	if len(b) == len("2006-01-02T15:04:05Z") && b[4] == '-' && b[7] == '-' && b[10] == 'T' && b[13] == ':' && b[16] == ':' && b[19] == 'Z' {
		year, ok1 := digits(b[0:4])
		month, ok2 := digits(b[5:7])
		day, ok3 := digits(b[8:10])
		hour, ok4 := digits(b[11:13])
		minute, ok5 := digits(b[14:16])
		second, ok6 := digits(b[17:19])
		if ok1 && ok2 && ok3 && ok4 && ok5 && ok6 && year > 0 && month >= 1 && month <= 12 && hour < 24 && minute < 60 && second < 60 {
			if t := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC); t.Day() == day {
				return t, nil
			}
		}
	}
	t, err := time.Parse(time.RFC3339Nano, string(b))
	if err != nil || t.IsZero() || !bytes.HasSuffix(b, []byte("Z")) {
		return time.Time{}, fmt.Errorf("%.60q is not a moment in UTC", b)
	}
	return t, nil
}

func digits(b []byte) (int, bool) {
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

// cite takes a list of evidence ids, each of which must stand on the tape.
func (r *timelineReader) cite(what string) (int, error) {
	n := 0
	err := r.s.array(func() error {
		n++
		if err := r.s.string(true); err != nil {
			return err
		}
		if !r.v.hasEvidence(r.s.str) {
			r.wrong("%s %.40q, which is not on the tape", what, r.s.str)
		}
		return nil
	})
	return n, err
}

// read takes a line but for its end. What it puts into e is whole; the evidence is counted and its values are not kept.
func (r *timelineReader) read(e *assess.TimelineEntry) error {
	was := *e
	*e = assess.TimelineEntry{Record: was.Record}
	r.cited = 0
	record := false
	err := r.s.object(func(name []byte) error {
		switch string(name) {
		case "test":
			return r.text(&e.Test)
		case "population":
			return r.text(&e.Population)
		case "record":
			record = true
			return r.fresh(&e.Record)
		case "account":
			return r.text(&e.Account)
		case "region":
			return r.text(&e.Region)
		case "opinion":
			return r.text(&e.Opinion)
		case "from":
			return r.moment(&e.From)
		case "to":
			return r.moment(&e.To)
		case "result":
			return r.text(&e.Result)
		case "code":
			return r.text(&e.Code)
		case "reason":
			return r.text(&e.Reason)
		case "begins":
			return r.edge(&e.Begins, was.Ends.Item)
		case "ends":
			return r.edge(&e.Ends, "")
		case "source":
			return r.s.string(false)
		case "tolerated":
			e.Tolerated = true
			return r.s.word("true") // false is not written
		case "values":
			return r.s.array(r.value)
		case "evidence":
			var err error
			r.cited, err = r.cite("points to")
			return err
		}
		return fmt.Errorf("%.40q is not a name that auditseal writes there", name)
	})
	if err == nil && (!record || e.From.IsZero() || e.To.IsZero()) {
		err = errors.New("the line lacks its record, or a moment")
	}
	return err
}

func (r *timelineReader) value() error {
	return r.s.object(func(name []byte) error {
		if string(name) != "field" && string(name) != "value" {
			return fmt.Errorf("%.40q is not a name that auditseal writes there", name)
		}
		return r.s.string(false)
	})
}

// edge takes an edge. likely is an item that it may well name.
func (r *timelineReader) edge(e *assess.Edge, likely string) error {
	e.Item = likely
	item := false
	err := r.s.object(func(name []byte) error {
		switch string(name) {
		case "item":
			item = true
			return r.fresh(&e.Item)
		case "what":
			return r.text(&e.What)
		case "change":
			return r.change(e)
		}
		return fmt.Errorf("%.40q is not a name that auditseal writes there", name)
	})
	if !item {
		e.Item = ""
	}
	return err
}

func (r *timelineReader) change(e *assess.Edge) error {
	status, events := "", 0
	err := r.s.object(func(name []byte) error {
		switch string(name) {
		case "status":
			return r.text(&status)
		case "events":
			return r.s.array(func() error {
				events++
				return r.event()
			})
		case "evidence":
			_, err := r.cite("who changed it points to")
			return err
		}
		return fmt.Errorf("%.40q is not a name that auditseal writes there", name)
	})
	if what := wrongChange(status, events); err == nil && what != "" {
		r.wrong("%s", what)
	}
	return err
}

func (r *timelineReader) event() error {
	return r.s.object(func(name []byte) error {
		switch string(name) {
		case "time":
			var t time.Time
			return r.moment(&t)
		case "id", "name", "principal", "source":
			return r.s.string(false)
		}
		return fmt.Errorf("%.40q is not a name that auditseal writes there", name)
	})
}

// appendQuoted appends a part of a name so that no two lists of parts read the same.
func appendQuoted(b []byte, parts ...string) []byte {
	for _, s := range parts {
		b = append(strconv.AppendInt(b, int64(len(s)), 10), ':')
		b = append(b, s...)
	}
	return b
}
