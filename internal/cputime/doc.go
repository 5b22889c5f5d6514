// Package cputime tells how much processor time this process has used, which does not depend on what else the machine does.
package cputime
