package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/auditseal/auditseal/collectors/evidence"
	"github.com/auditseal/auditseal/collectors/tape"
	"github.com/auditseal/auditseal/testdata/scenario"
)

// few is an audit that asks little.
func few(t testing.TB, dir string) string {
	t.Helper()
	name := filepath.Join(dir, "audit.yaml")
	text := "organization: Example Corp\nperiod: 2026-09\nframeworks: [fips-cryptography]\nscope:\n  organization: true\n  exclude: [\"999988887777\", \"222233334444\"]\n" +
		"  regions: [eu-west-1]\n  role: " + scenario.DemoRole + "\n  external-id: " + scenario.DemoExternalID + "\nmanual: manual\nhistory: []\n"
	for file, data := range map[string]string{name: text, filepath.Join(dir, "manual", "minutes.txt"): "We met.\n"} {
		if err := writeFile(file, []byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	return name
}

// edit replaces a text in a file.
func edit(t testing.TB, name, old, with string) {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil || !strings.Contains(string(raw), old) {
		t.Fatalf("%s does not hold %q: %v", name, old, err)
	}
	if err := os.WriteFile(name, []byte(strings.Replace(string(raw), old, with, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// forge replaces a text in the bodies of a tape's lines, and gives the lines right digests again.
func forge(t testing.TB, name, old, with string) {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil || !bytes.Contains(raw, []byte(strings.ReplaceAll(old, `"`, `\"`))) {
		t.Fatalf("%s does not hold %q: %v", name, old, err)
	}
	var out []byte
	for line := range strings.Lines(string(raw)) {
		ex, err := tape.Decode([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		ex.Body = strings.ReplaceAll(ex.Body, old, with)
		b, err := tape.Encode(ex)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b...)
	}
	if err := os.WriteFile(name, out, 0o644); err != nil {
		t.Fatal(err)
	}
}

// rerun changes run.json of a shard.
func rerun(t testing.TB, dir string, change func(m map[string]any)) {
	t.Helper()
	name := filepath.Join(dir, runFile)
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]any{}
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	change(m)
	if raw, err = json.MarshalIndent(m, "", "  "); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, raw, 0o644); err != nil {
		t.Fatal(err)
	}
}

// Whatever is wrong with a shard, nothing is merged, and the message says what, where, and what to do.
func TestMergeRefuses(t *testing.T) {
	s := scenario.Start(scenario.Config{Organization: scenario.Demo(), Spread: 7 * time.Minute, Settled: true})
	defer s.Close()
	asks(t, s)
	base := t.TempDir()
	audit, sound := few(t, base), filepath.Join(base, "sound")
	shards(t, audit, sound, 2, rand.New(rand.NewSource(1)))
	// The first of two holds the account that lists the others and the log archive; the second, payments and data.
	owner, other := evidence.Shard{Index: 1, Of: 2}, evidence.Shard{Index: 2, Of: 2}
	if !owner.Holds(scenario.DemoManagement) || !owner.Holds(scenario.DemoLogArchive) || !other.Holds(scenario.DemoPayments) || !other.Holds(scenario.DemoData) {
		t.Fatal("accounts have moved to other shards")
	}
	kms := filepath.Join(evidenceDir, scenario.DemoLogArchive, "eu-west-1", "kms.jsonl")
	listed := filepath.Join(listingDir, scenario.DemoManagement, "eu-west-1", "organizations.jsonl")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	shardOf := func(m map[string]any) map[string]any { return m["shard"].(map[string]any) }
	for _, c := range []struct {
		name string
		// spoil changes the owner's folder, or that of another shard.
		spoil func(t *testing.T, dir, own, oth string)
		code  int
		want  []string
	}{
		{"a line was altered", func(t *testing.T, _, own, _ string) {
			edit(t, filepath.Join(own, kms), "ENCRYPT_DECRYPT", "SIGN_VERIFY")
		}, exitBroken,
			[]string{"kms.jsonl:", "it was altered", owner.String(), "collect --shard 1/2"}},
		{"a line was altered with its digest", func(t *testing.T, _, own, _ string) {
			forge(t, filepath.Join(own, kms), `"KeyUsage":"ENCRYPT_DECRYPT"`, `"KeyUsage":"SIGN_VERIFY"`)
		}, exitBroken, []string{"its tape holds", "and it ended with"}},
		{"a file is missing", func(t *testing.T, _, own, _ string) { must(os.Remove(filepath.Join(own, kms))) }, exitBroken, []string{"its tape holds", "copy it again"}},
		{"an account is missing", func(t *testing.T, _, own, _ string) {
			must(os.RemoveAll(filepath.Join(own, evidenceDir, scenario.DemoLogArchive)))
		}, exitBroken, []string{"its tape holds nothing of 1 account: " + scenario.DemoLogArchive}},
		{"the tape is missing", func(t *testing.T, _, own, _ string) { must(os.RemoveAll(filepath.Join(own, evidenceDir))) }, exitBroken, []string{owner.String()}},
		{"a line is cut off", func(t *testing.T, _, own, _ string) {
			info, err := os.Stat(filepath.Join(own, kms))
			must(err)
			must(os.Truncate(filepath.Join(own, kms), info.Size()-5))
		}, exitBroken, []string{"kms.jsonl:", "the line is cut off"}},
		{"a line stands twice", func(t *testing.T, _, own, _ string) {
			raw, err := os.ReadFile(filepath.Join(own, kms))
			must(err)
			line, _, _ := bytes.Cut(raw, []byte("\n"))
			must(os.WriteFile(filepath.Join(own, kms), slices.Concat(raw, line, []byte("\n")), 0o644))
		}, exitBroken, []string{"stands twice"}},
		{"a file of another region", func(t *testing.T, _, own, _ string) {
			must(copyTree(os.DirFS(filepath.Join(own, evidenceDir, scenario.DemoLogArchive)), "eu-west-1", filepath.Join(own, evidenceDir, scenario.DemoLogArchive, "eu-west-2")))
		}, exitBroken, []string{"belongs in"}},
		{"an account of another shard", func(t *testing.T, _, own, oth string) {
			must(copyTree(os.DirFS(filepath.Join(own, evidenceDir)), scenario.DemoManagement, filepath.Join(oth, evidenceDir, scenario.DemoManagement)))
		}, exitBroken, []string{`its evidence holds "` + scenario.DemoManagement + `", which is no account of this shard`, other.String()}},
		{"an account that nobody listed", func(t *testing.T, _, own, _ string) {
			id := ""
			for i := 0; id == "" || !owner.Holds(id); i++ {
				id = "55556666000" + string(rune('0'+i))
			}
			must(os.MkdirAll(filepath.Join(own, evidenceDir, id), 0o755))
		}, exitBroken, []string{"which is no account of this shard"}},
		{"an odd name on the tape", func(t *testing.T, _, own, _ string) {
			must(os.WriteFile(filepath.Join(own, kms+".bak"), []byte("{}\n"), 0o644))
		}, exitBroken, []string{"is no file of a tape"}},
		{"an empty file on the tape", func(t *testing.T, _, own, _ string) {
			must(os.WriteFile(filepath.Join(filepath.Dir(filepath.Join(own, kms)), "lambda.jsonl"), nil, 0o644))
		}, exitBroken, []string{"the file is empty"}},
		{"a link on the tape", func(t *testing.T, _, own, _ string) {
			must(os.Rename(filepath.Join(own, kms), filepath.Join(base, "elsewhere.jsonl")))
			must(os.Symlink(filepath.Join(base, "elsewhere.jsonl"), filepath.Join(own, kms)))
		}, exitBroken, []string{"is a link or a device"}},
		{"the tape is a link", func(t *testing.T, _, own, _ string) {
			must(os.Rename(filepath.Join(own, evidenceDir), filepath.Join(filepath.Dir(own), "..", "moved")))
			must(os.Symlink(filepath.Join("..", "..", "moved"), filepath.Join(own, evidenceDir)))
		}, exitUsage, []string{`"evidence" is a link or a device`}},
		{"audit.yaml is a link", func(t *testing.T, _, own, oth string) {
			must(os.Remove(filepath.Join(own, auditFile)))
			must(os.Symlink(filepath.Join(oth, auditFile), filepath.Join(own, auditFile)))
		}, exitUsage, []string{`"audit.yaml" is a link or a device`}},
		{"run.json is a link", func(t *testing.T, _, own, oth string) {
			must(os.Rename(filepath.Join(own, runFile), filepath.Join(base, "run.json")))
			must(os.Symlink(filepath.Join(base, "run.json"), filepath.Join(own, runFile)))
		}, exitUsage, []string{owner.Folder()}},
		{"a file that is not ours", func(t *testing.T, _, own, _ string) {
			must(os.WriteFile(filepath.Join(own, "assessment.json"), nil, 0o644))
		}, exitUsage, []string{`"assessment.json" is nothing that collect wrote`}},
		{"a file beside the shards", func(t *testing.T, dir, _, _ string) {
			must(os.WriteFile(filepath.Join(dir, "notes.txt"), nil, 0o644))
		}, exitUsage, []string{"notes.txt is no folder of a shard"}},
		{"a folder that is no shard", func(t *testing.T, dir, _, _ string) { must(os.Mkdir(filepath.Join(dir, "lost+found"), 0o755)) }, exitUsage,
			[]string{"lost+found is no folder of a shard: there is no run.json in it"}},
		{"another audit.yaml", func(t *testing.T, _, _, oth string) {
			edit(t, filepath.Join(oth, auditFile), "history", "# the same\nhistory")
		}, exitUnfinished,
			[]string{"are not of one audit: audit.yaml differs", "collect it again"}},
		{"another framework", func(t *testing.T, _, _, oth string) {
			edit(t, filepath.Join(oth, "frameworks", "fips-cryptography.yaml"), "\n", "\n# mine\n")
		}, exitUnfinished, []string{"frameworks/fips-cryptography.yaml differs"}},
		{"other manual evidence", func(t *testing.T, _, _, oth string) {
			edit(t, filepath.Join(oth, "manual", "minutes.txt"), "We", "They")
		}, exitUnfinished, []string{"manual/minutes.txt differs"}},
		{"less manual evidence", func(t *testing.T, _, _, oth string) { must(os.RemoveAll(filepath.Join(oth, "manual"))) }, exitUnfinished,
			[]string{"manual/minutes.txt differs"}},
		{"an unfinished shard", func(t *testing.T, _, own, _ string) {
			rerun(t, own, func(m map[string]any) { delete(shardOf(m), "tape") })
		}, exitUnfinished, []string{"has not ended", "let it end with: auditseal collect --shard 1/2"}},
		{"another version", func(t *testing.T, _, own, _ string) {
			rerun(t, own, func(m map[string]any) { m["tool"].(map[string]any)["version"] = "v0.1.0" })
		}, exitUsage, []string{"was collected by auditseal v0.1.0", "merge them with the program that collected them"}},
		{"another home region", func(t *testing.T, _, _, oth string) {
			rerun(t, oth, func(m map[string]any) { m["scope"].(map[string]any)["home"] = "us-east-1" })
		}, exitUnfinished, []string{"scope.home differs"}},
		{"another role", func(t *testing.T, _, _, oth string) { rerun(t, oth, func(m map[string]any) { m["role"] = "Admin" }) }, exitUnfinished, []string{"role differs"}},
		{"another number of shards", func(t *testing.T, _, _, oth string) {
			rerun(t, oth, func(m map[string]any) { shardOf(m)["of"] = 4 })
		}, exitUsage, []string{"are not of one audit"}},
		{"a shard that says it is another", func(t *testing.T, _, own, oth string) {
			rerun(t, oth, func(m map[string]any) { shardOf(m)["index"] = owner.Index })
		}, exitUsage, []string{"is there twice: in "}},
		{"no shard at all", func(t *testing.T, _, own, _ string) { rerun(t, own, func(m map[string]any) { delete(m, "shard") }) }, exitUsage,
			[]string{"holds a whole audit, and no shard"}},
		{"a shard 0", func(t *testing.T, _, own, _ string) {
			rerun(t, own, func(m map[string]any) { shardOf(m)["index"] = 0 })
		}, exitUsage, []string{"shard 0 of 2"}},
		{"run.json is no JSON", func(t *testing.T, _, own, _ string) {
			must(os.WriteFile(filepath.Join(own, runFile), []byte("{"), 0o644))
		}, exitUsage, []string{"run.json:1"}},
		{"an unknown member", func(t *testing.T, _, own, _ string) { rerun(t, own, func(m map[string]any) { m["more"] = 1 }) }, exitUsage, []string{"more"}},
		{"an account less in run.json", func(t *testing.T, _, own, _ string) {
			rerun(t, own, func(m map[string]any) {
				sc := m["scope"].(map[string]any)
				sc["accounts"] = sc["accounts"].([]any)[1:]
			})
		}, exitBroken, []string{"the accounts are not those that follow from the organization's list on the tape", "remove it, and collect it again"}},
		{"an account in which nobody asked", func(t *testing.T, _, own, _ string) {
			rerun(t, own, func(m map[string]any) { m["callers"] = m["callers"].([]any)[1:] })
		}, exitBroken, []string{"who asked in 1 account, and the shard holds 2"}},
		{"a list that was altered", func(t *testing.T, _, _, oth string) {
			forge(t, filepath.Join(oth, listed), `"State":"SUSPENDED"`, `"State":"ACTIVE"`)
		}, exitBroken, []string{"the accounts are not those that follow from the organization's list on the tape"}},
		{"no list", func(t *testing.T, _, _, oth string) { must(os.RemoveAll(filepath.Join(oth, listingDir))) }, exitBroken, []string{other.String()}},
		{"an account joined between", func(t *testing.T, _, _, oth string) {
			forge(t, filepath.Join(oth, listed), `"State":"SUSPENDED"`, `"State":"ACTIVE"`)
			rerun(t, oth, func(m map[string]any) {
				sc := m["scope"].(map[string]any)
				accounts := append(sc["accounts"].([]any), scenario.DemoClosed)
				slices.SortFunc(accounts, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
				sc["accounts"] = accounts
				callers := append(m["callers"].([]any), map[string]any{"account": scenario.DemoClosed, "arn": "", "failure": "denied"})
				slices.SortFunc(callers, func(a, b any) int {
					return strings.Compare(a.(map[string]any)["account"].(string), b.(map[string]any)["account"].(string))
				})
				m["callers"] = callers
				sc["excluded"] = slices.DeleteFunc(sc["excluded"].([]any), func(e any) bool { return e.(map[string]any)["account"] == scenario.DemoClosed })
			})
		}, exitUnfinished, []string{"the organization changed while the shards were collected", "reads " + scenario.DemoClosed, "remove these folders, and collect them again: auditseal collect --shard "}},
		{"sealed", func(t *testing.T, _, own, _ string) {
			must(os.WriteFile(filepath.Join(own, "manifest.json"), []byte("{}"), 0o644))
		}, exitUsage, []string{"is a sealed pack, and no shard"}},
		{"one is missing", func(t *testing.T, _, own, _ string) { must(os.RemoveAll(own)) }, exitUnfinished,
			[]string{"1 of 2 shards are missing:", "shard 1, which holds 2 accounts: " + scenario.DemoLogArchive + ", " + scenario.DemoManagement, "collect --shard 1/2"}},
		{"nothing there", func(t *testing.T, dir, _, _ string) { must(os.RemoveAll(dir)); must(os.Mkdir(dir, 0o755)) }, exitUsage, []string{"is empty"}},
		{"another folder is there", func(t *testing.T, dir, _, _ string) {
			must(writeFile(filepath.Join(filepath.Dir(dir), "merged", "notes.txt"), nil))
		}, exitUsage, []string{"holds files that are not a pack of ours"}},
		{"another folder is where it is made", func(t *testing.T, dir, _, _ string) {
			must(writeFile(filepath.Join(filepath.Dir(dir), "merged.merging", "notes.txt"), nil))
		}, exitUsage, []string{`merged.merging is where the merged folder is made, and holds "notes.txt", which is not ours`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tmp := t.TempDir()
			dir := filepath.Join(tmp, "shards")
			must(copyTree(os.DirFS(sound), ".", dir))
			c.spoil(t, dir, filepath.Join(dir, owner.Folder()), filepath.Join(dir, other.Folder()))
			merged := filepath.Join(tmp, "merged")
			before := map[string]string{}
			if _, err := os.Stat(merged); err == nil {
				before = contents(t, merged)
			}
			code, out := here(t, "merge", dir, "--out", merged)
			if code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			for _, want := range append(c.want, "hint: ") {
				if !strings.Contains(out, want) {
					t.Errorf("it does not say %q:\n%s", want, out)
				}
			}
			if _, err := os.Stat(merged); err == nil {
				sameFiles(t, "before and after", before, contents(t, merged))
			} else if len(before) > 0 {
				t.Error("what was there is gone")
			}
			if _, err := os.Stat(merged + ".merging"); err == nil && !strings.Contains(c.name, "where it is made") {
				t.Error("half a folder was left behind")
			}
		})
	}
	// And what is sound is merged, over what a merge that was killed left behind.
	merged := filepath.Join(base, "merged")
	must(writeFile(filepath.Join(merged+".merging", evidenceDir, "half"), nil))
	done(t, "merge", sound, "--out", merged)
	if _, err := os.Stat(merged + ".merging"); !os.IsNotExist(err) {
		t.Error("half a folder was left behind")
	}
	union := map[string]string{}
	for i := 1; i <= 2; i++ {
		for name, data := range contents(t, filepath.Join(sound, evidence.Shard{Index: i, Of: 2}.Folder(), evidenceDir)) {
			union[name] = data
		}
	}
	sameFiles(t, "the tapes of the shards and of the merged folder", union, contents(t, filepath.Join(merged, evidenceDir)))
	var stray []string
	fs.WalkDir(os.DirFS(merged), ".", func(name string, d fs.DirEntry, err error) error {
		if !d.IsDir() && !given(name) {
			stray = append(stray, name)
		}
		return err
	})
	if len(stray) > 0 {
		t.Errorf("it holds what is not given: %v", stray)
	}
}
