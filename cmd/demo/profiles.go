package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
)

// readProfiles reads the profiles of files in order; a dash is the standard input. Networks of one name are told apart by
// their files.
func readProfiles(files []string) ([]vanishing.Profile, error) {
	var all []vanishing.Profile
	var from []string // file of each
	count := make(map[string]int)
	for _, file := range files {
		profiles, err := readFile(file)
		if err != nil {
			return nil, errors.Wrap(err, file)
		}
		for _, p := range profiles {
			all, from = append(all, p), append(from, file)
			count[p.Name]++
		}
	}
	if len(all) == 0 {
		return nil, errors.Errorf("%s: there is no network in it", strings.Join(files, ", "))
	}
	for i, p := range all {
		if count[p.Name] > 1 && len(files) > 1 {
			all[i].Name = strings.TrimSpace(p.Name + " " + label(from[i], files))
		}
	}
	return all, nil
}

// label is a file's name without folder and ending, or the folder's name where several files have the same one.
func label(file string, files []string) string {
	same := 0
	for _, other := range files {
		if stem(other) == stem(file) {
			same++
		}
	}
	if folder := filepath.Base(filepath.Dir(file)); same > 1 && folder != "." {
		return folder
	}
	return stem(file)
}

func readFile(name string) ([]vanishing.Profile, error) {
	if name == "-" {
		return report.ReadJSON(os.Stdin)
	}
	file, err := os.Open(name)
	var pathErr *os.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err // without the name, which is told once
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return report.ReadJSON(file)
}

// stem is a file's name without folder and ending.
func stem(file string) string {
	base := filepath.Base(file)
	return strings.TrimSuffix(base, filepath.Ext(base))
}
