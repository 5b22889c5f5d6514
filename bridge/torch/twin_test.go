package torch

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/exchange/safetensors"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/internal/pythontest"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/report"
)

// Three steps of training, in PyTorch and here.
const (
	batchSize = 16
	steps     = 3
	rate      = 0.01
	classes   = 5
)

// python is a Python with PyTorch.
func python(t *testing.T) string {
	t.Helper()
	return pythontest.With(t, "torch", "the bridge to PyTorch was not run")
}

// run runs a script with gradflow.py on its path.
func run(t *testing.T, args ...string) string {
	t.Helper()
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(python(t), args...)
	command.Env = append(os.Environ(), "PYTHONPATH="+here, "PYTHONDONTWRITEBYTECODE=1", "OMP_NUM_THREADS=1")
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return string(out)
}

// A layer is one layer of a network, as testdata/twin.py reads it.
type layer struct {
	Op     string  `json:"op"`
	In     int     `json:"in,omitempty"`
	Out    int     `json:"out,omitempty"`
	Images bool    `json:"images,omitempty"`
	Body   []layer `json:"body,omitempty"`
	After  string  `json:"after,omitempty"`
	NoBias bool    `json:"no_bias,omitempty"`
}

func dense(in, out int) layer { return layer{Op: "dense", In: in, Out: out} }
func act(kind string) layer   { return layer{Op: kind} }

// plain is a multilayer perceptron; norm may be empty.
func plain(kind, norm string, depth int) (list []layer) {
	in := 20
	for range depth {
		list = append(list, layer{Op: "dense", In: in, Out: 12, NoBias: norm == "batchnorm"}) // whose gradient would be rounding alone
		if norm != "" {
			list = append(list, layer{Op: norm, Out: 12})
		}
		list, in = append(list, act(kind)), 12
	}
	return append(list, dense(in, classes))
}

// residual has blocks of two layers.
func residual(kind, norm string, blocks int) []layer {
	list := []layer{dense(20, 12), act(kind)}
	for range blocks {
		body := plain(kind, norm, 2)
		body = body[:len(body)-1]
		body[0].In = 12
		list = append(list, layer{Op: "block", Body: body[:len(body)-1], After: kind})
	}
	return append(list, dense(12, classes))
}

// convolutional networks read images of one channel of 4 by 5 pixels.
func convolutional(kind string, norm bool) (list []layer) {
	in := 1
	for range 3 {
		list = append(list, layer{Op: "conv", In: in, Out: 6, NoBias: norm})
		if norm {
			list = append(list, layer{Op: "batchnorm", Out: 6, Images: true})
		}
		list, in = append(list, act(kind)), 6
	}
	return append(list, act("flatten"), dense(6*20, classes))
}

// networks are the ten that both frameworks train.
var networks = []struct {
	name   string
	layers []layer
	images bool
}{
	{"deep sigmoid", plain("sigmoid", "", 12), false},
	{"tanh", plain("tanh", "", 6), false},
	{"relu", plain("relu", "", 8), false},
	{"gelu and layer norm", plain("gelu", "layernorm", 5), false},
	{"relu and batch norm", plain("relu", "batchnorm", 6), false},
	{"elu", plain("elu", "", 4), false},
	{"residual relu", residual("relu", "", 4), false},
	{"residual tanh and layer norm", residual("tanh", "layernorm", 3), false},
	{"convolutional leaky relu", convolutional("leaky_relu", false), true},
	{"convolutional relu and batch norm", convolutional("relu", true), true},
}

// model draws the layers here.
func model(list []layer) graph.Sequential {
	var s graph.Sequential
	for _, l := range list {
		switch l.Op {
		case "dense":
			s = append(s, graph.Dense{Units: l.Out, NoBias: l.NoBias})
		case "conv":
			s = append(s, graph.Conv2D{Channels: l.Out, Kernel: 3, Padding: 1, NoBias: l.NoBias})
		case "batchnorm":
			s = append(s, graph.BatchNorm{})
		case "layernorm":
			s = append(s, graph.LayerNorm{})
		case "flatten":
			s = append(s, graph.Flatten{})
		case "block":
			s = append(s, graph.Residual{Branch: model(l.Body), Activation: activation(l.After)})
		default:
			s = append(s, activation(l.Op))
		}
	}
	return s
}

func activation(kind string) graph.Activation {
	return map[string]graph.Activation{
		"sigmoid": graph.Sigmoid, "tanh": graph.Tanh, "relu": graph.ReLU, "gelu": graph.GELU, "elu": graph.ELU(1), "leaky_relu": graph.LeakyReLU(0.01),
	}[kind]
}

// A twin is a network that was trained here and in PyTorch.
type twin struct {
	name   string
	dtype  tensor.Dtype
	folder string
	here   profile.Profile
}

// The same networks with the same weights and batches give the same profile and the same verdict.
func TestTwins(t *testing.T) {
	python(t)
	var twins []twin
	script := []string{"testdata/twin.py"}
	for i, n := range networks {
		for _, dtype := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
			made := newTwin(t, n.name, n.layers, n.images, dtype, uint64(i))
			twins, script = append(twins, made), append(script, made.folder)
		}
	}
	run(t, script...)
	for _, n := range twins {
		t.Run(n.name+" "+n.dtype.String(), func(t *testing.T) {
			there := readProfile(t, filepath.Join(n.folder, "profiles.json"))
			compareProfiles(t, there, n.here, n.dtype)
			got, want := vanishing.Diagnose(there), vanishing.Diagnose(n.here)
			if got.Verdict != want.Verdict || got.Sentence != want.Sentence {
				t.Errorf("verdict of PyTorch's profile: got %v: %s\nwant %v: %s", got.Verdict, got.Sentence, want.Verdict, want.Sentence)
			}
		})
	}
}

// newTwin trains a network here, and writes what PyTorch needs to do the same.
func newTwin(t *testing.T, name string, list []layer, images bool, dtype tensor.Dtype, seed uint64) twin {
	t.Helper()
	set := samples(t, dtype, images, seed)
	params := graph.NewParams(dtype, seed)
	program, err := graph.Build(graph.Config{
		Model: model(list), Params: params, Loss: graph.CrossEntropy{}, Input: append([]int{batchSize}, set.X.Shape()[1:]...),
	})
	if err != nil {
		t.Fatal(err)
	}
	n := twin{name: name, dtype: dtype, folder: t.TempDir()}
	writeTwin(t, n.folder, name, list, params, set)
	if err := program.Close(); err != nil {
		t.Fatal(err)
	}
	recorder := &vanishing.Recorder{Name: name, Details: vanishing.Every(1), Histograms: vanishing.Every(1), NoTheory: true}
	trainer := &train.Trainer{
		Model: model(list), Loss: graph.CrossEntropy{}, Params: params, Optimizer: &optim.SGD{LearningRate: rate, Momentum: 0.9},
		Epochs: 1, BatchSize: batchSize, NoShuffle: true, Seed: seed, Callbacks: []train.Callback{recorder},
	}
	if _, err := trainer.Fit(t.Context(), set, nil); err != nil {
		t.Fatal(err)
	}
	n.here = recorder.Profile()
	n.here.Baseline = 0 // PyTorch's profile does not know the targets
	return n
}

// samples are random inputs and classes.
func samples(t *testing.T, dtype tensor.Dtype, images bool, seed uint64) *data.Dataset {
	t.Helper()
	shape := []int{batchSize * steps, 20}
	if images {
		shape = []int{batchSize * steps, 1, 4, 5}
	}
	x, err := tensors.Randn(dtype, rand.New(rand.NewPCG(seed, 7)), shape...)
	if err != nil {
		t.Fatal(err)
	}
	labels := make([]int, shape[0])
	for i := range labels {
		labels[i] = (i * 7) % classes
	}
	y, err := tensors.Labels(labels)
	if err != nil {
		t.Fatal(err)
	}
	return &data.Dataset{X: x, Y: y}
}

// writeTwin writes what testdata/twin.py reads.
func writeTwin(t *testing.T, dir, name string, list []layer, params *graph.Params, set *data.Dataset) {
	t.Helper()
	spec, err := json.Marshal(map[string]any{"name": name, "layers": list, "rate": rate, "batch": batchSize})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "spec.json"), spec, 0o644); err != nil {
		t.Fatal(err)
	}
	named := []safetensors.Named{{Name: "x", Value: set.X}, {Name: "y", Value: set.Y}}
	for _, p := range params.All() {
		named = append(named, safetensors.Named{Name: p.Name, Value: p.Value})
	}
	file, err := os.Create(filepath.Join(dir, "twin.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := safetensors.Write(file, nil, named...); err != nil {
		t.Fatal(err)
	}
}

func readProfile(t *testing.T, path string) profile.Profile {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	profiles, err := report.ReadJSON(file)
	if err != nil || len(profiles) != 1 {
		t.Fatalf("%s: got %d profiles, %v", path, len(profiles), err)
	}
	return profiles[0]
}

// compareProfiles compares the layers, the blocks and all numbers of the records.
func compareProfiles(t *testing.T, got, want profile.Profile, dtype tensor.Dtype) {
	t.Helper()

	p := precision{1e-5, 0x1p-23}
	if dtype == tensor.Float64 {
		p = precision{1e-10, 0x1p-52}
	}
	if g, w := outline(got), outline(want); g != w {
		t.Fatalf("structure: got\n%s\nwant\n%s", g, w)
	}
	if len(got.Records) != steps || len(want.Records) != steps {
		t.Fatalf("records: got %d and %d, want %d", len(got.Records), len(want.Records), steps)
	}
	for i := range want.Records {
		g, w := &got.Records[i], &want.Records[i]
		at := fmt.Sprintf("step %d", w.Step)
		p.expectNear(t, at+": loss", float64(g.Loss), float64(w.Loss), 1)
		p.compare(t, at, profile.LayerQuantities, g, w, len(want.Layers))
		p.compare(t, at, profile.ParamQuantities, g, w, len(want.Params))
		p.compare(t, at, profile.BlockQuantities, g, w, len(want.Blocks))
		if dtype == tensor.Float64 && !reflect.DeepEqual(g.Histograms.Layers, w.Histograms.Layers) { // in float32 a rounded number may change its bucket
			t.Errorf("%s: histograms: got %+v, want %+v", at, g.Histograms.Layers, w.Histograms.Layers)
		}
	}
}

// A precision is the allowed relative difference, and the spacing of the type's numbers.
type precision struct{ tolerance, eps float64 }

// unmeasured are the quantities that the bridge does not measure.
var unmeasured = []string{"snr", "flushed", "signal.squared_mean", "signal.variance", "signal.branch_variance"}

func (p precision) compare(t *testing.T, at string, list []profile.Quantity, got, want *profile.Record, n int) {
	t.Helper()
	for _, q := range list {
		if slices.Contains(unmeasured, q.Name) {
			continue
		}
		for i := range n {
			g, known := q.Of(got, i)
			w, wanted := q.Of(want, i)
			if known != wanted {
				t.Errorf("%s: %s of %d: got one: %v, want one: %v", at, q.Name, i, known, wanted)
			}
			if known && wanted {
				p.expectNear(t, fmt.Sprintf("%s: %s of %d", at, q.Name, i), g, w, p.scale(q, want, i, w))
			}
		}
	}
}

// scale is the number that a difference is compared with: the value, or more where it is a difference of rounded numbers.
func (p precision) scale(q profile.Quantity, r *profile.Record, i int, value float64) float64 {
	switch {
	case q.Name == "update_l2":
		return value + p.eps/p.tolerance*float64(r.Details.Params[i].NormL2)
	case q.Name == "update_ratio":
		return value + p.eps/p.tolerance
	case q.Name == "unchanged":
		return 1 / p.tolerance // the last bit of an update decides whether a parameter keeps its bits
	case !q.Size:
		return max(math.Abs(value), 0.1)
	}
	return value
}

func (p precision) expectNear(t *testing.T, what string, got, want, scale float64) {
	t.Helper()
	if math.IsNaN(got) && math.IsNaN(want) || got == want {
		return
	}
	if !(math.Abs(got-want) <= p.tolerance*scale) {
		t.Errorf("%s: got %.12g, want %.12g", what, got, want)
	}
}

// outline lists the layers, parameters and blocks.
func outline(p profile.Profile) string {
	var b strings.Builder
	fmt.Fprintln(&b, p.Name, p.Dtype, p.Optimizer)
	for _, l := range p.Layers {
		fmt.Fprintln(&b, l.Path, l.Depth, l.Activation, l.Norm, l.Units, l.FanIn, l.OnSkip, l.Step, l.Recurrent)
	}
	for _, q := range p.Params {
		name := q.Name
		if q.Role == "gain" || q.Role == "shift" {
			name = q.Layer + "/" + q.Role
		}
		fmt.Fprintln(&b, name, q.Layer, q.Depth, q.Role, q.Size)
	}
	for _, l := range p.Blocks {
		fmt.Fprintln(&b, l.Path, l.First, l.Last)
	}
	return b.String()
}
