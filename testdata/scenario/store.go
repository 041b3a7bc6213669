package scenario

import "strings"

// An Answer is what an operation answers, in the form of the wire. Services whose answers follow from nothing but what is asked are
// declared with it; those that compute have handlers of their own.
type Answer struct {
	// Body is the whole answer of a JSON service, or what stands beside the list; XML is that of an XML service.
	Body M
	XML  []X
	// List names the member that holds Items and is paged. For XML services it is the element, and Items are X.
	List  string
	Items []any
	// By names the parameters that choose an answer among Each: their values, joined by a space, are its keys.
	By   []string
	Each map[string]Answer
	// Missing answers where Each has none; nil is the service's ResourceNotFoundException.
	Missing *Failure
	Fail    *Failure
	// Raw is a body that is no document of the protocol.
	Raw Raw
}

// Answers are what one service answers in one place, by operation.
type Answers map[string]Answer

// Store puts answers of a service into a region. Each operation once.
func (r *Region) Store(service string, a Answers) {
	if r.Stored == nil {
		r.Stored = map[string]Answers{}
	}
	if r.Stored[service] == nil {
		r.Stored[service] = Answers{}
	}
	for op, x := range a {
		r.Stored[service][op] = x
	}
}

// Store puts answers of a global service into an account.
func (a *Account) Store(service string, s Answers) {
	if a.Stored == nil {
		a.Stored = map[string]Answers{}
	}
	if a.Stored[service] == nil {
		a.Stored[service] = Answers{}
	}
	for op, x := range s {
		a.Stored[service][op] = x
	}
}

// stored makes handlers for operations that are declared as Answers. pages says how the service pages; off is what a place answers
// that declares nothing.
func stored(pages paging, off Answers, operations ...string) map[string]handler {
	out := map[string]handler{}
	for _, op := range operations {
		out[op] = func(q *query) (any, *Failure) {
			var a Answer
			var ok bool
			if q.place != nil {
				a, ok = q.place.region.Stored[q.Service][q.Operation]
			}
			if acc := q.account(); !ok && acc != nil {
				a, ok = acc.Stored[q.Service][q.Operation]
			}
			if !ok {
				a, ok = off[q.Operation]
			}
			if !ok {
				if a, ok = off["*"]; !ok {
					return nil, &Failure{Status: 500, Code: "ScenarioViolation", Message: "scenario: nothing is declared for " + q.Service + ":" + q.Operation}
				}
			}
			return a.answer(q, pages)
		}
	}
	return out
}

func (a Answer) answer(q *query, pages paging) (any, *Failure) {
	if a.Fail != nil {
		return nil, a.Fail
	}
	if len(a.By) > 0 {
		var key []string
		for _, p := range a.By {
			key = append(key, q.first(p))
		}
		x, ok := a.Each[strings.Join(key, " ")]
		if !ok {
			if a.Missing != nil {
				return nil, a.Missing
			}
			return nil, &Failure{Status: 400, Code: "ResourceNotFoundException", Message: "The resource " + strings.Join(key, " ") + " was not found."}
		}
		return x.answer(q, pages)
	}
	if a.Raw != "" {
		return a.Raw, nil
	}
	if q.service.xml() {
		return a.answerXML(q, pages)
	}
	out := M{}
	for k, v := range a.Body {
		out[k] = v
	}
	if a.List == "" {
		return out, nil
	}
	from, to, next, f := q.page(pages, len(a.Items))
	if f != nil {
		return nil, f
	}
	out[a.List] = append([]any{}, a.Items[from:to]...)
	if name := q.tokenName(); name != "" {
		put(out, name, next)
	}
	return out, nil
}

func (a Answer) answerXML(q *query, pages paging) (any, *Failure) {
	out := append([]X{}, a.XML...)
	if a.List == "" {
		return out, nil
	}
	from, to, next, f := q.page(pages, len(a.Items))
	if f != nil {
		return nil, f
	}
	list := X{Name: a.List}
	for _, i := range a.Items[from:to] {
		list.In = append(list.In, i.(X))
	}
	out = append(out, list)
	if t := q.service.token(q.Operation); len(t) == 1 && q.service.protocol == awsQuery {
		out = append(out, E("IsTruncated", map[bool]string{true: "true", false: "false"}[next != ""]))
	}
	if next != "" {
		root := X{In: out}
		root.set(q.service.token(q.Operation), next)
		out = root.In
	}
	return out, nil
}

// first reads a parameter that is text or a list of one.
func (q *query) first(name string) string {
	if v := q.str(name); v != "" {
		return v
	}
	if l := q.strs(name); len(l) > 0 {
		return l[0]
	}
	return q.RequestHeader.Get(name)
}

// lists makes the items of a list.
func lists(items ...M) []any {
	out := []any{}
	for _, i := range items {
		out = append(out, i)
	}
	return out
}
