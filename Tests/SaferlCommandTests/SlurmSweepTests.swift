import Foundation
import Glibc
import SaferlCommand
import Sweeps
import Testing

/// `saferl sweep --on slurm` with programs that stand in for SLURM's; a cluster is tried by `Tests/Campaigns/cluster.py`.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct SlurmSweepTests {
    /// Stand-ins: jobs are processes, whose numbers lie in `slurm-fake/`.
    private static let programs: [String: String] = [
        // Does not answer as often as the file says, and refuses a partition.
        "sbatch": """
        #!/bin/sh
        d=fake; left=$(cat $d/unreachable 2>/dev/null || echo 0)
        if [ "$left" -gt 0 ]; then
            echo $((left - 1)) >$d/unreachable
            echo "sbatch: error: $(cat $d/silence)" >&2; exit 1
        fi
        if grep -q -- --partition=nowhere "$2"; then echo "sbatch: error: invalid partition specified: nowhere" >&2; exit 1; fi
        n=$(cat $d/count 2>/dev/null || echo 100); echo $((n + 1)) >$d/count
        for t in $(sed -n 's/^#SBATCH --array=//p' "$2" | tr , '\\n' | while IFS=- read -r a b; do seq "$a" "${b:-$a}"; done); do
            export SLURM_ARRAY_TASK_ID="$t"
            # A job of SLURM is no child of sbatch and has none of its files.
            setsid bash -c 'for f in /proc/self/fd/*; do n=${f##*/}; [ $n -lt 3 ] || eval "exec $n>&-"; done; exec sh "$0"' "$2" \\
                >/dev/null 2>&1 &
            echo $! >"$d/job-${n}_$t"
        done
        echo "$n"
        """,
        "squeue": """
        #!/bin/sh
        d=fake
        for f in $d/job-*; do
            [ -e "$f" ] || continue
            if [ -e $d/held ]; then echo "${f##*/job-}|PENDING|launch failed requeued held"; continue; fi
            { [ -e $d/unnoticed ] || kill -0 "$(cat "$f")" 2>/dev/null; } && echo "${f##*/job-}|RUNNING|None"
        done
        exit 0
        """,
        "scancel": """
        #!/bin/sh
        d=fake; echo "$1" >>$d/cancelled; rm -f $d/held
        kill -TERM "$(cat "$d/job-$1")" 2>/dev/null; rm -f "$d/job-$1"
        """,
    ]

    private static let sweep = [
        "sweep", "sweep.json", "--out", "s", "--on", "slurm", "--cpus", "1", "--memory", "500M",
    ]
    private static let grid = [
        "search": #""grid""#, "trials": "", "seeds": "[0, 4]",
        "space": #"{"bc.rows": {"choices": [4, 8, 16]}}"#,
    ]

    private func folder(_ changes: [String: String] = grid, base: String = SweepFiles.base) throws
        -> CommandFolder
    {
        var files = [
            "sweep.json": Array(SweepFiles.sweep(changes).utf8), "bc.json": Array(base.utf8), "fake/": [],
        ]
        for (name, text) in Self.programs { files["bin/" + name] = Array((text + "\n").utf8) }
        let folder = try CommandFolder(files)
        for name in Self.programs.keys { chmod(folder.path("bin/" + name), 0o755) }
        return folder
    }

    private func run(
        _ folder: CommandFolder, _ more: [String] = [], during: (Process) -> Bool = { _ in false }
    ) throws -> CommandProcess.Result {
        try folder.run(Self.sweep + more, shell: "PATH=$PWD/bin:$PATH; export PATH", during: during)
    }

    /// Values, and the last checkpoints of all runs.
    private func content(_ folder: CommandFolder, _ out: String = "s") throws -> ([Trial], [String: [UInt8]])
    {
        let trials = try Study(reading: folder.path(out + "/sweep.sqlite")).records().map(\.trial)
        let states = try folder.contents().filter { path, _ in
            path.hasPrefix(out + "/") && path.hasSuffix("step-000000020/state.safetensors")
        }
        return (
            trials, Dictionary(uniqueKeysWithValues: states.map { (String($0.key.dropFirst(2)), $0.value) })
        )
    }

    private func checkSameAsLocal(_ folder: CommandFolder) throws {
        let local = try folder.run(["sweep", "sweep.json", "--out", "l"])
        #expect(local.status == 0, "\(local.errors)")
        let (here, there) = (try content(folder, "l"), try content(folder))
        #expect(here.0 == there.0)
        #expect(here.1.keys.sorted() == there.1.keys.sorted() && here.1.count == 6)
        #expect(here.1 == there.1)
    }

    @Test func jobsGiveTheStudyOfProcesses() throws {
        let folder = try folder()
        let result = try run(folder, ["--jobs", "3"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.hasPrefix("Best "))
        try checkSameAsLocal(folder)
    }

    @Test func aScriptAsksForWhatWasAsked() throws {
        let folder = try folder()
        let options = [
            "--jobs", "2", "--partition", "debug", "--time", "1:00:00", "--sbatch=--account=x y", "--dry-run",
        ]
        let text = try run(folder, options).output
        let program = try #require(CommandProcess.binary).resolvingSymlinksInPath().path
        let script = text.components(separatedBy: "\n\n").last?.replacing(program, with: "saferl")
        #expect(
            script == """
                #!/bin/sh
                #SBATCH --job-name=saferl-sweep
                #SBATCH --array=0-1
                #SBATCH --cpus-per-task=1
                #SBATCH --mem=500M
                #SBATCH --requeue
                #SBATCH --open-mode=append
                #SBATCH --output=s/slurm/%A-%a.log
                #SBATCH --signal=B:TERM@120
                #SBATCH --partition=debug
                #SBATCH --time=1:00:00
                #SBATCH '--account=x y'
                exec saferl sweep trial s --number "$SLURM_ARRAY_TASK_ID"

                """)
    }

    @Test(arguments: [
        "Unable to contact slurm controller (connect failure)",
        "slurm_msg_sendto: address:port=127.0.0.1:18357 msg_type=4003: Unexpected missing socket error",
        "Batch job submission failed: Zero Bytes were transmitted or received",
        "Batch job submission failed: Socket timed out on send/recv operation",
    ])
    func aControllerThatDoesNotAnswerIsWaitedFor(_ silence: String) throws {
        let folder = try folder()
        try Data("2".utf8).write(to: URL(fileURLWithPath: folder.path("fake/unreachable")))
        try Data(silence.utf8).write(to: URL(fileURLWithPath: folder.path("fake/silence")))
        let result = try run(folder, ["--jobs", "3"])
        #expect(result.status == 0)
        #expect(result.errors.contains("SLURM's controller does not answer; waiting for it."))
        try checkSameAsLocal(folder)
    }

    @Test func whatSlurmRefusesIsSaid() throws {
        let result = try run(try folder(), ["--partition", "nowhere"])
        #expect(result.status == CommandStatus.configuration.rawValue)
        #expect(
            result.errors.hasSuffix(
                "sbatch s/slurm/batch-0000.sh: sbatch: error: invalid partition specified: nowhere. "
                    + "Change --partition, --time, --cpus, --memory or --sbatch.\n"), "\(result.errors)")
    }

    @Test func jobsOfADriverThatWasKilledAreTakenUp() throws {
        let folder = try folder()
        let killed = try run(folder, ["--jobs", "2"]) { process in
            guard
                let text = try? String(
                    contentsOfFile: folder.path("s/trials/0000/task.json"), encoding: .utf8),
                text.contains("\"job\"")
            else { return true }
            kill(process.processIdentifier, SIGKILL)
            return false
        }
        #expect(killed.status == SIGKILL)
        #expect(try run(folder, ["--jobs", "2"]).status == 0)
        try checkSameAsLocal(folder)
    }

    /// A job that vanishes without a result, and one that SLURM holds, are submitted anew.
    @Test(arguments: [true, false])
    func aLostJobIsSubmittedAnew(isHeld: Bool) throws {
        let folder = try folder()
        var isDone = false
        let result = try run(folder) { _ in
            guard !isDone,
                let text = try? String(contentsOfFile: folder.path("fake/job-100_0"), encoding: .utf8),
                let process = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)),
                FileManager.default.fileExists(atPath: folder.path("s/trials/0000/heartbeat"))
            else { return !isDone }
            if isHeld { try? Data().write(to: URL(fileURLWithPath: folder.path("fake/held"))) }
            kill(-process, SIGKILL)
            isDone = true
            return false
        }
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("job 100_0 is held") == isHeld, "\(result.errors)")
        try checkSameAsLocal(folder)
    }

    /// SLURM calls a job running for ever whose slurmstepd was killed.
    @Test func jobsWhoseEndSlurmDoesNotNoticeAreCancelled() throws {
        let folder = try folder()
        try Data().write(to: URL(fileURLWithPath: folder.path("fake/unnoticed")))
        let result = try run(folder, ["--jobs", "3"])
        #expect(result.status == 0, "\(result.errors)")
        let cancelled = try String(contentsOfFile: folder.path("fake/cancelled"), encoding: .utf8)
        // Three trials of two seeds, each a job of its own.
        #expect(Set(cancelled.split(separator: "\n")).count == 6, "\(cancelled)")
        #expect(try !folder.paths().contains { $0.hasPrefix("fake/job-") })
        try checkSameAsLocal(folder)
    }

    @Test func aSecondCopyOfAJobDoesNothing() throws {
        let folder = try folder()
        #expect(try run(folder).status == 0)
        let before = try folder.contents()
        let done = try folder.run(["sweep", "trial", "s", "--number", "0"])
        #expect(done.status == 0 && done.errors == "")
        let lock = open(folder.path("s/trials/0000/task.lock"), O_RDWR)
        #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
        let second = try folder.run(["sweep", "trial", "s", "--number", "0"])
        close(lock)
        #expect(second.status == CommandStatus.cannotCreate.rawValue)
        #expect(second.errors == "s/trials/0000: another job has this trial. Leave it to that one.\n")
        #expect(try folder.contents() == before)
    }

    @Test func aSweepThatIsStoppedCancelsItsJobs() throws {
        let folder = try folder(
            base: SweepFiles.base.replacing("\"steps\": 20", with: "\"steps\": 2000000"))
        let result = try run(folder, ["--jobs", "2"]) { process in
            let paths = ["s/trials/0000/seed-0/metrics.jsonl", "s/trials/0001/seed-0/metrics.jsonl"]
            guard paths.allSatisfy({ FileManager.default.fileExists(atPath: folder.path($0)) }) else {
                return true
            }
            kill(process.processIdentifier, SIGINT)
            return false
        }
        #expect(result.status == CommandStatus.interrupted.rawValue, "\(result.errors)")
        let cancelled = try String(contentsOfFile: folder.path("fake/cancelled"), encoding: .utf8)
        #expect(Set(cancelled.split(separator: "\n")) == ["100_0", "100_1"])
        for trial in ["0000", "0001"] {
            let end = try String(contentsOfFile: folder.path("s/trials/\(trial)/end.json"), encoding: .utf8)
            #expect(end.contains("143"), "\(end)")
        }
    }
}
