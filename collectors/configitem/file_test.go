package configitem

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func zipped(parts ...string) []byte {
	var b bytes.Buffer
	for _, p := range parts {
		z := gzip.NewWriter(&b)
		io.WriteString(z, p)
		z.Close()
	}
	return b.Bytes()
}

func read(name string, r io.Reader) (items []Item, err error) {
	f := Open(name, r)
	for {
		raw, err := f.Next()
		if errors.Is(err, io.EOF) {
			return items, nil
		}
		if err != nil {
			return items, err
		}
		it, err := raw.Item()
		if err != nil {
			return items, err
		}
		items = append(items, it)
	}
}

type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

// One item is spelt two ways, and is one item: whether the SDK reads it, or it stands in a file in either spelling.
func TestBothSpellingsAreOneItem(t *testing.T) {
	file, err := os.ReadFile("testdata/delivered.file.json")
	if err != nil {
		t.Fatal(err)
	}
	api, err := os.ReadFile("testdata/delivered.api.json")
	if err != nil {
		t.Fatal(err)
	}
	out, err := configservice.New(configservice.Options{Region: "eu-west-1", Credentials: aws.AnonymousCredentials{}, HTTPClient: doer(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(api))}, nil
	})}).GetResourceConfigHistory(context.Background(), &configservice.GetResourceConfigHistoryInput{ResourceType: "AWS::S3::Bucket", ResourceId: aws.String("orders")})
	if err != nil {
		t.Fatal(err)
	}
	var asked []Item
	for _, x := range out.ConfigurationItems {
		asked = append(asked, FromAPI(x))
	}
	delivered, err := read("history", bytes.NewReader(zipped(string(file))))
	if err != nil {
		t.Fatal(err)
	}
	written, err := read("api form", bytes.NewReader(api))
	if err != nil {
		t.Fatal(err)
	}
	if len(asked) != 3 || len(delivered) != 3 || len(written) != 3 {
		t.Fatalf("%d by the API, %d in the file, %d in the API's form in a file", len(asked), len(delivered), len(written))
	}
	if diff := cmp.Diff(asked, written, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the API's form in a file is not what the SDK reads (-SDK):\n%s", diff)
	}
	ignore := cmpopts.IgnoreFields(Item{}, "Configuration", "Supplementary") // the JSON is the same, and not its bytes
	if diff := cmp.Diff(asked, delivered, ignore, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the file's form (-API):\n%s", diff)
	}
	for i := range asked {
		if a, d := asked[i].Digest(), delivered[i].Digest(); a != d {
			t.Errorf("item %d has the digest %s by the API and %s in the file:\n%s\n%s", i+1, a, d, asked[i].Supplementary, delivered[i].Supplementary)
		}
		for j := range i {
			if asked[i].Digest() == asked[j].Digest() {
				t.Errorf("items %d and %d have one digest", i+1, j+1)
			}
		}
	}
	if d := delivered[1]; d.Configuration != nil || !d.Gone() {
		t.Errorf("the deleted item has the configuration %s", d.Configuration)
	}
	if d := delivered[2]; d.Frequency != "DAILY" || d.Delivered.IsZero() {
		t.Errorf("the daily item: %+v", d)
	}
}

func TestNamesInWhicheverCase(t *testing.T) {
	items, err := read("f", strings.NewReader(`{"ConfigurationItems":[{"AWSACCOUNTID":"012345678901","awsregion":"global","ResourceType":"AWS::IAM::User","resourceID":"AIDA","arn":"a","ConfigurationStateID":0,
		"configurationItemCaptureTime":"2026-07-14T08:30:00Z","configurationItemStatus":"OK","configuration":"{\"a\":1}","tags":null,"supplementaryConfiguration":null,"":"us-east-1"}],"nothing":{"configurationItems":1}}`))
	if err != nil || len(items) != 1 {
		t.Fatalf("%d items, %v", len(items), err)
	}
	if it := items[0]; it.Account != "012345678901" || it.Region != "global" || it.ResourceID != "AIDA" || it.StateID != "0" || string(it.Configuration) != `{"a":1}` || it.ARN != "a" {
		t.Errorf("got %+v", it)
	}
}

func TestOneItemOfANotification(t *testing.T) {
	items, err := read("f", strings.NewReader(`{"configurationItemDiff":{"changeType":"UPDATE"},"configurationItem":{"awsAccountId":"012345678901","resourceId":"i-1"},"messageType":"ConfigurationItemChangeNotification"}`))
	if err != nil || len(items) != 1 || items[0].ResourceID != "i-1" {
		t.Errorf("%+v, %v", items, err)
	}
}

// The memory of an item is not kept, and a type is seen without reading the rest.
func TestTypesAreSeenAtOnce(t *testing.T) {
	f := Open("f", strings.NewReader(`{"configurationItems":[{"configuration":{"resourceType":"no","x":["}","]"]},"resourceType" : "AWS::A::B"},{"resourceType":5},{"a":-1.5e3},{}]}`))
	var got []string
	for {
		r, err := f.Next()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				t.Error(err)
			}
			break
		}
		got = append(got, fmt.Sprintf("%d %q", r.Number, r.Type))
	}
	if diff := cmp.Diff([]string{`1 "AWS::A::B"`, `2 ""`, `3 ""`, `4 ""`}, got); diff != "" {
		t.Error(diff)
	}
}

// What is not whole is an error with its place, and never the end of a file.
func TestFilesThatAreNotWhole(t *testing.T) {
	const good = `{"fileVersion":"1.0","configurationItems":[{"resourceType":"AWS::A::B","resourceId":"a"},{"resourceType":"AWS::A::B","resourceId":"b"}]}`
	whole := zipped(good)
	for _, c := range []struct {
		name  string
		data  []byte
		items int
		want  string
	}{
		{"empty", nil, 0, "f: the file is empty"},
		{"empty gzip", zipped(""), 0, "f: item 1, byte 0: the file is cut off"},
		{"half a gzip header", whole[:5], 0, "f: not gzip after its first two bytes: unexpected EOF"},
		{"gzip cut in the middle", whole[:len(whole)/2], 0, "the file is cut off"},
		{"gzip cut in its checksum", whole[:len(whole)-5], 2, "the file is cut off"},
		{"gzip without its last byte", whole[:len(whole)-1], 2, "the file is cut off"},
		{"a wrong checksum", append(append([]byte{}, whole[:len(whole)-8]...), 1, 2, 3, 4, whole[len(whole)-4], whole[len(whole)-3], whole[len(whole)-2], whole[len(whole)-1]), 2, "gzip's checksum does not hold"},
		{"rubbish behind the gzip", append(append([]byte{}, whole...), "rubbish that is long enough"...), 2, "something that is not gzip stands behind the gzip"},
		{"two documents", zipped(good, good), 2, "more stands behind the JSON"},
		{"rubbish behind the JSON", []byte(good + "x"), 2, "not JSON"},
		{"cut in an item", []byte(good[:90]), 1, "f: item 2, byte 88: the file is cut off"},
		{"cut behind an item", []byte(good[:strings.Index(good, ",{")]), 1, "the file is cut off"},
		{"cut behind the list", []byte(good[:len(good)-1]), 2, "the file is cut off"},
		{"no list", []byte(`{"fileVersion":"1.0"}`), 0, "there are no configurationItems in it"},
		{"a summary alone", []byte(`{"configurationItemSummary":{}}`), 0, "there are no configurationItems in it"},
		{"null for a list", []byte(`{"configurationItems":null}`), 0, "configurationItems is null"},
		{"an object for a list", []byte(`{"configurationItems":{}}`), 0, "configurationItems is an object"},
		{"a list for an item", []byte(`{"configurationItem":[]}`), 0, "configurationItem is a list"},
		{"two lists", []byte(`{"configurationItems":[],"configurationItems":[]}`), 0, `duplicate object member name at "/configurationItems"`},
		{"two lists in different case", []byte(`{"configurationItems":[],"ConfigurationItems":[]}`), 0, "ConfigurationItems stands beside configurationItems"},
		{"a list and an item", []byte(`{"configurationItem":{},"configurationItems":[]}`), 1, "configurationItems stands beside configurationItem"},
		{"a null item", []byte(`{"configurationItems":[null]}`), 0, "f: item 1, byte 27: the item is null"},
		{"a string for an item", []byte(`{"configurationItems":["a"]}`), 0, "the item is a string"},
		{"a member twice", []byte(`{"configurationItems":[{"configuration":1,"configuration":2}]}`), 0, `duplicate object member name at "/configurationItems/0/configuration"`},
		{"a member twice far inside", []byte(`{"configurationItems":[{"configuration":{"a":{"b":1,"b":2}}}]}`), 0, `duplicate object member name at "/configurationItems/0/configuration/a/b"`},
		{"a member twice in different case", []byte(`{"configurationItems":[{"ARN":"a","arn":"b"}]}`), 0, `ARN is there twice, in different spellings`},
		{"two names of one member", []byte(`{"configurationItems":[{"accountId":"1","awsAccountId":"2"}]}`), 0, `awsAccountId is there twice, in different spellings`},
		{"a list", []byte(`[]`), 0, "not an object"},
		{"no JSON", []byte(`<html></html>`), 0, "not JSON"},
		{"a NUL", []byte("{\"configurationItems\":[{\"a\":\"\x00\"}]}"), 0, "not JSON"},
		{"not UTF-8", []byte("{\"configurationItems\":[{\"a\":\"\xff\"}]}"), 0, "invalid UTF-8"},
		{"a time that is none", []byte(`{"configurationItems":[{"configurationItemCaptureTime":"yesterday"}]}`), 0, "configurationItemCaptureTime is not a time in ISO 8601"},
		{"a time without a zone", []byte(`{"configurationItems":[{"configurationItemCaptureTime":"2026-07-14T08:30:00"}]}`), 0, "configurationItemCaptureTime is not a time"},
		{"a negative time", []byte(`{"configurationItems":[{"configurationItemCaptureTime":-5}]}`), 0, "configurationItemCaptureTime is not a time"},
		{"an id that is a number", []byte(`{"configurationItems":[{"resourceId":5}]}`), 0, "resourceId is not a string"},
		{"a fraction for a state", []byte(`{"configurationItems":[{"configurationStateId":1.5}]}`), 0, "configurationStateId is not a whole number"},
		{"a list of tags", []byte(`{"configurationItems":[{"tags":["a"]}]}`), 0, "tags is not an object of strings"},
		{"a tag that is null", []byte(`{"configurationItems":[{"tags":{"a":null}}]}`), 0, "tags is an object with a tag that is null"},
		{"supplementary text", []byte(`{"configurationItems":[{"supplementaryConfiguration":"a"}]}`), 0, "supplementaryConfiguration is not an object"},
	} {
		t.Run(c.name, func(t *testing.T) {
			items, err := read("f", bytes.NewReader(c.data))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if len(items) != c.items {
				t.Errorf("%d items came before the error, want %d", len(items), c.items)
			}
		})
	}
}

// Several gzip members make one file, as gzip itself says.
func TestSeveralGzipMembers(t *testing.T) {
	items, err := read("f", bytes.NewReader(zipped(`{"configurationItems":[{"resourceId":"a"},`, `{"resourceId":"b"}]}`)))
	if err != nil || len(items) != 2 {
		t.Errorf("%d items, %v", len(items), err)
	}
	if items, err := read("f", bytes.NewReader(zipped(`{"configurationItems":[]}`, ""))); err != nil || len(items) != 0 {
		t.Errorf("an empty list: %d items, %v", len(items), err)
	}
}

func TestAnItemOverTheCap(t *testing.T) {
	item := func(n int) string { return `{"resourceId":"` + strings.Repeat("x", n) + `"}` }
	for _, c := range []struct {
		n    int
		want string
	}{{9000, ""}, {10001, "f: item 2"}, {1 << 20, "f: item 2"}} {
		f := open("f", strings.NewReader(`{"configurationItems":[{},`+item(c.n)+`,{}]}`), 10000)
		var err error
		n := 0
		for ; err == nil; n++ {
			_, err = f.Next()
		}
		if c.want == "" {
			if !errors.Is(err, io.EOF) || n != 4 {
				t.Errorf("%d bytes: %v after %d", c.n, err, n)
			}
			continue
		}
		if !strings.HasPrefix(err.Error(), c.want) || !strings.HasSuffix(err.Error(), "longer than the 10000 bytes that one item may have") {
			t.Errorf("%d bytes: %v", c.n, err)
		}
		if _, again := f.Next(); again == nil || again.Error() != err.Error() {
			t.Errorf("asked again after its error the file gives %v", again)
		}
	}
}

// Whatever a file holds: it ends, with io.EOF only where a reader of whole documents would read the same items.
func FuzzFile(f *testing.F) {
	f.Add([]byte(`{"configurationItems":[{"resourceType":"A","configuration":"{}"},{}]}`))
	f.Add([]byte(`{"configurationItem":{"awsAccountId":"1","tags":{"a":"b"}},"x":[1,{"y":null}]}`))
	f.Add(zipped(`{"configurationItems":[{"configurationItemCaptureTime":1.5,"supplementaryConfiguration":{"a":"\"b\"","c":null}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		file := open("f", bytes.NewReader(data), 1<<16)
		for {
			raw, err := file.Next()
			if err != nil {
				if _, again := file.Next(); again != err {
					t.Errorf("after %v comes %v", err, again)
				}
				return
			}
			it, err := raw.Item()
			if err != nil {
				continue
			}
			if it.ResourceType != raw.Type {
				t.Errorf("seen as %q, read as %q", raw.Type, it.ResourceType)
			}
			if first, second := it.Digest(), it.Digest(); first != second {
				t.Errorf("two digests of one item: %s and %s", first, second)
			}
		}
	})
}
