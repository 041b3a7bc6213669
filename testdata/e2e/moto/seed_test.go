package moto

import (
	"errors"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	configtypes "github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/identitystore"
	storetypes "github.com/aws/aws-sdk-go-v2/service/identitystore/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	ssotypes "github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"
	"github.com/aws/smithy-go"
)

// seed fills moto through its real APIs. Where something stands: the role in every account; keys in every account and region;
// a Config recorder and a rule in the caller's eu-west-1; Security Hub in third's us-east-1; a CloudHSM cluster in zero's
// eu-west-1; and Identity Center's content in the caller's us-east-1 (moto itself has an empty instance everywhere).
func seed(t *testing.T, s *server) {
	t.Helper()
	for i, account := range accounts {
		_, err := iam.NewFromConfig(s.as(t, account, "us-east-1")).CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String(role),
			AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + caller + `:root"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"` + externalID + `"}}}]}`)})
		must(t, err)
		for _, region := range regions {
			seedKeys(t, s.as(t, account, region), i)
		}
		seedS3(t, s, account)
		seedIAM(t, s, account)
	}
	seedAccessPoints(t, s)
	seedDetection(t, s)
	seedOrganization(t, s)
	seedTrails(t, s)
	seedWAF(t, s)
	seedEC2(t, s)
	seedSSM(t, s)
	seedCognito(t, s)
	seedCloudFront(t, s)
	seedNetworkFirewall(t, s)
	seedHub(t, s)
	seedContacts(t, s)
	seedRecorder(t, s.as(t, caller, "eu-west-1"))
	seedIdentityCenter(t, s.as(t, caller, "us-east-1"))
	_, err := cloudhsmv2.NewFromConfig(s.as(t, zero, "eu-west-1")).CreateCluster(t.Context(), &cloudhsmv2.CreateClusterInput{HsmType: aws.String("hsm2m.medium"), SubnetIds: []string{"subnet-0a1b2c3d"}})
	// moto writes a cluster's times as text, which is not what CloudHSM's API does: the cluster is there, but no SDK for Go can
	// read it. That has to come out as a gap.
	var unreadable *smithy.DeserializationError
	if !errors.As(err, &unreadable) {
		t.Fatalf("moto's clusters can be read now (%v): check their records, and take the gap off the list", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// withoutUsage describes a key that is made without saying what for, as AWS allows. AWS says ENCRYPT_DECRYPT then; moto says nothing.
const withoutUsage = "not rotated"

// seedKeys makes keys of every sort: rotated, not rotated, asymmetric, for MACs, imported, disabled, to be deleted, and then more
// the higher the account's number, so that no two accounts look alike.
func seedKeys(t *testing.T, cfg aws.Config, more int) {
	t.Helper()
	k, ctx := kms.NewFromConfig(cfg), t.Context()
	key := func(in *kms.CreateKeyInput) *string {
		if in.KeyUsage == "" && *in.Description != withoutUsage {
			in.KeyUsage = kmstypes.KeyUsageTypeEncryptDecrypt
		}
		out, err := k.CreateKey(ctx, in)
		must(t, err)
		return out.KeyMetadata.KeyId
	}
	tag := func(name, v string) kmstypes.Tag { return kmstypes.Tag{TagKey: &name, TagValue: &v} }

	rotated := key(&kms.CreateKeyInput{Description: aws.String("rotated"), Tags: []kmstypes.Tag{tag("owner", "platform"), tag("note", "=HYPERLINK(\"https://example.com\")")}})
	_, err := k.EnableKeyRotation(ctx, &kms.EnableKeyRotationInput{KeyId: rotated})
	must(t, err)
	_, err = k.RotateKeyOnDemand(ctx, &kms.RotateKeyOnDemandInput{KeyId: rotated})
	must(t, err)
	for _, name := range []string{"alias/ledger", "alias/ledger-old"} {
		_, err = k.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: &name, TargetKeyId: rotated})
		must(t, err)
	}
	_, err = k.CreateGrant(ctx, &kms.CreateGrantInput{KeyId: rotated, GranteePrincipal: aws.String("arn:aws:iam::999988887777:role/Partner"), Name: aws.String("partner"),
		Operations: []kmstypes.GrantOperation{kmstypes.GrantOperationDecrypt}})
	must(t, err)

	fixed := key(&kms.CreateKeyInput{Description: aws.String(withoutUsage)})
	_, err = k.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: aws.String("alias/fixed"), TargetKeyId: fixed})
	must(t, err)
	_, err = k.PutKeyPolicy(ctx, &kms.PutKeyPolicyInput{KeyId: fixed, PolicyName: aws.String("default"),
		Policy: aws.String(`{"Version":"2012-10-17","Statement":[{"Sid":"Open","Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}]}`)})
	must(t, err)

	key(&kms.CreateKeyInput{Description: aws.String("signs"), KeySpec: kmstypes.KeySpecRsa2048, KeyUsage: kmstypes.KeyUsageTypeSignVerify})
	key(&kms.CreateKeyInput{Description: aws.String("authenticates"), KeySpec: kmstypes.KeySpecHmac256, KeyUsage: kmstypes.KeyUsageTypeGenerateVerifyMac})
	key(&kms.CreateKeyInput{Description: aws.String("imported"), Origin: kmstypes.OriginTypeExternal})
	off := key(&kms.CreateKeyInput{Description: aws.String("disabled")})
	_, err = k.DisableKey(ctx, &kms.DisableKeyInput{KeyId: off})
	must(t, err)
	doomed := key(&kms.CreateKeyInput{Description: aws.String("to be deleted")})
	_, err = k.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: doomed, PendingWindowInDays: aws.Int32(7)})
	must(t, err)
	for n := range more * 3 {
		key(&kms.CreateKeyInput{Description: aws.String(fmt.Sprint("more ", n))})
	}
}

func seedRecorder(t *testing.T, cfg aws.Config) {
	t.Helper()
	c, ctx := configservice.NewFromConfig(cfg), t.Context()
	_, err := c.PutConfigurationRecorder(ctx, &configservice.PutConfigurationRecorderInput{ConfigurationRecorder: &configtypes.ConfigurationRecorder{
		Name: aws.String("default"), RoleARN: aws.String("arn:aws:iam::" + caller + ":role/config"), RecordingGroup: &configtypes.RecordingGroup{AllSupported: true, IncludeGlobalResourceTypes: true}}})
	must(t, err)
	_, err = c.PutDeliveryChannel(ctx, &configservice.PutDeliveryChannelInput{DeliveryChannel: &configtypes.DeliveryChannel{Name: aws.String("default"), S3BucketName: aws.String("example-corp-config"),
		ConfigSnapshotDeliveryProperties: &configtypes.ConfigSnapshotDeliveryProperties{DeliveryFrequency: configtypes.MaximumExecutionFrequencyTwentyFourHours}}})
	must(t, err)
	_, err = c.StartConfigurationRecorder(ctx, &configservice.StartConfigurationRecorderInput{ConfigurationRecorderName: aws.String("default")})
	must(t, err)
	_, err = c.PutConfigRule(ctx, &configservice.PutConfigRuleInput{ConfigRule: &configtypes.ConfigRule{ConfigRuleName: aws.String("keys-rotate"),
		Source: &configtypes.Source{Owner: configtypes.OwnerAws, SourceIdentifier: aws.String("CMK_BACKING_KEY_ROTATION_ENABLED")}}})
	must(t, err)
	_, err = c.PutRetentionConfiguration(ctx, &configservice.PutRetentionConfigurationInput{RetentionPeriodInDays: aws.Int32(2557)})
	must(t, err)
}

func seedIdentityCenter(t *testing.T, cfg aws.Config) {
	t.Helper()
	sso, store, ctx := ssoadmin.NewFromConfig(cfg), identitystore.NewFromConfig(cfg), t.Context()
	list, err := sso.ListInstances(ctx, &ssoadmin.ListInstancesInput{})
	must(t, err)
	instance, storeID := list.Instances[0].InstanceArn, list.Instances[0].IdentityStoreId

	person := func(name string) *string {
		out, err := store.CreateUser(ctx, &identitystore.CreateUserInput{IdentityStoreId: storeID, UserName: &name, DisplayName: aws.String("Head of " + name),
			Name: &storetypes.Name{GivenName: aws.String("Head"), FamilyName: aws.String(name)}, Emails: []storetypes.Email{{Value: aws.String(name + "@example.com"), Primary: true}}})
		must(t, err)
		return out.UserId
	}
	platform, security := person("platform"), person("security")
	for n := range 105 { // more than one page
		person(fmt.Sprintf("colleague-%03d", n))
	}
	group, err := store.CreateGroup(ctx, &identitystore.CreateGroupInput{IdentityStoreId: storeID, DisplayName: aws.String("admins"), Description: aws.String("run the accounts")})
	must(t, err)
	_, err = store.CreateGroup(ctx, &identitystore.CreateGroupInput{IdentityStoreId: storeID, DisplayName: aws.String("nobody")})
	must(t, err)
	for _, u := range []*string{platform, security} {
		_, err = store.CreateGroupMembership(ctx, &identitystore.CreateGroupMembershipInput{IdentityStoreId: storeID, GroupId: group.GroupId, MemberId: &storetypes.MemberIdMemberUserId{Value: *u}})
		must(t, err)
	}

	set := func(name, session string, tags ...ssotypes.Tag) *string {
		out, err := sso.CreatePermissionSet(ctx, &ssoadmin.CreatePermissionSetInput{InstanceArn: instance, Name: &name, Description: aws.String(name + " set"), SessionDuration: &session,
			RelayState: aws.String("https://eu-west-1.console.aws.amazon.com/"), Tags: tags})
		must(t, err)
		return out.PermissionSet.PermissionSetArn
	}
	admin, audit := set("Admin", "PT12H"), set("Audit", "PT1H", ssotypes.Tag{Key: aws.String("owner"), Value: aws.String("security")})
	set("Unused", "PT4H")
	_, err = sso.AttachManagedPolicyToPermissionSet(ctx, &ssoadmin.AttachManagedPolicyToPermissionSetInput{InstanceArn: instance, PermissionSetArn: admin, ManagedPolicyArn: aws.String("arn:aws:iam::aws:policy/AdministratorAccess")})
	must(t, err)
	_, err = sso.AttachCustomerManagedPolicyReferenceToPermissionSet(ctx, &ssoadmin.AttachCustomerManagedPolicyReferenceToPermissionSetInput{InstanceArn: instance, PermissionSetArn: audit,
		CustomerManagedPolicyReference: &ssotypes.CustomerManagedPolicyReference{Name: aws.String("read-logs"), Path: aws.String("/audit/")}})
	must(t, err)
	_, err = sso.PutInlinePolicyToPermissionSet(ctx, &ssoadmin.PutInlinePolicyToPermissionSetInput{InstanceArn: instance, PermissionSetArn: audit,
		InlinePolicy: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"logs:Get*","Resource":"*"}]}`)})
	must(t, err)
	for _, p := range []*string{admin, audit} {
		_, err = sso.ProvisionPermissionSet(ctx, &ssoadmin.ProvisionPermissionSetInput{InstanceArn: instance, PermissionSetArn: p, TargetType: ssotypes.ProvisionTargetTypeAwsAccount, TargetId: aws.String(caller)})
		must(t, err)
	}
	give := func(p *string, kind ssotypes.PrincipalType, id *string) {
		_, err := sso.CreateAccountAssignment(ctx, &ssoadmin.CreateAccountAssignmentInput{InstanceArn: instance, PermissionSetArn: p, PrincipalType: kind, PrincipalId: id,
			TargetId: aws.String(caller), TargetType: ssotypes.TargetTypeAwsAccount})
		must(t, err)
	}
	give(admin, ssotypes.PrincipalTypeGroup, group.GroupId)
	give(audit, ssotypes.PrincipalTypeUser, security)
	give(audit, ssotypes.PrincipalTypeUser, aws.String("00000000-0000-4000-8000-00000000dead"))
}
