package iam

import (
	"bytes"
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
)

// keep notes the body of the answer beside what the SDK's client makes of it: where AWS leaves a truth value or a number out, the
// client reads false or 0.
func keep(raw *[]byte) func(*iam.Options) {
	return func(o *iam.Options) {
		o.APIOptions = append(o.APIOptions, cell.Body(func(body []byte, _ *middleware.Metadata) { *raw = body }))
	}
}

// A reason says why something could not be read: an error of the call, or an answer that is not whole.
type reason struct {
	err           error
	md            middleware.Metadata
	op            evidence.Operation
	code, message string
}

// without is the reason that an answer lacks something.
func without(md middleware.Metadata, op evidence.Operation, what string) *reason {
	return odd(md, op, "MissingMember", "AWS answered "+op.Name+" without "+what)
}

// odd is the reason that an answer holds what it should not.
func odd(md middleware.Metadata, op evidence.Operation, code, message string) *reason {
	return &reason{md: md, op: op, code: code, message: message}
}

// unknown leaves the fields of a record unknown for a reason.
func (r *reader) unknown(m *evidence.Meta, w *reason, fields ...string) evidence.Gap {
	return r.tell(m, w, fields, nil)
}

// incomplete says that populations are not whole for a reason.
func (r *reader) incomplete(w *reason, kinds ...string) evidence.Gap {
	return r.tell(nil, w, nil, kinds)
}

// tell makes a gap. An error, and an answer that lacks the same of many records, is one gap that they share.
func (r *reader) tell(m *evidence.Meta, w *reason, fields, kinds []string) evidence.Gap {
	about := ""
	if m != nil {
		about = m.ID
	}
	touched := strings.Join(fields, ",") + "|" + strings.Join(kinds, ",")
	// own is what tells gaps of one record apart, shared what records have in common.
	own := strings.Join([]string{w.op.Name, w.code, tape.StampOf(w.md).Evidence, touched, about}, "|")
	shared := own[:len(own)-len(about)] + w.message
	if w.err != nil {
		own, shared = w.err.Error()+touched+about, w.err.Error()+touched
	}
	if g, told := r.told[own]; told {
		return g
	}
	g, told := r.told[shared]
	switch {
	case told && m != nil:
		m.UnknownBy(g, fields...)
	case told:
	case w.err != nil && m != nil:
		g = r.c.Unknown(m, w.err, fields...)
	case w.err != nil:
		g = r.c.Incomplete(w.err, kinds...)
	default:
		g = r.c.Half(w.md, w.op, w.code, w.message, m, fields, kinds...)
	}
	r.told[shared], r.told[own] = g, g
	return g
}

// needed is something that a record lacks, and the field that is unknown without it.
type needed struct {
	lacks bool
	field string
}

// need leaves unknown what an answer lacks of a record. Many that lack the same share a gap.
func (r *reader) need(m *evidence.Meta, md middleware.Metadata, op evidence.Operation, all ...needed) {
	for _, n := range all {
		if n.lacks {
			r.unknown(m, without(md, op, n.field+" of some that it lists"), n.field)
		}
	}
}

// A paged answer is one that says whether there is more.
type paged struct {
	truncated bool
	marker    *string
	md        middleware.Metadata
}

// pages follows a list to its end. The reason is why the list is not whole, nil where it is; the error is use's, or that of ctx.
func pages[O any](ctx context.Context, op evidence.Operation, p cell.Paginator[O, iam.Options], use func(*O) (paged, error)) (*reason, error) {
	for p.HasMorePages() {
		var raw []byte
		page, err := p.NextPage(ctx, keep(&raw))
		if err != nil {
			return &reason{err: err}, ctx.Err()
		}
		at, err := use(page)
		if err != nil {
			return nil, err
		}
		switch {
		case at.truncated && aws.ToString(at.marker) == "":
			return &reason{md: at.md, op: op, code: "MissingMember", message: "AWS answered " + op.Name + " with more to come, but without the Marker to ask for it by"}, nil
		case !at.truncated && aws.ToString(at.marker) == "" && !bytes.Contains(raw, []byte("<IsTruncated>")):
			return without(at.md, op, "IsTruncated, so that it is not known whether there is more"), nil
		}
	}
	return nil, nil
}
