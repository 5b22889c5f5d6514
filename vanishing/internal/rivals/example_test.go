package rivals_test

import (
	"fmt"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/rivals"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// A network that has learnt everything has small gradients. Rules about the size of gradients call it sick.
func ExampleRules() {
	p := profile.Profile{Dtype: "float32"}
	record := profile.Record{Details: &profile.Details{}}
	for depth, path := range []string{"dense1", "dense2", "dense3"} {
		p.Layers = append(p.Layers, profile.Layer{Path: path, Depth: depth + 1})
		p.Params = append(p.Params, profile.Param{Name: path + "/weight", Layer: path, Role: "weight", Size: 100})
		record.Layers = append(record.Layers, profile.LayerRecord{DeltaRMS: 1e-9})
		record.Params = append(record.Params, profile.ParamRecord{GradL2: 1e-8, GradRMS: 1e-9})
		record.Details.Layers = append(record.Details.Layers, profile.LayerDetail{})
		record.Details.Params = append(record.Details.Params, profile.ParamDetail{GradMeanAbs: 8e-10, GradMax: 3e-9, NormL2: 1})
	}
	p.Records = []profile.Record{record}

	fmt.Println("gradflow:", vanishing.Diagnose(p).Verdict)
	for _, rule := range rivals.Rules() {
		if result := rule.Fires(p); result.Fires && rule.Finds == "vanishing" {
			fmt.Printf("%s: %s, as %s\n", rule.Tool, rule.Finds, result.Evidence)
		}
	}
	// Output:
	// gradflow: healthy
	// SageMaker Debugger: vanishing, as mean |g| of dense1/weight is 8e-10
	// TheDeepChecker: vanishing, as mean |g| of dense1/weight is 8e-10
	// DeepDiagnosis: vanishing, as mean |g| of dense1/weight is 8e-10
	// torchdiag: vanishing, as largest |g| of dense1/weight is 3e-09
	// GradientFlow: vanishing, as dense1: the mean gradient is 1e-09
}
