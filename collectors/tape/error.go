package tape

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// An Error is how a call ended that gave no whole answer. It reads the same live and replayed.
type Error struct {
	Stamp
	Operation evidence.Operation
	Outcome   evidence.Outcome
	// Code is AWS's error code, or ours where AWS gave none: TruncatedBody, MissingMember, UnreadableAnswer …
	Code string
	// Message is AWS's text, or ours.
	Message   string
	Status    int
	RequestID string
	err       error
}

func (e *Error) Error() string {
	return e.Operation.Action + ": " + e.Code + ": " + e.Message
}

// Unwrap gives the SDK's error, so that errors.As finds AWS's own types.
func (e *Error) Unwrap() error { return e.err }

// Code gives the error code of a call's error, and "" for any other error.
func Code(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// errorOf makes the Error of a call, or nil where it ended well.
func errorOf(k *call, ex *evidence.Exchange, stamp Stamp, err error) *Error {
	if err == nil {
		return nil
	}
	e := &Error{Stamp: stamp, Operation: k.op, err: err}
	if ex != nil {
		e.Status, e.RequestID = ex.Status, ex.RequestID
	}
	var fail *evidence.Failure
	switch {
	case ex != nil && ex.Failure != nil:
		fail = ex.Failure
	case k.refused != nil:
		errors.As(k.refused, &fail)
		e.Evidence = k.id
		if fail != nil && fail.Code == "NotOnTape" {
			e.Evidence = ""
		}
	case ex == nil:
		fail = notSent(err)
	}
	if fail != nil {
		e.Code, e.Message, e.Outcome = fail.Code, fail.Message, evidence.Failed
		switch fail.Code {
		case "TruncatedBody", "RepeatedRequest", "ChecksumMismatch", "UnreadableObject", "TooLarge":
			e.Outcome = evidence.CutShort
		case "NotSent":
			if strings.HasPrefix(fail.Message, "no credentials: AccessDenied") {
				e.Outcome = evidence.Denied
			}
		}
		return e
	}
	var api smithy.APIError
	var de *smithy.DeserializationError
	switch {
	case errors.As(err, &de):
		e.Code, e.Outcome = "UnreadableAnswer", evidence.CutShort
		e.Message = "the body is not what " + k.op.Name + " answers with: cut in half, or not from AWS"
		if e.Status >= 500 {
			e.Outcome = evidence.Failed
		}
	case errors.As(err, &api) && api.ErrorCode() != "" && api.ErrorCode() != "UnknownError":
		e.Code, e.Message = api.ErrorCode(), api.ErrorMessage()
		e.Outcome = outcome(e.Code, e.Status)
	default:
		e.Code, e.Outcome = "UnreadableAnswer", evidence.CutShort
		e.Message = "the error that came with the answer could not be read"
		if e.Status >= 500 {
			e.Outcome = evidence.Failed
		}
		if e.Status == 403 {
			e.Outcome = evidence.Denied
		}
	}
	return e
}

// outcome sorts AWS's error codes. What an error means for one service only (Security Hub's InvalidAccessException) is for its
// collector to say.
func outcome(code string, status int) evidence.Outcome {
	switch code {
	case "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "AuthorizationErrorException", "NotAuthorized",
		"Client.UnauthorizedOperation", "InsufficientPrivilegesException", "ForbiddenException":
		return evidence.Denied
	case "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException", "TooManyRequestsException",
		"RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "SlowDown", "PriorRequestNotComplete", "ProvisionedThroughputExceededException":
		return evidence.Throttled
	case "ExpiredToken", "ExpiredTokenException", "UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException",
		"SignatureDoesNotMatch", "AuthFailure", "IncompleteSignature", "MissingAuthenticationToken":
		return evidence.Failed
	case "UnknownOperationException", "InvalidAction", "NotImplemented", "UnsupportedAPIEndpointException":
		return evidence.NotAvailable
	}
	if status == 403 {
		return evidence.Denied
	}
	if status == 429 {
		return evidence.Throttled
	}
	return evidence.Failed
}

// failure puts what broke into words without addresses, ports or times, so that the same fault always reads the same.
func failure(err error) *evidence.Failure {
	var f *evidence.Failure
	if errors.As(err, &f) {
		return f
	}
	var dns *net.DNSError
	var ne net.Error
	var unknown x509.UnknownAuthorityError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &dns):
		return &evidence.Failure{Code: "NoSuchHost", Message: "the endpoint's name could not be resolved; does the service exist in this region, and has it a FIPS endpoint if one was asked for?"}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &evidence.Failure{Code: "ConnectionRefused", Message: "nothing listens at the endpoint"}
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return &evidence.Failure{Code: "ConnectionReset", Message: "the connection was reset before an answer came"}
	case errors.As(err, &unknown), errors.As(err, &certificate):
		return &evidence.Failure{Code: "CertificateNotTrusted", Message: "the endpoint's certificate is not trusted; set AWS_CA_BUNDLE where a proxy stands between"}
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), errors.As(err, &ne) && ne.Timeout():
		return &evidence.Failure{Code: "Timeout", Message: "no answer came within the time limit"}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &evidence.Failure{Code: "ConnectionClosed", Message: "the connection was closed before an answer came"}
	}
	return &evidence.Failure{Code: "SendFailed", Message: "the request could not be sent, or its answer not received"}
}

// notSent says why a call ended before anything was sent. Credentials are what usually is missing then.
func notSent(err error) *evidence.Failure {
	var f *evidence.Failure
	if errors.As(err, &f) {
		return f
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		return &evidence.Failure{Code: "NotSent", Message: "no credentials: " + api.ErrorCode()}
	}
	var send *smithyhttp.RequestSendError
	if errors.As(err, &send) {
		return failure(err)
	}
	if s := err.Error(); strings.Contains(s, "credential") || strings.Contains(s, "get identity") {
		return &evidence.Failure{Code: "NotSent", Message: "no credentials: none could be had"}
	}
	return &evidence.Failure{Code: "NotSent", Message: "the SDK refused the request before it was sent"}
}
