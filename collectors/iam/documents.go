package iam

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/auditseal/auditseal/collectors/policy"
)

// A grant is what a permissions policy allows, as far as records tell of it.
type grant struct {
	statements         int
	everything, allBut bool
	full               []string
}

// decode takes a policy document off its URL encoding, which is RFC 3986's: a + is a plus.
func decode(encoded *string) (string, error) {
	if encoded == nil || *encoded == "" {
		return "", errors.New("it is not there")
	}
	text, err := url.PathUnescape(*encoded)
	if err != nil {
		return "", errors.New("it is not URL-encoded as AWS encodes policies")
	}
	return text, nil
}

// granted reads a permissions policy. One that is not wholly in the form that AWS documents is an error, and never read in half.
func granted(encoded *string) (grant, error) {
	text, err := decode(encoded)
	if err != nil {
		return grant{}, err
	}
	statements, err := policy.Parse(text)
	if err != nil {
		return grant{}, err
	}
	g := grant{statements: len(statements)}
	full := map[string]bool{}
	for i, s := range statements {
		switch {
		case s.Effect != "Allow" && s.Effect != "Deny":
			return grant{}, fmt.Errorf("statement %d: the effect %q is neither Allow nor Deny", i+1, s.Effect)
		case (len(s.Action) > 0) == (len(s.NotAction) > 0):
			return grant{}, fmt.Errorf("statement %d has not one of Action and NotAction", i+1)
		case (len(s.Resource) > 0) == (len(s.NotResource) > 0):
			return grant{}, fmt.Errorf("statement %d has not one of Resource and NotResource", i+1)
		case s.Effect == "Deny":
			continue
		}
		onAll := len(s.NotResource) > 0 || slices.ContainsFunc(s.Resource, allResources)
		g.everything = g.everything || onAll && slices.ContainsFunc(s.Action, allActions)
		g.allBut = g.allBut || onAll && len(s.NotAction) > 0
		// Every action on some resources only is every action of the services that these are of.
		if !onAll && (len(s.NotAction) > 0 || slices.ContainsFunc(s.Action, allActions)) {
			full["*"] = true
		}
		for _, a := range s.Action {
			if service, rest, ok := strings.Cut(a, ":"); ok && service != "" && !strings.ContainsAny(service, "*?") && strings.Trim(rest, "*") == "" && rest != "" {
				full[strings.ToLower(service)] = true
			}
		}
	}
	g.full = policy.Sorted(full)
	return g, nil
}

// allActions knows the ways to write every action: *, *:*, ?*.
func allActions(a string) bool {
	return strings.Contains(a, "*") && strings.Trim(a, "*:?") == ""
}

// everyResource is an ARN of nothing but wildcards, in one partition or some. IAM takes an ARN that breaks off for one with wildcards in the
// parts that are missing: arn:aws is every resource.
var everyResource = regexp.MustCompile(`^[*?]*\*[*?]*$|^arn(:[a-z*?-]+(:[*?]+)*)?:?$`)

// allResources knows the ways to write every resource: *, arn:aws:*, arn:aws*:*, arn:*:*:*:*:*, arn:aws.
func allResources(r string) bool { return everyResource.MatchString(r) }
