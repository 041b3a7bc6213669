package archive

import (
	"archive/zip"
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/report/pack"
)

// What a check came to.
const (
	OK     = "ok"
	Note   = "note" // to know, and nothing wrong
	Failed = "failed"
)

// The checks of Custody.
const (
	CheckBucket    = "bucket"    // versioning and Object Lock are on
	CheckReceipt   = "receipt"   // the receipt is there, is one, and stands alone under its key
	CheckPack      = "pack"      // the version that the receipt names is there, with its size and checksum, and stands alone
	CheckRetention = "retention" // pack and receipt are locked as the receipt says
	CheckManifest  = "manifest"  // the manifest in the ZIP is the receipt's, and says the same
	CheckChain     = "chain"     // each pack's predecessor is there, and each has one successor
	CheckCover     = "cover"     // which time no pack is about
)

// A Check is one line of what Custody found.
type Check struct {
	Name string `json:"name"`
	// State is ok, note or failed.
	State string `json:"state"`
	// Pack is the name of the period; empty where the check is about no single pack.
	Pack string `json:"pack,omitempty"`
	// Detail says in a sentence what was found.
	Detail string `json:"detail"`
}

// A Walk is what Custody went through.
type Walk struct {
	// Receipts are newest first, in the order of archiving.
	Receipts []*Receipt
	// Newest is the identity of the pack that no other names. Zero where there is none.
	Newest evidence.Digest
	// Uncovered are the times between the first and the last pack's periods that none is about.
	Uncovered []evidence.Period
	Failed    int
}

// Custody walks the chain from the newest pack to the first, and holds what S3 has against the receipts. Each finding is shown. deep, where
// it is not nil, is given every pack that is there, to fetch and check it whole. An error means that it could not be finished: S3 refused an answer.
func (a *Archive) Custody(ctx context.Context, deep func(*Receipt) error, show func(Check)) (*Walk, error) {
	w := &Walk{}
	c := &custody{a: a, ctx: ctx, show: func(ck Check) {
		if ck.State == Failed {
			w.Failed++
		}
		show(ck)
	}}
	if err := c.bucket(); err != nil {
		return nil, err
	}
	var err error
	if c.inv, err = a.list(ctx); err != nil {
		return nil, err
	}
	links, wrong, err := a.links(ctx, c.inv)
	if err != nil {
		return nil, err
	}
	for _, key := range slices.Sorted(maps.Keys(wrong)) {
		c.failed(CheckReceipt, c.name(key, ReceiptSuffix), "%s is no receipt of auditseal: %v", a.URL(key), wrong[key])
	}
	c.others(links)
	if len(links) == 0 {
		if w.Failed == 0 {
			c.failed(CheckChain, "", "%s holds no pack", a.URL(a.Prefix))
		}
		return w, nil
	}
	for _, l := range c.chain(links) {
		w.Receipts = append(w.Receipts, l.Receipt)
		if err := c.one(l); err != nil {
			return nil, err
		}
		if deep != nil && c.there(l) {
			if err := deep(l.Receipt); err != nil {
				return nil, err
			}
		}
	}
	if tips := newest(links); len(tips) > 0 {
		w.Newest = tips[len(tips)-1].Manifest
	}
	w.Uncovered = c.cover(links)
	return w, nil
}

type custody struct {
	a    *Archive
	ctx  context.Context
	inv  *inventory
	show func(Check)
}

func (c *custody) add(state, check, pack, format string, args ...any) {
	c.show(Check{Name: check, State: state, Pack: pack, Detail: fmt.Sprintf(format, args...)})
}

func (c *custody) failed(check, pack, format string, args ...any) {
	c.add(Failed, check, pack, format, args...)
}

func (c *custody) name(key, suffix string) string {
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(key, c.a.Prefix), "/"), suffix)
}

func (c *custody) bucket() error {
	_, err := c.a.Check(c.ctx)
	var e *Error
	switch {
	case err == nil:
		c.add(OK, CheckBucket, "", "s3://%s keeps versions, and its Object Lock is on", c.a.Bucket)
	case errors.As(err, &e) && e.Err == nil: // it answered
		c.failed(CheckBucket, "", "%s", e.Reason)
	default:
		return err
	}
	return nil
}

// others names what no receipt tells of.
func (c *custody) others(links []link) {
	known := map[string]bool{}
	for _, l := range links {
		known[l.key], known[l.Key] = true, true
	}
	rest := 0
	for _, key := range slices.Sorted(maps.Keys(c.inv.keys)) {
		if known[key] {
			continue
		}
		v, there := c.inv.first(key)
		switch name := c.name(key, PackSuffix); {
		case strings.HasSuffix(key, PackSuffix) && there:
			c.failed(CheckReceipt, name, "%s was put there on %s and has no receipt: archiving it was never finished, or the receipt was deleted; auditseal archive with the same ZIP writes it", c.a.URL(key), day(v.at))
		case strings.HasSuffix(key, ReceiptSuffix) && there: // said already: it is none
		default:
			rest++
		}
	}
	if rest > 0 {
		c.add(Note, CheckReceipt, "", "%d of the keys below %s are no packs or receipts, and are not looked at", rest, c.a.URL(c.a.Prefix))
	}
}

// chain gives the links from the newest to the first, along what they name, and shows where that breaks. Links that are not on the way come last.
func (c *custody) chain(links []link) []link {
	by := map[evidence.Digest]link{}
	after := map[evidence.Digest][]string{}
	for _, l := range links {
		if same, ok := by[l.Manifest]; ok {
			c.failed(CheckChain, Period(l.Period), "it is doubled: %s and %s are receipts of one pack (%s)", c.a.URL(same.key), c.a.URL(l.key), l.Manifest)
		}
		by[l.Manifest] = l
		after[l.Previous] = append(after[l.Previous], Period(l.Period))
	}
	broken := false
	fail := func(pack, format string, args ...any) {
		broken = true
		c.failed(CheckChain, pack, format, args...)
	}
	for _, l := range links {
		if _, ok := by[l.Previous]; !ok && !l.Previous.IsZero() {
			fail(Period(l.Period), "the pack before it is missing: it names %s, and no receipt here is of that", l.Previous)
		}
	}
	for _, d := range slices.SortedFunc(maps.Keys(after), func(x, y evidence.Digest) int { return cmp.Compare(x.String(), y.String()) }) {
		names := after[d]
		slices.Sort(names)
		switch l, ok := by[d]; {
		case len(names) < 2:
		case d.IsZero():
			fail("", "the chain has several beginnings: %s name no pack before them", strings.Join(names, " and "))
		case ok:
			fail(Period(l.Period), "the chain forks after it: %s both name it as the one before them; they were archived at the same time, and nothing later vouches for one of them", strings.Join(names, " and "))
		}
	}
	var out []link
	seen := map[evidence.Digest]bool{}
	for _, tip := range slices.Backward(newest(links)) {
		for l, ok := tip, true; ok && !seen[l.Manifest]; l, ok = by[l.Previous] {
			seen[l.Manifest] = true
			out = append(out, l)
		}
	}
	for _, l := range slices.Backward(links) {
		if !seen[l.Manifest] {
			seen[l.Manifest] = true
			out = append(out, l)
			fail(Period(l.Period), "it is not reached from the newest pack: the receipts name each other in a circle")
		}
	}
	if !broken {
		first := out[len(out)-1]
		if len(out) == 1 {
			c.add(OK, CheckChain, "", "one pack, %s (archived %s), and it names none before it", Period(first.Period), day(first.Archived))
			return out
		}
		c.add(OK, CheckChain, "", "%d packs, from %s (archived %s) to %s (archived %s): each names the one before it", len(out), Period(first.Period), day(first.Archived), Period(out[0].Period), day(out[0].Archived))
	}
	return out
}

func (c *custody) find(key, id string) (version, bool) {
	for _, v := range c.inv.keys[key] {
		if v.id == id && !v.marker {
			return v, true
		}
	}
	return version{}, false
}

func (c *custody) there(l link) bool {
	_, ok := c.find(l.Key, l.VersionID)
	return ok
}

// one holds a pack and its receipt against what S3 has.
func (c *custody) one(l link) error {
	name := Period(l.Period)
	if c.alone(CheckReceipt, name, "the receipt", l.key, l.id) {
		c.add(OK, CheckReceipt, name, "archived %s as %s, version %s", day(l.Archived), c.a.URL(l.Key), l.VersionID)
	}
	if l.Owner != "" && c.a.Owner != "" && l.Owner != c.a.Owner {
		c.failed(CheckReceipt, name, "it was archived in a bucket of account %s, and this one is of %s", l.Owner, c.a.Owner)
	}
	v, ok := c.find(l.Key, l.VersionID)
	if !ok {
		if n := c.inv.count(l.Key); n > 0 {
			c.failed(CheckPack, name, "it was swapped: version %s, which the receipt names, is gone, and %d other of %s are there", l.VersionID, n, c.a.URL(l.Key))
		} else {
			c.failed(CheckPack, name, "it is missing: %s, version %s, was deleted after it was archived", c.a.URL(l.Key), l.VersionID)
		}
		return c.lock(l, l.key, l.id, "the receipt", nil)
	}
	if err := c.pack(l, v, c.alone(CheckPack, name, "the pack", l.Key, l.VersionID)); err != nil {
		return err
	}
	locked := true
	for _, o := range []struct{ key, id, what string }{{l.Key, l.VersionID, "the pack"}, {l.key, l.id, "the receipt"}} {
		if err := c.lock(l, o.key, o.id, o.what, &locked); err != nil {
			return err
		}
	}
	if locked {
		c.add(OK, CheckRetention, name, "%s until %s", l.Retention.Mode, l.Retention.Until.Format(time.RFC3339))
	}
	return c.manifest(l)
}

// alone shows what else stands under a key.
func (c *custody) alone(check, name, what, key, id string) bool {
	list := c.inv.keys[key]
	ok := true
	if list[0].marker {
		ok = false
		c.failed(check, name, "%s was deleted on %s: a delete marker (version %s) hides it, and version %s is still there", what, day(list[0].at), list[0].id, id)
	}
	if n := c.inv.count(key); n > 1 {
		ok = false
		top := list[slices.IndexFunc(list, func(v version) bool { return !v.marker })]
		if top.id != id {
			c.failed(check, name, "%s is doubled: %d versions stand under %s, and version %s was put over it on %s", what, n, c.a.URL(key), top.id, day(top.at))
		} else {
			c.failed(check, name, "%s is doubled: %d versions stand under %s, others below it", what, n, c.a.URL(key))
		}
	}
	return ok
}

// pack holds size and checksum against the receipt.
func (c *custody) pack(l link, v version, ok bool) error {
	name := Period(l.Period)
	out, err := c.a.S3.HeadObject(c.ctx, &s3.HeadObjectInput{Bucket: &c.a.Bucket, Key: &l.Key, VersionId: &l.VersionID, ExpectedBucketOwner: c.a.owner(), ChecksumMode: types.ChecksumModeEnabled})
	if err != nil {
		return c.a.fault(c.ctx, "s3:GetObjectVersion", l.Key, err)
	}
	size := aws.ToInt64(out.ContentLength)
	want := base64.StdEncoding.EncodeToString(l.SHA256[:])
	whole := out.ChecksumSHA256 != nil && out.ChecksumType != types.ChecksumTypeComposite
	switch {
	case size != l.Size || v.size != l.Size:
		c.failed(CheckPack, name, "it was swapped: version %s has %d bytes, and the receipt says %d", l.VersionID, size, l.Size)
	case whole && aws.ToString(out.ChecksumSHA256) != want:
		c.failed(CheckPack, name, "it was swapped: S3's SHA-256 of version %s is %s, and the receipt says %s (base64)", l.VersionID, aws.ToString(out.ChecksumSHA256), want)
	case !whole && out.Metadata[metaSHA256] != l.SHA256.String():
		c.failed(CheckPack, name, "it was swapped: version %s was put there as SHA-256 %s, and the receipt says %s", l.VersionID, cmp.Or(out.Metadata[metaSHA256], "none"), l.SHA256)
	case !ok:
	case whole:
		c.add(OK, CheckPack, name, "%d bytes, SHA-256 %s by S3's own checksum", l.Size, l.SHA256)
	default:
		c.add(OK, CheckPack, name, "%d bytes; it was sent in parts, and S3 has no SHA-256 of the whole: --deep reads it", l.Size)
	}
	return nil
}

// lock shows how a version is locked where that is not as the receipt says.
func (c *custody) lock(l link, key, id, what string, fine *bool) error {
	r, _, err := c.a.retention(c.ctx, key, id)
	if err != nil {
		return err
	}
	name, was := Period(l.Period), l.Retention
	bad := fine == nil // the pack is not there: its receipt alone is no good news
	fail := func(format string, args ...any) {
		bad = true
		c.failed(CheckRetention, name, format, args...)
	}
	switch {
	case r.Mode == "" || r.Until.IsZero():
		fail("%s is unlocked: nothing keeps version %s from being deleted", what, id)
	case weaker(r.Mode, was.Mode):
		fail("the lock of %s was weakened from %s to %s: whoever may bypass governance can delete it", what, was.Mode, r.Mode)
	case r.Until.Before(was.Until):
		fail("the retention of %s was shortened: it ends on %s, and was to end on %s", what, r.Until.Format(time.RFC3339), was.Until.Format(time.RFC3339))
	}
	if !r.Until.IsZero() && !r.Until.After(c.inv.at) {
		fail("the retention of %s has expired on %s: whoever may delete versions can delete it since", what, r.Until.Format(time.RFC3339))
	}
	if bad && fine != nil {
		*fine = false
	}
	return nil
}

// maxQuick is the largest manifest that is read without --deep, in bytes.
const maxQuick = 32 << 20

// manifest reads the manifest in the ZIP, and nothing else of it.
func (c *custody) manifest(l link) error {
	name := Period(l.Period)
	r := &ranged{ctx: c.ctx, a: c.a, key: l.Key, id: l.VersionID, size: l.Size}
	var e *Error
	z, err := zip.NewReader(r, l.Size)
	if errors.As(err, &e) || c.ctx.Err() != nil {
		return cmp.Or(c.ctx.Err(), err)
	}
	if err != nil {
		c.failed(CheckManifest, name, "%s is no ZIP: %v", c.a.URL(l.Key), err)
		return nil
	}
	var found []*zip.File
	for _, f := range z.File {
		if f.Name == pack.ManifestPath {
			found = append(found, f)
		}
	}
	if len(found) != 1 {
		c.failed(CheckManifest, name, "the ZIP has %d files %s", len(found), pack.ManifestPath)
		return nil
	}
	if found[0].UncompressedSize64 > maxQuick {
		c.add(Note, CheckManifest, name, "%s has %d bytes: --deep reads it", pack.ManifestPath, found[0].UncompressedSize64)
		return nil
	}
	in, err := found[0].Open()
	if err == nil {
		var b []byte
		b, err = io.ReadAll(io.LimitReader(in, maxQuick+1))
		in.Close()
		if err == nil {
			c.says(l, b)
			return nil
		}
	}
	if errors.As(err, &e) || c.ctx.Err() != nil {
		return cmp.Or(c.ctx.Err(), err)
	}
	c.failed(CheckManifest, name, "%s in the ZIP cannot be read: %v", pack.ManifestPath, err)
	return nil
}

// says holds a manifest against the receipt.
func (c *custody) says(l link, b []byte) {
	name := Period(l.Period)
	if id := evidence.Sum(b); id != l.Manifest {
		c.failed(CheckManifest, name, "it was swapped: the manifest in the ZIP has the SHA-256 %s, and the receipt says %s", id, l.Manifest)
		return
	}
	m, errs := pack.ParseManifest(b)
	switch {
	case len(errs) > 0:
		c.failed(CheckManifest, name, "the manifest in the ZIP: %v", errs[0])
	case m.Previous != l.Previous:
		c.failed(CheckManifest, name, "the manifest names %s as the pack before it, and the receipt %s", m.Previous, l.Previous)
	case !m.Period.From.Equal(l.Period.From) || !m.Period.To.Equal(l.Period.To):
		c.failed(CheckManifest, name, "the manifest is of the period %s, and the receipt of %s", m.Period, l.Period)
	case m.Organization != l.Organization:
		c.failed(CheckManifest, name, "the manifest is of %q, and the receipt of %q", m.Organization, l.Organization)
	default:
		c.add(OK, CheckManifest, name, "manifest.json in the ZIP has the SHA-256 %s, and names the pack before it as the receipt does", l.Manifest)
	}
}

// cover finds the time between the first and the last period that no pack is about.
func (c *custody) cover(links []link) []evidence.Period {
	by := slices.Clone(links)
	slices.SortFunc(by, func(x, y link) int { return x.Period.From.Compare(y.Period.From) })
	var out []evidence.Period
	first, end := by[0].Period.From, by[0].Period.To
	for _, l := range by[1:] {
		if l.Period.From.After(end) {
			out = append(out, evidence.Period{From: end, To: l.Period.From})
			c.add(Note, CheckCover, "", "no pack is about the time from %s to %s", day(end), day(l.Period.From.Add(-1)))
		}
		if l.Period.To.After(end) {
			end = l.Period.To
		}
	}
	if len(out) == 0 {
		c.add(OK, CheckCover, "", "the packs are about all of the time from %s to %s", day(first), day(end.Add(-1)))
	}
	return out
}
