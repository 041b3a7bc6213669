package scenario

// What Config has discovered of the services that are declared elsewhere: the same resources that those services list.

// inventories tell how Config finds the resources of a type in what a region or its account answers.
var inventories = map[string]func(p *place) []discovered{
	"AWS::EC2::Instance": func(p *place) []discovered {
		var out []discovered
		for _, reservation := range p.region.Stored["ec2"]["DescribeInstances"].Items {
			x := reservation.(X)
			for _, i := range x.at("instancesSet").In {
				if state := i.at("instanceState", "name"); state == nil || state.Text != "terminated" {
					out = append(out, discovered{id: i.at("instanceId").Text})
				}
			}
		}
		return out
	},
	"AWS::EC2::SecurityGroup": func(p *place) []discovered {
		var out []discovered
		for _, g := range p.region.Stored["ec2"]["DescribeSecurityGroups"].Items {
			x := g.(X)
			out = append(out, discovered{id: x.at("groupId").Text, name: x.at("groupName").Text})
		}
		return out
	},
	"AWS::CloudFront::Distribution": func(p *place) []discovered {
		if p.region.Name != virginia {
			return nil
		}
		var out []discovered
		for _, d := range p.account.Stored["cloudfront"]["ListDistributions"].Items {
			x := d.(X)
			out = append(out, discovered{id: x.at("Id").Text})
		}
		return out
	},
	"AWS::IAM::Policy": principals("Policies", "PolicyId", "PolicyName"),
	"AWS::IAM::Role":   principals("RoleDetailList", "RoleId", "RoleName"),
	"AWS::IAM::User":   principals("UserDetailList", "UserId", "UserName"),
}

// principals are those of a list of IAM, in the regions whose recorder is told to record them.
func principals(list, id, name string) func(p *place) []discovered {
	return func(p *place) []discovered {
		if p.region.Recorder == nil || !p.region.Recorder.Global {
			return nil
		}
		a, ok := p.account.Stored["iam"]["GetAccountAuthorizationDetails"]
		if !ok {
			a = smallIAM(p.account.ID).answer("GetAccountAuthorizationDetails", p.account.ID)
		}
		var out []discovered
		for _, i := range a.Items {
			x := i.(X)
			if x.Name != list {
				continue
			}
			m := x.at("member")
			// AWS's own policies are no resources of the account.
			if arn := m.at("Arn"); arn != nil && len(arn.Text) > 17 && arn.Text[:17] == "arn:aws:iam::aws:" {
				continue
			}
			out = append(out, discovered{id: m.at(id).Text, name: m.at(name).Text})
		}
		return out
	}
}
