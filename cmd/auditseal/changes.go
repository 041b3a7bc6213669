package main

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/auditseal/auditseal/collectors"
	"github.com/auditseal/auditseal/collectors/awsconfig"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks"
	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/report"
)

// changes is how often CloudTrail may be asked who changed what: never where no test is over the period.
func (j *job) changes() int {
	if slices.ContainsFunc(j.set.Tests, func(t *frameworks.Test) bool { return t.Over == frameworks.Period }) {
		return j.audit.Changes
	}
	return 0
}

// moments are the changes with which exceptions over the period began or ended, as an assessment of what is read so far finds them. Who
// made them is not known to it yet, and changes nothing else of it.
func (j *job) moments(dir string, run *report.Run) ([]evidence.Moment, error) {
	folder := os.DirFS(dir)
	in, err := j.input(folder, run)
	if err != nil {
		return nil, err
	}
	in.Kinds = slices.DeleteFunc(in.Kinds, func(k evidence.Kind) bool { return k.Name == changeKind })
	edges := map[string]bool{}
	in.Timeline = func(e assess.TimelineEntry) error {
		if e.Opinion == "" && e.Result == assess.IntervalException && !e.Tolerated {
			for _, edge := range []assess.Edge{e.Begins, e.Ends} {
				if edge.Item != "" {
					edges[edge.Item] = true
				}
			}
		}
		return nil
	}
	if _, err := assess.Run(in); err != nil || len(edges) == 0 {
		return nil, err
	}
	found, err := edgesOf(in, edges)
	if err != nil {
		return nil, err
	}
	var out []evidence.Moment
	err = in.Records(itemKind, func(r evidence.Record) error {
		x, ok := r.(*awsconfig.ConfigurationItem)
		if !ok || found[x.ID] == nil {
			return nil
		}
		m := found[x.ID]
		m.ResourceName, m.ARN, m.Collected = aws.ToString(x.ResourceName), aws.ToString(x.ARN), x.Collected
		out = append(out, *m)
		delete(found, x.ID)
		return nil
	})
	if err == nil && len(found) > 0 && run.Scope.Delivery != nil {
		var more []evidence.Moment
		more, err = deliveredMoments(in, found)
		out = append(out, more...)
	}
	if err == nil && len(found) > 0 {
		err = fmt.Errorf("%d configuration items that stand in the history have no %s record: this is a fault of auditseal", len(found), itemKind)
	}
	return out, err
}

// deliveredMoments are those whose items were read from files or from Athena, which make no records of items: the record of the file or of the
// query says when AWS answered. What has none stays in found.
func deliveredMoments(in assess.Input, found map[string]*evidence.Moment) ([]evidence.Moment, error) {
	answered := map[string]time.Time{}
	for _, m := range found {
		for _, e := range m.Evidence {
			answered[e] = time.Time{}
		}
	}
	for _, kind := range []string{queryKind, fileKind} {
		if !slices.ContainsFunc(in.Kinds, func(k evidence.Kind) bool { return k.Name == kind }) {
			continue
		}
		err := in.Records(kind, func(r evidence.Record) error {
			h := r.Header()
			for _, e := range h.Evidence {
				if at, wanted := answered[e]; wanted && h.Collected.After(at) {
					answered[e] = h.Collected
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	var out []evidence.Moment
	for _, item := range slices.Sorted(maps.Keys(found)) {
		m := found[item]
		for _, e := range m.Evidence {
			if answered[e].After(m.Collected) {
				m.Collected = answered[e]
			}
		}
		if m.Collected.IsZero() {
			continue
		}
		if strings.HasPrefix(m.Resource, "arn:") {
			m.ARN = m.Resource
			if strings.HasPrefix(m.ResourceType, "AWS::IAM::") {
				m.ResourceName = m.ARN[strings.LastIndexByte(m.ARN, '/')+1:] // the last part of IAM's ARNs is the name
			}
		}
		out = append(out, *m)
		delete(found, item)
	}
	return out, nil
}

const (
	itemKind   = "config.configuration_item"
	changeKind = "cloudtrail.change"
	queryKind  = "config.athena_query"
	fileKind   = "config.delivered_file"
)

// edgesOf finds the states of the items, and when the state before each was captured.
func edgesOf(in assess.Input, items map[string]bool) (map[string]*evidence.Moment, error) {
	type place struct{ account, region string }
	out := map[string]*evidence.Moment{}
	for _, k := range pastKinds() {
		tested := func(t *frameworks.Test) bool { return t.Over == frameworks.Period && t.Population == k.Name }
		read := func(p evidence.Past) bool { return p.Kind == k.Name && slices.Contains(in.Scope.History, p.Type) }
		if !slices.ContainsFunc(in.Set.Tests, tested) || !slices.ContainsFunc(in.Pasts, read) {
			continue
		}
		// The states of one resource come together; of one that several recorders write down, each tells for itself.
		resource, last := "", map[place]time.Time{}
		err := in.History(k.Name, func(s *evidence.State) error {
			if s.Resource != resource {
				resource = s.Resource
				clear(last)
			}
			by := place{s.Account, s.Region}
			before := last[by]
			last[by] = s.Captured
			if items[s.Item] && out[s.Item] == nil {
				out[s.Item] = &evidence.Moment{Account: s.Account, Region: s.Region, ResourceType: s.ResourceType, ResourceID: s.ResourceID, Resource: s.Resource, Item: s.Item, At: s.Captured,
					Since: before, Evidence: s.Evidence}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// input is what an assessment of a pack's folder works on.
func (j *job) input(folder fs.FS, run *report.Run) (assess.Input, error) {
	sub, err := fs.Sub(folder, "records")
	if err != nil {
		return assess.Input{}, err
	}
	records := assess.OpenRecords(sub, j.kinds())
	in := assess.Input{Tool: run.Tool.String(), Organization: run.Organization, Scope: run.Scope, Set: j.set, Kinds: j.kinds(),
		Records: records.Each, Digest: records.Digest, Accepted: j.accepted}
	for l, err := range report.LedgerLines(folder) {
		if err != nil {
			return in, err
		}
		in.Ledger = append(in.Ledger, l)
	}
	in.Pasts = collectors.Pasts()
	if len(run.Scope.History) > 0 {
		past, err := fs.Sub(folder, historyDir)
		if err != nil {
			return in, err
		}
		in.History = assess.OpenHistory(past, pastKinds())
	}
	return in, nil
}
