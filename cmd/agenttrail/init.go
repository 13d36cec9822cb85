package main

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"agenttrail/internal/trail"
	"agenttrail/internal/trail/ledger"

	"github.com/spf13/cobra"
)

//go:embed starter
var starter embed.FS

// What init writes: folders of starter, the later ones over the earlier ones.
var (
	forServers = []string{"starter/common", "starter/servers"}
	forExports = []string{"starter/common", "starter/exports"}
)

func (a *app) initCommand() *cobra.Command {
	var tenant string
	var exports bool
	cmd := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Write a commented config and register, and create the trail and its signing key",
		Long: `Write a commented agenttrail.yaml and agents.yaml into DIR (default: here), create the trail in DIR/trail, and its signing key in DIR/trail.key with
mode 0600. Files that are there already are not touched. Move the key out of this folder, where neither Elasticsearch nor Kibana users can read it.

With --starter the config reads CSV exports from a folder per system, through mappings that stand beside it; there is a template for a list of
approvals, and no S3, Elasticsearch or schedule to set up first.`,
		Example: "  agenttrail init --tenant acme /srv/agenttrail\n  agenttrail init --starter",
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, list []string) error {
			dir := "."
			if len(list) > 0 {
				dir = list[0]
			}
			files := forServers
			if exports {
				files = forExports
			}
			return a.init(cmd.Context(), dir, tenant, files)
		},
	}
	cmd.Flags().StringVar(&tenant, "tenant", "acme", "name of the company or unit: a-z, 0-9 and hyphens")
	cmd.Flags().BoolVar(&exports, "starter", false, "begin with CSV exports in folders")
	return cmd
}

func (a *app) init(ctx context.Context, dir, tenant string, folders []string) error {
	if strings.Trim(tenant, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || tenant == "" || len(tenant) > 40 {
		return usage("tenant %q: use 1 to 40 of a-z, 0-9 and hyphens", tenant)
	}
	files, err := starterFiles(folders, tenant)
	if err != nil {
		return err
	}
	for name := range files {
		if _, err := os.Lstat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is there already: nothing was written", filepath.Join(dir, name))
		}
	}
	for _, name := range []string{"trail", "trail.key"} {
		if _, err := os.Lstat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is there already: nothing was written", filepath.Join(dir, name))
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := a.createTrail(ctx, filepath.Join(dir, "trail"), filepath.Join(dir, "trail.key"), tenant); err != nil {
		return err
	}
	for name, text := range files {
		if err := writeNew(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	fmt.Fprintf(a.out, `trail made in %s
  next: edit %s and %s
  then: agenttrail config check && agenttrail doctor && agenttrail ingest
The signing key is %s: move it out of this folder, and keep a copy where only you can read it.
`, filepath.Join(dir, "trail"), filepath.Join(dir, "agenttrail.yaml"), filepath.Join(dir, "agents.yaml"), filepath.Join(dir, "trail.key"))
	return nil
}

// starterFiles gives the files of some folders of starter, by name.
func starterFiles(folders []string, tenant string) (map[string]string, error) {
	files := map[string]string{}
	for _, folder := range folders {
		err := fs.WalkDir(starter, folder, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			data, err := starter.ReadFile(path)
			files[strings.TrimPrefix(path, folder+"/")] = strings.ReplaceAll(string(data), "TENANT", tenant)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

// createTrail makes a trail and the key that signs it.
func (a *app) createTrail(ctx context.Context, dir, keyFile, tenant string) error {
	var random [4]byte
	if _, err := rand.Read(random[:]); err != nil {
		return err
	}
	origin := "agenttrail/" + tenant + "/" + hex.EncodeToString(random[:])
	private, verifier, err := ledger.GenerateKey(origin, rand.Reader)
	if err != nil {
		return err
	}
	signer, err := ledger.NewSigner(private)
	if err != nil {
		return err
	}
	if err := writeNew(keyFile, []byte(private+"\n"), 0o600); err != nil {
		return err
	}
	return trail.Create(ctx, dir, trail.CreateOptions{Signer: signer, Origin: origin, Key: verifier, Tenant: tenant, Tool: version, Now: a.now})
}

// writeNew writes a file that must not be there yet, and makes its folder.
func writeNew(path string, data []byte, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}
