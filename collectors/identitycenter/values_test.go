package identitycenter

import "testing"

func TestMinutes(t *testing.T) {
	for iso, want := range map[string]int{"PT1H": 60, "PT12H": 720, "PT1H30M": 90, "PT480M": 480, "PT3600S": 60, "P1D": 1440, "P1DT1M": 1441, "PT90M": 90} {
		if got, err := minutes(iso); err != nil || got != want {
			t.Errorf("%s: %d, %v; want %d", iso, got, err, want)
		}
	}
	// 0 is what an unread duration would be: it must never come out as a short session.
	for _, iso := range []string{"", "P", "PT", "PT0H", "PT0S", "PT1.5H", "1H", "PT-1H", "P1Y", "P1M", "P1W", "PT1H1H", "PT30M1H", "P1DT", "pt1h", "PT1H ", "\nPT1H", "PT30S", "PT61S", "PT99999999999999999999H", "8h", "28800"} {
		if got, err := minutes(iso); err == nil {
			t.Errorf("%q reads as %d minutes", iso, got)
		}
	}
}

func TestAllowsAll(t *testing.T) {
	for policy, want := range map[string]bool{
		`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`:                                                             true,
		`{"Statement":[{"Effect":"Allow","Action":["s3:Get*","*"],"Resource":["arn:aws:s3:::x","*"]}]}`:                            true,
		`{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*"},{"Effect":"Allow","Action":"*:*","Resource":"*"}]}`:           true,
		`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}]}`:       true,
		`{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`:                                                            false,
		`{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`:                                                        false,
		`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::x"}]}`:                                              false,
		`{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"},{"Effect":"Allow","Action":"*","Resource":"arn:aws:x"}]}`: false,
	} {
		if got, err := allowsAll(policy); err != nil || got != want {
			t.Errorf("%s: %v, %v; want %v", policy, got, err, want)
		}
	}
	for _, policy := range []string{"", "{}", `{"Statement":[]}`, "%7B%7D", `{"Statement":[{"Effect":"allow","Action":"*","Resource":"*"}]}`, `{"Statement":"x"}`, `{"Statement":[{"Effect":"Allow","Action":1}]}`, `[]`,
		`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]`} {
		if got, err := allowsAll(policy); err == nil {
			t.Errorf("%s reads as %v", policy, got)
		}
	}
}
