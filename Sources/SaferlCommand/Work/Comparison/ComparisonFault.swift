import Storage

/// Why runs cannot be compared.
struct ComparisonFault: Fault {
    let kind: FaultKind
    /// One line: place, cause, remedy.
    let description: String

    init(_ kind: FaultKind, at place: String, _ reason: String) {
        (self.kind, description) = (kind, "\(oneLine(place)): \(reason)")
    }
}
