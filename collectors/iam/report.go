package iam

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/policy"
	"github.com/auditseal/auditseal/collectors/tape"
)

// polls is how often the report is asked for at most: four minutes at the tape's rate. AWS makes one in seconds as a rule.
const polls = 120

// What AWS answers about the report while there is none to give.
const (
	inProgress = "ReportInProgress"
	notPresent = "ReportNotPresent"
	expired    = "ReportExpired"
)

// atLimit is what AWS answers where it makes no new report now.
var atLimit = []string{"LimitExceeded", "ReportGenerationLimitExceeded"}

// reported is what the report says of who was there when.
type reported struct {
	whole     bool
	generated time.Time
	arns      map[string]bool
	md        middleware.Metadata
}

// report asks AWS to make the credential report, waits for it, and reads it.
func (r *reader) report(ctx context.Context) error {
	p := &CredentialReport{Meta: r.meta(r.c.Account + "/iam/credential-report")}
	m := &p.Meta
	started := false
	made, err := r.iam.GenerateCredentialReport(ctx, &iam.GenerateCredentialReportInput{})
	switch {
	case err == nil && made.State == "":
		r.unknown(m, without(made.ResultMetadata, generateReport, "State"), "request")
	case err == nil:
		r.c.Read(m, made.ResultMetadata)
		p.Request, started = string(made.State), made.State != types.ReportStateTypeComplete
	case slices.Contains(atLimit, tape.Code(err)):
		r.c.Known(m, err)
		p.Request = atLimit[0]
	default:
		r.c.Unknown(m, err, "request")
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	out, err := r.fetch(ctx, started)
	if err != nil {
		r.c.Unknown(m, err, "generated", "age_hours", "users")
		r.c.Incomplete(err, reportKinds...)
		r.unused(&reason{err: err}, "report_generated")
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return r.emit(p, err)
	}
	r.c.Read(m, out.ResultMetadata)
	r.c.Read(&r.root.Meta, out.ResultMetadata)
	if w := r.age(p, out); w != nil {
		r.incomplete(w, reportKinds...)
	}
	if err := r.lines(p, out); err != nil {
		return err
	}
	return r.c.Emit(p)
}

// fetch asks for the report until it is there. Once AWS has begun to make one, neither its absence nor an older one that has expired
// is its last word.
func (r *reader) fetch(ctx context.Context, started bool) (*iam.GetCredentialReportOutput, error) {
	for n := 1; ; n++ {
		out, err := r.iam.GetCredentialReport(ctx, &iam.GetCredentialReportInput{})
		if err == nil {
			return out, nil
		}
		code := tape.Code(err)
		if wait := code == inProgress || started && (code == notPresent || code == expired); !wait || n == polls || ctx.Err() != nil {
			return nil, err
		}
		r.c.Known(nil, err)
	}
}

// old is an age at which a report no longer tells how things are: AWS makes a new one after four hours.
const old = 24 * time.Hour

// age says which moment the report holds for, and gives why it can't be taken for how things are, nil where it can. AWS's clocks may
// differ by minutes, but a report is not of tomorrow.
func (r *reader) age(p *CredentialReport, out *iam.GetCredentialReportOutput) *reason {
	md := out.ResultMetadata
	undated := func(w *reason) *reason {
		r.unknown(&p.Meta, w, "generated", "age_hours")
		r.unused(w, "report_generated")
		return w
	}
	if out.GeneratedTime == nil {
		return undated(without(md, getReport, "GeneratedTime"))
	}
	made := out.GeneratedTime.UTC()
	age := tape.StampOf(md).Date.Sub(made)
	if age < -10*time.Minute {
		return undated(odd(md, getReport, "UnknownValue", "the credential report says that it was made after AWS gave it"))
	}
	hours := int(max(age, 0) / time.Hour)
	p.Generated, p.AgeHours, r.root.ReportGenerated = &made, &hours, &made
	if age <= old {
		return nil
	}
	w := odd(md, getReport, "OldReport", fmt.Sprintf("the credential report is %d hours old: what has changed since is not in it", hours))
	r.unused(w)
	return w
}

// unused leaves unknown what the root user's record takes from its line of the report, and with the report itself from when it is.
func (r *reader) unused(w *reason, also ...string) {
	r.unknown(&r.root.Meta, w, append([]string{"last_used", "last_used_by"}, also...)...)
}

// columns are those that AWS documents and sends. A report may have more.
var columns = []string{"user", "arn", "user_creation_time", "password_enabled", "password_last_used", "password_last_changed", "password_next_rotation", "mfa_active",
	"access_key_1_active", "access_key_1_last_rotated", "access_key_1_last_used_date", "access_key_1_last_used_region", "access_key_1_last_used_service",
	"access_key_2_active", "access_key_2_last_rotated", "access_key_2_last_used_date", "access_key_2_last_used_region", "access_key_2_last_used_service",
	"cert_1_active", "cert_1_last_rotated", "cert_2_active", "cert_2_last_rotated"}

// more is the column that AWS documents for users with more keys or certificates than there are columns for.
const more = "additional_credentials_info"

// table reads a report as lines by column. One that is not wholly in the documented form is not read at all.
func table(content []byte, format types.ReportFormatType) ([]map[string]string, error) {
	if format != types.ReportFormatTypeTextCsv {
		return nil, fmt.Errorf("its format is %q, not text/csv", format)
	}
	rd := csv.NewReader(bytes.NewReader(content))
	header, err := rd.Read()
	if err != nil {
		return nil, errors.New("it has no header that can be read as CSV")
	}
	for i, name := range header {
		if slices.Index(header, name) != i {
			return nil, fmt.Errorf("it has two columns %q", name)
		}
	}
	for _, name := range columns {
		if !slices.Contains(header, name) {
			return nil, fmt.Errorf("it has no column %q", name)
		}
	}
	var out []map[string]string
	for {
		row, err := rd.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("its line %d is not CSV of %d columns", len(out)+2, len(header))
		}
		line := map[string]string{}
		for i, name := range header {
			line[name] = row[i]
		}
		out = append(out, line)
	}
}

// rootUser is what the report calls the root user.
const rootUser = "<root_account>"

// lines emits one record for each line of the report.
func (r *reader) lines(p *CredentialReport, out *iam.GetCredentialReportOutput) error {
	md := out.ResultMetadata
	all, err := table(out.Content, out.ReportFormat)
	if err != nil {
		w := odd(md, getReport, "UnreadableReport", "the credential report can't be read: "+err.Error())
		r.unknown(&p.Meta, w, "users")
		r.incomplete(w, reportKinds...)
		r.unused(w)
		return nil
	}
	seen := r.c.Once(reportKinds...)
	r.reported = reported{whole: true, arns: map[string]bool{}, md: md}
	if p.Generated != nil {
		r.reported.generated = *p.Generated
	}
	roots := 0
	for _, line := range all {
		arn := line["arn"]
		root := line["user"] == rootUser
		if line["user"] == "" || !isIAM(arn) || policy.AccountOf(arn) != r.c.Account || root != strings.HasSuffix(arn, ":root") {
			w := odd(md, getReport, "UnreadableReport", fmt.Sprintf("the credential report has a line for user %q with ARN %q, which is no user of the account", line["user"], arn))
			r.incomplete(w, reportKinds...)
			r.unknown(&p.Meta, w, "users")
			continue
		}
		if !seen.First(arn, md) {
			continue
		}
		r.reported.arns[arn] = true
		x := r.credential(line, p, md)
		if root {
			roots++
			r.rootUse(x)
		} else {
			p.Users++
		}
		if err := r.c.Emit(x); err != nil {
			return err
		}
	}
	if roots == 0 {
		w := odd(md, getReport, "UnreadableReport", "the credential report has no line for the root user")
		r.incomplete(w, reportKinds...)
		r.unused(w)
	}
	return nil
}

func isIAM(arn string) bool {
	parts := strings.SplitN(arn, ":", 6)
	return len(parts) == 6 && parts[2] == "iam"
}

// credential reads one line. What stands there without being documented leaves its field unknown.
func (r *reader) credential(line map[string]string, p *CredentialReport, md middleware.Metadata) *Credential {
	x := &Credential{Meta: r.meta(line["arn"]), User: line["user"], Root: line["user"] == rootUser, Generated: p.Generated}
	r.c.Read(&x.Meta, md)
	for _, u := range p.Unknown {
		if u.Field == "generated" {
			x.Unknown = append(x.Unknown, u)
		}
	}
	l := lineReader{r: r, line: line, m: &x.Meta, md: md}
	x.Created, _ = l.time("user_creation_time", "created", "")
	if x.Root && line["password_enabled"] == notSupported {
		x.Password.Enabled = nil
	} else {
		on := l.truth("password_enabled", "password.enabled")
		x.Password.Enabled = &on
	}
	x.Password.LastUsed, x.Password.LastUsedValue = l.time("password_last_used", "password.last_used", "password.last_used_value", notApplicable, noInformation, notSupported)
	x.Password.LastChanged, x.Password.LastChangedValue = l.time("password_last_changed", "password.last_changed", "password.last_changed_value", notApplicable, noInformation, notSupported)
	x.Password.NextRotation, x.Password.NextRotationValue = l.time("password_next_rotation", "password.next_rotation", "password.next_rotation_value", notApplicable, noInformation, notSupported)
	x.MFAActive = l.truth("mfa_active", "mfa_active")
	l.key(&x.AccessKey1, "access_key_1")
	l.key(&x.AccessKey2, "access_key_2")
	l.certificate(&x.Cert1, "cert_1")
	l.certificate(&x.Cert2, "cert_2")
	if v := line[more]; v != "" && v != notApplicable {
		x.Unlisted = &v
	}
	// Where there is a password, the report must say since when, and may not say that there is none.
	if on := x.Password.Enabled; on != nil && *on && !x.Root {
		if x.Password.LastUsedValue == notApplicable || x.Password.LastUsedValue == notSupported {
			l.contradiction("there is a password, and password_last_used is "+x.Password.LastUsedValue, "password.last_used", "password.last_used_value")
		}
		if x.Password.LastChangedValue != aTime && x.Password.LastChangedValue != "" {
			l.contradiction("there is a password, and password_last_changed is "+x.Password.LastChangedValue, "password.last_changed", "password.last_changed_value")
		}
	}
	return x
}

// lineReader reads the columns of one line.
type lineReader struct {
	r    *reader
	line map[string]string
	m    *evidence.Meta
	md   middleware.Metadata
}

// odd leaves fields unknown whose column holds what is not documented.
func (l lineReader) odd(column string, fields ...string) {
	l.r.unknown(l.m, odd(l.md, getReport, "UnknownValue", fmt.Sprintf("the credential report has %q as %s of %s", l.line[column], column, l.line["user"])), fields...)
}

func (l lineReader) contradiction(what string, fields ...string) {
	l.r.unknown(l.m, odd(l.md, getReport, "Contradiction", "the credential report says of "+l.line["user"]+": "+what), fields...)
}

// truth reads TRUE or FALSE, which AWS also writes small.
func (l lineReader) truth(column, field string) bool {
	switch l.line[column] {
	case "TRUE", "true":
		return true
	case "FALSE", "false":
		return false
	}
	l.odd(column, field)
	return false
}

// time reads a time or one of the words that may stand for one, and says which.
func (l lineReader) time(column, field, valueField string, words ...string) (*time.Time, string) {
	v := l.line[column]
	if t, err := time.Parse(time.RFC3339, v); err == nil {
		return cell.UTC(&t), aTime
	}
	if slices.Contains(words, v) {
		return nil, v
	}
	if valueField == "" {
		l.odd(column, field)
	} else {
		l.odd(column, field, valueField)
	}
	return nil, ""
}

func (l lineReader) key(k *AccessKey, column string) {
	k.Active = l.truth(column+"_active", column+".active")
	k.LastRotated, k.LastRotatedValue = l.time(column+"_last_rotated", column+".last_rotated", column+".last_rotated_value", notApplicable, noInformation, notSupported)
	k.LastUsed, k.LastUsedValue = l.time(column+"_last_used_date", column+".last_used", column+".last_used_value", notApplicable, noInformation, notSupported)
	k.LastUsedRegion, k.LastUsedService = l.word(column+"_last_used_region"), l.word(column+"_last_used_service")
	if k.Active && k.LastRotatedValue != aTime && k.LastRotatedValue != "" {
		l.contradiction(column+" is active, and its last_rotated is "+k.LastRotatedValue, column+".last_rotated", column+".last_rotated_value")
	}
}

func (l lineReader) certificate(c *Certificate, column string) {
	c.Active = l.truth(column+"_active", column+".active")
	c.LastRotated, c.LastRotatedValue = l.time(column+"_last_rotated", column+".last_rotated", column+".last_rotated_value", notApplicable, noInformation, notSupported)
}

// word is a text, or absent where the report says N/A.
func (l lineReader) word(column string) *string {
	if v := l.line[column]; v != notApplicable {
		return cell.Text(v)
	}
	return nil
}

// rootUse takes over when the root user was last there. A value that cannot be read may be the latest.
func (r *reader) rootUse(x *Credential) {
	root := r.root
	for _, u := range []struct {
		by, value string
		at        *time.Time
	}{
		{"password", x.Password.LastUsedValue, x.Password.LastUsed},
		{"access_key_1", x.AccessKey1.LastUsedValue, x.AccessKey1.LastUsed},
		{"access_key_2", x.AccessKey2.LastUsedValue, x.AccessKey2.LastUsed},
	} {
		switch {
		case u.value == "" || u.value == notSupported || u.value == noInformation && u.by != "password", u.by == "password" && u.value == notApplicable && root.PasswordPresent:
			w := odd(r.reported.md, getReport, "UnknownValue", fmt.Sprintf("the credential report does not say when the root user's %s was last used", u.by))
			r.unknown(&root.Meta, w, "last_used", "last_used_by")
		case u.at != nil && (root.LastUsed == nil || u.at.After(*root.LastUsed)):
			root.LastUsed, root.LastUsedBy = u.at, cell.Text(u.by)
		}
	}
}
