package scenario

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"
)

// history follows a query to its end and counts the pages, the empty ones among them.
func history(t *testing.T, c *configservice.Client, in configservice.GetResourceConfigHistoryInput) (items []types.ConfigurationItem, pages, empty int) {
	t.Helper()
	p := configservice.NewGetResourceConfigHistoryPaginator(c, &in)
	for p.HasMorePages() {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if page.ConfigurationItems == nil {
			t.Fatal("a page without its list")
		}
		if len(page.ConfigurationItems) == 0 {
			empty++
		}
		pages++
		items = append(items, page.ConfigurationItems...)
	}
	return items, pages, empty
}

func quarter(id string, order types.ChronologicalOrder) configservice.GetResourceConfigHistoryInput {
	return configservice.GetResourceConfigHistoryInput{ResourceType: "AWS::KMS::Key", ResourceId: &id, EarlierTime: &QuarterFrom, LaterTime: &QuarterTo, ChronologicalOrder: order}
}

func TestHistoryShowsThreeDaysWithoutRotation(t *testing.T) {
	s, o := demo(t)
	c := configservice.NewFromConfig(sdk(s, DemoPayments, ireland))
	id := o.In(DemoPayments, ireland).Key("example/ledger-db").ID
	for _, order := range []types.ChronologicalOrder{"Forward", "Reverse"} {
		items, pages, empty := history(t, c, quarter(id, order))
		if len(items) != 2 || pages != 14 || empty != 12 {
			t.Fatalf("%s: %d items on %d pages, %d empty", order, len(items), pages, empty)
		}
		first, second := items[0], items[1]
		if order == "Reverse" {
			first, second = second, first
		}
		if first.SupplementaryConfiguration["KeyRotationStatus"] != "false" || second.SupplementaryConfiguration["KeyRotationStatus"] != "true" {
			t.Errorf("%s: %v then %v", order, first.SupplementaryConfiguration, second.SupplementaryConfiguration)
		}
		if d := second.ConfigurationItemCaptureTime.Sub(*first.ConfigurationItemCaptureTime); d < 60*time.Hour || d > 72*time.Hour {
			t.Errorf("rotation was off for %v", d)
		}
		var conf struct{ KeyId, KeyState string }
		if err := json.Unmarshal([]byte(*first.Configuration), &conf); err != nil || conf.KeyId != id {
			t.Errorf("configuration is a JSON string: %v %+v", err, conf)
		}
	}
}

func TestStateInForceAtTheStartComesFromBefore(t *testing.T) {
	s, o := demo(t)
	c := configservice.NewFromConfig(sdk(s, DemoPayments, ireland))
	id := o.In(DemoPayments, ireland).Key("example/ledger-db").ID
	items, pages, empty := history(t, c, configservice.GetResourceConfigHistoryInput{ResourceType: "AWS::KMS::Key", ResourceId: &id, LaterTime: &QuarterFrom, Limit: 1})
	if len(items) != 1 || !items[0].ConfigurationItemCaptureTime.Before(QuarterFrom) || items[0].SupplementaryConfiguration["KeyRotationStatus"] != "true" {
		t.Fatalf("%+v", items)
	}
	if empty == 0 || pages > 4 {
		t.Errorf("%d pages, %d empty: an empty page with a token comes first", pages, empty)
	}
}

func TestDeletedKeyHasANullConfiguration(t *testing.T) {
	s, o := demo(t)
	c := configservice.NewFromConfig(sdk(s, DemoPayments, ireland))
	var id string
	for _, k := range o.In(DemoPayments, ireland).Keys {
		if k.Gone {
			id = k.ID
		}
	}
	items, _, _ := history(t, c, quarter(id, "Reverse"))
	if len(items) != 2 || items[0].ConfigurationItemStatus != "ResourceDeleted" || items[0].Configuration != nil {
		t.Fatalf("%+v", items)
	}
	out, err := c.ListDiscoveredResources(t.Context(), &configservice.ListDiscoveredResourcesInput{ResourceType: "AWS::KMS::Key", ResourceIds: []string{id}})
	if err != nil || len(out.ResourceIdentifiers) != 0 {
		t.Fatalf("%+v %v", out, err)
	}
	out, err = c.ListDiscoveredResources(t.Context(), &configservice.ListDiscoveredResourcesInput{ResourceType: "AWS::KMS::Key", ResourceIds: []string{id}, IncludeDeletedResources: true})
	if err != nil || len(out.ResourceIdentifiers) != 1 || out.ResourceIdentifiers[0].ResourceDeletionTime == nil {
		t.Fatalf("%+v %v", out, err)
	}
}

// In the week without a recorder a key lost its rotation and got it back: Config shows one item, after the recorder's start.
func TestHoleHidesWhatHappenedInIt(t *testing.T) {
	s, o := demo(t)
	c := configservice.NewFromConfig(sdk(s, DemoPayments, virginia))
	status, err := c.DescribeConfigurationRecorderStatus(t.Context(), &configservice.DescribeConfigurationRecorderStatusInput{})
	if err != nil {
		t.Fatal(err)
	}
	r := status.ConfigurationRecordersStatus[0]
	if !r.Recording || !r.LastStopTime.Equal(recorderStopped) || !r.LastStartTime.Equal(recorderStarted) {
		t.Fatalf("%+v", r)
	}
	items, _, _ := history(t, c, quarter(o.In(DemoPayments, virginia).Key("example/payment-secrets").ID, "Forward"))
	if len(items) != 1 || items[0].ConfigurationItemCaptureTime.Before(recorderStarted) || items[0].SupplementaryConfiguration["KeyRotationStatus"] != "true" {
		t.Fatalf("%+v", items)
	}
}

func TestDailyRecordingSaysSo(t *testing.T) {
	s, o := demo(t)
	c := configservice.NewFromConfig(sdk(s, DemoData, ireland))
	id := o.In(DemoData, ireland).Key("example/warehouse").ID
	items, _, _ := history(t, c, configservice.GetResourceConfigHistoryInput{ResourceType: "AWS::KMS::Key", ResourceId: &id, LaterTime: &QuarterTo})
	if len(items) != 1 || items[0].RecordingFrequency != "DAILY" || items[0].ConfigurationItemDeliveryTime == nil {
		t.Fatalf("%+v", items)
	}
}

func TestHistoryErrors(t *testing.T) {
	o := Demo()
	o.In(DemoManagement, ireland).Recorder = nil
	s := start(t, Config{Organization: o})
	id := o.In(DemoPayments, ireland).Key("example/payout-batch").ID
	in := quarter(id, "")
	ask := func(account string, in configservice.GetResourceConfigHistoryInput) string {
		t.Helper()
		_, err := configservice.NewFromConfig(sdk(s, account, ireland)).GetResourceConfigHistory(t.Context(), &in)
		return code(t, err)
	}
	if got := ask(DemoManagement, in); got != "NoAvailableConfigurationRecorderException" {
		t.Error(got)
	}
	if got := ask(DemoPayments, in); got != "ResourceNotDiscoveredException" {
		t.Error(got)
	}
	in = quarter(o.In(DemoPayments, ireland).Key("example/ledger-db").ID, "")
	in.EarlierTime, in.LaterTime = in.LaterTime, in.EarlierTime
	if got := ask(DemoPayments, in); got != "InvalidTimeRangeException" {
		t.Error(got)
	}
	in = quarter(*in.ResourceId, "")
	in.Limit = 101
	if got := ask(DemoPayments, in); got != "InvalidLimitException" {
		t.Error(got)
	}
	in.Limit, in.NextToken = 0, aws.String("bm9uc2Vuc2U=")
	if got := ask(DemoPayments, in); got != "InvalidNextTokenException" {
		t.Error(got)
	}
}

func TestPackIsGreenWhileARuleHasNoData(t *testing.T) {
	s, o := demo(t)
	c := configservice.NewFromConfig(sdk(s, DemoPayments, ireland))
	pack := o.In(DemoPayments, ireland).Packs[0]
	out, err := c.DescribeConformancePackCompliance(t.Context(), &configservice.DescribeConformancePackComplianceInput{ConformancePackName: &pack.Name})
	if err != nil {
		t.Fatal(err)
	}
	counts := map[types.ConformancePackComplianceType]int{}
	for _, r := range out.ConformancePackRuleComplianceList {
		counts[r.ComplianceType]++
	}
	if counts["COMPLIANT"] != 2 || counts["INSUFFICIENT_DATA"] != 1 || counts["NON_COMPLIANT"] != 0 {
		t.Errorf("%v", counts)
	}
	status, err := c.DescribeConfigRuleEvaluationStatus(t.Context(), &configservice.DescribeConfigRuleEvaluationStatusInput{ConfigRuleNames: []string{pack.Rules[2]}})
	if err != nil || status.ConfigRulesEvaluationStatus[0].FirstEvaluationStarted || status.ConfigRulesEvaluationStatus[0].LastSuccessfulEvaluationTime != nil {
		t.Errorf("%+v %v", status, err)
	}
}

func TestAggregatorHasAnOutdatedSource(t *testing.T) {
	s, _ := demo(t)
	out, err := configservice.NewFromConfig(sdk(s, DemoManagement, ireland)).DescribeConfigurationAggregatorSourcesStatus(t.Context(),
		&configservice.DescribeConfigurationAggregatorSourcesStatusInput{ConfigurationAggregatorName: aws.String("example-organization"), UpdateStatus: []types.AggregatedSourceStatusType{"OUTDATED"}})
	if err != nil || len(out.AggregatedSourceStatusList) != 1 || *out.AggregatedSourceStatusList[0].SourceId != DemoLogArchive {
		t.Errorf("%+v %v", out, err)
	}
}

// Config knows every key but the one made an hour before: the two counts differ by one, and for a reason.
func TestDiscoveredCountsAreOneShort(t *testing.T) {
	s, _ := demo(t)
	out, err := configservice.NewFromConfig(sdk(s, DemoPayments, ireland)).GetDiscoveredResourceCounts(t.Context(), &configservice.GetDiscoveredResourceCountsInput{ResourceTypes: []string{"AWS::KMS::Key"}})
	if err != nil || len(out.ResourceCounts) != 1 || int(out.ResourceCounts[0].Count) != s.places[DemoPayments][ireland].keys()-1 {
		t.Errorf("%+v %v; KMS lists %d", out, err, s.places[DemoPayments][ireland].keys())
	}
}

func TestEvaluationResultsOfEveryKey(t *testing.T) {
	o := LargeOrganization(1, 1)
	o.Accounts[0].Regions[0].BulkKeys = 1234
	s := start(t, Config{Organization: o})
	c := configservice.NewFromConfig(sdk(s, o.Management, "eu-west-1"))
	for _, kinds := range [][]types.ComplianceType{nil, {"COMPLIANT"}, {"NON_COMPLIANT"}} {
		seen := map[string]bool{}
		p := configservice.NewGetComplianceDetailsByConfigRulePaginator(c, &configservice.GetComplianceDetailsByConfigRuleInput{ConfigRuleName: aws.String(rotationRule), ComplianceTypes: kinds, Limit: 100})
		for p.HasMorePages() {
			page, err := p.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range page.EvaluationResults {
				seen[*r.EvaluationResultIdentifier.EvaluationResultQualifier.ResourceId] = true
				if kinds != nil && r.ComplianceType != kinds[0] {
					t.Fatalf("%v among %v", r.ComplianceType, kinds)
				}
			}
		}
		want := map[string]int{"": 1234, "COMPLIANT": 1111, "NON_COMPLIANT": 123}
		kind := ""
		if kinds != nil {
			kind = string(kinds[0])
		}
		if len(seen) != want[kind] {
			t.Errorf("%q: %d different resources, want %d", kind, len(seen), want[kind])
		}
	}
}

// The same request has the same answer, headers included, in another server and at another time.
func TestAnswersAreDeterministic(t *testing.T) {
	ask := func(spread time.Duration, attempt string) (http.Header, string) {
		s := New(Config{Organization: Demo(), Spread: spread})
		r := httptest.NewRequest("POST", "/", strings.NewReader(`{"Limit":3}`))
		r.Header.Set("X-Amz-Target", "TrentService.ListKeys")
		r.Header.Set("Amz-Sdk-Request", "attempt="+attempt+"; max=3")
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+AccessKey(DemoPayments)+"/20261002/eu-west-1/kms/aws4_request, SignedHeaders=host, Signature=x")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		b, _ := io.ReadAll(w.Result().Body)
		return w.Result().Header, string(b)
	}
	h1, b1 := ask(0, "1")
	h2, b2 := ask(0, "1")
	if b1 != b2 || h1.Get("Date") != "Fri, 02 Oct 2026 06:00:00 GMT" || h1.Get("X-Amzn-Requestid") != h2.Get("X-Amzn-Requestid") {
		t.Errorf("%v %s\n%v %s", h1, b1, h2, b2)
	}
	if h3, _ := ask(0, "2"); h3.Get("X-Amzn-Requestid") == h1.Get("X-Amzn-Requestid") {
		t.Error("a retry has the request id of the first attempt")
	}
	s1, _ := ask(7*time.Minute, "1")
	s2, _ := ask(7*time.Minute, "1")
	at, err := http.ParseTime(s1.Get("Date"))
	if err != nil || s1.Get("Date") != s2.Get("Date") || at.Before(Now) || !at.Before(Now.Add(7*time.Minute)) || at.Equal(Now) {
		t.Errorf("%v %v %v", s1, s2, err)
	}
	if !bytes.Contains([]byte(b1), []byte(`"Truncated":true`)) {
		t.Error(b1)
	}
}

// A question that nests maps is the same question in whichever order the SDK writes them.
func TestMapsHaveNoOrder(t *testing.T) {
	ask := func(criteria string) http.Header {
		s := New(Config{Organization: Demo(), Spread: 7 * time.Minute})
		r := httptest.NewRequest("POST", "/detector/d/findings", strings.NewReader(`{"findingCriteria":{"criterion":{`+criteria+`}}}`))
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+AccessKey(DemoPayments)+"/20261002/eu-west-1/guardduty/aws4_request, SignedHeaders=host, Signature=x")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w.Result().Header
	}
	a, b := ask(`"accountId":{"equals":["1"]},"severity":{"greaterThanOrEqual":7}`), ask(`"severity":{"greaterThanOrEqual":7},"accountId":{"equals":["1"]}`)
	if a.Get("Date") != b.Get("Date") || a.Get("X-Amzn-Requestid") != b.Get("X-Amzn-Requestid") {
		t.Errorf("%v\n%v", a, b)
	}
	if c := ask(`"severity":{"greaterThanOrEqual":8}`); c.Get("X-Amzn-Requestid") == a.Get("X-Amzn-Requestid") {
		t.Error("another question has the same request id")
	}
}
