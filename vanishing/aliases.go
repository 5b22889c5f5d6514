package vanishing

import (
	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing/diagnose"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// The plain values of package profile.
type (
	Profile = profile.Profile
	Layer   = profile.Layer
	Record  = profile.Record
)

// What package diagnose says of a profile.
type (
	Diagnosis = diagnose.Diagnosis
	Verdict   = diagnose.Verdict
	Finding   = diagnose.Finding
	Severity  = diagnose.Severity
)

// The verdicts.
const (
	Undetermined = diagnose.Undetermined
	Healthy      = diagnose.Healthy
	Vanishing    = diagnose.Vanishing
	Exploding    = diagnose.Exploding
	NonFinite    = diagnose.NonFinite
	Stuck        = diagnose.Stuck
)

// The severities of findings.
const (
	Note     = diagnose.Note
	Warning  = diagnose.Warning
	Critical = diagnose.Critical
)

// A Language is what a diagnosis is written in, and the reports of it.
type Language = lang.Language

// The languages.
const (
	English = lang.English
	Chinese = lang.Chinese // simplified
)

// Diagnose judges a network by its profile; see package diagnose.
func Diagnose(p Profile) Diagnosis { return diagnose.Diagnose(p) }

// DiagnoseIn is [Diagnose] in another language.
func DiagnoseIn(language Language, p Profile) Diagnosis { return diagnose.DiagnoseIn(language, p) }

// DiagnoseAll diagnoses several profiles.
func DiagnoseAll(profiles ...Profile) []Diagnosis { return diagnose.All(profiles...) }

// DiagnoseAllIn is [DiagnoseAll] in another language.
func DiagnoseAllIn(language Language, profiles ...Profile) []Diagnosis {
	return diagnose.AllIn(language, profiles...)
}

// Rules lists the names of the rules that [Diagnose] asks.
func Rules() []string { return diagnose.Rules() }
