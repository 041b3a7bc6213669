package tape

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// assumeRole is kept on the tape only where it failed: its successful answer is credentials.
var assumeRole = evidence.Operation{Service: "sts", API: "STS", Name: "AssumeRole", Action: "sts:AssumeRole", MayLack: "its answer is never kept"}

// SessionOf names who asks for the credentials that a collector works with, in the places where a collector is named.
func SessionOf(collector string) string { return "session:" + collector }

func sessionExchange(account, region, collector string) *evidence.Exchange {
	digest := evidence.Sum([]byte("AssumeRole into " + account))
	name := SessionOf(collector)
	return &evidence.Exchange{ID: evidence.ExchangeID(account, region, name, assumeRole.Service, assumeRole.Name, digest, 0),
		Account: account, Region: region, Collector: name, Service: assumeRole.Service, Operation: assumeRole.Name,
		Request: evidence.Request{Method: "POST", Path: "/", Digest: digest}}
}

// NoSession writes down that no credentials could be had for a collector in an account, so that the same gap is derived again.
func (t *Tape) NoSession(account, region, collector string, err error) (*Error, error) {
	ex := sessionExchange(account, region, collector)
	ex.Date, ex.Clock = time.Now().UTC().Truncate(time.Second), "local"
	ex.Failure = notSent(err)
	if werr := t.write(ex); werr != nil {
		return nil, werr
	}
	return sessionError(ex), nil
}

// Session tells, on replay, why no credentials could be had; nil where they could.
func (t *Tape) Session(account, region, collector string) (*Error, error) {
	ex, err := t.find(sessionExchange(account, region, collector).ID)
	if err != nil || ex == nil {
		return nil, err
	}
	return sessionError(ex), nil
}

func sessionError(ex *evidence.Exchange) *Error {
	return errorOf(&call{op: assumeRole, id: ex.ID}, ex, Stamp{Evidence: ex.ID, Date: ex.Date}, ex.Failure)
}
