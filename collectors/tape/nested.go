package tape

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// nestedDepth is how many strings around one another are opened. AWS Config wraps a policy three times: as text of its own, in a part of a
// configuration item, in a string of the answer.
const nestedDepth = 5

// nested redacts the JSON that stands in a string, where the operation says that such JSON is to be looked into. It gives the string anew, as
// JSON, and what was taken; nothing where nothing was. Text that is not JSON holds no members. JSON that is cut short is kept as far as it goes.
func (r Redactor) nested(op evidence.Operation, rules map[string]string, text string) (string, []evidence.Redaction, error) {
	if !op.Nested || r.depth >= nestedDepth {
		return "", nil, nil
	}
	trimmed := strings.TrimLeft(text, " \t\r\n")
	if trimmed == "" || strings.IndexByte(`{["`, trimmed[0]) < 0 {
		return "", nil, nil
	}
	if !json.Valid([]byte(text)) && !r.concerned(op, rules, []byte(text)) {
		return "", nil, nil // prose that begins with a bracket or a quotation mark
	}
	inner := r
	inner.depth++
	out, taken, err := inner.redactJSON(op, rules, []byte(text))
	if err != nil || len(taken) == 0 {
		return "", nil, err
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(string(out)); err != nil {
		return "", nil, err
	}
	return strings.TrimSuffix(b.String(), "\n"), taken, nil
}
