package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/auditseal/auditseal/collectors"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// The parts of a policy that is too long for one managed policy hold each action once, and each part fits.
func TestManagedParts(t *testing.T) {
	list := actions(collectors.All())
	parts := managedParts(list)
	if len(parts) < 2 || !slices.Equal(slices.Concat(parts...), list) {
		t.Errorf("%d parts", len(parts))
	}
	for i, p := range parts {
		b, err := json.Marshal(policyFor(p))
		if err != nil || len(b) > maxManagedPolicy {
			t.Errorf("part %d has %d characters, %v", i+1, len(b), err)
		}
	}
	whole, err := json.Marshal(policyFor(list))
	if err != nil || len(whole) > 10240 {
		t.Errorf("the whole has %d characters: too long for an inline policy, and the help says that it is not", len(whole))
	}
	if one := managedParts([]string{"kms:ListKeys"}); len(one) != 1 {
		t.Errorf("%v", one)
	}
}

// What reads the delivery bucket is allowed that bucket, and no other.
func TestDeliveryStatements(t *testing.T) {
	for _, c := range []struct {
		d    evidence.Delivery
		want string
	}{
		{evidence.Delivery{Bucket: "b", Region: "eu-west-1"}, `["arn:aws:s3:::b","arn:aws:s3:::b/AWSLogs/*"]`},
		{evidence.Delivery{Bucket: "b", Prefix: "org/x", Region: "us-gov-west-1"}, `["arn:aws-us-gov:s3:::b","arn:aws-us-gov:s3:::b/org/x/AWSLogs/*"]`},
	} {
		b, err := json.Marshal(deliveryStatements(&c.d))
		if err != nil || !strings.Contains(string(b), `"Resource":`+c.want) || !strings.Contains(string(b), `"kms:ViaService":"s3.`+c.d.Region+`.*"`) {
			t.Errorf("%s, %v", b, err)
		}
	}
}

// What Athena does in S3 for a query is granted through Athena alone, and only to an audit that asks it.
func TestThroughAthena(t *testing.T) {
	var cols []collectors.Collector
	for _, c := range collectors.All() {
		if _, placed := c.(collectors.Placed); placed {
			cols = append(cols, c)
		}
		for _, op := range c.Operations() {
			for _, action := range append([]string{op.Action}, op.Also...) {
				if _, name, _ := strings.Cut(action, ":"); strings.HasPrefix(name, "Put") || strings.HasPrefix(name, "Start") && action != "athena:StartQueryExecution" || strings.HasPrefix(name, "Abort") {
					t.Errorf("%s asks for %s without a condition", op.Name, action)
				}
			}
		}
	}
	session, err := sessionPolicy(cols)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"Effect":"Allow","Action":["s3:AbortMultipartUpload","s3:GetBucketLocation","s3:GetObject","s3:ListBucket","s3:ListBucketMultipartUploads","s3:ListMultipartUploadParts","s3:PutObject"],` +
		`"Resource":"*","Condition":{"ForAnyValue:StringEquals":{"aws:CalledVia":["athena.amazonaws.com"]}}}`; !strings.Contains(session, want) || strings.Count(session, "s3:PutObject") != 1 {
		t.Errorf("the session policy %s", session)
	}
	var rest []collectors.Collector
	for _, c := range collectors.All() {
		if _, placed := c.(collectors.Placed); !placed {
			rest = append(rest, c)
		}
	}
	if more := throughOthers(rest, ""); len(more) > 0 || slices.Contains(actions(rest), "athena:StartQueryExecution") {
		t.Errorf("without Athena: %+v", more)
	}
}
