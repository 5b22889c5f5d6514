package initializer

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// Parse reads an initialiser from a command line. Numbers follow
// the name after a colon or in parentheses, with or without their names:
// "he", "xavier_uniform:2", "normal:0.05", "normal(mean=0, std=0.05)",
// "uniform:-0.1,0.1". What String returns can be read back.
//
// The short names "xavier" (or "glorot") and "he" (or "kaiming") mean the
// distribution of the paper: uniform for the first, normal for the second;
// "lecun" is normal. The error for an unknown name lists the names.
func Parse(text string) (Initializer, error) {
	rule, err := parse(text)
	return rule, errors.Wrapf(err, "initializer: %q", text)
}

func parse(text string) (Initializer, error) {
	name, fields, err := splitRule(text)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(parseRules, func(r parseRule) bool { return slices.Contains(r.names, name) })
	if i < 0 {
		return nil, errors.Errorf("unknown rule: want one of %s", strings.Join(ruleNames(), ", "))
	}

	args, err := parseRules[i].parseArgs(fields)
	if err != nil {
		return nil, err
	}
	rule := parseRules[i].build(args)

	// Draw one number, so that a negative std is an error here and not only
	// when a network is built.
	if err := rule.Fill(make([]float64, 1), tensor.Shape{1, 1}, Fan{1, 1}, rand.New(rand.NewPCG(0, 0))); err != nil {
		return nil, errors.Cause(err)
	}
	return rule, nil
}

// parseRule is one line of the table of names. A rule takes no numbers, or any
// of the lists of numbers named in args.
type parseRule struct {
	names []string // the first is the one String uses
	args  [][]string
	build func(n numbers) Initializer
}

// numbers are the arguments of a rule by name.
type numbers map[string]float64

var (
	noArgs       = [][]string{{}}
	optionalGain = [][]string{{}, {"gain"}}
)

var parseRules = []parseRule{
	{[]string{"zeros"}, noArgs,
		func(numbers) Initializer { return Constant{} }},
	{[]string{"ones"}, noArgs,
		func(numbers) Initializer { return Constant{Value: 1} }},
	{[]string{"constant"}, [][]string{{"value"}},
		func(n numbers) Initializer { return Constant{Value: n["value"]} }},
	{[]string{"uniform"}, [][]string{{"low", "high"}},
		func(n numbers) Initializer { return Uniform{Low: n["low"], High: n["high"]} }},
	{[]string{"normal"}, [][]string{{"std"}, {"mean", "std"}},
		func(n numbers) Initializer { return Normal{Mean: n["mean"], Std: n["std"]} }},
	{[]string{"xavier_uniform", "xavier", "glorot", "glorot_uniform"}, optionalGain,
		func(n numbers) Initializer { return XavierUniform{Gain: n["gain"]} }},
	{[]string{"xavier_normal", "glorot_normal"}, optionalGain,
		func(n numbers) Initializer { return XavierNormal{Gain: n["gain"]} }},
	{[]string{"he_uniform", "kaiming_uniform"}, optionalGain,
		func(n numbers) Initializer { return HeUniform{Gain: n["gain"]} }},
	{[]string{"he_uniform_fan_out", "kaiming_uniform_fan_out"}, optionalGain,
		func(n numbers) Initializer { return HeUniform{Gain: n["gain"], FanOut: true} }},
	{[]string{"he_normal", "he", "kaiming", "kaiming_normal"}, optionalGain,
		func(n numbers) Initializer { return HeNormal{Gain: n["gain"]} }},
	{[]string{"he_normal_fan_out", "kaiming_normal_fan_out"}, optionalGain,
		func(n numbers) Initializer { return HeNormal{Gain: n["gain"], FanOut: true} }},
	{[]string{"lecun_uniform"}, noArgs,
		func(numbers) Initializer { return LeCunUniform{} }},
	{[]string{"lecun_normal", "lecun"}, noArgs,
		func(numbers) Initializer { return LeCunNormal{} }},
	{[]string{"orthogonal"}, optionalGain,
		func(n numbers) Initializer { return Orthogonal{Gain: n["gain"]} }},
	{[]string{"delta_orthogonal"}, optionalGain,
		func(n numbers) Initializer { return DeltaOrthogonal{Gain: n["gain"]} }},
	{[]string{"torch"}, noArgs,
		func(numbers) Initializer { return TorchDefault{} }},
}

// splitRule splits "name:1,2" or "name(1,2)" into the name and the fields.
func splitRule(text string) (name string, fields []string, err error) {
	name, list := strings.TrimSpace(text), ""
	if i := strings.IndexAny(name, ":("); i >= 0 {
		opening := name[i]
		name, list = name[:i], name[i+1:]
		if opening == '(' {
			var closed bool
			if list, closed = strings.CutSuffix(list, ")"); !closed {
				return "", nil, errors.New("the closing parenthesis is missing")
			}
		}
	}
	name = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "-", "_")
	if strings.TrimSpace(list) != "" {
		fields = strings.Split(list, ",")
	}
	return name, fields, nil
}

func countNumbers(n int) string {
	if n == 1 {
		return "1 number"
	}
	return fmt.Sprintf("%d numbers", n)
}

// parseArgs reads fields as one of the lists of numbers that the rule takes.
func (r parseRule) parseArgs(fields []string) (numbers, error) {
	i := slices.IndexFunc(r.args, func(list []string) bool { return len(list) == len(fields) })
	if i < 0 {
		return nil, errors.Errorf("got %s, want %s", countNumbers(len(fields)), r.usage())
	}

	args := make(numbers)
	for j, name := range r.args[i] {
		label, number, labelled := strings.Cut(fields[j], "=")
		if !labelled {
			label, number = name, fields[j]
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || strings.TrimSpace(label) != name {
			return nil, errors.Errorf("number %[2]s: got %[1]q, want %[3]s", strings.TrimSpace(fields[j]), name, r.usage())
		}
		if name == "gain" && v == 0 {
			// In the structs gain 0 means the default; a user who types it means 0.
			return nil, errors.New("got gain 0, want a positive number (for zeros use the rule zeros)")
		}
		args[name] = v
	}
	return args, nil
}

// usage shows how to write the rule, as "normal:std or normal:mean,std".
func (r parseRule) usage() string {
	var forms []string
	for _, list := range r.args {
		form := r.names[0]
		if len(list) > 0 {
			form += ":" + strings.Join(list, ",")
		}
		forms = append(forms, form)
	}
	return strings.Join(forms, " or ")
}

func ruleNames() []string {
	var names []string
	for _, r := range parseRules {
		names = append(names, r.names...)
	}
	return names
}
