package reporttest

import (
	"regexp"
	"slices"
	"strings"
)

// identifiers are the words that stay English in a Chinese report: names, symbols, units and code.
var identifiers = strings.Fields(`RMS L2 NaN Inf dL dz dw dW da dx phi std MiB JavaScript light dark float32 float64
	vanishing exploding healthy undetermined non-finite bottleneck dead-relu saturation bad-init-scale theory-mismatch
	learning-rate-too-large learning-rate-too-small layer-not-training gradient-noise
	sigmoid relu ReLU SELU GELU tanh He Xavier LeCun LSTM GRU LeakyReLU bn ln identity Yang et al epsilon fan-in log10 log sqrt
	adam sgd lr learning_rate eps momentum machine Machine WatchNonFinite models resnet xavier_normal he_normal normal gain mean`)

var (
	number     = regexp.MustCompile(`\d[\d.]*e[-−+]?\d+`)
	escape     = regexp.MustCompile(`\\|&#?\w+;`)
	word       = regexp.MustCompile(`[A-Za-z][A-Za-z0-9_-]+`)
	codeInText = regexp.MustCompile(`\w+: *&?\[?\]?[\w.]+(\{[^。]*\}|\([^。]*\)|\.[A-Z]\w*)+|\w+\.\w+\{[^。]*\}|\w+: \d[\d.e-]*|代码：[^。\n]*`)
)

// English lists the words of a Chinese text that are neither identifiers nor among names.
func English(text string, names ...string) (list []string) {
	text = escape.ReplaceAllString(strings.ReplaceAll(text, "```text", ""), "")
	for _, name := range names {
		text = strings.ReplaceAll(text, name, "")
	}
	for _, found := range word.FindAllString(number.ReplaceAllString(codeInText.ReplaceAllString(text, ""), ""), -1) {
		if found = strings.TrimRight(found, "-"); !slices.Contains(identifiers, found) && !slices.Contains(list, found) {
			list = append(list, found)
		}
	}
	return list
}
