package moto

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awscloudtrail "github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	trailtypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/auditseal/auditseal/collectors/cloudtrail"
)

// seedTrails makes a trail of everything in the caller's account; in zero's one of its region alone that reads and misses KMS; in
// third's one that was stopped, and one about whose events nobody said anything.
func seedTrails(t *testing.T, s *server) {
	t.Helper()
	ctx := t.Context()
	c := awscloudtrail.NewFromConfig(s.as(t, caller, "eu-west-1"))
	trail := func(c *awscloudtrail.Client, in *awscloudtrail.CreateTrailInput) *string {
		out, err := c.CreateTrail(ctx, in)
		must(t, err)
		return out.TrailARN
	}
	start := func(c *awscloudtrail.Client, arn *string) {
		_, err := c.StartLogging(ctx, &awscloudtrail.StartLoggingInput{Name: arn})
		must(t, err)
	}
	main := trail(c, &awscloudtrail.CreateTrailInput{Name: aws.String("main"), S3BucketName: aws.String(bucketName(caller, "locked")), S3KeyPrefix: aws.String("trail"), IsMultiRegionTrail: aws.Bool(true),
		IncludeGlobalServiceEvents: aws.Bool(true), EnableLogFileValidation: aws.Bool(true), IsOrganizationTrail: aws.Bool(true), KmsKeyId: aws.String("arn:aws:kms:eu-west-1:" + caller + ":key/0a1b2c3d"),
		CloudWatchLogsLogGroupArn: aws.String("arn:aws:logs:eu-west-1:" + caller + ":log-group:trail:*"), CloudWatchLogsRoleArn: aws.String("arn:aws:iam::" + caller + ":role/trail"),
		TagsList: []trailtypes.Tag{{Key: aws.String("owner"), Value: aws.String("=security")}}})
	field := func(name string, values ...string) trailtypes.AdvancedFieldSelector {
		return trailtypes.AdvancedFieldSelector{Field: &name, Equals: values}
	}
	_, err := c.PutEventSelectors(ctx, &awscloudtrail.PutEventSelectorsInput{TrailName: main, AdvancedEventSelectors: []trailtypes.AdvancedEventSelector{
		{Name: aws.String("management"), FieldSelectors: []trailtypes.AdvancedFieldSelector{field("eventCategory", "Management")}},
		{Name: aws.String("objects"), FieldSelectors: []trailtypes.AdvancedFieldSelector{field("eventCategory", "Data"), field("resources.type", "AWS::S3::Object")}},
		{Name: aws.String("functions"), FieldSelectors: []trailtypes.AdvancedFieldSelector{field("eventCategory", "Data"), field("resources.type", "AWS::Lambda::Function"), field("readOnly", "false")}}}})
	must(t, err)
	_, err = c.PutInsightSelectors(ctx, &awscloudtrail.PutInsightSelectorsInput{TrailName: main, InsightSelectors: []trailtypes.InsightSelector{{InsightType: trailtypes.InsightTypeApiErrorRateInsight}, {InsightType: trailtypes.InsightTypeApiCallRateInsight}}})
	must(t, err)
	start(c, main)

	c = awscloudtrail.NewFromConfig(s.as(t, zero, "us-east-1"))
	reads := trail(c, &awscloudtrail.CreateTrailInput{Name: aws.String("reads"), S3BucketName: aws.String(bucketName(zero, "logs"))})
	_, err = c.PutEventSelectors(ctx, &awscloudtrail.PutEventSelectorsInput{TrailName: reads, EventSelectors: []trailtypes.EventSelector{{ReadWriteType: trailtypes.ReadWriteTypeReadOnly, IncludeManagementEvents: aws.Bool(true),
		ExcludeManagementEventSources: []string{"kms.amazonaws.com"}, DataResources: []trailtypes.DataResource{{Type: aws.String("AWS::S3::Object"), Values: []string{"arn:aws:s3:::" + bucketName(zero, "open") + "/"}}}}}})
	must(t, err)
	start(c, reads)

	c = awscloudtrail.NewFromConfig(s.as(t, third, "eu-west-1"))
	stopped := trail(c, &awscloudtrail.CreateTrailInput{Name: aws.String("stopped"), S3BucketName: aws.String(bucketName(third, "logs")), IsMultiRegionTrail: aws.Bool(true)})
	_, err = c.PutEventSelectors(ctx, &awscloudtrail.PutEventSelectorsInput{TrailName: stopped, EventSelectors: []trailtypes.EventSelector{{ReadWriteType: trailtypes.ReadWriteTypeAll, IncludeManagementEvents: aws.Bool(true),
		DataResources: []trailtypes.DataResource{{Type: aws.String("AWS::S3::Object"), Values: []string{"arn:aws:s3:::"}}}}}})
	must(t, err)
	start(c, stopped)
	_, err = c.StopLogging(ctx, &awscloudtrail.StopLoggingInput{Name: stopped})
	must(t, err)
	trail(c, &awscloudtrail.CreateTrailInput{Name: aws.String("unsaid"), S3BucketName: aws.String(bucketName(third, "logs"))})
}

func checkTrails(t *testing.T, s *server, pack string) {
	var held []*cloudtrail.Trail
	for _, account := range accounts {
		for _, region := range regions {
			c := awscloudtrail.NewFromConfig(s.as(t, account, region))
			list, err := c.DescribeTrails(t.Context(), &awscloudtrail.DescribeTrailsInput{IncludeShadowTrails: aws.Bool(false)})
			must(t, err)
			for _, l := range list.TrailList {
				held = append(held, trailOf(t, c, account, l))
			}
		}
	}
	recorded := records[cloudtrail.Trail](t, pack, "cloudtrail.trail")
	for _, r := range recorded {
		// A trail that is logging delivers on and on; moto says so of the moment that it is asked.
		for _, h := range held {
			if h.ID == r.ID && h.Status.Logging && r.Status != nil && r.Status.Delivered != nil && !r.Status.Delivered.After(*h.Status.Delivered) {
				h.Status.Delivered = r.Status.Delivered
			}
		}
	}
	agree(t, held, recorded)

	both, none := []string{"ApiCallRateInsight", "ApiErrorRateInsight"}, []string{}
	covers := func(account, region, status string, missing []string, multi bool, trails []string, objects string, insights []string) *cloudtrail.Coverage {
		for i, name := range trails {
			trails[i] = "arn:aws:cloudtrail:" + name
		}
		return &cloudtrail.Coverage{Meta: meta(account, region, account+"/"+region+"/cloudtrail"), Status: &status, Missing: missing, MultiRegion: &multi, Trails: trails, S3DataEvents: &objects, Insights: insights}
	}
	nothing := []string{"read", "write"}
	main, stopped := "eu-west-1:"+caller+":trail/main", "eu-west-1:"+third+":trail/stopped"
	readsOnly := covers(zero, "us-east-1", "partly-enabled", []string{"kms.amazonaws.com", "write"}, false, []string{"us-east-1:" + zero + ":trail/reads"}, "some", nil)
	readsOnly.Meta = meta(zero, "us-east-1", readsOnly.ID, "insights")
	agree(t, []*cloudtrail.Coverage{
		readsOnly,
		covers(caller, "eu-west-1", "enabled", none, true, []string{main}, "all", both),
		covers(caller, "us-east-1", "enabled", none, true, []string{main}, "all", both),
		covers(zero, "eu-west-1", "not-enabled", nothing, false, none, "none", none),
		covers(third, "eu-west-1", "not-enabled", nothing, false, []string{stopped, "eu-west-1:" + third + ":trail/unsaid"}, "none", none),
		covers(third, "us-east-1", "not-enabled", nothing, false, []string{stopped}, "none", none),
	}, records[cloudtrail.Coverage](t, pack, "cloudtrail.coverage"))
}

// trailOf asks moto itself. What the selectors come to follows from what was seeded.
func trailOf(t *testing.T, c *awscloudtrail.Client, account string, l trailtypes.Trail) *cloudtrail.Trail {
	t.Helper()
	ctx := t.Context()
	x := &cloudtrail.Trail{Name: *l.Name, Owner: &account, OwnerInScope: ptr(true), Organization: l.IsOrganizationTrail, MultiRegion: l.IsMultiRegionTrail, GlobalServices: l.IncludeGlobalServiceEvents,
		LogFileValidation: l.LogFileValidationEnabled, KMSKey: text(aws.ToString(l.KmsKeyId)), Bucket: l.S3BucketName, Prefix: text(aws.ToString(l.S3KeyPrefix)), Topic: l.SnsTopicARN,
		LogGroup: text(aws.ToString(l.CloudWatchLogsLogGroupArn)), LogRole: text(aws.ToString(l.CloudWatchLogsRoleArn)), CustomSelectors: l.HasCustomEventSelectors, Excluded: []string{}, DataEvents: []string{}, Insights: []string{}, Tags: map[string]string{}}
	is, err := c.GetTrailStatus(ctx, &awscloudtrail.GetTrailStatusInput{Name: l.TrailARN})
	must(t, err)
	x.Status = &cloudtrail.Status{Logging: *is.IsLogging, Started: utc(is.StartLoggingTime), Stopped: utc(is.StopLoggingTime), Delivered: utc(is.LatestDeliveryTime)}
	selectors, err := c.GetEventSelectors(ctx, &awscloudtrail.GetEventSelectorsInput{TrailName: l.TrailARN})
	must(t, err)
	x.Advanced = ptr(len(selectors.AdvancedEventSelectors) > 0)
	var unread []string
	switch *l.Name {
	case "main":
		x.ManagementEvents, x.DataEvents, x.S3DataEvents = ptr("all"), []string{"AWS::Lambda::Function", "AWS::S3::Object"}, ptr("all")
	case "reads":
		x.ManagementEvents, x.Excluded, x.DataEvents, x.S3DataEvents = ptr("read-only"), []string{"kms.amazonaws.com"}, []string{"AWS::S3::Object"}, ptr("some")
	case "stopped":
		x.ManagementEvents, x.DataEvents, x.S3DataEvents = ptr("all"), []string{"AWS::S3::Object"}, ptr("all")
	case "unsaid":
		// A trail takes all management events at AWS where nobody says anything else, and AWS says so; moto gives no selector.
		unread = []string{"advanced_selectors", "data_events", "excluded_sources", "management_events", "s3_data_events"}
		x.Advanced, x.DataEvents, x.Excluded = nil, nil, nil
	}
	insights, err := c.GetInsightSelectors(ctx, &awscloudtrail.GetInsightSelectorsInput{TrailName: l.TrailARN})
	must(t, err)
	if insights.InsightSelectors == nil {
		// AWS says InsightNotEnabledException of a trail that looks for none; moto leaves the list out.
		unread, x.Insights = append(unread, "insights"), nil
	}
	for _, i := range by(insights.InsightSelectors, func(i trailtypes.InsightSelector) string { return string(i.InsightType) }) {
		x.Insights = append(x.Insights, string(i.InsightType))
	}
	tags, err := c.ListTags(ctx, &awscloudtrail.ListTagsInput{ResourceIdList: []string{*l.TrailARN}})
	must(t, err)
	for _, v := range tags.ResourceTagList[0].TagsList {
		x.Tags[*v.Key] = *v.Value
	}
	x.Meta = meta(account, *l.HomeRegion, *l.TrailARN, unread...)
	return x
}
