package iam

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

const (
	account = "111122223333"
	prefix  = "arn:aws:iam::" + account + ":"
)

// header is that of every credential report.
var header = strings.Join(columns, ",")

const (
	rootLine = rootUser + "," + prefix + "root,2020-01-01T00:00:00+00:00,not_supported,no_information,not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A"
	userLine = "u," + prefix + "user/u,2020-01-01T00:00:00Z,TRUE,2026-09-30T00:00:00Z,2026-09-01T00:00:00Z,N/A,TRUE,true,2026-09-01T00:00:00Z,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A"
)

func reportOf(lines ...string) string {
	return "<Content>" + base64.StdEncoding.EncodeToString([]byte(strings.Join(lines, "\n"))) + "</Content><ReportFormat>text/csv</ReportFormat><GeneratedTime>2026-10-01T05:00:00Z</GeneratedTime>"
}

func quoted(document string) string { return url.PathEscape(document) }

const (
	trustEC2  = `{"Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}`
	readOnly  = `{"Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}`
	allowsAll = `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
)

// The parts of the usual authorization details: one user in one group, one role, one policy.
const (
	userPart  = `<Path>/</Path><UserName>u</UserName><Arn>` + prefix + `user/u</Arn><CreateDate>2020-01-01T00:00:00Z</CreateDate><GroupList><member>g</member></GroupList><AttachedManagedPolicies/><Tags/>`
	groupPart = `<Path>/</Path><GroupName>g</GroupName><Arn>` + prefix + `group/g</Arn><GroupPolicyList/><AttachedManagedPolicies><member><PolicyName>p</PolicyName><PolicyArn>` + prefix + `policy/p</PolicyArn></member></AttachedManagedPolicies>`
)

func rolePart(trust string) string {
	return `<Path>/</Path><RoleName>r</RoleName><Arn>` + prefix + `role/r</Arn><AssumeRolePolicyDocument>` + trust + `</AssumeRolePolicyDocument><InstanceProfileList/><RolePolicyList/><AttachedManagedPolicies/><RoleLastUsed/>`
}

func policyPart(document string) string {
	return `<PolicyName>p</PolicyName><Path>/</Path><Arn>` + prefix + `policy/p</Arn><DefaultVersionId>v1</DefaultVersionId><PolicyVersionList><member><Document>` + document + `</Document><VersionId>v1</VersionId><IsDefaultVersion>true</IsDefaultVersion></member></PolicyVersionList>`
}

const whole = "<IsTruncated>false</IsTruncated>"

func detailsOf(user, group, role, policy string) string {
	member := func(s string) string {
		if s == "" {
			return ""
		}
		return "<member>" + s + "</member>"
	}
	return "<UserDetailList>" + member(user) + "</UserDetailList><GroupDetailList>" + member(group) + "</GroupDetailList><RoleDetailList>" + member(role) + "</RoleDetailList><Policies>" + member(policy) + "</Policies>" + whole
}

const (
	samlARN = prefix + "saml-provider/s"
	oidcARN = prefix + "oidc-provider/issuer.example.com"
)

// summaryOf changes entries of the usual summary; "" leaves one out.
func summaryOf(change map[string]string) string {
	var b strings.Builder
	b.WriteString("<SummaryMap>")
	for _, k := range []string{"Users", "Groups", "Roles", "Policies", "Providers", "ServerCertificates", "MFADevices", "MFADevicesInUse", "AccountMFAEnabled", "AccountPasswordPresent",
		"AccountAccessKeysPresent", "AccountSigningCertificatesPresent"} {
		v := "<entry><key>" + k + "</key><value>1</value></entry>"
		if to, ok := change[k]; ok {
			v = to
		}
		b.WriteString(v)
	}
	return b.String() + "</SummaryMap>"
}

const policyMembers = "<MinimumPasswordLength>14</MinimumPasswordLength><RequireSymbols>true</RequireSymbols><RequireNumbers>true</RequireNumbers><RequireUppercaseCharacters>true</RequireUppercaseCharacters>" +
	"<RequireLowercaseCharacters>true</RequireLowercaseCharacters><AllowUsersToChangePassword>true</AllowUsersToChangePassword><ExpirePasswords>true</ExpirePasswords><MaxPasswordAge>90</MaxPasswordAge>"

// usual are the members of each answer of an account with one of everything.
func usual() map[string]string {
	return map[string]string{
		"GenerateCredentialReport":             "<State>COMPLETE</State>",
		"GetCredentialReport":                  reportOf(header, rootLine, userLine),
		"GetAccountSummary":                    summaryOf(nil),
		"GetAccountPasswordPolicy":             "<PasswordPolicy>" + policyMembers + "</PasswordPolicy>",
		"GetOutboundWebIdentityFederationInfo": "<IssuerIdentifier>https://i.example.com</IssuerIdentifier><JwtVendingEnabled>true</JwtVendingEnabled>",
		"ListAccountAliases":                   "<AccountAliases/>" + whole,
		"ListVirtualMFADevices":                "<VirtualMFADevices/>" + whole,
		"ListOrganizationsFeatures":            "<EnabledFeatures/>",
		"ListRoles":                            "<Roles><member><Arn>" + prefix + "role/r</Arn><MaxSessionDuration>3600</MaxSessionDuration></member></Roles>" + whole,
		"GetAccountAuthorizationDetails":       detailsOf(userPart, groupPart, rolePart(quoted(trustEC2)), policyPart(quoted(readOnly))),
		"ListSAMLProviders":                    "<SAMLProviderList><member><Arn>" + samlARN + "</Arn></member></SAMLProviderList>",
		"GetSAMLProvider":                      "<SAMLMetadataDocument>" + escape(metadataOf(`use="signing"`, certificate)) + "</SAMLMetadataDocument>",
		"ListOpenIDConnectProviders":           "<OpenIDConnectProviderList><member><Arn>" + oidcARN + "</Arn></member></OpenIDConnectProviderList>",
		"GetOpenIDConnectProvider":             "<Url>issuer.example.com</Url><ClientIDList><member>me</member></ClientIDList><ThumbprintList/>",
		"ListServerCertificates":               "<ServerCertificateMetadataList><member><Path>/</Path><ServerCertificateName>c</ServerCertificateName><Arn>" + prefix + "server-certificate/c</Arn><Expiration>2027-01-01T00:00:00Z</Expiration></member></ServerCertificateMetadataList>" + whole,
	}
}

func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

func fail(status int, code string) celltest.Answer {
	return celltest.Answer{Status: status, Body: "<ErrorResponse><Error><Type>Sender</Type><Code>" + code + "</Code><Message>no</Message></Error><RequestId>r</RequestId></ErrorResponse>"}
}

// members makes an answer of what stands in it.
func members(operation, inside string) celltest.Answer {
	return celltest.Answer{Body: "<" + operation + "Response><" + operation + "Result>" + inside + "</" + operation + "Result></" + operation + "Response>"}
}

// answers collects with the usual answers, of which some are others: one for each time that the operation is asked, the last for ever.
func answers(t *testing.T, o celltest.Options, odd map[string][]celltest.Answer) *celltest.Result {
	t.Helper()
	var mu sync.Mutex
	asked := map[string]int{}
	o.URL = celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		form, _ := url.ParseQuery(q.Body)
		op := form.Get("Action")
		mu.Lock()
		n := asked[op]
		asked[op]++
		mu.Unlock()
		if q.Region != evidence.GlobalRegion(cmp.Or(o.Partition, "aws")) {
			t.Errorf("%s was asked in %s", op, q.Region)
		}
		if a := odd[op]; len(a) > 0 {
			return a[min(n, len(a)-1)]
		}
		return members(op, usual()[op])
	})
	return celltest.Run(t, Collector{}, o)
}

func one(operation, inside string) map[string][]celltest.Answer {
	return map[string][]celltest.Answer{operation: {members(operation, inside)}}
}

func refuse(operation string, status int, code string) map[string][]celltest.Answer {
	return map[string][]celltest.Answer{operation: {fail(status, code)}}
}

func TestTheUsualAnswersLeaveNoGap(t *testing.T) {
	r := answers(t, celltest.Options{}, nil)
	if len(r.Gaps) > 0 || len(r.Records) != 14 {
		t.Fatalf("%d records, gaps %v", len(r.Records), r.Gaps)
	}
	if o := celltest.One[Organization](t, r, ""); !o.Answers || *o.RootCredentialsManagement || *o.RootSessions || o.Features == nil {
		t.Errorf("no feature is on, and it reads %+v", o)
	}
	if root := celltest.One[Root](t, r, ""); root.LastUsed != nil || !root.MFAEnabled || !root.AccessKeysPresent {
		t.Errorf("%+v", root)
	}
	if u := celltest.One[User](t, r, ""); u.Permissions.Inline == nil || u.Permissions.Administrator {
		t.Errorf("%+v", u)
	}
	if c := celltest.One[Credential](t, r, ":root"); c.Password.Enabled != nil || c.Password.LastUsedValue != "no_information" || c.Password.LastChangedValue != "not_supported" || !c.MFAActive {
		t.Errorf("%+v", c)
	}
}

// Each answer that lacks what decides, or holds what nobody documented, leaves exactly that unknown.
func TestOddAnswers(t *testing.T) {
	user := func(from, to string) string {
		return detailsOf(strings.Replace(userPart, from, to, 1), groupPart, rolePart(quoted(trustEC2)), policyPart(quoted(readOnly)))
	}
	inline := func(list, document string) string {
		return "<" + list + "><member><PolicyName>i</PolicyName><PolicyDocument>" + document + "</PolicyDocument></member></" + list + ">"
	}
	entry := func(k, v string) map[string]string { return map[string]string{k: v} }
	flag := func(k, v string) string {
		return summaryOf(entry(k, "<entry><key>"+k+"</key><value>"+v+"</value></entry>"))
	}
	lacks := func(member string) string {
		return "<PasswordPolicy>" + strings.Replace(policyMembers, "<"+member+">true</"+member+">", "", 1) + "</PasswordPolicy>"
	}
	device := func(inside string) string {
		return "<VirtualMFADevices><member>" + inside + "</member></VirtualMFADevices>" + whole
	}
	for _, c := range []struct {
		operation, inside, id, field, code string
	}{
		{"GetAccountSummary", summaryOf(entry("AccountMFAEnabled", "")), ":root", "mfa_enabled", "MissingMember"},
		{"GetAccountSummary", summaryOf(entry("AccountAccessKeysPresent", "")), ":root", "access_keys_present", "MissingMember"},
		// The SDK reads an entry without a value as 0, and cuts off what is too large.
		{"GetAccountSummary", summaryOf(entry("AccountAccessKeysPresent", "<entry><key>AccountAccessKeysPresent</key></entry>")), ":root", "access_keys_present", "MissingMember"},
		{"GetAccountSummary", flag("AccountAccessKeysPresent", "4294967296"), ":root", "access_keys_present", "UnknownValue"},
		{"GetAccountSummary", flag("AccountAccessKeysPresent", "-1"), ":root", "access_keys_present", "UnknownValue"},
		{"GetAccountSummary", flag("AccountMFAEnabled", "2"), ":root", "mfa_enabled", "UnknownValue"},
		{"GetAccountSummary", summaryOf(entry("AccountMFAEnabled", strings.Repeat("<entry><key>AccountMFAEnabled</key><value>1</value></entry>", 2))), ":root", "mfa_enabled", "MissingMember"},
		{"GetAccountSummary", summaryOf(entry("AccountPasswordPresent", "")), ":root", "password_present", "MissingMember"},
		{"GetAccountSummary", summaryOf(entry("AccountSigningCertificatesPresent", "")), ":root", "signing_certificates_present", "MissingMember"},
		{"GetAccountSummary", summaryOf(entry("Users", "")), "/iam", "users", "MissingMember"},
		{"GetAccountSummary", flag("Providers", "-3"), "/iam", "providers", "MissingMember"},
		{"ListAccountAliases", "<AccountAliases/><IsTruncated>true</IsTruncated>", "/iam", "aliases", "MissingMember"},
		{"ListAccountAliases", "<AccountAliases/>", "/iam", "aliases", "MissingMember"},
		{"GetOutboundWebIdentityFederationInfo", "<IssuerIdentifier>i</IssuerIdentifier>", "/iam", "outbound_federation", "MissingMember"},
		{"GetOutboundWebIdentityFederationInfo", "<JwtVendingEnabled>true</JwtVendingEnabled>", "/iam", "outbound_federation", "MissingMember"},
		{"ListVirtualMFADevices", device(""), ":root", "virtual_mfa_devices", "MissingMember"},
		{"ListVirtualMFADevices", device("<SerialNumber>" + prefix + "mfa/x</SerialNumber>"), ":root", "virtual_mfa_devices", "MissingMember"},
		{"ListVirtualMFADevices", "<VirtualMFADevices/><IsTruncated>true</IsTruncated>", ":root", "virtual_mfa_devices", "MissingMember"},
		{"GetAccountPasswordPolicy", lacks("RequireSymbols"), "/password-policy", "require_symbols", "MissingMember"},
		{"GetAccountPasswordPolicy", lacks("RequireNumbers"), "/password-policy", "require_numbers", "MissingMember"},
		{"GetAccountPasswordPolicy", lacks("RequireUppercaseCharacters"), "/password-policy", "require_uppercase", "MissingMember"},
		{"GetAccountPasswordPolicy", lacks("RequireLowercaseCharacters"), "/password-policy", "require_lowercase", "MissingMember"},
		{"GetAccountPasswordPolicy", lacks("AllowUsersToChangePassword"), "/password-policy", "users_may_change", "MissingMember"},
		{"GetAccountPasswordPolicy", lacks("ExpirePasswords"), "/password-policy", "expires", "MissingMember"},
		{"GetAccountPasswordPolicy", "<PasswordPolicy>" + strings.Replace(policyMembers, "<MinimumPasswordLength>14</MinimumPasswordLength>", "", 1) + "</PasswordPolicy>", "/password-policy", "minimum_length", "MissingMember"},
		{"GetAccountPasswordPolicy", "<PasswordPolicy>" + strings.Replace(policyMembers, "<MaxPasswordAge>90</MaxPasswordAge>", "", 1) + "</PasswordPolicy>", "/password-policy", "max_age_days", "Contradiction"},
		{"GetAccountPasswordPolicy", "<PasswordPolicy>" + strings.Replace(policyMembers, "<ExpirePasswords>true", "<ExpirePasswords>false", 1) + "</PasswordPolicy>", "/password-policy", "expires", "Contradiction"},
		{"ListOrganizationsFeatures", "<OrganizationId>o-1</OrganizationId>", "/organization", "root_credentials_management", "MissingMember"},
		{"GenerateCredentialReport", "<Description>d</Description>", "/credential-report", "request", "MissingMember"},
		{"GetCredentialReport", strings.Replace(reportOf(header, rootLine, userLine), "<GeneratedTime>2026-10-01T05:00:00Z</GeneratedTime>", "", 1), "/credential-report", "generated", "MissingMember"},
		{"GetCredentialReport", strings.Replace(reportOf(header, rootLine, userLine), "T05:00", "T07:00", 1), "/credential-report", "age_hours", "UnknownValue"},
		{"GetCredentialReport", strings.Replace(reportOf(header, rootLine, userLine), "text/csv", "text/tsv", 1), "/credential-report", "users", "UnreadableReport"},
		{"GetCredentialReport", reportOf(header, rootLine, strings.Replace(userLine, ",TRUE,2026", ",maybe,2026", 1)), "user/u", "password.enabled", "UnknownValue"},
		{"GetCredentialReport", reportOf(header, rootLine, strings.Replace(userLine, ",TRUE,2026", ",not_supported,2026", 1)), "user/u", "password.enabled", "UnknownValue"},
		{"GetCredentialReport", reportOf(header, rootLine, strings.Replace(userLine, "TRUE,true", ",true", 1)), "user/u", "mfa_active", "UnknownValue"},
		{"GetCredentialReport", reportOf(header, rootLine, strings.Replace(userLine, "2026-09-30T00:00:00Z", "yesterday", 1)), "user/u", "password.last_used", "UnknownValue"},
		{"GetCredentialReport", reportOf(header, rootLine, strings.Replace(userLine, "2026-09-30T00:00:00Z", "N/A", 1)), "user/u", "password.last_used_value", "Contradiction"},
		{"GetCredentialReport", reportOf(header, rootLine, strings.Replace(userLine, "2026-09-01T00:00:00Z,N/A,TRUE", "N/A,N/A,TRUE", 1)), "user/u", "password.last_changed", "Contradiction"},
		{"GetCredentialReport", reportOf(header, rootLine, strings.Replace(userLine, "true,2026-09-01T00:00:00Z", "true,N/A", 1)), "user/u", "access_key_1.last_rotated", "Contradiction"},
		{"GetCredentialReport", reportOf(header, rootLine, strings.Replace(userLine, "true,2026-09-01T00:00:00Z", "on,2026-09-01T00:00:00Z", 1)), "user/u", "access_key_1.active", "UnknownValue"},
		{"GetCredentialReport", reportOf(header, rootLine, strings.Replace(userLine, "u,"+prefix+"user/u,2020-01-01T00:00:00Z", "u,"+prefix+"user/u,not_supported", 1)), "user/u", "created", "UnknownValue"},
		{"GetCredentialReport", reportOf(header, rootLine, strings.Replace(userLine, "false,N/A,false,N/A", "x,N/A,false,N/A", 1)), "user/u", "cert_1.active", "UnknownValue"},
		{"ListRoles", "<Roles><member><Arn>" + prefix + "role/r</Arn></member></Roles>" + whole, "role/r", "max_session_seconds", "MissingMember"},
		{"ListRoles", "<Roles/>" + whole, "role/r", "max_session_seconds", "UnknownRole"},
		{"ListRoles", "<Roles/><IsTruncated>true</IsTruncated>", "role/r", "max_session_seconds", "MissingMember"},
		{"GetAccountAuthorizationDetails", user("<UserName>u</UserName>", ""), "user/u", "name", "MissingMember"},
		{"GetAccountAuthorizationDetails", user("<Path>/</Path>", ""), "user/u", "path", "MissingMember"},
		{"GetAccountAuthorizationDetails", user("<GroupList><member>g</member></GroupList>", ""), "user/u", "groups", "MissingMember"},
		{"GetAccountAuthorizationDetails", user("<GroupList><member>g</member></GroupList>", ""), "user/u", "permissions.administrator", "MissingMember"},
		{"GetAccountAuthorizationDetails", user("<GroupList><member>g</member></GroupList>", ""), "group/g", "users", "MissingMember"},
		{"GetAccountAuthorizationDetails", user("<member>g</member>", "<member>gone</member>"), "user/u", "permissions.administrator", "NotListed"},
		{"GetAccountAuthorizationDetails", user("<AttachedManagedPolicies/>", ""), "user/u", "permissions.attached", "MissingMember"},
		{"GetAccountAuthorizationDetails", user("<AttachedManagedPolicies/>", ""), "/iam", "support_access", "MissingMember"},
		{"GetAccountAuthorizationDetails", user("<AttachedManagedPolicies/>", "<AttachedManagedPolicies><member/></AttachedManagedPolicies>"), "user/u", "permissions.administrator", "MissingMember"},
		{"GetAccountAuthorizationDetails", user("<Tags/>", "<PermissionsBoundary/>"), "user/u", "permissions.boundary", "MissingMember"},
		{"GetAccountAuthorizationDetails", user("<Tags/>", inline("UserPolicyList", "%zz")), "user/u", "permissions.administrator", "UnreadablePolicy"},
		{"GetAccountAuthorizationDetails", user("<Tags/>", inline("UserPolicyList", "")), "user/u", "permissions.administrator", "UnreadablePolicy"},
		{"GetAccountAuthorizationDetails", user("<Tags/>", inline("UserPolicyList", quoted(`{"Statement":[{"Effect":"allow","Action":"*","Resource":"*"}]}`))), "user/u", "permissions.administrator", "UnreadablePolicy"},
		{"GetAccountAuthorizationDetails", detailsOf(userPart, strings.Replace(groupPart, "<GroupPolicyList/>", "", 1), "", policyPart(quoted(readOnly))), "group/g", "permissions.inline", "MissingMember"},
		{"GetAccountAuthorizationDetails", detailsOf(userPart, strings.Replace(groupPart, "<GroupPolicyList/>", "", 1), "", policyPart(quoted(readOnly))), "user/u", "permissions.administrator", "MissingMember"},
		{"GetAccountAuthorizationDetails", detailsOf(userPart, groupPart, "", ""), "group/g", "permissions.administrator", "NotListed"},
		{"GetAccountAuthorizationDetails", detailsOf(userPart, groupPart, "", policyPart("{")), "policy/p", "allows_everything", "UnreadablePolicy"},
		{"GetAccountAuthorizationDetails", detailsOf(userPart, groupPart, "", policyPart("{")), "user/u", "permissions.administrator", "UnreadablePolicy"},
		{"GetAccountAuthorizationDetails", detailsOf(userPart, groupPart, "", strings.Replace(policyPart(quoted(readOnly)), "<DefaultVersionId>v1", "<DefaultVersionId>v2", 1)), "policy/p", "full_services", "MissingMember"},
		{"GetAccountAuthorizationDetails", detailsOf(userPart, groupPart, rolePart("%7B"), policyPart(quoted(readOnly))), "role/r", "trust", "UnreadablePolicy"},
		{"GetAccountAuthorizationDetails", detailsOf(userPart, groupPart, rolePart(""), policyPart(quoted(readOnly))), "role/r", "trust", "UnreadablePolicy"},
		{"GetAccountAuthorizationDetails", detailsOf(userPart, groupPart, rolePart("%7B"), policyPart(quoted(readOnly))), oidcARN, "unlimited_roles", "UnreadablePolicy"},
		{"GetAccountAuthorizationDetails", detailsOf(userPart, groupPart, strings.Replace(rolePart(quoted(trustEC2)), "<RoleLastUsed/>", "", 1), policyPart(quoted(readOnly))), "role/r", "last_used", "MissingMember"},
		{"GetAccountAuthorizationDetails", detailsOf(userPart, groupPart, strings.Replace(rolePart(quoted(trustEC2)), "<RolePolicyList/>", "", 1), policyPart(quoted(readOnly))), "role/r", "permissions.administrator", "MissingMember"},
		{"GetSAMLProvider", "<SAMLMetadataDocument>REDACTED</SAMLMetadataDocument>", samlARN, "earliest_expiry", "UnreadableMetadata"},
		{"GetSAMLProvider", "<ValidUntil>2027-01-01T00:00:00Z</ValidUntil>", samlARN, "valid_until", "MissingMember"},
		{"GetOpenIDConnectProvider", "<Url>u</Url>", oidcARN, "client_ids", "MissingMember"},
		{"GetOpenIDConnectProvider", "<ClientIDList/>", oidcARN, "url", "MissingMember"},
		{"ListServerCertificates", "<ServerCertificateMetadataList><member><Path>/</Path><ServerCertificateName>c</ServerCertificateName><Arn>" + prefix + "server-certificate/c</Arn></member></ServerCertificateMetadataList>" + whole, "server-certificate/c", "expiration", "MissingMember"},
	} {
		t.Run(c.operation+" "+c.field, func(t *testing.T) {
			r := answers(t, celltest.Options{}, one(c.operation, c.inside))
			for _, x := range r.Records {
				if strings.HasSuffix(x.Header().ID, c.id) && celltest.Unknown(x, c.field) == c.code {
					return
				}
			}
			t.Errorf("no record that ends in %s has %s unknown by %s; gaps %v\nanswer %s", c.id, c.field, c.code, r.Gaps, c.inside)
		})
	}
}

// What makes a population less than whole.
func TestPopulationsThatAreNotWhole(t *testing.T) {
	other := strings.ReplaceAll(userLine, account, "999988887777")
	for _, c := range []struct {
		operation, inside, kind, code string
	}{
		{"GetAccountAuthorizationDetails", strings.Replace(detailsOf("", "", "", ""), "<UserDetailList></UserDetailList>", "", 1), "iam.user", "MissingMember"},
		{"GetAccountAuthorizationDetails", strings.Replace(detailsOf("", "", "", ""), "<GroupDetailList></GroupDetailList>", "", 1), "iam.group", "MissingMember"},
		{"GetAccountAuthorizationDetails", strings.Replace(detailsOf("", "", "", ""), "<Policies></Policies>", "", 1), "iam.policy", "MissingMember"},
		{"GetAccountAuthorizationDetails", strings.Replace(detailsOf("", "", "", ""), "<RoleDetailList></RoleDetailList>", "", 1), "iam.role", "MissingMember"},
		{"GetAccountAuthorizationDetails", strings.Replace(detailsOf("", "", "", ""), "false", "true", 1), "iam.user", "MissingMember"},
		{"GetAccountAuthorizationDetails", strings.Replace(detailsOf("", "", "", ""), whole, "", 1), "iam.role", "MissingMember"},
		{"GetAccountAuthorizationDetails", detailsOf("<UserName>u</UserName>", "", "", ""), "iam.user", "MissingMember"},
		{"GetAccountAuthorizationDetails", detailsOf(userPart+"</member><member>"+userPart, "", "", ""), "iam.user", "SaidTwice"},
		{"GetCredentialReport", strings.Replace(reportOf(header, rootLine, userLine), "2026-10-01T05", "2026-09-30T05", 1), "iam.credential", "OldReport"},
		{"GetCredentialReport", strings.Replace(reportOf(header, rootLine, userLine), "2026-10-01T05", "2026-10-01T07", 1), "iam.credential", "UnknownValue"},
		{"GetCredentialReport", strings.Replace(reportOf(header, rootLine, userLine), "<GeneratedTime>2026-10-01T05:00:00Z</GeneratedTime>", "", 1), "iam.credential", "MissingMember"},
		{"GetCredentialReport", reportOf(header, userLine), "iam.credential", "UnreadableReport"},
		{"GetCredentialReport", reportOf(header, rootLine, other), "iam.credential", "UnreadableReport"},
		{"GetCredentialReport", reportOf(header, rootLine, strings.Replace(userLine, ":iam:", ":sts:", 1)), "iam.credential", "UnreadableReport"},
		{"GetCredentialReport", reportOf(header, rootLine, strings.Replace(userLine, "u,", ",", 1)), "iam.credential", "UnreadableReport"},
		{"GetCredentialReport", reportOf(header, rootLine, strings.Replace(userLine, "u,", rootUser+",", 1)), "iam.credential", "UnreadableReport"},
		{"GetCredentialReport", reportOf(header, rootLine, userLine, userLine), "iam.credential", "SaidTwice"},
		{"GetCredentialReport", reportOf(header, rootLine), "iam.credential", "NotListed"}, // the user was there before it
		{"GetCredentialReport", reportOf(header, rootLine, userLine+",more"), "iam.credential", "UnreadableReport"},
		{"GetCredentialReport", reportOf(header, rootLine, `"`+userLine), "iam.credential", "UnreadableReport"},
		{"GetCredentialReport", reportOf(strings.Replace(header, ",mfa_active", "", 1), rootLine), "iam.credential", "UnreadableReport"},
		{"GetCredentialReport", reportOf(header+",user", rootLine+",x"), "iam.credential", "UnreadableReport"},
		{"GetCredentialReport", reportOf(""), "iam.credential", "UnreadableReport"},
		{"GetCredentialReport", strings.Replace(reportOf("x"), "<Content>", "<Content>*", 1), "iam.credential", "UnreadableAnswer"},
		{"GetCredentialReport", "<Content>REDACTED</Content><ReportFormat>text/csv</ReportFormat>", "iam.credential", "UnreadableReport"},
		{"ListSAMLProviders", "<SAMLProviderList><member/></SAMLProviderList>", "iam.saml_provider", "MissingMember"},
		{"ListSAMLProviders", "", "iam.saml_provider", "MissingMember"},
		{"ListOpenIDConnectProviders", "<OpenIDConnectProviderList><member/></OpenIDConnectProviderList>", "iam.oidc_provider", "MissingMember"},
		{"ListServerCertificates", "<ServerCertificateMetadataList><member/></ServerCertificateMetadataList>" + whole, "iam.server_certificate", "MissingMember"},
		{"ListServerCertificates", "<ServerCertificateMetadataList/>", "iam.server_certificate", "MissingMember"},
	} {
		t.Run(c.operation+" "+c.kind, func(t *testing.T) {
			r := answers(t, celltest.Options{}, one(c.operation, c.inside))
			if !slices.ContainsFunc(r.Gaps, func(g evidence.Gap) bool { return slices.Contains(g.Kinds, c.kind) && g.Code == c.code }) {
				t.Errorf("no gap makes %s incomplete by %s: %v\nanswer %s", c.kind, c.code, r.Gaps, c.inside)
			}
		})
	}
}

// Whatever AWS refuses is a gap, and its code is told apart from the answers that are errors.
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		operation, id, field, kind string
		status                     int
		code                       string
	}{
		{"GetAccountSummary", ":root", "mfa_enabled", "", 403, "AccessDenied"},
		{"GetAccountSummary", "/iam", "users", "", 403, "AccessDenied"},
		{"GetAccountPasswordPolicy", "/password-policy", "minimum_length", "", 403, "AccessDenied"},
		{"GetAccountPasswordPolicy", "/password-policy", "default", "", 404, "NoSuchSomething"},
		{"ListAccountAliases", "/iam", "aliases", "", 403, "AccessDenied"},
		{"GetOutboundWebIdentityFederationInfo", "/iam", "outbound_federation", "", 403, "AccessDenied"},
		{"GetOutboundWebIdentityFederationInfo", "/iam", "outbound_federation", "", 400, "InvalidAction"},
		{"ListVirtualMFADevices", ":root", "virtual_mfa_devices", "", 403, "AccessDenied"},
		{"ListOrganizationsFeatures", "/organization", "answers", "", 403, "AccessDenied"},
		{"ListRoles", "role/r", "max_session_seconds", "", 403, "AccessDenied"},
		{"GenerateCredentialReport", "/credential-report", "request", "", 403, "AccessDenied"},
		{"GetCredentialReport", "/credential-report", "generated", "iam.credential", 403, "AccessDenied"},
		{"GetCredentialReport", "/credential-report", "users", "iam.credential", 410, "ReportNotPresent"},
		{"GetCredentialReport", ":root", "last_used", "iam.credential", 410, "ReportExpired"},
		{"GetAccountAuthorizationDetails", "/iam", "support_access", "iam.user", 403, "AccessDenied"},
		{"GetAccountAuthorizationDetails", samlARN, "roles", "iam.role", 403, "AccessDenied"},
		{"GetSAMLProvider", samlARN, "certificates", "", 404, "NoSuchEntity"},
		{"GetOpenIDConnectProvider", oidcARN, "url", "", 403, "AccessDenied"},
	} {
		t.Run(c.operation+" "+c.field, func(t *testing.T) {
			r := answers(t, celltest.Options{}, refuse(c.operation, c.status, c.code))
			found := false
			for _, x := range r.Records {
				found = found || strings.HasSuffix(x.Header().ID, c.id) && celltest.Unknown(x, c.field) == c.code
			}
			if !found || c.kind != "" && !slices.ContainsFunc(r.Gaps, func(g evidence.Gap) bool { return slices.Contains(g.Kinds, c.kind) }) {
				t.Errorf("%s is not unknown by %s, or %q is whole: gaps %v", c.field, c.code, c.kind, r.Gaps)
			}
		})
	}
	for _, op := range []string{"ListSAMLProviders", "ListOpenIDConnectProviders", "ListServerCertificates"} {
		if r := answers(t, celltest.Options{}, refuse(op, 403, "AccessDenied")); len(r.Gaps) != 1 || len(r.Gaps[0].Kinds) != 1 {
			t.Errorf("%s: gaps %v", op, r.Gaps)
		}
	}
	// One refusal about many roles is one gap; about none it still is one.
	r := answers(t, celltest.Options{}, map[string][]celltest.Answer{"ListRoles": {fail(403, "AccessDenied")}, "GetAccountAuthorizationDetails": {members("GetAccountAuthorizationDetails",
		detailsOf(userPart, groupPart, rolePart(quoted(trustEC2))+"</member><member>"+strings.ReplaceAll(rolePart(quoted(trustEC2)), "role/r", "role/q"), policyPart(quoted(readOnly))))}})
	if len(r.Gaps) != 1 || celltest.Unknown(celltest.One[Role](t, r, "role/q"), "max_session_seconds") == "" || celltest.Unknown(celltest.One[Role](t, r, "role/r"), "max_session_seconds") == "" {
		t.Errorf("gaps %v", r.Gaps)
	}
	r = answers(t, celltest.Options{}, map[string][]celltest.Answer{"ListRoles": {fail(403, "AccessDenied")}, "GetAccountAuthorizationDetails": {members("GetAccountAuthorizationDetails", detailsOf(userPart, groupPart, "", policyPart(quoted(readOnly))))}})
	if len(r.Gaps) != 1 || !slices.Equal(r.Gaps[0].Kinds, []string{"iam.role"}) {
		t.Errorf("gaps %v", r.Gaps)
	}
}

// Errors that are answers leave no gap.
func TestErrorsThatAreAnswers(t *testing.T) {
	for code, want := range map[string]func(*Organization) bool{
		"AccountNotManagementOrDelegatedAdministratorException": func(o *Organization) bool { return !o.Answers && o.Features == nil && *o.InOrganization },
		"OrganizationNotFoundException":                         func(o *Organization) bool { return !o.Answers && o.RootSessions == nil && !*o.InOrganization },
		"OrganizationNotInAllFeaturesModeException": func(o *Organization) bool {
			return o.Answers && *o.InOrganization && !*o.RootSessions && len(o.Features) == 0
		},
		"ServiceAccessNotEnabledException": func(o *Organization) bool { return o.Answers && !*o.RootCredentialsManagement },
	} {
		r := answers(t, celltest.Options{}, refuse("ListOrganizationsFeatures", 400, code))
		if o := celltest.One[Organization](t, r, ""); len(r.Gaps) > 0 || len(o.Unknown) > 0 || !want(o) {
			t.Errorf("%s: %+v, gaps %v", code, o, r.Gaps)
		}
	}
	for op, code := range map[string]string{"GetAccountPasswordPolicy": noPasswordPolicy, "GetOutboundWebIdentityFederationInfo": featureDisabled} {
		if r := answers(t, celltest.Options{}, refuse(op, 404, code)); len(r.Gaps) > 0 {
			t.Errorf("%s: gaps %v", code, r.Gaps)
		}
	}
}

// Only the account that listed the organization's accounts is asked about the organization.
func TestWhoIsAskedAboutTheOrganization(t *testing.T) {
	for lister, want := range map[string]int{"": 1, account: 1, "999988887777": 0} {
		o := celltest.Options{}
		o.Scope.AsOf = *at(2026, 10, 1, 0)
		o.Scope.Organization = &evidence.Organization{Lister: lister}
		r := answers(t, o, nil)
		if n := len(celltest.Of[Organization](r)); n != want || len(r.Gaps) > 0 {
			t.Errorf("lister %q: %d records, gaps %v", lister, n, r.Gaps)
		}
	}
}

func TestTheReportIsWaitedFor(t *testing.T) {
	op := "GetCredentialReport"
	started := members("GenerateCredentialReport", "<State>STARTED</State>")
	ready := members(op, usual()[op])
	wait := fail(404, "ReportInProgress")
	for name, c := range map[string]struct {
		first celltest.Answer
		then  []celltest.Answer
		code  string // of the gap, empty where there is none
	}{
		"in progress":                      {started, []celltest.Answer{wait, wait, ready}, ""},
		"not present yet":                  {started, []celltest.Answer{fail(410, "ReportNotPresent"), wait, ready}, ""},
		"the older one has expired":        {started, []celltest.Answer{fail(410, "ReportExpired"), ready}, ""},
		"complete, and yet in progress":    {members("GenerateCredentialReport", "<State>COMPLETE</State>"), []celltest.Answer{wait, ready}, ""},
		"complete, and not there":          {members("GenerateCredentialReport", "<State>COMPLETE</State>"), []celltest.Answer{fail(410, "ReportNotPresent"), ready}, "ReportNotPresent"},
		"never finished":                   {started, []celltest.Answer{wait}, "ReportInProgress"},
		"at the limit, and an older one":   {fail(409, "ReportGenerationLimitExceeded"), []celltest.Answer{ready}, ""},
		"at the limit, and none":           {fail(409, "LimitExceeded"), []celltest.Answer{fail(410, "ReportNotPresent")}, "ReportNotPresent"},
		"refused while it is waited for":   {started, []celltest.Answer{wait, fail(403, "AccessDenied")}, "AccessDenied"},
		"denied to make, and an older one": {fail(403, "AccessDenied"), []celltest.Answer{ready}, "AccessDenied"},
	} {
		t.Run(name, func(t *testing.T) {
			r := answers(t, celltest.Options{}, map[string][]celltest.Answer{"GenerateCredentialReport": {c.first}, op: c.then})
			if c.code == "" && len(r.Gaps) > 0 || c.code != "" && (len(r.Gaps) == 0 || slices.ContainsFunc(r.Gaps, func(g evidence.Gap) bool { return g.Code != c.code })) {
				t.Errorf("want gaps by %q: %v", c.code, r.Gaps)
			}
			if n := len(celltest.Of[Credential](r)); (n == 2) != (c.then[len(c.then)-1].Status == 0 && name != "complete, and not there") {
				t.Errorf("%d lines", n)
			}
			for _, l := range r.Cells {
				if l.Operation == op && name == "never finished" && l.Exchanges != polls {
					t.Errorf("asked %d times", l.Exchanges)
				}
			}
		})
	}
	// It is the tape's rate that keeps polls apart, and only those that are sent.
	if rate := tape.Rate(getReport, 1); rate > 1 || !getReport.Poll {
		t.Errorf("%v polls a second", rate)
	}
}

func TestColumnsBeyondTheDocumented(t *testing.T) {
	line := func(more string) string {
		return header + ",additional_credentials_info,new_column\n" + rootLine + ",N/A,x\n" + userLine + "," + more + ",x"
	}
	for more, want := range map[string]*string{"N/A": nil, "": nil, `"1 more, list them"`: ptr("1 more, list them")} {
		r := answers(t, celltest.Options{}, one("GetCredentialReport", reportOf(line(more))))
		c := celltest.One[Credential](t, r, "user/u")
		if len(r.Gaps) > 0 || (c.Unlisted == nil) != (want == nil) || want != nil && *c.Unlisted != *want {
			t.Errorf("%q reads %v, gaps %v", more, c.Unlisted, r.Gaps)
		}
	}
}

func TestWhenTheRootUserWasLastThere(t *testing.T) {
	line := func(password, key string) string {
		return strings.Replace(strings.Replace(rootLine, "no_information", password, 1), "false,N/A,N/A", "false,N/A,"+key, 1)
	}
	for _, c := range []struct{ password, key, by, unknown string }{
		{"2026-01-01T00:00:00Z", "N/A", "password", ""},
		{"2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "access_key_1", ""},
		{"2026-03-01T00:00:00Z", "2026-02-01T00:00:00Z", "password", ""},
		{"no_information", "N/A", "", ""},
		{"N/A", "N/A", "", "UnknownValue"}, // and yet there is a password
		{"not_supported", "N/A", "", "UnknownValue"},
		{"no_information", "no_information", "", "UnknownValue"},
		{"2026-03-01T00:00:00Z", "now", "password", "UnknownValue"},
	} {
		root := celltest.One[Root](t, answers(t, celltest.Options{}, one("GetCredentialReport", reportOf(header, line(c.password, c.key), userLine))), "")
		by := ""
		if root.LastUsedBy != nil {
			by = *root.LastUsedBy
		}
		if by != c.by || (root.LastUsed != nil) != (by != "") || celltest.Unknown(root, "last_used") != c.unknown {
			t.Errorf("%+v: by %q, unknown by %q", c, by, celltest.Unknown(root, "last_used"))
		}
	}
}

func TestRootUsersOwnDevices(t *testing.T) {
	r := answers(t, celltest.Options{}, one("ListVirtualMFADevices", "<VirtualMFADevices><member><SerialNumber>"+prefix+"mfa/second</SerialNumber><User><Arn>"+prefix+"root</Arn></User></member>"+
		"<member><SerialNumber>"+prefix+"mfa/root-account-mfa-device</SerialNumber></member><member><SerialNumber>"+prefix+"mfa/u</SerialNumber><User><Arn>"+prefix+"user/u</Arn></User></member></VirtualMFADevices>"+whole))
	want := []string{prefix + "mfa/root-account-mfa-device", prefix + "mfa/second"}
	if root := celltest.One[Root](t, r, ""); !slices.Equal(root.VirtualMFADevices, want) || len(r.Gaps) > 0 {
		t.Errorf("%v, gaps %v", root.VirtualMFADevices, r.Gaps)
	}
}

func TestHowManyPagesOfPolicies(t *testing.T) {
	first := strings.Replace(detailsOf(userPart, groupPart, "", ""), whole, "<IsTruncated>true</IsTruncated><Marker>m</Marker>", 1)
	second := detailsOf("", "", rolePart(quoted(trustEC2)), policyPart(quoted(allowsAll)))
	op := "GetAccountAuthorizationDetails"
	r := answers(t, celltest.Options{}, map[string][]celltest.Answer{op: {members(op, first), members(op, second)}})
	if u := celltest.One[User](t, r, "user/u"); len(r.Gaps) > 0 || !slices.Equal(u.Permissions.AdministratorBy, []string{"group:g"}) || len(u.Evidence) != 1 {
		t.Errorf("%+v, gaps %v", u, r.Gaps)
	}
	if g := celltest.One[Group](t, r, "group/g"); !g.Permissions.Administrator || len(g.Evidence) != 2 {
		t.Errorf("%+v", g)
	}
	// A second page that is nothing is no end.
	r = answers(t, celltest.Options{}, map[string][]celltest.Answer{op: {members(op, first), members(op, "")}})
	if u := celltest.One[User](t, r, "user/u"); celltest.Unknown(u, "permissions.administrator") != "MissingMember" || len(r.Gaps) != 1 || len(r.Gaps[0].Kinds) != 4 {
		t.Errorf("%+v, gaps %v", u, r.Gaps)
	}
}

func TestOtherPartitions(t *testing.T) {
	if r := answers(t, celltest.Options{Partition: "aws-us-gov", Region: "us-gov-east-1"}, nil); celltest.One[Root](t, r, "").ID != "arn:aws-us-gov:iam::"+account+":root" {
		t.Errorf("%v", r.Gaps)
	}
	r := celltest.Run(t, Collector{}, celltest.Options{URL: "http://nobody.invalid", Partition: "aws-moon"})
	if len(r.Records) > 0 || len(r.Gaps) != 1 || r.Gaps[0].Outcome != evidence.NotAvailable || len(r.Gaps[0].Kinds) != len(Collector{}.Kinds()) {
		t.Errorf("%v %v", r.Records, r.Gaps)
	}
}

func TestManyUsers(t *testing.T) {
	var users, lines strings.Builder
	for i := range 5000 {
		name := fmt.Sprintf("u%d", i)
		users.WriteString("</member><member>" + strings.ReplaceAll(strings.Replace(userPart, ">u<", ">"+name+"<", 1), "user/u", "user/"+name))
		lines.WriteString("\n" + strings.Replace(userLine, "u,"+prefix+"user/u", name+","+prefix+"user/"+name, 1))
	}
	r := answers(t, celltest.Options{}, map[string][]celltest.Answer{
		"GetAccountAuthorizationDetails": {members("GetAccountAuthorizationDetails", detailsOf(userPart+users.String(), groupPart, "", policyPart(quoted(readOnly))))},
		"GetCredentialReport":            {members("GetCredentialReport", reportOf(header, rootLine, userLine+lines.String()))}})
	if len(celltest.Of[User](r)) != 5001 || len(celltest.Of[Credential](r)) != 5002 || len(r.Gaps) > 0 || celltest.One[Group](t, r, "group/g").Users != 5001 {
		t.Errorf("%d users, gaps %v", len(celltest.Of[User](r)), r.Gaps)
	}
}

// A tape that holds nothing of IAM leaves every population not whole.
func TestNothingOnTheTape(t *testing.T) {
	dir := t.TempDir()
	rec, err := tape.Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := rec.Close(); err != nil {
		t.Fatal(err)
	}
	r := celltest.Replay(t, Collector{}, celltest.Options{}, dir)
	if len(r.Records) > 0 {
		t.Errorf("records of nothing: %v", r.Records)
	}
	for _, k := range (Collector{}).Kinds() {
		if !slices.ContainsFunc(r.Gaps, func(g evidence.Gap) bool { return slices.Contains(g.Kinds, k.Name) && g.Code == "NotOnTape" }) {
			t.Errorf("%s reads as whole", k.Name)
		}
	}
}

// The pages of a large account are not kept in memory by the records that were read from them.
func TestPagesAreLetGo(t *testing.T) {
	url := celltest.Serve(t, func(celltest.Request) celltest.Answer {
		return celltest.Answer{Body: "<ListRolesResponse><ListRolesResult><Roles/>" + whole + strings.Repeat(" ", 1<<20) + "</ListRolesResult></ListRolesResponse>"}
	})
	var raw []byte
	out, err := iam.NewFromConfig(celltest.Base(celltest.Options{URL: url})).ListRoles(t.Context(), &iam.ListRolesInput{}, keep(&raw))
	if err != nil || len(raw) < 1<<20 {
		t.Fatalf("%d bytes, %v", len(raw), err)
	}
	body, ok := awsmiddleware.GetRawResponse(out.ResultMetadata).(*smithyhttp.Response).Body.(interface{ Size() int64 })
	if !ok || body.Size() != 0 {
		t.Errorf("the metadata holds on to the answer")
	}
}
