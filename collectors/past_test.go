package collectors

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/configitem"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/s3"
)

var updateItems = flag.Bool("update-items", false, "write what the readers say of the samples into them")

const (
	pastAccount = "111122223333"
	pastRegion  = "eu-west-1"
)

// A sample is one configuration item in both of AWS's spellings, and the fields that it tells.
type sample struct {
	API  json.RawMessage `json:"api"`
	File json.RawMessage `json:"file"`
	// ID is the record's id, and Says the told fields with their values, null for what is absent.
	ID   string         `json:"id"`
	Says map[string]any `json:"says"`
}

func sampleFile(typ string) string {
	return filepath.Join("configitem", "testdata", strings.ReplaceAll(typ, "::", "-")+".json")
}

func readSample(t testing.TB, typ string) sample {
	t.Helper()
	b, err := os.ReadFile(sampleFile(typ))
	if err != nil {
		t.Fatal(err)
	}
	var s sample
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		t.Fatalf("%s: %v", typ, err)
	}
	return s
}

// answering is a transport that gives one answer to every request.
type answering []byte

func (a answering) Do(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}}, Body: io.NopCloser(bytes.NewReader(a))}, nil
}

// fromAPI reads an item as the SDK's client gives it.
func fromAPI(t testing.TB, item json.RawMessage) configitem.Item {
	t.Helper()
	answer := slices.Concat([]byte(`{"configurationItems":[`), item, []byte(`]}`))
	c := configservice.New(configservice.Options{Region: pastRegion, HTTPClient: answering(answer), Credentials: credentials.NewStaticCredentialsProvider("a", "b", "")})
	out, err := c.GetResourceConfigHistory(context.Background(), &configservice.GetResourceConfigHistoryInput{ResourceId: aws.String("x"), ResourceType: "AWS::S3::Bucket"})
	if err != nil || len(out.ConfigurationItems) != 1 {
		t.Fatalf("%v: %v", out, err)
	}
	return configitem.FromAPI(out.ConfigurationItems[0])
}

func stateOf(t testing.TB, r configitem.Reader, it configitem.Item) *evidence.State {
	t.Helper()
	s, err := r.State(&it, pastAccount, pastRegion, evidence.FromAPI, []string{"x1"})
	if err != nil {
		t.Fatalf("%s: %v", r.Type, err)
	}
	return s
}

// told gives the told fields of a state with their values.
func told(t testing.TB, r configitem.Reader, s *evidence.State) map[string]any {
	t.Helper()
	b, err := json.Marshal(s.Record)
	if err != nil {
		t.Fatal(err)
	}
	var rec map[string]any
	if err := json.Unmarshal(b, &rec); err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	for _, f := range r.Records.Fields() {
		switch f.Name {
		case "id", "account", "region", "collected", "evidence", "unknown":
			continue
		}
		if slices.ContainsFunc(s.Record.Header().Unknown, func(u evidence.Unknown) bool { return u.Field == f.Name || strings.HasPrefix(f.Name, u.Field+".") }) {
			continue
		}
		var v any = rec
		for _, step := range strings.Split(f.Name, ".") {
			m, _ := v.(map[string]any)
			v = m[step]
		}
		out[f.Name] = v
	}
	return out
}

func TestPastIsListed(t *testing.T) {
	all := Past()
	if len(all) == 0 || len(all) != len(Pasts()) {
		t.Fatal("readers and pasts are not the same")
	}
	kinds := map[string]bool{}
	for _, k := range Kinds() {
		kinds[k.Name] = true
	}
	for i, r := range all {
		if i > 0 && all[i-1].Type >= r.Type {
			t.Errorf("%s stands before %s", all[i-1].Type, r.Type)
		}
		if !kinds[r.Kind] && r.Kind != evidence.Verdicts { // AWS's own verdicts have a past, and no population
			t.Errorf("%s: no collector emits %q", r.Type, r.Kind)
		}
		if at := slices.IndexFunc(Pasts(), func(p evidence.Past) bool { return p.Type == r.Type }); at != i {
			t.Errorf("%s is the %d. past", r.Type, at)
		}
		if r.Global != strings.HasPrefix(r.Type, "AWS::IAM::") {
			t.Errorf("%s: global is %t", r.Type, r.Global)
		}
	}
}

func TestPastOfSamples(t *testing.T) {
	for _, r := range Past() {
		s := readSample(t, r.Type)
		it := fromAPI(t, s.API)
		state := stateOf(t, r, it)
		if state.Fault != "" || state.Record == nil {
			t.Errorf("%s: %s", r.Type, state.Fault)
			continue
		}
		says := told(t, r, state)
		if *updateItems {
			s.ID, s.Says = state.Resource, says
			b, err := json.MarshalIndent(s, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(sampleFile(r.Type), append(b, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if state.Resource != s.ID {
			t.Errorf("%s: the record is %q, not %q", r.Type, state.Resource, s.ID)
		}
		for f, v := range s.Says {
			if got, ok := says[f]; !ok || !reflect.DeepEqual(got, v) {
				t.Errorf("%s: %s is %v (told %t), not %v", r.Type, f, got, ok, v)
			}
		}
		for f, v := range says {
			if _, ok := s.Says[f]; !ok {
				t.Errorf("%s: %s is told as %v", r.Type, f, v)
			}
		}
		line, err := json.Marshal(state)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(line, []byte("open-sesame")) {
			t.Errorf("%s: a secret is written down: %s", r.Type, line)
		}
		if back, err := evidence.DecodeState(line, r.Records); err != nil || back.Resource != state.Resource {
			t.Errorf("%s: %v", r.Type, err)
		}
	}
}

// The API and the files in S3 spell an item differently, and it is one state.
func TestPastOfBothSpellings(t *testing.T) {
	for _, r := range Past() {
		s := readSample(t, r.Type)
		f := configitem.Open("history.json", bytes.NewReader(slices.Concat([]byte(`{"fileVersion":"1.0","configurationItems":[`), s.File, []byte(`]}`))))
		raw, err := f.Next()
		if err != nil {
			t.Errorf("%s: %v", r.Type, err)
			continue
		}
		it, err := raw.Item()
		if err != nil {
			t.Errorf("%s: %v", r.Type, err)
			continue
		}
		if d := cmp.Diff(stateOf(t, r, fromAPI(t, s.API)), stateOf(t, r, it)); d != "" {
			t.Errorf("%s: the API (-) and the file (+) differ:\n%s", r.Type, d)
		}
	}
}

// A deleted item has no configuration and no name, and is of the same record.
func TestPastOfDeletedItems(t *testing.T) {
	for _, r := range Past() {
		s := readSample(t, r.Type)
		it := fromAPI(t, s.API)
		it.Status, it.Configuration, it.Supplementary, it.ResourceName, it.Tags = evidence.StatusDeleted, nil, nil, "", nil
		state := stateOf(t, r, it)
		if r.Unset == nil && (state.Resource != s.ID || state.Record != nil || state.Fault != "" || !state.Deleted()) {
			t.Errorf("%s: the deletion of %q reads as %+v", r.Type, s.ID, state)
		}
	}
}

// An account whose public access block is deleted is still there, and blocks nothing.
func TestPastOfADeletedSetting(t *testing.T) {
	for _, r := range Past() {
		if r.Unset == nil {
			continue
		}
		it := fromAPI(t, readSample(t, r.Type).API)
		it.Status, it.Configuration = evidence.StatusDeleted, nil
		s := stateOf(t, r, it)
		a, ok := s.Record.(*s3.Account)
		if !ok || s.Deleted() || !s.EndsItems() || *a.Block != (s3.Block{}) || len(a.Unknown) > 0 {
			t.Errorf("%s: the deletion reads as %+v", r.Type, s)
		}
		it.Status = evidence.StatusNotRecorded
		if s := stateOf(t, r, it); s.Record != nil {
			t.Errorf("%s: what is not recorded reads as %+v", r.Type, s.Record)
		}
		return
	}
	t.Error("no type is a setting")
}

// What is no configuration at all is a fault, and never a record.
func TestPastOfBrokenItems(t *testing.T) {
	for _, r := range Past() {
		good := fromAPI(t, readSample(t, r.Type).API)
		half := good.Configuration[:len(good.Configuration)/2]
		twice := slices.Concat(good.Configuration[:len(good.Configuration)-1], []byte(","), good.Configuration[1:])
		for _, c := range []string{``, `null`, `[]`, `"text"`, `""`, `7`, `true`, string(half), string(twice), `{`, `"{"`, `[{}]`} {
			it := good
			it.Configuration = json.RawMessage(c)
			if s := stateOf(t, r, it); s.Fault == "" || s.Record != nil {
				t.Errorf("%s: the configuration %.40s reads as %+v", r.Type, c, s.Record)
			}
		}
		for _, c := range []string{`[]`, `"text"`, `7`, `{`, `"{"`, `{"a":1,"A":2}`} {
			for name := range good.Supplementary {
				it := good
				it.Supplementary = map[string]json.RawMessage{name: json.RawMessage(c)}
				alone := good
				alone.Supplementary = nil
				s := stateOf(t, r, it)
				if s.Fault != "" {
					continue
				}
				if got, want := told(t, r, s), told(t, r, stateOf(t, r, alone)); !reflect.DeepEqual(got, want) {
					t.Errorf("%s: %s as %s tells %v", r.Type, name, c, got)
				}
			}
		}
	}
}

// byNull is where AWS's word for "none" is a null, so that it tells something.
var byNull = []struct{ typ, member, mutation, why string }{
	{"AWS::IAM::User", "configuration.userPolicyList", "null", "AWS leaves the list out where a user has no inline policies, and items have null for it"},
	{"AWS::S3::Bucket", "supplementary.BucketPolicy.policyText", "null", "AWS's word for a bucket without a policy"},
	{"AWS::S3::Bucket", "supplementary.BucketLoggingConfiguration.destinationBucketName", "null", "AWS's word for a bucket that logs nothing"},
}

// mutate gives every JSON value that comes of replacing one member, at whichever depth, strings that hold JSON included.
func mutate(path string, v any, each func(path string, root func(leaf any, drop bool) any, old any)) {
	switch x := v.(type) {
	case map[string]any:
		for k, m := range x {
			put := func(leaf any, drop bool) any {
				c := map[string]any{}
				for kk, mm := range x {
					c[kk] = mm
				}
				if c[k] = leaf; drop {
					delete(c, k)
				}
				return c
			}
			each(path+"."+k, put, m)
			mutate(path+"."+k, m, func(p string, root func(any, bool) any, old any) {
				each(p, func(leaf any, drop bool) any { return put(root(leaf, drop), false) }, old)
			})
		}
	case []any:
		for i, m := range x {
			mutate(fmt.Sprintf("%s[%d]", path, i), m, func(p string, root func(any, bool) any, old any) {
				each(p, func(leaf any, drop bool) any {
					c := slices.Clone(x)
					c[i] = root(leaf, drop)
					return c
				}, old)
			})
		}
	case string:
		var in any
		if strings.HasPrefix(x, "{") && !strings.Contains(x, "Statement") && json.Unmarshal([]byte(x), &in) == nil {
			mutate(path, in, func(p string, root func(any, bool) any, old any) {
				each(p, func(leaf any, drop bool) any {
					b, _ := json.Marshal(root(leaf, drop))
					return string(b)
				}, old)
			})
		}
	}
}

// others are values of other types than the old one. What was null becomes something by them, and not nothing.
func others(old any) map[string]any {
	if old == nil {
		return nil
	}
	all := map[string]any{"null": nil, "a number": 7.0, "text": "no such thing", "true": true, "an object": map[string]any{}, "a list": []any{7.0}}
	switch old.(type) {
	case float64:
		delete(all, "a number")
	case string:
		delete(all, "text")
	case bool:
		delete(all, "true")
	case []any:
		delete(all, "a list")
	}
	return all
}

// No field is told by what is not there: whatever member is taken away, set to null or replaced by something of another type, the fields that
// are told all the same are those that do not come from it, with the values that they had.
func TestPastTellsNothingFromNothing(t *testing.T) {
	used := make([]bool, len(byNull))
	for _, r := range Past() {
		good := fromAPI(t, readSample(t, r.Type).API)
		want := told(t, r, stateOf(t, r, good))
		n := 0
		try := func(path, mutation string, it configitem.Item) {
			n++
			s := stateOf(t, r, it)
			if s.Fault != "" {
				return
			}
			for f, v := range told(t, r, s) {
				if old, was := want[f]; was && reflect.DeepEqual(old, v) {
					continue
				}
				excused := false
				for i, e := range byNull {
					if e.typ == r.Type && e.member == path && e.mutation == mutation {
						used[i], excused = true, true
					}
				}
				if !excused {
					t.Errorf("%s: with %s %s, %s is told as %v, and was %v", r.Type, path, mutation, f, v, want[f])
				}
			}
		}
		vary := func(path string, v json.RawMessage, with func(json.RawMessage) configitem.Item) {
			var root any
			if err := json.Unmarshal(v, &root); err != nil {
				t.Fatal(err)
			}
			mutate(path, root, func(p string, put func(any, bool) any, old any) {
				encode := func(x any) json.RawMessage {
					b, err := json.Marshal(x)
					if err != nil {
						t.Fatal(err)
					}
					return b
				}
				try(p, "missing", with(encode(put(nil, true))))
				for name, other := range others(old) {
					try(p, name, with(encode(put(other, false))))
				}
			})
		}
		vary("configuration", good.Configuration, func(v json.RawMessage) configitem.Item {
			it := good
			it.Configuration = v
			return it
		})
		for name, v := range good.Supplementary {
			with := func(v json.RawMessage) configitem.Item {
				it := good
				it.Supplementary = map[string]json.RawMessage{}
				for k, x := range good.Supplementary {
					it.Supplementary[k] = x
				}
				if it.Supplementary[name] = v; v == nil {
					delete(it.Supplementary, name)
				}
				return it
			}
			try("supplementary."+name, "missing", with(nil))
			try("supplementary."+name, "null", with(json.RawMessage(`null`)))
			vary("supplementary."+name, v, with)
		}
		untagged := good
		untagged.Tags = nil
		try("tags", "missing", untagged)
		if n < 20 {
			t.Errorf("%s: only %d mutations", r.Type, n)
		}
	}
	for i, e := range byNull {
		if !used[i] {
			t.Errorf("%s %s %s: nothing needs this exception", e.typ, e.member, e.mutation)
		}
	}
}

func FuzzPast(f *testing.F) {
	all := Past()
	for i, r := range all {
		it := fromAPI(f, readSample(f, r.Type).API)
		f.Add(i, []byte(it.Configuration), "", []byte(nil))
		for name, v := range it.Supplementary {
			f.Add(i, []byte(it.Configuration), name, []byte(v))
		}
	}
	f.Fuzz(func(t *testing.T, i int, conf []byte, name string, part []byte) {
		r := all[((i%len(all))+len(all))%len(all)]
		it := fromAPI(t, readSample(t, r.Type).API)
		it.Configuration = conf
		if name != "" {
			it.Supplementary = map[string]json.RawMessage{name: part}
		}
		s := stateOf(t, r, it)
		if (s.Record == nil) == (s.Fault == "") {
			t.Fatalf("neither a record nor a fault, or both: %+v", s)
		}
		if s.Record == nil {
			return
		}
		if !json.Valid(conf) {
			t.Fatalf("%s read from what is no JSON: %q", r.Type, conf)
		}
		line, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := evidence.DecodeState(line, r.Records); err != nil {
			t.Fatal(err)
		}
	})
}
