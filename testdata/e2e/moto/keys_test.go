package moto

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/kms"
)

// A key is what moto and the records must agree on.
type key struct {
	ARN, ID, Manager, State, Origin, Spec, Usage, Description string
	Enabled                                                   bool
	Deletion                                                  string
	Aliases                                                   []string
	Tags                                                      map[string]string
	Rotates                                                   bool
	Rotations, Grants                                         int
	Policy                                                    string
}

func checkKeys(t *testing.T, s *server, pack string) {
	all, aliases := records[kms.Key](t, pack, "kms.key"), records[kms.Alias](t, pack, "kms.alias")
	rotations, grants := records[kms.MaterialRotation](t, pack, "kms.rotation"), records[kms.Grant](t, pack, "kms.grant")
	total := 0
	for _, account := range accounts {
		for _, region := range regions {
			held, names := keysOf(t, s, account, region)
			total += len(held)
			var got []key
			for _, k := range at(all, account, region) {
				got = append(got, keyOf(t, k))
			}
			if d := cmp.Diff(held, got); d != "" {
				t.Errorf("%s/%s: keys (-moto +records):\n%s", account, region, d)
			}
			recorded := map[string]string{}
			for _, a := range at(aliases, account, region) {
				recorded[a.Name] = aws.ToString(a.TargetID)
			}
			if d := cmp.Diff(names, recorded); d != "" {
				t.Errorf("%s/%s: aliases (-moto +records):\n%s", account, region, d)
			}
			if n := len(at(rotations, account, region)); n != 1 {
				t.Errorf("%s/%s: %d rotations, want the one on demand", account, region, n)
			}
			if g := at(grants, account, region); len(g) != 1 || !g[0].OtherAccount || aws.ToString(g[0].Name) != "partner" {
				t.Errorf("%s/%s: grants %+v, want the partner's", account, region, g)
			}
		}
	}
	// 7 of each sort in 6 places, and 0, 3 and 6 more in the regions of each account.
	if want := 7*6 + 2*(0+3+6); total != want || len(all) != want {
		t.Errorf("moto holds %d keys and the records %d, want %d", total, len(all), want)
	}
}

// keyOf takes from a record what moto knows too. Nothing else may be unknown than the usage that moto does not tell.
func keyOf(t *testing.T, k *kms.Key) key {
	t.Helper()
	if k.Description == withoutUsage {
		unknown(t, k, "usage")
	} else {
		unknown(t, k)
	}
	out := key{ARN: k.ID, ID: k.KeyID, Manager: k.Manager, State: k.State, Origin: k.Origin, Spec: k.Spec, Usage: k.Usage, Description: k.Description,
		Enabled: k.Enabled, Aliases: by(k.Aliases, func(s string) string { return s }), Tags: k.Tags}
	if k.DeletionDate != nil {
		out.Deletion = k.DeletionDate.Format(time.RFC3339)
	}
	if k.Rotation != nil {
		out.Rotates = k.Rotation.Enabled
	}
	if k.Rotations != nil {
		out.Rotations = *k.Rotations
	}
	if k.Policy != nil {
		out.Policy = k.Policy.Text
	}
	if k.Grants != nil {
		out.Grants = k.Grants.Count
	}
	return out
}

// keysOf asks moto itself, in the order in which it lists.
func keysOf(t *testing.T, s *server, account, region string) (keys []key, aliases map[string]string) {
	t.Helper()
	c, ctx := awskms.NewFromConfig(s.as(t, account, region)), t.Context()
	named, err := c.ListAliases(ctx, &awskms.ListAliasesInput{})
	must(t, err)
	aliases = map[string]string{}
	for _, a := range named.Aliases {
		aliases[*a.AliasName] = aws.ToString(a.TargetKeyId)
	}
	list, err := c.ListKeys(ctx, &awskms.ListKeysInput{Limit: aws.Int32(1000)})
	must(t, err)
	for _, l := range list.Keys {
		d, err := c.DescribeKey(ctx, &awskms.DescribeKeyInput{KeyId: l.KeyId})
		must(t, err)
		m := d.KeyMetadata
		k := key{ARN: *l.KeyArn, ID: *l.KeyId, Manager: string(m.KeyManager), State: string(m.KeyState), Origin: string(m.Origin), Spec: string(m.KeySpec), Usage: string(m.KeyUsage),
			Description: aws.ToString(m.Description), Enabled: m.Enabled, Tags: map[string]string{}, Aliases: []string{}}
		if m.DeletionDate != nil {
			k.Deletion = m.DeletionDate.UTC().Format(time.RFC3339)
		}
		for name, target := range aliases {
			if target == k.ID {
				k.Aliases = append(k.Aliases, name)
			}
		}
		k.Aliases = by(k.Aliases, func(s string) string { return s })
		tags, err := c.ListResourceTags(ctx, &awskms.ListResourceTagsInput{KeyId: l.KeyId})
		must(t, err)
		for _, x := range tags.Tags {
			k.Tags[*x.TagKey] = *x.TagValue
		}
		if status, err := c.GetKeyRotationStatus(ctx, &awskms.GetKeyRotationStatusInput{KeyId: l.KeyId}); err == nil {
			k.Rotates = status.KeyRotationEnabled
		}
		if done, err := c.ListKeyRotations(ctx, &awskms.ListKeyRotationsInput{KeyId: l.KeyId}); err == nil {
			k.Rotations = len(done.Rotations)
		}
		policy, err := c.GetKeyPolicy(ctx, &awskms.GetKeyPolicyInput{KeyId: l.KeyId, PolicyName: aws.String("default")})
		must(t, err)
		k.Policy = aws.ToString(policy.Policy)
		grants, err := c.ListGrants(ctx, &awskms.ListGrantsInput{KeyId: l.KeyId})
		must(t, err)
		k.Grants = len(grants.Grants)
		keys = append(keys, k)
	}
	return keys, aliases
}
