package moto

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsaccount "github.com/aws/aws-sdk-go-v2/service/account"
	accounttypes "github.com/aws/aws-sdk-go-v2/service/account/types"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/auditseal/auditseal/collectors/account"
	"github.com/auditseal/auditseal/collectors/reconcile"
)

// seedContacts gives the caller's account someone for questions of security.
func seedContacts(t *testing.T, s *server) {
	t.Helper()
	_, err := awsaccount.NewFromConfig(s.as(t, caller, "us-east-1")).PutAlternateContact(t.Context(), &awsaccount.PutAlternateContactInput{AlternateContactType: accounttypes.AlternateContactTypeSecurity, Name: aws.String("=Security"), Title: aws.String("CISO"),
		EmailAddress: aws.String("security@example.com"), PhoneNumber: aws.String("+43 1 0")})
	must(t, err)
}

func checkContacts(t *testing.T, s *server, pack string) {
	var held []*account.AlternateContact
	for _, id := range accounts {
		c := awsaccount.NewFromConfig(s.as(t, id, "us-east-1"))
		for _, kind := range []accounttypes.AlternateContactType{"BILLING", "OPERATIONS", "SECURITY"} {
			x := &account.AlternateContact{Meta: meta(id, regions[0], id+"/"+string(kind)), Type: string(kind)}
			out, err := c.GetAlternateContact(t.Context(), &awsaccount.GetAlternateContactInput{AlternateContactType: kind})
			if gives(t, err, "ResourceNotFoundException") {
				a := out.AlternateContact
				x.Present, x.Name, x.Title, x.Email, x.Phone = true, a.Name, a.Title, a.EmailAddress, a.PhoneNumber
			}
			held = append(held, x)
		}
	}
	agree(t, held, records[account.AlternateContact](t, pack, "account.alternate_contact"))
}

// checkReconciled looks at the two populations that moto's own AWS Config lists too: what auditseal read of S3 and IAM, and what it read of
// AWS Config, were never in one hand before.
func checkReconciled(t *testing.T, s *server, pack string) {
	roles, err := awsiam.NewFromConfig(s.as(t, caller, "us-east-1")).ListRoles(t.Context(), &awsiam.ListRolesInput{})
	must(t, err)
	want := map[string]int{caller + "/eu-west-1/iam.role": len(roles.Roles), caller + "/eu-west-1/s3.bucket": 3}
	for _, c := range records[reconcile.Comparison](t, pack, "reconciliation.comparison") {
		n, ours := want[c.ID]
		delete(want, c.ID)
		switch {
		case ours && (!c.Compared || c.Agrees == nil || !*c.Agrees || c.Here != n || c.There != n || len(c.Unknown) > 0):
			t.Errorf("%s: %+v, want %d on both sides", c.ID, c, n)
		case !ours && c.Agrees != nil && *c.Agrees:
			// moto's AWS Config discovers nothing else, and policies lack the id in IAM that AWS Config has for them.
			t.Errorf("%s agrees, though AWS Config has nothing to compare with", c.ID)
		}
	}
	for id := range want {
		t.Errorf("%s was not compared", id)
	}
}
