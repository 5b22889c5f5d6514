package report

import (
	"github.com/gradflow/gradflow/vanishing"
)

// A shade is one of a terminal's sixteen colours, as the number in its escape sequence.
type shade string

const (
	green   shade = "32"
	yellow  shade = "33"
	red     shade = "1;31" // bold
	magenta shade = "1;35" // bold
)

// paint colours a text if Color is set.
func (t Text) paint(s shade, text string) string {
	if !t.Color || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// verdict writes a verdict in its colour.
func (t Text) verdict(say vanishing.Language, v vanishing.Verdict) string {
	s := yellow
	switch v {
	case vanishing.Healthy:
		s = green
	case vanishing.Vanishing, vanishing.Exploding, vanishing.Stuck:
		s = red
	case vanishing.NonFinite:
		s = magenta
	}
	return t.paint(s, v.In(say))
}

// colored tells whether to write colours, by the conventions of terminals: NO_COLOR turns them off (no-color.org) and
// CLICOLOR_FORCE on, for files and pipes too (bixense.com/clicolors). Otherwise terminals have them, except dumb ones.
func colored(getenv func(string) string, terminal bool) bool {
	switch force := getenv("CLICOLOR_FORCE"); {
	case getenv("NO_COLOR") != "":
		return false
	case force != "" && force != "0":
		return true
	}
	return terminal && getenv("TERM") != "dumb"
}
