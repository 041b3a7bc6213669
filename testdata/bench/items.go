package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/auditseal/auditseal/collectors"
	"github.com/auditseal/auditseal/collectors/awsconfig"
	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/configdelivery"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
	"github.com/auditseal/auditseal/frameworks"
	"github.com/auditseal/auditseal/frameworks/assess"
	"github.com/auditseal/auditseal/report"
	"github.com/auditseal/auditseal/testdata/scenario"
)

// statesEach is how many states each resource has in the quarter.
const statesEach = 50

// tests over the period, of the kinds whose items are made.
const itemTests = `framework: bench
title: Tests over the period
controls:
  - id: "1"
    title: Buckets and keys
    tests: [s3-bucket-own-block-throughout, s3-bucket-encrypted-throughout]
`

// items measures reading a quarter of configuration items from delivered files, beside the plain way of decoding the same files.
func items(n int) error {
	tmp, err := os.MkdirTemp("", "auditseal-bench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	bucket := filepath.Join(tmp, "bucket")
	files, plain, packed, err := deliver(bucket, n)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	fmt.Printf("%d configuration items in %d history files: %.2f GB of JSON, %.0f MB as delivered\n", n, files, float64(plain)/1e9, float64(packed)/1e6)
	show := func(what string, u usage) {
		fmt.Printf("  %-44s %7.1fs %9.0f items/s %7.1f MB/s %7.1fs of processors %5d MiB\n", what, u.wall.Seconds(), float64(n)/u.wall.Seconds(), float64(plain)/1e6/u.wall.Seconds(), u.cpu.Seconds(), u.mib)
	}
	a, err := used(self, "-child", "decode", "-dir", bucket)
	if err != nil {
		return err
	}
	show("gunzip and encoding/json, nothing kept", a)
	server := exec.Command(self, "-child", "bucket", "-dir", bucket)
	out, err := server.StdoutPipe()
	if err != nil {
		return err
	}
	if err := server.Start(); err != nil {
		return err
	}
	defer func() { server.Process.Kill(); server.Wait() }()
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return err
	}
	pack := filepath.Join(tmp, "pack")
	b, err := used(self, "-child", "states", "-url", strings.TrimSpace(url), "-dir", pack)
	if err != nil {
		return err
	}
	show("fetched, taped, read as states and sorted", b)
	c, err := used(self, "-child", "intervals", "-dir", pack)
	if err != nil {
		return err
	}
	show("two tests over the period, to intervals", c)
	d, err := used(self, "-child", "replay", "-dir", pack)
	if err != nil {
		return err
	}
	show("read from the tape, as states and sorted", d)
	for _, x := range []struct {
		what  string
		first usage
	}{{"fetched from a server, taped, and to intervals", b}, {"from the tape to intervals", d}} {
		both := usage{x.first.wall + c.wall, x.first.cpu + c.cpu, max(x.first.mib, c.mib)}
		show(x.what, both)
		fmt.Printf("    speed %.2f of the plain decoding (%.2f by time of processors); peak %d MiB\n", float64(a.wall)/float64(both.wall), float64(a.cpu)/float64(both.cpu), both.mib)
	}
	return nil
}

// A usage is what a process took: wall time, time of processors, and peak memory in MiB.
type usage struct {
	wall, cpu time.Duration
	mib       int64
}

func used(name string, args ...string) (usage, error) {
	cmd := exec.Command(name, args...)
	cmd.Stderr = os.Stderr
	if args[1] != "decode" { // as the command sets them for itself
		cmd.Env = append(os.Environ(), "GOGC=200", "GOMEMLIMIT=208MiB")
	}
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return usage{}, fmt.Errorf("%s: %w", strings.Join(args, " "), err)
	}
	return usage{time.Since(start), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss >> 10}, nil
}

// deliver writes history files of a realistic size: one for each type every six hours, and a snapshot of every resource before the quarter.
func deliver(dir string, n int) (files int, plain, packed int64, err error) {
	resources := max(1, n/statesEach)
	days := int(scenario.QuarterTo.Sub(scenario.QuarterFrom) / (24 * time.Hour))
	write := func(key string, fill func(io.Writer) error) error {
		name := filepath.Join(dir, filepath.FromSlash(key))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		f, err := os.Create(name)
		if err != nil {
			return err
		}
		defer f.Close()
		z := gzip.NewWriter(f)
		w := bufio.NewWriterSize(z, 1<<16)
		if _, err := w.WriteString(`{"fileVersion":"1.0","requestId":"0b1c","configurationItems":[`); err != nil {
			return err
		}
		if err := fill(w); err != nil {
			return err
		}
		w.WriteString("]}")
		if err := w.Flush(); err != nil {
			return err
		}
		if err := z.Close(); err != nil {
			return err
		}
		info, err := f.Stat()
		packed += info.Size()
		return err
	}
	root := func(at time.Time, folder string) string {
		return fmt.Sprintf("AWSLogs/%s/Config/%s/%d/%d/%d/%s/%s_Config_%s_%s_", account, region, at.Year(), int(at.Month()), at.Day(), folder, account, region, folder)
	}
	const stamp = "20060102T150405Z"
	before := scenario.QuarterFrom.Add(-20 * time.Hour)
	err = write(root(before, "ConfigSnapshot")+before.Format(stamp)+"_0b1c.json.gz", func(w io.Writer) error {
		for i := range resources {
			if i > 0 {
				io.WriteString(w, ",")
			}
			if _, err := io.WriteString(w, itemOf(i, -1, before.AddDate(-1, 0, 0))); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, 0, 0, err
	}
	packed = 0
	windows := days * 4
	for k := range windows {
		from, to := n*k/windows, n*(k+1)/windows
		begin := scenario.QuarterFrom.Add(time.Duration(k) * 6 * time.Hour)
		at := begin.Add(6 * time.Hour)
		for typ, name := range []string{"AWS::S3::Bucket", "AWS::KMS::Key"} {
			err := write(root(at, "ConfigHistory")+name+"_"+begin.Format(stamp)+"_"+at.Format(stamp)+"_1.json.gz", func(w io.Writer) error {
				first := true
				for i := from; i < to; i++ {
					if kindOf(i%resources) != typ {
						continue
					}
					if !first {
						io.WriteString(w, ",")
					}
					first = false
					s := itemOf(i%resources, i/resources, begin.Add(time.Duration(i-from)*6*time.Hour/time.Duration(to-from+1)))
					plain += int64(len(s) + 1)
					if _, err := io.WriteString(w, s); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return 0, 0, 0, err
			}
			files++
		}
	}
	return files, plain, packed, nil
}

// kindOf says which of the two types a resource is of: seven buckets to three keys.
func kindOf(resource int) int {
	if resource%10 < 7 {
		return 0
	}
	return 1
}

// itemOf makes a state of a resource, of about three kilobytes, as AWS spells it in files.
func itemOf(resource, state int, at time.Time) string {
	at = at.Truncate(time.Millisecond)
	// Text of that much entropy makes the files pack as real ones do, to about a tenth.
	unlike := sha256.Sum256(fmt.Appendf(nil, "%d %d", resource, state))
	also := sha256.Sum256(unlike[:])
	policy := fmt.Sprintf(`{\"Version\":\"2012-10-17\",\"Id\":\"state-%d-%x%x\",\"Statement\":[{\"Sid\":\"Administrators\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::%s:root\"},\"Action\":\"*\",\"Resource\":\"*\"},{\"Sid\":\"TLS\",\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:*\",\"Resource\":[\"arn:aws:s3:::records-%06d\",\"arn:aws:s3:::records-%06d/*\"],\"Condition\":{\"Bool\":{\"aws:SecureTransport\":\"false\"}}}]}`,
		state, unlike, also, account, resource, resource)
	var related strings.Builder
	for i := range 8 {
		if i > 0 {
			related.WriteByte(',')
		}
		fmt.Fprintf(&related, `{"resourceId":"arn:aws:kms:%s:%s:key/%08d-5eb9-4f1e-a5b0-%012d","resourceName":null,"resourceType":"AWS::KMS::Key","name":"Is associated with "}`, region, account, resource, i)
	}
	head := fmt.Sprintf(`{"relatedEvents":[],"relationships":[%s],"tags":{"owner":"team-%d","cost-center":"%04d","data-classification":"confidential"},"configurationItemVersion":"1.3","configurationItemCaptureTime":%q,"configurationStateId":%d,"awsAccountId":%q,"configurationItemStatus":"OK","awsRegion":%q,"availabilityZone":"Regional","configurationStateMd5Hash":"","resourceCreationTime":"2024-02-03T04:05:06.000Z"`,
		related.String(), resource%40, resource%97, at.Format("2006-01-02T15:04:05.000Z"), at.UnixMilli(), account, region)
	open := state%17 == 3
	if kindOf(resource) == 1 {
		id := fmt.Sprintf("%08d-7ccc-4abd-8da6-%012d", resource, resource)
		return head + fmt.Sprintf(`,"resourceType":"AWS::KMS::Key","resourceId":%[1]q,"ARN":"arn:aws:kms:%[2]s:%[3]s:key/%[1]s","configuration":{"aWSAccountId":%[3]q,"keyId":%[1]q,"arn":"arn:aws:kms:%[2]s:%[3]s:key/%[1]s","creationDate":"2024-02-03T04:05:06.000Z","enabled":true,"description":"Encrypts what service %[4]d writes","keyUsage":"ENCRYPT_DECRYPT","keyState":"Enabled","origin":"AWS_KMS","keyManager":"CUSTOMER","customerMasterKeySpec":"SYMMETRIC_DEFAULT","multiRegion":false,"encryptionAlgorithms":["SYMMETRIC_DEFAULT"]},"supplementaryConfiguration":{"KeyRotationStatus":%[5]v,"Policy":"%[6]s"}}`,
			id, region, account, resource, !open, policy)
	}
	name := fmt.Sprintf("records-%06d", resource)
	return head + fmt.Sprintf(`,"resourceType":"AWS::S3::Bucket","resourceId":%[1]q,"resourceName":%[1]q,"ARN":"arn:aws:s3:::%[1]s","configuration":{"name":%[1]q,"owner":{"displayName":null,"id":"2f1a0000000000000000000000000000000000000000000000000000000000aa"},"creationDate":"2024-02-03T04:05:06.000Z"},"supplementaryConfiguration":{"AccessControlList":"{\"grantSet\":null,\"grantList\":[{\"grantee\":{\"id\":\"2f1a0000000000000000000000000000000000000000000000000000000000aa\",\"displayName\":null},\"permission\":\"FullControl\"}],\"owner\":{\"displayName\":null,\"id\":\"2f1a0000000000000000000000000000000000000000000000000000000000aa\"},\"isRequesterCharged\":false}","BucketAccelerateConfiguration":{"status":null},"BucketLoggingConfiguration":{"destinationBucketName":null,"logFilePrefix":null},"BucketNotificationConfiguration":{"configurations":{}},"BucketPolicy":{"policyText":"%[2]s"},"BucketVersioningConfiguration":{"status":"Enabled","isMfaDeleteEnabled":null},"IsRequesterPaysEnabled":false,"PublicAccessBlockConfiguration":{"blockPublicAcls":%[3]v,"ignorePublicAcls":true,"blockPublicPolicy":true,"restrictPublicBuckets":true},"ServerSideEncryptionConfiguration":{"rules":[{"applyServerSideEncryptionByDefault":{"sseAlgorithm":"aws:kms","kmsMasterKeyID":"arn:aws:kms:eu-west-1:100000000000:key/0c74a376-b0a4-4cc9-a7b6-4719288b928e"},"bucketKeyEnabled":true}]}}}`,
		name, policy, !open)
}

// plainItem is what one would write to decode a file: a struct, with what differs between types as interface{}.
type plainItem struct {
	Version                    string            `json:"configurationItemVersion"`
	Captured                   time.Time         `json:"configurationItemCaptureTime"`
	StateID                    json.Number       `json:"configurationStateId"`
	Account                    string            `json:"awsAccountId"`
	Status                     string            `json:"configurationItemStatus"`
	ResourceType               string            `json:"resourceType"`
	ResourceID                 string            `json:"resourceId"`
	ResourceName               string            `json:"resourceName"`
	ARN                        string            `json:"ARN"`
	Region                     string            `json:"awsRegion"`
	Created                    *time.Time        `json:"resourceCreationTime"`
	Tags                       map[string]string `json:"tags"`
	Relationships              []map[string]any  `json:"relationships"`
	Configuration              any               `json:"configuration"`
	SupplementaryConfiguration map[string]any    `json:"supplementaryConfiguration"`
}

// decode is the yardstick: each history file in turn, gunzip of the standard library and encoding/json.
func decode(dir string) error {
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(name, "ConfigHistory") {
			return err
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			return err
		}
		var file struct {
			ConfigurationItems []plainItem `json:"configurationItems"`
		}
		return json.NewDecoder(z).Decode(&file)
	})
}

// bucketServer answers ListObjectsV2 and GetObject from a folder, and says where.
func bucketServer(dir string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + l.Addr().String())
	type entry struct {
		Key  string
		Size int64
	}
	type listing struct {
		XMLName     xml.Name `xml:"ListBucketResult"`
		Prefix      string
		KeyCount    int
		IsTruncated bool
		Contents    []entry
	}
	return http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if q := r.URL.Query(); q.Has("list-type") {
			x := listing{Prefix: q.Get("prefix")}
			filepath.WalkDir(filepath.Join(dir, filepath.FromSlash(x.Prefix)), func(name string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return nil
				}
				info, err := d.Info()
				rel, _ := filepath.Rel(dir, name)
				if err == nil {
					x.Contents = append(x.Contents, entry{filepath.ToSlash(rel), info.Size()})
				}
				return err
			})
			slices.SortFunc(x.Contents, func(a, b entry) int { return strings.Compare(a.Key, b.Key) })
			x.KeyCount = len(x.Contents)
			xml.NewEncoder(w).Encode(x)
			return
		}
		f, err := os.Open(filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(r.URL.Path, "/b/"))))
		if err != nil {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		defer f.Close()
		io.Copy(w, f)
	}))
}

func itemScope() evidence.Scope {
	sc := scope()
	sc.AsOf, sc.History = scenario.QuarterTo.AddDate(0, 0, 3), []string{"AWS::KMS::Key", "AWS::S3::Bucket"}
	sc.Delivery = &evidence.Delivery{Bucket: "b", Account: account, Region: region}
	return sc
}

// A recorder stands for the account and AWS Config: it says that the recorder was on throughout.
type recorder struct{}

func (recorder) Name() string                     { return "recorder" }
func (recorder) Doc() string                      { return "A recorder that was on." }
func (recorder) Reach() evidence.Reach            { return evidence.EveryAccount }
func (recorder) Operations() []evidence.Operation { return nil }
func (recorder) Kinds() []evidence.Kind {
	out := []evidence.Kind{evidence.KindOf[awsconfig.Recording]("How it recorded."), evidence.KindOf[awsconfig.Retention]("How long it keeps items.")}
	for _, k := range collectors.Kinds() {
		if k.Name == "s3.bucket" || k.Name == "kms.key" {
			out = append(out, k) // of what there is now nothing is read
		}
	}
	return out
}

func (recorder) Collect(_ context.Context, c *cell.Cell) error {
	m := func() evidence.Meta {
		m := c.Meta(account + "/" + region)
		m.ReadFrom("E-0123456789abcdef", c.Scope.AsOf)
		return m
	}
	on := true
	if err := c.Emit(&awsconfig.Recording{Meta: m(), From: c.Period.From, To: c.Period.To, On: &on, Group: &awsconfig.Group{AllSupported: true}, Overrides: []awsconfig.TypeOverride{}}); err != nil {
		return err
	}
	return c.Emit(&awsconfig.Retention{Meta: m(), Days: 2557, Default: true, KeptSince: c.Scope.AsOf.AddDate(0, 0, -2557), HasRecorder: true})
}

// itemStates is what a run does with the files: fetched, kept on the tape, read as states, sorted and written out.
func itemStates(url, dir string) error {
	tp, err := tape.Create(filepath.Join(dir, "evidence"))
	if err != nil {
		return err
	}
	err = collectors.Run{Scope: itemScope(), Tape: tp, Dir: dir, Collectors: []collectors.Collector{recorder{}, configdelivery.Collector{}},
		Session: func(context.Context, string, string) (aws.Config, error) { return config(url), nil }}.Do(context.Background())
	if err != nil {
		return err
	}
	for l, err := range report.LedgerLines(os.DirFS(dir)) {
		if err != nil {
			return err
		}
		if l.Gap != nil {
			return fmt.Errorf("a gap: %+v", *l.Gap)
		}
	}
	return tp.Close()
}

// itemReplay is what verify --rederive and a run that goes on do with the same files, as the tape has them.
func itemReplay(dir string) error {
	tp, err := tape.Open(os.DirFS(filepath.Join(dir, "evidence")))
	if err != nil {
		return err
	}
	return collectors.Run{Scope: itemScope(), Tape: tp, Dir: filepath.Join(dir, "again"), Collectors: []collectors.Collector{recorder{}, configdelivery.Collector{}}}.Do(context.Background())
}

// itemIntervals is what assessing does with the states.
func itemIntervals(dir string) error {
	set, err := frameworks.Load([]string{"bench.yaml"}, frameworks.Options{Kinds: collectors.Kinds(), Pasts: collectors.Pasts(), Read: func(string) ([]byte, error) { return []byte(itemTests), nil }})
	if err != nil {
		return err
	}
	kinds := []evidence.Kind{}
	for _, c := range []collectors.Collector{recorder{}, configdelivery.Collector{}} {
		kinds = append(kinds, c.Kinds()...)
	}
	var pasts []evidence.Kind
	for _, r := range collectors.Past() {
		pasts = append(pasts, r.Records)
	}
	records := assess.OpenRecords(os.DirFS(filepath.Join(dir, "records")), kinds)
	in := assess.Input{Tool: "bench", Organization: "bench", Scope: itemScope(), Set: set, Kinds: kinds, Records: records.Each, Pasts: collectors.Pasts(),
		History: assess.OpenHistory(os.DirFS(filepath.Join(dir, "history")), pasts)}
	for l, err := range report.LedgerLines(os.DirFS(dir)) {
		if err != nil {
			return err
		}
		in.Ledger = append(in.Ledger, l)
	}
	f, err := os.Create(filepath.Join(dir, report.TimelineFile))
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	enc := json.NewEncoder(w)
	results := map[string]int{}
	in.Timeline = func(e assess.TimelineEntry) error {
		results[e.Result]++
		return enc.Encode(e)
	}
	if _, err := assess.Run(in); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "    intervals: %v\n", results)
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}
