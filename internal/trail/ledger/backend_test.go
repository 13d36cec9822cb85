package ledger_test

import (
	"testing"

	"agenttrail/internal/trail/ledger"
	"agenttrail/internal/trail/ledger/ledgertest"
)

func TestMemory(t *testing.T) {
	ledgertest.TestBackend(t, func(*testing.T) ledger.Backend { return new(ledgertest.Memory) })
}

func TestFolder(t *testing.T) {
	ledgertest.TestBackend(t, func(t *testing.T) ledger.Backend { return openFolder(t) })
}

// TestFolderWithoutLinks is the same on a file system that has no hard links.
func TestFolderWithoutLinks(t *testing.T) {
	ledgertest.TestBackend(t, func(t *testing.T) ledger.Backend {
		f := openFolder(t)
		ledger.BreakLinks(f)
		return f
	})
}

func openFolder(t testing.TB) *ledger.Folder {
	t.Helper()
	f, err := ledger.CreateFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
