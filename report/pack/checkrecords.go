package pack

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// checkRecordsFile checks records/<kind>.jsonl: each line names evidence and gaps that are there.
func (v *verifier) checkRecordsFile(r *fileResult, in io.Reader) error {
	s := newScanner(in)
	defer s.free()
	var id, account, region, key []byte
	keep := func(to *[]byte) error {
		err := s.string(true)
		*to = append((*to)[:0], s.str...)
		return err
	}
	for s.more() {
		if r.hopeless() {
			return nil
		}
		r.lines++
		id, account, region = id[:0], account[:0], region[:0]
		cited := 0
		err := s.object(func(name []byte) error {
			switch string(name) {
			case "id":
				return keep(&id)
			case "account":
				return keep(&account)
			case "region":
				return keep(&region)
			case "evidence":
				return s.array(func() error {
					cited++
					if err := s.string(true); err != nil {
						return err
					}
					if !v.hasEvidence(s.str) {
						r.fail(CheckRecords, r.path, r.lines, "points to %.40q, which is not on the tape", s.str)
					}
					return nil
				})
			case "unknown":
				return s.array(func() error { return v.checkUnknown(s, r) })
			}
			for _, c := range name {
				if c >= 'A' && c <= 'Z' {
					return fmt.Errorf("%.40q is not a name that auditseal writes", name)
				}
			}
			return s.value(1)
		})
		if err == nil {
			err = s.endLine()
		}
		switch {
		case err != nil && s.err != nil && s.err != io.EOF:
			return s.err
		case err != nil:
			r.fail(CheckRecords, r.path, r.lines, "%s", err)
			s.skipLine()
			continue
		case len(id) == 0 || len(account) == 0 || len(region) == 0:
			r.fail(CheckRecords, r.path, r.lines, "the record has no id, account or region")
			continue
		case cited == 0:
			r.fail(CheckRecords, r.path, r.lines, "%.80q names no evidence", id)
		}
		key = recordKey(key, account, region, id)
		r.records = append(r.records, digest64(key))
		if v.hasTimeline {
			r.past = append(r.past, digest64(pastKey(key, account, id)))
		}
		if r.path == itemsPath {
			r.ids = append(r.ids, digest64(id))
		}
	}
	if s.err != io.EOF {
		return s.err
	}
	r.records.sort()
	r.ids.sort()
	r.past.sort()
	return nil
}

func (v *verifier) checkUnknown(s *scanner, r *fileResult) error {
	found := false
	err := s.object(func(name []byte) error {
		if string(name) != "gap" {
			return s.value(2)
		}
		found = true
		if err := s.string(true); err != nil {
			return err
		}
		if !v.hasGap(s.str) {
			r.fail(CheckRecords, r.path, r.lines, "has a field that is unknown for the gap %.40q, which is not in %s", s.str, GapsPath)
		}
		return nil
	})
	if err == nil && !found {
		err = errors.New("an unknown field names no gap")
	}
	return err
}

func recordKey(b, account, region, id []byte) []byte {
	b = append(append(b[:0], account...), '\n')
	b = append(append(b, region...), '\n')
	return append(b, id...)
}

func digest64(b []byte) uint64 {
	sum := sha256.Sum256(b)
	return binary.BigEndian.Uint64(sum[:])
}
