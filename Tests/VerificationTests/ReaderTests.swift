import Foundation
import Storage
import TestSupport
import Testing
import Verification

/// What readers accept, and what each fault is called: one line with place, cause and remedy.
@Suite struct ReaderTests {
    private static func onnx(_ change: (inout OnnxWriter) -> Void) -> String {
        var writer = OnnxWriter.sound
        change(&writer)
        return message { _ = try VerifiableNetwork(onnxBytes: writer.bytes, path: "net.onnx") }
    }

    private static func message(_ body: () throws -> Void) -> String {
        do { try body() } catch { return "\(error)" }
        return "read"
    }

    @Test(arguments: [true, false]) func aSoundFileIsRead(_ isRaw: Bool) throws {
        var writer = OnnxWriter.sound
        writer.isRaw = isRaw
        let network = try VerifiableNetwork(onnxBytes: writer.bytes, path: "net.onnx")
        #expect(network.outputs(at: [1, 1]) == [0, 5.5])
        #expect(network.outputs(at: [1, 0]) == [1.5, 1.5])
    }

    @Test func gemmConcatAndDifferencesAreRead() throws {
        var writer = OnnxWriter.sound
        writer.operations = [
            .init(type: "Sub", inputs: ["x", "b"], output: "s"),
            .init(type: "Gemm", inputs: ["s", "w", "b"], output: "g", attributes: [("transB", 1)]),
            .init(type: "Sub", inputs: ["g", "s"], output: "d"),
            .init(type: "Concat", inputs: ["d", "x"], output: "y", attributes: [("axis", 1)]),
        ]
        let network = try VerifiableNetwork(onnxBytes: writer.bytes, path: "net.onnx")
        // s = (0.5, 1.5), g = (1·0.5 + 2·1.5 + 0.5, −3·0.5 + 4·1.5 − 0.5)
        #expect(network.outputs(at: [1, 1]) == [3.5, 2.5, 1, 1])
    }

    @Test func everyFaultOfAnOnnxFileHasItsLine() {
        #expect(
            Self.onnx { $0.operators = 7 }
                == "net.onnx: operator set 7; 8 or later is read. Export the model anew.")
        #expect(Self.onnx { $0.elementType = 10 }.contains("w is float16; only float32 is read"))
        #expect(Self.onnx { $0.elementType = 11 }.contains("w has elements of type 11"))
        #expect(Self.onnx { $0.isElsewhere = true }.contains("w lies in another file"))
        #expect(Self.onnx { $0.tensors.removeLast() }.contains("reads b, which nothing stores or computes"))
        #expect(
            Self.onnx { $0.tensors[0].shape = [2, 3] }.contains(
                "w has 4 numbers, and its shape [2, 3] needs 6"))
        #expect(
            Self.onnx { $0.tensors[0] = ("w", [1, 4], [1, 2, 3, 4]) }.contains("does not meet 2 numbers"))
        #expect(Self.onnx { $0.tensors[1].numbers[0] = .nan }.contains("b has a number that is not finite"))
        #expect(
            Self.onnx { $0.operations[2].type = "Conv" }.contains(
                "Conv that gives y is an operator that is not verified"))
        #expect(Self.onnx { $0.operations[0].domain = "com.example" }.contains("an operator of com.example"))
        #expect(Self.onnx { $0.operations[1].inputs[1] = "y" }.contains("is part of a cycle"))
        #expect(Self.onnx { $0.operations[1].output = "m" }.contains("m is computed twice"))
        #expect(Self.onnx { $0.output = "z" }.contains("the output z is computed by no node"))
        #expect(
            Self.onnx { $0.operations[0].inputs = ["x", "x"] }.contains("a product of two computed values"))
    }

    @Test func bytesThatAreNoModelAreRefused() {
        func read(_ bytes: [UInt8]) -> String {
            Self.message { _ = try VerifiableNetwork(onnxBytes: bytes, path: "n") }
        }
        #expect(read([]) == "n: no graph: this is not an ONNX model.")
        #expect(read([0x3A, 0xFF]) == "n:byte 1: a number is cut off or has more than 64 bits.")
        #expect(read([0x3A, 0x7F, 1]) == "n:byte 0: a length of 127 reaches beyond the 1 bytes left.")
        #expect(read([0x3B]) == "n:byte 0: wire type 3 is not one that is read.")
        #expect(read([0x38] + Array(repeating: 0xFF, count: 10)).contains("more than 64 bits"))
    }

    private static let vnnlib = """
        (declare-const X_0 Real) ; speed
        (declare-const Y_0 Real)
        (declare-const Y_1 Real)
        (assert (>= X_0 -1))
        (assert (<= X_0 1.5e0))
        (assert (or (and (<= Y_0 Y_1) (>= Y_0 2)) (and (<= Y_1 -1))))
        """

    private static func vnnlib(_ old: String, _ new: String) -> String {
        let text = vnnlib.replacingOccurrences(of: old, with: new)
        return message { _ = try VnnlibProperty(Array(text.utf8), path: "p") }
    }

    @Test func aPropertyIsReadAsItsAlternatives() throws {
        let property = try VnnlibProperty(Array(Self.vnnlib.utf8), path: "p")
        #expect(
            property.questions == [
                SafetyQuestion(
                    [ClosedInterval(-1, 1.5)],
                    unsafe: [
                        [OutputConstraint([1, -1], plus: 0), OutputConstraint([-1, 0], plus: 2)],
                        [OutputConstraint([0, 1], plus: 1)],
                    ])
            ])
    }

    @Test(arguments: [
        ("(<= X_0 1.5e0)", "(<= X_9 1.5)", "p:5: X_9 is not declared."),
        ("(<= X_0 1.5e0)", "(< X_0 1.5)", "p:5: < is strict; only <= and >= are read."),
        (
            "(<= X_0 1.5e0)", "(<= (* X_0 X_0) 1)",
            "p:5: a variable or a number is expected; sums and products are not read."
        ),
        (
            "(<= X_0 1.5e0)", "(<= X_0 -2)",
            "p: X_0 lies between -1.0 and -2.0: an empty box, for which everything holds."
        ),
        ("(assert (>= X_0 -1))", "", "p: X_0 has no lower bound."),
        (
            "(assert (>= X_0 -1))", "(assert (>= X_0 -1)",
            "p:4: the parenthesis that opens here is never closed."
        ),
        (
            "(assert (>= X_0 -1))", "(assert (>= X_0 -1)))",
            "p:4: a closing parenthesis without an opening one."
        ),
        ("Y_1 Real", "Y_2 Real", "p:6: Y_1 is not declared."),
        ("1.5e0", "nan", "p:5: nan is not a finite number."),
        ("1.5e0", "1e999", "p:5: 1e999 is not a finite number."),
        (
            "(<= Y_1 -1)", "(<= X_0 Y_1)",
            "p:6: an input is compared with a number, an output with a number or an output."
        ),
        (
            "(assert (or", "(check-sat) (assert (or",
            "p:6: check-sat is not read; declare-const and assert are."
        ),
    ]) func everyFaultOfAPropertyHasItsLine(_ old: String, _ new: String, _ expected: String) {
        #expect(Self.vnnlib(old, new) == expected)
    }

    private static let nnet = """
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

    @Test(arguments: [
        ("2.0,-1.0,", "2.0,", "n:13: 1 numbers where 2 belong."),
        ("2.0,-1.0,", "2.0,nan,", "n:13: nan is not a finite number."),
        ("0.25,\n", "0.25,\n1.0,\n", "n:14: lines after the last bias."),
        ("0.25,\n", "", "n:14: 0 numbers where 1 belong."),
        ("1,2,1,", "1,2,2,", "n:3: sizes [1, 2, 2] do not meet 2 layers from 1 to 1 numbers."),
        ("2,1,1,2,", "x,1,1,2,", "n:2: x is not a finite number."),
    ]) func everyFaultOfAnNnetFileHasItsLine(_ old: String, _ new: String, _ expected: String) throws {
        func read(_ text: String) -> String {
            Self.message { _ = try VerifiableNetwork(nnetBytes: Array(text.utf8), path: "n") }
        }
        let network = try VerifiableNetwork(nnetBytes: Array(Self.nnet.utf8), path: "n")
        #expect(network.outputs(at: [1]) == [3.25] && network.outputs(at: [-1]) == [-1.25])
        #expect(read(Self.nnet.replacingOccurrences(of: old, with: new)) == expected)
    }

    /// How many changed files: `SAFERL_FUZZ_EXECUTIONS`, 10 million in the campaign.
    private static var executions: Int {
        ProcessInfo.processInfo.environment["SAFERL_FUZZ_EXECUTIONS"].flatMap { Int($0) } ?? 20_000
    }

    @Test func changedFilesAreReadOrRefusedAndNeverCrash() {
        let each = Self.executions / 3
        var onnx = ChangedFiles(OnnxWriter.sound.bytes, seed: 3)
        let networks = onnx.accepted(of: each) { bytes in
            let network = try VerifiableNetwork(onnxBytes: bytes, path: "f")
            _ = network.outputs(at: Array(repeating: 1, count: network.inputs))
        }
        var vnnlib = ChangedFiles(Array(Self.vnnlib.utf8), pieces: "()_ XY019.-e;", seed: 4)
        let properties = vnnlib.accepted(of: each) { _ = try VnnlibProperty($0, path: "f") }
        var nnet = ChangedFiles(Array(Self.nnet.utf8), pieces: ",.-019\n/ ", seed: 5)
        let others = nnet.accepted(of: each) { _ = try VerifiableNetwork(nnetBytes: $0, path: "f") }
        var json = ChangedFiles(Array(Self.property.utf8), pieces: "{}[]:,\"019.-e", seed: 6)
        let questions = json.accepted(of: each) { bytes in
            let (value, fault) = (try JSONValue(parsing: bytes), FaultPlace("f"))
            if try InvariantProperty(value, fault) == nil { _ = try VerificationProperty.read(value, fault) }
        }
        for count in [networks, properties, others, questions] { #expect(count > 0 && count < each * 9 / 10) }
    }

    private static let property = """
        {"network":"n.nnet","input":{"low":[0,0],"high":[1,1]},"property":{"kind":"invariant","environment":"e",
        "actions":["fallback",[1,-1]],"margin":0.5,"slack":1e-3,"steps":9,"modelError":[0,0.1]},"semantics":"real"}
        """
}
