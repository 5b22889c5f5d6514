package reporttest

import (
	"encoding/json"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/madeup"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// Nasty is a name with everything that can harm a terminal, a spreadsheet or a reader.
const Nasty = "=cmd|'/c x'!A1\x1b]0;t\a\x1b[2J\x00\x7f\u009b\n\r\t\u202e\u2066\u200e\u061c\u2028\u200b\ufeffa\u200db\xff\"`<script>![i](u)"

// A leaf is a value within a profile, and the name of its field.
type leaf struct {
	name string
	reflect.Value
}

// leaves lists the numbers, texts and lists of a value.
func leaves(list []leaf, name string, v reflect.Value) []leaf {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			list = leaves(list, v.Type().Field(i).Name, v.Field(i))
		}
		return list
	case reflect.Slice:
		for i := range v.Len() {
			list = leaves(list, name, v.Index(i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			list = leaves(list, name, v.Elem())
		}
	}
	return append(list, leaf{name, v})
}

// Values that are invalid in some fields.
var (
	badFloats = []float64{0, 1, 0.5, 2, 1e-30, 1e5, -1e5, 1e6, 1e16, 1e300, -1e300, 5e-324, math.MaxFloat64, -1, math.NaN(), math.Inf(1), math.Inf(-1)}
	badInts   = []int64{0, 1, 2, 3, 7, 1000, 1 << 31, 1e9, 1 << 53, -1, math.MaxInt, math.MinInt}
	badTexts  = []string{"", "weight", "bias", "relu", "sigmoid", "tanh", "selu", "bn", "ln", "dense1", Nasty, "adam", "sgd", "other", "he_normal", strings.Repeat("long ", 1000)}
)

// spoilBy sets a value to the n-th bad one.
func spoilBy(v reflect.Value, n int) {
	switch v.Kind() {
	case reflect.Float64:
		v.SetFloat(badFloats[n%len(badFloats)])
	case reflect.Int:
		v.SetInt(badInts[n%len(badInts)])
	case reflect.String:
		v.SetString(badTexts[n%len(badTexts)])
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Pointer:
		v.SetZero()
	case reflect.Slice:
		switch {
		case n%4 == 0 || v.Len() == 0:
			v.SetZero()
		case n%4 == 1:
			v.SetLen(v.Len() - 1)
		case n%4 == 2:
			v.Set(reflect.AppendSlice(v, v))
		default:
			v.Set(v.Slice(0, 1))
		}
	}
}

// Spoilt is a profile read from JSON with bad values in it. Of three bytes of edits the first two choose the field and the third
// the value. The highest bit of the third applies the edit to all fields of the same name.
func Spoilt(text string, edits []byte) vanishing.Profile {
	var p vanishing.Profile
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		panic(err)
	}
	for ; len(edits) >= 3; edits = edits[3:] {
		list := leaves(nil, "", reflect.ValueOf(&p).Elem())
		field, value := list[(int(edits[0])<<8|int(edits[1]))%len(list)], int(edits[2])
		if value < 128 || field.Kind() == reflect.Slice {
			spoilBy(field.Value, value)
			continue
		}
		for _, other := range list {
			if other.name == field.name && other.Kind() == field.Kind() {
				spoilBy(other.Value, value-128)
			}
		}
	}
	return p
}

// Seeds are small profiles with every field filled, and unusual ones.
func Seeds() []vanishing.Profile {
	list := []vanishing.Profile{
		Full(), Residual(2),
		madeup.Network{Name: "residual", Layers: 6, Steps: 4, Factor: 0.5, Activation: profile.ReLU, Residual: true}.Profile(),
		madeup.Network{Name: "bare", Layers: 4, Steps: 3, Factor: 2, Activation: profile.Tanh, Bare: true}.Profile(),
		madeup.Network{Name: "bn", Layers: 5, Steps: 12, Factor: 0.01, Activation: profile.Sigmoid, Norm: profile.BatchNorm}.Profile(),
		madeup.AllNaN(4, 2),
	}
	blocks := Residual(2)
	blocks.Blocks = []profile.Block{{Path: "empty", First: 0, Last: -1}, {Path: "adopted", First: len(blocks.Layers), Last: -1}, {Path: "block", First: 1, Last: 2}}
	for i := range blocks.Records {
		blocks.Records[i].Details.Blocks = []*profile.BlockDetail{{}, nil, {}}
	}
	list = append(list, blocks)
	for i := range list { // smaller histograms make smaller texts
		for _, r := range list[i].Records {
			h := r.Histograms
			if h == nil {
				continue
			}
			for l := range h.Layers {
				h.Layers[l].Delta, h.Layers[l].Pre = cut(h.Layers[l].Delta), cut(h.Layers[l].Pre)
			}
			for l := range h.Params {
				h.Params[l].Grad, h.Params[l].Value = cut(h.Params[l].Grad), cut(h.Params[l].Value)
			}
		}
	}
	odd := Odd()
	for _, name := range slices.Sorted(maps.Keys(odd)) {
		if name != "deep" {
			list = append(list, odd[name])
		}
	}
	return list
}

func cut(h *profile.Histogram) *profile.Histogram {
	if h == nil || len(h.Negative) < 3 {
		return h
	}
	return &profile.Histogram{Low: h.Low, Negative: h.Negative[:3], Positive: h.Positive[:3], Zero: h.Zero}
}

// SeedTexts are the seeds as JSON.
func SeedTexts(t testing.TB) []string {
	t.Helper()
	var list []string
	for _, p := range Seeds() {
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, string(text))
	}
	return list
}
