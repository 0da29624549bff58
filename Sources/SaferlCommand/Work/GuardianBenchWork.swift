import Foundation
import Safety
import Tensors

/// What `saferl bench guardians` does.
struct GuardianBenchWork {
    static let name = "guardians"

    let size: Int
    let rows: Int
    let points: String?
    let repeats: Int
    let isJSON: Bool

    func run() throws {
        let matrix = try points.map(read) ?? GuardianBenchmark.synthetic(rows: rows, size: size)
        let report = try GuardianBenchmark.run(on: matrix, repeats: repeats)
        guard isJSON else { return try Output.write(report.text + "\n") }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try Output.write(String(decoding: try encoder.encode(report), as: UTF8.self) + "\n")
    }

    /// Reads as many rows as asked for, and the held-out ones and the queries behind them.
    private func read(_ path: String) throws -> Matrix {
        let total = rows + 2 * GuardianBenchmark.queries
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        guard bytes.count == 8 * total * size else {
            throw OtherPoints(path: path, bytes: bytes.count, rows: total, size: size)
        }
        let numbers = bytes.withUnsafeBytes { raw in
            (0..<total * size).map {
                Double(
                    bitPattern: UInt64(
                        littleEndian: raw.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self)))
            }
        }
        return Matrix(total, size, numbers)
    }
}

/// A file of points that has another size than asked for.
private struct OtherPoints: Error, CustomStringConvertible {
    let description: String

    init(path: String, bytes: Int, rows: Int, size: Int) {
        description =
            "\(path): \(bytes) bytes are not \(rows) rows of \(size) doubles. Set --rows, --observation and --action."
    }
}
