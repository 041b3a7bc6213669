package pack

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// itemsPath holds the configuration items that states and edges name.
const itemsPath = RecordsDir + "config.configuration_item.jsonl"

// checkHistoryFile checks history/<kind>.jsonl: each line is one state of a resource, and names evidence that is there, and a configuration
// item, which has a record where AWS Config's API was asked. It walks the lines and holds none of them: a policy may be as long as it likes.
func (v *verifier) checkHistoryFile(r *fileResult, in io.Reader) error {
	kind := historyForm.FindStringSubmatch(r.path)[1]
	items := v.files[itemsPath]
	s := newScanner(in)
	defer s.free()
	var l historyLine
	var key []byte
	for s.more() {
		if r.hopeless() {
			return nil
		}
		r.lines++
		err := l.read(v, s, r)
		if err == nil {
			err = s.endLine()
		}
		switch {
		case err != nil && s.err != nil && s.err != io.EOF:
			return s.err
		case err != nil:
			r.fail(CheckHistory, r.path, r.lines, "%s", err)
			s.skipLine()
			continue
		}
		if what := l.wrong(kind); what != "" {
			r.fail(CheckHistory, r.path, r.lines, "%s", what)
		}
		switch {
		case string(l.source) != evidence.FromAPI:
			// Items that were read from files or through Athena have no record of their own: the exchange holds them.
			r.ids = append(r.ids, digest64(l.item))
		case items == nil || !items.ids.has(digest64(l.item)):
			r.fail(CheckHistory, r.path, r.lines, "was read from the item %.120q, which is not in %s", l.item, itemsPath)
		}
		key = pastKey(key, l.account, l.resource)
		if n := digest64(key); len(r.records) == 0 || r.records[len(r.records)-1] != n {
			r.records = append(r.records, n)
		}
	}
	if s.err != io.EOF {
		return s.err
	}
	r.records.sort()
	r.ids.sort()
	return nil
}

// hasItem reports whether the configuration item has a record, or is one that a state was read from which has none.
func (v *verifier) hasItem(id string) bool {
	n := digest64([]byte(id))
	if items := v.files[itemsPath]; items != nil && items.ids.has(n) {
		return true
	}
	return slices.ContainsFunc(v.delivered, func(ids idSet) bool { return ids.has(n) })
}

// pastKey names a resource by account and id: its states carry the region whose recorder wrote them, which need not be its own.
func pastKey(b, account, resource []byte) []byte {
	return append(append(append(b[:0], account...), '\n'), resource...)
}

// A historyLine is what is kept of one state.
type historyLine struct {
	kind, resource, account, region, typ, status, source, item, captured []byte
	cited                                                                int
	faulty, record, digest                                               bool
}

func (l *historyLine) read(v *verifier, s *scanner, r *fileResult) error {
	*l = historyLine{kind: l.kind[:0], resource: l.resource[:0], account: l.account[:0], region: l.region[:0], typ: l.typ[:0],
		status: l.status[:0], source: l.source[:0], item: l.item[:0], captured: l.captured[:0]}
	keep := func(to *[]byte) error {
		err := s.string(true)
		*to = append((*to)[:0], s.str...)
		return err
	}
	return s.object(func(name []byte) error {
		switch string(name) {
		case "kind":
			return keep(&l.kind)
		case "resource":
			return keep(&l.resource)
		case "account":
			return keep(&l.account)
		case "region":
			return keep(&l.region)
		case "resource_type":
			return keep(&l.typ)
		case "status":
			return keep(&l.status)
		case "source":
			return keep(&l.source)
		case "item":
			return keep(&l.item)
		case "captured":
			return keep(&l.captured)
		case "created":
			if err := s.string(true); err != nil {
				return err
			}
			return checkMoment(s.str)
		case "sha256":
			if err := s.string(true); err != nil {
				return err
			}
			var d evidence.Digest
			if err := d.UnmarshalText(s.str); err != nil {
				return err
			}
			l.digest = !d.IsZero()
			return nil
		case "resource_id", "state_id":
			return s.string(false)
		case "daily":
			return s.word("true") // false is not written
		case "fault":
			l.faulty = true
			return s.string(false)
		case "untold":
			return s.array(func() error { return s.string(false) })
		case "evidence":
			return s.array(func() error {
				l.cited++
				return v.cite(s, r, CheckHistory)
			})
		case "record":
			l.record = true
			return v.checkPastRecord(s, r)
		}
		return fmt.Errorf("%.40q is not a name that auditseal writes there", name)
	})
}

// settingKind is the kind whose items are of a setting: where AWS Config says that it was deleted, the account is there and blocks nothing, which
// is a record.
const settingKind = "s3.account"

// wrong says what is wrong with a state by itself; nothing is the empty string.
func (l *historyLine) wrong(kind string) string {
	deleted := false
	switch string(l.status) {
	case evidence.StatusDeleted, evidence.StatusDeletedNotRecorded:
		deleted = kind != settingKind
	case evidence.StatusOK, evidence.StatusDiscovered, evidence.StatusNotRecorded:
	default:
		return fmt.Sprintf("the status %.60q is none of AWS Config's", l.status)
	}
	switch string(l.source) {
	case evidence.FromAPI, evidence.FromDelivery, evidence.FromAthena:
	default:
		return fmt.Sprintf("the source %.60q is none that states are read from", l.source)
	}
	switch {
	case string(l.kind) != kind:
		return fmt.Sprintf("is a state of %.60q", l.kind)
	case len(l.resource) == 0 || len(l.account) == 0 || len(l.region) == 0 || len(l.typ) == 0 || len(l.item) == 0:
		return "the state has no resource, account, region, type or item"
	case checkMoment(l.captured) != nil:
		return fmt.Sprintf("was captured at no moment: %.60q", l.captured)
	case l.cited == 0:
		return fmt.Sprintf("%.80q names no evidence", l.resource)
	case !l.digest:
		return "the state has no digest"
	case l.record && (deleted || l.faulty):
		return "has a record, and is deleted or could not be read"
	}
	return ""
}

// checkPastRecord checks the record of a state. Its unknown fields name a gap, or say that items do not carry them.
func (v *verifier) checkPastRecord(s *scanner, r *fileResult) error {
	if s.next() == 'n' {
		return errors.New("the record is null")
	}
	return s.object(func(name []byte) error {
		switch string(name) {
		case "evidence":
			return s.array(func() error { return v.cite(s, r, CheckHistory) })
		case "unknown":
			return s.array(func() error { return v.checkPastUnknown(s, r) })
		}
		for _, c := range name {
			if c >= 'A' && c <= 'Z' {
				return fmt.Errorf("%.40q is not a name that auditseal writes", name)
			}
		}
		return s.value(2)
	})
}

func (v *verifier) checkPastUnknown(s *scanner, r *fileResult) error {
	var gap, code []byte
	err := s.object(func(name []byte) error {
		switch string(name) {
		case "gap":
			err := s.string(true)
			gap = append(gap[:0], s.str...)
			return err
		case "code":
			err := s.string(true)
			code = append(code[:0], s.str...)
			return err
		}
		return s.value(3)
	})
	if err == nil && !v.explained(string(gap), string(code)) {
		r.fail(CheckHistory, r.path, r.lines, "has a field that is unknown for %.40q and the gap %.40q, which is not in %s", code, gap, GapsPath)
	}
	return err
}

// explained reports whether an unknown field has its reason: a gap that is listed, or that items do not carry it.
func (v *verifier) explained(gap, code string) bool {
	if gap == "" {
		return code == evidence.NotInItem
	}
	return v.hasGap([]byte(gap))
}

// cite takes an evidence id, which must stand on the tape.
func (v *verifier) cite(s *scanner, r *fileResult, check string) error {
	if err := s.string(true); err != nil {
		return err
	}
	if !v.hasEvidence(s.str) {
		r.fail(check, r.path, r.lines, "points to %.40q, which is not on the tape", s.str)
	}
	return nil
}

// checkMoment takes a moment as it is written.
func checkMoment(b []byte) error {
	_, err := parseMoment(b)
	return err
}
