package excel

import (
	"strings"

	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/report"
)

// exceptions lists each record that did not meet a test.
func (b *book) exceptions() *table {
	return b.findings("exceptions", b.looks.Exception, func(t *report.Test) *report.Findings { return &t.Exceptions })
}

// undecided lists each record for which a test has no result.
func (b *book) undecided() *table {
	return b.findings("undecided", b.looks.Incomplete, func(t *report.Test) *report.Findings { return &t.Unknowns })
}

func (b *book) findings(key, colour string, of func(*report.Test) *report.Findings) *table {
	t := b.sheet(key)
	t.wrap, t.colour = true, colour
	for i := range b.d.Tests {
		t.rows += of(&b.d.Tests[i]).Count
	}
	t.fill = func(f *filler) {
		for i := range b.d.Tests {
			test := &b.d.Tests[i]
			if of(test).Count == 0 {
				continue
			}
			for x, err := range of(test).All {
				if err != nil {
					f.fail(err)
					return
				}
				if !f.next() {
					return
				}
				for _, c := range t.columns {
					b.findingCell(f, c.Key, test, &x)
				}
			}
		}
	}
	return t
}

func (b *book) findingCell(f *filler, key string, t *report.Test, x *assess.Finding) {
	// The first exchanges that a record was read from are lists of many; the last is about it alone.
	var id string
	var more []string
	if n := len(x.Evidence); n > 0 {
		id, more = x.Evidence[n-1], x.Evidence[:n-1]
	}
	switch key {
	case "test":
		f.text(t.ID)
	case "controls":
		f.lines(controlNames(t.Controls))
	case "record":
		f.text(x.Record)
	case "account":
		f.text(x.Account)
	case "region":
		f.text(x.Region)
	case "values":
		f.lines(values(x.Values))
	case "from", "to":
		switch {
		case x.Interval == nil:
			f.none("–")
		case key == "from":
			f.moment(x.Interval.From)
		default:
			f.moment(x.Interval.To)
		}
	case "begins-by", "ends-by":
		if x.Interval == nil {
			f.none("–")
			return
		}
		e := x.Interval.Begins
		if key == "ends-by" {
			e = x.Interval.Ends
		}
		if e.Change == nil {
			f.none("–")
			return
		}
		f.text(b.changeText(e.Change))
	case "missing":
		f.lines(missing(x))
	case "gap":
		if len(x.Fields) == 0 {
			f.none("–")
			return
		}
		f.text(orDash(x.Fields[0].Gap))
	case "date":
		f.date(x.Date)
	case "evidence":
		f.evidenceID(id)
	case "where":
		if id == "" { // of unknown time there may be nothing that was read
			f.none("–")
			return
		}
		if at, ok := b.find(id); ok {
			f.text(at.String())
			return
		}
		f.styled(b.styles.unknown, "stands on no line of the tape")
	case "more-evidence":
		f.lines(more)
	case "accepted":
		if x.Accepted == nil {
			f.none("–")
			return
		}
		f.text(x.Accepted.ID)
	case "accepted-until":
		if x.Accepted == nil {
			f.none("–")
			return
		}
		f.text(x.Accepted.Expires)
	case "accepted-state":
		switch {
		case x.Accepted == nil:
			f.none("–")
		case x.Accepted.Expired:
			f.styled(b.styles.unknown, "Expired")
		default:
			f.text("In force")
		}
	default:
		f.unknownKey(key)
	}
}

func values(list []assess.Value) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = v.Field + " = " + v.Value
	}
	return out
}

func missing(x *assess.Finding) []string {
	var out []string
	for _, u := range x.Fields {
		out = append(out, u.Field+": "+u.Code)
	}
	if x.Fault != "" {
		out = append(out, x.Fault)
	}
	if i := x.Interval; i != nil {
		out = append(out, strings.TrimSpace(i.Code+": "+i.Reason))
	}
	return out
}

// accepted lists the entries of the exceptions file.
func (b *book) accepted() *table {
	t := b.sheet("accepted")
	t.rows, t.wrap, t.colour = len(b.d.Accepted), true, b.looks.Muted
	t.fill = func(f *filler) {
		for _, a := range b.d.Accepted {
			if !f.next() {
				return
			}
			for _, c := range t.columns {
				switch c.Key {
				case "id":
					f.text(a.ID)
				case "test":
					f.text(a.Test)
				case "record":
					f.text(a.Record)
				case "status":
					if a.Status == assess.StatusApplied {
						f.text(capital(a.Status))
						continue
					}
					f.styled(b.styles.unknown, plain(capital(a.Status)))
				case "owner":
					f.text(a.Owner)
				case "approver":
					f.text(a.Approver)
				case "reason":
					f.prose(a.Reason)
				case "expires":
					f.text(a.Expires)
				default:
					f.unknownKey(c.Key)
				}
			}
		}
	}
	return t
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// requests lists what people must supply, with empty columns for those who collect it.
func (b *book) requests() *table {
	t := b.sheet("requests")
	t.rows, t.wrap, t.colour = len(b.d.Requests), true, b.looks.Manual
	t.fill = func(f *filler) {
		for _, r := range b.d.Requests {
			if !f.next() {
				return
			}
			for _, c := range t.columns {
				switch c.Key {
				case "id":
					f.text(r.ID)
				case "controls":
					f.lines(controlNames(r.Controls))
				case "item":
					f.prose(r.Item)
				case "description":
					if r.Planned {
						f.prose("No test yet: " + r.Description)
						continue
					}
					f.prose(r.Description)
				case "supplied":
					if len(r.Supplied) == 0 {
						f.none("none")
						continue
					}
					f.lines(r.Supplied)
				case "owner", "due", "status", "evidence", "link", "reviewer", "submitted", "notes":
					f.styled(b.styles.open, "")
				default:
					f.unknownKey(c.Key)
				}
			}
		}
	}
	return t
}
