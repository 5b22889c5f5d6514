package present

import (
	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/printable"
	"github.com/gradflow/gradflow/vanishing"
)

// Diagnoses gives diagnoses of valid profiles with all text in them printable. Every report begins with it, but that in JSON,
// which keeps strings as they are.
func Diagnoses(diagnoses ...vanishing.Diagnosis) ([]vanishing.Diagnosis, error) {
	if err := Validate(diagnoses); err != nil {
		return nil, err
	}
	return printable.Copy(diagnoses), nil
}

// Validate finds the first diagnosis that cannot be reported: that of a profile that is not valid, or one that is not of the
// layers of its profile, as one put together by hand may be.
func Validate(diagnoses []vanishing.Diagnosis) error {
	for i, d := range diagnoses {
		if err := validate(i, d.Profile); err != nil {
			return err
		}
		if n := len(d.Profile.Layers); len(d.DeltaRMS) != n || len(d.Departures) != n || len(d.Budget.ByLayer) != n || outside(d, n) {
			return errors.Errorf("network %d, %q: got a diagnosis that is not of its %d layers, want the one that vanishing.Diagnose makes", i, d.Profile.Name, n)
		}
	}
	return nil
}

// outside tells whether a diagnosis speaks of layers that its profile does not have.
func outside(d vanishing.Diagnosis, layers int) bool {
	is := func(l int) bool { return l < 0 || l >= layers }
	for _, f := range d.Findings {
		for _, l := range f.Layers {
			if is(l) {
				return true
			}
		}
	}
	return d.First >= 0 && is(d.First) || d.Last >= 0 && is(d.Last)
}

// ValidateProfiles finds the first profile that is not valid.
func ValidateProfiles(profiles []vanishing.Profile) error {
	for i, p := range profiles {
		if err := validate(i, p); err != nil {
			return err
		}
	}
	return nil
}

func validate(i int, p vanishing.Profile) error {
	return errors.Wrapf(p.Validate(), "network %d, %q", i, p.Name)
}
