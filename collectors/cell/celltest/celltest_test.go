package celltest

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

type thing struct {
	evidence.Meta
	Name string `json:"name" cel:"name" doc:"A name."`
}

func (*thing) Kind() string { return "kms.thing" }

// sample lists keys and says what it is told to about errors.
type sample struct {
	onError func(c *cell.Cell, err error)
}

func (sample) Name() string           { return "sample" }
func (sample) Kinds() []evidence.Kind { return []evidence.Kind{evidence.KindOf[thing]("Things.")} }
func (sample) Operations() []evidence.Operation {
	return []evidence.Operation{{Service: "kms", API: kms.ServiceID, Name: "ListKeys", Action: "kms:ListKeys", Member: "Keys"}}
}

func (s sample) Collect(ctx context.Context, c *cell.Cell) error {
	p := kms.NewListKeysPaginator(kms.NewFromConfig(c.Config), &kms.ListKeysInput{})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			s.onError(c, err)
			return nil
		}
		for _, k := range page.Keys {
			r := &thing{Meta: c.Meta(*k.KeyArn), Name: *k.KeyId}
			c.Read(&r.Meta, page.ResultMetadata)
			if err := c.Emit(r); err != nil {
				return err
			}
		}
	}
	return nil
}

func TestRunRecordsAndReplays(t *testing.T) {
	url := Serve(t, func(q Request) Answer {
		if q.Operation != "ListKeys" {
			return Answer{}
		}
		if q.Body == "{}" {
			return Answer{Body: `{"Keys":[{"KeyId":"a","KeyArn":"arn:a"}],"Truncated":true,"NextMarker":"m"}`}
		}
		return Fail(400, "AccessDeniedException", "no more")
	})
	r := Run(t, sample{func(c *cell.Cell, err error) { c.Incomplete(err, "kms.thing") }}, Options{URL: url})
	if One[thing](t, r, "arn:a").Name != "a" || len(Of[thing](r)) != 1 {
		t.Errorf("records: %v", r.Records)
	}
	if g := r.GapsOf("ListKeys"); len(g) != 1 || g[0].Outcome != evidence.Denied || g[0].Kinds[0] != "kms.thing" {
		t.Errorf("a page denied in the middle: gaps %v", r.Gaps)
	}
	if got := r.Outcome(t, "ListKeys"); got != evidence.Denied {
		t.Errorf("outcome %q", got)
	}
	if len(r.Endpoints) != 1 || r.Endpoints[0].Exchanges != 2 {
		t.Errorf("endpoints %v", r.Endpoints)
	}
}

func TestAnErrorThatIsDroppedIsAGap(t *testing.T) {
	url := Serve(t, func(Request) Answer { return Answer{Body: `{}`} })
	r := Run(t, sample{func(*cell.Cell, error) {}}, Options{URL: url})
	if len(r.Gaps) != 1 || r.Gaps[0].Code != "MissingMember" || len(r.Gaps[0].Kinds) != 1 {
		t.Errorf("gaps %v", r.Gaps)
	}
}
