package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// An Exchange is one question to AWS and its last answer, as kept on the tape: one JSON line.
type Exchange struct {
	// ID is the evidence id that records, results, the PDF and the workbook point to: "E-" and 16 hexadecimal digits.
	ID string `json:"id"`
	// Account is the account asked, 12 digits with leading zeros.
	Account string `json:"account"`
	// Region is the region of the cell that asked. Request.Region says where another region was asked.
	Region string `json:"region"`
	// Collector is the collector that asked.
	Collector string `json:"collector"`
	// Service is the short service name; it is the name of the file too.
	Service string `json:"service"`
	// Operation is the API operation.
	Operation string `json:"operation"`
	// Sequence counts equal requests of one collector in one account and region, from 0.
	Sequence int `json:"sequence"`
	// Request is the request as serialized, without headers and signature.
	Request Request `json:"request"`
	// Endpoint is the scheme and host that answered, without the bucket that S3 may have before its host. Empty where nothing was sent.
	Endpoint string `json:"endpoint,omitempty"`
	// FIPS says whether Endpoint is one of AWS's FIPS endpoints, by its name.
	FIPS bool `json:"fips"`
	// Attempts counts the attempts; only the last answer is kept.
	Attempts int `json:"attempts"`
	// Status is the HTTP status. 0 means that no answer came; Failure says why.
	Status int `json:"status"`
	// RequestID is AWS's id of the request. Empty where AWS gave none.
	RequestID string `json:"request_id,omitempty"`
	// Date is when AWS answered, by AWS's own Date header. Where AWS gave none it is this machine's clock and Clock is "local".
	Date time.Time `json:"date"`
	// Clock is "local" where Date is not AWS's.
	Clock string `json:"clock,omitempty"`
	// Header holds the few response headers that reading the body needs.
	Header map[string]string `json:"header,omitempty"`
	// Body is the body as AWS sent it, after the redactions. Encoding says how it stands here.
	Body string `json:"body"`
	// Encoding is empty for text, "base64" for anything that is not valid UTF-8.
	Encoding string `json:"encoding,omitempty"`
	// Reduced is set where Body is not what AWS sent but what was kept of it: an object too large to be kept whole. Nil means that it is whole.
	Reduced *Reduced `json:"reduced,omitempty"`
	// Redactions lists each value that was taken out before it was written down.
	Redactions []Redaction `json:"redactions,omitempty"`
	// Failure is set where no whole answer came.
	Failure *Failure `json:"failure,omitempty"`
	// SHA256 is the digest of the line's bytes before the member "sha256" itself. See package tape.
	SHA256 Digest `json:"sha256"`
}

// A Request is what was asked, as the SDK serialized it before it chose a host and signed.
type Request struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Query  string `json:"query,omitempty"`
	Body   string `json:"body,omitempty"`
	// Bucket is set for S3, whose bucket may stand in the host name.
	Bucket string `json:"bucket,omitempty"`
	// Region is set where another region was asked than the exchange's: that of a bucket, or the one a global service has.
	Region string `json:"region,omitempty"`
	// Digest identifies the request: method, path, query, bucket, body (in canonical member order where it is JSON that nests
	// objects), and the region where it is set.
	Digest Digest `json:"sha256"`
}

// A Reduced tells of an answer that was read as a stream and of which a part was kept, or of a packed one in which values were redacted: which
// object it was, so that it can be fetched again, and how much of it is here.
type Reduced struct {
	// SHA256 and Size, in bytes, are those of the body as AWS sent it.
	SHA256 Digest `json:"sha256"`
	Size   int64  `json:"size"`
	// VersionID is S3's id of the object's version. Empty where the bucket has no versioning.
	VersionID string `json:"version_id,omitempty"`
	// Items counts what the body held; Kept what of it is kept. Both are 0 where all of it is, but for redactions.
	Items int `json:"items"`
	Kept  int `json:"kept"`
}

// A Redaction names a value that was replaced by "REDACTED" at capture.
type Redaction struct {
	// Pointer is the JSON pointer of the value in the body (or the element path of an XML body).
	Pointer string `json:"pointer"`
	// Rule is "secret", "identity" or the user's own pointer.
	Rule string `json:"rule"`
}

// A Failure says why no whole answer came: the connection broke, the body was cut, nothing could be sent.
type Failure struct {
	// Code is a short name of ours: "TruncatedBody", "ConnectionReset", "Timeout", "NotSent" …
	Code string `json:"code"`
	// Message is free of addresses, ports and times, so that it reads the same when replayed.
	Message string `json:"message"`
}

func (f *Failure) Error() string { return f.Code + ": " + f.Message }

// ExchangeID makes the evidence id of the nth equal request (from 0).
func ExchangeID(account, region, collector, service, operation string, request Digest, n int) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n%s\n%s\n%s\n%s\n%d\n", account, region, collector, service, operation, request, n)
	return "E-" + hex.EncodeToString(h.Sum(nil)[:8])
}
