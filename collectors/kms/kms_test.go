package kms

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/testdata/scenario"
)

var made = time.Date(2024, 3, 1, 9, 0, 0, 0, time.UTC)

func id(n int) string { return fmt.Sprintf("%08d-0000-4000-8000-000000000000", n) }

func arnOf(id string) string { return "arn:aws:kms:eu-west-1:111122223333:key/" + id }

// world is one account and region.
func world(r *scenario.Region) *scenario.Organization {
	r.Name = "eu-west-1"
	return &scenario.Organization{Management: own, AsOf: time.Date(2026, 10, 1, 6, 0, 0, 0, time.UTC),
		Accounts: []*scenario.Account{{ID: own, Regions: []*scenario.Region{r}}}}
}

// run collects the region.
func run(t *testing.T, r *scenario.Region, faults ...*scenario.Fault) (*celltest.Result, *scenario.Server) {
	t.Helper()
	s := scenario.Start(scenario.Config{Organization: world(r), Faults: faults})
	t.Cleanup(s.Close)
	return celltest.Run(t, Collector{}, celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(own), Account: own}), s
}

func keyOf(t *testing.T, r *celltest.Result, n int) *Key {
	t.Helper()
	return celltest.One[Key](t, r, id(n))
}

// kinds are keys of every kind there is.
func kinds() *scenario.Region {
	done := []scenario.RotationDone{{At: made.AddDate(1, 0, 0), Type: "AUTOMATIC"}, {At: made.AddDate(1, 2, 0), Type: "ON_DEMAND"}}
	return &scenario.Region{
		Keys: []scenario.Key{
			{ID: id(0), Created: made, Description: "=cmd|' /C calc'!A0", Aliases: []string{"orders", "also-orders"}, Tags: []scenario.Tag{{Key: "team", Value: "\u202egpj.exe"}},
				Rotation: scenario.Rotation{Enabled: true, Days: 180, Next: made.AddDate(3, 0, 0), Done: done, OnDemandStarted: made.AddDate(2, 0, 0)}},
			{ID: id(1), Created: made},
			{ID: id(2), Created: made, Spec: "RSA_2048", Usage: "SIGN_VERIFY"},
			{ID: id(3), Created: made, Spec: "HMAC_256"},
			{ID: id(4), Created: made, Origin: "EXTERNAL", ValidTo: made.AddDate(5, 0, 0), Rotation: scenario.Rotation{Done: done[1:]}},
			{ID: id(5), Created: made, Origin: "EXTERNAL", State: "PendingImport"},
			{ID: id(6), Created: made, Origin: "AWS_CLOUDHSM", Store: "cks-1", Cluster: "cluster-a"},
			{ID: id(7), Created: made, Origin: "EXTERNAL_KEY_STORE", Store: "cks-2", XKS: "ext-7"},
			{ID: id(8), Created: made, State: "PendingDeletion", Deletion: made.AddDate(4, 0, 0), Rotation: scenario.Rotation{Enabled: true}},
			{ID: "mrk-" + strings.Repeat("a", 32), Created: made, MultiRegion: "REPLICA", PrimaryRegion: "us-east-1", Replicas: []string{"eu-west-1"}, Rotation: scenario.Rotation{Enabled: true}},
			{ID: id(10), Created: made, Manager: "AWS", Aliases: []string{"aws/ebs"}, Denied: []string{"ListGrants", "ListResourceTags"}},
			{ID: id(11), Created: made, State: "PendingReplicaDeletion"},
		},
		Aliases: []scenario.Alias{{Name: "aws/ssm"}},
		KeyStores: []scenario.KeyStore{
			{ID: "cks-1", Name: "hsm", Type: "AWS_CLOUDHSM", Cluster: "cluster-a", State: "CONNECTED", Created: made},
			{ID: "cks-2", Name: "ext", Type: "EXTERNAL_KEY_STORE", State: "FAILED", Error: "XKS_PROXY_NOT_REACHABLE", Created: made, ProxyEndpoint: "https://xks.example.com", ProxyPath: "/kms/xks/v1"},
		},
	}
}

func TestKeysOfEveryKind(t *testing.T) {
	r, _ := run(t, kinds())
	k := keyOf(t, r, 0)
	if k.Manager != "CUSTOMER" || k.State != "Enabled" || !k.Enabled || k.Origin != "AWS_KMS" || k.Spec != "SYMMETRIC_DEFAULT" || k.Usage != "ENCRYPT_DECRYPT" || !k.Created.Equal(made) {
		t.Errorf("key 0: %+v", k)
	}
	if k.Description != "=cmd|' /C calc'!A0" || k.Tags["team"] != "\u202egpj.exe" {
		t.Errorf("AWS's text was changed: %q, %q", k.Description, k.Tags)
	}
	if d := cmp.Diff([]string{"alias/also-orders", "alias/orders"}, k.Aliases); d != "" {
		t.Error(d)
	}
	next, start, last := made.AddDate(3, 0, 0), made.AddDate(2, 0, 0), made.AddDate(1, 2, 0)
	days, two := 180, 2
	if d := cmp.Diff(&Rotation{Enabled: true, Possible: true, PeriodDays: &days, Next: &next, OnDemandStart: &start}, k.Rotation); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(&two, k.Rotations); d != "" || !k.LastRotation.Equal(last) {
		t.Errorf("rotations %v, last %v", k.Rotations, k.LastRotation)
	}
	if k.Policy == nil || !k.Policy.Parsed || k.Policy.Public || !k.Policy.AccountAdmin || k.Grants == nil || k.Grants.Count != 0 {
		t.Errorf("policy %+v, grants %+v", k.Policy, k.Grants)
	}
	if k.ReplicaKeys == nil || k.Algorithms == nil || len(k.Unknown) != 0 {
		t.Errorf("key 0: %+v", k)
	}

	never := keyOf(t, r, 1)
	if never.Rotation == nil || never.Rotation.Enabled || never.Rotation.PeriodDays != nil || *never.Rotations != 0 || never.LastRotation != nil {
		t.Errorf("a key that does not rotate: %+v, %v, %v", never.Rotation, never.Rotations, never.LastRotation)
	}
	if never.Aliases == nil || never.Tags == nil {
		t.Error("no aliases and no tags were read, and yet they are not empty but nil")
	}
	// AWS says that rotation is not possible: absent, and no gap.
	for _, n := range []int{2, 3, 4, 5, 6, 7} {
		k := keyOf(t, r, n)
		if k.Rotation != nil || celltest.Unknown(k, "rotation") != "" {
			t.Errorf("key %d: rotation is %+v, unknown by %q", n, k.Rotation, celltest.Unknown(k, "rotation"))
		}
		if len(k.Evidence) < 6 {
			t.Errorf("key %d: the refusal is no evidence of it: %v", n, k.Evidence)
		}
	}
	imported := keyOf(t, r, 4)
	if *imported.ExpirationModel != "KEY_MATERIAL_EXPIRES" || !imported.ValidTo.Equal(made.AddDate(5, 0, 0)) || *imported.Rotations != 1 {
		t.Errorf("imported: %+v", imported)
	}
	if k := keyOf(t, r, 5); k.ExpirationModel != nil || k.ValidTo != nil || k.State != "PendingImport" || k.Enabled {
		t.Errorf("pending import: %+v", k)
	}
	if k := keyOf(t, r, 6); *k.CustomKeyStoreID != "cks-1" || *k.CloudHSMClusterID != "cluster-a" || k.Rotations != nil {
		t.Errorf("in CloudHSM: %+v", k)
	}
	if k := keyOf(t, r, 7); *k.ExternalKeyID != "ext-7" || k.CloudHSMClusterID != nil {
		t.Errorf("in an external key store: %+v", k)
	}
	// While it waits for its deletion AWS says false, whatever was set.
	if k := keyOf(t, r, 8); k.Rotation == nil || k.Rotation.Enabled || !k.DeletionDate.Equal(made.AddDate(4, 0, 0)) {
		t.Errorf("pending deletion: %+v, %v", k.Rotation, k.DeletionDate)
	}
	if k := keyOf(t, r, 11); k.DeletionDate != nil || *k.PendingWindow != 30 {
		t.Errorf("pending replica deletion: %+v", k)
	}
	replica := celltest.One[Key](t, r, "mrk-")
	primary := "arn:aws:kms:us-east-1:111122223333:key/mrk-" + strings.Repeat("a", 32)
	if *replica.MultiRegionKeyType != "REPLICA" || *replica.PrimaryKey != primary || *replica.Rotation.SetOn != primary || !replica.Rotation.Enabled || len(replica.ReplicaKeys) != 1 {
		t.Errorf("replica: %+v, rotation %+v", replica, replica.Rotation)
	}
	if never.Rotation.SetOn != nil {
		t.Error("a key of one region has its rotation set elsewhere")
	}
}

func TestAWSManagedKeysAreReadAndTheirGapsNamed(t *testing.T) {
	r, _ := run(t, kinds())
	k := keyOf(t, r, 10)
	if k.Manager != "AWS" || !k.Rotation.Enabled || *k.Rotation.PeriodDays != 365 || k.Policy == nil {
		t.Errorf("%+v", k)
	}
	for _, f := range []string{"grants", "tags"} {
		if celltest.Unknown(k, f) != "AccessDeniedException" {
			t.Errorf("%s is unknown by %q", f, celltest.Unknown(k, f))
		}
	}
	if k.Tags != nil || k.Grants != nil {
		t.Errorf("what was denied reads as %v, %v", k.Tags, k.Grants)
	}
	if len(r.Gaps) != 3 || r.Outcome(t, "ListGrants") != evidence.Denied || r.Outcome(t, "GetKeyPolicy") != evidence.Collected {
		t.Errorf("gaps: %+v", r.Gaps)
	}
}

func TestAliasesAndStores(t *testing.T) {
	r, _ := run(t, kinds())
	reserved := celltest.One[Alias](t, r, "alias/aws/ssm")
	if reserved.TargetID != nil || !reserved.Reserved || reserved.Created != nil {
		t.Errorf("a name that AWS reserves: %+v", reserved)
	}
	if a := celltest.One[Alias](t, r, "alias/orders"); *a.TargetID != id(0) || a.Reserved {
		t.Errorf("%+v", a)
	}
	s := celltest.One[KeyStore](t, r, "cks-1")
	if s.ID != "111122223333/eu-west-1/cks-1" || s.ConnectionState != "CONNECTED" || *s.CloudHSMClusterID != "cluster-a" || len(*s.TrustAnchorSHA256) != 64 || s.ConnectionError != nil {
		t.Errorf("%+v", s)
	}
	if s := celltest.One[KeyStore](t, r, "cks-2"); *s.ConnectionError != "XKS_PROXY_NOT_REACHABLE" || *s.ProxyPath != "/kms/xks/v1" || s.CloudHSMClusterID != nil {
		t.Errorf("%+v", s)
	}
}

func TestRotationsAreRecords(t *testing.T) {
	r, _ := run(t, kinds())
	all := celltest.Of[MaterialRotation](r)
	if len(all) != 3 {
		t.Fatalf("%d rotations", len(all))
	}
	if m := all[0]; m.ID != arnOf(id(0))+"/rotation/2025-03-01T09:00:00Z" || m.Type != "AUTOMATIC" || m.Key != arnOf(id(0)) || m.ImportState != nil {
		t.Errorf("%+v", m)
	}
	if m := all[2]; m.Type != "ON_DEMAND" || *m.ImportState != "IMPORTED" {
		t.Errorf("%+v", m)
	}
}

// ListKeys named it: it is a row of the population, and nobody knows what it was.
func TestAKeyDeletedAfterItWasListedIsUnknown(t *testing.T) {
	f := &scenario.Fault{Service: "kms", Operation: "DescribeKey", Body: id(1), Kind: scenario.Code, CodeText: "NotFoundException", Message: "Key does not exist"}
	r, _ := run(t, &scenario.Region{Keys: []scenario.Key{{ID: id(0), Created: made}, {ID: id(1), Created: made}, {ID: id(2), Created: made}}}, f)
	if got := celltest.Of[Key](r); len(got) != 3 {
		t.Fatalf("%d keys, want the three that were listed", len(got))
	}
	if k := keyOf(t, r, 1); celltest.Unknown(k, "state") != "NotFoundException" || celltest.Unknown(k, "manager") != "NotFoundException" {
		t.Errorf("unknown %v", k.Unknown)
	}
}

// A key that vanishes after it was described was one: its rest is unknown.
func TestAKeyDeletedAfterItWasDescribedIsHalfRead(t *testing.T) {
	f := &scenario.Fault{Service: "kms", Operation: "GetKeyPolicy", Body: id(1), Kind: scenario.Code, CodeText: "NotFoundException", Message: "Key does not exist"}
	r, _ := run(t, &scenario.Region{Keys: []scenario.Key{{ID: id(0), Created: made}, {ID: id(1), Created: made}}}, f)
	if k := keyOf(t, r, 1); k.Policy != nil || celltest.Unknown(k, "policy.public") != "NotFoundException" {
		t.Errorf("%+v", k)
	}
}

func TestDeniedRotationIsUnknownForExactlyTheKeysAsked(t *testing.T) {
	deny := scenario.Key{ID: id(1), Created: made, Denied: []string{"GetKeyRotationStatus"}, Rotation: scenario.Rotation{Enabled: true}}
	r, _ := run(t, &scenario.Region{Keys: []scenario.Key{{ID: id(0), Created: made, Rotation: scenario.Rotation{Enabled: true}}, deny, {ID: id(2), Created: made}}})
	k := keyOf(t, r, 1)
	if k.Rotation != nil || celltest.Unknown(k, "rotation.enabled") != "AccessDeniedException" || celltest.Unknown(k, "rotation.period_days") != "AccessDeniedException" {
		t.Errorf("rotation %+v, unknown %v", k.Rotation, k.Unknown)
	}
	if k.Policy == nil || k.Rotations == nil || len(k.Unknown) != 1 {
		t.Errorf("more than the rotation is unknown: %v", k.Unknown)
	}
	for _, n := range []int{0, 2} {
		if k := keyOf(t, r, n); k.Rotation == nil || len(k.Unknown) != 0 {
			t.Errorf("key %d: %+v, %v", n, k.Rotation, k.Unknown)
		}
	}
	g := r.GapsOf("GetKeyRotationStatus")
	if len(g) != 1 || g[0].Resource != arnOf(id(1)) || g[0].Outcome != evidence.Denied || g[0].Code != "AccessDeniedException" || !slices.Equal(g[0].Fields, []string{"rotation"}) || g[0].Kinds != nil {
		t.Errorf("gaps %+v", g)
	}
}

func TestAKeyPolicyThatShutsTheAuditOut(t *testing.T) {
	shut := []string{"DescribeKey", "GetKeyRotationStatus", "ListKeyRotations", "GetKeyPolicy", "ListGrants", "ListResourceTags"}
	r, _ := run(t, &scenario.Region{Keys: []scenario.Key{{ID: id(0), Created: made}, {ID: id(1), Created: made, Denied: shut, Aliases: []string{"closed"}}}})
	k := keyOf(t, r, 1)
	if len(k.Aliases) != 1 || celltest.Unknown(k, "aliases") != "" {
		t.Errorf("aliases are the account's to list: %v", k.Aliases)
	}
	known := []string{"id", "account", "region", "collected", "evidence", "unknown", "key_id", "aliases"}
	for _, f := range evidence.KindOf[Key]("x").Fields() {
		top, _, _ := strings.Cut(f.Name, ".")
		if !slices.Contains(known, top) && celltest.Unknown(k, f.Name) != "AccessDeniedException" {
			t.Errorf("%s is not unknown", f.Name)
		}
	}
	if !slices.ContainsFunc(r.Gaps, func(g evidence.Gap) bool { return strings.Contains(g.Message, "resource-based") }) {
		t.Errorf("no gap says that it was the key's policy: %v", r.Gaps)
	}
}

// Without DescribeKey nobody said what kind of key it is, so that nothing follows from its kind.
func TestRotationOfAKeyThatWasNotDescribed(t *testing.T) {
	denied := []string{"DescribeKey"}
	r, _ := run(t, &scenario.Region{Keys: []scenario.Key{
		{ID: id(0), Created: made, Denied: denied, Rotation: scenario.Rotation{Enabled: true}},
		{ID: id(1), Created: made, Denied: denied, Spec: "RSA_2048", Usage: "SIGN_VERIFY"},
		{ID: id(2), Created: made, Denied: denied, Origin: "EXTERNAL", State: "PendingImport"}}})
	if k := keyOf(t, r, 0); !k.Rotation.Enabled || celltest.Unknown(k, "rotation.enabled") != "" || celltest.Unknown(k, "rotation.possible") != "AccessDeniedException" || *k.Rotations != 0 {
		t.Errorf("%+v %v", k.Rotation, k.Unknown)
	}
	if k := keyOf(t, r, 1); k.Rotation != nil || celltest.Unknown(k, "rotation") != "" || k.Rotations != nil || celltest.Unknown(k, "rotations") != "" {
		t.Errorf("AWS said that it can't rotate: %+v %v", k.Rotation, k.Unknown)
	}
	if k := keyOf(t, r, 2); celltest.Unknown(k, "rotation") != "KMSInvalidStateException" {
		t.Errorf("%+v %v", k.Rotation, k.Unknown)
	}
}

// A refusal that contradicts AWS's own rule for which keys rotate decides nothing.
func TestRefusalsOfRotationThatDecideNothing(t *testing.T) {
	for _, code := range []string{"UnsupportedOperationException", "KMSInvalidStateException"} {
		f := &scenario.Fault{Service: "kms", Operation: "GetKeyRotationStatus", Kind: scenario.Code, CodeText: code, Message: "no"}
		r, _ := run(t, &scenario.Region{Keys: []scenario.Key{{ID: id(0), Created: made}}}, f)
		if k := keyOf(t, r, 0); k.Rotation != nil || celltest.Unknown(k, "rotation") != code {
			t.Errorf("%s: %+v, %v", code, k.Rotation, k.Unknown)
		}
	}
}

// The SDK reads a missing boolean as false: an answer that leaves it out must not say that rotation is off.
func TestRotationStatusWithoutItsBoolean(t *testing.T) {
	for _, f := range []*scenario.Fault{{Kind: scenario.WithoutMember, Member: "KeyRotationEnabled"}, {Kind: scenario.EmptyObject}} {
		f.Service, f.Operation = "kms", "GetKeyRotationStatus"
		r, _ := run(t, &scenario.Region{Keys: []scenario.Key{{ID: id(0), Created: made, Rotation: scenario.Rotation{Enabled: true}}}}, f)
		if k := keyOf(t, r, 0); k.Rotation != nil || celltest.Unknown(k, "rotation.enabled") != "MissingMember" {
			t.Errorf("%s: %+v, %v", f.Kind, k.Rotation, k.Unknown)
		}
		if r.Outcome(t, "GetKeyRotationStatus") != evidence.CutShort {
			t.Errorf("%s: %v", f.Kind, r.Cells)
		}
	}
}

func TestUnreadablePolicyIsUnknownAndKept(t *testing.T) {
	r, _ := run(t, &scenario.Region{Keys: []scenario.Key{{ID: id(0), Created: made, Policy: `{"Statement":[{"Effect":"Allow","Principal":"everybody"}]}`}}})
	k := keyOf(t, r, 0)
	if k.Policy == nil || k.Policy.Parsed || !strings.Contains(k.Policy.Text, "everybody") {
		t.Errorf("%+v", k.Policy)
	}
	for _, f := range []string{"policy.public", "policy.statements", "policy.principals", "policy.other_accounts", "policy.account_admin"} {
		if celltest.Unknown(k, f) != "UnreadablePolicy" {
			t.Errorf("%s is unknown by %q", f, celltest.Unknown(k, f))
		}
	}
	if celltest.Unknown(k, "policy.text") != "" || celltest.Unknown(k, "policy.parsed") != "" {
		t.Error("the text was read, and that it is no policy is known")
	}
}

func grantsOf(n int) []scenario.Grant {
	var out []scenario.Grant
	for i := range n {
		out = append(out, scenario.Grant{ID: fmt.Sprintf("grant-%03d", i), Grantee: "arn:aws:iam::111122223333:role/app", Operations: []string{"Decrypt"}, Created: made})
	}
	return out
}

func TestGrantsAreCountedOverAllPages(t *testing.T) {
	g := grantsOf(230)
	g[5].Grantee = "*"
	g[120].Grantee = "arn:aws:iam::444455556666:role/partner"
	g[229].Context = map[string]string{"aws:s3:arn": "arn:aws:s3:::orders"}
	r, s := run(t, &scenario.Region{Keys: []scenario.Key{{ID: id(0), Created: made, Grants: g}, {ID: id(1), Created: made, Grants: g[:1]}}})
	if d := cmp.Diff(&GrantSummary{Count: 230, Wildcard: 1, OtherAccount: 1, Constrained: 1}, keyOf(t, r, 0).Grants); d != "" {
		t.Error(d)
	}
	all := celltest.Of[Grant](r)
	if len(all) != 231 || all[0].ID != arnOf(id(0))+"/grant/grant-000" || !all[5].Wildcard || !all[120].OtherAccount || !all[229].Constrained || all[230].Key != arnOf(id(1)) {
		t.Errorf("%d grants", len(all))
	}
	if n := s.Count("kms", "ListGrants"); n != 4 {
		t.Errorf("ListGrants was asked %d times, want 3 pages and 1", n)
	}
}

func TestGrantsDeniedInTheMiddleAreNotWhole(t *testing.T) {
	r, _ := run(t, &scenario.Region{Keys: []scenario.Key{{ID: id(0), Created: made, Grants: grantsOf(150)}, {ID: id(1), Created: made, Grants: grantsOf(2)}}},
		&scenario.Fault{Service: "kms", Operation: "ListGrants", Continued: true, Kind: scenario.Denied})
	if k := keyOf(t, r, 0); k.Grants != nil || celltest.Unknown(k, "grants.wildcard") != "AccessDeniedException" {
		t.Errorf("half the grants read as %+v", k.Grants)
	}
	if k := keyOf(t, r, 1); k.Grants.Count != 2 || len(k.Unknown) != 0 {
		t.Errorf("the other key: %+v", k.Grants)
	}
	if !slices.ContainsFunc(r.Gaps, func(g evidence.Gap) bool { return slices.Equal(g.Kinds, []string{"kms.grant"}) }) {
		t.Errorf("no gap says that the grants are not whole: %+v", r.Gaps)
	}
	if n := len(celltest.Of[Grant](r)); n != 102 {
		t.Errorf("%d grants, want the 100 that were read and 2", n)
	}
}

// One gap for the list, to which every key points: a key with no alias read is not a key without aliases.
func TestDeniedAliasesAreUnknownForEveryKey(t *testing.T) {
	for _, f := range []*scenario.Fault{{Kind: scenario.Denied}, {Kind: scenario.Denied, Continued: true}} {
		f.Service, f.Operation = "kms", "ListAliases"
		region := &scenario.Region{Keys: []scenario.Key{{ID: id(0), Created: made}, {ID: id(1), Created: made}}}
		for i := range 120 {
			region.Aliases = append(region.Aliases, scenario.Alias{Name: fmt.Sprintf("a-%03d", i), Target: id(0), Created: made, Updated: made})
		}
		r, _ := run(t, region, f)
		for n := range 2 {
			if k := keyOf(t, r, n); k.Aliases != nil || celltest.Unknown(k, "aliases") != "AccessDeniedException" {
				t.Errorf("key %d: aliases %v, unknown %v", n, k.Aliases, k.Unknown)
			}
		}
		if len(r.Gaps) != 1 || !slices.Equal(r.Gaps[0].Kinds, []string{"kms.alias"}) {
			t.Errorf("gaps %+v", r.Gaps)
		}
	}
}

func TestListKeysDeniedInTheMiddle(t *testing.T) {
	r, _ := run(t, &scenario.Region{BulkKeys: 1005}, &scenario.Fault{Service: "kms", Operation: "ListKeys", Continued: true, Kind: scenario.Denied})
	if n := len(celltest.Of[Key](r)); n != 1000 {
		t.Errorf("%d keys, want the first page", n)
	}
	if len(r.Gaps) != 1 || !slices.Equal(r.Gaps[0].Kinds, []string{"kms.grant", "kms.key", "kms.rotation"}) {
		t.Errorf("gaps %+v", r.Gaps)
	}
}

// Records come in AWS's order however the answers race, and no key is asked twice.
func TestOrderOfManyKeys(t *testing.T) {
	r, s := run(t, &scenario.Region{BulkKeys: 400})
	keys := celltest.Of[Key](r)
	if len(keys) != 400 || len(r.Gaps) != 0 {
		t.Fatalf("%d keys, %d gaps", len(keys), len(r.Gaps))
	}
	for i, k := range keys {
		if k.Description != fmt.Sprintf("order data, partition %05d", i) {
			t.Fatalf("key %d is %q", i, k.Description)
		}
	}
	if n := s.Count("kms", "DescribeKey"); n != 400 {
		t.Errorf("DescribeKey was asked %d times", n)
	}
}

// byHand answers what no scenario says, and everything else with nothing in it.
func byHand(t *testing.T, answers map[string]string) *celltest.Result {
	t.Helper()
	usual := map[string]string{
		"DescribeCustomKeyStores": `{"CustomKeyStores":[],"Truncated":false}`,
		"ListAliases":             `{"Aliases":[],"Truncated":false}`,
		"ListKeys":                `{"Keys":[{"KeyId":"a","KeyArn":"arn:aws:kms:eu-west-1:111122223333:key/a"}],"Truncated":false}`,
		"DescribeKey":             describedKey(map[string]any{}),
		"GetKeyRotationStatus":    `{"KeyRotationEnabled":true,"RotationPeriodInDays":365}`,
		"ListKeyRotations":        `{"Rotations":[],"Truncated":false}`,
		"GetKeyPolicy":            `{"Policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"kms:*\"}]}"}`,
		"ListResourceTags":        `{"Tags":[],"Truncated":false}`,
		"ListGrants":              `{"Grants":[],"Truncated":false}`,
	}
	url := celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		if a, ok := answers[q.Operation]; ok {
			return celltest.Answer{Body: a}
		}
		return celltest.Answer{Body: usual[q.Operation]}
	})
	return celltest.Run(t, Collector{}, celltest.Options{URL: url, Account: own})
}

// describedKey is an answer of DescribeKey with members changed, or left out where nil.
func describedKey(change map[string]any) string {
	m := map[string]any{"KeyId": "a", "Arn": "arn:aws:kms:eu-west-1:111122223333:key/a", "CreationDate": 1709283600, "Enabled": true, "KeyManager": "CUSTOMER",
		"KeyState": "Enabled", "KeyUsage": "ENCRYPT_DECRYPT", "KeySpec": "SYMMETRIC_DEFAULT", "Origin": "AWS_KMS", "MultiRegion": false}
	for k, v := range change {
		if m[k] = v; v == nil {
			delete(m, k)
		}
	}
	b, _ := json.Marshal(map[string]any{"KeyMetadata": m})
	return string(b)
}

// AWS says that more follows and gives nothing to ask for it with: the SDK's paginators end there without a word.
func TestTruncatedWithoutMarker(t *testing.T) {
	cut := map[string]struct {
		member string
		kinds  []string
		fields []string
	}{
		"DescribeCustomKeyStores": {"CustomKeyStores", []string{"kms.custom_key_store"}, nil},
		"ListAliases":             {"Aliases", []string{"kms.alias"}, []string{"aliases"}},
		"ListKeys":                {"Keys", []string{"kms.grant", "kms.key", "kms.rotation"}, nil},
		"ListKeyRotations":        {"Rotations", []string{"kms.rotation"}, []string{"rotations", "last_rotation"}},
		"ListResourceTags":        {"Tags", nil, []string{"tags"}},
		"ListGrants":              {"Grants", []string{"kms.grant"}, []string{"grants"}},
	}
	for op, want := range cut {
		list := "[]"
		if op == "ListKeys" {
			list = `[{"KeyId":"a","KeyArn":"arn:aws:kms:eu-west-1:111122223333:key/a"}]`
		}
		r := byHand(t, map[string]string{op: `{"` + want.member + `":` + list + `,"Truncated":true}`})
		if len(r.Gaps) != 1 || r.Gaps[0].Code != "MissingMarker" || r.Gaps[0].Outcome != evidence.CutShort || !slices.Equal(r.Gaps[0].Kinds, want.kinds) {
			t.Errorf("%s: gaps %+v", op, r.Gaps)
		}
		k := celltest.One[Key](t, r, "key/a")
		for _, f := range want.fields {
			if celltest.Unknown(k, f) != "MissingMarker" {
				t.Errorf("%s: %s is unknown by %q", op, f, celltest.Unknown(k, f))
			}
		}
	}
}

func TestDescriptionsThatLackWhatDecides(t *testing.T) {
	for member, field := range map[string]string{"KeyManager": "manager", "KeyState": "state", "Origin": "origin", "KeySpec": "spec", "KeyUsage": "usage", "CreationDate": "created"} {
		r := byHand(t, map[string]string{"DescribeKey": describedKey(map[string]any{member: nil})})
		if k := celltest.One[Key](t, r, "key/a"); celltest.Unknown(k, field) != "MissingMember" {
			t.Errorf("without %s: %v", member, k.Unknown)
		}
	}
	r := byHand(t, map[string]string{"DescribeKey": describedKey(map[string]any{"Enabled": nil})})
	if k := celltest.One[Key](t, r, "key/a"); celltest.Unknown(k, "enabled") != "Contradiction" {
		t.Errorf("without Enabled: %v", k.Unknown)
	}
	// The old name of the same member.
	r = byHand(t, map[string]string{"DescribeKey": describedKey(map[string]any{"KeySpec": nil, "CustomerMasterKeySpec": "RSA_2048"})})
	if k := celltest.One[Key](t, r, "key/a"); k.Spec != "RSA_2048" || len(k.Unknown) != 0 {
		t.Errorf("%q, %v", k.Spec, k.Unknown)
	}
}

func TestEntriesWithoutTheirID(t *testing.T) {
	for op, c := range map[string]struct {
		answer string
		kinds  []string
		field  string
	}{
		"ListKeys":                {`{"Keys":[{"KeyId":"a","KeyArn":"arn:aws:kms:eu-west-1:111122223333:key/a"},{"KeyId":"b"}]}`, []string{"kms.grant", "kms.key", "kms.rotation"}, ""},
		"ListAliases":             {`{"Aliases":[{"AliasArn":"arn:x"}]}`, []string{"kms.alias"}, "aliases"},
		"DescribeCustomKeyStores": {`{"CustomKeyStores":[{"CustomKeyStoreName":"x"}]}`, []string{"kms.custom_key_store"}, ""},
		"ListGrants":              {`{"Grants":[{"GranteePrincipal":"arn:aws:iam::111122223333:root"}]}`, []string{"kms.grant"}, "grants"},
	} {
		r := byHand(t, map[string]string{op: c.answer})
		if len(r.Gaps) != 1 || !slices.Equal(r.Gaps[0].Kinds, c.kinds) || r.Gaps[0].Code != "MissingMember" {
			t.Errorf("%s: gaps %+v", op, r.Gaps)
		}
		if c.field != "" && celltest.Unknown(celltest.One[Key](t, r, "key/a"), c.field) == "" {
			t.Errorf("%s: %s is known", op, c.field)
		}
	}
}

func TestOddGrantsAndRotations(t *testing.T) {
	r := byHand(t, map[string]string{
		"ListGrants": `{"Grants":[{"GrantId":"g","Operations":["Decrypt"]},{"GrantId":"h","GranteeServicePrincipal":"ebs.amazonaws.com"}]}`,
		// A rotation that AWS dates nowhere: which is the last one can't be told.
		"ListKeyRotations": `{"Rotations":[{"KeyMaterialId":"m1","RotationType":"AUTOMATIC"},{"KeyMaterialId":"m2","RotationType":"AUTOMATIC","RotationDate":1709283600}]}`,
	})
	k := celltest.One[Key](t, r, "key/a")
	if k.Grants.Count != 2 || celltest.Unknown(k, "grants.wildcard") != "MissingMember" || celltest.Unknown(k, "grants.count") != "" {
		t.Errorf("%+v, %v", k.Grants, k.Unknown)
	}
	if g := celltest.One[Grant](t, r, "/grant/g"); celltest.Unknown(g, "wildcard") != "MissingMember" {
		t.Errorf("a grant without grantee: %v", g.Unknown)
	}
	if g := celltest.One[Grant](t, r, "/grant/h"); g.Grantee != nil || *g.GranteeService != "ebs.amazonaws.com" || len(g.Unknown) != 0 {
		t.Errorf("%+v", g)
	}
	if *k.Rotations != 2 || k.LastRotation != nil || celltest.Unknown(k, "last_rotation") != "MissingMember" {
		t.Errorf("%v rotations, last %v, unknown %v", k.Rotations, k.LastRotation, k.Unknown)
	}
}

func TestNothingThere(t *testing.T) {
	r, _ := run(t, &scenario.Region{})
	if len(r.Records) != 0 || len(r.Gaps) != 0 {
		t.Errorf("%v, %v", r.Records, r.Gaps)
	}
	if r.Outcome(t, "DescribeKey") != evidence.NotCalled {
		t.Error("DescribeKey was called")
	}
}
