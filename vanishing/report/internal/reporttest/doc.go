// Package reporttest has the profiles and the golden files that tests of reports share.
package reporttest
