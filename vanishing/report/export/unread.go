package export

import (
	"cmp"

	"github.com/gradflow/gradflow/internal/printable"
)

// source is the file of the profile for people; a dash stands for the standard input.
func (c Checked) source() string { return printable.Text(cmp.Or(c.Source, "-")) }

// reason is why the file was not checked.
func (c Checked) reason() string { return printable.Text(c.Err.Error()) }

// unreadSuite is the suite of a file that was not checked: one test case, which has an error and no failure.
func (c Checked) unreadSuite() junitSuite {
	test := junitCase{Name: "read", Class: "gradflow." + c.source(), Time: "0", Error: &junitFailure{Message: c.reason(), Type: "error", Text: c.reason()}}
	return junitSuite{Name: c.source(), Tests: 1, Errors: 1, Time: "0", Cases: []junitCase{test}}
}

// The objects that tell of the files which were not checked.
type (
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		Notifications []sarifNotification `json:"toolExecutionNotifications"`
	}
	sarifNotification struct {
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
	}
)

// invocationsOf tell of the files that were not checked; none if all were.
func invocationsOf(list []Checked) []sarifInvocation {
	var notes []sarifNotification
	for _, c := range list {
		if c.Err != nil {
			notes = append(notes, sarifNotification{"error", sarifText{c.reason()}, c.fileLocation()})
		}
	}
	if notes == nil {
		return nil
	}
	return []sarifInvocation{{Notifications: notes}}
}

// fileLocation is the file of the profile, if it is known.
func (c Checked) fileLocation() []sarifLocation {
	if c.Source == "" {
		return nil
	}
	at := sarifLocation{Physical: new(sarifPhysical)}
	at.Physical.Artifact.URI = reference(c.Source)
	return []sarifLocation{at}
}
