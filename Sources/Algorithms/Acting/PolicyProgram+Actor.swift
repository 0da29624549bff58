import SafeRL

extension PolicyProgram {
    /// One pass of the network that a run calls `actor`.
    ///
    /// - Parameters:
    ///   - networks: of the checkpoint, read once it is known that the policy draws nothing.
    ///   - checkpoint: for messages.
    ///   - algorithm: its name, for messages.
    ///   - draws: whether the policy draws actions from a distribution.
    ///   - isClipped: whether outputs are cut to −1 … 1.
    /// - Throws: `UnexportablePolicy` for a policy that draws; `CheckpointError`; `VerificationError`.
    init(
        actorOf networks: @autoclosure () throws -> [RunNetwork], in checkpoint: CheckpointReader,
        _ algorithm: String, draws: Bool = false, isClipped: Bool = false
    ) throws {
        guard !draws else {
            throw UnexportablePolicy(
                checkpoint.path,
                "its policy draws actions from a distribution. Take its most probable ones: --set \(algorithm).draws=false."
            )
        }
        self.init(
            try RunNetwork.named("actor", among: networks(), of: checkpoint.path), isClipped: isClipped)
    }
}
