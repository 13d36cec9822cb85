// Package ledger keeps the tamper-evident list of what was done to a trail: entries, each committed by one write of one new name.
//
// An Entry becomes canonical JSON (EncodeEntry) and the next leaf of a Merkle tree (RFC 6962). Append signs the tree with that leaf and writes
// both as log/<n>: entry, LF, signed note over size n+1. That name is the compare-and-swap, in a folder and in a bucket alike; whoever finds
// it taken reads what the others appended and signs on top. Everything else here (tiles, entry bundles, checkpoint: C2SP tlog-tiles) is a
// rendering of log/, written after the commit, with bytes that are always the same, for quick starts and for other people's tools.
//
// Open replays the entries and checks the recomputed root against the newest note. VerifyAll reads everything again and names the first
// place that does not hold.
//
// It refuses to start on a log with a hole, to sign what does not extend what it has seen, and to read an entry that it would not have
// written itself, byte for byte. It reads no clock, removes nothing and repairs nothing in log/.
package ledger
