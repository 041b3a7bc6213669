package configitem

import "github.com/auditseal/auditseal/collectors/evidence"

// Redacted makes an operation that answers with configuration items keep from its tape what the operations of the services keep from theirs:
// items hold the same, as JSON in strings or as JSON, spelt with small letters or with capitals.
func Redacted(op evidence.Operation) evidence.Operation {
	op.Nested = true
	op.Secrets = append(op.Secrets,
		"aws:Referer", "aws:referer", "AWS:Referer", "aws:UserAgent", "aws:userAgent", "aws:useragent", "aws:Useragent", "AWS:UserAgent", // conditions of bucket policies
		"headerValue", "HeaderValue", // what CloudFront adds for an origin
		"searchString", "SearchString", "regexString", "RegexString", "insertHeaders", "InsertHeaders", // what rules of AWS WAF look for and add
		"installOverrideList", "InstallOverrideList", // an address that may be signed
	)
	op.Identity = append(op.Identity, "displayName", "DisplayName", "emailAddress", "EmailAddress", "keyName", "KeyName", "computerName", "ComputerName")
	return op
}
