package pack

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Format is the version of the pack's format. A reader refuses one it does not know.
const Format = 1

// The files of a pack, by their path in it. Those that end in a slash are folders.
const (
	ReadmePath     = "README.txt"
	ReportPath     = "report.pdf"
	WorkbookPath   = "workbook.xlsx"
	AssessmentPath = "assessment.json"
	OSCALPath      = "oscal-assessment-results.json"
	RunPath        = "run.json"
	AuditPath      = "audit.yaml"
	GapsPath       = "gaps.jsonl"
	FrameworksDir  = "frameworks/"
	InputsDir      = "inputs/"
	EvidenceDir    = "evidence/"
	RecordsDir     = "records/"
	HistoryDir     = "history/"
	TimelinePath   = "timeline.jsonl"
	ManualDir      = "manual/"
	// SaltPath holds the secret that the salts of the tree come from. It is never part of an extract.
	SaltPath = "salt"
	// MaskablePath lists the identities that an extract can hide. It is never part of one either.
	MaskablePath = "maskable.jsonl"

	ManifestPath = "manifest.json"
	SumsPath     = "SHA256SUMS"
	// SealDir holds signatures and timestamps over manifest.json. They are made after it, so it cannot list them.
	SealDir = "seal/"
	// SealTemp is where a seal stands before it is whole. It is no part of a pack.
	SealTemp = ".seal.tmp"
)

// required are the files without which there is no pack.
var required = []string{ReadmePath, AssessmentPath, RunPath, AuditPath, GapsPath}

// EvidencePath is where the tape of one account, region and service stands.
func EvidencePath(account, region, service string) string {
	return EvidenceDir + account + "/" + region + "/" + service + ".jsonl"
}

// RecordsPath is where the population of a kind stands.
func RecordsPath(kind string) string { return RecordsDir + kind + ".jsonl" }

// HistoryPath is where the past of a kind stands.
func HistoryPath(kind string) string { return HistoryDir + kind + ".jsonl" }

var (
	evidenceForm = regexp.MustCompile(`^evidence/([0-9]{12})/([a-z0-9-]+)/([a-z0-9-]+)\.jsonl$`)
	recordsForm  = regexp.MustCompile(`^records/([a-z0-9_]+\.[a-z0-9_]+)\.jsonl$`)
	historyForm  = regexp.MustCompile(`^history/([a-z0-9_]+\.[a-z0-9_]+)\.jsonl$`)
)

// Role says what a file of the pack is for: the word that stands in the manifest. It is empty for a file that has no place
// in a pack. manifest.json, SHA256SUMS and seal/ are not listed in the manifest and have no role.
func Role(path string) string {
	switch path {
	case ReadmePath:
		return "readme"
	case ReportPath:
		return "report"
	case WorkbookPath:
		return "workbook"
	case AssessmentPath:
		return "assessment"
	case OSCALPath:
		return "oscal"
	case RunPath:
		return "run"
	case AuditPath:
		return "audit"
	case GapsPath:
		return "gaps"
	case TimelinePath:
		return "timeline"
	case SaltPath:
		return "salt"
	case MaskablePath:
		return "maskable"
	}
	switch {
	case evidenceForm.MatchString(path):
		return "evidence"
	case recordsForm.MatchString(path):
		return "records"
	case historyForm.MatchString(path):
		return "history"
	case strings.HasPrefix(path, FrameworksDir) && strings.HasSuffix(path, ".yaml"):
		return "framework"
	case strings.HasPrefix(path, InputsDir):
		return "input"
	case strings.HasPrefix(path, ManualDir):
		return "manual"
	}
	return ""
}

// isSeal reports whether a path belongs to the seal.
func isSeal(path string) bool { return strings.HasPrefix(path, SealDir) }

// Limits of a pack. They are far above what an organization of hundreds of accounts makes, and keep a hostile archive
// from taking the machine.
const (
	// maxFiles is how many files a pack may hold.
	maxFiles = 1 << 20
	// maxPath is the longest path, in bytes. Windows gives up at 260 with its folder before it.
	maxPath = 200
	// maxParts is how deep folders may lie in one another: each costs memory for every name below it.
	maxParts = 32
	// maxManifest is the largest manifest.json, in bytes.
	maxManifest = 512 << 20
	// bombSize and bombRatio bound what an archive may unpack to: an entry above bombSize bytes must not be more
	// than bombRatio times its compressed size. Real evidence stays below 60.
	bombSize  = 256 << 20
	bombRatio = 300
)

// devices are names that Windows keeps for itself, whatever follows the first dot.
var devices = map[string]bool{"con": true, "prn": true, "aux": true, "nul": true, "conin$": true, "conout$": true}

// checkPath says why a path cannot stand in a pack. A good path is relative, uses slashes, stays inside, and unpacks to
// the same name on Linux, macOS and Windows.
func checkPath(p string) error {
	switch {
	case p == "":
		return fmt.Errorf("empty name")
	case len(p) > maxPath:
		return fmt.Errorf("name %.40q… is longer than %d bytes", p, maxPath)
	case !utf8.ValidString(p):
		return fmt.Errorf("name %q is not UTF-8", p)
	case p[0] == '/':
		return fmt.Errorf("name %q is absolute", p)
	case strings.Contains(p, `\`):
		return fmt.Errorf("name %q has a backslash", p)
	}
	for _, r := range p {
		switch {
		case strings.ContainsRune(`:*?"<>|`, r):
			return fmt.Errorf("name %q has %q, which Windows does not allow", p, r)
		case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r), r == '\u2028', r == '\u2029', r == utf8.RuneError:
			return fmt.Errorf("name %q has a control character", p)
		}
	}
	parts := 0
	for part := range strings.SplitSeq(p, "/") {
		parts++
		switch {
		case parts > maxParts:
			return fmt.Errorf("name %.40q… has more than %d parts", p, maxParts)
		case part == "..":
			return fmt.Errorf("name %q leads outside the pack", p)
		case part == "" || part == ".":
			return fmt.Errorf("name %q has an empty part", p)
		case strings.HasSuffix(part, ".") || strings.HasSuffix(part, " ") || strings.HasPrefix(part, " "):
			return fmt.Errorf("name %q has a part that begins or ends with a space, or ends with a dot", p)
		case isDevice(part):
			return fmt.Errorf("name %q is a device on Windows", p)
		}
	}
	return nil
}

func isDevice(part string) bool {
	base, _, _ := strings.Cut(strings.ToLower(part), ".")
	base = strings.TrimRight(base, " ")
	if devices[base] {
		return true
	}
	if rest, ok := strings.CutPrefix(base, "com"); ok || strings.HasPrefix(base, "lpt") {
		if !ok {
			rest = base[3:]
		}
		return len([]rune(rest)) == 1 && strings.Contains("0123456789¹²³", rest)
	}
	return false
}

// foldPath gives two names that differ in case only, or in how Unicode spells a letter with its accent, the same spelling: macOS and Windows
// take them for one.
func foldPath(p string) string {
	if !isASCII(p) {
		p = norm.NFD.String(p)
	}
	return strings.Map(func(r rune) rune {
		low := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			low = min(low, f)
		}
		return low
	}, p)
}

// A nameSet finds names that would fall on one another when unpacked.
type nameSet struct {
	files map[string]string // folded → as spelt
	dirs  map[string]string
}

func newNameSet() *nameSet {
	return &nameSet{files: map[string]string{}, dirs: map[string]string{}}
}

// add takes a good path of a file. Its folders are taken too.
func (s *nameSet) add(p string) error {
	fold := foldPath(p)
	if old, ok := s.files[fold]; ok {
		if old == p {
			return fmt.Errorf("name %q is there twice", p)
		}
		return fmt.Errorf("names %q and %q differ in case or Unicode form only", old, p)
	}
	if _, ok := s.dirs[fold]; ok {
		return fmt.Errorf("name %q is a file and a folder", p)
	}
	s.files[fold] = p
	for i := strings.LastIndexByte(p, '/'); i > 0; i = strings.LastIndexByte(p[:i], '/') {
		if err := s.dir(p[:i]); err != nil {
			return err
		}
	}
	return nil
}

// dir takes a folder, without the slash. The same folder may come many times.
func (s *nameSet) dir(p string) error {
	fold := foldPath(p)
	if _, ok := s.files[fold]; ok {
		return fmt.Errorf("name %q is a file and a folder", p)
	}
	if old, ok := s.dirs[fold]; ok && old != p {
		return fmt.Errorf("names %q and %q differ in case or Unicode form only", old, p)
	}
	s.dirs[fold] = p
	return nil
}
