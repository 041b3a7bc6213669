package tape

import (
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// assumeRole is kept on the tape only where it failed: its successful answer is credentials.
var assumeRole = evidence.Operation{Service: "sts", API: "STS", Name: "AssumeRole", Action: "sts:AssumeRole", MayLack: "its answer is never kept"}

func sessionExchange(account, region string) *evidence.Exchange {
	digest := evidence.Sum([]byte("AssumeRole into " + account))
	return &evidence.Exchange{ID: evidence.ExchangeID(account, region, "session", assumeRole.Service, assumeRole.Name, digest, 0),
		Account: account, Region: region, Collector: "session", Service: assumeRole.Service, Operation: assumeRole.Name,
		Request: evidence.Request{Method: "POST", Path: "/", Digest: digest}}
}

// NoSession writes down that no credentials could be had for an account, so that the same gap is derived again.
func (t *Tape) NoSession(account, region string, err error) (*Error, error) {
	ex := sessionExchange(account, region)
	ex.Date, ex.Clock = time.Now().UTC().Truncate(time.Second), "local"
	ex.Failure = notSent(err)
	if werr := t.write(ex); werr != nil {
		return nil, werr
	}
	return sessionError(ex), nil
}

// Session tells, on replay, why no credentials could be had for an account; nil where they could.
func (t *Tape) Session(account, region string) (*Error, error) {
	ex, err := t.find(sessionExchange(account, region).ID)
	if err != nil || ex == nil {
		return nil, err
	}
	return sessionError(ex), nil
}

func sessionError(ex *evidence.Exchange) *Error {
	return errorOf(&call{op: assumeRole, id: ex.ID}, ex, Stamp{Evidence: ex.ID, Date: ex.Date}, ex.Failure)
}
