package kms

import (
	"cmp"
	"time"

	"github.com/auditseal/auditseal/collectors/configitem"
)

// Past lists what configuration items tell of the kinds of this package.
//
// AWS::KMS::Key carries what DescribeKey answers, and in its supplementary configuration KeyRotationStatus, true or false, as AWS's schema
// of the type says (https://github.com/awslabs/aws-config-resource-schema). It does not carry how often the key rotates and when next, its
// grants, its aliases, nor which rotations were completed. The schema names no key policy, as it names no policy document of any type: where
// an item has the part Policy, it is read, and where it has none the policy is unknown.
func Past() []configitem.Reader {
	return []configitem.Reader{
		configitem.For("AWS::KMS::Key", false, keyID, pastKey),
	}
}

// keyID is the key's ARN, which is what ListKeys names it by too.
func keyID(it *configitem.Item) string {
	return it.Amazon("kms", it.Region, it.Account, "key/"+it.ResourceID)
}

func pastKey(it *configitem.Item) (*Key, []string, error) {
	var r configitem.Reading
	c := r.Configuration(it)
	k := &Key{Algorithms: []string{}, ReplicaKeys: []string{}, Aliases: []string{}, Tags: it.Tags}
	for _, f := range []struct {
		to            *string
		member, field string
	}{
		{&k.KeyID, "keyId", "key_id"}, {&k.Manager, "keyManager", "manager"}, {&k.State, "keyState", "state"}, {&k.Origin, "origin", "origin"},
		{&k.Usage, "keyUsage", "usage"},
	} {
		if v, ok := r.Text(c, f.member); ok {
			*f.to = v
			r.Tell(f.field)
		}
	}
	if v, ok := r.Said(c, "description"); ok { // empty where the owner wrote nothing
		k.Description = v
		r.Tell("description")
	}
	k.pastSpec(&r, c)
	if on, ok := r.Bool(c, "enabled"); ok {
		k.Enabled = on
		r.Tell("enabled")
		if k.State != "" && on != (k.State == "Enabled") {
			r.Fail("keyState %q and enabled %t contradict each other", k.State, on)
		}
	}
	if t, ok := r.Time(c, "creationDate"); ok {
		k.Created = t
		r.Tell("created")
	}
	if t, ok := r.Time(c, "deletionDate"); ok {
		k.DeletionDate = &t
		r.Tell("deletion_date")
	}
	if v, ok := r.Text(c, "expirationModel"); ok {
		k.ExpirationModel = &v
		r.Tell("expiration_model")
	}
	if v, ok := r.Bool(c, "multiRegion"); ok {
		k.MultiRegion = &v
		r.Tell("multi_region")
	}
	if it.Tags != nil {
		r.Tell("tags")
	}
	k.pastRotation(&r, it)
	k.pastPolicy(&r, it)
	return k, r.Told, r.Err
}

// pastSpec reads the key's spec and algorithms. Items from before KeySpec carry the same value under its old name; AWS's schema still does.
func (k *Key) pastSpec(r *configitem.Reading, c configitem.Object) {
	now, named := r.Text(c, "keySpec")
	old, before := r.Text(c, "customerMasterKeySpec")
	switch {
	case named && before && now != old:
		r.Fail("keySpec %q and customerMasterKeySpec %q contradict each other", now, old)
	case named || before:
		k.Spec = cmp.Or(now, old)
		r.Tell("spec")
	}
	for _, m := range []string{"encryptionAlgorithms", "signingAlgorithms", "macAlgorithms", "keyAgreementAlgorithms", "encapsulationAlgorithms"} {
		if v, ok := r.Texts(c, m); ok {
			k.Algorithms = append(k.Algorithms, v...)
		}
	}
	if len(k.Algorithms) > 0 {
		r.Tell("algorithms")
	}
}

// pastRotation reads whether the key rotates. Without its spec and origin nothing says whether that is possible for the key. Of a key that
// does not support rotation no page says what its items carry, so it is told for those that do.
func (k *Key) pastRotation(r *configitem.Reading, it *configitem.Item) {
	on, ok := r.SupplementaryBool(it, "KeyRotationStatus")
	if !ok {
		return
	}
	k.Rotation = &Rotation{Enabled: on, Possible: k.rotatesItself()}
	if k.Spec == "" || k.Origin == "" {
		return
	}
	r.Tell("rotation.possible")
	if k.Rotation.Possible {
		r.Tell("rotation.enabled")
	}
}

// pastPolicy reads the key policy, where the item has one.
func (k *Key) pastPolicy(r *configitem.Reading, it *configitem.Item) {
	text, ok := configitem.Text(it.Supplementary["Policy"])
	if !ok {
		return
	}
	k.Policy = &Policy{Text: text}
	if err := k.Policy.parse(it.Account); err != nil {
		r.Fail("supplementaryConfiguration.Policy can't be read as a policy: %w", err)
		return
	}
	r.Tell("policy")
}

// Born is when the key was made.
func (k *Key) Born() time.Time { return k.Created }
