import ArgumentParser
import Verification

/// `saferl verify`.
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prove a property of a network, or find an input for which it does not hold.",
        discussion: """
            The network is an ONNX file (float32; Add, Concat, Div, Flatten, Gemm, LayerNormalization, MatMul, Mul, Relu, \
            Reshape, Sigmoid, Softplus, Sub, Tanh) or a .nnet file, whose inputs and outputs are the normalised ones. The \
            property is a VNN-LIB file, which says what is unsafe, or a property file, which also names the network:

              {"network": "net.onnx", "input": {"low": [0, 0], "high": [1, 1]},
               "property": {"kind": "range", "objective": [1, -1], "atMost": 2.5}, "semantics": "real"}

            Kinds: range (objective, atLeast, atMost; without limits the range itself is printed), bounds (low, high), \
            robust (point, radius, and class or change), monotone (output, input).

            Verdicts are sound for the semantics: real, the stored numbers over the reals, or float32, kernels in any order \
            of summation. They do not depend on the number of threads. Exit code 0 where the property holds, 3 where it is \
            violated or nothing was found within the limits.
            """)

    @ArgumentParser.Option(help: ArgumentHelp("The network, as ONNX.", valueName: "file")) var onnx: String?
    @ArgumentParser.Option(help: ArgumentHelp("The network, as .nnet.", valueName: "file")) var nnet: String?
    @ArgumentParser.Option(help: ArgumentHelp("What is unsafe, as VNN-LIB.", valueName: "file")) var vnnlib:
        String?
    @ArgumentParser.Option(help: ArgumentHelp("The property, as JSON.", valueName: "file")) var property:
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
        help: ArgumentHelp("Write the certificate here, and its leaves beside it.", valueName: "file"))
    var out: String?
    @ArgumentParser.Option(
        help: ArgumentHelp("Check this certificate instead of searching.", valueName: "file")) var check:
        String?
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
        if onnx != nil && nnet != nil {
            throw ValidationError("--onnx and --nnet name two networks; give one.")
        }
        if vnnlib != nil && property != nil {
            throw ValidationError("--vnnlib and --property name two properties; give one.")
        }
        if vnnlib == nil && property == nil && check == nil {
            throw ValidationError("nothing is asked: give --vnnlib, --property or --check.")
        }
        if onnx == nil && nnet == nil && property == nil {
            throw ValidationError("no network is named: give --onnx or --nnet.")
        }
        if check != nil && out != nil { throw ValidationError("--check writes nothing; leave --out away.") }
    }

    func run() throws {
        try VerifyWork(
            onnx: onnx, nnet: nnet, vnnlib: vnnlib, property: property, semantics: semantics,
            limits: SearchLimits(boxes: boxes, seconds: seconds ?? .infinity), tolerance: tolerance,
            threads: threads, out: out, check: check, isJSON: json
        ).run()
    }
}
