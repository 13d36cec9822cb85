package pdf

import (
	"bytes"
	"encoding/binary"
	"math"
)

// srgb builds a small ICC 2.1 display profile: the primaries of sRGB adapted to D50, and its tone curve as a table. Building it saves
// shipping somebody's profile file; the bytes are always the same.
func srgb() []byte {
	tags := []struct {
		name string
		data []byte // nil: shared with the one before
	}{
		{"desc", iccDescription("sRGB (agenttrail)")},
		{"cprt", iccTyped("text", []byte("Public domain\x00"))},
		{"wtpt", iccXYZ(0.9642, 1, 0.8249)},
		{"rXYZ", iccXYZ(0.43607, 0.22249, 0.01392)},
		{"gXYZ", iccXYZ(0.38515, 0.71687, 0.09708)},
		{"bXYZ", iccXYZ(0.14307, 0.06061, 0.71410)},
		{"rTRC", iccCurve()}, {"gTRC", nil}, {"bTRC", nil},
	}
	table := binary.BigEndian.AppendUint32(nil, uint32(len(tags)))
	var data []byte
	at, size := 0, 0
	for _, t := range tags {
		if t.data != nil {
			at, size = 128+4+12*len(tags)+len(data), len(t.data)
			data = append(data, t.data...)
			data = append(data, make([]byte, -len(data)&3)...)
		}
		table = append(table, t.name...)
		table = binary.BigEndian.AppendUint32(table, uint32(at))
		table = binary.BigEndian.AppendUint32(table, uint32(size))
	}
	return bytes.Join([][]byte{iccHeader(128 + len(table) + len(data)), table, data}, nil)
}

func iccHeader(size int) []byte {
	h := make([]byte, 128)
	binary.BigEndian.PutUint32(h, uint32(size))
	binary.BigEndian.PutUint32(h[8:], 0x02100000) // version
	copy(h[12:], "mntrRGB XYZ ")
	copy(h[24:], []byte{0x07, 0xEA, 0, 1, 0, 1}) // 2026-01-01
	copy(h[36:], "acsp")
	copy(h[68:], iccFixed(0.9642, 1, 0.8249)) // D50
	return h
}

// iccFixed writes numbers with 16 bits after the point.
func iccFixed(vs ...float64) (b []byte) {
	for _, v := range vs {
		b = binary.BigEndian.AppendUint32(b, uint32(int32(math.Round(v*65536))))
	}
	return b
}

func iccTyped(kind string, data []byte) []byte {
	return append(append([]byte(kind), 0, 0, 0, 0), data...)
}

func iccXYZ(x, y, z float64) []byte { return iccTyped("XYZ ", iccFixed(x, y, z)) }

// iccDescription has the name in ASCII; the Unicode and ScriptCode forms stay empty.
func iccDescription(name string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(name)+1))
	b = append(b, name...)
	return iccTyped("desc", append(b, make([]byte, 1+4+4+2+1+67)...))
}

func iccCurve() []byte {
	const steps = 1024
	b := binary.BigEndian.AppendUint32(nil, steps)
	for i := range steps {
		v := float64(i) / (steps - 1)
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		b = binary.BigEndian.AppendUint16(b, uint16(math.Round(v*65535)))
	}
	return iccTyped("curv", b)
}
