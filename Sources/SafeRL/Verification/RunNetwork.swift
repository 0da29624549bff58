@_exported import Verification

/// A feed-forward network of a run, of which properties can be proved.
public struct RunNetwork {
    /// What `saferl verify --network` calls it: lower-case letters, digits and hyphens.
    public let name: String
    /// What it reads and gives, in one line.
    public let summary: String
    /// Makes the network, with what the run does before and behind it.
    public let make: () throws -> VerifiableNetwork

    /// Names a network.
    public init(_ name: String, _ summary: String, make: @escaping () throws -> VerifiableNetwork) {
        (self.name, self.summary, self.make) = (name, summary, make)
    }

    /// The network of a name.
    ///
    /// - Parameters:
    ///   - name: as its algorithm calls it.
    ///   - networks: those that there are.
    ///   - path: of the checkpoint, for the message.
    /// - Returns: the network.
    /// - Throws: `VerificationError` that lists the names there are.
    public static func named(_ name: String, among networks: [RunNetwork], of path: String)
        throws -> VerifiableNetwork
    {
        if let found = networks.first(where: { $0.name == name }) { return try found.make() }
        throw VerificationError(
            path,
            networks.isEmpty
                ? "a run of an algorithm that offers no network to verify. Export the network as ONNX."
                : "no network \(quoted(name)). It has \(networks.map(\.name).joined(separator: ", ")).",
            .usage)
    }
}

extension NetworkSteps {
    /// Observations as networks of a run know them; what stands behind the observation stays.
    ///
    /// - Parameters:
    ///   - transforms: of the run.
    ///   - x: the step that holds the observation.
    /// - Returns: the step.
    public mutating func normalised(by transforms: Transforms, _ x: Int) -> Int {
        guard let mean = transforms.observationMean, let deviation = transforms.observationDeviation else {
            return x
        }
        return normalised(mean: mean.map(Double.init), deviation: deviation.map(Double.init), x)
    }
}
