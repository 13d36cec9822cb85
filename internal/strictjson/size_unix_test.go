//go:build unix && (amd64 || arm64)

package strictjson

import (
	"errors"
	"syscall"
	"testing"
)

// TestParseSize gives Parse more bytes than a tape can count: address space that is never touched.
func TestParseSize(t *testing.T) {
	data, err := syscall.Mmap(-1, 0, MaxSize+1, syscall.PROT_READ, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Skipf("no address space for %d bytes: %v", MaxSize+1, err)
	}
	defer syscall.Munmap(data)
	if _, err := Parse(data); !errors.Is(err, ErrSize) {
		t.Errorf("Parse(%d bytes) error %v, want %v", len(data), err, ErrSize)
	}
}
