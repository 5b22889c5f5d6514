package page

import (
	"embed"
	"path"
	"slices"
	"strings"
)

//go:embed assets
var assets embed.FS

// scripts are the files of JavaScript, each after those that it uses at load.
var scripts = []string{
	"uplot/LICENSE", "uplot/uPlot.iife.min.js",
	"js/dom.js", "js/format.js", "js/colour.js", "js/data.js", "js/axis.js", "js/tip.js",
	"js/plane.js", "js/lines.js",
	"js/progress.js", "js/settings.js", "js/answer.js", "js/cards.js", "js/profile.js", "js/heatmap.js", "js/budget.js", "js/residual.js",
	"js/attention.js", "js/sequences.js", "js/signal.js", "js/sharpness.js", "js/curves.js", "js/updates.js",
	"js/shares.js", "js/histogram.js", "js/trials.js", "js/chapters.js", "js/layers.js", "js/about.js",
	"js/app.js", "js/live.js",
}

// styles are the style sheets, in order.
var styles = []string{"uplot/LICENSE", "uplot/uPlot.min.css", "css/theme.css", "css/layout.css", "css/parts.css", "css/print.css"}

// bundle concatenates files. Licences become comments.
func bundle(files []string) string {
	var b strings.Builder
	for _, file := range files {
		text, err := assets.ReadFile(path.Join("assets", file))
		if err != nil {
			panic(err) // a test reads them all
		}
		if path.Base(file) == "LICENSE" {
			text = slices.Concat([]byte("/*\n"), text, []byte("*/"))
		}
		b.Write(text)
		b.WriteByte('\n')
	}
	return b.String()
}
