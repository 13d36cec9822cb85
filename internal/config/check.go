package config

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"

	"agenttrail/cron"
	"agenttrail/internal/judge"
	"agenttrail/internal/strictyaml"
	"agenttrail/normalize"
)

// check finds what the syntax cannot: it adds to doc, reads the files that the config names, and returns the mistakes in those.
func (c *Config) check(doc *strictyaml.Document) strictyaml.Mistakes {
	before := len(doc.Mistakes)
	if c.Trail == "" {
		doc.Add("", "no trail", "add trail: ./trail")
	}
	if strings.HasPrefix(c.Trail, "s3:") {
		doc.Add("trail", "a trail in a bucket is not in this version", "name a folder")
	}
	if !tenantName.MatchString(c.Tenant) {
		doc.Add("tenant", fmt.Sprintf("%q is no tenant", c.Tenant), "use 1 to 40 of a-z, 0-9 and hyphen")
	}
	checkReference(doc, "key", c.Key)
	other := append(c.checkRegister(doc), c.checkLists(doc)...)
	names := map[string]bool{}
	for i := range c.Sources {
		at := fmt.Sprintf("sources[%d]", i)
		other = append(other, c.checkSource(doc, at, &c.Sources[i], names)...)
	}
	if len(c.Sources) == 0 {
		doc.Add("sources", "no sources", "add at least one under sources:")
	}
	for i, n := range c.NoSource {
		if n.System == "" || n.Why == "" || n.Owner == "" {
			doc.Add(fmt.Sprintf("no_source[%d]", i), "a system without a source needs system, why and owner", "")
		}
	}
	c.checkIndex(doc)
	c.checkElasticsearch(doc)
	c.checkReports(doc)
	c.checkCalendar(doc)
	c.checkSeal(doc)
	c.checkOperations(doc)
	return append(doc.Mistakes[before:len(doc.Mistakes):len(doc.Mistakes)], other...)
}

var (
	tenantName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)
	sourceName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)
)

func checkReference(doc *strictyaml.Document, at string, r *Reference) {
	if r != nil && r.count() != 1 {
		doc.Add(at, "a secret reference needs exactly one of env, file and exec", "")
	}
}

// checkRegister reads the register: a file, or all *.yaml of a folder in the order of their names.
func (c *Config) checkRegister(doc *strictyaml.Document) (other strictyaml.Mistakes) {
	c.Register = &judge.Register{}
	if c.RegisterPath == "" {
		return nil
	}
	files, err := registerFiles(c.Path(c.RegisterPath))
	if err != nil {
		doc.Add("register", readable(err), "")
		return nil
	}
	owner := map[string]string{}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			doc.Add("register", readable(err), "")
			continue
		}
		name := c.relative(path)
		r, mistakes := judge.Load(name, data)
		other = append(other, mistakes...)
		for _, a := range r.Agents {
			if first, twice := owner[a.ID]; twice && first != name {
				other = append(other, strictyaml.Mistake{File: name, Message: fmt.Sprintf("agent %q stands in %s too", a.ID, first), Remedy: "keep it in one file"})
			}
			owner[a.ID] = name
		}
		c.Register.Agents = append(c.Register.Agents, r.Agents...)
		c.Policies = append(c.Policies, PolicyFile{"register", name, data})
	}
	c.Register.File = c.RegisterPath
	return other
}

func registerFiles(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	files, err := filepath.Glob(filepath.Join(path, "*.yaml"))
	sort.Strings(files)
	return files, err
}

// relative names a file as the config would: the ledger keeps this name, and no path of the machine.
func (c *Config) relative(path string) string {
	if r, err := filepath.Rel(c.Dir, path); err == nil && !strings.HasPrefix(r, "..") {
		return filepath.ToSlash(r)
	}
	return filepath.Base(path)
}

func (c *Config) checkSource(doc *strictyaml.Document, at string, s *Source, names map[string]bool) (other strictyaml.Mistakes) {
	switch {
	case !sourceName.MatchString(s.Name) || s.Name == "append": // the lock of an append has that name
		doc.Add(at+".name", fmt.Sprintf("%q is no name of a source", s.Name), "use 1 to 63 of a-z, 0-9 and hyphen, and not append")
	case names[s.Name]:
		doc.Add(at+".name", fmt.Sprintf("source %q stands twice", s.Name), "give each source a name of its own")
	}
	names[s.Name] = true
	switch {
	case s.Folder == "" && s.S3 == nil && s.API == "":
		doc.Add(at, fmt.Sprintf("source %q has no place", s.Name), "add folder: PATH, or s3: {bucket: NAME, prefix: PREFIX, region: REGION}, or api: NAME")
	case s.Folder != "" && s.S3 != nil || s.API != "" && (s.Folder != "" || s.S3 != nil):
		doc.Add(at, fmt.Sprintf("source %q has several places: a folder, a bucket or an API", s.Name), "make a source of each")
	case s.API != "":
		c.checkAPI(doc, at, s)
	case s.S3 != nil:
		checkBucket(doc, at, s)
	default:
		checkFolder(doc, at, s)
	}
	if s.API == "" {
		checkNoAPI(doc, at, s)
	}
	checkTimes(doc, at, s)
	c.checkDigests(doc, at, s)
	if s.API != "" && s.Vendor == nil {
		return nil // which format its pages are of is not known
	}
	return c.checkFormat(doc, at, s)
}

func checkBucket(doc *strictyaml.Document, at string, s *Source) {
	if s.S3.Bucket == "" {
		doc.Add(at+".s3", "no bucket", "add bucket: NAME")
	}
	if s.Since.IsZero() {
		doc.Add(at, fmt.Sprintf("source %q has no since", s.Name), "add since: the first day to read, like 2026-07-01")
	}
	if s.Role != nil && !strings.HasPrefix(s.Role.ARN, "arn:") {
		doc.Add(at+".role", "a role needs its arn", `add arn: "arn:aws:iam::111122223333:role/NAME"`)
	}
	if s.Role != nil {
		checkReference(doc, at+".role.external_id", s.Role.ExternalID)
	}
	if s.Endpoint != "" {
		checkURL(doc, at+".endpoint", s.Endpoint)
	}
}

func checkFolder(doc *strictyaml.Document, at string, s *Source) {
	for key, set := range map[string]bool{"since": !s.Since.IsZero(), "lag": s.Lag.Duration != 0, "look_back": s.LookBack.Duration != 0, "window": s.Window != "", "role": s.Role != nil, "endpoint": s.Endpoint != ""} {
		if set {
			doc.Add(at+"."+key, fmt.Sprintf("a folder has no %s", key), "remove it: a folder has objects, not days")
		}
	}
}

// checkDigests reads the file of keys. What it says is checked where digests are known.
func (c *Config) checkDigests(doc *strictyaml.Document, at string, s *Source) {
	if s.Original != nil && (s.Digests == nil || s.Original.Bucket == "") {
		doc.Add(at+".original_location", "a place of delivery needs its bucket, and digests that name it", "add bucket: NAME, and digests: {keys: FILE}")
	}
	if s.Digests == nil {
		return
	}
	if s.S3 == nil || s.Format != "aws.cloudtrail" {
		doc.Add(at+".digests", "digests belong to aws.cloudtrail in a bucket", "remove it")
	}
	if s.Digests.Keys == "" || s.Digests.Keys == "auto" {
		doc.Add(at+".digests", "digests need a file of keys", "write keys: FILE, made by: aws cloudtrail list-public-keys --start-time 2026-01-01 > FILE")
		return
	}
	data, err := os.ReadFile(c.Path(s.Digests.Keys))
	if err != nil {
		doc.Add(at+".digests.keys", readable(err), "make it: aws cloudtrail list-public-keys --start-time 2026-01-01 > FILE")
		return
	}
	s.Digests.Data = data
}

func checkTimes(doc *strictyaml.Document, at string, s *Source) {
	if s.Window != "" && s.Window != WindowDay && s.Window != WindowHour {
		doc.Add(at+".window", fmt.Sprintf("%q is no length of a window", s.Window), "use day or hour")
	}
	if s.Window == WindowHour && s.Zone != "" {
		doc.Add(at+".zone", "hours are those of UTC", "remove zone, or use window: day")
	}
	location, err := time.LoadLocation(s.Zone)
	if err != nil {
		doc.Add(at+".zone", fmt.Sprintf("unknown time zone %q", s.Zone), "use a name like Europe/Berlin, or remove it for UTC")
		location = time.UTC
	}
	s.Location = location
	if s.Schedule != "" {
		if s.Alarm, err = cron.ParseSchedule(s.Schedule); err != nil {
			doc.Add(at+".schedule", err.Error(), "")
		}
	}
}

// checkFormat looks the format up and reads its mapping and tool map. Their hashes become part of the mapping's version: m: for a mapping, t: for a
// tool map, so that a batch says for ever what its mapping was.
func (c *Config) checkFormat(doc *strictyaml.Document, at string, s *Source) (other strictyaml.Mistakes) {
	var o normalize.Options
	if s.Mapping != "" {
		var mistakes strictyaml.Mistakes
		o.Mapping, mistakes = readPolicy(c, doc, at+".mapping", "mapping", s.Mapping, normalize.LoadMapping)
		s.fileHashes += "+m:" + c.hashOf("mapping", s.Mapping)
		other = append(other, mistakes...)
	}
	if s.Tools != "" {
		var mistakes strictyaml.Mistakes
		o.Tools, mistakes = readPolicy(c, doc, at+".tools", "tools", s.Tools, normalize.LoadTools)
		s.fileHashes += "+t:" + c.hashOf("tools", s.Tools)
		other = append(other, mistakes...)
	}
	if len(other) > 0 || s.Mapping != "" && o.Mapping == nil || s.Tools != "" && o.Tools == nil {
		return other // the format cannot be made without the file that could not be read
	}
	s.MapFile = o.Mapping
	f, err := normalize.Lookup(s.Format, o)
	if err != nil {
		doc.Add(at+".format", err.Error(), "")
		return other
	}
	f.Version += s.fileHashes
	s.Reads = f
	return other
}

func readPolicy[T any](c *Config, doc *strictyaml.Document, at, kind, name string, load func(string, []byte) (T, strictyaml.Mistakes)) (value T, mistakes strictyaml.Mistakes) {
	data, err := os.ReadFile(c.Path(name))
	if err != nil {
		doc.Add(at, readable(err), "")
		return value, nil
	}
	rel := c.relative(c.Path(name))
	if !slices.ContainsFunc(c.Policies, func(p PolicyFile) bool { return p.Kind == kind && p.Name == rel }) {
		c.Policies = append(c.Policies, PolicyFile{kind, rel, data})
	}
	return load(rel, data)
}

// hashOf is the SHA-256 of a policy file that was read.
func (c *Config) hashOf(kind, name string) string {
	for _, p := range c.Policies {
		if p.Kind == kind && p.Name == c.relative(c.Path(name)) {
			return fmt.Sprintf("%x", sha256.Sum256(p.Data))
		}
	}
	return ""
}

// checkURL wants https, and http to this machine only: keys would travel in clear.
func checkURL(doc *strictyaml.Document, at, text string) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		doc.Add(at, fmt.Sprintf("%q is no address", text), "write https://HOST:PORT")
	case u.User != nil:
		doc.Add(at, "an address must not hold a password", "use api_key, or user and password")
	case u.Scheme == "http" && !slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, u.Hostname()):
		doc.Add(at, "http to another machine sends keys in clear", "use https")
	}
}

func (c *Config) checkCalendar(doc *strictyaml.Document) {
	if c.Zone == "" {
		return
	}
	var err error
	if c.Location, err = time.LoadLocation(c.Zone); err != nil || c.Zone == "Local" {
		doc.Add("zone", fmt.Sprintf("unknown time zone %q", c.Zone), "use a name like Europe/Berlin, or remove it for UTC")
	}
}

func (c *Config) checkSeal(doc *strictyaml.Document) {
	s := c.Seal
	if s == nil {
		return
	}
	if s.Certificate == "" {
		doc.Add("seal", "no certificate", "add certificate: FILE.pem")
	}
	if s.Key == nil {
		doc.Add("seal", "no key", "add key: {file: FILE}, or env or exec")
	}
	checkReference(doc, "seal.key", s.Key)
	if s.TSA != nil && !strings.HasPrefix(s.TSA.URL, "http://") { // many authorities have no https: the request is a hash, the answer is signed
		checkURL(doc, "seal.tsa.url", s.TSA.URL)
	}
}

func readable(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return fmt.Sprintf("cannot read %s: %v", filepath.Base(p.Path), p.Err)
	}
	return err.Error()
}
