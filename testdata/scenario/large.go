package scenario

import (
	"fmt"
	"time"
)

// QuarterFrom and QuarterTo bound the period that the declared organizations are about; Now is the moment they are read at.
var (
	QuarterFrom = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	QuarterTo   = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	Now         = time.Date(2026, 10, 2, 6, 0, 0, 0, time.UTC)
)

// regionNames are given to generated accounts in this order.
var regionNames = []string{"eu-west-1", "us-east-1", "eu-central-1", "us-west-2", "eu-north-1", "ap-southeast-2", "eu-west-2", "us-east-2",
	"ap-northeast-1", "ca-central-1", "eu-west-3", "sa-east-1", "ap-south-1", "us-west-1", "ap-southeast-1", "ap-northeast-2", "ap-northeast-3"}

// LargeOrganization makes an organization of that many accounts with that many regions each (at most 17), and in each
// region a recorder, a rule, a hub and five keys. Set BulkKeys and Hub.BulkFindings on a region for more. The first account
// is 100000000000 and manages; Identity Center lives there, with three permission sets in every account.
func LargeOrganization(accounts, regions int) *Organization {
	o := &Organization{Name: "Example Group", ID: "o-exgroup0001", Management: "100000000000", Role: "AuditsealReadOnly", ExternalID: "example-group-audit", AsOf: Now}
	for i := range accounts {
		a := &Account{ID: fmt.Sprintf("%012d", 100000000000+i*37), Name: fmt.Sprintf("group-unit-%04d", i)}
		if i%10 == 9 {
			a.ID = fmt.Sprintf("%012d", 10000000+i)
		}
		for _, name := range regionNames[:min(regions, len(regionNames))] {
			a.Regions = append(a.Regions, largeRegion(name))
		}
		o.Accounts = append(o.Accounts, a)
	}
	o.IdentityCenter = largeIdentityCenter(o)
	for _, declare := range []func(*Organization){
		largeAccessAnalyzer,
		largeAuditManager,
		largeCloudFront,
		largeCloudTrail,
		largeCognitoIdentity,
		largeCognitoPools,
		largeDetective,
		largeEc2,
		largeFirewallManager,
		largeGuardDuty,
		largeIam,
		largeInspector,
		largeLogs,
		largeMacie,
		largeNetworkFirewall,
		largeOrganizations,
		largeS3,
		largeShield,
		largeSsm,
		largeWaf,
	} {
		declare(o)
	}
	return o
}

func largeIdentityCenter(o *Organization) *IdentityCenter {
	made := time.Date(2024, 1, 8, 9, 0, 0, 0, time.UTC)
	c := &IdentityCenter{Account: o.Management, Region: regionNames[0], ID: "ssoins-68040a1b2c3d4e5f", Store: "d-93670a1b2c", Created: made}
	for i := range 250 {
		name := fmt.Sprintf("engineer-%03d@example.com", i)
		c.Users = append(c.Users, User{Name: name, Display: fmt.Sprintf("Engineer %d", i), Given: "Engineer", Family: fmt.Sprint(i), Email: name, Created: made})
	}
	for i, n := range []string{"readers", "operators", "admins"} {
		g := Group{Name: n, Created: made}
		for j := i; j < len(c.Users); j += 3 {
			g.Members = append(g.Members, c.Users[j].Name)
		}
		c.Groups = append(c.Groups, g)
		p := PermissionSet{ID: "ps-6804" + hexID(12, n), Name: n, Session: "PT4H", Created: made, Managed: []string{"arn:aws:iam::aws:policy/ReadOnlyAccess"}}
		for _, a := range o.Accounts {
			p.Accounts = append(p.Accounts, Provisioned{Account: a.ID, Groups: []string{n}})
		}
		c.PermissionSets = append(c.PermissionSets, p)
	}
	return c
}

func largeRegion(name string) *Region {
	return &Region{Name: name, BulkKeys: 5,
		Recorder: &Recorder{Started: time.Date(2024, 2, 1, 9, 0, 0, 0, time.UTC)},
		Delivery: &Delivery{Bucket: "example-group-config", Last: Now.Add(-3 * time.Hour)},
		Rules: []Rule{
			{Name: "cmk-backing-key-rotation-enabled", Owner: "AWS", Identifier: "CMK_BACKING_KEY_ROTATION_ENABLED", Frequency: "TwentyFour_Hours", EveryKey: true,
				Activated: time.Date(2024, 2, 2, 9, 0, 0, 0, time.UTC), Evaluated: Now.Add(-4 * time.Hour)},
		},
		Hub: &Hub{Subscribed: time.Date(2024, 2, 1, 10, 0, 0, 0, time.UTC), Generator: "SECURITY_CONTROL",
			Standards: []Standard{{Name: fsbp}}, Controls: demoControls(), BulkFindings: 5},
	}
}
