package tape

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/auditseal/auditseal/collectors/evidence"
)

func gz(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Secrets in a gzip file are not written down either; a file without any stays as it came, and a changed one says which object it was.
func TestPackedSecrets(t *testing.T) {
	op := evidence.Operation{Service: "s3", Name: "GetObject", Nested: true, Secrets: []string{"headerValue"}}
	c := &client{}
	secret := gz(t, `{"configurationItems":[{"configuration":{"origin":{"headerValue":"hunter2"}}},{"configuration":"{\"headerValue\":\"hunter2\"}"}]}`)
	sum := sha256.Sum256(secret)
	header := func(sum []byte) http.Header {
		return http.Header{"X-Amz-Checksum-Sha256": {base64.StdEncoding.EncodeToString(sum)}, "X-Amz-Version-Id": {"v1"}}
	}
	ex := &evidence.Exchange{}
	resp := &http.Response{Header: header(sum[:])}
	if !packed(op, secret) {
		t.Fatal("gzip is not seen to be packed")
	}
	out, err := c.unpacked(ex, op, resp, secret)
	if err != nil || ex.Failure != nil {
		t.Fatal(err, ex.Failure)
	}
	z, err := gzip.NewReader(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil || strings.Contains(string(plain), "hunter2") || strings.Count(string(plain), redacted) != 2 {
		t.Errorf("%s, %v", plain, err)
	}
	if len(ex.Redactions) != 2 || ex.Reduced == nil || ex.Reduced.SHA256 != evidence.Sum(secret) || ex.Reduced.Size != int64(len(secret)) || ex.Reduced.VersionID != "v1" || resp.Header.Get("X-Amz-Checksum-Sha256") != "" {
		t.Errorf("exchange %+v, header %v", ex, resp.Header)
	}

	ex = &evidence.Exchange{}
	if _, err := c.unpacked(ex, op, &http.Response{Header: header(make([]byte, 32))}, secret); err != nil || ex.Failure == nil || ex.Failure.Code != "ChecksumMismatch" {
		t.Errorf("a wrong checksum: %+v, %v", ex.Failure, err)
	}

	clean := gz(t, `{"configurationItems":[]}`)
	ex = &evidence.Exchange{}
	resp = &http.Response{Header: header(sum[:])}
	if out, err := c.unpacked(ex, op, resp, clean); err != nil || !bytes.Equal(out, clean) || ex.Reduced != nil || len(ex.Redactions) > 0 || resp.Header.Get("X-Amz-Checksum-Sha256") == "" {
		t.Errorf("a file without secrets was changed: %+v, %v", ex, err)
	}

	// What is cut off is redacted as far as it goes, and stays cut off.
	cut := secret[:len(secret)-6]
	ex = &evidence.Exchange{}
	out, err = c.unpacked(ex, op, &http.Response{Header: http.Header{}}, cut)
	if err != nil {
		t.Fatal(err)
	}
	if z, err = gzip.NewReader(bytes.NewReader(out)); err == nil {
		if plain, err = io.ReadAll(z); err == nil || strings.Contains(string(plain), "hunter2") {
			t.Errorf("a file that was cut off reads as %s, %v", plain, err)
		}
	}
}
