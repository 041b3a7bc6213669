package fips

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

const header = "subject,certificate,module,standard,level,validated,sunset,status,read_on,confidence\n"

func embeddedTable(t *testing.T) *Table {
	t.Helper()
	table, err := ParseCertificates(TableName, EmbeddedCertificates())
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestEmbeddedTable(t *testing.T) {
	table := embeddedTable(t)
	if len(table.rows) != 7 || len(table.transitions) != 1 {
		t.Fatalf("%d rows, %d transitions", len(table.rows), len(table.transitions))
	}
	r := table.rows[subjectKMS]
	if r == nil || r.Certificate != "4884" || r.Standard != "FIPS 140-3" || r.Level != "3" || r.Standing != Active || !r.Sunset.Equal(day("2026-11-17")) || !r.Validated.Equal(day("2024-11-18")) || r.ReadOn != "2026-08" {
		t.Errorf("%+v", r)
	}
	EmbeddedCertificates()[0] = 'x'
	if !bytes.HasPrefix(EmbeddedCertificates(), []byte("subject,")) {
		t.Error("the embedded table can be changed")
	}
}

// A table that went through a spreadsheet on Windows.
func TestByteOrderMarkAndCRLF(t *testing.T) {
	b := append([]byte("\ufeff"), bytes.ReplaceAll(EmbeddedCertificates(), []byte("\n"), []byte("\r\n"))...)
	table, err := ParseCertificates("own.csv", b)
	if err != nil || len(table.rows) != 7 {
		t.Errorf("%v, %v", table, err)
	}
}

func TestBrokenTables(t *testing.T) {
	kms := `KMS key material of origin AWS_KMS or EXTERNAL,4884,Module,FIPS 140-3,3,2024-11-18,2026-11-17,active,2026-08,x`
	for text, want := range map[string]string{
		"":                                  "own.csv:1: the file has no header",
		"subject;certificate\n":             "own.csv:1: the header is",
		strings.ToUpper(header):             "own.csv:1: the header is",
		"certificate,subject" + header[19:]: "own.csv:1: the header is",
		header + "a,b\n":                    "own.csv:2: wrong number of fields",
		header + kms + "\n" + kms + "\n":    `own.csv:3: the subject "KMS key material of origin AWS_KMS or EXTERNAL" stands already on line 2`,
		header + strings.Replace(kms, "KMS key material", "KMS keys", 1) + "\n":                  `own.csv:2: the subject "KMS keys of origin AWS_KMS or EXTERNAL" is none that is asked for`,
		header + strings.Replace(kms, "2026-11-17", "17.11.2026", 1) + "\n":                      `own.csv:2: sunset is "17.11.2026", and must be a date like 2026-11-17`,
		header + strings.Replace(kms, "2024-11-18", "2024-02-30", 1) + "\n":                      `own.csv:2: validated is "2024-02-30"`,
		header + strings.Replace(kms, "2024-11-18", "2026-11-18", 1) + "\n":                      "own.csv:2: the sunset 2026-11-17 is not after the validation 2026-11-18",
		header + strings.Replace(kms, "2026-08", "Aug-26", 1) + "\n":                             `own.csv:2: read_on is "Aug-26"`,
		header + strings.Replace(kms, "2026-08", "", 1) + "\n":                                   `own.csv:2: read_on is ""`,
		header + strings.Replace(kms, ",active,", ",,", 1) + "\n":                                `own.csv:2: the status "" begins with none of active`,
		header + strings.Replace(kms, ",active,", ",inactive,", 1) + "\n":                        `own.csv:2: the status "inactive" begins with none of active`,
		header + strings.Replace(kms, ",active,", ",activeish,", 1) + "\n":                       `own.csv:2: the status "activeish" begins with none of active`,
		header + strings.Replace(kms, "4884", "#4884", 1) + "\n":                                 `own.csv:2: the certificate "#4884" is not a number`,
		header + strings.Replace(kms, "4884", "", 1) + "\n":                                      `own.csv:2: the certificate "" is not a number`,
		header + strings.Replace(kms, ",Module,", ",,", 1) + "\n":                                "own.csv:2: the row names no module",
		header + strings.Replace(kms, "FIPS 140-3", "FIPS 140-4", 1) + "\n":                      `own.csv:2: the standard "FIPS 140-4" is neither`,
		header + strings.Replace(kms, ",3,2024", ",5,2024", 1) + "\n":                            `own.csv:2: the level "5" is not`,
		header + strings.Replace(kms, ",active,", ",not validated,", 1) + "\n":                   `own.csv:2: the status is "not validated", and yet a certificate`,
		header + "every FIPS 140-2 certificate,,,FIPS 140-2,,,,historical,2026-11,x\n":           "own.csv:2: a row for every certificate has",
		header + "every FIPS 140-2 certificate,,,FIPS 140-3,,,2026-09-21,historical,2026-11,x\n": "own.csv:2: a row for every certificate has",
		header + "every FIPS 140-2 certificate,,,FIPS 140-2,,,2026-09-21,active,2026-11,x\n":     "own.csv:2: a row for every certificate has",
		header + kms + "\n\"open,1,1,1,1,1,1,1,1,1\n":                                            "own.csv:",
	} {
		table, err := ParseCertificates("own.csv", []byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q\ngives %v, %v\nwant %s", text, table, err, want)
		}
	}
	// All faults together, each with its line; a quoted field may hold a newline.
	_, err := ParseCertificates("own.csv", []byte(header+strings.Replace(kms, "x", "\"two\nlines\"", 1)+"\nx,,,,,,,,,\ny,,,,,,,,,\n"))
	if err == nil || !strings.Contains(err.Error(), `own.csv:4: the subject "x"`) || !strings.Contains(err.Error(), `own.csv:5: the subject "y"`) {
		t.Errorf("%v", err)
	}
}

func TestJudge(t *testing.T) {
	row := func(line string) (*Table, *Row) {
		table, err := ParseCertificates("own.csv", []byte(header+line+"\nevery FIPS 140-2 certificate,,,FIPS 140-2,,,2026-09-21,historical,2026-11,x\n"))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range table.rows {
			if r.Standard != "FIPS 140-2" || r.Certificate != "" {
				if r.Subject != "every FIPS 140-2 certificate" {
					return table, r
				}
			}
		}
		t.Fatal("no row")
		return nil, nil
	}
	for _, c := range []struct{ row, asOf, status, note string }{
		{subjectKMS + ",4884,M,FIPS 140-3,3,2024-11-18,2026-11-17,active when read,2026-08,x", "2026-10-01", Validated, "its recorded sunset is 2026-11-17"},
		{subjectKMS + ",4884,M,FIPS 140-3,3,2024-11-18,2026-11-17,active when read,2026-08,x", "2026-11-16", Validated, ""},
		// On the day itself nobody may say that it is still active.
		{subjectKMS + ",4884,M,FIPS 140-3,3,2024-11-18,2026-11-17,active when read,2026-08,x", "2026-11-17", Confirm, "its recorded sunset 2026-11-17 is past at 2026-11-17: confirm at CMVP"},
		{subjectKMS + ",4884,M,FIPS 140-3,3,2024-11-18,2026-11-17,active when read,2026-08,x", "2030-01-01", Confirm, "confirm at CMVP"},
		{subjectKMS + ",4884,M,FIPS 140-3,3,2024-11-18,2026-11-17,active when read,2026-08,x", "2024-11-17", Confirm, "validated on 2024-11-18, after 2024-11-17"},
		{subjectKMS + ",4884,M,FIPS 140-3,3,,,active,2026-08,x", "2026-10-01", Validated, "no sunset was found"},
		{subjectKMS + ",4884,M,FIPS 140-3,3,,2026-01-04,historical since 2026-01-04,2026-08,x", "2026-10-01", HistoricalList, "certificate #4884"},
		{subjectKMS + ",4884,M,FIPS 140-3,3,,,historical,2026-08,x", "2026-10-01", HistoricalList, ""},
		{subjectKMS + ",4884,M,FIPS 140-3,3,,2026-01-04,historical since 2026-01-04,2026-08,x", "2025-12-31", Confirm, "is yet to come"},
		// A whole standard went, whatever the row says.
		{subjectKMS + ",4523,M,FIPS 140-2,3,,,active,2026-08,x", "2026-10-01", HistoricalList, "every FIPS 140-2 certificate is historical since 2026-09-21"},
		{subjectKMS + ",4523,M,FIPS 140-2,3,,2030-01-01,active,2026-08,x", "2026-10-01", HistoricalList, ""},
		{subjectKMS + ",4523,M,FIPS 140-2,3,,2026-01-01,active,2026-08,x", "2026-10-01", Confirm, ""},
		{subjectKMS + ",4523,M,FIPS 140-2,3,,,active,2026-08,x", "2026-09-20", Validated, "its recorded sunset is 2026-09-21"},
		{subjectKMS + ",,,,,,,not validated,2026-11,x", "2026-10-01", NotValidated, "not validated"},
	} {
		table, r := row(c.row)
		v := table.judge(r, day(c.asOf))
		if v.status != c.status || !strings.Contains(v.note, c.note) {
			t.Errorf("%s\nat %s: %s, %s\nwant %s, %s", c.row, c.asOf, v.status, v.note, c.status, c.note)
		}
	}
}

func FuzzParseCertificates(f *testing.F) {
	f.Add(EmbeddedCertificates())
	f.Add([]byte(header + "CloudHSM hsm1.medium,4218,M,FIPS 140-2,3,,2026-01-04,historical,2026-11,x\n"))
	f.Add([]byte(header + "\"a\nb,,,,"))
	f.Fuzz(func(t *testing.T, b []byte) {
		table, err := ParseCertificates("own.csv", b)
		if err != nil {
			return
		}
		for _, r := range table.rows {
			if v := table.judge(r, day("2026-10-01")); v.status == Validated && (r.Standing != Active || r.Certificate == "" || r.ReadOn == "") {
				t.Errorf("%+v is validated", r)
			}
		}
	})
}
