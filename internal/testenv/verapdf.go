package testenv

import (
	"bytes"
	"errors"
	"os/exec"
	"testing"
)

// notInstalled is the exit status of the scripts where a program that they need is absent.
const notInstalled = 77

// VeraPDF returns a function that judges PDF files ("verapdf"). Each file must claim PDF/A-3a and PDF/UA-1 and hold both, else
// err is the *exec.ExitError of scripts/verapdf.sh; output says which rule failed. One call with many files costs half as much
// as many calls. The script's own variables (CLAIMS, LEVEL, HEAP) can be set with t.Setenv.
func VeraPDF(t testing.TB) func(files ...string) (output string, err error) {
	t.Helper()
	script := variable(t, "verapdf", "AGENTTRAIL_TEST_VERAPDF")
	return func(files ...string) (string, error) {
		t.Helper()
		var out bytes.Buffer
		cmd := exec.CommandContext(t.Context(), script, files...)
		cmd.Stdout, cmd.Stderr = &out, &out
		err := cmd.Run()
		var exit *exec.ExitError
		if errors.As(err, &exit) && exit.ExitCode() == notInstalled {
			lack(t, "verapdf", lastLine(out.String()))
		}
		return out.String(), err
	}
}

// lastLine is where the scripts say what is missing.
func lastLine(s string) string {
	b := bytes.TrimSpace([]byte(s))
	return string(b[bytes.LastIndexByte(b, '\n')+1:])
}
