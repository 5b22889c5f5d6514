package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
)

// readProfiles reads the profiles of files in order; a dash is the standard input.
func readProfiles(files []string) ([]vanishing.Profile, error) {
	var all []vanishing.Profile
	for _, file := range files {
		profiles, err := readFile(file)
		if err != nil {
			return nil, errors.Wrap(err, file)
		}
		if len(files) > 1 {
			for i := range profiles {
				profiles[i].Name = strings.TrimSpace(profiles[i].Name + " (" + stem(file) + ")")
			}
		}
		all = append(all, profiles...)
	}
	if len(all) == 0 {
		return nil, errors.Errorf("%s: there is no network in it", strings.Join(files, ", "))
	}
	return all, nil
}

func readFile(name string) ([]vanishing.Profile, error) {
	if name == "-" {
		return report.ReadJSON(os.Stdin)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, errors.Cause(err).(*os.PathError).Err // the name is told once
	}
	defer file.Close()
	return report.ReadJSON(io.Reader(file))
}

// stem is a file's name without folder and ending.
func stem(file string) string {
	base := filepath.Base(file)
	return strings.TrimSuffix(base, filepath.Ext(base))
}
