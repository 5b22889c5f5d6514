//go:build !windows && (!unix || aix || illumos || solaris)

package files

// lock does nothing.
func lock(string) (unlock func(), err error) { return func() {}, nil }
