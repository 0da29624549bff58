import Assurance
import Foundation
import SafeRL
import SaferlBenchmarks

/// What `saferl bench guardians` does.
struct GuardianBenchWork {
    static let name = "guardians"
    /// Monomials of degree 2 in more variables are more than a basis may have.
    static let mostNumbers = 198
    /// Numbers in all points: 4 GB.
    static let most = 1 << 29

    let size: Int
    let rows: Int
    let points: String?
    let repeats: Int
    let isJSON: Bool

    func run() throws {
        let matrix = try points.map(read) ?? GuardianBenchmark.synthetic(rows: rows, size: size)
        let report = try GuardianBenchmark.run(on: matrix, repeats: repeats)
        guard isJSON else { return try Output.write(aligned(report.lines)) }
        try Output.write(json: report)
    }

    /// Reads as many rows as asked for, and the held-out ones and the queries behind them.
    private func read(_ path: String) throws -> Matrix {
        let total = rows + 2 * GuardianBenchmark.queries
        let bytes = try fileContents(path)
        guard bytes.count == 8 * total * size else {
            throw UnusablePoints(
                path,
                "\(bytes.count) bytes, but \(rows) + \(2 * GuardianBenchmark.queries) rows of \(size) doubles are "
                    + "\(8 * total * size). Set --rows, --observation and --action.")
        }
        let matrix = Matrix(total, size, bytes.withUnsafeBytes { [Double](littleEndian: $0) })
        if let (row, column) = matrix.firstNotFinite {
            throw UnusablePoints(
                path, "row \(row), column \(column) is not a finite number. Give little-endian doubles.")
        }
        return matrix
    }
}

/// A file of points that cannot be used.
struct UnusablePoints: Fault {
    /// What kind of fault it is.
    var kind: FaultKind { .badData }

    let description: String

    init(_ path: String, _ reason: String) { description = "\(oneLine(path)): \(reason)" }
}
