package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// attempts is how often a call is tried before its last answer is kept. AWS_MAX_ATTEMPTS overrides it.
const attempts = 6

// A session speaks for the accounts of an audit. Each account has one credentials cache for each policy, shared by all its clients.
type session struct {
	base       aws.Config
	partition  string
	role       string
	externalID string
	// policies are the session policies by collector; several collectors share one. See sessionPolicies.
	policies map[string]string
	// caller is the account of the caller's own credentials.
	caller string
	// began is AWS's date of the first answer: the moment that the audit is as of. Zero where the endpoint gave no date. skew is how
	// far this machine's clock was ahead of it then.
	began time.Time
	skew  time.Duration

	mu     sync.Mutex
	caches map[[2]string]*aws.CredentialsCache // by account and policy
}

// openSession finds the caller's own credentials from the standard AWS environment and shared configuration. Where no region is given the
// environment names it: the credentials of another partition are good in its own regions alone.
func openSession(ctx context.Context, region string, fips bool, role, externalID string) (*session, error) {
	opts := []func(*config.LoadOptions) error{
		config.WithHTTPClient(awshttp.NewBuildableClient().WithTimeout(60 * time.Second).WithTransportOptions(func(t *http.Transport) {
			// A service's global endpoint answers for every account: connections to it are kept, not made again for each call.
			t.MaxIdleConns, t.MaxIdleConnsPerHost = 256, 64
		})),
		config.WithRetryer(func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.MaxAttempts = attempts
				// The SDK's retry quota would make a long sweep give up early; rates are kept by the tape's own limits.
				o.RateLimiter = ratelimit.None
			})
		}),
		config.WithDefaultRegion("us-east-1"),
	}
	if region != "" {
		opts = append(opts, config.WithRegion(region))
	}
	if fips {
		opts = append(opts, config.WithUseFIPSEndpoint(aws.FIPSEndpointStateEnabled))
	}
	cfg, err := config.LoadDefaultConfig(ctx, opts...)
	if err != nil {
		return nil, &exitError{code: exitUsage, err: fmt.Errorf("AWS configuration: %w", err), hint: "check AWS_PROFILE and the shared configuration files"}
	}
	me, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		var api smithy.APIError
		var sent *smithyhttp.RequestSendError
		why, hint := errors.New("no credentials were found"), "sign in first (aws sso login, or AWS_PROFILE=…), and check with: aws sts get-caller-identity"
		if errors.As(err, &sent) {
			why, hint = fmt.Errorf("AWS cannot be reached: %w", sent.Err), "check the network, proxies, AWS_ENDPOINT_URL and AWS_CA_BUNDLE"
		}
		if errors.As(err, &api) {
			why = errors.New(api.ErrorCode() + ": " + api.ErrorMessage())
		}
		return nil, &exitError{code: exitUnfinished, err: fmt.Errorf("sts:GetCallerIdentity in %s: %w", cfg.Region, why), hint: hint}
	}
	s := &session{base: cfg, role: role, externalID: externalID, partition: "aws", caller: aws.ToString(me.Account), caches: map[[2]string]*aws.CredentialsCache{}}
	if at, ok := awsmiddleware.GetServerTime(me.ResultMetadata); ok {
		s.began = at.UTC().Truncate(time.Second)
		if here, ok := awsmiddleware.GetResponseAt(me.ResultMetadata); ok {
			s.skew = here.Sub(at)
		}
	}
	if a, err := arn.Parse(aws.ToString(me.Arn)); err == nil {
		s.partition = a.Partition
	}
	return s, nil
}

// account gives the configuration that speaks for an account on behalf of a collector: by the role where there is one, with no more
// rights than the collector's session policy leaves it, else with the caller's own credentials.
func (s *session) account(ctx context.Context, account, collector string) (aws.Config, error) {
	cfg := s.base.Copy()
	if s.role == "" {
		return cfg, nil
	}
	cache := s.cache(account, s.policies[collector])
	cfg.Credentials = cache
	_, err := cache.Retrieve(ctx)
	return cfg, err
}

func (s *session) cache(account, policy string) *aws.CredentialsCache {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := [2]string{account, policy}
	if c := s.caches[key]; c != nil {
		return c
	}
	role := arn.ARN{Partition: s.partition, Service: "iam", AccountID: account, Resource: "role/" + strings.TrimPrefix(s.role, "role/")}.String()
	provider := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(s.base), role, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = ownSession
		o.Duration = time.Hour
		if s.externalID != "" {
			o.ExternalID = aws.String(s.externalID)
		}
		if policy != "" {
			o.Policy = aws.String(policy)
		}
	})
	c := aws.NewCredentialsCache(provider, func(o *aws.CredentialsCacheOptions) {
		o.ExpiryWindow, o.ExpiryWindowJitterFrac = 5*time.Minute, 0.5
	})
	s.caches[key] = c
	return c
}

// home is the region asked for services with one answer an account: the scope's first, or the one that the environment names.
func (s *session) home(scoped string) string {
	if scoped != "" {
		return scoped
	}
	return s.base.Region
}

// ownSession is the name of the sessions that ask AWS.
const ownSession = "auditseal"
