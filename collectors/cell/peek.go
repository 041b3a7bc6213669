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

// Peek reads the answer's JSON into a structure of the collector's own, beside what the SDK makes of it. The SDK has plain booleans and
// numbers, which are false and 0 where AWS left them out: pointers in the structure tell the two apart. It goes to the APIOptions of
// one call; into is emptied first, so that nothing of an earlier attempt stays.
func Peek(into any) func(*middleware.Stack) error {
	peek := func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
		reflect.ValueOf(into).Elem().SetZero()
		out, md, err := next.HandleDeserialize(ctx, in)
		resp, ok := out.RawResponse.(*smithyhttp.Response)
		if err != nil || !ok {
			return out, md, err
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return out, md, err
		}
		resp.Body = io.NopCloser(bytes.NewReader(body))
		if json.Unmarshal(body, into) != nil {
			reflect.ValueOf(into).Elem().SetZero() // what cannot be read says nothing; the SDK tells why
		}
		return out, md, nil
	}
	return func(s *middleware.Stack) error {
		return s.Deserialize.Add(middleware.DeserializeMiddlewareFunc("AuditsealPeek", peek), middleware.After)
	}
}
