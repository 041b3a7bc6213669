package pack

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/auditseal/auditseal/collectors/evidence"
)

// The checks, in the order in which they are reported. Their names are part of the format.
const (
	CheckManifest   = "manifest"   // manifest.json is of a known format and stands exactly as written
	CheckFiles      = "files"      // every listed file is there, with the listed size and digest
	CheckUnlisted   = "unlisted"   // no file is there that is not listed
	CheckSums       = "sums"       // SHA256SUMS says what the manifest says
	CheckParts      = "parts"      // the parts without which there is no pack are there
	CheckZip        = "zip"        // the archive is as auditseal writes it, or wholly another program's; of a ZIP only
	CheckEvidence   = "evidence"   // every line of the tape carries its own digest, and an id made from its own question
	CheckLedger     = "ledger"     // every planned cell has an outcome, and its counts are those of the tape and the gaps
	CheckRecords    = "records"    // every record names evidence and gaps that are there
	CheckHistory    = "history"    // every state names a configuration item and evidence that are there
	CheckTimeline   = "timeline"   // the intervals of each resource and test make up the period, and name evidence that is there
	CheckResults    = "results"    // every finding names evidence, gaps and records that are there, and counts and results follow
	CheckConsistent = "consistent" // populations, scope and organization are the same wherever they stand
)

// Checks lists the names of all checks in the order in which they are reported. CheckZip is made of a ZIP only.
func Checks() []string {
	return []string{CheckManifest, CheckFiles, CheckUnlisted, CheckSums, CheckParts, CheckZip, CheckEvidence, CheckLedger, CheckRecords, CheckHistory, CheckTimeline, CheckResults, CheckConsistent}
}

// A Check is one line of what Verify found. Each check gives one that is OK, or one for each place where it is not.
type Check struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	// Detail says in a sentence what was found. Names and values from the pack are quoted.
	Detail string `json:"detail"`
	// Path and Line name the place; empty and 0 where the check is OK or about no single place.
	Path string `json:"path,omitempty"`
	Line int    `json:"line,omitempty"`
}

// A Verdict is the sum of a verification.
type Verdict struct {
	// Identity is the SHA-256 of manifest.json as it stands in the pack; zero where there is none. Compare it with the one you
	// were told: Verify cannot.
	Identity evidence.Digest
	// Manifest is nil where it could not be read.
	Manifest *Manifest
	// Failed counts the places that were found wrong, those beyond the ones reported included.
	Failed int
}

// maxPlaces is how many places a check reports; a last one says how many more there are.
const maxPlaces = 50

// Verify runs every check on an opened pack and calls each with what it found, in the order of Checks. It never stops at a
// fault: what can still be checked is checked. Memory grows with the number of exchanges, records and cells by a few tens of bytes
// each, never with their size.
func Verify(p *Pack, each func(Check)) Verdict {
	v := &verifier{p: p, files: map[string]*fileResult{}}
	v.run()
	verdict := Verdict{Identity: v.identity, Manifest: v.m}
	for _, name := range Checks() {
		n := 0
		for _, c := range v.found {
			if c.Name != name {
				continue
			}
			if n++; n <= maxPlaces {
				each(c)
			}
		}
		n += v.more[name]
		verdict.Failed += n
		switch {
		case n > maxPlaces:
			each(Check{Name: name, Detail: fmt.Sprintf("%d more places like these", n-maxPlaces)})
		case n == 0 && (name != CheckZip || p.wrap != nil):
			each(Check{Name: name, OK: true, Detail: v.good[name]})
		}
	}
	return verdict
}

// findings gathers what is wrong, at most maxPlaces a check.
type findings struct {
	found []Check
	total int
	more  map[string]int
	count map[string]int
}

func (f *findings) fail(name, path string, line int, format string, a ...any) {
	f.total++
	if f.count == nil {
		f.count, f.more = map[string]int{}, map[string]int{}
	}
	if f.count[name] >= maxPlaces {
		f.more[name]++
		return
	}
	f.count[name]++
	f.found = append(f.found, Check{Name: name, Detail: fmt.Sprintf(format, a...), Path: path, Line: line})
}

func (f *findings) add(g *findings) {
	for _, c := range g.found {
		f.fail(c.Name, c.Path, c.Line, "%s", c.Detail)
	}
	for name, n := range g.more {
		f.more[name] += n
	}
}

// maxWrong is how many places a file of lines may be wrong in before nothing more of it is looked at: a few bytes of an archive can unpack to
// millions of lines, and each costs memory.
const maxWrong = 10_000

// hopeless reports whether to stop.
func (f *findings) hopeless() bool { return f.total >= maxWrong }

type verifier struct {
	findings
	p        *Pack
	m        *Manifest
	identity evidence.Digest
	good     map[string]string
	files    map[string]*fileResult

	tape     tapeIndex
	gaps     idSet
	timeline timelineIndex
	// hasTimeline says that the pack has one.
	hasTimeline bool
	// delivered are digests of the items without a record that states were read from, sorted, a set a history file.
	delivered []idSet
}

// A fileResult is what reading one file gave.
type fileResult struct {
	findings
	path   string
	size   int64
	digest evidence.Digest
	lines  int
	// ids are the evidence ids of a tape's file by line; 0 for a line that could not be read. Of the configuration items they are
	// digests of the records' ids, sorted; of a history, of the items without a record that its states were read from, sorted.
	ids idSet
	// calls count its exchanges by collector and operation.
	calls map[string]int
	// records are digests of account, region and id of a population's records, sorted; of account and id for a history.
	records idSet
	// past are those of a population by account and id alone, in a pack with a timeline, whose resources may belong to no region.
	past idSet
}

func (v *verifier) run() {
	v.good = map[string]string{}
	if !v.readManifest() {
		return
	}
	var tape, ledger, history, timeline, rest []string
	for _, name := range v.p.Names() {
		switch {
		case name == ManifestPath || name == SumsPath || isSeal(name):
		case Role(name) == "evidence":
			tape = append(tape, name)
		case name == GapsPath:
			ledger = append(ledger, name)
		case Role(name) == "history":
			history = append(history, name)
		case name == TimelinePath:
			timeline, v.hasTimeline = append(timeline, name), true
		default:
			rest = append(rest, name)
		}
	}
	// The order matters: gaps point to the tape, everything else to both, states to items, and the timeline to all of them.
	v.read(tape, v.checkTapeFile)
	v.finishTape(tape)
	v.read(ledger, v.checkLedgerFile)
	v.read(rest, func(r *fileResult, in io.Reader) error {
		switch {
		case Role(r.path) == "records":
			return v.checkRecordsFile(r, in)
		case r.path == AssessmentPath || r.path == RunPath:
			return checkJSONFile(r, in)
		}
		return nil
	})
	records := 0
	for _, name := range v.p.under(RecordsDir) {
		records += v.files[name].lines
	}
	v.read(history, v.checkHistoryFile)
	for _, name := range history {
		if r := v.files[name]; r != nil && len(r.ids) > 0 {
			v.delivered = append(v.delivered, r.ids)
		}
	}
	v.timeline.period = v.runPeriod()
	v.read(timeline, v.checkTimelineFile)
	v.goodPast(history, timeline)
	v.good[CheckRecords] = fmt.Sprintf("%d records name evidence and gaps that are there", records)
	v.checkFiles()
	v.checkSums()
	v.checkParts()
	v.checkZip()
	v.checkAssessment()
}

// goodPast says what was found where the past is as it should be. Most packs have none.
func (v *verifier) goodPast(history, timeline []string) {
	v.good[CheckHistory] = "no past of a population is in this pack"
	v.good[CheckTimeline] = "no test over the period is in this pack"
	states := 0
	for _, name := range history {
		states += v.files[name].lines
	}
	if len(history) > 0 {
		v.good[CheckHistory] = fmt.Sprintf("%d states of %d populations name items and evidence that are there", states, len(history))
	}
	if len(timeline) > 0 {
		v.good[CheckTimeline] = fmt.Sprintf("%d intervals make up the period for each of %d resources, tests and sources", v.files[TimelinePath].lines, len(v.timeline.series))
	}
}

// readManifest reports whether going on makes sense: with a pack of a later format it does not.
func (v *verifier) readManifest() bool {
	b, err := readSmall(v.p, ManifestPath, v.p.maxList())
	if err != nil {
		v.fail(CheckManifest, ManifestPath, 0, "%s", noFile(err))
		return true
	}
	v.identity = evidence.Sum(b)
	m, errs := ParseManifest(b)
	v.m = m
	for _, err := range errs {
		v.fail(CheckManifest, ManifestPath, 0, "%s", err)
		var unknown *FormatError
		if errors.As(err, &unknown) && unknown.Format > Format {
			for _, name := range Checks()[1:] {
				if name == CheckZip && v.p.wrap == nil {
					continue
				}
				v.fail(name, ManifestPath, 0, "not checked: the format is not known")
			}
			return false
		}
	}
	if len(errs) == 0 {
		v.good[CheckManifest] = fmt.Sprintf("format %d, %q, %s, made by %q", m.Format, m.Organization, m.Period, m.Tool)
	}
	return true
}

// read reads the files on two workers and checks what is in them. The results come in the order of the names.
func (v *verifier) read(names []string, check func(*fileResult, io.Reader) error) {
	results := make([]*fileResult, len(names))
	jobs := make(chan int)
	var wg sync.WaitGroup
	for range min(2, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			buf := make([]byte, 256<<10)
			for i := range jobs {
				results[i] = v.readFile(names[i], check, buf)
			}
		})
	}
	for i := range names {
		jobs <- i
	}
	close(jobs)
	wg.Wait()
	for _, r := range results {
		v.files[r.path] = r
		v.add(&r.findings)
	}
}

func (v *verifier) readFile(name string, check func(*fileResult, io.Reader) error, buf []byte) *fileResult {
	r := &fileResult{path: name}
	f, err := v.p.Open(name)
	if err != nil {
		r.fail(CheckFiles, name, 0, "%s", noFile(err))
		return r
	}
	defer f.Close()
	h := &hashReader{r: f, h: sha256.New()}
	err = check(r, h)
	if err == nil {
		_, err = io.CopyBuffer(io.Discard, struct{ io.Reader }{h}, buf)
	}
	if err != nil {
		r.fail(CheckFiles, name, 0, "cannot be read: %s", err)
		return r
	}
	r.size, r.digest = h.n, evidence.Digest(h.h.Sum(nil))
	return r
}

// hashReader digests what is read through it.
type hashReader struct {
	r io.Reader
	h hash.Hash
	n int64
}

func (r *hashReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	r.h.Write(p[:n])
	r.n += int64(n)
	return n, err
}

// checkFiles compares what was read with what the manifest lists.
func (v *verifier) checkFiles() {
	if v.m == nil {
		v.fail(CheckFiles, ManifestPath, 0, "not checked: the manifest cannot be read")
		v.fail(CheckUnlisted, ManifestPath, 0, "not checked: the manifest cannot be read")
		return
	}
	listed := map[string]bool{}
	var size int64
	for _, f := range v.m.Files {
		listed[f.Path] = true
		r := v.files[f.Path]
		switch {
		case r == nil:
			v.fail(CheckFiles, f.Path, 0, "is listed in the manifest and not there")
		case r.digest.IsZero():
			// readFile said why.
		case r.size != f.Size:
			v.fail(CheckFiles, f.Path, 0, "has %d bytes; the manifest lists %d", r.size, f.Size)
		case r.digest != f.SHA256:
			v.fail(CheckFiles, f.Path, 0, "has the SHA-256 %s; the manifest lists %s", r.digest, f.SHA256)
		default:
			size += r.size
		}
	}
	v.good[CheckFiles] = fmt.Sprintf("%d files of %d bytes are as the manifest lists them", len(v.m.Files), size)
	seals := 0
	for _, name := range v.p.Names() {
		switch {
		case name == ManifestPath || name == SumsPath || listed[name]:
		case isSeal(name):
			seals++
		default:
			v.fail(CheckUnlisted, name, 0, "is there and not listed in the manifest%s", stray(name))
		}
	}
	v.good[CheckUnlisted] = "no file is there that is not listed"
	if seals > 0 {
		v.good[CheckUnlisted] += fmt.Sprintf("; the %d below %s are signatures and are checked apart", seals, SealDir)
	}
}

// stray explains files that other programs leave behind.
func stray(name string) string {
	base := name[strings.LastIndexByte(name, '/')+1:]
	switch strings.ToLower(base) {
	case ".ds_store", "desktop.ini", "thumbs.db":
		return " (a file manager made it; delete it)"
	}
	return ""
}

func (v *verifier) checkSums() {
	b, err := readSmall(v.p, SumsPath, v.p.maxList())
	switch {
	case err != nil:
		v.fail(CheckSums, SumsPath, 0, "%s", noFile(err))
	case v.m == nil:
		v.fail(CheckSums, SumsPath, 0, "not checked: the manifest cannot be read")
	default:
		if want := v.m.sums(v.identity); string(b) != string(want) {
			v.fail(CheckSums, SumsPath, firstDifference(want, b), "says something else than %s", ManifestPath)
			if !bytes.Contains(b, fmt.Appendf(nil, "%s  %s\n", v.identity, ManifestPath)) {
				v.fail(CheckManifest, ManifestPath, 0, "has the SHA-256 %s; %s does not list that", v.identity, SumsPath)
			}
		}
		v.good[CheckSums] = fmt.Sprintf("%d lines say what the manifest says", len(v.m.Files)+1)
	}
}

func (v *verifier) checkParts() {
	for _, name := range required {
		if _, ok := v.files[name]; !ok {
			v.fail(CheckParts, name, 0, "is missing")
		}
	}
	if !slices.ContainsFunc(v.p.under(FrameworksDir), func(n string) bool { return Role(n) == "framework" }) {
		v.fail(CheckParts, FrameworksDir, 0, "has no framework, so nobody can see what was tested")
	}
	v.good[CheckParts] = "README, settings, frameworks, run, assessment and ledger are there"
}

// checkJSONFile checks that a file is one JSON value in which no name stands twice.
func checkJSONFile(r *fileResult, in io.Reader) error {
	s := newScanner(in)
	defer s.free()
	s.blanks, s.lower = true, true
	name := CheckConsistent
	if r.path == AssessmentPath {
		name = CheckResults
	}
	err := s.value(0)
	if err == nil && s.next() != 0 {
		err = errors.New("more follows after its end")
	}
	if s.err != nil && s.err != io.EOF {
		return s.err
	}
	if err != nil {
		r.fail(name, r.path, 0, "%s", err)
	}
	return nil
}

// maxList is the largest that a list of the pack's files can be, in bytes: some files may be missing, and the others have a line each.
func (p *Pack) maxList() int64 { return min(maxManifest, 1<<20+1024*int64(len(p.names))) }

// readSmall reads a whole file of at most limit bytes.
func readSmall(p *Pack, name string, limit int64) ([]byte, error) {
	f, err := p.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("is larger than %d bytes", limit)
	}
	return b, err
}

func noFile(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return "is missing"
	}
	return "cannot be read: " + err.Error()
}

// An idSet holds the 64-bit numbers of ids, sorted: eight bytes for each.
type idSet []uint64

func (s idSet) sort() { slices.Sort(s) }

// sortHalves sorts on two cores. Ids are digests, so about half of them begin with a one.
func (s idSet) sortHalves() {
	low := 0
	for i, id := range s {
		if id>>63 == 0 {
			s[i], s[low] = s[low], id
			low++
		}
	}
	var wg sync.WaitGroup
	wg.Go(s[:low].sort)
	s[low:].sort()
	wg.Wait()
}

func (s idSet) has(id uint64) bool {
	_, ok := slices.BinarySearch(s, id)
	return ok
}

// parseID reads the number in "E-0123456789abcdef".
func parseID(kind byte, b []byte) (uint64, bool) {
	if len(b) != 18 || b[0] != kind || b[1] != '-' {
		return 0, false
	}
	var n, wrong uint64
	for _, c := range b[2:] {
		d := uint64(hexDigit[c])
		wrong |= d
		n = n<<4 | d&15
	}
	return n, wrong < 16
}

// hexDigit gives the value of a lower-case hexadecimal digit, and 16 for every other byte.
var hexDigit = func() (t [256]byte) {
	for c := range t {
		t[c] = 16
	}
	for i, c := range []byte("0123456789abcdef") {
		t[c] = byte(i)
	}
	return t
}()

// duplicates lists the numbers that stand more than once in a sorted set, but 0.
func (s idSet) duplicates() []uint64 {
	var out []uint64
	for i := 1; i < len(s); i++ {
		if s[i] == s[i-1] && s[i] != 0 && (len(out) == 0 || out[len(out)-1] != s[i]) {
			out = append(out, s[i])
		}
	}
	return out
}
