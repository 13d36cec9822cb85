package bundle

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"agenttrail"
	"agenttrail/internal/strictjson"
	"agenttrail/internal/trail"
	"agenttrail/internal/trail/ledger"
)

// Options say how a bundle is verified.
type Options struct {
	Key    string // verifier key that was given; empty: the one that lies in the bundle
	Beside fs.FS  // where the files that stand beside the bundle are looked for, by their names; nil: nowhere
}

// A Result says what was verified and found to hold.
type Result struct {
	agenttrail.Cite                   // the state that the note signs; Time is that of the report's entry
	KeyGiven        bool              // the key came from outside the bundle
	Number          int64             // of the report's entry
	Report          agenttrail.Report // as the ledger has it
	Entries         int               // that lead to the note
	Files           int               // whose hashes are those that issue.json or an entry states
	Proofs          int               // cited actions that lead to the note
	Rows            int64             // actions of the files beside the bundle, all under the roots of their receipts
	Missing         []string          // files that issue.json names and that are not there: withheld or lost
}

// maxBundle bounds what is unpacked: files of more bytes than this are refused, so that a hostile ZIP cannot fill the memory.
const maxBundle = 4 << 30

// Verify checks a bundle without its trail. The error is a *trail.Broken that names the first place that does not hold, or a *trail.Incomplete. Missing files
// are no error: what is there holds, and the caller says what is not.
func Verify(r io.ReaderAt, size int64, o Options) (*Result, error) {
	v := &verifier{o: o, files: map[string][]byte{}, used: map[string]bool{}, entries: map[int64]agenttrail.Entry{}}
	if err := v.unzip(r, size); err != nil {
		return nil, err
	}
	for _, step := range []func() error{v.key, v.ledger, v.report, v.named, v.policies, v.proofs, v.nothingElse} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return &v.result, nil
}

type verifier struct {
	o       Options
	files   map[string][]byte
	used    map[string]bool // files that something vouches for
	note    *ledger.Verifier
	entries map[int64]agenttrail.Entry
	result  Result
}

func broken(place, format string, args ...any) error {
	return &trail.Broken{Place: place, Err: fmt.Errorf(format, args...)}
}

func sum(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}

// unzip takes the files out. Names stand in byte order, each once.
func (v *verifier) unzip(r io.ReaderAt, size int64) error {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return &trail.Broken{Place: "bundle", Err: err}
	}
	left, before := int64(maxBundle), ""
	for _, f := range z.File {
		if f.Name <= before {
			return broken(f.Name, "it stands in the ZIP twice, or out of order")
		}
		before = f.Name
		data, err := unzipOne(f, left)
		if err != nil {
			return &trail.Broken{Place: f.Name, Err: err}
		}
		left -= int64(len(data))
		v.files[f.Name] = data
	}
	return nil
}

func unzipOne(f *zip.File, most int64) (data []byte, err error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if data, err = io.ReadAll(io.LimitReader(r, most+1)); err == nil && int64(len(data)) > most {
		err = fmt.Errorf("the bundle unpacks to more than %d bytes", int64(maxBundle))
	}
	return data, err
}

// need returns a file that every bundle has.
func (v *verifier) need(name string) ([]byte, error) {
	data, ok := v.files[name]
	if !ok {
		return nil, &trail.Incomplete{Place: name, Err: errors.New("the file is missing")}
	}
	v.used[name] = true
	return data, nil
}

// key takes the verifier key: the one that was given, which the bundle must name too.
func (v *verifier) key() error {
	data, err := v.need(Key)
	if err != nil {
		return err
	}
	own, ended := strings.CutSuffix(string(data), "\n")
	v.result.KeyGiven = v.o.Key != ""
	switch {
	case !ended:
		return broken(Key, "it is no line")
	case v.o.Key != "" && v.o.Key != own:
		return broken(Key, "the bundle is of another key than the one that was given: %q", own)
	}
	if v.note, err = ledger.NewVerifier(own); err != nil {
		return &trail.Broken{Place: Key, Err: err}
	}
	return nil
}

// ledger checks the note, and that every entry of the bundle leads to it.
func (v *verifier) ledger() error {
	note, err := v.need(Note)
	if err != nil {
		return err
	}
	if v.result.Cite, err = v.note.Open(note); err != nil {
		return &trail.Broken{Place: Note, Err: err}
	}
	data, err := v.need(Entries)
	if err != nil {
		return err
	}
	last := int64(-1)
	err = eachLine(data, func(line []byte, said strictjson.Value) error {
		n, ok := said.Get("number").Int64()
		if !ok || n <= last {
			return errors.New("its entry stands there twice, or out of order")
		}
		last = n
		path, err := parsePath(said.Get("path"))
		if err != nil {
			return err
		}
		entry := said.Get("entry").Raw()
		again := append(appendPath(appendNumber(append([]byte(`{"entry":`), entry...), "number", n), path), '}')
		if string(again) != string(line) {
			return errors.New("it is not as it is written")
		}
		v.entries[n], err = ledger.CheckEntry(entry, n, path, v.result.Cite)
		return err
	})
	if err != nil {
		return &trail.Broken{Place: Entries, Err: err}
	}
	if g := v.entries[0].Genesis; g == nil || g.Key != v.note.Key() || g.Origin != v.note.Origin() {
		return broken(Entries, "entry 0 is not there, or names another key")
	}
	v.result.Entries = len(v.entries)
	return nil
}

// report checks that the newest entry says that this report was issued, and that the PDF and issue.json are the files that it names.
func (v *verifier) report() error {
	v.result.Number = v.result.Size - 1
	e := v.entries[v.result.Number]
	if e.Report == nil {
		return broken(Entries, "entry %d, the newest below the note, is not the report's", v.result.Number)
	}
	v.result.Report, v.result.Time = *e.Report, e.Time
	for _, name := range []string{PDF, Issue} {
		data, err := v.need(name)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(e.Report.Files, func(f agenttrail.File) bool {
			return f.SHA256 == sum(data) && f.Size == int64(len(data)) && (name == Issue) == strings.HasSuffix(f.Path, "/"+Issue)
		}) {
			return broken(name, "its SHA-256 is %s, which entry %d does not name", sum(data), v.result.Number)
		}
		v.result.Files++
	}
	return nil
}

// named checks the files that issue.json names, in the bundle and beside it.
func (v *verifier) named() error {
	said, err := strictjson.Parse(v.files[Issue])
	if err != nil {
		return &trail.Broken{Place: Issue, Err: err}
	}
	said.Get("bundle").Each(func(item strictjson.Value) bool {
		f := agenttrail.File{Path: item.Get("path").Str(), SHA256: item.Get("sha256").Str()}
		f.Size, _ = item.Get("size").Int64()
		err = v.namedFile(f)
		return err == nil
	})
	return err
}

func (v *verifier) namedFile(f agenttrail.File) error {
	if strings.HasPrefix(f.Path, Actions) {
		return v.beside(f)
	}
	data, ok := v.files[f.Path]
	if !ok {
		v.result.Missing = append(v.result.Missing, f.Path)
		return nil
	}
	if got := sum(data); got != f.SHA256 || int64(len(data)) != f.Size {
		return broken(f.Path, "%d bytes with the SHA-256 %s, %s says %d with %s", len(data), got, Issue, f.Size, f.SHA256)
	}
	v.used[f.Path] = true
	v.result.Files++
	return nil
}

// policies checks that each policy file is the one that an entry put in force.
func (v *verifier) policies() error {
	for _, name := range slices.Sorted(maps.Keys(v.files)) {
		sha, ok := strings.CutPrefix(name, Policies)
		if !ok {
			continue
		}
		if sum(v.files[name]) != sha {
			return broken(name, "it holds other bytes than its name says")
		}
		if !slices.ContainsFunc(slices.Collect(maps.Values(v.entries)), func(e agenttrail.Entry) bool { return e.Policy != nil && e.Policy.SHA256 == sha }) {
			return broken(name, "no entry of the bundle put it in force")
		}
	}
	return nil
}

// proofs checks that every cited action leads to the root of its receipt.
func (v *verifier) proofs() error {
	before := v.result.Report.Before
	err := eachLine(v.files[Proofs], func(line []byte, said strictjson.Value) error {
		p, err := parseProof(line, said)
		if err != nil {
			return err
		}
		t, err := v.table(p.Receipt, before)
		if err != nil {
			return err
		}
		v.result.Proofs++
		return p.Check(t)
	})
	if err != nil {
		return &trail.Broken{Place: Proofs, Err: err}
	}
	return nil
}

// table is the table of actions of a receipt that the report could read.
func (v *verifier) table(receipt, before int64) (*agenttrail.TableFile, error) {
	b := v.entries[receipt].Batch
	switch {
	case b == nil || b.Table(agenttrail.TableActions) == nil:
		return nil, fmt.Errorf("entry %d is not in the bundle, or no receipt of actions", receipt)
	case receipt >= before:
		return nil, fmt.Errorf("entry %d is not below %d, which the report was made from", receipt, before)
	}
	return b.Table(agenttrail.TableActions), nil
}

// nothingElse refuses a file that nothing vouches for.
func (v *verifier) nothingElse() error {
	for _, name := range slices.Sorted(maps.Keys(v.files)) {
		if !v.used[name] {
			return broken(name, "neither the ledger nor %s names it", Issue)
		}
	}
	return nil
}
