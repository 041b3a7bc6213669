package audit

import (
	"bytes"
	"fmt"

	"github.com/auditseal/auditseal/frameworks/strict"
)

// WithPeriod gives audit.yaml with another period, and every other byte as it was. The file must be good, and must have the key period.
func WithPeriod(name string, data []byte, period string) ([]byte, error) {
	c, err := Load(name, data)
	if err != nil {
		return nil, err
	}
	var f configFile
	if err := strict.Decode(name, data, &f); err != nil {
		return nil, err
	}
	if f.Period.IsZero() {
		return nil, fmt.Errorf("%s: has from and to, and another period can only stand in place of period: write it as period: %s", name, period)
	}
	if c.Period.Name() == period {
		return data, nil
	}
	at := f.Period.Offset()
	for at >= 0 && at < len(data) && (data[at] == '"' || data[at] == '\'') {
		at++
	}
	if at < 0 || !bytes.HasPrefix(data[at:], []byte(f.Period.Value)) {
		return nil, fmt.Errorf("%s: the period is not written as one plain word: write it as period: %s", f.Period.At, period)
	}
	out := append(bytes.Clone(data[:at]), period...)
	out = append(out, data[at+len(f.Period.Value):]...)
	again, err := Load(name, out)
	if err != nil {
		return nil, err
	}
	if again.Period.Name() != period {
		return nil, fmt.Errorf("%s: the period could not be put in place: write it as period: %s", f.Period.At, period)
	}
	return out, nil
}
