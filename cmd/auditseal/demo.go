package main

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/auditseal/auditseal/collectors/tape"
	"github.com/auditseal/auditseal/report/pack"
	"github.com/auditseal/auditseal/testdata/demo"
)

func (a *app) demo() *cobra.Command {
	var dir string
	var strict bool
	var f sealFlags
	c := &cobra.Command{
		Use:   "demo [--out DIR]",
		Short: "Do the whole job on a recording of a fictional organization, offline",
		Long: `Derive a whole evidence pack from the embedded recording of a fictional organization: four accounts, two regions, the
third quarter of 2026. Nothing is asked of any network. The same code runs as against AWS: the tape answers.

The organization has something of everything: keys that rotate and keys that do not, imported and external keys, an HSM
cluster out of FIPS mode, a recorder that was off for a week, a denied operation, Security Hub off in one account, and
exceptions that someone accepted.

With --key the pack is signed, as an audit's own would be.` + exitText,
		Example: `  auditseal demo --out demo-pack
  auditseal keygen && auditseal demo --key keys/audit.pem --without-timestamp "a demonstration"`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if dir != "" {
				release, err := a.lock(dir)
				if err != nil {
					return err
				}
				defer release()
			}
			if err := fresh(dir); err != nil {
				return err
			}
			how, err := f.sealing(nil, "")
			if err != nil {
				return err
			}
			if _, err := a.openKey(c.Context(), how, nil); err != nil {
				return err
			}
			files, err := demo.Files()
			if err != nil {
				return err
			}
			if err := copyTree(files, ".", dir); err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(dir, pack.SaltPath), []byte(demoSalt), 0o644); err != nil {
				return err
			}
			if err := a.replay(c, dir); err != nil {
				return err
			}
			return a.finish(c.Context(), dir, how, nil, strict)
		},
	}
	outFlag(c, &dir, "auditseal-demo")
	f.all(c)
	c.Flags().BoolVar(&strict, "strict", false, "exit with 3 when some control is exception or incomplete")
	return c
}

// replay derives records and ledger from the tape in a pack's folder.
func (a *app) replay(c *cobra.Command, dir string) error {
	j, run, err := loadPack(os.DirFS(dir))
	if err != nil {
		return err
	}
	run.Tool = tool()
	tp, err := tape.Open(os.DirFS(filepath.Join(dir, evidenceDir)))
	if err != nil {
		return err
	}
	bar := a.progress()
	err = j.derive(c.Context(), dir, run, tp, nil, 0, bar.tell)
	bar.end()
	if err != nil {
		return err
	}
	return a.sayCollected(dir)
}
