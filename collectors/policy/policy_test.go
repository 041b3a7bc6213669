package policy

import (
	"slices"
	"testing"
)

func statement(principal, condition string) string {
	return `{"Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":"s3:GetObject","Resource":"*","Condition":` + condition + `}]}`
}

// IAM takes numbers for words. An account's id is one that a float would write with an exponent, and nobody would see that it is named.
func TestAccountsThatAreNumbers(t *testing.T) {
	for _, text := range []string{
		statement(`"*"`, `{"StringEquals":{"aws:SourceAccount":444455556666}}`),
		statement(`"*"`, `{"StringEquals":{"aws:SourceAccount":[444455556666]}}`),
		statement(`{"AWS":444455556666}`, `{}`),
	} {
		statements, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		a, err := Admits(statements, "111122223333")
		if err != nil || a.Public || !slices.Equal(a.OtherAccounts, []string{"444455556666"}) {
			t.Errorf("%s\nadmits %+v, %v", text, a, err)
		}
	}
}

// Of two members of one name JSON's readers take one, and not all take the same: which of them AWS goes by the document does not tell.
func TestMembersTwice(t *testing.T) {
	const one = `{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:*","Resource":"*"}`
	const open = `{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}`
	for _, text := range []string{
		`{"Statement":[` + open + `],"Statement":[` + one + `]}`,
		`{"Statement":[` + open + `],"statement":[` + one + `]}`,
		`{"Statement":[{"Effect":"Allow","Principal":"*","Principal":{"AWS":"111122223333"},"Action":"s3:*","Resource":"*"}]}`,
		`{"Statement":{"Effect":"Allow","Principal":"*","principal":{"AWS":"111122223333"},"Action":"s3:*","Resource":"*"}}`,
		`{"Statement":[{"Effect":"Allow","Principal":{"AWS":"*","AWS":"111122223333"},"Action":"s3:*","Resource":"*"}]}`,
		statement(`"*"`, `{"StringEquals":{"aws:SourceAccount":"111122223333"},"StringEquals":{"aws:SourceVpc":"vpc-1"}}`),
		statement(`"*"`, `{"StringEquals":{"aws:SourceVpc":"vpc-1","aws:SourceVpc":"vpc-2"}}`),
	} {
		if s, err := Parse(text); err == nil {
			t.Errorf("%s\nreads as %+v", text, s)
		}
	}
	// What tells apart by its capitals are the keys of tags.
	if _, err := Parse(statement(`"*"`, `{"StringEquals":{"aws:PrincipalTag/Team":"a","aws:PrincipalTag/team":"b"}}`)); err != nil {
		t.Error(err)
	}
}
