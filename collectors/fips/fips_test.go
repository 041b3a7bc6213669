package fips

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/cloudhsm"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/kms"
)

func ptr[T any](v T) *T { return &v }

// deriver is what every deriver is.
type deriver interface {
	Kinds() []evidence.Kind
	Derive(d evidence.Derivation, emit func(evidence.Record) error) error
}

// given makes a derivation of records. The moment lies before the sunset of KMS's certificate.
func given(records ...evidence.Record) evidence.Derivation {
	d := evidence.Derivation{Account: "111122223333", Region: "eu-west-1", Partition: "aws", Scope: evidence.Scope{AsOf: day("2026-10-01")}}
	d.Records = func(kind string, each func(evidence.Record) error) error {
		for _, r := range records {
			if r.Kind() == kind {
				if err := each(r); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return d
}

func derive[T any](t *testing.T, from deriver, d evidence.Derivation) []*T {
	t.Helper()
	var out []*T
	err := from.Derive(d, func(r evidence.Record) error {
		if r.Kind() != from.Kinds()[0].Name || r.Header().ID == "" || len(r.Header().Evidence) == 0 || r.Header().Collected.IsZero() {
			t.Errorf("a %s of %+v", r.Kind(), r.Header())
		}
		fields := from.Kinds()[0].Fields()
		for _, u := range r.Header().Unknown {
			if u.Gap == "" || !slices.ContainsFunc(fields, func(f evidence.Field) bool { return f.Name == u.Field }) {
				t.Errorf("%s: unknown %+v", r.Kind(), u)
			}
		}
		out = append(out, r.(any).(*T))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func meta(id string, unknown ...string) evidence.Meta {
	m := evidence.Meta{ID: id, Account: "111122223333", Region: "eu-west-1", Collected: day("2026-10-01"), Evidence: []string{"E-" + id}}
	for _, f := range unknown {
		m.Unknown = append(m.Unknown, evidence.Unknown{Field: f, Gap: "G-" + id, Code: "AccessDeniedException"})
	}
	return m
}

func key(origin, spec string, unknown ...string) *kms.Key {
	return &kms.Key{Meta: meta("key", unknown...), Manager: "CUSTOMER", State: "Enabled", Origin: origin, Spec: spec}
}

func inCluster(id string, unknown ...string) *kms.Key {
	k := key("AWS_CLOUDHSM", "SYMMETRIC_DEFAULT", unknown...)
	k.CloudHSMClusterID = &id
	return k
}

func cluster(hsmType, mode string, unknown ...string) *cloudhsm.Cluster {
	c := &cloudhsm.Cluster{Meta: meta("cluster", unknown...), ClusterID: "cluster-a", State: "ACTIVE", HSMType: hsmType, HSMTypes: []string{hsmType}}
	if mode != "" {
		c.Mode = &mode
	}
	return c
}

func statusOf(t *testing.T, d evidence.Derivation) *KeyStatus {
	t.Helper()
	all := derive[KeyStatus](t, Keys{}, d)
	if len(all) != 1 {
		t.Fatalf("%d statuses of one key", len(all))
	}
	return all[0]
}

func unknownCode(m *evidence.Meta, field string) string {
	for _, u := range m.Unknown {
		if u.Field == field {
			return u.Code
		}
	}
	return ""
}

func TestKeyInKMSsOwnModule(t *testing.T) {
	for _, origin := range []string{"AWS_KMS", "EXTERNAL"} {
		r := statusOf(t, given(key(origin, "SYMMETRIC_DEFAULT")))
		if r.Status != Validated || !*r.Shown || r.AlgorithmApproved != Reported || *r.Certificate != "4884" || *r.Standard != "FIPS 140-3" || *r.Level != "3" ||
			!r.Sunset.Equal(day("2026-11-17")) || !r.ValidatedOn.Equal(day("2024-11-18")) || *r.ReadOn != "2026-08" || r.Manager != "CUSTOMER" || len(r.Unknown) != 0 {
			t.Errorf("%s: %+v", origin, r)
		}
		if strings.Contains(r.Note, "generated outside") != (origin == "EXTERNAL") {
			t.Errorf("%s: %s", origin, r.Note)
		}
	}
}

func TestPastTheRecordedSunsetNobodySaysValidated(t *testing.T) {
	d := given(key("AWS_KMS", "SYMMETRIC_DEFAULT"))
	d.Scope.AsOf = day("2026-11-24")
	r := statusOf(t, d)
	if r.Status != Confirm || r.Shown != nil || *r.Certificate != "4884" || !strings.Contains(r.Note, "recorded sunset 2026-11-17 is past at 2026-11-24: confirm at CMVP") {
		t.Errorf("%+v", r)
	}
	c := derive[Certificate](t, Certificates{}, d)
	if len(c) != 1 || !*c[0].PastSunset || c[0].Keys != 1 || c[0].Confidence == "" {
		t.Errorf("%+v", c)
	}
}

func TestAlgorithmsThatAreNotShownToBeApproved(t *testing.T) {
	for _, spec := range []string{"ML_DSA_44", "ML_DSA_87", "ML_KEM_768", "ECC_NIST_EDWARDS25519", "ECC_SECG_P256K1", "SM2", "ECC_NIST_P1024", "AES_SOMETHING_NEW", ""} {
		r := statusOf(t, given(key("AWS_KMS", spec)))
		if r.Status != Validated || r.AlgorithmApproved != NotShown || r.Shown != nil || !strings.Contains(r.Note, "not shown to be on its approved list") {
			t.Errorf("%s: %+v", spec, r)
		}
	}
	for _, spec := range []string{"RSA_4096", "ECC_NIST_P384", "HMAC_256"} {
		if r := statusOf(t, given(key("AWS_KMS", spec))); !*r.Shown {
			t.Errorf("%s: %+v", spec, r)
		}
	}
}

func TestKeysOutsideKMSsCertificate(t *testing.T) {
	r := statusOf(t, given(key("EXTERNAL_KEY_STORE", "SYMMETRIC_DEFAULT")))
	if r.Status != CustomerModule || r.Shown != nil || r.Certificate != nil || !strings.Contains(r.Note, "customer's own module certificate is needed") {
		t.Errorf("%+v", r)
	}
	if r := statusOf(t, given(key("SOMETHING_NEW", "SYMMETRIC_DEFAULT"))); r.Status != Unknown || r.Shown != nil || r.Certificate != nil {
		t.Errorf("%+v", r)
	}
}

func TestPartitions(t *testing.T) {
	for partition, want := range map[string]string{"aws": Validated, "aws-us-gov": Validated, "aws-cn": NotValidated, "aws-eusc": Unknown, "aws-iso": Unknown, "": Unknown} {
		d := given(key("AWS_KMS", "SYMMETRIC_DEFAULT"))
		d.Partition = partition
		r := statusOf(t, d)
		if r.Status != want || (r.Shown != nil && *r.Shown) != (want == Validated) {
			t.Errorf("%s: %s, %v, %s", partition, r.Status, r.Shown, r.Note)
		}
		if partition == "aws-cn" && (r.Shown == nil || !strings.Contains(r.Note, "not in the FIPS 140 programme") || r.Certificate != nil || r.AlgorithmApproved != NotShown) {
			t.Errorf("%+v", r)
		}
		d = given(cluster("hsm2m.medium", "FIPS"))
		d.Partition = partition
		if got := derive[ClusterStatus](t, Clusters{}, d)[0].Status; (got == Validated) != (want == Validated) {
			t.Errorf("a cluster in %s is %s", partition, got)
		}
	}
}

func TestKeysFollowTheirCluster(t *testing.T) {
	r := statusOf(t, given(inCluster("cluster-a"), cluster("hsm2m.medium", "FIPS")))
	if r.Status != Validated || !*r.Shown || *r.Certificate != "4703" || *r.ClusterID != "cluster-a" || !slices.Equal(r.Evidence, []string{"E-key", "E-cluster"}) {
		t.Errorf("%+v", r)
	}
	if r := statusOf(t, given(inCluster("cluster-a"), cluster("hsm2m.medium", "NON_FIPS"))); r.Status != NotValidated || *r.Shown {
		t.Errorf("%+v", r)
	}
	if r := statusOf(t, given(inCluster("cluster-a"), cluster("hsm1.medium", "FIPS"))); r.Status != HistoricalList || *r.Shown || *r.Certificate != "4218" {
		t.Errorf("%+v", r)
	}
	// The cluster's mode was not in AWS's answer: what follows from it is unknown, by the same gap.
	r = statusOf(t, given(inCluster("cluster-a"), cluster("hsm2m.medium", "", "mode")))
	if r.Status != Unknown || r.Shown != nil || unknownCode(&r.Meta, "shown") != "AccessDeniedException" || r.Unknown[0].Gap != "G-cluster" || !strings.Contains(r.Note, "mode was not read") {
		t.Errorf("%+v", r)
	}
	for _, d := range []evidence.Derivation{given(inCluster("cluster-b"), cluster("hsm2m.medium", "FIPS")), given(inCluster("cluster-a")), given(key("AWS_CLOUDHSM", "SYMMETRIC_DEFAULT"))} {
		if r := statusOf(t, d); r.Status != Unknown || r.Shown != nil {
			t.Errorf("a key whose cluster was not read: %+v", r)
		}
	}
	k := inCluster("cluster-a", "cloudhsm_cluster_id")
	k.CloudHSMClusterID = nil
	if r := statusOf(t, given(k, cluster("hsm2m.medium", "FIPS"))); r.Status != Unknown || unknownCode(&r.Meta, "status") == "" || unknownCode(&r.Meta, "cluster_id") == "" {
		t.Errorf("%+v", r)
	}
}

func TestClusters(t *testing.T) {
	for _, c := range []struct {
		cluster     *cloudhsm.Cluster
		status      string
		certificate string
		shown       *bool
	}{
		{cluster("hsm2m.medium", "FIPS"), Validated, "4703", ptr(true)},
		{cluster("hsm2m.medium", "NON_FIPS"), NotValidated, "", ptr(false)},
		{cluster("hsm1.medium", "FIPS"), HistoricalList, "4218", ptr(false)},
		// Not FIPS, and not the lack of it.
		{cluster("hsm1.medium", "", "mode"), Unknown, "", nil},
		{cluster("hsm2m.medium", ""), Unknown, "", nil},
		{cluster("hsm2m.medium", "FIPS_SOMEHOW"), Unknown, "", nil},
		{cluster("hsm1.medium", "NON_FIPS"), Unknown, "", nil},
		{cluster("hsm3.large", "FIPS"), Unknown, "", nil},
		{cluster("", "FIPS", "hsm_type"), Unknown, "", nil},
		{cluster("hsm2m.medium", "FIPS", "hsm_types"), Unknown, "", nil},
	} {
		r := derive[ClusterStatus](t, Clusters{}, given(c.cluster))[0]
		certificate := ""
		if r.Certificate != nil {
			certificate = *r.Certificate
		}
		if r.Status != c.status || certificate != c.certificate || cmp.Diff(c.shown, r.Shown) != "" {
			t.Errorf("%s %v: %s by %q, %v: %s", c.cluster.HSMType, c.cluster.Mode, r.Status, certificate, r.Shown, r.Note)
		}
		if (len(c.cluster.Unknown) > 0) != (unknownCode(&r.Meta, "shown") != "") {
			t.Errorf("%s: unknown %v", c.cluster.HSMType, r.Unknown)
		}
	}
	mixed := cluster("hsm2m.medium", "FIPS")
	mixed.HSMTypes = []string{"hsm1.medium", "hsm2m.medium"}
	if r := derive[ClusterStatus](t, Clusters{}, given(mixed))[0]; r.Status != Unknown || !strings.Contains(r.Note, "hsm1.medium, hsm2m.medium") {
		t.Errorf("a cluster that is being moved: %+v", r)
	}
}

func TestUnknownFieldsAreCarriedOver(t *testing.T) {
	k := key("", "", "origin", "spec", "manager", "state", "description")
	r := statusOf(t, given(k))
	for _, f := range append([]string{"origin", "spec", "manager", "state", "algorithm_approved"}, judged...) {
		if unknownCode(&r.Meta, f) != "AccessDeniedException" {
			t.Errorf("%s is known", f)
		}
	}
	if r.Status != Unknown || !strings.Contains(r.Note, "origin was not read: AccessDeniedException") {
		t.Errorf("%+v", r)
	}
	// Where only the spec is unknown, the module is known and the algorithm is not.
	r = statusOf(t, given(key("AWS_KMS", "", "spec")))
	if r.Status != Validated || unknownCode(&r.Meta, "status") != "" || unknownCode(&r.Meta, "shown") == "" || unknownCode(&r.Meta, "algorithm_approved") == "" {
		t.Errorf("%+v", r)
	}
}

func TestATableOfTheUsersOwn(t *testing.T) {
	d := given(key("AWS_KMS", "SYMMETRIC_DEFAULT"), cluster("hsm3.large", "FIPS"))
	d.Scope.AsOf = day("2027-02-01")
	d.Inputs = map[string][]byte{TableName: []byte(header +
		subjectKMS + ",5999,AWS Key Management Service HSM,FIPS 140-3,3,2026-12-01,2031-11-30,active,2027-01-15,read at CMVP\n" +
		"\"CloudHSM hsm3.large, cluster mode FIPS\",6001,New HSM,FIPS 140-3,3,2026-12-02,2031-12-01,active,2027-01-15,read at CMVP\n")}
	if r := statusOf(t, d); *r.Certificate != "5999" || !*r.Shown || *r.ReadOn != "2027-01-15" {
		t.Errorf("%+v", r)
	}
	if r := derive[ClusterStatus](t, Clusters{}, d)[0]; *r.Certificate != "6001" || !*r.Shown {
		t.Errorf("%+v", r)
	}
	// A table that says nothing of KMS shows nothing of it.
	d.Inputs[TableName] = []byte(header)
	if r := statusOf(t, d); r.Status != Unknown || r.Shown != nil {
		t.Errorf("%+v", r)
	}
	// One that can't be read stops the derivation: nothing falls back to the table that ships.
	d.Inputs[TableName] = []byte(header + "x,,,,,,,,,\n")
	for _, from := range []deriver{Keys{}, Clusters{}, Certificates{}} {
		err := from.Derive(d, func(evidence.Record) error { t.Error("a record came out"); return nil })
		if err == nil || !strings.HasPrefix(err.Error(), "cmvp_certificates.csv:2: ") {
			t.Errorf("%T: %v", from, err)
		}
	}
}

func TestCertificates(t *testing.T) {
	second := inCluster("cluster-a")
	second.Meta = meta("key-2")
	second.Collected = day("2026-10-02")
	d := given(key("AWS_KMS", "SYMMETRIC_DEFAULT"), key("EXTERNAL", "ML_KEM_768"), second, key("EXTERNAL_KEY_STORE", "SYMMETRIC_DEFAULT"), cluster("hsm2m.medium", "FIPS"))
	all := derive[Certificate](t, Certificates{}, d)
	if len(all) != 2 || all[0].Certificate != "4703" || all[1].Certificate != "4884" {
		t.Fatalf("%+v", all)
	}
	if c := all[1]; c.Keys != 2 || c.Clusters != 0 || *c.PastSunset || c.ID != "111122223333/eu-west-1/certificate/4884" {
		t.Errorf("%+v", c)
	}
	// Without a recorded sunset nobody can say that it is not past.
	if c := all[0]; c.Keys != 1 || c.Clusters != 1 || c.PastSunset != nil || c.Sunset != nil || !c.Collected.Equal(day("2026-10-02")) {
		t.Errorf("%+v", c)
	}
}

// A key that could not be described, or a cluster without a mode, rests on a certificate that nobody knows: not on none.
func TestWhatRestsOnAnUnknownCertificateIsARecord(t *testing.T) {
	for name, d := range map[string]evidence.Derivation{
		"key":      given(key("", "", "origin", "spec")),
		"cluster":  given(cluster("hsm1.medium", "", "mode")),
		"no table": given(key("SOMEWHERE_NEW", "SYMMETRIC_DEFAULT")),
	} {
		all := derive[Certificate](t, Certificates{}, d)
		if len(all) != 1 || all[0].ID != "111122223333/eu-west-1/certificate/unknown" || all[0].Keys+all[0].Clusters != 1 || all[0].PastSunset != nil {
			t.Fatalf("%s: %+v", name, all)
		}
		if code := unknownCode(&all[0].Meta, "past_sunset"); (code == "AccessDeniedException") == (name == "no table") {
			t.Errorf("%s: past_sunset is unknown by %q", name, code)
		}
	}
}

func TestEndpoints(t *testing.T) {
	at := time.Date(2026, 10, 1, 6, 0, 0, 0, time.UTC)
	d := given()
	d.Endpoints = []evidence.EndpointUse{{Service: "kms", Endpoint: "https://kms-fips.us-east-1.amazonaws.com", FIPS: true, Exchanges: 7, Evidence: "E-1", Last: at},
		{Service: "kms", Endpoint: "https://kms.us-east-1.amazonaws.com", Exchanges: 1, Evidence: "E-2", Last: at}}
	all := derive[Endpoint](t, Endpoints{}, d)
	want := &Endpoint{Meta: evidence.Meta{ID: "111122223333/eu-west-1/kms/https://kms-fips.us-east-1.amazonaws.com", Account: "111122223333", Region: "eu-west-1", Collected: at, Evidence: []string{"E-1"}},
		Service: "kms", Endpoint: "https://kms-fips.us-east-1.amazonaws.com", FIPS: true, Exchanges: 7}
	if len(all) != 2 || !reflect.DeepEqual(all[0], want) || all[1].FIPS {
		t.Errorf("%+v", all)
	}
}

// Deriving changes nothing of what it derives from, and gives the same again.
func TestDerivingIsPure(t *testing.T) {
	k, c := inCluster("cluster-a", "state"), cluster("hsm2m.medium", "", "mode")
	before := []evidence.Record{ptr(*k), ptr(*c)}
	d := given(k, c)
	first := derive[KeyStatus](t, Keys{}, d)
	if diff := cmp.Diff(first, derive[KeyStatus](t, Keys{}, d)); diff != "" {
		t.Error(diff)
	}
	first[0].Evidence[0] = "changed"
	if k.Evidence[0] != "E-key" || !reflect.DeepEqual(before, []evidence.Record{k, c}) {
		t.Error("deriving changed the key or the cluster")
	}
}
