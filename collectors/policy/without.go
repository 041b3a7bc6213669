package policy

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Redacted stands where a value was taken out; it is the tape's word.
const Redacted = "REDACTED"

// Without gives the text of a policy with the values of conditions on the keys taken out, whatever their capitals, and the text as it is where
// there are none. The condition stays: it restricts, and only what it compares with is gone. Text that is not JSON is given as nothing, for what
// can't be read can't be shown to hold no secret.
func Without(text string, keys []string) string {
	lower := strings.ToLower(text)
	concerned := strings.Contains(text, `\u`)
	for _, k := range keys {
		concerned = concerned || strings.Contains(lower, strings.ToLower(k))
	}
	if !concerned {
		return text
	}
	var out bytes.Buffer
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	done := int64(0)
	type open struct {
		list, name, secret bool
	}
	var stack []open
	value := func() { // a value has ended
		if top := len(stack) - 1; top >= 0 && !stack[top].list {
			stack[top].name = true
		}
	}
	var secret bool // what follows is the value of one of the keys
	for {
		before := dec.InputOffset()
		tok, err := dec.Token()
		if err != nil {
			break
		}
		top := len(stack) - 1
		inside := top >= 0 && stack[top].secret
		switch t := tok.(type) {
		case json.Delim:
			if t == '{' || t == '[' {
				stack = append(stack, open{list: t == '[', name: t == '{', secret: inside || secret})
				secret = false
				continue
			}
			stack = stack[:top]
			value()
			continue
		case string:
			if top >= 0 && stack[top].name {
				stack[top].name = false
				secret = false
				for _, k := range keys {
					secret = secret || strings.EqualFold(k, t)
				}
				continue
			}
		}
		if inside || secret {
			start := before
			for start < dec.InputOffset() && strings.IndexByte(" \t\r\n:,", text[start]) >= 0 {
				start++
			}
			out.WriteString(text[done:start])
			out.WriteString(`"` + Redacted + `"`)
			done = dec.InputOffset()
		}
		secret = false
		value()
	}
	if len(stack) > 0 || !json.Valid([]byte(text)) {
		return ""
	}
	out.WriteString(text[done:])
	return out.String()
}
