// Package present holds what all reports of a profile begin with: they refuse profiles that are not valid, make the text in the
// others printable, and call them by their titles.
package present
