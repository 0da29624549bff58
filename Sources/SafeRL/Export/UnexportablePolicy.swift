/// A policy that other programs cannot compute.
public struct UnexportablePolicy: Fault, Equatable {
    /// Place, cause and remedy, in one line.
    public let description: String
    /// What was asked for is not to be had.
    public var kind: FaultKind { .usage }

    /// Says why.
    ///
    /// - Parameters:
    ///   - place: of the checkpoint.
    ///   - cause: with the remedy, in one or two sentences.
    public init(_ place: String, _ cause: String) { description = oneLine("\(place): \(cause)") }
}

extension PolicyProgram {
    /// The program of one network that gives the action.
    ///
    /// - Parameters:
    ///   - network: reads an observation alone.
    ///   - isClipped: whether its outputs are cut to −1 … 1.
    public init(_ network: VerifiableNetwork, isClipped: Bool) {
        self.init(
            observationSize: network.inputs, actionSize: network.outputs,
            .network(network, noise: 0, isClipped: isClipped))
    }
}
