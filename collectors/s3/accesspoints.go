package s3

import (
	"context"
	"encoding/xml"
	"iter"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/aws-sdk-go-v2/service/s3control/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// noAccessPointPolicy is what AWS answers about an access point without a policy.
const noAccessPointPolicy = "NoSuchAccessPointPolicy"

// accessPoints reads the access points of every region in scope.
func (r *reader) accessPoints(ctx context.Context) error {
	seen := r.c.Once("s3.access_point")
	for _, region := range slices.Sorted(slices.Values(r.c.Planned)) {
		client := r.control(region)
		var broken error
		read := func(ctx context.Context, l listedAccessPoint) *AccessPoint {
			return r.accessPoint(ctx, client, region, l)
		}
		err := cell.Ordered(ctx, r.listedAccessPoints(ctx, client, region, seen, &broken), read, func(a *AccessPoint) error { return r.c.Emit(a) })
		if err != nil {
			return err
		}
		if broken != nil {
			r.c.Incomplete(broken, "s3.access_point")
		}
	}
	return nil
}

// listedAccessPoint is one entry of ListAccessPoints, the page it stood on, and its ARN.
type listedAccessPoint struct {
	types.AccessPoint
	page middleware.Metadata
	id   string
}

func (r *reader) listedAccessPoints(ctx context.Context, client *s3control.Client, region string, seen *cell.Once, broken *error) iter.Seq[listedAccessPoint] {
	return func(yield func(listedAccessPoint) bool) {
		p := s3control.NewListAccessPointsPaginator(client, &s3control.ListAccessPointsInput{AccountId: &r.c.Account, MaxResults: 1000, DataSourceType: ptr("ALL")})
		for p.HasMorePages() {
			page, err := p.NextPage(ctx)
			if err != nil {
				*broken = err
				return
			}
			nameless := false
			for _, a := range page.AccessPointList {
				if aws.ToString(a.Name) == "" {
					nameless = true
					continue
				}
				l := listedAccessPoint{a, page.ResultMetadata, aws.ToString(a.AccessPointArn)}
				if l.id == "" {
					l.id = "arn:" + r.c.Partition + ":s3:" + region + ":" + r.c.Account + ":accesspoint/" + *a.Name
				}
				if seen.First(l.id, page.ResultMetadata) && !yield(l) {
					return
				}
			}
			if nameless {
				r.c.Half(page.ResultMetadata, listAccessPoints, "MissingMember", "an access point was listed without its name", nil, nil, "s3.access_point")
			}
		}
	}
}

// accessPoint asks for one access point's block and for the verdict on its policy.
func (r *reader) accessPoint(ctx context.Context, client *s3control.Client, region string, l listedAccessPoint) *AccessPoint {
	a := &AccessPoint{Meta: r.c.Meta(l.id), Name: *l.Name, Bucket: cell.Text(aws.ToString(l.Bucket)), BucketAccount: l.BucketAccountId, SourceType: l.DataSourceType, Network: string(l.NetworkOrigin), Alias: l.Alias}
	a.Region = region
	r.c.Read(&a.Meta, l.page)
	if v := l.VpcConfiguration; v != nil {
		a.VPC = v.VpcId
	}
	if a.Network == "" {
		r.c.Half(l.page, listAccessPoints, "MissingMember", "the access point was listed without its NetworkOrigin", &a.Meta, []string{"network"})
	}
	var own level
	out, err := client.GetAccessPoint(ctx, &s3control.GetAccessPointInput{AccountId: &r.c.Account, Name: l.Name})
	if err != nil {
		own = unread(r.c.Unknown(&a.Meta, err, "public_access_block", "created"))
	} else {
		r.c.Read(&a.Meta, out.ResultMetadata)
		a.Created = cell.UTC(out.CreationDate)
		own = r.controlBlock(&a.Meta, &a.Block, out.PublicAccessBlockConfiguration, out.ResultMetadata, getAccessPoint)
	}
	a.Effective = effective(&a.Meta, own, r.account)
	var said bool
	status, err := client.GetAccessPointPolicyStatus(ctx, &s3control.GetAccessPointPolicyStatusInput{AccountId: &r.c.Account, Name: l.Name}, lookFor(&said))
	switch {
	case err == nil:
		a.PolicyPublic = r.verdict(&a.Meta, status.PolicyStatus, said, status.ResultMetadata, getAccessPointPolicyStatus)
	case r.absent(&a.Meta, err, noAccessPointPolicy):
		a.PolicyPublic = ptr(false)
	default:
		r.c.Unknown(&a.Meta, err, "policy_public")
	}
	return a
}

// verdict takes AWS's judgement of a policy, if AWS gave one.
func (r *reader) verdict(m *evidence.Meta, s *types.PolicyStatus, said bool, md middleware.Metadata, op evidence.Operation) *bool {
	if !said {
		r.c.Half(md, op, "MissingMember", "AWS answered "+op.Name+" without IsPublic", m, []string{"policy_public"})
		return nil
	}
	r.c.Read(m, md)
	return &s.IsPublic
}

// controlHome is the region that answers for Multi-Region Access Points, whichever regions they lead to.
const controlHome = "us-west-2"

// multiRegionAccessPoints reads the account's Multi-Region Access Points.
func (r *reader) multiRegionAccessPoints(ctx context.Context) error {
	if r.c.Partition != "aws" {
		r.c.Absent(listMultiRegionAccessPoints, "NotInPartition", "AWS has Multi-Region Access Points in the partition aws only", "s3.multi_region_access_point")
		return nil
	}
	const kind = "s3.multi_region_access_point"
	client, seen := r.control(controlHome), r.c.Once(kind)
	p := s3control.NewListMultiRegionAccessPointsPaginator(client, &s3control.ListMultiRegionAccessPointsInput{AccountId: &r.c.Account})
	return cell.Pages(ctx, p, func(err error) { r.c.Incomplete(err, kind) }, func(page *s3control.ListMultiRegionAccessPointsOutput) error {
		for _, e := range page.AccessPoints {
			if aws.ToString(e.Alias) == "" || aws.ToString(e.Name) == "" {
				r.c.Half(page.ResultMetadata, listMultiRegionAccessPoints, "MissingMember", "a Multi-Region Access Point was listed without its name or alias", nil, nil, kind)
				continue
			}
			if !seen.First(*e.Alias, page.ResultMetadata) {
				continue
			}
			if err := r.c.Emit(r.multiRegionAccessPoint(ctx, client, e, page.ResultMetadata)); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
}

func (r *reader) multiRegionAccessPoint(ctx context.Context, client *s3control.Client, e types.MultiRegionAccessPointReport, md middleware.Metadata) *MultiRegionAccessPoint {
	a := &MultiRegionAccessPoint{Meta: r.c.Meta("arn:" + r.c.Partition + ":s3::" + r.c.Account + ":accesspoint/" + *e.Alias), Name: *e.Name, Alias: *e.Alias,
		Status: string(e.Status), Created: cell.UTC(e.CreatedAt), Buckets: []string{}}
	a.Region = controlHome
	r.c.Read(&a.Meta, md)
	for _, b := range e.Regions {
		a.Buckets = append(a.Buckets, aws.ToString(b.Region)+"/"+aws.ToString(b.Bucket))
	}
	slices.Sort(a.Buckets)
	if a.Status == "" {
		r.c.Half(md, listMultiRegionAccessPoints, "MissingMember", "the Multi-Region Access Point was listed without its status", &a.Meta, []string{"status"})
	}
	a.Effective = effective(&a.Meta, r.controlBlock(&a.Meta, &a.Block, e.PublicAccessBlock, md, listMultiRegionAccessPoints), r.account)
	var said bool
	out, err := client.GetMultiRegionAccessPointPolicyStatus(ctx, &s3control.GetMultiRegionAccessPointPolicyStatusInput{AccountId: &r.c.Account, Name: e.Name}, lookFor(&said))
	switch {
	case err == nil:
		a.PolicyPublic = r.verdict(&a.Meta, out.Established, said, out.ResultMetadata, getMultiRegionAccessPointPolicyStatus)
	case r.absent(&a.Meta, err, noAccessPointPolicy):
		a.PolicyPublic = ptr(false)
	default:
		r.c.Unknown(&a.Meta, err, "policy_public")
	}
	return a
}

// lookFor notes whether the answer says IsPublic: S3 Control's client reads its lack as false, which would be "not public".
func lookFor(said *bool) func(*s3control.Options) {
	return func(o *s3control.Options) {
		o.APIOptions = append(o.APIOptions, cell.Body(func(body []byte, _ *middleware.Metadata) {
			var answer struct {
				PolicyStatus, Established struct{ IsPublic string }
			}
			*said = false
			if xml.Unmarshal(body, &answer) == nil {
				v := strings.TrimSpace(answer.PolicyStatus.IsPublic + answer.Established.IsPublic)
				*said = strings.EqualFold(v, "true") || strings.EqualFold(v, "false")
			}
		}))
	}
}
