package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// An AccessPoint is a named endpoint of a bucket.
type AccessPoint struct {
	Name, Region, Bucket string
	// VPC is empty where it is open to the internet.
	VPC     string
	Created time.Time
	Block   PublicBlock
	// Policy says that there is one, Public what AWS thinks of it.
	Policy, Public bool
}

// A MultiRegionAccessPoint is one endpoint for buckets in several regions.
type MultiRegionAccessPoint struct {
	Name, Alias string
	Created     time.Time
	Block       PublicBlock
	Buckets     []Bucket
	Public      bool
}

func s3ControlService() service {
	return service{name: "s3-control", signing: "s3", prefix: "/v20180820", protocol: restXML, namespace: "http://awss3control.amazonaws.com/doc/2018-08-20/", global: true,
		tokens: map[string]string{"ListAccessPoints": "NextToken"}, denied: s3Denied,
		operations: map[string]handler{
			"GetPublicAccessBlock": accountBlock, "ListAccessPoints": listAccessPoints, "GetAccessPoint": accessPoint, "GetAccessPointPolicyStatus": accessPointPolicyStatus,
			"ListMultiRegionAccessPoints": multiRegionAccessPoints, "GetMultiRegionAccessPointPolicyStatus": multiRegionPolicyStatus,
		},
		routes: map[string]string{
			"GET /configuration/publicAccessBlock": "GetPublicAccessBlock", "GET /accesspoint": "ListAccessPoints", "GET /accesspoint/{Name}": "GetAccessPoint",
			"GET /accesspoint/{Name}/policyStatus": "GetAccessPointPolicyStatus", "GET /mrap/instances": "ListMultiRegionAccessPoints",
			"GET /mrap/instances/{Name}/policystatus": "GetMultiRegionAccessPointPolicyStatus",
		},
	}
}

// wantOwner refuses where the account of the header is not the caller's, and where the region is not the account's.
func (q *query) wantOwner(anywhere bool) *Failure {
	switch id := q.RequestHeader.Get("X-Amz-Account-Id"); {
	case id == "":
		return q.invalid("InvalidRequest", "Missing x-amz-account-id header")
	case id != q.Account:
		return &Failure{Status: 403, Code: "AccessDenied", Message: "Access Denied"}
	case q.place == nil && !anywhere:
		return &Failure{Status: 403, Code: "InvalidToken", Message: "The provided token is malformed or otherwise invalid."}
	}
	return nil
}

func accountBlock(q *query) (any, *Failure) {
	if f := q.wantOwner(false); f != nil {
		return nil, f
	}
	if q.s3().Block == nil {
		return nil, gone("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found")
	}
	return blockXML("PublicAccessBlockConfiguration", *q.s3().Block), nil
}

var accessPointPages = paging{limit: "maxResults", token: "nextToken", standard: 1000, most: 1000, badToken: "InvalidRequest", badLimit: "InvalidRequest"}

// alias has 63 characters.
func (a AccessPoint) alias(account string) string {
	name := a.Name[:min(len(a.Name), 20)]
	return name + "-" + hexID(54-len(name), "alias", account, a.Region, a.Name) + "-s3alias"
}

func (a AccessPoint) members(q *query) []X {
	network := "Internet"
	if a.VPC != "" {
		network = "VPC"
	}
	out := []X{E("Name", a.Name), E("NetworkOrigin", network)}
	if a.VPC != "" {
		out = append(out, E("VpcConfiguration", E("VpcId", a.VPC)))
	}
	return append(out, E("Bucket", a.Bucket), E("AccessPointArn", fmt.Sprintf("arn:aws:s3:%s:%s:accesspoint/%s", a.Region, q.Account, a.Name)),
		E("Alias", a.alias(q.Account)), E("BucketAccountId", q.Account))
}

func listAccessPoints(q *query) (any, *Failure) {
	if f := q.wantOwner(false); f != nil {
		return nil, f
	}
	all := slices.Clone(q.s3().AccessPoints)
	all = slices.DeleteFunc(all, func(a AccessPoint) bool {
		return a.Region != q.Region || q.str("bucket") != "" && a.Bucket != q.str("bucket")
	})
	slices.SortFunc(all, func(a, b AccessPoint) int { return cmp.Compare(a.Name, b.Name) })
	from, to, next, f := q.page(accessPointPages, len(all))
	if f != nil {
		return nil, f
	}
	list := E("AccessPointList")
	for _, a := range all[from:to] {
		list.In = append(list.In, E("AccessPoint", a.members(q)))
	}
	return E("ListAccessPointsResult", list, Text("NextToken", next)), nil
}

func (q *query) wantAccessPoint() (*AccessPoint, *Failure) {
	if f := q.wantOwner(false); f != nil {
		return nil, f
	}
	for i := range q.s3().AccessPoints {
		if a := &q.s3().AccessPoints[i]; a.Name == q.str("Name") && a.Region == q.Region {
			return a, nil
		}
	}
	return nil, gone("NoSuchAccessPoint", "The specified accesspoint does not exist")
}

func accessPoint(q *query) (any, *Failure) {
	a, f := q.wantAccessPoint()
	if f != nil {
		return nil, f
	}
	return E("GetAccessPointResult", a.members(q), blockXML("PublicAccessBlockConfiguration", a.Block), E("CreationDate", iso(a.Created))), nil
}

func accessPointPolicyStatus(q *query) (any, *Failure) {
	a, f := q.wantAccessPoint()
	if f != nil {
		return nil, f
	}
	if !a.Policy {
		return nil, gone("NoSuchAccessPointPolicy", "The specified accesspoint does not have a policy")
	}
	return E("GetAccessPointPolicyStatusResult", E("PolicyStatus", E("IsPublic", fmt.Sprint(a.Public)))), nil
}

// wantMultiRegion refuses where another region is asked than the one that answers for them all.
func (q *query) wantMultiRegion() *Failure {
	if q.Region != "us-west-2" {
		return &Failure{Status: 301, Code: "PermanentRedirect", Message: "This operation is supported in us-west-2 only."}
	}
	return q.wantOwner(true)
}

func multiRegionAccessPoints(q *query) (any, *Failure) {
	if f := q.wantMultiRegion(); f != nil {
		return nil, f
	}
	list := E("AccessPoints")
	for _, a := range q.s3().MultiRegion {
		regions := E("Regions")
		for _, b := range a.Buckets {
			regions.In = append(regions.In, E("Region", E("Bucket", b.Name), E("Region", b.Region), E("BucketAccountId", q.Account)))
		}
		list.In = append(list.In, E("AccessPoint", E("Name", a.Name), E("Alias", a.Alias), E("CreatedAt", iso(a.Created)), blockXML("PublicAccessBlock", a.Block), E("Status", "READY"), regions))
	}
	return E("ListMultiRegionAccessPointsResult", list), nil
}

func multiRegionPolicyStatus(q *query) (any, *Failure) {
	if f := q.wantMultiRegion(); f != nil {
		return nil, f
	}
	for _, a := range q.s3().MultiRegion {
		if a.Name == q.str("Name") {
			return E("GetMultiRegionAccessPointPolicyStatusResult", E("Established", E("IsPublic", fmt.Sprint(a.Public)))), nil
		}
	}
	return nil, gone("NoSuchMultiRegionAccessPoint", "The specified Multi-Region Access Point does not exist")
}
