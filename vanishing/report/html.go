package report

import (
	"io"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/page"
	"github.com/gradflow/gradflow/vanishing/internal/present"
)

// HTML writes one page about one or several networks: the gradient over the depth with its prediction by theory, verdicts and
// findings, learning curves, all layers in all steps, where the gradient's size goes, the parts through skips and branches, updates,
// saturation, histograms, and the outcomes of remedies. Pointing at a chart shows its values, and so do the arrow keys.
//
// The file is self-contained: about 170 kB besides the numbers, and nothing is loaded from anywhere. Of long runs and deep
// networks it holds as many of the records as fit into four megabytes, evenly spread, and their number. Numbers have five
// digits. [JSON] has all records and digits.
func HTML(w io.Writer, diagnoses ...vanishing.Diagnosis) error {
	if len(diagnoses) == 0 {
		return errors.New("report: HTML: got no diagnosis, want one or more")
	}
	if err := present.Validate(diagnoses); err != nil {
		return errors.Wrap(err, "report")
	}
	return errors.Wrap(page.Write(w, diagnoses), "report: HTML")
}
