#!/bin/sh
# A SLURM of one node without systemd, for tests: slurm.sh start FOLDER, slurm.sh stop FOLDER.
# "start" prints the value for SLURM_CONF, or one line that says what is missing, with status 69.
set -eu
folder=$(mkdir -p "$2" && cd "$2" && pwd)
node=$(hostname -s)

ended() { # a process by its file, waited for
    number=$(cat "$folder/$1.pid" 2>/dev/null) || return 0
    kill "$number" 2>/dev/null || return 0
    for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$number" 2>/dev/null || return 0; sleep 0.3; done
    kill -9 "$number" 2>/dev/null || true
}

case $1 in
stop)
    for program in slurmd slurmctld munged; do ended $program; done
    exit 0 ;;
controller) # again, after it was killed
    SLURM_CONF=$folder/slurm.conf slurmctld -f "$folder/slurm.conf" >>"$folder/controller.out" 2>&1
    exit 0 ;;
start) ;;
*) echo "slurm.sh: start or stop, not $1" >&2; exit 64 ;;
esac

for program in munged slurmctld slurmd sbatch; do
    command -v $program >/dev/null && continue
    echo "no $program: apt-get install slurmctld slurmd slurm-client munge slurm-wlm-basic-plugins" >&2
    exit 69
done
[ "$(id -u)" = 0 ] || { echo "slurmd of this cluster needs root" >&2; exit 69; }

# What fails from here on is the machine's way of running daemons, which no test is about.
trap 'code=$?; [ $code = 0 ] || [ $code = 69 ] || {
    echo "the cluster does not start: $(cat "$folder"/*.out 2>/dev/null | tail -n 1)" >&2; exit 69; }' EXIT
chmod 755 "$folder"
mkdir -p "$folder/state" "$folder/spool"
dd if=/dev/urandom of="$folder/munge.key" bs=1 count=1024 2>/dev/null
chmod 400 "$folder/munge.key"
munged --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" --pid-file="$folder/munged.pid" \
    --seed-file="$folder/munge.seed" --log-file="$folder/munged.log" >"$folder/munged.out" 2>&1

# Ports of this folder's own, so that two clusters do not meet.
port=$((17000 + $(printf %s "$folder" | cksum | cut -d' ' -f1) % 20000))
cat >"$folder/slurm.conf" <<CONF
ClusterName=saferl
SlurmctldHost=$node(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$folder/munge.socket
SlurmctldPort=$port
SlurmdPort=$((port + 1))
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/none
ReturnToService=2
SchedulerParameters=sched_interval=1,batch_sched_delay=0
NodeName=$node NodeAddr=127.0.0.1 CPUs=2 RealMemory=4000 State=UNKNOWN
PartitionName=debug Nodes=$node Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF="$folder/slurm.conf"
slurmctld -f "$SLURM_CONF" >"$folder/controller.out" 2>&1
slurmd -f "$SLURM_CONF" -N "$node" >"$folder/daemon.out" 2>&1
for _ in $(seq 60); do
    if sinfo -h -o %T 2>/dev/null | grep -q idle; then echo "$SLURM_CONF"; exit 0; fi
    sleep 0.5
done
echo "the node of the cluster does not become idle: $folder" >&2
exit 69
