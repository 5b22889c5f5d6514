package report

import (
	"bytes"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/browser"
	"github.com/gradflow/gradflow/vanishing/internal/madeup"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
)

func TestMain(m *testing.M) { os.Exit(browser.Main(m)) }

// open writes a page and opens it in a window as high as the page.
func open(t *testing.T, b *browser.Browser, profiles ...vanishing.Profile) {
	t.Helper()
	b.Go(written(t, profiles...))
	b.Settle()
}

// written writes a page and returns its address.
func written(t *testing.T, profiles ...vanishing.Profile) string {
	t.Helper()
	return writtenIn(t, vanishing.English, profiles...)
}

// writtenIn is written in a language.
func writtenIn(t *testing.T, language vanishing.Language, profiles ...vanishing.Profile) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.html")
	w, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := HTML(w, vanishing.DiagnoseAllIn(language, profiles...)...); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return "file://" + file
}

// quiet fails the test if the browser has logged errors or warnings.
func quiet(t *testing.T, b *browser.Browser) {
	t.Helper()
	for _, complaint := range b.Complaints() {
		t.Error(complaint)
	}
}

var numberPattern = regexp.MustCompile(`[−-]?\d[\d.]*(e[−-]?\d+)?`)

// reads checks that the box beside the pointer has a line with a label and a value, to the five digits of the page.
func reads(t *testing.T, b *browser.Browser, label string, want float64) {
	t.Helper()
	text := b.Text(".tip")
	for line := range strings.Lines(strings.ReplaceAll(text, "\n\n", "\n")) {
		value, found := strings.CutPrefix(strings.TrimSpace(line), label)
		if !found {
			continue
		}
		if value = strings.TrimSpace(value); value == "" { // the value is on the next line
			_, value, _ = strings.Cut(text[strings.Index(text, label):], "\n")
		}
		got, err := strconv.ParseFloat(strings.ReplaceAll(numberPattern.FindString(value), "−", "-"), 64)
		if err == nil && math.Abs(got-want) <= 1.01e-4*math.Abs(want) { // half a digit from rounding in Go, and half from rounding again
			return
		}
	}
	t.Errorf("the pointer reads %q, want %s %.5g", text, label, want)
}

func TestPageInBrowser(t *testing.T) {
	b := browser.Open(t)
	sigmoid, normed, residual := madeup.Sigmoid(), madeup.Normed(), madeup.Residual()

	t.Run("charts have ink in both themes and widths", func(t *testing.T) {
		open(t, b, residual)
		for _, theme := range []string{"light", "dark"} {
			for _, width := range []int{1280, 390} {
				b.Screenshot(width, theme)
				if faint := b.Faint(); len(faint) > 0 {
					t.Errorf("%s, %d: no ink in %q", theme, width, faint)
				}
				var charts, overflow int
				b.Run(&charts, "return document.querySelectorAll('.plane canvas, .uplot canvas').length")
				b.Run(&overflow, "return document.documentElement.scrollWidth - innerWidth")
				if charts != 17 || overflow > 0 {
					t.Errorf("%s, %d: %d charts, want 17; %d pixels wider than the window", theme, width, charts, overflow)
				}
			}
		}
		quiet(t, b)
	})

	// As for someone who prints the page, or takes a screenshot, as soon as it is loaded.
	t.Run("all is drawn at load", func(t *testing.T) {
		b.View(1280, 900, "light")
		if charts, faint := b.GoAtLoad(written(t, residual)); charts != 17 || len(faint) > 0 {
			t.Errorf("%d charts, want 17; no ink in %q", charts, faint)
		}
		quiet(t, b)
	})

	t.Run("the theme can be chosen", func(t *testing.T) {
		b.View(1280, 900, "light")
		open(t, b, sigmoid)
		ground := func() (colour string) {
			b.Run(&colour, "return getComputedStyle(document.body).backgroundColor")
			return colour
		}
		light := ground()
		b.Run(nil, "document.querySelector('.theme').click()")
		dark := ground()
		b.View(1280, 900, "dark")
		b.Run(nil, "document.querySelector('.theme').click()")
		if dark == light || ground() != light {
			t.Errorf("light is %s, dark %s, and light again %s", light, dark, ground())
		}
		quiet(t, b)
	})

	t.Run("pointing reads exact values", func(t *testing.T) {
		b.View(1280, 5000, "light")
		open(t, b, sigmoid)
		box := b.Box("#heatmap .plane canvas")
		column, layer := 37, 4
		b.Point(box.X+52+(box.Width-60)*(float64(column)+0.5)/120, box.Y+6+(box.Height-50)*(29-float64(layer)+0.5)/30)
		reads(t, b, "RMS(δ)", float64(sigmoid.Records[column].Layers[layer].DeltaRMS))
		reads(t, b, "step", float64(sigmoid.Records[column].Step))

		box = b.Box("#profile .u-over")
		b.Point(box.X+box.Width*float64(layer)/29, box.Y+40)
		reads(t, b, "plain sigmoid", vanishing.Diagnose(sigmoid).DeltaRMS[layer])

		box = b.Box("#budget .plane canvas")
		b.Point(box.X+70+(box.Width-78)*(float64(layer)+0.5)/29, box.Y+100)
		median := vanishing.Diagnose(sigmoid).Budget.ByLayer[layer]
		if text := b.Text(".tip"); !strings.Contains(text, strings.ReplaceAll(strconv.FormatFloat(float64(median.Activation), 'f', 4, 64), "-", "−")) {
			t.Errorf("the budget reads %q, want %.4f", text, median.Activation)
		}
		b.Point(2, 2)
		if text := b.Text(".tip"); text != "" {
			t.Errorf("away from all charts the pointer reads %q", text)
		}
		quiet(t, b)
	})

	t.Run("keys read values and choose steps", func(t *testing.T) {
		open(t, b, sigmoid)
		b.Box("#heatmap .plane canvas")
		b.Run(nil, "document.querySelector('#heatmap .plane canvas').focus()")
		for _, key := range []string{"ArrowRight", "ArrowRight", "ArrowDown"} {
			b.Press(key)
		}
		reads(t, b, "RMS(δ)", float64(sigmoid.Records[1].Layers[28].DeltaRMS))
		b.Press("Escape")
		b.Run(nil, `const s = document.querySelector('.toolbar input'); s.focus(); s.value = 50; s.dispatchEvent(new Event('input'))`)
		box := b.Box("#profile .u-over")
		b.Point(box.X+box.Width*10/29, box.Y+40)
		reads(t, b, "plain sigmoid", float64(sigmoid.Records[50].Layers[10].DeltaRMS))
		quiet(t, b)
	})

	t.Run("every choice shows something, and code is copied", func(t *testing.T) {
		b.View(1280, 5000, "light")
		open(t, b, residual)
		var shown int
		b.Run(&shown, `
			let shown = 0;
			for (const at of [0, 1, 2]) {
				for (let i = 0; i < document.querySelectorAll('select')[at].options.length; i++) {
					const list = document.querySelectorAll('select')[at];
					list.selectedIndex = i;
					list.dispatchEvent(new Event('change'));
					shown++;
				}
			}
			document.querySelector('.copy').click();
			return shown;`)
		if want := 13 + 4 + 30; shown != want {
			t.Errorf("%d choices, want %d", shown, want)
		}
		b.Until("document.querySelector('.copy').textContent === 'copied'")
		if faint := b.Faint(); len(faint) > 0 {
			t.Errorf("no ink in %q", faint)
		}
		quiet(t, b)
	})

	t.Run("networks are compared", func(t *testing.T) {
		open(t, b, sigmoid, normed, residual)
		b.Screenshot(1280, "light")
		b.Run(nil, "document.querySelector('.numbers summary').click()")
		b.Run(nil, "document.querySelectorAll('.tabs button')[2].click()")
		if text := b.Text(".numbers[open] .evidence"); text == "" {
			t.Error("an unfolded section is folded again")
		}
		if text := b.Text("#residual .note"); !strings.Contains(text, "residual ReLU") {
			t.Errorf("the chosen network's paths: %q", text)
		}
		if faint := b.Faint(); len(faint) > 0 {
			t.Errorf("no ink in %q", faint)
		}
		quiet(t, b)
	})

	t.Run("it prints, light", func(t *testing.T) {
		b.View(1280, 900, "dark")
		open(t, b, sigmoid)
		b.Run(nil, "window.addEventListener('beforeprint', () => { window.printed = document.documentElement.dataset.theme; })")
		if pdf := b.Print(); !bytes.HasPrefix(pdf, []byte("%PDF-")) || len(pdf) < 50_000 {
			t.Errorf("the print has %d bytes", len(pdf))
		}
		var printed, after string
		b.Run(&printed, "return window.printed")
		b.Run(&after, "return document.documentElement.dataset.theme")
		if printed != "light" || after != "dark" {
			t.Errorf("printed in the theme %q, and then %q", printed, after)
		}
		quiet(t, b)
	})

	t.Run("names run no code", func(t *testing.T) {
		const evil = `</script><img src=x onerror="window.pwned=1"><script>window.pwned=1</script>`
		p := madeup.Residual()
		p.Name, p.Layers[3].Path, p.Blocks[0].Path, p.Trials[0].Name = evil, evil, evil, evil
		p.Optimizer, p.Layers[3].Init = &profile.Optimizer{Kind: evil, Name: evil}, &profile.Initializer{Kind: evil}
		open(t, b, p)
		b.Screenshot(1280, "light")
		b.Run(nil, "document.querySelector('#layers summary').click()")
		b.Settle()
		var pwned bool
		b.Run(&pwned, "return Boolean(window.pwned || document.querySelector('img'))")
		if pwned || b.Text("h1") != evil {
			t.Errorf("code ran: %t; the name is %q", pwned, b.Text("h1"))
		}
		quiet(t, b)
	})

	for name, p := range map[string]vanishing.Profile{
		"1000 layers": madeup.Deep(1000, 100), "all NaN": madeup.AllNaN(40, 50), "zeros, NaN and infinities": madeup.Broken(),
		"no details": madeup.Network{Name: "bare", Layers: 12, Steps: 5, Factor: 0.5, Activation: "tanh", Bare: true}.Profile(),
		"one step":   madeup.Network{Name: "one", Layers: 5, Steps: 1, Factor: 0.5, Activation: "tanh"}.Profile(),
	} {
		t.Run(name, func(t *testing.T) {
			open(t, b, p)
			b.Screenshot(1280, "light")
			if faint := b.Faint(); len(faint) > 0 {
				t.Errorf("no ink in %q", faint)
			}
			quiet(t, b)
		})
	}

	t.Run("all that is odd", func(t *testing.T) {
		names := slices.Sorted(maps.Keys(reporttest.Odd()))
		var profiles []vanishing.Profile
		for _, name := range names {
			profiles = append(profiles, reporttest.Odd()[name])
		}
		b.View(1280, 20_000, "light")
		open(t, b, profiles...)
		for i, name := range names {
			b.Run(nil, "document.querySelectorAll('.tabs button')[arguments[0]].click()", i)
			for _, complaint := range b.Complaints() {
				t.Errorf("%s: %s", name, complaint)
			}
		}
	})
}

// The lightness of the colour scale grows for every kind of colour vision: with all cones, and without those for red
// (protanopia), green (deuteranopia) or blue (tritanopia), simulated in linear light as by Machado, Oliveira and Fernandes (2009).
func TestColourScaleInBrowser(t *testing.T) {
	b := browser.Open(t)
	open(t, b, madeup.Sigmoid())
	var colours []string
	b.Run(&colours, "return heights")
	if len(colours) != 256 {
		t.Fatalf("%d colours", len(colours))
	}
	sights := map[string][9]float64{
		"all cones":    {1, 0, 0, 0, 1, 0, 0, 0, 1},
		"protanopia":   {0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998},
		"deuteranopia": {0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881},
		"tritanopia":   {1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900},
	}
	for sight, m := range sights {
		before := -1.0
		for i := 0; i < 256; i += 5 { // smaller steps are hidden by rounding the channels
			rgb := regexp.MustCompile(`\d+`).FindAllString(colours[i], -1)
			var linear [3]float64
			for k := range linear {
				v, err := strconv.ParseFloat(rgb[k], 64)
				if err != nil {
					t.Fatal(err)
				}
				if v /= 255; v <= 0.04045 {
					linear[k] = v / 12.92
				} else {
					linear[k] = math.Pow((v+0.055)/1.055, 2.4)
				}
			}
			luminance := 0.0
			for k, weight := range []float64{0.2126, 0.7152, 0.0722} {
				luminance += weight * (m[3*k]*linear[0] + m[3*k+1]*linear[1] + m[3*k+2]*linear[2])
			}
			lightness := 116*math.Cbrt(max(luminance, 0)) - 16
			if lightness <= before {
				t.Errorf("%s: colour %d is not lighter than the one before: %.2f, %.2f", sight, i, lightness, before)
			}
			before = lightness
		}
	}
}
