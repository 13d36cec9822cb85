package reports

import (
	"fmt"
	"strconv"
)

// An Index is the state of the search index. Reports of the trail do not need it, but people compare them with what they see in Kibana.
type Index struct {
	Behind  int64 // actions of the ledger that it does not hold yet
	Unknown bool  // it did not answer
}

const indexUnknown = "unknown"

// Param is the state as the report's entry keeps it, so that the report can be made again; empty: it holds everything, or there is none.
func (i Index) Param() string {
	switch {
	case i.Unknown:
		return indexUnknown
	case i.Behind > 0:
		return strconv.FormatInt(i.Behind, 10)
	}
	return ""
}

// ParseIndex reads what Param wrote.
func ParseIndex(s string) (Index, error) {
	switch s {
	case "":
		return Index{}, nil
	case indexUnknown:
		return Index{Unknown: true}, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return Index{}, fmt.Errorf("state of the index %q: %w", s, err)
	}
	return Index{Behind: n}, nil
}

// words say that Kibana shows less than this report; empty: it does not.
func (i Index) words() string {
	switch {
	case i.Unknown:
		return "It did not answer when this report was issued, so Kibana may show less. The report was made from the records themselves"
	case i.Behind > 0:
		return fmt.Sprintf("It is behind: %s not in it yet, so Kibana shows less. The report was made from the records themselves", counting(i.Behind, "action is", "actions are"))
	}
	return ""
}
