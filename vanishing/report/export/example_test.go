package export_test

import (
	"fmt"
	"log"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/report/export"
)

// example is the profile of a network whose gradient changes by a factor from layer to layer.
func example(name string, layers int, factor float64) vanishing.Profile {
	p := vanishing.Profile{Name: name, Dtype: "float32"}
	r := vanishing.Record{Batch: 64, Loss: 2.3, LearningRate: 0.1, Clip: 1}
	for i := range layers {
		p.Layers = append(p.Layers, vanishing.Layer{Path: fmt.Sprintf("dense%d", i+1), Depth: i + 1, Units: 10})
		r.Layers = append(r.Layers, profile.LayerRecord{DeltaRMS: profile.Number(0.01 * math.Pow(factor, float64(layers-i-1)))})
	}
	p.Records = []vanishing.Record{r}
	return p
}

func ExampleTensorBoard() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := (export.TensorBoard{}).Save(dir, vanishing.DiagnoseAll(example("plain", 30, 0.2), example("residual", 30, 1))...); err != nil {
		log.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "events.out.tfevents.*"))
	if err != nil {
		log.Fatal(err)
	}
	for _, file := range files {
		fmt.Println(filepath.Base(filepath.Dir(file)))
	}
	// Output:
	// plain
	// residual
}

func ExamplePrometheusHandler() {
	recorder := &vanishing.Recorder{Name: "plain"} // a callback of the trainer
	diagnoses := func() []vanishing.Diagnosis { return vanishing.DiagnoseAll(recorder.Profile()) }
	http.Handle("/metrics", export.PrometheusHandler(diagnoses))
}

func ExamplePrometheus() {
	var b strings.Builder
	if err := export.Prometheus(&b, vanishing.Diagnose(example("plain", 2, 0.5))); err != nil {
		log.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if strings.Contains(line, "gradflow_delta_rms") {
			fmt.Print(line)
		}
	}
	// Output:
	// # HELP gradflow_delta_rms Root mean square of the gradient of the loss with respect to the layer's pre-activation.
	// # TYPE gradflow_delta_rms gauge
	// gradflow_delta_rms{network="plain",layer="dense1",depth="1"} 0.005
	// gradflow_delta_rms{network="plain",layer="dense2",depth="2"} 0.01
}
