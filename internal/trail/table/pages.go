package table

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// The library takes memory for what a page announces before it looks at the page. So pages are looked at here first: a file of a few bytes must
// not be able to ask for the memory of a machine. A Writer ends a row group long before these limits.
const (
	maxPage   = 1 << 30 // bytes of a page when unpacked
	maxValues = 64 << 20
)

// pages reads the bytes of a column chunk and checks what they announce.
func (g *group) pages(c *column, buffer []byte) (window, error) {
	m := &g.meta[c.leaf].MetaData
	w := window{from: m.DataPageOffset}
	if m.DictionaryPageOffset != 0 {
		w.from = m.DictionaryPageOffset
	}
	n := m.TotalCompressedSize
	if w.from < 4 || n < 0 || n > g.size-w.from {
		return w, fmt.Errorf("its pages of %d bytes at %d do not lie in the file of %d", n, w.from, g.size)
	}
	if m.Codec != format.Zstd && m.Codec != format.Uncompressed {
		return w, fmt.Errorf("it is compressed with %s, which this format does not have", m.Codec)
	}
	if int64(cap(buffer)) < n {
		buffer = make([]byte, n)
	}
	w.bytes = buffer[:n]
	if got, err := g.in.ReadAt(w.bytes, w.from); got < len(w.bytes) {
		return w, err
	}
	return w, checkPages(w.bytes, m.Codec == format.Zstd)
}

// A window is a part of a file in memory, at the offsets of the file.
type window struct {
	from  int64
	bytes []byte
}

func (w *window) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(w.bytes).ReadAt(p, off-w.from)
}

func checkPages(b []byte, packed bool) error {
	var protocol thrift.CompactProtocol
	for len(b) > 0 {
		in := protocol.NewReaderFromBytes(b)
		var h format.PageHeader
		if err := thrift.NewDecoder(in).Decode(&h); err != nil {
			return fmt.Errorf("page header: %w", noEOF(err))
		}
		b = b[in.BytesRead():]
		size := int64(h.CompressedPageSize)
		if size < 0 || size > int64(len(b)) {
			return fmt.Errorf("a page of %d bytes where %d are left", size, len(b))
		}
		if err := checkPage(&h, b[:size], packed); err != nil {
			return err
		}
		b = b[size:]
	}
	return nil
}

// noEOF keeps the end of a header from being taken for the end of the pages.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

func checkPage(h *format.PageHeader, b []byte, packed bool) error {
	size, levels := int64(h.UncompressedPageSize), int64(0)
	if size < 0 || size > maxPage {
		return fmt.Errorf("a page of %d bytes when unpacked", size)
	}
	switch d, v := h.DictionaryPageHeader, h.DataPageHeaderV2; {
	case h.Type == format.DictionaryPage && d.Valid:
		if d.V.Encoding != format.Plain || d.V.NumValues < 0 || int64(d.V.NumValues) > size {
			return fmt.Errorf("a dictionary of %d values in %d bytes, encoded as %s", d.V.NumValues, size, d.V.Encoding)
		}
	case h.Type == format.DataPageV2 && v.Valid:
		if v.V.Encoding != format.Plain && v.V.Encoding != format.RLEDictionary {
			return fmt.Errorf("a page is encoded as %s, which this format does not have", v.V.Encoding)
		}
		if v.V.NumValues < 0 || v.V.NumValues > maxValues || v.V.NumNulls < 0 || v.V.NumNulls > v.V.NumValues {
			return fmt.Errorf("a page of %d values, %d of them null", v.V.NumValues, v.V.NumNulls)
		}
		if v.V.RepetitionLevelsByteLength < 0 || v.V.DefinitionLevelsByteLength < 0 {
			return errors.New("a page announces levels of negative length")
		}
		levels = int64(v.V.RepetitionLevelsByteLength) + int64(v.V.DefinitionLevelsByteLength)
		packed = packed && (!v.V.IsCompressed.Valid || v.V.IsCompressed.V)
	default:
		return fmt.Errorf("a page of type %s, which this format does not have", h.Type)
	}
	if levels > int64(len(b)) || levels > size {
		return fmt.Errorf("levels of %d bytes in a page of %d", levels, len(b))
	}
	if !packed {
		return nil
	}
	return checkFrame(b[levels:], uint64(size-levels))
}

// checkFrame sees that b is one zstd frame of size bytes: the decoder keeps to what a frame announces. Small frames announce nothing, but then
// they are one block, which is never large.
func checkFrame(b []byte, size uint64) error {
	var h zstd.Header
	if err := h.Decode(b); err != nil {
		return fmt.Errorf("zstd: %w", noEOF(err))
	}
	if h.Skippable || h.DictionaryID != 0 || h.HasFCS && h.FrameContentSize != size {
		return fmt.Errorf("zstd: the frame does not announce the %d bytes of its page", size)
	}
	b = b[h.HeaderSize:]
	blocks := 0
	for last := false; !last; blocks++ {
		if len(b) < 3 {
			return fmt.Errorf("zstd: %w", io.ErrUnexpectedEOF)
		}
		block := uint32(b[0]) | uint32(binary.LittleEndian.Uint16(b[1:]))<<8
		n := int(block >> 3)
		if block>>1&3 == 1 { // one byte, repeated
			n = 1
		}
		if last = block&1 == 1; len(b) < 3+n {
			return fmt.Errorf("zstd: %w", io.ErrUnexpectedEOF)
		}
		b = b[3+n:]
	}
	if h.HasCheckSum && len(b) == 4 {
		b = nil
	}
	if len(b) > 0 || !h.HasFCS && blocks > 1 {
		return fmt.Errorf("zstd: %d blocks of unknown size, %d bytes behind them", blocks, len(b))
	}
	return nil
}
