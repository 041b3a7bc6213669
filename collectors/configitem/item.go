// Package configitem reads AWS Config's configuration items. AWS spells one item two ways: the API calls it version, accountId and arn, and
// gives configuration and the values of supplementaryConfiguration as JSON in strings; files in S3 say configurationItemVersion,
// awsAccountId and ARN, and give objects. Both become one Item, so that whoever reads a resource's past need not know where it came from.
//
// A reader of a type (Reader) makes the record of an item that a collector makes of the same resource, and says which fields the item told.
// Every other field of the record is unknown: what an item does not carry is never assumed.
package configitem

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// An Item is a configuration item.
type Item struct {
	// Account and Region are whose resource it is, and whose recorder wrote it. Region is "global" for IAM in AWS's own spelling.
	Account, Region string
	ResourceType    string
	ResourceID      string
	// ResourceName and ARN are empty where AWS gives none.
	ResourceName, ARN string
	Version           string
	// Status is one of evidence.StatusOK and its fellows.
	Status  string
	StateID string
	// Captured is zero where the item says not when it was captured; Created where it says not when the resource was made.
	Captured, Created, Delivered time.Time
	// Frequency is DAILY or CONTINUOUS; empty means CONTINUOUS.
	Frequency string
	Tags      map[string]string
	// Configuration is a JSON value, in no canonical form: nil where there is none or it is null, as for deleted resources.
	Configuration json.RawMessage
	// Supplementary holds JSON values: where AWS gave JSON in a string it is the JSON, and any other text is a JSON string.
	Supplementary map[string]json.RawMessage
}

// FromAPI takes over an item of GetResourceConfigHistory.
func FromAPI(x types.ConfigurationItem) Item {
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	moment := func(t *time.Time) time.Time {
		if t == nil {
			return time.Time{}
		}
		return t.UTC()
	}
	it := Item{Account: text(x.AccountId), Region: text(x.AwsRegion), ResourceType: string(x.ResourceType), ResourceID: text(x.ResourceId), ResourceName: text(x.ResourceName),
		ARN: text(x.Arn), Version: text(x.Version), Status: string(x.ConfigurationItemStatus), StateID: text(x.ConfigurationStateId), Captured: moment(x.ConfigurationItemCaptureTime),
		Created: moment(x.ResourceCreationTime), Delivered: moment(x.ConfigurationItemDeliveryTime), Frequency: string(x.RecordingFrequency), Tags: x.Tags}
	if c := text(x.Configuration); c != "" {
		it.Configuration = unwrap(c)
		if string(it.Configuration) == "null" {
			it.Configuration = nil
		}
	}
	for name, v := range x.SupplementaryConfiguration {
		if it.Supplementary == nil {
			it.Supplementary = map[string]json.RawMessage{}
		}
		it.Supplementary[name] = unwrap(v)
	}
	return it
}

// unwrap gives the JSON that a string holds; text that is no JSON becomes a JSON string, and so does JSON in which a name comes twice.
func unwrap(s string) json.RawMessage {
	if t := strings.TrimSpace(s); t != "" && jsontext.Value(t).IsValid() {
		return json.RawMessage(t)
	}
	b, err := json.Marshal(s)
	if err != nil {
		return json.RawMessage(`""`) // not reached: a string always marshals
	}
	return b
}

// Text gives a JSON value that is text: the string that it is, or, where AWS gave a document as JSON itself, the document. An absent or null
// value is "", false.
func Text(v json.RawMessage) (string, bool) {
	if len(v) == 0 || string(v) == "null" {
		return "", false
	}
	if v[0] != '"' {
		return string(v), true
	}
	var s string
	if json.Unmarshal(v, &s) != nil {
		return "", false
	}
	return s, true
}

// Decode reads a JSON value, whose member names may be spelt in whichever case. It reports false where the value is absent or null.
func Decode(v json.RawMessage, to any) (bool, error) {
	if len(v) == 0 || string(v) == "null" {
		return false, nil
	}
	if v[0] == '"' { // JSON in a string in a string
		var s string
		if err := json.Unmarshal(v, &s); err != nil {
			return false, err
		}
		if t := strings.TrimSpace(s); strings.HasPrefix(t, "{") || strings.HasPrefix(t, "[") {
			v = json.RawMessage(t)
		}
	}
	if err := json.Unmarshal(v, to); err != nil {
		return false, err
	}
	return true, nil
}

// inOrder writes members in the order of their names, and each string in one way.
var inOrder = jsontext.ReorderRawObjects(true)

// Digest digests what the item says of the resource, the same for both spellings: status, configuration, supplementary parts and tags.
func (it *Item) Digest() evidence.Digest {
	var b bytes.Buffer
	b.Grow(len(it.Configuration) + 4096)
	fmt.Fprintf(&b, "%s\n", it.Status)
	canonical := func(v json.RawMessage) {
		for len(v) > 0 && v[0] == '"' { // the API puts in a string what a file gives as it is
			s, err := textOf(v)
			if err != nil {
				break
			}
			inner := unwrap(s)
			if inner[0] == '"' && len(inner) >= len(v) {
				break
			}
			v = inner
		}
		if c := jsontext.Value(bytes.Clone(v)); len(v) > 0 && c.Format(inOrder) == nil {
			v = json.RawMessage(c)
		}
		b.Write(v)
		b.WriteByte('\n')
	}
	canonical(it.Configuration)
	names := make([]string, 0, len(it.Supplementary))
	for n := range it.Supplementary {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		b.WriteString(n)
		b.WriteByte('=')
		canonical(it.Supplementary[n])
	}
	names = names[:0]
	for n := range it.Tags {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		fmt.Fprintf(&b, "%q=%q\n", n, it.Tags[n])
	}
	return evidence.Sum(b.Bytes())
}

// ID is the id of the item's config.configuration_item record: account/region/type/id@captured/state.
func (it *Item) ID(account, region string) string {
	at := "?"
	if !it.Captured.IsZero() {
		at = it.Captured.Format("2006-01-02T15:04:05.000Z")
	}
	return account + "/" + region + "/" + it.ResourceType + "/" + it.ResourceID + "@" + at + "/" + it.StateID
}

// Gone reports whether the item has no configuration to read: the resource was deleted, or its configuration not recorded.
func (it *Item) Gone() bool {
	switch it.Status {
	case evidence.StatusOK, evidence.StatusDiscovered:
		return false
	}
	return true
}

// Partition is the partition of the resource, by its ARN, or by the region where the item gives no ARN; empty where neither tells.
func (it *Item) Partition() string {
	if rest, ok := strings.CutPrefix(it.ARN, "arn:"); ok {
		p, _, _ := strings.Cut(rest, ":")
		return p
	}
	for _, p := range []struct{ prefix, partition string }{{"us-gov-", "aws-us-gov"}, {"cn-", "aws-cn"}, {"eusc-", "aws-eusc"}, {"us-iso", ""}, {"eu-iso", ""}} {
		if strings.HasPrefix(it.Region, p.prefix) {
			return p.partition
		}
	}
	if it.Region == "" || it.Region == "global" {
		return ""
	}
	return "aws"
}

// Amazon gives the item's ARN, or, where AWS gave none, the one of a resource of the service: a region and an account stand in it where they
// are named. Empty where the partition is not told.
func (it *Item) Amazon(service, region, account, resource string) string {
	if it.ARN != "" {
		return it.ARN
	}
	p := it.Partition()
	if p == "" || resource == "" {
		return ""
	}
	return strings.Join([]string{"arn", p, service, region, account, resource}, ":")
}
