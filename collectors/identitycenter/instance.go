package identitycenter

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// homeKinds are the kinds that are read at an instance's home, by the operation that lists them.
var homeKinds = []struct {
	operation string
	kinds     []string
}{
	{"DescribeInstance", []string{"identitycenter.instance"}},
	{"ListApplications", []string{"identitycenter.application"}},
	{"ListGroups", []string{"identitycenter.group", "identitycenter.membership"}},
	{"ListPermissionSets", []string{"identitycenter.assignment", "identitycenter.permission_set"}},
	{"ListTrustedTokenIssuers", []string{"identitycenter.trusted_token_issuer"}},
	{"ListUsers", []string{"identitycenter.user"}},
}

// instance records what was seen, and reads the rest where the instance is at home. p learns whether it is one of a single account.
func (r reader) instance(ctx context.Context, f found, p *Presence) error {
	arn := aws.ToString(f.InstanceArn)
	rec := &Instance{Meta: r.Meta(arn), ARN: arn, Name: f.Name, OwnerAccount: aws.ToString(f.OwnerAccountId), Status: string(f.Status),
		StatusReason: text(f.StatusReason), Created: cell.UTC(f.CreatedDate), IdentityStoreID: aws.ToString(f.IdentityStoreId), PrimaryRegion: text(f.PrimaryRegion)}
	r.Read(&rec.Meta, f.page.ResultMetadata)
	rec.Regions = regions(f.Regions)
	if i := slices.IndexFunc(rec.Regions, func(x InstanceRegion) bool { return x.Primary }); i >= 0 && rec.PrimaryRegion == nil {
		rec.PrimaryRegion = text(&rec.Regions[i].Name)
	}
	rec.Home = r.primaryHere(rec) && rec.OwnerAccount == r.Account
	if !rec.Home {
		rec.ID = r.Account + "/" + r.Region + "/" + arn
	}
	half := func(member string, fields []string, kinds ...string) evidence.Gap {
		return r.Half(f.page.ResultMetadata, operation("ListInstances"), "MissingMember", "the instance came without its "+member, &rec.Meta, fields, kinds...)
	}
	if rec.Status == "" {
		half("Status", []string{"status"})
	}
	if rec.OwnerAccount == "" {
		half("OwnerAccountId, so that its home is not known", []string{"owner_account", "home"}, detailKinds()...)
		return r.Emit(rec)
	}
	if !rec.Home {
		r.elsewhere(f, rec)
		return r.Emit(rec)
	}
	dir := newDirectory()
	if rec.IdentityStoreID == "" {
		g := half("IdentityStoreId", []string{"identity_store_id", "network"}, "identitycenter.group", "identitycenter.membership", "identitycenter.user")
		dir.usersGap, dir.groupsGap = &g, &g
	}
	r.describe(ctx, rec, p)
	r.abac(ctx, rec)
	if rec.IdentityStoreID != "" {
		r.network(ctx, rec)
	}
	if err := r.Emit(rec); err != nil {
		return err
	}
	if rec.IdentityStoreID != "" {
		if err := r.directory(ctx, rec.IdentityStoreID, dir); err != nil {
			return err
		}
	}
	// AWS's own word that an instance cannot have permission sets is an answer: there are none to ask for.
	if rec.PermissionSetsEnabled == nil || *rec.PermissionSetsEnabled {
		if err := r.permissionSets(ctx, rec.ARN, dir); err != nil {
			return err
		}
	}
	if err := r.applications(ctx, rec.ARN); err != nil {
		return err
	}
	return r.issuers(ctx, rec.ARN)
}

// primaryHere reports whether this is the instance's primary region. Where AWS names none the instance reaches one region only:
// the one that listed it.
func (r reader) primaryHere(rec *Instance) bool {
	return rec.PrimaryRegion == nil || *rec.PrimaryRegion == r.Region
}

// elsewhere says what is not read because the audit does not go to the instance's home.
func (r reader) elsewhere(f found, rec *Instance) {
	why := ""
	switch {
	case !slices.Contains(r.Scope.Accounts, rec.OwnerAccount):
		why = "the instance belongs to account " + rec.OwnerAccount + ", which is not in the audit's scope; add it to read the instance's details"
	case !r.primaryHere(rec) && !r.InScope(*rec.PrimaryRegion):
		why = "the instance's primary region is " + *rec.PrimaryRegion + ", which is not in the audit's scope; add it to read the instance's details"
	default:
		return // its own cell reads it, or has a gap
	}
	for _, h := range homeKinds {
		r.Skipped(f.page.ResultMetadata, operation(h.operation), "OutOfScope", why, h.kinds...)
	}
}

func detailKinds() []string {
	var out []string
	for _, h := range homeKinds {
		out = append(out, h.kinds...)
	}
	return out
}

// describe adds what ListInstances does not tell.
func (r reader) describe(ctx context.Context, rec *Instance, p *Presence) {
	out, err := r.sso.DescribeInstance(ctx, &ssoadmin.DescribeInstanceInput{InstanceArn: &rec.ARN})
	if err != nil {
		g := r.Unknown(&rec.Meta, err, "encryption", "permission_sets_enabled")
		p.Meta.UnknownBy(g, "account_only")
		return
	}
	r.Read(&rec.Meta, out.ResultMetadata)
	if out.PermissionSetsEnabled != nil && !*out.PermissionSetsEnabled && rec.Status == string(types.InstanceStatusActive) {
		p.AccountOnly++
		r.Read(&p.Meta, out.ResultMetadata)
	}
	rec.PermissionSetsEnabled = out.PermissionSetsEnabled
	if rec.Status != string(out.Status) && out.Status != "" {
		rec.Status, rec.StatusReason = string(out.Status), text(out.StatusReason)
	}
	if len(rec.Regions) == 0 {
		rec.Regions = regions(out.Regions)
	}
	if e := out.EncryptionConfigurationDetails; e != nil {
		rec.Encryption = &Encryption{KeyType: string(e.KeyType), KeyARN: text(e.KmsKeyArn), Status: cell.Text(e.EncryptionStatus), StatusReason: text(e.EncryptionStatusReason)}
		if e.KeyType == "" {
			r.Half(out.ResultMetadata, operation("DescribeInstance"), "MissingMember", "the encryption came without its KeyType", &rec.Meta, []string{"encryption.key_type"})
		}
	}
}

func (r reader) abac(ctx context.Context, rec *Instance) {
	const name = "DescribeInstanceAccessControlAttributeConfiguration"
	out, err := r.sso.DescribeInstanceAccessControlAttributeConfiguration(ctx, &ssoadmin.DescribeInstanceAccessControlAttributeConfigurationInput{InstanceArn: &rec.ARN})
	if absent(err) {
		r.Known(&rec.Meta, err) // ABAC is off
		return
	}
	if err != nil {
		r.Unknown(&rec.Meta, err, "abac")
		return
	}
	r.Read(&rec.Meta, out.ResultMetadata)
	rec.ABAC = &ABAC{Status: string(out.Status), Attributes: map[string][]string{}}
	if rec.ABAC.Status == "" {
		r.Half(out.ResultMetadata, operation(name), "MissingMember", "the configuration came without its Status", &rec.Meta, []string{"abac.status"})
	}
	for _, a := range out.InstanceAccessControlAttributeConfiguration.AccessControlAttributes {
		sources := []string{}
		if a.Value != nil {
			sources = append(sources, a.Value.Source...)
		}
		rec.ABAC.Attributes[aws.ToString(a.Key)] = sources
	}
}

func (r reader) network(ctx context.Context, rec *Instance) {
	out, err := r.store.DescribeIdentityStore(ctx, &identitystore.DescribeIdentityStoreInput{IdentityStoreId: &rec.IdentityStoreID})
	if err != nil {
		r.Unknown(&rec.Meta, err, "network")
		return
	}
	r.Read(&rec.Meta, out.ResultMetadata)
	if n := out.NetworkConfiguration; n != nil {
		rec.Network = &Network{VPCEndpointRequired: n.VpceAccessRequired, AllowSourceIPs: list(n.ApiAllowSourceIps),
			RestrictSourceVPCs: list(n.ApiRestrictSourceVpcs), SCIMAllowSourceIPs: list(n.ScimAllowSourceIps)}
	}
}

// absent reports whether AWS says that what was asked for does not exist. The same code with a reason is about the KMS key that the
// instance is encrypted with, and says nothing about what was asked for.
func absent(err error) bool {
	var none *types.ResourceNotFoundException
	return errors.As(err, &none) && none.Reason == ""
}

func regions(in []types.RegionMetadata) []InstanceRegion {
	out := []InstanceRegion{}
	for _, x := range in {
		out = append(out, InstanceRegion{Name: aws.ToString(x.RegionName), Status: string(x.Status), Primary: x.IsPrimaryRegion, Added: cell.UTC(x.AddedDate)})
	}
	return out
}
