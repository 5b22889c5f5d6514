package theory

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/graph"
)

// activation finds an activation by name.
func activation(t testing.TB, name string) Activation {
	t.Helper()
	if name == "linear" {
		return linear
	}
	a, err := graph.ParseActivation(name)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// asPrinted compares a number with a printed one: the tolerance is half a unit of the last digit, and slightly more for ties.
func asPrinted(t *testing.T, what string, got float64, printed string) {
	t.Helper()
	want, err := strconv.ParseFloat(printed, 64)
	if err != nil {
		t.Fatal(err)
	}
	mantissa, exponent, _ := strings.Cut(strings.ToLower(printed), "e")
	unit := 0.0
	if _, decimals, ok := strings.Cut(mantissa, "."); ok {
		unit = float64(len(decimals))
	}
	e, _ := strconv.Atoi(exponent)
	if !(math.Abs(got-want) <= 0.51*math.Pow(10, float64(e)-unit)) {
		t.Errorf("%s is %.12g, want %s", what, got, printed)
	}
}

// initVariances gives the variances of weights, times the width, and of biases.
func initVariances(name string, width float64) (weight, bias float64) {
	switch name {
	case "lecun":
		return 1, 0
	case "he":
		return 2, 0
	case "torch":
		return 1.0 / 3, 1 / (3 * width)
	case "one":
		return width, 0
	case "hundredth":
		return 1e-4 * width, 0
	}
	panic(name)
}

func tableRows(t *testing.T, file string) [][]string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "#") {
			rows = append(rows, strings.Split(line, "\t"))
		}
	}
	return rows[1:]
}

func predict(t testing.TB, net Net) Prediction {
	t.Helper()
	p, err := Predict(net)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPlainNetworksAsTabulated(t *testing.T) {
	for _, row := range tableRows(t, "testdata/plain.tsv") {
		t.Run(strings.Join(row[:3], " "), func(t *testing.T) {
			width, err := strconv.Atoi(row[0])
			if err != nil {
				width = 64 // any
			}
			weight, bias := initVariances(row[1], float64(width))
			phi := activation(t, row[2])
			asPrinted(t, "chi", predict(t, Plain(101, width, phi, weight, bias)).Layers[99].Chi, row[3])
			for i, depth := range []int{10, 20, 50, 100} {
				p := predict(t, Plain(depth, width, phi, weight, bias))
				first, last := p.Layers[0], p.Layers[depth-1]
				asPrinted(t, fmt.Sprint("d", depth), math.Exp(first.LogDelta/2), row[4+i])
				asPrinted(t, fmt.Sprint("w", depth), math.Exp((first.LogWeightGrad-last.LogWeightGrad)/2), row[8+i])
			}
		})
	}
}
