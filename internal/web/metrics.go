package web

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// A measure is one metric with how to read it off a State. Names and counts only: no value from a record.
type measure struct {
	name string
	desc *prometheus.Desc
	kind prometheus.ValueType
	read func(s *State, yield func(value float64, labels ...string))
}

// measures are all metrics.
func measures() []measure {
	gauge := func(name, help string, labels []string, read func(*State, func(float64, ...string))) measure {
		return measure{"agenttrail_" + name, prometheus.NewDesc("agenttrail_"+name, help, labels, nil), prometheus.GaugeValue, read}
	}
	source := []string{"source"}
	each := func(value func(*Source) float64) func(*State, func(float64, ...string)) {
		return func(s *State, yield func(float64, ...string)) {
			for i := range s.Sources {
				yield(value(&s.Sources[i]), s.Sources[i].Name)
			}
		}
	}
	return []measure{
		gauge("windows_owed", "Windows of a source that are over and not closed.", source, each(func(s *Source) float64 { return float64(s.Owed) })),
		gauge("windows_open", "Windows of a source with objects that could not be fetched.", source, each(func(s *Source) float64 { return float64(len(s.Open)) })),
		gauge("window_closed_timestamp_seconds", "End of the newest closed window of a source; 0: none.", source, each(func(s *Source) float64 { return seconds(s.ClosedTo) })),
		gauge("source_last_entry_timestamp_seconds", "Time of the newest entry of the ledger about a source; 0: none.", source, each(func(s *Source) float64 { return seconds(s.LastEntry) })),
		gauge("source_gaps", "Silences of a source beyond its declared limit, in the days of the matrix.", source, each(func(s *Source) float64 { return float64(len(s.Gaps)) })),
		gauge("source_errors_only", "1: a source logs errors only.", source, each(func(s *Source) float64 { return truth(s.ErrorsOnly) })),
		{"agenttrail_records_total", prometheus.NewDesc("agenttrail_records_total", "Records of a source by how they ended.", []string{"source", "state"}, nil), prometheus.CounterValue, func(s *State, yield func(float64, ...string)) {
			for _, c := range s.Sources {
				yield(float64(c.Records), c.Name, "read")
				yield(float64(c.Rejected), c.Name, "rejected")
				yield(float64(c.Conflicts), c.Name, "conflict")
			}
		}},
		gauge("ledger_entries", "Entries of the ledger.", nil, func(s *State, yield func(float64, ...string)) { yield(float64(s.Ledger)) }),
		gauge("trail_free_bytes", "Room left on the disk of the trail.", nil, func(s *State, yield func(float64, ...string)) { yield(float64(s.Free)) }),
		gauge("index_behind_entries", "Entries that the cluster lacks; absent where none is configured.", nil, func(s *State, yield func(float64, ...string)) {
			if s.Index.Configured && s.Index.Error == "" {
				yield(float64(s.Index.Behind))
			}
		}),
		gauge("index_up", "1: the cluster answers; absent where none is configured.", nil, func(s *State, yield func(float64, ...string)) {
			if s.Index.Configured {
				yield(truth(s.Index.Error == ""))
			}
		}),
		gauge("findings", "What a person must look at.", []string{"severity"}, func(s *State, yield func(float64, ...string)) {
			yield(float64(s.Errors()), Error)
			yield(float64(len(s.Findings)-s.Errors()), Warning)
		}),
		gauge("reports_due", "Reports that are due and not issued.", nil, func(s *State, yield func(float64, ...string)) { yield(float64(len(s.Due))) }),
		gauge("run_ended_timestamp_seconds", "When the newest run ended.", nil, func(s *State, yield func(float64, ...string)) {
			if s.Last != nil {
				yield(seconds(s.Last.Ended))
			}
		}),
		gauge("run_state", "1 for how the newest run ended.", []string{"state"}, func(s *State, yield func(float64, ...string)) {
			if s.Last != nil {
				for _, state := range []string{"complete", "incomplete", "failed"} {
					yield(truth(s.Last.State == state), state)
				}
			}
		}),
	}
}

// MetricNames are the names of all metrics: what a rule may ask for.
func MetricNames() (names []string) {
	for _, m := range measures() {
		names = append(names, m.name)
	}
	return names
}

func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMicro()) / 1e6
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// A collector gives the metrics of one State.
type collector struct{ state *State }

func (c collector) Describe(to chan<- *prometheus.Desc) {
	for _, m := range measures() {
		to <- m.desc
	}
}

func (c collector) Collect(to chan<- prometheus.Metric) {
	for _, m := range measures() {
		m.read(c.state, func(value float64, labels ...string) {
			to <- prometheus.MustNewConstMetric(m.desc, m.kind, value, labels...)
		})
	}
}

// registry holds the metrics of one State and nothing of the process: a file from a run that is over must not show its memory.
func registry(s *State) (*prometheus.Registry, error) {
	r := prometheus.NewPedanticRegistry()
	return r, r.Register(collector{s})
}

// WriteMetrics writes the metrics of s to a file that a node exporter reads, in one step.
func WriteMetrics(name string, s *State) error {
	r, err := registry(s)
	if err != nil {
		return err
	}
	return prometheus.WriteToTextfile(name, r)
}
