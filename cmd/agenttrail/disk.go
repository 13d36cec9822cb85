package main

import (
	"fmt"
	"syscall"
	"time"

	"agenttrail"
	"agenttrail/internal/config"
)

// minRoom is how much must be left on the disk of the trail for a run to begin: some batches with their temporary files, and a report.
const minRoom = 512 << 20

// room is what is left on the disk of the trail for us, in bytes.
func (a *app) room(c *config.Config) (int64, error) {
	dir := c.Path(c.Trail)
	if a.free != nil {
		return a.free(dir)
	}
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, fmt.Errorf("ask how much room %s has: %w", dir, err)
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}

// checkRoom refuses to begin what could not be ended: a full disk in the middle of a night helps nobody.
func (a *app) checkRoom(c *config.Config) error {
	left, err := a.room(c)
	if err != nil {
		return err
	}
	if left < minRoom {
		return fmt.Errorf("only %s are left on the disk of the trail, and a run needs %s: make room, then run again (agenttrail status --disk says what takes it)", size(left), size(minRoom))
	}
	return nil
}

// A diskUse is what one source takes up.
type diskUse struct {
	Source   string `json:"source"`
	Evidence int64  `json:"evidence"` // bytes of originals
	Facts    int64  `json:"facts"`    // bytes of tables and lists of objects
	Month    int64  `json:"month"`    // bytes that came in the last thirty days of the ledger
}

// diskDays is the stretch by which growth is measured.
const diskDays = 30

// disk says what the trail takes up, by source, and when the disk is full at the pace of the last days.
func (a *app) disk(c *config.Config, t *opened) error {
	left, err := a.room(c)
	if err != nil {
		return err
	}
	use, month := diskUses(t)
	days := int64(-1)
	if month > 0 {
		days = left / max(1, month/diskDays)
	}
	if a.json {
		return printJSON(a.out, map[string]any{"sources": use, "free": left, "growth_a_day": month / diskDays, "days_until_full": days})
	}
	g := &grid{head: []string{"SOURCE", "ORIGINALS", "FACTS", "A DAY"}, right: map[int]bool{1: true, 2: true, 3: true}}
	for _, u := range use {
		g.add(u.Source, size(u.Evidence), size(u.Facts), size(u.Month/diskDays))
	}
	g.print(a.out)
	fmt.Fprintf(a.out, "\nfree    %s\ngrowth  %s a day over the last %d days of the ledger\n", size(left), size(month/diskDays), diskDays)
	if days >= 0 {
		fmt.Fprintf(a.out, "full    in %s at that pace\n", count(days, "day", "days"))
	}
	return nil
}

// diskUses adds up the files that the ledger names, in the order in which sources first came.
func diskUses(t *opened) (list []diskUse, month int64) {
	at := map[string]int{}
	since := t.Log().Entry(t.Log().Size() - 1).Time.Add(-diskDays * 24 * time.Hour)
	for n := range t.Log().Size() {
		e := t.Log().Entry(n)
		if e.Batch == nil {
			continue
		}
		i, ok := at[e.Batch.Source]
		if !ok {
			i = len(list)
			at[e.Batch.Source], list = i, append(list, diskUse{Source: e.Batch.Source})
		}
		facts := factBytes(e.Batch)
		list[i].Evidence += e.Batch.Evidence.Size
		list[i].Facts += facts
		if !e.Time.Before(since) {
			list[i].Month += e.Batch.Evidence.Size + facts
			month += e.Batch.Evidence.Size + facts
		}
	}
	return list, month
}

func factBytes(b *agenttrail.Batch) int64 {
	n := b.Objects.Size
	for _, t := range b.Tables {
		n += t.Size
	}
	return n
}
