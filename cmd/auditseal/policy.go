package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/auditseal/auditseal/collectors"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/report/archive"
)

// maxSessionPolicy is how many characters a session policy is given. By sts:AssumeRole it may have 2,048, and what AWS packs it to has a
// limit besides that AWS does not publish: a quarter is left for that.
const maxSessionPolicy = 1536

// actions are the IAM actions that the collectors need, sorted.
func actions(cols []collectors.Collector) []string {
	var out []string
	for _, c := range cols {
		for _, op := range c.Operations() {
			// AWS answers GetCallerIdentity to everyone; a policy can neither grant nor deny it.
			if op.Action != "sts:GetCallerIdentity" {
				out = append(append(out, op.Action), op.Also...)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// through are the IAM actions that services carry out for the caller, sorted, by the service's name in a policy.
func through(cols []collectors.Collector) map[string][]string {
	out := map[string][]string{}
	for _, c := range cols {
		for _, op := range c.Operations() {
			if len(op.Through) > 0 {
				by := op.Service + ".amazonaws.com"
				out[by] = append(out[by], op.Through...)
			}
		}
	}
	for by, list := range out {
		slices.Sort(list)
		out[by] = slices.Compact(list)
	}
	return out
}

type statement struct {
	Sid       string `json:",omitempty"`
	Effect    string
	Action    []string
	Resource  any
	Condition any `json:",omitempty"`
}

// A condition grants what comes through a service alone.
type condition struct {
	Through calledVia `json:"ForAnyValue:StringEquals"`
}

type calledVia struct {
	By []string `json:"aws:CalledVia"`
}

// throughOthers allows what services do for the caller, each for what comes through it.
func throughOthers(cols []collectors.Collector, sid string) []statement {
	by := through(cols)
	var out []statement
	for _, service := range slices.Sorted(maps.Keys(by)) {
		out = append(out, statement{sid, "Allow", by[service], "*", condition{calledVia{[]string{service}}}})
	}
	return out
}

type policyDocument struct {
	Version   string
	Statement []statement
}

// policyFor allows the actions and nothing else.
func policyFor(actions []string) policyDocument {
	return policyDocument{"2012-10-17", []statement{{Sid: "AuditsealReadOnly", Effect: "Allow", Action: actions, Resource: "*"}}}
}

// ofBucket are the actions that read what AWS Config delivers: they are allowed on its bucket alone, and in the one account that reads it.
var ofBucket = []string{"kms:Decrypt", "s3:GetObject", "s3:ListBucket"}

// deliveryStatements allow to read the bucket, and to have S3 decrypt what is in it.
func deliveryStatements(d *evidence.Delivery) []statement {
	bucket := "arn:" + partitionOf(d.Region) + ":s3:::" + d.Bucket
	keys := bucket + "/" + strings.TrimPrefix(d.Prefix+"/AWSLogs/*", "/")
	via := map[string]any{"StringLike": map[string]string{"kms:ViaService": "s3." + d.Region + ".*"}}
	return []statement{{Sid: "AuditsealConfigDelivery", Effect: "Allow", Action: []string{"s3:GetObject", "s3:ListBucket"}, Resource: []string{bucket, keys}},
		{Sid: "AuditsealConfigDeliveryKey", Effect: "Allow", Action: []string{"kms:Decrypt"}, Resource: "*", Condition: via}}
}

// sessionPolicies are the policies that sessions are limited to, by collector: what the role allows and the policy does not is refused
// by AWS itself. The audit's own policy is too long for one, so that collectors next to each other share one as long as it fits, and
// each account is given a session for each policy.
func sessionPolicies(cols []collectors.Collector) (map[string]string, error) {
	out := map[string]string{}
	var together []collectors.Collector
	for _, c := range cols {
		doc, err := sessionPolicy(append(slices.Clone(together), c))
		if err == nil && len(doc) > maxSessionPolicy {
			together = nil
			doc, err = sessionPolicy([]collectors.Collector{c})
		}
		if err != nil {
			return nil, err
		}
		if len(doc) > maxSessionPolicy {
			return nil, fmt.Errorf("collector %s: its %d actions make a session policy of %d characters, and AWS takes %d", c.Name(), len(c.Operations()), len(doc), maxSessionPolicy)
		}
		together = append(together, c)
		for _, t := range together {
			out[t.Name()] = doc
		}
	}
	return out, nil
}

func sessionPolicy(cols []collectors.Collector) (string, error) {
	list := actions(cols)
	if len(list) == 0 {
		list = []string{"sts:GetCallerIdentity"} // a policy needs an action
	}
	// No Sid: each character counts.
	var what any = statement{"", "Allow", list, "*", nil}
	if more := throughOthers(cols, ""); more != nil {
		what = append([]statement{what.(statement)}, more...)
	}
	b, err := json.Marshal(struct {
		Version   string
		Statement any
	}{"2012-10-17", what})
	return string(b), err
}

func (a *app) policy() *cobra.Command {
	var file string
	var part int
	var sealing, archives bool
	c := &cobra.Command{
		Use:   "policy [-c audit.yaml] [--part N | --sealing | --archive]",
		Short: "Print the least-privilege IAM policy for exactly this audit",
		Long: `Print the IAM policy that allows what the audit calls and nothing else: the operations of the collectors that its frameworks
need. Without an audit.yaml it is the policy for all collectors but those that read the history from a bucket: these are allowed
that bucket alone, and its account is said. What is not in it is refused by auditseal itself before it
leaves the machine, and each role is assumed with it as session policy, so that AWS refuses it too whatever the role allows.

Where history-from names a table of Athena, a second statement allows what Athena does in S3 for a query (read the bucket, write the
answer), for calls that come through Athena alone. Limit its resources to the two buckets, and add kms:Decrypt and
kms:GenerateDataKey where they are encrypted with a key of yours.

An inline policy of a role may have 10,240 characters, a managed policy 6,144, white space not counted. Where it is too long for
one managed policy, --part prints one of the parts to make several of.

Where a KMS key signs the pack, --sealing prints what the identity that seals needs on that key, and nothing else. That is whoever
runs auditseal, not the role that is audited with: a role that reads must not be able to sign.

With --archive it is one object with two policies: Identity, for whoever archives (archive.role), and Bucket, for the bucket that
audit.yaml names under archive.

The role's trust policy is yours to write. Whoever runs auditseal needs sts:AssumeRole on the role besides.` + exitText,
		Example: `  auditseal policy -c audit.yaml > auditseal-policy.json
  auditseal policy -c audit.yaml --sealing > sealing-policy.json
  auditseal policy -c audit.yaml --archive`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if archives {
				if c.Flags().Changed("part") || sealing {
					return usage("give one of them", "--archive, --sealing and --part print different policies")
				}
				return a.archivePolicies(file)
			}
			var j *job
			_, err := os.Stat(file)
			if c.Flags().Changed("config") || !errors.Is(err, fs.ErrNotExist) {
				if j, err = a.load(file); err != nil {
					return err
				}
				if sealing {
					return a.sealingPolicy(j)
				}
				if s := j.audit.Seal; s != nil && s.KMS() {
					a.say("sealing is not in it: for the identity that seals, auditseal policy --sealing prints what it needs on %s", s.Key)
				}
			}
			if sealing {
				return usage("give it with -c", "--sealing needs an audit.yaml: it names the key")
			}
			doc, list, cols, delivery := j.auditPolicy()
			parts := managedParts(list)
			a.say("%d actions of %d collectors", len(list), len(cols))
			switch {
			case part < 0 || part > len(parts):
				return usage("", "--part %d: there are %d", part, len(parts))
			case part > 0:
				list = parts[part-1]
			case len(parts) > 1:
				a.say("too long for one managed policy, not for an inline one: --part 1 to --part %d print it for managed ones", len(parts))
			}
			doc.Statement[0] = policyFor(list).Statement[0]
			if part != 0 && part != len(parts) {
				doc.Statement = doc.Statement[:1]
			} else if delivery != nil {
				a.say("the statements AuditsealConfigDelivery and AuditsealConfigDeliveryKey are needed in account %s alone; name the bucket's key in place of * where you know it", delivery.Account)
			}
			return a.printPolicy(doc)
		},
	}
	auditFlag(c, &file)
	c.Flags().BoolVar(&sealing, "sealing", false, "print what the identity that seals needs on the KMS key, in place of what is read")
	c.Flags().BoolVar(&archives, "archive", false, "print the policies of the archive instead: of whoever writes to it, and of its bucket")
	c.Flags().IntVar(&part, "part", 0, "print one part, as long as a managed policy may be; 0 is the whole")
	return c
}

func (a *app) printPolicy(doc policyDocument) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return err
	}
	return a.print(doc, b.String())
}

// sealingPolicy allows what sealing needs, on the one key.
func (a *app) sealingPolicy(j *job) error {
	s := j.audit.Seal
	if s == nil || !s.KMS() {
		return usage("a key in a file needs no permission of AWS", "%s names no KMS key under seal", auditFile)
	}
	a.say("for the identity that runs auditseal run or seal, in its own account; the key's policy must admit it too. Not for the role that is audited with")
	return a.printPolicy(policyDocument{"2012-10-17", []statement{{Sid: "AuditsealSealing", Effect: "Allow", Action: sealActions, Resource: s.Key}}})
}

// archivePolicies prints what the archive of audit.yaml needs.
func (a *app) archivePolicies(file string) error {
	j, err := a.load(file)
	if err != nil {
		return err
	}
	if j.audit.Archive == nil {
		return usage("say under archive where packs are kept: see auditseal init", "%s names no archive", file)
	}
	ar := &archive.Archive{Archive: *j.audit.Archive}
	in := partitionOf(ar.Region)
	docs := struct{ Identity, Bucket archive.Document }{ar.Policy(in), ar.BucketPolicy(in)}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	if err := enc.Encode(docs); err != nil {
		return err
	}
	if ar.KMSKey != "" {
		a.say("the policy of the key %s must let the identity use it, too, or leave that to IAM", ar.KMSKey)
	}
	return a.print(docs, b.String())
}

// maxManagedPolicy is how many characters a managed policy may have, white space not counted.
const maxManagedPolicy = 6144

// managedParts divides the actions into as few managed policies as hold them.
func managedParts(list []string) [][]string {
	var out [][]string
	length := maxManagedPolicy
	for _, a := range list {
		if length += len(a) + len(`"",`); length > maxManagedPolicy-200 { // what stands around the actions
			out = append(out, nil)
			length = len(a) + len(`"",`)
		}
		out[len(out)-1] = append(out[len(out)-1], a)
	}
	return out
}
