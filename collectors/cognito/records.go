package cognito

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// A UserPool is a directory of users with its rules for signing in.
type UserPool struct {
	evidence.Meta
	PoolID              string            `json:"pool_id" cel:"pool_id" doc:"The pool's id."`
	Name                string            `json:"name" cel:"name" doc:"The pool's name."`
	Created             *time.Time        `json:"created,omitempty" cel:"created" doc:"When the pool was made; absent where AWS did not say."`
	Modified            *time.Time        `json:"modified,omitempty" cel:"modified" doc:"When the pool was last changed; absent where AWS did not say."`
	Tier                *string           `json:"tier,omitempty" cel:"tier" doc:"The feature plan: LITE, ESSENTIALS or PLUS; absent where AWS did not say."`
	MFA                 string            `json:"mfa" cel:"mfa" doc:"Whether users of the pool's own must sign in with a second factor: ON, OPTIONAL (each user decides) or OFF. It does not bind users who sign in through another identity provider."`
	Factors             *Factors          `json:"factors,omitempty" cel:"factors" doc:"The second factors that the pool offers."`
	Devices             *Devices          `json:"devices,omitempty" cel:"devices" doc:"How the pool remembers devices; absent where it remembers none."`
	FirstFactors        []string          `json:"first_factors" cel:"first_factors" doc:"The first factors that the sign-in policy allows: PASSWORD, EMAIL_OTP, SMS_OTP, WEB_AUTHN. Empty where the pool has no sign-in policy, which leaves the password alone."`
	Passwords           *PasswordPolicy   `json:"password_policy,omitempty" cel:"password_policy" doc:"What passwords must be like."`
	ThreatProtection    string            `json:"threat_protection" cel:"threat_protection" doc:"The mode of threat protection for signing in by password: ENFORCED (full function), AUDIT or OFF. OFF also where AWS names no add-ons of the pool, which is how it shows a pool that never had it."`
	CustomAuthMode      *string           `json:"custom_auth_threat_protection,omitempty" cel:"custom_auth_threat_protection" doc:"The mode of threat protection for custom authentication: ENFORCED or AUDIT; absent where it has none."`
	Risk                *Risk             `json:"risk,omitempty" cel:"risk" doc:"What threat protection does about risks, for every client without settings of its own; absent where threat protection is off."`
	DeletionProtection  string            `json:"deletion_protection" cel:"deletion_protection" doc:"ACTIVE where the pool cannot be deleted before this is taken off, INACTIVE where it can."`
	AdminCreateUserOnly bool              `json:"admin_create_user_only" cel:"admin_create_user_only" doc:"Whether only administrators create users. Where not, anyone who knows a client's id can sign themselves up."`
	AutoVerified        []string          `json:"auto_verified" cel:"auto_verified" doc:"What Cognito verifies of a new user with a message: email, phone_number. Empty where it verifies nothing."`
	VerifiedUpdates     []string          `json:"verified_updates" cel:"verified_updates" doc:"What takes effect only after it was verified when a user changes it: email, phone_number. Empty where changes take effect at once."`
	UsernameAttributes  []string          `json:"username_attributes" cel:"username_attributes" doc:"What stands for the user name: email, phone_number. Empty where users have names of their own."`
	Aliases             []string          `json:"aliases" cel:"aliases" doc:"What users can also sign in with: email, phone_number, preferred_username."`
	CaseSensitive       *bool             `json:"case_sensitive,omitempty" cel:"case_sensitive" doc:"Whether user names differ by capitals; absent where AWS did not say."`
	Recovery            []string          `json:"recovery" cel:"recovery" doc:"How users recover an account, most preferred first: verified_email, verified_phone_number, admin_only. Empty where nothing is set, and then SMS is preferred to e-mail."`
	EmailSender         *string           `json:"email_sender,omitempty" cel:"email_sender" doc:"Whose account sends e-mail: COGNITO_DEFAULT, or DEVELOPER for the pool owner's Amazon SES; absent where AWS did not say."`
	EmailIdentity       *string           `json:"email_identity,omitempty" cel:"email_identity" doc:"The ARN of the SES identity that e-mail comes from; absent where there is none."`
	SMSRole             *string           `json:"sms_role,omitempty" cel:"sms_role" doc:"The ARN of the role with which Cognito sends SMS; absent where the pool sends none."`
	Triggers            map[string]string `json:"triggers" cel:"triggers" doc:"The Lambda functions that the pool runs, as trigger (PreSignUp, DefineAuthChallenge …) to ARN."`
	TriggerKey          *string           `json:"trigger_key,omitempty" cel:"trigger_key" doc:"The KMS key that encrypts codes for custom senders; absent where there is none."`
	KeyType             *string           `json:"key_type,omitempty" cel:"key_type" doc:"Whose key encrypts the pool: AWS_OWNED_KEY or CUSTOMER_MANAGED_KEY; absent where AWS did not say."`
	Key                 *string           `json:"kms_key,omitempty" cel:"kms_key" doc:"The ARN of that KMS key; absent where it is AWS's own."`
	Domain              *string           `json:"domain,omitempty" cel:"domain" doc:"The prefix of the pool's domain at Amazon Cognito; absent where it has none."`
	CustomDomain        *string           `json:"custom_domain,omitempty" cel:"custom_domain" doc:"The pool's own domain; absent where it has none."`
	Users               *int              `json:"estimated_users,omitempty" cel:"estimated_users" doc:"AWS's estimate of the number of users; absent where AWS did not say."`
	ReplicaRegions      []string          `json:"replica_regions" cel:"replica_regions" doc:"The regions that the pool is copied to."`
	Logs                []string          `json:"logs" cel:"logs" doc:"Where the pool delivers its logs: event source, level and the ARN of the log group, stream or bucket."`
	LogsAuthEvents      bool              `json:"logs_auth_events" cel:"logs_auth_events" doc:"Whether the user activity that threat protection sees (userAuthEvents) is delivered anywhere."`
	Tags                map[string]string `json:"tags" cel:"tags" doc:"The pool's tags."`
}

// Kind is cognito.user_pool.
func (*UserPool) Kind() string { return poolKind }

// Factors are the second factors that a pool offers.
type Factors struct {
	SoftwareToken   bool    `json:"software_token" cel:"software_token" doc:"Whether users can have an authenticator app (TOTP)."`
	SMS             bool    `json:"sms" cel:"sms" doc:"Whether codes by SMS are set up."`
	Email           bool    `json:"email" cel:"email" doc:"Whether codes by e-mail are set up."`
	PasskeyFactor   *string `json:"passkey_factor,omitempty" cel:"passkey_factor" doc:"MULTI_FACTOR_WITH_USER_VERIFICATION where a passkey counts as multi-factor, SINGLE_FACTOR where not; absent where nothing is set, which means single."`
	PasskeyVerifies *string `json:"passkey_user_verification,omitempty" cel:"passkey_user_verification" doc:"Whether a passkey must verify its user: required or preferred; absent where passkeys are not set up."`
	RelyingParty    *string `json:"passkey_relying_party,omitempty" cel:"passkey_relying_party" doc:"The domain that passkeys are bound to; absent where AWS names none."`
}

// Devices are how a pool remembers devices. A remembered device can stand for the second factor.
type Devices struct {
	ChallengeNewOnly *bool `json:"challenge_on_new_device_only,omitempty" cel:"challenge_on_new_device_only" doc:"Whether a second factor is asked for on new devices only (ChallengeRequiredOnNewDevice); absent where AWS did not say."`
	OnPromptOnly     *bool `json:"remembered_on_prompt_only,omitempty" cel:"remembered_on_prompt_only" doc:"Whether a device is remembered only where its user agrees (DeviceOnlyRememberedOnUserPrompt); absent where AWS did not say."`
}

// A PasswordPolicy is what passwords must be like.
type PasswordPolicy struct {
	MinimumLength int  `json:"minimum_length" cel:"minimum_length" doc:"The least number of characters."`
	Uppercase     bool `json:"uppercase" cel:"uppercase" doc:"Whether a capital letter is required."`
	Lowercase     bool `json:"lowercase" cel:"lowercase" doc:"Whether a small letter is required."`
	Numbers       bool `json:"numbers" cel:"numbers" doc:"Whether a digit is required."`
	Symbols       bool `json:"symbols" cel:"symbols" doc:"Whether a symbol is required."`
	TemporaryDays int  `json:"temporary_days" cel:"temporary_days" doc:"The days for which a temporary password can be used."`
	History       *int `json:"history,omitempty" cel:"history" doc:"How many earlier passwords cannot be used again; absent where earlier ones can."`
}

// A Risk is what threat protection does about risks.
type Risk struct {
	CompromisedCredentials *string  `json:"compromised_credentials,omitempty" cel:"compromised_credentials" doc:"What happens where a password is known to be compromised: BLOCK or NO_ACTION; absent where nothing is set."`
	CompromisedEvents      []string `json:"compromised_events" cel:"compromised_events" doc:"When passwords are looked at: SIGN_IN, SIGN_UP, PASSWORD_CHANGE. Empty where nothing is set, which means all of them."`
	Low                    *string  `json:"low,omitempty" cel:"low" doc:"What happens at a low risk of account takeover: BLOCK, MFA_REQUIRED, MFA_IF_CONFIGURED or NO_ACTION; absent where nothing is set."`
	Medium                 *string  `json:"medium,omitempty" cel:"medium" doc:"The same at a medium risk."`
	High                   *string  `json:"high,omitempty" cel:"high" doc:"The same at a high risk."`
	SkippedRanges          []string `json:"skipped_ranges" cel:"skipped_ranges" doc:"The IP ranges for which no risk is looked at."`
	BlockedRanges          []string `json:"blocked_ranges" cel:"blocked_ranges" doc:"The IP ranges that are always blocked."`
}

// A Client is an application that signs users in with a pool.
type Client struct {
	evidence.Meta
	Pool                string     `json:"pool" cel:"pool" doc:"The ARN of the user pool."`
	ClientID            string     `json:"client_id" cel:"client_id" doc:"The client's id."`
	Name                string     `json:"name" cel:"name" doc:"The client's name."`
	Created             *time.Time `json:"created,omitempty" cel:"created" doc:"When the client was made; absent where AWS did not say."`
	Modified            *time.Time `json:"modified,omitempty" cel:"modified" doc:"When the client was last changed; absent where AWS did not say."`
	HasSecret           bool       `json:"has_secret" cel:"has_secret" doc:"Whether the client has a secret. The secret itself is never written down."`
	AuthFlows           []string   `json:"auth_flows" cel:"auth_flows" doc:"The ways to sign in by API that the client allows (ExplicitAuthFlows). Empty where none is named, and then they are ALLOW_USER_SRP_AUTH, ALLOW_CUSTOM_AUTH and ALLOW_REFRESH_TOKEN_AUTH. Unknown where one is not among those that AWS documents."`
	OAuth               bool       `json:"oauth" cel:"oauth" doc:"Whether the client uses the pool's OAuth 2.0 server (AllowedOAuthFlowsUserPoolClient). Where not, grants, scopes and URLs have no effect."`
	OAuthFlows          []string   `json:"oauth_flows" cel:"oauth_flows" doc:"The OAuth grants that the client allows: code, implicit, client_credentials. Unknown where one is not among those that AWS documents."`
	OAuthScopes         []string   `json:"oauth_scopes" cel:"oauth_scopes" doc:"The OAuth scopes that the client can ask for."`
	IdentityProviders   []string   `json:"identity_providers" cel:"identity_providers" doc:"The identity providers that users of the client can come from; COGNITO is the pool itself."`
	CallbackURLs        []string   `json:"callback_urls" cel:"callback_urls" doc:"Where users may be sent after they signed in."`
	LogoutURLs          []string   `json:"logout_urls" cel:"logout_urls" doc:"Where users may be sent after they signed out."`
	InsecureURLs        []string   `json:"insecure_callback_urls" cel:"insecure_callback_urls" doc:"Those callback URLs that carry codes and tokens without TLS: neither https, nor http to localhost, 127.0.0.1 or [::1], nor an app's own scheme. Sorted."`
	UserExistenceErrors string     `json:"prevent_user_existence_errors" cel:"prevent_user_existence_errors" doc:"ENABLED where errors do not tell whether a user exists, LEGACY where they do."`
	TokenRevocation     bool       `json:"token_revocation" cel:"token_revocation" doc:"Whether refresh tokens, and the access tokens that came of them, can be revoked."`
	RefreshRotation     *string    `json:"refresh_rotation,omitempty" cel:"refresh_rotation" doc:"Whether a refresh token is replaced when it is used: ENABLED or DISABLED; absent where AWS did not say."`
	AccessSeconds       int        `json:"access_token_seconds" cel:"access_token_seconds" doc:"How many seconds an access token holds; an hour where nothing is set."`
	IDSeconds           int        `json:"id_token_seconds" cel:"id_token_seconds" doc:"How many seconds an id token holds; an hour where nothing is set."`
	RefreshSeconds      int        `json:"refresh_token_seconds" cel:"refresh_token_seconds" doc:"How many seconds a refresh token holds; 30 days where nothing is set."`
	SessionMinutes      *int       `json:"auth_session_minutes,omitempty" cel:"auth_session_minutes" doc:"How many minutes a user has to answer a challenge; absent where AWS did not say."`
	Risk                *Risk      `json:"risk,omitempty" cel:"risk" doc:"What threat protection does about risks of this client; absent where it has no settings of its own, so that the pool's hold, or where threat protection is off."`
}

// Kind is cognito.user_pool_client.
func (*Client) Kind() string { return clientKind }

// A Provider is another identity provider whose users a pool lets in.
type Provider struct {
	evidence.Meta
	Pool        string            `json:"pool" cel:"pool" doc:"The ARN of the user pool."`
	Name        string            `json:"name" cel:"name" doc:"The provider's name in the pool."`
	Type        string            `json:"type" cel:"type" doc:"SAML, OIDC, Google, Facebook, LoginWithAmazon or SignInWithApple."`
	Created     *time.Time        `json:"created,omitempty" cel:"created" doc:"When the provider was made; absent where AWS did not say."`
	Modified    *time.Time        `json:"modified,omitempty" cel:"modified" doc:"When the provider was last changed; absent where AWS did not say."`
	Details     []string          `json:"details" cel:"details" doc:"The names of the settings that the provider has (client_id, MetadataURL, RequestSigningAlgorithm …), sorted. Their values may hold secrets and are never written down."`
	Attributes  map[string]string `json:"attributes" cel:"attributes" doc:"Which attribute of the pool is filled from which of the provider's."`
	Identifiers []string          `json:"identifiers" cel:"identifiers" doc:"The identifiers, mostly mail domains, that lead to this provider."`
}

// Kind is cognito.identity_provider.
func (*Provider) Kind() string { return providerKind }

// A Domain is where a pool's sign-in pages and OAuth server stand.
type Domain struct {
	evidence.Meta
	Pool         string  `json:"pool" cel:"pool" doc:"The ARN of the user pool."`
	Domain       string  `json:"domain" cel:"domain" doc:"The prefix of a domain at Amazon Cognito, or the whole of a domain of one's own."`
	Custom       bool    `json:"custom" cel:"custom" doc:"Whether it is a domain of one's own."`
	Status       string  `json:"status" cel:"status" doc:"ACTIVE, CREATING, UPDATING, DELETING or FAILED."`
	Certificate  *string `json:"certificate,omitempty" cel:"certificate" doc:"The ARN of the certificate in ACM of a domain of one's own; absent for a prefix."`
	Distribution *string `json:"cloudfront,omitempty" cel:"cloudfront" doc:"The CloudFront distribution in front of it; absent where AWS did not say."`
	LoginVersion *int    `json:"managed_login_version,omitempty" cel:"managed_login_version" doc:"The version of the sign-in pages: 1 is the hosted UI, 2 managed login; absent where AWS did not say."`
	Version      *string `json:"version,omitempty" cel:"version" doc:"AWS's version of the domain; absent where AWS did not say."`
}

// Kind is cognito.user_pool_domain.
func (*Domain) Kind() string { return domainKind }

// An IdentityPool hands out AWS credentials to users of other providers.
type IdentityPool struct {
	evidence.Meta
	PoolID              string            `json:"pool_id" cel:"pool_id" doc:"The identity pool's id."`
	Name                string            `json:"name" cel:"name" doc:"The identity pool's name."`
	Unauthenticated     bool              `json:"allow_unauthenticated" cel:"allow_unauthenticated" doc:"Whether anyone gets AWS credentials without signing in."`
	ClassicFlow         bool              `json:"allow_classic_flow" cel:"allow_classic_flow" doc:"Whether the classic flow is allowed, in which the client chooses the role and Cognito's scope-down policies do not apply."`
	UserPools           []string          `json:"user_pools" cel:"user_pools" doc:"The Cognito user pools whose users get credentials, as provider name and client id, sorted."`
	ServerSideCheck     *bool             `json:"server_side_token_check,omitempty" cel:"server_side_token_check" doc:"Whether every one of those user pools is asked if the user was signed out or deleted (ServerSideTokenCheck); absent where there is no user pool."`
	SAMLProviders       []string          `json:"saml_providers" cel:"saml_providers" doc:"The ARNs of the SAML providers in IAM whose users get credentials."`
	OIDCProviders       []string          `json:"oidc_providers" cel:"oidc_providers" doc:"The ARNs of the OpenID Connect providers in IAM whose users get credentials."`
	LoginProviders      []string          `json:"login_providers" cel:"login_providers" doc:"The public providers whose users get credentials (accounts.google.com, graph.facebook.com …), sorted."`
	DeveloperProvider   *string           `json:"developer_provider,omitempty" cel:"developer_provider" doc:"The name under which a back end of one's own vouches for users; absent where there is none."`
	AuthenticatedRole   *string           `json:"authenticated_role,omitempty" cel:"authenticated_role" doc:"The ARN of the role of users who signed in; absent where there is none."`
	UnauthenticatedRole *string           `json:"unauthenticated_role,omitempty" cel:"unauthenticated_role" doc:"The ARN of the role of everybody else; absent where there is none."`
	RoleMappings        []string          `json:"role_mappings" cel:"role_mappings" doc:"How roles are chosen by provider: provider, Token or Rules, and what happens where no role fits (AuthenticatedRole or Deny). Sorted."`
	MappedRoles         []string          `json:"mapped_roles" cel:"mapped_roles" doc:"The ARNs of the roles that rules choose, sorted."`
	Tags                map[string]string `json:"tags" cel:"tags" doc:"The identity pool's tags."`
}

// Kind is cognito.identity_pool.
func (*IdentityPool) Kind() string { return identityPoolKind }
