package scenario

import (
	"fmt"
	"time"
)

// demoEc2 declares what Example Corp has of it.
func demoEc2(o *Organization) {
	for _, a := range o.Accounts {
		for _, r := range a.Regions {
			set := ec2Settings("true", "block-all-sharing", "block-new-sharing")
			set["GetInstanceMetadataDefaults"] = Answer{XML: []X{E("accountLevel", E("httpTokens", "required"), E("httpPutResponseHopLimit", "2"), E("managedBy", "declarative-policy"),
				E("httpTokensEnforced", "enabled"))}}
			machines := demoMachines(a.ID, r.Name)
			var reservations []any
			for _, m := range machines {
				reservations = append(reservations, m.instance(a.ID, r.Name))
			}
			set["DescribeInstances"] = Answer{List: "reservationSet", Items: reservations}
			web := []sgRule{{"tcp", "443", []string{"0.0.0.0/0", "::/0"}}, {"icmp", "-1", []string{"10.0.0.0/8"}}}
			app := []sgRule{{"tcp", "8443", []string{"sg-" + hexID(17, "group", a.ID, r.Name, "web")}}}
			closed := securityGroup(a.ID, r.Name, "default", nil, nil)
			groups := []any{closed, securityGroup(a.ID, r.Name, "web", web, everywhereOut), securityGroup(a.ID, r.Name, "app", app, everywhereOut)}
			lists := map[string]Answer{}
			switch {
			case a.ID == DemoPayments && r.Name == ireland:
				// An office list that has grown to hold everywhere, and the addresses of a service of AWS's.
				office, edge := "pl-0a11ce0ff1ce00001", "pl-4fa04621"
				groups = append(groups, securityGroup(a.ID, r.Name, "bastion", []sgRule{{"tcp", "22", []string{"203.0.113.0/24", office}}, {"tcp", "443", []string{edge}}}, everywhereOut,
					Tag{"owner", "platform-engineering"}))
				lists[office] = prefixEntries("198.51.100.0/24", "0.0.0.0/0")
				lists[edge] = prefixEntries("120.52.22.96/27", "205.251.249.0/24")
			case a.ID == DemoData:
				// Nobody has set up this account: what AWS gives by default, and SSH open to everyone.
				set["GetInstanceMetadataDefaults"] = Answer{XML: []X{E("accountLevel")}}
				if r.Name == virginia {
					for op, x := range ec2Settings("false", "block-new-sharing", "unblocked") {
						set[op] = x
					}
					self := "sg-" + hexID(17, "group", a.ID, r.Name, "default")
					groups[0] = securityGroup(a.ID, r.Name, "default", []sgRule{{protocol: "-1", peers: []string{self}}}, everywhereOut)
					groups = append(groups,
						securityGroup(a.ID, r.Name, "notebooks", []sgRule{{"tcp", "22", []string{"0.0.0.0/0"}}, {"tcp", "8888", []string{"0.0.0.0/0", "::/0"}}}, everywhereOut,
							Tag{"note", "=cmd|' /C calc'!A0"}),
						securityGroup(a.ID, r.Name, "half-the-world", []sgRule{{"tcp", "3389", []string{"0.0.0.0/1", "128.0.0.0/1"}}, {"50", "", []string{"0.0.0.0/0"}}}, everywhereOut))
				}
			}
			set["DescribeSecurityGroups"] = Answer{List: "securityGroupInfo", Items: groups}
			acls := []any{networkACL(a.ID, r.Name, "app", false, aclEntry{"100", false, "allow", "6", "0.0.0.0/0", "443"}, aclEntry{"110", false, "allow", "6", "10.0.0.0/8", "22"},
				aclEntry{"120", false, "allow", "6", "::/0", "443"}, aclEntry{"100", true, "allow", "-1", "0.0.0.0/0", ""})}
			if a.ID == DemoData {
				// As AWS makes it.
				acls = []any{networkACL(a.ID, r.Name, "default", true, aclEntry{"100", false, "allow", "-1", "0.0.0.0/0", ""}, aclEntry{"100", true, "allow", "-1", "0.0.0.0/0", ""})}
			}
			set["DescribeNetworkAcls"] = Answer{List: "networkAclSet", Items: acls}
			if len(lists) > 0 {
				set["GetManagedPrefixListEntries"] = Answer{By: []string{"PrefixListId"}, Each: lists}
			}
			r.Store("ec2", set)
		}
	}
}

func prefixEntries(cidrs ...string) Answer {
	a := Answer{List: "entrySet"}
	for _, c := range cidrs {
		a.Items = append(a.Items, E("item", E("cidr", c)))
	}
	return a
}

// demoMachines are the machines of an account and region of Example Corp, as EC2 and SSM both tell of them.
func demoMachines(account, region string) []machine {
	made := day(2025, 11, 4).Add(7*time.Hour + 30*time.Minute)
	box := func(name string, change ...func(*machine)) machine {
		m := machine{id: "i-" + hexID(17, "machine", account, region, name), name: name, launched: made, groups: []string{"sg-" + hexID(17, "group", account, region, "app")}}
		m.node = &node{}
		for _, c := range change {
			c(&m)
		}
		return m
	}
	switch account {
	case DemoPayments:
		if region != ireland {
			out := []machine{box("settlement-1"), box("settlement-2", func(m *machine) { m.node.pendingReboot = 3 })}
			// As many as take a second page of SSM's.
			for i := range 50 {
				out = append(out, box(fmt.Sprintf("batch-%02d", i)))
			}
			return out
		}
		return []machine{
			box("card-vault-1"), box("card-vault-2"),
			box("ledger-1", func(m *machine) { m.windows = true; m.node.group = "windows-monthly" }),
			// SSM has never heard of it, and it is in the internet.
			box("bastion", func(m *machine) { m.node, m.public, m.tokens = nil, "203.0.113.77", "optional" }),
			// Scanned last in July.
			box("fraud-scorer", func(m *machine) { m.node.scanned = day(2026, 7, 12).Add(3 * time.Hour) }),
			// Managed, but patching was never asked for.
			box("receipts-etl", func(m *machine) {
				m.node.never = true
				m.tags = []Tag{{"owner", "payments"}, {"=HYPERLINK(\"x\")", "\u202egnp.exe"}}
			}),
			box("old-batch", func(m *machine) { m.state, m.node.ping = "stopped", "ConnectionLost" }),
			box("replaced", func(m *machine) { m.state, m.node = "terminated", nil }),
			// Kubernetes' own, which the account can't log on to.
			box("eks-auto-node", func(m *machine) { m.node, m.operator = nil, "eks.amazonaws.com" }),
		}
	case DemoData:
		if region != virginia {
			return []machine{box("warehouse-1", func(m *machine) { m.node.missing, m.node.critical = 4, 2 })}
		}
		return []machine{
			box("notebook-1", func(m *machine) { m.tokens, m.six = "optional", "2001:db8:1234:5678::17" }),
			box("notebook-2", func(m *machine) { m.node.ping, m.node.failed = "ConnectionLost", 1 }),
		}
	case DemoLogArchive:
		return nil
	}
	return []machine{box("ci-runner")}
}

// largeEc2 declares what each account of a large organization has of it.
func largeEc2(o *Organization) {
	for _, a := range o.Accounts {
		for _, r := range a.Regions {
			set := ec2Settings("true", "block-all-sharing", "block-new-sharing")
			set["GetInstanceMetadataDefaults"] = Answer{XML: []X{E("accountLevel", E("httpTokens", "required"), E("managedBy", "account"))}}
			var reservations []any
			for _, m := range largeMachines(a.ID, r.Name) {
				reservations = append(reservations, m.instance(a.ID, r.Name))
			}
			set["DescribeInstances"] = Answer{List: "reservationSet", Items: reservations}
			set["DescribeSecurityGroups"] = Answer{List: "securityGroupInfo", Items: []any{securityGroup(a.ID, r.Name, "default", nil, nil),
				securityGroup(a.ID, r.Name, "web", []sgRule{{"tcp", "443", []string{"0.0.0.0/0"}}}, everywhereOut)}}
			set["DescribeNetworkAcls"] = Answer{List: "networkAclSet", Items: []any{networkACL(a.ID, r.Name, "app", false, aclEntry{"100", false, "allow", "6", "0.0.0.0/0", "443"})}}
			r.Store("ec2", set)
		}
	}
}

func largeMachines(account, region string) []machine {
	var out []machine
	for i := range 2 {
		out = append(out, machine{id: "i-" + hexID(17, "machine", account, region, fmt.Sprint(i)), name: fmt.Sprintf("unit-%d", i), launched: day(2026, 1, 12),
			groups: []string{"sg-" + hexID(17, "group", account, region, "web")}, node: &node{}})
	}
	return out
}
