package fips

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
)

// TableName is the table's file name: in a pack's inputs, and in evidence.Derivation.Inputs.
const TableName = "cmvp_certificates.csv"

//go:embed cmvp_certificates.csv
var embedded []byte

// EmbeddedCertificates gives the table that ships with this version, byte for byte.
func EmbeddedCertificates() []byte { return bytes.Clone(embedded) }

// A Table is what was known of certificates, and when.
type Table struct {
	rows map[string]*Row // by subject
	// transitions are the rows that speak of every certificate of a standard, by standard.
	transitions map[string]*Row
}

// A Row is one row of the table.
type Row struct {
	// Subject says what the row speaks of: one of subjects, or CloudHSM with an HSM type and, where one decides, a mode.
	Subject string
	// Certificate, Module, Standard and Level are empty where there is no certificate.
	Certificate, Module, Standard, Level string
	// Validated and Sunset are nil where they were not found.
	Validated, Sunset *time.Time
	// Standing is active, historical or none, as Status begins; Status is the row's own words.
	Standing Standing
	Status   string
	// ReadOn is the day or month on which the row was read at its source.
	ReadOn string
	// Confidence says how the row is known.
	Confidence string
}

// A Standing is what a row says of its certificate. The zero Standing is none of them.
type Standing string

const (
	// Active: on CMVP's active list when it was read.
	Active Standing = "active"
	// Historical: on CMVP's historical list.
	Historical Standing = "historical"
	// None: there is no certificate.
	None Standing = "none"
)

const (
	subjectKMS      = "KMS key material of origin AWS_KMS or EXTERNAL"
	subjectEarlier  = "KMS, earlier module"
	subjectChina    = "KMS in aws-cn"
	subjectCloudHSM = "CloudHSM "
	modeWords       = ", cluster mode "
)

var (
	columns      = []string{"subject", "certificate", "module", "standard", "level", "validated", "sunset", "status", "read_on", "confidence"}
	cloudHSMForm = regexp.MustCompile(`^CloudHSM [a-z0-9]+\.[a-z0-9]+(, cluster mode [A-Z_]+)?$`)
	everyForm    = regexp.MustCompile(`^every (FIPS 140-[23]) certificate$`)
	numberForm   = regexp.MustCompile(`^[1-9][0-9]{0,5}$`)
	levelForm    = regexp.MustCompile(`^[1-4]$`)
	standings    = []struct {
		words    string
		standing Standing
	}{{"active", Active}, {"historical", Historical}, {"not validated", None}, {"not in the FIPS 140 programme", None}}
)

// ParseCertificates reads a table. The header and every value are checked; the errors name file and line, all of them together.
func ParseCertificates(name string, b []byte) (*Table, error) {
	// Spreadsheets put a byte order mark before what they save as CSV.
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff"))))
	r.FieldsPerRecord = len(columns)
	head, err := r.Read()
	if err != nil && !errors.Is(err, csv.ErrFieldCount) {
		return nil, at(name, 1, "the file has no header: the first line must read %s", strings.Join(columns, ","))
	}
	if !slices.Equal(head, columns) {
		return nil, at(name, 1, "the header is %q, and must read %s", strings.Join(head, ","), strings.Join(columns, ","))
	}
	t := &Table{rows: map[string]*Row{}, transitions: map[string]*Row{}}
	lines := map[string]int{}
	var faults []error
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var broken *csv.ParseError
		if errors.As(err, &broken) {
			faults = append(faults, at(name, broken.Line, "%v", broken.Err))
			if errors.Is(err, csv.ErrFieldCount) {
				continue
			}
			break
		}
		if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		row, err := parseRow(fields)
		if err != nil {
			faults = append(faults, at(name, line, "%w", err))
			continue
		}
		if first := lines[row.Subject]; first > 0 {
			faults = append(faults, at(name, line, "the subject %q stands already on line %d", row.Subject, first))
			continue
		}
		lines[row.Subject] = line
		t.rows[row.Subject] = row
		if everyForm.MatchString(row.Subject) {
			t.transitions[row.Standard] = row
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return t, nil
}

func at(name string, line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %w", name, line, fmt.Errorf(format, args...))
}

func parseRow(f []string) (*Row, error) {
	row := &Row{Subject: f[0], Certificate: f[1], Module: f[2], Standard: f[3], Level: f[4], Status: f[7], ReadOn: f[8], Confidence: f[9]}
	every := everyForm.FindStringSubmatch(row.Subject)
	known := []string{subjectKMS, subjectEarlier, subjectChina}
	if !slices.Contains(known, row.Subject) && every == nil && !cloudHSMForm.MatchString(row.Subject) {
		return nil, fmt.Errorf("the subject %q is none that is asked for: use %q, %q, %q, \"CloudHSM <hsm type>\" with or without \", cluster mode <MODE>\", or \"every FIPS 140-2 certificate\"",
			row.Subject, subjectKMS, subjectEarlier, subjectChina)
	}
	for _, s := range standings {
		if row.Status == s.words || strings.HasPrefix(row.Status, s.words) && !isLetter(row.Status[len(s.words)]) {
			row.Standing = s.standing
		}
	}
	var err error
	if row.Validated, err = date("validated", f[5]); err != nil {
		return nil, err
	}
	if row.Sunset, err = date("sunset", f[6]); err != nil {
		return nil, err
	}
	return row, row.check(every)
}

func isLetter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }

// check holds a row to what its standing needs.
func (r *Row) check(every []string) error {
	_, month := time.Parse("2006-01", r.ReadOn)
	_, day := time.Parse(time.DateOnly, r.ReadOn)
	named := r.Certificate != "" || r.Module != "" || r.Level != ""
	switch {
	case r.Standing == "":
		return fmt.Errorf("the status %q begins with none of active, historical, not validated, not in the FIPS 140 programme", r.Status)
	case month != nil && day != nil:
		return fmt.Errorf("read_on is %q, and must be the day or month on which the row was read: 2026-11-23 or 2026-11", r.ReadOn)
	case r.Validated != nil && r.Sunset != nil && !r.Sunset.After(*r.Validated):
		return fmt.Errorf("the sunset %s is not after the validation %s", r.Sunset.Format(time.DateOnly), r.Validated.Format(time.DateOnly))
	case every != nil && (named || r.Standard != every[1] || r.Standing != Historical || r.Sunset == nil):
		return fmt.Errorf("a row for every certificate has the standard %q, a sunset and the status historical, and names no certificate", every[1])
	case every != nil:
	case r.Standing == None && (named || r.Standard != "" || r.Sunset != nil || r.Validated != nil):
		return fmt.Errorf("the status is %q, and yet a certificate, a standard or a date stands in the row", r.Status)
	case r.Standing == None:
	case !numberForm.MatchString(r.Certificate):
		return fmt.Errorf("the certificate %q is not a number as CMVP gives it", r.Certificate)
	case r.Module == "":
		return errors.New("the row names no module")
	case r.Standard != "FIPS 140-2" && r.Standard != "FIPS 140-3":
		return fmt.Errorf("the standard %q is neither FIPS 140-2 nor FIPS 140-3", r.Standard)
	case !levelForm.MatchString(r.Level):
		return fmt.Errorf("the level %q is not 1, 2, 3 or 4", r.Level)
	}
	return nil
}

// date reads a date; an empty one was not found and is nil.
func date(column, s string) (*time.Time, error) {
	if s == "" {
		return nil, nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return nil, fmt.Errorf("%s is %q, and must be a date like 2026-11-17, or empty where it was not found; spreadsheets change dates when they save", column, s)
	}
	return &t, nil
}

// cloudHSM finds the row of an HSM type in a mode, or of the type whatever its mode where the table tells no modes apart. A mode
// other than FIPS is found only where the table names it.
func (t *Table) cloudHSM(hsmType, mode string) *Row {
	if r := t.rows[subjectCloudHSM+hsmType+modeWords+mode]; r != nil {
		return r
	}
	if mode != "FIPS" {
		return nil
	}
	return t.rows[subjectCloudHSM+hsmType]
}

// sunset is when the row's certificate leaves the active list: its own date, or that of its whole standard where that is earlier.
func (t *Table) sunset(r *Row) (at *time.Time, whole *Row) {
	at = r.Sunset
	if w := t.transitions[r.Standard]; w != nil && r.Certificate != "" && (at == nil || w.Sunset.Before(*at)) {
		return w.Sunset, w
	}
	return at, nil
}
