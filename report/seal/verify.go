package seal

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/report/pack"
)

// The files of a seal. There are no others below pack.SealDir.
const (
	SignaturePath = pack.SealDir + "SHA256SUMS.sig"
	StatementPath = pack.SealDir + "statement.dsse.json"
	TokenPath     = pack.SealDir + "statement.tsr"
	// KeyPath is there with a key in AWS KMS.
	KeyPath = pack.SealDir + "key.jsonl"
)

// maxFile is the largest file below pack.SealDir, in bytes.
const maxFile = 4 << 20

// The checks, in the order in which they are reported. Their names are part of the format.
const (
	CheckSeal      = "seal"      // the files below seal/ are those of a seal, each in its one form, and are about this pack
	CheckSignature = "signature" // the signatures are those of a key that the verifier gave
	CheckTimestamp = "timestamp" // the timestamp is by an authority that leads to a root that the verifier gave
)

// The outcomes of a level.
const (
	Proved     = "proved"
	NotChecked = "not-checked" // the verifier gave nothing to check it with
	NotThere   = "not-there"   // the pack has nothing of the kind
	Failed     = "failed"
)

// A Level is one thing that a verification may show, in plain words.
type Level struct {
	Level   string `json:"level"`
	Outcome string `json:"outcome"`
	Detail  string `json:"detail"`
}

// Options are what the verifier brings. Nothing in them is ever taken from the pack.
type Options struct {
	// Keys are those that may have signed; one of them must have.
	Keys []*PublicKey
	// Roots are what the timestamp authority's certificate must lead to. Nil means that it is not checked who it was.
	Roots *x509.CertPool
}

// A Verdict is the sum of a verification.
type Verdict struct {
	// Failed counts what was found wrong.
	Failed int
	// Signed and Timed are the levels.
	Signed, Timed Level
	// Statement is what the pack says of itself; nil where it is not signed or cannot be read. Only Signed says whether to believe it.
	Statement *Statement
	// Key is the key that signed; nil where that is not proved.
	Key *PublicKey
	// Token is the timestamp; nil where there is none or it is not good. Only Timed says whose it is.
	Token *Token
}

// Verify checks the seal of a pack, and calls each with what it found. It asks no network. Without a seal it finds nothing wrong, unless
// the verifier gave something to check it with: then the pack is not what they were told.
func Verify(fsys fs.FS, o Options, each func(pack.Check)) Verdict {
	v := &verifier{o: o, each: each}
	names, err := list(fsys)
	switch {
	case err != nil:
		v.fail(CheckSeal, pack.SealDir, "cannot be listed: %s", err)
	case len(names) == 0:
		v.unsigned()
	default:
		v.read = func(name string) ([]byte, error) { return readFile(fsys, name) }
		v.digest = func(name string) (evidence.Digest, error) { return digestOf(fsys, name) }
		v.pack(names)
	}
	return v.levels()
}

// VerifyStatement checks an envelope and its timestamp (nil where there is none) standing alone, without the pack that they are about: that
// the statement was signed and when. Whoever calls it compares the statement's subjects.
func VerifyStatement(envelope, token []byte, o Options, each func(pack.Check)) Verdict {
	v := &verifier{o: o, each: each}
	if v.envelope(envelope) {
		v.good(CheckSeal, "the statement stands as auditseal writes it")
		v.signature(nil, nil)
		v.timestamp(token, token != nil)
	}
	return v.levels()
}

type verifier struct {
	Verdict
	o      Options
	each   func(pack.Check)
	read   func(string) ([]byte, error)
	digest func(string) (evidence.Digest, error)

	raw []byte
	env *Envelope
	bad map[string]bool
	// none is set where there is no seal.
	none bool
}

func (v *verifier) fail(check, place, format string, a ...any) {
	v.Failed++
	if v.bad == nil {
		v.bad = map[string]bool{}
	}
	v.bad[check] = true
	v.each(pack.Check{Name: check, Path: place, Detail: fmt.Sprintf(format, a...)})
}

func (v *verifier) good(check, format string, a ...any) {
	if !v.bad[check] {
		v.each(pack.Check{Name: check, OK: true, Detail: fmt.Sprintf(format, a...)})
	}
}

func (v *verifier) unsigned() {
	v.none = true
	if len(v.o.Keys) > 0 {
		v.fail(CheckSignature, pack.SealDir, "the pack is not signed, and a key was given: this is not the pack that was signed with it, or its seal was taken away")
	}
	if v.o.Roots != nil {
		v.fail(CheckTimestamp, pack.SealDir, "the pack has no timestamp, and an authority's root was given")
	}
}

// pack checks all files below seal/.
func (v *verifier) pack(names []string) {
	files := map[string][]byte{}
	for _, name := range names {
		if !slices.Contains([]string{SignaturePath, StatementPath, TokenPath, KeyPath}, name) {
			v.fail(CheckSeal, name, "is no file of a seal")
			continue
		}
		b, err := v.read(name)
		if err != nil {
			v.fail(CheckSeal, name, "cannot be read: %s", err)
			continue
		}
		files[name] = b
	}
	for _, name := range []string{SignaturePath, StatementPath} {
		if !slices.Contains(names, name) {
			v.fail(CheckSeal, name, "is missing")
		}
	}
	if files[StatementPath] == nil || !v.envelope(files[StatementPath]) {
		return
	}
	st := &v.env.Statement
	if _, there := files[KeyPath]; there != (st.Predicate.Key.KMS != nil) {
		v.fail(CheckSeal, KeyPath, "%s", map[bool]string{true: "is there, and the statement is not about a key in KMS", false: "is missing: the statement is about a key in KMS"}[there])
	}
	v.subjects(files)
	v.manifest()
	if b, ok := files[KeyPath]; ok && st.Predicate.Key.KMS != nil {
		if err := kmsTold(b, &st.Predicate.Key); err != nil {
			v.fail(CheckSeal, KeyPath, "%s", err)
		}
	}
	v.good(CheckSeal, "%d files below %s are as auditseal writes them, and are about this pack", len(names), pack.SealDir)
	sums, err := v.read(pack.SumsPath)
	if err != nil {
		v.fail(CheckSignature, pack.SumsPath, "cannot be read: %s", err)
	}
	v.signature(sums, files[SignaturePath])
	v.timestamp(files[TokenPath], slices.Contains(names, TokenPath))
}

// envelope reads it, and reports whether going on makes sense.
func (v *verifier) envelope(b []byte) bool {
	env, err := ParseEnvelope(b)
	if err != nil {
		v.fail(CheckSeal, StatementPath, "%s", err)
		return false
	}
	v.raw, v.env, v.Statement = b, env, &env.Statement
	return true
}

// subjects compares what the statement lists with what is there.
func (v *verifier) subjects(files map[string][]byte) {
	want := []string{pack.SumsPath, pack.ManifestPath, SignaturePath}
	if v.Statement.Predicate.Key.KMS != nil {
		want = append(want, KeyPath)
	}
	slices.Sort(want)
	if !slices.EqualFunc(v.Statement.Subject, want, func(s Subject, name string) bool { return s.Name == name }) {
		v.fail(CheckSeal, StatementPath, "its subjects are not %s", strings.Join(want, ", "))
		return
	}
	for _, s := range v.Statement.Subject {
		got, err := v.digest(s.Name)
		switch {
		case err != nil:
			v.fail(CheckSeal, s.Name, "cannot be read: %s", err)
		case got != s.Digest.SHA256:
			v.fail(CheckSeal, s.Name, "has the SHA-256 %s; the statement that was signed says %s", got, s.Digest.SHA256)
		}
	}
}

// about is what the statement repeats of the manifest.
type about struct {
	Organization string          `json:"organization"`
	Period       evidence.Period `json:"period"`
	Tree         *pack.Tree      `json:"tree"`
	Previous     evidence.Digest `json:"previous"`
}

func readAbout(manifest []byte) (about, error) {
	var a about
	err := json.Unmarshal(manifest, &a)
	return a, err
}

func sameTree(a, b *pack.Tree) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}

// manifest compares what the statement repeats of it.
func (v *verifier) manifest() {
	b, err := v.read(pack.ManifestPath)
	if err != nil {
		v.fail(CheckSeal, pack.ManifestPath, "cannot be read: %s", err)
		return
	}
	a, err := readAbout(b)
	p := v.Statement.Predicate
	switch {
	case err != nil:
		v.fail(CheckSeal, pack.ManifestPath, "cannot be read: %s", err)
	case a.Organization != p.Organization || !a.Period.From.Equal(p.Period.From) || !a.Period.To.Equal(p.Period.To) || a.Previous != p.Previous || !sameTree(a.Tree, p.Tree):
		v.fail(CheckSeal, StatementPath, "says something else of organization, period, tree or the pack before than %s", pack.ManifestPath)
	}
}

// signature checks the envelope's signature, and the detached one where there is one to check.
func (v *verifier) signature(sums, detached []byte) {
	if len(v.o.Keys) == 0 {
		return
	}
	key, err := v.env.Verify(v.o.Keys)
	if err != nil {
		v.fail(CheckSignature, StatementPath, "%s", err)
		return
	}
	if sums != nil {
		if err := key.Verify(sums, detached); err != nil {
			v.fail(CheckSignature, SignaturePath, "%s", err)
			return
		}
	}
	if !v.bad[CheckSignature] {
		v.Key = key
	}
	v.good(CheckSignature, "signed by the key %s (%s)", key.ID, key.Algorithm)
}

// timestamp checks the token over the envelope.
func (v *verifier) timestamp(token []byte, there bool) {
	asked := v.Statement.Predicate.Timestamp
	switch {
	case asked.Without != "" && there:
		v.fail(CheckTimestamp, TokenPath, "is there, and the statement says that there is none")
	case asked.Without != "" && v.o.Roots != nil:
		v.fail(CheckTimestamp, StatementPath, "the pack has no timestamp, and an authority's root was given; the reason that it states: %q", asked.Without)
	case asked.Without != "":
	case !there:
		v.fail(CheckTimestamp, TokenPath, "is missing: the statement says that a timestamp was asked for")
	default:
		t, err := VerifyToken(token, v.raw, v.o.Roots)
		if err != nil {
			v.fail(CheckTimestamp, TokenPath, "%s", err)
			return
		}
		v.Token = t
		if v.o.Roots != nil {
			v.good(CheckTimestamp, "%s by %q, which leads to %q", t.Time.Format(time.RFC3339), t.Authority, t.Root)
		}
	}
}

// levels says in plain words what came of it.
func (v *verifier) levels() Verdict {
	signed, timed := &v.Signed, &v.Timed
	signed.Level, timed.Level = "signed", "timed"
	wrong := v.bad[CheckSeal] || v.bad[CheckSignature]
	switch {
	case wrong:
		signed.Outcome, signed.Detail = Failed, "there is no good signature by a key that was given: nothing shows who made this pack"
	case v.none:
		signed.Outcome, signed.Detail = NotThere, "the pack is not signed: nothing in it shows who made it"
	case v.Key != nil:
		signed.Outcome = Proved
		signed.Detail = fmt.Sprintf("whoever holds the private key %s signed exactly this pack%s", v.Key.ID, kmsText(v.Statement.Predicate.Key.KMS))
	default:
		k := v.Statement.Predicate.Key
		signed.Outcome = NotChecked
		signed.Detail = fmt.Sprintf("it says that the key %s (%s) signed it: give --key with that public key, which you have from somebody you trust and not from this pack", k.ID, k.Algorithm)
	}
	switch {
	case v.bad[CheckSeal] || v.bad[CheckTimestamp] || v.Statement == nil && !v.none:
		timed.Outcome, timed.Detail = Failed, "there is no good timestamp: nothing shows since when this pack is as it is"
	case v.none:
		timed.Outcome, timed.Detail = NotThere, "the pack has no timestamp: nothing in it shows since when it is as it is"
	case v.Token == nil:
		timed.Outcome, timed.Detail = NotThere, fmt.Sprintf("the pack has no timestamp; the reason that it states: %q", v.Statement.Predicate.Timestamp.Without)
	case v.o.Roots == nil:
		timed.Outcome = NotChecked
		timed.Detail = fmt.Sprintf("it says %s, by %q: give --tsa-ca with that authority's root, which you have from the authority and not from this pack", v.Token.Time.Format(time.RFC3339), v.Token.Authority)
	default:
		timed.Outcome = Proved
		timed.Detail = fmt.Sprintf("pack and signature are as they are since %s at the latest, by the clock of %q", v.Token.Time.Format(time.RFC3339), v.Token.Authority)
		if v.Token.Accuracy > 0 {
			timed.Detail += fmt.Sprintf(" (give or take %s)", v.Token.Accuracy)
		}
	}
	return v.Verdict
}

func kmsText(k *KMSKey) string {
	if k == nil {
		return ""
	}
	return fmt.Sprintf("; by its own word the key is %s in AWS KMS", k.ARN)
}

// kmsTold holds the exchanges with KMS against what the statement says of the key. They are signed with the statement; this finds a sealer that
// wrote down another key than it signed with.
func kmsTold(b []byte, key *SigningKey) error {
	told := map[string]map[string]any{}
	for line := range strings.Lines(string(b)) {
		body, ok := strings.CutSuffix(line, "\n")
		at := strings.LastIndex(body, `,"sha256":"`)
		var ex evidence.Exchange
		if !ok || at < 0 || json.Unmarshal([]byte(body), &ex) != nil || evidence.Sum([]byte(body[:at])) != ex.SHA256 {
			return errors.New("a line of it is not an exchange with its own digest")
		}
		var answer map[string]any
		if ex.Service != "kms" || ex.Status != 200 || json.Unmarshal([]byte(ex.Body), &answer) != nil || told[ex.Operation] != nil {
			return fmt.Errorf("it holds an exchange that has no place there: %s:%s", ex.Service, ex.Operation)
		}
		told[ex.Operation] = answer
	}
	described, _ := told["DescribeKey"]["KeyMetadata"].(map[string]any)
	public, _ := told["GetPublicKey"]["PublicKey"].(string)
	der, err := base64.StdEncoding.DecodeString(public)
	switch {
	case len(told) != 2 || described == nil || public == "" || err != nil:
		return errors.New("it does not hold the answers to kms:DescribeKey and kms:GetPublicKey")
	case evidence.Sum(der) != key.ID:
		return fmt.Errorf("KMS gave another public key (%s) than the statement names", evidence.Sum(der))
	// AWS gives the ARN; stand-ins for it the id alone.
	case described["Arn"] != key.KMS.ARN || told["GetPublicKey"]["KeyId"] != key.KMS.ARN && told["GetPublicKey"]["KeyId"] != path.Base(key.KMS.ARN):
		return fmt.Errorf("KMS was asked for another key than the statement names, %s", key.KMS.ARN)
	case described["KeySpec"] != key.KMS.Spec || described["Origin"] != key.KMS.Origin:
		return errors.New("KMS told another spec or origin of the key than the statement does")
	}
	return nil
}

// list gives the files below seal/, sorted.
func list(fsys fs.FS) ([]string, error) {
	var out []string
	err := fs.WalkDir(fsys, path.Clean(pack.SealDir), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		out = append(out, name)
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	slices.Sort(out)
	return out, err
}

// readFile reads a file that is small but for the two lists of the pack.
func readFile(fsys fs.FS, name string) ([]byte, error) {
	limit := int64(maxFile)
	if name == pack.ManifestPath || name == pack.SumsPath {
		limit = 512 << 20
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("is larger than %d bytes", limit)
	}
	return b, err
}

func digestOf(fsys fs.FS, name string) (evidence.Digest, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return evidence.Digest{}, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return evidence.Digest{}, err
	}
	return evidence.Digest(h.Sum(nil)), nil
}
