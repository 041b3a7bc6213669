package scenario

import (
	"fmt"
	"slices"
)

func hsmPages(most int) paging {
	return paging{limit: "MaxResults", token: "NextToken", standard: most, most: most, badToken: "CloudHsmInvalidRequestException", badLimit: "CloudHsmInvalidRequestException"}
}

// filters reads a request's filters: name to allowed values.
func (q *query) filters(known ...string) (map[string][]string, *Failure) {
	in, _ := q.in["Filters"].(M)
	out := map[string][]string{}
	for k, v := range in {
		if !slices.Contains(known, k) {
			return nil, q.invalid("CloudHsmInvalidRequestException", fmt.Sprintf("Invalid filter name: %s", k))
		}
		out[k] = stringsOf(v)
	}
	return out, nil
}

func passes(f map[string][]string, name, value string) bool {
	want, ok := f[name]
	return !ok || slices.Contains(want, value)
}

func describeClusters(q *query) (any, *Failure) {
	fs, f := q.filters("clusterIds", "vpcIds", "states")
	if f != nil {
		return nil, f
	}
	all := slices.DeleteFunc(slices.Clone(q.place.region.Clusters), func(c Cluster) bool {
		return !passes(fs, "clusterIds", c.ID) || !passes(fs, "vpcIds", c.VPC) || !passes(fs, "states", c.State)
	})
	from, to, next, f := q.page(hsmPages(25), len(all))
	if f != nil {
		return nil, f
	}
	out := M{"Clusters": []any{}}
	put(out, "NextToken", next)
	for _, c := range all[from:to] {
		out["Clusters"] = append(out["Clusters"].([]any), q.cluster(c))
	}
	return out, nil
}

func (q *query) cluster(c Cluster) M {
	subnets, hsms := M{}, []any{}
	for i, z := range c.Zones {
		subnet := "subnet-" + hexID(17, c.ID, z)
		subnets[z] = subnet
		state := "ACTIVE"
		if i < len(c.HSMStates) {
			state = c.HSMStates[i]
		}
		hsms = append(hsms, M{"AvailabilityZone": z, "ClusterId": c.ID, "SubnetId": subnet, "EniId": "eni-" + hexID(17, c.ID, z, fmt.Sprint(i)),
			"EniIp": fmt.Sprintf("10.40.%d.%d", 16+i, 20+i), "HsmId": "hsm-" + base32ID(11, c.ID, z, fmt.Sprint(i)), "HsmType": c.Type, "State": state})
	}
	m := M{"BackupPolicy": "DEFAULT", "ClusterId": c.ID, "CreateTimestamp": epoch(c.Created), "Hsms": hsms, "HsmType": c.Type,
		"SecurityGroup": "sg-" + hexID(17, c.ID), "State": c.State, "SubnetMapping": subnets, "VpcId": c.VPC, "NetworkType": "IPV4"}
	if len(c.Tags) > 0 {
		m["TagList"] = tags(c.Tags, "Key", "Value")
	}
	put(m, "Mode", c.Mode)
	put(m, "StateMessage", c.Message)
	put(m, "SourceBackupId", c.SourceBackup)
	stamp(m, "HsmTypeRollbackExpiration", c.RollbackUntil)
	if c.RetentionDays > 0 {
		m["BackupRetentionPolicy"] = M{"Type": "DAYS", "Value": fmt.Sprint(c.RetentionDays)}
	}
	switch c.State {
	case "UNINITIALIZED":
		m["Certificates"] = M{"ClusterCsr": pem("CERTIFICATE REQUEST", c.ID, "csr")}
	case "CREATE_IN_PROGRESS":
	default:
		m["Certificates"] = M{"HsmCertificate": pem("CERTIFICATE", c.ID, "hsm"), "AwsHardwareCertificate": pem("CERTIFICATE", c.ID, "aws"),
			"ManufacturerHardwareCertificate": pem("CERTIFICATE", c.ID, "manufacturer"), "ClusterCertificate": pem("CERTIFICATE", c.ID, "cluster")}
	}
	return m
}

// pem looks like a certificate and is none.
func pem(kind, id, part string) string {
	return fmt.Sprintf("-----BEGIN %s-----\n%s\n-----END %s-----\n", kind, hexID(64, id, part), kind)
}

func describeBackups(q *query) (any, *Failure) {
	fs, f := q.filters("backupIds", "sourceBackupIds", "clusterIds", "states", "neverExpires")
	if f != nil {
		return nil, f
	}
	all := slices.DeleteFunc(slices.Clone(q.place.region.Backups), func(b Backup) bool {
		return !passes(fs, "backupIds", b.ID) || !passes(fs, "clusterIds", b.Cluster) || !passes(fs, "states", b.State) ||
			!passes(fs, "neverExpires", fmt.Sprint(b.NeverExpires)) || !passes(fs, "sourceBackupIds", b.SourceBackup)
	})
	if v, ok := q.in["SortAscending"].(bool); ok {
		slices.SortStableFunc(all, func(a, b Backup) int {
			if v {
				return a.Created.Compare(b.Created)
			}
			return b.Created.Compare(a.Created)
		})
	}
	from, to, next, f := q.page(hsmPages(50), len(all))
	if f != nil {
		return nil, f
	}
	entries := []any{}
	for _, b := range all[from:to] {
		m := M{"BackupId": b.ID, "BackupArn": fmt.Sprintf("arn:aws:cloudhsm:%s:%s:backup/%s", q.Region, q.Account, b.ID), "BackupState": b.State,
			"ClusterId": b.Cluster, "CreateTimestamp": epoch(b.Created), "NeverExpires": b.NeverExpires, "HsmType": b.Type}
		if len(b.Tags) > 0 {
			m["TagList"] = tags(b.Tags, "Key", "Value")
		}
		put(m, "Mode", b.Mode)
		stamp(m, "CopyTimestamp", b.Copied)
		stamp(m, "DeleteTimestamp", b.Delete)
		put(m, "SourceRegion", b.SourceRegion)
		put(m, "SourceBackup", b.SourceBackup)
		put(m, "SourceCluster", b.SourceHSM)
		entries = append(entries, m)
	}
	out := M{"Backups": entries}
	put(out, "NextToken", next)
	return out, nil
}

func hsmTags(q *query) (any, *Failure) {
	id := q.str("ResourceId")
	var t []Tag
	found := false
	for _, c := range q.place.region.Clusters {
		if c.ID == id {
			t, found = c.Tags, true
		}
	}
	for _, b := range q.place.region.Backups {
		if b.ID == id {
			t, found = b.Tags, true
		}
	}
	if !found {
		return nil, q.invalid("CloudHsmResourceNotFoundException", fmt.Sprintf("Resource not found: %s", id))
	}
	from, to, next, f := q.page(hsmPages(100), len(t))
	if f != nil {
		return nil, f
	}
	out := M{"TagList": tags(t[from:to], "Key", "Value")}
	put(out, "NextToken", next)
	return out, nil
}
