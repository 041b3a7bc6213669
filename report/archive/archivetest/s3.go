// Package archivetest is a small S3 for tests: one bucket with versions and Object Lock, in memory, that answers as AWS documents S3 and fails
// where a test says so. It checks no signature.
package archivetest

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Fault is how a request goes wrong.
type Fault struct {
	// Status and Code are S3's error. Status 200 puts an error into an answer that began well, as S3 does where work takes long.
	Status        int
	Code, Message string
	// Drop closes the connection without an answer: before anything was done, or, with Late, after.
	Drop, Late bool
	// Half is an answer of status 200 that ends too early. Short is after how many bytes the body of an object is cut off.
	Half  string
	Short int
}

// A Version is one version of an object, or a delete marker.
type Version struct {
	ID, Key  string
	Body     []byte
	At       time.Time
	Marker   bool
	Mode     string
	Until    time.Time
	KMSKey   string
	Checksum string // SHA-256 in base64, "-n" after it where it is that of n parts' checksums
	Meta     http.Header
}

type upload struct {
	key    string
	header http.Header
	parts  map[int][]byte
}

// S3 is the server. Its fields are changed by Set, once it runs.
type S3 struct {
	URL                   string
	Bucket, Owner, Region string
	Versioning            string // "Enabled", "Suspended" or ""
	Lock                  bool
	IgnoreKMS, IgnoreLock bool // takes the headers, and does nothing
	Now                   func() time.Time
	// Fault is asked before each request with its operation and how often that was asked before. It may be nil, and give nil.
	Fault func(op string, n int) *Fault
	// PageSize is how many versions or parts a page of a list has; 0 is 1000.
	PageSize int

	mu       sync.Mutex
	versions []*Version // oldest first
	uploads  map[string]*upload
	counts   map[string]int
	ids      int
	server   *httptest.Server
}

// Start runs one on a free port.
func Start(bucket, owner, region string, now func() time.Time) *S3 {
	s := &S3{Bucket: bucket, Owner: owner, Region: region, Versioning: "Enabled", Lock: true, Now: now, uploads: map[string]*upload{}, counts: map[string]int{}}
	s.server = httptest.NewServer(s)
	s.URL = s.server.URL
	return s
}

// Set changes its fields between requests.
func (s *S3) Set(how func(*S3)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	how(s)
}

// Fail sets Fault: nil is none.
func (s *S3) Fail(f func(op string, n int) *Fault) { s.Set(func(s *S3) { s.Fault = f }) }

// Close stops it.
func (s *S3) Close() { s.server.Close() }

// Count is how often an operation was asked.
func (s *S3) Count(op string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[op]
}

// Uploads is how many uploads in parts are open.
func (s *S3) Uploads() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.uploads)
}

// Parts is how many parts the open uploads have.
func (s *S3) Parts() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, u := range s.uploads {
		n += len(u.parts)
	}
	return n
}

// Versions are those of a key, oldest first.
func (s *S3) Versions(key string) []*Version {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*Version
	for _, v := range s.versions {
		if v.Key == key {
			out = append(out, v)
		}
	}
	return out
}

// Put puts a version behind S3's back, and gives it its id.
func (s *S3) Put(v Version) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.add(&v)
}

// Remove takes a version away behind S3's back.
func (s *S3) Remove(key, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, v := range s.versions {
		if v.Key == key && v.ID == id {
			s.versions = append(s.versions[:i:i], s.versions[i+1:]...)
			return
		}
	}
}

// Change changes a version behind S3's back.
func (s *S3) Change(key, id string, how func(*Version)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.find(key, id); v != nil {
		how(v)
	}
}

func (s *S3) add(v *Version) string {
	s.ids++
	v.ID = fmt.Sprintf("v%04d", s.ids)
	if v.At.IsZero() {
		v.At = s.Now().UTC().Truncate(time.Second)
	}
	if v.Checksum == "" && !v.Marker {
		sum := sha256.Sum256(v.Body)
		v.Checksum = base64.StdEncoding.EncodeToString(sum[:])
	}
	s.versions = append(s.versions, v)
	return v.ID
}

func (s *S3) find(key, id string) *Version {
	for i := len(s.versions) - 1; i >= 0; i-- {
		if v := s.versions[i]; v.Key == key && (id == "" || v.ID == id) {
			return v
		}
	}
	return nil
}

func operation(r *http.Request, key string) string {
	q := r.URL.Query()
	has := func(name string) bool { _, ok := q[name]; return ok }
	switch {
	case key == "" && r.Method == http.MethodHead:
		return "HeadBucket"
	case key == "" && has("versioning"):
		return "GetBucketVersioning"
	case key == "" && has("object-lock"):
		return "GetObjectLockConfiguration"
	case key == "" && has("versions"):
		return "ListObjectVersions"
	case has("retention"):
		return "GetObjectRetention"
	case has("uploads"):
		return "CreateMultipartUpload"
	case has("uploadId"):
		return map[string]string{http.MethodPut: "UploadPart", http.MethodGet: "ListParts", http.MethodPost: "CompleteMultipartUpload", http.MethodDelete: "AbortMultipartUpload"}[r.Method]
	}
	return map[string]string{http.MethodPut: "PutObject", http.MethodGet: "GetObject", http.MethodHead: "HeadObject"}[r.Method]
}

func fail(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		fmt.Fprintf(w, "%s<Error><Code>%s</Code><Message>%s</Message><RequestId>R</RequestId></Error>", xml.Header, code, message)
	}
}

func drop() { panic(http.ErrAbortHandler) }

func (s *S3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	op := operation(r, key)
	s.mu.Lock()
	n := s.counts[op]
	s.counts[op]++
	hook := s.Fault
	s.mu.Unlock()
	var f *Fault
	if hook != nil {
		f = hook(op, n)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		drop()
	}
	w.Header().Set("Date", s.Now().UTC().Format(http.TimeFormat))
	w.Header().Set("x-amz-request-id", "R")
	switch {
	case f == nil:
	case f.Drop && !f.Late:
		drop()
	case f.Drop:
		s.answer(httptest.NewRecorder(), r, op, bucket, key, body)
		drop()
	case f.Short > 0:
		whole := httptest.NewRecorder()
		s.answer(whole, r, op, bucket, key, body)
		for name, values := range whole.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(whole.Code)
		w.Write(whole.Body.Bytes()[:min(f.Short, whole.Body.Len())])
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		drop()
	case f.Half != "":
		io.WriteString(w, f.Half)
		return
	default:
		fail(w, r, f.Status, f.Code, f.Message)
		return
	}
	s.answer(w, r, op, bucket, key, body)
}

func (s *S3) answer(w http.ResponseWriter, r *http.Request, op, bucket, key string, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if bucket != s.Bucket {
		fail(w, r, http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist")
		return
	}
	if owner := r.Header.Get("x-amz-expected-bucket-owner"); owner != "" && owner != s.Owner {
		fail(w, r, http.StatusForbidden, "AccessDenied", "Access Denied")
		return
	}
	w.Header().Set("x-amz-bucket-region", s.Region)
	q := r.URL.Query()
	switch op {
	case "HeadBucket":
	case "GetBucketVersioning":
		status := ""
		if s.Versioning != "" {
			status = "<Status>" + s.Versioning + "</Status>"
		}
		fmt.Fprintf(w, "<VersioningConfiguration>%s</VersioningConfiguration>", status)
	case "GetObjectLockConfiguration":
		if !s.Lock {
			fail(w, r, http.StatusNotFound, "ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket")
			return
		}
		fmt.Fprint(w, "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>")
	case "ListObjectVersions":
		s.list(w, q.Get("prefix"), q.Get("delimiter"), q.Get("key-marker"), q.Get("version-id-marker"))
	case "GetObjectRetention":
		v := s.find(key, q.Get("versionId"))
		switch {
		case v == nil:
			fail(w, r, http.StatusNotFound, "NoSuchVersion", "The specified version does not exist.")
		case v.Mode == "":
			fail(w, r, http.StatusNotFound, "NoSuchObjectLockConfiguration", "The specified object does not have a ObjectLock configuration")
		default:
			fmt.Fprintf(w, "<Retention><Mode>%s</Mode><RetainUntilDate>%s</RetainUntilDate></Retention>", v.Mode, v.Until.UTC().Format(time.RFC3339))
		}
	case "PutObject":
		s.put(w, r, key, r.Header, body, "")
	case "CreateMultipartUpload":
		s.ids++
		id := fmt.Sprintf("u%04d", s.ids)
		s.uploads[id] = &upload{key: key, header: r.Header.Clone(), parts: map[int][]byte{}}
		fmt.Fprintf(w, "<InitiateMultipartUploadResult><Bucket>%s</Bucket><Key>%s</Key><UploadId>%s</UploadId></InitiateMultipartUploadResult>", bucket, key, id)
	case "UploadPart", "ListParts", "CompleteMultipartUpload", "AbortMultipartUpload":
		u := s.uploads[q.Get("uploadId")]
		if u == nil || u.key != key {
			fail(w, r, http.StatusNotFound, "NoSuchUpload", "The specified upload does not exist.")
			return
		}
		s.parts(w, r, op, key, u, body)
	case "GetObject", "HeadObject":
		s.get(w, r, op, key)
	default:
		fail(w, r, http.StatusNotImplemented, "NotImplemented", op)
	}
}

func etag(b []byte) string { return fmt.Sprintf(`"%x"`, md5.Sum(b)) }

func (s *S3) put(w http.ResponseWriter, r *http.Request, key string, h http.Header, body []byte, composite string) {
	if v := s.find(key, ""); r.Header.Get("If-None-Match") == "*" && v != nil && !v.Marker {
		fail(w, r, http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
		return
	}
	sum := sha256.Sum256(body)
	v := &Version{Key: key, Body: body, Meta: http.Header{}, Checksum: composite}
	if composite == "" {
		v.Checksum = base64.StdEncoding.EncodeToString(sum[:])
		if want := h.Get("x-amz-checksum-sha256"); want != v.Checksum {
			fail(w, r, http.StatusBadRequest, "BadDigest", "The SHA256 you specified did not match the calculated checksum.")
			return
		}
	}
	for name, values := range h {
		if strings.HasPrefix(strings.ToLower(name), "x-amz-meta-") {
			v.Meta[name] = values
		}
	}
	if mode := h.Get("x-amz-object-lock-mode"); mode != "" && !s.IgnoreLock {
		until, err := time.Parse(time.RFC3339, h.Get("x-amz-object-lock-retain-until-date"))
		if err != nil || !until.After(s.Now()) {
			fail(w, r, http.StatusBadRequest, "InvalidArgument", "The retain until date must be in the future!")
			return
		}
		v.Mode, v.Until = mode, until
	}
	if h.Get("x-amz-server-side-encryption") == "aws:kms" && !s.IgnoreKMS {
		v.KMSKey = h.Get("x-amz-server-side-encryption-aws-kms-key-id")
	}
	id := s.add(v)
	w.Header().Set("x-amz-version-id", id)
	w.Header().Set("ETag", etag(body))
	if r.Method == http.MethodPost {
		fmt.Fprintf(w, "<CompleteMultipartUploadResult><Key>%s</Key><ETag>%s</ETag></CompleteMultipartUploadResult>", key, etag(body))
	}
}

func (s *S3) parts(w http.ResponseWriter, r *http.Request, op, key string, u *upload, body []byte) {
	q := r.URL.Query()
	checksum := func(b []byte) string { sum := sha256.Sum256(b); return base64.StdEncoding.EncodeToString(sum[:]) }
	var numbers []int
	for n := range u.parts {
		numbers = append(numbers, n)
	}
	sort.Ints(numbers)
	switch op {
	case "UploadPart":
		if checksum(body) != r.Header.Get("x-amz-checksum-sha256") {
			fail(w, r, http.StatusBadRequest, "BadDigest", "The SHA256 you specified did not match the calculated checksum.")
			return
		}
		n, _ := strconv.Atoi(q.Get("partNumber"))
		u.parts[n] = body
		w.Header().Set("ETag", etag(body))
	case "ListParts":
		after, _ := strconv.Atoi(q.Get("part-number-marker"))
		var b bytes.Buffer
		page, cut := s.PageSize, 0
		if page == 0 {
			page = 1000
		}
		for _, n := range numbers {
			if n <= after {
				continue
			}
			if page--; page < 0 {
				break
			}
			cut = n
			fmt.Fprintf(&b, "<Part><PartNumber>%d</PartNumber><ETag>%s</ETag><Size>%d</Size><ChecksumSHA256>%s</ChecksumSHA256></Part>", n, etag(u.parts[n]), len(u.parts[n]), checksum(u.parts[n]))
		}
		fmt.Fprintf(w, "<ListPartsResult><IsTruncated>%t</IsTruncated><NextPartNumberMarker>%d</NextPartNumberMarker>%s</ListPartsResult>", page < 0, cut, b.String())
	case "CompleteMultipartUpload":
		var asked struct {
			Part []struct {
				PartNumber     int
				ChecksumSHA256 string
			}
		}
		if err := xml.Unmarshal(body, &asked); err != nil {
			fail(w, r, http.StatusBadRequest, "MalformedXML", "")
			return
		}
		var whole, sums []byte
		for _, p := range asked.Part {
			if b, ok := u.parts[p.PartNumber]; !ok || checksum(b) != p.ChecksumSHA256 {
				fail(w, r, http.StatusBadRequest, "InvalidPart", "One or more of the specified parts could not be found.")
				return
			}
			sum := sha256.Sum256(u.parts[p.PartNumber])
			whole, sums = append(whole, u.parts[p.PartNumber]...), append(sums, sum[:]...)
		}
		before := len(s.versions)
		s.put(w, r, key, u.header, whole, fmt.Sprintf("%s-%d", checksum(sums), len(asked.Part)))
		if len(s.versions) > before {
			delete(s.uploads, q.Get("uploadId"))
		}
	case "AbortMultipartUpload":
		delete(s.uploads, q.Get("uploadId"))
		w.WriteHeader(http.StatusNoContent)
	}
}

func (s *S3) get(w http.ResponseWriter, r *http.Request, op, key string) {
	id := r.URL.Query().Get("versionId")
	v := s.find(key, id)
	if v == nil || v.Marker {
		code := "NoSuchKey"
		if id != "" {
			code = "NoSuchVersion"
		}
		fail(w, r, http.StatusNotFound, code, "The specified key does not exist.")
		return
	}
	h := w.Header()
	h.Set("x-amz-version-id", v.ID)
	h.Set("ETag", etag(v.Body))
	h.Set("Last-Modified", v.At.Format(http.TimeFormat))
	for name, values := range v.Meta {
		h[name] = values
	}
	if v.KMSKey != "" {
		h.Set("x-amz-server-side-encryption", "aws:kms")
		h.Set("x-amz-server-side-encryption-aws-kms-key-id", v.KMSKey)
	}
	if r.Header.Get("x-amz-checksum-mode") == "ENABLED" {
		h.Set("x-amz-checksum-sha256", v.Checksum)
		h.Set("x-amz-checksum-type", "FULL_OBJECT")
		if strings.Contains(v.Checksum, "-") {
			h.Set("x-amz-checksum-type", "COMPOSITE")
		}
	}
	body, status := v.Body, http.StatusOK
	if rng, ok := strings.CutPrefix(r.Header.Get("Range"), "bytes="); ok {
		from, to, _ := strings.Cut(rng, "-")
		a, _ := strconv.Atoi(from)
		b, err := strconv.Atoi(to)
		if err != nil || b >= len(body) {
			b = len(body) - 1
		}
		if a >= len(body) {
			fail(w, r, http.StatusRequestedRangeNotSatisfiable, "InvalidRange", "The requested range is not satisfiable")
			return
		}
		h.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", a, b, len(body)))
		body, status = body[a:b+1], http.StatusPartialContent
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if op == "GetObject" {
		w.Write(body)
	}
}

func (s *S3) list(w http.ResponseWriter, prefix, delimiter, key, id string) {
	all := append([]*Version(nil), s.versions...)
	for i, j := 0, len(all)-1; i < j; i, j = i+1, j-1 {
		all[i], all[j] = all[j], all[i]
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].Key < all[j].Key })
	page := s.PageSize
	if page == 0 {
		page = 1000
	}
	var b bytes.Buffer
	var last *Version
	past := key == ""
	truncated := false
	for i, v := range all {
		latest := i == 0 || all[i-1].Key != v.Key
		if !past {
			past = v.Key > key || v.Key == key && v.ID == id
			if v.Key <= key {
				continue
			}
		}
		rest, ok := strings.CutPrefix(v.Key, prefix)
		if !ok || delimiter != "" && strings.Contains(rest, delimiter) {
			continue
		}
		if page == 0 {
			truncated = true
			break
		}
		page--
		last = v
		name, more := "Version", fmt.Sprintf("<Size>%d</Size><ETag>%s</ETag>", len(v.Body), "x")
		if v.Marker {
			name, more = "DeleteMarker", ""
		}
		fmt.Fprintf(&b, "<%s><Key>%s</Key><VersionId>%s</VersionId><IsLatest>%t</IsLatest><LastModified>%s</LastModified>%s</%s>", name, v.Key, v.ID, latest, v.At.Format("2006-01-02T15:04:05.000Z"), more, name)
	}
	fmt.Fprintf(w, "<ListVersionsResult><IsTruncated>%t</IsTruncated>", truncated)
	if truncated {
		fmt.Fprintf(w, "<NextKeyMarker>%s</NextKeyMarker><NextVersionIdMarker>%s</NextVersionIdMarker>", last.Key, last.ID)
	}
	fmt.Fprintf(w, "%s</ListVersionsResult>", b.String())
}

// SpoilPart puts other bytes of the same length into a part of every open upload, behind S3's back.
func (s *S3) SpoilPart(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range s.uploads {
		if b := bytes.Clone(u.parts[n]); len(b) > 0 {
			b[0] ^= 1
			u.parts[n] = b
		}
	}
}
