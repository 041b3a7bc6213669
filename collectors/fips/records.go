package fips

import (
	"slices"
	"time"

	"github.com/auditseal/auditseal/collectors/cloudhsm"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/kms"
)

// A KeyStatus is the FIPS 140 status of a KMS key.
type KeyStatus struct {
	evidence.Meta
	Manager           string     `json:"manager" cel:"manager" doc:"Who manages the key: CUSTOMER or AWS."`
	State             string     `json:"state" cel:"state" doc:"The key state, as in kms.key."`
	Origin            string     `json:"origin" cel:"origin" doc:"Where the key material comes from, as in kms.key."`
	Spec              string     `json:"spec" cel:"spec" doc:"The key spec, as in kms.key."`
	ClusterID         *string    `json:"cluster_id,omitempty" cel:"cluster_id" doc:"The CloudHSM cluster that holds the key; absent for keys elsewhere."`
	Status            string     `json:"status" cel:"status" doc:"What the certificate table shows of the module that holds the key, at the moment of the audit: validated, historical, not-validated, confirm-at-cmvp (a date in the table leaves it open), customer-module (outside KMS's certificate: the customer's own is needed) or unknown."`
	Shown             *bool      `json:"shown,omitempty" cel:"shown" doc:"true where the module's validation is shown to be in force and the key's algorithm is reported on its approved list; false where the module is shown not to be validated; absent where neither is shown and a person must confirm it."`
	AlgorithmApproved string     `json:"algorithm_approved" cel:"algorithm_approved" doc:"reported where reviews of the module's approved list have the key's algorithm, or its cluster runs in FIPS mode; not-shown for all others, as for post-quantum, Ed25519, secp256k1 and SM2 keys."`
	Certificate       *string    `json:"certificate,omitempty" cel:"certificate" doc:"The number of the module's CMVP certificate; absent where the table has none for it."`
	Module            *string    `json:"module,omitempty" cel:"module" doc:"The module's name."`
	Standard          *string    `json:"standard,omitempty" cel:"standard" doc:"FIPS 140-2 or FIPS 140-3."`
	Level             *string    `json:"level,omitempty" cel:"level" doc:"The overall level of the certificate."`
	ValidatedOn       *time.Time `json:"validated_on,omitempty" cel:"validated_on" doc:"When the module was validated; absent where the table does not say."`
	Sunset            *time.Time `json:"sunset,omitempty" cel:"sunset" doc:"The recorded day on which the certificate leaves the active list; absent where the table has none."`
	ReadOn            *string    `json:"read_on,omitempty" cel:"read_on" doc:"The day or month on which the table's row was read at its source."`
	Note              string     `json:"note" cel:"note" doc:"How the status came about, in words."`
}

// Kind is fips.key_status.
func (*KeyStatus) Kind() string { return "fips.key_status" }

// A ClusterStatus is the FIPS 140 status of a CloudHSM cluster.
type ClusterStatus struct {
	evidence.Meta
	ClusterID   string     `json:"cluster_id" cel:"cluster_id" doc:"The cluster's id."`
	State       string     `json:"state" cel:"state" doc:"The cluster's state, as in cloudhsm.cluster."`
	HSMType     string     `json:"hsm_type" cel:"hsm_type" doc:"The cluster's HSM type."`
	Mode        *string    `json:"mode,omitempty" cel:"mode" doc:"FIPS or NON_FIPS; unknown where AWS's answer had none."`
	Status      string     `json:"status" cel:"status" doc:"What the certificate table shows of the cluster's hardware in its mode, at the moment of the audit: validated, historical, not-validated, confirm-at-cmvp (a date in the table leaves it open) or unknown."`
	Shown       *bool      `json:"shown,omitempty" cel:"shown" doc:"true where the validation is shown to be in force; false where the hardware or mode is shown not to be validated; absent where neither is shown and a person must confirm it."`
	Certificate *string    `json:"certificate,omitempty" cel:"certificate" doc:"The number of the CMVP certificate; absent where the table has none."`
	Module      *string    `json:"module,omitempty" cel:"module" doc:"The module's name."`
	Standard    *string    `json:"standard,omitempty" cel:"standard" doc:"FIPS 140-2 or FIPS 140-3."`
	Level       *string    `json:"level,omitempty" cel:"level" doc:"The overall level of the certificate."`
	ValidatedOn *time.Time `json:"validated_on,omitempty" cel:"validated_on" doc:"When the module was validated; absent where the table does not say."`
	Sunset      *time.Time `json:"sunset,omitempty" cel:"sunset" doc:"The recorded day on which the certificate leaves the active list; absent where the table has none."`
	ReadOn      *string    `json:"read_on,omitempty" cel:"read_on" doc:"The day or month on which the table's row was read at its source."`
	Note        string     `json:"note" cel:"note" doc:"How the status came about, in words."`
}

// Kind is fips.cluster_status.
func (*ClusterStatus) Kind() string { return "fips.cluster_status" }

// A Certificate is a certificate of the table that keys or clusters rest on.
type Certificate struct {
	evidence.Meta
	Certificate string     `json:"certificate" cel:"certificate" doc:"The certificate's number at CMVP. Empty in the one record of those keys and clusters of which it is not known what they rest on."`
	Module      string     `json:"module" cel:"module" doc:"The module's name."`
	Standard    string     `json:"standard" cel:"standard" doc:"FIPS 140-2 or FIPS 140-3."`
	Level       string     `json:"level" cel:"level" doc:"The overall level of the certificate."`
	ValidatedOn *time.Time `json:"validated_on,omitempty" cel:"validated_on" doc:"When the module was validated; absent where the table does not say."`
	Sunset      *time.Time `json:"sunset,omitempty" cel:"sunset" doc:"The recorded day on which the certificate leaves the active list, or all of its standard does; absent where the table has none."`
	PastSunset  *bool      `json:"past_sunset,omitempty" cel:"past_sunset" doc:"Whether that day is past at the moment of the audit; absent where the table has no such day."`
	TableStatus string     `json:"table_status" cel:"table_status" doc:"The status in the table's own words."`
	ReadOn      string     `json:"read_on" cel:"read_on" doc:"The day or month on which the table's row was read at its source."`
	Confidence  string     `json:"confidence" cel:"confidence" doc:"How the table's row is known, in its own words."`
	Keys        int        `json:"keys" cel:"keys" doc:"How many KMS keys of the account and region rest on it."`
	Clusters    int        `json:"clusters" cel:"clusters" doc:"How many CloudHSM clusters of the account and region rest on it."`
}

// Kind is fips.certificate.
func (*Certificate) Kind() string { return "fips.certificate" }

// An Endpoint is an endpoint that answered.
type Endpoint struct {
	evidence.Meta
	Service   string `json:"service" cel:"service" doc:"The service that was asked."`
	Endpoint  string `json:"endpoint" cel:"endpoint" doc:"The scheme and host that answered."`
	FIPS      bool   `json:"fips" cel:"fips" doc:"Whether it is a FIPS endpoint, by its name. Some endpoints in aws-us-gov are FIPS endpoints without saying so in their name."`
	Exchanges int    `json:"exchanges" cel:"exchanges" doc:"How many exchanges it answered."`
}

// Kind is fips.endpoint.
func (*Endpoint) Kind() string { return "fips.endpoint" }

// judged are the fields that a verdict fills.
var judged = []string{"status", "shown", "certificate", "module", "standard", "level", "validated_on", "sunset", "read_on"}

// derived starts a record from the one it is derived from: the same id, place, time and evidence.
func derived(from *evidence.Meta) evidence.Meta {
	return evidence.Meta{ID: from.ID, Account: from.Account, Region: from.Region, Collected: from.Collected, Evidence: slices.Clone(from.Evidence)}
}

// carry makes fields unknown for the reasons that another record's fields are.
func carry(m *evidence.Meta, from []evidence.Unknown, fields ...string) {
	for _, u := range from {
		for _, f := range fields {
			u.Field = f
			if !slices.ContainsFunc(m.Unknown, func(have evidence.Unknown) bool { return have.Field == f && have.Gap == u.Gap }) {
				m.Unknown = append(m.Unknown, u)
			}
		}
	}
}

func keyStatus(d evidence.Derivation, t *Table, clusters map[string]*cloudhsm.Cluster, k *kms.Key) *KeyStatus {
	v, algorithm := judgeKey(d, t, clusters, k)
	r := &KeyStatus{Meta: derived(&k.Meta), Manager: k.Manager, State: k.State, Origin: k.Origin, Spec: k.Spec, ClusterID: k.CloudHSMClusterID,
		Status: v.status, Shown: v.shown(algorithm == Reported), AlgorithmApproved: algorithm, Sunset: v.sunset, Note: v.note}
	r.Certificate, r.Module, r.Standard, r.Level, r.ValidatedOn, r.ReadOn = v.columns()
	if k.Origin == "AWS_CLOUDHSM" && k.CloudHSMClusterID != nil {
		if c := clusters[*k.CloudHSMClusterID]; c != nil {
			for _, e := range c.Evidence {
				if !slices.Contains(r.Evidence, e) {
					r.Evidence = append(r.Evidence, e)
				}
			}
			if c.Collected.After(r.Collected) {
				r.Collected = c.Collected
			}
		}
	}
	for _, f := range []string{"manager", "state", "origin", "spec"} {
		carry(&r.Meta, unknownOf(&k.Meta, f), f)
	}
	carry(&r.Meta, unknownOf(&k.Meta, "cloudhsm_cluster_id"), "cluster_id")
	carry(&r.Meta, unknownOf(&k.Meta, "spec", "origin"), "algorithm_approved")
	carry(&r.Meta, v.from, judged...)
	if v.status == Validated {
		carry(&r.Meta, unknownOf(&k.Meta, "spec"), "shown")
	}
	return r
}

func clusterStatus(d evidence.Derivation, t *Table, c *cloudhsm.Cluster) *ClusterStatus {
	v := judgeCluster(d, t, c)
	r := &ClusterStatus{Meta: derived(&c.Meta), ClusterID: c.ClusterID, State: c.State, HSMType: c.HSMType, Mode: c.Mode,
		Status: v.status, Shown: v.shown(true), Sunset: v.sunset, Note: v.note}
	r.Certificate, r.Module, r.Standard, r.Level, r.ValidatedOn, r.ReadOn = v.columns()
	for _, f := range []string{"state", "hsm_type", "mode"} {
		carry(&r.Meta, unknownOf(&c.Meta, f), f)
	}
	carry(&r.Meta, v.from, judged...)
	return r
}

// shown is whether the claim is shown, shown not to hold, or neither.
func (v verdict) shown(algorithm bool) *bool {
	yes := v.status == Validated && algorithm
	if yes || v.status == HistoricalList || v.status == NotValidated {
		return &yes
	}
	return nil
}

// columns are the row's, each absent where the row has none.
func (v verdict) columns() (certificate, module, standard, level *string, validated *time.Time, readOn *string) {
	if v.row == nil {
		return
	}
	return text(v.row.Certificate), text(v.row.Module), text(v.row.Standard), text(v.row.Level), v.row.Validated, text(v.row.ReadOn)
}

func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// usage counts what rests on each certificate.
type usage struct {
	d        evidence.Derivation
	byNumber map[string]*Certificate
	order    []string
}

func (u *usage) key(v verdict, k *kms.Key) {
	if c := u.of(v, &k.Meta); c != nil {
		c.Keys++
	}
}

func (u *usage) cluster(v verdict, x *cloudhsm.Cluster) {
	if c := u.of(v, &x.Meta); c != nil {
		c.Clusters++
	}
}

// noNumber stands in the id of the record for keys and clusters of which it is not known what they rest on.
const noNumber = "unknown"

// of gives the record of the verdict's certificate. Its evidence is that of the first key or cluster that rests on it. What a key or
// cluster rests on may not be known: that is a record too, for a certificate that is not known is not one that is not there.
func (u *usage) of(v verdict, from *evidence.Meta) *Certificate {
	if v.status == Unknown {
		return u.unknown(v, from)
	}
	if v.row == nil || v.row.Certificate == "" {
		return nil
	}
	c := u.byNumber[v.row.Certificate]
	if c == nil {
		r := v.row
		c = &Certificate{Meta: derived(from), Certificate: r.Certificate, Module: r.Module, Standard: r.Standard, Level: r.Level, ValidatedOn: r.Validated,
			Sunset: v.sunset, TableStatus: r.Status, ReadOn: r.ReadOn, Confidence: r.Confidence}
		c.ID = u.d.Account + "/" + u.d.Region + "/certificate/" + r.Certificate
		if v.sunset != nil {
			past := !u.d.Scope.AsOf.Before(*v.sunset)
			c.PastSunset = &past
		}
		u.byNumber[r.Certificate] = c
		u.order = append(u.order, r.Certificate)
	}
	if from.Collected.After(c.Collected) {
		c.Collected = from.Collected
	}
	return c
}

// unknown gives the record of all that rests on a certificate that is not known. It is unknown for the reasons of the first of them.
func (u *usage) unknown(v verdict, from *evidence.Meta) *Certificate {
	c := u.byNumber[noNumber]
	if c == nil {
		c = &Certificate{Meta: derived(from)}
		c.ID = u.d.Account + "/" + u.d.Region + "/certificate/" + noNumber
		carry(&c.Meta, v.from, "certificate", "module", "standard", "level", "validated_on", "sunset", "past_sunset", "table_status", "read_on", "confidence")
		u.byNumber[noNumber] = c
		u.order = append(u.order, noNumber)
	}
	if from.Collected.After(c.Collected) {
		c.Collected = from.Collected
	}
	return c
}

func (u *usage) emit(emit func(evidence.Record) error) error {
	slices.Sort(u.order)
	for _, n := range u.order {
		if err := emit(u.byNumber[n]); err != nil {
			return err
		}
	}
	return nil
}
