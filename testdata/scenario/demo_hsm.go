package scenario

import "time"

func demoHSM(o *Organization) {
	pay, payEast := o.In(DemoPayments, ireland), o.In(DemoPayments, virginia)
	data, dataEast := o.In(DemoData, ireland), o.In(DemoData, virginia)
	logs := o.In(DemoLogArchive, ireland)
	tags := []Tag{{"owner", "payments"}, {"environment", "production"}}

	pay.Clusters = []Cluster{{ID: paymentsCluster, Type: "hsm2m.medium", Mode: "FIPS", State: "ACTIVE", Created: day(2025, 1, 20), Zones: []string{"eu-west-1a", "eu-west-1b", "eu-west-1c"},
		RetentionDays: 90, VPC: "vpc-0a1b2c3d4e5f60718", Tags: tags}}
	pay.Backups = backups(paymentsCluster, "hsm2m.medium", "FIPS", Now.Add(-7*time.Hour), 5, tags)
	pay.KeyStores = []KeyStore{{ID: paymentsStore, Name: "payments-hsm", Type: "AWS_CLOUDHSM", Cluster: paymentsCluster, State: "CONNECTED", Created: day(2025, 1, 28)}}

	// The old type, in one zone, and its last backup is three weeks old.
	payEast.Clusters = []Cluster{{ID: hsm1Cluster, Type: "hsm1.medium", Mode: "FIPS", State: "ACTIVE", Created: day(2021, 6, 14), Zones: []string{"us-east-1a", "us-east-1a"},
		RetentionDays: 90, VPC: "vpc-0b2c3d4e5f6071829", Tags: tags}}
	payEast.Backups = backups(hsm1Cluster, "hsm1.medium", "FIPS", Now.AddDate(0, 0, -22), 3, nil)
	payEast.KeyStores = []KeyStore{
		{ID: externalStoreFor(virginia), Name: "payments-hsm1", Type: "AWS_CLOUDHSM", Cluster: hsm1Cluster, State: "CONNECTED", Created: day(2021, 7, 1)},
		{ID: externalStore, Name: "sovereign-ledger", Type: "EXTERNAL_KEY_STORE", State: "CONNECTED", Created: day(2025, 9, 9), ProxyEndpoint: "https://xks.example.com", ProxyPath: "/example/kms/xks/v1"},
	}

	data.Clusters = []Cluster{{ID: dataCluster, Type: "hsm2m.medium", Mode: "NON_FIPS", State: "ACTIVE", Created: day(2025, 10, 6), Zones: []string{"eu-west-1a", "eu-west-1b"},
		RetentionDays: 30, VPC: "vpc-0c3d4e5f607182930"}}
	data.Backups = backups(dataCluster, "hsm2m.medium", "NON_FIPS", Now.Add(-19*time.Hour), 2, nil)
	data.KeyStores = []KeyStore{{ID: dataStore, Name: "tokenization", Type: "AWS_CLOUDHSM", Cluster: dataCluster, State: "CONNECTED", Created: day(2025, 10, 20)}}

	dataEast.Clusters = []Cluster{{ID: "cluster-degra2dedhsm", Type: "hsm2m.medium", Mode: "FIPS", State: "DEGRADED", Message: "One HSM does not answer.", Created: day(2026, 2, 3),
		Zones: []string{"us-east-1a", "us-east-1b"}, HSMStates: []string{"ACTIVE", "DEGRADED"}, RetentionDays: 90, VPC: "vpc-0d4e5f60718293041"}}
	dataEast.KeyStores = []KeyStore{{ID: brokenStore, Name: "external-lake", Type: "EXTERNAL_KEY_STORE", State: "FAILED", Error: "XKS_PROXY_NOT_REACHABLE", Created: day(2025, 12, 1),
		ProxyEndpoint: "https://xks-lake.example.com", ProxyPath: "/kms/xks/v1"}}

	// An answer as it was before clusters had a mode.
	logs.Clusters = []Cluster{{ID: "cluster-nomode2logs", Type: "hsm1.medium", State: "ACTIVE", Created: day(2020, 3, 30), Zones: []string{"eu-west-1a", "eu-west-1b"}, VPC: "vpc-0e5f6071829304152"}}
	logs.Backups = append(backups("cluster-nomode2logs", "hsm1.medium", "", Now.Add(-30*time.Hour), 2, nil),
		Backup{ID: "backup-" + base32ID(11, "copy"), Cluster: "cluster-nomode2logs", State: "READY", Type: "hsm1.medium", Created: day(2026, 5, 5), Copied: day(2026, 5, 6), NeverExpires: true,
			SourceRegion: virginia, SourceBackup: "backup-" + base32ID(11, "source"), SourceHSM: hsm1Cluster})
}

// backups are n daily ones, the newest at last, and one more that is being deleted.
func backups(cluster, kind, mode string, last time.Time, n int, tags []Tag) []Backup {
	var out []Backup
	for i := range n {
		out = append(out, Backup{ID: "backup-" + base32ID(11, cluster, last.AddDate(0, 0, -i).String()), Cluster: cluster, State: "READY", Type: kind, Mode: mode,
			Created: last.AddDate(0, 0, -i), Tags: tags})
	}
	return append(out, Backup{ID: "backup-" + base32ID(11, cluster, "old"), Cluster: cluster, State: "PENDING_DELETION", Type: kind, Mode: mode,
		Created: last.AddDate(0, 0, -95), Delete: last.AddDate(0, 0, 6)})
}
