package tests_test

import (
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors/cloudtrail"
	"github.com/auditseal/auditseal/frameworks/assess"
)

// logged is a region with nothing amiss, changed by the functions.
func logged(change ...func(*cloudtrail.Coverage)) *cloudtrail.Coverage {
	c := &cloudtrail.Coverage{Status: ptr("enabled"), Missing: []string{}, MultiRegion: ptr(true), Trails: []string{"arn"}, S3DataEvents: ptr("all"), Insights: []string{"ApiCallRateInsight", "ApiErrorRateInsight"}}
	for _, f := range change {
		f(c)
	}
	return c
}

// trail is a trail with nothing amiss.
func trail(change ...func(*cloudtrail.Trail)) *cloudtrail.Trail {
	recent := asOf.Add(-10 * time.Minute)
	t := &cloudtrail.Trail{Owner: ptr("111122223333"), OwnerInScope: ptr(true), LogFileValidation: ptr(true), KMSKey: ptr("arn:aws:kms:eu-west-1:111122223333:key/k"), LogGroup: ptr("group"), Excluded: []string{}, DataEvents: []string{}, Insights: []string{},
		Status: &cloudtrail.Status{Logging: true, Delivered: &recent, Digest: &recent, Logs: &recent}}
	for _, f := range change {
		f(t)
	}
	return t
}

// otherOwner makes it the trail of another account that the audit reads, of which it is told nothing here; unreadOwner that of one that the audit does not read.
func otherOwner(x *cloudtrail.Trail) {
	x.Owner, x.Status, x.LogFileValidation, x.KMSKey, x.LogGroup = ptr("444455556666"), nil, ptr(false), nil, nil
	unread(x, "status")
}

func unreadOwner(x *cloudtrail.Trail) { x.Owner, x.OwnerInScope = ptr("444455556666"), ptr(false) }

// ownerless is a trail of which nobody knows whose it is.
func ownerless(x *cloudtrail.Trail) { x.Owner, x.OwnerInScope = nil, nil }

func lake(change ...func(*cloudtrail.EventDataStore)) *cloudtrail.EventDataStore {
	s := &cloudtrail.EventDataStore{Status: ptr("ENABLED"), TerminationProtection: ptr(true), RetentionDays: ptr(365), KMSKey: ptr("arn:aws:kms:eu-west-1:111122223333:key/k"), ManagementEvents: ptr("all"),
		Categories: []string{"Management"}, Excluded: []string{}}
	for _, f := range change {
		f(s)
	}
	return s
}

func TestCloudTrailResults(t *testing.T) {
	status := func(v *string) func(*cloudtrail.Coverage) {
		return func(c *cloudtrail.Coverage) { c.Status = v }
	}
	many := func(v *bool) func(*cloudtrail.Coverage) {
		return func(c *cloudtrail.Coverage) { c.MultiRegion = v }
	}
	objects := func(v *string) func(*cloudtrail.Coverage) {
		return func(c *cloudtrail.Coverage) { c.S3DataEvents = v }
	}
	insights := func(v ...string) func(*cloudtrail.Coverage) {
		return func(c *cloudtrail.Coverage) { c.Insights = v }
	}
	stopped := func(x *cloudtrail.Trail) { x.Status = &cloudtrail.Status{} }
	nothingRead := func(x *cloudtrail.Trail) { x.Status = nil }
	old := ptr(asOf.Add(-25 * time.Hour))
	set := func(f func(*cloudtrail.Status)) func(*cloudtrail.Trail) {
		return func(x *cloudtrail.Trail) { f(x.Status) }
	}
	try(t, []trial{
		{"cloudtrail-management-events-logged",
			records{logged(), logged(many(ptr(false)))},
			records{logged(status(ptr("partly-enabled"))), logged(status(ptr("not-enabled"))), logged(status(ptr("enabled-somehow"))), logged(status(ptr("")))},
			records{unread(logged(status(nil)), "status", "missing"), logged(status(nil)), unread(logged(), "status")}},
		{"cloudtrail-multi-region",
			records{logged(), logged(status(ptr("partly-enabled")))},
			records{logged(many(ptr(false)))},
			records{unread(logged(many(nil)), "multi_region"), logged(many(nil))}},
		{"cloudtrail-logging",
			records{trail(), trail(otherOwner), trail(unreadOwner)},
			records{trail(stopped), trail(stopped, unreadOwner)},
			records{unread(trail(nothingRead), "status"), trail(nothingRead), unread(trail(nothingRead, unreadOwner), "status"), trail(ownerless)}},
		{"cloudtrail-delivery-healthy",
			records{trail(), trail(stopped), trail(otherOwner), trail(unreadOwner)},
			records{trail(unreadOwner, set(func(s *cloudtrail.Status) { s.Delivered = nil })), trail(set(func(s *cloudtrail.Status) { s.Delivered = nil })), trail(set(func(s *cloudtrail.Status) { s.Delivered = old })),
				trail(set(func(s *cloudtrail.Status) { s.DeliveryError = ptr("NoSuchBucket") }))},
			records{unread(trail(nothingRead), "status"), trail(nothingRead), unread(trail(nothingRead, unreadOwner), "status"), trail(ownerless)}},
		{"cloudtrail-log-file-validation",
			records{trail(), trail(nothingRead), trail(otherOwner), trail(nothingRead, unreadOwner)},
			records{trail(func(x *cloudtrail.Trail) { x.LogFileValidation = ptr(false) }), trail(unreadOwner, func(x *cloudtrail.Trail) { x.LogFileValidation = ptr(false) })},
			records{trail(ownerless), unread(trail(func(x *cloudtrail.Trail) { x.LogFileValidation = nil }), "log_file_validation"), trail(func(x *cloudtrail.Trail) { x.LogFileValidation = nil })}},
		{"cloudtrail-digests-delivered",
			records{trail(), trail(stopped), trail(otherOwner), trail(unreadOwner), trail(func(x *cloudtrail.Trail) { x.LogFileValidation, x.Status.Digest = ptr(false), nil })},
			records{trail(set(func(s *cloudtrail.Status) { s.Digest = nil })), trail(set(func(s *cloudtrail.Status) { s.Digest = old })), trail(set(func(s *cloudtrail.Status) { s.DigestError = ptr("AccessDenied") }))},
			records{unread(trail(nothingRead), "status"), unread(trail(func(x *cloudtrail.Trail) { x.LogFileValidation = nil }), "log_file_validation"), unread(trail(nothingRead, unreadOwner), "status"), trail(ownerless)}},
		{"cloudtrail-kms",
			records{trail(), trail(nothingRead), trail(otherOwner), trail(nothingRead, unreadOwner)},
			records{trail(unreadOwner, func(x *cloudtrail.Trail) { x.KMSKey = nil }), trail(func(x *cloudtrail.Trail) { x.KMSKey = nil }), trail(func(x *cloudtrail.Trail) { x.KMSKey = ptr("") })},
			records{trail(ownerless), unread(trail(), "kms_key"), unread(trail(func(x *cloudtrail.Trail) { x.KMSKey = nil }), "kms_key")}},
		{"cloudtrail-cloudwatch-logs",
			records{trail(), trail(stopped), trail(otherOwner), trail(unreadOwner)},
			records{trail(unreadOwner, func(x *cloudtrail.Trail) { x.LogGroup = nil }), trail(func(x *cloudtrail.Trail) { x.LogGroup = nil }), trail(set(func(s *cloudtrail.Status) { s.Logs = nil })), trail(set(func(s *cloudtrail.Status) { s.Logs = old })),
				trail(set(func(s *cloudtrail.Status) { s.LogsError = ptr("Access denied.") }))},
			records{unread(trail(nothingRead), "status"), trail(nothingRead), unread(trail(nothingRead, unreadOwner), "status"), trail(ownerless)}},
		{"cloudtrail-s3-data-events",
			records{logged(), logged(status(ptr("not-enabled")))},
			records{logged(objects(ptr("none"))), logged(objects(ptr("some"))), logged(objects(ptr("read-only"))), logged(objects(ptr("write-only"))), logged(objects(ptr("everything")))},
			records{unread(logged(objects(nil)), "s3_data_events"), logged(objects(nil))}},
		{"cloudtrail-insights",
			records{logged()},
			records{logged(insights()), logged(insights("ApiCallRateInsight")), logged(insights("ApiErrorRateInsight"))},
			records{unread(logged(insights()), "insights")}},
		{"cloudtrail-lake-termination-protection",
			records{lake(), lake(func(s *cloudtrail.EventDataStore) { s.Status = ptr("STOPPED_INGESTION") })},
			records{lake(func(s *cloudtrail.EventDataStore) { s.TerminationProtection = ptr(false) }), lake(func(s *cloudtrail.EventDataStore) { s.Status = ptr("PENDING_DELETION") }),
				lake(func(s *cloudtrail.EventDataStore) { s.Status = ptr("SOMEHOW") })},
			records{unread(lake(func(s *cloudtrail.EventDataStore) { s.TerminationProtection = nil }), "termination_protection"), unread(lake(func(s *cloudtrail.EventDataStore) { s.Status = nil }), "status"),
				lake(func(s *cloudtrail.EventDataStore) { s.TerminationProtection = nil })}},
		{"cloudtrail-lake-retention",
			records{lake(), lake(func(s *cloudtrail.EventDataStore) { s.ManagementEvents, s.RetentionDays = ptr("none"), ptr(7) })},
			records{lake(func(s *cloudtrail.EventDataStore) { s.RetentionDays = ptr(364) }), lake(func(s *cloudtrail.EventDataStore) { s.ManagementEvents, s.RetentionDays = ptr("some"), ptr(90) })},
			records{unread(lake(func(s *cloudtrail.EventDataStore) { s.RetentionDays = nil }), "retention_days"), unread(lake(func(s *cloudtrail.EventDataStore) { s.ManagementEvents = nil }), "management_events")}},
		{"cloudtrail-lake-kms",
			records{lake()},
			records{lake(func(s *cloudtrail.EventDataStore) { s.KMSKey = nil }), lake(func(s *cloudtrail.EventDataStore) { s.KMSKey = ptr("") })},
			records{unread(lake(func(s *cloudtrail.EventDataStore) { s.KMSKey = nil }), "kms_key")}},
	})
	for _, id := range []string{"cloudtrail-logging", "cloudtrail-delivery-healthy", "cloudtrail-kms"} {
		if r := perform(t, id, nil); r.Result != assess.Exception {
			t.Errorf("%s: no trail at all gives %s", id, r.Result)
		}
	}
}
