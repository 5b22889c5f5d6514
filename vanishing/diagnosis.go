package vanishing

import (
	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing/diagnose"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// DiagnoseRun is [Diagnose] for a run that ended with an error. If the error is machine.ErrNonFinite, the machine stopped at a
// NaN or an infinity, before the record of that step was complete. The error's text is then the evidence: it names the node and
// the ranges of the node's inputs. Other errors change nothing.
func DiagnoseRun(p profile.Profile, err error) diagnose.Diagnosis {
	return DiagnoseRunIn(lang.English, p, err)
}

// DiagnoseRunIn is [DiagnoseRun] in another language. The error's text stays as it is.
func DiagnoseRunIn(language Language, p profile.Profile, err error) diagnose.Diagnosis {
	if !errors.Is(err, machine.ErrNonFinite) {
		return diagnose.DiagnoseIn(language, p)
	}
	return diagnose.NonFiniteRun(language, p, err)
}
