package main

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/auditseal/auditseal/frameworks/audit"
	"github.com/auditseal/auditseal/report/seal"
)

const kmsTestARN = "arn:aws:kms:eu-west-1:111122223333:key/0f0f0f0f-1111-2222-3333-444455556666"

// A fakeKMS answers as KMS does for one key, but where it is told to fail.
type fakeKMS struct {
	signer crypto.Signer
	state  string
	usage  string
	spec   string
	// refuse gives an error code for an operation.
	refuse map[string]string
	// spoil changes what Sign answers.
	spoil func([]byte) []byte
	asked []string
}

func (f *fakeKMS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
	body, _ := io.ReadAll(r.Body)
	_, op, kms := strings.Cut(r.Header.Get("X-Amz-Target"), "TrentService.")
	if !kms {
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprint(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/sealer</Arn><UserId>A</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`)
		return
	}
	f.asked = append(f.asked, op)
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if code := f.refuse[op]; code != "" {
		w.WriteHeader(http.StatusBadRequest)
		json.NewEncoder(w).Encode(map[string]string{"__type": code, "message": "User: arn:aws:iam::111122223333:user/sealer is refused"})
		return
	}
	switch op {
	case "DescribeKey":
		m := map[string]any{"Arn": kmsTestARN, "KeyId": "0f0f0f0f-1111-2222-3333-444455556666", "KeyState": f.state, "KeyUsage": f.usage, "KeySpec": f.spec, "Origin": "AWS_KMS", "KeyManager": "CUSTOMER", "Enabled": true}
		if f.state == "PendingDeletion" {
			m["DeletionDate"] = 1796083200
		}
		json.NewEncoder(w).Encode(map[string]any{"KeyMetadata": m})
	case "GetPublicKey":
		der, _ := x509.MarshalPKIXPublicKey(f.signer.Public())
		json.NewEncoder(w).Encode(map[string]any{"KeyId": kmsTestARN, "PublicKey": der})
	case "Sign":
		var in struct {
			Message                       []byte
			MessageType, SigningAlgorithm string
		}
		json.Unmarshal(body, &in)
		if in.MessageType != "DIGEST" || in.SigningAlgorithm != "ECDSA_SHA_256" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		sig, _ := f.signer.Sign(rand.Reader, in.Message, crypto.SHA256)
		if f.spoil != nil {
			sig = f.spoil(sig)
		}
		json.NewEncoder(w).Encode(map[string]any{"KeyId": kmsTestARN, "Signature": sig, "SigningAlgorithm": in.SigningAlgorithm})
	}
}

func startKMS(t *testing.T) *fakeKMS {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	f := &fakeKMS{signer: key, state: "Enabled", usage: "SIGN_VERIFY", spec: "ECC_NIST_P256", refuse: map[string]string{}}
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": s.URL, "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "x", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_MAX_ATTEMPTS": "1"} {
		t.Setenv(name, value)
	}
	return f
}

func TestKMSKeySigns(t *testing.T) {
	f := startKMS(t)
	a := &app{out: io.Discard, err: io.Discard, now: time.Now, random: rand.Reader}
	k, err := a.openKey(t.Context(), &sealing{Seal: audit.Seal{Key: kmsTestARN}, without: "a test"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	data := []byte("what is signed")
	sig, err := seal.Sign(rand.Reader, k.signer, data)
	if err != nil || k.public.Verify(data, sig) != nil {
		t.Fatal(err)
	}
	// Only the two questions about the key are evidence.
	if n := strings.Count(string(k.exchanges), "\n"); n != 2 || strings.Contains(string(k.exchanges), `"operation":"Sign"`) {
		t.Errorf("%d exchanges: %s", n, k.exchanges)
	}
	if s := k.kms; s.ARN != kmsTestARN || s.Spec != "ECC_NIST_P256" || s.FIPS.Certificate != "4884" || s.FIPS.Algorithm != "reported" || s.FIPS.ReadOn == "" {
		t.Errorf("%+v", s)
	}
	// The table's dates decide, not this code: past the certificate's recorded sunset it is to be confirmed.
	if sunset, _ := time.Parse(time.DateOnly, k.kms.FIPS.Sunset); time.Now().After(sunset) != (k.kms.FIPS.Status == "confirm-at-cmvp") {
		t.Errorf("%s with the sunset %s: %s", k.kms.FIPS.Status, k.kms.FIPS.Sunset, k.kms.FIPS.Note)
	}
	// A signature that the public key does not verify is not used.
	f.spoil = func(b []byte) []byte { b[len(b)-1] ^= 1; return b }
	if _, err := k.signer.Sign(rand.Reader, make([]byte, 32), crypto.SHA256); err == nil || !strings.Contains(err.Error(), "its public key does not verify") {
		t.Error(err)
	}
	f.spoil = nil
	for code, want := range map[string]string{"AccessDeniedException": "allow kms:Sign on that key", "DisabledException": "enable it", "KMSInvalidStateException": "its state is Enabled"} {
		f.refuse["Sign"] = code
		_, err := k.signer.Sign(rand.Reader, make([]byte, 32), crypto.SHA256)
		var e *exitError
		if !errors.As(err, &e) || e.code != exitUnfinished || !strings.Contains(e.hint, want) || !strings.Contains(err.Error(), kmsTestARN) {
			t.Errorf("%s: %v", code, err)
		}
	}
}

func TestKMSKeyRefused(t *testing.T) {
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	for name, c := range map[string]struct {
		set  func(*fakeKMS)
		want string
		hint string
	}{
		"describe denied": {func(f *fakeKMS) { f.refuse["DescribeKey"] = "AccessDeniedException" }, "kms:DescribeKey on " + kmsTestARN + ": AccessDeniedException", "allow kms:DescribeKey on that key"},
		"public denied":   {func(f *fakeKMS) { f.refuse["GetPublicKey"] = "AccessDeniedException" }, "kms:GetPublicKey on " + kmsTestARN, "allow kms:GetPublicKey on that key"},
		"not there":       {func(f *fakeKMS) { f.refuse["DescribeKey"] = "NotFoundException" }, "NotFoundException", "check region, account and id"},
		"disabled":        {func(f *fakeKMS) { f.state = "Disabled" }, "is disabled", "enable it"},
		"going":           {func(f *fakeKMS) { f.state = "PendingDeletion" }, "is going to be deleted on 2026-12-01", "cancel-key-deletion"},
		"importing":       {func(f *fakeKMS) { f.state = "PendingImport" }, "in the state PendingImport", "wait"},
		"usage":           {func(f *fakeKMS) { f.usage, f.spec = "ENCRYPT_DECRYPT", "RSA_2048" }, "is for ENCRYPT_DECRYPT", "create-key"},
		"spec":            {func(f *fakeKMS) { f.spec = "ECC_SECG_P256K1" }, "has the spec ECC_SECG_P256K1", "ECC_NIST_P256"},
		"unknown spec":    {func(f *fakeKMS) { f.spec = "ML_DSA_65" }, "has the spec ML_DSA_65", "ECC_NIST_P256"},
		"another key":     {func(f *fakeKMS) { f.signer = ed }, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := startKMS(t)
			c.set(f)
			a := &app{out: io.Discard, err: io.Discard, now: time.Now, random: rand.Reader}
			k, err := a.openKey(context.Background(), &sealing{Seal: audit.Seal{Key: kmsTestARN}, without: "a test"}, nil)
			if name == "another key" {
				// KMS said P-256 and gave another: nothing that it signs verifies.
				if err == nil {
					_, err = seal.Sign(rand.Reader, k.signer, []byte("x"))
				}
				if err == nil {
					t.Error("signed by another key than KMS described")
				}
				return
			}
			var e *exitError
			if !errors.As(err, &e) || e.code != exitUnfinished || !strings.Contains(err.Error(), c.want) || !strings.Contains(e.hint, c.hint) {
				t.Errorf("%v", err)
			}
			for _, op := range f.asked {
				if op == "Sign" {
					t.Error("a signature was asked for")
				}
			}
		})
	}
}
