package cell

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"reflect"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Body hands the body of each answer to see, beside what the SDK makes of it; md is what becomes the output's ResultMetadata. It goes
// to the APIOptions of a client or of one call. An answer that could not be received is not seen.
func Body(see func(body []byte, md *middleware.Metadata)) func(*middleware.Stack) error {
	read := func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
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
		resp.Body = released{bytes.NewReader(body)}
		see(body, &md)
		return out, md, nil
	}
	return func(s *middleware.Stack) error {
		return s.Deserialize.Add(middleware.DeserializeMiddlewareFunc("AuditsealBody", read), middleware.After)
	}
}

// Peek reads the answer's JSON into a structure of the collector's own. The SDK has plain booleans and numbers, which are false and 0
// where AWS left them out: pointers in the structure tell the two apart. It is for one call; into is emptied first, so that nothing of
// an earlier attempt stays.
func Peek(into any) func(*middleware.Stack) error {
	return Body(func(body []byte, _ *middleware.Metadata) {
		v := reflect.ValueOf(into).Elem()
		v.SetZero()
		if json.Unmarshal(body, into) != nil {
			v.SetZero() // what cannot be read says nothing; the SDK tells why
		}
	})
}

// released lets go of a body that is closed. The answer's metadata holds the response, and records in their thousands hold the metadata
// until the last page was read.
type released struct{ *bytes.Reader }

func (r released) Close() error {
	r.Reset(nil)
	return nil
}
