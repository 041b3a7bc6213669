package kms

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/auditseal/auditseal/collectors/policy"
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

// parse fills the policy from its text. account is the key's.
func (p *Policy) parse(account string) error {
	statements, err := policy.Parse(p.Text)
	if err != nil {
		return err
	}
	admitted, err := policy.Admits(statements, account)
	if err != nil {
		return err
	}
	for _, st := range statements {
		if who, _, err := st.Principals(); err == nil && st.Effect == "Allow" {
			p.AccountAdmin = p.AccountAdmin || letsAccountDecide(st, who, account)
		}
	}
	p.Statements, p.Public, p.Principals, p.OtherAccounts, p.Parsed = len(statements), admitted.Public, admitted.Principals, admitted.OtherAccounts, true
	return nil
}

// letsAccountDecide reports whether the statement hands the key over to the account's IAM policies.
func letsAccountDecide(s policy.Statement, who []string, account string) bool {
	all := slices.ContainsFunc(s.Action, func(a string) bool { return a == "*" || strings.EqualFold(a, "kms:*") })
	return all && len(s.Condition) == 0 && slices.ContainsFunc(who, func(w string) bool {
		v, isAWS := strings.CutPrefix(w, "AWS:")
		return isAWS && (v == account || policy.AccountOf(v) == account && strings.HasSuffix(v, ":root"))
	})
}
