package initializer_test

import (
	"fmt"
	"testing"

	"github.com/gradflow/gradflow/graph/initializer"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text string
		want initializer.Initializer
	}{
		{"zeros", initializer.Constant{}},
		{"ones", initializer.Constant{Value: 1}},
		{"constant:0.5", initializer.Constant{Value: 0.5}},
		{"uniform:-0.1,0.1", initializer.Uniform{Low: -0.1, High: 0.1}},
		{"normal:0.05", initializer.Normal{Std: 0.05}},
		{"normal(0.05)", initializer.Normal{Std: 0.05}},
		{"normal:1,0.05", initializer.Normal{Mean: 1, Std: 0.05}},
		{"normal( mean = 1 , std = 5e-2 )", initializer.Normal{Mean: 1, Std: 0.05}},
		{"xavier", initializer.XavierUniform{}},
		{"xavier_uniform", initializer.XavierUniform{}},
		{"glorot", initializer.XavierUniform{}},
		{"glorot_uniform:2", initializer.XavierUniform{Gain: 2}},
		{"xavier_normal", initializer.XavierNormal{}},
		{"glorot_normal", initializer.XavierNormal{}},
		{"he", initializer.HeNormal{}},
		{"he()", initializer.HeNormal{}},
		{" He-Normal : gain=1 ", initializer.HeNormal{Gain: 1}},
		{"kaiming", initializer.HeNormal{}},
		{"kaiming_normal", initializer.HeNormal{}},
		{"he_normal_fan_out", initializer.HeNormal{FanOut: true}},
		{"kaiming_normal_fan_out", initializer.HeNormal{FanOut: true}},
		{"he_uniform", initializer.HeUniform{}},
		{"kaiming_uniform", initializer.HeUniform{}},
		{"he_uniform_fan_out", initializer.HeUniform{FanOut: true}},
		{"kaiming_uniform_fan_out:3", initializer.HeUniform{Gain: 3, FanOut: true}},
		{"lecun", initializer.LeCunNormal{}},
		{"lecun_normal", initializer.LeCunNormal{}},
		{"lecun_uniform", initializer.LeCunUniform{}},
		{"orthogonal", initializer.Orthogonal{}},
		{"orthogonal:1.5", initializer.Orthogonal{Gain: 1.5}},
		{"delta_orthogonal", initializer.DeltaOrthogonal{}},
		{"delta_orthogonal:1.5", initializer.DeltaOrthogonal{Gain: 1.5}},
		{"torch", initializer.TorchDefault{}},
	} {
		got, err := initializer.Parse(c.text)
		if err != nil || got != c.want {
			t.Errorf("%q is %v, %v, want %v", c.text, got, err, c.want)
		}
	}
}

// What String writes can be read back; a default gain is then written out, to
// the digits that String shows.
func TestParseReadsString(t *testing.T) {
	for _, rule := range everyRule {
		got, err := initializer.Parse(rule.String())
		if err != nil || got.String() != rule.String() {
			t.Errorf("%v is read as %v, %v", rule, got, err)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", `initializer: "": unknown rule: want one of zeros, ones, constant, uniform, normal, xavier_uniform, xavier, `},
		{"bogus:1", `initializer: "bogus:1": unknown rule: want one of `},
		{"normal", "got 0 numbers, want normal:std or normal:mean,std"},
		{"normal:1,2,3", "got 3 numbers, want normal:std or normal:mean,std"},
		{"uniform:1", "got 1 number, want uniform:low,high"},
		{"zeros:1", "got 1 number, want zeros"},
		{"he:1,2", "got 2 numbers, want he_normal or he_normal:gain"},
		{"normal:x", `number std: got "x", want normal:std or normal:mean,std`},
		{"normal:mean=1", `number std: got "mean=1"`},
		{"normal:1e999", `number std: got "1e999"`},
		{"uniform:0.1,", `number high: got ""`},
		{"normal(0.1", "closing parenthesis is missing"},
		{"normal:-0.1", `initializer: "normal:-0.1": want a finite mean and a finite std >= 0`},
		{"normal:nan", "finite std"},
		{"uniform:1,0", "low <= high"},
		{"constant:inf", "want a finite value"},
		{"he:-1", "got gain -1, want a positive number"},
		{"xavier:0", "got gain 0, want a positive number (for zeros use the rule zeros)"},
	} {
		rule, err := initializer.Parse(c.text)
		wantError(t, err, c.want)
		if rule != nil {
			t.Errorf("%q gives the rule %v beside the error", c.text, rule)
		}
	}
}

func ExampleParse() {
	for _, text := range []string{"he", "normal:0.05", "uniform(-0.1, 0.1)", "normal"} {
		rule, err := initializer.Parse(text)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(rule)
	}
	// Output:
	// he_normal(gain=1.414)
	// normal(mean=0, std=0.05)
	// uniform(low=-0.1, high=0.1)
	// initializer: "normal": got 0 numbers, want normal:std or normal:mean,std
}
