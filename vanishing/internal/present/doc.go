// Package present prepares diagnoses for reports: it refuses profiles that are not valid, makes all text printable, and chooses
// titles.
package present
