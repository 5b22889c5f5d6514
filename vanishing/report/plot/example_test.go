package plot_test

import (
	"fmt"
	"io"
	"log"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/report/plot"
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

func ExampleProfile() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	figure, err := plot.Profile(vanishing.DiagnoseAll(example("plain", 30, 0.2), example("residual", 30, 1))...)
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

func ExampleBudget() {
	p := vanishing.Profile{Name: "sigmoid", Dtype: "float32"}
	r := vanishing.Record{Details: &profile.Details{}, Loss: 2.3}
	for i := range 12 {
		p.Layers = append(p.Layers, vanishing.Layer{Path: fmt.Sprintf("dense%d", i+1), Depth: i + 1, Activation: profile.Activation{Kind: profile.Sigmoid}})
		r.Layers = append(r.Layers, profile.LayerRecord{DeltaRMS: profile.Number(math.Pow(0.25, float64(11-i)))})
		r.Details.Layers = append(r.Details.Layers, profile.LayerDetail{Gains: &profile.Gains{Activation: -0.6}})
	}
	p.Records = []vanishing.Record{r}
	figure, err := plot.Budget(vanishing.Diagnose(p))
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

func ExamplePaths() {
	p := example("residual", 7, 1)
	p.Paths = []profile.Paths{{Shares: []profile.Number{0.125, 0.375, 0.375, 0.125}, Expected: []profile.Number{0.125, 0.375, 0.375, 0.125}, Mean: 1.5}}
	figure, err := plot.Paths(vanishing.Diagnose(p))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(figure.Write(io.Discard, "png"))
	// Output:
	// <nil>
}
