package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/fips"
	"github.com/auditseal/auditseal/collectors/kms"
	"github.com/auditseal/auditseal/collectors/tape"
	"github.com/auditseal/auditseal/report/seal"
)

// kmsKey signs with an asymmetric key that never leaves AWS KMS. It carries the context because crypto.Signer has no place for one.
type kmsKey struct {
	ctx    context.Context
	client *awskms.Client
	arn    string
	spec   types.KeySpec
	public crypto.PublicKey
}

// kmsSpecs are the key specs that sign a pack.
var kmsSpecs = []types.KeySpec{types.KeySpecEccNistP256, types.KeySpecEccNistP384, types.KeySpecEccNistP521, types.KeySpecRsa2048, types.KeySpecRsa3072, types.KeySpecRsa4096}

// sealActions are what the identity that seals needs on the key.
var sealActions = []string{"kms:DescribeKey", "kms:GetPublicKey", "kms:Sign"}

func (k *kmsKey) Public() crypto.PublicKey { return k.public }

// Sign has KMS sign a digest, and checks the signature before it is used.
func (k *kmsKey) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	h := opts.HashFunc()
	alg := map[crypto.Hash]types.SigningAlgorithmSpec{crypto.SHA256: types.SigningAlgorithmSpecEcdsaSha256, crypto.SHA384: types.SigningAlgorithmSpecEcdsaSha384, crypto.SHA512: types.SigningAlgorithmSpecEcdsaSha512}[h]
	if _, ok := k.public.(*rsa.PublicKey); ok {
		if _, pss := opts.(*rsa.PSSOptions); pss {
			return nil, errors.New("kms:Sign: a seal has no PSS signatures")
		}
		alg = map[crypto.Hash]types.SigningAlgorithmSpec{crypto.SHA256: types.SigningAlgorithmSpecRsassaPkcs1V15Sha256, crypto.SHA384: types.SigningAlgorithmSpecRsassaPkcs1V15Sha384,
			crypto.SHA512: types.SigningAlgorithmSpecRsassaPkcs1V15Sha512}[h]
	}
	if alg == "" || len(digest) != h.Size() {
		return nil, fmt.Errorf("kms:Sign: a digest by %s cannot be signed", h)
	}
	out, err := k.client.Sign(k.ctx, &awskms.SignInput{KeyId: &k.arn, Message: digest, MessageType: types.MessageTypeDigest, SigningAlgorithm: alg})
	if err != nil {
		if k.ctx.Err() != nil {
			return nil, k.ctx.Err()
		}
		return nil, kmsError("kms:Sign", k.arn, err)
	}
	good := false
	switch p := k.public.(type) {
	case *ecdsa.PublicKey:
		good = ecdsa.VerifyASN1(p, digest, out.Signature)
	case *rsa.PublicKey:
		good = rsa.VerifyPKCS1v15(p, h, digest, out.Signature) == nil
	}
	if !good {
		return nil, fmt.Errorf("kms:Sign: KMS answered for %s with a signature that its public key does not verify", k.arn)
	}
	return out.Signature, nil
}

// openKMS describes the key and reads its public half, and keeps both exchanges.
func (k *sealingKey) openKMS(ctx context.Context, keyARN string, fipsEndpoints bool, certificates []byte) error {
	a, err := arn.Parse(keyARN)
	if err != nil {
		return usage("write it as arn:aws:kms:eu-west-1:111122223333:key/…", "seal: key: %q is not the ARN of a KMS key", keyARN)
	}
	s, err := openSession(ctx, a.Region, fipsEndpoints, "", "")
	if err != nil {
		return err
	}
	if s.partition != a.Partition {
		return usage("seal with credentials of that partition", "seal: key: %s lies in the partition %s, and the caller's credentials are of %s", keyARN, a.Partition, s.partition)
	}
	signer, key, described, exchanges, err := readKMS(ctx, s.base, a, keyARN)
	if err != nil {
		return err
	}
	k.signer, k.exchanges = signer, exchanges
	k.kms, err = kmsStatement(a, key, described, certificates)
	return err
}

// readKMS asks for the key through a tape of its own.
func readKMS(ctx context.Context, base aws.Config, a arn.ARN, keyARN string) (signer *kmsKey, key *types.KeyMetadata, stamp tape.Stamp, exchanges []byte, err error) {
	fail := func(err error) (*kmsKey, *types.KeyMetadata, tape.Stamp, []byte, error) {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, nil, tape.Stamp{}, nil, err
	}
	tmp, err := os.MkdirTemp("", "auditseal-key-*")
	if err != nil {
		return fail(err)
	}
	defer os.RemoveAll(tmp)
	tp, err := tape.Create(tmp)
	if err != nil {
		return fail(err)
	}
	op := func(name, member string) evidence.Operation {
		return evidence.Operation{Service: "kms", API: awskms.ServiceID, Name: name, Action: "kms:" + name, Member: member}
	}
	client := awskms.NewFromConfig(tp.Config(base, tape.Options{Account: a.AccountID, Region: a.Region, Collector: "seal",
		Operations: []evidence.Operation{op("DescribeKey", "KeyMetadata"), op("GetPublicKey", "PublicKey")}}))
	described, err := client.DescribeKey(ctx, &awskms.DescribeKeyInput{KeyId: &keyARN})
	if err != nil {
		return fail(errors.Join(kmsError("kms:DescribeKey", keyARN, err), tp.Close()))
	}
	key = described.KeyMetadata
	if err := usableKMS(keyARN, key); err != nil {
		return fail(errors.Join(err, tp.Close()))
	}
	public, err := client.GetPublicKey(ctx, &awskms.GetPublicKeyInput{KeyId: &keyARN})
	if err = errors.Join(kmsError("kms:GetPublicKey", keyARN, err), tp.Close()); err != nil {
		return fail(err)
	}
	pub, err := x509.ParsePKIXPublicKey(public.PublicKey)
	if err != nil {
		return fail(fmt.Errorf("kms:GetPublicKey: the public key of %s cannot be read: %w", keyARN, err))
	}
	if _, err := seal.NewPublicKey(pub); err != nil {
		return fail(fmt.Errorf("kms:GetPublicKey: %s is %w", keyARN, err))
	}
	var lines bytes.Buffer
	err = fs.WalkDir(os.DirFS(tmp), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(os.DirFS(tmp), name)
		lines.Write(b)
		return err
	})
	if err != nil {
		return fail(err)
	}
	return &kmsKey{ctx: ctx, client: awskms.NewFromConfig(base, func(o *awskms.Options) { o.Region = a.Region }), arn: keyARN, spec: key.KeySpec, public: pub},
		key, tape.StampOf(described.ResultMetadata), lines.Bytes(), nil
}

// usableKMS says why a key cannot sign, and what to do about it.
func usableKMS(keyARN string, key *types.KeyMetadata) error {
	no := func(hint, format string, args ...any) error {
		return &exitError{code: exitUnfinished, err: fmt.Errorf("seal: key: "+format, args...), hint: hint}
	}
	switch {
	case aws.ToString(key.Arn) != keyARN:
		return no("give the key's own ARN", "KMS answered for %s with the key %q", keyARN, aws.ToString(key.Arn))
	case key.KeyState == types.KeyStatePendingDeletion:
		when := ""
		if key.DeletionDate != nil {
			when = " on " + key.DeletionDate.UTC().Format("2006-01-02")
		}
		return no("seal with another key; or, if it is to stay: aws kms cancel-key-deletion, then aws kms enable-key", "%s is going to be deleted%s", keyARN, when)
	case key.KeyState == types.KeyStateDisabled:
		return no("enable it (aws kms enable-key), or seal with another key", "%s is disabled", keyARN)
	case key.KeyState != types.KeyStateEnabled:
		return no("seal with another key, or wait until its state is Enabled", "%s is in the state %s", keyARN, key.KeyState)
	case key.KeyUsage != types.KeyUsageTypeSignVerify:
		return no("make one to sign with: aws kms create-key --key-usage SIGN_VERIFY --key-spec ECC_NIST_P256", "%s is for %s, not for signatures (SIGN_VERIFY); a key's usage cannot be changed", keyARN, key.KeyUsage)
	case !slices.Contains(kmsSpecs, key.KeySpec):
		return no(fmt.Sprintf("make one of %v: aws kms create-key --key-usage SIGN_VERIFY --key-spec ECC_NIST_P256", kmsSpecs), "%s has the spec %s, which does not sign packs", keyARN, key.KeySpec)
	}
	return nil
}

// kmsError words what KMS refused. It is nil for a nil error.
func kmsError(action, keyARN string, err error) error {
	if err == nil {
		return nil
	}
	var api smithy.APIError
	var e *tape.Error
	code, message := "", err.Error()
	if errors.As(err, &api) {
		code, message = api.ErrorCode(), api.ErrorMessage()
	} else if errors.As(err, &e) {
		code, message = e.Code, e.Message
	}
	hint := "check the key with: aws kms describe-key --key-id " + keyARN
	switch code {
	case "AccessDeniedException":
		hint = fmt.Sprintf("allow %s on that key to the identity that seals, in its policy and in the key's own; auditseal policy --sealing prints the statement", action)
	case "NotFoundException":
		hint = "check region, account and id in the ARN: KMS knows no such key there"
	case "DisabledException":
		hint = "enable it (aws kms enable-key), or seal with another key"
	case "KMSInvalidStateException":
		hint = "seal with another key, or wait until its state is Enabled"
	case "InvalidKeyUsageException":
		hint = "make a key to sign with: aws kms create-key --key-usage SIGN_VERIFY --key-spec ECC_NIST_P256"
	}
	if code != "" {
		message = code + ": " + message
	}
	return &exitError{code: exitUnfinished, err: fmt.Errorf("%s on %s: %s", action, keyARN, message), hint: hint}
}

// kmsStatement is what the seal says of the key, with what the table of FIPS certificates shows of the module that holds it. A custom key
// store's cluster is not read when a pack is sealed, so that its certificate is not known then.
func kmsStatement(a arn.ARN, key *types.KeyMetadata, asked tape.Stamp, certificates []byte) (*seal.KMSKey, error) {
	out := &seal.KMSKey{ARN: aws.ToString(key.Arn), Spec: string(key.KeySpec), Origin: string(key.Origin), CustomKeyStore: aws.ToString(key.CustomKeyStoreId), CloudHSMCluster: aws.ToString(key.CloudHsmClusterId)}
	record := &kms.Key{Meta: evidence.Meta{ID: out.ARN, Account: a.AccountID, Region: a.Region, Collected: asked.Date, Evidence: []string{asked.Evidence}}, KeyID: aws.ToString(key.KeyId), Manager: string(key.KeyManager),
		State: string(key.KeyState), Enabled: key.Enabled, Origin: out.Origin, Spec: out.Spec, Usage: string(key.KeyUsage), CloudHSMClusterID: key.CloudHsmClusterId}
	d := evidence.Derivation{Account: a.AccountID, Region: a.Region, Partition: a.Partition, Scope: evidence.Scope{AsOf: asked.Date},
		Records: func(kind string, each func(evidence.Record) error) error {
			if kind != "kms.key" {
				return nil
			}
			return each(record)
		}}
	if len(certificates) > 0 { // else the table that ships
		d.Inputs = map[string][]byte{fips.TableName: certificates}
	}
	err := fips.Keys{}.Derive(d, func(r evidence.Record) error {
		st, ok := r.(*fips.KeyStatus)
		if !ok {
			return nil
		}
		out.FIPS = seal.FIPS{Status: st.Status, Algorithm: st.AlgorithmApproved, Certificate: aws.ToString(st.Certificate), Standard: aws.ToString(st.Standard), Level: aws.ToString(st.Level), ReadOn: aws.ToString(st.ReadOn), Note: st.Note}
		if st.Sunset != nil {
			out.FIPS.Sunset = st.Sunset.Format("2006-01-02")
		}
		return nil
	})
	return out, err
}
