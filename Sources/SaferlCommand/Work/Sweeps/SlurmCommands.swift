import Foundation
import SafeRL

/// What a sweep asks SLURM for.
struct SlurmOptions {
    var partition: String?
    /// As `sbatch` takes it, such as `2:00:00`.
    var time: String?
    var cpus = 2
    /// As `sbatch` takes it; always asked for, since clusters that share memory out refuse jobs without it.
    var memory = "4G"
    /// Further options of `sbatch`, such as `--account=x`.
    var further: [String] = []

    /// The script that carries tasks out as an array of jobs.
    ///
    /// The shell becomes saferl, which therefore gets the signal of a cancellation or of the time limit itself and leaves a checkpoint.
    ///
    /// - Parameters:
    ///   - numbers: of the trials, rising.
    ///   - folder: of the sweep.
    ///   - program: the binary.
    /// - Returns: the text of a file.
    func script(_ numbers: [Int], in folder: String, program: String) -> String {
        var lines = [
            "#!/bin/sh", "#SBATCH --job-name=saferl-sweep", "#SBATCH --array=\(Self.ranges(numbers))",
        ]
        lines += [
            "#SBATCH --cpus-per-task=\(cpus)", "#SBATCH --mem=\(memory)", "#SBATCH --requeue",
            "#SBATCH --open-mode=append", "#SBATCH --output=\(shellWord(folder + "/slurm/%A-%a.log"))",
            "#SBATCH --signal=B:TERM@120",
        ]
        if let partition { lines.append("#SBATCH --partition=\(shellWord(partition))") }
        if let time { lines.append("#SBATCH --time=\(shellWord(time))") }
        lines += further.map { "#SBATCH \(shellWord($0))" }
        lines.append(
            "exec \(shellWord(program)) sweep trial \(shellWord(folder)) --number \"$SLURM_ARRAY_TASK_ID\"")
        return lines.joined(separator: "\n") + "\n"
    }

    /// Numbers as SLURM writes them, such as `3,5-7`.
    static func ranges(_ numbers: [Int]) -> String {
        var runs: [ClosedRange<Int>] = []
        for number in numbers.sorted() {
            if let last = runs.last, last.upperBound + 1 == number {
                runs[runs.count - 1] = last.lowerBound...number
            } else {
                runs.append(number...number)
            }
        }
        return runs.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            .joined(separator: ",")
    }
}

/// The programs of SLURM.
struct SlurmCommands {
    /// What a program said.
    struct Answer {
        let status: Int32
        let output: String
        let errors: String

        /// Whether the controller could not be reached, or went away before it answered, which says nothing of any job.
        var isUnreachable: Bool {
            status != 0 && Self.silences.contains { errors.localizedCaseInsensitiveContains($0) }
        }

        /// What SLURM's programs say of a connection that is not there, is cut, or ends without an answer.
        private static let silences = [
            "Unable to contact", "Unable to establish controller", "Connection refused", "Connection reset",
            "Broken pipe", "timed out", "missing socket", "Zero Bytes were transmitted",
            "Communication connection failure", "Message send failure", "Message receive failure",
            "Communication shutdown failure", "not connected", "in standby mode",
        ]

        /// The first line of what went wrong.
        var reason: String {
            let line = errors.split(whereSeparator: \.isNewline).first.map(String.init)
            return oneLine(line ?? "ended with status \(status)")
        }
    }

    /// Runs a program with words to its end.
    ///
    /// - Throws: `PlacedFault` where there is no such program.
    static func run(_ program: String, _ words: [String]) throws(PlacedFault) -> Answer {
        let end: ChildProgram.End
        do { end = try ChildProgram(words: [program] + words).run() } catch {
            throw PlacedFault(.inputOutput, at: program, "no process can be made: \(error). Try again.")
        }
        if end.status == 127 {
            throw PlacedFault(
                .configuration, at: "--on slurm",
                "there is no \(program) here. Run the sweep where SLURM is, or with --on local.")
        }
        return Answer(
            status: end.status, output: String(decoding: end.output, as: UTF8.self),
            errors: String(decoding: end.errors, as: UTF8.self))
    }
}
