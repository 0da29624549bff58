import ArgumentParser

/// A file of rules, and where they are to hold.
struct RuleArguments: ParsableArguments {
    @Argument(help: "A file of rules (docs/guard.md).", completion: .file()) var rules: String
    @Option(
        help: "An environment whose sizes the rules' columns must have, and whose step seconds are of.",
        completion: .environment)
    var environment: String?

    /// The rules, read.
    ///
    /// - Throws: as `RuleWork.init`.
    func work() throws -> RuleWork { try RuleWork(rules: rules, environment: environment) }
}
