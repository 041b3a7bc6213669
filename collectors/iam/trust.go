package iam

import (
	"fmt"
	"slices"
	"strings"

	"github.com/auditseal/auditseal/collectors/policy"
)

// trustOf reads a role's trust policy. read are the accounts that the audit reads.
func trustOf(encoded *string, account string, read []string) (*Trust, error) {
	text, err := decode(encoded)
	if err != nil {
		return nil, err
	}
	statements, err := policy.Parse(text)
	if err != nil {
		return nil, err
	}
	admitted, err := policy.Admits(statements, account)
	if err != nil {
		return nil, err
	}
	t := &Trust{Text: text, Statements: len(statements), Public: admitted.Public, Principals: admitted.Principals, ExternalAccounts: admitted.OtherAccounts}
	services, open, outside, unguarded := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	saml, oidc, unlimited := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, a := range t.ExternalAccounts {
		if !slices.Contains(read, a) {
			outside[a] = true
		}
	}
	external, withID := 0, 0
	for i, s := range statements {
		if s.Effect != "Allow" {
			continue
		}
		if len(s.Action) == 0 {
			return nil, fmt.Errorf("statement %d has no Action", i+1)
		}
		who, everyone, err := s.Principals()
		if err != nil {
			return nil, fmt.Errorf("statement %d: %w", i+1, err)
		}
		id := limitedBy(s.Condition, externalID)
		accounts := otherAccounts(s, who, everyone, account)
		if len(accounts) > 0 {
			external++
			if id {
				withID++
			}
		}
		for _, a := range accounts {
			if outside[a] && !id && !ofOrganization(s.Condition) {
				unguarded[a] = true
			}
		}
		for _, w := range who {
			kind, v, _ := strings.Cut(w, ":")
			switch {
			case kind == "Service":
				services[v] = true
				if len(sources(s.Condition)) == 0 {
					open[v] = true
				}
			case kind != "Federated":
			case strings.Contains(v, ":saml-provider/"):
				saml[v] = true
			default:
				oidc[v] = true
				if !limited(s.Condition, v) {
					unlimited[v] = true
				}
			}
		}
	}
	t.ExternalID = external > 0 && external == withID
	t.Services, t.OpenServices, t.OutsideAccounts, t.UnguardedAccounts = policy.Sorted(services), policy.Sorted(open), policy.Sorted(outside), policy.Sorted(unguarded)
	t.SAMLProviders, t.OIDCProviders, t.UnlimitedOIDC = policy.Sorted(saml), policy.Sorted(oidc), policy.Sorted(unlimited)
	return t, nil
}

// otherAccounts are those of policy.Admits that one statement names.
func otherAccounts(s policy.Statement, who []string, everyone bool, account string) []string {
	set := map[string]bool{}
	for _, w := range who {
		set[policy.AccountOf(strings.TrimPrefix(w, "AWS:"))] = true
	}
	if everyone {
		for _, v := range policy.Restrictions(s.Condition) {
			set[policy.AccountOf(v)] = true
		}
	}
	delete(set, "")
	delete(set, account)
	return policy.Sorted(set)
}

const externalID = "sts:externalid"

// conditioned gives the values that a condition demands of a key, one list for each operator that demands it. What need not be
// there (IfExists, ForAllValues), and what only forbids some values, demands nothing. like says that * and ? are wildcards.
func conditioned(condition map[string]map[string]policy.Values, key string, each func(like bool, values policy.Values)) {
	for op, keys := range condition {
		op = strings.TrimPrefix(strings.ToLower(op), "foranyvalue:")
		like := op == "stringlike" || op == "arnlike" || op == "arnequals"
		if !like && op != "stringequals" && op != "stringequalsignorecase" {
			continue
		}
		for k, values := range keys {
			if strings.EqualFold(k, key) && len(values) > 0 {
				each(like, values)
			}
		}
	}
}

// demands reports whether the condition demands values of a key that are all good.
func demands(condition map[string]map[string]policy.Values, key string, good func(like bool, v string) bool) bool {
	found := false
	conditioned(condition, key, func(like bool, values policy.Values) {
		found = found || !slices.ContainsFunc(values, func(v string) bool { return !good(like, v) })
	})
	return found
}

// exact is a value without a wildcard or a variable.
func exact(like bool, v string) bool {
	return v != "" && !strings.Contains(v, "${") && !(like && strings.ContainsAny(v, "*?"))
}

func limitedBy(condition map[string]map[string]policy.Values, key string) bool {
	return demands(condition, key, exact)
}

// ofOrganization reports whether the condition demands that whoever calls is of an organization: one that it names, or that of the role.
func ofOrganization(condition map[string]map[string]policy.Values) bool {
	for _, key := range []string{"aws:principalorgid", "aws:principalorgpaths"} {
		if demands(condition, key, func(like bool, v string) bool {
			if v == "${aws:ResourceOrgID}" {
				return true
			}
			head, _, wild := strings.Cut(v, "*")
			return strings.HasPrefix(v, "o-") && !strings.ContainsAny(v, "?$") && (!like || !wild || strings.Contains(head, "/"))
		}) {
			return true
		}
	}
	return false
}

// sources are the conditions that name for what an AWS service acts.
func sources(condition map[string]map[string]policy.Values) []string {
	var out []string
	for _, key := range []string{"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"} {
		conditioned(condition, key, func(_ bool, values policy.Values) {
			if len(policy.Restrictions(map[string]map[string]policy.Values{"StringLike": {key: values}})) > 0 {
				out = append(out, key)
			}
		})
	}
	return out
}

// cognitos are what Amazon Cognito's identity pools are called in the partitions and in GovCloud's two regions. The subject of their tokens is
// one device or person, the audience is the pool.
var cognitos = []string{"cognito-identity.amazonaws.com", "cognito-identity-us-gov.amazonaws.com", "cognito-identity.us-gov-east-1.amazonaws.com", "cognito-identity.cn-north-1.amazonaws.com.cn"}

// limited reports whether a statement limits the audience and the subject of a provider's tokens.
func limited(condition map[string]map[string]policy.Values, provider string) bool {
	issuer := provider
	if _, after, ok := strings.Cut(provider, ":oidc-provider/"); ok {
		issuer = after
	}
	if !limitedBy(condition, issuer+":aud") {
		return false
	}
	return slices.Contains(cognitos, issuer) || demands(condition, issuer+":sub", func(like bool, v string) bool {
		return exact(like, v) || like && namesOwner(issuer, v)
	})
}

// owners are how subjects begin that name their owner before anything else, and what ends the name.
var owners = []struct{ host, prefix, end string }{
	{"token.actions.githubusercontent.com", "repo:", "/"},
	{"gitlab.com", "project_path:", "/"},
	{"app.terraform.io", "organization:", ":"},
	{"oidc.eks.", "system:serviceaccount:", ":"},
}

// namesOwner reports whether a subject with a wildcard names its owner before it.
func namesOwner(issuer, v string) bool {
	if strings.Contains(v, "${") {
		return false
	}
	head := v[:strings.IndexAny(v+"*", "*?")]
	for _, o := range owners {
		if issuer == o.host || strings.HasPrefix(issuer, o.host+"/") || strings.HasSuffix(o.host, ".") && strings.HasPrefix(issuer, o.host) {
			owner, _, ended := strings.Cut(strings.TrimPrefix(head, o.prefix), o.end)
			return strings.HasPrefix(head, o.prefix) && ended && owner != ""
		}
	}
	return false
}
