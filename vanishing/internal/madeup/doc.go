// Package madeup makes profiles up, for tests and pictures of reports: of networks as one meets them, with every field
// filled, and of what is strange, huge or broken. They are the same each time.
package madeup
