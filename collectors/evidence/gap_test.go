package evidence

import "testing"

func TestOfPast(t *testing.T) {
	at := func(g Gap) Gap { g.Account, g.Region = "111122223333", "eu-west-1"; return g }
	for name, c := range map[string]struct {
		gap             Gap
		account, region string
		want            bool
	}{
		"its own place":                            {at(Gap{History: []string{"AWS::KMS::Key"}}), "111122223333", "eu-west-1", true},
		"another region":                           {at(Gap{History: []string{"AWS::KMS::Key"}}), "111122223333", "us-east-1", false},
		"whichever region":                         {at(Gap{History: []string{"AWS::KMS::Key"}}), "111122223333", "", true},
		"another type":                             {at(Gap{History: []string{"AWS::S3::Bucket"}}), "111122223333", "eu-west-1", false},
		"no type, and the items are not whole":     {at(Gap{Kinds: []string{"config.configuration_item"}}), "111122223333", "eu-west-1", true},
		"another population":                       {at(Gap{Kinds: []string{"kms.key"}}), "111122223333", "eu-west-1", false},
		"a place that it names":                    {at(Gap{History: []string{"AWS::KMS::Key"}, Places: []string{"444455556666/us-east-1"}}), "444455556666", "us-east-1", true},
		"its own place, where it names another":    {at(Gap{History: []string{"AWS::KMS::Key"}, Places: []string{"444455556666/us-east-1"}}), "111122223333", "eu-west-1", false},
		"every place":                              {at(Gap{History: []string{"AWS::KMS::Key"}, Places: []string{"*"}}), "444455556666", "us-east-1", true},
		"what reads for all did not":               {at(Gap{Kinds: []string{"config.athena_query"}}), "444455556666", "us-east-1", true},
		"what reads for all read but some":         {at(Gap{Kinds: []string{"config.athena_query"}, History: []string{"AWS::KMS::Key"}, Places: []string{"444455556666/eu-west-1"}}), "444455556666", "us-east-1", false},
		"what reads for all read not this type":    {at(Gap{Kinds: []string{"config.athena_query"}, History: []string{"AWS::S3::Bucket"}, Places: []string{"*"}}), "444455556666", "us-east-1", false},
		"a field of what reads for all is unknown": {at(Gap{Resource: "q", Fields: []string{"rows"}}), "444455556666", "us-east-1", false},
	} {
		if got := c.gap.OfPast("AWS::KMS::Key", c.account, c.region); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
