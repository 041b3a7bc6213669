package archive

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// An Error is why something is not archived, or not as it should be, with what to do about it.
type Error struct {
	// Reason names what it is about, and Hint the next step; it may be empty.
	Reason, Hint string
	// Broken is set where what stands in the archive is not what was to be there: it was looked at, and fails.
	Broken bool
	// Err is what S3 answered, nil where the answer was clear.
	Err error
}

func (e *Error) Error() string { return e.Reason }
func (e *Error) Unwrap() error { return e.Err }

// code is S3's name of an error. HeadBucket and HeadObject answer without a body: there the status is all there is.
func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() != "" {
		return api.ErrorCode()
	}
	return ""
}

func status(err error) int {
	var answer *smithyhttp.ResponseError
	if errors.As(err, &answer) {
		return answer.HTTPStatusCode()
	}
	return 0
}

func isAbsent(err error) bool {
	return code(err) == "NoSuchKey" || code(err) == "NoSuchVersion" || code(err) == "NotFound" || status(err) == http.StatusNotFound && code(err) != "NoSuchBucket"
}

// isTaken reports that If-None-Match found something under the key.
func isTaken(err error) bool {
	return code(err) == "PreconditionFailed" || status(err) == http.StatusPreconditionFailed
}

func isConflict(err error) bool { return code(err) == "ConditionalRequestConflict" }

// isRefused reports that S3 understood and will not: asking again gives the same, and nothing was stored.
func isRefused(err error) bool {
	s := status(err)
	return s >= 400 && s < 500 && s != http.StatusRequestTimeout && s != http.StatusTooManyRequests && s != http.StatusConflict
}

// plainCause is the innermost reason: what is around it names the call again.
func plainCause(err error) error {
	for {
		in := errors.Unwrap(err)
		if in == nil {
			return err
		}
		err = in
	}
}

// fault puts what S3 answered to a call in plain words. The call is named by its IAM action, which is what a policy must allow.
func (a *Archive) fault(ctx context.Context, action, key string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	where := a.URL(key)
	if key == "" {
		where = "s3://" + a.Bucket
	}
	said := code(err)
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorMessage() != "" {
		said += ": " + api.ErrorMessage()
	}
	if said == "" && status(err) != 0 {
		said = fmt.Sprintf("status %d", status(err))
	}
	e := &Error{Err: err}
	var sent *smithyhttp.RequestSendError
	s := status(err)
	switch {
	case errors.As(err, &sent):
		e.Reason = fmt.Sprintf("%s: %s: S3 cannot be reached: %v", where, action, sent.Err)
		e.Hint = "check the network, proxies, AWS_ENDPOINT_URL and AWS_CA_BUNDLE, and run the same command again: it goes on where it stopped"
	case s >= 200 && s < 300:
		e.Reason = fmt.Sprintf("%s: %s: S3's answer was cut off, or is none: %v", where, action, plainCause(err))
		e.Hint = "check the network, and run the same command again: it goes on where it stopped"
	case s == 0:
		e.Reason = fmt.Sprintf("%s: %s: %v", where, action, err)
		e.Hint = "run the same command again: it goes on where it stopped"
	case code(err) == "NoSuchBucket" || key == "" && s == http.StatusNotFound:
		e.Reason = fmt.Sprintf("s3://%s is not there", a.Bucket)
		e.Hint = "make the bucket, with Object Lock on, or correct archive.to in audit.yaml"
	case s == http.StatusMovedPermanently || code(err) == "AuthorizationHeaderMalformed" || code(err) == "IllegalLocationConstraintException":
		e.Reason = fmt.Sprintf("%s: %s: the bucket is not in %s (%s)", where, action, a.Region, said)
		e.Hint = "correct archive.region in audit.yaml"
	case strings.HasPrefix(code(err), "Expired") || code(err) == "InvalidToken" || code(err) == "TokenRefreshRequired":
		e.Reason = fmt.Sprintf("%s: %s: the credentials are no longer valid (%s)", where, action, said)
		e.Hint = "sign in again, and run the same command again: it goes on where it stopped"
	case s == http.StatusForbidden || s == http.StatusUnauthorized:
		e.Reason = fmt.Sprintf("%s: %s is refused (%s)", where, action, said)
		e.Hint = "allow it (auditseal policy --archive prints what is needed)"
		if a.Owner != "" {
			e.Hint += ", and check that account " + a.Owner + " owns the bucket: where another one does, S3 answers the same"
		}
	case s >= 500 || s == http.StatusTooManyRequests || s == http.StatusConflict || s == http.StatusRequestTimeout:
		e.Reason = fmt.Sprintf("%s: %s: S3 could not do it now (%s)", where, action, said)
		e.Hint = "wait, and run the same command again: it goes on where it stopped"
	default:
		e.Reason = fmt.Sprintf("%s: %s: %s", where, action, said)
	}
	return e
}
