package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestListeners(t *testing.T) {
	t.Setenv(notifyEnv, " sns:arn:aws:sns:eu-west-1:111122223333:audits\n https://hooks.example/T0/secret ")
	got, err := listeners([]string{"http://127.0.0.1:1/x"})
	if err != nil || len(got) != 3 || got[0].topic != "arn:aws:sns:eu-west-1:111122223333:audits" || got[2].String() != "http://127.0.0.1:1" {
		t.Fatalf("got %v, %v", got, err)
	}
	if s := got[1].String(); strings.Contains(s, "secret") || strings.Contains(s, "T0") {
		t.Errorf("%q tells the secret", s)
	}
	t.Setenv(notifyEnv, "")
	for _, bad := range []string{"sns:audits", "sns:arn:aws:sqs:eu-west-1:111122223333:audits", "ftp://x", "hooks.example/secret", "https://user:secret@hooks.example/", "https://", "https://a b/secret", "%zz-secret"} {
		_, err := listeners([]string{bad})
		if err == nil {
			t.Errorf("%q was taken", bad)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%q tells the secret: %v", bad, err)
		}
	}
}

// Only 200 to 299 means taken; what may pass is tried again; a redirect is not followed; no error tells the address.
func TestPost(t *testing.T) {
	var asked atomic.Int32
	var got []byte
	var codes []int
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := int(asked.Add(1)) - 1
		got, _ = io.ReadAll(r.Body)
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(codes[min(n, len(codes)-1)])
	}))
	defer s.Close()
	to, err := url.Parse(s.URL + "/hook/secret")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		codes []int
		asked int
		want  string
	}{
		{[]int{204}, 1, ""},
		{[]int{503, 200}, 2, ""},
		{[]int{429, 500, 200}, 3, ""},
		{[]int{404}, 1, "404 Not Found"},
		{[]int{302}, 1, "redirects are not followed"},
	} {
		codes = x.codes
		asked.Store(0)
		err := post(context.Background(), to, []byte(`{"ok":true}`))
		if (err == nil) != (x.want == "") || err != nil && (!strings.Contains(err.Error(), x.want) || strings.Contains(err.Error(), "secret")) {
			t.Errorf("%v: %v", x.codes, err)
		}
		if int(asked.Load()) != x.asked || string(got) != `{"ok":true}` {
			t.Errorf("%v: asked %d times with %q", x.codes, asked.Load(), got)
		}
	}
	s.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 1500*time.Millisecond)
	defer cancel()
	if err := post(ctx, to, nil); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("nobody listens: %v", err)
	}
}

// A topic is told by sns:Publish; a refusal is said in AWS's words.
func TestPublish(t *testing.T) {
	var form url.Values
	refuse := false
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		form, _ = url.ParseQuery(string(b))
		w.Header().Set("Content-Type", "text/xml")
		if refuse {
			w.WriteHeader(403)
			io.WriteString(w, `<ErrorResponse><Error><Type>Sender</Type><Code>AuthorizationError</Code><Message>not allowed</Message></Error></ErrorResponse>`)
			return
		}
		io.WriteString(w, `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`)
	}))
	defer s.Close()
	for k, v := range map[string]string{"AWS_ENDPOINT_URL": s.URL, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull} {
		t.Setenv(k, v)
	}
	topic := "arn:aws:sns:eu-west-1:111122223333:audits"
	if err := publish(context.Background(), topic, "subject", []byte(`{"ok":true}`)); err != nil {
		t.Fatal(err)
	}
	if form.Get("TopicArn") != topic || form.Get("Message") != `{"ok":true}` || form.Get("Subject") != "subject" || form.Has("MessageGroupId") {
		t.Errorf("asked %v", form)
	}
	if err := publish(context.Background(), topic+".fifo", "subject", []byte(`{}`)); err != nil || form.Get("MessageGroupId") == "" || form.Get("MessageDeduplicationId") == "" {
		t.Errorf("asked %v, %v", form, err)
	}
	refuse = true
	if err := publish(context.Background(), topic, "subject", nil); err == nil || !strings.Contains(err.Error(), "sns:Publish: AuthorizationError: not allowed") {
		t.Errorf("got %v", err)
	}
}

func TestSubject(t *testing.T) {
	s := summary{Command: "run", Period: strings.Repeat("ü\n", 200), ExitCode: 1}
	if got := s.subject(); len(got) > 100 || strings.ContainsAny(got, "\nü") {
		t.Errorf("got %q", got)
	}
}

// Whatever way a run ends, its summary says so, in a file and to a webhook.
func TestEveryEndingIsTold(t *testing.T) {
	var told []byte
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { told, _ = io.ReadAll(r.Body) }))
	defer s.Close()
	dir := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	broken := write("broken.yaml", "organization: A\n")
	good := write("good.yaml", "organization: A\nperiod: 2026-Q3\nframeworks: [fips-cryptography]\nscope: {accounts: [\"111122223333\"], regions: [eu-west-1]}\n")
	for k, v := range map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_MAX_ATTEMPTS": "1"} {
		t.Setenv(k, v)
	}
	for _, x := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"-c", broken}, exitUsage, "frameworks"},
		{[]string{"-c", good, "--period", "soon"}, exitUsage, "not a quarter"},
		{[]string{"-c", good}, exitUnfinished, "GetCallerIdentity"},
		{[]string{"-c", filepath.Join(dir, "none.yaml")}, exitUsage, "is not there"},
	} {
		told = nil
		var out, errs bytes.Buffer
		a := &app{out: &out, err: &errs, now: time.Now}
		file := filepath.Join(dir, "summary.json")
		os.Remove(file)
		code := a.main(context.Background(), append([]string{"run", "--out", filepath.Join(dir, "pack"), "--summary", file, "--notify", s.URL + "/hook"}, x.args...))
		if code != x.code {
			t.Errorf("%v: exit code %d: %s", x.args, code, errs.String())
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Errorf("%v: %v", x.args, err)
			continue
		}
		var got summary
		if err := json.Unmarshal(b, &got); err != nil || got.OK || got.ExitCode != x.code || !strings.Contains(got.Error, x.want) || got.Command != "run" {
			t.Errorf("%v: %s, %v", x.args, b, err)
		}
		if string(told)+"\n" != string(b) {
			t.Errorf("%v: told %q", x.args, told)
		}
	}
}

// A run that found everything done is no news; one that failed is, each time.
func TestDoneAlreadyIsNotTold(t *testing.T) {
	told := 0
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { told++ }))
	defer s.Close()
	to, err := listeners([]string{s.URL})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		already bool
		code    int
		want    int
	}{{false, exitDone, 1}, {true, exitDone, 0}, {true, exitUnfinished, 1}} {
		told = 0
		a := &app{out: io.Discard, err: io.Discard, now: time.Now, ending: &ending{to: to}}
		if x.already {
			a.already()
		}
		a.end(x.code, nil, "")
		if told != x.want {
			t.Errorf("%+v: told %d times", x, told)
		}
	}
}

// Two processes never work in one folder, and a killed one leaves it free.
func TestLock(t *testing.T) {
	if dir := os.Getenv("AUDITSEAL_TEST_LOCK"); dir != "" {
		a := &app{now: time.Now}
		if _, err := a.lock(dir); err != nil {
			os.Exit(3)
		}
		os.Stdout.WriteString("locked\n")
		select {}
	}
	dir := filepath.Join(t.TempDir(), "2026-Q3")
	other := exec.Command(os.Args[0], "-test.run", "^TestLock$")
	other.Env = append(os.Environ(), "AUDITSEAL_TEST_LOCK="+dir)
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 7)
	if _, err := io.ReadFull(out, buf); err != nil {
		t.Fatal(err)
	}
	a := &app{now: time.Now}
	if _, err := a.lock(dir + "/"); err == nil || !strings.Contains(err.Error(), "is being worked on by process ") {
		t.Errorf("a second lock: %v", err)
	}
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait()
	release, err := a.lock(dir)
	if err != nil {
		t.Fatalf("after the first was killed: %v", err)
	}
	release()
	if release, err = a.lock(dir); err != nil {
		t.Fatalf("after release: %v", err)
	}
	release()
}
