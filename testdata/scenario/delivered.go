package scenario

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/crc64"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// AWS Config delivers what it recorded to a bucket. The files are made from the same declared history that GetResourceConfigHistory answers
// from, so that both tell one story.

// An object is one in a delivery bucket.
type object struct {
	key      string
	body     []byte
	modified time.Time
}

// An Object is the body of a restXML answer that is one, with its headers.
type Object struct {
	Body   []byte
	Header map[string]string
}

// deliveries are the objects of each account and region, made when they are first asked for.
type deliveries struct {
	mu     sync.Mutex
	places map[string][]object
}

// DeliveryRegion is the region of every delivery bucket.
const DeliveryRegion = ireland

// DeliverTo lets AWS Config of every account and region deliver to one bucket, every six hours, with a snapshot every day.
func (o *Organization) DeliverTo(bucket, prefix string) {
	for _, a := range o.Accounts {
		for _, r := range a.Regions {
			if r.Delivery != nil {
				r.Delivery.Bucket, r.Delivery.Prefix, r.Delivery.Frequency = bucket, prefix, "TwentyFour_Hours"
			}
		}
	}
}

// deliveredTo gives the objects of a bucket below a prefix, in the order of their keys, and whether there is such a bucket.
func (s *Server) deliveredTo(bucket, prefix string) (out []object, exists bool) {
	for _, a := range s.cfg.Organization.Accounts {
		for _, r := range a.Regions {
			d := r.Delivery
			if d == nil || d.Bucket != bucket {
				continue
			}
			exists = true
			root := d.root() + a.ID + "/Config/"
			if !strings.HasPrefix(root, prefix) && !strings.HasPrefix(prefix, root) {
				continue
			}
			for _, x := range s.delivered(a, r) {
				if strings.HasPrefix(x.key, prefix) {
					out = append(out, x)
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b object) int { return strings.Compare(a.key, b.key) })
	return out, exists
}

func (d *Delivery) root() string {
	if d.Prefix == "" {
		return "AWSLogs/"
	}
	return d.Prefix + "/AWSLogs/"
}

func (s *Server) delivered(a *Account, r *Region) []object {
	s.objects.mu.Lock()
	defer s.objects.mu.Unlock()
	here := a.ID + "/" + r.Name
	if have, ok := s.objects.places[here]; ok {
		return have
	}
	if s.objects.places == nil {
		s.objects.places = map[string][]object{}
	}
	with := []*place{s.places[a.ID][r.Name]}
	for _, other := range s.cfg.Organization.Accounts {
		if p := s.places[other.ID][r.Name]; p != nil && p.region.Delivery != nil && p.region.Delivery.Within == a.ID {
			with = append(with, p)
		}
	}
	out := with[0].deliver(with)
	s.objects.places[here] = out
	return out
}

// everyItem are the items of every resource of the places, by type and resource.
func everyItem(places []*place) map[string]map[string][]item {
	out := map[string]map[string][]item{}
	for _, p := range places {
		for _, kind := range append(p.resourceTypes(), recorderType) {
			n, at := p.resourcesOf(kind)
			for i := range n {
				id := at(i).id
				if items := p.items(kind, id); len(items) > 0 {
					if out[kind] == nil {
						out[kind] = map[string][]item{}
					}
					out[kind][id] = items
				}
			}
		}
	}
	return out
}

// deliver makes the files: every six hours one for each type of which something was recorded, and a snapshot a day. What is recorded DAILY
// comes when it is delivered. Nothing is delivered after the last delivery that succeeded.
func (p *place) deliver(with []*place) []object {
	d, rec := p.region.Delivery, p.region.Recorder
	if rec == nil || d == nil || d.Within != "" {
		return nil
	}
	last := p.org.AsOf
	if d.Failure != "" {
		last = d.Last
	}
	account := p.account.ID
	name := func(at time.Time, folder, rest string) string {
		return fmt.Sprintf("%s%s/Config/%s/%d/%d/%d/%s/%s", d.root(), account, p.region.Name, at.Year(), int(at.Month()), at.Day(), folder, rest)
	}
	const stamp = "20060102T150405Z"
	all := everyItem(with)
	var out []object
	for _, kind := range slices.Sorted(maps.Keys(all)) {
		files := map[time.Time][]item{}
		for _, id := range slices.Sorted(maps.Keys(all[kind])) {
			for _, it := range all[kind][id] {
				at := it.at
				if it.body["recordingFrequency"] == "DAILY" {
					at = at.Add(3 * time.Hour)
				}
				at = at.Truncate(6 * time.Hour).Add(6*time.Hour + 7*time.Minute)
				files[at] = append(files[at], it)
				if it.oversized {
					full := marshal(M{"configurationItemDiff": nil, "configurationItem": fileForm(it, false), "notificationCreationTime": iso(it.at), "messageType": "ConfigurationItemChangeNotification", "recordVersion": "1.3"})
					out = append(out, object{name(it.at, "OversizedChangeNotification", fmt.Sprintf("%s/%s/%s_Config_%s_ChangeNotification_%s_%s_%s_%d.json.gz", kind, id, account, p.region.Name, kind, id,
						it.at.UTC().Format(stamp), it.at.UnixMilli())), zip(full), it.at.Add(time.Minute)})
				}
			}
		}
		for at, items := range files {
			if at.After(last) || at.Before(QuarterFrom.AddDate(0, 0, -40)) {
				continue
			}
			slices.SortStableFunc(items, func(a, b item) int { return a.at.Compare(b.at) })
			from, to := items[0].at, items[len(items)-1].at
			out = append(out, object{name(at, "ConfigHistory", fmt.Sprintf("%s_Config_%s_ConfigHistory_%s_%s_%s_1.json.gz", account, p.region.Name, kind, from.UTC().Format(stamp), to.UTC().Format(stamp))),
				file("requestId", uuid("history", account, p.region.Name, kind, iso(at)), items), at})
		}
	}
	if d.Frequency != "" {
		for at := QuarterFrom.AddDate(0, 0, -3).Add(4 * time.Hour); !at.After(last); at = at.AddDate(0, 0, 1) {
			if rec.Started.After(at) || slices.ContainsFunc(rec.Off, func(o Span) bool { return !at.Before(o.From) && (o.To.IsZero() || at.Before(o.To)) }) {
				continue
			}
			id := uuid("snapshot", p.account.ID, p.region.Name, iso(at))
			out = append(out, object{name(at, "ConfigSnapshot", fmt.Sprintf("%s_Config_%s_ConfigSnapshot_%s_%s.json.gz", account, p.region.Name, at.Format(stamp), id)),
				file("configSnapshotId", id, inForce(all, at)), at.Add(3 * time.Minute)})
		}
	}
	return out
}

// inForce are the items in force at a moment, of resources that are there.
func inForce(all map[string]map[string][]item, at time.Time) []item {
	var out []item
	for _, kind := range slices.Sorted(maps.Keys(all)) {
		for _, id := range slices.Sorted(maps.Keys(all[kind])) {
			var now *item
			for i, it := range all[kind][id] {
				if !it.at.After(at) {
					now = &all[kind][id][i]
				}
			}
			if now != nil && !strings.HasPrefix(now.status, "ResourceDeleted") {
				whole := *now
				whole.oversized = false // a snapshot has it as it is
				out = append(out, whole)
			}
		}
	}
	return out
}

func file(idName, id string, items []item) []byte {
	list := []any{}
	for _, it := range items {
		list = append(list, fileForm(it, it.oversized))
	}
	return zip(marshal(M{"fileVersion": "1.0", idName: id, "configurationItems": list}))
}

func zip(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Write(b)
	z.Close()
	return out.Bytes()
}

// fileForm spells an item as files do: other names, times in ISO 8601, a state's id as a number, and JSON itself where the API has it in
// strings. One that is too large for its file comes without its configuration.
func fileForm(it item, without bool) M {
	names := map[string]string{"version": "configurationItemVersion", "accountId": "awsAccountId", "arn": "ARN", "configurationItemMD5Hash": "configurationStateMd5Hash"}
	out := M{"resourceName": nil, "resourceCreationTime": nil, "configuration": nil}
	for k, v := range it.body {
		switch k {
		case "configurationItemCaptureTime":
			v = iso(it.at)
		case "configurationItemDeliveryTime":
			v = iso(it.at.Add(3 * time.Hour))
		case "resourceCreationTime":
			s, _ := v.(json.Number).Float64()
			v = iso(time.UnixMilli(int64(s * 1000)))
		case "configurationStateId":
			v = json.Number(v.(string))
		case "configuration":
			if v = opened(v.(string)); without {
				v = nil
			}
		case "supplementaryConfiguration":
			m := M{}
			switch s := v.(type) {
			case M:
				for name, x := range s {
					m[name] = opened(x.(string))
				}
			case map[string]string:
				for name, x := range s {
					m[name] = opened(x)
				}
			}
			if v = m; without {
				v = M{}
			}
		case "relationships":
			list := []any{}
			for _, x := range v.([]any) {
				r := M{}
				for name, y := range x.(M) {
					if name == "relationshipName" {
						name = "name"
					}
					r[name] = y
				}
				list = append(list, r)
			}
			v = list
		}
		if n, ok := names[k]; ok {
			k = n
		}
		out[k] = v
	}
	return out
}

// opened is the JSON in a string, or the string itself.
func opened(s string) any {
	if json.Valid([]byte(s)) {
		return json.RawMessage(s)
	}
	return s
}

// wantDelivery finds the request's bucket and its objects below a prefix.
func (q *query) wantDelivery(prefix string) ([]object, *Failure) {
	objects, exists := q.s.deliveredTo(q.str("Bucket"), prefix)
	switch {
	case !exists:
		return nil, &Failure{Status: 404, Code: "NoSuchBucket", Message: "The specified bucket does not exist", More: []X{E("BucketName", q.str("Bucket"))}}
	case q.Region != DeliveryRegion:
		return nil, &Failure{Status: 301, Code: "PermanentRedirect", Message: "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
			More: []X{E("Endpoint", q.str("Bucket")+".s3."+DeliveryRegion+".amazonaws.com"), E("Bucket", q.str("Bucket"))}}
	}
	return objects, nil
}

var objectPages = paging{limit: "max-keys", token: "continuation-token", standard: 1000, most: 1000, badToken: "InvalidArgument", badLimit: "InvalidArgument"}

func listObjects(q *query) (any, *Failure) {
	prefix, delimiter := q.str("prefix"), q.str("delimiter")
	objects, f := q.wantDelivery(prefix)
	if f != nil {
		return nil, f
	}
	type entry struct {
		object
		common string
	}
	var all []entry
	for _, o := range objects {
		rest := o.key[len(prefix):]
		if i := strings.Index(rest, delimiter); delimiter != "" && i >= 0 {
			c := prefix + rest[:i+len(delimiter)]
			if len(all) == 0 || all[len(all)-1].common != c {
				all = append(all, entry{common: c})
			}
			continue
		}
		all = append(all, entry{object: o})
	}
	from, to, next, f := q.page(objectPages, len(all))
	if f != nil {
		return nil, f
	}
	out := []X{E("Name", q.str("Bucket")), E("Prefix", prefix), E("KeyCount", fmt.Sprint(to-from)), E("MaxKeys", cmp.Or(q.str("max-keys"), "1000"))}
	out = append(out, Text("Delimiter", delimiter)...)
	out = append(out, E("IsTruncated", fmt.Sprint(next != "")))
	out = append(out, Text("ContinuationToken", q.str("continuation-token"))...)
	out = append(out, Text("NextContinuationToken", next)...)
	for _, e := range all[from:to] {
		if e.common != "" {
			out = append(out, E("CommonPrefixes", E("Prefix", e.common)))
			continue
		}
		out = append(out, E("Contents", E("Key", e.key), E("LastModified", iso(e.modified)), E("ETag", `"`+hexID(32, "etag", e.key)+`"`), E("Size", fmt.Sprint(len(e.body))), E("StorageClass", "STANDARD")))
	}
	return E("ListBucketResult", out), nil
}

var nvme = crc64.MakeTable(0x9a6c9329ac4bc9b5)

func getObject(q *query) (any, *Failure) {
	key := q.str("Key")
	objects, f := q.wantDelivery(key)
	if f != nil {
		return nil, f
	}
	if v := q.str("versionId"); len(objects) == 0 || objects[0].key != key || v != "" && v != hexID(32, "version", key) {
		return nil, &Failure{Status: 404, Code: "NoSuchKey", Message: "The specified key does not exist.", More: []X{E("Key", key)}}
	}
	o := objects[0]
	sum := crc64.New(nvme)
	sum.Write(o.body)
	return Object{o.body, map[string]string{"Content-Type": "application/octet-stream", "Last-Modified": o.modified.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"), "Etag": `"` + hexID(32, "etag", o.key) + `"`,
		"X-Amz-Version-Id": hexID(32, "version", key), "X-Amz-Checksum-Crc64nvme": base64.StdEncoding.EncodeToString(sum.Sum(nil)), "X-Amz-Checksum-Type": "FULL_OBJECT", "X-Amz-Server-Side-Encryption": "AES256"}}, nil
}
