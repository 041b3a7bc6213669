package athena

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	configtypes "github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/configitem"
	"github.com/auditseal/auditseal/collectors/evidence"
)

// counts are what the files of one account and region hold.
type counts struct {
	files int
	// want are the items of the types that were captured in the period, every copy counted; got are those that came.
	want, got int
	md        middleware.Metadata
}

// A tally reads the rows of the two answers about some of the accounts.
type tally struct {
	r       *reader
	q       Query
	counted map[place]*counts
	// last is the item before, and its digest: what comes twice comes side by side.
	last   string
	digest evidence.Digest
}

// where is the place of a row, which has to be one that was asked about.
func (t *tally) where(names []string, w row, md middleware.Metadata) (place, error) {
	p := place{w.text(names, "account"), w.text(names, "region")}
	if !slices.Contains(t.q.Accounts, p.account) || !slices.Contains(t.q.Regions, p.region) {
		return p, cutShort(md, getResults, "OtherPlace", fmt.Sprintf("Athena gave a row of %q, which was not asked about", p.String()))
	}
	return p, nil
}

// number reads a count.
func number(names []string, w row, name string, md middleware.Metadata) (int, error) {
	n, err := strconv.Atoi(w.text(names, name))
	if err != nil || n < 0 {
		return 0, cutShort(md, getResults, "UnknownValue", fmt.Sprintf("Athena gave %q as %s, which is no count", w.text(names, name), name))
	}
	return n, nil
}

// count takes over a row of the counts.
func (t *tally) count(w row, md middleware.Metadata) error {
	p, err := t.where(countsAnswer, w, md)
	if err != nil {
		return err
	}
	if t.counted[p] != nil {
		return cutShort(md, getResults, "SaidTwice", "Athena counted the files of "+p.String()+" twice")
	}
	c := &counts{md: md}
	without := 0
	for name, to := range map[string]*int{"files": &c.files, "in_period": &c.want, "without_items": &without} {
		n, e := number(countsAnswer, w, name, md)
		if e != nil && err == nil {
			err = e
		}
		*to = n
	}
	if err != nil {
		return err
	}
	t.counted[p] = c
	if without > 0 {
		t.r.unread(cutShort(md, getResults, "FileWithoutItems", fmt.Sprintf("%d of the files of %s have no list of items", without, p)), p.String())
	}
	return nil
}

// undelivered says which accounts and regions have no file: nothing says then that nothing changed there.
func (t *tally) undelivered() {
	var none []place
	var md middleware.Metadata
	for _, a := range t.q.Accounts {
		for _, r := range t.q.Regions {
			if c := t.counted[place{a, r}]; c == nil || c.files == 0 {
				none = append(none, place{a, r})
			}
		}
	}
	if len(none) == 0 {
		return
	}
	at := sortedPlaces(none)
	e := cutShort(md, getResults, "NotDelivered", "AWS Config delivered no history file of "+someOf(at)+" in the period: it was off there, delivered elsewhere, or nothing changed")
	e.Outcome = evidence.NotEnabled
	t.r.unread(e, at...)
}

// compare says where fewer items came than were counted. More may: files come in between the two queries.
func (t *tally) compare() {
	for _, a := range t.q.Accounts {
		for _, r := range t.q.Regions {
			p := place{a, r}
			if c := t.counted[p]; c != nil && c.got < c.want {
				t.r.unread(cutShort(c.md, getResults, "ItemsMissing", fmt.Sprintf("the files of %s hold %d items of the period, and %d came", p, c.want, c.got)), p.String())
			}
		}
	}
}

// item takes over a row of the items. What is wrong with one item leaves its type unread in its account and region; the others stand.
func (t *tally) item(w row, md middleware.Metadata) error {
	p, err := t.where(itemsAnswer, w, md)
	if err != nil {
		return err
	}
	copies, err := number(itemsAnswer, w, "copies", md)
	if err != nil {
		return err
	}
	get := func(name string) string { return w.text(itemsAnswer, name) }
	typ, id := get("resource_type"), get("resource_id")
	bad := func(code, why string) error {
		types := t.q.Types
		if slices.Contains(types, typ) {
			types = []string{typ}
		} else if typ == complianceType {
			return nil // AWS's own timelines decide nothing, so that nothing else is unread without them
		}
		t.r.unreadTypes(cutShort(md, getResults, code, fmt.Sprintf("an item of %s %q in %s %s", typ, id, get("path"), why)), types, p.String())
		return nil
	}
	it, err := itemOf(get)
	if it.Captured.IsZero() || t.q.Period.Contains(it.Captured) {
		if c := t.counted[p]; c != nil {
			c.got += copies
		}
	}
	switch {
	case err != nil:
		return bad("UnreadableItem", err.Error())
	case typ != complianceType && !slices.Contains(t.q.Types, typ):
		return bad("ItemOfNothing", "is of a type that was not asked for")
	case it.Captured.IsZero() || id == "" || it.Status == "":
		return bad("ItemOfNothing", "says not when it was captured, of what, or with which status")
	case it.Account != p.account:
		return bad("OtherAccount", fmt.Sprintf("is of the account %q, and the folder is of %s", it.Account, p.account))
	case !strings.HasPrefix(get("path"), t.r.table.Location+p.account+"/Config/"+p.region+"/"):
		return bad("OtherPlace", "is in no file of "+p.String())
	case !it.Captured.Before(t.q.Period.To):
		return bad("OtherPeriod", "was captured after the period, which was not asked about")
	}
	// The same item in a history and in a snapshot is one, though they may tell its delivery differently.
	key, digest := it.ID(p.account, p.region), it.Digest()
	if key == t.last && digest == t.digest {
		return nil
	}
	t.last, t.digest = key, digest
	return t.r.c.Past(&it, p.account, p.region, evidence.FromAthena, md)
}

// itemOf makes an item of a row. The error says which column is not in the form that AWS documents; the item is what could be read.
func itemOf(get func(string) string) (configitem.Item, error) {
	var bad error
	fault := func(column string) {
		if bad == nil {
			bad = fmt.Errorf("has a %s that cannot be read: %.80q", column, get(column))
		}
	}
	at := func(column string) *time.Time {
		s := get(column)
		if s == "" {
			return nil
		}
		v, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			fault(column)
			return nil
		}
		return &v
	}
	// A map of SQL may hold NULL, which is JSON's null: a part that is not there in the form of the API.
	members := func(column string) map[string]*string {
		s := get(column)
		if s == "" {
			return nil
		}
		var v map[string]*string
		if json.Unmarshal([]byte(s), &v) != nil {
			fault(column)
		}
		return v
	}
	text := func(column string) *string {
		if s := get(column); s != "" {
			return &s
		}
		return nil
	}
	x := configtypes.ConfigurationItem{AccountId: text("item_account"), AwsRegion: text("item_region"), ResourceType: configtypes.ResourceType(get("resource_type")), ResourceId: text("resource_id"),
		ResourceName: text("resource_name"), Arn: text("arn"), Version: text("version"), ConfigurationItemStatus: configtypes.ConfigurationItemStatus(get("status")), ConfigurationStateId: text("state_id"),
		ConfigurationItemCaptureTime: at("captured"), ResourceCreationTime: at("created"), ConfigurationItemDeliveryTime: at("delivered"),
		RecordingFrequency: configtypes.RecordingFrequency(get("frequency")), Configuration: text("configuration"), SupplementaryConfiguration: map[string]string{}, Tags: map[string]string{}}
	for name, v := range members("supplementary") {
		x.SupplementaryConfiguration[name] = "null"
		if v != nil {
			x.SupplementaryConfiguration[name] = *v
		}
	}
	for name, v := range members("tags") {
		if v == nil {
			fault("tags")
			continue
		}
		x.Tags[name] = *v
	}
	return configitem.FromAPI(x), bad
}
