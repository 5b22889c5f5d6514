// Package export writes profiles for other programs: event files for TensorBoard ([TensorBoard]), and the last step as metrics
// for Prometheus ([Prometheus], [PrometheusHandler]).
package export
