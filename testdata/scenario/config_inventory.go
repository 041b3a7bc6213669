package scenario

// What Config has discovered of the services that are declared elsewhere: the same resources that those services list, and those that are gone.

// inventories tell how Config finds the resources of a type in what a region or its account declares.
var inventories = map[string]func(p *place) []kept{
	accountBlockType: keptAccountBlock,
	bucketType:       keptBuckets,
	"AWS::EC2::Instance": func(p *place) []kept {
		var out []kept
		for _, reservation := range p.region.Stored["ec2"]["DescribeInstances"].Items {
			x := reservation.(X)
			for _, i := range x.at("instancesSet").In {
				if state := i.at("instanceState", "name"); state == nil || state.Text != "terminated" {
					out = append(out, kept{id: i.at("instanceId").Text})
				}
			}
		}
		return out
	},
	"AWS::EC2::SecurityGroup": func(p *place) []kept {
		var out []kept
		for _, g := range p.region.Stored["ec2"]["DescribeSecurityGroups"].Items {
			x := g.(X)
			out = append(out, kept{id: x.at("groupId").Text, name: x.at("groupName").Text})
		}
		return out
	},
	"AWS::CloudFront::Distribution": func(p *place) []kept {
		if p.region.Name != virginia {
			return nil
		}
		var out []kept
		for _, d := range p.account.Stored["cloudfront"]["ListDistributions"].Items {
			x := d.(X)
			out = append(out, kept{id: x.at("Id").Text})
		}
		return out
	},
	"AWS::IAM::Group":  keptPrincipals("GroupDetailList", "GroupId", "GroupName"),
	"AWS::IAM::Policy": keptPrincipals("Policies", "PolicyId", "PolicyName"),
	"AWS::IAM::Role":   keptPrincipals("RoleDetailList", "RoleId", "RoleName"),
	"AWS::IAM::User":   keptPrincipals("UserDetailList", "UserId", "UserName"),
}
