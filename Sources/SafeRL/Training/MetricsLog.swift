/// `metrics.jsonl`: lines of training, which checkpoints count, and lines of evaluations between them.
///
/// A checkpoint does not count the lines of evaluations, so it has the same bytes with and without them.
final class MetricsLog {
    /// The stage of an evaluation's lines, which no stage of an algorithm may have.
    static let evaluationStage = "evaluation"

    private let log: LineLog
    private let path: String
    /// Bytes of the lines of training.
    private(set) var trainingBytes = 0
    /// The update after which the last line of an evaluation was written.
    private(set) var evaluatedStep: Int?

    /// Opens or makes the file; `cut` comes before the first line.
    ///
    /// - Throws: `StorageError`.
    init(_ path: String, _ operations: any FileOperations) throws {
        (self.path, log) = (path, try LineLog(path, operations))
    }

    /// Adds a line of training.
    ///
    /// - Throws: `StorageError`; what was written of the line is taken back if possible.
    func append(_ step: Int, _ stage: String, _ numbers: [(name: String, value: Float)]) throws {
        let before = log.size
        try log.append(Self.line(step, stage, numbers))
        trainingBytes += log.size - before
    }

    /// Adds a line of an evaluation.
    ///
    /// - Throws: `StorageError`; what was written of the line is taken back if possible.
    func appendEvaluation(_ step: Int, _ numbers: [(name: String, value: Float)]) throws {
        try log.append(Self.line(step, Self.evaluationStage, numbers))
        evaluatedStep = step
    }

    /// Goes back to a checkpoint: what was written after it is dropped, but for the line of its own evaluation.
    ///
    /// - Parameters:
    ///   - trainingBytes: bytes of the lines of training that the checkpoint counts.
    ///   - step: updates taken at the checkpoint.
    /// - Returns: false when fewer lines are left than it counts.
    /// - Throws: `StorageError`; `RunError.damagedLine` for the first line that belongs to it and is not what was written.
    func cut(to trainingBytes: Int, step: Int) throws -> Bool {
        let bytes = log.size == 0 ? [] : try fileContents(path)
        var (place, counted, last, number) = (0, 0, Int?.none, 0)
        while let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) {
            number += 1
            let line = bytes[place..<end]
            if let evaluated = Self.evaluatedStep(line) {
                guard evaluated <= step else { break }
                _ = try record(line, number)
                last = evaluated
            } else {
                // Whatever follows the lines that the checkpoint counts is dropped, damaged or not.
                guard counted < trainingBytes else { break }
                guard try record(line, number) <= step, counted + line.count < trainingBytes else { break }
                counted += line.count + 1
            }
            place = end + 1
        }
        (self.trainingBytes, evaluatedStep) = (counted, last)
        let isCut = try log.cut(to: place)
        return isCut && counted == trainingBytes
    }

    /// The update of a line.
    ///
    /// - Throws: `RunError.damagedLine` for what was not written by this type.
    private func record(_ line: ArraySlice<UInt8>, _ number: Int) throws(RunError) -> Int {
        let record: JSONValue
        do throws(JSONError) { record = try JSONValue(parsing: Array(line)) } catch {
            throw .damagedLine(path: path, line: number, reason: error.message)
        }
        guard let step = record["step"]?.number?.int, record["stage"]?.string != nil else {
            throw .damagedLine(path: path, line: number, reason: "\"step\" or \"stage\" is missing")
        }
        return step
    }

    /// Waits until all lines are on the disk.
    ///
    /// - Throws: `StorageError`.
    func synchronize() throws { try log.synchronize() }

    private static func line(_ step: Int, _ stage: String, _ numbers: [(name: String, value: Float)])
        -> String
    {
        let members = numbers.map { ",\(quoted($0.name)):\(JSONLine.number($0.value))" }
        return "{\"step\":\(step),\"stage\":\(quoted(stage))\(members.joined())}"
    }

    /// The update of a line of an evaluation; nothing for any other line.
    private static func evaluatedStep(_ line: ArraySlice<UInt8>) -> Int? {
        let (head, tail) = (Array("{\"step\":".utf8), Array(",\"stage\":\"\(evaluationStage)\"".utf8))
        guard line.starts(with: head) else { return nil }
        let digits = line.dropFirst(head.count).prefix { (0x30...0x39).contains($0) }
        guard line[digits.endIndex...].starts(with: tail) else { return nil }
        return Int(String(decoding: digits, as: UTF8.self))
    }
}
