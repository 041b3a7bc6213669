package iam

import (
	"context"
	"encoding/xml"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/tape"
)

// summary reads the counts of the account, and what they tell of its root user. An entry that AWS left out, or gave without a number,
// is unknown.
func (r *reader) summary(ctx context.Context) error {
	a, root := r.account, r.root
	counts := []struct {
		key, field string
		to         **int
	}{
		{"Users", "users", &a.Users}, {"Groups", "groups", &a.Groups}, {"Roles", "roles", &a.Roles}, {"Policies", "policies", &a.Policies},
		{"Providers", "providers", &a.Providers}, {"ServerCertificates", "server_certificates", &a.ServerCertificates},
		{"MFADevices", "mfa_devices", &a.MFADevices}, {"MFADevicesInUse", "mfa_devices_in_use", &a.MFADevicesInUse},
	}
	// Most is the largest number that is documented for it.
	switches := []struct {
		key, field string
		most       int
		to         *bool
	}{
		{"AccountMFAEnabled", "mfa_enabled", 1, &root.MFAEnabled}, {"AccountPasswordPresent", "password_present", 1, &root.PasswordPresent},
		{"AccountAccessKeysPresent", "access_keys_present", 1 << 20, &root.AccessKeysPresent},
		{"AccountSigningCertificatesPresent", "signing_certificates_present", 1 << 20, &root.SigningCertificatesPresent},
	}
	var raw []byte
	out, err := r.iam.GetAccountSummary(ctx, &iam.GetAccountSummaryInput{}, keep(&raw))
	if err != nil {
		r.first = err
		for _, x := range counts {
			r.c.Unknown(&a.Meta, err, x.field)
		}
		for _, x := range switches {
			r.c.Unknown(&root.Meta, err, x.field)
		}
		return nil
	}
	r.c.Read(&a.Meta, out.ResultMetadata)
	r.c.Read(&root.Meta, out.ResultMetadata)
	said := entries(raw)
	for _, x := range counts {
		n, ok := said[x.key]
		if !ok || n < 0 {
			r.unknown(&a.Meta, without(out.ResultMetadata, getSummary, "a count of "+x.key), x.field)
			continue
		}
		*x.to = aws.Int(n)
	}
	for _, x := range switches {
		switch n, ok := said[x.key]; {
		case !ok:
			r.unknown(&root.Meta, without(out.ResultMetadata, getSummary, x.key), x.field)
		case n < 0 || n > x.most:
			r.unknown(&root.Meta, odd(out.ResultMetadata, getSummary, "UnknownValue", fmt.Sprintf("AWS gave %s as %d, which is not documented", x.key, n)), x.field)
		default:
			*x.to = n > 0
		}
	}
	return nil
}

// entries reads a SummaryMap. The SDK's client reads an entry without a number as 0, and cuts large ones short. An entry that comes
// twice is none.
func entries(raw []byte) map[string]int {
	var answer struct {
		Entries []struct {
			Key   string `xml:"key"`
			Value string `xml:"value"`
		} `xml:"GetAccountSummaryResult>SummaryMap>entry"`
	}
	out, twice := map[string]int{}, map[string]bool{}
	if xml.Unmarshal(raw, &answer) != nil {
		return out
	}
	for _, e := range answer.Entries {
		key := strings.TrimSpace(e.Key)
		if _, there := out[key]; there {
			twice[key] = true
		}
		if n, err := strconv.Atoi(strings.TrimSpace(e.Value)); err == nil {
			out[key] = n
		}
	}
	for key := range twice {
		delete(out, key)
	}
	return out
}

func (r *reader) aliases(ctx context.Context) error {
	m := &r.account.Meta
	names := []string{}
	why, err := pages(ctx, listAliases, iam.NewListAccountAliasesPaginator(r.iam, &iam.ListAccountAliasesInput{}), func(page *iam.ListAccountAliasesOutput) (paged, error) {
		r.c.Read(m, page.ResultMetadata)
		names = append(names, page.AccountAliases...)
		return paged{page.IsTruncated, page.Marker, page.ResultMetadata}, nil
	})
	if why != nil {
		r.unknown(m, why, "aliases")
	}
	slices.Sort(names)
	r.account.Aliases = names
	return err
}

// featureDisabled is what AWS answers where the account never turned outbound identity federation on, or turned it off.
const featureDisabled = "FeatureDisabled"

func (r *reader) outbound(ctx context.Context) error {
	m := &r.account.Meta
	var raw []byte
	out, err := r.iam.GetOutboundWebIdentityFederationInfo(ctx, &iam.GetOutboundWebIdentityFederationInfoInput{}, keep(&raw))
	switch {
	case err == nil:
		r.c.Read(m, out.ResultMetadata)
		r.account.OutboundIssuer, r.account.OutboundFederation = cell.Text(aws.ToString(out.IssuerIdentifier)), out.JwtVendingEnabled
		if !strings.Contains(string(raw), "<JwtVendingEnabled>") {
			r.unknown(m, without(out.ResultMetadata, getOutbound, "JwtVendingEnabled"), "outbound_federation")
		}
	case tape.Code(err) == featureDisabled:
		r.c.Known(m, err)
	default:
		r.c.Unknown(m, err, "outbound_federation", "outbound_issuer")
	}
	return nil
}

// emitAccount comes when everything that the account's record tells of was read.
func (r *reader) emitAccount(context.Context) error { return r.emit(r.account, r.first) }

// noPasswordPolicy is what AWS answers where its default policy is in force.
const noPasswordPolicy = "NoSuchEntity"

// defaultPolicy is AWS's own, as it documents it.
func defaultPolicy(p *PasswordPolicy) {
	p.Default, p.MinimumLength = true, 8
}

func (r *reader) passwordPolicy(ctx context.Context) error {
	p := &PasswordPolicy{Meta: r.meta(r.c.Account + "/iam/password-policy")}
	m := &p.Meta
	var raw []byte
	out, err := r.iam.GetAccountPasswordPolicy(ctx, &iam.GetAccountPasswordPolicyInput{}, keep(&raw))
	if err != nil {
		if tape.Code(err) == noPasswordPolicy {
			r.c.Known(m, err)
			defaultPolicy(p)
		} else {
			r.c.Unknown(m, err, "default", "minimum_length", "require_uppercase", "require_lowercase", "require_numbers", "require_symbols", "expires", "max_age_days",
				"reuse_prevention", "hard_expiry", "users_may_change")
		}
		return r.emit(p, err)
	}
	r.c.Read(m, out.ResultMetadata)
	x := out.PasswordPolicy
	for _, v := range []struct {
		member, field string
		value         bool
		to            *bool
	}{
		{"RequireUppercaseCharacters", "require_uppercase", x.RequireUppercaseCharacters, &p.RequireUppercase},
		{"RequireLowercaseCharacters", "require_lowercase", x.RequireLowercaseCharacters, &p.RequireLowercase},
		{"RequireNumbers", "require_numbers", x.RequireNumbers, &p.RequireNumbers},
		{"RequireSymbols", "require_symbols", x.RequireSymbols, &p.RequireSymbols},
		{"ExpirePasswords", "expires", x.ExpirePasswords, &p.Expires},
		{"AllowUsersToChangePassword", "users_may_change", x.AllowUsersToChangePassword, &p.UsersMayChange},
	} {
		*v.to = v.value
		if !strings.Contains(string(raw), "<"+v.member+">") {
			r.unknown(m, without(out.ResultMetadata, getPasswordPolicy, v.member), v.field)
		}
	}
	p.HardExpiry = aws.ToBool(x.HardExpiry)
	p.ReusePrevention = int(aws.ToInt32(x.PasswordReusePrevention))
	if x.MinimumPasswordLength == nil {
		r.unknown(m, without(out.ResultMetadata, getPasswordPolicy, "MinimumPasswordLength"), "minimum_length")
	}
	p.MinimumLength = int(aws.ToInt32(x.MinimumPasswordLength))
	if age := int(aws.ToInt32(x.MaxPasswordAge)); age > 0 {
		p.MaxAgeDays = &age
	}
	if p.Expires != (p.MaxAgeDays != nil) && strings.Contains(string(raw), "<ExpirePasswords>") {
		r.unknown(m, odd(out.ResultMetadata, getPasswordPolicy, "Contradiction", "AWS says in two ways that differ whether passwords expire: ExpirePasswords and MaxPasswordAge"), "expires", "max_age_days")
	}
	return r.emit(p, nil)
}

// What AWS answers about central root access where the account may not tell, and where it may and nothing is on.
var (
	mayNotTell     = "AccountNotManagementOrDelegatedAdministratorException"
	noOrganization = "OrganizationNotFoundException"
	nothingOn      = []string{"ServiceAccessNotEnabledException", "OrganizationNotInAllFeaturesModeException"}
)

// organization reads central root access. It is asked of the account that listed the organization's accounts, because the others may
// not tell; where audit.yaml names the accounts itself, any of them may be the one that manages the organization.
func (r *reader) organization(ctx context.Context) error {
	if o := r.c.Scope.Organization; o != nil && o.Lister != "" && o.Lister != r.c.Account {
		return nil
	}
	o := &Organization{Meta: r.meta(r.c.Account + "/iam/organization")}
	m := &o.Meta
	features := func(names []string) {
		slices.Sort(names)
		o.Answers, o.InOrganization, o.Features = true, aws.Bool(true), names
		o.RootCredentialsManagement = aws.Bool(slices.Contains(names, "RootCredentialsManagement"))
		o.RootSessions = aws.Bool(slices.Contains(names, "RootSessions"))
	}
	out, err := r.iam.ListOrganizationsFeatures(ctx, &iam.ListOrganizationsFeaturesInput{})
	switch code := tape.Code(err); {
	case err == nil:
		r.c.Read(m, out.ResultMetadata)
		o.OrganizationID = cell.Text(aws.ToString(out.OrganizationId))
		features(cell.List(out.EnabledFeatures))
	case code == mayNotTell, code == noOrganization:
		r.c.Known(m, err)
		o.InOrganization = aws.Bool(code == mayNotTell)
	case slices.Contains(nothingOn, code):
		r.c.Known(m, err)
		features([]string{})
	default:
		r.c.Unknown(m, err, "answers", "in_organization", "organization_id", "features", "root_credentials_management", "root_sessions")
	}
	return r.emit(o, err)
}

// rootMFA is how the serial number of the root user's first virtual device ends.
const rootMFA = ":mfa/root-account-mfa-device"

// virtualMFA looks for virtual devices of the root user among those that are assigned. A device without the user that it is assigned
// to may be the root user's.
func (r *reader) virtualMFA(ctx context.Context) error {
	m := &r.root.Meta
	r.root.VirtualMFADevices = []string{}
	p := iam.NewListVirtualMFADevicesPaginator(r.iam, &iam.ListVirtualMFADevicesInput{AssignmentStatus: "Assigned", MaxItems: &pageSize})
	seen := map[string]bool{}
	why, err := pages(ctx, listVirtualMFA, p, func(page *iam.ListVirtualMFADevicesOutput) (paged, error) {
		r.c.Read(m, page.ResultMetadata)
		for _, d := range page.VirtualMFADevices {
			serial, owner := aws.ToString(d.SerialNumber), ""
			if d.User != nil {
				owner = aws.ToString(d.User.Arn)
			}
			switch {
			case serial == "":
				r.unknown(m, without(page.ResultMetadata, listVirtualMFA, "the serial number of a device"), "virtual_mfa_devices")
			case strings.HasSuffix(serial, rootMFA) || strings.HasSuffix(owner, ":root"):
				seen[serial] = true
			case owner == "":
				r.unknown(m, without(page.ResultMetadata, listVirtualMFA, "the user that "+serial+" is assigned to"), "virtual_mfa_devices")
			}
		}
		return paged{page.IsTruncated, page.Marker, page.ResultMetadata}, nil
	})
	if why != nil {
		r.unknown(m, why, "virtual_mfa_devices")
	}
	for serial := range seen {
		r.root.VirtualMFADevices = append(r.root.VirtualMFADevices, serial)
	}
	slices.Sort(r.root.VirtualMFADevices)
	return err
}

// emitRoot comes when the credential report was read.
func (r *reader) emitRoot(context.Context) error { return r.emit(r.root, r.first) }

// serverCertificates reads when each certificate expires.
func (r *reader) serverCertificates(ctx context.Context) error {
	const kind = "iam.server_certificate"
	seen := r.c.Once(kind)
	p := iam.NewListServerCertificatesPaginator(r.iam, &iam.ListServerCertificatesInput{MaxItems: &pageSize})
	why, err := pages(ctx, listCertificates, p, func(page *iam.ListServerCertificatesOutput) (paged, error) {
		at := paged{page.IsTruncated, page.Marker, page.ResultMetadata}
		for _, x := range page.ServerCertificateMetadataList {
			if aws.ToString(x.Arn) == "" {
				r.incomplete(without(page.ResultMetadata, listCertificates, "the ARN of a certificate"), kind)
				continue
			}
			if !seen.First(*x.Arn, page.ResultMetadata) {
				continue
			}
			s := &ServerCertificate{Meta: r.meta(*x.Arn), Name: aws.ToString(x.ServerCertificateName), Path: aws.ToString(x.Path), Uploaded: cell.UTC(x.UploadDate), Expiration: cell.UTC(x.Expiration)}
			r.c.Read(&s.Meta, page.ResultMetadata)
			r.need(&s.Meta, page.ResultMetadata, listCertificates, needed{s.Name == "", "name"}, needed{s.Path == "", "path"}, needed{s.Expiration == nil, "expiration"})
			if err := r.c.Emit(s); err != nil {
				return at, err
			}
		}
		return at, nil
	})
	if why != nil {
		r.incomplete(why, kind)
	}
	return err
}
