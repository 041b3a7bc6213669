package excel

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/report"
)

// timeline lists every interval of every test over the period, and what AWS's own timelines say beside them.
func (b *book) timeline() *table {
	t := b.sheet("timeline")
	t.rows, t.flat, t.colour = b.d.Timeline.Count, true, b.looks.Accent
	t.fill = func(f *filler) {
		f.wholeFile = report.TimelineFile
		for e, err := range b.d.Timeline.All {
			if err != nil {
				f.fail(err)
				return
			}
			if !f.next() {
				return
			}
			for _, c := range t.columns {
				b.intervalCell(f, c.Key, &e)
			}
		}
	}
	return t
}

func (b *book) intervalCell(f *filler, key string, e *assess.TimelineEntry) {
	orNone := func(s string) {
		if s == "" {
			f.none("–")
			return
		}
		f.text(s)
	}
	switch key {
	case "resource":
		if e.Record == "" {
			f.none("(as a whole)")
			return
		}
		f.text(e.Record)
	case "account":
		f.text(e.Account)
	case "region":
		f.text(e.Region)
	case "population":
		f.text(e.Population)
	case "test":
		f.text(e.Test)
	case "from":
		f.moment(e.From)
	case "to":
		f.moment(e.To)
	case "hours":
		f.hours(e.To.Sub(e.From))
	case "result":
		f.interval(e.Result)
	case "tolerated":
		if e.Tolerated {
			f.text("yes")
			return
		}
		f.none("–")
	case "says":
		if e.Opinion == "" {
			f.text("auditseal, replayed")
			return
		}
		f.styled(b.styles.muted, plain("AWS: "+e.Opinion))
	case "code":
		orNone(e.Code)
	case "reason":
		orNone(e.Reason)
	case "values":
		orNone(strings.Join(values(e.Values), "; "))
	case "source":
		orNone(e.Source)
	case "begins":
		f.text(e.Begins.What)
	case "begins-item":
		orNone(e.Begins.Item)
	case "begins-by":
		orNone(b.changeText(e.Begins.Change))
	case "ends":
		f.text(e.Ends.What)
	case "ends-item":
		orNone(e.Ends.Item)
	case "ends-by":
		orNone(b.changeText(e.Ends.Change))
	case "evidence":
		orNone(strings.Join(e.Evidence, " "))
	default:
		f.unknownKey(key)
	}
}

// changeText says who made a change, in one line; empty where nobody was to be asked.
func (b *book) changeText(c *assess.Change) string {
	if c == nil {
		return ""
	}
	out := []string{b.d.Words.Change(c.Status)}
	for _, x := range c.Events {
		by := x.Principal
		if by == "" {
			by = "(nobody is named)"
		}
		out = append(out, fmt.Sprintf("%s by %s, %s, event %s", x.Name, by, report.Instant(x.Time), x.ID))
	}
	return strings.Join(out, " ")
}

// calendar has a row a test over the period and a column a day: what the worst was on it.
func (b *book) calendar() *table {
	list := b.d.OverPeriod()
	t := b.sheet("calendar")
	t.rows, t.frozen, t.colour = len(list), 2, b.looks.Accent
	var legend []string
	for _, name := range report.DayResults() {
		w := b.d.Words.Interval(name)
		legend = append(legend, w.Mark+" "+strings.ToLower(w.Word))
	}
	t.about += " " + strings.Join(legend, ", ") + "."
	// The template's column for a day stands for all of them.
	var columns []column
	days := map[string]int{}
	for _, c := range t.columns {
		if c.Key != "day" {
			columns = append(columns, c)
			continue
		}
		for _, x := range list[:min(1, len(list))] {
			for i, d := range x.Strip {
				days[d.Day.Date] = i
				columns = append(columns, column{Key: d.Day.Date, Title: d.Day.Date, Width: c.Width, turned: true})
			}
		}
	}
	// A filter's button would hide the date above a column as narrow as a day.
	t.filtered, t.columns = len(t.columns)-1, columns
	t.fill = func(f *filler) {
		for i := range list {
			if !f.next() {
				return
			}
			x := &list[i]
			for _, c := range t.columns {
				switch c.Key {
				case "test":
					f.text(x.ID)
				case "result":
					f.result(x.Result)
				case "exception-days":
					f.count(x.ExceptionDays)
				case "unknown-days":
					f.count(x.UnknownDays)
				default:
					n, ok := days[c.Key]
					switch {
					case !ok:
						f.unknownKey(c.Key)
					case n >= len(x.Strip) || x.Strip[n].Day.Date != c.Key:
						f.fail(fmt.Errorf("sheet %q: test %q tells other days than those above it", t.title, x.ID))
					default:
						f.day(x.Strip[n].Worst)
					}
				}
			}
		}
	}
	return t
}

// day writes a day's result as its mark, in its own fill.
func (f *filler) day(name string) {
	style, ok := f.b.styles.days[name]
	if !ok {
		style = f.b.styles.unknown
	}
	f.styled(style, f.b.d.Words.Interval(name).Mark)
}

// interval writes the result of an interval in its word and colour.
func (f *filler) interval(name string) {
	style := f.base()
	switch name {
	case assess.IntervalException:
		style = f.b.styles.results[assess.Exception]
	case assess.IntervalUnknown:
		style = f.b.styles.results[assess.Incomplete]
	case assess.IntervalMet:
		style = f.b.styles.results[assess.Met]
	}
	f.styled(style, plain(f.b.d.Words.Interval(name).Word))
}

// firstDay is the first day that Excel's calendar and everybody's agree on.
var firstDay = time.Date(1900, 3, 1, 0, 0, 0, 0, time.UTC)

// moment writes a moment as a date of Excel's, in UTC, so that spans can be computed and charts drawn. What Excel has no date for is text.
func (f *filler) moment(t time.Time) {
	t = t.UTC()
	if t.IsZero() || t.Before(firstDay) || t.Year() > 9999 {
		f.date(t)
		return
	}
	// Days since 30 December 1899. The whole days and the rest are added last, to lose nothing that a float can keep.
	whole := t.Unix()/86400 + 25569
	rest := float64(t.Unix()%86400) + float64(t.Nanosecond())/1e9
	f.attrs(f.b.styles.moment, "")
	f.value(strconv.AppendFloat(nil, float64(whole)+rest/86400, 'f', -1, 64))
}

// hours writes how long something lasted.
func (f *filler) hours(d time.Duration) {
	f.attrs(f.b.styles.hours, "")
	f.value(strconv.AppendFloat(nil, d.Hours(), 'f', -1, 64))
}
