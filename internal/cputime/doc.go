// Package cputime measures the processor time of this process, which does not depend on the load of the machine.
package cputime
