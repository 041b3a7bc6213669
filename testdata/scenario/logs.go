package scenario

import "fmt"

// logsService answers for deliveries. Those of CloudFront are in one region, whichever regions the account has.
func logsService() service {
	return service{name: "logs", protocol: awsJSON, target: "Logs_20140328", global: true, tokens: map[string]string{"*": "nextToken"},
		operations: stored(paging{limit: "limit", token: "nextToken", standard: 50, most: 50, badToken: "ValidationException", badLimit: "ValidationException"},
			Answers{"DescribeDeliverySources": {List: "deliverySources"}, "DescribeDeliveries": {List: "deliveries"}}, "DescribeDeliveries", "DescribeDeliverySources"),
	}
}

// A logDelivery is a delivery source with what is delivered from it: TYPE ARN.
type logDelivery struct {
	name, service, resource, kind string
	to                            []string
}

// logDeliveries declares an account's deliveries, which are in the region of CloudFront.
func (a *Account) logDeliveries(all ...logDelivery) {
	var sources, out []any
	for _, d := range all {
		sources = append(sources, M{"name": d.name, "arn": "arn:aws:logs:us-east-1:" + a.ID + ":delivery-source:" + d.name, "resourceArns": []any{d.resource}, "service": d.service, "logType": d.kind})
		for i, to := range d.to {
			var kind, arn string
			fmt.Sscan(to, &kind, &arn)
			id := hexID(16, a.ID, d.name, fmt.Sprint(i))
			out = append(out, M{"id": id, "arn": "arn:aws:logs:us-east-1:" + a.ID + ":delivery:" + id, "deliverySourceName": d.name, "deliveryDestinationArn": arn, "deliveryDestinationType": kind})
		}
	}
	a.Store("logs", Answers{"DescribeDeliverySources": {List: "deliverySources", Items: sources}, "DescribeDeliveries": {List: "deliveries", Items: out}})
}

func logDestination(account, name string) string {
	return "arn:aws:logs:us-east-1:" + account + ":delivery-destination:" + name
}

// demoLogs declares what Example Corp has of it.
func demoLogs(o *Organization) {
	for _, a := range o.Accounts {
		switch a.ID {
		case DemoPayments:
			all := []logDelivery{{"shop-access", "cloudfront", DistributionARN(a.ID, "E1SHOPEXAMPLE"), "ACCESS_LOGS",
				[]string{"S3 " + logDestination(DemoLogArchive, "edge-archive"), "CWL " + logDestination(a.ID, "edge-search")}}}
			// More than a page of other services' deliveries.
			for i := range 60 {
				all = append(all, logDelivery{fmt.Sprintf("agent-%02d", i), "bedrock", fmt.Sprintf("arn:aws:bedrock:us-east-1:%s:knowledge-base/KB%08d", a.ID, i), "APPLICATION_LOGS",
					[]string{"CWL " + logDestination(a.ID, "agents")}})
			}
			a.logDeliveries(all...)
		case DemoData:
			// A source from which nothing is delivered is no log.
			a.logDeliveries(logDelivery{"datasets-access", "cloudfront", DistributionARN(a.ID, "E5DATASETS"), "ACCESS_LOGS", nil})
		case DemoManagement:
			a.logDeliveries(logDelivery{"sites-access", "cloudfront", DistributionARN(a.ID, "E7SITES"), "ACCESS_LOGS", []string{"FH " + logDestination(a.ID, "edge-stream")}})
		}
	}
}

// largeLogs declares what each account of a large organization has of it.
func largeLogs(o *Organization) {
	for i, a := range o.Accounts {
		a.logDeliveries(logDelivery{"edge", "cloudfront", DistributionARN(a.ID, fmt.Sprintf("E%012d", i)), "ACCESS_LOGS", []string{"S3 " + logDestination(o.Management, "edge-archive")}})
	}
}
