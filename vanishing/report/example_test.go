package report_test

import (
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/report"
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

func ExampleText_Bars() {
	t := report.Text{ASCII: true}
	if err := t.Bars(os.Stdout, vanishing.DiagnoseAll(example("plain", 12, 0.2), example("residual", 12, 1))...); err != nil {
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
	if err := report.CSV(os.Stdout, vanishing.Diagnose(example("plain", 2, 0.5))); err != nil {
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

func ExampleText_Compare() {
	t := report.Text{ASCII: true}
	if err := t.Compare(os.Stdout, vanishing.DiagnoseAll(example("plain", 4, 0.01), example("residual", 4, 1))...); err != nil {
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
	// last hidden layer in the last step with details.
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
	if err := report.Markdown(&b, vanishing.Diagnose(example("plain", 12, 0.2))); err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.Split(b.String(), "\n\n## ")[1][:16])
	// Output:
	// plain: vanishing
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
	if err := report.HTML(file, vanishing.DiagnoseAll(example("plain", 30, 0.2), example("residual", 30, 1))...); err != nil {
		log.Fatal(err)
	}
	fmt.Println("open", filepath.Base(file.Name()), "in a browser")
	// Output: open gradients.html in a browser
}
