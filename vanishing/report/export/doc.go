// Package export writes what package vanishing has recorded for other programs to show: event files for TensorBoard
// ([TensorBoard]), and the last step as metrics for Prometheus ([Prometheus], [PrometheusHandler]).
package export
