package celltest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// A Request is what Serve's answer is chosen by.
type Request struct {
	// Operation is the name in X-Amz-Target (KMS, CloudHSM, Config, Identity Center); for REST services it is method and path.
	Operation string
	// Query is what follows the ? in the URL; Region is what the request is signed for.
	Query, Region string
	Body          string
}

// An Answer is a status and a body. Status 0 is 200.
type Answer struct {
	Status int
	Body   string
}

// Fail makes the answer of a service that refuses.
func Fail(status int, code, message string) Answer {
	return Answer{status, fmt.Sprintf(`{"__type":%q,"message":%q}`, code, message)}
}

// Serve answers by hand what no scenario would say: the odd shapes that a test is about. Its Date never changes. What the
// function has no answer for (an empty Body) fails the test. It is asked one request at a time, and so may count.
func Serve(t testing.TB, answer func(Request) Answer) string {
	t.Helper()
	var mu sync.Mutex
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		q := Request{Operation: r.Method + " " + r.URL.Path, Query: r.URL.RawQuery, Body: string(body)}
		if scope := strings.Split(r.Header.Get("Authorization"), "/"); len(scope) > 2 {
			q.Region = scope[2]
		}
		contentType := "application/json"
		if _, op, ok := strings.Cut(r.Header.Get("X-Amz-Target"), "."); ok {
			q.Operation, contentType = op, "application/x-amz-json-1.1"
		}
		mu.Lock()
		a := answer(q)
		mu.Unlock()
		if a.Body == "" {
			t.Errorf("nothing to answer %s %s with", q.Operation, q.Body)
			a = Fail(500, "InternalFailure", "the test has no answer")
		}
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Date", "Thu, 01 Oct 2026 06:00:00 GMT")
		w.Header().Set("X-Amzn-Requestid", "00000000-0000-4000-8000-000000000000")
		if a.Status >= 400 {
			var e struct {
				Type string `json:"__type"`
			}
			json.Unmarshal([]byte(a.Body), &e)
			w.Header().Set("X-Amzn-Errortype", e.Type) // REST services read it here
		}
		if a.Status != 0 {
			w.WriteHeader(a.Status)
		}
		io.WriteString(w, a.Body)
	}))
	t.Cleanup(s.Close)
	return s.URL
}
