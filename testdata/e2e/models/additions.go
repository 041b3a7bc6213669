package models

import (
	"cmp"
	"fmt"
	"strings"
)

// An addition is something AWS has added to an API since the models were made, or a place where the model is known to
// say other than the service does. Each is taken from the types of aws-sdk-go-v2 as go.mod pins it.
type addition struct {
	service, shape, member string
	// kind is a shape of the model, or string, boolean, integer, timestamp, or enum:A|B, or list:string, or flat:string for a list
	// without an element of its own. With query:NAME= before it the member of a request stands in the URL's query.
	// kind is a shape of the model, or string, boolean, integer, timestamp, or enum:A|B, or list:string, or list:Shape@element.
	kind string
}

// members that have been added to structures.
var members = []addition{
	// KMS: on-demand rotation of imported material (2025) names the material.
	{"kms", "KeyMetadata", "CurrentKeyMaterialId", "string"},
	{"kms", "ListKeyRotationsRequest", "IncludeKeyMaterial", "enum:ALL_KEY_MATERIAL|ROTATIONS_ONLY"},
	{"kms", "RotationsListEntry", "KeyMaterialId", "string"},
	{"kms", "RotationsListEntry", "KeyMaterialState", "enum:NON_CURRENT|CURRENT|PENDING_ROTATION|PENDING_MULTI_REGION_IMPORT_AND_ROTATION"},
	{"kms", "RotationsListEntry", "ImportState", "enum:IMPORTED|PENDING_IMPORT"},
	{"kms", "RotationsListEntry", "ExpirationModel", "ExpirationModelType"},
	{"kms", "RotationsListEntry", "ValidTo", "timestamp"},
	// CloudHSM: dual stack, the HSM's own type, and moving hsm1 clusters to hsm2m (2025).
	{"cloudhsm", "Cluster", "NetworkType", "enum:IPV4|DUALSTACK"},
	{"cloudhsm", "Cluster", "HsmTypeRollbackExpiration", "timestamp"},
	{"cloudhsm", "Hsm", "HsmType", "HsmType"},
	{"cloudhsm", "Hsm", "EniIpV6", "string"},
	// Config: service-linked recorders (2024-12) gave recorders an ARN and a scope.
	{"config", "ConfigurationRecorder", "arn", "string"},
	{"config", "ConfigurationRecorder", "recordingScope", "enum:INTERNAL|PAID"},
	{"config", "ConfigurationRecorder", "servicePrincipal", "string"},
	{"config", "ConfigurationRecorderStatus", "arn", "string"},
	{"config", "ConfigurationRecorderStatus", "servicePrincipal", "string"},
	{"config", "DescribeConfigurationRecordersRequest", "Arn", "string"},
	{"config", "DescribeConfigurationRecordersRequest", "ServicePrincipal", "string"},
	{"config", "DescribeConfigurationRecorderStatusRequest", "Arn", "string"},
	{"config", "DescribeConfigurationRecorderStatusRequest", "ServicePrincipal", "string"},
	// Security Hub.
	{"securityhub", "StandardsSubscription", "StandardsControlsUpdatable", "enum:READY_FOR_UPDATES|NOT_READY_FOR_UPDATES"},
	// Identity Center: replication to further regions and encryption with a customer's key (2025, 2026).
	{"sso", "InstanceMetadata", "PrimaryRegion", "string"},
	{"sso", "InstanceMetadata", "IdentityStoreArn", "string"},
	{"sso", "InstanceMetadata", "StatusReason", "string"},
	{"sso", "ListInstancesRequest", "RegionScope", "enum:CURRENT_REGION|ALL_REGIONS"},
	{"sso", "DescribeInstanceResponse", "PrimaryRegion", "string"},
	{"sso", "DescribeInstanceResponse", "IdentityStoreArn", "string"},
	{"sso", "DescribeInstanceResponse", "StatusReason", "string"},
	{"sso", "DescribeInstanceResponse", "PermissionSetsEnabled", "boolean"},
	{"sso", "DescribeInstanceResponse", "EncryptionConfigurationDetails", "EncryptionConfigurationDetails"},
	{"sso", "EncryptionConfigurationDetails", "KeyType", "enum:AWS_OWNED_KMS_KEY|CUSTOMER_MANAGED_KEY"},
	{"sso", "EncryptionConfigurationDetails", "KmsKeyArn", "string"},
	{"sso", "EncryptionConfigurationDetails", "EncryptionStatus", "enum:UPDATING|ENABLED|UPDATE_FAILED"},
	{"sso", "EncryptionConfigurationDetails", "EncryptionStatusReason", "string"},
	// S3: ListBuckets has pages and regions (2024), access points other sources than buckets (2025).
	{"s3", "ListBucketsRequest", "MaxBuckets", "query:max-buckets=integer"},
	{"s3", "ListBucketsRequest", "ContinuationToken", "query:continuation-token=string"},
	{"s3", "ListBucketsOutput", "ContinuationToken", "string"},
	{"s3", "ServerSideEncryptionRule", "BlockedEncryptionTypes", "BlockedEncryptionTypes"},
	{"s3", "BlockedEncryptionTypes", "EncryptionType", "flat:string"},
	{"s3", "Bucket", "BucketRegion", "string"},
	{"s3", "Bucket", "BucketArn", "string"},
	{"s3-control", "ListAccessPointsRequest", "DataSourceType", "query:dataSourceType=string"},
	// Identity store: status, ARNs and times of users, groups and memberships (2025, 2026).
	{"identitystore", "User", "UserStatus", "enum:ENABLED|DISABLED"},
	{"identitystore", "User", "UserArn", "string"},
	{"identitystore", "User", "Revision", "string"},
	{"identitystore", "User", "CreatedAt", "timestamp"},
	{"identitystore", "User", "UpdatedAt", "timestamp"},
	{"identitystore", "User", "CreatedBy", "string"},
	{"identitystore", "User", "UpdatedBy", "string"},
	{"identitystore", "Group", "GroupArn", "string"},
	{"identitystore", "Group", "Revision", "string"},
	{"identitystore", "Group", "CreatedAt", "timestamp"},
	{"identitystore", "Group", "UpdatedAt", "timestamp"},
	{"identitystore", "GroupMembership", "MembershipArn", "string"},
	{"identitystore", "GroupMembership", "CreatedAt", "timestamp"},
	{"identitystore", "DescribeIdentityStoreRequest", "IdentityStoreId", "IdentityStoreId"},
	{"identitystore", "DescribeIdentityStoreResponse", "IdentityStoreId", "IdentityStoreId"},
	{"identitystore", "DescribeIdentityStoreResponse", "IdentityStoreArn", "string"},
	{"identitystore", "DescribeIdentityStoreResponse", "NetworkConfiguration", "NetworkConfigurationDetails"},
	{"identitystore", "NetworkConfigurationDetails", "VpceAccessRequired", "boolean"},
	{"identitystore", "NetworkConfigurationDetails", "ApiAllowSourceIps", "list:string"},
	{"identitystore", "NetworkConfigurationDetails", "ApiRestrictSourceVpcs", "list:string"},
	{"identitystore", "NetworkConfigurationDetails", "ScimAllowSourceIps", "list:string"},
	// Organizations: the states of accounts (2025-09) and the paths of accounts and OUs (2026-03).
	{"organizations", "Account", "State", "enum:PENDING_ACTIVATION|ACTIVE|SUSPENDED|PENDING_CLOSURE|CLOSED"},
	{"organizations", "Account", "Paths", "list:string"},
	{"organizations", "DelegatedAdministrator", "State", "enum:PENDING_ACTIVATION|ACTIVE|SUSPENDED|PENDING_CLOSURE|CLOSED"},
	{"organizations", "OrganizationalUnit", "Path", "string"},
	// Inspector: scans of code repositories (2025).
	{"inspector2", "ResourceState", "codeRepository", "State"},
	{"inspector2", "AutoEnable", "codeRepository", "boolean"},
	// CloudFront: multi-tenant distributions (2025).
	{"cloudfront", "DistributionConfig", "ConnectionMode", "enum:direct|tenant-only"},
	{"cloudfront", "DistributionSummary", "ConnectionMode", "enum:direct|tenant-only"},
	{"cloudfront", "ListDistributionTenantsRequest", "Marker", "string"},
	{"cloudfront", "ListDistributionTenantsRequest", "MaxItems", "integer"},
	{"cloudfront", "ListDistributionTenantsResponse", "NextMarker", "string"},
	{"cloudfront", "DistributionTenantSummary", "Id", "string"},
	{"cloudfront", "DistributionTenantSummary", "DistributionId", "string"},
	{"cloudfront", "DistributionTenantSummary", "Name", "string"},
	{"cloudfront", "DistributionTenantSummary", "Arn", "string"},
	{"cloudfront", "DomainResult", "Domain", "string"},
	{"cloudfront", "DomainResult", "Status", "enum:active|inactive"},
	{"cloudfront", "DistributionTenantSummary", "Domains", "list:DomainResult"},
	{"cloudfront", "DistributionTenantSummary", "ConnectionGroupId", "string"},
	{"cloudfront", "WebAclCustomization", "Action", "enum:override|disable"},
	{"cloudfront", "WebAclCustomization", "Arn", "string"},
	{"cloudfront", "CertificateCustomization", "Arn", "string"},
	{"cloudfront", "Customizations", "WebAcl", "WebAclCustomization"},
	{"cloudfront", "Customizations", "Certificate", "CertificateCustomization"},
	{"cloudfront", "DistributionTenantSummary", "Customizations", "Customizations"},
	{"cloudfront", "DistributionTenantSummary", "CreatedTime", "timestamp"},
	{"cloudfront", "DistributionTenantSummary", "LastModifiedTime", "timestamp"},
	{"cloudfront", "DistributionTenantSummary", "ETag", "string"},
	{"cloudfront", "DistributionTenantSummary", "Enabled", "boolean"},
	{"cloudfront", "DistributionTenantSummary", "Status", "string"},
	{"cloudfront", "ListDistributionTenantsResponse", "DistributionTenantList", "list:DistributionTenantSummary@DistributionTenantSummary"},
	// Cognito user pools: feature plans, passkeys, e-mail MFA, custom authentication's threat protection (2024-11), user activity logs,
	// rotation of refresh tokens (2025), customer managed keys and replicas (2026).
	{"cognito-idp", "UserPoolType", "UserPoolTier", "enum:LITE|ESSENTIALS|PLUS"},
	{"cognito-idp", "UserPoolType", "KeyConfiguration", "KeyConfigurationType"},
	{"cognito-idp", "KeyConfigurationType", "KeyType", "enum:AWS_OWNED_KEY|CUSTOMER_MANAGED_KEY"},
	{"cognito-idp", "KeyConfigurationType", "KmsKeyArn", "string"},
	{"cognito-idp", "UserPoolDescriptionType", "ReplicaRegions", "list:string"},
	{"cognito-idp", "UserPoolPolicyType", "SignInPolicy", "SignInPolicyType"},
	{"cognito-idp", "SignInPolicyType", "AllowedFirstAuthFactors", "list:string"},
	{"cognito-idp", "PasswordPolicyType", "PasswordHistorySize", "integer"},
	{"cognito-idp", "UserPoolAddOnsType", "AdvancedSecurityAdditionalFlows", "AdvancedSecurityAdditionalFlowsType"},
	{"cognito-idp", "AdvancedSecurityAdditionalFlowsType", "CustomAuthMode", "enum:AUDIT|ENFORCED"},
	{"cognito-idp", "GetUserPoolMfaConfigResponse", "EmailMfaConfiguration", "EmailMfaConfigType"},
	{"cognito-idp", "EmailMfaConfigType", "Message", "string"},
	{"cognito-idp", "EmailMfaConfigType", "Subject", "string"},
	{"cognito-idp", "GetUserPoolMfaConfigResponse", "WebAuthnConfiguration", "WebAuthnConfigurationType"},
	{"cognito-idp", "WebAuthnConfigurationType", "RelyingPartyId", "string"},
	{"cognito-idp", "WebAuthnConfigurationType", "UserVerification", "enum:required|preferred"},
	{"cognito-idp", "WebAuthnConfigurationType", "FactorConfiguration", "enum:SINGLE_FACTOR|MULTI_FACTOR_WITH_USER_VERIFICATION"},
	{"cognito-idp", "LogConfigurationType", "S3Configuration", "S3ConfigurationType"},
	{"cognito-idp", "S3ConfigurationType", "BucketArn", "string"},
	{"cognito-idp", "LogConfigurationType", "FirehoseConfiguration", "FirehoseConfigurationType"},
	{"cognito-idp", "FirehoseConfigurationType", "StreamArn", "string"},
	{"cognito-idp", "UserPoolClientType", "RefreshTokenRotation", "RefreshTokenRotationType"},
	{"cognito-idp", "RefreshTokenRotationType", "Feature", "enum:ENABLED|DISABLED"},
	{"cognito-idp", "RefreshTokenRotationType", "RetryGracePeriodSeconds", "integer"},
	{"cognito-idp", "DomainDescriptionType", "ManagedLoginVersion", "integer"},
	// Network Firewall: firewalls that are attached to transit gateways (2025).
	{"network-firewall", "Firewall", "TransitGatewayId", "string"},
	{"network-firewall", "Firewall", "TransitGatewayOwnerAccountId", "string"},
	{"network-firewall", "Firewall", "AvailabilityZoneChangeProtection", "boolean"},
	// IAM: encrypted SAML assertions (2025-02), central root access (2024-11) and outbound identity federation (2025-11).
	{"iam", "GetSAMLProviderResponse", "AssertionEncryptionMode", "enum:Required|Allowed"},
	{"iam", "ListOrganizationsFeaturesResponse", "EnabledFeatures", "list:string"},
	{"iam", "ListOrganizationsFeaturesResponse", "OrganizationId", "string"},
	{"iam", "GetOutboundWebIdentityFederationInfoResponse", "IssuerIdentifier", "string"},
	{"iam", "GetOutboundWebIdentityFederationInfoResponse", "JwtVendingEnabled", "boolean"},
	// EC2, by their names on the wire: instances that AWS services run (2024, hidden since 2026), declarative policies (2024-12), ARNs of groups.
	{"ec2", "DescribeInstancesRequest", "IncludeManagedResources", "boolean"},
	{"ec2", "Instance", "operator", "OperatorResponse"},
	{"ec2", "OperatorResponse", "managed", "boolean"},
	{"ec2", "OperatorResponse", "principal", "string"},
	{"ec2", "OperatorResponse", "hiddenByDefault", "boolean"},
	{"ec2", "SecurityGroup", "securityGroupArn", "string"},
	{"ec2", "GetSnapshotBlockPublicAccessStateResult", "managedBy", "enum:account|declarative-policy"},
	{"ec2", "GetImageBlockPublicAccessStateResult", "managedBy", "enum:account|declarative-policy"},
	{"ec2", "InstanceMetadataDefaultsResponse", "managedBy", "enum:account|declarative-policy"},
	{"ec2", "InstanceMetadataDefaultsResponse", "httpTokensEnforced", "enum:disabled|enabled"},
	// SSM: security updates that are released and not approved, on Windows (2025).
	{"ssm", "InstancePatchState", "AvailableSecurityUpdateCount", "integer"},
	{"ssm", "GetPatchBaselineResult", "AvailableSecurityUpdatesComplianceStatus", "enum:COMPLIANT|NON_COMPLIANT"},
}

// values that have been added to enums: service, shape, values.
var values = [][3]string{
	// KMS: ML-DSA (2025-06), Ed25519 (2025-11) and ML-KEM (2026).
	{"kms", "KeySpec", "ML_DSA_44|ML_DSA_65|ML_DSA_87|ECC_NIST_EDWARDS25519|ML_KEM_512|ML_KEM_768|ML_KEM_1024"},
	{"kms", "CustomerMasterKeySpec", "ML_DSA_44|ML_DSA_65|ML_DSA_87|ECC_NIST_EDWARDS25519|ML_KEM_512|ML_KEM_768|ML_KEM_1024"},
	{"kms", "SigningAlgorithmSpec", "ML_DSA_SHAKE_256|ED25519_SHA_512|ED25519_PH_SHA_512"},
	// Config: a recorder for service-linked use may be not applicable.
	{"config", "RecorderStatus", "NotApplicable"},
	// Config records its recorder, as its guide says; no SDK has the type among the values yet.
	{"config", "ResourceType", "AWS::Config::ConfigurationRecorder"},
	// Security Hub: the quota of rules became a reason of its own.
	{"securityhub", "StatusReasonCode", "MAXIMUM_NUMBER_OF_CONFIG_RULES_EXCEEDED"},
	// CloudHSM: moving a cluster to another type.
	{"cloudhsm", "ClusterState", "MODIFY_IN_PROGRESS|ROLLBACK_IN_PROGRESS"},
	// Organizations: policy types that came since 2024.
	{"organizations", "PolicyType", "RESOURCE_CONTROL_POLICY|CHATBOT_POLICY|DECLARATIVE_POLICY_EC2|SECURITYHUB_POLICY|INSPECTOR_POLICY|UPGRADE_ROLLOUT_POLICY|BEDROCK_POLICY|S3_POLICY|NETWORK_SECURITY_DIRECTOR_POLICY|GUARDDUTY_POLICY"},
	{"organizations", "EffectivePolicyType", "CHATBOT_POLICY|DECLARATIVE_POLICY_EC2|SECURITYHUB_POLICY|INSPECTOR_POLICY|UPGRADE_ROLLOUT_POLICY|BEDROCK_POLICY|S3_POLICY|NETWORK_SECURITY_DIRECTOR_POLICY|GUARDDUTY_POLICY"},
	// Inspector: policies of AWS Organizations decide which scans may be enabled (2025).
	{"inspector2", "ErrorCode", "BLOCKED_BY_ORGANIZATION_POLICY"},
	// CloudFront: security policies and origins of 2025.
	{"cloudfront", "MinimumProtocolVersion", "TLSv1.2_2025|TLSv1.3_2025"},
	{"cloudfront", "OriginAccessControlOriginTypes", "lambda"},
	// WAF: logs that CloudWatch manages (2025), and Amplify apps.
	{"wafv2", "LogScope", "CLOUDWATCH_TELEMETRY_RULE_MANAGED"},
	{"wafv2", "ResourceType", "AMPLIFY"},
	// Cognito user pools: choice-based sign-in, and logs of user activity.
	{"cognito-idp", "ExplicitAuthFlowsType", "ALLOW_USER_AUTH"},
	{"cognito-idp", "EventSourceName", "userAuthEvents"},
	{"cognito-idp", "LogLevel", "INFO"},
	// IAM: the summary counts roles, instance profiles and providers, and tells whether the root user has a password.
	{"iam", "summaryKeyType", "AccountPasswordPresent|AssumeRolePolicySizeQuota|InstanceProfiles|InstanceProfilesQuota|Providers|RolePolicySizeQuota|Roles|RolesQuota"},
	// EC2: the model spells it Windows, its documentation and the service windows.
	{"ec2", "PlatformValues", "windows"},
}

// added operations: service, operation. Their shapes are made by members above.
var added = [][2]string{{"identitystore", "DescribeIdentityStore"}, {"cloudfront", "ListDistributionTenants"},
	{"iam", "GetOutboundWebIdentityFederationInfo"}, {"iam", "ListOrganizationsFeatures"}}

// paths are those of added operations that are not asked at the root.
var paths = map[string]string{"cloudfront:ListDistributionTenants": "/2020-05-31/distribution-tenants"}

// addedErrors are those that added operations declare beside the usual ones: service, operation, code, and the status that AWS documents.
var addedErrors = []struct {
	service, operation, code string
	status                   int
}{
	{"iam", "GetOutboundWebIdentityFederationInfo", "FeatureDisabled", 404},
	{"iam", "ListOrganizationsFeatures", "AccountNotManagementOrDelegatedAdministratorException", 400},
}

// tolerances are places where the model is stricter than the service: service, shape, constraint, reason.
var tolerances = [][4]string{
	{"sso", "PermissionSetPolicyDocument", "min", "a permission set without an inline policy answers with an empty string"},
	{"sso", "PermissionSetPolicyDocument", "pattern", "as above: the pattern wants one character at least"},
	{"sso", "Duration", "pattern", "the pattern looks ahead, which Go's regular expressions cannot"},
	{"cloudhsm", "VpcId", "pattern", "the model's pattern allows one hexadecimal digit, ids have seventeen"},
	{"identitystore", "ExternalIdIssuer", "pattern", "the pattern looks ahead, which Go's regular expressions cannot"},
	{"guardduty", "GetAdministratorAccountResponse", "required", "AWS documents success and no content for accounts without an administrator"},
	{"guardduty", "TagKey", "pattern", "the pattern looks ahead, which Go's regular expressions cannot"},
	{"detective", "EmailAddress", "pattern", "the pattern looks ahead, which Go's regular expressions cannot"},
	{"shield", "LogBucket", "pattern", "the pattern looks ahead, which Go's regular expressions cannot"},
	{"cognito-idp", "DomainType", "pattern", "the pattern is that of a prefix; a domain of one's own has dots"},
	{"cognito-idp", "S3BucketType", "pattern", "the pattern looks behind, which Go's regular expressions cannot"},
	{"fms", "ManagedServiceData", "pattern", "the pattern looks ahead, which Go's regular expressions cannot"},
	{"cognito-idp", "LogConfigurationListType", "max", "since user activity can be logged there are two sources"},
	{"iam", "accountAliasType", "pattern", "the pattern looks ahead, which Go's regular expressions cannot"},
	{"auditmanager", "TagKey", "pattern", "the pattern looks ahead, which Go's regular expressions cannot"},
	{"athena", "CatalogNameString", "pattern", "the pattern names surrogates, which Go's regular expressions cannot"},
	{"athena", "CommentString", "pattern", "the pattern names surrogates, which Go's regular expressions cannot"},
	{"athena", "KeyString", "pattern", "the pattern names surrogates, which Go's regular expressions cannot"},
	{"athena", "ParametersMapValue", "pattern", "the pattern names surrogates, which Go's regular expressions cannot"},
	{"athena", "TypeString", "pattern", "the pattern names surrogates, which Go's regular expressions cannot"},
	{"cloudtrail", "CloudTrail_20131101", "target", "the model puts a Java package before it; SDKs made from Smithy models send the bare name"},
	{"ssm", "PatchGroup", "min", "an instance in no patch group has an empty one, as in AWS's own examples"},
}

func tolerated(service, shape, constraint string) bool {
	for _, t := range tolerances {
		if t[0] == service && t[1] == shape && t[2] == constraint {
			return true
		}
	}
	return false
}

// extend applies the additions. One that the model has by now is an error, so that the list shrinks when models are renewed.
func (a *api) extend() error {
	for _, p := range []string{"string", "boolean", "integer", "timestamp"} {
		a.Shapes["+"+p] = &shape{Type: p}
	}
	a.Shapes["+list:string"] = &shape{Type: "list", Member: &ref{Shape: "+string"}}
	for _, m := range members {
		if m.service != a.service {
			continue
		}
		s := a.Shapes[m.shape]
		if s == nil {
			s = &shape{Type: "structure"}
			a.Shapes[m.shape] = s
		}
		if s.Members == nil {
			s.Members = map[string]*ref{}
		}
		if s.Members[m.member] != nil {
			return fmt.Errorf("%s.%s is in the model: take it out of additions.go", m.shape, m.member)
		}
		kind, at := m.kind, ref{}
		if query, ok := strings.CutPrefix(kind, "query:"); ok {
			at.Location = "querystring"
			at.LocationName, kind, _ = strings.Cut(query, "=")
		}
		if kind == "flat:string" {
			kind, at.Flattened = "list:string", true
		}
		if list, ok := strings.CutPrefix(kind, "enum:"); ok {
			kind = "+" + m.shape + "." + m.member
			a.Shapes[kind] = &shape{Type: "string", Enum: strings.Split(list, "|")}
		} else if item, ok := strings.CutPrefix(kind, "list:"); ok && item != "string" {
			// What stands behind an @ is the element of an item in XML.
			item, element, _ := strings.Cut(item, "@")
			kind = "+" + m.shape + "." + m.member
			a.Shapes[kind] = &shape{Type: "list", Member: &ref{Shape: item, LocationName: element}}
		} else if a.Shapes["+"+kind] != nil {
			kind = "+" + kind
		}
		at.Shape = kind
		s.Members[m.member] = &at
	}
	for _, m := range members {
		if m.service == a.service {
			if k := a.Shapes[m.shape].Members[m.member].Shape; a.Shapes[k] == nil {
				return fmt.Errorf("%s.%s: there is no shape %q", m.shape, m.member, k)
			}
		}
	}
	// An operation that took nothing has its request made above.
	for name, op := range a.Operations {
		if op.Input == nil && a.Shapes[name+"Request"] != nil {
			op.Input = &ref{Shape: name + "Request"}
		}
	}
	for _, v := range values {
		if v[0] != a.service {
			continue
		}
		s := a.Shapes[v[1]]
		if s == nil || len(s.Enum) == 0 {
			return fmt.Errorf("there is no enum %q", v[1])
		}
		s.Enum = append(s.Enum, strings.Split(v[2], "|")...)
	}
	for _, o := range added {
		if o[0] != a.service {
			continue
		}
		if a.Operations[o[1]] != nil {
			return fmt.Errorf("%s is in the model: take it out of additions.go", o[1])
		}
		op := &operation{Input: &ref{Shape: o[1] + "Request"}}
		op.HTTP.Method, op.HTTP.URI = "POST", cmp.Or(paths[o[0]+":"+o[1]], "/")
		if a.Shapes[op.Input.Shape] == nil {
			op.Input = nil // it takes nothing
		}
		op.Output = &struct {
			ref
			Wrapper string `json:"resultWrapper"`
		}{ref: ref{Shape: o[1] + "Response"}, Wrapper: o[1] + "Result"}
		for _, e := range []string{"ResourceNotFoundException", "AccessDeniedException", "ThrottlingException"} {
			if a.Shapes[e] != nil {
				op.Errors = append(op.Errors, ref{Shape: e})
			}
		}
		for _, e := range addedErrors {
			if e.service != a.service || e.operation != o[1] {
				continue
			}
			s := &shape{Type: "structure", Exception: true}
			s.Error = &struct {
				Code   string `json:"code"`
				Status int    `json:"httpStatusCode"`
			}{e.code, e.status}
			a.Shapes[e.code] = s
			op.Errors = append(op.Errors, ref{Shape: e.code})
		}
		a.Operations[o[1]] = op
	}
	return nil
}
