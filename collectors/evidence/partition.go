package evidence

// GlobalRegion is the region that a partition's global services (IAM, Organizations, CloudFront, Shield, WAF for CloudFront) are
// asked in; empty where the partition is not known.
func GlobalRegion(partition string) string {
	switch partition {
	case "aws":
		return "us-east-1"
	case "aws-us-gov":
		return "us-gov-west-1"
	case "aws-cn":
		return "cn-northwest-1"
	case "aws-eusc":
		return "eusc-de-east-1"
	}
	return ""
}
