package scenario

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// itemsOf reads all that AWS Config tells of a resource, oldest first.
func itemsOf(t *testing.T, c *configservice.Client, kind, id string) []types.ConfigurationItem {
	t.Helper()
	var out []types.ConfigurationItem
	p := configservice.NewGetResourceConfigHistoryPaginator(c, &configservice.GetResourceConfigHistoryInput{ResourceType: types.ResourceType(kind), ResourceId: &id})
	for p.HasMorePages() {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatalf("%s %s: %v", kind, id, err)
		}
		out = append(out, page.ConfigurationItems...)
	}
	slices.Reverse(out)
	return out
}

// told is one item as a line: when, its status, and whether a piece of text stands in what it says.
func told(x types.ConfigurationItem, text string) string {
	all := aws.ToString(x.Configuration)
	for _, v := range x.SupplementaryConfiguration {
		all += v
	}
	return fmt.Sprintf("%s %s %t", x.ConfigurationItemCaptureTime.UTC().Format("2006-01-02T15:04:05"), x.ConfigurationItemStatus, strings.Contains(all, text))
}

func lines(items []types.ConfigurationItem, text string) []string {
	var out []string
	for _, x := range items {
		out = append(out, told(x, text))
	}
	return out
}

// What the recorder wrote down of the three days, in each of the small organizations.
func TestFixtures(t *testing.T) {
	const blocked, open = "true", "false"
	for _, c := range []struct {
		name string
		org  *Organization
		want []string
		// verdicts is the number of AWS Config's own items on the bucket.
		verdicts int
	}{
		{"off for three days", FixtureBlockOff(), []string{"2025-02-03T10:00:00 ResourceDiscovered " + blocked, "2026-08-11T09:00:00 OK " + open, "2026-08-14T09:00:00 OK " + blocked}, 3},
		{"unjudged", FixtureUnjudged(), []string{"2025-02-03T10:00:00 ResourceDiscovered " + blocked, "2026-08-11T09:00:00 OK " + open, "2026-08-14T09:00:00 OK " + blocked}, 0},
		{"stopped in September", FixtureStoppedApart(), []string{"2025-02-03T10:00:00 ResourceDiscovered " + blocked, "2026-08-11T09:00:00 OK " + open, "2026-08-14T09:00:00 OK " + blocked}, 3},
		{"stopped a day later", FixtureStoppedWithin(), []string{"2025-02-03T10:00:00 ResourceDiscovered " + blocked, "2026-08-11T09:00:00 OK " + open, "2026-08-19T09:01:30 OK " + blocked}, 3},
		{"stopped all the while", FixtureStoppedAround(), []string{"2025-02-03T10:00:00 ResourceDiscovered " + blocked, "2026-08-16T09:01:30 OK " + blocked}, 2},
		{"daily", FixtureDaily(), []string{"2025-02-03T23:59:59 ResourceDiscovered " + blocked, "2026-08-11T23:59:59 OK " + open, "2026-08-14T23:59:59 OK " + blocked}, 3},
		{"excluded", FixtureExcluded(), []string{"2025-02-03T10:00:00 ResourceNotRecorded false"}, 0},
		{"thirty days", FixtureRetention(), nil, 0},
		{"made", FixtureMade(), []string{"2026-08-01T09:00:00 ResourceDiscovered " + blocked, "2026-08-11T09:00:00 OK " + open, "2026-08-14T09:00:00 OK " + blocked}, 3},
		{"deleted", FixtureDeleted(), []string{"2025-02-03T10:00:00 ResourceDiscovered " + blocked, "2026-08-11T09:00:00 OK " + open, "2026-08-14T09:00:00 OK " + blocked, "2026-08-24T09:00:00 ResourceDeleted false"}, 4},
		{"not recorded", FixtureNotRecorded(), []string{"2025-02-03T10:00:00 ResourceDiscovered " + blocked, "2026-08-11T09:00:00 ResourceNotRecorded false", "2026-08-14T09:00:00 OK " + blocked}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := start(t, Config{Organization: c.org})
			cfg := configservice.NewFromConfig(sdk(s, FixtureAccount, FixtureRegion))
			if got := lines(itemsOf(t, cfg, bucketType, FixtureBucket), `"restrictPublicBuckets":true`); !slices.Equal(got, c.want) {
				t.Errorf("%q\nwant %q", got, c.want)
			}
			list, err := cfg.ListDiscoveredResources(t.Context(), &configservice.ListDiscoveredResourcesInput{ResourceType: complianceType, IncludeDeletedResources: true})
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, x := range list.ResourceIdentifiers {
				n += len(itemsOf(t, cfg, complianceType, *x.ResourceId))
			}
			if n != c.verdicts {
				t.Errorf("%d verdicts, want %d", n, c.verdicts)
			}
			// A bucket that is gone is in no list of S3's, and with its day in Config's.
			buckets, err := s3.NewFromConfig(sdk(s, FixtureAccount, FixtureRegion)).ListBuckets(t.Context(), &s3.ListBucketsInput{})
			if err != nil {
				t.Fatal(err)
			}
			found, err := cfg.ListDiscoveredResources(t.Context(), &configservice.ListDiscoveredResourcesInput{ResourceType: bucketType, IncludeDeletedResources: true})
			if err != nil || len(found.ResourceIdentifiers) != 1 {
				t.Fatalf("%v %v", found, err)
			}
			if gone := found.ResourceIdentifiers[0].ResourceDeletionTime != nil; gone != (c.name == "deleted") || len(buckets.Buckets) == 0 != gone {
				t.Errorf("deleted: %v, and S3 lists %d buckets", gone, len(buckets.Buckets))
			}
		})
	}
}

// What the quarter of Example Corp holds: each thing that was otherwise, from its beginning to its end.
func TestThePastOfExampleCorp(t *testing.T) {
	s, o := demo(t)
	for _, c := range []struct {
		account, region, kind, id, text string
		want                            []string
	}{
		{DemoPayments, ireland, bucketType, "example-corp-receipts-" + DemoPayments, `"restrictPublicBuckets":false`,
			[]string{"2023-05-09T08:02:00 ResourceDiscovered false", "2026-08-12T09:00:00 OK true", "2026-08-15T09:00:00 OK false"}},
		{DemoManagement, virginia, bucketType, "example-corp-billing-exports-" + DemoManagement, `"restrictPublicBuckets":false`,
			[]string{"2023-05-09T08:02:00 ResourceDiscovered false", "2026-09-03T10:00:00 OK true", "2026-09-03T10:20:00 OK false"}},
		{DemoLogArchive, ireland, bucketType, "example-corp-athena-results-" + DemoLogArchive, `"objectLockEnabled"`, []string{"2026-08-05T10:15:00 ResourceDiscovered true"}},
		{DemoPayments, ireland, bucketType, "example-corp-settlement-scratch-" + DemoPayments, `"name"`, []string{"2025-03-10T15:00:00 ResourceDiscovered true", "2026-09-08T12:00:00 ResourceDeleted false"}},
		{DemoManagement, ireland, bucketType, "example-corp-stacksets-" + DemoManagement, `"creationDate":"2026-07-21`,
			[]string{"2023-05-09T08:02:00 ResourceDiscovered false", "2026-07-21T10:00:00 ResourceDeleted false", "2026-07-21T16:30:00 ResourceDiscovered true"}},
		{DemoManagement, virginia, "AWS::IAM::Role", roleID(DemoManagement, "incident-support"), awsPolicy("AdministratorAccess"),
			[]string{"2023-05-09T08:02:00 ResourceDiscovered false", "2026-09-14T10:00:00 OK true", "2026-09-16T10:00:00 OK false"}},
		{DemoManagement, virginia, "AWS::IAM::User", iamID("AIDA", DemoManagement, "break-glass-2"), awsPolicy("AdministratorAccess"),
			[]string{"2023-05-09T08:02:00 ResourceDiscovered false", "2026-09-14T10:05:00 OK true", "2026-09-16T09:30:00 OK false"}},
		{DemoManagement, virginia, "AWS::CloudTrail::Trail", "example-org-trail", `"logFileValidationEnabled":true`,
			[]string{"2023-05-09T08:02:00 ResourceDiscovered true", "2026-07-28T08:00:00 OK false", "2026-07-28T13:00:00 OK true"}},
		{DemoPayments, ireland, "AWS::EC2::SecurityGroup", "sg-" + hexID(17, "group", DemoPayments, ireland, "app"), `"ipRanges":["0.0.0.0/0"],"ipProtocol"`, nil},
		{DemoPayments, ireland, patchType, nodeType + "/i-" + hexID(17, "machine", DemoPayments, ireland, "ledger-1"), `"OverallSeverity":"CRITICAL"`,
			[]string{"2023-05-09T08:02:00 ResourceDiscovered false", "2026-08-20T06:00:00 OK true", "2026-08-30T06:00:00 OK false"}},
		{DemoPayments, virginia, "AWS::CloudFront::Distribution", "E1SHOPEXAMPLE", `"minimumProtocolVersion":"TLSv1_2016"`,
			[]string{"2023-05-09T08:02:00 ResourceDiscovered true", "2026-07-20T13:20:00 OK false"}},
		{DemoManagement, virginia, complianceType, bucketType + "/example-corp-access-logs-us-east-1-" + DemoManagement, `"NON_COMPLIANT"`,
			[]string{"2023-05-12T00:00:00 ResourceDiscovered false", "2026-08-20T05:00:00 OK true", "2026-08-24T05:00:00 OK false"}},
	} {
		items := itemsOf(t, configservice.NewFromConfig(sdk(s, c.account, c.region)), c.kind, c.id)
		if c.want == nil { // a group's permissions have no order of members that text could be looked for in
			if got := openPorts(t, items); !slices.Equal(got, []string{"2023-05-09", "2026-07-06 22", "2026-07-11"}) {
				t.Errorf("%s %s: %q", c.kind, c.id, got)
			}
			continue
		}
		if got := lines(items, c.text); !slices.Equal(got, c.want) {
			t.Errorf("%s %s: %q\nwant %q", c.kind, c.id, got, c.want)
		}
	}
	// The moment that a bucket was made is that of its own life, not of the one that bore its name later.
	again := itemsOf(t, configservice.NewFromConfig(sdk(s, DemoManagement, ireland)), bucketType, "example-corp-stacksets-"+DemoManagement)
	if first, last := again[0].ResourceCreationTime, again[2].ResourceCreationTime; first == nil || first.Year() != 2023 || last == nil || !last.Equal(o.Bucket(DemoManagement, "stacksets").Created) {
		t.Errorf("made %v and again %v", first, last)
	}
	// Where verdicts are not recorded there are none.
	none, err := configservice.NewFromConfig(sdk(s, DemoLogArchive, ireland)).ListDiscoveredResources(t.Context(), &configservice.ListDiscoveredResourcesInput{ResourceType: complianceType})
	if err != nil || len(none.ResourceIdentifiers) != 0 {
		t.Errorf("%v %v", none, err)
	}
}

// openPorts is a line an item: its day, and the ports that are open to everywhere.
func openPorts(t *testing.T, items []types.ConfigurationItem) []string {
	t.Helper()
	var out []string
	for _, x := range items {
		var c struct {
			IPPermissions []struct {
				FromPort int      `json:"fromPort"`
				IPRanges []string `json:"ipRanges"`
			} `json:"ipPermissions"`
		}
		if err := json.Unmarshal([]byte(*x.Configuration), &c); err != nil {
			t.Fatal(err)
		}
		line := x.ConfigurationItemCaptureTime.UTC().Format(time.DateOnly)
		for _, p := range c.IPPermissions {
			if slices.Contains(p.IPRanges, "0.0.0.0/0") {
				line += fmt.Sprintf(" %d", p.FromPort)
			}
		}
		out = append(out, line)
	}
	return out
}

// A change of one state leaves the others, and what the service answers, as they are.
func TestChangesTouchOneState(t *testing.T) {
	s, _ := demo(t)
	c := configservice.NewFromConfig(sdk(s, DemoPayments, ireland))
	id := "sg-" + hexID(17, "group", DemoPayments, ireland, "app")
	first := itemsOf(t, c, "AWS::EC2::SecurityGroup", id)
	again := itemsOf(t, c, "AWS::EC2::SecurityGroup", id)
	for i := range first {
		if *first[i].Configuration != *again[i].Configuration {
			t.Errorf("item %d: %s\nthen %s", i, *first[i].Configuration, *again[i].Configuration)
		}
	}
	if *first[0].Configuration != *first[2].Configuration || *first[0].Configuration == *first[1].Configuration {
		t.Error("the group was not for five days alone what it was not before and after")
	}
}
