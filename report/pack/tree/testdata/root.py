"""The root of the tree of testdata/vector.json, computed from the comment of package tree alone: python3 root.py vector.json"""
import hashlib, json, re, struct, sys

v = json.load(open(sys.argv[1], encoding="utf-8"))
secret = v["secret"].encode()
sha = lambda b: hashlib.sha256(b).digest()


def root(leaves):
    if not leaves:
        return sha(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha(b"\x01" + root(leaves[:k]) + root(leaves[k:]))


def core(s):
    return re.sub(r"[^0-9A-Za-z\x80-\U0010ffff]+$", "", re.sub(r"^[^0-9A-Za-z\x80-\U0010ffff]+", "", s))


# The identities of the vector are such that they stand in one spelling, or in JSON's.
names = []
for i in v["identities"]:
    if len(core(i).encode()) >= 2:
        s = core(i)
        for _ in range(4):
            names.append(s.encode())
            s = json.dumps(s, ensure_ascii=False)[1:-1]
names.sort(key=lambda n: -len(n))
LETTER = rb"0-9A-Za-z\x80-\xff"


def candidates(text, at):
    """All values that begin at a byte."""
    for form in (
        rb"(?<![0-9])[0-9]{12}(?![0-9])",
        rb"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{128}|[0-9A-Fa-f]{96}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{32})(?![0-9A-Fa-f])",
        rb"[EG]-[0-9a-f]{16}(?![" + LETTER + rb"])",
        rb"(?<![0-9A-Z])(?:AKIA|ASIA|AIDA|AROA|AGPA|AIPA|ANPA|ANVA|APKA|ABIA|ACCA|ASCA)[0-9A-Z]{16,17}(?![0-9A-Z])",
    ):
        m = re.compile(form).match(text, at)
        if m:
            yield m.end()
    before = text[:at]
    escape = re.search(rb"\\[nrtbf]$|\\u[0-9A-Za-z]{4}$|%[0-9A-Za-z]{2}$", before)
    if not re.search(rb"[" + LETTER + rb"]$", before) or escape:
        for n in names:
            part = text[at : at + len(n)]
            same = part == n if re.fullmatch(rb"[A-Za-z]+", n) else part.lower() == n.lower()
            if same and not re.match(rb"[" + LETTER + rb"]", text[at + len(n) : at + len(n) + 1]):
                yield at + len(n)


def salt(file, piece, value):
    return sha(secret + struct.pack(">IQI", file, piece, value))


def data(file, piece, text):
    values, out, at = [], b"", 0
    while at < len(text):
        end = max(candidates(text, at), default=0)
        if not end:
            out += text[at : at + 1]
            at += 1
            continue
        if text[at:end] not in values:
            values.append(text[at:end])
        out += b"\xff" + struct.pack(">I", values.index(text[at:end]))
        at = end
    commitments = b"".join(sha(b"\x02" + salt(file, piece, k) + x) for k, x in enumerate(values))
    return salt(file, piece, 2**32 - 1) + struct.pack(">I", len(values)) + commitments + out


def pieces(path, text):
    if path.endswith(".jsonl"):
        return re.findall(rb"[^\n]*\n|[^\n]+", text)
    return [text]


leaf = lambda d: sha(b"\x00" + d)
top = [leaf(data(0, 0, v["head"].encode()))]
for n, path in enumerate(sorted(v["files"], key=str.encode), 1):
    p = pieces(path, v["files"][path].encode())
    r = root([leaf(data(n, i, x)) for i, x in enumerate(p)])
    top.append(leaf(data(n, 2**64 - 1, path.encode()) + struct.pack(">Q", len(p)) + r))
print(root(top).hex())
