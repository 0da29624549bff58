import Foundation
import Testing

/// Runs the tests of all targets, all of them Swift Testing's.
///
/// Without this file the package manager would write one, and look in an index of symbols for tests of XCTest first:
/// there are none, and writing an index takes a quarter of the time of compiling.
@main struct TestRun {
    static func main() async {
        let arguments = CommandLine.arguments
        if arguments.contains("--testing-library") { await Testing.__swiftPMEntryPoint() as Never }
        if arguments.contains("--dump-tests-json") { return print(#"{"tests": []}"#) }
        // The package manager asks for XCTest's tests beside Swift Testing's, or instead of them where it was not told.
        let caller = try? String(contentsOf: URL(filePath: "/proc/\(getppid())/cmdline"), encoding: .utf8)
        if caller?.contains("--enable-swift-testing") == true { return }
        FileHandle.standardError.write(
            Data("Tests are run by Swift Testing: swift test --enable-swift-testing, or make test\n".utf8))
        exit(1)
    }
}
