import Foundation
import SafeRL
import SaferlCommand
import Testing

/// `saferl verify` with the built binary: verdicts, certificates and what is refused.
// The binary stands beside the tests after `swift build`; without it there is nothing to run.
@Suite(.enabled(if: CommandProcess.binary != nil)) struct VerifyCommandTests {
    /// y = 2·relu(x + 0.5) − relu(0.5 − x) + 0.25, which rises from −1.25 at −1 to 3.25 at 1.
    private static let network = """
        // two layers
        2,1,1,2,
        1,2,1,
        0,
        -1.0,
        1.0,
        0.0,0.0,
        1.0,1.0,
        1.0,
        -1.0,
        0.5,
        0.5,
        2.0,-1.0,
        0.25,

        """

    private static func vnnlib(atLeast limit: Double) -> String {
        """
        (declare-const X_0 Real)
        (declare-const Y_0 Real)
        (assert (>= X_0 -1))
        (assert (<= X_0 1))
        (assert (>= Y_0 \(limit)))
        """
    }

    private func run(_ arguments: [String], _ files: [String: String] = [:]) throws -> CommandProcess.Result {
        let all = [
            "n.nnet": Self.network, "safe.vnnlib": Self.vnnlib(atLeast: 3.5),
            "unsafe.vnnlib": Self.vnnlib(atLeast: 3), "range.json": Self.range, "rises.json": Self.rises,
        ].merging(files) { $1 }
        return try CommandProcess.run(["verify"] + arguments, files: all.mapValues { Array($0.utf8) })
    }

    private static let range = """
        {"network": "n.nnet", "input": {"low": [-1], "high": [1]},
         "property": {"kind": "range", "objective": [1]}, "semantics": "real"}
        """
    private static let rises = """
        {"network": "n.nnet", "input": {"low": [-1], "high": [1]},
         "property": {"kind": "monotone", "output": 0, "input": 0}, "semantics": "real"}
        """

    @Test func whatHoldsEndsWithZeroAndWhatDoesNotWithThree() throws {
        let holds = try run(["--nnet", "n.nnet", "--vnnlib", "safe.vnnlib"])
        #expect(holds.status == 0 && holds.output.contains("holds (real)"))
        let violated = try run(["--nnet", "n.nnet", "--vnnlib", "unsafe.vnnlib", "--json"])
        let answer = try JSONValue(parsing: Array(violated.output.utf8))
        #expect(violated.status == 3 && answer["verdict"]?.string == "violated")
        #expect(try #require(answer["output"]?.elements?.first?.number?.double) >= 3)
    }

    @Test func aPropertyFileNamesItsNetwork() throws {
        #expect(try run(["--property", "rises.json"]).status == 0)
        let range = try JSONValue(
            parsing: Array(try run(["--property", "range.json", "--json"]).output.utf8))
        let outer = try #require(range["outer"]?.elements).compactMap { $0.number?.double }
        #expect(outer[0] <= -1.25 && outer[0] > -1.25001 && outer[1] >= 3.25 && outer[1] < 3.25001)
    }

    private static let refused: [([String], Int, String)] = [
        (["--vnnlib", "safe.vnnlib"], 64, "no network is named: give a run, --onnx or --nnet."),
        (["--nnet", "n.nnet"], 64, "nothing is asked: give --vnnlib, --property or --check."),
        (
            ["--nnet", "n.nnet", "--vnnlib", "safe.vnnlib", "--semantics", "float"], 64,
            "--semantics float: real or float32."
        ),
        (["--nnet", "missing.nnet", "--vnnlib", "safe.vnnlib"], 66, "missing.nnet"),
        (
            ["--onnx", "n.nnet", "--vnnlib", "safe.vnnlib"], 65,
            "n.nnet:byte 0: wire type 7 is not one that is read."
        ),
        (
            ["--nnet", "safe.vnnlib", "--vnnlib", "safe.vnnlib"], 65,
            "safe.vnnlib:1: (declare-constX_0Real) is not a finite number."
        ),
    ]

    @Test(arguments: refused) func whatIsRefusedIsOneLine(
        _ arguments: [String], _ status: Int, _ message: String
    ) throws {
        let result = try run(arguments)
        #expect(Int(result.status) == status && result.output == "")
        #expect(
            result.errors.contains(message) && result.errors.split(separator: "\n").count == 1,
            "\(result.errors)")
    }
}
