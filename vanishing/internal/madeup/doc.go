// Package madeup makes up profiles for tests and pictures of reports: of typical networks, with every field filled, and of
// unusual, huge or broken ones. They are the same each time.
package madeup
