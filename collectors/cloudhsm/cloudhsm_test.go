package cloudhsm

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/auditseal/auditseal/collectors/cell/celltest"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/testdata/scenario"
)

const own = "111122223333"

var (
	made = time.Date(2025, 3, 1, 9, 0, 0, 0, time.UTC)
	now  = time.Date(2026, 10, 1, 6, 0, 0, 0, time.UTC)
)

func run(t *testing.T, r *scenario.Region, faults ...*scenario.Fault) (*celltest.Result, *scenario.Server) {
	t.Helper()
	r.Name = "eu-west-1"
	o := &scenario.Organization{Management: own, AsOf: now, Accounts: []*scenario.Account{{ID: own, Regions: []*scenario.Region{r}}}}
	s := scenario.Start(scenario.Config{Organization: o, Faults: faults})
	t.Cleanup(s.Close)
	return celltest.Run(t, Collector{}, celltest.Options{URL: s.URL, AccessKey: scenario.AccessKey(own), Account: own}), s
}

// two is a cluster as it should be and one as it should not.
func two() *scenario.Region {
	backup := func(id, cluster, state string, at time.Time) scenario.Backup {
		return scenario.Backup{ID: id, Cluster: cluster, State: state, Type: "hsm2m.medium", Mode: "FIPS", Created: at}
	}
	return &scenario.Region{
		Clusters: []scenario.Cluster{
			{ID: "cluster-a", Type: "hsm2m.medium", Mode: "FIPS", State: "ACTIVE", Created: made, Zones: []string{"eu-west-1b", "eu-west-1a", "eu-west-1c"},
				HSMStates: []string{"ACTIVE", "ACTIVE", "DEGRADED"}, RetentionDays: 90, VPC: "vpc-1", Tags: []scenario.Tag{{Key: "team", Value: "=1+1"}}},
			{ID: "cluster-b", Type: "hsm1.medium", State: "UNINITIALIZED", Message: "waits", Created: made, VPC: "vpc-1", SourceBackup: "backup-x", RollbackUntil: now},
		},
		Backups: []scenario.Backup{
			backup("backup-1", "cluster-a", "READY", now.Add(-30*time.Hour)),
			backup("backup-2", "cluster-a", "READY", now.Add(-6*time.Hour)),
			backup("backup-3", "cluster-a", "CREATE_IN_PROGRESS", now.Add(-time.Hour)),
			backup("backup-4", "cluster-c", "READY", now),
		},
	}
}

func TestClusters(t *testing.T) {
	r, _ := run(t, two())
	a := celltest.One[Cluster](t, r, "cluster-a")
	if a.ID != "111122223333/eu-west-1/cluster-a" || a.State != "ACTIVE" || a.HSMType != "hsm2m.medium" || *a.Mode != "FIPS" || *a.BackupRetentionDays != 90 || len(a.Unknown) != 0 {
		t.Errorf("%+v", a)
	}
	if a.ActiveHSMs != 2 || !slices.Equal(a.Zones, []string{"eu-west-1a", "eu-west-1b"}) || !slices.Equal(a.HSMTypes, []string{"hsm2m.medium"}) || len(a.HSMs) != 3 {
		t.Errorf("HSMs %v, %d active in %v, of %v", a.HSMs, a.ActiveHSMs, a.Zones, a.HSMTypes)
	}
	// The newest that is READY, not the newest.
	if !a.LatestBackup.Equal(now.Add(-6*time.Hour)) || a.Tags["team"] != "=1+1" {
		t.Errorf("latest %v, tags %v", a.LatestBackup, a.Tags)
	}
	b := celltest.One[Cluster](t, r, "cluster-b")
	if b.LatestBackup != nil || b.BackupRetentionDays != nil || celltest.Unknown(b, "latest_backup") != "" || b.Tags == nil || b.Zones == nil || b.HSMs == nil {
		t.Errorf("%+v", b)
	}
	if !b.Certificates.CSR || b.Certificates.HSM != nil || *b.StateMessage != "waits" || *b.SourceBackupID != "backup-x" || !b.RollbackUntil.Equal(now) {
		t.Errorf("%+v", b)
	}
	hsms := celltest.Of[HSM](r)
	if len(hsms) != 3 || hsms[2].State != "DEGRADED" || *hsms[0].Zone != "eu-west-1b" || hsms[0].ID != a.ID+"/"+hsms[0].HSMID || *hsms[0].Type != "hsm2m.medium" {
		t.Errorf("%+v", hsms)
	}
	backups := celltest.Of[Backup](r)
	if len(backups) != 4 || backups[0].ID != "arn:aws:cloudhsm:eu-west-1:111122223333:backup/backup-1" || *backups[0].NeverExpires || backups[0].Tags == nil || backups[0].Copied != nil {
		t.Errorf("%+v", backups)
	}
}

// An answer from before clusters had a mode says nothing of it: it is not FIPS, and not the lack of it.
func TestModeOfOldAnswersIsUnknown(t *testing.T) {
	r, _ := run(t, two())
	b := celltest.One[Cluster](t, r, "cluster-b")
	if b.Mode != nil || celltest.Unknown(b, "mode") != "MissingMember" {
		t.Errorf("mode %v, unknown %v", b.Mode, b.Unknown)
	}
}

func TestDeniedBackupsLeaveTheNewestUnknown(t *testing.T) {
	region := two()
	for i := range 60 {
		region.Backups = append(region.Backups, scenario.Backup{ID: fmt.Sprintf("backup-x%02d", i), Cluster: "cluster-b", State: "READY", Created: made})
	}
	for _, f := range []*scenario.Fault{{Kind: scenario.Denied}, {Kind: scenario.Denied, Continued: true}, {Kind: scenario.EmptyObject}} {
		f.Service, f.Operation = "cloudhsm", "DescribeBackups"
		r, _ := run(t, region, f)
		for _, c := range celltest.Of[Cluster](r) {
			if c.LatestBackup != nil || celltest.Unknown(c, "latest_backup") == "" {
				t.Errorf("%s: %s: latest backup %v, unknown %v", f.Kind, c.ClusterID, c.LatestBackup, c.Unknown)
			}
		}
		if g := r.GapsOf("DescribeBackups"); len(g) != 1 || !slices.Equal(g[0].Kinds, []string{"cloudhsm.backup"}) {
			t.Errorf("%s: gaps %+v", f.Kind, g)
		}
	}
}

func TestClustersDeniedInTheMiddle(t *testing.T) {
	region := &scenario.Region{}
	for i := range 30 {
		region.Clusters = append(region.Clusters, scenario.Cluster{ID: fmt.Sprintf("cluster-%02d", i), Type: "hsm2m.medium", Mode: "FIPS", State: "ACTIVE", Created: made})
	}
	r, _ := run(t, region, &scenario.Fault{Service: "cloudhsm", Operation: "DescribeClusters", Continued: true, Kind: scenario.Denied})
	if n := len(celltest.Of[Cluster](r)); n != 25 {
		t.Errorf("%d clusters", n)
	}
	if g := r.GapsOf("DescribeClusters"); len(g) != 1 || !slices.Equal(g[0].Kinds, []string{"cloudhsm.cluster", "cloudhsm.hsm"}) {
		t.Errorf("gaps %+v", g)
	}
}

// Pages that overlap have moved while they were read: what they show twice counts once, and the list is not called whole.
func TestWhatIsListedTwiceIsAGap(t *testing.T) {
	one := `{"ClusterId":"cluster-a","State":"ACTIVE","HsmType":"hsm2m.medium","Mode":"FIPS","Hsms":[],"TagList":[]}`
	backup := `{"BackupId":"backup-1","BackupState":"READY","ClusterId":"cluster-a","CreateTimestamp":1,"TagList":[]}`
	url := celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		if q.Operation == "DescribeClusters" {
			return celltest.Answer{Body: `{"Clusters":[` + one + "," + one + `]}`}
		}
		return celltest.Answer{Body: `{"Backups":[` + backup + "," + backup + `]}`}
	})
	r := celltest.Run(t, Collector{}, celltest.Options{URL: url})
	if len(celltest.Of[Cluster](r)) != 1 || len(celltest.Of[Backup](r)) != 1 {
		t.Errorf("%v", r.Records)
	}
	for op, kinds := range map[string][]string{"DescribeClusters": {"cloudhsm.cluster", "cloudhsm.hsm"}, "DescribeBackups": {"cloudhsm.backup"}} {
		if g := r.GapsOf(op); len(g) != 1 || g[0].Code != "SaidTwice" || !slices.Equal(g[0].Kinds, kinds) {
			t.Errorf("%s: gaps %+v", op, g)
		}
	}
}

// Where the service does not exist its endpoint's name does not resolve. That is a gap, and not a region without clusters.
func TestWhereThereIsNoService(t *testing.T) {
	r := celltest.Run(t, Collector{}, celltest.Options{URL: "http://cloudhsmv2.cn-north-1.invalid", Region: "cn-north-1", Partition: "aws-cn"})
	if len(r.Records) != 0 || len(r.Gaps) != 2 {
		t.Fatalf("records %v, gaps %+v", r.Records, r.Gaps)
	}
	for _, g := range r.Gaps {
		if g.Outcome != evidence.Failed || len(g.Kinds) == 0 {
			t.Errorf("%+v", g)
		}
	}
}

func TestTags(t *testing.T) {
	r, s := run(t, two(), &scenario.Fault{Service: "cloudhsm", Operation: "ListTags", Body: "cluster-b", Kind: scenario.Denied})
	if b := celltest.One[Cluster](t, r, "cluster-b"); b.Tags != nil || celltest.Unknown(b, "tags") != "AccessDeniedException" {
		t.Errorf("%v, %v", b.Tags, b.Unknown)
	}
	// cluster-a has its tags in the description.
	if n := s.Count("cloudhsm", "ListTags"); n != 5 {
		t.Errorf("ListTags was asked %d times, want once for the other cluster and each backup", n)
	}
}

// byHand answers DescribeClusters and DescribeBackups with one thing each, with members changed, or left out where nil.
func byHand(t *testing.T, cluster, backup map[string]any) *celltest.Result {
	t.Helper()
	merge := func(m, change map[string]any) []map[string]any {
		for k, v := range change {
			if m[k] = v; v == nil {
				delete(m, k)
			}
		}
		return []map[string]any{m}
	}
	answer := func(v any) celltest.Answer {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return celltest.Answer{Body: string(b)}
	}
	hsm := map[string]any{"HsmId": "hsm-1", "State": "ACTIVE", "AvailabilityZone": "eu-west-1a", "HsmType": "hsm2m.medium"}
	url := celltest.Serve(t, func(q celltest.Request) celltest.Answer {
		switch q.Operation {
		case "DescribeClusters":
			return answer(map[string]any{"Clusters": merge(map[string]any{"ClusterId": "cluster-a", "State": "ACTIVE", "HsmType": "hsm2m.medium", "Mode": "FIPS",
				"Hsms": []any{hsm}, "TagList": []any{}, "PreCoPassword": "top-secret-of-the-precrypto-officer"}, cluster)})
		case "DescribeBackups":
			return answer(map[string]any{"Backups": merge(map[string]any{"BackupId": "backup-1", "BackupState": "READY", "ClusterId": "cluster-a",
				"CreateTimestamp": now.Unix(), "TagList": []any{}}, backup)})
		case "ListTags":
			return celltest.Fail(400, "CloudHsmResourceNotFoundException", "gone")
		}
		return celltest.Answer{}
	})
	return celltest.Run(t, Collector{}, celltest.Options{URL: url})
}

func TestThePasswordIsNeverWritten(t *testing.T) {
	r := byHand(t, nil, nil)
	found := false
	filepath.WalkDir(r.Tape, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if strings.Contains(string(b), "top-secret") {
			t.Errorf("%s holds the password", path)
		}
		found = found || strings.Contains(string(b), "PreCoPassword") && strings.Contains(string(b), "REDACTED")
		return err
	})
	if !found {
		t.Error("nothing shows that a password was taken out")
	}
}

func TestClustersThatLackWhatDecides(t *testing.T) {
	hsm := func(change string) []any {
		h := map[string]any{"HsmId": "hsm-1", "State": "ACTIVE", "AvailabilityZone": "eu-west-1a", "HsmType": "hsm2m.medium"}
		delete(h, change)
		return []any{h}
	}
	for _, c := range []struct {
		change  map[string]any
		unknown []string
	}{
		{map[string]any{"State": nil}, []string{"state"}},
		{map[string]any{"HsmType": nil}, []string{"hsm_type"}},
		{map[string]any{"Mode": nil}, []string{"mode"}},
		{map[string]any{"Hsms": nil}, []string{"hsms", "active_hsms", "zones", "hsm_types"}},
		{map[string]any{"Hsms": hsm("HsmId")}, []string{"hsms", "active_hsms", "zones", "hsm_types"}},
		{map[string]any{"Hsms": hsm("State")}, []string{"active_hsms", "zones"}},
		{map[string]any{"Hsms": hsm("AvailabilityZone")}, []string{"zones"}},
		{map[string]any{"Hsms": hsm("HsmType")}, nil},
		{map[string]any{"BackupRetentionPolicy": map[string]any{"Type": "DAYS", "Value": "many"}}, []string{"backup_retention_days"}},
		{map[string]any{"BackupRetentionPolicy": map[string]any{"Type": "YEARS", "Value": "7"}}, []string{"backup_retention_days"}},
		{map[string]any{"BackupRetentionPolicy": map[string]any{}}, []string{"backup_retention_days"}},
	} {
		r := byHand(t, c.change, nil)
		k := celltest.One[Cluster](t, r, "cluster-a")
		var got []string
		for _, u := range k.Unknown {
			got = append(got, u.Field)
		}
		if !slices.Equal(got, c.unknown) {
			t.Errorf("%v: unknown %v, want %v", c.change, got, c.unknown)
		}
		if slices.Contains(c.unknown, "hsms") != slices.ContainsFunc(r.Gaps, func(g evidence.Gap) bool { return slices.Contains(g.Kinds, "cloudhsm.hsm") }) {
			t.Errorf("%v: gaps %+v", c.change, r.Gaps)
		}
	}
}

func TestBackupsThatLackWhatDecides(t *testing.T) {
	for _, change := range []map[string]any{{"BackupState": nil}, {"CreateTimestamp": nil}, {"ClusterId": nil}, {"BackupId": nil}} {
		r := byHand(t, nil, change)
		if k := celltest.One[Cluster](t, r, "cluster-a"); k.LatestBackup != nil || celltest.Unknown(k, "latest_backup") != "MissingMember" {
			t.Errorf("%v: latest %v, unknown %v", change, k.LatestBackup, k.Unknown)
		}
	}
	// A copy from another region has no cluster here.
	r := byHand(t, nil, map[string]any{"ClusterId": nil, "SourceRegion": "us-east-1", "CopyTimestamp": now.Unix()})
	if k := celltest.One[Cluster](t, r, "cluster-a"); k.LatestBackup != nil || len(k.Unknown) != 0 {
		t.Errorf("latest %v, unknown %v", k.LatestBackup, k.Unknown)
	}
}

// What is deleted has no tags to be found, and is no gap; what is there and not found is one.
func TestTagsOfTheDeleted(t *testing.T) {
	r := byHand(t, map[string]any{"State": "DELETED", "TagList": nil}, map[string]any{"BackupState": "DELETED", "TagList": nil})
	if k := celltest.One[Cluster](t, r, "cluster-a"); k.Tags == nil || len(r.Gaps) != 0 {
		t.Errorf("%v, %+v", k.Tags, r.Gaps)
	}
	r = byHand(t, map[string]any{"TagList": nil}, nil)
	if k := celltest.One[Cluster](t, r, "cluster-a"); k.Tags != nil || celltest.Unknown(k, "tags") != "CloudHsmResourceNotFoundException" {
		t.Errorf("%v, %v", k.Tags, k.Unknown)
	}
}

// issue makes a certificate for key, signed by parent's key.
func issue(t *testing.T, name string, key *ecdsa.PrivateKey, parent *x509.Certificate, signer *ecdsa.PrivateKey) (string, *x509.Certificate) {
	t.Helper()
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: made, NotAfter: made.AddDate(10, 0, 0), IsCA: true, BasicConstraintsValid: true}
	if parent == nil {
		parent = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), parsed
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestCertificatesHangTogether(t *testing.T) {
	awsKey, makerKey, hsmKey, ownerKey := newKey(t), newKey(t), newKey(t), newKey(t)
	awsPEM, awsCert := issue(t, "aws hardware", awsKey, nil, awsKey)
	makerPEM, _ := issue(t, "maker hardware", makerKey, nil, makerKey)
	hsmPEM, _ := issue(t, "hsm", hsmKey, awsCert, awsKey)
	_, owner := issue(t, "owner", ownerKey, nil, ownerKey)
	clusterPEM, _ := issue(t, "cluster", hsmKey, owner, ownerKey)

	all := map[string]any{"AwsHardwareCertificate": awsPEM, "ManufacturerHardwareCertificate": makerPEM, "HsmCertificate": hsmPEM, "ClusterCertificate": clusterPEM}
	c := celltest.One[Cluster](t, byHand(t, map[string]any{"Certificates": all}, nil), "cluster-a").Certificates
	if !*c.SignedByAWS || *c.SignedByManufacturer || !*c.ClusterKeyIsHSMs || c.CSR {
		t.Errorf("signed by AWS %v, by the manufacturer %v, same key %v", *c.SignedByAWS, *c.SignedByManufacturer, *c.ClusterKeyIsHSMs)
	}
	if h := c.HSM; !h.Parsed || *h.Subject != "CN=hsm" || *h.Issuer != "CN=aws hardware" || !h.NotAfter.Equal(made.AddDate(10, 0, 0)) || h.SHA256 != evidence.Sum([]byte(hsmPEM)).String() {
		t.Errorf("%+v", h)
	}

	all["ClusterCertificate"] = awsPEM
	all["AwsHardwareCertificate"] = "-----BEGIN CERTIFICATE-----\nnot one\n-----END CERTIFICATE-----\n"
	delete(all, "ManufacturerHardwareCertificate")
	c = celltest.One[Cluster](t, byHand(t, map[string]any{"Certificates": all}, nil), "cluster-a").Certificates
	if c.SignedByAWS != nil || c.SignedByManufacturer != nil || *c.ClusterKeyIsHSMs {
		t.Errorf("what can't be told reads as %+v", c)
	}
	if d := cmp.Diff(&Certificate{SHA256: evidence.Sum([]byte(all["AwsHardwareCertificate"].(string))).String()}, c.AWSHardware); d != "" {
		t.Error(d)
	}
}
