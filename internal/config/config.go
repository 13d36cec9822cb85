// Package config is the only reader of agenttrail.yaml and of the files that it names. It tells every mistake at once, each with file, line,
// column and remedy, and it holds no secret: only references to them.
package config

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"agenttrail/cron"
	"agenttrail/ingest/api"
	"agenttrail/internal/judge"
	"agenttrail/internal/lists"
	"agenttrail/internal/strictyaml"
	"agenttrail/normalize"
)

// A Config is agenttrail.yaml. Members tagged later are known keys that this version does not act on.
type Config struct {
	Trail         string         `yaml:"trail"`  // folder of the trail
	Tenant        string         `yaml:"tenant"` // whose trail it is
	RegisterPath  string         `yaml:"register"`
	Key           *Reference     `yaml:"key"` // signing key
	Sources       []Source       `yaml:"sources"`
	NoSource      []NoSource     `yaml:"no_source"`
	Elasticsearch *Elasticsearch `yaml:"elasticsearch"`
	Index         Index          `yaml:"index"`
	Reports       []Report       `yaml:"reports"`
	Seal          *Seal          `yaml:"seal"` // absent: reports are not signed

	Notify      []Notify   `yaml:"notify"`
	Heartbeat   *Heartbeat `yaml:"heartbeat"`
	MetricsFile string     `yaml:"metrics_file"` // for a node exporter, written after each run
	Serve       Serve      `yaml:"serve"`
	Log         Log        `yaml:"log"`

	Zone        string `yaml:"zone"`              // of periods, days and times in reports; absent: UTC
	FiscalStart Month  `yaml:"fiscal_year_start"` // month; absent: January

	People      string `yaml:"people"`         // list of the company's people, CSV or lines of JSON
	PeopleMap   string `yaml:"people_mapping"` // of an export of people that is no list of ours
	Subjects    string `yaml:"subjects"`       // aliases of customers, CSV or lines of JSON
	Permissions string `yaml:"permissions"`    // what permissions mean, YAML
	DataRules   string `yaml:"data_rules"`     // how sensitive data is, YAML

	Anchors   struct{} `yaml:"anchors,later"`
	Retention struct{} `yaml:"retention,later"`
	Holds     struct{} `yaml:"holds,later"`
	Limits    struct{} `yaml:"limits,later"`

	Location *time.Location // of Zone; nil: UTC

	File  string // the file itself
	Dir   string // its folder: relative names start here
	Bytes []byte // as read: what the ledger keeps as policy

	Register *judge.Register // read from RegisterPath
	Lists    lists.All       // people, subjects, permissions, data rules
	Policies []PolicyFile    // register, mappings, tool maps, lists: exact bytes
}

// A PolicyFile is a file that decides what the tool says; the ledger keeps it.
type PolicyFile struct {
	Kind, Name string
	Data       []byte
}

// A Source is one place where logs come from.
type Source struct {
	Name     string   `yaml:"name"`
	Format   string   `yaml:"format"`
	Folder   string   `yaml:"folder"`
	S3       *S3      `yaml:"s3"`
	Role     *Role    `yaml:"role"`
	Endpoint string   `yaml:"endpoint"`
	Path     bool     `yaml:"path_style"`
	Payer    bool     `yaml:"request_payer"`
	Include  []string `yaml:"include"`
	Exclude  []string `yaml:"exclude"`
	Since    Date     `yaml:"since"`
	Window   string   `yaml:"window"` // WindowDay, WindowHour
	Zone     string   `yaml:"zone"`
	Schedule string   `yaml:"schedule"`
	Lag      Duration `yaml:"lag"`
	Gap      Duration `yaml:"gap"` // a longer silence is a gap; 0: none declared
	LookBack Duration `yaml:"look_back"`
	Kept     Kept     `yaml:"vendor_retention"`
	Digests  *Digests `yaml:"digests"`           // CloudTrail: compare the logs with what AWS signed
	Original *Place   `yaml:"original_location"` // of a copy: where it was delivered first
	Mapping  string   `yaml:"mapping"`
	Tools    string   `yaml:"tools"`

	API       string     `yaml:"api"`   // a log of a vendor: ingest/api lists them
	URL       string     `yaml:"url"`   // of its API; absent: the vendor's
	Token     *Reference `yaml:"token"` // or oauth
	User      string     `yaml:"user"`
	OAuth     *OAuth     `yaml:"oauth"`
	Account   string     `yaml:"account"`
	Parts     []string   `yaml:"parts"`
	Rate      Rate       `yaml:"rate"`
	Downloads []string   `yaml:"download_hosts"`

	Entity    struct{} `yaml:"entity,later"`
	RawInDocs struct{} `yaml:"raw_in_index,later"`

	Vendor     *api.Vendor        // of API
	Alarm      cron.Schedule      // of Schedule
	Location   *time.Location     // of Zone
	Reads      normalize.Format   // the format, with its mapping and tool map
	MapFile    *normalize.Mapping // of the generic format
	fileHashes string
}

// Lengths of a window.
const (
	WindowDay  = "day"  // of the zone; the default
	WindowHour = "hour" // of UTC
)

// S3 is a bucket and what of it.
type S3 struct {
	Bucket string `yaml:"bucket"`
	Prefix string `yaml:"prefix"`
	Region string `yaml:"region"`
}

// Digests say by which keys the digests of CloudTrail are checked.
type Digests struct {
	Keys string `yaml:"keys"` // file: what "aws cloudtrail list-public-keys" prints

	Data []byte // of the file
}

// A Place is where CloudTrail delivered to before its objects were copied.
type Place struct {
	Bucket string `yaml:"bucket"`
	Prefix string `yaml:"prefix"` // what stood before AWSLogs/
}

// A Role is assumed before reading.
type Role struct {
	ARN        string     `yaml:"arn"`
	ExternalID *Reference `yaml:"external_id"`
}

// NoSource declares that a system has no log that could be read: silence turned into a limit that somebody owns.
type NoSource struct {
	System string `yaml:"system"`
	Why    string `yaml:"why"`
	Owner  string `yaml:"owner"`
	Until  Date   `yaml:"until"`
}

// A Seal is the certificate that reports are signed with.
type Seal struct {
	Certificate string     `yaml:"certificate"` // PEM, the signer's first and its chain behind it
	Key         *Reference `yaml:"key"`
	TSA         *TSA       `yaml:"tsa"` // absent: no time stamp
}

// A TSA is a time-stamp authority (RFC 3161).
type TSA struct {
	URL         string `yaml:"url"`
	Certificate string `yaml:"certificate"` // PEM, what its tokens must lead to; absent: any
}

// Elasticsearch is the cluster of the index.
type Elasticsearch struct {
	Addresses  []string   `yaml:"addresses"`
	CloudID    string     `yaml:"cloud_id"` // instead of addresses, which Load then fills
	Serverless bool       `yaml:"serverless"`
	APIKey     *Reference `yaml:"api_key"`
	User       string     `yaml:"user"`
	Password   *Reference `yaml:"password"`
	CAFile     string     `yaml:"ca_file"`
	SetupKey   *Reference `yaml:"setup_key"` // of setup and rebuild; absent: api_key

	RefreshKey *Reference `yaml:"refresh_key"` // of index --refresh, and of index where judgements turned; absent: they stay until a refresh
	ReaderKey  *Reference `yaml:"reader_key"`  // of report --from-elasticsearch and index --reconcile; absent: api_key
	KibanaURL  string     `yaml:"kibana_url"`  // of setup kibana; with its base path, without a space
}

// Index says what is indexed, and where.
type Index struct {
	Who       string `yaml:"who"` // all, agents+unknown, agents
	Prefix    string `yaml:"prefix"`
	Replicas  string `yaml:"replicas"`  // auto, or a number
	Shards    int    `yaml:"shards"`    // of a month
	Lifecycle string `yaml:"lifecycle"` // a policy of the cluster
}

// A Date is a day in UTC.
type Date struct{ time.Time }

// UnmarshalText reads 2026-07-01.
func (d *Date) UnmarshalText(b []byte) (err error) {
	if d.Time, err = time.Parse(time.DateOnly, string(b)); err != nil {
		return fmt.Errorf("want a date like 2026-07-01, not %q", b)
	}
	return nil
}

// A Month is 1 to 12; 0: absent.
type Month int

// UnmarshalText reads 4.
func (m *Month) UnmarshalText(b []byte) error {
	n, err := strconv.Atoi(string(b))
	if err != nil || n < 1 || n > 12 {
		return fmt.Errorf("want a month, 1 to 12, not %q", b)
	}
	*m = Month(n)
	return nil
}

// A Duration is a time span like 30m or 2h.
type Duration struct{ time.Duration }

// UnmarshalText reads 30m, 2h or 7d.
func (d *Duration) UnmarshalText(b []byte) (err error) {
	s := string(b)
	if n := len(s); n > 1 && s[n-1] == 'd' {
		if d.Duration, err = time.ParseDuration(s[:n-1] + "h"); err == nil && d.Duration >= 0 {
			d.Duration *= 24
			return nil
		}
	} else if d.Duration, err = time.ParseDuration(s); err == nil && d.Duration >= 0 {
		return nil
	}
	return fmt.Errorf("want a time span like 30m, 2h or 7d, not %q", s)
}

// Kept is how long a source keeps data. Zero: for ever.
type Kept struct {
	time.Duration
	Never bool // the file says that it forgets nothing
}

// UnmarshalText reads none, or a time span like 30d.
func (k *Kept) UnmarshalText(b []byte) error {
	if string(b) == "none" {
		k.Duration, k.Never = 0, true
		return nil
	}
	var d Duration
	if err := d.UnmarshalText(b); err != nil || d.Duration <= 0 {
		return fmt.Errorf("want how long the source keeps data, like 30d, or none, not %q", b)
	}
	k.Duration = d.Duration
	return nil
}

// DefaultFile is looked for when neither a flag nor AGENTTRAIL_CONFIG names one.
const DefaultFile = "agenttrail.yaml"

// Load reads file and everything it names. The error is strictyaml.Mistakes when the files are wrong, and another when they cannot be read.
func Load(file string) (*Config, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no config: %s does not exist (make one with: agenttrail init)", file)
	}
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	abs, err := filepath.Abs(file)
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	c := &Config{File: file, Dir: filepath.Dir(abs), Bytes: data}
	doc := strictyaml.Decode(file, data, c)
	unread := doc.Mistakes
	if len(unread) > 0 && c.Trail == "" && c.Tenant == "" && len(c.Sources) == 0 {
		return nil, sorted(unread, file) // nothing was read: what is missing is no mistake of its own
	}
	meant := slices.DeleteFunc(c.check(doc), func(m strictyaml.Mistake) bool { return slices.ContainsFunc(unread, samePlace(m)) })
	if mistakes := slices.Concat(unread, meant); len(mistakes) > 0 {
		return nil, sorted(mistakes, file)
	}
	return c, nil
}

// samePlace finds a value that could not be read where m says what is wrong with its meaning: that is its consequence.
func samePlace(m strictyaml.Mistake) func(strictyaml.Mistake) bool {
	return func(o strictyaml.Mistake) bool { return o.File == m.File && o.Line == m.Line && o.Column == m.Column }
}

// sorted puts the config's own mistakes first, in the order of the file, and those of other files behind.
func sorted(ms strictyaml.Mistakes, file string) strictyaml.Mistakes {
	slices.SortStableFunc(ms, func(a, b strictyaml.Mistake) int {
		switch {
		case a.File == file && b.File == file:
			return cmp.Or(a.Line-b.Line, a.Column-b.Column)
		case a.File == file:
			return -1
		case b.File == file:
			return 1
		}
		return 0
	})
	return ms
}

// Path makes a name of this config absolute.
func (c *Config) Path(name string) string { return Within(c.Dir, name) }

// Source finds a source by its name.
func (c *Config) Source(name string) (*Source, bool) {
	for i := range c.Sources {
		if c.Sources[i].Name == name {
			return &c.Sources[i], true
		}
	}
	return nil, false
}

// Names are the names of the sources.
func (c *Config) Names() (names []string) {
	for _, s := range c.Sources {
		names = append(names, s.Name)
	}
	return names
}
