package vanishing_test

import (
	"bytes"
	"context"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	rnn "github.com/gradflow/gradflow/graph/recurrent"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/madeup"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/report"
)

// compiled is docs/profile.schema.json. The strict schema rejects keys that it does not describe.
func compiled(t *testing.T, strict bool) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile("../docs/profile.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if root := document.(map[string]any); strict {
		for _, object := range append(slices.Collect(maps.Values(root["$defs"].(map[string]any))), document) {
			if object := object.(map[string]any); object["properties"] != nil {
				object["additionalProperties"] = false
			}
		}
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("profile.schema.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("profile.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// trained trains a model for 6 steps and returns the recorder's profile.
func trained(t *testing.T, model graph.Model, optimizer optim.Optimizer, recorder *vanishing.Recorder) vanishing.Profile {
	t.Helper()
	trainer := &train.Trainer{
		Model: model, Loss: graph.MSE{}, Optimizer: optimizer, Dtype: tensor.Float64, BatchSize: 3, Epochs: 3, Seed: 1,
		Callbacks: []train.Callback{recorder},
	}
	if _, err := trainer.Fit(context.Background(), structureSet(t), nil); err != nil {
		t.Fatal(err)
	}
	return recorder.Profile()
}

// profilesOfAllKinds returns profiles with and without each tier, most of them recorded.
func profilesOfAllKinds(t *testing.T) map[string]vanishing.Profile {
	t.Helper()
	plain := mlp.Model{Input: 8, Depth: 3, Width: 5, Output: 3, Activation: graph.LeakyReLU(0.1), Norm: graph.LN}
	blocks := resnet.Model{Input: 8, Blocks: 2, Width: 5, Output: 3}
	all := func() *vanishing.Recorder {
		return &vanishing.Recorder{Details: vanishing.Every(1), Histograms: vanishing.Every(1)}
	}
	own := trained(t, plain, &optim.SGD{LearningRate: 0.1}, all())
	own.Trained, own.NonFinite = true, &profile.NonFiniteEvent{Step: 9, What: "loss", Layer: -1}
	guess, floor := profile.Number(1), profile.Number(0)
	own.Records[0].Details.Guess, own.Records[0].Details.Floor = &guess, &floor
	return map[string]vanishing.Profile{
		"own loss":      own,
		"norms":         trained(t, plain, &optim.SGD{LearningRate: 0.1, Momentum: 0.9}, &vanishing.Recorder{Details: vanishing.Never}),
		"details":       trained(t, plain, &optim.Adam{LearningRate: 0.01}, &vanishing.Recorder{Details: vanishing.Every(1), Histograms: vanishing.Never}),
		"histograms":    trained(t, plain, &optim.SGD{LearningRate: 0.1}, all()),
		"blocks":        trained(t, blocks, &optim.SGD{LearningRate: 0.1}, all()),
		"not finite":    trained(t, plain, &optim.SGD{LearningRate: math.MaxFloat64}, all()),
		"time":          recurrent(t, 0.7),
		"memory":        observeSequence(t, rnn.LRU{Units: 4, NoSkip: true, Last: true}, 5),
		"attention":     observeLanguageModel(t, tensor.Float32),
		"with trials":   madeup.Network{Name: "net", Layers: 8, Steps: 4, Factor: 0.1, Activation: "relu", Residual: true}.Profile(),
		"only NaN":      madeup.AllNaN(4, 3),
		"only one size": {Layers: []vanishing.Layer{{Path: "a", Depth: 1}}, Records: []vanishing.Record{{Layers: []profile.LayerRecord{{DeltaRMS: 1}}}}},
		"no step":       {Layers: []vanishing.Layer{{Path: "a", Depth: 1}}},
	}
}

// Every written profile follows the schema, and the schema describes each of its keys.
func TestProfilesFollowTheirSchema(t *testing.T) {
	schema, strict := compiled(t, false), compiled(t, true)
	for name, p := range profilesOfAllKinds(t) {
		var b bytes.Buffer
		if err := report.JSON(&b, vanishing.Diagnose(p)); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		document, err := jsonschema.UnmarshalJSON(&b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := schema.Validate(document); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := strict.Validate(document); err != nil {
			t.Errorf("%s: a key that the schema does not describe: %v", name, err)
		}
	}
}

// The schema and the reader reject the same invalid profiles.
func TestSchemaRefuses(t *testing.T) {
	schema := compiled(t, false)
	const valid = `{"schema":3,"networks":[{"profile":{"layers":[{"path":"a","depth":1,"activation":{"kind":"relu"}}],"records":[{"step":0,"layers":[{"delta_rms":1}]}]}}]}`
	refused := func(old, new string) (bySchema, byReader error) {
		text := strings.Replace(valid, old, new, 1)
		document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		_, byReader = report.ReadJSON(strings.NewReader(text))
		return schema.Validate(document), byReader
	}
	if bySchema, byReader := refused("", ""); bySchema != nil || byReader != nil {
		t.Fatal(bySchema, byReader)
	}
	for _, c := range [][2]string{
		{`"schema":3`, `"schema":2`}, {`"schema":3,`, ``},
		{`"profile"`, `"profiles"`},
		{`"records":[`, `"records":[1,`},
		{`{"kind":"relu"}`, `"relu"`},
		{`{"kind":"relu"}`, `{"kind":1}`},
		{`"depth":1`, `"depth":-1`}, {`"depth":1`, `"depth":1.5`},
		{`"delta_rms":1`, `"delta_rms":-1`}, {`"delta_rms":1`, `"delta_rms":"nan"`}, {`"delta_rms":1`, `"delta_rms":"1"`},
		{`"step":0`, `"step":-1`},
		{`"step":0`, `"step":0,"details":true`},
		{`"step":0`, `"step":0,"details":{"layers":[1]}`},
		{`"step":0`, `"step":0,"histograms":{"layers":[{"delta":{"low":0,"positive":[-1]}}]}`},
		{`"layers":[{"delta`, `"params":[{"grad_l2":-1,"grad_rms":0}],"layers":[{"delta`},
	} {
		bySchema, byReader := refused(c[0], c[1])
		if bySchema == nil || byReader == nil {
			t.Errorf("%s for %s: the schema says %v, the reader %v, want two errors", c[1], c[0], bySchema, byReader)
		}
	}
}
