#!/usr/bin/env bash
# Trains on the nodes of a Slurm job, and goes on where it was when the job is requeued, on as many nodes or others:
#
#	sbatch --nodes=8 deploy/slurm.sh my-run -model resnet20 -augment -epochs 164
#
# The first argument is the folder of the run, which all nodes must see; the others are flags of demo train. DEMO is the command.
#SBATCH --job-name=gradflow
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=2
#SBATCH --time=24:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=gradflow-%j.log
#SBATCH --signal=B:USR1@120
set -euo pipefail

run=${1:?the folder of the run}
shift

# 120 seconds before the end of its time the job saves a checkpoint and goes back to the queue. scancel ends it: with a checkpoint too.
stopped=
trap 'stopped=yes; scancel --signal=TERM "$SLURM_JOB_ID"' USR1

srun --mpi=pmix "${DEMO:-demo}" train -dist -out "$run" "$@" &
step=$!
status=0
wait $step || status=$?
if [ -n "$stopped" ]; then
	wait $step || status=$? # the signal has ended the first
	scontrol requeue "$SLURM_JOB_ID"
fi
exit $status
