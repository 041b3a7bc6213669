package scenario

import "time"

// demoSsm declares what Example Corp has of it.
func demoSsm(o *Organization) {
	for _, acc := range o.Accounts {
		for _, r := range acc.Regions {
			machines := demoMachines(acc.ID, r.Name)
			var own []baseline
			patching := maintenance{name: "weekly-patching", schedule: "cron(0 2 ? * SUN *)", runs: weekly("SUCCESS", "")}
			switch {
			case acc.ID == DemoPayments && r.Name == ireland:
				// A server in the office, and somebody's laptop that has not been seen for days and was last patched from a list of its own in June.
				machines = append(machines,
					machine{id: "mi-" + hexID(17, "office", "1"), name: "office-print", launched: day(2025, 2, 3), node: &node{os: "UBUNTU", computer: "office-print.example.com", association: "NON_COMPLIANT"}},
					machine{id: "mi-" + hexID(17, "office", "2"), name: "office-door", launched: day(2024, 9, 2), windows: true, node: &node{ping: "ConnectionLost", computer: "JANE-DOE-LAPTOP", oldAgent: true,
						scanned: day(2026, 6, 1), override: "https://lists.s3.amazonaws.com/june.yaml?X-Amz-Signature=5ec7e7", missing: 12, security: 9, critical: 3, lacks: []string{"InstalledRejectedCount", "AvailableSecurityUpdateCount"}}})
				own = []baseline{
					{id: "pb-0aaaaaaaaaaaaaa01", name: "windows-monthly", os: "WINDOWS", group: "windows-monthly", rejected: []string{"KB5001330"},
						rules: []M{approval(45, "CRITICAL", patchFilter("CLASSIFICATION", "SecurityUpdates", "CriticalUpdates"), patchFilter("MSRC_SEVERITY", "Critical"))}},
					{id: "pb-0aaaaaaaaaaaaaa02", name: "frozen", os: "AMAZON_LINUX_2", approved: []string{"kernel.x86_64"},
						rules:   []M{{"PatchFilterGroup": M{"PatchFilters": []any{patchFilter("CLASSIFICATION", "Security")}}, "ComplianceLevel": "HIGH", "ApproveUntilDate": "2026-01-31", "EnableNonSecurity": false}},
						sources: []any{M{"Name": "internal", "Products": []any{"AmazonLinux2"}, "Configuration": "[internal]\nbaseurl=https://repo:s3cret-repo-pass@repo.example.com/"}}},
				}
				patching.runs = weekly("TIMED_OUT", "One or more tasks in the window execution timed out")
			case acc.ID == DemoData && r.Name == virginia:
				own = []baseline{{id: "pb-0aaaaaaaaaaaaaa03", name: "bugs-only", os: "AMAZON_LINUX_2023", standard: true, rules: []M{approval(0, "LOW", patchFilter("CLASSIFICATION", "Bugfix"))}}}
			}
			a := ssmAnswers(r.Name, machines, own...)
			if acc.ID == DemoData && r.Name == virginia {
				// Their own default patches them.
				for _, s := range a["DescribeInstancePatchStates"].Items {
					s.(M)["BaselineId"] = "pb-0aaaaaaaaaaaaaa03"
				}
				a["GetServiceSetting"] = publicSharing("Enable")
			}
			if acc.ID != DemoLogArchive {
				id := windowID(acc.ID, r.Name, patching.name)
				target, task := patchTask(id, r.Name, "Install")
				patching.targets, patching.tasks = []any{target}, []any{task}
				patching.store(a, acc.ID, r.Name)
			}
			if acc.ID == DemoPayments && r.Name == ireland {
				maintenance{name: "emergency", schedule: "rate(7 days)", off: true, runs: []windowRun{{day(2026, 8, 3), "CANCELLED", ""}}}.store(a, acc.ID, r.Name)
				maintenance{name: "empty-window", schedule: "rate(1 days)", runs: []windowRun{{Now.Add(-10 * time.Minute), "IN_PROGRESS", ""}}}.store(a, acc.ID, r.Name)
			}
			if _, ok := a["DescribeMaintenanceWindows"]; !ok {
				a["DescribeMaintenanceWindows"] = Answer{List: "WindowIdentities"}
			}
			r.Store("ssm", a)
		}
	}
}

// largeSsm declares what each account of a large organization has of it.
func largeSsm(o *Organization) {
	for _, acc := range o.Accounts {
		for _, r := range acc.Regions {
			a := ssmAnswers(r.Name, largeMachines(acc.ID, r.Name))
			w := maintenance{name: "weekly-patching", schedule: "cron(0 2 ? * SUN *)", runs: []windowRun{{QuarterTo.AddDate(0, 0, -3), "SUCCESS", ""}}}
			target, task := patchTask(windowID(acc.ID, r.Name, w.name), r.Name, "Install")
			w.targets, w.tasks = []any{target}, []any{task}
			w.store(a, acc.ID, r.Name)
			r.Store("ssm", a)
		}
	}
}
