package seal

import (
	"bytes"
	"context"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/report/pack"
)

// The types of what is signed: in-toto's own, and that of the predicate, which has a version of its own.
const (
	StatementType = "https://in-toto.io/Statement/v1"
	PredicateType = "https://github.com/auditseal/auditseal/seal/v1"
	PayloadType   = "application/vnd.in-toto+json"
)

// A Statement is what the envelope signs: an in-toto Statement v1.
type Statement struct {
	Type string `json:"_type"`
	// Subject are the files that are signed, sorted by name.
	Subject       []Subject `json:"subject"`
	PredicateType string    `json:"predicateType"`
	Predicate     Predicate `json:"predicate"`
}

// A Subject is one file of the pack.
type Subject struct {
	Name   string `json:"name"`
	Digest struct {
		SHA256 evidence.Digest `json:"sha256"`
	} `json:"digest"`
}

// A Predicate says of which pack, by which key and with which timestamp.
type Predicate struct {
	// Tool is the program that sealed, and its version.
	Tool string `json:"tool"`
	// Organization and Period are those of the manifest.
	Organization string          `json:"organization"`
	Period       evidence.Period `json:"period"`
	// Tree is the manifest's Merkle tree: size and root. Absence: a pack without one.
	Tree *pack.Tree `json:"tree,omitempty"`
	// Previous is the identity of the pack before this one in the same archive. Absence: there was none, or the pack is not archived.
	Previous  evidence.Digest `json:"previous,omitzero"`
	Key       SigningKey      `json:"key"`
	Timestamp Asked           `json:"timestamp"`
}

// A SigningKey tells about the key, so that a verifier can find it. It is no reason to trust it.
type SigningKey struct {
	// ID and Algorithm are those of PublicKey.
	ID        evidence.Digest `json:"id"`
	Algorithm string          `json:"algorithm"`
	// KMS is there where AWS KMS holds the key.
	KMS *KMSKey `json:"kms,omitempty"`
}

// A KMSKey is what AWS KMS told of a key when the pack was sealed, as AWS spells it. The exchanges stand in seal/key.jsonl.
type KMSKey struct {
	ARN string `json:"arn"`
	// Spec is the key spec: ECC_NIST_P256.
	Spec string `json:"spec"`
	// Origin is where the key material came from: AWS_KMS, EXTERNAL, AWS_CLOUDHSM, EXTERNAL_KEY_STORE.
	Origin string `json:"origin"`
	// CustomKeyStore and CloudHSMCluster name what holds the key, where it is not KMS itself.
	CustomKeyStore  string `json:"custom_key_store,omitempty"`
	CloudHSMCluster string `json:"cloudhsm_cluster,omitempty"`
	FIPS            FIPS   `json:"fips"`
}

// FIPS is what the dated table of FIPS 140 certificates shows for the module that holds the key. It is a reading of the table, not a
// confirmation by CMVP.
type FIPS struct {
	// Status is one of the words of the record kind fips.key_status: validated, historical, not-validated, confirm-at-cmvp,
	// customer-module, unknown.
	Status string `json:"status"`
	// Algorithm says whether the key's algorithm is reported to be on the module's approved list: reported, or not-shown.
	Algorithm string `json:"algorithm"`
	// Certificate is the number of the CMVP certificate. Absence: there is none, or it is not known which.
	Certificate string `json:"certificate,omitempty"`
	Standard    string `json:"standard,omitempty"`
	Level       string `json:"level,omitempty"`
	// Sunset is the day that the table records, ReadOn the month or day on which it was read.
	Sunset string `json:"sunset,omitempty"`
	ReadOn string `json:"read_on,omitempty"`
	// Note says it in a sentence.
	Note string `json:"note"`
}

// Asked says which authorities were asked for a timestamp, or why none was. One of the two is there.
type Asked struct {
	Authorities []string `json:"authorities,omitempty"`
	// Without is the reason for there being none.
	Without string `json:"without,omitempty"`
}

// encode writes the one form that a value has: compact JSON in the order of the fields, HTML characters not escaped.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// decode reads a value strictly: no unknown member, nothing after it, and exactly the bytes that encode writes.
func decode(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	again, err := encode(v)
	if err == nil && !bytes.Equal(again, b) {
		err = errors.New("it does not stand as auditseal writes it")
	}
	return err
}

// An envelopeSigner signs for the DSSE library.
type envelopeSigner struct {
	random io.Reader
	key    crypto.Signer
	id     evidence.Digest
}

func (s envelopeSigner) Sign(_ context.Context, data []byte) ([]byte, error) {
	return Sign(s.random, s.key, data)
}
func (s envelopeSigner) KeyID() (string, error) { return s.id.String(), nil }

// An envelopeVerifier checks for it.
type envelopeVerifier struct{ *PublicKey }

func (v envelopeVerifier) Verify(_ context.Context, data, sig []byte) error {
	return v.PublicKey.Verify(data, sig)
}
func (v envelopeVerifier) KeyID() (string, error)   { return v.ID.String(), nil }
func (v envelopeVerifier) Public() crypto.PublicKey { return v.Key }

// signStatement makes the envelope's bytes, with a newline at the end.
func signStatement(ctx context.Context, random io.Reader, key crypto.Signer, st *Statement) ([]byte, error) {
	payload, err := encode(st)
	if err != nil {
		return nil, err
	}
	signer, err := dsse.NewEnvelopeSigner(envelopeSigner{random, key, st.Predicate.Key.ID})
	if err != nil {
		return nil, err
	}
	e, err := signer.SignPayload(ctx, PayloadType, payload)
	if err != nil {
		return nil, err
	}
	b, err := encode(e)
	return append(b, '\n'), err
}

// An Envelope is a parsed seal/statement.dsse.json. Its form was checked, its signature was not.
type Envelope struct {
	Statement Statement

	dsse dsse.Envelope
}

// ParseEnvelope reads an envelope strictly: envelope and statement have one form each, there is one signature, and it names the key that the
// statement names.
func ParseEnvelope(b []byte) (*Envelope, error) {
	e := new(Envelope)
	body, ended := bytes.CutSuffix(b, []byte("\n"))
	if !ended {
		return nil, errors.New("there is no newline at its end")
	}
	if err := decode(body, &e.dsse); err != nil {
		return nil, fmt.Errorf("the envelope cannot be read: %w", err)
	}
	payload, err := base64.StdEncoding.Strict().DecodeString(e.dsse.Payload)
	if err != nil {
		return nil, fmt.Errorf("the envelope's payload is not base64: %w", err)
	}
	switch {
	case e.dsse.PayloadType != PayloadType:
		return nil, fmt.Errorf("the envelope is of %q, not of %q", e.dsse.PayloadType, PayloadType)
	case len(e.dsse.Signatures) != 1:
		return nil, fmt.Errorf("the envelope has %d signatures, not one", len(e.dsse.Signatures))
	}
	if _, err := base64.StdEncoding.Strict().DecodeString(e.dsse.Signatures[0].Sig); err != nil {
		return nil, fmt.Errorf("the envelope's signature is not base64: %w", err)
	}
	var kind struct {
		Type          string `json:"_type"`
		PredicateType string `json:"predicateType"`
	}
	if err := json.Unmarshal(payload, &kind); err != nil {
		return nil, fmt.Errorf("the statement is not JSON: %w", err)
	}
	if kind.Type != StatementType || kind.PredicateType != PredicateType {
		return nil, fmt.Errorf("the statement is of %q and %q: this release knows %q and %q; verify it with a later auditseal", kind.Type, kind.PredicateType, StatementType, PredicateType)
	}
	st := &e.Statement
	if err := decode(payload, st); err != nil {
		return nil, fmt.Errorf("the statement cannot be read: %w", err)
	}
	switch {
	case e.dsse.Signatures[0].KeyID != st.Predicate.Key.ID.String():
		return nil, errors.New("the envelope names another key than its statement")
	case !slices.IsSortedFunc(st.Subject, func(a, b Subject) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) }):
		return nil, errors.New("the statement's subjects are not sorted by name")
	case (len(st.Predicate.Timestamp.Authorities) == 0) == (st.Predicate.Timestamp.Without == ""):
		return nil, errors.New("the statement says neither which authorities were asked for a timestamp nor why none was, or both")
	}
	return e, nil
}

// Verify checks the envelope's signature by any of the keys, and gives the key.
func (e *Envelope) Verify(keys []*PublicKey) (*PublicKey, error) {
	var v []dsse.Verifier
	for _, k := range keys {
		v = append(v, envelopeVerifier{k})
	}
	id := e.Statement.Predicate.Key.ID
	i := slices.IndexFunc(keys, func(k *PublicKey) bool { return k.ID == id })
	if i < 0 {
		return nil, fmt.Errorf("it says that it was signed by the key %s, which is none of those given (%s)", id, ids(keys))
	}
	if a := e.Statement.Predicate.Key.Algorithm; a != keys[i].Algorithm {
		return nil, fmt.Errorf("it says %q of a key that signs with %q", a, keys[i].Algorithm)
	}
	verifier, err := dsse.NewEnvelopeVerifier(v...)
	if err != nil {
		return nil, err
	}
	// The library says only how many signatures it took; there is one here.
	if _, err := verifier.Verify(context.Background(), &e.dsse); err != nil {
		return nil, fmt.Errorf("the envelope's signature is not that of the key %s", id)
	}
	return keys[i], nil
}

func ids(keys []*PublicKey) string {
	var out string
	for i, k := range keys {
		if i > 0 {
			out += ", "
		}
		out += k.ID.String()
	}
	return out
}

// subject gives the digest that the statement lists for a file.
func (s *Statement) subject(name string) (evidence.Digest, bool) {
	for _, sub := range s.Subject {
		if sub.Name == name {
			return sub.Digest.SHA256, true
		}
	}
	return evidence.Digest{}, false
}

// Manifest is the identity of the pack that the statement is about.
func (s *Statement) Manifest() evidence.Digest {
	d, _ := s.subject(pack.ManifestPath)
	return d
}
