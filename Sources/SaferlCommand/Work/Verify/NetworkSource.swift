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
        if let run { return try open(run, checkpoint, network ?? "") }
        if let onnx { return try VerifiableNetwork(onnx: onnx) }
        guard let path = nnet ?? named else {
            throw VerificationError(
                property ?? "saferl verify", "no network is named: give a run, --onnx or --nnet.", .usage)
        }
        if nnet == nil, let mark = path.lastIndex(of: "#") {
            return try open(String(path[..<mark]), nil, String(path[path.index(after: mark)...]))
        }
        return path.hasSuffix(".onnx")
            ? try VerifiableNetwork(onnx: path) : try VerifiableNetwork(nnet: path)
    }

    private func open(_ path: String, _ step: Int?, _ name: String) throws -> VerifiableNetwork {
        let chosen = try ChosenCheckpoint(path, checkpoint: step)
        let networks = try chosen.networks(among: registry)
        return try RunNetwork.named(
            name, among: networks, of: try chosen.checkpoint(warn: { _ in }).path)
    }
}
