package cognito

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// gone is what Cognito answers about what was listed and is no more.
const gone = "ResourceNotFoundException"

// described are the fields of a user pool that DescribeUserPool tells.
var described = []string{"created", "modified", "tier", "mfa", "devices", "first_factors", "password_policy", "threat_protection", "custom_auth_threat_protection",
	"deletion_protection", "admin_create_user_only", "auto_verified", "verified_updates", "username_attributes", "aliases", "case_sensitive", "recovery", "email_sender",
	"email_identity", "sms_role", "triggers", "trigger_key", "key_type", "kms_key", "domain", "custom_domain", "estimated_users", "tags"}

// pool is what has to be remembered of a user pool.
type pool struct {
	id, arn string
	// domain is the prefix and custom the pool's own domain, empty where there is none. undescribed is why they could not be read.
	domain, custom string
	described      tape.Stamp
	undescribed    error
	// protected says that threat protection is on, or may be.
	protected bool
}

// listedPool is one entry of ListUserPools and the page it stood on.
type listedPool struct {
	types.UserPoolDescriptionType
	page middleware.Metadata
}

// userPools reads every user pool.
func (r *reader) userPools(ctx context.Context) error {
	var broken error
	err := cell.Ordered(ctx, r.listedPools(ctx, &broken), r.userPool, func(p poolAnswer) error {
		if p.rec == nil {
			return nil
		}
		r.pools = append(r.pools, p.pool)
		return r.c.Emit(p.rec)
	})
	if err != nil {
		return err
	}
	if broken != nil {
		r.c.Incomplete(broken, poolKind, clientKind, domainKind, providerKind)
	}
	return nil
}

func (r *reader) listedPools(ctx context.Context, broken *error) iter.Seq[listedPool] {
	return func(yield func(listedPool) bool) {
		kinds := []string{poolKind, clientKind, domainKind, providerKind}
		seen := r.c.Once(kinds...)
		p := cognitoidentityprovider.NewListUserPoolsPaginator(r.idp, &cognitoidentityprovider.ListUserPoolsInput{MaxResults: aws.Int32(60)})
		for p.HasMorePages() {
			page, err := p.NextPage(ctx)
			if err != nil {
				*broken = err
				return
			}
			nameless := false
			for _, u := range page.UserPools {
				if aws.ToString(u.Id) == "" {
					nameless = true
					continue
				}
				if seen.First(*u.Id, page.ResultMetadata) && !yield(listedPool{u, page.ResultMetadata}) {
					return
				}
			}
			if nameless {
				r.c.Half(page.ResultMetadata, listUserPools, "MissingMember", "a user pool was listed without its id", nil, nil, kinds...)
			}
		}
	}
}

// poolAnswer is a user pool as it was read; without a record where it is gone.
type poolAnswer struct {
	rec  *UserPool
	pool *pool
}

// userPool asks everything about one pool.
func (r *reader) userPool(ctx context.Context, l listedPool) poolAnswer {
	p := &pool{id: *l.Id, arn: r.arn(*l.Id), protected: true}
	rec := &UserPool{Meta: r.c.Meta(p.arn), PoolID: p.id, Name: aws.ToString(l.Name), ReplicaRegions: cell.List(l.ReplicaRegions)}
	r.c.Read(&rec.Meta, l.page)
	if rec.Name == "" {
		r.lacks(&rec.Meta, l.page, listUserPools, "the pool's name", "name")
	}
	if !r.describe(ctx, rec, p) {
		return poolAnswer{}
	}
	r.factors(ctx, rec)
	r.poolRisk(ctx, rec, p)
	r.logs(ctx, rec)
	return poolAnswer{rec, p}
}

// arn makes the ARN of a user pool, as AWS does.
func (r *reader) arn(id string) string {
	return "arn:" + r.c.Partition + ":cognito-idp:" + r.c.Region + ":" + r.c.Account + ":userpool/" + id
}

// poolWire is what the SDK reads as false or 0 where AWS leaves it out.
type poolWire struct {
	UserPool struct {
		Policies struct {
			PasswordPolicy *struct {
				RequireUppercase, RequireLowercase, RequireNumbers, RequireSymbols *bool
				TemporaryPasswordValidityDays                                      *int
			}
		}
		AdminCreateUserConfig  struct{ AllowAdminCreateUserOnly *bool }
		DeviceConfiguration    *struct{ ChallengeRequiredOnNewDevice, DeviceOnlyRememberedOnUserPrompt *bool }
		EstimatedNumberOfUsers *int
	}
}

// describe reads the pool itself, and reports whether it is still there.
func (r *reader) describe(ctx context.Context, rec *UserPool, p *pool) bool {
	var wire poolWire
	out, err := r.idp.DescribeUserPool(ctx, &cognitoidentityprovider.DescribeUserPoolInput{UserPoolId: &p.id},
		func(o *cognitoidentityprovider.Options) { o.APIOptions = append(o.APIOptions, cell.Peek(&wire)) })
	if err != nil {
		if tape.Code(err) == gone {
			r.c.Known(nil, err)
			return false
		}
		p.undescribed = err
		r.c.Unknown(&rec.Meta, err, described...)
		return true
	}
	u, md := out.UserPool, out.ResultMetadata
	p.described = tape.StampOf(md)
	r.c.Read(&rec.Meta, md)
	if aws.ToString(u.Id) != p.id {
		p.undescribed = r.half(md, describeUserPool, "MissingMember", "AWS described another pool than the one asked for, or none")
		r.c.Unknown(&rec.Meta, p.undescribed, described...)
		return true
	}
	rec.Created, rec.Modified, rec.Tier = cell.UTC(u.CreationDate), cell.UTC(u.LastModifiedDate), cell.Text(u.UserPoolTier)
	rec.MFA, rec.DeletionProtection = string(u.MfaConfiguration), string(u.DeletionProtection)
	if rec.MFA == "" {
		r.lacks(&rec.Meta, md, describeUserPool, "MfaConfiguration", "mfa")
	}
	if rec.DeletionProtection == "" {
		r.lacks(&rec.Meta, md, describeUserPool, "DeletionProtection", "deletion_protection")
	}
	if admin := wire.UserPool.AdminCreateUserConfig.AllowAdminCreateUserOnly; admin != nil {
		rec.AdminCreateUserOnly = *admin
	} else {
		r.lacks(&rec.Meta, md, describeUserPool, "AllowAdminCreateUserOnly", "admin_create_user_only")
	}
	r.passwords(rec, u.Policies, wire, md)
	rec.ThreatProtection = string(types.AdvancedSecurityModeTypeOff)
	if a := u.UserPoolAddOns; a != nil {
		rec.ThreatProtection = string(a.AdvancedSecurityMode)
		if f := a.AdvancedSecurityAdditionalFlows; f != nil {
			rec.CustomAuthMode = cell.Text(f.CustomAuthMode)
		}
		if rec.ThreatProtection == "" {
			r.lacks(&rec.Meta, md, describeUserPool, "AdvancedSecurityMode", "threat_protection")
		}
	}
	p.protected = rec.ThreatProtection != string(types.AdvancedSecurityModeTypeOff) || rec.CustomAuthMode != nil
	rec.AutoVerified, rec.UsernameAttributes, rec.Aliases = cell.List(u.AutoVerifiedAttributes), cell.List(u.UsernameAttributes), cell.List(u.AliasAttributes)
	rec.VerifiedUpdates = []string{}
	if s := u.UserAttributeUpdateSettings; s != nil {
		rec.VerifiedUpdates = cell.List(s.AttributesRequireVerificationBeforeUpdate)
	}
	if n := u.UsernameConfiguration; n != nil {
		rec.CaseSensitive = n.CaseSensitive
	}
	if d := wire.UserPool.DeviceConfiguration; d != nil {
		rec.Devices = &Devices{ChallengeNewOnly: d.ChallengeRequiredOnNewDevice, OnPromptOnly: d.DeviceOnlyRememberedOnUserPrompt}
	}
	rec.Recovery = recovery(u.AccountRecoverySetting)
	if e := u.EmailConfiguration; e != nil {
		rec.EmailSender, rec.EmailIdentity = cell.Text(e.EmailSendingAccount), e.SourceArn
	}
	if s := u.SmsConfiguration; s != nil {
		rec.SMSRole = s.SnsCallerArn
	}
	rec.Triggers = triggers(u.LambdaConfig)
	if l := u.LambdaConfig; l != nil {
		rec.TriggerKey = l.KMSKeyID
	}
	if k := u.KeyConfiguration; k != nil {
		rec.KeyType, rec.Key = cell.Text(k.KeyType), k.KmsKeyArn
	}
	rec.Domain, rec.CustomDomain = cell.Text(aws.ToString(u.Domain)), cell.Text(aws.ToString(u.CustomDomain))
	p.domain, p.custom = aws.ToString(u.Domain), aws.ToString(u.CustomDomain)
	rec.Users, rec.Tags = wire.UserPool.EstimatedNumberOfUsers, map[string]string{}
	for k, v := range u.UserPoolTags {
		rec.Tags[k] = v
	}
	return true
}

// half makes the error of an answer that is not whole, for more than one gap to be told of it.
func (r *reader) half(md middleware.Metadata, op evidence.Operation, code, message string) error {
	return &tape.Error{Stamp: tape.StampOf(md), Operation: op, Outcome: evidence.CutShort, Code: code, Message: message, Status: 200}
}

// passwords reads the password policy, of which nothing may be missing, and the sign-in policy, which a pool need not have.
func (r *reader) passwords(rec *UserPool, policies *types.UserPoolPolicyType, wire poolWire, md middleware.Metadata) {
	rec.FirstFactors = []string{}
	if policies != nil && policies.SignInPolicy != nil {
		factors := policies.SignInPolicy.AllowedFirstAuthFactors
		if documented(factors, types.AuthFactorType("").Values()) {
			rec.FirstFactors = cell.List(factors)
		} else {
			rec.FirstFactors = nil
			r.undocumented(&rec.Meta, md, describeUserPool, "AllowedFirstAuthFactors", "first_factors")
		}
	}
	w := wire.UserPool.Policies.PasswordPolicy
	if w == nil || policies == nil || policies.PasswordPolicy == nil {
		r.lacks(&rec.Meta, md, describeUserPool, "PasswordPolicy", "password_policy")
		return
	}
	set := policies.PasswordPolicy
	rec.Passwords = &PasswordPolicy{History: integer(set.PasswordHistorySize)}
	if set.MinimumLength != nil {
		rec.Passwords.MinimumLength = int(*set.MinimumLength)
	} else {
		r.lacks(&rec.Meta, md, describeUserPool, "MinimumLength", "password_policy.minimum_length")
	}
	if w.TemporaryPasswordValidityDays != nil {
		rec.Passwords.TemporaryDays = *w.TemporaryPasswordValidityDays
	} else {
		r.lacks(&rec.Meta, md, describeUserPool, "TemporaryPasswordValidityDays", "password_policy.temporary_days")
	}
	for _, b := range []struct {
		member, field string
		from          *bool
		to            *bool
	}{
		{"RequireUppercase", "uppercase", w.RequireUppercase, &rec.Passwords.Uppercase},
		{"RequireLowercase", "lowercase", w.RequireLowercase, &rec.Passwords.Lowercase},
		{"RequireNumbers", "numbers", w.RequireNumbers, &rec.Passwords.Numbers},
		{"RequireSymbols", "symbols", w.RequireSymbols, &rec.Passwords.Symbols},
	} {
		if b.from != nil {
			*b.to = *b.from
		} else {
			r.lacks(&rec.Meta, md, describeUserPool, b.member, "password_policy."+b.field)
		}
	}
}

// recovery lists the recovery mechanisms by their priority, 1 first.
func recovery(s *types.AccountRecoverySettingType) []string {
	out := []string{}
	if s == nil {
		return out
	}
	mechanisms := slices.Clone(s.RecoveryMechanisms)
	slices.SortStableFunc(mechanisms, func(a, b types.RecoveryOptionType) int {
		return int(aws.ToInt32(a.Priority)) - int(aws.ToInt32(b.Priority))
	})
	for _, m := range mechanisms {
		out = append(out, string(m.Name))
	}
	return out
}

// triggers names the Lambda functions by AWS's own names of the triggers.
func triggers(l *types.LambdaConfigType) map[string]string {
	out := map[string]string{}
	if l == nil {
		return out
	}
	for name, arn := range map[string]*string{
		"CreateAuthChallenge": l.CreateAuthChallenge, "CustomMessage": l.CustomMessage, "DefineAuthChallenge": l.DefineAuthChallenge,
		"PostAuthentication": l.PostAuthentication, "PostConfirmation": l.PostConfirmation, "PreAuthentication": l.PreAuthentication,
		"PreSignUp": l.PreSignUp, "PreTokenGeneration": l.PreTokenGeneration, "UserMigration": l.UserMigration,
		"VerifyAuthChallengeResponse": l.VerifyAuthChallengeResponse,
	} {
		if aws.ToString(arn) != "" {
			out[name] = *arn
		}
	}
	if c := l.PreTokenGenerationConfig; c != nil && aws.ToString(c.LambdaArn) != "" {
		out["PreTokenGeneration"] = *c.LambdaArn
	}
	if c := l.CustomEmailSender; c != nil && aws.ToString(c.LambdaArn) != "" {
		out["CustomEmailSender"] = *c.LambdaArn
	}
	if c := l.CustomSMSSender; c != nil && aws.ToString(c.LambdaArn) != "" {
		out["CustomSMSSender"] = *c.LambdaArn
	}
	if c := l.InboundFederation; c != nil && aws.ToString(c.LambdaArn) != "" {
		out["InboundFederation"] = *c.LambdaArn
	}
	return out
}

// factorWire is the one boolean of GetUserPoolMfaConfig.
type factorWire struct {
	SoftwareTokenMfaConfiguration *struct{ Enabled *bool }
}

// factors reads the second factors. AWS leaves out those that were never set up.
func (r *reader) factors(ctx context.Context, rec *UserPool) {
	var wire factorWire
	out, err := r.idp.GetUserPoolMfaConfig(ctx, &cognitoidentityprovider.GetUserPoolMfaConfigInput{UserPoolId: &rec.PoolID},
		func(o *cognitoidentityprovider.Options) { o.APIOptions = append(o.APIOptions, cell.Peek(&wire)) })
	if err != nil {
		r.c.Unknown(&rec.Meta, err, "factors")
		return
	}
	r.c.Read(&rec.Meta, out.ResultMetadata)
	if out.MfaConfiguration == "" {
		r.lacks(&rec.Meta, out.ResultMetadata, getUserPoolMfaConfig, "MfaConfiguration", "factors") // or factors that it lacks would pass for factors that are not set up
		return
	}
	f := &Factors{SMS: out.SmsMfaConfiguration != nil, Email: out.EmailMfaConfiguration != nil}
	rec.Factors = f
	if w := wire.SoftwareTokenMfaConfiguration; w != nil {
		if w.Enabled != nil {
			f.SoftwareToken = *w.Enabled
		} else {
			r.lacks(&rec.Meta, out.ResultMetadata, getUserPoolMfaConfig, "Enabled of the software token", "factors.software_token")
		}
	}
	if w := out.WebAuthnConfiguration; w != nil {
		f.PasskeyFactor, f.PasskeyVerifies, f.RelyingParty = cell.Text(w.FactorConfiguration), cell.Text(w.UserVerification), w.RelyingPartyId
	}
	if rec.MFA != "" && string(out.MfaConfiguration) != rec.MFA {
		r.c.Half(out.ResultMetadata, getUserPoolMfaConfig, "Contradiction",
			"AWS answered GetUserPoolMfaConfig with another MfaConfiguration than DescribeUserPool: it changed while it was read", &rec.Meta, []string{"mfa"})
	}
}

// logs reads where the pool delivers its logs.
func (r *reader) logs(ctx context.Context, rec *UserPool) {
	fields := []string{"logs", "logs_auth_events"}
	out, err := r.idp.GetLogDeliveryConfiguration(ctx, &cognitoidentityprovider.GetLogDeliveryConfigurationInput{UserPoolId: &rec.PoolID})
	if err != nil {
		r.c.Unknown(&rec.Meta, err, fields...)
		return
	}
	md := out.ResultMetadata
	r.c.Read(&rec.Meta, md)
	if out.LogDeliveryConfiguration.LogConfigurations == nil {
		r.lacks(&rec.Meta, md, getLogDeliveryConfiguration, "LogConfigurations", fields...)
		return
	}
	rec.Logs = []string{}
	for _, c := range out.LogDeliveryConfiguration.LogConfigurations {
		to := destination(c)
		if c.EventSource == "" || to == "" {
			rec.Logs, rec.LogsAuthEvents = nil, false
			r.lacks(&rec.Meta, md, getLogDeliveryConfiguration, "the source or destination of a log", fields...)
			return
		}
		rec.Logs = append(rec.Logs, strings.Join([]string{string(c.EventSource), string(c.LogLevel), to}, " "))
		rec.LogsAuthEvents = rec.LogsAuthEvents || c.EventSource == types.EventSourceNameUserAuthEvents
	}
	slices.Sort(rec.Logs)
}

func destination(c types.LogConfigurationType) string {
	switch {
	case c.CloudWatchLogsConfiguration != nil:
		return aws.ToString(c.CloudWatchLogsConfiguration.LogGroupArn)
	case c.FirehoseConfiguration != nil:
		return aws.ToString(c.FirehoseConfiguration.StreamArn)
	case c.S3Configuration != nil:
		return aws.ToString(c.S3Configuration.BucketArn)
	}
	return ""
}
