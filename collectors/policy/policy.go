// Package policy reads resource policies: whom they admit, and under which conditions that is everyone.
//
// It decides nothing about a request, and does not weigh Deny statements against Allow statements. Where a document is not in the form
// that AWS documents it gives an error, and never a reading of half of it.
package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// A Statement is one statement of a policy.
type Statement struct {
	// Effect is Allow or Deny, as it stands there.
	Effect       string
	Principal    json.RawMessage
	NotPrincipal json.RawMessage
	Action       Values
	NotAction    Values
	Resource     Values
	NotResource  Values
	// Condition is by operator and key.
	Condition map[string]map[string]Values
}

// Values is a JSON value or a list of them, as text. IAM takes either wherever it takes one.
type Values []string

func (v *Values) UnmarshalJSON(b []byte) error {
	// Nearly every value is a string or a list of strings; the rest takes the long way.
	if len(b) > 0 && b[0] == '"' {
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*v = append(*v, s)
		return nil
	}
	if len(b) > 0 && b[0] == '[' && !bytes.Contains(b, []byte("null")) {
		var many []string
		if json.Unmarshal(b, &many) == nil {
			*v = append(*v, many...)
			return nil
		}
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber() // an account's id may stand there as a number, and must stay as it is written
	var read any
	if err := dec.Decode(&read); err != nil {
		return err
	}
	many, list := read.([]any)
	if !list && read != nil {
		many = []any{read}
	}
	for _, x := range many {
		switch x.(type) {
		case string, bool, json.Number:
			*v = append(*v, fmt.Sprint(x))
		default:
			return fmt.Errorf("%s is not a value or a list of values", b)
		}
	}
	return nil
}

// Parse reads the statements of a policy document; it has at least one.
func Parse(text string) ([]Statement, error) {
	var doc struct{ Statement json.RawMessage }
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		return nil, errors.New("it is not JSON")
	}
	if name := twice(text); name != "" {
		return nil, fmt.Errorf("it has the member %q twice in one place", name)
	}
	var all []Statement
	if json.Unmarshal(doc.Statement, &all) != nil {
		var one Statement
		if err := json.Unmarshal(doc.Statement, &one); err != nil {
			return nil, errors.New("its Statement is neither a statement nor a list of statements")
		}
		all = []Statement{one}
	}
	if len(all) == 0 {
		return nil, errors.New("it has no statement")
	}
	return all, nil
}

// twice gives a member's name that stands twice in one object, "" where none does: encoding/json goes by the last of them, and AWS may go by
// another. The document and its statements know their members whatever the capitals.
func twice(text string) string {
	dec := jsontext.NewDecoder(strings.NewReader(text), jsontext.AllowInvalidUTF8(true))
	var open []bool       // whether each open value is an object
	var names [2][]string // of the document and of the statement being read
	objects := 0
	for {
		t, err := dec.ReadToken()
		if err != nil {
			var at *jsontext.SyntacticError
			if errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &at) {
				return at.JSONPointer.LastToken()
			}
			return "" // the end; that it is JSON was seen before
		}
		switch t.Kind() {
		case '{':
			open = append(open, true)
			if objects < len(names) {
				names[objects] = names[objects][:0]
			}
			objects++
		case '[':
			open = append(open, false)
		case '}':
			open, objects = open[:len(open)-1], objects-1
		case ']':
			open = open[:len(open)-1]
		case '"':
			if len(open) == 0 || !open[len(open)-1] || objects > len(names) {
				continue
			}
			if _, n := dec.StackIndex(dec.StackDepth()); n%2 == 0 {
				continue // a value
			}
			key := strings.ToLower(t.String())
			if slices.Contains(names[objects-1], key) {
				return key
			}
			names[objects-1] = append(names[objects-1], key)
		}
	}
}

// Principals gives whom the statement speaks of, as TYPE:value, and whether that is everyone. NotPrincipal speaks of everyone but those it names.
func (s Statement) Principals() (who []string, everyone bool, err error) {
	if len(s.NotPrincipal) > 0 {
		return []string{"*"}, true, nil
	}
	if len(s.Principal) == 0 {
		return nil, false, errors.New("it names no Principal")
	}
	var word string
	if json.Unmarshal(s.Principal, &word) == nil {
		if word != "*" {
			return nil, false, fmt.Errorf("the Principal %q is no principal", word)
		}
		return []string{"*"}, true, nil
	}
	var byType map[string]Values
	if err := json.Unmarshal(s.Principal, &byType); err != nil || len(byType) == 0 {
		return nil, false, errors.New("its Principal is neither * nor a map of principals")
	}
	for kind, all := range byType {
		if len(all) == 0 {
			return nil, false, fmt.Errorf("its Principal names nobody under %q", kind)
		}
		for _, v := range all {
			if strings.ContainsAny(v, "*?") {
				everyone, v = true, "*"
				who = append(who, v)
				continue
			}
			who = append(who, kind+":"+v)
		}
	}
	slices.Sort(who)
	return who, everyone, nil
}

// Admitted is whom the Allow statements of a policy admit.
type Admitted struct {
	// Public says that a statement admits everyone without a condition that names somebody.
	Public bool
	// Principals are as Statement.Principals gives them, sorted.
	Principals []string
	// OtherAccounts are those other than the owner's that principals, or conditions on everyone, name, sorted.
	OtherAccounts []string
}

// Admits reads whom the statements admit. account is the owner's.
func Admits(statements []Statement, account string) (Admitted, error) {
	var a Admitted
	principals, accounts := map[string]bool{}, map[string]bool{}
	for i, s := range statements {
		who, everyone, err := s.Principals()
		if err != nil {
			return a, fmt.Errorf("statement %d: %w", i+1, err)
		}
		switch s.Effect {
		case "Deny":
			continue
		case "Allow":
		default:
			return a, fmt.Errorf("statement %d: the effect %q is neither Allow nor Deny", i+1, s.Effect)
		}
		for _, w := range who {
			principals[w] = true
			accounts[AccountOf(strings.TrimPrefix(w, "AWS:"))] = true
		}
		if everyone {
			named := Restrictions(s.Condition)
			a.Public = a.Public || len(named) == 0
			for _, v := range named {
				accounts[AccountOf(v)] = true
			}
		}
	}
	delete(accounts, "")
	delete(accounts, account)
	a.Principals, a.OtherAccounts = Sorted(principals), Sorted(accounts)
	return a, nil
}

// restrictingKeys are the condition keys that tell callers, or the resources and networks they call for, apart by name.
var restrictingKeys = []string{"aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths", "aws:sourceaccount", "aws:sourcearn",
	"aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner", "aws:sourcevpc", "aws:sourcevpce", "aws:userid", "kms:calleraccount",
	"s3:dataaccesspointaccount", "s3:dataaccesspointarn"}

// Restrictions gives the values by which a condition restricts everyone to some; none where it does not. A key that need not be
// there (IfExists, ForAllValues) restricts nobody, and one value with a wildcard for a name undoes the others: they are alternatives.
func Restrictions(condition map[string]map[string]Values) []string {
	var out []string
	for op, keys := range condition {
		op = strings.TrimPrefix(strings.ToLower(op), "foranyvalue:")
		switch op {
		case "stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike":
		default:
			continue
		}
		for key, all := range keys {
			if slices.Contains(restrictingKeys, strings.ToLower(key)) && len(all) > 0 && !slices.ContainsFunc(all, func(v string) bool { return !namesOne(v) }) {
				out = append(out, all...)
			}
		}
	}
	slices.Sort(out)
	return out
}

// namesOne reports whether a condition's value names an account, organization, principal, resource or network, if need be with a
// wildcard behind that name.
func namesOne(v string) bool {
	if strings.Contains(v, "${") {
		return false
	}
	at := strings.IndexAny(v, "*?")
	if at < 0 {
		return v != ""
	}
	head := v[:at]
	switch {
	case strings.HasPrefix(head, "arn:"):
		parts := strings.SplitN(head, ":", 6)
		return len(parts) == 6 && isAccount(parts[4])
	case strings.HasPrefix(head, "o-"):
		return strings.Contains(head, "/")
	case strings.HasPrefix(head, "AROA"), strings.HasPrefix(head, "AIDA"):
		return strings.Contains(head, ":")
	}
	return false
}

// AccountOf gives the account that a principal or a condition's value names, and "" where it names none.
func AccountOf(v string) string {
	if isAccount(v) {
		return v
	}
	if parts := strings.SplitN(v, ":", 6); len(parts) == 6 && parts[0] == "arn" && isAccount(parts[4]) {
		return parts[4]
	}
	return ""
}

func isAccount(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}

// Sorted gives the members of a set in order, never nil.
func Sorted(set map[string]bool) []string {
	out := []string{}
	for v := range set {
		out = append(out, v)
	}
	slices.Sort(out)
	return out
}
