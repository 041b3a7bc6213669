package scenario

import (
	"fmt"
	"time"
)

// The accounts of Example Corp.
const (
	DemoManagement = "111122223333"
	DemoLogArchive = "012345678901"
	DemoPayments   = "444455556666"
	DemoData       = "777788889999"
	// DemoRole is the role in every account, and DemoExternalID what it takes.
	DemoRole       = "AuditsealReadOnly"
	DemoExternalID = "example-corp-audit-2026"
)

const (
	ireland  = "eu-west-1"
	virginia = "us-east-1"
)

// Demo is Example Corp: four accounts in two regions, audited for the third quarter of 2026 on the second of October.
// What is wrong there, and where, is written beside it in demo_*.go; demo_test.go holds each of them.
func Demo() *Organization {
	o := &Organization{Name: "Example Corp", ID: "o-exa1mp1ec0", Management: DemoManagement, Role: DemoRole, ExternalID: DemoExternalID, AsOf: Now}
	for _, a := range []struct {
		id, name string
		keys     []string
	}{
		{DemoManagement, "example-management", []string{"cloudtrail", "billing-exports", "identity-center", "org-backup-vault"}},
		{DemoLogArchive, "example-log-archive", []string{"log-archive", "config-history", "vpc-flow-logs", "athena-results"}},
		{DemoPayments, "example-payments-prod", []string{"card-vault-db", "ledger-db", "settlement-queue", "payment-secrets", "fraud-features", "receipts-bucket"}},
		{DemoData, "example-data-platform", []string{"warehouse", "lake-raw", "lake-curated", "feature-store", "notebook-volumes"}},
	} {
		account := &Account{ID: a.id, Name: a.name, Disabled: []string{"af-south-1", "ap-east-1", "eu-south-1", "me-central-1"}}
		for _, region := range []string{ireland, virginia} {
			r := &Region{Name: region, Keys: workloadKeys(a.id, region, a.keys), Delivery: &Delivery{Bucket: "example-corp-config-" + DemoLogArchive, Prefix: a.name,
				Topic: fmt.Sprintf("arn:aws:sns:%s:%s:config-changes", region, a.id), Frequency: "TwentyFour_Hours", Last: Now.Add(-2*time.Hour - 17*time.Minute)},
				Recorder: &Recorder{Started: day(2023, 5, 9).Add(8 * time.Hour), Global: region == virginia}}
			account.Regions = append(account.Regions, r)
		}
		o.Accounts = append(o.Accounts, account)
	}
	demoKeys(o)
	demoHSM(o)
	demoS3(o)
	demoConfig(o)
	demoHub(o)
	o.IdentityCenter = demoIdentityCenter()
	for _, declare := range []func(*Organization){
		demoAccessAnalyzer,
		demoAthena,
		demoAuditManager,
		demoCloudFront,
		demoCloudTrail,
		demoCognitoIdentity,
		demoCognitoPools,
		demoDetective,
		demoEc2,
		demoFirewallManager,
		demoGuardDuty,
		demoIam,
		demoInspector,
		demoLogs,
		demoMacie,
		demoNetworkFirewall,
		demoOrganizations,
		demoShield,
		demoSsm,
		demoWaf,
	} {
		declare(o)
	}
	demoPast(o)
	return o
}

func day(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }

func (o *Organization) account(id string) *Account {
	for _, a := range o.Accounts {
		if a.ID == id {
			return a
		}
	}
	panic(fmt.Sprintf("scenario: no account %q", id))
}

// In finds a region of an account; it panics where there is none.
func (o *Organization) In(account, region string) *Region {
	for _, a := range o.Accounts {
		for _, r := range a.Regions {
			if a.ID == account && r.Name == region {
				return r
			}
		}
	}
	panic(fmt.Sprintf("scenario: no region %q of account %q", region, account))
}

// Key finds a key by its first alias; it panics where there is none.
func (r *Region) Key(alias string) *Key {
	for i := range r.Keys {
		if len(r.Keys[i].Aliases) > 0 && r.Keys[i].Aliases[0] == alias {
			return &r.Keys[i]
		}
	}
	panic(fmt.Sprintf("scenario: no key with alias %q in %s", alias, r.Name))
}

// workloadKeys are rotated keys named after what they protect, followed by the AWS managed keys of the services in use.
func workloadKeys(account, region string, names []string) []Key {
	var out []Key
	for i, n := range names {
		made := day(2023, 1, 9).AddDate(0, 0, 37*i+len(n)*11).Add(9*time.Hour + 41*time.Minute)
		out = append(out, Key{ID: uuid("demo", account, region, n), Description: "Encrypts " + n, Created: made, Aliases: []string{"example/" + n},
			Rotation: yearly(made), Tags: []Tag{{"data-classification", "confidential"}, {"owner", "platform-engineering"}, {"workload", n}}})
	}
	for i, n := range []string{"aws/ebs", "aws/s3", "aws/secretsmanager"} {
		made := day(2022, 11, 2).AddDate(0, i, 3)
		out = append(out, Key{ID: uuid("demo", account, region, n), Manager: "AWS", Created: made, Aliases: []string{n}, Rotation: Rotation{Enabled: true, Done: yearly(made).Done},
			Description: "Default key that protects my data when no other key is defined", Policy: managedPolicy(account, region, n[4:])})
	}
	return out
}

// yearly is automatic rotation every 365 days since the key was made.
func yearly(made time.Time) Rotation {
	r := Rotation{Enabled: true, Days: 365}
	next := made.AddDate(0, 0, 365)
	for ; next.Before(Now); next = next.AddDate(0, 0, 365) {
		r.Done = append(r.Done, RotationDone{next, "AUTOMATIC"})
	}
	r.Next = next
	return r
}

// managedPolicy lets everybody in the account use the key through one service: a Principal "*" with a condition.
func managedPolicy(account, region, service string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Id":"auto-%[3]s-2","Statement":[{"Sid":"Allow access through %[3]s for all principals in the account that are authorized to use it","Effect":"Allow","Principal":{"AWS":"*"},"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:CreateGrant","kms:DescribeKey"],"Resource":"*","Condition":{"StringEquals":{"kms:CallerAccount":"%[1]s","kms:ViaService":"%[3]s.%[2]s.amazonaws.com"}}},{"Sid":"Allow direct access to key metadata to the account","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%[1]s:root"},"Action":["kms:Describe*","kms:Get*","kms:List*","kms:RevokeGrant"],"Resource":"*"}]}`,
		account, region, service)
}
