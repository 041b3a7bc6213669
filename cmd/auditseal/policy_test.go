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
