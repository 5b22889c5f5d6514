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
	"github.com/gradflow/gradflow/internal/files"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/present"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/report/internal/markdown"
)

// A TensorBoard writes event files for TensorBoard, and for all that reads those. The zero value is ready to use.
//
// Its tags are the quantity and, behind a slash, depth and path of the layer, or depth and name of the parameter, with
// zeros before the depth so that layers are sorted: loss, learning_rate, clip; delta_rms/03_dense3, log10_delta_rms/03_dense3;
// grad_norm/03_dense3/weight (L2, before clipping), update_ratio/03_dense3/weight; and, of records with details, saturated,
// dead, gain_weight, gain_activation, gain_norm, gain_skip and gain_other by layer, and skip_rms, branch_rms and cosine by
// block. Numbers that do not exist are left out. Histograms are those of delta, pre, grad and value. The tab "custom
// scalars" has one chart for each quantity with all layers in it, and the tab "text" the diagnosis.
//
// TensorBoard keeps numbers as float32, in which 1e-46 is zero: log10_delta_rms is there for what is smaller. It shows at
// most 1000 steps, so that more are thinned out evenly, and to 200,000 layers times steps.
type TensorBoard struct {
	// WallTime gives the time of a step in seconds since 1970. Nil means the step's own number, so that the same profile
	// gives the same bytes; the axis "relative" then counts steps.
	WallTime func(step int) float64
}

// The bounds of an event file.
const (
	maxEvents      = 1000
	maxLayerEvents = 200_000
)

// eventFile is the name of an event file. TensorBoard looks for "tfevents" and expects one in a folder; the number is the
// time it was made, which is left out so that the same run gives the same file.
const eventFile = "events.out.tfevents.0000000000.gradflow"

// Save writes each network into a folder of its own under dir, which TensorBoard shows as runs: tensorboard --logdir dir.
// The folders are named after the networks. An event file is whole or absent, and one that cannot be written does not keep
// the others from being written.
func (t TensorBoard) Save(dir string, diagnoses ...vanishing.Diagnosis) error {
	if err := present.Validate(diagnoses); err != nil {
		return errors.Wrap(err, "export")
	}
	var all error
	titles := make([]string, len(diagnoses))
	for i, d := range diagnoses {
		titles[i] = present.Title(d.Profile)
	}
	for i, name := range files.Names(titles) {
		if err := t.save(filepath.Join(dir, name), diagnoses[i]); err != nil {
			all = stderrors.Join(all, errors.Wrap(err, "export: TensorBoard"))
		}
	}
	return all
}

// save writes the event file of one network into its folder.
func (t TensorBoard) save(folder string, d vanishing.Diagnosis) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if err := files.Clean(folder); err != nil {
		return err
	}
	return files.Write(filepath.Join(folder, eventFile), func(w io.Writer) error { return t.Write(w, d) })
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
	buffered := bufio.NewWriter(w) // errors stick in it
	start := 0
	if len(p.Records) > 0 {
		start = p.Records[0].Step
	}
	var about summary
	about.tensor("custom_scalars__config__", "custom_scalars", tags.layout())
	about.tensor("diagnosis", "text", []byte(diagnosisText(d)))
	_ = writeRecord(buffered, fileVersion(wall(start)))
	_ = writeRecord(buffered, event(wall(start), start).bytes(5, about.message))
	keep := min(len(p.Records), maxEvents, max(maxLayerEvents/max(len(p.Layers), 1), 2))
	for i := range keep {
		r := p.Records[evenly.Index(i, keep, len(p.Records))]
		_ = writeRecord(buffered, event(wall(r.Step), r.Step).bytes(5, tags.step(&r)))
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

// tags are the names of a profile's layers, parameters and blocks after the slash, and which parts of the gains are not zero
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

// anyGain tells whether a part is anywhere a number and not zero.
func anyGain(p vanishing.Profile, of func(*vanishing.Gains) float64) bool {
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
