package testenv

import (
	"os/exec"
	"testing"
)

// Chromium returns the path of a browser ("chromium").
func Chromium(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	lack(t, "chromium", "no chromium in PATH (apt-get install chromium)")
	return ""
}
