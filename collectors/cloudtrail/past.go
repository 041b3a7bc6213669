package cloudtrail

import (
	"github.com/auditseal/auditseal/collectors/configitem"
)

// Past lists what configuration items tell of the kinds of this package.
//
// AWS::CloudTrail::Trail carries what DescribeTrails answers (https://github.com/awslabs/aws-config-resource-schema): regions, log file
// validation, key, bucket, log group. It does not carry whether the trail is logging, which is its status, nor its event selectors and insights.
// AWS Config has the item in the trail's home region.
func Past() []configitem.Reader {
	return []configitem.Reader{
		configitem.For("AWS::CloudTrail::Trail", false, trailID, pastTrail),
	}
}

// NeverRecorded reports whether the trail is another account's, as it is seen here: its items are its owner's. Who owns it stands in its ARN, and
// so is the same whenever.
func (t *Trail) NeverRecorded() bool { return t.Owner != nil && *t.Owner != t.Account }

// trailID is the trail's ARN; AWS Config's resource id is its name.
func trailID(it *configitem.Item) string {
	return it.Amazon("cloudtrail", it.Region, it.Account, "trail/"+it.ResourceID)
}

func pastTrail(it *configitem.Item) (*Trail, []string, error) {
	var r configitem.Reading
	c := r.Configuration(it)
	t := &Trail{Tags: it.Tags}
	t.ID = trailID(it)
	if arn, ok := r.Text(c, "trailARN"); ok && arn != t.ID {
		r.Fail("the item of %s is of the trail %s", t.ID, arn)
	}
	if v, ok := r.Text(c, "name"); ok {
		t.Name = v
		r.Tell("name")
	}
	if owner := part(t.ID, 4); owner != "" {
		t.Owner = &owner
		r.Tell("owner")
	}
	for _, f := range []struct {
		member, field string
		to            **bool
	}{
		{"isOrganizationTrail", "organization", &t.Organization}, {"isMultiRegionTrail", "multi_region", &t.MultiRegion}, {"includeGlobalServiceEvents", "global_services", &t.GlobalServices},
		{"logFileValidationEnabled", "log_file_validation", &t.LogFileValidation}, {"hasCustomEventSelectors", "custom_selectors", &t.CustomSelectors},
	} {
		if v, ok := r.Bool(c, f.member); ok {
			*f.to = &v
			r.Tell(f.field)
		}
	}
	for _, f := range []struct {
		member, field string
		to            **string
	}{
		{"kmsKeyId", "kms_key", &t.KMSKey}, {"s3BucketName", "bucket", &t.Bucket}, {"s3KeyPrefix", "prefix", &t.Prefix}, {"snsTopicARN", "topic", &t.Topic},
		{"cloudWatchLogsLogGroupArn", "log_group", &t.LogGroup}, {"cloudWatchLogsRoleArn", "log_role", &t.LogRole},
	} {
		if v, ok := r.Text(c, f.member); ok {
			*f.to = &v
			r.Tell(f.field)
		}
	}
	if it.Tags != nil {
		r.Tell("tags")
	}
	return t, r.Told, r.Err
}
