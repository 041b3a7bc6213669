package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/auditmanager"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/spf13/cobra"

	"github.com/auditseal/auditseal/collectors"
	"github.com/auditseal/auditseal/frameworks"
	"github.com/auditseal/auditseal/frameworks/auditmanager"
)

func (a *app) frameworksImport() *cobra.Command {
	c := &cobra.Command{
		Use:     "import",
		Short:   "Make a framework file of what another tool has",
		Long:    "Make a framework file of what another tool has. What no test that ships stands for is listed with the reason; nothing is left out." + exitText,
		Example: "  auditseal frameworks import audit-manager framework.json --out mine.yaml",
		Args:    cobra.ArbitraryArgs,
		RunE:    family,
	}
	c.AddCommand(a.importAuditManager())
	return c
}

// An importing is what importAuditManager is asked for.
type importing struct {
	controls, out, id       string
	live                    bool
	region, liveFrameworkID string
}

var frameworkIDForm = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

func (a *app) importAuditManager() *cobra.Command {
	var in importing
	c := &cobra.Command{
		Use:   "audit-manager [FRAMEWORK.json]",
		Short: "Make a framework file of a custom framework of AWS Audit Manager",
		Long: `Make a framework file of a custom framework of AWS Audit Manager.

FRAMEWORK.json is what the AWS CLI prints:

  aws auditmanager get-assessment-framework --framework-id ID > framework.json
  aws auditmanager get-control --control-id ID > controls/ID.json

The second is needed only for controls whose sources the first does not tell, as those of standard frameworks. With --live both are asked
of AWS: auditmanager:GetAssessmentFramework and auditmanager:GetControl, with the credentials of the environment. Nothing is changed there.

A control gets the tests that ask what its AWS Config rules and Security Hub controls ask. Everything else (manual evidence, API calls,
CloudTrail events, rules that no test stands for) becomes a demand on a person, and is listed on stderr and in the file with the reason.` + exitText,
		Example: "  auditseal frameworks import audit-manager framework.json --controls controls --out mine.yaml\n" +
			"  auditseal frameworks import audit-manager --live --region eu-west-1 --framework-id 7d1f4b6c-2d3e-4f5a-8b9c-0d1e2f3a4b5c --out mine.yaml",
		Args: func(c *cobra.Command, args []string) error {
			help := "see " + c.CommandPath() + " --help"
			switch {
			case in.live && len(args) > 0:
				return usage(help, "with --live the framework is read from AWS, and yet a file was given")
			case in.live && (in.region == "" || in.liveFrameworkID == ""):
				return usage(help, "--live needs --region and --framework-id")
			case in.live && in.controls != "":
				return usage(help, "with --live the controls are read from AWS, and yet --controls was given")
			case !in.live && (in.region != "" || in.liveFrameworkID != ""):
				return usage(help, "--region and --framework-id belong to --live")
			case !in.live && len(args) != 1:
				return usage(help, "%s takes one JSON file, or --live, and was given %s", c.Name(), count(len(args), "argument"))
			case in.id != "" && (len(in.id) > 80 || !frameworkIDForm.MatchString(in.id)):
				return usage("use at most 80 small letters, digits and single hyphens", "--id %q is not an id", in.id)
			case slices.Contains(frameworks.Shipped(), in.id):
				return usage("choose another", "--id %q is that of a framework that ships", in.id)
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return a.doImport(c.Context(), in, args) },
	}
	c.Flags().StringVar(&in.controls, "controls", "", "a folder with get-control files (*.json)")
	c.Flags().StringVarP(&in.out, "out", "o", "", "write the file here; without it, to stdout")
	c.Flags().StringVar(&in.id, "id", "", "the framework's id; without it, one made of its name")
	c.Flags().BoolVar(&in.live, "live", false, "read the framework from AWS")
	c.Flags().StringVar(&in.region, "region", "", "with --live: the region that has it")
	c.Flags().StringVar(&in.liveFrameworkID, "framework-id", "", "with --live: its id")
	return c
}

func (a *app) doImport(ctx context.Context, in importing, args []string) error {
	var framework auditmanager.File
	var controls []auditmanager.File
	var err error
	if in.live {
		framework, controls, err = askAuditManager(ctx, in.region, in.liveFrameworkID)
	} else {
		framework, controls, err = importFiles(args[0], in.controls)
	}
	if err != nil {
		return err
	}
	set, err := frameworks.Load(frameworks.Shipped(), frameworks.Options{Kinds: collectors.Kinds(), Pasts: collectors.Pasts()})
	if err != nil {
		return err
	}
	r, err := auditmanager.Translate(framework, controls, auditmanager.Options{ID: in.id, Taken: frameworks.Shipped(), Index: auditmanager.NewIndex(set)})
	if err != nil {
		return usage("export the framework again, or mend the file", "%w", err)
	}
	// What is written has been read: a file that lint would refuse is a fault here, and not the user's.
	if _, err := frameworks.Load([]string{"import.yaml"}, frameworks.Options{Kinds: collectors.Kinds(), Pasts: collectors.Pasts(), Read: func(string) ([]byte, error) { return r.YAML, nil }}); err != nil {
		return fmt.Errorf("the framework that was made of %s cannot be read, which is a fault of auditseal: %w", framework.Name, err)
	}
	if in.out != "" {
		if err := create(in.out, r.YAML); err != nil {
			return err
		}
	}
	for _, u := range r.Unmapped {
		source := u.Source
		if source != "" {
			source += ": "
		}
		a.say("no test  %s", inert(u.Control+"  "+source+u.Reason))
	}
	for _, n := range r.Notes {
		a.say("note     %s", inert(n))
	}
	a.say("%s: %s, %s with tests that stand for %s; %s without one", r.ID, count(r.Controls, "control"), count(mappedControls(r), "control"), count(len(r.Mapped), "source"), count(len(r.Unmapped), "source"))
	result := struct {
		*auditmanager.Result
		File string `json:"file,omitempty"`
		YAML string `json:"yaml,omitempty"`
	}{Result: r, File: in.out}
	text := in.out + "\n"
	if in.out == "" {
		result.YAML, text = string(r.YAML), string(r.YAML)
	}
	return a.print(result, text)
}

func mappedControls(r *auditmanager.Result) int {
	seen := map[string]bool{}
	for _, m := range r.Mapped {
		seen[m.Control] = true
	}
	return len(seen)
}

// create writes a file that is not there yet.
func create(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return usage("choose another name, or take it away first", "%s is there already", name)
	}
	if err != nil {
		return usage("give the path of a file that can be written", "%w", err)
	}
	if _, err = f.Write(data); err != nil {
		f.Close()
		return errors.Join(err, os.Remove(name))
	}
	return f.Close()
}

// importFiles reads the framework's file, and the controls' in the folder.
func importFiles(name, folder string) (auditmanager.File, []auditmanager.File, error) {
	framework, err := importFile(name)
	if err != nil || folder == "" {
		return framework, nil, err
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return framework, nil, usage("give the folder that holds the get-control files", "%w", err)
	}
	var controls []auditmanager.File
	for _, e := range entries {
		if e.IsDir() || filepath.Ext(e.Name()) != ".json" {
			continue
		}
		f, err := importFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return framework, nil, err
		}
		controls = append(controls, f)
	}
	if len(controls) == 0 {
		return framework, nil, usage("give the folder that holds the get-control files", "%s holds no *.json", folder)
	}
	return framework, controls, nil
}

// importFile reads a file, and no more of it than could be taken.
func importFile(name string) (auditmanager.File, error) {
	f, err := os.Open(name)
	if err != nil {
		return auditmanager.File{}, usage("give the path of a JSON file", "%w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, auditmanager.MaxBytes+16))
	if err != nil {
		return auditmanager.File{}, usage("give the path of a JSON file", "%w", err)
	}
	return auditmanager.File{Name: name, Data: data}, nil
}

// askAuditManager reads a framework from AWS, and those of its controls that come without their sources. The answers are taken as AWS sent
// them: they are what the AWS CLI would print.
func askAuditManager(ctx context.Context, region, id string) (auditmanager.File, []auditmanager.File, error) {
	s, err := openSession(ctx, region, false, "", "")
	if err != nil {
		return auditmanager.File{}, nil, err
	}
	api := sdk.NewFromConfig(s.base)
	framework := auditmanager.File{Name: "GetAssessmentFramework " + id}
	if _, err := api.GetAssessmentFramework(ctx, &sdk.GetAssessmentFrameworkInput{FrameworkId: &id}, keepBody(&framework.Data)); err != nil {
		return framework, nil, refused(ctx, "GetAssessmentFramework", region, err)
	}
	bare, err := auditmanager.Bare(framework)
	if err != nil {
		return framework, nil, err
	}
	var controls []auditmanager.File
	for _, id := range bare {
		c := auditmanager.File{Name: "GetControl " + id}
		if _, err := api.GetControl(ctx, &sdk.GetControlInput{ControlId: &id}, keepBody(&c.Data)); err != nil {
			return framework, nil, refused(ctx, "GetControl", region, err)
		}
		controls = append(controls, c)
	}
	return framework, controls, nil
}

// refused words why AWS did not answer.
func refused(ctx context.Context, operation, region string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	why, hint := err, "check the region, and that the service has an endpoint there"
	var api smithy.APIError
	if errors.As(err, &api) {
		why = errors.New(api.ErrorCode() + ": " + api.ErrorMessage())
		hint = "the caller needs auditmanager:GetAssessmentFramework and auditmanager:GetControl in the account and region that have the framework"
		if strings.Contains(api.ErrorCode(), "NotFound") {
			hint = "list what there is with: aws auditmanager list-assessment-frameworks --framework-type Custom --region " + region
		}
	}
	return &exitError{code: exitUnfinished, err: fmt.Errorf("auditmanager:%s in %s: %w", operation, region, why), hint: hint}
}

// keepBody keeps the body of an answer.
func keepBody(body *[]byte) func(*sdk.Options) {
	keep := func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
		out, md, err := next.HandleDeserialize(ctx, in)
		resp, ok := out.RawResponse.(*smithyhttp.Response)
		if err != nil || !ok {
			return out, md, err
		}
		b, err := io.ReadAll(io.LimitReader(resp.Body, auditmanager.MaxBytes+16))
		resp.Body.Close()
		if err != nil {
			return out, md, err
		}
		*body, resp.Body = b, io.NopCloser(bytes.NewReader(b))
		return out, md, nil
	}
	return func(o *sdk.Options) {
		o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
			return s.Deserialize.Add(middleware.DeserializeMiddlewareFunc("AuditsealKeepBody", keep), middleware.After)
		})
	}
}
