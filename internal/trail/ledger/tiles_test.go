package ledger

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"
)

func TestTileName(t *testing.T) {
	for _, c := range []struct {
		name string
		want tile
		end  int64 // the size from which on it exists
	}{
		{"tile/0/000.p/1", tile{tlog.Tile{H: 8, L: 0, N: 0, W: 1}, false}, 1},
		{"tile/0/000", tile{tlog.Tile{H: 8, L: 0, N: 0, W: 256}, false}, 256},
		{"tile/1/000.p/3", tile{tlog.Tile{H: 8, L: 1, N: 0, W: 3}, false}, 3 * 256},
		{"tile/2/005", tile{tlog.Tile{H: 8, L: 2, N: 5, W: 256}, false}, 6 << 24},
		{"tile/entries/x001/x234/067.p/8", tile{tlog.Tile{H: 8, L: 0, N: 1234067, W: 8}, true}, 1234067*256 + 8},
		{"tile/entries/x001/000", tile{tlog.Tile{H: 8, L: 0, N: 1000, W: 256}, true}, 1001 * 256},
	} {
		if got := c.want.name(); got != c.name {
			t.Errorf("name(%+v) = %s, want %s", c.want, got, c.name)
		}
		got, ok := parseTile(c.name)
		if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(tile{})); !ok || diff != "" {
			t.Errorf("parseTile(%s): -want +got\n%s", c.name, diff)
		}
		if got.end() != c.end {
			t.Errorf("end of %s = %d, want %d", c.name, got.end(), c.end)
		}
	}
	for _, name := range []string{"", "tile/", "tile/0", "tile/0/", "tile/0/0", "tile/0/0000", "tile/0/x000/000", "tile/00/000", "tile/-1/000", "tile/7/000", "tile/8/000", "tile/0/000.p/0",
		"tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/", "tile/0/001/000", "tile/0/x001", "tile/entries/000.p/1/2", "tile/data/000", "tile/0/-01", "log/000",
		"tile/0/x999/x999/x999/x999/x999/x999/999", "tile/6/064", "tile/6/x999/999"} {
		if got, ok := parseTile(name); ok {
			t.Errorf("parseTile(%q) = %+v, want it refused", name, got)
		}
	}
}

func TestTilesOf(t *testing.T) {
	for _, c := range []struct {
		from, to int64
		want     []string
	}{
		{0, 1, []string{"tile/0/000.p/1", "tile/entries/000.p/1"}},
		{1, 1, nil},
		{254, 255, []string{"tile/0/000.p/255", "tile/entries/000.p/255"}},
		{255, 256, []string{"tile/0/000", "tile/entries/000", "tile/1/000.p/1"}},
		{255, 258, []string{"tile/0/000", "tile/entries/000", "tile/0/001.p/2", "tile/entries/001.p/2", "tile/1/000.p/1"}},
		{65535, 65536, []string{"tile/0/255", "tile/entries/255", "tile/1/000", "tile/2/000.p/1"}},
	} {
		var got []string
		for _, tile := range tilesOf(c.from, c.to) {
			got = append(got, tile.name())
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("tilesOf(%d, %d): -want +got\n%s", c.from, c.to, diff)
		}
	}
}

// FuzzBundle: what splits gives the same bytes when it is joined.
func FuzzBundle(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0, 0})
	f.Add([]byte{0, 2, '{', '}', 0, 1, 'x'})
	f.Add([]byte{0xff, 0xff, '{'})
	f.Add([]byte{0})
	f.Fuzz(func(t *testing.T, data []byte) {
		var again []byte
		err := splitBundle(data, func(entry []byte) error {
			again = appendBundle(again, entry)
			return nil
		})
		if (err == nil) != bytes.Equal(again, data) || !bytes.HasPrefix(data, again) {
			t.Errorf("splitBundle(%q) = %v and joins to %q", data, err, again)
		}
	})
}

// FuzzTileName: a name that is understood is the one that is written.
func FuzzTileName(f *testing.F) {
	f.Add("tile/0/000")
	f.Add("tile/entries/x001/x234/067.p/8")
	f.Add("tile/6/000.p/255")
	f.Fuzz(func(t *testing.T, name string) {
		if got, ok := parseTile(name); ok && (got.name() != name || got.end() < 1) {
			t.Errorf("parseTile(%q) = %+v, which is named %q and ends at %d", name, got, got.name(), got.end())
		}
	})
}
