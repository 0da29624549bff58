import Foundation
import Parallel
import SafeRL

/// What `mpirun -n N saferl bench mpi` does: an exchange's latency and bandwidth, and what they lead one to expect.
struct MPIBenchWork {
    /// What is written instead of an algorithm's name.
    static let name = "mpi"
    /// Floats of an exchange: gradients of FISOR's published networks.
    private static let floats = 3_400_000

    let steps: Int
    let isJSON: Bool

    /// Seconds, and bytes a second.
    private struct Report: Encodable {
        let ranks: Int
        let latencySeconds, bytesPerSecond, exchangeSeconds, modelledSeconds: Double
        let bitsAreEqual: Bool
    }

    func run() throws {
        try ProcessGroup.run { group in
            guard let group, group.peers.count > 1 else {
                throw ValidationFault(
                    "mpi times processes that exchange. Start it with: mpirun -n 2 saferl bench mpi")
            }
            try group.agree(["binary": ProgramIdentity.sha256 ?? ""])
            let report = try measure(group.peers)
            group.leave()
            if ProcessGroup.isFollower { return }
            if isJSON { return try Output.write(json: report) }
            func row(_ name: String, _ value: String) -> (String, String) { (name, value) }
            try Output.write(
                aligned([
                    row("processes", "\(report.ranks)"),
                    row("latency", format(1e6 * report.latencySeconds) + " us"),
                    row("bandwidth", format(report.bytesPerSecond / 1e9) + " GB/s"),
                    row(
                        "exchange of 13.6 MB",
                        format(1e3 * report.exchangeSeconds) + " ms, "
                            + format(1e3 * report.modelledSeconds) + " ms by latency and bandwidth"),
                    row("equal bits", report.bitsAreEqual ? "yes" : "no"),
                ]))
        }
    }

    private func measure(_ peers: MPIPeers) throws -> Report {
        let small =
            try median(200) { _ = try peers.gathered([1], tag: 9, patience: 60) } / log2(Double(peers.count))
        var vector = [Float](repeating: 0, count: Self.floats)
        var stream = RandomStream(seed: UInt64(peers.rank), for: .testing)
        vector.withUnsafeMutableBufferPointer { stream.fillNormal($0) }
        let (partner, bytes) = (peers.rank ^ 1, Self.floats * 4)
        var room = [UInt8](repeating: 0, count: bytes)
        let large = try median(steps) {
            try vector.withUnsafeBytes { out in
                try room.withUnsafeMutableBytes {
                    try peers.exchange(with: partner, tag: 10, out, into: $0, patience: 60)
                }
            }
        }
        let exchange = try median(steps) {
            try vector.withUnsafeMutableBufferPointer {
                try TreeSum.overRanks($0, peers, tag: 11, patience: 60)
            }
        }
        let hash = SHA256.hexadecimal(of: vector.withUnsafeBytes { Array($0) })
        let digest = Double(UInt64(hash.prefix(12), radix: 16) ?? 0)
        let network = CostModel.Network(
            latency: small, bandwidth: Double(bytes) / max(large - small, 1e-9))
        let model = CostModel(work: 0, serial: 0, bytes: Double(bytes), network: network)
        return Report(
            ranks: peers.count, latencySeconds: network.latency, bytesPerSecond: network.bandwidth,
            exchangeSeconds: exchange, modelledSeconds: model.halvingDoubling(peers.count),
            bitsAreEqual: Set(try peers.gathered([digest], tag: 12, patience: 60)).count == 1)
    }

    /// Seconds, the median of some.
    private func median(_ count: Int, _ body: () throws -> Void) rethrows -> Double {
        try body()
        var times: [Double] = []
        for _ in 0..<count {
            let start = ContinuousClock.now
            try body()
            let time = (ContinuousClock.now - start).components
            times.append(Double(time.seconds) + Double(time.attoseconds) * 1e-18)
        }
        return times.sorted()[count / 2]
    }

    private func format(_ value: Double) -> String { String(format: "%.3g", value) }
}

/// A command that asks for what there is not.
private struct ValidationFault: Fault {
    /// What kind of fault it is.
    var kind: FaultKind { .usage }
    let description: String

    init(_ description: String) { self.description = description }
}
