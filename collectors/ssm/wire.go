package ssm

import (
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
)

// bodyKey finds the body of an answer in its ResultMetadata.
type bodyKey struct{}

// keepBody keeps the body of each answer beside what the SDK reads from it: the SDK reads a number that is not there as 0, and a
// boolean as false.
func keepBody(o *ssm.Options) {
	o.APIOptions = append(o.APIOptions, cell.Body(func(body []byte, md *middleware.Metadata) { md.Set(bodyKey{}, body) }))
}

// An object is a JSON object of an answer, by member.
type object map[string]json.RawMessage

// elements are the elements of the list that an answer's member holds, one for each that the SDK read.
func elements(md middleware.Metadata, member string) []object {
	body, _ := md.Get(bodyKey{}).([]byte)
	var answer object
	var list []object
	if json.Unmarshal(body, &answer) != nil || json.Unmarshal(answer[member], &list) != nil {
		return nil
	}
	return list
}

// at gives the ith element, nil where there is none: then nothing is in it.
func at(list []object, i int) object {
	if i < len(list) {
		return list[i]
	}
	return nil
}

// has reports whether the object has the member, at the end of a path. A null is not there.
func (o object) has(path ...string) bool {
	v, ok := o[path[0]]
	if !ok || string(v) == "null" {
		return false
	}
	if len(path) == 1 {
		return true
	}
	var inner object
	return json.Unmarshal(v, &inner) == nil && inner.has(path[1:]...)
}

// count gives a number that the SDK read, if it was there.
func (o object) count(n int32, path ...string) *int {
	if !o.has(path...) {
		return nil
	}
	i := int(n)
	return &i
}

func number(n *int32) *int {
	if n == nil {
		return nil
	}
	i := int(*n)
	return &i
}
