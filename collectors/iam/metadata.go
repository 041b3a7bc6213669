package iam

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// The namespaces of SAML metadata and of XML signatures.
const (
	samlMetadata = "urn:oasis:names:tc:SAML:2.0:metadata"
	xmlSignature = "http://www.w3.org/2000/09/xmldsig#"
)

// signingCertificates gives when each of the certificates expires that an identity provider signs by, as its metadata lists them: those
// of the keys of its IDPSSODescriptor that are not for encryption alone. One that can't be read makes the whole unreadable.
func signingCertificates(metadata string) ([]time.Time, error) {
	dec := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(metadata, "\ufeff")))
	var (
		out      []time.Time
		open     []xml.Name
		signs    bool // within a key that signs
		text     strings.Builder
		inside   = func(space, local string) bool { return contains(open, xml.Name{Space: space, Local: local}) }
		finished bool
	)
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errors.New("it is not XML")
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if finished {
				return nil, errors.New("it is more than one XML document")
			}
			open = append(open, t.Name)
			if t.Name == (xml.Name{Space: samlMetadata, Local: "KeyDescriptor"}) {
				signs = inside(samlMetadata, "IDPSSODescriptor")
				for _, a := range t.Attr {
					if a.Name.Local == "use" && a.Value == "encryption" {
						signs = false
					}
				}
			}
			text.Reset()
		case xml.CharData:
			text.Write(t)
		case xml.EndElement:
			if t.Name == (xml.Name{Space: xmlSignature, Local: "X509Certificate"}) && signs {
				end, err := notAfter(text.String())
				if err != nil {
					return nil, fmt.Errorf("certificate %d: %w", len(out)+1, err)
				}
				out = append(out, end)
			}
			if t.Name == (xml.Name{Space: samlMetadata, Local: "KeyDescriptor"}) {
				signs = false
			}
			open = open[:len(open)-1]
			finished = len(open) == 0
		}
	}
	switch {
	case !finished:
		return nil, errors.New("it is not XML")
	case len(out) == 0:
		return nil, errors.New("it lists no certificate that an identity provider signs by")
	}
	return out, nil
}

func contains(open []xml.Name, name xml.Name) bool {
	for _, n := range open {
		if n == name {
			return true
		}
	}
	return false
}

func notAfter(text string) (time.Time, error) {
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return time.Time{}, errors.New("it is not base64")
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return time.Time{}, errors.New("it is not an X.509 certificate")
	}
	return c.NotAfter.UTC(), nil
}
