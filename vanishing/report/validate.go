package report

import (
	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/printable"
	"github.com/gradflow/gradflow/vanishing"
)

// presentable gives the profiles as reports show them: valid, and with all text in them printable. Every report but [JSON],
// which tells strings as they are, begins with it.
func presentable(profiles ...vanishing.Profile) ([]vanishing.Profile, error) {
	if err := validate(profiles); err != nil {
		return nil, err
	}
	return printable.Copy(profiles), nil
}

// validate finds the first profile that cannot be reported.
func validate(profiles []vanishing.Profile) error {
	for i, p := range profiles {
		if err := p.Validate(); err != nil {
			return errors.Wrapf(err, "report: network %d, %q", i, p.Name)
		}
	}
	return nil
}
