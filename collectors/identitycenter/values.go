package identitycenter

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
)

// text takes an optional text: what is empty is absent.
func text(s *string) *string {
	if s == nil || *s == "" {
		return nil
	}
	return s
}

// list takes a list that was read: nothing in it is an empty list, not a missing one.
func list(in []string) []string { return append([]string{}, in...) }

// duration is a duration of ISO 8601 in days, hours, minutes and seconds, each whole. Years, months and weeks are no session.
var duration = regexp.MustCompile(`^P(?:(\d{1,4})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?$`)

// minutes reads a duration that is a whole and positive number of minutes.
func minutes(iso string) (int, error) {
	m := duration.FindStringSubmatch(iso)
	if m == nil || iso[len(iso)-1] == 'T' {
		return 0, fmt.Errorf("%q is not a duration in ISO 8601 of days, hours, minutes and seconds", iso)
	}
	seconds := 0
	for i, unit := range []int{24 * 60 * 60, 60 * 60, 60, 1} {
		if m[i+1] != "" {
			n, err := strconv.Atoi(m[i+1])
			if err != nil {
				return 0, err
			}
			seconds += n * unit
		}
	}
	if seconds <= 0 || seconds%60 != 0 {
		return 0, fmt.Errorf("%q is not a whole number of minutes above 0", iso)
	}
	return seconds / 60, nil
}

// oneOrMore reads IAM's members that hold one value or a list of them.
type oneOrMore[T any] []T

func (o *oneOrMore[T]) UnmarshalJSON(b []byte) error {
	var many []T
	if len(b) > 0 && b[0] == '[' {
		err := json.Unmarshal(b, &many)
		*o = many
		return err
	}
	var one T
	err := json.Unmarshal(b, &one)
	*o = oneOrMore[T]{one}
	return err
}

// allowsAll reports whether a statement of the policy allows every action on every resource. The text is JSON here, not
// URL-encoded as IAM's own API has it.
func allowsAll(policy string) (bool, error) {
	var doc struct {
		Statement oneOrMore[struct {
			Effect   string
			Action   oneOrMore[string]
			Resource oneOrMore[string]
		}]
	}
	if err := json.Unmarshal([]byte(policy), &doc); err != nil {
		return false, errors.New("the inline policy is not the JSON of a policy")
	}
	if len(doc.Statement) == 0 {
		return false, errors.New("the inline policy has no statement")
	}
	all := false
	for i, s := range doc.Statement {
		switch s.Effect {
		case "Allow":
		case "Deny":
			continue
		default:
			return false, fmt.Errorf("statement %d of the inline policy has the effect %q", i+1, s.Effect)
		}
		actions, resources := false, false
		for _, a := range s.Action {
			actions = actions || a == "*" || a == "*:*"
		}
		for _, x := range s.Resource {
			resources = resources || x == "*"
		}
		all = all || actions && resources
	}
	return all, nil
}
