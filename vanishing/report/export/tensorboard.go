package export

import (
	"bufio"
	stderrors "errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/evenly"
	"github.com/gradflow/gradflow/internal/eventfile"
	"github.com/gradflow/gradflow/internal/files"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/present"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/report/internal/markdown"
)

// A TensorBoard writes event files for TensorBoard and other readers of this format. The zero value is ready to use.
//
// A tag is the quantity and, after a slash, the depth and the path of the layer, or the depth and the name of the parameter.
// Zeros before the depth sort the layers. The tags are
//
//   - of a record: loss, learning_rate and clip;
//   - of a layer: delta_rms/03_dense3 and log10_delta_rms/03_dense3, and with details saturated, dead, gain_weight,
//     gain_activation, gain_norm, gain_skip and gain_other;
//   - of a parameter: grad_norm/03_dense3/weight (L2, before clipping), and with details update_ratio/03_dense3/weight;
//   - of a block, with details: skip_rms, branch_rms and cosine.
//
// Missing numbers are left out. Histograms are those of delta, pre, grad and value. The tab "custom scalars" has one chart for
// each quantity with all layers in it, and the tab "text" the diagnosis.
//
// TensorBoard keeps numbers as float32, in which 1e-46 is zero: log10_delta_rms shows smaller gradients. It shows at most 1000
// steps. Longer runs are thinned out evenly, to 1000 steps and to 200,000 layers times steps.
type TensorBoard struct {
	// WallTime returns the time of a step in seconds since 1970. Nil means the number of the step, so that the same profile
	// gives the same bytes; the axis "relative" then counts steps.
	WallTime func(step int) float64
}

// The bounds of an event file.
const (
	maxEvents      = 1000
	maxLayerEvents = 200_000
)

// Save writes each network into a folder under dir, named after the network. TensorBoard shows the folders as runs:
// tensorboard --logdir dir. An event file is whole or absent. If one cannot be written, the others still are.
func (t TensorBoard) Save(dir string, diagnoses ...vanishing.Diagnosis) error {
	if err := present.Validate(diagnoses); err != nil {
		return errors.Wrap(err, "export")
	}
	var failed error
	titles := make([]string, len(diagnoses))
	for i, d := range diagnoses {
		titles[i] = present.Title(d.Profile)
	}
	for i, name := range files.Names(titles) {
		if err := t.save(filepath.Join(dir, name), diagnoses[i]); err != nil {
			failed = stderrors.Join(failed, errors.Wrap(err, "export: TensorBoard"))
		}
	}
	return failed
}

// save writes the event file of one network into its folder.
func (t TensorBoard) save(folder string, d vanishing.Diagnosis) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if err := files.Clean(folder); err != nil {
		return err
	}
	return files.Write(filepath.Join(folder, eventfile.Name), func(w io.Writer) error { return t.Write(w, d) })
}

// Write writes the event file of one network.
func (t TensorBoard) Write(w io.Writer, diagnosis vanishing.Diagnosis) error {
	diagnoses, err := present.Diagnoses(diagnosis)
	if err != nil {
		return errors.Wrap(err, "export")
	}
	d := diagnoses[0]
	p := d.Profile
	wall := t.WallTime
	if wall == nil {
		wall = func(step int) float64 { return float64(step) }
	}
	tags := newTags(p)
	buffered := bufio.NewWriter(w) // Flush returns its first error
	start := 0
	if len(p.Records) > 0 {
		start = p.Records[0].Step
	}
	var about eventfile.Summary
	about.Tensor("custom_scalars__config__", "custom_scalars", tags.layout())
	about.Tensor("diagnosis", "text", []byte(diagnosisText(d)))
	buffered.Write(eventfile.AppendRecord(nil, eventfile.Version(wall(start))))
	buffered.Write(eventfile.AppendRecord(nil, eventfile.Event(wall(start), start).With(about)))
	keep := min(len(p.Records), maxEvents, max(maxLayerEvents/max(len(p.Layers), 1), 2))
	for i := range keep {
		r := p.Records[evenly.Index(i, keep, len(p.Records))]
		buffered.Write(eventfile.AppendRecord(nil, eventfile.Event(wall(r.Step), r.Step).With(tags.step(&r))))
	}
	return errors.Wrap(buffered.Flush(), "export: TensorBoard")
}

// diagnosisText is the Markdown of the tab "text".
func diagnosisText(d vanishing.Diagnosis) string {
	lines := []string{"**" + present.Opening(d.Language, d.Verdict) + "** " + markdown.Escape(d.Sentence), markdown.Escape(d.Evidence)}
	for _, r := range present.Remarks(d) {
		lines = append(lines, fmt.Sprintf("**%s**: %s", r.Label, markdown.Escape(r.Text)))
	}
	return strings.Join(lines, "\n\n")
}

// tags are the parts of the tags after the slash, by layer, parameter and block, and the names of the gains that are not zero
// throughout.
type tags struct {
	layers, params, blocks []string
	gains                  []string
}

func newTags(p vanishing.Profile) tags {
	digits := 2
	for _, l := range p.Layers {
		digits = max(digits, len(fmt.Sprint(l.Depth)))
	}
	var t tags
	for _, l := range p.Layers {
		t.layers = append(t.layers, fmt.Sprintf("%0*d_%s", digits, l.Depth, l.Path))
	}
	for _, param := range p.Params {
		t.params = append(t.params, fmt.Sprintf("%0*d_%s", digits, param.Depth, param.Name))
	}
	for i, b := range p.Blocks {
		t.blocks = append(t.blocks, fmt.Sprintf("%0*d_%s", digits, i+1, b.Path))
	}
	for _, part := range profile.GainParts {
		if anyGain(p, part.Of) {
			t.gains = append(t.gains, part.Name)
		}
	}
	return t
}

// anyGain tells whether a part of the gains is a number other than zero in any record.
func anyGain(p vanishing.Profile, of func(*profile.Gains) float64) bool {
	for _, r := range p.Records {
		if r.Details == nil {
			continue
		}
		for _, l := range r.Details.Layers {
			if l.Gains == nil {
				continue
			}
			if v := of(l.Gains); v != 0 && !math.IsNaN(v) {
				return true
			}
		}
	}
	return false
}
