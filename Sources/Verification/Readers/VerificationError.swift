import Storage

/// What is wrong with something that is to be verified: a network, a property or a certificate.
public struct VerificationError: Fault, Equatable {
    /// Place, cause and remedy, in one line.
    public let description: String
    /// What kind of thing is wrong.
    public let kind: FaultKind

    /// Something wrong at a place, such as a file or a line of it.
    package init(_ place: String, _ cause: String, _ kind: FaultKind = .badData) {
        description = oneLine("\(place): \(cause)")
        self.kind = kind
    }
}

/// The faults of one file.
package struct FaultPlace: Sendable {
    /// The file.
    package let path: String

    /// A place in a file.
    package init(_ path: String) { self.path = path }

    /// Something wrong with the file, or at a line or byte of it.
    package func callAsFunction(_ cause: String, at spot: String? = nil) -> VerificationError {
        VerificationError(spot.map { "\(path):\($0)" } ?? path, cause)
    }
}
