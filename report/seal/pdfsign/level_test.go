package pdfsign

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/auditseal/auditseal/report/pack"
	"github.com/auditseal/auditseal/report/seal"
)

func TestLevel(t *testing.T) {
	tsa, other := office(t), office(t)
	h := selfSigned(t, "P-256")
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	stamped, bare := signed(t, h, func(o *Options) { o.Stamp = tsa.Stamp }), signed(t, h, nil)
	changed := bytes.Clone(stamped)
	changed[100] ^= 1
	mine, theirs, no := public(t, h.key), public(t, key(t, "P-384")), public(t, ed)
	for name, c := range map[string]struct {
		pdf     []byte
		o       seal.Options
		outcome string
		words   string
	}{
		"no report":                {nil, seal.Options{}, seal.NotThere, "there is no report.pdf"},
		"unsigned":                 {plain(t), seal.Options{}, seal.NotThere, "bears no signature of its own: it counts only as a file of this pack"},
		"unsigned, Ed25519":        {plain(t), seal.Options{Keys: []*seal.PublicKey{no}}, seal.NotThere, "can have none by this key (ed25519): PDF readers do not check"},
		"unsigned, with a key":     {plain(t), seal.Options{Keys: []*seal.PublicKey{no, mine}}, seal.Failed, "bears no signature, and a key was given"},
		"nothing given":            {stamped, seal.Options{}, seal.NotChecked, "give --key"},
		"the key":                  {stamped, seal.Options{Keys: []*seal.PublicKey{mine}}, seal.Proved, "not checked: give --tsa-ca"},
		"one of the keys":          {stamped, seal.Options{Keys: []*seal.PublicKey{theirs, mine}}, seal.Proved, "whoever holds the private key"},
		"key and root":             {stamped, seal.Options{Keys: []*seal.PublicKey{mine}, Roots: tsa.Roots}, seal.Proved, `before 2026-10-02T06:06:47Z by the clock of "CN=Test Timestamp Authority"`},
		"without a timestamp":      {bare, seal.Options{Keys: []*seal.PublicKey{mine}, Roots: tsa.Roots}, seal.Proved, "without a timestamp"},
		"another key":              {stamped, seal.Options{Keys: []*seal.PublicKey{theirs}}, seal.Failed, "none of those given"},
		"an Ed25519 key":           {stamped, seal.Options{Keys: []*seal.PublicKey{no}}, seal.Failed, "none of those given"},
		"another authority's root": {stamped, seal.Options{Keys: []*seal.PublicKey{mine}, Roots: other.Roots}, seal.Failed, "its timestamp: "},
		"changed":                  {changed, seal.Options{}, seal.Failed, "the report was changed after it was signed"},
		"no PDF":                   {[]byte("text"), seal.Options{}, seal.Failed, "no startxref"},
	} {
		fsys := fstest.MapFS{}
		if c.pdf != nil {
			fsys[pack.ReportPath] = &fstest.MapFile{Data: c.pdf}
		}
		var said []string
		level, failed := VerifyReport(fsys, c.o, func(ck pack.Check) {
			said = append(said, ck.Detail)
			if ck.OK != (c.outcome == seal.Proved) || ck.Name != CheckReport {
				t.Errorf("%s: %+v", name, ck)
			}
		})
		all := level.Detail + "\n" + strings.Join(said, "\n")
		if level.Level != "report" || level.Outcome != c.outcome || (failed > 0) != (c.outcome == seal.Failed) || !strings.Contains(all, c.words) {
			t.Errorf("%s: %+v, %d failed\n%s", name, level, failed, all)
		}
	}
}
