package trail

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Layout of a batch's name: the moment it was made, to the second, and 16 random hex digits.
const nameLayout = "20060102T150405Z"

// nameAge is how old a name may be when its batch commits: `gc` removes what no entry names only when it is a week old, so there is no race.
const nameAge = 24 * time.Hour

// sourceName is what a source may be called: it becomes the name of a lock.
var sourceName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// batchName makes the name of a batch.
func batchName(now time.Time, random [8]byte) string {
	return now.UTC().Format(nameLayout) + "-" + hex.EncodeToString(random[:])
}

// nameTime is the moment at which a batch's name was made.
func nameTime(name string) (time.Time, error) {
	stamp, _, _ := strings.Cut(name, "-")
	t, err := time.Parse(nameLayout, stamp)
	if err != nil {
		return t, fmt.Errorf("%q is no batch name: want %s-<16 hex digits>", name, nameLayout)
	}
	return t, nil
}

// batchPath is where a file of a batch stands: <folder>/<yyyy>/<mm>/<dd>/<name><ext>.
func batchPath(folder, name, ext string) string {
	return folder + "/" + name[0:4] + "/" + name[4:6] + "/" + name[6:8] + "/" + name + ext
}

// policyPath is where the bytes of a policy file stand.
func policyPath(sha string) string { return "policy/" + sha }

// objectName is the name of an object inside its batch's ZIP; n is its line in the objects file.
func objectName(n int) string { return fmt.Sprintf("objects/%06d", n) }

func contextName(n int) string { return fmt.Sprintf("contexts/%d", n) }

// Names of the lists inside an evidence ZIP.
const (
	recordsName = "records.csv"
	rejectsName = "rejects.jsonl"
)
