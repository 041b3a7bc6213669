package cell_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/cell/celltest"
)

func TestPeekTellsAbsentFromFalse(t *testing.T) {
	for body, want := range map[string]string{
		`{"KeyRotationEnabled":true}`:    "true",
		`{"KeyRotationEnabled":false}`:   "false",
		`{"KeyRotationEnabled":null}`:    "absent",
		`{}`:                             "absent",
		`{"KeyRotationEnabled":"false"}`: "absent",
		`{"KeyRotationEnabled":tr`:       "absent",
	} {
		url := celltest.Serve(t, func(celltest.Request) celltest.Answer { return celltest.Answer{Body: body} })
		stale := true
		into := struct{ KeyRotationEnabled *bool }{&stale}
		out, err := kms.NewFromConfig(celltest.Base(celltest.Options{URL: url})).GetKeyRotationStatus(t.Context(), &kms.GetKeyRotationStatusInput{KeyId: new(string)},
			func(o *kms.Options) { o.APIOptions = append(o.APIOptions, cell.Peek(&into)) })
		got := "absent"
		if v := into.KeyRotationEnabled; v != nil {
			got = map[bool]string{true: "true", false: "false"}[*v]
		}
		if got != want || err == nil && out.KeyRotationEnabled != (want == "true") {
			t.Errorf("%s reads %s, want %s; the SDK says %v, %v", body, got, want, out, err)
		}
	}
}
