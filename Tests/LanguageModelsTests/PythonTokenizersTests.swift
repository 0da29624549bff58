import Foundation
import LanguageModels
import Testing

/// Whether Python has the reference implementation; `SAFERL_TEST_PYTHON` names another interpreter.
private enum PythonTokenizers {
    static let interpreter = ProcessInfo.processInfo.environment["SAFERL_TEST_PYTHON"] ?? "python3"
    static let isHere = run("import tokenizers", []) != nil

    /// What a script prints; nil where it fails.
    static func run(_ script: String, _ arguments: [String]) -> String? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [interpreter, "-c", script] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? String(decoding: bytes, as: UTF8.self) : nil
    }
}

/// What is learned and written here, read by the reference implementation.
@Suite(
    .enabled(
        if: PythonTokenizers.isHere,
        "no Python package tokenizers: install it or name an interpreter in SAFERL_TEST_PYTHON"))
struct PythonTokenizersTests {
    @Test(arguments: SplitPattern.allCases) func theReferenceReadsWhatIsWritten(_ pattern: SplitPattern)
        throws
    {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("tokenizer-\(UUID().uuidString).json").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let texts =
            BytePairTrainingTests.texts + ["It's 12345 o'clock,  WE'LL see\r\n\n<s>\u{4E2D}\u{6587}</s>"]
        let tokenizer = Tokenizer.trained(on: texts, vocabularySize: 290, pattern: pattern)
        try tokenizer.write(to: path)
        let script = """
            import sys, tokenizers
            t = tokenizers.Tokenizer.from_file(sys.argv[1])
            for text in sys.argv[2:]:
                print(*t.encode(text).ids)
            """
        let printed = try #require(PythonTokenizers.run(script, [path] + texts))
        let rows = printed.split(separator: "\n").map { $0.split(separator: " ").compactMap { Int32($0) } }
        #expect(rows == texts.map { tokenizer.encode($0).ids })
    }
}
