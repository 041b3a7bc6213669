package cloudhsm

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// certificates says which certificates AWS showed, and how they hang together. It does not go up to the roots of AWS and of the
// manufacturer: those come from their own sites, by another way than this answer.
func certificates(x *types.Certificates) *Certificates {
	if x == nil {
		return nil
	}
	out := &Certificates{CSR: aws.ToString(x.ClusterCsr) != ""}
	var hsm, byAWS, byManufacturer, cluster *x509.Certificate
	out.HSM, hsm = certificate(x.HsmCertificate)
	out.AWSHardware, byAWS = certificate(x.AwsHardwareCertificate)
	out.ManufacturerHardware, byManufacturer = certificate(x.ManufacturerHardwareCertificate)
	out.Cluster, cluster = certificate(x.ClusterCertificate)
	out.SignedByAWS = signedBy(hsm, byAWS)
	out.SignedByManufacturer = signedBy(hsm, byManufacturer)
	if hsm != nil && cluster != nil {
		same := bytes.Equal(hsm.RawSubjectPublicKeyInfo, cluster.RawSubjectPublicKeyInfo)
		out.ClusterKeyIsHSMs = &same
	}
	return out
}

// certificate reads a PEM text; nil where AWS showed none.
func certificate(text *string) (*Certificate, *x509.Certificate) {
	if aws.ToString(text) == "" {
		return nil, nil
	}
	out := &Certificate{SHA256: evidence.Sum([]byte(*text)).String()}
	block, _ := pem.Decode([]byte(*text))
	if block == nil || block.Type != "CERTIFICATE" {
		return out, nil
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return out, nil
	}
	subject, issuer, from, to := c.Subject.String(), c.Issuer.String(), c.NotBefore.UTC(), c.NotAfter.UTC()
	out.Parsed, out.Subject, out.Issuer, out.NotBefore, out.NotAfter = true, &subject, &issuer, moment(from), moment(to)
	return out, c
}

func moment(t time.Time) *time.Time { return &t }

// signedBy reports whether parent's key signed c; nil where one is not there, or the signature is of a kind that can't be checked.
func signedBy(c, parent *x509.Certificate) *bool {
	if c == nil || parent == nil {
		return nil
	}
	err := parent.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature)
	if _, insecure := err.(x509.InsecureAlgorithmError); insecure || err == x509.ErrUnsupportedAlgorithm {
		return nil
	}
	ok := err == nil
	return &ok
}
