import Storage

/// Why a file is no assurance case.
package struct CaseError: Fault, Equatable {
    /// What is wrong, with the node where there is one, and what to do.
    package let message: String

    package init(_ message: String) { self.message = message }

    /// What kind of fault it is.
    package var kind: FaultKind { .badData }
    /// One line.
    package var description: String { oneLine(message) }
}
