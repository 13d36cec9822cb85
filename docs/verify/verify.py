#!/usr/bin/env python3
"""Verifies an agenttrail trail or the bundle of a report (format 1, docs/format.md) and shares no code with agenttrail.

    verify.py TRAIL [--key VERIFIER-KEY] [--rows ROWS.jsonl]
    verify.py BUNDLE.zip [--key VERIFIER-KEY]

Needs Python 3.9 and the package cryptography. The rows of a table are taken from ROWS.jsonl, or from the Parquet files themselves where pyarrow is
installed; without either the roots of the tables are not checked, and the result says so.
Exit: 0 everything holds; 1 something does not; 3 something could not be checked, or the key is known from the trail alone.
"""
import argparse, base64, bz2, csv, gzip, hashlib, io, json, pathlib, re, sys, zipfile, zlib
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TYPES = {"genesis", "policy", "batch", "window", "report", "finding"}
undone = []  # what could not be checked


class Broken(Exception):
    pass


def need(holds, place, what):
    if not holds:
        raise Broken(f"{place}: {what}")


def sha(data):
    return hashlib.sha256(data).digest()


class Tree:
    """RFC 6962, leaf by leaf: the roots of the full subtrees, largest first."""

    def __init__(self, leaves=()):
        self.size, self.peaks = 0, []
        for leaf in leaves:
            self.add(leaf)

    def add(self, leaf):
        n = self.size
        while n & 1:
            leaf, n = sha(b"\x01" + self.peaks.pop() + leaf), n >> 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self):
        if not self.peaks:
            return sha(b"")
        top = self.peaks[-1]
        for left in reversed(self.peaks[:-1]):
            top = sha(b"\x01" + left + top)
        return top


def canonical(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def strict(data, place):
    """Parses canonical JSON: what would be written otherwise does not hold."""
    try:
        value = json.loads(data.decode(), parse_constant=lambda c: None)
        need(canonical(value) == data, place, "is not canonical JSON")
    except (ValueError, UnicodeError) as e:
        raise Broken(f"{place}: {e}")
    return value


def b64(text, place):
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text, place, "base64 with unused bits")
    return data


class Key:
    def __init__(self, text):
        self.text = text.strip()
        self.name, self.id, key = self.text.split("+", 2)
        key = b64(key, "key")
        need(key[:1] == b"\x01" and len(key) == 33, "key", "is no Ed25519 key")
        need(sha(self.name.encode() + b"\n" + key)[:4].hex() == self.id, "key", "its id is not that of its bytes")
        self.public = Ed25519PublicKey.from_public_bytes(key[1:])

    def checkpoint(self, note, place):
        """Checks a signed note and returns the size and the root that it says."""
        try:
            text, signature = note.decode().split("\n\n")
            match = re.fullmatch("— (\\S+) (\\S+)\n", signature)
            signed = b64(match[2], place)
            need(match[1] == self.name and signed[:4].hex() == self.id, place, "its note is signed by another key")
            self.public.verify(signed[4:], (text + "\n").encode())
            origin, size, hash = text.split("\n")
        except (ValueError, TypeError, InvalidSignature) as e:
            raise Broken(f"{place}: its note does not verify: {e!r}")
        need(origin == self.name and str(int(size)) == size, place, "its note is not of this trail")
        return int(size), b64(hash, place)


def log(trail, given):
    """Reads the entries; every note is checked against the tree below it."""
    named = strict((trail / "trail.json").read_bytes(), "trail.json")
    names = sorted(p.name for p in (trail / "log").iterdir())
    need(names == [f"{n:012d}" for n in range(len(names))] and names, "log/", "has a hole, or a name that is no number")
    key, tree, before, entries, roots = given, Tree(), "", [], [sha(b"")]
    for n, name in enumerate(names):
        place = f"log/{name}"
        entry, _, note = (trail / "log" / name).read_bytes().partition(b"\n")
        e = strict(entry, place)
        need(len(entry) < 4096 and e.get("v") == "1" and e.get("type") in TYPES, place, "is no entry of format 1")
        need((e["type"] == "genesis") == (n == 0), place, "the genesis is the first entry and no other")
        key = key or Key(e["key"])
        need(n or e["key"] == key.text and named == {"format": "1", "origin": key.name} and e["origin"] == key.name, place, "another key or origin")
        need(e["time"] >= before, place, "is earlier than the entry before it")
        before = e["time"]
        tree.add(sha(b"\x00" + entry))
        roots.append(tree.root())
        need(key.checkpoint(note, place) == (n + 1, roots[-1]), place, "its note is not that of the entries up to it")
        entries.append(e)
    return key, roots, entries


def rendering(trail, key, roots):
    if (trail / "checkpoint").exists():
        size, hash = key.checkpoint((trail / "checkpoint").read_bytes(), "checkpoint")
        need(size < len(roots) and hash == roots[size], "checkpoint", "is no state of the log")


def read(trail, f, place):
    """Reads a file that an entry names; None where it is missing."""
    try:
        data = (trail / f["path"]).read_bytes()
    except FileNotFoundError:
        undone.append(f"{place}: {f['path']} is missing")
        return None
    need(len(data) == int(f.get("size", 0)) and sha(data).hex() == f["sha256"], f"{place}: {f['path']}", "has another size or SHA-256")
    return data


def unpack(data, place):
    if data[:2] == b"\x1f\x8b":
        return gzip.decompress(data)
    if data[:3] == b"BZh":
        return bz2.decompress(data)
    if data[:4] == b"\x28\xb5\x2f\xfd":
        try:
            from compression import zstd  # Python 3.14
        except ImportError:
            undone.append(f"{place}: zstd is not supported here")
            return None
        return zstd.decompress(data)
    return data


def evidence(archive, lines, e, place):
    """Checks the originals and evidence.root; returns the salt of each record, by (uri, ordinal)."""
    z = zipfile.ZipFile(io.BytesIO(archive))
    for line in lines:
        if "name" in line:
            need(sha(z.read(line["name"])).hex() == line["sha256"], f"{place}: {line['uri']}", "its bytes are not those of the objects file")
    tree, salts, states, current, ordinal = Tree(), {}, {}, None, 0
    for r in csv.DictReader(io.TextIOWrapper(z.open("records.csv"), newline="")):
        if r["object"] != current:
            current, ordinal = r["object"], 0
            line = lines[int(current)]
            stream = unpack(z.read(line["name"]), f"{place}: {line['uri']}")
        offset, length, salt = int(r["offset"]), int(r["length"]), bytes.fromhex(r["salt"])
        if stream is None:
            return None
        need(offset + length <= len(stream) and len(salt) == 16, f"{place}: {line['uri']}: record {ordinal}", "its range or salt")
        context = sha(z.read("contexts/" + r["context"])) if r["context"] else bytes(32)
        raw = sha(stream[offset : offset + length])
        tree.add(sha(b"\x00" + salt + context + raw))
        salts[line["uri"], ordinal] = salt, raw.hex()
        states[r["state"]] = states.get(r["state"], 0) + 1
        ordinal += 1
    need(tree.size == int(e["evidence"].get("records", 0)) and tree.root().hex() == e["evidence"]["root"], f"{place}: {e['evidence']['path']}", "its records or their root")
    for line in lines:  # known objects read again are counted, and have no records here
        if "reread" in line:
            states["duplicate"] = states.get("duplicate", 0) + int(line["counters"]["duplicate"])
    for state in ("accepted", "duplicate", "conflict", "skipped", "rejected"):
        need(states.get(state, 0) == int(e["counts"].get(state, 0)), f"{place}: {e['evidence']['path']}", f"has another number of {state} records than the entry")
    return salts


def parquet(data):
    """Gives the canonical rows of a table from the file alone."""
    import pyarrow as pa, pyarrow.parquet as pq
    table = pq.read_table(io.BytesIO(data))
    def text(value, kind):
        if pa.types.is_timestamp(kind):
            return value.strftime("%Y-%m-%dT%H:%M:%S.%f").rjust(26, "0") + "Z"
        return str(value).lower() if pa.types.is_boolean(kind) else value if pa.types.is_list(kind) else str(value)
    columns = [(name, table.schema.field(name).type, table.column(name).to_pylist()) for name in table.column_names]
    return [{n: text(v[i], k) for n, k, v in columns if v[i] is not None and v[i] != []} for i in range(table.num_rows)]


def rows(found, salts, t, place):
    tree = Tree()
    for row in found:
        at = f"{place}: {t['path']}: row {tree.size}"
        salt, raw = salts.get((row["agenttrail.evidence.uri"], int(row["agenttrail.evidence.index"])), (None, None))
        need(salt is not None and row["event.hash"] == raw, at, "finds no record in the evidence")
        tree.add(sha(b"\x00" + salt + canonical(row)))
    need(tree.size == int(t["rows"]) and tree.root().hex() == t["root"], f"{place}: {t['path']}", "its rows or their root")


def batch(trail, n, e, given):
    place = f"entry {n}"
    objects, archive = read(trail, e["objects"], place), read(trail, e["evidence"], place)
    tables = [(t, read(trail, t, place)) for t in e.get("tables", [])]
    if objects is None or archive is None:
        return
    lines = [strict(line, f"{place}: {e['objects']['path']}") for line in objects.splitlines()]
    need(len(lines) == int(e["objects"].get("count", 0)), place, "the objects file has another number of lines")
    salts = evidence(archive, lines, e, place)
    for t, data in tables:
        if data is None or salts is None:
            continue
        try:
            found = given.get((n, t["name"]), []) if given is not None else parquet(data)
        except ImportError:
            undone.append(f"{place}: {t['path']}: the root of its rows, which needs --rows or pyarrow")
            continue
        rows(found, salts, t, place)


def verify(trail, key, given):
    key, roots, entries = log(trail, key)
    rendering(trail, key, roots)
    for n, e in enumerate(entries):
        if e["type"] == "batch":
            batch(trail, n, e, given)
        elif e["type"] == "policy" and e.get("sha256"):
            read(trail, {"path": "policy/" + e["sha256"], **e}, f"entry {n}")
        elif e["type"] == "report":
            for f in e.get("files", []):
                read(trail, f, f"entry {n}")
        elif e["type"] == "finding":
            read(trail, e["statement"], f"entry {n}")
    return key, len(entries), roots[-1].hex()


def climb(leaf, n, size, path, place):
    """Returns the root that a path leads to from leaf n of size."""
    path = [bytes.fromhex(h) for h in path]
    need(0 <= n < size, place, "its place lies outside the tree")
    while size > 1:
        if n ^ 1 < size:
            need(path, place, "its path is too short")
            other = path.pop(0)
            leaf = sha(b"\x01" + (other + leaf if n & 1 else leaf + other))
        n, size = n // 2, (size + 1) // 2
    need(not path, place, "its path is too long")
    return leaf


def lines_of(data, place):
    need(not data or data.endswith(b"\n"), place, "ends in the middle")
    return [strict(line, f"{place}: line {n}") for n, line in enumerate(data.splitlines(), 1)]


def signed(files, key):
    """Checks the note of a bundle, and that its entries lead to it."""
    own = Key(files["verifier.txt"].decode())
    need(not key or key.text == own.text, "verifier.txt", "the bundle is of another key")
    size, hash = own.checkpoint(files["note.txt"], "note.txt")
    entries = {}
    for said in lines_of(files["entries.jsonl"], "entries.jsonl"):
        n, e = int(said["number"]), said["entry"]
        place = f"entries.jsonl: entry {n}"
        need(n not in entries and e.get("v") == "1" and e.get("type") in TYPES, place, "stands there twice, or is no entry of format 1")
        need(climb(sha(b"\x00" + canonical(e)), n, size, said.get("path", []), place) == hash, place, "does not lead to the note")
        entries[n] = e
    need(entries.get(0, {}).get("key") == own.text, "entries.jsonl", "entry 0 is missing or names another key")
    need(entries.get(size - 1, {}).get("type") == "report", "entries.jsonl", "the newest entry is not the report's")
    return own, size, hash, entries


def receipt(entries, n, before, place):
    """Returns what a receipt says of its table of actions."""
    tables = {t["name"]: t for t in entries.get(n, {}).get("tables", [])}
    need("actions" in tables and n < before, place, f"entry {n} is no receipt of the bundle that the report could read")
    return tables["actions"]


def leaf(said):
    return sha(b"\x00" + bytes.fromhex(said["salt"]) + canonical(said["action"]))


def bundle(path, key):
    with zipfile.ZipFile(path) as z:
        names = z.namelist()
        need(names == sorted(set(names)), "bundle", "a file stands there twice, or out of order")
        files = {name: z.read(name) for name in names}
    missing = [n for n in ("verifier.txt", "note.txt", "entries.jsonl", "report.pdf", "issue.json") if n not in files]
    if missing:
        raise OSError(f"{missing[0]} is missing")
    key, size, hash, entries = signed(files, key)
    report = entries[size - 1]
    for name in ("report.pdf", "issue.json"):
        hashes = {f["sha256"] for f in report["files"] if (f["path"].rsplit("/", 1)[1] == "issue.json") == (name == "issue.json")}
        need(sha(files[name]).hex() in hashes, name, "is not the file that the ledger names")
    vouched = {"verifier.txt", "note.txt", "entries.jsonl", "report.pdf", "issue.json"}
    before = int(report["before"])
    for f in strict(files["issue.json"], "issue.json").get("bundle", []):
        name, data = f["path"], files.get(f["path"])
        if name.startswith("actions/"):
            beside = path.parent / (path.stem + "-actions") / name
            data = beside.read_bytes() if beside.is_file() else None
        if data is None:
            undone.append(f"{name} is missing: withheld or lost")
            continue
        need(sha(data).hex() == f["sha256"] and len(data) == int(f.get("size", 0)), name, "is not the file that issue.json names")
        vouched.add(name)
        if name.startswith("actions/"):
            t = receipt(entries, int(name[8:20]), before, name)
            tree = Tree(leaf(said) for said in lines_of(data, name))
            need(tree.size == int(t["rows"]) and tree.root().hex() == t["root"], name, "its rows do not have the root of the receipt")
    proofs = lines_of(files.get("proofs.jsonl", b""), "proofs.jsonl")
    for n, said in enumerate(proofs, 1):
        place = f"proofs.jsonl: line {n}"
        t = receipt(entries, int(said["entry"]), before, place)
        need(climb(leaf(said), int(said["row"]), int(t["rows"]), said.get("path", []), place).hex() == t["root"], place, "does not lead to its receipt")
    policies = {e.get("sha256") for e in entries.values() if e["type"] == "policy"}
    for name in files:
        need(name in vouched, name, "nothing names it")
        if name.startswith("policy/"):
            need(sha(files[name]).hex() == name[7:] and name[7:] in policies, name, "no entry put it in force")
    print(f"{report['id']}: {len(files)} files, {len(entries)} entries, {len(proofs)} cited actions lead to the note")
    return key, size, hash.hex()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("trail", type=pathlib.Path, help="folder of a trail, or a bundle")
    p.add_argument("--key", help="verifier key, or a file that holds it")
    p.add_argument("--rows", help="canonical rows, a line each: {\"receipt\", \"row\"}, and \"table\" for one that is not actions")
    a = p.parse_args()
    given = None
    try:
        key = a.key and Key(pathlib.Path(a.key).read_text() if pathlib.Path(a.key).is_file() else a.key)
        if a.rows:
            given = {}
            for line in pathlib.Path(a.rows).read_bytes().splitlines():
                said = strict(line, a.rows)
                given.setdefault((int(said["receipt"]), said.get("table", "actions")), []).append(said["row"])
        key_used, size, hash = bundle(a.trail, key) if a.trail.is_file() else verify(a.trail, key, given)
    except (Broken, KeyError, IndexError, ValueError, EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as e:
        print(f"DOES NOT HOLD: {e if isinstance(e, Broken) else repr(e)}")
        return 1
    except OSError as e:
        print(f"NOT CHECKED: {e}")
        return 3
    print(f"{size} entries of {key_used.name}, root {hash}")
    if a.trail.is_dir():
        print(f"rows: from {a.rows or 'the Parquet files'}")
    if not key:
        undone.append("the key is known from the trail or bundle alone: compare " + key_used.text)
    for what in undone:
        print("NOT CHECKED:", what)
    print("holds, as far as it was checked" if undone else "holds")
    return 3 if undone else 0


if __name__ == "__main__":
    sys.exit(main())
