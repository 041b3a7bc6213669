package fips

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/auditseal/auditseal/collectors/cloudhsm"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/kms"
)

// The words of a status.
const (
	// Validated: the table shows an active certificate, not past its recorded sunset.
	Validated = "validated"
	// HistoricalList: the certificate is on the historical list.
	HistoricalList = "historical"
	// NotValidated: there is no certificate.
	NotValidated = "not-validated"
	// Confirm: the table can't say how the certificate stands at the moment of the audit.
	Confirm = "confirm-at-cmvp"
	// CustomerModule: the key is used in the customer's own module, outside KMS's certificate.
	CustomerModule = "customer-module"
	// Unknown: what decides was not read, or the table has no row for it.
	Unknown = "unknown"
)

// The words of algorithm_approved.
const (
	// Reported: the module's approved list is reported to have the key's algorithm.
	Reported = "reported"
	// NotShown: no source at hand shows the algorithm on the module's approved list.
	NotShown = "not-shown"
)

// A verdict is what the table shows, with the row that shows it; row is nil where there is none.
type verdict struct {
	status string
	row    *Row
	sunset *time.Time
	note   string
	// from are the unknown fields of the key or cluster that leave the verdict open.
	from []evidence.Unknown
}

// judge reads a row at a moment.
func (t *Table) judge(r *Row, asOf time.Time) verdict {
	at, whole := t.sunset(r)
	v := verdict{row: r, sunset: at}
	today := asOf.UTC().Format(time.DateOnly)
	past := at != nil && !asOf.Before(*at)
	name := fmt.Sprintf("certificate #%s (%s, %s, level %s)", r.Certificate, r.Module, r.Standard, r.Level)
	read := fmt.Sprintf("%q when it was read in %s", r.Status, r.ReadOn)
	switch {
	case r.Standing == None:
		v.status, v.note = NotValidated, fmt.Sprintf("%s: %s", r.Subject, read)
	case r.Standing == Historical && (past || at == nil):
		v.status, v.note = HistoricalList, name+" was "+read
	case r.Standing == Historical:
		v.status, v.note = Confirm, fmt.Sprintf("%s was %s, but at %s its recorded sunset %s is yet to come: confirm at CMVP", name, read, today, at.Format(time.DateOnly))
	case r.Validated != nil && asOf.Before(*r.Validated):
		v.status, v.note = Confirm, fmt.Sprintf("%s was validated on %s, after %s: confirm at CMVP", name, r.Validated.Format(time.DateOnly), today)
	case past && whole != nil:
		v.status, v.note = HistoricalList, fmt.Sprintf("%s was %s; %s is %s since %s", name, read, whole.Subject, whole.Standing, at.Format(time.DateOnly))
	case past:
		v.status, v.note = Confirm, fmt.Sprintf("%s was %s; its recorded sunset %s is past at %s: confirm at CMVP whether it is still active or was replaced", name, read, at.Format(time.DateOnly), today)
	case at == nil:
		v.status, v.note = Validated, fmt.Sprintf("%s was %s; no sunset was found", name, read)
	default:
		v.status, v.note = Validated, fmt.Sprintf("%s was %s; its recorded sunset is %s", name, read, at.Format(time.DateOnly))
	}
	return v
}

func unknown(note string, from ...evidence.Unknown) verdict {
	for _, u := range from {
		note += fmt.Sprintf("; %s was not read: %s", u.Field, u.Code)
	}
	return verdict{status: Unknown, note: note, from: from}
}

// judgeKey gives the verdict on a key's module, and the word on its algorithm.
func judgeKey(d evidence.Derivation, t *Table, clusters map[string]*cloudhsm.Cluster, k *kms.Key) (v verdict, algorithm string) {
	algorithm = NotShown
	if u := unknownOf(&k.Meta, "origin"); len(u) > 0 {
		return unknown("where the key material lies is not known", u...), algorithm
	}
	switch k.Origin {
	case "AWS_KMS", "EXTERNAL":
		if reported(k.Spec) {
			algorithm = Reported
		}
		v = judgeKMS(d, t)
		if k.Origin == "EXTERNAL" {
			v.note += "; the material was generated outside, so that its generation is the customer's to show"
		}
		if d.Partition == "aws-cn" {
			algorithm = NotShown
		}
	case "AWS_CLOUDHSM":
		v = judgeClusterOf(d, t, clusters, k)
		if v.status == Validated && k.Spec == "SYMMETRIC_DEFAULT" {
			// KMS makes no other keys there, and a cluster in FIPS mode admits approved algorithms only.
			algorithm = Reported
		}
	case "EXTERNAL_KEY_STORE":
		v = verdict{status: CustomerModule, note: "the key is used in the customer's external key manager: KMS's certificate does not cover it, and the customer's own module certificate is needed"}
	default:
		v = unknown(fmt.Sprintf("the table says nothing of keys of origin %q", k.Origin))
	}
	if algorithm == NotShown && v.status == Validated {
		v.note += fmt.Sprintf("; the algorithm of %s is not shown to be on its approved list", k.Spec)
	}
	return v, algorithm
}

// judgeKMS is the verdict on KMS's own module.
func judgeKMS(d evidence.Derivation, t *Table) verdict {
	subject := subjectKMS
	switch d.Partition {
	case "aws", "aws-us-gov":
	case "aws-cn":
		subject = subjectChina
	default:
		return unknown(fmt.Sprintf("the table says nothing of KMS in the partition %q", d.Partition))
	}
	r := t.rows[subject]
	if r == nil {
		return unknown(fmt.Sprintf("the table has no row for %q", subject))
	}
	return t.judge(r, d.Scope.AsOf)
}

// judgeClusterOf is the verdict on the cluster that holds a key.
func judgeClusterOf(d evidence.Derivation, t *Table, clusters map[string]*cloudhsm.Cluster, k *kms.Key) verdict {
	if u := unknownOf(&k.Meta, "cloudhsm_cluster_id"); len(u) > 0 {
		return unknown("which CloudHSM cluster holds the key is not known", u...)
	}
	if k.CloudHSMClusterID == nil {
		return unknown("AWS named no CloudHSM cluster for the key")
	}
	c := clusters[*k.CloudHSMClusterID]
	if c == nil {
		return unknown(fmt.Sprintf("the CloudHSM cluster %s, which holds the key, was not read here", *k.CloudHSMClusterID))
	}
	v := judgeCluster(d, t, c)
	v.note = fmt.Sprintf("the key lies in the CloudHSM cluster %s: %s", c.ClusterID, v.note)
	return v
}

// judgeCluster is the verdict on a cluster.
func judgeCluster(d evidence.Derivation, t *Table, c *cloudhsm.Cluster) verdict {
	if u := unknownOf(&c.Meta, "hsm_type", "mode", "hsm_types"); len(u) > 0 {
		return unknown("the cluster's hardware and mode are not both known", u...)
	}
	types := slices.Clone(c.HSMTypes)
	if !slices.Contains(types, c.HSMType) {
		types = append(types, c.HSMType)
	}
	slices.Sort(types)
	switch {
	case d.Partition != "aws" && d.Partition != "aws-us-gov":
		return unknown(fmt.Sprintf("the table says nothing of CloudHSM in the partition %q", d.Partition))
	case c.Mode == nil:
		return unknown("AWS answered without the cluster's mode")
	case len(types) > 1:
		return unknown("the cluster has HSMs of several types: " + strings.Join(types, ", "))
	}
	r := t.cloudHSM(c.HSMType, *c.Mode)
	if r == nil {
		return unknown(fmt.Sprintf("the table has no row for %s in mode %s", c.HSMType, *c.Mode))
	}
	return t.judge(r, d.Scope.AsOf)
}

// unknownOf gives the unknowns of a record that cover one of the fields.
func unknownOf(m *evidence.Meta, fields ...string) []evidence.Unknown {
	var out []evidence.Unknown
	for _, u := range m.Unknown {
		if slices.Contains(fields, u.Field) {
			out = append(out, u)
		}
	}
	return out
}

// reported are the key specs whose algorithms reviews of KMS's module report on its approved list: AES, RSA, HMAC, and ECDSA over
// NIST's curves. The post-quantum specs, Ed25519, secp256k1 (approved for blockchains only) and SM2 are not among them, nor is
// anything AWS may add.
func reported(spec string) bool {
	switch spec {
	case "SYMMETRIC_DEFAULT", "RSA_2048", "RSA_3072", "RSA_4096", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521",
		"HMAC_224", "HMAC_256", "HMAC_384", "HMAC_512":
		return true
	}
	return false
}
