import ArgumentParser
import PolicyExport

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
            is printed, and one above 0.0001 is refused. A guardian, rules and routers are not part of it: put a shield in front of the robot too \
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
    }

    func run() throws {
        try ExportWork(
            directory: directory, checkpoint: checkpoint, overrides: overrides, format: to, network: network,
            out: out, isForced: force, registry: Session.registry
        ).run()
    }
}
