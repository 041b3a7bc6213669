package tape_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"hash/crc32"
	"hash/crc64"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

var getObject = evidence.Operation{Service: "s3", API: s3.ServiceID, Name: "GetObject", Action: "s3:GetObject", Member: "Body",
	Headers: []string{"Content-Length", "X-Amz-Version-Id", "X-Amz-Checksum-Crc32", "X-Amz-Checksum-Type"}}

// firstWords keeps the first word of each line of keys that end with .txt. A line "bad" is none.
func firstWords(most int64) tape.Options {
	o := options(getObject)
	o.Reducers = map[string]tape.Reducer{"GetObject": {Most: most,
		Wants: func(r evidence.Request) bool { return strings.HasSuffix(r.Path, ".txt") },
		Reduce: func(body io.Reader, to io.Writer) (items, kept int, err error) {
			for s := bufio.NewScanner(body); s.Scan(); {
				items++
				if s.Text() == "bad" {
					return items, kept, errors.New("line " + s.Text())
				}
				if word, _, more := strings.Cut(s.Text(), " "); more {
					kept++
					if _, err := io.WriteString(to, word+"\n"); err != nil {
						return items, kept, err
					}
				}
			}
			return items, kept, nil
		}}}
	return o
}

func object(cfg aws.Config, key string) (string, tape.Stamp, *s3.GetObjectOutput, error) {
	c := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	out, err := c.GetObject(context.Background(), &s3.GetObjectInput{Bucket: aws.String("b"), Key: &key, ChecksumMode: types.ChecksumModeEnabled})
	if err != nil {
		return "", tape.Stamp{}, nil, err
	}
	b, err := io.ReadAll(out.Body)
	return string(b), tape.StampOf(out.ResultMetadata), out, err
}

func sum32(s string) string {
	h := crc32.NewIEEE()
	io.WriteString(h, s)
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// What is kept of a large object is what the SDK reads, live and replayed, and the tape says of which object it is a part.
func TestALargeObjectIsReduced(t *testing.T) {
	const body = "one a\ntwo\nthree b\n"
	h := crc64.New(crc64.MakeTable(0x9a6c9329ac4bc9b5))
	io.WriteString(h, body)
	dir := t.TempDir()
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Amz-Version-Id", "v7")
		w.Header().Set("X-Amz-Checksum-Crc32", sum32(body))
		w.Header().Set("X-Amz-Checksum-Crc64nvme", base64.StdEncoding.EncodeToString(h.Sum(nil)))
		w.Header().Set("X-Amz-Checksum-Type", "FULL_OBJECT")
		io.WriteString(w, body)
	})
	tp := record(t, dir)
	for _, c := range []struct{ key, want string }{{"large.txt", "one\nthree\n"}, {"small.bin", body}} {
		got, s, out, err := object(tp.Config(base, firstWords(1000)), c.key)
		if err != nil || got != c.want || aws.ToString(out.VersionId) != "v7" {
			t.Fatalf("%s: %q, %v, version %q", c.key, got, err, aws.ToString(out.VersionId))
		}
		again, r, out2, err := object(replay(t, dir).Config(aws.Config{}, firstWords(1000)), c.key)
		if err != nil || again != c.want || aws.ToString(out2.VersionId) != "v7" || (r.Reduced == nil) != (s.Reduced == nil) {
			t.Errorf("%s replayed: %q, %v", c.key, again, err)
		}
		if (s.Reduced != nil) != (c.key == "large.txt") {
			t.Fatalf("%s: reduced %+v", c.key, s.Reduced)
		}
		if s.Reduced == nil {
			if aws.ToInt64(out2.ContentLength) != int64(len(body)) {
				t.Errorf("%s has the length %d replayed", c.key, aws.ToInt64(out2.ContentLength))
			}
			continue
		}
		want := evidence.Reduced{SHA256: sha256.Sum256([]byte(body)), Size: int64(len(body)), VersionID: "v7", Items: 3, Kept: 2}
		if *s.Reduced != want || *r.Reduced != want {
			t.Errorf("live %+v, replayed %+v, want %+v", *s.Reduced, *r.Reduced, want)
		}
	}
	tp.Close()
	if text := allBytes(t, dir); !strings.Contains(text, `"reduced":{"sha256":"`) || strings.Contains(text, `three b\ntwo`) {
		t.Errorf("the tape holds %s", text)
	}
}

// Nothing of an object that is not whole is kept as if it were.
func TestAnObjectThatIsNotWhole(t *testing.T) {
	for _, c := range []struct {
		name, key, body, sum, code string
		cut                        bool
		most                       int64
	}{
		{"reduced, wrong checksum", "a.txt", "one a\n", sum32("another"), "ChecksumMismatch", false, 1000},
		{"reduced, cut off", "a.txt", "one a\n", "", "TruncatedBody", true, 1000},
		{"reduced, not what it should be", "a.txt", "one a\nbad\nmore\n", "", "UnreadableObject", false, 1000},
		{"reduced, too much to keep", "a.txt", strings.Repeat("one a\n", 300), "", "TooLarge", false, 1000},
		{"whole, too large, and without a length", "a.bin", strings.Repeat("x", 5000), "", "TooLarge", false, 1000},
		{"whole, too large", "a.bin", strings.Repeat("x", 1001), "", "TooLarge", false, 1000},
		{"whole, cut off", "a.bin", "one a\n", "", "TruncatedBody", true, 1000},
		{"of its parts", "a.txt", "one a\n", "AAAAAA==-2", "", false, 1000},
	} {
		t.Run(c.name, func(t *testing.T) {
			var asked atomic.Int32
			base := serve(t, func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				if c.sum != "" {
					w.Header().Set("X-Amz-Checksum-Crc32", c.sum)
				}
				if c.cut {
					w.Header().Set("Content-Length", "1000")
				}
				io.WriteString(w, c.body)
				if c.cut {
					w.(http.Flusher).Flush()
					panic(http.ErrAbortHandler)
				}
			})
			dir := t.TempDir()
			tp := record(t, dir)
			_, _, _, err := object(tp.Config(base, firstWords(c.most)), c.key)
			tp.Close()
			if tape.Code(err) != c.code || (err == nil) != (c.code == "") {
				t.Fatalf("got %v, want %s", err, c.code)
			}
			_, _, _, again := object(replay(t, dir).Config(aws.Config{}, firstWords(c.most)), c.key)
			if tape.Code(again) != c.code || err != nil && again.Error() != err.Error() {
				t.Errorf("live: %v\nreplayed: %v", err, again)
			}
			if (c.code == "UnreadableObject" || c.code == "TooLarge") && asked.Load() != 1 {
				t.Errorf("fetched %d times, and it is the same each time", asked.Load())
			}
		})
	}
}

// The checksum of an object that is kept whole is checked by the SDK, live and replayed.
func TestAWholeObjectWithAWrongChecksum(t *testing.T) {
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Amz-Checksum-Crc32", sum32("another"))
		io.WriteString(w, "body")
	})
	dir := t.TempDir()
	tp := record(t, dir)
	_, _, _, err := object(tp.Config(base, firstWords(1000)), "a.bin")
	tp.Close()
	_, _, _, again := object(replay(t, dir).Config(aws.Config{}, firstWords(1000)), "a.bin")
	if err == nil || again == nil {
		t.Errorf("live: %v, replayed: %v", err, again)
	}
}

// A tape of before anything was reduced reads as it did.
func TestALineWithoutReduced(t *testing.T) {
	line, err := tape.Encode(&evidence.Exchange{ID: "E-0123456789abcdef", Body: "{}"})
	if err != nil || bytes.Contains(line, []byte("reduced")) {
		t.Fatalf("%s, %v", line, err)
	}
	if ex, err := tape.Decode(line); err != nil || ex.Reduced != nil {
		t.Errorf("%+v, %v", ex, err)
	}
}
