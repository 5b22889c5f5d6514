package report

import (
	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/vanishing"
)

// validate finds the first profile that cannot be reported.
func validate(profiles []vanishing.Profile) error {
	for i, p := range profiles {
		if err := p.Validate(); err != nil {
			return errors.Wrapf(err, "report: network %d, %q", i, p.Name)
		}
	}
	return nil
}
