package present

import (
	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/printable"
	"github.com/gradflow/gradflow/vanishing"
)

// Diagnoses returns diagnoses of valid profiles with all text in them printable. Every report begins with it, except JSON, which
// keeps strings unchanged.
func Diagnoses(diagnoses ...vanishing.Diagnosis) ([]vanishing.Diagnosis, error) {
	if err := Validate(diagnoses); err != nil {
		return nil, err
	}
	return printable.Copy(diagnoses), nil
}

// Validate returns an error for the first diagnosis whose profile is not valid, or that does not fit the layers of its profile,
// such as a hand-made one.
func Validate(diagnoses []vanishing.Diagnosis) error {
	for i, d := range diagnoses {
		if err := validate(i, d.Profile); err != nil {
			return err
		}
		if n := len(d.Profile.Layers); len(d.DeltaRMS) != n || len(d.Departures) != n || len(d.Budget.ByLayer) != n || outside(d, n) {
			return errors.Errorf("network %d, %q: got a diagnosis that does not fit its %d layers, want that of vanishing.Diagnose", i, d.Profile.Name, n)
		}
	}
	return nil
}

// outside tells whether a diagnosis refers to layers that its profile does not have.
func outside(d vanishing.Diagnosis, layers int) bool {
	unknown := func(l int) bool { return l < 0 || l >= layers }
	for _, f := range d.Findings {
		for _, l := range f.Layers {
			if unknown(l) {
				return true
			}
		}
	}
	return d.First >= 0 && unknown(d.First) || d.Last >= 0 && unknown(d.Last)
}

// ValidateProfiles returns an error for the first profile that is not valid.
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
