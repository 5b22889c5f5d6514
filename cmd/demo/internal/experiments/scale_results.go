package experiments

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/internal/files"
	"github.com/gradflow/gradflow/vanishing/scale"
)

// scaleName is the file of the numbers of demo scale.
const scaleName = "scale.json"

// scaleResults are the numbers of all checks and searches with the same settings.
type scaleResults struct {
	Settings scaleSettings `json:"settings"`
	Checks   []scaleCheck  `json:"checks"`
	Sweeps   []scaleSweep  `json:"sweeps"`
	Repeats  []scaleRepeat `json:"repeats,omitempty"`
}

// scaleSettings are what the networks of a file have in common.
type scaleSettings struct {
	Widths    []int   `json:"widths"`
	Depths    []int   `json:"depths"`
	Optimizer string  `json:"optimizer"`
	Rate      float64 `json:"rate"`
	Steps     int     `json:"steps"`
	Seeds     int     `json:"seeds"`
	Seed      uint64  `json:"seed"`
	Rates     int     `json:"rates"`
}

func (s scaling) settings() scaleSettings {
	return scaleSettings{s.widths, s.depths, s.Optimizer, s.Rate, s.steps, s.seeds, s.Seed, s.rates}
}

// String is the settings as flags.
func (s scaleSettings) String() string {
	return fmt.Sprintf("-widths %s -depths %s -optimizer %s -lr %g -steps %d -seeds %d -seed %d -rates %d",
		commas(s.Widths), commas(s.Depths), s.Optimizer, s.Rate, s.Steps, s.Seeds, s.Seed, s.Rates)
}

// commas is a list as flags have it.
func commas(list []int) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(list), "[]"), " ", ",")
}

// A scaleCheck is the check of a family that is scaled by a rule.
type scaleCheck struct {
	Family string    `json:"family"`
	Rule   scaleRule `json:"rule"`
	Check  stored    `json:"check"`
}

// A scaleSweep is the search for the best rates of a family that is scaled by a rule.
type scaleSweep struct {
	Family string       `json:"family"`
	Rule   scaleRule    `json:"rule"`
	Sizes  []int        `json:"sizes"`
	Rates  []float64    `json:"rates"`
	Losses [][][]number `json:"losses"` // by size, rate and seed
	Best   []float64    `json:"best"`   // by size
	Edge   []bool       `json:"edge"`
	Power  [3]number    `json:"power"` // of the best rates: the exponent, and the ends of its interval
}

// take takes the numbers of a search.
func (w *scaleSweep) take(s *scale.Sweep) {
	w.Sizes, w.Rates, w.Edge, w.Power = s.Sizes, s.Rates, s.Edge, powerOf(s.Fit)
	for i, losses := range s.Losses {
		w.Best = append(w.Best, s.BestRate(i))
		w.Losses = append(w.Losses, make([][]number, len(losses)))
		for k := range losses {
			for _, loss := range losses[k] {
				w.Losses[i][k] = append(w.Losses[i][k], short(loss))
			}
		}
	}
}

func powerOf(f scale.Fit) [3]number { return [3]number{short(f.Exponent), short(f.Low), short(f.High)} }

// short is a number with five digits, which are enough for the page.
func short(x float64) number {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 5, 64), 64)
	return number(rounded)
}

func fitOf(p [3]number) scale.Fit {
	return scale.Fit{Exponent: float64(p[0]), Low: float64(p[1]), High: float64(p[2])}
}

// A stored is a check that goes into a file: the exponents that are held against laws, those after the last step, and means over the seeds.
type stored struct{ *scale.Check }

type storedCheck struct {
	Depth     bool          `json:"depth"`
	Sizes     []int         `json:"sizes"`
	Steps     int           `json:"steps"`
	Adam      bool          `json:"adam"`
	BlockMaps int           `json:"block_maps"`
	Layers    []storedLayer `json:"layers"`
}

type storedLayer struct {
	Name   string        `json:"name"`
	Class  string        `json:"class"`
	Branch bool          `json:"branch"`
	Curves []storedCurve `json:"curves"`
}

type storedCurve struct {
	Quantity string    `json:"quantity"`
	Step     int       `json:"step"`
	Means    []number  `json:"means"` // geometric, by size
	Power    [3]number `json:"power"`
}

// MarshalJSON implements json.Marshaler.
func (s stored) MarshalJSON() ([]byte, error) {
	if s.Check == nil { // of a file that lacks it
		return []byte("null"), nil
	}
	c := storedCheck{s.Depth, s.Sizes, s.Steps, s.Adam, s.BlockMaps, nil}
	for _, l := range s.Layers {
		layer := storedLayer{Name: l.Name, Class: l.Class.String(), Branch: l.Branch}
		for _, k := range l.Curves {
			if k.Quantity == scale.Carried || k.Quantity == scale.Arriving || k.Step > 1 && k.Step < s.Steps {
				continue
			}
			curve := storedCurve{Quantity: k.Quantity.String(), Step: k.Step, Power: powerOf(k.Fit)}
			for _, values := range k.Values {
				curve.Means = append(curve.Means, short(geometricMean(values)))
			}
			layer.Curves = append(layer.Curves, curve)
		}
		c.Layers = append(c.Layers, layer)
	}
	return json.Marshal(c)
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *stored) UnmarshalJSON(text []byte) error {
	var c storedCheck
	if err := json.Unmarshal(text, &c); err != nil {
		return err
	}
	s.Check = &scale.Check{Depth: c.Depth, Sizes: c.Sizes, Steps: c.Steps, Adam: c.Adam, BlockMaps: c.BlockMaps}
	for _, l := range c.Layers {
		layer := scale.Layer{Name: l.Name, Branch: l.Branch}
		for layer.Class.String() != l.Class {
			if layer.Class++; layer.Class > scale.Stream {
				return errors.Errorf("class of layer %s: got %q, want one such as %q", l.Name, l.Class, scale.Hidden)
			}
		}
		for _, k := range l.Curves {
			curve := scale.Curve{Step: k.Step, Fit: fitOf(k.Power)}
			for curve.Quantity.String() != k.Quantity {
				if curve.Quantity++; curve.Quantity > scale.Change {
					return errors.Errorf("quantity of layer %s: got %q, want one such as %q", l.Name, k.Quantity, scale.Update)
				}
			}
			for _, mean := range k.Means {
				curve.Values = append(curve.Values, []float64{float64(mean)})
			}
			layer.Curves = append(layer.Curves, curve)
		}
		s.Layers = append(s.Layers, layer)
	}
	return nil
}

func geometricMean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += math.Log(v) / float64(len(values))
	}
	return math.Exp(sum)
}

// readScale reads the numbers in a folder; none if there is no file. Those of other settings are refused.
func readScale(folder string, want scaleSettings) (scaleResults, error) {
	path := filepath.Join(folder, scaleName)
	text, err := files.ReadRegular(path)
	if os.IsNotExist(err) {
		return scaleResults{Settings: want}, nil
	}
	var r scaleResults
	if err == nil {
		err = decodeWhole(text, &r)
	}
	if err != nil {
		return r, errors.Wrap(err, path)
	}
	if !reflect.DeepEqual(r.Settings, want) {
		return r, errors.New(say.Sprintf("%s: got the settings %+v, want %+v (remove the file, or use another folder with -out)", path, r.Settings, want))
	}
	return r, nil
}

// save writes the numbers to a folder.
func (r scaleResults) save(folder string) error {
	return files.Write(filepath.Join(folder, scaleName), func(w io.Writer) error { return json.NewEncoder(w).Encode(r) })
}

// find is the check of a family by a rule; nil if there is none.
func (r *scaleResults) find(family string, rule scaleRule) *scaleCheck {
	for i := range r.Checks {
		if c := &r.Checks[i]; c.Family == family && c.Rule == rule {
			return c
		}
	}
	return nil
}

// findSweep is the search for the rates of a family by a rule; nil if there is none.
func (r *scaleResults) findSweep(family string, rule scaleRule) *scaleSweep {
	for i := range r.Sweeps {
		if w := &r.Sweeps[i]; w.Family == family && w.Rule == rule {
			return w
		}
	}
	return nil
}

// of are the checks of some families, in their order, and their searches if wanted.
func (r scaleResults) of(families []string, rates bool) scaleResults {
	chosen := scaleResults{Settings: r.Settings}
	for _, name := range families {
		for _, rule := range rulesOf(name) {
			if c := r.find(name, rule); c != nil {
				chosen.Checks = append(chosen.Checks, *c)
			}
		}
	}
	for _, which := range sweeps() {
		if w := r.findSweep(which.Family, which.Rule); w != nil && rates && slices.Contains(families, which.Family) {
			chosen.Sweeps = append(chosen.Sweeps, *w)
		}
	}
	for _, repeat := range r.Repeats {
		chosen.Repeats = append(chosen.Repeats, repeat.of(chosen))
	}
	return chosen
}
