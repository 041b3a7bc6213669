package scenario

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// An IAM is what IAM holds of one account.
type IAM struct {
	Alias string
	// Policy is the password policy; nil is AWS's default.
	Policy *IAMPasswordPolicy
	Root   IAMRoot
	Users  []IAMUser
	Groups []IAMGroup
	Roles  []IAMRole
	// Policies are the account's own; AWS's are listed where somebody has them.
	Policies     []IAMPolicy
	SAML         []IAMSAML
	OIDC         []IAMOIDC
	Certificates []IAMCertificate
	// Features are those of central root access; nil is for an account that may not tell.
	Features []string
	// Outbound is the issuer of outbound identity federation, empty where it is off.
	Outbound string
	// Report is what GenerateCredentialReport answers: COMPLETE where empty; LIMIT refuses, STARTED takes as many polls as there
	// were reports given. Made is when the report was made.
	Report string
	Made   time.Time
}

// An IAMPasswordPolicy is the account's own password policy.
type IAMPasswordPolicy struct {
	Length, Age, Reuse               int
	Upper, Lower, Digits, Symbols    bool
	HardExpiry, UsersMayChangeTheirs bool
}

// An IAMRoot is the root user.
type IAMRoot struct {
	MFA, Virtual, Password bool
	Made, Used, Changed    time.Time
	Key                    IAMKey
}

// An IAMKey is an access key; the zero one is none.
type IAMKey struct {
	Made, Used      time.Time
	Inactive        bool
	Region, Service string
}

// An IAMUser is an IAM user. Its path is "/" where empty; so are the others'.
type IAMUser struct {
	Name, Path, Boundary string
	Made                 time.Time
	Groups, Attached     []string
	Inline               []IAMInline
	Tags                 []Tag
	// Password is set where Changed is.
	Changed, Used time.Time
	MFA           bool
	Keys          [2]IAMKey
}

// An IAMInline is an inline policy. Raw is sent as it is, without being URL-encoded.
type IAMInline struct{ Name, Document, Raw string }

// An IAMGroup is a group.
type IAMGroup struct {
	Name, Path string
	Made       time.Time
	Attached   []string
	Inline     []IAMInline
}

// An IAMRole is a role. Hours is the longest session, 1 where 0.
type IAMRole struct {
	Name, Path, Trust, Boundary string
	Made, Used                  time.Time
	Attached                    []string
	Inline                      []IAMInline
	Tags                        []Tag
	Hours                       int
	Profile                     string
}

// An IAMPolicy is a customer managed policy.
type IAMPolicy struct {
	Name, Path, Document string
	Made                 time.Time
	// Older is a version before the one in force.
	Older string
}

// An IAMSAML is a SAML provider.
type IAMSAML struct {
	Name, Metadata, Encryption string
	Made                       time.Time
	Tags                       []Tag
}

// An IAMOIDC is an OIDC provider.
type IAMOIDC struct {
	URL                    string
	Audiences, Thumbprints []string
	Made                   time.Time
	Tags                   []Tag
}

// An IAMCertificate is a server certificate.
type IAMCertificate struct {
	Name, Path     string
	Uploaded, Ends time.Time
}

// awsPolicy is the ARN of one of AWS's own.
func awsPolicy(name string) string { return "arn:aws:iam::aws:policy/" + name }

func iamService() service {
	s := service{name: "iam", protocol: awsQuery, global: true, namespace: "https://iam.amazonaws.com/doc/2010-05-08/", operations: map[string]handler{}, tokens: map[string]string{}}
	for _, op := range iamOperations {
		s.operations[op] = iamStored
		s.tokens[op] = ""
	}
	for _, op := range []string{"GetAccountAuthorizationDetails", "ListAccountAliases", "ListRoles", "ListServerCertificates", "ListVirtualMFADevices"} {
		s.tokens[op] = "Marker"
	}
	s.operations["GetAccountAuthorizationDetails"] = authorizationDetails
	// A server remembers how often each account asked for its report.
	var mu sync.Mutex
	asked := map[string]int{}
	s.operations["GetCredentialReport"] = func(q *query) (any, *Failure) {
		mu.Lock()
		asked[q.Account]++
		n := asked[q.Account]
		mu.Unlock()
		return credentialReport(q, n)
	}
	return s
}

var iamOperations = []string{"GenerateCredentialReport", "GetAccountAuthorizationDetails", "GetAccountPasswordPolicy", "GetAccountSummary", "GetCredentialReport",
	"GetOpenIDConnectProvider", "GetOutboundWebIdentityFederationInfo", "GetSAMLProvider", "ListAccountAliases", "ListOpenIDConnectProviders", "ListOrganizationsFeatures",
	"ListRoles", "ListSAMLProviders", "ListServerCertificates", "ListVirtualMFADevices"}

// iamPages are smaller than what is asked for, as IAM's may be.
var iamPages = paging{token: "Marker", standard: 5, badToken: "InvalidInput"}

// iamAnswer is what the account declares, or what it has without declaring anything.
func iamAnswer(q *query) Answer {
	if a := q.account(); a != nil {
		if x, ok := a.Stored["iam"][q.Operation]; ok {
			return x
		}
	}
	return smallIAM(q.Account).answer(q.Operation, q.Account)
}

func iamStored(q *query) (any, *Failure) { return iamAnswer(q).answer(q, iamPages) }

// authorizationDetails pages over users, groups, roles and policies together, and gives all four lists on every page.
func authorizationDetails(q *query) (any, *Failure) {
	items := iamAnswer(q).Items
	from, to, next, f := q.page(paging{token: "Marker", standard: 9, badToken: "InvalidInput"}, len(items))
	if f != nil {
		return nil, f
	}
	out := []X{E("UserDetailList"), E("GroupDetailList"), E("RoleDetailList"), E("Policies"), E("IsTruncated", fmt.Sprint(next != ""))}
	for _, i := range items[from:to] {
		x := i.(X)
		for j := range out[:4] {
			if out[j].Name == x.Name {
				out[j].In = append(out[j].In, x.In...)
			}
		}
	}
	return append(out, Text("Marker", next)...), nil
}

// credentialReport gives the report, but where a new one has to be made only every other time that it is asked for.
func credentialReport(q *query, n int) (any, *Failure) {
	a := iamAnswer(q)
	if state := a.By; len(state) > 0 && state[0] == "STARTED" && n%2 == 1 && !q.s.cfg.Settled {
		return nil, &Failure{Status: 404, Code: "ReportInProgress", Message: "Credential report is still being generated"}
	}
	return a.XML, nil
}

func noSuchEntity(format string, args ...any) *Failure {
	return &Failure{Status: 404, Code: "NoSuchEntity", Message: fmt.Sprintf(format, args...)}
}

// answer is what one operation answers.
func (i *IAM) answer(operation, account string) Answer {
	switch operation {
	case "GenerateCredentialReport":
		switch i.Report {
		case "LIMIT":
			return Answer{Fail: &Failure{Status: 409, Code: "LimitExceeded", Message: "The maximum number of credential reports for this account has been reached; try again later"}}
		case "STARTED":
			return Answer{XML: []X{E("State", "STARTED"), E("Description", "No report exists. Starting a new report generation task")}}
		}
		return Answer{XML: []X{E("State", "COMPLETE")}}
	case "GetAccountAuthorizationDetails":
		return Answer{Items: i.details(account)}
	case "GetAccountPasswordPolicy":
		if i.Policy == nil {
			return Answer{Fail: noSuchEntity("The Password Policy with domain name %s cannot be found.", account)}
		}
		return Answer{XML: []X{E("PasswordPolicy", i.Policy.members())}}
	case "GetAccountSummary":
		return Answer{XML: []X{i.summary()}}
	case "GetCredentialReport":
		return Answer{By: []string{i.Report}, XML: []X{E("Content", base64.StdEncoding.EncodeToString([]byte(i.report(account)))), E("ReportFormat", "text/csv"), E("GeneratedTime", iamTime(i.Made))}}
	case "GetOpenIDConnectProvider":
		each := map[string]Answer{}
		for _, p := range i.OIDC {
			each[p.arn(account)] = Answer{XML: p.members()}
		}
		return Answer{By: []string{"OpenIDConnectProviderArn"}, Each: each, Missing: noSuchEntity("OpenIDConnect Provider not found.")}
	case "GetOutboundWebIdentityFederationInfo":
		if i.Outbound == "" {
			return Answer{Fail: &Failure{Status: 404, Code: "FeatureDisabled", Message: "Outbound web identity federation is disabled for this account."}}
		}
		return Answer{XML: []X{E("IssuerIdentifier", i.Outbound), E("JwtVendingEnabled", "true")}}
	case "GetSAMLProvider":
		each := map[string]Answer{}
		for _, p := range i.SAML {
			each[p.arn(account)] = Answer{XML: p.members()}
		}
		return Answer{By: []string{"SAMLProviderArn"}, Each: each, Missing: noSuchEntity("Manifest not found.")}
	case "ListAccountAliases":
		a := Answer{List: "AccountAliases"}
		if i.Alias != "" {
			a.Items = []any{E("member", i.Alias)}
		}
		return a
	case "ListOpenIDConnectProviders":
		list := E("OpenIDConnectProviderList")
		for _, p := range i.OIDC {
			list.In = append(list.In, E("member", E("Arn", p.arn(account))))
		}
		return Answer{XML: []X{list}}
	case "ListOrganizationsFeatures":
		if i.Features == nil {
			return Answer{Fail: &Failure{Status: 400, Code: "AccountNotManagementOrDelegatedAdministratorException", Message: "The account making the request is not the management account or delegated administrator account for centralized root access."}}
		}
		list := E("EnabledFeatures")
		for _, f := range i.Features {
			list.In = append(list.In, E("member", f))
		}
		return Answer{XML: []X{list, E("OrganizationId", "o-exa1mp1ec0")}}
	case "ListRoles":
		a := Answer{List: "Roles"}
		for _, r := range i.Roles {
			a.Items = append(a.Items, E("member", r.identity(account), E("AssumeRolePolicyDocument", encodePolicy(r.Trust)), E("MaxSessionDuration", fmt.Sprint(3600*max(r.Hours, 1)))))
		}
		return a
	case "ListSAMLProviders":
		list := E("SAMLProviderList")
		for _, p := range i.SAML {
			list.In = append(list.In, E("member", E("Arn", p.arn(account)), E("ValidUntil", iamTime(p.Made.AddDate(100, 0, 0))), E("CreateDate", iamTime(p.Made))))
		}
		return Answer{XML: []X{list}}
	case "ListServerCertificates":
		a := Answer{List: "ServerCertificateMetadataList"}
		for _, c := range i.Certificates {
			path := cmp.Or(c.Path, "/")
			a.Items = append(a.Items, E("member", E("ServerCertificateName", c.Name), E("Path", path), E("Arn", "arn:aws:iam::"+account+":server-certificate"+path+c.Name), E("UploadDate", iamTime(c.Uploaded)),
				E("ServerCertificateId", iamID("ASCA", account, c.Name)), E("Expiration", iamTime(c.Ends))))
		}
		return a
	case "ListVirtualMFADevices":
		a := Answer{List: "VirtualMFADevices"}
		if i.Root.Virtual {
			a.Items = append(a.Items, E("member", E("SerialNumber", "arn:aws:iam::"+account+":mfa/root-account-mfa-device"), E("EnableDate", iamTime(i.Root.Made)),
				E("User", E("Path", "/"), E("UserName", "root"), E("UserId", account+"root"), E("Arn", "arn:aws:iam::"+account+":root"), E("CreateDate", iamTime(i.Root.Made)))))
		}
		for _, u := range i.Users {
			if u.MFA {
				a.Items = append(a.Items, E("member", E("SerialNumber", "arn:aws:iam::"+account+":mfa/"+u.Name), E("EnableDate", iamTime(u.Made)), E("User", u.identity(account))))
			}
		}
		return a
	}
	panic("scenario: IAM has no operation " + operation)
}

func (p *IAMPasswordPolicy) members() []X {
	out := []X{E("MinimumPasswordLength", fmt.Sprint(p.Length)), E("RequireSymbols", fmt.Sprint(p.Symbols)), E("RequireNumbers", fmt.Sprint(p.Digits)), E("RequireUppercaseCharacters", fmt.Sprint(p.Upper)),
		E("RequireLowercaseCharacters", fmt.Sprint(p.Lower)), E("AllowUsersToChangePassword", fmt.Sprint(p.UsersMayChangeTheirs)), E("ExpirePasswords", fmt.Sprint(p.Age > 0))}
	if p.Age > 0 {
		out = append(out, E("MaxPasswordAge", fmt.Sprint(p.Age)))
	}
	if p.Reuse > 0 {
		out = append(out, E("PasswordReusePrevention", fmt.Sprint(p.Reuse)))
	}
	return append(out, E("HardExpiry", fmt.Sprint(p.HardExpiry)))
}

func (i *IAM) summary() X {
	flag := func(on bool) int {
		if on {
			return 1
		}
		return 0
	}
	devices := flag(i.Root.Virtual)
	for _, u := range i.Users {
		devices += flag(u.MFA)
	}
	counts := map[string]int{"Users": len(i.Users), "UsersQuota": 5000, "Groups": len(i.Groups), "GroupsQuota": 300, "Roles": len(i.Roles), "RolesQuota": 1000, "Policies": len(i.Policies),
		"PoliciesQuota": 1500, "Providers": len(i.SAML) + len(i.OIDC), "ServerCertificates": len(i.Certificates), "ServerCertificatesQuota": 20, "MFADevices": devices, "MFADevicesInUse": devices,
		"AccountMFAEnabled": flag(i.Root.MFA), "AccountAccessKeysPresent": flag(!i.Root.Key.Made.IsZero()), "AccountPasswordPresent": flag(i.Root.Password), "AccountSigningCertificatesPresent": 0,
		"AccessKeysPerUserQuota": 2, "GlobalEndpointTokenVersion": 2}
	x := E("SummaryMap")
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		x.In = append(x.In, E("entry", E("key", k), E("value", fmt.Sprint(counts[k]))))
	}
	return x
}

// iamTime is a time as IAM writes it: whole seconds.
func iamTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func iamID(prefix string, parts ...string) string {
	return prefix + strings.ToUpper(base32ID(17, append([]string{prefix}, parts...)...))
}

// encodePolicy is IAM's URL encoding, in which a blank is %20.
func encodePolicy(document string) string {
	return strings.ReplaceAll(url.QueryEscape(document), "+", "%20")
}

func inlineList(name string, all []IAMInline) X {
	x := E(name)
	for _, p := range all {
		document := p.Raw
		if document == "" {
			document = encodePolicy(p.Document)
		}
		x.In = append(x.In, E("member", E("PolicyName", p.Name), E("PolicyDocument", document)))
	}
	return x
}

func attachedList(arns []string) X {
	x := E("AttachedManagedPolicies")
	for _, arn := range arns {
		x.In = append(x.In, E("member", E("PolicyName", arn[strings.LastIndexByte(arn, '/')+1:]), E("PolicyArn", arn)))
	}
	return x
}

func tagList(all []Tag) X {
	x := E("Tags")
	for _, t := range all {
		x.In = append(x.In, E("member", E("Key", t.Key), E("Value", t.Value)))
	}
	return x
}

func boundary(arn string) []X {
	if arn == "" {
		return nil
	}
	return []X{E("PermissionsBoundary", E("PermissionsBoundaryType", "PermissionsBoundaryPolicy"), E("PermissionsBoundaryArn", arn))}
}

func (u IAMUser) arn(account string) string {
	return "arn:aws:iam::" + account + ":user" + cmp.Or(u.Path, "/") + u.Name
}

func (u IAMUser) identity(account string) []X {
	return []X{E("Path", cmp.Or(u.Path, "/")), E("UserName", u.Name), E("UserId", iamID("AIDA", account, u.Name)), E("Arn", u.arn(account)), E("CreateDate", iamTime(u.Made))}
}

func (r IAMRole) identity(account string) []X {
	path := cmp.Or(r.Path, "/")
	return []X{E("Path", path), E("RoleName", r.Name), E("RoleId", roleID(account, r.Name)), E("Arn", "arn:aws:iam::"+account+":role"+path+r.Name), E("CreateDate", iamTime(r.Made))}
}

func (p IAMSAML) arn(account string) string {
	return "arn:aws:iam::" + account + ":saml-provider/" + p.Name
}
func (p IAMOIDC) arn(account string) string {
	return "arn:aws:iam::" + account + ":oidc-provider/" + p.URL
}

func (p IAMSAML) members() []X {
	out := []X{E("SAMLMetadataDocument", p.Metadata), E("CreateDate", iamTime(p.Made)), E("ValidUntil", iamTime(p.Made.AddDate(100, 0, 0)))}
	if len(p.Tags) > 0 {
		out = append(out, tagList(p.Tags))
	}
	return append(out, Text("AssertionEncryptionMode", p.Encryption)...)
}

func (p IAMOIDC) members() []X {
	audiences, thumbprints := E("ClientIDList"), E("ThumbprintList")
	for _, a := range p.Audiences {
		audiences.In = append(audiences.In, E("member", a))
	}
	for _, t := range p.Thumbprints {
		thumbprints.In = append(thumbprints.In, E("member", t))
	}
	out := []X{E("Url", p.URL), audiences, thumbprints, E("CreateDate", iamTime(p.Made))}
	if len(p.Tags) > 0 {
		out = append(out, tagList(p.Tags))
	}
	return out
}

// details are the entries of GetAccountAuthorizationDetails, each in the list that it belongs to.
func (i *IAM) details(account string) []any {
	var out []any
	add := func(list string, in ...any) { out = append(out, E(list, E("member", in...))) }
	used, bounds := map[string]int{}, map[string]int{}
	count := func(arns []string) {
		for _, a := range arns {
			used[a]++
		}
	}
	for _, u := range i.Users {
		count(u.Attached)
		bounds[u.Boundary]++
		groups := E("GroupList")
		for _, g := range u.Groups {
			groups.In = append(groups.In, E("member", g))
		}
		in := []any{u.identity(account), groups, attachedList(u.Attached), boundary(u.Boundary), tagList(u.Tags)}
		// AWS leaves the list out where there is none.
		if len(u.Inline) > 0 {
			in = append(in, inlineList("UserPolicyList", u.Inline))
		}
		add("UserDetailList", in...)
	}
	for _, g := range i.Groups {
		count(g.Attached)
		path := cmp.Or(g.Path, "/")
		add("GroupDetailList", E("Path", path), E("GroupName", g.Name), E("GroupId", iamID("AGPA", account, g.Name)), E("Arn", "arn:aws:iam::"+account+":group"+path+g.Name), E("CreateDate", iamTime(g.Made)),
			inlineList("GroupPolicyList", g.Inline), attachedList(g.Attached))
	}
	for _, r := range i.Roles {
		count(r.Attached)
		bounds[r.Boundary]++
		profiles := E("InstanceProfileList")
		if r.Profile != "" {
			profiles.In = []X{E("member", E("Path", "/"), E("InstanceProfileName", r.Profile), E("InstanceProfileId", iamID("AIPA", account, r.Profile)),
				E("Arn", "arn:aws:iam::"+account+":instance-profile/"+r.Profile), E("CreateDate", iamTime(r.Made)), E("Roles", E("member", r.identity(account), E("AssumeRolePolicyDocument", encodePolicy(r.Trust)))))}
		}
		last := E("RoleLastUsed")
		if !r.Used.IsZero() {
			last.In = []X{E("LastUsedDate", iamTime(r.Used)), E("Region", ireland)}
		}
		add("RoleDetailList", r.identity(account), E("AssumeRolePolicyDocument", encodePolicy(r.Trust)), profiles, inlineList("RolePolicyList", r.Inline), attachedList(r.Attached), boundary(r.Boundary), tagList(r.Tags), last)
	}
	managed := func(name, path, arn string, made time.Time, documents ...string) {
		versions := E("PolicyVersionList")
		for n, d := range documents {
			id := fmt.Sprintf("v%d", len(documents)-n)
			versions.In = append(versions.In, E("member", E("Document", encodePolicy(d)), E("VersionId", id), E("IsDefaultVersion", fmt.Sprint(n == 0)), E("CreateDate", iamTime(made))))
		}
		add("Policies", E("PolicyName", name), E("PolicyId", iamID("ANPA", arn)), E("Arn", arn), E("Path", path), E("DefaultVersionId", fmt.Sprintf("v%d", len(documents))), E("AttachmentCount", fmt.Sprint(used[arn])),
			E("PermissionsBoundaryUsageCount", fmt.Sprint(bounds[arn])), E("IsAttachable", "true"), E("CreateDate", iamTime(made)), E("UpdateDate", iamTime(made)), versions)
	}
	for _, p := range i.Policies {
		path := cmp.Or(p.Path, "/")
		documents := []string{p.Document}
		if p.Older != "" {
			documents = append(documents, p.Older)
		}
		managed(p.Name, path, "arn:aws:iam::"+account+":policy"+path+p.Name, p.Made, documents...)
	}
	for _, arn := range slices.Sorted(maps.Keys(used)) {
		if rest, ok := strings.CutPrefix(arn, awsPolicy("")); ok {
			at := strings.LastIndexByte(rest, '/')
			managed(rest[at+1:], "/"+rest[:at+1], arn, day(2015, 2, 6), `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)
		}
	}
	return out
}

// report is the credential report, as IAM writes it: 22 columns, no line end after the last line.
func (i *IAM) report(account string) string {
	lines := []string{"user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active," +
		"access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service," +
		"access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service," +
		"cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated"}
	at := func(t time.Time, none string) string {
		if t.IsZero() {
			return none
		}
		return iamTime(t)
	}
	key := func(k IAMKey) string {
		if k.Made.IsZero() {
			return "false,N/A,N/A,N/A,N/A"
		}
		used := "N/A,N/A,N/A"
		if !k.Used.IsZero() {
			used = iamTime(k.Used) + "," + cmp.Or(k.Region, "N/A") + "," + cmp.Or(k.Service, "sts")
		}
		return fmt.Sprintf("%t,%s,%s", !k.Inactive, iamTime(k.Made), used)
	}
	line := func(name, arn string, made time.Time, password, mfa string, keys ...IAMKey) {
		lines = append(lines, strings.Join([]string{name, arn, iamTime(made), password, mfa, key(keys[0]), key(keys[1]), "false,N/A,false,N/A"}, ","))
	}
	password := "false,N/A,N/A,not_supported"
	if i.Root.Password {
		password = "true," + at(i.Root.Used, "no_information") + "," + at(i.Root.Changed, iamTime(i.Root.Made)) + ",not_supported"
	}
	line("<root_account>", "arn:aws:iam::"+account+":root", i.Root.Made, password, fmt.Sprint(i.Root.MFA), i.Root.Key, IAMKey{})
	for _, u := range slices.SortedFunc(slices.Values(i.Users), func(a, b IAMUser) int { return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) }) {
		if u.Made.After(i.Made) {
			continue
		}
		password := "false,N/A,N/A,N/A"
		if !u.Changed.IsZero() {
			next := "N/A"
			if i.Policy != nil && i.Policy.Age > 0 {
				next = iamTime(u.Changed.AddDate(0, 0, i.Policy.Age))
			}
			password = "true," + at(u.Used, "no_information") + "," + iamTime(u.Changed) + "," + next
		}
		line(u.Name, u.arn(account), u.Made, password, fmt.Sprint(u.MFA), u.Keys[0], u.Keys[1])
	}
	return strings.Join(lines, "\n")
}

// trustOf makes a trust policy of statements.
func trustOf(statements ...string) string { return policyOf(statements...) }

func trustService(service string) string {
	return `{"Effect":"Allow","Principal":{"Service":"` + service + `"},"Action":"sts:AssumeRole"}`
}

// trustAccount trusts what an account lets assume; condition is JSON, or empty.
func trustAccount(principal, condition string) string {
	if condition != "" {
		condition = `,"Condition":` + condition
	}
	return `{"Effect":"Allow","Principal":{"AWS":"` + principal + `"},"Action":"sts:AssumeRole"` + condition + `}`
}

// smallIAM is what an account has that declares nothing: a root user without credentials, one user, the audit's role and two others.
func smallIAM(account string) *IAM {
	made := Now.AddDate(-2, 0, 0)
	return &IAM{Alias: "example-" + account, Root: IAMRoot{Made: made}, Made: Now.Add(-time.Hour),
		Policy: &IAMPasswordPolicy{Length: 14, Age: 90, Reuse: 24, Upper: true, Lower: true, Digits: true, Symbols: true, UsersMayChangeTheirs: true},
		Users:  []IAMUser{{Name: "pipeline", Made: made, Groups: []string{"pipelines"}, Keys: [2]IAMKey{{Made: Now.AddDate(0, 0, -40), Used: Now.Add(-5 * time.Hour), Region: "eu-west-1", Service: "s3"}}}},
		Groups: []IAMGroup{{Name: "pipelines", Made: made, Attached: []string{awsPolicy("AmazonS3ReadOnlyAccess")}}},
		Roles: []IAMRole{
			{Name: "AuditsealReadOnly", Made: made, Used: Now.Add(-time.Hour), Attached: []string{awsPolicy("SecurityAudit")}, Trust: trustOf(trustAccount("arn:aws:iam::100000000000:root", `{"StringEquals":{"sts:ExternalId":"example-group-audit"}}`))},
			{Name: "support", Made: made, Attached: []string{awsPolicy("AWSSupportAccess")}, Trust: trustOf(trustAccount("arn:aws:iam::"+account+":root", ""))},
		},
	}
}

// largeIam declares nothing: each account of a large organization has what smallIAM makes when it is asked for.
func largeIam(*Organization) {}
