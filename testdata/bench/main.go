// Command bench measures what the design promises, side by side in one run. It is not a test: it asserts nothing.
//
//	go run ./testdata/bench -overhead 2000     the tape and the records against bare SDK calls, wall time
//	go run ./testdata/bench -keys 100000       collect, assess, report and seal that many KMS keys: peak memory of each step
//	go run ./testdata/bench -accounts 200      a whole organization at AWS's own rates: wall time beside what the rates alone take, memory,
//	                                           and what became of each planned call
//	go run ./testdata/bench -items 1000000     a quarter of configuration items from delivered files to intervals, beside gunzip and encoding/json
//
// The scenario server runs as a process of its own, so that its memory is not ours.
package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/auditseal/auditseal/collectors"
	"github.com/auditseal/auditseal/collectors/cell"
	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
	"github.com/auditseal/auditseal/report"
	"github.com/auditseal/auditseal/testdata/scenario"
)

const (
	account = "100000000000" // the first account of scenario.LargeOrganization
	region  = "eu-west-1"
)

func main() {
	overhead := flag.Int("overhead", 0, "keys for the comparison with bare SDK calls")
	keys := flag.Int("keys", 0, "keys for the measurement of memory")
	accounts := flag.Int("accounts", 0, "accounts of the organization that is collected at AWS's rates")
	regions := flag.Int("regions", 4, "regions of each of its accounts")
	number := flag.Int("items", 0, "configuration items that are read from delivered files")
	rounds := flag.Int("rounds", 5, "rounds of the comparison")
	latency := flag.Duration("latency", 0, "what the server waits before each answer")
	child := flag.String("child", "", "for this program's own use")
	url := flag.String("url", "", "for this program's own use")
	dir := flag.String("dir", "", "for this program's own use")
	flag.Parse()
	var err error
	switch {
	case *child == "bare":
		err = bare(*url)
	case *child == "taped":
		err = taped(*url, *dir)
	case *child == "decode":
		err = decode(*dir)
	case *child == "bucket":
		err = bucketServer(*dir)
	case *child == "states":
		err = itemStates(*url, *dir)
	case *child == "replay":
		err = itemReplay(*dir)
	case *child == "intervals":
		err = itemIntervals(*dir)
	case *number > 0:
		err = items(*number)
	case *overhead > 0:
		err = compare(*overhead, *rounds, *latency)
	case *keys > 0:
		err = memory(*keys)
	case *accounts > 0:
		err = organization(*accounts, *regions, cmp.Or(*latency, 10*time.Millisecond))
	default:
		flag.Usage()
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// config asks the server as the account. Connections are kept, as many as there are workers.
func config(url string) aws.Config {
	return aws.Config{Region: region, BaseEndpoint: aws.String(url), Credentials: credentials.NewStaticCredentialsProvider(scenario.AccessKey(account), "x", ""),
		HTTPClient: awshttp.NewBuildableClient().WithTimeout(60 * time.Second), Retryer: func() aws.Retryer { return aws.NopRetryer{} }}
}

// bare asks what the KMS collector asks, with the same workers, and throws the answers away.
func bare(url string) error {
	ctx := context.Background()
	c := kms.NewFromConfig(config(url))
	p := kms.NewListKeysPaginator(c, &kms.ListKeysInput{Limit: aws.Int32(1000)})
	var failed error
	ids := func(yield func(string) bool) {
		for p.HasMorePages() {
			page, err := p.NextPage(ctx)
			if err != nil {
				failed = err
				return
			}
			for _, k := range page.Keys {
				if !yield(*k.KeyArn) {
					return
				}
			}
		}
	}
	aliases := kms.NewListAliasesPaginator(c, &kms.ListAliasesInput{Limit: aws.Int32(1000)})
	for aliases.HasMorePages() {
		if _, err := aliases.NextPage(ctx); err != nil {
			return err
		}
	}
	n := 0
	err := cell.Ordered(ctx, ids, func(ctx context.Context, id string) error {
		out, err := c.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &id})
		if err != nil {
			return err
		}
		_, e1 := c.GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: &id})
		var e2 error
		if m := out.KeyMetadata; m.KeySpec == types.KeySpecSymmetricDefault && (m.Origin == types.OriginTypeAwsKms || m.Origin == types.OriginTypeExternal) {
			_, e2 = c.ListKeyRotations(ctx, &kms.ListKeyRotationsInput{KeyId: &id})
		}
		_, e3 := c.GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: &id})
		_, e4 := c.ListResourceTags(ctx, &kms.ListResourceTagsInput{KeyId: &id})
		_, e5 := c.ListGrants(ctx, &kms.ListGrantsInput{KeyId: &id})
		for _, err := range []error{e1, e2, e3, e4, e5} {
			var unsupported *types.UnsupportedOperationException
			if err != nil && !errors.As(err, &unsupported) {
				return err
			}
		}
		return nil
	}, func(err error) error { n++; return err })
	fmt.Println(n, "keys")
	return errors.Join(err, failed)
}

// taped runs the KMS collector: tape, records, ledger.
func taped(url, dir string) error {
	tp, err := tape.Create(filepath.Join(dir, "evidence"))
	if err != nil {
		return err
	}
	r := collectors.Run{Scope: scope(), Tape: tp, Dir: dir, Collectors: only("account", "kms"),
		Session: func(context.Context, string, string) (aws.Config, error) { return config(url), nil }}
	return errors.Join(r.Do(context.Background()), tp.Close())
}

func scope() evidence.Scope {
	return evidence.Scope{Accounts: []string{account}, Regions: []string{region}, Home: region,
		Period: evidence.Period{From: scenario.QuarterFrom, To: scenario.QuarterTo}, AsOf: scenario.Now}
}

func only(names ...string) []collectors.Collector {
	var out []collectors.Collector
	for _, c := range collectors.All() {
		if slices.Contains(names, c.Name()) {
			out = append(out, c)
		}
	}
	return out
}

// serve starts the scenario server with one account and gives its address.
func serve(tmp string, keys int, latency time.Duration) (url string, stop func(), err error) {
	return serveWith(tmp, "-accounts", "1", "-regions", "1", "-keys", strconv.Itoa(keys), "-latency", latency.String())
}

func serveWith(tmp string, args ...string) (url string, stop func(), err error) {
	bin := filepath.Join(tmp, "scenario-server")
	if err := run("go", "build", "-o", bin, "./testdata/scenario/cmd/scenario-server"); err != nil {
		return "", nil, err
	}
	cmd := exec.Command(bin, args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() { cmd.Process.Kill(); cmd.Wait() }
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, u, ok := strings.Cut(lines.Text(), "AWS_ENDPOINT_URL="); ok {
			go io.Copy(io.Discard, out)
			return u, stop, nil
		}
	}
	stop()
	return "", nil, errors.New("the scenario server did not say where it listens")
}

func run(name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return cmd.Run()
}

// measure runs a command and gives its wall time and peak memory in MiB.
func measure(name string, args ...string) (time.Duration, int64, error) {
	cmd := exec.Command(name, args...)
	cmd.Stderr = os.Stderr
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	if err != nil {
		return 0, 0, fmt.Errorf("%s %s: %w", filepath.Base(name), strings.Join(args, " "), err)
	}
	return wall, cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss >> 10, nil
}

func compare(keys, rounds int, latency time.Duration) error {
	tmp, err := os.MkdirTemp("", "auditseal-bench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	url, stop, err := serve(tmp, keys, latency)
	if err != nil {
		return err
	}
	defer stop()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	var ratios []float64
	fmt.Printf("%d keys, latency %s, %d rounds, bare SDK calls and the collector in turn\n", keys, latency, rounds)
	for i := range rounds {
		a, am, err := measure(self, "-child", "bare", "-url", url)
		if err != nil {
			return err
		}
		dir := filepath.Join(tmp, fmt.Sprint(i))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		b, bm, err := measure(self, "-child", "taped", "-url", url, "-dir", dir)
		if err != nil {
			return err
		}
		ratios = append(ratios, float64(b)/float64(a))
		fmt.Printf("  bare %7.2fs %4d MiB   taped %7.2fs %4d MiB   ratio %.2f\n", a.Seconds(), am, b.Seconds(), bm, ratios[i])
	}
	slices.Sort(ratios)
	fmt.Printf("median ratio %.2f\n", ratios[len(ratios)/2])
	return nil
}

func memory(keys int) error {
	tmp, err := os.MkdirTemp("", "auditseal-bench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	url, stop, err := serve(tmp, keys, 0)
	if err != nil {
		return err
	}
	defer stop()
	bin, err := tool(tmp, url)
	if err != nil {
		return err
	}
	file, dir := filepath.Join(tmp, "audit.yaml"), filepath.Join(tmp, "pack")
	if err := os.WriteFile(file, []byte(audit), 0o644); err != nil {
		return err
	}
	fmt.Printf("%d KMS keys: wall time and peak memory of each step\n", keys)
	for _, step := range [][]string{{"collect", "-c", file, "--out", dir, "--rate-share", "0"}, {"assess", dir}, {"report", dir}, {"seal", dir},
		{"verify", dir + ".zip"}, {"verify", dir + ".zip", "--rederive"}} {
		wall, mib, err := measure(bin, step...)
		if err != nil {
			return err
		}
		fmt.Printf("  %-8s %7.1fs %5d MiB\n", step[0], wall.Seconds(), mib)
	}
	return nil
}

// tool builds auditseal, and points it at the server.
func tool(tmp, url string) (string, error) {
	bin := filepath.Join(tmp, "auditseal")
	if err := run("go", "build", "-o", bin, "./cmd/auditseal"); err != nil {
		return "", err
	}
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": scenario.AccessKey(account), "AWS_SECRET_ACCESS_KEY": "x",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull} {
		if err := os.Setenv(name, value); err != nil {
			return "", err
		}
	}
	return bin, nil
}

// organization collects every account and region of an organization from a server that throttles above AWS's published rates, with
// every collector that the shipped frameworks need.
func organization(accounts, regions int, latency time.Duration) error {
	tmp, err := os.MkdirTemp("", "auditseal-bench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	url, stop, err := serveWith(tmp, "-accounts", strconv.Itoa(accounts), "-regions", strconv.Itoa(regions), "-latency", latency.String(), "-rates")
	if err != nil {
		return err
	}
	defer stop()
	bin, err := tool(tmp, url)
	if err != nil {
		return err
	}
	var names []string
	for _, r := range scenario.LargeOrganization(1, regions).Accounts[0].Regions {
		names = append(names, r.Name)
	}
	file, dir := filepath.Join(tmp, "audit.yaml"), filepath.Join(tmp, "pack")
	text := "organization: Example Group\nperiod: 2026-Q3\nframeworks: [aws-security-focus-areas, soc2-2017, fips-cryptography]\nscope:\n  organization: true\n  regions: [" +
		strings.Join(names, ", ") + "]\n  role: AuditsealReadOnly\n  external-id: example-group-audit\nhistory: []\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return err
	}
	fmt.Printf("%d accounts, %d regions, %s an answer, AWS's published rates enforced, half of them used\n", accounts, regions, latency)
	wall, mib, err := measure(bin, "collect", "-c", file, "--out", dir)
	if err != nil {
		return err
	}
	out, err := exec.Command(bin, "plan", "-c", file, "--from", dir, "--json").Output()
	if err != nil {
		return err
	}
	var plan struct {
		Calls   int
		Seconds float64
		Slowest string
	}
	if err := json.Unmarshal(out, &plan); err != nil {
		return err
	}
	fmt.Printf("  collect %7.1fs %5d MiB   %d calls; the rates alone take %.1fs (%s); ratio %.2f\n", wall.Seconds(), mib, plan.Calls, plan.Seconds, plan.Slowest, wall.Seconds()/plan.Seconds)
	outcomes := map[evidence.Outcome]int{}
	for l, err := range report.LedgerLines(os.DirFS(dir)) {
		if err != nil {
			return err
		}
		if l.Cell != nil {
			outcomes[l.Cell.Outcome]++
		}
	}
	for _, o := range evidence.Outcomes() {
		fmt.Printf("  %-14s %7d planned calls\n", o, outcomes[o])
	}
	for _, step := range [][]string{{"assess", dir}, {"report", dir}, {"seal", dir}, {"verify", dir + ".zip"}, {"verify", dir + ".zip", "--rederive"}} {
		wall, mib, err := measure(bin, step...)
		if err != nil {
			return err
		}
		fmt.Printf("  %-8s %7.1fs %5d MiB\n", strings.Join(slices.Concat(step[:1], step[2:]), " "), wall.Seconds(), mib)
	}
	return nil
}

// audit reads no history: fourteen calls a key would measure the server.
const audit = `organization: Example Group
period: 2026-Q3
frameworks: [aws-security-focus-areas, fips-cryptography]
scope:
  accounts: ["` + account + `"]
  regions: [` + region + `]
history: []
`
