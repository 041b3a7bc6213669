package scenario

import (
	"slices"
	"strings"
	"time"
)

// What was, and what AWS Config wrote down of it. A resource's last item is made of what its service answers today; the items before say what
// was declared to have been different. Items are made when they are asked for: a large organization costs nothing until then.

// A Change says what a resource was like from a moment on, until its next change. Resources of all types but keys and buckets, which have a
// history of their own, are changed by it.
type Change struct {
	// Type and ID are AWS Config's own names of the resource: "AWS::IAM::Role" and its id.
	Type, ID string
	At       time.Time
	// Status is OK where empty. Items of what was deleted or not recorded carry no configuration.
	Status string
	// Set changes the resource's state as it is declared today; nil leaves it as that is.
	Set func(*State)
}

// A State is what an item says of a resource, before it becomes text. Set may change what it holds: it is nobody else's.
type State struct {
	// Configuration is nil for types that have supplementary parts only.
	Configuration M
	// Supplementary are parts: text stays text, all else becomes JSON in a string.
	Supplementary M
	Tags          []Tag
	Related       []Relationship
}

// A BucketChange says what a bucket was like from a moment on. The first one may lie at the bucket's creation; before it the bucket was as
// it is declared, from its creation on.
type BucketChange struct {
	At time.Time
	// Set changes a copy of the bucket as it is declared; nil leaves it as that is.
	Set func(*Bucket)
	// Deleted says that the bucket was deleted at At. One that stands behind it made it again.
	Deleted bool
	// Status replaces OK: ResourceNotRecorded.
	Status string
}

// A kept resource is one that AWS Config has discovered: how it is listed, and how its states are made.
type kept struct {
	id, name, arn string
	created       time.Time
	// gone says that it does not exist any more.
	gone bool
	// state makes the resource's present state; nil for what is listed and has no items.
	state func() State
	// own are the changes that are declared beside the resource itself; the region's Changes join them.
	own []Change
}

// past are the changes of a resource, oldest first, beginning with what it was when it was made.
func (p *place) past(kind string, k kept) []Change {
	all := slices.Clone(k.own)
	for _, c := range p.region.Changes {
		if c.Type == kind && c.ID == k.id {
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all, func(a, b Change) int { return a.At.Compare(b.At) })
	made := k.created
	if made.IsZero() && p.region.Recorder != nil {
		made = p.region.Recorder.Started
	}
	if len(all) == 0 || all[0].At.After(made) {
		all = append([]Change{{At: made}}, all...)
	}
	return all
}

func isDeletion(status string) bool { return strings.HasPrefix(status, "ResourceDeleted") }

// keptItems are the items of a resource before the recorder comes into it.
func (p *place) keptItems(kind string, k kept) []item {
	var out []item
	changes := p.past(kind, k)
	for i, c := range changes {
		first := i == 0 || isDeletion(changes[i-1].Status)
		m := M{}
		put(m, "arn", k.arn)
		put(m, "resourceName", k.name)
		status := c.Status
		if status == "" {
			status = "OK"
			if first {
				status = "ResourceDiscovered"
			}
		}
		if status == "OK" || status == "ResourceDiscovered" {
			s := k.state()
			if c.Set != nil {
				c.Set(&s)
			}
			named := M{}
			for _, t := range s.Tags {
				named[t.Key] = t.Value
			}
			m["tags"] = named
			if s.Configuration != nil {
				m["configuration"] = string(marshal(s.Configuration))
			}
			if len(s.Supplementary) > 0 {
				parts := M{}
				for name, v := range s.Supplementary {
					if text, ok := v.(string); ok {
						parts[name] = text
					} else {
						parts[name] = string(marshal(v))
					}
				}
				m["supplementaryConfiguration"] = parts
			}
			related := []any{}
			for _, l := range s.Related {
				e := M{"resourceType": l.Type, "relationshipName": l.Relation}
				put(e, "resourceId", l.ID)
				put(e, "resourceName", l.Name)
				related = append(related, e)
			}
			m["relationships"] = related
			stamp(m, "resourceCreationTime", made(changes, i, k.created))
		}
		switch {
		case strings.HasPrefix(kind, "AWS::IAM::"):
			m["awsRegion"] = "global"
		case kind == "AWS::S3::Bucket":
			m["availabilityZone"] = "Regional"
		}
		out = append(out, item{at: c.At, status: status, body: m})
	}
	return out
}

// made is when the resource of the ith change was made: what comes before a deletion is another resource of the same name.
func made(changes []Change, i int, last time.Time) time.Time {
	if !slices.ContainsFunc(changes[i:], func(c Change) bool { return isDeletion(c.Status) }) {
		return last
	}
	for i > 0 && !isDeletion(changes[i-1].Status) {
		i--
	}
	return changes[i].At
}

// covers reports whether the recorder was told to record a type.
func (r *Recorder) covers(kind string) bool {
	if len(r.Types) > 0 {
		return slices.Contains(r.Types, kind)
	}
	return !slices.Contains(r.Excluded, kind)
}

// unrecorded is what AWS Config has of a resource whose type it does not record: that it is there.
func unrecorded(seen []item) []item {
	m := M{}
	if arn, ok := seen[0].body["arn"]; ok {
		m["arn"] = arn
	}
	return []item{{at: seen[0].at, status: "ResourceNotRecorded", body: m}}
}
