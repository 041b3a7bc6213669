package cell

import "time"

// Text takes an optional text or word of the SDK's enumerations: what is empty is absent.
func Text[S ~string](s S) *string {
	if s == "" {
		return nil
	}
	t := string(s)
	return &t
}

// UTC takes an optional time; nil stays absent.
func UTC(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}

// List takes a list that was read: nothing in it is an empty list, not a missing one.
func List[S ~string](in []S) []string {
	out := make([]string, 0, len(in))
	for _, s := range in {
		out = append(out, string(s))
	}
	return out
}
