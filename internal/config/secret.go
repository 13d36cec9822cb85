package config

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// A Secret is a value that appears in no output: every way of printing it says [redacted]. It stands behind a pointer, because fmt looks through
// an unexported field without asking its methods.
type Secret struct{ text *string }

const redacted = "[redacted]"

// Reveal hands out the secret itself, for the one call that needs it.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// String and its sisters keep the secret out of messages, logs and documents.
func (s Secret) String() string { return redacted }

// GoString is what %#v prints.
func (s Secret) GoString() string { return redacted }

// Format is what every verb of fmt prints.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText is what JSON and YAML print.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// A Reference says where a secret stands. Exactly one member is set.
type Reference struct {
	Env  string   `yaml:"env"`
	File string   `yaml:"file"`
	Exec []string `yaml:"exec"`
}

// Sensitive makes the reader of the file refuse a text in place of a reference, without repeating it.
func (*Reference) Sensitive() {}

func (r *Reference) count() (n int) {
	for _, set := range []bool{r.Env != "", r.File != "", len(r.Exec) > 0} {
		if set {
			n++
		}
	}
	return n
}

// execTimeout bounds a command that fetches a secret.
const execTimeout = 30 * time.Second

// Resolve fetches the secret. dir is the folder that relative file names start from. Errors name the reference, never the secret.
func (r *Reference) Resolve(ctx context.Context, dir string) (Secret, error) {
	switch {
	case r.Env != "":
		v, ok := os.LookupEnv(r.Env)
		if !ok || v == "" {
			return Secret{}, fmt.Errorf("environment variable %s is not set", r.Env)
		}
		return Secret{&v}, nil
	case r.File != "":
		return readSecret(Within(dir, r.File))
	case len(r.Exec) > 0:
		return runSecret(ctx, r.Exec)
	}
	return Secret{}, errors.New("the reference names neither env nor file nor exec")
}

func readSecret(path string) (Secret, error) {
	info, err := os.Stat(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return Secret{}, fmt.Errorf("secret file %s does not exist", path)
		}
		return Secret{}, fmt.Errorf("secret file: %w", err)
	}
	if err := checkMode(path, info); err != nil {
		return Secret{}, err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return Secret{}, fmt.Errorf("secret file: %w", err)
	}
	b = bytes.TrimRight(b, "\r\n")
	if len(b) == 0 {
		return Secret{}, fmt.Errorf("secret file %s is empty", path)
	}
	text := string(b)
	return Secret{&text}, nil
}

// checkMode passes 0400, 0440, 0600 and 0640, the group ones only when the group is one of ours: a secret mounted into a container is 0440.
func checkMode(path string, info fs.FileInfo) error {
	mode := info.Mode().Perm()
	if !slices.Contains([]fs.FileMode{0o400, 0o440, 0o600, 0o640}, mode) {
		return fmt.Errorf("secret file %s has mode %04o: others can read or write it (chmod 600 %s)", path, mode, path)
	}
	if mode&0o040 == 0 {
		return nil
	}
	groups, err := os.Getgroups()
	if err != nil {
		return fmt.Errorf("secret file %s: %w", path, err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if ok && !slices.Contains(append(groups, os.Getegid()), int(stat.Gid)) {
		return fmt.Errorf("secret file %s can be read by a group that is not ours (chmod 600 %s)", path, path)
	}
	return nil
}

func runSecret(ctx context.Context, command []string) (Secret, error) {
	ctx, cancel := context.WithTimeout(ctx, execTimeout)
	defer cancel()
	out, err := exec.CommandContext(ctx, command[0], command[1:]...).Output()
	if err != nil {
		return Secret{}, fmt.Errorf("secret command %s: %w", command[0], err)
	}
	out = bytes.TrimRight(out, "\r\n")
	if len(out) == 0 {
		return Secret{}, fmt.Errorf("secret command %s printed nothing", command[0])
	}
	text := string(out)
	return Secret{&text}, nil
}

// Within makes a name of a configuration file absolute: relative names start from the folder of that file.
func Within(dir, name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}
