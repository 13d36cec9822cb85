package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"agenttrail"
	"agenttrail/internal/config"
	"agenttrail/internal/judge"
	"agenttrail/internal/trail"
	"agenttrail/internal/trail/ledger"
)

// An opened trail with the folder it stands in.
type opened struct {
	*trail.Trail
	folder *ledger.Folder
}

// Close releases the folder.
func (o *opened) Close() error { return o.folder.Close() }

// openTrail opens the trail of a config, for writing when sign is set.
func (a *app) openTrail(ctx context.Context, c *config.Config, sign bool) (*opened, error) {
	o := trail.Options{Now: a.now, Stop: a.stop, Wait: func(what string) { fmt.Fprintf(a.err, "waiting: %s\n", visible(what)) }}
	if sign {
		signer, err := signerOf(ctx, c)
		if err != nil {
			return nil, err
		}
		o.Signer = signer
	}
	return openFolder(ctx, c.Path(c.Trail), o)
}

func openFolder(ctx context.Context, dir string, o trail.Options) (*opened, error) {
	folder, err := ledger.OpenFolder(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no trail in %s (make one with: agenttrail init)", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("open trail: %w", err)
	}
	t, err := trail.Open(ctx, folder, o)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open trail %s: %w", dir, err), folder.Close())
	}
	return &opened{t, folder}, nil
}

func signerOf(ctx context.Context, c *config.Config) (*ledger.Signer, error) {
	if c.Key == nil {
		return nil, usage("%s: no signing key (add key: {file: PATH}; agenttrail init makes one)", c.File)
	}
	secret, err := c.Key.Resolve(ctx, c.Dir)
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	s, err := ledger.NewSigner(secret.Reveal())
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	return s, nil
}

// judgeOf makes the judge of a trail as the ledger stood at a size: the register over time, and the approvals.
func judgeOf(ctx context.Context, t *trail.Trail, before int64) (*judge.Judge, error) {
	return judgeFrom(ctx, t, t.Reader(), before)
}

// judgeFrom is judgeOf with the approvals of another reader.
func judgeFrom(ctx context.Context, t *trail.Trail, facts facts, before int64) (*judge.Judge, error) {
	versions, err := registerVersions(ctx, t, before)
	if err != nil {
		return nil, err
	}
	var approvals []judge.Approved
	q := agenttrail.Query{Before: before, All: []agenttrail.Term{{Field: "agenttrail.verb", Any: []string{agenttrail.VerbApprove, agenttrail.VerbReject}}}}
	err = facts.FindRows(ctx, q, func(a *agenttrail.Action, c *agenttrail.Context) error {
		approvals = append(approvals, judge.Approved{Action: a.Clone(), Seen: c.ApprovalSeen, Origin: c.ApprovalOrigin})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read approvals: %w", err)
	}
	return judge.New(versions, approvals), nil
}

// registerVersions replays the policy entries: each time a file of the register changed, all files in force then make one version.
func registerVersions(ctx context.Context, t *trail.Trail, before int64) (versions []judge.Version, err error) {
	files := map[string]*judge.Register{}
	for n := int64(0); n < before; n++ {
		e := t.Log().Entry(n)
		if e.Policy == nil || e.Policy.Kind != "register" {
			continue
		}
		if e.Policy.SHA256 == "" {
			delete(files, e.Policy.Name)
		} else {
			data, err := t.Policy(ctx, e.Policy.SHA256)
			if err != nil {
				return nil, fmt.Errorf("register of entry %d: %w", n, err)
			}
			r, mistakes := judge.Load(e.Policy.Name, data)
			if len(mistakes) > 0 {
				return nil, fmt.Errorf("register of entry %d: %w", n, mistakes)
			}
			files[e.Policy.Name] = r
		}
		versions = append(versions, judge.Version{Register: together(files), Seen: e.Time})
	}
	return versions, nil
}

// together joins the files of a register in the order of their names.
func together(files map[string]*judge.Register) *judge.Register {
	all := &judge.Register{}
	for _, name := range sortedKeys(files) {
		all.Agents = append(all.Agents, files[name].Agents...)
	}
	return all
}
