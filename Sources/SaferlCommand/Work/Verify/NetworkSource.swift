import Foundation
import SafeRL

/// Where the network comes from that `saferl verify` is about.
struct NetworkSource {
    /// A run or the folder of a checkpoint, and which network of it.
    let run, network: String?
    let checkpoint: Int?
    let onnx, nnet: String?
    let registry: Registry

    /// Whether it is one of a run, which single precision computes.
    var isRun: Bool { run != nil }

    /// Reads the network.
    ///
    /// - Parameters:
    ///   - named: what a property file says, as a path from here: a file, or `RUN#name`.
    ///   - property: the property file, for messages.
    /// - Returns: the network.
    /// - Throws: `VerificationError`; what opening the run throws.
    func read(named: String?, by property: String?) throws -> VerifiableNetwork {
        if let place = place(named: named) { return try open(place.run, place.step, place.name) }
        if let onnx { return try VerifiableNetwork(onnx: onnx) }
        guard let path = nnet ?? named else {
            throw VerificationError(
                property ?? "saferl verify", "no network is named: give a run, --onnx or --nnet.", .usage)
        }
        return path.hasSuffix(".onnx")
            ? try VerifiableNetwork(onnx: path) : try VerifiableNetwork(nnet: path)
    }

    /// The run, the checkpoint and the network that are meant; nothing for a file.
    private func place(named: String?) -> (run: String, step: Int?, name: String)? {
        if let run { return (run, checkpoint, network ?? "") }
        guard onnx == nil, nnet == nil, let named, let mark = named.lastIndex(of: "#") else { return nil }
        return (String(named[..<mark]), nil, String(named[named.index(after: mark)...]))
    }

    /// The policy that the network is of, as members of a certificate; none for a file.
    ///
    /// - Parameter named: as for `read`.
    /// - Returns: SHA-256 of its state, the step of the checkpoint, and the network's name.
    /// - Throws: what opening the run throws.
    func origin(named: String?) throws -> [(String, JSONValue)] {
        guard let place = place(named: named) else { return [] }
        let chosen = try ChosenCheckpoint(place.run, checkpoint: place.step)
        let checkpoint = try chosen.checkpoint(warn: { _ in })
        return [
            ("policy_sha256", .text(checkpoint.identity)), ("step", .integer(checkpoint.step)),
            ("network_name", .text(place.name)),
        ]
    }

    private func open(_ path: String, _ step: Int?, _ name: String) throws -> VerifiableNetwork {
        let chosen = try ChosenCheckpoint(path, checkpoint: step)
        let networks = try chosen.networks(among: registry)
        return try RunNetwork.named(
            name, among: networks, of: try chosen.checkpoint(warn: { _ in }).path)
    }
}
