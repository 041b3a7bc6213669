package securityhub

import (
	"bytes"
	"context"
	"errors"
	"io"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/tape"
)

// numericOriginal finds a Severity.Original that is a number. Within a JSON string the quotes would be escaped, so it is never text.
var numericOriginal = regexp.MustCompile(`("Original"\s*:\s*)(-?[0-9][0-9.eE+-]*)`)

// quotedCreated finds a FindingCreated that is text, as one of AWS's own examples has it.
var quotedCreated = regexp.MustCompile(`("FindingCreated"\s*:\s*)"(true|false)"`)

// lenient lets the SDK read findings whose Severity.Original is a number, and histories whose FindingCreated is text: it would refuse the
// whole page. The tape keeps what AWS sent; only what the SDK is handed has quotes around the one and none around the other.
func lenient(o *securityhub.Options) {
	o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
		return s.Deserialize.Add(middleware.DeserializeMiddlewareFunc("AuditsealSeverityOriginal", quoteOriginal), middleware.After)
	})
}

func quoteOriginal(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
	out, md, err := next.HandleDeserialize(ctx, in)
	resp, ok := out.RawResponse.(*smithyhttp.Response)
	if err != nil || !ok || resp == nil || resp.Body == nil {
		return out, md, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		return out, md, err
	}
	if numericOriginal.Match(body) {
		body = numericOriginal.ReplaceAll(body, []byte(`$1"$2"`))
		resp.ContentLength = int64(len(body))
	}
	if quotedCreated.Match(body) {
		body = quotedCreated.ReplaceAll(body, []byte(`$1$2`))
		resp.ContentLength = int64(len(body))
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return out, md, nil
}

func asError(err error, e **tape.Error) bool { return errors.As(err, e) }

// moment reads a time that Security Hub sends as text. Nil where there is none or it cannot be read.
func moment(s *string) *time.Time {
	if s == nil {
		return nil
	}
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.000-0700"} {
		if t, err := time.Parse(form, *s); err == nil {
			return cell.UTC(&t)
		}
	}
	return nil
}
