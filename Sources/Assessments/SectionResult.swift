import Foundation
import Pictures
import SafeRL

/// A word for a figure.
package enum Standing: String, Sendable {
    case good, look, bad
}

/// What a section found.
struct SectionResult {
    /// Its members of the report, in any order.
    var members: [(String, JSONValue)] = []
    /// Lines for a person: what, figure, and a word where one fits.
    var lines: [(name: String, text: String, standing: Standing?)] = []
    /// What to look at.
    var warnings: [String] = []
    /// What cannot be said, and why.
    var unavailable: [String] = []
    /// Its picture; nothing where there is nothing to draw.
    var figure: ChartFigure?
}

extension JSONValue {
    /// A number, or `null` where there is none or it is not finite.
    static func figure(_ value: Double?) -> JSONValue {
        guard let value, value.isFinite else { return .null }
        return .number(value)
    }

    /// Both ends of a range.
    static func range(_ range: ClosedRange<Double>?) -> JSONValue {
        guard let range else { return .null }
        return .list([.figure(range.lowerBound), .figure(range.upperBound)])
    }
}

/// A number for a table.
func short(_ value: Double?) -> String {
    guard let value else { return "none" }
    return value.isFinite ? String(format: "%.3g", value) : value > 0 ? "infinite" : "-infinite"
}

/// A share for a table.
func percent(_ value: Double?) -> String {
    value.map { String(format: "%.1f %%", 100 * $0) } ?? "none"
}

/// An interval for a table.
func interval(_ range: ClosedRange<Double>?) -> String {
    range.map { " [\(short($0.lowerBound)), \(short($0.upperBound))]" } ?? ""
}
