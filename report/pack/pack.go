// Package pack is the evidence pack as files: its layout, its manifest, its ZIP, and the check that nothing in it was changed and
// nothing in it contradicts anything else. This comment is the description of the format, version 1.
//
// The package knows no AWS, no PDF and no spreadsheet, reads no clock and no environment, and makes no result: it says whether
// a pack holds together, never whether anyone meets a control.
//
// # Terms
//
// A pack is a folder, or the same folder as one ZIP. The manifest (manifest.json) lists every file with size and SHA-256. The
// pack's identity is the SHA-256 of the manifest's bytes: it stands for every byte of every file. An exchange is one question to
// AWS and its answer; its evidence id is "E-" and 16 hexadecimal digits. A gap is something that was not read; its id is "G-" and
// 16 digits. A population is every record of a kind. A cell is one operation of a collector in an account and region.
//
// # Tree
//
//	README.txt                     what this is, and how to check it with sha256sum, openssl or PowerShell alone
//	report.pdf  workbook.xlsx      for people; derived
//	assessment.json                every result (frameworks/assess.Assessment); derived
//	oscal-assessment-results.json  the same in OSCAL, where it was made; derived
//	run.json                       tool, scope, callers
//	audit.yaml  frameworks/  inputs/                exactly as they were used; .yaml files, and dated tables
//	evidence/<account>/<region>/<service>.jsonl     the tape: one evidence.Exchange a line
//	records/<kind>.jsonl           the populations, one record a line; derived
//	history/<kind>.jsonl           their past: one evidence.State a line, a configuration item read as a record; derived. A kind without one
//	                               is one whose past was not read
//	timeline.jsonl                 what each test over the period found: one assess.TimelineEntry a line; derived. Not there where no test
//	                               is over the period
//	gaps.jsonl                     the ledger: one evidence.LedgerLine a line, every cell, then every gap; derived
//	manual/                        what people supplied
//	salt                           32 bytes that the salts of the tree come from; made by Seal. Who has it can guess what an extract hides: it is in none
//	maskable.jsonl                 the values that name people and that extracts can hide: one {"identity":…} a line, sorted; made by Seal
//	manifest.json  SHA256SUMS      made by Seal
//	seal/                          signatures and timestamps over manifest.json, made after it by package seal
//
// There are no other files. Names are UTF-8, relative, at most 200 bytes, use slashes, and are such that they unpack to the same on
// Linux, macOS and Windows: no part is empty, "..", or a device; none ends in a dot or a space; no two differ in case or in the form of
// Unicode only; none has more than 32 parts. A pack has regular files only; a folder without a file in it is nothing.
//
// # Encodings
//
// Files ending in .jsonl hold one compact JSON value a line, UTF-8, each line ended by a newline, the last one too. No name
// stands twice in an object. Moments are RFC 3339 in UTC, digests 64 lower-case hexadecimal digits, account ids strings.
//
// The last member of an evidence line is "sha256": the SHA-256 of the line's bytes before the 11 bytes `,"sha256":"`. Its id is
// made of what was asked (evidence.ExchangeID), so an answer cannot be moved to another question.
//
// manifest.json has exactly one form, that of Manifest.Encode: two spaces of indentation, the files sorted by path byte by byte
// and one a line. It lists every file but itself, SHA256SUMS and those below seal/.
//
// "tree" in manifest.json is the size and root of a Merkle tree over what the pack holds (package tree), so that a part of the pack can be held
// against the manifest without it (package extract). Packs of releases before it have none. Verify does not compute it again, since every file
// that it is over is digested already; Pack.Grove and TreeOf do.
//
// SHA256SUMS has a line for each file of the manifest and one for manifest.json, sorted by path: digest, two spaces, path. So
// "sha256sum -c SHA256SUMS" covers everything but itself and seal/. It adds nothing to the manifest; it is there for stock tools.
//
// The ZIP holds the files in the order of their names, deflated, without folders' entries, comments or times (all are 1 January
// 1980), at the archive's top. It is a wrapping only: the identity is that of the folder. A ZIP that another program made of the
// folder is read as well, if the files stand at its top and every byte of it belongs to an entry.
//
// Our ZIP has exactly one form. Its headers are: made by 0x0300; version needed 20, or 45 for an entry of 4 GiB, whose sizes follow its data;
// no flags but UTF-8 for a name beyond ASCII; method 8; time 0, date 0x0021; mode 0100644; and one extra field, 0x5341, with the SHA-256 of
// the entry's compressed bytes. So not even a bit that no reader looks at, a time or the padding inside compressed data, changes unseen.
// Whoever packs the same files another way gets another wrapping around the same pack: an archive with no header of ours is read, and
// the check "zip" says whose it is not; one with some of ours was altered. The first archives of this format have no such field.
//
// # Versions
//
// "format" in the manifest is the version. Packs written by any release verify with every later one: a member may be added, but
// what this text says of version 1 stays true of version 1. A reader refuses a version that it does not know.
//
// # What Verify checks
//
//	manifest    the manifest is of a known version and stands exactly as it would be written
//	files       every listed file is there, with the listed size and digest
//	unlisted    no file is there that is not listed
//	sums        SHA256SUMS says what the manifest says
//	parts       the parts without which there is no pack are there
//	zip         of a ZIP only: every header is as auditseal writes it, in its order; or none is
//	evidence    every line of the tape has its own digest and the id of its own question, stands in the file of its account, region and
//	            service, and no id stands twice
//	ledger      every planned cell has an outcome, counts the exchanges that the tape has and the gaps that are listed, and the tape has
//	            nothing that was not planned; gap ids follow from the gaps
//	records     every record names evidence, all of it on the tape, and every unknown field a gap that is listed
//	history     every state names a configuration item among the records, evidence on the tape, and for each unknown field a gap, or that
//	            items do not carry it
//	timeline    the intervals of each test, resource and source stand together, follow on one another and make up the period; they name
//	            evidence, items and resources that are there
//	results     findings name records, evidence and gaps that are there; counts add up; a test's result follows from its counts, a
//	            control's from its tests; a test over the period counts days, intervals and unknown time as the timeline has them, and its
//	            findings are the timeline's exceptions and unknown intervals
//	consistent  populations have the size and digest of their files; scope, period and organization are the same wherever they stand
//
// A file of lines is given up after 10,000 places that are wrong, and what no pack has (a list of files longer than the files there are, half a
// million values in one) is an error, so that a few kilobytes cannot make a reader take gigabytes.
//
// So a changed byte is found by digests alone. Somebody who changes a result and digests everything again is found where the result
// contradicts something else; and where it does not, by deriving every record and result again from the tape (Compare).
//
// # What it cannot know
//
// Digests show that files are those that were listed, not who listed them or when: that is for a signature and a timestamp in
// seal/, or for the identity told by another way. Whoever makes a pack can make up answers of AWS; nothing here can tell, and
// signing early, archiving in write-once storage and reading AWS again are the remedies. What was never planned is in no
// ledger: the scope in audit.yaml and run.json has to be read. Files in manual/ are what someone supplied, no more.
package pack
