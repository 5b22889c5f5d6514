package browser

// faint is the body of a function that lists the charts without ink.
const faint = `
	const copy = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
	return [...document.querySelectorAll('.plane canvas, .uplot canvas')].filter((canvas) => {
		if (!canvas.clientWidth) return false;
		[copy.canvas.width, copy.canvas.height] = [canvas.width, canvas.height];
		copy.drawImage(canvas, 0, 0);
		return new Set(new Uint32Array(copy.getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size < 3;
	}).map((canvas) => canvas.closest('section').id);`

// Faint lists the charts that have no ink: fewer than three colours.
func (b *Browser) Faint() []string {
	b.t.Helper()
	var list []string
	b.Run(&list, faint)
	return list
}

// GoAtLoad opens an address and returns the state when the page has just been parsed, before the browser first paints it: the
// number of charts, and the charts without ink. The number is -1 if it could not be determined.
func (b *Browser) GoAtLoad(url string) (charts int, inkless []string) {
	b.t.Helper()
	b.DevTools(nil, "Page.addScriptToEvaluateOnNewDocument", map[string]any{"source": `
		addEventListener('DOMContentLoaded', () => {
			window.chartsAtLoad = document.querySelectorAll('.plane canvas, .uplot canvas').length;
			window.faintAtLoad = (() => {` + faint + `})();
		});`})
	for range 3 { // a busy browser may open the page without the script
		b.Go(url)
		if b.Run(&charts, "return window.chartsAtLoad ?? -1"); charts >= 0 {
			break
		}
	}
	b.Run(&inkless, "return window.faintAtLoad")
	return charts, inkless
}

// A Box is the place of an element in the window.
type Box struct{ X, Y, Width, Height float64 }

// Box scrolls an element into view and returns its place.
func (b *Browser) Box(selector string) Box {
	b.t.Helper()
	var box Box
	b.Run(nil, `document.querySelector(arguments[0]).scrollIntoView({ block: 'center' })`, selector)
	b.Settle()
	b.Run(&box, `
		const { x, y, width, height } = document.querySelector(arguments[0]).getBoundingClientRect();
		return { X: x, Y: y, Width: width, Height: height };`, selector)
	return box
}

// Text is the text of an element; empty if it is hidden.
func (b *Browser) Text(selector string) string {
	b.t.Helper()
	var text string
	b.Run(&text, `const e = document.querySelector(arguments[0]); return e.checkVisibility() ? e.innerText : ''`, selector)
	return text
}

// Press presses a key, as "ArrowRight".
func (b *Browser) Press(key string) {
	b.t.Helper()
	for _, kind := range []string{"keyDown", "keyUp"} {
		b.DevTools(nil, "Input.dispatchKeyEvent", map[string]any{"type": kind, "key": key, "code": key})
	}
}
