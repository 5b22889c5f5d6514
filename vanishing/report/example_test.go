package report_test

import (
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"

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
