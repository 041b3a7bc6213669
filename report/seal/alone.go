package seal

import "encoding/base64"

// Payload is what the envelope signs: the statement's bytes.
func (e *Envelope) Payload() ([]byte, error) {
	return base64.StdEncoding.Strict().DecodeString(e.dsse.Payload)
}
