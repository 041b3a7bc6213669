// Package cloudhsm reads CloudHSM clusters, the HSMs in them and their backups.
//
// What decides whether a cluster can be called validated, its HSM type and its mode, is taken from AWS's answer only: an answer
// without a mode, as AWS gave them before there were two, leaves the mode unknown. The password that a new cluster is initialized
// with is never kept.
package cloudhsm

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudhsmv2/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// Collector reads CloudHSM.
type Collector struct{}

func (Collector) Name() string { return "cloudhsm" }
func (Collector) Doc() string {
	return "CloudHSM clusters with their mode, hardware and certificates, their HSMs and their backups."
}
func (Collector) Reach() evidence.Reach { return evidence.EveryRegion }

var (
	describeBackups  = evidence.Operation{Service: "cloudhsm", API: cloudhsmv2.ServiceID, Name: "DescribeBackups", Action: "cloudhsm:DescribeBackups", Member: "Backups", Lists: "cloudhsm.backup", Page: 50}
	describeClusters = evidence.Operation{Service: "cloudhsm", API: cloudhsmv2.ServiceID, Name: "DescribeClusters", Action: "cloudhsm:DescribeClusters", Member: "Clusters", Lists: "cloudhsm.cluster", Page: 25, Secrets: []string{"PreCoPassword"}}
	listTags         = evidence.Operation{Service: "cloudhsm", API: cloudhsmv2.ServiceID, Name: "ListTags", Action: "cloudhsm:ListTags", Member: "TagList", Each: "cloudhsm.backup"}
)

func (Collector) Operations() []evidence.Operation {
	return []evidence.Operation{describeBackups, describeClusters, listTags}
}

func (Collector) Kinds() []evidence.Kind {
	return []evidence.Kind{
		evidence.KindOf[Backup]("The backups of CloudHSM clusters."),
		evidence.KindOf[Cluster]("The CloudHSM clusters, deleted ones that AWS still shows included."),
		evidence.KindOf[HSM]("The HSMs in the clusters."),
	}
}

// Collect reads the backups first, because a cluster's record says how old its newest one is.
func (Collector) Collect(ctx context.Context, c *cell.Cell) error {
	r := &reader{c: c, api: cloudhsmv2.NewFromConfig(c.Config), latest: map[string]latest{}}
	if err := r.backups(ctx); err != nil {
		return err
	}
	return r.clusters(ctx)
}

// reader is one cell at work.
type reader struct {
	c   *cell.Cell
	api *cloudhsmv2.Client
	// latest is the newest READY backup of each cluster.
	latest map[string]latest
	// noBackups is why the backups are not whole; nil where they are.
	noBackups *evidence.Gap
}

type latest struct {
	at *time.Time
	// gap is why the newest one can't be told; nil where it can.
	gap *evidence.Gap
}

func (r *reader) backups(ctx context.Context) error {
	seen := r.c.Once("cloudhsm.backup")
	p := cloudhsmv2.NewDescribeBackupsPaginator(r.api, &cloudhsmv2.DescribeBackupsInput{MaxResults: aws.Int32(50)})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			g := r.c.Incomplete(err, "cloudhsm.backup")
			r.noBackups = &g
			return ctx.Err()
		}
		nameless := false
		for _, b := range page.Backups {
			id := aws.ToString(b.BackupId)
			if id == "" {
				nameless = true
				continue
			}
			if !seen.First(id, page.ResultMetadata) {
				continue
			}
			if err := r.backup(ctx, b, page.ResultMetadata); err != nil {
				return err
			}
		}
		if nameless {
			g := r.c.Half(page.ResultMetadata, describeBackups, "MissingMember", "a backup was described without its id", nil, nil, "cloudhsm.backup")
			r.noBackups = &g
		}
	}
	return nil
}

func (r *reader) backup(ctx context.Context, b types.Backup, md middleware.Metadata) error {
	id := aws.ToString(b.BackupArn)
	if id == "" {
		id = r.c.Account + "/" + r.c.Region + "/" + *b.BackupId
	}
	rec := &Backup{Meta: r.c.Meta(id), BackupID: *b.BackupId, ClusterID: b.ClusterId, State: string(b.BackupState), Created: cell.UTC(b.CreateTimestamp),
		Copied: cell.UTC(b.CopyTimestamp), DeleteAt: cell.UTC(b.DeleteTimestamp), NeverExpires: b.NeverExpires, HSMType: b.HsmType, Mode: cell.Text(string(b.Mode)),
		SourceRegion: b.SourceRegion, SourceBackup: b.SourceBackup, SourceCluster: b.SourceCluster}
	r.c.Read(&rec.Meta, md)
	cluster := aws.ToString(b.ClusterId)
	now := r.latest[cluster]
	switch {
	case rec.State == "":
		g := r.c.Half(md, describeBackups, "MissingMember", "AWS described the backup without BackupState", &rec.Meta, []string{"state"})
		now.gap = &g
	case rec.State == string(types.BackupStateReady) && rec.Created == nil:
		g := r.c.Half(md, describeBackups, "MissingMember", "AWS described the backup without CreateTimestamp", &rec.Meta, []string{"created"})
		now.gap = &g
	case rec.State == string(types.BackupStateReady) && (now.at == nil || rec.Created.After(*now.at)):
		now.at = rec.Created
	}
	r.latest[cluster] = now
	if cluster == "" && b.SourceRegion == nil {
		// It may be any cluster's newest.
		g := r.c.Half(md, describeBackups, "MissingMember", "AWS described the backup without ClusterId", &rec.Meta, []string{"cluster_id"})
		r.noBackups = &g
	}
	if err := r.tags(ctx, &rec.Meta, rec.BackupID, rec.State == string(types.BackupStateDeleted), b.TagList, &rec.Tags); err != nil {
		return err
	}
	return r.c.Emit(rec)
}

// tags takes the tags from the description, and asks for them where it has none: a description without a list is not a list
// without tags.
func (r *reader) tags(ctx context.Context, m *evidence.Meta, id string, deleted bool, inline []types.Tag, into *map[string]string) error {
	all := map[string]string{}
	if inline != nil {
		put(all, inline)
		*into = all
		return nil
	}
	p := cloudhsmv2.NewListTagsPaginator(r.api, &cloudhsmv2.ListTagsInput{ResourceId: &id, MaxResults: aws.Int32(100)})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil && deleted && tape.Code(err) == "CloudHsmResourceNotFoundException" {
			r.c.Known(m, err)
			*into = all
			return nil
		}
		if err != nil {
			r.c.Unknown(m, err, "tags")
			return ctx.Err()
		}
		r.c.Read(m, page.ResultMetadata)
		put(all, page.TagList)
	}
	*into = all
	return nil
}

func put(all map[string]string, tags []types.Tag) {
	for _, t := range tags {
		all[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
}
