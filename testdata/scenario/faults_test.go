package scenario

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// faulty starts Example Corp with one fault and gives a KMS client of payments in Ireland.
func faulty(t *testing.T, f Fault) (*Server, *kms.Client) {
	t.Helper()
	s := start(t, Config{Organization: Demo(), Faults: []*Fault{&f}})
	return s, kms.NewFromConfig(sdk(s, DemoPayments, ireland))
}

func TestDeniedNamesCallerActionAndResource(t *testing.T) {
	_, c := faulty(t, Fault{Account: DemoPayments, Region: ireland, Service: "kms", Operation: "ListKeys", Kind: Denied})
	_, err := c.ListKeys(t.Context(), &kms.ListKeysInput{})
	if code(t, err) != "AccessDeniedException" || !strings.Contains(err.Error(), "User: arn:aws:iam::"+DemoPayments+":user/audit-runner is not authorized to perform: kms:ListKeys on resource") {
		t.Fatal(err)
	}
	if _, err := c.ListAliases(t.Context(), &kms.ListAliasesInput{}); err != nil {
		t.Fatalf("the fault reaches another operation: %v", err)
	}
}

func TestDeniedInMidPagination(t *testing.T) {
	s, c := faulty(t, Fault{Operation: "ListKeys", Continued: true, From: 2, Kind: Denied})
	p := kms.NewListKeysPaginator(c, &kms.ListKeysInput{Limit: aws.Int32(5)})
	pages := 0
	for p.HasMorePages() {
		if _, err := p.NextPage(t.Context()); err != nil {
			if code(t, err) != "AccessDeniedException" || pages != 2 {
				t.Fatalf("after %d pages: %v", pages, err)
			}
			if s.Count("kms", "ListKeys") != 3 {
				t.Fatalf("%d calls", s.Count("kms", "ListKeys"))
			}
			return
		}
		pages++
	}
	t.Fatal("nobody was denied")
}

func TestThrottledTwiceThenAnswered(t *testing.T) {
	f := &Fault{Operation: "ListKeys", Kind: Throttled, Times: 2}
	s := start(t, Config{Organization: Demo(), Faults: []*Fault{f}})
	cfg := sdk(s, DemoPayments, ireland)
	c := kms.NewFromConfig(cfg)
	for range 2 {
		if _, err := c.ListKeys(t.Context(), &kms.ListKeysInput{}); code(t, err) != "ThrottlingException" {
			t.Fatal(err)
		}
	}
	if _, err := c.ListKeys(t.Context(), &kms.ListKeysInput{}); err != nil {
		t.Fatal(err)
	}
}

func TestEveryProtocolSpellsErrors(t *testing.T) {
	for _, kind := range []struct {
		kind                  FaultKind
		json, hub, sts        string
		jsonStatus, hubStatus int
	}{
		{Denied, "AccessDeniedException", "AccessDeniedException", "AccessDenied", 400, 403},
		{Throttled, "ThrottlingException", "TooManyRequestsException", "Throttling", 400, 429},
		{ServerError, "InternalFailure", "InternalFailure", "InternalFailure", 500, 500},
		{Unavailable, "ServiceUnavailable", "ServiceUnavailable", "ServiceUnavailable", 503, 503},
		{Expired, "ExpiredTokenException", "ExpiredTokenException", "ExpiredToken", 400, 403},
	} {
		t.Run(string(kind.kind), func(t *testing.T) {
			s := start(t, Config{Organization: Demo(), Faults: []*Fault{{Kind: kind.kind}}})
			cfg := sdk(s, DemoPayments, ireland)
			expect := func(err error, want string, status int) {
				t.Helper()
				var r *awshttp.ResponseError
				if code(t, err) != want || !errors.As(err, &r) || status != 0 && r.HTTPStatusCode() != status || r.ServiceRequestID() == "" {
					t.Errorf("want %s with %d: %v", want, status, err)
				}
			}
			_, err := kms.NewFromConfig(cfg).ListKeys(t.Context(), &kms.ListKeysInput{})
			expect(err, kind.json, kind.jsonStatus)
			_, err = configservice.NewFromConfig(cfg).DescribeConfigRules(t.Context(), &configservice.DescribeConfigRulesInput{})
			expect(err, kind.json, kind.jsonStatus)
			_, err = ssoadmin.NewFromConfig(cfg).ListInstances(t.Context(), &ssoadmin.ListInstancesInput{})
			expect(err, kind.json, kind.jsonStatus)
			_, err = securityhub.NewFromConfig(cfg).DescribeHub(t.Context(), &securityhub.DescribeHubInput{})
			expect(err, kind.hub, kind.hubStatus)
			_, err = sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
			expect(err, kind.sts, 0)
		})
	}
}

func TestBrokenAnswers(t *testing.T) {
	list := func(c *kms.Client) (*kms.ListKeysOutput, error) { return c.ListKeys(t.Context(), &kms.ListKeysInput{}) }
	t.Run("truncated", func(t *testing.T) {
		_, c := faulty(t, Fault{Kind: Truncated})
		if _, err := list(c); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("got %v", err)
		}
	})
	t.Run("half JSON", func(t *testing.T) {
		_, c := faulty(t, Fault{Kind: HalfJSON})
		if _, err := list(c); err == nil {
			t.Fatalf("got %v", err)
		}
	})
	t.Run("reset", func(t *testing.T) {
		_, c := faulty(t, Fault{Kind: Reset})
		var send *smithy.OperationError
		var api smithy.APIError
		if _, err := list(c); !errors.As(err, &send) || errors.As(err, &api) {
			t.Fatalf("got %v", err)
		}
	})
	t.Run("empty object", func(t *testing.T) {
		_, c := faulty(t, Fault{Kind: EmptyObject})
		if out, err := list(c); err != nil || out.Keys != nil {
			t.Fatalf("the SDK should take {} for an answer without the list: %v %v", out, err)
		}
	})
	t.Run("without member", func(t *testing.T) {
		_, c := faulty(t, Fault{Kind: WithoutMember, Member: "Keys"})
		if out, err := list(c); err != nil || out.Keys != nil {
			t.Fatalf("%v %v", out, err)
		}
	})
	t.Run("empty body", func(t *testing.T) {
		s, c := faulty(t, Fault{Kind: EmptyBody})
		out, err := list(c)
		if err == nil && out.Keys != nil || s.Count("kms", "ListKeys") != 1 {
			t.Fatalf("%v %v", out, err)
		}
	})
	t.Run("HTML", func(t *testing.T) {
		_, c := faulty(t, Fault{Kind: HTMLPage})
		var r *awshttp.ResponseError
		if _, err := list(c); !errors.As(err, &r) || r.HTTPStatusCode() != 503 {
			t.Fatalf("got %v", err)
		}
	})
	t.Run("HTML with 200", func(t *testing.T) {
		_, c := faulty(t, Fault{Kind: HTMLPage, Status: 200})
		if _, err := list(c); err == nil {
			t.Fatal("an HTML page passed for JSON")
		}
	})
}

func TestRepeatedTokenRepeats(t *testing.T) {
	for _, f := range []Fault{{Operation: "ListKeys", Kind: RepeatedToken}, {Operation: "ListKeys", Kind: RepeatedToken, From: 2}} {
		_, c := faulty(t, f)
		var tokens []string
		var marker *string
		for range 5 {
			out, err := c.ListKeys(t.Context(), &kms.ListKeysInput{Limit: aws.Int32(5), Marker: marker})
			if err != nil || len(out.Keys) != 5 || !out.Truncated {
				t.Fatalf("%+v %v", out, err)
			}
			marker = out.NextMarker
			tokens = append(tokens, *marker)
		}
		for _, tk := range tokens[1:] {
			if tk != tokens[0] {
				t.Fatalf("%q", tokens)
			}
		}
	}
}

func TestEmptyPageLosesNothing(t *testing.T) {
	want := len(demoKeyIDs(t, Fault{Service: "none", Kind: Denied}))
	for _, f := range []Fault{{Operation: "ListKeys", Kind: EmptyPage, Times: 1}, {Operation: "ListKeys", Kind: EmptyPage, From: 2, Times: 2}} {
		if got := len(demoKeyIDs(t, f)); got != want {
			t.Errorf("%d keys, want %d", got, want)
		}
	}
}

func demoKeyIDs(t *testing.T, f Fault) map[string]bool {
	t.Helper()
	_, c := faulty(t, f)
	ids := map[string]bool{}
	p := kms.NewListKeysPaginator(c, &kms.ListKeysInput{Limit: aws.Int32(7)})
	for p.HasMorePages() {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range page.Keys {
			ids[*k.KeyId] = true
		}
	}
	return ids
}

func TestExpiredCountsEachKeyAnew(t *testing.T) {
	o := Demo()
	s := start(t, Config{Organization: o, Faults: []*Fault{{Service: "kms", Kind: Expired, From: 2}}})
	assume := func() *kms.Client {
		out, err := sts.NewFromConfig(sdk(s, o.Management, ireland)).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::" + DemoPayments + ":role/" + DemoRole),
			RoleSessionName: aws.String("auditseal"), ExternalId: aws.String(DemoExternalID)})
		if err != nil {
			t.Fatal(err)
		}
		cfg := sdk(s, o.Management, ireland)
		cfg.Credentials = credentials.NewStaticCredentialsProvider(*out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken)
		return kms.NewFromConfig(cfg)
	}
	for range 2 {
		c := assume()
		for i := range 3 {
			_, err := c.ListKeys(t.Context(), &kms.ListKeysInput{})
			if (err != nil) != (i == 2) {
				t.Fatalf("call %d: %v", i, err)
			}
		}
	}
}

func TestRatesAreEnforcedOverTheOrganization(t *testing.T) {
	s := start(t, Config{Organization: Demo(), EnforceRates: true})
	list := func(account string) error {
		_, err := ssoadmin.NewFromConfig(sdk(s, account, virginia)).ListInstances(t.Context(), &ssoadmin.ListInstancesInput{})
		return err
	}
	if err := list(DemoManagement); err != nil || len(s.buckets) != 1 || s.buckets["sso"] == nil {
		t.Fatalf("%v; %d buckets", err, len(s.buckets))
	}
	// An empty bucket that cannot fill up: it is the same one for another account.
	s.mu.Lock()
	s.buckets["sso"].tokens, s.buckets["sso"].last = 0, time.Now().AddDate(1, 0, 0)
	s.mu.Unlock()
	if err := list(DemoPayments); code(t, err) != "ThrottlingException" {
		t.Fatal(err)
	}
	if _, err := kms.NewFromConfig(sdk(s, DemoPayments, virginia)).ListKeys(t.Context(), &kms.ListKeysInput{}); err != nil {
		t.Fatalf("the rate of one service holds up another: %v", err)
	}
}

func TestPeakCountsOpenRequests(t *testing.T) {
	const n = 8
	var open sync.WaitGroup
	open.Add(n)
	// No answer leaves before all requests have come.
	s := start(t, Config{Organization: Demo(), Check: func(*Call) error { open.Done(); open.Wait(); return nil }})
	c := kms.NewFromConfig(sdk(s, DemoPayments, ireland))
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() { c.ListKeys(context.Background(), &kms.ListKeysInput{}) })
	}
	wg.Wait()
	if s.Peak() != n || s.Count("kms", "") != n || s.Count("", "ListKeys") != n {
		t.Errorf("peak %d, %d calls", s.Peak(), s.Count("kms", ""))
	}
}

func TestUnmodelledOperationIsRefused(t *testing.T) {
	s := start(t, Config{Organization: Demo()})
	_, err := kms.NewFromConfig(sdk(s, DemoPayments, ireland)).ListKeyPolicies(t.Context(), &kms.ListKeyPoliciesInput{KeyId: aws.String("x")})
	if code(t, err) != "UnknownOperationException" || !strings.Contains(err.Error(), "TrentService.ListKeyPolicies") {
		t.Fatal(err)
	}
	_, err = securityhub.NewFromConfig(sdk(s, DemoPayments, ireland)).ListMembers(t.Context(), &securityhub.ListMembersInput{})
	if code(t, err) != "UnknownOperationException" {
		t.Fatal(err)
	}
}
