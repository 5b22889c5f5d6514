package browser

import "os"

// axeVariable names the environment variable with the path of axe.min.js, of the npm package axe-core.
const axeVariable = "GRADFLOW_AXE"

// Axe returns the serious violations that axe-core finds on the page, and what it doubts of ARIA attributes: rule, description and
// element. Without axe-core the test is skipped.
func (b *Browser) Axe() []string {
	b.t.Helper()
	file := os.Getenv(axeVariable)
	if file == "" {
		b.t.Skip("SKIPPED: the page was not checked by axe-core: " + axeVariable + " is not set (npm install axe-core, and set it to the path of axe.min.js)")
	}
	source, err := os.ReadFile(file)
	if err != nil {
		b.t.Fatal(err)
	}
	b.Run(nil, string(source))
	var list []string
	b.Run(&list, `return axe.run(document, { resultTypes: ['violations', 'incomplete'] }).then((found) => found.violations
		.concat(found.incomplete.filter((one) => one.id.startsWith('aria-')))
		.filter((one) => one.impact === 'serious' || one.impact === 'critical')
		.flatMap((one) => one.nodes.map((node) => one.id + ': ' + one.help + ': ' + node.html.slice(0, 200) + ' ' + (node.any[0] ? node.any[0].message : ''))))`)
	return list
}
