// Package reporttest has the profiles and the helpers that tests of reports share.
package reporttest
