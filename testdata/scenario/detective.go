package scenario

import (
	"fmt"
	"time"
)

func detectiveService() service {
	pages := paging{limit: "MaxResults", token: "NextToken", standard: 100, most: 200, badToken: "ValidationException", badLimit: "ValidationException"}
	return service{name: "detective", protocol: restJSON, tokens: map[string]string{"*": "NextToken", "ListDatasourcePackages": "", "DescribeOrganizationConfiguration": ""},
		message: func(_ *query, f *Failure) string {
			if f.Code == "ExpiredTokenException" {
				return "message"
			}
			return "Message"
		},
		routes: map[string]string{
			"POST /graphs/list": "ListGraphs", "POST /graph/members/list": "ListMembers", "POST /graph/datasources/list": "ListDatasourcePackages",
			"POST /invitations/list": "ListInvitations", "POST /orgs/describeOrganizationConfiguration": "DescribeOrganizationConfiguration",
		},
		operations: stored(pages, Answers{"ListGraphs": {List: "GraphList"}, "ListInvitations": {List: "Invitations"},
			"*": {Fail: &Failure{Status: 404, Code: "ResourceNotFoundException", Message: "The requested graph was not found."}}},
			"ListGraphs", "ListMembers", "ListDatasourcePackages", "ListInvitations", "DescribeOrganizationConfiguration"),
	}
}

func graphARN(account, region string) string {
	return "arn:aws:detective:" + region + ":" + account + ":graph:" + hexID(32, "graph", account, region)
}

// detectiveMember is one as ListMembers and ListInvitations give it. What is not set up has no data sources.
func detectiveMember(account, administrator, region, status, reason string) M {
	m := M{"AccountId": account, "AdministratorId": administrator, "MasterId": administrator, "EmailAddress": "aws+" + account + "@example.com", "GraphArn": graphARN(administrator, region), "InvitationType": "ORGANIZATION",
		"Status": status, "UpdatedTime": iso(Now.AddDate(0, -7, 0))}
	if status == "ENABLED" {
		m["DatasourcePackageIngestStates"] = M{"DETECTIVE_CORE": "STARTED", "EKS_AUDIT": "STARTED"}
	}
	put(m, "DisabledReason", reason)
	return m
}

// detectiveGraph declares an administrator's graph.
func detectiveGraph(r *Region, account string, made time.Time, sources M, auto bool, members ...M) {
	states := M{}
	for name, state := range sources {
		states[name] = M{"DatasourcePackageIngestState": state, "LastIngestStateChange": M{"STARTED": M{"Timestamp": iso(made)}}}
	}
	graph := graphARN(account, r.Name)
	of := func(a Answer) Answer {
		return Answer{By: []string{"GraphArn"}, Each: map[string]Answer{graph: a}, Missing: &Failure{Status: 404, Code: "ResourceNotFoundException", Message: "The requested graph was not found."}}
	}
	r.Store("detective", Answers{
		"ListGraphs":                        {List: "GraphList", Items: lists(M{"Arn": graph, "CreatedTime": iso(made)})},
		"ListDatasourcePackages":            of(Answer{Body: M{"DatasourcePackages": states}}),
		"DescribeOrganizationConfiguration": {Body: M{"AutoEnable": auto}},
		"ListMembers":                       of(Answer{List: "MemberDetails", Items: lists(members...)}),
	})
}

// demoDetective declares what Example Corp has of it: the log archive administers; in Virginia it was begun and left.
func demoDetective(o *Organization) {
	made := day(2024, 2, 20).Add(11 * time.Hour)
	members := []M{detectiveMember(DemoManagement, DemoLogArchive, ireland, "ENABLED", ""), detectiveMember(DemoPayments, DemoLogArchive, ireland, "ENABLED", ""),
		detectiveMember(DemoData, DemoLogArchive, ireland, "ACCEPTED_BUT_DISABLED", "VOLUME_TOO_HIGH")}
	for i := range 210 {
		members = append(members, detectiveMember(fmt.Sprintf("600000000%03d", i), DemoLogArchive, ireland, "ENABLED", ""))
	}
	detectiveGraph(o.In(DemoLogArchive, ireland), DemoLogArchive, made, M{"DETECTIVE_CORE": "STARTED", "EKS_AUDIT": "STARTED", "ASFF_SECURITYHUB_FINDING": "STARTED"}, true, members...)
	detectiveGraph(o.In(DemoLogArchive, virginia), DemoLogArchive, made.AddDate(1, 0, 0), M{"DETECTIVE_CORE": "STOPPED", "EKS_AUDIT": "DISABLED"}, false)
	for _, m := range members[:3] {
		o.In(m["AccountId"].(string), ireland).Store("detective", Answers{"ListInvitations": {List: "Invitations", Items: lists(m)}})
	}
	invited := detectiveMember(DemoData, DemoLogArchive, virginia, "INVITED", "")
	invited["InvitationType"], invited["InvitedTime"] = "INVITATION", iso(Now.AddDate(0, -7, 0))
	o.In(DemoData, virginia).Store("detective", Answers{"ListInvitations": {List: "Invitations", Items: lists(invited)}})
}

// largeDetective declares what each account of a large organization has of it: the management account takes in all.
func largeDetective(o *Organization) {
	made := o.AsOf.AddDate(-1, 0, 0)
	for _, a := range o.Accounts {
		for _, r := range a.Regions {
			if a.ID != o.Management {
				r.Store("detective", Answers{"ListInvitations": {List: "Invitations", Items: lists(detectiveMember(a.ID, o.Management, r.Name, "ENABLED", ""))}})
				continue
			}
			var members []M
			for _, b := range o.Accounts {
				if b.ID != o.Management {
					members = append(members, detectiveMember(b.ID, o.Management, r.Name, "ENABLED", ""))
				}
			}
			detectiveGraph(r, a.ID, made, M{"DETECTIVE_CORE": "STARTED", "EKS_AUDIT": "STARTED", "ASFF_SECURITYHUB_FINDING": "STARTED"}, true, members...)
		}
	}
}
