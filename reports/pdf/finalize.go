package pdf

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"agenttrail/reports"
)

// An about is what the file says of itself, guarded.
type about struct {
	title, subject, author, lang, producer string
	when                                   time.Time
	fonts                                  *strings.Replacer
}

// about reads it off the document. The time is that of the ledger state the report was made from.
func (c *canvas) about(producer string) about {
	guard := func(s string) string { return c.faces[sans].guard(head(s, 2000)) }
	return about{
		title: guard(c.title()), subject: guard(c.doc.Subtitle), author: guard(c.doc.Owner), lang: orElse(c.doc.Lang, "en"),
		producer: guard(orElse(producer, "agenttrail")), when: c.doc.AsOf.Time, fonts: c.realNames(),
	}
}

// finalize turns the painter's file into a tagged PDF/A-3 with everything that is not drawn.
func finalize(raw []byte, t *tagger, a about, attached []reports.File) (*file, error) {
	f, err := parse(raw)
	if err != nil {
		return nil, err
	}
	if err := f.repack(a.fonts); err != nil {
		return nil, err
	}
	tree := f.structure(t)
	outlines := f.outlines(t.bookmarks)
	names := f.attach(attached, a.when)
	icc := f.stream("/N 3/Alternate/DeviceRGB", srgb(), true)
	xmp := f.stream("/Type/Metadata/Subtype/XML", a.xmp(), false)
	f.set(f.info, "<</Title%s/Subject%s/Author%s/Creator(agenttrail)/Producer%s/CreationDate%s/ModDate%s>>",
		text(a.title), text(a.subject), text(a.author), text(a.producer), date(a.when), date(a.when))
	f.set(f.root, "<</Type/Catalog/Pages 1 0 R/Version/1.7/Lang%s/MarkInfo<</Marked true>>/StructTreeRoot %d 0 R"+
		"/ViewerPreferences<</DisplayDocTitle true>>/Metadata %d 0 R%s%s/AcroForm<</Fields[%s]/SigFlags 3>>"+
		"/OutputIntents[<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB IEC61966-2.1)/Info(sRGB IEC61966-2.1)/DestOutputProfile %d 0 R>>]>>",
		text(a.lang), tree, xmp, outlines, names, refs(f.fields), icc)
	return f, nil
}

// repack replaces the maps to Unicode, gives the fonts their names and compresses what the painter left plain.
func (f *file) repack(names *strings.Replacer) error {
	cmap := toUnicode()
	for n := 1; n < len(f.objs); n++ {
		dict, data, isStream := bytes.Cut(f.objs[n], []byte("\nstream\n"))
		switch {
		case !isStream && bytes.HasPrefix(dict, []byte("<</Type /Font")):
			f.objs[n] = []byte(names.Replace(string(dict)))
		case isStream && !bytes.Contains(dict, []byte("/Filter")):
			data, whole := bytes.CutSuffix(data, []byte("\nendstream"))
			if !whole {
				return fmt.Errorf("painter's file: stream %d is not whole", n)
			}
			if bytes.HasPrefix(data, []byte("/CIDInit")) {
				data = cmap
			}
			f.objs[n] = streamBody("", data, true)
		}
	}
	return nil
}

// toUnicode maps every code to itself. gofpdf writes one range over all codes, but a range may only hold codes with the same high byte,
// and a block at most 100 ranges.
func toUnicode() []byte {
	var b bytes.Buffer
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n" +
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	for block := 0; block < 256; block += 64 {
		b.WriteString("64 beginbfrange\n")
		for high := block; high < block+64; high++ {
			low := 0
			if high == 0 {
				low = 1 // U+0000 is no character to map to
			}
			fmt.Fprintf(&b, "<%02X%02X> <%02XFF> <%02X%02X>\n", high, low, high, high, low)
		}
		b.WriteString("endbfrange\n")
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return b.Bytes()
}

// subsetTag is the six letters that mark a font as a part of itself.
func subsetTag(name string) string {
	h := sha256.Sum256([]byte(name))
	var b [6]byte
	for i := range b {
		b[i] = 'A' + h[i]%26
	}
	return string(b[:])
}

// attach embeds the files, sorted by name, and returns their keys for the catalog.
func (f *file) attach(files []reports.File, when time.Time) string {
	if len(files) == 0 {
		return ""
	}
	files = slices.Clone(files)
	slices.SortFunc(files, func(a, b reports.File) int { return strings.Compare(a.Name, b.Name) })
	var names []string
	var specs []int
	for _, a := range files {
		body := f.stream(fmt.Sprintf("/Type/EmbeddedFile/Subtype/%s/Params<</Size %d/CheckSum<%x>/CreationDate%s/ModDate%s>>",
			strings.ReplaceAll(a.Type, "/", "#2F"), len(a.Data), md5.Sum(a.Data), date(when), date(when)), a.Data, true)
		name := text(a.Name)
		spec := f.add("<</Type/Filespec/F%s/UF%s/Desc%s/AFRelationship/%s/EF<</F %d 0 R/UF %d 0 R>>>>",
			name, name, text(orElse(a.Description, a.Name)), a.Relation, body, body)
		names = append(names, fmt.Sprintf("%s %d 0 R", name, spec))
		specs = append(specs, spec)
	}
	return "/Names<</EmbeddedFiles<</Names[" + strings.Join(names, " ") + "]>>>>/AF[" + refs(specs) + "]"
}
