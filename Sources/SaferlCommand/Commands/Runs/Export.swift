import ArgumentParser
import PolicyExport
import struct SafeRL.GuardianFit

extension ExportFormat: ExpressibleByArgument {}

/// `saferl export`.
struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a policy for programs without saferl: ONNX, C, Python with NumPy, safetensors.",
        discussion: """
            The policy of a run as one file: with its normalisation, for a diffusion the unrolled walk, and with the critics that choose among \
            candidates. A policy that draws reads its noise as numbers, so the same numbers give the same action as here. \
            --network writes one network of the run instead, such as vh or actor (docs/export.md).

            Before a file is written, what it computes is compared with the policy on random observations; the largest difference \
            is printed, and one above 0.0001 is refused. A guardian of the data is a file of its own (--guardian), and so are rules \
            ("saferl guard export"); routers, step monitors and shields are not to be had: put a shield in front of the robot too \
            (docs/guard.md).
            """)

    @Argument(
        help: ArgumentHelp("A run directory, or the folder of one of its checkpoints.", valueName: "run"))
    var directory: String
    @Option(help: ArgumentHelp("onnx, c, python or safetensors.", valueName: "format")) var to: ExportFormat
    @Option(
        help: ArgumentHelp("One network of the run instead of its policy, such as vh.", valueName: "name"))
    var network: String?
    @Option(
        help: ArgumentHelp(
            """
            Instead a guardian of the run's data, as "saferl evaluate --guard" fits it, in C: count, neighbours or kde. It says of an \
            observation and an action whether they lie outside of what was recorded.
            """, valueName: "method"))
    var guardian: String?
    @Option(
        help: ArgumentHelp(
            "How often a guardian may call a recorded pair outside, in (0, 1); 0.05 without it.",
            valueName: "a"))
    var guardAlpha: Double?
    @Option(
        help: ArgumentHelp(
            "The file to write; policy.onnx and so on in the run's folder without it.", valueName: "file"))
    var out: String?
    @Option(help: ArgumentHelp("The step of the checkpoint; the newest without it.", valueName: "step"))
    var checkpoint: Int?
    @ArgumentParser.Option(
        name: .customLong("set"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Override an option of how the policy acts, for example fisor.candidates=4; may be repeated.",
            valueName: "key=value"))
    var overrides: [String] = []
    @Flag(help: "Replace the file if it exists.") var force = false

    func validate() throws {
        try CountRange.check("checkpoint", checkpoint, in: 0...1_000_000_000)
        if let guardian {
            if guardian == GuardianFit.Kind.christoffel.rawValue {
                throw ValidationError(
                    "--guardian christoffel: has no form in C. Name count, neighbours or kde.")
            }
            if GuardianFit.Kind(rawValue: guardian) == nil {
                throw ValidationError("--guardian \(guardian): must be count, neighbours or kde.")
            }
            if to != .c { throw ValidationError("--guardian is written with --to c alone.") }
            if network != nil || checkpoint != nil || !overrides.isEmpty {
                throw ValidationError(
                    "--guardian is of the data: --network, --checkpoint and --set have no effect.")
            }
        }
        if let guardAlpha {
            if guardian == nil { throw ValidationError("--guard-alpha needs --guardian.") }
            if !(guardAlpha > 0 && guardAlpha < 1) {
                throw ValidationError("--guard-alpha \(guardAlpha): must be between 0 and 1.")
            }
        }
    }

    func run() throws {
        try ExportWork(
            directory: directory, checkpoint: checkpoint, overrides: overrides, format: to, network: network,
            guardian: guardian.flatMap(GuardianFit.Kind.init).map { ($0, guardAlpha ?? 0.05) }, out: out,
            isForced: force, registry: Session.registry
        ).run()
    }
}
