package export

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/evenly"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/present"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// maxSeries bounds the layers of a network in metrics, as each is a time series in the memory of Prometheus.
const maxSeries = 128

// Prometheus writes the last recorded step of each network in Prometheus' text format, version 0.0.4. Metrics by layer have
// the labels network, layer and depth, those by parameter also parameter and norm="l2". Of more than 128 layers equally spaced
// ones are written, the first and the last among them; gradflow_layers is the number of all. Missing numbers are left out.
// Networks of the same name get a number after it.
func Prometheus(w io.Writer, diagnoses ...vanishing.Diagnosis) error {
	diagnoses, err := present.Diagnoses(diagnoses...)
	if err != nil {
		return errors.Wrap(err, "export")
	}
	m := &metrics{}
	taken := make(map[string]bool)
	for _, d := range diagnoses {
		m.network(unique(taken, present.Title(d.Profile)), d)
	}
	_, err = w.Write(m.text())
	return errors.Wrap(err, "export: Prometheus")
}

// PrometheusHandler serves the diagnoses that the function returns at each request, as [Prometheus] writes them. The function
// must be safe for concurrent calls: guard the recorder of a live run with a lock.
func PrometheusHandler(diagnoses func() []vanishing.Diagnosis) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
			return
		}
		var b bytes.Buffer
		if err := Prometheus(&b, diagnoses()...); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		_, _ = w.Write(b.Bytes()) // fails only if the client has gone
	})
}

// A family is a metric with its samples.
type family struct {
	name, kind, help string
	samples          []string
}

// metrics are families in the order of their first sample.
type metrics struct{ families []*family }

// add appends a sample unless it is NaN. Labels are pairs of a name and a value.
func (m *metrics) add(name, kind, help string, v float64, labels ...string) {
	if math.IsNaN(v) {
		return
	}
	m.sample(name, kind, help, v, labels...)
}

// sample appends a sample, even NaN.
func (m *metrics) sample(name, kind, help string, v float64, labels ...string) {
	var f *family
	for _, known := range m.families {
		if known.name == name {
			f = known
		}
	}
	if f == nil {
		f = &family{name: name, kind: kind, help: help}
		m.families = append(m.families, f)
	}
	var pairs []string
	for i := 0; i < len(labels); i += 2 {
		pairs = append(pairs, labels[i]+`="`+labelEscapes.Replace(strings.ToValidUTF8(labels[i+1], "\ufffd"))+`"`)
	}
	f.samples = append(f.samples, fmt.Sprintf("%s{%s} %s\n", name, strings.Join(pairs, ","), strconv.FormatFloat(v, 'g', -1, 64)))
}

var labelEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

func (m *metrics) text() []byte {
	var b bytes.Buffer
	for _, f := range m.families {
		fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s %s\n%s", f.name, f.help, f.name, f.kind, strings.Join(f.samples, ""))
	}
	return b.Bytes()
}

// network appends all metrics of one network.
func (m *metrics) network(name string, d vanishing.Diagnosis) {
	p := d.Profile
	for v := vanishing.Undetermined; v <= vanishing.Stuck; v++ {
		is := 0.0
		if v == d.Verdict {
			is = 1
		}
		m.add("gradflow_verdict", "gauge", "Whether this is the verdict on the gradient flow: 1 for one of the verdicts, 0 for the others.", is, "network", name, "verdict", v.String())
	}
	m.add("gradflow_layers", "gauge", "Weighted layers of the network.", float64(len(p.Layers)), "network", name)
	steps := p.Sampling.Steps
	if n := len(p.Records); n > 0 {
		steps = max(steps, p.Records[n-1].Step+1)
	}
	m.add("gradflow_steps_total", "counter", "Steps the run has made.", float64(steps), "network", name)
	m.add("gradflow_recorded_steps_total", "counter", "Steps recorded.", float64(max(p.Sampling.Recorded, len(p.Records))), "network", name)
	m.add("gradflow_nonfinite_steps_total", "counter", "Recorded steps, among those that are kept, in which the loss or a gradient was NaN or infinite.", float64(nonFinite(p)), "network", name)
	if p.Cost != nil {
		m.add("gradflow_run_seconds_total", "counter", "Time of the run.", p.Cost.Run, "network", name)
		m.add("gradflow_recording_seconds_total", "counter", "Time of the run that recording took.", p.Cost.Recording, "network", name)
	}
	if n := len(p.Records); n > 0 {
		m.record(name, p, &p.Records[n-1], present.LastDetailed(p.Records))
	}
}

// A gauge is a quantity as a metric.
type gauge struct {
	name, help string
	always     bool     // taken from the last record, even NaN; others are taken from the last one with details, and left out if NaN
	labels     []string // besides those of the layer or parameter
}

// The quantities that are metrics, by their names in package profile.
var (
	layerGauges = map[string]gauge{
		"delta_rms":        {name: "gradflow_delta_rms", help: "Root mean square of the gradient of the loss with respect to the layer's pre-activation.", always: true},
		"saturated":        {name: "gradflow_saturated_ratio", help: "Share of the pre-activations where the activation hardly passes a gradient on."},
		"dead":             {name: "gradflow_dead_ratio", help: "Share of the units that are saturated on every sample of the batch."},
		"gains.weight":     gainGauge("weight"),
		"gains.activation": gainGauge("activation"),
		"gains.norm":       gainGauge("norm"),
		"gains.skip":       gainGauge("skip"),
		"gains.other":      gainGauge("other"),
	}
	paramGauges = map[string]gauge{
		"grad_l2":      {name: "gradflow_grad_norm", help: "Norm of the gradient of a parameter, before any clipping.", always: true, labels: []string{"norm", "l2"}},
		"norm_l2":      {name: "gradflow_param_norm", help: "Norm of a parameter, before the update.", labels: []string{"norm", "l2"}},
		"update_ratio": {name: "gradflow_update_ratio", help: "Norm of a parameter's update over that of the parameter.", labels: []string{"norm", "l2"}},
	}
)

func gainGauge(part string) gauge {
	return gauge{name: "gradflow_gain_decades", help: "Decimal logarithm of the factor that a part of the layer puts on the gradient.", labels: []string{"part", part}}
}

// record appends the last record, and the details of the last one that has any.
func (m *metrics) record(name string, p vanishing.Profile, r *vanishing.Record, detailed *vanishing.Record) {
	if p.HasLoss() {
		m.sample("gradflow_loss", "gauge", "Loss of the batch.", float64(r.Loss), "network", name)
	}
	m.add("gradflow_learning_rate", "gauge", "Learning rate of the step.", float64(r.LearningRate), "network", name)
	for _, i := range thinned(len(p.Layers)) {
		l := p.Layers[i]
		m.quantities(profile.LayerQuantities, layerGauges, r, detailed, i, "network", name, "layer", l.Path, "depth", strconv.Itoa(l.Depth))
	}
	for _, i := range thinned(len(p.Params)) {
		param := p.Params[i]
		m.quantities(profile.ParamQuantities, paramGauges, r, detailed, i,
			"network", name, "layer", param.Layer, "depth", strconv.Itoa(param.Depth), "parameter", param.Name)
	}
}

// quantities appends the quantities of a layer or a parameter that are metrics.
func (m *metrics) quantities(table []profile.Quantity, gauges map[string]gauge, r, detailed *vanishing.Record, i int, labels ...string) {
	for _, q := range table {
		g, isMetric := gauges[q.Name]
		source := detailed
		if g.always {
			source = r
		}
		if !isMetric || source == nil {
			continue
		}
		if v, known := q.Of(source, i); known && (g.always || !math.IsNaN(v)) {
			m.sample(g.name, "gauge", g.help, v, slices.Concat(labels, g.labels)...)
		}
	}
}

// thinned are at most maxSeries equally spaced indices below n.
func thinned(n int) []int {
	list := make([]int, min(n, maxSeries))
	for i := range list {
		list[i] = evenly.Index(i, len(list), n)
	}
	return list
}

// nonFinite counts the records in which the loss or the gradient of a parameter is NaN or infinite.
func nonFinite(p vanishing.Profile) int {
	n := 0
	for _, r := range p.Records {
		if sum := float64(r.Loss) + r.GradL2(); math.IsNaN(sum) || math.IsInf(sum, 0) {
			n++
		}
	}
	return n
}

// unique is a name, with a number after it if it is taken.
func unique(taken map[string]bool, name string) string {
	free := name
	for n := 2; taken[free]; n++ {
		free = fmt.Sprintf("%s-%d", name, n)
	}
	taken[free] = true
	return free
}
