import Foundation
import Guardians
import PolicyExport
import SafeRL
import Storage

/// What `saferl export` does.
struct ExportWork {
    let directory: String
    let checkpoint: Int?
    let overrides: [String]
    let format: ExportFormat
    /// A network of the run; nil for its policy.
    let network: String?
    /// A guardian of the run's data instead, with how often it may call a recorded pair outside.
    let guardian: (kind: GuardianFit.Kind, alpha: Double)?
    let out: String?
    let isForced: Bool
    let registry: Registry

    func run() throws {
        let chosen = try ChosenCheckpoint(directory, checkpoint: checkpoint)
        try export(try registry.algorithm(of: try chosen.run.document()), chosen)
    }

    private func export<A: Algorithm>(_ type: A.Type, _ chosen: ChosenCheckpoint) throws {
        let resolved = try chosen.run.resolved(type, acting: overrides, among: registry.algorithmNames)
        if let guardian { return try export(guardian.kind, guardian.alpha, chosen.run, resolved) }
        let stored = try chosen.checkpoint(warn: FileHandle.warn)
        let name = "\(network ?? "policy").\(format.fileExtension)"
        let file = NewFile(path: out ?? "\(chosen.run.path)/\(name)", isForced: isForced)
        try file.check()
        let program: PolicyProgram
        var difference: Double?
        if let network {
            let found = try RunNetwork.named(
                network, among: try A.networks(resolved.options, from: stored), of: stored.path)
            program = PolicyProgram(found, isClipped: false)
        } else {
            program = try A.program(resolved.options, from: stored)
            difference = try agreement(
                of: program, with: try A.policy(resolved.options, from: stored), stored.path)
        }
        let origin =
            "\(A.name), \(network ?? "policy") of step \(stored.step), state SHA-256 \(stored.identity)"
        let bytes = try format.file(of: program, origin: origin)
        try SystemFiles().replaceFile(file.path, with: bytes)
        try Output.write(text(program, file.path, bytes, difference))
    }

    private func export(
        _ kind: GuardianFit.Kind, _ alpha: Double, _ run: RunDirectory,
        _ resolved: ResolvedRun<some Defaulted>
    ) throws {
        let file = NewFile(path: out ?? "\(run.path)/guardian.c", isForced: isForced)
        try file.check()
        let guardian = try GuardFit(kind, alpha: alpha, run, resolved, in: registry).fit.guardian
        let origin = "guardian \(kind.rawValue) of data with SHA-256 \(run.manifest.data.sha256)"
        let bytes = Array(
            try GuardianSource(guardian.encoded(), origin: origin, place: run.path).text().utf8)
        try SystemFiles().replaceFile(file.path, with: bytes)
        try Output.write(
            "\(oneLine(file.path)): \(bytes.count) bytes, SHA-256 \(SHA256.hexadecimal(of: bytes))\n"
                + "It reads \(guardian.inputSize) numbers of an observation and an action; scores above "
                + "\(guardian.threshold) are outside.")
    }

    private func text(_ program: PolicyProgram, _ path: String, _ bytes: [UInt8], _ difference: Double?)
        -> String
    {
        let noise = program.noiseSize == 0 ? "" : " and \(program.noiseSize) numbers of noise"
        var lines = [
            "\(path): \(bytes.count) bytes, SHA-256 \(SHA256.hexadecimal(of: bytes))",
            "It reads \(program.observationSize) numbers of an observation\(noise), and gives \(program.actionSize).",
        ]
        if let difference {
            lines.append(
                "On \(Self.trials) random observations its numbers and the policy's differ by at most \(Self.figure(difference))."
            )
        }
        return lines.joined(separator: "\n")
    }

    private static func figure(_ number: Double) -> String { String(format: "%.1e", number) }

    private static let trials = 64
    /// Single precision, carried through a network, leaves less than this.
    private static let tolerance = 1e-4

    /// The largest difference between the program's actions and the policy's on the same noise.
    ///
    /// - Throws: `UnexportablePolicy` where it is above `tolerance`.
    private func agreement(of program: PolicyProgram, with policy: any Policy, _ path: String) throws
        -> Double
    {
        var policy = policy
        var observations = RandomStream(seed: 0, for: .noise), largest = 0.0
        for trial in 0..<Self.trials {
            var row = [Float](repeating: 0, count: program.observationSize)
            row.withUnsafeMutableBufferPointer { observations.fillNormal($0) }
            var stream = RandomStream(seed: UInt64(trial), for: .noise), own = stream
            let action = try policy.action(on: row, using: &stream)
            let noise = program.noise(using: &own)
            let distance = program.distance(
                to: action.map(Double.init), on: row.map(Double.init), noise: noise.map(Double.init))
            largest = max(largest, distance.isFinite ? distance : .infinity)
        }
        guard largest <= Self.tolerance else {
            throw UnexportablePolicy(
                path,
                "its program and its policy differ by \(Self.figure(largest)) on one of \(Self.trials) observations, so that nothing is written. Report this."
            )
        }
        return largest
    }
}
