import Foundation
import PolicyExport
import SafeRL
import Testing

@Suite struct OtherFormatTests {
    private static func file(_ format: ExportFormat, of program: PolicyProgram, in folder: URL) throws
        -> String
    {
        let file = folder.appending(path: "policy.\(format.fileExtension)")
        try Data(format.file(of: program, origin: "a \"test\"\\ of quotation marks")).write(to: file)
        return file.path
    }

    /// Writes what Python makes of a policy and compares it.
    private static func compare(_ exported: ExportedPolicy, _ format: ExportFormat, _ script: String) throws {
        let folder = try OtherLanguage.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let program = try exported.make().program
        let trials = program.trials(100)
        let path = try file(format, of: program, in: folder)
        let head = """
            import sys, numpy as np
            path, o, shape = sys.argv[1], int(sys.argv[2]), [int(n) for n in sys.argv[3].split(",")]
            rows = [np.array(line.split(), np.float32) for line in sys.stdin]

            """
        let shape = [program.noiseBlocks, program.candidates, program.noiseWidth].map { "\($0)" }.joined(
            separator: ",")
        let text = try OtherLanguage.call(
            OtherLanguage.python, ["-c", head + script, path, "\(program.observationSize)", shape],
            input: OtherLanguage.lines(trials))
        let actions = OtherLanguage.numbers(text)
        #expect(actions.count == trials.count)
        #expect(program.largestDistance(of: actions, trials) < 1e-5)
    }

    @Test(
        .enabled(if: OtherLanguage.hasNumPy, "no Python with NumPy is installed; SAFERL_PYTHON names one"),
        arguments: ExportedPolicy.allCases)
    func theModuleOfPythonActsAsThePolicy(_ exported: ExportedPolicy) throws {
        try Self.compare(
            exported, .python,
            """
            import importlib.util
            spec = importlib.util.spec_from_file_location("policy", path)
            policy = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(policy)
            for row in rows:
                print(*policy.act(row[:o], row[o:].reshape(shape)))
            """)
    }

    @Test(
        .enabled(
            if: OtherLanguage.hasOnnxRuntime,
            "no Python with onnxruntime is installed; SAFERL_PYTHON names one"),
        arguments: ExportedPolicy.allCases)
    func theModelOfONNXActsAsThePolicy(_ exported: ExportedPolicy) throws {
        try Self.compare(
            exported, .onnx,
            """
            import onnxruntime
            session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
            for row in rows:
                given = {"observation": row[None, :o]}
                if 0 not in shape:
                    given["noise"] = row[o:].reshape(shape)
                print(*session.run(["action"], given)[0][0])
            """)
    }

    /// What the verifier reads of an exported network is that network.
    @Test(arguments: [ExportedPolicy.cloning, .cpq]) func theVerifierReadsWhatIsExported(
        _ exported: ExportedPolicy
    ) throws {
        let folder = try OtherLanguage.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let program = try exported.make().program
        let path = try Self.file(.onnx, of: program, in: folder)
        let network = try VerifiableNetwork(onnx: path)
        let actions = program.trials(50).map { network.outputs(at: $0.observation.map(Double.init)) }
        #expect(program.largestDistance(of: actions, program.trials(50)) < 1e-5)
    }

    @Test func theTensorsAreThoseOfTheNetworks() throws {
        let folder = try OtherLanguage.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let program = try ExportedPolicy.fisor.make().program
        let file = try SafetensorsFile(contentsOf: try Self.file(.safetensors, of: program, in: folder))
        let description = try JSONValue(parsing: Array(try #require(file.metadata["program"]).utf8))
        #expect(description["noise_blocks"]?.number?.double == 5)
        let networks = try #require(description["networks"]?.members)
        #expect(Set(networks.map(\.key)) == ["actor", "rewards", "risks"])
        var named: Set<String> = ["codes"]
        for member in networks {
            for step in member.value.elements ?? [] {
                for key in ["weight", "bias"] { if let name = step[key]?.string { named.insert(name) } }
            }
        }
        #expect(named == Set(file.names))
        #expect(try file.floats("codes").count == 5 * 8)
    }

    @Test(arguments: ExportFormat.allCases) func equalProgramsGiveEqualBytes(_ format: ExportFormat) throws {
        let files = try (0..<2).map { _ in
            try format.file(of: ExportedPolicy.fisor.make().program, origin: "x")
        }
        let isEqual = files[0] == files[1]
        #expect(isEqual)
    }

    @Test func whatSinglePrecisionCannotHoldIsRefused() throws {
        let network = try VerifiableNetwork(inputs: 1) { steps, x throws(VerificationError) in
            steps.shifted(by: [1e300], x)
        }
        #expect(throws: UnexportablePolicy.self) {
            try ExportFormat.c.file(of: PolicyProgram(network, isClipped: false), origin: "x")
        }
    }
}
