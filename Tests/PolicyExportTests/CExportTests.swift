import Foundation
import PolicyExport
import SafeRL
import Testing

/// A program of another language that tests compare with.
enum OtherLanguage {
    static let compiler = ["/usr/bin/clang", "/opt/swift/usr/bin/clang", "/usr/bin/cc", "/usr/bin/gcc"].first
    {
        FileManager.default.isExecutableFile(atPath: $0)
    }
    static let noCompiler: Comment = "no C compiler is installed"

    /// Python with NumPy: what SAFERL_PYTHON names, else python3.
    static let python = ProcessInfo.processInfo.environment["SAFERL_PYTHON"] ?? "python3"
    static let hasNumPy = (try? call(python, ["-c", "import numpy"])) != nil
    static let hasOnnxRuntime = (try? call(python, ["-c", "import numpy, onnxruntime"])) != nil

    /// What a program writes; it is to end with 0.
    static func call(_ program: String, _ arguments: [String], input: String = "") throws -> String {
        let (process, reading, writing) = (Process(), Pipe(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        (process.standardInput, process.standardOutput) = (reading, writing)
        process.standardError = FileHandle.nullDevice
        try process.run()
        try reading.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try reading.fileHandleForWriting.close()
        let text = String(decoding: try writing.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
        return text
    }

    /// A folder of a test's own.
    static func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "saferl-export-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    /// Numbers of trials, one line each: observation, then noise.
    static func lines(_ trials: [(observation: [Float], noise: [Float])]) -> String {
        trials.map { ($0.observation + $0.noise).map { "\($0)" }.joined(separator: " ") + "\n" }.joined()
    }

    /// The numbers of each line.
    static func numbers(_ text: String) -> [[Double]] {
        text.split(separator: "\n").map { $0.split(separator: " ").compactMap { Double($0) } }
    }
}

@Suite struct CExportTests {
    private static let main = """

        #include <stdio.h>
        int main(void)
        {
            float observation[POLICY_OBSERVATION], noise[POLICY_NOISE + 1], action[POLICY_ACTION];
            for (;;) {
                for (int i = 0; i < POLICY_OBSERVATION; ++i) if (scanf("%f", observation + i) != 1) return 0;
                for (int i = 0; i < POLICY_NOISE; ++i) if (scanf("%f", noise + i) != 1) return 1;
                policy_act(observation, noise, action);
                for (int i = 0; i < POLICY_ACTION; ++i) printf("%.9g ", (double)action[i]);
                puts("");
            }
        }
        """

    /// Compiles a policy strictly, with a main of a test's own.
    private static func compiled(_ program: PolicyProgram, _ main: String, in folder: URL) throws -> String {
        let (source, binary) = (folder.appending(path: "policy.c"), folder.appending(path: "policy").path)
        let text = String(
            decoding: try ExportFormat.c.file(of: program, origin: "a test */ of comments"), as: UTF8.self)
        try Data((text + main).utf8).write(to: source)
        _ = try OtherLanguage.call(
            try #require(OtherLanguage.compiler),
            [
                "-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-Wstrict-prototypes", source.path, "-lm",
                "-o", binary,
            ])
        return binary
    }

    @Test(
        .enabled(if: OtherLanguage.compiler != nil, OtherLanguage.noCompiler),
        arguments: ExportedPolicy.allCases)
    func theFileOfCActsAsThePolicy(_ exported: ExportedPolicy) throws {
        let folder = try OtherLanguage.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let program = try exported.make().program
        let trials = program.trials(200)
        let binary = try Self.compiled(program, Self.main, in: folder)
        let actions = OtherLanguage.numbers(
            try OtherLanguage.call(binary, [], input: OtherLanguage.lines(trials)))
        #expect(actions.count == trials.count)
        #expect(program.largestDistance(of: actions, trials) < 1e-5)
    }

    @Test(.enabled(if: OtherLanguage.compiler != nil, OtherLanguage.noCompiler))
    func itsNoiseIsNormal() throws {
        let folder = try OtherLanguage.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let main = """

            #include <stdio.h>
            int main(void)
            {
                uint64_t state = 1;
                double sum = 0, squares = 0, fourths = 0;
                float noise[POLICY_NOISE];
                for (int k = 0; k < 4000; ++k) {
                    policy_draw(&state, noise);
                    for (int i = 0; i < POLICY_NOISE; ++i) {
                        double z = noise[i];
                        sum += z;
                        squares += z * z;
                        fourths += z * z * z * z;
                    }
                }
                double n = 4000.0 * POLICY_NOISE;
                printf("%g %g %g %g\\n", n, sum / n, squares / n, fourths / n);
                return 0;
            }
            """
        let program = try ExportedPolicy.fisor.make().program
        let binary = try Self.compiled(program, main, in: folder)
        let moments = OtherLanguage.numbers(try OtherLanguage.call(binary, []))[0]
        let root = moments[0].squareRoot()
        #expect(abs(moments[1]) < 5 / root)
        #expect(abs(moments[2] - 1) < 5 * 2.0.squareRoot() / root)
        #expect(abs(moments[3] - 3) < 5 * 96.0.squareRoot() / root)
    }
}
