package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"agenttrail"
	"agenttrail/cron"
	"agenttrail/ingest"
	"agenttrail/ingest/api"
	"agenttrail/internal/config"
	"agenttrail/internal/trail"
	"agenttrail/normalize"
)

// A pull is one source of the config, ready to be run.
type pull struct {
	name    string
	format  normalize.Format
	dataset string
	folder  bool
	plan    cron.Plan
	source  ingest.Source
	proof   *ingest.Proof // nil: no digests are asked
	close   func() error
}

// open makes the source that a config describes. Nothing is sent yet.
func openSource(ctx context.Context, c *config.Config, s *config.Source, now func() time.Time) (pull, error) {
	p := pull{name: s.Name, format: s.Reads, dataset: s.Reads.Name, folder: s.Folder != "", plan: planOf(s), close: func() error { return nil }}
	if s.MapFile != nil {
		p.dataset = s.MapFile.Dataset
	}
	if p.folder {
		f, err := ingest.OpenFolder(c.Path(s.Folder), s.Include, s.Exclude)
		if err != nil {
			return p, fmt.Errorf("source %s: %w", s.Name, err)
		}
		p.source, p.close = f, f.Close
		return p, nil
	}
	if s.Vendor != nil {
		o := c.APIOptions(s)
		o.Now = now
		v, err := api.Open(o)
		if err != nil {
			return p, fmt.Errorf("source %s: %w", s.Name, err)
		}
		p.source, p.close = v, v.Close
		return p, nil
	}
	return openBucket(ctx, c, s, p)
}

func openBucket(ctx context.Context, c *config.Config, s *config.Source, p pull) (pull, error) {
	o := ingest.S3Options{Bucket: s.S3.Bucket, Prefix: s.S3.Prefix, Region: s.S3.Region, Endpoint: s.Endpoint, PathStyle: s.Path, RequestPayer: s.Payer,
		CloudTrail: s.Format == "aws.cloudtrail", Include: s.Include, Exclude: s.Exclude}
	if s.Role != nil {
		o.RoleARN = s.Role.ARN
		if s.Role.ExternalID != nil {
			secret, err := s.Role.ExternalID.Resolve(ctx, c.Dir)
			if err != nil {
				return p, fmt.Errorf("source %s: external_id: %w", s.Name, err)
			}
			o.ExternalID = secret.Reveal()
		}
	}
	b, err := ingest.OpenS3(ctx, o)
	if err != nil {
		return p, fmt.Errorf("source %s: %w", s.Name, err)
	}
	p.source, p.close = b, b.Close
	if s.Digests != nil {
		p.proof, err = proofOf(s, b)
	}
	return p, err
}

// proofOf compares the logs of a bucket with CloudTrail's digests.
func proofOf(s *config.Source, b *ingest.S3) (*ingest.Proof, error) {
	keys, err := ingest.ParseDigestKeys(s.Digests.Data)
	if err != nil {
		return nil, fmt.Errorf("source %s: keys of digests: %s: %w", s.Name, s.Digests.Keys, err)
	}
	var first *ingest.Place
	if s.Original != nil {
		first = &ingest.Place{Bucket: s.Original.Bucket, Key: s.Original.Prefix}
	}
	there, here := b.Places(first)
	return &ingest.Proof{Keys: keys, Place: there, URI: here, Wanted: b.Wants(s.Since.Time)}, nil
}

// digestLag is how long after its end a window is asked for where digests are read: by then nearly each log is in one.
const digestLag = 2 * time.Hour

// lags are how long after its end a day is asked for, by format: what a source delivers late must have come.
var lags = map[string]time.Duration{"aws.cloudtrail": 30 * time.Minute, "otlp.genai": 15 * time.Minute, "otlp.claude_code": 15 * time.Minute}

const otherLag = time.Hour

func lagOf(s *config.Source) time.Duration {
	if s.Lag.Duration > 0 {
		return s.Lag.Duration
	}
	if s.Digests != nil {
		return digestLag
	}
	if s.Vendor != nil {
		return s.Vendor.Lag
	}
	if lag, ok := lags[s.Format]; ok {
		return lag
	}
	return otherLag
}

// How long the windows of a bucket are looked at again. CloudTrail tries for thirty days to deliver to a bucket that it cannot reach.
const (
	lookBack        = 7 * 24 * time.Hour
	cloudTrailSweep = 35 * 24 * time.Hour
)

// planOf says when the windows of a source are due, looked at again, final and lost.
func planOf(s *config.Source) cron.Plan {
	p := cron.Plan{Source: s.Name, LookBack: lookBack, Kept: s.Kept.Duration,
		Calendar: cron.Calendar{Since: s.Since.Time, Hours: s.Window == config.WindowHour, Zone: s.Location, Lag: lagOf(s)}}
	if s.Format == "aws.cloudtrail" {
		p.Sweep = cloudTrailSweep
	}
	if v := s.Vendor; v != nil {
		p.LookBack, p.Sweep = v.LookBack, v.Sweep
		if p.Kept == 0 && !s.Kept.Never {
			p.Kept = v.Kept
		}
	}
	if s.LookBack.Duration > 0 {
		p.LookBack = s.LookBack.Duration
	}
	return p
}

// standing is the one window of a folder.
func (p *pull) standing() []agenttrail.Window { return []agenttrail.Window{{Source: p.name}} }

// owed are the windows that are over and were not closed, oldest first; of a folder the standing one.
func (p *pull) owed(said []agenttrail.WindowState, now time.Time) []agenttrail.Window {
	if p.folder {
		return p.standing()
	}
	return p.plan.Owed(now, said)
}

// due are the windows that a run lists: those owed, and those whose look-back is not over.
func (p *pull) due(said []agenttrail.WindowState, now time.Time) []agenttrail.Window {
	if p.folder {
		return p.standing()
	}
	return p.plan.Due(now, said)
}

// next is when the first window that is not over yet will be owed; zero for a folder.
func (p *pull) next(now time.Time) time.Time {
	if p.folder {
		return time.Time{}
	}
	return p.plan.Next(now)
}

// runOf names a run by the time at which it began.
func runOf(now time.Time) string { return "run-" + now.UTC().Format("20060102T150405.000Z") }

// job makes the run of one source.
func (a *app) job(t *trail.Trail, p *pull, windows []agenttrail.Window, run, trigger string) ingest.Job {
	now, size := a.now(), t.Log().Size()
	job := ingest.Job{
		Source: p.source, Trail: t, Read: p.format.Read,
		Name: p.name, Dataset: p.dataset, Tenant: t.Genesis().Tenant, Run: run, Trigger: trigger, Tool: version,
		Mapping: p.format.Name, MappingVersion: p.format.Version, Fields: p.format.Fields,
		Windows: windows, Since: p.plan.Since, Now: a.now, Workers: runtime.GOMAXPROCS(0),
		Refusal: refusal, Stop: a.stop, MaxObjects: a.maxObjects,
		Reread: func(ctx context.Context, receipt int64) (int64, error) { return reread(ctx, t, receipt) },
		Said:   t.Window, Reports: t.ReportsOver,
		Delivered: func(ctx context.Context, w agenttrail.Window, yield func(string)) error {
			return t.Delivered(ctx, w, size, yield)
		},
	}
	if p.proof != nil {
		proof := *p.proof
		proof.Originals = func(ctx context.Context, from, to time.Time, yield func(agenttrail.Object, func() (io.ReadCloser, error)) error) error {
			return t.Reader().Originals(ctx, p.name, from, to, yield)
		}
		job.Proof = &proof
	}
	if !p.folder {
		job.FinalUpTo, job.KeptSince = p.plan.FinalUpTo(now), p.plan.KeptSince(now)
	}
	return job
}

// refusal takes apart what Prepare says of an object that cannot be read.
func refusal(err error) (uri, reason string, ok bool) {
	var o *trail.ObjectError
	if errors.As(err, &o) {
		return o.URI, o.Reason, true
	}
	return "", "", false
}

// reread counts the objects of a batch whose records were all known.
func reread(ctx context.Context, t *trail.Trail, receipt int64) (n int64, err error) {
	err = t.Reader().Objects(ctx, receipt, func(o trail.ObjectLine) error {
		if o.Reread {
			n++
		}
		return nil
	})
	return n, err
}
