import Foundation
import SafeRL

extension EvaluationReport {
    /// Reads the report of an evaluation that was written before.
    ///
    /// - Parameter path: of `report.json`.
    /// - Throws: `StorageError`; `PlacedFault` where the file is no such report.
    init(contentsOf path: String) throws {
        let bytes = try fileContents(path, limit: 100_000_000)
        do { self = try JSONDecoder().decode(EvaluationReport.self, from: Data(bytes)) } catch {
            throw PlacedFault(
                .badData, at: path, "not the report of an evaluation. Evaluate the run anew.")
        }
    }
}
