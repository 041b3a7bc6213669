package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// window is the longest span that one call of GetResourceConfigHistory looks through.
const window = 7 * 24 * time.Hour

// An item is a configuration item as Config has it: at is its capture time.
type item struct {
	at     time.Time
	status string
	body   M
	// oversized says how it is delivered.
	oversized bool
}

// items are the configuration items of a resource, oldest first. What changed while the recorder was off is seen when it
// starts again; what changed twice in a day is one item where recording is daily.
func (p *place) items(kind, id string) []item {
	var seen []item
	switch kind {
	case recorderType:
		if p.region.Recorder == nil || id != p.region.Recorder.name() {
			return nil
		}
		return p.recorderItems()
	case "AWS::KMS::Key":
		k, ok := p.key(id)
		if !ok && !k.Gone || k.Undiscovered {
			return nil
		}
		seen = p.keyItems(k)
	case "AWS::KMS::Alias":
		for _, k := range p.region.Keys {
			for _, a := range k.Aliases {
				if "alias/"+a == id && !k.Undiscovered {
					seen = []item{{at: k.Created, status: "ResourceDiscovered", body: M{"resourceName": id,
						"arn":           fmt.Sprintf("arn:aws:kms:%s:%s:alias/%s", p.region.Name, p.account.ID, a),
						"configuration": string(marshal(M{"aliasName": id, "targetKeyId": k.ID}))}}}
				}
			}
		}
	default:
		seen = p.declaredItems(kind, id)
	}
	return p.recorded(kind, id, seen)
}

func (p *place) keyItems(k Key) []item {
	history := k.History
	if len(history) == 0 {
		history = []KeyChange{{At: k.Created, Rotation: k.Rotation.Enabled || k.manager() == "AWS", State: k.state()}}
	}
	var out []item
	for i, c := range history {
		if c.Deleted {
			out = append(out, item{at: c.At, status: "ResourceDeleted", body: M{"arn": p.keyARN(k.ID)}})
			continue
		}
		state := cmp.Or(c.State, "Enabled")
		conf := M{"aWSAccountId": p.account.ID, "keyId": k.ID, "arn": p.keyARN(k.ID), "creationDate": iso(k.Created), "enabled": state == "Enabled",
			"description": k.Description, "keyUsage": k.usage(), "keyState": state, "origin": k.origin(), "keyManager": k.manager(),
			"customerMasterKeySpec": k.spec(), "multiRegion": k.MultiRegion != ""}
		if name, values := k.algorithms(); name == "EncryptionAlgorithms" || name == "SigningAlgorithms" {
			conf[strings.ToLower(name[:1])+name[1:]] = values
		}
		put(conf, "customKeyStoreId", k.Store)
		put(conf, "cloudHsmClusterId", k.Cluster)
		if state == "PendingDeletion" {
			conf["deletionDate"] = iso(c.At.Add(30 * 24 * time.Hour))
		}
		supplementary := M{"Policy": string(marshal(cmp.Or(c.Policy, p.policy(k)))), "Tags": string(marshal(tags(k.Tags, "tagKey", "tagValue")))}
		if k.rotates() {
			supplementary["KeyRotationStatus"] = fmt.Sprint(c.Rotation)
		}
		named := M{}
		for _, t := range k.Tags {
			named[t.Key] = t.Value
		}
		status := "OK"
		if i == 0 {
			status = "ResourceDiscovered"
		}
		out = append(out, item{at: c.At, status: status, body: M{"arn": p.keyARN(k.ID), "resourceCreationTime": epoch(k.Created),
			"tags": named, "configuration": string(marshal(conf)), "supplementaryConfiguration": supplementary}})
	}
	return out
}

func (p *place) declaredItems(kind, id string) []item {
	if list := inventories[kind]; list != nil {
		for _, k := range list(p) {
			if k.id == id && k.state != nil {
				return p.keptItems(kind, k)
			}
		}
	}
	for _, r := range p.region.Resources {
		if r.Type == kind && r.Count > 0 && strings.HasPrefix(id, r.prefix()) {
			return []item{{at: p.region.Recorder.Started, status: "ResourceDiscovered", body: M{"configuration": "{}"}}}
		}
		if r.Type != kind || r.ID != id {
			continue
		}
		named := M{}
		for _, t := range r.Tags {
			named[t.Key] = t.Value
		}
		var out []item
		for i, it := range r.Items {
			status := cmp.Or(it.Status, "OK")
			if i == 0 && it.Status == "" {
				status = "ResourceDiscovered"
			}
			m := M{"tags": named}
			put(m, "arn", r.ARN)
			put(m, "resourceName", r.Name)
			stamp(m, "resourceCreationTime", r.Created)
			put(m, "configuration", it.Configuration)
			if len(it.Supplementary) > 0 {
				m["supplementaryConfiguration"] = it.Supplementary
			}
			related := []any{}
			for _, l := range it.Related {
				e := M{"resourceType": l.Type, "relationshipName": l.Relation}
				put(e, "resourceId", l.ID)
				put(e, "resourceName", l.Name)
				related = append(related, e)
			}
			m["relationships"] = related
			out = append(out, item{at: it.At, status: status, body: m, oversized: it.Oversized})
		}
		return out
	}
	return nil
}

// recorded turns what happened into what the recorder wrote down.
func (p *place) recorded(kind, id string, seen []item) []item {
	r := p.region.Recorder
	if len(seen) > 0 && !r.covers(kind) {
		seen = unrecorded(seen)
	}
	daily := r.Frequency == "DAILY" || slices.Contains(r.DailyTypes, kind)
	var out []item
	for _, it := range seen {
		if !it.at.After(r.Started) {
			it.at = r.Started.Add(2 * time.Minute)
		}
		lost := false
		for _, off := range r.Off {
			if it.at.Before(off.From) || !off.To.IsZero() && !it.at.Before(off.To) {
				continue
			}
			lost = off.To.IsZero()
			it.at = off.To.Add(90 * time.Second)
		}
		if lost {
			continue
		}
		if daily {
			it.at = it.at.Truncate(24 * time.Hour).Add(24*time.Hour - time.Second)
		}
		// Only the last of several states that fall on one moment was ever seen.
		if n := len(out); n > 0 && !out[n-1].at.Before(it.at) {
			it.at = out[n-1].at
			if out[n-1].status == "ResourceDiscovered" && it.status == "OK" {
				it.status = "ResourceDiscovered"
			}
			out = out[:n-1]
		}
		out = append(out, it)
	}
	for i := range out {
		it := &out[i]
		m := M{"version": "1.3", "accountId": p.account.ID, "configurationItemCaptureTime": epoch(it.at), "configurationItemStatus": it.status,
			"configurationStateId": fmt.Sprint(it.at.UnixMilli()), "configurationItemMD5Hash": "", "resourceType": kind, "resourceId": id,
			"awsRegion": p.region.Name, "availabilityZone": "Not Applicable", "tags": M{}, "relatedEvents": []any{}, "relationships": []any{},
			"supplementaryConfiguration": M{}}
		if daily {
			m["recordingFrequency"] = "DAILY"
			m["configurationItemDeliveryTime"] = epoch(it.at.Add(3 * time.Hour))
		}
		for k, v := range it.body {
			m[k] = v
		}
		it.body = m
	}
	return out
}

// resourceHistory looks through seven days a call, from the later end or from the earlier one, and gives a token as long
// as there is time left to look through: pages may well be empty.
func resourceHistory(q *query) (any, *Failure) {
	if q.place.region.Recorder == nil {
		return nil, q.noRecorder()
	}
	kind, id := q.str("resourceType"), q.str("resourceId")
	if kind == recorderType && q.place.region.Recorder.Untyped {
		return nil, q.invalid("ValidationException", "1 validation error detected: Value '"+kind+"' at 'resourceType' failed to satisfy constraint: Member must satisfy enum value set")
	}
	items := q.place.items(kind, id)
	if len(items) == 0 {
		return nil, q.invalid("ResourceNotDiscoveredException", fmt.Sprintf("Resource %s of resourceType:%s is unknown or has not been discovered", id, kind))
	}
	now := q.place.org.AsOf
	retention := now.AddDate(0, 0, -cmp.Or(q.place.region.RetentionDays, 2557))
	items = slices.DeleteFunc(items, func(it item) bool { return it.at.Before(retention) })
	later, earlier := q.time("laterTime"), q.time("earlierTime")
	open := earlier.IsZero()
	if later.IsZero() || later.After(now) {
		later = now
	}
	if !earlier.IsZero() && !earlier.Before(later) {
		return nil, q.invalid("InvalidTimeRangeException", "The specified time range is not valid. The earlier time is not chronologically before the later time.")
	}
	if earlier.IsZero() {
		earlier = later
		if len(items) > 0 && items[0].at.Before(later) {
			earlier = items[0].at
		}
	}
	limit := 10
	if n, ok := q.num("limit"); ok && n != 0 {
		if n < 0 || n > 100 {
			return nil, q.invalid("InvalidLimitException", "The specified limit is outside the allowable range.")
		}
		limit = n
	}
	forward := q.str("chronologicalOrder") == "Forward"

	// The token is the moment, in milliseconds, up to which the span has been looked through.
	at := later.UnixMilli() + 1
	if forward {
		at = earlier.UnixMilli() - 1
	}
	if t := q.str("nextToken"); t != "" {
		v, ok := q.readToken(t)
		if !ok {
			return nil, q.invalid("InvalidNextTokenException", "The specified next token is not valid.")
		}
		if v != 0 { // 0 is the token of an injected empty page: the search has not begun
			at = v
		}
	}
	page, done := []any{}, false
	if forward {
		end := at + window.Milliseconds()
		for _, it := range items {
			if ms := it.at.UnixMilli(); ms > at && ms <= end && !it.at.After(later) && len(page) < limit {
				page = append(page, it.body)
				if len(page) == limit {
					end = ms
				}
			}
		}
		at, done = end, end >= later.UnixMilli()
	} else {
		end := at - window.Milliseconds()
		for _, it := range slices.Backward(items) {
			if ms := it.at.UnixMilli(); ms < at && ms >= end && !it.at.Before(earlier) && len(page) < limit {
				page = append(page, it.body)
				if len(page) == limit {
					end = ms
				}
			}
		}
		// Where no earlier time is asked for, one empty page stands for all the weeks in which nothing changed.
		if open && len(page) == 0 {
			for _, it := range items {
				if ms := it.at.UnixMilli(); ms < end {
					at = ms + 1
				}
			}
			end = min(end, at)
		}
		at, done = end, end <= earlier.UnixMilli()
	}
	out := M{"configurationItems": page}
	if !done {
		out["nextToken"] = q.token(at)
	}
	return out, nil
}
