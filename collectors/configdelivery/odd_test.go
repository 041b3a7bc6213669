package configdelivery

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/kms"
)

const (
	mine  = "111122223333"
	other = "444455556666"
)

// A shelf is a bucket: content by key. What keys lack is put before them: the root of a place.
type shelf map[string]string

// root is where the files of a place stand.
func root(account string) string { return "AWSLogs/" + account + "/Config/eu-west-1/" }

func keyFile(account, day, from string) string {
	return root(account) + day + "/ConfigHistory/" + account + "_Config_eu-west-1_ConfigHistory_AWS::KMS::Key_" + from + "_" + from + "_1.json.gz"
}

func snapshotFile(account, day, at string) string {
	return root(account) + day + "/ConfigSnapshot/" + account + "_Config_eu-west-1_ConfigSnapshot_" + at + "_0b1c.json.gz"
}

func zipped(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, s)
	z.Close()
	return b.String()
}

func items(list ...string) string {
	return zipped(`{"fileVersion":"1.0","configurationItems":[` + strings.Join(list, ",") + `]}`)
}

// keyItem is a key's item; more is put into it.
func keyItem(account, id, at, more string) string {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"awsAccountId":%q,"awsRegion":"eu-west-1","resourceType":"AWS::KMS::Key","resourceId":%q,"configurationItemStatus":"OK","configurationItemCaptureTime":%q,"configurationStateId":%d,
		"ARN":"arn:aws:kms:eu-west-1:%s:key/%s"%s}`, account, id, at, t.UnixMilli(), account, id, more)
}

const conf = `,"configuration":{"keyId":"k","keyState":"Enabled","enabled":true,"keyManager":"CUSTOMER"},"supplementaryConfiguration":{"KeyRotationStatus":"true"}`

// serve answers for the bucket. alter changes a listing before it is sent.
func (s shelf) serve(t *testing.T, alter func(prefix string, x *listing)) string {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", "Thu, 01 Oct 2026 10:00:00 GMT")
		if q := r.URL.Query(); q.Has("list-type") {
			x := listing{Prefix: q.Get("prefix")}
			for key, body := range s {
				if strings.HasPrefix(key, x.Prefix) {
					x.Contents = append(x.Contents, entry{key, len(body)})
				}
			}
			slices.SortFunc(x.Contents, func(a, b entry) int { return strings.Compare(a.Key, b.Key) })
			x.KeyCount = len(x.Contents)
			x.IsTruncated = "false"
			if alter != nil {
				alter(x.Prefix, &x)
			}
			b, err := xml.Marshal(x)
			if err != nil {
				t.Error(err)
			}
			w.Write(b)
			return
		}
		body, ok := s[strings.TrimPrefix(r.URL.Path, "/b/")]
		if !ok {
			w.WriteHeader(404)
			io.WriteString(w, `<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>`)
			return
		}
		if strings.HasPrefix(body, "<Error>") {
			w.WriteHeader(403)
		}
		io.WriteString(w, body)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

type listing struct {
	XMLName     xml.Name `xml:"ListBucketResult"`
	Prefix      string
	KeyCount    int
	IsTruncated string `xml:",omitempty"`
	Contents    []entry
}

type entry struct {
	Key  string
	Size int
}

// read reads the history of two accounts in one region over a week.
func read(t *testing.T, url string) *celltest.Result {
	t.Helper()
	return celltest.Run(t, Collector{}, celltest.Options{URL: url, Account: mine, Readers: kms.Past(), Scope: evidence.Scope{Accounts: []string{mine, other}, Regions: []string{"eu-west-1"}, Home: "eu-west-1",
		History: []string{"AWS::KMS::Key"}, Period: evidence.Period{From: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 9, 8, 0, 0, 0, 0, time.UTC)},
		AsOf: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), Delivery: &evidence.Delivery{Bucket: "b", Account: mine, Region: "eu-west-1"}}})
}

// whole is a bucket in which nothing is wrong.
func whole() shelf {
	s := shelf{"unrelated": "x", root(mine) + "2026/9/3/ConfigHistory/" + mine + "_Config_eu-west-1_ConfigHistory_AWS::EC2::Instance_20260903T080000Z_20260903T080000Z_1.json.gz": "not even read"}
	for _, a := range []string{mine, other} {
		s[snapshotFile(a, "2026/8/31", "20260831T040000Z")] = items(keyItem(a, "k1", "2025-01-01T00:00:00Z", conf), `{"resourceType":"AWS::EC2::Instance","configuration":{"huge":[1,2,3]}}`)
		s[keyFile(a, "2026/9/3", "20260903T080000Z")] = items(keyItem(a, "k1", "2026-09-03T08:00:00Z", conf), keyItem(a, "k2", "2026-09-03T08:00:01Z", conf))
		s[snapshotFile(a, "2026/9/8", "20260908T040000Z")] = items(keyItem(a, "k1", "2026-09-03T08:00:00Z", conf), keyItem(a, "k2", "2026-09-03T08:00:01Z", conf), keyItem(a, "k3", "2026-09-08T01:00:00Z", conf))
	}
	return s
}

func statesOf(r *celltest.Result) []string {
	var out []string
	for _, s := range r.States {
		fault := ""
		if s.Fault != "" {
			fault = " " + s.Fault
		}
		out = append(out, s.Account+" "+s.ResourceID+" "+s.Captured.Format("01-02")+fault)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestWhole(t *testing.T) {
	r := read(t, whole().serve(t, nil))
	for _, g := range r.Gaps {
		t.Errorf("%+v", g)
	}
	want := []string{mine + " k1 01-01", mine + " k1 09-03", mine + " k2 09-03", other + " k1 01-01", other + " k1 09-03", other + " k2 09-03"}
	if got := statesOf(r); !slices.Equal(got, want) {
		t.Errorf("states %q, want %q", got, want)
	}
	files := celltest.Of[DeliveredFile](r)
	if len(files) != 6 {
		t.Fatalf("%d files", len(files))
	}
	for _, f := range files {
		if f.OfAccount == "" || f.SHA256 == "" || f.Size == 0 || f.Whole != (f.Sort == history) || f.Used == 0 || f.FirstCaptured == nil {
			t.Errorf("%+v", f)
		}
		if f.Sort == snapshot && f.Key == snapshotFile(mine, "2026/8/31", "20260831T040000Z") && (f.Items != 2 || f.Used != 1 || f.SHA256 != evidence.Sum([]byte(whole()[f.Key])).String()) {
			t.Errorf("the snapshot: %+v", f)
		}
	}
}

// Whatever is wrong with a file or a list leaves the past of its types and places unread, and nothing else.
func TestWhatIsWrong(t *testing.T) {
	bad := keyFile(mine, "2026/9/4", "20260904T080000Z")
	here, both, all := mine+"/eu-west-1", "AWS::KMS::Key", "AWS::Config::ConfigurationRecorder AWS::Config::ResourceCompliance AWS::KMS::Key"
	for _, c := range []struct {
		name, key, body, code, places, types string
	}{
		{"truncated gzip", bad, items(keyItem(mine, "k4", "2026-09-04T08:00:00Z", conf))[:40], "UnreadableFile", here, both},
		{"not gzip", bad, "rubbish", "UnreadableFile", here, both},
		{"not JSON", bad, zipped("rubbish"), "UnreadableFile", here, both},
		{"no items in it", bad, zipped(`{"fileVersion":"1.0"}`), "UnreadableFile", here, both},
		{"half the JSON", bad, zipped(`{"configurationItems":[` + keyItem(mine, "k4", "2026-09-04T08:00:00Z", conf)), "UnreadableFile", here, both},
		{"denied", bad, `<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>`, "AccessDenied", here, both},
		{"its KMS key denied", bad, `<Error><Code>KMS.AccessDeniedException</Code><Message>not for you</Message></Error>`, "KMS.AccessDeniedException", here, both},
		{"nothing in it", bad, "", "NotAnAnswer", here, both},
		{"another type in it", bad, items(strings.Replace(keyItem(mine, "k4", "2026-09-04T08:00:00Z", conf), "KMS::Key", "EC2::Instance", 1)), "UnreadableFile", here, both},
		{"an item of nobody", bad, items(strings.Replace(keyItem(mine, "k4", "2026-09-04T08:00:00Z", conf), "awsAccountId", "x", 1)), "UnreadableItem", here, both},
		{"an item of no moment", bad, items(strings.Replace(keyItem(mine, "k4", "2026-09-04T08:00:00Z", conf), "configurationItemCaptureTime", "x", 1)), "ItemOfNothing", here, both},
		{"a time that is none", bad, items(strings.Replace(keyItem(mine, "k4", "2026-09-04T08:00:00Z", conf), "2026-09-04T08:00:00Z", "yesterday", 1)), "UnreadableItem", here, both},
		{"a broken snapshot", snapshotFile(mine, "2026/8/31", "20260831T040000Z"), zipped(`{"configurationItems":[`), "UnreadableObject", here, all},
		{"a name of no form", root(mine) + "2026/9/4/ConfigHistory/keys.json.gz", "x", "UnknownKey", here, all},
		{"a name of another account", root(mine) + "2026/9/4/ConfigHistory/" + other + "_Config_eu-west-1_ConfigHistory_AWS::KMS::Key_20260904T080000Z_20260904T080000Z_1.json.gz", "x", "UnknownKey", here, all},
		{"an item that no file brought", snapshotFile(mine, "2026/9/8", "20260908T040000Z"), items(keyItem(mine, "k9", "2026-09-05T08:00:00Z", conf), keyItem(mine, "k8", "2026-09-06T08:00:00Z", conf)), "DeliveryMissing", here, both},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := whole()
			s[c.key] = c.body
			r := read(t, s.serve(t, nil))
			if len(r.Gaps) != 1 {
				t.Fatalf("%d gaps: %+v", len(r.Gaps), r.Gaps)
			}
			g := r.Gaps[0]
			if g.Code != c.code || strings.Join(g.Places, " ") != c.places || strings.Join(g.History, " ") != c.types || !slices.Contains(g.Kinds, fileKind) {
				t.Errorf("%+v", g)
			}
			if !g.OfPast("AWS::KMS::Key", mine, "eu-west-1") || g.OfPast("AWS::KMS::Key", other, "eu-west-1") {
				t.Errorf("it leaves the wrong past unread: %+v", g)
			}
		})
	}
}

func TestListsThatAreNotWhole(t *testing.T) {
	day := root(mine) + "2026/9/3/"
	for _, c := range []struct {
		name, code string
		alter      func(*listing)
	}{
		{"fewer keys than it counts", "HalfPage", func(x *listing) { x.Contents = x.Contents[1:] }},
		{"nothing of whether it ends", "MissingMember", func(x *listing) { x.IsTruncated = "" }},
		{"goes on and not where", "MissingMember", func(x *listing) { x.IsTruncated = "true" }},
		{"out of order", "Unordered", func(x *listing) { slices.Reverse(x.Contents) }},
		{"a key twice", "Unordered", func(x *listing) { x.Contents[1] = x.Contents[0] }},
		{"of another prefix", "AnotherList", func(x *listing) { x.Prefix = "a" }},
		{"with another's keys", "AnotherList", func(x *listing) { x.Contents[0].Key = "a" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := read(t, whole().serve(t, func(prefix string, x *listing) {
				if prefix == day {
					c.alter(x)
				}
			}))
			if len(r.Gaps) != 1 || r.Gaps[0].Code != c.code || !r.Gaps[0].OfPast("AWS::KMS::Key", mine, "eu-west-1") || r.Gaps[0].OfPast("AWS::KMS::Key", other, "eu-west-1") {
				t.Errorf("%+v", r.Gaps)
			}
		})
	}
}

// A place for which nothing was delivered is not one in which nothing was.
func TestNothingDelivered(t *testing.T) {
	s := whole()
	for k := range s {
		if strings.HasPrefix(k, root(other)) {
			delete(s, k)
		}
	}
	r := read(t, s.serve(t, nil))
	if len(r.Gaps) != 1 || r.Gaps[0].Code != "NotDelivered" || !slices.Equal(r.Gaps[0].Places, []string{other + "/eu-west-1"}) || !r.Gaps[0].OfPast("AWS::KMS::Key", other, "eu-west-1") {
		t.Errorf("%+v", r.Gaps)
	}
}

// One file may hold the items of several accounts; then one that cannot be read may have held any.
func TestSeveralAccountsInOneFile(t *testing.T) {
	s := whole()
	s[keyFile(mine, "2026/9/4", "20260904T080000Z")] = items(keyItem(mine, "k4", "2026-09-04T08:00:00Z", conf), keyItem(other, "k5", "2026-09-04T08:00:01Z", conf), keyItem("999988887777", "k6", "2026-09-04T08:00:02Z", conf))
	r := read(t, s.serve(t, nil))
	if got := statesOf(r); !slices.Contains(got, mine+" k4 09-04") || !slices.Contains(got, other+" k5 09-04") || len(got) != 8 || len(r.Gaps) != 0 {
		t.Errorf("states %q, gaps %+v", got, r.Gaps)
	}
	if f := celltest.One[DeliveredFile](t, r, "20260904T080000Z"); f.Items != 3 || f.Used != 2 || f.OutOfScope != 1 {
		t.Errorf("%+v", f)
	}
	s[keyFile(mine, "2026/9/5", "20260905T080000Z")] = "rubbish"
	r = read(t, s.serve(t, nil))
	if len(r.Gaps) != 1 || !r.Gaps[0].OfPast("AWS::KMS::Key", other, "eu-west-1") {
		t.Errorf("%+v", r.Gaps)
	}
}

// An item that is too large is delivered by itself. In the history it stands without its configuration, which is no state with a guessed one.
func TestOversized(t *testing.T) {
	s := whole()
	s[keyFile(mine, "2026/9/4", "20260904T080000Z")] = items(keyItem(mine, "big/1", "2026-09-04T08:00:00Z", ""))
	if got := statesOf(read(t, s.serve(t, nil))); !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, mine+" big/1 09-04 ") }) {
		t.Errorf("without its own file: %q", got)
	}
	s[root(mine)+"2026/9/4/OversizedChangeNotification/AWS::KMS::Key/big/1/"+mine+"_Config_eu-west-1_ChangeNotification_AWS::KMS::Key_big/1_20260904T080000Z_1.json.gz"] =
		zipped(`{"configurationItemDiff":null,"configurationItem":` + keyItem(mine, "big/1", "2026-09-04T08:00:00Z", conf) + `,"messageType":"ConfigurationItemChangeNotification"}`)
	r := read(t, s.serve(t, nil))
	if got := statesOf(r); !slices.Contains(got, mine+" big/1 09-04") || len(got) != 7 || len(r.Gaps) != 0 {
		t.Errorf("with its own file: %q, %+v", got, r.Gaps)
	}
}

// Where a snapshot comes every day, a day without one is a day on which files may be missing; a stopped recorder explains it.
func TestSilentDays(t *testing.T) {
	s := whole()
	for d := 1; d <= 7; d++ {
		if d == 4 || d == 5 {
			continue
		}
		day := fmt.Sprintf("2026/9/%d", d)
		s[snapshotFile(mine, day, fmt.Sprintf("202609%02dT050000Z", d))] = items()
	}
	r := read(t, s.serve(t, nil))
	if len(r.Gaps) != 1 || r.Gaps[0].Code != "DeliveryInterrupted" || !strings.Contains(r.Gaps[0].Message, "on 2 days nothing was, the first of them 2026-09-04") || !r.Gaps[0].OfPast("AWS::KMS::Key", mine, "eu-west-1") {
		t.Errorf("%+v", r.Gaps)
	}
	recorder := func(at string, on bool) string {
		c, _ := json.Marshal(map[string]any{"Name": "default", "Recording": on})
		return strings.Replace(keyItem(mine, "default", at, `,"configuration":`+string(c)), "AWS::KMS::Key", recorderType, 1)
	}
	name := strings.Replace(keyFile(mine, "2026/9/3", "20260903T080000Z"), "AWS::KMS::Key", recorderType, 1)
	s[name] = items(recorder("2026-09-03T20:00:00Z", false))
	s[strings.Replace(name, "2026/9/3", "2026/9/6", 1)] = items(recorder("2026-09-06T03:00:00Z", true))
	if r := read(t, s.serve(t, nil)); len(r.Gaps) != 0 {
		t.Errorf("with the recorder stopped: %+v", r.Gaps)
	}
	s[strings.Replace(name, "2026/9/3", "2026/9/6", 1)] = items(recorder("2026-09-03T21:00:00Z", true))
	if r := read(t, s.serve(t, nil)); len(r.Gaps) != 1 {
		t.Errorf("with the recorder on again the same evening: %+v", r.Gaps)
	}
}

// AWS Config delivers late: what is read before that is not all there is.
func TestNotDeliveredYet(t *testing.T) {
	r := celltest.Run(t, Collector{}, celltest.Options{URL: whole().serve(t, nil), Account: mine, Scope: evidence.Scope{Accounts: []string{mine}, Regions: []string{"eu-west-1"}, Home: "eu-west-1",
		History: []string{"AWS::KMS::Key"}, Period: evidence.Period{From: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 9, 8, 0, 0, 0, 0, time.UTC)},
		AsOf: time.Date(2026, 9, 8, 12, 0, 0, 0, time.UTC), Delivery: &evidence.Delivery{Bucket: "b", Account: mine, Region: "eu-west-1"}}})
	if !slices.ContainsFunc(r.Gaps, func(g evidence.Gap) bool {
		return g.Code == "NotDeliveredYet" && g.OfPast("AWS::KMS::Key", mine, "eu-west-1")
	}) {
		t.Errorf("%+v", r.Gaps)
	}
}
