package main

import (
	"fmt"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// What S3 charges in most regions, in US dollars: https://aws.amazon.com/s3/pricing/
const (
	listPrice = 0.005 / 1000
	getPrice  = 0.0004 / 1000
)

// sourceNotes count both ways to the history, whichever audit.yaml chooses: AWS Config's API is asked about each resource for each seven
// days, and takes its time; what it delivers to S3 is listed for each day, account and region and costs a little. resources is how many
// each account and region is supposed to have of the types in scope.
func sourceNotes(sc evidence.Scope, resources, days int) []string {
	if len(sc.History) == 0 {
		return nil
	}
	places := len(sc.Accounts) * len(sc.Regions)
	each := evidence.Operation{Each: "r", Weekly: true}.Calls(func(string) int { return resources }, days)
	calls, rate := each*places, tape.Rate(evidence.Operation{}, defaultShare)
	// The days of the period, those behind it and the one before it on which the last snapshot was delivered; a type's file every six hours at
	// most, and a snapshot at either end.
	lists := places * (days + 3)
	files := places * (4*days*(len(sc.History)+1) + 2)
	seconds := float64(lists+files) / s3Pace
	which := "AWS Config's API is the cheaper one: it costs nothing, and is as fast"
	if apiSeconds := float64(each) / rate; apiSeconds > seconds {
		which = fmt.Sprintf("the files are the cheaper one: the API takes %s longer, and saves US$ %.2f", duration(apiSeconds-seconds), float64(lists)*listPrice+float64(files)*getPrice)
	}
	chosen := "AWS Config's API"
	if sc.Delivery != nil {
		chosen = "what it delivers to " + sc.Delivery.Bucket
	}
	return []string{
		fmt.Sprintf("history by AWS Config's API: %s for %d resources in each account and region, at %g a second in each at least %s, free", count(calls, "call"), resources, rate, duration(float64(each)/rate)),
		fmt.Sprintf("history by S3 (history-from): %s and at most %d files, a file for each type every six hours, at %g a second at most %s, US$ %.2f", count(lists, "listing"), files, float64(s3Pace), duration(seconds),
			float64(lists)*listPrice+float64(files)*getPrice),
		"of the two " + which + "; audit.yaml chooses " + chosen,
	}
}

// s3Pace is how many requests a second are sent to the bucket.
const s3Pace = 100
