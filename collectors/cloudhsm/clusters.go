package cloudhsm

import (
	"context"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

func (r *reader) clusters(ctx context.Context) error {
	seen := r.c.Once("cloudhsm.cluster", "cloudhsm.hsm")
	p := cloudhsmv2.NewDescribeClustersPaginator(r.api, &cloudhsmv2.DescribeClustersInput{MaxResults: aws.Int32(25)})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			r.c.Incomplete(err, "cloudhsm.cluster", "cloudhsm.hsm")
			return ctx.Err()
		}
		nameless := false
		for _, x := range page.Clusters {
			id := aws.ToString(x.ClusterId)
			if id == "" {
				nameless = true
				continue
			}
			if !seen.First(id, page.ResultMetadata) {
				continue
			}
			if err := r.cluster(ctx, x, page.ResultMetadata); err != nil {
				return err
			}
		}
		if nameless {
			r.c.Half(page.ResultMetadata, describeClusters, "MissingMember", "a cluster was described without its id", nil, nil, "cloudhsm.cluster", "cloudhsm.hsm")
		}
	}
	return nil
}

func (r *reader) cluster(ctx context.Context, x types.Cluster, md middleware.Metadata) error {
	k := &Cluster{Meta: r.c.Meta(r.c.Account + "/" + r.c.Region + "/" + *x.ClusterId), ClusterID: *x.ClusterId, State: string(x.State), StateMessage: x.StateMessage,
		HSMType: aws.ToString(x.HsmType), Mode: cell.Text(string(x.Mode)), Created: cell.UTC(x.CreateTimestamp), RollbackUntil: cell.UTC(x.HsmTypeRollbackExpiration),
		VPC: x.VpcId, SecurityGroup: x.SecurityGroup, Subnets: map[string]string{}, NetworkType: cell.Text(string(x.NetworkType)),
		BackupPolicy: cell.Text(string(x.BackupPolicy)), SourceBackupID: x.SourceBackupId, Certificates: certificates(x.Certificates)}
	r.c.Read(&k.Meta, md)
	for zone, subnet := range x.SubnetMapping {
		k.Subnets[zone] = subnet
	}
	half := func(message string, fields ...string) {
		r.c.Half(md, describeClusters, "MissingMember", message, &k.Meta, fields)
	}
	if k.State == "" {
		half("AWS described the cluster without State", "state")
	}
	if k.HSMType == "" {
		half("AWS described the cluster without HsmType", "hsm_type")
	}
	if k.Mode == nil {
		half("AWS described the cluster without Mode, as it did before clusters had one: whether it runs in FIPS mode is not known", "mode")
	}
	r.retention(k, x.BackupRetentionPolicy, md)
	switch last := r.latest[k.ClusterID]; {
	case r.noBackups != nil:
		k.Unknown = append(k.Unknown, evidence.Unknown{Field: "latest_backup", Gap: r.noBackups.ID, Code: r.noBackups.Code})
	case last.gap != nil:
		k.Unknown = append(k.Unknown, evidence.Unknown{Field: "latest_backup", Gap: last.gap.ID, Code: last.gap.Code})
	default:
		k.LatestBackup = last.at
	}
	if err := r.hsms(k, x, md); err != nil {
		return err
	}
	gone := x.State == types.ClusterStateDeleted
	if err := r.tags(ctx, &k.Meta, k.ClusterID, gone, x.TagList, &k.Tags); err != nil {
		return err
	}
	return r.c.Emit(k)
}

// retention reads the backup retention in days. A policy of another kind than days is not read as none.
func (r *reader) retention(k *Cluster, p *types.BackupRetentionPolicy, md middleware.Metadata) {
	if p == nil {
		return
	}
	days, err := strconv.Atoi(aws.ToString(p.Value))
	if p.Type != types.BackupRetentionTypeDays || err != nil {
		r.c.Half(md, describeClusters, "UnreadableRetention", "the backup retention policy is not a number of DAYS", &k.Meta, []string{"backup_retention_days"})
		return
	}
	k.BackupRetentionDays = &days
}

// hsms hands over the cluster's HSMs and counts them.
func (r *reader) hsms(k *Cluster, x types.Cluster, md middleware.Metadata) error {
	if x.Hsms == nil {
		r.c.Half(md, describeClusters, "MissingMember", "AWS described the cluster without Hsms", &k.Meta,
			[]string{"hsms", "active_hsms", "zones", "hsm_types"}, "cloudhsm.hsm")
		return nil
	}
	k.HSMs, k.Zones, k.HSMTypes = []string{}, []string{}, []string{}
	lacks := map[string]bool{}
	for _, h := range x.Hsms {
		id, zone := aws.ToString(h.HsmId), aws.ToString(h.AvailabilityZone)
		if id == "" {
			lacks["HsmId"] = true
			continue
		}
		if slices.Contains(k.HSMs, id) {
			continue
		}
		k.HSMs = append(k.HSMs, id)
		rec := &HSM{Meta: r.c.Meta(k.ID + "/" + id), HSMID: id, ClusterID: k.ClusterID, State: string(h.State), StateMessage: h.StateMessage,
			Type: h.HsmType, Zone: h.AvailabilityZone, Subnet: h.SubnetId, ENI: h.EniId, IP: h.EniIp, IPv6: h.EniIpV6}
		r.c.Read(&rec.Meta, md)
		switch {
		case h.State == "":
			lacks["State"] = true
			r.c.Half(md, describeClusters, "MissingMember", "AWS described the HSM without State", &rec.Meta, []string{"state"})
		case h.State == types.HsmStateActive:
			k.ActiveHSMs++
			lacks["AvailabilityZone"] = lacks["AvailabilityZone"] || zone == ""
			if zone != "" && !slices.Contains(k.Zones, zone) {
				k.Zones = append(k.Zones, zone)
			}
		}
		// An answer from before clusters could mix types gives the type of the cluster only.
		if t := aws.ToString(h.HsmType); t != "" && !slices.Contains(k.HSMTypes, t) {
			k.HSMTypes = append(k.HSMTypes, t)
		}
		if err := r.c.Emit(rec); err != nil {
			return err
		}
	}
	slices.Sort(k.Zones)
	slices.Sort(k.HSMTypes)
	if lacks["HsmId"] {
		r.c.Half(md, describeClusters, "MissingMember", "AWS described an HSM of the cluster without HsmId", &k.Meta,
			[]string{"hsms", "active_hsms", "zones", "hsm_types"}, "cloudhsm.hsm")
	}
	if lacks["State"] {
		r.c.Half(md, describeClusters, "MissingMember", "AWS described an HSM of the cluster without State", &k.Meta, []string{"active_hsms", "zones"})
	}
	if lacks["AvailabilityZone"] {
		r.c.Half(md, describeClusters, "MissingMember", "AWS described an active HSM of the cluster without AvailabilityZone", &k.Meta, []string{"zones"})
	}
	return nil
}
