package archive

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// maxVersions is how many versions and delete markers are looked through below a prefix: a hundred years of months have a few thousand.
const maxVersions = 1_000_000

// A version is one version of an object, or a delete marker: a version without bytes that hides those before it.
type version struct {
	id     string
	size   int64
	at     time.Time
	latest bool
	marker bool
}

// An inventory is everything that stands directly below the prefix, by key, newest version first.
type inventory struct {
	keys map[string][]version
	// at is S3's date of the last answer.
	at time.Time
}

// list reads the inventory. Names of further folders below the prefix belong to others.
func (a *Archive) list(ctx context.Context) (*inventory, error) {
	inv := &inventory{keys: map[string][]version{}}
	in := &s3.ListObjectVersionsInput{Bucket: &a.Bucket, ExpectedBucketOwner: a.owner(), Delimiter: aws.String("/")}
	prefix := ""
	if a.Prefix != "" {
		prefix = a.Prefix + "/"
	}
	in.Prefix = &prefix
	for n := 0; ; {
		out, err := a.S3.ListObjectVersions(ctx, in)
		if err != nil {
			return nil, a.fault(ctx, "s3:ListBucketVersions", "", err)
		}
		add := func(key string, v version) {
			n++
			// S3 has no other; a server that is none of AWS's may.
			if name, ok := strings.CutPrefix(key, prefix); ok && name != "" && !strings.Contains(name, "/") {
				inv.keys[key] = append(inv.keys[key], v)
			}
		}
		for _, v := range out.Versions {
			add(aws.ToString(v.Key), version{id: aws.ToString(v.VersionId), size: aws.ToInt64(v.Size), at: aws.ToTime(v.LastModified).UTC(), latest: aws.ToBool(v.IsLatest)})
		}
		for _, v := range out.DeleteMarkers {
			add(aws.ToString(v.Key), version{id: aws.ToString(v.VersionId), at: aws.ToTime(v.LastModified).UTC(), latest: aws.ToBool(v.IsLatest), marker: true})
		}
		inv.at = a.date(out.ResultMetadata)
		if !aws.ToBool(out.IsTruncated) {
			break
		}
		key, id := aws.ToString(out.NextKeyMarker), aws.ToString(out.NextVersionIdMarker)
		if n > maxVersions || key == "" || key == aws.ToString(in.KeyMarker) && id == aws.ToString(in.VersionIdMarker) {
			return nil, &Error{Reason: fmt.Sprintf("s3://%s: s3:ListBucketVersions: the list below %q never ends", a.Bucket, prefix)}
		}
		in.KeyMarker, in.VersionIdMarker = &key, nil
		if id != "" {
			in.VersionIdMarker = &id
		}
	}
	for _, list := range inv.keys {
		// S3 lists a key's versions newest first, markers apart. The latest is the one that it calls so, however the seconds fell.
		slices.SortStableFunc(list, func(x, y version) int {
			if x.latest != y.latest {
				if x.latest {
					return -1
				}
				return 1
			}
			return y.at.Compare(x.at)
		})
	}
	return inv, nil
}

// first is the oldest version of a key that has bytes: If-None-Match puts one only where nothing stood.
func (inv *inventory) first(key string) (version, bool) {
	for _, v := range slices.Backward(inv.keys[key]) {
		if !v.marker {
			return v, true
		}
	}
	return version{}, false
}

// count is how many versions with bytes a key has.
func (inv *inventory) count(key string) int {
	n := 0
	for _, v := range inv.keys[key] {
		if !v.marker {
			n++
		}
	}
	return n
}

// A link is a receipt of the chain.
type link struct {
	*Receipt
	key string // of the receipt
	id  string // its version
}

// links reads the oldest version of every receipt, sorted by when they were archived. Those that cannot be read as receipts are given apart,
// by key; where S3 refused an answer, that is an error.
func (a *Archive) links(ctx context.Context, inv *inventory) ([]link, map[string]error, error) {
	var out []link
	wrong := map[string]error{}
	for _, key := range slices.Sorted(maps.Keys(inv.keys)) {
		v, ok := inv.first(key)
		if !strings.HasSuffix(key, ReceiptSuffix) || !ok {
			continue
		}
		r, err := a.readReceipt(ctx, key, v)
		var e *Error
		if ctx.Err() != nil || errors.As(err, &e) {
			return nil, nil, err
		}
		if err != nil {
			wrong[key] = err
			continue
		}
		out = append(out, link{r, key, v.id})
	}
	slices.SortStableFunc(out, func(x, y link) int { return cmp.Or(x.Archived.Compare(y.Archived), cmp.Compare(x.key, y.key)) })
	return out, wrong, nil
}

// readReceipt reads one version of a receipt. An *Error means that S3 did not give it; another error that it is none.
func (a *Archive) readReceipt(ctx context.Context, key string, v version) (*Receipt, error) {
	if v.size > maxReceipt {
		return nil, fmt.Errorf("it has %d bytes, and no receipt has more than %d", v.size, maxReceipt)
	}
	var b bytes.Buffer
	if _, err := a.stream(ctx, key, v.id, &limited{w: &b, left: maxReceipt}); err != nil {
		return nil, err
	}
	r, err := ParseReceipt(b.Bytes())
	switch {
	case err != nil:
		return nil, err
	case key != strings.TrimSuffix(r.Key, PackSuffix)+ReceiptSuffix || r.Bucket != a.Bucket:
		return nil, fmt.Errorf("it is the receipt of %s in bucket %s, put under another's key", r.Key, r.Bucket)
	}
	return r, nil
}

// limited refuses more bytes than were announced.
type limited struct {
	w    io.Writer
	left int64
}

func (l *limited) Write(b []byte) (int, error) {
	if l.left -= int64(len(b)); l.left < 0 {
		return 0, errTooLong
	}
	return l.w.Write(b)
}

var errTooLong = errors.New("longer than S3 said that it is")

// newest are the links that no other names as the one before it, oldest first. A whole chain has one; none where it is empty.
func newest(links []link) []link {
	named := map[evidence.Digest]bool{}
	for _, l := range links {
		named[l.Previous] = true
	}
	return slices.DeleteFunc(slices.Clone(links), func(l link) bool { return named[l.Manifest] })
}

// A Standing is what the archive has of a period, and of the chain.
type Standing struct {
	// Previous is the identity that a pack sealed now names as the one before it, and PreviousPeriod the name of its period; zero and empty
	// where it would be the first.
	Previous       evidence.Digest
	PreviousPeriod string
	// Receipt is that of the period, nil where there is none. Pack reports that something stands under the pack's key, and PackVersion is the
	// version that was put there first.
	Receipt     *Receipt
	Pack        bool
	PackVersion string
	// Forks names the packs that nothing after them names, but for the newest.
	Forks []string
}

// Standing reads the receipts. It fails where one cannot be read, or is of another organization: a pack sealed then would name the wrong
// one as its predecessor.
func (a *Archive) Standing(ctx context.Context, organization string, p evidence.Period) (*Standing, error) {
	inv, err := a.list(ctx)
	if err != nil {
		return nil, err
	}
	return a.standing(ctx, inv, organization, p)
}

func (a *Archive) standing(ctx context.Context, inv *inventory, organization string, p evidence.Period) (*Standing, error) {
	links, wrong, err := a.links(ctx, inv)
	if err != nil {
		return nil, err
	}
	for _, key := range slices.Sorted(maps.Keys(wrong)) {
		return nil, &Error{Broken: true, Reason: fmt.Sprintf("%s is no receipt: %v", a.URL(key), wrong[key]),
			Hint: "see what else is wrong with: auditseal custody " + a.URL(a.Prefix)}
	}
	s := &Standing{}
	v, there := inv.first(a.PackKey(p))
	s.Pack, s.PackVersion = there, v.id
	for _, l := range links {
		if l.Organization != organization {
			return nil, &Error{Reason: fmt.Sprintf("%s is of %q, and this audit is of %q", a.URL(l.key), l.Organization, organization), Hint: "give each organization a prefix of its own in archive.to"}
		}
		if l.key == a.ReceiptKey(p) {
			s.Receipt = l.Receipt
		}
	}
	// A pack whose receipt was never written is in the chain without anybody knowing: the next one would name its predecessor again.
	for _, key := range slices.Sorted(maps.Keys(inv.keys)) {
		name, isPack := strings.CutSuffix(key, PackSuffix)
		if _, has := inv.first(name + ReceiptSuffix); isPack && !has && key != a.PackKey(p) {
			if _, there := inv.first(key); there {
				return nil, &Error{Reason: fmt.Sprintf("%s has no receipt: archiving it was never finished", a.URL(key)),
					Hint: "finish it first, with auditseal archive and the same ZIP (or a copy of that object)"}
			}
		}
	}
	tips := newest(links)
	if len(links) > 0 && len(tips) == 0 {
		return nil, &Error{Broken: true, Reason: a.URL(a.Prefix) + ": each receipt names another as the one before it, and none is the newest", Hint: "see what is wrong with: auditseal custody " + a.URL(a.Prefix)}
	}
	for i, l := range tips {
		if i == len(tips)-1 {
			s.Previous, s.PreviousPeriod = l.Manifest, Period(l.Period)
		} else {
			s.Forks = append(s.Forks, Period(l.Period))
		}
	}
	return s, nil
}
