package moto

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
)

const (
	administratorAccess = "arn:aws:iam::aws:policy/AdministratorAccess"
	supportAccess       = "arn:aws:iam::aws:policy/AWSSupportAccess"
)

// expires is when the certificates that are seeded end.
var expires = time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)

// certificate makes one of its own, in DER and in PEM, and its key.
func certificate(t *testing.T) (der []byte, body, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	x := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "signer"}, NotBefore: expires.AddDate(-10, 0, 0), NotAfter: expires}
	der, err = x509.CreateCertificate(rand.Reader, x, x, &k.PublicKey, k)
	must(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(k)
	must(t, err)
	return der, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
}

// document is a policy of one statement.
func document(effect, action, resource string) *string {
	return ptr(fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":%q,"Action":%q,"Resource":%q}]}`, effect, action, resource))
}

// trusts are the trust policies of the seeded roles, by name. Beside them stands the role that the audit runs as.
func trusts(account string) map[string]string {
	one := func(principal, more string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":"sts:AssumeRole"` + more + `}]}`
	}
	return map[string]string{
		"Partner":   one(`{"AWS":"arn:aws:iam::999988887777:root"}`, `,"Condition":{"StringEquals":{"sts:ExternalId":"a+b %2F"}}`),
		"Unguarded": one(`{"AWS":["999988887777","arn:aws:iam::`+account+`:root"]}`, ``),
		"Everybody": one(`"*"`, ``),
		"Machine":   one(`{"Service":"ec2.amazonaws.com"}`, ``),
		"People":    one(`{"Federated":"arn:aws:iam::`+account+`:saml-provider/okta"}`, `,"Condition":{"StringEquals":{"SAML:aud":"https://signin.aws.amazon.com/saml"}}`),
		"Pipeline": one(`{"Federated":"arn:aws:iam::`+account+`:oidc-provider/token.actions.githubusercontent.com"}`,
			`,"Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"},"StringLike":{"token.actions.githubusercontent.com:sub":"repo:example-corp/*"}}`),
		"AnyPipeline": one(`{"Federated":"arn:aws:iam::`+account+`:oidc-provider/token.actions.githubusercontent.com"}`,
			`,"Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}}`),
	}
}

// seedIAM makes users, groups, roles and policies in every account; identity providers, a server certificate, an alias, a password
// policy and MFA devices in the caller's alone.
func seedIAM(t *testing.T, s *server, account string) {
	t.Helper()
	c, ctx := awsiam.NewFromConfig(s.as(t, account, "us-east-1")), t.Context()
	policy := func(name string, text *string) *string {
		out, err := c.CreatePolicy(ctx, &awsiam.CreatePolicyInput{PolicyName: &name, Path: aws.String("/corp/"), PolicyDocument: text, Description: aws.String("é + %2B")})
		must(t, err)
		return out.Policy.Arn
	}
	all, buckets := policy("all", document("Allow", "*", "*")), policy("buckets", document("Allow", "s3:*", "arn:aws:s3:::a+b/*"))
	policy("nobody", document("Deny", "*", "*"))
	_, err := c.CreatePolicyVersion(ctx, &awsiam.CreatePolicyVersionInput{PolicyArn: buckets, SetAsDefault: true,
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":"iam:*","Resource":"*"},{"Effect":"Allow","Action":["s3:*","sqs:Get*"],"Resource":"*"}]}`)})
	must(t, err)

	for _, name := range []string{"admins", "auditors", "empty"} {
		_, err := c.CreateGroup(ctx, &awsiam.CreateGroupInput{GroupName: &name, Path: aws.String("/people/")})
		must(t, err)
	}
	_, err = c.AttachGroupPolicy(ctx, &awsiam.AttachGroupPolicyInput{GroupName: aws.String("admins"), PolicyArn: aws.String(administratorAccess)})
	must(t, err)
	_, err = c.PutGroupPolicy(ctx, &awsiam.PutGroupPolicyInput{GroupName: aws.String("auditors"), PolicyName: aws.String("look"), PolicyDocument: document("Allow", "s3:Get*", "*")})
	must(t, err)
	for _, name := range []string{"alice", "bob", "carol", "dave"} {
		_, err := c.CreateUser(ctx, &awsiam.CreateUserInput{UserName: &name, Path: aws.String("/people/"), Tags: []iamtypes.Tag{{Key: aws.String("owner"), Value: aws.String("=" + name)}}})
		must(t, err)
	}
	join := func(user, group string) {
		_, err := c.AddUserToGroup(ctx, &awsiam.AddUserToGroupInput{UserName: &user, GroupName: &group})
		must(t, err)
	}
	join("alice", "auditors")
	join("alice", "admins")
	join("bob", "auditors")
	_, err = c.AttachUserPolicy(ctx, &awsiam.AttachUserPolicyInput{UserName: aws.String("bob"), PolicyArn: buckets})
	must(t, err)
	_, err = c.AttachUserPolicy(ctx, &awsiam.AttachUserPolicyInput{UserName: aws.String("dave"), PolicyArn: aws.String(supportAccess)})
	must(t, err)
	_, err = c.PutUserPolicy(ctx, &awsiam.PutUserPolicyInput{UserName: aws.String("carol"), PolicyName: aws.String("everything"), PolicyDocument: document("Allow", "*", "*")})
	must(t, err)
	_, err = c.CreateLoginProfile(ctx, &awsiam.CreateLoginProfileInput{UserName: aws.String("alice"), Password: aws.String("Correct-horse-battery-9")})
	must(t, err)
	for n := range 2 {
		made, err := c.CreateAccessKey(ctx, &awsiam.CreateAccessKeyInput{UserName: aws.String("alice")})
		must(t, err)
		if n == 1 {
			_, err = c.UpdateAccessKey(ctx, &awsiam.UpdateAccessKeyInput{UserName: aws.String("alice"), AccessKeyId: made.AccessKey.AccessKeyId, Status: iamtypes.StatusTypeInactive})
			must(t, err)
		}
	}
	for name, trust := range trusts(account) {
		in := &awsiam.CreateRoleInput{RoleName: &name, Path: aws.String("/corp/"), AssumeRolePolicyDocument: &trust, MaxSessionDuration: aws.Int32(43200), Tags: []iamtypes.Tag{{Key: aws.String("owner"), Value: aws.String("platform")}}}
		if name == "Machine" {
			in.MaxSessionDuration, in.Tags, in.PermissionsBoundary = nil, nil, buckets
		}
		_, err := c.CreateRole(ctx, in)
		must(t, err)
	}
	_, err = c.AttachRolePolicy(ctx, &awsiam.AttachRolePolicyInput{RoleName: aws.String("Partner"), PolicyArn: all})
	must(t, err)
	_, err = c.PutRolePolicy(ctx, &awsiam.PutRolePolicyInput{RoleName: aws.String("Machine"), PolicyName: aws.String("logs"), PolicyDocument: document("Allow", "logs:*", "*")})
	must(t, err)
	_, err = c.CreateInstanceProfile(ctx, &awsiam.CreateInstanceProfileInput{InstanceProfileName: aws.String("machine")})
	must(t, err)
	_, err = c.AddRoleToInstanceProfile(ctx, &awsiam.AddRoleToInstanceProfileInput{InstanceProfileName: aws.String("machine"), RoleName: aws.String("Machine")})
	must(t, err)
	if account == caller {
		seedIAMOfCaller(t, c)
	}
}

func seedIAMOfCaller(t *testing.T, c *awsiam.Client) {
	t.Helper()
	ctx := t.Context()
	der, body, key := certificate(t)
	metadata := `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com"><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>` +
		base64.StdEncoding.EncodeToString(der) + `</X509Certificate></X509Data></KeyInfo></KeyDescriptor><SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/sso"/></IDPSSODescriptor></EntityDescriptor>` +
		"<!--" + fmt.Sprintf("%01000d", 0) + "-->" // AWS takes no metadata below a thousand characters
	_, err := c.CreateSAMLProvider(ctx, &awsiam.CreateSAMLProviderInput{Name: aws.String("okta"), SAMLMetadataDocument: &metadata})
	must(t, err)
	_, err = c.CreateOpenIDConnectProvider(ctx, &awsiam.CreateOpenIDConnectProviderInput{Url: aws.String("https://token.actions.githubusercontent.com"), ClientIDList: []string{"sts.amazonaws.com", "another"},
		ThumbprintList: []string{"6938fd4d98bab03faadb97b34396831e3780aea1"}, Tags: []iamtypes.Tag{{Key: aws.String("owner"), Value: aws.String("platform")}}})
	must(t, err)
	_, err = c.UploadServerCertificate(ctx, &awsiam.UploadServerCertificateInput{ServerCertificateName: aws.String("old-site"), Path: aws.String("/cloudfront/"), CertificateBody: &body, PrivateKey: &key})
	must(t, err)
	_, err = c.CreateAccountAlias(ctx, &awsiam.CreateAccountAliasInput{AccountAlias: aws.String("example-corp")})
	must(t, err)
	_, err = c.UpdateAccountPasswordPolicy(ctx, &awsiam.UpdateAccountPasswordPolicyInput{MinimumPasswordLength: aws.Int32(14), RequireSymbols: true, RequireNumbers: true, RequireUppercaseCharacters: true,
		AllowUsersToChangePassword: true, MaxPasswordAge: aws.Int32(90), PasswordReusePrevention: aws.Int32(24), HardExpiry: aws.Bool(true)})
	must(t, err)
	device, err := c.CreateVirtualMFADevice(ctx, &awsiam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: aws.String("alice-phone")})
	must(t, err)
	_, err = c.EnableMFADevice(ctx, &awsiam.EnableMFADeviceInput{UserName: aws.String("alice"), SerialNumber: device.VirtualMFADevice.SerialNumber, AuthenticationCode1: aws.String("123456"), AuthenticationCode2: aws.String("654321")})
	must(t, err)
	_, err = c.CreateVirtualMFADevice(ctx, &awsiam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: aws.String("spare")})
	must(t, err)
}
