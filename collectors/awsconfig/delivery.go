package awsconfig

import (
	"context"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// channels reads the delivery channels and how the last deliveries went.
func (r *reader) channels(ctx context.Context) error {
	out, err := r.api.DescribeDeliveryChannels(ctx, &configservice.DescribeDeliveryChannelsInput{})
	if err != nil {
		r.unread(err, []string{"config.delivery_channel"}, "has_delivery_channel", "history_delivery", "snapshot_delivery", "stream_delivery")
		return nil
	}
	r.c.Read(&r.region.Meta, out.ResultMetadata)
	if len(out.DeliveryChannels) == 0 {
		return nil
	}
	r.region.HasDeliveryChannel = true
	status, err := r.api.DescribeDeliveryChannelStatus(ctx, &configservice.DescribeDeliveryChannelStatusInput{})
	var failed *evidence.Gap
	if err != nil {
		g := r.c.Unknown(nil, err, "history", "snapshot", "stream")
		failed = &g
	}
	for i, x := range out.DeliveryChannels {
		name := aws.ToString(x.Name)
		ch := &DeliveryChannel{Meta: r.c.Meta(r.c.Account + "/" + r.c.Region + "/" + name), Name: name, Bucket: x.S3BucketName, Prefix: x.S3KeyPrefix,
			KMSKey: x.S3KmsKeyArn, Topic: x.SnsTopicARN}
		r.c.Read(&ch.Meta, out.ResultMetadata)
		if p := x.ConfigSnapshotDeliveryProperties; p != nil {
			ch.SnapshotFrequency = cell.Text(p.DeliveryFrequency)
		}
		gap := failed
		switch s := channelStatus(status, name); {
		case gap != nil:
			ch.Meta.UnknownBy(*gap, "history", "snapshot", "stream")
		case s == nil:
			g := r.half(status.ResultMetadata, "DescribeDeliveryChannelStatus", "MissingStatus", "AWS told no status of the delivery channel "+name,
				&ch.Meta, []string{"history", "snapshot", "stream"})
			gap = &g
		default:
			r.c.Read(&ch.Meta, status.ResultMetadata)
			r.c.Read(&r.region.Meta, status.ResultMetadata)
			ch.fill(s)
		}
		var unsent *evidence.Gap
		if gap == nil && ch.SnapshotFrequency != nil && ch.Snapshot.status() == nil {
			g := r.half(status.ResultMetadata, "DescribeDeliveryChannelStatus", "MissingStatus", "snapshots are scheduled, and AWS told not how the last one was delivered", &ch.Meta, []string{"snapshot.status"})
			unsent = &g
		}
		r.undelivered(ch, out.ResultMetadata)
		if i == 0 { // AWS allows one channel a region
			r.region.HistoryDelivery, r.region.SnapshotDelivery, r.region.StreamDelivery = ch.History.status(), ch.Snapshot.status(), ch.Stream.status()
			if gap != nil {
				r.region.Meta.UnknownBy(*gap, "history_delivery", "snapshot_delivery", "stream_delivery")
			}
			if unsent != nil {
				r.region.Meta.UnknownBy(*unsent, "snapshot_delivery")
			}
		}
		if err := r.c.Emit(ch); err != nil {
			return err
		}
	}
	return nil
}

func channelStatus(out *configservice.DescribeDeliveryChannelStatusOutput, name string) *types.DeliveryChannelStatus {
	if out == nil {
		return nil
	}
	for i := range out.DeliveryChannelsStatus {
		if s := &out.DeliveryChannelsStatus[i]; aws.ToString(s.Name) == name {
			return s
		}
	}
	return nil
}

func (ch *DeliveryChannel) fill(s *types.DeliveryChannelStatus) {
	export := func(d *types.ConfigExportDeliveryInfo) *Delivery {
		if d == nil {
			return nil
		}
		return &Delivery{Status: cell.Text(d.LastStatus), LastAttempt: cell.UTC(d.LastAttemptTime), LastSuccess: cell.UTC(d.LastSuccessfulTime), Next: cell.UTC(d.NextDeliveryTime),
			ErrorCode: d.LastErrorCode, ErrorMessage: d.LastErrorMessage}
	}
	ch.History, ch.Snapshot = export(s.ConfigHistoryDeliveryInfo), export(s.ConfigSnapshotDeliveryInfo)
	if d := s.ConfigStreamDeliveryInfo; d != nil {
		ch.Stream = &Delivery{Status: cell.Text(d.LastStatus), Changed: cell.UTC(d.LastStatusChangeTime), ErrorCode: d.LastErrorCode, ErrorMessage: d.LastErrorMessage}
	}
}

func (d *Delivery) status() *string {
	if d == nil {
		return nil
	}
	return d.Status
}

// defaultRetention is how long AWS Config keeps items where nothing is configured: seven years.
// https://docs.aws.amazon.com/config/latest/developerguide/delete-config-data-with-retention-period.html
const defaultRetention = 2557

// retention reads how long items are kept. AWS's empty answer means the default.
func (r *reader) retention(ctx context.Context) error {
	p := configservice.NewDescribeRetentionConfigurationsPaginator(r.api, &configservice.DescribeRetentionConfigurationsInput{})
	var found []*Retention
	last := &Retention{Meta: r.c.Meta(r.c.Account + "/" + r.c.Region), Days: defaultRetention, Default: true}
	var page *configservice.DescribeRetentionConfigurationsOutput
	for p.HasMorePages() {
		next, err := p.NextPage(ctx)
		if err != nil {
			kinds := []string{"config.retention_configuration"}
			if len(r.c.Scope.History) > 0 { // it is not known whether the period's beginning is still kept
				kinds = append(kinds, "config.configuration_item")
			}
			r.unread(err, kinds, "retention_days")
			return nil
		}
		page = next
		r.c.Read(&last.Meta, page.ResultMetadata)
		r.c.Read(&r.region.Meta, page.ResultMetadata)
		for _, x := range page.RetentionConfigurations {
			if x.RetentionPeriodInDays == nil {
				r.half(page.ResultMetadata, "DescribeRetentionConfigurations", "MissingDays", "AWS gave a retention configuration without its days", &r.region.Meta,
					[]string{"retention_days"}, "config.retention_configuration")
				return nil
			}
			ret := &Retention{Meta: r.c.Meta(r.c.Account + "/" + r.c.Region + "/" + aws.ToString(x.Name)), Name: x.Name, Days: int(*x.RetentionPeriodInDays)}
			r.c.Read(&ret.Meta, page.ResultMetadata)
			found = append(found, ret) // AWS allows one a region
		}
	}
	if len(found) == 0 {
		found = append(found, last)
	}
	r.region.RetentionDays = found[0].Days
	for _, ret := range found {
		ret.HasRecorder = r.region.HasRecorder
		for _, u := range r.region.Unknown {
			if u.Field == "has_recorder" {
				ret.Unknown = append(ret.Unknown, u)
			}
		}
		ret.KeptSince = r.c.Scope.AsOf.UTC().AddDate(0, 0, -ret.Days)
		r.region.RetentionDays = min(r.region.RetentionDays, ret.Days)
		if len(r.c.Scope.History) > 0 && ret.KeptSince.After(r.c.Period.From) {
			r.half(page.ResultMetadata, "DescribeRetentionConfigurations", "RetentionTooShort",
				"configuration items are kept for "+strconv.Itoa(ret.Days)+" days, so what was recorded at the beginning of the period is deleted", nil, nil, "config.configuration_item")
		}
		if err := r.c.Emit(ret); err != nil {
			return err
		}
	}
	return nil
}

// undelivered says that the past is not whole in the bucket that it is read from: the channel delivers to another place, or its last delivery
// failed.
func (r *reader) undelivered(ch *DeliveryChannel, md middleware.Metadata) {
	d := r.c.Scope.Delivery
	if d == nil || len(r.c.Scope.History) == 0 {
		return
	}
	code, why := "", ""
	switch bucket, prefix := aws.ToString(ch.Bucket), strings.Trim(aws.ToString(ch.Prefix), "/"); {
	case bucket != d.Bucket || prefix != d.Prefix:
		code, why = "DeliveredElsewhere", "the channel delivers to "+strings.TrimSuffix(bucket+"/"+prefix, "/")+", and the history is read from another place"
	case ch.History != nil && strings.EqualFold(aws.ToString(ch.History.Status), "Failure"):
		code, why = "DeliveryFailed", "the last delivery of configuration history to the bucket failed"
	default:
		return
	}
	r.c.HistoryUnread(cutShort(md, "DescribeDeliveryChannels", code, why), "", r.c.Scope.History, "config.configuration_item")
}
