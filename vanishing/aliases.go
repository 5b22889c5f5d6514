package vanishing

import (
	"github.com/gradflow/gradflow/vanishing/diagnose"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// The plain values of package profile.
type (
	Profile        = profile.Profile
	Layer          = profile.Layer
	Param          = profile.Param
	Block          = profile.Block
	Record         = profile.Record
	LayerRecord    = profile.LayerRecord
	ParamRecord    = profile.ParamRecord
	BlockRecord    = profile.BlockRecord
	Histogram      = profile.Histogram
	Gains          = profile.Gains
	Sampling       = profile.Sampling
	Cost           = profile.Cost
	Theory         = profile.Theory
	Paths          = profile.Paths
	Trial          = profile.Trial
	Quantity       = profile.Quantity
	NonFiniteEvent = profile.NonFiniteEvent
)

// What package diagnose says of a profile.
type (
	Diagnosis = diagnose.Diagnosis
	Verdict   = diagnose.Verdict
	Finding   = diagnose.Finding
	Severity  = diagnose.Severity
	Budget    = diagnose.Budget
	Cause     = diagnose.Cause
	TimeTrend = diagnose.TimeTrend
)

// The verdicts.
const (
	Undetermined = diagnose.Undetermined
	Healthy      = diagnose.Healthy
	Vanishing    = diagnose.Vanishing
	Exploding    = diagnose.Exploding
	NonFinite    = diagnose.NonFinite
)

// The severities of findings.
const (
	Note     = diagnose.Note
	Warning  = diagnose.Warning
	Critical = diagnose.Critical
)

// Threshold is that of package diagnose.
const Threshold = diagnose.Threshold

// Diagnose judges a network by its profile; see package diagnose.
func Diagnose(p Profile) Diagnosis { return diagnose.Diagnose(p) }

// NewBudget sums the gains of a profile; see package diagnose.
func NewBudget(p Profile) Budget { return diagnose.NewBudget(p) }

// Rules lists the names of the rules that [Diagnose] asks.
func Rules() []string { return diagnose.Rules() }
