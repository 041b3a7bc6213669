package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"github.com/spf13/cobra"

	"github.com/auditseal/auditseal/collectors"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/frameworks"
	"github.com/auditseal/auditseal/frameworks/audit"
	"github.com/auditseal/auditseal/templates"
)

// A target is what a schedule is written for.
type target struct {
	name  string
	files []string // in templates/schedule
	about string
	// image and shards are the flags that it needs; container is whether the audit's own files must be carried to where it runs.
	image, shards, container bool
	// next is the step after the files are written.
	next string
}

// targets are all of them, in the order of the help.
func targets() []target {
	return []target{
		{name: "cloudformation", files: []string{"cloudformation.yaml"}, about: "EventBridge Scheduler, a Fargate task, its roles, the archive, the alarms", image: true, container: true,
			next: "aws cloudformation deploy, as the head of cloudformation.yaml says; then --for stackset for the other accounts"},
		{name: "stackset", files: []string{"stackset.yaml"}, about: "the role that each account is read with", next: "aws cloudformation create-stack-set, as the head of stackset.yaml says"},
		{name: "archive", files: []string{"archive.yaml"}, about: "the archive's bucket, key and role alone, for an account of its own", next: "aws cloudformation deploy in the archive's account, as the head of archive.yaml says"},
		{name: "kubernetes", files: []string{"kubernetes.yaml"}, about: "a CronJob with its volume, service account and audit.yaml", image: true, container: true, next: "kubectl apply -f kubernetes.yaml"},
		{name: "systemd", files: []string{"auditseal.service", "auditseal.timer", "auditseal-failed.service"}, about: "a timer and its services", next: "set them up as the head of auditseal.service says"},
		{name: "container", files: []string{"Containerfile"}, about: "the image that the others run, with audit.yaml in it", container: true, next: "podman build -f Containerfile --build-arg VERSION=v… ., in the folder of audit.yaml"},
		{name: "batch", files: []string{"batch.yaml"}, about: "AWS Batch: audit.yaml's period once, by many machines", image: true, shards: true, container: true,
			next: "deploy it beside cloudformation.yaml, then submit the jobs that its output names"},
		{name: "kubernetes-shards", files: []string{"kubernetes-shards.yaml"}, about: "an indexed Job: audit.yaml's period once, by many pods", image: true, shards: true, container: true,
			next: "kubectl apply -f kubernetes-shards.yaml"},
	}
}

func (a *app) schedule() *cobra.Command {
	var file, dir string
	var ask scheduleFlags
	var names []string
	long := `Write the files that start auditseal after each period has ended, filled from audit.yaml:

`
	for _, t := range targets() {
		names = append(names, t.name)
		long += fmt.Sprintf("  %-18s %s\n", t.name, t.about)
	}
	long += `
They start auditseal run --period last-quarter (or last-month) once a day from the 4th of each month on: AWS Config delivers what it
recorded on the last day of a period hours later, and at times a day or more. The first run makes the pack, those after it find it
done, and one that was stopped goes on where it stopped. No success for five days is an alarm.

Left out --out, they are printed. Files that are there already with other content are left alone. No file holds a private key.`
	c := &cobra.Command{
		Use:   "schedule --for " + strings.Join(names, "|"),
		Short: "Write what starts auditseal every quarter: CloudFormation, Kubernetes, systemd, containers",
		Long:  long + exitText,
		Example: `  auditseal schedule --for container --out .
  auditseal schedule --for cloudformation --image 111122223333.dkr.ecr.eu-west-1.amazonaws.com/auditseal@sha256:… --out deploy
  auditseal schedule --for stackset --caller-role arn:aws:iam::111122223333:role/AuditsealTask --out deploy
  auditseal schedule --for systemd --every month --out deploy`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			i := slices.IndexFunc(targets(), func(t target) bool { return t.name == ask.target })
			if i < 0 {
				return usage("give one of "+strings.Join(names, ", ")+" with --for", "--for %q: there is no such template", ask.target)
			}
			t := targets()[i]
			j, err := a.loadSchedule(file)
			if err != nil {
				return err
			}
			s, err := j.scheduled(t, ask, file)
			if err != nil {
				return err
			}
			out, err := s.fill(t)
			if err != nil {
				return err
			}
			for _, w := range s.warnings {
				a.say("note: %s", w)
			}
			if dir == "" {
				return a.printFiles(out)
			}
			return a.writeFiles(dir, out, t.next)
		},
	}
	auditFlag(c, &file)
	f := c.Flags()
	f.StringVar(&ask.target, "for", "", "what to write: "+strings.Join(names, ", "))
	f.StringVar(&dir, "out", "", "the folder to write to; left out, the files are printed")
	f.StringVar(&ask.every, "every", "", "quarter or month; left out, as long as audit.yaml's period")
	f.StringVar(&ask.image, "image", "", "the image to run, best by its digest: registry/name@sha256:…")
	f.StringVar(&ask.caller, "caller-role", "", "the ARN of the role that auditseal runs with, where it is known")
	f.IntVar(&ask.shards, "shards", 0, "how many machines share the accounts")
	return c
}

type scheduleFlags struct {
	target, every, image, caller string
	shards                       int
}

// loadSchedule reads audit.yaml and its frameworks, which say what must be allowed. The files that it names besides are read where they are
// carried along.
func (a *app) loadSchedule(file string) (*job, error) {
	raw, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usage("write one with: auditseal init", "%s is not there", file)
	}
	if err != nil {
		return nil, usage("give the path of an audit.yaml with -c", "%w", err)
	}
	j := &job{raw: raw, dir: filepath.Dir(file)}
	if j.audit, err = audit.Load(file, raw); err != nil {
		return nil, mappingError(err)
	}
	read := func(name string) ([]byte, error) { return os.ReadFile(j.path(name)) }
	if j.set, err = frameworks.Load(j.audit.Frameworks, frameworks.Options{Kinds: collectors.Kinds(), Pasts: collectors.Pasts(), Read: read}); err != nil {
		return nil, mappingError(err)
	}
	return j, nil
}

// path is where a file is that audit.yaml names.
func (j *job) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(j.dir, name)
}

// fill fills a target's templates.
func (s *schedule) fill(t target) ([]filled, error) {
	var root *template.Template
	root = template.New("").Funcs(template.FuncMap{
		"quote": quoteYAML, "literal": literalYAML, "indent": indentRest, "unit": unitText, "comment": commentText, "short": shortText, "plain": plainText, "join": strings.Join,
		"dedent": dedent,
		"render": func(name string, data any) (string, error) {
			var b strings.Builder
			err := root.ExecuteTemplate(&b, name, data)
			return b.String(), err
		},
		"onFailure": func(pod string) string {
			return strings.Replace(pod, "restartPolicy: Never", "restartPolicy: OnFailure", 1)
		},
	}).Option("missingkey=error")
	if _, err := root.ParseFS(templates.FS, "schedule/*"); err != nil {
		return nil, err
	}
	var out []filled
	for _, name := range t.files {
		var b bytes.Buffer
		if err := root.ExecuteTemplate(&b, name, s); err != nil {
			return nil, err
		}
		out = append(out, filled{name, b.String()})
	}
	return out, nil
}

// A filled file is one that can be used as it is.
type filled struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// printFiles prints them one after the other, each under its name where there are several.
func (a *app) printFiles(files []filled) error {
	var b strings.Builder
	for _, f := range files {
		if len(files) > 1 {
			fmt.Fprintf(&b, "# %s\n", f.Name)
		}
		b.WriteString(f.Text)
	}
	return a.print(map[string]any{"ok": true, "files": files}, b.String())
}

// writeFiles writes all of them, or none where one of them is there already with other content: somebody may have changed it.
func (a *app) writeFiles(dir string, files []filled, next string) error {
	var missing []filled
	var names []string
	for _, f := range files {
		name := filepath.Join(dir, f.Name)
		names = append(names, name)
		old, err := os.ReadFile(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			missing = append(missing, f)
		case err != nil:
			return usage("name another folder with --out", "%w", err)
		case string(old) != f.Text:
			return usage("compare, then move it away or name another folder with --out", "%s is there already with other content, and was left alone", name)
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return usage("name a folder that you may write to with --out", "%w", err)
	}
	for _, f := range missing {
		w, err := os.OpenFile(filepath.Join(dir, f.Name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return usage("name a folder that you may write to with --out", "%w", err)
		}
		_, err = w.WriteString(f.Text)
		if err := errors.Join(err, w.Close()); err != nil {
			return err
		}
	}
	a.say("next: %s", next)
	return a.print(map[string]any{"ok": true, "files": names}, strings.Join(names, "\n")+"\n")
}

// auditPolicy is what the audit's role must be allowed: what auditseal policy prints. With no audit it is that of all collectors but those
// that read the history from a bucket.
func (j *job) auditPolicy() (doc policyDocument, list []string, cols []collectors.Collector, delivery *evidence.Delivery) {
	if j == nil {
		cols = slices.DeleteFunc(collectors.All(), func(c collectors.Collector) bool { _, placed := c.(collectors.Placed); return placed })
	} else {
		cols, _ = j.collectors()
		if d := j.audit.Delivery; d != nil && d.Athena == nil {
			delivery = d // Athena reads the bucket itself
		}
	}
	list = actions(cols)
	if delivery != nil {
		list = slices.DeleteFunc(list, func(a string) bool { return slices.Contains(ofBucket, a) })
	}
	doc = policyFor(list)
	doc.Statement = append(doc.Statement, throughOthers(cols, "AuditsealThroughAthena")...)
	if delivery != nil {
		doc.Statement = append(doc.Statement, deliveryStatements(delivery)...)
	}
	return doc, list, cols, delivery
}

// everyOf is how often an audit is done: as asked, or as long as its period.
func everyOf(asked string, j *job) (string, error) {
	name := j.audit.Period.Name()
	every := cmp.Or(asked, map[bool]string{true: "quarter", false: "month"}[strings.Contains(name, "Q")])
	switch {
	case name == "":
		return "", usage("write period: 2026-Q3 in place of them: each run then puts its own period there", "audit.yaml has from and to, and a run on schedule is of the last quarter or month")
	case asked == "" && len(name) == len("2026"):
		return "", usage("give --every quarter or --every month", "audit.yaml's period is a year, and that is no schedule")
	case every != "quarter" && every != "month":
		return "", usage("give --every quarter or --every month", "--every %q is neither", asked)
	}
	return every, nil
}
