package report

import (
	"io"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/page"
	"github.com/gradflow/gradflow/vanishing/internal/present"
)

// HTML writes one page about one or several networks: their verdicts, the gradient over the depth beside what theory
// expects, all layers in all steps, where the gradient is won and lost, what passes through skips and branches, updates,
// saturation, histograms, and what remedies did. Pointing at a chart reads its values, and so do the arrow keys.
//
// The file has all that it needs inside, about 120 kB besides the numbers, and asks nothing of any network. Of long runs
// and deep networks it holds as many of the records as fit into four megabytes, evenly spread, and says how many; numbers
// have five digits. The verdict looks at no more than 20,000 records, evenly spread; a [vanishing.Recorder] keeps 1000 unless it
// is told otherwise. Those who need everything take [JSON].
func HTML(w io.Writer, profiles ...vanishing.Profile) error {
	if len(profiles) == 0 {
		return errors.New("report: there is no network to write a page about")
	}
	if err := present.Validate(profiles); err != nil {
		return errors.Wrap(err, "report")
	}
	return errors.Wrap(page.Write(w, profiles), "report: HTML")
}
