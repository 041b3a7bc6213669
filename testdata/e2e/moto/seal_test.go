package moto

import (
	"encoding/json"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// digests has moto sign digests as AWS does (MessageType DIGEST). Of its own it hashes them once more, and says in its source that this is
// not implemented. Key and arithmetic stay those of moto and its library.
const digests = `
import base64, json
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from moto.kms.responses import KmsResponse
raw = KmsResponse.sign
def sign(self):
    if self._get_param("MessageType") != "DIGEST":
        return raw(self)
    raw(self)  # it refuses what it refuses
    key = self.kms_backend.describe_key(self._get_param("KeyId"))
    algorithm = self._get_param("SigningAlgorithm")
    how = Prehashed({"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}[algorithm[-3:]]())
    private = key.private_key.private_key
    if algorithm.startswith("ECDSA"):
        signature = private.sign(self._get_param("Message"), ec.ECDSA(how))
    else:
        signature = private.sign(self._get_param("Message"), padding.PKCS1v15(), how)
    return json.dumps({"KeyId": key.arn, "Signature": base64.b64encode(signature).decode(), "SigningAlgorithm": algorithm})
KmsResponse.sign = sign
`

// TestSeal signs packs by keys in KMS, whose signatures moto makes; and by keys that cannot sign, each of which says why.
func TestSeal(t *testing.T) {
	s := startWith(t, digests)
	bin := build(t)
	client := awskms.NewFromConfig(s.config("eu-west-1"))
	create := func(spec types.KeySpec, usage types.KeyUsageType) string {
		out, err := client.CreateKey(t.Context(), &awskms.CreateKeyInput{KeySpec: spec, KeyUsage: usage})
		must(t, err)
		return aws.ToString(out.KeyMetadata.Arn)
	}
	for _, spec := range []types.KeySpec{types.KeySpecEccNistP256, types.KeySpecEccNistP384, types.KeySpecRsa2048} {
		t.Run(string(spec), func(t *testing.T) {
			dir := t.TempDir()
			arn := create(spec, types.KeyUsageTypeSignVerify)
			// keygen writes the public key, and a certificate that KMS signed.
			code, stdout, stderr := auditseal(t, bin, dir, s.url, "keygen", "--out", "kms", "--kms-key", arn, "--organization", "Example Corp")
			if code != 0 {
				t.Fatalf("keygen: exit code %d\n%s%s", code, stdout, stderr)
			}
			if _, err := os.Stat(filepath.Join(dir, "kms.pem")); err == nil {
				t.Error("keygen wrote a private key")
			}
			public, err := client.GetPublicKey(t.Context(), &awskms.GetPublicKeyInput{KeyId: &arn})
			must(t, err)
			// The verifier has the key from KMS itself, not from what auditseal wrote.
			must(t, os.WriteFile(filepath.Join(dir, "own.pem"), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public.PublicKey}), 0o644))
			code, stdout, stderr = auditseal(t, bin, dir, s.url, "demo", "--out", "pack", "--key", arn, "--certificate", "kms.crt.pem", "--without-timestamp", "moto has no authority", "--json")
			if code != 0 {
				t.Fatalf("demo: exit code %d\n%s%s", code, stdout, stderr)
			}
			for _, key := range []string{"own.pem", "kms.pub.pem", "kms.crt.pem"} {
				code, stdout, stderr = auditseal(t, bin, dir, "http://127.0.0.1:1", "verify", "pack.zip", "--key", key)
				if code != 0 || !strings.Contains(stdout, "by its own word the key is "+arn+" in AWS KMS") || !strings.Contains(stdout, "proved       report") {
					t.Errorf("verify --key %s: exit code %d\n%s%s", key, code, stdout, stderr)
				}
			}
			checkKeyTold(t, filepath.Join(dir, "pack"), arn, string(spec))
			if bin, err := exec.LookPath("openssl"); err == nil {
				hash := map[types.KeySpec]string{types.KeySpecEccNistP384: "-sha384"}[spec]
				if hash == "" {
					hash = "-sha256"
				}
				cmd := exec.CommandContext(t.Context(), bin, "dgst", hash, "-verify", "../own.pem", "-signature", "seal/SHA256SUMS.sig", "SHA256SUMS")
				cmd.Dir = filepath.Join(dir, "pack")
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("openssl: %v: %s", err, out)
				}
			}
		})
	}

	disabled, going := create(types.KeySpecEccNistP256, types.KeyUsageTypeSignVerify), create(types.KeySpecEccNistP256, types.KeyUsageTypeSignVerify)
	id := func(arn string) *string { return aws.String(arn[strings.LastIndex(arn, "/")+1:]) } // moto knows keys by their id alone here
	_, err := client.DisableKey(t.Context(), &awskms.DisableKeyInput{KeyId: id(disabled)})
	must(t, err)
	_, err = client.ScheduleKeyDeletion(t.Context(), &awskms.ScheduleKeyDeletionInput{KeyId: id(going), PendingWindowInDays: aws.Int32(7)})
	must(t, err)
	there := create(types.KeySpecEccNistP256, types.KeyUsageTypeSignVerify)
	for arn, want := range map[string]string{
		disabled: "is disabled",
		going:    "is going to be deleted on 20",
		create(types.KeySpecSymmetricDefault, types.KeyUsageTypeEncryptDecrypt): "is for ENCRYPT_DECRYPT, not for signatures",
		create(types.KeySpecEccSecgP256k1, types.KeyUsageTypeSignVerify):        "has the spec ECC_SECG_P256K1, which does not sign packs",
		strings.Replace(there, "eu-west-1", "us-east-1", 1):                     "check region, account and id in the ARN",
	} {
		dir := t.TempDir()
		code, stdout, stderr := auditseal(t, bin, dir, s.url, "demo", "--out", "pack", "--key", arn, "--without-timestamp", "x")
		if code != 1 || !strings.Contains(stderr, want) || !strings.Contains(stderr, arn) {
			t.Errorf("%s: exit code %d, want %q\n%s%s", arn, code, want, stdout, stderr)
		}
		if _, err := os.Stat(filepath.Join(dir, "pack")); err == nil {
			t.Errorf("%s: work was done before the key was looked at", arn)
		}
	}
}

// checkKeyTold looks into the seal: what KMS told of the key is there as evidence, and so is what the table of certificates shows.
func checkKeyTold(t *testing.T, pack, arn, spec string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(pack, "seal", "statement.dsse.json"))
	must(t, err)
	var envelope struct{ Payload []byte }
	must(t, json.Unmarshal(raw, &envelope))
	var st struct {
		Predicate struct {
			Key struct {
				KMS struct {
					ARN, Spec, Origin string
					FIPS              struct{ Status, Certificate, Note string }
				}
			}
		}
	}
	must(t, json.Unmarshal(envelope.Payload, &st))
	k := st.Predicate.Key.KMS
	if k.ARN != arn || k.Spec != spec || k.Origin != "AWS_KMS" || k.FIPS.Status == "" || k.FIPS.Certificate == "" || k.FIPS.Note == "" {
		t.Errorf("the statement says %+v of the key", k)
	}
	told, err := os.ReadFile(filepath.Join(pack, "seal", "key.jsonl"))
	must(t, err)
	for _, want := range []string{`"operation":"DescribeKey"`, `"operation":"GetPublicKey"`} {
		if !strings.Contains(string(told), want) {
			t.Errorf("key.jsonl has no %s", want)
		}
	}
}
