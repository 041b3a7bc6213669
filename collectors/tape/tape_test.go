package tape_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

const secretToken = "SESSION-TOKEN-THAT-MUST-NOT-BE-KEPT"

var listKeys = evidence.Operation{Service: "kms", API: kms.ServiceID, Name: "ListKeys", Action: "kms:ListKeys", Member: "Keys"}

// serve starts a server and gives a configuration that asks it, with quick retries.
func serve(t *testing.T, h http.HandlerFunc) aws.Config {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return aws.Config{
		Region: "eu-west-1", BaseEndpoint: aws.String(s.URL), HTTPClient: awshttp.NewBuildableClient().WithTimeout(2 * time.Second),
		Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "SECRET-KEY-THAT-MUST-NOT-BE-KEPT", secretToken),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts, o.MaxBackoff = 2, time.Millisecond })
		},
	}
}

func answer(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.Header().Set("X-Amzn-Requestid", "request-1")
		io.WriteString(w, body)
	}
}

func options(ops ...evidence.Operation) tape.Options {
	return tape.Options{Account: "012345678901", Region: "eu-west-1", Collector: "kms", Operations: ops}
}

func record(t *testing.T, dir string) *tape.Tape {
	t.Helper()
	tp, err := tape.Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tp.Close() })
	return tp
}

func replay(t *testing.T, dir string) *tape.Tape {
	t.Helper()
	tp, err := tape.Open(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	return tp
}

// keys lists every key, as a collector would.
func keys(cfg aws.Config) (ids []string, err error) {
	p := kms.NewListKeysPaginator(kms.NewFromConfig(cfg), &kms.ListKeysInput{})
	for p.HasMorePages() {
		page, err := p.NextPage(context.Background())
		if err != nil {
			return ids, err
		}
		for _, k := range page.Keys {
			ids = append(ids, *k.KeyId)
		}
	}
	return ids, nil
}

func allBytes(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			raw, _ := os.ReadFile(filepath.Join(dir, name))
			b.Write(raw)
		}
		return err
	})
	return b.String()
}

func TestReplayGivesTheSameWithoutANetwork(t *testing.T) {
	dir := t.TempDir()
	var asked atomic.Int32
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), "Marker") {
			answer(`{"Keys":[{"KeyId":"b"}],"Truncated":false}`)(w, r)
			return
		}
		answer(`{"Keys":[{"KeyId":"a","unheard":"of"}],"NextMarker":"m","Truncated":true}`)(w, r)
	})
	tp := record(t, dir)
	live, err := keys(tp.Config(base, options(listKeys)))
	if err != nil {
		t.Fatal(err)
	}
	tp.Close()
	again, err := keys(replay(t, dir).Config(aws.Config{}, options(listKeys)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", "b"}, live); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(live, again); diff != "" {
		t.Error(diff)
	}
	if asked.Load() != 2 {
		t.Errorf("asked %d times, want 2: replay must not dial", asked.Load())
	}
	text := allBytes(t, dir)
	if !strings.Contains(text, `\"unheard\":\"of\"`) {
		t.Error("a member that the SDK does not know is not on the tape")
	}
	for _, never := range []string{secretToken, "SECRET-KEY", "AKIAEXAMPLE", "Authorization", "Signature"} {
		if strings.Contains(text, never) {
			t.Errorf("%q stands on the tape", never)
		}
	}
}

// A resumed tape replays what it holds and asks only the rest.
func TestResumeAsksOnlyTheRest(t *testing.T) {
	dir := t.TempDir()
	var asked atomic.Int32
	var down atomic.Bool
	down.Store(true)
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), "Marker") {
			if down.Load() {
				panic(http.ErrAbortHandler)
			}
			asked.Add(1)
			answer(`{"Keys":[{"KeyId":"b"}]}`)(w, r)
			return
		}
		asked.Add(1)
		answer(`{"Keys":[{"KeyId":"a"}],"NextMarker":"m","Truncated":true}`)(w, r)
	})
	tp := record(t, dir)
	_, err := keys(tp.Config(base, options(listKeys)))
	if code := tape.Code(err); code != "ConnectionClosed" && code != "ConnectionReset" {
		t.Fatalf("a broken connection gave %v", err)
	}
	tp.Close()
	// The failure replays as the same failure …
	_, again := keys(replay(t, dir).Config(aws.Config{}, options(listKeys)))
	if again == nil || again.Error() != err.Error() {
		t.Errorf("live: %v\nreplayed: %v", err, again)
	}
	// … and is asked again when the run goes on, also after a line was cut off by a kill.
	f, _ := os.OpenFile(filepath.Join(dir, "012345678901/eu-west-1/kms.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	f.WriteString(`{"id":"E-0123456789abcdef","account":"0123`)
	f.Close()
	down.Store(false)
	tp = record(t, dir)
	got, err := keys(tp.Config(base, options(listKeys)))
	if err != nil {
		t.Fatal(err)
	}
	tp.Close()
	if diff := cmp.Diff([]string{"a", "b"}, got); diff != "" {
		t.Error(diff)
	}
	if asked.Load() != 2 {
		t.Errorf("%d answers were given, want 2: the first page was on the tape", asked.Load())
	}
	if got, err := keys(replay(t, dir).Config(aws.Config{}, options(listKeys))); err != nil || len(got) != 2 {
		t.Errorf("the resumed tape replays %v, %v", got, err)
	}
}

// What an interrupted run asked and the one that went on did not ask again is no evidence of anything in the pack.
func TestUnaskedExchangesGo(t *testing.T) {
	dir := t.TempDir()
	base := serve(t, answer(`{"Keys":[]}`))
	tp := record(t, dir)
	keys(tp.Config(base, options(listKeys)))
	other := options(listKeys)
	other.Region = "us-east-1"
	keys(tp.Config(base, other))
	tp.Close()
	tp = record(t, dir)
	keys(tp.Config(base, options(listKeys)))
	if n, err := tp.DropUnasked(); err != nil || n != 1 {
		t.Errorf("%d were dropped, %v", n, err)
	}
	if n := replay(t, dir).Len(); n != 1 {
		t.Errorf("%d are left", n)
	}
	if _, err := os.Stat(filepath.Join(dir, "012345678901/us-east-1/kms.jsonl")); err == nil {
		t.Error("an empty file is left")
	}
}

func TestUndeclaredOperationIsNotSent(t *testing.T) {
	var asked atomic.Bool
	base := serve(t, func(w http.ResponseWriter, r *http.Request) { asked.Store(true) })
	cfg := record(t, t.TempDir()).Config(base, options(listKeys))
	_, err := kms.NewFromConfig(cfg).ScheduleKeyDeletion(context.Background(), &kms.ScheduleKeyDeletionInput{KeyId: aws.String("k")})
	if err == nil || !strings.Contains(err.Error(), "not declared") {
		t.Errorf("got %v", err)
	}
	if asked.Load() {
		t.Error("the request left the machine")
	}
}

// What AWS says halfway is an error with an outcome, and reads the same when replayed.
func TestHalfAnswers(t *testing.T) {
	tests := []struct {
		name    string
		handler http.HandlerFunc
		code    string
		outcome evidence.Outcome
	}{
		{"empty object", answer(`{}`), "MissingMember", evidence.CutShort},
		{"empty body", answer(``), "MissingMember", evidence.CutShort},
		{"null list", answer(`{"Keys":null}`), "MissingMember", evidence.CutShort},
		{"half a document", answer(`{"Keys":[{"KeyId":"a"`), "UnreadableAnswer", evidence.CutShort},
		{"a page of HTML", answer(`<html>Sign in to the proxy</html>`), "UnreadableAnswer", evidence.CutShort},
		{"repeated token", answer(`{"Keys":[{"KeyId":"a"}],"NextMarker":"m","Truncated":true}`), "RepeatedRequest", evidence.CutShort},
		{"truncated body", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "500")
			io.WriteString(w, `{"Keys":[`)
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, "TruncatedBody", evidence.CutShort},
		{"denied", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(400)
			io.WriteString(w, `{"__type":"AccessDeniedException","Message":"not for you"}`)
		}, "AccessDeniedException", evidence.Denied},
		{"throttled for ever", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(400)
			io.WriteString(w, `{"__type":"ThrottlingException","message":"Rate exceeded"}`)
		}, "ThrottlingException", evidence.Throttled},
		{"500 with HTML", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(500)
			io.WriteString(w, `<html>oops</html>`)
		}, "UnreadableAnswer", evidence.Failed},
		{"expired", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(400)
			io.WriteString(w, `{"__type":"ExpiredTokenException","message":"expired"}`)
		}, "ExpiredTokenException", evidence.Failed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			tp := record(t, dir)
			base := serve(t, tt.handler)
			_, err := keys(tp.Config(base, options(listKeys)))
			tp.Close()
			var e *tape.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			if e.Code != tt.code || e.Outcome != tt.outcome || e.Evidence == "" {
				t.Errorf("got %s, %s, evidence %q; want %s, %s", e.Code, e.Outcome, e.Evidence, tt.code, tt.outcome)
			}
			_, again := keys(replay(t, dir).Config(aws.Config{}, options(listKeys)))
			var r *tape.Error
			if !errors.As(again, &r) {
				t.Fatalf("replayed: %v", again)
			}
			if r.Code != e.Code || r.Message != e.Message || r.Outcome != e.Outcome || r.Evidence != e.Evidence || !r.Date.Equal(e.Date) || r.Status != e.Status {
				t.Errorf("live: %+v\nreplayed: %+v", e, r)
			}
		})
	}
}

func TestNoCredentialsIsAnExchange(t *testing.T) {
	dir := t.TempDir()
	base := serve(t, answer(`{"Keys":[]}`))
	base.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{}, errors.New("the credential source at 10.1.2.3:4567 went away")
	})
	tp := record(t, dir)
	_, err := keys(tp.Config(base, options(listKeys)))
	tp.Close()
	if tape.Code(err) != "NotSent" || strings.Contains(err.Error(), "10.1.2.3") {
		t.Errorf("got %v", err)
	}
	if _, again := keys(replay(t, dir).Config(aws.Config{}, options(listKeys))); again == nil || again.Error() != err.Error() {
		t.Errorf("live: %v\nreplayed: %v", err, again)
	}
}

func TestMissingExchangeIsNeverAskedOnReplay(t *testing.T) {
	_, err := keys(replay(t, t.TempDir()).Config(serve(t, answer(`{"Keys":[]}`)), options(listKeys)))
	if tape.Code(err) != "NotOnTape" {
		t.Errorf("got %v", err)
	}
}

func TestSecretsAreTakenOutAndSaid(t *testing.T) {
	dir := t.TempDir()
	op := evidence.Operation{Service: "cloudhsm", API: cloudhsmv2.ServiceID, Name: "DescribeClusters", Action: "cloudhsm:DescribeClusters", Member: "Clusters"}
	base := serve(t, answer(`{"Clusters": [ {"ClusterId":"c-1", "PreCoPassword" : "hunter\u0032", "State":"ACTIVE"} ], "Extra": 1.50}`))
	tp := record(t, dir)
	out, err := cloudhsmv2.NewFromConfig(tp.Config(base, options(op))).DescribeClusters(context.Background(), &cloudhsmv2.DescribeClustersInput{})
	if err != nil {
		t.Fatal(err)
	}
	tp.Close()
	if got := aws.ToString(out.Clusters[0].PreCoPassword); got != "REDACTED" {
		t.Errorf("the collector saw %q: what is derived live must be what is derived from the tape", got)
	}
	var ex *evidence.Exchange
	if err := tape.Walk(os.DirFS(dir), func(l tape.Line) error { ex = l.Exchange; return nil }); err != nil {
		t.Fatal(err)
	}
	want := `{"Clusters": [ {"ClusterId":"c-1", "PreCoPassword" : "REDACTED", "State":"ACTIVE"} ], "Extra": 1.50}`
	if ex.Body != want {
		t.Errorf("body %s\nwant %s", ex.Body, want)
	}
	if diff := cmp.Diff([]evidence.Redaction{{Pointer: "/Clusters/0/PreCoPassword", Rule: "secret"}}, ex.Redactions); diff != "" {
		t.Error(diff)
	}
}

// Equal polls keep their answers in order.
func TestPollsKeepTheirOrder(t *testing.T) {
	dir := t.TempDir()
	poll := listKeys
	poll.Poll = true
	var n atomic.Int32
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		answer(fmt.Sprintf(`{"Keys":[{"KeyId":"answer-%d"}]}`, n.Add(1)))(w, r)
	})
	ask := func(cfg aws.Config) (got []string) {
		for range 3 {
			ids, err := keys(cfg)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, ids...)
		}
		return got
	}
	tp := record(t, dir)
	live := ask(tp.Config(base, options(poll)))
	tp.Close()
	if diff := cmp.Diff(live, ask(replay(t, dir).Config(aws.Config{}, options(poll)))); diff != "" {
		t.Error(diff)
	}
	if live[0] == live[2] {
		t.Errorf("the polls were not asked: %v", live)
	}
}

func TestRetriesAreCountedAndTheLastAnswerKept(t *testing.T) {
	dir := t.TempDir()
	var n atomic.Int32
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) == 1 {
			w.WriteHeader(503)
			return
		}
		answer(`{"Keys":[]}`)(w, r)
	})
	tp := record(t, dir)
	if _, err := keys(tp.Config(base, options(listKeys))); err != nil {
		t.Fatal(err)
	}
	tp.Close()
	lines := 0
	tape.Walk(os.DirFS(dir), func(l tape.Line) error {
		lines++
		if l.Exchange.Attempts != 2 || l.Exchange.Status != 200 {
			t.Errorf("attempts %d, status %d", l.Exchange.Attempts, l.Exchange.Status)
		}
		return nil
	})
	if lines != 1 {
		t.Errorf("%d lines, want 1", lines)
	}
}

func TestAlteredLineIsNamed(t *testing.T) {
	dir := t.TempDir()
	base := serve(t, answer(`{"Keys":[{"KeyId":"a"}]}`))
	tp := record(t, dir)
	keys(tp.Config(base, options(listKeys)))
	tp.Close()
	name := filepath.Join(dir, "012345678901/eu-west-1/kms.jsonl")
	raw, _ := os.ReadFile(name)
	os.WriteFile(name, bytes.Replace(raw, []byte(`\"KeyId\":\"a\"`), []byte(`\"KeyId\":\"z\"`), 1), 0o644)
	_, err := keys(replay(t, dir).Config(aws.Config{}, options(listKeys)))
	if err == nil || !strings.Contains(err.Error(), "kms.jsonl:1") || !strings.Contains(err.Error(), "altered") {
		t.Errorf("got %v", err)
	}
}

func TestInterruptedCallIsNotKept(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	base := serve(t, func(w http.ResponseWriter, r *http.Request) { cancel(); time.Sleep(50 * time.Millisecond) })
	tp := record(t, dir)
	_, err := kms.NewFromConfig(tp.Config(base, options(listKeys))).ListKeys(ctx, &kms.ListKeysInput{})
	tp.Close()
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if text := allBytes(t, dir); text != "" {
		t.Errorf("the tape holds %s", text)
	}
}

func TestConcurrentWritersKeepLinesWhole(t *testing.T) {
	dir := t.TempDir()
	base := serve(t, answer(`{"Keys":[{"KeyId":"`+strings.Repeat("k", 5000)+`"}]}`))
	tp := record(t, dir)
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			o := options(listKeys)
			o.Collector = fmt.Sprintf("c%d", i)
			if _, err := keys(tp.Config(base, o)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	tp.Close()
	if n := replay(t, dir).Len(); n != 40 {
		t.Errorf("%d lines, want 40", n)
	}
}

func TestRateIsSharedByWorkers(t *testing.T) {
	// The bucket is asked, not the clock: two collectors that share a pool share one bucket.
	l := tape.NewLimits(0.5)
	slow := evidence.Operation{Service: "sso", Name: "ListInstances", Rate: 20, Pool: "sso", Organization: true}
	if got := tape.Rate(slow, l.Share); got != 10 {
		t.Errorf("rate %v, want half of the published 20", got)
	}
	if got := tape.Rate(evidence.Operation{}, l.Share); got != 5 {
		t.Errorf("rate %v where AWS publishes none, want 5", got)
	}
}

func FuzzDecode(f *testing.F) {
	ex := &evidence.Exchange{ID: "E-0123456789abcdef", Body: "{}"}
	line, _ := tape.Encode(ex)
	f.Add(line)
	f.Add([]byte(`{"id":"E-0123456789abcdef","sha256":""}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		ex, err := tape.Decode(line)
		if err != nil {
			return
		}
		again, err := tape.Encode(ex)
		if err != nil || !json.Valid(bytes.TrimSpace(again)) {
			t.Errorf("a line that decodes does not encode: %v", err)
		}
	})
}

// A run that went on after its credentials had expired, or while AWS had a bad day, asks those calls again when it is resumed. What
// AWS refused stays refused.
func TestResumeAsksWhatSettledNothing(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		body   string
		again  bool
	}{
		{"expired", 400, `{"__type":"ExpiredTokenException","message":"x"}`, true},
		{"throttled", 400, `{"__type":"ThrottlingException"}`, true},
		{"server error", 500, `<html></html>`, true},
		{"denied", 400, `{"__type":"AccessDeniedException","Message":"no"}`, false},
		{"not found", 400, `{"__type":"NotFoundException","message":"x"}`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			var asked atomic.Int32
			base := serve(t, func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				w.WriteHeader(tt.status)
				io.WriteString(w, tt.body)
			})
			tp := record(t, dir)
			keys(tp.Config(base, options(listKeys)))
			tp.Close()
			before := asked.Load()
			tp = record(t, dir)
			keys(tp.Config(base, options(listKeys)))
			tp.Close()
			if again := asked.Load() > before; again != tt.again {
				t.Errorf("asked again: %v, want %v", again, tt.again)
			}
			if n := replay(t, dir).Len(); n != 1 {
				t.Errorf("%d exchanges, want 1", n)
			}
		})
	}
}
