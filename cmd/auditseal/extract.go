package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/auditseal/auditseal/report/pack"
	"github.com/auditseal/auditseal/report/pack/extract"
	"github.com/auditseal/auditseal/report/seal"
	"github.com/auditseal/auditseal/report/text"
)

// extracted is the result of extract.
type extracted struct {
	OK      bool             `json:"ok"`
	Extract string           `json:"extract"`
	Root    string           `json:"root"`
	Summary *extract.Summary `json:"summary"`
}

func (a *app) extract() *cobra.Command {
	var controls, hide []string
	var out string
	var keep bool
	c := &cobra.Command{
		Use:   "extract PACK --control ID --out X [--redact SETS]",
		Short: "Hand over the evidence of some controls only, with values hidden where asked",
		Long: `Write a smaller pack with the evidence of some controls: what is said of them and of their tests, the populations and their
past, the gaps, and the exchanges with AWS that all of these name. It can be held against the root of the pack's Merkle tree, which
was signed with the pack: that each line stood in it, word for word. X is a folder, or a ZIP where its name ends in .zip.

--redact hides values: account (account numbers), identity (names, addresses and whoever else the tape was found to name), id (evidence
ids, digests and AWS's unique ids: from these the others could be guessed, so they are hidden with any other). Each hidden value is a salted
commitment. "auditseal disclose" opens one later. A line in which a value to be hidden stands where it cannot be taken out alone is withheld as
a whole, and counted.

What is lost: nothing can be derived again from an extract, and it does not show that nothing was left out. README.txt in it says so.` + exitText,
		Example: `  auditseal extract packs/2026-Q3.zip --control CC6.1 --control soc2-2017/CC6.6 --out cc6.zip
  auditseal extract packs/2026-Q3.zip --control CC6.1 --redact identity,account --out cc6.zip`,
		Args: exactly("one pack, its folder or its ZIP"),
		RunE: func(c *cobra.Command, args []string) error {
			mask, err := extract.ParseMask(hide)
			if err != nil {
				return usage("see "+c.CommandPath()+" --help", "--redact: %w", err)
			}
			if len(controls) == 0 || out == "" {
				return usage("see "+c.CommandPath()+" --help", "name the controls with --control, and where to write with --out")
			}
			if _, err := os.Lstat(out); err == nil {
				return usage("choose another name with --out", "%s is there already, and was left alone", out)
			}
			p, err := a.openPack(args[0])
			if err != nil {
				return err
			}
			defer p.Close()
			o := extract.Options{Tool: tool().String(), Controls: controls, Mask: mask, KeepStatement: keep}
			if err := readStatement(p, &o); err != nil {
				return err
			}
			s, err := makeExtract(p, out, o)
			var unknown *extract.ControlError
			var changed *extract.RootError
			switch {
			case errors.As(err, &unknown):
				return usage("it has: "+text.Plain(strings.Join(unknown.All, ", ")), "%w", err)
			case errors.As(err, &changed):
				return &exitError{code: exitBroken, err: fmt.Errorf("%s: %w", args[0], err), hint: "see what with: auditseal verify " + args[0]}
			case err != nil:
				return err
			}
			a.say("disclosed  %d pieces of %d files, for %s", s.Pieces, s.Files, count(len(s.Controls), "control"))
			if s.Masked > 0 {
				a.say("hidden     %d values: %s", s.Masked, strings.Join(s.Hidden, ", "))
			}
			var why []string
			for w := range s.Withheld {
				why = append(why, w)
			}
			sort.Strings(why)
			for _, w := range why {
				a.say("withheld   %d pieces: %s", s.Withheld[w], w)
			}
			if s.Statement != "" {
				a.say("unsigned   the seal's statement is not in it (%s): tell the root by another way", s.Statement)
			}
			a.say("lost       nothing can be derived again from it, and it does not show that nothing was left out")
			return a.print(extracted{true, out, s.Tree.Root.String(), s}, out+" "+s.Tree.Root.String()+"\n")
		},
	}
	c.Flags().StringArrayVar(&controls, "control", nil, "a control, as CC6.1 or soc2-2017/CC6.1; may be given more than once")
	c.Flags().StringSliceVar(&hide, "redact", nil, "sets of values to hide: account, identity, id")
	c.Flags().StringVar(&out, "out", "", "the folder to write, or the ZIP where it ends in .zip")
	c.Flags().BoolVar(&keep, "keep-statement", false, "hand the seal's statement over although a value to be hidden stands in it (the account of a KMS key)")
	return c
}

// openPack opens a pack, and refuses what is an extract.
func (a *app) openPack(name string) (*pack.Pack, error) {
	p, err := pack.Open(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, usage("give a pack's folder or its ZIP", "%s is not there", name)
	case err != nil:
		return nil, &exitError{code: exitBroken, err: err, hint: "this is not a pack as auditseal writes them; do not unpack it"}
	case extract.Is(p):
		p.Close()
		return nil, usage("give the pack that it was made from", "%s is an extract of a pack", name)
	}
	return p, nil
}

// readStatement takes the seal's statement, if there is one.
func readStatement(p *pack.Pack, o *extract.Options) error {
	b, err := fs.ReadFile(p, seal.StatementPath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	e, err := seal.ParseEnvelope(b)
	if err != nil {
		return &exitError{code: exitBroken, err: fmt.Errorf("%s: %w", seal.StatementPath, err)}
	}
	o.Statement = b
	if o.Payload, err = e.Payload(); err != nil {
		return err
	}
	if o.Token, err = fs.ReadFile(p, seal.TokenPath); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// makeExtract writes an extract as a folder or as a ZIP. What fails leaves nothing behind.
func makeExtract(p *pack.Pack, out string, o extract.Options) (*extract.Summary, error) {
	dir, err := os.MkdirTemp(filepath.Dir(filepath.Clean(out)), ".extract-*.tmp")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	s, err := extract.Make(p, dir, o)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(out, ".zip") {
		return s, pack.ZipExtract(dir, out, extract.SummaryPath)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return nil, err
	}
	return s, os.Rename(dir, out)
}

func (a *app) disclose() *cobra.Command {
	var from, leaf, out string
	var number int
	c := &cobra.Command{
		Use:   "disclose PACK --extract X --leaf FILE/PIECE --value N --out FILE",
		Short: "Open one hidden value of an extract",
		Long: `Write what opens one hidden value of an extract: the value and its salt. Whoever has the extract checks it with
"auditseal verify X --disclosed FILE". Nothing else of the extract is opened by it.

FILE/PIECE are the numbers under which the text stands in the extract: readable/00012.txt, piece 3 is 12/3; a value in the path of that
file is 12/path; one in the head, which README.txt begins with, is 0. N is the number that is shown: 2 for [account 2].` + exitText,
		Example: "  auditseal disclose packs/2026-Q3.zip --extract cc6.zip --leaf 12/3 --value 2 --out account.json",
		Args:    exactly("one pack, its folder or its ZIP"),
		RunE: func(c *cobra.Command, args []string) error {
			help := "see " + c.CommandPath() + " --help"
			if from == "" || leaf == "" || number == 0 || out == "" {
				return usage(help, "--extract, --leaf, --value and --out are all needed")
			}
			file, piece, err := parseLeaf(leaf)
			if err != nil {
				return usage(help, "--leaf: %w", err)
			}
			p, err := a.openPack(args[0])
			if err != nil {
				return err
			}
			defer p.Close()
			x, err := pack.Open(from)
			if err != nil {
				return usage("give the extract's folder or its ZIP", "--extract: %w", err)
			}
			defer x.Close()
			if !extract.Is(x) {
				return usage("give what auditseal extract wrote", "%s is no extract", from)
			}
			d, err := extract.Disclose(p, x, file, piece, number)
			if err != nil {
				return err
			}
			b, err := d.Encode()
			if err != nil {
				return err
			}
			f, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if err != nil {
				return usage("choose another name with --out", "%w", err)
			}
			if _, err := f.Write(b); err != nil {
				return errors.Join(err, f.Close())
			}
			if err := f.Close(); err != nil {
				return err
			}
			return a.print(struct {
				OK         bool                `json:"ok"`
				Disclosure *extract.Disclosure `json:"disclosure"`
			}{true, d}, fmt.Sprintf("%s opens %s\n", out, text.Plain(strconv.Quote(d.Value))))
		},
	}
	c.Flags().StringVar(&from, "extract", "", "the extract, its folder or its ZIP")
	c.Flags().StringVar(&leaf, "leaf", "", "where the value stands: FILE/PIECE, FILE/path or 0")
	c.Flags().IntVar(&number, "value", 0, "the number of the value as it is shown")
	c.Flags().StringVar(&out, "out", "", "the file to write")
	return c
}

// parseLeaf reads 12/3, 12/path or 0.
func parseLeaf(s string) (file uint32, piece *uint64, err error) {
	first, rest, more := strings.Cut(s, "/")
	n, err := strconv.ParseUint(first, 10, 32)
	if err != nil || (n == 0) == more {
		return 0, nil, fmt.Errorf("%q is neither FILE/PIECE nor FILE/path nor 0", s)
	}
	if !more || rest == "path" {
		return uint32(n), nil, nil
	}
	k, err := strconv.ParseUint(rest, 10, 63)
	if err != nil {
		return 0, nil, fmt.Errorf("%q is neither FILE/PIECE nor FILE/path nor 0", s)
	}
	return uint32(n), &k, nil
}

// verifiedExtract is the result of verify of an extract.
type verifiedExtract struct {
	OK     bool         `json:"ok"`
	Root   string       `json:"root"`
	Checks []pack.Check `json:"checks"`
	// Levels are what the checks come to.
	Levels []seal.Level `json:"levels"`
	// Whole are the files of the pack that are here with all of their pieces.
	Whole []string `json:"whole"`
	// Disclosed are the texts of the disclosures that were given, with the value shown.
	Disclosed  []string `json:"disclosed,omitempty"`
	NeverShown []string `json:"never_shown"`
	SignedBy   string   `json:"signed_by,omitempty"`
	Timestamp  *stamped `json:"timestamp,omitempty"`
}

// extractNeverShown is what no check of an extract can show.
func extractNeverShown() []string {
	return append([]string{
		"that nothing that matters was left out: whoever made the extract chose what is in it",
		"that the results follow from the evidence: nothing can be derived again from a part; that takes the whole pack",
		"what a hidden value is, beyond the word of whoever made the extract",
	}, neverShown()...)
}

// verifyExtract checks an extract, and what the verifier brings against it.
func (a *app) verifyExtract(name string, p *pack.Pack, o seal.Options, root string, disclosed []string, rederive bool) error {
	if rederive {
		return usage("ask for the whole pack", "nothing can be derived again from an extract")
	}
	var checks []pack.Check
	failed := 0
	show := func(ck pack.Check) {
		checks = append(checks, ck)
		if !a.json {
			fmt.Fprintln(a.out, checkText(ck))
		}
	}
	fail := func(check, format string, args ...any) {
		failed++
		show(pack.Check{Name: check, Detail: fmt.Sprintf(format, args...)})
	}
	v := extract.Verify(p, show)
	failed += v.Failed
	result := verifiedExtract{NeverShown: extractNeverShown(), Whole: v.Whole}
	whole := seal.Level{Level: "extract", Outcome: seal.Proved, Detail: "each text in it stood, at its place, in the pack that has the root which the extract names"}
	if v.Failed > 0 {
		whole.Outcome, whole.Detail = seal.Failed, "the extract does not hold together"
	}
	told := seal.Level{Level: "root", Outcome: seal.NotChecked, Detail: "give --root HEX, as the owner of the whole pack tells it"}
	if v.Summary != nil {
		result.Root = v.Summary.Tree.Root.String()
		if root != "" {
			if strings.EqualFold(strings.TrimSpace(root), result.Root) {
				told.Outcome, told.Detail = seal.Proved, "the extract is of the pack with the root that you gave"
			} else {
				fail("root", "the extract is of the root %s, not of the one given with --root", result.Root)
				told.Outcome, told.Detail = seal.Failed, "the extract is of another pack"
			}
		}
		result.Levels = append([]seal.Level{whole, told}, a.extractSeal(p, v.Summary, o, show, &failed, &result)...)
	} else {
		result.Levels = []seal.Level{whole, told}
	}
	for _, file := range disclosed {
		b, err := os.ReadFile(file)
		if err != nil {
			return usage("give a file that auditseal disclose wrote", "--disclosed: %w", err)
		}
		d, err := extract.ParseDisclosure(b)
		if err != nil {
			fail("disclosed", "%s: %s", file, err)
			continue
		}
		shown, err := extract.CheckDisclosure(p, d)
		if err != nil {
			fail("disclosed", "%s: %s", file, err)
			continue
		}
		result.Disclosed = append(result.Disclosed, strings.TrimSuffix(shown, "\n"))
		show(pack.Check{Name: "disclosed", OK: true, Detail: fmt.Sprintf("%s: the value was %q when the pack was sealed", file, d.Value)})
	}
	result.OK, result.Checks = failed == 0, checks
	tail := ""
	if v.Head != "" {
		tail = "of the pack: " + text.Plain(v.Head) + "\n"
	}
	if err := a.print(result, levelsOf(result.Levels, extractNeverShown())+tail+"the tree has the root "+result.Root+"\n"); err != nil {
		return err
	}
	if failed > 0 {
		return a.quiet(&exitError{code: exitBroken, err: fmt.Errorf("%s: wrong in %s", name, count(failed, "place")), hint: "do not rely on this extract; ask for it again, and for the root by another way"})
	}
	return nil
}

// extractSeal holds the summary against the seal's statement, where that is in the extract.
func (a *app) extractSeal(p *pack.Pack, s *extract.Summary, o seal.Options, show func(pack.Check), failed *int, result *verifiedExtract) []seal.Level {
	envelope, err := fs.ReadFile(p, extract.StatementPath)
	if errors.Is(err, fs.ErrNotExist) {
		signed := seal.Level{Level: "signed", Outcome: seal.NotThere, Detail: "the seal's statement is not in the extract: " + s.Statement}
		if len(o.Keys) > 0 || o.Roots != nil {
			*failed++
			signed.Outcome = seal.Failed
			show(pack.Check{Name: seal.CheckSignature, Detail: "a key or an authority was given, and the seal's statement is not in the extract: " + s.Statement})
		}
		return []seal.Level{signed}
	}
	var token []byte
	if err == nil {
		if token, err = fs.ReadFile(p, extract.TokenPath); errors.Is(err, fs.ErrNotExist) {
			token, err = nil, nil
		}
	}
	if err != nil {
		*failed++
		show(pack.Check{Name: seal.CheckSeal, Detail: err.Error()})
		return nil
	}
	v := seal.VerifyStatement(envelope, token, o, show)
	*failed += v.Failed
	if v.Statement != nil {
		var err error
		switch tree := v.Statement.Predicate.Tree; {
		case tree == nil:
			err = errors.New("the statement names no tree")
		case *tree != s.Tree:
			err = errors.New("the statement names another tree than the extract")
		case v.Statement.Manifest() != s.Manifest:
			err = errors.New("the statement is about another pack than the extract names")
		case s.Statement != "":
			err = errors.New("the extract says that the statement is not there, and it is")
		}
		if err != nil {
			*failed++
			show(pack.Check{Name: seal.CheckSeal, Path: extract.StatementPath, Detail: err.Error()})
			v.Signed.Outcome, v.Signed.Detail = seal.Failed, err.Error()
		}
	}
	if v.Key != nil {
		result.SignedBy = v.Key.ID.String()
	}
	if v.Token != nil && v.Timed.Outcome == seal.Proved {
		result.Timestamp = &stamped{v.Token.Time, v.Token.Authority}
	}
	return []seal.Level{v.Signed, v.Timed}
}
