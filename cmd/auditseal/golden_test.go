package main

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

const goldenDir = "../../testdata/packs"

// golden are the packs of the past and what belongs to them. They are never made again: see README.md there.
var golden = map[string]string{
	"v1-unsealed/pack.zip": "c3a7349085e06d7b375e85c90d0a3796d437c2fd12f54087eea70deef9171221",
	"v1/audit.pub.pem":     "caebcd5560f93b4e2a3893f6c14abbcd65125fd6324a2fa69df564c8141722b0",
	"v1/extract.zip":       "ec3f45599eeefa95796948a132bd5da8bf0a357385fe5c0e1e8b1bb2af1f5d06",
	"v1/pack.zip":          "2f494edc92b278e8d70c93ace6175ce326c75e8cbae3f0b7cbbcf47321afbfa1",
	"v1/tsa-root.pem":      "69859ca0545285a77b4adfa2812ffe66c304d5965214f50bd481d906d9a412b1",
}

func TestGoldenPacksAreAsTheyWere(t *testing.T) {
	found := 0
	for name, want := range golden {
		b, err := os.ReadFile(filepath.Join(goldenDir, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		if got := evidence.Sum(b).String(); got != want {
			t.Errorf("%s has the SHA-256 %s, not %s: a pack of the past was made again, or changed; take back the old one", name, got, want)
		}
		found++
	}
	all, err := filepath.Glob(filepath.Join(goldenDir, "v*", "*"))
	if err != nil || len(all) != found {
		t.Errorf("%d files are there and %d are held: %v", len(all), found, err)
	}
}

// What any release wrote verifies with this one, in full.
func TestGoldenPacksVerify(t *testing.T) {
	v1 := func(name string) string { return filepath.Join(goldenDir, "v1", name) }
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{filepath.Join(goldenDir, "v1-unsealed", "pack.zip")}, []string{
			"ok     zip         110 entries stand as auditseal wrote them before",
			"ok     evidence    234 exchanges in 13 files", "ok     history     12 states", "ok     timeline    34 intervals", "ok     results     12 findings", "ok     consistent  72 populations",
			"manifest.json has the SHA-256 c34495cb1d61fa933dcdb3f9c7eb01539c75c9b841f090fa4716b24ec4199250",
		}},
		{[]string{v1("pack.zip"), "--key", v1("audit.pub.pem"), "--tsa-ca", v1("tsa-root.pem")}, []string{
			`proved       signed     whoever holds the private key bc4107ee541f720afea0215d46c720664067efd8845cc7ba615f6580c227991f signed exactly this pack`,
			`proved       timed      pack and signature are as they are since 2026-11-26T01:47:43Z at the latest, by the clock of "CN=Test Timestamp Authority" (give or take 1s)`,
			`proved       report     whoever holds the private key bc4107ee541f720afea0215d46c720664067efd8845cc7ba615f6580c227991f signed exactly this report.pdf, before 2026-11-26T01:47:43Z by the clock of "CN=Test Timestamp Authority"; it says so of itself too, when handed on alone`,
			`manifest.json has the SHA-256 56444898b2ca647f6f2926c17f0b21c2c36fc341dc042d08fda12f3f6be256e8`,
			`ok     zip         115 entries stand as auditseal writes them, every bit of the archive`,
			`ok     evidence    234 exchanges in 13 files`,
			`ok     history     12 states`,
			`ok     timeline    34 intervals`,
			`ok     results     12 findings`,
			`ok     consistent  72 populations`,
		}},
		{[]string{v1("extract.zip"), "--key", v1("audit.pub.pem"), "--tsa-ca", v1("tsa-root.pem")}, []string{
			`ok     tree        77 pieces of 11 files lead to the root 347398846ae6be690537cc8c3259e20b07558f05e3740852b081d89cac30ab57`,
			`proved       signed     whoever holds the private key bc4107ee541f720afea0215d46c720664067efd8845cc7ba615f6580c227991f signed exactly this pack`,
			`proved       timed      pack and signature are as they are since 2026-11-26T01:47:43Z at the latest, by the clock of "CN=Test Timestamp Authority" (give or take 1s)`,
		}},
	} {
		var out bytes.Buffer
		a := &app{out: &out, err: &out, now: time.Now, random: rand.Reader}
		if code := a.main(t.Context(), append([]string{"verify"}, c.args...)); code != exitDone {
			t.Errorf("%s: exit code %d\n%s", c.args[0], code, out.String())
		}
		for _, want := range c.want {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: it does not say %q\n%s", c.args[0], want, out.String())
			}
		}
	}
}
