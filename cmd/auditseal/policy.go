package main

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/spf13/cobra"

	"github.com/auditseal/auditseal/collectors"
)

// actions are the IAM actions that the collectors need, sorted.
func actions() []string {
	var out []string
	for _, c := range collectors.All() {
		for _, op := range c.Operations() {
			// AWS answers GetCallerIdentity to everyone; a policy can neither grant nor deny it.
			if op.Action != "sts:GetCallerIdentity" && !slices.Contains(out, op.Action) {
				out = append(out, op.Action)
			}
		}
	}
	slices.Sort(out)
	return out
}

func (a *app) policy() *cobra.Command {
	return &cobra.Command{
		Use:   "policy",
		Short: "Print the least-privilege IAM policy for the collectors",
		Long: `Print the IAM policy that allows what the collectors call and nothing else. What is not in it is refused by auditseal
itself before it leaves the machine. The role's trust policy is yours to write.` + exitText,
		Example: "  auditseal policy > auditseal-policy.json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			doc := struct {
				Version   string
				Statement []any
			}{"2012-10-17", []any{struct {
				Sid, Effect string
				Action      []string
				Resource    string
			}{"AuditsealReadOnly", "Allow", actions(), "*"}}}
			var b bytes.Buffer
			enc := json.NewEncoder(&b)
			enc.SetIndent("", "  ")
			if err := enc.Encode(doc); err != nil {
				return err
			}
			return a.print(doc, b.String())
		},
	}
}
