package scenario

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A FindingUpdate is an entry of a finding's history: a field that changed, or, with no field, the making of the finding.
type FindingUpdate struct {
	At              time.Time
	Field, Old, New string
	// By is who changed it where that was a customer; empty is Security Hub itself.
	By string
}

// historyReach is how far back AWS tells a finding's history.
const historyReach = 90 * 24 * time.Hour

// findingHistory tells the newest entry first, as AWS's own example does.
func findingHistory(q *query) (any, *Failure) {
	h, f := q.hub()
	if f != nil {
		return nil, f
	}
	id, _ := q.in["FindingIdentifier"].(M)
	want, _ := id["Id"].(string)
	product, _ := id["ProductArn"].(string)
	if want == "" || product == "" {
		return nil, q.invalid("InvalidInputException", "Invalid parameter 'FindingIdentifier'. Id and ProductArn are required.")
	}
	now := q.place.org.AsOf
	since, until := now.Add(-historyReach), now
	for name, at := range map[string]*time.Time{"StartTime": &since, "EndTime": &until} {
		if s := q.str(name); s != "" {
			t, err := time.Parse(time.RFC3339, s)
			if err != nil || name == "StartTime" && t.Before(now.Add(-historyReach)) {
				return nil, q.invalid("InvalidInputException", "Invalid parameter '"+name+"'. It must be a time within the last 90 days.")
			}
			*at = t
		}
	}
	// Bulk findings have no history but their making, whichever of them is meant.
	fd, known := q.bulkFinding(0), h.BulkFindings > 0 && strings.HasPrefix(want, q.hubARN("security-control/KMS.4/finding/"))
	for i, declared := range h.Findings {
		if q.findingID(i, declared) == want {
			fd, known = declared, true
		}
	}
	if !known {
		return nil, q.invalid("InvalidInputException", "The finding "+want+" was not found.")
	}
	var entries []any
	entry := func(u FindingUpdate) {
		if u.At.Before(since) || u.At.After(until) {
			return
		}
		m := M{"FindingIdentifier": M{"Id": want, "ProductArn": product}, "UpdateTime": iso(u.At), "FindingCreated": u.Field == "",
			"UpdateSource": M{"Type": "BATCH_IMPORT_FINDINGS", "Identity": product}, "Updates": []any{}}
		if u.By != "" {
			m["UpdateSource"] = M{"Type": "BATCH_UPDATE_FINDINGS", "Identity": u.By}
		}
		if u.Field != "" {
			change := M{"UpdatedField": u.Field}
			put(change, "OldValue", u.Old)
			put(change, "NewValue", u.New)
			m["Updates"] = []any{change}
		}
		entries = append(entries, m)
	}
	entry(FindingUpdate{At: fd.Created})
	for _, u := range fd.History {
		entry(u)
	}
	slices.Reverse(entries)
	from, to, next, f := q.page(hubPages, len(entries))
	if f != nil {
		return nil, f
	}
	out := M{"Records": append([]any{}, entries[from:to]...)}
	put(out, "NextToken", next)
	return out, nil
}

// rotationHistory is what KMS.4 found of a key over time: its check runs once a day, some hours behind each change.
func rotationHistory(k Key) []FindingUpdate {
	var out []FindingUpdate
	word := map[bool]string{true: "PASSED", false: "FAILED"}
	for i, c := range k.History {
		if i == 0 || c.Deleted || c.Rotation == k.History[i-1].Rotation {
			continue
		}
		at := c.At.Add(7 * time.Hour)
		out = append(out, FindingUpdate{At: at, Field: "Compliance.Status", Old: word[!c.Rotation], New: word[c.Rotation]},
			FindingUpdate{At: at, Field: "Workflow.Status", Old: map[bool]string{true: "NEW", false: "RESOLVED"}[c.Rotation], New: map[bool]string{true: "RESOLVED", false: "NEW"}[c.Rotation]})
	}
	return out
}

// restless is a history of nothing that matters, longer than a page.
func restless(from time.Time) []FindingUpdate {
	var out []FindingUpdate
	for i := range 130 {
		out = append(out, FindingUpdate{At: from.Add(time.Duration(i) * 12 * time.Hour), Field: "Compliance.RelatedRequirements",
			Old: fmt.Sprintf(`["NIST.800-53.r5 AC-4(%d)"]`, i), New: fmt.Sprintf(`["NIST.800-53.r5 AC-4(%d)"]`, i+1)})
	}
	return out
}
