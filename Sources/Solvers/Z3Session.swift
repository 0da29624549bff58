import CZ3

/// What runs commands of SMT-LIB.
package protocol SolverSession: ~Copyable {
    /// What commands print; nothing after an error.
    mutating func run(_ commands: String) -> String?
}

/// A context of Z3, freed with the value.
package struct Z3Session: SolverSession, ~Copyable {
    private let context: OpaquePointer

    /// - Throws: `Z3Error.outOfMemory`.
    package init(_ library: Z3Library) throws(Z3Error) {
        var fault = cz3_fault()
        guard let context = cz3_context_make(library.handle, &fault) else { throw .outOfMemory }
        self.context = context
        // Roots are printed as decimals, to as many digits as a number of double precision has.
        _ = cz3_run(context, "(set-option :pp.decimal true)(set-option :pp.decimal_precision 17)")
    }

    deinit { cz3_context_free(context) }

    package mutating func run(_ commands: String) -> String? {
        // Errors that the library prints without calling its handler count too.
        guard let said = cz3_run(context, commands) else { return nil }
        let text = String(cString: said)
        return text.contains("(error") ? nil : text
    }
}
