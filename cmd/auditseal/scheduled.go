package main

import (
	"encoding/json"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/auditseal/auditseal/frameworks/audit"
	"github.com/auditseal/auditseal/report/archive"
)

// Where the templates put things: audit.yaml with what it names, and the runs' folders.
const (
	configDir = "/etc/auditseal"
	stateDir  = "/var/lib/auditseal"
)

// callerRole is the role that the CloudFormation stack makes for the task. It has a fixed name, since the other accounts trust it by its ARN.
const callerRole = "AuditsealTask"

// A schedule is what the templates show.
type schedule struct {
	Organization, Period, PeriodLabel, Every, Image, Go string
	// CallerRole is the name that the stack gives the task's role; CallerARN is the role that was named on the command line, or empty.
	CallerRole, CallerARN string
	ConfigDir, StateDir   string
	Cron                  cron

	// Role is the audit's, as audit.yaml names it; empty where the caller's own credentials read. RoleName and RolePath are its parts, and
	// RoleAccounts where the task may assume it.
	Role, RoleName, RolePath, ExternalID string
	RoleAccounts                         []string
	// MakeRole says that the stack offers to make the audit's role in its own account.
	MakeRole bool
	// Policy is what auditseal policy prints.
	Policy string

	SealKey     string // the ARN of the key in KMS, or empty
	SealFile    string // the private key's file, or empty; it is never read here
	SealActions []string

	Archive                          *audit.Archive
	ArchivePolicy, BucketPolicy      string
	ArchiveRoleName, ArchiveRolePath string
	MakeArchiveRole                  bool
	// Here says that the archive's resources stand in the stack of the task.
	Here bool

	// Ports are the TCP ports that are asked.
	Ports   []int
	Files   []carried
	Folders []string
	Shards  int
	Jobs    []batchJob
	// Claim is the name of the volume: one that a pod has to itself cannot be made into one that many share.
	Claim string

	warnings []string
}

// A carried file is one that audit.yaml names, or audit.yaml itself.
type carried struct{ Key, Path, Text string }

type batchJob struct {
	Name, Verb string
	Args       []string
}

// A cron is the same times in three languages.
type cron struct{ AWS, Unix, Calendar string }

// daily is once a day from the 4th of a month on, UTC, away from the full hour at which everybody's jobs start.
func daily() cron {
	return cron{AWS: "cron(17 3 4-31 * ? *)", Unix: "17 3 4-31 * *", Calendar: "*-*-4..31 03:17:00 UTC"}
}

// credential is where systemd puts the private key for the service.
const credential = "/run/credentials/auditseal.service/key.pem"

var (
	imageForm   = regexp.MustCompile(`^[a-z0-9]([a-zA-Z0-9._/:-]*[a-zA-Z0-9])?(@sha256:[0-9a-f]{64})?$`)
	callerForm  = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$`)
	carriedForm = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$`)
)

// maxConfigMap is how much a ConfigMap may hold, less its own frame.
const maxConfigMap = 1000 << 10

// maxShards is the size of an array job of AWS Batch.
const maxShards = 1000

// scheduled fills a schedule from the audit, and refuses what the target cannot do.
func (j *job) scheduled(t target, ask scheduleFlags, file string) (*schedule, error) {
	c := j.audit
	if t.shards && ask.every != "" {
		return nil, usage("leave it out", "--every: %s does audit.yaml's period once", t.name)
	}
	every, err := everyOf(ask.every, j)
	if t.shards && c.Period.Name() != "" {
		every, err = "", nil // it names the period itself, of whatever length
	}
	if err != nil {
		return nil, err
	}
	s := &schedule{Organization: c.Organization, Period: c.Period.Name(), PeriodLabel: strings.ToLower(c.Period.Name()), Every: every, Image: ask.image, CallerRole: callerRole, CallerARN: ask.caller,
		ConfigDir: configDir, StateDir: stateDir, Cron: daily(), Role: strings.TrimPrefix(c.Role, "role/"), ExternalID: c.ExternalID, Archive: c.Archive, Ports: []int{443}, Shards: ask.shards, Here: t.name == "cloudformation"}
	s.Claim = "auditseal"
	if t.shards {
		s.Claim = "auditseal-shared"
	}
	s.Go, _, _ = strings.Cut(strings.TrimPrefix(runtime.Version(), "go"), "-")
	if err := s.flags(t, ask); err != nil {
		return nil, err
	}
	if err := s.roles(c, t); err != nil {
		return nil, err
	}
	doc, _, _, _ := j.auditPolicy()
	b, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return nil, err
	}
	s.Policy = string(b)
	if err := s.sealing(c, t); err != nil {
		return nil, err
	}
	if err := s.archiving(c, t); err != nil {
		return nil, err
	}
	if t.container {
		if err := s.carry(j, t, file); err != nil {
			return nil, err
		}
	}
	s.jobs()
	return s, nil
}

func (s *schedule) flags(t target, ask scheduleFlags) error {
	switch {
	case t.image && ask.image == "":
		return usage("build one from what auditseal schedule --for container writes, push it, and give it with --image", "--for %s needs the image to run", t.name)
	case !t.image && ask.image != "":
		return usage("leave it out", "--image: nothing in %s runs an image", t.name)
	case t.image && !imageForm.MatchString(ask.image):
		return usage("write it as registry/name@sha256:…", "--image %q is not the name of an image", ask.image)
	case t.shards && (ask.shards < 2 || ask.shards > maxShards):
		return usage("give --shards 2 to "+strconv.Itoa(maxShards)+": about one for every fifty accounts", "--for %s: %d is no number of shards", t.name, ask.shards)
	case !t.shards && ask.shards != 0:
		return usage("leave it out, or write --for batch or --for kubernetes-shards", "--shards: %s runs on one machine", t.name)
	case ask.caller != "" && !callerForm.MatchString(ask.caller):
		return usage("write it as arn:aws:iam::111122223333:role/"+callerRole, "--caller-role %q is not the ARN of a role", ask.caller)
	case ask.caller != "" && !slices.Contains([]string{"stackset", "kubernetes", "kubernetes-shards", "batch"}, t.name):
		return usage("leave it out", "--caller-role: %s makes the role itself, or knows of none", t.name)
	}
	if t.image && !strings.Contains(ask.image, "@sha256:") {
		s.warnings = append(s.warnings, "the image is named without its digest: what stands behind "+ask.image+" may change, and with it what is run")
	}
	return nil
}

// roles finds the role that accounts are read with.
func (s *schedule) roles(c *audit.Config, t target) error {
	if s.Role == "" {
		if t.name == "stackset" {
			return usage("add scope.role to audit.yaml: the name of the role in every account", "audit.yaml names no role to make: it is read with the caller's own credentials")
		}
		return nil
	}
	s.RolePath, s.RoleName = path.Split("/" + s.Role)
	if len(s.RoleName) > 64 || s.RoleName == "" || strings.Contains(s.RoleName, "/") {
		return usage("give a name of at most 64 characters", "scope.role %q: IAM takes no such name", s.Role)
	}
	if s.RoleName == callerRole && s.RolePath == "/" {
		return usage("give it another name", "scope.role %q is the name of the role that the stack gives its task", s.Role)
	}
	s.MakeRole = true
	// Named one by one where they are known and fit into the policy; the roles themselves trust the task alone in any case.
	if s.RoleAccounts = slices.Clone(c.Accounts); c.WholeOrganization || len(c.Accounts) > 60 {
		s.RoleAccounts = []string{"*"}
	}
	return nil
}

// sealing finds the key that signs, and the ports of the timestamp authorities.
func (s *schedule) sealing(c *audit.Config, t target) error {
	if c.Seal == nil {
		s.warnings = append(s.warnings, "audit.yaml has no seal: the packs will not be signed")
		return nil
	}
	if c.Seal.KMS() {
		s.SealKey, s.SealActions = c.Seal.Key, sealActions
	} else {
		s.SealFile = c.Seal.Key
	}
	if s.SealFile != "" && (t.name == "cloudformation" || t.name == "batch") {
		return usage("make an asymmetric key in AWS KMS for signing, and write its ARN there: the private key then never leaves KMS", "seal.key %q is a file, and a private key is put into no image and no template", s.SealFile)
	}
	if s.SealFile != "" && t.container && !carriedForm.MatchString(s.SealFile) {
		return usage("give it a path below the folder of audit.yaml, of letters, digits, dots, - and _", "seal.key %q cannot be mounted beside audit.yaml", s.SealFile)
	}
	if t.name == "systemd" && s.SealFile != "" && s.SealFile != credential {
		return usage("write key: "+credential+", and keep the key as /etc/auditseal/key.pem; to sign by hand give auditseal seal --key", "seal.key %q: the service's user may read no private key but the one that systemd hands over", s.SealFile)
	}
	for _, a := range c.Seal.TSA {
		u, err := url.Parse(a)
		if err != nil {
			return err
		}
		port := map[string]int{"http": 80, "https": 443}[u.Scheme]
		if p := u.Port(); p != "" {
			if port, err = strconv.Atoi(p); err != nil || port < 1 || port > 65535 {
				return usage("", "seal.tsa %q: %s is no port", a, p)
			}
		}
		if !slices.Contains(s.Ports, port) {
			s.Ports = append(s.Ports, port)
		}
	}
	slices.Sort(s.Ports)
	return nil
}

// archiving finds the archive's bucket and role.
func (s *schedule) archiving(c *audit.Config, t target) error {
	a := c.Archive
	if a == nil {
		switch t.name {
		case "archive":
			return usage("add archive to audit.yaml", "audit.yaml names no archive")
		case "cloudformation", "batch":
			return usage("add archive to audit.yaml: to, owner, region, mode and retain", "audit.yaml names no archive, and nobody could fetch a pack from the task's file system")
		}
		s.warnings = append(s.warnings, "audit.yaml has no archive: the packs stay where they are made")
		return nil
	}
	partition := partitionOf(a.Region)
	ar := &archive.Archive{Archive: *a}
	who := ar.Policy(partition)
	if a.KMSKey == "" {
		// The bucket's own key, whose id is not known before it is made.
		who.Statement = append(who.Statement, archive.Statement{Sid: "AuditsealArchiveKey", Effect: "Allow", Action: []string{"kms:Decrypt", "kms:GenerateDataKey"},
			Resource: []string{"arn:" + partition + ":kms:" + a.Region + ":" + a.Owner + ":key/*"}, Condition: map[string]map[string]string{"StringLike": {"kms:ViaService": "s3." + a.Region + ".*"}}})
	}
	for _, d := range []struct {
		doc archive.Document
		to  *string
	}{{who, &s.ArchivePolicy}, {ar.BucketPolicy(partition), &s.BucketPolicy}} {
		b, err := json.MarshalIndent(d.doc, "", "  ")
		if err != nil {
			return err
		}
		*d.to = string(b)
	}
	if a.Role == "" {
		return nil
	}
	account, name, _ := strings.Cut(strings.SplitN(a.Role, ":", 5)[4], ":role/")
	s.ArchiveRolePath, s.ArchiveRoleName = path.Split("/" + name)
	if len(s.ArchiveRoleName) > 64 || s.ArchiveRoleName == "" {
		return usage("give a name of at most 64 characters", "archive.role %q: IAM takes no such name", a.Role)
	}
	if s.ArchiveRoleName == callerRole || s.ArchiveRoleName == s.RoleName {
		return usage("give it a name of its own", "archive.role %q has the name of a role that reads", a.Role)
	}
	s.MakeArchiveRole = account == a.Owner
	if !s.MakeArchiveRole {
		s.warnings = append(s.warnings, "archive.role is in account "+account+", and the bucket in "+a.Owner+": the role is yours to make, and the bucket's policy must allow it")
	}
	return nil
}

// carry reads what audit.yaml names, for an image or a ConfigMap.
func (s *schedule) carry(j *job, t target, file string) error {
	c := j.audit
	s.Files = []carried{{Key: auditFile, Path: auditFile, Text: string(j.raw)}}
	if filepath.Base(file) != auditFile && t.name == "container" {
		return usage("name it audit.yaml, in the folder that the image is built from", "%s: the image is to hold audit.yaml", file)
	}
	type named struct{ what, name string }
	names := []named{{"exceptions", c.Exceptions}, {"fips-certificates", c.FIPSCertificates}}
	for _, f := range c.Frameworks {
		if strings.ContainsAny(f, "/.") {
			names = append(names, named{"frameworks", f})
		}
	}
	if c.Seal != nil {
		names = append(names, named{"seal.certificate", c.Seal.Certificate}, named{"seal.tsa-ca", c.Seal.TSARoots})
	}
	const below = "move it into the folder of audit.yaml, and name it by letters, digits, dots, - and _"
	size := len(j.raw)
	for _, n := range names {
		if n.name == "" {
			continue
		}
		rel := path.Clean(filepath.ToSlash(n.name))
		if !carriedForm.MatchString(rel) {
			return usage(below, "%s: %q cannot be carried to where the run is", n.what, n.name)
		}
		if slices.ContainsFunc(s.Files, func(f carried) bool { return f.Path == rel }) {
			continue
		}
		b, err := os.ReadFile(j.path(n.name))
		if err != nil {
			return usage("write the file, or take the line out", "%s: %w", n.what, err)
		}
		if !utf8.Valid(b) {
			return usage("write it as UTF-8", "%s: %s is not text", n.what, n.name)
		}
		size += len(b)
		s.Files = append(s.Files, carried{Key: strings.ReplaceAll(rel, "/", "."), Path: rel, Text: string(b)})
	}
	keys := map[string]string{}
	for _, f := range s.Files {
		if other := keys[f.Key]; other != "" {
			return usage("give one of them another name", "%s and %s would have one name in a ConfigMap", other, f.Path)
		}
		keys[f.Key] = f.Path
	}
	kubernetes := strings.HasPrefix(t.name, "kubernetes")
	if kubernetes && size > maxConfigMap {
		return usage("put them into the image (--for container) and run that with --for cloudformation, or shorten them", "audit.yaml and what it names have %d bytes, and a ConfigMap holds %d", size, maxConfigMap)
	}
	if c.Manual == "" {
		return nil
	}
	rel := path.Clean(filepath.ToSlash(c.Manual))
	switch {
	case kubernetes:
		return usage("put the evidence that people supply into the pack by hand, from an audit.yaml of its own, or run the image of --for container with --for cloudformation", "manual: %q is a folder, and a ConfigMap holds none", c.Manual)
	case !carriedForm.MatchString(rel):
		return usage(below, "manual: %q cannot be carried to where the run is", c.Manual)
	}
	s.Folders = []string{rel}
	return nil
}

// jobs are the three of a run in shards, for AWS Batch.
func (s *schedule) jobs() {
	config, shards, pack := configDir+"/audit.yaml", stateDir+"/shards/"+s.Period, stateDir+"/packs/"+s.Period
	list := func(args ...string) []string {
		for i, a := range args {
			args[i] = quoteYAML(a)
		}
		return args
	}
	s.Jobs = []batchJob{
		{"Collect", "collect", list("collect", "--json", "-c", config, "--shards", strconv.Itoa(s.Shards), "--shard-index-from", "AWS_BATCH_JOB_ARRAY_INDEX", "--out", shards)},
		{"Merge", "merge", list("merge", "--json", shards, "--out", pack)},
		{"Run", "run", list("run", "--json", "-c", config, "--out", pack)},
	}
}
