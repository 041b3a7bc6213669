package configdelivery

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/smithy-go/middleware"
)

// What a file is, by its folder.
const (
	history   = "history"
	snapshot  = "snapshot"
	oversized = "oversized"
)

// A delivered is an object that a listing named.
type delivered struct {
	key      string
	size     int64
	modified *time.Time
	sort     string
	// typ is the type by the file's name; empty for snapshots. at is the moment of a snapshot.
	typ string
	at  time.Time
	// day is the folder's, counted from the beginning of the period's first day.
	listed middleware.Metadata
}

// root is what stands before a place's days: [prefix/]AWSLogs/<account>/Config/<region>/
func (r *reader) root(account, region string) string {
	p := r.c.Scope.Delivery.Prefix
	if p != "" {
		p += "/"
	}
	p += "AWSLogs/" + account + "/Config/"
	if region != "" {
		p += region + "/"
	}
	return p
}

// dayOf is a day's folder. AWS pads neither month nor day.
func dayOf(t time.Time) string { return fmt.Sprintf("%d/%d/%d/", t.Year(), int(t.Month()), t.Day()) }

const stamp = "20060102T150405Z"

var (
	historyForm  = regexp.MustCompile(`^([0-9]{12})_Config_([a-z0-9-]+)_ConfigHistory_([A-Za-z0-9:]+)_([0-9]{8}T[0-9]{6}Z)_([0-9]{8}T[0-9]{6}Z)_[0-9]+\.json(?:\.gz)?$`)
	snapshotForm = regexp.MustCompile(`^([0-9]{12})_Config_([a-z0-9-]+)_ConfigSnapshot_([0-9]{8}T[0-9]{6}Z)_[0-9A-Za-z-]+\.json(?:\.gz)?$`)
	// The resource's id stands in the name, and may be anything.
	oversizedForm = regexp.MustCompile(`^([0-9]{12})_Config_([a-z0-9-]+)_ChangeNotification_([A-Za-z0-9]+::[A-Za-z0-9]+::[A-Za-z0-9]+)_.*\.json(?:\.gz)?$`)
)

// parse reads what stands behind a day's folder. wanted is false for what is not read: other types, and folders that are none of ours. A
// name in one of our folders that is not in the form that AWS writes is an error: nobody knows what it tells.
func (r *reader) parse(account, region, rest string, d *delivered) (wanted bool, err error) {
	folder, name, nested := strings.Cut(rest, "/")
	if !nested || name == "" {
		return false, nil
	}
	var m []string
	switch folder {
	case "ConfigHistory":
		d.sort, m = history, historyForm.FindStringSubmatch(name)
	case "ConfigSnapshot":
		d.sort, m = snapshot, snapshotForm.FindStringSubmatch(name)
	case "OversizedChangeNotification":
		d.sort, m = oversized, oversizedForm.FindStringSubmatch(name[strings.LastIndexByte(name, '/')+1:])
		// A resource's id may hold a slash: the folder tells the type then.
		if typ, _, _ := strings.Cut(name, "/"); m == nil && strings.Count(typ, "::") == 2 {
			m = []string{"", account, region, typ}
		}
	default:
		return false, nil
	}
	if m == nil || m[1] != account || m[2] != region {
		return false, fmt.Errorf("the key %q is not of the form that AWS Config gives files of account %s in %s", d.key, account, region)
	}
	if d.sort == snapshot {
		d.at, err = time.Parse(stamp, m[3])
		return err == nil, err
	}
	d.typ = m[3]
	return slices.Contains(r.types, d.typ), nil
}
