// Package fips says what a dated table of FIPS 140 certificates shows for each KMS key and CloudHSM cluster, and which endpoints
// were FIPS endpoints. It asks nobody: it derives records from records, from the table and from the moment of the audit.
//
// Nothing is validated by a constant in code. A certificate past its recorded sunset is to be confirmed at CMVP, an answer
// that lacks what decides leaves the status unknown, and what KMS's certificate does not cover is not claimed for it.
package fips

import (
	"github.com/auditseal/auditseal/collectors/cloudhsm"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/kms"
)

// Keys derives the status of each KMS key. A key in a CloudHSM key store follows its cluster, and where that cluster was not read
// its status is unknown; so a gap in the clusters leaves exactly those keys undecided, and the population of keys whole.
type Keys struct{}

func (Keys) Name() string { return "fips-keys" }
func (Keys) Doc() string {
	return "What the certificate table shows for the module that holds each KMS key."
}
func (Keys) Needs() []string       { return []string{"kms.key"} }
func (Keys) Uses() []string        { return []string{"cloudhsm.cluster"} }
func (Keys) Reach() evidence.Reach { return evidence.EveryRegion }
func (Keys) Kinds() []evidence.Kind {
	return []evidence.Kind{evidence.KindOf[KeyStatus]("The FIPS 140 status of each KMS key, one for each kms.key.")}
}

func (Keys) Derive(d evidence.Derivation, emit func(evidence.Record) error) error {
	t, err := table(d)
	if err != nil {
		return err
	}
	clusters, err := clustersOf(d)
	if err != nil {
		return err
	}
	return d.Records("kms.key", func(r evidence.Record) error {
		if k, ok := r.(*kms.Key); ok {
			return emit(keyStatus(d, t, clusters, k))
		}
		return nil
	})
}

// Clusters derives the status of each CloudHSM cluster.
type Clusters struct{}

func (Clusters) Name() string          { return "fips-clusters" }
func (Clusters) Doc() string           { return "What the certificate table shows for each CloudHSM cluster." }
func (Clusters) Needs() []string       { return []string{"cloudhsm.cluster"} }
func (Clusters) Uses() []string        { return nil }
func (Clusters) Reach() evidence.Reach { return evidence.EveryRegion }
func (Clusters) Kinds() []evidence.Kind {
	return []evidence.Kind{evidence.KindOf[ClusterStatus]("The FIPS 140 status of each CloudHSM cluster, one for each cloudhsm.cluster.")}
}

func (Clusters) Derive(d evidence.Derivation, emit func(evidence.Record) error) error {
	t, err := table(d)
	if err != nil {
		return err
	}
	return d.Records("cloudhsm.cluster", func(r evidence.Record) error {
		if c, ok := r.(*cloudhsm.Cluster); ok {
			return emit(clusterStatus(d, t, c))
		}
		return nil
	})
}

// Certificates derives which certificates the keys and clusters rest on.
type Certificates struct{}

func (Certificates) Name() string { return "fips-certificates" }
func (Certificates) Doc() string {
	return "The certificates that the keys and clusters rest on, and whether their recorded sunset is past."
}
func (Certificates) Needs() []string       { return []string{"cloudhsm.cluster", "kms.key"} }
func (Certificates) Uses() []string        { return nil }
func (Certificates) Reach() evidence.Reach { return evidence.EveryRegion }
func (Certificates) Kinds() []evidence.Kind {
	return []evidence.Kind{evidence.KindOf[Certificate]("The certificates in the table that keys or clusters of an account and region rest on; where it is not known of some of them what they rest on, one record says so.")}
}

func (Certificates) Derive(d evidence.Derivation, emit func(evidence.Record) error) error {
	t, err := table(d)
	if err != nil {
		return err
	}
	used := usage{d: d, byNumber: map[string]*Certificate{}}
	clusters, err := clustersOf(d)
	if err != nil {
		return err
	}
	err = d.Records("kms.key", func(r evidence.Record) error {
		if k, ok := r.(*kms.Key); ok {
			v, _ := judgeKey(d, t, clusters, k)
			used.key(v, k)
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = d.Records("cloudhsm.cluster", func(r evidence.Record) error {
		if c, ok := r.(*cloudhsm.Cluster); ok {
			used.cluster(judgeCluster(d, t, c), c)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return used.emit(emit)
}

// Endpoints derives which endpoints answered. It needs no population: every exchange counts.
type Endpoints struct{}

func (Endpoints) Name() string { return "fips-endpoints" }
func (Endpoints) Doc() string {
	return "The endpoints that answered, and whether they are FIPS endpoints."
}
func (Endpoints) Needs() []string       { return nil }
func (Endpoints) Uses() []string        { return nil }
func (Endpoints) Reach() evidence.Reach { return evidence.EveryRegion }
func (Endpoints) Kinds() []evidence.Kind {
	return []evidence.Kind{evidence.KindOf[Endpoint]("The endpoints that answered in each account and region.")}
}

func (Endpoints) Derive(d evidence.Derivation, emit func(evidence.Record) error) error {
	for _, u := range d.Endpoints {
		r := &Endpoint{Meta: evidence.Meta{ID: d.Account + "/" + d.Region + "/" + u.Service + "/" + u.Endpoint, Account: d.Account, Region: d.Region,
			Collected: u.Last, Evidence: []string{u.Evidence}}, Service: u.Service, Endpoint: u.Endpoint, FIPS: u.FIPS, Exchanges: u.Exchanges}
		if err := emit(r); err != nil {
			return err
		}
	}
	return nil
}

// table is the certificate table that the audit uses: the user's, or the one that ships.
func table(d evidence.Derivation) (*Table, error) {
	if b, ok := d.Inputs[TableName]; ok {
		return ParseCertificates(TableName, b)
	}
	return ParseCertificates(TableName, EmbeddedCertificates())
}

// clustersOf keeps what keys need of the region's clusters: there are never many.
func clustersOf(d evidence.Derivation) (map[string]*cloudhsm.Cluster, error) {
	out := map[string]*cloudhsm.Cluster{}
	err := d.Records("cloudhsm.cluster", func(r evidence.Record) error {
		if c, ok := r.(*cloudhsm.Cluster); ok {
			out[c.ClusterID] = c
		}
		return nil
	})
	return out, err
}
