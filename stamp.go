package agenttrail

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"time"
)

// Limits of what a time can be.
const (
	MaxSkew   = 5 * time.Minute // an event later than this after it was read has a skewed clock
	MaxFuture = 24 * time.Hour  // later than this it is suspect
)

// earliest is the first time that an action of this trade can have.
var earliest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// A Stamp writes provenance into the actions of one object.
type Stamp struct {
	Dataset, Tenant string
	URI             string
	Object          [32]byte // SHA-256 as delivered
	Created         time.Time
	Since           time.Time // start of the source's history; zero: not tested
	Late            bool      // it came after its window was closed
}

// Write fills the provenance of a, which stands in r, and returns its identity. raw is the SHA-256 of the record's bytes.
// Strings that are not addresses leave source.ip, so that Elasticsearch takes the document.
func (s *Stamp) Write(a *Action, r *Record, raw [32]byte) Identity {
	if a.Event.Dataset == "" {
		a.Event.Dataset = s.Dataset
	}
	a.Time, a.Event.Start, a.Event.End = Micros(a.Time), Micros(a.Event.Start), Micros(a.Event.End)
	a.Approval.AskedAt, a.Approval.ExpiresAt, a.Authorized.At = Micros(a.Approval.AskedAt), Micros(a.Approval.ExpiresAt), Micros(a.Authorized.At)
	a.Event.Created = Micros(s.Created)
	a.Event.Hash = hex.EncodeToString(raw[:])
	a.Evidence = Origin{URI: s.URI, Offset: Num(r.Offset), Length: Num(r.Length), Index: Num(r.Ordinal), RequestID: a.Evidence.RequestID, Flags: a.Evidence.Flags}
	a.Lag = Num(floorMillis(a.Event.Created.Sub(a.Time)))
	a.Evidence.Flags = append(a.Evidence.Flags[:0:0], s.flags(a)...)
	placeAddress(a)
	a.Defaults()
	id := s.identity(a, r, raw)
	a.ID = FormatID(a.Time, id)
	return id
}

// WriteGrant fills the provenance of g, which stands in r. raw is the SHA-256 of the record's bytes.
func (s *Stamp) WriteGrant(g *Grant, r *Record, raw [32]byte) {
	if g.Dataset == "" {
		g.Dataset = s.Dataset
	}
	g.GrantedAt, g.ExpiresAt, g.SeenAt = Micros(g.GrantedAt), Micros(g.ExpiresAt), Micros(g.SeenAt)
	g.Created, g.Hash = Micros(s.Created), hex.EncodeToString(raw[:])
	g.Evidence = Origin{URI: s.URI, Offset: Num(r.Offset), Length: Num(r.Length), Index: Num(r.Ordinal)}
}

func (s *Stamp) identity(a *Action, r *Record, raw [32]byte) Identity {
	if a.Native == "" {
		return PlaceIdentity(a.Event.Dataset, s.Tenant, s.URI, s.Object, r.Ordinal, raw, a.Position)
	}
	return NativeIdentity(a.Event.Dataset, s.Tenant, a.Native, a.Position)
}

func (s *Stamp) flags(a *Action) (flags []string) {
	ahead := a.Time.Sub(a.Event.Created)
	if ahead > MaxSkew {
		flags = append(flags, FlagClockSkew)
	}
	if a.Time.Before(earliest) || ahead > MaxFuture || !s.Since.IsZero() && a.Time.Before(s.Since.AddDate(-2, 0, 0)) {
		flags = append(flags, FlagTimeSuspect)
	}
	if s.Late {
		flags = append(flags, FlagLate)
	}
	return flags
}

// placeAddress moves what is no address from source.ip to source.address.
func placeAddress(a *Action) {
	if a.Source.IP == "" {
		return
	}
	if a.Source.Address == "" {
		a.Source.Address = a.Source.IP
	}
	ip, err := netip.ParseAddr(a.Source.IP)
	if err != nil || ip.Zone() != "" {
		a.Source.IP = ""
		return
	}
	a.Source.IP = ip.String()
}

// floorMillis cuts a duration to milliseconds, towards the past.
func floorMillis(d time.Duration) int64 {
	ms := d.Milliseconds()
	if d < 0 && d%time.Millisecond != 0 {
		ms--
	}
	return ms
}

// RawHash is the SHA-256 of a record's exact bytes.
func RawHash(r *Record) [32]byte { return sha256.Sum256(r.Raw) }
