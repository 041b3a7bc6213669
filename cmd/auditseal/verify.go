package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/auditseal/auditseal/collectors/tape"
	"github.com/auditseal/auditseal/report"
	"github.com/auditseal/auditseal/report/pack"
	"github.com/auditseal/auditseal/report/pack/extract"
	"github.com/auditseal/auditseal/report/seal"
	"github.com/auditseal/auditseal/report/seal/pdfsign"
	"github.com/auditseal/auditseal/report/text"
)

// checkRederived is the check that only --rederive makes.
const checkRederived = "rederived"

func (a *app) verify() *cobra.Command {
	var rederive bool
	var keys []string
	var tsaCA, root string
	var disclosed []string
	var place placeFlags
	c := &cobra.Command{
		Use:   "verify PACK [--key PEM] [--tsa-ca PEM] [--rederive]",
		Short: "Check a pack, a folder or a ZIP, offline, or where it is archived",
		Long: `Check a pack: that every file is there with its digest, that every line of the tape carries its own, that every evidence
id leads to a line, that counts and results follow from each other. All checks run; each prints a line.

With --rederive the tape is replayed through the same collectors, and records, gaps, results, PDF and workbook are made
again and compared with the pack's, byte for byte: a signed PDF must be the derived one, followed by exactly a signature. What
was read is held against what audit.yaml asks for, and frameworks and tests that ship against those of this version. That
needs the version of auditseal that made the pack.

With --key the pack must be signed by that key, or by one of several; with --tsa-ca it must have a timestamp by an authority that
leads to that root. Have both from their owners, by another way than the pack: a key that comes with what it signed shows
nothing, and none is ever taken from the pack.

With s3://bucket/key, or s3://bucket/key?versionId=…, the pack is fetched from there first, and S3 is asked how it is locked: that is
the one case in which a network is needed.

After the checks it says what they prove, level by level, and what nothing here can show: that AWS told the truth, and that the
scope was everything. Without a key, compare the SHA-256 that it prints with one from a source you trust.

An extract (auditseal extract) is recognized, and held against the root of the pack's tree: the one in the signed statement, with --key, or the
one given with --root. --rederive computes that tree of a whole pack again.` + exitText,
		Example: `  auditseal verify packs/2026-Q3.zip
  auditseal verify packs/2026-Q3.zip --key audit.pub.pem --tsa-ca tsa-ca.pem
  auditseal verify packs/2026-Q3.zip --rederive --json
  auditseal verify s3://evidence-archive/audits/2026-Q3.zip --owner 111122223333`,
		Args: exactly("one pack, its folder or its ZIP"),
		RunE: func(c *cobra.Command, args []string) error {
			o, err := verifyOptions(keys, tsaCA)
			if err != nil {
				return err
			}
			file := args[0]
			kept := seal.Level{Level: "archived", Outcome: seal.NotChecked, Detail: "give s3://bucket/key in place of a file to have S3 asked how it is locked"}
			if strings.HasPrefix(file, "s3://") {
				got, err := a.inPlace(c.Context(), file, place)
				if err != nil {
					return err
				}
				defer got.remove()
				file, kept = got.path, got.level()
			}
			p, err := pack.Open(file)
			if err != nil {
				if _, serr := os.Stat(file); errors.Is(serr, fs.ErrNotExist) {
					return usage("give a pack's folder or its ZIP", "%s is not there", args[0])
				} else if serr != nil {
					return usage("give a pack's folder or its ZIP", "%w", err)
				}
				// What was fetched is known by where it came from.
				err = errors.New(strings.ReplaceAll(err.Error(), file, args[0]))
				return &exitError{code: exitBroken, err: err, hint: "this is not a pack as auditseal writes them; do not unpack it"}
			}
			defer p.Close()
			if extract.Is(p) {
				return a.verifyExtract(args[0], p, o, root, disclosed, rederive)
			}
			if root != "" || len(disclosed) > 0 {
				return usage("give the extract", "--root and --disclosed are for extracts, and %s is none", args[0])
			}
			// Without it each check would say in its own words that it could not be made.
			if !slices.Contains(p.Names(), pack.ManifestPath) {
				return &exitError{code: exitBroken, err: fmt.Errorf("%s: there is no %s in it, so nothing says what it should hold", args[0], pack.ManifestPath),
					hint: "give a pack's own folder or its ZIP; where this is one, do not rely on it, and ask for it again"}
			}
			var checks []pack.Check
			show := func(ck pack.Check) {
				checks = append(checks, ck)
				if !a.json {
					fmt.Fprintln(a.out, checkText(ck))
				}
			}
			verdict := pack.Verify(p, show)
			sealed := seal.Verify(p, o, show)
			reported, wrong := pdfsign.VerifyReport(p, o, show)
			failed := verdict.Failed + sealed.Failed + wrong
			levels := []seal.Level{wholeLevel(verdict), sealed.Signed, sealed.Timed, reported}
			again := seal.Level{Level: checkRederived, Outcome: seal.NotChecked, Detail: "give --rederive to have records, results, PDF and workbook made again from the tape"}
			if rederive {
				more, err := a.rederive(c.Context(), p, show)
				if err != nil {
					return err
				}
				failed += more
				again.Outcome, again.Detail = seal.Proved, "everything in the pack that is derived follows from the tape"
				if more > 0 {
					again.Outcome, again.Detail = seal.Failed, "what is in the pack does not follow from the tape"
				}
			}
			levels = append(levels, again, kept)
			if kept.Outcome == seal.Failed {
				failed++
			}
			result := verified{OK: failed == 0, Manifest: verdict.Identity.String(), Root: rootOf(verdict.Manifest), Checks: checks, Levels: levels, NeverShown: neverShown()}
			if sealed.Key != nil {
				result.SignedBy = sealed.Key.ID.String()
			}
			if sealed.Token != nil && sealed.Timed.Outcome == seal.Proved {
				result.Timestamp = &stamped{sealed.Token.Time, sealed.Token.Authority}
			}
			if err := a.print(result, levelsText(levels)+rootText(verdict.Manifest)+"manifest.json has the SHA-256 "+verdict.Identity.String()+"\n"); err != nil {
				return err
			}
			if failed > 0 {
				return a.quiet(&exitError{code: exitBroken, err: fmt.Errorf("%s: wrong in %s", args[0], count(failed, "place")), hint: notRelied(verdict.Failed, sealed)})
			}
			return nil
		},
	}
	c.Flags().StringArrayVar(&keys, "key", nil, "the public key that must have signed (PEM, or its certificate); one of several where it is given more than once")
	c.Flags().StringVar(&tsaCA, "tsa-ca", "", "the root that the timestamp authority must lead to (PEM)")
	place.add(c)
	c.Flags().StringVar(&root, "root", "", "of an extract: the root of the pack's tree, as the owner of the whole pack tells it")
	c.Flags().StringArrayVar(&disclosed, "disclosed", nil, "of an extract: a file that auditseal disclose wrote, to be held against it; may be given more than once")
	c.Flags().BoolVar(&rederive, "rederive", false, "replay the tape, and compare all that follows from it byte for byte")
	return c
}

// verified is the result of verify.
type verified struct {
	OK       bool   `json:"ok"`
	Manifest string `json:"manifest_sha256"`
	// Root is that of the tree, as the manifest lists it: what extracts are held against. Absence: the pack has none.
	Root   string       `json:"root,omitempty"`
	Checks []pack.Check `json:"checks"`
	// Levels are what the checks come to: what is proved, what was not checked and what failed.
	Levels []seal.Level `json:"levels"`
	// NeverShown is what no check of a pack can show.
	NeverShown []string `json:"never_shown"`
	// SignedBy is the id of the key that is proved to have signed; Timestamp is the proved one. Absence: that is not proved.
	SignedBy  string   `json:"signed_by,omitempty"`
	Timestamp *stamped `json:"timestamp,omitempty"`
}

func rootOf(m *pack.Manifest) string {
	if m == nil || m.Tree == nil {
		return ""
	}
	return m.Tree.Root.String()
}

func rootText(m *pack.Manifest) string {
	if r := rootOf(m); r != "" {
		return "the tree for extracts has the root " + r + "\n"
	}
	return ""
}

// verifyOptions reads what the verifier brings.
func verifyOptions(keys []string, tsaCA string) (seal.Options, error) {
	var o seal.Options
	for _, name := range keys {
		b, err := os.ReadFile(name)
		if err != nil {
			return o, usage("give the file of the signer's public key, or of its certificate", "--key: %w", err)
		}
		k, err := seal.ParsePublic(b)
		if err != nil {
			return o, usage("give the file of the signer's public key, or of its certificate", "--key: %s: %w", name, err)
		}
		o.Keys = append(o.Keys, k)
	}
	if tsaCA == "" {
		return o, nil
	}
	var err error
	if o.Roots, err = readRoots(tsaCA); err != nil {
		return o, usage("give the file of the timestamp authority's root certificate", "--tsa-ca: %w", err)
	}
	return o, nil
}

// wholeLevel is what the checks of package pack come to.
func wholeLevel(v pack.Verdict) seal.Level {
	l := seal.Level{Level: "whole", Outcome: seal.Proved, Detail: "every file is as the manifest lists it, none is missing or added, and nothing in it contradicts anything else"}
	if v.Failed > 0 {
		l.Outcome, l.Detail = seal.Failed, "the pack is not as it was made, or contradicts itself"
	}
	return l
}

// neverShown is what no check of a pack can show.
func neverShown() []string {
	return []string{
		"that AWS told the truth: the pack holds what it answered",
		"that the scope was everything: what was to be asked stands in audit.yaml and run.json, what could not be read in gaps.jsonl",
	}
}

// levelsText puts the levels below the checks.
func levelsText(levels []seal.Level) string { return levelsOf(levels, neverShown()) }

// levelsOf is what the checks come to, and what none of them can show.
func levelsOf(levels []seal.Level, never []string) string {
	words := map[string]string{seal.Proved: "proved", seal.NotChecked: "not checked", seal.NotThere: "not there", seal.Failed: "FAILED"}
	var b strings.Builder
	b.WriteString("\n")
	for _, l := range levels {
		fmt.Fprintf(&b, "%-12s %-10s %s\n", words[l.Outcome], l.Level, text.Plain(l.Detail))
	}
	for _, s := range never {
		fmt.Fprintf(&b, "%-12s %-10s %s\n", "never shown", "", s)
	}
	b.WriteString("\n")
	return b.String()
}

// notRelied is the next step after a verification that failed.
func notRelied(whole int, v seal.Verdict) string {
	if whole == 0 && v.Signed.Outcome == seal.Failed && v.Statement != nil {
		return "if you gave the right key, do not rely on this pack: ask its maker by another way which key signed it, and for the pack again"
	}
	return "do not rely on this pack; ask for it again, with the SHA-256 of its manifest"
}

// checkText is a check as one line.
func checkText(c pack.Check) string {
	mark := "ok     "
	if !c.OK {
		mark = "FAILED "
	}
	place := ""
	if c.Path != "" {
		place = c.Path
		if c.Line > 0 {
			place += fmt.Sprintf(":%d", c.Line)
		}
		place += ": "
	}
	return fmt.Sprintf("%s%-11s %s%s", mark, c.Name, place, text.Plain(c.Detail))
}

// rederive makes everything that follows from the tape again, and compares. It gives the number of places that differ.
func (a *app) rederive(ctx context.Context, p *pack.Pack, show func(pack.Check)) (int, error) {
	wrong := 0
	fail := func(path string, line int, format string, args ...any) {
		wrong++
		show(pack.Check{Name: checkRederived, Path: path, Line: line, Detail: fmt.Sprintf(format, args...)})
	}
	tmp, err := os.MkdirTemp("", "auditseal-rederive-*")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(tmp)
	for _, name := range p.Names() {
		if given(name) {
			if err := copyFile(p, name, filepath.Join(tmp, filepath.FromSlash(name))); err != nil {
				return 0, err
			}
		}
	}
	wrong += checkTree(p, show)
	run, err := a.derivePack(ctx, tmp)
	if ctx.Err() != nil {
		return wrong, ctx.Err()
	}
	if err != nil {
		fail("", 0, "nothing could be derived: %v", err)
		return wrong, nil
	}
	names, err := derivedNames(p, os.DirFS(tmp))
	if err != nil {
		return wrong, err
	}
	if err := asSigned(p, tmp, run, fail); err != nil {
		return wrong, err
	}
	err = pack.Compare(p, os.DirFS(tmp), names, func(d pack.Difference) { fail(d.Path, d.Line, "%s", d.Detail) })
	altered, unread := alteredMappings(os.DirFS(tmp), run)
	for _, name := range altered {
		fail(name, 0, "not the file that this version ships under this name: what it asks is somebody's own")
	}
	err = errors.Join(err, unread)
	versions := ""
	if run.Tool != tool() {
		versions = fmt.Sprintf("; the pack was made by %s (%s), this is %s (%s)", run.Tool, run.Tool.Go, tool(), tool().Go)
	}
	if err == nil && wrong > 0 && versions != "" {
		fail(runFile, 0, "differences may be those of the versions: derive it with the version that made it%s", versions)
	}
	if err == nil && wrong == 0 {
		show(pack.Check{Name: checkRederived, OK: true, Detail: fmt.Sprintf("%d files were derived again from the tape, and are the same byte for byte%s", len(names), versions)})
	}
	return wrong, err
}

// checkTree computes the tree over a pack again. Packs of releases before there were trees have none.
func checkTree(p *pack.Pack, show func(pack.Check)) int {
	t, err := pack.TreeOf(p)
	switch {
	case errors.Is(err, pack.ErrNoTree):
		return 0
	case err != nil:
		show(pack.Check{Name: "tree", Path: pack.ManifestPath, Detail: err.Error()})
		return 1
	case !t.OK():
		show(pack.Check{Name: "tree", Path: pack.ManifestPath, Detail: fmt.Sprintf("the tree over the pack has the root %s, and the manifest lists %s", t.Root, t.Listed.Root)})
		return 1
	}
	show(pack.Check{Name: "tree", OK: true, Detail: fmt.Sprintf("the tree over the pack has the listed root %s: extracts are held against it", t.Root)})
	return 0
}

// alteredMappings lists the mappings of a pack by this version that are not those it ships under their names. Another version's may differ.
func alteredMappings(dir fs.FS, run *report.Run) ([]string, error) {
	if run.Tool.Version != tool().Version {
		return nil, nil
	}
	j, _, err := loadPack(dir)
	if err != nil {
		return nil, err
	}
	return j.set.Altered(), nil
}

// given reports whether a file of a pack was given to the derivation, and not made by it.
func given(name string) bool {
	for _, dir := range []string{evidenceDir + "/", "frameworks/", "inputs/", manualDir + "/"} {
		if strings.HasPrefix(name, dir) {
			return true
		}
	}
	return name == auditFile || name == runFile
}

// derivedNames are the files that deriving makes, on either side.
func derivedNames(p *pack.Pack, again fs.FS) ([]string, error) {
	var out []string
	add := func(name string) {
		sealedOnly := name == pack.ManifestPath || name == pack.SumsPath || name == pack.ReadmePath ||
			name == pack.SaltPath || name == pack.MaskablePath || strings.HasPrefix(name, pack.SealDir)
		if sealedOnly || given(name) && name != runFile {
			return
		}
		for _, have := range out {
			if have == name {
				return
			}
		}
		out = append(out, name)
	}
	for _, name := range p.Names() {
		add(name)
	}
	err := fs.WalkDir(again, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			add(name)
		}
		return err
	})
	return out, err
}

// derivePack derives records, ledger, results, PDF and workbook in a folder that holds only what was given.
func (a *app) derivePack(ctx context.Context, dir string) (*report.Run, error) {
	quiet := &app{out: a.err, err: a.err, json: true, now: a.now, random: a.random}
	j, run, err := loadPack(os.DirFS(dir))
	if err != nil {
		return nil, err
	}
	tp, err := tape.Open(os.DirFS(filepath.Join(dir, evidenceDir)))
	if err != nil {
		return nil, err
	}
	if err := j.derive(ctx, dir, run, tp, nil, 0, nil); err != nil {
		return nil, err
	}
	if _, err := quiet.assessPack(dir); err != nil {
		return nil, err
	}
	return run, quiet.reportPack(dir)
}
