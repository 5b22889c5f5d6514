package report_test

import (
	"fmt"
	"io"
	"log"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
)

// example is the profile of a network whose gradient changes by a factor from layer to layer.
func example(name string, layers int, factor float64) vanishing.Profile {
	p := vanishing.Profile{Name: name, Dtype: "float32"}
	r := vanishing.Record{Batch: 64, Loss: 2.3, LearningRate: 0.1, Clip: 1}
	for i := range layers {
		p.Layers = append(p.Layers, vanishing.Layer{Path: fmt.Sprintf("dense%d", i+1), Depth: i + 1, Units: 10})
		r.Layers = append(r.Layers, vanishing.LayerRecord{DeltaRMS: 0.01 * math.Pow(factor, float64(layers-i-1))})
	}
	p.Records = []vanishing.Record{r}
	return p
}

func ExampleText_Bars() {
	t := report.Text{ASCII: true}
	if err := t.Bars(os.Stdout, example("plain", 12, 0.2), example("residual", 12, 1)); err != nil {
		log.Fatal(err)
	}
	// Output:
	// plain: vanishing
	//  1e-2 |                              ######
	//       |                     ###############
	//       |            ########################
	// 1e-10 |####################################
	//        input                         output
	//
	// residual: healthy
	//  1e-2 |####################################
	//       |####################################
	//       |####################################
	// 1e-10 |####################################
	//        input                         output
}

func ExampleCSV() {
	if err := report.CSV(os.Stdout, example("plain", 2, 0.5)); err != nil {
		log.Fatal(err)
	}
	// Output:
	// step,epoch,layer,depth,parameter,kind,value
	// 0,0,,,,batch,64
	// 0,0,,,,loss,2.3
	// 0,0,,,,learning_rate,0.1
	// 0,0,,,,clip,1
	// 0,0,dense1,1,,delta_rms,0.005
	// 0,0,dense1,1,,flushed,0
	// 0,0,dense2,2,,delta_rms,0.01
	// 0,0,dense2,2,,flushed,0
}

func ExampleProfilePlot() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	figure, err := report.ProfilePlot(example("plain", 30, 0.2), example("residual", 30, 1))
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range []string{"profile.png", "profile.svg"} {
		if err := figure.Save(filepath.Join(dir, name)); err != nil {
			log.Fatal(err)
		}
		fmt.Println("saved", name)
	}
	// Output:
	// saved profile.png
	// saved profile.svg
}

func ExampleText_Compare() {
	t := report.Text{ASCII: true}
	if err := t.Compare(os.Stdout, example("plain", 4, 0.01), example("residual", 4, 1)); err != nil {
		log.Fatal(err)
	}
	// Output:
	// The networks side by side:
	//                         plain  residual
	// verdict             vanishing   healthy
	// layers                      4         4
	// recorded steps              1         1
	// change                  -4.00      0.00
	// R^2 of the trend         1.00      1.00
	// first / last layer    1.0e-04   1.0e+00
	// first loss                2.3       2.3
	// last loss                 2.3       2.3
	// change: decades (factors of ten) that the gradient gains from the last hidden layer to the first, by
	// the trend of all layers; with its parts as measured. update: of the weights of the first and the
	// last hidden layer in the last step.
	//
	// The gradient dL/dz over the depth (RMS, median over the recorded steps):
	// depth    plain  residual
	// 1      1.0e-08   1.0e-02
	// 2      1.0e-06   1.0e-02
	// 3      1.0e-04   1.0e-02
	// 4      1.0e-02   1.0e-02
}

func ExampleMarkdown() {
	var b strings.Builder
	if err := report.Markdown(&b, example("plain", 12, 0.2)); err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.Split(b.String(), "\n\n## ")[1][:16])
	// Output:
	// plain: vanishing
}

func ExampleTensorBoard() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := (report.TensorBoard{}).Save(dir, example("plain", 30, 0.2), example("residual", 30, 1)); err != nil {
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
	profiles := func() []vanishing.Profile { return []vanishing.Profile{example("plain", 2, 0.5)} }
	http.Handle("/metrics", report.PrometheusHandler(profiles))
}

func ExamplePrometheus() {
	var b strings.Builder
	if err := report.Prometheus(&b, example("plain", 2, 0.5)); err != nil {
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

func ExampleBudgetPlot() {
	p := vanishing.Profile{Name: "sigmoid", Dtype: "float32"}
	r := vanishing.Record{Details: true, Loss: 2.3}
	for i := range 12 {
		p.Layers = append(p.Layers, vanishing.Layer{Path: fmt.Sprintf("dense%d", i+1), Depth: i + 1, Activation: "sigmoid"})
		r.Layers = append(r.Layers, vanishing.LayerRecord{DeltaRMS: math.Pow(0.25, float64(11-i)), Gains: vanishing.Gains{Activation: -0.6}})
	}
	p.Records = []vanishing.Record{r}
	figure, err := report.BudgetPlot(p)
	if err != nil {
		log.Fatal(err)
	}
	var b strings.Builder
	if err := figure.Write(&b, "svg"); err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.Contains(b.String(), "6.0 decades lost over 11 layers: 6.0 to the derivative of sigmoid"))
	// Output:
	// true
}

func ExamplePathsPlot() {
	p := example("residual", 7, 1)
	p.Paths = []vanishing.Paths{{Shares: []float64{0.125, 0.375, 0.375, 0.125}, Expected: []float64{0.125, 0.375, 0.375, 0.125}, Mean: 1.5}}
	figure, err := report.PathsPlot(p)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(figure.Write(io.Discard, "png"))
	// Output:
	// <nil>
}

func ExampleHTML() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file, err := os.Create(filepath.Join(dir, "gradients.html"))
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	if err := report.HTML(file, example("plain", 30, 0.2), example("residual", 30, 1)); err != nil {
		log.Fatal(err)
	}
	fmt.Println("open", filepath.Base(file.Name()), "in a browser")
	// Output: open gradients.html in a browser
}
