import Foundation
import Storage
import TestSupport

// reader-fuzz READER --seed S --first I --executions N [--show]
//
// Gives changed files to a reader: execution i of a seed is the same file whatever else was tried. Prints one JSON object with counts, the
// longest execution in CPU time, how far the process has grown, and the
// most bytes that were asked for at once beyond twice the file. With --show the first file itself is written instead.
// Tests/Campaigns/readers.py calls it in slices, and finds the execution that ended it where one does.

struct Request {
    var reader = Reader.all[0]
    var (seed, first, executions) = (UInt64(0), 0, 1000)
    var shows = false

    init(_ words: [String]) {
        guard let name = words.first, let known = Reader.named(name) else {
            Self.refuse("name a reader: \(Reader.all.map(\.name).joined(separator: ", ")).")
        }
        reader = known
        var rest = words.dropFirst()
        while let word = rest.popFirst() {
            if word == "--show" {
                shows = true
                continue
            }
            guard let text = rest.popFirst(), let number = Int(text), number >= 0 else {
                Self.refuse("\(word) takes a number from 0.")
            }
            switch word {
            case "--seed": seed = UInt64(number)
            case "--first": first = number
            case "--executions": executions = number
            default: Self.refuse("\(word) is not known.")
            }
        }
    }

    static func refuse(_ text: String) -> Never {
        FileHandle.standardError.write(Data("reader-fuzz: \(text)\n".utf8))
        exit(64)
    }
}

/// Seconds of CPU time of this thread.
func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

/// The largest size of the process so far, in KiB.
func peak() -> Int {
    var usage = rusage()
    getrusage(RUSAGE_SELF.rawValue, &usage)
    return usage.ru_maxrss
}

extension Request {
    /// The changed file of an execution.
    func file(_ execution: Int) -> [UInt8] {
        var changes = ChangedFiles(
            anyOf: reader.sounds, words: reader.words, seed: seed,
            index: UInt32(truncatingIfNeeded: execution))
        return changes.next()
    }

    /// Gives the reader its files.
    ///
    /// - Returns: counts, the longest execution, and how far the process has grown.
    func run() -> JSONValue {
        // A reader that refuses what it was made for would pass any trial.
        // Several times, so that libraries have the memory that they keep.
        for sound in Array(repeating: reader.sounds, count: 20).joined() {
            do { try reader.read(sound) } catch { Self.refuse("a sound file is refused: \(error)") }
        }
        let before = peak()
        var (taken, refused, badlySaid, slowest, slowestAt) = (0, 0, 0, 0.0, first)
        var (beyond, beyondAt) = (0, first)
        for execution in first..<first + executions {
            let bytes = file(execution)
            let start = cpuSeconds()
            do {
                _ = try MallocCounter.count { try reader.read(bytes) }
                taken += 1
            } catch {
                refused += 1
                let text = "\(error)"
                if text.isEmpty || text.contains(where: \.isNewline) { badlySaid += 1 }
            }
            let took = cpuSeconds() - start
            let asked = MallocCounter.largest - 2 * bytes.count
            if asked > beyond { (beyond, beyondAt) = (asked, execution) }
            if took > slowest { (slowest, slowestAt) = (took, execution) }
        }
        return .object([
            ("taken", .integer(taken)), ("refused", .integer(refused)), ("badly_said", .integer(badlySaid)),
            ("slowest_ms", .number(1000 * slowest)), ("slowest_at", .integer(slowestAt)),
            ("grown_kib", .integer(peak() - before)), ("peak_kib", .integer(peak())),
            ("beyond_kib", .integer(beyond / 1024)), ("beyond_at", .integer(beyondAt)),
        ])
    }
}

let request = Request(Array(CommandLine.arguments.dropFirst()))
if request.shows {
    FileHandle.standardOutput.write(Data(request.file(request.first)))
} else {
    print(request.run().compact)
}
