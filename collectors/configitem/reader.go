package configitem

import (
	"fmt"
	"strings"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// A Reader reads items of one type as records of one kind. The collector of the kind declares it in a function Past.
type Reader struct {
	evidence.Past
	// Records describes the kind.
	Records evidence.Kind
	// ID gives the record's id from the item alone, the same as the collector gives it; a deleted item has no configuration to ask.
	ID func(it *Item) string
	// Read makes the record of an item that has a configuration, and says which fields the item told, in JSON spelling with dots; what lies
	// below a named field is told too. Meta is filled in by whoever calls. An error means that the item is not in the documented form.
	Read func(it *Item) (r evidence.Record, told []string, err error)
	// Unset makes the record of what is left where AWS deleted a setting, and what it was set for is still there. Nil where the deletion of the
	// item is the deletion of what the record is of.
	Unset func(it *Item) (r evidence.Record, told []string)
	// fields are those of the kind.
	fields []string
}

// For makes a Reader; kind, type and whether the type is global.
func For[T any, P interface {
	*T
	evidence.Record
}](typ string, global bool, id func(*Item) string, read func(*Item) (P, []string, error)) Reader {
	k := evidence.KindOf[T, P]("")
	return Reader{Past: evidence.Past{Kind: k.Name, Type: typ, Global: global}, Records: k, fields: names(k), ID: id, Read: func(it *Item) (evidence.Record, []string, error) {
		r, told, err := read(it)
		if err != nil || r == nil {
			return nil, nil, err
		}
		return r, told, nil
	}}
}

// State reads an item. source says where it came from, account and region whose recorder wrote it, and exchanges what it was read from.
// An item that says not when it was captured, or of which resource, is an error: it is no state, and leaves the history unread.
func (r *Reader) State(it *Item, account, region, source string, exchanges []string) (*evidence.State, error) {
	if it.Captured.IsZero() || it.ResourceID == "" || it.Status == "" {
		return nil, fmt.Errorf("a configuration item of %s %q says not when it was captured, of what, or with which status", it.ResourceType, it.ResourceID)
	}
	s := &evidence.State{Kind: r.Kind, Resource: r.ID(it), Account: account, Region: region, ResourceType: it.ResourceType, ResourceID: it.ResourceID, Captured: it.Captured.UTC(),
		StateID: it.StateID, Status: it.Status, Daily: it.Frequency == "DAILY", Source: source, Item: it.ID(account, region), Evidence: exchanges, SHA256: it.Digest()}
	if s.Resource == "" {
		return nil, fmt.Errorf("a configuration item of %s %q names no resource that a %s could be told by", it.ResourceType, it.ResourceID, r.Kind)
	}
	if !it.Created.IsZero() {
		t := it.Created.UTC()
		s.Created = &t
	}
	var rec evidence.Record
	var told []string
	switch {
	case s.EndsItems() && r.Unset != nil:
		rec, told = r.Unset(it)
	case it.Gone():
		return s, nil
	default:
		var err error
		if rec, told, err = r.Read(it); err != nil {
			s.Fault = err.Error()
			return s, nil
		}
		if rec == nil {
			s.Fault = "the item has no configuration"
			return s, nil
		}
	}
	h := rec.Header()
	h.ID, h.Account, h.Region, h.Collected, h.Evidence = s.Resource, account, region, s.Captured, exchanges
	h.Unknown = untold(r.fields, told)
	s.Record = rec
	return s, nil
}

// names gives the fields of a kind, but for those of Meta. They are the same for every item, and there are millions.
func names(k evidence.Kind) []string {
	var out []string
	for _, f := range k.Fields() {
		switch f.Name {
		case "id", "account", "region", "collected", "evidence", "unknown":
		default:
			out = append(out, f.Name)
		}
	}
	return out
}

// untold lists the fields that are not among those told, nor below one of them.
func untold(fields, told []string) []evidence.Unknown {
	var out []evidence.Unknown
	for _, f := range fields {
		known := false
		for _, t := range told {
			if known = strings.HasPrefix(f, t) && (len(f) == len(t) || f[len(t)] == '.'); known {
				break
			}
		}
		if !known {
			out = append(out, evidence.Unknown{Field: f, Code: evidence.NotInItem})
		}
	}
	return out
}
