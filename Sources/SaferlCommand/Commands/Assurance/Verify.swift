import ArgumentParser
import SafeRL

/// `saferl verify`.
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prove a property of a network, or find an input for which it does not hold.",
        discussion: """
            The network is one of a run, such as vh of fisor or actor of bc, with what the run does before and behind it \
            (RUN --network NAME; a name that the run lacks is answered with those it has), or an ONNX file (float32; Add, Concat, Div, Flatten, Gemm, LayerNormalization, MatMul, Mul, Relu, \
            Reshape, Sigmoid, Softplus, Sub, Tanh) or a .nnet file, whose inputs and outputs are the normalised ones. The \
            property is a VNN-LIB file, which says what is unsafe, or a property file, which also names the network:

              {"network": "net.onnx" or "RUN#vh", "input": {"low": [0, 0], "high": [1, 1]},
               "property": {"kind": "range", "objective": [1, -1], "atMost": 2.5}, "semantics": "real"}

            Kinds: range (objective, atLeast, atMost; without limits the range itself is printed), bounds (low, high), \
            robust (point, radius, and class or change), monotone (output, input), and invariant (environment, value or network, actions, \
            margin, slack, steps, modelError): where the value of a state is at most -margin, one of the actions keeps it there, such \
            as "fallback", which brakes. Shares of the volume are printed for an invariant.

            Verdicts are sound for the semantics: real, the stored numbers over the reals, or float32, kernels in any order \
            of summation. They do not depend on the number of threads. Exit code 0 where the property holds, 3 where it is \
            violated or nothing was found within the limits.

            With --repair, counter-examples and eight neighbours of each are replayed in the environment by its fallback, appended to the \
            data with weight 4, and learned from in a new run of fisor or bc; the table of rounds is printed. A round after which the \
            held-out return has fallen by more than 5 % is the last.
            """)

    @Argument(
        help: ArgumentHelp("A run directory, or the folder of one of its checkpoints.", valueName: "run"),
        completion: .directory)
    var directory: String?
    @ArgumentParser.Option(help: ArgumentHelp("The network of the run.", valueName: "name"))
    var network: String?
    @ArgumentParser.Option(
        help: ArgumentHelp("The step of the checkpoint; the newest without it.", valueName: "step"))
    var checkpoint: Int?
    @ArgumentParser.Option(
        help: ArgumentHelp("The network, as ONNX.", valueName: "file"), completion: .file()) var onnx: String?
    @ArgumentParser.Option(
        help: ArgumentHelp("The network, as .nnet.", valueName: "file"), completion: .file()) var nnet:
        String?
    @ArgumentParser.Option(
        help: ArgumentHelp("What is unsafe, as VNN-LIB.", valueName: "file"), completion: .file()) var vnnlib:
        String?
    @ArgumentParser.Option(
        help: ArgumentHelp("The property, as JSON.", valueName: "file"), completion: .file()) var property:
        String?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "real or float32; without it what the property file says, else real for VNN-LIB and float32 for property files.",
            valueName: "name"), transform: Self.semantics)
    var semantics: Semantics?
    @ArgumentParser.Option(
        help: ArgumentHelp("Boxes that are bounded at most.", valueName: "n"), transform: CountRange.whole)
    var boxes = SearchLimits().boxes
    @ArgumentParser.Option(help: ArgumentHelp("Seconds that are spent at most.", valueName: "s"))
    var seconds: Double?
    @ArgumentParser.Option(
        help: ArgumentHelp("How far a printed range may lie beyond values that were found.", valueName: "x"))
    var tolerance = 1e-6
    @ArgumentParser.Option(
        help: ArgumentHelp("Threads; all cores without it.", valueName: "n"), transform: CountRange.whole)
    var threads: Int?
    @ArgumentParser.Option(
        help: ArgumentHelp("Name these rules in the certificate, by hash.", valueName: "file"),
        completion: .file()) var rules: String?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Write the certificate here, and its leaves beside it; with --check a record of the check.",
            valueName: "file"),
        completion: .file())
    var out: String?
    @ArgumentParser.Option(
        help: ArgumentHelp("Check this certificate instead of searching.", valueName: "file"),
        completion: .file()) var check: String?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Learn from counter-examples and verify again, so many rounds at most.", valueName: "n"),
        transform: CountRange.whole)
    var repair: Int?
    @ArgumentParser.Option(
        help: ArgumentHelp("Updates of each round of --repair; 1000 without it.", valueName: "n"),
        transform: CountRange.whole)
    var repairUpdates: Int?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "A new folder for the runs of --repair; RUN-repaired without it.", valueName: "dir"),
        completion: .directory)
    var repaired: String?
    @Flag(help: "Print one JSON object instead of text.") var json = false

    private static func semantics(_ text: String) throws -> Semantics {
        guard let known = Semantics(rawValue: text) else {
            throw ValidationError("--semantics \(text): real or float32.")
        }
        return known
    }

    func validate() throws {
        try CountRange.check("boxes", boxes, in: 1...1_000_000_000)
        try CountRange.check("threads", threads, in: CountRange.workers)
        if let seconds, !(seconds > 0) { throw ValidationError("--seconds \(seconds): must be above 0.") }
        if !(tolerance > 0) { throw ValidationError("--tolerance \(tolerance): must be above 0.") }
        try CountRange.check("checkpoint", checkpoint, in: 0...1_000_000_000)
        if [directory, onnx, nnet].count(where: { $0 != nil }) > 1 {
            throw ValidationError("two networks are named; give a run, --onnx or --nnet.")
        }
        if directory != nil && network == nil {
            throw ValidationError("--network says which network of the run; fisor has vh, bc has actor.")
        }
        if directory == nil && (network != nil || checkpoint != nil) {
            throw ValidationError("--network and --checkpoint are about a run; name its directory.")
        }
        if vnnlib != nil && property != nil {
            throw ValidationError("--vnnlib and --property name two properties; give one.")
        }
        if vnnlib == nil && property == nil && check == nil {
            throw ValidationError("nothing is asked: give --vnnlib, --property or --check.")
        }
        if directory == nil && onnx == nil && nnet == nil && property == nil {
            throw ValidationError("no network is named: give a run, --onnx or --nnet.")
        }
        try CountRange.check("repair", repair, in: 1...1000)
        try CountRange.check("repair-updates", repairUpdates, in: 1...1_000_000_000)
        if repair == nil, repairUpdates != nil || repaired != nil {
            let option = repairUpdates != nil ? "repair-updates" : "repaired"
            throw ValidationError("--\(option) has no effect without --repair N.")
        }
        if repair != nil, property == nil || check != nil || onnx != nil || nnet != nil {
            throw ValidationError(
                "--repair is of a network of a run and a property file; give RUN and --property.")
        }
        if let check, check == out {
            throw ValidationError(
                "--check and --out name the same file. Write what was checked into another.")
        }
    }

    func run() throws {
        try VerifyWork(
            source: NetworkSource(
                run: directory, network: network, checkpoint: checkpoint, onnx: onnx, nnet: nnet,
                registry: Session.registry), vnnlib: vnnlib, property: property, semantics: semantics,
            limits: SearchLimits(boxes: boxes, seconds: seconds ?? .infinity), tolerance: tolerance,
            threads: threads, rules: rules, out: out, check: check,
            repair: repair.map {
                VerifyWork.Repair(rounds: $0, updates: repairUpdates ?? 1000, folder: repaired)
            },
            isJSON: json
        ).run()
    }
}
