/// Writes JSON numbers whose bytes depend on their value alone.
package enum JSONLine {
    /// The shortest text that reads back as the same number; `null` for NaN and infinity, which JSON lacks.
    package static func number(_ value: Float) -> String { value.isFinite ? value.description : "null" }

    /// The shortest text that reads back as the same number; `null` for NaN and infinity, which JSON lacks.
    package static func number(_ value: Double) -> String { value.isFinite ? value.description : "null" }
}
