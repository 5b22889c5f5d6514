// Package matching checks patterns that choose parameters by their names.
package matching

import (
	"regexp"
	"strings"

	"github.com/pkg/errors"
)

// shown is the number of names in an error.
const shown = 5

// Check returns an error that shows some names unless the pattern matches one of them. Without names there is none to match.
func Check(pattern *regexp.Regexp, names []string) error {
	for _, name := range names {
		if pattern.MatchString(name) {
			return nil
		}
	}
	if len(names) == 0 {
		return nil
	}
	list := strings.Join(names[:min(shown, len(names))], ", ")
	if more := len(names) - shown; more > 0 {
		return errors.Errorf("got %q, which matches no parameter, want one that matches some of %s and %d more", pattern, list, more)
	}
	return errors.Errorf("got %q, which matches no parameter, want one that matches some of %s", pattern, list)
}
