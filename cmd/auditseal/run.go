package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/auditseal/auditseal/report"
)

func outFlag(c *cobra.Command, dir *string, value string) {
	c.Flags().StringVar(dir, "out", value, "the pack's folder; its ZIP is written beside it")
}

func rateFlag(c *cobra.Command, share *float64) {
	c.Flags().Float64Var(share, "rate-share", defaultShare, "the share of AWS's published rates to use, above 0 up to 1; 0 is no limit, for an AWS_ENDPOINT_URL of your own")
}

// outDir is the folder that a run writes to: the one asked for, or one named after the period.
func outDir(asked string, j *job) string {
	if asked != "" {
		return asked
	}
	name := j.audit.Period.Name()
	if name == "" {
		name = j.audit.Period.From.Format("2006-01-02") + "_" + j.audit.Period.To.Format("2006-01-02")
	}
	return filepath.Join("packs", name)
}

func (a *app) run() *cobra.Command {
	var file, dir string
	var strict bool
	var rates float64
	var f sealFlags
	var period string
	var end ending
	c := &cobra.Command{
		Use:   "run [-c audit.yaml] [--out DIR]",
		Short: "Collect, assess, report, seal and archive",
		Long: `Do the whole job: ask AWS (read-only) for what audit.yaml says, run the tests, write the PDF and the workbook, and seal
the pack. The standard AWS environment and shared configuration apply: profiles, SSO, AWS_ENDPOINT_URL,
AWS_USE_FIPS_ENDPOINT, AWS_CA_BUNDLE, proxies.

A run that was stopped goes on where it stopped when it is started again with the same --out. A call that fails is a gap
in the pack, not an end of the run. Where audit.yaml has an archive, its bucket is looked at first: where the period is archived
already nothing is collected, and where the bucket will not take a pack nothing is either. The last line on stdout is the ZIP's path and the manifest's SHA-256.` + exitText,
		Example: `  auditseal run
  auditseal run -c audit.yaml --out packs/2026-Q3 --strict`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.begin(c, &end); err != nil {
				return err
			}
			j, err := a.loadOver(file, period)
			if err != nil {
				return err
			}
			a.audited(j)
			dir := outDir(dir, j)
			release, err := a.lock(dir)
			if err != nil {
				return err
			}
			defer release()
			how, err := f.sealing(j.audit, j.dir)
			if err != nil {
				return err
			}
			// Hours of reading are not to end in a key that cannot sign.
			if _, err := a.openKey(c.Context(), how, j.certificates); err != nil {
				return err
			}
			if done, err := a.archiveFirst(c.Context(), j, dir, how, strict); done || err != nil {
				return err
			}
			if err := a.collectLive(c.Context(), j, dir, rates, nil); err != nil {
				return err
			}
			return a.finish(c.Context(), dir, how, j.audit, strict)
		},
	}
	auditFlag(c, &file)
	outFlag(c, &dir, "")
	rateFlag(c, &rates)
	c.Flags().BoolVar(&strict, "strict", false, "exit with 3 when some control is exception or incomplete")
	f.withoutFlag(c)
	periodFlag(c, &period)
	end.flags(c)
	return c
}

func (a *app) collect() *cobra.Command {
	var file, dir string
	var rates float64
	var part shardFlags
	var period string
	var end ending
	c := &cobra.Command{
		Use:   "collect [-c audit.yaml] [--out DIR] [--shard I/N]",
		Short: "Ask AWS, and write the tape, the records and the gaps",
		Long: `The first step of run: ask AWS for what audit.yaml says, and write evidence/ (the tape), records/ and gaps.jsonl. When it
was stopped, the same command goes on: what is on the tape is not asked again.

An organization that is too large for one machine is collected in shards: --shard 1/4 to --shard 4/4, each anywhere and at any
time. Each lists the organization, asks about the accounts that it holds, and writes a folder of its own below --out, such as
1-of-4. I is counted from 1. Where a scheduler counts from 0 and tells a container by a variable, name that:
--shards 4 --shard-index-from AWS_BATCH_JOB_ARRAY_INDEX. Then auditseal merge makes one folder of them.
Rates that AWS counts over the whole organization are divided among the shards.` + exitText,
		Example: `  auditseal collect -c audit.yaml --out packs/2026-Q3
  auditseal collect -c audit.yaml --shard 1/4 --out shards/2026-Q3
  auditseal collect -c audit.yaml --shards 4 --shard-index-from JOB_COMPLETION_INDEX --out shards/2026-Q3`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.begin(c, &end); err != nil {
				return err
			}
			j, err := a.loadOver(file, period)
			if err != nil {
				return err
			}
			a.audited(j)
			shard, err := part.given(os.Getenv)
			if err != nil {
				return err
			}
			dir := shardDir(dir, j, shard)
			release, err := a.lock(dir)
			if err != nil {
				return err
			}
			defer release()
			if err := a.collectLive(c.Context(), j, dir, rates, shard); err != nil {
				return err
			}
			return a.print(map[string]any{"ok": true, "pack": dir}, dir+"\n")
		},
	}
	auditFlag(c, &file)
	outFlag(c, &dir, "")
	rateFlag(c, &rates)
	part.add(c)
	periodFlag(c, &period)
	end.flags(c)
	return c
}

// step is a verb that works on the folder of a pack that is not sealed yet.
func (a *app) step(use, short, long string, do func(dir string) (any, string, error)) *cobra.Command {
	return &cobra.Command{
		Use: use + " DIR", Short: short, Long: long + exitText, Example: "  auditseal " + use + " packs/2026-Q3", Args: exactly("the folder of one pack"),
		RunE: func(_ *cobra.Command, args []string) error {
			if _, err := os.Stat(filepath.Join(args[0], runFile)); errors.Is(err, fs.ErrNotExist) {
				return usage("give the folder that auditseal collect wrote", "%s: there is no %s in it", args[0], runFile)
			}
			run, err := report.ReadRun(os.DirFS(args[0]))
			if err != nil {
				return usage("give the folder that auditseal collect wrote", "%s: %w", args[0], err)
			}
			if run.Shard != nil {
				return usage("make one folder of all of them with auditseal merge, go on there with auditseal run, and "+use+" that", "%s holds %s, which is a part of an audit", args[0], run.Shard)
			}
			release, err := a.lock(args[0])
			if err != nil {
				return err
			}
			defer release()
			if err := fresh(args[0]); err != nil && !(use == "seal" && unzipped(args[0])) {
				return err
			}
			v, text, err := do(args[0])
			if err != nil {
				return err
			}
			return a.print(v, text)
		},
	}
}

func (a *app) assess() *cobra.Command {
	return a.step("assess", "Run the tests over what was collected", "The second step of run: run the tests over records/ and gaps.jsonl, and write assessment.json. AWS is not asked.",
		func(dir string) (any, string, error) {
			as, err := a.assessPack(dir)
			if err != nil {
				return nil, "", err
			}
			return as, filepath.Join(dir, "assessment.json") + "\n", nil
		})
}

func (a *app) report() *cobra.Command {
	return a.step("report", "Write the PDF and the workbook", "The third step of run: write report.pdf and workbook.xlsx from assessment.json, records/, gaps.jsonl and evidence/.",
		func(dir string) (any, string, error) {
			if err := a.reportPack(dir); err != nil {
				return nil, "", err
			}
			p, w := filepath.Join(dir, "report.pdf"), filepath.Join(dir, "workbook.xlsx")
			return map[string]any{"ok": true, "pdf": p, "workbook": w}, p + "\n" + w + "\n", nil
		})
}

func (a *app) seal() *cobra.Command {
	var file string
	var f sealFlags
	var c *cobra.Command
	c = a.step("seal", "Seal the pack: sign it and have it timestamped", `The last step of run: write README.txt, manifest.json and SHA256SUMS; sign them with the key that the pack's audit.yaml names
under seal, or --key, and have the signature timestamped; check everything that was written; and make the ZIP. Where neither
names a key the pack stays unsigned. A sealed pack is never changed; one whose sealing was stopped is gone on with.

Paths in the pack's audit.yaml are relative to where that file came from: to the folder of -c.`,
		func(dir string) (any, string, error) {
			j, _, err := loadPack(os.DirFS(dir))
			if err != nil {
				return nil, "", err
			}
			how, err := f.sealing(j.audit, filepath.Dir(file))
			if err != nil {
				return nil, "", err
			}
			s, err := a.sealPack(c.Context(), dir, how)
			if err != nil {
				return nil, "", err
			}
			return s, s.Zip + " " + s.Manifest + "\n", nil
		})
	c.Flags().StringVarP(&file, "config", "c", auditFile, "the audit.yaml that the pack was begun with; only its folder counts")
	f.all(c)
	return c
}
