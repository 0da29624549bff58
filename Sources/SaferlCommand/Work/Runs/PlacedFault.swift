import Storage

/// What is wrong with runs that were named, at a place.
struct PlacedFault: Fault {
    let kind: FaultKind
    /// One line: place, cause, remedy.
    let description: String

    init(_ kind: FaultKind, at place: String, _ reason: String) {
        (self.kind, description) = (kind, "\(oneLine(place)): \(reason)")
    }
}
