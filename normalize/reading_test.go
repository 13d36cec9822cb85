package normalize

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"agenttrail"
	"agenttrail/internal/strictjson"
	"agenttrail/internal/unpack"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A seen record is a copy of what a test compares.
type seen struct {
	Offset, Length int64
	State, Why     string
	Raw            string
	Actions        int
}

// readAll collects the records of an object.
func readAll(f Format, data []byte) (list []seen, err error) {
	err = f.Read(&agenttrail.Object{URI: "file:test"}, bytes.NewReader(data), func(r *agenttrail.Record) error {
		if r.Ordinal != int64(len(list)) {
			return fmt.Errorf("record %d has ordinal %d", len(list), r.Ordinal)
		}
		list = append(list, seen{r.Offset, r.Length, r.State.String(), r.Why, strings.Clone(string(r.Raw)), len(r.Actions)})
		return nil
	})
	return list, err
}

func mapping(t testing.TB, text string) Format {
	t.Helper()
	m, mistakes := LoadMapping("test.yaml", []byte(text))
	if len(mistakes) > 0 {
		t.Fatalf("LoadMapping(%s) = %v; want no mistakes", text, mistakes)
	}
	f, err := Lookup("generic", Options{Mapping: m})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

const anyTime = "fields:\n  \"@timestamp\": {pointer: /t}\n"

const oneAction = `{"t":"2026-11-02T10:00:00Z"}`

func TestLines(t *testing.T) {
	f := mapping(t, "dataset: test\nframing: lines\n"+anyTime)
	good := func(offset int64) seen { return seen{offset, int64(len(oneAction)), "accepted", "", oneAction, 1} }
	for _, c := range []struct {
		name, in string
		want     []seen
	}{
		{"empty", "", nil},
		{"no final newline", oneAction, []seen{good(0)}},
		{"CRLF", oneAction + "\r\n" + oneAction + "\r\n", []seen{good(0), good(30)}},
		{"BOM", "\xef\xbb\xbf" + oneAction + "\n", []seen{good(3)}},
		{"blank lines", "\n \t\r\n" + oneAction + "\n\n", []seen{good(5)}},
		{"spaces around", "  " + oneAction + " \n", []seen{{0, 31, "accepted", "", "  " + oneAction + " ", 1}}},
		{"NUL", "\x00\n" + oneAction, []seen{{0, 1, "rejected", RejectSyntax, "\x00", 0}, good(2)}},
		{"BOM inside", oneAction + "\n\xef\xbb\xbf" + oneAction + "\n" + oneAction, []seen{good(0), {29, 31, "rejected", RejectSyntax, "\xef\xbb\xbf" + oneAction, 0}, good(61)}},
		{"UTF-16", "\xff\xfe{\x00}\x00\n\x00", []seen{{0, 6, "rejected", RejectUTF16, "\xff\xfe{\x00}\x00", 0}, {7, 1, "rejected", RejectUTF16, "\x00", 0}}},
		{"no object", "[]\nnull\n" + oneAction, []seen{{0, 2, "rejected", RejectNoObject, "[]", 0}, {3, 4, "rejected", RejectNoObject, "null", 0}, good(8)}},
	} {
		got, err := readAll(f, []byte(c.in))
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: Read(%q), err %v (-want +got):\n%s", c.name, c.in, err, diff)
		}
	}
}

// TestLongLine: a line over the limit is one reject of as many bytes as the limit has, and its neighbours are read.
func TestLongLine(t *testing.T) {
	f := mapping(t, "dataset: test\nframing: lines\n"+anyTime)
	long := `{"x":"` + strings.Repeat("a", maxRecord+1000) + `"}`
	for _, c := range []struct {
		name, in string
		states   []string
	}{
		{"between two", oneAction + "\n" + long + "\n" + oneAction, []string{"", RejectTooLong, ""}},
		{"at the end", oneAction + "\n" + long, []string{"", RejectTooLong}},
		{"exactly the limit", strings.Repeat(" ", maxRecord-len(oneAction)) + oneAction + "\n" + oneAction, []string{"", ""}},
		{"one byte more", strings.Repeat(" ", maxRecord-len(oneAction)+1) + oneAction + "\n" + oneAction, []string{RejectTooLong, ""}},
	} {
		var got []string
		err := f.Read(&agenttrail.Object{}, strings.NewReader(c.in), func(r *agenttrail.Record) error {
			got = append(got, r.Why)
			if r.Length > maxRecord || string(r.Raw) != c.in[r.Offset:r.Offset+r.Length] {
				t.Errorf("%s: record %d has %d bytes that are not those of the stream at %d", c.name, r.Ordinal, r.Length, r.Offset)
			}
			return nil
		})
		if diff := cmp.Diff(c.states, got); diff != "" || err != nil {
			t.Errorf("%s: reasons of the records, err %v (-want +got):\n%s", c.name, err, diff)
		}
	}
}

func TestArray(t *testing.T) {
	object := mapping(t, "dataset: test\nframing: object:/data/items\n"+anyTime)
	bare := mapping(t, "dataset: test\nframing: array\n"+anyTime)
	for _, c := range []struct {
		name, in string
		f        Format
		records  int
		err      string // part of the error; empty: none
	}{
		{"empty stream", "", object, 0, ""},
		{"white space", " \n", bare, 0, ""},
		{"empty array", "[ ]", bare, 0, ""},
		{"one", "[" + oneAction + "]", bare, 1, ""},
		{"BOM", "\xef\xbb\xbf[" + oneAction + "]\n", bare, 1, ""},
		{"members around", `{"a":[1,{"data":2}],"data":{"x":"]}","items":[` + oneAction + ` , ` + oneAction + `],"y":1e400},"z":null} `, object, 2, ""},
		{"escaped name", `{"d\u0061ta":{"items":[` + oneAction + `]}}`, object, 1, ""},
		{"quotes in text", `[{"t":"2026-11-02T10:00:00Z","x":"\\\"],{\\"}]`, bare, 1, ""},
		{"no object inside", `[1,"a",null,` + oneAction + `]`, bare, 4, ""},
		{"deep element", "[" + strings.Repeat("[", 100) + strings.Repeat("]", 100) + "," + oneAction + "]", bare, 2, ""},
		{"deep and broken", "[" + strings.Repeat("[", 100) + "}" + strings.Repeat("]", 99) + "]", bare, 0, "offset 101: expected a value"},
		{"absent", `{"data":{"item":[]}}`, object, 0, `no member "items"`},
		{"no array", `{"data":{"items":{}}}`, object, 0, "offset 17: expected '['"},
		{"twice", `{"data":{"items":[],"items":[]}}`, object, 0, `member "items" comes twice`},
		{"twice by case", `{"Data":1,"data":{"items":[]}}`, object, 0, `member "data" comes twice`},
		{"cut", "[" + oneAction, bare, 1, "offset 29: expected ',' or ']'"},
		{"cut inside", "[" + oneAction + `,{"t`, bare, 1, "string without end"},
		{"junk behind", "[" + oneAction + "]x", bare, 1, "offset 30: expected the end"},
		{"second array", "[" + oneAction + "][]", bare, 1, "expected the end"},
		{"broken element", "[" + oneAction + `,{"t":01}]`, bare, 1, "offset 36: expected"},
		{"no comma", "[" + oneAction + oneAction + "]", bare, 1, "offset 29: expected ',' or ']'"},
		{"trailing comma", "[" + oneAction + ",]", bare, 1, "expected a value"},
		{"broken around", `{"a":tru,"data":{"items":[]}}`, object, 0, "expected a value"},
		{"name without colon", `{"data" {"items":[]}}`, object, 0, "expected ':'"},
		{"UTF-16", "\xff\xfe[\x00]\x00", bare, 0, "expected '['"},
	} {
		for _, slow := range []bool{false, true} {
			var r io.Reader = strings.NewReader(c.in)
			if slow {
				r = iotest.OneByteReader(r)
			}
			n := 0
			err := c.f.Read(&agenttrail.Object{}, r, func(r *agenttrail.Record) error {
				n++
				if got := c.in[r.Offset : r.Offset+r.Length]; got != string(r.Raw) {
					t.Errorf("%s: raw %q, stream has %q there", c.name, r.Raw, got)
				}
				return nil
			})
			if n != c.records || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: Read(%q), byte by byte %v = %d records, error %v; want %d, %q", c.name, c.in, slow, n, err, c.records, c.err)
			}
		}
	}
}

// TestElementLimit: an element that does not fit into the window refuses the object; so does a member beside the records.
func TestElementLimit(t *testing.T) {
	f := mapping(t, "dataset: test\nframing: object:/r\n"+anyTime)
	big := `"` + strings.Repeat("a", maxRecord) + `"`
	for _, in := range []string{`{"r":[` + big + `]}`, `{"x":` + big + `,"r":[]}`, `{"r":[` + strings.Repeat("[", maxRecord+1)} {
		if got, err := readAll(f, []byte(in)); err == nil || !strings.Contains(err.Error(), "element is larger than 16777216 bytes") {
			t.Errorf("Read of %d bytes = %d records, error %v; want the limit", len(in), len(got), err)
		}
	}
}

// TestFlatMemory reads a stream of 256 MiB that is made while it is read: the window stays at the size of a few records.
func TestFlatMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 256 MiB")
	}
	element := []byte(`{"eventTime":"2026-11-02T10:00:00Z","x":"` + strings.Repeat("y", 4000) + `"},`)
	const n = 64 << 10
	stream := io.MultiReader(strings.NewReader(`{"Records":[`), &repeat{data: element, left: n}, strings.NewReader(`{"eventTime":"2026-11-02T10:00:00Z"}]}`))
	var biggest, records int
	err := cloudtrail(nil)(&reading{object: &agenttrail.Object{}, yield: func(*agenttrail.Record) error { records++; return nil }}, newWindow(watch{stream, &biggest}))
	if err != nil || records != n+1 {
		t.Fatalf("read %d records, error %v; want %d", records, err, n+1)
	}
	if biggest > 2*readSize {
		t.Errorf("the window asked for %d bytes at once, want at most %d", biggest, 2*readSize)
	}
}

type repeat struct {
	data []byte
	left int
	at   int
}

func (r *repeat) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.data[r.at:])
	if r.at += n; r.at == len(r.data) {
		r.at, r.left = 0, r.left-1
	}
	return n, nil
}

type watch struct {
	io.Reader
	biggest *int
}

func (w watch) Read(p []byte) (int, error) {
	*w.biggest = max(*w.biggest, len(p))
	return w.Reader.Read(p)
}

func TestCSV(t *testing.T) {
	f := mapping(t, "dataset: test\nframing: csv\nid: {column: id}\nfields:\n  \"@timestamp\": {column: t, layout: unix}\n  event.action: {column: what}\n")
	head := "t,id,what\n"
	ok := func(offset int64, raw string) seen { return seen{offset, int64(len(raw)), "accepted", "", raw, 1} }
	bad := func(offset int64, raw, why string) seen {
		return seen{offset, int64(len(raw)), "rejected", why, raw, 0}
	}
	for _, c := range []struct {
		name, in string
		want     []seen
		err      string
	}{
		{"empty", "", nil, ""},
		{"header only", head, nil, ""},
		{"rows", head + "1,a,x\r\n\r\n2,b,\n3,c,z", []seen{ok(10, "1,a,x"), ok(19, "2,b,"), ok(24, "3,c,z")}, ""},
		{"quotes", head + "1,a,\"x, \"\"y\"\"\nz\"\n2,b,y\n", []seen{ok(10, "1,a,\"x, \"\"y\"\"\nz\""), ok(27, "2,b,y")}, ""},
		{"quoted before CRLF", head + "1,a,\"x\"\r\n2,b,y\n", []seen{ok(10, `1,a,"x"`), ok(19, "2,b,y")}, ""},
		{"columns", head + "1,a\n2,b,y,z\n3,c,x\n", []seen{bad(10, "1,a", RejectColumns), bad(14, "2,b,y,z", RejectColumns), ok(22, "3,c,x")}, ""},
		{"quote inside", head + "1,a,x\"y\n2,b,y\n", []seen{bad(10, "1,a,x\"y", RejectQuote), ok(18, "2,b,y")}, ""},
		{"text behind quote", head + "1,a,\"x\"y\"\n2,b,y\n", []seen{bad(10, "1,a,\"x\"y\"", RejectQuote), ok(20, "2,b,y")}, ""},
		{"never closes", head + "1,a,\"x\n2,b,y\n3,c,z", []seen{bad(10, "1,a,\"x", RejectQuote), ok(17, "2,b,y"), ok(23, "3,c,z")}, ""},
		{"BOM", "\xef\xbb\xbf" + head + "1,a,x", []seen{ok(13, "1,a,x")}, ""},
		{"bad time", head + "soon,a,x", []seen{bad(10, "soon,a,x", RejectTime)}, ""},
		{"no time", head + ",a,x", []seen{bad(10, ",a,x", RejectNoTime)}, ""},
		{"column missing", "t,id\n1,a\n", nil, `header: no column "what"; the columns are ["t" "id"]`},
		{"column twice", "t,id,what,id\n", nil, `header: two columns are called "id"`},
		{"header broken", "t,\"id\n", nil, "header: a quote opens in this line and never closes"},
		{"UTF-16", "\xff\xfet\x00", nil, "UTF-16"},
	} {
		for _, slow := range []bool{false, true} {
			var got []seen
			var r io.Reader = strings.NewReader(c.in)
			if slow {
				r = iotest.OneByteReader(r)
			}
			err := f.Read(&agenttrail.Object{}, r, func(r *agenttrail.Record) error {
				got = append(got, seen{r.Offset, r.Length, r.State.String(), r.Why, strings.Clone(string(r.Raw)), len(r.Actions)})
				if want := strings.TrimSuffix(head, "\n"); string(r.Context) != want {
					t.Errorf("%s: context %q, want the header %q", c.name, r.Context, want)
				}
				return nil
			})
			if diff := cmp.Diff(c.want, got); diff != "" || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: Read(%q), error %v, want %q (-want +got):\n%s", c.name, c.in, err, c.err, diff)
			}
		}
	}
}

// TestCSVCells: what encoding of cells means.
func TestCSVCells(t *testing.T) {
	for _, c := range []struct {
		in    string
		want  []string
		clean bool
	}{
		{"", []string{""}, true},
		{"a,b", []string{"a", "b"}, true},
		{`"a","b,""c"""`, []string{"a", `b,"c"`}, true},
		{",", []string{"", ""}, true},
		{`"",x`, []string{"", "x"}, true},
		{"a\xff,b", []string{`a\xff`, "b"}, false},
		{"\"a\nb\",c", []string{"a\nb", "c"}, true},
	} {
		got, clean := appendCells(nil, []byte(c.in))
		if diff := cmp.Diff(c.want, got); diff != "" || clean != c.clean {
			t.Errorf("appendCells(%q) = %q, clean %v; want %q, %v", c.in, got, clean, c.want, c.clean)
		}
	}
}

// TestUnpacked: the bytes as delivered may be compressed; a stream that ends in the middle refuses the object, whatever it gave before.
func TestUnpacked(t *testing.T) {
	f := mapping(t, "dataset: test\nframing: lines\n"+anyTime)
	plain := strings.Repeat(oneAction+"\n", 5000)
	packed := gzipped(t, plain)
	if got, err := readAll(f, packed); err != nil || len(got) != 5000 {
		t.Errorf("Read(gzip) = %d records, %v; want 5000", len(got), err)
	}
	if _, err := readAll(f, packed[:len(packed)-9]); !errors.Is(err, unpack.ErrCut) {
		t.Errorf("Read(cut gzip) = %v, want unpack.ErrCut", err)
	}
}

// TestYieldError: the caller may stop.
func TestYieldError(t *testing.T) {
	stop := errors.New("stop")
	for _, path := range allSamples(t) {
		f := lookup(t, filepath.Base(filepath.Dir(path)), path)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		err = f.Read(&agenttrail.Object{}, bytes.NewReader(data), func(*agenttrail.Record) error { n++; return stop })
		if !errors.Is(err, stop) || n != 1 {
			t.Errorf("%s.Read(%s) = %v after %d records; want %v after the first", f.Name, path, err, n, stop)
		}
	}
}

// TestPanic: a mapping that fails on a record rejects it, names the stack by the same hash every time, and the next record is read.
func TestPanic(t *testing.T) {
	var details []string
	for range 2 {
		r := &reading{object: &agenttrail.Object{}, yield: func(r *agenttrail.Record) error {
			details = append(details, r.State.String()+" "+r.Why+" "+r.Detail)
			return nil
		}}
		err := r.json(lines, newWindow(strings.NewReader("{}\n{\"ok\":true}\n")), true, func(r *reading, v strictjson.Value) {
			a := r.action()
			if !v.Get("ok").Exists() {
				panic("no ok in " + v.Get("ok").Str() + "\xff")
			}
			a.Verb = agenttrail.VerbRead
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if !strings.HasPrefix(details[0], `rejected mapper_panic no ok in \xff (stack `) || details[1] != "accepted  " || details[0] != details[2] {
		t.Errorf("records of a mapping that panics = %q; want a reject with the same stack twice, and an accepted record", details)
	}
	if r := (&reading{object: &agenttrail.Object{}, yield: func(*agenttrail.Record) error { return nil }}); r.jsonPiece(piece{raw: []byte("{}")}, nil, true, func(*reading, strictjson.Value) {}) != nil || r.record.Why != RejectPanic {
		t.Errorf("a mapping that says nothing gives %s %q, want a reject", r.record.State, r.record.Why)
	}
}

// TestContextOfObject: what the puller hands over is part of every record's context.
func TestContextOfObject(t *testing.T) {
	for path, want := range map[string]string{
		"../fixtures/agenttrail.approvals/sample.jsonl": "session",
		"../fixtures/aws.cloudtrail/sample.json":        "session",
		"../fixtures/generic/sample-2.csv":              "Issue key,Resolved,Resolution,Approver,Reporter,Created,Agent,Action,System,Target,Limit\nsession",
	} {
		f := lookup(t, filepath.Base(filepath.Dir(path)), path)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		err = f.Read(&agenttrail.Object{Context: []byte("session")}, bytes.NewReader(data), func(r *agenttrail.Record) error {
			if string(r.Context) != want {
				t.Errorf("%s: context %q, want %q", path, r.Context, want)
			}
			return nil
		})
		if err != nil {
			t.Errorf("Read(%s): %v", path, err)
		}
	}
}

func allSamples(t testing.TB) (paths []string) {
	t.Helper()
	for _, f := range Formats() {
		paths = append(paths, samples(t, filepath.Join("..", "fixtures", f.Name))...)
	}
	return paths
}

// TestConservation: whatever bytes come, each record is in a state with its reason, stands where it says, and overlaps no other; and reading again gives
// the same.
func TestConservation(t *testing.T) {
	for _, path := range allSamples(t) {
		f := lookup(t, filepath.Base(filepath.Dir(path)), path)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(filepath.Dir(path))+"/"+filepath.Base(path), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { conserve(t, f, mutate(t, data)) })
		})
	}
}

func mutate(t *rapid.T, data []byte) []byte {
	data = bytes.Clone(data)
	for range rapid.IntRange(0, 4).Draw(t, "mutations") {
		i := rapid.IntRange(0, len(data)).Draw(t, "at")
		n := min(rapid.IntRange(0, 40).Draw(t, "length"), len(data)-i)
		insert := rapid.SampledFrom([]string{"", "\"", "\n", "{", "]", ",", "\\", "\xff", "\x00", "null", "\r\n", "\ufeff", "[[[[", "1e9", "\"a\":1,"}).Draw(t, "insert")
		data = slices.Concat(data[:i], []byte(insert), data[i+n:])
	}
	return data
}

type failer interface {
	Fatalf(format string, args ...any)
}

func conserve(t failer, f Format, data []byte) {
	if kind := plainKind(data); !kind {
		return // compressed by chance
	}
	var counts agenttrail.Counts
	end := int64(0)
	var first []seen
	err := f.Read(&agenttrail.Object{}, bytes.NewReader(data), func(r *agenttrail.Record) error {
		counts.Count(r.State, r.Why)
		if r.Offset < end || r.Length < 0 || r.Offset+r.Length > int64(len(data)) || string(r.Raw) != string(data[r.Offset:r.Offset+r.Length]) {
			t.Fatalf("%s: record %d at %d+%d does not hold the stream's bytes, or overlaps the one before, which ends at %d\n%q", f.Name, r.Ordinal, r.Offset, r.Length, end, data)
		}
		end = r.Offset + r.Length
		if (r.State == agenttrail.Accepted) != (len(r.Actions)+len(r.Grants) > 0) || (r.State == agenttrail.Accepted) != (r.Why == "") || r.Why == RejectPanic {
			t.Fatalf("%s: record %d %q is %s, %d actions, %d grants, why %q %q", f.Name, r.Ordinal, r.Raw, r.State, len(r.Actions), len(r.Grants), r.Why, r.Detail)
		}
		for i := range r.Actions {
			if a := &r.Actions[i]; a.Time.IsZero() || a.Event.Dataset == "" || a.ID != "" || a.Event.Hash != "" {
				t.Fatalf("%s: an action of %q has no time or dataset, or has provenance", f.Name, r.Raw)
			}
		}
		first = append(first, seen{r.Offset, r.Length, r.State.String(), r.Why, "", len(r.Actions)})
		return nil
	})
	if counts.Read != int64(len(first)) || counts.Balance() != 0 {
		t.Fatalf("%s: %d records, counts %+v", f.Name, len(first), counts)
	}
	again, err2 := readAll(f, data)
	for i := range again {
		again[i].Raw = ""
	}
	if fmt.Sprint(err) != fmt.Sprint(err2) || !slices.Equal(first, again) {
		t.Fatalf("%s: reading twice gave %v (%v), then %v (%v)", f.Name, first, err, again, err2)
	}
}

func plainKind(data []byte) bool {
	r, err := unpack.New(bytes.NewReader(data), unpack.Limits{})
	return err == nil && r.Kind() == "plain"
}
