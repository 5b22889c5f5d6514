package present

import (
	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/printable"
	"github.com/gradflow/gradflow/vanishing"
)

// Printable gives valid profiles with all text in them printable. Every report begins with it, but that in JSON, which keeps
// strings as they are.
func Printable(profiles ...vanishing.Profile) ([]vanishing.Profile, error) {
	if err := Validate(profiles); err != nil {
		return nil, err
	}
	return printable.Copy(profiles), nil
}

// Validate finds the first profile that cannot be reported.
func Validate(profiles []vanishing.Profile) error {
	for i, p := range profiles {
		if err := p.Validate(); err != nil {
			return errors.Wrapf(err, "network %d, %q", i, p.Name)
		}
	}
	return nil
}
