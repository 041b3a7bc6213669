package kms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// policy reads the key policy. A key has one, and its name is default.
func (r *reader) policy(ctx context.Context, k *Key) {
	out, err := r.kms.GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: &k.ID, PolicyName: aws.String("default")})
	if err != nil {
		r.c.Unknown(&k.Meta, err, "policy")
		return
	}
	r.c.Read(&k.Meta, out.ResultMetadata)
	k.Policy = &Policy{Text: aws.ToString(out.Policy)}
	if err := k.Policy.parse(r.c.Account); err != nil {
		*k.Policy = Policy{Text: k.Policy.Text}
		r.c.Half(out.ResultMetadata, getKeyPolicy, "UnreadablePolicy", "the key policy can't be read as a policy: "+err.Error(), &k.Meta,
			[]string{"policy.statements", "policy.public", "policy.account_admin", "policy.principals", "policy.other_accounts"})
	}
}

// A statement is what is read of a policy statement.
type statement struct {
	Effect       string
	Principal    json.RawMessage
	NotPrincipal json.RawMessage
	Action       values
	Condition    map[string]map[string]values
}

// values is a JSON value or a list of them, as text. IAM takes either wherever it takes one.
type values []string

func (v *values) UnmarshalJSON(b []byte) error {
	var many []any
	if err := json.Unmarshal(b, &many); err != nil {
		var one any
		if err := json.Unmarshal(b, &one); err != nil {
			return err
		}
		many = []any{one}
	}
	for _, x := range many {
		switch x.(type) {
		case string, bool, float64:
			*v = append(*v, fmt.Sprint(x))
		default:
			return fmt.Errorf("%s is not a value or a list of values", b)
		}
	}
	return nil
}

// parse fills the policy from its text. account is the key's.
func (p *Policy) parse(account string) error {
	statements, err := statementsOf(p.Text)
	if err != nil {
		return err
	}
	p.Statements = len(statements)
	principals, accounts := map[string]bool{}, map[string]bool{}
	for i, s := range statements {
		who, everyone, err := s.principals()
		if err != nil {
			return fmt.Errorf("statement %d: %w", i+1, err)
		}
		switch s.Effect {
		case "Deny":
			continue
		case "Allow":
		default:
			return fmt.Errorf("statement %d: the effect %q is neither Allow nor Deny", i+1, s.Effect)
		}
		for _, w := range who {
			principals[w] = true
			accounts[accountOf(strings.TrimPrefix(w, "AWS:"))] = true
		}
		if everyone {
			named := restrictions(s.Condition)
			p.Public = p.Public || len(named) == 0
			for _, v := range named {
				accounts[accountOf(v)] = true
			}
		}
		p.AccountAdmin = p.AccountAdmin || s.letsAccountDecide(who, account)
	}
	delete(accounts, "")
	delete(accounts, account)
	p.Principals, p.OtherAccounts, p.Parsed = sorted(principals), sorted(accounts), true
	return nil
}

func statementsOf(text string) ([]statement, error) {
	var doc struct{ Statement json.RawMessage }
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		return nil, errors.New("it is not JSON")
	}
	var all []statement
	if json.Unmarshal(doc.Statement, &all) != nil {
		var one statement
		if err := json.Unmarshal(doc.Statement, &one); err != nil {
			return nil, errors.New("its Statement is neither a statement nor a list of statements")
		}
		all = []statement{one}
	}
	if len(all) == 0 {
		return nil, errors.New("it has no statement")
	}
	return all, nil
}

// principals gives whom the statement speaks of, as TYPE:value, and whether that is everyone. NotPrincipal speaks of everyone but those it names.
func (s statement) principals() (who []string, everyone bool, err error) {
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
	var byType map[string]values
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

// letsAccountDecide reports whether the statement hands the key over to the account's IAM policies.
func (s statement) letsAccountDecide(who []string, account string) bool {
	all := slices.ContainsFunc(s.Action, func(a string) bool { return a == "*" || strings.EqualFold(a, "kms:*") })
	return all && len(s.Condition) == 0 && slices.ContainsFunc(who, func(w string) bool {
		v, isAWS := strings.CutPrefix(w, "AWS:")
		return isAWS && (v == account || accountOf(v) == account && strings.HasSuffix(v, ":root"))
	})
}

// restrictingKeys are the condition keys that tell callers, or the resources and networks they call for, apart by name.
var restrictingKeys = []string{"aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths", "aws:sourceaccount", "aws:sourcearn",
	"aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner", "aws:sourcevpc", "aws:sourcevpce", "aws:userid", "kms:calleraccount"}

// restrictions gives the values by which a condition restricts everyone to some; none where it does not. A key that need not be
// there (IfExists, ForAllValues) restricts nobody, and one value with a wildcard for a name undoes the others: they are alternatives.
func restrictions(condition map[string]map[string]values) []string {
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

// accountOf gives the account that a principal or a condition's value names, and "" where it names none.
func accountOf(v string) string {
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

func sorted(set map[string]bool) []string {
	out := []string{}
	for v := range set {
		out = append(out, v)
	}
	slices.Sort(out)
	return out
}
