import AssuranceCases
import SafeRL

extension EvidencePredicate {
    /// Reads a condition that stands behind an option.
    ///
    /// - Parameters:
    ///   - text: the condition.
    ///   - option: the option, for the message.
    ///   - what: what is judged, such as "a run".
    ///   - names: what its references may begin with.
    /// - Throws: `PlacedFault` for what is no condition, or is about something else.
    init(_ text: String, of option: String, over what: String, _ names: [String]) throws(PlacedFault) {
        do { try self.init(text) } catch {
            throw PlacedFault(.usage, at: option, "\(error). Mend the condition there.")
        }
        if let unknown = evidence.first(where: { !names.contains($0) }) {
            throw PlacedFault(
                .usage, at: option,
                "\(what) has no \"\(oneLine(unknown))\". Begin with one of \(names.joined(separator: ", ")).")
        }
    }
}
