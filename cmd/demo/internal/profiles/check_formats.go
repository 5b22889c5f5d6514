package profiles

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
	"github.com/gradflow/gradflow/vanishing/report/export"
	"github.com/gradflow/gradflow/vanishing/vanishtest"
)

// checkFormats write the result of demo check for other programs.
var checkFormats = []struct {
	name  string
	write func(io.Writer, ...export.Checked) error
}{
	{"junit", export.JUnit}, {"sarif", export.SARIF}, {"github", export.GitHub},
	{"json", func(w io.Writer, list ...export.Checked) error {
		var diagnoses []vanishing.Diagnosis
		for _, n := range list {
			if n.Err == nil {
				diagnoses = append(diagnoses, n.Diagnosis)
			}
		}
		if len(diagnoses) == 0 {
			return nil
		}
		return report.DigestJSON(w, diagnoses...)
	}},
}

// checkFormatNames are the names for -format.
func checkFormatNames() []string {
	names := []string{"text"}
	for _, f := range checkFormats {
		names = append(names, f.name)
	}
	return names
}

// checked is a diagnosis with what makes the network sick, and the file that holds the profile.
func checked(d vanishing.Diagnosis, source string) export.Checked {
	return export.Checked{Diagnosis: d, Failures: vanishtest.Sick(d), Source: sourceOf(source)}
}

// sourceOf is the file of a profile as the formats name it; empty for the standard input.
func sourceOf(path string) string {
	if path == "-" {
		return ""
	}
	return filepath.ToSlash(path)
}

// print prints the checked networks in the format of -format. Files that could not be read are in those that have a place for them.
func (c check) print(out io.Writer, list []export.Checked) error {
	for _, f := range checkFormats {
		if f.name == c.format {
			return f.write(out, list...)
		}
	}
	printed := 0
	for _, n := range list {
		if n.Err != nil {
			continue
		}
		if printed > 0 {
			fmt.Fprintln(out)
		}
		printed++
		if err := printDiagnosis(out, withNotes(out, c.notes), n.Diagnosis); err != nil {
			return err
		}
	}
	return nil
}
